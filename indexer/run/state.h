/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files of a tree and its build directory, as they are now; within the run module only. */
#ifndef EW_RUN_STATE_H
#define EW_RUN_STATE_H

#include "store/store.h"

struct roots {
	const char *tree, *build; /* build may be NULL */
};

/* The text of `path` (relative to one of the roots, or absolute) and its state; NULL if there is none. The
 * hash is 0 where the file may have been written after `since` (ns since the epoch). */
char *state_read(const struct roots *roots, const char *path, int64_t since, size_t *length,
		 struct ew_store_file_state *state);
/* Is the file what it was? Its text is read only if stat() does not tell. */
bool state_is(const struct roots *roots, const char *path, const struct ew_store_file_state *was);

int64_t state_now(void); /* ns since the epoch, a little before what the clock says */
int64_t state_of_program(void); /* hash of the running program */
int64_t state_of_directory(const char *path); /* hash of all files below */

#endif
