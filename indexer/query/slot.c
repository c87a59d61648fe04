/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Slots: what is stored into a member, and where it is called. */
#include <string.h>

#include "query/internal.h"

/* A function that comes through parameters or other slots has no store of its own here: its way does. */
static void add_through(struct ew_query *q, int64_t node, GHashTable *seen, GPtrArray *stores)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_REACHES_OF, "i", node);

	while (ew_rows_next(r)) {
		int64_t value = ew_rows_int(r, 0);
		g_autoptr(GPtrArray) steps = NULL;
		struct ew_slot_store *s;
		struct ew_step *first;

		if (ew_node_kind_of(value) != EW_NODE_FUNCTION ||
		    g_hash_table_contains(seen, GSIZE_TO_POINTER((gsize)value)))
			continue;
		steps = g_ptr_array_new_with_free_func(g_free);
		query_reach_steps(q, node, value, "store", "flow", steps);
		if (!steps->len)
			continue;
		first = g_ptr_array_index(steps, 0);
		s = g_new0(struct ew_slot_store, 1);
		s->function = query_symbol(q, EW_SYMBOL_FUNCTION, ew_node_id(value));
		s->how = first->how;
		s->place = first->place;
		g_ptr_array_add(stores, s);
	}
}

/* What the stores are told with stands all over the index. */
static void read_ahead(struct ew_query *q, int64_t node)
{
	g_autoptr(GArray) flows = g_array_new(false, false, sizeof(int64_t));
	g_autoptr(GArray) functions = g_array_new(false, false, sizeof(int64_t));
	g_autoptr(GArray) objects = g_array_new(false, false, sizeof(int64_t));
	ew_auto(rows) r = ew_store_select(q->store, EW_ENDS_INTO, "i", node);

	while (ew_rows_next(r)) {
		int64_t flow = ew_rows_int(r, 0), src = ew_rows_int(r, 1), object = ew_rows_int(r, 2);
		int64_t function = ew_node_id(src), variable = ew_node_id(object);

		g_array_append_val(flows, flow);
		if (ew_node_kind_of(src) == EW_NODE_FUNCTION)
			g_array_append_val(functions, function);
		if (ew_node_kind_of(object) == EW_NODE_VARIABLE)
			g_array_append_val(objects, variable);
	}
	query_ahead(q, EW_AHEAD_FLOW, flows);
	query_ahead(q, EW_AHEAD_FUNCTION, functions);
	query_ahead(q, EW_AHEAD_VARIABLE, objects);
	query_files_ahead(q, flows->len);
}

static void add_stores(struct ew_query *q, int64_t node, GPtrArray *stores)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
	ew_auto(rows) r = NULL;

	if (query_asks_first(q, QUERY_ASKED_STORES, node))
		read_ahead(q, node);
	r = ew_store_select(q->store, EW_FLOWS_INTO, "i", node);
	while (ew_rows_next(r)) {
		struct flow_row f;
		struct ew_slot_store *s;

		query_read_flow(r, &f);
		if (ew_node_kind_of(f.src) != EW_NODE_FUNCTION)
			continue;
		s = g_new0(struct ew_slot_store, 1);
		s->function = query_symbol(q, EW_SYMBOL_FUNCTION, ew_node_id(f.src));
		if (f.dst_mode == EW_BASE_OBJECT && f.dst_base)
			s->container = query_node_name(q, s->object = f.dst_base);
		s->how = query_how(f.how);
		s->place = (struct ew_place){query_file(q, f.file), f.line, f.column};
		g_ptr_array_add(stores, s);
		g_hash_table_add(seen, GSIZE_TO_POINTER((gsize)f.src));
	}
	add_through(q, node, seen, stores);
}

static void add_dispatches(struct ew_query *q, int64_t node, GPtrArray *dispatches)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_CALLS_THROUGH, "i", node);

	while (ew_rows_next(r)) {
		struct call_row c;

		query_read_call(r, &c);
		g_ptr_array_add(dispatches, query_edge(q, &c, NULL, 0));
	}
}

/* The calls through locals, parameters and other members that what the slot holds is copied to. */
static void add_dispatches_of_copies(struct ew_query *q, int64_t slot, GPtrArray *dispatches)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
	g_autoptr(GArray) nodes = g_array_new(false, false, sizeof(int64_t));

	g_array_append_val(nodes, slot);
	for (guint i = 0; i < nodes->len; i++) {
		ew_auto(rows) r = ew_store_select(q->store, EW_COPIES_OF, "i", g_array_index(nodes, int64_t, i));

		while (ew_rows_next(r)) {
			int64_t to = ew_rows_int(r, 0);
			int kind = (int)ew_node_kind_of(to);

			if (to == slot || (kind != EW_NODE_LOCAL && kind != EW_NODE_PARAM && kind != EW_NODE_FIELD) ||
			    !g_hash_table_add(seen, GSIZE_TO_POINTER((gsize)to)))
				continue;
			g_array_append_val(nodes, to);
			add_dispatches(q, to, dispatches);
		}
	}
}

