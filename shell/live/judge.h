/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the judge share. */
#ifndef EW_LIVE_JUDGE_H
#define EW_LIVE_JUDGE_H

#include "live/internal.h"
#include <string.h>

/* Compares what was observed with what the file expects: sets r->matched and r->difference. */
void live_judge_compare(const struct ew_live_experiment *x, struct ew_live_result *r);
/* Adds a line for the packets, if they differ. */
void live_judge_packets(const struct ew_live_experiment *x, const struct ew_live_result *r,
			GString *difference);
/* Adds a line for each order, never and takes that was not so. */
void live_judge_clauses(const struct ew_live_experiment *x, const struct ew_live_result *r,
			GString *difference);

#endif
