/* SPDX-License-Identifier: GPL-3.0-or-later */
/* parse: constants that are followed: MODE_* and parameter 0 of raise (facts_of.h). */
#include "facts_of.h"

#define MODE                                                                               \
	"enum mode { MODE_A, MODE_B, MODE_AB = 4 }; enum other { OTHER };\n"               \
	"void set(int n, enum mode m); void raise(unsigned n); void any(int n, enum other o);\n"

static void test_enumerators(void)
{
	check(MODE "void f(void) {\n\tset(1, MODE_B);\n\tset(1, 0);\n\tset(1, 4);\n\tset(1, 7);\n\tset(1, MODE_B | MODE_AB);\n}\n",
	      "4 set#1 = MODE_B by argument", "5 set#1 = MODE_A by argument", "6 set#1 = MODE_AB by argument",
	      "7 set#1 = 7 by argument", "8 set#1 = 5 by argument", NULL);
	check(MODE "void f(int late) {\n\tset(1, late ? MODE_B : (MODE_A));\n}\n", "4 set#1 = MODE_B by argument",
	      "4 set#1 = MODE_A by argument", NULL);
	/* Into a parameter of any type, where it is one of those that are followed. */
	check(MODE "void f(void) {\n\tany(MODE_B, OTHER);\n}\n", "4 any#0 = MODE_B by argument", NULL);
}

static void test_through(void)
{
	check(MODE "static void g(enum mode m) {\n\tset(2, m);\n}\nvoid f(int late) {\n\tenum mode m = MODE_A;\n"
		   "\tif (late)\n\t\tm = MODE_B;\n\tg(m);\n}\n",
	      "4 set#1 = t.c:g#0 by argument", "7 f%m = MODE_A by initialiser", "9 f%m = MODE_B by assignment",
	      "10 t.c:g#0 = f%m by argument", NULL);
	check(MODE "struct box { enum mode m; };\nvoid f(struct box *b) {\n\tb->m = MODE_B;\n\tset(2, b->m);\n}\n",
	      "5 box.m through f#0 = MODE_B by assignment", "6 set#1 = box.m through f#0 by argument", NULL);
}

/* What is changed otherwise is not known any more. */
static void test_lost(void)
{
	check(MODE "void get(enum mode *m);\nvoid f(enum mode m, enum mode n, enum mode o) {\n\tm |= MODE_B;\n\tn++;\n\tget(&o);\n}\n",
	      "5 f#0 = unknown by assignment", "6 f#1 = unknown by assignment", "7 f#2 = unknown by assignment",
	      NULL);
	check(MODE "int h(void);\nvoid f(int n) {\n\tset(1, n + 1);\n\tset(1, h());\n}\n",
	      "5 set#1 = unknown by argument", "6 set#1 = h#r by argument", NULL);
}

static void test_parameters(void)
{
	check(MODE "void f(unsigned n) {\n\traise(n);\n\traise(3);\n\traise(OTHER);\n}\n", "4 raise#0 = f#0 by argument",
	      "5 raise#0 = 3 by argument", "6 raise#0 = OTHER by argument", NULL);
}

static void test_nothing_else(void)
{
	g_autoptr(GPtrArray) lines = facts_of(MODE "int g(int n);\nvoid f(int n, enum other o) {\n\tany(3, OTHER);\n"
						   "\tany(n, o);\n\to = OTHER;\n\tn = g(2);\n\tn++;\n}\n", 0);

	expect_no(lines, " by argument");
	expect_no(lines, " by assignment");
}

int main(int argc, char **argv)
{
	static const struct parse_test tests[] = {
		{"/parse-constant/enumerators", test_enumerators}, {"/parse-constant/through", test_through},
		{"/parse-constant/lost", test_lost},	 {"/parse-constant/parameters", test_parameters},
		{"/parse-constant/nothing-else", test_nothing_else},
	};

	return run_parse_tests(argc, argv, tests, G_N_ELEMENTS(tests));
}
