/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * tree and kbuild with a cache that is full, or that cannot be written to: a tmpfs of 64 KiB in a
 * mount namespace of the test's own, so that it needs no privilege and holds for root, too.
 */
#include "kbuild/kbuild.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#define HEAD "VERSION = 6\nPATCHLEVEL = 1\nSUBLEVEL = 1\nEXTRAVERSION =\n"

static char *top; /* a directory on the real file system */
static char *cache;

static void write_file(const char *name, const char *text, gssize length)
{
	g_autofree char *path = g_build_filename(top, name, NULL);
	g_autofree char *parent = g_path_get_dirname(path);

	g_assert_cmpint(g_mkdir_with_parents(parent, 0777), ==, 0);
	g_assert_true(g_file_set_contents(path, text, length, NULL));
}

static bool write_proc(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

	if (fd >= 0)
		close(fd);
	return written;
}

static bool enter_namespace(void)
{
	g_autofree char *uid = g_strdup_printf("0 %d 1", (int)getuid());
	g_autofree char *gid = g_strdup_printf("0 %d 1", (int)getgid());

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0) {
		if (!write_proc("/proc/self/setgroups", "deny") ||
		    !write_proc("/proc/self/uid_map", uid) ||
		    !write_proc("/proc/self/gid_map", gid))
			return false;
	} else if (unshare(CLONE_NEWNS)) { /* in a chroot root may do only this */
		return false;
	}
	return mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("exitwalk-test", cache, "tmpfs", 0, "size=64k") == 0;
}

static void expect_failure(GError **error, const char *a, const char *b)
{
	g_assert_error(*error, EW_ERROR, EW_ERROR_NOT_POSSIBLE);
	if (!strstr((*error)->message, a) || !strstr((*error)->message, b))
		g_error("“%s” or “%s” is missing in: %s", a, b, (*error)->message);
	g_clear_error(error);
}

static void fill(void)
{
	g_autofree char *path = g_build_filename(cache, "fill", NULL);
	char page[4096] = {1};
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	g_assert_cmpint(fd, >=, 0);
	while (write(fd, page, sizeof(page)) > 0)
		;
	g_assert_cmpint(errno, ==, ENOSPC);
	close(fd);
}

static void drain(void)
{
	g_autofree char *path = g_build_filename(cache, "fill", NULL);

	unlink(path);
}

static char *make_tarball(void)
{
	char *path = g_build_filename(top, "linux.tar", NULL);
	g_autofree char *command = g_strdup_printf("tar -cf '%s' -C '%s' linux", path, top);

	g_assert_cmpint(system(command), ==, 0);
	return path;
}

static void test_unpack(void)
{
	g_autofree char *trees = g_build_filename(cache, "exitwalk/trees", NULL);
	g_autofree char *noise = g_malloc0(200000), *path = NULL;
	g_autoptr(GDir) entries = NULL;
	GError *error = NULL;
	const char *entry;

	write_file("linux/big", noise, 200000);
	path = make_tarball();
	g_assert_null(ew_tree_open(path, NULL, NULL, &error));
	expect_failure(&error, "disk is full", "XDG_CACHE_HOME");
	entries = g_dir_open(trees, 0, NULL);
	g_assert_nonnull(entries);
	while ((entry = g_dir_read_name(entries)))
		g_assert_true(g_str_has_prefix(entry, ".lock-"));
}

static struct ew_tree_build *configure(struct ew_tree *tree, GError **error)
{
	return ew_tree_configure(tree, "defconfig", 1, NULL, NULL, error);
}

static void test_configure(void)
{
	g_autofree char *dir = g_build_filename(top, "linux", NULL);
	ew_auto(tree_build) build = NULL;
	ew_auto(tree) tree = NULL;
	GError *error = NULL;

	write_file("linux/Makefile",
		   HEAD "defconfig olddefconfig prepare:\n"
			"\tdd if=/dev/zero of='$(O)/big' bs=1k count=100\n",
		   -1);
	tree = ew_tree_open(dir, NULL, NULL, &error);
	g_assert_no_error(error);
	g_assert_null(configure(tree, &error));
	expect_failure(&error, "disk is full", "make defconfig");
	fill();
	g_assert_null(configure(tree, &error));
	expect_failure(&error, "exitwalk.log", "XDG_CACHE_HOME");
	drain();
	write_file("linux/Makefile", HEAD "defconfig olddefconfig prepare:\n\t@:\n", -1);
	build = configure(tree, &error);
	g_assert_no_error(error);
}

/* The units are read all the same where they cannot be kept. */
static void test_ask(void)
{
	g_autofree char *dir = g_build_filename(top, "linux", NULL);
	ew_auto(tree_build) build = NULL;
	ew_auto(kbuild) k = NULL;
	ew_auto(tree) tree = NULL;
	GError *error = NULL;

	write_file("linux/Makefile",
		   HEAD ".DEFAULT_GOAL := all\ndefconfig olddefconfig prepare:\n\t@:\n"
			"all:\n\t$(CC) -c -o a.o a.c\n",
		   -1);
	tree = ew_tree_open(dir, NULL, NULL, &error);
	g_assert_no_error(error);
	tree->origin = EW_TREE_TARBALL;
	build = configure(tree, &error);
	g_assert_no_error(error);
	fill();
	k = ew_kbuild_ask(tree, build, NULL, 1, NULL, NULL, &error);
	drain();
	g_assert_no_error(error);
	g_assert_cmpint(k->total, ==, 1);
}

static void test_read_only(void)
{
	g_autofree char *dir = g_build_filename(top, "linux", NULL);
	g_autofree char *path = make_tarball();
	ew_auto(tree) tree = NULL;
	GError *error = NULL;

	g_assert_cmpint(mount("none", cache, NULL, MS_REMOUNT | MS_RDONLY, NULL), ==, 0);
	write_file("linux/Makefile", HEAD "other:\n", -1);
	tree = ew_tree_open(dir, NULL, NULL, &error);
	g_assert_no_error(error);
	g_assert_null(configure(tree, &error));
	expect_failure(&error, cache, "Read-only file system");
	g_assert_null(ew_tree_open(path, NULL, NULL, &error));
	expect_failure(&error, cache, "Read-only file system");
	g_assert_cmpint(mount("none", cache, NULL, MS_REMOUNT, NULL), ==, 0);
}

static int clean_up(int status)
{
	g_autofree char *command = g_strdup_printf("rm -rf '%s'", top);

	umount2(cache, MNT_DETACH);
	return system(command) == 0 ? status : 1;
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	top = g_dir_make_tmp("exitwalk-cache-XXXXXX", NULL);
	cache = g_build_filename(top, "cache", NULL);
	g_mkdir_with_parents(cache, 0777);
	g_setenv("XDG_CACHE_HOME", cache, TRUE);
	write_file("linux/Kconfig", "", -1);
	write_file("linux/Makefile", HEAD, -1);
	if (!enter_namespace()) {
		printf("1..0 # SKIP no user and mount namespace of one's own here: %s\n",
		       g_strerror(errno));
		return clean_up(77);
	}
	g_test_add_func("/cache/full/unpack", test_unpack);
	g_test_add_func("/cache/full/configure", test_configure);
	g_test_add_func("/cache/full/ask", test_ask);
	g_test_add_func("/cache/read-only", test_read_only);
	return clean_up(g_test_run());
}
