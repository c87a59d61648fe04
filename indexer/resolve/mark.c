/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Objects and functions that are given a constant: the mode of a timer says in which context its function runs, the
 * number under which a softirq's action is registered says who raises it.
 *
 * An object that is seen to be given constants is not looked for where one without a name is given some, as it is with
 * chains (chain.c). What is given a constant that is not known, or is not seen to be given any, has no part.
 */
#include <string.h>

#include "resolve/chain.h"

enum { LONGEST_WAY = 8 };

struct marks {
	struct graph *graph;
	struct objects *objects;
	const struct mechanism *mechanism;
	GPtrArray *marked;	  /* of struct chained: the heads are the constants */
	GHashTable *of_functions; /* number of a function -> struct mark */
	GPtrArray *parts;	  /* of struct ew_refs_mechanism */
	GPtrArray *raised;	  /* of struct handed: constants */
	bool takes_functions;	  /* else objects */
};

static void free_mark(gpointer data)
{
	struct mark *mark = data;

	g_array_unref(mark->constants);
	g_array_unref(mark->flows);
	g_ptr_array_unref(mark->raised);
	g_free(mark);
}

/* ---- what a constant means ---------------------------------------------------------------------- */

static bool is_set(struct graph *g, const char *symbol)
{
	ew_auto(rows) r = ew_store_select(g->store, EW_MACROS_NAMED, "s", symbol);

	return ew_rows_next(r);
}

/* "HRTIMER_MODE_*", "HRTIMER_MODE_ABS@!CONFIG_PREEMPT_RT" */
static bool is_meant(struct graph *g, const char *word, const char *name)
{
	const char *symbol = strchr(word, '@');
	g_autofree char *pattern = symbol ? g_strndup(word, symbol - word) : g_strdup(word);

	if (!g_pattern_match_simple(pattern, name))
		return false;
	return !symbol || is_set(g, symbol + 1 + (symbol[1] == '!')) == (symbol[1] != '!');
}

static const struct ew_refs_mechanism *part_of(const struct marks *ms, int constant)
{
	ew_auto(rows) r = ew_store_select(ms->graph->store, EW_STRING, "i",
					  ew_node_id(graph_node(ms->graph, constant)));
	const char *name = ew_rows_next(r) ? ew_rows_text(r, 0) : "";
	guint i, k;

	for (i = 0; i < ms->parts->len; i++) {
		const struct ew_refs_mechanism *part = g_ptr_array_index(ms->parts, i);

		for (k = 0; k < part->constants->len; k++)
			if (is_meant(ms->graph, g_ptr_array_index(part->constants, k), name))
				return part;
	}
	return NULL;
}

/* The one that all of them mean. */
static const struct ew_refs_mechanism *common_part(const struct marks *ms, const GArray *constants)
{
	const struct ew_refs_mechanism *part = NULL, *other;
	guint i;

	for (i = 0; i < constants->len; i++) {
		other = part_of(ms, g_array_index(constants, int, i));
		if (!other || (part && part != other))
			return NULL;
		part = other;
	}
	return part;
}

/* ---- who has which ------------------------------------------------------------------------------ */

static void add_once(GArray *numbers, int number)
{
	if (!graph_is_among(numbers, number))
		g_array_append_val(numbers, number);
}

/* How the constant came to what is given at the flow. */
static void add_way(struct graph *g, struct mark *mark, int constant, int flow)
{
	int from = graph_flow(g, flow)->src;
	g_autoptr(GArray) way = from == constant ? NULL : graph_way(g, from, constant);
	guint i;

	for (i = 0; way && i < way->len; i++)
		add_once(mark->flows, g_array_index(way, int, i));
}

static bool is_constant(struct graph *g, int number)
{
	return number != UNKNOWN && graph_kind(g, number) == EW_NODE_CONSTANT;
}

static bool is_dead(struct graph *g, const struct chained *x, int constant)
{
	const struct flow *f = x->head_flow < 0 ? NULL : graph_flow(g, x->head_flow);

	return x->is_dead || (f && (f->is_dead || graph_is_dead(g, f->src, constant)));
}

/* Of a function that code outside of the index may call: which constant it then gives, nobody here says. */
static bool is_from_outside(const struct marks *ms, int slot, int depth)
{
	struct graph *g = ms->graph;
	int64_t id = ew_node_id(graph_node(g, slot));
	int i;

	if (g->is_whole || depth == LONGEST_WAY)
		return false;
	if (graph_kind(g, slot) == EW_NODE_PARAM) {
		ew_auto(rows) r = ew_store_select(g->store, EW_FUNCTION, "i", id);

		if (!ew_rows_next(r) || (ew_rows_int(r, 5) & (EW_STORE_STATIC | EW_STORE_INLINE)) != EW_STORE_STATIC)
			return true;
	}
	for (i = g->first_in[slot]; i >= 0; i = graph_flow(g, i)->next_in)
		if (!graph_flow(g, i)->is_address && is_from_outside(ms, graph_flow(g, i)->src, depth + 1))
			return true;
	return false;
}

static void add_constants(struct marks *ms, struct mark *mark, const struct chained *x)
{
	bool has_any = false;
	guint i;

	if (x->head_flow >= 0 && !graph_flow(ms->graph, x->head_flow)->is_address)
		mark->is_open |= is_from_outside(ms, graph_flow(ms->graph, x->head_flow)->src, 0);
	for (i = 0; i < x->heads->len; i++) {
		int constant = g_array_index(x->heads, int, i);

		if (is_dead(ms->graph, x, constant))
			continue;
		if (!is_constant(ms->graph, constant)) {
			mark->is_open = true;
			continue;
		}
		add_once(mark->constants, constant);
		add_way(ms->graph, mark, constant, x->head_flow);
		has_any = true;
	}
	if (has_any)
		add_once(mark->flows, x->head_flow);
}

