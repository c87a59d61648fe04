/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The JSON writer: every span that has a key, every list, table and listing that has one. */
#include "doc/model.h"
#include "doc/writer.h"
#include <json-glib/json-glib.h>
#include <string.h>

static void write_group(JsonBuilder *b, const struct ew_group *g);

static void add_value(JsonBuilder *b, const struct ew_span *span)
{
	switch (span->value) {
	case EW_VALUE_NULL:
		json_builder_add_null_value(b);
		break;
	case EW_VALUE_TEXT:
		json_builder_add_string_value(b, span->text);
		break;
	case EW_VALUE_INT:
		json_builder_add_int_value(b, span->number);
		break;
	case EW_VALUE_BOOL:
		json_builder_add_boolean_value(b, span->number != 0);
		break;
	case EW_VALUE_REAL:
		json_builder_add_double_value(b, span->real);
		break;
	case EW_VALUE_STRINGS:
		json_builder_begin_array(b);
		for (char **s = span->strings; *s; s++)
			json_builder_add_string_value(b, *s);
		json_builder_end_array(b);
		break;
	}
}

static void write_spans(JsonBuilder *b, const struct ew_block *block)
{
	for (guint i = 0; i < block->spans->len; i++) {
		const struct ew_span *span = g_ptr_array_index(block->spans, i);

		if (!span->key)
			continue;
		json_builder_set_member_name(b, span->key);
		add_value(b, span);
	}
}

static void write_list(JsonBuilder *b, const struct ew_list *list)
{
	json_builder_set_member_name(b, list->key);
	json_builder_begin_array(b);
	for (guint i = 0; i < list->entries->len; i++) {
		json_builder_begin_object(b);
		write_group(b, g_ptr_array_index(list->entries, i));
		json_builder_end_object(b);
	}
	json_builder_end_array(b);
}

static void write_table(JsonBuilder *b, const struct ew_table *t)
{
	json_builder_set_member_name(b, t->key);
	json_builder_begin_array(b);
	for (guint i = 0; i < t->rows->len; i++) {
		json_builder_begin_object(b);
		write_spans(b, g_ptr_array_index(t->rows, i));
		json_builder_end_object(b);
	}
	json_builder_end_array(b);
}

static void add_string(JsonBuilder *b, const char *key, const char *value)
{
	json_builder_set_member_name(b, key);
	if (value)
		json_builder_add_string_value(b, value);
	else
		json_builder_add_null_value(b);
}

/* Syntax colours are for people; what is called, and what was said of it, is for programs too. */
static void write_marks(JsonBuilder *b, const struct ew_listing_line *line)
{
	for (guint i = 0; i < line->marks->len; i++) {
		const struct ew_mark *m = g_ptr_array_index(line->marks, i);

		if (!m->note && !m->link && m->role < EW_ROLE_CALL)
			continue;
		json_builder_begin_object(b);
		json_builder_set_member_name(b, "line");
		json_builder_add_int_value(b, line->number);
		g_autofree char *text = g_strndup(line->text + m->start, MAX(0, m->end - m->start));
		add_string(b, "text", text);
		json_builder_set_member_name(b, "pointer");
		json_builder_add_boolean_value(b, m->role == EW_ROLE_POINTER_CALL);
		add_string(b, "note", m->note);
		json_builder_end_object(b);
	}
}

static void write_listing(JsonBuilder *b, const struct ew_listing *l)
{
	json_builder_set_member_name(b, l->key);
	json_builder_begin_object(b);
	add_string(b, "file", l->file);
	add_string(b, "release", l->release);
	add_string(b, "spdx", l->spdx);
	json_builder_set_member_name(b, "lines");
	json_builder_begin_array(b);
	for (guint i = 0; i < l->lines->len; i++) {
		const struct ew_listing_line *line = g_ptr_array_index(l->lines, i);

		json_builder_begin_object(b);
		json_builder_set_member_name(b, "line");
		json_builder_add_int_value(b, line->number);
		if (line->is_pointed) {
			json_builder_set_member_name(b, "here");
			json_builder_add_boolean_value(b, TRUE);
		}
		add_string(b, "text", line->text);
		json_builder_end_object(b);
	}
	json_builder_end_array(b);
	json_builder_set_member_name(b, "marks");
	json_builder_begin_array(b);
	for (guint i = 0; i < l->lines->len; i++)
		write_marks(b, g_ptr_array_index(l->lines, i));
	json_builder_end_array(b);
	json_builder_end_object(b);
}

