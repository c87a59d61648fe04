/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a slot may call, layer by layer: what its objects hold; what is stored for any object; all. */
#include "resolve/internal.h"

enum { LONGEST_COPY = 8, MOST_SOURCES = 64 };

struct visit {
	struct graph *graph;
	const struct objects *objects;
	visit_candidate visit;
	void *data;
	int64_t signature; /* that is called */
	bool is_dead; /* the way from the call to here */
	struct layers layers;
};

static void emit(struct visit *v, const struct candidate *c, bool is_dead)
{
	struct candidate found = *c;

	found.is_dead |= is_dead | v->is_dead;
	v->visit(v->data, &found);
}

/* Does the object around it tell the object apart from others of the same member? */
static bool is_told_apart(struct graph *g, int object, int stored)
{
	return object != UNKNOWN && stored != UNKNOWN && graph_kind(g, object) == EW_NODE_PART &&
	       graph_kind(g, stored) == EW_NODE_PART &&
	       (graph_is_within(g, object, stored) || graph_is_within(g, stored, object));
}

static void visit_stores(struct visit *v, const GPtrArray *stores, struct candidate c)
{
	guint i;

	for (i = 0; stores && i < stores->len; i++) {
		c.store = g_ptr_array_index(stores, i);
		if (c.grade >= GRADE_OBJECT)
			c.grade = is_told_apart(v->graph, c.object, c.store->object) ? GRADE_PART
										: GRADE_OBJECT;
		c.function = c.store->function;
		emit(v, &c, c.store->is_dead);
	}
}

static void visit_value(struct visit *v, int slot, struct candidate c)
{
	const struct key_store *k = keys_store(v->graph->keys, slot, c.function);

	if (k) {
		c.store = (struct object_store *)&k->store;
		c.grade = k->grade;
	}
	emit(v, &c, graph_is_dead(v->graph, slot, c.function));
}

/* It came there as what the struct beside holds, and no object has such a struct. */
static bool is_in_no_object(struct visit *v, int slot, int function)
{
	int flow = graph_is_beside(v->graph, slot) ? pair_map_get(&v->graph->reached, slot, function, -1) : -1;

	return flow >= 0 && graph_flow(v->graph, flow)->is_beside && !objects_has_beside(v->objects, slot, function);
}

/* All functions that ever reach the slot. */
static void visit_values(struct visit *v, int slot, struct candidate c)
{
	struct graph *g = v->graph;
	const GArray *values = slot ? graph_values(g, slot) : NULL;
	guint i;

	for (i = 0; values && i < values->len; i++) {
		c.function = g_array_index(values, int, i);
		if (c.function == UNKNOWN || graph_kind(g, c.function) != EW_NODE_FUNCTION ||
		    is_in_no_object(v, slot, c.function))
			continue;
		visit_value(v, slot, c);
	}
}

/* What is not named comes to the slot from there, or it would if anything did. */
static void add_open_sources(struct graph *g, int node, GArray *queue)
{
	int flow = pair_map_get(&g->reached, node, UNKNOWN, -1), i;

	if (flow >= 0) {
		g_array_append_val(queue, graph_flow(g, flow)->src);
		return;
	}
	for (i = graph_values(g, node) ? -1 : g->first_in[node]; i >= 0; i = graph_flow(g, i)->next_in)
		if (!graph_flow(g, i)->is_address && !graph_values(g, graph_flow(g, i)->src))
			g_array_append_val(queue, graph_flow(g, i)->src);
}

static bool was_before(const GArray *queue, guint at)
{
	guint i;

	for (i = 0; i < at; i++)
		if (g_array_index(queue, int, i) == g_array_index(queue, int, at))
			return true;
	return false;
}

/* Where the object comes from that cannot be named, if that is a parameter which nobody in the index gives a value, or of a function
 * that code outside may call. */
static int open_parameter(struct graph *g, int base, enum ew_base_mode mode)
{
	g_autoptr(GArray) queue = g_array_new(false, false, sizeof(int));
	guint i;

	if (mode == EW_BASE_POINTER)
		g_array_append_val(queue, base);
	for (i = 0; i < queue->len && i < MOST_SOURCES; i++) {
		int node = g_array_index(queue, int, i);

		if (node == UNKNOWN || was_before(queue, i))
			continue;
		if (graph_kind(g, node) == EW_NODE_PARAM &&
		    (g->first_in[node] < 0 || pair_map_get(&g->reached, node, UNKNOWN, 0) == -1))
			return node;
		add_open_sources(g, node, queue);
	}
	return UNKNOWN;
}

