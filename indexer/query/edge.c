/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One edge as an answer, and the evidence behind it. */
#include <string.h>

#include "query/internal.h"

enum { LONGEST_WAY = 32 };

/* ---- steps of a proof ------------------------------------------------------------------------ */

const char *query_how(enum ew_flow_how how)
{
	static const char *const names[] = {
		[EW_FLOW_INITIALISER] = "initialiser",
		[EW_FLOW_ASSIGNMENT] = "assignment",
		[EW_FLOW_ARGUMENT] = "argument",
		[EW_FLOW_RETURN] = "return",
		[EW_FLOW_COPY] = "copy",
	};

	return (size_t)how < G_N_ELEMENTS(names) ? names[how] : "?";
}

/* A field in an initialised table is said with the table, which says more than the record. */
static char *place_name(struct ew_query *q, int64_t node, int64_t base, int mode)
{
	const char *name = query_node_name(q, node);
	const char *dot = strchr(name, '.');

	if (ew_node_kind_of(node) != EW_NODE_FIELD || mode != EW_BASE_OBJECT || !base || !dot)
		return g_strdup(name);
	return g_strdup_printf("%s.%s", query_node_name(q, base), dot + 1);
}

struct ew_step *query_step(struct ew_query *q, const char *role, const struct flow_row *f)
{
	struct ew_step *s = g_new0(struct ew_step, 1);
	g_autofree char *to = place_name(q, f->dst, f->dst_base, f->dst_mode);
	g_autofree char *from = place_name(q, f->src, f->src_base, f->src_mode);
	g_autofree char *text = g_strdup_printf(
		"%s = %s%s", to,
		f->is_address && ew_node_kind_of(f->src) != EW_NODE_FUNCTION ? "&" : "", from);

	s->role = role;
	s->text = query_intern(q, text);
	s->how = query_how(f->how);
	s->place = (struct ew_place){query_file(q, f->file), f->line, f->column};
	s->function = f->function ? query_symbol(q, EW_SYMBOL_FUNCTION, f->function)->name : NULL;
	s->macro = query_string(q, f->macro);
	s->condition = query_false_condition(q, f->condition);
	return s;
}

bool query_reaches(struct ew_query *q, int64_t slot, int64_t value)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_REACH, "ii", slot, value);

	return ew_rows_next(r);
}

void query_reach_steps(struct ew_query *q, int64_t slot, int64_t value, const char *first_role,
		       const char *role, GPtrArray *steps)
{
	guint at = steps->len;
	int i;
	struct ew_step *shared;

	for (i = 0; i < LONGEST_WAY && slot != value; i++) {
		ew_auto(rows) r = ew_store_select(q->store, EW_REACH, "ii", slot, value);
		struct flow_row f;

		if (!ew_rows_next(r) || !query_flow_row(q, ew_rows_int(r, 0), &f))
			break;
		shared = query_share_step(q, f.dst, slot);
		if (shared)
			g_ptr_array_insert(steps, at, shared);
		g_ptr_array_insert(steps, at,
				   query_step(q, f.src == value ? first_role : role, &f));
		slot = f.src;
	}
}

/* ---- edges ----------------------------------------------------------------------------------- */

const char *query_grade_name(struct ew_query *q, const struct edge_row *e)
{
	g_autofree char *name = NULL;

	if (!e)
		return "direct";
	if (!e->grade)
		return "flow";
	if (e->grade == 1)
		return "signature";
	name = g_strdup_printf("layers:%d", e->grade);
	return query_intern(q, name);
}

/* Where the function was put first: the proof's first flow, or the first on its way to the slot. */
static struct ew_place store_place(struct ew_query *q, const struct call_row *c,
				   const struct edge_row *e)
{
	struct ew_place place = {0};
	struct flow_row f;

	if (e->proof) {
		ew_auto(rows) r = ew_store_select(q->store, EW_PROOF, "i", e->proof);

		if (ew_rows_next(r) && query_flow_row(q, ew_rows_int(r, 1), &f))
			place = (struct ew_place){query_file(q, f.file), f.line, f.column};
	} else {
		g_autoptr(GPtrArray) steps = g_ptr_array_new_with_free_func(g_free);

		query_reach_steps(q, c->slot, ew_node_make(EW_NODE_FUNCTION, e->callee), "", "",
				  steps);
		if (steps->len)
			place = ((struct ew_step *)g_ptr_array_index(steps, 0))->place;
	}
	return place;
}

