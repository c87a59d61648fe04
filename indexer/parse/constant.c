/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Flows of constants: which mode a timer is given, which softirq is raised. Of the many constants of a kernel those
 * are followed that kernel-refs names: enumerators, what is of their enumeration, and parameters that take one.
 */
#include <string.h>

#include "parse/state.h"

struct constant_words {
	GPtrArray *patterns;	/* of GPatternSpec: names of enumerators */
	GHashTable *parameters; /* "raise_softirq#0" */
};

struct constant_words *constant_words_new(const char *const *told)
{
	struct constant_words *w;

	if (!told || !*told)
		return NULL;
	w = g_new0(struct constant_words, 1);
	w->patterns = g_ptr_array_new_with_free_func((GDestroyNotify)g_pattern_spec_free);
	w->parameters = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	for (; *told; told++)
		if (strchr(*told, '#'))
			g_hash_table_add(w->parameters, g_strdup(*told));
		else
			g_ptr_array_add(w->patterns, g_pattern_spec_new(*told));
	return w;
}

void constant_words_free(struct constant_words *w)
{
	if (!w)
		return;
	g_ptr_array_unref(w->patterns);
	g_hash_table_unref(w->parameters);
	g_free(w);
}

/* ---- what is followed -------------------------------------------------------------------------- */

static bool is_followed_name(const struct constant_words *w, const char *name)
{
	guint i;

	for (i = 0; i < w->patterns->len; i++)
		if (g_pattern_spec_match_string(g_ptr_array_index(w->patterns, i), name))
			return true;
	return false;
}

static bool is_followed_enumerator(const struct unit *u, CXCursor enumerator)
{
	CXString s = clang_getCursorSpelling(enumerator);
	bool answer = is_followed_name(u->parser->constants, clang_getCString(s));

	clang_disposeString(s);
	return answer;
}

struct enumeration {
	const struct unit *unit;
	long long value;
	CXCursor found; /* of that value, or null */
	bool is_followed;
};

static enum CXChildVisitResult visit_enumerator(CXCursor child, CXCursor parent, CXClientData data)
{
	struct enumeration *e = data;

	if (clang_getCursorKind(child) != CXCursor_EnumConstantDecl)
		return CXChildVisit_Continue;
	e->is_followed |= is_followed_enumerator(e->unit, child);
	if (clang_Cursor_isNull(e->found) && clang_getEnumConstantDeclValue(child) == e->value)
		e->found = child;
	return CXChildVisit_Continue;
}

static struct enumeration look_into(const struct unit *u, CXType type, long long value)
{
	struct enumeration e = {u, value, clang_getNullCursor(), false};

	type = clang_getCanonicalType(type);
	if (type.kind == CXType_Enum)
		clang_visitChildren(clang_getTypeDeclaration(type), visit_enumerator, &e);
	return e;
}

static bool is_followed_type(struct unit *u, CXType type)
{
	CXCursor decl;
	gpointer known;
	bool answer;

	type = clang_getCanonicalType(type);
	if (type.kind != CXType_Enum)
		return false;
	decl = clang_getTypeDeclaration(type);
	known = g_hash_table_lookup(u->relevant, decl.data[0]);
	if (known)
		return GPOINTER_TO_INT(known) == 2;
	answer = look_into(u, type, 0).is_followed;
	g_hash_table_insert(u->relevant, (gpointer)decl.data[0], GINT_TO_POINTER(answer + 1));
	return answer;
}

/* A static function's key begins with its file. */
static bool is_followed_parameter(const struct unit *u, const struct ew_ref *to)
{
	const char *name = to->kind == EW_NODE_PARAM ? strrchr(to->key, ':') : NULL;

	return to->kind == EW_NODE_PARAM &&
	       g_hash_table_contains(u->parser->constants->parameters, name ? name + 1 : to->key);
}

/* The enumerator that the expression is, or a null cursor. */
static CXCursor named(struct unit *u, CXCursor expr)
{
	CXCursor decl = clang_getNullCursor();

	expr = peel(u, expr);
	if (clang_getCursorKind(expr) == CXCursor_DeclRefExpr)
		decl = clang_getCursorReferenced(expr);
	return clang_getCursorKind(decl) == CXCursor_EnumConstantDecl ? decl : clang_getNullCursor();
}

