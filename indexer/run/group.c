/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which units share a prefix, and what is in it.
 *
 * Units of one group have the same arguments but for the macros that name the unit and for the
 * directories that Kbuild adds for the unit's own headers (-I DIR as two words, where the kernel's own
 * are one). There are three kinds of prefixes:
 *	local	for the units of one directory, where most of them include headers of its own
 *	full	every header that a few units of the group include
 *	plain	what many of them include, without trace events: for a unit that a fuller one would
 *		change, such as one that defines CREATE_TRACE_POINTS
 */
#include <string.h>
#include <unistd.h>

#include "run/group.h"
#include "run/words.h"
#include "store/store.h"

/* A prefix costs as much as a few units, each header in it a little of every unit. */
enum {
	FEWEST_UNITS = 8,      /* of a group */
	FEWEST_FOR_LOCAL = 16, /* units of a directory */
	FEWEST_FOR_PLAIN = 96, /* units of a group: one in twenty will want it */
	FEWEST_USERS = 2,      /* of a header, */
	SHARE = 400,	       /* or one in so many units, */
	SHARE_OF_PLAIN = 48,   /* for a plain prefix more */
	MOST_LOCAL = 48,       /* of all groups together */
};

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

/* ---- what a unit includes -------------------------------------------------------------------- */

/* As #include takes it; a header that stands beside the unit by its path: "/tree/net/mac80211/key.h". */
static char *spell(const struct word *w, const struct ew_unit *unit)
{
	g_autofree char *directory = NULL, *path = NULL;

	if (w->kind == WORD_ANGLED)
		return g_strdup_printf("<%s>", w->text);
	directory = g_path_get_dirname(unit->path);
	path = g_canonicalize_filename(w->text, directory);
	return g_strdup_printf("\"%s\"", access(path, R_OK) == 0 ? path : w->text);
}

static bool is_local(const char *name)
{
	return name[0] == '"' && name[1] == '/';
}

static bool is_bare(const char *name)
{
	g_autofree char *path = is_local(name) ? g_strndup(name + 1, strlen(name) - 2) : NULL;

	return path && !ew_parse_is_guarded(path);
}

/* The headers that a unit includes outside of every condition, each once. */
static GPtrArray *headers_of(const struct ew_unit *unit)
{
	GPtrArray *headers = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *text = NULL;
	struct words *words;
	gsize length;
	guint i;

	if (unit->problem || !g_file_get_contents(unit->path, &text, &length, NULL))
		return headers;
	words = words_read(text, length, false);
	for (i = 0; i < words->list->len; i++) {
		const struct word *w = &g_array_index(words->list, struct word, i);
		char *header;

		if ((w->kind != WORD_INCLUDE && w->kind != WORD_ANGLED) || w->nesting ||
		    !g_str_has_suffix(w->text, ".h"))
			continue;
		header = spell(w, unit);
		if (g_ptr_array_find_with_equal_func(headers, header, g_str_equal, NULL))
			g_free(header);
		else
			g_ptr_array_add(headers, header);
	}
	words_free(words);
	return headers;
}

/* ---- groups ---------------------------------------------------------------------------------- */

/* Units of the same arguments, or those of them in one directory. */
struct group {
	const char *key;   /* owned by the table */
	GArray *units;	   /* of int */
	GHashTable *users; /* header (of a unit's list) -> number of units */
};

static struct group *group_new(void)
{
	struct group *g = g_new0(struct group, 1);

	g->units = g_array_new(false, false, sizeof(int));
	g->users = g_hash_table_new(g_str_hash, g_str_equal);
	return g;
}

static void group_free(gpointer data)
{
	struct group *g = data;

	g_array_unref(g->units);
	g_hash_table_unref(g->users);
	g_free(g);
}

struct group_table {
	GHashTable *by_key; /* char * -> struct group */
	GPtrArray *in_order; /* of struct group */
};

static void group_table_init(struct group_table *t)
{
	t->by_key = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	t->in_order = g_ptr_array_new_with_free_func(group_free);
}

static void group_table_clear(struct group_table *t)
{
	g_hash_table_unref(t->by_key);
	g_ptr_array_unref(t->in_order);
}

/* Takes the key. */
static void group_add(struct group_table *t, char *key, int unit, GPtrArray *headers,
		      bool with_local)
{
	struct group *g = g_hash_table_lookup(t->by_key, key);
	guint i;

	if (g) {
		g_free(key);
	} else {
		g = group_new();
		g->key = key;
		g_hash_table_insert(t->by_key, key, g);
		g_ptr_array_add(t->in_order, g);
	}
	g_array_append_val(g->units, unit);
	for (i = 0; i < headers->len; i++) {
		char *name = g_ptr_array_index(headers, i);
		int users = GPOINTER_TO_INT(g_hash_table_lookup(g->users, name));

		if (with_local || !is_local(name))
			g_hash_table_insert(g->users, name, GINT_TO_POINTER(users + 1));
	}
}

