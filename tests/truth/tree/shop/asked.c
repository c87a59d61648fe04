/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asks for a macro with parameters that no header of its own includes brings. */
#include <bench/types.h>
#ifndef pr_info
static void tell(struct tool *t)
{
	sharpen(t);
}
#else
static void tell(struct tool *t)
{
}
#endif

void asked(struct tool *t)
{
	tell(t);
}
