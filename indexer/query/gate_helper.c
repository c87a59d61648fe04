/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Helpers: functions whose answer says whether it was the last reference, as skb_unref() does. They are looked for from
 * what kernel-refs names upwards: whoever returns a value and calls one that is known.
 *
 * EW_KEPT_GATES: a digest of kernel-refs/gates, then the ids, ascending, each as the difference from the one before.
 */
#include "query/gate_walk.h"

static uint32_t digest_of(GHashTable *names, uint32_t seed)
{
	GHashTableIter i;
	gpointer name;
	uint32_t sum = seed;

	g_hash_table_iter_init(&i, names);
	while (g_hash_table_iter_next(&i, &name, NULL))
		sum += (g_str_hash(name) ^ seed) * 2654435761u;
	return sum;
}

static uint32_t digest(const struct ew_refs_gates *g)
{
	GHashTable *const sets[] = {g->tests, g->counts, g->denials, g->unless, g->results, g->reads, g->looks, g->references, g->numbers};
	uint32_t sum = 1;
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(sets); i++)
		sum = sum * 31 + digest_of(sets[i], (uint32_t)i + 1);
	return sum;
}

static gpointer key_of(int64_t id)
{
	return GSIZE_TO_POINTER((gsize)id);
}

/* ---- looking for them ---------------------------------------------------------------------------- */

static void add_named(struct ew_query *q, GHashTable *names, GArray *ids)
{
	g_autoptr(GList) sorted = g_list_sort(g_hash_table_get_keys(names), (GCompareFunc)strcmp);

	for (GList *l = sorted; l; l = l->next) {
		ew_auto(rows) r = ew_store_select(q->store, EW_FUNCTIONS_NAMED, "s", l->data);

		while (ew_rows_next(r)) {
			int64_t id = ew_rows_int(r, 0);

			g_array_append_val(ids, id);
		}
	}
}

static GArray *callers_of(struct ew_query *q, int64_t callee)
{
	GArray *callers = g_array_new(FALSE, FALSE, sizeof(int64_t));
	ew_auto(rows) r = ew_store_select(q->store, EW_CALLS_TO, "i", callee);
	struct call_row c;

	while (ew_rows_next(r)) {
		query_read_call(r, &c);
		if (!callers->len || g_array_index(callers, int64_t, callers->len - 1) != c.caller)
			g_array_append_val(callers, c.caller);
	}
	return callers;
}

static bool is_new_helper(struct ew_query *q, int64_t id)
{
	const struct ew_symbol *f = query_typed_symbol(q, EW_SYMBOL_FUNCTION, id);
	const struct gate_walk *w;
	bool is_helper;

	if (!f->place.file || !f->type || g_str_has_prefix(f->type, "void (") ||
	    g_hash_table_contains(q->gate_helpers, key_of(id)))
		return false;
	w = gate_walk_of(q, f);
	is_helper = w && gate_walk_is_helper(w);
	/* thousands are walked, and each has its text */
	g_hash_table_remove(q->gates, key_of(id));
	return is_helper;
}

static void look(struct ew_query *q)
{
	const struct ew_refs_gates *gates = ew_refs_gates(q->refs);
	GHashTable *const sets[] = {gates->tests, gates->counts, gates->denials, gates->unless, gates->results,
				    gates->reads, gates->looks};
	g_autoptr(GArray) known = g_array_new(FALSE, FALSE, sizeof(int64_t));
	guint i, k;

	for (i = 0; i < G_N_ELEMENTS(sets); i++)
		add_named(q, sets[i], known);
	for (i = 0; i < known->len; i++) {
		g_autoptr(GArray) callers = callers_of(q, g_array_index(known, int64_t, i));

		for (k = 0; k < callers->len; k++) {
			int64_t id = g_array_index(callers, int64_t, k);

			if (!is_new_helper(q, id))
				continue;
			g_hash_table_add(q->gate_helpers, key_of(id));
			g_array_append_val(known, id);
			/* what was walked did not know it */
			g_hash_table_remove_all(q->gates);
		}
	}
}

/* ---- stored -------------------------------------------------------------------------------------- */

static bool read_kept(struct ew_query *q)
{
	struct ew_rows *r = NULL;
	struct unpacker u;
	int64_t id = 0;
	bool is_there = query_kept(q, EW_KEPT_GATES, 0, &r, &u) &&
			unpack_number(&u) == digest(ew_refs_gates(q->refs));

	if (is_there) {
		while (u.is_whole && u.at < u.end) {
			id += (int64_t)unpack_number(&u);
			g_hash_table_add(q->gate_helpers, key_of(id));
		}
		query_check_kept(q, &u);
	}
	ew_rows_end(r);
	return is_there;
}

static void load(struct ew_query *q)
{
	if (q->gate_helpers)
		return;
	q->gate_helpers = g_hash_table_new(NULL, NULL);
	if (!read_kept(q))
		look(q);
}

bool gate_is_helper(struct ew_query *q, int64_t function)
{
	load(q);
	return g_hash_table_contains(q->gate_helpers, key_of(function));
}

static gint compare_ids(gconstpointer a, gconstpointer b)
{
	return a < b ? -1 : a > b;
}

void gates_keep(struct ew_query *q, struct ew_store_writer *w)
{
	g_autoptr(GByteArray) out = g_byte_array_new();
	g_autoptr(GList) ids = NULL;
	gsize before = 0;

	load(q);
	pack_number(out, digest(ew_refs_gates(q->refs)));
	ids = g_list_sort(g_hash_table_get_keys(q->gate_helpers), compare_ids);
	for (GList *l = ids; l; l = l->next) {
		pack_number(out, (gsize)l->data - before);
		before = (gsize)l->data;
	}
	ew_store_keep(w, EW_KEPT_GATES, 0, out->data, out->len);
}
