/* SPDX-License-Identifier: GPL-3.0-or-later */
/* parse: units behind precompiled prefixes. */
#include "facts_of.h"

static int compare_lines(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *sorted(GPtrArray *lines)
{
	g_ptr_array_sort(lines, compare_lines);
	g_ptr_array_add(lines, NULL);
	return g_strjoinv("\n", (char **)lines->pdata);
}

/* Headers with a table, an inline, a macro that the unit may change. */
static void put_headers(void)
{
	put_file("ops.h", "#ifndef OPS_H\n#define OPS_H\nstruct ops { int (*open)(void); };\n"
			  "static inline int run(const struct ops *o) { return o->open(); }\n"
			  "#define RUN(o) run(o)\n#endif\n");
	put_file("more.h", "#ifndef MORE_H\n#define MORE_H\n#include <ops.h>\n#ifdef LESS\n"
			   "static inline int less(void) { return 1; }\n#else\n"
			   "static inline int more(void) { return 2; }\n#endif\n#ifndef pr_fmt\n"
			   "#define pr_fmt(f) f\n#endif\n#endif\n");
}

static char *make_prefix(struct ew_parser *p, GPtrArray *lines)
{
	static const char *const headers[] = {"<ops.h>", "\"more.h\"", NULL};
	static const char *const argv[] = {"-I.", NULL};
	char *path = g_build_filename(work, "prefix", NULL);
	const struct ew_parse_prefix prefix = {path, headers, false};
	struct ew_sink sink = line_sink(lines);
	g_autoptr(GError) error = NULL;

	g_assert_true(ew_parser_make_prefix(p, &prefix, work, argv, &sink, &error));
	g_assert_no_error(error);
	return path;
}

/* All facts of a unit with its headers; behind the prefix where `fits`. Files are left out: who says
 * the prefix's own is the prefix. */
static void compare_behind_prefix(const char *source, bool fits)
{
	ew_auto(parser) plain = new_parser();
	ew_auto(parser) behind = new_parser();
	g_autoptr(GPtrArray) with = g_ptr_array_new_with_free_func(g_free), unit = NULL, without = NULL;
	g_autofree char *prefix = NULL, *a = NULL, *b = NULL;
	struct ew_parse_result result;
	guint i;

	put_headers();
	put_file("t.c", source);
	prefix = make_prefix(behind, with);
	unit = tell(behind, "t.c", prefix, &result);
	g_assert_true((result.prefix >= 0) == fits);
	g_assert_cmpint(result.errors, ==, 0);
	if (!fits) /* parsed as it stands, and all of it is in there */
		g_ptr_array_set_size(with, 0);
	for (i = 0; i < unit->len; i++)
		if (!count(with, unit->pdata[i]))
			g_ptr_array_add(with, g_strdup(unit->pdata[i]));
	without = tell(plain, "t.c", NULL, &result);
	g_assert_cmpint(result.prefix, <, 0);
	if (!fits)
		return;
	a = sorted(with);
	b = sorted(without);
	g_assert_cmpstr(a, ==, b);
}

#define USE "static int one(void) { return 1; }\nstatic const struct ops table = { .open = one };\n" \
	    "int f(void) { return RUN(&table) + more(); }\n"

static void test_prefix(void)
{
	compare_behind_prefix("#include <ops.h>\n#include <more.h>\n" USE, true);
	compare_behind_prefix("#define pr_fmt(f) \"t: \" f\n#include <more.h>\n" USE, true);
	compare_behind_prefix("#define LOCAL 1\n#include <more.h>\n#include <ops.h>\n" USE, true);
	compare_behind_prefix("#include <more.h>\n#define LESS 1\n" USE, true); /* after the last include */
}

static void test_prefix_does_not_fit(void)
{
	ew_auto(parser) p = new_parser();
	g_autoptr(GPtrArray) headers = g_ptr_array_new_with_free_func(g_free), lines = NULL;
	g_autofree char *prefix = NULL;
	struct ew_parse_result result;

	put_headers();
	prefix = make_prefix(p, headers);
	expect_line(headers, "function more.h:more more.h:7-7 static inline int (void)");
	put_file("t.c", "#define LESS 1\n#include <more.h>\nint f(void) { return less(); }\n");
	lines = tell(p, "t.c", prefix, &result);
	g_assert_cmpint(result.prefix, <, 0);
	g_assert_cmpint(result.errors, ==, 0);
	expect_line(lines, "3 f calls more.h:less");
	expect_line(lines, "function more.h:less more.h:5-5 static inline int (void)");
	compare_behind_prefix("#define pr_fmt(f) run(f)\n#include <more.h>\n" USE, false);
	compare_behind_prefix("#undef OPS_H\n#include <more.h>\n" USE, false);
	compare_behind_prefix(" # define LESS\n#include <more.h>\nint f(void) { return less(); }\n", false);
}

/* A header that does not compile is left out; of nothing but such, there is no prefix. */
static void test_prefix_of_broken_headers(void)
{
	static const char *const mixed[] = {"<ops.h>", "<broken.h>", "<more.h>", NULL};
	static const char *const broken[] = {"<broken.h>", "<none.h>", NULL};
	static const char *const argv[] = {"-I.", NULL};
	g_autofree char *path = g_build_filename(work, "prefix2", NULL);
	const struct ew_parse_prefix good = {path, mixed, false}, bad = {path, broken, false};
	g_autofree char *pch = g_strconcat(path, ".pch", NULL);
	g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
	struct ew_sink sink = line_sink(lines);
	ew_auto(parser) p = new_parser();
	g_autoptr(GError) error = NULL;

	put_headers();
	put_file("broken.h", "int broken( ;\nstruct needs x;\n");
	g_assert_true(ew_parser_make_prefix(p, &good, work, argv, &sink, &error));
	g_assert_no_error(error);
	expect_line(lines, "function more.h:more more.h:7-7 static inline int (void)");
	expect_no(lines, "broken.h");
	unlink(pch);
	g_assert_false(ew_parser_make_prefix(p, &bad, work, argv, &sink, &error));
	g_assert_error(error, EW_ERROR, EW_ERROR_INPUT);
	g_assert_false(g_file_test(pch, G_FILE_TEST_EXISTS));
}

/* A header without a guard would be read twice. */
static void test_prefix_of_unguarded_headers(void)
{
	static const char *const headers[] = {"<ops.h>", "\"bare.h\"", "<once.h>", NULL};
	static const char *const argv[] = {"-I.", NULL};
	g_autofree char *path = g_build_filename(work, "prefix3", NULL);
	const struct ew_parse_prefix prefix = {path, headers, false};
	const struct ew_parse_prefix *const prefixes[] = {&prefix, NULL};
	g_autofree char *file = g_build_filename(work, "t.c", NULL);
	struct ew_parse_unit unit = {file, work, argv, prefixes};
	g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
	struct ew_sink sink = line_sink(lines);
	struct ew_parse_result result;
	ew_auto(parser) p = new_parser();

	put_headers();
	put_file("bare.h", "static int bare(void) { return 1; }\n#ifndef LATE\n#endif\n");
	put_file("once.h", "// a comment\n/* another */\n# pragma once\nstatic int once(void) { return 2; }\n");
	g_assert_true(ew_parser_make_prefix(p, &prefix, work, argv, &sink, NULL));
	expect_no(lines, "bare.h");
	put_file("t.c", "#include <once.h>\n#include \"bare.h\"\nint f(void) { return bare() + once(); }\n");
	g_assert_true(ew_parse_unit(p, &unit, &sink, &result, NULL));
	g_assert_cmpint(result.prefix, ==, 0);
	expect_line(lines, "3 f calls bare.h:bare");
	expect_line(lines, "3 f calls once.h:once");
}

/* A unit that defines trace events needs their header unread. */
static void test_plain_prefix(void)
{
	static const char *const headers[] = {"<ops.h>", "<events.h>", NULL};
	static const char *const argv[] = {"-I.", NULL};
	g_autofree char *one = g_build_filename(work, "one", NULL);
	g_autofree char *two = g_build_filename(work, "two", NULL);
	const struct ew_parse_prefix full = {one, headers, false}, plain = {two, headers, true};
	const struct ew_parse_prefix *const prefixes[] = {&full, &plain, NULL};
	const struct ew_parse_prefix *const only_full[] = {&full, NULL};
	g_autofree char *file = g_build_filename(work, "t.c", NULL);
	struct ew_parse_unit unit = {file, work, argv, prefixes};
	g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
	struct ew_sink sink = line_sink(lines);
	struct ew_parse_result result;
	ew_auto(parser) p = new_parser();

	put_headers();
	put_file("events.h", "#undef SYSTEM\n#define SYSTEM events\n#if !defined(EVENTS_H)\n#define EVENTS_H\n"
			     "void event(void);\n#endif\n#include <trace/define_trace.h>\n");
	put_file("trace/define_trace.h", "#ifdef CREATE_TRACE_POINTS\nvoid event(void) { }\n#endif\n");
	g_assert_true(ew_parser_make_prefix(p, &full, work, argv, &sink, NULL));
	g_assert_true(ew_parser_make_prefix(p, &plain, work, argv, &sink, NULL));
	put_file("t.c", "#include <ops.h>\n#define CREATE_TRACE_POINTS\n#include <events.h>\n"
			"int f(struct ops *o) { event(); return run(o); }\n");
	g_assert_true(ew_parse_unit(p, &unit, &sink, &result, NULL));
	g_assert_cmpint(result.prefix, >=, 0);
	expect_line(lines, "function event trace/define_trace.h:2-2 void (void)");
	unit.prefixes = only_full;
	g_assert_true(ew_parse_unit(p, &unit, &sink, &result, NULL));
	g_assert_cmpint(result.prefix, <, 0);
}

static void test_damaged_prefix(void)
{
	ew_auto(parser) p = new_parser();
	g_autoptr(GPtrArray) headers = g_ptr_array_new_with_free_func(g_free), lines = NULL;
	g_autofree char *prefix = NULL, *pch = NULL;
	struct ew_parse_result result;

	put_headers();
	prefix = make_prefix(p, headers);
	pch = g_strconcat(prefix, ".pch", NULL);
	g_assert_cmpint(truncate(pch, 5000), ==, 0);
	put_file("t.c", "#include <more.h>\n" USE);
	lines = tell(p, "t.c", prefix, &result);
	g_assert_cmpint(result.prefix, <, 0);
	g_assert_cmpint(result.errors, ==, 0);
	expect_line(lines, "4 f calls more.h:more");
}

static void test_unit_macro(void)
{
	g_assert_true(ew_parse_is_unit_macro("-DKBUILD_BASENAME=\"tcp\""));
	g_assert_true(ew_parse_is_unit_macro("-D__KBUILD_MODNAME=kmod_tcp"));
	g_assert_true(ew_parse_is_unit_macro("-DKBUILD_MODFILE"));
	g_assert_false(ew_parse_is_unit_macro("-DKBUILD_BASENAMES=1"));
	g_assert_false(ew_parse_is_unit_macro("-D__KERNEL__"));
	g_assert_false(ew_parse_is_unit_macro("KBUILD_BASENAME=1"));
	g_assert_false(ew_parse_is_unit_macro(""));
}

int main(int argc, char **argv)
{
	static const struct parse_test tests[] = {
		{"/parse/prefix", test_prefix},
		{"/parse/prefix-does-not-fit", test_prefix_does_not_fit},
		{"/parse/prefix-of-broken-headers", test_prefix_of_broken_headers},
		{"/parse/prefix-of-unguarded-headers", test_prefix_of_unguarded_headers},
		{"/parse/plain-prefix", test_plain_prefix},
		{"/parse/damaged-prefix", test_damaged_prefix},
		{"/parse/unit-macro", test_unit_macro},
	};

	return run_parse_tests(argc, argv, tests, G_N_ELEMENTS(tests));
}