struct user {
	const char *header;
	int count;
};

/* They describe what was included before them. */
static bool is_trace(const char *header)
{
	return g_str_has_prefix(header, "<trace/");
}

static int compare_users(gconstpointer a, gconstpointer b)
{
	const struct user *x = a, *y = b;

	if (is_trace(x->header) != is_trace(y->header))
		return is_trace(x->header) - is_trace(y->header);
	return x->count != y->count ? y->count - x->count : strcmp(x->header, y->header);
}

/* The headers that enough units include, the most used first, NULL-ended. */
static GStrv choose_headers(const struct group *g, bool is_plain)
{
	g_autoptr(GArray) sorted = g_array_new(false, false, sizeof(struct user));
	g_autoptr(GStrvBuilder) headers = g_strv_builder_new();
	int fewest = MAX(FEWEST_USERS, (int)g->units->len / (is_plain ? SHARE_OF_PLAIN : SHARE));
	GHashTableIter i;
	gpointer name, count;
	guint k;

	g_hash_table_iter_init(&i, g->users);
	while (g_hash_table_iter_next(&i, &name, &count)) {
		struct user u = {name, GPOINTER_TO_INT(count)};

		if (u.count >= fewest && !(is_plain && is_trace(u.header)))
			g_array_append_val(sorted, u);
	}
	g_array_sort(sorted, compare_users);
	for (k = 0; k < sorted->len; k++)
		g_strv_builder_add(headers, g_array_index(sorted, struct user, k).header);
	return g_strv_builder_end(headers);
}

/* ---- the plan -------------------------------------------------------------------------------- */

struct planner {
	struct groups *all;
	const GPtrArray *units;
	GPtrArray *headers; /* by unit: its headers */
};

static void prefix_free(gpointer data)
{
	struct prefix *p = data;

	g_strfreev((char **)p->plan.headers);
	g_free((char *)p->plan.path);
	g_free(p);
}

struct prefix *groups_prefix(const struct groups *g, int index)
{
	return g_ptr_array_index(g->prefixes, index);
}

static void add_candidate(struct groups *all, int unit, int prefix)
{
	int i;

	for (i = 0; i < MOST_CANDIDATES; i++) {
		if (all->of_unit[unit][i] >= 0)
			continue;
		all->of_unit[unit][i] = prefix;
		return;
	}
}

static int64_t name_prefix(const char *arguments, const char *kind)
{
	g_autofree char *name = g_strdup_printf("%s\n%s", kind, arguments);

	return ew_store_hash(name, strlen(name));
}

/* A prefix of headers for the units of a group. Takes the headers. */
static void plan_prefix(struct planner *p, const struct group *g, GStrv headers, int64_t command,
			bool is_plain)
{
	GPtrArray *prefixes = p->all->prefixes;
	struct prefix *x;
	guint i;

	if (!headers[0]) {
		g_strfreev(headers);
		return;
	}
	x = g_new0(struct prefix, 1);
	x->plan.path = g_strdup_printf("%s.prefix%u", p->all->base, prefixes->len);
	x->plan.headers = (const char *const *)headers;
	x->plan.is_plain = is_plain;
	x->command = command;
	x->like = g_ptr_array_index(p->units, g_array_index(g->units, int, 0));
	g_ptr_array_add(prefixes, x);
	for (i = 0; i < g->units->len; i++)
		add_candidate(p->all, g_array_index(g->units, int, i), prefixes->len - 1);
}

/* Does half of its units include one header of the directory's own that a prefix can hold? */
static bool has_local(const struct group *directory)
{
	GHashTableIter i;
	gpointer name, users;

	g_hash_table_iter_init(&i, directory->users);
	while (g_hash_table_iter_next(&i, &name, &users))
		if (is_local(name) && GPOINTER_TO_INT(users) * 2 >= (int)directory->units->len &&
		    !is_bare(name))
			return true;
	return false;
}

