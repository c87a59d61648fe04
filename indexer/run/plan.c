/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What has to be done again. The files that changed are looked for first; only if there are some, or if
 * the units or their commands are others, is it asked which unit read what.
 */
#include <string.h>

#include "run/plan.h"
#include "run/symbols.h"

int64_t plan_command(const struct ew_unit *unit)
{
	g_autoptr(GString) text = g_string_new(unit->directory);
	int i;

	g_string_append_printf(text, "\n%s", unit->path);
	for (i = 0; unit->argv && unit->argv[i]; i++)
		g_string_append_printf(text, "\n%s", unit->argv[i]);
	return ew_store_hash(text->str, text->len);
}

/* ---- what the index knows -------------------------------------------------------------------- */

static void free_owner(gpointer data)
{
	struct owner *o = data;

	if (o->files)
		g_array_unref(o->files);
	g_free(o->name);
	g_free(o->reason);
	g_free(o);
}

static bool has_meta(struct ew_store *s, const char *const *meta, char **why_not)
{
	for (; meta[0]; meta += 2) {
		ew_auto(rows) r = ew_store_select(s, EW_META, "s", meta[0]);
		const char *value = ew_rows_next(r) ? ew_rows_text(r, 0) : NULL;

		if (!g_strcmp0(value, meta[1]))
			continue;
		*why_not = g_strdup_printf("its %s was another", meta[0]);
		return false;
	}
	return true;
}

static struct owner *add_owner(struct plan *p, int64_t id, const char *name, int64_t command)
{
	struct owner *o = g_new0(struct owner, 1);

	o->id = id;
	o->name = g_strdup(name);
	o->command = command;
	g_ptr_array_add(p->owners, o);
	g_hash_table_insert(p->by_id, &o->id, o);
	return o;
}

static void load_owners(struct plan *p)
{
	ew_auto(rows) units = ew_store_select(p->old, EW_ALL_UNITS, "");
	ew_auto(rows) prefixes = ew_store_select(p->old, EW_ALL_PREFIXES, "");

	while (ew_rows_next(units)) {
		struct owner *o = add_owner(p, ew_rows_int(units, 0), ew_rows_text(units, 1),
					    ew_rows_int(units, 4));

		o->status = ew_rows_int(units, 2);
		o->rank = ew_rows_int(units, 6);
		o->reason = g_strdup(ew_rows_text(units, 3));
		g_hash_table_insert(p->by_file, o->name, o);
	}
	while (ew_rows_next(prefixes)) {
		struct owner *o = add_owner(p, -ew_rows_int(prefixes, 0), ew_rows_text(prefixes, 2),
					    ew_rows_int(prefixes, 1));

		g_hash_table_insert(p->prefixes, &o->command, o);
	}
}

static void read_files_of(struct ew_rows *r, int column, struct owner *o)
{
	size_t length;
	const void *bytes = ew_rows_blob(r, column, &length);

	o->files = ew_store_unpack_ids(bytes, length);
}

/* In the order in which load_owners() met them. */
static void load_files_of_owners(struct plan *p)
{
	ew_auto(rows) units = ew_store_select(p->old, EW_ALL_UNITS, "");
	ew_auto(rows) prefixes = ew_store_select(p->old, EW_ALL_PREFIXES, "");
	guint i = 0;

	if (p->owners->len && ((struct owner *)p->owners->pdata[0])->files)
		return;
	while (i < p->owners->len && ew_rows_next(units))
		read_files_of(units, 5, p->owners->pdata[i++]);
	while (i < p->owners->len && ew_rows_next(prefixes))
		read_files_of(prefixes, 3, p->owners->pdata[i++]);
	for (; i < p->owners->len; i++)
		((struct owner *)p->owners->pdata[i])->files = g_array_new(false, false, sizeof(int64_t));
}

/* ---- what changed ---------------------------------------------------------------------------- */

static void add_changed(struct plan *p, int64_t file)
{
	g_hash_table_add(p->changed, g_memdup2(&file, sizeof file));
}

