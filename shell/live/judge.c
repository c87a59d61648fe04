/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Makes a result out of events: which states each side of each connection went through, how it
 * ended for the side that lived on, and whether that is what the experiment expects
 * (judge_expect.c). Order and outcome are judged, never times, but where the file says `takes`.
 */
#include "live/judge.h"

static struct ew_live_observed_connection *connection(struct ew_live_result *r, int number)
{
	for (guint i = 0; i < r->connections->len; i++) {
		struct ew_live_observed_connection *c =
			&g_array_index(r->connections, struct ew_live_observed_connection, i);

		if (c->number == number)
			return c;
	}
	struct ew_live_observed_connection new = {.number = number};
	g_array_append_val(r->connections, new);
	return &g_array_index(r->connections, struct ew_live_observed_connection,
			      r->connections->len - 1);
}

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
	bool is_socket = e->kind == EW_LIVE_EVENT_STATE || e->kind == EW_LIVE_EVENT_STILL;
	struct ew_live_observed *o =
		is_socket && e->side >= 0 && e->side < EW_LIVE_SIDES && e->connection > 0
			? &connection(r, e->connection)->sides[e->side]
			: NULL;

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

static int compare_numbers(const void *a, const void *b)
{
	const struct ew_live_observed_connection *x = a, *y = b;

	return x->number - y->number;
}

/* ---- how it ended ---------------------------------------------------------------------------- */

/* The actor of the step from which time counts, or the one that the stage does it to. */
static int victim(const struct ew_live_experiment *x)
{
	for (guint i = 0; i < x->steps->len; i++) {
		const struct ew_live_step *s = &g_array_index(x->steps, struct ew_live_step, i);

		if (s->is_zero)
			return s->actor >= 0 ? s->actor : s->target;
	}
	return -1;
}

/* What was seen of the dead side's goodbye. */
struct goodbye {
	bool has_fin, has_rst;
	bool was_dead;	 /* before its FIN left */
	bool was_still;	 /* nothing happened for a while, before it left */
	bool was_frozen; /* stopped within its exit, before it left */
};

static void look_for_goodbye(const struct ew_live_result *r, int number, int actor, int side,
			     struct goodbye *g)
{
	bool dead = false, still = false, frozen = false;

	for (guint i = 0; i < r->events->len && !g->has_fin; i++) {
		const struct ew_live_event *e = &g_array_index(r->events, struct ew_live_event, i);

		if (e->time < 0)
			continue;
		still |= e->kind == EW_LIVE_EVENT_STILL;
		if (e->kind == EW_LIVE_EVENT_PROCESS && e->actor == actor) {
			frozen |= *e->text;
			dead |= !*e->text;
		}
		if (e->kind != EW_LIVE_EVENT_PACKET || e->side != side || e->connection != number)
			continue;
		/* what counts of one that is held is the moment when it left */
		if ((e->flags & EW_LIVE_FIN) && !e->was_held) {
			g->was_dead = dead;
			g->was_still = still;
			g->was_frozen = frozen;
		}
		if (e->fate != EW_LIVE_FATE_PASSED && e->fate != EW_LIVE_FATE_DOUBLED)
			continue; /* it did not arrive, or not yet */
		g->has_rst |= e->flags & EW_LIVE_RST;
		g->has_fin = e->flags & EW_LIVE_FIN;
	}
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
					 const struct ew_live_result *r,
					 const struct ew_live_observed_connection *c)
{
	int actor = victim(x);
	struct goodbye g = {0};

	if (!r->completed || actor < 0)
		return EW_LIVE_OUTCOME_UNKNOWN;
	int dead = x->actors[actor].side;
	const struct ew_live_observed *peer = &c->sides[1 - dead];
	if (!peer->count)
		return EW_LIVE_OUTCOME_UNKNOWN;
	look_for_goodbye(r, c->number, actor, dead, &g);
	if (passed_state(peer, EW_LIVE_CLOSE_WAIT) || passed_state(peer, EW_LIVE_CLOSING) ||
	    passed_state(peer, EW_LIVE_TIME_WAIT) || passed_state(peer, EW_LIVE_LAST_ACK)) {
		if (g.has_fin && g.was_frozen)
			return EW_LIVE_OUTCOME_PAUSED;
		return g.has_fin && (g.was_dead || g.was_still) ? EW_LIVE_OUTCOME_LATE
								: EW_LIVE_OUTCOME_YES;
	}
	if (g.has_rst)
		return EW_LIVE_OUTCOME_RUDE;
	/* MPTCP says goodbye in an option that is not looked into */
	return peer->states[peer->count - 1] == EW_LIVE_ESTABLISHED && x->protocol != EW_LIVE_MPTCP
		       ? EW_LIVE_OUTCOME_NO
		       : EW_LIVE_OUTCOME_UNKNOWN;
}

static void find_outcomes(const struct ew_live_experiment *x, struct ew_live_result *r)
{
	for (guint i = 0; i < r->connections->len; i++) {
		struct ew_live_observed_connection *c =
			&g_array_index(r->connections, struct ew_live_observed_connection, i);

		c->outcome = find_outcome(x, r, c);
		if (i == 0)
			r->outcome = c->outcome;
		else if (r->outcome != c->outcome)
			r->outcome = EW_LIVE_OUTCOME_UNKNOWN;
	}
}

/* ---- the contract ---------------------------------------------------------------------------- */

struct ew_live_result *ew_live_judge(const struct ew_live_experiment *x, GArray *events)
{
	struct ew_live_result *r = g_new0(struct ew_live_result, 1);

	r->events = events;
	r->connections = g_array_new(FALSE, TRUE, sizeof(struct ew_live_observed_connection));
	for (guint i = 0; i < events->len; i++)
		observe(r, &g_array_index(events, struct ew_live_event, i));
	g_array_sort(r->connections, compare_numbers);
	if (r->connections->len &&
	    g_array_index(r->connections, struct ew_live_observed_connection, 0).number == 1)
		memcpy(r->sides,
		       g_array_index(r->connections, struct ew_live_observed_connection, 0).sides,
		       sizeof(r->sides));
	find_outcomes(x, r);
	live_judge_compare(x, r);
	return r;
}

void ew_live_result_free(struct ew_live_result *r)
{
	if (!r)
		return;
	g_array_unref(r->events);
	g_array_unref(r->connections);
	g_free(r->difference);
	g_free(r->unjudged);
	g_free(r);
}
