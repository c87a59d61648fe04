/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * In which contexts a function can run.
 *
 * A context begins at an entry point, or where a dispatcher calls what was queued; from there it is handed on
 * along every call that runs now. What is itself an entry point begins its own context, whoever calls it: softirqs
 * that run when bottom halves are enabled again are no part of the task. What a context takes for granted is
 * carried along: see struct ew_context. Of the ways that take the least, the cheapest is shown, where a call through
 * a pointer costs the more, the more targets it has.
 */
#include <string.h>

#include "query/hops.h"

const char *const ew_context_names[] = {"task", "task_work", "softirq", "hardirq", "nmi", "rcu",
					"worker", "kthread", "idle", NULL};

enum { COST_DEFERRED = 8, MOST_COST = 255 };

/* What a hop costs more, so that a way with less to take for granted wins: by enum hop_class. */
static const uint32_t cost_of_class[] = {[HOP_PROVED] = 0, [HOP_OBJECT] = 20, [HOP_DOUBT] = 100};

/* Where contexts begin. */
struct root {
	uint32_t function;
	uint32_t bits;
	uint32_t edge; /* of a dispatcher: the deferred edge that leads to it; else HOP_NO_EDGE */
	const char *why;
	bool may_sleep;
};

struct contexts {
	struct ew_query *query;
	struct binding *binding;
	uint32_t functions;
	struct hops *hops;
	uint32_t *bits;	    /* by state: see state_of() */
	bool *is_entry;	    /* by function: begins a context of its own */
	GArray *roots;	    /* of struct root */
	GHashTable *deferred; /* positions of edges that do not run now */
};

/* ---- where contexts begin ---------------------------------------------------------------------- */

static uint32_t bits_of(const GPtrArray *names)
{
	uint32_t bits = 0;
	guint i;
	int k;

	for (i = 0; i < names->len; i++)
		for (k = 0; ew_context_names[k]; k++)
			if (!strcmp(g_ptr_array_index(names, i), ew_context_names[k]))
				bits |= 1u << k;
	return bits;
}

static void add_root(struct contexts *c, const struct root *root)
{
	g_array_append_val(c->roots, *root);
}

static void add_entry_function(struct contexts *c, const struct ew_refs_entry *e, const char *name)
{
	ew_auto(rows) r = ew_store_select(c->query->store, EW_FUNCTIONS_NAMED, "s", name);
	struct root root = {.bits = bits_of(e->contexts),
			    .edge = HOP_NO_EDGE,
			    .why = e->title,
			    .may_sleep = e->sleeps == EW_REFS_MAY_SLEEP};

	while (ew_rows_next(r)) {
		int64_t id = ew_rows_int(r, 0);

		if (id < 0 || id >= c->functions)
			continue;
		root.function = id;
		c->is_entry[id] = true;
		if (root.bits)
			add_root(c, &root);
	}
}

/* "__x64_sys_*": all names from there to the next that begins otherwise. */
static void add_entry_functions(struct contexts *c, const struct ew_refs_entry *e, const char *pattern)
{
	size_t n = strlen(pattern);
	g_autofree char *low = g_strndup(pattern, n - 1), *high = g_strdup(low);
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	ew_auto(rows) r = NULL;
	guint i;

	if (n < 2)
		return;
	high[n - 2]++;
	r = ew_store_select(c->query->store, EW_FUNCTIONS_LIKE, "ssi", low, high, (int64_t)G_MAXINT);
	while (ew_rows_next(r))
		g_ptr_array_add(names, g_strdup(ew_rows_text(r, 0)));
	for (i = 0; i < names->len; i++)
		add_entry_function(c, e, g_ptr_array_index(names, i));
}

static void add_entries(struct contexts *c)
{
	const GPtrArray *entries = ew_refs_entries(c->query->refs);
	guint i, k;

	for (i = 0; i < entries->len; i++) {
		const struct ew_refs_entry *e = g_ptr_array_index(entries, i);

		for (k = 0; k < e->functions->len; k++) {
			const char *name = g_ptr_array_index(e->functions, k);

			if (g_str_has_suffix(name, "*"))
				add_entry_functions(c, e, name);
			else
				add_entry_function(c, e, name);
		}
	}
}

/* Of one pointer call: the callees that it runs as this mechanism, and when it is "caller"'s, none. */
static GHashTable *deferred_callees(struct ew_query *q, int64_t call, const char *when)
{
	GHashTable *callees = g_hash_table_new(NULL, NULL);
	ew_auto(rows) r = ew_store_select(q->store, EW_EDGES_OF_CALL, "i", call);

	while (ew_rows_next(r)) {
		struct edge_row e;

		query_read_edge(r, &e);
		if (e.run && !strcmp(query_string(q, e.run), when))
			g_hash_table_add(callees, GSIZE_TO_POINTER((gsize)e.callee));
	}
	return callees;
}

