/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tree: on small trees of the test's own making, whose Makefile stands in for Kbuild. */
#include "tree/internal.h"
#include "small_tree.h"

#include <string.h>
#include <stdlib.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utime.h>
#include <glib/gstdio.h>

static void say(const char *what, void *data)
{
	g_string_append_printf(data, "%s\n", what);
}

/* ---- opening --------------------------------------------------------------------------------- */

static void test_open(struct place *p, const void *unused)
{
	ew_auto(tree) tree = ew_tree_open(p->tree, NULL, NULL, NULL);

	g_assert_nonnull(tree);
	g_assert_cmpstr(tree->release, ==, "6.1.192");
	g_assert_cmpstr(tree->series, ==, "6.1");
	g_assert_cmpstr(tree->name, ==, "linux");
	g_assert_cmpint(tree->origin, ==, EW_TREE_DIRECTORY);
	g_assert_true(g_path_is_absolute(tree->root));
	g_assert_null(tree->commands);
}

static void test_open_candidate(struct place *p, const void *unused)
{
	ew_auto(tree) tree = NULL;

	write_file(p->tree, "Makefile",
		   "# SPDX\nVERSION = 6\nPATCHLEVEL = 13\nSUBLEVEL = 0\nEXTRAVERSION = -rc1\n");
	tree = ew_tree_open(p->tree, NULL, NULL, NULL);
	g_assert_nonnull(tree);
	g_assert_cmpstr(tree->release, ==, "6.13.0-rc1");
}

static void test_open_commands(struct place *p, const void *unused)
{
	g_autofree char *kconfig = g_build_filename(p->tree, "Kconfig", NULL);
	ew_auto(tree) tree = NULL;

	g_unlink(kconfig);
	write_file(p->tree, "compile_commands.json", "[]");
	tree = ew_tree_open(p->tree, NULL, NULL, NULL);
	g_assert_nonnull(tree);
	g_assert_true(g_str_has_suffix(tree->commands, "/linux/compile_commands.json"));
}

static void test_not_a_kernel(struct place *p, const void *unused)
{
	g_autofree char *makefile = g_build_filename(p->tree, "Makefile", NULL);
	g_autofree char *kconfig = g_build_filename(p->tree, "Kconfig", NULL);
	g_autofree char *none = g_build_filename(p->dir, "none", NULL);
	GError *error = NULL;

	g_assert_null(ew_tree_open(none, NULL, NULL, &error));
	assert_error(&error, EW_ERROR_INPUT, none, "No such file", "a release such as 6.1");
	g_unlink(kconfig);
	g_assert_null(ew_tree_open(p->tree, NULL, NULL, &error));
	assert_error(&error, EW_ERROR_INPUT, p->tree, "not a kernel tree", "Kconfig");
	write_file(p->tree, "Makefile", "all:\n\ttrue\n");
	g_assert_null(ew_tree_open(p->tree, NULL, NULL, &error));
	assert_error(&error, EW_ERROR_INPUT, "not a kernel tree", "VERSION and PATCHLEVEL");
	write_file(p->tree, "Makefile", "VERSION = x\nPATCHLEVEL = 1\n");
	g_assert_null(ew_tree_open(p->tree, NULL, NULL, &error));
	assert_error(&error, EW_ERROR_INPUT, "VERSION and PATCHLEVEL");
	g_unlink(makefile);
	g_assert_null(ew_tree_open(p->tree, NULL, NULL, &error));
	assert_error(&error, EW_ERROR_INPUT, "not a kernel tree", "No such file");
}

static void test_symlink_loop(struct place *p, const void *unused)
{
	g_autofree char *makefile = g_build_filename(p->tree, "Makefile", NULL);
	g_autofree char *loop = g_build_filename(p->dir, "loop", NULL);
	GError *error = NULL;

	g_assert_cmpint(symlink("loop", loop), ==, 0);
	g_assert_null(ew_tree_open(loop, NULL, NULL, &error));
	assert_error(&error, EW_ERROR_INPUT, loop, "symbolic links");
	g_unlink(makefile);
	g_assert_cmpint(symlink("Makefile", makefile), ==, 0);
	g_assert_null(ew_tree_open(p->tree, NULL, NULL, &error));
	assert_error(&error, EW_ERROR_INPUT, "not a kernel tree", "symbolic links");
}

