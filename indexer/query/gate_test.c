/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What asks how many references there are: functions that kernel-refs names, helpers, members that count. */
#include "query/gate_walk.h"

#include <string.h>

/* What an answer means. */
struct outcome {
	uint8_t value, verdict;
};

static const struct outcome last_if_true[] = {{VALUE_NONZERO, VERDICT_LAST}, {VALUE_ZERO, VERDICT_SHARED}, {0, 0}};
static const struct outcome last_if_false[] = {{VALUE_ZERO, VERDICT_LAST}, {VALUE_NONZERO, VERDICT_SHARED}, {0, 0}};
/* How many are left; less than none says that nothing was dropped. */
static const struct outcome are_left[] = {{VALUE_ZERO, VERDICT_LAST},
					  {VALUE_ONE, VERDICT_SHARED},
					  {VALUE_MORE, VERDICT_SHARED},
					  {VALUE_NEGATIVE, VERDICT_NONE},
					  {0, 0}};
/* How many there were before one was dropped. */
static const struct outcome were_there[] = {{VALUE_ONE, VERDICT_LAST},
					    {VALUE_ANY & ~VALUE_ONE, VERDICT_SHARED},
					    {0, 0}};
/* How many there are: one is the asker's own. */
static const struct outcome are_there[] = {{VALUE_NEGATIVE | VALUE_ZERO, VERDICT_LAST},
					   {VALUE_ONE, VERDICT_LAST},
					   {VALUE_MORE, VERDICT_SHARED},
					   {0, 0}};

/* ---- the counter ------------------------------------------------------------------------------ */

static char *text_of(const struct gate_walk *w, int from, int to)
{
	const struct ew_token *a = ew_tokens_at(w->tokens, from), *b = ew_tokens_at(w->tokens, to - 1);
	GString *s = g_string_new(NULL);
	size_t i;

	for (i = a->offset; i < b->offset + b->length; i++)
		if (!g_ascii_isspace(w->tokens->text[i]))
			g_string_append_c(s, w->tokens->text[i]);
		else if (s->len && s->str[s->len - 1] != ' ')
			g_string_append_c(s, ' ');
	return g_string_free(s, FALSE);
}

static bool ends_in(const char *text, const char *member)
{
	size_t length = strlen(text), n = strlen(member);

	return length >= n && !strcmp(text + length - n, member) &&
	       (length == n || !(g_ascii_isalnum(text[length - n - 1]) || text[length - n - 1] == '_'));
}

static bool is_one_of(const char *counter, GHashTable *members)
{
	GHashTableIter i;
	gpointer member;

	g_hash_table_iter_init(&i, members);
	while (counter && g_hash_table_iter_next(&i, &member, NULL))
		if (ends_in(counter, member))
			return true;
	return false;
}

static bool is_number(const struct gate_walk *w, const char *counter)
{
	return is_one_of(counter, ew_refs_gates(w->q->refs)->numbers);
}

static bool counts_references(const struct gate_walk *w, const char *counter)
{
	return is_one_of(counter, ew_refs_gates(w->q->refs)->references) || is_number(w, counter);
}

char *gate_counter(const struct gate_walk *w, int open, int to)
{
	int i, begin = open + 1, from = -1, end = -1;

	for (i = open + 1; i < to; i++) {
		if (!ew_tokens_is(w->tokens, i, ",") && i != to - 1) {
			if (ew_tokens_is(w->tokens, i, "(") || ew_tokens_is(w->tokens, i, "["))
				i = ew_tokens_close(w->tokens, i);
			continue;
		}
		if (i > begin && (from < 0 || (ew_tokens_is(w->tokens, begin, "&") &&
					       !ew_tokens_is(w->tokens, from, "&")))) {
			from = begin;
			end = i;
		}
		begin = i + 1;
	}
	return from < 0 ? NULL : text_of(w, from, end);
}

/* ---- tests ------------------------------------------------------------------------------------ */

