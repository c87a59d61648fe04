/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * run: one indexing run, from a tree to an index in its place.
 *
 * Worker processes parse, this process writes. A worker that crashes, hangs or eats memory costs the
 * unit that it was on, which is kept in the index as "not indexed" with the reason. The index is
 * written beside its place and renamed; until then an older one stays. A run that is killed leaves a
 * file "….new", and prefixes beside it, which the next run removes.
 *
 * An index of the same tree, build directory, configuration, scope, libclang and program that stands in the
 * place is brought up to date: what changed is told by files' contents, compile commands and the symbols of
 * the configuration that files name, and only the units that read it are parsed. The facts are those of an
 * index made anew, but for what tests/truth/whole-classes tells of prefixes, behind which few units are put when
 * only few are parsed; ids and the order of rows may differ. A header that is added where another of its name
 * was found so far is not noticed: no file that was read has changed.
 */
#ifndef EW_RUN_H
#define EW_RUN_H

#include "fact/fact.h"
#include "kbuild/kbuild.h"

enum { EW_RUN_UNIT_SECONDS = 120 }; /* how long a unit may take */

struct ew_run_progress {
	int done, total, failures;
};

struct ew_run_options {
	const char *tree;	  /* as ew_tree_open() takes it; NULL: the default release */
	const char *config;	  /* as ew_tree_configure() takes it; NULL: "debian" */
	const char *const *scope; /* names of scopes in kernel-refs, "all", or paths; NULL: core */
	const char *first;	  /* or NULL: read this scope only, in the place of `scope`: see part_of */
	const char *refs;	  /* directory of kernel-refs */
	const char *out;	  /* index file; NULL: NAME-CONFIG-SCOPE in the cache */
	int jobs;		  /* worker processes; 0: one a core */
	int unit_seconds;	  /* 0: EW_RUN_UNIT_SECONDS */
	bool no_prefix;		  /* parse every unit as it stands: slow, and the oracle for the rest */
	bool fresh;		  /* make it anew, though an older one could be brought up to date */
	volatile const int *stop; /* set to a signal's number by its handler: give up; may be NULL */
	ew_tree_say say;	  /* told of each step; may be NULL */
	void (*progress)(const struct ew_run_progress *p, void *data); /* may be NULL */
	void *data;
};

struct ew_run_summary {
	char *out;
	bool is_up_to_date; /* nothing had changed, nothing was written */
	int redone;	    /* units that were parsed; all of them where the index was made anew */
	char *why;	    /* why these, in words; NULL where there was no index before */
	int units, failed, with_errors;
	int behind_prefix; /* of those redone: whose headers came out of a precompiled prefix */
	int64_t functions, calls, pointer_calls, pointer_resolved, edges;
	double seconds, parse_seconds, resolve_seconds;
	int64_t peak_memory; /* bytes; the sum of each process's own peak, so at most this at once */
	int64_t size;	     /* of the index, bytes */
};

/*
 * Errors: those of tree, kbuild, refs and store; EW_ERROR_NOT_POSSIBLE where another run writes the
 * same index, or *stop was set ("interrupted"). After any of them the older index is as it was.
 */
bool ew_run(const struct ew_run_options *options, struct ew_run_summary *summary, GError **error);
void ew_run_summary_clear(struct ew_run_summary *s);

/* The units that ew_run() would parse with these options, in order, those with a problem among them.
 * Nothing is parsed, and no index is touched. Errors: those of tree, kbuild and refs. */
bool ew_run_units(const struct ew_run_options *options,
		  void (*unit)(const struct ew_unit *unit, void *data), GError **error);

#endif
