/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Objects: what is stored into which, and what is handed to whom.
 *
 * A store through a parameter (work->func = func) belongs to the objects of the callers: it is taken
 * over to each call, with that call's arguments in place of the parameters, and on through wrappers.
 */
#include <inttypes.h>

#include "resolve/internal.h"

enum { LONGEST_COPY = 8 };

/* A store that is still to be brought to its object. */
struct pending_store {
	int base, field, source;
	uint8_t mode;
	GArray *flows; /* of int, in reading order; owned */
	bool is_dead;  /* one of them */
};

static int64_t pair(int a, int b)
{
	return (int64_t)a << 32 | (uint32_t)b;
}

/* ---- the result ------------------------------------------------------------------------------ */

static void free_store(gpointer data)
{
	struct object_store *s = data;

	g_array_unref(s->flows);
	g_free(s);
}

static void keep_in(GHashTable *table, int64_t key, struct object_store *s)
{
	GPtrArray *list = g_hash_table_lookup(table, &key);

	if (!list) {
		int64_t *boxed = g_new(int64_t, 1);

		*boxed = key;
		list = g_ptr_array_new();
		g_hash_table_insert(table, boxed, list);
	}
	g_ptr_array_add(list, s);
}

static int last_of(const GArray *flows)
{
	return flows->len ? g_array_index(flows, int, flows->len - 1) : -1;
}

/* The first way is kept, but for one that is not compiled where another is. */
static void keep_way(struct objects *o, struct object_store *s, const GArray *first, const GArray *then, bool is_dead)
{
	if (s->flows->len && (!s->is_dead || is_dead))
		return;
	o->graph->changes += s->flows->len && s->is_copy; /* the others are found anew in each round */
	s->is_dead = is_dead;
	g_array_set_size(s->flows, 0);
	if (first)
		g_array_append_vals(s->flows, first->data, first->len);
	g_array_append_vals(s->flows, then->data, then->len);
}

static void emit(struct objects *o, int object, int field, int function, const GArray *first,
		 const GArray *then, bool is_dead)
{
	/* Another statement may be another mechanism's: call_rcu() and call_srcu() each store what they are given. */
	char *key = g_strdup_printf("%d.%d.%d=%d", object, field, function, last_of(then->len ? then : first));
	struct object_store *s = g_hash_table_lookup(o->seen, key);

	if (s) {
		keep_way(o, s, first, then, is_dead);
		g_free(key);
		return;
	}
	s = g_new0(struct object_store, 1);
	g_hash_table_insert(o->seen, key, s);
	s->object = object;
	s->field = field;
	s->function = function;
	s->is_copy = o->before != NULL;
	s->flows = g_array_new(false, false, sizeof(int));
	keep_way(o, s, first, then, is_dead);
	g_ptr_array_add(o->stores, s);
	if (object == UNKNOWN)
		keep_in(o->wild, field, s);
	for (; object != UNKNOWN; object = graph_around(o->graph, object).wider)
		keep_in(o->by_object, pair(object, field), s);
}

/* The flows by which `value` came to `node`, first one first. */
GArray *graph_way(struct graph *g, int node, int value)
{
	GArray *way = g_array_new(false, false, sizeof(int));

	for (;;) {
		int flow = pair_map_get(&g->reached, node, value, -1);

		if (flow < 0)
			break;
		g_array_prepend_val(way, flow);
		node = graph_flow(g, flow)->src;
		if (node == value)
			break;
	}
	return way;
}

static void emit_all(struct objects *o, int object, const struct pending_store *p,
		     const GPtrArray *stores, bool is_dead)
{
	guint i;

	for (i = 0; stores && i < stores->len; i++) {
		const struct object_store *s = g_ptr_array_index(stores, i);

		emit(o, object, p->field, s->function, s->flows, p->flows, s->is_dead || p->is_dead || is_dead);
	}
}

