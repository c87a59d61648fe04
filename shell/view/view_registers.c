/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a function's address goes. */
#include "view/view.h"
#include <string.h>

enum { CALLS_SHOWN = 6 };

static void add_mechanisms(struct ew_group *g, int indent, const struct ew_refs *refs,
			   const struct ew_way *w)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();

	for (guint i = 0; i < w->mechanisms->len; i++) {
		const char *name = g_ptr_array_index(w->mechanisms, i);
		const char *title = ew_view_when(refs, name);

		g_ptr_array_add(names, (gpointer)name);
		if (!strcmp(name, "now")) /* no work that is deferred */
			continue;
		struct ew_block *b = ew_doc_item(g, indent);
		ew_doc_text(b, EW_ROLE_DEFERRED, NULL, w->is_proved ? "later: " : "its slot serves ");
		ew_doc_text(b, EW_ROLE_DEFERRED, NULL, name);
		if (title)
			ew_doc_textf(b, EW_ROLE_DEFERRED, NULL, ", %s", title);
	}
	g_ptr_array_add(names, NULL);
	ew_doc_strings(ew_doc_item(g, indent), EW_ROLE_HIDDEN, "mechanisms",
		       (const char *const *)names->pdata, ", ");
}

static bool is_same_call(const struct ew_edge *a, const struct ew_edge *b)
{
	return a->caller->id == b->caller->id && !strcmp(a->site.file, b->site.file) && a->site.line == b->site.line &&
	       !strcmp(a->grade, b->grade) && !strcmp(a->when, b->when) && a->candidates == b->candidates;
}

/* How many calls from `i` on are alike: those that one line makes through several keys. */
static guint count_alike(const GPtrArray *calls, guint i)
{
	guint k = i + 1;

	while (k < calls->len && is_same_call(g_ptr_array_index(calls, i), g_ptr_array_index(calls, k)))
		k++;
	return k - i;
}

static void add_call(struct ew_group *entry, int indent, const struct ew_edge *e, guint times, bool is_shown)
{
	struct ew_block *b = ew_doc_item(entry, indent);

	ew_doc_text(b, is_shown ? EW_ROLE_FUNCTION : EW_ROLE_HIDDEN, "caller", e->caller->name);
	if (is_shown) {
		ew_doc_say(b, "  ");
		ew_doc_place(b, "site", &e->site);
		ew_doc_text(b, EW_ROLE_FAINT, NULL, "  ");
	} else {
		ew_doc_textf(b, EW_ROLE_HIDDEN, "site", "%s:%d", e->site.file, e->site.line);
	}
	ew_doc_text(b, is_shown ? EW_ROLE_FAINT : EW_ROLE_HIDDEN, "grade", e->grade);
	if (times > 1 && is_shown)
		ew_doc_textf(b, EW_ROLE_FAINT, NULL, ", %u calls", times);
	ew_doc_int(b, EW_ROLE_HIDDEN, "times", times);
	ew_doc_text(b, EW_ROLE_HIDDEN, "when", e->when);
	ew_doc_int(b, EW_ROLE_HIDDEN, "candidates", e->candidates);
}

static void add_calls(struct ew_group *g, int indent, const struct ew_symbol *f, const GPtrArray *calls)
{
	struct ew_list *list = ew_doc_list(g, "calls", EW_LIST_PLAIN);
	guint lines = 0, line = 0, times;

	for (guint i = 0; i < calls->len; i += count_alike(calls, i))
		lines++;
	for (guint i = 0; i < calls->len; i += times, line++) {
		times = count_alike(calls, i);
		add_call(ew_list_entry(list), indent, g_ptr_array_index(calls, i), times,
			 line < CALLS_SHOWN || lines == CALLS_SHOWN + 1);
	}
	if (lines > CALLS_SHOWN + 1)
		ew_doc_textf(ew_doc_item(g, indent), EW_ROLE_FAINT, NULL,
			     "… and %u more; \"exitwalk callers %s\" lists all", lines - CALLS_SHOWN, f->name);
}

/* Of several keys the flows are shown as they lead to the first. */
static void add_keys(struct ew_group *g, const struct ew_way *w)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	bool is_shown = w->keys->len > 1;
	struct ew_block *b;

	g_ptr_array_extend(names, w->keys, NULL, NULL);
	g_ptr_array_add(names, NULL);
	b = ew_doc_item(g, 8);
	if (is_shown)
		ew_doc_say(b, "the keys: ");
	ew_doc_strings(b, is_shown ? EW_ROLE_FIELD : EW_ROLE_HIDDEN, "keys", (const char *const *)names->pdata, ", ");
}

