/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What of an older index has to be done again; within the run module only. */
#ifndef EW_RUN_PLAN_H
#define EW_RUN_PLAN_H

#include "kbuild/kbuild.h"
#include "run/state.h"

/* Who said facts: a unit or a prefix of the older index. */
struct owner {
	int64_t id;	       /* as ew_store_take_out() takes it */
	char *name;	       /* a unit's file, a prefix's headers (one a line) */
	int64_t command;
	int status, rank;
	char *reason;
	GArray *files;	       /* ids, ascending; NULL until it matters */
	const struct ew_unit *unit; /* as it is now, NULL if it is no more */
	bool is_gone;	       /* what it said is taken out */
};

struct plan {
	GPtrArray *units;      /* of struct ew_unit: all, in order; the caller's */
	struct ew_store *old;
	GPtrArray *owners;     /* of struct owner */
	GHashTable *by_file;   /* a unit's file -> struct owner */
	GHashTable *by_id;     /* &id -> struct owner */
	GHashTable *prefixes;  /* &command -> struct owner */
	GHashTable *redo;      /* set of struct ew_unit: to be parsed, or parsed already */
	GHashTable *paths;     /* file id -> path */
	GHashTable *changed;   /* set of file ids (int64_t *) */
	bool is_order_another;
	int files_changed, symbols_changed, units_new, units_removed, commands_changed, retried;
};

/* What the index must say of itself to be brought up to date: pairs of key and value, NULL-ended. */
struct plan *plan_make(const char *index, const struct roots *roots, GPtrArray *units,
		       const char *const *meta, char **why_not);
void plan_free(struct plan *p);

int64_t plan_command(const struct ew_unit *unit);
bool plan_is_empty(const struct plan *p);
/* Units that were not redone, and may have to say what others said before: those of `units` (ids of owners),
 * and at most `most` of those that read one of `files` (ids; consumed). They count as to be redone from now
 * on. Of struct ew_unit, in order. */
GPtrArray *plan_add(struct plan *p, GHashTable *units, GHashTable *files, int most);
/* "3 of 517 units redone: 1 file changed" */
char *plan_say(const struct plan *p);

#endif
