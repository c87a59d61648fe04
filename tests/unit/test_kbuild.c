/* SPDX-License-Identifier: GPL-3.0-or-later */
/* kbuild: the lexer on lines in Kbuild's manner, the dry run of a small Makefile, and
 * compile_commands.json with each mistake that one can have. */
#include "kbuild/kbuild.h"
#include "small_tree.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <glib/gstdio.h>

static void assert_argv(const struct ew_unit *unit, const char *words)
{
	g_autofree char *joined = NULL;

	g_assert_nonnull(unit);
	joined = g_strjoinv("|", unit->argv);
	g_assert_cmpstr(joined, ==, words);
}

/* ---- the lexer ------------------------------------------------------------------------------- */

static void test_lex(void)
{
	ew_auto(unit) unit = ew_kbuild_lex(
		"set -e;  echo '  CC      net/ipv4/tcp.o';   trap 'rm -f x.o; kill -s HUP $$' HUP; "
		"/opt/bin/clang -Wp,-MMD,net/ipv4/.tcp.o.d -nostdinc -I/t/include -I./include "
		"-include /t/include/linux/kconfig.h -I ./net/ipv4 "
		"-DKBUILD_MODFILE='\"net/ipv4/tcp\"' "
		"-DNAME=\"a \\\"b\\\" $c\" -D TWO\\ WORDS -c -o net/ipv4/tcp.o /t/net/ipv4/tcp.c   "
		"; ./tools/objtool/objtool --orc net/ipv4/tcp.o; scripts/basic/fixdep x.d x.o "
		"'/opt/bin/clang -c -o wrong.o wrong.c' > net/ipv4/.tcp.o.cmd; rm -f x.d",
		"/opt/bin/clang");

	assert_argv(unit, "-nostdinc|-I/t/include|-I./include|-include|/t/include/linux/kconfig.h"
			  "|-I|./net/ipv4|-DKBUILD_MODFILE=\"net/ipv4/tcp\"|-DNAME=a \"b\" $c|-D"
			  "|TWO WORDS");
	g_assert_cmpstr(unit->path, ==, "/t/net/ipv4/tcp.c");
	g_assert_cmpstr(unit->object, ==, "net/ipv4/tcp.o");
}

static void test_lex_nothing(void)
{
	static const char *const lines[] = {
		"",
		"   ",
		"echo 'clang -c -o a.o a.c'",
		"echo clang -c -o a.o a.c",
		"echo \"; clang -c -o a.o a.c\"",
		"scripts/basic/fixdep a.d a.o 'x; clang -c -o a.o a.c'",
		"clang -E -D__GENKSYMS__ -c a.c | scripts/genksyms/genksyms -r /dev/null",
		"clang -S -o a.s a.c",
		"clang -c -o a.o a.S",
		"clang -c -o a.o",
		"clang -o a a.c",
		"clang-19 -c -o a.o a.c",
		"/usr/bin/clang -c -o a.o a.c",
		"gcc -c -o a.o a.c",
		"clang -c -include a.c",
		"clang -c -o a.c",
		"clang",
		"echo clang \\",
		"'clang -c -o a.o a.c",
		";;;&&||()",
	};

	for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
		ew_auto(unit) unit = ew_kbuild_lex(lines[i], "clang");

		if (unit)
			g_error("“%s” was taken for the compile command of %s", lines[i], unit->path);
	}
}

static void test_lex_forms(void)
{
	static const struct {
		const char *line, *words, *path, *object;
	} cases[] = {
		{"clang -c a.c", "", "a.c", ""},
		{"clang -c -o b.o a.c -DX", "-DX", "a.c", "b.o"},
		{"true && clang -c a.c", "", "a.c", ""},
		{"( cd x; clang -c a.c )", "", "a.c", ""},
		{"clang -E x.c; clang -c a.c; clang -c b.c", "", "a.c", ""},
		{"'clang' -c 'a b.c' ''", "", "a b.c", ""},
		{"clang -MD -MF a.d -MT a.o -MP -c a.c -w", "-w", "a.c", ""},
		{"clang -c \\\n\ta.c \\\n\t-w", "-w", "a.c", ""},
		{"clang -x c -c a.c", "-x|c", "a.c", ""},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		ew_auto(unit) unit = ew_kbuild_lex(cases[i].line, "clang");

		assert_argv(unit, cases[i].words);
		g_assert_cmpstr(unit->path, ==, cases[i].path);
		g_assert_cmpstr(unit->object, ==, cases[i].object);
	}
}

