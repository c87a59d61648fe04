/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The same way in two indexes, hop by hop. */
#include "view/view.h"
#include <string.h>

static const struct {
	const char *name, *sign, *noun;
	enum ew_role role;
} statuses[] = {
	[EW_DIFF_SAME] = {"same", "  ", "the same", EW_ROLE_FAINT},
	[EW_DIFF_CHANGED] = {"changed", "~ ", "changed", EW_ROLE_WARNING},
	[EW_DIFF_RENAMED] = {"renamed", "~ ", "renamed", EW_ROLE_WARNING},
	[EW_DIFF_REMOVED] = {"removed", "- ", "removed", EW_ROLE_BAD},
	[EW_DIFF_ADDED] = {"added", "+ ", "added", EW_ROLE_GOOD},
};

static bool is_later(const struct ew_edge *e)
{
	return g_strcmp0(e->when, "now") != 0;
}

static void say_hop(struct ew_block *b, const struct ew_diff_hop *h, int which)
{
	const struct ew_edge *e = h->edge[which];

	ew_doc_text(b, EW_ROLE_FUNCTION, NULL, h->from[which]->name);
	if (is_later(e))
		ew_doc_text(b, EW_ROLE_DEFERRED, NULL, " ┄▶ ");
	else
		ew_doc_say(b, " → ");
	ew_doc_text(b, EW_ROLE_FUNCTION, NULL, e->callee->name);
}

static void add_side(struct ew_group *g, const char *key, const struct ew_diff_hop *h, int which)
{
	const struct ew_edge *e = h->edge[which];
	struct ew_group *inner;
	struct ew_block *b;
	g_autofree char *site = NULL;

	if (!e) {
		ew_doc_text(ew_doc_line(g), EW_ROLE_HIDDEN, key, NULL);
		return;
	}
	inner = ew_doc_group(g, key, 0);
	b = ew_doc_line(inner);
	site = g_strdup_printf("%s:%d", e->site.file, e->site.line);
	ew_doc_text(b, EW_ROLE_HIDDEN, "caller", h->from[which]->name);
	ew_doc_text(b, EW_ROLE_HIDDEN, "callee", e->callee->name);
	ew_doc_text(b, EW_ROLE_HIDDEN, "site", site);
	ew_doc_text(b, EW_ROLE_HIDDEN, "kind", e->is_pointer ? "pointer" : "direct");
	ew_doc_text(b, EW_ROLE_HIDDEN, "when", e->when);
	ew_doc_text(b, EW_ROLE_HIDDEN, "slot", e->slot);
	ew_doc_text(b, EW_ROLE_HIDDEN, "container", e->container);
}

static void add_hop(struct ew_group *g, const struct ew_diff_hop *h)
{
	struct ew_block *b = ew_doc_item(g, h->is_queueing ? 6 : 2);
	int first = h->edge[0] ? 0 : 1;
	g_autoptr(GPtrArray) remarks = g_ptr_array_new();

	ew_doc_text(b, statuses[h->status].role, NULL, statuses[h->status].sign);
	ew_doc_text(b, EW_ROLE_HIDDEN, "status", statuses[h->status].name);
	ew_doc_text(b, EW_ROLE_HIDDEN, "part", h->is_queueing ? "queued" : "way");
	if (h->status == EW_DIFF_RENAMED || h->status == EW_DIFF_CHANGED)
		ew_doc_textf(b, statuses[h->status].role, NULL, "%s: ", statuses[h->status].name);
	say_hop(b, h, first);
	if (h->status == EW_DIFF_RENAMED) {
		ew_doc_say(b, ", now ");
		say_hop(b, h, 1);
	}
	ew_doc_say(b, "  ");
	ew_doc_place(b, NULL, &h->edge[first]->site);
	if (!first && h->edge[1]) {
		ew_doc_say(b, " | ");
		ew_doc_place(b, NULL, &h->edge[1]->site);
	}
	for (guint i = 0; i < h->remarks->len; i++) {
		g_ptr_array_add(remarks, g_ptr_array_index(h->remarks, i));
		ew_doc_text(ew_doc_item(g, h->is_queueing ? 10 : 6), EW_ROLE_PLAIN, NULL,
			    g_ptr_array_index(h->remarks, i));
	}
	g_ptr_array_add(remarks, NULL);
	ew_doc_strings(ew_doc_line(g), EW_ROLE_HIDDEN, "remarks", (const char *const *)remarks->pdata, "; ");
	add_side(g, "a", h, 0);
	add_side(g, "b", h, 1);
}

