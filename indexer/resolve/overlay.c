/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Types, and members that share their bytes.
 *
 * What is stored into one member of a union is in the others too: each flow of a function into a member stands for all
 * that lie upon it. Such a union holds functions of different types, and who reads it knows by something else which one
 * is there. A function that is not of the type of the member that it is stored by is meant
 * for another one.
 */
#include "resolve/internal.h"

struct shared_member {
	int field; /* UNKNOWN if no flow and no call has it */
	int64_t signature;
};

/* ---- types ----------------------------------------------------------------------------------- */

void graph_load_types(struct graph *g)
{
	ew_auto(rows) r = ew_store_select(g->store, EW_ALL_FUNCTIONS, "");

	while (ew_rows_next(r))
		if (!ew_rows_is_null(r, 3))
			g_hash_table_insert(g->types, GSIZE_TO_POINTER((gsize)ew_rows_int(r, 0)),
					    GSIZE_TO_POINTER((gsize)ew_rows_int(r, 3)));
}

static char *text_of(struct graph *g, int64_t string)
{
	ew_auto(rows) r = ew_store_select(g->store, EW_STRING, "i", string);

	return ew_rows_next(r) ? g_strdup(ew_rows_text(r, 0)) : NULL;
}

/* Nearly all that differ as numbers were compared before. */
static bool is_same_type(struct graph *g, int64_t a, int64_t b)
{
	g_autofree char *text_a = NULL, *text_b = NULL;
	int *known;

	if (a == b)
		return true;
	known = pair_map_at(&g->same_types, a, b);
	if (known)
		return *known;
	text_a = text_of(g, a);
	text_b = text_of(g, b);
	pair_map_add(&g->same_types, a, b, !text_a || !text_b || ew_fact_is_same_type(text_a, text_b));
	return *pair_map_at(&g->same_types, a, b);
}

bool graph_has_type(struct graph *g, int function, int64_t signature, bool if_unknown)
{
	gpointer id = GSIZE_TO_POINTER((gsize)ew_node_id(graph_node(g, function)));
	int64_t own = GPOINTER_TO_SIZE(g_hash_table_lookup(g->types, id));

	return own && signature ? is_same_type(g, own, signature) : if_unknown;
}

/* ---- members that share bytes ---------------------------------------------------------------- */

static const GArray *shared_with(const struct graph *g, int field)
{
	return g_hash_table_lookup(g->overlays, GINT_TO_POINTER(field));
}

bool graph_is_shared(const struct graph *g, int field)
{
	return shared_with(g, field) != NULL;
}

bool graph_shares_bytes(const struct graph *g, int a, int b)
{
	return a == b || (shared_with(g, a) && shared_with(g, a) == shared_with(g, b));
}

static int64_t signature_of(const struct graph *g, int field)
{
	const GArray *members = shared_with(g, field);
	guint i;

	for (i = 0; members && i < members->len; i++)
		if (g_array_index(members, struct shared_member, i).field == field)
			return g_array_index(members, struct shared_member, i).signature;
	return 0;
}

static bool has_type_of_other(struct graph *g, int function, int field)
{
	const GArray *members = shared_with(g, field);
	guint i;

	for (i = 0; members && i < members->len; i++) {
		const struct shared_member *m = &g_array_index(members, struct shared_member, i);

		if (m->field != field && graph_has_type(g, function, m->signature, false))
			return true;
	}
	return false;
}

bool graph_is_meant(struct graph *g, int function, int field, int stored, int64_t signature)
{
	bool is_called_type = graph_has_type(g, function, signature, stored == UNKNOWN);

	if (stored == UNKNOWN)
		return is_called_type || !has_type_of_other(g, function, field);
	if (graph_are_beside(g, stored, field))
		return is_called_type;
	return is_called_type && !graph_has_type(g, function, signature_of(g, stored), false);
}

bool graph_is_particular(const struct graph *g, int object)
{
	enum ew_node_kind kind = graph_kind(g, graph_outermost(g, object));

	return kind == EW_NODE_VARIABLE || kind == EW_NODE_LOCAL;
}

