/* SPDX-License-Identifier: GPL-3.0-or-later */
/* parse: calls, in the order in which they run. */
#include "facts_of.h"

static void test_calls(void)
{
	check(OPS FUN "int f(struct ops *o) {\n\tone();\n\t(*two)();\n\to->open();\n\treturn (*o->close)();\n}\n",
	      "4 f calls t.c:one", "5 f calls two", "6 f calls through ops.open through f#0 as int (void)",
	      "7 f calls through ops.close through f#0 as int (void)", "6 f reads ops.open", NULL);
	check(OPS "int (*table[4])(int);\nint f(int i) {\n\treturn table[i](i);\n}\n",
	      "4 f calls through table as int (int)", NULL);
	check("void a(void); void b(void);\nvoid f(int c) {\n\t(c ? a : b)();\n}\n", /* line 3 */
	      "function f t.c:2-4 void (int)", NULL);
	check("int g(int a, int b); int a(void); int b(void);\nint f(void) {\n\treturn g(a(), b());\n}\n",
	      "3 f calls g", "3 f calls a", "3 f calls b", NULL);
	check("int f(void (**v)(void)) {\n\tv[0]();\n\treturn __builtin_expect(1, 1);\n}\n",
	      "2 f calls through f#0 as void (void)", NULL);
}

/* Operands before the operation: the order in which they run. */
static void test_order(void)
{
	g_autoptr(GPtrArray) lines =
		facts_of("int g(int a); int a(void); int b(void);\nint f(void) {\n\tint x = g(a());\n"
			 "\treturn b() + x;\n}\n", 0);
	g_autoptr(GString) order = g_string_new(NULL);
	guint i;

	for (i = 0; i < lines->len; i++)
		if (strstr(lines->pdata[i], " calls "))
			g_string_append(order, strrchr(lines->pdata[i], ' '));
	g_assert_cmpstr(order->str, ==, " a g b");
}

static void test_macros(void)
{
	check("int g(int);\n#define CALL(x) g(x)\n#define OUTER(x) CALL(x)\nint f(void) {\n"
	      "\tCALL(1);\n\treturn OUTER(g(2));\n}\n",
	      "5 f calls g in CALL", "6 f calls g in OUTER", "6 f calls g", NULL);
	check(OPS FUN "#define SET(o, v) ((o)->open = (v))\nvoid f(struct ops *o) {\n\tSET(o, two);\n}\n",
	      "5 ops.open through f#0 = two by assignment in SET", NULL);
	check("void g(void);\n#define MAKE(n) void n(void) { g(); }\nMAKE(x)\nMAKE(y)\n",
	      "function x t.c:3-3 void (void)", "function y t.c:4-4 void (void)", "3 x calls g in MAKE",
	      "4 y calls g in MAKE", NULL);
}

/* A builtin that may become a call of the kernel's own function is one; the others are none. */
static void test_builtins(void)
{
	g_autoptr(GPtrArray) lines =
		facts_of("#define copy(a, b, n) __builtin_memcpy(a, b, n)\nvoid *f(char *a, char *b) {\n"
			 "\tif (__builtin_expect(__builtin_strlen(b) > 2, 0))\n\t\t__builtin_unreachable();\n"
			 "\treturn copy(a, b, 9);\n}\n",
			 0);

	expect_line(lines, "3 f calls strlen");
	expect_line(lines, "5 f calls memcpy in copy under 0");
	expect_no(lines, "__builtin_");
}

/* A static call goes through what its key holds. */
static void test_static_calls(void)
{
	const char *source =
		"struct static_call_key { void *func; };\n"
		"#define DECLARE(name, f) extern struct static_call_key __SCK__##name; extern typeof(f) __SCT__##name\n"
		"#define call(name) ({ static void *a = &__SCK__##name; (void)a; (&__SCT__##name); })\n"
		"int idle(int); int fast(int);\nDECLARE(tick, idle);\n"
		"struct static_call_key __SCK__tick = { .func = idle };\n"
		"void update(struct static_call_key *key, void *func) {\n\tkey->func = func;\n}\n"
		"int f(void) {\n\tupdate(&__SCK__tick, fast);\n\treturn call(tick)(3);\n}\n"
		"int g(void) {\n\treturn __SCT__tick(2);\n}\n";

	check(source, "6 static_call_key.func of __SCK__tick = idle by initialiser",
	      "8 static_call_key.func through update#0 = update#1 by assignment",
	      "11 update#0 = &__SCK__tick by argument", "11 update#1 = fast by argument",
	      "6 __SCK__tick = idle by initialiser", "11 __SCK__tick = fast by assignment",
	      "12 f calls through __SCK__tick as int (int) in call",
	      "15 g calls __SCT__tick", NULL);
}

static void test_not_evaluated(void)
{
	g_autoptr(GPtrArray) lines =
		facts_of("int g(void);\nunsigned long f(void) {\n"
			 "\treturn sizeof(g()) + _Alignof(int) + sizeof(int[1]);\n}\n", 0);

	expect_no(lines, "calls");
}

int main(int argc, char **argv)
{
	static const struct parse_test tests[] = {
		{"/parse/calls", test_calls},
		{"/parse/order", test_order},
		{"/parse/macros", test_macros},
		{"/parse/builtins", test_builtins},
		{"/parse/static-calls", test_static_calls},
		{"/parse/not-evaluated", test_not_evaluated},
	};

	return run_parse_tests(argc, argv, tests, G_N_ELEMENTS(tests));
}