static void add_way(struct ew_group *g, const struct ew_refs *refs, const struct ew_symbol *f,
		    const struct ew_way *w)
{
	for (guint i = 0; i < w->steps->len; i++) {
		const struct ew_step *step = g_ptr_array_index(w->steps, i);
		struct ew_block *b = ew_doc_item(g, 6);

		ew_doc_text(b, EW_ROLE_CODE, NULL, step->text);
		ew_doc_say(b, "  ");
		ew_doc_place(b, NULL, &step->place);
		if (w->keys->len > 1 && strstr(step->text, w->slot))
			ew_doc_sayf(b, ", and so for the other %s", w->keys->len == 2 ? "key" : "keys");
	}
	struct ew_list *steps = ew_doc_list(g, "steps", EW_LIST_PLAIN);
	for (guint i = 0; i < w->steps->len; i++) {
		const struct ew_step *step = g_ptr_array_index(w->steps, i);
		struct ew_block *b = ew_doc_line(ew_list_entry(steps));

		ew_doc_text(b, EW_ROLE_HIDDEN, "text", step->text);
		ew_doc_textf(b, EW_ROLE_HIDDEN, "place", "%s:%d", step->place.file, step->place.line);
	}
	struct ew_block *b = ew_doc_item(g, 6);
	ew_doc_int(b, EW_ROLE_STRONG, "sites", w->sites);
	ew_doc_sayf(b, " call%s through ", w->sites == 1 ? " goes" : "s go");
	if (w->keys->len > 1)
		ew_doc_sayf(b, "these %u keys", w->keys->len);
	ew_doc_text(b, w->keys->len > 1 ? EW_ROLE_HIDDEN : EW_ROLE_FIELD, "slot", w->slot);
	if (!w->calls->len)
		ew_doc_text(b, EW_ROLE_WARNING, NULL, w->sites == 1 ? "; it does not find it there: other objects, or another mechanism"
							   : "; none of them finds it there: other objects, or another mechanism");
	else if ((int)w->calls->len == w->sites)
		ew_doc_say(b, w->sites == 1 ? " and can find it there:" : " and all can find it there:");
	else
		ew_doc_sayf(b, "; %u of them can find it there:", w->calls->len);
	add_mechanisms(g, 8, refs, w);
	add_calls(g, 8, f, w->calls);
	add_keys(g, w);
}

static void add_registration(struct ew_group *g, const struct ew_refs *refs, const struct ew_symbol *f,
			     const struct ew_registration *r)
{
	struct ew_block *b = ew_doc_item(g, 2);

	ew_doc_text(b, EW_ROLE_FIELD, "slot", r->slot);
	if (r->object)
		ew_doc_say(b, " of ");
	ew_doc_text(b, EW_ROLE_VARIABLE, "object", r->object);
	ew_doc_say(b, "  ");
	ew_doc_place(b, "place", &r->place);
	if (r->function)
		ew_doc_say(b, " in ");
	ew_doc_text(b, EW_ROLE_FUNCTION, "function", r->function);
	ew_doc_text(b, EW_ROLE_FAINT, NULL, ", by ");
	ew_doc_text(b, EW_ROLE_FAINT, "how", r->how);
	if (r->macro)
		ew_doc_text(b, EW_ROLE_FAINT, NULL, ", written in the macro ");
	ew_doc_text(b, EW_ROLE_FAINT, "macro", r->macro);
	if (!r->ways->len)
		ew_doc_text(ew_doc_item(g, 6), EW_ROLE_WARNING, NULL,
			    "no call in this index goes through a slot that it comes to from here");
	struct ew_list *ways = ew_doc_list(g, "ways", EW_LIST_PLAIN);
	for (guint i = 0; i < r->ways->len; i++)
		add_way(ew_list_entry(ways), refs, f, g_ptr_array_index(r->ways, i));
}

struct ew_doc *ew_view_registers(const struct ew_view_question *v, const GPtrArray *registrations)
{
	guint shown = v->limit ? MIN((guint)v->limit, registrations->len) : registrations->len;
	struct ew_doc *doc = ew_doc_new("exitwalk.registers/1");
	struct ew_group *g = ew_doc_root(doc);
	struct ew_block *title = ew_doc_heading(ew_doc_group(g, "function", 0), 1);

	ew_doc_text(title, EW_ROLE_FUNCTION, "name", v->f->name);
	ew_doc_say(title, "  ");
	ew_doc_place(title, "place", &v->f->place);
	struct ew_block *head = ew_doc_paragraph(g);
	if (registrations->len) {
		ew_doc_say(head, "Its address is stored at ");
		ew_doc_int(head, EW_ROLE_STRONG, "stores", registrations->len);
		ew_doc_sayf(head, " place%s:", ew_view_plural(registrations->len));
	} else {
		ew_doc_say(head, "Its address is never taken in this index: it is called directly, or not at all.");
		ew_doc_int(head, EW_ROLE_HIDDEN, "stores", 0);
	}
	struct ew_list *list = ew_doc_list(g, "registrations", EW_LIST_PLAIN);
	for (guint i = 0; i < shown; i++)
		add_registration(ew_list_entry(list), v->refs, v->f, g_ptr_array_index(registrations, i));
	if (shown < registrations->len)
		ew_doc_sayf(ew_doc_note(g, EW_ROLE_WARNING), "… and %u more: --limit %u cut the answer.",
			    registrations->len - shown, shown);
	ew_doc_bool(ew_doc_paragraph(g), EW_ROLE_HIDDEN, "more", shown < registrations->len, NULL, NULL);
	ew_view_provenance(g, v->q);
	return doc;
}