static void write_notes(JsonBuilder *b, const struct ew_group *g)
{
	bool is_open = false;

	for (guint i = 0; i < g->blocks->len; i++) {
		const struct ew_block *block = g_ptr_array_index(g->blocks, i);

		if (block->kind != EW_KIND_NOTE)
			continue;
		if (!is_open) {
			json_builder_set_member_name(b, "notes");
			json_builder_begin_array(b);
			is_open = true;
		}
		g_autoptr(GString) text = g_string_new(NULL);
		for (guint k = 0; k < block->spans->len; k++) {
			const struct ew_span *span = g_ptr_array_index(block->spans, k);

			if (span->role != EW_ROLE_HIDDEN && span->text)
				g_string_append(text, span->text);
		}
		json_builder_add_string_value(b, text->str);
	}
	if (is_open)
		json_builder_end_array(b);
}

static void write_block(JsonBuilder *b, const void *block)
{
	const struct ew_group *g = block;
	const struct ew_list *list = block;
	const struct ew_table *table = block;
	const struct ew_listing *listing = block;

	switch (ew_kind_of(block)) {
	case EW_KIND_GROUP:
		if (!g->key) {
			write_group(b, g);
			break;
		}
		json_builder_set_member_name(b, g->key);
		json_builder_begin_object(b);
		write_group(b, g);
		json_builder_end_object(b);
		break;
	case EW_KIND_LIST:
		if (list->key)
			write_list(b, list);
		break;
	case EW_KIND_TABLE:
		if (table->key)
			write_table(b, table);
		break;
	case EW_KIND_LISTING:
		if (listing->key)
			write_listing(b, listing);
		break;
	default:
		write_spans(b, block);
	}
}

static void write_group(JsonBuilder *b, const struct ew_group *g)
{
	for (guint i = 0; i < g->blocks->len; i++)
		write_block(b, g_ptr_array_index(g->blocks, i));
	write_notes(b, g);
}

/* ---- in parts: the same bytes -------------------------------------------------------------------- */

typedef void (*write_part)(JsonBuilder *b, const void *data);

static char *part_of(write_part write, const void *data)
{
	g_autoptr(JsonBuilder) b = json_builder_new();
	g_autoptr(JsonGenerator) generator = json_generator_new();

	json_builder_begin_object(b);
	write(b, data);
	json_builder_end_object(b);
	g_autoptr(JsonNode) root = json_builder_get_root(b);
	json_generator_set_root(generator, root);
	json_generator_set_pretty(generator, TRUE);
	return json_generator_to_data(generator, NULL);
}

/* "{\n  members\n}" without the braces, after those that are there. */
static void add_members(struct ew_json_part *p, write_part write, const void *data)
{
	g_autofree char *object = part_of(write, data);
	size_t n = strlen(object);

	if (n > 4)
		g_string_append_printf(p->out, ",\n%.*s", (int)(n - 4), object + 2);
}

static void write_any_group(JsonBuilder *b, const void *group)
{
	write_group(b, group);
}

static void write_group_notes(JsonBuilder *b, const void *group)
{
	write_notes(b, group);
}

void ew_json_begin(struct ew_json_part *p, const struct ew_doc *doc)
{
	g_string_append_printf(p->out, "{\n  \"schema\" : \"%s\"", doc->schema);
}

void ew_json_entries(struct ew_json_part *p, const struct ew_list *list)
{
	if (p->list != list)
		g_string_append_printf(p->out, ",\n  \"%s\" : [", list->key);
	p->list = list;
	for (guint i = 0; i < list->entries->len; i++) {
		g_autofree char *object = part_of(write_any_group, g_ptr_array_index(list->entries, i));
		g_auto(GStrv) lines = g_strsplit(object, "\n", -1);

		g_string_append(p->out, p->has_entries ? "," : "");
		for (int k = 0; lines[k]; k++)
			g_string_append_printf(p->out, "\n    %s", lines[k]);
		p->has_entries = true;
	}
}

void ew_json_block(struct ew_json_part *p, const void *block)
{
	if (p->list && p->list == block) {
		ew_json_entries(p, block);
		g_string_append(p->out, p->has_entries ? "\n  ]" : "]");
		p->list = NULL;
		return;
	}
	add_members(p, write_block, block);
}

void ew_json_end(struct ew_json_part *p, const struct ew_doc *doc)
{
	add_members(p, write_group_notes, doc->root);
	g_string_append(p->out, "\n}\n");
}

char *ew_doc_to_json(const struct ew_doc *doc, bool pretty)
{
	g_autoptr(JsonBuilder) b = json_builder_new();
	g_autoptr(JsonGenerator) generator = json_generator_new();

	json_builder_begin_object(b);
	add_string(b, "schema", doc->schema);
	write_group(b, doc->root);
	json_builder_end_object(b);

	g_autoptr(JsonNode) root = json_builder_get_root(b);
	json_generator_set_root(generator, root);
	json_generator_set_pretty(generator, pretty);
	g_autofree char *json = json_generator_to_data(generator, NULL);
	return g_strconcat(json, "\n", NULL);
}
