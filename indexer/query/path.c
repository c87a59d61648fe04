/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Paths: the cheapest way through the stored call graph.
 *
 * Dijkstra with small whole costs: a call through a pointer costs a little more than a direct one, so
 * that of two ways of one length the one with less to prove wins. Calls that this configuration never
 * runs are left out. A way may be asked to pass one of a set of functions: then every function stands
 * in the graph twice, before and after.
 */
#include <string.h>

#include "query/internal.h"

enum { COST_DIRECT = 8, COST_POINTER = 9, BUCKETS = COST_POINTER + 1 };

/* ---- search ---------------------------------------------------------------------------------- */

struct search {
	struct ew_query *query;
	struct binding *binding;
	uint32_t from, to;
	const bool *through; /* by function: one of these must be passed; or NULL */
	const bool *avoid;   /* by function: none of these may be passed; or NULL */
	uint32_t n;	     /* functions; states are function + n once one was passed */
	uint16_t *cost;	     /* by state, UINT16_MAX if not reached: small, so that it stays in the cache */
	uint32_t *came;	     /* state before */
	uint32_t *edge;	     /* position in the graph's arrays */
	GArray *buckets[BUCKETS];
};

static uint32_t state_of(struct search *s, uint32_t function, bool passed)
{
	return passed || (s->through && s->through[function]) ? function + s->n : function;
}

static void offer(struct search *s, uint32_t state, uint32_t cost, uint32_t came, uint32_t edge)
{
	if (s->cost[state] <= cost)
		return;
	s->cost[state] = cost;
	s->came[state] = came;
	s->edge[state] = edge;
	g_array_append_val(s->buckets[cost % BUCKETS], state);
}

bool path_is_left(struct ew_query *q, struct binding *b, uint32_t edge)
{
	const struct call_graph *g = &q->graph;
	GHashTable *callees;

	if (!b || !(g->to[edge] & EW_GRAPH_POINTER))
		return true;
	callees = g_hash_table_lookup(binding_calls(b), GSIZE_TO_POINTER((gsize)g->call[edge]));
	return !callees || g_hash_table_contains(callees, GSIZE_TO_POINTER((gsize)(
								  g->to[edge] & EW_GRAPH_FUNCTION)));
}

static void expand(struct search *s, uint32_t state)
{
	const struct call_graph *g = &s->query->graph;
	uint32_t function = state >= s->n ? state - s->n : state, i;

	if (function + 1 > g->functions)
		return;
	for (i = g->first[function]; i < g->first[function + 1]; i++) {
		uint32_t to = g->to[i] & EW_GRAPH_FUNCTION;
		uint32_t cost = s->cost[state] + (g->to[i] & EW_GRAPH_POINTER ? COST_POINTER : COST_DIRECT);
		uint32_t next = state_of(s, to, state >= s->n);

		/* Most were reached before: of those nothing else is asked. */
		if (s->cost[next] > cost && !(s->avoid && s->avoid[to]) && path_is_left(s->query, s->binding, i))
			offer(s, next, cost, state, i);
	}
}

/* Positions of the edges, first one first; NULL if there is no way. */
static GArray *way_back(struct search *s, uint32_t state)
{
	GArray *way = g_array_new(false, false, sizeof(uint32_t));

	while (s->came[state] != UINT32_MAX) {
		g_array_prepend_val(way, s->edge[state]);
		state = s->came[state];
	}
	return way;
}

static GArray *run_search(struct search *s)
{
	uint32_t goal = s->through ? s->to + s->n : s->to, cost, idle = 0;
	GArray *way = NULL;

	offer(s, state_of(s, s->from, false), 0, UINT32_MAX, 0);
	for (cost = 0; idle < BUCKETS && !way; cost++) {
		GArray *bucket = s->buckets[cost % BUCKETS];
		guint i;

		idle = bucket->len ? 0 : idle + 1;
		for (i = 0; i < bucket->len && !way; i++) {
			uint32_t state = g_array_index(bucket, uint32_t, i);

			if (s->cost[state] != cost)
				continue;
			if (state == goal && cost)
				way = way_back(s, state);
			else
				expand(s, state);
		}
		g_array_set_size(bucket, 0);
	}
	return way;
}

static GArray *find_way(struct ew_query *q, struct binding *b, int64_t from, int64_t to,
			const bool *through, const bool *avoid)
{
	uint32_t states;
	struct search s = {.query = q,
			   .binding = b,
			   .from = from,
			   .to = to,
			   .through = through,
			   .avoid = avoid};
	GArray *way;
	int i;

	if (!query_load_graph(q) || from < 0 || to < 0 || from >= q->graph.functions ||
	    to >= q->graph.functions)
		return NULL;
	s.n = q->graph.functions;
	states = through ? 2 * s.n : s.n;
	if (!q->graph.states) /* kept: fresh pages cost more than the search */
		q->graph.states = g_new(uint32_t, 6 * (size_t)s.n);
	s.came = q->graph.states;
	s.edge = s.came + states;
	s.cost = (uint16_t *)(s.edge + states);
	memset(s.cost, 0xff, states * sizeof *s.cost);
	for (i = 0; i < BUCKETS; i++)
		s.buckets[i] = g_array_new(false, false, sizeof(uint32_t));
	way = run_search(&s);
	for (i = 0; i < BUCKETS; i++)
		g_array_unref(s.buckets[i]);
	return way;
}

/* ---- the way as hops ------------------------------------------------------------------------- */

