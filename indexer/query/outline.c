/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What callers and callees share: an answer of several levels, depth first, that may be cut. */
#include "query/internal.h"

bool outline_begin(struct outline *o, struct ew_query *q, const struct ew_symbol *f,
		   const struct ew_edge_options *options, GError **error)
{
	const char *name = options ? options->binding : NULL;

	*o = (struct outline){.query = q, .depth = options ? MAX(options->depth, 1) : 1};
	o->limit = options ? options->limit : 0;
	o->binding = name ? query_binding(q, name, error) : NULL;
	if (name && !o->binding)
		return false;
	o->edges = g_ptr_array_new_with_free_func(g_free);
	o->seen = g_hash_table_new(NULL, NULL);
	g_hash_table_add(o->seen, GSIZE_TO_POINTER((gsize)f->id));
	return true;
}

bool outline_add(struct outline *o, struct ew_edge *e, int depth)
{
	if (o->limit && o->count == o->limit) {
		o->more = true;
		g_free(e);
		return false;
	}
	e->depth = depth;
	o->count++;
	if (!o->take) {
		g_ptr_array_add(o->edges, e);
		return true;
	}
	o->is_stopped = !o->take(e, o->data);
	g_clear_pointer(&o->taken, g_free);
	o->taken = e; /* the caller of this looks at it once more */
	return !o->is_stopped;
}

bool outline_opens(struct outline *o, const struct ew_symbol *f, int depth)
{
	return f && depth < o->depth && g_hash_table_add(o->seen, GSIZE_TO_POINTER((gsize)f->id));
}

GPtrArray *outline_end(struct outline *o, bool *more, GError **error)
{
	g_hash_table_unref(o->seen);
	g_free(o->taken);
	if (more)
		*more = o->more;
	if (query_is_sound(o->query, error))
		return o->edges;
	g_ptr_array_unref(o->edges);
	return NULL;
}
