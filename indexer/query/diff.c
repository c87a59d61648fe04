/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The same way in two indexes: which hops are the same, renamed, added, removed. */
#include <string.h>

#include "query/internal.h"

/* ---- a way as functions ------------------------------------------------------------------------ */

/* Station i is where hop i starts; the last one is where the last hop ends. */
struct side {
	struct ew_query *query;
	GPtrArray *stations; /* of const struct ew_symbol * */
	GPtrArray *edges;    /* of const struct ew_edge *, one less */
	int *other;	     /* by station: its counterpart, or -1 */
};

static void add_station(struct side *s, const struct ew_symbol *f)
{
	g_ptr_array_add(s->stations, (gpointer)f);
}

static void side_init(struct side *s, struct ew_query *q)
{
	s->query = q;
	s->stations = g_ptr_array_new();
	s->edges = g_ptr_array_new();
	s->other = NULL;
}

static void side_clear(struct side *s)
{
	g_ptr_array_unref(s->stations);
	g_ptr_array_unref(s->edges);
	g_free(s->other);
}

static void side_of_hops(struct side *s, struct ew_query *q, const GPtrArray *hops)
{
	guint i;

	side_init(s, q);
	for (i = 0; i < hops->len; i++) {
		const struct ew_hop *hop = g_ptr_array_index(hops, i);

		add_station(s, ew_hop_from(hop));
		g_ptr_array_add(s->edges, hop->edge);
		if (i + 1 == hops->len)
			add_station(s, hop->edge->callee);
	}
}

static void side_of_way(struct side *s, struct ew_query *q, const GPtrArray *way)
{
	guint i;

	side_init(s, q);
	for (i = 0; i < way->len; i++) {
		const struct ew_edge *e = g_ptr_array_index(way, i);

		add_station(s, e->caller);
		g_ptr_array_add(s->edges, (gpointer)e);
		if (i + 1 == way->len)
			add_station(s, e->callee);
	}
}

static const char *name_at(const struct side *s, int i)
{
	return ((const struct ew_symbol *)g_ptr_array_index(s->stations, i))->name;
}

/* ---- counterparts ------------------------------------------------------------------------------ */

/* The longest common subsequence of names. */
static void match_names(struct side *a, struct side *b)
{
	int n = a->stations->len, m = b->stations->len, i, k;
	g_autofree int *best = g_new0(int, (size_t)(n + 1) * (m + 1));

#define BEST(x, y) best[(x) * (m + 1) + (y)]
	for (i = n - 1; i >= 0; i--)
		for (k = m - 1; k >= 0; k--)
			BEST(i, k) = strcmp(name_at(a, i), name_at(b, k))
					     ? MAX(BEST(i + 1, k), BEST(i, k + 1))
					     : BEST(i + 1, k + 1) + 1;
	for (i = k = 0; i < n && k < m;) {
		if (!strcmp(name_at(a, i), name_at(b, k))) {
			a->other[i] = k;
			b->other[k++] = i++;
		} else if (BEST(i + 1, k) >= BEST(i, k + 1)) {
			i++;
		} else {
			k++;
		}
	}
#undef BEST
}

static GHashTable *called_names(struct ew_query *q, const struct ew_symbol *f)
{
	GHashTable *names = g_hash_table_new(g_str_hash, g_str_equal);
	g_autoptr(GPtrArray) calls = ew_query_calls_in(q, f);
	guint i;

	for (i = 0; i < calls->len; i++) {
		const struct ew_edge *e = g_ptr_array_index(calls, i);

		if (e->callee)
			g_hash_table_add(names, (gpointer)e->callee->name);
		else if (e->slot)
			g_hash_table_add(names, (gpointer)e->slot);
	}
	return names;
}

static const struct ew_symbol *typed_at(const struct side *s, int i)
{
	const struct ew_symbol *f = g_ptr_array_index(s->stations, i);

	return query_typed_symbol(s->query, EW_SYMBOL_FUNCTION, f->id);
}

struct likeness {
	bool is_type_same;
	int common, all;
};

static struct likeness liken(const struct side *a, int i, const struct side *b, int k)
{
	const struct ew_symbol *f = typed_at(a, i), *g = typed_at(b, k);
	g_autoptr(GHashTable) x = called_names(a->query, f);
	g_autoptr(GHashTable) y = called_names(b->query, g);
	struct likeness l = {.is_type_same = f->type && !g_strcmp0(f->type, g->type)};
	GHashTableIter each;
	gpointer name;

