/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Contexts as `index` stores them: see context.h.
 *
 * EW_KEPT_ROOTS: the digest of what kernel-refs says, how many functions, how many roots; of each root its function,
 * its entry or mechanism, the dispatcher, the call.
 * EW_KEPT_CONTEXT, by node: of a node behind the functions first its function; then entries to the end. An entry is the
 * states that are reached alike, one bit each (bit_of()), and the step: flags (enum below), then the root; or the node
 * before as a difference, the call if there is one, the call that it stands for if there is one.
 * A state is there if a way of the answer passes it: the cheapest way to each function at the least level.
 */
#include "query/context.h"

enum { IS_ROOT = 1, HAS_EDGE = 2, IS_TOLD_APART = 4, HAS_CALL = 8, IS_INSTEAD = 16, LEVEL = 5, CLASS = 7 };

static uint32_t bit_of(uint32_t bit, enum ew_context_kind level)
{
	return 1u << (level * CONTEXT_BITS + bit);
}

/* ---- storing ------------------------------------------------------------------------------------- */

/* Of one context, by state. */
struct tree {
	uint32_t *edge, *before;
	bool *is_needed;
};

/* What the way to the state passes, up to where others have been. */
static void need(const struct tree *t, uint32_t state)
{
	while (!t->is_needed[state]) {
		t->is_needed[state] = true;
		if (t->edge[state] == HOP_NO_EDGE)
			return;
		state = t->before[state];
	}
}

static void need_all(const struct contexts *c, uint32_t bit, const struct way_search *s, const struct tree *t)
{
	uint32_t function;
	int level;

	for (function = 0; function < c->functions; function++)
		for (level = 0; level < EW_CONTEXT_KINDS; level++) {
			uint32_t state = context_state(c, function, level);

			if (s->cost[state] == SEARCH_NONE)
				continue;
			need(t, state);
			break;
		}
}

static void grow_tree(const struct contexts *c, uint32_t bit, struct way_search *s, struct tree *t)
{
	uint32_t states = EW_CONTEXT_KINDS * c->hops->nodes;

	context_search(c, s, bit, EW_CONTEXT_DOUBTFUL, SEARCH_NONE);
	t->edge = g_memdup2(s->edge, states * sizeof *t->edge);
	t->before = g_memdup2(s->before, states * sizeof *t->before);
	t->is_needed = g_new0(bool, states);
	need_all(c, bit, s, t);
}

static void pack_step(GByteArray *out, uint32_t node, const struct context_step *step)
{
	if (step->root >= 0) {
		pack_number(out, IS_ROOT);
		pack_number(out, step->root);
		return;
	}
	pack_number(out, (step->has_edge ? HAS_EDGE : 0) | (step->is_told_apart ? IS_TOLD_APART : 0) |
				 (step->call ? HAS_CALL : 0) | (step->instead ? IS_INSTEAD : 0) | step->level << LEVEL |
				 step->class << CLASS);
	pack_signed(out, (int64_t)step->node - node);
	if (step->call)
		pack_number(out, step->call);
	if (step->instead)
		pack_number(out, step->instead);
}

/* The states of the node, from `bit` and `level` on, that are reached as this one is; they are done then. */
static uint32_t reached_alike(const struct contexts *c, struct tree *trees, uint32_t node, uint32_t bit, int level)
{
	uint32_t state = context_state(c, node, level), edge = trees[bit].edge[state], mask = 0;
	uint32_t before = trees[bit].before[state], k;

	/* The edge says the node before; the level may differ. */
	for (k = bit; k < CONTEXT_BITS; k++) {
		if (!trees[k].is_needed[state] || trees[k].edge[state] != edge || trees[k].before[state] != before)
			continue;
		trees[k].is_needed[state] = false;
		mask |= bit_of(k, level);
	}
	return mask;
}

static void keep_node(const struct contexts *c, struct tree *trees, uint32_t node, GByteArray *out)
{
	struct way_search found = {0};
	uint32_t bit;
	int level;

	g_byte_array_set_size(out, 0);
	for (level = 0; level < EW_CONTEXT_KINDS; level++)
		for (bit = 0; bit < CONTEXT_BITS; bit++) {
			uint32_t state = context_state(c, node, level);
			struct context_step step;

			if (!trees[bit].is_needed[state])
				continue;
			found.edge = trees[bit].edge;
			found.before = trees[bit].before;
			step = context_step_found(c, &found, state);
			if (!out->len && node >= c->functions)
				pack_number(out, c->hops->function[node - c->functions]);
			pack_number(out, reached_alike(c, trees, node, bit, level));
			pack_step(out, node, &step);
		}
}

static void keep_roots(const struct contexts *c, struct ew_store_writer *w)
{
	g_autoptr(GByteArray) out = g_byte_array_new();
	guint i;

	pack_number(out, context_digest(c->query->refs));
	pack_number(out, c->functions);
	pack_number(out, c->roots->len);
	for (i = 0; i < c->roots->len; i++) {
		const struct context_root *r = &g_array_index(c->roots, struct context_root, i);

		pack_number(out, r->function);
		pack_number(out, r->of);
		pack_number(out, r->dispatcher);
		pack_number(out, r->call);
	}
	ew_store_keep(w, EW_KEPT_ROOTS, 0, out->data, out->len);
}

