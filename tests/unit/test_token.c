/* SPDX-License-Identifier: GPL-3.0-or-later */
/* query_token, query_statement: cutting C text, statements, fingerprints. */
#include "query/query_token.h"

#include <string.h>

static struct ew_tokens *cut(const char *text)
{
	return ew_tokens_new(text, 0, strlen(text), 1, false);
}

/* The code tokens, one space between. */
static char *code_of(const char *text)
{
	ew_auto(tokens) t = cut(text);
	GString *s = g_string_new(NULL);

	for (guint i = 0; i < t->code->len; i++) {
		const struct ew_token *token = &g_array_index(t->code, struct ew_token, i);

		g_string_append_printf(s, "%s%.*s", i ? " " : "", (int)token->length,
				       text + token->offset);
	}
	return g_string_free(s, FALSE);
}

static void assert_code(const char *text, const char *expected)
{
	g_autofree char *code = code_of(text);

	g_assert_cmpstr(code, ==, expected);
}

static void test_cut(void)
{
	assert_code("a->b++ <<= 0x1fUL;", "a -> b ++ <<= 0x1fUL ;");
	assert_code("x = 1.5e-3 + .5;", "x = 1.5e-3 + .5 ;");
	assert_code("f(\"a \\\" // b\", '\\'');", "f ( \"a \\\" // b\" , '\\'' ) ;");
	assert_code("a /* b */ c // d\ne", "a c e");
	assert_code("a // b \\\n still comment\nc", "a c");
	assert_code("a \\\n b", "a b");
	assert_code("#define X(a) \\\n\tdo { a; } while (0)\nf();", "f ( ) ;");
	assert_code("# if 1 /* over\nlines */ && 2\ng;", "g ;");
	assert_code("a # b", "a # b"); /* not at the beginning of a line */
	assert_code("case A ... B:", "case A ... B :");
}

/* Text that ends in the middle of something, and bytes that are no C at all. */
static void test_cut_ends(void)
{
	assert_code("", "");
	assert_code("a /* never closed", "a");
	assert_code("/*/", "");
	assert_code("\"never closed", "\"never closed");
	assert_code("\"line ends\nnext", "\"line ends next");
	assert_code("'\\", "'\\");
	assert_code("#", "");
	assert_code("\x01\x1b[2J", "\x01 \x1b [ 2J");
	assert_code("\\", "\\");
}

static void test_places(void)
{
	const char *text = "int f(void)\n{\n\treturn 1; /* a\n b */\n}\n";
	ew_auto(tokens) t = ew_tokens_new(text, 0, strlen(text), 41, false);
	int i = ew_tokens_find(t, 43, 2);
	const struct ew_token *comment = &g_array_index(t->all, struct ew_token, 9);

	g_assert_true(ew_tokens_is(t, i, "return"));
	g_assert_cmpint(ew_tokens_at(t, i)->line, ==, 43);
	g_assert_cmpint(ew_tokens_at(t, i)->column, ==, 2);
	g_assert_cmpint(ew_tokens_find(t, 99, 1), ==, -1);
	g_assert_cmpint(comment->kind, ==, EW_TOKEN_COMMENT);
	g_assert_cmpint(ew_token_last_line(t, comment), ==, 44);
	g_assert_null(ew_tokens_at(t, -1));
	g_assert_null(ew_tokens_at(t, 1000));
}

static uint64_t print_of(const char *text)
{
	ew_auto(tokens) t = cut(text);

	return ew_tokens_print(t, 0, (int)t->code->len - 1);
}

static void test_fingerprint_stays(void)
{
	uint64_t print = print_of("int f(void) { return g(1, \"a b\"); }");

	g_assert_cmpuint(print, ==, print_of("int\tf(void)\n{\n\treturn g(1,\n\t\t \"a b\");\n}"));
	g_assert_cmpuint(
		print, ==,
		print_of("int f(/* none */ void) { // x\nreturn g(1, \"a b\"); /* y */ }"));
	g_assert_cmpuint(print, ==, print_of("int f(void) { return \\\n g(1, \"a b\"); }"));
}

static void test_fingerprint_moves(void)
{
	uint64_t print = print_of("int f(void) { return g(1, \"a b\"); }");

	g_assert_cmpuint(print, !=, print_of("int f(void) { return g(2, \"a b\"); }"));
	g_assert_cmpuint(print, !=, print_of("int f(void) { return g(1, \"a  b\"); }"));
	g_assert_cmpuint(print, !=, print_of("int f(void) { return g(1); }"));
	g_assert_cmpuint(print, !=, print_of("intf(void) { return g(1, \"a b\"); }"));
	g_assert_cmpuint(print_of("a;\n#ifdef X\nb;\n#endif\nc;"), !=,
			 print_of("a;\n#ifdef Y\nb;\n#endif\nc;"));
	g_assert_cmpuint(print_of("a;\n#ifdef X /* z */\nb;"), ==, print_of("a;\n#  ifdef X\nb;"));
	g_assert_cmpuint(print_of("a - -b;"), !=, print_of("a --b;"));
}

