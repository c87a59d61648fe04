/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Values, objects and targets depend on each other: a call through a pointer hands its arguments to its
 * targets, which are known from what the objects hold, which values reached. So they grow in rounds until
 * nothing is new. At first a slot that nothing came to holds nothing; when all is quiet, what is empty
 * still may hold anything (it is filled in a way that the index does not show), and the rounds go on.
 */
#include "resolve/internal.h"

struct joining {
	struct graph *graph;
	struct objects *objects;
	int site; /* its index */
};

/* ---- arguments and returns ------------------------------------------------------------------- */

/* work->func(work): the object calls its own function. */
static bool is_self(const struct flow *argument, const struct candidate *c)
{
	return argument->src == c->base &&
	       ((c->mode == EW_BASE_POINTER && !argument->is_address) ||
		(c->mode == EW_BASE_OBJECT && argument->is_address));
}

static void hand_self(struct graph *g, int parameter, int object, int argument, bool is_dead)
{
	GArray *objects = g_hash_table_lookup(g->handed_self, GINT_TO_POINTER(parameter));
	bool is_new = !pair_map_at(&g->reached, parameter, object);

	if (!is_new && (is_dead || !graph_is_dead(g, parameter, object)))
		return;
	graph_add_value(g, parameter, object, argument, is_dead);
	if (object == UNKNOWN || !is_new)
		return;
	if (!objects) {
		objects = g_array_new(false, false, sizeof(int));
		g_hash_table_insert(g->handed_self, GINT_TO_POINTER(parameter), objects);
	}
	g_array_append_val(objects, object);
}

static void join_arguments(struct joining *j, const struct candidate *c, bool is_new)
{
	struct graph *g = j->graph;
	const struct site *s = &g_array_index(g->sites, struct site, j->site);
	int64_t function = ew_node_id(graph_node(g, c->function));
	int i = graph_first_of_call(g, s->call), next;

	for (; i >= 0; i = next) {
		const struct flow *f = graph_flow(g, i);
		int parameter;

		next = f->next_of_call;
		if (graph_kind(g, f->dst) != EW_NODE_ARGUMENT)
			continue;
		parameter = graph_number(
			g, ew_node_param(function, ew_node_position(graph_node(g, f->dst))));
		if (parameter == UNKNOWN)
			continue;
		if (is_self(f, c))
			hand_self(g, parameter, c->object, i, c->is_dead);
		else if (is_new)
			graph_add_flow(g, parameter, i, c->is_dead);
	}
}

static void join_result(struct joining *j, const struct candidate *c)
{
	struct graph *g = j->graph;
	const struct site *s = &g_array_index(g->sites, struct site, j->site);
	int64_t function = ew_node_id(graph_node(g, c->function));
	int result = graph_number(g, ew_node_argument(s->call, EW_NODE_RESULT));
	int from = graph_number(g, ew_node_make(EW_NODE_RETURN, function)), i;

	if (result == UNKNOWN)
		return;
	if (!g_hash_table_contains(g->defined, GSIZE_TO_POINTER((gsize)function)))
		graph_add_value(g, result, UNKNOWN, -1, false);
	for (i = from == UNKNOWN ? -1 : g->first_in[from]; i >= 0; i = graph_flow(g, i)->next_in)
		graph_add_flow(g, result, i, c->is_dead);
}

static void join(void *data, const struct candidate *c)
{
	struct joining *j = data;
	int *known = pair_map_at(&j->graph->joined, j->site, c->function);
	bool is_new = !known || (*known && !c->is_dead);

	if (!known)
		pair_map_add(&j->graph->joined, j->site, c->function, c->is_dead);
	else
		*known &= c->is_dead;
	join_arguments(j, c, is_new);
	if (is_new)
		join_result(j, c);
}

static void join_sites(struct graph *g, struct objects *o)
{
	struct joining j = {g, o, 0};

	for (j.site = 0; j.site < (int)g->sites->len; j.site++)
		targets_visit(g, o, &g_array_index(g->sites, struct site, j.site), join, &j);
}

/* ---- members of known objects ---------------------------------------------------------------- */

static void add_stores(struct graph *g, int flow, const GPtrArray *stores, bool is_dead)
{
	guint i;

	for (i = 0; stores && i < stores->len; i++) {
		const struct object_store *s = g_ptr_array_index(stores, i);

		/* What another load brings into the member itself is there in the next round. */
		if (pair_map_at(&g->reached, graph_flow(g, flow)->src, s->function))
			graph_add_value(g, graph_flow(g, flow)->dst, s->function, flow, is_dead || s->is_dead);
	}
}

