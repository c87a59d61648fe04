/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables as text: each column as wide as it needs. Where the width does not suffice, the last cell of a
 * row flows, or stands below it; and where not even that is enough, the cells are stacked, or the row folds. */
#include "doc/writer.h"
#include <string.h>

#define GAP 2
#define LAST_COLUMN_MIN 24
#define BELOW 4 /* indent of a last cell that stands below its row */

static int column_of(const struct ew_table *t, const char *key)
{
	for (guint i = 0; i < t->columns->len; i++) {
		const struct ew_column *c = g_ptr_array_index(t->columns, i);

		if (!strcmp(c->key, key))
			return (int)i;
	}
	return -1;
}

static void add_cell(struct ew_words *words, const struct ew_table *t, const struct ew_block *row,
		     int column)
{
	int current = -1;

	for (guint i = 0; i < row->spans->len; i++) {
		const struct ew_span *span = g_ptr_array_index(row->spans, i);
		int own = span->key ? column_of(t, span->key) : current;

		if (own < 0)
			continue;
		current = own;
		if (own == column && span->role != EW_ROLE_HIDDEN && span->text)
			ew_words_add(words, span->text, span->role, span->link);
	}
}

/* The words of one cell; the caller lets them flow. */
static struct ew_words *cell_words(struct ew_writer *w, const struct ew_table *t,
				   const struct ew_block *row, int column)
{
	struct ew_words *words = ew_words_new(w);

	add_cell(words, t, row, column);
	return words;
}

static int cell_columns(struct ew_writer *w, const struct ew_table *t, const struct ew_block *row,
			int column)
{
	struct ew_words *words = cell_words(w, t, row, column);
	int columns = ew_words_columns(words);

	ew_words_free(words);
	return columns;
}

/* Widths of all columns; 0 for one that is empty in every row. Returns the whole width. */
static int measure(struct ew_writer *w, const struct ew_table *t, int *widths, int *last)
{
	int total = 0;

	*last = 0;
	for (guint c = 0; c < t->columns->len; c++) {
		const struct ew_column *column = g_ptr_array_index(t->columns, c);

		widths[c] = 0;
		for (guint r = 0; r < t->rows->len; r++)
			widths[c] = MAX(widths[c],
					cell_columns(w, t, g_ptr_array_index(t->rows, r), (int)c));
		if (!widths[c])
			continue;
		widths[c] = MAX(widths[c], ew_doc_columns(column->title));
		total += widths[c] + (total ? GAP : 0);
		*last = (int)c;
	}
	return total;
}

static void write_titles(struct ew_writer *w, const struct ew_table *t, const int *widths)
{
	int at = w->indent;
	bool is_any = false;

	for (guint c = 0; c < t->columns->len; c++) {
		const struct ew_column *column = g_ptr_array_index(t->columns, c);

		is_any |= widths[c] && *column->title;
	}
	if (!is_any)
		return;
	for (guint c = 0; c < t->columns->len; c++) {
		const struct ew_column *column = g_ptr_array_index(t->columns, c);
		int shift = column->align == EW_ALIGN_RIGHT
				    ? widths[c] - ew_doc_columns(column->title)
				    : 0;

		if (!widths[c])
			continue;
		ew_writer_pad(w, at + shift);
		ew_writer_put(w, column->title, EW_ROLE_FAINT, NULL);
		at += widths[c] + GAP;
	}
	ew_writer_newline(w);
}

/* Has the last cell too little room at column `at`? */
static bool is_below(const struct ew_writer *w, const struct ew_words *words, int at)
{
	int needed = MAX(ew_words_longest(words), MIN(ew_words_columns(words), LAST_COLUMN_MIN));

	return w->style->width && at + needed > w->style->width;
}

