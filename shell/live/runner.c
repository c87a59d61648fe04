/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The runner: the forked process that enters the stage, has the actors do the steps, and watches.
 * It stops when it is done, when the bound is reached, or when the user's process hangs up; in each
 * case it clears the stage before it ends. The steps themselves are runner_step.c's.
 */
#include "live/frame.h"
#include "live/internal.h"
#include "live/wire.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define HOLD_NS	 (50 * NS_PER_MS) /* how long events are held to be put in order */
#define LEAST_NS (NS_PER_MS * 7 / 10)
#define QUIET_NS                                                                                   \
	(30 * NS_PER_MS) /* after the last socket went, for packets that are still on their way */

/* ---- to the user's process ------------------------------------------------------------------- */

static void send_outbox(struct live_runner *r)
{
	struct live_message *m = &r->outbox;
	size_t size = offsetof(struct live_message, events) + (size_t)m->count * sizeof(*m->events);

	if (m->count && send(r->parent, m, size, MSG_NOSIGNAL) < 0)
		r->was_hung_up = true;
	m->count = 0;
}

static void put_event(const struct ew_live_event *e, void *data)
{
	struct live_runner *r = data;

	if (r->outbox.count == LIVE_MESSAGE_EVENTS)
		send_outbox(r);
	r->outbox.events[r->outbox.count++] = *e;
}

void live_runner_tell(struct live_runner *r, int64_t until)
{
	live_timeline_flush(&r->timeline, until);
	send_outbox(r);
}

static void send_error(struct live_runner *r)
{
	struct live_message m = {.is_error = true, .code = r->error->code};

	g_strlcpy(m.text, r->error->message, sizeof(m.text));
	send(r->parent, &m, offsetof(struct live_message, text) + sizeof(m.text), MSG_NOSIGNAL);
}

/* ---- watching -------------------------------------------------------------------------------- */

void *live_runner_observer(struct live_runner *r, const struct live_observer *observer)
{
	for (int i = 0; i < r->observer_count; i++)
		if (r->observers[i] == observer)
			return r->watchers[i];
	return NULL;
}

void live_runner_glance(struct live_runner *r)
{
	int64_t now = live_now();

	live_pace_share(&r->pace, true);
	live_pace_look(&r->pace, now, now - r->active < LIVE_BUSY_NS);
	for (int i = 0; i < r->observer_count; i++)
		if (r->observers[i]->prepare)
			r->observers[i]->prepare(r->watchers[i], r);
	for (int i = 0; i < r->observer_count; i++)
		if (r->observers[i]->sample)
			r->observers[i]->sample(r->watchers[i], r);
	for (int i = 0; i < r->observer_count; i++)
		if (r->observers[i]->report)
			r->observers[i]->report(r->watchers[i], r);
	live_runner_tell(r, now - HOLD_NS);
	live_pace_share(&r->pace, false);
}

void live_runner_observe(struct live_runner *r)
{
	r->is_thorough = true;
	live_runner_glance(r);
	r->is_thorough = false;
}

static int64_t last_eager(const struct live_runner *r)
{
	return MAX(r->eager, r->timeline.zero);
}

/* How long a look and the next one are apart at least, however many packets come. What is made by the hundred before the
 * kill is looked at when it is there, and lasts; but a wire is waited for. */
static int64_t least(const struct live_runner *r, int64_t now)
{
	if (now - last_eager(r) < LIVE_BUSY_NS)
		return NS_PER_MS / 10;
	return r->is_mute && !r->timeline.zero && !live_stage_wire(&r->stage) ? 4 * LEAST_NS : LEAST_NS;
}

/* Look often while something happens, seldom while nothing does; packets and deaths wake us. Data
 * changes no state: in a stream of it a look has its least distance from the one before, which
 * keeps what watching takes within bounds, and any state that lasts a millisecond is seen. */
static int64_t tick(const struct live_runner *r, int64_t now)
{
	return MIN(live_pace_tick(now - last_eager(r)), MAX(live_pace_tick(now - r->active), least(r, now)));
}

