/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CONFIG_ symbols that changed, and who asks for them; within the run module only. */
#ifndef EW_RUN_SYMBOLS_H
#define EW_RUN_SYMBOLS_H

#include "run/state.h"

/* Is it the header that Kconfig writes? */
bool symbols_is_configuration(const char *path);
/* The names that are defined otherwise in the file as it is now than in the index's text, as a set, without
 * the ending _MODULE; NULL where one of the two texts is missing. */
GHashTable *symbols_changed(struct ew_store *old, int64_t file, const char *path,
			    const struct roots *roots);
/* Does the index's text of the file name one of them? */
bool symbols_are_in(struct ew_store *old, int64_t file, GHashTable *symbols);

#endif
