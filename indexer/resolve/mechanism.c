/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Mechanisms of kernel-refs as they stand in an index: which of the functions that a shared slot holds
 * are registered with which, and whose dispatcher a call stands in.
 */
#include <string.h>

#include "resolve/internal.h"

enum { LONGEST_FETCH = 6 };

struct mechanisms {
	struct graph *graph;
	struct objects *objects;
	GPtrArray *list;	 /* of struct mechanism */
	GHashTable *dispatchers; /* function id -> GPtrArray of its mechanisms */
	GHashTable *registrars;	 /* function id -> the mechanism */
};

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
static struct mechanism *owner_of(struct mechanisms *ms, const struct object_store *s)
{
	guint i;

	for (i = 0; i < s->flows->len; i++) {
		int64_t to = graph_node(ms->graph,
					graph_flow(ms->graph, g_array_index(s->flows, int, i))->dst);
		struct mechanism *m;

		if (ew_node_kind_of(to) != EW_NODE_PARAM)
			continue;
		m = g_hash_table_lookup(ms->registrars, GSIZE_TO_POINTER((gsize)ew_node_id(to)));
		if (m)
			return m;
	}
	return NULL;
}

static void find_owners(struct mechanisms *ms)
{
	guint i;

	for (i = 0; i < ms->objects->stores->len; i++) {
		struct object_store *s = g_ptr_array_index(ms->objects->stores, i);
		struct mechanism *m = owner_of(ms, s);

		if (m && s->field == m->slot)
			m->stores = true;
	}
}

static void add_registered(struct mechanisms *ms, struct mechanism *m, const struct handed *h,
			   GHashTable *seen)
{
	const GPtrArray *stores = objects_stores(ms->objects, h->object, m->slot);
	guint i;

	for (i = 0; stores && i < stores->len; i++) {
		struct object_store *s = g_ptr_array_index(stores, i);
		struct target *t;

		if (owner_of(ms, s) != (m->stores ? m : NULL) ||
		    !g_hash_table_add(seen, GINT_TO_POINTER(s->function)))
			continue;
		t = g_new(struct target, 1);
		*t = (struct target){s->function, s, s->object, GRADE_OBJECT, h->flow};
		g_ptr_array_add(m->targets, t);
	}
}

/* "task_work_add#1": the function's id, 0 if the index has no such function. */
static int64_t registrar_of(struct mechanisms *ms, const char *registrar, int *position)
{
	const char *hash = strrchr(registrar, '#');
	g_autofree char *name = hash ? g_strndup(registrar, hash - registrar) : NULL;

	*position = hash ? atoi(hash + 1) : 0;
	return hash ? function_named(ms->graph->store, name) : 0;
}

static void add_handed(struct mechanisms *ms, struct mechanism *m, const char *registrar,
		       GHashTable *seen)
{
	int position;
	int64_t function = registrar_of(ms, registrar, &position);
	g_autoptr(GArray) handed = NULL;
	guint i;

	if (!function)
		return;
	handed = objects_handed_to(ms->graph, function, position);
	for (i = 0; i < handed->len; i++)
		add_registered(ms, m, &g_array_index(handed, struct handed, i), seen);
}

static void free_mechanism(gpointer data)
{
	struct mechanism *m = data;

	g_ptr_array_unref(m->targets);
	g_free(m);
}

static void add_dispatcher(struct mechanisms *ms, struct mechanism *m, const char *name)
{
	gpointer key = GSIZE_TO_POINTER((gsize)function_named(ms->graph->store, name));
	GPtrArray *list;

	if (!key)
		return;
	list = g_hash_table_lookup(ms->dispatchers, key);
	if (!list) {
		list = g_ptr_array_new();
		g_hash_table_insert(ms->dispatchers, key, list);
	}
	g_ptr_array_add(list, m);
}

static void load_mechanism(struct mechanisms *ms, const struct ew_refs_mechanism *refs)
{
	struct mechanism *m = g_new0(struct mechanism, 1);
	guint i;

	m->refs = refs;
	m->slot = field_named(ms->graph, refs->slot);
	m->targets = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(ms->list, m);
	for (i = 0; i < refs->registrars->len; i++) {
		int position;
		int64_t id = registrar_of(ms, g_ptr_array_index(refs->registrars, i), &position);

		if (id)
			g_hash_table_insert(ms->registrars, GSIZE_TO_POINTER((gsize)id), m);
	}
	for (i = 0; i < refs->dispatchers->len; i++)
		add_dispatcher(ms, m, g_ptr_array_index(refs->dispatchers, i));
}

static void find_registered(struct mechanisms *ms, struct mechanism *m)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
	guint i;

	for (i = 0; i < m->refs->registrars->len; i++)
		add_handed(ms, m, g_ptr_array_index(m->refs->registrars, i), seen);
}

struct mechanisms *mechanisms_load(struct graph *g, struct objects *o, const struct ew_refs *refs)
{
	struct mechanisms *ms = g_new0(struct mechanisms, 1);
	const GPtrArray *all = ew_refs_mechanisms(refs);
	guint i, k;

	ms->graph = g;
	ms->objects = o;
	ms->list = g_ptr_array_new_with_free_func(free_mechanism);
	ms->dispatchers =
		g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
	ms->registrars = g_hash_table_new(NULL, NULL);
	for (i = 0; i < all->len; i++)
		load_mechanism(ms, g_ptr_array_index(all, i));
	for (i = 0; i < ms->list->len; i++)
		for (k = 0; k < ms->list->len; k++) {
			struct mechanism *a = g_ptr_array_index(ms->list, i);
			struct mechanism *b = g_ptr_array_index(ms->list, k);

			if (i != k && a->slot != UNKNOWN && a->slot == b->slot)
				a->is_shared = true;
		}
	find_owners(ms);
	for (i = 0; i < ms->list->len; i++) {
		struct mechanism *m = g_ptr_array_index(ms->list, i);

		if (m->is_shared)
			find_registered(ms, m);
	}
	return ms;
}

void mechanisms_free(struct mechanisms *ms)
{
	if (!ms)
		return;
	g_hash_table_unref(ms->registrars);
	g_hash_table_unref(ms->dispatchers);
	g_ptr_array_unref(ms->list);
	g_free(ms);
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

const struct mechanism *mechanism_of(const struct mechanisms *ms, int64_t caller, int slot)
{
	GPtrArray *list =
		g_hash_table_lookup(ms->dispatchers, GSIZE_TO_POINTER((gsize)caller));
	guint i;

	for (i = 0; list && i < list->len; i++) {
		struct mechanism *m = g_ptr_array_index(list, i);

		if (m->slot != UNKNOWN && slot != UNKNOWN &&
		    is_fetched_from(ms->graph, slot, m->slot, 0))
			return m;
	}
	return NULL;
}

