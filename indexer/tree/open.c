/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From what the user typed to a tree: find it, and read from its Makefile which kernel it is. */
#include "tree/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void ew_tree_free(struct ew_tree *tree)
{
	if (!tree)
		return;
	g_free(tree->root);
	g_free(tree->release);
	g_free(tree->series);
	g_free(tree->name);
	g_free(tree->source);
	g_free(tree->commands);
	g_free(tree);
}

/* The value of "NAME = value" at the start of a line, or NULL. */
static char *makefile_variable(const char *text, const char *name)
{
	g_autofree char *pattern = g_strdup_printf("^%s[ \t]*=[ \t]*([^\n#]*)", name);
	g_autoptr(GRegex) regex = g_regex_new(pattern, G_REGEX_MULTILINE, 0, NULL);
	g_autoptr(GMatchInfo) match = NULL;

	if (!g_regex_match(regex, text, 0, &match))
		return NULL;
	return g_strchomp(g_match_info_fetch(match, 1));
}

static bool is_number(const char *s)
{
	return s && *s && strspn(s, "0123456789") == strlen(s);
}

static bool not_a_kernel(const struct ew_tree *tree, const char *why, GError **error)
{
	g_set_error(error, EW_ERROR, EW_ERROR_INPUT,
		    "%s is not a kernel tree: %s; give the top directory of one, a tarball, or a "
		    "release such as %s",
		    tree->source, why, EW_TREE_DEFAULT_RELEASE);
	return false;
}

/* VERSION, PATCHLEVEL, SUBLEVEL and EXTRAVERSION stand in the first lines of the top Makefile. */
static bool read_release(struct ew_tree *tree, GError **error)
{
	g_autofree char *path = g_build_filename(tree->root, "Makefile", NULL);
	g_autofree char *text = NULL, *utf8 = NULL;
	g_autofree char *version = NULL, *patch = NULL, *sub = NULL, *extra = NULL;
	g_autoptr(GError) why = NULL;

	if (!g_file_get_contents(path, &text, NULL, &why))
		return not_a_kernel(tree, why->message, error);
	utf8 = g_utf8_make_valid(text, -1);
	version = makefile_variable(utf8, "VERSION");
	patch = makefile_variable(utf8, "PATCHLEVEL");
	sub = makefile_variable(utf8, "SUBLEVEL");
	extra = makefile_variable(utf8, "EXTRAVERSION");
	if (!is_number(version) || !is_number(patch))
		return not_a_kernel(tree, "its Makefile sets no VERSION and PATCHLEVEL", error);
	tree->series = g_strdup_printf("%s.%s", version, patch);
	tree->release = g_strdup_printf("%s%s%s%s", tree->series, is_number(sub) ? "." : "",
					is_number(sub) ? sub : "", extra ? extra : "");
	return true;
}

static bool is_in_tree(const struct ew_tree *tree, const char *file)
{
	g_autofree char *path = g_build_filename(tree->root, file, NULL);

	return g_file_test(path, G_FILE_TEST_IS_REGULAR);
}

/* Complete a tree whose root, name, source and origin are known. Takes `tree`. */
static struct ew_tree *identify(struct ew_tree *taken, GError **error)
{
	ew_auto(tree) tree = taken;

	if (!read_release(tree, error))
		return NULL;
	if (is_in_tree(tree, "compile_commands.json"))
		tree->commands = g_build_filename(tree->root, "compile_commands.json", NULL);
	else if (!is_in_tree(tree, "Kconfig")) {
		not_a_kernel(tree,
			     "it has a Makefile, but neither Kconfig nor compile_commands.json",
			     error);
		return NULL;
	}
	return g_steal_pointer(&tree);
}

static struct ew_tree *open_directory(const char *spec, GError **error)
{
	ew_auto(tree) tree = g_new0(struct ew_tree, 1);
	g_autofree char *base = NULL, *resolved = realpath(spec, NULL);

	if (!resolved) {
		g_set_error(error, EW_ERROR, EW_ERROR_INPUT,
			    "%s: %s; TREE is a directory, a tarball, "
			    "or a release such as %s",
			    spec, g_strerror(errno), EW_TREE_DEFAULT_RELEASE);
		return NULL;
	}
	base = g_path_get_basename(resolved);
	tree->root = g_strdup(resolved);
	tree->source = g_strdup(resolved);
	tree->name = ew_tree_safe_name(base);
	tree->origin = EW_TREE_DIRECTORY;
	return identify(g_steal_pointer(&tree), error);
}

/* "linux-6.1.tar.xz" -> "linux-6.1" */
static char *tarball_name(const char *path)
{
	g_autofree char *base = g_path_get_basename(path);
	char *end = strstr(base, ".tar");

	if (!end)
		end = g_str_has_suffix(base, ".tgz") ? base + strlen(base) - 4 : NULL;
	if (end && end != base)
		*end = '\0';
	return ew_tree_safe_name(base);
}

/* A tarball holds the tree itself, or one directory that is the tree. */
static char *root_of_unpacked(const char *dir)
{
	g_autofree char *makefile = g_build_filename(dir, "Makefile", NULL);
	g_autoptr(GDir) entries = g_dir_open(dir, 0, NULL);
	const char *only = entries ? g_dir_read_name(entries) : NULL;

	if (!only || g_file_test(makefile, G_FILE_TEST_EXISTS) || g_dir_read_name(entries))
		return g_strdup(dir);
	/* g_dir_read_name() may reuse its buffer: begin again. */
	g_dir_rewind(entries);
	return g_build_filename(dir, g_dir_read_name(entries), NULL);
}

static struct ew_tree *open_tarball(const char *path, const char *name, enum ew_tree_origin origin,
				    ew_tree_say say, void *data, GError **error)
{
	g_autofree char *dir = ew_tree_unpack(path, say, data, error);
	g_autoptr(GError) why = NULL;
	ew_auto(tree) tree = NULL;

	if (!dir)
		return NULL;
	tree = g_new0(struct ew_tree, 1);
	tree->root = ew_tree_resolved(root_of_unpacked(dir));
	tree->source = g_strdup(path);
	tree->name = name ? g_strdup(name) : tarball_name(path);
	tree->origin = origin;
	tree = identify(g_steal_pointer(&tree), &why);
	if (!tree) {
		ew_tree_remove(dir, NULL);
		g_propagate_error(error, g_steal_pointer(&why));
	}
	return g_steal_pointer(&tree);
}

static struct ew_tree *open_release(const char *series, ew_tree_say say, void *data, GError **error)
{
	g_autofree char *tarball = g_strdup_printf("/usr/src/linux-source-%s.tar.xz", series);

	if (g_file_test(tarball, G_FILE_TEST_IS_REGULAR))
		return open_tarball(tarball, series, EW_TREE_PACKAGE, say, data, error);
	g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
		    "%s is not there; on Debian, install the source of Linux %s with\n"
		    "  apt-get install linux-source-%s linux-config-%s\n"
		    "or give the directory or tarball of a kernel of your own",
		    tarball, series, series, series);
	return NULL;
}

struct ew_tree *ew_tree_open(const char *spec, ew_tree_say say, void *data, GError **error)
{
	g_autofree char *resolved = NULL;

	if (g_regex_match_simple("^[0-9]+\\.[0-9]+$", spec, 0, 0))
		return open_release(spec, say, data, error);
	if (!g_file_test(spec, G_FILE_TEST_IS_REGULAR))
		return open_directory(spec, error);
	resolved = realpath(spec, NULL);
	return open_tarball(resolved ? resolved : spec, NULL, EW_TREE_TARBALL, say, data, error);
}
