/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ways that avoid functions, and several ways: what ways.c finds, as answers. */
#include <string.h>

#include "query/ways.h"

/* Ways that are listed to find some that can be gone. */
enum { MOST_TRIED = 160 };

/* ---- hops -------------------------------------------------------------------------------------------- */

static bool is_deferred(const struct ew_edge *e)
{
	return strcmp(e->when, "now") != 0;
}

struct ew_hop *path_hop(struct ew_query *q, struct binding *b, uint32_t edge)
{
	uint32_t stored = q->graph.edges;
	struct ew_hop *hop = g_new0(struct ew_hop, 1);
	const struct queueing *k;
	struct flow_row f;

	if (edge < stored) {
		hop->edge = path_edge(q, b, edge);
	} else {
		k = &g_array_index(q->wide->queueings, struct queueing, edge - stored);
		hop->edge = way_edge(q, NULL, k->dispatcher, k->to, k->call);
		hop->is_queueing = hop->edge && query_flow_row(q, k->flow, &f);
		if (hop->is_queueing)
			hop->queued = path_queued_at(q, &f);
	}
	if (hop->edge && (hop->queued || edge < stored))
		return hop;
	g_free(hop->edge);
	g_free(hop);
	ew_store_say_damaged(q->store, "an edge of its call graph is not there");
	return NULL;
}

static GArray *edges_of(const struct ways *s, const GArray *way)
{
	GArray *edges = g_array_new(false, false, sizeof(uint32_t));
	guint i;

	for (i = 0; i < way->len; i++)
		g_array_append_val(edges, s->graph->edge[g_array_index(way, uint32_t, i)]);
	return edges;
}

static GPtrArray *hops_of_edges(struct ways *s, const GArray *edges)
{
	GPtrArray *hops = path_new_hops();
	guint i;

	for (i = 0; i < edges->len; i++) {
		struct ew_hop *hop = path_hop(s->query, s->binding, g_array_index(edges, uint32_t, i));

		if (hop)
			g_ptr_array_add(hops, hop);
	}
	return hops;
}

static GPtrArray *hops_of(struct ways *s, const GArray *way)
{
	g_autoptr(GArray) edges = edges_of(s, way);

	return hops_of_edges(s, edges);
}

/* ---- work that only what is avoided could have queued --------------------------------------------- */

/* There is a way from the start to where the work is queued, and each passes what is avoided. */
static bool is_cut_off(struct ways *s, const struct ew_hop *hop)
{
	struct ew_queued *other;
	bool answer;

	if (!s->avoids || hop->queued->way->len || hop->queued->function->id == s->from)
		return false;
	other = path_queued(s->query, s->binding, s->from, hop->edge, NULL);
	answer = other->way->len > 0;
	g_ptr_array_unref(other->way);
	g_free(other);
	return answer;
}

/* Says where the work was queued; false if only by, or past, what is avoided. */
static bool say_queued(struct ways *s, struct ew_hop *hop)
{
	g_autoptr(GArray) all = NULL;

	if (hop->is_queueing || !is_deferred(hop->edge))
		return true;
	all = path_registrations(s->query, hop->edge);
	if (!all->len)
		return true;
	hop->queued = path_queued(s->query, s->binding, s->from, hop->edge, s->avoid);
	return hop->queued && !is_cut_off(s, hop);
}

/* Bans the hops that are not left, so that the search is to be repeated. */
static bool ban_hops(struct ways *s, const GArray *way, GPtrArray *hops)
{
	bool banned = false;
	guint i;

	for (i = 0; i < hops->len && hops->len == way->len; i++)
		if (!say_queued(s, g_ptr_array_index(hops, i))) {
			g_hash_table_add(s->banned,
					 GSIZE_TO_POINTER((gsize)g_array_index(way, uint32_t, i)));
			banned = true;
		}
	return banned;
}

/* ---- the answer ---------------------------------------------------------------------------------------- */

static struct ew_path *path_of(struct ways *s, GPtrArray *hops, const char *binding)
{
	struct ew_path *p = path_new(s->query, s->binding, hops);

	p->binding = query_intern(s->query, binding);
	return p;
}

/* False: a hop was banned. */
static bool add_paths(struct ways *s, const GPtrArray *ways, const char *binding, GPtrArray *paths)
{
	bool banned = false;
	guint i;

	for (i = 0; i < ways->len; i++) {
		GPtrArray *hops = hops_of(s, g_ptr_array_index(ways, i));

		banned |= ban_hops(s, g_ptr_array_index(ways, i), hops);
		g_ptr_array_add(paths, path_of(s, hops, binding));
	}
	if (banned)
		g_ptr_array_set_size(paths, 0);
	return !banned;
}

static uint32_t cost_of_edges(const struct ways *s, const GArray *edges)
{
	uint32_t cost = 0, stored = s->query->graph.edges;
	guint i;

	for (i = 0; i < edges->len; i++) {
		uint32_t edge = g_array_index(edges, uint32_t, i);

		cost += edge < stored ? graph_cost(&s->query->graph, edge)
				      : g_array_index(s->graph->queueings, struct queueing, edge - stored).cost;
	}
	return cost;
}

static int compare_routes(gconstpointer a, gconstpointer b, gpointer data)
{
	const GArray *x = *(GArray *const *)a, *y = *(GArray *const *)b;
	uint32_t p = cost_of_edges(data, x), q = cost_of_edges(data, y);

	if (p != q)
		return p < q ? -1 : 1;
	return g_array_index(x, uint32_t, 0) < g_array_index(y, uint32_t, 0) ? -1 : 1;
}

