/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where one slot serves many chains of objects (notifier_block.notifier_call), a chain is told by its head: an object is
 * put on it by a registrar that takes both, and who calls the chain hands over the head. Heads come through parameters of
 * wrappers at both ends. Two heads may be one where one contains less: p->chain is x.chain.
 *
 * An object that is not seen to be put anywhere, or with a head that is not known, is on every chain; a chain whose head
 * is not known has every object. One that is seen to be put on a chain is not looked for where an object without a name
 * is put on another: it has one link, and can be on one chain only.
 */
#include <string.h>

#include "resolve/chain.h"

void chained_free(gpointer data)
{
	struct chained *c = data;

	g_array_unref(c->heads);
	g_array_unref(c->way);
	g_free(c);
}

static void free_given(gpointer data)
{
	struct given *given = data;

	g_array_unref(given->heads);
	g_array_unref(given->way);
	g_free(given);
}

static void free_call(gpointer data)
{
	struct chain_call *c = data;

	g_ptr_array_unref(c->given);
	g_free(c);
}

/* ---- values ------------------------------------------------------------------------------------ */

/* The next flow of that call into the parameter, -1 if there is none; `after` -1 for the first. `a ? b : c` has two. */
static int flow_of_call(struct graph *g, int64_t call, int parameter, int after)
{
	int i = after < 0 ? graph_first_of_call(g, call) : graph_flow(g, after)->next_of_call;

	for (; i >= 0; i = graph_flow(g, i)->next_of_call)
		if (graph_flow(g, i)->dst == parameter)
			return i;
	return -1;
}

/* The parameter that is handed on, or UNKNOWN. */
static int parameter_of(struct graph *g, int flow)
{
	const struct flow *f = flow < 0 ? NULL : graph_flow(g, flow);
	int source = !f || f->is_address ? UNKNOWN : copied_slot(g, f->src);

	return source != UNKNOWN && graph_kind(g, source) == EW_NODE_PARAM ? source : UNKNOWN;
}

/* The objects whose address the flow hands over, or the function; UNKNOWN among them where there may be others. */
static GArray *objects_of(struct graph *g, int flow)
{
	GArray *found = g_array_new(false, false, sizeof(int));
	const struct flow *f = flow < 0 ? NULL : graph_flow(g, flow);
	const GArray *values;
	int unknown = UNKNOWN;
	guint i;

	if (f && f->src != UNKNOWN && (f->is_address || graph_kind(g, f->src) == EW_NODE_FUNCTION)) {
		g_array_append_val(found, f->src);
		return found;
	}
	values = f && f->src != UNKNOWN ? graph_values(g, f->src) : NULL;
	for (i = 0; values && i < values->len; i++)
		g_array_append_val(found, g_array_index(values, int, i));
	if (!found->len)
		g_array_append_val(found, unknown);
	return found;
}

static GArray *way_with(const struct chains *c, int flow)
{
	GArray *way = g_array_new(false, false, sizeof(int));
	guint i;

	if (flow >= 0)
		g_array_append_val(way, flow);
	for (i = c->inward->len; i > 0; i--)
		g_array_append_val(way, g_array_index(c->inward, int, i - 1));
	return way;
}

static bool is_pointed(const struct chains *c, int64_t function)
{
	return g_hash_table_contains(c->pointed, GSIZE_TO_POINTER((gsize)function));
}

/* ---- what is put on a chain -------------------------------------------------------------------- */

/* The head on the way outward: a parameter, or the flow that names it. */
struct head {
	int parameter, flow;
};

static void add_chained(struct chains *c, int flow, const struct head *head)
{
	g_autoptr(GArray) objects = objects_of(c->graph, flow);
	guint i;

	for (i = 0; i < objects->len; i++) {
		int object = g_array_index(objects, int, i);
		struct chained *x;

		if (object == UNKNOWN)
			continue;
		x = g_new(struct chained, 1);
		*x = (struct chained){object, objects_of(c->graph, head->flow),
				      way_with(c, flow), head->flow, false};
		x->is_dead = graph_has_dead(c->graph, x->way) ||
			     graph_is_dead(c->graph, graph_flow(c->graph, flow)->src, object);
		g_ptr_array_add(c->chained, x);
	}
}

static void find_chained(struct chains *c, int parameter, struct head head);

/* The flow that hands the object over, and with which head: put here, or by who calls this wrapper. */
static void follow_chained(struct chains *c, int flow, struct head head)
{
	int outer = parameter_of(c->graph, flow);

	if (outer == UNKNOWN) {
		add_chained(c, flow, &head);
		return;
	}
	g_array_append_val(c->inward, flow);
	find_chained(c, outer, head);
	g_array_set_size(c->inward, c->inward->len - 1);
}

