/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The text writer's parts. Private to shell/doc. */
#ifndef EW_DOC_WRITER_H
#define EW_DOC_WRITER_H

#include "doc/model.h"

struct ew_writer {
	GString *out;
	const struct ew_text_style *style;
	const char *code; /* of the colour that is on, or NULL */
	int column;	  /* where the cursor is */
	int indent;	  /* of the group */
	const struct ew_group *rail; /* the group whose rail is drawn, or NULL */
	int rail_column;
	char *marker;	  /* bullet or number that the next line begins with, or NULL */
	enum ew_kind last; /* of the block above, EW_KIND_NONE at the top */
};

/* A run of spans laid out as words. */
struct ew_words;
struct ew_words *ew_words_new(struct ew_writer *w);
void ew_words_add(struct ew_words *words, const char *text, enum ew_role role, const char *link);
/* All spans of a block that people see. */
void ew_words_add_spans(struct ew_words *words, const GPtrArray *spans);
/* Writes them from the cursor on, continuation lines at column `hang`, breaking at `width` (0: never).
 * The line is left open. Frees the words. */
void ew_words_flow(struct ew_words *words, int hang, int width);
void ew_words_free(struct ew_words *words);
/* The columns that they take on one line. */
int ew_words_columns(const struct ew_words *words);
/* The columns of what cannot be broken. */
int ew_words_longest(const struct ew_words *words);

/* Text in its role, as it is. */
void ew_writer_put(struct ew_writer *w, const char *text, enum ew_role role, const char *link);
void ew_writer_newline(struct ew_writer *w);
/* Spaces (and the pending marker) up to `column`. */
void ew_writer_pad(struct ew_writer *w, int column);
/* The blank line, if any, between the block above and one of `kind`. */
void ew_writer_part(struct ew_writer *w, enum ew_kind kind);

/* Whether the block shows anything. */
bool ew_block_is_visible(const struct ew_block *b);

/* stream.c: a document in parts. A block of the root: */
void ew_text_block(struct ew_writer *w, const struct ew_group *g, guint i);

/* JSON, written as it goes: what is open, and whether something stands before the next member or entry. */
struct ew_json {
	GString *out;
	bool is_pretty, has_before;
	int depth;
	const struct ew_list *list; /* of the root, whose array is open, or NULL */
};
void ew_json_begin(struct ew_json *j, const struct ew_doc *doc);
void ew_json_block(struct ew_json *j, const void *block); /* closes an open list that is this block */
void ew_json_entries(struct ew_json *j, const struct ew_list *list);
void ew_json_end(struct ew_json *j, const struct ew_doc *doc); /* the notes, and the end */

void ew_write_table(struct ew_writer *w, const struct ew_table *t);
void ew_write_listing(struct ew_writer *w, const struct ew_listing *l);

#endif
