/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of tree share; nobody else includes it. */
#ifndef EW_TREE_INTERNAL_H
#define EW_TREE_INTERNAL_H

#include "tree/tree.h"

/* CACHE/`name`, made if missing and tested for being writable. */
char *ew_tree_cache_subdir(const char *name, GError **error);

/* The path of a file in $XDG_CONFIG_HOME/exitwalk, whose directory is made if missing. */
char *ew_tree_config_file(const char *name, GError **error);

/* Remove a directory and all below it, symbolic links as links. Below the cache only: anything else
 * is refused. A missing one is no error. */
bool ew_tree_remove(const char *path, GError **error);

/* Open and lock `path`, saying so where another holds it. -1 on error; close() unlocks. */
int ew_tree_lock(const char *path, ew_tree_say say, void *data, GError **error);

/* Run `argv` in `directory` (NULL: here) to its end. Its standard output goes to `out`, its
 * standard error to `err`, file descriptors that stay the caller's; stdin is empty. Returns the
 * exit status, 128 + n for a signal, or -1 with an error where it could not be started. */
int ew_tree_run(char **argv, const char *directory, char **envp, int out, int err, GError **error);

/* The directory CACHE/trees/NAME-HASH that the tarball is unpacked in, unpacking it if need be. */
char *ew_tree_unpack(const char *tarball, ew_tree_say say, void *data, GError **error);

/* A name that can stand in a file name: letters, digits, dot, plus, minus, underscore. */
char *ew_tree_safe_name(const char *text);

/* What is missing according to the output of a failed step, and what to install;
 * or NULL. */
char *ew_tree_diagnose(const char *log);

/* The last `lines` lines of `text` that say something, each indented by two spaces. */
char *ew_tree_tail(const char *text, int lines);

/* Is the file system of `directory` full, or does a step's output say so? */
bool ew_tree_is_full(const char *directory, const char *output);

/* ---- source.c: what --config means ----------------------------------------------------------- */

struct ew_config_source {
	char *name;	    /* "debian", "defconfig", "running", or the file's */
	char *path;	    /* the file that holds it */
	const char *unpack; /* the program that unpacks it to its standard output, or NULL */
	bool is_target;	    /* Kbuild makes it: the target `name` */
};

struct ew_config_source *ew_config_source_find(const struct ew_tree *tree, const char *config,
					       GError **error);
void ew_config_source_free(struct ew_config_source *s);
EW_DEFINE_AUTO(config_source, ew_config_source_free)

/* Write it, unpacked, to the file `to`. */
bool ew_config_source_write(const struct ew_config_source *s, const char *to, GError **error);

#endif