/* Out of the member of another object: what was known to be in there before this round. */
static void emit_members(struct objects *o, int object, const struct pending_store *p,
			 const struct flow *f)
{
	g_autoptr(GArray) from = objects_at(o->graph, f->src_base, f->src_mode);
	guint i;

	for (i = 0; i < from->len; i++)
		emit_all(o, object, p, objects_stores(o->before, g_array_index(from, int, i), f->src),
			 f->src_mode == EW_BASE_POINTER &&
				 graph_is_dead(o->graph, f->src_base, g_array_index(from, int, i)));
	emit_all(o, object, p, objects_wild(o->before, f->src), false);
	emit_all(o, object, p, objects_escaped(o->before, f->src, f->src_mode), false);
}

/* Every function that the source may be. */
static void emit_into_object(struct objects *o, int object, const struct pending_store *p)
{
	struct graph *g = o->graph;
	const GArray *values = graph_values(g, p->source);
	const struct flow *last = graph_flow(g, last_of(p->flows));
	guint i;

	if (last->is_load && last->src == p->source) {
		emit_members(o, object, p, last);
		return;
	}
	if (graph_kind(g, p->source) == EW_NODE_FUNCTION) {
		emit(o, object, p->field, p->source, NULL, p->flows, p->is_dead);
		return;
	}
	for (i = 0; values && i < values->len; i++) {
		int value = g_array_index(values, int, i);
		g_autoptr(GArray) way = NULL;

		if (value == UNKNOWN || graph_kind(g, value) != EW_NODE_FUNCTION)
			continue;
		way = graph_way(g, p->source, value);
		emit(o, object, p->field, value, way, p->flows, p->is_dead || graph_is_dead(g, p->source, value));
	}
}

static void note_beside(struct objects *o, guint from)
{
	guint i;

	for (i = from; i < o->stores->len; i++) {
		const struct object_store *s = g_ptr_array_index(o->stores, i);
		int64_t key = pair(s->field, s->function);

		g_hash_table_add(o->beside, g_memdup2(&key, sizeof key));
	}
}

static void emit_values(struct objects *o, int object, const struct pending_store *p)
{
	const struct flow *f = graph_flow(o->graph, last_of(p->flows));
	g_autoptr(GArray) beside = NULL;
	guint i, before = o->stores->len;

	if (!f->is_beside) {
		emit_into_object(o, object, p);
		return;
	}
	beside = graph_objects_beside(o->graph, f->upon, f->dst, object);
	for (i = 0; i < beside->len; i++)
		emit_into_object(o, g_array_index(beside, int, i), p);
	note_beside(o, before);
}

/* ---- bringing a store to its objects --------------------------------------------------------- */

/* A local that only ever holds a copy of one slot stands for that slot. */
int copied_slot(struct graph *g, int node)
{
	int i;

	for (i = 0; i < LONGEST_COPY && graph_kind(g, node) == EW_NODE_LOCAL; i++) {
		int flow = g->first_in[node];

		if (flow < 0 || graph_flow(g, flow)->next_in >= 0 ||
		    graph_flow(g, flow)->is_address || graph_flow(g, flow)->src == UNKNOWN)
			break;
		node = graph_flow(g, flow)->src;
	}
	return node;
}

static void bring(struct objects *o, const struct pending_store *p);

static void bring_with(struct objects *o, const struct pending_store *p, const struct flow *object,
		       int source, int flow)
{
	struct pending_store next = {
		.base = object->src,
		.field = p->field,
		.source = source,
		.mode = object->is_address ? EW_BASE_OBJECT : EW_BASE_POINTER,
		.flows = g_array_new(false, false, sizeof(int)),
		.is_dead = p->is_dead || object->is_dead || graph_flow(o->graph, flow)->is_dead,
	};
	char *key = g_strdup_printf("%d.%d.%d>%d=%d%s", next.base, next.mode, next.field, source, last_of(p->flows),
				    next.is_dead ? "-" : "");

	g_array_append_val(next.flows, flow);
	g_array_append_vals(next.flows, p->flows->data, p->flows->len);
	if (g_hash_table_add(o->seen, key))
		bring(o, &next);
	g_array_unref(next.flows);
}

