/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parser is told of kernel-refs; within the run module only. */
#ifndef EW_RUN_TOLD_H
#define EW_RUN_TOLD_H

#include "parse/parse.h"
#include "refs/refs.h"

/* The words of all state machines, what chains begin with, and the constants that mechanisms are told by. */
struct told {
	GPtrArray *states, *members, *setters, *getters, *heads, *constants; /* of refs' const char *, NULL-ended */
	struct ew_parse_states all;
	const char *const *all_heads, *const *all_constants;
};

void told_init(struct told *t, const struct ew_refs *refs);
void told_clear(struct told *t);
/* In one line; the caller frees it. */
char *told_heads(const struct ew_refs *refs);
char *told_constants(const struct ew_refs *refs);

#endif
