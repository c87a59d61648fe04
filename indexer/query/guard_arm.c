/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The arms of an `if`, from the text of the file alone. */
#include "query/guard_text.h"
#include "query/query_token.h"

enum { LONGEST_CONDITION = 64 }; /* code tokens before the place of a condition in which its if stands */

/* The last token of the statement that begins at i. */
static int statement_end(const struct ew_tokens *t, int i)
{
	int end;

	if (ew_tokens_is(t, i, "{"))
		return ew_tokens_close(t, i);
	if (ew_tokens_is(t, i, "if") && ew_tokens_is(t, i + 1, "(")) {
		end = statement_end(t, ew_tokens_close(t, i + 1) + 1);
		return ew_tokens_is(t, end + 1, "else") ? statement_end(t, end + 2) : end;
	}
	if ((ew_tokens_is(t, i, "for") || ew_tokens_is(t, i, "while") || ew_tokens_is(t, i, "switch")) &&
	    ew_tokens_is(t, i + 1, "("))
		return statement_end(t, ew_tokens_close(t, i + 1) + 1);
	for (; ew_tokens_at(t, i) && !ew_tokens_is(t, i, ";"); i++)
		if (ew_tokens_is(t, i, "(") || ew_tokens_is(t, i, "{") || ew_tokens_is(t, i, "["))
			i = ew_tokens_close(t, i);
	return i;
}

/* The bracket of the `if` whose condition stands at i, -1 if there is none. */
static int bracket_of(const struct ew_tokens *t, int i)
{
	int k;

	for (k = i - 1; k > 0 && k > i - LONGEST_CONDITION; k--)
		if (ew_tokens_is(t, k, "(") && ew_tokens_is(t, k - 1, "if") && ew_tokens_close(t, k) >= i)
			return k;
	return -1;
}

static struct guard_arm *arm_of(const struct ew_tokens *t, const char *text, int first, int last)
{
	struct guard_arm *arm;

	if (!ew_tokens_at(t, first) || !ew_tokens_at(t, last))
		return NULL;
	arm = g_new0(struct guard_arm, 1);
	arm->text = g_strdup(text);
	arm->line = arm->first_line = ew_tokens_at(t, first)->line;
	arm->last_line = ew_tokens_at(t, last)->line;
	arm->calls = g_ptr_array_new_with_free_func(g_free);
	arm->defines = g_ptr_array_new_with_free_func(g_free);
	guard_calls_between(t, first, last, arm->calls);
	return arm;
}

struct guard_arm *guard_arm_of_if(const char *text, size_t length, const struct ew_place *condition, bool is_else,
				  const char *worded)
{
	ew_auto(tokens) t = ew_tokens_new(text, 0, length, 1, false);
	int bracket = bracket_of(t, ew_tokens_find(t, condition->line, condition->column)), first, last;

	if (bracket < 0)
		return NULL;
	first = ew_tokens_close(t, bracket) + 1;
	last = statement_end(t, first);
	if (!is_else)
		return arm_of(t, worded, first, last);
	if (!ew_tokens_is(t, last + 1, "else"))
		return NULL;
	return arm_of(t, "else", last + 2, statement_end(t, last + 2));
}
