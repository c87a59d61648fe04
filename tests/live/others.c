/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Other programs that look at a stage while an experiment runs in it. */
#include "others.h"
#include "../check.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <ifaddrs.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int64_t now_of(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

static ino_t namespace_of(pid_t pid, const char *kind)
{
	g_autofree char *path = g_strdup_printf("/proc/%d/ns/%s", (int)pid, kind);
	struct stat st;

	return stat(path, &st) == 0 ? st.st_ino : 0;
}

static void enter(pid_t pid, const char *kind)
{
	g_autofree char *path = g_strdup_printf("/proc/%d/ns/%s", (int)pid, kind);
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	CHECK(fd >= 0 && setns(fd, 0) == 0, "%s: %s", path, strerror(errno));
	close(fd);
}

/* Root needs only the network namespace; others get there through the user namespace. */
static void enter_stage(pid_t inhabitant)
{
	if (geteuid() != 0 && namespace_of(inhabitant, "user") != namespace_of(getpid(), "user"))
		enter(inhabitant, "user");
	enter(inhabitant, "net");
}

/* The runner, once it is in its stage; 0 if it does not come. */
pid_t others_wait_for_runner(pid_t parent)
{
	g_autofree char *path = g_strdup_printf("/proc/%d/task/%d/children", parent, parent);

	for (int i = 0; i < 2000; i++) {
		g_autofree char *text = NULL;
		pid_t runner = 0;

		if (g_file_get_contents(path, &text, NULL, NULL))
			runner = (pid_t)strtol(text, NULL, 10);
		if (runner > 0 && namespace_of(runner, "net") &&
		    namespace_of(runner, "net") != namespace_of(getpid(), "net"))
			return runner;
		usleep(1000);
	}
	return 0;
}

/* Whose address a process has around it: that of side 0 or 1, -1 for none. */
static int side_of(pid_t pid)
{
	static const char *const addresses[] = {"192.0.2.1", "192.0.2.2"};
	int status, side = -1;
	pid_t child = fork();

	CHECK(child >= 0);
	if (child) {
		CHECK(waitpid(child, &status, 0) == child);
		return WIFEXITED(status) && WEXITSTATUS(status) ? WEXITSTATUS(status) - 1 : -1;
	}
	struct ifaddrs *list = NULL;
	enter_stage(pid);
	getifaddrs(&list);
	for (const struct ifaddrs *a = list; a; a = a->ifa_next) {
		char text[INET_ADDRSTRLEN];

		if (!a->ifa_addr || a->ifa_addr->sa_family != AF_INET)
			continue;
		inet_ntop(AF_INET, &((struct sockaddr_in *)a->ifa_addr)->sin_addr, text, sizeof(text));
		for (int i = 0; i < 2; i++)
			side = strcmp(text, addresses[i]) ? side : i;
	}
	_exit(side + 1);
}

/* Of a wire: an actor of each side, from whose namespace others may look. */
void others_find_actors(pid_t runner, pid_t actors[2])
{
	g_autofree char *path = g_strdup_printf("/proc/%d/task/%d/children", runner, runner);

	for (int tries = 0; tries < 400 && !(actors[0] && actors[1]); tries++) {
		g_autofree char *text = NULL;

		usleep(5000);
		if (!g_file_get_contents(path, &text, NULL, NULL))
			continue;
		g_auto(GStrv) pids = g_strsplit(g_strchomp(text), " ", -1);
		for (int i = 0; pids[i] && *pids[i]; i++) {
			pid_t pid = (pid_t)strtol(pids[i], NULL, 10);
			bool is_abroad = namespace_of(pid, "net") &&
					 namespace_of(pid, "net") != namespace_of(runner, "net");
			int side = is_abroad ? side_of(pid) : -1;

			if (side >= 0)
				actors[side] = pid;
		}
	}
	CHECK(actors[0] && actors[1], "no actors on the hosts");
}

/* On loopback each frame is seen once, on a wire whatever leaves or reaches the host. */
pid_t others_start_tcpdump(pid_t inhabitant, bool is_wire, const char *file)
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid)
		return pid;
	enter_stage(inhabitant);
	freopen("/dev/null", "w", stderr);
	execlp("tcpdump", "tcpdump", "-i", is_wire ? "eth0" : "lo", "-Q", is_wire ? "inout" : "in", "-n", "--immediate-mode", "-U", "-Z",
	       "root", "--time-stamp-precision=nano", "-w", file, "tcp", (char *)NULL);
	_exit(127);
}

/* Asks ss again and again until it is killed: each answer after a line "@ BEFORE AFTER". */
pid_t others_start_ss(pid_t inhabitant, const char *file)
{
	pid_t pid = fork();

	CHECK(pid >= 0);
	if (pid)
		return pid;
	enter_stage(inhabitant);
	FILE *out = fopen(file, "w");
	CHECK(out);
	for (;;) {
		int64_t before = now_of(CLOCK_REALTIME);
		FILE *ss = popen("ss -tanoiH", "r");
		g_autoptr(GString) text = g_string_new(NULL);
		char line[4096];

		while (ss && fgets(line, sizeof(line), ss))
			g_string_append(text, line);
		if (ss)
			pclose(ss);
		fprintf(out, "@ %" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n%s", before,
			now_of(CLOCK_REALTIME), text->str);
		fflush(out);
		usleep(5000);
	}
}

void others_stop(pid_t pid, int signal)
{
	CHECK(kill(pid, signal) == 0);
	CHECK(waitpid(pid, NULL, 0) == pid);
}

