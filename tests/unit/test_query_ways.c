/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * query: searches for ways against naive ones, on random graphs. Of the cheapest way the oracle is Dijkstra's from the start
 * alone, which also says which of several ways of one cost is told; of several ways, all that there are, written down.
 */
#include <string.h>

#include "query/ways.h"

enum { MOST_FUNCTIONS = 600, MOST_EDGES = 4000, GRAPHS = 400, QUESTIONS = 20 };

struct arrow {
	uint32_t from, to, call;
};

static struct ew_query *q;
static bool gives_up[MOST_FUNCTIONS];

/* ---- graphs ------------------------------------------------------------------------------------------ */

static int compare_from(gconstpointer a, gconstpointer b)
{
	const struct arrow *x = a, *y = b;

	return x->from < y->from ? -1 : x->from > y->from;
}

static int compare_to(gconstpointer a, gconstpointer b)
{
	const struct arrow *x = a, *y = b;

	return x->to < y->to ? -1 : x->to > y->to;
}

/* Sorted by one end, as [first], [end] and [call] of the graph. */
static void lay(const GArray *arrows, uint32_t functions, bool back, uint32_t *first, uint32_t *end, uint32_t *call)
{
	uint32_t f, i = 0;

	for (f = 0; f < functions; f++) {
		first[f] = i;
		for (; i < arrows->len; i++) {
			const struct arrow *a = &g_array_index(arrows, struct arrow, i);

			if ((back ? a->to : a->from) != f)
				break;
			end[i] = (back ? a->from : a->to) | (a->call ? EW_GRAPH_POINTER : 0);
			call[i] = a->call;
		}
	}
	first[functions] = i;
}

static void make_graph(GArray *arrows, uint32_t functions)
{
	struct call_graph *g = &q->graph;

	g->functions = functions;
	g->edges = arrows->len;
	g->parts = (functions + EW_GRAPH_PART - 1) / EW_GRAPH_PART;
	g->data = g_new0(uint32_t, 2 * (functions + 1) + 4 * arrows->len + 2 * (g->parts + 1));
	g->first = g->data;
	g->rfirst = g->first + functions + 1;
	g->to = g->rfirst + functions + 1;
	g->call = g->to + arrows->len;
	g->rfrom = g->call + arrows->len;
	g->rcall = g->rfrom + arrows->len;
	g->start = g->rcall + arrows->len;
	g->rstart = g->start + g->parts + 1;
	g->has = g_new(uint8_t, functions);
	memset(g->has, GRAPH_FORWARD | GRAPH_BACKWARD, functions);
	g_array_sort(arrows, compare_from);
	lay(arrows, functions, false, g->first, g->to, g->call);
	g_array_sort(arrows, compare_to);
	lay(arrows, functions, true, g->rfirst, g->rfrom, g->rcall);
	for (uint32_t part = 0; part < g->parts; part++)
		g->start[part] = g->first[part * EW_GRAPH_PART];
}

static uint32_t below(uint32_t n)
{
	return (uint32_t)g_test_rand_int_range(0, (gint32)n);
}

static void open_random(uint32_t functions, uint32_t edges, uint32_t queueings)
{
	g_autoptr(GArray) arrows = g_array_new(false, false, sizeof(struct arrow));
	GArray *queued = g_array_new(false, false, sizeof(struct queueing));
	uint32_t i;

	q = g_new0(struct ew_query, 1);
	for (i = 0; i < edges; i++) {
		struct arrow a = {below(functions), below(functions), below(3) ? 0 : i + 1};

		g_array_append_val(arrows, a);
	}
	make_graph(arrows, functions);
	for (i = 0; i < queueings; i++) {
		struct queueing k = {.from = below(functions), .to = below(functions), .dispatcher = below(functions),
				     .cost = below(2) ? COST_POINTER : COST_POINTER + COST_DIRECT};

		g_array_append_val(queued, k);
	}
	q->wide = wide_new(q, queued);
	for (i = 0; i < functions; i++) {
		gives_up[i] = !below(8);
		q->wide->ends[i] |= gives_up[i] ? WIDE_GIVES_UP : 0;
	}
}

/* As the header says it, without what the search asks. */
static uint32_t naive_cost(uint32_t edge, uint32_t to)
{
	bool is_stored = edge < q->graph.edges;
	uint32_t cost = is_stored ? (q->graph.to[edge] & EW_GRAPH_POINTER ? 9 : 8) : wide_queueing(q->wide, edge)->cost;

	return cost + (gives_up[to] ? 8 * 8 + 1 : 0);
}

static void close_graph(void)
{
	query_wide_free(q->wide);
	graph_clear(&q->graph);
	search_clear(&q->search);
	search_clear(&q->back);
	ways_room_free(q->ways);
	g_free(q);
}

