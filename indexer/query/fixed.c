/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What follows from a binding: what the pointers hold that are read out of its objects, which calls go through
 * them, and which calls are never made, for they stand under a condition that one of these pointers does not meet.
 *
 * Only what is certain counts. A local is known if all that flows into it is; a member, if functions are all that
 * is stored into it. NULL is no value that is told: so that a pointer is not the function that it may hold is
 * never concluded of a local.
 */
#include <inttypes.h>
#include <string.h>

#include "query/binding.h"

enum { LONGEST_COPY = 4, DEEPEST = 256 };

static gpointer key_of(int64_t node)
{
	return GSIZE_TO_POINTER((gsize)node);
}

static GHashTable *new_table(struct binding *b)
{
	GHashTable *table = g_hash_table_new(NULL, NULL);

	g_ptr_array_add(b->tables, table);
	return table;
}

static void add_all(GHashTable *to, GHashTable *from)
{
	GHashTableIter i;
	gpointer value, object;

	g_hash_table_iter_init(&i, from);
	while (g_hash_table_iter_next(&i, &value, &object))
		g_hash_table_insert(to, value, object);
}

/* ---- what a pointer holds ------------------------------------------------------------------------ */

static bool is_constant(struct binding *b, int64_t object)
{
	const struct ew_symbol *s = query_typed_symbol(b->query, EW_SYMBOL_VARIABLE, ew_node_id(object));

	return ew_node_kind_of(object) == EW_NODE_VARIABLE && s && s->type && g_str_has_prefix(s->type, "const ");
}

/* May a store through a pointer reach the object? `*p = whatever` comes to the members as any other store does. */
static bool may_be_written(struct binding *b, int64_t member, int64_t object)
{
	ew_auto(rows) r = ew_store_select(b->query->store, EW_FLOWS_INTO, "i", member);
	bool may = false;
	struct flow_row f;

	if (is_constant(b, object))
		return false;
	while (!may && ew_rows_next(r)) {
		query_read_flow(r, &f);
		if (f.dst_mode == EW_BASE_POINTER)
			may = !f.dst_base || query_reaches(b->query, f.dst_base, object);
	}
	return may;
}

/* What the object holds in the member. Many calls go through one member: it is looked up once. */
static GHashTable *values_of_object(struct binding *b, int64_t member, int64_t object)
{
	g_autofree char *key = g_strdup_printf("%" PRId64 ".%" PRId64, member, object);
	gpointer known;
	GHashTable *values;
	ew_auto(rows) r = NULL;

	if (g_hash_table_lookup_extended(b->slots, key, NULL, &known))
		return known;
	values = new_table(b);
	if (may_be_written(b, member, object))
		values = NULL;
	r = ew_store_select(b->query->store, EW_STORED_INTO, "ii", member, object);
	while (values && ew_rows_next(r)) {
		int64_t src = ew_rows_int(r, 0);

		if (ew_node_kind_of(src) == EW_NODE_FUNCTION)
			g_hash_table_insert(values, key_of(src), key_of(object));
		else
			values = NULL;
	}
	g_hash_table_insert(b->slots, g_steal_pointer(&key), values);
	return values;
}

static GHashTable *values_of_member(struct binding *b, int64_t member, int64_t base, int mode)
{
	GHashTable *objects = g_hash_table_lookup(b->bound, key_of(member)), *values;
	GHashTableIter i;
	gpointer object;

	if (objects || mode != EW_BASE_POINTER || !base)
		return objects;
	objects = binding_values(b, base, 0, EW_BASE_NONE);
	if (!objects || objects == b->nothing)
		return objects;
	values = new_table(b);
	g_hash_table_iter_init(&i, objects);
	while (g_hash_table_iter_next(&i, &object, NULL)) {
		GHashTable *held = values_of_object(b, member, (int64_t)GPOINTER_TO_SIZE(object));

		if (!held)
			return NULL;
		add_all(values, held);
	}
	return values;
}

static bool add_flow(struct binding *b, const struct flow_row *f, GHashTable *values, bool *is_nothing)
{
	enum ew_node_kind kind = ew_node_kind_of(f->src);
	GHashTable *held;

	if (kind == EW_NODE_FUNCTION || (kind == EW_NODE_VARIABLE && f->is_address)) {
		g_hash_table_insert(values, key_of(f->src), NULL);
		return true;
	}
	held = f->src && !f->is_address ? binding_values(b, f->src, f->src_base, f->src_mode) : NULL;
	*is_nothing |= held == b->nothing;
	if (held)
		add_all(values, held);
	return held != NULL;
}

