/* SPDX-License-Identifier: GPL-3.0-or-later */
/* tree: what of a user's directory is made again after which change. A Makefile stands in for
 * Kbuild and notes each of its steps. */
#include "tree/internal.h"
#include "small_tree.h"

#include <string.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>
#include <glib/gstdio.h>

/* Each step notes that it ran, and with what. */
#define STEPS                                                                                      \
	HEAD "olddefconfig defconfig prepare:\n"                                                   \
	     "\techo '$@ $(ARCH) $(HOSTCC)' >> '$(O)/steps'\n"                                     \
	     "\techo 'noise of $@'\n"

static struct ew_tree_build *configure(struct place *p, enum ew_tree_origin origin,
				       const char *config, GError **error)
{
	ew_auto(tree) tree = ew_tree_open(p->tree, NULL, NULL, error);
	struct ew_tree_build *build;
	g_autoptr(GError) why = NULL;

	g_assert_nonnull(tree);
	tree->origin = origin;
	build = ew_tree_configure(tree, config, 1, NULL, NULL, error ? error : &why);
	g_assert_no_error(why);
	return build;
}

/* What ran, and whether it began in an empty directory: there the mark of the run before is gone.
 */
static void assert_steps(struct place *p, const struct ew_tree_build *build, const char *wanted,
			 bool keeps)
{
	g_autofree char *steps = NULL, *mark = NULL, *name = NULL;
	g_autoptr(GString) words = g_string_new(NULL);
	g_auto(GStrv) lines = NULL;

	g_assert_nonnull(build);
	steps = read_file(build->directory, "steps");
	lines = g_strsplit(steps ? steps : "", "\n", -1);
	for (char **line = lines; *line && **line; line++)
		g_string_append_printf(words, "%s%.*s", words->len ? " " : "",
				       (int)strcspn(*line, " "), *line);
	g_assert_cmpstr(words->str, ==, wanted);
	mark = read_file(build->directory, "mark");
	g_assert_true(!mark == !keeps);
	name = g_build_filename(build->directory, "steps", NULL);
	g_unlink(name);
	write_file(build->directory, "mark", "");
}

#define ALL_STEPS "defconfig olddefconfig prepare"

/* Configure the user's directory and check what that ran. Returns the hash of what `make -n`
 * depends on. */
static char *check_run(struct place *p, const char *wanted, bool keeps)
{
	ew_auto(tree_build) build = configure(p, EW_TREE_DIRECTORY, "defconfig", NULL);

	assert_steps(p, build, wanted, keeps);
	g_assert_true(build->is_fresh == (*wanted != '\0'));
	return g_strdup(build->stamp);
}

/* Write `text` to a file of the tree, see what runs, and whether the units are asked for again;
 * then that nothing runs once more. */
static void check_change(struct place *p, const char *name, const char *text, const char *wanted,
			 bool asks)
{
	g_autofree char *before = check_run(p, "", true), *after = NULL, *again = NULL;

	g_test_message("%s", name);
	write_file(p->tree, name, text);
	after = check_run(p, wanted, true);
	g_assert_true(!!strcmp(before, after) == asks);
	again = check_run(p, "", true);
	g_assert_cmpstr(again, ==, after);
}

