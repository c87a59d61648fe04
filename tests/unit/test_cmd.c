/* SPDX-License-Identifier: GPL-3.0-or-later */
/* cmd: the table is sound, and everything that is made from it follows it. */
#include "cmd/internal.h"
#include <string.h>

static const struct ew_globals no_globals;

/* Parses words (up to a NULL) and keeps them alive: the line points into them. */
static bool parse(struct ew_cmd_line *line, GError **error, char *const *words)
{
	return ew_cmd_parse(&no_globals, (int)g_strv_length((GStrv)words), words, line, error);
}

#define WORDS(...) ((char *const[]){__VA_ARGS__, NULL})

/* ---- the table ------------------------------------------------------------------------------- */

static void check_option(const struct ew_cmd *cmd, const struct ew_option *o)
{
	static const size_t sizes[] = {
		[EW_OPTION_FLAG] = sizeof(bool),	  [EW_OPTION_INT] = sizeof(int),
		[EW_OPTION_STRING] = sizeof(char *),	  [EW_OPTION_CHOICE] = sizeof(char *),
		[EW_OPTION_STRINGS] = sizeof(GPtrArray *),
	};

	g_assert_cmpuint(o->offset + sizes[o->type], <=, cmd->options_size);
	g_assert_true((o->type == EW_OPTION_FLAG) == !o->argument);
	g_assert_true(o->choices ? o->type == EW_OPTION_CHOICE || o->type == EW_OPTION_STRING : o->type != EW_OPTION_CHOICE);
	g_assert_nonnull(o->help);
	/* a command's own option may not hide a global one */
	g_assert_null(ew_cmd_find_option(ew_cmd_global_options, o->name, strlen(o->name)));
}

static void test_table(void)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

	for (const struct ew_cmd *const *row = ew_cmd_table(); *row; row++) {
		const struct ew_cmd *cmd = *row;

		g_assert_true(g_hash_table_add(seen, (void *)cmd->name));
		g_assert_true(ew_cmd_named(cmd->name) == cmd);
		g_assert_nonnull(cmd->group);
		g_assert_nonnull(cmd->synopsis);
		g_assert_nonnull(cmd->run);
		g_assert_true(g_ascii_islower(cmd->summary[0]));
		g_assert_false(g_str_has_suffix(cmd->summary, "."));
		g_assert_cmpuint(cmd->options_size, <=, EW_CMD_OPTIONS_MAX);
		g_assert_true(cmd->max_arguments < 0 || cmd->max_arguments >= cmd->min_arguments);
		for (const struct ew_option *o = cmd->options; o && o->name; o++)
			check_option(cmd, o);
	}
}

/* Every command that the shell promises is there. */
static void test_promised(void)
{
	static const char *const promised[] = {
		"callers", "callees", "path", "why",  "slots", "def",  "show", "coverage", "dump",
		"trees",   "use",     "doctor", "index", "next", "prev", "back", "up",	  "where",
		"open",	   "find",    "quiz",	"hint", "help",	 "quit", NULL,
	};

	for (const char *const *name = promised; *name; name++)
		if (!ew_cmd_named(*name))
			g_error("there is no command %s", *name);
}

/* ---- parsing --------------------------------------------------------------------------------- */

static int int_option(const struct ew_cmd_line *line, const char *name)
{
	const struct ew_option *o = ew_cmd_find_option(line->cmd->options, name, strlen(name));

	return *(const int *)(line->options + o->offset);
}

static void test_globals_anywhere(void)
{
	struct ew_cmd_line line;

	g_assert_true(parse(&line, NULL, WORDS("--json", "--index", "a.idx", "callers", "fput")));
	g_assert_true(line.globals.json);
	g_assert_cmpstr(line.globals.index, ==, "a.idx");
	g_assert_cmpstr(line.cmd->name, ==, "callers");
	ew_cmd_line_clear(&line);

	g_assert_true(parse(&line, NULL, WORDS("callers", "fput", "--release=6.1", "--json", "-h")));
	g_assert_true(line.globals.json && line.globals.help);
	g_assert_cmpstr(line.globals.release, ==, "6.1");
	g_assert_cmpuint(line.arguments->len, ==, 1);
	ew_cmd_line_clear(&line);
}