/* ---- the cheapest ------------------------------------------------------------------------------------- */

/* States in the order of cost, those of one cost in that in which they were offered at it. */
static GArray *naive_way(uint32_t from, uint32_t to)
{
	static uint32_t cost[MOST_FUNCTIONS], edge[MOST_FUNCTIONS], before[MOST_FUNCTIONS], offered[MOST_FUNCTIONS];
	static struct wide_out out[MOST_EDGES + MOST_FUNCTIONS];
	static bool taken[MOST_FUNCTIONS];
	uint32_t n = q->graph.functions, offers = 0, f, k, n_out;
	GArray *way = NULL;

	memset(cost, 0xff, sizeof cost);
	memset(taken, 0, sizeof taken);
	cost[from] = 0;
	for (;;) {
		uint32_t at = SEARCH_NONE;
		struct wide_out i;

		for (f = 0; f < n; f++)
			if (!taken[f] && cost[f] != SEARCH_NONE &&
			    (at == SEARCH_NONE || cost[f] < cost[at] || (cost[f] == cost[at] && offered[f] < offered[at])))
				at = f;
		if (at == SEARCH_NONE || at == to)
			break;
		taken[at] = true;
		/* Calls in their order, queueings from the last to the first. */
		n_out = 0;
		for (wide_out_begin(q->wide, at, &i); wide_out_next(q->wide, &i);)
			out[n_out++] = i;
		for (k = 0; k < n_out; k++) {
			uint32_t calls = i.end - q->graph.first[at];
			const struct wide_out *o = &out[k < calls ? k : n_out - 1 - (k - calls)];

			if (cost[at] + naive_cost(o->edge, o->to) >= cost[o->to])
				continue;
			cost[o->to] = cost[at] + naive_cost(o->edge, o->to);
			edge[o->to] = o->edge;
			before[o->to] = at;
			offered[o->to] = ++offers;
		}
	}
	if (from == to || cost[to] == SEARCH_NONE)
		return NULL;
	way = g_array_new(false, false, sizeof(uint32_t));
	for (f = to; f != from; f = before[f])
		g_array_prepend_val(way, edge[f]);
	return way;
}

static bool expect_same_way(uint32_t from, uint32_t to)
{
	g_autoptr(GArray) expected = naive_way(from, to), found = meet_find(q->wide, NULL, from, to);

	g_assert_cmpint(found != NULL, ==, expected != NULL);
	if (found)
		g_assert_cmpmem(found->data, found->len * 4, expected->data, expected->len * 4);
	return found != NULL;
}

static void test_cheapest(void)
{
	int graph, i, found = 0;

	for (graph = 0; graph < GRAPHS; graph++) {
		uint32_t functions = 2 + below(MOST_FUNCTIONS - 2);

		open_random(functions, MIN(functions * (1 + below(6)), MOST_EDGES), below(functions / 2 + 1));
		for (i = 0; i < QUESTIONS; i++)
			found += expect_same_way(below(functions), below(functions));
		close_graph();
	}
	g_assert_cmpint(found, >, GRAPHS);
}

/* ---- several ---------------------------------------------------------------------------------------- */

/* All ways on which each function stands once: each a list of functions behind the start, as text, and its cost. */
struct all_ways {
	const bool *avoid;
	uint32_t from, to, on[16];
	guint length;
	GHashTable *costs; /* text -> cost */
};

static uint32_t cheapest_edge(const struct all_ways *a, uint32_t from, uint32_t to)
{
	uint32_t least = SEARCH_NONE;
	struct wide_out i;

	for (wide_out_begin(q->wide, from, &i); wide_out_next(q->wide, &i);)
		if (i.to == to && naive_cost(i.edge, to) < least &&
		    (i.edge < q->graph.edges || !a->avoid[wide_queueing(q->wide, i.edge)->dispatcher]))
			least = naive_cost(i.edge, to);
	return least;
}

static char *text_of(const uint32_t *functions, guint n)
{
	GString *s = g_string_new(NULL);
	guint i;

	for (i = 0; i < n; i++)
		g_string_append_printf(s, " %u", functions[i]);
	return g_string_free(s, FALSE);
}

static bool stands_on(const struct all_ways *a, uint32_t function)
{
	guint i;

	for (i = 0; i < a->length; i++)
		if (a->on[i] == function)
			return true;
	return function == a->from && a->from != a->to;
}

static void write_down(struct all_ways *a, uint32_t at, uint32_t cost)
{
	uint32_t next;

	for (next = 0; next < q->graph.functions; next++) {
		uint32_t step = a->avoid[next] || stands_on(a, next) ? SEARCH_NONE : cheapest_edge(a, at, next);

		if (step == SEARCH_NONE)
			continue;
		a->on[a->length++] = next;
		if (next == a->to)
			g_hash_table_insert(a->costs, text_of(a->on, a->length), GUINT_TO_POINTER(cost + step));
		else
			write_down(a, next, cost + step);
		a->length--;
	}
}