static void add_dispatches(struct contexts *c, const struct ew_refs_mechanism *m, int64_t dispatcher)
{
	const struct call_graph *g = &c->query->graph;
	g_autoptr(GHashTable) callees = NULL;
	struct root root = {.bits = bits_of(m->contexts),
			    .why = m->title,
			    .may_sleep = m->sleeps == EW_REFS_MAY_SLEEP};
	uint32_t i, call = 0;

	if (dispatcher < 0 || dispatcher >= g->functions || !root.bits)
		return;
	for (i = g->first[dispatcher]; i < g->first[dispatcher + 1]; i++) {
		if (!(g->to[i] & EW_GRAPH_POINTER) || !path_is_left(c->query, c->binding, i))
			continue;
		if (g->call[i] != call) {
			g_clear_pointer(&callees, g_hash_table_unref);
			callees = deferred_callees(c->query, g->call[i], m->name);
			call = g->call[i];
		}
		root.function = g->to[i] & EW_GRAPH_FUNCTION;
		root.edge = i;
		if (!g_hash_table_contains(callees, GSIZE_TO_POINTER((gsize)root.function)) ||
		    !g_hash_table_add(c->deferred, GSIZE_TO_POINTER((gsize)i + 1)))
			continue;
		add_root(c, &root);
	}
}

static void add_mechanisms(struct contexts *c)
{
	const GPtrArray *mechanisms = ew_refs_mechanisms(c->query->refs);
	guint i, k;

	for (i = 0; i < mechanisms->len; i++) {
		const struct ew_refs_mechanism *m = g_ptr_array_index(mechanisms, i);

		for (k = 0; k < m->dispatchers->len; k++) {
			ew_auto(rows) r = ew_store_select(c->query->store, EW_FUNCTIONS_NAMED, "s",
							  g_ptr_array_index(m->dispatchers, k));

			while (ew_rows_next(r))
				add_dispatches(c, m, ew_rows_int(r, 0));
		}
	}
}

/* ---- handing on -------------------------------------------------------------------------------- */

/*
 * How much a way takes for granted: nothing; one object, at one call whose targets differ by object; more. With a
 * binding the one object is the binding's.
 */
static enum ew_context_kind level_behind(const struct contexts *c, enum ew_context_kind level, const struct hop *hop)
{
	if (hop->class == HOP_PROVED)
		return level;
	if (hop->class == HOP_DOUBT || c->binding || level != EW_CONTEXT_PROVED)
		return EW_CONTEXT_DOUBTFUL;
	return EW_CONTEXT_BY_OBJECT;
}

/* A state is a node at a level. */
static uint32_t state_of(const struct contexts *c, uint32_t node, enum ew_context_kind level)
{
	return level * c->hops->nodes + node;
}

static uint32_t bits_up_to(const struct contexts *c, uint32_t node, enum ew_context_kind level)
{
	uint32_t bits = 0;
	int i;

	for (i = 0; i <= (int)level; i++)
		bits |= c->bits[state_of(c, node, i)];
	return bits;
}

/* What came on a level before is not handed on once more. */
static void give(struct contexts *c, uint32_t node, enum ew_context_kind level, uint32_t bits, GArray *waiting)
{
	uint32_t state = state_of(c, node, level);

	bits &= ~bits_up_to(c, node, level);
	if (!bits)
		return;
	c->bits[state] |= bits;
	g_array_append_val(waiting, state);
}

static void hand_on(struct contexts *c)
{
	const struct hops *h = c->hops;
	g_autoptr(GArray) waiting = g_array_new(false, false, sizeof(uint32_t));
	guint i;
	uint32_t k;

	for (i = 0; i < c->roots->len; i++) {
		const struct root *r = &g_array_index(c->roots, struct root, i);

		give(c, r->function, EW_CONTEXT_PROVED, r->bits, waiting);
	}
	while (waiting->len) {
		uint32_t state = g_array_index(waiting, uint32_t, waiting->len - 1);
		uint32_t node = state % h->nodes;

		g_array_set_size(waiting, waiting->len - 1);
		for (k = h->first[node]; k < h->first[node + 1]; k++)
			give(c, h->all[k].to, level_behind(c, state / h->nodes, &h->all[k]), c->bits[state],
			     waiting);
	}
}

