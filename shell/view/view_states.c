/* SPDX-License-Identifier: GPL-3.0-or-later */
/* states and context. */
#include "view/view.h"
#include <string.h>

/* ---- states ----------------------------------------------------------------------------------- */

/* The state as people write it: without the prefix. */
static const char *bare(const struct ew_refs_states *m, const char *state)
{
	return g_str_has_prefix(state, m->prefix) ? state + strlen(m->prefix) : state;
}

/* "ESTABLISHED, SYN_RECV", "not CLOSE" */
static char *from_worded(const struct ew_state *s)
{
	bool is_negated = *s->from == '!';
	g_auto(GStrv) names = g_strsplit(s->from + is_negated, "|", -1);
	g_autoptr(GString) text = g_string_new(is_negated ? "not " : NULL);

	for (int i = 0; names[i]; i++)
		g_string_append_printf(text, "%s%s", i ? ", " : "", bare(s->machine, names[i]));
	return g_string_free(g_steal_pointer(&text), FALSE);
}

static void add_names(struct ew_block *row, enum ew_role role, const char *key, uint32_t bits)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();

	for (int i = 0; ew_context_names[i]; i++)
		if (bits >> i & 1)
			g_ptr_array_add(names, (void *)ew_context_names[i]);
	g_ptr_array_add(names, NULL);
	ew_doc_strings(row, role, key, (const char *const *)names->pdata, ", ");
}

/* Those that are doubtful are for programs; people see that there are some. */
static void add_contexts(struct ew_block *row, const struct ew_state *s)
{
	uint32_t by_object = s->sure & ~s->proved;

	add_names(row, EW_ROLE_PLAIN, "contexts", s->proved);
	if (by_object)
		ew_doc_text(row, EW_ROLE_FAINT, NULL, s->proved ? "; if: " : "if: ");
	for (int i = 0, count = 0; ew_context_names[i]; i++)
		if (by_object >> i & 1)
			ew_doc_sayf(row, "%s%s", count++ ? ", " : "", ew_context_names[i]);
	add_names(row, EW_ROLE_HIDDEN, "contexts_if", by_object);
	add_names(row, EW_ROLE_HIDDEN, "doubtful_contexts", s->contexts & ~s->sure);
	if (!s->contexts)
		ew_doc_text(row, EW_ROLE_FAINT, NULL, "-");
	else if (s->contexts != s->sure)
		ew_doc_text(row, EW_ROLE_FAINT, NULL, s->sure ? " …" : "…");
}

static void add_to(struct ew_block *row, const struct ew_state *s)
{
	ew_doc_text(row, EW_ROLE_HIDDEN, "machine", s->machine->name);
	ew_doc_text(row, EW_ROLE_HIDDEN, "state", s->to);
	if (s->to)
		ew_doc_text(row, EW_ROLE_STRONG, "to", bare(s->machine, s->to));
	else if (s->parameter >= 0)
		ew_doc_textf(row, EW_ROLE_FAINT, "to", "(parameter %d)", s->parameter);
	else
		ew_doc_text(row, EW_ROLE_FAINT, "to", "(not a constant)");
	if (s->note)
		ew_doc_textf(row, EW_ROLE_FAINT, NULL, " + %s", s->note);
}

static void add_state(struct ew_table *t, const struct ew_state *s)
{
	static const char *const hows[] = {"call", "assignment", "table"};
	struct ew_block *row = ew_table_row(t);
	g_autofree char *from = s->from ? from_worded(s) : NULL;

	add_to(row, s);
	ew_doc_text(row, from ? EW_ROLE_PLAIN : EW_ROLE_FAINT, "from_text", from ? from : "-");
	ew_doc_text(row, EW_ROLE_HIDDEN, "from", s->from);
	ew_doc_text(row, EW_ROLE_FUNCTION, "function", s->function->name);
	ew_doc_place(row, "place", &s->place);
	if (s->entry)
		ew_doc_textf(row, EW_ROLE_FAINT, NULL, ", table :%d", s->entry);
	if (s->is_shared)
		ew_doc_text(row, EW_ROLE_WARNING, NULL, " +");
	if (!s->is_compiled)
		ew_doc_text(row, EW_ROLE_WARNING, NULL, ", not compiled");
	else if (s->is_forwarded)
		ew_doc_textf(row, EW_ROLE_FAINT, NULL, ", by way of %s", s->by);
	add_contexts(row, s);
	ew_doc_text(row, EW_ROLE_HIDDEN, "how", hows[s->how]);
	ew_doc_text(row, EW_ROLE_HIDDEN, "by", s->by);
	ew_doc_bool(row, EW_ROLE_HIDDEN, "forwarded", s->is_forwarded, NULL, NULL);
	ew_doc_text(row, EW_ROLE_HIDDEN, "note", s->note);
	ew_doc_text(row, EW_ROLE_HIDDEN, "condition", s->condition);
	ew_doc_text(row, EW_ROLE_HIDDEN, "macro", s->macro);
	ew_doc_int(row, EW_ROLE_HIDDEN, "entry", s->entry);
	ew_doc_bool(row, EW_ROLE_HIDDEN, "compiled", s->is_compiled, NULL, NULL);
	ew_doc_bool(row, EW_ROLE_HIDDEN, "shared", s->is_shared, NULL, NULL);
}

