/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * doc: one document value per answer, and the writers that render it.
 *
 * A document is a tree of ordered blocks. What is said is said once: each value goes in as a span with
 * a role (how it looks to a person) and, where a program wants it too, a key (what JSON calls it).
 * Writers differ only in what they take: text takes every span whose role is not EW_ROLE_HIDDEN, JSON
 * every span that has a key. So
 *
 *	struct ew_block *p = ew_doc_paragraph(g);
 *	ew_doc_text(p, EW_ROLE_FUNCTION, "caller", "__fput");
 *	ew_doc_text(p, EW_ROLE_PLAIN, NULL, " calls it at ");
 *	ew_doc_place(p, "site", &edge->site);
 *
 * reads "__fput calls it at fs/file_table.c:376" and is {"caller": "__fput", "site":
 * "fs/file_table.c:376"}. A group is a JSON object: the document's root is one, and so is each entry
 * of a list and each row of a table; lists and tables are arrays, listings are objects.
 *
 * All text that goes in is copied and cleaned: what is not UTF-8 becomes U+FFFD, control characters
 * become visible signs, so that no kernel comment or process name can drive a terminal. Blocks, groups
 * and the like belong to the document and live as long as it does. The module knows no terminal.
 */
#ifndef EW_DOC_H
#define EW_DOC_H

#include "fact/fact.h"

struct ew_doc;	 /* the whole */
struct ew_group; /* ordered blocks; one JSON object */
struct ew_block; /* a paragraph, line, heading, field, row or note: it takes spans */
struct ew_table;
struct ew_list;
struct ew_listing;

enum ew_role {
	EW_ROLE_PLAIN,
	EW_ROLE_HIDDEN, /* for programs only: in JSON, not in text */
	EW_ROLE_STRONG,
	EW_ROLE_EMPHASIS,
	EW_ROLE_CODE,
	EW_ROLE_FAINT,
	EW_ROLE_FUNCTION,
	EW_ROLE_VARIABLE, /* a variable such as socket_file_ops */
	EW_ROLE_FIELD,	/* "file_operations.release" */
	EW_ROLE_TYPE,
	EW_ROLE_PLACE,
	EW_ROLE_DEFERRED, /* what happens later; text marks it by more than colour */
	EW_ROLE_GOOD,
	EW_ROLE_WARNING,
	EW_ROLE_BAD,
	EW_ROLE_COMMAND, /* something to type */
	/* within listings */
	EW_ROLE_KEYWORD,
	EW_ROLE_COMMENT,
	EW_ROLE_STRING,
	EW_ROLE_PREPROCESSOR,
	EW_ROLE_CALL,	      /* a direct call */
	EW_ROLE_POINTER_CALL, /* a call through a pointer; text underlines it or adds a sign */
	EW_ROLE_LAST = EW_ROLE_POINTER_CALL,
};

/* ---- the document ---------------------------------------------------------------------------- */

/* `schema` names the answer and its version, "exitwalk.callers/1"; it is the first JSON member. */
struct ew_doc *ew_doc_new(const char *schema);
void ew_doc_free(struct ew_doc *doc);
EW_DEFINE_AUTO(doc, ew_doc_free)

struct ew_group *ew_doc_root(struct ew_doc *doc);

/* ---- blocks that take spans ------------------------------------------------------------------ */

/* Wrapped to the width; blank lines around it. */
struct ew_block *ew_doc_paragraph(struct ew_group *g);
/* One line, not wrapped and without blank lines between it and its neighbours. For drawings. */
struct ew_block *ew_doc_line(struct ew_group *g);
/* Like a paragraph, but no blank line before it and the text indented by `indent` columns (more on
 * continuation lines): lines that belong together. */
struct ew_block *ew_doc_item(struct ew_group *g, int indent);
/* level 1 is the answer's own title. */
struct ew_block *ew_doc_heading(struct ew_group *g, int level);
/* "title   value", aligned with the fields beside it. Spans are the value; the first with a key is the
 * member. */
struct ew_block *ew_doc_field(struct ew_group *g, const char *title);
/* A remark beside the answer (EW_ROLE_WARNING, EW_ROLE_GOOD, EW_ROLE_FAINT …). In JSON all notes of a
 * group are the strings of its member "notes". */
struct ew_block *ew_doc_note(struct ew_group *g, enum ew_role role);

/* ---- spans ----------------------------------------------------------------------------------- */

/* A span with `text`; key NULL means that only people get it. A NULL text with a key is JSON's null and
 * shows nothing. */
void ew_doc_text(struct ew_block *b, enum ew_role role, const char *key, const char *text);
void ew_doc_textf(struct ew_block *b, enum ew_role role, const char *key, const char *format, ...)
	G_GNUC_PRINTF(4, 5);
/* A number: JSON's as it is, text's with commas between thousands. */
void ew_doc_int(struct ew_block *b, enum ew_role role, const char *key, int64_t value);
/* A truth value; text shows `yes` or `no`, either of which may be NULL for nothing. */
void ew_doc_bool(struct ew_block *b, enum ew_role role, const char *key, bool value, const char *yes,
		 const char *no);
