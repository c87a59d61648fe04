/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where contexts begin: see context.h. */
#include <string.h>

#include "query/context.h"

static uint32_t bits_of(const GPtrArray *names)
{
	uint32_t bits = 0;
	guint i;
	int k;

	for (i = 0; i < names->len; i++)
		for (k = 0; ew_context_names[k]; k++)
			if (!strcmp(g_ptr_array_index(names, i), ew_context_names[k]))
				bits |= 1u << k;
	return bits;
}

void context_finish_root(struct contexts *c, struct context_root *r)
{
	const struct ew_refs *refs = c->query->refs;

	if (context_is_deferred(r)) {
		const struct ew_refs_mechanism *m = g_ptr_array_index(ew_refs_mechanisms(refs), r->of);

		r->why = m->title;
		r->may_sleep = m->sleeps == EW_REFS_MAY_SLEEP;
	} else {
		const struct ew_refs_entry *e = g_ptr_array_index(ew_refs_entries(refs), r->of);

		r->why = e->title;
		r->may_sleep = e->sleeps == EW_REFS_MAY_SLEEP;
	}
}

static void add_root(struct contexts *c, struct context_root root)
{
	context_finish_root(c, &root);
	g_array_append_val(c->roots, root);
}

static void add_entry_function(struct contexts *c, uint32_t of, const struct ew_refs_entry *e, const char *name)
{
	ew_auto(rows) r = ew_store_select(c->query->store, EW_FUNCTIONS_NAMED, "s", name);
	struct context_root root = {.bits = bits_of(e->contexts),
				   .edge = HOP_NO_EDGE,
				   .of = of};

	while (ew_rows_next(r)) {
		int64_t id = ew_rows_int(r, 0);

		if (id < 0 || id >= c->functions)
			continue;
		root.function = id;
		c->is_entry[id] = true;
		if (root.bits)
			add_root(c, root);
	}
}

/* "__x64_sys_*": all names from there to the next that begins otherwise. */
static void add_entry_functions(struct contexts *c, uint32_t of, const struct ew_refs_entry *e, const char *pattern)
{
	size_t n = strlen(pattern);
	g_autofree char *low = g_strndup(pattern, n - 1), *high = g_strdup(low);
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	ew_auto(rows) r = NULL;
	guint i;

	if (n < 2)
		return;
	high[n - 2]++;
	r = ew_store_select(c->query->store, EW_FUNCTIONS_LIKE, "ssi", low, high, (int64_t)G_MAXINT);
	while (ew_rows_next(r))
		g_ptr_array_add(names, g_strdup(ew_rows_text(r, 0)));
	for (i = 0; i < names->len; i++)
		add_entry_function(c, of, e, g_ptr_array_index(names, i));
}

static void add_entries(struct contexts *c)
{
	const GPtrArray *entries = ew_refs_entries(c->query->refs);
	guint i, k;

	for (i = 0; i < entries->len; i++) {
		const struct ew_refs_entry *e = g_ptr_array_index(entries, i);

		for (k = 0; k < e->functions->len; k++) {
			const char *name = g_ptr_array_index(e->functions, k);

			if (g_str_has_suffix(name, "*"))
				add_entry_functions(c, i, e, name);
			else
				add_entry_function(c, i, e, name);
		}
	}
}

/* Of one pointer call: the callees that it runs as this mechanism, and when it is "caller"'s, none. */
static GHashTable *deferred_callees(struct ew_query *q, int64_t call, const char *when)
{
	GHashTable *callees = g_hash_table_new(NULL, NULL);
	ew_auto(rows) r = ew_store_select(q->store, EW_EDGES_OF_CALL, "i", call);

	while (ew_rows_next(r)) {
		struct edge_row e;

		query_read_edge(r, &e);
		if (e.run && !strcmp(query_string(q, e.run), when))
			g_hash_table_add(callees, GSIZE_TO_POINTER((gsize)e.callee));
	}
	return callees;
}

static void add_dispatches(struct contexts *c, uint32_t of, const struct ew_refs_mechanism *m, int64_t dispatcher)
{
	const struct call_graph *g = &c->query->graph;
	g_autoptr(GHashTable) callees = NULL;
	struct context_root root = {.bits = bits_of(m->contexts),
				   .dispatcher = dispatcher,
				   .of = of};
	uint32_t i, call = 0;

	if (dispatcher < 0 || dispatcher >= g->functions || !root.bits)
		return;
	for (i = g->first[dispatcher]; i < g->first[dispatcher + 1]; i++) {
		if (!(g->to[i] & EW_GRAPH_POINTER) || !path_is_left(c->binding, i))
			continue;
		if (g->call[i] != call) {
			g_clear_pointer(&callees, g_hash_table_unref);
			callees = deferred_callees(c->query, g->call[i], m->name);
			call = g->call[i];
		}
		root.function = g->to[i] & EW_GRAPH_FUNCTION;
		root.edge = i;
		root.call = call;
		if (!g_hash_table_contains(callees, GSIZE_TO_POINTER((gsize)root.function)) ||
		    !g_hash_table_add(c->deferred, GSIZE_TO_POINTER((gsize)i + 1)))
			continue;
		add_root(c, root);
	}
}

static void add_mechanisms(struct contexts *c)
{
	const GPtrArray *mechanisms = ew_refs_mechanisms(c->query->refs);
	guint i, k;

	for (i = 0; i < mechanisms->len; i++) {
		const struct ew_refs_mechanism *m = g_ptr_array_index(mechanisms, i);

		for (k = 0; k < m->dispatchers->len; k++) {
			ew_auto(rows) r = ew_store_select(c->query->store, EW_FUNCTIONS_NAMED, "s",
							  g_ptr_array_index(m->dispatchers, k));

			while (ew_rows_next(r))
				add_dispatches(c, i, m, ew_rows_int(r, 0));
		}
	}
}

void context_find_roots(struct contexts *c)
{
	add_entries(c);
	add_mechanisms(c);
}

/* ---- what kernel-refs says of them ------------------------------------------------------------ */

static void add_words(GString *all, const GPtrArray *words)
{
	guint i;

	for (i = 0; i < words->len; i++)
		g_string_append_printf(all, " %s", (const char *)g_ptr_array_index(words, i));
	g_string_append_c(all, '\n');
}

int64_t context_digest(const struct ew_refs *refs)
{
	const GPtrArray *entries = ew_refs_entries(refs), *mechanisms = ew_refs_mechanisms(refs);
	g_autoptr(GString) all = g_string_new("of several contexts none is proved\n");
	guint i;

	for (i = 0; i < entries->len; i++) {
		const struct ew_refs_entry *e = g_ptr_array_index(entries, i);

		g_string_append_printf(all, "entry %d\n", e->sleeps);
		add_words(all, e->functions);
		add_words(all, e->contexts);
	}
	for (i = 0; i < mechanisms->len; i++) {
		const struct ew_refs_mechanism *m = g_ptr_array_index(mechanisms, i);

		g_string_append_printf(all, "mechanism %d %s\n", m->sleeps, m->name);
		add_words(all, m->dispatchers);
		add_words(all, m->contexts);
	}
	return ew_store_hash(all->str, all->len);
}
