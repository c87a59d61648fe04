/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the text of a function hides from a walk through it: see gate_walk.h. */
#include "query/gate_walk.h"

#include <string.h>

enum { DEEPEST_BRACKETS = 200 };

static bool is_at(const struct gate_walk *w, int i, const char *s)
{
	return ew_tokens_is(w->tokens, i, s);
}

static bool is_same(const struct gate_walk *w, int a, int b)
{
	const struct ew_token *x = ew_tokens_at(w->tokens, a), *y = ew_tokens_at(w->tokens, b);

	return x->length == y->length && !memcmp(w->tokens->text + x->offset, w->tokens->text + y->offset, x->length);
}

bool gate_nests(const struct gate_walk *w, int open)
{
	static const char begins[] = "([{", ends[] = ")]}";
	char wanted[DEEPEST_BRACKETS];
	const char *bracket;
	int i, depth = 0;

	for (i = open; i < w->end; i++) {
		const struct ew_token *t = ew_tokens_at(w->tokens, i);
		char c = t->length == 1 && t->kind == EW_TOKEN_PUNCT ? w->tokens->text[t->offset] : ' ';

		if ((bracket = strchr(begins, c))) {
			if (depth == DEEPEST_BRACKETS)
				return false;
			wanted[depth++] = ends[bracket - begins];
		} else if (strchr(ends, c) && c != wanted[--depth]) {
			return false;
		}
		if (!depth)
			return i >= w->end - 2;
	}
	return false;
}

bool gate_is_in_arm(const struct gate_walk *w, int token)
{
	const struct ew_token *at = ew_tokens_at(w->tokens, token);
	int depth = 0;
	guint i;

	for (i = 0; at && i < w->tokens->all->len; i++) {
		const struct ew_token *t = &g_array_index(w->tokens->all, struct ew_token, i);
		const char *word = w->tokens->text + t->offset + 1, *end = word + t->length - 1;

		if (t->offset >= at->offset)
			break;
		if (t->kind != EW_TOKEN_DIRECTIVE)
			continue;
		while (word < end && g_ascii_isspace(*word))
			word++;
		depth += (end - word > 2 && !strncmp(word, "if", 2)) - (end - word >= 5 && !strncmp(word, "endif", 5));
	}
	return depth > 0;
}

bool gate_is_hidden_label(const struct gate_walk *w, int label)
{
	int i;

	for (i = 1; i < w->end; i++)
		if (i != label && is_same(w, i, label) &&
		    (is_at(w, i - 1, "&&") || ((is_at(w, i - 1, "(") || is_at(w, i - 1, ",") || is_at(w, i - 1, ":")) &&
					       (is_at(w, i + 1, ")") || is_at(w, i + 1, ",")))))
			return true;
	return false;
}
