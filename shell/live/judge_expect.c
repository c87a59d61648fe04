/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compares a result with what the experiment expects: states, outcome, what the steps gave,
 * counters. Each difference is a line that says what was expected and what was observed. */
#include "live/judge.h"

#include <errno.h>

/* ---- states ---------------------------------------------------------------------------------- */

static void add_states(GString *s, const enum ew_live_state *states, int count)
{
	for (int i = 0; i < count; i++)
		g_string_append_printf(s, "%s%s", i ? " " : "", ew_live_state_name(states[i]));
	if (!count)
		g_string_append(s, "nothing");
}

static bool has_expected(const struct ew_live_experiment *x, int side, int number)
{
	for (guint i = 0; i < x->expected->len; i++) {
		const struct ew_live_expected *e =
			&g_array_index(x->expected, struct ew_live_expected, i);

		if (e->side == side && e->connection == number)
			return true;
	}
	return false;
}

static bool is_one_of(const struct ew_live_experiment *x, const struct ew_live_observed *o,
		      int side, int number)
{
	for (guint i = 0; i < x->expected->len; i++) {
		const struct ew_live_expected *e =
			&g_array_index(x->expected, struct ew_live_expected, i);

		if (e->side == side && e->connection == number && e->count == o->count &&
		    !memcmp(e->states, o->states, sizeof(e->states[0]) * (size_t)e->count))
			return true;
	}
	return false;
}

/* What stands for a connection by its number, else what stands for each. */
static void compare_side(const struct ew_live_experiment *x,
			 const struct ew_live_observed_connection *c, bool is_only, int side,
			 GString *difference)
{
	int number = has_expected(x, side, c->number) ? c->number : 0;
	const struct ew_live_observed *o = &c->sides[side];
	bool is_first = true;

	if (!has_expected(x, side, number) || is_one_of(x, o, side, number))
		return;
	g_string_append(difference, x->actors[side].name);
	if (!is_only)
		g_string_append_printf(difference, "#%d", c->number);
	g_string_append(difference, ": expected ");
	for (guint i = 0; i < x->expected->len; i++) {
		const struct ew_live_expected *e =
			&g_array_index(x->expected, struct ew_live_expected, i);

		if (e->side != side || e->connection != number)
			continue;
		g_string_append(difference, is_first ? "" : " | ");
		add_states(difference, e->states, e->count);
		is_first = false;
	}
	g_string_append(difference, ", observed ");
	add_states(difference, o->states, o->count);
	g_string_append_c(difference, '\n');
}

static void compare_states(const struct ew_live_experiment *x, const struct ew_live_result *r,
			   GString *difference)
{
	static const struct ew_live_observed_connection nothing = {.number = 1};
	bool is_only = r->connections->len < 2;

	for (guint i = 0; i < MAX(r->connections->len, 1); i++)
		for (int side = 0; side < EW_LIVE_SIDES; side++)
			compare_side(x,
				     r->connections->len
					     ? &g_array_index(r->connections,
							      struct ew_live_observed_connection, i)
					     : &nothing,
				     is_only, side, difference);
	for (guint i = 0; i < x->expected->len; i++) {
		const struct ew_live_expected *e =
			&g_array_index(x->expected, struct ew_live_expected, i);

		if (e->connection > (int)r->connections->len)
			g_string_append_printf(difference, "%s#%d: there was no such connection\n",
					       x->actors[e->side].name, e->connection);
	}
}

/* ---- steps ----------------------------------------------------------------------------------- */

/* The last one of the line; the first where `first` is wanted. */
static const struct ew_live_event *find_step(const struct ew_live_result *r, int line, bool first)
{
	const struct ew_live_event *found = NULL;

	for (guint i = 0; i < r->events->len && !(first && found); i++) {
		const struct ew_live_event *e = &g_array_index(r->events, struct ew_live_event, i);

		if (e->kind == EW_LIVE_EVENT_STEP && e->line == line)
			found = e;
	}
	return found;
}

static void compare_step(const struct ew_live_step *s, const struct ew_live_event *e,
			 GString *difference)
{
	int fails = s->blocks_ms ? EINPROGRESS : s->fails;

	if (!fails && !s->has_value)
		return;
	g_autofree char *expected = s->blocks_ms ? g_strdup("that it blocks")
				    : s->fails	 ? g_strdup(ew_live_errno_name(s->fails))
						 : g_strdup_printf("%" G_GINT64_FORMAT, s->value);
	g_autofree char *observed = !e		? g_strdup("that it was not done")
				    : e->status ? g_strdup(ew_live_errno_name(e->status))
						: g_strdup_printf("%" G_GINT64_FORMAT, e->value);
	if (e && e->status == fails && (!s->has_value || e->value == s->value))
		return;
	g_string_append_printf(difference, "%s (line %d): expected %s, observed %s\n", s->text,
			       s->line, expected, observed);
}

/* The line of the step that the bound cut off, 0 if there is none. */
static int line_not_done(const struct ew_live_result *r)
{
	for (guint i = 0; i < r->events->len; i++) {
		const struct ew_live_event *e = &g_array_index(r->events, struct ew_live_event, i);

		if (e->kind == EW_LIVE_EVENT_BOUND)
			return e->line;
	}
	return 0;
}

