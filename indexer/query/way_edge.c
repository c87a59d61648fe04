/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The edges that ways are made of. Ways share most of their hops, within an answer and from one question to the
 * next, and each hop costs several look-ups: so edges are kept.
 */
#include <string.h>

#include "query/internal.h"

enum { MOST_KEPT = 1 << 14 };

struct key {
	const struct binding *binding;
	int64_t call;
	uint32_t caller, callee;
};

static guint hash_key(gconstpointer data)
{
	const struct key *k = data;

	return k->caller * 2654435761u ^ k->callee * 40503u ^ (guint)k->call;
}

static gboolean is_same_key(gconstpointer a, gconstpointer b)
{
	return !memcmp(a, b, sizeof(struct key));
}

/* The first direct call to the same function that the binding leaves. */
static bool first_call_left(struct ew_query *q, struct binding *b, struct call_row *c)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_CALLS_OF, "i", c->caller);
	int64_t callee = c->callee;

	while (ew_rows_next(r)) {
		query_read_call(r, c);
		if (c->callee == callee && !c->is_dead && !binding_rules_out(b, c))
			return true;
	}
	return false;
}

/* The call site: of several direct calls, the first that the binding leaves. */
static bool find_call(struct ew_query *q, struct binding *b, const struct key *k, struct call_row *c)
{
	ew_auto(rows) r = NULL;
	bool found;

	if (k->call)
		return query_call_row(q, k->call, c);
	r = ew_store_select(q->store, EW_FIRST_CALL, "ii", (int64_t)k->caller, (int64_t)k->callee);
	found = ew_rows_next(r);
	if (found)
		query_read_call(r, c);
	return found && binding_rules_out(b, c) ? first_call_left(q, b, c) : found;
}

struct ew_edge *way_edge(struct ew_query *q, struct binding *b, uint32_t caller, uint32_t callee, int64_t call)
{
	const struct key key = {b, call, caller, callee};
	struct ew_edge *edge;
	struct call_row c;

	if (!q->way_edges)
		q->way_edges = g_hash_table_new_full(hash_key, is_same_key, g_free, g_free);
	edge = g_hash_table_lookup(q->way_edges, &key);
	if (!edge && find_call(q, b, &key, &c)) {
		edge = query_edge_to(q, &c, b, callee);
		if (g_hash_table_size(q->way_edges) >= MOST_KEPT)
			g_hash_table_remove_all(q->way_edges);
		if (edge)
			g_hash_table_insert(q->way_edges, g_memdup2(&key, sizeof key), edge);
	}
	return edge ? g_memdup2(edge, sizeof *edge) : NULL;
}

static void add_proof(struct ew_query *q, const struct way_hop *hop, GArray *proofs)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_EDGES_OF_CALL, "i", hop->call);
	struct edge_row e;

	while (ew_rows_next(r)) {
		query_read_edge(r, &e);
		if (e.callee == hop->callee && e.proof)
			g_array_append_val(proofs, e.proof);
	}
}

static void proofs_ahead(struct ew_query *q, const GArray *proofs)
{
	g_autoptr(GArray) flows = g_array_new(false, false, sizeof(int64_t));
	guint i;

	query_ahead(q, EW_AHEAD_PROOF, proofs);
	for (i = 0; i < proofs->len; i++) {
		ew_auto(rows) r = ew_store_select(q->store, EW_PROOF, "i", g_array_index(proofs, int64_t, i));

		while (ew_rows_next(r)) {
			int64_t flow = ew_rows_int(r, 1);

			g_array_append_val(flows, flow);
		}
	}
	query_ahead(q, EW_AHEAD_FLOW, flows);
}

void way_hops_ahead(struct ew_query *q, const GArray *hops)
{
	g_autoptr(GArray) conditions = g_array_new(false, false, sizeof(int64_t));
	g_autoptr(GArray) proofs = g_array_new(false, false, sizeof(int64_t));
	guint i;

	for (i = 0; i < hops->len; i++) {
		const struct way_hop *hop = &g_array_index(hops, struct way_hop, i);
		const struct key key = {.call = hop->call, .caller = hop->caller, .callee = hop->callee};
		struct call_row c;

		if (q->way_edges && g_hash_table_contains(q->way_edges, &key))
			continue;
		if (hop->call)
			add_proof(q, hop, proofs);
		if (find_call(q, NULL, &key, &c) && c.condition) {
			int64_t row = condition_kept_row(c.condition);

			g_array_append_val(conditions, row);
		}
	}
	query_ahead(q, EW_AHEAD_KEPT, conditions);
	proofs_ahead(q, proofs);
}

void ways_ahead(struct ew_query *q, const GArray *const *ways, guint n)
{
	g_autoptr(GArray) functions = g_array_new(false, false, sizeof(int64_t));
	g_autoptr(GArray) callers = g_array_new(false, false, sizeof(int64_t));
	g_autoptr(GArray) calls = g_array_new(false, false, sizeof(int64_t));
	g_autoptr(GArray) edges = g_array_new(false, false, sizeof(int64_t));
	const struct call_graph *g = &q->graph;
	guint i, k;

	for (i = 0; i < n; i++)
		for (k = 0; k < ways[i]->len; k++) {
			uint32_t edge = g_array_index(ways[i], uint32_t, k);
			bool is_stored = edge < g->edges;
			const struct queueing *queueing = is_stored ? NULL : wide_queueing(q->wide, edge);
			int64_t to = wide_to(q->wide, edge), call = is_stored ? g->call[edge] : queueing->call;
			int64_t caller, first = call << 20;

			if (!query_asks_first(q, QUERY_ASKED_WAY, edge))
				continue;
			caller = is_stored ? graph_caller(g, edge) : queueing->from;
			g_array_append_val(functions, to);
			g_array_append_val(functions, caller);
			g_array_append_val(callers, caller);
			if (!call)
				continue;
			g_array_append_val(calls, call);
			g_array_append_val(edges, first);
		}
	query_ahead(q, EW_AHEAD_FUNCTION, functions);
	query_ahead(q, EW_AHEAD_CALL, calls);
	query_ahead(q, EW_AHEAD_EDGE, edges);
	query_calls_ahead(q, callers);
}

static void free_queued(gpointer data)
{
	path_queued_free(data);
}

struct ew_queued *way_queued(struct ew_query *q, int64_t flow)
{
	gpointer key = GSIZE_TO_POINTER((gsize)flow);
	struct ew_queued *queued;
	struct flow_row f;

	if (!q->way_queued)
		q->way_queued = g_hash_table_new_full(NULL, NULL, NULL, free_queued);
	queued = g_hash_table_lookup(q->way_queued, key);
	if (!queued && query_flow_row(q, flow, &f)) {
		queued = path_queued_at(q, &f);
		g_hash_table_insert(q->way_queued, key, queued);
	}
	return path_queued_copy(queued);
}

struct ew_edge *path_edge(struct ew_query *q, struct binding *b, uint32_t position)
{
	const struct call_graph *g = &q->graph;
	bool is_pointer = g->to[position] & EW_GRAPH_POINTER;

	return way_edge(q, b, graph_caller(g, position), g->to[position] & EW_GRAPH_FUNCTION,
			is_pointer ? g->call[position] : 0);
}
