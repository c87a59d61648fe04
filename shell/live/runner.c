/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The runner: the forked process that enters the stage, has the actors do the steps, and watches.
 * It stops when it is done, when the bound is reached, or when the user's process hangs up; in each
 * case it clears the stage before it ends.
 */
#include "live/internal.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define HOLD_NS (50 * NS_PER_MS) /* how long events are held to be put in order */
#define QUIET_NS                                                                                   \
	(30 * NS_PER_MS) /* after the last socket went, for packets that are still on their way */
#define STEP_LIMIT_NS (2000 * NS_PER_MS) /* for a step before the kill */

struct side {
	struct live_actor actor;
	uint16_t listens_on;	     /* port, 0 for none */
	struct ew_live_event socket; /* as it was last seen */
	bool was_seen;
	bool is_killed;
};

struct runner {
	const struct ew_live_experiment *x;
	int parent;
	struct live_timeline timeline;
	struct live_diag *diag;
	struct live_capture *capture;
	struct side sides[EW_LIVE_ACTORS_MAX];
	int64_t sampled;  /* when the sockets were last looked at */
	int64_t active;	  /* when anything was last seen to happen */
	int64_t deadline; /* the bound, once the kill was done */
	bool was_hung_up; /* the user's process wants no more */
	bool bound_reached;
	GError *error;
};

/* ---- to the user's process ------------------------------------------------------------------- */

static void send_event(const struct ew_live_event *e, void *data)
{
	struct runner *r = data;
	struct live_message m = {.event = *e};

	if (send(r->parent, &m, offsetof(struct live_message, text), MSG_NOSIGNAL) < 0)
		r->was_hung_up = true;
}

static void send_error(struct runner *r)
{
	struct live_message m = {.is_error = true, .code = r->error->code};

	g_strlcpy(m.text, r->error->message, sizeof(m.text));
	send(r->parent, &m, sizeof(m), MSG_NOSIGNAL);
}

/* ---- watching -------------------------------------------------------------------------------- */

static bool has_changed(const struct ew_live_event *a, const struct ew_live_event *b)
{
	return a->receive_queue != b->receive_queue || a->send_queue != b->send_queue ||
	       a->inode != b->inode || a->timer != b->timer || a->retransmits != b->retransmits;
}

/* Compares a sample with the one before and reports what is new. */
static void report_socket(struct runner *r, int side, const struct ew_live_event *sample)
{
	struct side *s = &r->sides[side];
	struct ew_live_event e = *sample;
	bool is_new_state = !s->was_seen || e.state != s->socket.state;

	if (s->was_seen && !is_new_state && !has_changed(&e, &s->socket)) {
		s->socket.expires_ms = e.expires_ms;
		return;
	}
	/* a socket that is not there yet has no state to report */
	if (!s->was_seen && e.state == EW_LIVE_GONE)
		return;
	e.kind = is_new_state ? EW_LIVE_EVENT_STATE : EW_LIVE_EVENT_SOCKET;
	e.before = s->was_seen ? s->socket.state : EW_LIVE_GONE;
	e.since = r->sampled;
	s->socket = e;
	s->was_seen = true;
	if (is_new_state)
		r->active = e.time;
	live_timeline_add(&r->timeline, &e);
}

static void report_process(struct runner *r, int side)
{
	struct live_actor *a = &r->sides[side].actor;

	if (!live_actor_reap(a))
		return;
	r->active = live_now();
	struct ew_live_event e = {.kind = EW_LIVE_EVENT_PROCESS,
				  .time = r->active,
				  .side = side,
				  .status = a->status};
	if (r->x->watch & EW_LIVE_WATCH_PROCESSES)
		live_timeline_add(&r->timeline, &e);
}

/* One look at everything. Sockets are looked at before the packets are read: a packet that changed
 * a socket is then among them. */
static void observe(struct runner *r)
{
	struct ew_live_event samples[EW_LIVE_ACTORS_MAX];
	bool is_sampled[EW_LIVE_ACTORS_MAX] = {0};
	int64_t now = live_now();

	for (int i = 0; i < r->x->actor_count && !r->error; i++) {
		const struct live_end *end = &r->timeline.ends[i];

		if (!end->is_known || !(r->x->watch & EW_LIVE_WATCH_SOCKETS) ||
		    (r->sides[i].was_seen && r->sides[i].socket.state == EW_LIVE_GONE))
			continue;
		samples[i] = (struct ew_live_event){.time = live_now(), .side = i};
		is_sampled[i] = live_diag_look(r->diag, end, &samples[i], &r->error);
	}
	if (r->capture && live_capture_read(r->capture, &r->timeline) > 0)
		r->active = live_now();
	for (int i = 0; i < r->x->actor_count; i++) {
		if (is_sampled[i])
			report_socket(r, i, &samples[i]);
		report_process(r, i);
	}
	r->sampled = now;
	live_timeline_flush(&r->timeline, now - HOLD_NS);
}

