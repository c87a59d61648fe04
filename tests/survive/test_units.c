/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Units that hang, crash, eat memory or are not there: each costs itself alone, and is told. */
#include "survive.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char good[] = "void helper(void) { }\nvoid good(void) { helper(); }\n";

/* The index holds what is in good.c, and says of `file` what it must. */
static void check_index(const char *index, const char *file, const char *reason)
{
	struct outcome coverage = RUN(EW_PROGRAM, "--index", index, "coverage");
	struct outcome callers = RUN(EW_PROGRAM, "--index", index, "callers", "helper");
	g_autofree char *line = g_strdup_printf("\n  %s ", file);
	const char *at;

	expect(&callers, 0, "good.c:2", NULL);
	expect(&coverage, 0, line, NULL);
	at = strstr(coverage.out, line) + 1;
	*strchrnul((char *)at, '\n') = '\0';
	if (!strstr(at, reason))
		g_error("“%s” is not said of %s: %s", reason, file, at);
	outcome_clear(&coverage);
	outcome_clear(&callers);
}

/* good.c comes after, in the same worker. */
static void lose_one(const char *tree, const char *file, const char *seconds, const char *reason)
{
	g_autofree char *index = g_strconcat(tree, ".sqlite", NULL);
	struct outcome o = RUN(EW_INDEXER, "--tree", tree, "--scope", "all", "--out", index, "--jobs", "1",
			       "--unit-seconds", seconds);

	expect(&o, 4, "1 not indexed", "1 failed");
	outcome_clear(&o);
	check_index(index, file, reason);
}

static void test_hangs(void)
{
	g_autofree char *tree = make_tree("hangs", "bad.c", "#include \"pipe.h\"\n", "good.c", good, NULL);
	g_autofree char *pipe = g_build_filename(tree, "pipe.h", NULL);
	gint64 start = g_get_monotonic_time();

	g_assert_cmpint(mkfifo(pipe, 0644), ==, 0);
	lose_one(tree, "bad.c", "2", "libclang did not finish in 2 s");
	g_assert_cmpint(g_get_monotonic_time() - start, >=, 2 * G_USEC_PER_SEC);
	g_assert_true(all_gone(EW_SANITIZED ? 2000 : 0)); /* a sanitizer's helper may outlive its worker */
}

/* The source itself is one: nobody waits for it. Nine units share a prefix, for which sources are read
 * before any worker is. */
static void test_fifo_source(void)
{
	g_autofree char *tree = make_tree("fifo", "h.h", "\n", "bad.c", NULL, "good.c", good, "1.c",
					  "#include <h.h>\n", "2.c", "#include <h.h>\n", "3.c",
					  "#include <h.h>\n", "4.c", "", "5.c", "", "6.c", "", "7.c", "",
					  "8.c", "", NULL);
	g_autofree char *pipe = g_build_filename(tree, "bad.c", NULL);

	g_assert_cmpint(mkfifo(pipe, 0644), ==, 0);
	lose_one(tree, "bad.c", "2", "not a file");
}

static void test_directory(void)
{
	g_autofree char *tree = make_tree("directory", "bad.c", NULL, "bad.c/x.h", "", "good.c", good, NULL);

	lose_one(tree, "bad.c", "20", "not a file");
}

/* 400,000 times ~ is deeper than any stack. A sanitizer ends the worker in its own way. */
static void test_crashes(void)
{
	g_autoptr(GString) deep = g_string_new("int deep(int a) { return ");
	g_autofree char *tree = NULL;
	int i;

	for (i = 0; i < 400000; i++)
		g_string_append_c(deep, '~');
	g_string_append(deep, "a; }\n");
	tree = make_tree("crashes", "bad.c", deep->str, "good.c", good, NULL);
	lose_one(tree, "bad.c", "60", EW_SANITIZED ? "its worker ended" : "libclang died of signal 11");
}

