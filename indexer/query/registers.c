/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where a function's address goes: each place that stores it, and from there along the flows to the slots that
 * calls go through. What the flows say is more than what is called: a call's objects choose among what its slot
 * can hold, so of the calls through a slot those are told apart that have the function as a target.
 */
#include <string.h>

#include "query/internal.h"

/* A slot that the address comes to, and how: an edge of the tree that the search makes. */
struct reached {
	int64_t node;
	int from;	/* index of the slot before, -1 at the first */
	int64_t flow;	/* that brought it here, 0 through a call's argument */
};

struct search {
	struct ew_query *query;
	GHashTable *calls; /* calls that have the function as a target -> its edge_row, owned */
	GArray *reached;   /* of struct reached */
	GHashTable *seen;
};

static void free_way(gpointer data)
{
	struct ew_way *w = data;

	g_ptr_array_unref(w->steps);
	g_ptr_array_unref(w->calls);
	g_ptr_array_unref(w->keys);
	g_ptr_array_unref(w->mechanisms);
	g_free(w);
}

static void free_registration(gpointer data)
{
	struct ew_registration *r = data;

	g_ptr_array_unref(r->ways);
	g_free(r);
}

/* ---- along the flows --------------------------------------------------------------------------- */

static void reach(struct search *s, int64_t node, int from, int64_t flow)
{
	struct reached r = {node, from, flow};

	if (g_hash_table_add(s->seen, GSIZE_TO_POINTER((gsize)node)))
		g_array_append_val(s->reached, r);
}

/* What a call through a pointer hands over comes to the parameters of its targets, what they return to it. */
static void follow_argument(struct search *s, int64_t node, int from)
{
	ew_auto(rows) r = NULL;

	if (ew_node_position(node) == EW_NODE_RESULT)
		return;
	r = ew_store_select(s->query->store, EW_EDGES_OF_CALL, "i", ew_node_id(node));
	while (ew_rows_next(r))
		reach(s, ew_node_param(ew_rows_int(r, 2), ew_node_position(node)), from, 0);
}

static void follow(struct search *s, int64_t node, int from)
{
	ew_auto(rows) r = ew_store_select(s->query->store, EW_FLOWS_FROM, "i", node);

	while (ew_rows_next(r)) {
		struct flow_row f;

		query_read_flow(r, &f);
		if (!f.is_address)
			reach(s, f.dst, from, f.id);
	}
	if (ew_node_kind_of(node) == EW_NODE_ARGUMENT)
		follow_argument(s, node, from);
}

/* ---- what the slots are for -------------------------------------------------------------------- */

static void add_mechanism(struct ew_way *w, const char *name)
{
	guint i;

	for (i = 0; i < w->mechanisms->len; i++)
		if (!strcmp(g_ptr_array_index(w->mechanisms, i), name))
			return;
	g_ptr_array_add(w->mechanisms, (gpointer)name);
}

/* Those whose slot the way passes, where no call says which one it is. */
static void add_possible_mechanisms(struct search *s, struct ew_way *w, int at)
{
	const GPtrArray *all = ew_refs_mechanisms(s->query->refs);
	guint i;

	for (; at >= 0; at = g_array_index(s->reached, struct reached, at).from) {
		int64_t node = g_array_index(s->reached, struct reached, at).node;

		if (ew_node_kind_of(node) != EW_NODE_FIELD)
			continue;
		for (i = 0; i < all->len; i++) {
			const struct ew_refs_mechanism *m = g_ptr_array_index(all, i);

			if (!m->of && !strcmp(m->slot, query_node_name(s->query, node)))
				add_mechanism(w, query_intern(s->query, m->name));
		}
	}
}

static void add_steps(struct search *s, struct ew_way *w, int at)
{
	for (; at >= 0; at = g_array_index(s->reached, struct reached, at).from) {
		const struct reached *r = &g_array_index(s->reached, struct reached, at);
		struct flow_row f;

		if (r->from >= 0 && r->flow && query_flow_row(s->query, r->flow, &f))
			g_ptr_array_insert(w->steps, 0, query_step(s->query, "flow", &f));
	}
}

static struct ew_way *new_way_to(struct search *s, int64_t node)
{
	struct ew_way *w = g_new0(struct ew_way, 1);

	w->slot = query_node_name(s->query, node);
	w->steps = g_ptr_array_new_with_free_func(g_free);
	w->calls = g_ptr_array_new_with_free_func(g_free);
	w->keys = g_ptr_array_new();
	w->mechanisms = g_ptr_array_new();
	return w;
}

static void add_call(struct search *s, struct ew_way *w, const struct call_row *c)
{
	const struct edge_row *e = g_hash_table_lookup(s->calls, GSIZE_TO_POINTER((gsize)c->id));
	struct ew_edge *edge;

	w->sites++;
	if (!e)
		return;
	edge = query_edge(s->query, c, e, e->callee);
	g_ptr_array_add(w->calls, edge);
	if (e->run)
		add_mechanism(w, edge->when);
}

/* The way to a slot that calls go through; NULL if none does. */
static struct ew_way *way_to(struct search *s, int at)
{
	int64_t node = g_array_index(s->reached, struct reached, at).node;
	ew_auto(rows) r = ew_store_select(s->query->store, EW_CALLS_THROUGH, "i", node);
	struct ew_way *w = NULL;

	while (ew_rows_next(r)) {
		struct call_row c;

		query_read_call(r, &c);
		if (!w)
			w = new_way_to(s, node);
		add_call(s, w, &c);
	}
	if (!w)
		return NULL;
	add_steps(s, w, at);
	w->is_proved = w->calls->len > 0;
	if (!w->mechanisms->len)
		add_possible_mechanisms(s, w, at);
	return w;
}

