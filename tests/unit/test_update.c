/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An index that is brought up to date: after each change the units that are redone are those that one would
 * name by hand, and every dump, sorted, is that of an index made anew.
 */
#include "query/query.h"
#include "run/run.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *work, *tree, *updated, *fresh;

/* ---- a tree ---------------------------------------------------------------------------------- */

/* A minute old: what is written while it is read is read again, and that is not meant here. */
static void age(const char *path)
{
	static long tick;
	gint64 now = g_get_real_time();
	struct timespec times[2];

	times[0].tv_sec = now / G_USEC_PER_SEC - 60;
	times[0].tv_nsec = ++tick;
	times[1] = times[0];
	g_assert_cmpint(utimensat(AT_FDCWD, path, times, 0), ==, 0);
}

static char *in_tree(const char *name)
{
	return g_build_filename(tree, name, NULL);
}

static void put(const char *name, const char *text)
{
	g_autofree char *path = in_tree(name), *directory = g_path_get_dirname(path);

	g_assert_cmpint(g_mkdir_with_parents(directory, 0755), ==, 0);
	g_assert_true(g_file_set_contents(path, text, -1, NULL));
	age(path);
}

static char *get(const char *name)
{
	g_autofree char *path = in_tree(name);
	char *text = NULL;

	g_assert_true(g_file_get_contents(path, &text, NULL, NULL));
	return text;
}

/* Every `old` becomes `new`. */
static void replace(const char *name, const char *old, const char *new)
{
	g_autofree char *text = get(name);
	g_autoptr(GString) changed = g_string_new(text);

	g_assert_cmpint(g_string_replace(changed, old, new, 0), >, 0);
	put(name, changed->str);
}

static void take_away(const char *name)
{
	g_autofree char *path = in_tree(name);

	g_assert_cmpint(unlink(path), ==, 0);
}

/* Units with an argument of their own, or "". Pairs, NULL-ended. */
static void put_commands(const char *const *units)
{
	g_autoptr(GString) text = g_string_new("[");

	for (; *units; units += 2)
		g_string_append_printf(text,
				       "%s\n{\"directory\": \".\", \"file\": \"%s\", \"command\": \"clang -I. "
				       "-include include/generated/autoconf.h %s -c -o x.o %s\"}",
				       text->len > 1 ? "," : "", units[0], units[1], units[0]);
	g_string_append(text, "\n]\n");
	put("compile_commands.json", text->str);
}

static void remove_tree(const char *path)
{
	g_autoptr(GDir) files = g_dir_open(path, 0, NULL);
	const char *name;

	while (files && (name = g_dir_read_name(files))) {
		g_autofree char *child = g_build_filename(path, name, NULL);

		if (g_remove(child) < 0)
			remove_tree(child);
	}
	g_rmdir(path);
}

static void begin(void)
{
	remove_tree(tree);
	unlink(updated);
	put("Makefile", "VERSION = 1\nPATCHLEVEL = 0\nSUBLEVEL = 0\nEXTRAVERSION =\n");
	put("Kconfig", "mainmenu \"Test\"\n");
	put("include/generated/autoconf.h", "#define CONFIG_ONE 1\n#define CONFIG_OLD_MODULE 1\n");
}

/* ---- runs ------------------------------------------------------------------------------------ */

static bool try_run(const char *out, bool is_fresh, volatile const int *stop,
		    struct ew_run_summary *summary, GError **error)
{
	g_autofree char *refs = g_build_filename(EW_TEST_DIR, "fixtures/refs", NULL);
	const char *const scope[] = {"all", NULL};
	struct ew_run_options options = {.tree = tree,
					 .scope = scope,
					 .refs = refs,
					 .out = out,
					 .jobs = 2,
					 .fresh = is_fresh,
					 .stop = stop};

	return ew_run(&options, summary, error);
}

static struct ew_run_summary run(const char *out, bool is_fresh)
{
	struct ew_run_summary summary;
	g_autoptr(GError) error = NULL;

	try_run(out, is_fresh, NULL, &summary, &error);
	g_assert_no_error(error);
	return summary;
}

static bool keep(const char *line, void *lines)
{
	g_ptr_array_add(lines, g_strdup(line));
	return true;
}

