/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which units share a prefix, and what is in it.
 *
 * Units of one group have the same arguments but for the macros that name the unit and for the
 * directories that Kbuild adds for the unit's own headers (-I DIR as two words, where the kernel's own
 * are one). The prefix holds what a good part of the group includes.
 */
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "parse/parse.h"
#include "run/group.h"
#include "store/store.h"

/* A prefix costs as much as a few units, each header in it a little of every unit. */
enum { FEWEST_UNITS = 8, FEWEST_USERS = 3, SHARE_OF_UNITS = 12, MOST_PREFIXES = 64 };

static char *key_of(const struct ew_unit *unit)
{
	GString *key = g_string_new(unit->directory);
	int i;

	for (i = 0; unit->argv[i]; i++) {
		if (!strcmp(unit->argv[i], "-I") && unit->argv[i + 1]) {
			i++;
			continue;
		}
		if (!ew_parse_is_unit_macro(unit->argv[i]))
			g_string_append_printf(key, "\n%s", unit->argv[i]);
	}
	return g_string_free(key, FALSE);
}

/* ---- headers --------------------------------------------------------------------------------- */

/* "#include <x.h>" outside of every condition: the name, else NULL. */
static char *included(const char *line, int *nesting)
{
	const char *end;

	while (*line == ' ' || *line == '\t')
		line++;
	if (*line++ != '#')
		return NULL;
	while (*line == ' ' || *line == '\t')
		line++;
	if (g_str_has_prefix(line, "if"))
		(*nesting)++;
	else if (g_str_has_prefix(line, "endif"))
		(*nesting)--;
	if (*nesting || !g_str_has_prefix(line, "include"))
		return NULL;
	for (line += strlen("include"); *line == ' ' || *line == '\t'; line++)
		;
	end = *line == '<' ? strchr(line, '>') : NULL;
	return end ? g_strndup(line + 1, end - line - 1) : NULL;
}

static void count_headers(const struct ew_unit *unit, GHashTable *users)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;
	int nesting = 0, i;

	if (!g_file_get_contents(unit->path, &text, NULL, NULL))
		return;
	lines = g_strsplit(text, "\n", -1);
	for (i = 0; lines[i]; i++) {
		char *name = included(lines[i], &nesting);
		gpointer kept, count;

		if (!name)
			continue;
		if (!g_hash_table_lookup_extended(users, name, &kept, &count)) {
			kept = g_strdup(name);
			count = NULL;
			g_hash_table_insert(users, kept, count);
		}
		if (g_hash_table_add(seen, kept))
			g_hash_table_insert(users, g_strdup(name),
					    GINT_TO_POINTER(GPOINTER_TO_INT(count) + 1));
		g_free(name);
	}
}

struct user {
	const char *header;
	int count;
};

static int compare_users(gconstpointer a, gconstpointer b)
{
	const struct user *x = a, *y = b;

	return x->count != y->count ? y->count - x->count : strcmp(x->header, y->header);
}

/* trace/ headers make functions of what is included around them. */
static void choose_headers(struct group *g, GHashTable *users)
{
	g_autoptr(GArray) sorted = g_array_new(false, false, sizeof(struct user));
	int fewest = MAX(FEWEST_USERS, g->units / SHARE_OF_UNITS);
	GHashTableIter i;
	gpointer name, count;
	guint k;

	g_hash_table_iter_init(&i, users);
	while (g_hash_table_iter_next(&i, &name, &count)) {
		struct user u = {name, GPOINTER_TO_INT(count)};

		if (u.count >= fewest && !g_str_has_prefix(name, "trace/"))
			g_array_append_val(sorted, u);
	}
	g_array_sort(sorted, compare_users);
	for (k = 0; k < sorted->len; k++)
		g_ptr_array_add(g->headers,
				g_strdup(g_array_index(sorted, struct user, k).header));
	g_ptr_array_add(g->headers, NULL);
}

/* ---- groups ---------------------------------------------------------------------------------- */

static void free_group(gpointer data)
{
	struct group *g = data;

	g_ptr_array_unref(g->headers);
	g_free(g->prefix);
	g_free(g);
}

static int group_of(struct groups *all, GHashTable *by_key, const struct ew_unit *unit)
{
	char *key = key_of(unit);
	gpointer known = g_hash_table_lookup(by_key, key);
	struct group *g;

	if (known) {
		g_free(key);
		g = g_ptr_array_index(all->groups, GPOINTER_TO_INT(known) - 1);
		g->units++;
		return GPOINTER_TO_INT(known) - 1;
	}
	g = g_new0(struct group, 1);
	g->like = unit;
	g->command = ew_store_hash(key, strlen(key));
	g->units = 1;
	g->headers = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(all->groups, g);
	g_hash_table_insert(by_key, key, GINT_TO_POINTER(all->groups->len));
	return all->groups->len - 1;
}