static void test_options(void)
{
	static char *const forms[][5] = {
		{"callers", "fput", "--depth", "3", NULL},
		{"callers", "--depth=3", "fput", NULL},
		{"callers", "-d", "3", "fput", NULL},
		{"callers", "-d3", "fput", NULL},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(forms); i++) {
		struct ew_cmd_line line;

		g_assert_true(parse(&line, NULL, forms[i]));
		g_assert_cmpint(int_option(&line, "depth"), ==, 3);
		g_assert_cmpstr(g_ptr_array_index(line.arguments, 0), ==, "fput");
		ew_cmd_line_clear(&line);
	}
}

/* A second command never inherits the first one's values. */
static void test_no_inheritance(void)
{
	struct ew_cmd_line line;

	g_assert_true(parse(&line, NULL, WORDS("callers", "fput", "--depth", "3", "--json")));
	ew_cmd_line_clear(&line);
	g_assert_true(parse(&line, NULL, WORDS("callers", "fput")));
	g_assert_cmpint(int_option(&line, "depth"), ==, 0);
	g_assert_false(line.globals.json);
	ew_cmd_line_clear(&line);
}

static void test_end_of_options(void)
{
	struct ew_cmd_line line;

	g_assert_true(parse(&line, NULL, WORDS("find", "--", "--json")));
	g_assert_false(line.globals.json);
	g_assert_cmpstr(g_ptr_array_index(line.arguments, 0), ==, "--json");
	ew_cmd_line_clear(&line);
}

static void check_refused(char *const *words, const char *part)
{
	g_autoptr(GError) error = NULL;
	struct ew_cmd_line line;
	bool is_good = parse(&line, &error, words) && ew_cmd_check_arguments(&line, &error);

	g_assert_false(is_good);
	g_assert_error(error, EW_ERROR, EW_ERROR_USAGE);
	if (!strstr(error->message, part))
		g_error("\"%s\" does not say \"%s\"", error->message, part);
	ew_cmd_line_clear(&line);
}

static void test_refused(void)
{
	check_refused(WORDS("calers", "x"), "did you mean \"callers\"?");
	check_refused(WORDS("callers", "x", "--dpeth", "2"), "did you mean \"--depth\"?");
	check_refused(WORDS("--jsno", "callers"), "did you mean \"--json\"?");
	check_refused(WORDS("callers", "x", "--depth"), "wants a value");
	check_refused(WORDS("callers", "x", "--depth", "two"), "not \"two\"");
	check_refused(WORDS("callers", "x", "--depth", "-1"), "not \"-1\"");
	check_refused(WORDS("callers", "x", "--depth", "99999999999"), "not \"99999999999\"");
	check_refused(WORDS("callers", "x", "--depth="), "not \"\"");
	check_refused(WORDS("callers", "x", "--json=yes"), "takes no value");
	check_refused(WORDS("callers", "x", "--color", "pink"), "auto, always, never");
	check_refused(WORDS("callers", "x", "-q"), "\"-q\"");
	check_refused(WORDS("callers"), "wants more arguments");
	check_refused(WORDS("path", "a", "b", "c"), "takes fewer arguments");
}

static void test_nearest(void)
{
	static const char *const names[] = {"callers", "callees", "path", "show", "use", NULL};

	g_assert_cmpstr(ew_nearest("caller", names), ==, "callers");
	g_assert_cmpstr(ew_nearest("callres", names), ==, "callers");
	g_assert_cmpstr(ew_nearest("calees", names), ==, "callees");
	g_assert_cmpstr(ew_nearest("pth", names), ==, "path");
	g_assert_cmpstr(ew_nearest("zebra", names), ==, NULL);
	g_assert_cmpstr(ew_nearest("", names), ==, NULL);
	g_autofree char *monster = g_strnfill(10000, 'a');
	g_assert_cmpstr(ew_nearest(monster, names), ==, NULL);
}

static void test_names(void)
{
	g_autofree char *monster = g_strnfill(10000, 'a');
	g_autoptr(GError) error = NULL;

	g_assert_true(ew_cmd_check_name("fs/file_table.c:____fput", NULL));
	g_assert_false(ew_cmd_check_name(monster, &error));
	g_assert_error(error, EW_ERROR, EW_ERROR_NO_ANSWER);
	g_assert_cmpuint(strlen(error->message), <, 300);
	g_assert_nonnull(strstr(error->message, "10000"));
	g_assert_false(ew_cmd_check_name("", NULL));
	g_assert_false(ew_cmd_check_name("caf\xe9", NULL));
}

