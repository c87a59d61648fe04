/* SPDX-License-Identifier: GPL-3.0-or-later */
/* query: the same way in two indexes. */
#include "small_index.h"

static char *work;
static struct ew_refs *refs;

static struct ew_query *query_of(const char *source)
{
	static int number;
	g_autofree char *name = g_strdup_printf("%d", number++), *dir = g_build_filename(work, name, NULL);
	g_autofree char *path = NULL;
	g_autoptr(GError) error = NULL;
	struct ew_query *q;

	g_assert_cmpint(g_mkdir_with_parents(dir, 0700), ==, 0);
	path = index_of_source(dir, source);
	q = ew_query_open(path, refs, &error);
	g_assert_no_error(error);
	return q;
}

static char *diff_text(const struct ew_diff *d)
{
	GString *s = g_string_new(NULL);
	guint i;

	for (i = 0; i < d->hops->len; i++) {
		const struct ew_diff_hop *h = d->hops->pdata[i];
		int which = h->edge[0] ? 0 : 1;

		g_string_append_printf(s, "%s%c%s>%s", i ? " " : "", "=~r-+"[h->status],
				       h->from[which]->name, h->edge[which]->callee->name);
	}
	return g_string_free(s, FALSE);
}

/* "= same, ~ changed, r renamed, - removed, + added", then the hop as the first index has it */
static void expect(const char *a, const char *b, const char *expected)
{
	ew_auto(query) x = query_of(a);
	ew_auto(query) y = query_of(b);
	g_autoptr(GError) error = NULL;
	ew_auto(diff) d = ew_query_diff(x, y, "start", "end", NULL, &error);
	g_autofree char *text = NULL;

	g_assert_no_error(error);
	text = diff_text(d);
	g_assert_cmpstr(text, ==, expected);
}

#define END "void end(void) {} void x(void) {} void y(void) {}\n"

static void test_same(void)
{
	static const char source[] = END "void a(void) { end(); } void start(void) { a(); }\n";

	expect(source, source, "=start>a =a>end");
}

static void test_between(void)
{
	expect(END "void a(void) { end(); } void start(void) { a(); }\n",
	       END "void b(void) { end(); } void a(void) { b(); } void start(void) { a(); }\n",
	       "=start>a -a>end +a>b +b>end");
	expect(END "void b(void) { end(); } void a(void) { b(); } void start(void) { a(); }\n",
	       END "void a(void) { end(); } void start(void) { a(); }\n", "=start>a -a>b -b>end +a>end");
	expect(END "void start(void) { end(); }\n",
	       END "void b(void) { end(); } void start(void) { b(); }\n", "-start>end +start>b +b>end");
}

/* One signature at one place, or most calls the same; else they are two functions. */
static void test_renamed(void)
{
	expect(END "void a(void) { end(); } void start(void) { a(); }\n",
	       END "void b(void) { end(); } void start(void) { b(); }\n", "rstart>a ra>end");
	expect(END "void a(int i) { x(); end(); } void start(void) { a(1); }\n",
	       END "void b(char *s) { x(); end(); } void start(void) { b(0); }\n", "rstart>a ra>end");
	expect(END "void a(int i) { x(); end(); } void start(void) { a(1); }\n",
	       END "void p(void) {} void q(void) {}\n"
		   "void b(char *s) { p(); q(); y(); end(); } void start(void) { b(0); }\n",
	       "-start>a -a>end +start>b +b>end");
	/* Split in two: the part that calls the same is the old one. */
	expect(END "void a(void) { x(); end(); } void start(void) { a(); }\n",
	       END "void b(void) { x(); end(); } void c(int i) { b(); } void start(void) { c(1); }\n",
	       "-start>a +start>c +c>b ra>end");
}

static void test_changed(void)
{
	expect(END "struct o { void (*f)(void); }; struct o t = { .f = end };\n"
		   "void start(struct o *p) { p->f(); } void *q(void) { start(&t); return 0; }\n",
	       END "struct o { void (*f)(void); };\n"
		   "void start(struct o *p) { end(); }\n",
	       "~start>end");
}

static void expect_none(const char *a, const char *b, const char *words)
{
	ew_auto(query) x = query_of(a);
	ew_auto(query) y = query_of(b);
	g_autoptr(GError) error = NULL;

	g_assert_null(ew_query_diff(x, y, "start", "end", NULL, &error));
	g_assert_error(error, EW_ERROR, EW_ERROR_NO_ANSWER);
	if (!strstr(error->message, words))
		g_error("no “%s” in: %s", words, error->message);
}

static void test_lacking(void)
{
	static const char whole[] = END "void start(void) { end(); }\n";

	expect_none(whole, "void end(void) {}\n", "no symbol start");
	expect_none(whole, END "void start(void) {}\n", "no way from start to end");
	expect_none("void end(void) {}\n", whole, "the index of 1.0.0: no symbol start");
}

int main(int argc, char **argv)
{
	g_autofree char *data = g_build_filename(EW_TEST_DIR, "fixtures/refs", NULL);
	g_autofree char *command = NULL;
	int status;

	g_test_init(&argc, &argv, NULL);
	work = g_dir_make_tmp("ew-diff-XXXXXX", NULL);
	refs = ew_refs_open(data, NULL);
	g_test_add_func("/diff/same", test_same);
	g_test_add_func("/diff/between", test_between);
	g_test_add_func("/diff/renamed", test_renamed);
	g_test_add_func("/diff/changed", test_changed);
	g_test_add_func("/diff/lacking", test_lacking);
	status = g_test_run();
	ew_refs_close(refs);
	command = g_strdup_printf("rm -rf '%s'", work);
	g_free(work);
	return system(command) == 0 ? status : 1;
}
