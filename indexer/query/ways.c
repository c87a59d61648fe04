/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Several ways, cheapest first: Yen's algorithm as Lawler improved it, each search guided by the exact
 * distance to the goal, so that it goes straight where it can. A way is a sequence of functions; of several
 * calls between two of them the cheapest is taken.
 */
#include <string.h>

#include "query/ways.h"

/* Edges that may be looked at in all: some seconds. */
#define MOST_WORK (UINT64_C(1) << 28)

/* ---- a heap of states: by cost to the goal, then by what is left --------------------------------- */

struct state {
	uint32_t whole, left, function;
};

static bool is_before(const struct state *a, const struct state *b)
{
	if (a->whole != b->whole)
		return a->whole < b->whole;
	return a->left != b->left ? a->left < b->left : a->function < b->function;
}

static void push(GArray *heap, struct state s)
{
	struct state *at;
	guint i = heap->len;

	g_array_append_val(heap, s);
	at = (struct state *)(void *)heap->data;
	for (; i && is_before(&s, &at[(i - 1) / 2]); i = (i - 1) / 2)
		at[i] = at[(i - 1) / 2];
	at[i] = s;
}

static struct state pop(GArray *heap)
{
	struct state *at = (struct state *)(void *)heap->data, top = at[0], last = at[heap->len - 1];
	guint i = 0, child, n = heap->len - 1;

	g_array_set_size(heap, n);
	for (; (child = 2 * i + 1) < n; i = child) {
		if (child + 1 < n && is_before(&at[child + 1], &at[child]))
			child++;
		if (!is_before(&at[child], &last))
			break;
		at[i] = at[child];
	}
	if (n)
		at[i] = last;
	return top;
}

/* ---- what may be passed, and how far it is --------------------------------------------------------- */

static uint32_t cost_of(const struct ways *s, uint32_t position)
{
	const struct call_graph *g = &s->query->graph;
	uint32_t edge = s->graph->edge[position];

	return edge < g->edges ? graph_cost(g, edge)
			       : g_array_index(s->graph->queueings, struct queueing, edge - g->edges).cost;
}

static bool is_open(const struct ways *s, uint32_t position)
{
	uint32_t edge = s->graph->edge[position], stored = s->query->graph.edges;
	const struct queueing *k;

	if (s->avoid[s->graph->to[position]] ||
	    g_hash_table_contains(s->banned, GSIZE_TO_POINTER((gsize)position)))
		return false;
	if (edge < stored)
		return path_is_left(s->query, s->binding, edge);
	k = &g_array_index(s->graph->queueings, struct queueing, edge - stored);
	return !s->avoid[k->dispatcher];
}

void ways_measure(struct ways *s)
{
	const struct wide_graph *w = s->graph;

	struct way_search *r = &s->query->search;
	uint32_t at, i;

	search_begin(r, w->functions, COST_MOST);
	search_offer(r, s->to, 0, SEARCH_NONE, SEARCH_NONE);
	while (search_next(r, &at))
		for (i = w->rfirst[at]; i < w->rfirst[at + 1]; i++) {
			uint32_t from = w->rfrom[i], cost = r->now + cost_of(s, w->redge[i]);

			s->work++;
			if (r->cost[from] > cost && !s->avoid[from] && is_open(s, w->redge[i]))
				search_offer(r, from, cost, w->redge[i], at);
		}
	memcpy(s->left, r->cost, w->functions * sizeof *s->left);
}


/* ---- one search -------------------------------------------------------------------------------------- */

static void offer(struct ways *s, uint32_t from, uint32_t so_far, uint32_t position)
{
	uint32_t to = s->graph->to[position], cost = so_far + cost_of(s, position);

	s->work++;
	if (s->left[to] == UINT32_MAX || (s->blocked[to] && to != s->to) || !is_open(s, position))
		return;
	if (s->seen[to] == s->round && s->cost[to] <= cost)
		return;
	s->seen[to] = s->round;
	s->cost[to] = cost;
	s->came[to] = position;
	s->before[to] = from;
	push(s->heap, (struct state){cost + s->left[to], s->left[to], to});
}

