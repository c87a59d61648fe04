/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * query: searches for ways against naive ones, on random graphs. Of the cheapest way the oracle is Dijkstra's from the start
 * alone, which also says which of several ways of one cost is told; of several ways, all that there are, written down.
 */
#include <string.h>

#include "query/binding.h"
#include "query/ways.h"

enum { MOST_FUNCTIONS = 600, MOST_EDGES = 4000, GRAPHS = 400, QUESTIONS = 20 };

struct arrow {
	uint32_t from, to, call;
};

static struct ew_query *q;
static bool gives_up[MOST_FUNCTIONS];
static uint32_t seed; /* of what is handed over in the graph that is open */

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
	seed = (uint32_t)g_test_rand_int();
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

/* ---- what is handed over, and what a binding leaves -------------------------------------------------------- */

/* Two in three calls through a pointer go through a parameter. */
static bool is_by_parameter(uint32_t edge)
{
	return edge < q->graph.edges && q->graph.to[edge] & EW_GRAPH_POINTER && (q->graph.call[edge] * 2654435761u >> 16) % 3;
}

/* What a call gives the function that it enters: the value, another, or what it was given itself. */
enum gift { GIVES, GIVES_NOT, HANDS_ON };

static enum gift gift_of(uint32_t edge, uint32_t value)
{
	return ((edge * 40503u ^ value * 2654435761u ^ seed) * 2246822519u >> 20) % 3;
}

static bool is_handed(const struct ways *s, const GArray *way, guint hop, guint *first)
{
	uint32_t edge = g_array_index(way, uint32_t, hop), value = wide_to(q->wide, edge);

	(void)s;
	*first = hop;
	if (!is_by_parameter(edge))
		return true;
	while (*first) {
		uint32_t before = g_array_index(way, uint32_t, *first - 1);

		if (before >= q->graph.edges || q->graph.to[before] & EW_GRAPH_POINTER)
			return true;
		--*first;
		if (gift_of(before, value) != HANDS_ON)
			return gift_of(before, value) == GIVES;
	}
	return true;
}

static void insert(GHashTable *table, uint32_t key, gpointer value)
{
	g_hash_table_insert(table, GSIZE_TO_POINTER((gsize)key), value);
}

/* Narrows every fourth call through a pointer to one function or none, and leaves out every eighth direct one. */
static struct binding *random_binding(void)
{
	struct binding *b = g_new0(struct binding, 1);
	uint32_t i;

	b->query = q;
	b->calls = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_hash_table_unref);
	b->out_direct = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	memset(b->out_callers, 0xff, sizeof b->out_callers);
	for (i = 0; i < q->graph.edges; i++) {
		int64_t key = (int64_t)graph_caller(&q->graph, i) << 32 | q->graph.to[i];
		GHashTable *left = NULL;

		if (q->graph.to[i] & EW_GRAPH_POINTER && !below(4)) {
			left = g_hash_table_new(NULL, NULL);
			if (below(2))
				insert(left, q->graph.to[i] & EW_GRAPH_FUNCTION, NULL);
			insert(b->calls, q->graph.call[i], left);
		} else if (!(q->graph.to[i] & EW_GRAPH_POINTER) && !below(8)) {
			g_hash_table_add(b->out_direct, g_memdup2(&key, sizeof key));
		}
	}
	return b;
}

static void free_binding(struct binding *b)
{
	if (!b)
		return;
	g_hash_table_unref(b->calls);
	g_hash_table_unref(b->out_direct);
	g_free(b);
}

/* By what the binding holds, without what the search asks. */
static bool is_left(const struct binding *b, uint32_t from, uint32_t edge)
{
	uint32_t to = wide_to(q->wide, edge);
	int64_t key = (int64_t)from << 32 | to;
	GHashTable *left;

	if (!b || edge >= q->graph.edges)
		return true;
	if (!(q->graph.to[edge] & EW_GRAPH_POINTER))
		return !g_hash_table_contains(b->out_direct, &key);
	left = g_hash_table_lookup(b->calls, GSIZE_TO_POINTER((gsize)q->graph.call[edge]));
	return !left || g_hash_table_contains(left, GSIZE_TO_POINTER((gsize)to));
}

