/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The loaded room: which files there are, and look-up by name. What is in a file, reader.c knows.
 */
#include "refs/refs.h"
#include "refs/reader.h"

#include <string.h>

enum kind {
	BINDINGS,
	MECHANISMS,
	ENTRIES,
	NOTES,
	GATES,
	ENDS,
	SCOPES,
	STATES,
	SLEEPS,
	RELEASES,
	KINDS
};

struct ew_refs {
	char *dir;
	bool is_loaded[KINDS];
	GPtrArray *bindings, *mechanisms, *entries, *notes, *states, *sleeps, *releases;
	struct ew_refs_gates gates;
	GStrv ends;
	GHashTable *scopes; /* name -> GStrv */
	GError *error;	    /* the first one met by an accessor */
};

static void binding_free(void *data)
{
	ew_refs_binding_free(data);
}

static void mechanism_free(void *data)
{
	ew_refs_mechanism_free(data);
}

static void entry_free(void *data)
{
	ew_refs_entry_free(data);
}

static void note_free(void *data)
{
	ew_refs_note_free(data);
}

static void states_free(void *data)
{
	ew_refs_states_free(data);
}

static void sleeps_free(void *data)
{
	ew_refs_sleeps_free(data);
}

static void strv_free(void *data)
{
	g_strfreev(data);
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The files of dir/kind that end in `suffix`, sorted. A directory that is not there has none. */
static GPtrArray *list_files(const char *dir, const char *kind, const char *suffix, GError **error)
{
	g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *place = g_build_filename(dir, kind, NULL);
	g_autoptr(GError) io_error = NULL;
	g_autoptr(GDir) handle = g_dir_open(place, 0, &io_error);
	const char *name;

	if (!handle && g_error_matches(io_error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
		return g_steal_pointer(&paths);
	if (!handle) {
		g_set_error(error, EW_ERROR, EW_ERROR_INPUT, "%s", io_error->message);
		return NULL;
	}
	while ((name = g_dir_read_name(handle)))
		if (g_str_has_suffix(name, suffix) && name[0] != '.')
			g_ptr_array_add(paths, g_build_filename(place, name, NULL));
	g_ptr_array_sort(paths, compare_paths);
	return g_steal_pointer(&paths);
}

/* Read every file of one kind into `into`. */
static bool load_kind(const char *dir, const char *kind, const char *suffix,
		      void *(*read)(const char *path, GError **error), GPtrArray *into,
		      GError **error)
{
	g_autoptr(GPtrArray) paths = list_files(dir, kind, suffix, error);

	if (!paths)
		return false;
	for (guint i = 0; i < paths->len; i++) {
		void *item = read(paths->pdata[i], error);

		if (!item)
			return false;
		g_ptr_array_add(into, item);
	}
	return true;
}

static void *read_binding(const char *path, GError **error)
{
	return ew_refs_read_binding(path, error);
}

static void *read_mechanism(const char *path, GError **error)
{
	return ew_refs_read_mechanism(path, error);
}

static void *read_entry(const char *path, GError **error)
{
	return ew_refs_read_entry(path, error);
}

static void *read_note(const char *path, GError **error)
{
	return ew_refs_read_note(path, error);
}

static void *read_states(const char *path, GError **error)
{
	return ew_refs_read_states(path, error);
}

static void *read_sleeps(const char *path, GError **error)
{
	return ew_refs_read_sleeps(path, error);
}

static bool load_scopes(struct ew_refs *refs, const char *dir, GError **error)
{
	g_autoptr(GPtrArray) paths = list_files(dir, "scopes", ".scope", error);

	if (!paths)
		return false;
	for (guint i = 0; i < paths->len; i++) {
		GStrv patterns = ew_refs_read_scope(paths->pdata[i], error);

		if (!patterns)
			return false;
		g_hash_table_insert(refs->scopes, ew_refs_stem(paths->pdata[i]), patterns);
	}
	return true;
}

static bool load(struct ew_refs *refs, enum kind kind, GError **error)
{
	g_autofree char *path = NULL;
	GPtrArray *read;

	if (refs->is_loaded[kind])
		return true;
	refs->is_loaded[kind] = true;
	switch (kind) {
	case BINDINGS:
		return load_kind(refs->dir, "bindings", ".binding", read_binding, refs->bindings, error);
	case MECHANISMS:
		return load_kind(refs->dir, "mechanisms", ".mechanism", read_mechanism,
				 refs->mechanisms, error) &&
		       ew_refs_link_mechanisms(refs->mechanisms, error);
	case ENTRIES:
		return load_kind(refs->dir, "entries", ".entry", read_entry, refs->entries, error);
	case NOTES:
		return load_kind(refs->dir, "notes", ".md", read_note, refs->notes, error);
	case STATES:
		return load_kind(refs->dir, "states", ".states", read_states, refs->states, error);
	case GATES:
		path = g_build_filename(refs->dir, "gates", NULL);
		return ew_refs_read_gates(path, &refs->gates, error);
	case ENDS:
		path = g_build_filename(refs->dir, "ends", NULL);
		refs->ends = ew_refs_read_ends(path, error);
		return refs->ends != NULL;
	case SLEEPS:
		return load_kind(refs->dir, "sleeps", ".sleeps", read_sleeps, refs->sleeps, error);
	case SCOPES:
		return load_scopes(refs, refs->dir, error);
	default:
		path = g_build_filename(refs->dir, "releases", NULL);
		read = ew_refs_read_releases(path, error);
		if (!read)
			return false;
		g_ptr_array_unref(refs->releases);
		refs->releases = read;
		return true;
	}
}

/* What an accessor gives: it cannot fail, so what it met is kept for ew_refs_load(). */
static const struct ew_refs *need(const struct ew_refs *refs, enum kind kind)
{
	struct ew_refs *own = (struct ew_refs *)refs;

	load(own, kind, own->error ? NULL : &own->error);
	return refs;
}

struct ew_refs *ew_refs_open_late(const char *dir, GError **error)
{
	struct ew_refs *refs;

	if (!g_file_test(dir, G_FILE_TEST_IS_DIR)) {
		g_set_error(
			error, EW_ERROR, EW_ERROR_INPUT,
			"%s: no such directory; EXITWALK_DATA names the one that holds kernel-refs",
			dir);
		return NULL;
	}
	refs = g_new0(struct ew_refs, 1);
	refs->dir = g_strdup(dir);
	refs->bindings = g_ptr_array_new_with_free_func(binding_free);
	refs->mechanisms = g_ptr_array_new_with_free_func(mechanism_free);
	refs->entries = g_ptr_array_new_with_free_func(entry_free);
	refs->notes = g_ptr_array_new_with_free_func(note_free);
	refs->states = g_ptr_array_new_with_free_func(states_free);
	refs->sleeps = g_ptr_array_new_with_free_func(sleeps_free);
	refs->releases = g_ptr_array_new();
	refs->gates.tests = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	refs->gates.counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	refs->gates.denials = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	refs->gates.results = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	refs->gates.reads = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	refs->gates.takes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	refs->gates.looks = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	refs->gates.numbers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	refs->gates.unless = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	refs->gates.references = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	refs->gates.puts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	refs->scopes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, strv_free);
	return refs;
}

bool ew_refs_load(struct ew_refs *refs, GError **error)
{
	for (int kind = 0; kind < KINDS && !refs->error; kind++)
		load(refs, kind, &refs->error);
	return ew_refs_is_sound(refs, error);
}

bool ew_refs_is_sound(const struct ew_refs *refs, GError **error)
{
	if (refs->error)
		g_propagate_error(error, g_error_copy(refs->error));
	return !refs->error;
}

struct ew_refs *ew_refs_open(const char *dir, GError **error)
{
	ew_auto(refs) refs = ew_refs_open_late(dir, error);

	return refs && ew_refs_load(refs, error) ? g_steal_pointer(&refs) : NULL;
}

void ew_refs_close(struct ew_refs *refs)
{
	if (!refs)
		return;
	g_clear_pointer(&refs->bindings, g_ptr_array_unref);
	g_clear_pointer(&refs->mechanisms, g_ptr_array_unref);
	g_clear_pointer(&refs->entries, g_ptr_array_unref);
	g_clear_pointer(&refs->notes, g_ptr_array_unref);
	g_clear_pointer(&refs->states, g_ptr_array_unref);
	g_clear_pointer(&refs->sleeps, g_ptr_array_unref);
	g_clear_pointer(&refs->releases, g_ptr_array_unref);
	g_strfreev(refs->ends);
	g_clear_pointer(&refs->gates.tests, g_hash_table_unref);
	g_clear_pointer(&refs->gates.counts, g_hash_table_unref);
	g_clear_pointer(&refs->gates.denials, g_hash_table_unref);
	g_clear_pointer(&refs->gates.results, g_hash_table_unref);
	g_clear_pointer(&refs->gates.reads, g_hash_table_unref);
	g_clear_pointer(&refs->gates.takes, g_hash_table_unref);
	g_clear_pointer(&refs->gates.looks, g_hash_table_unref);
	g_clear_pointer(&refs->gates.numbers, g_hash_table_unref);
	g_clear_pointer(&refs->gates.unless, g_hash_table_unref);
	g_clear_pointer(&refs->gates.references, g_hash_table_unref);
	g_clear_pointer(&refs->gates.puts, g_hash_table_unref);
	g_clear_pointer(&refs->scopes, g_hash_table_unref);
	g_clear_error(&refs->error);
	g_free(refs->dir);
	g_free(refs);
}

const GPtrArray *ew_refs_bindings(const struct ew_refs *refs)
{
	return need(refs, BINDINGS)->bindings;
}

const GPtrArray *ew_refs_mechanisms(const struct ew_refs *refs)
{
	return need(refs, MECHANISMS)->mechanisms;
}

const GPtrArray *ew_refs_entries(const struct ew_refs *refs)
{
	return need(refs, ENTRIES)->entries;
}

const GPtrArray *ew_refs_notes(const struct ew_refs *refs)
{
	return need(refs, NOTES)->notes;
}

const GPtrArray *ew_refs_states(const struct ew_refs *refs)
{
	return need(refs, STATES)->states;
}

const GPtrArray *ew_refs_sleeps(const struct ew_refs *refs)
{
	return need(refs, SLEEPS)->sleeps;
}

const GPtrArray *ew_refs_releases(const struct ew_refs *refs)
{
	return need(refs, RELEASES)->releases;
}

const char *const *ew_refs_ends(const struct ew_refs *refs)
{
	static const char *const none[] = {NULL};

	need(refs, ENDS);
	return refs->ends ? (const char *const *)refs->ends : none;
}

const struct ew_refs_binding *ew_refs_binding(const struct ew_refs *refs, const char *name)
{
	need(refs, BINDINGS);
	for (guint i = 0; i < refs->bindings->len; i++) {
		const struct ew_refs_binding *b = refs->bindings->pdata[i];

		if (strcmp(b->name, name) == 0)
			return b;
	}
	return NULL;
}

const struct ew_refs_release *ew_refs_release(const struct ew_refs *refs, const char *name)
{
	need(refs, RELEASES);
	for (guint i = 0; i < refs->releases->len; i++) {
		const struct ew_refs_release *r = refs->releases->pdata[i];

		if (strcmp(r->name, name) == 0)
			return r;
	}
	return NULL;
}

const char *const *ew_refs_scope(const struct ew_refs *refs, const char *name)
{
	return g_hash_table_lookup(need(refs, SCOPES)->scopes, name);
}

const struct ew_refs_note *ew_refs_note_for(const struct ew_refs *refs, const char *name)
{
	need(refs, NOTES);
	for (guint i = 0; i < refs->notes->len; i++) {
		const struct ew_refs_note *n = refs->notes->pdata[i];

		if (g_strv_contains((const char *const *)n->symbols, name) ||
		    g_strv_contains((const char *const *)n->concepts, name))
			return n;
	}
	return NULL;
}

bool ew_refs_is_linked(const struct ew_refs *refs, const char *when)
{
	const GPtrArray *all = ew_refs_mechanisms(refs);
	guint i;

	for (i = 0; i < all->len; i++) {
		const struct ew_refs_mechanism *m = g_ptr_array_index(all, i);

		if (!strcmp(m->name, when) && (m->sections->len || m->symbols->len))
			return true;
	}
	return false;
}

const struct ew_refs_gates *ew_refs_gates(const struct ew_refs *refs)
{
	return &need(refs, GATES)->gates;
}
