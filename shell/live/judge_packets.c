/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compares the packets after the kill with the expected sequences, and the marks of `order`,
 * `never` and `takes` with the timeline. */
#include "live/judge.h"

#define GROUP_MAX 16

/* ---- sequences ------------------------------------------------------------------------------- */

struct match {
	const struct ew_live_expected_packet *items; /* of one alternative */
	guint count;
	GPtrArray *seen; /* of const struct ew_live_event */
	int budget;	 /* of tries, against patterns that would take for ever */
};

static bool match_from(struct match *m, guint i, unsigned used, guint at);

static bool fits(const struct ew_live_expected_packet *p, const struct ew_live_event *e)
{
	return p->side == e->side && (!p->connection || p->connection == e->connection) &&
	       !strcmp(p->word, ew_live_packet_word(e->flags, e->length));
}

static guint group_end(const struct match *m, guint i)
{
	guint end = i + 1;

	while (m->items[i].group && end < m->count && m->items[end].group == m->items[i].group)
		end++;
	return MIN(end, i + GROUP_MAX);
}

/* Takes as many packets as item `k` of the group at `i` allows, and tries the rest after each. */
static bool match_item(struct match *m, guint i, guint k, unsigned used, guint at)
{
	const struct ew_live_expected_packet *p = &m->items[i + k];
	unsigned all = (1u << (group_end(m, i) - i)) - 1;

	used |= 1u << k;
	for (int n = 0; n <= p->most; n++) {
		if (n >= p->least && (used == all ? match_from(m, group_end(m, i), 0, at + (guint)n)
						  : match_from(m, i, used, at + (guint)n)))
			return true;
		if (at + (guint)n >= m->seen->len || !fits(p, m->seen->pdata[at + (guint)n]))
			return false;
	}
	return false;
}

/* Whether the packets from `at` on are the items from the group at `i` on, of which `used` are
 * done. */
static bool match_from(struct match *m, guint i, unsigned used, guint at)
{
	if (i == m->count)
		return at == m->seen->len;
	if (m->budget-- <= 0)
		return false;
	for (guint k = 0; k < group_end(m, i) - i; k++)
		if (!(used & 1u << k) && match_item(m, i, k, used, at))
			return true;
	return false;
}

static bool match_any(const struct ew_live_experiment *x, GPtrArray *seen)
{
	guint first = 0;

	if (!x->packets->len)
		return seen->len == 0;
	while (first < x->packets->len) {
		const struct ew_live_expected_packet *items =
			&g_array_index(x->packets, struct ew_live_expected_packet, first);
		struct match m = {.items = items, .seen = seen, .budget = 100000};

		while (first + m.count < x->packets->len &&
		       items[m.count].alternative == items[0].alternative)
			m.count++;
		if (match_from(&m, 0, 0, 0))
			return true;
		first += m.count;
	}
	return false;
}

/* ---- in words -------------------------------------------------------------------------------- */

static void add_name(const struct ew_live_experiment *x, GString *s, int side, int number)
{
	g_string_append(s, x->actors[side].name);
	if (number)
		g_string_append_printf(s, "#%d", number);
}

static void add_expected(const struct ew_live_experiment *x, GString *s)
{
	const struct ew_live_expected_packet *was = NULL;

	for (guint i = 0; i < x->packets->len; i++) {
		const struct ew_live_expected_packet *p =
			&g_array_index(x->packets, struct ew_live_expected_packet, i);

		if (was && was->group > 0 && was->group != p->group)
			g_string_append(s, " }");
		if (was)
			g_string_append(s, was->alternative != p->alternative ? " | " : ", ");
		if (p->group > 0 && (!was || was->group != p->group))
			g_string_append(s, "{ ");
		add_name(x, s, p->side, p->connection);
		g_string_append_printf(s, " %s", p->word);
		if (p->most == G_MAXINT)
			g_string_append(s, " +");
		else if (!p->least)
			g_string_append(s, " ?");
		else if (p->least > 1)
			g_string_append_printf(s, " x%d", p->least);
		was = p;
	}
	if (was && was->group > 0)
		g_string_append(s, " }");
	if (!was)
		g_string_append(s, "none");
}

