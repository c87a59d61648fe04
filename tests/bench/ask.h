/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The questions that bench_query times, and what each may take. */
#ifndef EW_BENCH_ASK_H
#define EW_BENCH_ASK_H

#include "query/query.h"

struct question {
	const char *words[8]; /* ends with NULL */
	void (*ask)(struct ew_query *q);
	double most_cold, most_in_shell, most_in_memory; /* ms; 0: no bar */
};

extern const struct question questions[];
extern const size_t n_questions;

#endif
