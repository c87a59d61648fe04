/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lesson: the file format and its errors, progress, sessions. Anchors and facts are in test_anchor.
 */
#include "lesson/lesson.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define HEAD "---\nlesson: demo\ntitle: A demonstration\nwalk: a to c via b as tcp4\n---\n\n"

static struct ew_lesson *parse(const char *text)
{
	g_autoptr(GError) error = NULL;
	struct ew_lesson *lesson = ew_lesson_parse("demo.md", text, &error);

	g_assert_no_error(error);
	return lesson;
}

/* The text must be refused, with just these lines. */
static void assert_refused(const char *text, const char *expected)
{
	g_autoptr(GError) error = NULL;
	ew_auto(lesson) lesson = ew_lesson_parse("demo.md", text, &error);

	g_assert_null(lesson);
	g_assert_error(error, EW_ERROR, EW_ERROR_INPUT);
	g_assert_cmpstr(error->message, ==, expected);
}

/* The same of one block in a step; it begins in line 9. */
static void assert_block_refused(const char *block, const char *expected)
{
	g_autofree char *text = g_strconcat(HEAD "## One {#one}\n\n", block, NULL);

	assert_refused(text, expected);
}

static const struct ew_lesson_block *block_of(const struct ew_lesson *lesson, guint step, guint i)
{
	const struct ew_lesson_step *s = lesson->steps->pdata[step];

	return s->blocks->pdata[i];
}

/* ---- the format ------------------------------------------------------------------------------ */

static const char whole[] =
	HEAD "## The work is *queued* {#queued}\n\n"
	     "Prose with `code`,\nand more.\n\n* an item\n\n"
	     "```anchor\nin    function f | g\nat    call h\nnth   2 of 3\nshow  branch\n"
	     "drift it was\n      renamed\n```\n\n"
	     "```path\nat b\n```\n\n"
	     "```quiz\nid which\nask Which?\nchoice this\nchoice that\nanswer b\nbecause One.\n\n  "
	     "Two.\n```\n\n"
	     "```hint\nLook *there*.\n```\n\n"
	     "## Second {#second}\n\n"
	     "```anchor\nin struct s\n```\n"
	     "```check\ncalls a b | calls a b2\norder f a\n  b\n```\n"
	     "```claim\nsays It is so.\nverdict false\nbecause No.\nfact stores o s.m f\nfact "
	     "calls a b\n```\n"
	     "```live\nexperiment kill-established\npredict client: Which state?\npredict client end: And in the end?\n```\n"
	     "```quiz\nask Who?\nanswer callers a within b\n```\n"
	     "```note\nFor the teacher.\n```\n";

static void test_steps(void)
{
	ew_auto(lesson) lesson = parse(whole);
	const struct ew_lesson_step *step = lesson->steps->pdata[0];

	g_assert_cmpstr(lesson->slug, ==, "demo");
	g_assert_cmpstr(lesson->title, ==, "A demonstration");
	g_assert_cmpstr(lesson->walk.via, ==, "b");
	g_assert_cmpstr(lesson->walk.as, ==, "tcp4");
	g_assert_cmpuint(strlen(lesson->hash), ==, 16);
	g_assert_cmpint(lesson->steps->len, ==, 2);
	g_assert_cmpstr(step->slug, ==, "queued");
	g_assert_cmpstr(step->title, ==, "The work is queued");
	g_assert_cmpint(step->line, ==, 7);
	g_assert_true(ew_lesson_step(lesson, "second") == lesson->steps->pdata[1]);
	g_assert_null(ew_lesson_step(lesson, "third"));
}

static void test_blocks(void)
{
	ew_auto(lesson) lesson = parse(whole);
	const struct ew_lesson_block *b = block_of(lesson, 0, 0);

	g_assert_cmpint(b->kind, ==, EW_LESSON_PROSE);
	g_assert_cmpint(b->line, ==, 9);
	g_assert_cmpint(b->prose->len, ==, 2);
	b = block_of(lesson, 0, 1);
	g_assert_cmpint(b->kind, ==, EW_LESSON_ANCHOR);
	g_assert_cmpint(b->line, ==, 14);
	g_assert_cmpstr(b->anchor->key, ==, "demo/queued#1");
	g_assert_cmpstr(b->anchor->spec.in, ==, "function f | g");
	g_assert_cmpint(b->anchor->spec.nth, ==, 2);
	g_assert_cmpint(b->anchor->spec.of, ==, 3);
	g_assert_cmpstr(b->anchor->drift, ==, "it was renamed");
	b = block_of(lesson, 0, 2);
	g_assert_cmpstr(b->path->from, ==, "a"); /* the lesson's walk */
	g_assert_cmpstr(b->path->at, ==, "b");
	b = block_of(lesson, 0, 4);
	g_assert_cmpint(b->kind, ==, EW_LESSON_HINT);
	g_assert_cmpint(b->prose->len, ==, 1);
	g_assert_cmpint(block_of(lesson, 1, 5)->kind, ==, EW_LESSON_NOTE);
}

