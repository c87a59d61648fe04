/* SPDX-License-Identifier: GPL-3.0-or-later */
/* query: names, callers and callees, paths, proofs, slots and dumps, on a fixture; damaged indexes. */
#include "small_index.h"
#include "store/store.h"

static char *work, *path;
static struct ew_refs *refs;
static struct ew_query *q;

/* ---- names --------------------------------------------------------------------------------------- */

/* The error of a question for exactly one symbol. */
static void refuse_one(const char *name, unsigned kinds, int code, const char *a, const char *b)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(ew_query_one(q, name, kinds, &error));
	g_assert_error(error, EW_ERROR, code);
	if (!strstr(error->message, a) || !strstr(error->message, b))
		g_error("neither “%s” nor “%s” may be missing: %s", a, b, error->message);
}

static const struct ew_symbol *one(const char *name, unsigned kinds)
{
	g_autoptr(GError) error = NULL;
	const struct ew_symbol *s = ew_query_one(q, name, kinds, &error);

	g_assert_no_error(error);
	return s;
}

static const struct ew_symbol *function(const char *name)
{
	return one(name, EW_SYMBOL_FUNCTION);
}

static void expect_place(const char *name, unsigned kinds, const char *file, int line)
{
	const struct ew_symbol *s = one(name, kinds);

	g_assert_cmpstr(s->place.file, ==, file);
	g_assert_cmpint(s->place.line, ==, line);
}

static void test_names(void)
{
	expect_place("tube_release", EW_SYMBOL_ANY, "tube/tube.c", 30);
	expect_place("handle_ops.release", EW_SYMBOL_ANY, "include/bench/handle.h", 14);
	expect_place("tube_handle_ops", EW_SYMBOL_ANY, "tube/tube.c", 39);
	expect_place("handle.c:note", EW_SYMBOL_FUNCTION, "core/handle.c", 10);
	expect_place("core/handle.c:note", EW_SYMBOL_FUNCTION, "core/handle.c", 10);
	expect_place("tube.c:note", EW_SYMBOL_FUNCTION, "tube/tube.c", 9);
	expect_place("tube/tube.c", EW_SYMBOL_FILE, "tube/tube.c", 1);
	g_assert_true(function("tube.c:note")->is_static);
	g_assert_cmpint(one("handle", EW_SYMBOL_RECORD)->kind, ==, EW_SYMBOL_RECORD);
}

static void test_no_such_name(void)
{
	g_autofree char *long_name = g_strnfill(10000, 'x');

	refuse_one("note", EW_SYMBOL_FUNCTION, EW_ERROR_USAGE, "core/handle.c:note", "tube/tube.c:note");
	refuse_one("end_handel", EW_SYMBOL_FUNCTION, EW_ERROR_NO_ANSWER, "end_handel", "end_handle");
	refuse_one("le.c:note", EW_SYMBOL_FUNCTION, EW_ERROR_NO_ANSWER, "le.c:note", "");
	refuse_one("none.c:end_handle", EW_SYMBOL_FUNCTION, EW_ERROR_NO_ANSWER, "none.c", "");
	refuse_one("handle_ops.none", EW_SYMBOL_FIELD, EW_ERROR_NO_ANSWER, "handle_ops.none", "");
	refuse_one(long_name, EW_SYMBOL_ANY, EW_ERROR_NO_ANSWER, "xxx", "");
	refuse_one("", EW_SYMBOL_ANY, EW_ERROR_NO_ANSWER, "", "");
	refuse_one("%s%n", EW_SYMBOL_ANY, EW_ERROR_NO_ANSWER, "%s%n", "");
	refuse_one("'; DROP TABLE function", EW_SYMBOL_ANY, EW_ERROR_NO_ANSWER, "DROP", "");
	refuse_one("\xff\xfe", EW_SYMBOL_ANY, EW_ERROR_NO_ANSWER, "", "");
}

static char *completions(const char *prefix, unsigned kinds, int max)
{
	g_autoptr(GPtrArray) names = ew_query_complete(q, prefix, kinds, max);

	g_ptr_array_add(names, NULL);
	return g_strjoinv(" ", (char **)names->pdata);
}

