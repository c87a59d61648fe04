/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Anchors, verdicts, facts and questions, on indexes that are made here from a few lines of C. */
#include "lesson/lesson.h"
#include "run/run.h"

#include <glib/gstdio.h>
#include <string.h>

/* Two "releases": the second has the same code moved, changed, doubled and gone, as the names say.
 */
static const char first_source[] =
	"struct inner { int left, right; };\n"						   /* 1 */
	"struct thing {\n"								   /* 2 */
	"\tint count;\n"								   /* 3 */
	"\tint state; /* what it does */\n"						   /* 4 */
	"\tstruct inner in;\n"								   /* 5 */
	"};\n"										   /* 6 */
	"struct ops { void (*open)(struct thing *t); void (*close)(struct thing *t); };\n" /* 7 */
	"#define TWICE(x) ((x) + \\\n"							   /* 8 */
	"\t\t  (x))\n"									   /* 9 */
	"static void one(struct thing *t) { t->count = 1; }\n"				   /* 10 */
	"static void two(struct thing *t) { t->count = 2; }\n"				   /* 11 */
	"static const struct ops table = {\n"						   /* 12 */
	"\t.open = one,\n"								   /* 13 */
	"\t.close = two,\n"								   /* 14 */
	"};\n"										   /* 15 */
	"static const int next_state[] = { [0] = 1, [1] = 2 };\n"			   /* 16 */
	"const struct ops *which = &table;\n"						   /* 17 */
	"static int\n"									   /* 18 */
	"moved(struct thing *t)\n"							   /* 19 */
	"{\n"										   /* 20 */
	"\tif (t->count) {\n"								   /* 21 */
	"\t\tone(t);\n"									   /* 22 */
	"\t} else {\n"									   /* 23 */
	"\t\ttwo(t);\n"									   /* 24 */
	"\t}\n"										   /* 25 */
	"\treturn TWICE(t->in.left);\n"							   /* 26 */
	"}\n"										   /* 27 */
	"int changed(struct thing *t)\n"						   /* 28 */
	"{\n"										   /* 29 */
	"\tint *p = &t->state;\n"							   /* 30 */
	"\n"										   /* 31 */
	"\t/* Look closely:\n"								   /* 32 */
	"\t * it is here. */\n"								   /* 33 */
	"\tif (t->state && *p)\n"							   /* 34 */
	"\t\tgoto out;\n"								   /* 35 */
	"\tone(t);\n"									   /* 36 */
	"\twhich->close(t);\n"								   /* 37 */
	"\tt->state = next_state[0];\n"							   /* 38 */
	"\treturn 0;\n"									   /* 39 */
	"out:\n"									   /* 40 */
	"\treturn moved(t);\n"								   /* 41 */
	"}\n"										   /* 42 */
	"void doubled(struct thing *t) { one(t); }\n"					   /* 43 */
	"void gone(struct thing *t) { two(t); }\n";					   /* 44 */

static const char second_source[] =
	"struct inner { int left, right; };\n"
	"struct thing { int count; int state; struct inner in; };\n"
	"struct ops { void (*open)(struct thing *t); void (*close)(struct thing *t); };\n"
	"#define TWICE(x) ((x) + (x))\n"
	"static void one(struct thing *t) { t->count = 1; }\n"
	"static void two(struct thing *t) { t->count = 2; }\n"
	"static const struct ops table = { .open = one, .close = two };\n"
	"static const int next_state[] = { [0] = 1, [1] = 2 };\n"
	"const struct ops *which = &table;\n"
	"/* Longer comments, another style; the same tokens. */\n"
	"static int moved(struct thing *t)\n"
	"{\n"
	"\tif (t->count)\n"
	"\t{\n"
	"\t\tone(t); // first\n"
	"\t} else { two(t); }\n"
	"\treturn TWICE(t->in.left);\n"
	"}\n"
	"int changed(struct thing *t)\n"
	"{\n"
	"\tint *p = &t->state;\n"
	"\n"
	"\t/* Look closely: it is here. */\n"
	"\tif (t->state > 1 && *p)\n"
	"\t\tgoto out;\n"
	"\tone(t);\n"
	"\twhich->close(t);\n"
	"\tt->state = next_state[0];\n"
	"\treturn 0;\n"
	"out:\n"
	"\treturn moved(t);\n"
	"}\n"
	"void doubled(struct thing *t) { one(t); one(t); }\n";

