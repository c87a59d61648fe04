/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See graph.h. */
#include "query/internal.h"

static void say_not_whole(struct ew_query *q)
{
	ew_store_say_damaged(q->store, "its call graph is not whole");
}

/* Where the edges of each part begin, from the numbers of edges; false if they do not sum up. */
static bool unpack_starts(struct unpacker *u, const struct call_graph *g, uint32_t *start)
{
	uint32_t part;

	start[0] = 0;
	for (part = 0; part < g->parts; part++) {
		uint64_t edges = unpack_number(u);

		if (edges > g->edges - start[part])
			return false;
		start[part + 1] = start[part] + edges;
	}
	return start[g->parts] == g->edges;
}

/* Pages of memory that nobody comes to cost nothing. */
static void make_room(struct call_graph *g)
{
	size_t functions = g->functions + 1, edges = g->edges;

	g->data = g_new(uint32_t, 2 * functions + 4 * edges + 2 * (g->parts + 1));
	g->first = g->data;
	g->rfirst = g->first + functions;
	g->to = g->rfirst + functions;
	g->call = g->to + edges;
	g->rfrom = g->call + edges;
	g->rcall = g->rfrom + edges;
	g->start = g->rcall + edges;
	g->rstart = g->start + g->parts + 1;
	g->has = g_new0(uint8_t, g->parts);
}

/* Each function and each edge takes a byte somewhere: no memory is taken on the word of a damaged row. */
static bool unpack_head(struct ew_query *q, struct unpacker u)
{
	struct call_graph *g = &q->graph;
	uint64_t functions = unpack_number(&u), edges = unpack_number(&u), size = ew_store_size(q->store);

	if (!u.is_whole || !functions || functions > size || edges > size || edges >> 32)
		return false;
	g->functions = functions;
	g->edges = edges;
	g->parts = (functions + EW_GRAPH_PART - 1) / EW_GRAPH_PART;
	make_room(g);
	return unpack_starts(&u, g, g->start) && unpack_starts(&u, g, g->rstart) && u.is_whole && u.at == u.end;
}

bool query_open_graph(struct ew_query *q)
{
	ew_auto(rows) r = NULL;
	const void *blob;
	size_t length = 0;

	if (q->graph.functions)
		return true;
	r = ew_store_select(q->store, EW_GRAPH, "i", (int64_t)EW_GRAPH_HEAD);
	blob = ew_rows_next(r) ? ew_rows_blob(r, 0, &length) : NULL;
	if (blob && unpack_head(q, unpacker_of(blob, length)))
		return true;
	graph_clear(&q->graph);
	say_not_whole(q);
	return false;
}

void graph_clear(struct call_graph *g)
{
	g_free(g->data);
	g_free(g->has);
	*g = (struct call_graph){0};
}

/* One direction. */
struct arrows {
	uint32_t *first, *end, *call;
	uint32_t functions;
};

static void unpack_edge(struct unpacker *u, const struct arrows *a, uint32_t function, uint32_t position)
{
	uint64_t word = unpack_number(u), distance = word >> 1;
	uint64_t end = function + (distance >> 1 ^ -(distance & 1));

	u->is_whole &= end < a->functions;
	a->end[position] = (uint32_t)end | (word & 1 ? EW_GRAPH_POINTER : 0);
	a->call[position] = word & 1 ? (uint32_t)unpack_number(u) : 0;
}

/* Functions from `function` to `last`; their edges begin and end at positions. */
static bool unpack_part(struct unpacker u, const struct arrows *a, uint32_t function, uint32_t last,
			uint32_t position, uint32_t end)
{
	for (; function < last; function++) {
		uint64_t left = unpack_number(&u);

		a->first[function] = position;
		if (left > end - position)
			return false;
		while (left-- && u.is_whole)
			unpack_edge(&u, a, function, position++);
	}
	a->first[last] = end;
	return u.is_whole && position == end && u.at == u.end;
}

void graph_read_part(struct ew_query *q, uint32_t part, uint8_t direction)
{
	struct call_graph *g = &q->graph;
	bool forward = direction == GRAPH_FORWARD;
	const struct arrows a = {forward ? g->first : g->rfirst, forward ? g->to : g->rfrom,
				 forward ? g->call : g->rcall, g->functions};
	const uint32_t *start = forward ? g->start : g->rstart;
	int64_t row = part + (forward ? EW_GRAPH_FORWARD : ew_store_graph_backward(g->functions));
	uint32_t function = part * EW_GRAPH_PART, last = MIN(function + EW_GRAPH_PART, g->functions);
	ew_auto(rows) r = ew_store_select(q->store, EW_GRAPH, "i", row);
	size_t length = 0;
	const void *blob = ew_rows_next(r) ? ew_rows_blob(r, 0, &length) : NULL;

	g->has[part] |= direction;
	if (blob && unpack_part(unpacker_of(blob, length), &a, function, last, start[part], start[part + 1]))
		return;
	for (; function <= last; function++)
		a.first[function] = start[part + 1];
	say_not_whole(q);
}

bool query_load_graph(struct ew_query *q)
{
	uint32_t part;

	if (!query_open_graph(q))
		return false;
	for (part = 0; part < q->graph.parts; part++)
		if (!(q->graph.has[part] & GRAPH_FORWARD))
			graph_read_part(q, part, GRAPH_FORWARD);
	return query_is_sound(q, NULL);
}

/* The index of the last of n ascending numbers that is not above `most`; the first is not. */
static uint32_t last_up_to(const uint32_t *numbers, uint32_t n, uint32_t most)
{
	uint32_t low = 0;

	while (n - low > 1) {
		uint32_t middle = low + (n - low) / 2;

		if (numbers[middle] <= most)
			low = middle;
		else
			n = middle;
	}
	return low;
}

uint32_t graph_caller(const struct call_graph *g, uint32_t position)
{
	uint32_t function = last_up_to(g->start, g->parts, position) * EW_GRAPH_PART;

	return function + last_up_to(g->first + function, MIN(EW_GRAPH_PART, g->functions - function), position);
}

uint32_t graph_position(const struct call_graph *g, uint32_t caller, uint32_t callee, uint32_t call)
{
	uint32_t i, to = callee | (call ? EW_GRAPH_POINTER : 0);

	for (i = g->first[caller]; i < g->first[caller + 1]; i++)
		if (g->to[i] == to && g->call[i] == call)
			return i;
	return SEARCH_NONE;
}
