/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Contexts, found in the whole graph: see context.h. */
#include "query/context.h"

enum { COST_DEFERRED = 8, MOST_COST = 255 };

/* What a hop costs more, so that a way with less to take for granted wins: by enum hop_class. */
static const uint32_t cost_of_class[] = {[HOP_PROVED] = 0, [HOP_OBJECT] = 20, [HOP_DOUBT] = 100};

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

static uint32_t bits_up_to(const struct contexts *c, uint32_t node, enum ew_context_kind level)
{
	uint32_t bits = 0;
	int i;

	for (i = 0; i <= (int)level; i++)
		bits |= c->bits[context_state(c, node, i)];
	return bits;
}

/* What came on a level before is not handed on once more. */
static void give(struct contexts *c, uint32_t node, enum ew_context_kind level, uint32_t bits, GArray *waiting)
{
	uint32_t state = context_state(c, node, level);

	bits &= ~bits_up_to(c, node, level);
	if (!bits)
		return;
	c->bits[state] |= bits;
	g_array_append_val(waiting, state);
}

/* Of work that runs in one of several contexts (a high-resolution timer, by its mode) none is proved. */
static enum ew_context_kind level_of_root(const struct context_root *r)
{
	return r->bits & (r->bits - 1) ? EW_CONTEXT_DOUBTFUL : EW_CONTEXT_PROVED;
}

static void hand_on(struct contexts *c)
{
	const struct hops *h = c->hops;
	g_autoptr(GArray) waiting = g_array_new(false, false, sizeof(uint32_t));
	guint i;
	uint32_t k;

	for (i = 0; i < c->roots->len; i++) {
		const struct context_root *r = &g_array_index(c->roots, struct context_root, i);

		give(c, r->function, level_of_root(r), r->bits, waiting);
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

struct contexts *contexts_new(struct ew_query *q, struct binding *b)
{
	struct contexts *c;

	if (!query_load_graph(q))
		return NULL;
	c = g_new0(struct contexts, 1);
	c->query = q;
	c->binding = b;
	c->functions = q->graph.functions;
	c->is_entry = g_new0(bool, c->functions);
	c->roots = g_array_new(false, false, sizeof(struct context_root));
	c->deferred = g_hash_table_new(NULL, NULL);
	context_find_roots(c);
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
	g_clear_pointer(&c->deferred, g_hash_table_unref);
	g_free(c);
}

/* ---- ways -------------------------------------------------------------------------------------- */

static void expand(const struct contexts *c, struct way_search *s, uint32_t state, enum ew_context_kind most)
{
	const struct hops *h = c->hops;
	uint32_t node = state % h->nodes, k;

	for (k = h->first[node]; k < h->first[node + 1]; k++) {
		enum ew_context_kind level = level_behind(c, state / h->nodes, &h->all[k]);

		if (level <= most)
			search_offer(s, context_state(c, h->all[k].to, level),
				     s->cost[state] + h->all[k].cost + cost_of_class[h->all[k].class], k, state);
	}
}

static void offer_roots(const struct contexts *c, struct way_search *s, uint32_t bit, enum ew_context_kind most)
{
	guint i;

	for (i = 0; i < c->roots->len; i++) {
		const struct context_root *r = &g_array_index(c->roots, struct context_root, i);

		if (r->bits >> bit & 1 && level_of_root(r) <= most)
			search_offer(s, context_state(c, r->function, level_of_root(r)),
				     context_is_deferred(r) ? COST_DEFERRED : 0, HOP_NO_EDGE, i);
	}
}

bool context_search(const struct contexts *c, struct way_search *s, uint32_t bit, enum ew_context_kind level,
		    uint32_t goal)
{
	uint32_t state;

	search_begin(s, (level + 1) * c->hops->nodes, MOST_COST);
	offer_roots(c, s, bit, level);
	while (search_next(s, &state)) {
		if (state == goal)
			return true;
		expand(c, s, state, level);
	}
	return goal == SEARCH_NONE;
}

static uint32_t function_of(const struct hops *h, uint32_t node)
{
	return node < h->functions ? node : h->function[node - h->functions];
}

struct context_step context_step_found(const struct contexts *c, const struct way_search *s, uint32_t state)
{
	const struct call_graph *g = &c->query->graph;
	const struct hops *h = c->hops;
	struct context_step step = {.root = -1};
	const struct hop *hop;

	if (s->edge[state] == HOP_NO_EDGE) {
		step.root = s->before[state];
		return step;
	}
	hop = &h->all[s->edge[state]];
	step.node = hop->from;
	step.level = s->before[state] / h->nodes;
	step.caller = function_of(h, hop->from);
	step.callee = function_of(h, hop->to);
	step.instead = hop->instead;
	step.class = hop->class;
	step.has_edge = hop->edge != HOP_NO_EDGE;
	step.is_told_apart = hop->call != 0;
	step.call = hop->call ? hop->call : step.has_edge ? g->call[hop->edge] : 0;
	return step;
}

void context_bits_found(const struct contexts *c, uint32_t function, uint32_t bits[EW_CONTEXT_KINDS])
{
	int level;

	for (level = 0; level < EW_CONTEXT_KINDS; level++)
		bits[level] = c->bits[context_state(c, function, level)];
}
