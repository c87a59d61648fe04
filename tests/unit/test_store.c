/* SPDX-License-Identifier: GPL-3.0-or-later */
/* store: facts in, rows out; what a statement costs; files that are no index. */
#include "store/store.h"

#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

static char *work;

static char *path_of(const char *name)
{
	return g_build_filename(work, name, NULL);
}

/* ---- the facts of a small tree ---------------------------------------------------------------- */

static const struct ew_ref open_slot = {EW_NODE_FIELD, "ops@ops.h:1.open", EW_NODE_VARIABLE, "a.c:table",
					EW_BASE_OBJECT, false};
static const struct ew_ref function_one = {.kind = EW_NODE_FUNCTION, .key = "a.c:one"};

static void say_header(const struct ew_sink *to, int *told)
{
	static const struct ew_fact_function helper = {
		"ops.h:helper", "helper", {"ops.h", 9, 20}, 12, EW_LINKAGE_STATIC, true, false,
		"void (struct ops *)"};

	to->file(to->data, "ops.h");
	to->record(to->data,
		   &(struct ew_fact_record){"ops@ops.h:1", "ops", "struct", {"ops.h", 1, 8}, 4});
	to->field(to->data, &(struct ew_fact_field){"ops@ops.h:1.open", "ops@ops.h:1", "open",
						    "int (*)(void)", 2, true});
	to->field(to->data, &(struct ew_fact_field){"ops@ops.h:1.count", "ops@ops.h:1", "count", "int", 3,
						    false});
	to->flow(to->data, &(struct ew_fact_flow){open_slot, function_one, EW_FLOW_INITIALISER, NULL,
						  {"ops.h", 7, 3}, -1, NULL});
	if (!to->function(to->data, &helper))
		return;
	++*told;
	to->call(to->data, &(struct ew_fact_call){.caller = "ops.h:helper", .callee = "outside",
						  .place = {"ops.h", 10, 2}, .condition = -1});
	to->end_function(to->data);
}

static void say_caller(const struct ew_sink *to)
{
	static const struct ew_ref through = {EW_NODE_FIELD, "ops@ops.h:1.open", EW_NODE_LOCAL,
					      "caller%p@40", EW_BASE_POINTER, false};
	static const struct ew_ref local = {.kind = EW_NODE_LOCAL, .key = "caller%p@40"};
	static const struct ew_ref table = {.kind = EW_NODE_VARIABLE, .key = "a.c:table", .is_address = true};
	static const struct ew_ref second = {.kind = EW_NODE_PARAM, .key = "outside#1"};
	const struct ew_place place = {"a.c", 22, 5};

	to->function(to->data, &(struct ew_fact_function){"caller", "caller", {"a.c", 20, 5}, 30,
							  EW_LINKAGE_EXTERNAL, false, false, "int (void)"});
	to->flow(to->data, &(struct ew_fact_flow){local, table, EW_FLOW_ASSIGNMENT, "caller", place, -1, NULL});
	to->condition(to->data, &(struct ew_fact_condition){"caller", 0, -1, EW_CONDITION_THEN, {"a.c", 23, 6},
							    23, 12, false});
	to->condition(to->data, &(struct ew_fact_condition){"caller", 1, 0, EW_CONDITION_LOOP, {"a.c", 24, 6},
							    24, 12, true});
	to->call(to->data, &(struct ew_fact_call){"caller", 0, "outside", {0}, NULL, {"a.c", 25, 2}, "CALL",
						  1, true});
	to->flow(to->data, &(struct ew_fact_flow){second, function_one, EW_FLOW_ARGUMENT, "caller",
						  {"a.c", 25, 10}, 0, "CALL"});
	to->call(to->data, &(struct ew_fact_call){"caller", 1, NULL, through, "int (void)", {"a.c", 26, 2},
						  NULL, -1, false});
	to->access(to->data, &(struct ew_fact_access){"caller", "ops@ops.h:1.open", EW_ACCESS_READ, true,
						      {"a.c", 26, 5}});
	to->access(to->data, &(struct ew_fact_access){"caller", "ops@ops.h:1.open", EW_ACCESS_READ, true,
						      {"a.c", 26, 5}});
	to->end_function(to->data);
}

static void say_unit(const struct ew_sink *to)
{
	to->file(to->data, "a.c");
	to->variable(to->data, &(struct ew_fact_variable){"a.c:table", "table", {"a.c", 7, 18}, 9,
							  EW_LINKAGE_STATIC, "struct ops"});
	to->function(to->data, &(struct ew_fact_function){"a.c:one", "one", {"a.c", 3, 12}, 5,
							  EW_LINKAGE_STATIC, false, false, "int (void)"});
	to->end_function(to->data);
	say_caller(to);
	to->diagnostic(to->data, &(struct ew_place){"a.c", 40, 1}, "first");
	to->diagnostic(to->data, &(struct ew_place){"a.c", 41, 1}, "second");
}

