/* SPDX-License-Identifier: GPL-3.0-or-later */
/* parse: which member each element of an initialiser goes to, without inner braces and with very many elements;
 * what attributes make of a function. */
#include "parse/parse.h"

#include <string.h>

static char *work;

static bool on_function(void *lines, const struct ew_fact_function *f)
{
	if (f->is_weak)
		g_string_append_printf(lines, "weak %s\n", f->key);
	return true;
}

static void on_flow(void *lines, const struct ew_fact_flow *f)
{
	const char *member = f->to.key ? strrchr(f->to.key, '.') : NULL;

	g_string_append_printf(lines, "%s = %s\n", member && f->to.kind == EW_NODE_FIELD ? member + 1 : f->to.key,
			       f->from.key ? f->from.key : "?");
}

static void on_field(void *lines, const struct ew_fact_field *f)
{
	if (f->overlay)
		g_string_append_printf(lines, "%.*s.%s #%d%s%s\n", (int)strcspn(f->record, "@"), f->record, f->name,
				       f->overlay, f->signature ? " " : "", f->signature ? f->signature : "");
}

static void on_share(void *lines, const struct ew_fact_share *s)
{
	const char *object = s->object.key ? strrchr(s->object.key, '.') + 1 : "";
	const char *other = s->other_object.key ? strrchr(s->other_object.key, '.') + 1 : "";

	g_string_append_printf(lines, "%s%s%s | %s%s%s\n", object, *object ? "." : "", strrchr(s->field, '.') + 1, other,
			       *other ? "." : "", strrchr(s->other, '.') + 1);
}

static void on_call(void *lines, const struct ew_fact_call *c)
{
	g_string_append_printf(lines, "%s calls %s in %s\n", c->caller, c->callee ? c->callee : "?",
			       c->macro ? c->macro : "-");
}

static GString *flows_of(const char *source)
{
	struct ew_parse_options options = {.tree = work};
	ew_auto(parser) p = ew_parser_new(&options);
	static const char *const argv[] = {"-std=gnu11", NULL};
	g_autofree char *file = g_build_filename(work, "t.c", NULL);
	struct ew_parse_unit unit = {file, work, argv, NULL};
	GString *lines = g_string_new(NULL);
	struct ew_parse_result result;
	g_autoptr(GError) error = NULL;
	GByteArray *bytes = g_byte_array_new();
	struct ew_sink *pack = ew_fact_pack_new(bytes);
	struct ew_sink reader = {.data = lines, .function = on_function, .flow = on_flow, .call = on_call,
				 .field = on_field, .share = on_share};

	g_assert_true(g_file_set_contents(file, source, -1, NULL));
	g_assert_true(ew_parse_unit(p, &unit, pack, &result, &error));
	g_assert_no_error(error);
	g_assert_cmpint(result.errors, ==, 0);
	g_assert_true(ew_fact_unpack(bytes->data, bytes->len, &reader, &error));
	ew_fact_pack_free(pack);
	g_byte_array_unref(bytes);
	return lines;
}

static void check(const char *source, const char *expected)
{
	GString *lines = flows_of(source);

	g_assert_cmpstr(lines->str, ==, expected);
	g_string_free(lines, TRUE);
}

#define FUN "int a(void); int b(void); int c(void); int d(void);\n"                                      \
	    "struct in { int (*x)(void); int (*y)(void); };\n"                                           \
	    "struct out { int id; struct in in; int (*z)(void); };\n"

static void test_elision(void)
{
	check(FUN "struct out o = {1, a, b, c};\n", "x = a\ny = b\nz = c\n");
	check(FUN "struct out o[] = {1, a, b, c, 2, d, a, b};\n", "x = a\ny = b\nz = c\nx = d\ny = a\nz = b\n");
	check(FUN "struct out o = {.id = 1, a, b, .z = d};\n", "x = a\ny = b\nz = d\n");
	check(FUN "struct out o = {.in = {a}, c};\n", "x = a\nz = c\n");
	check(FUN "struct row { struct in two[2]; int (*z)(void); } r = {a, b, c, d, a};\n",
	      "x = a\ny = b\nx = c\ny = d\nz = a\n");
	check(FUN "struct s { char n[4]; union { int (*f)(void); long l; }; int (*g)(void); } s = {\"k\", a, b};\n",
	      "s.f #1 int (void)\ns.l #1\nf = a\ng = b\n");
	check(FUN "struct s { char *n[2]; int (*f)(void); } s = {\"k\", \"l\", a};\n", "f = a\n");
	check(FUN "struct s { int : 3; int n; int (*f)(void); } s = {1, a};\n", "f = a\n");
	check(FUN "struct s { struct in i; int (*f)(void); };\nvoid f(void) {\n\tstruct s s = {(struct in){a, b}, c};\n}\n",
	      "x = a\ny = b\nf = c\n");
}

