/* SPDX-License-Identifier: GPL-3.0-or-later */
/* compile_commands.json, as Clang's documentation defines it ("JSON Compilation Database"). */
#include "kbuild/internal.h"

#include <json-glib/json-glib.h>
#include <string.h>

static bool malformed(const char *path, guint entry, const char *what, GError **error)
{
	g_set_error(error, EW_ERROR, EW_ERROR_INPUT,
		    "%s: entry %u: %s; an entry has \"directory\", \"file\", and \"command\" or "
		    "\"arguments\"",
		    path, entry + 1, what);
	return false;
}

/* A string member, or NULL where it is missing or no string. */
static const char *string_member(JsonObject *object, const char *name)
{
	JsonNode *node = json_object_get_member(object, name);

	return node && JSON_NODE_HOLDS_VALUE(node) ? json_node_get_string(node) : NULL;
}

static GStrv words_of_array(JsonArray *array)
{
	g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < json_array_get_length(array); i++) {
		JsonNode *node = json_array_get_element(array, i);
		const char *word = JSON_NODE_HOLDS_VALUE(node) ? json_node_get_string(node) : NULL;

		if (!word)
			return NULL;
		g_ptr_array_add(words, g_strdup(word));
	}
	g_ptr_array_add(words, NULL);
	return (GStrv)g_ptr_array_free(g_steal_pointer(&words), FALSE);
}

static GStrv entry_words(JsonObject *object, const char *path, guint entry, GError **error)
{
	JsonNode *node = json_object_get_member(object, "arguments");
	const char *command = string_member(object, "command");
	g_autoptr(GError) why = NULL;
	GStrv words = NULL;

	if (node && JSON_NODE_HOLDS_ARRAY(node)) {
		words = words_of_array(json_node_get_array(node));
		if (!words)
			malformed(path, entry, "\"arguments\" holds something that is no string",
				  error);
	} else if (!command) {
		malformed(path, entry, "it has neither \"command\" nor \"arguments\"", error);
	} else if (!g_shell_parse_argv(command, NULL, &words, &why)) {
		malformed(path, entry, why->message, error);
	}
	if (words && !*words) {
		g_clear_pointer(&words, g_strfreev);
		malformed(path, entry, "its command is empty", error);
	}
	return words;
}

/* Add the entry's unit. One that compiles no C file (assembly, say) is passed over. */
static bool add_entry(GPtrArray *units, JsonNode *node, const char *path, guint entry,
		      GError **error)
{
	JsonObject *object = JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
	const char *file = object ? string_member(object, "file") : NULL;
	const char *directory = object ? string_member(object, "directory") : NULL;
	g_autofree char *base = g_path_get_dirname(path);
	g_auto(GStrv) words = NULL;
	struct ew_unit *unit;

	if (!object)
		return malformed(path, entry, "it is no object", error);
	if (!file)
		return malformed(path, entry, "it has no \"file\"", error);
	words = entry_words(object, path, entry, error);
	if (!words)
		return false;
	if (!g_str_has_suffix(file, ".c"))
		return true;
	unit = ew_unit_from_words(words + 1, false);
	if (!unit)
		return true;
	/* The entry's own word for its source; the command's may differ in spelling. */
	g_free(unit->path);
	unit->path = g_strdup(file);
	unit->directory = g_canonicalize_filename(directory ? directory : ".", base);
	g_ptr_array_add(units, unit);
	return true;
}

GPtrArray *ew_json_units(const char *path, GError **error)
{
	g_autoptr(GPtrArray) units = g_ptr_array_new_with_free_func((GDestroyNotify)ew_unit_free);
	g_autoptr(JsonParser) parser = json_parser_new_immutable();
	g_autoptr(GError) why = NULL;
	JsonNode *root;
	JsonArray *entries;

	if (!json_parser_load_from_file(parser, path, &why)) {
		g_set_error(error, EW_ERROR, EW_ERROR_INPUT,
			    "%s: %s; mend it or delete it, then Kbuild is asked instead", path,
			    why->message);
		return NULL;
	}
	root = json_parser_get_root(parser);
	if (!root || !JSON_NODE_HOLDS_ARRAY(root)) {
		g_set_error(
			error, EW_ERROR, EW_ERROR_INPUT,
			"%s: it is no array of compile commands; mend it or delete it, then Kbuild "
			"is asked instead",
			path);
		return NULL;
	}
	entries = json_node_get_array(root);
	for (guint i = 0; i < json_array_get_length(entries); i++)
		if (!add_entry(units, json_array_get_element(entries, i), path, i, error))
			return NULL;
	return g_steal_pointer(&units);
}
