/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a condition says of a pointer: that it is, or is not, a function or the address of a global. */
#include <string.h>

#include "parse/body.h"

struct comparison {
	struct ew_ref *slot, *value;
	bool is_equal;
};

static bool find(struct unit *u, CXCursor expr, bool holds, struct comparison *c);

static bool find_child(struct unit *u, CXCursor expr, unsigned i, bool holds, struct comparison *c)
{
	unsigned first, n = children_of(u, expr, &first);
	CXCursor child = i < n ? child_at(u, first + i) : clang_getNullCursor();

	drop_children(u, first);
	return i < n && find(u, child, holds, c);
}

static bool is_fixed_value(const struct value *v)
{
	return v->ref.kind == EW_NODE_FUNCTION || (v->ref.kind == EW_NODE_VARIABLE && v->level > 0);
}

static bool is_slot(const struct value *v)
{
	return !v->level && !v->is_object &&
	       (v->ref.kind == EW_NODE_FIELD || v->ref.kind == EW_NODE_LOCAL || v->ref.kind == EW_NODE_PARAM ||
		v->ref.kind == EW_NODE_VARIABLE || v->ref.kind == EW_NODE_RETURN);
}

/* Either side may be the pointer; each must be one thing only. */
static bool find_sides(struct unit *u, CXCursor expr, struct comparison *c)
{
	unsigned first, n = children_of(u, expr, &first), i;
	bool found = false;

	for (i = 0; i < 2 && n == 2 && !found; i++) {
		g_autoptr(GArray) a = g_array_new(false, false, sizeof(struct value));
		g_autoptr(GArray) b = g_array_new(false, false, sizeof(struct value));

		collect_values(u, child_at(u, first + i), a);
		collect_values(u, child_at(u, first + 1 - i), b);
		found = a->len == 1 && b->len == 1 && is_slot(&g_array_index(a, struct value, 0)) &&
			is_fixed_value(&g_array_index(b, struct value, 0));
		if (!found)
			continue;
		*c->slot = g_array_index(a, struct value, 0).ref;
		*c->value = g_array_index(b, struct value, 0).ref;
	}
	drop_children(u, first);
	return found;
}

static bool find_binary(struct unit *u, CXCursor expr, bool holds, struct comparison *c)
{
	enum CXBinaryOperatorKind kind = clang_getCursorBinaryOperatorKind(expr);

	if (kind == (holds ? CXBinaryOperator_LAnd : CXBinaryOperator_LOr))
		return find_child(u, expr, 0, holds, c) || find_child(u, expr, 1, holds, c);
	if (kind != CXBinaryOperator_EQ && kind != CXBinaryOperator_NE)
		return false;
	c->is_equal = (kind == CXBinaryOperator_EQ) == holds;
	return find_sides(u, expr, c);
}

/* likely() and unlikely() are __builtin_expect(!!(x), n). */
static bool is_expect(CXCursor call)
{
	CXString name = clang_getCursorSpelling(call);
	bool answer = !g_strcmp0(clang_getCString(name), "__builtin_expect");

	clang_disposeString(name);
	return answer;
}

/* In `expr`, which holds or does not. */
static bool find(struct unit *u, CXCursor expr, bool holds, struct comparison *c)
{
	expr = unwrap(u, expr);
	switch ((int)clang_getCursorKind(expr)) {
	case CXCursor_BinaryOperator:
		return find_binary(u, expr, holds, c);
	case CXCursor_UnaryOperator:
		return clang_getCursorUnaryOperatorKind(expr) == CXUnaryOperator_LNot &&
		       find_child(u, expr, 0, !holds, c);
	case CXCursor_CallExpr:
		return is_expect(expr) && find_child(u, expr, 1, holds, c);
	default:
		return false;
	}
}

bool comparison_of(struct unit *u, const struct open_condition *open, struct ew_ref *slot, struct ew_ref *value)
{
	struct comparison c = {.slot = slot, .value = value};

	switch (open->kind) {
	case EW_CONDITION_THEN:
	case EW_CONDITION_LOOP:
	case EW_CONDITION_AND:
	case EW_CONDITION_TRUE:
	case EW_CONDITION_AFTER_ELSE:
		return find(u, open->text, true, &c) && c.is_equal;
	case EW_CONDITION_ELSE:
	case EW_CONDITION_OR:
	case EW_CONDITION_FALSE:
	case EW_CONDITION_AFTER:
		return find(u, open->text, false, &c) && c.is_equal;
	default:
		return false;
	}
}
