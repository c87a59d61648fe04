/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an expression may evaluate to, as slots and functions.
 *
 * Parentheses, casts, statement expressions (READ_ONCE, rcu_dereference), both arms of ?:, the right
 * side of an assignment or comma are looked through. Addresses and dereferences are counted, so that
 * *&x is x again. Pointer arithmetic ends the search: what container_of() yields is another object.
 */
#include "parse/body.h"

static void collect(struct unit *u, CXCursor expr, int level, GArray *out);

static void add(GArray *out, enum ew_node_kind kind, const char *key, int level)
{
	struct value v = {.ref = {.kind = kind, .key = key}, .level = level};

	g_array_append_val(out, v);
}

/* Collect child `i` of `expr`; negative counts from the end. */
static void collect_child(struct unit *u, CXCursor expr, int i, int level, GArray *out)
{
	unsigned first, n = children_of(u, expr, &first);

	if (i < 0)
		i += (int)n;
	if (i >= 0 && i < (int)n)
		collect(u, child_at(u, first + i), level, out);
	drop_children(u, first);
}

static void collect_reference(struct unit *u, CXCursor expr, int level, GArray *out)
{
	CXCursor decl = clang_getCursorReferenced(expr);
	const char *known = g_hash_table_lookup(u->keys, decl.data[0]);

	switch (clang_getCursorKind(decl)) {
	case CXCursor_FunctionDecl:
		add(out, EW_NODE_FUNCTION, function_key(u, decl), level);
		break;
	case CXCursor_ParmDecl:
		if (known)
			add(out, EW_NODE_PARAM, known, level);
		break;
	case CXCursor_VarDecl:
		if (clang_Cursor_hasVarDeclGlobalStorage(decl))
			add(out, EW_NODE_VARIABLE, variable_key(u, decl), level);
		else if (known)
			add(out, EW_NODE_LOCAL, known, level);
		break;
	default:
		break;
	}
}

static bool is_pointer(CXCursor expr)
{
	return clang_getCanonicalType(clang_getCursorType(expr)).kind == CXType_Pointer;
}

/* The object that the member is, where it is one itself and the object around it has a name; else the member. */
struct ew_ref part_of(struct unit *u, const struct ew_ref *member)
{
	static const char letters[] = {[EW_NODE_VARIABLE] = 'v', [EW_NODE_FIELD] = 'f',
				       [EW_NODE_LOCAL] = 'l', [EW_NODE_PART] = 'p'};
	enum ew_node_kind kind = member->base_kind;
	char letter = kind < G_N_ELEMENTS(letters) ? letters[kind] : 0;
	g_autofree char *key = NULL;

	if (member->kind != EW_NODE_FIELD || member->base_mode != EW_BASE_OBJECT || !letter)
		return *member;
	key = g_strdup_printf("%c%s>%s", letter, member->base, member->key);
	return (struct ew_ref){
		.kind = EW_NODE_PART,
		.key = intern(u, key),
		.is_address = member->is_address,
	};
}

/* The layers outward of a member: which slots hold, or are, the object. One value for each. */
static void add_with_bases(struct unit *u, CXCursor object, struct value *v, GArray *out)
{
	g_autoptr(GArray) found = g_array_new(false, false, sizeof(struct value));
	guint i;

	if (!clang_Cursor_isNull(object))
		collect(u, object, is_pointer(object) ? -1 : 0, found);
	for (i = 0; i < found->len; i++) {
		const struct value *base = &g_array_index(found, struct value, i);
		bool is_unknown = base->ref.kind == EW_NODE_NONE ||
				  base->ref.kind == EW_NODE_FUNCTION || base->level > 0;
		struct ew_ref around = base->level < 0 ? base->ref : part_of(u, &base->ref);

		v->ref.base_kind = is_unknown ? EW_NODE_NONE : around.kind;
		v->ref.base = is_unknown ? NULL : around.key;
		v->ref.base_mode = is_unknown	   ? EW_BASE_NONE
				   : base->level < 0 ? EW_BASE_POINTER
						     : EW_BASE_OBJECT;
		g_array_append_val(out, *v);
	}
	if (!found->len)
		g_array_append_val(out, *v);
}

/* A record, or an array of records. */
static bool is_object_type(CXType type)
{
	type = clang_getCanonicalType(type);
	while (clang_getArrayElementType(type).kind != CXType_Invalid)
		type = clang_getCanonicalType(clang_getArrayElementType(type));
	return type.kind == CXType_Record;
}

