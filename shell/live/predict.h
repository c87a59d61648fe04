/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Predictions: what a person says before a run, and what the run says to it. Used by `live --predict`
 * and by the live steps of lessons alike.
 */
#ifndef EW_LIVE_PREDICT_H
#define EW_LIVE_PREDICT_H

#include "live/live.h"

enum ew_live_ask {
	EW_LIVE_ASK_STATE,   /* a side's state at the first stand-still after the kill */
	EW_LIVE_ASK_END,     /* a side's last state, when the run has ended */
	EW_LIVE_ASK_PACKETS, /* what leaves the side that was hit first, up to the end: FIN, RST, or nothing */
	EW_LIVE_ASK_CLOSED,  /* was the connection closed properly? */
};

struct ew_live_prediction {
	enum ew_live_ask ask;
	int side;	/* of EW_LIVE_ASK_STATE and EW_LIVE_ASK_END */
	int connection; /* 0: each that the experiment's expectations do not name by its number */
	enum ew_live_state state;
	char packet[8]; /* "FIN", "RST" or "nothing" */
	enum ew_live_outcome closed;
};

/* What a lesson's `predict WHAT: …` asks: "packets", "closed", the name of an actor (its state at the first stand-still),
 * or this and "end" (its last state). Returns false where it is none of these. */
bool ew_live_prediction_of(const struct ew_live_experiment *x, const char *what,
			   struct ew_live_prediction *p);
/* All that the experiment can be asked, in their order: array of struct ew_live_prediction, without answers. The end is
 * asked for beside the first stand-still where more is done or may come after that, and each connection by itself that
 * the expectations name. */
GArray *ew_live_predictions(const struct ew_live_experiment *x);
/* Whether the experiment can be asked that: states, FIN and RST are TCP's, and where no process is hit, nothing leaves
 * it. */
bool ew_live_prediction_applies(const struct ew_live_experiment *x,
				const struct ew_live_prediction *p);
/* The question in words; the caller frees. */
char *ew_live_prediction_question(const struct ew_live_experiment *x,
				  const struct ew_live_prediction *p);
/* Reads an answer, however a person writes it. */
bool ew_live_prediction_parse(struct ew_live_prediction *p, const char *answer);
/* What can be answered, for who answered something else: "Say FIN, RST or nothing." */
const char *ew_live_prediction_choices(enum ew_live_ask ask);

/* The answer's name, as it is shown: "FIN_WAIT2", "RST", "rude". */
const char *ew_live_prediction_answer(const struct ew_live_prediction *p);
/* Compares with the run. `observed` gets what the run says in the same words, NULL where the grade is
 * unknown. */
enum ew_live_grade ew_live_prediction_grade(const struct ew_live_experiment *x,
					    const struct ew_live_result *r,
					    const struct ew_live_prediction *p,
					    const char **observed);

#endif