static void compare_steps(const struct ew_live_experiment *x, const struct ew_live_result *r,
			  GString *difference)
{
	int not_done = line_not_done(r);

	for (guint i = 0; i < x->steps->len; i++) {
		const struct ew_live_step *s = &g_array_index(x->steps, struct ew_live_step, i);

		if (s->line == not_done && !s->blocks_ms && !s->fails && !s->has_value)
			g_string_append_printf(difference, "%s (line %d): it was not done within the bound\n",
					       s->text, s->line);
		compare_step(s, find_step(r, s->line, s->blocks_ms), difference);
	}
}

/* ---- counters -------------------------------------------------------------------------------- */

/* By how much it grew. Returns false where nobody watched it: the kernel has none of that name, or /proc is not
 * there. */
static bool sum_counter(const struct ew_live_result *r, const struct ew_live_expected_counter *c,
			int64_t *sum)
{
	bool was_watched = false;

	*sum = 0;
	for (guint i = 0; i < r->events->len; i++) {
		const struct ew_live_event *e = &g_array_index(r->events, struct ew_live_event, i);

		if (e->kind != EW_LIVE_EVENT_COUNTER || strcmp(e->text, c->name) ||
		    (c->side >= 0 && e->side >= 0 && e->side != c->side))
			continue;
		was_watched = true;
		*sum += e->value;
	}
	return was_watched;
}

static void compare_counters(const struct ew_live_experiment *x, const struct ew_live_result *r,
			     GString *difference, GString *unjudged)
{
	for (guint i = 0; i < x->counters->len; i++) {
		const struct ew_live_expected_counter *c =
			&g_array_index(x->counters, struct ew_live_expected_counter, i);
		int64_t sum;

		if (!sum_counter(r, c, &sum))
			g_string_append_printf(unjudged, "counter %s%s%s: not observed here\n",
					       c->side < 0 ? "" : x->actors[c->side].name,
					       c->side < 0 ? "" : " ", c->name);
		else if (sum < c->least || sum > c->most)
			g_string_append_printf(difference,
					       "counter %s: expected +%" G_GINT64_FORMAT
					       "%s, observed +%" G_GINT64_FORMAT "\n",
					       c->name, c->least,
					       c->most > c->least ? " or more" : "", sum);
	}
}

/* ---- how it was closed ------------------------------------------------------------------------ */

static void add_close(GString *difference, int connection, enum ew_live_outcome expected,
		      enum ew_live_outcome observed)
{
	g_string_append(difference, "closed");
	if (connection)
		g_string_append_printf(difference, " on %d", connection);
	g_string_append_printf(difference, ": expected %s, observed %s\n", ew_live_outcome_name(expected),
			       ew_live_outcome_name(observed));
}

/* Each connection by itself; once for all where they came to the same. */
static void compare_closes(const struct ew_live_experiment *x, const struct ew_live_result *r, GString *difference)
{
	bool is_one = r->connections->len < 2 ||
		      (r->outcome != EW_LIVE_OUTCOME_UNKNOWN && x->closes->len == 1 &&
		       !g_array_index(x->closes, struct ew_live_expected_close, 0).connection);
	int last = 0;

	for (guint i = 0; i < r->connections->len; i++) {
		const struct ew_live_observed_connection *c =
			&g_array_index(r->connections, struct ew_live_observed_connection, i);
		enum ew_live_outcome expected = ew_live_expected_outcome(x, c->number);

		last = c->number;
		if (expected == EW_LIVE_OUTCOME_UNKNOWN || expected == c->outcome || (i && is_one))
			continue;
		add_close(difference, is_one ? 0 : c->number, expected, c->outcome);
	}
	for (guint i = 0; i < x->closes->len; i++) {
		const struct ew_live_expected_close *c =
			&g_array_index(x->closes, struct ew_live_expected_close, i);

		if (c->connection > last)
			g_string_append_printf(difference, "closed on %d: there was no such connection\n",
					       c->connection);
		else if (!r->connections->len)
			add_close(difference, 0, c->outcome, EW_LIVE_OUTCOME_UNKNOWN);
	}
}

/* ---- all ------------------------------------------------------------------------------------- */

void live_judge_compare(const struct ew_live_experiment *x, struct ew_live_result *r)
{
	g_autoptr(GString) difference = g_string_new(NULL);
	g_autoptr(GString) unjudged = g_string_new(NULL);

	if (!r->completed) {
		g_string_append(difference, "the run was stopped before its end\n");
	} else {
		compare_states(x, r, difference);
		live_judge_packets(x, r, difference);
		live_judge_clauses(x, r, difference);
		compare_steps(x, r, difference);
		compare_counters(x, r, difference, unjudged);
		compare_closes(x, r, difference);
	}
	if (unjudged->len)
		r->unjudged = g_strndup(unjudged->str, unjudged->len - 1);
	r->matched = difference->len == 0;
	if (!r->matched) {
		g_string_truncate(difference, difference->len - 1);
		r->difference = g_strdup(difference->str);
	}
}