static void expect_completions(const char *prefix, unsigned kinds, int max, const char *expected)
{
	g_autofree char *names = completions(prefix, kinds, max);

	g_assert_cmpstr(names, ==, expected);
}

static void test_complete(void)
{
	expect_completions("end_h", EW_SYMBOL_FUNCTION, 10, "end_handle end_handle_job");
	expect_completions("end_h", EW_SYMBOL_FUNCTION, 1, "end_handle");
	expect_completions("handle_ops.", EW_SYMBOL_ANY, 10,
			   "handle_ops.flush handle_ops.name handle_ops.release handle_ops.take");
	expect_completions("handle_ops.r", EW_SYMBOL_ANY, 10, "handle_ops.release");
	expect_completions("tube/w", EW_SYMBOL_FILE, 10, "tube/wire.c tube/wire_out.c");
	expect_completions("no_such", EW_SYMBOL_ANY, 10, "");
	expect_completions("end_h", EW_SYMBOL_FUNCTION, 0, "");
}

/* ---- calls ---------------------------------------------------------------------------------------- */

/* "caller>callee:line" and the depth where it is not 1. */
static char *edges_text(GPtrArray *edges)
{
	GString *s = g_string_new(NULL);
	guint i;

	for (i = 0; i < edges->len; i++) {
		const struct ew_edge *e = edges->pdata[i];

		g_string_append_printf(s, "%s%s>%s:%d", i ? " " : "", e->caller->name,
				       e->callee ? e->callee->name : "?", e->site.line);
		if (e->depth > 1)
			g_string_append_printf(s, "(%d)", e->depth);
	}
	return g_string_free(s, FALSE);
}

static void expect_calls(bool callers, const char *name, int depth, int limit, const char *expected,
			 bool expected_more)
{
	struct ew_edge_options options = {.depth = depth, .limit = limit};
	g_autoptr(GError) error = NULL;
	bool more = !expected_more;
	g_autoptr(GPtrArray) edges =
		(callers ? ew_query_callers : ew_query_callees)(q, function(name), &options, &more, &error);
	g_autofree char *text = NULL;

	g_assert_no_error(error);
	text = edges_text(edges);
	g_assert_cmpstr(text, ==, expected);
	g_assert_true(more == expected_more);
}

static void test_callers(void)
{
	expect_calls(true, "tube_release", 1, 0, "end_handle>tube_release:40", false);
	expect_calls(true, "end_handle", 1, 0,
		     "end_handle_job>end_handle:46 end_spares>end_handle:57 put_handle_now>end_handle:83",
		     false);
	expect_calls(true, "end_handle", 1, 2, "end_handle_job>end_handle:46 end_spares>end_handle:57", true);
	expect_calls(true, "end_handle", 1, 3,
		     "end_handle_job>end_handle:46 end_spares>end_handle:57 put_handle_now>end_handle:83",
		     false);
	expect_calls(true, "do_leave", 1, 0, "", false);
}

static void test_callees(void)
{
	expect_calls(false, "end_handle", 1, 0,
		     "end_handle>note:38 end_handle>shelf_release:40 end_handle>tube_release:40 "
		     "end_handle>free_handle:41",
		     false);
	expect_calls(false, "leave_jobs", 2, 2, "leave_jobs>run_jobs:21 run_jobs>end_handle_job:26(2)", false);
	expect_calls(false, "leave_jobs", 2, 1, "leave_jobs>run_jobs:21", true);
}

static void test_edge(void)
{
	g_autoptr(GPtrArray) edges = ew_query_edges_between(q, function("end_handle"),
							    function("tube_release"), NULL);
	const struct ew_edge *e;

	g_assert_cmpuint(edges->len, ==, 1);
	e = edges->pdata[0];
	g_assert_true(e->is_pointer && e->is_compiled);
	g_assert_cmpstr(e->when, ==, "now");
	g_assert_cmpstr(e->grade, ==, "layers:3");
	g_assert_cmpstr(e->slot, ==, "handle_ops.release");
	g_assert_cmpstr(e->container, ==, "tube_handle_ops");
	g_assert_cmpstr(e->store.file, ==, "tube/tube.c");
	g_assert_cmpint(e->store.line, ==, 42);
	g_assert_cmpstr(e->condition, ==, "h->h_ops->release");
	g_assert_cmpint(e->candidates, ==, 2);
}

