/* SPDX-License-Identifier: GPL-3.0-or-later */
/* states --long: from where each function that gives a state is reached. */
#include "view/view.h"
#include <string.h>

static void add_hop(struct ew_list *list, struct ew_block *b, const struct ew_edge *e)
{
	struct ew_block *hidden = ew_doc_line(ew_list_entry(list));

	ew_doc_text(hidden, EW_ROLE_HIDDEN, "caller", e->caller->name);
	ew_doc_text(hidden, EW_ROLE_HIDDEN, "callee", e->callee->name);
	ew_doc_textf(hidden, EW_ROLE_HIDDEN, "site", "%s:%d", e->site.file, e->site.line);
	ew_doc_text(hidden, EW_ROLE_HIDDEN, "when", e->when);
	ew_doc_text(hidden, EW_ROLE_HIDDEN, "grade", e->grade);
	ew_doc_say(b, strcmp(e->when, "now") ? " ┄▶ " : " → ");
	ew_doc_text(b, EW_ROLE_FUNCTION, NULL, e->callee->name);
}

/* "softirq, from softirqs: net_rx_action → … → tcp_v4_rcv" */
static void add_context(struct ew_group *g, const struct ew_context *c)
{
	struct ew_block *b = ew_doc_item(g, 4);
	bool is_sure = c->kind != EW_CONTEXT_DOUBTFUL;

	ew_doc_text(b, is_sure ? EW_ROLE_STRONG : EW_ROLE_FAINT, "context", c->name);
	ew_doc_bool(b, EW_ROLE_WARNING, "sure", is_sure, NULL, " (cannot be ruled out)");
	ew_doc_bool(b, EW_ROLE_FAINT, "granted", c->kind == EW_CONTEXT_BY_OBJECT, " (if the object there is ", NULL);
	if (c->kind == EW_CONTEXT_BY_OBJECT)
		ew_doc_textf(b, EW_ROLE_FAINT, NULL, "%s)",
			     c->granted && c->granted->container ? c->granted->container : "one that holds it");
	ew_doc_say(b, ", ");
	ew_doc_text(b, EW_ROLE_PLAIN, "begins", c->why);
	ew_doc_bool(b, EW_ROLE_HIDDEN, "entry", c->is_entry, NULL, NULL);
	ew_doc_say(b, ": ");
	ew_doc_text(b, EW_ROLE_FUNCTION, "root", c->root->name);
	struct ew_list *way = ew_doc_list(g, "way", EW_LIST_PLAIN);
	for (guint i = 0; i < c->way->len; i++)
		add_hop(way, b, g_ptr_array_index(c->way, i));
}

static bool add_function(struct ew_group *g, struct ew_query *q, const struct ew_symbol *f, const char *binding,
			 GError **error)
{
	g_autoptr(GPtrArray) contexts = ew_query_contexts(q, f, binding, error);
	struct ew_block *b = ew_doc_item(g, 2);

	if (!contexts)
		return false;
	ew_doc_text(b, EW_ROLE_FUNCTION, "function", f->name);
	ew_doc_say(b, "  ");
	ew_doc_place(b, "place", &f->place);
	if (!contexts->len)
		ew_doc_text(b, EW_ROLE_FAINT, NULL, "  nothing that begins a context is known to lead here");
	struct ew_list *list = ew_doc_list(g, "reached", EW_LIST_PLAIN);
	for (guint i = 0; i < contexts->len; i++)
		add_context(ew_list_entry(list), g_ptr_array_index(contexts, i));
	return true;
}

bool ew_view_reach(struct ew_group *g, struct ew_query *q, const GPtrArray *states, const char *binding,
		   GError **error)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
	struct ew_list *list;

	ew_doc_say(ew_doc_heading(g, 2), "From where each function is reached, by the most provable way");
	list = ew_doc_list(g, "functions", EW_LIST_PLAIN);
	for (guint i = 0; i < states->len; i++) {
		const struct ew_state *s = g_ptr_array_index(states, i);

		if (g_hash_table_add(seen, (gpointer)s->function) &&
		    !add_function(ew_list_entry(list), q, s->function, binding, error))
			return false;
	}
	return true;
}
