/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The walk from A to B, and why an edge holds. */
#include "view/view.h"
#include <string.h>

static bool is_deferred(const struct ew_hop *hop)
{
	return g_strcmp0(hop->edge->when, "now") != 0;
}

/* ---- one hop --------------------------------------------------------------------------------- */

/* The way on which the work was queued: names for people, edges for programs. */
static void add_way(struct ew_group *g, const GPtrArray *way)
{
	if (!way->len)
		return;
	struct ew_block *b = ew_doc_item(g, 2);
	const struct ew_edge *first = g_ptr_array_index(way, 0);

	ew_doc_text(b, EW_ROLE_PLAIN, NULL, "reached by ");
	ew_doc_text(b, EW_ROLE_FUNCTION, NULL, first->caller->name);
	struct ew_list *list = ew_doc_list(g, "way", EW_LIST_PLAIN);
	for (guint i = 0; i < way->len; i++) {
		const struct ew_edge *e = g_ptr_array_index(way, i);
		struct ew_block *step = ew_doc_line(ew_list_entry(list));

		ew_doc_sayf(b, e->is_pointer ? " → (%s) " : " → %s", e->is_pointer ? e->slot : "");
		ew_doc_text(b, EW_ROLE_FUNCTION, NULL, e->callee ? e->callee->name : "?");
		ew_doc_text(step, EW_ROLE_HIDDEN, "caller", e->caller->name);
		ew_doc_text(step, EW_ROLE_HIDDEN, "callee", e->callee ? e->callee->name : NULL);
		ew_doc_text(step, EW_ROLE_HIDDEN, "kind", e->is_pointer ? "pointer" : "direct");
		g_autofree char *site = g_strdup_printf("%s:%d", e->site.file, e->site.line);
		ew_doc_text(step, EW_ROLE_HIDDEN, "site", site);
	}
}

/* "queued by fput with task_work_add at fs/file_table.c:402, carried by file.f_rcuhead" */
static void add_queued(struct ew_group *rail, const struct ew_hop *hop)
{
	const struct ew_queued *queued = hop->queued;
	const struct ew_edge *last = queued->way && queued->way->len
					     ? g_ptr_array_index(queued->way, queued->way->len - 1)
					     : NULL;
	struct ew_group *g = ew_doc_group(rail, "queued", 0);
	struct ew_block *b = ew_doc_item(g, 2);

	ew_doc_text(b, EW_ROLE_DEFERRED, NULL, "queued");
	if (last && last->callee) {
		ew_doc_say(b, " by ");
		ew_doc_text(b, EW_ROLE_FUNCTION, "by", last->callee->name);
	}
	ew_doc_say(b, " with ");
	ew_doc_text(b, EW_ROLE_FUNCTION, "registrar", queued->registrar);
	ew_doc_say(b, " at ");
	ew_doc_place(b, "site", &queued->site);
	if (queued->object)
		ew_doc_say(b, ", carried by ");
	ew_doc_text(b, EW_ROLE_FIELD, "object", queued->object);
	if (queued->way)
		add_way(g, queued->way);
}

static void add_grade(struct ew_block *b, const struct ew_edge *e)
{
	if (!e->is_pointer) {
		ew_doc_text(b, EW_ROLE_HIDDEN, "grade", e->grade);
	} else {
		ew_doc_text(b, EW_ROLE_FAINT, NULL, "  [");
		ew_doc_text(b, EW_ROLE_FAINT, "grade", e->grade);
		ew_doc_text(b, EW_ROLE_FAINT, NULL, "]");
	}
	ew_doc_text(b, EW_ROLE_HIDDEN, "kind", e->is_pointer ? "pointer" : "direct");
	ew_doc_bool(b, EW_ROLE_HIDDEN, "compiled", e->is_compiled, NULL, NULL);
	ew_doc_text(b, EW_ROLE_HIDDEN, "condition", e->condition);
	ew_doc_text(b, EW_ROLE_HIDDEN, "macro", e->macro);
	ew_doc_int(b, EW_ROLE_HIDDEN, "candidates", e->candidates);
}