static int compare(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

typedef bool (*dump)(struct ew_query *, ew_query_emit, void *, GError **);

static char *sorted(const char *index, dump what)
{
	g_autofree char *dir = g_build_filename(EW_TEST_DIR, "fixtures/refs", NULL);
	ew_auto(refs) refs = ew_refs_open(dir, NULL);
	g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GError) error = NULL;
	ew_auto(query) q = ew_query_open(index, refs, &error);

	g_assert_no_error(error);
	what(q, keep, lines, &error);
	g_assert_no_error(error);
	g_ptr_array_sort(lines, compare);
	g_ptr_array_add(lines, NULL);
	return g_strjoinv("\n", (char **)lines->pdata);
}

/* The first line that differs says more than both texts. */
static void check_same(const char *what, dump how)
{
	g_autofree char *a = sorted(updated, how), *b = sorted(fresh, how);
	g_auto(GStrv) x = g_strsplit(a, "\n", -1), y = g_strsplit(b, "\n", -1);
	int i;

	for (i = 0; x[i] && y[i]; i++)
		if (strcmp(x[i], y[i]) != 0)
			g_error("dump %s: brought up to date:\n%s\nmade anew:\n%s", what, x[i], y[i]);
	g_assert_cmpstr(x[i], ==, y[i]);
}

static void check_dumps(void)
{
	struct ew_run_summary summary = run(fresh, true);

	ew_run_summary_clear(&summary);
	check_same("edges", ew_query_dump_edges);
	check_same("calls", ew_query_dump_calls);
	check_same("facts", ew_query_dump_facts);
}

/* `why` NULL: nothing had changed. */
static void expect(int redone, const char *why)
{
	struct ew_run_summary summary = run(updated, false);

	g_assert_cmpint(summary.is_up_to_date, ==, !why);
	g_assert_cmpint(summary.redone, ==, redone);
	if (why)
		g_assert_nonnull(summary.why);
	if (why && !strstr(summary.why, why))
		g_error("not redone because of \"%s\": %s", why, summary.why);
	ew_run_summary_clear(&summary);
	check_dumps();
}

static void start(int units)
{
	struct ew_run_summary summary = run(updated, true);

	g_assert_cmpint(summary.redone, ==, units);
	ew_run_summary_clear(&summary);
	expect(0, NULL);
}

/* Nobody answers to the name any more. */
static void expect_no_trace(const char *word)
{
	g_autofree char *facts = sorted(updated, ew_query_dump_facts);

	if (strstr(facts, word))
		g_error("a trace of %s is left: %.200s", word, strstr(facts, word));
}

/* ---- without a prefix ------------------------------------------------------------------------ */

static const char *const few[] = {"a.c", "", "b.c", "", "weak.c", "", "strong.c", "", "conf.c", "", NULL};

static void put_few(void)
{
	begin();
	put("h.h", "struct ops { int (*go)(int); };\nint deep(int);\n"
		   "static inline int helper(int n) { if (n) return deep(n); return 0; }\n");
	put("a.c", "#include \"h.h\"\nint only_a(int);\n"
		   "int twin(int n) { int (*run)(int) = only_a; return run(n); }\n"
		   "static int go_a(int n) { return helper(n); }\nconst struct ops table_a = {go_a};\n");
	put("b.c", "#include \"h.h\"\nint only_b(int);\n"
		   "int twin(int n) { int (*run)(int) = only_b; return run(n); }\n"
		   "int call_b(const struct ops *ops) { return ops->go(1) + twin(2); }\n"
		   "extern const struct ops table_a;\nint run_b(void) { return call_b(&table_a); }\n");
	put("weak.c", "#define __weak __attribute__((weak))\nint plain(void);\n"
		      "int __weak hook(void) { return plain(); }\n");
	put("strong.c", "int special(void);\nint hook(void) { return special(); }\n");
	put("conf.c", "int one(void), two(void);\nint conf(void)\n{\n#ifdef CONFIG_ONE\n\treturn one();\n#else\n"
		      "\treturn two();\n#endif\n}\n");
	put_commands(few);
	start(5);
}