/* "file:line" (the line left out where it is 0); a place without a file is null. */
void ew_doc_place(struct ew_block *b, const char *key, const struct ew_place *place);
/* A number with a fraction, shown with `decimals` places. */
void ew_doc_real(struct ew_block *b, enum ew_role role, const char *key, double value, int decimals);
/* The member `key` as an array of strings; text joins them with `separator`. */
void ew_doc_strings(struct ew_block *b, enum ew_role role, const char *key, const char *const *strings,
		    const char *separator);
/* Where the span that was added last leads to: "symbol:fput", "place:fs/file_table.c:376", a URL. */
void ew_doc_link(struct ew_block *b, const char *target);

/* Short for the common case: EW_ROLE_PLAIN, no key. */
void ew_doc_say(struct ew_block *b, const char *text);
void ew_doc_sayf(struct ew_block *b, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* ---- lists and tables ------------------------------------------------------------------------ */

/* A list is member `key`, an array of objects; without a key it is for people only. */
enum ew_list_style { EW_LIST_PLAIN, EW_LIST_BULLETS, EW_LIST_NUMBERS };
struct ew_list *ew_doc_list(struct ew_group *g, const char *key, enum ew_list_style style);
struct ew_group *ew_list_entry(struct ew_list *list);

/* One object as member `key`; in text its blocks stand where the group stands, `indent` columns in. */
struct ew_group *ew_doc_group(struct ew_group *g, const char *key, int indent);

/* The same with a drawn line along its left side: "│ " for what happens now, "┆ " for what is deferred. */
struct ew_group *ew_doc_rail(struct ew_group *g, const char *key, int indent, const char *rail,
			     enum ew_role role);

/* A table is member `key`, an array of objects with the columns' keys. In a row, a span whose key is a
 * column's key begins that cell; spans without a key go on with it; keys of no column and hidden spans
 * are for programs only. A cell may stay away. Text gives each column the width that it needs; what is
 * too wide is wrapped in the last column or, at narrow widths, the row is stacked as fields; of a table that
 * folds, the columns that fit stay columns, and the other cells of a row stand in a line below it. */
enum ew_align { EW_ALIGN_LEFT, EW_ALIGN_RIGHT };
struct ew_table *ew_doc_table(struct ew_group *g, const char *key);
void ew_table_column(struct ew_table *t, const char *key, const char *title, enum ew_align align);
void ew_table_fold(struct ew_table *t);
struct ew_block *ew_table_row(struct ew_table *t);

/* ---- source listings ------------------------------------------------------------------------- */

/* Text of a file with its origin. Lines are added in order from `first_line`. `release`, `spdx` may be
 * NULL. */
struct ew_listing *ew_doc_listing(struct ew_group *g, const char *key, const char *file,
				  const char *release, const char *spdx, int first_line);
/* Adds one line, without its newline; `length` in bytes, -1 for a string. */
void ew_listing_line(struct ew_listing *l, const char *text, int length);
/* Marks bytes [start, end) of a line already added, counted from 0 as the bytes stand in the file. Later
 * marks lie above earlier ones. `note` (or NULL) is said beside the line; `link` as in ew_doc_link(). */
void ew_listing_mark(struct ew_listing *l, int line, int start, int end, enum ew_role role,
		     const char *note, const char *link);
/* Points at a line: an arrow in the margin (several lines may be pointed at). */
void ew_listing_point(struct ew_listing *l, int line);
/* A gap: lines left out between what was added and `next_line`, which comes next. */
void ew_listing_gap(struct ew_listing *l, int next_line);

/* ---- writers --------------------------------------------------------------------------------- */

struct ew_text_style {
	int width;   /* columns; 0 for no wrapping */
	bool colour; /* ANSI */
	bool ascii;  /* no signs beyond ASCII */
	bool links;  /* OSC 8 hyperlinks for spans that lead to a URL or, with `root`, to a place */
	const char *root; /* directory that places are relative to, or NULL */
};

/* The document as text, ending with a newline. */
char *ew_doc_to_text(const struct ew_doc *doc, const struct ew_text_style *style);
/* The document as one JSON object, ending with a newline; `pretty` or on one line (for NDJSON). */
char *ew_doc_to_json(const struct ew_doc *doc, bool pretty);

/* ---- text from outside ----------------------------------------------------------------------- */

/* A copy of `length` bytes (-1: a string) that is UTF-8 and free of control characters: invalid bytes
 * become U+FFFD, controls and what turns the reading direction become visible signs; tab and newline
 * stay. */
char *ew_doc_clean(const char *bytes, int length);
/* Columns that a clean text takes on a terminal (no tabs or newlines in it). */
int ew_doc_columns(const char *text);

/*
 * An answer too long to be kept, in parts: what was added so far is taken as text (JSON where style is NULL), and the
 * entries of the root's last block, if that is a list, go with it. The parts together are the whole document's text.
 * The document stays the caller's, and outlives the stream; the texts are the caller's.
 */
struct ew_doc_stream;
struct ew_doc_stream *ew_doc_stream_new(struct ew_doc *doc, const struct ew_text_style *style);
char *ew_doc_stream_take(struct ew_doc_stream *s);
char *ew_doc_stream_end(struct ew_doc_stream *s); /* the rest; frees it */

#endif
