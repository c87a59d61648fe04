/* SPDX-License-Identifier: GPL-3.0-or-later */
/* parse: what a call stands under, and what the configuration or an earlier statement takes out. */
#include "facts_of.h"

static void test_conditions(void)
{
	check("void g(void);\nvoid f(int a) {\n\tif (a > 1)\n\t\tg();\n\telse\n\t\tg();\n}\n",
	      "condition 0 in -1 then 3:6-3:11", "condition 1 in -1 else 3:6-3:11", "4 f calls g under 0",
	      "6 f calls g under 1", NULL);
	check("int g(void);\nvoid f(int a) {\n\twhile (a)\n\t\tif (g())\n\t\t\tg();\n}\n",
	      "condition 0 in -1 loop 3:9-3:10", "4 f calls g under 0", "condition 1 in 0 then 4:7-4:10",
	      "5 f calls g under 1", NULL);
	check("int g(void);\nint f(int a) {\n\tint x = a && g();\n\tx = a || g();\n\treturn a ? g() : 2;\n}\n",
	      "condition 0 in -1 and 3:10-3:11", "3 f calls g under 0", "condition 1 in -1 or 4:6-4:7",
	      "4 f calls g under 1", "condition 2 in -1 true 5:9-5:10", "5 f calls g under 2", NULL);
	check("int g(void);\nvoid f(int a) {\n\tswitch (a) {\n\tcase 1:\n\t\tg();\n\t}\n\tdo\n\t\tg();\n"
	      "\twhile (a);\n}\n",
	      "condition 0 in -1 case 3:10-3:11", "condition 1 in 0 label 4:2-4:8",
	      "5 f calls g under 1", "8 f calls g", NULL);
	check("struct r { int m; };\nvoid g(void);\nvoid f(struct r *r) {\n\tif (r->m)\n\t\tg();\n}\n",
	      "4 f reads r.m in condition", NULL);
}

/* The for's condition is the middle of its head, whichever parts are there. */
static void test_for(void)
{
	check("void g(void);\nvoid f(int a) {\n\tint i;\n\tfor (i = 0; i < a; i++)\n\t\tg();\n"
	      "\tfor (; a; )\n\t\tg();\n\tfor (i = ';'; ; i++)\n\t\tg();\n\tfor (i = 0; 0; )\n\t\tg();\n"
	      "\tfor (; a > 2; a--)\n\t\tg();\n\tfor (;;)\n\t\tg();\n}\n",
	      "condition 0 in -1 loop 4:14-4:19", "5 f calls g under 0", "condition 1 in -1 loop 6:9-6:10",
	      "7 f calls g under 1", "9 f calls g", "condition 2 in -1 loop 10:14-10:15 dead",
	      "11 f calls g under 2 dead", "condition 3 in -1 loop 12:9-12:14", "13 f calls g under 3",
	      "15 f calls g", NULL);
}

