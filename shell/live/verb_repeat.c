/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The verb of a peer, or of a box in front of it, that says the same again and again. */
#include "live/internal.h"
#include "live/wire.h"

#define PERIOD_MS 100

/* Watches until then. Returns false when the steps must end. */
static bool wait_until(struct live_runner *r, int64_t until)
{
	while (live_now() < until) {
		if (live_runner_must_stop(r))
			return false;
		if (r->deadline && live_now() >= r->deadline) {
			r->bound_reached = true;
			return false;
		}
		live_runner_watch(r, -1, until);
	}
	return true;
}

static bool run_repeat(struct live_runner *r, const struct ew_live_step *s)
{
	const struct ew_live_argument *every = &s->arguments[1], *times = &s->arguments[2];
	struct live_wire *w = live_stage_wire(&r->stage);
	int64_t period = (every->is_given ? every->number : PERIOD_MS) * NS_PER_MS;
	int64_t count = times->is_given ? times->number : 1;

	if (!w)
		return live_runner_step_failed(r, s, "there is no wire; write \"topology wire\"");
	live_runner_observe(r);
	int64_t start = live_now();
	live_runner_zero(r, s, start);
	live_runner_report(r, s, start, 0, 0);
	for (int64_t i = 0; i < count; i++) {
		if (!live_wire_repeat(w, r->x->actors[s->target].side))
			return live_runner_step_vain(
				r, s, "the last that its host said was no bare ACK");
		if (!wait_until(r, start + (i + 1) * period))
			return false;
	}
	return true;
}

const struct live_verb live_verbs_repeat[] = {
	{{"repeat", "ACTOR [every DURATION] [times N]",
	  "delivers the last ACK of the actor's host once more, or N times, one each 100 ms or "
	  "DURATION"},
	 .run = run_repeat,
	 .flags = LIVE_VERB_STAGE | LIVE_VERB_WIRE},
	{{NULL}},
};
