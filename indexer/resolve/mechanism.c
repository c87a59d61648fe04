/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Mechanisms of kernel-refs as they stand in an index: which functions are registered with which, by whom
 * and with which object, and whose dispatcher a call stands in.
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
	GHashTable *storing;	 /* of them those that put the function into the object themselves */
};

/* ---- what is registered ---------------------------------------------------------------------- */

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

/* The registrars on the way of a store are handed the function. */
static void note_storing(struct mechanisms *ms, const struct object_store *s)
{
	guint i;

	for (i = 0; i < s->flows->len; i++) {
		int64_t to = graph_node(ms->graph,
					graph_flow(ms->graph, g_array_index(s->flows, int, i))->dst);
		gpointer function = GSIZE_TO_POINTER((gsize)ew_node_id(to));

		if (ew_node_kind_of(to) == EW_NODE_PARAM && g_hash_table_contains(ms->registrars, function))
			g_hash_table_add(ms->storing, function);
	}
}

/* Does the registrar, the last one on the way, take the function too? */
static bool takes_function(struct mechanisms *ms, const struct handed *h)
{
	const struct flow *last = graph_flow(ms->graph, g_array_index(h->way, int, h->way->len - 1));
	int64_t registrar = ew_node_id(graph_node(ms->graph, last->dst));

	return g_hash_table_contains(ms->storing, GSIZE_TO_POINTER((gsize)registrar));
}

/* Is the function an argument of the same call, at any of the calls of the way, or what one may be? */
static bool is_handed_with(struct graph *g, const struct handed *h, int function)
{
	guint k;

	for (k = 0; k < h->way->len; k++) {
		const struct flow *f = graph_flow(g, g_array_index(h->way, int, k));
		int i = GPOINTER_TO_INT(g_hash_table_lookup(g->calls, GSIZE_TO_POINTER((gsize)f->call)));

		for (i -= 1; i >= 0; i = graph_flow(g, i)->next_of_call)
			if (graph_flow(g, i)->src == function ||
			    pair_map_at(&g->reached, graph_flow(g, i)->src, function))
				return true;
	}
	return false;
}

static bool is_argument(struct graph *g, const struct object_store *s)
{
	guint i;

	for (i = 0; i < s->flows->len; i++) {
		const struct flow *f = graph_flow(g, g_array_index(s->flows, int, i));

		if (f->src == s->function)
			return f->how == EW_FLOW_ARGUMENT;
	}
	return false;
}

/*
 * Those of `all` that hand over the function of this store too, where the mechanism's registrars take one;
 * NULL if there are none. call_rcu() itself puts rcu_leak_callback into an object that it has met already.
 */
static GPtrArray *registrations(struct mechanisms *ms, const struct mechanism *m, const GPtrArray *all,
				const struct object_store *s, bool is_stored_before)
{
	bool is_given = m->stores && is_argument(ms->graph, s);
	GPtrArray *own = NULL;
	guint i;

	for (i = 0; all && i < all->len; i++) {
		struct handed *h = g_ptr_array_index(all, i);

		if (is_given && h->object != s->function &&
		    !is_handed_with(ms->graph, h, s->function))
			continue;
		if (is_stored_before && takes_function(ms, h))
			continue;
		if (!own)
			own = g_ptr_array_new();
		g_ptr_array_add(own, h);
	}
	return own;
}

static const GPtrArray *handed_objects(struct graph *g, const struct mechanism *m, int object)
{
	const GPtrArray *found = NULL;

	for (; !found && object != UNKNOWN; object = graph_around(g, object).wider)
		found = g_hash_table_lookup(m->by_object, GINT_TO_POINTER(object));
	return found;
}

/* A part is handed itself, or as the whole that it is in. */
static const GPtrArray *handed_with(struct graph *g, struct mechanism *m, const struct object_store *s)
{
	int object = s->object;
	const GPtrArray *found = NULL;

	if (object != UNKNOWN && graph_kind(g, object) == EW_NODE_PART) {
		found = g_hash_table_lookup(m->by_object, GINT_TO_POINTER(object));
		if (!found)
			found = handed_objects(g, m, graph_around(g, object).outer);
	}
	if (!found)
		found = handed_objects(g, m, handed_object_of(g, m, s));
	return found ? found : handed_objects(g, m, s->function);
}

static void free_target(gpointer data)
{
	struct target *t = data;

	if (t->registered)
		g_ptr_array_unref((GPtrArray *)t->registered);
	g_free(t);
}

/* Is it registered, but only by code that is not compiled? */
static bool is_dead_handed(const GPtrArray *registered)
{
	guint i;

	for (i = 0; registered && i < registered->len; i++)
		if (!((const struct handed *)g_ptr_array_index(registered, i))->is_dead)
			return false;
	return registered != NULL;
}

