/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Read once more by the unit that makes the points: then they are functions. */
#if !defined(BENCH_POINTS_H) || defined(POINTS_AGAIN)
#define BENCH_POINTS_H
#include <bench/types.h>

#undef POINT
#ifdef POINTS_AGAIN
#define POINT(name)                                                                                \
	void point_##name(struct tool *t)                                                          \
	{                                                                                          \
		t->drop(t);                                                                        \
	}
#else
#define POINT(name) void point_##name(struct tool *t);
#endif

POINT(begin)
POINT(end)

#if defined(MAKE_POINTS) && !defined(POINTS_AGAIN)
#define POINTS_AGAIN
#include <bench/points.h>
#undef POINTS_AGAIN
#endif
#endif
