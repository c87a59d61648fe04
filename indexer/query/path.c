/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Paths: the cheapest way through the call graph (meet.c finds it), as hops, and where deferred work was queued.
 *
 * A call through a pointer costs a little more than a direct one, so that of two ways of one length the one with
 * less to prove wins. Calls that this configuration never runs are left out. A way to where work is queued may be
 * asked to pass one of a set of functions: then every function stands in the graph twice, before and after.
 */
#include <string.h>

#include "query/internal.h"

/* ---- search ---------------------------------------------------------------------------------- */

struct asked {
	struct ew_query *query;
	struct binding *binding;
	const bool *through; /* by function: one of these must be passed; or NULL */
	const bool *avoid;   /* by function: none of these may be passed; or NULL */
	uint32_t n;	     /* functions; states are function + n once one was passed */
	struct way_search *search;
};

static uint32_t state_of(const struct asked *a, uint32_t function, bool passed)
{
	return passed || (a->through && a->through[function]) ? function + a->n : function;
}

bool path_is_left(struct binding *b, uint32_t edge)
{
	return !b || binding_leaves(b, edge);
}

static void expand(const struct asked *a, uint32_t state)
{
	const struct wide_graph *w = a->query->wide;
	const struct call_graph *g = &a->query->graph;
	struct way_search *s = a->search;
	uint32_t function = state >= a->n ? state - a->n : state, i;

	graph_need(a->query, function);
	for (i = g->first[function]; i < g->first[function + 1]; i++) {
		uint32_t to = g->to[i] & EW_GRAPH_FUNCTION;
		uint32_t cost = s->cost[state] + graph_cost(g, i) + wide_cost_to_enter(w, to);
		uint32_t next = state_of(a, to, state >= a->n);

		/* Most were reached before: of those nothing else is asked. */
		if (s->cost[next] > cost && !(a->avoid && a->avoid[to]) &&
		    (!a->binding || binding_leaves_call(a->binding, function, to, g->call[i])))
			search_offer(s, next, cost, i, state);
	}
}

/* Dijkstra's from `from`, until `goals` states that `is_goal` marks by function were found, or there is nothing more. */
static void run_search(const struct asked *a, uint32_t from, const bool *is_goal, guint goals)
{
	uint32_t state, beyond = a->through ? a->n : 0;

	search_begin(a->search, a->through ? 2 * a->n : a->n, COST_MOST);
	search_offer(a->search, state_of(a, from, false), 0, SEARCH_NONE, SEARCH_NONE);
	while (goals && search_next(a->search, &state)) {
		if (state >= beyond && is_goal[state - beyond] && !--goals)
			break;
		expand(a, state);
	}
}

GArray *path_find(struct ew_query *q, struct binding *b, int64_t from, int64_t to)
{
	const struct wide_graph *w = query_wide_graph(q);

	if (!w || from < 0 || to < 0 || from >= q->graph.functions || to >= q->graph.functions)
		return NULL;
	return meet_find(w, b, from, to);
}

/* ---- the way as hops ------------------------------------------------------------------------- */

static GPtrArray *edges_of_way(struct ew_query *q, struct binding *b, GArray *way)
{
	GPtrArray *edges = g_ptr_array_new_with_free_func(g_free);
	guint i;

	for (i = 0; i < way->len; i++) {
		struct ew_edge *e = path_edge(q, b, g_array_index(way, uint32_t, i));

		if (e)
			g_ptr_array_add(edges, e);
	}
	return edges;
}

/* ---- where deferred work was queued ---------------------------------------------------------- */

/* Of a proof: the flows by which the object, or the function, is handed over. */
static void add_registrations(struct ew_query *q, int64_t proof, GArray *found)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_PROOF, "i", proof);
	struct flow_row f;

	while (ew_rows_next(r))
		if (ew_rows_int(r, 0) == EW_ROLE_REGISTER && query_flow_row(q, ew_rows_int(r, 1), &f))
			g_array_append_val(found, f);
}

GArray *path_registrations(struct ew_query *q, const struct ew_edge *e)
{
	GArray *found = g_array_new(false, false, sizeof(struct flow_row));
	ew_auto(rows) edges = ew_store_select(q->store, EW_EDGES_OF_CALL, "i", e->call);

	while (ew_rows_next(edges)) {
		struct edge_row row;

		query_read_edge(edges, &row);
		if (row.callee != e->callee->id || !row.proof)
			continue;
		add_registrations(q, row.proof, found);
		break;
	}
	return found;
}

