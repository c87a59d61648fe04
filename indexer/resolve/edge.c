/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From each call through a pointer to its targets. */
#include "resolve/internal.h"

struct edges {
	struct graph *graph;
	struct objects *objects;
	struct ew_store_writer *writer;
	struct mechanisms *mechanisms;
	struct pair_map written;  /* reaches that were written */
	int64_t last_proof;
	struct sites *sites;
	struct ew_resolve_counts *counts;
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

static int64_t write_proof(struct edges *e, const GArray *flows)
{
	int64_t id = ++e->last_proof;
	guint i;

	for (i = 0; i < flows->len; i++)
		ew_store_add_proof(e->writer, id, i, i ? EW_ROLE_FLOW : EW_ROLE_STORE,
				   graph_flow(e->graph, g_array_index(flows, int, i))->id);
	return id;
}

static int add_proof(struct edges *e, int64_t id, int seq, enum ew_store_role role, int flow)
{
	ew_store_add_proof(e->writer, id, seq, role, graph_flow(e->graph, flow)->id);
	return seq + 1;
}

/* Of work that is run later: the store, every way in which it is registered, and how the dispatcher fetches
 * it. Where the registrar takes the function itself, the store is the registration. */
static int64_t write_deferred_proof(struct edges *e, const struct target *t, const struct mechanism *m,
				    const GArray *fetched)
{
	const struct mark *mark = m->marks ? marks_of(m->marks, t->function) : NULL;
	const GPtrArray *registered = mark && m->refs->raisers->len ? mark->raised : t->registered;
	const GArray *flows = t->store->flows;
	int64_t id = ++e->last_proof;
	int seq = 0;
	guint i, k;

	for (i = 0; i < flows->len; i++)
		seq = add_proof(e, id, seq, i ? EW_ROLE_FLOW : EW_ROLE_STORE,
				g_array_index(flows, int, i));
	for (i = 0; mark && i < mark->flows->len; i++)
		seq = add_proof(e, id, seq, EW_ROLE_MARK, g_array_index(mark->flows, int, i));
	for (i = 0; registered && i < registered->len; i++) {
		const struct handed *h = g_ptr_array_index(registered, i);

		for (k = 0; k < h->way->len; k++)
			seq = add_proof(e, id, seq, k ? EW_ROLE_HAND_ON : EW_ROLE_REGISTER,
					g_array_index(h->way, int, k));
	}
	for (i = 0; i < fetched->len; i++)
		seq = add_proof(e, id, seq, EW_ROLE_FETCH, g_array_index(fetched, int, i));
	return id;
}

/* The same, and how it came from the object's member into what is called. */
static int64_t write_loaded(struct edges *e, const GArray *flows, int load)
{
	int64_t id = write_proof(e, flows);

	ew_store_add_proof(e->writer, id, flows->len, EW_ROLE_FLOW, graph_flow(e->graph, load)->id);
	return id;
}

/* What the edge says of when it runs. */
static const char *run_of(const struct mechanism *m, int function)
{
	const struct mark *mark = m && m->marks ? marks_of(m->marks, function) : NULL;

	if (!m || !mechanism_is_deferred(m))
		return NULL;
	return mark && mark->part ? mark->part->name : m->refs->name;
}

static void write_edge(struct edges *e, const struct site *s, const struct target *t,
		       const struct mechanism *m, const GArray *fetched)
{
	int64_t proof = 0;

	if (m && t->store) {
		proof = write_deferred_proof(e, t, m, fetched);
	} else if (t->store && t->load >= 0) {
		proof = write_loaded(e, t->store->flows, t->load);
	} else if (t->store) {
		if (!t->store->proof)
			t->store->proof = write_proof(e, t->store->flows);
		proof = t->store->proof;
	}
	ew_store_add_edge(e->writer, s->call, ew_node_id(graph_node(e->graph, t->function)),
			  run_of(m, t->function), t->grade,
			  t->container ? graph_node(e->graph, t->container) : 0, proof,
			  !graph_has_type(e->graph, t->function, s->signature, true), t->is_dead);
	e->counts->edges++;
}

/* ---- targets --------------------------------------------------------------------------------- */

/* False if it was there: the first way is kept, but for one that is not compiled where another is. `seen`: function -> its
 * index + 1. */
static bool add_target(GArray *targets, GHashTable *seen, struct target t)
{
	gpointer at = g_hash_table_lookup(seen, GINT_TO_POINTER(t.function));
	struct target *known = at ? &g_array_index(targets, struct target, GPOINTER_TO_INT(at) - 1) : NULL;

	if (known && known->is_dead && !t.is_dead)
		*known = t;
	if (known)
		return false;
	g_array_append_val(targets, t);
	g_hash_table_insert(seen, GINT_TO_POINTER(t.function), GINT_TO_POINTER(targets->len));
	return true;
}

/* The object that a function was put into, where the last flow to the slot says so. */
static int container_of_reach(struct graph *g, int slot, int function)
{
	int flow = pair_map_get(&g->reached, slot, function, -1);

	if (flow < 0 || graph_flow(g, flow)->dst_mode != EW_BASE_OBJECT)
		return UNKNOWN;
	return graph_flow(g, flow)->dst_base;
}

struct finding {
	struct edges *edges;
	GArray *targets;
	GHashTable *seen;
	int by_object; /* those that an object holds */
	const struct site *site;
};

static void find_target(void *data, const struct candidate *c)
{
	struct finding *f = data;
	struct graph *g = f->edges->graph;
	struct target t = {c->function, c->store, c->object, c->grade, NULL, c->load, c->is_dead};

	if (c->object != UNKNOWN && c->mode == EW_BASE_POINTER)
		write_reach(f->edges, c->base, c->object);
	if (!c->store)
		t.container = container_of_reach(g, f->site->slot, c->function);
	else
		t.container = c->store->object;
	if (graph_stored_by(g, f->site->slot, c->function, c->store) != UNKNOWN)
		t.grade = graph_has_type(g, c->function, f->site->signature, false) ? GRADE_SIGNATURE : GRADE_FLOW;
	f->by_object += add_target(f->targets, f->seen, t) && c->grade >= GRADE_OBJECT;
}

static void find_targets(struct edges *e, const struct site *s, GArray *targets,
			 struct site_outcome *o)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
	struct finding f = {e, targets, seen, 0, s};
	struct layers layers = targets_visit(e->graph, e->objects, s, find_target, &f);