static void write_row(struct ew_writer *w, const struct ew_table *t, const struct ew_block *row,
		      const int *widths, int last)
{
	int at = w->indent;

	for (guint c = 0; c < t->columns->len; c++) {
		const struct ew_column *column = g_ptr_array_index(t->columns, c);
		struct ew_words *words = cell_words(w, t, row, (int)c);
		int shift = column->align == EW_ALIGN_RIGHT ? widths[c] - ew_words_columns(words) : 0;

		if (!widths[c]) {
			ew_words_free(words);
			continue;
		}
		if ((int)c == last && is_below(w, words, at)) {
			ew_writer_newline(w);
			at = w->indent + BELOW;
			shift = 0;
		}
		ew_writer_pad(w, at + shift);
		ew_words_flow(words, at, (int)c == last ? w->style->width : 0);
		at += widths[c] + GAP;
	}
	ew_writer_newline(w);
}

/* At narrow widths: the first cell, and below it the others. */
static void write_stacked(struct ew_writer *w, const struct ew_table *t, const struct ew_block *row,
			  const int *widths)
{
	bool is_first = true;

	for (guint c = 0; c < t->columns->len; c++) {
		const struct ew_column *column = g_ptr_array_index(t->columns, c);
		struct ew_words *words = cell_words(w, t, row, (int)c);

		if (!widths[c] || !ew_words_columns(words)) {
			ew_words_free(words);
			continue;
		}
		ew_writer_pad(w, w->indent + (is_first ? 0 : 2));
		if (!is_first && *column->title) {
			ew_writer_put(w, column->title, EW_ROLE_FAINT, NULL);
			ew_writer_pad(w, w->column + 1);
		}
		ew_words_flow(words, w->indent + 4, w->style->width);
		ew_writer_newline(w);
		is_first = false;
	}
}

/* How many columns, from the first, stand side by side; 0 if not even two. */
static guint fitting_columns(const struct ew_table *t, const int *widths, int room)
{
	int total = 0;
	guint n = 0;

	while (n < t->columns->len && total + widths[n] <= room)
		total += widths[n++] + GAP;
	return n < 2 ? 0 : n;
}

/* The titles (row is NULL) or cells from column `c` on, in one line below. */
static void write_rest(struct ew_writer *w, const struct ew_table *t, const struct ew_block *row,
		       const int *widths, guint c)
{
	struct ew_words *words = ew_words_new(w);
	bool is_first = true;

	for (; c < t->columns->len; c++) {
		const struct ew_column *column = g_ptr_array_index(t->columns, c);

		if (!widths[c])
			continue;
		if (!is_first)
			ew_words_add(words, "  ", EW_ROLE_PLAIN, NULL);
		if (row)
			add_cell(words, t, row, (int)c);
		else
			ew_words_add(words, column->title, EW_ROLE_FAINT, NULL);
		is_first = false;
	}
	ew_writer_pad(w, w->indent + BELOW);
	ew_words_flow(words, w->indent + BELOW, w->style->width);
	ew_writer_newline(w);
}

static void write_folded(struct ew_writer *w, const struct ew_table *t, int *widths, guint fitting)
{
	g_autofree int *hidden = g_memdup2(widths, t->columns->len * sizeof *widths);
	int last = (int)fitting - 1;

	for (guint c = fitting; c < t->columns->len; c++)
		hidden[c] = 0;
	write_titles(w, t, hidden);
	write_rest(w, t, NULL, widths, fitting);
	for (guint r = 0; r < t->rows->len; r++) {
		write_row(w, t, g_ptr_array_index(t->rows, r), hidden, last);
		write_rest(w, t, g_ptr_array_index(t->rows, r), widths, fitting);
	}
}

void ew_write_table(struct ew_writer *w, const struct ew_table *t)
{
	g_autofree int *widths = g_new0(int, t->columns->len + 1);
	int last = 0;
	int total = measure(w, t, widths, &last);

	if (!total)
		return;
	ew_writer_part(w, EW_KIND_TABLE);

	int room = w->style->width ? w->style->width - w->indent : total;
	guint fitting = t->folds ? fitting_columns(t, widths, room) : 0;
	if (total - widths[last] > room && fitting) {
		write_folded(w, t, widths, fitting);
		return;
	}
	if (total - widths[last] > room) {
		for (guint r = 0; r < t->rows->len; r++)
			write_stacked(w, t, g_ptr_array_index(t->rows, r), widths);
		return;
	}
	write_titles(w, t, widths);
	for (guint r = 0; r < t->rows->len; r++)
		write_row(w, t, g_ptr_array_index(t->rows, r), widths, last);
}
