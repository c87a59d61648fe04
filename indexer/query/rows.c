/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Rows of the store as structs: the one place that knows the order of columns. */
#include "query/internal.h"

void query_read_call(struct ew_rows *r, struct call_row *c)
{
	*c = (struct call_row){
		.id = ew_rows_int(r, 0),
		.caller = ew_rows_int(r, 1),
		.ordinal = ew_rows_int(r, 2),
		.callee = ew_rows_int(r, 3),
		.slot = ew_rows_int(r, 4),
		.base = ew_rows_int(r, 5),
		.mode = ew_rows_int(r, 6),
		.signature = ew_rows_int(r, 7),
		.file = ew_rows_int(r, 8),
		.line = ew_rows_int(r, 9),
		.column = ew_rows_int(r, 10),
		.macro = ew_rows_int(r, 11),
		.condition = ew_rows_int(r, 12),
		.is_dead = ew_rows_int(r, 13),
		.is_pointer = ew_rows_is_null(r, 3),
	};
}

void query_read_edge(struct ew_rows *r, struct edge_row *e)
{
	*e = (struct edge_row){
		.id = ew_rows_int(r, 0),
		.call = ew_rows_int(r, 1),
		.callee = ew_rows_int(r, 2),
		.run = ew_rows_int(r, 3),
		.grade = ew_rows_int(r, 4),
		.container = ew_rows_int(r, 5),
		.proof = ew_rows_int(r, 6),
		.differs = ew_rows_int(r, 7),
		.is_dead = ew_rows_int(r, 8),
	};
}

void query_read_flow(struct ew_rows *r, struct flow_row *f)
{
	*f = (struct flow_row){
		.id = ew_rows_int(r, 0),
		.dst = ew_rows_int(r, 1),
		.dst_base = ew_rows_int(r, 2),
		.dst_mode = ew_rows_int(r, 3),
		.src = ew_rows_int(r, 4),
		.src_base = ew_rows_int(r, 5),
		.src_mode = ew_rows_int(r, 6),
		.is_address = ew_rows_int(r, 7),
		.how = ew_rows_int(r, 8),
		.function = ew_rows_int(r, 9),
		.file = ew_rows_int(r, 10),
		.line = ew_rows_int(r, 11),
		.column = ew_rows_int(r, 12),
		.call = ew_rows_int(r, 13),
		.macro = ew_rows_int(r, 14),
		.condition = ew_rows_int(r, 15),
	};
}

bool query_call_row(struct ew_query *q, int64_t id, struct call_row *c)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_CALL, "i", id);
	bool found = ew_rows_next(r);

	if (found)
		query_read_call(r, c);
	return found;
}

bool query_flow_row(struct ew_query *q, int64_t id, struct flow_row *f)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_FLOW, "i", id);
	bool found = ew_rows_next(r);

	if (found)
		query_read_flow(r, f);
	return found;
}
