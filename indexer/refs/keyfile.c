/* SPDX-License-Identifier: GPL-3.0-or-later */
/* GKeyFile with line numbers: the text is looked over once before it is parsed. */
#include "refs/keyfile.h"
#include "refs/reader.h"

#include <string.h>

struct ew_keyfile {
	char *path;
	GKeyFile *keys;
	GHashTable *lines; /* "group\nkey", or "group\n" for the group itself -> line number */
};

void ew_keyfile_free(struct ew_keyfile *f)
{
	if (!f)
		return;
	g_key_file_free(f->keys);
	g_hash_table_unref(f->lines);
	g_free(f->path);
	g_free(f);
}

static bool note_line(struct ew_keyfile *f, const char *group, const char *key, int number,
		      GError **error)
{
	g_autofree char *id = g_strconcat(group, "\n", key, NULL);
	int before = GPOINTER_TO_INT(g_hash_table_lookup(f->lines, id));

	if (before) {
		g_set_error(error, EW_ERROR, EW_ERROR_INPUT,
			    "%s:%d: “%s” stands in line %d already; remove one of the two", f->path,
			    number, *key ? key : group, before);
		return false;
	}
	g_hash_table_insert(f->lines, g_steal_pointer(&id), GINT_TO_POINTER(number));
	return true;
}

/* One line: a comment, a [group] or a key=value. The group that it stands in is kept in *group. */
static bool scan_line(struct ew_keyfile *f, char *line, int number, char **group, GError **error)
{
	g_strstrip(line);
	if (line[0] == '\0' || line[0] == '#')
		return true;

	size_t length = strlen(line);
	if (line[0] == '[' && length > 2 && line[length - 1] == ']') {
		g_free(*group);
		*group = g_strndup(line + 1, length - 2);
		return note_line(f, *group, "", number, error);
	}
	char *equals = strchr(line, '=');
	if (line[0] == '[' || !equals || equals == line) {
		g_set_error(error, EW_ERROR, EW_ERROR_INPUT,
			    "%s:%d: “%s” is neither “[group]” nor “key = value”", f->path, number,
			    line);
		return false;
	}
	if (!*group) {
		g_set_error(error, EW_ERROR, EW_ERROR_INPUT,
			    "%s:%d: a key before the first “[group]” line", f->path, number);
		return false;
	}
	*equals = '\0';
	return note_line(f, *group, g_strchomp(line), number, error);
}

static bool scan(struct ew_keyfile *f, const char *text, GError **error)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	g_autofree char *group = NULL;

	for (int i = 0; lines[i]; i++)
		if (!scan_line(f, lines[i], i + 1, &group, error))
			return false;
	return true;
}

struct ew_keyfile *ew_keyfile_open(const char *path, GError **error)
{
	ew_auto(keyfile) f = g_new0(struct ew_keyfile, 1);
	g_autoptr(GError) parse_error = NULL;

	f->path = g_strdup(path);
	f->keys = g_key_file_new();
	f->lines = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	g_autofree char *text = ew_refs_read_text(path, error);
	if (!text || !scan(f, text, error))
		return NULL;
	if (text[0] &&
	    !g_key_file_load_from_data(f->keys, text, -1, G_KEY_FILE_NONE, &parse_error)) {
		g_set_error(error, EW_ERROR, EW_ERROR_INPUT, "%s:1: %s", path,
			    parse_error->message);
		return NULL;
	}
	return g_steal_pointer(&f);
}

int ew_keyfile_line(const struct ew_keyfile *f, const char *group, const char *key)
{
	g_autofree char *id = g_strconcat(group, "\n", key ? key : "", NULL);
	g_autofree char *group_id = g_strconcat(group, "\n", NULL);
	int line = GPOINTER_TO_INT(g_hash_table_lookup(f->lines, id));

	if (!line)
		line = GPOINTER_TO_INT(g_hash_table_lookup(f->lines, group_id));
	return line ? line : 1;
}

void ew_keyfile_complain(const struct ew_keyfile *f, const char *group, const char *key,
			 GError **error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	g_autofree char *what = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	g_set_error(error, EW_ERROR, EW_ERROR_INPUT, "%s:%d: %s", f->path,
		    ew_keyfile_line(f, group, key), what);
}

GStrv ew_keyfile_groups(const struct ew_keyfile *f)
{
	return g_key_file_get_groups(f->keys, NULL);
}

GStrv ew_keyfile_keys(const struct ew_keyfile *f, const char *group)
{
	GStrv keys = g_key_file_get_keys(f->keys, group, NULL, NULL);

	return keys ? keys : g_new0(char *, 1);
}

char *ew_keyfile_value(const struct ew_keyfile *f, const char *group, const char *key,
		       GError **error)
{
	g_autofree char *value = g_key_file_get_string(f->keys, group, key, NULL);

	if (value)
		g_strchomp(value);
	if (!value || !*value) {
		ew_keyfile_complain(f, group, key, error, "[%s] needs “%s = …”", group, key);
		return NULL;
	}
	return g_steal_pointer(&value);
}

GStrv ew_keyfile_list(const struct ew_keyfile *f, const char *group, const char *key,
		      GError **error)
{
	g_autofree char *value = ew_keyfile_value(f, group, key, error);
	g_autoptr(GStrvBuilder) list = g_strv_builder_new();
	bool any = false;

	if (!value)
		return NULL;
	g_auto(GStrv) words = g_strsplit(value, ";", -1);
	for (int i = 0; words[i]; i++) {
		if (!*g_strstrip(words[i]))
			continue;
		g_strv_builder_add(list, words[i]);
		any = true;
	}
	if (!any) {
		ew_keyfile_complain(f, group, key, error, "“%s” names nothing", key);
		return NULL;
	}
	return g_strv_builder_end(list);
}

bool ew_keyfile_only(const struct ew_keyfile *f, const char *const *groups, GError **error)
{
	g_auto(GStrv) found = ew_keyfile_groups(f);

	for (int i = 0; found[i]; i++) {
		if (g_strv_contains(groups, found[i]))
			continue;
		g_autofree char *known = g_strjoinv("], [", (char **)groups);
		ew_keyfile_complain(f, found[i], NULL, error, "unknown group [%s]; known: [%s]",
				    found[i], known);
		return false;
	}
	return true;
}

bool ew_keyfile_only_keys(const struct ew_keyfile *f, const char *group, const char *const *keys,
			  GError **error)
{
	g_auto(GStrv) found = ew_keyfile_keys(f, group);

	for (int i = 0; found[i]; i++) {
		if (g_strv_contains(keys, found[i]))
			continue;
		g_autofree char *known = g_strjoinv(", ", (char **)keys);
		ew_keyfile_complain(f, group, found[i], error, "unknown key “%s”; known: %s",
				    found[i], known);
		return false;
	}
	return true;
}
