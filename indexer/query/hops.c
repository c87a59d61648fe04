/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See hops.h. */
#include <string.h>

#include "query/hops.h"

enum { COST_TARGETS = 4, MOST_COPIES = 3 };

/* "f stands in the parameter": a node behind the functions. */
struct carried {
	int64_t parameter, value; /* nodes of the index; the value is a function's */
};

struct builder {
	struct ew_query *query;
	struct binding *binding;
	const bool *closed;
	GHashTable *deferred;
	bool *is_pointed;    /* by function: called through a pointer */
	GArray *hops;	     /* of struct hop */
	GArray *carried;     /* of struct carried */
	GHashTable *nodes;   /* struct carried, owned -> its index in carried + 1 */
	GHashTable *alternatives; /* caller << 32 | callee -> the pointer call that the call by name stands for */
	GHashTable *mixed; /* ids of calls of which a caller gives an object that holds nothing there */
};

static guint hash_carried(gconstpointer key)
{
	const struct carried *c = key;

	return g_int64_hash(&c->parameter) * 31 + g_int64_hash(&c->value);
}

static gboolean is_same_carried(gconstpointer a, gconstpointer b)
{
	return !memcmp(a, b, sizeof(struct carried));
}

static void add_hop(struct builder *b, const struct hop *hop)
{
	g_array_append_val(b->hops, *hop);
}

static bool is_open(const struct builder *b, uint32_t edge)
{
	const struct call_graph *g = &b->query->graph;

	if (b->closed[g->to[edge] & EW_GRAPH_FUNCTION])
		return false;
	if (g->to[edge] & EW_GRAPH_POINTER && g_hash_table_contains(b->deferred, GSIZE_TO_POINTER((gsize)edge + 1)))
		return false;
	return path_is_left(b->binding, edge);
}

/* ---- what is handed to a parameter --------------------------------------------------------------- */

static uint32_t node_of(struct builder *b, int64_t parameter, int64_t value)
{
	struct carried c = {parameter, value};
	gpointer known = g_hash_table_lookup(b->nodes, &c);

	if (!known) {
		g_array_append_val(b->carried, c);
		known = GUINT_TO_POINTER(b->carried->len);
		g_hash_table_insert(b->nodes, g_memdup2(&c, sizeof c), known);
	}
	return b->query->graph.functions + GPOINTER_TO_UINT(known) - 1;
}

/* The direct call's edge; HOP_NO_EDGE if the configuration leaves none. */
static uint32_t direct_edge(const struct call_graph *g, int64_t caller, uint32_t callee)
{
	uint32_t i;

	if (caller < 0 || caller >= g->functions)
		return HOP_NO_EDGE;
	for (i = g->first[caller]; i < g->first[caller + 1]; i++)
		if (g->to[i] == callee)
			return i;
	return HOP_NO_EDGE;
}

/* Can `value` come into a slot of function f from the source, and how? Each way is a hop into `hop->to`. */
static void add_source(struct builder *b, struct hop *hop, int64_t source, int64_t value, int depth)
{
	struct ew_query *q = b->query;
	uint32_t from = hop->from;

	if (source == value) {
		hop->class = HOP_PROVED;
		add_hop(b, hop);
	} else if (ew_node_kind_of(source) == EW_NODE_PARAM && query_reaches(q, source, value)) {
		hop->from = node_of(b, source, value);
		hop->class = HOP_PROVED;
		add_hop(b, hop);
		hop->from = from;
	} else if (ew_node_kind_of(source) == EW_NODE_LOCAL && depth < MOST_COPIES &&
		   query_reaches(q, source, value)) {
		ew_auto(rows) r = ew_store_select(q->store, EW_FLOWS_INTO, "i", source);

		while (ew_rows_next(r)) {
			struct flow_row f;

			query_read_flow(r, &f);
			add_source(b, hop, f.src, value, depth + 1);
		}
	} else if (ew_node_kind_of(source) != EW_NODE_PARAM &&
		   ew_node_kind_of(source) != EW_NODE_FUNCTION && query_reaches(q, source, value)) {
		hop->class = query_count_functions(q, source) == 1 ? HOP_PROVED : HOP_DOUBT;
		add_hop(b, hop);
	}
}

/* How the function of a node comes to be entered with its value. */
static void add_entries(struct builder *b, guint index)
{
	struct ew_query *q = b->query;
	const struct carried c = g_array_index(b->carried, struct carried, index);
	uint32_t callee = ew_node_id(c.parameter), node = q->graph.functions + index;
	guint before = b->hops->len;
	ew_auto(rows) r = ew_store_select(q->store, EW_FLOWS_INTO, "i", c.parameter);

	while (ew_rows_next(r)) {
		struct hop hop = {.to = node, .cost = COST_DIRECT};
		struct flow_row f;

		query_read_flow(r, &f);
		hop.edge = direct_edge(&q->graph, f.function, callee);
		hop.from = f.function;
		hop.call = f.call;
		if (hop.edge != HOP_NO_EDGE && is_open(b, hop.edge))
			add_source(b, &hop, f.src, c.value, 0);
	}
	if (before == b->hops->len || b->is_pointed[callee])
		add_hop(b, &(struct hop){.from = callee, .to = node, .edge = HOP_NO_EDGE, .class = HOP_DOUBT});
}