static void test_questions(void)
{
	ew_auto(lesson) lesson = parse(whole);
	const struct ew_quiz *q = block_of(lesson, 0, 3)->quiz;
	const struct ew_lesson_block *b;

	g_assert_cmpint(q->kind, ==, EW_QUIZ_CHOICE);
	g_assert_cmpint(q->choices->len, ==, 2);
	g_assert_cmpstr(q->because, ==, "One.\n\nTwo.");
	q = block_of(lesson, 1, 4)->quiz;
	g_assert_cmpint(q->kind, ==, EW_QUIZ_SYMBOL);
	g_assert_true(q->is_question);
	g_assert_cmpstr(q->id, ==, "quiz");
	b = block_of(lesson, 1, 1);
	g_assert_cmpint(b->facts->len, ==, 2);
	g_assert_cmpstr(((struct ew_check_fact *)b->facts->pdata[1])->text, ==, "order f a b");
	b = block_of(lesson, 1, 2);
	g_assert_cmpint(b->claim->facts->len, ==, 2);
	b = block_of(lesson, 1, 3);
	g_assert_cmpstr(((struct ew_prediction *)b->live->predictions->pdata[0])->side, ==,
			"client");
	g_assert_cmpstr(((struct ew_prediction *)b->live->predictions->pdata[0])->ask, ==,
			"Which state?");
	g_assert_cmpstr(((struct ew_prediction *)b->live->predictions->pdata[1])->side, ==, "client end");
	g_assert_cmpstr(((struct ew_prediction *)b->live->predictions->pdata[1])->ask, ==, "And in the end?");
}

/* ---- what is refused ------------------------------------------------------------------------- */

static void test_refused_front(void)
{
	assert_refused(
		"---\ntitle: T\n---\n## A {#a}\n\nx\n",
		"demo.md:1: the front matter needs `lesson: name`, of lower case letters, digits "
		"and dashes");
	assert_refused(
		"---\nlesson: a\ntitle: T\ncolour: red\n---\n## A {#a}\n\nx\n",
		"demo.md:1: the front matter's `colour` is not known; use lesson, title, time, "
		"about, walk or source");
	assert_refused("---\nlesson: a\ntitle: T\nwalk: from here\n---\n## A {#a}\n\nx\n",
		       "demo.md:1: `walk: from here` is not `FROM to TO [via F …] [as BINDING]`");
}

static void test_refused_steps(void)
{
	assert_refused(HEAD,
		       "demo.md:6: the lesson has no step; begin one with `## Title {#name}`");
	assert_refused(HEAD "Early.\n\n## A {#a}\n",
		       "demo.md:7: text before the first step; begin one with `## Title {#name}`");
	assert_refused(
		HEAD "## A\n",
		"demo.md:7: the step \"A\" has no name; end the heading with {#name}, of lower "
		"case letters, digits and dashes");
	assert_refused(HEAD "## A {#a}\n\n## B {#a}\n",
		       "demo.md:9: the step name `a` was taken in line 7; choose another");
}

static void test_refused_directives(void)
{
	assert_block_refused(
		"```anker\nin function f\n```\n",
		"demo.md:9: `anker` is no directive; use anchor, path, quiz, hint, check, "
		"live, claim or note, or text, sh, console or c for text that is only read");
	assert_block_refused(
		"* item\n\n  ```quiz\n  ask x\n  ```\n",
		"demo.md:11: the directive `quiz` stands inside a list or a quotation; move "
		"it to the margin");
	assert_block_refused("```hint\n```\n", "demo.md:9: the hint is empty");
	assert_block_refused(
		"```anchor\nin function f\nwhere here\n```\n",
		"demo.md:11: `where` is not a key of anchor; use in, at, nth, show, drift");
	assert_block_refused("```anchor\nin function f\nin function g\n```\n",
			     "demo.md:11: `in` comes a second time");
	assert_block_refused("```anchor\nin\n```\n", "demo.md:10: `in` has no value");
}

