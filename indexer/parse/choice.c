/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Expressions of which the compiler chooses a part: _Generic(), __builtin_choose_expr(), and ?: without a middle. */
#include <string.h>

#include "parse/body.h"

static bool is_spelled(struct unit *u, CXCursor c, const char *word)
{
	size_t length;
	const char *text = unit_spelling(u, c, &length);

	return text && length > strlen(word) && !strncmp(text, word, strlen(word));
}

static bool is_same_type(CXCursor a, CXCursor b)
{
	return clang_equalTypes(clang_getCanonicalType(clang_getCursorType(a)),
				clang_getCanonicalType(clang_getCursorType(b)));
}

/* The alternatives that the compiler may choose: those of the type that the expression has. */
bool may_be_chosen(CXCursor operand, CXCursor expr)
{
	return clang_isExpression(clang_getCursorKind(operand)) &&
	       (clang_getCursorKind(expr) != CXCursor_GenericSelectionExpr || is_same_type(operand, expr));
}

bool is_elvis(struct unit *u, CXCursor expr, unsigned first, unsigned n)
{
	return clang_getCursorKind(expr) == CXCursor_UnexposedExpr && n == 4 &&
	       child_at(u, first).data[1] == child_at(u, first + 1).data[1];
}

int chosen_operand(struct unit *u, CXCursor expr, unsigned first, unsigned n)
{
	int value;

	if (clang_getCursorKind(expr) == CXCursor_GenericSelectionExpr)
		return generic_operand(u, expr, first, n);
	if (n != 3 || clang_getCursorKind(expr) != CXCursor_UnexposedExpr ||
	    !is_spelled(u, expr, "__builtin_choose_expr"))
		return -1;
	value = constant_value(child_at(u, first));
	return value < 0 ? -1 : value ? 1 : 2;
}
