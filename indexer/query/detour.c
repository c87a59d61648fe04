/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The cheapest way that code can go: the cheapest at all, where that is one (meet.c, handed.c), else the cheapest in which
 * what is called is handed over (ways_find.c).
 *
 * A function that is given an object and queues it (sk_reset_timer()) queues nothing certain: its callers do, and from
 * them the wide graph goes on. Only if such a function is where the question starts, what any caller gives it is taken.
 */
#include "query/ways.h"

enum { MOST_PARAMETERS = 12, DEEPEST_WRAPPER = 8 };

/* ---- what a function is given that it queues ------------------------------------------------------- */

/* The flows that give the function its parameters, through wrappers around it, too. */
static void add_givers(struct ew_query *q, int64_t function, GHashTable *seen, GHashTable *flows, int depth)
{
	int position;

	if (depth > DEEPEST_WRAPPER || !g_hash_table_add(seen, GSIZE_TO_POINTER((gsize)function)))
		return;
	for (position = 0; position < MOST_PARAMETERS; position++) {
		ew_auto(rows) r = ew_store_select(q->store, EW_FLOWS_INTO, "i", ew_node_param(function, position));
		struct flow_row f;

		while (ew_rows_next(r)) {
			query_read_flow(r, &f);
			if (ew_node_kind_of(f.src) == EW_NODE_PARAM && !f.is_address)
				add_givers(q, ew_node_id(f.src), seen, flows, depth + 1);
			else
				g_hash_table_add(flows, GSIZE_TO_POINTER((gsize)f.id));
		}
	}
}

static int64_t proof_of(struct ew_query *q, const struct queueing *k)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_EDGES_OF_CALL, "i", k->call);
	struct edge_row e;

	while (ew_rows_next(r)) {
		query_read_edge(r, &e);
		if (e.callee == k->to)
			return e.proof;
	}
	return 0;
}

/* Does the function stand between who gives the object, by the queueing's flow, and the registrar? */
static bool hands_on(struct ew_query *q, const struct queueing *k, int64_t function)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_PROOF, "i", proof_of(q, k));
	bool is_of_flow = false;
	struct flow_row f;

	while (ew_rows_next(r)) {
		int role = ew_rows_int(r, 0);

		if (role == EW_ROLE_REGISTER)
			is_of_flow = ew_rows_int(r, 1) == k->flow;
		if (is_of_flow && (role == EW_ROLE_REGISTER || role == EW_ROLE_HAND_ON) &&
		    query_flow_row(q, ew_rows_int(r, 1), &f) && ew_node_kind_of(f.dst) == EW_NODE_PARAM &&
		    ew_node_id(f.dst) == function)
			return true;
	}
	return false;
}

GArray *path_given_queueings(struct ew_query *q, int64_t function)
{
	const GArray *queueings = query_wide_graph(q)->queueings;
	g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL), flows = g_hash_table_new(NULL, NULL);
	GArray *given = NULL;
	guint i;

	add_givers(q, function, seen, flows, 0);
	for (i = 0; g_hash_table_size(flows) && i < queueings->len; i++) {
		const struct queueing *k = &g_array_index(queueings, struct queueing, i);

		if (k->from == function || !g_hash_table_contains(flows, GSIZE_TO_POINTER((gsize)k->flow)) ||
		    !hands_on(q, k, function))
			continue;
		if (!given)
			given = g_array_new(false, false, sizeof(uint32_t));
		g_array_append_val(given, i);
	}
	return given;
}

/* ---- asking ------------------------------------------------------------------------------------------ */

GPtrArray *path_given(struct ew_query *q, int64_t function)
{
	const struct wide_graph *w = query_wide_graph(q);
	g_autoptr(GArray) given = w ? path_given_queueings(q, function) : NULL;
	GPtrArray *work = g_ptr_array_new();
	guint i;

	for (i = 0; given && i < given->len; i++) {
		uint32_t index = g_array_index(given, uint32_t, i);
		int64_t to = g_array_index(w->queueings, struct queueing, index).to;
		const char *name = query_symbol(q, EW_SYMBOL_FUNCTION, to)->name;

		if (!g_ptr_array_find(work, name, NULL))
			g_ptr_array_add(work, (gpointer)name);
	}
	return work;
}

GArray *path_find_possible(struct ew_query *q, struct binding *b, int64_t from, int64_t to)
{
	const struct wide_graph *w = query_wide_graph(q);
	GArray *way = w ? path_find(q, b, from, to) : NULL;
	g_autoptr(GArray) given = NULL;
	struct ways s;

	if (!w || from < 0 || to < 0 || from >= q->graph.functions || to >= q->graph.functions)
		return way;
	given = path_given_queueings(q, from);
	if (!given && (!way || path_can_be_gone(q, way)))
		return way;
	g_clear_pointer(&way, g_array_unref);
	if (!ways_init(&s, q, b, from, to))
		return NULL;
	s.given = given;
	s.is_handed = path_is_handed;
	ways_measure(&s);
	way = ways_cheapest(&s); /* the first of those that --all tells */
	ways_clear(&s);
	return way;
}
