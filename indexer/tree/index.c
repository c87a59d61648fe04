/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The index files on disk, by their names alone: listing, choosing, remembering a choice. */
#include "tree/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <glib/gstdio.h>

static void index_free(void *p)
{
	struct ew_tree_index *index = p;

	g_free(index->name);
	g_free(index->path);
	g_free(index);
}

char *ew_tree_index_path(const char *name, GError **error)
{
	g_autofree char *dir = ew_tree_index_dir(error);
	g_autofree char *safe = ew_tree_safe_name(name);
	g_autofree char *file = g_strconcat(safe, EW_TREE_INDEX_SUFFIX, NULL);

	return dir ? g_build_filename(dir, file, NULL) : NULL;
}

static int newest_first(const void *a, const void *b)
{
	const struct ew_tree_index *x = *(struct ew_tree_index *const *)a;
	const struct ew_tree_index *y = *(struct ew_tree_index *const *)b;

	if (x->mtime != y->mtime)
		return x->mtime > y->mtime ? -1 : 1;
	return strcmp(x->name, y->name);
}

/* One directory entry as an index, or NULL. Names that begin with a dot are half-written. */
static struct ew_tree_index *index_from_entry(const char *dir, const char *entry)
{
	g_autofree char *path = g_build_filename(dir, entry, NULL);
	struct ew_tree_index *index;
	GStatBuf st;

	if (*entry == '.' || !g_str_has_suffix(entry, EW_TREE_INDEX_SUFFIX))
		return NULL;
	if (g_stat(path, &st) || !S_ISREG(st.st_mode))
		return NULL;
	index = g_new0(struct ew_tree_index, 1);
	index->name = g_strndup(entry, strlen(entry) - strlen(EW_TREE_INDEX_SUFFIX));
	index->path = g_steal_pointer(&path);
	index->size = st.st_size;
	index->mtime = st.st_mtime;
	return index;
}

GPtrArray *ew_tree_list_indexes(GError **error)
{
	g_autofree char *dir = ew_tree_index_dir(error);
	g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func(index_free);
	g_autoptr(GDir) entries = NULL;
	g_autoptr(GError) why = NULL;
	const char *entry;

	if (!dir)
		return NULL;
	entries = g_dir_open(dir, 0, &why);
	if (!entries) {
		g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE, "%s; check its permissions",
			    why->message);
		return NULL;
	}
	while ((entry = g_dir_read_name(entries))) {
		struct ew_tree_index *index = index_from_entry(dir, entry);

		if (index)
			g_ptr_array_add(all, index);
	}
	g_ptr_array_sort(all, newest_first);
	return g_steal_pointer(&all);
}

/* "6.1" means 6.1-debian-core but not 6.12-debian-core; a whole name means itself. */
static bool name_is_of(const char *name, const char *release)
{
	size_t n = strlen(release);

	return !strncmp(name, release, n) && (name[n] == '-' || name[n] == '\0');
}

static char *path_of_newest(GPtrArray *all, const char *release)
{
	for (guint i = 0; i < all->len; i++) {
		const struct ew_tree_index *index = all->pdata[i];

		if (!release || name_is_of(index->name, release))
			return g_strdup(index->path);
	}
	return NULL;
}

/* The name that `exitwalk use` wrote, or NULL. */
static char *used_name(void)
{
	g_autofree char *file = ew_tree_config_file("use", NULL);
	g_autofree char *text = NULL;

	if (!file || !g_file_get_contents(file, &text, NULL, NULL))
		return NULL;
	g_strstrip(text);
	return *text ? g_steal_pointer(&text) : NULL;
}

static char *choose_given(const char *index, GError **error)
{
	if (g_file_test(index, G_FILE_TEST_EXISTS))
		return g_strdup(index);
	g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
		    "%s: no such index; make it with `exitwalk index --index %s`, or see `exitwalk "
		    "trees`",
		    index, index);
	return NULL;
}

char *ew_tree_choose_index(const char *index, const char *release, GError **error)
{
	g_autoptr(GPtrArray) all = NULL;
	g_autofree char *used = NULL;
	char *path;

	if (index)
		return choose_given(index, error);
	all = ew_tree_list_indexes(error);
	if (!all)
		return NULL;
	if (release) {
		path = path_of_newest(all, release);
		if (!path)
			g_set_error(
				error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
				"no index of release %s; make one with `exitwalk index %s`, or see "
				"`exitwalk trees`",
				release, release);
		return path;
	}
	used = used_name();
	path = used ? path_of_newest(all, used) : NULL;
	if (!path)
		path = path_of_newest(all, EW_TREE_DEFAULT_RELEASE);
	if (!path)
		path = path_of_newest(all, NULL);
	if (!path)
		g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
			    "no index yet; make one with `exitwalk index %s`",
			    EW_TREE_DEFAULT_RELEASE);
	return path;
}

/* The writer's record lock says who it is; opening the file makes none. */
pid_t ew_tree_index_writer(const char *path)
{
	struct flock held = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	g_autofree char *lock = g_strconcat(path, ".lock", NULL);
	int fd = open(lock, O_RDONLY | O_CLOEXEC);
	bool is_held = fd >= 0 && fcntl(fd, F_GETLK, &held) == 0 && held.l_type != F_UNLCK;

	if (fd >= 0)
		close(fd);
	return !is_held ? 0 : held.l_pid > 0 ? held.l_pid : -1;
}

bool ew_tree_use(const char *name, GError **error)
{
	g_autoptr(GPtrArray) all = ew_tree_list_indexes(error);
	g_autofree char *path = all ? path_of_newest(all, name) : NULL;
	g_autofree char *file = NULL, *line = g_strconcat(name, "\n", NULL);
	g_autoptr(GError) why = NULL;

	if (!all)
		return false;
	if (!path) {
		g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
			    "no index is called %s; `exitwalk trees` lists them", name);
		return false;
	}
	file = ew_tree_config_file("use", error);
	if (!file)
		return false;
	if (g_file_set_contents(file, line, -1, &why))
		return true;
	g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
		    "%s; set XDG_CONFIG_HOME to a directory that can be written to", why->message);
	return false;
}
