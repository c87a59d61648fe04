/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * May a function sleep: the shortest chain of direct, compiled calls from it to one that kernel-refs says
 * may, or to a might_sleep() that the configuration left something of.
 */
#include <string.h>

#include "query/internal.h"

enum kind { PLAIN, SLEEPS, MARKER, NOT_ENTERED };

struct sleepers {
	uint8_t *kind; /* by function: enum kind */
	GHashTable *except; /* names of macros */
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

	if (!query_load_graph(q))
		return NULL;
	s = g_new0(struct sleepers, 1);
	s->kind = g_new0(uint8_t, q->graph.functions);
	s->except = g_hash_table_new(g_str_hash, g_str_equal);
	s->answers = g_hash_table_new_full(NULL, NULL, NULL, free_answer);
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
	g_hash_table_unref(s->answers);
	g_free(s);
}

/* ---- the search -------------------------------------------------------------------------------- */

/* The call of the marker that a macro writes, other than the excepted ones: false if there is none. */
static bool find_marked_call(struct ew_query *q, struct sleepers *s, uint32_t caller, uint32_t marker,
			     struct call_row *c)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_CALLS_OF, "i", (int64_t)caller);

	while (ew_rows_next(r)) {
		const char *macro;

		query_read_call(r, c);
		if (c->callee != marker || c->is_dead || !c->macro)
			continue;
		macro = query_string(q, c->macro);
		if (!g_hash_table_contains(s->except, macro))
			return true;
	}
	return false;
}

struct chain {
	uint32_t *came;	    /* by function: the edge that it was reached by */
	uint32_t *caller;   /* by function: from where, UINT32_MAX: not reached */
	struct call_row marked;
};

/* Does a call of f sleep? The edge's position, or UINT32_MAX; the rest is left to be looked at. */
static uint32_t look_at(struct ew_query *q, struct sleepers *s, struct chain *c, uint32_t f, GArray *queue)
{
	const struct call_graph *g = &q->graph;
	uint32_t i, to;

	for (i = g->first[f]; i < g->first[f + 1]; i++) {
		to = g->to[i];
		if (to & EW_GRAPH_POINTER)
			continue;
		if (s->kind[to] == SLEEPS ||
		    (s->kind[to] == MARKER && find_marked_call(q, s, f, to, &c->marked)))
			return i;
		if (s->kind[to] != PLAIN || c->caller[to] != UINT32_MAX)
			continue;
		c->caller[to] = f;
		c->came[to] = i;
		g_array_append_val(queue, to);
	}
	return UINT32_MAX;
}

static void add_last_hop(struct ew_query *q, struct sleepers *s, struct chain *c, uint32_t edge,
			 struct ew_sleep *answer)
{
	g_autoptr(GPtrArray) edges = g_ptr_array_new_with_free_func(g_free);
	uint32_t to = q->graph.to[edge] & EW_GRAPH_FUNCTION;
	struct ew_edge *e;

	if (s->kind[to] == MARKER) {
		query_edges_of_call(q, &c->marked, NULL, edges);
		e = edges->len ? g_memdup2(g_ptr_array_index(edges, 0), sizeof *e) : NULL;
	} else {
		e = path_edge(q, NULL, edge);
	}
	if (!e)
		return;
	answer->root = s->kind[to] == MARKER ? e->macro : e->callee->name;
	g_ptr_array_add(answer->way, e);
}

static struct ew_sleep *chain_found(struct ew_query *q, struct sleepers *s, struct chain *c, uint32_t from,
				    uint32_t f, uint32_t last)
{
	struct ew_sleep *answer = g_new0(struct ew_sleep, 1);

	answer->way = g_ptr_array_new_with_free_func(g_free);
	add_last_hop(q, s, c, last, answer);
	for (; f != from; f = c->caller[f]) {
		struct ew_edge *e = path_edge(q, NULL, c->came[f]);

		if (e)
			g_ptr_array_insert(answer->way, 0, e);
	}
	return answer;
}

static struct ew_sleep *search(struct ew_query *q, struct sleepers *s, uint32_t from)
{
	g_autoptr(GArray) queue = g_array_new(false, false, sizeof(uint32_t));
	struct chain c = {g_new(uint32_t, q->graph.functions), g_new(uint32_t, q->graph.functions), {0}};
	struct ew_sleep *answer = NULL;
	uint32_t last;
	guint i;

	memset(c.caller, 0xff, q->graph.functions * sizeof *c.caller);
	c.caller[from] = from;
	g_array_append_val(queue, from);
	for (i = 0; i < queue->len && !answer; i++) {
		uint32_t f = g_array_index(queue, uint32_t, i);

		last = look_at(q, s, &c, f, queue);
		if (last != UINT32_MAX)
			answer = chain_found(q, s, &c, from, f, last);
	}
	g_free(c.came);
	g_free(c.caller);
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