void contexts_keep(struct ew_query *q, struct ew_store_writer *w)
{
	struct contexts *c = contexts_new(q, NULL);
	g_autoptr(GByteArray) out = g_byte_array_new();
	struct tree trees[CONTEXT_BITS];
	uint32_t i;

	if (!c)
		return;
	for (i = 0; i < CONTEXT_BITS; i++)
		grow_tree(c, i, &q->search, &trees[i]);
	keep_roots(c, w);
	for (i = 0; i < c->hops->nodes; i++) {
		keep_node(c, trees, i, out);
		if (out->len)
			ew_store_keep(w, EW_KEPT_CONTEXT, i, out->data, out->len);
	}
	for (i = 0; i < CONTEXT_BITS; i++) {
		g_free(trees[i].edge);
		g_free(trees[i].before);
		g_free(trees[i].is_needed);
	}
	contexts_free(c);
}

/* ---- reading ------------------------------------------------------------------------------------- */

static bool read_roots(struct contexts *c, struct unpacker *u)
{
	uint64_t n;

	if ((int64_t)unpack_number(u) != context_digest(c->query->refs))
		return false;
	c->functions = unpack_number(u);
	for (n = unpack_number(u); n && u->is_whole; n--) {
		struct context_root r = {.edge = HOP_NO_EDGE};

		r.function = unpack_number(u);
		r.of = unpack_number(u);
		r.dispatcher = unpack_number(u);
		r.call = unpack_number(u);
		if (r.of >= (context_is_deferred(&r) ? ew_refs_mechanisms(c->query->refs)
						     : ew_refs_entries(c->query->refs))->len)
			u->is_whole = false;
		else
			context_finish_root(c, &r);
		g_array_append_val(c->roots, r);
	}
	return u->is_whole && u->at == u->end;
}

struct contexts *contexts_kept(struct ew_query *q)
{
	ew_auto(rows) r = NULL;
	struct contexts *c;
	struct unpacker u;

	if (!query_kept(q, EW_KEPT_ROOTS, 0, &r, &u))
		return NULL;
	c = g_new0(struct contexts, 1);
	c->query = q;
	c->is_kept = true;
	c->roots = g_array_new(false, false, sizeof(struct context_root));
	if (read_roots(c, &u))
		return c;
	contexts_free(c);
	return NULL;
}

/* The next entry's states; 0 at the end. */
static uint32_t next_entry(const struct contexts *c, struct unpacker *u, uint32_t node, struct context_step *step)
{
	uint32_t mask, flags;

	if (u->at == u->end)
		return 0;
	mask = unpack_number(u);
	flags = unpack_number(u);
	*step = (struct context_step){.root = -1};
	if (flags & IS_ROOT) {
		step->root = unpack_number(u);
	} else {
		step->node = node + unpack_signed(u);
		step->call = flags & HAS_CALL ? unpack_number(u) : 0;
		step->instead = flags & IS_INSTEAD ? unpack_number(u) : 0;
		step->has_edge = flags & HAS_EDGE;
		step->is_told_apart = flags & IS_TOLD_APART;
		step->level = flags >> LEVEL & 3;
		step->class = flags >> CLASS & 3;
	}
	u->is_whole &= step->root < (int)c->roots->len;
	return u->is_whole ? mask : 0;
}

void context_kept_bits(const struct contexts *c, uint32_t function, uint32_t bits[EW_CONTEXT_KINDS])
{
	ew_auto(rows) r = NULL;
	struct context_step step;
	struct unpacker u;
	uint32_t mask;
	int level;

	for (level = 0; level < EW_CONTEXT_KINDS; level++)
		bits[level] = 0;
	if (!query_kept(c->query, EW_KEPT_CONTEXT, function, &r, &u))
		return;
	while ((mask = next_entry(c, &u, function, &step)))
		for (level = 0; level < EW_CONTEXT_KINDS; level++)
			bits[level] |= mask >> level * CONTEXT_BITS & ((1u << CONTEXT_BITS) - 1);
	query_check_kept(c->query, &u);
}

static uint32_t function_of(const struct contexts *c, uint32_t node)
{
	ew_auto(rows) r = NULL;
	struct unpacker u = {0};

	if (node < c->functions)
		return node;
	query_kept(c->query, EW_KEPT_CONTEXT, node, &r, &u);
	return unpack_number(&u);
}

bool context_kept_step(const struct contexts *c, uint32_t node, enum ew_context_kind level, uint32_t bit,
		       struct context_step *step)
{
	ew_auto(rows) r = NULL;
	uint32_t function = node, mask = 0;
	struct unpacker u;

	if (query_kept(c->query, EW_KEPT_CONTEXT, node, &r, &u)) {
		if (node >= c->functions)
			function = unpack_number(&u);
		do
			mask = next_entry(c, &u, node, step);
		while (mask && !(mask & bit_of(bit, level)));
	}
	if (!mask) {
		ew_store_say_damaged(c->query->store, "a step of a context is not there");
		return false;
	}
	if (step->root < 0) {
		step->callee = function;
		step->caller = function_of(c, step->node);
	}
	return true;
}
