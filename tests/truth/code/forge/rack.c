// SPDX-License-Identifier: GPL-3.0-or-later
#include "forge.h"

static int count(struct tool *t)
{
	return t->wear;
}

static struct tool *find_like(const struct tool *t, int times)
{
	return lend(t->heat * times);
}

struct tool *copy_tool(const struct tool *t, int times)
{
	return find_like(t, times);
}

/* Replaced by forge/anvil.c. */
__attribute__((__weak__)) int strike(struct tool *t)
{
	return count(t);
}

/* There, an alias. */
__attribute__((weak)) void cool_down(struct tool *t)
{
	store_tool(t);
}

int sharpen(struct tool *t)
{
	return count(t);
}

int may_copy(const struct tool *t)
{
	return t->wear < 3;
}
