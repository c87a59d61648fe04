/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Why one function does not call another. At each of its calls through a pointer every function that reaches the
 * slot is a candidate; those that are no target are told apart by what excludes them. One function may be asked
 * about, or all that a mechanism runs.
 */
#include <string.h>

#include "query/internal.h"

struct question {
	struct ew_query *query;
	struct binding *binding;
	const struct ew_symbol *function; /* NULL: the mechanism */
	const char *mechanism;
	GHashTable *asked; /* ids of the functions that are asked about */
};

/* One call, while its candidates are looked at. */
struct looked {
	struct question *question;
	struct call_row call;
	int64_t edges_of; /* the call whose edges are its targets: of a chain the direct one, that hands over the head */
	struct ew_why_not_site *site;
	GHashTable *targets; /* ids of those that the binding leaves */
	GHashTable *without; /* the same without a binding */
};

static void free_class(gpointer data)
{
	struct ew_exclusion *x = data;

	g_ptr_array_unref(x->functions);
	g_ptr_array_unref(x->objects);
	g_free(x);
}

static void free_site(gpointer data)
{
	struct ew_why_not_site *s = data;

	g_ptr_array_unref(s->classes);
	g_ptr_array_unref(s->targets);
	g_free(s);
}

/* ---- what excludes a candidate ----------------------------------------------------------------- */

static void add_once(GPtrArray *names, const char *name)
{
	guint i;

	for (i = 0; i < names->len; i++)
		if (!strcmp(g_ptr_array_index(names, i), name))
			return;
	g_ptr_array_add(names, (gpointer)name);
}

static struct ew_exclusion *class_of(struct ew_why_not_site *s, enum ew_ground ground, const char *mechanism)
{
	struct ew_exclusion *x;
	guint i;

	for (i = 0; i < s->classes->len; i++) {
		x = g_ptr_array_index(s->classes, i);
		if (x->ground == ground && !g_strcmp0(x->mechanism, mechanism))
			return x;
	}
	x = g_new0(struct ew_exclusion, 1);
	x->ground = ground;
	x->mechanism = mechanism;
	x->functions = g_ptr_array_new();
	x->objects = g_ptr_array_new();
	g_ptr_array_add(s->classes, x);
	return x;
}

/* The mechanism that runs it through some other call, or NULL. */
static const char *other_mechanism(struct ew_query *q, int64_t function, const char *here)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_EDGES_TO, "i", function);

	while (ew_rows_next(r)) {
		struct edge_row e;
		const char *name;

		query_read_edge(r, &e);
		name = e.run ? query_string(q, e.run) : NULL;
		if (name && g_strcmp0(name, here))
			return name;
	}
	return NULL;
}

/* A head of a chain that it is on, other than that of this call; NULL if there is none. */
static const char *other_chain(struct looked *l, int64_t function)
{
	struct ew_query *q = l->question->query;
	ew_auto(rows) r = ew_store_select(q->store, EW_EDGES_TO, "i", function);

	while (ew_rows_next(r)) {
		const struct chain_row *chain;
		struct edge_row e;

		query_read_edge(r, &e);
		chain = query_chain(q, e.call);
		if (chain && chain->via == l->call.id)
			return chain->head ? query_node_name(q, chain->head) : "a head without a name";
	}
	return NULL;
}

/* Where the way begins on which the function came to the slot. */
static struct ew_place first_store(struct looked *l, int64_t function)
{
	g_autoptr(GPtrArray) steps = g_ptr_array_new_with_free_func(g_free);

	query_reach_steps(l->question->query, l->call.slot, ew_node_make(EW_NODE_FUNCTION, function), "", "", steps);
	return steps->len ? ((struct ew_step *)g_ptr_array_index(steps, 0))->place : (struct ew_place){0};
}

