/* SPDX-License-Identifier: GPL-3.0-or-later */
/* doc: one value, two writers; hostile text; widths. */
#include "doc/doc.h"
#include <string.h>

static char *text_of(const struct ew_doc *doc, struct ew_text_style style)
{
	return ew_doc_to_text(doc, &style);
}

/* ---- text from outside ----------------------------------------------------------------------- */

static void check_clean(const char *bytes, int length, const char *expected)
{
	g_autofree char *clean = ew_doc_clean(bytes, length);

	g_assert_cmpstr(clean, ==, expected);
}

static void test_clean(void)
{
	check_clean("plain\ttext\n", -1, "plain\ttext\n");
	check_clean("a\033[2Jb", -1, "a␛[2Jb");
	check_clean("bell\a\177", -1, "bell␇␡");
	check_clean("caf\xe9 x", -1, "caf\xef\xbf\xbd x");
	check_clean("cut \xe2\x82", -1, "cut \xef\xbf\xbd\xef\xbf\xbd");
	check_clean("\xc2\x9b" "31m", -1, "\xef\xbf\xbd" "31m"); /* C1: CSI in one character */
	check_clean("if (\xe2\x80\xae" "x)", -1, "if (\xef\xbf\xbd" "x)"); /* turns the direction */
	check_clean("a\0b", 3, "a␀b");
}

/* ---- one value, two writers ------------------------------------------------------------------ */

static struct ew_doc *sample(void)
{
	struct ew_doc *doc = ew_doc_new("exitwalk.sample/1");
	struct ew_group *g = ew_doc_root(doc);
	struct ew_block *p = ew_doc_paragraph(g);

	ew_doc_text(p, EW_ROLE_FUNCTION, "caller", "__fput");
	ew_doc_say(p, " calls it at ");
	ew_doc_place(p, "site", &(struct ew_place){"fs/file_table.c", 376, 3});
	ew_doc_text(p, EW_ROLE_HIDDEN, "kind", "pointer");
	ew_doc_text(p, EW_ROLE_PLAIN, "macro", NULL);
	ew_doc_int(ew_doc_field(g, "units"), EW_ROLE_PLAIN, "units", 1234567);
	ew_doc_bool(ew_doc_field(g, "compiled"), EW_ROLE_PLAIN, "compiled", false, "yes", "no");
	ew_doc_say(ew_doc_note(g, EW_ROLE_WARNING), "look here");
	return doc;
}

static void test_text(void)
{
	ew_auto(doc) doc = sample();
	g_autofree char *text = text_of(doc, (struct ew_text_style){.width = 80});

	g_assert_cmpstr(text, ==,
			"__fput calls it at fs/file_table.c:376\n"
			"\n"
			"units     1,234,567\n"
			"compiled  no\n"
			"\n"
			"! look here\n");
}

static void test_json(void)
{
	ew_auto(doc) doc = sample();
	g_autofree char *json = ew_doc_to_json(doc, false);

	g_assert_cmpstr(json, ==,
			"{\"schema\":\"exitwalk.sample/1\",\"caller\":\"__fput\","
			"\"site\":\"fs/file_table.c:376\",\"kind\":\"pointer\",\"macro\":null,"
			"\"units\":1234567,\"compiled\":false,\"notes\":[\"look here\"]}\n");
}

/* What a kernel comment may hold must come out of JSON as text again. */
static void test_json_hostile(void)
{
	ew_auto(doc) doc = ew_doc_new("x/1");

	ew_doc_text(ew_doc_paragraph(ew_doc_root(doc)), EW_ROLE_PLAIN, "t", "\"\\\033\xff\n");
	g_autofree char *json = ew_doc_to_json(doc, false);
	g_assert_cmpstr(json, ==,
			"{\"schema\":\"x/1\",\"t\":\"\\\"\\\\␛\xef\xbf\xbd\\n\"}\n");
}

static void test_list(void)
{
	ew_auto(doc) doc = ew_doc_new("x/1");
	struct ew_list *list = ew_doc_list(ew_doc_root(doc), "steps", EW_LIST_NUMBERS);

	for (int i = 0; i < 2; i++)
		ew_doc_text(ew_doc_item(ew_list_entry(list), 0), EW_ROLE_PLAIN, "name",
			    i ? "second" : "first");
	g_autofree char *text = text_of(doc, (struct ew_text_style){.width = 80});
	g_autofree char *json = ew_doc_to_json(doc, false);
	g_assert_cmpstr(text, ==, "1. first\n2. second\n");
	g_assert_cmpstr(json, ==,
			"{\"schema\":\"x/1\",\"steps\":[{\"name\":\"first\"},{\"name\":\"second\"}]}\n");
}

