/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gates: what a condition implies, and calls that are reached at the last reference only. */
#include "query/gate_text.h"
#include "small_index.h"

static GHashTable *tests;

static void expect(const char *text, bool holds, bool is_gate)
{
	const char *test = gate_in_text(text, holds, tests);

	if ((test != NULL) != is_gate)
		g_error("“%s” %s: %s a gate", text, holds ? "holds" : "does not hold", is_gate ? "is" : "is not");
	if (test)
		g_assert_cmpstr(test, ==, "dropped");
}

static void test_text(void)
{
	expect("dropped(&f->count)", true, true);
	expect("dropped(&f->count)", false, false);
	expect("!dropped(&f->count)", false, true);
	expect("!dropped(&f->count)", true, false);
	expect("!!dropped(x)", true, true);
	expect("likely(dropped(&f->count))", true, true);
	expect("unlikely(!dropped(&f->count))", false, true);
	expect("(dropped(x))", true, true);
	expect("a && dropped(x)", true, true);
	expect("a && dropped(x)", false, false);
	expect("a && dropped(x) && b(y, z)", true, true);
	expect("!(a && dropped(x))", true, false);
	expect("!(a || !dropped(x))", true, true);
	expect("a || dropped(x)", true, false);
	expect("a || !dropped(x)", false, true);
	expect("a && b || dropped(x)", true, false);
	expect("a && (b || dropped(x))", true, false);
	expect("a && !(b || !dropped(x))", true, true);
}

/* Where nothing is implied, or the name is no call of it, there is no gate. */
static void test_no_gate(void)
{
	expect("", true, false);
	expect("dropped", true, false);
	expect("dropped_it(x)", true, false);
	expect("wrap(dropped(x))", true, false);
	expect("dropped(x) == 0", true, false);
	expect("dropped(x) ? a : b", true, false);
	expect("n = dropped(x)", true, false);
	expect("dropped(x)(y)", true, false);
	expect("dropped(x", true, false);
	expect("((((", true, false);
	expect("!", true, false);
	expect("a &&", true, false);
	expect("\"dropped(x)\"", true, false);
	expect("/* dropped(x) */ a", true, false);
}

/* ---- in an index ----------------------------------------------------------------------------------- */

static const char source[] =
	"struct ref { int n; };\n"
	"_Bool drop_count(int *n);\n"
	"void end_now(void); void never(void); void both(void);\n"
	"void put(struct ref *r)\n"
	"{\n"
	"	if (drop_count(&r->n))\n"
	"		end_now();\n"
	"	else\n"
	"		never();\n"
	"	both();\n"
	"}\n";

static void expect_gate(struct ew_query *q, const char *callee, int line)
{
	const struct ew_symbol *f = ew_query_one(q, "put", EW_SYMBOL_FUNCTION, NULL);
	g_autoptr(GPtrArray) calls = ew_query_calls_in(q, f);
	bool found = false;
	guint i;

	for (i = 0; i < calls->len; i++) {
		const struct ew_edge *e = calls->pdata[i];
		struct ew_gate gate = {0};
		bool is_gate;

		if (strcmp(e->callee->name, callee))
			continue;
		found = true;
		is_gate = ew_query_gate(q, e->call, e->callee, &gate);
		g_assert_cmpint(is_gate ? gate.place.line : 0, ==, line);
		g_assert_cmpstr(gate.test, ==, line ? "drop_count" : NULL);
		g_assert_false(gate.is_beyond);
	}
	g_assert_true(found);
}

static void test_index(void)
{
	g_autofree char *work = g_dir_make_tmp("ew-gate-XXXXXX", NULL);
	g_autofree char *path = index_of_source(work, source);
	g_autofree char *data = g_build_filename(EW_TEST_DIR, "fixtures/refs", NULL);
	g_autofree char *command = g_strdup_printf("rm -rf '%s'", work);
	ew_auto(refs) refs = ew_refs_open(data, NULL);
	ew_auto(query) q = ew_query_open(path, refs, NULL);

	expect_gate(q, "end_now", 6);
	expect_gate(q, "never", 0);
	expect_gate(q, "both", 0);
	expect_gate(q, "drop_count", 0);
	g_assert_cmpint(system(command), ==, 0);
}

