/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The CONFIG_ guards of a hop, and what there would be without them. */
#include "view/view.h"

static void add_symbols(struct ew_block *b, const GPtrArray *symbols)
{
	for (guint i = 0; i < symbols->len; i++) {
		const struct ew_config *c = g_ptr_array_index(symbols, i);

		if (c->value)
			ew_doc_textf(b, EW_ROLE_FAINT, NULL, "%s%s=%s", i ? ", " : "; ", c->name, c->value);
	}
}

static void add_symbol_rows(struct ew_group *g, const GPtrArray *symbols)
{
	struct ew_list *list = ew_doc_list(g, "symbols", EW_LIST_PLAIN);

	for (guint i = 0; i < symbols->len; i++) {
		const struct ew_config *c = g_ptr_array_index(symbols, i);
		struct ew_block *b = ew_doc_line(ew_list_entry(list));

		ew_doc_text(b, EW_ROLE_HIDDEN, "name", c->name);
		ew_doc_text(b, EW_ROLE_HIDDEN, "value", c->value);
	}
}

static void add_names(struct ew_block *b, const char *key, enum ew_role role, const GPtrArray *names)
{
	g_autoptr(GPtrArray) all = g_ptr_array_copy((GPtrArray *)names, NULL, NULL);

	g_ptr_array_add(all, NULL);
	ew_doc_strings(b, role, key, (const char *const *)all->pdata, ", ");
}

/* Of the functions that it defines people get the one that they asked about, and how many others. */
static void say_defines(struct ew_block *b, const GPtrArray *defines, const char *name)
{
	g_autofree char *begin = g_strconcat(name, ",", NULL);
	guint others = defines->len;

	add_names(b, "defines", EW_ROLE_HIDDEN, defines);
	for (guint i = 0; i < defines->len; i++) {
		const char *text = g_ptr_array_index(defines, i);

		if (!g_str_has_prefix(text, begin))
			continue;
		others--;
		ew_doc_sayf(b, " defines %s", text);
	}
	if (others)
		ew_doc_sayf(b, "%s defines %u %sfunction%s", others < defines->len ? ";" : "", others,
			    others < defines->len ? "more " : "", ew_view_plural(others));
}

static void add_arm(struct ew_group *g, int indent, const struct ew_guard *guard,
		    const struct ew_guard_arm *arm, const char *name)
{
	struct ew_block *b = ew_doc_item(g, indent);

	ew_doc_say(b, "the other arm, ");
	ew_doc_text(b, EW_ROLE_CODE, "text", arm->text);
	ew_doc_textf(b, EW_ROLE_FAINT, NULL, " from %s:%d,", guard->place.file, arm->first_line);
	ew_doc_int(b, EW_ROLE_HIDDEN, "first_line", arm->first_line);
	ew_doc_int(b, EW_ROLE_HIDDEN, "last_line", arm->last_line);
	say_defines(b, arm->defines, name);
	if (arm->calls->len)
		ew_doc_say(b, " calls ");
	add_names(b, "calls", arm->calls->len ? EW_ROLE_CODE : EW_ROLE_HIDDEN, arm->calls);
	if (!arm->defines->len && !arm->calls->len)
		ew_doc_say(b, " calls nothing");
}

static void add_guard(struct ew_group *g, int indent, const struct ew_guard *guard, const char *what,
		      const char *name)
{
	struct ew_block *b = ew_doc_item(g, indent);
	struct ew_list *list;

	if (*guard->text == '#')
		ew_doc_textf(b, EW_ROLE_STRONG, NULL, "%s under ", what);
	else
		ew_doc_text(b, EW_ROLE_STRONG, NULL, "by the configuration: ");
	ew_doc_text(b, EW_ROLE_CODE, "text", guard->text);
	ew_doc_say(b, " ");
	ew_doc_place(b, "place", &guard->place);
	add_symbols(b, guard->symbols);
	add_symbol_rows(g, guard->symbols);
	list = ew_doc_list(g, "others", EW_LIST_PLAIN);
	for (guint i = 0; i < guard->others->len; i++)
		add_arm(ew_list_entry(list), indent + 4, guard, g_ptr_array_index(guard->others, i), name);
	if (!guard->others->len)
		ew_doc_text(ew_doc_item(g, indent + 4), EW_ROLE_FAINT, NULL, "there is no other arm: nothing");
}

static void add_guards(struct ew_group *g, const char *key, int indent, const GPtrArray *guards,
		       const char *what, const char *name)
{
	struct ew_list *list = ew_doc_list(g, key, EW_LIST_PLAIN);

	for (guint i = 0; i < guards->len; i++)
		add_guard(ew_list_entry(list), indent, g_ptr_array_index(guards, i), what, name);
}

void ew_view_guards(struct ew_group *g, int indent, struct ew_query *q, const struct ew_edge *e)
{
	g_autoptr(GPtrArray) around = ew_query_call_guards(q, e);
	g_autoptr(GPtrArray) of_callee = e->callee ? ew_query_guards(q, &e->callee->place) : NULL;

	add_guards(g, "guards", indent, around, "compiled", e->caller->name);
	if (of_callee)
		add_guards(g, "callee_guards", indent, of_callee, "defined", e->callee->name);
}