/* ---- widths ---------------------------------------------------------------------------------- */

static int widest_line(const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	int widest = 0;

	for (char **line = lines; *line; line++)
		widest = MAX(widest, ew_doc_columns(*line));
	return widest;
}

static struct ew_doc *wide(void)
{
	struct ew_doc *doc = ew_doc_new("x/1");
	struct ew_group *g = ew_doc_root(doc);
	struct ew_group *rail = ew_doc_rail(g, NULL, 2, "│ ", EW_ROLE_FAINT);
	struct ew_table *t = ew_doc_table(g, "rows");
	struct ew_block *row;

	for (int i = 0; i < 30; i++)
		ew_doc_say(ew_doc_item(rail, 2), "some words that go on and on until they are too long");
	ew_table_column(t, "a", "first", EW_ALIGN_LEFT);
	ew_table_column(t, "b", "second", EW_ALIGN_RIGHT);
	ew_table_column(t, "c", "third", EW_ALIGN_LEFT);
	row = ew_table_row(t);
	ew_doc_text(row, EW_ROLE_PLAIN, "a", "socket_file_ops");
	ew_doc_int(row, EW_ROLE_PLAIN, "b", 5);
	ew_doc_text(row, EW_ROLE_PLAIN, "c", "a cell of many words that needs more than one line");
	return doc;
}

static void test_width(void)
{
	static const int widths[] = {20, 40, 79, 80, 132};
	ew_auto(doc) doc = wide();

	for (size_t i = 0; i < G_N_ELEMENTS(widths); i++) {
		g_autofree char *text = text_of(doc, (struct ew_text_style){.width = widths[i]});

		g_assert_cmpint(widest_line(text), <=, widths[i]);
		g_assert_nonnull(strstr(text, "socket_file_ops"));
		g_assert_nonnull(strstr(text, "│   some"));
	}
}

/* The last cell flows where it has room, stands below where not; only then is everything stacked. */
static void test_last_cell(void)
{
	static const struct {
		int width;
		const char *text;
	} expected[] = {
		{26, "name  where\nfput  fs/file_table.c:371\n"},
		{24, "name  where\nfput\n    fs/file_table.c:371\n"},
		{3, "fput\n  where\n    fs/file_table.c:371\n"},
	};
	ew_auto(doc) doc = ew_doc_new("x/1");
	struct ew_table *t = ew_doc_table(ew_doc_root(doc), "rows");
	struct ew_block *row;

	ew_table_column(t, "name", "name", EW_ALIGN_LEFT);
	ew_table_column(t, "where", "where", EW_ALIGN_LEFT);
	row = ew_table_row(t);
	ew_doc_text(row, EW_ROLE_PLAIN, "name", "fput");
	ew_doc_text(row, EW_ROLE_PLAIN, "where", "fs/file_table.c:371");
	for (size_t i = 0; i < G_N_ELEMENTS(expected); i++) {
		g_autofree char *text =
			text_of(doc, (struct ew_text_style){.width = expected[i].width});

		g_assert_cmpstr(text, ==, expected[i].text);
	}
}

/* Of a table that folds the columns that fit stay columns. */
static void test_fold(void)
{
	static const struct {
		int width;
		const char *text;
	} expected[] = {
		{40, "name  kind  where                what\nfput  call  fs/file_table.c:371  now\n"},
		{29, "name  kind\n    where  what\nfput  call\n    fs/file_table.c:371  now\n"},
	};
	ew_auto(doc) doc = ew_doc_new("x/1");
	struct ew_table *t = ew_doc_table(ew_doc_root(doc), "rows");
	struct ew_block *row = ew_table_row(t);

	ew_table_fold(t);
	ew_table_column(t, "name", "name", EW_ALIGN_LEFT);
	ew_table_column(t, "kind", "kind", EW_ALIGN_LEFT);
	ew_table_column(t, "where", "where", EW_ALIGN_LEFT);
	ew_table_column(t, "what", "what", EW_ALIGN_LEFT);
	ew_doc_text(row, EW_ROLE_PLAIN, "name", "fput");
	ew_doc_text(row, EW_ROLE_PLAIN, "kind", "call");
	ew_doc_text(row, EW_ROLE_PLAIN, "where", "fs/file_table.c:371");
	ew_doc_text(row, EW_ROLE_PLAIN, "what", "now");
	for (size_t i = 0; i < G_N_ELEMENTS(expected); i++) {
		g_autofree char *text =
			text_of(doc, (struct ew_text_style){.width = expected[i].width});

		g_assert_cmpstr(text, ==, expected[i].text);
	}
}

