/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Processes with their cost, and numbers in order. */
#include "measure.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

void measure_fail(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	fputs("bench: ", stderr);
	vfprintf(stderr, format, arguments);
	fputc('\n', stderr);
	va_end(arguments);
	exit(2);
}

double measure_now(void)
{
	return g_get_monotonic_time() / 1e6;
}

/* posix_spawn: the time of a start must not depend on how much memory the bench itself has. */
pid_t measure_start(char *const *argv, const char *directory, int out, int err)
{
	posix_spawn_file_actions_t files;
	int failure;
	pid_t pid;

	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDWR, 0);
	posix_spawn_file_actions_adddup2(&files, out < 0 ? 0 : out, 1);
	posix_spawn_file_actions_adddup2(&files, err < 0 ? 0 : err, 2);
	if (directory)
		posix_spawn_file_actions_addchdir_np(&files, directory);
	failure = posix_spawn(&pid, argv[0], &files, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&files);
	if (failure)
		measure_fail("cannot start %s: %s", argv[0], strerror(failure));
	return pid;
}

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

pid_t measure_wait(pid_t pid, struct cost *cost)
{
	struct rusage usage;
	int status = 0;

	do {
		pid_t ended = wait4(pid, &status, 0, &usage);

		if (ended >= 0) {
			cost->cpu = seconds(usage.ru_utime) + seconds(usage.ru_stime);
			cost->memory = (int64_t)usage.ru_maxrss * 1024;
			cost->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
			return ended;
		}
	} while (errno == EINTR);
	measure_fail("lost a child: %s", strerror(errno));
}

struct cost measure_run(char *const *argv, int out, int err)
{
	struct cost cost;
	double start = measure_now();

	measure_wait(measure_start(argv, NULL, out, err), &cost);
	cost.wall = measure_now() - start;
	return cost;
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The nearest rank: always a number that was measured. */
double measure_quantile(GArray *numbers, double q)
{
	guint rank = (guint)(q * numbers->len);

	g_array_sort(numbers, compare_doubles);
	return g_array_index(numbers, double, MIN(rank, numbers->len - 1));
}