static void visit_member(struct visit *v, int slot, int base, enum ew_base_mode mode, int load)
{
	g_autoptr(GArray) objects = objects_at(v->graph, base, mode);
	struct candidate c = {.base = base, .mode = mode, .load = load};
	bool is_open = false;
	guint i;

	c.grade = GRADE_OBJECT;
	for (i = 0; i < objects->len; i++) {
		c.object = g_array_index(objects, int, i);
		if (c.object == UNKNOWN) {
			is_open = true;
			continue;
		}
		v->layers.object = c.object;
		c.is_dead = mode == EW_BASE_POINTER && graph_is_dead(v->graph, base, c.object);
		visit_stores(v, objects_stores(v->objects, c.object, slot), c);
	}
	c.is_dead = false;
	c.object = UNKNOWN;
	c.grade = GRADE_FIELD;
	visit_stores(v, objects_wild(v->objects, slot), c);
	visit_stores(v, objects_escaped(v->objects, slot, mode), c);
	c.store = NULL;
	if (is_open)
		visit_values(v, slot, c);
	v->layers.is_open |= is_open;
	if (is_open && v->layers.open_at == UNKNOWN)
		v->layers.open_at = open_parameter(v->graph, base, mode);
}

static void keep_candidate(void *data, const struct candidate *c)
{
	g_array_append_vals(data, c, 1);
}

static bool is_meant(struct visit *v, int slot, const struct candidate *c)
{
	return graph_is_meant(v->graph, c->function, slot, graph_stored_by(v->graph, slot, c->function, c->store),
			      v->signature);
}

static bool is_any_meant(struct visit *v, int slot, const GArray *found)
{
	guint i;

	for (i = 0; i < found->len; i++)
		if (is_meant(v, slot, &g_array_index(found, struct candidate, i)))
			return true;
	return false;
}

/* Where members share their bytes, functions meant for another one are left out: but if an object has no others, somebody
 * stores by the one member and calls by the other on purpose. */
static void visit_shared(struct visit *v, int slot, int base, enum ew_base_mode mode, int load)
{
	g_autoptr(GArray) found = g_array_new(false, false, sizeof(struct candidate));
	struct visit inner = *v;
	bool is_any;
	guint i;

	inner.visit = keep_candidate;
	inner.data = found;
	visit_member(&inner, slot, base, mode, load);
	v->layers = inner.layers;
	is_any = is_any_meant(v, slot, found);
	for (i = 0; i < found->len; i++) {
		const struct candidate *c = &g_array_index(found, struct candidate, i);
		bool is_particular = c->object != UNKNOWN && graph_is_particular(v->graph, c->object);

		if (is_any ? is_meant(v, slot, c) : is_particular)
			emit(v, c, false);
	}
}

static void visit_field(struct visit *v, int slot, int base, enum ew_base_mode mode, int load)
{
	if (graph_is_shared(v->graph, slot) || graph_is_beside(v->graph, slot))
		visit_shared(v, slot, base, mode, load);
	else
		visit_member(v, slot, base, mode, load);
}

static void visit_slot(struct visit *v, int slot, int depth);

/* A local is what was put into it: a member's value is as narrow as the member's object lets it be. */
static void visit_source(struct visit *v, int index, int depth)
{
	struct graph *g = v->graph;
	const struct flow *f = graph_flow(g, index);
	struct candidate c = {.function = f->src, .grade = GRADE_FLOW, .load = -1};
	bool before = v->is_dead;

	if (f->src == UNKNOWN)
		return;
	v->is_dead |= f->is_dead;
	if (graph_kind(g, f->src) == EW_NODE_FUNCTION)
		emit(v, &c, false);
	else if (graph_kind(g, f->src) == EW_NODE_FIELD && !f->is_address)
		visit_field(v, f->src, f->src_base, f->src_mode, index);
	else if (!f->is_address)
		visit_slot(v, f->src, depth + 1);
	v->is_dead = before;
}

static void visit_slot(struct visit *v, int slot, int depth)
{
	struct graph *g = v->graph;
	struct candidate c = {.grade = GRADE_FLOW, .load = -1};
	int i;

	if (graph_kind(g, slot) == EW_NODE_LOCAL && depth < LONGEST_COPY)
		for (i = g->first_in[slot]; i >= 0; i = graph_flow(g, i)->next_in)
			visit_source(v, i, depth);
	else
		visit_values(v, slot, c);
}

struct layers targets_visit(struct graph *g, const struct objects *o, const struct site *s,
			    visit_candidate visit, void *data)
{
	struct visit v = {g, o, visit, data, s->signature, false, {UNKNOWN, false, UNKNOWN}};

	if (s->slot == UNKNOWN)
		return v.layers;
	if (graph_kind(g, s->slot) == EW_NODE_FIELD)
		visit_field(&v, s->slot, s->base, s->mode, -1);
	else
		visit_slot(&v, s->slot, 0);
	v.layers.is_open |= keys_has_open(g, s->slot);
	return v.layers;
}
