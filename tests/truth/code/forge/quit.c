// SPDX-License-Identifier: GPL-3.0-or-later
#include "forge.h"

void leave(int why) __attribute__((__noreturn__));

/* Code is made of what stands behind a function that does not return; control never comes to it. */
int quit(struct tool *t)
{
	if (t->wear) {
		do {
			leave(1);
		} while (0);
		cool(t);
	}
	__builtin_unreachable();
	return strike(t);
}
