/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * In which contexts a function can run.
 *
 * A context begins at an entry point, or where a dispatcher calls what was queued; from there it is handed on
 * along every call that runs now. What is itself an entry point begins its own context, whoever calls it: softirqs
 * that run when bottom halves are enabled again are no part of the task. The way that is shown is the
 * cheapest one, where a call through a pointer costs the more, the more targets it has.
 */
#include <string.h>

#include "query/internal.h"

const char *const ew_context_names[] = {"task", "task_work", "softirq", "hardirq", "nmi", "rcu",
					"worker", "kthread", "idle", NULL};

enum { COST_DIRECT = 8, COST_TARGETS = 4, COST_DOUBT = 100, BUCKETS = 256, NO_EDGE = UINT32_MAX };

/* Where contexts begin. */
struct root {
	uint32_t function;
	uint32_t bits;
	uint32_t edge; /* of a dispatcher: the deferred edge that leads to it; else NO_EDGE */
	const char *why;
	bool may_sleep;
};

struct contexts {
	struct ew_query *query;
	struct binding *binding;
	uint32_t functions;
	uint32_t *bits;	    /* by function */
	uint32_t *sure;	    /* by function: those that come without a doubtful call */
	GHashTable *doubtful; /* ids of pointer calls: see find_doubtful() */
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
			    .edge = NO_EDGE,
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

/*
 * A call through a parameter or local that several callers fill: each of them has one target, but who has which
 * is not kept apart (NF_HOOK() and its okfn). A way through one may join what never happens together.
 */
static void find_doubtful(struct contexts *c)
{
	ew_auto(rows) r = ew_store_select(c->query->store, EW_ALL_EDGES, "");
	int64_t last = 0;

	while (ew_rows_next(r)) {
		struct edge_row e;

		query_read_edge(r, &e);
		if (e.call == last && !e.grade && !e.run)
			g_hash_table_add(c->doubtful, GSIZE_TO_POINTER((gsize)e.call));
		last = e.call;
	}
}

static bool is_doubtful(const struct contexts *c, uint32_t edge)
{
	const struct call_graph *g = &c->query->graph;

	return g->to[edge] & EW_GRAPH_POINTER &&
	       g_hash_table_contains(c->doubtful, GSIZE_TO_POINTER((gsize)g->call[edge]));
}

/* ---- handing on -------------------------------------------------------------------------------- */

static bool hands_on(const struct contexts *c, uint32_t edge)
{
	const struct call_graph *g = &c->query->graph;

	if (c->is_entry[g->to[edge] & EW_GRAPH_FUNCTION])
		return false;
	return !(g->to[edge] & EW_GRAPH_POINTER) ||
	       (!g_hash_table_contains(c->deferred, GSIZE_TO_POINTER((gsize)edge + 1)) &&
		path_is_left(c->query, c->binding, edge));
}

static void give(uint32_t *to, uint32_t function, uint32_t bits, GArray *waiting)
{
	if (!(bits & ~to[function]))
		return;
	to[function] |= bits;
	g_array_append_val(waiting, function);
}

static void hand_on(struct contexts *c, uint32_t *to, bool with_doubtful)
{
	const struct call_graph *g = &c->query->graph;
	g_autoptr(GArray) waiting = g_array_new(false, false, sizeof(uint32_t));
	guint i;
	uint32_t k;

	for (i = 0; i < c->roots->len; i++) {
		const struct root *r = &g_array_index(c->roots, struct root, i);

		give(to, r->function, r->bits, waiting);
	}
	while (waiting->len) {
		uint32_t f = g_array_index(waiting, uint32_t, waiting->len - 1);

		g_array_set_size(waiting, waiting->len - 1);
		for (k = g->first[f]; k < g->first[f + 1]; k++)
			if (hands_on(c, k) && (with_doubtful || !is_doubtful(c, k)))
				give(to, g->to[k] & EW_GRAPH_FUNCTION, to[f], waiting);
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
	c->bits = g_new0(uint32_t, c->functions);
	c->sure = g_new0(uint32_t, c->functions);
	c->doubtful = g_hash_table_new(NULL, NULL);
	c->is_entry = g_new0(bool, c->functions);
	c->roots = g_array_new(false, false, sizeof(struct root));
	c->deferred = g_hash_table_new(NULL, NULL);
	add_entries(c);
	add_mechanisms(c);
	find_doubtful(c);
	hand_on(c, c->bits, true);
	hand_on(c, c->sure, false);
	return c;
}

void contexts_free(struct contexts *c)
{
	if (!c)
		return;
	g_free(c->bits);
	g_free(c->sure);
	g_hash_table_unref(c->doubtful);
	g_free(c->is_entry);
	g_array_unref(c->roots);
	g_hash_table_unref(c->deferred);
	g_free(c);
}

/* ---- the way ----------------------------------------------------------------------------------- */

/* One search: from every root of a context to one function. */
struct search {
	const struct contexts *contexts;
	uint32_t to, bit;
	uint32_t *cost; /* by function */
	uint32_t *came; /* the edge that it was reached by, or NO_EDGE: it is a root */
	uint32_t *root; /* index of the root, where came is NO_EDGE */
	GArray *buckets[BUCKETS];
};

static uint32_t cost_of_targets(uint32_t targets)
{
	return COST_DIRECT + 1 + COST_TARGETS * g_bit_storage(targets - 1);
}

/* Of the pointer call whose first edge stands at i: the position behind its last. */
static uint32_t end_of_call(const struct call_graph *g, uint32_t i, uint32_t end)
{
	uint32_t last = i + 1;

	while (last < end && g->call[last] == g->call[i] && (g->to[last] & EW_GRAPH_POINTER))
		last++;
	return last;
}

static void offer(struct search *s, uint32_t function, uint32_t cost, uint32_t edge, uint32_t root)
{
	if (s->cost[function] <= cost)
		return;
	s->cost[function] = cost;
	s->came[function] = edge;
	s->root[function] = root;
	g_array_append_val(s->buckets[cost % BUCKETS], function);
}

static void expand(struct search *s, uint32_t f)
{
	const struct call_graph *g = &s->contexts->query->graph;
	uint32_t i = g->first[f], end = g->first[f + 1], last;

	for (; i < end; i = last) {
		bool is_pointer = g->to[i] & EW_GRAPH_POINTER;
		uint32_t cost;

		last = is_pointer ? end_of_call(g, i, end) : i + 1;
		cost = s->cost[f] + (is_pointer ? cost_of_targets(last - i) : COST_DIRECT) +
		       (is_doubtful(s->contexts, i) ? COST_DOUBT : 0);
		for (; i < last; i++)
			if (hands_on(s->contexts, i))
				offer(s, g->to[i] & EW_GRAPH_FUNCTION, cost, i, 0);
	}
}

static void offer_roots(struct search *s)
{
	guint i;

	for (i = 0; i < s->contexts->roots->len; i++) {
		const struct root *r = &g_array_index(s->contexts->roots, struct root, i);

		if (r->bits >> s->bit & 1)
			offer(s, r->function, r->edge == NO_EDGE ? 0 : COST_DIRECT, NO_EDGE, i);
	}
}

static void run(struct search *s)
{
	uint32_t cost, idle = 0;
	guint i;

	offer_roots(s);
	for (cost = 0; idle < BUCKETS; cost++) {
		GArray *bucket = s->buckets[cost % BUCKETS];

		idle = bucket->len ? 0 : idle + 1;
		for (i = 0; i < bucket->len; i++) {
			uint32_t f = g_array_index(bucket, uint32_t, i);

			if (s->cost[f] != cost)
				continue;
			if (f == s->to)
				return;
			expand(s, f);
		}
		g_array_set_size(bucket, 0);
	}
}

static uint32_t caller_at(const struct call_graph *g, uint32_t position)
{
	uint32_t caller = 0, last = g->functions;

	while (last - caller > 1) { /* first[caller] <= position < first[last] */
		uint32_t middle = caller + (last - caller) / 2;

		if (g->first[middle] <= position)
			caller = middle;
		else
			last = middle;
	}
	return caller;
}

static void add_hop(struct search *s, struct ew_context *answer, uint32_t edge)
{
	struct ew_edge *e = path_edge(s->contexts->query, s->contexts->binding, edge);

	if (!e)
		return;
	answer->widest = MAX(answer->widest, e->candidates);
	g_ptr_array_insert(answer->way, 0, e);
}

static bool is_sure(const struct search *s)
{
	return s->contexts->sure[s->to] >> s->bit & 1;
}

static struct ew_context *context_found(struct search *s)
{
	struct ew_query *q = s->contexts->query;
	struct ew_context *answer = g_new0(struct ew_context, 1);
	const struct root *r;
	uint32_t f = s->to;

	answer->name = ew_context_names[s->bit];
	answer->way = g_ptr_array_new_with_free_func(g_free);
	answer->widest = 1;
	for (; s->came[f] != NO_EDGE; f = caller_at(&q->graph, s->came[f]))
		add_hop(s, answer, s->came[f]);
	r = &g_array_index(s->contexts->roots, struct root, s->root[f]);
	answer->why = r->why;
	answer->is_entry = r->edge == NO_EDGE;
	answer->is_sure = is_sure(s);
	answer->may_sleep = r->may_sleep;
	if (r->edge != NO_EDGE) {
		add_hop(s, answer, r->edge);
		f = caller_at(&q->graph, r->edge);
	}
	answer->root = query_symbol(q, EW_SYMBOL_FUNCTION, f);
	return answer;
}

static struct ew_context *find_context(const struct contexts *c, uint32_t to, uint32_t bit)
{
	struct search s = {.contexts = c, .to = to, .bit = bit};
	struct ew_context *answer;
	int i;

	s.cost = g_new(uint32_t, c->functions);
	s.came = g_new(uint32_t, c->functions);
	s.root = g_new(uint32_t, c->functions);
	memset(s.cost, 0xff, c->functions * sizeof *s.cost);
	for (i = 0; i < BUCKETS; i++)
		s.buckets[i] = g_array_new(false, false, sizeof(uint32_t));
	run(&s);
	answer = s.cost[to] == UINT32_MAX ? NULL : context_found(&s);
	for (i = 0; i < BUCKETS; i++)
		g_array_unref(s.buckets[i]);
	g_free(s.cost);
	g_free(s.came);
	g_free(s.root);
	return answer;
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

	*sure = is_known ? c->sure[f->id] : 0;
	return is_known ? c->bits[f->id] : 0;
}

static void free_context(gpointer data)
{
	struct ew_context *c = data;

	g_ptr_array_unref(c->way);
	g_free(c);
}

GPtrArray *ew_query_contexts(struct ew_query *q, const struct ew_symbol *f, const char *binding,
			     GError **error)
{
	struct binding *b = binding ? query_binding(q, binding, error) : NULL;
	GPtrArray *found = g_ptr_array_new_with_free_func(free_context);
	struct contexts *narrowed = b ? contexts_new(q, b) : NULL;
	const struct contexts *c = b ? narrowed : all_contexts(q);
	uint32_t bit;

	for (bit = 0; c && (!binding || b) && ew_context_names[bit]; bit++) {
		struct ew_context *one = NULL;

		if (f->id < c->functions && c->bits[f->id] >> bit & 1)
			one = find_context(c, f->id, bit);
		if (one)
			g_ptr_array_add(found, one);
	}
	contexts_free(narrowed);
	if ((!binding || b) && query_is_sound(q, error) && ew_refs_is_sound(q->refs, error))
		return found;
	g_ptr_array_unref(found);
	return NULL;
}
