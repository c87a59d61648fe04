/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The wide graph: the stored one, and an edge from each function that queues work to the work itself. An edge has one
 * number: its position in the stored graph or, behind these, that of the queueing. It is looked at from either end:
 *
 *	for (wide_out_begin(w, f, &i); wide_out_next(w, &i);)
 *		… i.edge, i.to, i.cost
 */
#ifndef EW_QUERY_WIDE_H
#define EW_QUERY_WIDE_H

#include "query/graph.h"

struct binding;

struct queueing {
	uint32_t from, to;   /* functions */
	uint32_t dispatcher; /* function that runs it */
	uint32_t cost;	     /* more where another task, or an interrupt, runs it */
	int64_t call, flow;  /* that runs it; that hands it over */
};

struct wide_graph {
	struct ew_query *query;
	struct call_graph *graph;
	GArray *queueings; /* of struct queueing */
	uint32_t *by_from, *by_to; /* their indexes in this order */
	uint8_t *ends;	   /* by function: WIDE_QUEUES, WIDE_QUEUED, WIDE_GIVES_UP */
};
enum { WIDE_QUEUES = 1, WIDE_QUEUED = 2, WIDE_GIVES_UP = 4 };

struct wide_graph *query_wide_graph(struct ew_query *q); /* owned by q; NULL if the index is damaged */
/* Over an open graph; takes the queueings over. */
struct wide_graph *wide_new(struct ew_query *q, GArray *queueings);
void queueings_keep(struct ew_query *q, struct ew_store_writer *w);
void query_wide_free(struct wide_graph *w);

static inline const struct queueing *wide_queueing(const struct wide_graph *w, uint32_t edge)
{
	return &g_array_index(w->queueings, struct queueing, edge - w->graph->edges);
}

/* Of an edge whose caller was looked at. */
static inline uint32_t wide_to(const struct wide_graph *w, uint32_t edge)
{
	return edge < w->graph->edges ? w->graph->to[edge] & EW_GRAPH_FUNCTION : wide_queueing(w, edge)->to;
}

/* What it costs more to enter the function. */
static inline uint32_t wide_cost_to_enter(const struct wide_graph *w, uint32_t function)
{
	return w->ends[function] & WIDE_GIVES_UP ? COST_GIVE_UP : 0;
}

static inline uint32_t wide_cost(const struct wide_graph *w, uint32_t edge)
{
	uint32_t more = wide_cost_to_enter(w, wide_to(w, edge));

	return more + (edge < w->graph->edges ? graph_cost(w->graph, edge) : wide_queueing(w, edge)->cost);
}

/* Where the queueings of a function begin in by_from, or by_to. */
uint32_t wide_first_from(const struct wide_graph *w, uint32_t function);
uint32_t wide_first_to(const struct wide_graph *w, uint32_t function);

/* ---- the edges that leave a function: the stored ones, then the queueings ------------------------- */

struct wide_out {
	uint32_t edge, to, cost;
	uint32_t function, at, end, queued; /* queued: the next in by_from */
};

static inline void wide_out_begin(const struct wide_graph *w, uint32_t function, struct wide_out *i)
{
	const struct call_graph *g = w->graph;

	if (!(g->has[function] & GRAPH_FORWARD))
		graph_read(w->query, function, GRAPH_FORWARD);
	i->function = function;
	i->at = g->first[function];
	i->end = g->first[function + 1];
	i->queued = w->ends[function] & WIDE_QUEUES ? wide_first_from(w, function) : w->queueings->len;
}

static inline bool wide_out_next(const struct wide_graph *w, struct wide_out *i)
{
	const struct queueing *k;

	if (i->at < i->end) {
		i->edge = i->at++;
		i->to = w->graph->to[i->edge] & EW_GRAPH_FUNCTION;
		i->cost = graph_cost(w->graph, i->edge) + wide_cost_to_enter(w, i->to);
		return true;
	}
	if (i->queued == w->queueings->len)
		return false;
	k = &g_array_index(w->queueings, struct queueing, w->by_from[i->queued]);
	if (k->from != i->function)
		return false;
	i->edge = w->graph->edges + w->by_from[i->queued++];
	i->to = k->to;
	i->cost = k->cost + wide_cost_to_enter(w, k->to);
	return true;
}

/* ---- those that lead to it ---------------------------------------------------------------------------- */

struct wide_in {
	uint32_t from, cost;
	uint32_t call; /* through a pointer, else 0 */
	const struct queueing *queueing; /* or NULL */
	uint32_t function, at, end, queued, more;
};

static inline void wide_in_begin(const struct wide_graph *w, uint32_t function, struct wide_in *i)
{
	const struct call_graph *g = w->graph;

	if (!(g->has[function] & GRAPH_BACKWARD))
		graph_read(w->query, function, GRAPH_BACKWARD);
	i->queueing = NULL;
	i->call = 0;
	i->function = function;
	i->at = g->rfirst[function];
	i->end = g->rfirst[function + 1];
	i->more = wide_cost_to_enter(w, function);
	i->queued = w->ends[function] & WIDE_QUEUED ? wide_first_to(w, function) : w->queueings->len;
}

static inline bool wide_in_next(const struct wide_graph *w, struct wide_in *i)
{
	const struct queueing *k;

	if (i->at < i->end) {
		uint32_t at = i->at++;

		i->from = w->graph->rfrom[at] & EW_GRAPH_FUNCTION;
		i->cost = graph_cost_of(w->graph->rfrom[at]) + i->more;
		i->call = w->graph->rfrom[at] & EW_GRAPH_POINTER ? w->graph->rcall[at] : 0;
		return true;
	}
	if (i->queued == w->queueings->len)
		return false;
	k = &g_array_index(w->queueings, struct queueing, w->by_to[i->queued]);
	if (k->to != i->function)
		return false;
	i->queued++;
	i->from = k->from;
	i->cost = k->cost + i->more;
	i->queueing = k;
	return true;
}

/* Its number, which only the graph by caller knows. */
uint32_t wide_in_edge(const struct wide_graph *w, const struct wide_in *i);

/* meet.c: the cheapest way, as edges (of uint32_t); NULL if there is none. Both ends are functions of the graph. */
GArray *meet_find(const struct wide_graph *w, struct binding *b, uint32_t from, uint32_t to);

#endif
