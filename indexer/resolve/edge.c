/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From each call through a pointer to its targets. */
#include <string.h>

#include "resolve/internal.h"

enum { GRADE_FLOW = 0, GRADE_FIELD = 2, GRADE_OBJECT = 3, LONGEST_FETCH = 6 };

/* A mechanism of kernel-refs as it stands in this index. */
struct mechanism {
	const struct ew_refs_mechanism *refs;
	int slot; /* number of the field, UNKNOWN if no flow has it */
	bool is_shared; /* other mechanisms use the same slot */
	bool stores;	/* its registrars take the function too, and store it (call_rcu) */
	GPtrArray *targets; /* of struct target; only if shared */
};

struct target {
	int function;
	struct object_store *store; /* NULL: the way stands in the reaches of the slot */
	int container;
	int grade;
	int registered; /* flow, -1 if none */
};

struct edges {
	struct graph *graph;
	struct objects *objects;
	struct ew_store_writer *writer;
	GPtrArray *mechanisms;	  /* of struct mechanism */
	GHashTable *dispatchers;  /* function id -> GPtrArray of its mechanisms */
	GHashTable *registrars;	  /* function id -> the mechanism */
	struct pair_map written;  /* reaches that were written */
	int64_t last_proof;
	struct ew_resolve_counts *counts;
};

/* A pointer call. */
struct site {
	int64_t call, caller;
	int slot, base;
	enum ew_base_mode mode;
};

/* ---- evidence -------------------------------------------------------------------------------- */

/* Write how `value` came to `slot`, back to where it was put somewhere first. */
static void write_reach(struct edges *e, int slot, int value)
{
	struct graph *g = e->graph;

	while (slot != value) {
		int flow = pair_map_get(&g->reached, slot, value, -1);

		if (flow < 0 || !pair_map_add(&e->written, slot, value, 0))
			return;
		ew_store_add_reach(e->writer, graph_node(g, slot), graph_node(g, value),
				   graph_flow(g, flow)->id);
		slot = graph_flow(g, flow)->src;
	}
}

static int64_t write_proof(struct edges *e, const GArray *flows, int registered)
{
	int64_t id = ++e->last_proof;
	guint i;

	for (i = 0; i < flows->len; i++)
		ew_store_add_proof(e->writer, id, i, i ? EW_ROLE_FLOW : EW_ROLE_STORE,
				   graph_flow(e->graph, g_array_index(flows, int, i))->id);
	if (registered >= 0)
		ew_store_add_proof(e->writer, id, flows->len, EW_ROLE_REGISTER,
				   graph_flow(e->graph, registered)->id);
	return id;
}

static void write_edge(struct edges *e, const struct site *s, const struct target *t,
		       const char *when)
{
	int64_t proof = 0;

	if (t->registered >= 0) {
		proof = write_proof(e, t->store->flows, t->registered);
	} else if (t->store) {
		if (!t->store->proof)
			t->store->proof = write_proof(e, t->store->flows, -1);
		proof = t->store->proof;
	}
	ew_store_add_edge(e->writer, s->call, ew_node_id(graph_node(e->graph, t->function)), when,
			  t->grade, t->container ? graph_node(e->graph, t->container) : 0, proof);
	e->counts->edges++;
}

/* ---- targets --------------------------------------------------------------------------------- */

static void add_target(GArray *targets, GHashTable *seen, struct target t)
{
	if (g_hash_table_add(seen, GINT_TO_POINTER(t.function)))
		g_array_append_val(targets, t);
}

static void add_stores(GArray *targets, GHashTable *seen, const GPtrArray *stores, int grade)
{
	guint i;

	for (i = 0; stores && i < stores->len; i++) {
		struct object_store *s = g_ptr_array_index(stores, i);

		add_target(targets, seen,
			   (struct target){s->function, s, s->object, grade, -1});
	}
}

/* The object that a function was put into, where the last flow to the slot says so. */
static int container_of_reach(struct graph *g, int slot, int function)
{
	int flow = pair_map_get(&g->reached, slot, function, -1);

	if (flow < 0 || graph_flow(g, flow)->dst_mode != EW_BASE_OBJECT)
		return UNKNOWN;
	return graph_flow(g, flow)->dst_base;
}

