/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Predictions, their words and their grades. What is graded is a run's events, never a file's
 * expectation. */
#include "live/predict.h"

#include <string.h>

/* ---- what can be asked ------------------------------------------------------------------------ */

/* The step from which time counts, or their number. */
static guint zero_number(const struct ew_live_experiment *x)
{
	guint i = 0;

	while (i < x->steps->len && !g_array_index(x->steps, struct ew_live_step, i).is_zero)
		i++;
	return i;
}

static const struct ew_live_step *step_at(const struct ew_live_experiment *x, guint i)
{
	return i < x->steps->len ? &g_array_index(x->steps, struct ew_live_step, i) : NULL;
}

/* Which side it hits, -1 for none. */
static int hit_side(const struct ew_live_experiment *x)
{
	const struct ew_live_step *s = step_at(x, zero_number(x));

	if (!s || (s->actor < 0 && s->target < 0))
		return -1;
	return x->actors[s->actor >= 0 ? s->actor : s->target].side;
}

/* The first `still` after that, or the number of steps. Of a host that was left before nothing stands still. */
static guint still_number(const struct ew_live_experiment *x)
{
	guint i = zero_number(x) + 1;

	while (i < x->steps->len && strcmp(step_at(x, i)->verb->name, "still"))
		i = strcmp(step_at(x, i)->verb->name, "leave") ? i + 1 : x->steps->len;
	return MIN(i, x->steps->len);
}

/* What is done behind it, NULL where nothing is. */
static char *later_steps(const struct ew_live_experiment *x)
{
	GString *s = g_string_new(NULL);

	for (guint i = still_number(x) + 1; i < x->steps->len; i++) {
		const struct ew_live_step *step = step_at(x, i);

		if (strcmp(step->verb->name, "still") && strcmp(step->verb->name, "enough"))
			g_string_append_printf(s, "%s%s", s->len ? ", " : "", step->text);
	}
	return g_string_free(s, !s->len);
}

/* Whether the end may be another than the first stand-still: where more is done, or the kernel's timers may run on. */
static bool has_two_ends(const struct ew_live_experiment *x)
{
	g_autofree char *later = later_steps(x);
	const struct ew_live_step *last = step_at(x, x->steps->len - 1);

	return still_number(x) < x->steps->len && (later || strcmp(last->verb->name, "enough"));
}

/* Whether a line of what is expected names the connection by its number; `side` -1: of either side. */
static bool is_named(const struct ew_live_experiment *x, int side, int connection)
{
	for (guint i = 0; i < x->expected->len; i++) {
		const struct ew_live_expected *e = &g_array_index(x->expected, struct ew_live_expected, i);

		if (e->connection == connection && (side < 0 || e->side == side))
			return true;
	}
	return false;
}

/* The connections that are asked for: each that is named, and 0 for the others, if there are any. */
static GArray *connections_asked(const struct ew_live_experiment *x, int side)
{
	GArray *list = g_array_new(FALSE, TRUE, sizeof(int));
	int count = MIN(ew_live_connection_count(x), EW_LIVE_CONNECTIONS_MAX);

	for (int i = 1; i <= count; i++)
		if (is_named(x, side, i))
			g_array_append_val(list, i);
	/* what is said of one alone is not asked of the others */
	if (!list->len || ((int)list->len < count && is_named(x, side, 0)))
		g_array_prepend_vals(list, &(int){0}, 1);
	return list;
}

static int side_asked(const struct ew_live_prediction *p)
{
	return p->ask == EW_LIVE_ASK_STATE || p->ask == EW_LIVE_ASK_END ? p->side : -1;
}

static bool is_meant(const struct ew_live_experiment *x, const struct ew_live_prediction *p, int connection)
{
	return p->connection ? p->connection == connection : !is_named(x, side_asked(p), connection);
}

bool ew_live_prediction_of(const struct ew_live_experiment *x, const char *what,
			   struct ew_live_prediction *p)
{
	bool is_end = g_str_has_suffix(what, " end");
	g_autofree char *name = g_strndup(what, strlen(what) - (is_end ? strlen(" end") : 0));

	*p = (struct ew_live_prediction){.ask = is_end ? EW_LIVE_ASK_END : EW_LIVE_ASK_STATE, .side = ew_live_side(x, name)};
	if (p->side < 0 && strcmp(what, "packets") && strcmp(what, "closed"))
		return false;
	if (p->side < 0)
		p->ask = *what == 'p' ? EW_LIVE_ASK_PACKETS : EW_LIVE_ASK_CLOSED;
	g_autoptr(GArray) connections = connections_asked(x, side_asked(p));
	p->connection = g_array_index(connections, int, 0);
	return true;
}

