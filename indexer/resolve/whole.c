/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Objects that are handed over whole: queue_delayed_work() takes a struct delayed_work, the function stands
 * in its member `work`. A store into delayed_work.work does not say of which delayed_work, but it stands in
 * the initialiser of one, or uses the member that is one in the same line.
 */
#include <string.h>

#include "resolve/internal.h"

static const char *type_text(struct graph *g, int64_t id, char **text)
{
	ew_auto(rows) r = ew_store_select(g->store, EW_STRING, "i", id);

	*text = ew_rows_next(r) ? g_strdup(ew_rows_text(r, 0)) : NULL;
	return *text;
}

/* Is the variable or member an object of the record: "struct delayed_work"? */
static bool is_of_record(struct graph *g, int object, const char *record)
{
	int64_t node = graph_node(g, object);
	bool is_field = ew_node_kind_of(node) == EW_NODE_FIELD;
	g_autofree char *text = NULL;
	ew_auto(rows) r = NULL;
	const char *space;

	if (!is_field && ew_node_kind_of(node) != EW_NODE_VARIABLE)
		return false;
	r = ew_store_select(g->store, is_field ? EW_FIELD : EW_VARIABLE, "i", ew_node_id(node));
	if (!ew_rows_next(r) || !type_text(g, ew_rows_int(r, is_field ? 2 : 6), &text))
		return false;
	space = strrchr(text, ' ');
	return !strcmp(space ? space + 1 : text, record);
}

static char *record_of(struct graph *g, int field)
{
	ew_auto(rows) r = ew_store_select(g->store, EW_FIELD, "i", ew_node_id(graph_node(g, field)));
	ew_auto(rows) record = NULL;

	if (!ew_rows_next(r))
		return NULL;
	record = ew_store_select(g->store, EW_RECORD, "i", ew_rows_int(r, 0));
	return ew_rows_next(record) ? g_strdup(ew_rows_text(record, 0)) : NULL;
}

/* Of the objects handed to a mechanism, those of one record. */
struct whole {
	GHashTable *fields;  /* field id -> number of the node */
	GArray *variables; /* of struct extent */
};

struct extent {
	int object;
	int64_t file, line, end_line;
};

void whole_free(gpointer data)
{
	struct whole *w = data;

	g_hash_table_unref(w->fields);
	g_array_unref(w->variables);
	g_free(w);
}

static void add_whole(struct graph *g, struct whole *w, int object)
{
	int64_t id = ew_node_id(graph_node(g, object));
	ew_auto(rows) r = NULL;
	struct extent e;

	if (graph_kind(g, object) == EW_NODE_FIELD) {
		g_hash_table_insert(w->fields, GSIZE_TO_POINTER((gsize)id), GINT_TO_POINTER(object));
		return;
	}
	r = ew_store_select(g->store, EW_VARIABLE, "i", id);
	if (!ew_rows_next(r))
		return;
	e = (struct extent){object, ew_rows_int(r, 1), ew_rows_int(r, 2), ew_rows_int(r, 4)};
	g_array_append_val(w->variables, e);
}

static struct whole *whole_of(struct graph *g, struct mechanism *m, int field)
{
	g_autofree char *record = record_of(g, field);
	struct whole *w = record ? g_hash_table_lookup(m->of_record, record) : NULL;
	GHashTableIter i;
	gpointer key;

	if (w || !record)
		return w;
	w = g_new0(struct whole, 1);
	w->fields = g_hash_table_new(NULL, NULL);
	w->variables = g_array_new(false, false, sizeof(struct extent));
	g_hash_table_iter_init(&i, m->by_object);
	while (g_hash_table_iter_next(&i, &key, NULL))
		if (is_of_record(g, GPOINTER_TO_INT(key), record))
			add_whole(g, w, GPOINTER_TO_INT(key));
	g_hash_table_insert(m->of_record, g_steal_pointer(&record), w);
	return w;
}

static int used_in_line(struct graph *g, const struct whole *w, int64_t function, int64_t line)
{
	ew_auto(rows) r = ew_store_select(g->store, EW_ACCESSES_OF, "i", function);
	int found = UNKNOWN;

	while (ew_rows_next(r)) {
		gpointer key = GSIZE_TO_POINTER((gsize)ew_rows_int(r, 2));
		int object = GPOINTER_TO_INT(g_hash_table_lookup(w->fields, key));

		if (ew_rows_int(r, 0) != line || !object)
			continue;
		if (found && found != object)
			return UNKNOWN;
		found = object;
	}
	return found;
}

static int initialised_at(const struct whole *w, int64_t file, int64_t line)
{
	guint i;

	for (i = 0; i < w->variables->len; i++) {
		const struct extent *e = &g_array_index(w->variables, struct extent, i);

		if (e->file == file && e->line <= line && line <= e->end_line)
			return e->object;
	}
	return UNKNOWN;
}

int handed_object_of(struct graph *g, struct mechanism *m, const struct object_store *s)
{
	const struct flow *f;
	const struct whole *w;
	ew_auto(rows) r = NULL;
	int64_t line;
	int object = s->object;

	while (graph_around(g, object).wider != UNKNOWN)
		object = graph_around(g, object).wider;
	if (object == UNKNOWN || graph_kind(g, object) != EW_NODE_FIELD)
		return object;
	w = whole_of(g, m, object);
	if (!w || (!g_hash_table_size(w->fields) && !w->variables->len))
		return s->object;
	f = graph_flow(g, g_array_index(s->flows, int, s->flows->len - 1));
	r = ew_store_select(g->store, EW_FLOW, "i", f->id);
	line = ew_rows_next(r) ? ew_rows_int(r, 11) : 0;
	return f->function ? used_in_line(g, w, f->function, line) : initialised_at(w, f->file, line);
}