static const char text[] = "// SPDX-License-Identifier: GPL-2.0-only /* x */\n"
			   "#define ONE 1\n"
			   " # \tdefine\tTWO(a) \\\n\ta\n"
			   "#define\n#defined NOT\n//#define NOT\nint define_not;\n#define LAST";

static struct ew_store_writer *begin(const char *path)
{
	g_autoptr(GError) error = NULL;
	struct ew_store_writer *w = ew_store_create(path, &error);

	g_assert_no_error(error);
	return w;
}

static void end(struct ew_store_writer *w)
{
	g_autoptr(GError) error = NULL;

	ew_store_finish_facts(w, &error);
	g_assert_no_error(error);
	ew_store_add_graph(w);
	g_assert_null(ew_store_writer_error(w));
	ew_store_close_writer(w, &error);
	g_assert_no_error(error);
}

static struct ew_store *open_store(const char *path)
{
	g_autoptr(GError) error = NULL;
	struct ew_store *s = ew_store_open(path, &error);

	g_assert_no_error(error);
	return s;
}

/* The whole of it, with what resolve would add. */
static char *make_index(void)
{
	char *path = path_of("whole.sqlite");
	struct ew_store_writer *w = begin(path);
	const struct ew_sink *sink = ew_store_sink(w);
	g_autoptr(GError) error = NULL;
	int told = 0;

	ew_store_begin_unit(w, "a.c");
	say_header(sink, &told);
	say_unit(sink);
	ew_store_end_unit(w, EW_STORE_ERRORS, 2, NULL);
	ew_store_begin_unit(w, "b.c");
	say_header(sink, &told);
	ew_store_end_unit(w, EW_STORE_INDEXED, 0, NULL);
	ew_store_begin_unit(w, "c.c");
	ew_store_end_unit(w, EW_STORE_NOT_INDEXED, 0, "it is not there");
	g_assert_cmpint(told, ==, 1); /* the second unit's copy of the header is refused */
	ew_store_set_meta(w, "release", "1.2");
	ew_store_set_meta(w, "release", "1.3");
	ew_store_add_text(w, "a.c", text, strlen(text));
	ew_store_add_text(w, "a.c", "another", 7);
	ew_store_finish_facts(w, &error);
	g_assert_no_error(error);
	ew_store_add_edge(w, 3, 1, "later", 2, 8, 1, false, false);
	ew_store_add_proof(w, 1, 0, EW_ROLE_STORE, 1);
	ew_store_add_proof(w, 1, 1, EW_ROLE_REGISTER, 2);
	ew_store_add_reach(w, 9, 17, 1);
	ew_store_add_reach(w, 9, 17, 2);
	ew_store_add_graph(w);
	ew_store_close_writer(w, &error);
	g_assert_no_error(error);
	return path;
}

/* ---- reading ---------------------------------------------------------------------------------- */

/* All columns of all rows: "-" for NULL, "|" between columns, "; " between rows. */
static char *take(struct ew_rows *r, int columns)
{
	GString *s = g_string_new(NULL);
	int i;

	while (ew_rows_next(r)) {
		g_string_append(s, s->len ? "; " : "");
		for (i = 0; i < columns; i++)
			g_string_append_printf(s, "%s%s", i ? "|" : "",
					       ew_rows_is_null(r, i) ? "-" : ew_rows_text(r, i));
	}
	ew_rows_end(r);
	return g_string_free(s, FALSE);
}

static void assert_rows(struct ew_rows *r, int columns, const char *expected)
{
	g_autofree char *rows = take(r, columns);

	g_assert_cmpstr(rows, ==, expected);
}

static int64_t id_of(struct ew_store *s, enum ew_statement named, const char *name)
{
	ew_auto(rows) r = ew_store_select(s, named, "s", name);

	g_assert_true(ew_rows_next(r));
	return ew_rows_int(r, 0);
}

static char *string_of(struct ew_store *s, int64_t id)
{
	return take(ew_store_select(s, EW_STRING, "i", id), 1);
}

