/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Coverage, and the whole graph as lines. */
#include <string.h>

#include "query/internal.h"

/* ---- coverage -------------------------------------------------------------------------------- */

static const char *const status_names[] = {
	[EW_STORE_INDEXED] = "indexed",
	[EW_STORE_ERRORS] = "errors",
	[EW_STORE_NOT_INDEXED] = "not indexed",
};

static void add_troubled(struct ew_query *q, GPtrArray *troubled)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_UNITS, "");

	while (ew_rows_next(r)) {
		int64_t status = ew_rows_int(r, 1);
		struct ew_unit_report *u;

		if (status <= EW_STORE_INDEXED || status > EW_STORE_NOT_INDEXED)
			continue;
		u = g_new0(struct ew_unit_report, 1);
		u->file = query_intern(q, ew_rows_text(r, 0));
		u->status = status_names[status];
		u->errors = ew_rows_int(r, 2);
		u->reason = query_intern(q, ew_rows_text(r, 3));
		g_ptr_array_add(troubled, u);
	}
}

struct ew_coverage *ew_query_coverage(struct ew_query *q, GError **error)
{
	struct ew_coverage *c = g_new0(struct ew_coverage, 1);
	ew_auto(rows) counts = ew_store_select(q->store, EW_COUNTS, "");
	ew_auto(rows) pointers = ew_store_select(q->store, EW_POINTER_COUNTS, "");

	c->units = q->about.units;
	c->failed = q->about.units_failed;
	c->with_errors = q->about.units_with_errors;
	c->in_config = q->about.units_in_config;
	c->bytes = ew_store_size(q->store);
	c->troubled = g_ptr_array_new_with_free_func(g_free);
	if (ew_rows_next(counts)) {
		c->functions = ew_rows_int(counts, 0);
		c->records = ew_rows_int(counts, 1);
		c->calls = ew_rows_int(counts, 2);
		c->direct = ew_rows_int(counts, 3);
		c->stores = ew_rows_int(counts, 4);
		c->flows = ew_rows_int(counts, 5);
		c->edges = ew_rows_int(counts, 6);
		c->accesses = ew_rows_int(counts, 7);
		c->behind_prefix = ew_rows_int(counts, 8);
	}
	if (ew_rows_next(pointers)) {
		c->pointer = ew_rows_int(pointers, 0);
		c->pointer_resolved = ew_rows_int(pointers, 1);
		c->pointer_unresolved = c->pointer - c->pointer_resolved;
	}
	add_troubled(q, c->troubled);
	if (query_is_sound(q, error))
		return c;
	ew_coverage_free(c);
	return NULL;
}

void ew_coverage_free(struct ew_coverage *c)
{
	if (!c)
		return;
	g_ptr_array_unref(c->troubled);
	g_free(c);
}

/* ---- dumps ----------------------------------------------------------------------------------- */

static const char *file_or_dash(const struct ew_symbol *s)
{
	return s->place.file ? s->place.file : "-";
}

static bool emit_edge(struct ew_query *q, const struct call_row *c, const struct edge_row *e,
		      int64_t callee_id, ew_query_emit emit, void *data)
{
	const struct ew_symbol *caller = query_symbol(q, EW_SYMBOL_FUNCTION, c->caller);
	const struct ew_symbol *callee = query_symbol(q, EW_SYMBOL_FUNCTION, callee_id);
	g_autofree char *line = g_strdup_printf(
		"%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s:%d", caller->name, file_or_dash(caller),
		callee->name, file_or_dash(callee), e ? "pointer" : "direct",
		e && e->run ? query_string(q, e->run) : "now", query_grade_name(q, e),
		c->is_dead || (e && e->is_dead) ? "no" : "yes", query_file(q, c->file), c->line);

	return emit(line, data);
}

static bool emit_edges_of(struct ew_query *q, const struct call_row *c, ew_query_emit emit,
			  void *data)
{
	ew_auto(rows) r = NULL;

	if (!c->is_pointer && !emit_edge(q, c, NULL, c->callee, emit, data))
		return false;
	if (!c->is_pointer && !query_chain(q, c->id))
		return true;
	r = ew_store_select(q->store, EW_EDGES_OF_CALL, "i", c->id);
	while (ew_rows_next(r)) {
		struct edge_row e;

		query_read_edge(r, &e);
		if (!emit_edge(q, c, &e, e.callee, emit, data))
			return false;
	}
	return true;
}

bool ew_query_dump_edges(struct ew_query *q, ew_query_emit emit, void *data, GError **error)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_ALL_CALLS, "");
	bool wanted = emit("caller\tcaller_file\tcallee\tcallee_file\tkind\twhen\tgrade\tcompiled\tsite",
			   data);

	while (wanted && ew_rows_next(r)) {
		struct call_row c;

		query_read_call(r, &c);
		wanted = emit_edges_of(q, &c, emit, data);
	}
	return query_is_sound(q, error);
}

bool ew_query_dump_calls(struct ew_query *q, ew_query_emit emit, void *data, GError **error)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_ALL_CALLS, "");
	bool wanted = emit("caller\tcaller_file\tkind\tslot\ttargets\tcompiled\tmacro\tsite", data);

	while (wanted && ew_rows_next(r)) {
		struct call_row c;
		const struct ew_symbol *caller;
		g_autofree char *line = NULL;
		const char *macro;
		int targets = 1;

		query_read_call(r, &c);
		if (c.is_pointer)
			targets = query_count_targets(q, c.id);
		caller = query_symbol(q, EW_SYMBOL_FUNCTION, c.caller);
		macro = query_string(q, c.macro);
		line = g_strdup_printf(
			"%s\t%s\t%s\t%s\t%d\t%s\t%s\t%s:%d", caller->name, file_or_dash(caller),
			c.is_pointer ? "pointer" : "direct",
			!c.is_pointer ? query_symbol(q, EW_SYMBOL_FUNCTION, c.callee)->name
			: c.slot      ? query_node_name(q, c.slot)
				      : "-",
			targets, c.is_dead ? "no" : "yes", macro ? macro : "-",
			query_file(q, c.file), c.line);
		wanted = emit(line, data);
	}
	return query_is_sound(q, error);
}