static bool is_address_taken(struct binding *b, int64_t local)
{
	ew_auto(rows) r = ew_store_select(b->query->store, EW_FLOWS_FROM, "i", local);
	struct flow_row f;

	while (ew_rows_next(r)) {
		query_read_flow(r, &f);
		if (f.is_address)
			return true;
	}
	return false;
}

static GHashTable *values_of_local(struct binding *b, int64_t local)
{
	gpointer known;
	GHashTable *values;
	ew_auto(rows) r = NULL;
	bool is_certain = true, is_nothing = false;

	if (g_hash_table_lookup_extended(b->locals, key_of(local), NULL, &known))
		return known;
	g_hash_table_insert(b->locals, key_of(local), NULL); /* one that comes from itself is not certain */
	values = new_table(b);
	r = ew_store_select(b->query->store, EW_FLOWS_INTO, "i", local);
	while (is_certain && ew_rows_next(r)) {
		struct flow_row f;

		query_read_flow(r, &f);
		is_certain = add_flow(b, &f, values, &is_nothing);
	}
	if (is_nothing && !g_hash_table_size(values))
		values = b->nothing;
	else if (!g_hash_table_size(values))
		is_certain = false;
	if (!is_certain || is_address_taken(b, local))
		return NULL;
	g_hash_table_insert(b->locals, key_of(local), values);
	return values;
}

GHashTable *binding_values(struct binding *b, int64_t slot, int64_t base, int mode)
{
	switch (ew_node_kind_of(slot)) {
	case EW_NODE_FIELD:
		return values_of_member(b, slot, base, mode);
	case EW_NODE_LOCAL:
		return values_of_local(b, slot);
	default:
		return NULL;
	}
}

/* ---- which calls that touches -------------------------------------------------------------------- */

static void fix_call(struct binding *b, int64_t call, GHashTable *values)
{
	GHashTable *callees;
	GHashTableIter i;
	gpointer value, object;

	if (!values)
		return;
	callees = new_table(b);
	g_hash_table_iter_init(&i, values);
	while (g_hash_table_iter_next(&i, &value, &object)) {
		int64_t node = (int64_t)GPOINTER_TO_SIZE(value);

		if (ew_node_kind_of(node) == EW_NODE_FUNCTION)
			g_hash_table_insert(callees, key_of(ew_node_id(node)), object);
	}
	g_hash_table_insert(b->calls, key_of(call), callees);
}

/* Locals that are copies of the slot, or local. */
static void fix_copies(struct binding *b, int64_t of, int depth, void (*fix)(struct binding *, int64_t, int))
{
	ew_auto(rows) r = ew_store_select(b->query->store, EW_COPIES_OF, "i", of);

	while (depth < LONGEST_COPY && ew_rows_next(r)) {
		int64_t copy = ew_rows_int(r, 0);

		if (ew_node_kind_of(copy) == EW_NODE_LOCAL && values_of_local(b, copy))
			fix(b, copy, depth + 1);
	}
}

/* The local holds functions. */
static void fix_local(struct binding *b, int64_t local, int depth)
{
	ew_auto(rows) r = ew_store_select(b->query->store, EW_CALLS_THROUGH, "i", local);
	struct call_row c;

	while (ew_rows_next(r)) {
		query_read_call(r, &c);
		fix_call(b, c.id, values_of_local(b, local));
	}
	fix_copies(b, local, depth, fix_local);
}

/* Locals that are given what stands in the member of an object of the binding. */
static void fix_readers(struct binding *b, int64_t member)
{
	ew_auto(rows) r = ew_store_select(b->query->store, EW_FLOWS_FROM, "i", member);
	struct flow_row f;

	while (ew_rows_next(r)) {
		query_read_flow(r, &f);
		if (ew_node_kind_of(f.dst) == EW_NODE_LOCAL && f.src_mode == EW_BASE_POINTER &&
		    values_of_local(b, f.dst))
			fix_local(b, f.dst, 0);
	}
}

