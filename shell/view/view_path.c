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
	if (step->condition)
		ew_doc_textf(b, EW_ROLE_WARNING, NULL, ", not compiled: %s", ew_view_under(step->condition));
	ew_doc_text(b, EW_ROLE_CODE, "not_compiled_under", step->condition);
}

void ew_view_steps(struct ew_group *g, const char *key, const GPtrArray *steps)
{
	struct ew_list *list = ew_doc_list(g, key, EW_LIST_NUMBERS);

	for (guint i = 0; i < steps->len; i++)
		add_step(ew_list_entry(list), g_ptr_array_index(steps, i));
}

/* ---- path ------------------------------------------------------------------------------------ */

void ew_view_narrowing(struct ew_group *g, const char *const *names, const char *question)
{
	guint count = g_strv_length((char **)names);

	ew_doc_strings(ew_doc_paragraph(g), EW_ROLE_HIDDEN, "would_narrow", names, ", ");
	if (!count)
		return;
	struct ew_block *b = ew_doc_note(g, EW_ROLE_WARNING);
	ew_doc_say(b, "Pointer calls on this way have several targets. ");
	ew_doc_say(b, count == 1 ? "This binding narrows them to one: " : "These bindings narrow them to one: ");
	for (guint i = 0; i < count; i++) {
		ew_doc_say(b, i ? ", " : "");
		ew_doc_textf(b, EW_ROLE_COMMAND, NULL, "%s --as %s", question, names[i]);
	}
}

static void say_narrowing(struct ew_group *g, const struct ew_symbol *from,
			  const struct ew_symbol *to, const struct ew_path *path)
{
	g_autofree char *question = g_strdup_printf("path %s %s", from->name, to->name);
	g_autoptr(GPtrArray) names = g_ptr_array_new();

	for (guint i = 0; path->would_narrow && i < path->would_narrow->len; i++)
		g_ptr_array_add(names, g_ptr_array_index(path->would_narrow, i));
	g_ptr_array_add(names, NULL);
	ew_view_narrowing(g, (const char *const *)names->pdata, question);
}

/* Of the way, but for its end: a function that gives up, from hop *i on; NULL if there is none. */
static const char *next_end(const struct ew_refs *refs, const struct ew_path *path, guint *i)
{
	const char *const *ends = ew_refs_ends(refs);

	while (*i + 1 < path->hops->len) {
		const struct ew_hop *hop = g_ptr_array_index(path->hops, (*i)++);

		if (g_strv_contains(ends, hop->edge->callee->name))
			return hop->edge->callee->name;
	}
	return NULL;
}

/* Only where no other way is nearly as short: see graph.h of the query. */
static void say_given_up(struct ew_group *g, const struct ew_view_ways *v)
{
	const char *end;
	guint i = 0;

	while ((end = next_end(v->refs, v->path, &i))) {
		struct ew_block *b = ew_doc_note(g, EW_ROLE_WARNING);
		ew_doc_say(b, "This goes through ");
		ew_doc_text(b, EW_ROLE_FUNCTION, NULL, end);
		ew_doc_say(b, ", which gives up and does not return. Without it there is no way, or one that is more than "
			      "eight hops longer: ");
		ew_doc_textf(b, EW_ROLE_COMMAND, NULL, "path %s %s --avoid %s", v->from->name, v->to->name, end);
	}
}

/* Why the list may not go by the numbers of hops. */
static void say_counted_more(struct ew_group *g, const struct ew_view_ways *v)
{
	for (guint k = 0; k < v->paths->paths->len; k++) {
		guint i = 0;
		const char *end = next_end(v->refs, g_ptr_array_index(v->paths->paths, k), &i);

		if (!end)
			continue;
		struct ew_block *b = ew_doc_note(g, EW_ROLE_WARNING);
		ew_doc_sayf(b, "%u. goes through ", k + 1);
		ew_doc_text(b, EW_ROLE_FUNCTION, NULL, end);
		ew_doc_say(b, ", which gives up and does not return: that counts as eight hops more.");
		return;
	}
}