/* The objects whose member a function is stored into. */
static void add_objects(struct looked *l, int64_t function, struct ew_exclusion *x)
{
	struct ew_query *q = l->question->query;
	ew_auto(rows) r = ew_store_select(q->store, EW_FLOWS_OF_INTO, "ii", l->call.slot,
					  ew_node_make(EW_NODE_FUNCTION, function));

	while (ew_rows_next(r)) {
		struct flow_row f;

		query_read_flow(r, &f);
		if (f.dst_mode == EW_BASE_OBJECT && f.dst_base)
			add_once(x->objects, query_node_name(q, f.dst_base));
	}
}

static bool is_of_type(struct ew_query *q, int64_t function, int64_t signature)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_FUNCTION, "i", function);

	return !signature || !ew_rows_next(r) || ew_rows_is_null(r, 6) || ew_rows_int(r, 6) == signature ||
	       ew_fact_is_same_type(query_string(q, ew_rows_int(r, 6)), query_string(q, signature));
}

/* Of a candidate that reaches the slot and is no target. */
static enum ew_ground ground_of(struct looked *l, int64_t function, const char **mechanism)
{
	struct ew_query *q = l->question->query;

	*mechanism = NULL;
	if (g_hash_table_contains(l->without, GSIZE_TO_POINTER((gsize)function)))
		return EW_GROUND_BINDING;
	*mechanism = l->site->is_chain ? other_chain(l, function) : NULL;
	if (*mechanism)
		return EW_GROUND_CHAIN;
	*mechanism = other_mechanism(q, function, l->site->when);
	if (*mechanism)
		return EW_GROUND_MECHANISM;
	if (query_passes_union(q, l->call.slot, ew_node_make(EW_NODE_FUNCTION, function)))
		return EW_GROUND_UNION;
	if (is_of_type(q, function, l->call.signature))
		return EW_GROUND_OBJECT;
	return query_passes_structs(q, l->call.slot, ew_node_make(EW_NODE_FUNCTION, function)) ? EW_GROUND_UNION
											: EW_GROUND_SIGNATURE;
}

static void exclude(struct looked *l, int64_t function)
{
	const char *mechanism;
	enum ew_ground ground = ground_of(l, function, &mechanism);
	struct ew_exclusion *x = class_of(l->site, ground, mechanism);

	x->count++;
	g_ptr_array_add(x->functions, (gpointer)query_symbol(l->question->query, EW_SYMBOL_FUNCTION, function));
	if (ground == EW_GROUND_OBJECT || ground == EW_GROUND_BINDING)
		add_objects(l, function, x);
	if (g_hash_table_contains(l->question->asked, GSIZE_TO_POINTER((gsize)function))) {
		l->site->asked++;
		x->asked++;
		if (l->question->function)
			x->place = first_store(l, function);
	}
}

static void add_candidates(struct looked *l)
{
	struct ew_query *q = l->question->query;
	ew_auto(rows) r = ew_store_select(q->store, EW_REACHES_OF, "i", l->call.slot);

	while (ew_rows_next(r)) {
		int64_t value = ew_rows_int(r, 0), function = ew_node_id(value);

		if (ew_node_kind_of(value) != EW_NODE_FUNCTION)
			continue;
		l->site->candidates++;
		if (!g_hash_table_contains(l->targets, GSIZE_TO_POINTER((gsize)function)))
			exclude(l, function);
	}
}

/* ---- one call ---------------------------------------------------------------------------------- */

static int compare_classes(gconstpointer a, gconstpointer b)
{
	const struct ew_exclusion *x = *(struct ew_exclusion *const *)a;
	const struct ew_exclusion *y = *(struct ew_exclusion *const *)b;
	int order = (y->asked > 0) - (x->asked > 0);

	if (!order)
		order = y->count - x->count;
	return order ? order : g_strcmp0(x->mechanism, y->mechanism);
}

