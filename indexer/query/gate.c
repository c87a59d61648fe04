/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Last-reference gates: calls that are reached only where a test said that nobody else holds a reference. */
#include "query/gate_walk.h"

#include <string.h>

/* ---- what is counted ------------------------------------------------------------------------------ */

/* How many characters at the end are the same: a macro hides skc_refcnt behind sk_refcnt. */
static size_t likeness(const char *a, const char *b)
{
	size_t n = 0, x = strlen(a), y = strlen(b);

	while (n < x && n < y && a[x - n - 1] == b[y - n - 1])
		n++;
	return n;
}

/* The last token of the test that begins there. */
static int test_end(const struct gate_walk *w, int token)
{
	int i = token;

	if (ew_tokens_is(w->tokens, token + 1, "("))
		return ew_tokens_close(w->tokens, token + 1);
	while (i + 1 < w->end && (ew_tokens_is(w->tokens, i + 1, "->") || ew_tokens_is(w->tokens, i + 1, ".") ||
				  ew_tokens_is(w->tokens, i, "->") || ew_tokens_is(w->tokens, i, ".") || i == token))
		i++;
	return i;
}

/* The member that the test asks for: of those that stand there, the one whose name is most like. */
static const char *member_of(const struct gate_walk *w, const struct gate_test *test)
{
	int first = ew_tokens_find(w->tokens, test->line, test->column);
	const struct ew_token *end = ew_tokens_at(w->tokens, test_end(w, first));
	g_autoptr(GPtrArray) accesses = ew_query_accesses_in(w->q, w->function);
	const char *member = NULL;
	size_t best = 0;
	guint i;

	for (i = 0; end && test->counter && i < accesses->len; i++) {
		const struct ew_access *a = g_ptr_array_index(accesses, i);

		if (a->place.line < test->line || (a->place.line == test->line && a->place.column < test->column) ||
		    a->place.line > end->line || (a->place.line == end->line && a->place.column > end->column))
			continue;
		if (member && likeness(a->field, test->counter) < best)
			continue;
		member = a->field;
		best = likeness(member, test->counter);
	}
	return member;
}

/* What the helper itself asks, through any number of helpers. */
static void fill_helper(struct ew_query *q, const struct gate_test *test, struct ew_gate *gate)
{
	const struct gate_walk *w = NULL;
	int depth = 0;
	guint i;

	gate->helper = query_symbol(q, EW_SYMBOL_FUNCTION, test->helper);
	while (test->helper && depth++ < 16) {
		const struct gate_test *inner = NULL;

		w = gate_walk_of(q, query_symbol(q, EW_SYMBOL_FUNCTION, test->helper));
		for (i = w ? w->tests->len : 0; i-- > 1;) {
			const struct gate_test *one = &g_array_index(w->tests, struct gate_test, i);

			if (one->kind == test->kind && one->counter == test->counter)
				inner = one;
		}
		if (!inner)
			return;
		test = inner;
		gate->helper_test = test->name;
		gate->helper_place = (struct ew_place){w->function->place.file, test->line, test->column};
	}
	gate->member = w ? member_of(w, test) : NULL;
}

static void fill(const struct gate_walk *w, const struct gate_test *test, struct ew_gate *gate)
{
	*gate = (struct ew_gate){
		.test = test->name,
		.counter = test->counter,
		.place = {w->function->place.file, test->line, test->column},
		.kind = test->kind,
	};
	if (test->helper)
		fill_helper(w->q, test, gate);
	else
		gate->member = member_of(w, test);
}

/* ---- asking --------------------------------------------------------------------------------------- */

static bool find_gate(struct ew_query *q, const struct call_row *c, struct ew_gate *gate)
{
	const struct ew_symbol *caller = query_symbol(q, EW_SYMBOL_FUNCTION, c->caller);
	const struct gate_walk *w = gate_walk_of(q, caller);
	struct gate_mark mark = {0};

	if (w && !g_strcmp0(query_file(q, c->file), caller->place.file))
		mark = gate_walk_at(w, c->line, c->column);
	if (!mark.test)
		return false;
	fill(w, &g_array_index(w->tests, struct gate_test, mark.test), gate);
	gate->kind = mark.kind;
	gate->is_partly = mark.is_partly;
	return true;
}

static void fill_put(struct ew_query *q, const struct call_row *c, const char *name, struct ew_gate *gate)
{
	const struct gate_walk *w = gate_walk_of(q, query_symbol(q, EW_SYMBOL_FUNCTION, c->caller));
	int token = w && w->tokens ? ew_tokens_find(w->tokens, c->line, c->column) : -1;
	struct gate_test test = {.name = name, .line = c->line, .column = c->column};
	g_autofree char *counter = NULL;

	*gate = (struct ew_gate){.test = name,
				 .place = {query_file(q, c->file), c->line, c->column},
				 .kind = EW_GATE_REFERENCE,
				 .is_beyond = true};
	if (token < 0 || !ew_tokens_is(w->tokens, token, name) || !ew_tokens_is(w->tokens, token + 1, "("))
		return;
	counter = gate_counter(w, token + 1, ew_tokens_close(w->tokens, token + 1) + 1);
	gate->counter = test.counter = query_intern(q, counter);
	gate->member = member_of(w, &test);
}

bool ew_query_gate(struct ew_query *q, int64_t call, const struct ew_symbol *callee, struct ew_gate *gate)
{
	struct call_row c;

	if (!query_call_row(q, call, &c))
		return false;
	if (find_gate(q, &c, gate))
		return true;
	if (!callee || !g_hash_table_contains(ew_refs_gates(q->refs)->puts, callee->name))
		return false;
	fill_put(q, &c, callee->name, gate);
	return true;
}
