/* SPDX-License-Identifier: GPL-3.0-or-later */
/* unresolved: calls through a pointer that have no target, and why. */
#include "cmd/internal.h"
#include "view/view.h"
#include <string.h>

struct unresolved_options {
	GPtrArray *scopes;
	int limit;
};

static const struct ew_option unresolved_options[] = {
	{"scope", 0, EW_OPTION_STRINGS, offsetof(struct unresolved_options, scopes), "S",
	 "in files of it only: core, lesson, or a file or directory of the tree; may be repeated",
	 .complete = EW_COMPLETE_SCOPE},
	{"limit", 'n', EW_OPTION_INT, offsetof(struct unresolved_options, limit), "N",
	 "show N calls for each reason, and say so"},
	{NULL},
};

/* The patterns of the scopes' names, and the paths among them. */
static GPtrArray *patterns_of(const struct ew_refs *refs, const GPtrArray *scopes)
{
	GPtrArray *patterns = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < scopes->len; i++) {
		g_auto(GStrv) names = g_strsplit(g_ptr_array_index(scopes, i), ",", -1);

		for (char **name = names; *name; name++) {
			const char *const *known = strpbrk(*name, "/*.") ? NULL : ew_refs_scope(refs, *name);

			for (const char *const *p = known; p && *p; p++)
				g_ptr_array_add(patterns, g_strdup(*p));
			if (!known && **name)
				g_ptr_array_add(patterns, g_strdup(*name));
		}
	}
	g_ptr_array_add(patterns, NULL);
	return patterns;
}

static char *scope_name(const GPtrArray *scopes)
{
	GString *name = g_string_new(NULL);

	for (guint i = 0; i < scopes->len; i++)
		g_string_append_printf(name, "%s%s", i ? ", " : "", (char *)g_ptr_array_index(scopes, i));
	return g_string_free(name, FALSE);
}

static int run_unresolved(const struct ew_cmd_call *call, GError **error)
{
	const struct unresolved_options *o = call->options;
	struct ew_query *q = call->context->query;
	g_autoptr(GPtrArray) patterns = o->scopes ? patterns_of(call->context->refs, o->scopes) : NULL;
	g_autofree char *scope = o->scopes ? scope_name(o->scopes) : NULL;
	const char *const *all = patterns ? (const char *const *)patterns->pdata : NULL;

	if (all && !ew_query_has_file(q, all)) {
		g_set_error(error, EW_ERROR, EW_ERROR_USAGE,
			    "no file of this index is in \"%.200s\"; name a scope (core, lesson) or a path such as "
			    "net/ipv4",
			    scope);
		return -1;
	}
	g_autoptr(GPtrArray) sites = ew_query_unresolved(q, all, error);
	if (!sites)
		return -1;
	ew_auto(doc) doc = ew_view_unresolved(q, sites, scope, o->limit);
	return ew_cmd_answer(call, doc, sites->len ? 0 : 1, error);
}

const struct ew_cmd ew_cmd_unresolved = {
	.name = "unresolved",
	.group = "Ask",
	.synopsis = "[--scope S]",
	.summary = "calls through a pointer that have no target, and why",
	.help = "Grouped by the reason for which the search for a function ended, then by what is called "
		"through. \"from\" names the slot at which it ended, where that is another one. \"exitwalk "
		"coverage --pointers\" has the numbers of all of them.\n\n"
		"Exit code 1 where there is none.",
	.needs = EW_NEEDS_INDEX | EW_NEEDS_REFS,
	.options = unresolved_options,
	.options_size = sizeof(struct unresolved_options),
	.run = run_unresolved,
};
