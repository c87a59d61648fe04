/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Verbs of control groups: a group of its own for an actor, frozen, killed as a whole, or short of
 * memory. The groups are made by the runner below the mounted hierarchies and go when it clears up.
 */
#include "live/internal.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define GROUPS_MAX 8

struct group {
	char *path;
	const char *thaw_file, *thawed;
};

/* Of the runner's process alone. */
static struct group groups[GROUPS_MAX];
static int group_count;

/* The mounted hierarchies: one of version 2 is mounted alone or beside those of version 1. */
static const char *root_of(const char *controller)
{
	static const struct {
		const char *controller, *path, *proof;
	} roots[] = {
		{"v1", "/sys/fs/cgroup/freezer", "/sys/fs/cgroup/freezer/cgroup.procs"},
		{"v2", "/sys/fs/cgroup", "/sys/fs/cgroup/cgroup.controllers"},
		{"v2", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/unified/cgroup.procs"},
		{"memory", "/sys/fs/cgroup/memory", "/sys/fs/cgroup/memory/cgroup.procs"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(roots); i++)
		if (!strcmp(roots[i].controller, controller) && !access(roots[i].proof, W_OK))
			return roots[i].path;
	return NULL;
}

char *live_cgroup_missing(const char *controller)
{
	if (root_of(controller))
		return NULL;
	return g_strdup_printf("no control group that can be written: %s",
			       !strcmp(controller, "v1")       ? "version 1 of the freezer"
			       : !strcmp(controller, "memory") ? "version 1 of the memory controller"
							       : "version 2");
}

static bool put(const struct group *g, const char *file, const char *value)
{
	g_autofree char *path = g_build_filename(g->path, file, NULL);

	return live_write_file(path, value);
}

static bool remove_group(const char *path)
{
	int tries = 0;

	/* what was killed a moment ago may still be counted */
	while (rmdir(path) < 0 && errno == EBUSY && tries++ < 200)
		g_usleep(5000);
	return access(path, F_OK) != 0;
}

/* One of our own number is that of an earlier process, as long as we have made none. */
static bool is_alive(pid_t pid)
{
	return pid == getpid() ? group_count > 0 : kill(pid, 0) == 0 || errno != ESRCH;
}

/* What a runner left that was itself killed: its dead cannot go before they are thawed. */
static void sweep(const char *root)
{
	g_autoptr(GDir) directory = g_dir_open(root, 0, NULL);
	const char *name;

	while (directory && (name = g_dir_read_name(directory))) {
		int pid, number, length = 0;

		if (sscanf(name, "exitwalk-%d-%d%n", &pid, &number, &length) != 2 || name[length] || is_alive(pid))
			continue;
		g_autofree char *path = g_build_filename(root, name, NULL);
		struct group g = {.path = path};
		put(&g, "freezer.state", "THAWED");
		put(&g, "cgroup.freeze", "0");
		remove_group(path);
	}
}

/* A new group with this actor in it; NULL with errno. */
static struct group *make_group(const struct live_actor *a, const char *controller)
{
	const char *root = root_of(controller);
	char pid[16];

	if (!root || group_count == GROUPS_MAX) {
		errno = root ? ENOSPC : EOPNOTSUPP;
		return NULL;
	}
	struct group *g = &groups[group_count];
	sweep(root);
	g->path = g_strdup_printf("%s/exitwalk-%d-%d", root, (int)getpid(), group_count);
	g->thaw_file = !strcmp(controller, "v1") ? "freezer.state" : "cgroup.freeze";
	g->thawed = !strcmp(controller, "v1") ? "THAWED" : "0";
	if (mkdir(g->path, 0755) < 0) {
		int saved = errno;
		g_clear_pointer(&g->path, g_free);
		errno = saved;
		return NULL;
	}
	group_count++;
	g_snprintf(pid, sizeof(pid), "%d", (int)a->pid);
	return put(g, "cgroup.procs", pid) ? g : NULL;
}

void live_cgroups_thaw(void)
{
	for (int i = 0; i < group_count; i++)
		put(&groups[i], groups[i].thaw_file, groups[i].thawed);
}

int live_cgroups_remove(void)
{
	int left = 0;

	while (group_count) {
		struct group *g = &groups[--group_count];

		left += !remove_group(g->path);
		g_clear_pointer(&g->path, g_free);
	}
	return left;
}

/* ---- verbs ----------------------------------------------------------------------------------- */

static bool report(struct live_runner *r, const struct ew_live_step *s, int64_t time, bool ok)
{
	if (!ok)
		return live_runner_step_refused(r, s, errno);
	r->active = time;
	live_runner_report(r, s, time, 0, 0);
	return true;
}

static bool run_freeze(struct live_runner *r, const struct ew_live_step *s)
{
	const char *version = s->arguments[0].text;
	struct group *g = make_group(&r->actors[s->actor], version);
	bool is_v1 = !strcmp(version, "v1");

	return report(r, s, live_now(),
		      g && put(g, g->thaw_file, is_v1 ? "FROZEN" : "1"));
}

static bool run_thaw(struct live_runner *r, const struct ew_live_step *s)
{
	int64_t now = live_now();

	live_cgroups_thaw();
	return report(r, s, now, true);
}

static bool run_group_kill(struct live_runner *r, const struct ew_live_step *s)
{
	struct group *g = make_group(&r->actors[s->actor], "v2");

	live_runner_observe(r);
	int64_t now = live_now();
	live_runner_zero(r, s, now);
	bool ok = g && put(g, "cgroup.kill", "1");
	r->actors[s->actor].is_killed |= ok;
	return report(r, s, now, ok);
}

static bool run_limit_memory(struct live_runner *r, const struct ew_live_step *s)
{
	g_autofree char *limit = g_strdup_printf("%" G_GINT64_FORMAT, s->arguments[0].number);
	struct group *g = make_group(&r->actors[s->actor], "memory");

	return report(r, s, live_now(), g && put(g, "memory.limit_in_bytes", limit));
}

/* In the actor: it takes memory until the kernel kills it. */
static int64_t act_outgrow(struct live_self *self, const struct live_command *c,
			   struct live_reply *r)
{
	const size_t piece = 1 << 20;

	for (int64_t i = 0; i < c->arguments[0].number; i += (int64_t)piece) {
		void *memory = mmap(NULL, piece, PROT_READ | PROT_WRITE,
				    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

		if (memory == MAP_FAILED)
			return -1;
		memset(memory, 1, piece);
	}
	return c->arguments[0].number;
}

const struct live_verb live_verbs_cgroup[] = {
	{{"cgroup-freeze", "v1|v2", "puts it into a control group of its own and freezes that"},
	 .run = run_freeze},
	{{"cgroup-thaw", NULL, "thaws what cgroup-freeze froze"},
	 .run = run_thaw,
	 .flags = LIVE_VERB_ON_DEAD},
	{{"cgroup-kill", NULL, "puts it into a control group of its own and writes cgroup.kill",
	  "cgroup-v2"},
	 .run = run_group_kill,
	 .flags = LIVE_VERB_ENDS},
	{{"cgroup-memory", "BYTES", "puts it into a control group that may have so much memory",
	  "cgroup-v1-memory"},
	 .run = run_limit_memory},
	{{"outgrow", "BYTES", "takes so much memory, piece by piece, and is killed if it is too much"},
	 .act = act_outgrow,
	 .flags = LIVE_VERB_ENDS | LIVE_VERB_WAITS},
	{{NULL}},
};
