/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What chain.c finds and chain_on.c compares: who is put on which chain, and which chain a call is for. */
#ifndef EW_RESOLVE_CHAIN_H
#define EW_RESOLVE_CHAIN_H

#include "resolve/internal.h"

/* An object on a chain. */
struct chained {
	int object;
	GArray *heads;	/* of int, UNKNOWN for any */
	GArray *way;	/* of int: the flows of the object, the outermost call first */
	int head_flow;	/* where the head is named, -1 if nowhere */
	bool is_dead;	/* it is put there by code that is not compiled */
};

/* A head that a call hands over. */
struct given {
	GArray *heads; /* of int, UNKNOWN for any */
	GArray *way;   /* of int: the flows of the head, the outermost call first */
};

/* A call that hands over one of these. */
struct chain_call {
	int64_t call;
	GPtrArray *given;
};

void chained_free(gpointer chained);
/* Of one the other may be what less is known of; UNKNOWN may be any. */
bool may_be_one(struct graph *g, int a, int b);
/* What both parameters of the function are handed at once, through wrappers too (of struct chained, not owned): the objects
 * in one, and with each the heads, or constants, in the other. */
GPtrArray *objects_put_with(struct graph *g, int64_t function, int object, int head);

struct chains {
	struct graph *graph;
	struct objects *objects;
	const struct mechanism *mechanism;
	GPtrArray *chained, *calls; /* of the above */
	GArray *inward;		    /* of int: flows from the parameter under search to the first one */
	GHashTable *on_way;	    /* numbers of the parameters that are searched */
	GHashTable *takers;	    /* ids of functions that take a head and are no registrars */
	GHashTable *called;	    /* id of a call -> what is in `calls` of it */
	GHashTable *pointed;	    /* ids of functions that are called through a pointer */
};

#endif
