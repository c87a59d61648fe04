/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * gates: calls that are reached at the last reference only.
 *
 * In the sources below the name of what is called says what a reader expects of the call: last(), the last reference was
 * dropped; partly(), the same where it is asked; sole(), nobody else holds one; counter(), a counter came to zero; none().
 */
#include "small_index.h"

static const char head[] =
	"struct crate { int holders, tools, stamps, queued; struct crate *next; };\n"
	"_Bool drop_count(int *n); int count_down(int *n); int refuse_last(int *n); int count_left(int *n);\n"
	"int count_holders(int *n); int count_any(int *n); int add_unless(int *n, int a, int b); int ask(void); void touch(int *x);\n"
	"void put_count(int *n, void (*end)(void)); void take_count(int *n);\n"
	"void last(void); void partly(void); void sole(void); void counter(void); void none(void);\n"
	"#define for_each(i, c) for (i = 0; i < (c)->queued; i++)\n"
	"#define likely(x) __builtin_expect(!!(x), 1)\n"
	"#define WARN_ON(x) ({ int y = !!(x); if (y) ask(); y; })\n";

static struct ew_query *open_source(const char *work, const struct ew_refs *refs, const char *text)
{
	g_autofree char *whole = g_strconcat(head, text, NULL), *path = index_of_source(work, whole);
	struct ew_query *q = ew_query_open(path, refs, NULL);

	g_assert_nonnull(q);
	return q;
}

static const char *what_it_is(struct ew_query *q, const struct ew_edge *e)
{
	static const char *const names[] = {[EW_GATE_SOLE] = "sole", [EW_GATE_REFERENCE] = "last", [EW_GATE_COUNTER] = "counter"};
	struct ew_gate gate = {0};

	if (!ew_query_gate(q, e->call, e->callee, &gate))
		return "none";
	g_assert_nonnull(gate.test);
	return gate.is_partly ? "partly" : names[gate.kind];
}

/* Of every call of the functions that are named by what is expected; there are `count`. */
static int expect_calls(struct ew_query *q)
{
	static const char *const names[] = {"last", "partly", "sole", "counter", "none"};
	const struct ew_edge_options options = {0};
	int count = 0;
	size_t n;

	for (n = 0; n < G_N_ELEMENTS(names); n++) {
		const struct ew_symbol *f = ew_query_one(q, names[n], EW_SYMBOL_FUNCTION, NULL);
		bool more;
		g_autoptr(GPtrArray) edges = f ? ew_query_callers(q, f, &options, &more, NULL) : NULL;

		for (guint i = 0; edges && i < edges->len; i++, count++) {
			const struct ew_edge *e = g_ptr_array_index(edges, i);

			if (strcmp(what_it_is(q, e), names[n]))
				g_error("%s in line %d of %s: is %s", names[n], e->site.line, e->caller->name,
					what_it_is(q, e));
		}
	}
	return count;
}

/* The same where the helpers are not those that the index stores. */
static void expect(const char *text, int count)
{
	g_autofree char *work = g_dir_make_tmp("ew-gate-XXXXXX", NULL);
	g_autofree char *data = g_build_filename(EW_TEST_DIR, "fixtures/refs", NULL);
	g_autofree char *command = g_strdup_printf("rm -rf '%s'", work);
	ew_auto(refs) refs = ew_refs_open(data, NULL);
	ew_auto(query) q = open_source(work, refs, text);
	ew_auto(query) anew = ew_query_open(ew_query_about(q)->path, refs, NULL);

	g_assert_cmpint(expect_calls(q), ==, count);
	ew_query_work_out(anew);
	g_assert_cmpint(expect_calls(anew), ==, count);
	g_assert_cmpint(system(command), ==, 0);
}

static void test_branches(void)
{
	expect("void a(struct crate *c) { if (drop_count(&c->holders))\n last();\n else\n none();\n none(); }\n"
	       "void b(struct crate *c) { if (!drop_count(&c->holders))\n return;\n last(); last(); }\n"
	       "void d(struct crate *c) { if (ask() && drop_count(&c->holders))\n { last(); }\n none(); }\n"
	       "void e(struct crate *c) { if (ask() || drop_count(&c->holders))\n partly();\n}\n"
	       "void f(struct crate *c) { if (!(ask() || !likely(drop_count(&c->holders))))\n last();\n}\n"
	       "void g(struct crate *c) { if (drop_count(&c->holders) && (last(), 1))\n last();\n}\n"
	       "void h(struct crate *c) { if (ask()) { if (!drop_count(&c->holders)) return; }\n partly(); }\n"
	       "void k(struct crate *c) { drop_count(&c->holders);\n none(); WARN_ON(drop_count(&c->holders));\n none(); }\n"
	       "void l(struct crate *c) { if ((drop_count(&c->holders)) != 0) last();\n"
	       "  if (!!drop_count(&c->holders)) last();\n none(); }\n",
	       17);
}

