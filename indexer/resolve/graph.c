/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The flow graph and its fixed point. */
#include <string.h>

#include "resolve/internal.h"

/* ---- pair_map: open addressing, since GHashTable would box every key ------------------------- */

void pair_map_init(struct pair_map *m)
{
	m->used = 0;
	m->size = 1 << 16;
	m->keys = g_new0(uint64_t, m->size);
	m->values = g_new(int, m->size);
}

void pair_map_clear(struct pair_map *m)
{
	g_clear_pointer(&m->keys, g_free);
	g_clear_pointer(&m->values, g_free);
}

static uint64_t pair_key(int a, int b)
{
	return ((uint64_t)(uint32_t)a << 32 | (uint32_t)b) + 1; /* 0 means free */
}

static size_t pair_slot(const struct pair_map *m, uint64_t key)
{
	size_t i = key * 0x9e3779b97f4a7c15u >> 20 & (m->size - 1);

	while (m->keys[i] && m->keys[i] != key)
		i = (i + 1) & (m->size - 1);
	return i;
}

static void pair_map_grow(struct pair_map *m)
{
	struct pair_map old = *m;
	size_t i;

	m->size = old.size * 2;
	m->keys = g_new0(uint64_t, m->size);
	m->values = g_new(int, m->size);
	for (i = 0; i < old.size; i++) {
		size_t at;

		if (!old.keys[i])
			continue;
		at = pair_slot(m, old.keys[i]);
		m->keys[at] = old.keys[i];
		m->values[at] = old.values[i];
	}
	pair_map_clear(&old);
}

bool pair_map_add(struct pair_map *m, int a, int b, int value)
{
	uint64_t key = pair_key(a, b);
	size_t i = pair_slot(m, key);

	if (m->keys[i])
		return false;
	if (m->used * 2 > m->size) {
		pair_map_grow(m);
		i = pair_slot(m, key);
	}
	m->keys[i] = key;
	m->values[i] = value;
	m->used++;
	return true;
}

int *pair_map_at(struct pair_map *m, int a, int b)
{
	size_t i = pair_slot(m, pair_key(a, b));

	return m->keys[i] ? &m->values[i] : NULL;
}

int pair_map_get(const struct pair_map *m, int a, int b, int missing)
{
	size_t i = pair_slot(m, pair_key(a, b));

	return m->keys[i] ? m->values[i] : missing;
}

/* ---- loading --------------------------------------------------------------------------------- */

static int number_of(struct graph *g, int64_t node)
{
	gpointer known = g_hash_table_lookup(g->numbers, &node);
	int64_t *key;
	int number;

	if (known)
		return GPOINTER_TO_INT(known) - 1;
	number = g->nodes->len;
	g_array_append_val(g->nodes, node);
	key = g_new(int64_t, 1);
	*key = node;
	g_hash_table_insert(g->numbers, key, GINT_TO_POINTER(number + 1));
	return number;
}

static void load_flows(struct graph *g)
{
	ew_auto(rows) r = ew_store_select(g->store, EW_ALL_FLOWS, "");

	while (ew_rows_next(r)) {
		struct flow f = {
			.id = ew_rows_int(r, 0),
			.dst = number_of(g, ew_rows_int(r, 1)),
			.dst_base = number_of(g, ew_rows_int(r, 2)),
			.dst_mode = ew_rows_int(r, 3),
			.src = number_of(g, ew_rows_int(r, 4)),
			.src_base = number_of(g, ew_rows_int(r, 5)),
			.src_mode = ew_rows_int(r, 6),
			.is_address = ew_rows_int(r, 7),
			.how = ew_rows_int(r, 8),
			.function = ew_rows_int(r, 9),
			.file = ew_rows_int(r, 10),
			.call = ew_rows_int(r, 13),
			.next_of_call = -1,
		};

		g_array_append_val(g->flows, f);
	}
}

static void load_defined(struct graph *g)
{
	ew_auto(rows) r = ew_store_select(g->store, EW_DEFINED_FUNCTIONS, "");

	while (ew_rows_next(r))
		g_hash_table_add(g->defined, GSIZE_TO_POINTER((gsize)ew_rows_int(r, 0)));
}