/* The cheapest way over `next`, as edges; NULL if there is none. */
static GArray *route_over(struct ways *s, uint32_t next)
{
	g_autoptr(GArray) way = ways_over(s, next), rest = NULL;
	GArray *edges = way ? edges_of(s, way) : NULL;

	if (!edges || path_can_be_gone(s->query, edges))
		return edges;
	g_array_set_size(edges, 1);
	rest = s->avoids ? NULL : path_find_possible(s->query, s->binding, next, s->to);
	if (rest)
		g_array_append_vals(edges, rest->data, rest->len);
	if (rest && path_can_be_gone(s->query, edges))
		return edges;
	g_array_unref(edges);
	return NULL;
}

/* The cheapest way over each function that can be next. */
static GPtrArray *ways_by_first(struct ways *s)
{
	GPtrArray *ways = g_ptr_array_new_with_free_func((GDestroyNotify)g_array_unref);
	g_autoptr(GHashTable) tried = g_hash_table_new(NULL, NULL);
	uint32_t i;

	for (i = s->graph->first[s->from]; i < s->graph->first[s->from + 1]; i++) {
		uint32_t next = s->graph->to[i];
		GArray *way = NULL;

		if (g_hash_table_add(tried, GSIZE_TO_POINTER((gsize)next)) &&
		    s->left[next] != UINT32_MAX)
			way = route_over(s, next);
		if (way)
			g_ptr_array_add(ways, way);
	}
	g_ptr_array_sort_with_data(ways, compare_routes, s);
	return ways;
}

static void add_routes(struct ways *s, const char *binding, GPtrArray *routes)
{
	g_autoptr(GPtrArray) ways = ways_by_first(s);
	guint i;

	for (i = 0; i < ways->len; i++)
		g_ptr_array_add(routes, path_of(s, hops_of_edges(s, g_ptr_array_index(ways, i)), binding));
}

static void free_path(gpointer p)
{
	ew_path_free(p);
}

/* ---- ways on which a function calls what its caller hands over --------------------------------------------- */

static bool is_possible(const struct ways *s, const GArray *way)
{
	g_autoptr(GArray) edges = edges_of(s, way);

	return path_can_be_gone(s->query, edges);
}

/* The others are left out, and as many more looked for; `*is_cut` says that this was given up. */
static GPtrArray *list_possible(struct ways *s, int most, bool *more, bool *is_cut)
{
	int asked = most;

	for (;;) {
		GPtrArray *ways = ways_list(s, asked, more);
		guint i = 0;

		while (i < ways->len)
			if (is_possible(s, g_ptr_array_index(ways, i)))
				i++;
			else
				g_ptr_array_remove_index(ways, i);
		if (ways->len >= (guint)most) {
			*more |= ways->len > (guint)most;
			g_ptr_array_set_size(ways, most);
			return ways;
		}
		if (!*more || ways_gave_up(s))
			return ways;
		if (asked >= MOST_TRIED) {
			*is_cut = true;
			return ways;
		}
		g_ptr_array_unref(ways);
		asked = MIN(4 * asked, MOST_TRIED);
	}
}

static struct ew_paths *find_paths(struct ways *s, const struct ew_path_options *o)
{
	struct ew_paths *p = g_new0(struct ew_paths, 1);
	bool is_whole = false;

	p->most = o->most > 0 ? o->most : EW_PATHS_MOST;
	p->paths = g_ptr_array_new_with_free_func(free_path);
	p->routes = g_ptr_array_new_with_free_func(free_path);
	while (!is_whole) {
		g_autoptr(GPtrArray) ways = NULL;

		ways_measure(s);
		ways = list_possible(s, p->most, &p->more, &p->is_given_up);
		is_whole = add_paths(s, ways, o->binding, p->paths);
	}
	if (p->most > 1)
		add_routes(s, o->binding, p->routes);
	p->is_given_up |= ways_gave_up(s);
	return p;
}

void ew_paths_free(struct ew_paths *p)
{
	if (!p)
		return;
	g_ptr_array_unref(p->paths);
	g_ptr_array_unref(p->routes);
	g_free(p);
}

/* ---- asking ---------------------------------------------------------------------------------------------- */

static bool mark_avoided(struct ways *s, const GPtrArray *avoid, GError **error)
{
	guint i;

	for (i = 0; avoid && i < avoid->len; i++) {
		const struct ew_symbol *f = g_ptr_array_index(avoid, i);

		if (f->id == s->from || f->id == s->to) {
			g_set_error(error, EW_ERROR, EW_ERROR_USAGE,
				    "%s is an end of the way, so the way cannot avoid it", f->name);
			return false;
		}
		if (f->id >= 0 && f->id < s->graph->functions)
			s->avoids = s->avoid[f->id] = true;
	}
	return true;
}

struct ew_paths *ew_query_paths(struct ew_query *q, const struct ew_symbol *from,
				const struct ew_symbol *to, const struct ew_path_options *options,
				GError **error)
{
	struct binding *b = options->binding ? query_binding(q, options->binding, error) : NULL;
	struct ew_paths *p = NULL;
	struct ways s;
	bool is_asked;

	if (options->binding && !b)
		return NULL;
	is_asked = ways_init(&s, q, b, from->id, to->id);
	if (is_asked && !mark_avoided(&s, options->avoid, error)) {
		ways_clear(&s);
		return NULL;
	}
	if (is_asked)
		p = find_paths(&s, options);
	if (!p || !p->paths->len || !query_is_sound(q, NULL)) {
		path_say_none(q, from, to, options, p && p->is_given_up, error);
		ew_paths_free(p);
		p = NULL;
	}
	ways_clear(&s);
	return p;
}
