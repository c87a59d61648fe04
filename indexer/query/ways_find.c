/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One search for a way, guided by the exact distance to the goal (left.c), so that it goes straight where it can. A way
 * is a sequence of functions; of several calls between two of them the cheapest is taken.
 *
 * A function that calls its parameter calls what it was handed, so on a way it matters how it was entered. That is
 * found out as it is met: where a way has a call that is not handed over, the functions that this rests on are told apart by
 * the edge that they are entered by from then on, and the search is begun again. They are few.
 */
#include <string.h>

#include "query/ways.h"

/* Edges that may be looked at in all: some seconds. */
#define MOST_WORK (UINT64_C(1) << 28)

/* ---- a heap of states: by cost to the goal, then by what is left --------------------------------- */

static bool is_before(const struct way_waiting *a, const struct way_waiting *b)
{
	if (a->whole != b->whole)
		return a->whole < b->whole;
	return a->left != b->left ? a->left < b->left : a->state < b->state;
}

static void push(GArray *heap, struct way_waiting s)
{
	struct way_waiting *at;
	guint i = heap->len;

	g_array_append_val(heap, s);
	at = (struct way_waiting *)(void *)heap->data;
	for (; i && is_before(&s, &at[(i - 1) / 2]); i = (i - 1) / 2)
		at[i] = at[(i - 1) / 2];
	at[i] = s;
}