	o->is_open = layers.is_open;
	o->open_at = layers.open_at;
	o->object = layers.object;
	o->by_object = f.by_object;
}

/* ---- all sites ------------------------------------------------------------------------------- */

/* The update of a static call that puts something there which is not followed. */
static void write_open(struct edges *e, int slot)
{
	ew_store_add_reach(e->writer, graph_node(e->graph, slot), 0,
			   graph_flow(e->graph, pair_map_get(&e->graph->reached, slot, UNKNOWN, -1))->id);
}

/* How every function came to the slot, also those that the object rules out: `slots` shows them. */
static void write_slot(struct edges *e, int slot)
{
	const GArray *values = slot != UNKNOWN ? graph_values(e->graph, slot) : NULL;
	guint i;

	for (i = 0; values && i < values->len; i++) {
		int value = g_array_index(values, int, i);

		if (value != UNKNOWN && graph_kind(e->graph, value) == EW_NODE_FUNCTION)
			write_reach(e, slot, value);
		else if (value == UNKNOWN && keys_has_open(e->graph, slot))
			write_open(e, slot);
	}
}

/* What the mechanism knows of a target is more than that it reaches the slot. */
static void take_registered(const struct mechanism *m, GArray *targets)
{
	guint i;

	for (i = 0; i < targets->len; i++) {
		struct target *t = &g_array_index(targets, struct target, i);
		const struct target *known =
			g_hash_table_lookup(m->by_function, GINT_TO_POINTER(t->function));

		if (known && (known->registered ||
			      (known->is_dead <= t->is_dead && (!t->store || t->store->field != m->slot))))
			*t = *known;
	}
}

static int count_dead(const GArray *targets)
{
	int count = 0;
	guint i;

	for (i = 0; i < targets->len; i++)
		count += g_array_index(targets, struct target, i).is_dead;
	return count;
}

static void resolve_site(struct edges *e, const struct site *s)
{
	g_autoptr(GArray) fetched = g_array_new(false, false, sizeof(int));
	const struct mechanism *m = mechanism_of(e->mechanisms, s->caller, s->slot, fetched);
	struct site_outcome o = {.object = UNKNOWN, .is_deferred = m && mechanism_is_deferred(m)};
	g_autoptr(GArray) targets = g_array_new(false, false, sizeof(struct target));
	guint i;

	if (m && m->is_shared)
		for (i = 0; i < m->targets->len; i++)
			g_array_append_vals(targets, g_ptr_array_index(m->targets, i), 1);
	else
		find_targets(e, s, targets, &o);
	if (m && !m->is_shared)
		take_registered(m, targets);
	o.dead = count_dead(targets);
	o.targets = targets->len - o.dead;
	if (m && m->is_shared)
		o.by_object = o.targets;
	write_slot(e, s->slot);
	for (i = 0; i < targets->len; i++)
		write_edge(e, s, &g_array_index(targets, struct target, i), m, fetched);
	sites_write(e->sites, e->writer, s, &o);
	e->counts->pointer_calls++;
	e->counts->pointer_resolved += o.targets > 0;
}

/* Is there a store that names the object itself? */
static bool is_named(struct objects *o, const struct object_store *s)
{
	int64_t key = (int64_t)s->object << 32 | (uint32_t)s->field;
	const GPtrArray *stores = g_hash_table_lookup(o->by_object, &key);
	guint i;

	for (i = 0; stores && i < stores->len; i++) {
		const struct object_store *other = g_ptr_array_index(stores, i);

		if (other->flows->len &&
		    graph_flow(o->graph, g_array_index(other->flows, int, other->flows->len - 1))->dst_mode ==
			    EW_BASE_OBJECT)
			return true;
	}
	return false;
}

