/* SPDX-License-Identifier: GPL-3.0-or-later */
/* resolve: in a part of a configuration, what code outside can get hold of may be behind any pointer. By reading. */
#include "small_index.h"

static char *work;

#define HEAD                                                                                       \
	"typedef void fn(void);\n"                                                                 \
	"struct ops { fn *open; fn *close; };\n"                                                   \
	"struct tool { int n; const struct ops *ops; };\n"                                         \
	"struct rack { int n; struct tool *tool; };\n"                                             \
	"void a(void) { } void b(void) { } void c(void) { }\n"                                     \
	"static const struct ops one = { .open = a }, two = { .open = b };\n"                      \
	"static void call(const struct ops *o) { o->open(); }\n"                                   \
	"void go(void) { call(&one); }\n"

static void write_tree(const char *tree, const char *source)
{
	const char *const files[][2] = {
		{"Makefile", "VERSION = 1\nPATCHLEVEL = 0\nSUBLEVEL = 0\nEXTRAVERSION =\n"},
		{"Kconfig", "mainmenu \"Test\"\n"},
		{"compile_commands.json",
		 "[{\"directory\": \".\", \"file\": \"t.c\", \"command\": \"clang -c -o t.o t.c\"},\n"
		 "{\"directory\": \".\", \"file\": \"u.c\", \"command\": \"clang -c -o u.o u.c\"}]\n"},
		{"t.c", source},
		{"u.c", "int nothing;\n"},
	};
	size_t i;

	g_assert_cmpint(g_mkdir_with_parents(tree, 0700), ==, 0);
	for (i = 0; i < G_N_ELEMENTS(files); i++) {
		g_autofree char *file = g_build_filename(tree, files[i][0], NULL);

		g_assert_true(g_file_set_contents(file, files[i][1], -1, NULL));
	}
}

/* Of `source`, which is one unit of two. */
static struct ew_query *query_of(const char *source)
{
	g_autofree char *tree = g_build_filename(work, "part", NULL);
	g_autofree char *out = g_build_filename(work, "part.sqlite", NULL);
	g_autofree char *refs = g_build_filename(EW_TEST_DIR, "fixtures/refs", NULL);
	const char *const scope[] = {"t.c", NULL};
	struct ew_run_options options = {
		.tree = tree, .scope = scope, .refs = refs, .out = out, .jobs = 1};
	struct ew_run_summary summary = {0};
	g_autoptr(GError) error = NULL;
	struct ew_query *q;

	write_tree(tree, source);
	ew_run(&options, &summary, &error);
	g_assert_no_error(error);
	ew_run_summary_clear(&summary);
	q = ew_query_open(out, NULL, &error);
	g_assert_no_error(error);
	return q;
}

/* The targets of its pointer calls. */
static char *targets_of(const char *source)
{
	g_autoptr(GString) names = g_string_new("");
	ew_auto(query) q = query_of(source);
	g_autoptr(GPtrArray) lines = NULL;
	guint i;

	lines = dump_lines(q, ew_query_dump_edges);
	for (i = 0; i < lines->len; i++) {
		g_auto(GStrv) column = g_strsplit(g_ptr_array_index(lines, i), "\t", -1);

		if (column[4] && !strcmp(column[4], "pointer"))
			g_string_append_printf(names, "%s ", column[2]);
	}
	return g_strdup(names->str);
}

static void check(const char *source, const char *expected)
{
	g_autofree char *text = targets_of(source);

	g_assert_cmpstr(text, ==, expected);
}

/* `two` is nobody's but a static pointer's that stays here. */
static void test_kept(void)
{
	check(HEAD "static const struct ops *spare = &two;\nint is_spare(void) { return !!spare; }\n", "a ");
}

