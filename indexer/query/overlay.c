/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Members of a union that share their bytes. */
#include "query/internal.h"

enum { LONGEST_WAY = 64 };

static bool group_of(struct ew_query *q, int64_t node, int64_t group[2])
{
	ew_auto(rows) r = NULL;

	if (ew_node_kind_of(node) != EW_NODE_FIELD)
		return false;
	r = ew_store_select(q->store, EW_OVERLAY, "i", ew_node_id(node));
	if (!ew_rows_next(r))
		return false;
	group[0] = ew_rows_int(r, 0);
	group[1] = ew_rows_int(r, 1);
	return true;
}

static char *in_one_record(struct ew_query *q, int64_t stored, int64_t read)
{
	int64_t a[2], b[2];

	if (!group_of(q, stored, a) || !group_of(q, read, b) || a[0] != b[0] || a[1] != b[1])
		return NULL;
	return g_strdup_printf("%s lies in the bytes of %s", query_node_name(q, read), query_node_name(q, stored));
}

/* "lathe.spin lies in the bytes of drill.turn, tool.lathe in those of tool.drill" */
static char *in_structs(struct ew_query *q, int64_t stored, int64_t read)
{
	ew_auto(rows) r = NULL;
	GString *text;
	int64_t object, beside;

	if (ew_node_kind_of(stored) != EW_NODE_FIELD || ew_node_kind_of(read) != EW_NODE_FIELD)
		return NULL;
	r = ew_store_select(q->store, EW_SHARED_WITH, "ii", ew_node_id(stored), ew_node_id(read));
	if (!ew_rows_next(r))
		return NULL;
	object = ew_rows_int(r, 0);
	beside = ew_rows_int(r, 1);
	text = g_string_new(NULL);
	g_string_printf(text, "%s lies in the bytes of %s", query_node_name(q, read), query_node_name(q, stored));
	if (ew_rows_next(r)) /* of several unions it is not said which is meant */
		return g_string_free(text, FALSE);
	if (object && beside)
		g_string_append_printf(text, ", %s in those of %s", query_node_name(q, beside), query_node_name(q, object));
	else
		g_string_append_printf(text, ", by %s", query_node_name(q, object ? object : beside));
	return g_string_free(text, FALSE);
}

struct ew_step *query_share_step(struct ew_query *q, int64_t stored, int64_t read)
{
	g_autofree char *text = stored == read ? NULL : in_one_record(q, stored, read);
	struct ew_step *s;

	if (!text && stored != read)
		text = in_structs(q, stored, read);
	if (!text)
		return NULL;
	s = g_new0(struct ew_step, 1);
	s->role = "union";
	s->text = query_intern(q, text);
	s->place = query_typed_symbol(q, EW_SYMBOL_FIELD, ew_node_id(read))->place;
	return s;
}

bool query_passes_structs(struct ew_query *q, int64_t slot, int64_t value)
{
	int i;

	for (i = 0; i < LONGEST_WAY && slot != value; i++) {
		ew_auto(rows) r = ew_store_select(q->store, EW_REACH, "ii", slot, value);
		struct flow_row f;

		if (!ew_rows_next(r) || !query_flow_row(q, ew_rows_int(r, 0), &f))
			return false;
		if (f.dst != slot)
			return true;
		slot = f.src;
	}
	return false;
}

bool query_passes_union(struct ew_query *q, int64_t slot, int64_t value)
{
	int64_t group[2];
	int i;

	for (i = 0; i < LONGEST_WAY && slot != value; i++) {
		ew_auto(rows) r = ew_store_select(q->store, EW_REACH, "ii", slot, value);
		struct flow_row f;

		if (group_of(q, slot, group))
			return true;
		if (!ew_rows_next(r) || !query_flow_row(q, ew_rows_int(r, 0), &f))
			return false;
		slot = f.src;
	}
	return false;
}