static void test_entities(void)
{
	g_autofree char *path = make_index(), *type = NULL;
	ew_auto(store) s = open_store(path);
	int64_t ops = id_of(s, EW_RECORDS_NAMED, "ops"), caller = id_of(s, EW_FUNCTIONS_NAMED, "caller");
	int64_t table = id_of(s, EW_VARIABLES_NAMED, "table");
	g_autofree char *file = NULL;

	assert_rows(ew_store_select(s, EW_META, "s", "release"), 1, "1.3");
	assert_rows(ew_store_select(s, EW_META, "s", "none"), 1, "");
	assert_rows(ew_store_select(s, EW_UNITS, ""), 4,
		    "a.c|1|2|a.c:40: first; b.c|0|0|-; c.c|2|0|it is not there");
	assert_rows(ew_store_select(s, EW_FIELDS_OF, "i", ops), 2, "1|open; 2|count");
	assert_rows(ew_store_select(s, EW_FUNCTIONS_LIKE, "ssi", "o", "p", (int64_t)9), 1, "one; outside");
	assert_rows(ew_store_select(s, EW_FUNCTIONS_LIKE, "ssi", "o", "p", (int64_t)1), 1, "one");
	assert_rows(ew_store_select(s, EW_FUNCTION_NAMES, ""), 1, "caller; helper; one; outside");
	assert_rows(ew_store_select(s, EW_FILES_LIKE, "ssi", "", "z", (int64_t)9), 1, "a.c; ops.h");
	{
		ew_auto(rows) r = ew_store_select(s, EW_FUNCTION, "i", caller);

		g_assert_true(ew_rows_next(r));
		file = take(ew_store_select(s, EW_FILE, "i", ew_rows_int(r, 1)), 1);
		type = string_of(s, ew_rows_int(r, 6));
		g_assert_cmpstr(file, ==, "a.c");
		g_assert_cmpstr(type, ==, "int (void)");
		g_assert_cmpint(ew_rows_int(r, 2), ==, 20);
		g_assert_cmpint(ew_rows_int(r, 3), ==, 5);
		g_assert_cmpint(ew_rows_int(r, 4), ==, 30);
		g_assert_cmpint(ew_rows_int(r, 5), ==, 0);
	}
	{
		ew_auto(rows) r = ew_store_select(s, EW_VARIABLE, "i", table);

		g_assert_true(ew_rows_next(r));
		g_assert_cmpint(ew_rows_int(r, 5), ==, EW_STORE_STATIC);
	}
	assert_rows(ew_store_select(s, EW_COUNTS, ""), 8, "3|1|3|2|2|3|1|1");
	assert_rows(ew_store_select(s, EW_POINTER_COUNTS, ""), 2, "1|1");
	g_assert_null(ew_store_error(s));
}

/* Only called, never defined: a row without a place. */
static void test_undefined(void)
{
	g_autofree char *path = make_index();
	ew_auto(store) s = open_store(path);
	int64_t outside = id_of(s, EW_FUNCTIONS_NAMED, "outside");

	assert_rows(ew_store_select(s, EW_FUNCTION, "i", outside), 7, "outside|-|-|-|-|-|-");
	assert_rows(ew_store_select(s, EW_DEFINED_FUNCTIONS, ""), 1, "1; 2; 4");
}

static void test_calls_and_flows(void)
{
	g_autofree char *path = make_index();
	ew_auto(store) s = open_store(path);
	int64_t caller = id_of(s, EW_FUNCTIONS_NAMED, "caller"), one = id_of(s, EW_FUNCTIONS_NAMED, "one");
	int64_t outside = id_of(s, EW_FUNCTIONS_NAMED, "outside");
	int64_t table = ew_node_make(EW_NODE_VARIABLE, id_of(s, EW_VARIABLES_NAMED, "table"));
	int64_t field = ew_node_make(EW_NODE_FIELD, 1);
	ew_auto(rows) r = ew_store_select(s, EW_CALLS_OF, "i", caller);
	ew_auto(rows) f = ew_store_select(s, EW_FLOWS_INTO, "i", field);
	ew_auto(rows) a = ew_store_select(s, EW_FLOWS_INTO, "i", ew_node_param(outside, 1));
	g_autofree char *macro = NULL, *name = NULL;

	g_assert_true(ew_rows_next(r));
	macro = string_of(s, ew_rows_int(r, 11));
	g_assert_cmpstr(macro, ==, "CALL");
	g_assert_cmpint(ew_rows_int(r, 3), ==, outside);
	g_assert_cmpint(ew_rows_int(r, 13), ==, 1);
	assert_rows(ew_store_select(s, EW_CONDITION, "i", ew_rows_int(r, 12)), 3, "1|2|1"); /* in a loop, */
	assert_rows(ew_store_select(s, EW_CONDITION, "i", (int64_t)1), 3, "-|0|0");	    /* in an if */
	g_assert_true(ew_rows_next(r));
	g_assert_true(ew_rows_is_null(r, 3));
	g_assert_cmpint(ew_rows_int(r, 4), ==, field);
	g_assert_cmpint(ew_node_kind_of(ew_rows_int(r, 5)), ==, EW_NODE_LOCAL);
	{
		ew_auto(rows) local = ew_store_select(s, EW_LOCAL, "i", ew_node_id(ew_rows_int(r, 5)));

		g_assert_true(ew_rows_next(local));
		g_assert_cmpint(ew_rows_int(local, 0), ==, caller);
		name = string_of(s, ew_rows_int(local, 1));
		g_assert_cmpstr(name, ==, "p");
	}
	g_assert_cmpint(ew_rows_int(r, 6), ==, EW_BASE_POINTER);
	g_assert_false(ew_rows_next(r));
	/* A header's flow at file level is kept once, though two units told it. */
	g_assert_true(ew_rows_next(f));
	g_assert_cmpint(ew_rows_int(f, 2), ==, table);
	g_assert_cmpint(ew_rows_int(f, 4), ==, ew_node_make(EW_NODE_FUNCTION, one));
	g_assert_false(ew_rows_next(f));
	g_assert_true(ew_rows_next(a));
	g_assert_cmpint(ew_rows_int(a, 8), ==, EW_FLOW_ARGUMENT);
	assert_rows(ew_store_select(s, EW_FLOWS_OF_CALL, "i", ew_rows_int(a, 13)), 1, "3");
	assert_rows(ew_store_select(s, EW_ACCESSES_OF, "i", caller), 4, "26|5|1|4");
	assert_rows(ew_store_select(s, EW_PROOF, "i", (int64_t)1), 2, "0|1; 3|2");
	assert_rows(ew_store_select(s, EW_REACH, "ii", (int64_t)9, (int64_t)17), 1, "1");
}