/* One after the other; the same ones in a row are counted. */
static void add_seen(const struct ew_live_experiment *x, GString *s, const GPtrArray *seen,
		     bool with_numbers)
{
	for (guint i = 0, n; i < seen->len; i += n) {
		const struct ew_live_event *e = seen->pdata[i];
		const char *word = ew_live_packet_word(e->flags, e->length);

		for (n = 1; i + n < seen->len; n++) {
			const struct ew_live_event *next = seen->pdata[i + n];

			if (next->side != e->side || next->connection != e->connection ||
			    strcmp(word, ew_live_packet_word(next->flags, next->length)))
				break;
		}
		g_string_append(s, i ? ", " : "");
		add_name(x, s, e->side, with_numbers ? e->connection : 0);
		g_string_append_printf(s, n > 1 ? " %s x%u" : " %s", word, n);
	}
	if (!seen->len)
		g_string_append(s, "none");
}

/* ---- comparing ------------------------------------------------------------------------------- */

/* Of one connection, or of all for number 0. */
static GPtrArray *packets_of(const struct ew_live_result *r, int number)
{
	GPtrArray *seen = g_ptr_array_new();

	for (guint i = 0; i < r->events->len; i++) {
		const struct ew_live_event *e = &g_array_index(r->events, struct ew_live_event, i);

		if (e->kind == EW_LIVE_EVENT_PACKET && e->time >= 0 && !e->retransmission &&
		    !e->was_held && e->side >= 0 && (!number || number == e->connection))
			g_ptr_array_add(seen, (void *)(uintptr_t)e);
	}
	return seen;
}

static void compare_one(const struct ew_live_experiment *x, const struct ew_live_result *r,
			int number, bool is_only, bool with_numbers, GString *difference)
{
	g_autoptr(GPtrArray) seen = packets_of(r, number);

	if (match_any(x, seen))
		return;
	g_string_append(difference, "packets");
	if (number && !is_only)
		g_string_append_printf(difference, " of connection %d", number);
	g_string_append(difference, ": expected ");
	add_expected(x, difference);
	g_string_append(difference, ", observed ");
	add_seen(x, difference, seen, with_numbers);
	g_string_append_c(difference, '\n');
}

/* The connections that were looked at; where no socket was, those that the steps make. */
static GArray *numbers_of(const struct ew_live_experiment *x, const struct ew_live_result *r)
{
	GArray *numbers = g_array_new(FALSE, FALSE, sizeof(int));

	for (guint i = 0; i < r->connections->len; i++)
		g_array_append_val(numbers, g_array_index(r->connections, struct ew_live_observed_connection, i).number);
	for (int n = 1; x->is_bare && n <= ew_live_connection_count(x); n++)
		if (ew_live_is_watched(x, n))
			g_array_append_val(numbers, n);
	return numbers;
}

void live_judge_packets(const struct ew_live_experiment *x, const struct ew_live_result *r,
			GString *difference)
{
	bool has_numbers = false;

	if (!x->expects_packets)
		return;
	for (guint i = 0; i < x->packets->len; i++)
		has_numbers |=
			g_array_index(x->packets, struct ew_live_expected_packet, i).connection;
	/* with numbers it is one sequence of all, else one of each connection */
	g_autoptr(GArray) numbers = numbers_of(x, r);
	if (has_numbers || numbers->len < 2) {
		compare_one(x, r, 0, true, has_numbers, difference);
		return;
	}
	for (guint i = 0; i < numbers->len; i++)
		compare_one(x, r, g_array_index(numbers, int, i), false, false, difference);
}

/* ---- marks ----------------------------------------------------------------------------------- */