/* All functions that ever reach the slot. */
static void add_slot_values(struct edges *e, GArray *targets, GHashTable *seen, int slot, int grade)
{
	struct graph *g = e->graph;
	const GArray *values = slot ? graph_values(g, slot) : NULL;
	guint i;

	for (i = 0; values && i < values->len; i++) {
		int value = g_array_index(values, int, i);

		if (value == UNKNOWN || graph_kind(g, value) != EW_NODE_FUNCTION)
			continue;
		add_target(targets, seen,
			   (struct target){value, NULL, container_of_reach(g, slot, value), grade,
					   -1});
	}
}

static void find_targets(struct edges *e, const struct site *s, GArray *targets)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
	g_autoptr(GArray) objects = NULL;
	bool is_open = false;
	guint i;

	if (s->slot == UNKNOWN)
		return;
	if (graph_kind(e->graph, s->slot) != EW_NODE_FIELD) {
		add_slot_values(e, targets, seen, s->slot, GRADE_FLOW);
		return;
	}
	objects = objects_at(e->graph, s->base, s->mode);
	for (i = 0; i < objects->len; i++) {
		int object = g_array_index(objects, int, i);

		if (object == UNKNOWN) {
			is_open = true;
			continue;
		}
		if (s->mode == EW_BASE_POINTER)
			write_reach(e, s->base, object);
		add_stores(targets, seen, objects_stores(e->objects, object, s->slot),
			   GRADE_OBJECT);
	}
	add_stores(targets, seen, objects_wild(e->objects, s->slot), GRADE_FIELD);
	if (is_open)
		add_slot_values(e, targets, seen, s->slot, GRADE_FIELD);
}

/* ---- mechanisms ------------------------------------------------------------------------------ */

static int64_t function_named(struct ew_store *store, const char *name)
{
	ew_auto(rows) r = ew_store_select(store, EW_FUNCTIONS_NAMED, "s", name);

	return ew_rows_next(r) ? ew_rows_int(r, 0) : 0;
}

static int field_named(struct graph *g, const char *name)
{
	ew_auto(rows) r = ew_store_select(g->store, EW_ALL_FIELDS, "");
	const char *dot = strchr(name, '.');
	size_t length = dot ? (size_t)(dot - name) : 0;

	while (dot && ew_rows_next(r)) {
		const char *record = ew_rows_text(r, 1);

		if (strlen(record) == length && !strncmp(record, name, length) &&
		    !strcmp(ew_rows_text(r, 2), dot + 1)) {
			int number = graph_number(g, ew_node_make(EW_NODE_FIELD, ew_rows_int(r, 0)));

			if (number != UNKNOWN)
				return number;
		}
	}
	return UNKNOWN;
}

/*
 * Whose registrar put the function there, or NULL. One object may serve two mechanisms at different
 * times: struct file's callback_head is task work first and RCU's after. call_rcu() stores the function
 * itself, so what it stores is RCU's; task_work_add() is handed an object that holds one already.
 */
static struct mechanism *owner_of(struct edges *e, const struct object_store *s)
{
	guint i;

	for (i = 0; i < s->flows->len; i++) {
		int64_t to = graph_node(e->graph,
					graph_flow(e->graph, g_array_index(s->flows, int, i))->dst);
		struct mechanism *m;

		if (ew_node_kind_of(to) != EW_NODE_PARAM)
			continue;
		m = g_hash_table_lookup(e->registrars, GSIZE_TO_POINTER((gsize)ew_node_id(to)));
		if (m)
			return m;
	}
	return NULL;
}

static void find_owners(struct edges *e)
{
	guint i;

	for (i = 0; i < e->objects->stores->len; i++) {
		struct object_store *s = g_ptr_array_index(e->objects->stores, i);
		struct mechanism *m = owner_of(e, s);

		if (m && s->field == m->slot)
			m->stores = true;
	}
}