/* Calls through pointers; the slot of one may be no flow's. */
static void load_sites(struct graph *g)
{
	ew_auto(rows) r = ew_store_select(g->store, EW_ALL_CALLS, "");

	for (; ew_rows_next(r); g->calls_seen++) {
		struct site s = {
			.call = ew_rows_int(r, 0),
			.caller = ew_rows_int(r, 1),
			.signature = ew_rows_int(r, 7),
			.mode = ew_rows_int(r, 6),
		};

		if (!ew_rows_is_null(r, 3))
			continue;
		s.slot = number_of(g, ew_rows_int(r, 4));
		s.base = number_of(g, ew_rows_int(r, 5));
		g_array_append_val(g->sites, s);
	}
}

static void link_flows(struct graph *g)
{
	guint i;

	g->first_out = g_new(int, g->nodes->len);
	g->first_in = g_new(int, g->nodes->len);
	memset(g->first_out, -1, g->nodes->len * sizeof(int));
	memset(g->first_in, -1, g->nodes->len * sizeof(int));
	for (i = 0; i < g->flows->len; i++) {
		struct flow *f = graph_flow(g, i);

		f->next_out = g->first_out[f->src];
		g->first_out[f->src] = i;
		f->next_in = g->first_in[f->dst];
		g->first_in[f->dst] = i;
		if (f->call) {
			gpointer key = GSIZE_TO_POINTER((gsize)f->call);

			f->next_of_call =
				GPOINTER_TO_INT(g_hash_table_lookup(g->calls, key)) - 1;
			g_hash_table_insert(g->calls, key, GINT_TO_POINTER(i + 1));
		}
	}
}

/* ---- the fixed point ------------------------------------------------------------------------- */

/*
 * What a way of a value into a slot costs. The way that is kept is the evidence that readers see, so the
 * cheapest is the one that they would give: few flows; staying in a file (the tables of two protocols
 * flow through the same fields, each by its own code); beginning with what a table is initialised with,
 * which is what the kernel starts from, rather than with an assignment, which changes it later.
 */
enum { COST_FLOW = 4, COST_FILE = 1, COST_LATER = 16, MOST_COST = 1023 };

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
}

static void add_value(struct graph *g, struct work *w, int node, int value, int flow)
{
	struct pending p = {node, value, MIN(cost_of(g, value, flow), MOST_COST)};
	int *known = pair_map_at(&g->costs, node, value);

	if (known && *known <= p.cost)
		return;
	if (known) {
		*known = p.cost;
		*pair_map_at(&g->reached, node, value) = flow;
	} else {
		pair_map_add(&g->costs, node, value, p.cost);
		pair_map_add(&g->reached, node, value, flow);
		keep_value(g, node, value);
	}
	if (!w->by_cost[p.cost])
		w->by_cost[p.cost] = g_array_new(false, false, sizeof(struct pending));
	g_array_append_val(w->by_cost[p.cost], p);
}

bool graph_is_param_open(const struct graph *g, int64_t node)
{
	return g_hash_table_contains(g->taken, GSIZE_TO_POINTER((gsize)ew_node_id(node)));
}

/* A slot that holds what nobody in the index says: what a function without body returns, what a
 * function whose address is taken is given. */
static bool is_open(struct graph *g, int node)
{
	int64_t id = ew_node_id(graph_node(g, node));

	switch (graph_kind(g, node)) {
	case EW_NODE_RETURN:
		return !g_hash_table_contains(g->defined, GSIZE_TO_POINTER((gsize)id));
	case EW_NODE_PARAM:
		return graph_is_param_open(g, graph_node(g, node));
	case EW_NODE_ARGUMENT:
		return ew_node_position(graph_node(g, node)) == EW_NODE_RESULT;
	default:
		return false;
	}
}