/* ---- indexes --------------------------------------------------------------------------------- */

static char *work;

static void put_file(const char *tree, const char *name, const char *text)
{
	g_autofree char *path = g_build_filename(work, tree, name, NULL);
	g_autofree char *dir = g_path_get_dirname(path);

	g_assert_cmpint(g_mkdir_with_parents(dir, 0700), ==, 0);
	g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static char *make_index(const char *tree, const char *patchlevel, const char *source)
{
	g_autofree char *refs = g_build_filename(EW_TEST_DIR, "fixtures", "refs", NULL);
	g_autofree char *path = g_build_filename(work, tree, NULL);
	g_autofree char *file = g_strconcat(tree, ".sqlite", NULL);
	g_autofree char *out = g_build_filename(work, file, NULL);
	g_autofree char *makefile = g_strdup_printf("VERSION = 1\nPATCHLEVEL = %s\nSUBLEVEL = 0\n"
						    "EXTRAVERSION =\nNAME = Test\n",
						    patchlevel);
	const char *scope[] = {"all", NULL};
	struct ew_run_options options = {
		.tree = path, .scope = scope, .refs = refs, .out = out, .jobs = 1};
	struct ew_run_summary summary = {0};
	g_autoptr(GError) error = NULL;

	put_file(tree, "Makefile", makefile);
	put_file(tree, "Kconfig", "mainmenu \"Test\"\n");
	put_file(tree, "code.c", source);
	put_file(tree, "compile_commands.json",
		 "[{\"directory\": \".\", \"file\": \"code.c\", \"command\": \"clang-19 -c -o "
		 "code.o "
		 "code.c\"}]\n");
	ew_run(&options, &summary, &error);
	g_assert_no_error(error);
	g_assert_cmpint(summary.units, ==, 1);
	g_assert_cmpint(summary.with_errors, ==, 0);
	ew_run_summary_clear(&summary);
	return g_steal_pointer(&out);
}

static struct ew_query *open_index(const char *tree)
{
	g_autofree char *file = g_strconcat(tree, ".sqlite", NULL);
	g_autofree char *path = g_build_filename(work, file, NULL);
	g_autofree char *dir = g_build_filename(EW_TEST_DIR, "fixtures", "refs", NULL);
	static struct ew_refs *refs;
	g_autoptr(GError) error = NULL;
	struct ew_query *q;

	if (!refs)
		refs = ew_refs_open(dir, NULL);
	q = ew_query_open(path, refs, &error);
	g_assert_no_error(error);
	return q;
}

static struct ew_query *q1, *q2;

/* ---- where anchors stand --------------------------------------------------------------------- */

/* "line:first-last" of each place, blanks between. */
static char *places_of(const struct ew_anchor_spec *spec)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) places = ew_query_anchor(q1, spec, &error);
	GString *text = g_string_new(NULL);

	g_assert_no_error(error);
	for (guint i = 0; i < places->len; i++) {
		const struct ew_anchor_place *p = places->pdata[i];

		g_assert_cmpstr(p->place.file, ==, "code.c");
		g_string_append_printf(text, "%s%d:%d-%d", i ? " " : "", p->place.line,
				       p->first_line, p->last_line);
	}
	return g_string_free(text, FALSE);
}

static void assert_places(const char *in, const char *at, const char *show, const char *expected)
{
	struct ew_anchor_spec spec = {.in = in, .at = at, .show = show};
	g_autofree char *places = places_of(&spec);

	g_assert_cmpstr(places, ==, expected);
}

