/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * view: answers -> documents. One view_NAME.c a family; each function takes a typed answer and returns a
 * document, or adds to one. Nothing here asks for a terminal or prints.
 */
#ifndef EW_VIEW_H
#define EW_VIEW_H

#include "query/query.h"
#include "doc/doc.h"

/* ---- parts that many answers share ----------------------------------------------------------- */

/* The last line of every answer from an index: "Linux 6.1.192 x86_64, debian config · over 372 of 4,746
 * translation units"; in JSON the member "index". */
void ew_view_provenance(struct ew_group *g, struct ew_query *q);

/* The calls that somebody wants to see of a function's source. */
struct ew_view_source {
	const char *file;
	int first_line, last_line;
	const int *points; /* lines to point at, ends with 0; or NULL */
	const struct ew_symbol *function; /* whose calls are marked, or NULL */
};

/* Lines of a file of the index as a highlighted listing, member `key`, with release, path and SPDX line,
 * calls marked (pointer calls apart from direct ones). Returns NULL with *error where the text is not in
 * the index. */
struct ew_listing *ew_view_source(struct ew_group *g, const char *key, struct ew_query *q,
				  const struct ew_view_source *source, GError **error);

/* CommonMark as plain paragraphs, lists and code lines: enough for kernel-refs notes. */
void ew_view_markdown(struct ew_group *g, const char *text);

/* ---- answers ----------------------------------------------------------------------------------- */

/* One index of this machine; `about` is NULL and `problem` says why where it cannot be opened. */
struct ew_view_tree {
	const char *name, *path, *problem;
	int64_t bytes;
	bool is_chosen;
	const struct ew_query_about *about;
};

struct ew_doc *ew_view_trees(const GArray *trees); /* of struct ew_view_tree */

#endif
