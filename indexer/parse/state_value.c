/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an expression gives as a state: an enumerator, both arms of ?:, what a local variable was set to, a
 * row of a table that the old state indexes.
 *
 * A local is followed if all that is done to it in the function is to set it: then its values are those that
 * it is set to anywhere.
 */
#include <string.h>

#include "parse/state.h"

enum { DEEPEST = 6 };

/* ---- what a local is set to ------------------------------------------------------------------- */

struct uses {
	struct unit *unit;
	CXCursor decl;
	GArray *values; /* of CXCursor */
	bool is_lost;	/* changed otherwise, or its address is taken */
};

static bool is_the(struct uses *v, CXCursor expr)
{
	expr = unwrap(v->unit, expr);
	return clang_getCursorKind(expr) == CXCursor_DeclRefExpr &&
	       clang_equalCursors(clang_getCursorReferenced(expr), v->decl);
}

static void note_use(struct uses *v, CXCursor c)
{
	unsigned first, n = children_of(v->unit, c, &first);
	bool is_set = n && is_the(v, child_at(v->unit, first));

	switch ((int)clang_getCursorKind(c)) {
	case CXCursor_BinaryOperator:
		if (is_set && n == 2 && clang_getCursorBinaryOperatorKind(c) == CXBinaryOperator_Assign)
			g_array_append_val(v->values, g_array_index(v->unit->cursors, CXCursor, first + 1));
		break;
	case CXCursor_CompoundAssignOperator:
		v->is_lost |= is_set;
		break;
	case CXCursor_UnaryOperator:
		switch (clang_getCursorUnaryOperatorKind(c)) {
		case CXUnaryOperator_Minus:
		case CXUnaryOperator_Plus:
		case CXUnaryOperator_Not:
		case CXUnaryOperator_LNot:
			break;
		default:
			v->is_lost |= is_set;
		}
		break;
	default:
		break;
	}
	drop_children(v->unit, first);
}

static enum CXChildVisitResult visit_use(CXCursor child, CXCursor parent, CXClientData data)
{
	struct uses *v = data;
	CXCursor init;

	if (clang_getCursorKind(child) == CXCursor_VarDecl && clang_equalCursors(child, v->decl)) {
		init = clang_Cursor_getVarDeclInitializer(child);
		if (!clang_Cursor_isNull(init))
			g_array_append_val(v->values, init);
	}
	if (clang_getCursorKind(child) != CXCursor_UnaryExpr) /* sizeof evaluates nothing */
		note_use(v, child);
	return CXChildVisit_Recurse;
}

/* The values of a local or parameter; NULL if they cannot be told. */
static GArray *values_of(struct body *b, CXCursor decl)
{
	struct uses v = {b->unit, decl, g_array_new(false, false, sizeof(CXCursor)), false};

	clang_visitChildren(b->function, visit_use, &v);
	if (!v.is_lost)
		return v.values;
	g_array_unref(v.values);
	return NULL;
}

static CXCursor local_of(struct unit *u, CXCursor expr)
{
	CXCursor decl;

	expr = peel(u, expr);
	if (clang_getCursorKind(expr) != CXCursor_DeclRefExpr)
		return clang_getNullCursor();
	decl = clang_getCursorReferenced(expr);
	if (clang_getCursorKind(decl) == CXCursor_ParmDecl ||
	    (clang_getCursorKind(decl) == CXCursor_VarDecl &&
	     !clang_Cursor_hasVarDeclGlobalStorage(decl)))
		return decl;
	return clang_getNullCursor();
}

/* The expression, or, of a local that is set once, what it is set to. */
static CXCursor resolved(struct body *b, CXCursor expr, int depth)
{
	CXCursor local = local_of(b->unit, expr);
	g_autoptr(GArray) values = NULL;

	if (clang_Cursor_isNull(local) || clang_getCursorKind(local) == CXCursor_ParmDecl || !depth)
		return peel(b->unit, expr);
	values = values_of(b, local);
	if (!values || values->len != 1)
		return peel(b->unit, expr);
	return resolved(b, g_array_index(values, CXCursor, 0), depth - 1);
}

/* ---- reading a state -------------------------------------------------------------------------- */

static bool is_pointer(CXCursor expr)
{
	return clang_getCanonicalType(clang_getCursorType(expr)).kind == CXType_Pointer;
}

static CXCursor object_below(struct unit *u, CXCursor member)
{
	unsigned first, n = children_of(u, member, &first);
	CXCursor object = n ? child_at(u, first) : clang_getNullCursor();

	drop_children(u, first);
	return object;
}

/* x of x->a.b; nothing of x->p->b, for which object that is cannot be told. */
static gconstpointer variable_below(struct unit *u, CXCursor expr)
{
	CXCursor decl;

	for (;;) {
		bool is_end = is_pointer(expr);

		expr = peel(u, expr);
		if (clang_getCursorKind(expr) != CXCursor_MemberRefExpr || is_end)
			break;
		expr = object_below(u, expr);
	}
	decl = local_of(u, expr);
	return clang_Cursor_isNull(decl) ? NULL : decl.data[0];
}