/* Whether observers may wake us: not so soon after the last look. */
static bool may_be_woken(const struct live_runner *r, int64_t now)
{
	return now - r->pace.looked >= least(r, now);
}

struct waking {
	bool by_any, by_control, by_answer, by_observer; /* an answer is that of an actor to a pending step */
};

static bool is_any_ready(const struct pollfd *fds, nfds_t from, nfds_t to)
{
	while (from < to && !fds[from].revents)
		from++;
	return from < to;
}

/* Waits until `until` at the longest, for what an observer sees only where it is wanted. */
static struct waking wait_for_any(struct live_runner *r, int control, int64_t until, bool with_observers)
{
	struct pollfd fds[2 + 2 * EW_LIVE_ACTORS_MAX + LIVE_OBSERVERS_MAX] = {
		{.fd = r->parent, .events = POLLIN},
		{.fd = control, .events = POLLIN},
	};
	struct timespec ts = {.tv_nsec = MAX(until - live_now(), 0)};
	nfds_t answers = 2, observers, n;

	for (int i = 0; i < r->x->actor_count; i++)
		if (r->actors[i].pending)
			fds[answers++] = (struct pollfd){.fd = r->actors[i].control, .events = POLLIN};
	observers = answers;
	for (int i = 0; i < r->x->actor_count; i++)
		if (r->actors[i].is_running)
			fds[observers++] = (struct pollfd){.fd = r->actors[i].pidfd, .events = POLLIN};
	n = observers;
	for (int i = 0; i < r->observer_count && with_observers; i++)
		if (r->observers[i]->fd)
			fds[n++] = (struct pollfd){.fd = r->observers[i]->fd(r->watchers[i]),
						   .events = POLLIN};
	if (ppoll(fds, n, &ts, NULL) <= 0)
		return (struct waking){0};
	if (fds[0].revents)
		live_hand_listen(r);
	return (struct waking){.by_any = true,
			       .by_control = fds[1].revents,
			       .by_answer = is_any_ready(fds, 2, answers),
			       .by_observer = !is_any_ready(fds, 0, observers)};
}

/* Of a step that is done many times not each one is looked at. */
static bool may_skip(const struct live_runner *r)
{
	return r->is_mute && !may_be_woken(r, live_now());
}

/* Until it is time for a look. In a storm of packets nobody listens to them before that. */
static struct waking wait_for_look(struct live_runner *r, int control, int64_t until)
{
	int64_t now = live_now(), due = MIN(r->pace.looked + tick(r, now), until);
	int64_t soonest = MIN(r->pace.looked + least(r, now), until);
	struct waking w = {0};

	if (r->is_stormy && !may_be_woken(r, now))
		w = wait_for_any(r, control, soonest, false);
	if (w.by_any)
		return w;
	w = wait_for_any(r, control, due, true);
	now = live_now();
	r->is_stormy = w.by_observer && now - r->pace.looked < 2 * least(r, now);
	if (w.by_observer && !may_be_woken(r, now))
		w = wait_for_any(r, control, soonest, false);
	return w;
}

bool live_runner_watch(struct live_runner *r, int control, int64_t until)
{
	live_pace_share(&r->pace, true);
	struct waking w = wait_for_look(r, control, until);
	live_pace_share(&r->pace, w.by_answer || w.by_control);
	if (!w.by_answer || !may_skip(r))
		live_runner_glance(r);
	live_runner_take_pending(r);
	return w.by_control;
}

bool live_runner_must_stop(const struct live_runner *r)
{
	return r->was_hung_up || r->error;
}

