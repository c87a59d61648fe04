/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names that begin so: for completion. */
#include <string.h>

#include "query/internal.h"

static void complete_from(struct ew_query *q, enum ew_statement statement, const char *prefix,
			  int max, GPtrArray *names)
{
	g_autofree char *high = g_strdup_printf("%s\x7f", prefix);
	ew_auto(rows) r =
		ew_store_select(q->store, statement, "ssi", prefix, high, (int64_t)max);

	while (ew_rows_next(r))
		g_ptr_array_add(names, (gpointer)query_intern(q, ew_rows_text(r, 0)));
}

static void complete_members(struct ew_query *q, const char *prefix, int max, GPtrArray *names)
{
	const char *dot = strchr(prefix, '.');
	g_autofree char *record = g_strndup(prefix, dot - prefix);
	ew_auto(rows) records = ew_store_select(q->store, EW_RECORDS_NAMED, "s", record);

	while (ew_rows_next(records)) {
		ew_auto(rows) r =
			ew_store_select(q->store, EW_FIELDS_OF, "i", ew_rows_int(records, 0));

		while (ew_rows_next(r) && (int)names->len < max) {
			g_autofree char *name =
				g_strdup_printf("%s.%s", record, ew_rows_text(r, 1));

			*strchrnul(name, '@') = '\0';
			if (g_str_has_prefix(name, prefix))
				g_ptr_array_add(names, (gpointer)query_intern(q, name));
		}
	}
}

static int compare_names(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

GPtrArray *ew_query_complete(struct ew_query *q, const char *prefix, unsigned kinds, int max)
{
	GPtrArray *names = g_ptr_array_new();
	guint i = 1;

	if (kinds & EW_SYMBOL_FUNCTION)
		complete_from(q, EW_FUNCTIONS_LIKE, prefix, max, names);
	if (kinds & EW_SYMBOL_RECORD)
		complete_from(q, EW_RECORDS_LIKE, prefix, max, names);
	if (kinds & EW_SYMBOL_FIELD && strchr(prefix, '.'))
		complete_members(q, prefix, max, names);
	if (kinds & EW_SYMBOL_VARIABLE)
		complete_from(q, EW_VARIABLES_LIKE, prefix, max, names);
	if (kinds & EW_SYMBOL_MACRO)
		complete_from(q, EW_MACROS_LIKE, prefix, max, names);
	if (kinds & EW_SYMBOL_FILE)
		complete_from(q, EW_FILES_LIKE, prefix, max, names);
	g_ptr_array_sort(names, compare_names);
	while (i < names->len)
		if (!strcmp(g_ptr_array_index(names, i), g_ptr_array_index(names, i - 1)))
			g_ptr_array_remove_index(names, i);
		else
			i++;
	if ((int)names->len > max)
		g_ptr_array_set_size(names, max);
	return names;
}
