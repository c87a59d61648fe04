/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Static calls that are updated through a pointer to their key: `(key)->func = value`, see parse/static_call.c.
 *
 * Which function comes to which key is narrower than all to all. Where both are found by way of one pointer p
 * (p->calls->key, p->hook.function), they are those of one object that p points to, and of one element where that is an
 * array. Where both are parameters, they are those of one call. Else the function's type has to decide, and the grade
 * says so. What is put there without a name is kept as UNKNOWN: the key holds more than is known.
 */
#include <string.h>

#include "resolve/internal.h"

enum { LONGEST_CHAIN = 8 };

struct keys {
	struct graph *graph;
	GArray *updates;    /* of int: flows into static_call_key.func by way of a local (key) */
	GHashTable *by_key; /* key << 32 | function -> struct key_store */
	GHashTable *types;  /* key -> the type of the calls through it */
	GArray *all;	    /* of int: keys whose address goes anywhere */
};

/* One update, while it is followed. */
struct following {
	struct keys *keys;
	const struct objects *objects;
	int update; /* the flow */
	int root;   /* the pointer by which key and value are found, or UNKNOWN */
	GArray *hops; /* of int: members from the root to the key */
	GArray *flows; /* of int: those that lead to the key, from the last one back */
	bool is_dead;  /* the update, or what hands it its values, is not compiled */
};

static int64_t pair(int a, int b)
{
	return (int64_t)a << 32 | (uint32_t)b;
}

static void free_store(gpointer data)
{
	struct key_store *k = data;

	g_array_unref(k->store.flows);
	g_free(k);
}

/* ---- loading --------------------------------------------------------------------------------- */

static bool is_key_local(struct graph *g, int node)
{
	ew_auto(rows) local = NULL;
	ew_auto(rows) name = NULL;

	if (node == UNKNOWN || graph_kind(g, node) != EW_NODE_LOCAL)
		return false;
	local = ew_store_select(g->store, EW_LOCAL, "i", ew_node_id(graph_node(g, node)));
	if (!ew_rows_next(local))
		return false;
	name = ew_store_select(g->store, EW_STRING, "i", ew_rows_int(local, 1));
	return ew_rows_next(name) && !strcmp(ew_rows_text(name, 0), "(key)");
}

static void find_all(struct keys *k)
{
	struct graph *g = k->graph;
	g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
	guint i;

	for (i = 0; i < g->sites->len; i++) {
		const struct site *s = &g_array_index(g->sites, struct site, i);
		int flow;

		if (s->slot == UNKNOWN || graph_kind(g, s->slot) != EW_NODE_VARIABLE ||
		    !g_hash_table_add(seen, GINT_TO_POINTER(s->slot)))
			continue;
		g_hash_table_insert(k->types, GINT_TO_POINTER(s->slot), GSIZE_TO_POINTER((gsize)s->signature));
		for (flow = g->first_out[s->slot]; flow >= 0; flow = graph_flow(g, flow)->next_out)
			if (graph_flow(g, flow)->is_address) {
				g_array_append_val(k->all, s->slot);
				break;
			}
	}
}

struct keys *keys_find(struct graph *g)
{
	struct keys *k = g_new0(struct keys, 1);
	int field = slot_named(g, "static_call_key.func"), i;

	k->graph = g;
	k->updates = g_array_new(false, false, sizeof(int));
	k->by_key = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, free_store);
	k->types = g_hash_table_new(NULL, NULL);
	k->all = g_array_new(false, false, sizeof(int));
	for (i = field == UNKNOWN ? -1 : g->first_in[field]; i >= 0; i = graph_flow(g, i)->next_in) {
		struct flow *f = graph_flow(g, i);

		if (f->dst_mode != EW_BASE_POINTER || !is_key_local(g, f->dst_base))
			continue;
		f->is_update = true;
		g_array_append_val(k->updates, i);
	}
	if (k->updates->len)
		find_all(k);
	return k;
}

void keys_free(struct keys *k)
{
	if (!k)
		return;
	g_array_unref(k->updates);
	g_hash_table_unref(k->by_key);
	g_hash_table_unref(k->types);
	g_array_unref(k->all);
	g_free(k);
}

/* ---- the result ------------------------------------------------------------------------------ */

