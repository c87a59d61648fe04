/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What never changes for an index is worked out when it is made: table kept. */
#include "query/context.h"
#include "query/gate_walk.h"

bool ew_query_keep(struct ew_store_writer *w, const struct ew_refs *refs, GError **error)
{
	struct ew_query *q = query_new(ew_store_of_writer(w), refs);
	bool is_sound;

	ew_query_work_out(q);
	contexts_keep(q, w);
	sites_keep(q, w);
	queueings_keep(q, w);
	gates_keep(q, w);
	bindings_keep(q, w);
	conditions_keep(q, w);
	is_sound = query_is_sound(q, error);
	query_free(q);
	return is_sound;
}

void ew_query_work_out(struct ew_query *q)
{
	q->works_out = true;
}

bool query_kept(struct ew_query *q, enum ew_kept what, int64_t id, struct ew_rows **r, struct unpacker *u)
{
	const void *bytes;
	size_t length;

	if (q->works_out)
		return false;
	*r = ew_store_select(q->store, EW_KEPT, "i", ew_store_kept(what, id));
	if (!ew_rows_next(*r))
		return false;
	bytes = ew_rows_blob(*r, 0, &length);
	*u = unpacker_of(bytes, length);
	return true;
}

void query_check_kept(struct ew_query *q, const struct unpacker *u)
{
	if (!u->is_whole || u->at != u->end)
		ew_store_say_damaged(q->store, "an answer that it stores is not whole");
}
