/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tree: find or fetch a kernel tree, tell what it is, and where its index lives.
 *
 * A tree is named by a directory, a tarball, or a release that kernel-refs/releases lists ("6.1"),
 * which means Debian's source package. Nothing is ever written into a tree that the user named:
 * tarballs are unpacked, and builds made, below the cache directory.
 */
#ifndef EW_TREE_H
#define EW_TREE_H

#include "fact/fact.h"

/* $XDG_CACHE_HOME/exitwalk, made if missing; an error where it cannot be made. */
char *ew_tree_cache_dir(GError **error);

/* Where index files are looked for: the cache's index/ directory. */
char *ew_tree_index_dir(GError **error);

/* Where the knowledge rooms are: $EXITWALK_DATA, else beside the source tree that was built, else the
 * installed share directory. `room` is "kernel-refs", "lessons" or "data". */
char *ew_tree_data_dir(const char *room);

/* An index on disk, as found by its name, without opening it. */
struct ew_tree_index {
	char *name; /* "6.1-debian-core" */
	char *path;
	int64_t size;	/* bytes */
	int64_t mtime;	/* seconds since the epoch */
};

/* All indexes of the index directory, newest first (of struct ew_tree_index). */
GPtrArray *ew_tree_list_indexes(GError **error);

/* The index to use: `index` (a path) if given; else the newest whose name begins with `release`; else
 * the one that `exitwalk use` chose; else the newest of the default release; else the newest. NULL with
 * EW_ERROR_NOT_POSSIBLE and the command that makes one. */
char *ew_tree_choose_index(const char *index, const char *release, GError **error);

/* Remember a choice for later runs, in the config directory. */
bool ew_tree_use(const char *name, GError **error);

#endif
