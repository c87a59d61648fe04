/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Statements of which only a part may run. */
#include "parse/body.h"

static const struct use READ = {EW_ACCESS_READ, false};

static void walk_under(struct body *b, CXCursor statement, CXCursor cursor, CXCursor text,
		       enum ew_condition_kind kind, bool is_dead)
{
	open_condition(b, statement, text, kind, is_dead);
	body_walk(b, cursor, READ);
	close_condition(b);
}

void walk_if(struct body *b, CXCursor statement, unsigned first, unsigned n)
{
	struct unit *u = b->unit;
	CXCursor text;
	int value;

	if (n < 2)
		return;
	text = child_at(u, first);
	value = constant_value(text);
	body_walk(b, text, (struct use){EW_ACCESS_READ, true});
	walk_under(b, statement, child_at(u, first + 1), text, EW_CONDITION_THEN, value == 0);
	if (n > 2)
		walk_under(b, statement, child_at(u, first + 2), text, EW_CONDITION_ELSE, value == 1);
}

void walk_conditional(struct body *b, CXCursor statement, unsigned first, unsigned n)
{
	struct unit *u = b->unit;
	CXCursor text;
	int value;

	if (n != 3)
		return;
	text = child_at(u, first);
	value = constant_value(text);
	body_walk(b, text, (struct use){EW_ACCESS_READ, true});
	walk_under(b, statement, child_at(u, first + 1), text, EW_CONDITION_TRUE, value == 0);
	walk_under(b, statement, child_at(u, first + 2), text, EW_CONDITION_FALSE, value == 1);
}

/* The body comes last, but for do. A do runs its body before its condition. */
void walk_loop(struct body *b, CXCursor statement, unsigned first, unsigned n)
{
	enum CXCursorKind kind = clang_getCursorKind(statement);
	struct unit *u = b->unit;
	unsigned i;

	if (n == 0)
		return;
	if (kind == CXCursor_DoStmt) {
		body_walk(b, child_at(u, first), READ);
		if (n > 1)
			body_walk(b, child_at(u, first + 1), (struct use){EW_ACCESS_READ, true});
		return;
	}
	for (i = 0; i + 1 < n; i++)
		body_walk(b, child_at(u, first + i), (struct use){EW_ACCESS_READ, true});
	if (n > 1)
		walk_under(b, statement, child_at(u, first + n - 1), child_at(u, first), EW_CONDITION_LOOP,
			   kind == CXCursor_WhileStmt &&
				   constant_value(child_at(u, first)) == 0);
	else
		body_walk(b, child_at(u, first), READ);
}

/* The value of a case, whether it is one, and what stands behind `case X: case Y:`. */
static bool case_holds(struct unit *u, CXCursor label, long long value, bool *is_default,
		       CXCursor *inner)
{
	unsigned first, n = children_of(u, label, &first);
	bool holds = false;

	*is_default = clang_getCursorKind(label) == CXCursor_DefaultStmt;
	if (!*is_default && n) {
		CXEvalResult result = clang_Cursor_Evaluate(child_at(u, first));

		holds = result && clang_EvalResult_getKind(result) == CXEval_Int &&
			clang_EvalResult_getAsLongLong(result) == value;
		clang_EvalResult_dispose(result);
	}
	*inner = n ? child_at(u, first + n - 1) : clang_getNullCursor();
	drop_children(u, first);
	return holds;
}

static bool is_label(CXCursor c)
{
	return clang_getCursorKind(c) == CXCursor_CaseStmt ||
	       clang_getCursorKind(c) == CXCursor_DefaultStmt;
}

/* Does control come in here? Labels stand one in the other where several precede a statement. */
static bool label_is_taken(struct unit *u, CXCursor label, long long value, bool default_is_taken)
{
	CXCursor inner;
	bool is_default, holds = case_holds(u, label, value, &is_default, &inner);

	return holds || (is_default && default_is_taken) ||
	       (is_label(inner) && label_is_taken(u, inner, value, default_is_taken));
}

static bool ends_with_jump(struct unit *u, CXCursor c)
{
	enum CXCursorKind kind = clang_getCursorKind(c);
	unsigned first, n;
	bool answer;

	if (!is_label(c))
		return kind == CXCursor_BreakStmt || kind == CXCursor_ReturnStmt ||
		       kind == CXCursor_GotoStmt || kind == CXCursor_ContinueStmt;
	n = children_of(u, c, &first);
	answer = n && ends_with_jump(u, child_at(u, first + n - 1));
	drop_children(u, first);
	return answer;
}

/* switch (sizeof(x)): the compiler takes one way, and the others are not compiled. */
static void walk_known_switch(struct body *b, CXCursor statement, CXCursor text, CXCursor body,
			      long long value)
{
	struct unit *u = b->unit;
	unsigned first, n = children_of(u, body, &first), i;
	bool default_is_taken = true, is_live = false;

	for (i = 0; i < n; i++)
		if (is_label(child_at(u, first + i)) &&
		    label_is_taken(u, child_at(u, first + i), value, false))
			default_is_taken = false;
	for (i = 0; i < n; i++) {
		CXCursor c = child_at(u, first + i);

		if (is_label(c) && label_is_taken(u, c, value, default_is_taken))
			is_live = true;
		walk_under(b, statement, c, text, EW_CONDITION_CASE, !is_live);
		if (ends_with_jump(u, c))
			is_live = false;
	}
	drop_children(u, first);
}

void walk_switch(struct body *b, CXCursor statement, unsigned first, unsigned n)
{
	struct unit *u = b->unit;
	CXCursor text, body;
	CXEvalResult result;

	if (n < 2)
		return;
	text = child_at(u, first);
	body = child_at(u, first + n - 1);
	body_walk(b, text, (struct use){EW_ACCESS_READ, true});
	result = clang_Cursor_Evaluate(text);
	if (result && clang_EvalResult_getKind(result) == CXEval_Int &&
	    clang_getCursorKind(body) == CXCursor_CompoundStmt)
		walk_known_switch(b, statement, text, body, clang_EvalResult_getAsLongLong(result));
	else
		walk_under(b, statement, body, text, EW_CONDITION_CASE, false);
	clang_EvalResult_dispose(result);
}
