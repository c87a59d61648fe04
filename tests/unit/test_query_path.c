/* SPDX-License-Identifier: GPL-3.0-or-later */
/* query: the conditions of a call, in the source's order; ways that avoid functions, and all ways. */
#include "small_index.h"

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

int main(int argc, char **argv)
{
	g_autofree char *work = g_dir_make_tmp("ew-path-XXXXXX", NULL);
	g_autofree char *tree = g_build_filename(EW_TEST_DIR, "fixtures/rel-a", NULL);
	g_autofree char *data = g_build_filename(EW_TEST_DIR, "fixtures/refs", NULL);
	g_autofree char *path = index_of_tree(work, tree);
	ew_auto(refs) refs = ew_refs_open(data, NULL);
	g_autoptr(GError) error = NULL;
	g_autofree char *command = g_strdup_printf("rm -rf '%s'", work);
	int status;

	q = ew_query_open(path, refs, &error);
	g_assert_no_error(error);
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/query/conditions", test_conditions);
	g_test_add_func("/query/conditions/none", test_no_conditions);
	g_test_add_func("/query/conditions/wording", test_wording);
	status = g_test_run();
	ew_query_close(q);
	return system(command) == 0 ? status : 1;
}
