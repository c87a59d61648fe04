/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The configuration reaches every unit through one header, include/generated/autoconf.h. As the kernel's
 * own fixdep does it, a unit depends not on that file but on the symbols that its files name.
 */
#include <string.h>

#include "run/symbols.h"

static const char beginning[] = "CONFIG_";

bool symbols_is_configuration(const char *path)
{
	return path && g_str_has_suffix(path, "include/generated/autoconf.h");
}

static bool is_word(char c)
{
	return g_ascii_isalnum(c) || c == '_';
}

/* IS_ENABLED(CONFIG_X) looks at CONFIG_X_MODULE too. */
static char *symbol_at(const char *at, size_t *length)
{
	char *name;

	for (*length = 0; is_word(at[*length]); ++*length)
		;
	name = g_strndup(at, *length);
	if (g_str_has_suffix(name, "_MODULE"))
		name[*length - strlen("_MODULE")] = '\0';
	return name;
}

/* "#define CONFIG_X 1": the name -> the line. */
static GHashTable *definitions(const char *text)
{
	GHashTable *all = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	int i;

	for (i = 0; lines[i]; i++) {
		const char *at = strstr(lines[i], beginning);
		size_t length;
		char *name;
		const char *known;

		if (!at || !g_str_has_prefix(lines[i], "#define"))
			continue;
		name = symbol_at(at, &length);
		known = g_hash_table_lookup(all, name);
		g_hash_table_insert(all, name, g_strconcat(known ? known : "", lines[i], NULL));
	}
	return all;
}

static void add_differing(GHashTable *a, GHashTable *b, GHashTable *to)
{
	GHashTableIter i;
	gpointer name, line;

	g_hash_table_iter_init(&i, a);
	while (g_hash_table_iter_next(&i, &name, &line))
		if (g_strcmp0(line, g_hash_table_lookup(b, name)) != 0)
			g_hash_table_add(to, g_strdup(name));
}

static GBytes *old_text(struct ew_store *old, int64_t file)
{
	ew_auto(rows) r = ew_store_select(old, EW_SOURCE, "i", file);

	return ew_rows_next(r) ? ew_rows_unpacked(r, 0, 1) : NULL;
}

GHashTable *symbols_changed(struct ew_store *old, int64_t file, const char *path,
			    const struct roots *roots)
{
	struct ew_store_file_state state;
	g_autoptr(GHashTable) before = NULL;
	g_autoptr(GHashTable) after = NULL;
	g_autoptr(GBytes) was = old_text(old, file);
	g_autofree char *is = NULL;
	GHashTable *changed;
	size_t length;

	is = state_read(roots, path, 0, &length, &state);
	if (!was || !is)
		return NULL;
	if (!g_bytes_get_size(was))
		return NULL;
	before = definitions(g_bytes_get_data(was, NULL));
	after = definitions(is);
	changed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	add_differing(before, after, changed);
	add_differing(after, before, changed);
	return changed;
}

bool symbols_are_in(struct ew_store *old, int64_t file, GHashTable *symbols)
{
	g_autoptr(GBytes) text = old_text(old, file);
	const char *at = text ? g_bytes_get_data(text, NULL) : NULL;
	bool answer = false;

	while (!answer && at && (at = strstr(at, beginning))) {
		size_t length;
		g_autofree char *name = symbol_at(at, &length);

		answer = g_hash_table_contains(symbols, name);
		at += length;
	}
	return answer;
}