/* ---- calls through a pointer --------------------------------------------------------------------- */

/* Is the object found through a member, so that nothing but the object decides? */
static bool is_found_in_member(struct ew_query *q, int64_t base, int depth)
{
	ew_auto(rows) r = NULL;
	bool is_any = false;

	if (ew_node_kind_of(base) != EW_NODE_LOCAL || depth == MOST_COPIES)
		return ew_node_kind_of(base) == EW_NODE_FIELD;
	r = ew_store_select(q->store, EW_FLOWS_INTO, "i", base);
	while (ew_rows_next(r)) {
		struct flow_row f;

		query_read_flow(r, &f);
		if (!is_found_in_member(q, f.src, depth + 1))
			return false;
		is_any = true;
	}
	return is_any;
}

static GHashTable *callees_by_object(struct ew_query *q, int64_t call)
{
	GHashTable *callees = g_hash_table_new(NULL, NULL);
	ew_auto(rows) r = ew_store_select(q->store, EW_EDGES_OF_CALL, "i", call);

	while (ew_rows_next(r)) {
		struct edge_row e;

		query_read_edge(r, &e);
		if (e.grade >= 3)
			g_hash_table_add(callees, GSIZE_TO_POINTER((gsize)e.callee));
	}
	return callees;
}

/* Through a parameter, or a local that is given one. */
static bool add_by_parameter(struct builder *b, const struct call_row *c, struct hop *hop)
{
	int64_t value = ew_node_make(EW_NODE_FUNCTION, hop->to);
	guint before = b->hops->len;

	if (ew_node_kind_of(c->slot) != EW_NODE_PARAM && ew_node_kind_of(c->slot) != EW_NODE_LOCAL)
		return false;
	add_source(b, hop, c->slot, value, 0);
	return b->hops->len > before;
}

/* What a call through a pointer says of all its targets. */
struct wide {
	struct call_row call;
	GHashTable *by_object; /* NULL if the object is not found through a member */
	uint8_t cost;
};

static bool wide_init(struct wide *w, struct builder *b, int64_t call, uint32_t targets)
{
	struct ew_query *q = b->query;

	*w = (struct wide){.cost = COST_DIRECT + 1 + COST_TARGETS * g_bit_storage(targets - 1)};
	if (!query_call_row(q, call, &w->call))
		return false;
	if (w->call.mode == EW_BASE_POINTER && is_found_in_member(q, w->call.base, 0))
		w->by_object = callees_by_object(q, call);
	return true;
}

static void add_one_of(struct builder *b, const struct wide *w, uint32_t caller, uint32_t edge, uint32_t instead)
{
	struct hop hop = {
		.from = caller,
		.to = b->query->graph.to[edge] & EW_GRAPH_FUNCTION,
		.edge = edge,
		.instead = instead,
		.cost = w->cost,
	};
	gpointer key = GSIZE_TO_POINTER((gsize)hop.to);

	if (!is_open(b, edge) || add_by_parameter(b, &w->call, &hop))
		return;
	hop.class = w->by_object && g_hash_table_contains(w->by_object, key) ? HOP_OBJECT : HOP_DOUBT;
	add_hop(b, &hop);
}

static void add_wide_call(struct builder *b, uint32_t caller, uint32_t i, uint32_t end)
{
	struct wide w;

	if (wide_init(&w, b, b->query->graph.call[i], end - i))
		for (; i < end; i++)
			add_one_of(b, &w, caller, i, 0);
	if (w.by_object)
		g_hash_table_unref(w.by_object);
}

/* A call by name that stands for one through a pointer is worth what that one is. */
static bool add_alternative(struct builder *b, uint32_t caller, uint32_t edge)
{
	int64_t key = (int64_t)caller << 32 | b->query->graph.to[edge];
	const int64_t *call = g_hash_table_lookup(b->alternatives, &key);
	int targets = call ? query_count_targets(b->query, *call) : 1;
	GHashTable *left = call && b->binding ? g_hash_table_lookup(binding_calls(b->binding),
								    GSIZE_TO_POINTER((gsize)*call))
					      : NULL;
	struct wide w;

	if (left) /* which of them is called, is the binding's to say */
		return false;
	if (targets < 2)
		return false;
	if (wide_init(&w, b, *call, targets))
		add_one_of(b, &w, caller, edge, *call);
	if (w.by_object)
		g_hash_table_unref(w.by_object);
	return true;
}

static bool is_bound(const struct builder *b, uint32_t edge)
{
	return b->binding && g_hash_table_contains(binding_calls(b->binding),
						   GSIZE_TO_POINTER((gsize)b->query->graph.call[edge]));
}