static void test_handed_out(void)
{
	check(HEAD "void take(const struct ops *o);\nvoid out(void) { take(&two); }\n", "a b ");
	/* Through a function that has a body here. */
	check(HEAD "void take(const struct ops *o);\nstatic void pass(const struct ops *o) { take(o); }\n"
		   "void out(void) { pass(&two); }\n",
	      "a b ");
}

/* The rack is external, its tool static, the tool's table static. */
static void test_behind_another(void)
{
	check(HEAD "static struct tool saw = { .ops = &two };\n"
		   "struct rack wall = { .tool = &saw };\n",
	      "a b ");
}

/* What a structure without functions points to: nothing says who is given the structure. */
static void test_not_followed(void)
{
	check(HEAD "static struct tool saw = { .ops = &two };\nint register_tool(struct tool *t);\n"
		   "int out(void) { return register_tool(&saw); }\n",
	      "a b ");
}

/* "callee layers:2 why" of each target of the one pointer call in call(). */
static void check_why(const char *source, const char *expected)
{
	ew_auto(query) q = query_of(source);
	struct ew_edge_options options = {0};
	g_autoptr(GPtrArray) edges = ew_query_callees(q, ew_query_one(q, "call", EW_SYMBOL_FUNCTION, NULL), &options, NULL, NULL);
	g_autoptr(GString) text = g_string_new("");
	guint i;

	for (i = 0; i < edges->len; i++) {
		const struct ew_edge *e = g_ptr_array_index(edges, i);
		bool is_outside = false;
		const char *parameter = ew_query_open_parameter(q, e->call, &is_outside);

		g_string_append_printf(text, "%s %s%s%s%s\n", e->callee->name, e->grade,
				       ew_query_is_from_outside(q, e) ? " known outside" : "", parameter ? " " : "",
				       parameter ? parameter : "");
		if (parameter && is_outside)
			g_string_append(text, "may be given outside\n");
	}
	g_assert_cmpstr(text->str, ==, expected);
}

static void test_why(void)
{
	check_why(HEAD "const struct ops three = { .open = c };\nconst struct ops *second(void) { return &two; }\n",
		  "a layers:3\nc layers:2 known outside\n");
	/* By a wrapper that nobody here calls, and by one whose address is handed on. */
	check_why(HEAD "void hand(const struct ops *o) { call(o); }\n",
		  "a layers:3\n");
	check_why("typedef void fn(void);\nstruct ops { fn *open; };\nvoid a(void) { }\n"
		  "static const struct ops one = { .open = a };\nconst struct ops *first(void) { return &one; }\n"
		  "static void call(const struct ops *o) { o->open(); }\n"
		  "void inner(const struct ops *o) { call(o); }\nvoid outer(const struct ops *o) { inner(o); }\n",
		  "a layers:2 parameter 1 of outer\n");
	check_why("typedef void fn(void);\nstruct ops { fn *open; };\nvoid a(void) { }\n"
		  "static const struct ops one = { .open = a };\nconst struct ops *first(void) { return &one; }\n"
		  "static void call(const struct ops *o) { o->open(); }\n"
		  "void outer(const struct ops *o) { call(o); }\nvoid put(void *p);\nvoid go(void) { put(outer); }\n",
		  "a layers:2 parameter 1 of outer\nmay be given outside\n");
}

int main(int argc, char **argv)
{
	g_autofree char *command = NULL;
	int status;

	g_test_init(&argc, &argv, NULL);
	work = g_dir_make_tmp("exitwalk-resolve-escape-XXXXXX", NULL);
	g_test_add_func("/resolve-escape/kept", test_kept);
	g_test_add_func("/resolve-escape/handed-out", test_handed_out);
	g_test_add_func("/resolve-escape/behind-another", test_behind_another);
	g_test_add_func("/resolve-escape/not-followed", test_not_followed);
	g_test_add_func("/resolve-escape/why", test_why);
	status = g_test_run();
	command = g_strdup_printf("rm -rf '%s'", work);
	return system(command) == 0 ? status : 1;
}