static void test_refused_anchors(void)
{
	assert_block_refused("```anchor\nat call f\n```\n",
			     "demo.md:9: the anchor has no `in`; add one");
	assert_block_refused(
		"```anchor\nin place f\n```\n",
		"demo.md:10: an anchor is `in function|struct|table|macro|file NAME`, not "
		"`in place f`");
	assert_block_refused(
		"```anchor\nin function f\nat near g\n```\n",
		"demo.md:11: `at near g` is not known; use def, call F, "
		"read|write|addr|cond S.m, init .m, return, label L, comment TEXT or like "
		"FRAGMENT");
	assert_block_refused("```anchor\nin function f\nat call\n```\n",
			     "demo.md:11: `at call` lacks what to look for");
	assert_block_refused("```anchor\nin function f |\n```\n",
			     "demo.md:10: `in function f |` lacks a name");
	assert_block_refused("```anchor\nin function f\nnth 3 of 2\n```\n",
			     "demo.md:11: `nth 3 of 2` is not `2` or `2 of 3`");
	assert_block_refused("```anchor\nin function f\nshow around\n```\n",
			     "demo.md:11: `show around` is not known; use line, statement, branch, "
			     "function or around N");
}

static void test_refused_quizzes(void)
{
	assert_block_refused("```quiz\nask Which?\n```\n",
			     "demo.md:9: the quiz has no `answer`; add one");
	assert_block_refused(
		"```quiz\nask Which?\nchoice a\nchoice b\nanswer c\n```\n",
		"demo.md:13: `answer c` is none of the choices; use a letter from a to b");
	assert_block_refused("```quiz\nask Which?\nchoice only\nanswer a\n```\n",
			     "demo.md:9: a quiz with choices needs 2 to 26 of them");
	assert_block_refused(
		"```quiz\nask Which?\nanswer the one\n```\n",
		"demo.md:11: `answer the one` is neither a letter, a number, a symbol nor a "
		"question to the index");
	assert_block_refused(
		"```quiz\nask Which?\nanswer callers f in g\n```\n",
		"demo.md:11: `callers f in g` is no question; ask callers F [within A], "
		"callees F [calling G], held OBJECT S.m, after F, before F, count callers F, "
		"count stores S.m or count hops");
	assert_block_refused(
		"```quiz\nask A?\nanswer f\n```\n```quiz\nask B?\nanswer f\n```\n",
		"demo.md:13: the quiz id `quiz` was taken in line 9; give this one another");
}

static void test_refused_facts(void)
{
	assert_block_refused("```check\n```\n",
			     "demo.md:9: the check holds no fact; add one a line");
	assert_block_refused(
		"```check\ncalls a b\ncall a b\n```\n",
		"demo.md:11: `call a b` is no fact; it begins with calls, order, stores, "
		"defers, path or under");
	assert_block_refused(
		"```check\ncalls a b via x\n```\n",
		"demo.md:10: `calls a b via x` is not of the form `calls A B [through S.m]`");
	assert_block_refused(
		"```check\npath a b as\n```\n",
		"demo.md:10: `path a b as` is not of the form `path A B [as BINDING] [via F "
		"…]`");
	assert_block_refused("```claim\nsays x\nverdict maybe\nbecause y\nfact calls a b\n```\n",
			     "demo.md:11: `verdict maybe` is not true, false or half true");
	assert_block_refused(
		"```claim\nsays x\nverdict true\nbecause y\n```\n",
		"demo.md:9: nothing proves or refutes the claim; give it a `fact` or a "
		"`live`");
	assert_block_refused("```live\nexperiment e\n```\n",
			     "demo.md:9: a live step asks first; add `predict SIDE: QUESTION`");
	assert_block_refused(
		"```live\nexperiment ../e\npredict a: b\n```\n",
		"demo.md:10: `experiment ../e`: give the experiment's name alone; its file "
		"stands in experiments/");
	assert_block_refused("```live\nexperiment e\npredict what state\n```\n",
			     "demo.md:11: `predict what state` is neither `predict SIDE: QUESTION` nor `predict SIDE end: QUESTION`");
	assert_block_refused("```live\nexperiment e\npredict client then: what?\n```\n",
			     "demo.md:11: `predict client then: what?` is neither `predict SIDE: QUESTION` nor `predict SIDE end: QUESTION`");
}