/* Of each target it is said how many the call has: the last answer is kept. */
int query_count_targets(struct ew_query *q, int64_t call)
{
	struct targets_count *last = &q->targets_count;
	ew_auto(rows) r = NULL;

	if (call && last->call == call)
		return last->targets;
	r = ew_store_select(q->store, EW_EDGE_COUNT, "i", call);
	*last = (struct targets_count){call, ew_rows_next(r) ? ew_rows_int(r, 0) : 0};
	return last->targets;
}

/* A call that hands over the head of a chain stands for the dispatcher's call through a pointer that it leads to. */
static void lead_on(struct ew_query *q, const struct chain_row *chain, const struct edge_row *e,
		    struct ew_edge *edge)
{
	struct call_row via;

	edge->is_pointer = true;
	edge->chain = chain->head ? query_node_name(q, chain->head) : NULL;
	edge->candidates = query_count_targets(q, e->call);
	if (!query_call_row(q, chain->via, &via))
		return;
	edge->slot = via.slot ? query_node_name(q, via.slot) : NULL;
	if (e->differs)
		edge->called_type = query_string(q, via.signature);
}

static struct ew_edge *read_edge(struct ew_query *q, const struct call_row *c, const struct edge_row *e,
				 int64_t callee)
{
	struct ew_edge *edge = g_new0(struct ew_edge, 1);
	const struct chain_row *chain = e && !c->is_pointer ? query_chain(q, c->id) : NULL;

	edge->caller = query_symbol(q, EW_SYMBOL_FUNCTION, c->caller);
	edge->callee = callee ? query_symbol(q, EW_SYMBOL_FUNCTION, callee) : NULL;
	edge->call = c->id;
	edge->site = (struct ew_place){query_file(q, c->file), c->line, c->column};
	edge->is_pointer = c->is_pointer;
	edge->when = e && e->run ? query_string(q, e->run) : "now";
	edge->grade = c->is_pointer && !e ? "unresolved" : query_grade_name(q, e);
	edge->macro = query_string(q, c->macro);
	edge->condition = query_condition(q, c->condition);
	edge->is_compiled = !c->is_dead && !(e && e->is_dead);
	edge->depth = 1;
	edge->candidates = c->is_pointer ? query_count_targets(q, c->id) : 1;
	if (c->is_pointer && c->slot)
		edge->slot = query_node_name(q, c->slot);
	if (e && e->container) {
		edge->container = query_node_name(q, e->container);
		edge->object = e->container;
	}
	if (e)
		edge->store = store_place(q, c, e);
	if (e && e->differs)
		edge->called_type = query_string(q, c->signature);
	if (e && e->is_dead)
		edge->stored_under = query_stored_under(q, c, e);
	if (chain)
		lead_on(q, chain, e, edge);
	return edge;
}

enum { MOST_KEPT = 1 << 13 };

/* All that an edge is made of. */
struct key {
	int64_t call, edge, callee, container, proof;
};

static guint hash_key(gconstpointer data)
{
	const struct key *k = data;

	return (guint)k->call * 2654435761u ^ (guint)k->edge * 40503u ^ (guint)k->callee ^ (guint)k->container * 31;
}

static gboolean is_same_key(gconstpointer a, gconstpointer b)
{
	return !memcmp(a, b, sizeof(struct key));
}

/* The last ones are kept: a question is often asked again, or asks for what another one told. */
struct ew_edge *query_edge(struct ew_query *q, const struct call_row *c, const struct edge_row *e, int64_t callee)
{
	const struct key key = {c->id, e ? e->id : 0, callee, e ? e->container : 0, e ? e->proof : 0};
	struct ew_edge *edge;

