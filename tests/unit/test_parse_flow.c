/* SPDX-License-Identifier: GPL-3.0-or-later */
/* parse: what flows where: stores, arguments, returns, copies of objects. */
#include "facts_of.h"

static void test_initialisers(void)
{
	check(OPS FUN "struct ops table = { .close = two, .open = one };\n",
	      "3 ops.close of table = two by initialiser", "3 ops.open of table = t.c:one by initialiser",
	      "variable table t.c:3 struct ops", NULL);
	check(OPS FUN "static struct ops table = { one, two, 3 };\n",
	      "3 ops.open of t.c:table = t.c:one by initialiser",
	      "3 ops.close of t.c:table = two by initialiser", NULL);
	check(OPS FUN "struct ops table = { .close = two, 5 };\n", /* .n comes after .close */
	      "3 ops.close of table = two by initialiser", NULL);
	check(OPS FUN "struct ops list[] = { [1] = { .open = one }, { one, two } };\n",
	      "3 ops.close of list = two by initialiser", NULL);
	check(OPS FUN "int (*all[3])(void) = { one, [2] = two };\n", "3 all = t.c:one by initialiser",
	      "3 all = two by initialiser", NULL);
	check(OPS FUN "int (*pointer)(void) = &two;\n", "3 pointer = &two by initialiser", NULL);
}

static void test_nested(void)
{
	check(OPS FUN "struct box { int id; struct ops in; } box = { .id = 1, .in = { .open = one } };\n",
	      "3 ops.open of vbox>box.in = t.c:one by initialiser", NULL);
	check(OPS FUN "struct box { int id; struct ops in; } box = { .in.close = two };\n",
	      "3 ops.close of vbox>box.in = two by initialiser", NULL);
	check(OPS FUN "struct box { int id; struct ops in; } box = { 1, { one } };\n",
	      "3 ops.open of vbox>box.in = t.c:one by initialiser", NULL);
	check(OPS FUN "struct box { int id; union { int (*f)(void); long l; }; } box = { .f = two };\n",
	      "3 box.f of box = two by initialiser", NULL);
	check(OPS FUN "struct deep { const struct ops *o; };\nconst struct ops t = { one };\n"
		      "struct deep d = { &t };\n",
	      "5 deep.o of d = &t by initialiser", NULL);
}

static void test_assignments(void)
{
	check(OPS FUN "void f(struct ops *o, struct ops x) {\n\to->open = one;\n\tx.close = &two;\n}\n",
	      "4 ops.open through f#0 = t.c:one by assignment",
	      "5 ops.close of f#1 = &two by assignment", "4 f writes ops.open", "5 f writes ops.close",
	      NULL);
	check(OPS FUN "void f(struct ops *o, int c) {\n\to->open = c ? one : two;\n}\n",
	      "4 ops.open through f#0 = t.c:one by assignment",
	      "4 ops.open through f#0 = two by assignment", NULL);
	check(OPS FUN "void f(struct ops *o) {\n\to->open = o->close = two;\n}\n",
	      "4 ops.close through f#0 = two by assignment", NULL);
	check(OPS FUN "void f(struct ops x) {\n\tx = (struct ops){ .open = one };\n}\n",
	      "4 ops.open of f#0 = t.c:one by initialiser", NULL);
	check(OPS FUN "void f(struct ops *o) {\n\to->open = (int (*)(void))(void *)two;\n}\n",
	      "4 ops.open through f#0 = two by assignment", NULL);
	check(OPS FUN "void f(struct ops *o) {\n\to->open = ({ int x = 1; (void)x; two; });\n}\n",
	      "4 ops.open through f#0 = two by assignment", NULL);
	check(OPS "void f(struct ops *o, long n) {\n\to->open = (int (*)(void))(n + 1);\n}\n",
	      "3 ops.open through f#0 = unknown by assignment", NULL);
	check(OPS FUN "void f(int (**v)(void)) {\n\tv[3] = two;\n}\n", "4 f#0 = two by assignment", NULL);
}

static void test_nothing_flows(void)
{
	g_autoptr(GPtrArray) lines =
		facts_of(OPS FUN "int f(struct ops *o) {\n\to->open = 0;\n\to->n = 4;\n"
				 "\treturn o->open == one;\n}\n", 0);

	expect_no(lines, " by ");
	expect_line(lines, "6 f reads ops.open");
}