/* Every problem is told, not only the first. */
static void test_all_problems(void)
{
	assert_block_refused(
		"```hint\n```\n```anker\n```\n",
		"demo.md:9: the hint is empty\n"
		"demo.md:11: `anker` is no directive; use anchor, path, quiz, hint, check, "
		"live, claim or note, or text, sh, console or c for text that is only read");
}

static void test_refused_files(void)
{
	g_autofree char *dir = g_dir_make_tmp("ew-XXXXXX", NULL);
	g_autofree char *file = g_build_filename(dir, "x.md", NULL);
	g_autoptr(GError) error = NULL;

	g_assert_null(ew_lesson_load(file, &error));
	g_assert_error(error, EW_ERROR, EW_ERROR_INPUT);
	g_clear_error(&error);
	g_assert_true(g_file_set_contents(file, "---\0---", 7, NULL));
	g_assert_null(ew_lesson_load(file, &error));
	g_assert_error(error, EW_ERROR, EW_ERROR_INPUT);
	g_unlink(file);
	g_rmdir(dir);
}

/* ---- prose ----------------------------------------------------------------------------------- */

static char *flat(const char *markdown)
{
	static const char *const kinds[] = {"P", "H", "I", "Q", "C"};
	static const char *const marks[] = {"", "`", "_", "*", "@"};
	g_autoptr(GPtrArray) prose = ew_prose_parse(markdown);
	GString *s = g_string_new(NULL);

	for (guint i = 0; i < prose->len; i++) {
		const struct ew_prose *p = prose->pdata[i];

		g_string_append_printf(s, "%s%s%d.%d:", i ? "\n" : "", kinds[p->kind], p->level,
				       p->number);
		for (guint j = 0; j < p->spans->len; j++) {
			const struct ew_prose_span *span = p->spans->pdata[j];

			g_string_append_printf(s, "%s%s%s%s", marks[span->kind], span->text,
					       span->target ? ">" : "",
					       span->target ? span->target : marks[span->kind]);
		}
	}
	return g_string_free(s, FALSE);
}

static void assert_flat(const char *markdown, const char *expected)
{
	g_autofree char *s = flat(markdown);

	g_assert_cmpstr(s, ==, expected);
}

static void test_prose(void)
{
	assert_flat("One\n*two* `three`\n\nFour **five**",
		    "P0.0:One _two_ `three`\nP0.0:Four *five*");
	assert_flat("### Head\n\n1. a\n2. b\n\n   c\n   * d\n",
		    "H3.0:Head\nI1.1:a\nI1.2:b\nI0.0:c\nI2.0:d");
	assert_flat("> said\n\n    code\n      more\n", "Q0.0:said\nC0.0:`code\n  more`");
	assert_flat("[man](https://man7.org) <b>", "P0.0:@man>https://man7.org <b>");
}

/* What a terminal would obey never gets out of a lesson. */
static void test_prose_clean(void)
{
	assert_flat("a\x1b[2Jb\x07", "P0.0:a[2Jb");
	assert_flat("a\xc2\x9b"
		    "31mb",
		    "P0.0:a31mb");
	assert_flat("a\xe2\x80\xae"
		    "b",
		    "P0.0:ab");
	assert_flat("a\xff"
		    "b",
		    "P0.0:a\xef\xbf\xbd"
		    "b");
}

/* ---- progress -------------------------------------------------------------------------------- */

struct place {
	char *dir, *file;
};

static void place_make(struct place *p, gconstpointer data)
{
	p->dir = g_dir_make_tmp("ew-XXXXXX", NULL);
	p->file = g_build_filename(p->dir, "state", "progress.jsonl", NULL);
}

static void place_remove(struct place *p, gconstpointer data)
{
	g_autofree char *state = g_path_get_dirname(p->file);

	g_chmod(state, 0700);
	g_unlink(p->file);
	g_rmdir(state);
	g_unlink(state);
	g_rmdir(p->dir);
	g_free(p->dir);
	g_free(p->file);
}

