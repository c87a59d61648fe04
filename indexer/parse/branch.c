/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Statements of which only a part may run. */
#include <string.h>

#include "parse/body.h"

static const struct use READ = {EW_ACCESS_READ, false};
static const struct use DECIDES = {EW_ACCESS_READ, true};

/* ---- if, ?: and loops ------------------------------------------------------------------------ */

/* Where control comes into the arm from outside, by a label, the condition need not hold, and an arm that no
 * condition lets in may run after all. */
static void walk_under(struct body *b, CXCursor statement, CXCursor arm, CXCursor text,
		       enum ew_condition_kind kind, bool is_dead)
{
	guint depth = b->conditions->len;
	struct open_condition *open = open_condition(b, statement, text, kind, is_dead);

	open->until = jumps_into(b->jumps, arm);
	if (open->until != JUMPS_NEVER)
		open->is_dead = false;
	body_walk(b, arm, READ);
	close_conditions(b, depth);
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
	body_walk(b, text, DECIDES);
	walk_under(b, statement, child_at(u, first + 1), text, EW_CONDITION_THEN, value == 0);
	if (n > 2)
		walk_under(b, statement, child_at(u, first + 2), text, EW_CONDITION_ELSE, value == 1);
}

void walk_conditional(struct body *b, CXCursor expr, unsigned first, unsigned n)
{
	struct unit *u = b->unit;
	CXCursor text;
	int value;

	if (n != 3)
		return;
	text = child_at(u, first);
	value = constant_value(text);
	body_walk(b, text, DECIDES);
	walk_under(b, expr, child_at(u, first + 1), text, EW_CONDITION_TRUE, value == 0);
	walk_under(b, expr, child_at(u, first + 2), text, EW_CONDITION_FALSE, value == 1);
}

/* Past one part of for's head: the offset of its semicolon. */
static size_t skip_part(const char *text, size_t at, size_t length)
{
	int depth = 0;

	for (; at < length && (depth || text[at] != ';'); at++) {
		if (text[at] == '(' || text[at] == '{' || text[at] == '[')
			depth++;
		else if (text[at] == ')' || text[at] == '}' || text[at] == ']')
			depth--;
		else if (text[at] == '\'')
			at += text[at + 1] == '\\' ? 3 : 2;
		if (depth < 0)
			return length;
	}
	return at;
}

/* What a for's head has, but for the body: -1 where a part is left out, or not known. */
struct head {
	int condition, step;
};

static unsigned offset_of_part(struct unit *u, CXCursor part)
{
	return unit_place_of(u, clang_getRangeStart(clang_getCursorExtent(part))).offset;
}

/*
 * libclang leaves out what is left out of the head. Of less than three parts, the condition is the one that begins
 * between the semicolons, the step the one behind them; a macro's head is taken for a condition as a whole
 * (list_for_each_entry).
 */
static struct head read_head(struct unit *u, CXCursor loop, unsigned first, unsigned n)
{
	struct unit_place p = unit_place_of(u, clang_getCursorLocation(loop));
	struct head h = {-1, -1};
	size_t from, to;
	unsigned i;

	if (n == 4)
		return (struct head){1, 2};
	if (n <= 1)
		return h;
	if (macro_name_at(u, &p) || !p.file || !p.file->text)
		return (struct head){0, -1};
	for (from = p.offset; from < p.file->length && p.file->text[from] != '('; from++)
		;
	from = skip_part(p.file->text, from + 1, p.file->length);
	to = skip_part(p.file->text, from + 1, p.file->length);
	for (i = 0; i + 1 < n; i++) {
		unsigned offset = offset_of_part(u, child_at(u, first + i));

		if (offset > from && offset < to)
			h.condition = i;
		else if (offset > to)
			h.step = i;
	}
	return h;
}

static void walk_do(struct body *b, unsigned first, unsigned n)
{
	struct unit *u = b->unit;

	body_walk(b, child_at(u, first), READ);
	if (n > 1)
		body_walk(b, child_at(u, first + 1), DECIDES);
}

