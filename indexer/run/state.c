/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files as they are now. As git's index does it: what stat() says alike is alike; else the text decides. A
 * file that was written while it was indexed is never taken for known.
 */
#include <string.h>
#include <sys/stat.h>

#include "run/state.h"

/* Clocks of file systems tick in steps. */
enum { CLOCK_STEP = 10 * 1000 * 1000 };

int64_t state_now(void)
{
	return g_get_real_time() * 1000 - CLOCK_STEP;
}

/* Where the file is, in the order in which texts are looked for. */
static char *find(const struct roots *roots, const char *path, struct stat *st)
{
	const char *directories[] = {roots->tree, roots->build};
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(directories); i++) {
		char *absolute = directories[i] ? g_canonicalize_filename(path, directories[i]) : NULL;

		if (absolute && stat(absolute, st) == 0 && S_ISREG(st->st_mode))
			return absolute;
		g_free(absolute);
	}
	return NULL;
}

static void set_times(struct ew_store_file_state *state, const struct stat *st)
{
	state->size = st->st_size;
	state->mtime = st->st_mtim.tv_sec * INT64_C(1000000000) + st->st_mtim.tv_nsec;
	state->ctime = st->st_ctim.tv_sec * INT64_C(1000000000) + st->st_ctim.tv_nsec;
	state->inode = st->st_ino;
}

char *state_read(const struct roots *roots, const char *path, int64_t since, size_t *length,
		 struct ew_store_file_state *state)
{
	struct stat st;
	g_autofree char *absolute = find(roots, path, &st);
	char *text = NULL;

	if (!absolute || !g_file_get_contents(absolute, &text, length, NULL))
		return NULL;
	set_times(state, &st);
	state->hash = state->mtime >= since ? 0 : ew_store_hash(text, *length);
	return text;
}

bool state_is(const struct roots *roots, const char *path, const struct ew_store_file_state *was)
{
	struct ew_store_file_state now;
	struct stat st;
	g_autofree char *absolute = find(roots, path, &st);
	g_autofree char *text = NULL;
	size_t length;

	if (!absolute) /* it could not be read before, either */
		return !was->hash && !was->inode;
	if (!was->hash)
		return false;
	set_times(&now, &st);
	if (now.size != was->size)
		return false;
	if (now.mtime == was->mtime && now.ctime == was->ctime && now.inode == was->inode)
		return true;
	return g_file_get_contents(absolute, &text, &length, NULL) &&
	       ew_store_hash(text, length) == was->hash;
}

int64_t state_of_program(void)
{
	g_autofree char *text = NULL;
	size_t length;

	if (!g_file_get_contents("/proc/self/exe", &text, &length, NULL))
		return 0;
	return ew_store_hash(text, length);
}

/* The order in which a directory is read does not matter: sums. */
int64_t state_of_directory(const char *path)
{
	g_autoptr(GDir) directory = g_dir_open(path, 0, NULL);
	const char *name;
	uint64_t sum = 0;

	while (directory && (name = g_dir_read_name(directory))) {
		g_autofree char *child = g_build_filename(path, name, NULL), *text = NULL;
		int64_t parts[2] = {ew_store_hash(name, strlen(name))};
		size_t length;

		if (g_file_get_contents(child, &text, &length, NULL))
			parts[1] = ew_store_hash(text, length);
		else
			parts[1] = state_of_directory(child);
		sum += ew_store_hash(parts, sizeof parts);
	}
	return (int64_t)sum;
}
