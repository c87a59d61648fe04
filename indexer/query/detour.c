/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where the cheapest way through the wide graph is none that code can go: the cheapest that is.
 *
 * The stored graph knows of a call through a parameter (okfn of NF_HOOK()) what any caller hands over. On a way there
 * is one caller, which hands over one function. So ways are looked at once more in the graph that tells callers apart
 * (hops.h); it is larger and is made only where a way was found that needs it.
 *
 * A function that is given an object and queues it (sk_reset_timer()) queues nothing certain: its callers do, and from
 * them the wide graph goes on. Only if such a function is where the question starts, what any caller gives it is taken.
 */
#include <string.h>

#include "query/hops.h"

enum { MOST_PARAMETERS = 12, DEEPEST_WRAPPER = 8 };

/* ---- is the way one that can be gone? -------------------------------------------------------------- */

static bool is_handed(struct ew_query *q, const GArray *way, guint i, int64_t slot, int64_t value, int depth);

/* The hop before calls the function by name: can it give the parameter that value? */
static bool is_given(struct ew_query *q, const GArray *way, guint i, int64_t parameter, int64_t value, int depth)
{
	const struct call_graph *g = &q->graph;
	uint32_t before = g_array_index(way, uint32_t, i - 1);
	uint32_t caller;
	ew_auto(rows) r = NULL;

	if (before >= g->edges || g->to[before] & EW_GRAPH_POINTER)
		return true; /* who enters it like that may hand over anything */
	caller = graph_caller(g, before);
	r = ew_store_select(q->store, EW_FLOWS_INTO, "i", parameter);
	while (ew_rows_next(r)) {
		struct flow_row f;

		query_read_flow(r, &f);
		if (f.function == caller && is_handed(q, way, i - 1, f.src, value, depth + 1))
			return true;
	}
	return false;
}

/* In the function that hop i leaves: can the slot hold the value, on this way? */
static bool is_handed(struct ew_query *q, const GArray *way, guint i, int64_t slot, int64_t value, int depth)
{
	ew_auto(rows) r = NULL;

	if (slot == value)
		return true;
	if (ew_node_kind_of(slot) == EW_NODE_FUNCTION || !query_reaches(q, slot, value))
		return false;
	if (ew_node_kind_of(slot) == EW_NODE_PARAM)
		return i == 0 || depth > DEEPEST_WRAPPER || is_given(q, way, i, slot, value, depth);
	if (ew_node_kind_of(slot) != EW_NODE_LOCAL || depth > DEEPEST_WRAPPER)
		return true;
	r = ew_store_select(q->store, EW_FLOWS_INTO, "i", slot);
	while (ew_rows_next(r)) {
		struct flow_row f;

		query_read_flow(r, &f);
		if (is_handed(q, way, i, f.src, value, depth + 1))
			return true;
	}
	return false;
}

/* Through what the call goes if that is a parameter or a local, else 0. Most ways go by the same calls. */
static int64_t local_slot(struct ew_query *q, uint32_t call)
{
	gpointer key = GSIZE_TO_POINTER((gsize)call), known;
	int64_t slot = 0;
	struct call_row c;

	if (!q->local_slots)
		q->local_slots = g_hash_table_new(NULL, NULL);
	if (g_hash_table_lookup_extended(q->local_slots, key, NULL, &known))
		return (int64_t)GPOINTER_TO_SIZE(known);
	if (query_call_row(q, call, &c) &&
	    (ew_node_kind_of(c.slot) == EW_NODE_PARAM || ew_node_kind_of(c.slot) == EW_NODE_LOCAL))
		slot = c.slot;
	g_hash_table_insert(q->local_slots, key, GSIZE_TO_POINTER((gsize)slot));
	return slot;
}

bool path_can_be_gone(struct ew_query *q, const GArray *way)
{
	const struct call_graph *g = &q->graph;
	guint i;

	for (i = 1; i < way->len; i++) {
		uint32_t edge = g_array_index(way, uint32_t, i);
		bool is_pointer = edge < g->edges && g->to[edge] & EW_GRAPH_POINTER;
		int64_t slot = is_pointer ? local_slot(q, g->call[edge]) : 0;

		if (slot &&
		    !is_handed(q, way, i, slot, ew_node_make(EW_NODE_FUNCTION, g->to[edge] & EW_GRAPH_FUNCTION), 0))
			return false;
	}
	return true;
}

