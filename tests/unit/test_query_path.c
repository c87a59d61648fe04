/* SPDX-License-Identifier: GPL-3.0-or-later */
/* query: the conditions of a call, in the source's order; ways that avoid functions, and all ways. */
#include "small_index.h"

static struct ew_refs *refs;
static struct ew_query *q;

static const struct ew_symbol *function(const char *name)
{
	g_autoptr(GError) error = NULL;
	const struct ew_symbol *s = ew_query_one(q, name, EW_SYMBOL_FUNCTION, &error);

	g_assert_no_error(error);
	return s;
}

/* ---- conditions ---------------------------------------------------------------------------------- */

/* The call of `caller` in line `line` whose callee is `callee`. */
static int64_t call_in(const char *caller, const char *callee, int line)
{
	g_autoptr(GPtrArray) calls = ew_query_calls_in(q, function(caller));
	guint i;

	for (i = 0; i < calls->len; i++) {
		const struct ew_edge *e = calls->pdata[i];

		if (e->site.line == line && e->callee && !strcmp(e->callee->name, callee))
			return e->call;
	}
	g_error("%s does not call %s in line %d", caller, callee, line);
}

/* "then+ text:line; …": + where it holds, - where it does not, ! where it never does */
static void expect_conditions(const char *caller, const char *callee, int line, const char *expected)
{
	g_autoptr(GPtrArray) all = ew_query_conditions(q, call_in(caller, callee, line));
	g_autoptr(GString) text = g_string_new(NULL);
	guint i;

	for (i = 0; i < all->len; i++) {
		const struct ew_condition *c = all->pdata[i];

		g_string_append_printf(text, "%s%s%s%s %s:%d", i ? "; " : "",
				       ew_condition_kind_name(c->kind), c->is_negated ? "-" : "+",
				       c->is_dead ? "!" : "", c->text, c->place.line);
	}
	g_assert_cmpstr(text->str, ==, expected);
}

/* core/leave.c, core/table.c, core/handle.c and tube/wire.c of rel-a, by reading. */
static void test_conditions(void)
{
	expect_conditions("do_leave", "this_worker", 42, "");
	expect_conditions("do_leave", "meter_leave", 49, "else-! IS_ENABLED(CONFIG_AUDIT):46");
	expect_conditions("do_leave", "say_next", 59, "else- last:56");
	expect_conditions("close_handles", "close_handle", 17,
			  "loop+ i < ARRAY_LENGTH(table->slots):12; then+ h:15");
	expect_conditions("put_handle", "add_job", 71,
			  "then+ drop_count(&h->h_count):66; then+ likely(!worker->is_helper):69");
	expect_conditions("__wire_shut", "wire_owes_end", 34,
			  "else- end->e_unread:30; else- !patience && end->e_patience < 0:32");
	expect_conditions("__wire_shut", "wire_send_end", 35,
			  "else- end->e_unread:30; else- !patience && end->e_patience < 0:32; "
			  "then+ wire_owes_end(end):34");
}

static void test_no_conditions(void)
{
	g_autoptr(GPtrArray) none = ew_query_conditions(q, 0);
	g_autoptr(GPtrArray) far = ew_query_conditions(q, INT64_C(1) << 40);

	g_assert_cmpuint(none->len, ==, 0);
	g_assert_cmpuint(far->len, ==, 0);
}

static void test_wording(void)
{
	static const struct {
		struct ew_condition c;
		const char *words;
	} rows[] = {
		{{.kind = EW_CONDITION_THEN, .text = "a"}, "a"},
		{{.kind = EW_CONDITION_ELSE, .is_negated = true, .text = "a && b"}, "!(a && b)"},
		{{.kind = EW_CONDITION_LOOP, .text = "x"}, "loop: x"},
		{{.kind = EW_CONDITION_LOOP, .is_in_macro = true, .text = "m"}, "inside the macro m"},
		{{.kind = EW_CONDITION_THEN}, "?"},
	};
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *words = ew_condition_worded(&rows[i].c);

		g_assert_cmpstr(words, ==, rows[i].words);
	}
}

/* ---- ways ------------------------------------------------------------------------------------------ */