static void read_graph_row(struct ew_store *s, int64_t row, uint8_t bytes[256], size_t *length)
{
	ew_auto(rows) r = ew_store_select(s, EW_GRAPH, "i", row);
	const void *blob;

	g_assert_true(ew_rows_next(r));
	blob = ew_rows_blob(r, 0, length);
	g_assert_cmpint(*length, <=, 256);
	memcpy(bytes, blob, *length);
}

/* Where the edges of a function stand in a row, and how many there are; every number is under 128 here, so each is a byte. */
static size_t edges_in_row(const uint8_t *graph, int64_t functions, int64_t function, int *edges)
{
	size_t at = 0, before = 0;
	int64_t i;

	for (i = 0; i < functions; i++) {
		int n = graph[at++], bytes = n ? graph[at++] : 0;

		if (i < function)
			before += bytes;
		if (i == function)
			*edges = n;
	}
	return at + before;
}

/* zigzag(to - from) << 1 | through a pointer */
static int packed_pointer(int64_t from, int64_t to)
{
	return (int)(to > from ? 2 * (to - from) : 2 * (from - to) - 1) * 2 + 1;
}

static void test_graph(void)
{
	g_autofree char *path = make_index();
	ew_auto(store) s = open_store(path);
	int64_t caller = id_of(s, EW_FUNCTIONS_NAMED, "caller"), one = id_of(s, EW_FUNCTIONS_NAMED, "one");
	uint8_t head[256], graph[256];
	size_t length, at;
	int edges = 0;

	/* Functions, edges; of one part the edges that leave it, and those that lead to it. */
	read_graph_row(s, EW_GRAPH_HEAD, head, &length);
	g_assert_cmpint(length, ==, 4);
	g_assert_cmpint(head[1], ==, 2);
	g_assert_cmpint(head[2], ==, 2);
	g_assert_cmpint(head[3], ==, 2);
	/* The call of outside is never run and left out; that of one goes through a pointer. */
	read_graph_row(s, EW_GRAPH_FORWARD, graph, &length);
	at = edges_in_row(graph, head[0], caller, &edges);
	g_assert_cmpint(edges, ==, 1);
	g_assert_cmpint(graph[at], ==, packed_pointer(caller, one));
	g_assert_cmpint(graph[at + 1], ==, 3);
	/* The same from its other end. */
	read_graph_row(s, ew_store_graph_backward(head[0]), graph, &length);
	at = edges_in_row(graph, head[0], one, &edges);
	g_assert_cmpint(edges, >=, 1);
	g_assert_nonnull(memmem(graph + at, 2 * edges, (uint8_t[]){packed_pointer(one, caller), 3}, 2));
}