static void find_changed(struct plan *p, const struct roots *roots)
{
	ew_auto(rows) r = ew_store_select(p->old, EW_ALL_FILES, "");

	while (ew_rows_next(r)) {
		int64_t id = ew_rows_int(r, 0);
		const char *path = ew_rows_text(r, 1);
		struct ew_store_file_state was = {ew_rows_int(r, 2), ew_rows_int(r, 3),
						  ew_rows_int(r, 4), ew_rows_int(r, 5),
						  ew_rows_int(r, 6)};

		g_hash_table_insert(p->paths, g_memdup2(&id, sizeof id), g_strdup(path));
		if (!state_is(roots, path, &was)) {
			add_changed(p, id);
			p->files_changed++;
		}
	}
}

/* All units include the configuration: only those count that ask for a symbol that changed. */
static GHashTable *files_that_count(struct plan *p, const struct roots *roots)
{
	GHashTable *counting = g_hash_table_new(g_int64_hash, g_int64_equal);
	g_autoptr(GHashTable) symbols = NULL;
	GHashTableIter i;
	gpointer id, path;
	int64_t configuration = 0;

	g_hash_table_iter_init(&i, p->changed);
	while (g_hash_table_iter_next(&i, &id, NULL)) {
		path = g_hash_table_lookup(p->paths, id);
		if (symbols_is_configuration(path))
			configuration = *(int64_t *)id;
		else
			g_hash_table_add(counting, id);
	}
	symbols = configuration ? symbols_changed(p->old, configuration,
						  g_hash_table_lookup(p->paths, &configuration), roots)
				: NULL;
	if (!symbols)
		return counting;
	p->files_changed--;
	p->symbols_changed = g_hash_table_size(symbols);
	g_hash_table_iter_init(&i, p->paths);
	while (p->symbols_changed && g_hash_table_iter_next(&i, &id, &path))
		if (*(int64_t *)id != configuration && symbols_are_in(p->old, *(int64_t *)id, symbols))
			g_hash_table_add(counting, id);
	return counting;
}

/* ---- who is redone --------------------------------------------------------------------------- */

static void redo(struct plan *p, struct owner *o)
{
	o->is_gone = true;
	if (o->unit)
		g_hash_table_add(p->redo, (gpointer)o->unit);
}

static bool meets(const GArray *files, GHashTable *set)
{
	guint i;

	for (i = 0; i < files->len; i++)
		if (g_hash_table_contains(set, &g_array_index(files, int64_t, i)))
			return true;
	return false;
}

/* What may go otherwise the next time though no file changed: a header that was not there, a limit. */
static bool is_to_be_tried_again(const struct owner *o, const struct ew_unit *unit)
{
	if (unit->problem)
		return g_strcmp0(unit->problem, o->reason) != 0;
	return o->status == EW_STORE_NOT_INDEXED ||
	       (o->status == EW_STORE_ERRORS && o->reason && strstr(o->reason, "file not found"));
}

static void check_units(struct plan *p)
{
	int rank = 0;
	guint i;

	for (i = 0; i < p->units->len; i++) {
		const struct ew_unit *unit = g_ptr_array_index(p->units, i);
		struct owner *o = g_hash_table_lookup(p->by_file, unit->file);

		if (!o) {
			g_hash_table_add(p->redo, (gpointer)unit);
			p->units_new++;
			continue;
		}
		o->unit = unit;
		p->is_order_another |= o->rank < rank;
		rank = o->rank;
		if (o->command != plan_command(unit)) {
			p->commands_changed++;
			redo(p, o);
		} else if (is_to_be_tried_again(o, unit)) {
			p->retried++;
			redo(p, o);
		}
	}
	for (i = 0; i < p->owners->len; i++) {
		struct owner *o = g_ptr_array_index(p->owners, i);

		if (o->id < 0 || o->unit)
			continue;
		p->units_removed++;
		redo(p, o);
	}
}

static void check_files(struct plan *p, const struct roots *roots)
{
	g_autoptr(GHashTable) counting = NULL;
	guint i;

	if (!g_hash_table_size(p->changed))
		return;
	counting = files_that_count(p, roots);
	load_files_of_owners(p);
	for (i = 0; i < p->owners->len; i++) {
		struct owner *o = g_ptr_array_index(p->owners, i);

		if (!o->is_gone && meets(o->files, counting))
			redo(p, o);
	}
}

