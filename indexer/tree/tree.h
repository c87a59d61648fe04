/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tree: find or unpack a kernel tree, tell what it is, configure it, and say where indexes live.
 *
 * A tree is named by a directory, a tarball, or a release such as "6.1", which means Debian's
 * package linux-source-6.1. Nothing is ever written into a directory that the user named: tarballs
 * are unpacked, and build directories made, below the cache directory.
 *
 *	CACHE/index/NAME.sqlite		indexes (NAME is "6.1-debian-core")
 *	CACHE/trees/NAME-HASH/		unpacked tarballs; temporary names begin with a dot
 *	CACHE/builds/NAME-CONFIG-HASH/	Kbuild's output directories, each with exitwalk.log
 *
 * The module asks nothing of the tree but its Makefile and its Kbuild; what is compiled is told by
 * kbuild, above. It fetches nothing from the network: a missing package is an error that names the
 * command to type.
 */
#ifndef EW_TREE_H
#define EW_TREE_H

#include "fact/fact.h"
#include <sys/types.h>

/* The release that is meant where none is named. */
#define EW_TREE_DEFAULT_RELEASE "6.1"

/* The suffix of an index file; anything else in the directory is not an index. */
#define EW_TREE_INDEX_SUFFIX ".sqlite"

/* Told before a step that takes seconds ("unpacking …"). May be NULL wherever it is asked for. */
typedef void (*ew_tree_say)(const char *what, void *data);

/* ---- directories ----------------------------------------------------------------------------- */

/* $XDG_CACHE_HOME/exitwalk without symbolic links, made if missing; an error where it cannot be made. */
char *ew_tree_cache_dir(GError **error);

/* Where index files are looked for: the cache's index/ directory, made if missing. */
char *ew_tree_index_dir(GError **error);

/* The path of the index file called `name`, which need not exist. */
char *ew_tree_index_path(const char *name, GError **error);

/* Where the knowledge rooms are: $EXITWALK_DATA, else the share directory of the prefix that the
 * running program is installed in, else the source tree that it was built from. `room` is
 * "kernel-refs", "lessons" or "data". Never NULL; the directory may not exist. */
char *ew_tree_data_dir(const char *room);

/* ---- indexes --------------------------------------------------------------------------------- */

/* An index on disk, as found by its name, without opening it. */
struct ew_tree_index {
	char *name; /* "6.1-debian-core" */
	char *path;
	int64_t size;  /* bytes */
	int64_t mtime; /* seconds since the epoch */
};

/* All indexes of the index directory, newest first (of struct ew_tree_index). */
GPtrArray *ew_tree_list_indexes(GError **error);

/* The index to use: `index` (a path) if given; else the newest of `release` ("6.1" is the first
 * word of "6.1-debian-core", a whole name is taken too); else the one that `exitwalk use` chose;
 * else the newest of the default release; else the newest. NULL with EW_ERROR_NOT_POSSIBLE and the
 * command that makes one. */
char *ew_tree_choose_index(const char *index, const char *release, GError **error);

/* The process that is writing the index file `path`: 0 for none, -1 for one that has no number here (of
 * another PID namespace). Never the caller. */
pid_t ew_tree_index_writer(const char *path);

/* Remember a choice for later runs, in the config directory. The name must exist. */
bool ew_tree_use(const char *name, GError **error);

/* ---- trees ----------------------------------------------------------------------------------- */

enum ew_tree_origin {
	EW_TREE_DIRECTORY, /* the user's: may change between two runs, is never written to */
	EW_TREE_TARBALL,   /* unpacked in the cache: never changes */
	EW_TREE_PACKAGE,   /* Debian's linux-source-REL, unpacked in the cache: never changes */
};

struct ew_tree {
	char *root;    /* absolute, without symbolic links */
	char *release; /* "6.1.192", from the Makefile's VERSION, PATCHLEVEL and so on */
	char *series;  /* "6.1" */
	char *name;    /* names the index: "6.1" for a package, else of the directory or tarball */
	char *source;  /* what was given, for the index: a directory or the tarball's path */
	enum ew_tree_origin origin;
	char *commands; /* ROOT/compile_commands.json, or NULL: then Kbuild is asked */
};

