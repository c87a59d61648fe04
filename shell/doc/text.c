/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The text writer: blocks one below the other, everything within the width. */
#include "doc/writer.h"
#include <stdio.h>
#include <string.h>

static void write_group(struct ew_writer *w, const struct ew_group *g);

bool ew_block_is_visible(const struct ew_block *b)
{
	for (guint i = 0; i < b->spans->len; i++) {
		const struct ew_span *span = g_ptr_array_index(b->spans, i);

		if (span->role != EW_ROLE_HIDDEN && span->text && *span->text)
			return true;
	}
	return false;
}

static bool is_tight(enum ew_kind kind)
{
	return kind == EW_KIND_LINE || kind == EW_KIND_ITEM || kind == EW_KIND_FIELD;
}

void ew_writer_part(struct ew_writer *w, enum ew_kind kind)
{
	enum ew_kind last = w->last;

	w->last = kind;
	if (last == EW_KIND_NONE || last == EW_KIND_HEADING)
		return;
	if (is_tight(kind) && (is_tight(last) || (kind == EW_KIND_ITEM && last == EW_KIND_PARAGRAPH)))
		return;
	if (kind == EW_KIND_NOTE && last == EW_KIND_NOTE)
		return;
	ew_writer_newline(w);
}

/* ---- blocks of spans ------------------------------------------------------------------------- */

/* Puts the spans on one line if that is where they go without any work on their words. */
static bool write_at_once(struct ew_writer *w, const struct ew_block *b, int indent, int width)
{
	int columns = MAX(w->column, indent);

	for (guint i = 0; i < b->spans->len; i++) {
		const struct ew_span *span = g_ptr_array_index(b->spans, i);

		if (span->role == EW_ROLE_HIDDEN || !span->text)
			continue;
		columns += width ? ew_doc_columns(span->text) : 0;
		if ((width && columns > width) || w->style->ascii || span->link ||
		    strpbrk(span->text, "\t\n"))
			return false;
	}
	ew_writer_pad(w, indent);
	for (guint i = 0; i < b->spans->len; i++) {
		const struct ew_span *span = g_ptr_array_index(b->spans, i);

		if (span->role == EW_ROLE_HIDDEN || !span->text)
			continue;
		size_t spaces = strspn(span->text, " ");

		ew_writer_pad(w, w->column + (int)spaces);
		ew_writer_put(w, span->text + spaces, span->role, NULL);
	}
	ew_writer_newline(w);
	return true;
}

static void write_words(struct ew_writer *w, const struct ew_block *b, int indent, int hang, int width)
{
	if (!w->marker && !w->rail && write_at_once(w, b, indent, width))
		return;
	struct ew_words *words = ew_words_new(w);

	ew_words_add_spans(words, b->spans);
	ew_writer_pad(w, indent);
	ew_words_flow(words, hang, width);
	ew_writer_newline(w);
}

static void write_heading(struct ew_writer *w, const struct ew_block *b)
{
	struct ew_words *words = ew_words_new(w);

	for (guint i = 0; i < b->spans->len; i++) {
		const struct ew_span *span = g_ptr_array_index(b->spans, i);

		if (span->role != EW_ROLE_HIDDEN && span->text)
			ew_words_add(words, span->text,
				     span->role == EW_ROLE_PLAIN ? EW_ROLE_STRONG : span->role,
				     span->link);
	}
	ew_writer_pad(w, w->indent);
	ew_words_flow(words, w->indent, w->style->width);
	ew_writer_newline(w);
	if (b->indent <= 1)
		w->last = EW_KIND_TABLE; /* a blank line below, whatever comes */
}

static const char *note_sign(enum ew_role role)
{
	switch (role) {
	case EW_ROLE_GOOD:
		return "✓ ";
	case EW_ROLE_WARNING:
		return "! ";
	case EW_ROLE_BAD:
		return "✗ ";
	default:
		return "";
	}
}

static void write_note(struct ew_writer *w, const struct ew_block *b)
{
	struct ew_words *words = ew_words_new(w);
	const char *sign = note_sign(b->role);

	for (guint i = 0; i < b->spans->len; i++) {
		const struct ew_span *span = g_ptr_array_index(b->spans, i);

		if (span->role != EW_ROLE_HIDDEN && span->text)
			ew_words_add(words, span->text,
				     span->role == EW_ROLE_PLAIN ? b->role : span->role, span->link);
	}
	ew_writer_pad(w, w->indent);
	ew_writer_put(w, sign, b->role, NULL);
	ew_words_flow(words, w->indent + ew_doc_columns(sign), w->style->width);
	ew_writer_newline(w);
}

