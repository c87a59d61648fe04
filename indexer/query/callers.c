/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who calls a function. Of one that many call the index keeps the calls in the order of the answer (store.h), and
 * they are read as they are asked for; of any other they are read and sorted.
 */
#include <string.h>

#include "query/internal.h"

/* A call that was read. Its edge is made when it is wanted, for that reads source text; one through a pointer has
 * it already. */
struct caller {
	struct call_row call;
	const char *name, *file;
	struct ew_edge *edge;
};

struct ew_callers {
	struct ew_query *query;
	struct binding *binding;
	int64_t callee;
	GArray *read; /* of struct caller, in order; those before `given` were given */
	guint given;
	struct stored_callers stored; /* calls that are read later; its bytes are NULL if there are none */
	struct call_row next;
	bool has_next;
};

/* ---- from one call to the callers that it is --------------------------------------------------- */

static void add_caller(struct ew_callers *s, const struct call_row *c, struct ew_edge *edge)
{
	struct caller caller = {
		.call = *c,
		.name = query_symbol(s->query, EW_SYMBOL_FUNCTION, c->caller)->name,
		.file = query_file(s->query, c->file),
		.edge = edge,
	};

	g_array_append_val(s->read, caller);
}

/* Can the call find this object? Where the object is unknown, the field's whole set stands. */
static bool is_reached(struct ew_query *q, const struct call_row *c, const struct edge_row *e,
		       int64_t object)
{
	ew_auto(rows) r = NULL;

	if (e->grade < 3)
		return true;
	if (c->mode != EW_BASE_POINTER)
		return query_is_same_object(q, c->base, object);
	r = ew_store_select(q->store, EW_REACH, "ii", c->base, object);
	return ew_rows_next(r);
}

/* The edge once more for each further object that holds the function, however often it does. */
static void add_other_objects(struct ew_callers *s, const struct call_row *c, const struct edge_row *e,
			      struct ew_edge *first)
{
	struct ew_query *q = s->query;
	int64_t function = ew_node_make(EW_NODE_FUNCTION, e->callee);
	g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL); /* object -> its edge */
	ew_auto(rows) r = ew_store_select(q->store, EW_FLOWS_OF_INTO, "ii", c->slot, function);

	g_hash_table_insert(seen, GSIZE_TO_POINTER((gsize)e->container), first);
	first->stores = 0;
	while (ew_rows_next(r)) {
		struct flow_row f;
		struct ew_edge *edge;

		query_read_flow(r, &f);
		if (f.dst_mode != EW_BASE_OBJECT || !f.dst_base)
			continue;
		edge = g_hash_table_lookup(seen, GSIZE_TO_POINTER((gsize)f.dst_base));
		if (edge) {
			edge->stores++;
		} else if (is_reached(q, c, e, f.dst_base)) {
			edge = query_edge(q, c, e, e->callee);
			query_rebind(q, edge, c, f.dst_base);
			edge->stores = 1;
			g_hash_table_insert(seen, GSIZE_TO_POINTER((gsize)f.dst_base), edge);
			add_caller(s, c, edge);
		}
	}
	first->stores = MAX(first->stores, 1);
}

void query_other_objects(struct ew_query *q, const struct call_row *c, const struct edge_row *e,
			 struct ew_edge *first, GPtrArray *edges)
{
	g_autoptr(GArray) read = g_array_new(FALSE, FALSE, sizeof(struct caller));
	struct ew_callers s = {.query = q, .read = read};
	guint i;

	if (!e->container || e->run)
		return;
	add_other_objects(&s, c, e, first);
	for (i = 0; i < read->len; i++)
		g_ptr_array_add(edges, g_array_index(read, struct caller, i).edge);
}

static void add_bound(struct ew_callers *s, const struct call_row *c)
{
	g_autoptr(GPtrArray) edges = g_ptr_array_new_with_free_func(g_free);
	guint i;

	query_edges_of_call(s->query, c, s->binding, edges);
	for (i = 0; i < edges->len; i++) {
		struct ew_edge *edge = g_ptr_array_index(edges, i);

		if (edge->callee && edge->callee->id == s->callee)
			add_caller(s, c, g_memdup2(edge, sizeof *edge));
	}
}