gconstpointer object_of(struct body *b, CXCursor expr)
{
	expr = peel(b->unit, expr);
	if (clang_getCursorKind(expr) == CXCursor_UnaryOperator &&
	    clang_getCursorUnaryOperatorKind(expr) == CXUnaryOperator_AddrOf) {
		expr = peel(b->unit, object_below(b->unit, expr));
		if (clang_getCursorKind(expr) != CXCursor_MemberRefExpr)
			return NULL;
		return variable_below(b->unit, object_below(b->unit, expr));
	}
	return clang_getCursorKind(expr) == CXCursor_DeclRefExpr ? variable_below(b->unit, expr) : NULL;
}

static gconstpointer state_got_by(struct body *b, CXCursor call)
{
	const struct state_words *w = b->unit->parser->states;
	CXString s = clang_getCursorSpelling(call);
	bool is_getter = g_hash_table_contains(w->getters, clang_getCString(s));

	clang_disposeString(s);
	if (!is_getter || clang_Cursor_getNumArguments(call) < 1)
		return NULL;
	return object_of(b, clang_Cursor_getArgument(call, 0));
}

gconstpointer state_read_by(struct body *b, CXCursor expr, unsigned *since)
{
	CXCursor field, read = resolved(b, expr, DEEPEST);
	unsigned offset = offset_of(b, read);

	*since = MIN(*since, offset);
	if (clang_getCursorKind(read) == CXCursor_CallExpr)
		return state_got_by(b, read);
	if (clang_getCursorKind(read) != CXCursor_MemberRefExpr)
		return NULL;
	field = clang_getCursorReferenced(read);
	if (clang_getCursorKind(field) != CXCursor_FieldDecl || is_nameless(field) ||
	    !is_state_member(b->unit, field_key(b->unit, field)))
		return NULL;
	return variable_below(b->unit, object_below(b->unit, read));
}

/* ---- a table ---------------------------------------------------------------------------------- */

struct table {
	CXCursor list;
	long long mask;
};

/* table[state], the old state of the object: the table's rows, if they are constant. */
static bool is_table_read(struct body *b, CXCursor expr, gconstpointer object, CXCursor *list)
{
	struct unit *u = b->unit;
	unsigned first, n, since = UINT_MAX;
	CXCursor array, index, decl;

	if (clang_getCursorKind(expr) != CXCursor_ArraySubscriptExpr || !object)
		return false;
	n = children_of(u, expr, &first);
	array = n == 2 ? peel(u, child_at(u, first)) : expr;
	index = n == 2 ? child_at(u, first + 1) : expr;
	drop_children(u, first);
	if (clang_getCursorKind(array) != CXCursor_DeclRefExpr ||
	    state_read_by(b, index, &since) != object)
		return false;
	decl = clang_getCursorReferenced(array);
	if (clang_getCursorKind(decl) != CXCursor_VarDecl ||
	    !clang_isConstQualifiedType(clang_getArrayElementType(clang_getCursorType(decl))))
		return false;
	*list = clang_Cursor_getVarDeclInitializer(decl);
	return clang_getCursorKind(*list) == CXCursor_InitListExpr;
}

/* The table that it comes from, as it stands or under a mask. */
static bool find_table(struct body *b, CXCursor expr, gconstpointer object, struct table *t)
{
	struct unit *u = b->unit;
	unsigned first, n;
	CXCursor left, right;

	expr = resolved(b, expr, DEEPEST);
	t->mask = -1;
	if (is_table_read(b, expr, object, &t->list))
		return true;
	if (clang_getCursorKind(expr) != CXCursor_BinaryOperator ||
	    clang_getCursorBinaryOperatorKind(expr) != CXBinaryOperator_And)
		return false;
	n = children_of(u, expr, &first);
	left = n == 2 ? child_at(u, first) : expr;
	right = n == 2 ? child_at(u, first + 1) : expr;
	drop_children(u, first);
	if (evaluate(right, &t->mask))
		return is_table_read(b, resolved(b, left, DEEPEST), object, &t->list);
	return evaluate(left, &t->mask) &&
	       is_table_read(b, resolved(b, right, DEEPEST), object, &t->list);
}

static const char *name_of_constant(struct body *b, CXCursor expr, long long value)
{
	struct unit_place p = unit_place_of(b->unit, clang_getCursorLocation(expr));
	const char *macro = macro_name_at(b->unit, &p);
	g_autofree char *number = NULL;

	if (macro)
		return macro;
	number = g_strdup_printf("%lld", value);
	return intern(b->unit, number);
}