static void fix_members(struct binding *b, int64_t record)
{
	ew_auto(rows) r = ew_store_select(b->query->store, EW_FIELDS_OF, "i", record);

	while (ew_rows_next(r))
		fix_readers(b, ew_node_make(EW_NODE_FIELD, ew_rows_int(r, 0)));
}

/* The slot, or local, holds objects. */
static void fix_base(struct binding *b, int64_t base, int depth)
{
	ew_auto(rows) r = ew_store_select(b->query->store, EW_POINTERS_ON, "ii", base, (int64_t)EW_BASE_POINTER);

	while (ew_rows_next(r))
		fix_call(b, ew_rows_int(r, 0), values_of_member(b, ew_rows_int(r, 1), base, EW_BASE_POINTER));
	fix_copies(b, base, depth, fix_base);
}

/* The record that the object is of, by its type: "const struct proto_ops". */
static void fix_object(struct binding *b, int64_t object)
{
	const struct ew_symbol *s = query_typed_symbol(b->query, EW_SYMBOL_VARIABLE, ew_node_id(object));
	const char *at = s->type ? strstr(s->type, "struct ") : NULL;
	g_autofree char *name = NULL;
	ew_auto(rows) r = NULL;

	if (!at)
		return;
	at += strlen("struct ");
	name = g_strndup(at, strcspn(at, " *["));
	r = ew_store_select(b->query->store, EW_RECORDS_NAMED, "s", name);
	while (ew_rows_next(r))
		fix_members(b, ew_rows_int(r, 0));
}

/* ---- which calls are never made ------------------------------------------------------------------ */

static bool is_never_met(struct binding *b, const struct ruled_out *o)
{
	GHashTable *values = binding_values(b, o->slot, o->base, o->mode);
	bool holds = values && g_hash_table_contains(values, key_of(o->value));

	if (!values || o->is_equal)
		return values && !holds;
	return holds && g_hash_table_size(values) == 1 && ew_node_kind_of(o->slot) == EW_NODE_FIELD;
}

static bool stands_under(struct binding *b, int64_t condition, int64_t wanted)
{
	int depth;

	for (depth = 0; condition && condition != wanted && depth < DEEPEST; depth++) {
		ew_auto(rows) r = ew_store_select(b->query->store, EW_CONDITION, "i", condition);

		condition = ew_rows_next(r) ? ew_rows_int(r, 0) : 0;
	}
	return condition == wanted;
}

static void rule_out_calls(struct binding *b, int64_t function, const struct ruled_out *o)
{
	ew_auto(rows) r = ew_store_select(b->query->store, EW_CALLS_OF, "i", function);
	struct call_row c;

	while (ew_rows_next(r)) {
		query_read_call(r, &c);
		if (!stands_under(b, c.condition, o->condition))
			continue;
		g_hash_table_insert(b->out, key_of(c.id), g_memdup2(o, sizeof *o));
		if (c.is_pointer)
			g_hash_table_insert(b->calls, key_of(c.id), new_table(b));
	}
}

static void mark(uint64_t bits[64], int64_t function)
{
	bits[function >> 6 & 63] |= UINT64_C(1) << (function & 63);
}

static bool is_marked(const uint64_t bits[64], int64_t function)
{
	return bits[function >> 6 & 63] >> (function & 63) & 1;
}

void binding_add_out_direct(struct binding *b, int64_t caller, int64_t callee)
{
	int64_t *key = g_new(int64_t, 1);

	*key = caller << 32 | callee;
	g_hash_table_add(b->out_direct, key);
	mark(b->out_callers, caller);
	mark(b->out_callees, callee);
}

/* Of the function's direct callees, those of which no call is left that is compiled. */
static void sum_up(struct binding *b, int64_t function)
{
	g_autoptr(GHashTable) left = g_hash_table_new(NULL, NULL), out = g_hash_table_new(NULL, NULL);
	ew_auto(rows) r = ew_store_select(b->query->store, EW_CALLS_OF, "i", function);
	struct call_row c;
	GHashTableIter i;
	gpointer callee;

	while (ew_rows_next(r)) {
		query_read_call(r, &c);
		if (!c.is_pointer && !c.is_dead)
			g_hash_table_add(g_hash_table_contains(b->out, key_of(c.id)) ? out : left, key_of(c.callee));
	}
	g_hash_table_iter_init(&i, out);
	while (g_hash_table_iter_next(&i, &callee, NULL))
		if (!g_hash_table_contains(left, callee))
			binding_add_out_direct(b, function, (int64_t)GPOINTER_TO_SIZE(callee));
}

