/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ways that avoid functions, and several ways: what ways.c finds, as answers. */
#include <string.h>

#include "query/ways.h"

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

	if (edge < stored) {
		hop->edge = path_edge(q, b, edge);
	} else {
		k = wide_queueing(q->wide, edge);
		hop->edge = way_edge(q, NULL, k->dispatcher, k->to, k->call);
		hop->queued = hop->edge ? way_queued(q, k->flow) : NULL;
		hop->is_queueing = hop->queued != NULL;
	}
	if (hop->edge && (hop->queued || edge < stored))
		return hop;
	g_free(hop->edge);
	g_free(hop);
	ew_store_say_damaged(q->store, "an edge of its call graph is not there");
	return NULL;
}

static GPtrArray *hops_of(struct ways *s, const GArray *way)
{
	GPtrArray *hops = path_new_hops();
	guint i;

	for (i = 0; i < way->len; i++) {
		struct ew_hop *hop = path_hop(s->query, s->binding, g_array_index(way, uint32_t, i));

		if (!hop)
			continue;
		if (!i)
			path_say_giver(s->query, hop, s->from);
		g_ptr_array_add(hops, hop);
	}
	return hops;
}

/* ---- work that only what is avoided could have queued --------------------------------------------- */

/* Of a deferred edge. */
struct said {
	struct ew_queued *queued; /* or NULL */
	bool is_left;
};

static void free_said(gpointer data)
{
	struct said *said = data;

	path_queued_free(said->queued);
	g_free(said);
}

/* There is a way from the start to where the work is queued, and each passes what is avoided. */
static bool is_cut_off(struct ways *s, const struct ew_hop *hop)
{
	struct ew_queued *other;
	bool answer;

	if (!s->avoids || hop->queued->way->len || hop->queued->function->id == s->from)
		return false;
	other = path_queued(s->query, s->binding, s->from, hop->edge, NULL);
	answer = other->way->len > 0;
	path_queued_free(other);
	return answer;
}

/* Says where the work was queued; false if only by, or past, what is avoided. */
static bool find_queued(struct ways *s, struct ew_hop *hop)
{
	g_autoptr(GArray) all = path_registrations(s->query, hop->edge);

	if (!all->len)
		return true;
	hop->queued = path_queued(s->query, s->binding, s->from, hop->edge, s->avoids ? s->avoid : NULL);
	return hop->queued && !is_cut_off(s, hop);
}

/* Most ways go by the same few: of an edge it is found once. */
static bool say_queued(struct ways *s, uint32_t edge, struct ew_hop *hop)
{
	gpointer key = GSIZE_TO_POINTER((gsize)edge);
	const struct said *said;

	if (hop->is_queueing || !is_deferred(hop->edge))
		return true;
	said = g_hash_table_lookup(s->said, key);
	if (!said) {
		bool is_left = find_queued(s, hop);
		struct said *first = g_new(struct said, 1);

		*first = (struct said){.queued = path_queued_copy(hop->queued), .is_left = is_left};
		g_hash_table_insert(s->said, key, first);
		return is_left;
	}
	hop->queued = path_queued_copy(said->queued);
	return said->is_left;
}