static void test_in(void)
{
	assert_places("function moved", "def", "statement", "19:18-19");
	assert_places("function moved", "def", "function", "19:18-27");
	assert_places("function none | moved", "call one", "line", "22:22-22");
	assert_places("function gone | moved", "call one", "line",
		      "22:22-22"); /* gone has no match */
	assert_places("struct thing", "def", "function", "2:2-6");
	assert_places("struct thing", "like int state", "statement", "4:4-4");
	assert_places("table table", "init .close", "statement", "14:14-14");
	assert_places("table table", "init .close", "around 1", "14:13-15");
	assert_places("table next_state", "init [1]", "line", "16:16-16");
	assert_places("macro TWICE", "def", "statement", "8:8-9");
	assert_places("file code.c", "like goto out", "statement", "35:34-35"); /* from ; to ; */
	assert_places("function code.c:one", "def", "line", "10:10-10");
}

static void test_at(void)
{
	assert_places("function changed", "call one", "statement", "36:36-36");
	assert_places("function changed", "call ops.close", "statement", "37:37-37");
	assert_places("function moved", "call TWICE", "statement", "26:26-26"); /* a macro */
	assert_places("function changed", "read thing.state", "statement", "34:34-34");
	assert_places("function changed", "write thing.state", "statement", "38:38-38");
	assert_places("function changed", "addr thing.state", "statement", "30:30-30");
	assert_places("function moved", "read inner.left", "statement", "26:26-26");
	assert_places("function changed", "cond thing.state", "line", "34:34-34");
	assert_places("function changed", "cond p", "line", "34:34-34");
	assert_places("function changed", "label out", "line", "40:40-40");
	assert_places("function changed", "return moved", "line", "41:41-41");
	assert_places("function changed", "return", "line", "39:39-39 41:41-41");
	assert_places("function changed", "comment Look closely: it is", "statement", "32:32-34");
	assert_places("function changed", "comment \"it is here\"", "line", "32:32-32");
	assert_places("function changed", "call none | one", "line", "36:36-36");
}

static void test_like(void)
{
	assert_places("function changed", "like if (... && *p)", "branch", "34:34-35");
	assert_places("function changed", "like _->close(_)", "line", "37:37-37");
	assert_places("function moved", "like one(...)", "branch", "22:21-25");
	assert_places("function moved", "like if (...)", "statement", "21:21-21");
	assert_places("function changed", "like one(t); which", "line", "36:36-36");
	assert_places("function changed", "like one(...) which", "line",
		      ""); /* not over a semicolon */
	assert_places("function changed", "like one(p)", "line", "");
}

static void test_nothing_and_several(void)
{
	struct ew_anchor_spec nth = {.in = "function changed", .at = "return", .nth = 2, .of = 2};
	g_autofree char *second = NULL, *all = NULL;

	assert_places("function none", "def", "line", "");
	assert_places("function changed", "call two", "line", "");
	second = places_of(&nth);
	g_assert_cmpstr(second, ==, "41:41-41");
	nth.of = 3; /* as many as it counts on are not there: all, for the caller to judge */
	all = places_of(&nth);
	g_assert_cmpstr(all, ==, "39:39-39 41:41-41");
}

static void test_ill_formed(void)
{
	static const struct ew_anchor_spec specs[] = {
		{.in = NULL},
		{.in = "function"},
		{.in = "place f"},
		{.in = "function f", .at = "near g"},
		{.in = "function f", .at = "call"},
		{.in = "function f", .at = "call a ||"},
		{.in = "function f", .show = "around"},
		{.in = "function f", .show = "around 0"},
		{.in = "function f", .show = "line 3"},
		{.in = "function f", .nth = 3, .of = 2},
		{.in = "function f", .of = 2},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(specs); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_null(ew_query_anchor(q1, &specs[i], &error));
		g_assert_error(error, EW_ERROR, EW_ERROR_INPUT);
		g_assert_false(ew_query_anchor_is_valid(&specs[i], NULL));
	}
}

/* ---- verdicts -------------------------------------------------------------------------------- */

#define ANCHOR(in, at) "```anchor\nin function " in "\nat " at "\n```\n"

static const char lesson_text[] = "---\nlesson: demo\ntitle: Demo\n---\n\n## One {#one}\n\n" ANCHOR(
	"moved", "call one")	      /* 1 exact, then moved */
	ANCHOR("changed", "cond p")   /* 2 then changed: the statement */
	ANCHOR("changed", "call one") /* 3 then changed: its function */
	ANCHOR("doubled", "call one") /* 4 then ambiguous */
	ANCHOR("gone", "call two")    /* 5 then lost */
	ANCHOR("one", "def");	      /* 6 exact in both but for its line */

