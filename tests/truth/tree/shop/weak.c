/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <bench/hook.h>
#include <bench/state.h>
#include <bench/types.h>
#define __weak __attribute__((weak))

/* noguard.c has the strong one. */
void __weak without_guard(struct tool *t)
{
	run_hook(t);
}

static void put_down(struct tool *t)
{
}

static struct tool kept = {.drop = put_down};

void keep(struct state *s)
{
	s->tool = &kept;
}

void let(struct state *s)
{
	if (s->tool)
		if (s->tool->weight > 1)
			s->tool->drop(s->tool);
}