/* A user's directory. */
static void test_files(struct place *p, const void *unused)
{
	write_file(p->tree, "Makefile", STEPS);
	write_file(p->tree, "net/tcp.c", "int x;\n");
	write_file(p->tree, "include/sched.h", "int x;\n");
	write_file(p->tree, "net/Makefile", "obj-y += tcp.o\n");
	g_free(check_run(p, ALL_STEPS, false));
	check_change(p, "net/tcp.c", "int xy;\n", "", false);
	check_change(p, "net/udp.c", "int x;\n", "", true); /* a makefile may have named it */
	check_change(p, "arch/x86/entry.S", "nop\n", "", true);
	check_change(p, "include/sched.h", "int xy;\n", "prepare", false);
	check_change(p, "net/new.h", "int x;\n", "prepare", false);
	check_change(p, "net/Makefile", "obj-y += udp.o\n", "prepare", true);
	check_change(p, "net/rules.mk", "x = y\n", "prepare", true);
	check_change(p, "kernel/syscall.tbl", "0 read\n", "prepare", true);
	check_change(p, "kernel/bounds.c", "int x;\n", "prepare", true);
	check_change(p, "kernel/bounds.c", "int xy;\n", "prepare", false);
	check_change(p, "arch/x86/kernel/asm-offsets_64.c", "int x;\n", "prepare", true);
	check_change(p, "tools/objtool/check.c", "int x;\n", "prepare", true);
	check_change(p, "tools/objtool/check.c", "int xy;\n", "prepare", false);
	check_change(p, "net/Kconfig", "config NET\n", ALL_STEPS, true);
	check_change(p, "arch/arm/crypto/Kconfig", "config X\n", ALL_STEPS, true);
	check_change(p, "scripts/cc.sh", "true\n", ALL_STEPS, true);
	check_change(p, "Makefile", STEPS "# more\n", ALL_STEPS, true);
	check_change(p, "Documentation/net/tcp.txt", "text\n", "", false);
	check_change(p, "arch/arm/mm/fault.c", "int x;\n", "", false);
	check_change(p, "tools/testing/x/Makefile", "all:\n", "", false);
	check_change(p, "net/.tcp.c.swp", "x", "", false);
	check_change(p, "net/tcp.c~", "x", "", false);
	check_change(p, "net/notes.rst", "x", "", false);
	check_change(p, "tags", "x", "", false);
}

static void remove_file(struct place *p, const char *name)
{
	g_autofree char *path = g_build_filename(p->tree, name, NULL);

	g_assert_cmpint(g_unlink(path), ==, 0);
}

static void test_deleted(struct place *p, const void *unused)
{
	g_autofree char *first = NULL, *source = NULL, *header = NULL;

	write_file(p->tree, "Makefile", STEPS);
	write_file(p->tree, "net/tcp.c", "int x;\n");
	write_file(p->tree, "net/tcp.h", "int x;\n");
	first = check_run(p, ALL_STEPS, false);
	remove_file(p, "net/tcp.c");
	source = check_run(p, "", true);
	g_assert_cmpstr(source, !=, first);
	remove_file(p, "net/tcp.h");
	header = check_run(p, "prepare", true);
	g_assert_cmpstr(header, ==, source);
}

/* A header put back with its old time is older than what was made of the other: make would not
 * look. So is one that was written while make ran. */
static void test_hidden(struct place *p, const void *unused)
{
	g_autofree char *path = g_build_filename(p->tree, "sched.h", NULL);
	struct utimbuf old = {1500000000, 1500000000};

	write_file(p->tree, "Makefile", STEPS);
	write_file(p->tree, "sched.h", "int x;\n");
	g_free(check_run(p, ALL_STEPS, false));
	write_file(p->tree, "sched.h", "int y;\n");
	g_assert_cmpint(utime(path, &old), ==, 0);
	g_free(check_run(p, ALL_STEPS, false));
	g_free(check_run(p, "", true));
	write_file(p->tree, "Makefile",
		   STEPS "prepare: change\nchange:\n\techo '//' >> sched.h; sleep 0.1\n");
	g_free(check_run(p, ALL_STEPS, true));
	g_free(check_run(p, ALL_STEPS, false));
}

/* Killed in the middle: what it left is not built upon. */
static void test_killed(struct place *p, const void *unused)
{
	GError *error = NULL;

	write_file(p->tree, "Makefile", STEPS);
	g_free(check_run(p, ALL_STEPS, false));
	write_file(p->tree, "Makefile", STEPS "prepare: die\ndie:\n\tkill -9 $$PPID\n");
	g_assert_null(configure(p, EW_TREE_DIRECTORY, "defconfig", &error));
	assert_error(&error, EW_ERROR_NOT_POSSIBLE, "make prepare", "status 137");
	write_file(p->tree, "Makefile", STEPS);
	g_free(check_run(p, ALL_STEPS, false));
}