static void test_progress_kept(struct place *p, gconstpointer data)
{
	g_autofree char *text = NULL;

	g_setenv("EXITWALK_NOW", "1700000000", TRUE);
	{
		ew_auto(progress_log) log = ew_progress_open(p->file);

		ew_progress_add(log, EW_EVENT_SEEN, "demo", "one", NULL, "hash", "index");
		ew_progress_add(log, EW_EVENT_FAILED, "demo", "one", "quiz", "hash", NULL);
		g_assert_null(ew_progress_warning(log));
	}
	g_assert_true(g_file_get_contents(p->file, &text, NULL, NULL));
	g_assert_cmpstr(text, ==,
			"{\"time\":\"2023-11-14T22:13:20Z\",\"lesson\":\"demo\",\"step\":\"one\","
			"\"event\":\"seen\",\"hash\":\"hash\",\"index\":\"index\"}\n"
			"{\"time\":\"2023-11-14T22:13:20Z\",\"lesson\":\"demo\",\"step\":\"one\","
			"\"item\":\"quiz\",\"event\":\"failed\",\"hash\":\"hash\"}\n");
	ew_auto(progress_log) log = ew_progress_open(p->file);
	g_assert_cmpint(ew_progress_entries(log)->len, ==, 2);
	g_assert_true(ew_progress_standing(log, "demo", "one", NULL).is_seen);
	g_assert_true(ew_progress_standing(log, "demo", "one", "quiz").is_failed);
	g_assert_false(ew_progress_standing(log, "demo", "one", "quiz").is_passed);
	g_assert_false(ew_progress_standing(log, "demo", "two", NULL).is_seen);
	g_assert_false(ew_progress_standing(log, "other", "one", NULL).is_seen);
}

/* Passed outlives a later failure; a reset forgets, and what comes after it counts. */
static void test_progress_standing(struct place *p, gconstpointer data)
{
	ew_auto(progress_log) log = ew_progress_open(p->file);

	ew_progress_add(log, EW_EVENT_PASSED, "demo", "one", "quiz", NULL, NULL);
	ew_progress_add(log, EW_EVENT_FAILED, "demo", "one", "quiz", NULL, NULL);
	ew_progress_add(log, EW_EVENT_HINT, "demo", "one", "quiz", NULL, NULL);
	g_assert_true(ew_progress_standing(log, "demo", "one", "quiz").is_passed);
	g_assert_cmpint(ew_progress_standing(log, "demo", "one", "quiz").hints, ==, 1);
	ew_progress_add(log, EW_EVENT_RESET, "demo", "two", NULL, NULL, NULL);
	g_assert_true(ew_progress_standing(log, "demo", "one", "quiz").is_passed);
	ew_progress_add(log, EW_EVENT_RESET, "demo", NULL, NULL, NULL, NULL);
	g_assert_false(ew_progress_standing(log, "demo", "one", "quiz").is_passed);
	ew_progress_add(log, EW_EVENT_SEEN, "demo", "one", NULL, NULL, NULL);
	g_assert_true(ew_progress_standing(log, "demo", "one", NULL).is_seen);
}

static void test_progress_torn(struct place *p, gconstpointer data)
{
	const char *line = "{\"lesson\":\"demo\",\"step\":\"one\",\"event\":\"seen\"}";
	g_autofree char *state = g_path_get_dirname(p->file);
	g_autofree char *text =
		g_strdup_printf("%s\nnot json\n[1]\n{\"event\":\"dance\"}\n%.20s", line, line);

	g_mkdir(state, 0700);
	g_assert_true(g_file_set_contents(p->file, text, -1, NULL));
	{
		ew_auto(progress_log) log = ew_progress_open(p->file);

		g_assert_null(ew_progress_warning(log));
		g_assert_cmpint(ew_progress_entries(log)->len, ==, 1);
		ew_progress_add(log, EW_EVENT_SEEN, "demo", "two", NULL, NULL, NULL);
	}
	ew_auto(progress_log) again = ew_progress_open(p->file);
	g_assert_cmpint(ew_progress_entries(again)->len, ==, 2);
	g_assert_true(ew_progress_standing(again, "demo", "two", NULL).is_seen);
}

/* A place that cannot be written (here: a file where the directory should be): one warning, and the
 * session still remembers. */
