/* SPDX-License-Identifier: GPL-3.0-or-later */
/* External functions of one name: each belongs to a program, and which of them a call means follows from that. */
#include <string.h>

#include "query/internal.h"

static bool read_owner(struct ew_query *q, int64_t function, int64_t *unit, const char **program)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_PROGRAM_OF, "i", function);

	*unit = 0;
	*program = NULL;
	if (!ew_rows_next(r))
		return false;
	*unit = ew_rows_int(r, 0);
	if (!ew_rows_is_null(r, 1))
		*program = query_intern(q, ew_rows_text(r, 1));
	return true;
}

const char *ew_query_program(struct ew_query *q, const struct ew_symbol *f)
{
	const char *program;
	int64_t unit;

	if (f->kind == EW_SYMBOL_FUNCTION)
		read_owner(q, f->id, &unit, &program);
	return f->kind == EW_SYMBOL_FUNCTION ? program : NULL;
}

GPtrArray *ew_query_twins(struct ew_query *q, const struct ew_symbol *f)
{
	GPtrArray *twins = g_ptr_array_new();
	ew_auto(rows) r = NULL;

	if (f->kind != EW_SYMBOL_FUNCTION || f->is_static || f->is_inline || !f->place.file || query_is_alone(f))
		return twins;
	r = ew_store_select(q->store, EW_TWINS, "s", f->name);
	while (ew_rows_next(r))
		g_ptr_array_add(twins, (gpointer)query_symbol(q, EW_SYMBOL_FUNCTION, ew_rows_int(r, 0)));
	if (twins->len < 2)
		g_ptr_array_set_size(twins, 0);
	return twins;
}

/* Alone: linked by itself, so that it cannot use what the kernel exports. */
static bool is_alone(const char *program)
{
	return program && g_str_has_suffix(program, "/");
}

bool ew_query_is_ambiguous(struct ew_query *q, const struct ew_edge *e)
{
	g_autoptr(GPtrArray) twins = NULL;
	const char *from, *to;
	int64_t caller, callee;

	if (e->is_pointer || !e->callee)
		return false;
	twins = ew_query_twins(q, e->callee);
	if (!twins->len || g_ptr_array_index(twins, 0) != e->callee)
		return false;
	read_owner(q, e->caller->id, &caller, &from);
	read_owner(q, e->callee->id, &callee, &to);
	if (caller == callee || (from && !g_strcmp0(from, to)))
		return false;
	return g_strcmp0(to, EW_STORE_KERNEL) || !from || is_alone(from);
}

GPtrArray *ew_query_giving_way(struct ew_query *q, const struct ew_symbol *s)
{
	enum ew_node_kind kind = s->kind == EW_SYMBOL_FUNCTION ? EW_NODE_FUNCTION : EW_NODE_VARIABLE;
	GPtrArray *files = g_ptr_array_new();
	struct ew_rows *r;

	if (s->kind != EW_SYMBOL_FUNCTION && s->kind != EW_SYMBOL_VARIABLE)
		return files;
	r = ew_store_select(q->store, EW_GIVING_WAY, "i", ew_node_make(kind, s->id));
	while (ew_rows_next(r))
		g_ptr_array_add(files, (gpointer)query_intern(q, ew_rows_text(r, 0)));
	ew_rows_end(r);
	return files;
}

const struct ew_symbol *query_kernels_own(struct ew_query *q, const GPtrArray *found, guint count)
{
	const struct ew_symbol *own = NULL;
	guint i;

	for (i = 0; i < count; i++) {
		const struct ew_symbol *s = g_ptr_array_index(found, i);
		bool is_own;

		if (s->kind != EW_SYMBOL_FUNCTION || s->is_static || s->is_inline)
			return NULL;
		is_own = !g_strcmp0(ew_query_program(q, s), EW_STORE_KERNEL);
		if (is_own && own)
			return NULL;
		own = is_own ? s : own;
	}
	return own;
}
