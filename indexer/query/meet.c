/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The cheapest way, looked for from both ends: the whole graph is wide, but near most functions it is not.
 *
 * First both searches go on, the one that waits for less each time, until no way can be cheaper than the cheapest that
 * they made together. Then the search from the start goes on along functions that stand on a way of that cost. It
 * meets these in the order in which it would have alone, for nothing else reaches them at that cost: so of several
 * ways of one cost it finds the same one.
 */
#include "query/internal.h"

struct meeting {
	const struct wide_graph *wide;
	struct binding *binding;
	struct way_search *there, *back;
	uint32_t to;
	bool has_arrived; /* the search from the start, at the goal */
	uint32_t best; /* cost of the cheapest way that is known */
	uint32_t bound; /* once it is the cheapest at all: what does not stand on such a way is left out */
};

static bool is_left(const struct meeting *m, uint32_t from, uint32_t to, uint32_t call)
{
	return !m->binding || binding_leaves_call(m->binding, from, to, call);
}

static void meet(struct meeting *m, const struct way_search *other, uint32_t function, uint32_t cost)
{
	if (other->cost[function] != SEARCH_NONE && cost + other->cost[function] < m->best)
		m->best = cost + other->cost[function];
}

static void offer_there(struct meeting *m, uint32_t function, uint32_t edge, uint32_t to, uint32_t cost)
{
	if (m->bound != SEARCH_NONE && (m->back->cost[to] == SEARCH_NONE || cost + m->back->cost[to] != m->bound))
		return;
	meet(m, m->back, to, cost);
	search_offer(m->there, to, cost, edge, function);
}

/* Of ways of one cost the one by the last queueing is told. */
static void step_queued(struct meeting *m, uint32_t function)
{
	const struct wide_graph *w = m->wide;
	uint32_t first = wide_first_from(w, function), end = first;

	while (end < w->queueings->len &&
	       g_array_index(w->queueings, struct queueing, w->by_from[end]).from == function)
		end++;
	while (end-- > first) {
		uint32_t edge = w->graph->edges + w->by_from[end];
		uint32_t to = wide_to(w, edge), cost = m->there->cost[function] + wide_cost(w, edge);

		if (m->there->cost[to] > cost)
			offer_there(m, function, edge, to, cost);
	}
}

static void step_there(struct meeting *m, uint32_t function)
{
	const struct call_graph *g = m->wide->graph;
	struct way_search *s = m->there;
	struct wide_out i;

	m->has_arrived |= function == m->to;
	wide_out_begin(m->wide, function, &i);
	while (wide_out_next(m->wide, &i) && i.edge < g->edges) {
		uint32_t cost = s->cost[function] + i.cost;

		if (s->cost[i.to] > cost && is_left(m, function, i.to, g->call[i.edge]))
			offer_there(m, function, i.edge, i.to, cost);
	}
	if (m->wide->ends[function] & WIDE_QUEUES)
		step_queued(m, function);
}

static void step_back(struct meeting *m, uint32_t function)
{
	struct way_search *s = m->back;
	struct wide_in i;

	wide_in_begin(m->wide, function, &i);
	while (wide_in_next(m->wide, &i)) {
		uint32_t cost = s->cost[function] + i.cost;

		if (s->cost[i.from] <= cost || (!i.queueing && !is_left(m, i.from, function, i.call)))
			continue;
		meet(m, m->there, i.from, cost);
		search_offer(s, i.from, cost, 0, function);
	}
}

/* Takes all that costs as much as the next; false if there is nothing. */
static bool advance(struct meeting *m, struct way_search *s, void (*step)(struct meeting *, uint32_t))
{
	uint32_t function;

	if (!search_next(s, &function))
		return false;
	do
		step(m, function);
	while (search_next_within(s, s->now, &function));
	return true;
}

static bool find_cost(struct meeting *m)
{
	while (m->best > m->there->now + m->back->now) {
		bool goes_on = m->there->waiting <= m->back->waiting ? advance(m, m->there, step_there)
								     : advance(m, m->back, step_back);

		if (!goes_on)
			break;
	}
	return m->best != SEARCH_NONE;
}

/* There is a way of m->best: the one that the search from the start alone would find. */
static GArray *find_way(struct meeting *m)
{
	uint32_t function;

	if (m->has_arrived)
		return search_way(m->there, m->to);
	m->bound = m->best;
	while (search_next(m->there, &function)) {
		if (function == m->to)
			return search_way(m->there, m->to);
		if (m->back->cost[function] != SEARCH_NONE && m->there->now + m->back->cost[function] == m->bound)
			step_there(m, function);
	}
	return NULL;
}

GArray *meet_find(const struct wide_graph *w, struct binding *b, uint32_t from, uint32_t to)
{
	struct meeting m = {.wide = w, .binding = b, .there = &w->query->search, .back = &w->query->back, .to = to,
			    .best = SEARCH_NONE, .bound = SEARCH_NONE};

	if (from == to)
		return NULL;
	search_begin(m.there, w->graph->functions, COST_MOST);
	search_begin(m.back, w->graph->functions, COST_MOST);
	search_offer(m.there, from, 0, SEARCH_NONE, SEARCH_NONE);
	search_offer(m.back, to, 0, SEARCH_NONE, SEARCH_NONE);
	return find_cost(&m) ? find_way(&m) : NULL;
}
