/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The stored call graph, unpacked into arrays: see store.h. */
#include "query/internal.h"

static void unpack_edge(struct unpacker *r, const struct call_graph *g, uint32_t from, uint32_t position)
{
	uint64_t word = unpack_number(r), distance = word >> 1;
	uint64_t to = from + (distance >> 1 ^ -(distance & 1));

	r->is_whole &= to < g->functions;
	g->to[position] = (uint32_t)to | (word & 1 ? EW_GRAPH_POINTER : 0);
	g->call[position] = word & 1 ? (uint32_t)unpack_number(r) : 0;
}

static bool unpack(struct call_graph *g, const void *blob, size_t length)
{
	struct unpacker r = unpacker_of(blob, length);
	uint64_t functions = unpack_number(&r), edges = unpack_number(&r), left;
	uint32_t position = 0, i;

	/* Each is a byte at least: no memory is taken on the word of a damaged row. */
	if (!r.is_whole || !functions || functions > length || edges > length)
		return false;
	g->functions = functions;
	g->edges = edges;
	g->data = g_new(uint32_t, functions + 1 + 2 * edges);
	g->first = g->data;
	g->to = g->first + functions + 1;
	g->call = g->to + edges;
	for (i = 0; i < functions && r.is_whole; i++) {
		g->first[i] = position;
		left = unpack_number(&r);
		if (left > edges - position)
			return false;
		while (left-- && r.is_whole)
			unpack_edge(&r, g, i, position++);
	}
	g->first[i] = position;
	return r.is_whole && position == edges && r.at == r.end;
}

bool query_load_graph(struct ew_query *q)
{
	struct call_graph *g = &q->graph;
	ew_auto(rows) r = NULL;
	const void *blob;
	size_t length = 0;

	if (g->functions)
		return true;
	r = ew_store_select(q->store, EW_GRAPH, "");
	blob = ew_rows_next(r) ? ew_rows_blob(r, 0, &length) : NULL;
	if (blob && unpack(g, blob, length))
		return true;
	g_free(g->data);
	*g = (struct call_graph){0};
	ew_store_say_damaged(q->store, "its call graph is not whole");
	return false;
}

uint32_t graph_caller(const struct call_graph *g, uint32_t position)
{
	uint32_t caller = 0, last = g->functions;

	while (last - caller > 1) { /* first[caller] <= position < first[last] */
		uint32_t middle = caller + (last - caller) / 2;

		if (g->first[middle] <= position)
			caller = middle;
		else
			last = middle;
	}
	return caller;
}
