/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A long answer, written while it is made. */
#include "doc/writer.h"
#include <string.h>

struct ew_doc_stream {
	struct ew_doc *doc;
	bool is_json;
	struct ew_writer text;
	struct ew_json json;
	guint next; /* block of the root that is still to be written */
};

struct ew_doc_stream *ew_doc_stream_new(struct ew_doc *doc, const struct ew_text_style *style)
{
	struct ew_doc_stream *s = g_new0(struct ew_doc_stream, 1);

	s->doc = doc;
	s->is_json = !style;
	s->text = (struct ew_writer){.out = g_string_new(NULL), .style = style};
	s->json = (struct ew_json){.out = s->text.out, .is_pretty = true};
	if (s->is_json)
		ew_json_begin(&s->json, doc);
	return s;
}

static struct ew_list *open_list(struct ew_doc_stream *s)
{
	GPtrArray *blocks = s->doc->root->blocks;
	struct ew_list *list = s->next < blocks->len ? g_ptr_array_index(blocks, s->next) : NULL;

	return list && s->next == blocks->len - 1 && list->kind == EW_KIND_LIST ? list : NULL;
}

static void write_block(struct ew_doc_stream *s, guint i)
{
	if (s->is_json)
		ew_json_block(&s->json, g_ptr_array_index(s->doc->root->blocks, i));
	else
		ew_text_block(&s->text, s->doc->root, i);
}

/* The entries that the list has so far; they go. */
static void write_entries(struct ew_doc_stream *s, struct ew_list *list)
{
	if (s->is_json)
		ew_json_entries(&s->json, list);
	else
		ew_text_block(&s->text, s->doc->root, s->next);
	g_ptr_array_set_size(list->entries, 0);
}

static char *take(struct ew_doc_stream *s)
{
	char *text = g_strndup(s->text.out->str, s->text.out->len);

	g_string_truncate(s->text.out, 0);
	return text;
}

char *ew_doc_stream_take(struct ew_doc_stream *s)
{
	while (s->next < s->doc->root->blocks->len && !open_list(s))
		write_block(s, s->next++);
	if (open_list(s))
		write_entries(s, open_list(s));
	return take(s);
}

char *ew_doc_stream_end(struct ew_doc_stream *s)
{
	GPtrArray *blocks = s->doc->root->blocks;
	char *text;

	for (; s->next < blocks->len; s->next++)
		write_block(s, s->next);
	if (s->is_json)
		ew_json_end(&s->json, s->doc);
	text = take(s);
	g_string_free(s->text.out, TRUE);
	g_free(s);
	return text;
}