/* ---- the cheapest ------------------------------------------------------------------------------------- */

/* States in the order of cost, those of one cost in that in which they were offered at it. */
static GArray *naive_way(const struct binding *b, uint32_t from, uint32_t to)
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

			if (cost[at] + naive_cost(o->edge, o->to) >= cost[o->to] || !is_left(b, at, o->edge))
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

static bool expect_same_way(struct binding *b, uint32_t from, uint32_t to)
{
	g_autoptr(GArray) expected = naive_way(b, from, to), found = meet_find(q->wide, b, from, to);

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
		struct binding *b;

		open_random(functions, MIN(functions * (1 + below(6)), MOST_EDGES), below(functions / 2 + 1));
		b = below(2) ? random_binding() : NULL;
		for (i = 0; i < QUESTIONS; i++)
			found += expect_same_way(b, below(functions), below(functions));
		free_binding(b);
		close_graph();
	}
	g_assert_cmpint(found, >, GRAPHS);
}

/* ---- several ---------------------------------------------------------------------------------------- */

/* All ways on which each function stands once: each a list of functions behind the start, as text, and its cost. */
struct all_ways {
	const struct binding *binding;
	const GArray *given;
	const bool *avoid;
	uint32_t from, to;
	GArray *on; /* edges */
	GHashTable *costs; /* text -> cost of the cheapest calls between these functions */
};

static char *text_of(const GArray *way)
{
	GString *s = g_string_new(NULL);
	guint i;

	for (i = 0; i < way->len; i++)
		g_string_append_printf(s, " %u", wide_to(q->wide, g_array_index(way, uint32_t, i)));
	return g_string_free(s, FALSE);
}

static bool stands_on(const struct all_ways *a, uint32_t function)
{
	guint i;

	for (i = 0; i < a->on->len; i++)
		if (wide_to(q->wide, g_array_index(a->on, uint32_t, i)) == function)
			return true;
	return function == a->from && a->from != a->to;
}

static void write_down(struct all_ways *a, uint32_t at, uint32_t cost);

static void go_by(struct all_ways *a, uint32_t at, uint32_t cost, uint32_t edge)
{
	uint32_t to = wide_to(q->wide, edge);
	guint first;

	if (a->avoid[to] || stands_on(a, to) || !is_left(a->binding, at, edge) ||
	    (edge >= q->graph.edges && a->avoid[wide_queueing(q->wide, edge)->dispatcher]))
		return;
	g_array_append_val(a->on, edge);
	cost += naive_cost(edge, to);
	if (is_handed(NULL, a->on, a->on->len - 1, &first)) {
		g_autofree char *text = text_of(a->on);
		uint32_t known = GPOINTER_TO_UINT(g_hash_table_lookup(a->costs, text));

		if (to != a->to)
			write_down(a, to, cost);
		else if (!known || cost < known)
			g_hash_table_insert(a->costs, g_steal_pointer(&text), GUINT_TO_POINTER(cost));
	}
	g_array_set_size(a->on, a->on->len - 1);
}

