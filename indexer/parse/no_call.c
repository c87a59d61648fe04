/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is written as a call, and is none in any kernel. */
#include <string.h>

#include "parse/body.h"

static enum CXChildVisitResult find_attribute(CXCursor child, CXCursor parent, CXClientData data)
{
	*(bool *)data |= clang_getCursorKind(child) == CXCursor_UnexposedAttr;
	return CXChildVisit_Continue;
}

/* __compiletime_assert_N() and its kind: declared inside the function, with an attribute that makes the
 * build fail if the call stays. */
static bool is_build_assertion(CXCursor callee)
{
	bool has_attribute = false;

	if (clang_getCursorKind(clang_getCursorLexicalParent(callee)) != CXCursor_FunctionDecl)
		return false;
	clang_visitChildren(callee, find_attribute, &has_attribute);
	return has_attribute;
}

/* strlen("anvil"): the front end puts the number there. */
static bool is_folded(CXCursor call)
{
	CXEvalResult result = clang_Cursor_Evaluate(call);
	bool answer = result && clang_EvalResult_getKind(result) == CXEval_Int;

	clang_EvalResult_dispose(result);
	return answer;
}

static bool has_unevaluated_arguments(const char *name)
{
	return !strcmp(name, "__builtin_constant_p") || !strcmp(name, "__builtin_object_size") ||
	       !strcmp(name, "__builtin_dynamic_object_size");
}

enum call_sense sense_of_call(CXCursor call)
{
	CXCursor callee = clang_getCursorReferenced(call);
	enum call_sense sense = CALL_IS_MADE;
	const char *name;
	CXString s;

	if (clang_getCursorKind(callee) != CXCursor_FunctionDecl)
		return CALL_IS_MADE;
	s = clang_getCursorSpelling(callee);
	name = clang_getCString(s);
	if (has_unevaluated_arguments(name))
		sense = CALL_IS_NOT_EVALUATED;
	else if (is_build_assertion(callee) || (library_function(name) && is_folded(call)))
		sense = CALL_IS_NOT_MADE;
	clang_disposeString(s);
	return sense;
}
