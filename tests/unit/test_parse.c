/* SPDX-License-Identifier: GPL-3.0-or-later */
/* parse: a few lines of C each, and the facts that a reader finds in them. */
#include "parse/parse.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static char *work;

/* ---- a sink that says facts as lines ----------------------------------------------------------- */

/* Keys as a reader would write them: without the places that tell records and locals apart. */
static char *shorten(const char *key)
{
	g_autoptr(GRegex) places = g_regex_new("@(t|other)\\.[ch]:\\d+|@\\d+", 0, 0, NULL);

	return g_regex_replace_literal(places, key ? key : "?", -1, 0, "", 0, NULL);
}

/* "ops.open", "ops.open of table", "ops.open through f%p"; & before an address. */
static char *ref_text(const struct ew_ref *r)
{
	g_autofree char *key = shorten(r->key), *base = shorten(r->base);

	if (r->kind == EW_NODE_NONE)
		return g_strdup("unknown");
	return g_strconcat(r->is_address ? "&" : "", key,
			   r->base_mode == EW_BASE_OBJECT    ? " of "
			   : r->base_mode == EW_BASE_POINTER ? " through "
							     : "",
			   r->base_mode ? base : "", NULL);
}

static void add(void *lines, char *line)
{
	g_ptr_array_add(lines, line);
}

static bool on_function(void *lines, const struct ew_fact_function *f)
{
	add(lines, g_strdup_printf("function %s %s:%d-%d%s%s%s %s", f->key, f->place.file, f->place.line,
				   f->end_line, f->linkage == EW_LINKAGE_STATIC ? " static" : "",
				   f->is_inline ? " inline" : "", f->is_weak ? " weak" : "", f->signature));
	return true;
}

static void on_record(void *lines, const struct ew_fact_record *r)
{
	add(lines, g_strdup_printf("record %s %s %s %d-%d", r->keyword, r->name, r->key, r->place.line,
				   r->end_line));
}

static void on_field(void *lines, const struct ew_fact_field *f)
{
	add(lines, g_strdup_printf("field %s %d %s%s", f->key, f->line, f->type,
				   f->is_function_pointer ? " pointer" : ""));
}

static void on_variable(void *lines, const struct ew_fact_variable *v)
{
	add(lines, g_strdup_printf("variable %s %s:%d%s %s", v->key, v->place.file, v->place.line,
				   v->linkage == EW_LINKAGE_STATIC ? " static" : "", v->type));
}

static void on_condition(void *lines, const struct ew_fact_condition *c)
{
	static const char *const kinds[] = {"then", "else", "loop", "case", "and", "or", "true", "false", "label",
					    "fall", "after", "after-else", "never"};

	add(lines, g_strdup_printf("condition %d in %d %s %d:%d-%d:%d%s", c->index, c->parent,
				   kinds[c->kind], c->place.line, c->place.column, c->end_line,
				   c->end_column, c->is_dead ? " dead" : ""));
}

static void on_call(void *lines, const struct ew_fact_call *c)
{
	g_autofree char *slot = ref_text(&c->slot);
	GString *s = g_string_new(NULL);

	g_string_append_printf(s, "%d %s %s %s", c->place.line, c->caller,
			       c->callee ? "calls" : "calls through", c->callee ? c->callee : slot);
	if (c->signature)
		g_string_append_printf(s, " as %s", c->signature);
	if (c->macro)
		g_string_append_printf(s, " in %s", c->macro);
	if (c->condition >= 0)
		g_string_append_printf(s, " under %d", c->condition);
	if (c->is_dead)
		g_string_append(s, " dead");
	add(lines, g_string_free(s, FALSE));
}

static void on_flow(void *lines, const struct ew_fact_flow *f)
{
	static const char *const hows[] = {"initialiser", "assignment", "argument", "return", "copy"};
	g_autofree char *to = ref_text(&f->to), *from = ref_text(&f->from);

	add(lines, g_strdup_printf("%d %s = %s by %s%s%s", f->place.line, to, from, hows[f->how],
				   f->macro ? " in " : "", f->macro ? f->macro : ""));
}

