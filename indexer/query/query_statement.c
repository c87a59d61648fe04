/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The statements of a function's body, from tokens alone.
 *
 * Macros are not expanded, so a macro that hides a brace misleads it; a loop macro is known by what
 * follows its parentheses: the kernel's list_for_each_entry() and its kin are heads with a body.
 */
#include "query/query_token.h"

#include <string.h>

#define DEPTH_MAX 200 /* deeper nesting is taken as one statement */

struct parse {
	const struct ew_tokens *t;
	GArray *statements;
	int end; /* the token after the last */
};

static int parse_statement(struct parse *p, int i, int parent, int depth);

static struct ew_code_statement *statement_at(const GArray *statements, int i)
{
	return &g_array_index(statements, struct ew_code_statement, i);
}

static int add_statement(struct parse *p, int first, int parent)
{
	struct ew_code_statement s = {first, p->end - 1, p->end - 1, parent, false};

	g_array_append_val(p->statements, s);
	return (int)p->statements->len - 1;
}

/* Record where a statement ends; the token after it. */
static int finish(struct parse *p, int id, int next)
{
	struct ew_code_statement *s = statement_at(p->statements, id);

	next = MAX(MIN(next, p->end), s->first + 1);
	s->last = next - 1;
	if (!s->is_control)
		s->head_last = s->last;
	return next;
}

static int close_of(const struct parse *p, int i)
{
	return MIN(ew_tokens_close(p->t, i), p->end - 1);
}

static int parse_block(struct parse *p, int i, int parent, int depth)
{
	int end = close_of(p, i);

	for (i++; i < end;)
		i = parse_statement(p, i, parent, depth + 1);
	return end + 1;
}

/* A simple statement: to the semicolon, over every bracket. A closing brace ends it too. */
static int skip_simple(const struct parse *p, int i)
{
	for (; i < p->end; i++) {
		if (ew_tokens_is(p->t, i, ";"))
			return i + 1;
		if (ew_tokens_is(p->t, i, "(") || ew_tokens_is(p->t, i, "[") ||
		    ew_tokens_is(p->t, i, "{"))
			i = close_of(p, i);
		else if (ew_tokens_is(p->t, i, "}"))
			return i;
	}
	return p->end;
}

static bool is_keyword(const struct parse *p, int i, const char *const *words)
{
	for (; *words; words++)
		if (ew_tokens_is(p->t, i, *words))
			return true;
	return false;
}

/* NAME ( … ) and then what begins a statement. */
static bool is_loop_macro(const struct parse *p, int i)
{
	static const char *const not_loops[] = {"return",     "sizeof",	       "typeof",
						"__typeof__", "__attribute__", NULL};
	const struct ew_token *name = ew_tokens_at(p->t, i), *after;
	int next;

	if (name->kind != EW_TOKEN_NAME || !ew_tokens_is(p->t, i + 1, "(") ||
	    is_keyword(p, i, not_loops))
		return false;
	next = close_of(p, i + 1) + 1;
	after = next < p->end ? ew_tokens_at(p->t, next) : NULL;
	return after && (after->kind == EW_TOKEN_NAME || ew_tokens_is(p->t, next, "{"));
}

static bool is_head(const struct parse *p, int i)
{
	static const char *const heads[] = {"if", "while", "for", "switch", NULL};

	return is_keyword(p, i, heads) || is_loop_macro(p, i);
}

/* Where a label ends (after its colon), or i. */
static int skip_label(const struct parse *p, int i)
{
	int j;

	if (ew_tokens_is(p->t, i, "case")) {
		for (j = i + 1; j < p->end && !ew_tokens_is(p->t, j, ":"); j++)
			;
		return MIN(j + 1, p->end);
	}
	if (ew_tokens_at(p->t, i)->kind == EW_TOKEN_NAME && ew_tokens_is(p->t, i + 1, ":"))
		return MIN(i + 2, p->end);
	return i;
}

bool ew_statement_has_head(const struct ew_tokens *t, int i, int end)
{
	const struct parse p = {.t = t, .end = end};

	return is_head(&p, i);
}

static int parse_do(struct parse *p, int i, int id, int depth)
{
	statement_at(p->statements, id)->is_control = true;
	statement_at(p->statements, id)->head_last = i;
	i = parse_statement(p, i + 1, id, depth + 1);
	return skip_simple(p, i);
}

static int parse_head(struct parse *p, int i, int id, int depth)
{
	bool is_if = ew_tokens_is(p->t, i, "if");
	int close = ew_tokens_is(p->t, i + 1, "(") ? close_of(p, i + 1) : i;

	statement_at(p->statements, id)->is_control = true;
	statement_at(p->statements, id)->head_last = close;
	i = parse_statement(p, close + 1, id, depth + 1);
	if (is_if && i < p->end && ew_tokens_is(p->t, i, "else"))
		i = parse_statement(p, i + 1, id, depth + 1);
	return i;
}

static int parse_statement(struct parse *p, int i, int parent, int depth)
{
	int id, label;

	if (i >= p->end)
		return p->end;
	if (depth > DEPTH_MAX)
		return finish(p, add_statement(p, i, parent), skip_simple(p, i));
	label = skip_label(p, i);
	if (label != i)
		return finish(p, add_statement(p, i, parent), label);
	if (ew_tokens_is(p->t, i, "{"))
		return parse_block(p, i, parent, depth);
	id = add_statement(p, i, parent);
	if (ew_tokens_is(p->t, i, "do"))
		return finish(p, id, parse_do(p, i, id, depth));
	if (is_head(p, i))
		return finish(p, id, parse_head(p, i, id, depth));
	return finish(p, id, skip_simple(p, i));
}

GArray *ew_statements(const struct ew_tokens *t)
{
	struct parse p = {.t = t, .end = (int)t->code->len};
	int i;

	p.statements = g_array_new(FALSE, FALSE, sizeof(struct ew_code_statement));
	for (i = 0; i < p.end; i++)
		if (ew_tokens_is(t, i, "{")) {
			p.end = ew_tokens_close(t, i);
			if (!ew_tokens_is(t, p.end, "}"))
				p.end++; /* never closed */
			for (i++; i < p.end;)
				i = parse_statement(&p, i, -1, 0);
			break;
		}
	return p.statements;
}

int ew_statements_find(const GArray *statements, int token)
{
	int best = -1;

	for (guint i = 0; i < statements->len; i++) {
		const struct ew_code_statement *s = &g_array_index(statements, struct ew_code_statement, i);

		if (s->first <= token && token <= s->last)
			best = (int)
				i; /* parents come first, so the last that holds it is innermost */
	}
	return best;
}