/* Whether it was the binding that chose this object. */
static bool is_bound(const struct ew_refs *refs, const char *binding, const struct ew_edge *e)
{
	const struct ew_refs_binding *b = binding ? ew_refs_binding(refs, binding) : NULL;

	for (guint i = 0; b && e->container && i < b->binds->len; i++) {
		const struct ew_refs_bind *bind = g_ptr_array_index(b->binds, i);

		if (!g_strcmp0(bind->object, e->container))
			return true;
	}
	return false;
}

static void add_store(struct ew_group *rail, const struct ew_edge *e, const char *binding)
{
	struct ew_block *b = ew_doc_item(rail, 2);

	if (e->container) {
		ew_doc_text(b, EW_ROLE_VARIABLE, "container", e->container);
		ew_doc_say(b, " stores ");
	} else {
		ew_doc_text(b, EW_ROLE_HIDDEN, "container", NULL);
	}
	ew_doc_text(b, EW_ROLE_FUNCTION, NULL, e->callee->name);
	ew_doc_say(b, e->container ? " there at " : " is stored there at ");
	ew_doc_place(b, "store", &e->store);
	if (e->candidates > 1 && binding)
		ew_doc_textf(b, EW_ROLE_FAINT, NULL, ", chosen from %d by %s", e->candidates, binding);
	else if (e->candidates > 1)
		ew_doc_textf(b, EW_ROLE_FAINT, NULL, ", 1 of %d targets", e->candidates);
}

static void add_deed(struct ew_group *rail, const struct ew_hop *hop, const struct ew_refs *refs)
{
	const struct ew_edge *e = hop->edge;
	struct ew_block *b = ew_doc_item(rail, 0);
	const char *title = ew_view_when(refs, e->when);

	if (is_deferred(hop)) {
		ew_doc_text(b, EW_ROLE_DEFERRED, NULL, "runs later");
		ew_doc_say(b, " (");
		ew_doc_text(b, EW_ROLE_DEFERRED, "when", e->when);
		ew_doc_say(b, title ? ": " : "");
		ew_doc_text(b, EW_ROLE_PLAIN, NULL, title);
		ew_doc_say(b, ")");
	} else {
		ew_doc_text(b, EW_ROLE_HIDDEN, "when", e->when);
		ew_doc_say(b, "calls");
	}
	if (e->slot)
		ew_doc_say(b, " through ");
	ew_doc_text(b, EW_ROLE_FIELD, "slot", e->slot);
	ew_doc_say(b, " at ");
	ew_doc_place(b, "site", &e->site);
	add_grade(b, e);
}

static void add_name(struct ew_group *g, const char *key, const struct ew_symbol *f, const char *at)
{
	bool is_here = at && !strcmp(at, f->name);
	struct ew_block *b = ew_doc_item(g, is_here ? 0 : 2);

	if (is_here)
		ew_doc_text(b, EW_ROLE_BAD, NULL, "▶ ");
	ew_doc_text(b, EW_ROLE_FUNCTION, key, f->name);
	ew_doc_say(b, "  ");
	ew_doc_text(b, EW_ROLE_FAINT, NULL, f->place.file);
}

static void add_hop(struct ew_group *g, const struct ew_hop *hop, const struct ew_path *path,
		    const struct ew_refs *refs, const char *at)
{
	bool later = is_deferred(hop);

	add_name(g, "caller", hop->edge->caller, at);
	struct ew_group *rail = ew_doc_rail(g, NULL, 2, later ? "┆ " : "│ ",
					    later ? EW_ROLE_DEFERRED : EW_ROLE_FAINT);
	add_deed(rail, hop, refs);
	ew_doc_text(ew_doc_item(rail, 0), EW_ROLE_HIDDEN, "callee", hop->edge->callee->name);
	ew_doc_text(ew_doc_item(rail, 0), EW_ROLE_HIDDEN, "callee_file", hop->edge->callee->place.file);
	if (hop->edge->is_pointer)
		add_store(rail, hop->edge,
			  is_bound(refs, path->binding, hop->edge) ? path->binding : NULL);
	if (hop->queued)
		add_queued(rail, hop);
}

