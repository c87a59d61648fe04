/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Callers, callees, the calls inside a function, and why one function calls another. */
#include <string.h>

#include "query/internal.h"

static GPtrArray *new_edges(void)
{
	return g_ptr_array_new_with_free_func(g_free);
}

/* ---- one level ------------------------------------------------------------------------------- */

/* What an edge is sorted by. Without a grade: whole_edge() reads the rest, of those that are shown. */
static struct ew_edge *begun_edge(struct ew_query *q, const struct call_row *c)
{
	struct ew_edge *e = g_new0(struct ew_edge, 1);

	e->caller = query_symbol(q, EW_SYMBOL_FUNCTION, c->caller);
	e->call = c->id;
	e->site = (struct ew_place){query_file(q, c->file), c->line, c->column};
	return e;
}

static struct ew_edge *whole_edge(struct ew_query *q, const struct ew_edge *e)
{
	struct call_row c;

	if (e->grade || !query_call_row(q, e->call, &c))
		return g_memdup2(e, sizeof *e);
	return query_edge(q, &c, NULL, c.callee);
}

static void add_direct_callers(struct ew_query *q, int64_t callee, bool is_limited, GPtrArray *edges)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_CALLS_TO, "i", callee);

	while (ew_rows_next(r)) {
		struct call_row c;

		query_read_call(r, &c);
		g_ptr_array_add(edges, is_limited ? begun_edge(q, &c)
						: query_edge(q, &c, NULL, callee));
	}
}

/* Can the call find this object? Where the object is unknown, the field's whole set stands. */
static bool is_reached(struct ew_query *q, const struct call_row *c, const struct edge_row *e,
		       int64_t object)
{
	ew_auto(rows) r = NULL;

	if (e->grade < 3)
		return true;
	if (c->mode != EW_BASE_POINTER)
		return c->base == object;
	r = ew_store_select(q->store, EW_REACH, "ii", c->base, object);
	return ew_rows_next(r);
}

/* The edge once more for each further object that holds the function. */
static void add_other_objects(struct ew_query *q, const struct call_row *c, const struct edge_row *e,
			      GPtrArray *edges)
{
	int64_t function = ew_node_make(EW_NODE_FUNCTION, e->callee);
	ew_auto(rows) r = NULL;

	if (!e->container || e->run)
		return;
	r = ew_store_select(q->store, EW_FLOWS_OF_INTO, "ii", c->slot, function);
	while (ew_rows_next(r)) {
		struct flow_row f;
		struct ew_edge *edge;

		query_read_flow(r, &f);
		if (f.dst_mode != EW_BASE_OBJECT || !f.dst_base ||
		    f.dst_base == e->container || !is_reached(q, c, e, f.dst_base))
			continue;
		edge = query_edge(q, c, e, e->callee);
		query_rebind(q, edge, c, f.dst_base);
		g_ptr_array_add(edges, edge);
	}
}

static void add_pointer_callers(struct ew_query *q, int64_t callee, struct binding *b,
				GPtrArray *edges)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_EDGES_TO, "i", callee);

	while (ew_rows_next(r)) {
		g_autoptr(GPtrArray) of_call = new_edges();
		struct edge_row e;
		struct call_row c;
		guint i;

		query_read_edge(r, &e);
		if (!query_call_row(q, e.call, &c))
			continue;
		if (!b || !binding_callees(b, &c)) {
			g_ptr_array_add(edges, query_edge(q, &c, &e, callee));
			add_other_objects(q, &c, &e, edges);
			continue;
		}
		query_edges_of_call(q, &c, b, of_call);
		for (i = 0; i < of_call->len; i++) {
			struct ew_edge *edge = g_ptr_array_index(of_call, i);

			if (edge->callee && edge->callee->id == callee)
				g_ptr_array_add(edges, g_memdup2(edge, sizeof *edge));
		}
	}
}

static int compare_callers(gconstpointer a, gconstpointer b)
{
	const struct ew_edge *x = *(struct ew_edge *const *)a, *y = *(struct ew_edge *const *)b;
	int order = strcmp(x->caller->name, y->caller->name);

	if (!order)
		order = g_strcmp0(x->site.file, y->site.file);
	if (!order)
		order = x->site.line - y->site.line;
	if (!order)
		order = x->site.column - y->site.column;
	return order ? order : g_strcmp0(x->container, y->container);
}

