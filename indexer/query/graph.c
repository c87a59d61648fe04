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

	g->data = g_new(uint32_t, 4 * functions + 4 * edges + 2 * (g->parts + 1));
	g->first = g->data;
	g->rfirst = g->first + functions;
	g->at = g->rfirst + functions;
	g->rat = g->at + functions;
	g->to = g->rat + functions;
	g->call = g->to + edges;
	g->rfrom = g->call + edges;
	g->rcall = g->rfrom + edges;
	g->start = g->rcall + edges;
	g->rstart = g->start + g->parts + 1;
	g->packed = g_new0(GByteArray *, 2 * g->parts);
	g->has = g_new0(uint8_t, functions);
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
	uint32_t i;

	for (i = 0; g->packed && i < 2 * g->parts; i++)
		if (g->packed[i])
			g_byte_array_unref(g->packed[i]);
	g_free(g->packed);
	g_free(g->data);
	g_free(g->has);
	*g = (struct call_graph){0};
}

/* ---- parts --------------------------------------------------------------------------------------- */

/* One direction of the functions of a part, from `function` up to `last`. */
struct part {
	uint32_t *first, *at, *end, *call;
	uint32_t function, last;
	uint32_t position, positions_end; /* of its edges */
	GByteArray **packed;
};

static struct part part_of(const struct call_graph *g, uint32_t part, uint8_t direction)
{
	bool forward = direction == GRAPH_FORWARD;
	const uint32_t *start = forward ? g->start : g->rstart;
	uint32_t function = part * EW_GRAPH_PART;

	return (struct part){
		.first = forward ? g->first : g->rfirst,
		.at = forward ? g->at : g->rat,
		.end = forward ? g->to : g->rfrom,
		.call = forward ? g->call : g->rcall,
		.function = function,
		.last = MIN(function + EW_GRAPH_PART, g->functions),
		.position = start[part],
		.positions_end = start[part + 1],
		.packed = &g->packed[part + (forward ? 0 : g->parts)],
	};
}

/* How many edges each function has, and where they are packed; then they follow. */
static bool unpack_heads(struct unpacker u, const struct part *p)
{
	uint64_t position = p->position, at = 0;
	uint32_t function;

	for (function = p->function; function < p->last; function++) {
		uint64_t edges = unpack_number(&u);

		p->first[function] = (uint32_t)position;
		p->at[function] = (uint32_t)at;
		if (edges > p->positions_end - position)
			return false;
		position += edges;
		at += edges ? unpack_number(&u) : 0;
		if (at > (uint64_t)(u.end - u.at))
			return false;
	}
	p->first[p->last] = p->positions_end;
	if (!u.is_whole || position != p->positions_end || at != (uint64_t)(u.end - u.at))
		return false;
	g_byte_array_append(*p->packed, u.at, (guint)at);
	return true;
}

/* A part that is damaged has no edges. */
static void read_part(struct ew_query *q, uint32_t part, uint8_t direction, struct part *p)
{
	int64_t row = part + (direction == GRAPH_FORWARD ? EW_GRAPH_FORWARD : ew_store_graph_backward(q->graph.functions));
	ew_auto(rows) r = ew_store_select(q->store, EW_GRAPH, "i", row);
	size_t length = 0;
	const void *blob = ew_rows_next(r) ? ew_rows_blob(r, 0, &length) : NULL;
	uint32_t function;

	*p->packed = g_byte_array_new();
	if (blob && unpack_heads(unpacker_of(blob, length), p))
		return;
	for (function = p->function; function <= p->last; function++)
		p->first[function] = p->positions_end;
	say_not_whole(q);
}

/* ---- functions ----------------------------------------------------------------------------------- */

/* Most numbers take two or three bytes. */
static inline uint64_t next_number(struct unpacker *u)
{
	const uint8_t *at = u->at;

	if (u->end - at < 3 || at[0] < 128)
		return unpack_number(u);
	if (at[1] < 128) {
		u->at += 2;
		return (at[0] & 127u) | (uint32_t)at[1] << 7;
	}
	if (at[2] < 128) {
		u->at += 3;
		return (at[0] & 127u) | (at[1] & 127u) << 7 | (uint32_t)at[2] << 14;
	}
	return unpack_number(u);
}

static bool unpack_edges(const struct part *p, uint32_t function, uint32_t functions)
{
	const GByteArray *packed = *p->packed;
	uint32_t position = p->first[function], last = p->first[function + 1], at = p->at[function];
	uint32_t bytes = (function + 1 < p->last ? p->at[function + 1] : packed->len) - at;
	struct unpacker u = unpacker_of(packed->data + at, bytes);

	for (; position < last; position++) {
		uint64_t word = next_number(&u), distance = word >> 1;
		uint64_t end = function + (distance >> 1 ^ -(distance & 1));

		if (end >= functions)
			return false;
		p->end[position] = (uint32_t)end | (word & 1 ? EW_GRAPH_POINTER : 0);
		p->call[position] = word & 1 ? (uint32_t)next_number(&u) : 0;
	}
	return u.is_whole && u.at == u.end;
}

void graph_read(struct ew_query *q, uint32_t function, uint8_t direction)
{
	struct call_graph *g = &q->graph;
	struct part p = part_of(g, function / EW_GRAPH_PART, direction);
	uint32_t i;

	g->has[function] |= direction;
	if (!*p.packed)
		read_part(q, function / EW_GRAPH_PART, direction, &p);
	if (p.first[function] == p.first[function + 1] || unpack_edges(&p, function, g->functions))
		return;
	for (i = p.first[function]; i < p.first[function + 1]; i++) {
		p.end[i] = function;
		p.call[i] = 0;
	}
	say_not_whole(q);
}

bool query_load_graph(struct ew_query *q)
{
	uint32_t function;

	if (!query_open_graph(q))
		return false;
	for (function = 0; function < q->graph.functions; function++)
		graph_need(q, function);
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
