/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How the runner has a step done: tells the actor, watches until it answers, and learns of what was
 * made. */
#include "live/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LONG_NS                                                                                    \
	(25 * NS_PER_MS) /* what takes longer is told when it comes back, not when it began */

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
	if (r->is_mute && !error)
		return;
	live_timeline_add(&r->timeline, &e);
}

static bool fail(struct live_runner *r, const struct ew_live_step *s, enum ew_error code, const char *why)
{
	g_set_error(&r->error, EW_ERROR, code, "%s:%d: the step \"%s\" failed: %s", r->x->path, s->line, s->text, why);
	return false;
}

bool live_runner_step_failed(struct live_runner *r, const struct ew_live_step *s, const char *why)
{
	return fail(r, s, EW_ERROR_INPUT, why);
}

bool live_runner_step_vain(struct live_runner *r, const struct ew_live_step *s, const char *why)
{
	return fail(r, s, EW_ERROR_NO_ANSWER, why);
}

bool live_runner_step_impossible(struct live_runner *r, const struct ew_live_step *s, const char *why)
{
	return fail(r, s, EW_ERROR_NOT_POSSIBLE, why);
}

/* "setsockopt TCP_NODELAY 1" of a socket that has no TCP below it. */
static bool is_foreign_option(const struct live_runner *r, const struct ew_live_step *s)
{
	const char *name = !strcmp(s->verb->name, "cork")		? "TCP_CORK"
			   : !strcmp(s->verb->name, "setsockopt") ? s->arguments[0].text
								  : "";

	return r->x->protocol != EW_LIVE_TCP && r->x->protocol != EW_LIVE_MPTCP && g_str_has_prefix(name, "TCP_");
}

/* Urgent data of Unix sockets are a matter of CONFIG_AF_UNIX_OOB. */
static bool is_of_each_kernel(const struct live_runner *r, const struct ew_live_step *s)
{
	return live_verb_of(s)->flags & LIVE_VERB_EVERYWHERE &&
	       !(r->x->protocol == EW_LIVE_UNIX && strstr(s->text, " urgent"));
}

/* "Not supported" is of this kernel, or of such sockets on any: where the verb tells which, it is said, and else both. */
static bool step_unsupported(struct live_runner *r, const struct ew_live_step *s, int number)
{
	bool is_of_file = (number == EOPNOTSUPP && is_of_each_kernel(r, s)) || is_foreign_option(r, s);
	const char *protocol = ew_live_protocol_name(r->x->protocol);
	g_autofree char *why =
		is_of_file
			? g_strdup_printf("%s: a socket of protocol %s, as it is then, cannot do that on any machine",
					  g_strerror(number), protocol)
			: g_strdup_printf("%s: by this kernel as it is set up, or by a socket of protocol %s as it is then",
					  g_strerror(number), protocol);

	return fail(r, s, is_of_file ? EW_ERROR_INPUT : EW_ERROR_NOT_POSSIBLE, why);
}