/* Of several objects that hold the function, one that is registered is kept. */
static void add_registered(struct mechanisms *ms, struct mechanism *m, struct object_store *s)
{
	struct target *known = g_hash_table_lookup(m->by_function, GINT_TO_POINTER(s->function)), *t;
	struct mechanism *owner = owner_of(ms, s);
	const GPtrArray *all;
	GPtrArray *own;
	bool is_dead;

	if (m->is_shared && owner && owner != (m->stores ? m : NULL))
		return;
	if (known && known->registered && !known->is_dead)
		return;
	all = handed_with(ms->graph, m, s);
	/* Of what nobody's registrar stored, a mechanism gets what is handed over with its function in it. */
	own = registrations(ms, m, all, s, m->is_shared && m->stores && !owner);
	is_dead = s->is_dead || is_dead_handed(own);
	if (!own && (m->is_shared || (known && (known->registered || !known->is_dead || is_dead))))
		return;
	if (known && known->registered && is_dead) {
		g_ptr_array_unref(own);
		return;
	}
	if (known && known->registered)
		g_ptr_array_unref((GPtrArray *)known->registered);
	t = known ? known : g_new(struct target, 1);
	*t = (struct target){s->function, s, s->object, own ? GRADE_OBJECT : GRADE_FIELD, own, -1, is_dead};
	if (known)
		return;
	g_hash_table_insert(m->by_function, GINT_TO_POINTER(s->function), t);
	g_ptr_array_add(m->targets, t);
}

static void find_registered(struct mechanisms *ms)
{
	guint i, k;

	for (i = 0; i < ms->objects->stores->len; i++) {
		struct object_store *s = g_ptr_array_index(ms->objects->stores, i);

		for (k = 0; k < ms->list->len; k++) {
			struct mechanism *m = g_ptr_array_index(ms->list, k);

			if (m->slot == s->field)
				add_registered(ms, m, s);
		}
	}
}

/* ---- loading --------------------------------------------------------------------------------- */

static void free_mechanism(gpointer data)
{
	struct mechanism *m = data;

	g_hash_table_unref(m->by_function);
	g_ptr_array_unref(m->targets);
	g_hash_table_unref(m->of_record);
	g_hash_table_unref(m->by_object);
	marks_free(m->marks);
	g_ptr_array_unref(m->handed);
	g_free(m);
}

static void add_dispatcher(struct mechanisms *ms, struct mechanism *m, int64_t function)
{
	gpointer key = GSIZE_TO_POINTER((gsize)function);
	GPtrArray *list = g_hash_table_lookup(ms->dispatchers, key);

	if (!list) {
		list = g_ptr_array_new();
		g_hash_table_insert(ms->dispatchers, key, list);
	}
	g_ptr_array_add(list, m);
}

/* A way that a registrar met before is not told again by one that stands inside of it. */
static GPtrArray *handed_list(struct mechanism *m, int object)
{
	GPtrArray *list = g_hash_table_lookup(m->by_object, GINT_TO_POINTER(object));

	if (!list) {
		list = g_ptr_array_new();
		g_hash_table_insert(m->by_object, GINT_TO_POINTER(object), list);
	}
	return list;
}

static void add_handed(struct graph *g, struct mechanism *m, struct handed *h)
{
	const GPtrArray *list = handed_list(m, h->object);
	int object;
	guint i;

	for (i = 0; i < list->len; i++) {
		struct handed *known = g_ptr_array_index(list, i);

		if (g_array_index(known->way, int, 0) != g_array_index(h->way, int, 0))
			continue;
		if (known->is_dead && !h->is_dead) {
			GArray *way = known->way;

			known->way = h->way;
			known->is_dead = false;
			h->way = way;
		}
		handed_free(h);
		return;
	}
	g_ptr_array_add(m->handed, h);
	for (object = h->object; object != UNKNOWN; object = graph_around(g, object).wider)
		g_ptr_array_add(handed_list(m, object), h);
}

/* Is the object a member of that struct? */
static bool is_member_of(struct graph *g, int object, const char *record)
{
	ew_auto(rows) field = NULL;
	ew_auto(rows) r = NULL;

	if (object == UNKNOWN || graph_kind(g, object) != EW_NODE_FIELD)
		return false;
	field = ew_store_select(g->store, EW_FIELD, "i", ew_node_id(graph_node(g, object)));
	if (!ew_rows_next(field))
		return false;
	r = ew_store_select(g->store, EW_RECORD, "i", ew_rows_int(field, 0));
	return ew_rows_next(r) && !strcmp(ew_rows_text(r, 0), record);
}

static void add_registrar(struct mechanisms *ms, struct mechanism *m, const char *registrar)
{
	int position;
	const char *record = strchr(registrar, '@');
	g_autoptr(GArray) functions = functions_taking(ms->graph, registrar, &position);
	guint i, k;

	for (i = 0; i < functions->len; i++) {
		int64_t function = g_array_index(functions, int64_t, i);
		g_autoptr(GPtrArray) handed = objects_handed_to(ms->graph, function, position);

		if (!record)
			g_hash_table_insert(ms->registrars, GSIZE_TO_POINTER((gsize)function), m);
		for (k = 0; k < handed->len; k++) {
			struct handed *h = g_ptr_array_index(handed, k);

			if (!record || is_member_of(ms->graph, h->object, record + 1))
				add_handed(ms->graph, m, h);
			else
				handed_free(h);
		}
	}
}

