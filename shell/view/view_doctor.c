/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is here, what is missing, how to get it. */
#include "view/view.h"

static void add_check(struct ew_list *list, const struct ew_view_check *check)
{
	struct ew_group *g = ew_list_entry(list);
	struct ew_block *b = ew_doc_item(g, 0);

	ew_doc_bool(b, check->is_here ? EW_ROLE_GOOD : EW_ROLE_WARNING, "here", check->is_here, "✓ ",
		    "! ");
	ew_doc_text(b, EW_ROLE_STRONG, "what", check->what);
	ew_doc_say(b, check->is_here ? "" : " (missing)");
	if (check->detail && *check->detail)
		ew_doc_say(b, ": ");
	ew_doc_text(b, EW_ROLE_PLAIN, "detail", check->detail);
	if (!check->is_here)
		ew_doc_text(ew_doc_item(g, 4), EW_ROLE_PLAIN, "remedy", check->remedy);
}

struct ew_doc *ew_view_doctor(const GArray *checks)
{
	struct ew_doc *doc = ew_doc_new("exitwalk.doctor/1");
	struct ew_group *g = ew_doc_root(doc);
	struct ew_list *list = NULL;
	const char *part = NULL;
	struct ew_list *parts = ew_doc_list(g, "parts", EW_LIST_PLAIN);

	for (guint i = 0; i < checks->len; i++) {
		const struct ew_view_check *check = &g_array_index(checks, struct ew_view_check, i);

		if (g_strcmp0(part, check->part)) {
			struct ew_group *entry = ew_list_entry(parts);

			part = check->part;
			ew_doc_text(ew_doc_heading(entry, 2), EW_ROLE_STRONG, "part", part);
			list = ew_doc_list(entry, "checks", EW_LIST_PLAIN);
		}
		add_check(list, check);
	}
	return doc;
}