static void test_missing_release(struct place *p, const void *unused)
{
	GError *error = NULL;

	g_assert_null(ew_tree_open("2.4", NULL, NULL, &error));
	assert_error(&error, EW_ERROR_NOT_POSSIBLE,
		     "apt-get install linux-source-2.4 linux-config-2.4");
}

/* ---- tarballs -------------------------------------------------------------------------------- */

static char *make_tarball(struct place *p, const char *name, const char *what)
{
	g_autofree char *command = NULL;
	char *path = g_build_filename(p->dir, name, NULL);

	command = g_strdup_printf("cd '%s' && tar -caf '%s' %s", p->dir, path, what);
	run(command);
	return path;
}

static void test_tarball(struct place *p, const void *unused)
{
	g_autofree char *path = make_tarball(p, "linux-6.1.tar.gz", "linux");
	ew_auto(tree) first = ew_tree_open(path, say, p->said, NULL);
	ew_auto(tree) second = NULL;

	g_assert_nonnull(first);
	g_assert_cmpstr(first->name, ==, "linux-6.1");
	g_assert_cmpstr(first->release, ==, "6.1.192");
	g_assert_cmpstr(first->source, ==, path);
	g_assert_cmpint(first->origin, ==, EW_TREE_TARBALL);
	g_assert_true(g_str_has_prefix(first->root, g_getenv("XDG_CACHE_HOME")));
	g_assert_nonnull(strstr(p->said->str, "unpacking"));
	g_string_truncate(p->said, 0);
	second = ew_tree_open(path, say, p->said, NULL);
	g_assert_nonnull(second);
	g_assert_cmpstr(second->root, ==, first->root);
	g_assert_cmpstr(p->said->str, ==, "");
}

/* A run that was killed leaves its temporary directory; the next begins anew. */
static void test_tarball_interrupted(struct place *p, const void *unused)
{
	g_autofree char *path = make_tarball(p, "linux-6.1.tar", "linux");
	ew_auto(tree) tree = ew_tree_open(path, NULL, NULL, NULL);
	g_autofree char *done = NULL, *trees = NULL, *name = NULL, *half = NULL, *stray = NULL;

	g_assert_nonnull(tree);
	done = g_path_get_dirname(tree->root);
	trees = g_path_get_dirname(done);
	name = g_path_get_basename(done);
	half = g_strdup_printf("%s/.unpacking-%s", trees, name);
	g_assert_cmpint(g_rename(done, half), ==, 0);
	write_file(half, "linux/stray", "x");
	g_clear_pointer(&tree, ew_tree_free);
	tree = ew_tree_open(path, NULL, NULL, NULL);
	g_assert_nonnull(tree);
	stray = g_build_filename(tree->root, "stray", NULL);
	g_assert_false(g_file_test(stray, G_FILE_TEST_EXISTS));
	g_assert_false(g_file_test(half, G_FILE_TEST_EXISTS));
}

static void test_tarball_bad(struct place *p, const void *unused)
{
	g_autofree char *good = make_tarball(p, "x.tar.gz", "linux");
	g_autofree char *other = make_tarball(p, "other.tar", "linux/Kconfig");
	g_autofree char *cut = g_build_filename(p->dir, "cut.tar.gz", NULL), *bytes = NULL;
	g_autofree char *trees =
		g_build_filename(g_getenv("XDG_CACHE_HOME"), "exitwalk/trees", NULL);
	g_autoptr(GDir) entries = NULL;
	GError *error = NULL;
	const char *entry;
	gsize length;

	g_assert_true(g_file_get_contents(good, &bytes, &length, NULL));
	g_assert_true(g_file_set_contents(cut, bytes, (gssize)length / 2, NULL));
	g_assert_null(ew_tree_open(cut, NULL, NULL, &error));
	assert_error(&error, EW_ERROR_INPUT, cut, "tar cannot unpack it");
	write_file(p->dir, "no.tar", "this is no archive, but some text that is long enough\n");
	g_free(cut);
	cut = g_build_filename(p->dir, "no.tar", NULL);
	g_assert_null(ew_tree_open(cut, NULL, NULL, &error));
	assert_error(&error, EW_ERROR_INPUT, cut, "tar cannot unpack it");
	g_assert_null(ew_tree_open(other, NULL, NULL, &error));
	assert_error(&error, EW_ERROR_INPUT, other, "not a kernel tree");
	/* Nothing of them stays but the locks. */
	entries = g_dir_open(trees, 0, NULL);
	g_assert_nonnull(entries);
	while ((entry = g_dir_read_name(entries)))
		g_assert_true(g_str_has_prefix(entry, ".lock-"));
}