static void add_registered(struct edges *e, struct mechanism *m, const struct handed *h,
			   GHashTable *seen)
{
	const GPtrArray *stores = objects_stores(e->objects, h->object, m->slot);
	guint i;

	for (i = 0; stores && i < stores->len; i++) {
		struct object_store *s = g_ptr_array_index(stores, i);
		struct target *t;

		if (owner_of(e, s) != (m->stores ? m : NULL) ||
		    !g_hash_table_add(seen, GINT_TO_POINTER(s->function)))
			continue;
		t = g_new(struct target, 1);
		*t = (struct target){s->function, s, s->object, GRADE_OBJECT, h->flow};
		g_ptr_array_add(m->targets, t);
	}
}

/* "task_work_add#1": the function's id, 0 if the index has no such function. */
static int64_t registrar_of(struct edges *e, const char *registrar, int *position)
{
	const char *hash = strrchr(registrar, '#');
	g_autofree char *name = hash ? g_strndup(registrar, hash - registrar) : NULL;

	*position = hash ? atoi(hash + 1) : 0;
	return hash ? function_named(e->graph->store, name) : 0;
}

static void add_handed(struct edges *e, struct mechanism *m, const char *registrar,
		       GHashTable *seen)
{
	int position;
	int64_t function = registrar_of(e, registrar, &position);
	g_autoptr(GArray) handed = NULL;
	guint i;

	if (!function)
		return;
	handed = objects_handed_to(e->graph, function, position);
	for (i = 0; i < handed->len; i++)
		add_registered(e, m, &g_array_index(handed, struct handed, i), seen);
}

static void free_mechanism(gpointer data)
{
	struct mechanism *m = data;

	g_ptr_array_unref(m->targets);
	g_free(m);
}

static void add_dispatcher(struct edges *e, struct mechanism *m, const char *name)
{
	gpointer key = GSIZE_TO_POINTER((gsize)function_named(e->graph->store, name));
	GPtrArray *list;

	if (!key)
		return;
	list = g_hash_table_lookup(e->dispatchers, key);
	if (!list) {
		list = g_ptr_array_new();
		g_hash_table_insert(e->dispatchers, key, list);
	}
	g_ptr_array_add(list, m);
}

static void load_mechanism(struct edges *e, const struct ew_refs_mechanism *refs)
{
	struct mechanism *m = g_new0(struct mechanism, 1);
	guint i;

	m->refs = refs;
	m->slot = field_named(e->graph, refs->slot);
	m->targets = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(e->mechanisms, m);
	for (i = 0; i < refs->registrars->len; i++) {
		int position;
		int64_t id = registrar_of(e, g_ptr_array_index(refs->registrars, i), &position);

		if (id)
			g_hash_table_insert(e->registrars, GSIZE_TO_POINTER((gsize)id), m);
	}
	for (i = 0; i < refs->dispatchers->len; i++)
		add_dispatcher(e, m, g_ptr_array_index(refs->dispatchers, i));
}

static void find_registered(struct edges *e, struct mechanism *m)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
	guint i;

	for (i = 0; i < m->refs->registrars->len; i++)
		add_handed(e, m, g_ptr_array_index(m->refs->registrars, i), seen);
}

static void load_mechanisms(struct edges *e, const struct ew_refs *refs)
{
	const GPtrArray *all = ew_refs_mechanisms(refs);
	guint i, k;

	for (i = 0; i < all->len; i++)
		load_mechanism(e, g_ptr_array_index(all, i));
	for (i = 0; i < e->mechanisms->len; i++)
		for (k = 0; k < e->mechanisms->len; k++) {
			struct mechanism *a = g_ptr_array_index(e->mechanisms, i);
			struct mechanism *b = g_ptr_array_index(e->mechanisms, k);

			if (i != k && a->slot != UNKNOWN && a->slot == b->slot)
				a->is_shared = true;
		}
	find_owners(e);
	for (i = 0; i < e->mechanisms->len; i++) {
		struct mechanism *m = g_ptr_array_index(e->mechanisms, i);

		if (m->is_shared)
			find_registered(e, m);
	}
}

