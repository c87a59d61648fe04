/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Slots of type void *. A function that is put there by its name is followed, what is put there out of another place is
 * not: so who calls through one may call functions that nobody shows.
 */
#include "query/internal.h"

enum { LONGEST_COPY = 8 };

static bool is_untyped_member(struct ew_query *q, int64_t node)
{
	ew_auto(rows) r = NULL;

	if (ew_node_kind_of(node) != EW_NODE_FIELD)
		return false;
	r = ew_store_select(q->store, EW_FIELD, "i", ew_node_id(node));
	return ew_rows_next(r) && ew_fact_is_untyped(query_string(q, ew_rows_int(r, 2)));
}

static int64_t untyped_slot(struct ew_query *q, int64_t slot, int depth)
{
	ew_auto(rows) r = NULL;
	int64_t found = is_untyped_member(q, slot) ? slot : 0;

	if (found || depth == LONGEST_COPY || ew_node_kind_of(slot) != EW_NODE_LOCAL)
		return found;
	r = ew_store_select(q->store, EW_FLOWS_INTO, "i", slot);
	while (!found && ew_rows_next(r)) {
		struct flow_row f;

		query_read_flow(r, &f);
		if (!f.is_address)
			found = untyped_slot(q, f.src, depth + 1);
	}
	return found;
}

int64_t query_untyped_slot(struct ew_query *q, int64_t slot)
{
	return untyped_slot(q, slot, 0);
}

const char *ew_query_open_untyped(struct ew_query *q, int64_t call)
{
	struct call_row c;
	int64_t slot = query_call_row(q, call, &c) ? query_untyped_slot(q, c.slot) : 0;

	return slot ? query_node_name(q, slot) : NULL;
}