static bool is_mark(const struct ew_live_mark *m, const struct ew_live_event *e)
{
	if (e->time < 0)
		return false;
	if (!strcmp(m->word, "dead"))
		return e->kind == EW_LIVE_EVENT_PROCESS && !*e->text && e->actor == m->actor;
	if (e->side != m->actor || (m->connection && e->connection != m->connection))
		return false;
	if (e->kind == EW_LIVE_EVENT_PACKET)
		return !e->retransmission && !e->was_held &&
		       !strcmp(m->word, ew_live_packet_word(e->flags, e->length));
	return e->kind == EW_LIVE_EVENT_STATE && !strcmp(m->word, ew_live_state_name(e->state));
}

/* The first event from `from` on that is the mark; the events' count if there is none. */
static guint find_mark(const struct ew_live_result *r, const struct ew_live_mark *m, guint from)
{
	while (from < r->events->len &&
	       !is_mark(m, &g_array_index(r->events, struct ew_live_event, from)))
		from++;
	return from;
}

static char *mark_text(const struct ew_live_experiment *x, const struct ew_live_mark *m)
{
	g_autoptr(GString) s = g_string_new(NULL);

	add_name(x, s, m->actor, m->connection);
	return g_strdup_printf("%s %s", s->str, m->word);
}

static void compare_order(const struct ew_live_experiment *x, const struct ew_live_result *r,
			  const struct ew_live_clause *c, GString *difference)
{
	guint at = 0;

	for (guint i = 0; i < c->marks->len; i++) {
		const struct ew_live_mark *m = &g_array_index(c->marks, struct ew_live_mark, i);

		at = find_mark(r, m, at);
		if (at++ < r->events->len)
			continue;
		g_autofree char *text = mark_text(x, m);
		g_autofree char *before =
			i ? mark_text(x, &g_array_index(c->marks, struct ew_live_mark, i - 1))
			  : NULL;
		g_string_append_printf(difference,
				       "order (line %d): expected %s%s%s, observed none\n", c->line,
				       text, before ? " after " : "", before ? before : "");
		return;
	}
}

static void compare_never(const struct ew_live_experiment *x, const struct ew_live_result *r,
			  const struct ew_live_clause *c, GString *difference)
{
	for (guint i = 0; i < c->marks->len; i++) {
		const struct ew_live_mark *m = &g_array_index(c->marks, struct ew_live_mark, i);
		guint at = find_mark(r, m, 0);
		g_autofree char *text = mark_text(x, m);

		if (at == r->events->len)
			continue;
		g_string_append_printf(
			difference, "never (line %d): expected no %s, observed one at %.3f ms\n",
			c->line, text,
			ew_live_event_ms(&g_array_index(r->events, struct ew_live_event, at)));
	}
}

static void compare_takes(const struct ew_live_experiment *x, const struct ew_live_result *r,
			  const struct ew_live_clause *c, GString *difference)
{
	const struct ew_live_mark *m = &g_array_index(c->marks, struct ew_live_mark, 0);
	guint at = find_mark(r, m, 0);
	g_autofree char *text = mark_text(x, m);
	g_autofree char *observed = NULL;

	if (at == r->events->len) {
		observed = g_strdup("none");
	} else {
		double ms = ew_live_event_ms(&g_array_index(r->events, struct ew_live_event, at));

		if (ms >= (double)c->least_ms && ms <= (double)c->most_ms)
			return;
		observed = g_strdup_printf("%.0f ms", ms);
	}
	g_string_append_printf(difference,
			       "takes (line %d): expected %s after %" G_GINT64_FORMAT
			       " to %" G_GINT64_FORMAT " ms, observed %s\n",
			       c->line, text, c->least_ms, c->most_ms, observed);
}

void live_judge_clauses(const struct ew_live_experiment *x, const struct ew_live_result *r,
			GString *difference)
{
	for (guint i = 0; i < x->clauses->len; i++) {
		const struct ew_live_clause *c =
			&g_array_index(x->clauses, struct ew_live_clause, i);

		if (c->kind == EW_LIVE_ORDER)
			compare_order(x, r, c, difference);
		else if (c->kind == EW_LIVE_NEVER)
			compare_never(x, r, c, difference);
		else
			compare_takes(x, r, c, difference);
	}
}
