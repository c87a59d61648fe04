/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a unit defines in a header of its own. */
#define NO_GUARD
#include <bench/guard.h>
