/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <bench/guard.h>
#include <bench/hook.h>
#include <bench/points.h>
#include <bench/print.h>
#include <bench/state.h>
#include <bench/types.h>

static struct tool tool1 = {.use = sharpen};

void plain1(struct state *s)
{
	greet();
	guarded_use(&tool1);
	run_hook(s->tool);
	use_tool(s->tool);
	s->leave = tool1.drop;
	s->leave(s->tool);
	pr_info("done");
}