/* ---- configuring ----------------------------------------------------------------------------- */

/* Each step notes that it ran, and with what. */
#define STEPS                                                                                      \
	HEAD "olddefconfig defconfig prepare:\n"                                                   \
	     "\techo '$@ $(ARCH) $(HOSTCC)' >> '$(O)/steps'\n"                                     \
	     "\techo 'noise of $@'\n"

static struct ew_tree_build *configure(struct place *p, enum ew_tree_origin origin,
				       const char *config, GError **error)
{
	ew_auto(tree) tree = ew_tree_open(p->tree, NULL, NULL, error);

	g_assert_nonnull(tree);
	tree->origin = origin;
	return ew_tree_configure(tree, config, 1, say, p->said, error);
}

static void test_configure(struct place *p, const void *unused)
{
	g_autofree char *config = g_build_filename(p->dir, "my.config", NULL);
	g_autofree char *steps = NULL, *copied = NULL, *log = NULL;
	ew_auto(tree_build) build = NULL;

	write_file(p->tree, "Makefile", STEPS);
	write_file(p->dir, "my.config", "CONFIG_NET=y\n");
	build = configure(p, EW_TREE_DIRECTORY, config, NULL);
	g_assert_nonnull(build);
	g_assert_true(build->is_fresh);
	g_assert_cmpstr(build->config, ==, "my.config");
	g_assert_true(g_str_has_prefix(build->directory, g_getenv("XDG_CACHE_HOME")));
	steps = read_file(build->directory, "steps");
	g_assert_cmpstr(steps, ==, "olddefconfig x86_64 gcc\nprepare x86_64 gcc\n");
	copied = read_file(build->directory, ".config");
	g_assert_cmpstr(copied, ==, "CONFIG_NET=y\n");
	log = read_file(build->directory, "exitwalk.log");
	g_assert_nonnull(strstr(log, "noise of prepare"));
	g_assert_nonnull(strstr(p->said->str, "make prepare"));
}

static void test_configure_again(struct place *p, const void *unused)
{
	g_autofree char *steps = NULL, *stamp = NULL;
	ew_auto(tree_build) first = NULL;
	ew_auto(tree_build) second = NULL;
	ew_auto(tree_build) third = NULL;

	write_file(p->tree, "Makefile", STEPS);
	first = configure(p, EW_TREE_TARBALL, "defconfig", NULL);
	g_assert_nonnull(first);
	second = configure(p, EW_TREE_TARBALL, "defconfig", NULL);
	g_assert_nonnull(second);
	g_assert_cmpstr(second->directory, ==, first->directory);
	g_assert_false(second->is_fresh);
	steps = read_file(first->directory, "steps");
	g_assert_cmpstr(steps, ==,
			"defconfig x86_64 gcc\nolddefconfig x86_64 gcc\nprepare x86_64 gcc\n");
	/* Interrupted before the stamp: from nothing. */
	stamp = g_build_filename(first->directory, "exitwalk.stamp", NULL);
	g_assert_cmpint(g_unlink(stamp), ==, 0);
	third = configure(p, EW_TREE_TARBALL, "defconfig", NULL);
	g_assert_nonnull(third);
	g_assert_true(third->is_fresh);
	g_free(steps);
	steps = read_file(first->directory, "steps");
	g_assert_cmpstr(steps, ==,
			"defconfig x86_64 gcc\nolddefconfig x86_64 gcc\nprepare x86_64 gcc\n");
}

