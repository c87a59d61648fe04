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

struct ew_step *query_share_step(struct ew_query *q, int64_t stored, int64_t read)
{
	int64_t a[2], b[2];
	const struct ew_symbol *member;
	g_autofree char *text = NULL;
	struct ew_step *s;

	if (stored == read || !group_of(q, stored, a) || !group_of(q, read, b) || a[0] != b[0] || a[1] != b[1])
		return NULL;
	member = query_typed_symbol(q, EW_SYMBOL_FIELD, ew_node_id(read));
	text = g_strdup_printf("%s lies in the bytes of %s", member->name, query_node_name(q, stored));
	s = g_new0(struct ew_step, 1);
	s->role = "union";
	s->text = query_intern(q, text);
	s->place = member->place;
	return s;
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
