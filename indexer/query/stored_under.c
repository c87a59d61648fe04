/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Why an edge is not compiled though its call is: the condition of what brings the callee there. */
#include "query/internal.h"

enum { LONGEST_WAY = 32 };

static const char *condition_of_flow(struct ew_query *q, int64_t id, int64_t *source)
{
	struct flow_row f;

	if (!query_flow_row(q, id, &f))
		return NULL;
	*source = f.src;
	return query_false_condition(q, f.condition);
}

static const char *in_proof(struct ew_query *q, int64_t proof)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_PROOF, "i", proof);
	const char *found = NULL;
	int64_t source;

	while (!found && ew_rows_next(r))
		found = condition_of_flow(q, ew_rows_int(r, 1), &source);
	return found;
}

static const char *in_reach(struct ew_query *q, int64_t slot, int64_t value)
{
	const char *found = NULL;
	int i;

	for (i = 0; i < LONGEST_WAY && !found && slot != value; i++) {
		ew_auto(rows) r = ew_store_select(q->store, EW_REACH, "ii", slot, value);

		if (!ew_rows_next(r))
			break;
		found = condition_of_flow(q, ew_rows_int(r, 0), &slot);
	}
	return found;
}

const char *query_stored_under(struct ew_query *q, const struct call_row *c, const struct edge_row *e)
{
	const char *found = e->proof ? in_proof(q, e->proof)
				     : in_reach(q, c->slot, ew_node_make(EW_NODE_FUNCTION, e->callee));

	/* What holds the function is compiled, the way of the object to here is not. */
	if (!found && e->container && c->mode == EW_BASE_POINTER)
		found = in_reach(q, c->base, e->container);
	return found;
}