static void add_title(struct ew_group *g, const struct ew_view_ways *v)
{
	struct ew_block *title = ew_doc_heading(g, 1);
	const struct ew_refs_binding *binding = v->binding ? ew_refs_binding(v->refs, v->binding) : NULL;

	ew_doc_text(title, EW_ROLE_FUNCTION, "from", v->from->name);
	ew_doc_say(title, " → ");
	ew_doc_text(title, EW_ROLE_FUNCTION, "to", v->to->name);
	if (v->binding)
		ew_doc_say(title, " as ");
	ew_doc_text(title, EW_ROLE_STRONG, "binding", v->binding);
	if (binding && binding->title)
		ew_doc_textf(title, EW_ROLE_FAINT, NULL, ", %s", binding->title);
	if (v->avoid) {
		ew_doc_say(title, ", without ");
		ew_doc_strings(title, EW_ROLE_FUNCTION, "avoid", v->avoid, ", ");
	}
	if (v->path)
		ew_doc_sayf(title, ": %u hop%s", v->path->hops->len, ew_view_plural(v->path->hops->len));
}

static void add_binding_proof(struct ew_group *g, const struct ew_path *path)
{
	if (!path->binding_proof || !path->binding_proof->len)
		return;
	ew_doc_sayf(ew_doc_heading(g, 2), "Why the tree supports %s", path->binding);
	ew_view_steps(g, "binding_proof", path->binding_proof);
}

struct ew_doc *ew_view_path(const struct ew_view_ways *v)
{
	struct ew_doc *doc = ew_doc_new("exitwalk.path/1");
	struct ew_group *g = ew_doc_root(doc);
	struct ew_view_walk walk = {v->q, v->refs, v->path, v->is_long};

	add_title(g, v);
	ew_view_walk(g, "hops", &walk);
	add_binding_proof(g, v->path);
	say_given_up(g, v);
	say_narrowing(g, v->from, v->to, v->path);
	ew_view_provenance(g, v->q);
	return doc;
}

/* ---- many ways ------------------------------------------------------------------------------- */

static bool is_later(const struct ew_hop *hop)
{
	return g_strcmp0(hop->edge->when, "now") != 0;
}

/* "do_exit → exit_shm → shm_destroy → fput ┄▶ ____fput → …" */
static void add_chain(struct ew_block *b, const struct ew_path *path)
{
	for (guint i = 0; i < path->hops->len; i++) {
		const struct ew_hop *hop = g_ptr_array_index(path->hops, i);

		if (!i)
			ew_doc_text(b, EW_ROLE_FUNCTION, NULL, ew_hop_from(hop)->name);
		if (is_later(hop))
			ew_doc_text(b, EW_ROLE_DEFERRED, NULL, " ┄▶ ");
		else
			ew_doc_say(b, " → ");
		ew_doc_text(b, EW_ROLE_FUNCTION, NULL, hop->edge->callee->name);
	}
}

/* The same for programs: names, and for each hop whether it is later. */
static void add_names(struct ew_group *g, const struct ew_path *path)
{
	struct ew_list *list = ew_doc_list(g, "way", EW_LIST_PLAIN);

	for (guint i = 0; i < path->hops->len; i++) {
		const struct ew_hop *hop = g_ptr_array_index(path->hops, i);
		struct ew_block *b = ew_doc_line(ew_list_entry(list));
		const struct ew_place *site = hop->is_queueing ? &hop->queued->site : &hop->edge->site;
		g_autofree char *place = g_strdup_printf("%s:%d", site->file, site->line);

		ew_doc_text(b, EW_ROLE_HIDDEN, "caller", ew_hop_from(hop)->name);
		ew_doc_text(b, EW_ROLE_HIDDEN, "callee", hop->edge->callee->name);
		ew_doc_text(b, EW_ROLE_HIDDEN, "when", hop->edge->when);
		ew_doc_bool(b, EW_ROLE_HIDDEN, "queues", hop->is_queueing, NULL, NULL);
		ew_doc_text(b, EW_ROLE_HIDDEN, "site", place);
	}
}