static struct contexts *contexts_new(struct ew_query *q, struct binding *b)
{
	struct contexts *c;

	if (!query_load_graph(q))
		return NULL;
	c = g_new0(struct contexts, 1);
	c->query = q;
	c->binding = b;
	c->functions = q->graph.functions;
	c->is_entry = g_new0(bool, c->functions);
	c->roots = g_array_new(false, false, sizeof(struct root));
	c->deferred = g_hash_table_new(NULL, NULL);
	add_entries(c);
	add_mechanisms(c);
	c->hops = query_hops_new(q, b, c->is_entry, c->deferred);
	c->bits = g_new0(uint32_t, EW_CONTEXT_KINDS * c->hops->nodes);
	hand_on(c);
	return c;
}

void contexts_free(struct contexts *c)
{
	if (!c)
		return;
	query_hops_free(c->hops);
	g_free(c->bits);
	g_free(c->is_entry);
	g_array_unref(c->roots);
	g_hash_table_unref(c->deferred);
	g_free(c);
}

/* ---- the way ----------------------------------------------------------------------------------- */

/* One search: from every root of a context to one function, past what that context does not reach. */
struct asked {
	const struct contexts *contexts;
	uint32_t to, bit;
	enum ew_context_kind level; /* the lowest at which it comes there */
	struct way_search *search; /* its edges are hops; of a root, HOP_NO_EDGE and before it the root */
};

static void expand(const struct asked *a, uint32_t state)
{
	const struct hops *h = a->contexts->hops;
	uint32_t node = state % h->nodes, k;

	for (k = h->first[node]; k < h->first[node + 1]; k++) {
		enum ew_context_kind level = level_behind(a->contexts, state / h->nodes, &h->all[k]);

		if (level <= a->level)
			search_offer(a->search, state_of(a->contexts, h->all[k].to, level),
				     a->search->cost[state] + h->all[k].cost + cost_of_class[h->all[k].class], k,
				     state);
	}
}

static void offer_roots(const struct asked *a)
{
	guint i;

	for (i = 0; i < a->contexts->roots->len; i++) {
		const struct root *r = &g_array_index(a->contexts->roots, struct root, i);

		if (r->bits >> a->bit & 1)
			search_offer(a->search, r->function, r->edge == HOP_NO_EDGE ? 0 : COST_DEFERRED, HOP_NO_EDGE,
				     i);
	}
}

static bool run(const struct asked *a)
{
	uint32_t goal = state_of(a->contexts, a->to, a->level), state;

	search_begin(a->search, (a->level + 1) * a->contexts->hops->nodes, MOST_COST);
	offer_roots(a);
	while (search_next(a->search, &state)) {
		if (state == goal)
			return true;
		expand(a, state);
	}
	return false;
}

/* The edge of one of several direct calls, not of the first. */
static struct ew_edge *edge_of_call(struct ew_query *q, const struct hop *hop)
{
	g_autoptr(GPtrArray) edges = g_ptr_array_new_with_free_func(g_free);
	struct call_row c;

	if (!hop->call || !query_call_row(q, hop->call, &c))
		return NULL;
	query_edges_of_call(q, &c, NULL, edges);
	return edges->len ? g_memdup2(g_ptr_array_index(edges, 0), sizeof(struct ew_edge)) : NULL;
}

static struct ew_edge *edge_of_hop(const struct contexts *c, const struct hop *hop)
{
	struct ew_edge *e = edge_of_call(c->query, hop);

	if (!e)
		e = path_edge(c->query, c->binding, hop->edge);
	if (e && hop->instead)
		e->candidates = query_count_targets(c->query, hop->instead);
	return e;
}

/* What the hop takes for granted, so that the way is no better than it is. */
static enum ew_context_grant grant_of(const struct contexts *c, const struct hop *hop, enum ew_context_kind before)
{
	if (hop->edge == HOP_NO_EDGE)
		return EW_GRANT_CALLERS;
	if (hop->class == HOP_DOUBT)
		return EW_GRANT_TARGETS;
	return c->binding ? EW_GRANT_NOT_BOUND
			  : before == EW_CONTEXT_PROVED ? EW_GRANT_ONE_OBJECT : EW_GRANT_SECOND_OBJECT;
}

