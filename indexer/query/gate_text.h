/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The text of a condition, and whether it says that the last reference was dropped. */
#ifndef EW_QUERY_GATE_TEXT_H
#define EW_QUERY_GATE_TEXT_H

#include "fact/fact.h"

/* Of the functions `tests` (a set of names) the first that must have said yes where the condition holds, or
 * does not (`holds`); NULL if none. It is a string of the set. */
const char *gate_in_text(const char *text, bool holds, GHashTable *tests);

#endif