static void test_source(void)
{
	put_few();
	replace("a.c", "helper(n);", "helper(n) + only_a(n);");
	expect(1, "1 of 5 units redone: 1 file changed");
	replace("a.c", "go_a", "go_renamed"); /* of the name nothing is left */
	expect(1, "1 file changed");
	expect_no_trace("go_a");
	replace("strong.c", "int special", "\n\nint special"); /* only places move */
	expect(1, "1 file changed");
	replace("a.c", "go_renamed", "go_renamed"); /* the same text at another time */
	expect(0, NULL);
}

static void test_header(void)
{
	put_few();
	replace("h.h", "deep(n)", "deep(n + 1) + deep(n)");
	expect(2, "2 of 5 units redone: 1 file changed");
	replace("h.h", "struct ops {", "\nstruct ops { int (*stop)(int);");
	expect(2, "1 file changed");
}

/* The one who said the header's function includes it no more: another reader has to. */
static void test_owner_lets_go(void)
{
	put_few();
	put("a.c", "int only_a(int);\nint twin(int n) { return only_a(n); }\n");
	expect(2, "2 of 5 units redone: 1 file changed");
	put("b.c", "int b;\n");
	expect(1, "1 file changed");
	expect_no_trace("helper");
	expect_no_trace("deep");
	expect_no_trace("h.h");
}

static void test_twins(void)
{
	put_few();
	replace("a.c", "twin", "alone");
	expect(2, "2 of 5 units redone: 1 file changed"); /* b.c's comes out of the shadow */
	replace("a.c", "alone", "twin");
	expect(2, "1 file changed"); /* and is the second of the name again */
	replace("b.c", "twin(int n)", "other(int n)");
	expect(1, "1 file changed"); /* who was in the shadow goes */
	replace("strong.c", "hook", "crook");
	expect(2, "1 file changed");
	replace("strong.c", "crook", "hook");
	expect(1, "1 file changed");
}

static char *callers_of(const char *function)
{
	g_autofree char *dir = g_build_filename(EW_TEST_DIR, "fixtures/refs", NULL);
	ew_auto(refs) refs = ew_refs_open(dir, NULL);
	ew_auto(query) q = ew_query_open(updated, refs, NULL);
	const struct ew_symbol *f = ew_query_one(q, function, EW_SYMBOL_FUNCTION, NULL);
	struct ew_edge_options options = {.depth = 1};
	g_autoptr(GPtrArray) callers = ew_query_callers(q, f, &options, NULL, NULL);
	GString *text = g_string_new(NULL);
	guint i;

	for (i = 0; i < callers->len; i++) {
		const struct ew_edge *e = g_ptr_array_index(callers, i);

		g_string_append_printf(text, "%s%s%s", i ? " " : "", e->caller->name,
				       ew_query_is_ambiguous(q, e) ? "?" : "");
	}
	return g_string_free(text, FALSE);
}

static void check_callers(const char *function, const char *expected)
{
	g_autofree char *said = callers_of(function);

	g_assert_cmpstr(said, ==, expected);
}

/* A call means the function of its own unit, then of its program, then of the kernel, then the first. */
static void test_programs(void)
{
	static const char *const units[] = {
		"one.c", "-DMODULE -DKBUILD_MODNAME=\\\\\\\"one\\\\\\\"", "one_more.c",
		"-DMODULE -DKBUILD_MODNAME=\\\\\\\"one\\\\\\\"", "two.c",
		"-DMODULE -DKBUILD_MODNAME=\\\\\\\"two\\\\\\\"", "three.c",
		"-DMODULE -DKBUILD_MODNAME=\\\\\\\"three\\\\\\\"", NULL};

	begin();
	put("one.c", "int set_up(int n) { return n; }\nint in_one(void) { return set_up(1); }\n");
	put("one_more.c", "int set_up(int);\nint more(void) { return set_up(2); }\n");
	put("two.c", "int set_up(int);\nint early(void) { return set_up(3); }\n"
		     "int set_up(int n) { return n ? set_up(0) : 0; }\n");
	put("three.c", "int set_up(int);\nint elsewhere(void) { return set_up(4); }\n");
	put_commands(units);
	start(4);
	check_callers("one.c:set_up", "elsewhere? in_one more");
	check_callers("two.c:set_up", "early set_up");
	replace("one.c", "set_up", "build_up");
	expect(2, "1 file changed"); /* two.c has the only one left */
	check_callers("set_up", "early elsewhere more set_up");
	replace("one.c", "build_up", "set_up");
	expect(2, "1 file changed");
	check_callers("one.c:set_up", "elsewhere? in_one more");
	check_callers("two.c:set_up", "early set_up");
}

