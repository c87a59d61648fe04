/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The observer of processes: what /proc says of one between its kill and its end. */
#include "live/observe.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Reads a small file; returns its length, -1 where there is none. */
static ssize_t read_small(const char *proc, pid_t pid, const char *name, char *buffer, size_t size)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%d/%s", proc, (int)pid, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ssize_t n = read(fd, buffer, size - 1);
	close(fd);
	buffer[n > 0 ? n : 0] = '\0';
	return n;
}

/* "PID (COMM) STATE …", threads being the 20th word. The name may hold anything, parentheses
 * included, so that what follows its last one counts. */
static bool read_stat(const char *proc, pid_t pid, struct live_process *p)
{
	char text[1024];
	const char *at;

	if (read_small(proc, pid, "stat", text, sizeof(text)) <= 0 || !(at = strrchr(text, ')')) ||
	    at[1] != ' ')
		return false;
	at += 2;
	p->state = *at;
	for (int word = 3; word < 20; word++) {
		at = strchr(at, ' ');
		if (!at)
			return false;
		at++;
	}
	p->tasks = atoi(at);
	return true;
}

static int count_descriptors(const char *proc, pid_t pid)
{
	char path[256];
	struct dirent *d;
	int n = 0;

	snprintf(path, sizeof(path), "%s/%d/fd", proc, (int)pid);
	DIR *dir = opendir(path);
	if (!dir)
		return -1;
	while ((d = readdir(dir)))
		n += *d->d_name != '.';
	closedir(dir);
	return n;
}

static void read_wchan(const char *proc, pid_t pid, struct live_process *p)
{
	char text[64];

	/* "0" says that it runs, or that we may not know */
	if (read_small(proc, pid, "wchan", text, sizeof(text)) > 0 && strcmp(text, "0"))
		g_strlcpy(p->wchan, text, sizeof(p->wchan));
}

void live_process_look(const char *proc, pid_t pid, bool with_wchan, struct live_process *p)
{
	if (!proc)
		proc = "/proc";
	*p = (struct live_process){.descriptors = -1};
	if (!read_stat(proc, pid, p)) {
		p->state = 0;
		return;
	}
	p->descriptors = count_descriptors(proc, pid);
	if (with_wchan)
		read_wchan(proc, pid, p);
}

bool live_process_is_same(const struct live_process *a, const struct live_process *b)
{
	return a->state == b->state && a->tasks == b->tasks && a->descriptors == b->descriptors &&
	       !strcmp(a->wchan, b->wchan);
}
