/* SPDX-License-Identifier: GPL-3.0-or-later */
/* query: where an address goes, which calls have no target, what excludes one, and the proof for each object. */
#include "small_index.h"

static char *work, *path;
static struct ew_refs *refs;
static struct ew_query *q;

/* first and second hold alpha and come to run(); other holds beta and does not; idle's address is taken nowhere. */
static const char source[] = "struct ops { void (*go)(int); };\n"			     /* 1 */
			     "struct bell { void (*ring)(int); };\n"			     /* 2 */
			     "static void alpha(int n) { }\n"				     /* 3 */
			     "static void beta(int n) { }\n"				     /* 4 */
			     "void idle(int n) { }\n"					     /* 5 */
			     "static const struct ops first = {alpha};\n"		     /* 6 */
			     "static const struct ops second = {.go = alpha};\n"	     /* 7 */
			     "const struct ops other = {beta};\n"			     /* 8 */
			     "static void run(const struct ops *o) { o->go(1); }\n"	     /* 9 */
			     "void start(void) { run(&first); run(&second); alpha(0); }\n" /* 10 */
			     "void toll(struct bell *b) { b->ring(2); }\n";		     /* 11 */

static const struct ew_symbol *function(const char *name)
{
	const struct ew_symbol *f = ew_query_one(q, name, EW_SYMBOL_FUNCTION, NULL);

	g_assert_nonnull(f);
	return f;
}

static GPtrArray *registers(const char *name)
{
	g_autoptr(GError) error = NULL;
	GPtrArray *stores = ew_query_registers(q, function(name), &error);

	g_assert_no_error(error);
	return stores;
}

/* ---- registers -------------------------------------------------------------------------------- */

static void check_store(const struct ew_registration *r, const char *object, int line)
{
	g_assert_cmpstr(r->slot, ==, "ops.go");
	g_assert_cmpstr(r->object, ==, object);
	g_assert_cmpstr(r->how, ==, "initialiser");
	g_assert_null(r->function);
	g_assert_cmpint(r->place.line, ==, line);
	g_assert_cmpint(r->ways->len, ==, 1);
}

static void test_registers(void)
{
	g_autoptr(GPtrArray) stores = registers("alpha");
	const struct ew_way *way;
	const struct ew_edge *call;

	g_assert_cmpint(stores->len, ==, 2); /* that start() calls it is no use of its address */
	check_store(stores->pdata[0], "first", 6);
	check_store(stores->pdata[1], "second", 7);
	way = ((struct ew_registration *)stores->pdata[0])->ways->pdata[0];
	g_assert_cmpstr(way->slot, ==, "ops.go");
	g_assert_cmpint(way->steps->len, ==, 0);
	g_assert_cmpint(way->sites, ==, 1);
	g_assert_true(way->is_proved);
	g_assert_cmpint(way->calls->len, ==, 1);
	call = way->calls->pdata[0];
	g_assert_cmpstr(call->caller->name, ==, "run");
	g_assert_cmpint(call->site.line, ==, 9);
}

/* What nothing calls is told, and that it is not proved; what is nowhere stored is an empty answer. */
static void test_registers_unused(void)
{
	g_autoptr(GPtrArray) stores = registers("beta"), none = registers("idle");
	const struct ew_way *way;

	g_assert_cmpint(stores->len, ==, 1);
	check_store(stores->pdata[0], "other", 8);
	way = ((struct ew_registration *)stores->pdata[0])->ways->pdata[0];
	g_assert_cmpint(way->sites, ==, 1);
	g_assert_false(way->is_proved);
	g_assert_cmpint(way->calls->len, ==, 0);
	g_assert_cmpint(none->len, ==, 0);
}

/* ---- why, for each object --------------------------------------------------------------------- */

static void test_objects(void)
{
	static const char *const stores[] = {"first.go = alpha", "second.go = alpha"};
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) edges = ew_query_edges_between(q, function("run"), function("alpha"), &error);
	guint i;

	g_assert_no_error(error);
	g_assert_cmpint(edges->len, ==, 2);
	for (i = 0; i < edges->len; i++) {
		const struct ew_edge *e = edges->pdata[i];
		g_autoptr(GPtrArray) proof = ew_query_proof(q, e, &error);
		const struct ew_step *step, *last;

		g_assert_no_error(error);
		g_assert_cmpstr(e->grade, ==, "layers:3");
		g_assert_cmpstr(e->container, ==, i ? "second" : "first");
		g_assert_cmpint(e->store.line, ==, 6 + (int)i);
		step = proof->pdata[0];
		g_assert_cmpstr(step->text, ==, stores[i]);
		g_assert_cmpint(step->place.line, ==, 6 + (int)i);
		last = proof->pdata[proof->len - 1];
		g_assert_cmpstr(last->role, ==, "call");
		g_assert_cmpint(last->place.line, ==, 9);
	}
}