static void add_pointer_caller(struct ew_callers *s, const struct call_row *c, const struct edge_row *e)
{
	struct ew_edge *edge;

	if (s->binding && binding_callees(s->binding, c)) {
		add_bound(s, c);
		return;
	}
	edge = query_edge(s->query, c, e, s->callee);
	add_caller(s, c, edge);
	if (e->container && !e->run)
		add_other_objects(s, c, e, edge);
}

static int compare_callers(gconstpointer a, gconstpointer b)
{
	const struct caller *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	if (!order)
		order = g_strcmp0(x->file, y->file);
	if (!order)
		order = x->call.line - y->call.line;
	if (!order)
		order = x->call.column - y->call.column;
	if (!order)
		order = g_strcmp0(x->edge ? x->edge->container : NULL, y->edge ? y->edge->container : NULL);
	return order ? order : x->call.id < y->call.id ? -1 : x->call.id > y->call.id;
}

static bool is_repeated(const struct caller *a, const struct caller *b)
{
	return !a->edge && !b->edge && a->call.caller == b->call.caller && a->call.file == b->call.file &&
	       a->call.line == b->call.line && a->call.column == b->call.column;
}

/* Of the calls that a macro repeats at one place, the first that is compiled. */
static void fold(GArray *read)
{
	struct caller *c = (struct caller *)read->data;
	guint i, n = 0;

	for (i = 0; i < read->len; i++) {
		if (!n || !is_repeated(&c[n - 1], &c[i]))
			c[n++] = c[i];
		else if (c[n - 1].call.is_dead && !c[i].call.is_dead)
			c[n - 1] = c[i];
	}
	g_array_set_size(read, n);
}

/* ---- few: all of them -------------------------------------------------------------------------- */

static void read_all(struct ew_callers *s)
{
	ew_auto(rows) direct = ew_store_select(s->query->store, EW_CALLS_TO, "i", s->callee);
	ew_auto(rows) pointer = ew_store_select(s->query->store, EW_EDGES_TO, "i", s->callee);
	struct call_row c;

	while (ew_rows_next(direct)) {
		query_read_call(direct, &c);
		if (!binding_rules_out(s->binding, &c))
			add_caller(s, &c, NULL);
	}
	while (ew_rows_next(pointer)) {
		struct edge_row e;

		query_read_edge(pointer, &e);
		if (query_call_row(s->query, e.call, &c))
			add_pointer_caller(s, &c, &e);
	}
	g_array_sort(s->read, compare_callers);
	fold(s->read);
}

/* ---- many: as they are asked for --------------------------------------------------------------- */

void stored_callers_init(struct stored_callers *s, struct ew_rows *r, int column)
{
	size_t length;
	const void *bytes = ew_rows_blob(r, column, &length);

	*s = (struct stored_callers){.bytes = g_bytes_new(bytes, length)};
}

int64_t stored_callers_next(struct stored_callers *s)
{
	gsize length;
	const uint8_t *bytes = g_bytes_get_data(s->bytes, &length);
	uint64_t value = 0;
	int shift = 0;

	if (s->at >= length)
		return 0;
	do
		value |= (uint64_t)(bytes[s->at] & 127) << shift;
	while (bytes[s->at++] & 128 && s->at < length && (shift += 7) < 64);
	s->last += (int64_t)(value >> 1 ^ -(value & 1));
	return s->last;
}

/* The next of the stored calls into s->next. */
static void read_next(struct ew_callers *s)
{
	int64_t call = stored_callers_next(&s->stored);

	s->has_next = call && query_call_row(s->query, call, &s->next);
	if (call && !s->has_next)
		ew_store_say_damaged(s->query->store, "a stored caller is no call");
}

static void add_stored(struct ew_callers *s, const struct call_row *c)
{
	ew_auto(rows) r = NULL;

	if (!c->is_pointer && c->callee == s->callee && !binding_rules_out(s->binding, c))
		add_caller(s, c, NULL);
	r = ew_store_select(s->query->store, EW_EDGES_OF_CALL, "i", c->id);
	while (ew_rows_next(r)) {
		struct edge_row e;

		query_read_edge(r, &e);
		if (e.callee == s->callee)
			add_pointer_caller(s, c, &e);
	}
}