/* What is counted decides: a member that is named counts references, another a number of something. */
static void test_counters(void)
{
	static const char text[] =
		"struct crate { int tools, holders, queued; }; int count_down(int *n);\n"
		"void a(void); void b(void); void c(void); void d(void);\n"
		"void put(struct crate *crate, struct crate *other) {\n"
		"\tif (count_down(&crate->holders)) a();\n\tif (count_down(&crate->queued)) b();\n"
		"\tif (count_down(&crate->tools)) c();\n\tif (count_down(&other->tools)) d();\n}\n";
	g_autofree char *work = g_dir_make_tmp("ew-gate-XXXXXX", NULL);
	g_autofree char *path = index_of_source(work, text);
	g_autofree char *data = g_build_filename(EW_TEST_DIR, "fixtures/refs", NULL);
	g_autofree char *command = g_strdup_printf("rm -rf '%s'", work);
	g_autoptr(GString) told = g_string_new(NULL);
	ew_auto(refs) refs = ew_refs_open(data, NULL);
	ew_auto(query) q = ew_query_open(path, refs, NULL);
	g_autoptr(GPtrArray) calls = ew_query_calls_in(q, ew_query_one(q, "put", EW_SYMBOL_FUNCTION, NULL));
	guint i;

	for (i = 0; i < calls->len; i++) {
		const struct ew_edge *e = calls->pdata[i];
		struct ew_gate gate = {0};

		if (ew_query_gate(q, e->call, e->callee, &gate))
			g_string_append_printf(told, "%s %s; ", e->callee->name, gate.is_counter ? "counter" : "reference");
	}
	g_assert_cmpstr(told->str, ==, "a reference; b counter; c reference; d counter; ");
	g_assert_cmpint(system(command), ==, 0);
}

/* ---- the file ---------------------------------------------------------------------------------------- */

static void expect_file(const char *text, const char *problem)
{
	g_autofree char *dir = g_dir_make_tmp("ew-gates-XXXXXX", NULL);
	g_autofree char *path = g_build_filename(dir, "gates", NULL);
	g_autofree char *command = g_strdup_printf("rm -rf '%s'", dir);
	g_autoptr(GError) error = NULL;
	ew_auto(refs) refs = NULL;

	g_assert_true(g_file_set_contents(path, text, -1, NULL));
	refs = ew_refs_open(dir, &error);
	if (problem) {
		g_assert_error(error, EW_ERROR, EW_ERROR_INPUT);
		if (!strstr(error->message, problem) || !strstr(error->message, "gates:"))
			g_error("not said: %s, but: %s", problem, error->message);
	} else {
		g_assert_no_error(error);
		g_assert_true(g_hash_table_contains(ew_refs_gates(refs)->tests, "b"));
		g_assert_true(g_hash_table_contains(ew_refs_gates(refs)->puts, "c"));
		g_assert_cmpuint(g_hash_table_size(ew_refs_gates(refs)->tests), ==, 2);
	}
	g_assert_cmpint(system(command), ==, 0);
}

static void test_file(void)
{
	expect_file("[tests]\nx = a; b\n[puts]\ny = c\n", NULL);
	expect_file("[tests]\nx = a b\n", "not the name of a function");
	expect_file("[test]\nx = a\n", "test");
	expect_file("[tests]\nx =\n", "x");
}

int main(int argc, char **argv)
{
	int status;

	g_test_init(&argc, &argv, NULL);
	tests = g_hash_table_new(g_str_hash, g_str_equal);
	g_hash_table_add(tests, "dropped");
	g_test_add_func("/gate/text", test_text);
	g_test_add_func("/gate/none", test_no_gate);
	g_test_add_func("/gate/index", test_index);
	g_test_add_func("/gate/counters", test_counters);
	g_test_add_func("/gate/file", test_file);
	status = g_test_run();
	g_hash_table_unref(tests);
	return status;
}