/* An object that names what it holds, and is written by way of a pointer all the same: a binding must not rely on it. */
static void write_overwritten(struct edges *e)
{
	guint i;

	for (i = 0; i < e->objects->stores->len; i++) {
		const struct object_store *s = g_ptr_array_index(e->objects->stores, i);
		const struct flow *last;

		if (s->object == UNKNOWN || !s->flows->len)
			continue;
		last = graph_flow(e->graph, g_array_index(s->flows, int, s->flows->len - 1));
		if (last->dst_mode == EW_BASE_POINTER && last->dst_base != UNKNOWN && is_named(e->objects, s))
			write_reach(e, last->dst_base, s->object);
	}
}

static void resolve_sites(struct edges *e)
{
	GArray *sites = e->graph->sites;
	guint i;

	e->counts->calls = e->graph->calls_seen;
	for (i = 0; i < sites->len; i++)
		resolve_site(e, &g_array_index(sites, struct site, i));
}

/* ---- chains ---------------------------------------------------------------------------------- */

struct chain_writer {
	struct edges *edges;
	const struct site *dispatch;
};

static int add_flows(struct edges *e, int64_t id, int seq, enum ew_store_role first, enum ew_store_role then,
		     const GArray *flows)
{
	guint i;

	for (i = 0; flows && i < flows->len; i++)
		seq = add_proof(e, id, seq, i ? then : first, g_array_index(flows, int, i));
	return seq;
}

/* The store, how its object is put on the chain, its head there, and the head that is called. */
static int64_t write_chain_proof(struct edges *e, int slot, const struct chain_target *t)
{
	int64_t id = ++e->last_proof;
	g_autoptr(GArray) way = t->store ? g_array_ref(t->store->flows) : graph_way(e->graph, slot, t->function);
	int seq = add_flows(e, id, 0, EW_ROLE_STORE, EW_ROLE_FLOW, way);

	seq = add_flows(e, id, seq, EW_ROLE_REGISTER, EW_ROLE_HAND_ON, t->put);
	if (t->head_flow >= 0)
		seq = add_proof(e, id, seq, EW_ROLE_CHAIN, t->head_flow);
	add_flows(e, id, seq, EW_ROLE_CHAIN, EW_ROLE_HAND_ON, t->called);
	return id;
}

static void write_chain_call(void *data, int64_t call, int head)
{
	const struct chain_writer *w = data;

	ew_store_add_chain(w->edges->writer, call, w->dispatch->call,
			   head == UNKNOWN ? 0 : graph_node(w->edges->graph, head));
}

static void write_chained(void *data, const struct chain_target *t)
{
	const struct chain_writer *w = data;
	struct edges *e = w->edges;
	int container = t->store ? t->store->object : UNKNOWN;

	ew_store_add_edge(e->writer, t->call, ew_node_id(graph_node(e->graph, t->function)), NULL, t->grade,
			  container != UNKNOWN ? graph_node(e->graph, container) : 0,
			  write_chain_proof(e, w->dispatch->slot, t),
			  !graph_has_type(e->graph, t->function, w->dispatch->signature, true), t->is_dead);
}

/* Where a mechanism has chains, who calls one calls what is on it. */
static void write_chains(struct edges *e)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
	guint i;

	for (i = 0; i < e->graph->sites->len; i++) {
		const struct site *s = &g_array_index(e->graph->sites, struct site, i);
		struct mechanism *m = (struct mechanism *)mechanism_of(e->mechanisms, s->caller, s->slot, NULL);
		struct chain_writer w = {e, s};
		struct chains *c;

		if (!m || !m->refs->chains->len || !g_hash_table_add(seen, m))
			continue;
		c = chains_new(e->graph, e->objects, m, s->caller);
		if (c)
			chains_visit(c, write_chain_call, write_chained, &w);
		chains_free(c);
	}
}

bool edges_write(struct graph *g, struct objects *o, struct ew_store_writer *w,
		 const struct ew_refs *refs, struct ew_resolve_counts *counts, GError **error)
{
	struct edges e = {.graph = g, .objects = o, .writer = w, .counts = counts};

	e.mechanisms = mechanisms_load(g, o, refs);
	pair_map_init(&e.written);
	e.sites = sites_new(g);
	resolve_sites(&e);
	write_overwritten(&e);
	write_chains(&e);
	ew_store_add_graph(w);
	sites_free(e.sites);
	pair_map_clear(&e.written);
	mechanisms_free(e.mechanisms);
	if (ew_store_error(g->store))
		g_propagate_error(error, g_error_copy(ew_store_error(g->store)));
	else if (ew_store_writer_error(w))
		g_propagate_error(error, g_error_copy(ew_store_writer_error(w)));
	return !ew_store_error(g->store) && !ew_store_writer_error(w);
}