/* A for's step runs behind its body, and only where that ran. */
static void walk_for(struct body *b, CXCursor statement, unsigned first, unsigned n)
{
	struct unit *u = b->unit;
	struct head h = read_head(u, statement, first, n);
	guint depth = b->conditions->len;
	unsigned i;

	for (i = 0; i + 1 < n; i++)
		if ((int)i != h.step)
			body_walk(b, child_at(u, first + i), DECIDES);
	if (h.condition >= 0) {
		CXCursor text = child_at(u, first + h.condition);

		walk_under(b, statement, child_at(u, first + n - 1), text, EW_CONDITION_LOOP,
			   constant_value(text) == 0);
		if (h.step >= 0)
			open_condition(b, statement, text, EW_CONDITION_LOOP, constant_value(text) == 0)
				->until = jumps_into(b->jumps, child_at(u, first + n - 1));
	} else {
		body_walk(b, child_at(u, first + n - 1), READ);
	}
	if (h.step >= 0)
		body_walk(b, child_at(u, first + h.step), DECIDES);
	close_conditions(b, depth);
}

void walk_loop(struct body *b, CXCursor statement, unsigned first, unsigned n)
{
	enum CXCursorKind kind = clang_getCursorKind(statement);
	struct unit *u = b->unit;
	CXCursor text;

	if (n == 0)
		return;
	if (kind == CXCursor_DoStmt) {
		walk_do(b, first, n);
		return;
	}
	if (kind == CXCursor_ForStmt) {
		walk_for(b, statement, first, n);
		return;
	}
	text = child_at(u, first);
	body_walk(b, text, DECIDES);
	if (n > 1)
		walk_under(b, statement, child_at(u, first + n - 1), text, EW_CONDITION_LOOP,
			   constant_value(text) == 0);
}

/* ---- what an earlier statement decides ------------------------------------------------------- */

static bool is_label(CXCursor c)
{
	return clang_getCursorKind(c) == CXCursor_CaseStmt ||
	       clang_getCursorKind(c) == CXCursor_DefaultStmt;
}

/* The statement behind its labels. */
static CXCursor labelled_statement(struct unit *u, CXCursor c)
{
	while (is_label(c) || clang_getCursorKind(c) == CXCursor_LabelStmt) {
		unsigned first, n = children_of(u, c, &first);
		CXCursor inner = n ? child_at(u, first + n - 1) : clang_getNullCursor();

		drop_children(u, first);
		if (!n)
			break;
		c = inner;
	}
	return c;
}

static void open_guard(struct body *b, CXCursor compound, CXCursor guard, CXCursor text,
		       enum ew_condition_kind kind, bool is_dead)
{
	struct open_condition *open = open_condition(b, guard, text, kind, is_dead);

	open->until = jumps_between(b->jumps, guard, compound);
	open->is_over = open->until == JUMPS_AT_ONCE;
}

static void open_nested_guards(struct body *b, CXCursor compound, CXCursor statement);

/* if (c) return; else if (d) return; — behind it neither holds. false if it leaves either way. */
static bool open_if_guards(struct body *b, CXCursor compound, CXCursor statement)
{
	struct unit *u = b->unit;
	unsigned first, n = children_of(u, statement, &first);
	bool then_leaves = n > 1 && statement_leaves(u, child_at(u, first + 1));
	bool else_leaves = n > 2 && statement_leaves(u, child_at(u, first + 2));
	CXCursor text = n ? child_at(u, first) : statement;

	if (then_leaves && !else_leaves) {
		open_guard(b, compound, statement, text, EW_CONDITION_AFTER, constant_value(text) == 1);
		if (n > 2 && clang_getCursorKind(child_at(u, first + 2)) == CXCursor_IfStmt &&
		    open_if_guards(b, compound, child_at(u, first + 2)))
			open_nested_guards(b, compound, child_at(u, first + 2));
	} else if (else_leaves && !then_leaves) {
		open_guard(b, compound, statement, text, EW_CONDITION_AFTER_ELSE,
			   constant_value(text) == 0);
	}
	drop_children(u, first);
	return !then_leaves || !else_leaves;
}