/* Where one is the kernel's, a name without a file is its; a part that is linked by itself cannot use it. */
static void test_kernels_own(void)
{
	static const char *const units[] = {"boot.c", "-D__DISABLE_EXPORTS", "kernel.c",
					    "-DKBUILD_MODNAME=\\\\\\\"kernel\\\\\\\"", "module.c",
					    "-DMODULE -DKBUILD_MODNAME=\\\\\\\"module\\\\\\\"", NULL};

	begin();
	put("boot.c", "int say(int n) { return n; }\nint boot(void) { return say(1); }\n");
	put("kernel.c", "int say(int n) { return n + 1; }\n");
	put("module.c", "int say(int);\nint module(void) { return say(1); }\n");
	put_commands(units);
	start(3);
	check_callers("say", "module");
	check_callers("boot.c:say", "boot");
}

/* Of two places that store the same the first unit's is the proof, though it was told last. */
static void test_proof(void)
{
	static const char *const units[] = {"1.c", "", "2.c", "", "3.c", "", NULL};

	begin();
	put("p.h", "struct port { int (*open)(void); };\nextern struct port *port;\nint shared(void);\n");
	put("1.c", "#include \"p.h\"\nvoid set_1(void) { port->open = shared; }\n");
	put("2.c", "#include \"p.h\"\nvoid set_2(void) { port->open = shared; }\n");
	put("3.c", "#include \"p.h\"\nint shared(void) { return 1; }\n"
		   "int call(void) { return port->open(); }\n");
	put_commands(units);
	start(3);
	replace("1.c", "void", "\nvoid");
	expect(1, "1 file changed");
	replace("2.c", "void", "\nvoid");
	expect(1, "1 file changed");
}

/* Parts go with what names them, and a local of another number is another's. */
static void test_parts(void)
{
	static const char *const units[] = {"1.c", "", "2.c", "", NULL};

	begin();
	put("p.h", "struct ops { int (*go)(void); };\nstruct box { int n; struct ops ops; };\n"
		   "struct crate { struct box box; };\nint one(void);\nint two(void);\n"
		   "static inline int inner(struct crate *c) { return c->box.ops.go(); }\n");
	put("1.c", "#include \"p.h\"\nstatic struct crate here = { .box.ops.go = one };\n"
		   "int call_1(void) { return inner(&here) + here.box.ops.go(); }\n");
	put("2.c", "#include \"p.h\"\nint call_2(void)\n{\n\tstruct crate mine = { .box = { 1, { two } } };\n\n"
		   "\treturn mine.box.ops.go();\n}\n");
	put_commands(units);
	start(2);
	replace("1.c", "here", "there");
	expect(1, "1 file changed");
	expect_no_trace("here.");
	replace("2.c", "mine", "ours");
	expect(1, "1 file changed");
	replace("2.c", "\tstruct crate ours", "\tstruct crate more = { .box.ops.go = one };\n\tstruct crate ours");
	expect(1, "1 file changed");
	replace("1.c", ".box.ops.go = one", "0");
	expect(1, "1 file changed");
	replace("p.h", "int n; ", "int n; struct ops also; ");
	expect(2, "1 file changed");
}

