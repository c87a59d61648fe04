/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a condition implies of one of its operands. Where it implies nothing ("a || dropped"), there is no gate. */
#include <string.h>

#include "query/gate_text.h"
#include "query/query_token.h"

/* What is implied of the operand that holds `test`, if tokens [from, to) are `value`: 1, 0, or -1 for nothing. */
static int implied(const struct ew_tokens *t, int from, int to, int test, bool value);

static bool is_open(const struct ew_tokens *t, int i)
{
	return ew_tokens_is(t, i, "(") || ew_tokens_is(t, i, "[") || ew_tokens_is(t, i, "{");
}

/* Narrows [*from, *to) to the operand of `operator` that holds `test`; false if the operator is not there. */
static bool split(const struct ew_tokens *t, const char *operator, int *from, int *to, int test)
{
	int i, begin = *from, end = *to;
	bool found = false;

	for (i = *from; i < *to; i++) {
		if (is_open(t, i)) {
			i = ew_tokens_close(t, i);
		} else if (ew_tokens_is(t, i, operator)) {
			found = true;
			if (i < test)
				begin = i + 1;
			else if (end == *to)
				end = i;
		}
	}
	*from = begin;
	*to = end;
	return found;
}

static bool has_any(const struct ew_tokens *t, const char *const *operators, int from, int to, int test)
{
	for (; *operators; operators++) {
		int a = from, b = to;

		if (split(t, *operators, &a, &b, test))
			return true;
	}
	return false;
}

/* Do tokens [from, to) stand in round brackets, as a whole? */
static bool is_bracketed(const struct ew_tokens *t, int from, int to)
{
	return ew_tokens_is(t, from, "(") && ew_tokens_close(t, from) == to - 1 &&
	       ew_tokens_is(t, to - 1, ")");
}

static int implied_of_one(const struct ew_tokens *t, int from, int to, int test, bool value)
{
	if (ew_tokens_is(t, from, "!"))
		return implied(t, from + 1, to, test, !value);
	if (from == test)
		return is_bracketed(t, from + 1, to) ? value : -1;
	if (is_bracketed(t, from, to))
		return implied(t, from + 1, to - 1, test, value);
	if ((ew_tokens_is(t, from, "likely") || ew_tokens_is(t, from, "unlikely")) &&
	    is_bracketed(t, from + 1, to))
		return implied(t, from + 2, to - 1, test, value);
	return -1;
}

static int implied(const struct ew_tokens *t, int from, int to, int test, bool value)
{
	static const char *const others[] = {"?", ",", "=", "==", "!=", "<", ">", "<=", ">=",
					     "|", "&", "^", "+",  "-",	"*", "/", NULL};

	if (from >= to || has_any(t, others, from, to, test))
		return -1;
	if (split(t, "||", &from, &to, test))
		return value ? -1 : implied(t, from, to, test, value);
	if (split(t, "&&", &from, &to, test))
		return value ? implied(t, from, to, test, value) : -1;
	return implied_of_one(t, from, to, test, value);
}

static const char *test_at(const struct ew_tokens *t, int i, GHashTable *tests)
{
	const struct ew_token *token = ew_tokens_at(t, i);
	g_autofree char *name = NULL;
	gpointer known = NULL;

	if (token->kind != EW_TOKEN_NAME)
		return NULL;
	name = g_strndup(t->text + token->offset, token->length);
	g_hash_table_lookup_extended(tests, name, &known, NULL);
	return known;
}

const char *gate_in_text(const char *text, bool holds, GHashTable *tests)
{
	ew_auto(tokens) t = ew_tokens_new(text, 0, strlen(text), 1, false);
	int i, n = (int)t->code->len;

	for (i = 0; i < n; i++) {
		const char *test = test_at(t, i, tests);

		if (test && implied(t, 0, n, i, holds) == 1)
			return test;
	}
	return NULL;
}
