/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <bench/hook.h>
#undef hook
#define hook(t) check_tool(t)
#include <bench/guard.h>

void again(struct tool *t)
{
	hook(t);
	run_hook(t);
}