static void add_targets(struct looked *l)
{
	struct ew_query *q = l->question->query;
	GHashTable *left = l->question->binding ? binding_callees(l->question->binding, &l->call) : NULL;
	ew_auto(rows) r = ew_store_select(q->store, EW_EDGES_OF_CALL, "i", l->edges_of);

	while (ew_rows_next(r)) {
		struct edge_row e;
		gpointer key;

		query_read_edge(r, &e);
		key = GSIZE_TO_POINTER((gsize)e.callee);
		if (e.run)
			l->site->when = query_string(q, e.run);
		g_hash_table_add(l->without, key);
		if ((!left || g_hash_table_contains(left, key)) && g_hash_table_add(l->targets, key))
			g_ptr_array_add(l->site->targets,
					(gpointer)query_symbol(q, EW_SYMBOL_FUNCTION, e.callee));
	}
}

static bool fill_site(struct ew_query *q, const struct call_row *c, struct ew_site *s)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_SITE, "i", c->id);

	if (!ew_rows_next(r))
		return false;
	query_fill_site(q, c, r, 0, s);
	return true;
}

/* c: a call through a pointer, or a direct one that hands over the head of a chain: what goes through the dispatcher's. */
static void add_site(struct question *question, const struct call_row *c, struct ew_why_not *w)
{
	struct ew_query *q = question->query;
	struct ew_why_not_site *s = g_new0(struct ew_why_not_site, 1);
	const struct chain_row *chain = c->is_pointer ? NULL : query_chain(q, c->id);
	struct looked l = {.question = question, .call = *c, .edges_of = c->id, .site = s};

	s->classes = g_ptr_array_new_with_free_func(free_class);
	s->targets = g_ptr_array_new();
	s->is_chain = chain && query_call_row(q, chain->via, &l.call);
	s->chain = s->is_chain && chain->head ? query_node_name(q, chain->head) : NULL;
	fill_site(q, &l.call, &s->site);
	if (s->is_chain)
		s->site.place = (struct ew_place){query_file(q, c->file), c->line, c->column};
	s->type = query_string(q, l.call.signature);
	l.targets = g_hash_table_new(NULL, NULL);
	l.without = g_hash_table_new(NULL, NULL);
	add_targets(&l);
	if (l.call.slot)
		add_candidates(&l);
	s->is_other_type = question->function && !is_of_type(q, question->function->id, l.call.signature);
	g_ptr_array_sort(s->classes, compare_classes);
	w->is_partly |= s->site.is_partly && !s->asked && question->function;
	g_ptr_array_add(w->sites, s);
	g_hash_table_unref(l.targets);
	g_hash_table_unref(l.without);
}

/* ---- the question ------------------------------------------------------------------------------ */

static bool is_asked(struct question *question, int64_t function)
{
	return g_hash_table_contains(question->asked, GSIZE_TO_POINTER((gsize)function));
}

static bool calls_asked(struct question *question, const struct call_row *c)
{
	g_autoptr(GPtrArray) edges = g_ptr_array_new_with_free_func(g_free);
	guint i;

	query_edges_of_call(question->query, c, question->binding, edges);
	for (i = 0; i < edges->len; i++) {
		const struct ew_edge *e = g_ptr_array_index(edges, i);

		if (e->callee && is_asked(question, e->callee->id) &&
		    (!question->mechanism || !strcmp(e->when, question->mechanism)))
			return true;
	}
	return false;
}

static void look_at_calls(struct question *question, const struct ew_symbol *a, struct ew_why_not *w)
{
	struct ew_query *q = question->query;
	ew_auto(rows) r = ew_store_select(q->store, EW_CALLS_OF, "i", a->id);

	while (ew_rows_next(r)) {
		struct call_row c;

		query_read_call(r, &c);
		if (c.is_pointer) {
			w->is_called |= !c.is_dead && calls_asked(question, &c);
			add_site(question, &c, w);
			continue;
		}
		w->direct++;
		if (query_chain(q, c.id)) {
			w->is_called |= !c.is_dead && calls_asked(question, &c);
			add_site(question, &c, w);
		}
		if (!is_asked(question, c.callee))
			continue;
		if (c.is_dead)
			g_ptr_array_add(w->dead, query_edge(q, &c, NULL, c.callee));
		else if (!binding_rules_out(question->binding, &c))
			w->is_called = true;
	}
}

