/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The walk from A to B, and why an edge holds. */
#include "view/view.h"
#include <string.h>

/* ---- steps of a proof ------------------------------------------------------------------------ */

static void add_step(struct ew_group *g, const struct ew_step *step)
{
	struct ew_block *b = ew_doc_item(g, 0);

	ew_doc_text(b, EW_ROLE_STRONG, "role", step->role);
	ew_doc_say(b, "  ");
	ew_doc_text(b, EW_ROLE_CODE, "text", step->text);
	if (step->place.file)
		ew_doc_say(b, "  ");
	ew_doc_place(b, "place", &step->place);
	if (step->function)
		ew_doc_text(b, EW_ROLE_FAINT, NULL, " in ");
	ew_doc_text(b, EW_ROLE_FAINT, "function", step->function);
	if (step->how) {
		ew_doc_text(b, EW_ROLE_FAINT, NULL, ", by ");
		ew_doc_text(b, EW_ROLE_FAINT, "how", step->how);
	} else {
		ew_doc_text(b, EW_ROLE_HIDDEN, "how", NULL);
	}
	if (step->macro)
		ew_doc_text(b, EW_ROLE_FAINT, NULL, " in the macro ");
	ew_doc_text(b, EW_ROLE_FAINT, "macro", step->macro);
}

static void add_steps(struct ew_group *g, const char *key, const GPtrArray *steps)
{
	struct ew_list *list = ew_doc_list(g, key, EW_LIST_NUMBERS);

	for (guint i = 0; i < steps->len; i++)
		add_step(ew_list_entry(list), g_ptr_array_index(steps, i));
}

/* ---- path ------------------------------------------------------------------------------------ */

static void say_narrowing(struct ew_group *g, const struct ew_symbol *from,
			  const struct ew_symbol *to, const struct ew_path *path)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();

	for (guint i = 0; path->would_narrow && i < path->would_narrow->len; i++)
		g_ptr_array_add(names, g_ptr_array_index(path->would_narrow, i));
	guint count = names->len;
	g_ptr_array_add(names, NULL);
	ew_doc_strings(ew_doc_paragraph(g), EW_ROLE_HIDDEN, "would_narrow",
		       (const char *const *)names->pdata, ", ");
	if (!count)
		return;
	struct ew_block *b = ew_doc_note(g, EW_ROLE_WARNING);
	ew_doc_say(b, "Pointer calls on this way have several targets. ");
	ew_doc_say(b, count == 1 ? "This binding narrows them to one: " : "These bindings narrow them to one: ");
	for (guint i = 0; i < count; i++) {
		ew_doc_say(b, i ? ", " : "");
		ew_doc_textf(b, EW_ROLE_COMMAND, NULL, "path %s %s --as %s", from->name, to->name,
			     (const char *)g_ptr_array_index(names, i));
	}
}

struct ew_doc *ew_view_path(struct ew_query *q, const struct ew_refs *refs,
			    const struct ew_symbol *from, const struct ew_symbol *to,
			    const struct ew_path *path, bool is_long)
{
	struct ew_doc *doc = ew_doc_new("exitwalk.path/1");
	struct ew_group *g = ew_doc_root(doc);
	struct ew_block *title = ew_doc_heading(g, 1);
	const struct ew_refs_binding *binding =
		path->binding ? ew_refs_binding(refs, path->binding) : NULL;

	struct ew_view_walk walk = {q, refs, path, is_long};
	ew_doc_text(title, EW_ROLE_FUNCTION, "from", from->name);
	ew_doc_say(title, " → ");
	ew_doc_text(title, EW_ROLE_FUNCTION, "to", to->name);
	if (path->binding)
		ew_doc_say(title, " as ");
	ew_doc_text(title, EW_ROLE_STRONG, "binding", path->binding);
	if (binding && binding->title)
		ew_doc_textf(title, EW_ROLE_FAINT, NULL, ", %s", binding->title);
	ew_doc_sayf(title, ": %u hop%s", path->hops->len, path->hops->len == 1 ? "" : "s");
	ew_view_walk(g, "hops", &walk);
	if (path->binding_proof && path->binding_proof->len) {
		ew_doc_sayf(ew_doc_heading(g, 2), "Why the tree supports %s", path->binding);
		add_steps(g, "binding_proof", path->binding_proof);
	}
	say_narrowing(g, from, to, path);
	ew_view_provenance(g, q);
	return doc;
}