/* States go with the function that gives them, also where a strong one comes before a weak one. */
static void test_states(void)
{
	static const char *const units[] = {"1.c", "", "2.c", "", NULL};

	begin();
	put("v.h", "enum { VICE_OPEN = 1, VICE_GRIPS, VICE_SHUT };\nstruct jaws { int j_state; };\n"
		   "void set_vice(struct jaws *j, int state);\nextern int never;\n"
		   "#define __weak __attribute__((weak))\n"
		   "static inline void let_go(struct jaws *j)\n"
		   "{ if (j->j_state == VICE_SHUT) j->j_state = VICE_OPEN; }\n");
	put("1.c", "#include \"v.h\"\nvoid __weak grip(struct jaws *j)\n"
		   "{ if (never) { set_vice(j, VICE_GRIPS); let_go(j); } }\n");
	put("2.c", "#include \"v.h\"\nvoid shut(struct jaws *j)\n{\n"
		   "\tif (j->j_state == VICE_OPEN)\n\t\tj->j_state = VICE_SHUT;\n}\n");
	put_commands(units);
	start(2);
	replace("2.c", "VICE_OPEN", "VICE_GRIPS");
	expect(1, "1 file changed");
	replace("2.c", "void shut", "void grip");
	expect(1, "1 file changed");
	replace("v.h", "VICE_SHUT)", "VICE_GRIPS)");
	expect(2, "1 file changed");
	put("2.c", "int nothing;\n");
	expect(2, "1 file changed");
	replace("1.c", "set_vice(j, VICE_GRIPS);", "");
	expect(1, "1 file changed");
	expect_no_trace("set_vice");
}

/* What is asked of an index, where an answer must choose: a way to `end`, and where `shared` was stored. */
static char *choices(const char *index)
{
	g_autofree char *dir = g_build_filename(EW_TEST_DIR, "fixtures/refs", NULL);
	ew_auto(refs) refs = ew_refs_open(dir, NULL);
	ew_auto(query) q = ew_query_open(index, refs, NULL);
	const struct ew_symbol *from = ew_query_one(q, "call", EW_SYMBOL_FUNCTION, NULL);
	const struct ew_symbol *to = ew_query_one(q, "end", EW_SYMBOL_FUNCTION, NULL);
	const struct ew_symbol *shared = ew_query_one(q, "shared", EW_SYMBOL_FUNCTION, NULL);
	struct ew_edge_options options = {.depth = 1};
	ew_auto(path) p = ew_query_path(q, from, to, NULL, NULL);
	g_autoptr(GPtrArray) callers = ew_query_callers(q, shared, &options, NULL, NULL);
	GString *text = g_string_new(NULL);
	guint i;

	for (i = 0; i < p->hops->len; i++) {
		const struct ew_hop *hop = g_ptr_array_index(p->hops, i);

		g_string_append_printf(text, "%s ", hop->edge->callee->name);
	}
	for (i = 0; i < callers->len; i++) {
		const struct ew_edge *e = g_ptr_array_index(callers, i);

		g_string_append_printf(text, "%s %s:%d ", e->container, e->store.file, e->store.line);
	}
	return g_string_free(text, FALSE);
}

/* Of two targets, and of two stores into one object, one is chosen: not by when it was told. */
static void test_ties(void)
{
	static const char *const units[] = {"1.c", "", "2.c", "", "3.c", "", NULL};
	g_autofree char *a = NULL, *b = NULL;

	begin();
	put("p.h", "struct port { int (*open)(void); int (*shut)(void); };\nextern struct port *port, one, two;\n"
		   "int shared(void), end(void);\n");
	put("1.c", "#include \"p.h\"\nint gamma(void) { return end(); }\n"
		   "void set_1(void) { port->open = gamma; one.shut = two.shut = shared; }\n");
	put("2.c", "#include \"p.h\"\nint beta(void) { return end(); }\n"
		   "void set_2(void) { port->open = beta; one.shut = two.shut = shared; }\n");
	put("3.c", "#include \"p.h\"\nint call(void) { return port->open() + port->shut(); }\n"
		   "void choose(int n) { port = n ? &one : &two; }\n");
	put_commands(units);
	start(3);
	replace("1.c", "gamma", "alpha"); /* has a greater id than beta, and of an index made anew a smaller */
	expect(1, "1 file changed");
	a = choices(updated);
	b = choices(fresh);
	g_assert_cmpstr(a, ==, b);
	g_assert_true(g_str_has_prefix(b, "alpha end "));
	g_assert_nonnull(strstr(b, "two 2.c:3"));
}

