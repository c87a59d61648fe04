/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The indexes that are on this machine. */
#include "view/view.h"

static void add_size(struct ew_block *row, int64_t bytes)
{
	ew_doc_text(row, EW_ROLE_PLAIN, "size", NULL);
	ew_doc_real(row, EW_ROLE_PLAIN, NULL, (double)bytes / (1 << 20), 1);
	ew_doc_say(row, " MiB");
}

static void add_row(struct ew_table *t, const struct ew_view_tree *tree)
{
	const struct ew_query_about *about = tree->about;
	struct ew_block *row = ew_table_row(t);

	ew_doc_bool(row, EW_ROLE_STRONG, "chosen", tree->is_chosen, "▶", NULL);
	ew_doc_text(row, EW_ROLE_STRONG, "name", tree->name);
	ew_doc_text(row, EW_ROLE_PLAIN, "release", about ? about->release : NULL);
	ew_doc_text(row, EW_ROLE_PLAIN, "config", about ? about->config : NULL);
	ew_doc_text(row, EW_ROLE_PLAIN, "scope", about ? about->scope : NULL);
	if (about && about->part_of) {
		ew_doc_say(row, " of ");
		ew_doc_text(row, EW_ROLE_HIDDEN, "part_of", about->part_of);
		ew_doc_text(row, EW_ROLE_PLAIN, NULL, about->part_of);
	}
	if (about) {
		ew_doc_int(row, EW_ROLE_PLAIN, "units", about->units);
		ew_doc_int(row, EW_ROLE_PLAIN, "units_in_config", about->units_in_config);
		ew_doc_text(row, EW_ROLE_HIDDEN, "made", about->made);
		ew_doc_textf(row, EW_ROLE_PLAIN, NULL, "%.10s", about->made); /* the day */
	}
	add_size(row, tree->bytes);
	ew_doc_int(row, EW_ROLE_HIDDEN, "bytes", tree->bytes);
	ew_doc_text(row, EW_ROLE_HIDDEN, "path", tree->path);
	if (tree->writer > 0)
		ew_doc_int(row, EW_ROLE_PLAIN, "writer", tree->writer);
	ew_doc_text(row, EW_ROLE_BAD, "problem", tree->problem);
}

struct ew_doc *ew_view_trees(const GArray *trees)
{
	struct ew_doc *doc = ew_doc_new("exitwalk.trees/1");
	struct ew_group *g = ew_doc_root(doc);
	struct ew_table *t = ew_doc_table(g, "trees");

	ew_table_column(t, "chosen", NULL, EW_ALIGN_LEFT);
	ew_table_column(t, "name", "index", EW_ALIGN_LEFT);
	ew_table_column(t, "release", "release", EW_ALIGN_LEFT);
	ew_table_column(t, "config", "config", EW_ALIGN_LEFT);
	ew_table_column(t, "scope", "scope", EW_ALIGN_LEFT);
	ew_table_column(t, "units", "units", EW_ALIGN_RIGHT);
	ew_table_column(t, "units_in_config", "of", EW_ALIGN_RIGHT);
	ew_table_column(t, "size", "size", EW_ALIGN_RIGHT);
	ew_table_column(t, "made", "made", EW_ALIGN_LEFT);
	ew_table_column(t, "writer", "made anew by process", EW_ALIGN_LEFT);
	ew_table_column(t, "problem", NULL, EW_ALIGN_LEFT);
	for (guint i = 0; i < trees->len; i++)
		add_row(t, &g_array_index(trees, struct ew_view_tree, i));
	if (!trees->len) {
		struct ew_block *p = ew_doc_paragraph(g);

		ew_doc_say(p, "No kernel is indexed yet. ");
		ew_doc_text(p, EW_ROLE_COMMAND, NULL, "exitwalk index");
		ew_doc_say(p, " fetches and indexes the default release.");
	}
	return doc;
}