static void test_switch(void)
{
	check("void g(void);\nvoid f(int a) {\n\tswitch (a) {\n\tcase 1:\n\tcase 2 ... 4:\n\t\tg();\n\t\tbreak;\n"
	      "\tcase 5:\n\t\tg();\n\tcase 6:\n\t\tg();\n\t\treturn;\n\tdefault:\n\t\tg();\n\t}\n\tg();\n}\n",
	      "condition 0 in -1 case 3:10-3:11", "condition 1 in 0 label 4:2-5:14", "6 f calls g under 1",
	      "condition 2 in 0 label 8:2-8:8", "9 f calls g under 2", "condition 3 in 0 fall 10:2-10:8",
	      "11 f calls g under 3", "condition 4 in 0 label 13:2-13:9", "14 f calls g under 4",
	      "condition 5 in -1 passed 3:10-3:11", "16 f calls g under 5", NULL);
	/* A guard before a label does not hold behind it; one before the switch does. */
	check("void g(void);\nvoid f(int a, int b, int c) {\n\tif (c)\n\t\treturn;\n\tswitch (a) {\n\tcase 1:\n"
	      "\t\tif (b)\n\t\t\tbreak;\n\t\tg();\n\tcase 2:\n\t\tg();\n\t}\n}\n",
	      "condition 0 in -1 after 3:6-3:7", "condition 1 in 0 case 5:10-5:11",
	      "condition 2 in 1 label 6:2-6:8", "condition 3 in 2 after 7:7-7:8", "9 f calls g under 3",
	      "condition 4 in 1 fall 10:2-10:8", "11 f calls g under 4", NULL);
	/* A label inside of a loop inside of the switch. */
	check("void g(void), h(void), k(void);\nvoid f(int a, int b) {\n\tswitch (a) {\n\tcase 1:\n\t\twhile (b) {\n"
	      "\t\t\tg();\n\tcase 2:\n\t\t\th();\n\t\t}\n\t\tk();\n\t}\n}\n",
	      "condition 1 in 0 label 4:2-4:8", "condition 2 in 1 loop 5:10-5:11", "6 f calls g under 2",
	      "8 f calls h under 0", "10 f calls k under 0", NULL);
}

static void test_guards(void)
{
	check("int g(void);\nint f(int a, int b, int c) {\n\tif (a)\n\t\treturn 1;\n\telse if (b)\n\t\treturn 2;\n"
	      "\tg();\n\tif (c)\n\t\tg();\n\tif (c)\n\t\tg();\n\telse\n\t\treturn 3;\n\tg();\n\treturn 0;\n}\n",
	      "condition 0 in -1 after 3:6-3:7", "condition 1 in 0 after 5:11-5:12", "7 f calls g under 1",
	      "condition 2 in 1 then 8:6-8:7", "9 f calls g under 2", "condition 3 in 1 then 10:6-10:7",
	      "11 f calls g under 3", "condition 4 in 1 after-else 10:6-10:7", "14 f calls g under 4", NULL);
	check("int g(void);\nvoid stop(void) __attribute__((noreturn));\nint f(int a, int b) {\n\twhile (b) {\n"
	      "\t\tif (a)\n\t\t\tcontinue;\n\t\tg();\n\t}\n\tg();\n\tif (b)\n\t\tstop();\n\tg();\n"
	      "\tif (a) {\n\t\tif (b)\n\t\t\treturn 1;\n\t}\n\treturn g();\n}\n",
	      "condition 0 in -1 loop 4:9-4:10", "condition 1 in 0 after 5:7-5:8", "7 f calls g under 1",
	      "9 f calls g", "condition 2 in -1 then 10:6-10:7", "11 f calls stop under 2",
	      "condition 3 in -1 after 10:6-10:7", "12 f calls g under 3", "condition 4 in 3 under 13:6-13:7",
	      "condition 5 in 4 left 14:7-14:8", "17 f calls g under 5", NULL);
}

/* What a statement before may leave within: by one way, which is told, or by several. */
static void test_left_within(void)
{
	check("int g(void);\nint f(int a, int b, int c) {\n\tif (a) {\n\t\tg();\n\t\tif (b) {\n\t\t\tif (!c)\n"
	      "\t\t\t\tg();\n\t\t\telse\n\t\t\t\treturn 1;\n\t\t}\n\t\tg();\n\t}\n\treturn g();\n}\n",
	      "condition 5 in -1 under 3:6-3:7", "condition 6 in 5 under 5:7-5:8",
	      "condition 7 in 6 left-else 6:8-6:10", "13 f calls g under 7", NULL);
	check("int g(void);\nint f(int a, int b, int c) {\n\tif (a) {\n\t\tif (b)\n\t\t\treturn 1;\n\t\tif (c)\n"
	      "\t\t\treturn 2;\n\t}\n\tg();\n\twhile (b)\n\t\tif (c)\n\t\t\treturn 3;\n\tg();\n\twhile (c)\n"
	      "\t\tif (b)\n\t\t\tbreak;\n\treturn g();\n}\n",
	      "condition 0 in -1 passed 3:6-3:7", "9 f calls g under 0", "condition 1 in 0 passed 10:9-10:10",
	      "13 f calls g under 1", "17 f calls g under 1", NULL);
	/* A jump that stays within leaves nothing; one behind what follows does, up to its label. */
	check("int g(void);\nvoid f(int a, int b) {\n\tif (a) {\n\t\tif (b)\n\t\t\tgoto in;\n\t\tg();\nin:\n\t\tg();\n"
	      "\t}\n\tg();\n\tif (a) {\n\t\tif (b)\n\t\t\tgoto out;\n\t}\n\tg();\nout:\n\tg();\n}\n",
	      "10 f calls g", "15 f calls g under 3", "17 f calls g", NULL);
}

