/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One walk of /proc: which process has which socket, by which descriptor. Processes come and go while it
 * lasts; what may not be looked into is counted. A table of descriptors that threads share is read once.
 */
#include "sockets/internal.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FIRST_PID_NAMESPACE 0xEFFFFFFCU /* PROC_PID_INIT_INO */
#define KERNEL_THREAD	    0x00200000U /* PF_KTHREAD */

struct walk {
	int proc;
	bool is_real; /* not a test's */
	GHashTable *inodes;
	struct ew_sockets *found;
	pid_t pid, thread;
	const char *name; /* of the process, once it was asked for */
};

static DIR *open_directory(int at, const char *path)
{
	int fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (fd >= 0 && !d)
		close(fd);
	return d;
}

/* Up to size - 1 bytes of a small file. */
static bool read_small(int at, const char *path, char *text, size_t size)
{
	int fd = openat(at, path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);

	if (fd >= 0)
		close(fd);
	text[MAX(n, 0)] = '\0';
	return n >= 0;
}

static const char *process_name(struct walk *w)
{
	char path[32], text[64];

	if (w->name)
		return w->name;
	snprintf(path, sizeof(path), "%d/comm", (int)w->pid);
	if (!read_small(w->proc, path, text, sizeof(text)))
		g_strlcpy(text, "?", sizeof(text));
	text[strcspn(text, "\n")] = '\0';
	w->name = g_string_chunk_insert_const(w->found->names, text);
	return w->name;
}

static void add_holder(struct walk *w, uint32_t inode, int fd, int ring)
{
	if (!g_hash_table_contains(w->inodes, GUINT_TO_POINTER(inode)))
		return;
	struct ew_socket_holder h = {.inode = inode,
				     .pid = w->pid,
				     .thread = w->thread,
				     .fd = fd,
				     .ring = ring,
				     .name = process_name(w)};

	g_array_append_val(w->found->holders, h);
}

/* "socket:[123]" */
static bool read_inode(const char *text, uint32_t *inode)
{
	char *end;

	if (strncmp(text, "socket:[", 8) != 0 || !isdigit((unsigned char)text[8]))
		return false;
	unsigned long number = strtoul(text + 8, &end, 10);

	*inode = (uint32_t)number;
	return *end == ']' && number && number <= UINT32_MAX;
}

/* Files that are registered with a ring stand in its fdinfo, by name. */
static void read_ring(struct walk *w, const char *process, const char *number)
{
	char path[96];
	uint32_t inode;

	snprintf(path, sizeof(path), "%.40s/fdinfo/%.20s", process, number);
	int fd = openat(w->proc, path, O_RDONLY | O_CLOEXEC);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");
	char *line = NULL;
	size_t size = 0;

	if (fd >= 0 && !file)
		close(fd);
	while (file && getline(&line, &size, file) > 0) {
		const char *at = strstr(line, "socket:[");

		line[strcspn(line, "\n")] = '\0';
		if (at && read_inode(at, &inode))
			add_holder(w, inode, -1, atoi(number));
	}
	free(line);
	if (file)
		fclose(file);
}

/* All descriptors of one table. Returns how many there are, -1 with errno. */
static int read_table(struct walk *w, const char *process)
{
	char path[64], target[64];
	uint32_t inode;
	int count = 0;

	snprintf(path, sizeof(path), "%.40s/fd", process);
	DIR *d = open_directory(w->proc, path);

	if (!d)
		return -1;
	for (const struct dirent *e; (e = readdir(d));) {
		if (!isdigit((unsigned char)*e->d_name))
			continue;
		ssize_t n = readlinkat(dirfd(d), e->d_name, target, sizeof(target) - 1);

		count++;
		if (n < 0)
			continue;
		target[n] = '\0';
		if (read_inode(target, &inode))
			add_holder(w, inode, atoi(e->d_name), -1);
		else if (!strcmp(target, "anon_inode:[io_uring]"))
			read_ring(w, process, e->d_name);
	}
	closedir(d);
	return count;
}

/* Has the thread a table of its own (unshare(CLONE_FILES))? Where that cannot be known: no. */
static bool has_own_table(const struct walk *w, pid_t other, pid_t thread)
{
	return w->is_real && syscall(SYS_kcmp, other, thread, KCMP_FILES, 0, 0) > 0;
}

/* Threads: those with a table of their own, or, where the first thread has ended and left none, the first
 * that has one. Returns how many tables were read. */
static int read_threads(struct walk *w, bool leader_has_none)
{
	pid_t shown = leader_has_none ? 0 : w->pid; /* the thread whose table was read */
	char path[64];
	int tables = 0;

	snprintf(path, sizeof(path), "%d/task", (int)w->pid);
	DIR *d = open_directory(w->proc, path);

	if (!d)
		return 0;
	for (const struct dirent *e; (e = readdir(d));) {
		pid_t thread = atoi(e->d_name);

		if (thread <= 0 || thread == w->pid || (shown && !has_own_table(w, shown, thread)))
			continue;
		snprintf(path, sizeof(path), "%d/task/%d", (int)w->pid, (int)thread);
		w->thread = thread;
		int count = read_table(w, path);

		tables += count >= 0;
		if (count > 0 && !shown)
			shown = thread;
	}
	closedir(d);
	w->thread = 0;
	return tables;
}