static void plan_local(struct planner *p, const struct group *g)
{
	const GPtrArray *prefixes = p->all->prefixes;
	struct group_table directories;
	guint i;

	group_table_init(&directories);
	for (i = 0; i < g->units->len; i++) {
		int unit = g_array_index(g->units, int, i);
		const struct ew_unit *u = g_ptr_array_index(p->units, unit);

		group_add(&directories, g_path_get_dirname(u->path), unit,
			  g_ptr_array_index(p->headers, unit), true);
	}
	for (i = 0; i < directories.in_order->len; i++) {
		const struct group *d = g_ptr_array_index(directories.in_order, i);

		if (prefixes->len < MOST_LOCAL && d->units->len >= FEWEST_FOR_LOCAL && has_local(d))
			plan_prefix(p, d, choose_headers(d, false),
				    name_prefix(g->key, d->key), false);
	}
	group_table_clear(&directories);
}

static void plan_group(struct planner *p, const struct group *g)
{
	if (g->units->len < FEWEST_UNITS)
		return;
	plan_local(p, g);
	plan_prefix(p, g, choose_headers(g, false), name_prefix(g->key, "full"), false);
	if (g->units->len >= FEWEST_FOR_PLAIN)
		plan_prefix(p, g, choose_headers(g, true),
			    name_prefix(g->key, "plain"), true);
}

static struct groups *groups_new(int units, const char *base)
{
	struct groups *all = g_new0(struct groups, 1);

	all->base = g_strdup(base);
	all->prefixes = g_ptr_array_new_with_free_func(prefix_free);
	all->of_unit = g_malloc(sizeof *all->of_unit * (units + 1));
	memset(all->of_unit, -1, sizeof *all->of_unit * (units + 1));
	return all;
}

struct groups *groups_plan(const GPtrArray *units, const char *base)
{
	struct groups *all = groups_new(units->len, base);
	struct planner p = {all, units,
			    g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref)};
	struct group_table by_arguments;
	guint i;

	group_table_init(&by_arguments);
	for (i = 0; i < units->len; i++) {
		const struct ew_unit *unit = g_ptr_array_index(units, i);
		GPtrArray *headers = headers_of(unit);

		g_ptr_array_add(p.headers, headers);
		if (!unit->problem)
			group_add(&by_arguments, key_of(unit), i, headers, false);
	}
	for (i = 0; i < by_arguments.in_order->len; i++)
		plan_group(&p, g_ptr_array_index(by_arguments.in_order, i));
	group_table_clear(&by_arguments);
	g_ptr_array_unref(p.headers);
	return all;
}

/* ---- units that are done again --------------------------------------------------------------- */

/* Candidates by the place in `redo`; how many of those units each prefix serves. */
static void count_again(struct groups *all, const GPtrArray *units, const GPtrArray *redo, int *served)
{
	g_autoptr(GHashTable) places = g_hash_table_new(NULL, NULL);
	int (*of_unit)[MOST_CANDIDATES] = all->of_unit;
	guint i;
	int k;

	for (i = 0; i < units->len; i++)
		g_hash_table_insert(places, units->pdata[i], GINT_TO_POINTER(i));
	all->of_unit = g_malloc(sizeof *all->of_unit * (redo->len + 1));
	for (i = 0; i < redo->len; i++) {
		int place = GPOINTER_TO_INT(g_hash_table_lookup(places, redo->pdata[i]));

		memcpy(all->of_unit[i], of_unit[place], sizeof *of_unit);
		for (k = 0; k < MOST_CANDIDATES && all->of_unit[i][k] >= 0; k++)
			served[all->of_unit[i][k]]++;
	}
	g_free(of_unit);
}

static void take_headers(struct prefix *x, const char *headers)
{
	g_strfreev((char **)x->plan.headers);
	x->plan.headers = (const char *const *)g_strsplit(headers, "\n", -1);
}

struct groups *groups_plan_again(const GPtrArray *units, const GPtrArray *redo, GHashTable *stored,
				 GHashTable *stale, const char *base)
{
	struct groups *all;
	g_autofree int *served = NULL;
	int i;

	if (redo->len < FEWEST_UNITS && !g_hash_table_size(stale))
		return groups_new(redo->len, base);
	all = groups_plan(units, base);
	served = g_new0(int, all->prefixes->len + 1);
	count_again(all, units, redo, served);
	for (i = 0; i < (int)all->prefixes->len; i++) {
		struct prefix *x = groups_prefix(all, i);
		const char *headers = g_hash_table_lookup(stored, &x->command);

		if (headers)
			take_headers(x, headers);
		if (served[i] < FEWEST_UNITS && !g_hash_table_contains(stale, &x->command))
			x->state = PREFIX_FAILED;
	}
	return all;
}

void groups_free(struct groups *g)
{
	if (!g)
		return;
	groups_clean(g->base);
	g_ptr_array_unref(g->prefixes);
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