/* ---- scopes ---------------------------------------------------------------------------------- */

static void test_matches(void)
{
	g_assert_true(ew_kbuild_matches("net/ipv4/", "net/ipv4/tcp.c"));
	g_assert_true(ew_kbuild_matches("net/ipv4", "net/ipv4/netfilter/x.c"));
	g_assert_true(ew_kbuild_matches("./net/", "net/ipv4/tcp.c"));
	g_assert_false(ew_kbuild_matches("net/ipv4", "net/ipv4x/tcp.c"));
	g_assert_false(ew_kbuild_matches("net/ipv4/", "net/ipv6/tcp.c"));
	g_assert_true(ew_kbuild_matches("net/socket.c", "net/socket.c"));
	g_assert_false(ew_kbuild_matches("net/socket.c", "net/socket.cc"));
	g_assert_true(ew_kbuild_matches("kernel/*.c", "kernel/exit.c"));
	g_assert_false(ew_kbuild_matches("kernel/*.c", "kernel/sched/core.c"));
	g_assert_false(ew_kbuild_matches("kernel/*.c", "arch/kernel/exit.c"));
	g_assert_true(ew_kbuild_matches("all", "drivers/x.c"));
	g_assert_true(ew_kbuild_matches(".", "drivers/x.c"));
}

/* ---- the dry run ----------------------------------------------------------------------------- */

/* A Makefile whose dry run prints what Kbuild's would; $(CC) is the compiler that we name. */
#define RULE(source, object)                                                                       \
	"\tset -e; echo '  CC " object "'; $(CC) -Wp,-MMD,.d -I./include -DNAME='\"" object        \
	"\"' -c -o " object " " source "; fixdep '$(CC) -c -o no.o no.c' > .cmd\n"
#define KBUILD                                                                                     \
	HEAD "olddefconfig defconfig prepare:\n\t@:\n"                                             \
	     ".DEFAULT_GOAL := all\n"                                                              \
	     "all:\n" RULE("$(CURDIR)/kernel/exit.c", "kernel/exit.o")                             \
		     RULE("$(CURDIR)/net/tcp.c", "boot/tcp.o")                                     \
			     RULE("$(CURDIR)/net/tcp.c", "net/tcp.o")                              \
				     RULE("net/tcp.asn1.c", "net/tcp.asn1.o")                      \
					     RULE("$(CURDIR)/net/gone.c", "net/gone.o")            \
	     "\t$(AS) -c -o a.o a.S\n"

static struct ew_kbuild *ask(struct place *p, enum ew_tree_origin origin, const char *const *scope,
			     GError **error)
{
	ew_auto(tree) tree = ew_tree_open(p->tree, NULL, NULL, NULL);
	ew_auto(tree_build) build = NULL;

	g_assert_nonnull(tree);
	tree->origin = origin;
	if (!tree->commands) {
		build = ew_tree_configure(tree, "defconfig", 1, NULL, NULL, error);
		g_assert_nonnull(build);
	}
	return ew_kbuild_ask(tree, build, scope, 2, NULL, NULL, error);
}

static const struct ew_unit *unit_at(const struct ew_kbuild *k, guint i)
{
	g_assert_cmpuint(i, <, k->units->len);
	return k->units->pdata[i];
}

static void make_kernel(struct place *p)
{
	write_file(p->tree, "Makefile", KBUILD);
	write_file(p->tree, "kernel/exit.c", "int x;\n");
	write_file(p->tree, "net/tcp.c", "int x;\n");
}

