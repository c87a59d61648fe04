/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which headers of a prefix a unit includes, and whether it may stand behind it; within the run module only. */
#ifndef EW_RUN_CLOSURE_H
#define EW_RUN_CLOSURE_H

#include "kbuild/kbuild.h"
#include "run/state.h"

struct closure;

struct closure *closure_new(const struct roots *roots);
void closure_free(struct closure *c);

/* Prefix `index` read `files` (of const char *), through `headers` (as #include takes them, NULL-ended) and
 * what `argv` includes by force. */
void closure_add_prefix(struct closure *c, int index, const GPtrArray *files,
			const char *const *headers, const char *const *argv);

/* Say the files of the prefix that a unit includes that read `files` itself, its source among them. More
 * may be said than is so, never less. */
void closure_say(struct closure *c, int index, const GPtrArray *files,
		 void (*file)(void *data, const char *path), void *data);

/* "<linux/slab.h>" as "linux/slab.h"; one given by its path as that is in the tree. The caller's. */
char *closure_name_of_header(struct closure *c, const char *header);
/* Do the last parts of the path spell `name`? */
bool closure_ends_in(const char *path, const char *name);

/* Does the unit name a macro of the prefix only where it has included a header that defines it? Otherwise it
 * may mean something else behind the prefix. Headers that are not of the prefix are looked through, too. */
bool closure_fits(struct closure *c, int index, const struct ew_unit *unit);

#endif