/* ---- statements that leave within -------------------------------------------------------------- */

enum { MOST_UNDER = 4 };

/* if (c) { if (d) return; }: which conditions a leaving statement stands under, outermost first. */
struct under {
	CXCursor ifs[MOST_UNDER];
	bool is_else[MOST_UNDER];
	int depth;
};

/* The ways in which an if's arms leave within: one that is told, or more than that. */
struct ways_out {
	struct under one;
	int count;
};

static bool may_leave_within(struct body *b, CXCursor statement)
{
	switch ((int)clang_getCursorKind(statement)) {
	case CXCursor_IfStmt:
	case CXCursor_SwitchStmt:
	case CXCursor_ForStmt:
	case CXCursor_WhileStmt:
	case CXCursor_DoStmt:
	case CXCursor_CompoundStmt:
		break;
	default:
		return false;
	}
	if (!b->jumps)
		b->jumps = jumps_new(b->unit, b->function);
	return jumps_out(b->jumps, statement);
}

/* What stands for the statement in words: its condition, or itself. */
static CXCursor head_of(struct unit *u, CXCursor statement)
{
	enum CXCursorKind kind = clang_getCursorKind(statement);
	unsigned first, n = children_of(u, statement, &first);
	CXCursor head = statement;

	if (kind == CXCursor_ForStmt) {
		struct head h = read_head(u, statement, first, n);

		if (h.condition >= 0)
			head = child_at(u, first + h.condition);
	} else if (kind == CXCursor_DoStmt && n) {
		head = child_at(u, first + n - 1);
	} else if (kind != CXCursor_CompoundStmt && n) {
		head = child_at(u, first);
	}
	drop_children(u, first);
	return head;
}

static void find_ways_out(struct body *b, CXCursor statement, struct under under, struct ways_out *out);

/* An arm that as a whole leaves is one way out if `counts`. */
static void find_in_arm(struct body *b, CXCursor arm, struct under under, bool counts, struct ways_out *out)
{
	struct unit *u = b->unit;
	unsigned first, n, i;

	if (statement_leaves(u, arm)) {
		if (counts && !out->count++)
			out->one = under;
		return;
	}
	if (clang_getCursorKind(arm) != CXCursor_CompoundStmt) {
		find_ways_out(b, arm, under, out);
		return;
	}
	n = children_of(u, arm, &first);
	for (i = 0; i < n; i++)
		find_ways_out(b, labelled_statement(u, child_at(u, first + i)), under, out);
	drop_children(u, first);
}

/* if (c) return; else if …: open_if_guards() has looked into that. */
static bool is_else_if(struct unit *u, unsigned first, unsigned i)
{
	return i == 2 && clang_getCursorKind(child_at(u, first + 2)) == CXCursor_IfStmt &&
	       statement_leaves(u, child_at(u, first + 1));
}

/* Those of the arms of an if; of the outermost one (no depth), only those within an arm. */
static void find_ways_out(struct body *b, CXCursor statement, struct under under, struct ways_out *out)
{
	struct unit *u = b->unit;
	unsigned first, n, i;
	bool is_outermost = !under.depth;
	int value;

	if (!may_leave_within(b, statement))
		return;
	if (clang_getCursorKind(statement) != CXCursor_IfStmt || under.depth == MOST_UNDER) {
		out->count += 2; /* it takes more than a line to say */
		return;
	}
	n = children_of(u, statement, &first);
	value = n ? constant_value(child_at(u, first)) : -1;
	under.ifs[under.depth++] = statement;
	for (i = 1; i < n && i < 3; i++) {
		under.is_else[under.depth - 1] = i == 2;
		if (value != (i == 1 ? 0 : 1) && !(is_outermost && is_else_if(u, first, i)))
			find_in_arm(b, child_at(u, first + i), under, !is_outermost, out);
	}
	drop_children(u, first);
}