static void write_down(struct all_ways *a, uint32_t at, uint32_t cost)
{
	struct wide_out i;
	guint k;

	for (wide_out_begin(q->wide, at, &i); wide_out_next(q->wide, &i);)
		go_by(a, at, cost, i.edge);
	for (k = 0; a->given && at == a->from && !a->on->len && k < a->given->len; k++)
		go_by(a, at, cost, q->graph.edges + g_array_index(a->given, uint32_t, k));
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

static bool is_simple(const GArray *way, uint32_t from)
{
	g_autoptr(GHashTable) on = g_hash_table_new(NULL, NULL);
	bool is_simple = g_hash_table_add(on, GSIZE_TO_POINTER((gsize)from + 1));
	guint i;

	for (i = 0; i < way->len; i++) {
		uint32_t to = wide_to(q->wide, g_array_index(way, uint32_t, i));

		is_simple &= g_hash_table_add(on, GSIZE_TO_POINTER((gsize)to + 1)) || (to == from && i + 1 == way->len);
	}
	return is_simple;
}

static void expect_handed(const struct ways *s, const GArray *way)
{
	guint i, first;

	for (i = 0; i < way->len; i++)
		g_assert_true(is_handed(s, way, i, &first));
}

/* Of those on which each function stands once each is one of all, told once, and costs what the oracle says at its place. */
static void expect_first(struct ways *s, const struct all_ways *a, const GArray *costs, int most)
{
	g_autoptr(GHashTable) told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GPtrArray) ways = NULL;
	guint i, simple = 0;
	uint32_t last = 0;
	bool more;

	ways_measure(s);
	ways = ways_list(s, most, &more);
	g_assert_cmpuint(ways->len, <=, (guint)most);
	for (i = 0; i < ways->len; i++) {
		char *text = text_of(ways->pdata[i]);
		uint32_t cost = ways_cost(s, ways->pdata[i]);

		g_assert_true(g_hash_table_add(told, text));
		expect_handed(s, ways->pdata[i]);
		g_assert_cmpuint(cost, >=, last);
		last = cost;
		if (!is_simple(ways->pdata[i], a->from))
			continue;
		g_assert_true(g_hash_table_contains(a->costs, text));
		g_assert_cmpuint(GPOINTER_TO_UINT(g_hash_table_lookup(a->costs, text)), ==, cost);
		g_assert_cmpuint(cost, ==, g_array_index(costs, uint32_t, simple));
		simple++;
	}
	if (!more)
		g_assert_cmpuint(simple, ==, costs->len);
	if (!s->states)
		g_assert_cmpuint(ways->len, ==, simple);
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
	/* It may pass a function twice that is handed other things. */
	g_assert_cmpuint(way ? ways_cost(s, way) : SEARCH_NONE, <=, expected);
	if (!way || is_simple(way, s->from))
		g_assert_cmpuint(way ? ways_cost(s, way) : SEARCH_NONE, ==, expected);
}

static int expect_ways(struct binding *b, const GArray *given, uint32_t from, uint32_t to, uint32_t avoided)
{
	struct all_ways a = {.binding = b, .given = given, .from = from, .to = to};
	g_autoptr(GArray) costs = NULL;
	struct ways s;
	uint32_t next;
	int all;

	g_assert_true(ways_init(&s, q, b, from, to));
	s.given = given;
	s.is_handed = is_handed;
	if (avoided != from && avoided != to)
		s.avoids = s.avoid[avoided] = true;
	a.avoid = s.avoid;
	a.on = g_array_new(false, false, sizeof(uint32_t));
	a.costs = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	write_down(&a, from, 0);
	costs = costs_in_order(&a);
	all = (int)costs->len;
	expect_first(&s, &a, costs, all + 100);
	expect_first(&s, &a, costs, 1);
	expect_first(&s, &a, costs, 1 + (int)below(10));
	for (next = 0; next < q->graph.functions; next++)
		expect_over(&s, &a, next);
	g_hash_table_unref(a.costs);
	g_array_unref(a.on);
	ways_clear(&s);
	return all;
}

/* Queueings that the start may be the beginning of. */
static GArray *random_given(void)
{
	GArray *given = g_array_new(false, false, sizeof(uint32_t));
	uint32_t i;

	for (i = 0; i < q->wide->queueings->len; i++)
		if (!below(4))
			g_array_append_val(given, i);
	return given;
}

static void test_several(void)
{
	int graph, i, ways = 0;

	for (graph = 0; graph < GRAPHS; graph++) {
		uint32_t functions = 2 + below(6);
		g_autoptr(GArray) given = NULL;
		struct binding *b;

		open_random(functions, functions * (1 + below(3)), below(functions));
		b = below(2) ? random_binding() : NULL;
		given = random_given();
		for (i = 0; i < QUESTIONS / 4; i++)
			ways += expect_ways(b, below(2) ? given : NULL, below(functions), below(functions), below(functions));
		free_binding(b);
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