static void test_proof(void)
{
	g_autoptr(GPtrArray) edges = ew_query_edges_between(q, function("run_jobs"),
							    function("end_handle_job"), NULL);
	g_autoptr(GPtrArray) steps = ew_query_proof(q, edges->pdata[0], NULL);
	static const struct {
		const char *role, *file;
		int line;
	} expected[] = {
		{"store", "core/handle.c", 70},
		{"flow", "include/bench/job.h", 13},
		{"register", "core/handle.c", 71},
		{"dispatch", "core/job.c", 26},
	};
	size_t i;

	g_assert_cmpuint(steps->len, ==, G_N_ELEMENTS(expected));
	for (i = 0; i < G_N_ELEMENTS(expected); i++) {
		const struct ew_step *s = steps->pdata[i];

		g_assert_cmpstr(s->role, ==, expected[i].role);
		g_assert_cmpstr(s->place.file, ==, expected[i].file);
		g_assert_cmpint(s->place.line, ==, expected[i].line);
	}
}

static void test_no_edge(void)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(ew_query_edges_between(q, function("tube_release"), function("do_leave"), &error));
	g_assert_error(error, EW_ERROR, EW_ERROR_NO_ANSWER);
	g_assert_nonnull(strstr(error->message, "path tube_release do_leave"));
}

/* ---- paths ------------------------------------------------------------------------------------------ */

static void expect_path(const char *from, const char *to, const char *binding, const char *expected)
{
	g_autoptr(GError) error = NULL;
	ew_auto(path) p = ew_query_path(q, function(from), function(to), binding, &error);
	g_autoptr(GString) text = g_string_new(from);
	guint i;

	g_assert_no_error(error);
	for (i = 0; i < p->hops->len; i++)
		g_string_append_printf(text, " %s",
				       ((struct ew_hop *)p->hops->pdata[i])->edge->callee->name);
	g_assert_cmpstr(text->str, ==, expected);
}

static void refuse_path(const char *from, const char *to, const char *binding, int code, const char *why)
{
	g_autoptr(GError) error = NULL;

	g_assert_null(ew_query_path(q, function(from), function(to), binding, &error));
	g_assert_error(error, EW_ERROR, code);
	g_assert_nonnull(strstr(error->message, why));
}

static void test_path(void)
{
	expect_path("leave_handles", "put_handle", NULL,
		    "leave_handles put_table close_handles close_handle put_handle");
	expect_path("do_leave", "wire_send_end", "wire",
		    "do_leave leave_jobs run_jobs end_handle_job end_handle tube_release drop_tube "
		    "line_release wire_shut __wire_shut wire_send_end");
	refuse_path("wire_send_end", "do_leave", NULL, EW_ERROR_NO_ANSWER, "no way from wire_send_end");
	refuse_path("do_leave", "do_leave", NULL, EW_ERROR_NO_ANSWER, "no way from do_leave");
	refuse_path("do_leave", "probe_release", "false", EW_ERROR_NO_ANSWER, "probe_ops");
	refuse_path("do_leave", "wire_shut", "none", EW_ERROR_USAGE, "wire");
}

/* Without a binding it says which one would choose; with it, why the tree supports that. */
static void test_binding(void)
{
	ew_auto(path) wide = ew_query_path(q, function("do_leave"), function("wire_send_end"), NULL, NULL);
	ew_auto(path) narrow = ew_query_path(q, function("do_leave"), function("wire_send_end"), "wire", NULL);

	g_assert_cmpuint(wide->would_narrow->len, ==, 1);
	g_assert_cmpstr(wide->would_narrow->pdata[0], ==, "wire");
	g_assert_null(wide->binding);
	g_assert_cmpstr(narrow->binding, ==, "wire");
	g_assert_cmpuint(narrow->would_narrow->len, ==, 0);
	g_assert_cmpuint(narrow->binding_proof->len, >, 3);
}