static void on_access(void *lines, const struct ew_fact_access *a)
{
	static const char *const modes[] = {"reads", "writes", "takes"};
	g_autofree char *field = shorten(a->field);

	add(lines, g_strdup_printf("%d %s %s %s%s", a->place.line, a->function, modes[a->mode], field,
				   a->in_condition ? " in condition" : ""));
}

static void on_file(void *lines, const char *path)
{
	add(lines, g_strdup_printf("file %s", path));
}

static void on_diagnostic(void *lines, const struct ew_place *p, const char *text)
{
	add(lines, g_strdup_printf("error %s:%d %s", p->file, p->line, text));
}

static struct ew_sink line_sink(GPtrArray *lines)
{
	return (struct ew_sink){
		.data = lines,
		.function = on_function,
		.record = on_record,
		.field = on_field,
		.variable = on_variable,
		.condition = on_condition,
		.call = on_call,
		.flow = on_flow,
		.access = on_access,
		.file = on_file,
		.diagnostic = on_diagnostic,
	};
}

/* ---- asking ------------------------------------------------------------------------------------ */

static void put_file(const char *name, const char *text)
{
	g_autofree char *path = g_build_filename(work, name, NULL);
	g_autofree char *directory = g_path_get_dirname(path);

	g_mkdir_with_parents(directory, 0777);
	g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static struct ew_parser *new_parser(void)
{
	struct ew_parse_options options = {.tree = work};

	return ew_parser_new(&options);
}

static GPtrArray *tell(struct ew_parser *p, const char *name, const char *path,
		       struct ew_parse_result *result)
{
	const struct ew_parse_prefix prefix = {path, NULL, false};
	const struct ew_parse_prefix *const prefixes[] = {path ? &prefix : NULL, NULL};
	static const char *const argv[] = {"-I.", "-DKBUILD_BASENAME=\"t\"", NULL};
	g_autofree char *file = g_build_filename(work, name, NULL);
	struct ew_parse_unit unit = {file, work, argv, prefixes};
	GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
	struct ew_sink sink = line_sink(lines);
	g_autoptr(GError) error = NULL;

	g_assert_true(ew_parse_unit(p, &unit, &sink, result, &error));
	g_assert_no_error(error);
	return lines;
}

/* The facts of one source, t.c, which has that many errors. */
static GPtrArray *facts_of(const char *source, int errors)
{
	ew_auto(parser) p = new_parser();
	struct ew_parse_result result;
	GPtrArray *lines;

	put_file("t.c", source);
	lines = tell(p, "t.c", NULL, &result);
	g_assert_cmpint(result.errors, ==, errors);
	return lines;
}

static int count(const GPtrArray *lines, const char *line)
{
	int n = 0;
	guint i;

	for (i = 0; i < lines->len; i++)
		n += !strcmp(lines->pdata[i], line);
	return n;
}

static void fail_with(const GPtrArray *lines, const char *what, const char *line)
{
	g_autoptr(GString) all = g_string_new(NULL);
	guint i;

	for (i = 0; i < lines->len; i++)
		g_string_append_printf(all, "\n  %s", (char *)lines->pdata[i]);
	g_error("%s: “%s” in%s", what, line, all->str);
}

static void expect_line(const GPtrArray *lines, const char *line)
{
	if (count(lines, line) != 1)
		fail_with(lines, "not told once", line);
}

/* Not even as a part. */
static void expect_no(const GPtrArray *lines, const char *part)
{
	guint i;

	for (i = 0; i < lines->len; i++)
		if (strstr(lines->pdata[i], part))
			fail_with(lines, "told", part);
}

/* The facts of `source`, and each of the lines among them; NULL-ended. */
static void check(const char *source, ...) G_GNUC_NULL_TERMINATED;
static void check(const char *source, ...)
{
	g_autoptr(GPtrArray) lines = facts_of(source, 0);
	const char *line;
	va_list expected;

	va_start(expected, source);
	while ((line = va_arg(expected, const char *)))
		expect_line(lines, line);
	va_end(expected);
}

/* ---- stores ------------------------------------------------------------------------------------- */

#define OPS "struct ops { int (*open)(void); int (*close)(void); int n; };\n" /* line 1 */
#define FUN "static int one(void) { return 1; } int two(void);\n"	      /* line 2 */

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

/* ---- calls -------------------------------------------------------------------------------------- */

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
	      "16 f calls g", NULL);
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
	      "condition 3 in -1 after 10:6-10:7", "12 f calls g under 3", "17 f calls g under 3", NULL);
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

