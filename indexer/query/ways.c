/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Several ways, cheapest first: Yen's algorithm as Lawler improved it, each search guided by the exact
 * distance to the goal, so that it goes straight where it can. The distance is measured no further than some search
 * looks. A way is a sequence of functions; of several
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

static uint32_t cost_of(const struct ways *s, uint32_t edge)
{
	return wide_cost(s->graph, edge);
}

static uint32_t end_of(const struct ways *s, uint32_t edge)
{
	return wide_to(s->graph, edge);
}

void ways_ban(struct ways *s, uint32_t edge)
{
	if (!s->banned)
		s->banned = g_hash_table_new(NULL, NULL);
	g_hash_table_add(s->banned, GSIZE_TO_POINTER((gsize)edge + 1));
}

static bool is_banned(const struct ways *s, uint32_t edge)
{
	return g_hash_table_contains(s->banned, GSIZE_TO_POINTER((gsize)edge + 1));
}

bool ways_is_open(const struct ways *s, const struct wide_out *i)
{
	const struct call_graph *g = s->graph->graph;

	if ((s->avoids && s->avoid[i->to]) || (s->banned && is_banned(s, i->edge)))
		return false;
	if (i->edge >= g->edges)
		return !s->avoids || !s->avoid[wide_queueing(s->graph, i->edge)->dispatcher];
	return !s->binding || binding_leaves_call(s->binding, i->function, i->to, g->call[i->edge]);
}

/* The same from the other end. */
static bool is_open_back(const struct ways *s, const struct wide_in *i)
{
	if ((s->avoids && (s->avoid[i->from] || s->avoid[i->function])) ||
	    (s->banned && is_banned(s, wide_in_edge(s->graph, i))))
		return false;
	if (i->queueing)
		return !s->avoids || !s->avoid[i->queueing->dispatcher];
	return !s->binding || binding_leaves_call(s->binding, i->from, i->function, i->call);
}

void ways_measure(struct ways *s)
{
	search_begin(&s->room->back, s->graph->graph->functions, COST_MOST);
	search_offer(&s->room->back, s->to, 0, SEARCH_NONE, SEARCH_NONE);
	s->horizon = 0;
	s->is_all_measured = false;
}

/* Measure as far as `horizon`. */
static void measure_up_to(struct ways *s, uint32_t horizon)
{
	struct way_search *r = &s->room->back;
	struct wide_in i;
	uint32_t at;

	if (horizon <= s->horizon || s->is_all_measured)
		return;
	while (search_next_within(r, horizon, &at)) {
		wide_in_begin(s->graph, at, &i);
		while (wide_in_next(s->graph, &i)) {
			uint32_t cost = r->cost[at] + i.cost;

			s->work++;
			if (r->cost[i.from] > cost && is_open_back(s, &i))
				search_offer(r, i.from, cost, 0, at);
		}
	}
	s->horizon = horizon;
	s->is_all_measured = !r->waiting;
}

/* What is left from there; or, with `*is_least`, what it is at least: SEARCH_NONE if it does not reach the goal. */
static uint32_t left_from(const struct ways *s, uint32_t function, bool *is_least)
{
	uint32_t left = s->room->back.cost[function];

	*is_least = false;
	if (left <= s->horizon || s->is_all_measured)
		return left;
	*is_least = true;
	return s->horizon + 1;
}

uint32_t ways_left_known(const struct ways *s, uint32_t function)
{
	bool is_least;
	uint32_t left = left_from(s, function, &is_least);

	return is_least ? SEARCH_NONE : left;
}

/* ---- one search -------------------------------------------------------------------------------------- */

/* Of the function, once `cost` is spent; SEARCH_NONE: not within the limit. */
static uint32_t left_within(struct ways *s, uint32_t function, uint32_t cost)
{
	bool is_least;
	uint32_t left = left_from(s, function, &is_least);

	if (is_least && cost + left <= s->limit) {
		measure_up_to(s, s->limit - cost);
		left = left_from(s, function, &is_least);
	}
	if (left == SEARCH_NONE)
		return SEARCH_NONE;
	if (cost + left <= s->limit)
		return left;
	s->beyond = MIN(s->beyond, cost + left);
	return SEARCH_NONE;
}

