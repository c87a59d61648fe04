/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Predictions, their words and their grades. What is graded is a run's events, never a file's
 * expectation. */
#include "live/predict.h"

#include <string.h>

bool ew_live_prediction_of(const struct ew_live_experiment *x, const char *what,
			   struct ew_live_prediction *p)
{
	*p = (struct ew_live_prediction){.ask = EW_LIVE_ASK_STATE, .side = ew_live_side(x, what)};
	if (p->side >= 0)
		return true;
	if (strcmp(what, "packets") && strcmp(what, "closed"))
		return false;
	p->ask = *what == 'p' ? EW_LIVE_ASK_PACKETS : EW_LIVE_ASK_CLOSED;
	return true;
}

/* The step from which time counts. */
static const struct ew_live_step *zero_step(const struct ew_live_experiment *x)
{
	for (guint i = 0; i < x->steps->len; i++) {
		const struct ew_live_step *s = &g_array_index(x->steps, struct ew_live_step, i);

		if (s->is_zero)
			return s;
	}
	return NULL;
}

/* Which side it hits, -1 for none. */
static int hit_side(const struct ew_live_experiment *x)
{
	const struct ew_live_step *s = zero_step(x);

	if (!s || (s->actor < 0 && s->target < 0))
		return -1;
	return x->actors[s->actor >= 0 ? s->actor : s->target].side;
}

bool ew_live_prediction_applies(const struct ew_live_experiment *x,
				const struct ew_live_prediction *p)
{
	switch (p->ask) {
	case EW_LIVE_ASK_STATE:
		return x->watch & EW_LIVE_WATCH_SOCKETS;
	case EW_LIVE_ASK_PACKETS:
		return hit_side(x) >= 0 && (x->watch & EW_LIVE_WATCH_PACKETS);
	case EW_LIVE_ASK_CLOSED:
		return true;
	}
	return false;
}

char *ew_live_prediction_question(const struct ew_live_experiment *x,
				  const struct ew_live_prediction *p)
{
	const char *hit = hit_side(x) >= 0 ? x->actors[hit_side(x)].name : NULL;

	switch (p->ask) {
	case EW_LIVE_ASK_STATE:
		return g_strdup_printf(
			"In which state will the %s's socket come to a stand-still after the kill?",
			x->actors[p->side].name);
	case EW_LIVE_ASK_PACKETS:
		return g_strdup_printf("What will the %s's kernel send first: a FIN, a RST, or "
				       "nothing?",
				       hit ? hit : "killed side");
	case EW_LIVE_ASK_CLOSED:
		return g_strdup("Will the connection be closed properly: yes, rude (by a RST), late, no?");
	}
	return NULL;
}

const char *ew_live_prediction_choices(enum ew_live_ask ask)
{
	switch (ask) {
	case EW_LIVE_ASK_STATE:
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
		return ew_live_state_name(p->state);
	case EW_LIVE_ASK_PACKETS:
		return p->packet;
	case EW_LIVE_ASK_CLOSED:
		return ew_live_outcome_name(p->closed);
	}
	return "";
}

/* ---- grades ---------------------------------------------------------------------------------- */

/* What the side sends first of FIN and RST, until the world stands still: what comes of later steps
 * is another question. NULL where the run did not get so far. */
static const char *first_packet(const struct ew_live_result *r, int side)
{
	for (guint i = 0; i < r->events->len; i++) {
		const struct ew_live_event *e = &g_array_index(r->events, struct ew_live_event, i);

		if (e->time < 0)
			continue;
		if (e->kind == EW_LIVE_EVENT_PACKET && e->side == side) {
			const char *word = ew_live_packet_word(e->flags, e->length);

			if (!strcmp(word, "FIN") || !strcmp(word, "RST"))
				return word;
		}
		if (e->kind == EW_LIVE_EVENT_STILL)
			return "nothing";
	}
	return r->completed ? "nothing" : NULL;
}

static const char *what_happened(const struct ew_live_experiment *x,
				 const struct ew_live_result *r,
				 const struct ew_live_prediction *p)
{
	enum ew_live_state state;

	switch (p->ask) {
	case EW_LIVE_ASK_STATE:
		return ew_live_grade(r, p->side, p->state, &state) == EW_LIVE_GRADE_UNKNOWN
			       ? NULL
			       : ew_live_state_name(state);
	case EW_LIVE_ASK_PACKETS:
		return hit_side(x) >= 0 ? first_packet(r, hit_side(x)) : NULL;
	case EW_LIVE_ASK_CLOSED:
		return r->outcome == EW_LIVE_OUTCOME_UNKNOWN ? NULL
							     : ew_live_outcome_name(r->outcome);
	}
	return NULL;
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
