/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What attributes make of a function: a weak one, a body for inlining only, another name of a function.
 *
 * libclang shows an attribute as a cursor without a kind, its arguments in print only. So the text where it is
 * written tells which one it is, be that in a macro or at an earlier declaration; and print tells of what a
 * function is the alias, as one more macro may have made the name.
 */
#include <string.h>

#include "parse/internal.h"

struct search {
	struct unit *unit;
	const char *name;
	bool is_found;
};

static size_t word_length(const char *text, size_t length)
{
	size_t n = 0;

	while (n < length && (g_ascii_isalnum(text[n]) || text[n] == '_'))
		n++;
	return n;
}

/* `weak` is written weak or __weak__. */
static bool is_word(const char *text, size_t length, const char *name)
{
	size_t n = word_length(text, length), wanted = strlen(name);

	if (n == wanted + 4 && !memcmp(text, "__", 2) && !memcmp(text + n - 2, "__", 2)) {
		text += 2;
		n -= 4;
	}
	return n == wanted && !memcmp(text, name, n);
}

/* Attributes come before everything else that a declaration has. */
static enum CXChildVisitResult match_attribute(CXCursor child, CXCursor parent, CXClientData data)
{
	struct search *s = data;
	const char *text;
	size_t length;

	if (!clang_isAttribute(clang_getCursorKind(child)))
		return CXChildVisit_Break;
	text = unit_spelling(s->unit, child, &length);
	s->is_found = text && is_word(text, length, s->name);
	return s->is_found ? CXChildVisit_Break : CXChildVisit_Continue;
}

/* Also where an earlier declaration has it. */
static bool has_attribute(struct unit *u, CXCursor decl, const char *name)
{
	struct search s = {u, name, false};

	if (clang_Cursor_hasAttrs(decl))
		clang_visitChildren(decl, match_attribute, &s);
	return s.is_found;
}

/* Without the body, with the attributes that this declaration has itself. */
static CXString print_of(CXCursor decl)
{
	CXPrintingPolicy policy = clang_getCursorPrintingPolicy(decl);
	CXString print;

	clang_PrintingPolicy_setProperty(policy, CXPrintingPolicy_TerseOutput, 1);
	print = clang_getCursorPrettyPrinted(decl, policy);
	clang_PrintingPolicy_dispose(policy);
	return print;
}

bool is_inline_body(struct unit *u, CXCursor decl)
{
	return clang_getCursorLinkage(decl) == CXLinkage_External && clang_Cursor_isFunctionInlined(decl) &&
	       clang_Cursor_getStorageClass(decl) == CX_SC_Extern && has_attribute(u, decl, "gnu_inline");
}

bool gives_way(struct unit *u, CXCursor decl)
{
	return has_attribute(u, decl, "weak") || is_inline_body(u, decl);
}

struct alias_search {
	struct unit *unit;
	const char *name, *key;
};

static enum CXChildVisitResult match_function(CXCursor child, CXCursor parent, CXClientData data)
{
	struct alias_search *s = data;
	CXString name;

	if (clang_getCursorKind(child) != CXCursor_FunctionDecl ||
	    clang_getCursorLinkage(child) != CXLinkage_Internal)
		return CXChildVisit_Continue;
	name = clang_getCursorSpelling(child);
	if (!strcmp(clang_getCString(name), s->name))
		s->key = function_key(s->unit, child);
	clang_disposeString(name);
	return s->key ? CXChildVisit_Break : CXChildVisit_Continue;
}

const char *function_key_named(struct unit *u, const char *name)
{
	struct alias_search s = {.unit = u, .name = name};

	clang_visitChildren(clang_getTranslationUnitCursor(u->tu), match_function, &s);
	return s.key ? s.key : intern(u, name);
}

const char *alias_key(struct unit *u, CXCursor decl)
{
	g_autofree char *name = NULL;
	const char *from;
	CXString print;

	if (!has_attribute(u, decl, "alias"))
		return NULL;
	print = print_of(decl);
	from = strstr(clang_getCString(print), "alias(\"");
	if (from) {
		from += strlen("alias(\"");
		name = g_strndup(from, strcspn(from, "\""));
	}
	clang_disposeString(print);
	if (!name)
		return NULL;
	return function_key_named(u, name);
}

/* What is handed to the alias is handed to the function, and what that returns is returned. */
static void say_alias_flows(struct unit *u, CXCursor decl, const char *key, const char *target)
{
	struct flow_context context = {key, 0};
	int n = clang_Cursor_getNumArguments(decl), i;

	for (i = 0; i < n; i++) {
		g_autofree char *to_key = g_strdup_printf("%s#%d", target, i);
		g_autofree char *from_key = g_strdup_printf("%s#%d", key, i);
		struct ew_ref to = {.kind = EW_NODE_PARAM, .key = to_key};
		struct ew_ref from = {.kind = EW_NODE_PARAM, .key = from_key};

		if (is_relevant_type(u, clang_getCursorType(clang_Cursor_getArgument(decl, i))))
			say_flow(u, &context, &to, &from, decl, EW_FLOW_ARGUMENT);
	}
	if (is_relevant_type(u, clang_getCursorResultType(decl))) {
		g_autofree char *to_key = g_strdup_printf("%s#r", key);
		g_autofree char *from_key = g_strdup_printf("%s#r", target);
		struct ew_ref to = {.kind = EW_NODE_RETURN, .key = to_key};
		struct ew_ref from = {.kind = EW_NODE_RETURN, .key = from_key};

		say_flow(u, &context, &to, &from, decl, EW_FLOW_RETURN);
	}
}

void say_alias_body(struct unit *u, CXCursor decl, const char *key, const char *target)
{
	struct unit_place p = unit_place_of(u, clang_getCursorLocation(decl));
	struct ew_fact_call call = {
		.caller = key,
		.callee = target,
		.place = p.place,
		.macro = "alias",
		.condition = -1,
	};

	u->sink->call(u->sink->data, &call);
	say_alias_flows(u, decl, key, target);
}
