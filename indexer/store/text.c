/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The text of source files: kept compressed, with its SPDX line and the macros that it defines. */
#include <string.h>
#include <zstd.h>

#include "store/writer.h"

enum { ZSTD_LEVEL = 6 };

GPtrArray *ew_store_take_new_files(struct ew_store_writer *w)
{
	GPtrArray *files = w->new_files;

	w->new_files = g_ptr_array_new();
	return files;
}

static void add_spdx(struct ew_store_writer *w, int64_t file, const char *text, size_t length)
{
	static const char tag[] = "SPDX-License-Identifier:";
	const char *at = memmem(text, MIN(length, 1024), tag, sizeof tag - 1);
	const char *end = at ? memchr(at, '\n', text + length - at) : NULL;
	g_autofree char *line = NULL;

	if (!end)
		return;
	line = g_strndup(at, end - at);
	if (g_str_has_suffix(g_strchomp(line), "*/"))
		line[strlen(line) - 2] = '\0';
	writer_run(w, UPDATE_SPDX, "is", file, g_strchomp(line));
}

/* "# define NAME", and on to the first line that does not end in a backslash. */
static void add_macro(struct ew_store_writer *w, int64_t file, const char *line, const char *end,
		      int first, int last)
{
	const char *at = line, *name;
	g_autofree char *text = NULL;

	while (at < end && g_ascii_isspace(*at))
		at++;
	if (at >= end || *at++ != '#')
		return;
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	if (end - at < 7 || strncmp(at, "define", 6) != 0 || !g_ascii_isspace(at[6]))
		return;
	for (at += 6; at < end && (*at == ' ' || *at == '\t'); at++)
		;
	for (name = at; at < end && (g_ascii_isalnum(*at) || *at == '_'); at++)
		;
	text = g_strndup(name, at - name);
	if (*text)
		writer_run(w, INSERT_MACRO, "siii", text, file, (int64_t)first, (int64_t)last);
}

static void add_macros(struct ew_store_writer *w, int64_t file, const char *text, size_t length)
{
	const char *at = text, *end = text + length;
	int line = 1;

	while (at < end) {
		const char *start = at;
		int first = line;

		for (;;) {
			const char *newline = memchr(at, '\n', end - at);

			at = newline ? newline + 1 : end;
			line++;
			if (!newline || newline == start || newline[-1] != '\\')
				break;
		}
		add_macro(w, file, start, at, first, line - 1);
	}
}

void ew_store_add_text(struct ew_store_writer *w, const char *path, const char *text, size_t length)
{
	int64_t file = writer_file(w, path);
	size_t bound = ZSTD_compressBound(length), packed_length;
	g_autofree char *packed = g_malloc(bound);

	if (w->error || !g_hash_table_add(w->texts, g_strdup(path)))
		return;
	packed_length = ZSTD_compress(packed, bound, text, length, ZSTD_LEVEL);
	if (ZSTD_isError(packed_length))
		return;
	writer_drop_macros(w);
	writer_run_blob(w, INSERT_SOURCE, packed, packed_length, "ii", file, (int64_t)length);
	add_spdx(w, file, text, length);
	add_macros(w, file, text, length);
}