/* ---- values ------------------------------------------------------------------------------------ */

static void say_constant(struct unit *u, const struct flow_context *c, const struct ew_ref *to, const char *name,
			 CXCursor at, enum ew_flow_how how)
{
	struct ew_ref from = {.kind = EW_NODE_CONSTANT, .key = name};

	say_flow(u, c, to, &from, at, how);
}

/* By its name in the enumeration, if it has one there. */
static void say_number(struct unit *u, const struct flow_context *c, const struct ew_ref *to, CXType type,
		       long long value, CXCursor at, enum ew_flow_how how)
{
	struct enumeration e = look_into(u, type, value);
	g_autofree char *number = NULL;

	if (!clang_Cursor_isNull(e.found)) {
		say_constant(u, c, to, intern_cx(u, clang_getCursorSpelling(e.found)), at, how);
		return;
	}
	number = g_strdup_printf("%lld", value);
	say_constant(u, c, to, intern(u, number), at, how);
}

/* What is no constant: slots, as far as they have a name. */
static void say_slots(struct unit *u, const struct flow_context *c, const struct ew_ref *to, CXCursor expr,
		      enum ew_flow_how how)
{
	g_autoptr(GArray) values = g_array_new(false, false, sizeof(struct value));
	struct ew_ref unknown = {.kind = EW_NODE_NONE};
	guint i;

	collect_values(u, expr, values);
	for (i = 0; i < values->len; i++) {
		const struct value *v = &g_array_index(values, struct value, i);

		say_flow(u, c, to, v->level ? &unknown : &v->ref, expr, how);
	}
	if (!values->len)
		say_flow(u, c, to, &unknown, expr, how);
}

static void say_values(struct unit *u, const struct flow_context *c, const struct ew_ref *to, CXType type,
		       CXCursor expr, enum ew_flow_how how)
{
	CXCursor enumerator = named(u, expr), inner = peel(u, expr);
	long long value;
	unsigned first, n;

	if (!clang_Cursor_isNull(enumerator)) {
		say_constant(u, c, to, intern_cx(u, clang_getCursorSpelling(enumerator)), expr, how);
	} else if (evaluate(inner, &value)) {
		say_number(u, c, to, type, value, expr, how);
	} else if (clang_getCursorKind(inner) == CXCursor_ConditionalOperator) {
		n = children_of(u, inner, &first);
		if (n == 3) {
			say_values(u, c, to, type, child_at(u, first + 1), how);
			say_values(u, c, to, type, child_at(u, first + 2), how);
		}
		drop_children(u, first);
	} else {
		say_slots(u, c, to, expr, how);
	}
}

static bool is_integer(CXCursor expr)
{
	switch (clang_getCanonicalType(clang_getCursorType(expr)).kind) {
	case CXType_Int:
	case CXType_UInt:
	case CXType_Enum:
		return true;
	default:
		return false;
	}
}

void say_constants(struct unit *u, const struct flow_context *c, const struct ew_ref *to, CXType type, CXCursor expr,
		   enum ew_flow_how how)
{
	CXCursor enumerator;

	if (!u->parser->constants || !is_integer(expr))
		return;
	enumerator = named(u, expr);
	if (is_followed_type(u, type) || is_followed_parameter(u, to) ||
	    (!clang_Cursor_isNull(enumerator) && is_followed_enumerator(u, enumerator)))
		say_values(u, c, to, type, expr, how);
}

void say_constant_lost(struct unit *u, const struct flow_context *c, CXCursor target)
{
	g_autoptr(GArray) values = g_array_new(false, false, sizeof(struct value));
	struct ew_ref unknown = {.kind = EW_NODE_NONE};
	guint i;

	if (!u->parser->constants || !is_followed_type(u, clang_getCursorType(target)))
		return;
	collect_values(u, target, values);
	for (i = 0; i < values->len; i++)
		if (!g_array_index(values, struct value, i).level)
			say_flow(u, c, &g_array_index(values, struct value, i).ref, &unknown, target,
				 EW_FLOW_ASSIGNMENT);
}
