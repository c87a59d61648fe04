/* SPDX-License-Identifier: GPL-3.0-or-later */
/* callers and callees. */
#include "view/view.h"
#include <string.h>

/* ---- parts of an edge ------------------------------------------------------------------------ */

static void add_when(struct ew_block *b, const struct ew_refs *refs, const struct ew_edge *e)
{
	const char *title = ew_view_when(refs, e->when);

	if (!g_strcmp0(e->when, "now")) {
		ew_doc_text(b, EW_ROLE_HIDDEN, "when", e->when);
		return;
	}
	ew_doc_say(b, ", ");
	ew_doc_text(b, EW_ROLE_DEFERRED, NULL, "later: ");
	ew_doc_text(b, EW_ROLE_DEFERRED, "when", e->when);
	if (title)
		ew_doc_textf(b, EW_ROLE_DEFERRED, NULL, ", %s", title);
}

static void add_hidden(struct ew_block *b, const struct ew_edge *e)
{
	ew_doc_text(b, EW_ROLE_HIDDEN, "kind", e->is_pointer ? "pointer" : "direct");
	ew_doc_bool(b, EW_ROLE_HIDDEN, "compiled", e->is_compiled, NULL, NULL);
	ew_doc_text(b, EW_ROLE_HIDDEN, "macro", e->macro);
	ew_doc_text(b, EW_ROLE_HIDDEN, "condition", e->condition);
	ew_doc_text(b, EW_ROLE_HIDDEN, "stored_under", e->stored_under);
}

static void add_macro(struct ew_group *g, int indent, const struct ew_edge *e)
{
	if (e->macro)
		ew_doc_textf(ew_doc_item(g, indent), EW_ROLE_FAINT, NULL, "written in the macro %s",
			     e->macro);
}

void ew_view_not_compiled(struct ew_group *g, int indent, const struct ew_edge *e)
{
	struct ew_block *b;

	if (e->is_compiled)
		return;
	b = ew_doc_item(g, indent);
	if (!e->stored_under) {
		ew_doc_text(b, EW_ROLE_WARNING, NULL, "not compiled: this configuration makes the condition false");
		return;
	}
	ew_doc_textf(b, EW_ROLE_WARNING, NULL, "not compiled: %s comes there only %s", e->callee->name,
		     ew_view_under(e->stored_under));
	ew_doc_text(b, EW_ROLE_CODE, NULL, e->stored_under);
}

void ew_view_ambiguous(struct ew_group *g, int indent, struct ew_query *q, const struct ew_edge *e)
{
	if (ew_query_is_ambiguous(q, e))
		ew_doc_bool(ew_doc_item(g, indent), EW_ROLE_WARNING, "ambiguous", true,
			    "several units define a function of this name: nothing says which is meant", NULL);
}

static void add_circumstances(struct ew_group *g, int indent, const struct ew_edge *e)
{
	add_macro(g, indent, e);
	if (e->condition) {
		struct ew_block *b = ew_doc_item(g, indent);

		ew_doc_text(b, EW_ROLE_FAINT, NULL, ew_view_under(e->condition));
		ew_doc_text(b, EW_ROLE_CODE, NULL, e->condition);
	}
	ew_view_not_compiled(g, indent, e);
}