static void expand(struct ways *s, uint32_t f, uint32_t so_far)
{
	uint32_t i;

	for (i = s->graph->first[f]; i < s->graph->first[f + 1]; i++)
		offer(s, f, so_far, i);
}

/* The positions of the edges from `start` to the goal. */
static GArray *way_back(const struct ways *s, uint32_t start)
{
	GArray *way = g_array_new(false, false, sizeof(uint32_t));
	uint32_t f = s->to;

	do {
		g_array_prepend_val(way, s->came[f]);
		f = s->before[f];
	} while (f != start);
	return way;
}

/* Begun with what was offered from `start`. */
static GArray *go_on(struct ways *s, uint32_t start)
{
	while (s->heap->len && s->work < MOST_WORK) {
		struct state at = pop(s->heap);

		if (at.function == s->to)
			return way_back(s, start);
		/* Else a better offer replaced it. */
		if (at.whole == s->cost[at.function] + s->left[at.function])
			expand(s, at.function, s->cost[at.function]);
	}
	return NULL;
}

static void begin(struct ways *s, uint32_t start)
{
	g_array_set_size(s->heap, 0);
	s->round++;
	if (start == s->to)
		return; /* a way back to it counts */
	s->seen[start] = s->round;
	s->cost[start] = 0;
}

/* The cheapest way from `start` to the goal that passes nothing blocked, and whose first hop leads to none of
 * `not_next`. */
static GArray *find(struct ways *s, uint32_t start, GHashTable *not_next)
{
	uint32_t i;

	begin(s, start);
	for (i = s->graph->first[start]; i < s->graph->first[start + 1]; i++)
		if (!g_hash_table_contains(not_next, GSIZE_TO_POINTER((gsize)s->graph->to[i])))
			offer(s, start, 0, i);
	return go_on(s, start);
}

GArray *ways_over(struct ways *s, uint32_t next)
{
	uint32_t i;

	begin(s, s->from);
	for (i = s->graph->first[s->from]; i < s->graph->first[s->from + 1]; i++)
		if (s->graph->to[i] == next)
			offer(s, s->from, 0, i);
	return go_on(s, s->from);
}

/* ---- several ---------------------------------------------------------------------------------------- */

struct candidate {
	GArray *way;
	uint32_t cost;
	guint from; /* the hop from which it is another way than the one it was made of */
};

static void free_candidate(gpointer data)
{
	struct candidate *c = data;

	if (c->way)
		g_array_unref(c->way);
	g_free(c);
}

uint32_t ways_cost(const struct ways *s, const GArray *way)
{
	uint32_t cost = 0;
	guint i;

	for (i = 0; i < way->len; i++)
		cost += cost_of(s, g_array_index(way, uint32_t, i));
	return cost;
}

static bool is_same_start(const struct ways *s, const GArray *a, const GArray *b, guint hops)
{
	guint i;

	if (a->len <= hops)
		return false;
	for (i = 0; i < hops; i++)
		if (s->graph->to[g_array_index(a, uint32_t, i)] !=
		    s->graph->to[g_array_index(b, uint32_t, i)])
			return false;
	return true;
}

/* Where the ways go on that were found and have the same first hops. */
static GHashTable *next_of_found(const struct ways *s, const GPtrArray *found, const GArray *way, guint hops)
{
	GHashTable *next = g_hash_table_new(NULL, NULL);
	guint i;

	for (i = 0; i < found->len; i++) {
		const GArray *other = g_ptr_array_index(found, i);

		if (is_same_start(s, other, way, hops))
			g_hash_table_add(next, GSIZE_TO_POINTER((gsize)s->graph->to[g_array_index(
						       other, uint32_t, hops)]));
	}
	return next;
}