/* ---- by object --------------------------------------------------------------------------------- */

static int compare_objects(gconstpointer a, gconstpointer b)
{
	const struct ew_slot_object *x = *(struct ew_slot_object *const *)a;
	const struct ew_slot_object *y = *(struct ew_slot_object *const *)b;
	int order = g_strcmp0(x->name, y->name);

	return order ? order : (x->object > y->object) - (x->object < y->object);
}

static GHashTable *count_stores(const struct ew_slot *slot)
{
	GHashTable *objects = g_hash_table_new(g_int64_hash, g_int64_equal);
	guint i;

	for (i = 0; i < slot->stores->len; i++) {
		const struct ew_slot_store *s = g_ptr_array_index(slot->stores, i);
		struct ew_slot_object *o = g_hash_table_lookup(objects, &s->object);

		if (!s->object)
			continue;
		if (!o) {
			o = g_new0(struct ew_slot_object, 1);
			o->name = s->container;
			o->object = s->object;
			g_hash_table_insert(objects, &o->object, o);
			g_ptr_array_add(slot->objects, o);
		}
		o->stores++;
	}
	return objects;
}

static bool is_open_site(struct ew_query *q, int64_t call)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_SITE, "i", call);

	return ew_rows_next(r) && ew_rows_int(r, 5);
}

static void count_object(GHashTable *objects, int64_t object)
{
	struct ew_slot_object *o = g_hash_table_lookup(objects, &object);

	if (o)
		o->dispatches++;
}

/* A call finds the object that it names, those that its pointer holds, or any. */
static void count_dispatch(struct ew_query *q, const struct ew_slot *slot, GHashTable *objects, int64_t call)
{
	ew_auto(rows) r = NULL;
	struct call_row c;
	guint i;

	if (!query_call_row(q, call, &c))
		return;
	if (!c.base || is_open_site(q, call)) {
		for (i = 0; i < slot->objects->len; i++)
			((struct ew_slot_object *)g_ptr_array_index(slot->objects, i))->dispatches++;
	} else if (c.mode == EW_BASE_OBJECT) {
		count_object(objects, c.base);
	} else {
		r = ew_store_select(q->store, EW_REACHES_OF, "i", c.base);
		while (ew_rows_next(r))
			count_object(objects, ew_rows_int(r, 0));
	}
}

static void add_objects(struct ew_query *q, struct ew_slot *slot)
{
	g_autoptr(GHashTable) objects = count_stores(slot);
	guint i, k;

	for (i = 0; i < slot->direct; i++)
		count_dispatch(q, slot, objects, ((struct ew_edge *)g_ptr_array_index(slot->dispatches, i))->call);
	/* a copy does not tell what object it is of */
	for (; i < slot->dispatches->len; i++)
		for (k = 0; k < slot->objects->len; k++)
			((struct ew_slot_object *)g_ptr_array_index(slot->objects, k))->dispatches++;
	g_ptr_array_sort(slot->objects, compare_objects);
}

static int compare_stores(gconstpointer a, gconstpointer b)
{
	const struct ew_slot_store *x = *(struct ew_slot_store *const *)a;
	const struct ew_slot_store *y = *(struct ew_slot_store *const *)b;
	int order = strcmp(x->function->name, y->function->name);

	if (!order)
		order = g_strcmp0(x->place.file, y->place.file);
	return order ? order : x->place.line - y->place.line;
}

struct ew_slot *ew_query_slot(struct ew_query *q, const char *name, GError **error)
{
	const struct ew_symbol *field = ew_query_one(q, name, EW_SYMBOL_FIELD, error);
	struct ew_slot *slot;
	int64_t node;

	if (!field) {
		if (error && g_error_matches(*error, EW_ERROR, EW_ERROR_NO_ANSWER) &&
		    !strchr(name, '.')) {
			g_clear_error(error);
			g_set_error(error, EW_ERROR, EW_ERROR_USAGE,
				    "a slot is a member, STRUCT.FIELD, such as file_operations.release");
		}
		return NULL;
	}
	node = ew_node_make(EW_NODE_FIELD, field->id);
	slot = g_new0(struct ew_slot, 1);
	slot->field = field;
	slot->stores = g_ptr_array_new_with_free_func(g_free);
	slot->dispatches = g_ptr_array_new_with_free_func(g_free);
	slot->objects = g_ptr_array_new_with_free_func(g_free);
	add_stores(q, node, slot->stores);
	add_dispatches(q, node, slot->dispatches);
	slot->direct = slot->dispatches->len;
	add_dispatches_of_copies(q, node, slot->dispatches);
	g_ptr_array_sort(slot->stores, compare_stores);
	add_objects(q, slot);
	if (query_is_sound(q, error))
		return slot;
	ew_slot_free(slot);
	return NULL;
}

void ew_slot_free(struct ew_slot *s)
{
	if (!s)
		return;
	g_ptr_array_unref(s->stores);
	g_ptr_array_unref(s->dispatches);
	g_ptr_array_unref(s->objects);
	g_free(s);
}