/* The step of a for runs behind its body, and where that ran. */
static void test_step(void)
{
	check("int g(int);\nvoid f(int a) {\n\tint i;\n\tfor (i = g(0); g(1); i = g(2))\n\t\tg(3);\n\tfor (; a; g(4))\n"
	      "\t\tg(5);\n\tfor (;; g(6))\n\t\tg(7);\n}\n",
	      "condition 0 in -1 loop 4:17-4:21", "5 f calls g under 0", "4 f calls g under 1",
	      "condition 2 in -1 loop 6:9-6:10", "7 f calls g under 2", "6 f calls g under 3", NULL);
}

/* The else in a macro is no condition that somebody wrote there. */
static void test_macros(void)
{
#define HOLD                                                                                           \
	"#define hold(x) for (int i = take(x), k = 0; !k; k = 1) if (0) { } else\n"                    \
	"#define each(p, n) for (p = 0; p < (n); p++) if (!p) ; else\n#define IS_ON 1\nint take(int), g(void);\n"
	check(HOLD "void f(int a) {\n\thold (a) {\n\t\tg();\n\t}\n}\n",
	      "condition 0 in -1 within 6:2-6:10", "7 f calls g under 0", NULL);
	check(HOLD "void f(int a, int b) {\n\teach(b, a)\n\t\tg();\n}\n",
	      "condition 0 in -1 loop 6:2-6:12", "7 f calls g under 0", NULL);
	check(HOLD "void f(int a) {\n\tif (IS_ON)\n\t\tg();\n}\n", "condition 0 in -1 then 6:6-6:11", NULL);
#undef HOLD
}

/* Behind a label a guard holds only if no jump to it goes past the guard. */
static void test_labels(void)
{
	check("int g(void);\nint f(int a, int b) {\n\tif (a)\n\t\tgoto out;\n\tg();\nagain:\n\tg();\n\tif (b)\n"
	      "\t\tgoto again;\n\tg();\nout:\n\tg();\n\treturn 0;\n}\n",
	      "condition 0 in -1 after 3:6-3:7", "5 f calls g under 0", "7 f calls g under 0",
	      "condition 1 in 0 after 8:6-8:7", "10 f calls g under 1", "12 f calls g", NULL);
	/* Round by another label: `again` is reached from behind `late`, which is reached past the guard. */
	check("int g(void);\nint f(int a, int b, int c) {\n\tif (c)\n\t\tgoto late;\n\tif (a)\n\t\treturn 1;\n\tg();\n"
	      "again:\n\tg();\nlate:\n\tg();\n\tif (b)\n\t\tgoto again;\n\treturn 0;\n}\n",
	      "condition 1 in 0 after 5:6-5:7", "7 f calls g under 1", "9 f calls g", "11 f calls g", NULL);
	check("int g(void);\nint f(int a) {\n\tif (a)\n\t\tgoto bad;\n\tg();\n\tif (0) {\nbad:\n\t\tg();\n\t}\n"
	      "\tif (a > 1) {\n\t\tg();\nworse:\n\t\tg();\n\t\treturn 1;\n\t}\n\tif (a < -1)\n\t\tgoto worse;\n"
	      "\treturn 0;\n}\n",
	      "condition 0 in -1 after 3:6-3:7", "5 f calls g under 0", "8 f calls g",
	      "condition 1 in -1 then 10:6-10:11", "11 f calls g under 1", "13 f calls g", NULL);
}