/* Any object may be meant: the member's whole set, from now on. */
static void widen(struct graph *g, int flow)
{
	graph_flow(g, flow)->is_load = false;
	graph_add_values_of(g, flow);
}

static void load_object(struct graph *g, struct objects *o, int flow, int object)
{
	const struct flow *f = graph_flow(g, flow);

	if (object == UNKNOWN)
		widen(g, flow);
	else
		add_stores(g, flow, objects_stores(o, object, f->src),
			   f->src_mode == EW_BASE_POINTER && graph_is_dead(g, f->src_base, object));
}

static void load_members(struct graph *g, struct objects *o)
{
	int n = g->flows->len, i;
	guint k;

	for (i = 0; i < n; i++) {
		const struct flow *f = graph_flow(g, i);
		g_autoptr(GArray) objects = NULL;

		if (!f->is_load)
			continue;
		objects = objects_at(g, f->src_base, f->src_mode);
		for (k = 0; k < objects->len; k++)
			load_object(g, o, i, g_array_index(objects, int, k));
		add_stores(g, i, objects_wild(o, f->src), false);
		add_stores(g, i, objects_escaped(o, f->src, f->src_mode), false);
	}
}

/* ---- what may hold anything ------------------------------------------------------------------ */

/* Slots out of which something is called, in the end. */
static uint8_t *find_dispatched(struct graph *g)
{
	uint8_t *is_dispatched = g_new0(uint8_t, g->nodes->len);
	g_autoptr(GArray) queue = g_array_new(false, false, sizeof(int));
	guint k;
	int i;

	for (k = 0; k < g->sites->len; k++)
		g_array_append_val(queue, g_array_index(g->sites, struct site, k).slot);
	for (k = 0; k < queue->len; k++) {
		int slot = g_array_index(queue, int, k);

		if (slot == UNKNOWN || is_dispatched[slot])
			continue;
		is_dispatched[slot] = 1;
		for (i = g->first_in[slot]; i >= 0; i = graph_flow(g, i)->next_in)
			if (!graph_flow(g, i)->is_address)
				g_array_append_val(queue, graph_flow(g, i)->src);
	}
	return is_dispatched;
}

/* A function that is put where the index calls nothing is called from elsewhere. */
static void open_functions(struct graph *g)
{
	g_autofree uint8_t *is_dispatched = find_dispatched(g);
	guint i;

	for (i = 0; i < g->flows->len; i++) {
		const struct flow *f = graph_flow(g, i);

		if (graph_kind(g, f->src) == EW_NODE_FUNCTION && !is_dispatched[f->dst])
			g_hash_table_add(g->open, GSIZE_TO_POINTER((gsize)ew_node_id(graph_node(g, f->src))));
	}
}

static void open_results(struct graph *g)
{
	guint i;

	for (i = 1; i < g->nodes->len; i++)
		if (graph_kind(g, i) == EW_NODE_ARGUMENT && g->first_in[i] < 0 &&
		    ew_node_position(graph_node(g, i)) == EW_NODE_RESULT)
			graph_add_value(g, i, UNKNOWN, -1, false);
}

static void settle(struct graph *g)
{
	g->is_settled = true;
	open_functions(g);
	open_results(g);
	graph_add_open(g);
	g->changes++;
}

static void open_taken(struct graph *g)
{
	GHashTableIter i;
	gpointer function;

	g_hash_table_iter_init(&i, g->taken);
	while (g_hash_table_iter_next(&i, &function, NULL))
		g_hash_table_add(g->open, function);
}

struct objects *join_calls(struct graph *g, bool is_whole)
{
	struct objects *o = NULL, *before;
	int64_t changes;
	guint stores;

	if (!is_whole)
		open_taken(g);
	g->keys = keys_find(g);
	graph_start(g);
	do {
		before = o;
		stores = before ? before->stores->len : 0;
		o = objects_find(g, before);
		objects_free(before);
		if (!is_whole)
			objects_let_escape(o);
		changes = g->changes;
		load_members(g, o);
		keys_follow(g->keys, o);
		join_sites(g, o);
		if (g->changes == changes && o->stores->len == stores && !g->is_settled)
			settle(g);
		graph_solve(g);
	} while (g->changes != changes || o->stores->len != stores);
	return o;
}