static void find_chained(struct chains *c, int parameter, struct head head)
{
	struct graph *g = c->graph;
	int i;

	if (parameter == UNKNOWN || !g_hash_table_add(c->on_way, GINT_TO_POINTER(parameter)))
		return;
	for (i = g->first_in[parameter]; i >= 0; i = graph_flow(g, i)->next_in) {
		int64_t call = graph_flow(g, i)->call;
		struct head here = head;

		if (graph_flow(g, i)->how != EW_FLOW_ARGUMENT)
			continue;
		if (head.parameter == UNKNOWN) {
			follow_chained(c, i, head);
			continue;
		}
		here.flow = flow_of_call(g, call, head.parameter, -1);
		do {
			here.parameter = parameter_of(g, here.flow);
			follow_chained(c, i, here);
			if (here.flow >= 0)
				here.flow = flow_of_call(g, call, head.parameter, here.flow);
		} while (here.flow >= 0);
	}
	g_hash_table_remove(c->on_way, GINT_TO_POINTER(parameter));
}

GPtrArray *objects_put_with(struct graph *g, int64_t function, int object, int head)
{
	g_autoptr(GArray) inward = g_array_new(false, false, sizeof(int));
	g_autoptr(GHashTable) on_way = g_hash_table_new(NULL, NULL);
	struct chains c = {.graph = g, .chained = g_ptr_array_new(), .inward = inward, .on_way = on_way};
	struct head first = {graph_number(g, ew_node_param(function, head)), -1};

	find_chained(&c, graph_number(g, ew_node_param(function, object)), first);
	return c.chained;
}

/* ---- who calls a chain ------------------------------------------------------------------------- */

static GArray *calls_to(struct graph *g, int64_t function)
{
	GArray *calls = g_array_new(false, false, sizeof(int64_t));
	ew_auto(rows) r = ew_store_select(g->store, EW_CALLS_TO, "i", function);

	while (ew_rows_next(r)) {
		int64_t call = ew_rows_int(r, 0);

		g_array_append_val(calls, call);
	}
	return calls;
}

static bool have_same(const GArray *a, const GArray *b)
{
	return a->len == b->len && (!a->len || !memcmp(a->data, b->data, a->len * sizeof(int)));
}

/* A wrapper may call the chain several times. */
static bool is_given(const struct chain_call *call, const struct given *given)
{
	guint i;

	for (i = 0; i < call->given->len; i++) {
		const struct given *other = g_ptr_array_index(call->given, i);

		if (have_same(other->heads, given->heads))
			return true;
	}
	return false;
}

static void add_call(struct chains *c, int64_t call, int flow, bool is_any)
{
	gpointer key = GSIZE_TO_POINTER((gsize)call);
	struct chain_call *x = g_hash_table_lookup(c->called, key);
	struct given *given = g_new(struct given, 1);
	int unknown = UNKNOWN;

	if (!x) {
		x = g_new(struct chain_call, 1);
		*x = (struct chain_call){call, g_ptr_array_new_with_free_func(free_given)};
		g_ptr_array_add(c->calls, x);
		g_hash_table_insert(c->called, key, x);
	}
	*given = (struct given){objects_of(c->graph, flow), way_with(c, flow)};
	if (is_any)
		g_array_append_val(given->heads, unknown);
	if (is_given(x, given))
		free_given(given);
	else
		g_ptr_array_add(x->given, given);
}

static bool find_calls(struct chains *c, int64_t function, int position);

/* A wrapper that is called by nobody, or by its address, calls the chain of whoever does. */
static void find_calls_of_wrapper(struct chains *c, int64_t call, int flow, int parameter)
{
	int64_t node = graph_node(c->graph, parameter);
	bool is_called;

	if (!g_hash_table_add(c->on_way, GINT_TO_POINTER(parameter)))
		return;
	g_array_append_val(c->inward, flow);
	is_called = find_calls(c, ew_node_id(node), ew_node_position(node));
	g_array_set_size(c->inward, c->inward->len - 1);
	g_hash_table_remove(c->on_way, GINT_TO_POINTER(parameter));
	if (!is_called || is_pointed(c, ew_node_id(node)))
		add_call(c, call, flow, true);
}