static void test_units(void)
{
	static const char *const more[] = {"a.c", "", "b.c", "", "weak.c", "", "strong.c", "",
					   "conf.c", "", "late.c", "", NULL};
	static const char *const fewer[] = {"b.c", "", "weak.c", "", "strong.c", "", "conf.c", "", NULL};
	static const char *const others[] = {"b.c", "", "weak.c", "", "strong.c", "-DX=1", "conf.c", "", NULL};
	static const char *const turned[] = {"conf.c", "", "strong.c", "-DX=1", "weak.c", "", "b.c", "", NULL};

	put_few();
	put("late.c", "int twin(int);\nint late(void) { return twin(3); }\n");
	put_commands(more);
	expect(1, "1 unit new");
	put_commands(few);
	take_away("late.c");
	expect(0, "0 of 5 units redone: 1 file changed, 1 unit removed");
	expect_no_trace("late");
	put_commands(fewer);
	take_away("a.c");
	expect(1, "1 of 4 units redone"); /* b.c: the header, and its twin */
	expect_no_trace("only_a");
	put_commands(others);
	expect(1, "1 command changed");
	put_commands(turned);
	expect(2, "another order"); /* the two that define hook */
	put_commands(turned);
	expect(0, NULL);
}

static void test_configuration(void)
{
	put_few();
	put("include/generated/autoconf.h", "#define CONFIG_ONE 1\n");
	expect(0, "1 symbol of the configuration changed"); /* nobody asks for it */
	put("include/generated/autoconf.h", "#define CONFIG_TWO 1\n");
	expect(1, "1 of 5 units redone: 2 symbols of the configuration changed");
	put("include/generated/autoconf.h", "#define CONFIG_TWO 1\n\n");
	expect(0, "kernel-refs changed");
}

static void test_errors(void)
{
	put_few();
	replace("conf.c", "int conf", "int oops(\nint conf");
	expect(1, "1 file changed");
	expect(0, NULL); /* that will not get better by itself */
	replace("conf.c", "int oops(\n", "");
	expect(1, "1 file changed");
	replace("conf.c", "int one", "#include \"comes.h\"\nint one");
	expect(1, "1 file changed");
	expect(1, "1 unit tried again");
	put("comes.h", "int came(void);\n");
	expect(1, "1 unit tried again");
	expect(0, NULL);
}

static void test_interrupted(void)
{
	g_autofree char *before = NULL, *after = NULL;
	struct ew_run_summary summary;
	g_autoptr(GError) error = NULL;
	int stop = 2;

	put_few();
	before = sorted(updated, ew_query_dump_facts);
	replace("a.c", "only_a", "never_a");
	g_assert_false(try_run(updated, false, &stop, &summary, &error));
	g_assert_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE);
	after = sorted(updated, ew_query_dump_facts);
	g_assert_cmpstr(before, ==, after);
	expect(1, "1 file changed");
}

/* A file that was written after the run began may have been read in part: the next one reads it again. */
static void test_just_written(void)
{
	g_autofree char *path = NULL;
	struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = 0}};

	put_few();
	replace("a.c", "only_a", "never_a");
	path = in_tree("a.c");
	times[1].tv_sec = g_get_real_time() / G_USEC_PER_SEC + 60;
	g_assert_cmpint(utimensat(AT_FDCWD, path, times, 0), ==, 0);
	expect(1, "1 file changed");
	expect(1, "1 file changed");
	age(path);
	expect(1, "1 file changed");
	expect(0, NULL);
}

/* ---- behind a prefix ------------------------------------------------------------------------- */

/* So many units, in one group; its prefix is bench/handle.h, bench/tube.h and bench/vice.h. */
#define MANY 14
static void put_many(void)
{
	g_autofree char *fixture = g_build_filename(EW_TEST_DIR, "fixtures/rel-b", NULL);
	g_autofree char *from = g_shell_quote(fixture), *to = g_shell_quote(tree);
	g_autofree char *command = g_strdup_printf("rm -rf %s && cp -R %s %s && chmod -R u+w %s && "
						   "find %s -type f -exec touch -d '1 minute ago' {} +",
						   to, from, to, to, to);

	unlink(updated);
	g_assert_cmpint(system(command), ==, 0);
	start(MANY);
}