	if (!q->edges)
		q->edges = g_hash_table_new_full(hash_key, is_same_key, g_free, g_free);
	edge = g_hash_table_lookup(q->edges, &key);
	if (edge)
		return g_memdup2(edge, sizeof *edge);
	edge = read_edge(q, c, e, callee);
	if (g_hash_table_size(q->edges) >= MOST_KEPT)
		g_hash_table_remove_all(q->edges);
	g_hash_table_insert(q->edges, g_memdup2(&key, sizeof key), g_memdup2(edge, sizeof *edge));
	return edge;
}

/* Where the function is stored into the object. */
static struct ew_place store_into(struct ew_query *q, int64_t object, int64_t function)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_FLOWS_FROM, "i", ew_node_make(EW_NODE_FUNCTION, function));
	struct flow_row f;

	while (ew_rows_next(r)) {
		query_read_flow(r, &f);
		if (f.dst_base == object)
			return (struct ew_place){query_file(q, f.file), f.line, f.column};
	}
	return (struct ew_place){0};
}

void query_rebind(struct ew_query *q, struct ew_edge *edge, const struct call_row *c,
		  int64_t container)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_FLOWS_OF_INTO, "ii", c->slot,
					  ew_node_make(EW_NODE_FUNCTION, edge->callee->id));
	struct flow_row f;

	edge->container = query_node_name(q, container);
	edge->object = container;
	edge->store = store_into(q, container, edge->callee->id);
	while (ew_rows_next(r)) {
		query_read_flow(r, &f);
		if (f.dst_base == container)
			edge->store = (struct ew_place){query_file(q, f.file), f.line, f.column};
	}
}

int query_count_functions(struct ew_query *q, int64_t slot)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_REACHES_OF, "i", slot);
	int n = 0;

	while (ew_rows_next(r))
		n += ew_node_kind_of(ew_rows_int(r, 0)) == EW_NODE_FUNCTION;
	return n;
}

/* A direct call; where the binding knows the pointer that decides it, with the object that holds that. */
static struct ew_edge *direct_edge(struct ew_query *q, const struct call_row *c, struct binding *b)
{
	struct ew_edge *e = query_edge(q, c, NULL, c->callee);
	int64_t slot, object;

	if (!binding_chooses(b, c, &slot, &object))
		return e;
	e->container = query_node_name(q, object);
	e->object = object;
	e->candidates = query_count_functions(q, slot);
	e->store = store_into(q, object, c->callee);
	return e;
}

/* One target of a call through a pointer, bound to the object that the binding leaves; NULL if it leaves none. */
static struct ew_edge *edge_left(struct ew_query *q, const struct call_row *c, const struct edge_row *e,
				 GHashTable *left)
{
	gpointer container = NULL;
	struct ew_edge *edge;

	if (left && !g_hash_table_lookup_extended(left, GSIZE_TO_POINTER((gsize)e->callee), NULL, &container))
		return NULL;
	edge = query_edge(q, c, e, e->callee);
	if (container)
		query_rebind(q, edge, c, GPOINTER_TO_SIZE(container));
	return edge;
}

struct ew_edge *query_edge_to(struct ew_query *q, const struct call_row *c, struct binding *b, int64_t callee)
{
	GHashTable *left = b && c->is_pointer ? binding_callees(b, c) : NULL;
	ew_auto(rows) r = NULL;

	if (!c->is_pointer && c->callee == callee)
		return binding_rules_out(b, c) ? NULL : direct_edge(q, c, b);
	r = ew_store_select(q->store, EW_EDGES_OF_CALL, "i", c->id);
	while (ew_rows_next(r)) {
		struct edge_row e;

		query_read_edge(r, &e);
		if (e.callee == callee)
			return edge_left(q, c, &e, left);
	}
	return NULL;
}

static bool is_given(GPtrArray *edges, guint from, int64_t callee)
{
	guint i;

	for (i = from; i < edges->len; i++)
		if (((struct ew_edge *)g_ptr_array_index(edges, i))->callee->id == callee)
			return true;
	return false;
}