static void add_way(struct ew_list *list, const struct ew_view_ways *v, guint number)
{
	const struct ew_path *path = g_ptr_array_index(v->paths->paths, number);
	struct ew_view_walk walk = {v->q, v->refs, path, v->is_long};
	struct ew_group *g = ew_list_entry(list);
	struct ew_block *b = v->is_long ? ew_doc_heading(g, 2) : ew_doc_item(g, 2);

	ew_doc_sayf(b, "%u. ", number + 1);
	ew_doc_int(b, EW_ROLE_FAINT, "length", path->hops->len);
	ew_doc_text(b, EW_ROLE_FAINT, NULL, path->hops->len == 1 ? " hop" : " hops");
	if (!v->is_long) {
		ew_doc_say(b, "  ");
		add_chain(b, path);
	}
	if (v->is_long)
		ew_view_walk(g, "hops", &walk);
	else
		add_names(g, path);
}

static void say_whether_all(struct ew_group *g, const struct ew_view_ways *v)
{
	const struct ew_paths *p = v->paths;
	struct ew_block *b = ew_doc_note(g, p->more || p->is_given_up ? EW_ROLE_WARNING : EW_ROLE_FAINT);

	if (p->is_given_up)
		ew_doc_say(b, "The search was given up: ways may be missing.");
	else if (p->more)
		ew_doc_say(b, "There are more ways; with --max they are listed too.");
	else
		ew_doc_say(b, "There are no other ways in this index.");
	b = ew_doc_paragraph(g);
	ew_doc_int(b, EW_ROLE_HIDDEN, "max", p->most);
	ew_doc_bool(b, EW_ROLE_HIDDEN, "more", p->more, NULL, NULL);
	ew_doc_bool(b, EW_ROLE_HIDDEN, "given_up", p->is_given_up, NULL, NULL);
}

static void add_route(struct ew_list *list, const struct ew_path *path, bool is_shown)
{
	const struct ew_hop *first = g_ptr_array_index(path->hops, 0);
	struct ew_group *g = ew_list_entry(list);
	struct ew_block *b = ew_doc_item(g, 2);

	ew_doc_text(b, EW_ROLE_HIDDEN, "first", first->edge->callee->name);
	ew_doc_int(b, is_shown ? EW_ROLE_FAINT : EW_ROLE_HIDDEN, "length", path->hops->len);
	if (is_shown) {
		ew_doc_text(b, EW_ROLE_FAINT, NULL, path->hops->len == 1 ? " hop   " : " hops  ");
		add_chain(b, path);
	}
	add_names(g, path);
}

/* The ways above may all begin alike: here each first hop has its cheapest. */
static void add_routes(struct ew_group *g, const struct ew_view_ways *v)
{
	const GPtrArray *routes = v->paths->routes;
	struct ew_list *list;

	if (routes->len)
		ew_doc_sayf(ew_doc_heading(g, 2), "The shortest way over each function that %s calls",
			    v->from->name);
	list = ew_doc_list(g, "routes", EW_LIST_PLAIN);
	for (guint i = 0; i < routes->len; i++)
		add_route(list, g_ptr_array_index(routes, i), v->is_long || i < (guint)v->paths->most);
	if (v->paths->other_routes_hops)
		ew_doc_textf(ew_doc_item(g, 2), EW_ROLE_FAINT, NULL,
			     "… and up to %d more, in %d hops and more; --long lists them", v->paths->other_routes,
			     v->paths->other_routes_hops);
	else if (v->paths->other_routes)
		ew_doc_textf(ew_doc_item(g, 2), EW_ROLE_FAINT, NULL,
			     "… and up to %d more, some perhaps as short; --long looks for them", v->paths->other_routes);
}