static void offer(struct ways *s, uint32_t so_far, const struct wide_out *i)
{
	struct way_reached *reached = &s->reached[i->to];
	uint32_t to = i->to, cost = so_far + i->cost, left;

	s->work++;
	if ((s->blocked[to] && to != s->to) || (reached->round == s->room->round && reached->cost <= cost) ||
	    !ways_is_open(s, i))
		return;
	left = left_within(s, to, cost);
	if (left == SEARCH_NONE)
		return;
	*reached = (struct way_reached){s->room->round, cost, i->edge, i->function};
	push(s->heap, (struct state){cost + left, left, to});
}

static void expand(struct ways *s, uint32_t f, uint32_t so_far)
{
	struct wide_out i;

	wide_out_begin(s->graph, f, &i);
	while (wide_out_next(s->graph, &i))
		offer(s, so_far, &i);
}

/* The edges from `start` to the goal. */
static GArray *way_back(const struct ways *s, uint32_t start)
{
	GArray *way = g_array_new(false, false, sizeof(uint32_t));
	uint32_t f = s->to;

	do {
		g_array_prepend_val(way, s->reached[f].edge);
		f = s->reached[f].before;
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
		if (at.whole == s->reached[at.function].cost + at.left)
			expand(s, at.function, at.whole - at.left);
	}
	return NULL;
}

static void begin(struct ways *s, uint32_t start, uint32_t limit)
{
	s->limit = limit;
	s->beyond = UINT32_MAX;
	g_array_set_size(s->heap, 0);
	s->room->round++;
	if (start != s->to) /* a way back to it counts */
		s->reached[start] = (struct way_reached){.round = s->room->round};
}

/* The cheapest way from `start` to the goal that passes nothing blocked, and whose first hop leads to none of
 * `not_next`. It costs at most `limit`; NULL: there is none, or the least that one can cost is s->beyond. */
static GArray *find(struct ways *s, uint32_t start, GHashTable *not_next, uint32_t limit)
{
	struct wide_out i;

	begin(s, start, limit);
	wide_out_begin(s->graph, start, &i);
	while (wide_out_next(s->graph, &i))
		if (!g_hash_table_contains(not_next, GSIZE_TO_POINTER((gsize)i.to)))
			offer(s, 0, &i);
	return go_on(s, start);
}

/* What such a way costs at least. */
static uint32_t least_cost(const struct ways *s, uint32_t start, GHashTable *not_next)
{
	uint32_t least = UINT32_MAX;
	struct wide_out i;

	wide_out_begin(s->graph, start, &i);
	while (wide_out_next(s->graph, &i)) {
		bool is_least;
		uint32_t left = left_from(s, i.to, &is_least);

		if (left < least && left + i.cost < least && !(s->blocked[i.to] && i.to != s->to) && ways_is_open(s, &i) &&
		    !g_hash_table_contains(not_next, GSIZE_TO_POINTER((gsize)i.to)))
			least = left + i.cost;
	}
	return least;
}

/* The cheapest of all. How far the start is, is measured first. */
static GArray *find_first(struct ways *s)
{
	g_autoptr(GHashTable) none = g_hash_table_new(NULL, NULL);
	uint32_t limit = 0;
	GArray *way = NULL;

	while (s->from != s->to && ways_left_known(s, s->from) == SEARCH_NONE && !s->is_all_measured)
		measure_up_to(s, s->horizon + COST_DIRECT);
	if (s->from != s->to)
		return find(s, s->from, none, ways_left_known(s, s->from));
	do
		way = find(s, s->from, none, limit += COST_DIRECT);
	while (!way && s->beyond != UINT32_MAX && !ways_gave_up(s));
	return way;
}

