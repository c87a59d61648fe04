/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Members of structs that lie in the same bytes of a union: `union { struct a x; struct b y; }`.
 *
 * What is stored into a.f of an object x is in b.g of the object y beside it. So each flow into a.f stands for one into b.g
 * as well, and the store that comes of it goes into the object beside: o.x.f is o.y.g. What is stored into another
 * struct a, in no such union, is nowhere else.
 */
#include "resolve/internal.h"

enum { NOT_WITHIN = -1, DEEPEST = 8 };

struct share {
	int field, other, object, other_object; /* objects: UNKNOWN where the union has the member itself */
};

static GArray *shares_of(const struct graph *g, int field)
{
	return g_hash_table_lookup(g->shares, GINT_TO_POINTER(field));
}

bool graph_is_beside(const struct graph *g, int field)
{
	return g_hash_table_contains(g->besides, GINT_TO_POINTER(field));
}

bool graph_are_beside(const struct graph *g, int field, int other)
{
	const GArray *shares = shares_of(g, field);
	guint i;

	for (i = 0; shares && i < shares->len; i++)
		if (g_array_index(shares, struct share, i).other == other)
			return true;
	return false;
}

/* ---- the object beside ----------------------------------------------------------------------- */

/* The object that has the union in which `object` is the member of `path`; UNKNOWN if it is any. */
static int object_around(const struct graph *g, int object, int path)
{
	while (path != UNKNOWN) {
		bool is_part = graph_kind(g, path) == EW_NODE_PART;
		int member = is_part ? graph_around(g, path).member : path;

		if (object == member)
			return UNKNOWN;
		if (graph_kind(g, object) != EW_NODE_PART || graph_around(g, object).member != member)
			return NOT_WITHIN;
		object = graph_around(g, object).outer;
		path = is_part ? graph_around(g, path).outer : UNKNOWN;
	}
	return object;
}

static int member_within(const struct graph *g, int object, int member)
{
	for (; object != UNKNOWN; object = graph_around(g, object).wider) {
		int part = pair_map_get(&g->parts, object, member, UNKNOWN);

		if (part != UNKNOWN)
			return part;
	}
	return member;
}

static int object_at(const struct graph *g, int around, int path)
{
	if (path == UNKNOWN)
		return around;
	if (graph_kind(g, path) == EW_NODE_PART)
		return member_within(g, object_at(g, around, graph_around(g, path).outer),
				     graph_around(g, path).member);
	return member_within(g, around, path);
}

static int object_beside(const struct graph *g, const struct share *s, int object)
{
	int around;

	if (object == UNKNOWN)
		return s->field == s->other ? NOT_WITHIN : UNKNOWN;
	around = object_around(g, object, s->object);
	return around == NOT_WITHIN ? NOT_WITHIN : object_at(g, around, s->other_object);
}

GArray *graph_objects_beside(const struct graph *g, int field, int other, int object)
{
	GArray *found = g_array_new(false, false, sizeof(int));
	const GArray *shares = shares_of(g, field);
	guint i;

	for (i = 0; shares && i < shares->len; i++) {
		const struct share *s = &g_array_index(shares, struct share, i);
		int beside = s->other == other ? object_beside(g, s, object) : NOT_WITHIN;

		if (beside != NOT_WITHIN)
			g_array_append_val(found, beside);
	}
	return found;
}

/* ---- loading --------------------------------------------------------------------------------- */

static void add_share(struct graph *g, const struct share *s)
{
	GArray *shares = shares_of(g, s->field);

	if (!shares) {
		shares = g_array_new(false, false, sizeof *s);
		g_hash_table_insert(g->shares, GINT_TO_POINTER(s->field), shares);
	}
	g_array_append_val(shares, *s);
	g_hash_table_add(g->besides, GINT_TO_POINTER(s->other));
}

/* An object without a number is nobody's. */
static bool object_number(struct graph *g, int64_t node, int *object)
{
	*object = node ? graph_number(g, node) : UNKNOWN;
	return !node || *object != UNKNOWN;
}

static void load_rows(struct graph *g)
{
	ew_auto(rows) r = ew_store_select(g->store, EW_SHARED, "");

	while (ew_rows_next(r)) {
		struct share s = {
			.field = graph_number(g, ew_node_make(EW_NODE_FIELD, ew_rows_int(r, 0))),
			.other = graph_number(g, ew_node_make(EW_NODE_FIELD, ew_rows_int(r, 1))),
		};

		if (s.field != UNKNOWN && s.other != UNKNOWN && object_number(g, ew_rows_int(r, 2), &s.object) &&
		    object_number(g, ew_rows_int(r, 3), &s.other_object))
			add_share(g, &s);
	}
}

/* The flow may be one into an object that another is beside of. */
static bool is_beside(const struct graph *g, const struct flow *f, int other)
{
	g_autoptr(GArray) found = NULL;

	if (f->dst_mode != EW_BASE_OBJECT)
		return true;
	found = graph_objects_beside(g, f->dst, other, f->dst_base);
	return found->len > 0;
}

static bool is_first_of(const GArray *shares, guint k)
{
	guint i;

	for (i = 0; i < k; i++)
		if (g_array_index(shares, struct share, i).other == g_array_index(shares, struct share, k).other)
			return false;
	return true;
}

void graph_load_shares(struct graph *g)
{
	guint n = g->flows->len, i, k;

	load_rows(g);
	for (i = 0; i < n; i++) {
		const GArray *shares = shares_of(g, graph_flow(g, i)->dst);

		for (k = 0; shares && k < shares->len; k++) {
			struct flow f = *graph_flow(g, i);
			int other = g_array_index(shares, struct share, k).other;

			if (f.upon != UNKNOWN || !is_first_of(shares, k) || !is_beside(g, &f, other))
				continue;
			f.upon = f.dst;
			f.dst = other;
			f.is_beside = true;
			g_array_append_val(g->flows, f);
		}
	}
}
