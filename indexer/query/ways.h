/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What ways.c, which searches, and paths.c, which asks and answers, share. */
#ifndef EW_QUERY_WAYS_H
#define EW_QUERY_WAYS_H

#include "query/internal.h"

/* By function, of the wide graph; all arrays are owned. */
struct ways {
	struct ew_query *query;
	struct binding *binding; /* or NULL */
	const struct wide_graph *graph;
	uint32_t from, to;
	bool *avoid;
	bool avoids; /* anything */
	GHashTable *banned; /* positions in the graph */
	uint32_t *left;	    /* cost to the goal, UINT32_MAX if it is not reached */
	/* of one search */
	bool *blocked;
	uint32_t *seen, *cost, *came, *before, round;
	GArray *heap;
	uint32_t limit, beyond; /* not further than that; what was left out costs at least so much */
	uint64_t work; /* edges that were looked at */
};

/* False: the index is damaged, or one of the ends is none of its functions. */
bool ways_init(struct ways *s, struct ew_query *q, struct binding *b, int64_t from, int64_t to);
void ways_clear(struct ways *s);

/* After each change of avoid and banned. */
void ways_measure(struct ways *s);

/* Up to `most` ways, cheapest first (of GArray of uint32_t, positions in the graph); `*more` says that there
 * is another. */
GPtrArray *ways_list(struct ways *s, int most, bool *more);
/* The cheapest that begins with a hop to `next`, or NULL. */
GArray *ways_over(struct ways *s, uint32_t next);
uint32_t ways_cost(const struct ways *s, const GArray *way);
/* The search took too long: what it found is right, but something may be missing. */
bool ways_gave_up(const struct ways *s);

#endif