/* ---- unresolved, why-not ---------------------------------------------------------------------- */

static void test_unresolved(void)
{
	static const char *const elsewhere[] = {"nowhere", NULL};
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) sites = ew_query_unresolved(q, NULL, &error);
	g_autoptr(GPtrArray) none = ew_query_unresolved(q, elsewhere, &error);
	const struct ew_site *site;

	g_assert_no_error(error);
	g_assert_cmpint(none->len, ==, 0);
	g_assert_false(ew_query_has_file(q, elsewhere));
	g_assert_cmpint(sites->len, ==, 1);
	site = sites->pdata[0];
	g_assert_cmpstr(site->caller->name, ==, "toll");
	g_assert_cmpint(site->place.line, ==, 11);
	g_assert_cmpstr(site->slot, ==, "bell.ring");
	g_assert_cmpstr(ew_site_reason_name(site->reason), ==, "no_store");
	g_assert_cmpint(site->by_signature, ==, 2); /* alpha and beta: idle's address is not taken */
	g_assert_cmpint(site->by_slot, ==, 0);
}

static void test_why_not(void)
{
	g_autoptr(GError) error = NULL;
	ew_auto(why_not) answer = ew_query_why_not(q, function("run"), function("beta"), NULL, NULL, &error);
	const struct ew_why_not_site *site;
	const struct ew_exclusion *excluded;

	g_assert_no_error(error);
	g_assert_false(answer->is_called);
	g_assert_cmpint(answer->direct, ==, 0);
	g_assert_cmpint(answer->sites->len, ==, 1);
	site = answer->sites->pdata[0];
	g_assert_cmpint(site->candidates, ==, 2);
	g_assert_cmpint(site->asked, ==, 1);
	g_assert_cmpint(site->targets->len, ==, 1);
	g_assert_cmpstr(((struct ew_symbol *)site->targets->pdata[0])->name, ==, "alpha");
	g_assert_cmpint(site->classes->len, ==, 1);
	excluded = site->classes->pdata[0];
	g_assert_cmpint(excluded->ground, ==, EW_GROUND_OBJECT);
	g_assert_cmpint(excluded->count, ==, 1);
	g_assert_cmpint(excluded->place.line, ==, 8);
}

/* One that is called, directly or through a pointer, is said to be. */
static void test_why_not_called(void)
{
	static const char *const callers[] = {"run", "start"};
	guint i;

	for (i = 0; i < G_N_ELEMENTS(callers); i++) {
		g_autoptr(GError) error = NULL;
		ew_auto(why_not) answer =
			ew_query_why_not(q, function(callers[i]), function("alpha"), NULL, NULL, &error);

		g_assert_no_error(error);
		g_assert_true(answer->is_called);
	}
}

int main(int argc, char **argv)
{
	g_autofree char *directory = g_build_filename(EW_TEST_DIR, "fixtures/refs", NULL);
	g_autofree char *command = NULL;
	int status;

	g_test_init(&argc, &argv, NULL);
	work = g_dir_make_tmp("exitwalk-registers-XXXXXX", NULL);
	refs = ew_refs_open(directory, NULL);
	path = index_of_source(work, source);
	q = ew_query_open(path, refs, NULL);
	g_test_add_func("/registers/stores", test_registers);
	g_test_add_func("/registers/unused", test_registers_unused);
	g_test_add_func("/registers/objects", test_objects);
	g_test_add_func("/registers/unresolved", test_unresolved);
	g_test_add_func("/registers/why-not", test_why_not);
	g_test_add_func("/registers/why-not-called", test_why_not_called);
	status = g_test_run();
	ew_query_close(q);
	ew_refs_close(refs);
	g_free(path);
	command = g_strdup_printf("rm -rf '%s'", work);
	g_free(work);
	return system(command) ? 1 : status;
}
