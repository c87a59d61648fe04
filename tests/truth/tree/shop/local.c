/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "local.h"
#include <bench/types.h>

void local(struct tool *t)
{
	guarded(t);
}