static void test_not_evaluated(void)
{
	g_autoptr(GPtrArray) lines =
		facts_of("int g(void);\nunsigned long f(void) {\n"
			 "\treturn sizeof(g()) + _Alignof(int) + sizeof(int[1]);\n}\n", 0);

	expect_no(lines, "calls");
}

/* ---- entities ------------------------------------------------------------------------------------ */

static void test_statics(void)
{
	ew_auto(parser) p = new_parser();
	struct ew_parse_result result;
	g_autoptr(GPtrArray) first = NULL, second = NULL;

	put_file("t.c", "static void note(void) { }\nvoid a(void) { note(); }\n");
	put_file("other.c", "static void note(void) { }\nvoid b(void) { note(); }\n");
	first = tell(p, "t.c", NULL, &result);
	second = tell(p, "other.c", NULL, &result);
	expect_line(first, "2 a calls t.c:note");
	expect_line(second, "2 b calls other.c:note");
	expect_line(second, "function other.c:note other.c:1-1 static void (void)");
}

static void test_functions(void)
{
	check("#define __weak __attribute__((weak))\nint __weak w(void)\n{\n\treturn 0;\n}\n"
	      "static inline int i(void) { return w(); }\nint later(void);\n",
	      "function w t.c:2-5 weak int (void)", "function t.c:i t.c:6-6 static inline int (void)", NULL);
	check("int old(a, b)\n\tint a;\n\tchar *b;\n{\n\treturn b[a];\n}\nint f(void) { return old(1, 0); }\n",
	      "7 f calls old", NULL);
}

/* The definition of an old style function has parameters, too. */
static void test_old_style(void)
{
	g_autoptr(GPtrArray) lines = facts_of(
		OPS FUN "int old(o, h)\n\tstruct ops *o;\n\tint (*h)(void);\n{\n\to->open = h;\n\treturn h();\n}\n",
		0);

	expect_line(lines, "7 ops.open through old#0 = old#1 by assignment");
	expect_line(lines, "8 old calls through old#1 as int (void)");
}

static void test_records(void)
{
	check("struct r {\n\tint a;\n\tunion {\n\t\tint b;\n\t\tvoid (*c)(void);\n\t};\n"
	      "\tstruct { int d; } e;\n};\nvoid f(struct r *r) {\n\tr->b = r->a;\n\tr->c();\n\tr->e.d = 1;\n}\n",
	      "record struct r r@t.c:1 1-8", "field r@t.c:1.b 4 int", "field r@t.c:1.c 5 void (*)(void) pointer",
	      "10 f writes r.b", "10 f reads r.a", "11 f calls through r.c through f#0 as void (void)",
	      "12 f writes r.d", NULL);
	check("typedef struct { int x; } named;\nint f(named *n) { return n->x++; }\n",
	      "record struct named named@t.c:1 1-1", "2 f writes named.x", NULL);
	check("union u { int i; float f; };\nstruct s { union u in; };\nint *f(struct s *s) { return &s->in.i; }\n",
	      "record union u u@t.c:1 1-1", "3 f takes u.i", NULL);
	/* Private structs of one name stay apart, here by where they stand. */
	check("int f(void) {\n\tstruct here { int x; } h = { 1 };\n\treturn h.x;\n}\n", "3 f reads here.x", NULL);
}

static void test_files(void)
{
	put_file("other.h", "static inline void helper(void) { }\nextern int seen;\nint seen = 1;\n");
	check("#include \"other.h\"\nvoid f(void) { helper(); }\n", "file t.c", "file other.h",
	      "function other.h:helper other.h:1-1 static inline void (void)", "2 f calls other.h:helper",
	      "variable seen other.h:3 int", NULL);
}

