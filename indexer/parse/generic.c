/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which alternative of _Generic() is taken: libclang shows the alternatives, not their types. */
#include <string.h>

#include "parse/body.h"

/* ---- by the type that is written before the alternative --------------------------------------- */

static bool is_blank(char c)
{
	return g_ascii_isspace(c) || c == '\\';
}

static char *without_blanks(const char *text, size_t length)
{
	GString *s = g_string_new(NULL);
	size_t i;

	for (i = 0; i < length; i++)
		if (!is_blank(text[i]))
			g_string_append_c(s, text[i]);
	return g_string_free(s, false);
}

/* "structs*" of `struct s *: operand`, NULL where that is not what stands there; the caller frees it. */
static char *type_before(struct unit *u, CXCursor operand)
{
	size_t n, end;
	const char *text = unit_text_before(u, operand, &n);

	while (text && n && is_blank(text[n - 1]))
		n--;
	if (!text || !n || text[n - 1] != ':')
		return NULL;
	for (end = --n; n && !strchr(",(?;", text[n - 1]); n--)
		;
	return without_blanks(text + n, end - n);
}

static char *spelled_type(CXType type)
{
	CXString s = clang_getTypeSpelling(type);
	const char *text = clang_getCString(s);
	char *answer = without_blanks(text, strlen(text));

	clang_disposeString(s);
	return answer;
}

static int operand_by_text(struct unit *u, CXCursor expr, unsigned first, unsigned n)
{
	CXType type = clang_getUnqualifiedType(clang_getCursorType(child_at(u, first)));
	g_autofree char *spelled = spelled_type(type);
	g_autofree char *canonical = spelled_type(clang_getCanonicalType(type));
	int chosen = -1;
	unsigned i;

	for (i = 1; i < n; i++) {
		CXCursor operand = child_at(u, first + i);
		g_autofree char *written = may_be_chosen(operand, expr) ? type_before(u, operand) : NULL;

		if (!written || (strcmp(written, spelled) != 0 && strcmp(written, canonical) != 0))
			continue;
		if (chosen > 0)
			return -1;
		chosen = (int)i;
	}
	return chosen;
}

/* ---- by the struct that the alternative takes -------------------------------------------------- */

static CXCursor record_of(CXType type)
{
	return clang_getTypeDeclaration(clang_getCanonicalType(type));
}

/* The struct that the first parameter of the called function points to. */
static CXCursor record_taken(struct unit *u, CXCursor operand)
{
	CXCursor call = unwrap(u, operand), callee = clang_getCursorReferenced(call);

	if (clang_getCursorKind(call) != CXCursor_CallExpr ||
	    clang_getCursorKind(callee) != CXCursor_FunctionDecl)
		return clang_getNullCursor();
	return record_of(clang_getPointeeType(clang_getCanonicalType(
		clang_getCursorType(clang_Cursor_getArgument(callee, 0)))));
}

/*
 * Where each alternative is a call that takes a pointer to another struct (the argument may be a void *, as in the kernel's
 * sequence counters), the one of the expression's struct is the one.
 */
static int operand_by_record(struct unit *u, CXCursor expr, unsigned first, unsigned n)
{
	CXCursor record = n ? record_of(clang_getCursorType(child_at(u, first))) : clang_getNullCursor();
	int chosen = -1;
	unsigned i;

	if (clang_getCursorKind(record) != CXCursor_StructDecl)
		return -1;
	for (i = 1; i < n; i++) {
		CXCursor operand = child_at(u, first + i), taken;

		if (!may_be_chosen(operand, expr))
			continue;
		taken = record_taken(u, operand);
		if (clang_getCursorKind(taken) != CXCursor_StructDecl)
			return -1;
		if (!clang_equalCursors(taken, record))
			continue;
		if (chosen > 0)
			return -1;
		chosen = (int)i;
	}
	return chosen;
}

int generic_operand(struct unit *u, CXCursor expr, unsigned first, unsigned n)
{
	int chosen = n ? operand_by_text(u, expr, first, n) : -1;

	return chosen > 0 ? chosen : operand_by_record(u, expr, first, n);
}