/* By function id: does it use the member? */
static bool *functions_using(struct ew_query *q, int64_t field)
{
	bool *functions = g_new0(bool, q->graph.functions + 1);
	ew_auto(rows) r = ew_store_select(q->store, EW_ACCESSORS, "i", field);

	while (ew_rows_next(r)) {
		int64_t function = ew_rows_int(r, 0);

		if (function >= 0 && function < q->graph.functions)
			functions[function] = true;
	}
	return functions;
}

struct ew_queued *path_queued_at(struct ew_query *q, const struct flow_row *f)
{
	struct ew_queued *queued = g_new0(struct ew_queued, 1);

	queued->way = g_ptr_array_new_with_free_func(g_free);
	queued->site = (struct ew_place){query_file(q, f->file), f->line, f->column};
	queued->call = f->call;
	queued->registrar = query_symbol(q, EW_SYMBOL_FUNCTION, ew_node_id(f->dst))->name;
	queued->object = query_node_name(q, f->src);
	queued->is_constant = ew_node_kind_of(f->src) == EW_NODE_CONSTANT;
	queued->function = query_symbol(q, EW_SYMBOL_FUNCTION, f->function);
	return queued;
}

/* Of the places where it is registered those that may be passed, and have a way that is one: by function; returns how
 * many functions. */
static guint mark_goals(const struct asked *a, uint32_t from, const GArray *all, bool *is_goal)
{
	bool is_passed = !a->through || a->through[from];
	guint i, n = 0;

	for (i = 0; i < all->len; i++) {
		int64_t f = g_array_index(all, struct flow_row, i).function;

		if (f < 0 || f >= a->n || (a->avoid && a->avoid[f]) || (f == from && is_passed) || is_goal[f])
			continue;
		is_goal[f] = true;
		n++;
	}
	return n;
}

/* The nearest of the places where it is registered; through one of a set of functions, if that is not NULL. */
static GArray *way_to_nearest(struct ew_query *q, struct binding *b, int64_t from, const GArray *all,
			      const bool *through, const bool *avoid, const struct flow_row **nearest)
{
	struct asked a = {.query = q, .binding = b, .through = through, .avoid = avoid, .search = &q->search};
	g_autofree bool *is_goal = NULL;
	GArray *best = NULL;
	guint i;

	if (!query_wide_graph(q) || from < 0 || from >= q->graph.functions)
		return NULL;
	a.n = q->graph.functions;
	is_goal = g_new0(bool, a.n);
	run_search(&a, from, is_goal, mark_goals(&a, from, all, is_goal));
	for (i = 0; i < all->len; i++) {
		const struct flow_row *f = &g_array_index(all, struct flow_row, i);
		bool is_told = f->function >= 0 && f->function < a.n && is_goal[f->function];
		uint32_t state = is_told ? f->function + (through ? a.n : 0) : 0;
		GArray *way = NULL;

		if (is_told && a.search->cost[state] != SEARCH_NONE)
			way = search_way(a.search, state);
		if (way && (!best || way->len < best->len)) {
			g_clear_pointer(&best, g_array_unref);
			best = g_steal_pointer(&way);
			*nearest = f;
		}
		g_clear_pointer(&way, g_array_unref);
	}
	return best;
}

static const struct flow_row *first_left(const GArray *all, const bool *avoid)
{
	guint i;

	for (i = 0; i < all->len; i++) {
		const struct flow_row *f = &g_array_index(all, struct flow_row, i);

		if (!avoid || !avoid[f->function])
			return f;
	}
	return NULL;
}

static struct ew_queued *find_queued(struct ew_query *q, struct binding *b, int64_t from, const struct ew_edge *e,
				     const bool *avoid)
{
	int64_t holder = b ? binding_holder(b) : 0;
	g_autofree bool *through = holder ? functions_using(q, holder) : NULL;
	g_autoptr(GArray) all = path_registrations(q, e), way = NULL;
	const struct flow_row *f = first_left(all, avoid);
	struct ew_queued *queued;

	if (!f)
		return NULL;
	if (through)
		way = way_to_nearest(q, b, from, all, through, avoid, &f);
	if (!way)
		way = way_to_nearest(q, b, from, all, NULL, avoid, &f);
	queued = path_queued_at(q, f);
	if (way) {
		g_ptr_array_unref(queued->way);
		queued->way = edges_of_way(q, b, way);
	}
	return queued;
}

enum { MOST_KEPT = 1 << 10 };

struct key {
	const struct binding *binding;
	int64_t from, call, callee;
};

static guint hash_key(gconstpointer data)
{
	const struct key *k = data;

	return (guint)k->from * 2654435761u ^ (guint)k->call * 40503u ^ (guint)k->callee;
}