/* The answer goes through a local. */
static void test_locals(void)
{
	expect("void a(struct crate *c) { int gone = drop_count(&c->holders);\n none(); if (gone) last(); none(); }\n"
	       "void b(struct crate *crate) { int kill = 0;\n if (!--crate->tools) { kill = 1; }\n if (kill)\n last(); none(); }\n"
	       "void d(struct crate *crate) { int kill;\n kill = !--crate->stamps;\n if (kill) last();\n}\n"
	       "void e(struct crate *c) { int left = count_left(&c->holders);\n if (WARN_ON(left < 0)) none();\n"
	       "  if (!left) last();\n if (left == 0) last();\n if (left > 0) { none(); return; }\n partly(); }\n"
	       "void f(struct crate *c) { int gone = drop_count(&c->holders);\n gone = ask(); if (gone) none(); }\n"
	       "void g(struct crate *c) { int gone = drop_count(&c->holders);\n touch(&gone); if (gone) none(); }\n"
	       "void h(struct crate *c) { int gone = ask();\n { int gone = drop_count(&c->holders); if (gone) none(); }\n"
	       "  if (gone) none(); }\n"
	       "void k(struct crate *c) { int gone = drop_count(&c->holders) ? 1 : 0;\n if (gone) last(); }\n"
	       "void l(struct crate *c) { int gone = 0, more;\n if (ask()) gone = drop_count(&c->holders);\n"
	       "  if (!gone) return; last(); }\n"
	       "void m(struct crate *c) { int gone = 1;\n if (ask()) gone = drop_count(&c->holders);\n"
	       "  if (!gone) return; partly(); }\n"
	       "void o(struct crate *c) { struct crate *old = 0;\n if (c->next) { old = c->next;\n"
	       "  if (!drop_count(&old->holders)) old = 0; }\n none(); if (old) last(); }\n"
	       "void n(struct crate *c) { int gone = drop_count(&c->holders);\n while (ask()) { gone++; none(); }\n"
	       "  if (gone) none(); }\n",
	       22);
}

/* What a function returns. */
static void test_helpers(void)
{
	expect("static _Bool unref(struct crate *c)\n{ if (!c) return 0;\n if (likely(count_holders(&c->holders) == 1)) ask();\n"
	       "  else if (!drop_count(&c->holders)) return 0;\n return 1; }\n"
	       "static int stays(struct crate *c)\n{ int left;\n if (ask())\n return refuse_last(&c->holders);\n"
	       "  left = count_left(&c->holders);\n if (left < 0) { if (c->queued) return 1; goto locked; }\n"
	       "  if (left) return 1;\n locked:\n return drop_count(&c->holders) ? 0 : 1; }\n"
	       "static int shared(struct crate *c)\n{ return count_holders(&c->holders) != 1; }\n"
	       "static int own(struct crate *c)\n{ if (!ask()) return 1; return unref(c); }\n"
	       "static int turns(struct crate *c)\n{ return ask() ? turns(c) : drop_count(&c->holders); }\n"
	       "static int fails(struct crate *c)\n{ if (drop_count(&c->holders)) return -1; return -1; }\n"
	       "void a(struct crate *c) { if (unref(c)) last(); if (!unref(c)) return;\n last(); }\n"
	       "void b(struct crate *c) { if (likely(stays(c))) { none(); return; }\n last(); }\n"
	       "void d(struct crate *c) { if (!shared(c)) sole(); if (shared(c)) none(); }\n"
	       "void e(struct crate *c) { if (!own(c)) { none(); return; }\n partly(); }\n"
	       "void f(struct crate *c) { if (turns(c)) partly(); if (fails(c)) none(); }\n",
	       10);
}

static void test_jumps(void)
{
	expect("void a(struct crate *crate) { if (ask() &&\n count_left(&crate->tools)) goto out;\n partly(); if (ask()) goto free;\n"
	       "  partly();\nfree:\n partly();\nout:\n none(); }\n"
	       "void b(struct crate *c) { while (c) {\n none(); if (!drop_count(&c->holders)) return;\n last(); c = c->next; } }\n"
	       "void d(struct crate *c) { int i; for_each(i, c) { none(); if (!drop_count(&c->holders)) continue;\n last(); }\n none(); }\n"
	       "void e(struct crate *c) { do { if (!drop_count(&c->holders)) break;\n last(); } while (0);\n none(); }\n"
	       "void f(struct crate *c) { switch (ask()) { case 1: if (!drop_count(&c->holders)) break; last(); return;\n"
	       "  case 2: none(); default: none(); }\n none(); }\n"
	       "void g(struct crate *c) { again: none(); if (!drop_count(&c->holders)) goto again;\n last(); }\n"
	       "void h(struct crate *c) { if (drop_count(&c->holders)) goto end;\n return;\nend:\n last(); }\n"
	       "void k(struct crate *c) { if (!drop_count(&c->holders)) return;\n while (ask()) last();\n last(); }\n"
	       "void l(struct crate *c) { retry: none(); if (drop_count(&c->holders)) { if (ask()) goto retry;\n last(); }\n none(); }\n",
	       23);
}