/* Behind `if (c) { if (d) return; }`: not both. */
static void open_nested_guards(struct body *b, CXCursor compound, CXCursor statement)
{
	struct ways_out out = {.count = 0};
	struct under none = {.depth = 0};
	int i;

	find_ways_out(b, statement, none, &out);
	if (out.count > 1) {
		open_guard(b, compound, statement, head_of(b->unit, statement), EW_CONDITION_PASSED, false);
		return;
	}
	for (i = 0; out.count && i < out.one.depth; i++) {
		bool is_last = i + 1 == out.one.depth, is_else = out.one.is_else[i];

		open_guard(b, compound, statement, head_of(b->unit, out.one.ifs[i]),
			   is_last ? (is_else ? EW_CONDITION_LEFT_ELSE : EW_CONDITION_LEFT)
				   : (is_else ? EW_CONDITION_UNDER_ELSE : EW_CONDITION_UNDER),
			   false);
	}
}

/* What stands in `compound` behind `statement` runs only if that did not leave. */
static void open_guards(struct body *b, CXCursor compound, CXCursor statement)
{
	CXCursor inner = labelled_statement(b->unit, statement);
	bool is_if = clang_getCursorKind(inner) == CXCursor_IfStmt;

	if (is_if && open_if_guards(b, compound, inner)) {
		open_nested_guards(b, compound, inner);
		return;
	}
	if (statement_leaves(b->unit, inner))
		open_guard(b, compound, statement, inner, EW_CONDITION_UNREACHABLE, true);
	else if (!is_if && may_leave_within(b, inner))
		open_guard(b, compound, statement, head_of(b->unit, inner), EW_CONDITION_PASSED, false);
}

void walk_compound(struct body *b, CXCursor compound, unsigned first, unsigned n)
{
	struct unit *u = b->unit;
	guint depth = b->conditions->len;
	unsigned i;

	for (i = 0; i < n; i++) {
		CXCursor c = child_at(u, first + i);

		body_walk(b, c, READ);
		if (i + 1 < n)
			open_guards(b, compound, c);
	}
	close_conditions(b, depth);
}

/* ---- switch ---------------------------------------------------------------------------------- */

/* The value of a case, whether it is one, and what stands behind `case X: case Y:`. */
static bool case_holds(struct unit *u, CXCursor label, long long value, bool *is_default,
		       CXCursor *inner)
{
	unsigned first, n = children_of(u, label, &first);
	bool holds = false;

	*is_default = clang_getCursorKind(label) == CXCursor_DefaultStmt;
	if (!*is_default && n > 1) {
		CXEvalResult low = clang_Cursor_Evaluate(child_at(u, first));
		CXEvalResult high = clang_Cursor_Evaluate(child_at(u, first + n - 2));

		holds = low && high && clang_EvalResult_getKind(low) == CXEval_Int &&
			clang_EvalResult_getKind(high) == CXEval_Int &&
			clang_EvalResult_getAsLongLong(low) <= value &&
			clang_EvalResult_getAsLongLong(high) >= value;
		clang_EvalResult_dispose(low);
		clang_EvalResult_dispose(high);
	}
	*inner = n ? child_at(u, first + n - 1) : clang_getNullCursor();
	drop_children(u, first);
	return holds;
}

/* Does control come in here? Labels stand one in the other where several precede a statement. */
static bool label_is_taken(struct unit *u, CXCursor label, long long value, bool default_is_taken)
{
	CXCursor inner;
	bool is_default, holds = case_holds(u, label, value, &is_default, &inner);

	return holds || (is_default && default_is_taken) ||
	       (is_label(inner) && label_is_taken(u, inner, value, default_is_taken));
}

/* The end of the text of `case X: case Y ... Z:`. */
static CXCursor last_label(struct unit *u, CXCursor label)
{
	CXCursor end = label;

	while (is_label(label)) {
		unsigned first, n = children_of(u, label, &first);

		end = label;
		if (n > 1)
			end = child_at(u, first + n - 2);
		label = n ? child_at(u, first + n - 1) : clang_getNullCursor();
		drop_children(u, first);
	}
	return end;
}

struct selection {
	CXCursor statement, text;
	bool is_known; /* switch (sizeof(x)): the compiler takes one way, and the others are not compiled */
	long long value;
	bool default_is_taken;
	bool comes_from_above; /* control falls into the next label */
	bool is_live;
};