/* Here it is not libclang that runs out of stack first, but the walk over what it read. */
static void test_crashes_later(void)
{
	g_autoptr(GString) deep = g_string_new("int deep(int a) { return a");
	g_autofree char *tree = NULL;
	int i;

	for (i = 0; i < 100000; i++)
		g_string_append(deep, "+a");
	g_string_append(deep, "; }\n");
	tree = make_tree("later", "bad.c", deep->str, "good.c", good, NULL);
	lose_one(tree, "bad.c", "60", EW_SANITIZED ? "its worker ended" : "libclang died of signal 11");
}

static void test_brackets(void)
{
	g_autoptr(GString) deep = g_string_new("int deep(int a) { return ");
	g_autofree char *tree = NULL, *index = NULL;
	struct outcome o;
	int i;

	for (i = 0; i < 2000; i++)
		g_string_append_c(deep, '(');
	tree = make_tree("brackets", "bad.c", deep->str, "good.c", good, NULL);
	index = in_top("brackets.sqlite");
	o = index_tree(tree, index, NULL, NULL);
	expect(&o, 0, "1 of them with errors", NULL);
	check_index(index, "bad.c", "bracket nesting level exceeded");
	outcome_clear(&o);
}

/* An array whose elements take 16 GiB. Without a limit, as under a sanitizer, the machine would pay. */
static void test_eats_memory(void)
{
	g_autofree char *tree = make_tree("memory", "bad.c", "char big[0x7fffffff0] = {[0x7ffffff00] = 1};\n",
					  "good.c", good, NULL);

	if (EW_SANITIZED) {
		g_test_skip("a sanitizer's worker has no limit of memory");
		return;
	}
	lose_one(tree, "bad.c", "60", "libclang died of signal 6");
}

static void test_missing(void)
{
	g_autofree char *tree = make_tree("missing", "bad.c", NULL, "good.c", good, NULL);

	lose_one(tree, "bad.c", "20", "no such file, though a compile command names it");
}

static void test_links(void)
{
	g_autofree char *tree = make_tree("links", "bad.c", NULL, "good.c", good, "loop/loop/also.c",
					  NULL, "also.c", "#include \"loop/loop/loop/h.h\"\nint also = H;\n",
					  "h.h", "#define H 1\n", NULL);
	g_autofree char *self = g_build_filename(tree, "bad.c", NULL);
	g_autofree char *loop = g_build_filename(tree, "loop", NULL);

	g_assert_cmpint(symlink("bad.c", self), ==, 0);
	g_assert_cmpint(symlink(".", loop), ==, 0);
	lose_one(tree, "bad.c", "20", "Too many levels of symbolic links");
}

/* As somebody who may not read it: as root we become nobody first. */
static void test_unreadable(void)
{
	g_autofree char *tree = make_tree("unreadable", "bad.c", "", "good.c", good, NULL);
	g_autofree char *source = g_build_filename(tree, "bad.c", NULL);
	g_autofree char *out = in_top("of-nobody"), *index = in_top("of-nobody/x.sqlite");
	const char *const words[] = {EW_INDEXER, "--tree", tree, "--scope", "all", "--out", index, NULL};
	const char *const ask[] = {EW_PROGRAM, "--index", index, "coverage", NULL};
	uid_t nobody = geteuid() ? 0 : 65534;
	struct outcome o;

	g_assert_cmpint(g_mkdir(out, 0777), ==, 0);
	g_assert_cmpint(g_chmod(out, 0777), ==, 0);
	g_assert_cmpint(g_chmod(source, 0), ==, 0);
	o = run_words(nobody, words);
	if (o.status == 127 || o.status == 126) {
		g_test_skip("nobody may not run what was built here");
		outcome_clear(&o);
		return;
	}
	expect(&o, 4, "1 not indexed", NULL);
	outcome_clear(&o);
	check_index(index, "bad.c", "Permission denied");
	/* An index that may not be read says so. */
	g_assert_cmpint(g_chmod(index, 0), ==, 0);
	o = run_words(nobody, ask);
	expect(&o, 3, NULL, "Permission denied");
	outcome_clear(&o);
}