static void say_counts(struct ew_group *g, const struct ew_diff *d)
{
	struct ew_block *b = ew_doc_paragraph(ew_doc_group(g, "counts", 0));
	bool is_first = true;

	for (size_t i = 0; i < G_N_ELEMENTS(statuses); i++) {
		enum ew_role role = d->count[i] ? EW_ROLE_PLAIN : EW_ROLE_HIDDEN;

		if (d->count[i] && !is_first)
			ew_doc_say(b, ", ");
		ew_doc_int(b, role, statuses[i].name, d->count[i]);
		if (d->count[i])
			ew_doc_sayf(b, " %s", statuses[i].noun);
		is_first &= !d->count[i];
	}
	ew_doc_say(b, ". Before | the place in the first, behind it that in the second.");
}

static void add_about(struct ew_group *g, const char *key, const struct ew_diff *d, int which)
{
	struct ew_group *inner = ew_doc_group(g, key, 0);

	ew_doc_int(ew_doc_line(inner), EW_ROLE_HIDDEN, "hops", d->path[which]->hops->len);
	ew_view_provenance(inner, d->query[which]);
}

/* Bindings that narrow the way in both. */
static void say_narrowing(struct ew_group *g, const struct ew_diff *d, const char *question)
{
	const GPtrArray *x = d->path[0]->would_narrow, *y = d->path[1]->would_narrow;
	g_autoptr(GPtrArray) names = g_ptr_array_new();

	for (guint i = 0; i < x->len; i++)
		for (guint k = 0; k < y->len; k++)
			if (!strcmp(g_ptr_array_index(x, i), g_ptr_array_index(y, k)))
				g_ptr_array_add(names, g_ptr_array_index(x, i));
	g_ptr_array_add(names, NULL);
	ew_view_narrowing(g, (const char *const *)names->pdata, question);
}

struct ew_doc *ew_view_diff(const struct ew_diff *d, const char *a, const char *b)
{
	struct ew_doc *doc = ew_doc_new("exitwalk.diff/1");
	struct ew_group *g = ew_doc_root(doc);
	struct ew_block *title = ew_doc_heading(g, 1);
	const GPtrArray *hops = d->path[0]->hops;
	const struct ew_hop *last = g_ptr_array_index(hops, hops->len - 1);
	const char *from = ew_hop_from(g_ptr_array_index(hops, 0))->name, *to = last->edge->callee->name;
	const char *binding = d->path[0]->binding;
	g_autofree char *question = g_strdup_printf("diff %s %s --path %s %s", a, b, from, to);
	struct ew_list *list;

	ew_doc_text(title, EW_ROLE_FUNCTION, "from", from);
	ew_doc_say(title, " → ");
	ew_doc_text(title, EW_ROLE_FUNCTION, "to", to);
	if (binding)
		ew_doc_say(title, " as ");
	ew_doc_text(title, EW_ROLE_STRONG, "binding", binding);
	ew_doc_sayf(title, ": %s, then %s", ew_query_about(d->query[0])->release,
		    ew_query_about(d->query[1])->release);
	say_counts(g, d);
	list = ew_doc_list(g, "hops", EW_LIST_PLAIN);
	for (guint i = 0; i < d->hops->len; i++)
		add_hop(ew_list_entry(list), g_ptr_array_index(d->hops, i));
	if (d->count[EW_DIFF_SAME] == (int)d->hops->len)
		ew_doc_say(ew_doc_note(g, EW_ROLE_GOOD), "The ways do not differ.");
	say_narrowing(g, d, question);
	add_about(g, "a", d, 0);
	add_about(g, "b", d, 1);
	return doc;
}
