/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is left to the goal, from both ends. Of a way that costs at most `within`, each function is near the start or near
 * the goal. So the functions near the goal are measured, those near the start, and of the others only such as the
 * latter lead to: on a whole kernel these are some hundreds, where twenty thousand are as near to the goal.
 */
#include "query/ways.h"

/* All that costs as much was found. */
enum { NEAR_ALL = SEARCH_NONE - 1 };

/* May the edge be passed, as seen from its end? */
static bool is_open_back(const struct ways *s, const struct wide_in *i)
{
	if ((s->avoids && (s->avoid[i->from] || s->avoid[i->function])) ||
	    (s->banned && ways_is_banned(s, wide_in_edge(s->graph, i))))
		return false;
	if (i->queueing)
		return !s->avoids || !s->avoid[i->queueing->dispatcher];
	return !s->binding || binding_leaves_call(s->binding, i->from, i->function, i->call);
}

void ways_measure(struct ways *s)
{
	struct ways_room *room = s->room;
	uint32_t functions = s->graph->graph->functions;

	search_begin(&room->there, functions, COST_MOST);
	search_begin(&room->back, functions, COST_MOST);
	search_begin(&room->far, functions, COST_MOST);
	search_offer(&room->there, s->from, 0, SEARCH_NONE, SEARCH_NONE);
	search_offer(&room->back, s->to, 0, SEARCH_NONE, SEARCH_NONE);
	room->near_start = room->near_goal = 0;
	s->within = 0;
	s->is_all_measured = false;
}

static void go_there(struct ways *s)
{
	struct ways_room *room = s->room;
	struct way_search *r = &room->there;
	struct ways_out i;
	uint32_t at;

	room->near_start++;
	while (search_next_within(r, room->near_start, &at))
		for (ways_out_begin(s, at, &i); ways_out_next(s, &i);) {
			uint32_t cost = r->cost[at] + i.edge.cost;

			s->work++;
			if (r->cost[i.edge.to] > cost && ways_is_open(s, &i.edge))
				search_offer(r, i.edge.to, cost, 0, at);
		}
	if (!r->waiting)
		room->near_start = NEAR_ALL;
}

/* From where the start queues what it is given. */
static bool is_given(const struct ways *s, uint32_t function, uint32_t *least)
{
	guint i;

	*least = SEARCH_NONE;
	for (i = 0; s->given && i < s->given->len; i++) {
		uint32_t edge = s->graph->graph->edges + g_array_index(s->given, uint32_t, i);

		if (wide_to(s->graph, edge) == function &&
		    !(s->avoids && (s->avoid[function] || s->avoid[wide_queueing(s->graph, edge)->dispatcher])))
			*least = MIN(*least, wide_cost(s->graph, edge));
	}
	return *least != SEARCH_NONE;
}

static void go_back(struct ways *s)
{
	struct ways_room *room = s->room;
	struct way_search *r = &room->back;
	struct wide_in i;
	uint32_t at, given;

	room->near_goal++;
	while (search_next_within(r, room->near_goal, &at)) {
		for (wide_in_begin(s->graph, at, &i); wide_in_next(s->graph, &i);) {
			uint32_t cost = r->cost[at] + i.cost;

			s->work++;
			if (r->cost[i.from] > cost && is_open_back(s, &i))
				search_offer(r, i.from, cost, 0, at);
		}
		if (s->given && is_given(s, at, &given))
			search_offer(r, s->from, r->cost[at] + given, 0, at);
	}
	if (!r->waiting)
		room->near_goal = NEAR_ALL;
}

/* Not near the goal: does it stand near enough to the start, where so much is left from it? */
static bool is_within(const struct ways *s, uint32_t function, uint32_t left)
{
	uint32_t there = s->room->there.cost[function];

	return there <= s->room->near_start && there + left <= s->within;
}

static bool is_out_of_reach(const struct ways *s, uint32_t function)
{
	return s->room->near_start == NEAR_ALL && s->room->there.cost[function] == SEARCH_NONE;
}

/* Those that are not near the goal, but on a way of that cost; false: some were left out that may be on a longer one. */
static bool go_far(struct ways *s)
{
	struct ways_room *room = s->room;
	struct way_search *r = &room->far, *back = &room->back;
	bool is_all = true;
	struct wide_in i;
	uint32_t at, k, given;

	search_begin(r, s->graph->graph->functions, COST_MOST);
	r->now = room->near_goal;
	for (k = 0; k < back->reached.length; k++) {
		at = back->reached.states[k];
		if (back->cost[at] <= room->near_goal)
			continue;
		if (is_within(s, at, back->cost[at]))
			search_offer(r, at, back->cost[at], 0, back->before[at]);
		else
			is_all &= is_out_of_reach(s, at);
	}
	while (search_next(r, &at)) {
		for (wide_in_begin(s->graph, at, &i); wide_in_next(s->graph, &i);) {
			uint32_t cost = r->cost[at] + i.cost;

			s->work++;
			if (back->cost[i.from] <= room->near_goal || r->cost[i.from] <= cost)
				continue;
			if (!is_within(s, i.from, cost))
				is_all &= is_out_of_reach(s, i.from);
			else if (is_open_back(s, &i))
				search_offer(r, i.from, cost, 0, at);
		}
		if (s->given && back->cost[s->from] > room->near_goal && is_given(s, at, &given))
			search_offer(r, s->from, r->cost[at] + given, 0, at);
	}
	return is_all;
}

void ways_measure_within(struct ways *s, uint32_t within)
{
	struct ways_room *room = s->room;

	if (within <= s->within || s->is_all_measured)
		return;
	s->within = within;
	if (!room->near_goal)
		go_back(s);
	while (room->near_start != NEAR_ALL && room->near_goal != NEAR_ALL && room->near_start + room->near_goal < within)
		if (room->there.waiting <= room->back.waiting)
			go_there(s);
		else
			go_back(s);
	s->is_all_measured = room->near_goal == NEAR_ALL || go_far(s);
}