/* What an earlier statement leaves no way to. */
static void test_never(void)
{
	/* A loop that is entered in its middle comes round. */
	check("int g(void);\nvoid f(int a) {\n\tgoto inside;\n\tdo {\n\t\tg();\ninside:\n\t\ta--;\n"
	      "\t} while (a);\n}\n", "5 f calls g", NULL);
	check("int g(void);\nint f(int a) {\n\tif (1)\n\t\treturn g();\n\tg();\n\tif (a)\n\t\tg();\n\treturn 0;\n}\n",
	      "condition 0 in -1 then 3:6-3:7", "4 f calls g under 0", "condition 1 in -1 after 3:6-3:7 dead",
	      "5 f calls g under 1 dead", "condition 2 in 1 then 6:6-6:7 dead", "7 f calls g under 2 dead", NULL);
	check("int g(void);\nint f(int a) {\n\tif (0)\n\t\treturn 1;\n\tg();\n\tif (a)\n\t\treturn 1;\n\telse\n"
	      "\t\tgoto out;\n\tg();\nout:\n\tg();\n\treturn 0;\n\tg();\n}\n",
	      "5 f calls g under 0", "condition 1 in 0 never 6:2-9:11 dead", "10 f calls g under 1 dead",
	      "12 f calls g under 0", "condition 2 in 0 never 13:2-13:10 dead", "14 f calls g under 2 dead",
	      NULL);
	check("int g(void);\nvoid f(int a) {\n\twhile (1) {\n\t\tif (a)\n\t\t\tbreak;\n\t}\n\tg();\n\tfor (;;)\n"
	      "\t\tif (a)\n\t\t\tcontinue;\n\tg();\n}\n",
	      "7 f calls g", "condition 0 in -1 never 8:2-10:12 dead", "11 f calls g under 0 dead", NULL);
}

/* x ?: y, and operands that the compiler chooses among. */
static void test_choices(void)
{
	g_autoptr(GPtrArray) by_type = facts_of("int g(void); long h(void);\nlong f(long a) {\n"
						"\treturn _Generic(a, int: g(), default: h());\n}\n",
						0);
	g_autoptr(GPtrArray) by_struct = facts_of(
		"struct a { int n; }; struct b { int n; };\nint of_a(struct a *x); int of_b(const struct b *x);\n"
		"#define of(x) _Generic(*(x), struct a: of_a((void *)(x)), struct b: of_b((void *)(x)))\n"
		"int f(struct a *a) {\n\treturn of(a);\n}\nint g(const struct b *b) {\n\treturn of(b);\n}\n",
		0);
	g_autoptr(GPtrArray) by_text = facts_of(
		"struct a { int n; }; struct b { int n; };\nint of_a(void *x); int of_b(void *x);\n"
		"int f(struct a *a) {\n\treturn _Generic(*a, struct a: of_a(a), struct\\\n b : of_b(a));\n}\n"
		"int g(struct b *b) {\n\treturn _Generic(*b, struct a: of_a(b), struct\\\n b : of_b(b));\n}\n",
		0);
	g_autoptr(GPtrArray) not_known = facts_of(
		"struct a { int n; }; struct b { int n; };\nint of_a(void *x); int of_b(void *x);\n"
		"#define of(x, p, q) _Generic(*(x), struct a: of_##p(x), struct b: of_##q(x))\n"
		"int f(struct a *a) {\n\treturn of(a, a, b);\n}\n",
		0);
	g_autoptr(GPtrArray) by_value = facts_of("int g(void), h(void);\nint f(int a) {\n\treturn "
						 "__builtin_choose_expr(sizeof(a) == 4, g(), h());\n}\n",
						 0);

	check("int g(void), h(void);\nint f(int a) {\n\treturn g() ?: h();\n}\n", "3 f calls g",
	      "condition 0 in -1 false 3:9-3:12", "3 f calls h under 0", NULL);
	expect_line(by_type, "3 f calls h");
	expect_no(by_type, "calls g");
	expect_line(by_struct, "5 f calls of_a in of");
	expect_no(by_struct, "f calls of_b");
	expect_line(by_struct, "8 g calls of_b in of");
	expect_no(by_struct, "g calls of_a");
	expect_line(by_text, "4 f calls of_a");
	expect_no(by_text, "f calls of_b");
	expect_line(by_text, "9 g calls of_b");
	expect_no(by_text, "g calls of_a");
	expect_line(not_known, "5 f calls of_a in of"); /* pasted: no type is written before it */
	expect_line(not_known, "5 f calls of_b in of");
	expect_line(by_value, "3 f calls g");
	expect_no(by_value, "calls h");
}