static struct ew_lesson *demo_lesson(void)
{
	g_autofree char *file = g_build_filename(work, "demo.md", NULL);
	g_autoptr(GError) error = NULL;
	struct ew_lesson *lesson;

	g_assert_true(g_file_set_contents(file, lesson_text, -1, NULL));
	lesson = ew_lesson_load(file, &error);
	g_assert_no_error(error);
	return lesson;
}

/* The verdicts of all anchors of the demo lesson, one word each; "new" where nothing was accepted.
 */
static char *verdicts(struct ew_query *q, const struct ew_lesson *lesson,
		      const struct ew_lock *lock)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) findings = ew_lesson_examine(q, lesson, lock, NULL, &error);
	static const char *const grades[] = {"", "(warn)", "(fail)"};
	GString *text = g_string_new(NULL);

	g_assert_no_error(error);
	for (guint i = 0; i < findings->len; i++) {
		const struct ew_finding *f = findings->pdata[i];

		g_string_append_printf(text, "%s%s%s", i ? " " : "", f->verdict, grades[f->grade]);
	}
	return g_string_free(text, FALSE);
}

static void test_verdicts(void)
{
	ew_auto(lesson) lesson = demo_lesson();
	g_autofree char *before = NULL, *accepted = NULL, *later = NULL, *accepted_later = NULL;
	g_autoptr(GPtrArray) changes = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GError) error = NULL;
	int left;

	ew_auto(lock) lock = ew_lock_open(lesson->lock_dir, "1.1.7", &error);
	g_assert_no_error(error);
	g_assert_true(ew_lock_is_absent(lock));
	before = verdicts(q1, lesson, lock);
	g_assert_cmpstr(before, ==, "new(warn) new(warn) new(warn) new(warn) new(warn) new(warn)");
	g_assert_true(ew_lock_accept(lock, q1, lesson, &left, changes, &error));
	g_assert_no_error(error);
	g_assert_cmpint(left, ==, 0);
	g_assert_cmpint(changes->len, ==, 6);

	/* as a person accepted it, read back */
	ew_auto(lock) again = ew_lock_open(lesson->lock_dir, "1.1.7", &error);
	g_assert_false(ew_lock_is_absent(again));
	accepted = verdicts(q1, lesson, again);
	g_assert_cmpstr(accepted, ==, "exact exact exact exact exact exact");

	/* the next release, judged by what was accepted for the one before */
	later = verdicts(q2, lesson, again);
	g_assert_cmpstr(later, ==,
			"moved changed(warn) changed(warn) ambiguous(fail) lost(fail) moved");
	g_ptr_array_set_size(changes, 0);
	g_assert_true(ew_lock_accept(again, q2, lesson, &left, changes, &error));
	g_assert_cmpint(left, ==, 2);
	accepted_later = verdicts(q2, lesson, again);
	g_assert_cmpstr(accepted_later, ==, "exact exact exact ambiguous(fail) lost(fail) exact");
}

/* Where nobody accepted a release, what is lost there is no failure; what is ambiguous is the
 * lesson's own. */
static void test_verdicts_unsupported(void)
{
	ew_auto(lesson) lesson = demo_lesson();
	ew_auto(lock) lock = ew_lock_open(lesson->lock_dir, "9.9", NULL);
	g_autofree char *text = verdicts(q2, lesson, lock);

	g_assert_cmpstr(text, ==,
			"new(warn) new(warn) new(warn) ambiguous(fail) lost(warn) new(warn)");
}

static void test_lock_damaged(void)
{
	g_autofree char *dir = g_build_filename(work, "damaged", NULL);
	g_autofree char *file = g_build_filename(dir, "1.1.lock", NULL);
	g_autofree char *expected =
		g_strdup_printf("%s:2: not a line of an anchor lock; write the file "
				"anew with `exitwalk lesson accept`",
				file);
	g_autoptr(GError) error = NULL;

	g_mkdir(dir, 0700);
	g_assert_true(g_file_set_contents(file, "# fine\nnot fine\n", -1, NULL));
	g_assert_null(ew_lock_open(dir, "1.1", &error));
	g_assert_error(error, EW_ERROR, EW_ERROR_INPUT);
	g_assert_cmpstr(error->message, ==, expected);
}