static void test_prefix(void)
{
	put_many();
	replace("core/job.c", "#include", "\n#include");
	expect(1, "1 of " G_STRINGIFY(MANY) " units redone: 1 file changed");
	replace("include/bench/tube.h", "#include <bench/alarm.h>", "\n#include <bench/alarm.h>");
	expect(5, "5 of " G_STRINGIFY(MANY) " units redone: 1 file changed");
	replace("include/bench/alarm.h", "#include", "\n#include"); /* tube.h includes it */
	expect(6, "1 file changed");
	replace("include/bench/handle.h", "h->h_count++;", "h->h_count++;\n\th->h_mode++;");
	expect(10, "1 file changed");
	replace("include/bench/types.h", "#define", "\n#define"); /* all of them */
	expect(MANY, "1 file changed");
}

/* Nobody includes one of its headers any more. */
/* A body to be inlined that the prefix holds, and the function itself, which goes and comes. */
static void test_prefix_in_shadow(void)
{
	put_many();
	replace("include/bench/handle.h", "\t} while (0)\n\n#endif",
		"\t} while (0)\n\nint spare(int), deep(int);\n"
		"extern inline __attribute__((__gnu_inline__)) int spare(int n) { return deep(n); }\n\n#endif");
	expect(10, "1 file changed");
	replace("core/job.c", "int add_job", "int spare(int n) { return n; }\n\nint add_job");
	expect(1, "1 file changed");
	replace("core/job.c", "int spare(int n) { return n; }", "");
	expect(1, "1 file changed");
}

static void test_prefix_shrinks(void)
{
	put_many();
	put("tube/gram.c", "int gram;\n");
	put("tube/line.c", "int line;\n");
	put("tube/tube.c", "int tube;\n");
	put("tube/wire/send.c", "int sent;\n");
	put("tube/wire/wire.c", "int wire;\n");
	expect(6, "5 files changed"); /* alarm.c has to say what the prefix held of alarm.h */
	expect_no_trace("tube.h");
	replace("include/bench/job.h", "#define", "\n#define"); /* of the prefix that is left */
	expect(5, "1 file changed");
}

static void test_prefix_and_units(void)
{
	put_many();
	replace("core/table.c", "close_handles", "shut_handles");
	replace("tube/line.c", "#include", "\n#include");
	expect(2, "2 files changed");
	replace("compile_commands.json", "\"-c\", \"-o\", \"core/job.o\"", "\"-DX\", \"-c\", \"-o\", \"core/job.o\"");
	expect(1, "1 command changed");
}

int main(int argc, char **argv)
{
	int status;

	g_test_init(&argc, &argv, NULL);
	work = g_dir_make_tmp("exitwalk-update-XXXXXX", NULL);
	g_assert_nonnull(work);
	tree = g_build_filename(work, "tree", NULL);
	updated = g_build_filename(work, "updated.sqlite", NULL);
	fresh = g_build_filename(work, "fresh.sqlite", NULL);
	g_test_add_func("/update/source", test_source);
	g_test_add_func("/update/header", test_header);
	g_test_add_func("/update/owner-lets-go", test_owner_lets_go);
	g_test_add_func("/update/twins", test_twins);
	g_test_add_func("/update/programs", test_programs);
	g_test_add_func("/update/kernels-own", test_kernels_own);
	g_test_add_func("/update/proof", test_proof);
	g_test_add_func("/update/parts", test_parts);
	g_test_add_func("/update/states", test_states);
	g_test_add_func("/update/ties", test_ties);
	g_test_add_func("/update/units", test_units);
	g_test_add_func("/update/configuration", test_configuration);
	g_test_add_func("/update/errors", test_errors);
	g_test_add_func("/update/interrupted", test_interrupted);
	g_test_add_func("/update/just-written", test_just_written);
	g_test_add_func("/update/prefix", test_prefix);
	g_test_add_func("/update/prefix-in-shadow", test_prefix_in_shadow);
	g_test_add_func("/update/prefix-shrinks", test_prefix_shrinks);
	g_test_add_func("/update/prefix-and-units", test_prefix_and_units);
	status = g_test_run();
	remove_tree(work);
	return status;
}