/* "f > g ~ h": ~ where the hop is later, and "f ! h" where it queues. */
static char *way_text(const struct ew_path *p)
{
	GString *s = g_string_new(ew_hop_from(p->hops->pdata[0])->name);
	guint i;

	for (i = 0; i < p->hops->len; i++) {
		const struct ew_hop *hop = p->hops->pdata[i];
		const char *sign = !strcmp(hop->edge->when, "now") ? ">" : hop->is_queueing ? "!" : "~";

		g_string_append_printf(s, " %s %s", sign, hop->edge->callee->name);
	}
	return g_string_free(s, FALSE);
}

static char *ways_text(const GPtrArray *paths)
{
	GString *s = g_string_new(NULL);
	guint i;

	for (i = 0; i < paths->len; i++) {
		g_autofree char *way = way_text(paths->pdata[i]);

		g_string_append_printf(s, "%s%s", i ? "; " : "", way);
	}
	return g_string_free(s, FALSE);
}

static struct ew_paths *ask(const char *from, const char *to, const char *avoid, int most, GError **error)
{
	g_autoptr(GPtrArray) functions = g_ptr_array_new();
	g_auto(GStrv) names = g_strsplit(avoid, " ", -1);
	struct ew_path_options options = {.avoid = functions, .most = most};
	char **name;

	for (name = names; *name; name++)
		g_ptr_array_add(functions, (gpointer)function(*name));
	return ew_query_paths(q, function(from), function(to), &options, error);
}

static void expect_ways(const char *from, const char *to, const char *avoid, int most,
			const char *expected, bool more)
{
	g_autoptr(GError) error = NULL;
	ew_auto(paths) paths = ask(from, to, avoid, most, &error);
	g_autofree char *text = NULL;

	g_assert_no_error(error);
	text = ways_text(paths->paths);
	g_assert_cmpstr(text, ==, expected);
	g_assert_true(paths->more == more);
	g_assert_false(paths->is_given_up);
}

static void expect_none(const char *from, const char *to, const char *avoid, int code, const char *words)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(ask(from, to, avoid, 0, &error));
	g_assert_error(error, EW_ERROR, code);
	if (!strstr(error->message, words))
		g_error("no “%s” in: %s", words, error->message);
}

/* By reading rel-a: who drops, ends and runs handles, and what __wire_shut can do. */
static void test_all(void)
{
	expect_ways("do_leave", "end_handle_job", "", 0,
		    "do_leave > leave_jobs > run_jobs ~ end_handle_job; do_leave > leave_handles > "
		    "put_table > close_handles > close_handle > put_handle ! end_handle_job",
		    false);
	expect_ways("do_leave", "end_handle_job", "", 1, "do_leave > leave_jobs > run_jobs ~ end_handle_job",
		    true);
	expect_ways("drop_chain", "end_handle_job", "", 0, "drop_chain > put_handle ! end_handle_job",
		    false);
	expect_ways("drop_chain", "drop_chain", "", 0, "drop_chain > drop_chain", false);
	expect_ways("wire_shut", "wire_destroy", "", 0,
		    "wire_shut > __wire_shut > wire_destroy; wire_shut > __wire_shut ! wire_idle > "
		    "wire_destroy",
		    false);
}

static void test_avoid(void)
{
	expect_ways("do_leave", "end_handle_job", "leave_jobs", 0,
		    "do_leave > leave_handles > put_table > close_handles > close_handle > put_handle ! "
		    "end_handle_job",
		    false);
	expect_ways("do_leave", "put_handle", "leave_jobs", 0,
		    "do_leave > leave_handles > put_table > close_handles > close_handle > put_handle",
		    false);
	/* The job is run by run_jobs alone, and queued by put_handle alone. */
	expect_none("do_leave", "end_handle_job", "run_jobs", EW_ERROR_NO_ANSWER, "avoids run_jobs");
	expect_none("do_leave", "end_handle_job", "leave_handles", EW_ERROR_NO_ANSWER, "avoids leave_handles");
	expect_none("do_leave", "end_handle_job", "put_handle", EW_ERROR_NO_ANSWER, "avoids put_handle");
	expect_none("do_leave", "put_handle", "this_worker put_table", EW_ERROR_NO_ANSWER,
		    "avoids this_worker, put_table");
	expect_none("do_leave", "put_handle", "do_leave", EW_ERROR_USAGE, "do_leave is an end");
	expect_none("do_leave", "put_handle", "put_handle", EW_ERROR_USAGE, "put_handle is an end");
}

