/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All commands of the configuration become the units of a scope: each file once. */
#include "kbuild/internal.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

void ew_kbuild_free(struct ew_kbuild *k)
{
	if (!k)
		return;
	g_ptr_array_unref(k->units);
	g_ptr_array_unref(k->unmatched);
	g_ptr_array_unref(k->warnings);
	g_free(k);
}

static const char *below(const char *path, const char *directory)
{
	size_t n = strlen(directory);

	return !strncmp(path, directory, n) && path[n] == '/' ? path + n + 1 : NULL;
}

/* Set file, path and problem from the source as spelled. A build directory inside the tree
 * (O=build) is the more special of the two. */
static void place_unit(struct ew_unit *unit, const struct ew_tree *tree,
		       const struct ew_tree_build *build)
{
	char *path = g_canonicalize_filename(unit->path, unit->directory);
	const char *generated = build ? below(path, build->directory) : NULL;
	const char *file = generated ? generated : below(path, tree->root);

	g_free(unit->path);
	unit->path = path;
	unit->file = g_strdup(file ? file : path);
	if (access(path, R_OK) == 0) {
		if (!g_file_test(path, G_FILE_TEST_IS_REGULAR)) /* a fifo would be waited for */
			unit->problem = g_strdup("not a file");
		return;
	}
	if (errno != ENOENT)
		unit->problem = g_strdup_printf("%s", g_strerror(errno));
	else if (generated)
		unit->problem =
			g_strdup("the build would generate this file; only headers are generated");
	else
		unit->problem = g_strdup("no such file, though a compile command names it");
}

/* Does net/ipv4/tcp.o stand where net/ipv4/tcp.c does? */
static bool object_is_beside(const struct ew_unit *unit)
{
	size_t n = strlen(unit->file);

	return n > 2 && !strncmp(unit->object, unit->file, n - 1) &&
	       !strcmp(unit->object + n - 1, "o");
}

/* Keep each file once. Returns the kept units in their order; `all` keeps what was dropped. */
static GPtrArray *drop_duplicates(GPtrArray *all)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
	GPtrArray *kept = g_ptr_array_new();

	for (guint i = 0; i < all->len; i++) {
		struct ew_unit *unit = all->pdata[i];
		guint at = GPOINTER_TO_UINT(g_hash_table_lookup(seen, unit->file));

		if (!at) {
			g_ptr_array_add(kept, unit);
			g_hash_table_insert(seen, unit->file, GUINT_TO_POINTER(kept->len));
		} else if (object_is_beside(unit) && !object_is_beside(kept->pdata[at - 1])) {
			kept->pdata[at - 1] = unit;
		}
	}
	return kept;
}

/* A pattern relative to the tree's root. */
static const char *relative_pattern(const char *pattern, const struct ew_tree *tree)
{
	const char *file = below(pattern, tree->root);

	return file ? file : !strcmp(pattern, tree->root) ? "all" : pattern;
}

static bool is_in_scope(const struct ew_unit *unit, const struct ew_tree *tree,
			const char *const *scope, bool *matched)
{
	bool in = !scope || !*scope;

	for (size_t i = 0; scope && scope[i]; i++)
		if (ew_kbuild_matches(relative_pattern(scope[i], tree), unit->file))
			in = matched[i] = true;
	return in;
}

static void select_scope(struct ew_kbuild *k, GPtrArray *kept, const struct ew_tree *tree,
			 const char *const *scope)
{
	size_t n = scope ? g_strv_length((char **)scope) : 0;
	g_autofree bool *matched = g_new0(bool, n + 1);

	for (guint i = 0; i < kept->len; i++)
		if (is_in_scope(kept->pdata[i], tree, scope, matched))
			g_ptr_array_add(k->units, kept->pdata[i]);
	for (size_t i = 0; i < n; i++)
		if (!matched[i])
			g_ptr_array_add(k->unmatched, g_strdup(scope[i]));
}

static int compare_units(gconstpointer a, gconstpointer b)
{
	const struct ew_unit *x = *(struct ew_unit *const *)a, *y = *(struct ew_unit *const *)b;
	int order = strcmp(x->path, y->path);

	return order ? order : strcmp(x->object, y->object);
}

/* Make's own order hangs on which of its jobs was the faster. */
static GPtrArray *ask_make(const struct ew_tree *tree, const struct ew_tree_build *build, int jobs,
			   GPtrArray *warnings, ew_tree_say say, void *data, GError **error)
{
	g_autofree char *what = g_strdup_printf("asking Kbuild what it compiles in %s", tree->name);
	GPtrArray *units = ew_cache_load(build, warnings);

	if (units)
		return units;
	if (say)
		say(what, data);
	units = ew_dryrun_units(tree, build, jobs, warnings, error);
	if (!units)
		return NULL;
	g_ptr_array_sort(units, compare_units);
	ew_cache_save(build, units, warnings);
	return units;
}

/* Units that were not chosen are freed with `all`; the chosen ones are moved out of it. */
static void move_chosen(GPtrArray *all, GPtrArray *chosen)
{
	g_autoptr(GHashTable) set = g_hash_table_new(NULL, NULL);

	for (guint i = 0; i < chosen->len; i++)
		g_hash_table_add(set, chosen->pdata[i]);
	for (guint i = 0; i < all->len; i++)
		if (g_hash_table_contains(set, all->pdata[i]))
			all->pdata[i] = NULL;
}

struct ew_kbuild *ew_kbuild_ask(const struct ew_tree *tree, const struct ew_tree_build *build,
				const char *const *scope, int jobs, ew_tree_say say, void *data,
				GError **error)
{
	ew_auto(kbuild) k = g_new0(struct ew_kbuild, 1);
	g_autoptr(GPtrArray) all = NULL, kept = NULL;

	k->units = g_ptr_array_new_with_free_func((GDestroyNotify)ew_unit_free);
	k->unmatched = g_ptr_array_new_with_free_func(g_free);
	k->warnings = g_ptr_array_new_with_free_func(g_free);
	all = build ? ask_make(tree, build, jobs, k->warnings, say, data, error)
		    : ew_json_units(tree->commands, error);
	if (!all)
		return NULL;
	for (guint i = 0; i < all->len; i++)
		place_unit(all->pdata[i], tree, build);
	kept = drop_duplicates(all);
	k->total = (int)kept->len;
	k->duplicates = (int)(all->len - kept->len);
	select_scope(k, kept, tree, scope);
	move_chosen(all, k->units);
	if (k->units->len)
		return g_steal_pointer(&k);
	g_set_error(error, EW_ERROR, EW_ERROR_INPUT,
		    "%s: none of its %d compiled C files is in the scope%s%s; name directories or "
		    "files relative to the tree's root, or `--scope all`",
		    tree->source, k->total, scope && *scope ? ", which begins with " : "",
		    scope && *scope ? *scope : "");
	return NULL;
}