/* Hops are told from the last: in the end the first at which the level rose to the answer's stands there. */
static void add_hop(const struct asked *a, struct ew_context *answer, uint32_t state)
{
	const struct hops *h = a->contexts->hops;
	const struct hop *hop = &h->all[a->search->edge[state]];
	enum ew_context_kind before = a->search->before[state] / h->nodes, behind = state / h->nodes;
	struct ew_edge *e = hop->edge == HOP_NO_EDGE ? NULL : edge_of_hop(a->contexts, hop);

	if (before != behind && behind == a->level) {
		answer->grant = grant_of(a->contexts, hop, before);
		answer->granted = e ? e : answer->way->len ? g_ptr_array_index(answer->way, 0) : NULL;
	}
	if (!e)
		return;
	answer->widest = MAX(answer->widest, e->candidates);
	g_ptr_array_insert(answer->way, 0, e);
}

static void add_root_hop(const struct asked *a, struct ew_context *answer, const struct root *r)
{
	struct ew_query *q = a->contexts->query;
	struct ew_edge *e;

	answer->why = r->why;
	answer->is_entry = r->edge == HOP_NO_EDGE;
	answer->may_sleep = r->may_sleep;
	answer->root = query_symbol(q, EW_SYMBOL_FUNCTION,
				    answer->is_entry ? r->function : graph_caller(&q->graph, r->edge));
	e = answer->is_entry ? NULL : path_edge(q, a->contexts->binding, r->edge);
	if (!e)
		return;
	answer->widest = MAX(answer->widest, e->candidates);
	g_ptr_array_insert(answer->way, 0, e);
}

static struct ew_context *context_found(const struct asked *a)
{
	struct ew_context *answer = g_new0(struct ew_context, 1);
	uint32_t state = state_of(a->contexts, a->to, a->level);

	answer->name = ew_context_names[a->bit];
	answer->kind = a->level;
	answer->way = g_ptr_array_new_with_free_func(g_free);
	answer->widest = 1;
	for (; a->search->edge[state] != HOP_NO_EDGE; state = a->search->before[state])
		add_hop(a, answer, state);
	add_root_hop(a, answer, &g_array_index(a->contexts->roots, struct root, a->search->before[state]));
	return answer;
}

static struct ew_context *find_context(const struct contexts *c, uint32_t to, uint32_t bit)
{
	struct asked a = {.contexts = c, .to = to, .bit = bit, .search = &c->query->search};

	while (!(c->bits[state_of(c, to, a.level)] >> bit & 1))
		if (++a.level == EW_CONTEXT_KINDS)
			return NULL;
	return run(&a) ? context_found(&a) : NULL;
}

/* ---- the answers ------------------------------------------------------------------------------- */

static const struct contexts *all_contexts(struct ew_query *q)
{
	if (!q->contexts)
		q->contexts = contexts_new(q, NULL);
	return q->contexts;
}

uint32_t ew_query_context_bits(struct ew_query *q, const struct ew_symbol *f, uint32_t *sure)
{
	const struct contexts *c = all_contexts(q);
	bool is_known = c && f->id >= 0 && f->id < c->functions;

	*sure = is_known ? bits_up_to(c, f->id, EW_CONTEXT_BY_OBJECT) : 0;
	return is_known ? bits_up_to(c, f->id, EW_CONTEXT_DOUBTFUL) : 0;
}

static void free_context(gpointer data)
{
	struct ew_context *c = data;

	g_ptr_array_unref(c->way);
	g_free(c);
}

/* The stated ones first. */
static void add_contexts(const struct contexts *c, uint32_t function, bool is_stated, GPtrArray *found)
{
	uint32_t stated = bits_up_to(c, function, EW_CONTEXT_BY_OBJECT), bit;

	for (bit = 0; ew_context_names[bit]; bit++) {
		struct ew_context *one = NULL;

		if ((stated >> bit & 1) == is_stated)
			one = find_context(c, function, bit);
		if (one)
			g_ptr_array_add(found, one);
	}
}

GPtrArray *ew_query_contexts(struct ew_query *q, const struct ew_symbol *f, const char *binding,
			     GError **error)
{
	struct binding *b = binding ? query_binding(q, binding, error) : NULL;
	GPtrArray *found = g_ptr_array_new_with_free_func(free_context);
	struct contexts *narrowed = b ? contexts_new(q, b) : NULL;
	const struct contexts *c = b ? narrowed : all_contexts(q);

	if (c && (!binding || b) && f->id >= 0 && f->id < c->functions) {
		add_contexts(c, f->id, true, found);
		add_contexts(c, f->id, false, found);
	}
	contexts_free(narrowed);
	if ((!binding || b) && query_is_sound(q, error) && ew_refs_is_sound(q->refs, error))
		return found;
	g_ptr_array_unref(found);
	return NULL;
}