static GPtrArray *callers_of(struct ew_query *q, int64_t callee, struct binding *b, bool is_limited)
{
	GPtrArray *edges = new_edges();

	add_direct_callers(q, callee, is_limited, edges);
	add_pointer_callers(q, callee, b, edges);
	g_ptr_array_sort(edges, compare_callers);
	return edges;
}

static GPtrArray *callees_of(struct ew_query *q, int64_t caller, struct binding *b, bool is_limited)
{
	GPtrArray *edges = new_edges();
	ew_auto(rows) r = ew_store_select(q->store, EW_CALLS_OF, "i", caller);

	while (ew_rows_next(r)) {
		struct call_row c;

		query_read_call(r, &c);
		query_edges_of_call(q, &c, b, edges);
	}
	return edges;
}

/* ---- many levels ----------------------------------------------------------------------------- */

/* If the answer is limited, edges may be only begun. */
typedef GPtrArray *(*step_function)(struct ew_query *q, int64_t function, struct binding *b,
				    bool is_limited);

struct descent {
	struct ew_query *query;
	struct binding *binding;
	step_function step;
	bool is_up;
	int depth, limit;
	bool more;
	GHashTable *seen; /* functions that were asked about */
	GPtrArray *edges;
};

/* Depth first, so that the answer reads as an outline; a function is opened once. */
static void descend(struct descent *d, int64_t function, int depth)
{
	g_autoptr(GPtrArray) edges = d->step(d->query, function, d->binding, d->limit > 0);
	guint i;

	for (i = 0; i < edges->len && !d->more; i++) {
		struct ew_edge *e = g_ptr_array_index(edges, i);
		const struct ew_symbol *next = d->is_up ? e->caller : e->callee;

		if (d->limit && (int)d->edges->len == d->limit) {
			d->more = true;
			return;
		}
		e = whole_edge(d->query, e);
		e->depth = depth;
		g_ptr_array_add(d->edges, e);
		if (next && depth < d->depth &&
		    g_hash_table_add(d->seen, GSIZE_TO_POINTER((gsize)next->id)))
			descend(d, next->id, depth + 1);
	}
}

static GPtrArray *ask(struct ew_query *q, const struct ew_symbol *f, step_function step, bool is_up,
		      const struct ew_edge_options *options, bool *more, GError **error)
{
	struct descent d = {.query = q, .step = step, .is_up = is_up};
	const char *name = options ? options->binding : NULL;

	d.depth = options && options->depth > 0 ? options->depth : 1;
	d.limit = options ? options->limit : 0;
	d.binding = name ? query_binding(q, name, error) : NULL;
	if (name && !d.binding)
		return NULL;
	d.edges = new_edges();
	d.seen = g_hash_table_new(NULL, NULL);
	g_hash_table_add(d.seen, GSIZE_TO_POINTER((gsize)f->id));
	descend(&d, f->id, 1);
	g_hash_table_unref(d.seen);
	if (more)
		*more = d.more;
	if (query_is_sound(q, error))
		return d.edges;
	g_ptr_array_unref(d.edges);
	return NULL;
}

GPtrArray *ew_query_callers(struct ew_query *q, const struct ew_symbol *f,
			    const struct ew_edge_options *options, bool *more, GError **error)
{
	return ask(q, f, callers_of, true, options, more, error);
}

GPtrArray *ew_query_callees(struct ew_query *q, const struct ew_symbol *f,
			    const struct ew_edge_options *options, bool *more, GError **error)
{
	return ask(q, f, callees_of, false, options, more, error);
}

GPtrArray *ew_query_calls_in(struct ew_query *q, const struct ew_symbol *f)
{
	GPtrArray *edges = new_edges();
	ew_auto(rows) r = ew_store_select(q->store, EW_CALLS_OF, "i", f->id);

	while (ew_rows_next(r)) {
		struct call_row c;

		query_read_call(r, &c);
		g_ptr_array_add(edges, query_edge(q, &c, NULL, c.callee));
	}
	return edges;
}

GPtrArray *ew_query_accesses_in(struct ew_query *q, const struct ew_symbol *f)
{
	GPtrArray *accesses = g_ptr_array_new_with_free_func(g_free);
	ew_auto(rows) r = ew_store_select(q->store, EW_ACCESSES_OF, "i", f->id);

	while (ew_rows_next(r)) {
		struct ew_access *a = g_new0(struct ew_access, 1);

		a->field = query_symbol(q, EW_SYMBOL_FIELD, ew_rows_int(r, 2))->name;
		a->mode = ew_rows_int(r, 3) & 3;
		a->in_condition = ew_rows_int(r, 3) & 4;
		a->place = (struct ew_place){f->place.file, ew_rows_int(r, 0), ew_rows_int(r, 1)};
		g_ptr_array_add(accesses, a);
	}
	return accesses;
}