static void test_queued(void)
{
	ew_auto(path) p = ew_query_path(q, function("do_leave"), function("end_handle"), NULL, NULL);
	const struct ew_hop *hop = NULL;
	guint i;

	for (i = 0; i < p->hops->len && (!hop || !hop->queued); i++)
		hop = p->hops->pdata[i];
	g_assert_nonnull(hop->queued);
	g_assert_cmpstr(hop->edge->when, ==, "job");
	g_assert_cmpstr(hop->queued->registrar, ==, "add_job");
	g_assert_cmpstr(hop->queued->object, ==, "handle.h_late");
	g_assert_cmpint(hop->queued->site.line, ==, 71);
	g_assert_cmpstr(hop->queued->function->name, ==, "put_handle");
}

/* ---- slots, text, dumps ------------------------------------------------------------------------------- */

static void test_slot(void)
{
	g_autoptr(GError) error = NULL;
	ew_auto(slot) s = ew_query_slot(q, "handle_ops.release", &error);
	static const char *const stores[] = {"probe_release", "shelf_release", "tube_release"};
	guint i;

	g_assert_no_error(error);
	g_assert_cmpuint(s->stores->len, ==, 3);
	for (i = 0; i < 3; i++)
		g_assert_cmpstr(((struct ew_slot_store *)s->stores->pdata[i])->function->name, ==, stores[i]);
	g_assert_cmpuint(s->dispatches->len, ==, 2);
	g_assert_null(ew_query_slot(q, "handle_ops", &error));
	g_assert_error(error, EW_ERROR, EW_ERROR_USAGE);
}

static void test_text(void)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *file = g_build_filename(EW_TEST_DIR, "fixtures/rel-a/store/shelf.c", NULL), *bytes = NULL;
	g_autoptr(GBytes) text = ew_query_text(q, "store/shelf.c", &error);
	gsize length;

	g_assert_no_error(error);
	g_assert_true(g_file_get_contents(file, &bytes, &length, NULL));
	g_assert_cmpmem(g_bytes_get_data(text, NULL), g_bytes_get_size(text), bytes, length);
	g_assert_cmpstr(ew_query_spdx(q, "store/shelf.c"), ==, "SPDX-License-Identifier: GPL-3.0-or-later");
	g_assert_null(ew_query_text(q, "none.c", &error));
	g_assert_error(error, EW_ERROR, EW_ERROR_NO_ANSWER);
	g_assert_null(ew_query_spdx(q, "none.c"));
}

/* Every line has the columns that the first one names, and none is empty. */
static void check_columns(GPtrArray *lines, const char *header)
{
	g_auto(GStrv) names = g_strsplit(header, "\t", -1);
	guint i, k;

	g_assert_cmpstr(lines->pdata[0], ==, header);
	g_assert_cmpuint(lines->len, >, 50);
	for (i = 0; i < lines->len; i++) {
		g_auto(GStrv) columns = g_strsplit(lines->pdata[i], "\t", -1);

		g_assert_cmpuint(g_strv_length(columns), ==, g_strv_length(names));
		for (k = 0; columns[k]; k++)
			g_assert_cmpstr(columns[k], !=, "");
	}
}

static bool stop_at_once(const char *line, void *data)
{
	++*(int *)data;
	return false;
}

static void test_dumps(void)
{
	g_autoptr(GPtrArray) edges = dump_lines(q, ew_query_dump_edges);
	g_autoptr(GPtrArray) calls = dump_lines(q, ew_query_dump_calls);
	int told = 0;

	check_columns(edges, "caller\tcaller_file\tcallee\tcallee_file\tkind\twhen\tgrade\tcompiled\tsite");
	check_columns(calls, "caller\tcaller_file\tkind\tslot\ttargets\tcompiled\tmacro\tsite");
	g_assert_true(ew_query_dump_edges(q, stop_at_once, &told, NULL));
	g_assert_cmpint(told, ==, 1);
}

