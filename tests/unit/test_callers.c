/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * query: the callers of what many call come in the same order as those of what few call, and cost what is
 * shown. What a macro repeats is one place, in either direction.
 */
#include "small_index.h"
#include "store/store.h"

enum { CALLERS = 60 };

static char *work, *path;
static struct ew_refs *refs;
static struct ew_query *q;

/*
 * caller_59 to caller_00 call hot; caller_07 twice in two lines, caller_11 through a macro that has its argument
 * three times, first where it is never run; two tables hold hot, one of them at two of its places, and run calls
 * through them.
 */
static char *source(void)
{
	GString *s = g_string_new("#define THRICE(x) do { if (0) x; x; if (now) x; } while (0)\n"
				  "int now;\n"
				  "void hot(int n) { }\n"
				  "static void few(int n) { }\n"
				  "struct ops { void (*go)(int); };\n");
	int i;

	for (i = CALLERS; i-- > 0;)
		g_string_append_printf(s, "void caller_%02d(void)\n{\n\t%s\n%s}\n", i,
				       i == 11 ? "THRICE(hot(11));" : "hot(0);", i == 7 ? "\thot(7);\n" : "");
	g_string_append(s, "static const struct ops two[] = {{hot}, {hot}};\n"
			   "static const struct ops one = {hot};\n"
			   "void run(const struct ops *o) { o->go(1); }\n"
			   "void start(void)\n{\n\tTHRICE(few(1));\n\trun(&two[1]);\n\trun(&one);\n}\n");
	return g_string_free(s, FALSE);
}

static const struct ew_symbol *function(const char *name)
{
	return ew_query_one(q, name, EW_SYMBOL_FUNCTION, NULL);
}

static GPtrArray *ask(const char *name, int limit, bool *more)
{
	struct ew_edge_options options = {.limit = limit};
	g_autoptr(GError) error = NULL;
	GPtrArray *edges = ew_query_callers(q, function(name), &options, more, &error);

	g_assert_no_error(error);
	return edges;
}

/* The names without "caller_", and the object. */
static char *text_of(const GPtrArray *edges, guint from)
{
	GString *s = g_string_new(NULL);
	guint i;

	for (i = from; i < edges->len; i++) {
		const struct ew_edge *e = g_ptr_array_index(edges, i);
		const char *name = strchr(e->caller->name, '_');

		g_string_append_printf(s, "%s%s", i > from ? " " : "", name ? name + 1 : e->caller->name);
		if (e->container)
			g_string_append_printf(s, "(%s)", e->container);
	}
	return g_string_free(s, FALSE);
}

static void test_order(void)
{
	bool more = true;
	g_autoptr(GPtrArray) edges = ask("hot", 0, &more);
	g_autofree char *text = NULL;
	guint i;

	g_assert_false(more);
	g_assert_cmpuint(edges->len, ==, CALLERS + 1 + 2);
	for (i = 1; i + 2 < edges->len; i++) {
		const struct ew_edge *a = edges->pdata[i - 1], *b = edges->pdata[i];

		g_assert_cmpstr(a->caller->name, <=, b->caller->name);
		g_assert_cmpstr(b->callee->name, ==, "hot");
	}
	text = text_of(edges, CALLERS - 1);
	g_assert_cmpstr(text, ==, "58 59 run(one) run(two)");
}

static void test_limit(void)
{
	static const struct {
		int limit;
		const char *expected;
	} tries[] = {
		{1, "00"}, {3, "00 01 02"}, {10, "00 01 02 03 04 05 06 07 07 08"},
		{14, "00 01 02 03 04 05 06 07 07 08 09 10 11 12"},
	};
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(tries); i++) {
		bool more = false;
		g_autoptr(GPtrArray) edges = ask("hot", tries[i].limit, &more);
		g_autofree char *text = text_of(edges, 0);

		g_assert_cmpstr(text, ==, tries[i].expected);
		g_assert_true(more);
	}
}

/* Neither the last row nor one more is cut. */
static void test_exact_limit(void)
{
	bool more = true;
	g_autoptr(GPtrArray) all = ask("hot", CALLERS + 3, &more);

	g_assert_false(more);
	g_assert_cmpuint(all->len, ==, CALLERS + 3);
}

static void test_repeated(void)
{
	g_autoptr(GPtrArray) many = ask("hot", 13, NULL), few = ask("few", 0, NULL);
	g_autoptr(GPtrArray) callees = ew_query_callees(q, function("start"), NULL, NULL, NULL);
	const struct ew_edge *e = many->pdata[12];

	g_assert_cmpstr(e->caller->name, ==, "caller_11");
	g_assert_true(e->is_compiled); /* the first is not, it is the second that stands there */
	g_assert_cmpuint(few->len, ==, 1);
	g_assert_true(((struct ew_edge *)few->pdata[0])->is_compiled);
	g_assert_cmpuint(callees->len, ==, 3);
}

static void test_objects(void)
{
	g_autoptr(GPtrArray) edges = ask("hot", 0, NULL);
	const struct ew_edge *one = edges->pdata[CALLERS + 1], *two = edges->pdata[CALLERS + 2];

	g_assert_cmpstr(one->container, ==, "one");
	g_assert_cmpint(one->stores, ==, 1);
	g_assert_cmpstr(two->container, ==, "two");
	g_assert_cmpint(two->stores, ==, 2);
}

static void expect_count(const char *name, int direct, int pointer)
{
	struct ew_caller_count count;

	g_assert_true(ew_query_count_callers(q, function(name), NULL, &count, NULL));
	g_assert_cmpint(count.direct, ==, direct);
	g_assert_cmpint(count.pointer, ==, pointer);
}

static void test_count(void)
{
	expect_count("hot", CALLERS + 1, 1);
	expect_count("few", 1, 0);
	expect_count("start", 0, 0);
}

/* The test above is about both ways only if the index has the one and not the other. */
static void test_stored(void)
{
	ew_auto(store) store = ew_store_open(path, NULL);
	ew_auto(rows) hot = ew_store_select(store, EW_CALLERS, "i", function("hot")->id);
	ew_auto(rows) few = ew_store_select(store, EW_CALLERS, "i", function("few")->id);

	g_assert_true(ew_rows_next(hot));
	g_assert_cmpint(ew_rows_int(hot, 0), ==, CALLERS + 1);
	g_assert_cmpint(ew_rows_int(hot, 1), ==, 1);
	g_assert_false(ew_rows_next(few));
}

int main(int argc, char **argv)
{
	g_autofree char *refs_dir = g_build_filename(EW_TEST_DIR, "fixtures/refs", NULL);
	g_autofree char *text = source(), *command = NULL;
	int status;

	g_test_init(&argc, &argv, NULL);
	work = g_dir_make_tmp("exitwalk-callers-XXXXXX", NULL);
	refs = ew_refs_open(refs_dir, NULL);
	path = index_of_source(work, text);
	q = ew_query_open(path, refs, NULL);
	g_test_add_func("/callers/order", test_order);
	g_test_add_func("/callers/limit", test_limit);
	g_test_add_func("/callers/exact-limit", test_exact_limit);
	g_test_add_func("/callers/repeated", test_repeated);
	g_test_add_func("/callers/objects", test_objects);
	g_test_add_func("/callers/count", test_count);
	g_test_add_func("/callers/stored", test_stored);
	status = g_test_run();
	ew_query_close(q);
	command = g_strdup_printf("rm -rf '%s'", work);
	return system(command) ? 1 : status;
}