/* "because socket_file_ops stores it there at net/socket.c:157 (layers:2, 1 of 87 targets)" */
static void add_because(struct ew_block *b, const struct ew_edge *e)
{
	ew_doc_say(b, "because ");
	if (e->container) {
		ew_doc_text(b, EW_ROLE_VARIABLE, "container", e->container);
		ew_doc_say(b, " stores it there");
	} else {
		ew_doc_text(b, EW_ROLE_HIDDEN, "container", NULL);
		ew_doc_say(b, "it is stored there");
	}
	if (e->store.file)
		ew_doc_say(b, " at ");
	ew_doc_place(b, "store", &e->store);
	if (e->stores > 1)
		ew_doc_sayf(b, " and at %d more place%s", e->stores - 1, ew_view_plural(e->stores - 1));
	ew_doc_int(b, EW_ROLE_HIDDEN, "stores", MAX(e->stores, 1));
	ew_doc_text(b, EW_ROLE_FAINT, NULL, " (");
	ew_doc_text(b, EW_ROLE_FAINT, "grade", e->grade);
	if (e->called_type)
		ew_doc_text(b, EW_ROLE_WARNING, NULL, ", of another type");
	if (e->candidates > 1)
		ew_doc_textf(b, EW_ROLE_FAINT, NULL, ", 1 of %d targets", e->candidates);
	ew_doc_text(b, EW_ROLE_FAINT, NULL, ")");
	ew_doc_int(b, EW_ROLE_HIDDEN, "candidates", e->candidates);
}

/* ---- callers --------------------------------------------------------------------------------- */

static void add_caller(struct ew_group *g, const struct ew_view_question *v, const struct ew_edge *e)
{
	int indent = 4 * e->depth - 2;
	struct ew_block *b = ew_doc_item(g, indent);

	ew_doc_text(b, EW_ROLE_FUNCTION, "caller", e->caller->name);
	ew_doc_text(b, EW_ROLE_HIDDEN, "callee", e->callee->name);
	ew_doc_say(b, e->is_pointer ? " calls it through " : "  ");
	ew_doc_text(b, EW_ROLE_FIELD, "slot", e->slot);
	ew_view_chain(b, e);
	ew_doc_say(b, e->is_pointer ? " at " : "");
	ew_doc_place(b, "site", &e->site);
	add_when(b, v->refs, e);
	add_hidden(b, e);
	ew_doc_int(b, EW_ROLE_HIDDEN, "depth", e->depth);
	if (e->is_pointer)
		add_because(ew_doc_item(g, indent + 4), e);
	else
		ew_doc_text(b, EW_ROLE_HIDDEN, "grade", e->grade);
	ew_view_ambiguous(g, indent + 4, v->q, e);
	add_circumstances(g, indent + 4, e);
}

static void add_function(struct ew_group *g, const struct ew_symbol *f)
{
	struct ew_block *b = ew_doc_heading(ew_doc_group(g, "function", 0), 1);

	ew_doc_text(b, EW_ROLE_FUNCTION, "name", f->name);
	ew_doc_say(b, "  ");
	ew_doc_place(b, "place", &f->place);
	ew_doc_text(b, EW_ROLE_HIDDEN, "type", f->type);
}

static void add_end(struct ew_group *g, const struct ew_view_question *v)
{
	if (v->more) {
		struct ew_block *b = ew_doc_note(g, EW_ROLE_WARNING);

		ew_doc_sayf(b, "There is more: --limit %d cut the answer.", v->limit);
	}
	ew_doc_bool(ew_doc_paragraph(g), EW_ROLE_HIDDEN, "more", v->more, NULL, NULL);
	if (v->binding)
		ew_doc_text(ew_doc_paragraph(g), EW_ROLE_HIDDEN, "binding", v->binding);
	ew_view_provenance(g, v->q);
}

/* Others of its name have callers of their own. */
static void add_twins(struct ew_group *g, const struct ew_view_question *v)
{
	g_autoptr(GPtrArray) twins = ew_query_twins(v->q, v->f);

	if (!twins->len)
		return;
	ew_doc_sayf(ew_doc_note(g, EW_ROLE_WARNING),
		    "%u units define a function of this name, each for its own program; this is the one of %s. "
		    "\"exitwalk def %s\" lists them.",
		    twins->len, v->f->place.file, v->f->name);
}

/* Places: a call that finds the function in several objects stands there once for each. */
static void say_callers(struct ew_block *b, const struct ew_caller_count *count)
{
	int places = count->direct + count->pointer;

	if (!places) {
		ew_doc_say(b, "Nothing in this index calls it.");
		return;
	}
	ew_doc_say(b, "It is called from ");
	ew_doc_int(b, EW_ROLE_PLAIN, NULL, places);
	ew_doc_sayf(b, " place%s, ", ew_view_plural(places));
	if (count->direct && count->pointer)
		ew_doc_sayf(b, "%d directly and %d through a pointer", count->direct, count->pointer);
	else
		ew_doc_say(b, count->direct ? "directly" : "through a pointer");
	ew_doc_say(b, ":");
}

