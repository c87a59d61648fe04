/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the index has seen, and what it has not. */
#include "view/view.h"

static void add_count(struct ew_group *g, const char *title, const char *key, int64_t value)
{
	ew_doc_int(ew_doc_field(g, title), EW_ROLE_PLAIN, key, value);
}

static void add_units(struct ew_group *g, const struct ew_coverage *c)
{
	struct ew_block *b = ew_doc_field(g, "translation units");

	ew_doc_int(b, EW_ROLE_STRONG, "units", c->units);
	ew_doc_say(b, " of ");
	ew_doc_int(b, EW_ROLE_PLAIN, "units_in_config", c->in_config);
	ew_doc_say(b, " that this configuration compiles");
	add_count(g, "not indexed", "failed", c->failed);
	add_count(g, "with parse errors", "with_errors", c->with_errors);
	add_count(g, "behind a prefix", "behind_prefix", c->behind_prefix);
}

static void add_calls(struct ew_group *g, const struct ew_coverage *c)
{
	struct ew_block *b;

	add_count(g, "functions", "functions", c->functions);
	add_count(g, "structs and unions", "records", c->records);
	add_count(g, "calls", "calls", c->calls);
	add_count(g, "  direct", "direct", c->direct);
	add_count(g, "  through a pointer", "pointer", c->pointer);
	b = ew_doc_field(g, "    resolved");
	ew_doc_int(b, EW_ROLE_GOOD, "pointer_resolved", c->pointer_resolved);
	b = ew_doc_field(g, "    not resolved");
	ew_doc_int(b, EW_ROLE_WARNING, "pointer_unresolved", c->pointer_unresolved);
	add_count(g, "stores of functions", "stores", c->stores);
	add_count(g, "flows of pointers", "flows", c->flows);
	add_count(g, "pointer targets", "edges", c->edges);
	add_count(g, "member accesses", "accesses", c->accesses);
	b = ew_doc_field(g, "index file");
	ew_doc_real(b, EW_ROLE_PLAIN, NULL, (double)c->bytes / (1 << 20), 1);
	ew_doc_say(b, " MiB");
	ew_doc_int(b, EW_ROLE_HIDDEN, "bytes", c->bytes);
}

static void add_troubled(struct ew_group *g, const GPtrArray *troubled)
{
	if (troubled->len)
		ew_doc_say(ew_doc_heading(g, 2), "Units that are not whole");
	struct ew_table *t = ew_doc_table(ew_doc_group(g, NULL, 2), "troubled");

	ew_table_column(t, "file", "unit", EW_ALIGN_LEFT);
	ew_table_column(t, "status", "status", EW_ALIGN_LEFT);
	ew_table_column(t, "reason", "first reason", EW_ALIGN_LEFT);
	for (guint i = 0; i < troubled->len; i++) {
		const struct ew_unit_report *u = g_ptr_array_index(troubled, i);
		struct ew_block *row = ew_table_row(t);

		ew_doc_text(row, EW_ROLE_PLACE, "file", u->file);
		ew_doc_text(row, EW_ROLE_WARNING, "status", u->status);
		ew_doc_text(row, EW_ROLE_PLAIN, "reason", u->reason);
		ew_doc_int(row, EW_ROLE_HIDDEN, "errors", u->errors);
	}
}

struct ew_doc *ew_view_coverage(struct ew_query *q, const struct ew_coverage *coverage)
{
	struct ew_doc *doc = ew_doc_new("exitwalk.coverage/1");
	struct ew_group *g = ew_doc_root(doc);
	const struct ew_query_about *about = ew_query_about(q);

	ew_doc_text(ew_doc_field(g, "tree"), EW_ROLE_PLAIN, "tree", about->tree);
	ew_doc_text(ew_doc_field(g, "made"), EW_ROLE_PLAIN, "made", about->made);
	ew_doc_text(ew_doc_field(g, "parser"), EW_ROLE_PLAIN, "parser", about->parser);
	add_units(g, coverage);
	add_calls(g, coverage);
	add_troubled(g, coverage->troubled);
	ew_view_provenance(g, q);
	return doc;
}
