/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Another record for the small build. */
#ifndef BENCH_STATE_H
#define BENCH_STATE_H
#include <bench/types.h>

struct state {
#ifdef BUILD_SMALL
	int only;
#else
	struct tool *tool;
	void (*leave)(struct tool *t);
#endif
};
#endif
