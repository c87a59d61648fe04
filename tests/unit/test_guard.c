/* SPDX-License-Identifier: GPL-3.0-or-later */
/* guards: which #if stand around a line, and what is in the other arms. */
#include "query/guard_text.h"

#include <string.h>

static void add_names(GString *s, const char *before, const GPtrArray *names)
{
	for (guint i = 0; i < names->len; i++)
		g_string_append_printf(s, "%s%s", i ? "; " : before, (char *)names->pdata[i]);
}

/* "directive:line", then each other arm in brackets: its directive, lines, calls and definitions; outermost
 * first. */
static void expect(const char *text, int line, const char *expected)
{
	g_autoptr(GPtrArray) groups = guards_around(text, strlen(text), line);
	g_autoptr(GString) s = g_string_new(NULL);

	for (guint i = 0; i < groups->len; i++) {
		const struct guard_group *g = groups->pdata[i];

		g_string_append_printf(s, "%s%s:%d", i ? " / " : "", g->mine->text, g->mine->line);
		for (guint k = 0; k < g->arms->len; k++) {
			const struct guard_arm *arm = g->arms->pdata[k];

			if (arm == g->mine)
				continue;
			g_string_append_printf(s, " [%s %d-%d", arm->text, arm->first_line, arm->last_line);
			add_names(s, " calls ", arm->calls);
			add_names(s, " defines ", arm->defines);
			g_string_append_c(s, ']');
		}
	}
	g_assert_cmpstr(s->str, ==, expected);
}

static void test_arms(void)
{
	static const char text[] = "a();\n"
				   "#ifdef CONFIG_X\n"
				   "b();\n"
				   "#elif defined(CONFIG_Y)\n"
				   "c(d(1));\n"
				   "#else\n"
				   "if (e()) return sizeof(f);\n"
				   "#endif\n"
				   "g();\n";

	expect(text, 1, "");
	expect(text, 3, "#ifdef CONFIG_X:2 [#elif defined(CONFIG_Y) 5-5 calls c; d] [#else 7-7 calls e]");
	expect(text, 5, "#elif defined(CONFIG_Y):4 [#ifdef CONFIG_X 3-3 calls b] [#else 7-7 calls e]");
	expect(text, 7, "#else:6 [#ifdef CONFIG_X 3-3 calls b] [#elif defined(CONFIG_Y) 5-5 calls c; d]");
	expect(text, 9, "");
}

static void test_definitions(void)
{
	static const char text[] = "#ifdef CONFIG_X\n"
				   "void f(void);\n"
				   "#else\n"
				   "static inline void f(void) {}\n"
				   "static inline int g(void) { return 0; }\n"
				   "static inline int h(void)\n"
				   "{\n"
				   "	return f2(g2());\n"
				   "}\n"
				   "#endif\n";

	expect(text, 2, "#ifdef CONFIG_X:1 [#else 4-9 defines f, which is empty; g, which calls nothing; "
			"h, which calls f2, g2]");
	expect(text, 8, "#else:3 [#ifdef CONFIG_X 2-2 calls f]");
}

static void test_nested(void)
{
	static const char text[] = "#ifndef GUARD_H\n"
				   "#define GUARD_H\n"
				   "#if IS_ENABLED(CONFIG_X) && \\\n"
				   "	defined( CONFIG_Z ) /* why */\n"
				   "#ifdef DEBUG\n"
				   "a();\n"
				   "#endif\n"
				   "#  ifdef\tCONFIG_Y\n"
				   "b();\n"
				   "#  endif\n"
				   "#endif\n"
				   "#endif\n";

	expect(text, 6, "#if IS_ENABLED(CONFIG_X) && defined( CONFIG_Z ):3");
	expect(text, 9, "#if IS_ENABLED(CONFIG_X) && defined( CONFIG_Z ):3 / #ifdef CONFIG_Y:8");
	expect(text, 12, "");
}

static void test_bad(void)
{
	expect("", 1, "");
	expect("#endif\n#else\n#elif CONFIG_X\na();\n", 4, "");
	expect("#ifdef CONFIG_X\na();\n", 2, "#ifdef CONFIG_X:1");
	expect("/*\n#ifdef CONFIG_X\n*/\na();\n", 4, "");
	expect("char *s = \"\n#ifdef CONFIG_X\n", 9, "#ifdef CONFIG_X:2");
	expect("#ifdef CONFIG_X", 1, "");
	expect("#ifdef CONFIG_X\na(\n#else\nb((\n", 2, "#ifdef CONFIG_X:1 [#else 4-2147483646 calls b]");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/guard/arms", test_arms);
	g_test_add_func("/guard/definitions", test_definitions);
	g_test_add_func("/guard/nested", test_nested);
	g_test_add_func("/guard/bad", test_bad);
	return g_test_run();
}