/* That mechanism, or a part of it. */
static bool is_of(struct ew_query *q, const char *run, const char *mechanism)
{
	const GPtrArray *all = ew_refs_mechanisms(q->refs);
	guint i;

	for (i = 0; i < all->len; i++) {
		const struct ew_refs_mechanism *m = g_ptr_array_index(all, i);

		if (m->of && !strcmp(m->name, run) && !strcmp(m->of->name, mechanism))
			return true;
	}
	return !strcmp(run, mechanism);
}

/* All functions that the mechanism runs anywhere. */
static void ask_mechanism(struct question *question)
{
	struct ew_query *q = question->query;
	ew_auto(rows) r = ew_store_select(q->store, EW_ALL_EDGES, "");

	while (ew_rows_next(r)) {
		struct edge_row e;

		query_read_edge(r, &e);
		if (e.run && is_of(q, query_string(q, e.run), question->mechanism))
			g_hash_table_add(question->asked, GSIZE_TO_POINTER((gsize)e.callee));
	}
}

/* Where else the function's address is stored. */
static void add_slots(struct ew_query *q, const struct ew_symbol *f, GPtrArray *slots)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_FLOWS_FROM, "i",
					  ew_node_make(EW_NODE_FUNCTION, f->id));

	while (ew_rows_next(r)) {
		struct flow_row f_row;

		query_read_flow(r, &f_row);
		add_once(slots, query_node_name(q, f_row.dst));
	}
}

static bool is_mechanism(const struct ew_refs *refs, const char *name)
{
	const GPtrArray *all = ew_refs_mechanisms(refs);
	guint i;

	for (i = 0; i < all->len; i++)
		if (!strcmp(((struct ew_refs_mechanism *)g_ptr_array_index(all, i))->name, name))
			return true;
	return false;
}

bool ew_query_is_mechanism(struct ew_query *q, const char *name)
{
	return is_mechanism(q->refs, name);
}

struct ew_why_not *ew_query_why_not(struct ew_query *q, const struct ew_symbol *a, const struct ew_symbol *b,
				    const char *mechanism, const char *binding, GError **error)
{
	struct question question = {.query = q, .function = b, .mechanism = mechanism};
	struct ew_why_not *w;

	question.binding = binding ? query_binding(q, binding, error) : NULL;
	if (binding && !question.binding)
		return NULL;
	w = g_new0(struct ew_why_not, 1);
	w->caller = a;
	w->callee = b;
	w->mechanism = query_intern(q, mechanism);
	w->binding = query_intern(q, binding);
	w->dead = g_ptr_array_new_with_free_func(g_free);
	w->ruled_out = binding_ruled_out(question.binding, a->id, b ? b->id : -1);
	w->sites = g_ptr_array_new_with_free_func(free_site);
	w->slots = g_ptr_array_new();
	question.asked = g_hash_table_new(NULL, NULL);
	if (b)
		g_hash_table_add(question.asked, GSIZE_TO_POINTER((gsize)b->id));
	else
		ask_mechanism(&question);
	w->asked = g_hash_table_size(question.asked);
	look_at_calls(&question, a, w);
	if (b)
		add_slots(q, b, w->slots);
	g_hash_table_unref(question.asked);
	if (query_is_sound(q, error))
		return w;
	ew_why_not_free(w);
	return NULL;
}

void ew_why_not_free(struct ew_why_not *w)
{
	if (!w)
		return;
	g_ptr_array_unref(w->dead);
	g_ptr_array_unref(w->ruled_out);
	g_ptr_array_unref(w->sites);
	g_ptr_array_unref(w->slots);
	g_free(w);
}