/* The call site behind an edge of the graph: of several direct calls, the first. */
static bool call_at(struct ew_query *q, uint32_t position, struct call_row *c)
{
	const struct call_graph *g = &q->graph;
	uint32_t caller = 0, last = g->functions;
	ew_auto(rows) r = NULL;
	bool found;

	if (g->to[position] & EW_GRAPH_POINTER)
		return query_call_row(q, g->call[position], c);
	while (last - caller > 1) { /* first[caller] <= position < first[last] */
		uint32_t middle = caller + (last - caller) / 2;

		if (g->first[middle] <= position)
			caller = middle;
		else
			last = middle;
	}
	r = ew_store_select(q->store, EW_FIRST_CALL, "ii", (int64_t)caller,
			    (int64_t)(g->to[position] & EW_GRAPH_FUNCTION));
	found = ew_rows_next(r);
	if (found)
		query_read_call(r, c);
	return found;
}

struct ew_edge *path_edge(struct ew_query *q, struct binding *b, uint32_t position)
{
	struct call_row c;

	if (!call_at(q, position, &c))
		return NULL;
	return query_edge_to(q, &c, b, q->graph.to[position] & EW_GRAPH_FUNCTION);
}

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
	queued->function = query_symbol(q, EW_SYMBOL_FUNCTION, f->function);
	return queued;
}

/* The nearest of the places where it is registered; through one of a set of functions, if that is not NULL. */
static GArray *way_to_nearest(struct ew_query *q, struct binding *b, int64_t from, const GArray *all,
			      const bool *through, const bool *avoid, const struct flow_row **nearest)
{
	GArray *best = NULL;
	guint i;

	for (i = 0; i < all->len; i++) {
		const struct flow_row *f = &g_array_index(all, struct flow_row, i);
		GArray *way = avoid && avoid[f->function]
				      ? NULL
				      : find_way(q, b, from, f->function, through, avoid);

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

struct ew_queued *path_queued(struct ew_query *q, struct binding *b, int64_t from,
			      const struct ew_edge *e, const bool *avoid)
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

/* ---- what would narrow it -------------------------------------------------------------------- */

/* Whether the binding leaves exactly the path's own callee at one of its wide hops, and at none
 * excludes it. */
static bool would_narrow(struct ew_query *q, const struct ew_path *p, const char *name)
{
	struct binding *b = query_binding(q, name, NULL);
	bool answer = false;
	guint i;

	for (i = 0; b && i < p->hops->len; i++) {
		const struct ew_edge *e = ((struct ew_hop *)g_ptr_array_index(p->hops, i))->edge;
		GHashTable *left = g_hash_table_lookup(binding_calls(b),
						       GSIZE_TO_POINTER((gsize)e->call));

		if (!left)
			continue;
		if (!g_hash_table_contains(left, GSIZE_TO_POINTER((gsize)e->callee->id)))
			return false;
		answer |= e->candidates > 1 && g_hash_table_size(left) == 1;
	}
	return answer;
}

static void find_narrowing(struct ew_query *q, struct ew_path *p)
{
	const GPtrArray *all = ew_refs_bindings(q->refs);
	guint i;

	for (i = 0; i < all->len; i++) {
		const struct ew_refs_binding *refs = g_ptr_array_index(all, i);

		if (would_narrow(q, p, refs->name))
			g_ptr_array_add(p->would_narrow, (gpointer)query_intern(q, refs->name));
	}
}

/* ---- the answer ------------------------------------------------------------------------------ */

static void free_hop(gpointer data)
{
	struct ew_hop *hop = data;

	g_free(hop->edge);
	if (hop->queued)
		g_ptr_array_unref(hop->queued->way);
	g_free(hop->queued);
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
		find_narrowing(q, p);
	return p;
}

static struct ew_path *make_path(struct ew_query *q, struct binding *b, int64_t from, GArray *way)
{
	g_autoptr(GPtrArray) edges = edges_of_way(q, b, way);
	GPtrArray *hops = path_new_hops();
	guint i;

	for (i = 0; i < edges->len; i++) {
		struct ew_hop *hop = g_new0(struct ew_hop, 1);

		hop->edge = g_memdup2(g_ptr_array_index(edges, i), sizeof *hop->edge);
		if (strcmp(hop->edge->when, "now"))
			hop->queued = path_queued(q, b, from, hop->edge, NULL);
		g_ptr_array_add(hops, hop);
	}
	return path_new(q, b, hops);
}

/* No call leads there: does work that is queued? */
static struct ew_path *path_by_queueing(struct ew_query *q, const struct ew_symbol *from,
					const struct ew_symbol *to, const char *binding,
					GError **error)
{
	const struct ew_path_options options = {.binding = binding, .most = 1};
	ew_auto(paths) paths = ew_query_paths(q, from, to, &options, error);

	return paths ? g_ptr_array_steal_index(paths->paths, 0) : NULL;
}

struct ew_path *ew_query_path(struct ew_query *q, const struct ew_symbol *from,
			      const struct ew_symbol *to, const char *binding, GError **error)
{
	struct binding *b = binding ? query_binding(q, binding, error) : NULL;
	g_autoptr(GArray) way = NULL;
	struct ew_path *p;

	if (binding && !b)
		return NULL;
	way = find_way(q, b, from->id, to->id, NULL, NULL);
	if (!way)
		return path_by_queueing(q, from, to, binding, error);
	p = make_path(q, b, from->id, way);
	p->binding = query_intern(q, binding);
	return p;
}