static void test_text(void)
{
	g_autofree char *path = make_index();
	ew_auto(store) s = open_store(path);
	ew_auto(rows) file = ew_store_select(s, EW_FILE_BY_PATH, "s", "a.c");
	g_autoptr(GBytes) bytes = NULL;

	g_assert_true(ew_rows_next(file));
	g_assert_cmpstr(ew_rows_text(file, 1), ==, "SPDX-License-Identifier: GPL-2.0-only /* x");
	{
		ew_auto(rows) r = ew_store_select(s, EW_SOURCE, "i", ew_rows_int(file, 0));

		g_assert_true(ew_rows_next(r));
		bytes = ew_rows_unpacked(r, 0, 1);
	}
	g_assert_cmpmem(g_bytes_get_data(bytes, NULL), g_bytes_get_size(bytes), text, strlen(text));
	assert_rows(ew_store_select(s, EW_MACROS_LIKE, "ssi", "", "~", (int64_t)9), 1, "LAST; ONE; TWO");
	assert_rows(ew_store_select(s, EW_MACROS_NAMED, "s", "TWO"), 4, "2|2|3|4"); /* a.c is the second file */
}

/* ---- weak and strong -------------------------------------------------------------------------- */

static void say_hook(struct ew_store_writer *w, const char *file, bool is_weak, const char *callee)
{
	const struct ew_sink *to = ew_store_sink(w);
	struct ew_ref slot = {.kind = EW_NODE_RETURN, .key = "hook#r"};
	struct ew_ref value = {.kind = EW_NODE_FUNCTION, .key = callee};
	int line = is_weak ? 100 : 200;

	ew_store_begin_unit(w, file);
	if (to->function(to->data, &(struct ew_fact_function){"hook", "hook", {file, line, 1}, line + 9,
							      EW_LINKAGE_EXTERNAL, false, is_weak, "int (void)"})) {
		to->call(to->data, &(struct ew_fact_call){.caller = "hook", .callee = callee,
							  .place = {file, line + 1, 1}, .condition = -1});
		to->flow(to->data, &(struct ew_fact_flow){slot, value, EW_FLOW_RETURN, "hook",
							  {file, line + 2, 1}, -1, NULL});
		to->access(to->data, &(struct ew_fact_access){"hook", "r@a.h:1.f", EW_ACCESS_READ, false,
							      {file, line + 3, 1}});
		to->end_function(to->data);
	}
	ew_store_end_unit(w, EW_STORE_INDEXED, 0, NULL);
}

/* In whatever order they come, the strong one's body alone is left. */
static void check_hook(const char *path, const char *file, int line)
{
	ew_auto(store) s = open_store(path);
	int64_t hook = id_of(s, EW_FUNCTIONS_NAMED, "hook");
	ew_auto(rows) f = ew_store_select(s, EW_FUNCTION, "i", hook);
	ew_auto(rows) calls = ew_store_select(s, EW_CALLS_OF, "i", hook);
	ew_auto(rows) flows = ew_store_select(s, EW_FLOWS_INTO, "i", ew_node_make(EW_NODE_RETURN, hook));
	ew_auto(rows) accesses = ew_store_select(s, EW_ACCESSES_OF, "i", hook);
	g_autofree char *place = NULL;

	g_assert_true(ew_rows_next(f));
	place = take(ew_store_select(s, EW_FILE, "i", ew_rows_int(f, 1)), 1);
	g_assert_cmpstr(place, ==, file);
	g_assert_true(ew_rows_next(calls));
	g_assert_cmpint(ew_rows_int(calls, 9), ==, line + 1);
	g_assert_false(ew_rows_next(calls));
	g_assert_true(ew_rows_next(flows));
	g_assert_cmpint(ew_rows_int(flows, 11), ==, line + 2);
	g_assert_false(ew_rows_next(flows));
	g_assert_true(ew_rows_next(accesses));
	g_assert_cmpint(ew_rows_int(accesses, 0), ==, line + 3);
	g_assert_false(ew_rows_next(accesses));
}

static void test_weak(void)
{
	g_autofree char *path = path_of("weak.sqlite");
	struct ew_store_writer *w = begin(path);

	say_hook(w, "weak.c", true, "fallback");
	say_hook(w, "strong.c", false, "real");
	end(w);
	check_hook(path, "strong.c", 200);
	w = begin(path);
	say_hook(w, "strong.c", false, "real");
	say_hook(w, "weak.c", true, "fallback");
	end(w);
	check_hook(path, "strong.c", 200);
	w = begin(path);
	say_hook(w, "weak.c", true, "fallback");
	say_hook(w, "also-weak.c", true, "fallback");
	end(w);
	check_hook(path, "weak.c", 100);
}

/* ---- what a statement costs -------------------------------------------------------------------- */

