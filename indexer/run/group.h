/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which prefixes are made, and which of them a unit may stand behind; within the run module only. */
#ifndef EW_RUN_GROUP_H
#define EW_RUN_GROUP_H

#include "kbuild/kbuild.h"
#include "parse/parse.h"

struct prefix {
	struct ew_parse_prefix plan; /* its strings are owned */
	const struct ew_unit *like;  /* a unit whose directory and arguments serve for all */
	int64_t command; /* names it: the hash of what its units' commands share, of its kind and place */
	enum { PREFIX_TO_MAKE, PREFIX_IN_MAKING, PREFIX_MADE, PREFIX_FAILED } state;
};

enum { MOST_CANDIDATES = 3 };

struct groups {
	char *base;
	GPtrArray *prefixes; /* of struct prefix */
	int (*of_unit)[MOST_CANDIDATES]; /* by unit: indexes of prefixes, the best first; -1 ends */
};

/* `base` is the path that prefixes are made beside: BASE.prefix0, … */
struct groups *groups_plan(const GPtrArray *units, const char *base);
/* The same for units that are done again. `stored` has the prefixes of the older index: &command -> their
 * headers, one a line. Those of the set `stale` (of &command) are made in any case, the rest where many units
 * are done again. `of_unit` counts in `redo`. */
struct groups *groups_plan_again(const GPtrArray *units, const GPtrArray *redo, GHashTable *stored,
				 GHashTable *stale, const char *base);
/* Forget them, and remove the prefixes' files. */
void groups_free(struct groups *g);
/* Remove what a run that was killed left behind. */
void groups_clean(const char *base);

struct prefix *groups_prefix(const struct groups *g, int index);

#endif
