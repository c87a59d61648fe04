/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calls through a pointer without a target, by the reason and the slot; how well the others are told apart. */
#include "view/view.h"
#include <string.h>

/* ---- without a target: a group a reason, in it a group a slot ---------------------------------- */

static const struct ew_site *site_at(const GPtrArray *sites, guint i)
{
	return g_ptr_array_index(sites, i);
}

/* Where the sites end that stand together with the one at `from`. */
static guint end_of_reason(const GPtrArray *sites, guint from)
{
	guint end = from;

	while (end < sites->len && site_at(sites, end)->reason == site_at(sites, from)->reason)
		end++;
	return end;
}

static guint end_of_slot(const GPtrArray *sites, guint from, guint limit)
{
	guint end = from;

	while (end < limit && !g_strcmp0(site_at(sites, end)->slot, site_at(sites, from)->slot))
		end++;
	return end;
}

static void add_site(struct ew_group *g, const struct ew_site *s)
{
	struct ew_block *b = ew_doc_item(g, 6);

	ew_doc_text(b, EW_ROLE_FUNCTION, "caller", s->caller->name);
	ew_doc_say(b, "  ");
	ew_doc_place(b, "site", &s->place);
	if (s->macro)
		ew_doc_text(b, EW_ROLE_FAINT, NULL, ", written in the macro ");
	ew_doc_text(b, EW_ROLE_FAINT, "macro", s->macro);
	if (s->origin)
		ew_doc_text(b, EW_ROLE_FAINT, NULL, ", from ");
	ew_doc_text(b, EW_ROLE_FAINT, "origin", s->origin);
	ew_doc_bool(b, EW_ROLE_WARNING, "compiled", s->is_compiled, NULL, ", not compiled");
	ew_doc_int(b, EW_ROLE_HIDDEN, "by_signature", s->by_signature);
	ew_doc_int(b, EW_ROLE_HIDDEN, "by_slot", s->by_slot);
}

static void add_slot(struct ew_group *g, const GPtrArray *sites, guint from, guint end, guint whole)
{
	const struct ew_site *s = site_at(sites, from);
	struct ew_block *b = ew_doc_item(g, 4);

	ew_doc_text(b, EW_ROLE_FIELD, "slot", s->slot);
	if (!s->slot)
		ew_doc_text(b, EW_ROLE_FAINT, NULL, "an expression without a name");
	if (whole - from > 1)
		ew_doc_textf(b, EW_ROLE_FAINT, NULL, "  %u calls", whole - from);
	ew_doc_int(b, EW_ROLE_HIDDEN, "count", whole - from);
	struct ew_list *list = ew_doc_list(g, "sites", EW_LIST_PLAIN);
	for (guint i = from; i < end; i++)
		add_site(ew_list_entry(list), site_at(sites, i));
}

static void add_reason(struct ew_group *g, const GPtrArray *sites, guint from, guint end, int limit)
{
	guint shown = limit ? MIN(end, from + (guint)limit) : end;
	struct ew_block *b = ew_doc_heading(g, 2);

	ew_doc_int(b, EW_ROLE_STRONG, "count", end - from);
	ew_doc_say(b, ": ");
	ew_doc_text(b, EW_ROLE_HIDDEN, "reason", ew_site_reason_name(site_at(sites, from)->reason));
	ew_doc_text(b, EW_ROLE_PLAIN, "text", ew_site_reason_text(site_at(sites, from)->reason));
	struct ew_list *list = ew_doc_list(g, "slots", EW_LIST_PLAIN);
	for (guint i = from, next; i < shown; i = next) {
		guint whole = end_of_slot(sites, i, end);

		next = MIN(whole, shown);
		add_slot(ew_list_entry(list), sites, i, next, whole);
	}
	if (shown < end)
		ew_doc_sayf(ew_doc_note(g, EW_ROLE_WARNING), "… and %u more: --limit %d cut the answer.",
			    end - shown, limit);
	ew_doc_bool(ew_doc_paragraph(g), EW_ROLE_HIDDEN, "more", shown < end, NULL, NULL);
}

struct ew_doc *ew_view_unresolved(struct ew_query *q, const GPtrArray *sites, const char *scope, int limit)
{
	struct ew_doc *doc = ew_doc_new("exitwalk.unresolved/1");
	struct ew_group *g = ew_doc_root(doc);
	struct ew_block *b = ew_doc_paragraph(g);

