/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Bindings: kernel-refs says "file.f_op holds socket_file_ops"; here it is looked up in the index
 * whether the tree ever stores it there, which calls that touches, and what is left of them.
 */
#include "query/binding.h"

/* ---- opening --------------------------------------------------------------------------------- */

static void add_bound(struct binding *b, int64_t slot, int64_t object)
{
	GHashTable *objects = g_hash_table_lookup(b->bound, GSIZE_TO_POINTER((gsize)slot));

	if (!objects) {
		objects = g_hash_table_new(NULL, NULL);
		g_ptr_array_add(b->tables, objects);
		g_hash_table_insert(b->bound, GSIZE_TO_POINTER((gsize)slot), objects);
	}
	g_hash_table_insert(objects, GSIZE_TO_POINTER((gsize)object), NULL);
}

/* What is called so: objects, or functions where the slot holds one itself. */
static GArray *nodes_named(struct ew_query *q, const char *name)
{
	GArray *nodes = query_variable_nodes(q, name);
	ew_auto(rows) r = nodes->len ? NULL : ew_store_select(q->store, EW_FUNCTIONS_NAMED, "s", name);

	while (r && ew_rows_next(r)) {
		int64_t node = ew_node_make(EW_NODE_FUNCTION, ew_rows_int(r, 0));

		g_array_append_val(nodes, node);
	}
	return nodes;
}

/* Steps and all; false if the tree does not show it. */
static bool bind_object(struct binding *b, const char *slot_name, const char *object_name)
{
	struct ew_query *q = b->query;
	g_autoptr(GArray) slots = query_field_nodes(q, slot_name);
	g_autoptr(GArray) objects = nodes_named(q, object_name);
	guint i, k, before = b->steps->len;

	for (i = 0; i < slots->len; i++)
		for (k = 0; k < objects->len; k++) {
			int64_t slot = g_array_index(slots, int64_t, i);
			int64_t object = g_array_index(objects, int64_t, k);
			guint had = b->steps->len;

			query_reach_steps(q, slot, object, "bind", "bind", b->steps);
			if (b->steps->len > had)
				add_bound(b, slot, object);
		}
	return b->steps->len > before;
}

/* Of several objects those count that the tree stores there. */
static bool bind_slot(struct binding *b, const struct ew_refs_bind *bind, GError **error)
{
	g_autoptr(GString) names = g_string_new(NULL);
	bool is_bound = false;
	guint i;

	for (i = 0; i < bind->objects->len; i++) {
		const char *object = g_ptr_array_index(bind->objects, i);

		is_bound |= bind_object(b, bind->slot, object);
		g_string_append_printf(names, "%s%s", i ? " or " : "", object);
	}
	if (is_bound)
		return true;
	if (query_is_sound(b->query, error))
		g_set_error(error, EW_ERROR, EW_ERROR_NO_ANSWER,
			    "this index does not show that %s ever holds %s, so the binding %s says "
			    "nothing here",
			    bind->slot, names->str, b->refs->name);
	return false;
}

/* No such slot in the tree: nothing to leave out. */
static void bind_absent(struct binding *b, const char *name)
{
	g_autoptr(GArray) slots = query_field_nodes(b->query, name);
	guint i;

	for (i = 0; i < slots->len; i++)
		g_hash_table_insert(b->bound, GSIZE_TO_POINTER((gsize)g_array_index(slots, int64_t, i)), b->nothing);
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

static struct binding *binding_new(struct ew_query *q, const struct ew_refs_binding *refs)
{
	struct binding *b = g_new0(struct binding, 1);

	b->query = q;
	b->refs = refs;
	b->bound = g_hash_table_new(NULL, NULL);
	b->locals = g_hash_table_new(NULL, NULL);
	b->calls = g_hash_table_new(NULL, NULL);
	b->slots = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	b->tables = g_ptr_array_new_with_free_func((GDestroyNotify)g_hash_table_unref);
	b->steps = g_ptr_array_new_with_free_func(g_free);
	b->nothing = g_hash_table_new(NULL, NULL);
	g_ptr_array_add(b->tables, b->nothing);
	b->out = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	b->out_direct = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	return b;
}

/* With what the index shows of its slots; NULL if it does not show one of them. */
static struct binding *bind_slots(struct ew_query *q, const struct ew_refs_binding *refs, GError **error)
{
	struct binding *b = binding_new(q, refs);
	guint i;

	for (i = 0; i < refs->binds->len; i++)
		if (!bind_slot(b, g_ptr_array_index(refs->binds, i), error)) {
			binding_free(b);
			return NULL;
		}
	return b;
}

bool ew_query_supports(struct ew_query *q, const struct ew_refs_binding *refs)
{
	bool is_known = g_hash_table_contains(q->bindings, refs->name) || binding_is_kept(q, refs);
	struct binding *b = is_known ? NULL : bind_slots(q, refs, NULL);

	if (!b)
		return is_known;
	binding_free(b);
	return true;
}

static struct binding *look_up(struct ew_query *q, const struct ew_refs_binding *refs, GError **error)
{
	struct binding *b = bind_slots(q, refs, error);
	guint i;

	if (!b)
		return NULL;
	for (i = 0; i < refs->absent->len; i++)
		bind_absent(b, g_ptr_array_index(refs->absent, i));
	binding_fix(b);
	find_holder(b);
	return b;
}

static struct binding *kept(struct ew_query *q, const struct ew_refs_binding *refs)
{
	struct binding *b = binding_new(q, refs);

	if (binding_read_kept(b))
		return b;
	binding_free(b);
	return NULL;
}

struct binding *query_binding(struct ew_query *q, const char *name, GError **error)
{
	const struct ew_refs_binding *refs = ew_refs_binding(q->refs, name);
	struct binding *b = g_hash_table_lookup(q->bindings, name);

	if (b)
		return b;
	if (!refs) {
		g_autofree char *known = known_bindings(q->refs);

		g_set_error(error, EW_ERROR, EW_ERROR_USAGE, "no binding is called %s; there are %s",
			    name, known);
		return NULL;
	}
	b = kept(q, refs);
	if (!b)
		b = look_up(q, refs, error);
	if (b)
		g_hash_table_insert(q->bindings, g_strdup(name), b);
	return b;
}

void binding_free(struct binding *b)
{
	g_hash_table_unref(b->bound);
	g_hash_table_unref(b->locals);
	g_hash_table_unref(b->calls);
	g_hash_table_unref(b->slots);
	g_hash_table_unref(b->out);
	g_hash_table_unref(b->out_direct);
	g_ptr_array_unref(b->tables);
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
