/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Several ways, cheapest first: Yen's algorithm as Lawler improved it. ways_find.c searches each. */
#include <string.h>

#include "query/ways.h"

/*
 * A way that leaves one that was found at some hop, for none of the functions to which others of the same start go
 * on. The search for it waits until nothing else can cost less than it might: most are never searched.
 */
struct candidate {
	const GArray *of; /* the way that it leaves */
	guint from;	  /* the hop from which it is another */
	GArray *way;	  /* NULL until it was searched */
	uint32_t cost;	  /* of the way; until then the least that it can be */
	uint32_t further; /* how much further the next search looks */
	guint order;	  /* of its kind: of those of one cost the first is taken */
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
	return ways_cost_of_first(s, way, way->len);
}

static bool is_same_start(const struct ways *s, const GArray *a, const GArray *b, guint hops)
{
	guint i;

	if (a->len <= hops)
		return false;
	for (i = 0; i < hops; i++)
		if (wide_to(s->graph, g_array_index(a, uint32_t, i)) != wide_to(s->graph, g_array_index(b, uint32_t, i)))
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
			g_hash_table_add(next,
					 GSIZE_TO_POINTER((gsize)wide_to(s->graph, g_array_index(other, uint32_t, hops)) + 1));
	}
	return next;
}

static void block_start(struct ways *s, const GArray *way, guint hops, bool is_blocked)
{
	guint i;

	for (i = 0; i < hops; i++)
		s->blocked[ways_function_at(s, way, i)] = is_blocked;
}

/* Search it as far as `limit`: it has its way, or costs more, then its cost is raised; false if there is none. */
static bool search_candidate(struct ways *s, const GPtrArray *found, struct candidate *c, uint32_t limit)
{
	g_autoptr(GHashTable) next = next_of_found(s, found, c->of, c->from);
	const struct ways_fork f = {.not_next = next, .next = SEARCH_NONE};

	block_start(s, c->of, c->from + 1, true);
	c->way = ways_find(s, c->of, c->from, &f, limit);
	block_start(s, c->of, c->from + 1, false);
	if (c->way)
		c->cost = ways_cost(s, c->way);
	else if (s->beyond != UINT32_MAX)
		c->cost = s->beyond;
	return c->way || (s->beyond != UINT32_MAX && !ways_gave_up(s));
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
		uint32_t next, limit;
		guint best = cheapest(candidates, &next);
		struct candidate *c = g_ptr_array_index(candidates, best);

		if (c->way)
			return g_ptr_array_steal_index(candidates, best);
		/* The last one may be far. */
		limit = next == UINT32_MAX ? c->cost : MAX(next, c->cost);
		if (!search_candidate(s, found, c, limit + c->further))
			g_ptr_array_remove_index(candidates, best);
		else
			c->further *= 2;
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
		const struct ways_fork f = {.not_next = next, .next = SEARCH_NONE};
		struct candidate *c;
		uint32_t least;

		block_start(s, way, i + 1, true);
		least = ways_least_cost(s, way, i, &f);
		block_start(s, way, i + 1, false);
		if (least == UINT32_MAX)
			continue;
		c = g_new0(struct candidate, 1);
		c->of = way;
		c->from = i;
		c->cost = least;
		c->further = WAYS_LOOK_AHEAD;
		c->order = (*order)++;
		g_ptr_array_add(candidates, c);
	}
}

GPtrArray *ways_list(struct ways *s, int most, bool *more)
{
	GPtrArray *found = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
	g_autoptr(GPtrArray) candidates = g_ptr_array_new_with_free_func(free_candidate);
	GArray *way = ways_cheapest(s);
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

/* ---- life -------------------------------------------------------------------------------------------- */

static struct ways_room *new_room(uint32_t functions)
{
	struct ways_room *room = g_new0(struct ways_room, 1);

	room->reached = g_new0(struct way_reached, functions);
	room->n_reached = functions;
	room->avoid = g_new0(bool, 5 * (size_t)functions);
	room->blocked = room->avoid + functions;
	room->dead = room->blocked + functions;
	room->apart = room->dead + functions;
	room->alive = room->apart + functions;
	room->known = g_array_new(false, false, sizeof(uint32_t));
	return room;
}

void ways_room_free(struct ways_room *room)
{
	if (!room)
		return;
	search_clear(&room->there);
	search_clear(&room->back);
	search_clear(&room->far);
	g_free(room->reached);
	g_free(room->avoid);
	g_array_unref(room->known);
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
	s->avoid = q->ways->avoid;
	s->blocked = q->ways->blocked;
	s->heap = g_array_new(false, false, sizeof(struct way_waiting));
	return true;
}

void ways_clear(struct ways *s)
{
	uint32_t functions = s->query->graph.functions;

	if (s->avoids)
		memset(s->avoid, 0, functions * sizeof *s->avoid);
	if (s->states)
		memset(s->room->apart, 0, functions * sizeof *s->room->apart);
	g_clear_pointer(&s->states, g_array_unref);
	g_clear_pointer(&s->state_of, g_hash_table_unref);
	g_clear_pointer(&s->banned, g_hash_table_unref);
	g_clear_pointer(&s->said, g_hash_table_unref);
	g_clear_pointer(&s->heap, g_array_unref);
}