	ew_doc_text(b, EW_ROLE_HIDDEN, "scope", scope);
	ew_doc_int(b, EW_ROLE_STRONG, "count", sites->len);
	ew_doc_sayf(b, " call%s through a pointer %s no target", ew_view_plural(sites->len),
		    sites->len == 1 ? "has" : "have");
	ew_doc_say(b, scope ? " in files of " : " in this index");
	ew_doc_text(b, EW_ROLE_PLAIN, NULL, scope);
	ew_doc_say(b, sites->len ? ":" : ".");
	struct ew_list *list = ew_doc_list(g, "reasons", EW_LIST_PLAIN);
	for (guint i = 0, end; i < sites->len; i = end) {
		end = end_of_reason(sites, i);
		add_reason(ew_list_entry(list), sites, i, end, limit);
	}
	ew_view_provenance(g, q);
	return doc;
}

/* ---- coverage of calls through a pointer ------------------------------------------------------- */

/* What has been published of another release: an analysis of clang's code, unresolved calls left out. */
#define PUBLISHED_OF	 "6.5 x86_64 defconfig"
#define PUBLISHED_MEAN	 4.41
#define PUBLISHED_MEDIAN 1.0
#define PUBLISHED_SINGLE 51.3

static double percent(int64_t part, int64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0;
}

static void add_share(struct ew_group *g, const char *title, const char *key, const char *share_key,
		      int64_t part, int64_t whole)
{
	struct ew_block *b = ew_doc_field(g, title);

	ew_doc_int(b, EW_ROLE_PLAIN, key, part);
	ew_doc_say(b, "  ");
	ew_doc_real(b, EW_ROLE_FAINT, share_key, percent(part, whole), 1);
	ew_doc_text(b, EW_ROLE_FAINT, NULL, " %");
}

static void add_sites(struct ew_group *g, const struct ew_pointer_coverage *c)
{
	int compiled = c->sites - c->dead;

	ew_doc_say(ew_doc_heading(g, 2), "Calls through a pointer");
	ew_doc_int(ew_doc_field(g, "in the source"), EW_ROLE_PLAIN, "sites", c->sites);
	ew_doc_int(ew_doc_field(g, "not compiled"), EW_ROLE_PLAIN, "dead", c->dead);
	ew_doc_int(ew_doc_field(g, "compiled"), EW_ROLE_STRONG, "compiled", compiled);
	add_share(g, "with a target", "resolved", "resolved_percent", c->resolved, compiled);
	add_share(g, "without", "unresolved", "unresolved_percent", compiled - c->resolved, compiled);
}

static void add_number(struct ew_block *row, const char *key, double value, int decimals)
{
	ew_doc_real(row, EW_ROLE_PLAIN, key, value, decimals);
}

static struct ew_block *add_measure(struct ew_table *t, const char *what)
{
	struct ew_block *row = ew_table_row(t);

	ew_doc_text(row, EW_ROLE_PLAIN, "what", what);
	return row;
}

static void add_comparison(struct ew_group *g, const struct ew_pointer_coverage *c)
{
	struct ew_block *row;

	ew_doc_say(ew_doc_heading(g, 2), "Targets of a call that has one");
	struct ew_table *t = ew_doc_table(ew_doc_group(g, NULL, 2), "targets");
	ew_table_column(t, "what", "", EW_ALIGN_LEFT);
	ew_table_column(t, "here", "here", EW_ALIGN_RIGHT);
	ew_table_column(t, "plain", "without static calls", EW_ALIGN_RIGHT);
	ew_table_column(t, "published", "published", EW_ALIGN_RIGHT);
	row = add_measure(t, "mean");
	add_number(row, "here", c->mean, 2);
	add_number(row, "plain", c->plain.mean, 2);
	add_number(row, "published", PUBLISHED_MEAN, 2);
	row = add_measure(t, "median");
	add_number(row, "here", c->median, 1);
	add_number(row, "plain", c->plain.median, 1);
	add_number(row, "published", PUBLISHED_MEDIAN, 1);
	row = add_measure(t, "with exactly one, %");
	add_number(row, "here", percent(c->single, c->resolved), 1);
	add_number(row, "plain", percent(c->plain.single, c->plain.resolved), 1);
	add_number(row, "published", PUBLISHED_SINGLE, 1);
	row = add_measure(t, "candidates by signature alone, mean");
	add_number(row, "here", c->mean_by_signature, 1);
	row = add_measure(t, "candidates by slot alone, mean");
	add_number(row, "here", c->mean_by_slot, 2);
	ew_doc_int(ew_doc_item(g, 2), EW_ROLE_HIDDEN, "single", c->single);
	ew_doc_int(ew_doc_item(g, 2), EW_ROLE_HIDDEN, "plain_resolved", c->plain.resolved);
	ew_doc_int(ew_doc_item(g, 2), EW_ROLE_HIDDEN, "plain_single", c->plain.single);
	ew_doc_int(ew_doc_item(g, 2), EW_ROLE_HIDDEN, "edges", c->targets);
	ew_doc_say(ew_doc_paragraph(g),
		   "Published: multi-layer type analysis of Linux " PUBLISHED_OF ", as reported, not measured "
		   "here. Like for like is the column without static calls (tracepoints, hooks of security modules): the "
		   "compiler makes direct calls of these. Both leave out calls without a target. They differ in what a call is: here one that "
		   "stands in the source and is compiled, an inline function's once; there one in the compiler's "
		   "code, an inline function's once for each copy. The release and the units differ as well.");
}