static void test_dead(void)
{
	check("int g(void);\nenum { NO = 0, YES = 1 };\nvoid f(int a) {\n\tif (0)\n\t\tg();\n\tif (YES)\n"
	      "\t\tg();\n\telse\n\t\tg();\n\tif (NO) {\n\t\tif (a)\n\t\t\tg();\n\t}\n}\n",
	      "5 f calls g under 0 dead", "7 f calls g under 1", "9 f calls g under 2 dead",
	      "12 f calls g under 4 dead", NULL);
	check("int g(void);\nint f(int a) {\n\tint x = 0 && g();\n\tx += 1 || g();\n\twhile (0)\n\t\tg();\n"
	      "\tx += sizeof(g());\n\treturn 1 ? x : g();\n}\n",
	      "3 f calls g under 0 dead", "4 f calls g under 1 dead", "6 f calls g under 2 dead",
	      "8 f calls g under 3 dead", NULL);
}

/* What a condition says of a pointer: where its code runs, it is, or is not, the function or the address. */
static void test_compared(void)
{
	g_autoptr(GPtrArray) told = facts_of(
		OPS FUN "struct ops table; int g(void);\n"
		"int f(struct ops *o, int n) { int (*p)(void) = o->open;\n"
		"if (o->open == one) g(); else g();\n"
		"if (n && __builtin_expect(!!(p != two), 1)) g();\n"
		"if (n || p == two) g();\n"
		"if (&table != o) return 0;\n"
		"return p == one ? g() : p() == 1 && g(); }\n", 0);

	expect_line(told, "condition 0: ops.open through f#0 is t.c:one");
	expect_line(told, "condition 1: ops.open through f#0 is not t.c:one");
	expect_line(told, "condition 2: f%p is not two");
	expect_no(told, "condition 3: ");
	expect_line(told, "condition 4: f#0 is &table");
	expect_line(told, "condition 5: f%p is t.c:one");
	expect_line(told, "condition 6: f%p is not t.c:one");
	expect_no(told, "condition 7: ");
}

int main(int argc, char **argv)
{
	static const struct parse_test tests[] = {
		{"/parse/conditions", test_conditions},
		{"/parse/left-within", test_left_within},
		{"/parse/step", test_step},
		{"/parse/macros", test_macros},
		{"/parse/for", test_for},
		{"/parse/switch", test_switch},
		{"/parse/guards", test_guards},
		{"/parse/labels", test_labels},
		{"/parse/never", test_never},
		{"/parse/choices", test_choices},
		{"/parse/dead", test_dead},
		{"/parse/compared", test_compared},
	};

	return run_parse_tests(argc, argv, tests, G_N_ELEMENTS(tests));
}
