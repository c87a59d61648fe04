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
#include "query/context.h"

const char *const ew_context_names[] = {"task", "task_work", "softirq", "hardirq", "nmi", "rcu",
					"worker", "kthread", "idle", NULL};
G_STATIC_ASSERT(G_N_ELEMENTS(ew_context_names) == CONTEXT_BITS + 1);

/* ---- the way ----------------------------------------------------------------------------------- */

/* The way to one function in one context. */
struct asked {
	const struct contexts *contexts;
	uint32_t to, bit;
	enum ew_context_kind level; /* the lowest at which it comes there */
};

/* The edge of one of several direct calls, not of the first. */
static struct ew_edge *edge_told_apart(struct ew_query *q, const struct context_step *step)
{
	g_autoptr(GPtrArray) edges = g_ptr_array_new_with_free_func(g_free);
	struct call_row c;

	if (!step->is_told_apart || !query_call_row(q, step->call, &c))
		return NULL;
	query_edges_of_call(q, &c, NULL, edges);
	return edges->len ? g_memdup2(g_ptr_array_index(edges, 0), sizeof(struct ew_edge)) : NULL;
}

static struct ew_edge *edge_of_step(const struct contexts *c, const struct context_step *step)
{
	struct ew_edge *e = edge_told_apart(c->query, step);

	if (!e)
		e = way_edge(c->query, c->binding, step->caller, step->callee,
			     step->is_told_apart ? 0 : step->call);
	if (e && step->instead)
		e->candidates = query_count_targets(c->query, step->instead);
	return e;
}

/* What the hop takes for granted, so that the way is no better than it is. */
static enum ew_context_grant grant_of(const struct contexts *c, const struct context_step *step)
{
	if (!step->has_edge)
		return EW_GRANT_CALLERS;
	if (step->class == HOP_DOUBT)
		return EW_GRANT_TARGETS;
	return c->binding ? EW_GRANT_NOT_BOUND
			  : step->level == EW_CONTEXT_PROVED ? EW_GRANT_ONE_OBJECT : EW_GRANT_SECOND_OBJECT;
}

static void add_edge(struct ew_context *answer, struct ew_edge *e)
{
	answer->widest = MAX(answer->widest, e->candidates);
	g_ptr_array_insert(answer->way, 0, e);
}

/* Hops are told from the last: in the end the first at which the level rose to the answer's stands there. */
static void add_step(const struct asked *a, struct ew_context *answer, const struct context_step *step,
		     enum ew_context_kind behind)
{
	struct ew_edge *e = step->has_edge ? edge_of_step(a->contexts, step) : NULL;

	if (step->level != behind && behind == a->level) {
		answer->grant = grant_of(a->contexts, step);
		answer->granted = e ? e : answer->way->len ? g_ptr_array_index(answer->way, 0) : NULL;
	}
	if (e)
		add_edge(answer, e);
}

static void add_root_hop(const struct asked *a, struct ew_context *answer, const struct context_root *r)
{
	struct ew_query *q = a->contexts->query;
	struct ew_edge *e = NULL;

	answer->why = r->why;
	answer->is_entry = !context_is_deferred(r);
	answer->may_sleep = r->may_sleep;
	answer->root = query_symbol(q, EW_SYMBOL_FUNCTION, answer->is_entry ? r->function : r->dispatcher);
	if (!answer->is_entry)
		e = way_edge(q, a->contexts->binding, r->dispatcher, r->function, r->call);
	if (e)
		add_edge(answer, e);
}

static bool find_step(const struct asked *a, uint32_t node, enum ew_context_kind level, struct context_step *step)
{
	const struct contexts *c = a->contexts;

	if (c->is_kept)
		return context_kept_step(c, node, level, a->bit, step);
	*step = context_step_found(c, &c->query->search, context_state(c, node, level));
	return true;
}

static struct ew_context *context_found(const struct asked *a)
{
	struct ew_context *answer = g_new0(struct ew_context, 1);
	enum ew_context_kind level = a->level;
	uint32_t node = a->to;
	uint32_t left = 3 * a->contexts->functions; /* none passes a state twice */
	struct context_step step;

	answer->name = ew_context_names[a->bit];
	answer->kind = a->level;
	answer->way = g_ptr_array_new_with_free_func(g_free);
	answer->widest = 1;
	while (find_step(a, node, level, &step) && left--) {
		if (step.root >= 0) {
			add_root_hop(a, answer, &g_array_index(a->contexts->roots, struct context_root, step.root));
			break;
		}
		add_step(a, answer, &step, level);
		node = step.node;
		level = step.level;
	}
	return answer;
}

static void read_bits(const struct contexts *c, uint32_t function, uint32_t bits[EW_CONTEXT_KINDS])
{
	if (c->is_kept)
		context_kept_bits(c, function, bits);
	else
		context_bits_found(c, function, bits);
}

/* The lowest level at which the context comes to the function; EW_CONTEXT_KINDS if it does not. */
static enum ew_context_kind lowest_level(const uint32_t bits[EW_CONTEXT_KINDS], uint32_t bit)
{
	int level = 0;

	while (level < EW_CONTEXT_KINDS && !(bits[level] >> bit & 1))
		level++;
	return level;
}

static struct ew_context *find_context(const struct contexts *c, uint32_t to, uint32_t bit,
				       const uint32_t bits[EW_CONTEXT_KINDS])
{
	struct asked a = {.contexts = c, .to = to, .bit = bit};

	a.level = lowest_level(bits, bit);
	if (a.level == EW_CONTEXT_KINDS)
		return NULL;
	if (!c->is_kept &&
	    !context_search(c, &c->query->search, bit, a.level, context_state(c, to, a.level)))
		return NULL;
	return context_found(&a);
}