static void test_dry_run(struct place *p, const void *unused)
{
	ew_auto(kbuild) k = NULL;

	make_kernel(p);
	k = ask(p, EW_TREE_DIRECTORY, NULL, NULL);
	g_assert_nonnull(k);
	g_assert_cmpint(k->total, ==, 4);
	g_assert_cmpint(k->duplicates, ==, 1);
	g_assert_cmpuint(k->units->len, ==, 4);
	g_assert_cmpstr(unit_at(k, 0)->file, ==, "kernel/exit.c");
	g_assert_null(unit_at(k, 0)->problem);
	assert_argv(unit_at(k, 0), "-I./include|-DNAME=\"kernel/exit.o\"");
	g_assert_cmpstr(unit_at(k, 2)->file, ==, "net/tcp.c");
	g_assert_cmpstr(unit_at(k, 2)->object, ==, "net/tcp.o");
	g_assert_cmpstr(unit_at(k, 3)->file, ==, "net/tcp.asn1.c");
	g_assert_nonnull(strstr(unit_at(k, 3)->problem, "would generate"));
	g_assert_true(g_str_has_prefix(unit_at(k, 3)->path, unit_at(k, 3)->directory));
	g_assert_cmpstr(unit_at(k, 1)->file, ==, "net/gone.c");
	g_assert_nonnull(strstr(unit_at(k, 1)->problem, "no such file"));
}

static void test_scope(struct place *p, const void *unused)
{
	g_autofree char *absolute = g_build_filename(p->tree, "kernel", NULL);
	const char *const scope[] = {"net/tcp.c", absolute, "mm/", NULL};
	const char *const none[] = {"mm/", NULL};
	GError *error = NULL;
	ew_auto(kbuild) k = NULL;

	make_kernel(p);
	k = ask(p, EW_TREE_DIRECTORY, scope, NULL);
	g_assert_nonnull(k);
	g_assert_cmpint(k->total, ==, 4);
	g_assert_cmpuint(k->units->len, ==, 2);
	g_assert_cmpuint(k->unmatched->len, ==, 1);
	g_assert_cmpstr(k->unmatched->pdata[0], ==, "mm/");
	g_assert_null(ask(p, EW_TREE_DIRECTORY, none, &error));
	assert_error(&error, EW_ERROR_INPUT, "none of its 4", "mm/", "--scope all");
}

/* A tree in the cache is believed to be as it was; a damaged answer is asked for anew. */
static void test_kept(struct place *p, const void *unused)
{
	g_autofree char *units = NULL, *text = NULL, *command = NULL;
	ew_auto(kbuild) first = NULL;
	ew_auto(kbuild) kept = NULL;
	ew_auto(kbuild) changed = NULL;
	ew_auto(kbuild) damaged = NULL;
	gsize length;

	make_kernel(p);
	first = ask(p, EW_TREE_TARBALL, NULL, NULL);
	g_assert_nonnull(first);
	units = g_build_filename(unit_at(first, 0)->directory, "exitwalk.units", NULL);
	g_assert_true(g_file_test(units, G_FILE_TEST_EXISTS));
	write_file(p->tree, "Makefile", HEAD "olddefconfig defconfig prepare:\n\t@:\nall:\n"
		   RULE("$(CURDIR)/net/tcp.c", "net/tcp.o") ".DEFAULT_GOAL := all\n");
	kept = ask(p, EW_TREE_TARBALL, NULL, NULL);
	g_assert_nonnull(kept);
	g_assert_cmpint(kept->total, ==, 4);
	assert_argv(unit_at(kept, 0), "-I./include|-DNAME=\"kernel/exit.o\"");
	g_assert_cmpstr(unit_at(kept, 2)->object, ==, "net/tcp.o");
	g_assert_true(g_file_get_contents(units, &text, &length, NULL));
	g_assert_true(g_file_set_contents(units, text, (gssize)length / 2, NULL));
	damaged = ask(p, EW_TREE_TARBALL, NULL, NULL);
	g_assert_nonnull(damaged);
	g_assert_cmpint(damaged->total, ==, 1);
	write_file(p->tree, "Makefile", KBUILD);
	changed = ask(p, EW_TREE_DIRECTORY, NULL, NULL);
	g_assert_nonnull(changed);
	g_assert_cmpint(changed->total, ==, 4);
}

