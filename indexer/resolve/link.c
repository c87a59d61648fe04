/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What no code stores but the linker does: the functions in a section, and those of a name that a module must have. */
#include <string.h>

#include "resolve/internal.h"

static void hand_over(struct graph *g, int flow, int slot)
{
	if (graph_kind(g, graph_flow(g, flow)->src) == EW_NODE_FUNCTION)
		graph_copy_flow(g, slot, flow);
}

/* All that was put into the section. */
static void add_section(struct graph *g, const char *name, int slot)
{
	ew_auto(rows) r = ew_store_select(g->store, EW_VARIABLES_NAMED, "s", name);
	int i, next, node;

	while (ew_rows_next(r)) {
		node = graph_number(g, ew_node_make(EW_NODE_VARIABLE, ew_rows_int(r, 0)));
		for (i = node == UNKNOWN ? -1 : g->first_in[node]; i >= 0; i = next) {
			next = graph_flow(g, i)->next_in;
			hand_over(g, i, slot);
		}
	}
}

static void add_sections(struct graph *g, const char *pattern, int slot)
{
	g_autofree char *names = g_strconcat("section ", pattern, NULL);
	g_autofree char *low = g_strndup(names, strcspn(names, "*")), *high = g_strconcat(low, "\x7f", NULL);
	ew_auto(rows) r = ew_store_select(g->store, EW_VARIABLES_LIKE, "ssi", low, high, (int64_t)G_MAXINT);

	while (ew_rows_next(r))
		if (g_pattern_match_simple(names, ew_rows_text(r, 0)))
			add_section(g, ew_rows_text(r, 0), slot);
}

/* Each module has one; its address is kept for the linker. */
static void add_symbol(struct graph *g, const char *name, int slot)
{
	ew_auto(rows) r = ew_store_select(g->store, EW_FUNCTIONS_NAMED, "s", name);
	int node;

	while (ew_rows_next(r)) {
		node = graph_number(g, ew_node_make(EW_NODE_FUNCTION, ew_rows_int(r, 0)));
		if (node != UNKNOWN && g->first_out[node] >= 0)
			hand_over(g, g->first_out[node], slot);
	}
}

void links_add(struct graph *g, const struct ew_refs *refs)
{
	const GPtrArray *all = ew_refs_mechanisms(refs);
	guint i, k;

	for (i = 0; i < all->len; i++) {
		const struct ew_refs_mechanism *m = g_ptr_array_index(all, i);
		int slot = m->sections->len + m->symbols->len ? slot_named(g, m->slot) : UNKNOWN;

		for (k = 0; slot != UNKNOWN && k < m->sections->len; k++)
			add_sections(g, g_ptr_array_index(m->sections, k), slot);
		for (k = 0; slot != UNKNOWN && k < m->symbols->len; k++)
			add_symbol(g, g_ptr_array_index(m->symbols, k), slot);
	}
}
