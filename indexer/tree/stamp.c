/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a build directory was made from, in a file of it, and what has to be made again since. */
#include "tree/internal.h"

#include <string.h>
#include <sys/stat.h>

/* Bump it where a build directory of an older exitwalk would not do. */
#define FORMAT	  "2"
#define FILE_NAME "exitwalk.stamp"

static void hash_text(GChecksum *sum, const char *text)
{
	g_checksum_update(sum, (const guchar *)text, (gssize)strlen(text) + 1);
}

static void hash_tool(GChecksum *sum, const char *name)
{
	g_autofree char *path = g_find_program_in_path(name);
	g_autofree char *line = NULL;
	struct stat st;

	if (!path || stat(path, &st))
		line = g_strdup_printf("%s: none", name);
	else
		line = g_strdup_printf("%s %lld %lld", path, (long long)st.st_size,
				       (long long)st.st_mtime);
	hash_text(sum, line);
}

static char *hash_tools(const struct ew_tree *tree)
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);

	hash_text(sum, tree->root);
	hash_tool(sum, ew_tree_compiler());
	hash_tool(sum, EW_LLVM_PREFIX "/bin/ld.lld");
	hash_tool(sum, "gcc");
	return g_strdup(g_checksum_get_string(sum));
}

static char *hash_config(const struct ew_config_source *source)
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
	g_autofree char *text = NULL;
	gsize length = 0;

	hash_text(sum, source->name);
	if (g_file_get_contents(source->path, &text, &length, NULL))
		g_checksum_update(sum, (const guchar *)text, (gssize)length);
	return g_strdup(g_checksum_get_string(sum));
}

void ew_stamp_free(struct ew_stamp *s)
{
	if (!s)
		return;
	g_free(s->tools);
	g_free(s->config);
	g_free(s);
}

struct ew_stamp *ew_stamp_take(const struct ew_tree *tree, const struct ew_config_source *source,
			       const struct ew_stamp *before)
{
	struct ew_stamp *now = g_new0(struct ew_stamp, 1);

	now->tools = hash_tools(tree);
	now->config = hash_config(source);
	now->started = g_get_real_time() * 1000;
	if (tree->origin != EW_TREE_DIRECTORY)
		return now;
	ew_fingerprint_take(tree->root, before ? before->started : 0, before ? before->finished : 0,
			    &now->files);
	now->started = now->files.taken;
	return now;
}

enum ew_stamp_work ew_stamp_compare(const struct ew_stamp *before, const struct ew_stamp *now)
{
	const uint64_t *old, *new = now->files.sums;

	if (!before || strcmp(before->tools, now->tools) || now->files.is_hidden)
		return EW_STAMP_ANEW;
	old = before->files.sums;
	if (strcmp(before->config, now->config) ||
	    old[EW_FINGERPRINT_CONFIGURE] != new[EW_FINGERPRINT_CONFIGURE])
		return EW_STAMP_CONFIGURE;
	if (old[EW_FINGERPRINT_PREPARE] != new[EW_FINGERPRINT_PREPARE])
		return EW_STAMP_PREPARE;
	return old[EW_FINGERPRINT_ASK] != new[EW_FINGERPRINT_ASK] ? EW_STAMP_NOTE : EW_STAMP_KEEP;
}

char *ew_stamp_answers(const struct ew_stamp *s)
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);

	hash_text(sum, FORMAT);
	hash_text(sum, s->tools);
	hash_text(sum, s->config);
	g_checksum_update(sum, (const guchar *)&s->files.sums[EW_FINGERPRINT_CONFIGURE],
			  sizeof(s->files.sums[0]));
	g_checksum_update(sum, (const guchar *)&s->files.sums[EW_FINGERPRINT_ASK],
			  sizeof(s->files.sums[0]));
	return g_strdup(g_checksum_get_string(sum));
}

/* ---- the file -------------------------------------------------------------------------------- */

char *ew_stamp_path(const char *directory)
{
	return g_build_filename(directory, FILE_NAME, NULL);
}

/* Words: format, tools, configuration, sums, times; then "end". */
enum {
	WORD_FORMAT,
	WORD_TOOLS,
	WORD_CONFIG,
	WORD_SUMS,
	WORD_TIMES = WORD_SUMS + EW_FINGERPRINT_N,
	WORD_END = WORD_TIMES + 2,
	WORDS
};

struct ew_stamp *ew_stamp_read(const char *directory)
{
	g_autofree char *path = ew_stamp_path(directory), *text = NULL;
	g_auto(GStrv) words = NULL;
	struct ew_stamp *s;

	if (!g_file_get_contents(path, &text, NULL, NULL))
		return NULL;
	words = g_strsplit(text, " ", -1);
	if (g_strv_length(words) != WORDS || strcmp(words[WORD_FORMAT], FORMAT) ||
	    strcmp(words[WORD_END], "end"))
		return NULL;
	s = g_new0(struct ew_stamp, 1);
	s->tools = g_strdup(words[WORD_TOOLS]);
	s->config = g_strdup(words[WORD_CONFIG]);
	for (int i = 0; i < EW_FINGERPRINT_N; i++)
		s->files.sums[i] = g_ascii_strtoull(words[WORD_SUMS + i], NULL, 16);
	s->started = g_ascii_strtoll(words[WORD_TIMES], NULL, 10);
	s->finished = g_ascii_strtoll(words[WORD_TIMES + 1], NULL, 10);
	return s;
}

bool ew_stamp_write(const char *directory, const struct ew_stamp *s, GError **error)
{
	g_autofree char *path = ew_stamp_path(directory);
	g_autoptr(GString) text = g_string_new(NULL);
	g_autoptr(GError) why = NULL;

	g_string_append_printf(text, FORMAT " %s %s", s->tools, s->config);
	for (int i = 0; i < EW_FINGERPRINT_N; i++)
		g_string_append_printf(text, " %" G_GINT64_MODIFIER "x", s->files.sums[i]);
	g_string_append_printf(text, " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " end", s->started,
			       s->finished);
	if (g_file_set_contents(path, text->str, (gssize)text->len, &why))
		return true;
	g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE, "%s", why->message);
	return false;
}
