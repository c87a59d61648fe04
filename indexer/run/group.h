/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Groups of units that can share a prefix; within the run module only. */
#ifndef EW_RUN_GROUP_H
#define EW_RUN_GROUP_H

#include "kbuild/kbuild.h"

struct group {
	const struct ew_unit *like; /* the first unit: its directory and arguments serve for all */
	GPtrArray *headers;	    /* of char *, owned: "linux/slab.h" */
	int64_t command;	    /* hash of what the units' commands share */
	int units;
	char *prefix; /* path of the prefix's files, without their endings */
	enum { PREFIX_TO_MAKE, PREFIX_IN_MAKING, PREFIX_MADE, PREFIX_FAILED } state;
};

struct groups {
	char *base;
	GPtrArray *groups; /* of struct group: only those that are worth a prefix */
	int *of_unit;	   /* by unit: its group, or -1 */
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

#endif