/* Each line has the columns that the last line with # named, and nothing refers to what is not there. */
static void test_facts(void)
{
	g_autoptr(GPtrArray) facts = dump_lines(q, ew_query_dump_facts);
	g_autoptr(GHashTable) kinds = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_auto(GStrv) header = NULL;
	int told = 0;
	guint i;

	for (i = 0; i < facts->len; i++) {
		const char *line = g_ptr_array_index(facts, i);
		g_auto(GStrv) cells = g_strsplit(line, "\t", -1);

		if (*line == '#') {
			g_strfreev(header);
			header = g_steal_pointer(&cells);
			continue;
		}
		g_assert_cmpstr(cells[0], ==, header[0] + 1);
		g_assert_cmpuint(g_strv_length(cells), ==, g_strv_length(header));
		g_assert_null(strchr(line, '?'));
		g_hash_table_add(kinds, g_strdup(cells[0]));
	}
	g_assert_cmpuint(g_hash_table_size(kinds), ==, 21);
	g_assert_true(ew_query_dump_facts(q, stop_at_once, &told, NULL));
	g_assert_cmpint(told, ==, 1);
}

/* ---- damage --------------------------------------------------------------------------------------------- */

/* Whatever is asked, there is an answer or an error. */
static int ask_all(struct ew_query *damaged)
{
	static const char *const names[] = {"do_leave", "end_handle", "run_jobs", "wire_send_end", "tube_release"};
	struct ew_query *whole = q;
	GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
	const struct ew_symbol *last = NULL;
	GError *error = NULL;
	int errors = 0;
	size_t i;

	q = damaged;
	for (i = 0; i < G_N_ELEMENTS(names); i++) {
		const struct ew_symbol *s = ew_query_one(q, names[i], EW_SYMBOL_FUNCTION, NULL);
		struct ew_edge_options options = {.depth = 3, .limit = 50};
		g_autoptr(GPtrArray) callers = s ? ew_query_callers(q, s, &options, NULL, NULL) : NULL;
		g_autoptr(GPtrArray) callees = s ? ew_query_callees(q, s, &options, NULL, NULL) : NULL;
		ew_auto(path) p = s && last ? ew_query_path(q, last, s, NULL, NULL) : NULL;

		last = s ? s : last;
	}
	errors += !ew_query_dump_edges(q, keep_line, lines, &error);
	g_clear_error(&error);
	errors += !ew_query_dump_calls(q, keep_line, lines, &error);
	g_clear_error(&error);
	errors += !ew_query_dump_facts(q, keep_line, lines, &error);
	g_clear_error(&error);
	ew_slot_free(ew_query_slot(q, "handle_ops.release", NULL));
	ew_coverage_free(ew_query_coverage(q, NULL));
	g_clear_pointer(&(GBytes *){ew_query_text(q, "core/handle.c", NULL)}, g_bytes_unref);
	g_ptr_array_unref(lines);
	q = whole;
	return errors;
}

/* SQLite's pages are of 8 KiB; `at` is where in each of them the damage begins. */
static void damage_pages(const char *bytes, gsize length, gsize at, int count, int *refused, int *errors)
{
	g_autofree char *other = g_build_filename(work, "other.sqlite", NULL);
	g_autoptr(GRand) rand = g_rand_new_with_seed(at);
	gsize page;
	int i;

	for (page = 0; page < length; page += 8192) {
		g_autofree char *damaged = g_memdup2(bytes, length);
		struct ew_query *d;

		for (i = 0; i < count; i++)
			damaged[page + at + i] = g_rand_int_range(rand, 0, 256);
		g_assert_true(g_file_set_contents(other, damaged, length, NULL));
		d = ew_query_open(other, refs, NULL);
		*refused += !d;
		if (d)
			*errors += ask_all(d);
		ew_query_close(d);
	}
}

static void test_damaged(void)
{
	g_autofree char *bytes = NULL;
	int refused = 0, errors = 0;
	gsize length;

	g_assert_true(g_file_get_contents(path, &bytes, &length, NULL));
	damage_pages(bytes, length, 0, 8, &refused, &errors);
	damage_pages(bytes, length, 8192 - 60, 60, &refused, &errors);
	damage_pages(bytes, length, 8192 - 400, 3, &refused, &errors);
	damage_pages(bytes, length, 8192 - 2000, 500, &refused, &errors);
	g_assert_cmpint(refused, >, 0);
	g_assert_cmpint(errors, >, 0);
}