struct ew_doc *ew_view_callers(const struct ew_view_question *v, struct ew_list **list)
{
	struct ew_doc *doc = ew_doc_new("exitwalk.callers/1");
	struct ew_group *g = ew_doc_root(doc);

	add_function(g, v->f);
	add_twins(g, v);
	struct ew_block *count = ew_doc_paragraph(g);
	say_callers(count, v->callers);
	ew_doc_int(count, EW_ROLE_HIDDEN, "direct", v->callers->direct);
	ew_doc_int(count, EW_ROLE_HIDDEN, "pointer", v->callers->pointer);
	*list = ew_doc_list(g, "callers", EW_LIST_PLAIN);
	return doc;
}

void ew_view_caller(struct ew_list *list, const struct ew_view_question *v, const struct ew_edge *e)
{
	add_caller(ew_list_entry(list), v, e);
}

void ew_view_callers_end(struct ew_doc *doc, const struct ew_view_question *v)
{
	add_end(ew_doc_root(doc), v);
}

/* ---- callees: by call site, in source order -------------------------------------------------- */

#define TARGETS_SHOWN 8

static void add_target(struct ew_list *targets, const struct ew_view_question *v,
		       const struct ew_edge *e, bool is_shown)
{
	struct ew_group *g = ew_list_entry(targets);
	struct ew_block *b = ew_doc_item(g, 4 * e->depth + 2);
	enum ew_role plain = is_shown ? EW_ROLE_FAINT : EW_ROLE_HIDDEN;

	ew_doc_text(b, is_shown ? EW_ROLE_FUNCTION : EW_ROLE_HIDDEN, "callee", e->callee->name);
	ew_doc_text(b, plain, NULL, e->container ? "  in " : "  stored ");
	ew_doc_text(b, is_shown ? EW_ROLE_VARIABLE : EW_ROLE_HIDDEN, "container", e->container);
	ew_doc_text(b, plain, NULL, " at ");
	if (is_shown) {
		ew_doc_place(b, "store", &e->store);
	} else {
		g_autofree char *place = e->store.file ? g_strdup_printf("%s:%d", e->store.file,
									 e->store.line)
						       : NULL;
		ew_doc_text(b, EW_ROLE_HIDDEN, "store", place);
	}
	ew_doc_text(b, plain, NULL, "  ");
	ew_doc_text(b, plain, "grade", e->grade);
	if (is_shown)
		add_when(b, v->refs, e);
	else
		ew_doc_text(b, EW_ROLE_HIDDEN, "when", e->when);
}

/* Targets come in the order in which they were found: the reader wants them by name. */
static int compare_targets(const void *a, const void *b)
{
	const struct ew_edge *x = *(const struct ew_edge *const *)a, *y = *(const struct ew_edge *const *)b;
	int order = g_strcmp0(x->callee->name, y->callee->name);

	return order ? order : g_strcmp0(x->container, y->container);
}

static GPtrArray *sorted_targets(const GPtrArray *edges, guint from, guint count)
{
	GPtrArray *targets = g_ptr_array_sized_new(count);

	for (guint i = from; i < from + count; i++)
		g_ptr_array_add(targets, g_ptr_array_index(edges, i));
	g_ptr_array_sort(targets, compare_targets);
	return targets;
}

