/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verbs of processes: how they are born and how they end. And `still`, which waits. */
#include "live/internal.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- birth ----------------------------------------------------------------------------------- */

/* The child is the runner's, so that it dies with the runner and is reaped by it; what it inherits
 * is its maker's. Its ways to the runner came with the command. */
int64_t live_self_bear(struct live_self *self, const struct live_command *c, unsigned long flags)
{
	long pid = syscall(SYS_clone, flags | CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);

	if (pid == 0) {
		struct live_self child = {.control = self->attached[0], .inbox = self->attached[1]};

		child.descriptors = self->descriptors;
		if (!(flags & CLONE_FILES)) {
			close(self->control);
			close(self->inbox);
		}
		live_actor_born(&child, c->name);
	}
	/* in a shared table the child's descriptors are ours, too */
	for (size_t i = 0; flags & CLONE_FILES && i < G_N_ELEMENTS(self->attached); i++)
		self->attached[i] = -1;
	return pid < 0 ? -1 : 0;
}

static int64_t act_fork(struct live_self *self, const struct live_command *c, struct live_reply *r)
{
	return live_self_bear(self, c, 0);
}

/* For those that it bears from now on; the first of them is the init of the namespace. */
static int64_t act_unshare_pids(struct live_self *self, const struct live_command *c,
				struct live_reply *r)
{
	return unshare(CLONE_NEWPID);
}

/* Into a file system in memory that nobody else sees, and that goes with the actor. */
static int64_t act_core_dumps(struct live_self *self, const struct live_command *c,
			      struct live_reply *r)
{
	struct rlimit limit = {RLIM_INFINITY, RLIM_INFINITY};

	getrlimit(RLIMIT_CORE, &limit);
	limit.rlim_cur = limit.rlim_max;
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("exitwalk", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=700") < 0 ||
	    chdir("/tmp") < 0 || setrlimit(RLIMIT_CORE, &limit) < 0)
		return -1;
	return prctl(PR_SET_DUMPABLE, 1);
}

/* ---- death ----------------------------------------------------------------------------------- */

static int64_t act_exit(struct live_self *self, const struct live_command *c, struct live_reply *r)
{
	_exit(c->arguments[0].is_given ? (int)(c->arguments[0].number & 0xff) : 0);
}

static bool run_kill(struct live_runner *r, const struct ew_live_step *s)
{
	struct live_actor *a = &r->actors[s->actor];
	int number = s->arguments[1].is_given ? (int)s->arguments[1].number : SIGKILL;

	live_runner_observe(r); /* from before the kill */
	int64_t now = live_now();
	live_runner_zero(r, s, now);
	a->is_unreaped = s->arguments[0].is_given;
	bool is_done = live_actor_signal(a, number);
	int error = is_done ? 0 : errno;
	if (!is_done && error != s->fails)
		return live_runner_step_refused(r, s, error);
	a->is_killed |= is_done;
	r->active = now;
	live_runner_report(r, s, now, error, 0);
	return true;
}

/* ---- waiting --------------------------------------------------------------------------------- */

static bool run_still(struct live_runner *r, const struct ew_live_step *s)
{
	if (!live_runner_still(r, s->arguments[0].number))
		return false;
	live_runner_report_all(r, EW_LIVE_EVENT_STILL, s->arguments[0].number);
	return true;
}

/* ---- the table ------------------------------------------------------------------------------- */

const struct live_verb live_verbs_process[] = {
	{{"fork", "NEW", "makes another actor, which holds the same descriptors"},
	 .act = act_fork,
	 .flags = LIVE_VERB_BEARS},
	{{"unshare-pids", NULL,
	  "those that it bears from now on live in a PID namespace; the first is its init"},
	 .act = act_unshare_pids},
	{{"core-dumps", NULL, "will write core files, where nobody else sees them", "core-file"},
	 .act = act_core_dumps},
	{{"exit", "[N]", "calls _exit()"}, .act = act_exit, .flags = LIVE_VERB_ENDS},
	{{"kill", "[unreaped] [SIGNAL]",
	  "sends it SIGKILL, or another signal; time counts from the first one; unreaped: it "
	  "stays a zombie"},
	 .run = run_kill,
	 .flags = LIVE_VERB_ENDS},
	{{"still", "DURATION", "waits until nothing was seen for so long"},
	 .run = run_still,
	 .flags = LIVE_VERB_STAGE},
	{{NULL}},
};
