/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verbs that hold a process up, give it weight, or end a connection from outside. */
#include "live/internal.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- done to an actor ------------------------------------------------------------------------ */

static bool finish(struct live_runner *r, const struct ew_live_step *s, bool is_done)
{
	int error = is_done ? 0 : errno;

	if (!is_done && error != s->fails)
		return live_runner_step_refused(r, s, error);
	r->active = live_now();
	live_runner_report(r, s, r->active, error, 0);
	return true;
}

static bool run_stop(struct live_runner *r, const struct ew_live_step *s)
{
	live_runner_observe(r); /* from before it */
	live_runner_zero(r, s, live_now());
	return finish(r, s, live_actor_signal(&r->actors[s->actor], SIGSTOP));
}

static bool run_cont(struct live_runner *r, const struct ew_live_step *s)
{
	return finish(r, s, live_actor_signal(&r->actors[s->actor], SIGCONT));
}

static bool run_freeze(struct live_runner *r, const struct ew_live_step *s)
{
	struct live_actor *a = &r->actors[s->actor];
	bool is_done = ptrace(PTRACE_SEIZE, a->pid, NULL, (void *)PTRACE_O_TRACEEXIT) == 0;

	a->is_traced |= is_done;
	return finish(r, s, is_done);
}

static bool run_continue(struct live_runner *r, const struct ew_live_step *s)
{
	struct live_actor *a = &r->actors[s->actor];

	if (!a->is_traced)
		return live_runner_step_failed(r, s,
					       "it was not frozen; write \"freeze-frame\" before "
					       "the kill");
	return finish(r, s, ptrace(PTRACE_CONT, a->pid, NULL, NULL) == 0);
}

/* The zombie goes. */
static bool run_wait(struct live_runner *r, const struct ew_live_step *s)
{
	struct live_actor *a = &r->actors[s->actor];

	while (a->is_running && live_now() < r->deadline && !live_runner_must_stop(r))
		live_runner_watch(r, -1, r->deadline);
	a->is_unreaped = false;
	if (!a->is_reaped && waitpid(a->pid, &a->status, WNOHANG) == a->pid)
		a->is_reaped = true;
	errno = ECHILD;
	return finish(r, s, a->is_reaped);
}

/* SOCK_DESTROY, as `ss -K` does it, to the actor's end of the connection. */
static bool run_destroy(struct live_runner *r, const struct ew_live_step *s)
{
	int side = r->x->actors[s->actor].side;
	int number = *s->on ? (int)strtol(s->on, NULL, 10) : 1;
	const struct live_connection *c = live_timeline_connection(&r->timeline, number);

	if (!c || !live_sockets_diag(r, side))
		return live_runner_step_failed(r, s, "there is no such connection");
	live_runner_observe(r);
	live_runner_zero(r, s, live_now());
	errno = EOPNOTSUPP;
	return finish(r, s, live_diag_destroy(live_sockets_diag(r, side), &c->ends[side]));
}

/* ---- done by an actor ------------------------------------------------------------------------ */

static int64_t act_memory(struct live_self *self, const struct live_command *c,
			  struct live_reply *r)
{
	size_t size = (size_t)c->arguments[0].number;
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (memory == MAP_FAILED)
		return -1;
	madvise(memory, size, MADV_NOHUGEPAGE);
	memset(memory, 1, size);
	return (int64_t)size;
}

static void *sleep_for_ever(void *data)
{
	for (;;)
		pause();
	return NULL;
}

static int64_t act_threads(struct live_self *self, const struct live_command *c,
			   struct live_reply *r)
{
	for (int64_t i = 0; i < c->arguments[0].number; i++) {
		GThread *t = g_thread_try_new("more", sleep_for_ever, NULL, NULL);

		if (!t) {
			errno = EAGAIN;
			return -1;
		}
		g_thread_unref(t);
	}
	return c->arguments[0].number;
}

/* It never answers: what waits for it meets its bound. */
static int64_t act_hang(struct live_self *self, const struct live_command *c, struct live_reply *r)
{
	for (;;)
		pause();
	return -1;
}

const struct live_verb live_verbs_stall[] = {
	{{"stop", NULL, "sends it SIGSTOP"}, .run = run_stop},
	{{"cont", NULL, "sends it SIGCONT"}, .run = run_cont},
	{{"freeze-frame", NULL, "will stop it within do_exit(), before it closes its files"},
	 .run = run_freeze},
	{{"continue", NULL, "lets it go on from where freeze-frame stopped it"},
	 .run = run_continue,
	 .flags = LIVE_VERB_ON_DEAD},
	{{"wait", NULL, "reaps the zombie that `kill unreaped` left"},
	 .run = run_wait,
	 .flags = LIVE_VERB_ON_DEAD},
	{{"destroy", NULL, "ends its connection from outside by SOCK_DESTROY, as ss -K does"},
	 .run = run_destroy,
	 .flags = LIVE_VERB_ON_DEAD},
	{{"memory", "BYTES", "takes so much memory and writes to each page"}, .act = act_memory},
	{{"threads", "N", "starts so many threads, which sleep"}, .act = act_threads},
	{{"hang", NULL, "does nothing for ever, as a program that hangs"},
	 .act = act_hang,
	 .flags = LIVE_VERB_WAITS},
	{{NULL}},
};