/* A PATH that holds what make needs, and no flex. */
static void test_configure_missing_tool(struct place *p, const void *unused)
{
	g_autofree char *path = g_strdup(g_getenv("PATH"));
	g_autofree char *bin = g_build_filename(p->dir, "bin", NULL);
	const char *const tools[] = {"make", "sh"};
	GError *error = NULL;

	g_assert_cmpint(g_mkdir(bin, 0777), ==, 0);
	for (size_t i = 0; i < G_N_ELEMENTS(tools); i++) {
		g_autofree char *real = g_find_program_in_path(tools[i]);
		g_autofree char *link = g_build_filename(bin, tools[i], NULL);

		g_assert_nonnull(real);
		g_assert_cmpint(symlink(real, link), ==, 0);
	}
	write_file(p->tree, "Makefile",
		   HEAD "defconfig:\n\t@:\nolddefconfig:\n\tflex -V; exit 1\n");
	g_setenv("PATH", bin, TRUE);
	g_assert_null(configure(p, EW_TREE_DIRECTORY, "defconfig", &error));
	assert_error(&error, EW_ERROR_NOT_POSSIBLE, p->tree, "make olddefconfig", "missing: flex",
		     "apt-get install flex", "exitwalk.log");
	write_file(p->tree, "Makefile", HEAD "defconfig:\n\tflex -V\n");
	g_assert_null(configure(p, EW_TREE_DIRECTORY, "defconfig", &error));
	assert_error(&error, EW_ERROR_NOT_POSSIBLE, "make defconfig", "missing: flex");
	g_setenv("PATH", p->dir, TRUE);
	g_assert_null(configure(p, EW_TREE_DIRECTORY, "defconfig", &error));
	assert_error(&error, EW_ERROR_NOT_POSSIBLE, "make");
	g_setenv("PATH", path, TRUE);
}

static void test_configure_built_in_place(struct place *p, const void *unused)
{
	GError *error = NULL;

	write_file(p->tree, "Makefile", STEPS);
	write_file(p->tree, ".config", "");
	g_assert_null(configure(p, EW_TREE_DIRECTORY, "defconfig", &error));
	assert_error(&error, EW_ERROR_INPUT, p->tree, ".config", "make mrproper",
		     "make compile_commands.json");
}

static void test_configure_no_such_file(struct place *p, const void *unused)
{
	GError *error = NULL;

	g_assert_null(configure(p, EW_TREE_DIRECTORY, "/nowhere/config", &error));
	assert_error(&error, EW_ERROR_USAGE, "--config /nowhere/config", "defconfig");
	write_file(p->tree, "Makefile", "VERSION = 2\nPATCHLEVEL = 4\n");
	g_assert_null(configure(p, EW_TREE_DIRECTORY, "debian", &error));
	assert_error(&error, EW_ERROR_NOT_POSSIBLE, "apt-get install linux-config-2.4",
		     "--config defconfig");
}

static void test_diagnose(void)
{
	static const struct {
		const char *log, *word;
	} cases[] = {
		{"/bin/sh: 1: flex: not found\nmake: *** x", "missing: flex"},
		{"bash: line 1: bc: command not found", "missing: bc"},
		{"make[3]: bison: No such file or directory", "missing: bison"},
		{"x.h:3:10: fatal error: gelf.h: No such file or directory", "libelf-dev"},
		{"x.c:3:10: fatal error: 'openssl/bio.h' file not found", "libssl-dev"},
		{"tar (child): xz: Cannot exec: No such file or directory", "xz-utils"},
		{"x.c:1:1: fatal error: a.h: No such file\nx.c:1:1: fatal error: libelf.h: No such "
		 "file",
		 "missing: a.h, libelf.h (Debian: apt-get install libelf-dev)"},
		{"Kconfig:3: linker '/opt/bin/ld.lld' not found", "apt-get install lld-19"},
		{"env: 'python3': No such file or directory", "missing: python3"},
		{"/bin/sh: 1: frobnicate: not found", "missing: frobnicate; install it"},
		{"x.c:1:1: error: expected expression", NULL},
		{"", NULL},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *said = ew_tree_diagnose(cases[i].log);

		if (!cases[i].word)
			g_assert_null(said);
		else if (!said || !strstr(said, cases[i].word))
			g_error("%s: got %s", cases[i].log, said ? said : "nothing");
	}
}

/* ---- indexes and directories ----------------------------------------------------------------- */