/* ---- what a function is given that it queues ------------------------------------------------------- */

/* The flows that give the function its parameters, through wrappers around it, too. */
static void add_givers(struct ew_query *q, int64_t function, GHashTable *seen, GHashTable *flows, int depth)
{
	int position;

	if (depth > DEEPEST_WRAPPER || !g_hash_table_add(seen, GSIZE_TO_POINTER((gsize)function)))
		return;
	for (position = 0; position < MOST_PARAMETERS; position++) {
		ew_auto(rows) r = ew_store_select(q->store, EW_FLOWS_INTO, "i", ew_node_param(function, position));
		struct flow_row f;

		while (ew_rows_next(r)) {
			query_read_flow(r, &f);
			if (ew_node_kind_of(f.src) == EW_NODE_PARAM && !f.is_address)
				add_givers(q, ew_node_id(f.src), seen, flows, depth + 1);
			else
				g_hash_table_add(flows, GSIZE_TO_POINTER((gsize)f.id));
		}
	}
}

static int64_t proof_of(struct ew_query *q, const struct queueing *k)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_EDGES_OF_CALL, "i", k->call);
	struct edge_row e;

	while (ew_rows_next(r)) {
		query_read_edge(r, &e);
		if (e.callee == k->to)
			return e.proof;
	}
	return 0;
}

/* Does the function stand between who gives the object, by the queueing's flow, and the registrar? */
static bool hands_on(struct ew_query *q, const struct queueing *k, int64_t function)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_PROOF, "i", proof_of(q, k));
	bool is_of_flow = false;
	struct flow_row f;

	while (ew_rows_next(r)) {
		int role = ew_rows_int(r, 0);

		if (role == EW_ROLE_REGISTER)
			is_of_flow = ew_rows_int(r, 1) == k->flow;
		if (is_of_flow && (role == EW_ROLE_REGISTER || role == EW_ROLE_HAND_ON) &&
		    query_flow_row(q, ew_rows_int(r, 1), &f) && ew_node_kind_of(f.dst) == EW_NODE_PARAM &&
		    ew_node_id(f.dst) == function)
			return true;
	}
	return false;
}

/* Indexes of queueings: what the function queues where somebody gives it the object. NULL if it is none of those. */
static GArray *find_given(struct ew_query *q, const GArray *queueings, int64_t function)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL), flows = g_hash_table_new(NULL, NULL);
	GArray *given = NULL;
	guint i;

	add_givers(q, function, seen, flows, 0);
	for (i = 0; g_hash_table_size(flows) && i < queueings->len; i++) {
		const struct queueing *k = &g_array_index(queueings, struct queueing, i);

		if (k->from == function || !g_hash_table_contains(flows, GSIZE_TO_POINTER((gsize)k->flow)) ||
		    !hands_on(q, k, function))
			continue;
		if (!given)
			given = g_array_new(false, false, sizeof(uint32_t));
		g_array_append_val(given, i);
	}
	return given;
}

/* ---- the search ------------------------------------------------------------------------------------ */

struct detour {
	struct ew_query *query;
	const struct hops *hops;
	const GArray *queueings;
	uint32_t *first, *next; /* queueings by the function that they leave: + 1, 0 at the end */
	const GArray *given;
	uint32_t from, to;
	struct way_search *search;
};

static void sort_queueings(struct detour *d)
{
	guint i;

	d->first = g_new0(uint32_t, d->hops->functions);
	d->next = g_new0(uint32_t, d->queueings->len + 1);
	for (i = d->queueings->len; i > 0; i--) {
		uint32_t from = g_array_index(d->queueings, struct queueing, i - 1).from;

		d->next[i - 1] = d->first[from];
		d->first[from] = i;
	}
}

static void offer_queueing(const struct detour *d, uint32_t node, uint32_t index)
{
	const struct wide_graph *w = d->query->wide;
	uint32_t edge = w->graph->edges + index;

	search_offer(d->search, wide_to(w, edge), d->search->cost[node] + wide_cost(w, edge), edge, node);
}

