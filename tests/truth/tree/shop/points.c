/* SPDX-License-Identifier: GPL-3.0-or-later */
#define MAKE_POINTS
#include <bench/points.h>
#include <bench/types.h>

void between_points(struct tool *t)
{
	point_begin(t);
	use_tool(t);
	point_end(t);
}
