/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All gates of a function, and who takes what they count. */
#include "query/gate_walk.h"

#include <string.h>

static void group_free(gpointer data)
{
	struct ew_gate_group *group = data;

	g_ptr_array_unref(group->calls);
	g_free(group);
}

static bool is_same_gate(const struct ew_gate *a, const struct ew_gate *b)
{
	return a->place.line == b->place.line && a->place.column == b->place.column && a->test == b->test &&
	       a->kind == b->kind && a->is_partly == b->is_partly && a->is_beyond == b->is_beyond;
}

static struct ew_gate_group *group_of(GPtrArray *groups, const struct ew_gate *gate)
{
	struct ew_gate_group *group;
	guint i;

	for (i = 0; i < groups->len; i++) {
		group = g_ptr_array_index(groups, i);
		if (is_same_gate(&group->gate, gate))
			return group;
	}
	group = g_new0(struct ew_gate_group, 1);
	group->gate = *gate;
	group->calls = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(groups, group);
	return group;
}

GPtrArray *ew_query_gates_in(struct ew_query *q, const struct ew_symbol *f)
{
	GPtrArray *groups = g_ptr_array_new_with_free_func(group_free);
	g_autoptr(GPtrArray) calls = ew_query_calls_in(q, f);
	guint i;

	for (i = 0; i < calls->len; i++) {
		const struct ew_edge *e = g_ptr_array_index(calls, i);
		struct ew_gate gate;

		if (e->is_compiled && ew_query_gate(q, e->call, e->callee, &gate))
			g_ptr_array_add(group_of(groups, &gate)->calls, g_memdup2(e, sizeof *e));
	}
	return groups;
}

bool ew_query_is_followed(struct ew_query *q, const struct ew_symbol *f)
{
	const struct gate_walk *w = gate_walk_of(q, f);

	return w && w->is_whole;
}

/* ---- of a path ------------------------------------------------------------------------------------ */

static void add_edge_gate(struct ew_query *q, const struct ew_edge *e, GPtrArray *groups)
{
	struct ew_gate gate;

	if (ew_query_gate(q, e->call, e->callee, &gate))
		g_ptr_array_add(group_of(groups, &gate)->calls, g_memdup2(e, sizeof *e));
}

/* The call that hands the work over. */
static void add_queued_gate(struct ew_query *q, const struct ew_queued *queued, GPtrArray *groups)
{
	struct call_row c;

	if (!queued->call || !query_call_row(q, queued->call, &c))
		return;
	const struct ew_edge e = {
		.caller = queued->function ? queued->function : query_symbol(q, EW_SYMBOL_FUNCTION, c.caller),
		.callee = c.is_pointer ? NULL : query_symbol(q, EW_SYMBOL_FUNCTION, c.callee),
		.call = c.id,
		.site = queued->site,
		.is_compiled = true,
		.when = "now",
	};
	add_edge_gate(q, &e, groups);
}

GPtrArray *ew_query_gates_on(struct ew_query *q, const struct ew_path *path)
{
	GPtrArray *groups = g_ptr_array_new_with_free_func(group_free);
	guint i, k;

	for (i = 0; i < path->hops->len; i++) {
		const struct ew_hop *hop = g_ptr_array_index(path->hops, i);
		const GPtrArray *way = hop->queued && !hop->is_queueing ? hop->queued->way : NULL;

		for (k = 0; way && k < way->len; k++)
			add_edge_gate(q, g_ptr_array_index(way, k), groups);
		if (hop->queued)
			add_queued_gate(q, hop->queued, groups);
		if (!hop->is_queueing)
			add_edge_gate(q, hop->edge, groups);
	}
	return groups;
}

/* ---- who takes ------------------------------------------------------------------------------------ */

/* The call at or before the access, on its line or the one before, that takes what stands there; NULL if none does. */
static const struct ew_edge *taker(const struct ew_refs_gates *gates, const GPtrArray *calls,
				   const struct ew_access *a)
{
	const struct ew_edge *best = NULL;
	guint i;

	for (i = 0; i < calls->len; i++) {
		const struct ew_edge *e = g_ptr_array_index(calls, i);

		if (e->callee && e->is_compiled && g_hash_table_contains(gates->takes, e->callee->name) &&
		    e->site.line == a->place.line && e->site.column <= a->place.column &&
		    !g_strcmp0(e->site.file, a->place.file))
			best = e;
	}
	return best;
}

static void takes_of(struct ew_query *q, const struct ew_symbol *f, const char *member, GPtrArray *takes)
{
	g_autoptr(GPtrArray) accesses = ew_query_accesses_in(q, f), calls = ew_query_calls_in(q, f);
	guint i;

	for (i = 0; i < accesses->len; i++) {
		const struct ew_access *a = g_ptr_array_index(accesses, i);
		const struct ew_edge *by =
			strcmp(a->field, member) ? NULL : taker(ew_refs_gates(q->refs), calls, a);
		struct ew_take *take;

		if (!by)
			continue;
		take = g_new0(struct ew_take, 1);
		*take = (struct ew_take){f, by->callee->name, by->site};
		g_ptr_array_add(takes, take);
	}
}

static gint compare_takes(gconstpointer a, gconstpointer b)
{
	const struct ew_take *x = *(struct ew_take *const *)a, *y = *(struct ew_take *const *)b;
	int order = strcmp(x->function->name, y->function->name);

	order = order ? order : strcmp(x->place.file, y->place.file);
	return order ? order : x->place.line - y->place.line;
}

GPtrArray *ew_query_takes(struct ew_query *q, const char *member)
{
	GPtrArray *takes = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GArray) fields = query_field_nodes(q, member);
	guint i;

	for (i = 0; i < fields->len; i++) {
		ew_auto(rows) r = ew_store_select(q->store, EW_ACCESSORS, "i", g_array_index(fields, int64_t, i) >> 4);

		while (ew_rows_next(r))
			takes_of(q, query_symbol(q, EW_SYMBOL_FUNCTION, ew_rows_int(r, 0)), member, takes);
	}
	g_ptr_array_sort(takes, compare_takes);
	return takes;
}
