/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A parsing process of the pool, and what it and its parent tell each other; within the run module only. */
#ifndef EW_RUN_WORKER_H
#define EW_RUN_WORKER_H

#include <sys/types.h>

#include "run/group.h"
#include "run/pool.h"

/* The parent and the worker see the same plan: a number is enough to name a job. */
struct job {
	int32_t unit; /* -1: make the first of the prefixes */
	int32_t prefixes[MOST_CANDIDATES]; /* that the unit may stand behind, in order; -1 ends */
};

struct header {
	struct job job;
	int32_t errors;
	int32_t prefix; /* that the unit stands behind, or -1 */
	uint32_t facts, reason; /* lengths of what follows */
};

/* Do the jobs that come over `fd`, and answer; ends the process, as soon as the parent has ended. */
G_GNUC_NORETURN void worker_run(const struct pool_options *options, int fd, pid_t parent);

/* Either end's: false if the other is gone. */
bool worker_write(int fd, const void *bytes, size_t length);

#endif
