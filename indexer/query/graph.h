/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The stored call graph, read part by part and unpacked function by function as somebody comes to it: see store.h. Who
 * goes over all of it asks for it whole; a search asks for each function that it leaves, and what it does not come to is
 * not read.
 */
#ifndef EW_QUERY_GRAPH_H
#define EW_QUERY_GRAPH_H

#include "store/store.h"

/* For function f, first[f] to first[f + 1] are its edges: graph_need() before they are looked at. */
struct call_graph {
	uint32_t functions, edges; /* functions is 0 until the graph is opened */
	uint32_t *data;	 /* owned; the arrays below point into it */
	uint32_t *first;
	uint32_t *to;	 /* callee, and EW_GRAPH_POINTER */
	uint32_t *call;	 /* of a call through a pointer, else 0 */
	uint32_t *rfirst; /* the reverse, the edges that lead to f: graph_need_callers() before */
	uint32_t *rfrom; /* caller, and EW_GRAPH_POINTER */
	uint32_t *rcall;
	uint32_t parts;
	uint32_t *start, *rstart; /* by part, and one more: where its edges begin */
	GByteArray **packed; /* by part, then the reverse: NULL until it is read */
	uint32_t *at, *rat;  /* where the function's edges are packed in it */
	uint8_t *has;	     /* by function: which of both directions is unpacked */
};

/*
 * What a hop costs: of two ways of one length the one with less to prove wins. A hop into a function that gives up
 * (ew_refs_ends()) costs more: a way may be eight hops longer for not passing one.
 */
enum { COST_DIRECT = 8, COST_POINTER = 9, COST_GIVE_UP = 8 * COST_DIRECT + 1 };
enum { COST_MOST = COST_POINTER + COST_DIRECT + COST_GIVE_UP };

static inline uint32_t graph_cost_of(uint32_t end)
{
	return end & EW_GRAPH_POINTER ? COST_POINTER : COST_DIRECT;
}

static inline uint32_t graph_cost(const struct call_graph *g, uint32_t position)
{
	return graph_cost_of(g->to[position]);
}

struct ew_query;

/* False if the index is damaged. */
bool query_open_graph(struct ew_query *q);
bool query_load_graph(struct ew_query *q); /* all edges by caller */
void graph_clear(struct call_graph *g);

enum { GRAPH_FORWARD = 1, GRAPH_BACKWARD = 2 };
/* What is damaged leads nowhere, which the store then says. */
void graph_read(struct ew_query *q, uint32_t function, uint8_t direction);

#define graph_need(q, function)                                                                        \
	do {                                                                                           \
		if (!((q)->graph.has[function] & GRAPH_FORWARD))                                        \
			graph_read(q, function, GRAPH_FORWARD);                                         \
	} while (0)

/* The function that the edge at a position leaves; its part was needed before. */
uint32_t graph_caller(const struct call_graph *g, uint32_t position);
/* The position of the edge, whose caller is needed; SEARCH_NONE if there is none. call: 0 of a direct one. */
uint32_t graph_position(const struct call_graph *g, uint32_t caller, uint32_t callee, uint32_t call);

#endif