	g_hash_table_iter_init(&each, x);
	while (g_hash_table_iter_next(&each, &name, NULL))
		l.common += g_hash_table_contains(y, name);
	l.all = (int)g_hash_table_size(x) + (int)g_hash_table_size(y) - l.common;
	return l;
}

static bool is_like(const struct likeness *l, bool is_alone)
{
	bool calls_same = l->common > 0 && 2 * l->common >= l->all;

	return is_alone ? l->is_type_same || calls_same : l->is_type_same && calls_same;
}

/* What stands in both ways between the same neighbours: [i, n) here, [k, m) there. */
static void match_between(struct side *a, int i, int n, struct side *b, int k, int m)
{
	bool is_alone = n - i == m - k;
	int at;

	for (; i < n; i++)
		for (at = k; at < m; at++) {
			struct likeness l;

			if (is_alone && at != m - (n - i))
				continue;
			l = liken(a, i, b, at);
			if (!is_like(&l, is_alone))
				continue;
			a->other[i] = at;
			b->other[at] = i;
			k = at + 1;
			break;
		}
}

static void match_renamed(struct side *a, struct side *b)
{
	int n = a->stations->len, m = b->stations->len, i = 0, k = 0;

	while (i < n || k < m) {
		int to = i, until = k;

		while (to < n && a->other[to] < 0)
			to++;
		while (until < m && b->other[until] < 0)
			until++;
		match_between(a, i, to, b, k, until);
		i = to + 1;
		k = until + 1;
	}
}

static void match(struct side *a, struct side *b)
{
	guint i;

	a->other = g_new(int, a->stations->len + 1);
	b->other = g_new(int, b->stations->len + 1);
	for (i = 0; i < a->stations->len; i++)
		a->other[i] = -1;
	for (i = 0; i < b->stations->len; i++)
		b->other[i] = -1;
	match_names(a, b);
	match_renamed(a, b);
}

/* ---- hops ---------------------------------------------------------------------------------------- */

static void remark(struct ew_diff_hop *h, const char *what, const char *before, const char *after)
{
	if (g_strcmp0(before, after))
		g_ptr_array_add(h->remarks,
				g_strdup_printf("%s: %s before, now %s", what, before ? before : "none",
						after ? after : "none"));
}

static void say_ground(struct ew_diff_hop *h, const struct side *a, int i, const struct side *b)
{
	struct likeness l;
	int k = a->other[i];

	if (!strcmp(name_at(a, i), name_at(b, k)))
		return;
	l = liken(a, i, b, k);
	g_ptr_array_add(h->remarks,
			g_strdup_printf("%s is now %s: it stands between the same functions%s, and %d of the "
					"%d functions and members that the two call are the same",
					name_at(a, i), name_at(b, k),
					l.is_type_same ? ", has the same signature" : "", l.common, l.all));
}

static struct ew_diff_hop *new_hop(struct ew_diff *d, enum ew_diff_status status, bool is_queueing)
{
	struct ew_diff_hop *h = g_new0(struct ew_diff_hop, 1);

	h->status = status;
	h->is_queueing = is_queueing;
	h->remarks = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(d->hops, h);
	return h;
}

static void put(struct ew_diff_hop *h, int which, const struct side *s, int i)
{
	h->from[which] = g_ptr_array_index(s->stations, i);
	h->edge[which] = g_ptr_array_index(s->edges, i);
}

static void say_lacking(struct ew_diff_hop *h, const struct side *s, int i, const struct side *other)
{
	int k;

	for (k = i; k <= i + 1; k++) {
		g_autoptr(GPtrArray) found = NULL;

		if (s->other[k] >= 0)
			continue;
		found = ew_query_find(other->query, name_at(s, k), EW_SYMBOL_FUNCTION, NULL);
		g_ptr_array_add(h->remarks,
				g_strdup_printf(found ? "%s is in the index of %s too, but not on this way"
						      : "%s is not in the index of %s",
						name_at(s, k), ew_query_about(other->query)->release));
	}
}

static void add_single(struct ew_diff *d, const struct side *s, int which, int i, const struct side *other,
		       bool is_queueing)
{
	struct ew_diff_hop *h = new_hop(d, which ? EW_DIFF_ADDED : EW_DIFF_REMOVED, is_queueing);

	put(h, which, s, i);
	say_lacking(h, s, i, other);
}

