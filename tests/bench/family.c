/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A program with all that it starts: how much memory they have at once, and an end to all of them. */
#include "measure.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { LOOK_EVERY = 50 }; /* ms */

static int64_t resident(pid_t pid)
{
	g_autofree char *path = g_strdup_printf("/proc/%d/statm", pid);
	g_autofree char *text = NULL;
	long pages = 0;

	if (!g_file_get_contents(path, &text, NULL, NULL) || sscanf(text, "%*s %ld", &pages) != 1)
		return 0;
	return (int64_t)pages * sysconf(_SC_PAGESIZE);
}

/* The sum over the descendants of `pid`; each is killed where `signal` is set. */
static int64_t look_below(pid_t pid, int signal)
{
	g_autofree char *tasks = g_strdup_printf("/proc/%d/task", pid);
	GDir *dir = g_dir_open(tasks, 0, NULL);
	const char *task;
	int64_t sum = 0;

	while (dir && (task = g_dir_read_name(dir))) {
		g_autofree char *path = g_strdup_printf("%s/%s/children", tasks, task);
		g_autofree char *text = NULL;
		char *at, *end;
		pid_t child;

		if (!g_file_get_contents(path, &text, NULL, NULL))
			continue;
		for (at = text; (child = (pid_t)strtol(at, &end, 10)) > 0; at = end) {
			sum += resident(child) + look_below(child, signal);
			if (signal)
				kill(child, signal);
		}
	}
	if (dir)
		g_dir_close(dir);
	return sum;
}

/* What lost its parent is ours (see PR_SET_CHILD_SUBREAPER), and must not outlive the measurement. */
static void end_all(void)
{
	look_below(getpid(), SIGKILL);
	while (waitpid(-1, NULL, 0) > 0)
		look_below(getpid(), SIGKILL);
}

static double cpu_of_children(void)
{
	struct rusage usage;

	getrusage(RUSAGE_CHILDREN, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

struct cost measure_family(char *const *argv, const char *directory, int out, int err, double limit)
{
	double start = measure_now(), cpu = cpu_of_children();
	struct pollfd ended = {.events = POLLIN};
	int64_t most = 0;
	struct cost cost = {0};
	bool late = false;
	pid_t pid;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	pid = measure_start(argv, directory, out, err);
	ended.fd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (ended.fd < 0)
		measure_fail("this kernel has no pidfd_open()");
	while (poll(&ended, 1, LOOK_EVERY) == 0 && !late) {
		int64_t now = look_below(getpid(), 0);

		most = MAX(most, now);
		late = limit > 0 && measure_now() - start > limit;
	}
	close(ended.fd);
	if (late)
		look_below(getpid(), SIGKILL);
	measure_wait(pid, &cost);
	cost.wall = measure_now() - start;
	end_all();
	cost.cpu = cpu_of_children() - cpu;
	cost.memory = MAX(most, cost.memory);
	if (late)
		cost.status = MEASURE_TIMEOUT;
	return cost;
}
