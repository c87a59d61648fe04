/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What peers.sh needs of C.
 *
 * usage: bench_peer run SECONDS OUT PROGRAM ARGUMENT…	with everything that it starts; killed after SECONDS
 *	  bench_peer ask RUNS OUT PATH… -- PROGRAM ARGUMENT…	again and again, cold and warm by turns
 *	  bench_peer warm COMMANDS			what the commands may read, into the page cache
 *	  bench_peer check CLANG JOBS COMMANDS		clang -fsyntax-only over all of them
 *	  bench_peer json CLANG COMMANDS		them as compile_commands.json
 *	  bench_peer clangd CLANGD JOBS DIRECTORY	its background index, until it is complete
 *
 * COMMANDS is a file that exitwalk-index --commands wrote. OUT takes standard output and error of what is
 * measured. `run` prints wall and CPU seconds, MiB, and a word: ok, exit:N or timeout. `ask` prints a line
 * for cold and one for warm: least, median and greatest milliseconds, status, and the pages that stayed in
 * the page cache; cold is with all files at or below PATH dropped from it.
 */
#include "commands.h"
#include "lsp.h"

#include <fcntl.h>
#include <json-glib/json-glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int number(const char *text)
{
	int n = atoi(text);

	if (n < 1)
		measure_fail("\"%s\" is no number from 1", text);
	return n;
}

static int open_out(const char *path)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0666);

	if (fd < 0)
		measure_fail("%s cannot be written", path);
	return fd;
}

static GPtrArray *read_commands(const char *path)
{
	g_autofree char *text = NULL;
	g_autoptr(GError) error = NULL;

	if (!g_file_get_contents(path, &text, NULL, &error))
		measure_fail("%s", error->message);
	return commands_read(text);
}

static void say_status(int status)
{
	if (status == MEASURE_TIMEOUT)
		puts("timeout");
	else if (status)
		printf("exit:%d\n", status);
	else
		puts("ok");
}

/* ---- run ------------------------------------------------------------------------------------- */

static int run(int argc, char **argv)
{
	int out = open_out(argv[1]);
	struct cost cost = measure_family(argv + 2, NULL, out, out, number(argv[0]));

	printf("%.2f\t%.2f\t%.0f\t", cost.wall, cost.cpu, (double)cost.memory / 1048576);
	say_status(cost.status);
	close(out);
	return 0;
}

/* ---- ask ------------------------------------------------------------------------------------- */

static double ask_once(char **argv, const char *name, int *status)
{
	int out = open_out(name);
	struct cost cost = measure_run(argv, out, out);

	close(out);
	*status = MAX(*status, cost.status);
	return cost.wall * 1e3;
}

static void print_times(const char *how, GArray *times, int status, size_t stays)
{
	printf("%s\t%.3f\t%.3f\t%.3f\t%d\t%zu\n", how, measure_quantile(times, 0),
	       measure_quantile(times, 0.5), measure_quantile(times, 1), status, stays);
}

static int ask(int argc, char **argv)
{
	g_autoptr(GArray) cold = g_array_new(FALSE, FALSE, sizeof(double));
	g_autoptr(GArray) warm = g_array_new(FALSE, FALSE, sizeof(double));
	int runs = number(argv[0]), status = 0, program = 2, i, k;
	size_t stays = 0;
	double time;

	while (program < argc && strcmp(argv[program], "--"))
		program++;
	if (++program >= argc)
		measure_fail("ask: no program");
	for (i = 0; i < runs; i++) {
		for (k = 2; k < program - 1; k++)
			stays = MAX(stays, measure_drop(argv[k]));
		time = ask_once(argv + program, argv[1], &status);
		g_array_append_val(cold, time);
		time = ask_once(argv + program, argv[1], &status);
		g_array_append_val(warm, time);
	}
	print_times("cold", cold, status, stays);
	print_times("warm", warm, status, 0);
	return 0;
}

/* ---- commands -------------------------------------------------------------------------------- */

static int warm(int argc, char **argv)
{
	commands_warm(read_commands(argv[0]));
	return 0;
}

static int check(int argc, char **argv)
{
	int failures;

	commands_check(read_commands(argv[2]), argv[0], number(argv[1]), &failures);
	printf("%d units fail\n", failures);
	return 0;
}

static int json(int argc, char **argv)
{
	g_autoptr(JsonBuilder) b = json_builder_new();
	GPtrArray *commands = read_commands(argv[1]);
	g_autoptr(JsonGenerator) generator = json_generator_new();
	g_autofree char *text = NULL;
	guint i, k;

	json_builder_begin_array(b);
	for (i = 0; i < commands->len; i++) {
		GStrv words = g_ptr_array_index(commands, i);

		json_builder_begin_object(b);
		json_builder_set_member_name(b, "directory");
		json_builder_add_string_value(b, words[0]);
		json_builder_set_member_name(b, "file");
		json_builder_add_string_value(b, words[g_strv_length(words) - 1]);
		json_builder_set_member_name(b, "arguments");
		json_builder_begin_array(b);
		json_builder_add_string_value(b, argv[0]);
		json_builder_add_string_value(b, "-c");
		for (k = 1; words[k]; k++)
			json_builder_add_string_value(b, words[k]);
		json_builder_end_array(b);
		json_builder_end_object(b);
	}
	json_builder_end_array(b);
	json_generator_set_root(generator, json_builder_get_root(b));
	text = json_generator_to_data(generator, NULL);
	puts(text);
	return 0;
}

static int clangd(int argc, char **argv)
{
	return lsp_index(argv[0], number(argv[1]), argv[2]);
}

/* ---- which ----------------------------------------------------------------------------------- */

static const struct verb {
	const char *name;
	int least; /* arguments */
	int (*run)(int argc, char **argv);
} verbs[] = {
	{"run", 3, run},     {"ask", 4, ask},	{"warm", 1, warm},
	{"check", 3, check}, {"json", 2, json}, {"clangd", 3, clangd},
};

int main(int argc, char **argv)
{
	size_t i;

	for (i = 0; argc > 1 && i < G_N_ELEMENTS(verbs); i++)
		if (!strcmp(argv[1], verbs[i].name) && argc - 2 >= verbs[i].least)
			return verbs[i].run(argc - 2, argv + 2);
	measure_fail("usage: bench_peer run|ask|warm|check|json|clangd ARGUMENT…");
}
