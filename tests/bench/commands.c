/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compile commands, read, warmed and checked: what every bench does with them. */
#include "commands.h"

#include <fcntl.h>
#include <ftw.h>
#include <unistd.h>

GPtrArray *commands_read(const char *text)
{
	GPtrArray *commands = g_ptr_array_new_with_free_func((GDestroyNotify)g_strfreev);
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	g_autoptr(GError) error = NULL;
	int i;

	for (i = 0; lines[i] && *lines[i]; i++) {
		GStrv words;

		if (!g_shell_parse_argv(lines[i], NULL, &words, &error))
			measure_fail("a command cannot be read: %s", error->message);
		g_ptr_array_add(commands, words);
	}
	if (!commands->len)
		measure_fail("there are no commands");
	return commands;
}

/* ---- the disk -------------------------------------------------------------------------------- */

static void read_file(const char *path)
{
	char bytes[65536];
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	while (fd >= 0 && read(fd, bytes, sizeof bytes) > 0)
		;
	if (fd >= 0)
		close(fd);
}

static int read_header(const char *path, const struct stat *st, int type, struct FTW *where)
{
	if (type == FTW_F && g_str_has_suffix(path, ".h"))
		read_file(path);
	return 0;
}

void commands_warm(GPtrArray *commands)
{
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	guint i, k;

	for (i = 0; i < commands->len; i++) {
		GStrv words = g_ptr_array_index(commands, i);
		guint last = g_strv_length(words) - 1;

		read_file(words[last]);
		for (k = 1; k < last; k++) {
			char *path;

			if (!g_str_has_prefix(words[k], "-I") || !words[k][2])
				continue;
			path = g_canonicalize_filename(words[k] + 2, words[0]);
			if (!g_hash_table_contains(seen, path))
				nftw(path, read_header, 16, FTW_PHYS);
			g_hash_table_add(seen, path);
		}
	}
}

/* ---- the compiler ---------------------------------------------------------------------------- */

static void start_clang(GStrv words, const char *clang)
{
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	int k;

	g_ptr_array_add(argv, (char *)clang);
	g_ptr_array_add(argv, (char *)"-fsyntax-only");
	for (k = 1; words[k]; k++)
		g_ptr_array_add(argv, words[k]);
	g_ptr_array_add(argv, NULL);
	measure_start((char *const *)argv->pdata, words[0], -1, -1);
}

struct cost commands_check(GPtrArray *commands, const char *clang, int jobs, int *failures)
{
	struct cost all = {0}, one;
	double start = measure_now();
	guint next = 0, running = 0;

	*failures = 0;
	while (next < commands->len || running) {
		if (next < commands->len && running < (guint)jobs) {
			start_clang(g_ptr_array_index(commands, next++), clang);
			running++;
			continue;
		}
		measure_wait(-1, &one);
		running--;
		all.cpu += one.cpu;
		all.memory = MAX(all.memory, one.memory);
		*failures += one.status != 0;
	}
	all.wall = measure_now() - start;
	return all;
}
