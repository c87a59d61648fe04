/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calls that hand over the head of a chain of objects, and lead to a dispatcher of all chains. */
#include "query/internal.h"

static GHashTable *read_chains(struct ew_query *q)
{
	GHashTable *chains = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	ew_auto(rows) r = ew_store_select(q->store, EW_CHAINS, "");

	while (ew_rows_next(r)) {
		struct chain_row *c = g_new(struct chain_row, 1);

		*c = (struct chain_row){ew_rows_int(r, 1), ew_rows_int(r, 2)};
		g_hash_table_insert(chains, GSIZE_TO_POINTER((gsize)ew_rows_int(r, 0)), c);
	}
	return chains;
}

const struct chain_row *query_chain(struct ew_query *q, int64_t call)
{
	if (!q->chains)
		q->chains = read_chains(q);
	return g_hash_table_lookup(q->chains, GSIZE_TO_POINTER((gsize)call));
}

/* The functions from which a dispatcher is called for a head that they were given themselves. */
static void add_inside(struct ew_query *q, int64_t function, GHashTable *inside)
{
	g_autoptr(GArray) callers = g_array_new(false, false, sizeof(int64_t));
	ew_auto(rows) r = NULL;
	guint i;

	if (!g_hash_table_add(inside, GSIZE_TO_POINTER((gsize)function)))
		return;
	r = ew_store_select(q->store, EW_CALLS_TO, "i", function);
	while (ew_rows_next(r)) {
		int64_t caller = ew_rows_int(r, 1);

		if (!query_chain(q, ew_rows_int(r, 0)))
			g_array_append_val(callers, caller);
	}
	for (i = 0; i < callers->len; i++)
		add_inside(q, g_array_index(callers, int64_t, i), inside);
}

const struct ew_symbol *query_chain_inside(struct ew_query *q, int64_t function)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
	GHashTableIter i;
	gpointer row;

	query_chain(q, 0);
	g_hash_table_iter_init(&i, q->chains);
	while (g_hash_table_iter_next(&i, NULL, &row)) {
		int64_t via = ((const struct chain_row *)row)->via;
		g_autoptr(GHashTable) inside = NULL;
		struct call_row c;

		if (!g_hash_table_add(seen, GSIZE_TO_POINTER((gsize)via)) || !query_call_row(q, via, &c))
			continue;
		inside = g_hash_table_new(NULL, NULL);
		add_inside(q, c.caller, inside);
		if (g_hash_table_contains(inside, GSIZE_TO_POINTER((gsize)function)))
			return query_symbol(q, EW_SYMBOL_FUNCTION, c.caller);
	}
	return NULL;
}
