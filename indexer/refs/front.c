/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The "--- key: value ---" head that notes and lessons begin with. */
#include "refs/refs.h"

#include <string.h>

/* The next line of *cursor without its end, and the cursor behind it; NULL at the end of the text.
 */
static char *next_line(const char **cursor)
{
	const char *start = *cursor;

	if (*start == '\0')
		return NULL;
	const char *end = strchrnul(start, '\n');
	*cursor = *end ? end + 1 : end;
	if (end > start && end[-1] == '\r')
		end--;
	return g_strndup(start, end - start);
}

/* Add a value to what the key holds already, one value a line. */
static void add_value(GHashTable *table, const char *key, const char *value)
{
	const char *old = g_hash_table_lookup(table, key);

	g_hash_table_replace(table, g_strdup(key),
			     old ? g_strconcat(old, "\n", value, NULL) : g_strdup(value));
}

static bool take_line(GHashTable *table, char *line, const char *file, int number, GError **error)
{
	g_strchomp(line);
	if (line[0] == '\0' || line[0] == '#')
		return true;

	char *colon = strchr(line, ':');
	if (!colon || colon == line) {
		g_set_error(
			error, EW_ERROR, EW_ERROR_INPUT,
			"%s:%d: “%s” is not “key: value”; write one, or end the head with “---”",
			file, number, line);
		return false;
	}
	*colon = '\0';
	add_value(table, g_strstrip(line), g_strstrip(colon + 1));
	return true;
}

GHashTable *ew_refs_front_matter(const char *text, const char *file, const char **body,
				 int *body_line, GError **error)
{
	g_autoptr(GHashTable) table =
		g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	const char *cursor = text;
	int number = 1;

	g_autofree char *first = next_line(&cursor);
	if (!first || strcmp(g_strchomp(first), "---") != 0) {
		g_set_error(error, EW_ERROR, EW_ERROR_INPUT,
			    "%s:1: the file must begin with a line “---” and “key: value” lines",
			    file);
		return NULL;
	}
	for (;;) {
		g_autofree char *line = next_line(&cursor);

		number++;
		if (!line) {
			g_set_error(error, EW_ERROR, EW_ERROR_INPUT,
				    "%s:%d: the head that begins in line 1 has no closing “---”",
				    file, number - 1);
			return NULL;
		}
		if (strcmp(g_strchomp(line), "---") == 0)
			break;
		if (!take_line(table, line, file, number, error))
			return NULL;
	}
	*body = cursor;
	*body_line = number + 1;
	return g_steal_pointer(&table);
}
