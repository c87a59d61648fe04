/* SPDX-License-Identifier: GPL-3.0-or-later */
/* parse: functions, records and files; and what does not parse. */
#include "facts_of.h"

/* ---- entities ------------------------------------------------------------------------------------ */

static void test_statics(void)
{
	ew_auto(parser) p = new_parser();
	struct ew_parse_result result;
	g_autoptr(GPtrArray) first = NULL, second = NULL;

	put_file("t.c", "static void note(void) { }\nvoid a(void) { note(); }\n");
	put_file("other.c", "static void note(void) { }\nvoid b(void) { note(); }\n");
	first = tell(p, "t.c", NULL, &result);
	second = tell(p, "other.c", NULL, &result);
	expect_line(first, "2 a calls t.c:note");
	expect_line(second, "2 b calls other.c:note");
	expect_line(second, "function other.c:note other.c:1-1 static void (void)");
}

static void test_functions(void)
{
	check("#define __weak __attribute__((weak))\nint __weak w(void)\n{\n\treturn 0;\n}\n"
	      "static inline int i(void) { return w(); }\nint later(void);\n",
	      "function w t.c:2-5 weak int (void)", "function t.c:i t.c:6-6 static inline int (void)", NULL);
	check("int old(a, b)\n\tint a;\n\tchar *b;\n{\n\treturn b[a];\n}\nint f(void) { return old(1, 0); }\n",
	      "7 f calls old", NULL);
}

/* The definition of an old style function has parameters, too. */
static void test_old_style(void)
{
	g_autoptr(GPtrArray) lines = facts_of(
		OPS FUN "int old(o, h)\n\tstruct ops *o;\n\tint (*h)(void);\n{\n\to->open = h;\n\treturn h();\n}\n",
		0);

	expect_line(lines, "7 ops.open through old#0 = old#1 by assignment");
	expect_line(lines, "8 old calls through old#1 as int (void)");
}

static void test_records(void)
{
	check("struct r {\n\tint a;\n\tunion {\n\t\tint b;\n\t\tvoid (*c)(void);\n\t};\n"
	      "\tstruct { int d; } e;\n};\nvoid f(struct r *r) {\n\tr->b = r->a;\n\tr->c();\n\tr->e.d = 1;\n}\n",
	      "record struct r r@t.c:1 1-8", "field r@t.c:1.b 4 int", "field r@t.c:1.c 5 void (*)(void) pointer",
	      "10 f writes r.b", "10 f reads r.a", "11 f calls through r.c through f#0 as void (void)",
	      "12 f writes r.d", NULL);
	check("typedef struct { int x; } named;\nint f(named *n) { return n->x++; }\n",
	      "record struct named named@t.c:1 1-1", "2 f writes named.x", NULL);
	check("union u { int i; float f; };\nstruct s { union u in; };\nint *f(struct s *s) { return &s->in.i; }\n",
	      "record union u u@t.c:1 1-1", "3 f takes u.i", NULL);
	/* Private structs of one name stay apart, here by where they stand. */
	check("int f(void) {\n\tstruct here { int x; } h = { 1 };\n\treturn h.x;\n}\n", "3 f reads here.x", NULL);
}

static void test_files(void)
{
	put_file("other.h", "static inline void helper(void) { }\nextern int seen;\nint seen = 1;\n");
	check("#include \"other.h\"\nvoid f(void) { helper(); }\n", "file t.c", "file other.h",
	      "function other.h:helper other.h:1-1 static inline void (void)", "2 f calls other.h:helper",
	      "variable seen other.h:3 int", NULL);
}

/* A parser says a header's entities once, and a unit's own each time. */
static void test_headers_once(void)
{
	ew_auto(parser) p = new_parser();
	struct ew_parse_result result;
	g_autoptr(GPtrArray) first = NULL, second = NULL;

	put_file("other.h", "static inline void helper(void) { }\nstruct r { int x; };\n");
	put_file("t.c", "#include \"other.h\"\nvoid f(void) { helper(); }\n");
	first = tell(p, "t.c", NULL, &result);
	second = tell(p, "t.c", NULL, &result);
	expect_line(first, "record struct r r@other.h:2 2-2");
	expect_no(second, "record");
	expect_no(second, "function other.h:helper");
	expect_line(second, "2 f calls other.h:helper");
	expect_line(second, "file other.h");
}

/* ---- what does not parse -------------------------------------------------------------------------- */

static void test_errors(void)
{
	g_autoptr(GPtrArray) lines =
		facts_of("void g(void);\nvoid before(void) { g(); }\nint broken(void) { return 1 + ; }\n"
			 "void after(void) { g(); }\n#include \"none.h\"\nvoid last(void) { g(); }\n", 2);

	expect_line(lines, "2 before calls g");
	expect_line(lines, "error t.c:3 expected expression");
	expect_line(lines, "4 after calls g");
	expect_line(lines, "error t.c:5 'none.h' file not found");
	expect_line(lines, "6 last calls g");
}

static void refuse(const char *name, const char *directory, const char *why)
{
	static const char *const argv[] = {NULL};
	g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *file = g_build_filename(work, name, NULL);
	struct ew_parse_unit unit = {file, directory, argv, NULL};
	struct ew_sink sink = line_sink(lines);
	struct ew_parse_result result;
	ew_auto(parser) p = new_parser();
	g_autoptr(GError) error = NULL;

	g_assert_false(ew_parse_unit(p, &unit, &sink, &result, &error));
	g_assert_error(error, EW_ERROR, EW_ERROR_INPUT);
	g_assert_nonnull(strstr(error->message, file));
	g_assert_nonnull(strstr(error->message, why));
	g_assert_cmpuint(lines->len, ==, 0);
}

static void test_refused(void)
{
	g_autofree char *none = g_build_filename(work, "none", NULL);

	put_file("t.c", "");
	refuse("none.c", work, "No such file");
	refuse("t.c", none, "no directory");
}

static void test_bytes(void)
{
	check("/* \xff\xfe \x1b[31m */\nint f(void) { return '\\n'; } // \xe2\x86\x92\n",
	      "function f t.c:2-2 int (void)", NULL);
	check("\xef\xbb\xbfint f(void) { return 1; }\r\nint g(void) { return f(); }\r\n", "2 g calls f", NULL);
	check("", "file t.c", NULL);
}

int main(int argc, char **argv)
{
	static const struct parse_test tests[] = {
		{"/parse/statics", test_statics},
		{"/parse/functions", test_functions},
		{"/parse/old-style", test_old_style},
		{"/parse/records", test_records},
		{"/parse/files", test_files},
		{"/parse/headers-once", test_headers_once},
		{"/parse/errors", test_errors},
		{"/parse/refused", test_refused},
		{"/parse/bytes", test_bytes},
	};

	return run_parse_tests(argc, argv, tests, G_N_ELEMENTS(tests));
}