static void test_table(void)
{
	ew_auto(doc) doc = ew_doc_new("x/1");
	struct ew_table *t = ew_doc_table(ew_doc_root(doc), "rows");
	struct ew_block *row;

	ew_table_column(t, "name", "name", EW_ALIGN_LEFT);
	ew_table_column(t, "never", "never filled", EW_ALIGN_LEFT);
	ew_table_column(t, "count", "count", EW_ALIGN_RIGHT);
	row = ew_table_row(t);
	ew_doc_text(row, EW_ROLE_PLAIN, "name", "fput");
	ew_doc_int(row, EW_ROLE_PLAIN, "count", 12);
	ew_doc_text(row, EW_ROLE_HIDDEN, "other", "for programs");
	row = ew_table_row(t);
	ew_doc_text(row, EW_ROLE_PLAIN, "name", "__fput");
	ew_doc_int(row, EW_ROLE_PLAIN, "count", 1);
	ew_doc_say(row, " of 3");
	g_autofree char *text = text_of(doc, (struct ew_text_style){.width = 80});
	g_assert_cmpstr(text, ==,
			"name     count\n"
			"fput        12\n"
			"__fput  1 of 3\n");
}

/* ---- listings -------------------------------------------------------------------------------- */

static struct ew_doc *listing(void)
{
	struct ew_doc *doc = ew_doc_new("x/1");
	struct ew_listing *l = ew_doc_listing(ew_doc_root(doc), "source", "fs/file_table.c",
					      "Linux 6.1", "GPL-2.0", 9);

	/* The mark's bytes are the file's, where the invalid byte before it takes one, not three. */
	ew_listing_line(l, "\t\xff f->release(x);", -1);
	ew_listing_mark(l, 9, 6, 13, EW_ROLE_POINTER_CALL, "through file_operations.release", NULL);
	ew_listing_line(l, "\tfput(f); /* \033]0;title\a */", -1);
	ew_listing_mark(l, 10, 1, 5, EW_ROLE_CALL, NULL, "symbol:fput");
	ew_listing_point(l, 10);
	ew_listing_gap(l, 20);
	ew_listing_line(l, "}", -1);
	return doc;
}

static void test_listing(void)
{
	ew_auto(doc) doc = listing();
	g_autofree char *text = text_of(doc, (struct ew_text_style){.width = 80});

	g_assert_cmpstr(text, ==,
			"fs/file_table.c · Linux 6.1 · GPL-2.0\n"
			"    9 *         \xef\xbf\xbd f->release(x);  ← through file_operations.release\n"
			"▶  10 >         fput(f); /* ␛]0;title␇ */\n"
			"  …\n"
			"   20   }\n");
}

static void test_listing_marks(void)
{
	ew_auto(doc) doc = listing();
	g_autofree char *text = text_of(doc, (struct ew_text_style){.width = 80, .colour = true});
	g_autofree char *json = ew_doc_to_json(doc, false);

	g_assert_nonnull(strstr(text, "\033[1;4mrelease\033[0m"));
	g_assert_nonnull(strstr(text, "\033[1mfput\033[0m"));
	g_assert_nonnull(strstr(json, "{\"line\":9,\"text\":\"release\",\"pointer\":true,"
				      "\"note\":\"through file_operations.release\"}"));
	g_assert_nonnull(strstr(json, "\"spdx\":\"GPL-2.0\""));
}

/* No escape comes from the text; those that come are colours. */
static void test_no_escapes(void)
{
	ew_auto(doc) doc = listing();
	g_autofree char *plain = text_of(doc, (struct ew_text_style){.width = 40});
	g_autofree char *coloured = text_of(doc, (struct ew_text_style){.width = 40, .colour = true});
	g_autofree char *ascii = text_of(doc, (struct ew_text_style){.width = 40, .ascii = true});

	g_assert_null(strchr(plain, '\033'));
	for (const char *p = coloured; (p = strchr(p, '\033')); p++)
		g_assert_true(p[1] == '[' && p[2 + strspn(p + 2, "0123456789;")] == 'm');
	g_assert_true(g_str_is_ascii(ascii));
	g_assert_nonnull(strstr(ascii, "> "));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/doc/clean", test_clean);
	g_test_add_func("/doc/text", test_text);
	g_test_add_func("/doc/json", test_json);
	g_test_add_func("/doc/json-hostile", test_json_hostile);
	g_test_add_func("/doc/list", test_list);
	g_test_add_func("/doc/width", test_width);
	g_test_add_func("/doc/table", test_table);
	g_test_add_func("/doc/last-cell", test_last_cell);
	g_test_add_func("/doc/fold", test_fold);
	g_test_add_func("/doc/listing", test_listing);
	g_test_add_func("/doc/listing-marks", test_listing_marks);
	g_test_add_func("/doc/no-escapes", test_no_escapes);
	return g_test_run();
}
