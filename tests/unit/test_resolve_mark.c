/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * resolve: of which constants a timer's mode is known. The mechanism is the gong of fixtures/refs; here the index may
 * hold a part of the tree only. Whole trees: fixtures/annex/gong.
 */
#include "small_index.h"

static char *work;
static struct ew_refs *refs;

#define GONG                                                                                             \
	"enum gong_tone { TONE_HIGH, TONE_LOW, TONE_SOFT = 4, TONE_LOW_SOFT };\n"                        \
	"struct gong { void (*strike)(struct gong *); struct gong *next; };\n"                           \
	"struct hall { struct gong g; };\n"                                                              \
	"static struct gong *hung;\n"                                                                    \
	"static void gong_init(struct gong *gong, int n, enum gong_tone tone) { gong->next = hung; }\n"  \
	"void gong_start(struct gong *gong, enum gong_tone tone) { hung = gong; }\n"                     \
	"void strike_gongs(void) { hung->strike(hung); }\n"                                              \
	"static void one(struct gong *gong) { }\n"

/* When the one edge through a pointer runs, of a tree whose second unit is indexed or not. */
static char *when(const char *source, bool is_whole)
{
	const char *const all[] = {"all", NULL}, *const first[] = {"t.c", NULL};
	g_autofree char *room = g_build_filename(EW_TEST_DIR, "fixtures/refs", NULL);
	g_autofree char *made = index_of_source(work, source), *tree = g_build_filename(work, "small", NULL);
	g_autofree char *second = g_build_filename(tree, "u.c", NULL), *out = g_build_filename(work, "o.sqlite", NULL);
	g_autofree char *commands = g_build_filename(tree, "compile_commands.json", NULL);
	struct ew_run_options options = {
		.tree = tree, .scope = is_whole ? all : first, .refs = room, .out = out, .jobs = 1};
	struct ew_run_summary summary = {0};
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) lines = NULL;
	char *found = NULL;

	g_assert_true(g_file_set_contents(second, "int other;\n", -1, NULL));
	g_assert_true(g_file_set_contents(
		commands,
		"[{\"directory\": \".\", \"file\": \"t.c\", \"command\": \"clang -c -o t.o t.c\"},"
		" {\"directory\": \".\", \"file\": \"u.c\", \"command\": \"clang -c -o u.o u.c\"}]\n",
		-1, NULL));
	ew_run(&options, &summary, &error);
	g_assert_no_error(error);
	ew_run_summary_clear(&summary);
	ew_auto(query) q = ew_query_open(out, refs, &error);
	g_assert_no_error(error);
	lines = dump_lines(q, ew_query_dump_edges);
	for (guint i = 1; i < lines->len; i++) {
		g_auto(GStrv) c = g_strsplit(lines->pdata[i], "\t", -1);

		if (strcmp(c[4], "pointer"))
			continue;
		g_assert_null(found);
		found = g_strdup(c[5]);
	}
	return found;
}

static void expect(const char *source, bool is_whole, const char *expected)
{
	g_autofree char *found = when(source, is_whole);

	g_assert_cmpstr(found, ==, expected);
}

/* The mode of what is handed to an external function: units that are not indexed may give another. */
static void test_from_outside(void)
{
	const char *wrapper =
		GONG "void hang(struct hall *h, enum gong_tone t) { gong_init(&h->g, 0, t); h->g.strike = one; }\n"
		     "void use(struct hall *h) { hang(h, TONE_LOW_SOFT); gong_start(&h->g, TONE_HIGH); }\n";
	const char *inner =
		GONG "static void hang(struct hall *h, enum gong_tone t) { gong_init(&h->g, 0, t); h->g.strike = one; }\n"
		     "void use(struct hall *h) { hang(h, TONE_LOW_SOFT); gong_start(&h->g, TONE_HIGH); }\n";

	expect(wrapper, true, "gong_soft");
	expect(wrapper, false, "gong");
	expect(inner, true, "gong_soft");
	expect(inner, false, "gong_soft");
}

/* A mode that is changed in code that is not compiled stays what it was. */
static void test_not_compiled(void)
{
	const char *source =
		GONG "void use(struct hall *h) {\n\tenum gong_tone t = TONE_LOW_SOFT;\n\tif (0)\n\t\tt |= TONE_LOW;\n"
		     "\tgong_init(&h->g, 0, t); h->g.strike = one; gong_start(&h->g, TONE_HIGH); }\n";
	const char *compiled =
		GONG "void use(struct hall *h, int n) {\n\tenum gong_tone t = TONE_LOW_SOFT;\n\tif (n)\n\t\tt |= TONE_LOW;\n"
		     "\tgong_init(&h->g, 0, t); h->g.strike = one; gong_start(&h->g, TONE_HIGH); }\n";

	expect(source, true, "gong_soft");
	expect(compiled, true, "gong");
}

/* Nothing says of which gong that is. */
static void test_without_an_object(void)
{
	expect(GONG "void *find(void);\nvoid use(void) {\n\tstruct gong *g = (struct gong *)((char *)find() + 8);\n"
		    "\tgong_init(g, 0, TONE_LOW_SOFT); g->strike = one; gong_start(g, TONE_HIGH); }\n",
	       true, "gong");
}

int main(int argc, char **argv)
{
	g_autofree char *command = NULL, *room = g_build_filename(EW_TEST_DIR, "fixtures/refs", NULL);
	int status;

	g_test_init(&argc, &argv, NULL);
	work = g_dir_make_tmp("exitwalk-resolve-mark-XXXXXX", NULL);
	refs = ew_refs_open(room, NULL);
	g_test_add_func("/resolve-mark/from-outside", test_from_outside);
	g_test_add_func("/resolve-mark/not-compiled", test_not_compiled);
	g_test_add_func("/resolve-mark/without-an-object", test_without_an_object);
	status = g_test_run();
	ew_refs_close(refs);
	command = g_strdup_printf("rm -rf '%s'", work);
	return system(command) == 0 ? status : 1;
}
