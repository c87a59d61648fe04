/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Verbs of a host that we leave: its network namespace then lives as long as the sockets in it do, for
 * those who look hold it as well as those who live there. What becomes of it is seen from outside, by
 * the end of the cable that vanishes with it.
 */
#include "live/internal.h"
#include "live/wire.h"

#define AWAIT_MS 5000

/* Whoever was killed may take a moment. */
static bool is_empty(struct live_runner *r, int side, int64_t until)
{
	for (int i = 0; i < r->x->actor_count; i++) {
		const struct live_actor *a = &r->actors[i];

		while (a->side == side && a->pid > 0 && a->is_running) {
			if (!a->is_killed || live_now() >= until || live_runner_must_stop(r))
				return false;
			live_runner_watch(r, -1, until);
		}
	}
	return true;
}

static void tell_unobserved(struct live_runner *r, int actor, int64_t now)
{
	struct ew_live_event e = {.kind = EW_LIVE_EVENT_ALIVE,
				  .time = now,
				  .side = r->actors[actor].side,
				  .actor = actor,
				  .text = "no longer observed"};

	live_timeline_add(&r->timeline, &e);
}

static bool run_leave(struct live_runner *r, const struct ew_live_step *s)
{
	struct live_wire *w = live_stage_wire(&r->stage);
	int side = r->x->actors[s->target].side;

	if (!w)
		return live_runner_step_failed(r, s, "there is no wire; write \"topology wire\"");
	if (r->stage.is_left[side] || r->stage.is_left[1 - side])
		return live_runner_step_failed(r, s, "a host was left already");
	if (!is_empty(r, side, live_now() + AWAIT_MS * NS_PER_MS))
		return live_runner_step_failed(
			r, s, "an actor still lives on that host; kill each one first");
	live_runner_observe(r);
	int64_t now = live_now();
	live_runner_zero(r, s, now);
	for (int i = 0; i < r->observer_count; i++)
		if (r->observers[i]->leave)
			r->observers[i]->leave(r->watchers[i], r, side);
	live_wire_abandon(w, side);
	r->stage.hosts[side] = -1;
	r->stage.is_left[side] = true;
	r->active = now;
	live_runner_report(r, s, now, 0, 0);
	tell_unobserved(r, s->target, now);
	return true;
}

/* The wire and the side, for a verb about a host that was left; NULL with the error set. */
static struct live_wire *left_wire(struct live_runner *r, const struct ew_live_step *s)
{
	if (r->stage.is_left[r->x->actors[s->target].side])
		return live_stage_wire(&r->stage);
	live_runner_step_failed(r, s, "that host was not left; write \"leave\" before");
	return NULL;
}

static bool run_host_exists(struct live_runner *r, const struct ew_live_step *s)
{
	struct live_wire *w = left_wire(r, s);

	if (!w)
		return false;
	live_runner_observe(r);
	live_runner_report(r, s, live_now(), 0,
			   live_wire_exists(w, r->x->actors[s->target].side));
	return true;
}

static bool run_until_host_gone(struct live_runner *r, const struct ew_live_step *s)
{
	struct live_wire *w = left_wire(r, s);
	int64_t end = live_now() + (s->within_ms ? s->within_ms : AWAIT_MS) * NS_PER_MS;

	if (!w)
		return false;
	if (r->deadline)
		end = MIN(end, r->deadline);
	while (live_wire_exists(w, r->x->actors[s->target].side)) {
		if (live_runner_must_stop(r))
			return false;
		if (live_now() >= end) {
			r->bound_reached = true;
			return false;
		}
		live_runner_watch(r, -1, end);
	}
	r->active = live_now();
	live_runner_report(r, s, r->active, 0, 0);
	return true;
}

const struct live_verb live_verbs_leave[] = {
	{{"leave", "ACTOR",
	  "nothing of ours stays on the actor's host, observers neither: only its sockets hold it"},
	 .run = run_leave,
	 .flags = LIVE_VERB_STAGE | LIVE_VERB_WIRE},
	{{"host-exists", "ACTOR", "1 while the host that was left is still there, else 0"},
	 .run = run_host_exists,
	 .flags = LIVE_VERB_STAGE},
	{{"until-host-gone", "ACTOR", "waits until the host that was left has gone"},
	 .run = run_until_host_gone,
	 .flags = LIVE_VERB_STAGE},
	{{NULL}},
};