static void add_title(struct ew_group *g, const struct ew_states_question *question, guint count)
{
	struct ew_block *b = ew_doc_heading(g, 1);

	ew_doc_sayf(b, "%u place%s give%s a state", count, ew_view_plural(count), count == 1 ? "s" : "");
	ew_doc_text(b, EW_ROLE_HIDDEN, "wanted_from", question->from);
	ew_doc_text(b, EW_ROLE_HIDDEN, "wanted_to", question->to);
	if (question->from)
		ew_doc_sayf(b, ", from %s", question->from);
	if (question->to)
		ew_doc_sayf(b, ", to %s", question->to);
	if (question->binding) {
		ew_doc_say(b, ", as ");
		ew_doc_text(b, EW_ROLE_PLAIN, "binding", question->binding);
	}
	if (question->function) {
		ew_doc_say(b, ", in ");
		ew_doc_text(b, EW_ROLE_FUNCTION, "wanted_function", question->function->name);
	}
}

struct ew_doc *ew_view_states(struct ew_query *q, const GPtrArray *states,
			      const struct ew_states_question *question, int unknown, bool is_long, GError **error)
{
	static const char *const columns[][2] = {{"to", "to"},	       {"from_text", "from"},
						 {"function", "in"},   {"place", "where"},
						 {"contexts", "runs in"}};
	ew_auto(doc) doc = ew_doc_new("exitwalk.states/1");
	struct ew_group *g = ew_doc_root(doc);
	bool is_shared = false, has_if = false;

	add_title(g, question, states->len);
	struct ew_table *t = ew_doc_table(ew_doc_group(g, NULL, 2), "states");
	ew_table_fold(t);
	for (size_t i = 0; i < G_N_ELEMENTS(columns); i++)
		ew_table_column(t, columns[i][0], columns[i][1], EW_ALIGN_LEFT);
	for (guint i = 0; i < states->len; i++) {
		const struct ew_state *s = g_ptr_array_index(states, i);

		add_state(t, s);
		is_shared |= s->is_shared;
		has_if |= s->sure != s->proved;
	}
	if (unknown)
		ew_doc_sayf(ew_doc_note(g, EW_ROLE_FAINT),
			    "%d more place%s, where the source does not say from which state.", unknown,
			    ew_view_plural(unknown));
	ew_doc_int(ew_doc_paragraph(g), EW_ROLE_HIDDEN, "unknown", unknown);
	if (has_if)
		ew_doc_say(ew_doc_note(g, EW_ROLE_FAINT),
			   "if: it is granted that one object on the way is the one that leads there; \"exitwalk context "
			   "FUNCTION\" names it.");
	if (is_shared)
		ew_doc_say(ew_doc_note(g, EW_ROLE_FAINT),
			   "+ other protocols share the member, or the constant, there.");
	if (is_long && !ew_view_reach(g, q, states, question->binding, error))
		return NULL;
	ew_view_provenance(g, q);
	return g_steal_pointer(&doc);
}

/* ---- context ---------------------------------------------------------------------------------- */