void live_runner_report_all(struct live_runner *r, enum ew_live_event_kind kind, int64_t value)
{
	for (guint i = 0; i < r->timeline.connections->len; i++) {
		const struct live_connection *c = r->timeline.connections->pdata[i];

		for (int side = 0; side < EW_LIVE_SIDES; side++) {
			struct ew_live_event e = c->socket[side];

			if (r->stage.is_left[side])
				continue;
			/* a stand-still shows both sides, also one that has no socket */
			if (!c->was_seen[side] &&
			    !(kind == EW_LIVE_EVENT_STILL && c->was_seen[1 - side]))
				continue;
			if (kind == EW_LIVE_EVENT_LEFT && e.state == EW_LIVE_GONE)
				continue;
			e.side = side;
			e.connection = c->number;
			/* a stand-still is one of both sides */
			e.kind = kind == EW_LIVE_EVENT_STILL && r->stage.is_left[1 - side]
					 ? EW_LIVE_EVENT_NOW
					 : kind;
			e.time = live_now();
			e.value = value;
			live_timeline_add(&r->timeline, &e);
		}
	}
}

/* ---- the run --------------------------------------------------------------------------------- */

/* No watched socket is left, the killed are dead, and nothing is on its way. */
static bool is_over(const struct live_runner *r)
{
	for (guint i = 0; i < r->timeline.connections->len; i++) {
		const struct live_connection *c = r->timeline.connections->pdata[i];

		for (int side = 0; side < EW_LIVE_SIDES && c->is_watched; side++)
			if (!r->stage.is_left[side] &&
			    (!c->was_seen[side] || c->socket[side].state != EW_LIVE_GONE))
				return false;
	}
	for (int i = 0; i < r->x->actor_count; i++)
		if (r->actors[i].is_killed && r->actors[i].is_running)
			return false;
	return r->timeline.connections->len && live_now() - r->active > QUIET_NS;
}

static void watch_rest(struct live_runner *r)
{
	while (!live_runner_must_stop(r) && !is_over(r)) {
		if (live_now() >= r->deadline) {
			r->bound_reached = true;
			return;
		}
		live_runner_watch(r, -1, r->deadline);
	}
}

static void report_bound(struct live_runner *r)
{
	struct ew_live_event e = {.kind = EW_LIVE_EVENT_BOUND,
				  .time = live_now(),
				  .side = -1,
				  .actor = -1,
				  .value = r->x->bound_ms};

	if (r->not_done) {
		e.line = r->not_done->line;
		g_strlcpy(e.text, r->not_done->text, sizeof(e.text));
		if (live_now() < r->deadline)
			e.value = r->not_done->within_ms;
	}
	live_timeline_add(&r->timeline, &e);
	live_runner_report_all(r, EW_LIVE_EVENT_LEFT, 0);
}

static void open_observer(struct live_runner *r, const struct live_observer *o)
{
	/* frames that are to be kept are looked at, told or not */
	bool is_keeping = r->pcap && o == &live_observer_packets;

	if (r->error || (o->watch && !(r->x->watch & o->watch) && !is_keeping))
		return;
	g_assert(r->observer_count < LIVE_OBSERVERS_MAX);
	void *watcher = o->open(r);
	if (!watcher)
		return;
	r->observers[r->observer_count] = o;
	r->watchers[r->observer_count++] = watcher;
}

/* Who watches packets alone has sockets, too, which must be cleared up, and processes to reap. */
static bool is_wanted(const struct live_runner *r, const struct live_observer *o)
{
	return !r->x->is_bare || o == &live_observer_sockets || o == &live_observer_packets ||
	       o == &live_observer_processes;
}

static bool set_up(struct live_runner *r)
{
	struct ew_live_event stage;

	if (!live_stage_enter(&r->stage, r->x, &stage, &r->error))
		return false;
	live_timeline_add(&r->timeline, &stage);
	for (int i = 0; live_observers[i]; i++)
		if (is_wanted(r, live_observers[i]))
			open_observer(r, live_observers[i]);
	for (int i = 0; r->stage.topology->observers && r->stage.topology->observers[i]; i++)
		open_observer(r, r->stage.topology->observers[i]);
	for (int i = 0; !r->error && i < r->x->actor_count; i++)
		if (!r->x->actors[i].is_born)
			live_actor_start(&r->actors[i], r->x->actors[i].name, &r->stage,
					 r->x->actors[i].side, &r->error);
	r->active = r->eager = live_now();
	live_pace_begin(&r->pace);
	for (int i = 0; !r->error && i < r->observer_count; i++)
		if (r->observers[i]->begin)
			r->observers[i]->begin(r->watchers[i], r);
	return !r->error;
}

