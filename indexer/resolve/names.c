/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What kernel-refs names, as it stands in the index: functions, members, parameters, locals. */
#include <string.h>

#include "resolve/internal.h"

/* The ids of all functions of that name: statics may share one. */
GArray *functions_named(struct ew_store *store, const char *name)
{
	GArray *ids = g_array_new(false, false, sizeof(int64_t));
	ew_auto(rows) r = ew_store_select(store, EW_FUNCTIONS_NAMED, "s", name);

	while (ew_rows_next(r)) {
		int64_t id = ew_rows_int(r, 0);

		g_array_append_val(ids, id);
	}
	return ids;
}

static int field_of(struct graph *g, int64_t record, const char *name)
{
	ew_auto(rows) r = ew_store_select(g->store, EW_FIELDS_OF, "i", record);

	while (ew_rows_next(r))
		if (!strcmp(ew_rows_text(r, 1), name))
			return graph_number(g, ew_node_make(EW_NODE_FIELD, ew_rows_int(r, 0)));
	return UNKNOWN;
}

static int field_named(struct graph *g, const char *name)
{
	const char *dot = strchr(name, '.');
	g_autofree char *record = g_strndup(name, dot - name);
	ew_auto(rows) r = ew_store_select(g->store, EW_RECORDS_NAMED, "s", record);
	int number = UNKNOWN;

	while (number == UNKNOWN && ew_rows_next(r))
		number = field_of(g, ew_rows_int(r, 0), dot + 1);
	return number;
}

/* "task_work_add#1": the functions' ids. */
GArray *functions_taking(struct graph *g, const char *registrar, int *position)
{
	const char *hash = strrchr(registrar, '#');
	g_autofree char *name = g_strndup(registrar, hash - registrar);

	*position = atoi(hash + 1);
	return functions_named(g->store, name);
}

static bool is_local_named(struct graph *g, int number, const char *name)
{
	ew_auto(rows) local = NULL;
	ew_auto(rows) text = NULL;

	if (number == UNKNOWN || graph_kind(g, number) != EW_NODE_LOCAL)
		return false;
	local = ew_store_select(g->store, EW_LOCAL, "i", ew_node_id(graph_node(g, number)));
	if (!ew_rows_next(local))
		return false;
	text = ew_store_select(g->store, EW_STRING, "i", ew_rows_int(local, 1));
	return ew_rows_next(text) && !strcmp(ew_rows_text(text, 0), name);
}

static bool holds_id(const GArray *ids, int64_t id)
{
	guint i;

	for (i = 0; i < ids->len; i++)
		if (g_array_index(ids, int64_t, i) == id)
			return true;
	return false;
}

/* The local that the function calls through. */
static int local_named(struct graph *g, const char *slot)
{
	const char *percent = strchr(slot, '%');
	g_autofree char *function = g_strndup(slot, percent - slot);
	g_autoptr(GArray) ids = functions_named(g->store, function);
	guint i;

	for (i = 0; i < g->sites->len; i++) {
		const struct site *s = &g_array_index(g->sites, struct site, i);

		if (holds_id(ids, s->caller) && is_local_named(g, s->slot, percent + 1))
			return s->slot;
	}
	return UNKNOWN;
}

/* "struct.member", or "function#1" where the function is called through a parameter, "function%name" through a local. */
int slot_named(struct graph *g, const char *slot)
{
	g_autoptr(GArray) functions = NULL;
	int position, number = UNKNOWN;
	guint i;

	if (strchr(slot, '%'))
		return local_named(g, slot);
	if (!strchr(slot, '#'))
		return field_named(g, slot);
	functions = functions_taking(g, slot, &position);
	for (i = 0; i < functions->len && number == UNKNOWN; i++)
		number = graph_number(g, ew_node_param(g_array_index(functions, int64_t, i), position));
	return number;
}
