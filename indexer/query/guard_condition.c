/* SPDX-License-Identifier: GPL-3.0-or-later */
/* if (IS_ENABLED(CONFIG_…)): a guard as an #if is one, and what its other arm does. */
#include <string.h>

#include "query/guard_text.h"
#include "query/internal.h"

static void add_other(struct ew_query *q, struct ew_guard *g, const struct ew_condition *c)
{
	/* The call is in the one arm, or behind one that leaves: the other is what follows the condition, or its else. */
	bool is_else = c->kind == EW_CONDITION_THEN || c->kind == EW_CONDITION_AFTER_ELSE;
	g_autoptr(GBytes) bytes = ew_query_text(q, c->place.file, NULL);
	g_autofree char *worded = g_strdup_printf("if (%s)", c->text);
	gsize length = 0;
	const char *text = bytes ? g_bytes_get_data(bytes, &length) : NULL;
	struct guard_arm *from = text ? guard_arm_of_if(text, length, &c->place, is_else, worded) : NULL;
	struct ew_guard_arm *arm;

	if (!from)
		return;
	arm = query_guard_arm(q, from);
	g_ptr_array_add(g->others, arm);
	guard_arm_free(from);
}

static bool has_arms(const struct ew_condition *c)
{
	return c->kind == EW_CONDITION_THEN || c->kind == EW_CONDITION_ELSE || c->kind == EW_CONDITION_AFTER ||
	       c->kind == EW_CONDITION_AFTER_ELSE;
}

static struct ew_guard *guard_of(struct ew_query *q, const struct ew_condition *c)
{
	struct ew_guard *g = query_guard_new();
	g_autofree char *text = NULL;

	text = g_strdup_printf(c->kind == EW_CONDITION_ELSE   ? "else of if (%s)"
			       : c->kind == EW_CONDITION_THEN ? "if (%s)"
							      : "after if (%s)",
			       c->text);
	g->text = query_intern(q, text);
	g->place = c->place;
	query_guard_symbols(q, c->text, g->symbols);
	add_other(q, g, c);
	return g;
}

void query_condition_guards(struct ew_query *q, int64_t call, GPtrArray *guards)
{
	g_autoptr(GPtrArray) conditions = ew_query_conditions(q, call);
	guint i;

	for (i = 0; i < conditions->len; i++) {
		const struct ew_condition *c = g_ptr_array_index(conditions, i);

		if (c->text && c->place.file && !c->is_in_macro && has_arms(c) && strstr(c->text, "CONFIG_"))
			g_ptr_array_add(guards, guard_of(q, c));
	}
}