static void add_reader(struct graph *g, GHashTable *read, int slot, int base, enum ew_base_mode mode)
{
	if (slot != UNKNOWN && shared_with(g, slot) &&
	    (mode == EW_BASE_POINTER || (mode == EW_BASE_OBJECT && graph_is_particular(g, base))))
		g_hash_table_add(read, GINT_TO_POINTER(slot));
}

/* Members that are taken out of an object that may be known. */
static GHashTable *find_read(struct graph *g)
{
	GHashTable *read = g_hash_table_new(NULL, NULL);
	guint i;

	for (i = 0; i < g->sites->len; i++) {
		const struct site *s = &g_array_index(g->sites, struct site, i);

		add_reader(g, read, s->slot, s->base, s->mode);
	}
	for (i = 0; i < g->flows->len; i++) {
		const struct flow *f = graph_flow(g, i);

		if (!f->is_address)
			add_reader(g, read, f->src, f->src_base, f->src_mode);
	}
	return read;
}

/* Of a union of hundreds of hooks none is taken for another. */
static bool is_never_taken_for(struct graph *g, GHashTable *read, const struct flow *f,
			       const struct shared_member *m)
{
	return graph_kind(g, f->src) == EW_NODE_FUNCTION &&
	       !graph_is_meant(g, f->src, m->field, f->upon, m->signature) &&
	       !g_hash_table_contains(read, GINT_TO_POINTER(m->field));
}

static void load_groups(struct graph *g)
{
	ew_auto(rows) r = ew_store_select(g->store, EW_OVERLAYS, "");
	int64_t record = 0, overlay = 0;
	GArray *group = NULL;

	while (ew_rows_next(r)) {
		int64_t field = ew_node_make(EW_NODE_FIELD, ew_rows_int(r, 0));
		struct shared_member m = {graph_number(g, field), ew_rows_int(r, 3)};

		if (!group || record != ew_rows_int(r, 1) || overlay != ew_rows_int(r, 2)) {
			group = g_array_new(false, false, sizeof(struct shared_member));
			g_ptr_array_add(g->overlay_groups, group);
		}
		record = ew_rows_int(r, 1);
		overlay = ew_rows_int(r, 2);
		g_array_append_val(group, m);
		if (m.field != UNKNOWN)
			g_hash_table_insert(g->overlays, GINT_TO_POINTER(m.field), group);
	}
}

void graph_load_overlays(struct graph *g)
{
	g_autoptr(GHashTable) read = NULL;
	guint n = g->flows->len, i, k;

	load_groups(g);
	read = find_read(g);
	for (i = 0; i < n; i++) {
		int field = graph_flow(g, i)->dst;
		const GArray *members = shared_with(g, field);

		for (k = 0; members && k < members->len; k++) {
			const struct shared_member *m = &g_array_index(members, struct shared_member, k);
			struct flow f = *graph_flow(g, i);

			f.dst = m->field;
			f.upon = field;
			if (f.dst != UNKNOWN && f.dst != field && !is_never_taken_for(g, read, &f, m))
				g_array_append_val(g->flows, f);
		}
	}
}

static int stored_by(struct graph *g, const GArray *flows)
{
	guint i;

	for (i = 0; i < flows->len; i++)
		if (graph_flow(g, g_array_index(flows, int, i))->upon)
			return graph_flow(g, g_array_index(flows, int, i))->upon;
	return UNKNOWN;
}

int graph_stored_by(struct graph *g, int slot, int function, const struct object_store *s)
{
	if (!g_hash_table_size(g->overlays) && !g_hash_table_size(g->shares))
		return UNKNOWN;
	if (s)
		return stored_by(g, s->flows);
	while (slot != function) {
		int flow = pair_map_get(&g->reached, slot, function, -1);

		if (flow < 0)
			break;
		if (graph_flow(g, flow)->upon)
			return graph_flow(g, flow)->upon;
		slot = graph_flow(g, flow)->src;
	}
	return UNKNOWN;
}