/* ---- facts and questions --------------------------------------------------------------------- */

static void assert_fact(const char *fact, bool holds, const char *why)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *said = NULL;

	g_assert_cmpint(ew_lesson_check(q1, fact, &said, &error), ==, holds);
	g_assert_no_error(error);
	if (why)
		g_assert_cmpstr(said, ==, why);
}

static void test_facts(void)
{
	assert_fact("calls moved one", true, NULL);
	assert_fact("calls changed two through ops.close", true, NULL);
	assert_fact("calls moved one through ops.open", false,
		    "moved calls one, but not through ops.open");
	assert_fact("calls one moved", false, NULL);
	assert_fact("calls one moved | calls moved one", true, NULL);
	assert_fact("calls absent one", false, NULL);
	assert_fact("order changed one ops.close moved", true, NULL);
	assert_fact("order changed moved one", false, "changed calls one before moved");
	assert_fact("order changed gone one", false, "changed does not call gone");
	assert_fact("stores table ops.close two", true, NULL);
	assert_fact("stores table ops.close one", false, "table holds two");
	assert_fact("stores other ops.close two", false, "nothing is stored in ops.close of other");
	assert_fact("defers changed moved", false, "changed runs moved now");
	assert_fact("path changed one via moved", false, NULL); /* it is called directly */
	assert_fact("path changed two", true, NULL);
	assert_fact("under moved one \"t->count\"", true, NULL);
	assert_fact("under moved two \"elsewhere\"", false, NULL);
}

static void assert_solved(const char *question, const char *expected)
{
	ew_auto(lesson) lesson = demo_lesson();
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) answers = ew_lesson_solve(q1, lesson, question, &error);
	GString *text = g_string_new(NULL);

	for (guint i = 0; answers && i < answers->len; i++)
		g_string_append_printf(text, "%s%s", i ? " " : "", (char *)answers->pdata[i]);
	if (!answers)
		g_assert_error(error, EW_ERROR, EW_ERROR_NO_ANSWER);
	g_assert_cmpstr(text->str, ==, expected);
	g_string_free(text, TRUE);
}

static void test_questions(void)
{
	assert_solved("callers moved", "changed");
	assert_solved("callers one within changed", "changed moved");
	assert_solved("callers one within gone", "");
	assert_solved("callees changed calling two", "moved");
	assert_solved("held table ops.open", "one");
	assert_solved("count callers one", "3");
	assert_solved("count stores ops.close", "1");
	assert_solved("callers absent", "");
}

static void remove_tree(const char *path)
{
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *inner = g_build_filename(path, name, NULL);

		if (g_file_test(inner, G_FILE_TEST_IS_DIR))
			remove_tree(inner);
		else
			g_unlink(inner);
	}
	g_rmdir(path);
}

int main(int argc, char **argv)
{
	int result;

	g_test_init(&argc, &argv, NULL);
	work = g_dir_make_tmp("ew-anchor-XXXXXX", NULL);
	g_autofree char *first = make_index("first", "1", first_source);
	g_autofree char *second = make_index("second", "2", second_source);
	q1 = open_index("first");
	q2 = open_index("second");
	g_test_add_func("/anchor/in", test_in);
	g_test_add_func("/anchor/at", test_at);
	g_test_add_func("/anchor/like", test_like);
	g_test_add_func("/anchor/nothing-and-several", test_nothing_and_several);
	g_test_add_func("/anchor/ill-formed", test_ill_formed);
	g_test_add_func("/anchor/verdicts", test_verdicts);
	g_test_add_func("/anchor/verdicts-unsupported", test_verdicts_unsupported);
	g_test_add_func("/anchor/lock-damaged", test_lock_damaged);
	g_test_add_func("/anchor/facts", test_facts);
	g_test_add_func("/anchor/questions", test_questions);
	result = g_test_run();
	ew_query_close(q1);
	ew_query_close(q2);
	remove_tree(work);
	g_free(work);
	return result;
}