static void test_plans(void)
{
	g_autofree char *path = make_index();
	ew_auto(store) s = open_store(path);
	int i, searches = 0;

	for (i = 0; i < EW_STATEMENTS; i++) {
		g_autofree char *plan = ew_store_explain(s, i);
		bool scans = strstr(plan, "SCAN") != NULL, searches_one = strstr(plan, "SEARCH") != NULL;

		g_assert_nonnull(ew_store_statement_name(i));
		if (scans != ew_store_is_scan_meant(i))
			g_error("%s %s:\n%s", ew_store_statement_name(i),
				scans ? "scans a table, which is not said to be meant"
				      : "is said to scan a table and does not",
				plan);
		if (!scans && !searches_one)
			g_error("%s has no plan: %s", ew_store_statement_name(i), plan);
		searches += searches_one;
	}
	g_assert_cmpint(searches, >, 30);
}

/* ---- what is no index -------------------------------------------------------------------------- */

static void refuse(const char *path, int code, const char *what)
{
	g_autoptr(GError) error = NULL;
	struct ew_store *s = ew_store_open(path, &error);

	g_assert_null(s);
	g_assert_error(error, EW_ERROR, code);
	g_assert_true(g_str_has_prefix(error->message, path));
	if (!strstr(error->message, what) || !strstr(error->message, "`exitwalk index`"))
		g_error("neither “%s” nor what to do next may be missing: %s", what, error->message);
}

static void refuse_bytes(const void *bytes, gssize length, int code, const char *what)
{
	g_autofree char *path = path_of("other");

	g_assert_true(g_file_set_contents(path, bytes, length, NULL));
	refuse(path, code, what);
}

static void test_not_an_index(void)
{
	g_autofree char *none = path_of("none"), *noise = g_malloc(50000);
	g_autofree char *below = path_of("whole.sqlite/below");
	g_autoptr(GRand) rand = g_rand_new_with_seed(1);
	int i;

	g_free(make_index());
	for (i = 0; i < 50000; i++)
		noise[i] = g_rand_int_range(rand, 0, 256);
	refuse(none, EW_ERROR_NOT_POSSIBLE, "no index there");
	refuse(below, EW_ERROR_NOT_POSSIBLE, "no index there");
	refuse(work, EW_ERROR_INPUT, "not a file");
	refuse("/dev/null", EW_ERROR_INPUT, "not a file");
	refuse_bytes("", 0, EW_ERROR_INPUT, "not an exitwalk index");
	refuse_bytes("SQLite format 3", 16, EW_ERROR_INPUT, "not an exitwalk index");
	refuse_bytes("int main(void) { return 0; }\n", -1, EW_ERROR_INPUT, "not an exitwalk index");
	refuse_bytes(noise, 50000, EW_ERROR_INPUT, "not an exitwalk index");
}

static void test_unreadable(void)
{
	g_autofree char *path = make_index();

	if (geteuid() == 0) {
		g_test_skip("root reads everything; tests/survive does this without privilege");
		return;
	}
	g_assert_cmpint(g_chmod(path, 0), ==, 0);
	refuse(path, EW_ERROR_NOT_POSSIBLE, "Permission denied");
}

/* Offset 60 of SQLite's header is user_version, big-endian. */
static void test_version(void)
{
	g_autofree char *path = make_index(), *bytes = NULL, *other = path_of("other");
	gsize length;

	g_assert_true(g_file_get_contents(path, &bytes, &length, NULL));
	g_assert_cmpint(bytes[63], ==, EW_SCHEMA_VERSION);
	bytes[63] = EW_SCHEMA_VERSION + 1;
	refuse_bytes(bytes, length, EW_ERROR_NOT_POSSIBLE, "an index of version");
	bytes[63] = 0; /* another program's database */
	refuse_bytes(bytes, length, EW_ERROR_INPUT, "not an exitwalk index");
	bytes[63] = EW_SCHEMA_VERSION;
	g_assert_true(g_file_set_contents(other, bytes, length, NULL));
	ew_store_close(open_store(other));
}

static void test_cut(void)
{
	g_autofree char *path = make_index(), *bytes = NULL;
	gsize length, n;

	g_assert_true(g_file_get_contents(path, &bytes, &length, NULL));
	g_assert_cmpint(length, >, 100000);
	for (n = 1; n < length; n = n < 700 || n + 5 > length ? n + 1 : MIN(n + n / 7 + 1, length - 4))
		refuse_bytes(bytes, n, EW_ERROR_INPUT, "ind");
}

