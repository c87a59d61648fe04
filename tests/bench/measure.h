/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What all benches share: processes with their cost, and numbers in order. */
#ifndef EW_BENCH_MEASURE_H
#define EW_BENCH_MEASURE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct cost {
	double wall, cpu; /* seconds; CPU is user and system time, of all its children too */
	int64_t memory;	  /* the highest resident set of one of its processes, bytes */
	int status;	  /* exit status, 128 + n for a signal */
};

/* Start argv in `directory` (NULL: here), standard input empty, standard output to `out` and error to
 * `err` (-1: nowhere). Ends the program where it cannot be started. */
pid_t measure_start(char *const *argv, const char *directory, int out, int err);
/* Wait for it, or for any child (-1); which one it was. `cost->wall` is not set. */
pid_t measure_wait(pid_t pid, struct cost *cost);
/* Both. */
struct cost measure_run(char *const *argv, int out, int err);

/* The whole family: the program with all that it starts, in a session of its own. CPU is of all of them,
 * memory the highest sum of their resident sets (pages that two share count twice), looked at every
 * 50 ms. After `limit` seconds (0: never) all are killed; then the status is MEASURE_TIMEOUT. The caller
 * must have no other children. */
enum { MEASURE_TIMEOUT = 124 };
struct cost measure_family(char *const *argv, const char *directory, int out, int err, double limit);

/* Drop the file, or every file below the directory, from the page cache; the number of pages that stay. */
size_t measure_drop(const char *path);

double measure_now(void); /* seconds, monotonic */

/* `numbers` is a GArray of double, which these put in order. */
double measure_quantile(GArray *numbers, double q); /* 0 the least, 0.5 the median, 1 the greatest */

/* Says what is wrong, and exits with 2: nothing was measured. */
G_GNUC_NORETURN void measure_fail(const char *format, ...) G_GNUC_PRINTF(1, 2);

#endif