bool ew_live_prediction_applies(const struct ew_live_experiment *x,
				const struct ew_live_prediction *p)
{
	bool is_tcp = x->protocol == EW_LIVE_TCP;

	switch (p->ask) {
	case EW_LIVE_ASK_STATE:
		if (still_number(x) >= x->steps->len)
			return false;
		/* fall through */
	case EW_LIVE_ASK_END:
		return (is_tcp || x->protocol == EW_LIVE_MPTCP) && x->watch & EW_LIVE_WATCH_SOCKETS;
	case EW_LIVE_ASK_PACKETS:
		return is_tcp && hit_side(x) >= 0 && (x->watch & EW_LIVE_WATCH_PACKETS);
	case EW_LIVE_ASK_CLOSED:
		/* what an experiment does not say, a run may not tell */
		return is_tcp && hit_side(x) >= 0 && x->watch & EW_LIVE_WATCH_SOCKETS &&
		       (!ew_live_expects(x) ||
			ew_live_expected_outcome(x, p->connection) != EW_LIVE_OUTCOME_UNKNOWN);
	}
	return false;
}

static void add_questions(const struct ew_live_experiment *x, GArray *list, struct ew_live_prediction p)
{
	g_autoptr(GArray) connections = connections_asked(x, side_asked(&p));

	for (guint i = 0; i < connections->len; i++) {
		p.connection = g_array_index(connections, int, i);
		if (ew_live_prediction_applies(x, &p))
			g_array_append_val(list, p);
	}
}

GArray *ew_live_predictions(const struct ew_live_experiment *x)
{
	GArray *list = g_array_new(FALSE, TRUE, sizeof(struct ew_live_prediction));
	bool has_still = still_number(x) < x->steps->len;

	for (int side = 0; side < EW_LIVE_SIDES; side++)
		add_questions(x, list, (struct ew_live_prediction){.ask = EW_LIVE_ASK_STATE, .side = side});
	for (int side = 0; side < EW_LIVE_SIDES && (!has_still || has_two_ends(x)); side++)
		add_questions(x, list, (struct ew_live_prediction){.ask = EW_LIVE_ASK_END, .side = side});
	add_questions(x, list, (struct ew_live_prediction){.ask = EW_LIVE_ASK_PACKETS});
	add_questions(x, list, (struct ew_live_prediction){.ask = EW_LIVE_ASK_CLOSED});
	return list;
}

/* ---- in words --------------------------------------------------------------------------------- */

/* "the kill", or what else it is. */
static char *zero_words(const struct ew_live_experiment *x)
{
	const struct ew_live_step *s = step_at(x, zero_number(x));

	return !s || !strcmp(s->verb->name, "kill") ? g_strdup("the kill") : g_strdup_printf("\"%s\"", s->text);
}

static char *state_question(const struct ew_live_experiment *x, const struct ew_live_prediction *p,
			    const char *of)
{
	const char *name = x->actors[p->side].name;
	g_autofree char *zero = zero_words(x), *later = later_steps(x);

	if (p->ask == EW_LIVE_ASK_STATE)
		return g_strdup_printf("In which state will the %s's socket%s come to a stand-still after %s?", name, of,
				       zero);
	if (later && still_number(x) < x->steps->len)
		return g_strdup_printf("And in which state is the %s's socket%s at the end of the run, after this, too: %s?",
				       name, of, later);
	return g_strdup_printf("In which state is the %s's socket%s at the end of the run, at most %.3g s after %s?", name,
			       of, (double)x->bound_ms / 1000, zero);
}

char *ew_live_prediction_question(const struct ew_live_experiment *x,
				  const struct ew_live_prediction *p)
{
	const char *hit = hit_side(x) >= 0 ? x->actors[hit_side(x)].name : "killed side";
	g_autofree char *of = p->connection ? g_strdup_printf(" of connection %d", p->connection) : g_strdup("");

	switch (p->ask) {
	case EW_LIVE_ASK_STATE:
	case EW_LIVE_ASK_END:
		return state_question(x, p, of);
	case EW_LIVE_ASK_PACKETS:
		return g_strdup_printf("What will the %s's kernel send first%s, up to the end of the run: a FIN, a RST, or "
				       "nothing of both?",
				       hit, p->connection ? of : "");
	case EW_LIVE_ASK_CLOSED:
		return g_strdup_printf("Will the connection%s be closed properly: yes, rude (by a RST), late (the process was "
				       "dead already, or all stood still before), no?",
				       p->connection ? of + strlen(" of connection") : "");
	}
	return NULL;
}

const char *ew_live_prediction_choices(enum ew_live_ask ask)
{
	switch (ask) {
	case EW_LIVE_ASK_STATE:
	case EW_LIVE_ASK_END:
		return "That is no state. Say ESTABLISHED, FIN_WAIT1, FIN_WAIT2, CLOSE_WAIT, "
		       "LAST_ACK, CLOSING, TIME_WAIT or gone.";
	case EW_LIVE_ASK_PACKETS:
		return "That is none of them. Say FIN, RST or nothing.";
	case EW_LIVE_ASK_CLOSED:
		return "That is none of them. Say yes, rude, late, no or paused.";
	}
	return "";
}

/* ---- answers --------------------------------------------------------------------------------- */

static bool parse_packet(const char *answer, char packet[8])
{
	static const struct {
		const char *said, *meant;
	} words[] = {{"FIN", "FIN"},	     {"a FIN", "FIN"},	   {"FIN,ACK", "FIN"},
		     {"RST", "RST"},	     {"a RST", "RST"},	   {"an RST", "RST"},
		     {"reset", "RST"},	     {"nothing", "nothing"}, {"none", "nothing"},
		     {"no packet", "nothing"}};

	for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
		if (!g_ascii_strcasecmp(answer, words[i].said)) {
			g_strlcpy(packet, words[i].meant, 8);
			return true;
		}
	}
	return false;
}

