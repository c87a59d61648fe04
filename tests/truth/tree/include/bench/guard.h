/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A unit may do without the checks. */
#ifndef BENCH_GUARD_H
#define BENCH_GUARD_H
#include <bench/types.h>
void check_tool(struct tool *t);

#ifdef NO_GUARD
#define guarded(t) sharpen(t)
#else
#define guarded(t) check_tool(t)
#endif

static inline void guarded_use(struct tool *t)
{
	guarded(t);
	t->use(t);
}
#endif