/* A link out of the tree is followed, one that leads back is not. */
static void test_links(struct place *p, const void *unused)
{
	g_autofree char *out = g_build_filename(p->tree, "drivers", NULL);
	g_autofree char *loop = g_build_filename(p->tree, "loop", NULL);
	g_autofree char *first = g_build_filename(p->dir, "elsewhere/first", NULL);
	g_autofree char *second = g_build_filename(p->dir, "elsewhere/second", NULL);

	write_file(p->tree, "Makefile", STEPS);
	write_file(p->dir, "elsewhere/Makefile", "x = y\n");
	g_assert_cmpint(symlink("../elsewhere", out), ==, 0);
	g_assert_cmpint(symlink(".", loop), ==, 0);
	g_assert_cmpint(symlink(".", first), ==, 0);
	g_assert_cmpint(symlink(".", second), ==, 0);
	g_free(check_run(p, ALL_STEPS, false));
	g_free(check_run(p, "", true));
	write_file(p->dir, "elsewhere/Makefile", "x = z\n");
	g_free(check_run(p, "prepare", true));
}

static void overwrite(const char *path, const char *text)
{
	FILE *f = fopen(path, "r+");

	g_assert_nonnull(f);
	fputs(text, f);
	g_assert_cmpint(fclose(f), ==, 0);
}

/* Overwritten in the same instant, same size, same inode: seen all the same. Where the kernel tells
 * such instants apart by itself, the age of what is relied upon shows that it was waited for. */
static void test_race(struct place *p, const void *unused)
{
	g_autofree char *path = g_build_filename(p->tree, "sched.h", NULL);

	write_file(p->tree, "sched.h", "a");
	for (int i = 0; i < 5; i++) {
		struct ew_fingerprint one, two;

		overwrite(path, "b");
		ew_fingerprint_take(p->tree, 0, 0, &one);
		g_assert_cmpint(one.taken - one.newest, >=, 50000000);
		overwrite(path, "c");
		ew_fingerprint_take(p->tree, 0, 0, &two);
		g_assert_cmpuint(one.sums[EW_FINGERPRINT_PREPARE], !=,
				 two.sums[EW_FINGERPRINT_PREPARE]);
		g_assert_cmpuint(one.sums[EW_FINGERPRINT_ASK], ==, two.sums[EW_FINGERPRINT_ASK]);
	}
}

/* Another text of the configuration is worked in; of .config only what is the same keeps its age.
 */
static void test_config(struct place *p, const void *unused)
{
	g_autofree char *config = g_build_filename(p->dir, "my.config", NULL), *text = NULL;
	ew_auto(tree_build) first = NULL;
	ew_auto(tree_build) second = NULL;
	ew_auto(tree_build) third = NULL;
	struct utimbuf old = {1500000000, 1500000000};
	struct stat st;

	write_file(p->tree, "Makefile",
		   STEPS "\t[ $@ = prepare ] || sed -i '/\043/d' '$(O)/.config'\n");
	write_file(p->dir, "my.config", "CONFIG_NET=y\n");
	first = configure(p, EW_TREE_DIRECTORY, config, NULL);
	assert_steps(p, first, "olddefconfig prepare", false);
	text = g_build_filename(first->directory, ".config", NULL);
	g_assert_cmpint(utime(text, &old), ==, 0);
	write_file(p->dir, "my.config", "# a comment\nCONFIG_NET=y\n");
	second = configure(p, EW_TREE_DIRECTORY, config, NULL);
	assert_steps(p, second, "olddefconfig prepare", true);
	g_assert_cmpint(g_stat(text, &st), ==, 0);
	g_assert_cmpint(st.st_mtime, ==, old.modtime);
	write_file(p->dir, "my.config", "CONFIG_NET=n\n");
	third = configure(p, EW_TREE_DIRECTORY, config, NULL);
	assert_steps(p, third, "olddefconfig prepare", true);
	g_assert_cmpstr(third->directory, ==, first->directory);
	g_free(text);
	text = read_file(first->directory, ".config");
	g_assert_cmpstr(text, ==, "CONFIG_NET=n\n");
}

#define ADD(path, function) g_test_add(path, struct place, NULL, setup, function, teardown)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	ADD("/stamp/config", test_config);
	ADD("/stamp/files", test_files);
	ADD("/stamp/deleted", test_deleted);
	ADD("/stamp/hidden", test_hidden);
	ADD("/stamp/killed", test_killed);
	ADD("/stamp/links", test_links);
	ADD("/stamp/race", test_race);
	return g_test_run();
}
