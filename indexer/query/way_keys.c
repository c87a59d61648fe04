/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A function that is handed to an array of static calls comes to each of their keys by the same flows, but for the
 * key's name: a hook of security modules has as many as there may be modules. Such ways are one.
 */
#include <string.h>

#include "query/internal.h"

static bool is_key(const char *slot)
{
	return g_str_has_prefix(slot, "__SCK__");
}

/* Are two texts the same, but that one names `a` where the other names `b`? */
static bool is_same_but(const char *x, const char *a, const char *y, const char *b)
{
	g_auto(GStrv) before = g_strsplit(x, a, -1);
	g_auto(GStrv) after = g_strsplit(y, b, -1);

	return g_strv_equal((const char *const *)before, (const char *const *)after);
}

static bool is_same_place(const struct ew_place *a, const struct ew_place *b)
{
	return !g_strcmp0(a->file, b->file) && a->line == b->line;
}

static bool are_same_steps(const struct ew_way *a, const struct ew_way *b)
{
	guint i;

	for (i = 0; i < a->steps->len && i < b->steps->len; i++) {
		const struct ew_step *x = g_ptr_array_index(a->steps, i), *y = g_ptr_array_index(b->steps, i);

		if (!is_same_place(&x->place, &y->place) || !is_same_but(x->text, a->slot, y->text, b->slot) ||
		    g_strcmp0(x->condition, y->condition))
			return false;
	}
	return a->steps->len == b->steps->len;
}

static bool are_same_mechanisms(const struct ew_way *a, const struct ew_way *b)
{
	guint i;

	for (i = 0; i < a->mechanisms->len && i < b->mechanisms->len; i++)
		if (strcmp(g_ptr_array_index(a->mechanisms, i), g_ptr_array_index(b->mechanisms, i)))
			return false;
	return a->mechanisms->len == b->mechanisms->len;
}

static bool is_same(const struct ew_way *a, const struct ew_way *b)
{
	return is_key(a->slot) && is_key(b->slot) && a->is_proved == b->is_proved && are_same_steps(a, b) &&
	       are_same_mechanisms(a, b);
}

/* `other` is a part of `w` from now on, and freed with its array. */
static void add_way(struct ew_way *w, struct ew_way *other)
{
	g_ptr_array_add(w->keys, (gpointer)other->slot);
	w->sites += other->sites;
	g_ptr_array_extend_and_steal(w->calls, g_steal_pointer(&other->calls));
	other->calls = g_ptr_array_new();
}

void query_merge_ways(GPtrArray *ways)
{
	guint i, k;

	for (i = 0; i < ways->len; i++) {
		struct ew_way *w = g_ptr_array_index(ways, i);

		if (is_key(w->slot))
			g_ptr_array_add(w->keys, (gpointer)w->slot);
		for (k = i + 1; k < ways->len;)
			if (is_same(w, g_ptr_array_index(ways, k))) {
				add_way(w, g_ptr_array_index(ways, k));
				g_ptr_array_remove_index(ways, k);
			} else {
				k++;
			}
	}
}
