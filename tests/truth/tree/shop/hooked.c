/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <bench/types.h>
void hang_up(struct tool *t);
#define hook(t) hang_up(t)
#include <bench/hook.h>

void hooked(struct tool *t)
{
	hook(t);
}