static void load_mechanism(struct mechanisms *ms, const struct ew_refs *all, const struct ew_refs_mechanism *refs)
{
	struct mechanism *m = g_new0(struct mechanism, 1);
	guint i, k;

	m->refs = refs;
	m->slot = slot_named(ms->graph, refs->slot);
	m->handed = g_ptr_array_new_with_free_func(handed_free);
	m->by_object =
		g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
	m->of_record = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
					     whole_free);
	m->by_function = g_hash_table_new(NULL, NULL);
	m->targets = g_ptr_array_new_with_free_func(free_target);
	g_ptr_array_add(ms->list, m);
	if (m->slot == UNKNOWN)
		return;
	m->marks = marks_new(ms->graph, ms->objects, m, all);
	for (i = 0; i < refs->registrars->len; i++)
		add_registrar(ms, m, g_ptr_array_index(refs->registrars, i));
	for (i = 0; i < refs->dispatchers->len; i++) {
		g_autoptr(GArray) ids = functions_named(ms->graph->store,
							g_ptr_array_index(refs->dispatchers, i));

		for (k = 0; k < ids->len; k++)
			add_dispatcher(ms, m, g_array_index(ids, int64_t, k));
	}
}

static void find_shared(struct mechanisms *ms)
{
	guint i, k;

	for (i = 0; i < ms->list->len; i++)
		for (k = 0; k < ms->list->len; k++) {
			struct mechanism *a = g_ptr_array_index(ms->list, i);
			struct mechanism *b = g_ptr_array_index(ms->list, k);

			if (i != k && a->slot != UNKNOWN && a->slot == b->slot)
				a->is_shared = true;
		}
}

static void find_owners(struct mechanisms *ms)
{
	guint i;

	for (i = 0; i < ms->objects->stores->len; i++) {
		struct object_store *s = g_ptr_array_index(ms->objects->stores, i);
		struct mechanism *m = owner_of(ms, s);

		if (m && s->field == m->slot) {
			m->stores = true;
			note_storing(ms, s);
		}
	}
}

struct mechanisms *mechanisms_load(struct graph *g, struct objects *o, const struct ew_refs *refs)
{
	struct mechanisms *ms = g_new0(struct mechanisms, 1);
	const GPtrArray *all = ew_refs_mechanisms(refs);
	guint i;

	ms->graph = g;
	ms->objects = o;
	ms->list = g_ptr_array_new_with_free_func(free_mechanism);
	ms->dispatchers =
		g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
	ms->registrars = g_hash_table_new(NULL, NULL);
	ms->storing = g_hash_table_new(NULL, NULL);
	for (i = 0; i < all->len; i++)
		if (!((const struct ew_refs_mechanism *)g_ptr_array_index(all, i))->of)
			load_mechanism(ms, refs, g_ptr_array_index(all, i));
	find_shared(ms);
	find_owners(ms);
	find_registered(ms);
	return ms;
}

void mechanisms_free(struct mechanisms *ms)
{
	if (!ms)
		return;
	g_hash_table_unref(ms->registrars);
	g_hash_table_unref(ms->storing);
	g_hash_table_unref(ms->dispatchers);
	g_ptr_array_unref(ms->list);
	g_free(ms);
}

/* ---- who dispatches -------------------------------------------------------------------------- */

/* Does what is called come out of the mechanism's slot, maybe through a local or a parameter? */
static bool is_fetched_from(struct graph *g, int slot, int from, int depth, GArray *fetched)
{
	int i;

	if (slot == from)
		return true;
	if (depth == LONGEST_FETCH || slot == UNKNOWN)
		return false;
	for (i = g->first_in[slot]; i >= 0; i = graph_flow(g, i)->next_in) {
		if (graph_flow(g, i)->is_address ||
		    !is_fetched_from(g, graph_flow(g, i)->src, from, depth + 1, fetched))
			continue;
		if (fetched)
			g_array_append_val(fetched, i);
		return true;
	}
	return false;
}

const struct mechanism *mechanism_of(const struct mechanisms *ms, int64_t caller, int slot, GArray *fetched)
{
	GPtrArray *list =
		g_hash_table_lookup(ms->dispatchers, GSIZE_TO_POINTER((gsize)caller));
	guint i;

	for (i = 0; list && i < list->len; i++) {
		struct mechanism *m = g_ptr_array_index(list, i);

		if (m->slot != UNKNOWN && slot != UNKNOWN &&
		    is_fetched_from(ms->graph, slot, m->slot, 0, fetched))
			return m;
	}
	return NULL;
}

bool mechanism_is_deferred(const struct mechanism *m)
{
	return strcmp(m->refs->name, "now");
}
