/* SPDX-License-Identifier: GPL-3.0-or-later */
#define BUILD_SMALL
#include <bench/state.h>
#include <bench/types.h>

int small_state(struct state *s)
{
	return s->only;
}

/* A tool within another object: where the one around it is known, it is a part of that. */
struct bench_drawer {
	struct tool tool;
};

static struct bench_drawer drawer = {.tool = {.use = sharpen}};

void pull_out(struct bench_drawer *any)
{
	drawer.tool.use(&drawer.tool);
	any->tool.use(&any->tool);
}
