/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verbs of the stage that wait for something to be seen, and the one that waits no longer. */
#include "live/internal.h"

/* Whether each watched socket of the side was seen in the state, or that of connection `only`. */
static bool is_reached(const struct live_runner *r, int side, int only, enum ew_live_state state)
{
	bool has_any = false;

	for (guint i = 0; i < r->timeline.connections->len; i++) {
		const struct live_connection *c = r->timeline.connections->pdata[i];

		if (!c->is_watched || (only && only != c->number))
			continue;
		if (!c->was_seen[side] || c->socket[side].state != state)
			return false;
		has_any = true;
	}
	return has_any;
}

static bool run_until(struct live_runner *r, const struct ew_live_step *s)
{
	int64_t end = s->within_ms ? live_now() + s->within_ms * NS_PER_MS : INT64_MAX;
	enum ew_live_state state = (enum ew_live_state)s->arguments[1].number;
	int side = r->x->actors[s->target].side;
	int only = (int)g_ascii_strtoll(s->on, NULL, 10);

	if (r->deadline)
		end = MIN(end, r->deadline);
	else if (!s->within_ms)
		end = live_now() + 2000 * NS_PER_MS;
	while (!is_reached(r, side, only, state)) {
		if (live_runner_must_stop(r))
			return false;
		if (live_now() < end) {
			live_runner_watch(r, -1, end);
			continue;
		}
		r->bound_reached = true;
		return r->deadline ? false
				   : live_runner_step_vain(r, s, "it did not come to that state");
	}
	return true;
}

/* What a kill brings about has begun by then. */
#define QUIET_MS 20

static bool run_enough(struct live_runner *r, const struct ew_live_step *s)
{
	r->has_enough = live_runner_still(r, QUIET_MS);
	return true;
}

const struct live_verb live_verbs_wait[] = {
	{{"until", "ACTOR STATE",
	  "waits until the actor's side of each connection, or of that which \"on N\" names, is in "
	  "this state"},
	 .run = run_until,
	 .flags = LIVE_VERB_STAGE},
	{{"enough", NULL,
	  "ends the watching here, once nothing has happened for 20 ms; the last line of the steps"},
	 .run = run_enough,
	 .flags = LIVE_VERB_STAGE},
	{{NULL}},
};
