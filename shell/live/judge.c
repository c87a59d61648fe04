/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Makes a result out of events: which states each side went through, how it ended for the side that
 * lived on, and whether that is what the experiment expects. Order and outcome are compared, never
 * times.
 */
#include "live/internal.h"

static void observe_state(struct ew_live_observed *o, const struct ew_live_event *e)
{
	/* up to the kill only the last state counts */
	if (e->time < 0)
		o->count = 0;
	if (o->count == EW_LIVE_SEQUENCE_MAX)
		return;
	o->inferred[o->count] = e->inferred;
	o->states[o->count++] = e->state;
}

static void observe(struct ew_live_result *r, const struct ew_live_event *e)
{
	struct ew_live_observed *o =
		e->side >= 0 && e->side < EW_LIVE_ACTORS_MAX ? &r->sides[e->side] : NULL;

	if (e->kind == EW_LIVE_EVENT_STATE && o) {
		observe_state(o, e);
	} else if (e->kind == EW_LIVE_EVENT_STILL && o && e->time > 0 && !o->has_still) {
		o->has_still = true;
		o->still = e->state;
	} else if (e->kind == EW_LIVE_EVENT_BOUND) {
		r->bound_reached = true;
	} else if (e->kind == EW_LIVE_EVENT_END) {
		r->completed = e->value;
		r->signal = e->status;
		r->left_behind = e->line;
	}
}

/* Which side the first kill hits. */
static int victim(const struct ew_live_experiment *x)
{
	for (guint i = 0; i < x->steps->len; i++) {
		const struct ew_live_step *s = &g_array_index(x->steps, struct ew_live_step, i);

		if (s->verb == EW_LIVE_KILLED)
			return s->actor;
	}
	return -1;
}

static bool sent_packet(const struct ew_live_result *r, int side, unsigned flag)
{
	for (guint i = 0; i < r->events->len; i++) {
		const struct ew_live_event *e = &g_array_index(r->events, struct ew_live_event, i);

		if (e->kind == EW_LIVE_EVENT_PACKET && e->time >= 0 && e->side == side &&
		    (e->flags & flag))
			return true;
	}
	return false;
}

static bool passed_state(const struct ew_live_observed *o, enum ew_live_state state)
{
	for (int i = 0; i < o->count; i++)
		if (o->states[i] == state)
			return true;
	return false;
}

/* The peer's own state tells what it was told: CLOSE_WAIT means that the FIN arrived. */
static enum ew_live_outcome find_outcome(const struct ew_live_experiment *x,
					 const struct ew_live_result *r)
{
	int dead = victim(x);

	if (!r->completed || dead < 0)
		return EW_LIVE_OUTCOME_UNKNOWN;
	const struct ew_live_observed *peer = &r->sides[1 - dead];
	if (!peer->count)
		return EW_LIVE_OUTCOME_UNKNOWN;
	if (passed_state(peer, EW_LIVE_CLOSE_WAIT) || passed_state(peer, EW_LIVE_CLOSING) ||
	    passed_state(peer, EW_LIVE_TIME_WAIT))
		return EW_LIVE_OUTCOME_YES;
	if (sent_packet(r, dead, EW_LIVE_RST))
		return EW_LIVE_OUTCOME_RUDE;
	return peer->states[peer->count - 1] == EW_LIVE_ESTABLISHED ? EW_LIVE_OUTCOME_NO
								    : EW_LIVE_OUTCOME_UNKNOWN;
}

/* ---- comparing ------------------------------------------------------------------------------- */

static void add_states(GString *s, const enum ew_live_state *states, int count)
{
	for (int i = 0; i < count; i++)
		g_string_append_printf(s, "%s%s", i ? " " : "", ew_live_state_name(states[i]));
	if (!count)
		g_string_append(s, "nothing");
}

static void compare_states(const struct ew_live_experiment *x, const struct ew_live_result *r,
			   int side, GString *difference)
{
	const struct ew_live_expected *e = &x->expected[side];
	const struct ew_live_observed *o = &r->sides[side];

	if (!e->count || (e->count == o->count &&
			  !memcmp(e->states, o->states, sizeof(e->states[0]) * (size_t)e->count)))
		return;
	g_string_append_printf(difference, "%s: expected ", x->actors[side]);
	add_states(difference, e->states, e->count);
	g_string_append(difference, ", observed ");
	add_states(difference, o->states, o->count);
	g_string_append_c(difference, '\n');
}

static void compare_packets(const struct ew_live_experiment *x, const struct ew_live_result *r,
			    GString *difference)
{
	g_autoptr(GString) expected = g_string_new(NULL), observed = g_string_new(NULL);

	if (!x->expects_packets)
		return;
	for (guint i = 0; i < x->packets->len; i++) {
		const struct ew_live_expected_packet *p =
			&g_array_index(x->packets, struct ew_live_expected_packet, i);

		g_string_append_printf(expected, "%s%s %s", i ? ", " : "", x->actors[p->side],
				       p->word);
	}
	for (guint i = 0; i < r->events->len; i++) {
		const struct ew_live_event *e = &g_array_index(r->events, struct ew_live_event, i);

		if (e->kind == EW_LIVE_EVENT_PACKET && e->time >= 0 && !e->retransmission)
			g_string_append_printf(observed, "%s%s %s", observed->len ? ", " : "",
					       x->actors[e->side],
					       ew_live_packet_word(e->flags, e->length));
	}
	if (strcmp(expected->str, observed->str))
		g_string_append_printf(difference, "packets: expected %s, observed %s\n",
				       expected->len ? expected->str : "none",
				       observed->len ? observed->str : "none");
}

static void compare(const struct ew_live_experiment *x, struct ew_live_result *r)
{
	g_autoptr(GString) difference = g_string_new(NULL);

	if (!r->completed)
		g_string_append(difference, "the run was stopped before its end\n");
	for (int side = 0; r->completed && side < x->actor_count; side++)
		compare_states(x, r, side, difference);
	if (r->completed)
		compare_packets(x, r, difference);
	if (r->completed && x->closed != EW_LIVE_OUTCOME_UNKNOWN && x->closed != r->outcome)
		g_string_append_printf(difference, "closed: expected %s, observed %s\n",
				       ew_live_outcome_name(x->closed),
				       ew_live_outcome_name(r->outcome));
	r->matched = difference->len == 0;
	if (!r->matched) {
		g_string_truncate(difference, difference->len - 1);
		r->difference = g_strdup(difference->str);
	}
}

/* ---- the contract ---------------------------------------------------------------------------- */

struct ew_live_result *ew_live_judge(const struct ew_live_experiment *x, GArray *events)
{
	struct ew_live_result *r = g_new0(struct ew_live_result, 1);

	r->events = events;
	for (guint i = 0; i < events->len; i++)
		observe(r, &g_array_index(events, struct ew_live_event, i));
	r->outcome = find_outcome(x, r);
	compare(x, r);
	return r;
}

void ew_live_result_free(struct ew_live_result *r)
{
	if (!r)
		return;
	g_array_unref(r->events);
	g_free(r->difference);
	g_free(r);
}

enum ew_live_grade ew_live_grade(const struct ew_live_result *r, int side,
				 enum ew_live_state predicted, enum ew_live_state *observed)
{
	if (side < 0 || side >= EW_LIVE_ACTORS_MAX || !r->sides[side].has_still)
		return EW_LIVE_GRADE_UNKNOWN;
	if (observed)
		*observed = r->sides[side].still;
	return predicted == r->sides[side].still ? EW_LIVE_GRADE_RIGHT : EW_LIVE_GRADE_WRONG;
}
