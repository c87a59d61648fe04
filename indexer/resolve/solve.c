/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The fixed point of values over the flows. */
#include "resolve/internal.h"

/*
 * What a way of a value into a slot costs. The way that is kept is the evidence that readers see, so the
 * cheapest is the one that they would give: few flows; staying in a file (the tables of two protocols
 * flow through the same fields, each by its own code); beginning with what a table is initialised with,
 * which is what the kernel starts from, rather than with an assignment, which changes it later. A way through
 * code that this configuration does not compile costs more than any other, so it is kept only where there is no other.
 */
enum { COST_FLOW = 4, COST_FILE = 1, COST_LATER = 16, COST_DEAD = 512, MOST_COST = 1023 };

bool graph_is_dead(const struct graph *g, int node, int value)
{
	return pair_map_get(&g->costs, node, value, 0) >= COST_DEAD;
}

bool graph_has_dead(const struct graph *g, const GArray *flows)
{
	guint i;

	for (i = 0; flows && i < flows->len; i++)
		if (graph_flow(g, g_array_index(flows, int, i))->is_dead)
			return true;
	return false;
}

static int cost_of(struct graph *g, int value, int flow)
{
	const struct flow *f;
	int before;

	if (flow < 0)
		return COST_FLOW;
	f = graph_flow(g, flow);
	if (f->src == value || f->src == UNKNOWN)
		return COST_FLOW + (f->how == EW_FLOW_ASSIGNMENT ? COST_LATER : 0);
	before = pair_map_get(&g->reached, f->src, value, -1);
	if (before >= 0 && graph_flow(g, before)->file == f->file)
		return pair_map_get(&g->costs, f->src, value, 0) + COST_FLOW;
	return pair_map_get(&g->costs, f->src, value, 0) + COST_FLOW + COST_FILE;
}

struct pending {
	int node, value, cost;
};

/* Pending values by cost; a value may stand in several, the cheapest counts. */
struct work {
	GArray *by_cost[MOST_COST + 1]; /* of struct pending, or NULL */
};

static void keep_value(struct graph *g, int node, int value)
{
	GArray *values = g_ptr_array_index(g->values, node);

	if (!values) {
		values = g_array_new(false, false, sizeof(int));
		g_ptr_array_index(g->values, node) = values;
	}
	g_array_append_val(values, value);
	g->changes++;
}

static int whole_cost(struct graph *g, int value, int flow, bool is_dead)
{
	int cost = cost_of(g, value, flow);

	if (flow >= 0)
		is_dead |= graph_flow(g, flow)->is_dead ||
			   (graph_flow(g, flow)->src != value && graph_is_dead(g, graph_flow(g, flow)->src, value));
	if (!is_dead)
		return MIN(cost, COST_DEAD - 1);
	return MIN(cost < COST_DEAD ? cost + COST_DEAD : cost, MOST_COST);
}

void graph_add_value(struct graph *g, int node, int value, int flow, bool is_dead)
{
	struct pending p = {node, value, whole_cost(g, value, flow, is_dead)};
	int *known = pair_map_at(&g->costs, node, value);
	GArray **bucket = &g->work->by_cost[p.cost];

	if (known && *known <= p.cost)
		return;
	if (known) {
		if (*known >= COST_DEAD && p.cost < COST_DEAD)
			g->changes++;
		*known = p.cost;
		*pair_map_at(&g->reached, node, value) = flow;
	} else {
		pair_map_add(&g->costs, node, value, p.cost);
		pair_map_add(&g->reached, node, value, flow);
		keep_value(g, node, value);
	}
	if (!*bucket)
		*bucket = g_array_new(false, false, sizeof(struct pending));
	g_array_append_val(*bucket, p);
}

/* Functions that come out of an object's member wait until the objects are known, see join.c. Nothing but functions goes
 * into a member that only lies upon the one of the flow. */
static bool is_held(struct graph *g, const struct flow *f, int value)
{
	bool is_function = value != UNKNOWN && graph_kind(g, value) == EW_NODE_FUNCTION;

	return is_function ? f->is_load : f->upon != UNKNOWN;
}

void graph_add_values_of(struct graph *g, int index)
{
	struct flow *f = graph_flow(g, index);
	const GArray *values = graph_values(g, f->src);
	guint i;

	if (f->src == UNKNOWN || f->is_address || graph_kind(g, f->src) == EW_NODE_FUNCTION) {
		if (f->upon == UNKNOWN || graph_kind(g, f->src) == EW_NODE_FUNCTION)
			graph_add_value(g, f->dst, f->src, index, false);
		return;
	}
	for (i = 0; values && i < values->len; i++)
		if (!is_held(g, f, g_array_index(values, int, i)))
			graph_add_value(g, f->dst, g_array_index(values, int, i), index, false);
}

bool graph_is_param_open(const struct graph *g, int64_t node)
{
	return g_hash_table_contains(g->open, GSIZE_TO_POINTER((gsize)ew_node_id(node)));
}

/* What a function without body returns, and what a function is given that is called from elsewhere: nobody
 * in the index says. */
static bool is_open(struct graph *g, int node)
{
	int64_t id = ew_node_id(graph_node(g, node));

	switch (graph_kind(g, node)) {
	case EW_NODE_RETURN:
		return !g_hash_table_contains(g->defined, GSIZE_TO_POINTER((gsize)id));
	case EW_NODE_PARAM:
		return graph_is_param_open(g, graph_node(g, node));
	default:
		return false;
	}
}

void graph_add_open(struct graph *g)
{
	guint i;

	for (i = 1; i < g->nodes->len; i++)
		if (is_open(g, i))
			graph_add_value(g, i, UNKNOWN, -1, false);
}

/* Dijkstra's order: when a value leaves its bucket, its way is the cheapest of those that are known. */
void graph_solve(struct graph *g)
{
	int cost;

	for (cost = 0; cost <= MOST_COST; cost++) {
		GArray **bucket = &g->work->by_cost[cost];
		guint k;

		for (k = 0; *bucket && k < (*bucket)->len; k++) {
			struct pending p = g_array_index(*bucket, struct pending, k);
			int i;

			if (pair_map_get(&g->costs, p.node, p.value, -1) != cost)
				continue;
			for (i = g->first_out[p.node]; i >= 0; i = graph_flow(g, i)->next_out)
				if (!graph_flow(g, i)->is_address && !is_held(g, graph_flow(g, i), p.value))
					graph_add_value(g, graph_flow(g, i)->dst, p.value, i, false);
		}
		g_clear_pointer(bucket, g_array_unref);
	}
}

void graph_start(struct graph *g)
{
	guint i;

	g->work = g_new0(struct work, 1);
	for (i = 0; i < g->flows->len; i++) {
		const struct flow *f = graph_flow(g, i);

		if (f->src == UNKNOWN || f->is_address || graph_kind(g, f->src) == EW_NODE_FUNCTION)
			graph_add_values_of(g, i);
	}
	graph_add_open(g);
	graph_solve(g);
}