void ew_view_way_hop(struct ew_group *g, const struct ew_edge *e, bool has_condition)
{
	struct ew_block *b = ew_doc_item(g, 4);

	ew_doc_text(b, EW_ROLE_HIDDEN, "caller", e->caller->name);
	ew_doc_say(b, "→ ");
	ew_doc_text(b, EW_ROLE_FUNCTION, "callee", e->callee ? e->callee->name : NULL);
	ew_doc_say(b, "  ");
	ew_doc_place(b, "site", &e->site);
	ew_doc_text(b, EW_ROLE_HIDDEN, "when", e->when);
	if (strcmp(e->when, "now"))
		ew_doc_textf(b, EW_ROLE_DEFERRED, NULL, ", later: %s", e->when);
	if (e->is_pointer) {
		ew_doc_say(b, ", through ");
		ew_doc_text(b, EW_ROLE_FIELD, "slot", e->slot);
		ew_doc_text(b, EW_ROLE_FAINT, NULL, " [");
		ew_doc_text(b, EW_ROLE_FAINT, "grade", e->grade);
		if (e->candidates > 1)
			ew_doc_textf(b, EW_ROLE_WARNING, NULL, ", 1 of %d targets", e->candidates);
		ew_doc_text(b, EW_ROLE_FAINT, NULL, "]");
	} else {
		ew_doc_text(b, EW_ROLE_HIDDEN, "grade", e->grade);
	}
	ew_doc_text(b, EW_ROLE_HIDDEN, "kind", e->is_pointer ? "pointer" : "direct");
	ew_doc_int(b, EW_ROLE_HIDDEN, "candidates", e->candidates);
	ew_doc_text(b, EW_ROLE_HIDDEN, "condition", e->condition);
	ew_doc_text(b, EW_ROLE_HIDDEN, "macro", e->macro);
	if (e->condition && has_condition) {
		ew_doc_text(b, EW_ROLE_FAINT, NULL, ", ");
		ew_doc_text(b, EW_ROLE_FAINT, NULL, ew_view_under(e->condition));
		ew_doc_text(b, EW_ROLE_CODE, NULL, e->condition);
	}
}

static const char *const grants[] = {
	[EW_GRANT_ONE_OBJECT] = "granted that the object there is one that holds it",
	[EW_GRANT_SECOND_OBJECT] = "that a second object on the way holds it, too, is not shown",
	[EW_GRANT_NOT_BOUND] = "by an object of which the binding says nothing",
	[EW_GRANT_TARGETS] = "which of them it is on this way is not known",
	[EW_GRANT_CALLERS] = "who hands it over is not known",
};

/* The hop that makes the context less than proved. */
static void add_grant(struct ew_group *g, const struct ew_context *c)
{
	static const char *const names[] = {NULL,	 "object",  "second object",
					    "not bound", "targets", "callers"};
	bool is_doubtful = c->kind == EW_CONTEXT_DOUBTFUL;

	if (!c->granted && is_doubtful)
		ew_doc_text(ew_doc_item(g, 2), EW_ROLE_WARNING, NULL,
			    "it is run here or in another of the contexts that its title names, by how it was set up; which, is "
			    "not known");
	if (!c->granted)
		return;
	struct ew_block *b = ew_doc_item(g, 2);
	ew_doc_text(b, EW_ROLE_HIDDEN, "grant", names[c->grant]);
	ew_doc_text(b, is_doubtful ? EW_ROLE_WARNING : EW_ROLE_FAINT, NULL, is_doubtful ? "not proved, for it may join what never happens together: " : "if: ");
	ew_doc_text(b, EW_ROLE_FUNCTION, "granted_caller", c->granted->caller->name);
	ew_doc_say(b, " → ");
	ew_doc_text(b, EW_ROLE_FUNCTION, "granted_callee", c->granted->callee->name);
	ew_doc_sayf(b, ", 1 of %d targets: %s", c->granted->candidates, grants[c->grant]);
	if (c->kind == EW_CONTEXT_BY_OBJECT && c->granted->container) {
		ew_doc_say(b, ": ");
		ew_doc_text(b, EW_ROLE_FIELD, "granted_object", c->granted->container);
	}
}

