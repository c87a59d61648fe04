/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Objects that code outside the index can get hold of: those of external linkage, those handed to a function
 * without a body here, and whatever such an object points to.
 */
#include "resolve/internal.h"

struct escape {
	struct graph *graph;
	GHashTable *seen; /* of node numbers */
	GArray *queue;	  /* of int: objects whose members are still to be followed */
	int *first_base;  /* lists of flows into members, by the object that is named there */
	int *next_base;
	bool is_dead; /* by ways, too, that are not compiled */
};

static bool is_external(struct graph *g, int object)
{
	ew_auto(rows) r =
		ew_store_select(g->store, EW_VARIABLE, "i", ew_node_id(graph_node(g, object)));

	return ew_rows_next(r) && !(ew_rows_int(r, 5) & EW_STORE_STATIC);
}

static void escape(struct escape *e, int object)
{
	object = graph_outermost(e->graph, object); /* who holds a part gets at what is around it */
	if (object != UNKNOWN && graph_kind(e->graph, object) == EW_NODE_VARIABLE &&
	    !g_hash_table_contains(e->seen, GINT_TO_POINTER(object))) {
		g_hash_table_insert(e->seen, GINT_TO_POINTER(object), NULL);
		g_array_append_val(e->queue, object);
	}
}

static void escape_values(struct escape *e, int slot)
{
	const GArray *values = graph_values(e->graph, slot);
	guint i;

	for (i = 0; values && i < values->len; i++)
		if (e->is_dead || !graph_is_dead(e->graph, slot, g_array_index(values, int, i)))
			escape(e, g_array_index(values, int, i));
}

static bool is_outside(const struct graph *g, int64_t parameter)
{
	return ew_node_kind_of(parameter) == EW_NODE_PARAM &&
	       !g_hash_table_contains(g->defined, GSIZE_TO_POINTER((gsize)ew_node_id(parameter)));
}

static void find_handed_out(struct escape *e)
{
	struct graph *g = e->graph;
	guint i;

	for (i = 1; i < g->nodes->len; i++)
		if (is_outside(g, graph_node(g, i)))
			escape_values(e, i);
}

static void link_bases(struct escape *e)
{
	struct graph *g = e->graph;
	guint i;

	e->first_base = g_new(int, g->nodes->len);
	e->next_base = g_new(int, g->flows->len + 1);
	for (i = 0; i < g->nodes->len; i++)
		e->first_base[i] = -1;
	for (i = 0; i < g->flows->len; i++) {
		const struct flow *f = graph_flow(g, i);
		int object = f->dst_mode == EW_BASE_OBJECT ? graph_outermost(g, f->dst_base) : UNKNOWN;

		if (object == UNKNOWN)
			continue;
		e->next_base[i] = e->first_base[object];
		e->first_base[object] = i;
	}
}

/* The parser follows objects that hold functions. One that only points to such is told by what it points to, not by
 * where it goes: nobody here says who gets it. */
static bool is_not_followed(const struct escape *e, int object)
{
	struct graph *g = e->graph;
	bool points = false;
	int i;

	for (i = e->first_base[object]; i >= 0; i = e->next_base[i])
		if (graph_kind(g, graph_flow(g, i)->src) == EW_NODE_FUNCTION)
			return false;
		else
			points |= graph_flow(g, i)->is_address;
	for (i = g->first_out[object]; points && i >= 0; i = graph_flow(g, i)->next_out)
		if (graph_flow(g, i)->is_address)
			return false;
	return points;
}

static void find_external(struct escape *e)
{
	guint i;

	for (i = 1; i < e->graph->nodes->len; i++)
		if (graph_kind(e->graph, i) == EW_NODE_VARIABLE &&
		    (is_external(e->graph, i) || is_not_followed(e, i)))
			escape(e, i);
}

/* What the object points to, and what its members do. */
static void follow(struct escape *e, int object)
{
	struct graph *g = e->graph;
	int i;

	escape_values(e, object);
	for (i = e->first_base[object]; i >= 0; i = e->next_base[i])
		if (graph_flow(g, i)->is_dead && !e->is_dead)
			continue;
		else if (graph_flow(g, i)->is_address)
			escape(e, graph_flow(g, i)->src);
		else if (graph_flow(g, i)->src != UNKNOWN)
			escape_values(e, graph_flow(g, i)->src);
}

static void follow_all(struct escape *e)
{
	guint i;

	find_handed_out(e);
	for (i = 0; i < e->queue->len; i++)
		follow(e, g_array_index(e->queue, int, i));
}

GHashTable *objects_escaping(struct graph *g)
{
	struct escape e = {g, g_hash_table_new(NULL, NULL), g_array_new(false, false, sizeof(int)),
			   NULL, NULL, false};
	guint i;

	link_bases(&e);
	find_external(&e);
	follow_all(&e);
	for (i = 0; i < e.queue->len; i++)
		g_hash_table_insert(e.seen, GINT_TO_POINTER(g_array_index(e.queue, int, i)), GINT_TO_POINTER(1));
	e.is_dead = g->has_dead;
	if (e.is_dead)
		follow_all(&e);
	g_array_unref(e.queue);
	g_free(e.first_base);
	g_free(e.next_base);
	return e.seen;
}