static uint16_t add_test(struct gate_walk *w, int token, const struct gate_test *from)
{
	const struct ew_token *t = ew_tokens_at(w->tokens, token);
	struct gate_test test = *from;
	guint i;

	test.line = t->line;
	test.column = t->column;
	for (i = 1; i < w->tests->len; i++) {
		const struct gate_test *other = &g_array_index(w->tests, struct gate_test, i);

		if (other->line == test.line && other->column == test.column && other->name == test.name &&
		    other->kind == test.kind)
			return (uint16_t)i;
	}
	test.counter = query_intern(w->q, test.counter);
	g_array_append_val(w->tests, test);
	return (uint16_t)(w->tests->len - 1);
}

static void say(const struct gate_walk *w, struct world *world, uint8_t verdict, uint16_t test)
{
	const struct gate_test *now = &g_array_index(w->tests, struct gate_test, test);
	const struct gate_test *before = &g_array_index(w->tests, struct gate_test, world->test);

	if (verdict == VERDICT_NONE || (verdict == VERDICT_SHARED && world->verdict == VERDICT_LAST))
		return;
	if (verdict == VERDICT_LAST && world->verdict == VERDICT_LAST && now->kind == EW_GATE_SOLE &&
	    before->kind != EW_GATE_SOLE)
		return;
	world->verdict = verdict;
	world->test = verdict == VERDICT_LAST ? test : 0;
}

static void answer(const struct gate_walk *w, const struct outcome *outcomes, uint16_t test, const struct worlds *in,
		   struct worlds *out)
{
	struct worlds all = {0};
	int i;

	for (; outcomes->value; outcomes++)
		for (i = 0; i < in->count; i++) {
			struct world one = in->w[i];

			one.value = outcomes->value;
			say(w, &one, outcomes->verdict, test);
			worlds_add(&all, &one);
		}
	*out = all;
}

/* ---- functions ---------------------------------------------------------------------------------- */

static const char *named(GHashTable *names, const char *name)
{
	gpointer known = NULL;

	g_hash_table_lookup_extended(names, name, &known, NULL);
	return known;
}

static const struct outcome *meaning(const struct ew_refs_gates *g, const char *name, bool is_unless, const char **known)
{
	if ((*known = named(g->tests, name)) || (*known = named(g->counts, name)))
		return last_if_true;
	if ((*known = named(g->denials, name)))
		return last_if_false;
	if (is_unless && (*known = named(g->unless, name)))
		return last_if_false;
	if ((*known = named(g->results, name)))
		return are_left;
	return (*known = named(g->reads, name)) || (*known = named(g->looks, name)) ? are_there : NULL;
}

/* f(x, -1, 1): as tokens, to the bracket. */
static bool takes_one_of_more(const struct gate_walk *w, int to)
{
	static const char *const end[] = {",", "-", "1", ",", "1", ")"};
	int i, n = G_N_ELEMENTS(end);

	for (i = 0; i < n; i++)
		if (!ew_tokens_is(w->tokens, to - n + i, end[i]))
			return false;
	return true;
}

static bool ask_known(struct gate_walk *w, const char *name, int from, int to, const struct worlds *in,
		      struct worlds *out)
{
	const struct ew_refs_gates *gates = ew_refs_gates(w->q->refs);
	g_autofree char *counter = NULL;
	struct gate_test test = {0};
	const struct outcome *outcomes = meaning(gates, name, takes_one_of_more(w, to), &test.name);
	bool is_reference;

	if (!outcomes)
		return false;
	test.counter = counter = gate_counter(w, from + 1, to);
	is_reference = g_hash_table_contains(gates->tests, name) || g_hash_table_contains(gates->reads, name) ||
		       counts_references(w, counter);
	if (outcomes == are_there && !is_reference)
		return false;
	test.kind = outcomes == are_there ? EW_GATE_SOLE : is_reference ? EW_GATE_REFERENCE : EW_GATE_COUNTER;
	answer(w, outcomes, add_test(w, from, &test), in, out);
	return true;
}