/*
 * Open what `spec` names: a directory, a tarball (anything that tar reads), or a release ("6.1").
 * A directory wins over a release of the same name only if spelled with a slash. Unpacking, done
 * once, takes half a minute. Errors: EW_ERROR_INPUT for what is not a kernel tree,
 * EW_ERROR_NOT_POSSIBLE for a package that is not installed, a full or read-only cache, or a
 * missing tar.
 */
struct ew_tree *ew_tree_open(const char *spec, ew_tree_say say, void *data, GError **error);
void ew_tree_free(struct ew_tree *tree);
EW_DEFINE_AUTO(tree, ew_tree_free)

/* A release whose source is installed, for ew_tree_open(): `release` if given and there; else the
 * default one, else the newest. NULL where there is none. */
char *ew_tree_installed(const char *release);

/* What to open to get the tree again from which an index says that it was made (ew_tree.source): a
 * package by its release, so that it has the same name. */
char *ew_tree_spec(const char *source);

/* ---- configuration --------------------------------------------------------------------------- */

/* A configured and prepared build directory: headers are generated, nothing is compiled. */
struct ew_tree_build {
	char *directory; /* absolute */
	char *config;	 /* "debian", "defconfig", "running", or the file's name; names the index */
	char *stamp;	 /* hash of all that the answers of `make -n` depend on */
	bool is_fresh;	 /* make has run: this call made or renewed it */
};

/*
 * Configure `tree` out of its tree: write .config, then `make olddefconfig` and `make prepare`,
 * with clang for x86_64. `config` is "debian" (the cloud-amd64 configuration of the package
 * linux-config-SERIES; NULL means it), "defconfig", "running" (/proc/config.gz or /boot/config-*)
 * or a file. All output goes to exitwalk.log in the build directory.
 *
 * What the directory was made from is kept in it, in exitwalk.stamp, which is written last: a
 * directory without one is made again from nothing. A later call does the least that is needed, and
 * mostly nothing. Where the configuration's text has changed, .config is written anew and Kbuild
 * finds out which headers that changes. A tree in the cache cannot change. Of a user's directory one
 * walk over the stamps of its files tells (under 0.2 s for the 80,000 of Linux 6.1; none is opened):
 *
 *	Kconfig files, scripts/, top makefiles	.config anew, `make prepare`; the units may differ
 *	other makefiles, what is unknown	`make prepare`; the units may differ
 *	headers, sources of generated headers	`make prepare`
 *	a C or assembler source came or went	nothing; the units may differ
 *	the text of any other source		nothing
 *	a file that make would take for old	all from nothing
 *	tools					all from nothing
 *
 * Not looked at: Documentation/, tools/testing/, tools/perf/, sources of other architectures, hidden
 * files and git's state (of a commit only the release's name in utsrelease.h would tell).
 * Two calls at once wait for each other.
 *
 * Errors: EW_ERROR_USAGE for a configuration that is not there, EW_ERROR_INPUT for a tree that was
 * built in its own directory (Kbuild refuses it), EW_ERROR_NOT_POSSIBLE for a step that failed: its
 * name, the missing tool or header and its Debian package where recognised, the end of the log.
 */
struct ew_tree_build *ew_tree_configure(const struct ew_tree *tree, const char *config, int jobs,
					ew_tree_say say, void *data, GError **error);
void ew_tree_build_free(struct ew_tree_build *build);
EW_DEFINE_AUTO(tree_build, ew_tree_build_free)

/* The path of the compiler that Kbuild is told to use. */
const char *ew_tree_compiler(void);

/* The first words of every call of Kbuild on this build: make, O=, and the tools. To be run in
 * tree->root with ew_tree_make_environment(), which keeps a make or a locale outside from leaking
 * in. Both are the caller's (the array ends without NULL, of char *). */
GPtrArray *ew_tree_make_argv(const struct ew_tree *tree, const char *directory);
GStrv ew_tree_make_environment(void);

#endif
