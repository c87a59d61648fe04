/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The wide graph: the stored one, and an edge from each function that queues work to the work itself. Only
 * questions for several ways, and for ways that avoid something, need its reverse.
 */
#include <string.h>

#include "query/internal.h"

/* Two files may describe one mechanism. */
static bool is_of_same_task(struct ew_query *q, const char *when)
{
	const GPtrArray *all = ew_refs_mechanisms(q->refs);
	guint i, k;

	for (i = 0; i < all->len; i++) {
		const struct ew_refs_mechanism *m = g_ptr_array_index(all, i);

		for (k = 0; !strcmp(m->name, when) && k < m->contexts->len; k++)
			if (!strcmp(g_ptr_array_index(m->contexts, k), "task_work"))
				return true;
	}
	return false;
}

/* By what the task does itself, a way is nearer than by what it leaves to others. There are few mechanisms. */
static uint32_t cost_to_queue(struct ew_query *q, int64_t run, GHashTable *known)
{
	gpointer key = GSIZE_TO_POINTER((gsize)run), cost = g_hash_table_lookup(known, key);

	if (!cost) {
		cost = GUINT_TO_POINTER(is_of_same_task(q, query_string(q, run)) ? COST_POINTER
										 : COST_POINTER + COST_DIRECT);
		g_hash_table_insert(known, key, cost);
	}
	return GPOINTER_TO_UINT(cost);
}

/* Each in numbers: dispatcher, its call, the work, the flow that hands it over, the function that does, the mechanism. */
enum { NUMBERS = 6 };

/* Stored by `index`: to find them is to look at the proof of every deferred edge. */
void queueings_keep(struct ew_query *q, struct ew_store_writer *w)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_QUEUEINGS, "i", (int64_t)EW_ROLE_REGISTER);
	g_autoptr(GByteArray) out = g_byte_array_new();
	int i;

	while (ew_rows_next(r))
		for (i = 0; i < NUMBERS; i++)
			pack_number(out, ew_rows_int(r, i));
	ew_store_keep(w, EW_KEPT_QUEUEINGS, 0, out->data, out->len);
}

static void add_queueing(struct ew_query *q, const int64_t n[NUMBERS], GHashTable *known, GArray *all)
{
	struct queueing k = {.from = n[4], .to = n[2], .dispatcher = n[0], .call = n[1], .flow = n[3]};
	int64_t functions = q->graph.functions;

	if (n[0] <= 0 || n[0] >= functions || n[2] <= 0 || n[2] >= functions || n[4] <= 0 || n[4] >= functions)
		return;
	k.cost = cost_to_queue(q, n[5], known);
	g_array_append_val(all, k);
}

static GArray *read_queueings(struct ew_query *q)
{
	GArray *all = g_array_new(false, false, sizeof(struct queueing));
	g_autoptr(GHashTable) known = g_hash_table_new(NULL, NULL);
	ew_auto(rows) kept = NULL;
	ew_auto(rows) r = NULL;
	int64_t numbers[NUMBERS];
	struct unpacker u;
	int i;

	if (query_kept(q, EW_KEPT_QUEUEINGS, 0, &kept, &u)) {
		while (u.is_whole && u.at < u.end) {
			for (i = 0; i < NUMBERS; i++)
				numbers[i] = unpack_number(&u);
			add_queueing(q, numbers, known, all);
		}
		query_check_kept(q, &u);
		return all;
	}
	r = ew_store_select(q->store, EW_QUEUEINGS, "i", (int64_t)EW_ROLE_REGISTER);
	while (ew_rows_next(r)) {
		for (i = 0; i < NUMBERS; i++)
			numbers[i] = ew_rows_int(r, i);
		add_queueing(q, numbers, known, all);
	}
	return all;
}

/* Counts into first[f + 1], then sums up: room for what leaves (or reaches) each function. */
static void sum_up(uint32_t *first, uint32_t functions)
{
	uint32_t i;

	for (i = 0; i < functions; i++)
		first[i + 1] += first[i];
}

static void lay_forward(struct wide_graph *w, const struct call_graph *g)
{
	g_autofree uint32_t *next = NULL;
	uint32_t f, i;

	for (f = 0; f < g->functions; f++)
		w->first[f + 1] = g->first[f + 1] - g->first[f];
	for (i = 0; i < w->queueings->len; i++)
		w->first[g_array_index(w->queueings, struct queueing, i).from + 1]++;
	sum_up(w->first, g->functions);
	next = g_memdup2(w->first, g->functions * sizeof *next);
	for (f = 0; f < g->functions; f++)
		for (i = g->first[f]; i < g->first[f + 1]; i++) {
			w->to[next[f]] = g->to[i] & EW_GRAPH_FUNCTION;
			w->cost[next[f]] = graph_cost(g, i);
			w->edge[next[f]++] = i;
		}
	for (i = 0; i < w->queueings->len; i++) {
		const struct queueing *k = &g_array_index(w->queueings, struct queueing, i);

		w->to[next[k->from]] = k->to;
		w->cost[next[k->from]] = k->cost;
		w->edge[next[k->from]++] = g->edges + i;
	}
}

static void lay_backward(struct wide_graph *w)
{
	g_autofree uint32_t *next = NULL;
	uint32_t f, i;

	for (i = 0; i < w->edges; i++)
		w->rfirst[w->to[i] + 1]++;
	sum_up(w->rfirst, w->functions);
	next = g_memdup2(w->rfirst, w->functions * sizeof *next);
	for (f = 0; f < w->functions; f++)
		for (i = w->first[f]; i < w->first[f + 1]; i++) {
			uint32_t at = next[w->to[i]]++;

			w->rfrom[at] = f;
			w->rcost[at] = w->cost[i];
			w->redge[at] = i;
		}
}

struct wide_graph *query_wide_graph(struct ew_query *q)
{
	struct wide_graph *w;

	if (q->wide || !query_load_graph(q))
		return q->wide;
	w = q->wide = g_new0(struct wide_graph, 1);
	w->queueings = read_queueings(q);
	w->functions = q->graph.functions;
	w->edges = q->graph.edges + w->queueings->len;
	w->first = g_new0(uint32_t, w->functions + 1);
	w->to = g_new(uint32_t, w->edges);
	w->edge = g_new(uint32_t, w->edges);
	w->cost = g_new(uint8_t, w->edges);
	lay_forward(w, &q->graph);
	return w;
}

struct wide_graph *query_wide_graph_both(struct ew_query *q)
{
	struct wide_graph *w = query_wide_graph(q);

	if (!w || w->rfirst)
		return w;
	w->rfirst = g_new0(uint32_t, w->functions + 1);
	w->rfrom = g_new(uint32_t, w->edges);
	w->redge = g_new(uint32_t, w->edges);
	w->rcost = g_new(uint8_t, w->edges);
	lay_backward(w);
	return w;
}

void query_wide_free(struct wide_graph *w)
{
	if (!w)
		return;
	g_array_unref(w->queueings);
	g_free(w->first);
	g_free(w->rfirst);
	g_free(w->to);
	g_free(w->edge);
	g_free(w->cost);
	g_free(w->rcost);
	g_free(w->rfrom);
	g_free(w->redge);
	g_free(w);
}
