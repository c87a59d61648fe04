/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An honest no: what is asked for has no way, and where there is one for another object, what this one excludes. */
#include "query/binding.h"

enum { LONGEST_COPY = 4 };

static char *avoided_names(const GPtrArray *avoid)
{
	GString *names = g_string_new(NULL);
	guint i;

	for (i = 0; avoid && i < avoid->len; i++)
		g_string_append_printf(names, "%s%s", i ? ", " : " that avoids ",
				       ((const struct ew_symbol *)g_ptr_array_index(avoid, i))->name);
	return g_string_free(names, FALSE);
}

/* ---- what a binding excludes on the way of another object ------------------------------------------ */

/* The slot that an object of the binding's kind has not, and out of which the call is made; 0 if it is none. */
static int64_t slot_that_is_absent(struct binding *b, int64_t slot)
{
	int depth;

	for (depth = 0; depth < LONGEST_COPY; depth++) {
		ew_auto(rows) r = NULL;
		struct flow_row f = {0};
		bool found = false;

		if (g_hash_table_lookup(b->bound, GSIZE_TO_POINTER((gsize)slot)) == b->nothing)
			return slot;
		r = ew_store_select(b->query->store, EW_FLOWS_INTO, "i", slot);
		while (!found && ew_rows_next(r)) {
			query_read_flow(r, &f);
			found = f.src && binding_values(b, f.src, f.src_base, f.src_mode) == b->nothing;
		}
		if (!found)
			return 0;
		slot = f.src;
	}
	return 0;
}

/* The first edge of the way that the binding does not leave; NULL if it leaves all. */
static struct ew_edge *first_excluded(struct ew_query *q, struct binding *b, const GArray *way)
{
	guint i;

	for (i = 0; i < way->len; i++) {
		uint32_t edge = g_array_index(way, uint32_t, i);

		if (edge < q->graph.edges && !path_is_left(b, edge))
			return path_edge(q, NULL, edge);
	}
	return NULL;
}

/* "; that of another object …", or nothing; the caller's. */
static char *what_excludes(struct ew_query *q, const struct ew_symbol *from, const struct ew_symbol *to,
			   const char *binding)
{
	struct binding *b = binding ? query_binding(q, binding, NULL) : NULL;
	g_autoptr(GArray) way = b ? path_find_possible(q, NULL, from->id, to->id) : NULL;
	g_autofree struct ew_edge *e = way ? first_excluded(q, b, way) : NULL;
	struct call_row c;
	int64_t absent;

	if (!e || !e->is_pointer || !query_call_row(q, e->call, &c))
		return g_strdup("");
	absent = slot_that_is_absent(b, c.base);
	if (absent)
		return g_strdup_printf("; the way of another object goes from %s to %s through %s (%s:%d), and %s has no %s",
				       e->caller->name, e->callee->name, e->slot, e->site.file, e->site.line,
				       b->refs->title, query_node_name(q, absent));
	return g_strdup_printf("; the way of another object goes from %s to %s through %s (%s:%d): see "
			       "`why-not %s %s --as %s`",
			       e->caller->name, e->callee->name, e->slot, e->site.file, e->site.line, e->caller->name,
			       e->callee->name, binding);
}

/* "; sk_reset_timer queues what it is given, one of tcp_write_timer, …", or nothing; the caller's. */
static char *what_is_given(struct ew_query *q, const struct ew_symbol *from)
{
	g_autoptr(GPtrArray) work = path_given(q, from->id);
	GString *text = g_string_new(NULL);
	guint i;

	if (work->len)
		g_string_append_printf(text, "; what %s is given and queues is %s", from->name,
				       work->len > 1 ? "one of " : "");
	for (i = 0; i < work->len; i++)
		g_string_append_printf(text, "%s%s", i ? ", " : "", (const char *)g_ptr_array_index(work, i));
	return g_string_free(text, FALSE);
}

/* ---- saying it ------------------------------------------------------------------------------------- */

void path_say_none(struct ew_query *q, const struct ew_symbol *from, const struct ew_symbol *to,
		   const struct ew_path_options *o, bool gave_up, GError **error)
{
	g_autofree char *avoided = avoided_names(o->avoid);
	g_autofree char *excludes = what_excludes(q, from, to, o->binding);
	g_autofree char *given = what_is_given(q, from);
	const struct ew_symbol *dispatcher = query_chain_inside(q, from->id);

	if (!query_is_sound(q, error))
		return;
	if (dispatcher) {
		g_set_error(error, EW_ERROR, EW_ERROR_PARTLY,
			    "no way from %s to %s is told: which chain %s calls depends on who gives it the "
			    "head; ask from there, or see `callees %s` for what is on any",
			    from->name, to->name, from->name, dispatcher->name);
		return;
	}
	g_set_error(error, EW_ERROR, gave_up ? EW_ERROR_PARTLY : EW_ERROR_NO_ANSWER,
		    "no way from %s to %s%s%s%s%s (%d of %d translation units)%s%s", from->name, to->name,
		    o->binding ? " as " : "", o->binding ? o->binding : "", avoided,
		    gave_up ? " was found before the search was given up" : " in this index", q->about.units,
		    q->about.units_in_config, excludes, given);
}
