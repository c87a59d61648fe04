/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The answer of the dry run, kept in the build directory.
 *
 * Strings that end in NUL, one after the other: the format and the build's stamp; the number of
 * make's errors, and they; then for each unit its source, its object, the number of its arguments,
 * and they; then "end".
 */
#include "kbuild/internal.h"

#include <stdlib.h>
#include <string.h>

#define FILE_NAME "exitwalk.units"
#define FORMAT	  "units 2"
#define END	  "end"

static char *cache_path(const struct ew_tree_build *build)
{
	return g_build_filename(build->directory, FILE_NAME, NULL);
}

static void put(GString *s, const char *text)
{
	g_string_append_len(s, text, (gssize)strlen(text) + 1);
}

static void put_number(GString *s, guint n)
{
	char text[16];

	g_snprintf(text, sizeof(text), "%u", n);
	put(s, text);
}

/* A cache that cannot be written only costs the next run its time. */
void ew_cache_save(const struct ew_tree_build *build, GPtrArray *units, GPtrArray *warnings)
{
	g_autoptr(GString) s = g_string_sized_new(1 << 20);
	g_autofree char *path = cache_path(build);

	put(s, FORMAT);
	put(s, build->stamp);
	put_number(s, warnings->len);
	for (guint i = 0; i < warnings->len; i++)
		put(s, warnings->pdata[i]);
	for (guint i = 0; i < units->len; i++) {
		const struct ew_unit *unit = units->pdata[i];

		put(s, unit->path);
		put(s, unit->object);
		put_number(s, g_strv_length(unit->argv));
		for (char **arg = unit->argv; *arg; arg++)
			put(s, *arg);
	}
	put(s, END);
	g_file_set_contents(path, s->str, (gssize)s->len, NULL);
}

/* The next string, or NULL past the end. GLib ends the text in a NUL, so that strlen() halts. */
static const char *take(const char **at, const char *end)
{
	const char *s = *at;

	if (s >= end)
		return NULL;
	*at = s + strlen(s) + 1;
	return *at <= end ? s : NULL;
}

static bool take_number(const char **at, const char *end, guint64 *n)
{
	const char *text = take(at, end);

	return text && g_ascii_string_to_unsigned(text, 10, 0, 100000, n, NULL);
}

static struct ew_unit *load_unit(const char *source, const struct ew_tree_build *build,
				 const char **at, const char *end)
{
	const char *object = take(at, end);
	ew_auto(unit) unit = g_new0(struct ew_unit, 1);
	guint64 n;

	if (!take_number(at, end, &n))
		return NULL;
	unit->path = g_strdup(source);
	unit->object = g_strdup(object);
	unit->directory = g_strdup(build->directory);
	unit->argv = g_new0(char *, n + 1);
	for (guint64 i = 0; i < n; i++) {
		const char *arg = take(at, end);

		if (!arg)
			return NULL;
		unit->argv[i] = g_strdup(arg);
	}
	return g_steal_pointer(&unit);
}

static bool load_head(const struct ew_tree_build *build, const char **at, const char *end,
		      GPtrArray *warnings)
{
	const char *format = take(at, end), *stamp = take(at, end);
	guint64 n;

	if (!stamp || strcmp(format, FORMAT) || strcmp(stamp, build->stamp) ||
	    !take_number(at, end, &n))
		return false;
	for (; n; n--) {
		const char *warning = take(at, end);

		if (!warning)
			return false;
		g_ptr_array_add(warnings, g_strdup(warning));
	}
	return true;
}

static GPtrArray *load_units(const struct ew_tree_build *build, const char *at, const char *end,
			     GPtrArray *warnings)
{
	g_autoptr(GPtrArray) units = g_ptr_array_new_with_free_func((GDestroyNotify)ew_unit_free);
	const char *s;

	if (!load_head(build, &at, end, warnings))
		return NULL;
	while ((s = take(&at, end)) && strcmp(s, END)) {
		struct ew_unit *unit = load_unit(s, build, &at, end);

		if (!unit)
			return NULL;
		g_ptr_array_add(units, unit);
	}
	return s && units->len ? g_steal_pointer(&units) : NULL;
}

GPtrArray *ew_cache_load(const struct ew_tree_build *build, GPtrArray *warnings)
{
	g_autofree char *path = cache_path(build), *text = NULL;
	GPtrArray *units;
	gsize length;

	if (!g_file_get_contents(path, &text, &length, NULL))
		return NULL;
	units = load_units(build, text, text + length, warnings);
	if (!units)
		g_ptr_array_set_size(warnings, 0);
	return units;
}
