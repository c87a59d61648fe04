/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * kbuild: which C files a configuration compiles, and with which arguments.
 *
 * The kernel's own Kbuild is asked: `make -n` prints every command that it would run and runs none.
 * A tree that carries a compile_commands.json is not configured; that file is read instead. The
 * module neither parses C nor runs a compiler.
 *
 * The whole configuration is asked for at once, not only the directories in scope: 7 s instead of
 * 3 s for 4,700 units with two jobs, since either way Kbuild spends 2.5 s before the first directory,
 * and only so the number of units in all is known. The answer is kept in the build directory, in
 * exitwalk.units, with make's errors and the stamp that ew_tree_configure() gives; as long as that is
 * the same, every later question, about any scope, costs milliseconds. For a tree in the cache it is
 * for ever; for a user's directory until the configuration, a Kconfig file, a makefile or a script
 * has changed, or a source came or went. A changed header or source asks nothing.
 */
#ifndef EW_KBUILD_H
#define EW_KBUILD_H

#include "tree/tree.h"

/* One translation unit. */
struct ew_unit {
	char *file; /* relative to the tree's root; to `directory` for a file that is generated;
		       absolute for one elsewhere */
	char *path; /* the same file, absolute */
	char *directory; /* what relative paths in argv are relative to, absolute */
	char *object; /* the object file that the command makes, as spelled; "" if none is named */
	GStrv argv; /* for the parser: no compiler, no -c, no -o, no dependency output, no source */
	char *problem; /* why it cannot be read ("no such file …"), or NULL. To be reported as not
			  indexed; it counts as a unit */
};

struct ew_kbuild {
	GPtrArray *units; /* of struct ew_unit: those in scope, each file once, ordered by path; those of a
			     compile_commands.json in its order */
	int total;	  /* C units of the whole configuration, each file once */
	int duplicates;	  /* further commands for a file that has one (lib/ctype.c is compiled for
			     the kernel and for its purgatory): the one whose object stands beside
			     its source is kept, else the first */
	GPtrArray *unmatched; /* of char *: patterns of the scope that no unit matches */
	GPtrArray *warnings;  /* of char *: errors of make that did not stop it */
};

/*
 * The units of `tree` in `scope`, a NULL-terminated list of patterns:
 *	net/ipv4/ or net/ipv4	a directory and all below it
 *	net/socket.c		a file
 *	kernel/[a-z]*.c		a glob over the names of one directory
 *	all			everything (so do NULL and an empty list)
 * A path may also be given absolute, below the tree's root.
 *
 * `build` is what ew_tree_configure() made; NULL means tree->commands. `jobs` is for make.
 *
 * Errors: EW_ERROR_INPUT for a malformed compile_commands.json (file, line or entry) or where
 * nothing is in scope; EW_ERROR_NOT_POSSIBLE where make fails before it names a unit, or is killed.
 */
struct ew_kbuild *ew_kbuild_ask(const struct ew_tree *tree, const struct ew_tree_build *build,
				const char *const *scope, int jobs, ew_tree_say say, void *data,
				GError **error);
void ew_kbuild_free(struct ew_kbuild *k);
EW_DEFINE_AUTO(kbuild, ew_kbuild_free)

void ew_unit_free(struct ew_unit *unit);
EW_DEFINE_AUTO(unit, ew_unit_free)

/* Does `file` (relative to the root) match one pattern of a scope? */
bool ew_kbuild_matches(const char *pattern, const char *file);

/*
 * The compile command in one line of Kbuild's dry run, or NULL if there is none: the simple command
 * whose first word is `compiler` and that has -c and a source file ending in .c. Quoted text, such
 * as the same command in fixdep's argument or behind echo, is not a command. Of the unit, argv and
 * object are set, and `path` is the source as spelled.
 */
struct ew_unit *ew_kbuild_lex(const char *line, const char *compiler);

#endif