/* One call of the function whose parameter is the base: `object` is the argument for it. */
static void bring_to_call(struct objects *o, const struct pending_store *p, int base, int object)
{
	struct graph *g = o->graph;
	const struct flow *of_object = graph_flow(g, object);
	bool is_parameter = graph_kind(g, p->source) == EW_NODE_PARAM &&
			    ew_node_id(graph_node(g, p->source)) == ew_node_id(graph_node(g, base));
	int i;

	if (!is_parameter) {
		bring_with(o, p, of_object, p->source, object);
		return;
	}
	i = GPOINTER_TO_INT(g_hash_table_lookup(g->calls, GSIZE_TO_POINTER((gsize)of_object->call)));
	for (i -= 1; i >= 0; i = graph_flow(g, i)->next_of_call)
		if (graph_flow(g, i)->dst == p->source && graph_flow(g, i)->src != UNKNOWN)
			bring_with(o, p, of_object, graph_flow(g, i)->src, i);
}

/* True if there are calls at all: else nobody hands it an object that we could name. */
static bool bring_to_calls(struct objects *o, const struct pending_store *p, int base)
{
	struct graph *g = o->graph;
	bool found = false;
	int i;

	for (i = g->first_in[base]; i >= 0; i = graph_flow(g, i)->next_in) {
		if (graph_flow(g, i)->how != EW_FLOW_ARGUMENT)
			continue;
		found = true;
		bring_to_call(o, p, base, i);
	}
	return found;
}

/* Into the object that the pointer holds. */
static void emit_into(struct objects *o, int pointer, int object, const struct pending_store *p)
{
	struct pending_store q = *p;

	q.is_dead |= graph_is_dead(o->graph, pointer, object);
	emit_values(o, object, &q);
}

static void bring(struct objects *o, const struct pending_store *p)
{
	struct graph *g = o->graph;
	int base = copied_slot(g, p->base);
	const GArray *values;
	bool found = false;
	guint i;

	if (p->mode == EW_BASE_OBJECT && p->base != UNKNOWN) {
		emit_values(o, p->base, p);
		return;
	}
	if (p->mode == EW_BASE_NONE || base == UNKNOWN) {
		emit_values(o, UNKNOWN, p);
		return;
	}
	if (graph_kind(g, base) == EW_NODE_PARAM) {
		found = bring_to_calls(o, p, base);
		values = g_hash_table_lookup(g->handed_self, GINT_TO_POINTER(base));
	} else {
		values = graph_values(g, base);
	}
	for (i = 0; values && i < values->len; i++) {
		int value = g_array_index(values, int, i);

		if (value == UNKNOWN || graph_kind(g, value) == EW_NODE_FUNCTION)
			continue;
		emit_into(o, base, value, p);
		found = true;
	}
	if ((found || !g->is_settled) && !graph_holds_unknown(g, base))
		return;
	emit_values(o, base, p); /* the objects that this slot points to, whichever they are */
	emit_values(o, UNKNOWN, p);
}

static void find_stores(struct objects *o, bool is_load)
{
	struct graph *g = o->graph;
	guint i;

	for (i = 0; i < g->flows->len; i++) {
		struct flow *f = graph_flow(g, i);
		struct pending_store p = {f->dst_base, f->dst, f->src, f->dst_mode, NULL, f->is_dead};
		int index = i;

		if (graph_kind(g, f->dst) != EW_NODE_FIELD || f->src == UNKNOWN || f->is_load != is_load || f->is_update ||
		    (f->is_address && graph_kind(g, f->src) != EW_NODE_FUNCTION))
			continue;
		p.flows = g_array_new(false, false, sizeof(int));
		g_array_append_val(p.flows, index);
		bring(o, &p);
		g_array_unref(p.flows);
	}
}