static int compare_costs(gconstpointer a, gconstpointer b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static GArray *costs_in_order(const struct all_ways *a)
{
	GArray *costs = g_array_new(false, false, sizeof(uint32_t));
	GHashTableIter i;
	gpointer cost;

	g_hash_table_iter_init(&i, a->costs);
	while (g_hash_table_iter_next(&i, NULL, &cost)) {
		uint32_t c = GPOINTER_TO_UINT(cost);

		g_array_append_val(costs, c);
	}
	g_array_sort(costs, compare_costs);
	return costs;
}

static char *way_text(const GArray *way)
{
	uint32_t functions[16];
	guint i;

	for (i = 0; i < way->len; i++)
		functions[i] = wide_to(q->wide, g_array_index(way, uint32_t, i));
	return text_of(functions, way->len);
}

/* Each is one of all, told once, and costs what the oracle says at its place. */
static void expect_first(struct ways *s, const struct all_ways *a, const GArray *costs, int most)
{
	g_autoptr(GHashTable) told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GPtrArray) ways = NULL;
	bool more;
	guint i;

	ways_measure(s);
	ways = ways_list(s, most, NULL, &more);
	g_assert_cmpuint(ways->len, ==, MIN((guint)most, costs->len));
	g_assert_cmpint(more, ==, costs->len > (guint)most);
	for (i = 0; i < ways->len; i++) {
		char *text = way_text(ways->pdata[i]);

		g_assert_true(g_hash_table_contains(a->costs, text));
		g_assert_cmpuint(GPOINTER_TO_UINT(g_hash_table_lookup(a->costs, text)), ==,
				 g_array_index(costs, uint32_t, i));
		g_assert_cmpuint(ways_cost(s, ways->pdata[i]), ==, g_array_index(costs, uint32_t, i));
		g_assert_true(g_hash_table_add(told, text));
	}
}

/* The cheapest of those that go on to `next`. */
static uint32_t cheapest_over(const struct all_ways *a, uint32_t next)
{
	g_autofree char *begin = g_strdup_printf(" %u ", next), *alone = g_strdup_printf(" %u", next);
	uint32_t least = SEARCH_NONE;
	GHashTableIter i;
	gpointer text, cost;

	g_hash_table_iter_init(&i, a->costs);
	while (g_hash_table_iter_next(&i, &text, &cost))
		if (g_str_has_prefix(text, begin) || !strcmp(text, alone))
			least = MIN(least, GPOINTER_TO_UINT(cost));
	return least;
}

/* The limit grows to what the search says of the rest, as an answer's does. */
static void expect_over(struct ways *s, const struct all_ways *a, uint32_t next)
{
	uint32_t expected = cheapest_over(a, next), most = 0, beyond;
	g_autoptr(GArray) way = NULL;

	ways_measure(s);
	while (!(way = ways_over(s, next, most, &beyond)) && beyond != SEARCH_NONE) {
		g_assert_cmpuint(beyond, >, most);
		g_assert_cmpuint(beyond, <=, expected);
		most = beyond;
	}
	g_assert_cmpuint(way ? ways_cost(s, way) : SEARCH_NONE, ==, expected);
}

static int expect_ways(uint32_t from, uint32_t to, uint32_t avoided)
{
	struct all_ways a = {.from = from, .to = to};
	g_autoptr(GArray) costs = NULL;
	struct ways s;
	uint32_t next;
	int all;

	g_assert_true(ways_init(&s, q, NULL, from, to));
	if (avoided != from && avoided != to)
		s.avoids = s.avoid[avoided] = true;
	a.avoid = s.avoid;
	a.costs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	write_down(&a, from, 0);
	costs = costs_in_order(&a);
	all = (int)costs->len;
	expect_first(&s, &a, costs, all + 1);
	expect_first(&s, &a, costs, 1);
	expect_first(&s, &a, costs, 1 + (int)below(10));
	for (next = 0; next < q->graph.functions; next++)
		expect_over(&s, &a, next);
	g_hash_table_unref(a.costs);
	ways_clear(&s);
	return all;
}

static void test_several(void)
{
	int graph, i, ways = 0;

	for (graph = 0; graph < GRAPHS; graph++) {
		uint32_t functions = 2 + below(6);

		open_random(functions, functions * (1 + below(3)), below(functions));
		for (i = 0; i < QUESTIONS / 4; i++)
			ways += expect_ways(below(functions), below(functions), below(functions));
		close_graph();
	}
	g_assert_cmpint(ways, >, GRAPHS);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/ways/cheapest", test_cheapest);
	g_test_add_func("/ways/several", test_several);
	return g_test_run();
}