/* Bans the hops that are not left, so that the search is to be repeated. */
static bool ban_hops(struct ways *s, const GArray *way, GPtrArray *hops)
{
	bool banned = false;
	guint i;

	for (i = 0; i < hops->len && hops->len == way->len; i++)
		if (!say_queued(s, g_array_index(way, uint32_t, i), g_ptr_array_index(hops, i))) {
			ways_ban(s, g_array_index(way, uint32_t, i));
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

	ways_ahead(s->query, (const GArray *const *)ways->pdata, ways->len);
	for (i = 0; i < ways->len; i++) {
		GPtrArray *hops = hops_of(s, g_ptr_array_index(ways, i));

		banned |= ban_hops(s, g_ptr_array_index(ways, i), hops);
		g_ptr_array_add(paths, path_of(s, hops, binding));
	}
	if (banned)
		g_ptr_array_set_size(paths, 0);
	return !banned;
}

/* ---- over each function that can be next -------------------------------------------------------------- */

/* The cheapest way over one. */
struct route {
	uint32_t next;
	GArray *way;  /* NULL: not found so far */
	uint32_t cost; /* of the way, or what it is at least; SEARCH_NONE: there is none */
};

static void clear_route(gpointer data)
{
	g_clear_pointer(&((struct route *)data)->way, g_array_unref);
}

static int compare_routes(gconstpointer a, gconstpointer b)
{
	const struct route *x = a, *y = b;

	if (x->cost != y->cost)
		return x->cost < y->cost ? -1 : 1;
	if (!x->way || !y->way)
		return !x->way - !y->way;
	return g_array_index(x->way, uint32_t, 0) < g_array_index(y->way, uint32_t, 0) ? -1 : 1;
}

static GArray *all_next(struct ways *s)
{
	GArray *routes = g_array_new(false, false, sizeof(struct route));
	g_autoptr(GHashTable) tried = g_hash_table_new(NULL, NULL);
	struct ways_out i;

	g_array_set_clear_func(routes, clear_route);
	for (ways_out_begin(s, s->from, &i); ways_out_next(s, &i);) {
		struct route r = {.next = i.edge.to};

		if (g_hash_table_add(tried, GSIZE_TO_POINTER((gsize)i.edge.to)))
			g_array_append_val(routes, r);
	}
	return routes;
}

/* Those that cost at most `most` get their way; returns how many do. */
static guint find_routes(struct ways *s, GArray *routes, uint32_t most)
{
	guint i, found = 0;

	for (i = 0; i < routes->len; i++) {
		struct route *r = &g_array_index(routes, struct route, i);

		if (!r->way && r->cost <= most)
			r->way = ways_over(s, r->next, most, &r->cost);
		if (r->way)
			r->cost = ways_cost(s, r->way);
		found += r->way && r->cost <= most;
	}
	return found;
}

static bool is_any_left(const GArray *routes)
{
	guint i;

	for (i = 0; i < routes->len; i++) {
		const struct route *r = &g_array_index(routes, struct route, i);

		if (!r->way && r->cost != SEARCH_NONE)
			return true;
	}
	return false;
}

enum { ROUTES_FURTHER = 3 * COST_DIRECT };

/* The cheapest `wanted`, and more. Sorted. */
static GArray *cheapest_routes(struct ways *s, guint wanted)
{
	GArray *routes = all_next(s);
	uint32_t most = s->within;

	/* One more says how long the others are. */
	while (find_routes(s, routes, most) < wanted + (wanted != UINT_MAX) && is_any_left(routes) && !ways_gave_up(s))
		most += ROUTES_FURTHER;
	g_array_sort(routes, compare_routes);
	return routes;
}

/* From there a way leads on, as it was measured, that does not come back to the start. */
static bool leads_on(const struct ways *s, uint32_t function)
{
	if (ways_left(s, function) == SEARCH_NONE)
		return false;
	while (function != s->from && ways_left_next(s, function) != SEARCH_NONE)
		function = ways_left_next(s, function);
	return function == s->to;
}

struct step {
	uint32_t function;
	guint before; /* the step that led there */
};

static void say_known(struct ways_room *room, bool *known, uint32_t function)
{
	known[function] = true;
	g_array_append_val(room->known, function);
}

/* Does any way lead over `next`? What is known of functions is kept in room->dead and room->alive. */
static bool is_way_over(struct ways *s, uint32_t next)
{
	struct ways_room *room = s->room;
	g_autoptr(GArray) waiting = g_array_new(false, false, sizeof(struct step));
	bool found = room->alive[next] || leads_on(s, next);
	guint at = 0;

	room->round++;
	g_array_append_val(waiting, ((struct step){next, 0}));
	for (; at < waiting->len && !found; at++) {
		struct wide_out i;

		wide_out_begin(s->graph, g_array_index(waiting, struct step, at).function, &i);
		while (!found && wide_out_next(s->graph, &i)) {
			if (room->reached[i.to].round == room->round || i.to == s->from || room->dead[i.to] ||
			    !ways_is_open(s, &i))
				continue;
			room->reached[i.to].round = room->round;
			found = room->alive[i.to] || leads_on(s, i.to);
			g_array_append_val(waiting, ((struct step){i.to, at}));
		}
	}
	for (at = 0; at < waiting->len && !found; at++)
		say_known(room, room->dead, g_array_index(waiting, struct step, at).function);
	for (at = waiting->len - 1; found && at; at = g_array_index(waiting, struct step, at).before)
		say_known(room, room->alive, g_array_index(waiting, struct step, at).function);
	if (found)
		say_known(room, room->alive, next);
	return found;
}

static int count_others(struct ways *s, const GArray *routes, guint from)
{
	GArray *known = s->room->known;
	int n = 0;

	for (; known->len; g_array_set_size(known, known->len - 1)) {
		uint32_t function = g_array_index(known, uint32_t, known->len - 1);

		s->room->dead[function] = s->room->alive[function] = false;
	}
	for (; from < routes->len; from++) {
		const struct route *r = &g_array_index(routes, struct route, from);

		/* Whether those can be gone is not asked. */
		n += r->way || (r->cost != SEARCH_NONE && is_way_over(s, r->next));
	}
	return n;
}

/* `wanted` are told, all if it is 0; of the others it is said how many there are, and how long they are at least. */
static void add_routes(struct ways *s, const char *binding, guint wanted, struct ew_paths *p)
{
	g_autoptr(GArray) routes = cheapest_routes(s, wanted ? wanted : UINT_MAX);
	g_autoptr(GPtrArray) ways = g_ptr_array_new();
	guint i;

	for (i = 0; i < routes->len && g_array_index(routes, struct route, i).way && (!wanted || i < wanted); i++)
		g_ptr_array_add(ways, g_array_index(routes, struct route, i).way);
	ways_ahead(s->query, (const GArray *const *)ways->pdata, ways->len);
	for (i = 0; i < ways->len; i++)
		g_ptr_array_add(p->routes, path_of(s, hops_of(s, g_ptr_array_index(ways, i)), binding));
	if (!wanted)
		return;
	p->other_routes = count_others(s, routes, i);
	if (i < routes->len && g_array_index(routes, struct route, i).way)
		p->other_routes_hops = g_array_index(routes, struct route, i).way->len;
}

static void free_path(gpointer p)
{
	ew_path_free(p);
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
		ways = ways_list(s, p->most, &p->more);
		p->is_given_up = p->more && ways->len < (guint)p->most;
		is_whole = add_paths(s, ways, o->binding, p->paths);
	}
	if (p->most > 1)
		add_routes(s, o->binding, o->routes, p);
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
		if (f->id >= 0 && f->id < s->query->graph.functions)
			s->avoids = s->avoid[f->id] = true;
	}
	return true;
}

struct ew_paths *ew_query_paths(struct ew_query *q, const struct ew_symbol *from,
				const struct ew_symbol *to, const struct ew_path_options *options,
				GError **error)
{
	struct binding *b = options->binding ? query_binding(q, options->binding, error) : NULL;
	g_autoptr(GArray) given = NULL;
	struct ew_paths *p = NULL;
	struct ways s;
	bool is_asked;

	if (options->binding && !b)
		return NULL;
	is_asked = ways_init(&s, q, b, from->id, to->id);
	s.is_handed = path_is_handed;
	s.given = given = is_asked ? path_given_queueings(q, from->id) : NULL;
	s.said = g_hash_table_new_full(NULL, NULL, NULL, free_said);
	if (is_asked && !mark_avoided(&s, options->avoid, error)) {
		ways_clear(&s);
		return NULL;
	}
	if (is_asked)
		p = find_paths(&s, options);
	ways_clear(&s);
	if (!p || !p->paths->len || !query_is_sound(q, NULL)) {
		path_say_none(q, from, to, options, p && p->is_given_up, error);
		ew_paths_free(p);
		p = NULL;
	}
	return p;
}