/* ---- why ------------------------------------------------------------------------------------- */

GPtrArray *ew_query_edges_between(struct ew_query *q, const struct ew_symbol *a,
				  const struct ew_symbol *b, GError **error)
{
	g_autoptr(GPtrArray) all = callees_of(q, a->id, NULL, false);
	GPtrArray *edges = new_edges();
	guint i;

	for (i = 0; i < all->len; i++) {
		struct ew_edge *e = g_ptr_array_index(all, i);

		if (e->callee && e->callee->id == b->id)
			g_ptr_array_add(edges, g_memdup2(e, sizeof *e));
	}
	if (edges->len)
		return edges;
	g_ptr_array_unref(edges);
	if (query_is_sound(q, error))
		g_set_error(error, EW_ERROR, EW_ERROR_NO_ANSWER,
			    "%s does not call %s, directly or through a pointer that this index "
			    "resolves; `path %s %s` looks for a longer way",
			    a->name, b->name, a->name, b->name);
	return NULL;
}

/* The edge as the store has it. */
static bool find_edge(struct ew_query *q, const struct ew_edge *e, struct edge_row *row)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_EDGES_OF_CALL, "i", e->call);

	while (ew_rows_next(r)) {
		query_read_edge(r, row);
		if (row->callee == e->callee->id)
			return true;
	}
	return false;
}

static const char *role_name(enum ew_store_role role)
{
	switch (role) {
	case EW_ROLE_STORE:
		return "store";
	case EW_ROLE_REGISTER:
		return "register";
	default:
		return "flow";
	}
}

static void add_stored_proof(struct ew_query *q, int64_t proof, GPtrArray *steps)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_PROOF, "i", proof);

	while (ew_rows_next(r)) {
		struct flow_row f;

		if (query_flow_row(q, ew_rows_int(r, 1), &f))
			g_ptr_array_add(steps, query_step(q, role_name(ew_rows_int(r, 0)), &f));
	}
}

/* The store into the one object that the edge names. */
static void add_store_step(struct ew_query *q, const struct call_row *c, const struct ew_edge *e,
			   GPtrArray *steps)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_FLOWS_OF_INTO, "ii", c->slot,
					  ew_node_make(EW_NODE_FUNCTION, e->callee->id));

	while (ew_rows_next(r)) {
		struct flow_row f;

		query_read_flow(r, &f);
		if (f.dst_base == e->object)
			g_ptr_array_add(steps, query_step(q, "store", &f));
	}
}

static void add_call_step(struct ew_query *q, const struct ew_edge *e, GPtrArray *steps)
{
	struct ew_step *s = g_new0(struct ew_step, 1);
	g_autofree char *text =
		e->is_pointer ? g_strdup_printf("%s calls through %s", e->caller->name,
						e->slot ? e->slot : "a pointer without a name")
			      : g_strdup_printf("%s calls %s", e->caller->name, e->callee->name);

	s->role = strcmp(e->when, "now") ? "dispatch" : "call";
	s->text = query_intern(q, text);
	s->place = e->site;
	s->function = e->caller->name;
	g_ptr_array_add(steps, s);
}

GPtrArray *ew_query_proof(struct ew_query *q, const struct ew_edge *e, GError **error)
{
	GPtrArray *steps = g_ptr_array_new_with_free_func(g_free);
	struct edge_row row;
	struct call_row c;

	if (e->is_pointer && e->callee && find_edge(q, e, &row) && query_call_row(q, e->call, &c)) {
		if (row.proof && e->object == row.container)
			add_stored_proof(q, row.proof, steps);
		else if (e->object && c.slot)
			add_store_step(q, &c, e, steps);
		else
			query_reach_steps(q, c.slot, ew_node_make(EW_NODE_FUNCTION, row.callee),
					  "store", "flow", steps);
		if (e->object && c.mode == EW_BASE_POINTER && !row.run)
			query_reach_steps(q, c.base, e->object, "object", "object", steps);
	}
	add_call_step(q, e, steps);
	if (query_is_sound(q, error))
		return steps;
	g_ptr_array_unref(steps);
	return NULL;
}