/* How often was the build directory asked with `make -n`? Its "+" is run all the same. */
static void assert_asked(const struct ew_kbuild *k, gsize times)
{
	g_autofree char *path = NULL, *text = NULL;
	gsize length = 0;

	g_assert_nonnull(k);
	path = g_build_filename(unit_at(k, 0)->directory, "asked", NULL);
	g_assert_true(g_file_get_contents(path, &text, &length, NULL));
	g_assert_cmpuint(length, ==, times * strlen("x\n"));
}

static struct ew_kbuild *ask_directory(struct place *p, gsize times)
{
	struct ew_kbuild *k = ask(p, EW_TREE_DIRECTORY, NULL, NULL);

	assert_asked(k, times);
	return k;
}

#define COUNTED                                                                                    \
	HEAD "olddefconfig defconfig prepare:\n\t@:\n.DEFAULT_GOAL := all\n"                       \
	     "all: a b\na:\n\t+@echo x >> '$(O)/asked'\n" RULE("$(CURDIR)/a.c", "a.o")              \
	     "b: b.c\n" RULE("$(CURDIR)/b.c", "b.o") "include net/Makefile\n"

/* What changes in the instant in which make ran may be unknown to it, and all begins anew: not meant here. */
static void let_time_pass(void)
{
	g_usleep(100 * 1000);
}

/* A user's directory is asked again only after a change that may change the answer; what make
 * complained of is kept with its answer. */
static void test_kept_directory(struct place *p, const void *unused)
{
	g_autofree char *b = g_build_filename(p->tree, "b.c", NULL);
	ew_auto(kbuild) first = NULL;
	ew_auto(kbuild) same = NULL;
	ew_auto(kbuild) edited = NULL;
	ew_auto(kbuild) named = NULL;
	ew_auto(kbuild) gone = NULL;
	ew_auto(kbuild) still_gone = NULL;

	write_file(p->tree, "Makefile", COUNTED);
	write_file(p->tree, "net/Makefile", "# nothing\n");
	write_file(p->tree, "a.c", "int x;\n");
	write_file(p->tree, "b.c", "int x;\n");
	first = ask_directory(p, 1);
	g_assert_cmpint(first->total, ==, 2);
	same = ask_directory(p, 1);
	g_assert_cmpint(same->total, ==, 2);
	let_time_pass();
	write_file(p->tree, "a.c", "int xy;\n");
	write_file(p->tree, "net/tcp.h", "int x;\n");
	edited = ask_directory(p, 1);
	assert_argv(unit_at(edited, 1), "-I./include|-DNAME=\"b.o\"");
	let_time_pass();
	write_file(p->tree, "net/tcp.c", "int x;\n");
	write_file(p->tree, "net/Makefile", "a: c\nc:\n" RULE("$(CURDIR)/net/tcp.c", "net/tcp.o"));
	named = ask_directory(p, 2);
	g_assert_cmpint(named->total, ==, 3);
	let_time_pass();
	g_assert_cmpint(g_unlink(b), ==, 0);
	gone = ask_directory(p, 3);
	g_assert_cmpint(gone->total, ==, 2);
	g_assert_cmpuint(gone->warnings->len, ==, 1);
	still_gone = ask_directory(p, 3);
	g_assert_cmpint(still_gone->total, ==, 2);
	g_assert_cmpuint(still_gone->warnings->len, ==, 1);
	g_assert_nonnull(strstr(still_gone->warnings->pdata[0], "b.c"));
}

