/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The document as the writers see it. Private to shell/doc. */
#ifndef EW_DOC_MODEL_H
#define EW_DOC_MODEL_H

#include "doc/doc.h"

enum ew_kind {
	EW_KIND_NONE,
	EW_KIND_PARAGRAPH,
	EW_KIND_LINE,
	EW_KIND_ITEM,
	EW_KIND_HEADING,
	EW_KIND_FIELD,
	EW_KIND_NOTE,
	EW_KIND_ROW,
	EW_KIND_LIST,
	EW_KIND_GROUP,
	EW_KIND_TABLE,
	EW_KIND_LISTING,
};

enum ew_value {
	EW_VALUE_NULL,
	EW_VALUE_TEXT,
	EW_VALUE_INT,
	EW_VALUE_BOOL,
	EW_VALUE_REAL,
	EW_VALUE_STRINGS,
};

struct ew_span {
	enum ew_role role;
	enum ew_value value;
	char *key;  /* NULL: not in JSON; lies behind the span */
	char *text; /* what people read; NULL or empty: nothing */
	char *link;
	int64_t number;
	double real;
	GStrv strings;
};

/* Every block begins with its kind; a group holds pointers to any of them. */
struct ew_block {
	enum ew_kind kind;
	int indent; /* of an item; a heading's level */
	enum ew_role role;
	char *title;
	GPtrArray *spans; /* of struct ew_span */
};

struct ew_group {
	enum ew_kind kind;
	char *key;
	int indent;
	char *rail; /* or NULL */
	enum ew_role rail_role;
	GPtrArray *blocks;
};

struct ew_list {
	enum ew_kind kind;
	char *key;
	enum ew_list_style style;
	GPtrArray *entries; /* of struct ew_group */
};

struct ew_column {
	char *key, *title;
	enum ew_align align;
};

struct ew_table {
	enum ew_kind kind;
	char *key;
	GPtrArray *columns; /* of struct ew_column */
	GPtrArray *rows;    /* of struct ew_block */
	bool folds;
};

struct ew_mark {
	int start, end; /* bytes of the cleaned text */
	enum ew_role role;
	char *note, *link;
};

struct ew_listing_line {
	int number;
	bool is_pointed;
	bool has_gap_before;
	char *text;	  /* clean; tabs as they were */
	int *map;	  /* from raw bytes to bytes of `text` */
	int raw_length;
	GPtrArray *marks; /* of struct ew_mark */
};

struct ew_listing {
	enum ew_kind kind;
	char *key, *file, *release, *spdx;
	int next_line;
	bool gap_comes;
	GPtrArray *lines; /* of struct ew_listing_line */
};

struct ew_doc {
	char *schema;
	struct ew_group *root;
};

/* The kind of anything in a group's blocks. */
static inline enum ew_kind ew_kind_of(const void *block)
{
	return *(const enum ew_kind *)block;
}

/* As ew_doc_clean(); map (length + 1 ints, or NULL) receives where each raw byte went. A newline is
 * kept only where `keep_newline`. */
char *ew_clean_map(const char *bytes, int length, bool keep_newline, int *map);

/* `text` with every sign beyond ASCII spelled in ASCII. */
char *ew_ascii(const char *text);

#endif
