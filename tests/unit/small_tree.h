/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Kernel trees that a test makes: a directory of each test's own, with its cache and configuration in it. */
#ifndef EW_TEST_SMALL_TREE_H
#define EW_TEST_SMALL_TREE_H

#include "fact/fact.h"

#include <stdlib.h>
#include <string.h>

#define HEAD "VERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 192\nEXTRAVERSION =\nNAME = A Test\n"

struct place {
	char *dir, *tree;
	GString *said;
};

static inline void write_file(const char *dir, const char *name, const char *text)
{
	g_autofree char *path = g_build_filename(dir, name, NULL);
	g_autofree char *parent = g_path_get_dirname(path);
	g_autoptr(GError) error = NULL;

	g_assert_cmpint(g_mkdir_with_parents(parent, 0777), ==, 0);
	g_file_set_contents(path, text, -1, &error);
	g_assert_no_error(error);
}

static inline char *read_file(const char *dir, const char *name)
{
	g_autofree char *path = g_build_filename(dir, name, NULL);
	char *text = NULL;

	g_file_get_contents(path, &text, NULL, NULL);
	return text;
}

static inline void setup(struct place *p, const void *unused)
{
	g_autofree char *cache = NULL, *config = NULL;

	p->dir = g_dir_make_tmp("exitwalk-tree-XXXXXX", NULL);
	g_assert_nonnull(p->dir);
	p->tree = g_build_filename(p->dir, "linux", NULL);
	p->said = g_string_new(NULL);
	cache = g_build_filename(p->dir, "cache", NULL);
	config = g_build_filename(p->dir, "config", NULL);
	g_setenv("XDG_CACHE_HOME", cache, TRUE);
	g_setenv("XDG_CONFIG_HOME", config, TRUE);
	g_unsetenv("EXITWALK_DATA");
	write_file(p->tree, "Makefile", HEAD);
	write_file(p->tree, "Kconfig", "# a test\n");
}

static inline void run(const char *command)
{
	g_assert_cmpint(system(command), ==, 0);
}

static inline void teardown(struct place *p, const void *unused)
{
	g_autofree char *command = g_strdup_printf("rm -rf '%s'", p->dir);

	run(command);
	g_free(p->dir);
	g_free(p->tree);
	g_string_free(p->said, TRUE);
}

/* The error is of that code, and its message holds each part. */
static inline void check_error(GError **error, int code, const char *const *parts)
{
	g_assert_error(*error, EW_ERROR, code);
	for (; *parts; parts++)
		if (!strstr((*error)->message, *parts))
			g_error("“%s” is not in: %s", *parts, (*error)->message);
	g_clear_error(error);
}
#define assert_error(error, code, ...)                                                             \
	check_error(error, code, (const char *const[]){__VA_ARGS__, NULL})

#endif