/* Everything is read; a byte beyond its buffer is the sanitizers' to find. */
static void read_all(struct ew_store *s)
{
	static const enum ew_statement all[] = {EW_UNITS, EW_COUNTS, EW_POINTER_COUNTS, EW_FUNCTION_NAMES,
						EW_ALL_FUNCTIONS, EW_ALL_CALLS, EW_ALL_FLOWS, EW_ALL_FIELDS,
						EW_ALL_EDGES};
	int64_t id;
	size_t i, length;

	for (i = 0; i < G_N_ELEMENTS(all); i++) {
		ew_auto(rows) r = ew_store_select(s, all[i], "");

		while (ew_rows_next(r)) {
			ew_rows_text(r, 0);
			ew_rows_blob(r, 0, &length);
		}
	}
	for (id = 1; id < 20; id++) {
		ew_auto(rows) r = ew_store_select(s, EW_SOURCE, "i", id);

		g_free(string_of(s, id));
		g_free(take(ew_store_select(s, EW_CALLS_OF, "i", id), 14));
		if (ew_rows_next(r))
			g_clear_pointer(&(GBytes *){ew_rows_unpacked(r, 0, 1)}, g_bytes_unref);
	}
}

static void test_damaged(void)
{
	g_autofree char *path = make_index(), *bytes = NULL, *other = path_of("other");
	g_autoptr(GRand) rand = g_rand_new_with_seed(3);
	gsize length, at;
	int refused = 0, found = 0;

	/* A page of 16 KiB has its header first and its rows last. */
	g_assert_true(g_file_get_contents(path, &bytes, &length, NULL));
	for (at = 0; at < length; at = at % 16384 ? (at / 16384 + 1) * 16384 : at + 16384 - 64) {
		g_autofree char *damaged = g_memdup2(bytes, length);
		g_autoptr(GError) error = NULL;
		struct ew_store *s;
		int i;

		for (i = 0; i < 64; i++)
			damaged[at + i] = g_rand_int_range(rand, 0, 256);
		g_assert_true(g_file_set_contents(other, damaged, length, NULL));
		s = ew_store_open(other, &error);
		refused += !s;
		if (!s) {
			g_assert_true(error->code == EW_ERROR_INPUT || error->code == EW_ERROR_NOT_POSSIBLE);
			continue;
		}
		read_all(s);
		found += ew_store_error(s) != NULL;
		if (ew_store_error(s))
			g_assert_error(ew_store_error(s), EW_ERROR, EW_ERROR_INPUT);
		ew_store_close(s);
	}
	g_assert_cmpint(refused, >, 0);
	g_assert_cmpint(found, >, 0);
}

static void test_source_damaged(void)
{
	g_autofree char *path = make_index(), *bytes = NULL, *other = path_of("other");
	static const char magic[] = {0x28, (char)0xb5, 0x2f, (char)0xfd}; /* a zstd frame begins so */
	ew_auto(store) s = NULL;
	ew_auto(rows) r = NULL;
	char *at;
	gsize length;

	g_assert_true(g_file_get_contents(path, &bytes, &length, NULL));
	at = memmem(bytes, length, magic, sizeof magic);
	g_assert_nonnull(at);
	memset(at + 12, 0xff, 20);
	g_assert_true(g_file_set_contents(other, bytes, length, NULL));
	s = open_store(other);
	r = ew_store_select(s, EW_SOURCE, "i", id_of(s, EW_FILE_BY_PATH, "a.c"));
	g_assert_true(ew_rows_next(r));
	g_assert_null(ew_rows_unpacked(r, 0, 1));
	g_assert_error(ew_store_error(s), EW_ERROR, EW_ERROR_INPUT);
	g_assert_nonnull(strstr(ew_store_error(s)->message, "`exitwalk index`"));
}

/* ---- an update of a damaged index ---------------------------------------------------------------- */

/* As a run would: everything is taken out, one unit tells again. Whether there was an error. */
static bool update_fails(const char *old)
{
	static const char *const units[] = {"b.c", "a.c", "new.c", NULL};
	static const int64_t owners[] = {1, 2, 3};
	g_autofree char *path = path_of("updated.sqlite");
	g_autoptr(GError) error = NULL;
	struct ew_store_writer *w = ew_store_update(old, path, &error);
	int told;

	if (w) {
		ew_store_order_units(w, units);
		ew_store_forget_text(w, "a.c");
		ew_store_take_out(w, owners, G_N_ELEMENTS(owners));
		ew_store_begin_unit(w, "a.c");
		say_header(ew_store_sink(w), &told);
		say_unit(ew_store_sink(w));
		ew_store_end_unit(w, EW_STORE_INDEXED, 0, NULL);
		g_hash_table_unref(ew_store_files_of_lost(w));
		g_hash_table_unref(ew_store_units_unshadowed(w));
		g_ptr_array_unref(ew_store_files_of_no_unit(w));
		ew_store_add_text(w, "a.c", text, strlen(text));
		ew_store_finish_facts(w, NULL);
		ew_store_add_graph(w);
		ew_store_close_writer(w, &error);
	}
	if (error && !strstr(error->message, "--fresh"))
		g_error("what to do next is missing: %s", error->message);
	return error != NULL;
}