/* Kills and reaps the actors, then destroys what they left: a socket in FIN_WAIT1 would keep the
 * namespace for minutes. Returns how many could not be destroyed. */
static int clear_stage(struct live_runner *r)
{
	int left = 0;

	/* all are killed before one is waited for: it may sleep until another has gone */
	live_cgroups_thaw();
	for (int i = 0; i < EW_LIVE_ACTORS_MAX; i++)
		live_actor_end(&r->actors[i]);
	for (int i = 0; i < EW_LIVE_ACTORS_MAX; i++)
		live_actor_clear(&r->actors[i]);
	left += live_cgroups_remove();
	for (int side = 0; side < EW_LIVE_SIDES; side++)
		if (r->stage.is_left[side])
			live_wire_reset(live_stage_wire(&r->stage), side);
	for (guint i = 0; i < r->timeline.connections->len; i++) {
		const struct live_connection *c = r->timeline.connections->pdata[i];

		for (int side = 0; side < EW_LIVE_SIDES; side++)
			if (live_sockets_diag(r, side))
				left += !live_diag_destroy(live_sockets_diag(r, side),
							   &c->ends[side]);
	}
	for (int i = r->observer_count; i-- > 0;)
		r->observers[i]->close(r->watchers[i]);
	live_stage_clear(&r->stage);
	return left;
}

static void run_steps(struct live_runner *r)
{
	guint next = r->x->variant.is_by_hand ? live_hand_run(r) : 0;

	while (!live_runner_must_stop(r) && next < r->x->steps->len &&
	       live_runner_step(r, &g_array_index(r->x->steps, struct ew_live_step, next)))
		next++;
	if (next == r->x->steps->len && !r->has_enough)
		watch_rest(r);
	else if (next < r->x->steps->len)
		r->not_done = &g_array_index(r->x->steps, struct ew_live_step, next);
	if (live_runner_must_stop(r))
		return;
	for (int i = 0; i < r->observer_count; i++)
		if (r->observers[i]->finish)
			r->observers[i]->finish(r->watchers[i], r);
	if (r->bound_reached)
		report_bound(r);
	else if (r->has_enough)
		live_runner_report_all(r, EW_LIVE_EVENT_LEFT, 0);
	struct ew_live_event pace = {.side = -1, .actor = -1};
	live_pace_event(&r->pace, &pace);
	live_timeline_add(&r->timeline, &pace);
}

void live_runner_keep(struct live_runner *r, int64_t time, const uint8_t *bytes, uint32_t captured,
		      uint32_t length)
{
	if (r->pcap)
		live_pcap_add(r->pcap, time + live_clock_offset(), bytes, captured, length);
}

void live_runner_main(const struct ew_live_experiment *x, const struct ew_live_options *options,
		      int parent)
{
	struct live_runner r = {.x = x, .parent = parent};

	if (options->frames)
		r.pcap = live_pcap_new(options->frames, &r.error);

	for (int i = 0; i < EW_LIVE_ACTORS_MAX; i++)
		r.actors[i] = (struct live_actor){.pidfd = -1, .control = -1, .inbox = -1};
	live_timeline_init(&r.timeline, x, put_event, &r);
	if (!r.error && set_up(&r))
		run_steps(&r);
	struct ew_live_event end = {.kind = EW_LIVE_EVENT_END,
				    .time = live_now(),
				    .side = -1,
				    .actor = -1,
				    .value = !live_runner_must_stop(&r)};
	end.line = clear_stage(&r);
	live_pcap_end(r.pcap, r.error ? NULL : &r.error);
	live_runner_tell(&r, INT64_MAX);
	end.time -= r.timeline.zero ? r.timeline.zero : end.time;
	if (r.error)
		send_error(&r);
	else
		put_event(&end, &r);
	send_outbox(&r);
	live_timeline_clear(&r.timeline);
	g_clear_error(&r.error);
	_exit(0);
}
