/* SPDX-License-Identifier: GPL-3.0-or-later */
#define pr_fmt(text) "named: " text
#include <bench/print.h>
#include <bench/types.h>

void named(struct tool *t)
{
	pr_info("named");
	t->use(t);
}