struct ew_doc *ew_view_paths(const struct ew_view_ways *v)
{
	struct ew_doc *doc = ew_doc_new("exitwalk.paths/1");
	struct ew_group *g = ew_doc_root(doc);
	struct ew_list *list;

	add_title(g, v);
	ew_doc_sayf(ew_doc_paragraph(g),
		    "Ways on which each function stands once, or, where it calls what it is handed, perhaps twice; "
		    "shortest first, up to %d; a hop ┄▶ is work that runs later:",
		    v->paths->most);
	list = ew_doc_list(g, "paths", EW_LIST_PLAIN);
	for (guint i = 0; i < v->paths->paths->len; i++)
		add_way(list, v, i);
	say_whether_all(g, v);
	say_counted_more(g, v);
	add_routes(g, v);
	add_binding_proof(g, g_ptr_array_index(v->paths->paths, 0));
	ew_view_provenance(g, v->q);
	return doc;
}

/* ---- why ------------------------------------------------------------------------------------- */

/* What is run when, and what carries it there; for a callback that is not deferred, when it is called. */
static void add_moment(struct ew_group *g, struct ew_query *q, const struct ew_refs *refs,
		       const struct ew_edge *e, const GPtrArray *steps)
{
	const char *moment = ew_view_moment(refs, e, steps);
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

/* Of work that nobody registers: who hands it over. */
static void add_unregistered(struct ew_group *g, const struct ew_refs *refs, const struct ew_edge *e)
{
	struct ew_block *b = ew_doc_item(g, 2);

	if (ew_refs_is_linked(refs, e->when))
		ew_doc_say(b, "no code hands it over: the linker, or the file that the build writes for a module, "
			      "puts it there");
	else
		ew_doc_text(b, EW_ROLE_WARNING, NULL,
			    "this index holds no place where it is registered with an object that can be named");
}

/* Of a static call: what else may be put there. */
static void add_open_update(struct ew_group *g, struct ew_query *q, const struct ew_refs *refs, const struct ew_edge *e)
{
	g_autofree struct ew_step *s = e->slot ? ew_query_open_update(q, e->call) : NULL;
	const struct ew_refs_note *note = s && s->function ? ew_refs_note_for(refs, s->function) : NULL;
	struct ew_block *b;

	if (!s)
		return;
	b = ew_doc_item(g, 2);
	ew_doc_text(b, EW_ROLE_WARNING, NULL, "it may call another: what ");
	ew_doc_text(b, EW_ROLE_FUNCTION, "updated_by", s->function);
	ew_doc_text(b, EW_ROLE_WARNING, NULL, " puts there is not followed  ");
	ew_doc_place(b, "updated_at", &s->place);
	if (note)
		ew_doc_textf(ew_doc_item(g, 4), EW_ROLE_PLAIN, "update_note", "%s", note->title);
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
	add_moment(g, q, refs, e, steps);
	if (e->called_type) {
		b = ew_doc_item(g, 2);
		ew_doc_text(b, EW_ROLE_STRONG, NULL, "type  ");
		ew_doc_text(b, EW_ROLE_CODE, "type", e->callee->type);
		ew_doc_say(b, ", called as ");
		ew_doc_text(b, EW_ROLE_CODE, NULL, e->called_type);
	}
	ew_view_conditions(g, 2, conditions, true);
	ew_view_guards(g, 2, q, e);
	ew_view_not_compiled(g, 2, e);
	ew_view_wide(g, q, e, 2);
	ew_view_steps(ew_doc_group(g, NULL, 2), "proof", steps);
	add_open_update(g, q, refs, e);
	if (g_strcmp0(e->when, "now") && !is_registered(steps))
		add_unregistered(g, refs, e);
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
