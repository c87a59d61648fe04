/* SPDX-License-Identifier: GPL-3.0-or-later */
/* resolve: why a pointer call has no target, and what each layer left of the candidates. By reading. */
#include "small_index.h"

#include "store/store.h"

static char *work;

#define HEAD                                                                                       \
	"typedef void fn(void);\n"                                                                 \
	"struct ops { fn *open; fn *close; };\n"                                                   \
	"void a(void) { } void b(void) { } void with(int n) { }\n"

/* "reason signature slot object open" of the one pointer call in `source`. */
static char *site_of(const char *source)
{
	g_autofree char *path = index_of_source(work, source);
	ew_auto(store) s = ew_store_open(path, NULL);
	ew_auto(rows) r = ew_store_select(s, EW_ALL_SITES, "");
	char *text;

	g_assert_true(ew_rows_next(r));
	text = g_strdup_printf("%d %d %d %d %d", (int)ew_rows_int(r, 1), (int)ew_rows_int(r, 3),
			       (int)ew_rows_int(r, 4), (int)ew_rows_int(r, 5), (int)ew_rows_int(r, 6));
	g_assert_false(ew_rows_next(r));
	return text;
}

static void check(const char *source, int reason, const char *layers)
{
	g_autofree char *text = site_of(source), *expected = g_strdup_printf("%d %s", reason, layers);

	g_assert_cmpstr(text, ==, expected);
}

static void test_reasons(void)
{
	check(HEAD "void call(struct ops *o) { o->open(); }\n", EW_SITE_NO_STORE, "0 0 0 1");
	check(HEAD "void call(struct ops *o) { o->open = 0; o->open(); }\n", EW_SITE_ONLY_CONSTANTS,
	      "0 0 0 1");
	check(HEAD "void call(fn *f) { f(); }\n", EW_SITE_NEVER_GIVEN, "0 0 0 0");
	check(HEAD "static struct ops one = { .close = a }, two = { .open = b };\n"
		   "struct ops *other(void) { return &two; }\nvoid call(void) { one.open(); }\n",
	      EW_SITE_OBJECT_EMPTY, "2 1 0 0");
	check(HEAD "fn *find(int n);\nvoid call(int n) { fn *f = find(n); f(); }\n",
	      EW_SITE_RETURN_WITHOUT_BODY, "0 0 0 0");
	check(HEAD "void each(fn *f) { f(); }\nvoid (*taken)(fn *) = each;\n", EW_SITE_FROM_OUTSIDE,
	      "0 0 0 0");
	check(HEAD "static fn *x;\nvoid set(long n) { x = (fn *)(n + 1); }\nvoid call(void) { x(); }\n",
	      EW_SITE_ONLY_UNNAMED, "0 0 0 0");
	check(HEAD "void call(long n) { ((fn *)(n + 1))(); }\nvoid *p = a;\n", EW_SITE_NO_NAME,
	      "1 0 0 0");
	check(HEAD "struct point { void *func; };\n"
		   "void __traceiter_x(struct point *p) { void *f = p->func; ((fn *)f)(); }\n",
	      EW_SITE_PROBES, "0 0 0 1");
	check(HEAD "struct point { void *func; };\nvoid call(struct point *p) { void *f = p->func; ((fn *)f)(); }\n",
	      EW_SITE_UNTYPED, "0 0 0 1");
	check(HEAD "struct point { void *func; };\nvoid call(struct point *p) { ((fn *)p->func)(); }\n", EW_SITE_UNTYPED,
	      "0 0 0 1");
	check(HEAD "struct point { void *func; };\nvoid stop(struct point *p) { p->func = a; }\n"
		   "void __traceiter_x(struct point *p) { void *f = p->func; ((fn *)f)(); }\n",
	      EW_SITE_RESOLVED, "1 1 0 1");
}

static void test_layers(void)
{
	/* Three of the signature (with() is of another), two in the member, one in the object. */
	check(HEAD "static struct ops one = { .open = a, .close = (fn *)with }, two = { b, a };\n"
		   "static fn *third = b; void c(void) { } void *fourth = c;\n"
		   "struct ops *other(void) { return &two; }\nvoid call(void) { one.open(); }\n",
	      EW_SITE_RESOLVED, "3 2 1 0");
}

int main(int argc, char **argv)
{
	g_autofree char *command = NULL;
	int status;

	g_test_init(&argc, &argv, NULL);
	work = g_dir_make_tmp("exitwalk-resolve-site-XXXXXX", NULL);
	g_test_add_func("/resolve-site/reasons", test_reasons);
	g_test_add_func("/resolve-site/layers", test_layers);
	status = g_test_run();
	command = g_strdup_printf("rm -rf '%s'", work);
	return system(command) == 0 ? status : 1;
}