void ew_view_walk(struct ew_group *g, const char *key, const struct ew_path *path, struct ew_query *q,
		  const struct ew_refs *refs, const char *at)
{
	struct ew_list *list = ew_doc_list(g, key, EW_LIST_PLAIN);
	const struct ew_hop *last = NULL;

	for (guint i = 0; i < path->hops->len; i++) {
		last = g_ptr_array_index(path->hops, i);
		add_hop(ew_list_entry(list), last, path, refs, at);
	}
	if (last)
		add_name(g, NULL, last->edge->callee, at);
}

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
			    const struct ew_path *path)
{
	struct ew_doc *doc = ew_doc_new("exitwalk.path/1");
	struct ew_group *g = ew_doc_root(doc);
	struct ew_block *title = ew_doc_heading(g, 1);
	const struct ew_refs_binding *binding =
		path->binding ? ew_refs_binding(refs, path->binding) : NULL;

	ew_doc_text(title, EW_ROLE_FUNCTION, "from", from->name);
	ew_doc_say(title, " → ");
	ew_doc_text(title, EW_ROLE_FUNCTION, "to", to->name);
	if (path->binding)
		ew_doc_say(title, " as ");
	ew_doc_text(title, EW_ROLE_STRONG, "binding", path->binding);
	if (binding && binding->title)
		ew_doc_textf(title, EW_ROLE_FAINT, NULL, ", %s", binding->title);
	ew_doc_sayf(title, ": %u hop%s", path->hops->len, path->hops->len == 1 ? "" : "s");
	ew_view_walk(g, "hops", path, q, refs, NULL);
	if (path->binding_proof && path->binding_proof->len) {
		ew_doc_sayf(ew_doc_heading(g, 2), "Why the tree supports %s", path->binding);
		add_steps(g, "binding_proof", path->binding_proof);
	}
	say_narrowing(g, from, to, path);
	ew_view_provenance(g, q);
	return doc;
}

/* ---- why ------------------------------------------------------------------------------------- */

static bool add_proof(struct ew_group *g, struct ew_query *q, const struct ew_refs *refs,
		      const struct ew_edge *e, GError **error)
{
	struct ew_block *b = ew_doc_paragraph(g);
	g_autoptr(GPtrArray) steps = ew_query_proof(q, e, error);

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
	add_grade(b, e);
	if (e->condition)
		ew_doc_textf(ew_doc_item(g, 2), EW_ROLE_FAINT, NULL, "%s%s",
			     ew_view_under(e->condition), e->condition);
	if (!e->is_compiled)
		ew_doc_text(ew_doc_item(g, 2), EW_ROLE_WARNING, NULL,
			    "not compiled: this configuration makes the condition false");
	add_steps(ew_doc_group(g, NULL, 2), "proof", steps);
	return true;
}

struct ew_doc *ew_view_why(struct ew_query *q, const struct ew_refs *refs, const GPtrArray *all,
			   GError **error)
{
	g_autoptr(GPtrArray) edges = ew_view_written(all);
	ew_auto(doc) doc = ew_doc_new("exitwalk.why/1");
	struct ew_group *g = ew_doc_root(doc);
	struct ew_list *list = ew_doc_list(g, "edges", EW_LIST_PLAIN);

	for (guint i = 0; i < edges->len; i++)
		if (!add_proof(ew_list_entry(list), q, refs, g_ptr_array_index(edges, i), error))
			return NULL;
	ew_view_provenance(g, q);
	return g_steal_pointer(&doc);
}
