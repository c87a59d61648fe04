/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where things lie: the XDG directories, and the knowledge rooms of this program. */
#include "tree/internal.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* The environment is read each time, not through g_get_user_cache_dir(), which remembers the first
 * answer: a test, or a shell command, may change it. */
static char *xdg_dir(const char *variable, const char *below_home)
{
	const char *set = g_getenv(variable);

	if (set && g_path_is_absolute(set))
		return g_build_filename(set, "exitwalk", NULL);
	return g_build_filename(g_get_home_dir(), below_home, "exitwalk", NULL);
}

static bool make_dir(const char *path, const char *variable, GError **error)
{
	if (g_mkdir_with_parents(path, 0777) == 0)
		return true;
	g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
		    "%s: cannot make this directory: %s; set %s to one that can be written to",
		    path, g_strerror(errno), variable);
	return false;
}

char *ew_tree_resolved(char *path)
{
	char *resolved = realpath(path, NULL);

	if (!resolved)
		return path;
	g_free(path);
	return resolved;
}

char *ew_tree_cache_dir(GError **error)
{
	g_autofree char *dir = xdg_dir("XDG_CACHE_HOME", ".cache");

	if (!make_dir(dir, "XDG_CACHE_HOME", error))
		return NULL;
	return ew_tree_resolved(g_steal_pointer(&dir));
}

char *ew_tree_cache_subdir(const char *name, GError **error)
{
	g_autofree char *cache = ew_tree_cache_dir(error);
	g_autofree char *dir = cache ? g_build_filename(cache, name, NULL) : NULL;

	if (!dir || !make_dir(dir, "XDG_CACHE_HOME", error))
		return NULL;
	if (access(dir, W_OK | X_OK) == 0)
		return g_steal_pointer(&dir);
	g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
		    "%s: cannot write to the cache: %s; set XDG_CACHE_HOME to another directory",
		    dir, g_strerror(errno));
	return NULL;
}

char *ew_tree_index_dir(GError **error)
{
	g_autofree char *cache = ew_tree_cache_dir(error);
	g_autofree char *dir = cache ? g_build_filename(cache, "index", NULL) : NULL;

	return dir && make_dir(dir, "XDG_CACHE_HOME", error) ? g_steal_pointer(&dir) : NULL;
}

/* PREFIX/share/exitwalk of the program that runs from PREFIX/bin or PREFIX/libexec, or NULL. */
static char *installed_share(void)
{
	g_autofree char *exe = g_file_read_link("/proc/self/exe", NULL);
	char *dir = exe ? g_path_get_dirname(exe) : NULL;

	for (int up = 0; dir && up < 3; up++) {
		g_autofree char *child = dir;
		g_autofree char *share = g_build_filename(dir, EW_DATADIR, "exitwalk", NULL);

		if (g_file_test(share, G_FILE_TEST_IS_DIR)) {
			dir = NULL;
			return g_steal_pointer(&share);
		}
		dir = g_path_get_dirname(child);
	}
	g_free(dir);
	return NULL;
}

char *ew_tree_data_dir(const char *room)
{
	const char *set = g_getenv("EXITWALK_DATA");
	g_autofree char *share = NULL;

	if (set && *set)
		return g_build_filename(set, room, NULL);
	share = installed_share();
	return g_build_filename(share ? share : EW_SOURCE_DIR, room, NULL);
}

char *ew_tree_config_file(const char *name, GError **error)
{
	g_autofree char *dir = xdg_dir("XDG_CONFIG_HOME", ".config");

	if (!make_dir(dir, "XDG_CONFIG_HOME", error))
		return NULL;
	return g_build_filename(dir, name, NULL);
}

char *ew_tree_safe_name(const char *text)
{
	char *name = g_strcanon(
		g_strdup(text),
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.+_-", '_');

	if (*name == '.')
		*name = '_';
	return name;
}
