/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Why a call has more targets than its objects prove, or may have more than are shown: what the index does not see of the
 * object, or of the value.
 */
#include "view/view.h"

#include <string.h>

static bool is_by_member(const struct ew_edge *e)
{
	return e->is_pointer && e->callee && !strcmp(e->grade, "layers:2");
}

/* Not of an edge that an object proves. */
static void add_open_object(struct ew_group *g, struct ew_query *q, const struct ew_edge *e, int indent)
{
	bool is_outside = false;
	const char *parameter = is_by_member(e) ? ew_query_open_parameter(q, e->call, &is_outside) : NULL;
	struct ew_block *b;

	if (!parameter)
		return;
	b = ew_doc_item(g, indent);
	ew_doc_text(b, EW_ROLE_WARNING, NULL, is_outside ? "code outside of this index may give " : "nobody in this index gives ");
	ew_doc_text(b, EW_ROLE_STRONG, is_outside ? "given_outside" : "given_by_nobody", parameter);
	ew_doc_textf(b, EW_ROLE_WARNING, NULL, " a value: every function that comes to %s counts", e->slot);
}

static void add_from_outside(struct ew_group *g, struct ew_query *q, const struct ew_edge *e, int indent)
{
	struct ew_block *b;

	if (!is_by_member(e) || !ew_query_is_from_outside(q, e))
		return;
	b = ew_doc_item(g, indent);
	ew_doc_text(b, EW_ROLE_VARIABLE, "known_outside", e->container);
	ew_doc_text(b, EW_ROLE_WARNING, NULL, " is known outside of this index, where it may be brought here: so it counts");
}

static void add_untyped(struct ew_group *g, struct ew_query *q, const struct ew_edge *e, int indent)
{
	const char *member = e->is_pointer ? ew_query_open_untyped(q, e->call) : NULL;
	struct ew_block *b;

	if (!member)
		return;
	b = ew_doc_item(g, indent);
	ew_doc_text(b, EW_ROLE_WARNING, NULL, "it may call another: ");
	ew_doc_text(b, EW_ROLE_STRONG, "without_type", member);
	ew_doc_text(b, EW_ROLE_WARNING, NULL, " is a void *, and only what is put there by its name is followed");
}

void ew_view_wide(struct ew_group *g, struct ew_query *q, const struct ew_edge *e, int indent)
{
	add_open_object(g, q, e, indent);
	add_from_outside(g, q, e, indent);
	add_untyped(g, q, e, indent);
}

/* Of all targets of one call: what holds for the call, and how many are only there because code outside knows them. */
void ew_view_wide_call(struct ew_group *g, struct ew_query *q, const GPtrArray *edges, guint from, guint end, int indent)
{
	const struct ew_edge *wide = NULL;
	int outside = 0;
	guint i;

	for (i = from; i < end; i++) {
		const struct ew_edge *e = g_ptr_array_index(edges, i);

		if (!wide && is_by_member(e))
			wide = e;
		outside += is_by_member(e) && ew_query_is_from_outside(q, e);
	}
	if (outside) {
		struct ew_block *b = ew_doc_item(g, indent);

		ew_doc_int(b, EW_ROLE_WARNING, "targets_known_outside", outside);
		ew_doc_textf(b, EW_ROLE_WARNING, NULL,
			     " of these count%s only because code outside of this index knows the object", outside == 1 ? "s" : "");
	}
	if (wide)
		add_open_object(g, q, wide, indent);
	if (from < end)
		add_untyped(g, q, g_ptr_array_index(edges, from), indent);
}