/* A condition that is asked again in each turn. */
static void test_loops(void)
{
	expect("void a(struct crate *c) { while (c && drop_count(&c->holders)) { last(); c = c->next; }\n none(); }\n"
	       "void b(struct crate *c) { for (none(); c && drop_count(&c->holders); none())\n last();\n none(); }\n"
	       "void d(struct crate *c) { for (;;) { none(); if (!drop_count(&c->holders)) return;\n last(); } }\n"
	       /* the first turn asks nothing */
	       "void e(struct crate *c) { do { partly(); c = c->next; } while (c && (none(), drop_count(&c->holders)));\n none(); }\n"
	       "void f(struct crate *c) { do none(); while (!drop_count(&c->holders)); }\n"
	       "void g(struct crate *c) { if (!drop_count(&c->holders)) return;\n do last(); while (ask()); last(); }\n"
	       /* to the condition leads continue, too */
	       "void h(struct crate *c) { do { if (!drop_count(&c->holders)) continue;\n last(); } while (none(), ask()); }\n"
	       "void k(struct crate *c) { do { if (!drop_count(&c->holders)) continue;\n last(); } while (0);\n none(); }\n"
	       "void l(struct crate *c) { do { switch (ask()) { case 1: if (!drop_count(&c->holders)) continue;\n"
	       "  last(); } } while (0);\n none(); }\n"
	       /* a macro assigns what it is handed */
	       "void m(struct crate *c) { int gone = drop_count(&c->holders);\n for_each(gone, c) { if (gone) none(); }\n"
	       "  if (gone) none(); }\n",
	       22);
}

/* What is not compiled asks nothing and leaves nothing out. */
static void test_arms(void)
{
	expect("#define HAVE\n"
	       "void a(struct crate *c) {\n#ifdef NONE\n if (!drop_count(&c->holders)) return;\n#endif\n none(); }\n"
	       "void b(struct crate *c) {\n#ifdef HAVE\n if (drop_count(&c->holders))\n#endif\n last(); }\n"
	       "void d(struct crate *c) { if (drop_count(&c->holders)) goto out;\n#ifdef NONE\n return;\n#endif\nout:\n none(); }\n"
	       "void e(struct crate *crate) {\n#ifdef NONE\n if (--crate->tools) return;\n if (crate->stamps) return;\n#endif\n none(); }\n"
	       /* brackets that an arm parts */
	       "void f(struct crate *c) { if (ask()\n#ifndef NONE\n )\n#else\n && drop_count(&c->holders))\n#endif\n none(); }\n",
	       5);
}

/* Who is not to be followed, and where nothing leads but what is not seen. */
static void test_hidden(void)
{
	expect("#define leave_to(label) do { if (ask()) goto label; } while (0)\n"
	       "void a(struct crate *c) { leave_to(out);\n if (drop_count(&c->holders)) goto out;\n return;\nout:\n none(); }\n"
	       "void b(struct crate *c) { static int gone = 0;\n if (drop_count(&c->holders)) gone = 1;\n if (gone) none(); }\n"
	       "void d(struct crate *c) { int n, gone = drop_count(&c->holders);\n { int k, gone = ask(); touch(&n);\n"
	       "  k = gone; } if (gone) none(); }\n"
	       "void e(struct crate *c) { int gone = drop_count(&c->holders);\n touch((int *)&gone); if (gone) none(); }\n"
	       "void f(struct crate *c) { int gone = 0, err = ask();\n if (drop_count(&c->holders)) gone = 1; else gone = -err;\n"
	       "  if (!gone) none(); }\n"
	       "void g(struct crate *c) { int gone = ask() ? c ? 0 : 0 : drop_count(&c->holders);\n if (gone) last(); else none(); }\n"
	       "void h(struct crate *c) { int gone = drop_count(&c->holders) ?: 0;\n if (gone) last(); }\n",
	       8);
}

