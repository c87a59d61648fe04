/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How long an answer takes: as a whole process whose index is not in the page cache, as one whose index
 * is, in the shell (parse, ask, write the text), and through the query API alone.
 *
 * usage: bench_query EXITWALK INDEX RUNS [QUESTION]
 *
 * With QUESTION ("path do_exit"), only of those that begin so.
 *
 * The bars are held against the 99th percentile of the cold processes, of the shell and of the API; each question
 * is asked RUNS times as a process, cold and warm by turns (elapsed time), and TIMES_IN_MEMORY times in memory
 * (CPU time), or for MOST_SECONDS. Which bars a question has stands in ask.c.
 * Exit status: 0 the bars hold, 1 one does not, 2 nothing was measured.
 */
#include "ask.h"
#include "cmd/cmd.h"
#include "measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { TIMES_IN_MEMORY = 5000 };
#define MOST_SECONDS 2.0 /* on one question */

struct bench {
	const char *exitwalk, *index;
	int runs;
	struct ew_cmd_context shell;
	struct ew_query *q;
	size_t left; /* pages of the index that stayed in the page cache, at worst */
	bool holds;
};

/* ---- processes -------------------------------------------------------------------------------- */

static double run_process(const struct bench *b, const struct question *question)
{
	const char *argv[16] = {b->exitwalk, "--index", b->index, "--color", "never"};
	struct cost cost;
	int n = 5, i;

	for (i = 0; i < (int)G_N_ELEMENTS(question->words) && question->words[i]; i++) {
		/* What is completed is a command line of its own. */
		if (i && !strcmp(question->words[i - 1], "--")) {
			argv[n++] = "--index";
			argv[n++] = b->index;
		}
		argv[n++] = question->words[i];
	}
	cost = measure_run((char *const *)argv, -1, STDERR_FILENO);
	if (cost.status)
		measure_fail("%s %s ended with status %d", b->exitwalk, question->words[0], cost.status);
	return cost.wall * 1e3;
}

/* ---- in memory -------------------------------------------------------------------------------- */

/* CPU time: nothing here waits for anything, and a neighbour on the machine must not count. */
static double cpu_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
	return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static double run_api(const struct bench *b, const struct question *question)
{
	double start = cpu_now();

	question->ask(b->q);
	return cpu_now() - start;
}

static double run_shell(struct bench *b, const struct question *question)
{
	char *argv[G_N_ELEMENTS(question->words)];
	int n = 0;
	double start;

	while (n < (int)G_N_ELEMENTS(question->words) && question->words[n]) {
		argv[n] = (char *)question->words[n];
		n++;
	}
	start = cpu_now();
	if (ew_cmd_run(&b->shell, n, argv, "bench"))
		measure_fail("%s failed in the shell", question->words[0]);
	return cpu_now() - start;
}

static void open_in_memory(struct bench *b)
{
	g_autoptr(GError) error = NULL;

	ew_cmd_context_init(&b->shell);
	b->shell.defaults.index = b->shell.globals.index = b->index;
	b->shell.defaults.color = "never";
	b->shell.is_shell = true;
	b->shell.is_redirected = true;
	b->shell.out = fopen("/dev/null", "w");
	if (!ew_cmd_need_index(&b->shell, &error))
		measure_fail("%s", error->message);
	b->q = b->shell.query;
}

/* ---- the table -------------------------------------------------------------------------------- */

static double print_row(const char *how, GArray *times)
{
	double p99 = measure_quantile(times, 0.99);

	printf("  %-12s %9.3f %9.3f %9.3f %9.3f   %u\n", how, measure_quantile(times, 0),
	       measure_quantile(times, 0.5), p99, measure_quantile(times, 1), times->len);
	return p99;
}

/* The row, and whether it keeps to its bar; 0 is none. */
static void show(struct bench *b, const char *how, GArray *times, double bar)
{
	double p99 = print_row(how, times);

	if (bar && p99 >= bar) {
		printf("  MISSED: %s, p99 %.3f ms, bar %.0f ms\n", how, p99, bar);
		b->holds = false;
	}
	fflush(stdout);
	g_array_unref(times);
}

static void print_name(const struct question *question)
{
	g_autofree char *name = g_strjoinv(" ", (char **)question->words);

	printf("%s\n", name);
}

static bool is_asked(const struct question *question, const char *which)
{
	g_autofree char *name = g_strjoinv(" ", (char **)question->words);

	return !which || g_str_has_prefix(name, which);
}

static void add(GArray *times, double time)
{
	g_array_append_val(times, time);
}

static void time_processes(struct bench *b, const struct question *question)
{
	GArray *cold = g_array_new(FALSE, FALSE, sizeof(double));
	GArray *warm = g_array_new(FALSE, FALSE, sizeof(double));
	int i;

	for (i = 0; i < b->runs; i++) {
		b->left = MAX(b->left, measure_drop(b->index));
		add(cold, run_process(b, question));
		add(warm, run_process(b, question));
	}
	print_name(question);
	show(b, "cold", cold, question->most_cold);
	show(b, "warm", warm, 0);
}

static void time_in_memory(struct bench *b, const struct question *question)
{
	GArray *shell = g_array_new(FALSE, FALSE, sizeof(double));
	GArray *api = g_array_new(FALSE, FALSE, sizeof(double));
	double start = cpu_now();
	int i;

	for (i = 0; i < TIMES_IN_MEMORY && cpu_now() - start < MOST_SECONDS * 1e3; i++) {
		add(shell, run_shell(b, question));
		add(api, run_api(b, question));
	}
	print_name(question);
	show(b, "in the shell", shell, question->most_in_shell);
	show(b, "in memory", api, question->most_in_memory);
}

/* Processes first: what this one has open could not be dropped from the page cache. */
int main(int argc, char **argv)
{
	struct bench b = {.holds = true};
	const char *which = argc == 5 ? argv[4] : NULL;
	size_t i;

	if (argc != 4 && argc != 5)
		measure_fail("usage: bench_query EXITWALK INDEX RUNS [QUESTION]");
	b.exitwalk = argv[1];
	b.index = argv[2];
	b.runs = atoi(argv[3]);
	if (b.runs < 1)
		measure_fail("RUNS is a number from 1");
	printf("%-14s %9s %9s %9s %9s   times\n", "ms", "least", "median", "p99", "greatest");
	for (i = 0; i < n_questions; i++)
		if (is_asked(&questions[i], which))
			time_processes(&b, &questions[i]);
	open_in_memory(&b);
	for (i = 0; i < n_questions; i++)
		if (is_asked(&questions[i], which))
			time_in_memory(&b, &questions[i]);
	ew_cmd_context_clear(&b.shell);
	if (b.left)
		printf("%zu pages of the index stayed in the page cache: cold is not quite cold\n",
		       b.left);
	printf("%s: every question (p99)\n", b.holds ? "holds" : "MISSED");
	return b.holds ? 0 : 1;
}
