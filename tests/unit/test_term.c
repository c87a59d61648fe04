/* SPDX-License-Identifier: GPL-3.0-or-later */
/* term: who decides on colour and width, and what happens to a stream that fails. */
#include "term/term.h"
#include <fcntl.h>
#include <locale.h>
#include <string.h>
#include <unistd.h>

/* ---- facts ----------------------------------------------------------------------------------- */

static bool colour_with(enum ew_color when)
{
	struct ew_term t;

	ew_term_init(&t, when);
	return t.colour;
}

/* Standard output of a test is no terminal: auto means none, always means always. */
static void test_colour(void)
{
	g_unsetenv("NO_COLOR");
	g_setenv("TERM", "xterm", TRUE);
	g_assert_false(colour_with(EW_COLOR_AUTO));
	g_assert_true(colour_with(EW_COLOR_ALWAYS));
	g_assert_false(colour_with(EW_COLOR_NEVER));
	g_setenv("NO_COLOR", "1", TRUE);
	g_assert_true(colour_with(EW_COLOR_ALWAYS)); /* the option is the stronger one */
	g_unsetenv("NO_COLOR");
}

static int width_with(const char *columns)
{
	struct ew_term t;

	if (columns)
		g_setenv("COLUMNS", columns, TRUE);
	else
		g_unsetenv("COLUMNS");
	ew_term_init(&t, EW_COLOR_AUTO);
	return t.width;
}

static void test_width(void)
{
	g_assert_cmpint(width_with("40"), ==, 40);
	g_assert_cmpint(width_with("5"), ==, 20);
	g_assert_cmpint(width_with("wide"), ==, 80);
	g_assert_cmpint(width_with("-3"), ==, 80);
	g_assert_cmpint(width_with("99999999999"), ==, 80);
	g_assert_cmpint(width_with(NULL), ==, 80);
}

static void test_charset(void)
{
	struct ew_term t;

	setlocale(LC_CTYPE, "C");
	ew_term_init(&t, EW_COLOR_AUTO);
	g_assert_true(t.ascii);
	if (!setlocale(LC_CTYPE, "C.UTF-8")) {
		g_test_skip("this system has no C.UTF-8");
		return;
	}
	ew_term_init(&t, EW_COLOR_AUTO);
	g_assert_false(t.ascii);
}

static void test_now(void)
{
	g_setenv("EXITWALK_NOW", "1700000000", TRUE);
	g_assert_cmpint(ew_term_now(), ==, 1700000000);
	g_unsetenv("EXITWALK_NOW");
	g_assert_cmpint(ew_term_now(), >, 1700000000);
}

/* ---- printing -------------------------------------------------------------------------------- */

static void test_gone(void)
{
	struct ew_term t;
	int ends[2];
	g_autoptr(GError) error = NULL;

	ew_term_start();
	ew_term_init(&t, EW_COLOR_AUTO);
	g_assert_cmpint(pipe(ends), ==, 0);
	close(ends[0]);
	FILE *out = fdopen(ends[1], "w");
	g_assert_false(ew_term_gone(out));
	g_assert_true(ew_term_print(&t, out, "nobody reads this\n", false, &error));
	g_assert_no_error(error);
	g_assert_true(ew_term_gone(out));
	fclose(out);
}

static void test_full(void)
{
	struct ew_term t;
	g_autoptr(GError) error = NULL;
	FILE *out = fopen("/dev/full", "w");

	if (!out) {
		g_test_skip("no /dev/full");
		return;
	}
	ew_term_init(&t, EW_COLOR_AUTO);
	g_assert_false(ew_term_print(&t, out, "too much\n", false, &error));
	g_assert_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE);
	fclose(out);
}

/* A closed descriptor must not go to the next file that is opened. */
static void closed_child(void)
{
	close(STDIN_FILENO);
	close(STDOUT_FILENO);
	ew_term_start();
	int next = open("/dev/null", O_RDWR);
	g_assert_cmpint(next, >, STDERR_FILENO);
	g_assert_cmpint(write(STDOUT_FILENO, "x", 1), ==, -1);
	char byte;
	g_assert_cmpint(read(STDIN_FILENO, &byte, 1), ==, 0);
	_exit(0);
}

static void test_closed(void)
{
	if (g_test_subprocess())
		closed_child();
	g_test_trap_subprocess(NULL, 0, 0);
	g_test_trap_assert_passed();
}

static void test_pipe(void)
{
	g_autofree char *file = g_build_filename(g_get_tmp_dir(), "exitwalk-test-pipe", NULL);
	g_autofree char *command = g_strdup_printf("cat > '%s'", file);
	g_autofree char *text = NULL;
	GPid pid;
	FILE *out = ew_term_pipe(command, &pid, NULL);

	g_assert_nonnull(out);
	fputs("through the pipe", out);
	ew_term_pipe_close(out, pid);
	g_assert_true(g_file_get_contents(file, &text, NULL, NULL));
	g_assert_cmpstr(text, ==, "through the pipe");
	unlink(file);
}

/* ---- progress -------------------------------------------------------------------------------- */

static void progress_child(void)
{
	struct ew_progress *p = ew_term_progress_begin("parsing", 40);

	for (int i = 0; i <= 40; i++)
		ew_term_progress_update(p, i, i > 20 ? 2 : 0, "fs/open.c");
	ew_term_progress_end(p);
	ew_term_progress_end(NULL);
}

static void test_progress(void)
{
	if (g_test_subprocess()) {
		progress_child();
		return;
	}
	g_test_trap_subprocess(NULL, 0, 0);
	g_test_trap_assert_passed();
	g_test_trap_assert_stderr("parsing: 4 of 40\nparsing: 8 of 40\nparsing: 12 of 40\n"
				  "parsing: 16 of 40\nparsing: 20 of 40\n"
				  "parsing: 24 of 40, 2 failed\nparsing: 28 of 40, 2 failed\n"
				  "parsing: 32 of 40, 2 failed\nparsing: 36 of 40, 2 failed\n"
				  "parsing: 40 of 40, 2 failed\n");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/term/colour", test_colour);
	g_test_add_func("/term/width", test_width);
	g_test_add_func("/term/charset", test_charset);
	g_test_add_func("/term/now", test_now);
	g_test_add_func("/term/gone", test_gone);
	g_test_add_func("/term/full", test_full);
	g_test_add_func("/term/closed", test_closed);
	g_test_add_func("/term/pipe", test_pipe);
	g_test_add_func("/term/progress", test_progress);
	return g_test_run();
}