static void collect_member(struct unit *u, CXCursor expr, int level, GArray *out)
{
	CXCursor field = clang_getCursorReferenced(expr);
	unsigned first, n = children_of(u, expr, &first), i;
	struct value v = {.level = level};
	CXCursor object = clang_getNullCursor();

	for (i = 0; i < n; i++)
		if (clang_isExpression(clang_getCursorKind(child_at(u, first + i))))
			object = child_at(u, first + i);
	drop_children(u, first);
	if (clang_getCursorKind(field) != CXCursor_FieldDecl)
		return;
	if (is_nameless(field)) {
		if (!clang_Cursor_isNull(object))
			collect(u, object, level, out);
		return;
	}
	/* Anonymous members in between are not layers. */
	while (!clang_Cursor_isNull(object) &&
	       clang_getCursorKind(object) == CXCursor_MemberRefExpr &&
	       is_nameless(clang_getCursorReferenced(object))) {
		n = children_of(u, object, &first);
		object = n ? child_at(u, first) : clang_getNullCursor();
		drop_children(u, first);
	}
	v.ref.kind = EW_NODE_FIELD;
	v.ref.key = field_key(u, field);
	v.is_object = is_object_type(clang_getCursorType(field));
	add_with_bases(u, object, &v, out);
}

static void collect_unary(struct unit *u, CXCursor expr, int level, GArray *out)
{
	switch (clang_getCursorUnaryOperatorKind(expr)) {
	case CXUnaryOperator_AddrOf:
		collect_child(u, expr, 0, level + 1, out);
		break;
	case CXUnaryOperator_Deref:
		collect_child(u, expr, 0, level - 1, out);
		break;
	case CXUnaryOperator_Extension:
		collect_child(u, expr, 0, level, out);
		break;
	default:
		break;
	}
}

static void collect_binary(struct unit *u, CXCursor expr, int level, GArray *out)
{
	switch (clang_getCursorBinaryOperatorKind(expr)) {
	case CXBinaryOperator_Assign:
	case CXBinaryOperator_Comma:
		collect_child(u, expr, 1, level, out);
		break;
	default:
		break;
	}
}

/* x[i] of an array is an element of x; of a pointer, it is what the pointer points to. */
static void collect_subscript(struct unit *u, CXCursor expr, int level, GArray *out)
{
	unsigned first, n = children_of(u, expr, &first);
	CXCursor object = n ? unwrap(u, child_at(u, first)) : clang_getNullCursor();

	drop_children(u, first);
	if (n)
		collect(u, object, is_pointer(object) ? level - 1 : level, out);
}

static void collect_call(struct unit *u, CXCursor expr, int level, GArray *out)
{
	g_autoptr(GArray) callee = g_array_new(false, false, sizeof(struct value));
	const char *known = g_hash_table_lookup(u->calls, expr.data[1]);
	g_autofree char *key = NULL;
	struct value *v;

	if (known) {
		key = g_strdup_printf("%s#r", known);
		add(out, EW_NODE_ARGUMENT, intern(u, key), level);
		return;
	}
	collect_child(u, expr, 0, 0, callee);
	v = callee->len == 1 ? &g_array_index(callee, struct value, 0) : NULL;
	if (v && v->ref.kind == EW_NODE_FUNCTION) {
		key = g_strdup_printf("%s#r", v->ref.key);
		add(out, EW_NODE_RETURN, intern(u, key), level);
	}
}

/* ({ …; value; }) */
static void collect_statement(struct unit *u, CXCursor expr, int level, GArray *out)
{
	unsigned first, n = children_of(u, expr, &first);
	CXCursor body = n ? child_at(u, first) : clang_getNullCursor();

	drop_children(u, first);
	if (n)
		collect_child(u, body, -1, level, out);
}

bool is_constant(struct unit *u, CXCursor expr)
{
	unsigned first, n;

	expr = unwrap(u, expr);
	switch ((int)clang_getCursorKind(expr)) {
	case CXCursor_IntegerLiteral:
	case CXCursor_StringLiteral:
	case CXCursor_InitListExpr:
	case CXCursor_UnaryExpr:
		return true;
	case CXCursor_CStyleCastExpr:
		n = children_of(u, expr, &first);
		expr = n ? child_at(u, first + n - 1) : expr;
		drop_children(u, first);
		return n && is_constant(u, expr);
	default:
		return false;
	}
}

/* An object without a name, that has its place for one. */
static void add_literal(struct unit *u, CXCursor expr, int level, GArray *out)
{
	struct ew_ref object = literal_object(u, expr);

	if (object.kind != EW_NODE_NONE)
		add(out, object.kind, object.key, level);
}

