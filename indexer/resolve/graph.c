/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The flow graph: what is loaded of it, and what is added on the way. */
#include <string.h>

#include "resolve/internal.h"

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
			.is_dead = !ew_rows_is_null(r, 15),
		};

		f.is_address |= graph_kind(g, f.src) == EW_NODE_CONSTANT; /* it is the value, not a place that holds one */
		g->has_dead |= f.is_dead;
		if (f.how == EW_FLOW_COPY && !f.is_address && graph_kind(g, f.dst) == EW_NODE_VARIABLE &&
		    graph_kind(g, f.src) == EW_NODE_VARIABLE)
			g_array_append_val(g->elements, f);
		else
			g_array_append_val(g->flows, f);
	}
}

/* An element is in its array, and is what that is where less is known. */
static void load_elements(struct graph *g)
{
	guint i;

	g_array_set_size(g->around, g->nodes->len);
	for (i = 0; i < g->elements->len; i++) {
		const struct flow *f = &g_array_index(g->elements, struct flow, i);

		g_array_index(g->around, struct around, f->src) = (struct around){f->dst, f->dst, UNKNOWN};
	}
}

static void load_defined(struct graph *g)
{
	ew_auto(rows) r = ew_store_select(g->store, EW_DEFINED_FUNCTIONS, "");

	while (ew_rows_next(r))
		g_hash_table_add(g->defined, GSIZE_TO_POINTER((gsize)ew_rows_int(r, 0)));
}

struct around graph_around(const struct graph *g, int number)
{
	if (number >= (int)g->around->len)
		return (struct around){UNKNOWN, UNKNOWN, UNKNOWN};
	return g_array_index(g->around, struct around, number);
}

int graph_outermost(const struct graph *g, int number)
{
	while (graph_around(g, number).outer != UNKNOWN)
		number = graph_around(g, number).outer;
	return number;
}

bool graph_is_within(const struct graph *g, int object, int wider)
{
	for (; object != UNKNOWN; object = graph_around(g, object).wider)
		if (object == wider)
			return true;
	return false;
}

/* The next wider object that anybody names. x.dw.work: foo.dw.work, or delayed_work.work */
static int wider_of(struct graph *g, int outer, int member)
{
	int found;

	for (outer = graph_around(g, outer).wider; outer != UNKNOWN; outer = graph_around(g, outer).wider) {
		found = pair_map_get(&g->parts, outer, member, UNKNOWN);
		if (found != UNKNOWN)
			return found;
	}
	return member;
}

/* Outer ones come before their parts. */
static void load_parts(struct graph *g)
{
	g_autoptr(GArray) rows = g_array_new(false, false, sizeof(int)); /* part, outer, member */
	ew_auto(rows) r = ew_store_select(g->store, EW_ALL_PARTS, "");
	guint i;

	while (ew_rows_next(r)) {
		int part = number_of(g, ew_node_make(EW_NODE_PART, ew_rows_int(r, 0)));
		int outer = number_of(g, ew_rows_int(r, 1));
		int member = number_of(g, ew_node_make(EW_NODE_FIELD, ew_rows_int(r, 2)));

		pair_map_add(&g->parts, outer, member, part);
		g_array_append_val(rows, part);
		g_array_append_val(rows, outer);
		g_array_append_val(rows, member);
	}
	load_elements(g);
	for (i = 0; i < rows->len; i += 3) {
		int outer = g_array_index(rows, int, i + 1), member = g_array_index(rows, int, i + 2);
		struct around a = {outer, wider_of(g, outer, member), member};

		g_array_index(g->around, struct around, g_array_index(rows, int, i)) = a;
	}
}

/* Calls through pointers; the slot of one may be no flow's. */
static void load_sites(struct graph *g)
{
	ew_auto(rows) count = ew_store_select(g->store, EW_CALL_COUNT, "");
	ew_auto(rows) r = ew_store_select(g->store, EW_POINTER_CALLS, "");

	if (ew_rows_next(count))
		g->calls_seen = ew_rows_int(count, 0);
	while (ew_rows_next(r)) {
		struct site s = {
			.call = ew_rows_int(r, 0),
			.caller = ew_rows_int(r, 1),
			.slot = number_of(g, ew_rows_int(r, 2)),
			.base = number_of(g, ew_rows_int(r, 3)),
			.mode = ew_rows_int(r, 4),
			.signature = ew_rows_int(r, 5),
		};

		g_array_append_val(g->sites, s);
	}
}