static void add_grades(struct ew_group *g, const struct ew_pointer_coverage *c)
{
	static const struct {
		int grade;
		const char *title, *key;
	} rows[] = {
		{4, "the object around it", "part"},
		{3, "the object", "object"},
		{2, "the member", "member"},
		{1, "the signature", "signature"},
		{0, "a flow, no member", "flow"},
	};

	ew_doc_say(ew_doc_heading(g, 2), "What held of every target of a call");
	struct ew_group *o = ew_doc_group(g, "grades", 0);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *key = g_strdup_printf("%s_percent", rows[i].key);

		if (c->grades[rows[i].grade] || rows[i].grade != 1)
			add_share(o, rows[i].title, rows[i].key, key, c->grades[rows[i].grade], c->resolved);
	}
	ew_doc_say(ew_doc_heading(g, 2), "Types");
	o = ew_doc_group(g, "types", 0);
	add_share(o, "targets of another type than is called", "differing", "differing_percent", c->differing,
		  c->targets);
}

static void add_reasons(struct ew_group *g, const struct ew_pointer_coverage *c)
{
	int order[EW_REASONS], n = 0;

	for (int i = 0; i < EW_REASONS; i++) {
		int at = n;

		if (!c->reasons[i])
			continue;
		while (at && c->reasons[order[at - 1]] < c->reasons[i])
			at--;
		memmove(order + at + 1, order + at, (size_t)(n++ - at) * sizeof *order);
		order[at] = i;
	}
	if (n)
		ew_doc_say(ew_doc_heading(g, 2), "Why a call has none");
	struct ew_table *t = ew_doc_table(ew_doc_group(g, NULL, 2), "reasons");
	ew_table_column(t, "count", "calls", EW_ALIGN_RIGHT);
	ew_table_column(t, "text", "reason", EW_ALIGN_LEFT);
	for (int i = 0; i < n; i++) {
		struct ew_block *row = ew_table_row(t);

		ew_doc_int(row, EW_ROLE_PLAIN, "count", c->reasons[order[i]]);
		ew_doc_text(row, EW_ROLE_PLAIN, "text", ew_site_reason_text(order[i]));
		ew_doc_text(row, EW_ROLE_HIDDEN, "reason", ew_site_reason_name(order[i]));
	}
}

static void add_widest(struct ew_group *g, const GPtrArray *widest)
{
	if (widest->len)
		ew_doc_say(ew_doc_heading(g, 2), "Calls with most targets");
	struct ew_table *t = ew_doc_table(ew_doc_group(g, NULL, 2), "widest");
	ew_table_column(t, "targets", "targets", EW_ALIGN_RIGHT);
	ew_table_column(t, "caller", "caller", EW_ALIGN_LEFT);
	ew_table_column(t, "slot", "through", EW_ALIGN_LEFT);
	ew_table_column(t, "site", "where", EW_ALIGN_LEFT);
	for (guint i = 0; i < widest->len; i++) {
		const struct ew_site *s = site_at(widest, i);
		struct ew_block *row = ew_table_row(t);

		ew_doc_int(row, EW_ROLE_PLAIN, "targets", s->targets);
		ew_doc_text(row, EW_ROLE_FUNCTION, "caller", s->caller ? s->caller->name : NULL);
		ew_doc_text(row, EW_ROLE_FIELD, "slot", s->slot);
		ew_doc_place(row, "site", &s->place);
		ew_doc_int(row, EW_ROLE_HIDDEN, "by_signature", s->by_signature);
		ew_doc_int(row, EW_ROLE_HIDDEN, "by_slot", s->by_slot);
		ew_doc_int(row, EW_ROLE_HIDDEN, "by_object", s->by_object);
		ew_doc_bool(row, EW_ROLE_HIDDEN, "open", s->is_open, NULL, NULL);
	}
}

struct ew_doc *ew_view_pointer_coverage(struct ew_query *q, const struct ew_pointer_coverage *c)
{
	struct ew_doc *doc = ew_doc_new("exitwalk.coverage.pointers/1");
	struct ew_group *g = ew_doc_root(doc);

	add_sites(g, c);
	add_comparison(g, c);
	add_grades(g, c);
	add_reasons(g, c);
	add_widest(g, c->widest);
	ew_view_provenance(g, q);
	return doc;
}