const struct key_store *keys_store(const struct keys *k, int key, int function)
{
	int64_t at = pair(key, function);

	return k ? g_hash_table_lookup(k->by_key, &at) : NULL;
}

bool keys_has_open(struct graph *g, int slot)
{
	int flow = pair_map_get(&g->reached, slot, UNKNOWN, -1);

	return flow >= 0 && graph_flow(g, flow)->is_update;
}

static bool is_called_type(struct following *w, int key, int function)
{
	gsize type = GPOINTER_TO_SIZE(g_hash_table_lookup(w->keys->types, GINT_TO_POINTER(key)));

	return graph_has_type(w->keys->graph, function, type, true);
}

/* `first` are the flows that bring the function, `then` those that bring the key; each may be NULL. */
static void put(struct following *w, int key, int function, int object, int grade, const GArray *first,
		const GArray *then)
{
	struct graph *g = w->keys->graph;
	int64_t at = pair(key, function);
	bool is_dead = w->is_dead || graph_has_dead(g, first) || graph_has_dead(g, then);
	struct key_store *k;

	if (graph_kind(g, key) != EW_NODE_VARIABLE || function == UNKNOWN ||
	    graph_kind(g, function) != EW_NODE_FUNCTION ||
	    (pair_map_at(&g->reached, key, function) && (is_dead || !graph_is_dead(g, key, function))))
		return;
	graph_add_value(g, key, function, w->update, is_dead);
	k = g_new0(struct key_store, 1);
	k->grade = grade;
	k->store.is_dead = is_dead;
	k->store.object = object;
	k->store.field = graph_flow(g, w->update)->dst;
	k->store.function = function;
	k->store.flows = g_array_new(false, false, sizeof(int));
	if (first)
		g_array_append_vals(k->store.flows, first->data, first->len);
	if (then)
		g_array_append_vals(k->store.flows, then->data, then->len);
	g_array_append_val(k->store.flows, w->update);
	g_hash_table_insert(w->keys->by_key, g_memdup2(&at, sizeof at), k);
}

static void put_open(struct following *w, int key)
{
	struct graph *g = w->keys->graph;

	if (g->is_settled && graph_kind(g, key) == EW_NODE_VARIABLE)
		graph_add_value(g, key, UNKNOWN, w->update, w->is_dead);
}

/* ---- all to all ------------------------------------------------------------------------------ */

/* What the node may be: itself where its address is meant, else what it holds. */
static const GArray *values_of(struct graph *g, int node, bool is_address, GArray *own)
{
	if (node == UNKNOWN)
		return NULL;
	if (!is_address && graph_kind(g, node) != EW_NODE_FUNCTION)
		return graph_values(g, node);
	g_array_set_size(own, 0);
	g_array_append_val(own, node);
	return own;
}

static bool is_followed(struct graph *g, int node, bool is_address)
{
	if (node == UNKNOWN)
		return false;
	if (is_address || graph_kind(g, node) == EW_NODE_FUNCTION)
		return true;
	return graph_values(g, node) && !graph_holds_unknown(g, node);
}

static void put_all(struct following *w, const GArray *keys, const GArray *functions, bool is_open,
		    bool is_any)
{
	bool is_one = !is_any && keys && functions && (keys->len == 1 || functions->len == 1);
	guint i, k;

	for (i = 0; keys && i < keys->len; i++) {
		int key = g_array_index(keys, int, i);

		if (key == UNKNOWN)
			continue;
		if (is_open)
			put_open(w, key);
		for (k = 0; functions && k < functions->len; k++)
			if (is_one || is_called_type(w, key, g_array_index(functions, int, k)))
				put(w, key, g_array_index(functions, int, k), UNKNOWN,
				    is_one ? GRADE_FLOW : GRADE_SIGNATURE, NULL, NULL);
	}
}

/* A member of the keys' type that nothing is stored into in this index, or a parameter that nobody gives a value. */
static bool is_never_filled(struct graph *g, int slot)
{
	enum ew_node_kind kind = graph_kind(g, slot);
	ew_auto(rows) field = NULL;
	ew_auto(rows) type = NULL;

	if (g->first_in[slot] >= 0)
		return false;
	if (kind == EW_NODE_PARAM)
		return !graph_is_param_open(g, graph_node(g, slot));
	if (kind != EW_NODE_FIELD)
		return false;
	field = ew_store_select(g->store, EW_FIELD, "i", ew_node_id(graph_node(g, slot)));
	if (!ew_rows_next(field))
		return false;
	type = ew_store_select(g->store, EW_STRING, "i", ew_rows_int(field, 2));
	return ew_rows_next(type) && strstr(ew_rows_text(type, 0), "static_call_key");
}

