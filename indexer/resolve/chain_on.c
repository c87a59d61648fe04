/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which objects are on the chain that a call is for. */
#include "resolve/chain.h"

bool may_be_one(struct graph *g, int a, int b)
{
	return a == UNKNOWN || b == UNKNOWN || graph_is_within(g, a, b) || graph_is_within(g, b, a);
}

static bool have_common(struct graph *g, const GArray *a, const GArray *b)
{
	guint i, k;

	for (i = 0; i < a->len; i++)
		for (k = 0; k < b->len; k++)
			if (may_be_one(g, g_array_index(a, int, i), g_array_index(b, int, k)))
				return true;
	return false;
}

static bool has_unknown(const GArray *objects)
{
	guint i;

	for (i = 0; i < objects->len; i++)
		if (g_array_index(objects, int, i) == UNKNOWN)
			return true;
	return false;
}

/* Is the object of that store on the chain that is called? `*by`: what says so, NULL if it may be on any; `*is_dead`: only
 * code that is not compiled puts it there. */
static bool is_on_chain(struct chains *c, const struct given *given, const struct object_store *s,
			const struct chained **by, bool *is_dead)
{
	bool is_put = false, is_on = false;
	guint i;

	*by = NULL;
	*is_dead = true;
	for (i = 0; s->object != UNKNOWN && i < c->chained->len; i++) {
		const struct chained *x = g_ptr_array_index(c->chained, i);

		if (!may_be_one(c->graph, x->object, s->object))
			continue;
		is_put |= graph_is_within(c->graph, s->object, x->object); /* else it is but one of them */
		if (!have_common(c->graph, x->heads, given->heads))
			continue;
		is_on = true;
		if (!has_unknown(x->heads) && !has_unknown(given->heads) && (!*by || !x->is_dead))
			*by = x;
		*is_dead &= x->is_dead;
		if (*by && !(*by)->is_dead)
			return true;
	}
	*is_dead &= is_put;
	return is_on || !is_put;
}

static void visit_store(struct chains *c, int64_t call, const struct given *given, struct object_store *s,
			GHashTable *found, GArray *targets)
{
	const struct chained *by;
	struct chain_target t, *known;
	gpointer at = g_hash_table_lookup(found, GINT_TO_POINTER(s->function));
	bool is_dead;

	known = at ? &g_array_index(targets, struct chain_target, GPOINTER_TO_INT(at) - 1) : NULL;
	if ((known && known->put && !known->is_dead) || !is_on_chain(c, given, s, &by, &is_dead))
		return;
	is_dead |= s->is_dead || graph_has_dead(c->graph, given->way);
	if (known && (known->is_dead == is_dead ? known->put || !by : is_dead))
		return;
	t = (struct chain_target){
		.call = call,
		.function = s->function,
		.store = s,
		.grade = by ? GRADE_OBJECT : GRADE_FIELD,
		.put = by ? by->way : NULL,
		.head_flow = by ? by->head_flow : -1,
		.called = given->way,
		.is_dead = is_dead,
	};
	if (known) {
		*known = t;
		return;
	}
	g_array_append_val(targets, t);
	g_hash_table_insert(found, GINT_TO_POINTER(s->function), GINT_TO_POINTER(targets->len));
}

/* A function that is in the slot, though no store into an object says so, is on any chain. */
static void add_others(struct chains *c, const struct chain_call *call, GHashTable *stored, GArray *targets)
{
	const GArray *values = graph_values(c->graph, c->mechanism->slot);
	const struct given *first = g_ptr_array_index(call->given, 0);
	guint i;

	for (i = 0; values && i < values->len; i++) {
		struct chain_target t = {
			.call = call->call,
			.function = g_array_index(values, int, i),
			.grade = GRADE_FIELD,
			.head_flow = -1,
			.called = first->way,
			.is_dead = graph_is_dead(c->graph, c->mechanism->slot, g_array_index(values, int, i)),
		};

		if (t.function != UNKNOWN && graph_kind(c->graph, t.function) == EW_NODE_FUNCTION &&
		    !g_hash_table_contains(stored, GINT_TO_POINTER(t.function)))
			g_array_append_val(targets, t);
	}
}

static void visit_targets(struct chains *c, const struct chain_call *call, visit_chain visit, void *data)
{
	g_autoptr(GHashTable) found = g_hash_table_new(NULL, NULL); /* function -> its index in targets + 1 */
	g_autoptr(GHashTable) stored = g_hash_table_new(NULL, NULL);
	g_autoptr(GArray) targets = g_array_new(false, false, sizeof(struct chain_target));
	guint i, k;

	for (i = 0; i < c->objects->stores->len; i++) {
		struct object_store *s = g_ptr_array_index(c->objects->stores, i);

		if (s->field != c->mechanism->slot)
			continue;
		g_hash_table_add(stored, GINT_TO_POINTER(s->function));
		for (k = 0; k < call->given->len; k++)
			visit_store(c, call->call, g_ptr_array_index(call->given, k), s, found, targets);
	}
	add_others(c, call, stored, targets);
	for (i = 0; i < targets->len; i++)
		visit(data, &g_array_index(targets, struct chain_target, i));
}

void chains_visit(struct chains *c, visit_chain_call visit_call, visit_chain visit, void *data)
{
	guint i;

	for (i = 0; i < c->calls->len; i++) {
		const struct chain_call *call = g_ptr_array_index(c->calls, i);
		const struct given *first = g_ptr_array_index(call->given, 0);
		bool is_told = call->given->len == 1 && first->way->len;

		visit_call(data, call->call,
			   is_told ? graph_flow(c->graph, g_array_index(first->way, int, 0))->src : UNKNOWN);
		visit_targets(c, call, visit, data);
	}
}