static void expand(const struct detour *d, uint32_t node)
{
	const struct hops *h = d->hops;
	uint32_t i;

	for (i = h->first[node]; i < h->first[node + 1]; i++) {
		const struct hop *hop = &h->all[i];
		uint32_t cost = hop->edge == HOP_NO_EDGE ? 0 : wide_cost(d->query->wide, hop->edge);

		search_offer(d->search, hop->to, d->search->cost[node] + cost, hop->edge, node);
	}
	for (i = node < h->functions ? d->first[node] : 0; i; i = d->next[i - 1])
		offer_queueing(d, node, i - 1);
}

/* Whoever asks from a function may mean any caller of it: whatever its parameters can hold, they hold. */
static void offer_start(const struct detour *d)
{
	const struct hops *h = d->hops;
	uint32_t i;

	search_offer(d->search, d->from, 0, SEARCH_NONE, SEARCH_NONE);
	for (i = h->functions; i < h->nodes; i++)
		if (h->function[i - h->functions] == d->from)
			search_offer(d->search, i, 0, SEARCH_NONE, SEARCH_NONE);
	for (i = 0; d->given && i < d->given->len; i++)
		offer_queueing(d, d->from, g_array_index(d->given, uint32_t, i));
}

/* Without the steps that are no edges. */
static GArray *edges_to(const struct detour *d, uint32_t node)
{
	GArray *way = search_way(d->search, node);
	guint i = 0;

	while (i < way->len)
		if (g_array_index(way, uint32_t, i) == HOP_NO_EDGE)
			g_array_remove_index(way, i);
		else
			i++;
	return way;
}

static GArray *run_search(const struct detour *d)
{
	uint32_t node;

	search_begin(d->search, d->hops->nodes, COST_MOST);
	offer_start(d);
	while (search_next(d->search, &node)) {
		if (node == d->to && d->search->cost[node])
			return edges_to(d, node);
		expand(d, node);
	}
	return NULL;
}

static GArray *search_apart(struct ew_query *q, struct binding *b, const struct wide_graph *w, uint32_t from,
			    uint32_t to, const GArray *given)
{
	g_autoptr(GHashTable) deferred = g_hash_table_new(NULL, NULL);
	g_autofree bool *none_closed = NULL;
	struct detour d = {.query = q, .queueings = w->queueings, .given = given, .from = from, .to = to,
			   .search = &q->search};
	struct hops *hops;
	GArray *way;

	if (!query_load_graph(q))
		return NULL;
	none_closed = g_new0(bool, q->graph.functions);
	d.hops = hops = query_hops_new(q, b, none_closed, deferred);
	sort_queueings(&d);
	way = run_search(&d);
	g_free(d.first);
	g_free(d.next);
	query_hops_free(hops);
	return way;
}

GPtrArray *path_given(struct ew_query *q, int64_t function)
{
	const struct wide_graph *w = query_wide_graph(q);
	g_autoptr(GArray) given = w ? find_given(q, w->queueings, function) : NULL;
	GPtrArray *work = g_ptr_array_new();
	guint i;

	for (i = 0; given && i < given->len; i++) {
		uint32_t index = g_array_index(given, uint32_t, i);
		int64_t to = g_array_index(w->queueings, struct queueing, index).to;
		const char *name = query_symbol(q, EW_SYMBOL_FUNCTION, to)->name;

		if (!g_ptr_array_find(work, name, NULL))
			g_ptr_array_add(work, (gpointer)name);
	}
	return work;
}

GArray *path_find_possible(struct ew_query *q, struct binding *b, int64_t from, int64_t to)
{
	const struct wide_graph *w = query_wide_graph(q);
	GArray *way = w ? path_find(q, b, from, to) : NULL;
	g_autoptr(GArray) given = NULL;

	if (!w || from < 0 || to < 0 || from >= q->graph.functions || to >= q->graph.functions)
		return way;
	given = find_given(q, w->queueings, from);
	if (!given && (!way || path_can_be_gone(q, way)))
		return way;
	g_clear_pointer(&way, g_array_unref);
	return search_apart(q, b, w, from, to, given);
}
