/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The three steps: values to their fixed point, objects, edges. */
#include "resolve/internal.h"

bool ew_resolve(struct ew_store_writer *writer, const struct ew_refs *refs, bool is_whole,
		struct ew_resolve_counts *counts, GError **error)
{
	struct graph *g = graph_load(ew_store_of_writer(writer), error);
	struct objects *objects;
	bool answer;

	*counts = (struct ew_resolve_counts){0};
	if (!g)
		return false;
	counts->functions = g_hash_table_size(g->defined);
	links_add(g, refs);
	g->is_whole = is_whole;
	objects = join_calls(g, is_whole);
	answer = edges_write(g, objects, writer, refs, counts, error);
	objects_free(objects);
	graph_free(g);
	return answer;
}
