/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <bench/guard.h>
#include <bench/hook.h>
#include <bench/points.h>
#include <bench/print.h>
#include <bench/state.h>
#include <bench/types.h>

static struct tool tool4 = {.use = sharpen};

void plain4(struct state *s)
{
	greet();
	guarded_use(&tool4);
	run_hook(s->tool);
	use_tool(s->tool);
	s->leave = tool4.drop;
	s->leave(s->tool);
	pr_info("done");
}
