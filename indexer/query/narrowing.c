/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which bindings would leave one callee where a way had to choose. */
#include <string.h>

#include "query/internal.h"

/* Does the object hold anything there but the function? Not where something else than functions is stored, too. */
static bool holds_others(struct ew_query *q, int64_t member, int64_t object, int64_t function)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_STORED_INTO, "ii", member, object);

	while (ew_rows_next(r))
		if (ew_rows_int(r, 0) == function || ew_node_kind_of(ew_rows_int(r, 0)) != EW_NODE_FUNCTION)
			return false;
	return true;
}

static bool hold_others(struct ew_query *q, const struct ew_refs_bind *bind, int64_t member, int64_t function)
{
	guint i, k;

	for (i = 0; i < bind->objects->len; i++) {
		g_autoptr(GArray) objects = query_variable_nodes(q, g_ptr_array_index(bind->objects, i));

		for (k = 0; k < objects->len; k++)
			if (!holds_others(q, member, g_array_index(objects, int64_t, k), function))
				return false;
		if (!objects->len)
			return false;
	}
	return true;
}

/* What can be said of the hop before the binding is looked up in the tree, which takes longer. */
static bool surely_excludes(struct ew_query *q, const struct ew_refs_binding *refs, const struct ew_edge *e)
{
	struct call_row c;
	const char *slot;
	guint i;

	if (!e->is_pointer || !query_call_row(q, e->call, &c) || c.mode != EW_BASE_POINTER ||
	    ew_node_kind_of(c.base) != EW_NODE_FIELD)
		return false;
	slot = query_node_name(q, c.base);
	for (i = 0; i < refs->absent->len; i++)
		if (!strcmp(slot, g_ptr_array_index(refs->absent, i)))
			return true;
	for (i = 0; i < refs->binds->len; i++) {
		const struct ew_refs_bind *bind = g_ptr_array_index(refs->binds, i);

		if (!strcmp(slot, bind->slot))
			return hold_others(q, bind, c.slot, ew_node_make(EW_NODE_FUNCTION, e->callee->id));
	}
	return false;
}

static bool surely_excludes_any(struct ew_query *q, const struct ew_refs_binding *refs, const struct ew_path *p)
{
	guint i;

	for (i = 0; i < p->hops->len; i++)
		if (surely_excludes(q, refs, ((struct ew_hop *)g_ptr_array_index(p->hops, i))->edge))
			return true;
	return false;
}

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

		if (binding_rules_out(b, &(struct call_row){.id = e->call}))
			return false;
		if (!left)
			continue;
		if (!g_hash_table_contains(left, GSIZE_TO_POINTER((gsize)e->callee->id)))
			return false;
		answer |= e->candidates > 1 && g_hash_table_size(left) == 1;
	}
	return answer;
}

void path_find_narrowing(struct ew_query *q, struct ew_path *p)
{
	const GPtrArray *all = ew_refs_bindings(q->refs);
	guint i;

	for (i = 0; i < all->len; i++) {
		const struct ew_refs_binding *refs = g_ptr_array_index(all, i);

		if (!surely_excludes_any(q, refs, p) && would_narrow(q, p, refs->name))
			g_ptr_array_add(p->would_narrow, (gpointer)query_intern(q, refs->name));
	}
}
