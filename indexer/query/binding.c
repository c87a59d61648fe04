/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Bindings: kernel-refs says "file.f_op holds socket_file_ops"; here it is looked up in the index
 * whether the tree ever stores it there, which calls that touches, and what is left of them.
 */
#include <inttypes.h>

#include "query/internal.h"

enum { LONGEST_COPY = 4 };

struct binding {
	struct ew_query *query;
	const struct ew_refs_binding *refs;
	GHashTable *calls; /* call id -> GHashTable of callee id -> container node */
	GHashTable *slots; /* the same tables by "slot.object"; owns them */
	GPtrArray *steps;  /* of struct ew_step, owned */
	int64_t holder;
};

/* ---- which calls ----------------------------------------------------------------------------- */

/* What the object holds in the slot. Many calls go through one slot: it is looked up once. */
static GHashTable *callees_of_object(struct binding *b, int64_t slot, int64_t object)
{
	g_autofree char *key = g_strdup_printf("%" PRId64 ".%" PRId64, slot, object);
	GHashTable *left = g_hash_table_lookup(b->slots, key);
	ew_auto(rows) r = NULL;

	if (left)
		return left;
	left = g_hash_table_new(NULL, NULL);
	g_hash_table_insert(b->slots, g_steal_pointer(&key), left);
	r = ew_store_select(b->query->store, EW_STORED_INTO, "ii", slot, object);
	while (ew_rows_next(r)) {
		int64_t src = ew_rows_int(r, 0);

		if (ew_node_kind_of(src) == EW_NODE_FUNCTION)
			g_hash_table_insert(left, GSIZE_TO_POINTER((gsize)ew_node_id(src)),
					    GSIZE_TO_POINTER((gsize)object));
	}
	return left;
}

/* The calls whose object is found through `base`, and through locals that are copies of it. */
static void bind_calls(struct binding *b, int64_t base, int64_t object, int depth)
{
	struct ew_query *q = b->query;
	ew_auto(rows) r = ew_store_select(q->store, EW_POINTERS_ON, "ii", base,
					  (int64_t)EW_BASE_POINTER);
	ew_auto(rows) copies = NULL;

	while (ew_rows_next(r))
		g_hash_table_insert(b->calls, GSIZE_TO_POINTER((gsize)ew_rows_int(r, 0)),
				    callees_of_object(b, ew_rows_int(r, 1), object));
	if (depth == LONGEST_COPY)
		return;
	copies = ew_store_select(q->store, EW_COPIES_OF, "i", base);
	while (ew_rows_next(copies)) {
		int64_t copy = ew_rows_int(copies, 0);

		if (ew_node_kind_of(copy) == EW_NODE_LOCAL)
			bind_calls(b, copy, object, depth + 1);
	}
}

/* ---- opening --------------------------------------------------------------------------------- */

static bool bind_slot(struct binding *b, const struct ew_refs_bind *bind, GError **error)
{
	struct ew_query *q = b->query;
	g_autoptr(GArray) slots = query_field_nodes(q, bind->slot);
	g_autoptr(GArray) objects = query_variable_nodes(q, bind->object);
	guint i, k, before = b->steps->len;

	for (i = 0; i < slots->len; i++)
		for (k = 0; k < objects->len; k++) {
			int64_t slot = g_array_index(slots, int64_t, i);
			int64_t object = g_array_index(objects, int64_t, k);
			guint had = b->steps->len;

			query_reach_steps(q, slot, object, "bind", "bind", b->steps);
			if (b->steps->len > had)
				bind_calls(b, slot, object, 0);
		}
	if (b->steps->len > before)
		return true;
	if (query_is_sound(q, error))
		g_set_error(error, EW_ERROR, EW_ERROR_NO_ANSWER,
			    "this index does not show that %s ever holds %s, so the binding %s says "
			    "nothing here",
			    bind->slot, bind->object, b->refs->name);
	return false;
}

static char *known_bindings(const struct ew_refs *refs)
{
	const GPtrArray *all = ew_refs_bindings(refs);
	GString *names = g_string_new(NULL);
	guint i;

	for (i = 0; i < all->len; i++)
		g_string_append_printf(
			names, "%s%s", i ? ", " : "",
			((struct ew_refs_binding *)g_ptr_array_index(all, i))->name);
	return g_string_free(names, FALSE);
}

static void find_holder(struct binding *b)
{
	g_autoptr(GArray) fields = NULL;

	if (!b->refs->holder)
		return;
	fields = query_field_nodes(b->query, b->refs->holder);
	if (fields->len)
		b->holder = ew_node_id(g_array_index(fields, int64_t, 0));
}

struct binding *query_binding(struct ew_query *q, const char *name, GError **error)
{
	const struct ew_refs_binding *refs = ew_refs_binding(q->refs, name);
	struct binding *b = g_hash_table_lookup(q->bindings, name);
	guint i;

	if (b)
		return b;
	if (!refs) {
		g_autofree char *known = known_bindings(q->refs);

		g_set_error(error, EW_ERROR, EW_ERROR_USAGE, "no binding is called %s; there are %s",
			    name, known);
		return NULL;
	}
	b = g_new0(struct binding, 1);
	b->query = q;
	b->refs = refs;
	b->calls = g_hash_table_new(NULL, NULL);
	b->slots = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
					 (GDestroyNotify)g_hash_table_unref);
	b->steps = g_ptr_array_new_with_free_func(g_free);
	for (i = 0; i < refs->binds->len; i++)
		if (!bind_slot(b, g_ptr_array_index(refs->binds, i), error)) {
			binding_free(b);
			return NULL;
		}
	find_holder(b);
	g_hash_table_insert(q->bindings, g_strdup(name), b);
	return b;
}

void binding_free(struct binding *b)
{
	g_hash_table_unref(b->calls);
	g_hash_table_unref(b->slots);
	g_ptr_array_unref(b->steps);
	g_free(b);
}

/* ---- asking ---------------------------------------------------------------------------------- */

GHashTable *binding_callees(struct binding *b, const struct call_row *c)
{
	return g_hash_table_lookup(b->calls, GSIZE_TO_POINTER((gsize)c->id));
}

GHashTable *binding_calls(struct binding *b)
{
	return b->calls;
}

int64_t binding_holder(struct binding *b)
{
	return b->holder;
}

GPtrArray *binding_proof(struct binding *b)
{
	GPtrArray *copy = g_ptr_array_new_with_free_func(g_free);
	guint i;

	for (i = 0; i < b->steps->len; i++)
		g_ptr_array_add(copy, g_memdup2(g_ptr_array_index(b->steps, i),
						sizeof(struct ew_step)));
	return copy;
}
