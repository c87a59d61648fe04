/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of kbuild share; nobody else includes it. */
#ifndef EW_KBUILD_INTERNAL_H
#define EW_KBUILD_INTERNAL_H

#include "kbuild/kbuild.h"

/* Make a unit of a compiler's arguments (without its name): what the parser must not see is left
 * out, the object and the source are taken note of. NULL where they compile no C file: there must
 * be a source ending in .c, and -c where `needs_c`. */
struct ew_unit *ew_unit_from_words(char *const *words, bool needs_c);

/* Every compile command of the configuration, in Kbuild's order, as ew_kbuild_lex() leaves them,
 * with `directory` set. make's errors are added to `warnings`. */
GPtrArray *ew_dryrun_units(const struct ew_tree *tree, const struct ew_tree_build *build, int jobs,
			   GPtrArray *warnings, GError **error);

/* The same from the file that ew_cache_save() wrote for this build, or NULL: not there, of another
 * stamp, or damaged. With the units the warnings are kept. */
GPtrArray *ew_cache_load(const struct ew_tree_build *build, GPtrArray *warnings);
void ew_cache_save(const struct ew_tree_build *build, GPtrArray *units, GPtrArray *warnings);

/* The same from a compile_commands.json. */
GPtrArray *ew_json_units(const char *path, GError **error);

#endif