static void rule_out(struct binding *b)
{
	g_autoptr(GHashTable) functions = g_hash_table_new(NULL, NULL);
	ew_auto(rows) r = ew_store_select(b->query->store, EW_ALL_COMPARISONS, "");
	GHashTableIter i;
	gpointer function;

	while (ew_rows_next(r)) {
		struct ruled_out o = {ew_rows_int(r, 0), ew_rows_int(r, 2), ew_rows_int(r, 3), ew_rows_int(r, 5),
				      ew_rows_int(r, 4), ew_rows_int(r, 6)};

		if (!is_never_met(b, &o))
			continue;
		rule_out_calls(b, ew_rows_int(r, 1), &o);
		g_hash_table_add(functions, key_of(ew_rows_int(r, 1)));
	}
	g_hash_table_iter_init(&i, functions);
	while (g_hash_table_iter_next(&i, &function, NULL))
		sum_up(b, (int64_t)GPOINTER_TO_SIZE(function));
}

/* The slot holds functions itself. */
static void fix_slot(struct binding *b, int64_t slot, GHashTable *functions)
{
	ew_auto(rows) r = ew_store_select(b->query->store, EW_CALLS_THROUGH, "i", slot);
	struct call_row c;

	while (ew_rows_next(r)) {
		query_read_call(r, &c);
		fix_call(b, c.id, functions);
	}
	fix_copies(b, slot, 0, fix_local);
}

void binding_fix(struct binding *b)
{
	GHashTableIter i, k;
	gpointer slot, objects, object;

	g_hash_table_iter_init(&i, b->bound);
	while (g_hash_table_iter_next(&i, &slot, &objects)) {
		bool is_direct = false;

		fix_base(b, (int64_t)GPOINTER_TO_SIZE(slot), 0);
		g_hash_table_iter_init(&k, objects);
		while (g_hash_table_iter_next(&k, &object, NULL))
			if (ew_node_kind_of((int64_t)GPOINTER_TO_SIZE(object)) == EW_NODE_FUNCTION)
				is_direct = true;
			else
				fix_object(b, (int64_t)GPOINTER_TO_SIZE(object));
		if (is_direct)
			fix_slot(b, (int64_t)GPOINTER_TO_SIZE(slot), objects);
	}
	rule_out(b);
}

/* ---- asking -------------------------------------------------------------------------------------- */

bool binding_rules_out(struct binding *b, const struct call_row *c)
{
	return b && g_hash_table_contains(b->out, key_of(c->id));
}

bool binding_leaves_call(struct binding *b, uint32_t caller, uint32_t callee, uint32_t call)
{
	GHashTable *callees;

	if (!call) {
		int64_t key = (int64_t)caller << 32 | callee;

		return !is_marked(b->out_callers, caller) || !g_hash_table_contains(b->out_direct, &key);
	}
	callees = g_hash_table_lookup(b->calls, GSIZE_TO_POINTER((gsize)call));
	return !callees || g_hash_table_contains(callees, GSIZE_TO_POINTER((gsize)callee));
}

bool binding_leaves(struct binding *b, uint32_t edge)
{
	const struct call_graph *g = &b->query->graph;

	if (!(g->to[edge] & EW_GRAPH_POINTER) && !is_marked(b->out_callees, g->to[edge]))
		return true;
	return binding_leaves_call(b, graph_caller(g, edge), g->to[edge] & EW_GRAPH_FUNCTION, g->call[edge]);
}

/* ---- saying it ----------------------------------------------------------------------------------- */

bool binding_chooses(struct binding *b, const struct call_row *c, int64_t *slot, int64_t *object)
{
	int64_t condition = b ? c->condition : 0, callee = ew_node_make(EW_NODE_FUNCTION, c->callee);
	int depth;

	for (depth = 0; condition && depth < DEEPEST; depth++) {
		ew_auto(rows) compared = ew_store_select(b->query->store, EW_COMPARISON, "i", condition);
		struct condition_row row = {0};
		gpointer held = NULL;
		GHashTable *values;

		if (ew_rows_next(compared) && ew_rows_int(compared, 6) && ew_rows_int(compared, 5) == callee) {
			*slot = ew_rows_int(compared, 2);
			values = binding_values(b, *slot, ew_rows_int(compared, 3), ew_rows_int(compared, 4));
			if (values && g_hash_table_lookup_extended(values, key_of(callee), NULL, &held)) {
				*object = (int64_t)GPOINTER_TO_SIZE(held);
				return *object != 0;
			}
		}
		query_condition_row(b->query, condition, &row);
		condition = row.parent;
	}
	return false;
}