static void add_pointer_site(struct ew_group *g, struct ew_block *b, const struct ew_view_question *v,
			     const GPtrArray *edges, guint from, guint end)
{
	const struct ew_edge *e = g_ptr_array_index(edges, from);
	guint count = e->callee ? end - from : 0;
	int indent = 4 * e->depth + 2;

	ew_doc_say(b, "through ");
	ew_doc_text(b, EW_ROLE_FIELD, "slot", e->slot);
	ew_view_chain(b, e);
	ew_doc_say(b, " at ");
	ew_doc_place(b, "site", &e->site);
	if (!count)
		ew_doc_textf(ew_doc_item(g, indent), EW_ROLE_WARNING, NULL, "no target is proved: %s",
			     ew_site_reason_text(ew_query_site_reason(v->q, e->call)));
	else
		ew_doc_sayf(b, ", %u target%s:", count, ew_view_plural(count));
	struct ew_list *targets = ew_doc_list(g, "targets", EW_LIST_PLAIN);
	g_autoptr(GPtrArray) sorted = sorted_targets(edges, from, count);
	for (guint i = 0; i < count; i++)
		add_target(targets, v, g_ptr_array_index(sorted, i),
			   count <= TARGETS_SHOWN + 1 || i < TARGETS_SHOWN);
	if (count > TARGETS_SHOWN + 1 && strchr(e->slot ? e->slot : " ", ' ')) /* a local: no slot that can be asked for */
		ew_doc_textf(ew_doc_item(g, indent), EW_ROLE_FAINT, NULL, "… and %u more; --json lists all",
			     count - TARGETS_SHOWN);
	else if (count > TARGETS_SHOWN + 1)
		ew_doc_textf(ew_doc_item(g, indent), EW_ROLE_FAINT, NULL,
			     "… and %u more; \"exitwalk slots %s\" lists all", count - TARGETS_SHOWN,
			     e->slot);
	if (count)
		ew_view_wide_call(g, v->q, edges, from, end, indent);
}

static void add_site(struct ew_group *g, const struct ew_view_question *v, const GPtrArray *edges,
		     guint from, guint end)
{
	const struct ew_edge *e = g_ptr_array_index(edges, from);
	int indent = 4 * e->depth - 2;
	struct ew_block *b = ew_doc_item(g, indent);

	ew_doc_text(b, EW_ROLE_HIDDEN, "caller", e->caller->name);
	if (e->is_pointer) {
		add_pointer_site(g, b, v, edges, from, end);
	} else {
		ew_doc_text(b, EW_ROLE_FUNCTION, "callee", e->callee->name);
		ew_doc_say(b, "  ");
		ew_doc_place(b, "site", &e->site);
		add_when(b, v->refs, e);
		ew_doc_text(b, EW_ROLE_HIDDEN, "slot", NULL);
		ew_doc_text(b, EW_ROLE_HIDDEN, "grade", e->grade);
	}
	add_hidden(b, e);
	ew_doc_int(b, EW_ROLE_HIDDEN, "depth", e->depth);
	ew_view_ambiguous(g, indent + 4, v->q, e);
	add_macro(g, indent + 4, e);
	g_autoptr(GPtrArray) conditions = ew_query_conditions(v->q, e->call);
	ew_view_conditions(g, indent + 4, conditions, false);
	ew_view_not_compiled(g, indent + 4, e);
}

struct ew_doc *ew_view_callees(const struct ew_view_question *v, const GPtrArray *edges)
{
	struct ew_doc *doc = ew_doc_new("exitwalk.callees/1");
	struct ew_group *g = ew_doc_root(doc);

	add_function(g, v->f);
	ew_doc_say(ew_doc_paragraph(g), edges->len ? "It calls, in the order of its source:"
						   : "It calls nothing.");
	struct ew_list *list = ew_doc_list(g, "calls", EW_LIST_PLAIN);
	for (guint i = 0, end; i < edges->len; i = end) {
		const struct ew_edge *e = g_ptr_array_index(edges, i);
		struct ew_group *entry = ew_list_entry(list);

		for (end = i + 1; e->is_pointer && end < edges->len; end++)
			if (((struct ew_edge *)g_ptr_array_index(edges, end))->call != e->call)
				break;
		add_site(entry, v, edges, i, end);
	}
	add_end(g, v);
	return doc;
}