static void add_candidate(struct ways *s, GPtrArray *candidates, const GArray *way, guint hops,
			  const GArray *rest)
{
	struct candidate *c = g_new0(struct candidate, 1);

	c->way = g_array_new(false, false, sizeof(uint32_t));
	g_array_append_vals(c->way, way->data, hops);
	g_array_append_vals(c->way, rest->data, rest->len);
	c->cost = ways_cost(s, c->way);
	c->from = hops;
	g_ptr_array_add(candidates, c);
}

/* The cheapest other way for each hop from which it may leave this one. */
static void add_branches(struct ways *s, const GPtrArray *found, const GArray *way, guint from,
			 GPtrArray *candidates)
{
	uint32_t start = s->from;
	guint i;

	for (i = 0; i < way->len; i++) {
		g_autoptr(GHashTable) next = NULL;
		g_autoptr(GArray) rest = NULL;

		if (i >= from) {
			next = next_of_found(s, found, way, i);
			rest = find(s, start, next);
		}
		if (rest)
			add_candidate(s, candidates, way, i, rest);
		s->blocked[start] = true;
		start = s->graph->to[g_array_index(way, uint32_t, i)];
	}
	memset(s->blocked, 0, s->graph->functions * sizeof *s->blocked);
}

/* Of those of one cost the one that was found first. */
static guint cheapest(const GPtrArray *candidates)
{
	guint best = 0, i;

	for (i = 1; i < candidates->len; i++) {
		const struct candidate *a = g_ptr_array_index(candidates, i);
		const struct candidate *b = g_ptr_array_index(candidates, best);

		if (a->cost < b->cost)
			best = i;
	}
	return best;
}

GPtrArray *ways_list(struct ways *s, int most, bool *more)
{
	GPtrArray *found = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
	g_autoptr(GPtrArray) candidates = g_ptr_array_new_with_free_func(free_candidate);
	g_autoptr(GHashTable) none = g_hash_table_new(NULL, NULL);
	g_autoptr(GArray) first = find(s, s->from, none);
	g_autoptr(GArray) nothing = g_array_new(false, false, sizeof(uint32_t));

	if (first)
		add_candidate(s, candidates, nothing, 0, first);
	while (candidates->len && found->len < (guint)most) {
		struct candidate *c = g_ptr_array_steal_index(candidates, cheapest(candidates));

		g_ptr_array_add(found, g_steal_pointer(&c->way));
		add_branches(s, found, g_ptr_array_index(found, found->len - 1), c->from, candidates);
		free_candidate(c);
	}
	*more = candidates->len > 0;
	return found;
}

bool ways_gave_up(const struct ways *s)
{
	return s->work >= MOST_WORK;
}

/* ---- life -------------------------------------------------------------------------------------------- */

bool ways_init(struct ways *s, struct ew_query *q, struct binding *b, int64_t from, int64_t to)
{
	const struct wide_graph *w = query_wide_graph_both(q);

	*s = (struct ways){.query = q, .binding = b, .graph = w};
	if (!w || from < 0 || to < 0 || from >= w->functions || to >= w->functions)
		return false;
	s->from = from;
	s->to = to;
	s->avoid = g_new0(bool, w->functions);
	s->blocked = g_new0(bool, w->functions);
	s->banned = g_hash_table_new(NULL, NULL);
	s->left = g_new(uint32_t, w->functions);
	s->seen = g_new0(uint32_t, w->functions);
	s->cost = g_new(uint32_t, w->functions);
	s->came = g_new(uint32_t, w->functions);
	s->before = g_new(uint32_t, w->functions);
	s->heap = g_array_new(false, false, sizeof(struct state));
	return true;
}

void ways_clear(struct ways *s)
{
	g_free(s->avoid);
	g_free(s->blocked);
	g_free(s->left);
	g_free(s->seen);
	g_free(s->cost);
	g_free(s->came);
	g_free(s->before);
	g_clear_pointer(&s->banned, g_hash_table_unref);
	g_clear_pointer(&s->heap, g_array_unref);
}
