/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of tree share; nobody else includes it. */
#ifndef EW_TREE_INTERNAL_H
#define EW_TREE_INTERNAL_H

#include "tree/tree.h"

/* `path` without symbolic links, as Kbuild will write it; itself where it cannot be resolved. Takes it. */
char *ew_tree_resolved(char *path);

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

/* ---- fingerprint.c: what of a user's tree make reads ------------------------------------------ */

/* The questions whose answers depend on it. */
enum ew_fingerprint_of {
	EW_FINGERPRINT_CONFIGURE, /* which options are set: Kconfig files, scripts, top makefiles */
	EW_FINGERPRINT_PREPARE,	  /* which headers are generated: headers, makefiles, generators */
	EW_FINGERPRINT_ASK, /* which units there are: makefiles; sources only by their names */
	EW_FINGERPRINT_N
};

struct ew_fingerprint {
	uint64_t sums[EW_FINGERPRINT_N]; /* of path, size, times, inode and mode of each file */
	int64_t newest;			 /* change of a file, in nanoseconds since the epoch */
	int64_t taken;			 /* when the walk began, likewise */
	bool is_hidden; /* a file has changed in a way that make cannot see: see below */
};

/* Walk over the tree at `root`. `started` and `finished` enclose the run of make before (0: none):
 * a file that changed after it started, and claims not to be younger than what make then wrote
 * (restored with its old time, or written while make ran), is hidden from make.
 *
 * A file changed an instant ago may change again without its stamps showing it: then this waits,
 * most often for 50 ms, and walks again. If that does not help (the clock was set back, somebody
 * writes on and on), the sums are such as equal no others. */
void ew_fingerprint_take(const char *root, int64_t started, int64_t finished,
			 struct ew_fingerprint *found);

/* ---- stamp.c: what a build directory was made from ------------------------------------------- */

struct ew_stamp {
	char *tools;		     /* hash of the tools and the tree's place */
	char *config;		     /* hash of the configuration's name and text */
	struct ew_fingerprint files; /* sums only are kept; 0 for a tree in the cache */
	int64_t started, finished;   /* the last run of make, in nanoseconds since the epoch */
};

/* The least that makes the build directory right again. */
enum ew_stamp_work {
	EW_STAMP_KEEP,	    /* nothing: all is as it was */
	EW_STAMP_NOTE,	    /* write the stamp: only the answers of `make -n` may differ */
	EW_STAMP_PREPARE,   /* `make prepare` finds out what has changed */
	EW_STAMP_CONFIGURE, /* the options may differ: .config anew, then `make prepare` */
	EW_STAMP_ANEW,	    /* from nothing: make would not see what has changed */
};

/* As ew_stamp_write() left it; NULL where it is not there or damaged. */
struct ew_stamp *ew_stamp_read(const char *directory);
bool ew_stamp_write(const char *directory, const struct ew_stamp *s, GError **error);
char *ew_stamp_path(const char *directory);

/* What it would be made from now. `before` may be NULL, here and below. */
struct ew_stamp *ew_stamp_take(const struct ew_tree *tree, const struct ew_config_source *source,
			       const struct ew_stamp *before);
enum ew_stamp_work ew_stamp_compare(const struct ew_stamp *before, const struct ew_stamp *now);

/* A hash of all that `make -n` depends on. */
char *ew_stamp_answers(const struct ew_stamp *s);
void ew_stamp_free(struct ew_stamp *s);
EW_DEFINE_AUTO(stamp, ew_stamp_free)

#endif