/* May it be a key that no flow shows? */
static bool is_any_key(struct graph *g, int slot, int depth)
{
	int i;

	if (slot == UNKNOWN || graph_holds_unknown(g, slot) || depth == LONGEST_CHAIN)
		return true;
	if (graph_values(g, slot) || is_never_filled(g, slot))
		return false;
	for (i = g->first_in[slot]; i >= 0; i = graph_flow(g, i)->next_in)
		if (!graph_flow(g, i)->is_address && is_any_key(g, graph_flow(g, i)->src, depth + 1))
			return true;
	return g->first_in[slot] < 0;
}

static void cross(struct following *w, int key, bool is_key, int value, bool is_value)
{
	struct graph *g = w->keys->graph;
	g_autoptr(GArray) own_key = g_array_new(false, false, sizeof(int));
	g_autoptr(GArray) own_value = g_array_new(false, false, sizeof(int));
	bool is_any = !is_key && is_any_key(g, key, 0);
	const GArray *keys = is_any ? w->keys->all : values_of(g, key, is_key, own_key);
	const GArray *functions = values_of(g, value, is_value, own_value);

	if (is_any && !g->is_settled)
		return;

	put_all(w, keys, functions, !is_followed(g, value, is_value), is_any);
}

/* ---- parameters ------------------------------------------------------------------------------ */

static bool are_parameters_of_one(struct graph *g, int a, int b)
{
	return a != UNKNOWN && b != UNKNOWN && graph_kind(g, a) == EW_NODE_PARAM &&
	       graph_kind(g, b) == EW_NODE_PARAM &&
	       ew_node_id(graph_node(g, a)) == ew_node_id(graph_node(g, b));
}

static bool is_only_handed(struct graph *g, int parameter)
{
	int i;

	for (i = g->first_in[parameter]; i >= 0; i = graph_flow(g, i)->next_in)
		if (graph_flow(g, i)->how != EW_FLOW_ARGUMENT)
			return false;
	return g->first_in[parameter] >= 0 && !graph_holds_unknown(g, parameter);
}

/* Key and value as they are handed over by each call, out through wrappers. */
static void pair_by_call(struct following *w, int key, bool is_key, int value, bool is_value, int depth)
{
	struct graph *g = w->keys->graph;
	bool before = w->is_dead;
	int i, k;

	if (is_key || is_value || depth == LONGEST_CHAIN || !are_parameters_of_one(g, key, value) ||
	    !is_only_handed(g, key) || !is_only_handed(g, value)) {
		cross(w, key, is_key, value, is_value);
		return;
	}
	for (i = g->first_in[key]; i >= 0; i = graph_flow(g, i)->next_in)
		for (k = g->first_in[value]; k >= 0; k = graph_flow(g, k)->next_in)
			if (graph_flow(g, i)->call == graph_flow(g, k)->call) {
				w->is_dead = before || graph_flow(g, i)->is_dead || graph_flow(g, k)->is_dead;
				pair_by_call(w, graph_flow(g, i)->src, graph_flow(g, i)->is_address,
					     graph_flow(g, k)->src, graph_flow(g, k)->is_address, depth + 1);
			}
	w->is_dead = before;
}

/* ---- by way of one pointer ------------------------------------------------------------------- */

static bool is_in(const struct graph *g, int object, int whole)
{
	for (; object != UNKNOWN; object = graph_around(g, object).outer)
		if (object == whole)
			return true;
	return false;
}

/* Which element of the array it is in; UNKNOWN if that is not told. */
static int element_of(const struct graph *g, int object, int whole)
{
	int element = UNKNOWN;

	for (; object != UNKNOWN && object != whole; object = graph_around(g, object).outer)
		element = object;
	return object == whole && element != UNKNOWN && graph_kind(g, element) == EW_NODE_VARIABLE ? element
												     : UNKNOWN;
}

