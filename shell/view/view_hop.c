/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The walk, hop by hop on a rail. */
#include "view/view.h"
#include <string.h>

static bool is_deferred(const struct ew_hop *hop)
{
	return g_strcmp0(hop->edge->when, "now") != 0;
}

/* ---- one hop --------------------------------------------------------------------------------- */

static void add_conditions(struct ew_group *g, int indent, const struct ew_view_walk *w, int64_t call,
			   const struct ew_symbol *callee, bool is_shown)
{
	g_autoptr(GPtrArray) conditions = ew_query_conditions(w->q, call);

	if (is_shown) {
		ew_view_conditions(g, indent, conditions, w->is_long);
		ew_view_gate(g, indent, w->q, call, callee);
	}
	else
		ew_view_conditions_for_programs(g, conditions);
}

/* "gate before close_files: only the last reference (…)" */
static void add_gate_of_way(struct ew_group *g, struct ew_group *entry, const struct ew_view_walk *w,
			    const struct ew_edge *e)
{
	struct ew_gate gate;
	bool is_gate = ew_query_gate(w->q, e->call, e->callee, &gate);

	ew_doc_text(ew_doc_line(entry), EW_ROLE_HIDDEN, "gate", is_gate ? gate.test : NULL);
	if (!is_gate || !e->callee)
		return;
	struct ew_block *b = ew_doc_item(g, 4);
	ew_doc_text(b, EW_ROLE_STRONG, NULL, gate.is_beyond ? "gate: " : "gate before ");
	if (!gate.is_beyond) {
		ew_doc_text(b, EW_ROLE_FUNCTION, NULL, e->callee->name);
		ew_doc_say(b, ": ");
	}
	ew_view_gate_words(b, &gate, false);
}

/* The way on which the work was queued: names for people, edges for programs. */
static void add_way(struct ew_group *g, const struct ew_view_walk *w, const GPtrArray *way)
{
	if (!way->len)
		return;
	struct ew_block *b = ew_doc_item(g, 2);
	const struct ew_edge *first = g_ptr_array_index(way, 0);

	/* which of the objects that are queued there it is, only a binding says */
	ew_doc_text(b, EW_ROLE_PLAIN, NULL, w->path->binding ? "reached by " : "reached, for some object, by ");
	ew_doc_text(b, EW_ROLE_FUNCTION, NULL, first->caller->name);
	struct ew_list *list = ew_doc_list(g, "way", EW_LIST_PLAIN);
	for (guint i = 0; i < way->len; i++) {
		const struct ew_edge *e = g_ptr_array_index(way, i);
		struct ew_group *entry = ew_list_entry(list);
		struct ew_block *step = ew_doc_line(entry);

		ew_doc_sayf(b, e->is_pointer ? " → (%s) " : " → %s", e->is_pointer ? e->slot : "");
		ew_doc_text(b, EW_ROLE_FUNCTION, NULL, e->callee ? e->callee->name : "?");
		ew_doc_text(step, EW_ROLE_HIDDEN, "caller", e->caller->name);
		ew_doc_text(step, EW_ROLE_HIDDEN, "callee", e->callee ? e->callee->name : NULL);
		ew_doc_text(step, EW_ROLE_HIDDEN, "kind", e->is_pointer ? "pointer" : "direct");
		g_autofree char *site = g_strdup_printf("%s:%d", e->site.file, e->site.line);
		ew_doc_text(step, EW_ROLE_HIDDEN, "site", site);
		add_conditions(entry, 0, w, e->call, e->callee, false);
		add_gate_of_way(g, entry, w, e);
	}
}

/* " with task_work_add at fs/file_table.c:376, carried by file.f_rcuhead" (", by NET_RX_SOFTIRQ"), and the conditions of that call */
static void add_registrar(struct ew_group *g, struct ew_block *b, const struct ew_view_walk *w,
			  const struct ew_queued *queued)
{
	ew_doc_say(b, " with ");
	ew_doc_text(b, EW_ROLE_FUNCTION, "registrar", queued->registrar);
	ew_doc_say(b, " at ");
	ew_doc_place(b, "site", &queued->site);
	if (queued->object)
		ew_doc_say(b, queued->is_constant ? ", by " : ", carried by ");
	ew_doc_text(b, EW_ROLE_FIELD, "object", queued->object);
	add_conditions(g, 2, w, queued->call, NULL, true);
}

/* "queued by fput with task_work_add at fs/file_table.c:402, carried by file.f_rcuhead" */
static void add_queued(struct ew_group *rail, const struct ew_view_walk *w, const struct ew_hop *hop)
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
	add_registrar(g, b, w, queued);
	if (queued->way)
		add_way(g, w, queued->way);
}