static void add_heading(struct ew_group *g, const struct ew_refs *refs, const struct ew_context *c)
{
	static const char *const kinds[] = {"proved", "object", "doubtful"};
	const struct ew_refs_binding *binding = c->given ? ew_refs_binding(refs, c->given) : NULL;
	struct ew_block *b = ew_doc_heading(g, 2);

	ew_doc_text(b, EW_ROLE_STRONG, "context", c->name);
	if (c->given)
		ew_doc_say(b, ", given ");
	ew_doc_text(b, EW_ROLE_STRONG, "given", c->given);
	if (binding && binding->title)
		ew_doc_sayf(b, " (%s)", binding->title);
	ew_doc_sayf(b, ", %s: ", c->is_entry ? "from" : "when work is run");
	ew_doc_text(b, EW_ROLE_PLAIN, "begins", c->why);
	ew_doc_bool(b, EW_ROLE_HIDDEN, "entry", c->is_entry, NULL, NULL);
	ew_doc_bool(b, EW_ROLE_FAINT, "may_sleep_there", c->may_sleep, NULL, " (must not sleep)");
	ew_doc_int(b, EW_ROLE_HIDDEN, "widest", c->widest);
	ew_doc_text(b, EW_ROLE_HIDDEN, "kind", kinds[c->kind]);
	ew_doc_bool(b, EW_ROLE_HIDDEN, "sure", c->kind != EW_CONTEXT_DOUBTFUL, NULL, NULL);
}

static void add_context(struct ew_group *g, const struct ew_refs *refs, const struct ew_context *c)
{
	struct ew_block *b;

	add_heading(g, refs, c);
	add_grant(g, c);
	b = ew_doc_item(g, 2);
	ew_doc_text(b, EW_ROLE_FUNCTION, "root", c->root->name);
	ew_doc_say(b, "  ");
	ew_doc_place(b, "root_place", &c->root->place);
	if (!c->way->len)
		ew_doc_say(b, "  is where it begins");
	struct ew_list *list = ew_doc_list(g, "way", EW_LIST_PLAIN);
	for (guint i = 0; i < c->way->len; i++)
		ew_view_way_hop(ew_list_entry(list), g_ptr_array_index(c->way, i), true);
}

/* Is it told with what is given for it? */
static bool is_given(const GPtrArray *given, const struct ew_context *c)
{
	for (guint i = 0; given && i < given->len; i++)
		if (!strcmp(((const struct ew_context *)g_ptr_array_index(given, i))->name, c->name))
			return true;
	return false;
}

static void add_doubtful(struct ew_group *g, const struct ew_refs *refs, const GPtrArray *contexts,
			 const GPtrArray *given)
{
	struct ew_list *list = NULL;

	for (guint i = 0; i < contexts->len; i++) {
		const struct ew_context *c = g_ptr_array_index(contexts, i);

		if (c->kind != EW_CONTEXT_DOUBTFUL || is_given(given, c))
			continue;
		if (!list) {
			ew_doc_say(ew_doc_heading(g, 1), "Not proved, and cannot be ruled out");
			list = ew_doc_list(g, "not_ruled_out", EW_LIST_PLAIN);
		}
		add_context(ew_list_entry(list), refs, c);
	}
	if (!list)
		ew_doc_list(g, "not_ruled_out", EW_LIST_PLAIN);
}

static void add_sure(struct ew_group *g, const char *key, const struct ew_refs *refs, const GPtrArray *contexts)
{
	struct ew_list *list = ew_doc_list(g, key, EW_LIST_PLAIN);

	for (guint i = 0; contexts && i < contexts->len; i++) {
		const struct ew_context *c = g_ptr_array_index(contexts, i);

		if (c->kind != EW_CONTEXT_DOUBTFUL)
			add_context(ew_list_entry(list), refs, c);
	}
}

struct ew_doc *ew_view_contexts(const struct ew_view_question *v, const GPtrArray *contexts, const GPtrArray *given)
{
	struct ew_doc *doc = ew_doc_new("exitwalk.context/1");
	struct ew_group *g = ew_doc_root(doc);
	struct ew_block *title = ew_doc_heading(g, 1);

	ew_doc_text(title, EW_ROLE_FUNCTION, "function", v->f->name);
	ew_doc_say(title, "  ");
	ew_doc_place(title, "place", &v->f->place);
	ew_doc_text(title, EW_ROLE_HIDDEN, "binding", v->binding);
	if (!contexts->len)
		ew_doc_say(ew_doc_paragraph(g), "No context is known: nothing in this index leads to it from an "
						"entry point or a dispatcher that kernel-refs knows.");
	add_sure(g, "contexts", v->refs, contexts);
	add_sure(g, "given", v->refs, given);
	add_doubtful(g, v->refs, contexts, given);
	ew_view_sleep_way(g, v->q, v->f, contexts);
	ew_view_provenance(g, v->q);
	return doc;
}