static void add_pair(struct ew_diff *d, const struct side *a, int i, const struct side *b, int k,
		     bool is_queueing)
{
	struct ew_diff_hop *h = new_hop(d, EW_DIFF_SAME, is_queueing);
	const struct ew_edge *x, *y;

	put(h, 0, a, i);
	put(h, 1, b, k);
	x = h->edge[0];
	y = h->edge[1];
	say_ground(h, a, i + 1, b);
	if (strcmp(name_at(a, i), name_at(b, k)) || strcmp(name_at(a, i + 1), name_at(b, k + 1)))
		h->status = EW_DIFF_RENAMED;
	remark(h, "kind", x->is_pointer ? "pointer" : "direct", y->is_pointer ? "pointer" : "direct");
	remark(h, "when", x->when, y->when);
	remark(h, "through", x->slot, y->slot);
	remark(h, "the object", x->container, y->container);
	if (h->status == EW_DIFF_SAME && h->remarks->len)
		h->status = EW_DIFF_CHANGED;
}

/* Whether hop i has a counterpart: both of its ends do, next to each other. */
static bool is_paired(const struct side *s, int i)
{
	return s->other[i] >= 0 && s->other[i + 1] == s->other[i] + 1;
}

static void walk(struct ew_diff *d, const struct side *a, const struct side *b, bool is_queueing,
		 void (*before)(struct ew_diff *d, int i, int k))
{
	int n = a->edges->len, m = b->edges->len, i = 0, k = 0;

	while (i < n || k < m) {
		if (i < n && !is_paired(a, i)) {
			add_single(d, a, 0, i++, b, is_queueing);
		} else if (k < m && !is_paired(b, k)) {
			add_single(d, b, 1, k++, a, is_queueing);
		} else {
			if (before)
				before(d, i, k);
			add_pair(d, a, i++, b, k++, is_queueing);
		}
	}
}

/* The ways to where the work was queued that the hop runs. */
static void walk_queued(struct ew_diff *d, int i, int k)
{
	const struct ew_hop *x = g_ptr_array_index(d->path[0]->hops, i);
	const struct ew_hop *y = g_ptr_array_index(d->path[1]->hops, k);
	struct side a, b;

	if (!x->queued || !y->queued || x->is_queueing || y->is_queueing)
		return;
	side_of_way(&a, d->query[0], x->queued->way);
	side_of_way(&b, d->query[1], y->queued->way);
	match(&a, &b);
	walk(d, &a, &b, true, NULL);
	side_clear(&a);
	side_clear(&b);
}

/* ---- the answer ---------------------------------------------------------------------------------- */

static void free_hop(gpointer data)
{
	struct ew_diff_hop *h = data;

	g_ptr_array_unref(h->remarks);
	g_free(h);
}

void ew_diff_free(struct ew_diff *d)
{
	if (!d)
		return;
	ew_path_free(d->path[0]);
	ew_path_free(d->path[1]);
	g_ptr_array_unref(d->hops);
	g_free(d);
}

static struct ew_path *find_path(struct ew_query *q, const char *from, const char *to,
				 const char *binding, GError **error)
{
	const struct ew_symbol *a = ew_query_one(q, from, EW_SYMBOL_FUNCTION, error);
	const struct ew_symbol *b = a ? ew_query_one(q, to, EW_SYMBOL_FUNCTION, error) : NULL;
	struct ew_path *path = b ? ew_query_path(q, a, b, binding, error) : NULL;

	if (!path)
		g_prefix_error(error, "the index of %s: ", ew_query_about(q)->release);
	return path;
}

struct ew_diff *ew_query_diff(struct ew_query *a, struct ew_query *b, const char *from, const char *to,
			      const char *binding, GError **error)
{
	ew_auto(diff) d = g_new0(struct ew_diff, 1);
	struct side x, y;
	guint i;

	d->hops = g_ptr_array_new_with_free_func(free_hop);
	d->query[0] = a;
	d->query[1] = b;
	d->path[0] = find_path(a, from, to, binding, error);
	d->path[1] = d->path[0] ? find_path(b, from, to, binding, error) : NULL;
	if (!d->path[1])
		return NULL;
	side_of_hops(&x, a, d->path[0]->hops);
	side_of_hops(&y, b, d->path[1]->hops);
	match(&x, &y);
	walk(d, &x, &y, false, walk_queued);
	side_clear(&x);
	side_clear(&y);
	for (i = 0; i < d->hops->len; i++)
		d->count[((struct ew_diff_hop *)g_ptr_array_index(d->hops, i))->status]++;
	return g_steal_pointer(&d);
}
