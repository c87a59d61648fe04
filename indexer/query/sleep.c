/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * May a function sleep: the chain of direct, compiled calls from it to one that kernel-refs says may, or to a
 * might_sleep() that the configuration left something of, that takes the least for granted. It is a proof only where
 * no call of it stands under a condition.
 */
#include <string.h>

#include "query/internal.h"

enum kind { PLAIN, SLEEPS, MARKER, NOT_ENTERED };

struct sleepers {
	uint8_t *kind; /* by function: enum kind */
	GHashTable *except; /* names of macros */
	GHashTable *conditional; /* condition id -> is it one that counts? */
	GHashTable *answers; /* function id -> struct ew_sleep, or NULL */
};

/* ---- who is who -------------------------------------------------------------------------------- */

static void set_kind(struct ew_query *q, struct sleepers *s, const char *name, enum kind kind)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_FUNCTIONS_NAMED, "s", name);

	while (ew_rows_next(r)) {
		int64_t id = ew_rows_int(r, 0);

		if (id >= 0 && id < q->graph.functions)
			s->kind[id] = kind;
	}
}

static void set_kinds(struct ew_query *q, struct sleepers *s, GStrv names, enum kind kind)
{
	for (; *names; names++)
		set_kind(q, s, *names, kind);
}

/* What begins a context of its own does not sleep in the name of its caller. */
static void set_entries(struct ew_query *q, struct sleepers *s)
{
	const GPtrArray *entries = ew_refs_entries(q->refs);
	guint i, k;

	for (i = 0; i < entries->len; i++) {
		const struct ew_refs_entry *e = g_ptr_array_index(entries, i);

		for (k = 0; e->sleeps == EW_REFS_MUST_NOT_SLEEP && k < e->functions->len; k++)
			set_kind(q, s, g_ptr_array_index(e->functions, k), NOT_ENTERED);
	}
}

static void add_names(GPtrArray *all, GStrv names)
{
	for (; *names; names++)
		g_ptr_array_add(all, *names);
}

/* The names that the two above will look up. */
static void names_ahead(struct ew_query *q)
{
	const GPtrArray *entries = ew_refs_entries(q->refs), *sleeps = ew_refs_sleeps(q->refs);
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	guint i, k;

	for (i = 0; i < entries->len; i++) {
		const struct ew_refs_entry *e = g_ptr_array_index(entries, i);

		for (k = 0; e->sleeps == EW_REFS_MUST_NOT_SLEEP && k < e->functions->len; k++)
			g_ptr_array_add(names, g_ptr_array_index(e->functions, k));
	}
	for (i = 0; i < sleeps->len; i++) {
		const struct ew_refs_sleep_roots *roots = g_ptr_array_index(sleeps, i);

		add_names(names, roots->by_argument);
		add_names(names, roots->markers);
		add_names(names, roots->functions);
	}
	ew_store_ahead_names(q->store, EW_AHEAD_FUNCTION_NAME, (const char *const *)names->pdata, names->len);
}

static void free_answer(gpointer data)
{
	struct ew_sleep *a = data;

	if (!a)
		return;
	g_ptr_array_unref(a->way);
	g_free(a);
}

static struct sleepers *sleepers_new(struct ew_query *q)
{
	const GPtrArray *all = ew_refs_sleeps(q->refs);
	struct sleepers *s;
	guint i;
	int k;

	if (!query_open_graph(q))
		return NULL;
	s = g_new0(struct sleepers, 1);
	s->kind = g_new0(uint8_t, q->graph.functions);
	s->except = g_hash_table_new(g_str_hash, g_str_equal);
	s->conditional = g_hash_table_new(NULL, NULL);
	s->answers = g_hash_table_new_full(NULL, NULL, NULL, free_answer);
	names_ahead(q);
	set_entries(q, s);
	for (i = 0; i < all->len; i++) {
		const struct ew_refs_sleep_roots *roots = g_ptr_array_index(all, i);

		set_kinds(q, s, roots->by_argument, NOT_ENTERED);
		set_kinds(q, s, roots->markers, MARKER);
		set_kinds(q, s, roots->functions, SLEEPS);
		for (k = 0; roots->except[k]; k++)
			g_hash_table_add(s->except, roots->except[k]);
	}
	return s;
}

void sleepers_free(struct sleepers *s)
{
	if (!s)
		return;
	g_free(s->kind);
	g_hash_table_unref(s->except);
	g_hash_table_unref(s->conditional);
	g_hash_table_unref(s->answers);
	g_free(s);
}

/* ---- the search -------------------------------------------------------------------------------- */

/*
 * By levels: what is reached under no condition, then what is reached under one conditional call, and so on; within a
 * level by the number of calls. So the first chain that is found takes the least for granted.
 */
struct chain {
	int64_t *came;	    /* by function: the call that it was reached by */
	uint32_t *caller;   /* by function: from where */
	uint32_t *level;    /* by function: conditional calls on the way, UINT32_MAX: not reached */
	GArray *now, *next; /* functions of this level, and of the next */
	struct call_row last;	 /* the call that sleeps */
	struct call_row pending; /* the same under a condition: for the next level, if there is none in this */
};

/* Does the call sleep by itself? */
static bool sleeps_here(struct ew_query *q, struct sleepers *s, const struct call_row *c)
{
	if (s->kind[c->callee] == SLEEPS)
		return true;
	return s->kind[c->callee] == MARKER && c->macro &&
	       !g_hash_table_contains(s->except, query_string(q, c->macro));
}

