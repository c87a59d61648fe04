/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The conditions that the walk over a body stands under. */
#include <string.h>

#include "parse/body.h"

int constant_value(CXCursor expr)
{
	CXEvalResult result = clang_Cursor_Evaluate(expr);
	int answer = -1;

	if (!result)
		return -1;
	if (clang_EvalResult_getKind(result) == CXEval_Int)
		answer = clang_EvalResult_getAsLongLong(result) != 0;
	clang_EvalResult_dispose(result);
	return answer;
}

bool is_dead_here(const struct body *b)
{
	return b->conditions->len &&
	       g_array_index(b->conditions, struct open_condition, b->conditions->len - 1).is_dead;
}

void open_condition(struct body *b, CXCursor statement, CXCursor text,
			   enum ew_condition_kind kind, bool is_dead)
{
	struct open_condition c = {text, statement, kind, is_dead || is_dead_here(b), -1};

	g_array_append_val(b->conditions, c);
}

void close_condition(struct body *b)
{
	g_array_set_size(b->conditions, b->conditions->len - 1);
}

/*
 * The condition's text. A macro may hold the whole statement: then the macro's name stands for it, and
 * c->is_in_macro says so. Or it holds the head of a loop: then its call does (list_for_each_entry(…)).
 */
static void place_condition(struct unit *u, const struct open_condition *open,
			    struct ew_fact_condition *c)
{
	CXSourceRange text = clang_getCursorExtent(open->text);
	CXSourceRange statement = clang_getCursorExtent(open->statement);
	struct unit_place start = unit_place_of(u, clang_getRangeStart(statement));
	struct unit_place end = unit_place_of(u, clang_getRangeEnd(statement));
	struct unit_place from = unit_place_of(u, clang_getRangeStart(text));
	struct unit_place to = unit_place_of(u, clang_getRangeEnd(text));
	const char *macro = macro_name_at(u, &start);
	int line = start.place.line, column = start.place.column;

	c->place = from.place;
	c->end_line = to.place.line;
	c->end_column = to.place.column;
	if (!macro)
		return;
	c->is_in_macro = end.offset <= macro_call_end(&start, &line, &column);
	if (!c->is_in_macro && open->kind != EW_CONDITION_LOOP)
		return;
	c->place = start.place;
	c->end_line = c->is_in_macro ? start.place.line : line;
	c->end_column = c->is_in_macro ? start.place.column + (int)strlen(macro) : column;
}

int say_conditions(struct body *b)
{
	struct unit *u = b->unit;
	int parent = -1;
	guint i;

	for (i = 0; i < b->conditions->len; i++) {
		struct open_condition *open = &g_array_index(b->conditions, struct open_condition, i);

		if (open->index < 0) {
			struct ew_fact_condition c = {
				.function = b->key,
				.index = b->conditions_said++,
				.parent = parent,
				.kind = open->kind,
				.is_dead = open->is_dead,
			};

			place_condition(u, open, &c);
			open->index = c.index;
			u->sink->condition(u->sink->data, &c);
		}
		parent = open->index;
	}
	return parent;
}
