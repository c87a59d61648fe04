/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A binding that says which function a member holds, and the contexts that it proves. */
#include "small_index.h"

static const char source[] =
	"struct slip { void (*next)(int n); };\n"
	"void under_desk(void) { }\n"
	"void to_desk(int n) { under_desk(); } void to_bin(int n) { }\n"
	"void fill(struct slip *s, int n) { if (n) s->next = to_desk; else s->next = to_bin; }\n"
	"struct slip *find_slip(void);\n"
	"void do_leave(void) { struct slip *s = find_slip(); s->next(1); }\n";

struct fixture {
	char *work;
	struct ew_refs *refs;
	struct ew_query *query;
};

static void set_up_of(struct fixture *f, const char *text_of, const char *slots)
{
	g_autofree char *path = NULL, *data = NULL, *command = NULL, *binding = NULL, *text = NULL;
	g_autoptr(GError) error = NULL;

	f->work = g_dir_make_tmp("ew-given-XXXXXX", NULL);
	data = g_build_filename(f->work, "refs", NULL);
	command = g_strdup_printf("cp -r '%s/fixtures/refs' '%s'", EW_TEST_DIR, data);
	g_assert_cmpint(system(command), ==, 0);
	binding = g_build_filename(data, "bindings", "desk.binding", NULL);
	text = g_strdup_printf("[binding]\ntitle = a slip for the desk\n[slots]\n%s\n", slots);
	g_assert_true(g_file_set_contents(binding, text, -1, NULL));
	path = index_of_source(f->work, text_of);
	f->refs = ew_refs_open(data, &error);
	g_assert_no_error(error);
	f->query = ew_query_open(path, f->refs, &error);
	g_assert_no_error(error);
}

static void set_up(struct fixture *f, const char *slots)
{
	set_up_of(f, source, slots);
}

static void tear_down(struct fixture *f)
{
	g_autofree char *command = g_strdup_printf("rm -rf '%s'", f->work);

	ew_query_close(f->query);
	ew_refs_close(f->refs);
	g_assert_cmpint(system(command), ==, 0);
	g_free(f->work);
}

static const struct ew_symbol *function(const struct fixture *f, const char *name)
{
	return ew_query_one(f->query, name, EW_SYMBOL_FUNCTION, NULL);
}

/* Contexts without a binding, and what is given: "task?" and "task by desk". */
static void expect(const struct fixture *f, const char *name, const char *plain_wanted, const char *given_wanted)
{
	const struct ew_symbol *s = function(f, name);
	g_autoptr(GPtrArray) plain = ew_query_contexts(f->query, s, NULL, NULL);
	g_autoptr(GPtrArray) given = ew_query_contexts_given(f->query, s, plain);
	g_autoptr(GString) a = g_string_new(NULL), b = g_string_new(NULL);
	guint i;

	for (i = 0; i < plain->len; i++) {
		const struct ew_context *c = g_ptr_array_index(plain, i);

		g_assert_null(c->given);
		g_string_append_printf(a, "%s%s ", c->name, c->kind == EW_CONTEXT_DOUBTFUL ? "?" : "");
	}
	for (i = 0; i < given->len; i++) {
		const struct ew_context *c = g_ptr_array_index(given, i);

		g_assert_cmpint(c->kind, ==, EW_CONTEXT_PROVED);
		g_string_append_printf(b, "%s by %s, %u hops ", c->name, c->given, c->way->len);
	}
	g_assert_cmpstr(a->str, ==, plain_wanted);
	g_assert_cmpstr(b->str, ==, given_wanted);
}

static void test_given(void)
{
	struct fixture f;
	g_autoptr(GPtrArray) bin = NULL;

	set_up(&f, "slip.next = to_desk");
	expect(&f, "to_desk", "task? ", "task by desk, 1 hops ");
	expect(&f, "under_desk", "task? ", "task by desk, 2 hops ");
	expect(&f, "to_bin", "task? ", "");
	expect(&f, "do_leave", "task ", "");
	bin = ew_query_contexts(f.query, function(&f, "to_bin"), "desk", NULL);
	g_assert_cmpuint(bin->len, ==, 0);
	tear_down(&f);
}

/* A function that the tree never stores there is no binding. */
static void test_never(void)
{
	struct fixture f;
	g_autoptr(GError) error = NULL;

	set_up(&f, "slip.next = under_desk");
	expect(&f, "to_desk", "task? ", "");
	g_assert_null(ew_query_contexts(f.query, function(&f, "to_desk"), "desk", &error));
	g_assert_error(error, EW_ERROR, EW_ERROR_NO_ANSWER);
	g_assert_nonnull(strstr(error->message, "slip.next ever holds under_desk"));
	tear_down(&f);
}

#define MIXED                                                                                          \
	"struct slip { void (*next)(int n); void (*extra)(int n); };\n"                                      \
	"void to_desk(int n) { } void to_bin(int n) { }\n"                                                   \
	"static struct slip plain = { .next = to_desk }, full = { .next = to_desk, .extra = to_bin };\n"      \
	"void use(struct slip *s) { s->next(1); if (s->extra) s->extra(1); }\n"

/* The one target of a call is proved where all that its caller may be given holds it. */
static void test_mixed(void)
{
	struct fixture f;

	set_up_of(&f, MIXED "void do_leave(void) { use(&full); }\n", "slip.next = to_desk");
	expect(&f, "to_bin", "task ", "");
	tear_down(&f);
	set_up_of(&f, MIXED "void do_leave(void) { use(&plain); } void other(void) { use(&full); }\n",
		  "slip.next = to_desk");
	expect(&f, "to_bin", "task? ", "");
	expect(&f, "to_desk", "task ", "");
	tear_down(&f);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/given/proved", test_given);
	g_test_add_func("/given/mixed", test_mixed);
	g_test_add_func("/given/never", test_never);
	return g_test_run();
}
