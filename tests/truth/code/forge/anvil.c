// SPDX-License-Identifier: GPL-3.0-or-later
#include "forge.h"

/* rack.c has a static function of this name, too. */
static int count(struct tool *t)
{
	return t->heat;
}

int strike(struct tool *t)
{
	t->wear++;
	return count(t);
}

void cool(struct tool *t)
{
	t->heat = 0;
}

void cool_down(struct tool *t) __attribute__((alias("cool")));

/* What stands in typeof() and sizeof is not run. */
int work(struct tool *t)
{
	struct tool *copy = copy_tool(t, 2);
	__typeof__(strike(t)) result = (__typeof__(temper(t)))sizeof(may_copy(t));

	cool_down(copy);
	return result + temper(t) + sharpen(t);
}