/* A copy that was found stays as it was found, so that its proof does not go round in circles. */
static void keep_copies(struct objects *o, const struct objects *before)
{
	g_autoptr(GArray) none = g_array_new(false, false, sizeof(int));
	guint i;

	for (i = 0; i < before->stores->len; i++) {
		const struct object_store *s = g_ptr_array_index(before->stores, i);

		if (!s->is_copy)
			continue;
		emit(o, s->object, s->field, s->function, s->flows, none, s->is_dead);
		if (graph_flow(o->graph, last_of(s->flows))->is_beside)
			note_beside(o, o->stores->len - 1);
	}
}

struct objects *objects_find(struct graph *g, const struct objects *before)
{
	struct objects *o = g_new0(struct objects, 1);

	o->graph = g;
	o->stores = g_ptr_array_new_with_free_func(free_store);
	o->let_dead = g_ptr_array_new_with_free_func(free_store);
	o->by_object = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free,
					     (GDestroyNotify)g_ptr_array_unref);
	o->wild = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free,
					(GDestroyNotify)g_ptr_array_unref);
	o->escaped = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free,
					   (GDestroyNotify)g_ptr_array_unref);
	o->beside = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	o->of_parts = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free,
					    (GDestroyNotify)g_ptr_array_unref);
	o->seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	find_stores(o, false);
	if (!before)
		return o;
	o->before = before;
	keep_copies(o, before);
	find_stores(o, true);
	o->before = NULL;
	return o;
}

static struct object_store *dead_copy(struct objects *o, const struct object_store *s)
{
	struct object_store *copy = g_memdup2(s, sizeof *s);

	g_array_ref(copy->flows);
	copy->is_dead = true;
	g_ptr_array_add(o->let_dead, copy);
	return copy;
}

void objects_let_escape(struct objects *o)
{
	g_autoptr(GHashTable) escaping = objects_escaping(o->graph);
	gpointer is_compiled;
	guint i;

	for (i = 0; i < o->stores->len; i++) {
		struct object_store *s = g_ptr_array_index(o->stores, i);

		if (g_hash_table_lookup_extended(escaping, GINT_TO_POINTER(graph_outermost(o->graph, s->object)), NULL,
						 &is_compiled))
			keep_in(o->escaped, s->field, is_compiled ? s : dead_copy(o, s));
	}
}

void objects_free(struct objects *o)
{
	if (!o)
		return;
	g_hash_table_unref(o->by_object);
	g_hash_table_unref(o->of_parts);
	g_hash_table_unref(o->beside);
	g_hash_table_unref(o->wild);
	g_hash_table_unref(o->escaped);
	g_hash_table_unref(o->seen);
	g_ptr_array_unref(o->let_dead);
	g_ptr_array_unref(o->stores);
	g_free(o);
}

static const GPtrArray *stores_of(const struct objects *o, int object, int field)
{
	int64_t key = pair(object, field);

	return g_hash_table_lookup(o->by_object, &key);
}

/* Those into the part, and into what may be the part: an object of which less is known. */
static GPtrArray *stores_of_part(const struct objects *o, int part, int field)
{
	GPtrArray *all = g_ptr_array_new();
	int object = part;
	guint i;

	for (; object != UNKNOWN; object = graph_around(o->graph, object).wider) {
		const GPtrArray *stores = stores_of(o, object, field);

		for (i = 0; stores && i < stores->len; i++) {
			struct object_store *s = g_ptr_array_index(stores, i);

			if (object == part || s->object == object)
				g_ptr_array_add(all, s);
		}
	}
	return all;
}

const GPtrArray *objects_stores(const struct objects *o, int object, int field)
{
	int64_t key = pair(object, field);
	GPtrArray *all;

	if (graph_around(o->graph, object).wider == UNKNOWN)
		return stores_of(o, object, field);
	all = g_hash_table_lookup(o->of_parts, &key);
	if (all)
		return all;
	all = stores_of_part(o, object, field);
	/* Filled in a way that is not seen: what objects like it hold. */
	while (!all->len && o->graph->is_settled) {
		object = graph_around(o->graph, object).wider;
		if (object == UNKNOWN)
			break;
		g_ptr_array_unref(all);
		all = stores_of_part(o, object, field);
	}
	g_hash_table_insert(o->of_parts, g_memdup2(&key, sizeof key), all);
	return all;
}

