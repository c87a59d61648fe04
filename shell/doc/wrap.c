/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Words on lines: the part of the text writer that knows columns and colours. */
#include "doc/writer.h"
#include <string.h>

struct word {
	char *text;
	enum ew_role role;
	const char *link;
	int columns;
	int spaces; /* before it */
	bool breaks; /* a newline stands before it */
};

struct ew_words {
	struct ew_writer *writer;
	GArray *words; /* of struct word */
	int spaces;    /* seen since the last word */
	bool breaks;
};

static void word_clear(void *p)
{
	g_free(((struct word *)p)->text);
}

/* ---- colours --------------------------------------------------------------------------------- */

/* Legible on dark and on light grounds: no plain yellow, no dark blue. */
static const char *const codes[EW_ROLE_LAST + 1] = {
	[EW_ROLE_STRONG] = "1",
	[EW_ROLE_EMPHASIS] = "3",
	[EW_ROLE_CODE] = "36",
	[EW_ROLE_FAINT] = "2",
	[EW_ROLE_FUNCTION] = "1",
	[EW_ROLE_VARIABLE] = "36",
	[EW_ROLE_FIELD] = "36",
	[EW_ROLE_TYPE] = "36",
	[EW_ROLE_PLACE] = "32",
	[EW_ROLE_DEFERRED] = "35",
	[EW_ROLE_GOOD] = "32",
	[EW_ROLE_WARNING] = "31",
	[EW_ROLE_BAD] = "1;31",
	[EW_ROLE_COMMAND] = "1",
	[EW_ROLE_KEYWORD] = "35",
	[EW_ROLE_COMMENT] = "2",
	[EW_ROLE_STRING] = "32",
	[EW_ROLE_PREPROCESSOR] = "36",
	[EW_ROLE_CALL] = "1",
	[EW_ROLE_POINTER_CALL] = "1;4",
};

/* What a link leads to as a URI that a terminal opens, or NULL. */
static char *link_uri(const struct ew_text_style *style, const char *link)
{
	if (!style->links || !link)
		return NULL;
	if (g_str_has_prefix(link, "https://") || g_str_has_prefix(link, "http://"))
		return g_strdup(link);
	if (!style->root || !g_str_has_prefix(link, "place:"))
		return NULL;
	const char *file = link + strlen("place:");
	const char *colon = strrchr(file, ':');
	g_autofree char *name = colon ? g_strndup(file, colon - file) : g_strdup(file);
	g_autofree char *path = g_build_filename(style->root, name, NULL);
	return g_filename_to_uri(path, g_get_host_name(), NULL);
}

/* A colour stays on until another comes or the line ends, so that words of one span share it. */
static void switch_code(struct ew_writer *w, const char *code)
{
	if (w->code == code)
		return;
	if (w->code)
		g_string_append(w->out, "\033[0m");
	if (code)
		g_string_append_printf(w->out, "\033[%sm", code);
	w->code = code;
}

void ew_writer_put(struct ew_writer *w, const char *text, enum ew_role role, const char *link)
{
	g_autofree char *ascii = w->style->ascii ? ew_ascii(text) : NULL;
	g_autofree char *uri = link_uri(w->style, link);
	const char *code = w->style->colour ? codes[role] : NULL;
	const char *shown = ascii ? ascii : text;

	if (!*shown)
		return;
	switch_code(w, code);
	if (uri)
		g_string_append_printf(w->out, "\033]8;;%s\033\\", uri);
	g_string_append(w->out, shown);
	if (uri)
		g_string_append(w->out, "\033]8;;\033\\");
	w->column += ew_doc_columns(shown);
}

void ew_writer_newline(struct ew_writer *w)
{
	while (w->out->len && w->out->str[w->out->len - 1] == ' ')
		g_string_truncate(w->out, w->out->len - 1);
	switch_code(w, NULL);
	g_string_append_c(w->out, '\n');
	w->column = 0;
}

/* A line that begins: the rail comes before everything else. */
static void put_rail(struct ew_writer *w)
{
	for (; w->column < w->rail_column; w->column++)
		g_string_append_c(w->out, ' ');
	ew_writer_put(w, w->rail->rail, w->rail->rail_role, NULL);
}

