/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who includes it may say first what the hook does. */
#ifndef BENCH_HOOK_H
#define BENCH_HOOK_H
#include <bench/types.h>
#ifndef hook
#define hook(t) sharpen(t)
#endif

static inline void run_hook(struct tool *t)
{
	hook(t);
}
#endif