static bool parse_outcome(const char *answer, enum ew_live_outcome *closed)
{
	static const struct {
		const char *said;
		enum ew_live_outcome meant;
	} words[] = {{"y", EW_LIVE_OUTCOME_YES},
		     {"properly", EW_LIVE_OUTCOME_YES},
		     {"rudely", EW_LIVE_OUTCOME_RUDE},
		     {"n", EW_LIVE_OUTCOME_NO}};

	for (int i = EW_LIVE_OUTCOME_UNKNOWN + 1; i < EW_LIVE_OUTCOMES; i++) {
		if (!g_ascii_strcasecmp(answer, ew_live_outcome_name(i))) {
			*closed = i;
			return true;
		}
	}
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
		if (!g_ascii_strcasecmp(answer, words[i].said)) {
			*closed = words[i].meant;
			return true;
		}
	}
	return false;
}

bool ew_live_prediction_parse(struct ew_live_prediction *p, const char *answer)
{
	switch (p->ask) {
	case EW_LIVE_ASK_STATE:
	case EW_LIVE_ASK_END:
		return ew_live_state_parse(answer, &p->state);
	case EW_LIVE_ASK_PACKETS:
		return parse_packet(answer, p->packet);
	case EW_LIVE_ASK_CLOSED:
		return parse_outcome(answer, &p->closed);
	}
	return false;
}

const char *ew_live_prediction_answer(const struct ew_live_prediction *p)
{
	switch (p->ask) {
	case EW_LIVE_ASK_STATE:
	case EW_LIVE_ASK_END:
		return ew_live_state_name(p->state);
	case EW_LIVE_ASK_PACKETS:
		return p->packet;
	case EW_LIVE_ASK_CLOSED:
		return ew_live_outcome_name(p->closed);
	}
	return "";
}

/* ---- grades ---------------------------------------------------------------------------------- */

/* What the side sends first of FIN and RST, from the kill to the end. NULL where the run did not get so far. */
static const char *first_packet(const struct ew_live_experiment *x, const struct ew_live_result *r,
				const struct ew_live_prediction *p)
{
	int side = hit_side(x);

	for (guint i = 0; i < r->events->len && side >= 0; i++) {
		const struct ew_live_event *e = &g_array_index(r->events, struct ew_live_event, i);

		if (e->time < 0 || e->kind != EW_LIVE_EVENT_PACKET || e->side != side ||
		    !is_meant(x, p, e->connection))
			continue;
		const char *word = ew_live_packet_word(e->flags, e->length);
		if (!strcmp(word, "FIN") || !strcmp(word, "RST"))
			return word;
	}
	return r->completed && side >= 0 ? "nothing" : NULL;
}

/* Of one connection; NULL where the run does not tell. */
static const char *of_connection(const struct ew_live_result *r, const struct ew_live_observed_connection *c,
				 const struct ew_live_prediction *p)
{
	/* "closed" is asked about no side */
	const struct ew_live_observed *o = p->side < 0 ? NULL : &c->sides[p->side];

	switch (p->ask) {
	case EW_LIVE_ASK_STATE:
		return o->has_still ? ew_live_state_name(o->still) : NULL;
	case EW_LIVE_ASK_END:
		return r->completed && o->count ? ew_live_state_name(o->states[o->count - 1]) : NULL;
	case EW_LIVE_ASK_CLOSED:
		return c->outcome == EW_LIVE_OUTCOME_UNKNOWN ? NULL : ew_live_outcome_name(c->outcome);
	case EW_LIVE_ASK_PACKETS:
		break;
	}
	return NULL;
}

/* What those that are meant came to, NULL where that is not one thing. */
static const char *what_happened(const struct ew_live_experiment *x, const struct ew_live_result *r,
				 const struct ew_live_prediction *p)
{
	const char *found = NULL;

	if (p->ask == EW_LIVE_ASK_PACKETS)
		return first_packet(x, r, p);
	for (guint i = 0; i < r->connections->len; i++) {
		const struct ew_live_observed_connection *c =
			&g_array_index(r->connections, struct ew_live_observed_connection, i);
		const char *what = is_meant(x, p, c->number) ? of_connection(r, c, p) : found;

		if (!what && is_meant(x, p, c->number))
			return NULL;
		if (found && strcmp(found, what))
			return NULL;
		found = what;
	}
	return found;
}

enum ew_live_grade ew_live_prediction_grade(const struct ew_live_experiment *x,
					    const struct ew_live_result *r,
					    const struct ew_live_prediction *p,
					    const char **observed)
{
	*observed = what_happened(x, r, p);
	if (!*observed)
		return EW_LIVE_GRADE_UNKNOWN;
	return !strcmp(*observed, ew_live_prediction_answer(p)) ? EW_LIVE_GRADE_RIGHT
								: EW_LIVE_GRADE_WRONG;
}
