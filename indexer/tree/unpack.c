/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tarball becomes a directory of the cache, once, and never half. */
#include "tree/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <glib/gstdio.h>

/* NAME-HASH: another tarball, or a newer one at the same path, gets another directory. */
static char *directory_name(const char *tarball, GError **error)
{
	g_autofree char *base = g_path_get_basename(tarball), *key = NULL, *sum = NULL,
			*safe = NULL;
	char *dot = strstr(base, ".tar");
	struct stat st;

	if (stat(tarball, &st)) {
		g_set_error(error, EW_ERROR, EW_ERROR_INPUT, "%s: %s", tarball, g_strerror(errno));
		return NULL;
	}
	if (dot && dot != base)
		*dot = '\0';
	safe = ew_tree_safe_name(base);
	key = g_strdup_printf("%s %lld %lld", tarball, (long long)st.st_size,
			      (long long)st.st_mtime);
	sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, key, -1);
	return g_strdup_printf("%s-%.8s", safe, sum);
}

/* The output of tar is kept in memory: the disk may be what is full. */
static int open_output(void)
{
	return memfd_create("tar", MFD_CLOEXEC);
}

static char *read_output(int fd)
{
	char text[4096];
	off_t size = lseek(fd, 0, SEEK_END);
	off_t from = size > (off_t)sizeof(text) - 1 ? size - ((off_t)sizeof(text) - 1) : 0;
	ssize_t n = pread(fd, text, sizeof(text) - 1, from);

	return g_strndup(text, n > 0 ? (size_t)n : 0);
}

static void set_tar_error(const char *tarball, const char *trees, int status, const char *output,
			  GError **error)
{
	g_autofree char *tail = ew_tree_tail(output, 3);
	g_autofree char *missing = ew_tree_diagnose(output);

	if (ew_tree_is_full(trees, output))
		g_set_error(
			error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
			"%s: the disk is full: unpacking %s takes about 1.5 GB; make room, or set "
			"XDG_CACHE_HOME to another directory\n%s",
			trees, tarball, tail);
	else if (missing)
		g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
			    "%s: cannot be unpacked: %s\n%s", tarball, missing, tail);
	else
		g_set_error(
			error, EW_ERROR, status > 128 ? EW_ERROR_NOT_POSSIBLE : EW_ERROR_INPUT,
			"%s: tar cannot unpack it (status %d); give a kernel tarball or directory\n"
			"%s",
			tarball, status, tail);
}

static bool run_tar(const char *tarball, const char *into, const char *trees, GError **error)
{
	char *argv[] = {"tar",
			"-x",
			"-f",
			(char *)tarball,
			"-C",
			(char *)into,
			"--no-same-owner",
			"--no-same-permissions",
			NULL};
	g_auto(GStrv) envp = g_environ_setenv(g_get_environ(), "LC_ALL", "C", TRUE);
	g_autofree char *output = NULL;
	int fd = open_output(), status;

	if (fd < 0) {
		g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
			    "no memory for the output of tar: %s", g_strerror(errno));
		return false;
	}
	status = ew_tree_run(argv, NULL, envp, fd, fd, error);
	output = read_output(fd);
	close(fd);
	if (status > 0)
		set_tar_error(tarball, trees, status, output, error);
	return status == 0;
}

static bool unpack_into(const char *tarball, const char *trees, const char *name, GError **error)
{
	g_autofree char *temporary = g_strconcat(".unpacking-", name, NULL);
	g_autofree char *from = g_build_filename(trees, temporary, NULL);
	g_autofree char *to = g_build_filename(trees, name, NULL);

	/* What an interrupted run left: under the lock no other can be at work on it. */
	if (!ew_tree_remove(from, error))
		return false;
	if (g_mkdir(from, 0777)) {
		g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
			    "%s: cannot be made: %s; set XDG_CACHE_HOME to another directory", from,
			    g_strerror(errno));
		return false;
	}
	if (!run_tar(tarball, from, trees, error)) {
		ew_tree_remove(from, NULL);
		return false;
	}
	if (g_rename(from, to) == 0)
		return true;
	g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE, "%s: cannot be renamed to %s: %s", from,
		    name, g_strerror(errno));
	return false;
}

char *ew_tree_unpack(const char *tarball, ew_tree_say say, void *data, GError **error)
{
	g_autofree char *trees = ew_tree_cache_dir(error);
	g_autofree char *name = trees ? directory_name(tarball, error) : NULL;
	g_autofree char *dir = NULL, *lock = NULL, *what = NULL;
	bool done;
	int fd;

	if (!name)
		return NULL;
	dir = g_build_filename(trees, "trees", name, NULL);
	if (g_file_test(dir, G_FILE_TEST_IS_DIR))
		return g_steal_pointer(&dir);
	g_free(trees);
	trees = ew_tree_cache_subdir("trees", error);
	if (!trees)
		return NULL;
	lock = g_strdup_printf("%s/.lock-%s", trees, name);
	fd = ew_tree_lock(lock, say, data, error);
	if (fd < 0)
		return NULL;
	done = g_file_test(dir, G_FILE_TEST_IS_DIR);
	if (!done) {
		what = g_strdup_printf("unpacking %s", tarball);
		if (say)
			say(what, data);
		done = unpack_into(tarball, trees, name, error);
	}
	close(fd);
	return done ? g_steal_pointer(&dir) : NULL;
}