enum { MANY = 100000 };

static void add_many(GString *source, const char *form)
{
	int i;

	for (i = 0; i < MANY; i++)
		g_string_append_printf(source, form, "abcd"[i % 4]);
	g_string_append(source, "};\n");
}

static void check_many(const char *head, const char *form, const char *slot)
{
	g_autoptr(GString) source = g_string_new(head), expected = g_string_new(NULL);
	gint64 start;
	int i;

	add_many(source, form);
	for (i = 0; i < MANY; i++)
		g_string_append_printf(expected, "%s = %c\n", slot, "abcd"[i % 4]);
	start = g_get_monotonic_time();
	check(source->str, expected->str);
	g_test_message("%d of “%s”: %.2f s", MANY, form, (g_get_monotonic_time() - start) / 1e6);
}

static void test_many(void)
{
	check_many(FUN "int (*all[])(void) = {", "%c,\n", "all");
	check_many(FUN "struct in all[] = {", "{%c},\n", "x");
	check_many(FUN "struct out all[] = {", "{.in = {.y = %c}},\n", "y");
	check_many(FUN "struct out all[] = {", "1, %c, 0, 0,\n", "x");
}

static void test_attributes(void)
{
	check("#define WEAK __attribute__((__weak__))\nint a(void) WEAK;\nint a(void) { return 1; }\n"
	      "__attribute__((weak)) int b(void) { return 1; }\nWEAK int c(void) { return 1; }\n"
	      "int __weak_not(void) { return 1; }\n",
	      "weak a\nweak b\nweak c\n");
	check("typedef int (*fn)(int);\nstatic fn f(fn x) { return x; }\nfn g(fn x) __attribute__((alias(\"f\")));\n"
	      "fn g(fn x);\n",
	      "t.c:f#r = t.c:f#0\ng calls t.c:f in alias\nt.c:f#0 = g#0\ng#r = t.c:f#r\n");
	check("#define TEXT(x) #x\n#define ALIAS(x) __attribute__((weak, alias(TEXT(x))))\nint f(void) { return 1; }\n"
	      "int g(void) ALIAS(f);\n",
	      "weak g\ng calls f in alias\n");
}

/* Only what lies at one place, and may hold a function that another one is meant to hold. */
static void test_shared_bytes(void)
{
	/* Structs in a union: beside each other, a level further in, beside a member of the union; an array, a data pointer and a
	 * bit-field hold none. */
	check("struct a { int n; int (*f)(int); void *p; };\nstruct b { struct a in; };\n"
	      "struct c { int (*g[2])(int); char *q; unsigned long r; };\n"
	      "struct s { int k; union { struct a x; struct b y; struct c z; struct { long l; void (*h)(void); } w; }; };\n",
	      "x.f | in.f\nx.f | w.h@4\nin.f | w.h@4\n");
	check("struct a { int (*f)(int); };\nstruct b { long n : 3; };\n"
	      "union u { struct a x; struct b y; void (*g)(void); int (*e)(void); };\n",
	      "u.g #1 void (void)\nu.e #1 int (void)\nx.f | g\nx.f | e\n");
	/* Two unions of one record; a number and a pointer are as wide as a function pointer. */
	check("struct s { union { int (*a)(int); long b; char c; } x; union { void *d; void (*e)(void); } y; };\n",
	      "s.a #1 int (int)\ns.b #1\ns.d #2\ns.e #2 void (void)\n");
	/* Without a name; behind another member; in a union in a union. */
	check("struct s { int n; union { struct { int k; long j; int (*a)(int); }; struct { long g[2]; int (*b)(void); };\n"
	      "\tunion { int (*c)(void); int (*d)(int); }; }; int (*e)(void); };\n",
	      "s.a #1 int (int)\ns.b #1 int (void)\ns.c #2 int (void)\ns.d #2 int (int)\n");
	/* Nobody calls what is there. */
	check("union u { void *p; long n; };\nstruct s { int (*a)(int); int (*b)(int); };\n", "");
	/* A function pointer that nothing lies upon. */
	check("union u { int (*a)(int); int n; };\n", "");
}

int main(int argc, char **argv)
{
	g_autofree char *command = NULL;
	int status;

	g_test_init(&argc, &argv, NULL);
	work = g_dir_make_tmp("exitwalk-parse-XXXXXX", NULL);
	g_test_add_func("/parse/init/elision", test_elision);
	g_test_add_func("/parse/init/many", test_many);
	g_test_add_func("/parse/shared-bytes", test_shared_bytes);
	g_test_add_func("/parse/attributes", test_attributes);
	status = g_test_run();
	command = g_strdup_printf("rm -rf '%s'", work);
	return system(command) == 0 ? status : 1;
}
