/* SPDX-License-Identifier: GPL-3.0-or-later */
/* run: what it reads in a source without a compiler. The pool is tested in survive/, updates in test_update.c. */
#include <string.h>

#include "run/words.h"

/* "kind:text kind:text …" */
static char *words_in(const char *text, bool with_names)
{
	static const char kinds[] = {[WORD_INCLUDE] = '"', [WORD_ANGLED] = '<',	  [WORD_DEFINE] = '=',
				     [WORD_FUNCTION] = 'f', [WORD_UNDEF] = 'u', [WORD_NAME] = 'n', [WORD_CALL] = '('};
	struct words *w = words_read(text, strlen(text), with_names);
	GString *all = g_string_new(NULL);
	guint i;

	for (i = 0; i < w->list->len; i++) {
		const struct word *x = &g_array_index(w->list, struct word, i);

		g_string_append_printf(all, "%s%c%s", i ? " " : "", kinds[x->kind], x->text);
	}
	words_free(w);
	return g_string_free(all, FALSE);
}

static void check(const char *text, bool with_names, const char *expected)
{
	g_autofree char *words = words_in(text, with_names);

	g_assert_cmpstr(words, ==, expected);
}

static void test_directives(void)
{
	check("#include <a/b.h>\n # include \"../c.h\"\n", false, "<a/b.h \"../c.h");
	check("#define A 1\n#define F(x) x\n#undef A\n#\tdefine B\n", false, "=A fF uA =B");
	check("int x; #include <no.h>\n/* #include <no.h> */\n// #define NO\n", false, "");
	check("/* a */ #include <yes.h>\n", false, "<yes.h");
	check("#include MACRO\n#include <cut\n", false, "");
	check("#define LONG \\\n#define_not\n#define NEXT\n", false, "=LONG =NEXT");
}

static void test_names(void)
{
	check("a(b, c);\n", true, "(a nb nc");
	check("a; a; a(1); a (2);\n", true, "na (a"); /* each only where it stands first, as a call or else */
	check("\"in text\" 'c' 12u x1 /* no */\n", true, "nx1");
	check("#ifdef ASKED\n#if defined(P) && Q > 1\n#elif R\n#endif\nlater\n", true,
	      "(ASKED (defined (P (Q (R nlater"); /* what #if asks for needs no parenthesis */
	check("#if A \\\n || B\nc\n", true, "(A (B nc");
	check("#error don't stop\n#include <after.h>\n", true, "ndon <after.h");
	check("#define F(x) used\n", true, "fF nx nused");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/run/directives", test_directives);
	g_test_add_func("/run/names", test_names);
	return g_test_run();
}