static void test_routes(void)
{
	g_autoptr(GError) error = NULL;
	ew_auto(paths) paths = ask("do_leave", "end_handle_job", "", 1, &error);
	ew_auto(paths) all = ask("do_leave", "end_handle_job", "", 5, &error);
	g_autofree char *text = ways_text(all->routes);

	g_assert_cmpuint(paths->routes->len, ==, 0);
	g_assert_cmpstr(text, ==, "do_leave > leave_jobs > run_jobs ~ end_handle_job; do_leave > "
				  "leave_handles > put_table > close_handles > close_handle > put_handle "
				  "! end_handle_job");
}

/* No call leads from put_handle to the job: to queue it is the way then. */
static void test_by_queueing(void)
{
	g_autoptr(GError) error = NULL;
	ew_auto(path) p = ew_query_path(q, function("put_handle"), function("end_handle_job"), NULL, &error);
	const struct ew_hop *hop;

	g_assert_no_error(error);
	g_assert_cmpuint(p->hops->len, ==, 1);
	hop = p->hops->pdata[0];
	g_assert_true(hop->is_queueing);
	g_assert_cmpstr(hop->edge->caller->name, ==, "run_jobs");
	g_assert_cmpstr(hop->queued->function->name, ==, "put_handle");
	g_assert_cmpstr(hop->queued->registrar, ==, "add_job");
	g_assert_cmpstr(hop->queued->site.file, ==, "core/handle.c");
	g_assert_cmpint(hop->queued->site.line, ==, 71);
}

/* A ladder of `n` rungs: 2^n ways of one length, and no more looked at than are wanted. */
static char *ladder(int n)
{
	GString *s = g_string_new("void end(void) {}\n");
	int i;

	g_string_append(s, "void a0(void) { end(); }\nvoid b0(void) { end(); }\n");
	for (i = 1; i < n; i++)
		g_string_append_printf(s, "void a%d(void) { a%d(); b%d(); }\nvoid b%d(void) { a%d(); b%d(); }\n",
				       i, i - 1, i - 1, i, i - 1, i - 1);
	g_string_append_printf(s, "void start(void) { a%d(); b%d(); }\n", n - 1, n - 1);
	return g_string_free(s, FALSE);
}

static void test_ladder(gconstpointer work)
{
	g_autofree char *source = ladder(60), *path = index_of_source(work, source);
	struct ew_query *whole = q;
	g_autoptr(GError) error = NULL;
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	guint i;

	q = ew_query_open(path, refs, &error);
	g_assert_no_error(error);
	ew_auto(paths) paths = ask("start", "end", "", 200, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(paths->paths->len, ==, 200);
	g_assert_true(paths->more);
	for (i = 0; i < paths->paths->len; i++) {
		const struct ew_path *p = paths->paths->pdata[i];

		g_assert_cmpuint(p->hops->len, ==, 61);
		g_assert_true(g_hash_table_add(seen, way_text(p)));
	}
	ew_query_close(q);
	q = whole;
}

int main(int argc, char **argv)
{
	g_autofree char *work = g_dir_make_tmp("ew-path-XXXXXX", NULL);
	g_autofree char *tree = g_build_filename(EW_TEST_DIR, "fixtures/rel-a", NULL);
	g_autofree char *data = g_build_filename(EW_TEST_DIR, "fixtures/refs", NULL);
	g_autofree char *path = index_of_tree(work, tree);
	g_autoptr(GError) error = NULL;
	g_autofree char *command = g_strdup_printf("rm -rf '%s'", work);
	int status;

	refs = ew_refs_open(data, NULL);
	q = ew_query_open(path, refs, &error);
	g_assert_no_error(error);
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/query/conditions", test_conditions);
	g_test_add_func("/query/conditions/none", test_no_conditions);
	g_test_add_func("/query/conditions/wording", test_wording);
	g_test_add_func("/query/ways/all", test_all);
	g_test_add_func("/query/ways/avoid", test_avoid);
	g_test_add_func("/query/ways/routes", test_routes);
	g_test_add_func("/query/ways/by-queueing", test_by_queueing);
	g_test_add_data_func("/query/ways/ladder", work, test_ladder);
	status = g_test_run();
	ew_query_close(q);
	ew_refs_close(refs);
	return system(command) == 0 ? status : 1;
}
