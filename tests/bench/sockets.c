/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sockets EXITWALK [COUNT]: makes COUNT (20,000) TCP sockets in a namespace of its own, half of them in one
 * process and half in others, and times "exitwalk sockets" by turns with "ss -tanp" on the same machine in the
 * same minute. Exits with 1 where the median is not below LIMIT_MS.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS	 11
#define LIMIT_MS 200.0
#define SHARE	 2500 /* sockets of one process */

static void fail(const char *what)
{
	fprintf(stderr, "bench_sockets: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void enter(void)
{
	struct ifreq r = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
	struct rlimit limit = {65536, 65536};

	if (unshare(CLONE_NEWNET) != 0)
		fail("unshare (run this as root)");
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &r) != 0)
		fail("lo");
	close(fd);
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* Both ends of `count` / 2 connections stay in this process. */
static void connect_all(int count)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(a);
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	if (listener < 0 || bind(listener, (struct sockaddr *)&a, length) != 0 || listen(listener, 128) != 0 ||
	    getsockname(listener, (struct sockaddr *)&a, &length) != 0)
		fail("listen");
	for (int i = 0; i < count / 2; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		if (fd < 0 || connect(fd, (struct sockaddr *)&a, length) != 0 || accept4(listener, NULL, NULL, SOCK_CLOEXEC) < 0)
			fail("connect");
	}
	close(listener);
}

static void fork_share(int count)
{
	int ready[2];
	char byte;

	if (pipe(ready) != 0)
		fail("pipe");
	pid_t child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		connect_all(count);
		if (write(ready[1], "x", 1) != 1)
			fail("write");
		for (;;)
			pause();
	}
	close(ready[1]);
	if (child < 0 || read(ready[0], &byte, 1) != 1)
		fail("a process that holds sockets");
	close(ready[0]);
}

struct cost {
	double wall, cpu; /* milliseconds */
};

static double milliseconds(struct timeval t)
{
	return (double)t.tv_sec * 1000.0 + (double)t.tv_usec / 1000.0;
}

/* What a command costs whose output goes to /dev/null. */
static struct cost run(char *const *argv)
{
	gint64 start = g_get_monotonic_time();
	struct rusage usage;
	int status;
	pid_t child = fork();

	if (child == 0) {
		int null = open("/dev/null", O_WRONLY);

		dup2(null, 1);
		execvp(argv[0], argv);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &usage) != child || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
		fprintf(stderr, "bench_sockets: %s failed\n", argv[0]);
		exit(1);
	}
	return (struct cost){(double)(g_get_monotonic_time() - start) / 1000.0,
			     milliseconds(usage.ru_utime) + milliseconds(usage.ru_stime)};
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(double *values)
{
	qsort(values, ROUNDS, sizeof(*values), compare);
	return values[ROUNDS / 2];
}

/* One command, by turns with the others. */
struct row {
	const char *name;
	char *argv[4];
	double wall[ROUNDS], cpu[ROUNDS];
};

int main(int argc, char **argv)
{
	int count = argc > 2 ? atoi(argv[2]) : 20000;
	g_autofree char *ss = g_find_program_in_path("ss");
	double ratios[ROUNDS];

	if (argc < 2 || count < 2) {
		fprintf(stderr, "usage: bench_sockets EXITWALK [COUNT]\n");
		return 2;
	}
	struct row rows[] = {
		{.name = "exitwalk sockets", .argv = {argv[1], "sockets"}},
		{.name = "exitwalk sockets --json", .argv = {argv[1], "sockets", "--json"}},
		{.name = "ss -tanp", .argv = {"ss", "-tanp"}},
	};
	int used = ss ? 3 : 2;
	enter();
	for (int left = count / 2; left > 0; left -= SHARE)
		fork_share(MIN(left, SHARE));
	connect_all(count / 2);
	for (int i = 0; i < ROUNDS; i++) {
		for (int r = 0; r < used; r++) {
			struct cost cost = run(rows[r].argv);

			rows[r].wall[i] = cost.wall;
			rows[r].cpu[i] = cost.cpu;
		}
		ratios[i] = ss ? rows[0].wall[i] / rows[2].wall[i] : 0;
	}
	printf("%d sockets, medians of %d rounds\n", count, ROUNDS);
	for (int r = 0; r < used; r++) {
		double wall = median(rows[r].wall), cpu = median(rows[r].cpu);

		printf("  %-24s %7.1f ms (%.1f to %.1f), CPU %.1f ms\n", rows[r].name, wall, rows[r].wall[0],
		       rows[r].wall[ROUNDS - 1], cpu);
	}
	if (ss)
		printf("  exitwalk sockets / ss -tanp, paired: %.2f\n", median(ratios));
	else
		printf("  ss is not here\n");
	return rows[0].wall[ROUNDS / 2] < LIMIT_MS ? 0 : 1;
}
