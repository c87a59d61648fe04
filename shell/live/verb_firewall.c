/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The verb that gives a host a firewall. */
#include "live/internal.h"
#include "live/nft.h"

#include <errno.h>
#include <string.h>

static bool run_firewall(struct live_runner *r, const struct ew_live_step *s)
{
	int side = r->x->actors[s->target].side;
	enum live_firewall kind = strcmp(s->arguments[1].text, "owner") ? LIVE_FIREWALL_INVALID
									: LIVE_FIREWALL_OWNER;

	if (!live_stage_is_split(&r->stage))
		return live_runner_step_failed(
			r, s, "both sides are one host here; write \"topology wire\"");
	live_runner_observe(r);
	int64_t now = live_now();
	live_runner_zero(r, s, now);
	int error = live_stage_go(&r->stage, side) ? live_firewall_set(kind) : EINVAL;
	live_stage_home(&r->stage);
	if (error)
		return live_runner_step_refused(r, s, error);
	live_runner_report(r, s, now, 0, 0);
	return true;
}

const struct live_verb live_verbs_firewall[] = {
	{{"firewall", "ACTOR owner|invalid",
	  "gives the actor's host a firewall; owner: only what a process of this user sends may leave; "
	  "invalid: what connection tracking calls invalid may not enter",
	  "nf_tables"},
	 .run = run_firewall,
	 .flags = LIVE_VERB_STAGE | LIVE_VERB_WIRE},
	{{NULL}},
};