/* Is the flow one into a member of `whole`, as far as that is known? */
static bool may_be_into(struct graph *g, const struct flow *f, int whole)
{
	const GArray *values;
	guint i;

	if (f->dst_base == UNKNOWN || f->dst_mode == EW_BASE_NONE)
		return true;
	if (f->dst_mode == EW_BASE_OBJECT)
		return is_in(g, f->dst_base, whole) || graph_kind(g, graph_outermost(g, f->dst_base)) == EW_NODE_FIELD;
	values = graph_values(g, f->dst_base);
	for (i = 0; values && i < values->len; i++)
		if (g_array_index(values, int, i) == UNKNOWN || is_in(g, g_array_index(values, int, i), whole))
			return true;
	return false;
}

static int element_of_flow(struct graph *g, const struct flow *f, int whole)
{
	return f->dst_mode == EW_BASE_OBJECT ? element_of(g, f->dst_base, whole) : UNKNOWN;
}

static bool is_array(struct graph *g, int object)
{
	ew_auto(rows) r = NULL;
	ew_auto(rows) type = NULL;

	if (graph_kind(g, object) != EW_NODE_VARIABLE)
		return true;
	r = ew_store_select(g->store, EW_VARIABLE, "i", ew_node_id(graph_node(g, object)));
	if (!ew_rows_next(r))
		return true;
	type = ew_store_select(g->store, EW_STRING, "i", ew_rows_int(r, 6));
	return !ew_rows_next(type) || strchr(ew_rows_text(type, 0), '[');
}

struct key_way {
	int object, element;
	GArray *flows; /* of int, from the object that the root points to on */
};

static void drop_ways(GArray *ways)
{
	guint i;

	for (i = 0; i < ways->len; i++)
		g_array_unref(g_array_index(ways, struct key_way, i).flows);
	g_array_unref(ways);
}

static void add_way(GArray *ways, const struct key_way *before, int object, int element, int flow)
{
	struct key_way way = {object, before->element != UNKNOWN ? before->element : element, NULL};

	way.flows = g_array_new(false, false, sizeof(int));
	g_array_append_vals(way.flows, before->flows->data, before->flows->len);
	g_array_append_val(way.flows, flow);
	g_array_append_val(ways, way);
}

/* What member `hop` of the way's object points to. */
static void follow_hop(struct graph *g, const struct key_way *at, int hop, GArray *ways)
{
	g_autoptr(GArray) own = g_array_new(false, false, sizeof(int));
	int i;
	guint k;

	for (i = g->first_in[hop]; i >= 0; i = graph_flow(g, i)->next_in) {
		const struct flow *f = graph_flow(g, i);
		const GArray *values;

		if (at->object != UNKNOWN && !may_be_into(g, f, at->object))
			continue;
		values = values_of(g, f->src, f->is_address, own);
		for (k = 0; values && k < values->len; k++)
			add_way(ways, at, g_array_index(values, int, k), element_of_flow(g, f, at->object), i);
	}
}

static GArray *ways_to_keys(struct following *w, int object)
{
	struct graph *g = w->keys->graph;
	struct key_way start = {object, UNKNOWN, g_array_new(false, false, sizeof(int))};
	GArray *ways = g_array_new(false, false, sizeof(struct key_way));
	guint i, k;

	g_array_append_val(ways, start);
	for (i = w->hops->len; i-- > 0;) {
		GArray *next = g_array_new(false, false, sizeof(struct key_way));

		for (k = 0; k < ways->len; k++)
			follow_hop(g, &g_array_index(ways, struct key_way, k), g_array_index(w->hops, int, i), next);
		drop_ways(ways);
		ways = next;
	}
	return ways;
}

static void put_store(struct following *w, const GArray *ways, int whole, bool is_single,
		      const struct object_store *s)
{
	struct graph *g = w->keys->graph;
	int element = s->object == UNKNOWN ? UNKNOWN : element_of(g, s->object, whole);
	guint i;

	for (i = 0; i < ways->len; i++) {
		const struct key_way *way = &g_array_index(ways, struct key_way, i);

		if (way->object == UNKNOWN)
			continue;
		if (element != UNKNOWN && way->element != UNKNOWN && element != way->element)
			continue;
		if (is_single || (element != UNKNOWN && way->element != UNKNOWN))
			put(w, way->object, s->function, whole, GRADE_OBJECT, s->flows, way->flows);
		else if (is_called_type(w, way->object, s->function))
			put(w, way->object, s->function, whole, GRADE_SIGNATURE, s->flows, way->flows);
	}
}