static void test_syntax(void)
{
	g_autofree char *tree = g_build_filename(EW_TEST_DIR, "fixtures/broken", NULL);
	g_autofree char *index = in_top("broken.sqlite"), *edges = NULL;
	struct outcome o = index_tree(tree, index, "--jobs", "2"), coverage;

	expect(&o, 4, "2 of them with errors, 1 not indexed", NULL);
	coverage = RUN(EW_PROGRAM, "--index", index, "coverage");
	expect(&coverage, 0, "src/syntax.c:12: expected expression", NULL);
	expect(&coverage, 0, "'not_there.h' file not found", NULL);
	expect(&coverage, 0, "not indexed          1\nwith parse errors    2\n", NULL);
	expect(&coverage, 0, "no such file, though a compile command names it", NULL);
	/* What parses is said all the same. */
	edges = dump(index, "edges");
	g_assert_nonnull(strstr(edges, "after_it\tsrc/syntax.c\tbefore_it\tsrc/syntax.c\tdirect\t"));
	outcome_clear(&o);
	outcome_clear(&coverage);
}

/* A worker that waits for a pipe that nobody writes to is certain to be on that unit. */
static pid_t start_on_pipe(const char *name, const char *index, char **pipe)
{
	g_autofree char *tree = make_tree(name, "bad.c", "#include \"pipe.h\"\nint bad(void) { return H; }\n",
					  "good.c", good, NULL);

	*pipe = g_build_filename(tree, "pipe.h", NULL);
	g_assert_cmpint(mkfifo(*pipe, 0644), ==, 0);
	return start_index(tree, index, "--jobs", "1");
}

static pid_t kill_worker(pid_t pid, pid_t before)
{
	pid_t worker;

	while ((worker = child_of(pid)) == before)
		g_usleep(1000);
	g_assert_cmpint(worker, >, 0);
	g_usleep(300 * 1000);
	g_assert_cmpint(kill(worker, SIGKILL), ==, 0);
	return worker;
}

/* Who kills a worker once costs no unit: another takes it up. */
static void test_worker_killed(void)
{
	g_autofree char *index = in_top("killed.sqlite"), *pipe = NULL, *log = NULL;
	pid_t pid = start_on_pipe("killed", index, &pipe);

	g_assert_cmpint(child_of(pid), >, 0);
	g_usleep(300 * 1000);
	g_assert_cmpint(unlink(pipe), ==, 0); /* the first worker goes on waiting, the next will not */
	put_text("killed/pipe.h", "#define H 1\n");
	kill_worker(pid, 0);
	g_assert_cmpint(wait_for(pid), ==, 0);
	log = log_text();
	g_assert_nonnull(strstr(log, "0 of them with errors, 0 not indexed"));
}

/* Twice is enough: the unit is told. */
static void test_worker_killed_twice(void)
{
	g_autofree char *index = in_top("twice.sqlite"), *pipe = NULL;
	pid_t pid = start_on_pipe("twice", index, &pipe);

	kill_worker(pid, kill_worker(pid, 0));
	g_assert_cmpint(wait_for(pid), ==, 4);
	g_assert_true(all_gone(EW_SANITIZED ? 2000 : 0)); /* a sanitizer's helper may outlive its worker */
	check_index(index, "bad.c", "libclang died of signal 9");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	survive_begin();
	g_test_add_func("/units/hangs", test_hangs);
	g_test_add_func("/units/fifo-source", test_fifo_source);
	g_test_add_func("/units/directory", test_directory);
	g_test_add_func("/units/crashes", test_crashes);
	g_test_add_func("/units/crashes-later", test_crashes_later);
	g_test_add_func("/units/brackets", test_brackets);
	g_test_add_func("/units/eats-memory", test_eats_memory);
	g_test_add_func("/units/missing", test_missing);
	g_test_add_func("/units/links", test_links);
	g_test_add_func("/units/unreadable", test_unreadable);
	g_test_add_func("/units/syntax", test_syntax);
	g_test_add_func("/units/worker-killed", test_worker_killed);
	g_test_add_func("/units/worker-killed-twice", test_worker_killed_twice);
	return survive_end(g_test_run());
}
