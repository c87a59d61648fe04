/* SPDX-License-Identifier: GPL-3.0-or-later */
#define BUILD_SMALL
#include <bench/state.h>
#include <bench/types.h>

int small_state(struct state *s)
{
	return s->only;
}