static void put_open_ways(struct following *w, const GArray *ways)
{
	guint i, k;

	for (i = 0; i < ways->len; i++) {
		int key = g_array_index(ways, struct key_way, i).object;

		if (key != UNKNOWN)
			put_open(w, key);
		for (k = 0; key == UNKNOWN && k < w->keys->all->len; k++)
			put_open(w, g_array_index(w->keys->all, int, k));
	}
}

static bool is_open_member(struct graph *g, int field, int whole)
{
	int i;

	for (i = g->first_in[field]; i >= 0; i = graph_flow(g, i)->next_in)
		if (graph_flow(g, i)->src == UNKNOWN && may_be_into(g, graph_flow(g, i), whole))
			return true;
	return false;
}

/* The functions in the object, each to the keys that the same object leads to. */
static void pair_by_object(struct following *w, int whole)
{
	struct graph *g = w->keys->graph;
	int field = graph_flow(g, w->update)->src;
	bool is_single = !is_array(g, whole);
	GArray *ways = ways_to_keys(w, whole);
	guint i;

	for (i = 0; i < w->objects->stores->len; i++) {
		const struct object_store *s = g_ptr_array_index(w->objects->stores, i);

		if (graph_shares_bytes(g, s->field, field) &&
		    (s->object == UNKNOWN || is_in(g, s->object, whole) ||
		     graph_kind(g, graph_outermost(g, s->object)) == EW_NODE_FIELD))
			put_store(w, ways, whole, is_single, s);
	}
	if (is_open_member(g, field, whole))
		put_open_ways(w, ways);
	drop_ways(ways);
}

/* From (key) back to the pointer that it is found by. */
static void find_root(struct following *w, int slot)
{
	struct graph *g = w->keys->graph;
	int i;

	for (i = 0; i < LONGEST_CHAIN && graph_kind(g, slot) == EW_NODE_LOCAL; i++) {
		int flow = g->first_in[slot];
		const struct flow *f = flow < 0 ? NULL : graph_flow(g, flow);

		if (!f || f->next_in >= 0 || f->is_address || f->src == UNKNOWN)
			break;
		slot = f->src;
		if (graph_kind(g, slot) != EW_NODE_FIELD)
			continue;
		if (f->src_mode != EW_BASE_POINTER || f->src_base == UNKNOWN) {
			slot = UNKNOWN;
			break;
		}
		g_array_append_val(w->hops, f->src);
		slot = f->src_base;
	}
	w->root = slot;
}

static void follow_update(struct following *w)
{
	struct graph *g = w->keys->graph;
	const struct flow f = *graph_flow(g, w->update);
	int from = f.src_mode == EW_BASE_POINTER ? copied_slot(g, f.src_base) : UNKNOWN;
	bool is_one = f.src != UNKNOWN && graph_kind(g, f.src) == EW_NODE_FIELD && from != UNKNOWN && from == w->root &&
		      w->hops->len && !graph_holds_unknown(g, from) && graph_values(g, from);
	const GArray *values = is_one ? graph_values(g, from) : NULL;
	guint i;

	if (!is_one && !w->hops->len && w->root != UNKNOWN)
		pair_by_call(w, w->root, false, f.src, f.is_address, 0);
	else if (!is_one)
		cross(w, f.dst_base, false, f.src, f.is_address);
	for (i = 0; values && i < values->len; i++)
		if (graph_kind(g, g_array_index(values, int, i)) != EW_NODE_FUNCTION)
			pair_by_object(w, g_array_index(values, int, i));
}

void keys_follow(struct keys *k, const struct objects *o)
{
	guint i;

	for (i = 0; i < k->updates->len; i++) {
		g_autoptr(GArray) hops = g_array_new(false, false, sizeof(int));
		struct following w = {.keys = k, .objects = o, .hops = hops};

		w.update = g_array_index(k->updates, int, i);
		w.is_dead = graph_flow(k->graph, w.update)->is_dead;
		find_root(&w, graph_flow(k->graph, w.update)->dst_base);
		follow_update(&w);
	}
}
