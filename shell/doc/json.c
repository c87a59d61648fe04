/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The JSON writer: every span that has a key, every list, table and listing that has one.
 *
 * It writes as it goes, and byte for byte what json-glib's generator would: that one wants the whole answer as
 * a tree of its own first, which took three times what the rest of an answer of 20,000 sockets does. json-glib
 * reads what others wrote.
 */
#include "doc/model.h"
#include "doc/writer.h"
#include <string.h>

#define INDENT 2

static void write_members(struct ew_json *j, const struct ew_group *g);
static void write_group(struct ew_json *j, const struct ew_group *g);

/* ---- JSON ------------------------------------------------------------------------------------ */

static void new_line(struct ew_json *j)
{
	static const char blanks[] = "                                                                ";

	if (!j->is_pretty)
		return;
	g_string_append_c(j->out, '\n');
	for (int left = j->depth * INDENT; left > 0; left -= (int)sizeof(blanks) - 1)
		g_string_append_len(j->out, blanks, MIN(left, (int)sizeof(blanks) - 1));
}

/* Before an entry of an array, or a member. */
static void part(struct ew_json *j)
{
	if (j->has_before)
		g_string_append_c(j->out, ',');
	new_line(j);
	j->has_before = true;
}

static void open_any(struct ew_json *j, char bracket)
{
	g_string_append_c(j->out, bracket);
	j->depth++;
	j->has_before = false;
}

static void close_any(struct ew_json *j, char bracket)
{
	j->depth--;
	if (j->has_before)
		new_line(j);
	g_string_append_c(j->out, bracket);
	j->has_before = true;
}

static void add_escaped(GString *out, char c)
{
	static const char from[] = "\b\f\n\r\t\\\"", to[] = "bfnrt\\\"";
	const char *at = strchr(from, c);

	if (at)
		g_string_append_printf(out, "\\%c", to[at - from]);
	else
		g_string_append_printf(out, "\\u%04x", c);
}

static void add_string(struct ew_json *j, const char *text)
{
	const char *plain = text;

	g_string_append_c(j->out, '"');
	for (; *text; text++) {
		if ((unsigned char)*text >= 0x20 && *text != '"' && *text != '\\' && *text != 0x7f)
			continue;
		g_string_append_len(j->out, plain, text - plain);
		add_escaped(j->out, *text);
		plain = text + 1;
	}
	g_string_append_len(j->out, plain, text - plain);
	g_string_append_c(j->out, '"');
}

static void add_string_or_null(struct ew_json *j, const char *text)
{
	if (text)
		add_string(j, text);
	else
		g_string_append(j->out, "null");
}

static void add_int(struct ew_json *j, int64_t number)
{
	char digits[24], *at = digits + sizeof(digits);
	uint64_t left = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;

	do
		*--at = (char)('0' + left % 10);
	while (left /= 10);
	if (number < 0)
		*--at = '-';
	g_string_append_len(j->out, at, digits + sizeof(digits) - at);
}

static void add_bool(struct ew_json *j, bool value)
{
	g_string_append(j->out, value ? "true" : "false");
}

/* One that is whole is still no integer. */
static void add_real(struct ew_json *j, double value)
{
	char text[G_ASCII_DTOSTR_BUF_SIZE];

	g_ascii_dtostr(text, sizeof(text), value);
	g_string_append(j->out, text);
	if (!strpbrk(text, ".eni"))
		g_string_append(j->out, ".0");
}

static void add_name(struct ew_json *j, const char *name)
{
	part(j);
	add_string(j, name);
	g_string_append(j->out, j->is_pretty ? " : " : ":");
}

static void add_member(struct ew_json *j, const char *name, const char *value)
{
	add_name(j, name);
	add_string_or_null(j, value);
}

/* ---- what a document has --------------------------------------------------------------------- */

static void add_value(struct ew_json *j, const struct ew_span *span)
{
	switch (span->value) {
	case EW_VALUE_NULL:
		g_string_append(j->out, "null");
		break;
	case EW_VALUE_TEXT:
		add_string(j, span->text);
		break;
	case EW_VALUE_INT:
		add_int(j, span->number);
		break;
	case EW_VALUE_BOOL:
		add_bool(j, span->number != 0);
		break;
	case EW_VALUE_REAL:
		add_real(j, span->real);
		break;
	case EW_VALUE_STRINGS:
		open_any(j, '[');
		for (char **s = span->strings; *s; s++) {
			part(j);
			add_string(j, *s);
		}
		close_any(j, ']');
		break;
	}
}

static void write_spans(struct ew_json *j, const struct ew_block *block)
{
	for (guint i = 0; i < block->spans->len; i++) {
		const struct ew_span *span = g_ptr_array_index(block->spans, i);

		if (!span->key)
			continue;
		add_name(j, span->key);
		add_value(j, span);
	}
}

static void write_entries(struct ew_json *j, const struct ew_list *list)
{
	for (guint i = 0; i < list->entries->len; i++) {
		part(j);
		open_any(j, '{');
		write_group(j, g_ptr_array_index(list->entries, i));
		close_any(j, '}');
	}
}

static void write_list(struct ew_json *j, const struct ew_list *list)
{
	add_name(j, list->key);
	open_any(j, '[');
	write_entries(j, list);
	close_any(j, ']');
}

static void write_table(struct ew_json *j, const struct ew_table *t)
{
	add_name(j, t->key);
	open_any(j, '[');
	for (guint i = 0; i < t->rows->len; i++) {
		part(j);
		open_any(j, '{');
		write_spans(j, g_ptr_array_index(t->rows, i));
		close_any(j, '}');
	}
	close_any(j, ']');
}