void ew_view_chain(struct ew_block *b, const struct ew_edge *e)
{
	if (!e->chain)
		return;
	ew_doc_say(b, " of chain ");
	ew_doc_text(b, EW_ROLE_VARIABLE, "chain", e->chain);
}

void ew_view_grade(struct ew_block *b, const struct ew_edge *e)
{
	if (!e->is_pointer) {
		ew_doc_text(b, EW_ROLE_HIDDEN, "grade", e->grade);
	} else {
		ew_doc_text(b, EW_ROLE_FAINT, NULL, "  [");
		ew_doc_text(b, EW_ROLE_FAINT, "grade", e->grade);
		if (e->called_type)
			ew_doc_text(b, EW_ROLE_WARNING, NULL, ", of another type");
		ew_doc_text(b, EW_ROLE_FAINT, NULL, "]");
	}
	ew_doc_text(b, EW_ROLE_HIDDEN, "kind", e->is_pointer ? "pointer" : "direct");
	ew_doc_bool(b, EW_ROLE_HIDDEN, "compiled", e->is_compiled, NULL, NULL);
	ew_doc_text(b, EW_ROLE_HIDDEN, "condition", e->condition);
	ew_doc_text(b, EW_ROLE_HIDDEN, "stored_under", e->stored_under);
	ew_doc_text(b, EW_ROLE_HIDDEN, "macro", e->macro);
	ew_doc_text(b, EW_ROLE_HIDDEN, "called_type", e->called_type);
	ew_doc_int(b, EW_ROLE_HIDDEN, "candidates", e->candidates);
}