static void plan_prefix(struct groups *all, const GPtrArray *units, int index, const char *base)
{
	g_autoptr(GHashTable) users = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	struct group *g = g_ptr_array_index(all->groups, index);
	guint i;

	for (i = 0; i < units->len; i++)
		if (all->of_unit[i] == index)
			count_headers(g_ptr_array_index(units, i), users);
	choose_headers(g, users);
	if (g->headers->len > 1)
		g->prefix = g_strdup_printf("%s.prefix%d", base, index);
	else
		g->state = PREFIX_FAILED;
}

static struct groups *group_units(const GPtrArray *units, const char *base)
{
	g_autoptr(GHashTable) by_key = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	struct groups *all = g_new0(struct groups, 1);
	guint i;

	all->base = g_strdup(base);
	all->groups = g_ptr_array_new_with_free_func(free_group);
	all->of_unit = g_new(int, units->len + 1);
	for (i = 0; i < units->len; i++) {
		const struct ew_unit *unit = g_ptr_array_index(units, i);

		all->of_unit[i] = unit->problem ? -1 : group_of(all, by_key, unit);
	}
	return all;
}

struct groups *groups_plan(const GPtrArray *units, const char *base)
{
	struct groups *all = group_units(units, base);
	guint i;

	for (i = 0; i < all->groups->len; i++) {
		struct group *g = g_ptr_array_index(all->groups, i);

		if (g->units >= FEWEST_UNITS && i < MOST_PREFIXES)
			plan_prefix(all, units, i, base);
		else
			g->state = PREFIX_FAILED;
	}
	return all;
}

/* Which group each unit that is done again is in, and how many they are. */
static void count_again(struct groups *all, const GPtrArray *units, const GPtrArray *redo)
{
	g_autoptr(GHashTable) groups = g_hash_table_new(NULL, NULL);
	guint i;

	for (i = 0; i < units->len; i++)
		g_hash_table_insert(groups, units->pdata[i], GINT_TO_POINTER(all->of_unit[i]));
	for (i = 0; i < all->groups->len; i++)
		((struct group *)all->groups->pdata[i])->units = 0;
	for (i = 0; i < redo->len; i++) {
		all->of_unit[i] = GPOINTER_TO_INT(g_hash_table_lookup(groups, redo->pdata[i]));
		if (all->of_unit[i] >= 0)
			((struct group *)all->groups->pdata[all->of_unit[i]])->units++;
	}
}

static void take_headers(struct groups *all, int index, const char *headers, const char *base)
{
	struct group *g = g_ptr_array_index(all->groups, index);
	g_auto(GStrv) names = g_strsplit(headers, "\n", -1);
	int i;

	for (i = 0; names[i]; i++)
		if (*names[i])
			g_ptr_array_add(g->headers, g_strdup(names[i]));
	g_ptr_array_add(g->headers, NULL);
	g->prefix = g_strdup_printf("%s.prefix%d", base, index);
}

struct groups *groups_plan_again(const GPtrArray *units, const GPtrArray *redo, GHashTable *stored,
				 GHashTable *stale, const char *base)
{
	struct groups *all = group_units(units, base);
	guint i;

	count_again(all, units, redo);
	for (i = 0; i < all->groups->len; i++) {
		struct group *g = g_ptr_array_index(all->groups, i);
		const char *headers = g_hash_table_lookup(stored, &g->command);

		if (g->units < FEWEST_UNITS && !g_hash_table_contains(stale, &g->command))
			g->state = PREFIX_FAILED;
		else if (headers)
			take_headers(all, i, headers, base);
		else if (i < MOST_PREFIXES)
			plan_prefix(all, redo, i, base);
		else
			g->state = PREFIX_FAILED;
	}
	return all;
}

void groups_free(struct groups *g)
{
	if (!g)
		return;
	groups_clean(g->base);
	g_ptr_array_unref(g->groups);
	g_free(g->of_unit);
	g_free(g->base);
	g_free(g);
}

/* By their beginning: a worker that was killed while it wrote leaves names that libclang made up. */
void groups_clean(const char *base)
{
	g_autofree char *directory = g_path_get_dirname(base);
	g_autofree char *name = g_path_get_basename(base);
	g_autofree char *beginning = g_strconcat(name, ".prefix", NULL);
	g_autoptr(GDir) files = g_dir_open(directory, 0, NULL);
	const char *file;

	while (files && (file = g_dir_read_name(files))) {
		g_autofree char *path = g_build_filename(directory, file, NULL);

		if (g_str_has_prefix(file, beginning))
			unlink(path);
	}
}
