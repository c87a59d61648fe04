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
	return s->graph->cost[position];
}

static bool is_open(const struct ways *s, uint32_t position)
{
	uint32_t edge = s->graph->edge[position], stored = s->query->graph.edges;
	const struct queueing *k;

	if (s->avoid[s->graph->to[position]] ||
	    (g_hash_table_size(s->banned) && g_hash_table_contains(s->banned, GSIZE_TO_POINTER((gsize)position))))
		return false;
	if (edge < stored)
		return path_is_left(s->binding, edge);
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
			uint32_t from = w->rfrom[i], cost = r->now + w->rcost[i];

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
	if (cost + s->left[to] > s->limit) {
		s->beyond = MIN(s->beyond, cost + s->left[to]);
		return;
	}
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

static void begin(struct ways *s, uint32_t start, uint32_t limit)
{
	s->limit = limit;
	s->beyond = UINT32_MAX;
	g_array_set_size(s->heap, 0);
	s->round++;
	if (start == s->to)
		return; /* a way back to it counts */
	s->seen[start] = s->round;
	s->cost[start] = 0;
}

/* The cheapest way from `start` to the goal that passes nothing blocked, and whose first hop leads to none of
 * `not_next`. It costs at most `limit`; NULL: there is none, or the least that one can cost is s->beyond. */
static GArray *find(struct ways *s, uint32_t start, GHashTable *not_next, uint32_t limit)
{
	uint32_t i;

	begin(s, start, limit);
	for (i = s->graph->first[start]; i < s->graph->first[start + 1]; i++)
		if (!g_hash_table_contains(not_next, GSIZE_TO_POINTER((gsize)s->graph->to[i])))
			offer(s, start, 0, i);
	return go_on(s, start);
}

/* What such a way costs at least. */
static uint32_t least_cost(const struct ways *s, uint32_t start, GHashTable *not_next)
{
	uint32_t least = UINT32_MAX, i;

	for (i = s->graph->first[start]; i < s->graph->first[start + 1]; i++) {
		uint32_t to = s->graph->to[i];

		if (s->left[to] < least && !(s->blocked[to] && to != s->to) && is_open(s, i) &&
		    !g_hash_table_contains(not_next, GSIZE_TO_POINTER((gsize)to)))
			least = MIN(least, s->left[to] + cost_of(s, i));
	}
	return least;
}

GArray *ways_over(struct ways *s, uint32_t next)
{
	uint32_t i;

	begin(s, s->from, UINT32_MAX);
	for (i = s->graph->first[s->from]; i < s->graph->first[s->from + 1]; i++)
		if (s->graph->to[i] == next)
			offer(s, s->from, 0, i);
	return go_on(s, s->from);
}

/* ---- several ---------------------------------------------------------------------------------------- */

/*
 * A way that leaves one that was found at some hop, for none of the functions to which others of the same start go
 * on. The search for it waits until nothing else can cost less than it might: most are never searched.
 */
struct candidate {
	const GArray *of; /* the way that it leaves */
	guint from;	  /* the hop from which it is another */
	GArray *way;	  /* NULL until it was searched */
	uint32_t cost;	  /* of the way; until then the least that it can be */
	guint order;	  /* of its kind: of those of one cost the first is taken */
};

/* How much further than the next of the others a search looks, so that it need not begin again at once. */
enum { LOOK_AHEAD = COST_MOST };

static void free_candidate(gpointer data)
{
	struct candidate *c = data;

	if (c->way)
		g_array_unref(c->way);
	g_free(c);
}

static uint32_t cost_of_first(const struct ways *s, const GArray *way, guint hops)
{
	uint32_t cost = 0;
	guint i;

	for (i = 0; i < hops; i++)
		cost += cost_of(s, g_array_index(way, uint32_t, i));
	return cost;
}

uint32_t ways_cost(const struct ways *s, const GArray *way)
{
	return cost_of_first(s, way, way->len);
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

/* Where the ways go on that were found and have the same first hops. Ways that are found later go on to none but
 * these, or the candidate is what was found. */
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

static uint32_t function_at(const struct ways *s, const GArray *way, guint hop)
{
	return hop ? s->graph->to[g_array_index(way, uint32_t, hop - 1)] : s->from;
}

static void block_start(struct ways *s, const GArray *way, guint hops, bool is_blocked)
{
	guint i;

	for (i = 0; i < hops; i++)
		s->blocked[function_at(s, way, i)] = is_blocked;
}

/* Search it as far as `limit`: it has its way, or costs more, then its cost is raised; false if there is none. */
static bool search_candidate(struct ways *s, const GPtrArray *found, struct candidate *c, uint32_t limit)
{
	g_autoptr(GHashTable) next = next_of_found(s, found, c->of, c->from);
	g_autoptr(GArray) rest = NULL;
	uint32_t start = cost_of_first(s, c->of, c->from);

	block_start(s, c->of, c->from, true);
	rest = find(s, function_at(s, c->of, c->from), next, limit == UINT32_MAX ? limit : limit - start);
	block_start(s, c->of, c->from, false);
	if (rest) {
		c->way = g_array_new(false, false, sizeof(uint32_t));
		g_array_append_vals(c->way, c->of->data, c->from);
		g_array_append_vals(c->way, rest->data, rest->len);
		c->cost = ways_cost(s, c->way);
	} else if (s->beyond != UINT32_MAX) {
		c->cost = start + s->beyond;
	}
	return rest || (s->beyond != UINT32_MAX && !ways_gave_up(s));
}

static guint cheapest(const GPtrArray *candidates, uint32_t *next)
{
	guint best = 0, i;

	*next = UINT32_MAX;
	for (i = 1; i < candidates->len; i++) {
		const struct candidate *a = g_ptr_array_index(candidates, i);
		const struct candidate *b = g_ptr_array_index(candidates, best);
		bool is_better = a->cost < b->cost || (a->cost == b->cost && a->order < b->order);

		*next = MIN(*next, is_better ? b->cost : a->cost);
		best = is_better ? i : best;
	}
	return best;
}

/* The caller's; NULL if there is none left. */
static struct candidate *take_cheapest(struct ways *s, const GPtrArray *found, GPtrArray *candidates)
{
	while (candidates->len) {
		uint32_t next;
		guint best = cheapest(candidates, &next);
		struct candidate *c = g_ptr_array_index(candidates, best);

		if (c->way)
			return g_ptr_array_steal_index(candidates, best);
		next = MAX(next, c->cost);
		if (!search_candidate(s, found, c, next > UINT32_MAX - LOOK_AHEAD ? next : next + LOOK_AHEAD))
			g_ptr_array_remove_index(candidates, best);
	}
	return NULL;
}

/* For each hop from which another way may leave this one. */
static void add_branches(struct ways *s, const GPtrArray *found, const GArray *way, guint from, guint *order,
			 GPtrArray *candidates)
{
	guint i;

	for (i = from; i < way->len; i++) {
		g_autoptr(GHashTable) next = next_of_found(s, found, way, i);
		struct candidate *c;
		uint32_t least;

		block_start(s, way, i, true);
		least = least_cost(s, function_at(s, way, i), next);
		block_start(s, way, i, false);
		if (least == UINT32_MAX)
			continue;
		c = g_new0(struct candidate, 1);
		c->of = way;
		c->from = i;
		c->cost = cost_of_first(s, way, i) + least;
		c->order = (*order)++;
		g_ptr_array_add(candidates, c);
	}
}

GPtrArray *ways_list(struct ways *s, int most, bool *more)
{
	GPtrArray *found = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
	g_autoptr(GPtrArray) candidates = g_ptr_array_new_with_free_func(free_candidate);
	g_autoptr(GHashTable) none = g_hash_table_new(NULL, NULL);
	GArray *way = find(s, s->from, none, UINT32_MAX);
	struct candidate *c = NULL;
	guint order = 0, from = 0;

	while (way) {
		g_ptr_array_add(found, way);
		add_branches(s, found, way, from, &order, candidates);
		if (c)
			free_candidate(c);
		c = take_cheapest(s, found, candidates);
		way = c && found->len < (guint)most ? g_steal_pointer(&c->way) : NULL;
		from = c ? c->from : 0;
	}
	*more = c != NULL;
	if (c)
		free_candidate(c);
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