/* Whether it was the binding that chose this object. */
static bool is_bound(const struct ew_refs *refs, const char *binding, const struct ew_edge *e)
{
	const struct ew_refs_binding *b = binding ? ew_refs_binding(refs, binding) : NULL;

	for (guint i = 0; b && e->container && i < b->binds->len; i++) {
		const struct ew_refs_bind *bind = g_ptr_array_index(b->binds, i);

		if (g_ptr_array_find_with_equal_func(bind->objects, e->container, g_str_equal, NULL))
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

/* ", where inet_csk_reset_xmit_timer gives it inet_connection_sock.icsk_retransmit_timer at …" */
static void add_giver(struct ew_group *g, struct ew_block *b, const struct ew_view_walk *w,
		      const struct ew_queued *queued)
{
	ew_doc_say(b, " where ");
	ew_doc_text(b, EW_ROLE_FUNCTION, "given_by", queued->given_by->name);
	ew_doc_say(b, " gives it ");
	ew_doc_text(b, EW_ROLE_FIELD, "object", queued->object);
	ew_doc_say(b, " at ");
	ew_doc_place(b, "site", &queued->site);
	ew_doc_text(b, EW_ROLE_HIDDEN, "registrar", queued->registrar);
	add_conditions(g, 2, w, queued->call, NULL, true);
}

/* "queues it with task_work_add at fs/file_table.c:376, carried by file.f_rcuhead" */
static void add_queueing(struct ew_group *rail, const struct ew_view_walk *w, const struct ew_hop *hop)
{
	const struct ew_queued *queued = hop->queued;
	struct ew_group *g = ew_doc_group(rail, "queued", 0);
	struct ew_block *b = ew_doc_item(g, 0);

	ew_doc_text(b, EW_ROLE_DEFERRED, NULL, "queues it");
	ew_doc_text(b, EW_ROLE_HIDDEN, "by", queued->function->name);
	if (queued->given_by) {
		add_giver(g, b, w, queued);
		return;
	}
	ew_doc_text(b, EW_ROLE_HIDDEN, "given_by", NULL);
	add_registrar(g, b, w, queued);
}

static void add_deed(struct ew_group *rail, const struct ew_hop *hop, const struct ew_refs *refs)
{
	const struct ew_edge *e = hop->edge;
	struct ew_block *b = ew_doc_item(rail, 0);
	const char *title = ew_view_when(refs, e->when);

	if (is_deferred(hop)) {
		ew_doc_text(b, EW_ROLE_DEFERRED, NULL, hop->is_queueing ? "run later" : "runs later");
		ew_doc_say(b, " (");
		ew_doc_text(b, EW_ROLE_DEFERRED, "when", e->when);
		ew_doc_say(b, title ? ": " : "");
		ew_doc_text(b, EW_ROLE_PLAIN, NULL, title);
		ew_doc_say(b, ")");
		if (hop->is_queueing) {
			ew_doc_say(b, " by ");
			ew_doc_text(b, EW_ROLE_FUNCTION, "dispatcher", e->caller->name);
		}
	} else {
		ew_doc_text(b, EW_ROLE_HIDDEN, "when", e->when);
		ew_doc_say(b, "calls");
	}
	if (e->slot)
		ew_doc_say(b, " through ");
	ew_doc_text(b, EW_ROLE_FIELD, "slot", e->slot);
	ew_view_chain(b, e);
	ew_doc_say(b, " at ");
	ew_doc_place(b, "site", &e->site);
	ew_view_grade(b, e);
}

static void add_name(struct ew_group *g, const char *key, const struct ew_symbol *f)
{
	struct ew_block *b = ew_doc_item(g, 2);

	ew_doc_text(b, EW_ROLE_FUNCTION, key, f->name);
	ew_doc_say(b, "  ");
	ew_doc_text(b, EW_ROLE_FAINT, NULL, f->place.file);
}

/* Of `all` edges of the hop's ends. Of one call through a pointer there is an edge for each object. The arms of a macro are one place. */
static bool is_another(const GPtrArray *all, guint i, const struct ew_edge *e)
{
	const struct ew_edge *other = g_ptr_array_index(all, i);

	if (!other->is_compiled || other->call == e->call || strcmp(other->when, "now") ||
	    (other->site.line == e->site.line && !g_strcmp0(other->site.file, e->site.file)))
		return false;
	while (i--) {
		const struct ew_edge *told = g_ptr_array_index(all, i);

		if (told->call == other->call)
			return false;
	}
	return true;
}

/* The caller calls it elsewhere, too, and perhaps under another condition: "also at net/ipv4/tcp.c:2961". */
static void add_other_calls(struct ew_group *rail, const struct ew_view_walk *w, const struct ew_edge *e)
{
	g_autoptr(GPtrArray) all = ew_query_calls_of(w->q, e->caller, e->callee, w->path->binding, NULL);
	struct ew_list *list = ew_doc_list(rail, "also", EW_LIST_PLAIN);
	bool is_first = true;

	for (guint i = 0; all && i < all->len; i++) {
		const struct ew_edge *other = g_ptr_array_index(all, i);

		if (!is_another(all, i, e))
			continue;
		struct ew_group *entry = ew_list_entry(list);
		struct ew_block *b = w->is_long || is_first ? ew_doc_item(entry, 0) : ew_doc_line(entry);
		ew_doc_say(b, w->is_long || is_first ? "also at " : ", ");
		ew_doc_place(b, "site", &other->site);
		add_conditions(entry, 2, w, other->call, NULL, w->is_long);
		is_first = false;
	}
}

static void add_hop(struct ew_group *g, const struct ew_view_walk *w, const struct ew_hop *hop)
{
	bool later = is_deferred(hop);

	add_name(g, "caller", ew_hop_from(hop));
	struct ew_group *rail = ew_doc_rail(g, NULL, 2, later ? "┆ " : "│ ",
					    later ? EW_ROLE_DEFERRED : EW_ROLE_FAINT);
	if (hop->is_queueing)
		add_queueing(rail, w, hop);
	add_deed(rail, hop, w->refs);
	ew_doc_bool(ew_doc_item(rail, 0), EW_ROLE_HIDDEN, "queues", hop->is_queueing, NULL, NULL);
	ew_doc_text(ew_doc_item(rail, 0), EW_ROLE_HIDDEN, "callee", hop->edge->callee->name);
	ew_doc_text(ew_doc_item(rail, 0), EW_ROLE_HIDDEN, "callee_file", hop->edge->callee->place.file);
	add_conditions(rail, 2, w, hop->edge->call, hop->edge->callee, true);
	if (w->is_long) {
		ew_view_guards(rail, 2, w->q, hop->edge);
		ew_view_sleep(rail, 2, w->q, hop->edge->callee);
	}
	if (hop->edge->is_pointer || hop->edge->container)
		add_store(rail, hop->edge,
			  is_bound(w->refs, w->path->binding, hop->edge) ? w->path->binding : NULL);
	if (hop->queued && !hop->is_queueing)
		add_queued(rail, w, hop);
	if (!later)
		add_other_calls(rail, w, hop->edge);
}

void ew_view_walk(struct ew_group *g, const char *key, const struct ew_view_walk *w)
{
	struct ew_list *list = ew_doc_list(g, key, EW_LIST_PLAIN);
	const struct ew_hop *last = NULL;

	for (guint i = 0; i < w->path->hops->len; i++) {
		last = g_ptr_array_index(w->path->hops, i);
		add_hop(ew_list_entry(list), w, last);
	}
	if (last)
		add_name(g, NULL, last->edge->callee);
}
