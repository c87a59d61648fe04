/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the runner has a step done: tells the actor, watches until it answers, and learns of what was
 * made. */
#include "live/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define HOLD_NS (25 * NS_PER_MS) /* a step's time is not before what was told already */

/* ---- telling --------------------------------------------------------------------------------- */

void live_runner_report(struct live_runner *r, const struct ew_live_step *s, int64_t time,
			int error, int64_t value)
{
	struct ew_live_event e = {.kind = EW_LIVE_EVENT_STEP,
				  .time = time,
				  .side = s->actor < 0 ? -1 : r->x->actors[s->actor].side,
				  .actor = s->actor,
				  .line = s->line,
				  .status = error,
				  .value = value};

	g_strlcpy(e.text, s->text, sizeof(e.text));
	live_timeline_add(&r->timeline, &e);
}

bool live_runner_step_failed(struct live_runner *r, const struct ew_live_step *s, const char *why)
{
	g_set_error(&r->error, EW_ERROR, EW_ERROR_NOT_POSSIBLE, "%s:%d: the step \"%s\" failed: %s",
		    r->x->path, s->line, s->text, why);
	return false;
}

void live_runner_zero(struct live_runner *r, const struct ew_live_step *s, int64_t now)
{
	if (!s->is_zero || r->timeline.zero)
		return;
	r->timeline.zero = now;
	r->deadline = now + r->x->bound_ms * NS_PER_MS;
}

bool live_runner_still(struct live_runner *r, int64_t quiet_ms)
{
	int64_t quiet = quiet_ms * NS_PER_MS, start = live_now();

	while (!live_runner_must_stop(r)) {
		int64_t until = MAX(r->active, start) + quiet;

		if (live_now() >= until)
			return true;
		if (r->deadline && live_now() >= r->deadline) {
			r->bound_reached = true;
			return false;
		}
		live_runner_watch(r, -1, until);
	}
	return false;
}

/* ---- what was made --------------------------------------------------------------------------- */

/* From here on both ends of the connection are known and watched. */
static void know_connection(struct live_runner *r, const struct ew_live_step *s,
			    const struct live_reply *reply)
{
	struct live_end end = reply->end;

	/* one that has not come about has no peer's address yet */
	if (!end.peer.family)
		end.peer = r->actors[s->target].listens_on;
	if (!end.local.port || !end.peer.port)
		return;
	live_timeline_connect(&r->timeline, r->x->actors[s->actor].side, &end);
	r->sampled = live_now();
	live_runner_observe(r);
}

static void know(struct live_runner *r, const struct ew_live_step *s,
		 const struct live_reply *reply)
{
	if (reply->made == LIVE_MADE_LISTENER && reply->end.local.port)
		r->actors[s->actor].listens_on = reply->end.local;
	else if (reply->made == LIVE_MADE_CONNECTION && s->target >= 0)
		know_connection(r, s, reply);
}

/* ---- one command ----------------------------------------------------------------------------- */

static void make_command(struct live_runner *r, const struct ew_live_step *s,
			 struct live_command *c)
{
	int side = r->x->actors[s->actor].side;

	*c = (struct live_command){.verb = live_verb_of(s),
				   .is_detached = s->is_detached,
				   .protocol = r->x->protocol,
				   .own = r->stage.addresses[side]};
	memcpy(c->arguments, s->arguments, sizeof(c->arguments));
	g_strlcpy(c->on, s->on, sizeof(c->on));
	g_strlcpy(c->as, s->as, sizeof(c->as));
	const struct live_connection *of =
		live_timeline_connection(&r->timeline, (int)strtol(s->on, NULL, 10));
	if (of)
		c->end = of->ends[side];
	if (s->target >= 0) {
		c->target = r->actors[s->target].listens_on;
		c->pid = r->actors[s->target].pid;
		g_strlcpy(c->name, r->x->actors[s->target].name, sizeof(c->name));
	}
}