static void seed(struct graph *g, struct work *w)
{
	guint i;

	for (i = 0; i < g->flows->len; i++) {
		struct flow *f = graph_flow(g, i);
		enum ew_node_kind kind = graph_kind(g, f->src);

		if (f->src == UNKNOWN || kind == EW_NODE_FUNCTION || f->is_address)
			add_value(g, w, f->dst, f->src, i);
		if (kind == EW_NODE_FUNCTION)
			g_hash_table_add(g->taken,
					 GSIZE_TO_POINTER((gsize)ew_node_id(graph_node(g, f->src))));
	}
	for (i = 1; i < g->nodes->len; i++)
		if (is_open(g, i))
			add_value(g, w, i, UNKNOWN, -1);
}

/* Dijkstra's order: when a value leaves its bucket, its way is the cheapest. */
static void solve(struct graph *g)
{
	struct work w = {{NULL}};
	int cost;

	seed(g, &w);
	for (cost = 0; cost <= MOST_COST; cost++) {
		guint k;

		for (k = 0; w.by_cost[cost] && k < w.by_cost[cost]->len; k++) {
			struct pending p = g_array_index(w.by_cost[cost], struct pending, k);
			int i;

			if (pair_map_get(&g->costs, p.node, p.value, -1) != cost)
				continue;
			for (i = g->first_out[p.node]; i >= 0; i = graph_flow(g, i)->next_out)
				if (!graph_flow(g, i)->is_address)
					add_value(g, &w, graph_flow(g, i)->dst, p.value, i);
		}
		g_clear_pointer(&w.by_cost[cost], g_array_unref);
	}
}

/* ---- access ---------------------------------------------------------------------------------- */

static void free_values(gpointer values)
{
	if (values)
		g_array_unref(values);
}

struct graph *graph_load(struct ew_store *store, GError **error)
{
	struct graph *g = g_new0(struct graph, 1);

	g->store = store;
	g->nodes = g_array_new(false, false, sizeof(int64_t));
	g->numbers = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	g->flows = g_array_new(false, false, sizeof(struct flow));
	g->calls = g_hash_table_new(NULL, NULL);
	g->defined = g_hash_table_new(NULL, NULL);
	g->taken = g_hash_table_new(NULL, NULL);
	g->sites = g_array_new(false, false, sizeof(struct site));
	g->values = g_ptr_array_new_with_free_func(free_values);
	pair_map_init(&g->reached);
	pair_map_init(&g->costs);
	number_of(g, 0);
	load_flows(g);
	load_sites(g);
	load_defined(g);
	g_ptr_array_set_size(g->values, g->nodes->len);
	link_flows(g);
	solve(g);
	if (!ew_store_error(store))
		return g;
	g_propagate_error(error, g_error_copy(ew_store_error(store)));
	graph_free(g);
	return NULL;
}

void graph_free(struct graph *g)
{
	if (!g)
		return;
	g_array_unref(g->nodes);
	g_hash_table_unref(g->numbers);
	g_array_unref(g->flows);
	g_hash_table_unref(g->calls);
	g_hash_table_unref(g->defined);
	g_hash_table_unref(g->taken);
	g_array_unref(g->sites);
	g_ptr_array_unref(g->values);
	g_free(g->first_out);
	g_free(g->first_in);
	pair_map_clear(&g->reached);
	pair_map_clear(&g->costs);
	g_free(g);
}

int graph_number(struct graph *g, int64_t node)
{
	gpointer known = g_hash_table_lookup(g->numbers, &node);

	return known ? GPOINTER_TO_INT(known) - 1 : UNKNOWN;
}

int64_t graph_node(const struct graph *g, int number)
{
	return g_array_index(g->nodes, int64_t, number);
}

enum ew_node_kind graph_kind(const struct graph *g, int number)
{
	return ew_node_kind_of(graph_node(g, number));
}

struct flow *graph_flow(const struct graph *g, int index)
{
	return &g_array_index(g->flows, struct flow, index);
}

const GArray *graph_values(const struct graph *g, int number)
{
	return g_ptr_array_index(g->values, number);
}

bool graph_holds_unknown(const struct graph *g, int number)
{
	return pair_map_get(&g->reached, number, UNKNOWN, -2) != -2;
}
