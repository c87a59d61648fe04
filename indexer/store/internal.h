/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the store module share. */
#ifndef EW_STORE_INTERNAL_H
#define EW_STORE_INTERNAL_H

#include <sqlite3.h>

#include "store/store.h"

struct statement {
	const char *name, *sql;
	bool is_scan_meant; /* reads a whole table, and is meant to */
};

extern const struct statement statements[EW_STATEMENTS];
extern const char ew_schema_sql[], ew_indexes_sql[]; /* sql.c */

struct ew_store {
	sqlite3 *db;
	char *path;
	struct ew_rows *idle[EW_STATEMENTS]; /* prepared and not in use */
	GError *error;
	bool is_borrowed; /* the writer's connection */
	/* ahead.c */
	int fd; /* of the file, or -1 */
	uint32_t page_size, pages;
	uint8_t *asked; /* by page, a bit each */
	struct {
		struct root *root; /* or NULL */
		bool is_known;
	} roots[EW_AHEAD_TREES];
};

void store_clear_ahead(struct ew_store *s);

#endif
