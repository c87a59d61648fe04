/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the files that answer for contexts share.
 *
 * A state is a node (hops.h) at a level, what was taken for granted to get there (enum ew_context_kind). Contexts
 * are found in the whole graph: context_search.c. Without a binding the answer never changes for an index, so that
 * `index` stores it (context_kept.c): of each state the step by which the cheapest way from a root comes there.
 */
#ifndef EW_QUERY_CONTEXT_H
#define EW_QUERY_CONTEXT_H

#include "query/hops.h"

enum { CONTEXT_BITS = 9 }; /* of ew_context_names */

/* Where contexts begin. */
struct context_root {
	uint32_t function;
	uint32_t bits;
	uint32_t dispatcher, call; /* of deferred work: who calls it, and where; else 0 */
	uint32_t edge;		   /* of that call in the stored graph, or HOP_NO_EDGE */
	uint32_t of;		   /* index of the entry, or of the mechanism of deferred work */
	const char *why;
	bool may_sleep;
};

/* How a state is reached. */
struct context_step {
	int root;	    /* index of the root that it is, or -1 */
	uint32_t node;	    /* before it */
	enum ew_context_kind level;
	uint32_t caller, callee; /* functions of both nodes */
	uint32_t call;	    /* through a pointer, or told apart; 0: the first direct one */
	uint32_t instead;   /* as in struct hop */
	enum hop_class class;
	bool has_edge;	    /* else both nodes are one function */
	bool is_told_apart; /* `call` is a direct one */
};

struct contexts {
	struct ew_query *query;
	struct binding *binding;
	uint32_t functions;
	GArray *roots; /* of struct context_root */
	bool is_kept;  /* what follows is not there */
	struct hops *hops;
	uint32_t *bits;	    /* by state: see context_state() */
	bool *is_entry;	    /* by function: begins a context of its own */
	GHashTable *deferred; /* positions of edges that do not run now */
};

static inline bool context_is_deferred(const struct context_root *r)
{
	return r->call != 0;
}

/* context.c */
void context_free(gpointer context);

/* context_roots.c */
void context_find_roots(struct contexts *c);
/* Of what kernel-refs says of roots: stored contexts hold as long as it says the same. */
int64_t context_digest(const struct ew_refs *refs);
void context_finish_root(struct contexts *c, struct context_root *r); /* why, may_sleep of `of` */

/* context_search.c */
static inline uint32_t context_state(const struct contexts *c, uint32_t node, enum ew_context_kind level)
{
	return level * c->hops->nodes + node;
}

struct contexts *contexts_new(struct ew_query *q, struct binding *b); /* NULL if the index is damaged */
/* Search all that one context reaches, or until a state that is not SEARCH_NONE; what was found stands in `search`. */
bool context_search(const struct contexts *c, struct way_search *search, uint32_t bit, enum ew_context_kind level,
		    uint32_t goal);
/* Of contexts that were searched: by level, the contexts in which a function is reached at that level; they may stand
 * at a higher one, too. */
void context_bits_found(const struct contexts *c, uint32_t function, uint32_t bits[EW_CONTEXT_KINDS]);
/* In such a search. */
struct context_step context_step_found(const struct contexts *c, const struct way_search *s, uint32_t state);

/* context_kept.c */
struct contexts *contexts_kept(struct ew_query *q); /* NULL if there are none that hold */
/* The same two, of what is stored. The step is not there: false. */
void context_kept_bits(const struct contexts *c, uint32_t function, uint32_t bits[EW_CONTEXT_KINDS]);
bool context_kept_step(const struct contexts *c, uint32_t node, enum ew_context_kind level, uint32_t bit,
		       struct context_step *step);
/* For the writer: work them out and store them. */
void contexts_keep(struct ew_query *q, struct ew_store_writer *w);

#endif