static char *add_index(const char *name, int age)
{
	char *path = ew_tree_index_path(name, NULL);
	struct utimbuf times = {1700000000 - age, 1700000000 - age};

	g_assert_nonnull(path);
	g_assert_true(g_file_set_contents(path, "x", 1, NULL));
	g_assert_cmpint(utime(path, &times), ==, 0);
	return path;
}

static void assert_choice(const char *release, const char *name)
{
	g_autofree char *path = ew_tree_choose_index(NULL, release, NULL);
	g_autofree char *wanted = ew_tree_index_path(name, NULL);

	g_assert_cmpstr(path, ==, wanted);
}

static void test_choose(struct place *p, const void *unused)
{
	g_autofree char *a = NULL, *b = NULL, *c = NULL, *d = NULL;
	g_autofree char *index =
		g_build_filename(g_getenv("XDG_CACHE_HOME"), "exitwalk/index", NULL);
	g_autoptr(GPtrArray) all = NULL;
	GError *error = NULL;

	g_assert_null(ew_tree_choose_index(NULL, NULL, &error));
	assert_error(&error, EW_ERROR_NOT_POSSIBLE, "exitwalk index 6.1");
	a = add_index("6.12-debian-core", 0);
	write_file(index, ".6.1-half.sqlite", "");
	write_file(index, "6.1-debian-core.sqlite-journal", "");
	assert_choice(NULL, "6.12-debian-core");
	b = add_index("6.1-debian-core", 30);
	c = add_index("6.1-debian-all", 20);
	d = add_index("mine-defconfig-all", 10);
	all = ew_tree_list_indexes(NULL);
	g_assert_cmpuint(all->len, ==, 4);
	g_assert_cmpstr(((struct ew_tree_index *)all->pdata[0])->name, ==, "6.12-debian-core");
	g_assert_cmpstr(((struct ew_tree_index *)all->pdata[3])->name, ==, "6.1-debian-core");
	assert_choice(NULL, "6.1-debian-all");
	assert_choice("6.12", "6.12-debian-core");
	assert_choice("6.1-debian-core", "6.1-debian-core");
	g_assert_null(ew_tree_choose_index(NULL, "6.", &error));
	assert_error(&error, EW_ERROR_NOT_POSSIBLE, "no index of release 6.", "exitwalk index 6.");
	g_assert_true(ew_tree_use("mine", NULL));
	assert_choice(NULL, "mine-defconfig-all");
	assert_choice("6.1", "6.1-debian-all");
	g_assert_false(ew_tree_use("other", &error));
	assert_error(&error, EW_ERROR_NOT_POSSIBLE, "other", "exitwalk trees");
	g_assert_null(ew_tree_choose_index("/nowhere/x", NULL, &error));
	assert_error(&error, EW_ERROR_NOT_POSSIBLE, "/nowhere/x", "exitwalk index --index");
}

/* Kbuild writes paths without symbolic links, so a cache behind one must be named as it does. */
static void test_linked_cache(struct place *p, const void *unused)
{
	g_autofree char *link = g_build_filename(p->dir, "link", NULL);
	g_autofree char *real = g_build_filename(p->dir, "real", NULL);
	g_autofree char *wanted = NULL, *dir = NULL;

	g_assert_cmpint(g_mkdir(real, 0777), ==, 0);
	g_assert_cmpint(symlink("real", link), ==, 0);
	g_setenv("XDG_CACHE_HOME", link, TRUE);
	dir = ew_tree_cache_dir(NULL);
	real = ew_tree_resolved(g_steal_pointer(&real));
	wanted = g_build_filename(real, "exitwalk", NULL);
	g_assert_cmpstr(dir, ==, wanted);
}

/* A process that holds the lock until it is told to end; `*end` is where to tell it. */
static pid_t hold_lock(const char *path, int *end)
{
	struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	int ready[2], go[2], fd;
	pid_t pid;
	char c = 0;

	g_assert_cmpint(pipe(ready) | pipe(go), ==, 0);
	pid = fork();
	if (pid == 0) {
		close(go[1]);
		fd = open(path, O_CREAT | O_RDWR, 0666);
		if (fd < 0 || fcntl(fd, F_SETLK, &whole) || write(ready[1], &c, 1) != 1)
			_exit(1);
		_exit(read(go[0], &c, 1) != 0);
	}
	close(ready[1]);
	close(go[0]);
	g_assert_cmpint(read(ready[0], &c, 1), ==, 1);
	close(ready[0]);
	*end = go[1];
	return pid;
}