/* A parser says a header's entities once, and a unit's own each time. */
static void test_headers_once(void)
{
	ew_auto(parser) p = new_parser();
	struct ew_parse_result result;
	g_autoptr(GPtrArray) first = NULL, second = NULL;

	put_file("other.h", "static inline void helper(void) { }\nstruct r { int x; };\n");
	put_file("t.c", "#include \"other.h\"\nvoid f(void) { helper(); }\n");
	first = tell(p, "t.c", NULL, &result);
	second = tell(p, "t.c", NULL, &result);
	expect_line(first, "record struct r r@other.h:2 2-2");
	expect_no(second, "record");
	expect_no(second, "function other.h:helper");
	expect_line(second, "2 f calls other.h:helper");
	expect_line(second, "file other.h");
}

/* ---- what does not parse -------------------------------------------------------------------------- */

static void test_errors(void)
{
	g_autoptr(GPtrArray) lines =
		facts_of("void g(void);\nvoid before(void) { g(); }\nint broken(void) { return 1 + ; }\n"
			 "void after(void) { g(); }\n#include \"none.h\"\nvoid last(void) { g(); }\n", 2);

	expect_line(lines, "2 before calls g");
	expect_line(lines, "error t.c:3 expected expression");
	expect_line(lines, "4 after calls g");
	expect_line(lines, "error t.c:5 'none.h' file not found");
	expect_line(lines, "6 last calls g");
}

static void refuse(const char *name, const char *directory, const char *why)
{
	static const char *const argv[] = {NULL};
	g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *file = g_build_filename(work, name, NULL);
	struct ew_parse_unit unit = {file, directory, argv, NULL};
	struct ew_sink sink = line_sink(lines);
	struct ew_parse_result result;
	ew_auto(parser) p = new_parser();
	g_autoptr(GError) error = NULL;

	g_assert_false(ew_parse_unit(p, &unit, &sink, &result, &error));
	g_assert_error(error, EW_ERROR, EW_ERROR_INPUT);
	g_assert_nonnull(strstr(error->message, file));
	g_assert_nonnull(strstr(error->message, why));
	g_assert_cmpuint(lines->len, ==, 0);
}

static void test_refused(void)
{
	g_autofree char *none = g_build_filename(work, "none", NULL);

	put_file("t.c", "");
	refuse("none.c", work, "No such file");
	refuse("t.c", none, "no directory");
}

static void test_bytes(void)
{
	check("/* \xff\xfe \x1b[31m */\nint f(void) { return '\\n'; } // \xe2\x86\x92\n",
	      "function f t.c:2-2 int (void)", NULL);
	check("\xef\xbb\xbfint f(void) { return 1; }\r\nint g(void) { return f(); }\r\n", "2 g calls f", NULL);
	check("", "file t.c", NULL);
}

/* ---- prefixes --------------------------------------------------------------------------------------- */