/* rcu_assign_pointer() puts the pointer through an integer. */
static void test_pointer_in_integer(void)
{
	check(OPS "struct ops *kept;\nvoid f(struct ops *o) {\n\tunsigned long n = (unsigned long)(o);\n"
		  "\tkept = (struct ops *)n;\n}\n",
	      "4 f%n = f#0 by initialiser", "5 kept = f%n by assignment", NULL);
	check("typedef int fun(void);\nfun *kept;\nvoid f(fun g) {\n\tunsigned long n = (unsigned long)(g);\n"
	      "\tkept = (fun *)n;\n}\n",
	      "4 f%n = f#0 by initialiser", "5 kept = f%n by assignment", NULL);
}

static void test_arguments_and_returns(void)
{
	check(OPS FUN "void reg(int id, int (*h)(void));\nvoid f(void) {\n\treg(1, two);\n}\n",
	      "5 reg#1 = two by argument", "5 f calls reg", NULL);
	check(OPS FUN "static int (*get(int c))(void) {\n\treturn c ? one : two;\n}\n",
	      "4 t.c:get#r = t.c:one by return", "4 t.c:get#r = two by return", NULL);
	check(OPS FUN "int (*get(void))(void);\nvoid f(struct ops *o) {\n\to->open = get();\n}\n",
	      "5 ops.open through f#0 = get#r by assignment", NULL);
	check(OPS "static struct ops table;\nconst struct ops *which(void) {\n\treturn &table;\n}\n",
	      "4 which#r = &t.c:table by return", NULL);
	check(OPS FUN "void reg(void *data);\nvoid f(void) {\n\treg(two);\n}\n", /* hidden in void * */
	      "5 reg#0 = two by argument", NULL);
}

static void test_locals(void)
{
	check(OPS "int f(struct ops *o) {\n\tint (*copy)(void) = o->open;\n\treturn copy();\n}\n",
	      "3 f%copy = ops.open through f#0 by initialiser", "4 f calls through f%copy as int (void)",
	      NULL);
	check(OPS "int f(struct ops *o) {\n\tstruct ops *p;\n\tp = o;\n\treturn p->open();\n}\n",
	      "4 f%p = f#0 by assignment", "5 f calls through ops.open through f%p as int (void)", NULL);
	check(OPS FUN "int f(void) {\n\tstatic int (*kept)(void) = two;\n\treturn kept();\n}\n",
	      "4 t.c:f.kept = two by initialiser", "5 f calls through t.c:f.kept as int (void)", NULL);
	check(OPS FUN "int f(int c) {\n\tint (*x)(void) = one;\n\t{\n\t\tint (*x)(void) = two;\n\t\tc = x();\n"
		      "\t}\n\treturn x();\n}\n",
	      "4 f%x = t.c:one by initialiser", "6 f%x = two by initialiser", NULL);
}

/* Two locals of one name are two slots: their keys differ by the offset. */
static void test_two_locals(void)
{
	g_autoptr(GPtrArray) lines = facts_of(FUN "int f(void) {\n\tint (*x)(void) = two;\n\tint n = x();\n\t{\n"
						  "\t\tint (*x)(void) = two;\n\t\tn += x();\n\t}\n"
						  "\treturn n;\n}\n", 0);

	g_assert_cmpint(count(lines, "3 f%x = two by initialiser"), ==, 1);
	g_assert_cmpint(count(lines, "6 f%x = two by initialiser"), ==, 1);
}

/* What the kernel names with __COUNTER__ is told by its place: the count depends on what was included. */
static void test_counted_names(void)
{
	check(OPS FUN "int f(void) {\n\tint (*__UNIQUE_ID_rcu17)(void) = one;\n\treturn __UNIQUE_ID_rcu17();\n}\n",
	      "4 f%__UNIQUE_ID_rcu = t.c:one by initialiser",
	      "5 f calls through f%__UNIQUE_ID_rcu as int (void)", NULL);
	check("static const char __UNIQUE_ID_author3[] = \"a\", __UNIQUE_ID_author4[] = \"b\";\nstatic int UNIQUE_5 = 1;\n",
	      "variable t.c:__UNIQUE_ID_author@18 t.c:1 static const char[2]",
	      "variable t.c:__UNIQUE_ID_author@47 t.c:1 static const char[2]",
	      "variable t.c:UNIQUE_5 t.c:2 static int", NULL);
}