/* ---- why ------------------------------------------------------------------------------------- */

/* What is run when, and what carries it there; for a callback that is not deferred, when it is called. */
static void add_moment(struct ew_group *g, struct ew_query *q, const struct ew_refs *refs,
		       const struct ew_edge *e)
{
	const char *moment = ew_view_moment(refs, e);
	const struct ew_symbol *object = moment ? ew_query_object(q, e) : NULL;
	struct ew_block *b;

	if (moment) {
		b = ew_doc_item(g, 2);
		ew_doc_text(b, EW_ROLE_STRONG, NULL, "when  ");
		ew_doc_text(b, EW_ROLE_PLAIN, "moment", moment);
	}
	if (object) {
		b = ew_doc_item(g, 2);
		ew_doc_text(b, EW_ROLE_STRONG, NULL, "object  ");
		ew_doc_text(b, EW_ROLE_CODE, "object", object->name);
		ew_doc_say(b, object->type ? ", a " : "");
		ew_doc_text(b, EW_ROLE_CODE, "object_type", object->type);
	}
}

static bool is_registered(const GPtrArray *steps)
{
	for (guint i = 0; i < steps->len; i++)
		if (!strcmp(((const struct ew_step *)g_ptr_array_index(steps, i))->role, "register"))
			return true;
	return false;
}

static bool add_proof(struct ew_group *g, struct ew_query *q, const struct ew_refs *refs,
		      const struct ew_edge *e, GError **error)
{
	struct ew_block *b = ew_doc_paragraph(g);
	g_autoptr(GPtrArray) steps = ew_query_proof(q, e, error);
	g_autoptr(GPtrArray) conditions = ew_query_conditions(q, e->call);

	if (!steps)
		return false;
	ew_doc_text(b, EW_ROLE_FUNCTION, "caller", e->caller->name);
	ew_doc_say(b, g_strcmp0(e->when, "now") ? " runs " : " calls ");
	ew_doc_text(b, EW_ROLE_FUNCTION, "callee", e->callee->name);
	ew_doc_say(b, e->slot ? " through " : " directly");
	ew_doc_text(b, EW_ROLE_FIELD, "slot", e->slot);
	ew_doc_say(b, " at ");
	ew_doc_place(b, "site", &e->site);
	if (g_strcmp0(e->when, "now")) {
		ew_doc_say(b, ", ");
		ew_doc_text(b, EW_ROLE_DEFERRED, NULL, "later: ");
	}
	ew_doc_text(b, g_strcmp0(e->when, "now") ? EW_ROLE_DEFERRED : EW_ROLE_HIDDEN, "when", e->when);
	ew_view_grade(b, e);
	add_moment(g, q, refs, e);
	ew_view_conditions(g, 2, conditions, true);
	if (!e->is_compiled)
		ew_doc_text(ew_doc_item(g, 2), EW_ROLE_WARNING, NULL,
			    "not compiled: this configuration makes the condition false");
	add_steps(ew_doc_group(g, NULL, 2), "proof", steps);
	if (g_strcmp0(e->when, "now") && !is_registered(steps))
		ew_doc_text(ew_doc_item(g, 2), EW_ROLE_WARNING, NULL,
			    "this index holds no place where it is registered with an object that can be named");
	return true;
}

struct ew_doc *ew_view_why(struct ew_query *q, const struct ew_refs *refs, const GPtrArray *edges,
			   GError **error)
{
	ew_auto(doc) doc = ew_doc_new("exitwalk.why/1");
	struct ew_group *g = ew_doc_root(doc);
	struct ew_list *list = ew_doc_list(g, "edges", EW_LIST_PLAIN);

	for (guint i = 0; i < edges->len; i++)
		if (!add_proof(ew_list_entry(list), q, refs, g_ptr_array_index(edges, i), error))
			return NULL;
	ew_view_provenance(g, q);
	return g_steal_pointer(&doc);
}