static void open_label(struct body *b, struct selection *s, CXCursor label, CXCursor body)
{
	struct open_condition *open;

	if (s->is_known)
		s->is_live = (s->is_live && s->comes_from_above) ||
			     label_is_taken(b->unit, label, s->value, s->default_is_taken);
	open = open_condition(b, label, label,
			      s->comes_from_above ? EW_CONDITION_LABEL_FALL : EW_CONDITION_LABEL,
			      !s->is_live);
	open->text_end = last_label(b->unit, label);
	open->until = jumps_from(b->jumps, labelled_statement(b->unit, label), body);
}

/* A label deeper inside (as in Duff's device) ends what the label before it says. */
static void walk_cases(struct body *b, struct selection *s, CXCursor body, unsigned first, unsigned n)
{
	struct unit *u = b->unit;
	guint depth = b->conditions->len;
	unsigned i;

	for (i = 0; i < n; i++) {
		CXCursor c = child_at(u, first + i);

		if (is_label(c)) {
			close_conditions(b, depth);
			open_label(b, s, c, body);
		}
		body_walk(b, c, READ);
		s->comes_from_above = !statement_leaves(u, labelled_statement(u, c));
		if (i + 1 < n && !is_label(child_at(u, first + i + 1)))
			open_guards(b, body, c);
	}
	close_conditions(b, depth);
}

static void find_default(struct unit *u, struct selection *s, unsigned first, unsigned n)
{
	unsigned i;

	s->default_is_taken = true;
	for (i = 0; i < n; i++)
		if (is_label(child_at(u, first + i)) &&
		    label_is_taken(u, child_at(u, first + i), s->value, false))
			s->default_is_taken = false;
}

static void evaluate(struct selection *s)
{
	CXEvalResult result = clang_Cursor_Evaluate(s->text);

	s->is_known = result && clang_EvalResult_getKind(result) == CXEval_Int;
	if (s->is_known)
		s->value = clang_EvalResult_getAsLongLong(result);
	s->is_live = !s->is_known;
	clang_EvalResult_dispose(result);
}

void walk_switch(struct body *b, CXCursor statement, unsigned first, unsigned n)
{
	struct unit *u = b->unit;
	guint depth = b->conditions->len;
	struct selection s = {.statement = statement};
	unsigned first_case, cases;
	CXCursor body;
	struct open_condition *open;

	if (n < 2)
		return;
	s.text = child_at(u, first);
	body = child_at(u, first + n - 1);
	body_walk(b, s.text, DECIDES);
	evaluate(&s);
	open = open_condition(b, statement, s.text, EW_CONDITION_CASE, false);
	open->until = jumps_into(b->jumps, statement);
	if (clang_getCursorKind(body) == CXCursor_CompoundStmt) {
		cases = children_of(u, body, &first_case);
		if (s.is_known)
			find_default(u, &s, first_case, cases);
		walk_cases(b, &s, body, first_case, cases);
		drop_children(u, first_case);
	} else {
		walk_cases(b, &s, statement, first + n - 1, 1);
	}
	close_conditions(b, depth);
}

/* ---- choices of the compiler ----------------------------------------------------------------- */

bool walk_choice(struct body *b, CXCursor expr, unsigned first, unsigned n, struct use use)
{
	struct unit *u = b->unit;
	int chosen = chosen_operand(u, expr, first, n);
	unsigned i;

	if (clang_getCursorKind(expr) == CXCursor_GenericSelectionExpr && chosen < 0) {
		for (i = 1; i < n; i++)
			if (may_be_chosen(child_at(u, first + i), expr))
				body_walk(b, child_at(u, first + i), use);
		return true;
	}
	if (is_elvis(u, expr, first, n)) {
		CXCursor text = child_at(u, first);

		body_walk(b, text, DECIDES);
		walk_under(b, expr, child_at(u, first + 3), text, EW_CONDITION_FALSE,
			   constant_value(text) == 1);
		return true;
	}
	if (chosen < 0)
		return false;
	body_walk(b, child_at(u, first + chosen), use);
	return true;
}
