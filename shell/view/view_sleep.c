/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether a function may sleep: of the callee of a hop in a line, of a function that is asked about the whole way. */
#include "view/view.h"

/* ---- of a hop ---------------------------------------------------------------------------------- */

/* The condition that is nearest to the end: the whole of them is `context`'s to say. */
static char *last_condition(struct ew_query *q, const struct ew_sleep *s)
{
	for (guint i = s->way->len; i-- > 0;) {
		const struct ew_edge *e = g_ptr_array_index(s->way, i);
		g_autoptr(GPtrArray) conditions = ew_query_conditions(q, e->call);

		for (guint k = conditions->len; k-- > 0;) {
			const struct ew_condition *c = g_ptr_array_index(conditions, k);

			if (c->kind != EW_CONDITION_AFTER || !c->text || !g_str_has_prefix(c->text, "unlikely("))
				return ew_condition_worded(c);
		}
	}
	return NULL;
}

static void say_conditions(struct ew_block *b, struct ew_query *q, const struct ew_sleep *s)
{
	g_autofree char *last = last_condition(q, s);

	if (!last)
		return;
	ew_doc_text(b, EW_ROLE_FAINT, NULL, ", ");
	ew_doc_text(b, EW_ROLE_FAINT, NULL, ew_view_under(last));
	ew_doc_text(b, EW_ROLE_CODE, NULL, last);
	if (s->conditional > 1)
		ew_doc_textf(b, EW_ROLE_FAINT, NULL, " (%d calls on the way have a condition)", s->conditional);
}

/* "may sleep: lock_sock_nested → might_sleep at net/core/sock.c:3444": the chain's end; programs get all of it. */
static void say_chain(struct ew_block *b, struct ew_query *q, const struct ew_symbol *f,
		      const struct ew_sleep *s)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	const struct ew_edge *last = s->way->len ? g_ptr_array_index(s->way, s->way->len - 1) : NULL;

	for (guint i = 0; i < s->way->len; i++)
		g_ptr_array_add(names,
				(gpointer)((const struct ew_edge *)g_ptr_array_index(s->way, i))->caller->name);
	g_ptr_array_add(names, (gpointer)s->root);
	g_ptr_array_add(names, NULL);
	ew_doc_text(b, s->conditional ? EW_ROLE_FAINT : EW_ROLE_STRONG, NULL,
		    s->conditional ? "sleeping cannot be ruled out: " : "may sleep: ");
	if (names->len > 3)
		ew_doc_say(b, "… → ");
	ew_doc_text(b, EW_ROLE_FUNCTION, NULL, last ? last->caller->name : f->name);
	ew_doc_say(b, last ? " → " : " itself is known to");
	ew_doc_text(b, last ? EW_ROLE_FUNCTION : EW_ROLE_HIDDEN, "root", s->root);
	ew_doc_strings(b, EW_ROLE_HIDDEN, "way", (const char *const *)names->pdata, " → ");
	if (last) {
		ew_doc_say(b, " at ");
		ew_doc_place(b, "site", &last->site);
	} else {
		ew_doc_text(b, EW_ROLE_HIDDEN, "site", NULL);
	}
	ew_doc_int(b, EW_ROLE_HIDDEN, "conditional", s->conditional);
	if (s->conditional)
		say_conditions(b, q, s);
}

void ew_view_sleep(struct ew_group *g, int indent, struct ew_query *q, const struct ew_symbol *f)
{
	const struct ew_sleep *s = ew_query_may_sleep(q, f);
	struct ew_block *b = ew_doc_item(ew_doc_group(g, "sleep", 0), indent);

	ew_doc_bool(b, EW_ROLE_HIDDEN, "proved", s && !s->conditional, NULL, NULL);
	if (s)
		say_chain(b, q, f, s);
	else
		ew_doc_text(b, EW_ROLE_FAINT, NULL, "may sleep: not proved");
}

/* ---- of a function in its contexts ------------------------------------------------------------- */

/* "softirq, hardirq": where it surely runs, and must not sleep; NULL if nowhere. */
static char *atomic_contexts(const GPtrArray *contexts, bool *may_elsewhere)
{
	g_autoptr(GString) text = g_string_new(NULL);

	*may_elsewhere = !contexts->len;
	for (guint i = 0; i < contexts->len; i++) {
		const struct ew_context *c = g_ptr_array_index(contexts, i);

		*may_elsewhere |= c->may_sleep;
		if (!c->may_sleep && c->kind == EW_CONTEXT_PROVED)
			g_string_append_printf(text, "%s%s", text->len ? ", " : "", c->name);
	}
	return text->len ? g_string_free(g_steal_pointer(&text), FALSE) : NULL;
}

/* What sleeps does not do so where it must not: something that this does not show decides there. */
static void say_contradiction(struct ew_group *g, const struct ew_sleep *s, const char *atomic)
{
	struct ew_block *b = ew_doc_item(g, 4);

	ew_doc_text(b, EW_ROLE_HIDDEN, "must_not_in", atomic);
	if (!atomic)
		return;
	ew_doc_text(b, EW_ROLE_FAINT, NULL, "In ");
	ew_doc_text(b, EW_ROLE_FAINT, NULL, atomic);
	ew_doc_text(b, EW_ROLE_FAINT, NULL,
		    s->conditional ? " it must not: there, the conditions on this way do not hold together, which is "
				     "not proved."
				   : " it must not: that this way is not taken there is not proved.");
}

void ew_view_sleep_way(struct ew_group *g, struct ew_query *q, const struct ew_symbol *f,
		       const GPtrArray *contexts)
{
	const struct ew_sleep *s = ew_query_may_sleep(q, f);
	struct ew_group *group = ew_doc_group(g, "sleep", 0);
	struct ew_block *b = ew_doc_heading(group, 2);
	bool may_elsewhere, is_proved;
	g_autofree char *atomic = atomic_contexts(contexts, &may_elsewhere);

	is_proved = s && !s->conditional && may_elsewhere;
	ew_doc_bool(b, EW_ROLE_HIDDEN, "proved", is_proved, NULL, NULL);
	if (!s) {
		ew_doc_say(b, "Sleeping is not proved: no chain of direct calls to what may.");
		return;
	}
	ew_doc_int(b, EW_ROLE_HIDDEN, "conditional", s->conditional);
	ew_doc_say(b, is_proved ? "It may sleep: " : "Sleeping is not proved, and cannot be ruled out: ");
	ew_doc_text(b, EW_ROLE_STRONG, "root", s->root);
	if (s->conditional)
		ew_doc_sayf(b, s->conditional > 1 ? ", if what %d calls of the way stand under holds"
						  : ", if what one call of the way stands under holds",
			    s->conditional);
	struct ew_list *list = ew_doc_list(group, "way", EW_LIST_PLAIN);
	for (guint i = 0; i < s->way->len; i++) {
		const struct ew_edge *e = g_ptr_array_index(s->way, i);
		struct ew_group *entry = ew_list_entry(list);
		g_autoptr(GPtrArray) conditions = ew_query_conditions(q, e->call);

		ew_view_way_hop(entry, e, false);
		ew_view_conditions(entry, 6, conditions, false);
	}
	say_contradiction(group, s, atomic);
}
