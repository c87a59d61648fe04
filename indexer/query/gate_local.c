/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The locals of a function that keep what a test said: see gate_walk.h. */
#include "query/gate_walk.h"

#include <string.h>

static bool is_at(const struct gate_walk *w, int i, const char *s)
{
	return i < w->end && ew_tokens_is(w->tokens, i, s);
}

static bool is_same(const struct gate_walk *w, int a, int b)
{
	const struct ew_token *x = ew_tokens_at(w->tokens, a), *y = ew_tokens_at(w->tokens, b);

	return x->length == y->length && !memcmp(w->tokens->text + x->offset, w->tokens->text + y->offset, x->length);
}

static bool is_name(const struct gate_walk *w, int i)
{
	const struct ew_token *t = ew_tokens_at(w->tokens, i);

	return t && t->kind == EW_TOKEN_NAME;
}

/* Between commas of a statement: a declarator, not an argument. */
static bool is_listed(const struct gate_walk *w, int i)
{
	int depth = 0;

	if (!is_at(w, i - 1, ","))
		return false;
	for (i--; i >= 0; i--) {
		depth += is_at(w, i, ")") || is_at(w, i, "]");
		if ((is_at(w, i, "(") || is_at(w, i, "[")) && !depth--)
			return false;
		if (!depth && (is_at(w, i, ";") || is_at(w, i, "{") || is_at(w, i, "}")))
			return true;
	}
	return true;
}

/* An operand, so that `&` behind it is no address; `)` may end a cast. */
static bool is_and(const struct gate_walk *w, int i)
{
	return i > 1 && ((is_name(w, i - 2) && !is_at(w, i - 2, "return")) || is_at(w, i - 2, "]"));
}

/* Its address is taken, it is declared more than once, or what it points to is assigned: not to be followed. */
static bool is_elusive(const struct gate_walk *w, int token)
{
	int i, declared = 0;

	for (i = 1; i < w->end; i++) {
		if (!is_same(w, i, token))
			continue;
		if (is_at(w, i - 1, "&") && !is_at(w, i + 1, "->") && !is_and(w, i))
			return true;
		declared += (is_at(w, i + 1, "=") || is_at(w, i + 1, ";") || is_at(w, i + 1, ",")) &&
			    ((is_name(w, i - 1) && !is_at(w, i - 1, "return") && !is_at(w, i - 1, "else") &&
			      !is_at(w, i - 1, "goto") && !is_at(w, i - 1, "do")) ||
			     is_at(w, i - 1, "*") || is_listed(w, i));
	}
	return declared > 1;
}

static bool is_assigned_once(const struct gate_walk *w, int token)
{
	int i;

	for (i = 0; i + 1 < w->end; i++)
		if (is_same(w, i, token) && is_at(w, i + 1, "=") &&
		    !(i && (is_at(w, i - 1, ".") || is_at(w, i - 1, "->"))))
			return true;
	return false;
}

static int known_local(const struct gate_walk *w, int token)
{
	int i;

	for (i = 0; i < w->local_count; i++)
		if (is_same(w, w->locals[i], token))
			return i;
	return -1;
}

int gate_local(struct gate_walk *w, int token)
{
	int local = known_local(w, token);

	if (local >= 0 || w->local_count == WORLD_LOCALS || !is_assigned_once(w, token) || is_elusive(w, token))
		return local;
	w->locals[w->local_count] = token;
	return w->local_count++;
}

void gate_forget(struct gate_walk *w, int from, int to, struct worlds *set)
{
	static const char *const after[] = {"=", "++", "--", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="};
	size_t k;
	int local;

	for (; from < to; from++) {
		bool is_written = is_at(w, from - 1, "++") || is_at(w, from - 1, "--");

		if (!is_name(w, from) || is_at(w, from - 1, "->") || is_at(w, from - 1, "."))
			continue;
		for (k = 0; k < G_N_ELEMENTS(after) && !is_written; k++)
			is_written = is_at(w, from + 1, after[k]);
		local = is_written ? known_local(w, from) : -1;
		if (local >= 0)
			worlds_forget(set, local);
	}
}

void gate_forget_named(struct gate_walk *w, int from, int to, struct worlds *set)
{
	for (; from < to; from++) {
		int local = is_name(w, from) ? known_local(w, from) : -1;

		if (local >= 0)
			worlds_forget(set, local);
	}
}