/* What the run before was killed over is asked for once more. */
static void test_kept_killed(struct place *p, const void *unused)
{
	GError *error = NULL;
	ew_auto(kbuild) first = NULL;
	ew_auto(kbuild) after = NULL;

	write_file(p->tree, "Makefile", COUNTED);
	write_file(p->tree, "net/Makefile", "");
	write_file(p->tree, "a.c", "int x;\n");
	write_file(p->tree, "b.c", "int x;\n");
	first = ask_directory(p, 1);
	let_time_pass();
	write_file(p->tree, "net/Makefile", "a: die\ndie:\n\t+kill -9 $$PPID\n");
	g_assert_null(ask(p, EW_TREE_DIRECTORY, NULL, &error));
	assert_error(&error, EW_ERROR_NOT_POSSIBLE, "killed by signal 9");
	g_assert_null(ask(p, EW_TREE_DIRECTORY, NULL, &error));
	assert_error(&error, EW_ERROR_NOT_POSSIBLE, "killed by signal 9");
	let_time_pass();
	write_file(p->tree, "net/Makefile", "");
	after = ask_directory(p, 2);
	g_assert_cmpint(after->total, ==, 2);
}

static void test_dry_run_fails(struct place *p, const void *unused)
{
	GError *error = NULL;

	write_file(p->tree, "Makefile", HEAD "olddefconfig defconfig prepare:\n\t@:\nall: nothing\n"
					     ".DEFAULT_GOAL := all\n");
	g_assert_null(ask(p, EW_TREE_DIRECTORY, NULL, &error));
	assert_error(&error, EW_ERROR_NOT_POSSIBLE, p->tree, "names no compile command", "nothing");
	write_file(p->tree, "Makefile",
		   HEAD "olddefconfig defconfig prepare:\n\t@:\nall:\n" RULE("a.c", "a.o")
			"\t+kill -9 $$PPID\n.DEFAULT_GOAL := all\n");
	g_assert_null(ask(p, EW_TREE_DIRECTORY, NULL, &error));
	assert_error(&error, EW_ERROR_NOT_POSSIBLE, p->tree, "killed by signal 9");
}

/* A goal that cannot be planned is a warning; the units are there. */
static void test_dry_run_warns(struct place *p, const void *unused)
{
	ew_auto(kbuild) k = NULL;

	write_file(p->tree, "Makefile",
		   HEAD "olddefconfig defconfig prepare:\n\t@:\n"
			".DEFAULT_GOAL := all\nall: a vmlinux\nvmlinux: vmlinux.a\na:\n"
			RULE("a.c", "a.o"));
	k = ask(p, EW_TREE_DIRECTORY, NULL, NULL);
	g_assert_nonnull(k);
	g_assert_cmpint(k->total, ==, 1);
	g_assert_cmpuint(k->warnings->len, ==, 1);
	g_assert_nonnull(strstr(k->warnings->pdata[0], "vmlinux.a"));
}

/* ---- compile_commands.json ------------------------------------------------------------------- */

static void test_json(struct place *p, const void *unused)
{
	g_autofree char *text = NULL, *kernel = g_build_filename(p->tree, "kernel", NULL);
	ew_auto(kbuild) k = NULL;

	text = g_strdup_printf(
		"[{\"directory\": \"%s\", \"file\": \"kernel/exit.c\","
		"  \"command\": \"clang -I include -DX='\\\"a b\\\"' -c -o exit.o kernel/exit.c\"},"
		" {\"directory\": \"kernel\", \"file\": \"../net/tcp.c\","
		"  \"arguments\": [\"clang\", \"-O2\", \"-c\", \"../net/tcp.c\"]},"
		" {\"directory\": \".\", \"file\": \"net/head.S\", \"command\": "
		"  \"clang -c net/head.S\"},"
		" {\"file\": \"net/gone.c\", \"command\": \"clang -c net/gone.c\"}]", p->tree);
	write_file(p->tree, "compile_commands.json", text);
	write_file(p->tree, "kernel/exit.c", "int x;\n");
	write_file(p->tree, "net/tcp.c", "int x;\n");
	k = ask(p, EW_TREE_DIRECTORY, NULL, NULL);
	g_assert_nonnull(k);
	g_assert_cmpint(k->total, ==, 3);
	g_assert_cmpstr(unit_at(k, 0)->file, ==, "kernel/exit.c");
	assert_argv(unit_at(k, 0), "-I|include|-DX=\"a b\"");
	g_assert_cmpstr(unit_at(k, 1)->file, ==, "net/tcp.c");
	g_assert_cmpstr(unit_at(k, 1)->directory, ==, kernel);
	assert_argv(unit_at(k, 1), "-O2");
	g_assert_null(unit_at(k, 1)->problem);
	g_assert_cmpstr(unit_at(k, 2)->file, ==, "net/gone.c");
	g_assert_nonnull(strstr(unit_at(k, 2)->problem, "no such file"));
}