static struct way_waiting pop(GArray *heap)
{
	struct way_waiting *at = (struct way_waiting *)(void *)heap->data, top = at[0], last = at[heap->len - 1];
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

/* ---- what may be passed ------------------------------------------------------------------------------ */

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

bool ways_is_banned(const struct ways *s, uint32_t edge)
{
	return g_hash_table_contains(s->banned, GSIZE_TO_POINTER((gsize)edge + 1));
}

bool ways_is_open(const struct ways *s, const struct wide_out *i)
{
	const struct call_graph *g = s->graph->graph;

	if ((s->avoids && s->avoid[i->to]) || (s->banned && ways_is_banned(s, i->edge)))
		return false;
	if (i->edge >= g->edges)
		return !s->avoids || !s->avoid[wide_queueing(s->graph, i->edge)->dispatcher];
	return !s->binding || binding_leaves_call(s->binding, i->function, i->to, g->call[i->edge]);
}

/* ---- states -------------------------------------------------------------------------------------------- */

static guint hash_state(gconstpointer data)
{
	const struct way_state *k = data;

	return k->edge * 2654435761u ^ k->from * 40503u ^ k->function;
}

static gboolean is_same_state(gconstpointer a, gconstpointer b)
{
	return !memcmp(a, b, sizeof(struct way_state));
}

static const struct way_state *state_at(const struct ways *s, uint32_t state)
{
	return &g_array_index(s->states, struct way_state, state - s->graph->graph->functions);
}

static uint32_t function_of(const struct ways *s, uint32_t state)
{
	return state < s->graph->graph->functions ? state : state_at(s, state)->function;
}

static uint32_t add_state(struct ways *s, struct way_state k)
{
	struct ways_room *room = s->room;
	uint32_t state = s->graph->graph->functions + s->states->len;

	g_array_append_val(s->states, k);
	g_hash_table_insert(s->state_of, g_memdup2(&k, sizeof k), GUINT_TO_POINTER(state));
	if (state >= room->n_reached) {
		room->reached = g_renew(struct way_reached, room->reached, 2 * (size_t)state);
		memset(room->reached + room->n_reached, 0, (2 * (size_t)state - room->n_reached) * sizeof *room->reached);
		room->n_reached = 2 * state;
	}
	return state;
}

/* The state in which `to` is entered from another by the edge. */
static uint32_t state_of(struct ways *s, uint32_t from, uint32_t edge, uint32_t to)
{
	const struct call_graph *g = s->graph->graph;
	struct way_state k = {.edge = edge, .from = from < g->functions ? SEARCH_NONE : from, .function = to};
	gpointer known;

	if (!s->room->apart[to])
		return to;
	if (edge >= g->edges || g->to[edge] & EW_GRAPH_POINTER)
		k.edge = k.from = SEARCH_NONE;
	known = g_hash_table_lookup(s->state_of, &k);
	return known ? GPOINTER_TO_UINT(known) : add_state(s, k);
}

/* The calls by which it was entered are known to here. */
static bool is_any(const struct ways *s, uint32_t state)
{
	return state < s->graph->graph->functions || state_at(s, state)->edge == SEARCH_NONE;
}

/* Can the edge, which leaves the state, be gone as far as it is known how that was entered? Not in a circle of calls. */
static bool is_handed(const struct ways *s, uint32_t state, const struct wide_out *i)
{
	const struct call_graph *g = s->graph->graph;
	bool is_pointer = i->edge >= g->edges || g->to[i->edge] & EW_GRAPH_POINTER;
	g_autoptr(GArray) way = NULL;
	uint32_t at;
	guint first;

	for (at = state; !is_pointer && at != SEARCH_NONE && at >= g->functions; at = state_at(s, at)->from)
		if (state_at(s, at)->function == i->to)
			return false;
	if (is_any(s, state) || !is_pointer || i->edge >= g->edges)
		return true;
	way = g_array_new(false, false, sizeof(uint32_t));
	g_array_append_val(way, i->edge);
	for (; state != SEARCH_NONE && !is_any(s, state); state = state_at(s, state)->from)
		g_array_prepend_val(way, state_at(s, state)->edge);
	return s->is_handed(s, way, way->len - 1, &first);
}

uint32_t ways_function_at(const struct ways *s, const GArray *way, guint hop)
{
	return hop ? end_of(s, g_array_index(way, uint32_t, hop - 1)) : s->from;
}

/* Does the way call what is not handed over? Then the functions that say so are told apart from now on;
 * false: there is nothing more to be told apart. */
static bool tell_apart(struct ways *s, const GArray *way)
{
	bool is_new = false;
	guint first, hop;

	for (hop = 0; hop < way->len; hop++) {
		if (s->is_handed(s, way, hop, &first))
			continue;
		for (; first < hop; first++) {
			bool *is_apart = &s->room->apart[ways_function_at(s, way, first + 1)];

			is_new |= !*is_apart;
			*is_apart = true;
		}
	}
	if (is_new && !s->states) {
		s->states = g_array_new(false, false, sizeof(struct way_state));
		s->state_of = g_hash_table_new_full(hash_state, is_same_state, g_free, NULL);
	}
	return is_new;
}

/* ---- one search -------------------------------------------------------------------------------------- */

/* Of the function, once `cost` is spent; SEARCH_NONE: not within the limit. */
static uint32_t left_within(struct ways *s, uint32_t function, uint32_t cost)
{
	uint32_t left = ways_left(s, function);

	if (left != SEARCH_NONE && cost + left <= s->limit)
		return left;
	if (left != SEARCH_NONE)
		s->beyond = MIN(s->beyond, cost + left);
	else if (!s->is_all_measured)
		s->beyond = MIN(s->beyond, s->within + 1);
	return SEARCH_NONE;
}

/* Comes to where the edge leads; false if that was come to as cheaply before. */
static bool reach(struct ways *s, uint32_t from, uint32_t cost, const struct wide_out *i, uint32_t *state)
{
	struct way_reached *reached;

	*state = state_of(s, from, i->edge, i->to);
	reached = &s->room->reached[*state];
	if (reached->round == s->room->round && reached->cost <= cost)
		return false;
	*reached = (struct way_reached){s->room->round, cost, i->edge, from};
	return true;
}

static void offer(struct ways *s, uint32_t from, uint32_t so_far, const struct wide_out *i)
{
	uint32_t cost = so_far + i->cost, left = ways_left(s, i->to), state;

	s->work++;
	/* Most are not: of those nothing else is asked. */
	if (left == SEARCH_NONE && s->is_all_measured)
		return;
	if ((s->blocked[i->to] && i->to != s->to) || !ways_is_open(s, i))
		return;
	left = left_within(s, i->to, cost);
	if (left != SEARCH_NONE && is_handed(s, from, i) && reach(s, from, cost, i, &state))
		push(s->heap, (struct way_waiting){cost + left, left, state});
}

static void expand(struct ways *s, uint32_t state, uint32_t so_far)
{
	struct ways_out i;

	for (ways_out_begin(s, function_of(s, state), &i); ways_out_next(s, &i);)
		offer(s, state, so_far, &i.edge);
}

/* The edges from the start to the state. */
static GArray *way_back(const struct ways *s, uint32_t state)
{
	GArray *way = g_array_new(false, false, sizeof(uint32_t));

	do {
		g_array_append_val(way, s->room->reached[state].edge);
		state = s->room->reached[state].before;
	} while (state != s->from);
	search_turn_round(way);
	return way;
}

/* From what was offered. */
static GArray *go_on(struct ways *s)
{
	while (s->heap->len && s->work < MOST_WORK) {
		struct way_waiting at = pop(s->heap);

		if (function_of(s, at.state) == s->to)
			return way_back(s, at.state);
		/* Else a better offer replaced it. */
		if (at.whole == s->room->reached[at.state].cost + at.left)
			expand(s, at.state, at.whole - at.left);
	}
	return NULL;
}

/* A new search. The goal may be its start: then a way back to it counts. */
static void begin(struct ways *s, uint32_t limit)
{
	ways_measure_within(s, limit);
	s->limit = limit;
	s->beyond = UINT32_MAX;
	g_array_set_size(s->heap, 0);
	s->room->round++;
	s->room->reached[s->from] = (struct way_reached){.round = s->from == s->to ? 0 : s->room->round};
}

/* From the states of one function to all in which the next is entered. */
static GArray *enter_next(struct ways *s, GArray *states, uint32_t next)
{
	GArray *entered = g_array_new(false, false, sizeof(uint32_t));
	guint k;

	for (k = 0; k < states->len; k++) {
		uint32_t from = g_array_index(states, uint32_t, k), so_far = s->room->reached[from].cost, to;
		struct ways_out i;

		for (ways_out_begin(s, function_of(s, from), &i); ways_out_next(s, &i);)
			if (i.edge.to == next && ways_is_open(s, &i.edge) && is_handed(s, from, &i.edge) &&
			    reach(s, from, so_far + i.edge.cost, &i.edge, &to))
				g_array_append_val(entered, to);
	}
	g_array_unref(states);
	return entered;
}

uint32_t ways_cost_of_first(const struct ways *s, const GArray *way, guint hops)
{
	uint32_t cost = 0;
	guint i;

	for (i = 0; i < hops; i++)
		cost += wide_cost(s->graph, g_array_index(way, uint32_t, i));
	return cost;
}

static bool leads(const struct ways_fork *f, uint32_t to)
{
	if (f->next != SEARCH_NONE)
		return to == f->next;
	return !f->not_next || !g_hash_table_contains(f->not_next, GSIZE_TO_POINTER((gsize)to + 1));
}

/* By the functions of the first hops, whatever the calls between them: not each may hand over what is called later. */
static GArray *find_once(struct ways *s, const GArray *of, guint hops, const struct ways_fork *f, uint32_t limit)
{
	g_autoptr(GArray) states = g_array_new(false, false, sizeof(uint32_t));
	guint k;

	begin(s, limit);
	g_array_append_val(states, s->from);
	for (k = 0; k < hops; k++)
		states = enter_next(s, states, ways_function_at(s, of, k + 1));
	for (k = 0; k < states->len; k++) {
		uint32_t state = g_array_index(states, uint32_t, k), so_far = s->room->reached[state].cost;
		struct ways_out i;

		for (ways_out_begin(s, function_of(s, state), &i); ways_out_next(s, &i);)
			if (leads(f, i.edge.to))
				offer(s, state, so_far, &i.edge);
	}
	return go_on(s);
}

GArray *ways_find(struct ways *s, const GArray *of, guint hops, const struct ways_fork *f, uint32_t limit)
{
	GArray *way;

	while ((way = find_once(s, of, hops, f, limit)) && s->is_handed && tell_apart(s, way))
		g_array_unref(way);
	return way;
}

/* Other calls between the same functions may cost less. */
static uint32_t least_cost_of_first(const struct ways *s, const GArray *way, guint hops)
{
	uint32_t cost = 0;
	guint k;

	for (k = 0; k < hops; k++) {
		uint32_t least = wide_cost(s->graph, g_array_index(way, uint32_t, k));
		struct ways_out i;

		for (ways_out_begin(s, ways_function_at(s, way, k), &i); ways_out_next(s, &i);)
			if (i.edge.to == ways_function_at(s, way, k + 1))
				least = MIN(least, i.edge.cost);
		cost += least;
	}
	return cost;
}

uint32_t ways_least_cost(const struct ways *s, const GArray *of, guint hops, const struct ways_fork *f)
{
	uint32_t so_far = s->states ? least_cost_of_first(s, of, hops) : ways_cost_of_first(s, of, hops);
	uint32_t least = UINT32_MAX;
	struct ways_out i;

	for (ways_out_begin(s, ways_function_at(s, of, hops), &i); ways_out_next(s, &i);) {
		uint32_t left = ways_left(s, i.edge.to), cost;

		if (left == SEARCH_NONE && s->is_all_measured)
			continue;
		cost = left == SEARCH_NONE ? s->within + 1 : so_far + i.edge.cost + left;
		if (cost < least && !(s->blocked[i.edge.to] && i.edge.to != s->to) && ways_is_open(s, &i.edge) &&
		    leads(f, i.edge.to))
			least = cost;
	}
	return least;
}

GArray *ways_cheapest(struct ways *s)
{
	const struct ways_fork any = {.next = SEARCH_NONE};
	uint32_t limit = 0;
	GArray *way;

	do {
		/* Where it is far for what is not handed over, each search begins anew. */
		limit = s->is_all_measured ? UINT32_MAX / 2 : limit + WAYS_LOOK_AHEAD + (s->states ? limit / 4 : 0);
		way = ways_find(s, NULL, 0, &any, limit);
	} while (!way && s->beyond != UINT32_MAX && !ways_gave_up(s));
	return way;
}

GArray *ways_over(struct ways *s, uint32_t next, uint32_t most, uint32_t *beyond)
{
	const struct ways_fork f = {.next = next};
	GArray *way;

	s->blocked[s->from] = true;
	way = ways_find(s, NULL, 0, &f, most);
	s->blocked[s->from] = false;
	*beyond = s->beyond;
	return way;
}

bool ways_gave_up(const struct ways *s)
{
	return s->work >= MOST_WORK;
}