bool objects_has_beside(const struct objects *o, int field, int function)
{
	int64_t key = pair(field, function);

	return g_hash_table_contains(o->beside, &key);
}

const GPtrArray *objects_wild(const struct objects *o, int field)
{
	int64_t key = field;

	return g_hash_table_lookup(o->wild, &key);
}

const GPtrArray *objects_escaped(const struct objects *o, int field, enum ew_base_mode mode)
{
	int64_t key = field;

	return mode == EW_BASE_OBJECT ? NULL : g_hash_table_lookup(o->escaped, &key);
}

/* An object has what was in those that were copied into it: by assignment, as an argument, out of *p. */
static void add_copied(struct graph *g, GArray *found)
{
	guint k, n;
	int i;

	for (k = 0; k < found->len; k++) {
		int object = g_array_index(found, int, k), source;
		const GArray *values = object == UNKNOWN ? NULL : graph_values(g, object);

		for (i = object == UNKNOWN ? -1 : g->first_in[object]; i >= 0; i = graph_flow(g, i)->next_in) {
			source = graph_flow(g, i)->src;
			if (!graph_flow(g, i)->is_address && graph_kind(g, source) != EW_NODE_FUNCTION &&
			    !graph_is_among(found, source))
				g_array_append_val(found, source);
		}
		for (n = 0; k == 0 && values && n < values->len; n++) {
			source = g_array_index(values, int, n);
			if (graph_kind(g, source) != EW_NODE_FUNCTION && !graph_is_among(found, source))
				g_array_append_val(found, source);
		}
	}
}

/* Where the object around a part is copied as a whole, the part is any of its kind. */
static bool is_copied(struct graph *g, int object)
{
	const GArray *values = graph_values(g, object);
	guint k;
	int i;

	for (i = g->first_in[object]; i >= 0; i = graph_flow(g, i)->next_in)
		if (!graph_flow(g, i)->is_address && graph_kind(g, graph_flow(g, i)->src) != EW_NODE_FUNCTION)
			return true;
	for (k = 0; values && k < values->len; k++)
		if (graph_kind(g, g_array_index(values, int, k)) != EW_NODE_FUNCTION)
			return true;
	return false;
}

static void add_wider(struct graph *g, GArray *found)
{
	int object, outer;
	guint i;

	for (i = 0; i < found->len; i++) {
		object = g_array_index(found, int, i);
		if (graph_around(g, object).wider != UNKNOWN && is_copied(g, graph_around(g, object).wider) &&
		    !graph_is_among(found, graph_around(g, object).wider)) {
			object = graph_around(g, object).wider;
			g_array_append_val(found, object);
			continue;
		}
		for (outer = graph_around(g, object).outer; outer != UNKNOWN; outer = graph_around(g, outer).outer)
			if (is_copied(g, outer)) {
				object = graph_around(g, object).wider;
				if (!graph_is_among(found, object))
					g_array_append_val(found, object);
				break;
			}
	}
}

GArray *objects_at(struct graph *g, int base, enum ew_base_mode mode)
{
	GArray *found = g_array_new(false, false, sizeof(int));
	const GArray *values;
	int unknown = UNKNOWN;
	guint i;

	if (mode == EW_BASE_OBJECT && base != UNKNOWN) {
		g_array_append_val(found, base);
		add_wider(g, found);
		add_copied(g, found);
		return found;
	}
	values = mode == EW_BASE_POINTER && base != UNKNOWN ? graph_values(g, base) : NULL;
	for (i = 0; values && i < values->len; i++) {
		int value = g_array_index(values, int, i);

		if (value == UNKNOWN || graph_kind(g, value) != EW_NODE_FUNCTION)
			g_array_append_val(found, value);
	}
	add_wider(g, found);
	if (!found->len && (g->is_settled || mode != EW_BASE_POINTER || base == UNKNOWN))
		g_array_append_val(found, unknown);
	return found;
}
