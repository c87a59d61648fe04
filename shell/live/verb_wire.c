/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verbs of the wire: what becomes of the frames between the two hosts, and of the hosts. */
#include "live/internal.h"
#include "live/wire.h"

#include <string.h>

#define AWAIT_MS 2000
#define KINDS	 "any|FIN|RST|SYN|SYN-ACK|DATA|ACK"

/* ---- what a step names ----------------------------------------------------------------------- */

static int side_of(const struct live_runner *r, const struct ew_live_step *s)
{
	return s->target < 0 ? -1 : r->x->actors[s->target].side;
}

static enum live_match match_of(const struct ew_live_argument *a)
{
	enum live_match match = LIVE_MATCH_ANY;

	if (a->is_given)
		live_match_parse(a->text, &match);
	return match;
}

/* Tells the step, from whose moment time may count; what it does follows. */
static struct live_wire *begin(struct live_runner *r, const struct ew_live_step *s)
{
	struct live_wire *w = live_stage_wire(&r->stage);

	if (!w) {
		live_runner_step_failed(r, s, "there is no wire; write \"topology wire\"");
		return NULL;
	}
	live_runner_observe(r);
	int64_t now = live_now();
	live_runner_zero(r, s, now);
	r->active = now;
	live_runner_report(r, s, now, 0, 0);
	return w;
}

/* ---- frames ---------------------------------------------------------------------------------- */

static bool run_hold(struct live_runner *r, const struct ew_live_step *s)
{
	struct live_wire *w = begin(r, s);

	if (w)
		live_wire_hold(w);
	return w;
}

static bool run_pass(struct live_runner *r, const struct ew_live_step *s)
{
	struct live_wire *w = begin(r, s);

	if (w)
		live_wire_pass(w);
	return w;
}

static bool is_held(const struct live_wire *w, int side, enum live_match match)
{
	const struct live_transit *t;

	for (unsigned i = 0; (t = live_wire_held(w, i)); i++)
		if (live_transit_matches(t, side, match))
			return true;
	return false;
}

/* Waits until such a frame is held. */
static bool await_frame(struct live_runner *r, const struct ew_live_step *s, struct live_wire *w)
{
	int64_t until = live_now() + (s->within_ms ? s->within_ms : AWAIT_MS) * NS_PER_MS;

	while (!is_held(w, side_of(r, s), match_of(&s->arguments[0]))) {
		if (live_runner_must_stop(r))
			return false;
		if (live_now() >= until)
			return live_runner_step_vain(r, s, "no such frame was held in time");
		live_runner_watch(r, -1, until);
	}
	return true;
}

static bool run_release(struct live_runner *r, const struct ew_live_step *s)
{
	struct live_wire *w = live_stage_wire(&r->stage);

	if ((w && !await_frame(r, s, w)) || !begin(r, s))
		return false;
	live_wire_step(w, side_of(r, s), match_of(&s->arguments[0]));
	return true;
}

static int times_of(const struct ew_live_step *s)
{
	return s->arguments[3].is_given	  ? 0
	       : s->arguments[2].is_given ? (int)s->arguments[2].number
					  : 1;
}

static bool run_drop(struct live_runner *r, const struct ew_live_step *s)
{
	struct live_wire *w = begin(r, s);

	if (w)
		live_wire_drop(w, side_of(r, s), match_of(&s->arguments[0]), times_of(s));
	return w;
}

static bool run_duplicate(struct live_runner *r, const struct ew_live_step *s)
{
	struct live_wire *w = begin(r, s);

	if (w)
		live_wire_double(w, side_of(r, s), match_of(&s->arguments[0]), times_of(s));
	return w;
}

/* ---- hosts ----------------------------------------------------------------------------------- */

static bool run_link(struct live_runner *r, const struct ew_live_step *s)
{
	struct live_wire *w = begin(r, s);

	if (w)
		live_wire_link(w, !strcmp(s->arguments[0].text, "up"));
	return w;
}

/* Whoever is named only says who the victim is; a cable has two ends. */
static bool run_vanish(struct live_runner *r, const struct ew_live_step *s)
{
	struct live_wire *w = begin(r, s);

	if (w)
		live_wire_link(w, false);
	return w;
}

static bool run_unaddress(struct live_runner *r, const struct ew_live_step *s)
{
	if (side_of(r, s) >= 0 && r->stage.is_left[side_of(r, s)])
		return live_runner_step_failed(r, s, "that host was left already");
	struct live_wire *w = begin(r, s);

	return w && live_wire_remove_address(w, side_of(r, s), &r->error);
}

bool live_verb_moves_frames(const struct live_verb *v)
{
	return v->run == run_hold || v->run == run_release || v->run == run_pass;
}

/* ---- the table ------------------------------------------------------------------------------- */

const struct live_verb live_verbs_wire[] = {
	{{"hold", NULL, "from now on each frame stands still on the wire, until it is released"},
	 .run = run_hold,
	 .flags = LIVE_VERB_STAGE | LIVE_VERB_WIRE},
	{{"release", "[" KINDS "] [from ACTOR]",
	  "lets the first frame of the kind go on; waits for it where none is held yet"},
	 .run = run_release,
	 .flags = LIVE_VERB_STAGE | LIVE_VERB_WIRE},
	{{"pass", NULL, "lets all that is held go on, in order, and what comes later, too"},
	 .run = run_pass,
	 .flags = LIVE_VERB_STAGE | LIVE_VERB_WIRE},
	{{"drop", KINDS " [from ACTOR] [times N] [always]",
	  "drops frames of the kind on the wire: what is held, then what comes; one, N, or all"},
	 .run = run_drop,
	 .flags = LIVE_VERB_STAGE | LIVE_VERB_WIRE},
	{{"duplicate", KINDS " [from ACTOR] [times N] [always]",
	  "delivers frames of the kind twice"},
	 .run = run_duplicate,
	 .flags = LIVE_VERB_STAGE | LIVE_VERB_WIRE},
	{{"link", "down|up",
	  "down: frames reach nobody any more, as if the other host had vanished"},
	 .run = run_link,
	 .flags = LIVE_VERB_STAGE | LIVE_VERB_WIRE},
	{{"vanish", "ACTOR", "the actor's host disappears: from now on no frame comes or goes"},
	 .run = run_vanish,
	 .flags = LIVE_VERB_STAGE | LIVE_VERB_WIRE},
	{{"unaddress", "ACTOR", "takes the addresses away from the actor's host"},
	 .run = run_unaddress,
	 .flags = LIVE_VERB_STAGE | LIVE_VERB_WIRE},
	{{NULL}},
};
