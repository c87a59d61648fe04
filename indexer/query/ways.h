/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What left.c, which measures, ways.c, which searches, and paths.c, which asks and answers, share. */
#ifndef EW_QUERY_WAYS_H
#define EW_QUERY_WAYS_H

#include "query/internal.h"

/* By state, of one search: how it was come to. */
struct way_reached {
	uint32_t round; /* of the search: others say nothing */
	uint32_t cost, edge, before;
};

/*
 * States 0 to functions - 1 are the functions. One behind them is a function that was entered in a certain manner, where
 * that matters: by an edge, from a state behind the functions or from SEARCH_NONE, any; edge SEARCH_NONE: through a pointer,
 * or queued, by whom there is no telling.
 */
struct way_state {
	uint32_t edge, from, function;
};

/* In the heap of a search. */
struct way_waiting {
	uint32_t whole, left, state;
};

/* Kept from one question to the next: fresh pages cost more than a search. All false, but in a search. */
struct ways_room {
	struct way_reached *reached;
	uint32_t n_reached; /* there is room for so many states */
	struct way_search there, back, far;
	uint32_t near_start, near_goal; /* of those two: what costs as much was found */
	uint32_t round;
	bool *avoid, *blocked;
	bool *dead, *alive; /* paths.c: of one answer, what is known to lead nowhere, or to the goal */
	GArray *known; /* of uint32_t: the functions of which either is said */
	bool *apart; /* by function: it matters how it was entered */
};

struct ways;
/* Is what hop `hop` of the way calls by a parameter handed over on it? Else `*first` is the first hop that this rests on. */
typedef bool (*ways_handed)(const struct ways *s, const GArray *way, guint hop, guint *first);

/*
 * Ways are sequences of edges of the wide graph. What is left to the goal is measured as far as it is asked for: of
 * functions that stand on a way that costs at most `within` it is known.
 */
struct ways {
	struct ew_query *query;
	struct binding *binding; /* or NULL */
	const struct wide_graph *graph;
	uint32_t from, to;
	const GArray *given; /* indexes of queueings that the start is the beginning of, too; or NULL */
	ways_handed is_handed; /* NULL: whatever any caller hands over may be called */
	bool *avoid;  /* by function */
	bool avoids; /* anything */
	GHashTable *banned; /* edges + 1; NULL if none is */
	GHashTable *said;   /* paths.c: deferred edge -> where its work was queued */
	uint32_t within;
	bool is_all_measured; /* what is not known does not reach the goal */
	GArray *states; /* of struct way_state; NULL until there is one */
	GHashTable *state_of; /* struct way_state -> state */
	/* of one search */
	bool *blocked;
	struct ways_room *room;
	GArray *heap; /* of struct way_waiting */
	uint32_t limit, beyond; /* not further than that; what was left out costs at least so much */
	uint64_t work; /* edges that were looked at */
};

/* False: the index is damaged, or one of the ends is none of its functions. */
bool ways_init(struct ways *s, struct ew_query *q, struct binding *b, int64_t from, int64_t to);
void ways_clear(struct ways *s);

void ways_ban(struct ways *s, uint32_t edge);
bool ways_is_banned(const struct ways *s, uint32_t edge);
/* May the edge be passed? */
bool ways_is_open(const struct ways *s, const struct wide_out *i);

/* The edges that leave a function, open or not; from the start, what it is given as well. */
struct ways_out {
	struct wide_out edge;
	guint given;
};

static inline void ways_out_begin(const struct ways *s, uint32_t function, struct ways_out *i)
{
	wide_out_begin(s->graph, function, &i->edge);
	i->given = function == s->from && s->given ? 0 : G_MAXUINT;
}

static inline bool ways_out_next(const struct ways *s, struct ways_out *i)
{
	uint32_t edge;

	if (wide_out_next(s->graph, &i->edge))
		return true;
	if (i->given == G_MAXUINT || i->given == s->given->len)
		return false;
	edge = s->graph->graph->edges + g_array_index(s->given, uint32_t, i->given++);
	i->edge.edge = edge;
	i->edge.to = wide_to(s->graph, edge);
	i->edge.cost = wide_cost(s->graph, edge);
	return true;
}

/* left.c: after each change of avoid, and after ways_ban(). */
void ways_measure(struct ways *s);
void ways_measure_within(struct ways *s, uint32_t within);

/* What is left from the function; SEARCH_NONE: it is not known, or (is_all_measured) it does not reach the goal. */
static inline uint32_t ways_left(const struct ways *s, uint32_t function)
{
	uint32_t left = s->room->back.cost[function];

	return left <= s->room->near_goal ? left : s->room->far.cost[function];
}

/* Where such a way goes on; SEARCH_NONE at the goal. */
static inline uint32_t ways_left_next(const struct ways *s, uint32_t function)
{
	const struct ways_room *room = s->room;

	return room->back.cost[function] <= room->near_goal ? room->back.before[function] : room->far.before[function];
}

/* The function that hop `hop` leaves, or behind the last hop the one that it leads to. */
uint32_t ways_function_at(const struct ways *s, const GArray *way, guint hop);
uint32_t ways_cost_of_first(const struct ways *s, const GArray *way, guint hops);

/* Where a way is to begin otherwise than others: what it may, or may not, have next. */
struct ways_fork {
	GHashTable *not_next; /* functions + 1, or NULL */
	uint32_t next;	      /* or SEARCH_NONE: any other */
};
/* The cheapest way that has the first `hops` of `of`, passes nothing blocked, and goes on as the fork says. It costs at most
 * `limit`; NULL: there is none, or the least that one can cost is s->beyond. */
GArray *ways_find(struct ways *s, const GArray *of, guint hops, const struct ways_fork *f, uint32_t limit);
/* What such a way costs at least. */
uint32_t ways_least_cost(const struct ways *s, const GArray *of, guint hops, const struct ways_fork *f);
/* How much further than it must a search looks, so that it need not begin again at once. */
enum { WAYS_LOOK_AHEAD = COST_DIRECT };

/* Up to `most` ways, cheapest first (of GArray of uint32_t, edges); `*more` says that there is another. On each, a function
 * stands once, but for those that call what they are handed: once for each manner in which they are entered. */
GPtrArray *ways_list(struct ways *s, int most, bool *more);
/* The first of those, or NULL. */
GArray *ways_cheapest(struct ways *s);
/* The cheapest that begins with a hop to `next`, or NULL; not those that cost more than `most`, of which `*beyond` says what
 * the cheapest costs at least: SEARCH_NONE if there is none. */
GArray *ways_over(struct ways *s, uint32_t next, uint32_t most, uint32_t *beyond);
uint32_t ways_cost(const struct ways *s, const GArray *way);
/* The search took too long: what it found is right, but something may be missing. */
bool ways_gave_up(const struct ways *s);

/* handed.c, of the index. */
bool path_is_handed(const struct ways *s, const GArray *way, guint hop, guint *first);
/* detour.c: indexes of queueings: what the function queues where somebody gives it the object. NULL if it is none of those. */
GArray *path_given_queueings(struct ew_query *q, int64_t function);

#endif