bool live_runner_step_refused(struct live_runner *r, const struct ew_live_step *s, int number)
{
	static const int of_machine[] = {EPERM,	 EACCES,  ENOSYS, EPROTONOSUPPORT, EAFNOSUPPORT, ENODEV, ENXIO,
					 ENOMEM, ENOBUFS, ENFILE, EMFILE,	   ENOSPC,	 EUSERS, EROFS};
	enum ew_error code = EW_ERROR_INPUT;

	if (number == EOPNOTSUPP || number == ENOPROTOOPT)
		return step_unsupported(r, s, number);
	for (size_t i = 0; i < G_N_ELEMENTS(of_machine); i++)
		if (number == of_machine[i])
			code = EW_ERROR_NOT_POSSIBLE;
	return fail(r, s, code, g_strerror(number));
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

/* What it gives comes from the other side: it is told after that. */
static int64_t step_time(const struct ew_live_step *s, int64_t start, int64_t ended)
{
	return live_verb_of(s)->flags & LIVE_VERB_TAKES || ended - start > LONG_NS ? ended : start;
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
	struct live_connection *c =
		live_timeline_connect(&r->timeline, r->x->actors[s->actor].side, &end);
	c->looked = c->active = live_now();
	if (c->is_watched)
		live_runner_glance(r);
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

static bool is_detached(const struct live_runner *r, const struct ew_live_step *s)
{
	return s->is_detached || r->detaches;
}

static void make_command(struct live_runner *r, const struct ew_live_step *s,
			 struct live_command *c)
{
	int side = r->x->actors[s->actor].side;

	*c = (struct live_command){.verb = live_verb_of(s),
				   .is_detached = is_detached(r, s),
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
	} else if (v->flags & LIVE_VERB_ROOM) {
		fds[0] = live_stage_room(&r->stage);
		if (fds[0] < 0)
			return live_runner_step_impossible(r, s, "no directory of its own can be mounted");
		count = 1;
	}
	ok = live_actor_tell(&r->actors[s->actor], &c, fds, count);
	for (int i = 0; i < count && v->flags & LIVE_VERB_BEARS; i++)
		close(fds[i]);
	return ok || live_runner_step_impossible(r, s, "the actor is not there any more");
}

/* How long it may take: its own bound, and after the kill the experiment's. */
static int64_t step_end(const struct live_runner *r, const struct ew_live_step *s, int64_t start)
{
	int64_t own = start + s->within_ms * NS_PER_MS;

	if (!s->within_ms)
		return r->deadline ? r->deadline : start + 2000 * NS_PER_MS;
	return r->deadline ? MIN(own, r->deadline) : own;
}

/* ---- answers --------------------------------------------------------------------------------- */

/* The actor is gone, or has become another program. */
static void take_end(struct live_runner *r, struct live_actor *a, const struct ew_live_step *s)
{
	unsigned flags = live_verb_of(s)->flags;

	a->pending = NULL;
	r->is_stirred = true;
	if (flags & (LIVE_VERB_ENDS | LIVE_VERB_EXECS)) {
		a->is_killed |= (flags & LIVE_VERB_ENDS) != 0;
		live_runner_report(r, s, step_time(s, a->pending_since, live_now()), 0, 0);
	} else if (!a->is_killed) {
		live_runner_step_impossible(r, s, "the actor ended by itself");
	}
}

static void take_answer(struct live_runner *r, struct live_actor *a, const struct ew_live_step *s,
			const struct live_reply *reply)
{
	if (reply->is_early) {
		a->is_early = true;
		know(r, s, reply);
		return;
	}
	a->pending = NULL;
	r->is_stirred |= !r->is_mute;
	/* before the kill a failure ends the experiment, after it it is something observed */
	if (reply->error && !r->deadline && reply->error != s->fails) {
		live_runner_step_refused(r, s, reply->error);
		return;
	}
	if (!a->is_mute)
		live_runner_report(r, s, step_time(s, a->pending_since, reply->ended), reply->error, reply->value);
	know(r, s, reply);
}

void live_runner_take_pending(struct live_runner *r)
{
	for (int i = 0; i < r->x->actor_count; i++) {
		struct live_actor *a = &r->actors[i];
		struct live_reply reply;

		if (!a->pending)
			continue;
		ssize_t n = recv(a->control, &reply, sizeof(reply), MSG_DONTWAIT);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n == (ssize_t)sizeof(reply))
			take_answer(r, a, a->pending, &reply);
		else
			take_end(r, a, a->pending);
	}
}

/* ---- one command ----------------------------------------------------------------------------- */

static bool too_long(struct live_runner *r, const struct ew_live_step *s)
{
	if (!r->deadline) {
		g_autofree char *why = g_strdup_printf(
			"no answer within %g s; does it wait for something that no step does?",
			(double)(s->within_ms ? s->within_ms : 2000) / 1000);
		live_runner_step_failed(r, s, why);
	}
	r->bound_reached = true;
	return false;
}

/* A child that was born answers by itself. */
static bool greet(struct live_runner *r, const struct ew_live_step *s, int64_t until)
{
	struct live_actor *child = &r->actors[s->target];

	while (!live_runner_watch(r, child->control, until)) {
		if (live_runner_must_stop(r))
			return false;
		if (live_now() >= until)
			return too_long(r, s);
	}
	return live_actor_greet(child) ||
	       live_runner_step_impossible(r, s, "the new process did not begin");
}

/* Watches until the actor has answered, or with `early` has told the addresses. */
static bool wait_for(struct live_runner *r, const struct ew_live_step *s, bool early, int64_t until)
{
	const struct live_actor *a = &r->actors[s->actor];

	while (a->pending && !(early && a->is_early)) {
		live_runner_watch(r, -1, until);
		if (live_runner_must_stop(r))
			return false;
		if (a->pending && live_now() >= until)
			return too_long(r, s);
	}
	return !live_runner_must_stop(r);
}

/* It is expected not to come back. */
static bool see_block(struct live_runner *r, const struct ew_live_step *s)
{
	struct live_actor *a = &r->actors[s->actor];
	int64_t until = live_now() + s->blocks_ms * NS_PER_MS;

	while (a->pending && live_now() < until && !live_runner_must_stop(r))
		live_runner_watch(r, -1, until);
	if (a->pending)
		live_runner_report(r, s, live_now(), EINPROGRESS, 0);
	a->pending_since = 0;
	return !live_runner_must_stop(r);
}

/* Has the actor do it and watches until it answers. Returns false when the steps must end. */
static bool do_command(struct live_runner *r, const struct ew_live_step *s)
{
	struct live_actor *a = &r->actors[s->actor];
	unsigned flags = live_verb_of(s)->flags;
	int64_t start = live_now(), until = step_end(r, s, start);

	/* it does one thing at a time */
	if (!wait_for(r, s, false, until))
		return false;
	if (s->is_zero)
		live_runner_observe(r); /* from before it */
	live_runner_zero(r, s, live_now());
	if (!tell(r, s) || (flags & LIVE_VERB_BEARS && !greet(r, s, until)))
		return false;
	a->pending = s;
	a->pending_since = start;
	a->is_early = false;
	a->is_mute = flags & LIVE_VERB_LEAVES;
	if (a->is_mute) {
		live_runner_report(r, s, start, 0, 0);
		return true;
	}
	if (s->blocks_ms)
		return see_block(r, s);
	if (is_detached(r, s))
		a->pending_since = 0;
	return (is_detached(r, s) && s->target < 0) || wait_for(r, s, is_detached(r, s), until);
}

bool live_runner_step(struct live_runner *r, const struct ew_live_step *s)
{
	const struct live_verb *v = live_verb_of(s);

	for (int i = 0; i < s->repeat; i++) {
		r->is_mute = i + 1 < s->repeat;
		if (!(v->run ? v->run(r, s) : do_command(r, s)))
			return false;
	}
	return true;
}
