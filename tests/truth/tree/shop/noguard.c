/* SPDX-License-Identifier: GPL-3.0-or-later */
#define NO_GUARD
#include <bench/guard.h>
#include <bench/print.h>

void without_guard(struct tool *t)
{
	guarded(t);
}
