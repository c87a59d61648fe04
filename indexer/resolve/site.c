/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Of each call through a pointer: why it has no target, and how many candidates each layer left. */
#include "resolve/internal.h"

/* Where a search against the flows ended: the reason that says most is kept. */
struct cause {
	enum ew_site_reason reason;
	int origin;
};

struct sites {
	struct graph *graph;
	GHashTable *signatures; /* string id -> how many functions of it have their address taken */
	GHashTable *causes;	/* slot -> struct cause: many calls go through one slot */
};

static void count_signature(struct sites *s, int64_t signature)
{
	gpointer key = GSIZE_TO_POINTER((gsize)signature);
	int known = GPOINTER_TO_INT(g_hash_table_lookup(s->signatures, key));

	g_hash_table_insert(s->signatures, key, GINT_TO_POINTER(known + 1));
}

static void count_signatures(struct sites *s)
{
	struct graph *g = s->graph;
	ew_auto(rows) r = ew_store_select(g->store, EW_ALL_FUNCTIONS, "");

	while (ew_rows_next(r)) {
		int number = graph_number(g, ew_node_make(EW_NODE_FUNCTION, ew_rows_int(r, 0)));

		if (number != UNKNOWN && g->first_out[number] >= 0 && !ew_rows_is_null(r, 3))
			count_signature(s, ew_rows_int(r, 3));
	}
}

struct sites *sites_new(struct graph *g)
{
	struct sites *s = g_new0(struct sites, 1);

	s->graph = g;
	s->signatures = g_hash_table_new(NULL, NULL);
	s->causes = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	count_signatures(s);
	return s;
}

void sites_free(struct sites *s)
{
	if (!s)
		return;
	g_hash_table_unref(s->signatures);
	g_hash_table_unref(s->causes);
	g_free(s);
}

/* ---- the cause ------------------------------------------------------------------------------- */

static bool is_written(struct graph *g, int64_t field)
{
	ew_auto(rows) r = ew_store_select(g->store, EW_WRITE_OF, "i", field);

	return ew_rows_next(r);
}

/* A void *: what is put into it out of another place is not followed. */
static bool is_untyped(struct graph *g, int64_t field)
{
	ew_auto(rows) r = ew_store_select(g->store, EW_FIELD, "i", field);
	ew_auto(rows) type = ew_rows_next(r) ? ew_store_select(g->store, EW_STRING, "i", ew_rows_int(r, 2)) : NULL;

	return type && ew_rows_next(type) && ew_fact_is_untyped(ew_rows_text(type, 0));
}

/* The function that runs the probes of a tracepoint takes them out of tracepoint_func.func, a void *. */
static bool is_of_tracepoint(struct graph *g, int slot)
{
	ew_auto(rows) of = NULL;
	ew_auto(rows) f = NULL;

	if (graph_kind(g, slot) != EW_NODE_LOCAL)
		return false;
	of = ew_store_select(g->store, EW_LOCAL, "i", ew_node_id(graph_node(g, slot)));
	if (!ew_rows_next(of))
		return false;
	f = ew_store_select(g->store, EW_FUNCTION, "i", ew_rows_int(of, 0));
	return ew_rows_next(f) && g_str_has_prefix(ew_rows_text(f, 0), "__traceiter_");
}

/* A slot that nothing flows into. */
static enum ew_site_reason cause_at_end(struct graph *g, int slot)
{
	int64_t node = graph_node(g, slot);
	gpointer function = GSIZE_TO_POINTER((gsize)ew_node_id(node));

	switch (ew_node_kind_of(node)) {
	case EW_NODE_PARAM:
		return graph_is_param_open(g, node) ? EW_SITE_FROM_OUTSIDE : EW_SITE_NEVER_GIVEN;
	case EW_NODE_RETURN:
		return g_hash_table_contains(g->defined, function) ? EW_SITE_ONLY_CONSTANTS
								   : EW_SITE_RETURN_WITHOUT_BODY;
	case EW_NODE_FIELD:
		if (is_untyped(g, ew_node_id(node)))
			return EW_SITE_UNTYPED;
		return is_written(g, ew_node_id(node)) ? EW_SITE_ONLY_CONSTANTS : EW_SITE_NO_STORE;
	case EW_NODE_LOCAL:
		return EW_SITE_UNTYPED;
	default:
		return EW_SITE_NO_STORE;
	}
}

static void keep_cause(struct cause *c, enum ew_site_reason reason, int origin)
{
	if (reason <= c->reason)
		return;
	c->reason = reason;
	c->origin = origin;
}