static bool is_conditional(struct ew_query *q, struct sleepers *s, const struct call_row *c)
{
	gpointer key = GSIZE_TO_POINTER((gsize)c->condition), known;

	if (!c->condition)
		return false;
	if (!g_hash_table_lookup_extended(s->conditional, key, NULL, &known)) {
		known = GINT_TO_POINTER(!query_is_on_likely_way(q, c->condition));
		g_hash_table_insert(s->conditional, key, known);
	}
	return known;
}

static void reach(struct ew_query *q, struct chain *c, const struct call_row *call, uint32_t level, GArray *queue)
{
	uint32_t to = call->callee;
	int64_t caller = to;

	if (c->level[to] <= level)
		return;
	c->level[to] = level;
	c->caller[to] = call->caller;
	c->came[to] = call->id;
	g_array_append_val(queue, to);
	ew_store_ahead(q->store, EW_AHEAD_CALLS_OF, &caller, 1);
}

/* Takes f's calls; true if one sleeps, whatever f does. */
static bool look_at(struct ew_query *q, struct sleepers *s, struct chain *c, uint32_t f)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_CALLS_OF, "i", (int64_t)f);
	uint32_t level = c->level[f];

	while (ew_rows_next(r)) {
		struct call_row call;

		query_read_call(r, &call);
		if (call.is_pointer || call.is_dead || call.callee < 0 || call.callee >= q->graph.functions)
			continue;
		if (sleeps_here(q, s, &call)) {
			if (!is_conditional(q, s, &call))
				c->last = call;
			else if (!c->pending.id)
				c->pending = call;
		} else if (s->kind[call.callee] == PLAIN) {
			bool counts = is_conditional(q, s, &call);

			reach(q, c, &call, level + counts, counts ? c->next : c->now);
		}
		if (c->last.id)
			return true;
	}
	return false;
}

static bool search_level(struct ew_query *q, struct sleepers *s, struct chain *c, uint32_t level)
{
	guint i;

	for (i = 0; i < c->now->len; i++) {
		uint32_t f = g_array_index(c->now, uint32_t, i);

		if (c->level[f] == level && look_at(q, s, c, f))
			return true;
	}
	return false;
}

static bool find_chain(struct ew_query *q, struct sleepers *s, struct chain *c, uint32_t from)
{
	struct call_row begin = {.caller = from, .callee = from};
	uint32_t level;

	reach(q, c, &begin, 0, c->now);
	for (level = 0; c->now->len; level++) {
		GArray *done = c->now;

		if (search_level(q, s, c, level))
			return true;
		c->last = c->pending;
		if (c->last.id)
			return true;
		c->now = c->next;
		c->next = done;
		g_array_set_size(done, 0);
	}
	return false;
}

/* ---- what was found ---------------------------------------------------------------------------- */

static void add_call(struct ew_query *q, struct ew_sleep *answer, const struct call_row *call)
{
	g_autoptr(GPtrArray) edges = g_ptr_array_new_with_free_func(g_free);

	query_edges_of_call(q, call, NULL, edges);
	if (edges->len)
		g_ptr_array_insert(answer->way, 0, g_ptr_array_steal_index(edges, 0));
	answer->conditional += is_conditional(q, q->sleepers, call);
}

static struct ew_sleep *chain_found(struct ew_query *q, struct sleepers *s, struct chain *c, uint32_t from)
{
	struct ew_sleep *answer = g_new0(struct ew_sleep, 1);
	struct call_row call;
	uint32_t f;

	answer->way = g_ptr_array_new_with_free_func(g_free);
	answer->root = s->kind[c->last.callee] == MARKER
			       ? query_string(q, c->last.macro)
			       : query_symbol(q, EW_SYMBOL_FUNCTION, c->last.callee)->name;
	add_call(q, answer, &c->last);
	for (f = c->last.caller; f != from; f = c->caller[f])
		if (query_call_row(q, c->came[f], &call))
			add_call(q, answer, &call);
	return answer;
}

static struct ew_sleep *search(struct ew_query *q, struct sleepers *s, uint32_t from)
{
	uint32_t n = q->graph.functions;
	struct chain c = {
		.came = g_new(int64_t, n),
		.caller = g_new(uint32_t, n),
		.level = g_new(uint32_t, n),
		.now = g_array_new(false, false, sizeof(uint32_t)),
		.next = g_array_new(false, false, sizeof(uint32_t)),
	};
	struct ew_sleep *answer = NULL;

	memset(c.level, 0xff, n * sizeof *c.level);
	if (find_chain(q, s, &c, from))
		answer = chain_found(q, s, &c, from);
	g_free(c.came);
	g_free(c.caller);
	g_free(c.level);
	g_array_unref(c.now);
	g_array_unref(c.next);
	return answer;
}

const struct ew_sleep *ew_query_may_sleep(struct ew_query *q, const struct ew_symbol *f)
{
	gpointer key = GSIZE_TO_POINTER((gsize)f->id), known;
	struct ew_sleep *answer = NULL;

	if (!q->sleepers)
		q->sleepers = sleepers_new(q);
	if (!q->sleepers || f->id < 0 || f->id >= q->graph.functions)
		return NULL;
	if (g_hash_table_lookup_extended(q->sleepers->answers, key, NULL, &known))
		return known;
	if (q->sleepers->kind[f->id] == SLEEPS) {
		answer = g_new0(struct ew_sleep, 1);
		answer->way = g_ptr_array_new_with_free_func(g_free);
		answer->root = f->name;
	} else {
		answer = search(q, q->sleepers, f->id);
	}
	g_hash_table_insert(q->sleepers->answers, key, answer);
	return answer;
}
