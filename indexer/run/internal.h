/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One run, as the files of the run module share it. */
#ifndef EW_RUN_INTERNAL_H
#define EW_RUN_INTERNAL_H

#include "refs/refs.h"
#include "run/closure.h"
#include "run/plan.h"
#include "run/run.h"

struct run {
	const struct ew_run_options *options;
	struct ew_run_summary *summary;
	struct ew_tree *tree;
	struct ew_tree_build *build;
	struct ew_kbuild *units;
	struct ew_refs *refs;
	struct ew_store_writer *writer;
	struct plan *plan;	 /* NULL: all is made anew */
	struct groups *groups;	 /* of the units being parsed */
	struct closure *closure;
	struct roots roots;
	GStrv scope; /* patterns */
	char *scope_name; /* of what is read */
	char *place_name; /* of what the index is the place of */
	char *out, *temporary;
	int64_t since; /* what is written after this may be half read, see state.h */
	int lock;
	int jobs;
	int done, total;
};

/* units.c */
bool units_parse(struct run *r, GError **error);
/* What the plan says, and what turns out to be needed beside it. */
bool units_parse_again(struct run *r, GError **error);

#endif