/* ---- ahead ------------------------------------------------------------------------------------- */

/* What the hops of the ways are told with. */
struct rows_ahead {
	GArray *functions, *callers, *calls, *edges; /* of int64_t */
	GArray *hops;				     /* of struct way_hop */
};

static void add_hop_ahead(struct rows_ahead *rows, int64_t caller, int64_t callee, int64_t call)
{
	int64_t first = call << 20;

	g_array_append_val(rows->hops, ((struct way_hop){caller, callee, call}));
	g_array_append_val(rows->functions, caller);
	g_array_append_val(rows->functions, callee);
	g_array_append_val(rows->callers, caller);
	if (!call)
		return;
	g_array_append_val(rows->calls, call);
	g_array_append_val(rows->edges, first);
}

static void add_way_ahead(const struct asked *a, struct rows_ahead *rows)
{
	enum ew_context_kind level = a->level;
	uint32_t node = a->to, left = 3 * a->contexts->functions;
	struct context_step step;

	while (find_step(a, node, level, &step) && left--) {
		if (step.root >= 0) {
			const struct context_root *r = &g_array_index(a->contexts->roots, struct context_root, step.root);

			if (context_is_deferred(r))
				add_hop_ahead(rows, r->dispatcher, r->function, r->call);
			return;
		}
		add_hop_ahead(rows, step.caller, step.callee, step.call);
		node = step.node;
		level = step.level;
	}
}

static void read_ahead(const struct contexts *c, uint32_t function, const uint32_t bits[EW_CONTEXT_KINDS])
{
	struct rows_ahead rows = {
		.functions = g_array_new(false, false, sizeof(int64_t)),
		.callers = g_array_new(false, false, sizeof(int64_t)),
		.calls = g_array_new(false, false, sizeof(int64_t)),
		.edges = g_array_new(false, false, sizeof(int64_t)),
		.hops = g_array_new(false, false, sizeof(struct way_hop)),
	};
	struct ew_query *q = c->query;
	struct asked a = {.contexts = c, .to = function};

	for (; a.bit < CONTEXT_BITS; a.bit++) {
		a.level = lowest_level(bits, a.bit);
		if (a.level < EW_CONTEXT_KINDS)
			add_way_ahead(&a, &rows);
	}
	query_ahead(q, EW_AHEAD_FUNCTION, rows.functions);
	query_ahead(q, EW_AHEAD_CALL, rows.calls);
	query_ahead(q, EW_AHEAD_EDGE, rows.edges);
	query_files_ahead(q, rows.functions->len);
	query_calls_ahead(q, rows.callers);
	way_hops_ahead(q, rows.hops);
	g_array_unref(rows.hops);
	g_array_unref(rows.functions);
	g_array_unref(rows.callers);
	g_array_unref(rows.calls);
	g_array_unref(rows.edges);
}

/* ---- the answers ------------------------------------------------------------------------------- */

static const struct contexts *all_contexts(struct ew_query *q)
{
	if (!q->contexts)
		q->contexts = contexts_kept(q);
	if (!q->contexts)
		q->contexts = contexts_new(q, NULL);
	return q->contexts;
}

uint32_t ew_query_context_bits(struct ew_query *q, const struct ew_symbol *f, uint32_t *sure, uint32_t *proved)
{
	const struct contexts *c = all_contexts(q);
	bool is_known = c && f->id >= 0 && f->id < c->functions;
	uint32_t bits[EW_CONTEXT_KINDS] = {0};

	if (is_known)
		read_bits(c, f->id, bits);
	*sure = bits[EW_CONTEXT_PROVED] | bits[EW_CONTEXT_BY_OBJECT];
	if (proved)
		*proved = bits[EW_CONTEXT_PROVED];
	return *sure | bits[EW_CONTEXT_DOUBTFUL];
}

void context_free(gpointer data)
{
	struct ew_context *c = data;

	g_ptr_array_unref(c->way);
	g_free(c);
}

/* The stated ones first. */
static void add_contexts(const struct contexts *c, uint32_t function, GPtrArray *found)
{
	uint32_t bits[EW_CONTEXT_KINDS], bit, stated;
	int doubtful;

	if (c->is_kept)
		ew_store_ahead_between(c->query->store, EW_AHEAD_KEPT, ew_store_kept(EW_KEPT_CONTEXT, 0),
				       ew_store_kept(EW_KEPT_CONTEXT, UINT32_MAX));
	read_bits(c, function, bits);
	if (c->is_kept)
		read_ahead(c, function, bits);
	stated = bits[EW_CONTEXT_PROVED] | bits[EW_CONTEXT_BY_OBJECT];
	for (doubtful = 0; doubtful < 2; doubtful++)
		for (bit = 0; ew_context_names[bit]; bit++) {
			struct ew_context *one = NULL;

			if ((stated >> bit & 1) != (uint32_t)doubtful)
				one = find_context(c, function, bit, bits);
			if (one)
				g_ptr_array_add(found, one);
		}
}

GPtrArray *ew_query_contexts(struct ew_query *q, const struct ew_symbol *f, const char *binding,
			     GError **error)
{
	struct binding *b = binding ? query_binding(q, binding, error) : NULL;
	GPtrArray *found = g_ptr_array_new_with_free_func(context_free);
	struct contexts *narrowed = b ? contexts_new(q, b) : NULL;
	const struct contexts *c = b ? narrowed : all_contexts(q);

	if (c && (!binding || b) && f->id >= 0 && f->id < c->functions)
		add_contexts(c, f->id, found);
	contexts_free(narrowed);
	if ((!binding || b) && query_is_sound(q, error) && ew_refs_is_sound(q->refs, error))
		return found;
	g_ptr_array_unref(found);
	return NULL;
}