static void test_writer(struct place *p, const void *unused)
{
	g_autofree char *index = g_build_filename(p->dir, "x.sqlite", NULL);
	g_autofree char *lock = g_strconcat(index, ".lock", NULL);
	int end;
	pid_t pid;

	g_assert_cmpint(ew_tree_index_writer(index), ==, 0);
	pid = hold_lock(lock, &end);
	g_assert_cmpint(ew_tree_index_writer(index), ==, pid);
	close(end);
	g_assert_cmpint(waitpid(pid, NULL, 0), ==, pid);
	g_assert_cmpint(ew_tree_index_writer(index), ==, 0);
}

static void test_spec(struct place *p, const void *unused)
{
	g_autofree char *package = ew_tree_spec("/usr/src/linux-source-6.12.tar.xz");
	g_autofree char *directory = ew_tree_spec("/home/me/linux-source-6.12.tar.xz");
	g_autofree char *none = ew_tree_installed("9.9");

	g_assert_cmpstr(package, ==, "6.12");
	g_assert_cmpstr(directory, ==, "/home/me/linux-source-6.12.tar.xz");
	g_assert_null(none);
}

static void test_bad_cache(struct place *p, const void *unused)
{
	g_autofree char *file = g_build_filename(p->tree, "Makefile", NULL);
	GError *error = NULL;

	g_setenv("XDG_CACHE_HOME", file, TRUE);
	g_assert_null(ew_tree_cache_dir(&error));
	assert_error(&error, EW_ERROR_NOT_POSSIBLE, file, "XDG_CACHE_HOME");
	g_assert_null(ew_tree_index_dir(&error));
	assert_error(&error, EW_ERROR_NOT_POSSIBLE, file);
	g_assert_null(ew_tree_choose_index(NULL, NULL, &error));
	assert_error(&error, EW_ERROR_NOT_POSSIBLE, file);
}

static void test_data_dir(struct place *p, const void *unused)
{
	g_autofree char *built = ew_tree_data_dir("kernel-refs");
	g_autofree char *set = NULL, *top = g_path_get_dirname(EW_TEST_DIR);
	g_autofree char *wanted = g_build_filename(top, "kernel-refs", NULL);

	g_assert_cmpstr(built, ==, wanted);
	g_setenv("EXITWALK_DATA", p->dir, TRUE);
	set = ew_tree_data_dir("lessons");
	g_assert_true(g_str_has_prefix(set, p->dir));
	g_assert_true(g_str_has_suffix(set, "/lessons"));
}

#define ADD(path, function) g_test_add(path, struct place, NULL, setup, function, teardown)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("/tree/open", test_open);
	ADD("/tree/open/candidate", test_open_candidate);
	ADD("/tree/open/commands", test_open_commands);
	ADD("/tree/open/not-a-kernel", test_not_a_kernel);
	ADD("/tree/open/symlink-loop", test_symlink_loop);
	ADD("/tree/open/missing-release", test_missing_release);
	ADD("/tree/tarball", test_tarball);
	ADD("/tree/tarball/interrupted", test_tarball_interrupted);
	ADD("/tree/tarball/bad", test_tarball_bad);
	ADD("/tree/configure", test_configure);
	ADD("/tree/configure/again", test_configure_again);
	ADD("/tree/configure/missing-tool", test_configure_missing_tool);
	ADD("/tree/configure/built-in-place", test_configure_built_in_place);
	ADD("/tree/configure/no-such-file", test_configure_no_such_file);
	g_test_add_func("/tree/diagnose", test_diagnose);
	ADD("/tree/choose", test_choose);
	ADD("/tree/bad-cache", test_bad_cache);
	ADD("/tree/linked-cache", test_linked_cache);
	ADD("/tree/index/writer", test_writer);
	ADD("/tree/spec", test_spec);
	ADD("/tree/data-dir", test_data_dir);
	return g_test_run();
}