/* Where an array of objects stands for a pointer, it is the address of objects. */
static bool is_table_decay(CXCursor inner, CXCursor expr)
{
	CXType type = clang_getCanonicalType(clang_getCursorType(inner));

	if (!is_pointer(expr) || clang_getArrayElementType(type).kind == CXType_Invalid)
		return false;
	while (clang_getArrayElementType(type).kind != CXType_Invalid)
		type = clang_getCanonicalType(clang_getArrayElementType(type));
	return type.kind == CXType_Record;
}

/* One of several operands: that it cannot be named is a value, too. */
static void collect_arm(struct unit *u, CXCursor arm, int level, GArray *out)
{
	guint before = out->len;

	collect(u, arm, level, out);
	if (out->len == before && !is_constant(u, arm))
		add(out, EW_NODE_NONE, NULL, level);
}

/* c ? x : y, x ?: y, and what the compiler chooses by type or constant. */
static void collect_choice(struct unit *u, CXCursor expr, int level, GArray *out)
{
	unsigned first, n = children_of(u, expr, &first), i;
	enum CXCursorKind kind = clang_getCursorKind(expr);
	int chosen = chosen_operand(u, expr, first, n);

	if (kind == CXCursor_ConditionalOperator && n == 3) {
		collect_arm(u, child_at(u, first + 1), level, out);
		collect_arm(u, child_at(u, first + 2), level, out);
	} else if (is_elvis(u, expr, first, n)) {
		collect_arm(u, child_at(u, first), level, out);
		collect_arm(u, child_at(u, first + 3), level, out);
	} else if (chosen > 0) {
		collect(u, child_at(u, first + chosen), level, out);
	} else {
		for (i = kind == CXCursor_GenericSelectionExpr; i < n; i++)
			if (may_be_chosen(child_at(u, first + i), expr))
				collect(u, child_at(u, first + i),
					level + is_table_decay(child_at(u, first + i), expr), out);
	}
	drop_children(u, first);
}

static void collect(struct unit *u, CXCursor expr, int level, GArray *out)
{
	switch ((int)clang_getCursorKind(expr)) {
	case CXCursor_ParenExpr:
	case CXCursor_CStyleCastExpr:
		collect_child(u, expr, -1, level, out);
		break;
	case CXCursor_DeclRefExpr:
		collect_reference(u, expr, level, out);
		break;
	case CXCursor_MemberRefExpr:
		collect_member(u, expr, level, out);
		break;
	case CXCursor_UnaryOperator:
		collect_unary(u, expr, level, out);
		break;
	case CXCursor_BinaryOperator:
		collect_binary(u, expr, level, out);
		break;
	case CXCursor_ConditionalOperator:
	case CXCursor_GenericSelectionExpr:
	case CXCursor_UnexposedExpr: /* implicit casts, __builtin_choose_expr, x ?: y */
		collect_choice(u, expr, level, out);
		break;
	case CXCursor_CompoundLiteralExpr:
		add_literal(u, expr, level, out);
		break;
	case CXCursor_ArraySubscriptExpr:
		collect_subscript(u, expr, level, out);
		break;
	case CXCursor_CallExpr:
		collect_call(u, expr, level, out);
		break;
	case CXCursor_StmtExpr:
		collect_statement(u, expr, level, out);
		break;
	default:
		break;
	}
}

void collect_values(struct unit *u, CXCursor expr, GArray *out)
{
	guint i;

	collect(u, expr, 0, out);
	for (i = 0; i < out->len; i++) {
		struct value *v = &g_array_index(out, struct value, i);

		v->ref.is_address = v->level > 0;
		if (v->level > 0 && v->is_object)
			v->ref = part_of(u, &v->ref);
	}
}

bool slot_of_lvalue(struct unit *u, CXCursor expr, struct ew_ref *slot, bool *is_object)
{
	g_autoptr(GArray) found = g_array_new(false, false, sizeof(struct value));

	collect_values(u, expr, found);
	if (!found->len)
		return false;
	*slot = g_array_index(found, struct value, 0).ref;
	*is_object = g_array_index(found, struct value, 0).level == 0;
	return slot->kind != EW_NODE_FUNCTION && slot->kind != EW_NODE_NONE;
}

/* The expression without parentheses and implicit conversions. */
CXCursor unwrap(struct unit *u, CXCursor expr)
{
	for (;;) {
		enum CXCursorKind kind = clang_getCursorKind(expr);
		CXCursor inner;
		unsigned first, n;

		if (kind != CXCursor_ParenExpr && kind != CXCursor_UnexposedExpr)
			return expr;
		n = children_of(u, expr, &first);
		inner = n == 1 ? child_at(u, first) : clang_getNullCursor();
		drop_children(u, first);
		if (clang_Cursor_isNull(inner))
			return expr;
		expr = inner;
	}
}