static void test_comment_words(void)
{
	const char *text = "/*\n\t * Two  lines,\n\t * one  *star*.\n\t */ // plain \n";
	ew_auto(tokens) t = cut(text);
	g_autofree char *a = ew_tokens_comment_words(t, &g_array_index(t->all, struct ew_token, 0));
	g_autofree char *b = ew_tokens_comment_words(t, &g_array_index(t->all, struct ew_token, 1));

	g_assert_cmpstr(a, ==, "Two lines, one *star*.");
	g_assert_cmpstr(b, ==, "plain");
}

/* The innermost statement around the token `at`, as its tokens; "head ~ whole" where it has a body.
 */
static char *statement_of(const char *text, const char *at)
{
	ew_auto(tokens) t = cut(text);
	g_autoptr(GArray) all = ew_statements(t);
	GString *s = g_string_new(NULL);
	const struct ew_code_statement *st;
	int i = 0, id;

	while (!ew_tokens_is(t, i, at))
		g_assert_nonnull(ew_tokens_at(t, ++i));
	id = ew_statements_find(all, i);
	if (id < 0)
		return g_string_free(s, FALSE);
	st = &g_array_index(all, struct ew_code_statement, id);
	for (i = st->first; i <= st->last; i++) {
		const struct ew_token *token = ew_tokens_at(t, i);

		g_string_append_printf(s, "%s%.*s", i > st->first ? " " : "", (int)token->length,
				       text + token->offset);
		if (st->is_control && i == st->head_last)
			g_string_append(s, " ~");
	}
	return g_string_free(s, FALSE);
}

static void assert_statement(const char *text, const char *at, const char *expected)
{
	g_autofree char *statement = statement_of(text, at);

	g_assert_cmpstr(statement, ==, expected);
}

static void test_statements(void)
{
	const char *text = "static int f(int a)\n{\n\tint x = g(a), *y;\n"
			   "\tif (a && h(a)) {\n\t\tone(a);\n\t} else if (b)\n\t\ttwo();\n"
			   "\telse\n\t\tthree();\n"
			   "again:\n\tfor (;;)\n\t\tlist_for_each(p, q) {\n\t\t\tfour();\n\t\t}\n"
			   "\tdo { five(); } while (six());\n"
			   "\tswitch (z) {\n\tcase "
			   "K:\n\t\tseven();\n\t\tbreak;\n\tdefault:\n\t\teight();\n\t}\n"
			   "\treturn typeof(x) ? nine : 0;\n}\n";

	assert_statement(text, "g", "int x = g ( a ) , * y ;");
	assert_statement(
		text, "h",
		"if ( a && h ( a ) ) ~ { one ( a ) ; } else if ( b ) two ( ) ; else three ( ) ;");
	assert_statement(text, "one", "one ( a ) ;");
	assert_statement(text, "b", "if ( b ) ~ two ( ) ; else three ( ) ;");
	assert_statement(text, "three", "three ( ) ;");
	assert_statement(text, "again", "again :");
	assert_statement(text, "p", "list_for_each ( p , q ) ~ { four ( ) ; }");
	assert_statement(text, "four", "four ( ) ;");
	assert_statement(text, "five", "five ( ) ;");
	assert_statement(text, "six", "do ~ { five ( ) ; } while ( six ( ) ) ;");
	assert_statement(text, "K", "case K :");
	assert_statement(text, "seven", "seven ( ) ;");
	assert_statement(text, "eight", "eight ( ) ;");
	assert_statement(text, "nine", "return typeof ( x ) ? nine : 0 ;");
	assert_statement(text, "static", "");
}

/* Brackets that do not match, and depth without end: an answer, and an end. */
static void test_statements_end(void)
{
	g_autoptr(GString) deep = g_string_new("void f(void) {");

	assert_statement("void f(void) { if (a", "a", "if ( a ~");
	assert_statement("void f(void) { ) a; }", "a", "");
	assert_statement("void f(void) { if }", "if", "if ~");
	assert_statement("void f(void) { case", "case", "case");
	assert_statement("void f(void) { do", "do", "do ~");
	for (int i = 0; i < 5000; i++)
		g_string_append(deep, "if (x) ");
	g_string_append(deep, "last(); }");
	g_autofree char *statement = statement_of(deep->str, "last");
	g_assert_true(g_str_has_suffix(statement, "last ( ) ;"));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/token/cut", test_cut);
	g_test_add_func("/token/cut-ends", test_cut_ends);
	g_test_add_func("/token/places", test_places);
	g_test_add_func("/token/fingerprint-stays", test_fingerprint_stays);
	g_test_add_func("/token/fingerprint-moves", test_fingerprint_moves);
	g_test_add_func("/token/comment-words", test_comment_words);
	g_test_add_func("/token/statements", test_statements);
	g_test_add_func("/token/statements-end", test_statements_end);
	return g_test_run();
}
