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

static struct open_condition *condition_at(const struct body *b, guint i)
{
	return &g_array_index(b->conditions, struct open_condition, i);
}

bool is_dead_here(const struct body *b)
{
	guint i;

	for (i = 0; i < b->conditions->len; i++)
		if (condition_at(b, i)->is_dead && !condition_at(b, i)->is_over)
			return true;
	return false;
}

struct open_condition *open_condition(struct body *b, CXCursor statement, CXCursor text,
				      enum ew_condition_kind kind, bool is_dead)
{
	struct open_condition c = {
		.text = text,
		.text_end = text,
		.statement = statement,
		.kind = kind,
		.is_dead = is_dead,
		.until = JUMPS_NEVER,
		.index = -1,
	};

	if (!b->jumps)
		b->jumps = jumps_new(b->unit, b->function);
	g_array_append_val(b->conditions, c);
	return condition_at(b, b->conditions->len - 1);
}

void close_conditions(struct body *b, guint depth)
{
	g_array_set_size(b->conditions, depth);
}

/* Those inside of one that is over have another condition around them from now on. */
void pass_label(struct body *b, CXCursor label)
{
	unsigned number = b->jumps ? jumps_label(b->jumps, label) : 0;
	bool has_changed = false;
	guint i;

	for (i = 0; i < b->conditions->len; i++) {
		struct open_condition *open = condition_at(b, i);

		if (!open->is_over && open->until <= number)
			has_changed = open->is_over = true;
		else if (has_changed)
			open->index = -1;
	}
}

/* `scoped_guard(…) f();` ends in an `else` of the macro, whose condition is nothing that the caller wrote. */
static bool is_of_macro(enum ew_condition_kind kind, const struct unit_place *start,
			const struct unit_place *text)
{
	return (kind == EW_CONDITION_THEN || kind == EW_CONDITION_ELSE) && text->is_macro_body &&
	       text->offset == start->offset;
}

/*
 * The condition's text. A macro may hold the whole statement: then the macro's name stands for it, and
 * c->is_in_macro says so. Or it holds the head of a loop: then its call does (list_for_each_entry(…)).
 * libclang ends a text with where a macro's call begins, if that is the whole of it.
 */
static void place_condition(struct unit *u, const struct open_condition *open,
			    struct ew_fact_condition *c)
{
	CXSourceRange text = clang_getCursorExtent(open->text);
	CXSourceRange statement = clang_getCursorExtent(open->statement);
	struct unit_place start = unit_place_of(u, clang_getRangeStart(statement));
	struct unit_place end = unit_place_of(u, clang_getRangeEnd(statement));
	struct unit_place from = unit_place_of(u, clang_getRangeStart(text));
	struct unit_place to = unit_place_of(u, clang_getRangeEnd(clang_getCursorExtent(open->text_end)));
	const char *macro = macro_name_at(u, &start);
	int line = start.place.line, column = start.place.column;

	c->place = from.place;
	if (clang_getCursorKind(open->text_end) == CXCursor_DefaultStmt) {
		to = unit_place_of(u, clang_getCursorLocation(open->text_end));
		to.place.column += strlen("default");
	}
	if (to.offset == from.offset && to.file == from.file && macro_name_at(u, &from))
		macro_call_end(&from, &to.place.line, &to.place.column);
	c->end_line = to.place.line;
	c->end_column = to.place.column;
	if (!macro)
		return;
	c->is_in_macro = end.offset <= macro_call_end(&start, &line, &column);
	if (!c->is_in_macro && open->kind != EW_CONDITION_LOOP && open->kind != EW_CONDITION_PASSED &&
	    !is_of_macro(open->kind, &start, &from))
		return;
	if (!c->is_in_macro && open->kind != EW_CONDITION_PASSED &&
	    (open->kind != EW_CONDITION_LOOP || !strstr(macro, "each")))
		c->kind = EW_CONDITION_WITHIN;
	c->place = start.place;
	c->end_line = c->is_in_macro ? start.place.line : line;
	c->end_column = c->is_in_macro ? start.place.column + (int)strlen(macro) : column;
}

/* Is it the `else` of a macro that has a loop before it, which was said? */
static bool is_of_same_macro(struct unit *u, const struct open_condition *outer,
			     const struct open_condition *open)
{
	struct ew_fact_condition loop = {.kind = outer->kind}, c = {.kind = open->kind};

	if (outer->kind != EW_CONDITION_LOOP || open->is_dead ||
	    (open->kind != EW_CONDITION_THEN && open->kind != EW_CONDITION_ELSE))
		return false;
	place_condition(u, open, &c);
	if (c.kind != EW_CONDITION_WITHIN)
		return false;
	place_condition(u, outer, &loop);
	return !loop.is_in_macro && loop.place.file == c.place.file && loop.place.line == c.place.line &&
	       loop.place.column == c.place.column;
}

int say_conditions(struct body *b)
{
	struct unit *u = b->unit;
	struct open_condition *outer = NULL;
	int parent = -1;
	bool is_dead = false;
	guint i;

	for (i = 0; i < b->conditions->len; i++) {
		struct open_condition *open = condition_at(b, i);

		if (open->is_over)
			continue;
		is_dead |= open->is_dead;
		if (open->index < 0 && outer && is_of_same_macro(u, outer, open)) {
			open->index = parent;
		} else if (open->index < 0) {
			struct ew_fact_condition c = {
				.function = b->key,
				.index = b->conditions_said++,
				.parent = parent,
				.kind = open->kind,
				.is_dead = is_dead,
			};

			place_condition(u, open, &c);
			c.is_equal = comparison_of(u, open, &c.slot, &c.value);
			open->index = c.index;
			u->sink->condition(u->sink->data, &c);
		}
		parent = open->index;
		outer = open;
	}
	return parent;
}

int dead_here(struct body *b)
{
	return is_dead_here(b) ? say_conditions(b) + 1 : 0;
}

struct flow_context flows_here(struct body *b, int call)
{
	return (struct flow_context){b->key, call, b};
}