/* The calls at the next place: what they make stands in the order of its objects. */
static void read_place(struct ew_callers *s)
{
	struct call_row first = s->next;

	g_array_set_size(s->read, 0);
	s->given = 0;
	while (s->has_next && s->next.caller == first.caller && s->next.file == first.file &&
	       s->next.line == first.line && s->next.column == first.column) {
		add_stored(s, &s->next);
		read_next(s);
	}
	g_array_sort(s->read, compare_callers);
}

/* ---- asking ------------------------------------------------------------------------------------ */

struct ew_callers *callers_begin(struct ew_query *q, int64_t callee, struct binding *b)
{
	struct ew_callers *s = g_new0(struct ew_callers, 1);
	ew_auto(rows) r = NULL;

	s->query = q;
	s->binding = b;
	s->callee = callee;
	s->read = g_array_new(FALSE, FALSE, sizeof(struct caller));
	r = ew_store_select(q->store, EW_CALLERS, "i", callee);
	if (ew_rows_next(r)) {
		stored_callers_init(&s->stored, r, 2);
		read_next(s);
	} else {
		read_all(s);
	}
	return s;
}

struct ew_edge *callers_next(struct ew_callers *s)
{
	struct caller *c;

	while (s->given == s->read->len && s->has_next)
		read_place(s);
	if (s->given == s->read->len)
		return NULL;
	c = &g_array_index(s->read, struct caller, s->given++);
	return c->edge ? g_steal_pointer(&c->edge) : query_edge(s->query, &c->call, NULL, s->callee);
}

void callers_end(struct ew_callers *s)
{
	guint i;

	if (!s)
		return;
	for (i = s->given; i < s->read->len; i++)
		g_free(g_array_index(s->read, struct caller, i).edge);
	g_array_unref(s->read);
	if (s->stored.bytes)
		g_bytes_unref(s->stored.bytes);
	g_free(s);
}

/* ---- many levels ------------------------------------------------------------------------------- */

static void ascend(struct outline *o, int64_t function, int depth)
{
	ew_auto(callers) s = callers_begin(o->query, function, o->binding);
	struct ew_edge *e;

	while (!o->more && !o->is_stopped && (e = callers_next(s)))
		if (outline_add(o, e, depth) && outline_opens(o, e->caller, depth))
			ascend(o, e->caller->id, depth + 1);
}

GPtrArray *ew_query_callers(struct ew_query *q, const struct ew_symbol *f,
			    const struct ew_edge_options *options, bool *more, GError **error)
{
	struct outline o;

	if (!outline_begin(&o, q, f, options, error))
		return NULL;
	ascend(&o, f->id, 1);
	return outline_end(&o, more, error);
}

bool ew_query_each_caller(struct ew_query *q, const struct ew_symbol *f, const struct ew_edge_options *options,
			  ew_take_edge take, void *data, bool *more, GError **error)
{
	g_autoptr(GPtrArray) none = NULL;
	struct outline o;

	if (!outline_begin(&o, q, f, options, error))
		return false;
	o.take = take;
	o.data = data;
	ascend(&o, f->id, 1);
	none = outline_end(&o, more, error);
	return none != NULL;
}

bool ew_query_count_callers(struct ew_query *q, const struct ew_symbol *f, const char *binding,
			    struct ew_caller_count *count, GError **error)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_CALLERS, "i", f->id);
	struct binding *b = binding ? query_binding(q, binding, error) : NULL;
	ew_auto(callers) s = NULL;
	g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
	struct ew_edge *e;

	*count = (struct ew_caller_count){0};
	if (binding && !b)
		return false;
	if (!binding && ew_rows_next(r)) {
		count->direct = ew_rows_int(r, 0);
		count->pointer = ew_rows_int(r, 1);
		return query_is_sound(q, error);
	}
	s = callers_begin(q, f->id, b);
	for (; (e = callers_next(s)); g_free(e))
		if (g_hash_table_add(seen, GSIZE_TO_POINTER((gsize)e->call)))
			*(e->is_pointer ? &count->pointer : &count->direct) += 1;
	return query_is_sound(q, error);
}
