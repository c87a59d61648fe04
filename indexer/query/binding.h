/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What binding.c, which looks a binding up, and fixed.c, which says what follows from it, share. */
#ifndef EW_QUERY_BINDING_H
#define EW_QUERY_BINDING_H

#include "query/internal.h"

/* Why code never runs under the binding: its condition asks for something else than the pointer holds. */
struct ruled_out {
	int64_t condition, slot, base, value;
	int mode;
	bool is_equal; /* the condition wants the value; else anything but it */
};

struct binding {
	struct ew_query *query;
	const struct ew_refs_binding *refs;
	GHashTable *bound;  /* slot node -> table of the objects that it holds; `nothing` where none is */
	GHashTable *locals; /* node of a local -> table of what it holds, or NULL: that is not certain */
	GHashTable *calls;  /* call id -> GHashTable of callee id -> container node */
	GHashTable *slots;  /* "slot.object" -> table of what the object holds there, or NULL: that is not certain */
	GHashTable *nothing; /* the empty table of what an object of this kind has not */
	GPtrArray *tables;  /* owns all tables; one is of nodes: value -> the object that holds it, or 0 */
	GPtrArray *steps;   /* of struct ew_step, owned */
	GHashTable *out;    /* id of a call that is never made -> struct ruled_out, owned */
	GHashTable *out_direct; /* caller << 32 | callee of which no direct call is left, owned */
	uint64_t out_callers[64], out_callees[64]; /* a bit for each in it, by its id % 4096: most have none */
	int64_t holder;
};

/* What the slot holds for certain: a table, or NULL. `nothing`: there is no such slot. */
GHashTable *binding_values(struct binding *b, int64_t slot, int64_t base, int mode);
/* Fills calls, out and out_direct, when all of `bound` is there. */
void binding_fix(struct binding *b);
/* No direct call of the one to the other is left. */
void binding_add_out_direct(struct binding *b, int64_t caller, int64_t callee);

/* binding_kept.c: what `index` stored of it, if kernel-refs said the same then. */
bool binding_is_kept(struct ew_query *q, const struct ew_refs_binding *refs);
bool binding_read_kept(struct binding *b);

#endif
