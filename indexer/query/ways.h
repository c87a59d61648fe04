/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What ways.c, which searches, and paths.c, which asks and answers, share. */
#ifndef EW_QUERY_WAYS_H
#define EW_QUERY_WAYS_H

#include "query/internal.h"

/* By function, of one search: how it was come to. */
struct way_reached {
	uint32_t round; /* of the search: others say nothing */
	uint32_t cost, edge, before;
};

/* Kept from one question to the next: fresh pages cost more than a search. All false, but in a search. */
struct ways_room {
	struct way_reached *reached;
	struct way_search back;
	uint32_t round;
	bool *avoid, *blocked, *dead;
};

/*
 * Ways are sequences of edges of the wide graph. What is left to the goal is measured from there, as far as it is asked
 * for: by function it stands in room->back, and is final up to `horizon`.
 */
struct ways {
	struct ew_query *query;
	struct binding *binding; /* or NULL */
	const struct wide_graph *graph;
	uint32_t from, to;
	bool *avoid;  /* by function */
	bool avoids; /* anything */
	GHashTable *banned; /* edges + 1; NULL if none is */
	GHashTable *said;   /* paths.c: deferred edge -> where its work was queued */
	uint32_t horizon;
	bool is_all_measured; /* what has no cost there does not reach the goal */
	/* of one search */
	bool *blocked;
	struct way_reached *reached;
	struct ways_room *room;
	GArray *heap;
	uint32_t limit, beyond; /* not further than that; what was left out costs at least so much */
	uint64_t work; /* edges that were looked at */
};

/* False: the index is damaged, or one of the ends is none of its functions. */
bool ways_init(struct ways *s, struct ew_query *q, struct binding *b, int64_t from, int64_t to);
void ways_clear(struct ways *s);

void ways_ban(struct ways *s, uint32_t edge);
/* After each change of avoid, and after ways_ban(). */
void ways_measure(struct ways *s);
/* What is left from the function, if it was measured, else SEARCH_NONE. */
uint32_t ways_left_known(const struct ways *s, uint32_t function);
/* May the edge be passed? */
bool ways_is_open(const struct ways *s, const struct wide_out *i);

/* Up to `most` ways, cheapest first (of GArray of uint32_t, edges), of those that are wanted (NULL: all); `*more` says that
 * there is another, wanted or not. Fewer, and more, if WAYS_MOST_UNWANTED were met before. */
typedef bool (*ways_wanted)(const struct ways *s, const GArray *way);
enum { WAYS_MOST_UNWANTED = 150 };
GPtrArray *ways_list(struct ways *s, int most, ways_wanted is_wanted, bool *more);
/* The cheapest that begins with a hop to `next`, or NULL; not those that cost more than `most`, of which `*beyond` says what
 * the cheapest costs at least: SEARCH_NONE if there is none. */
GArray *ways_over(struct ways *s, uint32_t next, uint32_t most, uint32_t *beyond);
uint32_t ways_cost(const struct ways *s, const GArray *way);
/* The search took too long: what it found is right, but something may be missing. */
bool ways_gave_up(const struct ways *s);

#endif
