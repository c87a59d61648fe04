/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Contexts that are proved once a binding says which way a packet, or another object, goes. */
#include "query/context.h"

#include <string.h>

/* Functions that the binding names itself. What names objects only says nothing of where a packet goes. */
static void add_named(struct ew_query *q, const struct ew_refs_binding *b, bool *seen, GArray *waiting)
{
	guint i, k;

	for (i = 0; i < b->binds->len; i++) {
		const struct ew_refs_bind *bind = g_ptr_array_index(b->binds, i);

		for (k = 0; k < bind->objects->len; k++) {
			ew_auto(rows) r = ew_store_select(q->store, EW_FUNCTIONS_NAMED, "s",
							  g_ptr_array_index(bind->objects, k));

			while (ew_rows_next(r)) {
				uint32_t id = ew_rows_int(r, 0);

				if (id >= q->graph.functions || seen[id])
					continue;
				seen[id] = true;
				g_array_append_val(waiting, id);
			}
		}
	}
}

/* Does one of them come to the function by direct calls? */
static bool is_about(struct ew_query *q, const struct ew_refs_binding *b, const struct ew_symbol *f)
{
	const struct call_graph *g = &q->graph;
	g_autofree bool *seen = NULL;
	g_autoptr(GArray) waiting = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	guint i;
	uint32_t k;

	if (!query_load_graph(q) || f->id >= g->functions)
		return false;
	seen = g_new0(bool, g->functions);
	add_named(q, b, seen, waiting);
	for (i = 0; i < waiting->len && !seen[f->id]; i++) {
		uint32_t at = g_array_index(waiting, uint32_t, i);

		for (k = g->first[at]; k < g->first[at + 1]; k++) {
			uint32_t to = g->to[k] & EW_GRAPH_FUNCTION;

			if (g->to[k] & EW_GRAPH_POINTER || seen[to])
				continue;
			seen[to] = true;
			g_array_append_val(waiting, to);
		}
	}
	return seen[f->id];
}

static bool is_doubtful_in(const GPtrArray *plain, const char *context)
{
	guint i;

	for (i = 0; i < plain->len; i++) {
		const struct ew_context *c = g_ptr_array_index(plain, i);

		if (c->kind == EW_CONTEXT_DOUBTFUL && !strcmp(c->name, context))
			return true;
	}
	return false;
}

static void add_proved(struct ew_query *q, const struct ew_symbol *f, const struct ew_refs_binding *b,
		       const GPtrArray *plain, GPtrArray *given)
{
	g_autoptr(GPtrArray) bound = ew_query_contexts(q, f, b->name, NULL);
	guint i = 0;

	while (bound && i < bound->len) {
		struct ew_context *c = g_ptr_array_index(bound, i);

		if (c->kind != EW_CONTEXT_PROVED || !is_doubtful_in(plain, c->name)) {
			i++;
			continue;
		}
		c->given = b->name;
		g_ptr_array_add(given, g_ptr_array_steal_index(bound, i));
	}
}

/* To search all contexts under a binding takes as long as to index them: where the plain answer says nothing for sure. */
static bool is_all_doubtful(const GPtrArray *plain)
{
	guint i;

	for (i = 0; i < plain->len; i++)
		if (((const struct ew_context *)g_ptr_array_index(plain, i))->kind != EW_CONTEXT_DOUBTFUL)
			return false;
	return plain->len > 0;
}

GPtrArray *ew_query_contexts_given(struct ew_query *q, const struct ew_symbol *f, const GPtrArray *plain)
{
	GPtrArray *given = g_ptr_array_new_with_free_func(context_free);
	const GPtrArray *bindings = ew_refs_bindings(q->refs);
	guint i;

	for (i = 0; is_all_doubtful(plain) && i < bindings->len; i++) {
		const struct ew_refs_binding *b = g_ptr_array_index(bindings, i);

		if (is_about(q, b, f))
			add_proved(q, f, b, plain, given);
	}
	return given;
}