static int64_t callee_at(struct gate_walk *w, int token)
{
	const struct ew_token *t = ew_tokens_at(w->tokens, token);
	int64_t key = (int64_t)t->line << 16 | t->column;
	gpointer id;

	if (!w->calls) {
		ew_auto(rows) r = ew_store_select(w->q->store, EW_CALLS_OF, "i", w->function->id);
		struct call_row c;

		w->calls = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
		while (ew_rows_next(r)) {
			int64_t place;

			query_read_call(r, &c);
			place = (int64_t)c.line << 16 | c.column;
			if (!c.is_pointer && !c.macro)
				g_hash_table_insert(w->calls, g_memdup2(&place, sizeof place),
						    GSIZE_TO_POINTER((gsize)c.callee));
		}
	}
	id = g_hash_table_lookup(w->calls, &key);
	return (int64_t)GPOINTER_TO_SIZE(id);
}

/* What a helper answers means what it meant where the helper gave the answer. */
static bool ask_helper(struct gate_walk *w, int from, const struct worlds *in, struct worlds *out)
{
	int64_t callee = callee_at(w, from);
	const struct ew_symbol *f;
	struct gate_walk *helper;
	struct worlds all = {0};
	int i;

	if (!callee || callee == w->function->id || !gate_is_helper(w->q, callee))
		return false;
	f = query_symbol(w->q, EW_SYMBOL_FUNCTION, callee);
	helper = gate_walk_of(w->q, f);
	for (i = 0; helper && i < helper->returned.count; i++) {
		const struct world *o = &helper->returned.w[i];
		const struct gate_test *inner = &g_array_index(helper->tests, struct gate_test, o->test);
		struct gate_test test = {.name = f->name, .counter = inner->counter, .kind = inner->kind, .helper = callee};
		const struct outcome outcomes[] = {{o->value, o->verdict}, {0, 0}};
		struct worlds some;

		answer(w, outcomes, o->test ? add_test(w, from, &test) : 0, in, &some);
		worlds_join(&all, &some);
	}
	if (all.count)
		*out = all;
	return all.count > 0;
}

/* ---- members -------------------------------------------------------------------------------------- */

/* a->b.c and nothing else */
static bool is_member(const struct gate_walk *w, int from, int to)
{
	int i;

	for (i = from; i < to; i += 2) {
		if (ew_tokens_at(w->tokens, i)->kind != EW_TOKEN_NAME)
			return false;
		if (i + 1 < to && !ew_tokens_is(w->tokens, i + 1, "->") && !ew_tokens_is(w->tokens, i + 1, "."))
			return false;
	}
	return (to - from) % 2 && to - from > 1;
}

static bool ask_member(struct gate_walk *w, int from, int to, const struct worlds *in, struct worlds *out)
{
	g_autofree char *counter = is_member(w, from, to) ? text_of(w, from, to) : NULL;
	struct gate_test test = {.name = "read", .counter = counter, .kind = EW_GATE_SOLE};

	if (!counter || !is_number(w, counter) || gate_is_in_arm(w, from))
		return false;
	answer(w, are_there, add_test(w, from, &test), in, out);
	return true;
}

void gate_ask_step(struct gate_walk *w, int from, int to, bool is_before, const struct worlds *in,
		   struct worlds *out)
{
	g_autofree char *counter = text_of(w, is_before ? from : from + 1, is_before ? to - 1 : to);
	struct gate_test test = {.name = "--", .counter = counter};

	if (gate_is_in_arm(w, from)) {
		worlds_valued(in, VALUE_ANY, out);
		return;
	}
	test.kind = counts_references(w, counter) ? EW_GATE_REFERENCE : EW_GATE_COUNTER;
	answer(w, is_before ? were_there : are_left, add_test(w, from, &test), in, out);
}

bool gate_ask(struct gate_walk *w, int from, int to, const struct worlds *in, struct worlds *out)
{
	const struct ew_token *t = ew_tokens_at(w->tokens, from);
	g_autofree char *name = NULL;

	if (t->kind != EW_TOKEN_NAME)
		return false;
	if (!ew_tokens_is(w->tokens, from + 1, "(") || ew_tokens_close(w->tokens, from + 1) != to - 1)
		return ask_member(w, from, to, in, out);
	name = g_strndup(w->tokens->text + t->offset, t->length);
	gate_mark(w, from, to, in);
	if (gate_is_in_arm(w, from) && !callee_at(w, from))
		return false;
	return ask_known(w, name, from, to, in, out) || ask_helper(w, from, in, out);
}
