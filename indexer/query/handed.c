/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Is a way one that can be gone?
 *
 * The stored graph knows of a call through a parameter (okfn of NF_HOOK()) what any caller hands over. On a way there
 * is one caller, which hands over one function.
 */
#include "query/ways.h"

/* So many locals may stand between the parameter and the call. */
enum { MOST_COPIES = 8 };

/* ---- what is given, kept with the index: a search asks for it again and again -------------------- */

/* What may come to a slot by one step. */
struct giver {
	int64_t function, source;
};

static void free_givers(gpointer givers)
{
	g_array_unref(givers);
}

static int compare_givers(gconstpointer a, gconstpointer b)
{
	const struct giver *x = a, *y = b;

	return x->function < y->function ? -1 : x->function > y->function;
}

/* By function (of struct giver). What is given in code that is not compiled does not count. */
static const GArray *givers_of(struct ew_query *q, int64_t slot)
{
	gpointer key = GSIZE_TO_POINTER((gsize)slot);
	ew_auto(rows) r = NULL;
	GArray *givers;

	if (!q->givers)
		q->givers = g_hash_table_new_full(NULL, NULL, NULL, free_givers);
	givers = g_hash_table_lookup(q->givers, key);
	if (givers)
		return givers;
	givers = g_array_new(false, false, sizeof(struct giver));
	query_flows_into_ahead(q, slot);
	r = ew_store_select(q->store, EW_FLOWS_INTO, "i", slot);
	while (ew_rows_next(r)) {
		struct flow_row f;

		query_read_flow(r, &f);
		if (!f.condition)
			g_array_append_val(givers, ((struct giver){f.function, f.src}));
	}
	g_array_sort(givers, compare_givers);
	g_hash_table_insert(q->givers, key, givers);
	return givers;
}

static guint first_giver(const GArray *givers, int64_t function)
{
	guint low = 0, high = givers->len;

	while (low < high) {
		guint middle = low + (high - low) / 2;

		if (g_array_index(givers, struct giver, middle).function < function)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* ---- asking ------------------------------------------------------------------------------------------- */

struct handed {
	struct ew_query *query;
	const GArray *way;
	int64_t value;
	guint first; /* hop: none before it was looked at */
};

static bool is_handed(struct handed *h, guint hop, int64_t slot, int copies);

/* Can any of what a function (0: any) gives the slot be the value? */
static bool is_given(struct handed *h, guint hop, int64_t slot, int64_t function, int copies)
{
	const GArray *givers = givers_of(h->query, slot);
	guint i;

	for (i = function ? first_giver(givers, function) : 0; i < givers->len; i++) {
		const struct giver *g = &g_array_index(givers, struct giver, i);

		if (function && g->function != function)
			return false;
		if (is_handed(h, hop, g->source, copies))
			return true;
	}
	return false;
}

/* By the hop before `hop`, which calls the function by name? */
static bool is_given_before(struct handed *h, guint hop, int64_t parameter)
{
	const struct call_graph *g = &h->query->graph;
	uint32_t before = g_array_index(h->way, uint32_t, hop - 1);

	if (before >= g->edges || g->to[before] & EW_GRAPH_POINTER)
		return true; /* who enters it like that may hand over anything */
	h->first = MIN(h->first, hop - 1);
	return is_given(h, hop - 1, parameter, graph_caller(g, before), 0);
}

/* In the function that the hop leaves: can the slot hold the value, on this way? */
static bool is_handed(struct handed *h, guint hop, int64_t slot, int copies)
{
	struct ew_query *q = h->query;

	if (slot == h->value)
		return true;
	if (ew_node_kind_of(slot) == EW_NODE_FUNCTION)
		return false;
	if (ew_node_kind_of(slot) == EW_NODE_PARAM && hop)
		return is_given_before(h, hop, slot);
	if (ew_node_kind_of(slot) == EW_NODE_LOCAL && copies < MOST_COPIES)
		return is_given(h, hop, slot, 0, copies + 1);
	return query_reaches(q, slot, h->value);
}

/* Through what the call goes if that is a parameter or a local, else 0. Most ways go by the same calls. */
static int64_t local_slot(struct ew_query *q, uint32_t call)
{
	gpointer key = GSIZE_TO_POINTER((gsize)call), known;
	int64_t slot = 0;
	struct call_row c;

	if (!q->local_slots)
		q->local_slots = g_hash_table_new(NULL, NULL);
	if (g_hash_table_lookup_extended(q->local_slots, key, NULL, &known))
		return (int64_t)GPOINTER_TO_SIZE(known);
	if (query_call_row(q, call, &c) &&
	    (ew_node_kind_of(c.slot) == EW_NODE_PARAM || ew_node_kind_of(c.slot) == EW_NODE_LOCAL))
		slot = c.slot;
	g_hash_table_insert(q->local_slots, key, GSIZE_TO_POINTER((gsize)slot));
	return slot;
}

/* Does anybody give the slot the value? Else it is called for another reason, as what the linker collects. */
static bool is_anybody_giving(struct ew_query *q, int64_t slot, int64_t value)
{
	const GArray *givers = givers_of(q, slot);
	guint i;

	for (i = 0; i < givers->len; i++)
		if (g_array_index(givers, struct giver, i).source == value)
			return true;
	for (i = 0; i < givers->len; i++) {
		int64_t source = g_array_index(givers, struct giver, i).source;

		if (source && ew_node_kind_of(source) != EW_NODE_FUNCTION && query_reaches(q, source, value))
			return true;
	}
	return false;
}

static bool is_by_flow(struct ew_query *q, uint32_t edge, int64_t slot, int64_t value)
{
	gpointer key = GSIZE_TO_POINTER((gsize)edge), known;

	if (!q->by_flow)
		q->by_flow = g_hash_table_new(NULL, NULL);
	if (!g_hash_table_lookup_extended(q->by_flow, key, NULL, &known)) {
		known = GINT_TO_POINTER(is_anybody_giving(q, slot, value));
		g_hash_table_insert(q->by_flow, key, known);
	}
	return GPOINTER_TO_INT(known);
}

bool path_is_handed(const struct ways *s, const GArray *way, guint hop, guint *first)
{
	const struct call_graph *g = &s->query->graph;
	uint32_t edge = g_array_index(way, uint32_t, hop);
	bool is_pointer = edge < g->edges && g->to[edge] & EW_GRAPH_POINTER;
	int64_t slot = hop && is_pointer ? local_slot(s->query, g->call[edge]) : 0;
	struct handed h = {.query = s->query, .way = way, .first = hop};

	*first = hop;
	if (!slot)
		return true;
	h.value = ew_node_make(EW_NODE_FUNCTION, g->to[edge] & EW_GRAPH_FUNCTION);
	if (is_handed(&h, hop, slot, 0))
		return true;
	*first = h.first;
	/* Where the function alone would say no, the edge, which is proved, says yes. */
	return h.first == hop || !is_by_flow(s->query, edge, slot, h.value);
}

bool path_can_be_gone(struct ew_query *q, const GArray *way)
{
	const struct ways s = {.query = q};
	guint i, first;

	for (i = 1; i < way->len; i++)
		if (!path_is_handed(&s, way, i, &first))
			return false;
	return true;
}