/* Look often while something happens, seldom while nothing does; packets and deaths wake us. */
static int64_t tick(const struct runner *r)
{
	int64_t quiet = live_now() - r->active;

	return quiet < 20 * NS_PER_MS	 ? NS_PER_MS / 4
	       : quiet < 100 * NS_PER_MS ? NS_PER_MS
					 : 10 * NS_PER_MS;
}

/* Waits for something to happen, a tick at the longest, and looks. Returns whether `control` (or
 * -1) can be read. */
static bool watch_once(struct runner *r, int control, int64_t until)
{
	struct pollfd fds[3 + EW_LIVE_ACTORS_MAX] = {
		{.fd = r->parent, .events = POLLIN},
		{.fd = control, .events = POLLIN},
		{.fd = r->capture ? live_capture_fd(r->capture) : -1, .events = POLLIN},
	};
	int64_t wait = MAX(MIN(tick(r), until - live_now()), 0);
	struct timespec ts = {.tv_nsec = wait};

	for (int i = 0; i < r->x->actor_count; i++) {
		fds[3 + i].fd = r->sides[i].actor.is_running ? r->sides[i].actor.pidfd : -1;
		fds[3 + i].events = POLLIN;
	}
	if (ppoll(fds, G_N_ELEMENTS(fds), &ts, NULL) > 0 && fds[0].revents)
		r->was_hung_up = true;
	observe(r);
	return fds[1].revents;
}

static bool must_stop(const struct runner *r)
{
	return r->was_hung_up || r->error;
}

/* ---- steps ----------------------------------------------------------------------------------- */

static void report_step(struct runner *r, const struct ew_live_step *s, int64_t time, int error,
			int64_t value)
{
	g_autofree char *text = ew_live_step_text(r->x, s);
	struct ew_live_event e = {.kind = EW_LIVE_EVENT_STEP,
				  .time = time,
				  .side = s->actor,
				  .line = s->line,
				  .status = error,
				  .value = value};

	g_strlcpy(e.text, text, sizeof(e.text));
	live_timeline_add(&r->timeline, &e);
}

static void step_failed(struct runner *r, const struct ew_live_step *s, const char *why)
{
	g_autofree char *text = ew_live_step_text(r->x, s);

	g_set_error(&r->error, EW_ERROR, EW_ERROR_NOT_POSSIBLE, "%s:%d: the step \"%s\" failed: %s",
		    r->x->path, s->line, text, why);
}

/* From here on both ends of the connection are known and watched. */
static void know_ends(struct runner *r, const struct ew_live_step *s,
		      const struct live_reply *reply)
{
	if (s->verb == EW_LIVE_LISTENS)
		r->sides[s->actor].listens_on = reply->port;
	if (s->verb != EW_LIVE_CONNECTS)
		return;
	r->timeline.ends[s->actor] = (struct live_end){true, reply->port, reply->peer_port};
	r->timeline.ends[s->target] = (struct live_end){true, reply->peer_port, reply->port};
	r->sampled = live_now();
	observe(r);
}

/* Has the actor do it and watches until it answers. Returns false when the steps must end. */
static bool do_command(struct runner *r, const struct ew_live_step *s)
{
	struct live_actor *a = &r->sides[s->actor].actor;
	struct live_command c = {.verb = s->verb, .count = s->count};
	struct live_reply reply;
	int64_t start = live_now();
	int64_t until = r->deadline ? r->deadline : start + STEP_LIMIT_NS;

	if (s->verb == EW_LIVE_CONNECTS)
		c.port = r->sides[s->target].listens_on;
	if (send(a->control, &c, sizeof(c), MSG_NOSIGNAL) < 0)
		return step_failed(r, s, "the actor is not there any more"), false;
	while (!watch_once(r, a->control, until)) {
		if (must_stop(r))
			return false;
		if (live_now() < until)
			continue;
		if (!r->deadline)
			step_failed(r, s,
				    "no answer within 2 s; does it wait for something that no step "
				    "does?");
		r->bound_reached = true;
		return false;
	}
	if (recv(a->control, &reply, sizeof(reply), 0) != (ssize_t)sizeof(reply))
		return step_failed(r, s, "the actor ended by itself"), false;
	/* before the kill a failure ends the experiment, after it it is something observed */
	if (reply.error && !r->deadline)
		return step_failed(r, s, g_strerror(reply.error)), false;
	report_step(r, s, MAX(start, live_now() - HOLD_NS / 2), reply.error, reply.value);
	know_ends(r, s, &reply);
	return !must_stop(r);
}

static bool do_kill(struct runner *r, const struct ew_live_step *s)
{
	struct side *side = &r->sides[s->actor];
	int64_t now;

	observe(r); /* from before the kill */
	now = live_now();
	if (!live_actor_kill(&side->actor))
		return step_failed(r, s, g_strerror(errno)), false;
	side->is_killed = true;
	if (!r->deadline) {
		r->timeline.zero = now;
		r->deadline = now + r->x->bound_ms * NS_PER_MS;
	}
	r->active = now;
	report_step(r, s, now, 0, 0);
	return true;
}