/* Fields that stand together share the column of their values. */
static int title_columns(const struct ew_group *g, guint from)
{
	int columns = 0;

	for (guint i = from; i < g->blocks->len; i++) {
		const struct ew_block *b = g_ptr_array_index(g->blocks, i);

		if (b->kind != EW_KIND_FIELD)
			break;
		if (ew_block_is_visible(b))
			columns = MAX(columns, ew_doc_columns(b->title));
	}
	return columns;
}

static void write_field(struct ew_writer *w, const struct ew_block *b, int columns)
{
	ew_writer_pad(w, w->indent);
	ew_writer_put(w, b->title, EW_ROLE_FAINT, NULL);
	write_words(w, b, w->indent + columns + 2, w->indent + columns + 2, w->style->width);
}

static void write_block(struct ew_writer *w, const struct ew_block *b, int columns)
{
	if (!ew_block_is_visible(b))
		return;
	ew_writer_part(w, b->kind);
	switch (b->kind) {
	case EW_KIND_LINE:
		write_words(w, b, w->indent, w->indent, 0);
		break;
	case EW_KIND_ITEM:
		write_words(w, b, w->indent + b->indent, w->indent + b->indent + 2, w->style->width);
		break;
	case EW_KIND_HEADING:
		write_heading(w, b);
		break;
	case EW_KIND_NOTE:
		write_note(w, b);
		break;
	case EW_KIND_FIELD:
		write_field(w, b, columns);
		break;
	default:
		write_words(w, b, w->indent, w->indent, w->style->width);
	}
}

/* ---- lists and groups ------------------------------------------------------------------------ */

static void write_list(struct ew_writer *w, const struct ew_list *list)
{
	int digits = snprintf(NULL, 0, "%u", list->entries->len);
	int indent = list->style == EW_LIST_BULLETS   ? 2
		     : list->style == EW_LIST_NUMBERS ? digits + 2
						      : 0;

	w->indent += indent;
	for (guint i = 0; i < list->entries->len; i++) {
		if (list->style == EW_LIST_BULLETS)
			w->marker = g_strdup("• ");
		else if (list->style == EW_LIST_NUMBERS)
			w->marker = g_strdup_printf("%*u. ", digits, i + 1);
		write_group(w, g_ptr_array_index(list->entries, i));
		g_clear_pointer(&w->marker, g_free);
	}
	w->indent -= indent;
}

static void write_any(struct ew_writer *w, const struct ew_group *g, guint i, int *columns)
{
	const void *block = g_ptr_array_index(g->blocks, i);

	switch (ew_kind_of(block)) {
	case EW_KIND_GROUP:
		write_group(w, block);
		break;
	case EW_KIND_LIST:
		write_list(w, block);
		break;
	case EW_KIND_TABLE:
		ew_write_table(w, block);
		break;
	case EW_KIND_LISTING:
		ew_write_listing(w, block);
		break;
	case EW_KIND_FIELD:
		if (i == 0 || ew_kind_of(g_ptr_array_index(g->blocks, i - 1)) != EW_KIND_FIELD)
			*columns = title_columns(g, i);
		write_block(w, block, *columns);
		break;
	default:
		write_block(w, block, 0);
	}
}

static void write_group(struct ew_writer *w, const struct ew_group *g)
{
	int columns = 0;

	const struct ew_group *outer_rail = w->rail;
	int outer_column = w->rail_column, outer_indent = w->indent;

	w->indent += g->indent;
	if (g->rail) {
		w->rail = g;
		w->rail_column = w->indent;
		w->indent += ew_doc_columns(g->rail);
	}
	for (guint i = 0; i < g->blocks->len; i++)
		write_any(w, g, i, &columns);
	w->rail = outer_rail;
	w->rail_column = outer_column;
	w->indent = outer_indent;
}

void ew_text_block(struct ew_writer *w, const struct ew_group *g, guint i)
{
	int columns = 0;

	write_any(w, g, i, &columns);
}

char *ew_doc_to_text(const struct ew_doc *doc, const struct ew_text_style *style)
{
	struct ew_writer w = {.out = g_string_new(NULL), .style = style};

	write_group(&w, doc->root);
	if (!w.out->len || w.out->str[w.out->len - 1] != '\n')
		g_string_append_c(w.out, '\n');
	return g_string_free(w.out, FALSE);
}