/* How what the local holds came there: copies backwards, then the member that was read. */
static int64_t add_copies(struct binding *b, int64_t slot, int64_t value, GPtrArray *steps)
{
	int depth;

	for (depth = 0; ew_node_kind_of(slot) == EW_NODE_LOCAL && depth < LONGEST_COPY; depth++) {
		ew_auto(rows) r = ew_store_select(b->query->store, EW_FLOWS_INTO, "i", slot);
		struct flow_row f = {0};
		bool found = false;

		while (!found && ew_rows_next(r)) {
			GHashTable *held;

			query_read_flow(r, &f);
			held = binding_values(b, f.src, f.src_base, f.src_mode);
			found = held && g_hash_table_contains(held, key_of(value));
		}
		if (!found)
			break;
		g_ptr_array_insert(steps, 0, query_step(b->query, "flow", &f));
		slot = f.src;
	}
	return slot;
}

/* Why the slot holds the value: what the object holds, and how that was read. */
static void add_reasons(struct binding *b, const struct ruled_out *o, int64_t value, int64_t object, GPtrArray *steps)
{
	int64_t member = add_copies(b, o->slot, value, steps);
	GHashTable *bound = g_hash_table_lookup(b->bound, key_of(member));
	ew_auto(rows) r = ew_store_select(b->query->store, EW_FLOWS_OF_INTO, "ii", member, value);

	if (bound)
		query_reach_steps(b->query, member, value, "bind", "bind", steps);
	while (object && ew_rows_next(r)) {
		struct flow_row f;

		query_read_flow(r, &f);
		if (f.dst_base == object)
			g_ptr_array_insert(steps, 0, query_step(b->query, "store", &f));
	}
}

static void free_ruled_out(gpointer data)
{
	struct ew_ruled_out *o = data;

	g_free(o->edge);
	g_ptr_array_unref(o->held);
	g_ptr_array_unref(o->steps);
	g_free(o);
}

static struct ew_ruled_out *say_ruled_out(struct binding *b, const struct call_row *c, const struct ruled_out *o)
{
	struct ew_ruled_out *said = g_new0(struct ew_ruled_out, 1);
	GHashTable *values = binding_values(b, o->slot, o->base, o->mode);
	GHashTableIter i;
	gpointer value, object;

	said->edge = query_edge(b->query, c, NULL, c->callee);
	said->pointer = query_node_name(b->query, o->slot);
	said->wanted = query_node_name(b->query, o->value);
	said->is_equal = o->is_equal;
	said->held = g_ptr_array_new();
	said->steps = g_ptr_array_new_with_free_func(g_free);
	if (!values)
		return said;
	g_hash_table_iter_init(&i, values);
	while (g_hash_table_iter_next(&i, &value, &object)) {
		int64_t node = (int64_t)GPOINTER_TO_SIZE(value);

		g_ptr_array_add(said->held, (gpointer)query_node_name(b->query, node));
		add_reasons(b, o, node, (int64_t)GPOINTER_TO_SIZE(object), said->steps);
	}
	return said;
}

GPtrArray *binding_ruled_out(struct binding *b, int64_t caller, int64_t callee)
{
	GPtrArray *all = g_ptr_array_new_with_free_func(free_ruled_out);
	ew_auto(rows) r = b ? ew_store_select(b->query->store, EW_CALLS_OF, "i", caller) : NULL;
	struct call_row c;

	while (b && ew_rows_next(r)) {
		const struct ruled_out *o;

		query_read_call(r, &c);
		o = g_hash_table_lookup(b->out, key_of(c.id));
		if (o && !c.is_pointer && !c.is_dead && (!callee || c.callee == callee))
			g_ptr_array_add(all, say_ruled_out(b, &c, o));
	}
	return all;
}