/* What is counted decides. */
static void test_counters(void)
{
	expect("void a(struct crate *crate, struct crate *other) {\n if (count_down(&crate->holders)) last();\n"
	       "  if (count_down(&crate->queued)) counter();\n if (count_down(&crate->tools)) last();\n"
	       "  if (count_down(&other->tools)) counter();\n if (--other->queued == 0) counter();\n"
	       "  if (crate->tools-- == 1) last();\n }\n"
	       "void b(struct crate *crate, int n) { if (!--n) none();\n if (!crate->queued) none();\n"
	       "  if (!crate->stamps) sole();\n if (crate->stamps > 1) return;\n sole(); }\n"
	       "void d(struct crate *c) { if (count_any(&c->queued) == 1) none();\n if (count_any(&c->holders) == 1) sole();\n"
	       "  if (count_any(&c->holders) == 2) none(); }\n"
	       "void e(struct crate *c) { if (count_any(&c->holders) == 1) { if (drop_count(&c->holders)) last(); } }\n"
	       "void f(struct crate *c) { if (drop_count(&c->holders)) { if (count_any(&c->holders) == 0) last(); } }\n"
	       "void g(struct crate *c) { if (!add_unless(&c->holders, -1, 1)) last();\n if (!add_unless(&c->holders, 1, 0)) none(); }\n",
	       17);
}

/* Where the text cannot be followed, nothing is said. */
static void test_torn(void)
{
	expect("void a(struct crate *c) {\n#if 1\n if (drop_count(&c->holders)) {\n#else\n if (ask()) {\n#endif\n none(); } }\n"
	       "#define end_of(c) if (drop_count(&(c)->holders)) none()\n"
	       "void b(struct crate *c) { end_of(c); none(); }\n",
	       3);
}

/* What is told of a gate, and of what it counts. */
static void test_told(void)
{
	static const char text[] = "static int unref(struct crate *c)\n{\n\tint gone = drop_count(&c->holders);\n\treturn gone;\n}\n"
				   "void end(void) { }\n"
				   "void a(struct crate *c)\n{\n\tif (unref(c))\n\t\tlast();\n\tput_count(&c->tools, end);\n}\n"
				   "void get(struct crate *c)\n{\n\ttake_count(&c->holders);\n\ttouch(&c->holders);\n}\n";
	g_autofree char *work = g_dir_make_tmp("ew-gate-XXXXXX", NULL);
	g_autofree char *data = g_build_filename(EW_TEST_DIR, "fixtures/refs", NULL);
	g_autofree char *command = g_strdup_printf("rm -rf '%s'", work);
	ew_auto(refs) refs = ew_refs_open(data, NULL);
	ew_auto(query) q = open_source(work, refs, text);
	g_autoptr(GPtrArray) groups = ew_query_gates_in(q, ew_query_one(q, "a", EW_SYMBOL_FUNCTION, NULL));
	g_autoptr(GPtrArray) takes = ew_query_takes(q, "crate.holders");
	const struct ew_gate_group *g = g_ptr_array_index(groups, 0), *put = g_ptr_array_index(groups, 1);
	const struct ew_take *take;

	g_assert_cmpuint(groups->len, ==, 2);
	g_assert_cmpstr(g->gate.test, ==, "unref");
	g_assert_cmpint(g->gate.place.line, ==, 17);
	g_assert_cmpstr(g->gate.member, ==, "crate.holders");
	g_assert_cmpstr(g->gate.helper->name, ==, "unref");
	g_assert_cmpstr(g->gate.helper_test, ==, "drop_count");
	g_assert_cmpint(g->gate.helper_place.line, ==, 11);
	g_assert_cmpuint(g->calls->len, ==, 1);
	g_assert_true(put->gate.is_beyond);
	g_assert_cmpstr(put->gate.member, ==, "crate.tools");
	g_assert_cmpuint(takes->len, ==, 1);
	take = g_ptr_array_index(takes, 0);
	g_assert_cmpstr(take->function->name, ==, "get");
	g_assert_cmpstr(take->by, ==, "take_count");
	g_assert_cmpint(take->place.line, ==, 23);
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
	expect_file("[tests]\nx = a; b\n[looks]\nx = d\n[puts]\ny = c\n", NULL);
	expect_file("[tests]\nx = a b\n", "not the name of a function");
	expect_file("[test]\nx = a\n", "test");
	expect_file("[tests]\nx =\n", "x");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/gate/branches", test_branches);
	g_test_add_func("/gate/locals", test_locals);
	g_test_add_func("/gate/helpers", test_helpers);
	g_test_add_func("/gate/jumps", test_jumps);
	g_test_add_func("/gate/loops", test_loops);
	g_test_add_func("/gate/arms", test_arms);
	g_test_add_func("/gate/hidden", test_hidden);
	g_test_add_func("/gate/counters", test_counters);
	g_test_add_func("/gate/torn", test_torn);
	g_test_add_func("/gate/told", test_told);
	g_test_add_func("/gate/file", test_file);
	return g_test_run();
}
