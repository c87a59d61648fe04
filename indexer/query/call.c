/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Callees, the calls inside a function, and why one function calls another. */
#include <string.h>

#include "query/internal.h"

static GPtrArray *new_edges(void)
{
	return g_ptr_array_new_with_free_func(g_free);
}

/* ---- one level ------------------------------------------------------------------------------- */

/* The edges of one caller, as they are told; of one callee alone if `only` is not 0. */
struct telling {
	struct ew_query *query;
	struct binding *binding;
	int64_t only;
	GPtrArray *edges;
	struct call_row last; /* call that is told, or would be of all callees */
	guint first;	      /* of the edges at its place */
};

static bool is_same_place(const struct call_row *a, const struct call_row *b)
{
	return a->file == b->file && a->line == b->line && a->column == b->column;
}

/* Where among the edges a direct call stands that reads the same, or -1. */
static int find_written(const struct telling *t, const struct call_row *c)
{
	guint i;

	if (!is_same_place(&t->last, c))
		return -1;
	for (i = t->edges->len; i-- > t->first;) {
		const struct ew_edge *e = g_ptr_array_index(t->edges, i);

		if (!e->is_pointer && e->callee->id == c->callee)
			return (int)i;
	}
	return -1;
}

/* Does the binding leave any edge of it? */
static bool is_told(const struct telling *t, const struct call_row *c)
{
	GHashTable *left = t->binding && c->is_pointer ? binding_callees(t->binding, c) : NULL;

	return c->is_pointer ? !left || g_hash_table_size(left) : !binding_rules_out(t->binding, c);
}

static void tell(struct telling *t, const struct call_row *c)
{
	guint before = t->edges->len;

	query_edges_of_call_to(t->query, c, t->binding, t->only, t->edges);
	if (t->edges->len == before && !(t->only && is_told(t, c)))
		return;
	if (!is_same_place(&t->last, c))
		t->first = before;
	t->last = *c;
}

/* A macro that uses its argument nine times makes nine calls at one place: the first that is compiled stays. */
static GPtrArray *callees_of(struct ew_query *q, int64_t caller, struct binding *b, int64_t only)
{
	struct telling t = {.query = q, .binding = b, .only = only, .edges = new_edges()};
	ew_auto(rows) r = ew_store_select(q->store, EW_CALLS_OF, "i", caller);

	while (ew_rows_next(r)) {
		struct call_row c;
		int at;

		query_read_call(r, &c);
		at = c.is_pointer ? -1 : find_written(&t, &c);
		if (at < 0) {
			tell(&t, &c);
		} else if (!c.is_dead && !((struct ew_edge *)t.edges->pdata[at])->is_compiled) {
			g_free(t.edges->pdata[at]);
			t.edges->pdata[at] = query_edge(q, &c, NULL, c.callee);
		}
	}
	return t.edges;
}

/* ---- many levels ----------------------------------------------------------------------------- */

static void descend(struct outline *o, int64_t function, int depth)
{
	g_autoptr(GPtrArray) edges = callees_of(o->query, function, o->binding, 0);
	guint i;

	for (i = 0; i < edges->len && !o->more; i++) {
		struct ew_edge *e = g_memdup2(g_ptr_array_index(edges, i), sizeof *e);

		if (outline_add(o, e, depth) && outline_opens(o, e->callee, depth))
			descend(o, e->callee->id, depth + 1);
	}
}

GPtrArray *ew_query_callees(struct ew_query *q, const struct ew_symbol *f,
			    const struct ew_edge_options *options, bool *more, GError **error)
{
	struct outline o;

	if (!outline_begin(&o, q, f, options, error))
		return NULL;
	descend(&o, f->id, 1);
	return outline_end(&o, more, error);
}

GPtrArray *ew_query_calls_of(struct ew_query *q, const struct ew_symbol *f, const struct ew_symbol *callee,
			     const char *binding, GError **error)
{
	struct binding *b = binding ? query_binding(q, binding, error) : NULL;

	return binding && !b ? NULL : callees_of(q, f->id, b, callee->id);
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

static void add_with_objects(struct ew_query *q, struct ew_edge *e, GPtrArray *edges)
{
	struct edge_row row;
	struct call_row c;

	g_ptr_array_add(edges, e);
	if (e->is_pointer && find_edge(q, e, &row) && query_call_row(q, e->call, &c))
		query_other_objects(q, &c, &row, e, edges);
}

GPtrArray *ew_query_edges_between(struct ew_query *q, const struct ew_symbol *a,
				  const struct ew_symbol *b, GError **error)
{
	g_autoptr(GPtrArray) all = callees_of(q, a->id, NULL, b->id);
	GPtrArray *edges = new_edges();
	guint i;

	for (i = 0; i < all->len; i++)
		add_with_objects(q, g_memdup2(g_ptr_array_index(all, i), sizeof(struct ew_edge)), edges);
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

static const char *role_name(enum ew_store_role role)
{
	switch (role) {
	case EW_ROLE_STORE:
		return "store";
	case EW_ROLE_REGISTER:
		return "register";
	case EW_ROLE_HAND_ON:
		return "hand on";
	case EW_ROLE_FETCH:
		return "fetch";
	case EW_ROLE_CHAIN:
		return "chain";
	case EW_ROLE_MARK:
		return "mark";
	default:
		return "flow";
	}
}

static void add_share_step(struct ew_query *q, int64_t stored, int64_t read, GPtrArray *steps)
{
	struct ew_step *s = query_share_step(q, stored, read);

	if (s)
		g_ptr_array_add(steps, s);
}

static void add_stored_proof(struct ew_query *q, int64_t proof, int64_t slot, GPtrArray *steps)
{
	int64_t at = 0;
	ew_auto(rows) r = ew_store_select(q->store, EW_PROOF, "i", proof);

	while (ew_rows_next(r)) {
		struct flow_row f;

		if (!query_flow_row(q, ew_rows_int(r, 1), &f))
			continue;
		add_share_step(q, at, f.src, steps);
		g_ptr_array_add(steps, query_step(q, role_name(ew_rows_int(r, 0)), &f));
		at = f.dst;
	}
	add_share_step(q, at, slot, steps);
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

/* Of a call that hands over the head of a chain: "calls blow, which leads to a call"; else "calls". */
static char *calls_what(struct ew_query *q, int64_t call)
{
	struct call_row c;

	if (!query_chain(q, call) || !query_call_row(q, call, &c))
		return g_strdup("calls");
	return g_strdup_printf("calls %s, which leads to a call", query_symbol(q, EW_SYMBOL_FUNCTION, c.callee)->name);
}

static void add_call_step(struct ew_query *q, const struct ew_edge *e, GPtrArray *steps)
{
	struct ew_step *s = g_new0(struct ew_step, 1);
	g_autofree char *calls = calls_what(q, e->call);
	g_autofree char *text =
		e->is_pointer ? g_strdup_printf("%s %s through %s", e->caller->name, calls,
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
			add_stored_proof(q, row.proof, c.slot, steps);
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