static void add_marks_of(struct marks *ms, struct mark *mark, int object)
{
	bool is_found = false;
	guint i;

	for (i = 0; object != UNKNOWN && i < ms->marked->len; i++) {
		const struct chained *x = g_ptr_array_index(ms->marked, i);

		if (!may_be_one(ms->graph, x->object, object))
			continue;
		is_found = true;
			add_constants(ms, mark, x);
	}
	mark->is_open |= !is_found;
}

static void add_raised(struct marks *ms, struct mark *mark)
{
	guint i;

	for (i = 0; i < ms->raised->len; i++) {
		struct handed *h = g_ptr_array_index(ms->raised, i);

		if (graph_is_among(mark->constants, h->object))
			g_ptr_array_add(mark->raised, h);
	}
}

/* A copy of a whole object has its constant, too. */
static bool is_whole_copy(const struct marks *ms, const struct object_store *s)
{
	return s->flows->len &&
	       graph_flow(ms->graph, g_array_index(s->flows, int, s->flows->len - 1))->how == EW_FLOW_COPY;
}

static struct mark *mark_new(struct marks *ms, int function)
{
	struct mark *mark = g_new0(struct mark, 1);
	guint i;

	mark->constants = g_array_new(false, false, sizeof(int));
	mark->flows = g_array_new(false, false, sizeof(int));
	mark->raised = g_ptr_array_new();
	if (ms->takes_functions)
		add_marks_of(ms, mark, function);
	for (i = 0; !ms->takes_functions && i < ms->objects->stores->len; i++) {
		const struct object_store *s = g_ptr_array_index(ms->objects->stores, i);

		if (s->field == ms->mechanism->slot && s->function == function && !s->is_dead && !is_whole_copy(ms, s))
			add_marks_of(ms, mark, s->object);
	}
	if (!mark->is_open)
		mark->part = common_part(ms, mark->constants);
	add_raised(ms, mark);
	return mark;
}

const struct mark *marks_of(struct marks *ms, int function)
{
	struct mark *mark = g_hash_table_lookup(ms->of_functions, GINT_TO_POINTER(function));

	if (!mark) {
		mark = mark_new(ms, function);
		g_hash_table_insert(ms->of_functions, GINT_TO_POINTER(function), mark);
	}
	return mark;
}

/* ---- life --------------------------------------------------------------------------------------- */

static void add_marked(struct marks *ms, const char *word)
{
	int position, constant = atoi(strchr(word, ',') + 1);
	g_autoptr(GArray) functions = functions_taking(ms->graph, word, &position);
	guint i, k;

	for (i = 0; i < functions->len; i++) {
		g_autoptr(GPtrArray) put = objects_put_with(
			ms->graph, g_array_index(functions, int64_t, i), position, constant);

		for (k = 0; k < put->len; k++) {
			struct chained *x = g_ptr_array_index(put, k);

			ms->takes_functions |= graph_kind(ms->graph, x->object) == EW_NODE_FUNCTION;
			g_ptr_array_add(ms->marked, x);
		}
	}
}

/* A raiser may be a wrapper around one that was met before. */
static bool is_raised(const struct marks *ms, const struct handed *h)
{
	guint i;

	for (i = 0; i < ms->raised->len; i++) {
		const struct handed *other = g_ptr_array_index(ms->raised, i);

		if (other->object == h->object && g_array_index(other->way, int, 0) == g_array_index(h->way, int, 0))
			return true;
	}
	return false;
}

static void add_raiser(struct marks *ms, const char *word)
{
	int position;
	g_autoptr(GArray) functions = functions_taking(ms->graph, word, &position);
	guint i, k;

	for (i = 0; i < functions->len; i++) {
		g_autoptr(GPtrArray) handed =
			objects_handed_to(ms->graph, g_array_index(functions, int64_t, i), position);

		for (k = 0; k < handed->len; k++) {
			struct handed *h = g_ptr_array_index(handed, k);

			if (is_raised(ms, h))
				handed_free(h);
			else
				g_ptr_array_add(ms->raised, h);
		}
	}
}

struct marks *marks_new(struct graph *g, struct objects *o, const struct mechanism *m, const struct ew_refs *refs)
{
	const GPtrArray *all = ew_refs_mechanisms(refs);
	struct marks *ms;
	guint i;

	if (!m->refs->marks->len)
		return NULL;
	ms = g_new0(struct marks, 1);
	ms->graph = g;
	ms->objects = o;
	ms->mechanism = m;
	ms->marked = g_ptr_array_new_with_free_func(chained_free);
	ms->raised = g_ptr_array_new_with_free_func(handed_free);
	ms->of_functions = g_hash_table_new_full(NULL, NULL, NULL, free_mark);
	ms->parts = g_ptr_array_new();
	for (i = 0; i < all->len; i++)
		if (((const struct ew_refs_mechanism *)g_ptr_array_index(all, i))->of == m->refs)
			g_ptr_array_add(ms->parts, g_ptr_array_index(all, i));
	for (i = 0; i < m->refs->marks->len; i++)
		add_marked(ms, g_ptr_array_index(m->refs->marks, i));
	for (i = 0; i < m->refs->raisers->len; i++)
		add_raiser(ms, g_ptr_array_index(m->refs->raisers, i));
	return ms;
}

void marks_free(struct marks *ms)
{
	if (!ms)
		return;
	g_ptr_array_unref(ms->marked);
	g_ptr_array_unref(ms->raised);
	g_ptr_array_unref(ms->parts);
	g_hash_table_unref(ms->of_functions);
	g_free(ms);
}
