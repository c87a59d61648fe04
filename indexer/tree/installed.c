/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which of Debian's packages of kernel sources are here. */
#include "tree/internal.h"

#include <string.h>

#define PLACE "/usr/src"
#define STEM "linux-source-"
#define SUFFIX ".tar.xz"

/* "linux-source-6.1.tar.xz" -> "6.1"; NULL for any other name. */
static char *release_of(const char *file)
{
	if (!g_str_has_prefix(file, STEM) || !g_str_has_suffix(file, SUFFIX))
		return NULL;
	return g_strndup(file + strlen(STEM), strlen(file) - strlen(STEM) - strlen(SUFFIX));
}

static bool is_installed(const char *release)
{
	g_autofree char *path = g_strconcat(PLACE "/" STEM, release, SUFFIX, NULL);

	return g_file_test(path, G_FILE_TEST_IS_REGULAR);
}

static char *newest_installed(void)
{
	g_autoptr(GDir) dir = g_dir_open(PLACE, 0, NULL);
	char *newest = NULL;
	const char *file;

	while (dir && (file = g_dir_read_name(dir))) {
		g_autofree char *release = release_of(file);

		if (release && (!newest || strverscmp(release, newest) > 0)) {
			g_free(newest);
			newest = g_steal_pointer(&release);
		}
	}
	return newest;
}

char *ew_tree_installed(const char *release)
{
	if (release)
		return is_installed(release) ? g_strdup(release) : NULL;
	return is_installed(EW_TREE_DEFAULT_RELEASE) ? g_strdup(EW_TREE_DEFAULT_RELEASE)
						     : newest_installed();
}

char *ew_tree_spec(const char *source)
{
	g_autofree char *release = NULL;

	if (g_str_has_prefix(source, PLACE "/"))
		release = release_of(source + strlen(PLACE "/"));
	return release ? g_steal_pointer(&release) : g_strdup(source);
}