static void link_flow(struct graph *g, int i)
{
	struct flow *f = graph_flow(g, i);
	gpointer key = GSIZE_TO_POINTER((gsize)f->call);

	f->is_load = graph_kind(g, f->src) == EW_NODE_FIELD && !f->is_address &&
		     f->src_base != UNKNOWN && f->src_mode != EW_BASE_NONE;
	f->next_out = g->first_out[f->src];
	g->first_out[f->src] = i;
	f->next_in = g->first_in[f->dst];
	g->first_in[f->dst] = i;
	f->next_of_call = -1;
	if (!f->call)
		return;
	f->next_of_call = GPOINTER_TO_INT(g_hash_table_lookup(g->calls, key)) - 1;
	g_hash_table_insert(g->calls, key, GINT_TO_POINTER(i + 1));
}

static void link_flows(struct graph *g)
{
	guint i;

	g->first_out = g_new(int, g->nodes->len);
	g->first_in = g_new(int, g->nodes->len);
	memset(g->first_out, -1, g->nodes->len * sizeof(int));
	memset(g->first_in, -1, g->nodes->len * sizeof(int));
	for (i = 0; i < g->flows->len; i++)
		link_flow(g, i);
}

/* Whose address goes anywhere. */
static void find_taken(struct graph *g)
{
	guint i;

	for (i = 0; i < g->flows->len; i++)
		if (graph_kind(g, graph_flow(g, i)->src) == EW_NODE_FUNCTION)
			g_hash_table_add(g->taken, GSIZE_TO_POINTER((gsize)ew_node_id(
							   graph_node(g, graph_flow(g, i)->src))));
}

int graph_copy_flow(struct graph *g, int dst, int as)
{
	struct flow f = *graph_flow(g, as);
	int index = g->flows->len;

	f.dst = dst;
	f.dst_base = UNKNOWN;
	f.dst_mode = EW_BASE_NONE;
	g_array_append_val(g->flows, f);
	link_flow(g, index);
	g->changes++;
	return index;
}

int graph_add_flow(struct graph *g, int dst, int as, bool is_dead)
{
	int index = graph_copy_flow(g, dst, as);

	graph_flow(g, index)->is_dead |= is_dead;
	graph_add_values_of(g, index);
	return index;
}

int graph_first_of_call(const struct graph *g, int64_t call)
{
	return GPOINTER_TO_INT(g_hash_table_lookup(g->calls, GSIZE_TO_POINTER((gsize)call))) - 1;
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
	g->elements = g_array_new(false, false, sizeof(struct flow));
	g->calls = g_hash_table_new(NULL, NULL);
	g->defined = g_hash_table_new(NULL, NULL);
	g->taken = g_hash_table_new(NULL, NULL);
	g->open = g_hash_table_new(NULL, NULL);
	g->sites = g_array_new(false, false, sizeof(struct site));
	g->around = g_array_new(false, true, sizeof(struct around));
	g->values = g_ptr_array_new_with_free_func(free_values);
	pair_map_init(&g->reached);
	pair_map_init(&g->costs);
	pair_map_init(&g->joined);
	pair_map_init(&g->same_types);
	pair_map_init(&g->parts);
	g->types = g_hash_table_new(NULL, NULL);
	g->overlays = g_hash_table_new(NULL, NULL);
	g->shares = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_array_unref);
	g->besides = g_hash_table_new(NULL, NULL);
	g->overlay_groups = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
	g->handed_self = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_array_unref);
	number_of(g, 0);
	load_flows(g);
	load_sites(g);
	load_parts(g);
	graph_load_types(g);
	graph_load_overlays(g);
	graph_load_shares(g);
	load_defined(g);
	g_ptr_array_set_size(g->values, g->nodes->len);
	link_flows(g);
	find_taken(g);
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
	g_array_unref(g->elements);
	g_hash_table_unref(g->calls);
	g_hash_table_unref(g->defined);
	g_hash_table_unref(g->taken);
	g_hash_table_unref(g->open);
	g_free(g->work);
	g_array_unref(g->sites);
	g_array_unref(g->around);
	g_ptr_array_unref(g->values);
	g_free(g->first_out);
	g_free(g->first_in);
	pair_map_clear(&g->reached);
	pair_map_clear(&g->costs);
	pair_map_clear(&g->joined);
	pair_map_clear(&g->same_types);
	pair_map_clear(&g->parts);
	g_hash_table_unref(g->types);
	g_hash_table_unref(g->overlays);
	g_hash_table_unref(g->shares);
	g_hash_table_unref(g->besides);
	g_ptr_array_unref(g->overlay_groups);
	g_hash_table_unref(g->handed_self);
	keys_free(g->keys);
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

bool graph_is_among(const GArray *numbers, int number)
{
	guint i;

	for (i = 0; i < numbers->len; i++)
		if (g_array_index(numbers, int, i) == number)
			return true;
	return false;
}

bool graph_holds_unknown(const struct graph *g, int number)
{
	return pair_map_get(&g->reached, number, UNKNOWN, -2) != -2;
}
