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

static int char_columns(gunichar c, int column)
{
	return c == '\t' ? TAB - column % TAB : g_unichar_iswide(c) ? 2 : 1;
}

/* Where the line goes on below: the byte behind the last space that fits, or behind the last character
 * where there is none in reach. The length of the text if all of it fits in `room` columns (0: any). */
static int find_break(const char *text, int from, int column, int room)
{
	int length = (int)strlen(text), last_space = -1, used = 0;
	bool is_inside = false; /* past the white space that the line begins with */

	for (const char *p = text + from; *p; p = g_utf8_next_char(p)) {
		gunichar c = g_utf8_get_char(p);
		int at = (int)(p - text), columns = char_columns(c, column + used);

		if (room && used + columns > room && at > from)
			return last_space > from && used > room / 2 ? last_space : at;
		used += columns;
		if (c != ' ' && c != '\t')
			is_inside = true;
		else if (is_inside)
			last_space = at + 1;
	}
	return length;
}

/* One run of text under one mark, with tabs expanded by the source's own columns. */
static void put_run(struct ew_writer *w, const char *run, int length, const struct ew_mark *m,
		    int *source_column)
{
	g_autoptr(GString) piece = g_string_new(NULL);

	for (const char *p = run; p < run + length; p = g_utf8_next_char(p)) {
		gunichar c = g_utf8_get_char(p);
		int columns = char_columns(c, *source_column);

		if (c == '\t')
			g_string_append_printf(piece, "%*s", columns, "");
		else
			g_string_append_unichar(piece, c);
		*source_column += columns;
	}
	ew_writer_put(w, piece->str, m ? m->role : EW_ROLE_PLAIN, m ? m->link : NULL);
}

static void put_text(struct ew_writer *w, const struct ew_listing_line *line, int text_column)
{
	int length = (int)strlen(line->text), width = w->style->width;
	int source_column = 0, room = width ? MAX(width - text_column, 8) : 0;
	int stop = find_break(line->text, 0, 0, room);

	for (int from = 0, to; from < length; from = to) {
		const struct ew_mark *m = mark_at(line, from);

		if (from == stop) {
			ew_writer_newline(w);
			ew_writer_pad(w, text_column + 2);
			stop = find_break(line->text, from, source_column, room ? room - 2 : 0);
		}
		for (to = from + 1; to < stop && mark_at(line, to) == m; to++)
			;
		put_run(w, line->text + from, to - from, m, &source_column);
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
