/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is handed to a parameter: directly, or by a caller of a wrapper around it. */
#include "resolve/internal.h"

struct search {
	struct graph *graph;
	GPtrArray *found; /* of struct handed */
	GHashTable *seen; /* parameters, and pairs of object and flow */
	GArray *inward;	  /* of int: the flows from the parameter under search to the first one */
};

void handed_free(gpointer data)
{
	struct handed *h = data;

	g_array_unref(h->way);
	g_free(h);
}

/* What is handed on by code that is not compiled, too, is another way. */
static const char *inward_mark(const struct search *s)
{
	return graph_has_dead(s->graph, s->inward) ? "-" : "";
}

static void hand(struct search *s, int object, int flow, bool is_dead)
{
	struct handed *h;
	guint i;

	if (!g_hash_table_add(s->seen, g_strdup_printf("%d=%d%s", object, flow, inward_mark(s))))
		return;
	h = g_new(struct handed, 1);
	h->object = object;
	h->way = g_array_new(false, false, sizeof(int));
	g_array_append_val(h->way, flow);
	for (i = s->inward->len; i > 0; i--)
		g_array_append_val(h->way, g_array_index(s->inward, int, i - 1));
	h->is_dead = is_dead || graph_has_dead(s->graph, h->way);
	g_ptr_array_add(s->found, h);
}

static void find_handed(struct search *s, int parameter);

static void take_flow(struct search *s, int flow)
{
	struct graph *g = s->graph;
	const struct flow *f = graph_flow(g, flow);
	int source = f->is_address ? f->src : copied_slot(g, f->src);
	const GArray *values;
	bool is_named = false;
	guint i;

	if (f->src == UNKNOWN)
		return;
	if (f->is_address || graph_kind(g, source) == EW_NODE_FUNCTION) {
		hand(s, source, flow, false);
		return;
	}
	if (graph_kind(g, source) == EW_NODE_PARAM && g->first_in[source] >= 0) {
		g_array_append_val(s->inward, flow);
		find_handed(s, source);
		g_array_set_size(s->inward, s->inward->len - 1);
		return;
	}
	values = graph_values(g, source);
	for (i = 0; values && i < values->len; i++) {
		int value = g_array_index(values, int, i);

		if (value == UNKNOWN)
			continue;
		hand(s, value, flow, graph_is_dead(g, source, value));
		is_named = true;
	}
	if (!is_named)
		hand(s, source, flow, false);
}

static void find_handed(struct search *s, int parameter)
{
	int i;

	if (parameter == UNKNOWN || !g_hash_table_add(s->seen, g_strdup_printf("%d%s", parameter, inward_mark(s))))
		return;
	for (i = s->graph->first_in[parameter]; i >= 0; i = graph_flow(s->graph, i)->next_in)
		take_flow(s, i);
}

GPtrArray *objects_handed_to(struct graph *g, int64_t function, int position)
{
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GArray) inward = g_array_new(false, false, sizeof(int));
	struct search s = {g, g_ptr_array_new(), seen, inward};

	find_handed(&s, graph_number(g, ew_node_param(function, position)));
	return s.found;
}
