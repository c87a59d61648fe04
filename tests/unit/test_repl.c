/* SPDX-License-Identifier: GPL-3.0-or-later */
/* repl: lines, redirection, batches. */
#include "repl/repl.h"
#include <string.h>
#include <unistd.h>

/* ---- lines ----------------------------------------------------------------------------------- */

static void check_line(const char *text, const char *words, const char *pipe, const char *file,
		       bool appends)
{
	struct ew_repl_line line;

	g_assert_true(ew_repl_parse(text, &line, NULL));
	g_autofree char *joined = line.words ? g_strjoinv("|", line.words) : NULL;
	g_assert_cmpstr(joined, ==, words);
	g_assert_cmpstr(line.pipe, ==, pipe);
	g_assert_cmpstr(line.file, ==, file);
	g_assert_true(line.appends == appends);
	ew_repl_line_clear(&line);
}

static void test_lines(void)
{
	check_line("callers sock_close", "callers|sock_close", NULL, NULL, false);
	check_line("  callers\tfput  ", "callers|fput", NULL, NULL, false);
	check_line("", NULL, NULL, NULL, false);
	check_line("   ", NULL, NULL, NULL, false);
	check_line("# a remark", NULL, NULL, NULL, false);
	check_line("def fput # a remark", "def|fput", NULL, NULL, false);
	check_line("callers fput | head -3", "callers|fput", "head -3", NULL, false);
	check_line("callers fput|grep 'a|b' | wc", "callers|fput", "grep 'a|b' | wc", NULL, false);
	check_line("show fput > out.txt", "show|fput", NULL, "out.txt", false);
	check_line("show fput >> \"my out\"", "show|fput", NULL, "my out", true);
	check_line("slots sk->sk_prot", "slots|sk->sk_prot", NULL, NULL, false);
	check_line("quiz 'a > b | c # d'", "quiz|a > b | c # d", NULL, NULL, false);
	check_line("quiz a\\ b", "quiz|a b", NULL, NULL, false);
}

static void check_refused(const char *text)
{
	g_autoptr(GError) error = NULL;
	struct ew_repl_line line;

	g_assert_false(ew_repl_parse(text, &line, &error));
	g_assert_error(error, EW_ERROR, EW_ERROR_USAGE);
	ew_repl_line_clear(&line);
}

static void test_refused_lines(void)
{
	check_refused("show \"fput");
	check_refused("show fput >");
	check_refused("show fput > a b");
	check_refused("show fput |");
	check_refused("| head");
	check_refused("> out");
}

/* ---- running --------------------------------------------------------------------------------- */

/* What a batch writes to its output; `*code` is its exit code. */
static char *run_batch(const char *commands, int *code)
{
	struct ew_cmd_context context;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	FILE *in = fmemopen((void *)commands, strlen(commands), "r");

	ew_cmd_context_init(&context);
	context.out = out;
	*code = ew_repl_batch(&context, in);
	ew_cmd_context_clear(&context);
	fclose(in);
	fclose(out);
	return text;
}

static void test_redirect(void)
{
	g_autofree char *file = g_build_filename(g_get_tmp_dir(), "exitwalk-test-redirect", NULL);
	g_autofree char *commands =
		g_strdup_printf("help use > %s\nhelp use >> %s\nhelp trees | cat > %s.2\n", file, file, file);
	g_autofree char *second = g_strconcat(file, ".2", NULL);
	g_autofree char *once = NULL, *twice = NULL, *piped = NULL;
	int code;

	g_autofree char *out = run_batch(commands, &code);
	g_assert_cmpint(code, ==, 0);
	g_assert_cmpstr(out, ==, "");
	once = run_batch("help use\n", &code);
	g_assert_true(g_file_get_contents(file, &twice, NULL, NULL));
	g_autofree char *expected = g_strconcat(once, once, NULL);
	g_assert_cmpstr(twice, ==, expected);
	g_assert_true(g_file_get_contents(second, &piped, NULL, NULL));
	g_assert_nonnull(strstr(piped, "exitwalk trees"));
	unlink(file);
	unlink(second);
}

static void numbers_child(void)
{
	int code;
	g_autofree char *out = run_batch("help use\n\n# remark\ncalers x\nhelp trees\nquit\nhelp use\n",
					 &code);

	g_assert_cmpint(code, ==, 2);
	g_assert_nonnull(strstr(out, "exitwalk trees")); /* it went on */
	g_assert_true(strstr(out, "exitwalk use") == g_strrstr(out, "exitwalk use")); /* and quit */
}

/* An error names its line, and the batch goes on. */
static void test_line_numbers(void)
{
	if (g_test_subprocess()) {
		numbers_child();
		return;
	}
	g_test_trap_subprocess(NULL, 0, 0);
	g_test_trap_assert_passed();
	g_test_trap_assert_stderr("line 4: \"calers\" is not a command; did you mean \"callers\"?*");
}

/* Options given to one line do not reach the next. */
static void test_no_inheritance(void)
{
	int code;
	g_autofree char *out = run_batch("help use --json\nhelp use\n", &code);

	g_assert_true(g_str_has_prefix(out, "{"));
	g_assert_nonnull(strstr(out, "}\nexitwalk use"));
}

int main(int argc, char **argv)
{
	ew_term_start();
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/repl/lines", test_lines);
	g_test_add_func("/repl/refused-lines", test_refused_lines);
	g_test_add_func("/repl/redirect", test_redirect);
	g_test_add_func("/repl/line-numbers", test_line_numbers);
	g_test_add_func("/repl/no-inheritance", test_no_inheritance);
	return g_test_run();
}