/* Reports the sockets as they stand, each as one event. */
static void report_all(struct runner *r, enum ew_live_event_kind kind, int64_t value)
{
	for (int i = 0; i < r->x->actor_count; i++) {
		struct ew_live_event e = r->sides[i].socket;

		if (!r->sides[i].was_seen ||
		    (kind == EW_LIVE_EVENT_LEFT && e.state == EW_LIVE_GONE))
			continue;
		e.kind = kind;
		e.time = live_now();
		e.value = value;
		live_timeline_add(&r->timeline, &e);
	}
}

static bool do_still(struct runner *r, const struct ew_live_step *s)
{
	int64_t quiet = s->count * NS_PER_MS, start = live_now();

	while (!must_stop(r)) {
		int64_t until = MAX(r->active, start) + quiet;

		if (live_now() >= until)
			break;
		if (r->deadline && live_now() >= r->deadline) {
			r->bound_reached = true;
			return false;
		}
		watch_once(r, -1, until);
	}
	if (must_stop(r))
		return false;
	report_all(r, EW_LIVE_EVENT_STILL, s->count);
	return true;
}

static bool do_step(struct runner *r, const struct ew_live_step *s)
{
	switch (s->verb) {
	case EW_LIVE_KILLED:
		return do_kill(r, s);
	case EW_LIVE_STILL:
		return do_still(r, s);
	default:
		return do_command(r, s);
	}
}

/* ---- the run --------------------------------------------------------------------------------- */

/* No watched socket is left, the killed are dead, and nothing is on its way. */
static bool is_over(const struct runner *r)
{
	for (int i = 0; i < r->x->actor_count; i++) {
		const struct side *s = &r->sides[i];

		if (!s->was_seen || s->socket.state != EW_LIVE_GONE)
			return false;
		if (s->is_killed && s->actor.is_running)
			return false;
	}
	return live_now() - r->active > QUIET_NS;
}

static void watch_rest(struct runner *r)
{
	while (!must_stop(r) && !is_over(r)) {
		if (live_now() >= r->deadline) {
			r->bound_reached = true;
			return;
		}
		watch_once(r, -1, r->deadline);
	}
}

static void report_bound(struct runner *r, guint next_step)
{
	struct ew_live_event e = {.kind = EW_LIVE_EVENT_BOUND,
				  .time = live_now(),
				  .side = -1,
				  .value = r->x->bound_ms};

	if (next_step < r->x->steps->len) {
		const struct ew_live_step *s =
			&g_array_index(r->x->steps, struct ew_live_step, next_step);
		g_autofree char *text = ew_live_step_text(r->x, s);

		e.line = s->line;
		g_strlcpy(e.text, text, sizeof(e.text));
	}
	live_timeline_add(&r->timeline, &e);
	report_all(r, EW_LIVE_EVENT_LEFT, 0);
}

static bool set_up(struct runner *r)
{
	struct ew_live_event stage;

	if (!live_stage_enter(r->x, &stage, &r->error))
		return false;
	live_timeline_add(&r->timeline, &stage);
	r->diag = live_diag_open(&r->error);
	if (r->diag && (r->x->watch & EW_LIVE_WATCH_PACKETS))
		r->capture = live_capture_open(&r->error);
	for (int i = 0; !r->error && i < r->x->actor_count; i++)
		live_actor_start(&r->sides[i].actor, r->x->actors[i], &r->error);
	r->active = r->sampled = live_now();
	return !r->error;
}

/* Kills and reaps the actors, then destroys what they left: a socket in FIN_WAIT1 would keep the
 * namespace for minutes. Returns how many could not be destroyed. */
static int clear_stage(struct runner *r)
{
	int left = 0;

	for (int i = 0; i < r->x->actor_count; i++)
		live_actor_clear(&r->sides[i].actor);
	for (int i = 0; i < r->x->actor_count && r->diag; i++)
		if (r->timeline.ends[i].is_known)
			left += !live_diag_destroy(r->diag, &r->timeline.ends[i]);
	live_capture_close(r->capture);
	live_diag_close(r->diag);
	return left;
}

static void run_steps(struct runner *r)
{
	guint next = 0;

	while (next < r->x->steps->len &&
	       do_step(r, &g_array_index(r->x->steps, struct ew_live_step, next)))
		next++;
	if (next == r->x->steps->len)
		watch_rest(r);
	if (r->bound_reached && !must_stop(r))
		report_bound(r, next);
}

void live_runner_main(const struct ew_live_experiment *x, int parent)
{
	struct runner r = {.x = x, .parent = parent};

	live_timeline_init(&r.timeline, x, send_event, &r);
	if (set_up(&r))
		run_steps(&r);
	struct ew_live_event end = {
		.kind = EW_LIVE_EVENT_END, .time = live_now(), .side = -1, .value = !must_stop(&r)};
	end.line = clear_stage(&r);
	live_timeline_flush(&r.timeline, INT64_MAX);
	end.time -= r.timeline.zero ? r.timeline.zero : end.time;
	if (r.error)
		send_error(&r);
	else
		send_event(&end, &r);
	live_timeline_clear(&r.timeline);
	g_clear_error(&r.error);
	_exit(0);
}
