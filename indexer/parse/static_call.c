/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Static calls of the kernel: static_call(name)(…) calls the trampoline __SCT__name, which jumps to what the
 * member `func` of the key __SCK__name says. So it is told as a call through the key, which counts as a
 * variable that holds the function, for all keys are known by name; what is put into the member goes there, too. The macro mentions the key
 * beside the trampoline; where it does not, the call stays one of the trampoline.
 */
#include <string.h>

#include "parse/body.h"

static const char TRAMPOLINE[] = "__SCT__", KEY[] = "__SCK__";

struct key_search {
	const char *name;
	CXCursor key; /* declaration */
	bool is_found;
};

static enum CXChildVisitResult find_key(CXCursor c, CXCursor parent, CXClientData data)
{
	struct key_search *s = data;
	CXCursor decl;
	CXString name;

	if (clang_getCursorKind(c) != CXCursor_DeclRefExpr)
		return CXChildVisit_Recurse;
	decl = clang_getCursorReferenced(c);
	name = clang_getCursorSpelling(decl);
	s->is_found = clang_getCursorKind(decl) == CXCursor_VarDecl &&
		      g_str_has_prefix(clang_getCString(name), KEY) &&
		      !strcmp(clang_getCString(name) + strlen(KEY), s->name);
	s->key = decl;
	clang_disposeString(name);
	return s->is_found ? CXChildVisit_Break : CXChildVisit_Recurse;
}

bool static_call_slot(struct unit *u, CXCursor callee, const char *function, struct ew_ref *slot)
{
	struct key_search s = {.name = function + strlen(TRAMPOLINE)};

	if (!g_str_has_prefix(function, TRAMPOLINE))
		return false;
	clang_visitChildren(callee, find_key, &s);
	if (!s.is_found)
		return false;
	*slot = (struct ew_ref){
		.kind = EW_NODE_VARIABLE,
		.key = variable_key(u, s.key),
	};
	return true;
}

bool is_static_call_slot(const struct ew_ref *slot)
{
	return slot->kind == EW_NODE_FIELD && g_str_has_prefix(slot->key, "static_call_key@") &&
	       g_str_has_suffix(slot->key, ".func");
}

bool is_static_call_key(CXCursor record)
{
	CXString name = clang_getCursorSpelling(record);
	bool answer = !strcmp(clang_getCString(name), "static_call_key");

	clang_disposeString(name);
	return answer;
}
