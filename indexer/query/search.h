/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The search that all questions for a way share: Dijkstra's, with small whole costs, so that states wait in one
 * bucket a cost. What a state is, and where it leads, is the asker's.
 *
 *	search_begin(s, states, most);
 *	search_offer(s, start, 0, SEARCH_NONE, SEARCH_NONE);
 *	while (search_next(s, &state))
 *		for each step from it: search_offer(s, to, s->cost[state] + …, edge, state);
 *
 * States of one cost come in the order in which they were offered at it, and of several offers of one cost
 * the first is kept: the same questions get the same ways.
 */
#ifndef EW_QUERY_SEARCH_H
#define EW_QUERY_SEARCH_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define SEARCH_NONE UINT32_MAX /* no edge, no state; as a cost: not reached */

struct search_bucket {
	uint32_t *states, length, room;
};

/* Zero is an empty one. It may be used again and again: fresh pages cost more than a search. */
struct way_search {
	uint32_t *cost;	  /* by state, SEARCH_NONE if it was not reached so far */
	uint32_t *edge;	  /* by state that was reached: by what */
	uint32_t *before; /* and from which */
	uint32_t now;	  /* cost of the states that search_next() gives: those that cost less are final */
	uint32_t taken;	  /* of the bucket of this cost */
	uint32_t waiting; /* offers in all buckets, also those that a better one replaced */
	uint32_t room, mask, n_buckets;
	struct search_bucket *buckets; /* a power of two of them */
	struct search_bucket reached;  /* states that have a cost */
};

/* Forget what was found. A single step costs at most `most`, and states are below `states`. */
void search_begin(struct way_search *s, uint32_t states, uint32_t most);
void search_clear(struct way_search *s);

/* The next in the order of cost; false at the end. */
bool search_next(struct way_search *s, uint32_t *state);
/* The same if it costs at most `most`: then all that costs that much, or less, is found (`now` is more). */
bool search_next_within(struct way_search *s, uint32_t most, uint32_t *state);

void search_put(struct way_search *s, uint32_t state, uint32_t cost);
void search_reach(struct way_search *s, uint32_t state); /* for the first time */

static inline void search_offer(struct way_search *s, uint32_t state, uint32_t cost, uint32_t edge, uint32_t before)
{
	if (s->cost[state] <= cost)
		return;
	if (s->cost[state] == SEARCH_NONE)
		search_reach(s, state);
	s->cost[state] = cost;
	s->edge[state] = edge;
	s->before[state] = before;
	search_put(s, state, cost);
}

/* A way that was told from its end (of uint32_t) is told from its start. */
void search_turn_round(GArray *way);
/* The edges from where the search began to the state (of uint32_t). */
GArray *search_way(const struct way_search *s, uint32_t state);

#endif
