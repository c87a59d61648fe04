/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Last-reference gates, one after the other: what counts, who takes it, what is reached at the last. */
#include "view/view.h"
#include <string.h>

enum { SHOWN = 6 };

static const struct ew_edge *first_call(const struct ew_gate_group *group)
{
	return g_ptr_array_index(group->calls, 0);
}

/* ---- what is behind the gate --------------------------------------------------------------------- */

static void add_for_programs(struct ew_block *b, const struct ew_edge *e)
{
	ew_doc_text(b, EW_ROLE_HIDDEN, "callee", e->callee ? e->callee->name : NULL);
	ew_doc_text(b, EW_ROLE_HIDDEN, "slot", e->slot);
	ew_doc_textf(b, EW_ROLE_HIDDEN, "site", "%s:%d", e->site.file, e->site.line);
}

/* The calls with their lines; each is an object for programs. */
static void add_calls(struct ew_group *g, const struct ew_view_ways *v, const struct ew_gate_group *group)
{
	struct ew_list *list = ew_doc_list(g, "calls", EW_LIST_PLAIN);
	struct ew_block *b = ew_doc_item(g, 4);
	guint shown = v->is_long || group->calls->len <= SHOWN + 1 ? group->calls->len : SHOWN;

	ew_doc_say(b, group->gate.is_beyond ? "on the way: " : v->path ? "then: " : "only then: ");
	for (guint i = 0; i < group->calls->len; i++) {
		const struct ew_edge *e = g_ptr_array_index(group->calls, i);

		add_for_programs(ew_doc_line(ew_list_entry(list)), e);
		if (i >= shown)
			continue;
		ew_doc_say(b, i ? ", " : "");
		if (e->callee)
			ew_doc_text(b, EW_ROLE_FUNCTION, NULL, e->callee->name);
		else
			ew_doc_text(b, EW_ROLE_FIELD, NULL, e->slot ? e->slot : "a call through a pointer");
		ew_doc_textf(b, EW_ROLE_FAINT, NULL, " :%d", e->site.line);
	}
	if (shown < group->calls->len)
		ew_doc_textf(b, EW_ROLE_FAINT, NULL, ", … and %u more (--long)", group->calls->len - shown);
}

/* ---- who holds ------------------------------------------------------------------------------------- */

static void add_takes(struct ew_group *g, const struct ew_view_ways *v, const char *member)
{
	g_autoptr(GPtrArray) takes = member ? ew_query_takes(v->q, member) : g_ptr_array_new();
	struct ew_list *list = ew_doc_list(g, "taken", EW_LIST_PLAIN);
	guint shown = v->is_long || takes->len <= SHOWN + 1 ? takes->len : SHOWN;
	struct ew_block *b = ew_doc_item(g, 4);

	if (member && !takes->len)
		ew_doc_text(b, EW_ROLE_FAINT, NULL, "where one is taken is not seen here");
	else if (takes->len)
		ew_doc_say(b, "taken in ");
	for (guint i = 0; i < takes->len; i++) {
		const struct ew_take *t = g_ptr_array_index(takes, i);
		struct ew_block *p = ew_doc_line(ew_list_entry(list));

		ew_doc_text(p, EW_ROLE_HIDDEN, "function", t->function->name);
		ew_doc_text(p, EW_ROLE_HIDDEN, "by", t->by);
		ew_doc_textf(p, EW_ROLE_HIDDEN, "place", "%s:%d", t->place.file, t->place.line);
		if (i >= shown)
			continue;
		ew_doc_say(b, i ? ", " : "");
		ew_doc_text(b, EW_ROLE_FUNCTION, NULL, t->function->name);
		ew_doc_textf(b, EW_ROLE_FAINT, NULL, " (%s at ", t->by);
		ew_doc_place(b, NULL, &t->place);
		ew_doc_text(b, EW_ROLE_FAINT, NULL, ")");
	}
	if (shown < takes->len)
		ew_doc_textf(b, EW_ROLE_FAINT, NULL, ", … and at %u places more (--long)", takes->len - shown);
}

/* ---- the answer ------------------------------------------------------------------------------------- */

static bool is_told(const GPtrArray *gates, guint i)
{
	const struct ew_gate_group *now = g_ptr_array_index(gates, i);

	while (i--) {
		const struct ew_gate_group *before = g_ptr_array_index(gates, i);

		if (before->gate.member && before->gate.member == now->gate.member)
			return true;
	}
	return false;
}

static void add_gate(struct ew_group *g, const struct ew_view_ways *v, const GPtrArray *gates, guint i)
{
	const struct ew_gate_group *group = g_ptr_array_index(gates, i);
	struct ew_block *b = ew_doc_item(g, 0);

	if (v->path) {
		ew_doc_text(b, EW_ROLE_FUNCTION, "function", first_call(group)->caller->name);
		ew_doc_say(b, ": ");
	} else {
		ew_doc_text(b, EW_ROLE_HIDDEN, "function", first_call(group)->caller->name);
	}
	ew_view_gate_words(b, &group->gate, true);
	add_calls(g, v, group);
	if (is_told(gates, i) && !v->is_long)
		ew_doc_text(ew_doc_line(g), EW_ROLE_HIDDEN, "taken", NULL);
	else
		add_takes(g, v, group->gate.member);
}

static void add_title(struct ew_group *g, const struct ew_view_ways *v)
{
	struct ew_block *title = ew_doc_heading(g, 1);

	ew_doc_text(title, EW_ROLE_FUNCTION, "from", v->from->name);
	if (v->to)
		ew_doc_say(title, " → ");
	ew_doc_text(title, EW_ROLE_FUNCTION, "to", v->to ? v->to->name : NULL);
	if (v->binding)
		ew_doc_say(title, " as ");
	ew_doc_text(title, EW_ROLE_STRONG, "binding", v->binding);
	if (!v->to) {
		ew_doc_say(title, "  ");
		ew_doc_place(title, "place", &v->from->place);
	}
}

static void add_head(struct ew_group *g, const struct ew_view_ways *v, guint count)
{
	struct ew_block *b = ew_doc_paragraph(g);
	bool is_followed = v->path || ew_query_is_followed(v->q, v->from);

	ew_doc_bool(b, EW_ROLE_HIDDEN, "followed", is_followed, NULL, NULL);
	ew_doc_int(b, count ? EW_ROLE_STRONG : EW_ROLE_HIDDEN, "count", count);
	if (count)
		ew_doc_sayf(b, " gate%s on %s, in the order of %s:", ew_view_plural(count),
			    v->path ? "the way" : "references", v->path ? "the way" : "the source");
	else if (is_followed)
		ew_doc_sayf(b, "No call %s depends on a last reference.", v->path ? "on this way" : "of it");
	if (!is_followed)
		ew_doc_text(ew_doc_note(g, EW_ROLE_WARNING), EW_ROLE_PLAIN, NULL,
			    "Its text cannot be followed here: an #if parts its braces, or the index has no text of it.");
}

struct ew_doc *ew_view_refs(const struct ew_view_ways *v, const GPtrArray *gates)
{
	struct ew_doc *doc = ew_doc_new("exitwalk.refs/1");
	struct ew_group *g = ew_doc_root(doc);

	add_title(g, v);
	add_head(g, v, gates->len);
	struct ew_list *list = ew_doc_list(g, "gates", EW_LIST_NUMBERS);
	for (guint i = 0; i < gates->len; i++)
		add_gate(ew_list_entry(list), v, gates, i);
	ew_view_provenance(g, v->q);
	return doc;
}