GArray *ways_over(struct ways *s, uint32_t next, uint32_t most, uint32_t *beyond)
{
	struct wide_out i;
	GArray *way;

	begin(s, s->from, most);
	wide_out_begin(s->graph, s->from, &i);
	while (wide_out_next(s->graph, &i))
		if (i.to == next)
			offer(s, 0, &i);
	way = go_on(s, s->from);
	*beyond = s->beyond;
	return way;
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
enum { LOOK_AHEAD = COST_DIRECT };

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
		if (end_of(s, g_array_index(a, uint32_t, i)) != end_of(s, g_array_index(b, uint32_t, i)))
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
			g_hash_table_add(next, GSIZE_TO_POINTER((gsize)end_of(s, g_array_index(other, uint32_t, hops))));
	}
	return next;
}

static uint32_t function_at(const struct ways *s, const GArray *way, guint hop)
{
	return hop ? end_of(s, g_array_index(way, uint32_t, hop - 1)) : s->from;
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
	rest = find(s, function_at(s, c->of, c->from), next, limit - start);
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
		/* The last one may be far. */
		next = next == UINT32_MAX ? c->cost + c->cost / 2 : MAX(next, c->cost);
		if (!search_candidate(s, found, c, next + LOOK_AHEAD))
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

GPtrArray *ways_list(struct ways *s, int most, ways_wanted is_wanted, bool *more)
{
	g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
	GPtrArray *wanted = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
	g_autoptr(GPtrArray) candidates = g_ptr_array_new_with_free_func(free_candidate);
	GArray *way = find_first(s);
	struct candidate *c = NULL;
	guint order = 0, from = 0;

	while (way) {
		g_ptr_array_add(found, way);
		if (!is_wanted || is_wanted(s, way))
			g_ptr_array_add(wanted, g_array_ref(way));
		add_branches(s, found, way, from, &order, candidates);
		if (c)
			free_candidate(c);
		c = take_cheapest(s, found, candidates);
		way = c && wanted->len < (guint)most && found->len < (guint)most + WAYS_MOST_UNWANTED
			      ? g_steal_pointer(&c->way)
			      : NULL;
		from = c ? c->from : 0;
	}
	*more = c != NULL;
	if (c)
		free_candidate(c);
	return wanted;
}

bool ways_gave_up(const struct ways *s)
{
	return s->work >= MOST_WORK;
}

/* ---- life -------------------------------------------------------------------------------------------- */

static struct ways_room *new_room(uint32_t functions)
{
	struct ways_room *room = g_new0(struct ways_room, 1);

	room->reached = g_new0(struct way_reached, functions);
	room->avoid = g_new0(bool, 3 * (size_t)functions);
	room->blocked = room->avoid + functions;
	room->dead = room->blocked + functions;
	return room;
}

void ways_room_free(struct ways_room *room)
{
	if (!room)
		return;
	search_clear(&room->back);
	g_free(room->reached);
	g_free(room->avoid);
	g_free(room);
}

bool ways_init(struct ways *s, struct ew_query *q, struct binding *b, int64_t from, int64_t to)
{
	const struct wide_graph *w = query_wide_graph(q);
	uint32_t functions = q->graph.functions;

	*s = (struct ways){.query = q, .binding = b, .graph = w};
	if (!w || from < 0 || to < 0 || from >= functions || to >= functions)
		return false;
	s->from = from;
	s->to = to;
	if (!q->ways)
		q->ways = new_room(functions);
	s->room = q->ways;
	s->reached = q->ways->reached;
	s->avoid = q->ways->avoid;
	s->blocked = q->ways->blocked;
	s->heap = g_array_new(false, false, sizeof(struct state));
	return true;
}

void ways_clear(struct ways *s)
{
	if (s->avoids)
		memset(s->avoid, 0, s->query->graph.functions * sizeof *s->avoid);
	g_clear_pointer(&s->banned, g_hash_table_unref);
	g_clear_pointer(&s->said, g_hash_table_unref);
	g_clear_pointer(&s->heap, g_array_unref);
}
