/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <bench/guard.h>
#include <bench/hook.h>
#include <bench/points.h>
#include <bench/print.h>
#include <bench/state.h>
#include <bench/types.h>

static struct tool tool3 = {.use = sharpen};

void plain3(struct state *s)
{
	greet();
	guarded_use(&tool3);
	run_hook(s->tool);
	use_tool(s->tool);
	s->leave = tool3.drop;
	s->leave(s->tool);
	pr_info("done");
}
