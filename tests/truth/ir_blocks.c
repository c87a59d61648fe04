/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "ir_blocks.h"

struct way {
	guint from;
	const char *to;
};

struct ir_blocks {
	GStringChunk *strings;
	GHashTable *labels; /* name -> number of the block */
	GArray *ways;
	guint count;
	bool *reached;
};

struct ir_blocks *ir_blocks_new(void)
{
	struct ir_blocks *b = g_new0(struct ir_blocks, 1);

	b->strings = g_string_chunk_new(4096);
	b->labels = g_hash_table_new(g_str_hash, g_str_equal);
	b->ways = g_array_new(false, false, sizeof(struct way));
	return b;
}

void ir_blocks_free(struct ir_blocks *b)
{
	if (!b)
		return;
	g_string_chunk_free(b->strings);
	g_hash_table_unref(b->labels);
	g_array_unref(b->ways);
	g_free(b->reached);
	g_free(b);
}

void ir_blocks_begin(struct ir_blocks *b)
{
	g_hash_table_remove_all(b->labels);
	g_string_chunk_clear(b->strings);
	g_array_set_size(b->ways, 0);
	b->count = 1;
}

/* How long the name at p is, with its quotes. */
static size_t name_length(const char *p)
{
	const char *end;

	if (*p != '"')
		return strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._$-");
	end = strchr(p + 1, '"');
	return end ? (size_t)(end + 1 - p) : strlen(p);
}

guint ir_blocks_line(struct ir_blocks *b, const char *line)
{
	const char *p;
	size_t n = name_length(line);

	if (n && line[n] == ':') {
		const char *name = g_string_chunk_insert_len(b->strings, line, n);

		g_hash_table_insert(b->labels, (gpointer)name, GUINT_TO_POINTER(b->count));
		b->count++;
	}
	p = strstr(line, "label %");
	if (strstr(line, " br i1 false, ") && p) /* the first is never taken */
		p = strstr(p + 1, "label %");
	for (; p; p = strstr(line, " br i1 true, ") ? NULL : strstr(p, "label %")) {
		struct way w = {.from = b->count - 1};

		p += strlen("label %");
		w.to = g_string_chunk_insert_len(b->strings, p, name_length(p));
		g_array_append_val(b->ways, w);
	}
	return b->count - 1;
}

/* Ways lead forward for the most part, so that few rounds are needed. */
const bool *ir_blocks_reached(struct ir_blocks *b)
{
	bool has_more = true;
	guint i;

	g_free(b->reached);
	b->reached = g_new0(bool, b->count);
	b->reached[0] = true;
	while (has_more) {
		has_more = false;
		for (i = 0; i < b->ways->len; i++) {
			const struct way *w = &g_array_index(b->ways, struct way, i);
			guint to = GPOINTER_TO_UINT(g_hash_table_lookup(b->labels, w->to));

			if (!b->reached[w->from] || b->reached[to])
				continue;
			b->reached[to] = has_more = true;
		}
	}
	return b->reached;
}
