/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Contexts that are proved once a binding says which way a packet, or another object, goes. */
#include "query/context.h"

#include <string.h>

/* Functions that are reached by direct calls, from one end. */
struct side {
	bool *seen; /* by function */
	GArray *waiting;
	guint done; /* of them */
};

static void add(struct side *s, uint32_t function)
{
	if (s->seen[function])
		return;
	s->seen[function] = true;
	g_array_append_val(s->waiting, function);
}

/* Functions that the binding names itself. What names objects only says nothing of where a packet goes. */
static void add_named(struct ew_query *q, const struct ew_refs_binding *b, struct side *s)
{
	guint i, k;

	for (i = 0; i < b->binds->len; i++) {
		const struct ew_refs_bind *bind = g_ptr_array_index(b->binds, i);

		for (k = 0; k < bind->objects->len; k++) {
			ew_auto(rows) r = ew_store_select(q->store, EW_FUNCTIONS_NAMED, "s",
							  g_ptr_array_index(bind->objects, k));

			while (ew_rows_next(r))
				if (ew_rows_int(r, 0) < q->graph.functions)
					add(s, ew_rows_int(r, 0));
		}
	}
}

/* One function further; is the other side met? */
static bool step(struct ew_query *q, struct side *s, const struct side *other, uint8_t direction)
{
	const struct call_graph *g = &q->graph;
	bool forward = direction == GRAPH_FORWARD;
	uint32_t at = g_array_index(s->waiting, uint32_t, s->done++), k;
	const uint32_t *first = forward ? g->first : g->rfirst, *end = forward ? g->to : g->rfrom;

	if (!(g->has[at] & direction))
		graph_read(q, at, direction);
	for (k = first[at]; k < first[at + 1]; k++) {
		if (end[k] & EW_GRAPH_POINTER)
			continue;
		add(s, end[k]);
		if (other->seen[end[k]])
			return true;
	}
	return other->seen[at];
}

/* Does one of them come to the function by direct calls? From both ends in turn: one of them has few, as a rule. */
static bool is_about(struct ew_query *q, const struct ew_refs_binding *b, const struct ew_symbol *f)
{
	struct side there = {0}, back = {0};
	bool is_met = false;

	if (!query_open_graph(q) || f->id < 0 || f->id >= q->graph.functions)
		return false;
	there.seen = g_new0(bool, q->graph.functions);
	back.seen = g_new0(bool, q->graph.functions);
	there.waiting = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	back.waiting = g_array_new(FALSE, FALSE, sizeof(uint32_t));
	add_named(q, b, &there);
	add(&back, f->id);
	while (!is_met && there.done < there.waiting->len && back.done < back.waiting->len)
		is_met = step(q, &there, &back, GRAPH_FORWARD) || step(q, &back, &there, GRAPH_BACKWARD);
	g_free(there.seen);
	g_free(back.seen);
	g_array_unref(there.waiting);
	g_array_unref(back.waiting);
	return is_met;
}

static bool is_doubtful_in(const GPtrArray *plain, const char *context)
{
	guint i;

	for (i = 0; i < plain->len; i++) {
		const struct ew_context *c = g_ptr_array_index(plain, i);

		if (c->kind == EW_CONTEXT_DOUBTFUL && !strcmp(c->name, context))
			return true;
	}
	return false;
}

static void add_proved(struct ew_query *q, const struct ew_symbol *f, const struct ew_refs_binding *b,
		       const GPtrArray *plain, GPtrArray *given)
{
	g_autoptr(GPtrArray) bound = ew_query_contexts(q, f, b->name, NULL);
	guint i = 0;

	while (bound && i < bound->len) {
		struct ew_context *c = g_ptr_array_index(bound, i);

		if (c->kind != EW_CONTEXT_PROVED || !is_doubtful_in(plain, c->name)) {
			i++;
			continue;
		}
		c->given = b->name;
		g_ptr_array_add(given, g_ptr_array_steal_index(bound, i));
	}
}

/* To search all contexts under a binding takes as long as to index them: where the plain answer says nothing for sure. */
static bool is_all_doubtful(const GPtrArray *plain)
{
	guint i;

	for (i = 0; i < plain->len; i++)
		if (((const struct ew_context *)g_ptr_array_index(plain, i))->kind != EW_CONTEXT_DOUBTFUL)
			return false;
	return plain->len > 0;
}

GPtrArray *ew_query_contexts_given(struct ew_query *q, const struct ew_symbol *f, const GPtrArray *plain)
{
	GPtrArray *given = g_ptr_array_new_with_free_func(context_free);
	const GPtrArray *bindings = ew_refs_bindings(q->refs);
	guint i;

	for (i = 0; is_all_doubtful(plain) && i < bindings->len; i++) {
		const struct ew_refs_binding *b = g_ptr_array_index(bindings, i);

		if (is_about(q, b, f))
			add_proved(q, f, b, plain, given);
	}
	return given;
}