void ew_writer_pad(struct ew_writer *w, int column)
{
	if (w->rail && w->column == 0)
		put_rail(w);
	if (w->marker) {
		g_autofree char *marker = g_steal_pointer(&w->marker);
		int columns = ew_doc_columns(marker);

		while (w->column < column - columns) {
			g_string_append_c(w->out, ' ');
			w->column++;
		}
		ew_writer_put(w, marker, EW_ROLE_FAINT, NULL);
	}
	for (; w->column < column; w->column++)
		g_string_append_c(w->out, ' ');
}

/* ---- words ----------------------------------------------------------------------------------- */

struct ew_words *ew_words_new(struct ew_writer *w)
{
	struct ew_words *words = g_new0(struct ew_words, 1);

	words->writer = w;
	words->words = g_array_new(FALSE, FALSE, sizeof(struct word));
	g_array_set_clear_func(words->words, word_clear);
	return words;
}

void ew_words_free(struct ew_words *words)
{
	g_array_unref(words->words);
	g_free(words);
}

void ew_words_add(struct ew_words *words, const char *text, enum ew_role role, const char *link)
{
	for (const char *p = text; *p;) {
		if (*p == ' ' || *p == '\t') {
			words->spaces++;
			p++;
			continue;
		}
		if (*p == '\n') {
			words->breaks = true;
			words->spaces = 0;
			p++;
			continue;
		}
		size_t length = strcspn(p, " \t\n");
		struct word word = {
			.text = g_strndup(p, length),
			.role = role,
			.link = link,
			.spaces = words->spaces,
			.breaks = words->breaks,
		};
		if (words->writer->style->ascii) {
			char *ascii = ew_ascii(word.text);

			g_free(word.text);
			word.text = ascii;
		}
		word.columns = ew_doc_columns(word.text);
		words->spaces = 0;
		words->breaks = false;
		g_array_append_val(words->words, word);
		p += length;
	}
}

void ew_words_add_spans(struct ew_words *words, const GPtrArray *spans)
{
	for (guint i = 0; i < spans->len; i++) {
		const struct ew_span *span = g_ptr_array_index(spans, i);

		if (span->role != EW_ROLE_HIDDEN && span->text)
			ew_words_add(words, span->text, span->role, span->link);
	}
}

int ew_words_columns(const struct ew_words *words)
{
	int columns = 0;

	for (guint i = 0; i < words->words->len; i++) {
		const struct word *word = &g_array_index(words->words, struct word, i);

		columns += word->spaces + word->columns;
	}
	return columns;
}

/* The columns of the unit that begins at `from`: words that no space parts belong together. */
static int unit_columns(const struct ew_words *words, guint from, guint *end)
{
	int columns = 0;
	guint i = from;

	do {
		columns += g_array_index(words->words, struct word, i).columns;
		i++;
	} while (i < words->words->len && !g_array_index(words->words, struct word, i).spaces &&
		 !g_array_index(words->words, struct word, i).breaks);
	*end = i;
	return columns;
}

int ew_words_longest(const struct ew_words *words)
{
	int longest = 0;

	for (guint i = 0, end; i < words->words->len; i = end)
		longest = MAX(longest, unit_columns(words, i, &end));
	return longest;
}

void ew_words_flow(struct ew_words *words, int hang, int width)
{
	struct ew_writer *w = words->writer;

	for (guint i = 0, end; i < words->words->len; i = end) {
		const struct word *first = &g_array_index(words->words, struct word, i);
		int columns = unit_columns(words, i, &end);
		bool is_full = width && w->column + first->spaces + columns > width;

		if (first->breaks || (is_full && w->column > hang)) {
			ew_writer_newline(w);
			ew_writer_pad(w, hang);
		} else {
			ew_writer_pad(w, w->column + first->spaces);
		}
		for (; i < end; i++) {
			const struct word *word = &g_array_index(words->words, struct word, i);

			ew_writer_put(w, word->text, word->role, word->link);
		}
	}
	ew_words_free(words);
}