/* A kernel thread has nothing to hide; its directory is refused to plain users all the same. */
static bool is_kernel_thread(const struct walk *w, const char *process)
{
	char path[64], text[512];
	unsigned flags;

	snprintf(path, sizeof(path), "%.40s/stat", process);
	if (!read_small(w->proc, path, text, sizeof(text)))
		return false;
	const char *after = strrchr(text, ')');
	return after && sscanf(after + 1, " %*c %*d %*d %*d %*d %*d %u", &flags) == 1 &&
	       (flags & KERNEL_THREAD);
}

static bool has_threads(const struct walk *w, const char *process)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "%.40s/task", process);
	/* two names of its own and one a thread */
	return fstatat(w->proc, path, &st, 0) == 0 && st.st_nlink > 3;
}

static void read_process(struct walk *w, const char *process)
{
	w->pid = atoi(process);
	w->thread = 0;
	w->name = NULL;
	int count = read_table(w, process);
	bool is_refused = count < 0 && (errno == EACCES || errno == EPERM);

	if (count < 0 && !is_refused)
		return; /* it ended */
	/* what is left of a first thread that has ended belongs to root; the other threads do not */
	int tables = has_threads(w, process) ? read_threads(w, count <= 0) : 0;
	if (!is_refused || tables)
		w->found->walk.processes++;
	else if (!is_kernel_thread(w, process))
		w->found->walk.refused++;
}

static bool is_in_first_pid_namespace(const struct walk *w)
{
	struct stat st;

	return fstatat(w->proc, "self/ns/pid", &st, 0) != 0 || (uint32_t)st.st_ino == FIRST_PID_NAMESPACE;
}

/* ---- two who walk ---------------------------------------------------------------------------- */

/* Each takes the next process that nobody has taken. The kernel needs 5 us for each descriptor, and one
 * process may have most of them. */
struct round {
	int proc;
	bool is_real;
	GHashTable *inodes; /* only read */
	const GArray *pids; /* of int */
	int next;
};

/* What one found, in a struct ew_sockets without sockets. */
static void *walk_some(void *data)
{
	struct round *r = data;
	struct ew_sockets *part = sockets_new();
	struct walk w = {.proc = r->proc, .is_real = r->is_real, .inodes = r->inodes, .found = part};
	char process[16];

	for (;;) {
		int at = g_atomic_int_add(&r->next, 1);

		if (at >= (int)r->pids->len)
			return part;
		snprintf(process, sizeof(process), "%d", g_array_index(r->pids, int, at));
		read_process(&w, process);
	}
}

static void take_part(struct ew_sockets *s, struct ew_sockets *taken)
{
	ew_auto(sockets) part = taken;
	const char *last = NULL, *name = NULL;

	for (guint i = 0; i < part->holders->len; i++) {
		struct ew_socket_holder h = g_array_index(part->holders, struct ew_socket_holder, i);

		if (h.name != last)
			name = g_string_chunk_insert_const(s->names, h.name);
		last = h.name;
		h.name = name;
		g_array_append_val(s->holders, h);
	}
	s->walk.processes += part->walk.processes;
	s->walk.refused += part->walk.refused;
}

static void walk_all(struct round *r, struct ew_sockets *s)
{
	GThread *other = g_get_num_processors() > 1 ? g_thread_try_new("walk", walk_some, r, NULL) : NULL;

	take_part(s, walk_some(r));
	if (other)
		take_part(s, g_thread_join(other));
}

void sockets_walk(const char *proc, GHashTable *inodes, struct ew_sockets *s)
{
	g_autoptr(GArray) pids = g_array_new(FALSE, FALSE, sizeof(int));
	struct round r = {.inodes = inodes, .is_real = !strcmp(proc, "/proc"), .pids = pids};
	DIR *d = open_directory(AT_FDCWD, proc);

	s->walk = (struct ew_sockets_walk){0};
	if (!d || faccessat(dirfd(d), "self", F_OK, AT_SYMLINK_NOFOLLOW) != 0) {
		snprintf(s->walk.problem, sizeof(s->walk.problem), "%s: %s", proc,
			 d ? "nothing is mounted there" : g_strerror(errno));
		if (d)
			closedir(d);
		return;
	}
	r.proc = dirfd(d);
	for (const struct dirent *e; (e = readdir(d));) {
		int pid = atoi(e->d_name);

		if (pid > 0)
			g_array_append_val(pids, pid);
	}
	walk_all(&r, s);
	struct walk w = {.proc = r.proc};
	s->walk.is_hidden = faccessat(r.proc, "1", F_OK, 0) != 0;
	s->walk.is_contained = !is_in_first_pid_namespace(&w);
	closedir(d);
}