/* What `a | b` adds outside of the mask, by name. */
static void add_notes(struct body *b, CXCursor expr, long long mask, GString *notes)
{
	unsigned first, n, i;
	long long value;

	expr = unwrap(b->unit, expr);
	if (!evaluate(expr, &value) || !(value & ~mask))
		return;
	n = children_of(b->unit, expr, &first);
	if (value & mask && n == 2 && clang_getCursorKind(expr) == CXCursor_BinaryOperator) {
		for (i = 0; i < n; i++)
			add_notes(b, child_at(b->unit, first + i), mask, notes);
	} else {
		g_string_append_printf(notes, "%s%s", notes->len ? "|" : "",
				       name_of_constant(b, expr, value & ~mask));
	}
	drop_children(b->unit, first);
}

static const char *name_of_index(struct body *b, long long index)
{
	g_autofree char *number = g_strdup_printf("%lld", index);
	const char *name = state_name(b, index);

	return intern(b->unit, name ? name : number);
}

static void add_row(struct body *b, long long index, CXCursor value, long long mask, GArray *out)
{
	g_autoptr(GString) notes = g_string_new(NULL);
	struct state_value v = {.how = EW_STATE_TABLE, .from = name_of_index(b, index)};
	long long number;

	v.entry = unit_place_of(b->unit, clang_getCursorLocation(value)).place.line;
	if (evaluate(value, &number)) {
		v.name = name_of_index(b, number & mask);
		add_notes(b, value, mask, notes);
		v.note = notes->len ? intern(b->unit, notes->str) : NULL;
	}
	g_array_append_val(out, v);
}

static void add_rows(struct body *b, const struct table *t, GArray *out)
{
	struct unit *u = b->unit;
	unsigned first, n = children_of(u, t->list, &first), i;
	long long index = -1;

	learn_states(b, t->list);
	for (i = 0; i < n; i++) {
		CXCursor element = child_at(u, first + i), value = element;
		unsigned inner, parts = children_of(u, element, &inner);

		index++;
		/* init.c tells how libclang shows a designated element. */
		if (clang_getCursorKind(element) == CXCursor_UnexposedExpr && parts == 2 &&
		    evaluate(child_at(u, inner), &index))
			value = child_at(u, inner + 1);
		drop_children(u, inner);
		add_row(b, index, value, t->mask, out);
	}
	drop_children(u, first);
}

/* ---- an expression ---------------------------------------------------------------------------- */

static void collect(struct body *b, CXCursor expr, gconstpointer object, int depth, GArray *out);

static void collect_local(struct body *b, CXCursor decl, gconstpointer object, int depth, GArray *out)
{
	g_autoptr(GArray) values = values_of(b, decl);
	struct state_value v = {0};
	guint i;

	if (clang_getCursorKind(decl) == CXCursor_ParmDecl) {
		v.source = (struct ew_ref){.kind = EW_NODE_PARAM,
					   .key = g_hash_table_lookup(b->unit->keys, decl.data[0])};
		if (!v.source.key || !values || values->len)
			v.source = (struct ew_ref){0};
	} else if (values && values->len && depth) {
		for (i = 0; i < values->len; i++)
			collect(b, g_array_index(values, CXCursor, i), object, depth - 1, out);
		return;
	}
	g_array_append_val(out, v);
}

static void collect_choice(struct body *b, CXCursor expr, gconstpointer object, int depth, GArray *out)
{
	unsigned first, n = children_of(b->unit, expr, &first), i;

	for (i = 1; n == 3 && i < n; i++)
		collect(b, child_at(b->unit, first + i), object, depth, out);
	drop_children(b->unit, first);
}

static void collect(struct body *b, CXCursor expr, gconstpointer object, int depth, GArray *out)
{
	CXCursor inner = peel(b->unit, expr), constant = enumerator_of(b, inner);
	CXCursor local = local_of(b->unit, inner);
	struct state_value v = {0};
	struct table t;
	long long value;

	if (!clang_Cursor_isNull(constant)) {
		v.name = intern_cx(b->unit, clang_getCursorSpelling(constant));
	} else if (find_table(b, inner, object, &t)) {
		add_rows(b, &t, out);
		return;
	} else if (!clang_Cursor_isNull(local)) {
		collect_local(b, local, object, depth, out);
		return;
	} else if (clang_getCursorKind(inner) == CXCursor_ConditionalOperator) {
		collect_choice(b, inner, object, depth, out);
		return;
	} else if (clang_getCursorKind(inner) == CXCursor_BinaryOperator &&
		   clang_getCursorBinaryOperatorKind(inner) == CXBinaryOperator_Assign) {
		unsigned first, n = children_of(b->unit, inner, &first);

		if (n == 2)
			collect(b, child_at(b->unit, first + 1), object, depth, out);
		drop_children(b->unit, first);
		return;
	} else if (evaluate(inner, &value)) {
		v.name = name_of_constant(b, inner, value);
	}
	g_array_append_val(out, v);
}

void collect_states(struct body *b, CXCursor expr, gconstpointer object, GArray *out)
{
	collect(b, expr, object, DEEPEST, out);
}