static gboolean is_same_key(gconstpointer a, gconstpointer b)
{
	return !memcmp(a, b, sizeof(struct key));
}

static void free_queued(gpointer data)
{
	path_queued_free(data);
}

/* Each costs two searches: where nothing is avoided, the last ones are kept. */
struct ew_queued *path_queued(struct ew_query *q, struct binding *b, int64_t from, const struct ew_edge *e,
			      const bool *avoid)
{
	const struct key key = {b, from, e->call, e->callee->id};
	struct ew_queued *queued;

	if (avoid)
		return find_queued(q, b, from, e, avoid);
	if (!q->queued)
		q->queued = g_hash_table_new_full(hash_key, is_same_key, g_free, free_queued);
	queued = g_hash_table_lookup(q->queued, &key);
	if (queued)
		return path_queued_copy(queued);
	queued = find_queued(q, b, from, e, NULL);
	if (g_hash_table_size(q->queued) >= MOST_KEPT)
		g_hash_table_remove_all(q->queued);
	if (queued)
		g_hash_table_insert(q->queued, g_memdup2(&key, sizeof key), path_queued_copy(queued));
	return queued;
}

void path_queued_free(struct ew_queued *queued)
{
	if (queued)
		g_ptr_array_unref(queued->way);
	g_free(queued);
}

struct ew_queued *path_queued_copy(const struct ew_queued *queued)
{
	struct ew_queued *copy = queued ? g_memdup2(queued, sizeof *queued) : NULL;
	guint i;

	if (!copy)
		return NULL;
	copy->way = g_ptr_array_new_with_free_func(g_free);
	for (i = 0; i < queued->way->len; i++)
		g_ptr_array_add(copy->way, g_memdup2(g_ptr_array_index(queued->way, i), sizeof(struct ew_edge)));
	return copy;
}

/* ---- the answer ------------------------------------------------------------------------------ */

static void free_hop(gpointer data)
{
	struct ew_hop *hop = data;

	g_free(hop->edge);
	path_queued_free(hop->queued);
	g_free(hop);
}

void ew_path_free(struct ew_path *p)
{
	if (!p)
		return;
	g_ptr_array_unref(p->hops);
	g_ptr_array_unref(p->would_narrow);
	g_ptr_array_unref(p->binding_proof);
	g_free(p);
}

GPtrArray *path_new_hops(void)
{
	return g_ptr_array_new_with_free_func(free_hop);
}

const struct ew_symbol *ew_hop_from(const struct ew_hop *hop)
{
	return hop->is_queueing ? hop->queued->function : hop->edge->caller;
}

struct ew_path *path_new(struct ew_query *q, struct binding *b, GPtrArray *hops)
{
	struct ew_path *p = g_new0(struct ew_path, 1);

	p->hops = hops;
	p->would_narrow = g_ptr_array_new();
	p->binding_proof = b ? binding_proof(b) : g_ptr_array_new_with_free_func(g_free);
	if (!b)
		path_find_narrowing(q, p);
	return p;
}

void path_say_giver(struct ew_query *q, struct ew_hop *hop, int64_t from)
{
	if (!hop->is_queueing || hop->queued->function->id == from)
		return;
	hop->queued->given_by = hop->queued->function;
	hop->queued->function = query_symbol(q, EW_SYMBOL_FUNCTION, from);
}

static struct ew_path *make_path(struct ew_query *q, struct binding *b, int64_t from, const GArray *way)
{
	GPtrArray *hops = path_new_hops();
	guint i;

	for (i = 0; i < way->len; i++) {
		struct ew_hop *hop = path_hop(q, b, g_array_index(way, uint32_t, i));

		if (!hop)
			continue;
		if (!i)
			path_say_giver(q, hop, from);
		if (!hop->is_queueing && strcmp(hop->edge->when, "now"))
			hop->queued = path_queued(q, b, from, hop->edge, NULL);
		g_ptr_array_add(hops, hop);
	}
	return path_new(q, b, hops);
}

struct ew_path *ew_query_path(struct ew_query *q, const struct ew_symbol *from,
			      const struct ew_symbol *to, const char *binding, GError **error)
{
	struct binding *b = binding ? query_binding(q, binding, error) : NULL;
	g_autoptr(GArray) way = NULL;
	struct ew_path *p;

	if (binding && !b)
		return NULL;
	way = path_find_possible(q, b, from->id, to->id);
	if (!way) {
		path_say_none(q, from, to, &(struct ew_path_options){.binding = binding}, false, error);
		return NULL;
	}
	ways_ahead(q, (const GArray *const *)&way, 1);
	p = make_path(q, b, from->id, way);
	p->binding = query_intern(q, binding);
	return p;
}
