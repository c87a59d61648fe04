/* SPDX-License-Identifier: GPL-3.0-or-later */
/* See wide.h. */
#include <string.h>

#include "query/internal.h"

/* ---- who queues which work ------------------------------------------------------------------------- */

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

/* ---- by their ends ------------------------------------------------------------------------------------ */

static uint32_t end_of(const struct wide_graph *w, uint32_t queueing, bool by_to)
{
	const struct queueing *k = &g_array_index(w->queueings, struct queueing, queueing);

	return by_to ? k->to : k->from;
}

/* By one byte of that end; those that have the same stay in their order. */
static void sort_by_byte(const struct wide_graph *w, const uint32_t *from, uint32_t *to, bool by_to, int shift)
{
	uint32_t next[257] = {0}, n = w->queueings->len, i;

	for (i = 0; i < n; i++)
		next[(end_of(w, from[i], by_to) >> shift & 255) + 1]++;
	for (i = 0; i < 256; i++)
		next[i + 1] += next[i];
	for (i = 0; i < n; i++)
		to[next[end_of(w, from[i], by_to) >> shift & 255]++] = from[i];
}

/* Their indexes by that end, then as they are; the caller's. */
static uint32_t *in_order(const struct wide_graph *w, bool by_to)
{
	uint32_t *order = g_new(uint32_t, w->queueings->len + 1), i;
	g_autofree uint32_t *other = g_new(uint32_t, w->queueings->len + 1);

	for (i = 0; i < w->queueings->len; i++)
		order[i] = i;
	for (i = 0; i < 32; i += 16) {
		sort_by_byte(w, order, other, by_to, i);
		sort_by_byte(w, other, order, by_to, i + 8);
	}
	return order;
}

static uint32_t first_of(const struct wide_graph *w, const uint32_t *order, bool by_to, uint32_t function)
{
	uint32_t low = 0, high = w->queueings->len;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const struct queueing *k = &g_array_index(w->queueings, struct queueing, order[middle]);

		if ((by_to ? k->to : k->from) < function)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

uint32_t wide_first_from(const struct wide_graph *w, uint32_t function)
{
	return first_of(w, w->by_from, false, function);
}

uint32_t wide_first_to(const struct wide_graph *w, uint32_t function)
{
	return first_of(w, w->by_to, true, function);
}

uint32_t wide_in_edge(const struct wide_graph *w, const struct wide_in *i)
{
	struct wide_out o;

	if (i->queueing)
		return w->graph->edges + (uint32_t)(i->queueing - &g_array_index(w->queueings, struct queueing, 0));
	wide_out_begin(w, i->from, &o);
	return graph_position(w->graph, i->from, i->function, i->call);
}

/* ---- life --------------------------------------------------------------------------------------------- */

struct wide_graph *wide_new(struct ew_query *q, GArray *queueings)
{
	struct wide_graph *w = g_new0(struct wide_graph, 1);
	guint i;

	w->query = q;
	w->graph = &q->graph;
	w->queueings = queueings;
	w->by_from = in_order(w, false);
	w->by_to = in_order(w, true);
	w->ends = g_new0(uint8_t, q->graph.functions);
	for (i = 0; i < queueings->len; i++) {
		const struct queueing *k = &g_array_index(queueings, struct queueing, i);

		w->ends[k->from] |= WIDE_QUEUES;
		w->ends[k->to] |= WIDE_QUEUED;
	}
	return w;
}

/* A search comes to most parts: all are read ahead. */
static void read_ahead(struct ew_query *q)
{
	int64_t rows = EW_GRAPH_FORWARD + 2 * (int64_t)q->graph.parts, i;
	g_autofree int64_t *ids = g_new(int64_t, rows);

	for (i = 0; i < rows; i++)
		ids[i] = i;
	ew_store_ahead(q->store, EW_AHEAD_GRAPH, ids, rows);
}

/* Functions with which the kernel is given up. */
static void mark_ends(struct wide_graph *w)
{
	const char *const *name;

	for (name = ew_refs_ends(w->query->refs); *name; name++) {
		g_autoptr(GPtrArray) found = ew_query_find(w->query, *name, EW_SYMBOL_FUNCTION, NULL);
		guint i;

		for (i = 0; found && i < found->len; i++) {
			int64_t id = ((const struct ew_symbol *)g_ptr_array_index(found, i))->id;

			if (id >= 0 && id < w->graph->functions)
				w->ends[id] |= WIDE_GIVES_UP;
		}
	}
}

struct wide_graph *query_wide_graph(struct ew_query *q)
{
	if (q->wide || !query_open_graph(q))
		return q->wide;
	read_ahead(q);
	q->wide = wide_new(q, read_queueings(q));
	mark_ends(q->wide);
	return q->wide;
}

void query_wide_free(struct wide_graph *w)
{
	if (!w)
		return;
	g_array_unref(w->queueings);
	g_free(w->by_from);
	g_free(w->by_to);
	g_free(w->ends);
	g_free(w);
}