static void test_json_malformed(struct place *p, const void *unused)
{
	static const struct {
		const char *text, *said;
	} cases[] = {
		{"", "no array"},
		{"{}", "no array"},
		{"[\n{\"file\": \"a.c\",}", ":2:"},
		{"[1]", "entry 1"},
		{"[{\"command\": \"clang -c a.c\"}]", "no \"file\""},
		{"[{\"file\": \"a.c\"}]", "neither"},
		{"[{\"file\": \"a.c\", \"command\": \"clang -c a.c\"}, {\"file\": 3}]", "entry 2"},
		{"[{\"file\": \"a.c\", \"command\": \"clang 'a.c\"}]", "entry 1"},
		{"[{\"file\": \"a.c\", \"command\": \"\"}]", "entry 1"},
		{"[{\"file\": \"a.c\", \"arguments\": [\"clang\", 3, []]}]", "no string"},
		{"[{\"file\": \"a.c\", \"arguments\": []}]", "empty"},
		{"[]", "none of its 0"},
		{"\xff\xfe", "compile_commands.json"},
	};
	GError *error = NULL;

	for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
		write_file(p->tree, "compile_commands.json", cases[i].text);
		g_assert_null(ask(p, EW_TREE_DIRECTORY, NULL, &error));
		assert_error(&error, EW_ERROR_INPUT, p->tree, cases[i].said);
	}
}

/* A tree that leads back into itself: only files that commands name are looked at. */
static void test_symlink_loop(struct place *p, const void *unused)
{
	g_autofree char *self = g_build_filename(p->tree, "net", "self.c", NULL);
	g_autofree char *up = g_build_filename(p->tree, "net", "up", NULL);
	ew_auto(kbuild) k = NULL;

	write_file(p->tree, "net/tcp.c", "int x;\n");
	g_assert_cmpint(symlink("self.c", self), ==, 0);
	g_assert_cmpint(symlink("..", up), ==, 0);
	write_file(p->tree, "compile_commands.json",
		   "[{\"file\": \"net/self.c\", \"command\": \"clang -c net/self.c\"},"
		   " {\"file\": \"net/up/net/up/net/tcp.c\","
		   "  \"command\": \"clang -c net/tcp.c\"}]");
	k = ask(p, EW_TREE_DIRECTORY, NULL, NULL);
	g_assert_nonnull(k);
	g_assert_cmpint(k->total, ==, 2);
	g_assert_nonnull(strstr(unit_at(k, 0)->problem, "symbolic links"));
	g_assert_null(unit_at(k, 1)->problem);
}

#define ADD(path, function) g_test_add(path, struct place, NULL, setup, function, teardown)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/kbuild/lex", test_lex);
	g_test_add_func("/kbuild/lex/nothing", test_lex_nothing);
	g_test_add_func("/kbuild/lex/forms", test_lex_forms);
	g_test_add_func("/kbuild/matches", test_matches);
	ADD("/kbuild/dry-run", test_dry_run);
	ADD("/kbuild/dry-run/scope", test_scope);
	ADD("/kbuild/dry-run/kept", test_kept);
	ADD("/kbuild/dry-run/kept/directory", test_kept_directory);
	ADD("/kbuild/dry-run/kept/killed", test_kept_killed);
	ADD("/kbuild/dry-run/fails", test_dry_run_fails);
	ADD("/kbuild/dry-run/warns", test_dry_run_warns);
	ADD("/kbuild/json", test_json);
	ADD("/kbuild/json/malformed", test_json_malformed);
	ADD("/kbuild/json/symlink-loop", test_symlink_loop);
	return g_test_run();
}
