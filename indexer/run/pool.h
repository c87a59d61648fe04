/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pool of parsing processes; within the run module only. */
#ifndef EW_RUN_POOL_H
#define EW_RUN_POOL_H

#include "kbuild/kbuild.h"
#include "run/run.h"

struct ew_parse_states;
struct groups;

/* What came of a unit. `bytes` are packed facts, empty if there is no result; then `reason` says why.
 * Both belong to the pool. */
struct unit_answer {
	const struct ew_unit *unit; /* NULL: the headers of a prefix, which are part of many */
	int prefix; /* which one that is, or that the unit stands behind; -1: none */
	const uint8_t *bytes;
	size_t length;
	int errors;
	const char *reason;
};

struct pool_options {
	const char *tree, *build;
	const struct ew_parse_states *states; /* as struct ew_parse_options has it */
	const char *const *heads, *const *constants; /* the same */
	GPtrArray *units; /* of struct ew_unit */
	struct groups *groups; /* prefixes to make and use, or NULL */
	int jobs, unit_seconds;
	size_t most_waiting; /* bytes of answers that wait for one before them, 0 for 256 MiB */
	volatile const int *stop;
	/* Is the function known, so that its body need not be told? Asked in the workers; may be NULL. */
	bool (*knows)(const struct ew_fact_function *f, const void *data);
	/* A prefix is there: told before any unit is asked for, and before its answer. May be NULL. */
	void (*made)(const struct unit_answer *a, void *data);
	/* May the unit stand behind the prefix? May be NULL. */
	bool (*fits)(const struct ew_unit *unit, int prefix, void *data);
	void (*answer)(const struct unit_answer *a, void *data);
	void *data;
};

/* Parse all units; answer() is told of each, in their order, after the prefixes' headers. False if *stop
 * was set. The peaks of all workers' memory are added up in *peak (bytes). */
bool pool_run(const struct pool_options *options, int64_t *peak, GError **error);

#endif