/* Does what is called come out of the mechanism's slot, maybe through a local or a parameter? */
static bool is_fetched_from(struct graph *g, int slot, int from, int depth)
{
	int i;

	if (slot == from)
		return true;
	if (depth == LONGEST_FETCH || slot == UNKNOWN)
		return false;
	for (i = g->first_in[slot]; i >= 0; i = graph_flow(g, i)->next_in)
		if (!graph_flow(g, i)->is_address &&
		    is_fetched_from(g, graph_flow(g, i)->src, from, depth + 1))
			return true;
	return false;
}

static struct mechanism *mechanism_of(struct edges *e, const struct site *s)
{
	GPtrArray *list =
		g_hash_table_lookup(e->dispatchers, GSIZE_TO_POINTER((gsize)s->caller));
	guint i;

	for (i = 0; list && i < list->len; i++) {
		struct mechanism *m = g_ptr_array_index(list, i);

		if (m->slot != UNKNOWN && s->slot != UNKNOWN &&
		    is_fetched_from(e->graph, s->slot, m->slot, 0))
			return m;
	}
	return NULL;
}

/* ---- all sites ------------------------------------------------------------------------------- */

/* How every function came to the slot, also those that the object rules out: `slots` shows them. */
static void write_slot(struct edges *e, int slot)
{
	const GArray *values = slot != UNKNOWN ? graph_values(e->graph, slot) : NULL;
	guint i;

	for (i = 0; values && i < values->len; i++) {
		int value = g_array_index(values, int, i);

		if (value != UNKNOWN && graph_kind(e->graph, value) == EW_NODE_FUNCTION)
			write_reach(e, slot, value);
	}
}

static void resolve_site(struct edges *e, const struct site *s)
{
	struct mechanism *m = mechanism_of(e, s);
	g_autoptr(GArray) targets = g_array_new(false, false, sizeof(struct target));
	guint i;

	if (m && m->is_shared)
		for (i = 0; i < m->targets->len; i++)
			g_array_append_vals(targets, g_ptr_array_index(m->targets, i), 1);
	else
		find_targets(e, s, targets);
	write_slot(e, s->slot);
	for (i = 0; i < targets->len; i++)
		write_edge(e, s, &g_array_index(targets, struct target, i),
			   m ? m->refs->name : NULL);
	e->counts->pointer_calls++;
	e->counts->pointer_resolved += targets->len > 0;
}

static void resolve_sites(struct edges *e)
{
	struct graph *g = e->graph;
	ew_auto(rows) r = ew_store_select(g->store, EW_ALL_CALLS, "");

	while (ew_rows_next(r)) {
		struct site s = {
			.call = ew_rows_int(r, 0),
			.caller = ew_rows_int(r, 1),
			.slot = graph_number(g, ew_rows_int(r, 4)),
			.base = graph_number(g, ew_rows_int(r, 5)),
			.mode = ew_rows_int(r, 6),
		};

		e->counts->calls++;
		if (ew_rows_is_null(r, 3))
			resolve_site(e, &s);
	}
}

bool edges_write(struct graph *g, struct objects *o, struct ew_store_writer *w,
		 const struct ew_refs *refs, struct ew_resolve_counts *counts, GError **error)
{
	struct edges e = {.graph = g, .objects = o, .writer = w, .counts = counts};

	e.mechanisms = g_ptr_array_new_with_free_func(free_mechanism);
	e.dispatchers =
		g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
	e.registrars = g_hash_table_new(NULL, NULL);
	pair_map_init(&e.written);
	load_mechanisms(&e, refs);
	resolve_sites(&e);
	ew_store_add_graph(w);
	pair_map_clear(&e.written);
	g_hash_table_unref(e.registrars);
	g_hash_table_unref(e.dispatchers);
	g_ptr_array_unref(e.mechanisms);
	if (ew_store_error(g->store))
		g_propagate_error(error, g_error_copy(ew_store_error(g->store)));
	else if (ew_store_writer_error(w))
		g_propagate_error(error, g_error_copy(ew_store_writer_error(w)));
	return !ew_store_error(g->store) && !ew_store_writer_error(w);
}