/* The flow that store_place() looks for first, or 0. */
static int64_t first_flow(struct ew_query *q, const struct call_row *c, const struct edge_row *e)
{
	ew_auto(rows) r = e->proof ? ew_store_select(q->store, EW_PROOF, "i", e->proof)
				   : ew_store_select(q->store, EW_REACH, "ii", c->slot,
						     ew_node_make(EW_NODE_FUNCTION, e->callee));

	return ew_rows_next(r) ? ew_rows_int(r, e->proof ? 1 : 0) : 0;
}

enum { MANY_TARGETS = 16 };

/* What many targets are told with stands all over the index. */
static void targets_ahead(struct ew_query *q, const struct call_row *c)
{
	g_autoptr(GArray) functions = g_array_new(false, false, sizeof(int64_t));
	g_autoptr(GArray) objects = g_array_new(false, false, sizeof(int64_t));
	g_autoptr(GArray) flows = g_array_new(false, false, sizeof(int64_t));
	ew_auto(rows) r = ew_store_select(q->store, EW_EDGES_OF_CALL, "i", c->id);

	while (ew_rows_next(r)) {
		struct edge_row e;
		int64_t object, flow;

		query_read_edge(r, &e);
		object = ew_node_id(e.container);
		flow = first_flow(q, c, &e);
		g_array_append_val(functions, e.callee);
		g_array_append_val(flows, flow);
		if (ew_node_kind_of(e.container) == EW_NODE_VARIABLE)
			g_array_append_val(objects, object);
	}
	query_ahead(q, EW_AHEAD_FUNCTION, functions);
	query_ahead(q, EW_AHEAD_VARIABLE, objects);
	query_ahead(q, EW_AHEAD_FLOW, flows);
	query_files_ahead(q, flows->len);
}

/* Those that the call's rows of table edge tell, each callee once; of `only`, if it is not 0. */
static void add_targets(struct ew_query *q, const struct call_row *c, GHashTable *left, int64_t only, GPtrArray *edges)
{
	ew_auto(rows) r = NULL;
	guint before = edges->len;

	if (!only && query_count_targets(q, c->id) >= MANY_TARGETS && query_asks_first(q, QUERY_ASKED_TARGETS, c->id))
		targets_ahead(q, c);
	r = ew_store_select(q->store, EW_EDGES_OF_CALL, "i", c->id);
	while (ew_rows_next(r)) {
		struct edge_row e;
		struct ew_edge *edge = NULL;

		query_read_edge(r, &e);
		if ((!only || e.callee == only) && !is_given(edges, before, e.callee))
			edge = edge_left(q, c, &e, left);
		if (edge)
			g_ptr_array_add(edges, edge);
	}
	if (edges->len == before && c->is_pointer && !left && !only)
		g_ptr_array_add(edges, query_edge(q, c, NULL, 0));
}

void query_edges_of_call_to(struct ew_query *q, const struct call_row *c, struct binding *b, int64_t only,
			    GPtrArray *edges)
{
	if (!c->is_pointer && (!only || c->callee == only) && !binding_rules_out(b, c))
		g_ptr_array_add(edges, direct_edge(q, c, b));
	if (c->is_pointer || query_chain(q, c->id))
		add_targets(q, c, b && c->is_pointer ? binding_callees(b, c) : NULL, only, edges);
}

void query_edges_of_call(struct ew_query *q, const struct call_row *c, struct binding *b, GPtrArray *edges)
{
	query_edges_of_call_to(q, c, b, 0, edges);
}

const struct ew_symbol *ew_query_object(struct ew_query *q, const struct ew_edge *e)
{
	enum ew_node_kind kind = ew_node_kind_of(e->object);

	if (kind != EW_NODE_FIELD && kind != EW_NODE_VARIABLE)
		return NULL;
	return query_typed_symbol(q, kind == EW_NODE_FIELD ? EW_SYMBOL_FIELD : EW_SYMBOL_VARIABLE,
				  ew_node_id(e->object));
}