static void test_progress_no_place(struct place *p, gconstpointer data)
{
	g_autofree char *state = g_path_get_dirname(p->file);
	const char *warning;

	g_assert_true(g_file_set_contents(state, "", 0, NULL));
	ew_auto(progress_log) log = ew_progress_open(p->file);
	ew_progress_add(log, EW_EVENT_SEEN, "demo", "one", NULL, NULL, NULL);
	warning = ew_progress_warning(log);
	g_assert_nonnull(warning);
	g_assert_nonnull(strstr(warning, p->file));
	ew_progress_add(log, EW_EVENT_SEEN, "demo", "two", NULL, NULL, NULL);
	g_assert_null(ew_progress_warning(log));
	g_assert_true(ew_progress_standing(log, "demo", "two", NULL).is_seen);
}

static void test_progress_full(struct place *p, gconstpointer data)
{
	ew_auto(progress_log) log = ew_progress_open("/dev/full");

	ew_progress_add(log, EW_EVENT_SEEN, "demo", "one", NULL, NULL, NULL);
	g_assert_nonnull(strstr(ew_progress_warning(log), "/dev/full"));
	g_assert_null(ew_progress_warning(log));
	g_assert_true(ew_progress_standing(log, "demo", "one", NULL).is_seen);
}

/* ---- sessions (without an index) ------------------------------------------------------------- */

static void test_session_moves(struct place *p, gconstpointer data)
{
	ew_auto(lesson) lesson = parse(whole);
	ew_auto(progress_log) log = ew_progress_open(p->file);
	g_autoptr(GError) error = NULL;
	{
		ew_auto(session) s = ew_session_new(lesson, NULL, log, NULL);

		g_assert_cmpint(ew_session_position(s), ==, 0);
		g_assert_false(ew_session_prev(s));
		ew_session_seen(s);
		ew_session_seen(s);
		g_assert_cmpint(ew_progress_entries(log)->len, ==, 1);
		g_assert_true(ew_session_next(s));
		g_assert_false(ew_session_next(s));
		g_assert_true(ew_session_go(s, "queued", NULL));
		g_assert_true(ew_session_go(s, "2", NULL));
		g_assert_cmpint(ew_session_position(s), ==, 1);
		g_assert_false(ew_session_go(s, "3", &error));
		g_assert_error(error, EW_ERROR, EW_ERROR_USAGE);
		g_assert_cmpstr(
			error->message, ==,
			"demo has no step `3`; give a number from 1 to 2 or one of: queued, "
			"second");
	}
	ew_auto(session) again = ew_session_new(lesson, NULL, log, NULL);
	g_assert_cmpint(ew_session_position(again), ==, 1); /* the first that was not seen */
}

static bool answer(struct ew_session *s, const char *text)
{
	g_autoptr(GError) error = NULL;
	ew_auto(grade) grade = ew_session_answer(s, ew_session_quiz(s, NULL), text, &error);

	g_assert_no_error(error);
	return grade->is_right;
}

static void test_session_quiz(struct place *p, gconstpointer data)
{
	ew_auto(lesson) lesson = parse(whole);
	ew_auto(progress_log) log = ew_progress_open(p->file);
	ew_auto(session) s = ew_session_new(lesson, NULL, log, NULL);
	g_autoptr(GError) error = NULL;

	g_assert_false(answer(s, "a"));
	g_assert_null(ew_session_answer(s, ew_session_quiz(s, NULL), "c", &error));
	g_assert_error(error, EW_ERROR, EW_ERROR_USAGE);
	g_clear_error(&error);
	g_assert_null(ew_session_answer(s, ew_session_quiz(s, NULL), " ", NULL));
	g_assert_cmpint(ew_progress_entries(log)->len, ==, 1); /* no answer, no event */
	g_assert_true(answer(s, " B "));
	g_assert_true(ew_progress_standing(log, "demo", "queued", "which").is_passed);
	g_assert_nonnull(ew_session_hint(s));
	g_assert_null(ew_session_hint(s));
	g_assert_cmpint(ew_progress_score(log, lesson).passed, ==, 1);
	g_assert_cmpint(ew_progress_score(log, lesson).quizzes, ==, 4);
	/* a question to an index that is not there */
	g_assert_true(ew_session_next(s));
	g_assert_null(ew_session_answer(s, ew_session_quiz(s, NULL), "x", &error));
	g_assert_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE);
}