static bool tell(struct live_runner *r, const struct ew_live_step *s)
{
	const struct live_verb *v = live_verb_of(s);
	struct live_command c;
	int fds[2], count = 0;
	bool ok;

	make_command(r, s, &c);
	if (v->flags & LIVE_VERB_BEARS) {
		if (!live_actor_expect(&r->actors[s->target], r->x->actors[s->target].side, fds,
				       &r->error))
			return false;
		count = 2;
	} else if (v->flags & LIVE_VERB_INBOX) {
		fds[count++] = r->actors[s->target].inbox;
	}
	ok = live_actor_tell(&r->actors[s->actor], &c, fds, count);
	for (int i = 0; i < count && v->flags & LIVE_VERB_BEARS; i++)
		close(fds[i]);
	return ok || live_runner_step_failed(r, s, "the actor is not there any more");
}

/* How long it may take: its own bound, and after the kill the experiment's. */
static int64_t step_end(const struct live_runner *r, const struct ew_live_step *s, int64_t start)
{
	int64_t own = start + s->within_ms * NS_PER_MS;

	if (!s->within_ms)
		return r->deadline ? r->deadline : start + 2000 * NS_PER_MS;
	return r->deadline ? MIN(own, r->deadline) : own;
}

/* Watches until `control` can be read. */
static bool wait_for(struct live_runner *r, const struct ew_live_step *s, int control,
		     int64_t until)
{
	while (!live_runner_watch(r, control, until)) {
		if (live_runner_must_stop(r))
			return false;
		if (live_now() < until)
			continue;
		if (!r->deadline) {
			g_autofree char *why = g_strdup_printf(
				"no answer within %g s; does it wait for something that no step "
				"does?",
				(double)(s->within_ms ? s->within_ms : 2000) / 1000);
			live_runner_step_failed(r, s, why);
		}
		r->bound_reached = true;
		return false;
	}
	return true;
}

/* Takes an actor's answer. Returns false when the steps must end. */
static bool take_answer(struct live_runner *r, const struct ew_live_step *s, int64_t start,
			bool *is_early)
{
	struct live_actor *a = &r->actors[s->actor];
	const struct live_verb *v = live_verb_of(s);
	struct live_reply reply = {0};

	*is_early = false;
	if (recv(a->control, &reply, sizeof(reply), 0) != (ssize_t)sizeof(reply)) {
		if (!(v->flags & LIVE_VERB_ENDS))
			return live_runner_step_failed(r, s, "the actor ended by itself");
		a->is_killed = true;
		reply = (struct live_reply){0};
	}
	*is_early = reply.is_early;
	if (reply.is_early) {
		know(r, s, &reply);
		return true;
	}
	/* before the kill a failure ends the experiment, after it it is something observed */
	if (reply.error && !r->deadline && reply.error != s->fails)
		return live_runner_step_failed(r, s, g_strerror(reply.error));
	live_runner_report(r, s, MAX(start, live_now() - HOLD_NS), reply.error, reply.value);
	know(r, s, &reply);
	return !live_runner_must_stop(r);
}

/* A child that was born answers by itself. */
static bool greet(struct live_runner *r, const struct ew_live_step *s, int64_t until)
{
	struct live_actor *child = &r->actors[s->target];

	if (!wait_for(r, s, child->control, until))
		return false;
	return live_actor_greet(child) ||
	       live_runner_step_failed(r, s, "the new process did not begin");
}

/* Has the actor do it and watches until it answers. Returns false when the steps must end. */
static bool do_command(struct live_runner *r, const struct ew_live_step *s)
{
	struct live_actor *a = &r->actors[s->actor];
	int64_t start = live_now(), until = step_end(r, s, start);
	bool is_early = true;

	if (s->is_zero)
		live_runner_observe(r); /* from before it */
	live_runner_zero(r, s, live_now());
	if (!tell(r, s))
		return false;
	if (live_verb_of(s)->flags & LIVE_VERB_BEARS && !greet(r, s, until))
		return false;
	while (is_early)
		if (!wait_for(r, s, a->control, until) || !take_answer(r, s, start, &is_early))
			return false;
	return true;
}

bool live_runner_step(struct live_runner *r, const struct ew_live_step *s)
{
	const struct live_verb *v = live_verb_of(s);

	for (int i = 0; i < s->repeat; i++)
		if (!(v->run ? v->run(r, s) : do_command(r, s)))
			return false;
	return true;
}