static void damage_by(const char *path, const char *sql)
{
	sqlite3 *db = NULL;

	g_assert_cmpint(sqlite3_open(path, &db), ==, SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		g_error("%s: %s", sql, sqlite3_errmsg(db));
	g_assert_cmpint(sqlite3_total_changes(db), >, 0);
	sqlite3_close(db);
}

static void test_update_damaged(void)
{
	static const struct {
		const char *sql;
		bool fails;
	} damages[] = {
		{"UPDATE meta SET value = 'other' WHERE key = 'release'", false},
		{"UPDATE function SET id = -5 WHERE name = 'one'", true},
		{"UPDATE function SET id = 1 << 40 WHERE name = 'one'", true},
		{"UPDATE function SET key = 7", false},
		{"UPDATE file SET id = -3 WHERE path = 'a.c'", true},
		{"UPDATE file SET id = (1 << 32) - 1 WHERE path = 'a.c'", true},
		{"UPDATE string SET id = 1 << 62 WHERE id = (SELECT max(id) FROM string)", true},
		{"UPDATE unit SET id = 1 << 30 WHERE file = 'b.c'", true},
		{"UPDATE unit SET id = -1 WHERE file = 'b.c'", true},
		{"UPDATE unit SET files = x'fbffffffffffffffff01'", false},
		{"UPDATE unit SET files = x'ffffffff0f'", false},
		{"INSERT INTO prefix VALUES(1 << 40, 5, '', NULL)", true},
		{"UPDATE call SET id = 9223372036854775807 WHERE id = (SELECT max(id) FROM call)", true},
		{"INSERT INTO call SELECT 99, 7, 0, 1 << 25, NULL, NULL, NULL, NULL, 1, 1, 1, NULL, NULL, 0",
		 true},
		{"INSERT INTO call SELECT 99, 7, 0, -9, NULL, NULL, NULL, NULL, 1, 1, 1, NULL, NULL, 0", true},
		{"INSERT INTO call SELECT 99, 1 << 32, 0, 1, NULL, NULL, NULL, NULL, 1, 1, 1, NULL, NULL, 0",
		 true},
		{"UPDATE flow SET src = -1, dst = 1 << 62", false},
	};
	g_autofree char *path = make_index(), *bytes = NULL, *other = path_of("other");
	gsize length;
	size_t i;

	g_assert_true(g_file_get_contents(path, &bytes, &length, NULL));
	for (i = 0; i < G_N_ELEMENTS(damages); i++) {
		g_assert_true(g_file_set_contents(other, bytes, length, NULL));
		damage_by(other, damages[i].sql);
		if (update_fails(other) != damages[i].fails)
			g_error("%s: the update %s", damages[i].sql, damages[i].fails ? "works" : "fails");
	}
}

/* ---- places that cannot be written -------------------------------------------------------------- */

static void test_no_place(void)
{
	g_autofree char *path = path_of("none/x.sqlite");
	g_autoptr(GError) error = NULL;

	g_assert_null(ew_store_create(path, &error));
	g_assert_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE);
	g_assert_nonnull(strstr(error->message, path));
	g_assert_nonnull(strstr(error->message, "--index FILE"));
}

static void test_abandon(void)
{
	g_autofree char *path = path_of("given-up.sqlite");
	struct ew_store_writer *w = begin(path);

	ew_store_abandon(w);
	g_assert_false(g_file_test(path, G_FILE_TEST_EXISTS));
	ew_store_abandon(NULL);
}

int main(int argc, char **argv)
{
	g_autofree char *command = NULL;
	int status;

	g_test_init(&argc, &argv, NULL);
	work = g_dir_make_tmp("exitwalk-store-XXXXXX", NULL);
	g_test_add_func("/store/entities", test_entities);
	g_test_add_func("/store/undefined", test_undefined);
	g_test_add_func("/store/calls-and-flows", test_calls_and_flows);
	g_test_add_func("/store/graph", test_graph);
	g_test_add_func("/store/text", test_text);
	g_test_add_func("/store/weak", test_weak);
	g_test_add_func("/store/plans", test_plans);
	g_test_add_func("/store/not-an-index", test_not_an_index);
	g_test_add_func("/store/unreadable", test_unreadable);
	g_test_add_func("/store/version", test_version);
	g_test_add_func("/store/cut", test_cut);
	g_test_add_func("/store/damaged", test_damaged);
	g_test_add_func("/store/source-damaged", test_source_damaged);
	g_test_add_func("/store/update-damaged", test_update_damaged);
	g_test_add_func("/store/no-place", test_no_place);
	g_test_add_func("/store/abandon", test_abandon);
	status = g_test_run();
	command = g_strdup_printf("rm -rf '%s'", work);
	return system(command) == 0 ? status : 1;
}
