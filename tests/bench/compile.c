/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Indexing against compiling: exitwalk-index, from the compile commands to the finished index, and
 * `clang -fsyntax-only` over the very same commands, turn by turn, with as many processes.
 *
 * usage: bench_compile INDEXER CLANG INDEX JOBS REPEAT [OPTION OF THE INDEXER…]
 *
 * The first call of the indexer (--commands) unpacks and configures the tree, so that no later one does;
 * then everything that the commands may read is read once, so that neither side pays for the disk.
 * Exit status: 0 the bars hold, 1 one does not, 2 nothing was measured.
 */
#include "commands.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The floors: no slower than the compiler, and less than this at once over all processes. */
static const double most_ratio = 1.0;
static const double most_memory = 2048; /* MiB */

struct bench {
	char *indexer, *clang, *index;
	int jobs, repeat;
	char **arguments;    /* for the indexer, ends with NULL */
	GPtrArray *commands; /* of GStrv: directory, arguments, source */
	GArray *wall_ratio, *cpu_ratio;
	double index_memory, clang_memory; /* MiB */
	int clang_failures;
};

/* ---- commands -------------------------------------------------------------------------------- */

static char **indexer_argv(const struct bench *b, const char *const *first)
{
	g_autoptr(GStrvBuilder) argv = g_strv_builder_new();

	g_strv_builder_add(argv, b->indexer);
	g_strv_builder_addv(argv, (const char **)first);
	g_strv_builder_addv(argv, (const char **)b->arguments);
	return g_strv_builder_end(argv);
}

static void read_commands(struct bench *b)
{
	g_autofree char *jobs = g_strdup_printf("%d", b->jobs);
	const char *const first[] = {"--commands", "--jobs", jobs, NULL};
	g_auto(GStrv) argv = indexer_argv(b, first);
	g_autoptr(GError) error = NULL;
	g_autofree char *out = NULL;
	int status;

	if (!g_spawn_sync(NULL, argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &out, NULL, &status, &error) ||
	    !g_spawn_check_wait_status(status, &error))
		measure_fail("%s --commands: %s", b->indexer, error->message);
	b->commands = commands_read(out);
}

/* ---- both sides ------------------------------------------------------------------------------ */

/* The indexer says at its end how much memory all of its processes had at most. */
static double memory_said(int out)
{
	char text[4096];
	ssize_t n = pread(out, text, sizeof text - 1, 0);
	const char *at;

	text[MAX(n, 0)] = '\0';
	at = strstr(text, "at most ");
	if (!at)
		measure_fail("the indexer says nothing of its memory: \"%s\"", text);
	return g_ascii_strtod(at + strlen("at most "), NULL);
}

static struct cost run_indexer(struct bench *b)
{
	g_autofree char *jobs = g_strdup_printf("%d", b->jobs);
	const char *const first[] = {"--jobs", jobs, "--out", b->index, NULL};
	g_auto(GStrv) argv = indexer_argv(b, first);
	g_autofree char *name = g_strconcat(b->index, ".summary", NULL);
	int out = open(name, O_CREAT | O_TRUNC | O_RDWR | O_CLOEXEC, 0666);
	struct cost cost;

	if (out < 0)
		measure_fail("%s cannot be written", name);
	cost = measure_run(argv, out, -1);
	if (cost.status != 0 && cost.status != 4)
		measure_fail("the indexer ended with status %d", cost.status);
	b->index_memory = MAX(b->index_memory, memory_said(out));
	close(out);
	return cost;
}

/* The highest that one compiler had counts for each of those that run at once. */
static struct cost run_clang(struct bench *b)
{
	struct cost all = commands_check(b->commands, b->clang, b->jobs, &b->clang_failures);

	b->clang_memory = MAX(b->clang_memory, (double)all.memory * b->jobs / 1048576);
	return all;
}

static void add(GArray *numbers, double number)
{
	g_array_append_val(numbers, number);
}

static void run_both(struct bench *b)
{
	struct cost index = run_indexer(b), clang = run_clang(b);

	printf("%-10s %10.1f %10.1f\n", "index", index.wall, index.cpu);
	printf("%-10s %10.1f %10.1f\n", "clang", clang.wall, clang.cpu);
	fflush(stdout);
	add(b->wall_ratio, index.wall / clang.wall);
	add(b->cpu_ratio, index.cpu / clang.cpu);
}

/* ---- the answer ------------------------------------------------------------------------------ */

static bool judge(struct bench *b)
{
	double ratio = measure_quantile(b->wall_ratio, 0.5);
	bool is_fast = ratio <= most_ratio, is_small = b->index_memory < most_memory;

	printf("%-10s %10.2f %10.2f   (the median; wall %.2f to %.2f, CPU %.2f to %.2f)\n", "ratio",
	       ratio, measure_quantile(b->cpu_ratio, 0.5), measure_quantile(b->wall_ratio, 0),
	       measure_quantile(b->wall_ratio, 1), measure_quantile(b->cpu_ratio, 0),
	       measure_quantile(b->cpu_ratio, 1));
	printf("memory     index %.0f MiB, clang %.0f MiB, all processes together at most\n",
	       b->index_memory, b->clang_memory);
	if (b->clang_failures)
		printf("clang fails on %d units\n", b->clang_failures);
	printf("%s: the index takes no longer than clang -fsyntax-only (%.2f, bar %.2f)\n",
	       is_fast ? "holds" : "MISSED", ratio, most_ratio);
	printf("%s: all processes of the indexer stay below %.0f MiB\n", is_small ? "holds" : "MISSED",
	       most_memory);
	return is_fast && is_small;
}

int main(int argc, char **argv)
{
	struct bench b = {0};
	int i;

	if (argc < 6)
		measure_fail("usage: bench_compile INDEXER CLANG INDEX JOBS REPEAT [OPTION…]");
	b.indexer = argv[1];
	b.clang = argv[2];
	b.index = argv[3];
	b.jobs = atoi(argv[4]);
	b.repeat = atoi(argv[5]);
	b.arguments = argv + 6;
	if (b.jobs < 1 || b.repeat < 1)
		measure_fail("JOBS and REPEAT are numbers from 1");
	b.wall_ratio = g_array_new(FALSE, FALSE, sizeof(double));
	b.cpu_ratio = g_array_new(FALSE, FALSE, sizeof(double));
	read_commands(&b);
	commands_warm(b.commands);
	printf("%u commands, %d at once\n%-10s %10s %10s\n", b.commands->len, b.jobs, "", "wall s",
	       "CPU s");
	for (i = 0; i < b.repeat; i++)
		run_both(&b);
	return judge(&b) ? 0 : 1;
}
