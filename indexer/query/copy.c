/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Copies: what is static in a source that units include, each for itself. */
#include <string.h>

#include "query/internal.h"

const char *ew_query_including_unit(struct ew_query *q, const struct ew_symbol *s)
{
	bool is_function = s->kind == EW_SYMBOL_FUNCTION;
	const char *file = NULL;
	struct ew_rows *r;

	if ((!is_function && s->kind != EW_SYMBOL_VARIABLE) || !s->is_static || !s->place.file ||
	    !g_str_has_suffix(s->place.file, ".c"))
		return NULL;
	r = ew_store_select(q->store, is_function ? EW_UNIT_OF_FUNCTION : EW_UNIT_OF_VARIABLE, "i", s->id);
	if (ew_rows_next(r) && strcmp(ew_rows_text(r, 0), s->place.file) != 0)
		file = query_intern(q, ew_rows_text(r, 0));
	ew_rows_end(r);
	return file;
}

static bool is_copy(const struct ew_symbol *a, const struct ew_symbol *b)
{
	return a->kind == b->kind && a->is_static && b->is_static && a->place.line == b->place.line &&
	       !g_strcmp0(a->place.file, b->place.file);
}

const struct ew_symbol *query_original(struct ew_query *q, const GPtrArray *found, guint count)
{
	const struct ew_symbol *original = NULL, *first = g_ptr_array_index(found, 0);
	guint i;

	for (i = 0; i < count; i++) {
		const struct ew_symbol *s = g_ptr_array_index(found, i);

		if (!is_copy(s, first))
			return NULL;
		if (!ew_query_including_unit(q, s))
			original = s;
	}
	return original;
}

const char *query_telling_file(struct ew_query *q, const GPtrArray *found, const struct ew_symbol *s)
{
	const char *unit = ew_query_including_unit(q, s);
	guint i;

	for (i = 0; unit && i < found->len; i++)
		if (g_ptr_array_index(found, i) != s && is_copy(g_ptr_array_index(found, i), s))
			return unit;
	return s->place.file;
}
