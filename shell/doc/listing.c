/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Source listings as text. The margin says without colour what colour says too: an arrow where we
 * stand, ">" on a line that calls, "*" on one that calls through a pointer.
 */
#include "doc/writer.h"
#include <stdio.h>
#include <string.h>

#define TAB 8

static char line_sign(const struct ew_listing_line *line)
{
	char sign = ' ';

	for (guint i = 0; i < line->marks->len; i++) {
		const struct ew_mark *m = g_ptr_array_index(line->marks, i);

		if (m->role == EW_ROLE_POINTER_CALL)
			return '*';
		if (m->role == EW_ROLE_CALL)
			sign = '>';
	}
	return sign;
}

/* The topmost mark over a byte: later marks lie above. */
static const struct ew_mark *mark_at(const struct ew_listing_line *line, int byte)
{
	for (guint i = line->marks->len; i > 0; i--) {
		const struct ew_mark *m = g_ptr_array_index(line->marks, i - 1);

		if (byte >= m->start && byte < m->end)
			return m;
	}
	return NULL;
}

/* One run of text under one mark, with tabs expanded, going on at column `text_column` when the line is
 * full. */
static void put_run(struct ew_writer *w, const char *run, int length, const struct ew_mark *m,
		    int text_column, int *source_column)
{
	g_autoptr(GString) piece = g_string_new(NULL);
	enum ew_role role = m ? m->role : EW_ROLE_PLAIN;
	int columns = 0;

	for (const char *p = run; p < run + length; p = g_utf8_next_char(p)) {
		gunichar c = g_utf8_get_char(p);
		int wide = c == '\t' ? TAB - *source_column % TAB : g_unichar_iswide(c) ? 2 : 1;

		if (w->style->width && w->column + columns + wide > w->style->width &&
		    w->column + columns > text_column) {
			ew_writer_put(w, piece->str, role, m ? m->link : NULL);
			g_string_truncate(piece, 0);
			columns = 0;
			ew_writer_newline(w);
			ew_writer_pad(w, text_column + 2);
			if (c == ' ' || c == '\t')
				continue;
		}
		if (c == '\t')
			g_string_append_printf(piece, "%*s", wide, "");
		else
			g_string_append_unichar(piece, c);
		*source_column += wide;
		columns += wide;
	}
	ew_writer_put(w, piece->str, role, m ? m->link : NULL);
}

static void put_text(struct ew_writer *w, const struct ew_listing_line *line, int text_column)
{
	int length = (int)strlen(line->text);
	int source_column = 0;

	for (int from = 0, to; from < length; from = to) {
		const struct ew_mark *m = mark_at(line, from);

		for (to = from + 1; to < length && mark_at(line, to) == m; to++)
			;
		put_run(w, line->text + from, to - from, m, text_column, &source_column);
	}
}

/* What is said of the line, beside it where there is room, else below. */
static void put_notes(struct ew_writer *w, const struct ew_listing_line *line, int text_column)
{
	for (guint i = 0; i < line->marks->len; i++) {
		const struct ew_mark *m = g_ptr_array_index(line->marks, i);

		if (!m->note)
			continue;
		struct ew_words *words = ew_words_new(w);
		ew_words_add(words, "← ", EW_ROLE_FAINT, NULL);
		ew_words_add(words, m->note, EW_ROLE_FAINT, NULL);
		int columns = ew_words_columns(words);
		if (w->style->width && w->column + 2 + columns > w->style->width) {
			ew_writer_newline(w);
			ew_writer_pad(w, text_column + 2);
		} else {
			ew_writer_pad(w, w->column + 2);
		}
		ew_words_flow(words, text_column + 4, w->style->width);
	}
}

static void write_line(struct ew_writer *w, const struct ew_listing_line *line, int digits)
{
	g_autofree char *number = g_strdup_printf("%*d", digits, line->number);
	char sign[] = {line_sign(line), 0};
	int text_column = w->indent + 2 + digits + 1 + 2;

	if (line->has_gap_before) {
		ew_writer_pad(w, w->indent + 2);
		ew_writer_put(w, "…", EW_ROLE_FAINT, NULL);
		ew_writer_newline(w);
	}
	ew_writer_pad(w, w->indent);
	ew_writer_put(w, line->is_pointed ? "▶" : "", EW_ROLE_BAD, NULL);
	ew_writer_pad(w, w->indent + 2);
	ew_writer_put(w, number, line->is_pointed ? EW_ROLE_STRONG : EW_ROLE_FAINT, NULL);
	ew_writer_pad(w, w->column + 1);
	if (*sign != ' ')
		ew_writer_put(w, sign, EW_ROLE_FAINT, NULL);
	ew_writer_pad(w, text_column);
	put_text(w, line, text_column);
	put_notes(w, line, text_column);
	ew_writer_newline(w);
}

static void write_origin(struct ew_writer *w, const struct ew_listing *l)
{
	struct ew_words *words = ew_words_new(w);

	ew_words_add(words, l->file, EW_ROLE_PLACE, NULL);
	if (l->release) {
		ew_words_add(words, " · ", EW_ROLE_FAINT, NULL);
		ew_words_add(words, l->release, EW_ROLE_FAINT, NULL);
	}
	if (l->spdx) {
		ew_words_add(words, " · ", EW_ROLE_FAINT, NULL);
		ew_words_add(words, l->spdx, EW_ROLE_FAINT, NULL);
	}
	ew_writer_pad(w, w->indent);
	ew_words_flow(words, w->indent + 2, w->style->width);
	ew_writer_newline(w);
}

void ew_write_listing(struct ew_writer *w, const struct ew_listing *l)
{
	int digits = 3;

	ew_writer_part(w, EW_KIND_LISTING);
	write_origin(w, l);
	if (l->lines->len) {
		const struct ew_listing_line *last =
			g_ptr_array_index(l->lines, l->lines->len - 1);

		digits = MAX(digits, snprintf(NULL, 0, "%d", last->number));
	}
	for (guint i = 0; i < l->lines->len; i++)
		write_line(w, g_ptr_array_index(l->lines, i), digits);
}