/* ---- completion ------------------------------------------------------------------------------ */

static char *completions(const char *const *before, const char *word)
{
	struct ew_cmd_context context;

	ew_cmd_context_init(&context);
	g_autoptr(GPtrArray) found = ew_cmd_complete(&context, before, word);
	g_autoptr(GString) all = g_string_new(found ? "" : "(files)");
	for (guint i = 0; found && i < found->len; i++)
		g_string_append_printf(all, "%s ", (char *)g_ptr_array_index(found, i));
	ew_cmd_context_clear(&context);
	return g_string_free(g_steal_pointer(&all), FALSE);
}

static void check_completions(const char *const *before, const char *word, const char *expected)
{
	g_autofree char *all = completions(before, word);

	g_assert_cmpstr(all, ==, expected);
}

static void test_complete(void)
{
	check_completions((const char *const[]){NULL}, "call", "callees callers ");
	check_completions((const char *const[]){"--json", NULL}, "call", "callees callers ");
	check_completions((const char *const[]){"callers", NULL}, "--de", "--depth ");
	check_completions((const char *const[]){"callers", "fput", NULL}, "--js", "--json ");
	check_completions((const char *const[]){"--color", NULL}, "a", "always auto ");
	check_completions((const char *const[]){"dump", NULL}, "", "calls connection edges facts packets ");
	check_completions((const char *const[]){"--index", NULL}, "", "(files)");
	check_completions((const char *const[]){"help", NULL}, "cov", "coverage ");
	/* what is only for the shell is not offered outside */
	check_completions((const char *const[]){NULL}, "quit", "");
	check_completions((const char *const[]){"nonsense", NULL}, "--js", "--json ");
	/* neither what stands there already nor more than the command takes */
	check_completions((const char *const[]){"lesson", "check", NULL}, "tcp-c", "tcp-close ");
	check_completions((const char *const[]){"lesson", "tcp-close", NULL}, "", "");
	check_completions((const char *const[]){"dump", "edges", NULL}, "", "calls connection facts packets ");
	check_completions((const char *const[]){"dump", "--json", NULL}, "e", "edges ");
}

/* ---- what is made from the table ------------------------------------------------------------- */

static void test_help_tells_all(void)
{
	ew_auto(doc) overview = ew_help_overview();
	struct ew_text_style style = {.width = 80};
	g_autofree char *text = ew_doc_to_text(overview, &style);
	g_autofree char *man = ew_help_man("@OPTIONS@\n@COMMANDS@\n");

	for (const struct ew_cmd *const *cmd = ew_cmd_table(); *cmd; cmd++) {
		g_auto(GStrv) words = g_strsplit((*cmd)->name, "-", -1);
		g_autofree char *name = g_strjoinv("\\-", words); /* roff's hyphen */
		g_autofree char *heading = g_strdup_printf("\\fB%s\\fR ", name);

		if ((*cmd)->is_hidden)
			continue;
		g_assert_nonnull(strstr(text, (*cmd)->name));
		g_assert_nonnull(strstr(man, heading));
	}
	g_assert_nonnull(strstr(man, "\\-\\-color"));
	g_assert_null(strstr(man, "--"));
	g_assert_null(strstr(man, "\\-complete")); /* hidden options stay hidden */
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/cmd/table", test_table);
	g_test_add_func("/cmd/promised", test_promised);
	g_test_add_func("/cmd/globals-anywhere", test_globals_anywhere);
	g_test_add_func("/cmd/options", test_options);
	g_test_add_func("/cmd/no-inheritance", test_no_inheritance);
	g_test_add_func("/cmd/end-of-options", test_end_of_options);
	g_test_add_func("/cmd/refused", test_refused);
	g_test_add_func("/cmd/nearest", test_nearest);
	g_test_add_func("/cmd/names", test_names);
	g_test_add_func("/cmd/complete", test_complete);
	g_test_add_func("/cmd/help-tells-all", test_help_tells_all);
	return g_test_run();
}