/* In one row of the graph a number is too great. */
static void expect_damaged_graph(int64_t row, int byte)
{
	g_autofree char *other = g_build_filename(work, "other.sqlite", NULL), *bytes = NULL;
	g_autofree void *beginning = NULL;
	char *at;
	struct ew_query *d, *whole = q;
	g_autoptr(GError) error = NULL;
	gsize length, part;

	{
		ew_auto(store) s = ew_store_open(path, NULL);
		ew_auto(rows) r = ew_store_select(s, EW_GRAPH, "i", row);
		const void *blob;

		g_assert_true(ew_rows_next(r));
		blob = ew_rows_blob(r, 0, &part);
		beginning = g_memdup2(blob, part);
	}
	g_assert_true(g_file_get_contents(path, &bytes, &length, NULL));
	at = memmem(bytes, length, beginning, part);
	g_assert_nonnull(at);
	at[byte] = 0x7f;
	g_assert_true(g_file_set_contents(other, bytes, length, NULL));
	q = d = ew_query_open(other, refs, NULL);
	g_assert_null(ew_query_path(d, function("do_leave"), function("end_handle"), NULL, &error));
	g_assert_error(error, EW_ERROR, EW_ERROR_INPUT);
	g_assert_nonnull(strstr(error->message, "`exitwalk index`"));
	q = whole;
	ew_query_close(d);
}

static int64_t function_count(void)
{
	ew_auto(store) s = ew_store_open(path, NULL);
	ew_auto(rows) r = ew_store_select(s, EW_GRAPH, "i", (int64_t)EW_GRAPH_HEAD);
	struct unpacker u;
	const void *blob;
	size_t length;

	g_assert_true(ew_rows_next(r));
	blob = ew_rows_blob(r, 0, &length);
	u = unpacker_of(blob, length);
	return (int64_t)unpack_number(&u);
}

/* The numbers of edges do not sum up; the first function of a part has more edges than there are, from either end. */
static void test_damaged_graph(void)
{
	int64_t backward = ew_store_graph_backward(function_count());

	expect_damaged_graph(EW_GRAPH_HEAD, 4);
	expect_damaged_graph(EW_GRAPH_FORWARD + function("do_leave")->id / EW_GRAPH_PART, 0);
	expect_damaged_graph(backward + function("end_handle")->id / EW_GRAPH_PART, 0);
}

int main(int argc, char **argv)
{
	g_autofree char *refs_dir = g_build_filename(EW_TEST_DIR, "fixtures/refs", NULL);
	g_autofree char *tree = g_build_filename(EW_TEST_DIR, "fixtures/rel-a", NULL);
	g_autofree char *command = NULL;
	int status;

	g_test_init(&argc, &argv, NULL);
	work = g_dir_make_tmp("exitwalk-query-XXXXXX", NULL);
	path = index_of_tree(work, tree);
	refs = ew_refs_open(refs_dir, NULL);
	q = ew_query_open(path, refs, NULL);
	g_test_add_func("/query/names", test_names);
	g_test_add_func("/query/no-such-name", test_no_such_name);
	g_test_add_func("/query/complete", test_complete);
	g_test_add_func("/query/callers", test_callers);
	g_test_add_func("/query/callees", test_callees);
	g_test_add_func("/query/edge", test_edge);
	g_test_add_func("/query/proof", test_proof);
	g_test_add_func("/query/no-edge", test_no_edge);
	g_test_add_func("/query/path", test_path);
	g_test_add_func("/query/binding", test_binding);
	g_test_add_func("/query/queued", test_queued);
	g_test_add_func("/query/slot", test_slot);
	g_test_add_func("/query/text", test_text);
	g_test_add_func("/query/dumps", test_dumps);
	g_test_add_func("/query/facts", test_facts);
	g_test_add_func("/query/damaged", test_damaged);
	g_test_add_func("/query/damaged-graph", test_damaged_graph);
	status = g_test_run();
	ew_query_close(q);
	ew_refs_close(refs);
	g_free(path);
	command = g_strdup_printf("rm -rf '%s'", work);
	return system(command) == 0 ? status : 1;
}