/* A copy of an object is one of each member that holds a function, whatever the statement looks like. */
static void test_copies(void)
{
	check(OPS FUN "struct ops a, b;\nvoid f(struct ops *p) {\n\ta = b;\n\t*p = a;\n\tstruct ops l = *p;\n"
		      "\t__builtin_memcpy(&b, &l, sizeof(b));\n}\n",
	      "5 ops.open of a = ops.open of b by copy", "5 ops.close of a = ops.close of b by copy",
	      "6 ops.open through f#0 = ops.open of a by copy",
	      "7 ops.open of f%l = ops.open through f#0 by copy",
	      "8 ops.open of b = ops.open of f%l by copy", NULL);
	check(OPS FUN "struct ops *g(void); void *kmemdup(const void *p, int n);\n"
		      "void f(const struct ops *p) {\n\tstruct ops *q = kmemdup(p, sizeof(*p));\n\t*q = *g();\n}\n",
	      "5 ops.close through f%q = ops.close through f#0 by copy",
	      "6 ops.open through f%q = ops.open through g#r by copy", NULL);
	/* What is copied from somewhere is not known. */
	check(OPS FUN "void f(struct ops *p, long n) {\n\t*p = *(struct ops *)n;\n\t*p = (struct ops){ .open = two };\n}\n",
	      "5 ops.open = two by initialiser", NULL);
}

/* An object without a name is an object. */
static void test_literals(void)
{
	check(OPS FUN "struct box { const struct ops *ops; };\nstruct box box = { .ops = &(struct ops){ .open = two } };\n",
	      "4 ops.open of t.c:(literal) = two by initialiser",
	      "4 box.ops of box = &t.c:(literal) by initialiser", NULL);
	check(OPS FUN "void g(const struct ops *o);\nvoid f(void) {\n\tg(&(struct ops){ .close = one });\n}\n",
	      "5 ops.close of f%(literal) = t.c:one by initialiser", "5 g#0 = &f%(literal) by argument", NULL);
}

/* One of two objects is neither: the store is told of both, the call of the member. */
static void test_either_object(void)
{
	check(OPS FUN "void f(int c, struct ops *a, struct ops *b) {\n\t(c ? a : b)->open = two;\n\t(c ? a : b)->open();\n}\n",
	      "4 ops.open through f#1 = two by assignment", "4 ops.open through f#2 = two by assignment",
	      "5 f calls through ops.open as int (void)", NULL);
	check(OPS FUN "int (*slot)(void);\nvoid f(int (*p)(void), long n) {\n\tslot = p ?: two;\n"
		      "\tslot = n ? two : (int (*)(void))(n + 1);\n}\n",
	      "5 slot = f#0 by assignment", "5 slot = two by assignment", "6 slot = two by assignment",
	      "6 slot = unknown by assignment", NULL);
	/* An array of objects, where a pointer is wanted, is their address. */
	check(OPS FUN "struct ops list[2];\nstruct ops *first;\nvoid f(void) {\n\tfirst = list;\n}\n",
	      "6 first = &list by assignment", NULL);
}

int main(int argc, char **argv)
{
	static const struct parse_test tests[] = {
		{"/parse/initialisers", test_initialisers},
		{"/parse/nested", test_nested},
		{"/parse/assignments", test_assignments},
		{"/parse/nothing-flows", test_nothing_flows},
		{"/parse/pointer-in-integer", test_pointer_in_integer},
		{"/parse/arguments-and-returns", test_arguments_and_returns},
		{"/parse/locals", test_locals},
		{"/parse/two-locals", test_two_locals},
		{"/parse/counted-names", test_counted_names},
		{"/parse/copies", test_copies},
		{"/parse/literals", test_literals},
		{"/parse/either-object", test_either_object},
	};

	return run_parse_tests(argc, argv, tests, G_N_ELEMENTS(tests));
}