static void test_quiz_kinds(void)
{
	ew_auto(lesson) lesson =
		parse(HEAD "## One {#one}\n\n```quiz\nid n\nask How many?\nanswer 60\n```\n"
			   "```quiz\nid s\nask Who?\nanswer fput | filp_close\n```\n");
	ew_auto(session) s = ew_session_new(lesson, NULL, NULL, NULL);
	g_autoptr(GError) error = NULL;
	const struct ew_quiz *n = ew_session_quiz(s, "n"), *symbol = ew_session_quiz(s, "s");

	g_assert_null(ew_session_quiz(s, "none"));
	g_assert_cmpint(n->kind, ==, EW_QUIZ_NUMBER);
	g_assert_null(ew_session_answer(s, n, "many", &error));
	g_assert_error(error, EW_ERROR, EW_ERROR_USAGE);
	g_clear_error(&error);
	ew_auto(grade) right = ew_session_answer(s, n, "0x3c", NULL);
	g_assert_true(right->is_right);
	ew_auto(grade) wrong = ew_session_answer(s, symbol, "close", NULL);
	g_assert_false(wrong->is_right);
	g_assert_cmpstr(wrong->expected, ==, "fput or filp_close");
	ew_auto(grade) call = ew_session_answer(s, symbol, "`fput()`", NULL);
	g_assert_true(call->is_right);
	g_assert_null(ew_session_answer(s, symbol, "two words", &error));
	g_assert_error(error, EW_ERROR, EW_ERROR_USAGE);
}

/* ---- the course ------------------------------------------------------------------------------ */

static void test_course(struct place *p, gconstpointer data)
{
	g_autofree char *good = g_build_filename(p->dir, "good.md", NULL);
	g_autofree char *bad = g_build_filename(p->dir, "bad.md", NULL);
	g_autofree char *readme = g_build_filename(p->dir, "README.md", NULL);
	g_autoptr(GError) error = NULL;

	g_setenv("EXITWALK_DATA", "/nonexistent", TRUE);
	g_assert_true(g_file_set_contents(good, HEAD "## One {#one}\n\nx\n", -1, NULL));
	g_assert_true(g_file_set_contents(bad, HEAD "```anker\n```\n", -1, NULL));
	g_assert_true(g_file_set_contents(readme, "# Not a lesson\n", -1, NULL));
	ew_auto(course) course = ew_course_open((const char *[]){p->dir, NULL});
	g_assert_cmpint(course->entries->len, ==, 2);
	const struct ew_course_entry *first = course->entries->pdata[0],
				     *last = course->entries->pdata[1];
	g_assert_cmpstr(first->slug, ==, "bad");
	g_assert_nonnull(first->problem);
	g_assert_cmpstr(last->slug, ==, "demo");
	g_assert_null(last->problem);
	ew_auto(lesson) lesson = ew_course_load(course, "demo", &error);
	g_assert_no_error(error);
	g_assert_null(ew_course_load(course, "none", &error));
	g_assert_cmpstr(error->message, ==, "no lesson is called `none`; there are: bad, demo");
	g_unlink(good);
	g_unlink(bad);
	g_unlink(readme);
}

#define ADD(name, function)                                                                        \
	g_test_add("/lesson/" name, struct place, NULL, place_make, function, place_remove)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/lesson/steps", test_steps);
	g_test_add_func("/lesson/blocks", test_blocks);
	g_test_add_func("/lesson/questions", test_questions);
	g_test_add_func("/lesson/refused/front", test_refused_front);
	g_test_add_func("/lesson/refused/steps", test_refused_steps);
	g_test_add_func("/lesson/refused/directives", test_refused_directives);
	g_test_add_func("/lesson/refused/anchors", test_refused_anchors);
	g_test_add_func("/lesson/refused/quizzes", test_refused_quizzes);
	g_test_add_func("/lesson/refused/facts", test_refused_facts);
	g_test_add_func("/lesson/refused/all", test_all_problems);
	g_test_add_func("/lesson/refused/files", test_refused_files);
	g_test_add_func("/lesson/prose", test_prose);
	g_test_add_func("/lesson/prose-clean", test_prose_clean);
	g_test_add_func("/lesson/quiz-kinds", test_quiz_kinds);
	ADD("progress/kept", test_progress_kept);
	ADD("progress/standing", test_progress_standing);
	ADD("progress/torn", test_progress_torn);
	ADD("progress/no-place", test_progress_no_place);
	ADD("progress/full", test_progress_full);
	ADD("session/moves", test_session_moves);
	ADD("session/quiz", test_session_quiz);
	ADD("course", test_course);
	return g_test_run();
}
