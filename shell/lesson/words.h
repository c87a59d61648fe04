/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What facts and questions share: words, and the functions of a path. */
#ifndef EW_LESSON_WORDS_H
#define EW_LESSON_WORDS_H

#include "query/query.h"

/* Words of a line; "quoted text" is one. */
GStrv ew_words_split(const char *text);

const struct ew_symbol *ew_words_function(struct ew_query *q, const char *name, GError **error);

/* Every function that a path passes, in order, the ways on which work was queued before the hop
 * that runs it (of const char *, the query's). */
GPtrArray *ew_words_of_path(const struct ew_path *path);

/* Is it one of those? */
bool ew_path_passes(const struct ew_path *path, const char *function);

#endif