/* Of the pointer call whose first edge stands at i: the position behind its last. */
static uint32_t end_of_call(const struct call_graph *g, uint32_t i, uint32_t end)
{
	uint32_t last = i + 1;

	while (last < end && g->call[last] == g->call[i] && (g->to[last] & EW_GRAPH_POINTER))
		last++;
	return last;
}

static void add_calls(struct builder *b, uint32_t caller)
{
	const struct call_graph *g = &b->query->graph;
	uint32_t i = g->first[caller], end = g->first[caller + 1], last;

	for (; i < end; i = last) {
		bool is_pointer = g->to[i] & EW_GRAPH_POINTER;
		enum hop_class class;

		last = is_pointer ? end_of_call(g, i, end) : i + 1;
		if (last - i > 1 && !is_bound(b, i)) {
			add_wide_call(b, caller, i, last);
			continue;
		}
		if (!is_pointer && add_alternative(b, caller, i))
			continue;
		class = is_pointer && !is_bound(b, i) && g_hash_table_contains(b->mixed, GSIZE_TO_POINTER((gsize)g->call[i]))
				? HOP_DOUBT
				: HOP_PROVED;
		for (; i < last; i++)
			if (is_open(b, i))
				add_hop(b, &(struct hop){.from = caller,
							 .to = g->to[i] & EW_GRAPH_FUNCTION,
							 .edge = i,
							 .class = class,
							 .cost = COST_DIRECT + is_pointer});
	}
}

static void load_alternatives(struct builder *b)
{
	ew_auto(rows) r = ew_store_select(b->query->store, EW_ALTERNATIVES, "");

	while (ew_rows_next(r)) {
		int64_t *key = g_new(int64_t, 2); /* what it maps to stands behind it */

		key[0] = ew_rows_int(r, 1) << 32 | ew_rows_int(r, 2);
		key[1] = ew_rows_int(r, 0);
		g_hash_table_insert(b->alternatives, key, key + 1);
	}
}

static void load_mixed(struct builder *b)
{
	ew_auto(rows) r = ew_store_select(b->query->store, EW_MIXED_CALLS, "");

	while (ew_rows_next(r))
		g_hash_table_add(b->mixed, GSIZE_TO_POINTER((gsize)ew_rows_int(r, 0)));
}

/* ---- all of them --------------------------------------------------------------------------------- */

/* By node; those of one node stay in the order of their calls. */
static struct hops *sorted(struct builder *b)
{
	struct hops *h = g_new0(struct hops, 1);
	uint32_t *next;
	guint i;

	h->functions = b->query->graph.functions;
	h->nodes = h->functions + b->carried->len;
	h->first = g_new0(uint32_t, h->nodes + 1);
	h->all = g_new(struct hop, b->hops->len);
	h->function = g_new(uint32_t, b->carried->len);
	for (i = 0; i < b->carried->len; i++)
		h->function[i] = ew_node_id(g_array_index(b->carried, struct carried, i).parameter);
	for (i = 0; i < b->hops->len; i++)
		h->first[g_array_index(b->hops, struct hop, i).from + 1]++;
	for (i = 0; i < h->nodes; i++)
		h->first[i + 1] += h->first[i];
	next = g_memdup2(h->first, h->nodes * sizeof *next);
	for (i = 0; i < b->hops->len; i++) {
		const struct hop *hop = &g_array_index(b->hops, struct hop, i);

		h->all[next[hop->from]++] = *hop;
	}
	g_free(next);
	return h;
}

struct hops *query_hops_new(struct ew_query *q, struct binding *binding, const bool *closed,
			    GHashTable *deferred)
{
	const struct call_graph *g = &q->graph;
	struct builder b = {.query = q, .binding = binding, .closed = closed, .deferred = deferred};
	struct hops *h;
	uint32_t i;

	b.is_pointed = g_new0(bool, g->functions);
	b.hops = g_array_sized_new(false, false, sizeof(struct hop), g->edges + 1);
	b.carried = g_array_new(false, false, sizeof(struct carried));
	b.nodes = g_hash_table_new_full(hash_carried, is_same_carried, g_free, NULL);
	b.alternatives = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	load_alternatives(&b);
	b.mixed = g_hash_table_new(NULL, NULL);
	load_mixed(&b);
	for (i = 0; i < g->edges; i++)
		if (g->to[i] & EW_GRAPH_POINTER)
			b.is_pointed[g->to[i] & EW_GRAPH_FUNCTION] = true;
	for (i = 0; i < g->functions; i++)
		add_calls(&b, i);
	for (i = 0; i < b.carried->len; i++)
		add_entries(&b, i);
	h = sorted(&b);
	g_free(b.is_pointed);
	g_array_unref(b.hops);
	g_array_unref(b.carried);
	g_hash_table_unref(b.nodes);
	g_hash_table_unref(b.alternatives);
	g_hash_table_unref(b.mixed);
	return h;
}

void query_hops_free(struct hops *h)
{
	if (!h)
		return;
	g_free(h->first);
	g_free(h->all);
	g_free(h->function);
	g_free(h);
}