/* Syntax colours are for people; what is called, and what was said of it, is for programs too. */
static void write_marks(struct ew_json *j, const struct ew_listing_line *line)
{
	for (guint i = 0; i < line->marks->len; i++) {
		const struct ew_mark *m = g_ptr_array_index(line->marks, i);

		if (!m->note && !m->link && m->role < EW_ROLE_CALL)
			continue;
		g_autofree char *text = g_strndup(line->text + m->start, MAX(0, m->end - m->start));
		part(j);
		open_any(j, '{');
		add_name(j, "line");
		add_int(j, line->number);
		add_member(j, "text", text);
		add_name(j, "pointer");
		add_bool(j, m->role == EW_ROLE_POINTER_CALL);
		add_member(j, "note", m->note);
		close_any(j, '}');
	}
}

static void write_listing_line(struct ew_json *j, const struct ew_listing_line *line)
{
	part(j);
	open_any(j, '{');
	add_name(j, "line");
	add_int(j, line->number);
	if (line->is_pointed) {
		add_name(j, "here");
		add_bool(j, true);
	}
	add_member(j, "text", line->text);
	close_any(j, '}');
}

static void write_listing(struct ew_json *j, const struct ew_listing *l)
{
	add_name(j, l->key);
	open_any(j, '{');
	add_member(j, "file", l->file);
	add_member(j, "release", l->release);
	add_member(j, "spdx", l->spdx);
	add_name(j, "lines");
	open_any(j, '[');
	for (guint i = 0; i < l->lines->len; i++)
		write_listing_line(j, g_ptr_array_index(l->lines, i));
	close_any(j, ']');
	add_name(j, "marks");
	open_any(j, '[');
	for (guint i = 0; i < l->lines->len; i++)
		write_marks(j, g_ptr_array_index(l->lines, i));
	close_any(j, ']');
	close_any(j, '}');
}

static void add_note(struct ew_json *j, const struct ew_block *block, bool *is_open)
{
	g_autoptr(GString) text = g_string_new(NULL);

	if (!*is_open) {
		add_name(j, "notes");
		open_any(j, '[');
		*is_open = true;
	}
	for (guint k = 0; k < block->spans->len; k++) {
		const struct ew_span *span = g_ptr_array_index(block->spans, k);

		if (span->role != EW_ROLE_HIDDEN && span->text)
			g_string_append(text, span->text);
	}
	part(j);
	add_string(j, text->str);
}

/* A group without a key is no object: its notes are those of the one around it. */
static void add_notes(struct ew_json *j, const struct ew_group *g, bool *is_open)
{
	for (guint i = 0; i < g->blocks->len; i++) {
		const void *block = g_ptr_array_index(g->blocks, i);

		if (ew_kind_of(block) == EW_KIND_NOTE)
			add_note(j, block, is_open);
		else if (ew_kind_of(block) == EW_KIND_GROUP && !((const struct ew_group *)block)->key)
			add_notes(j, block, is_open);
	}
}

static void write_notes(struct ew_json *j, const struct ew_group *g)
{
	bool is_open = false;

	add_notes(j, g, &is_open);
	if (is_open)
		close_any(j, ']');
}

static void write_block(struct ew_json *j, const void *block)
{
	const struct ew_group *g = block;
	const struct ew_list *list = block;
	const struct ew_table *table = block;
	const struct ew_listing *listing = block;

	switch (ew_kind_of(block)) {
	case EW_KIND_GROUP:
		if (!g->key) {
			write_members(j, g);
			break;
		}
		add_name(j, g->key);
		open_any(j, '{');
		write_group(j, g);
		close_any(j, '}');
		break;
	case EW_KIND_LIST:
		if (list->key)
			write_list(j, list);
		break;
	case EW_KIND_TABLE:
		if (table->key)
			write_table(j, table);
		break;
	case EW_KIND_LISTING:
		if (listing->key)
			write_listing(j, listing);
		break;
	default:
		write_spans(j, block);
	}
}

static void write_members(struct ew_json *j, const struct ew_group *g)
{
	for (guint i = 0; i < g->blocks->len; i++)
		write_block(j, g_ptr_array_index(g->blocks, i));
}

static void write_group(struct ew_json *j, const struct ew_group *g)
{
	write_members(j, g);
	write_notes(j, g);
}

/* ---- all of it, or in parts ------------------------------------------------------------------ */

void ew_json_begin(struct ew_json *j, const struct ew_doc *doc)
{
	open_any(j, '{');
	add_member(j, "schema", doc->schema);
}

void ew_json_entries(struct ew_json *j, const struct ew_list *list)
{
	if (!list->key)
		return;
	if (j->list != list) {
		add_name(j, list->key);
		open_any(j, '[');
	}
	j->list = list;
	write_entries(j, list);
}

void ew_json_block(struct ew_json *j, const void *block)
{
	if (!j->list || j->list != block) {
		write_block(j, block);
		return;
	}
	ew_json_entries(j, block);
	close_any(j, ']');
	j->list = NULL;
}

void ew_json_end(struct ew_json *j, const struct ew_doc *doc)
{
	write_notes(j, doc->root);
	close_any(j, '}');
	g_string_append_c(j->out, '\n');
}

char *ew_doc_to_json(const struct ew_doc *doc, bool pretty)
{
	struct ew_json j = {.out = g_string_sized_new(4096), .is_pretty = pretty};

	ew_json_begin(&j, doc);
	for (guint i = 0; i < doc->root->blocks->len; i++)
		write_block(&j, g_ptr_array_index(doc->root->blocks, i));
	ew_json_end(&j, doc);
	return g_string_free(j.out, FALSE);
}