/* Where units come in another order, of those that define the same another may come first. */
static void check_order(struct plan *p)
{
	ew_auto(rows) r = ew_store_select(p->old, EW_ALL_SHADOWED, "");

	while (ew_rows_next(r)) {
		int64_t unit = ew_rows_int(r, 0), owner = ew_rows_int(r, 1);
		struct owner *in_shadow = g_hash_table_lookup(p->by_id, &unit);
		struct owner *before = g_hash_table_lookup(p->by_id, &owner);

		if (in_shadow)
			redo(p, in_shadow);
		if (before)
			redo(p, before);
	}
}

bool plan_is_empty(const struct plan *p)
{
	return !g_hash_table_size(p->redo) && !p->units_removed && !p->is_order_another &&
	       !g_hash_table_size(p->changed);
}

struct plan *plan_make(const char *index, const struct roots *roots, GPtrArray *units,
		       const char *const *meta, char **why_not)
{
	struct plan *p = g_new0(struct plan, 1);

	p->units = units;
	p->owners = g_ptr_array_new_with_free_func(free_owner);
	p->by_file = g_hash_table_new(g_str_hash, g_str_equal);
	p->by_id = g_hash_table_new(g_int64_hash, g_int64_equal);
	p->prefixes = g_hash_table_new(g_int64_hash, g_int64_equal);
	p->redo = g_hash_table_new(NULL, NULL);
	p->paths = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
	p->changed = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	p->old = ew_store_open(index, NULL);
	if (!p->old || !has_meta(p->old, meta, why_not)) {
		plan_free(p);
		return NULL;
	}
	load_owners(p);
	find_changed(p, roots);
	check_units(p);
	check_files(p, roots);
	if (p->is_order_another)
		check_order(p);
	if (!ew_store_error(p->old))
		return p;
	*why_not = g_strdup("it was damaged");
	plan_free(p);
	return NULL;
}

void plan_free(struct plan *p)
{
	if (!p)
		return;
	ew_store_close(p->old);
	g_hash_table_unref(p->by_file);
	g_hash_table_unref(p->by_id);
	g_hash_table_unref(p->prefixes);
	g_hash_table_unref(p->redo);
	g_hash_table_unref(p->paths);
	g_hash_table_unref(p->changed);
	g_ptr_array_unref(p->owners);
	g_free(p);
}

/* ---- further rounds -------------------------------------------------------------------------- */

/* Does the owner read one of them? Those that it reads are taken out. */
static bool reads_any(const struct owner *o, GHashTable *files)
{
	bool answer = false;
	guint i;

	for (i = 0; i < o->files->len; i++)
		answer |= g_hash_table_remove(files, &g_array_index(o->files, int64_t, i));
	return answer;
}

GPtrArray *plan_add(struct plan *p, GHashTable *units, GHashTable *files, int most)
{
	GPtrArray *added = g_ptr_array_new();
	guint i;

	if (g_hash_table_size(files))
		load_files_of_owners(p);
	for (i = 0; i < p->units->len && (g_hash_table_size(files) || g_hash_table_size(units)); i++) {
		const struct ew_unit *unit = g_ptr_array_index(p->units, i);
		struct owner *o = g_hash_table_lookup(p->by_file, unit->file);

		if (!o || o->is_gone)
			continue;
		if (!g_hash_table_contains(units, &o->id) && (!most || !reads_any(o, files)))
			continue;
		most -= most > 0;
		redo(p, o);
		g_ptr_array_add(added, (gpointer)unit);
	}
	return added;
}

static void say_count(GString *text, int n, const char *one, const char *many)
{
	if (n)
		g_string_append_printf(text, "%s%d %s", text->len ? ", " : "", n, n == 1 ? one : many);
}

char *plan_say(const struct plan *p)
{
	g_autoptr(GString) why = g_string_new(NULL);

	say_count(why, p->files_changed, "file changed", "files changed");
	say_count(why, p->symbols_changed, "symbol of the configuration changed",
		  "symbols of the configuration changed");
	say_count(why, p->commands_changed, "command changed", "commands changed");
	say_count(why, p->units_new, "unit new", "units new");
	say_count(why, p->units_removed, "unit removed", "units removed");
	if (p->is_order_another)
		g_string_append(why, why->len ? ", another order" : "another order");
	say_count(why, p->retried, "unit tried again", "units tried again");
	return g_strdup_printf("%u of %u units redone: %s", g_hash_table_size(p->redo), p->units->len,
			       why->len ? why->str : "kernel-refs changed");
}
