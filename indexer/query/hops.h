/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The stored call graph as contexts are handed on in it: what each hop is worth, and calls through parameters
 * told apart by the caller.
 *
 * Nodes 0 to functions - 1 are the functions. A node behind them is a function that was entered with a known
 * function in one of its parameters: only from there a call through that parameter leads to it.
 */
#ifndef EW_QUERY_HOPS_H
#define EW_QUERY_HOPS_H

#include "query/internal.h"

enum hop_class {
	HOP_PROVED, /* direct, one target in all that callers give, bound, or the caller on the way handed it over */
	HOP_OBJECT, /* of several targets, held by a named object that is found through a member */
	HOP_DOUBT,
};

enum { HOP_NO_EDGE = UINT32_MAX };

struct hop {
	uint32_t from, to; /* nodes */
	uint32_t edge;	   /* position in the stored graph; HOP_NO_EDGE: both nodes are one function */
	uint32_t call;	   /* of a call that was told apart from others of the same edge, or 0 */
	uint32_t instead;  /* of a call by name: the one through a pointer that it stands for, or 0 */
	uint8_t class, cost;
};

struct hops {
	uint32_t functions, nodes;
	uint32_t *first;   /* by node, and one more: where its hops begin in all */
	struct hop *all;
	uint32_t *function; /* by node behind the functions: node functions + i is of function[i] */
};

/* Without those into functions that `closed` marks, and without the edges in `deferred` (position + 1). */
struct hops *query_hops_new(struct ew_query *q, struct binding *b, const bool *closed, GHashTable *deferred);
void query_hops_free(struct hops *h);

#endif