static int compare_lines(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static char *sorted(GPtrArray *lines)
{
	g_ptr_array_sort(lines, compare_lines);
	g_ptr_array_add(lines, NULL);
	return g_strjoinv("\n", (char **)lines->pdata);
}

/* Headers with a table, an inline, a macro that the unit may change. */
static void put_headers(void)
{
	put_file("ops.h", "#ifndef OPS_H\n#define OPS_H\nstruct ops { int (*open)(void); };\n"
			  "static inline int run(const struct ops *o) { return o->open(); }\n"
			  "#define RUN(o) run(o)\n#endif\n");
	put_file("more.h", "#ifndef MORE_H\n#define MORE_H\n#include <ops.h>\n#ifdef LESS\n"
			   "static inline int less(void) { return 1; }\n#else\n"
			   "static inline int more(void) { return 2; }\n#endif\n#ifndef pr_fmt\n"
			   "#define pr_fmt(f) f\n#endif\n#endif\n");
}

static char *make_prefix(struct ew_parser *p, GPtrArray *lines)
{
	static const char *const headers[] = {"<ops.h>", "\"more.h\"", NULL};
	static const char *const argv[] = {"-I.", NULL};
	char *path = g_build_filename(work, "prefix", NULL);
	const struct ew_parse_prefix prefix = {path, headers, false};
	struct ew_sink sink = line_sink(lines);
	g_autoptr(GError) error = NULL;

	g_assert_true(ew_parser_make_prefix(p, &prefix, work, argv, &sink, &error));
	g_assert_no_error(error);
	return path;
}

/* All facts of a unit with its headers; behind the prefix where `fits`. Files are left out: who says
 * the prefix's own is the prefix. */
static void compare_behind_prefix(const char *source, bool fits)
{
	ew_auto(parser) plain = new_parser();
	ew_auto(parser) behind = new_parser();
	g_autoptr(GPtrArray) with = g_ptr_array_new_with_free_func(g_free), unit = NULL, without = NULL;
	g_autofree char *prefix = NULL, *a = NULL, *b = NULL;
	struct ew_parse_result result;
	guint i;

	put_headers();
	put_file("t.c", source);
	prefix = make_prefix(behind, with);
	unit = tell(behind, "t.c", prefix, &result);
	g_assert_true((result.prefix >= 0) == fits);
	g_assert_cmpint(result.errors, ==, 0);
	if (!fits) /* parsed as it stands, and all of it is in there */
		g_ptr_array_set_size(with, 0);
	for (i = 0; i < unit->len; i++)
		if (!count(with, unit->pdata[i]))
			g_ptr_array_add(with, g_strdup(unit->pdata[i]));
	without = tell(plain, "t.c", NULL, &result);
	g_assert_cmpint(result.prefix, <, 0);
	if (!fits)
		return;
	a = sorted(with);
	b = sorted(without);
	g_assert_cmpstr(a, ==, b);
}

#define USE "static int one(void) { return 1; }\nstatic const struct ops table = { .open = one };\n" \
	    "int f(void) { return RUN(&table) + more(); }\n"

static void test_prefix(void)
{
	compare_behind_prefix("#include <ops.h>\n#include <more.h>\n" USE, true);
	compare_behind_prefix("#define pr_fmt(f) \"t: \" f\n#include <more.h>\n" USE, true);
	compare_behind_prefix("#define LOCAL 1\n#include <more.h>\n#include <ops.h>\n" USE, true);
	compare_behind_prefix("#include <more.h>\n#define LESS 1\n" USE, true); /* after the last include */
}

static void test_prefix_does_not_fit(void)
{
	ew_auto(parser) p = new_parser();
	g_autoptr(GPtrArray) headers = g_ptr_array_new_with_free_func(g_free), lines = NULL;
	g_autofree char *prefix = NULL;
	struct ew_parse_result result;

	put_headers();
	prefix = make_prefix(p, headers);
	expect_line(headers, "function more.h:more more.h:7-7 static inline int (void)");
	put_file("t.c", "#define LESS 1\n#include <more.h>\nint f(void) { return less(); }\n");
	lines = tell(p, "t.c", prefix, &result);
	g_assert_cmpint(result.prefix, <, 0);
	g_assert_cmpint(result.errors, ==, 0);
	expect_line(lines, "3 f calls more.h:less");
	expect_line(lines, "function more.h:less more.h:5-5 static inline int (void)");
	compare_behind_prefix("#define pr_fmt(f) run(f)\n#include <more.h>\n" USE, false);
	compare_behind_prefix("#undef OPS_H\n#include <more.h>\n" USE, false);
	compare_behind_prefix(" # define LESS\n#include <more.h>\nint f(void) { return less(); }\n", false);
}

/* A header that does not compile is left out; of nothing but such, there is no prefix. */
static void test_prefix_of_broken_headers(void)
{
	static const char *const mixed[] = {"<ops.h>", "<broken.h>", "<more.h>", NULL};
	static const char *const broken[] = {"<broken.h>", "<none.h>", NULL};
	static const char *const argv[] = {"-I.", NULL};
	g_autofree char *path = g_build_filename(work, "prefix2", NULL);
	const struct ew_parse_prefix good = {path, mixed, false}, bad = {path, broken, false};
	g_autofree char *pch = g_strconcat(path, ".pch", NULL);
	g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
	struct ew_sink sink = line_sink(lines);
	ew_auto(parser) p = new_parser();
	g_autoptr(GError) error = NULL;

	put_headers();
	put_file("broken.h", "int broken( ;\nstruct needs x;\n");
	g_assert_true(ew_parser_make_prefix(p, &good, work, argv, &sink, &error));
	g_assert_no_error(error);
	expect_line(lines, "function more.h:more more.h:7-7 static inline int (void)");
	expect_no(lines, "broken.h");
	unlink(pch);
	g_assert_false(ew_parser_make_prefix(p, &bad, work, argv, &sink, &error));
	g_assert_error(error, EW_ERROR, EW_ERROR_INPUT);
	g_assert_false(g_file_test(pch, G_FILE_TEST_EXISTS));
}

/* A header without a guard would be read twice. */
static void test_prefix_of_unguarded_headers(void)
{
	static const char *const headers[] = {"<ops.h>", "\"bare.h\"", "<once.h>", NULL};
	static const char *const argv[] = {"-I.", NULL};
	g_autofree char *path = g_build_filename(work, "prefix3", NULL);
	const struct ew_parse_prefix prefix = {path, headers, false};
	const struct ew_parse_prefix *const prefixes[] = {&prefix, NULL};
	g_autofree char *file = g_build_filename(work, "t.c", NULL);
	struct ew_parse_unit unit = {file, work, argv, prefixes};
	g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
	struct ew_sink sink = line_sink(lines);
	struct ew_parse_result result;
	ew_auto(parser) p = new_parser();

	put_headers();
	put_file("bare.h", "static int bare(void) { return 1; }\n#ifndef LATE\n#endif\n");
	put_file("once.h", "// a comment\n/* another */\n# pragma once\nstatic int once(void) { return 2; }\n");
	g_assert_true(ew_parser_make_prefix(p, &prefix, work, argv, &sink, NULL));
	expect_no(lines, "bare.h");
	put_file("t.c", "#include <once.h>\n#include \"bare.h\"\nint f(void) { return bare() + once(); }\n");
	g_assert_true(ew_parse_unit(p, &unit, &sink, &result, NULL));
	g_assert_cmpint(result.prefix, ==, 0);
	expect_line(lines, "3 f calls bare.h:bare");
	expect_line(lines, "3 f calls once.h:once");
}

/* A unit that defines trace events needs their header unread. */
static void test_plain_prefix(void)
{
	static const char *const headers[] = {"<ops.h>", "<events.h>", NULL};
	static const char *const argv[] = {"-I.", NULL};
	g_autofree char *one = g_build_filename(work, "one", NULL);
	g_autofree char *two = g_build_filename(work, "two", NULL);
	const struct ew_parse_prefix full = {one, headers, false}, plain = {two, headers, true};
	const struct ew_parse_prefix *const prefixes[] = {&full, &plain, NULL};
	const struct ew_parse_prefix *const only_full[] = {&full, NULL};
	g_autofree char *file = g_build_filename(work, "t.c", NULL);
	struct ew_parse_unit unit = {file, work, argv, prefixes};
	g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
	struct ew_sink sink = line_sink(lines);
	struct ew_parse_result result;
	ew_auto(parser) p = new_parser();

	put_headers();
	put_file("events.h", "#undef SYSTEM\n#define SYSTEM events\n#if !defined(EVENTS_H)\n#define EVENTS_H\n"
			     "void event(void);\n#endif\n#include <trace/define_trace.h>\n");
	put_file("trace/define_trace.h", "#ifdef CREATE_TRACE_POINTS\nvoid event(void) { }\n#endif\n");
	g_assert_true(ew_parser_make_prefix(p, &full, work, argv, &sink, NULL));
	g_assert_true(ew_parser_make_prefix(p, &plain, work, argv, &sink, NULL));
	put_file("t.c", "#include <ops.h>\n#define CREATE_TRACE_POINTS\n#include <events.h>\n"
			"int f(struct ops *o) { event(); return run(o); }\n");
	g_assert_true(ew_parse_unit(p, &unit, &sink, &result, NULL));
	g_assert_cmpint(result.prefix, >=, 0);
	expect_line(lines, "function event trace/define_trace.h:2-2 void (void)");
	unit.prefixes = only_full;
	g_assert_true(ew_parse_unit(p, &unit, &sink, &result, NULL));
	g_assert_cmpint(result.prefix, <, 0);
}

static void test_damaged_prefix(void)
{
	ew_auto(parser) p = new_parser();
	g_autoptr(GPtrArray) headers = g_ptr_array_new_with_free_func(g_free), lines = NULL;
	g_autofree char *prefix = NULL, *pch = NULL;
	struct ew_parse_result result;

	put_headers();
	prefix = make_prefix(p, headers);
	pch = g_strconcat(prefix, ".pch", NULL);
	g_assert_cmpint(truncate(pch, 5000), ==, 0);
	put_file("t.c", "#include <more.h>\n" USE);
	lines = tell(p, "t.c", prefix, &result);
	g_assert_cmpint(result.prefix, <, 0);
	g_assert_cmpint(result.errors, ==, 0);
	expect_line(lines, "4 f calls more.h:more");
}

static void test_unit_macro(void)
{
	g_assert_true(ew_parse_is_unit_macro("-DKBUILD_BASENAME=\"tcp\""));
	g_assert_true(ew_parse_is_unit_macro("-D__KBUILD_MODNAME=kmod_tcp"));
	g_assert_true(ew_parse_is_unit_macro("-DKBUILD_MODFILE"));
	g_assert_false(ew_parse_is_unit_macro("-DKBUILD_BASENAMES=1"));
	g_assert_false(ew_parse_is_unit_macro("-D__KERNEL__"));
	g_assert_false(ew_parse_is_unit_macro("KBUILD_BASENAME=1"));
	g_assert_false(ew_parse_is_unit_macro(""));
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} tests[] = {
		{"/parse/initialisers", test_initialisers},
		{"/parse/nested", test_nested},
		{"/parse/assignments", test_assignments},
		{"/parse/nothing-flows", test_nothing_flows},
		{"/parse/pointer-in-integer", test_pointer_in_integer},
		{"/parse/arguments-and-returns", test_arguments_and_returns},
		{"/parse/locals", test_locals},
		{"/parse/two-locals", test_two_locals},
		{"/parse/counted-names", test_counted_names},
		{"/parse/calls", test_calls},
		{"/parse/order", test_order},
		{"/parse/macros", test_macros},
		{"/parse/conditions", test_conditions},
		{"/parse/for", test_for},
		{"/parse/switch", test_switch},
		{"/parse/guards", test_guards},
		{"/parse/labels", test_labels},
		{"/parse/never", test_never},
		{"/parse/choices", test_choices},
		{"/parse/builtins", test_builtins},
		{"/parse/static-calls", test_static_calls},
		{"/parse/copies", test_copies},
		{"/parse/literals", test_literals},
		{"/parse/either-object", test_either_object},
		{"/parse/dead", test_dead},
		{"/parse/not-evaluated", test_not_evaluated},
		{"/parse/statics", test_statics},
		{"/parse/functions", test_functions},
		{"/parse/old-style", test_old_style},
		{"/parse/records", test_records},
		{"/parse/files", test_files},
		{"/parse/headers-once", test_headers_once},
		{"/parse/errors", test_errors},
		{"/parse/refused", test_refused},
		{"/parse/bytes", test_bytes},
		{"/parse/prefix", test_prefix},
		{"/parse/prefix-of-unguarded-headers", test_prefix_of_unguarded_headers},
		{"/parse/plain-prefix", test_plain_prefix},
		{"/parse/prefix-does-not-fit", test_prefix_does_not_fit},
		{"/parse/prefix-of-broken-headers", test_prefix_of_broken_headers},
		{"/parse/damaged-prefix", test_damaged_prefix},
		{"/parse/unit-macro", test_unit_macro},
	};
	g_autofree char *command = NULL;
	size_t i;
	int status;

	g_test_init(&argc, &argv, NULL);
	work = g_dir_make_tmp("exitwalk-parse-XXXXXX", NULL);
	for (i = 0; i < G_N_ELEMENTS(tests); i++)
		g_test_add_func(tests[i].name, tests[i].run);
	status = g_test_run();
	command = g_strdup_printf("rm -rf '%s'", work);
	return system(command) == 0 ? status : 1;
}