/* Put there by another member of a union, as what is not called here. */
static bool holds_function(struct graph *g, int slot)
{
	const GArray *values = graph_values(g, slot);
	guint i;

	for (i = 0; values && i < values->len; i++)
		if (graph_kind(g, g_array_index(values, int, i)) == EW_NODE_FUNCTION)
			return graph_is_shared(g, slot) || graph_is_beside(g, slot);
	return false;
}

/* Against the flows from `slot`, which no function reaches. */
static void search_cause(struct graph *g, int slot, struct cause *c)
{
	g_autoptr(GArray) queue = g_array_new(false, false, sizeof(int));
	g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
	guint k;

	g_array_append_val(queue, slot);
	for (k = 0; k < queue->len; k++) {
		int at = g_array_index(queue, int, k), i;

		if (graph_kind(g, at) == EW_NODE_FIELD && holds_function(g, at))
			keep_cause(c, EW_SITE_OTHER_MEMBER, at);
		if (g->first_in[at] < 0)
			keep_cause(c, cause_at_end(g, at), at);
		else if (graph_kind(g, at) == EW_NODE_PARAM && graph_is_param_open(g, graph_node(g, at)))
			keep_cause(c, EW_SITE_FROM_OUTSIDE, at);
		for (i = g->first_in[at]; i >= 0; i = graph_flow(g, i)->next_in) {
			int source = graph_flow(g, i)->src;

			if (source == UNKNOWN)
				keep_cause(c, EW_SITE_ONLY_UNNAMED, at);
			else if (!graph_flow(g, i)->is_address &&
				 g_hash_table_add(seen, GINT_TO_POINTER(source)))
				g_array_append_val(queue, source);
		}
	}
}

static const struct cause *cause_of(struct sites *s, int slot)
{
	gpointer key = GINT_TO_POINTER(slot);
	struct cause *c = g_hash_table_lookup(s->causes, key);

	if (c)
		return c;
	c = g_new(struct cause, 1);
	*c = (struct cause){EW_SITE_NO_STORE, slot};
	if (keys_has_open(s->graph, slot))
		c->reason = EW_SITE_KEY_BY_VALUE;
	else if (is_of_tracepoint(s->graph, slot))
		c->reason = EW_SITE_PROBES;
	else
		search_cause(s->graph, slot, c);
	g_hash_table_insert(s->causes, key, c);
	return c;
}

/* ---- the row --------------------------------------------------------------------------------- */

/* Those that are meant for another member in the same bytes do not count. */
static int count_functions(struct graph *g, int slot, int64_t signature)
{
	const GArray *values = graph_values(g, slot);
	int count = 0;
	guint i;

	for (i = 0; values && i < values->len; i++) {
		int value = g_array_index(values, int, i);

		count += graph_kind(g, value) == EW_NODE_FUNCTION &&
			 ((!graph_is_shared(g, slot) && !graph_is_beside(g, slot)) ||
			  graph_is_meant(g, value, slot, graph_stored_by(g, slot, value, NULL), signature));
	}
	return count;
}

static void explain(struct sites *s, const struct site *site, const struct site_outcome *o,
		    struct ew_store_site *row)
{
	struct graph *g = s->graph;
	const struct cause *c;

	if (site->slot == UNKNOWN) {
		row->reason = EW_SITE_NO_NAME;
	} else if (o->is_deferred) {
		row->reason = EW_SITE_NOT_REGISTERED;
		row->origin = graph_node(g, site->slot);
	} else if (row->by_slot) {
		row->reason = EW_SITE_OBJECT_EMPTY;
		row->origin = graph_node(g, o->object);
	} else {
		c = cause_of(s, site->slot);
		row->reason = c->reason;
		row->origin = graph_node(g, c->origin);
	}
}

void sites_write(struct sites *s, struct ew_store_writer *w, const struct site *site,
		 const struct site_outcome *o)
{
	struct ew_store_site row = {
		.call = site->call,
		.by_signature = GPOINTER_TO_INT(g_hash_table_lookup(
			s->signatures, GSIZE_TO_POINTER((gsize)site->signature))),
		.by_slot = site->slot == UNKNOWN ? 0 : count_functions(s->graph, site->slot, site->signature),
		.by_object = o->by_object,
		.is_open = o->is_open,
	};

	if (!o->targets && o->dead) {
		row.reason = EW_SITE_NOT_COMPILED;
		row.origin = graph_node(s->graph, site->slot);
	} else if (!o->targets) {
		explain(s, site, o, &row);
	} else if (o->open_at != UNKNOWN) {
		row.origin = graph_node(s->graph, o->open_at);
	}
	ew_store_add_site(w, &row);
}