/* ---- calls that the flows alone do not lead to -------------------------------------------------- */

static gint compare_numbers(gconstpointer a, gconstpointer b)
{
	return GPOINTER_TO_SIZE(a) < GPOINTER_TO_SIZE(b) ? -1 : GPOINTER_TO_SIZE(a) > GPOINTER_TO_SIZE(b);
}

static bool is_shown(const GPtrArray *ways, int64_t call)
{
	guint i, k;

	for (i = 0; i < ways->len; i++) {
		const struct ew_way *w = g_ptr_array_index(ways, i);

		for (k = 0; k < w->calls->len; k++)
			if (((struct ew_edge *)g_ptr_array_index(w->calls, k))->call == call)
				return true;
	}
	return false;
}

/* The flows behind the first of the target's proof, if that is `store`; NULL otherwise. */
static GPtrArray *proved_steps(struct search *s, const struct edge_row *e, int64_t store)
{
	ew_auto(rows) r = e->proof ? ew_store_select(s->query->store, EW_PROOF, "i", e->proof) : NULL;
	GPtrArray *steps;
	struct flow_row f;

	if (!r || !ew_rows_next(r) || ew_rows_int(r, 1) != store)
		return NULL;
	steps = g_ptr_array_new_with_free_func(g_free);
	while (ew_rows_next(r))
		if (query_flow_row(s->query, ew_rows_int(r, 1), &f))
			g_ptr_array_add(steps, query_step(s->query, "flow", &f));
	return steps;
}

/* Into a static call by way of its key, or out of another member of a union: the proof of the target begins here. */
static void add_proved(struct search *s, struct ew_registration *r, int64_t store)
{
	g_autoptr(GList) calls = g_list_sort(g_hash_table_get_keys(s->calls), compare_numbers);
	GList *at;

	for (at = calls; at; at = at->next) {
		const struct edge_row *e = g_hash_table_lookup(s->calls, at->data);
		GPtrArray *steps;
		struct ew_way *w;
		struct call_row c;

		if (is_shown(r->ways, e->call) || !query_call_row(s->query, e->call, &c) || !c.slot)
			continue;
		steps = proved_steps(s, e, store);
		if (!steps)
			continue;
		w = new_way_to(s, c.slot);
		g_ptr_array_unref(w->steps);
		w->steps = steps;
		add_call(s, w, &c);
		w->is_proved = true;
		g_ptr_array_add(r->ways, w);
	}
}

/* ---- one place --------------------------------------------------------------------------------- */

static struct ew_registration *registration(struct search *s, const struct flow_row *f)
{
	struct ew_query *q = s->query;
	struct ew_registration *r = g_new0(struct ew_registration, 1);
	int at;

	r->slot = query_node_name(q, f->dst);
	if (f->dst_base && f->dst_mode == EW_BASE_OBJECT)
		r->object = query_node_name(q, f->dst_base);
	r->how = query_how(f->how);
	r->place = (struct ew_place){query_file(q, f->file), f->line, f->column};
	r->function = f->function ? query_symbol(q, EW_SYMBOL_FUNCTION, f->function)->name : NULL;
	r->macro = query_string(q, f->macro);
	r->ways = g_ptr_array_new_with_free_func(free_way);
	g_array_set_size(s->reached, 0);
	g_hash_table_remove_all(s->seen);
	reach(s, f->dst, -1, f->id);
	for (at = 0; at < (int)s->reached->len; at++) {
		struct ew_way *w = way_to(s, at);

		if (w)
			g_ptr_array_add(r->ways, w);
		follow(s, g_array_index(s->reached, struct reached, at).node, at);
	}
	add_proved(s, r, f->id);
	query_merge_ways(r->ways);
	return r;
}

static void find_calls(struct search *s, int64_t function)
{
	ew_auto(rows) r = ew_store_select(s->query->store, EW_EDGES_TO, "i", function);

	while (ew_rows_next(r)) {
		struct edge_row *e = g_new(struct edge_row, 1);

		query_read_edge(r, e);
		g_hash_table_insert(s->calls, GSIZE_TO_POINTER((gsize)e->call), e);
	}
}

static int compare_registrations(gconstpointer a, gconstpointer b)
{
	const struct ew_registration *x = *(struct ew_registration *const *)a;
	const struct ew_registration *y = *(struct ew_registration *const *)b;
	int order = g_strcmp0(x->place.file, y->place.file);

	if (!order)
		order = x->place.line - y->place.line;
	return order ? order : x->place.column - y->place.column;
}

GPtrArray *ew_query_registers(struct ew_query *q, const struct ew_symbol *f, GError **error)
{
	struct search s = {.query = q};
	GPtrArray *found = g_ptr_array_new_with_free_func(free_registration);
	ew_auto(rows) r = ew_store_select(q->store, EW_FLOWS_FROM, "i",
					  ew_node_make(EW_NODE_FUNCTION, f->id));

	s.calls = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	s.reached = g_array_new(FALSE, FALSE, sizeof(struct reached));
	s.seen = g_hash_table_new(NULL, NULL);
	find_calls(&s, f->id);
	while (ew_rows_next(r)) {
		struct flow_row row;

		query_read_flow(r, &row);
		g_ptr_array_add(found, registration(&s, &row));
	}
	g_ptr_array_sort(found, compare_registrations);
	g_hash_table_unref(s.calls);
	g_array_unref(s.reached);
	g_hash_table_unref(s.seen);
	if (query_is_sound(q, error))
		return found;
	g_ptr_array_unref(found);
	return NULL;
}
