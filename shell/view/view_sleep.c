/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether the callee of a hop may sleep. */
#include "view/view.h"

/* "may sleep: lock_sock_nested → might_sleep at net/core/sock.c:3444": the chain's end; programs get all of it. */
static void say_proof(struct ew_block *b, const struct ew_symbol *f, const struct ew_sleep *s)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	const struct ew_edge *last = s->way->len ? g_ptr_array_index(s->way, s->way->len - 1) : NULL;

	for (guint i = 0; i < s->way->len; i++)
		g_ptr_array_add(names,
				(gpointer)((const struct ew_edge *)g_ptr_array_index(s->way, i))->caller->name);
	g_ptr_array_add(names, (gpointer)s->root);
	g_ptr_array_add(names, NULL);
	ew_doc_text(b, EW_ROLE_STRONG, NULL, "may sleep: ");
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
}

void ew_view_sleep(struct ew_group *g, int indent, struct ew_query *q, const struct ew_symbol *f)
{
	const struct ew_sleep *s = ew_query_may_sleep(q, f);
	struct ew_block *b = ew_doc_item(ew_doc_group(g, "sleep", 0), indent);

	ew_doc_bool(b, EW_ROLE_HIDDEN, "proved", s != NULL, NULL, NULL);
	if (s)
		say_proof(b, f, s);
	else
		ew_doc_text(b, EW_ROLE_FAINT, NULL, "may sleep: not proved");
}
