/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A few lines of C each, and the facts that the parser says of them, as lines. */
#ifndef EW_TEST_FACTS_OF_H
#define EW_TEST_FACTS_OF_H

#include "parse/parse.h"

#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define OPS "struct ops { int (*open)(void); int (*close)(void); int n; };\n" /* line 1 */
#define FUN "static int one(void) { return 1; } int two(void);\n"	      /* line 2 */

static char *work;

/* ---- a sink that says facts as lines ----------------------------------------------------------- */

/* Keys as a reader would write them: without the places that tell records and locals apart. */
static inline char *shorten(const char *key)
{
	g_autoptr(GRegex) places = g_regex_new("@(t|other)\\.[ch]:\\d+|@\\d+", 0, 0, NULL);

	return g_regex_replace_literal(places, key ? key : "?", -1, 0, "", 0, NULL);
}

/* "ops.open", "ops.open of table", "ops.open through f%p"; & before an address. */
static inline char *ref_text(const struct ew_ref *r)
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

static inline void add(void *lines, char *line)
{
	g_ptr_array_add(lines, line);
}

static inline bool on_function(void *lines, const struct ew_fact_function *f)
{
	add(lines, g_strdup_printf("function %s %s:%d-%d%s%s%s %s", f->key, f->place.file, f->place.line,
				   f->end_line, f->linkage == EW_LINKAGE_STATIC ? " static" : "",
				   f->is_inline ? " inline" : "", f->is_weak ? " weak" : "", f->signature));
	return true;
}

static inline void on_record(void *lines, const struct ew_fact_record *r)
{
	add(lines, g_strdup_printf("record %s %s %s %d-%d", r->keyword, r->name, r->key, r->place.line,
				   r->end_line));
}

static inline void on_field(void *lines, const struct ew_fact_field *f)
{
	add(lines, g_strdup_printf("field %s %d %s%s", f->key, f->line, f->type,
				   f->is_function_pointer ? " pointer" : ""));
}

static inline void on_variable(void *lines, const struct ew_fact_variable *v)
{
	add(lines, g_strdup_printf("variable %s %s:%d%s %s", v->key, v->place.file, v->place.line,
				   v->linkage == EW_LINKAGE_STATIC ? " static" : "", v->type));
}

static inline void on_condition(void *lines, const struct ew_fact_condition *c)
{
	static const char *const kinds[] = {"then", "else", "loop", "case", "and", "or", "true", "false", "label",
					    "fall", "after", "after-else", "never", "under", "under-else",
					    "left", "left-else", "passed", "within"};

	add(lines, g_strdup_printf("condition %d in %d %s %d:%d-%d:%d%s", c->index, c->parent,
				   kinds[c->kind], c->place.line, c->place.column, c->end_line,
				   c->end_column, c->is_dead ? " dead" : ""));
	if (c->slot.kind == EW_NODE_NONE)
		return;
	g_autofree char *slot = ref_text(&c->slot), *value = ref_text(&c->value);
	add(lines, g_strdup_printf("condition %d: %s %s %s", c->index, slot, c->is_equal ? "is" : "is not", value));
}

static inline void on_call(void *lines, const struct ew_fact_call *c)
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

static inline void on_flow(void *lines, const struct ew_fact_flow *f)
{
	static const char *const hows[] = {"initialiser", "assignment", "argument", "return", "copy"};
	g_autofree char *to = ref_text(&f->to), *from = ref_text(&f->from);

	add(lines, g_strdup_printf("%d %s = %s by %s%s%s", f->place.line, to, from, hows[f->how],
				   f->macro ? " in " : "", f->macro ? f->macro : ""));
}

static inline void on_access(void *lines, const struct ew_fact_access *a)
{
	static const char *const modes[] = {"reads", "writes", "takes"};
	g_autofree char *field = shorten(a->field);

	add(lines, g_strdup_printf("%d %s %s %s%s", a->place.line, a->function, modes[a->mode], field,
				   a->in_condition ? " in condition" : ""));
}

static inline void on_file(void *lines, const char *path)
{
	add(lines, g_strdup_printf("file %s", path));
}

static inline void on_diagnostic(void *lines, const struct ew_place *p, const char *text)
{
	add(lines, g_strdup_printf("error %s:%d %s", p->file, p->line, text));
}

static inline struct ew_sink line_sink(GPtrArray *lines)
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

static inline void put_file(const char *name, const char *text)
{
	g_autofree char *path = g_build_filename(work, name, NULL);
	g_autofree char *directory = g_path_get_dirname(path);

	g_mkdir_with_parents(directory, 0777);
	g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static inline struct ew_parser *new_parser(void)
{
	static const char *const constants[] = {"MODE_*", "raise#0", NULL};
	struct ew_parse_options options = {.tree = work, .constants = constants};

	return ew_parser_new(&options);
}

static inline GPtrArray *tell(struct ew_parser *p, const char *name, const char *path,
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
static inline GPtrArray *facts_of(const char *source, int errors)
{
	ew_auto(parser) p = new_parser();
	struct ew_parse_result result;
	GPtrArray *lines;

	put_file("t.c", source);
	lines = tell(p, "t.c", NULL, &result);
	g_assert_cmpint(result.errors, ==, errors);
	return lines;
}

static inline int count(const GPtrArray *lines, const char *line)
{
	int n = 0;
	guint i;

	for (i = 0; i < lines->len; i++)
		n += !strcmp(lines->pdata[i], line);
	return n;
}

static inline void fail_with(const GPtrArray *lines, const char *what, const char *line)
{
	g_autoptr(GString) all = g_string_new(NULL);
	guint i;

	for (i = 0; i < lines->len; i++)
		g_string_append_printf(all, "\n  %s", (char *)lines->pdata[i]);
	g_error("%s: “%s” in%s", what, line, all->str);
}

static inline void expect_line(const GPtrArray *lines, const char *line)
{
	if (count(lines, line) != 1)
		fail_with(lines, "not told once", line);
}

/* Not even as a part. */
static inline void expect_no(const GPtrArray *lines, const char *part)
{
	guint i;

	for (i = 0; i < lines->len; i++)
		if (strstr(lines->pdata[i], part))
			fail_with(lines, "told", part);
}

/* The facts of `source`, and each of the lines among them; NULL-ended. */
static inline void check(const char *source, ...) G_GNUC_NULL_TERMINATED;
static inline void check(const char *source, ...)
{
	g_autoptr(GPtrArray) lines = facts_of(source, 0);
	const char *line;
	va_list expected;

	va_start(expected, source);
	while ((line = va_arg(expected, const char *)))
		expect_line(lines, line);
	va_end(expected);
}

/* ---- running ----------------------------------------------------------------------------------- */

struct parse_test {
	const char *name;
	void (*run)(void);
};

static inline int run_parse_tests(int argc, char **argv, const struct parse_test *tests, size_t n)
{
	g_autofree char *command = NULL;
	size_t i;
	int status;

	g_test_init(&argc, &argv, NULL);
	work = g_dir_make_tmp("exitwalk-parse-XXXXXX", NULL);
	for (i = 0; i < n; i++)
		g_test_add_func(tests[i].name, tests[i].run);
	status = g_test_run();
	command = g_strdup_printf("rm -rf '%s'", work);
	return system(command) == 0 ? status : 1;
}

#endif
