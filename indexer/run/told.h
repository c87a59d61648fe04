/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parser is told of kernel-refs; within the run module only. */
#ifndef EW_RUN_TOLD_H
#define EW_RUN_TOLD_H

#include "parse/parse.h"
#include "refs/refs.h"

/* The words of all state machines, and what chains begin with. */
struct told {
	GPtrArray *states, *members, *setters, *getters, *heads; /* of refs' const char *, NULL-ended */
	struct ew_parse_states all;
	const char *const *all_heads;
};

void told_init(struct told *t, const struct ew_refs *refs);
void told_clear(struct told *t);
char *told_heads(const struct ew_refs *refs); /* the heads of chains in one line; the caller frees it */

#endif