/* False if there is none. */
static bool find_calls(struct chains *c, int64_t function, int position)
{
	struct graph *g = c->graph;
	g_autoptr(GArray) calls = calls_to(g, function);
	int taken = graph_number(g, ew_node_param(function, position));
	guint i;

	for (i = 0; i < calls->len; i++) {
		int64_t call = g_array_index(calls, int64_t, i);
		int flow = taken == UNKNOWN ? -1 : flow_of_call(g, call, taken, -1);

		do {
			int parameter = parameter_of(g, flow);

			if (parameter == UNKNOWN)
				add_call(c, call, flow, false);
			else
				find_calls_of_wrapper(c, call, flow, parameter);
			if (flow >= 0)
				flow = flow_of_call(g, call, taken, flow);
		} while (flow >= 0);
	}
	return calls->len > 0;
}

/* ---- both ends --------------------------------------------------------------------------------- */

/* The parameter of that registrar that takes the object. */
static int registered_position(const struct mechanism *m, const char *chain)
{
	const GPtrArray *registrars = m->refs->registrars;
	size_t length = strcspn(chain, "#") + 1;
	guint i;

	for (i = 0; i < registrars->len; i++)
		if (!strncmp(g_ptr_array_index(registrars, i), chain, length))
			return atoi((const char *)g_ptr_array_index(registrars, i) + length);
	return -1;
}

static void find_ends(struct chains *c, const char *chain)
{
	struct graph *g = c->graph;
	int position, object = registered_position(c->mechanism, chain);
	g_autoptr(GArray) functions = functions_taking(g, chain, &position);
	guint i;

	for (i = 0; i < functions->len; i++) {
		int64_t function = g_array_index(functions, int64_t, i);
		struct head head = {graph_number(g, ew_node_param(function, position)), -1};

		if (object < 0) {
			g_hash_table_add(c->takers, GSIZE_TO_POINTER((gsize)function));
			find_calls(c, function, position);
		} else {
			find_chained(c, graph_number(g, ew_node_param(function, object)), head);
		}
	}
}

/* Does every way into the dispatcher lead through a function that takes a head? */
static bool is_covered(struct chains *c, int64_t function, GHashTable *seen)
{
	gpointer key = GSIZE_TO_POINTER((gsize)function);
	ew_auto(rows) r = NULL;
	g_autoptr(GArray) callers = g_array_new(false, false, sizeof(int64_t));
	guint i;

	if (is_pointed(c, function))
		return false;
	if (g_hash_table_contains(c->takers, key) || !g_hash_table_add(seen, key))
		return true;
	r = ew_store_select(c->graph->store, EW_CALLS_TO, "i", function);
	while (ew_rows_next(r)) {
		int64_t caller = ew_rows_int(r, 1);

		g_array_append_val(callers, caller);
	}
	for (i = 0; i < callers->len; i++)
		if (!is_covered(c, g_array_index(callers, int64_t, i), seen))
			return false;
	return callers->len > 0;
}

/* Those that some pointer call has as a target. */
static GHashTable *find_pointed(struct graph *g)
{
	GHashTable *pointed = g_hash_table_new(NULL, NULL);
	size_t i;

	for (i = 0; i < g->joined.size; i++)
		if (g->joined.keys[i])
			g_hash_table_add(pointed, GSIZE_TO_POINTER((gsize)ew_node_id(graph_node(
							  g, (int)(uint32_t)(g->joined.keys[i] - 1)))));
	return pointed;
}

struct chains *chains_new(struct graph *g, struct objects *o, const struct mechanism *m, int64_t dispatcher)
{
	struct chains *c = g_new0(struct chains, 1);
	g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
	guint i;

	c->graph = g;
	c->objects = o;
	c->mechanism = m;
	c->chained = g_ptr_array_new_with_free_func(chained_free);
	c->calls = g_ptr_array_new_with_free_func(free_call);
	c->inward = g_array_new(false, false, sizeof(int));
	c->on_way = g_hash_table_new(NULL, NULL);
	c->takers = g_hash_table_new(NULL, NULL);
	c->called = g_hash_table_new(NULL, NULL);
	c->pointed = find_pointed(g);
	for (i = 0; i < m->refs->chains->len; i++)
		find_ends(c, g_ptr_array_index(m->refs->chains, i));
	if (c->calls->len && is_covered(c, dispatcher, seen))
		return c;
	chains_free(c);
	return NULL;
}

void chains_free(struct chains *c)
{
	if (!c)
		return;
	g_ptr_array_unref(c->chained);
	g_ptr_array_unref(c->calls);
	g_array_unref(c->inward);
	g_hash_table_unref(c->on_way);
	g_hash_table_unref(c->takers);
	g_hash_table_unref(c->called);
	g_hash_table_unref(c->pointed);
	g_free(c);
}
