/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One reader for each kind of file in kernel-refs. */
#include "refs/reader.h"
#include "refs/keyfile.h"

#include <string.h>

char *ew_refs_stem(const char *path)
{
	char *name = g_path_get_basename(path);
	char *dot = strrchr(name, '.');

	if (dot && dot != name)
		*dot = '\0';
	return name;
}

char *ew_refs_read_text(const char *path, GError **error)
{
	g_autofree char *text = NULL;
	g_autoptr(GError) io_error = NULL;
	const char *bad;
	gsize length;

	if (!g_file_get_contents(path, &text, &length, &io_error)) {
		g_set_error(error, EW_ERROR, EW_ERROR_INPUT, "%s", io_error->message);
		return NULL;
	}
	if (!g_utf8_validate(text, length, &bad)) {
		int line = 1;

		for (const char *p = text; p < bad; p++)
			line += *p == '\n';
		g_set_error(error, EW_ERROR, EW_ERROR_INPUT,
			    "%s:%d: a byte that is not UTF-8 text; save the file as UTF-8", path,
			    line);
		return NULL;
	}
	return g_steal_pointer(&text);
}

/* ---- names ----------------------------------------------------------------------------------- */

size_t ew_refs_identifier_length(const char *text)
{
	size_t n = 0;

	while (g_ascii_isalpha(text[n]) || text[n] == '_' || (n && g_ascii_isdigit(text[n])))
		n++;
	return n;
}

bool ew_refs_is_identifier(const char *text)
{
	return *text && text[ew_refs_identifier_length(text)] == '\0';
}

bool ew_refs_is_slot(const char *text)
{
	size_t n = ew_refs_identifier_length(text);

	return n && text[n] == '.' && ew_refs_is_identifier(text + n + 1);
}

/* ---- bindings -------------------------------------------------------------------------------- */

static void bind_free(void *data)
{
	struct ew_refs_bind *b = data;

	g_free(b->slot);
	g_clear_pointer(&b->objects, g_ptr_array_unref);
	g_free(b);
}

void ew_refs_binding_free(struct ew_refs_binding *b)
{
	if (!b)
		return;
	g_free(b->name);
	g_free(b->title);
	g_free(b->holder);
	g_clear_pointer(&b->binds, g_ptr_array_unref);
	g_clear_pointer(&b->absent, g_ptr_array_unref);
	g_free(b);
}
EW_DEFINE_AUTO(refs_binding, ew_refs_binding_free)

static bool read_bind(const struct ew_keyfile *f, const char *slot, GPtrArray *binds,
		      GError **error)
{
	g_auto(GStrv) objects = ew_keyfile_list(f, "slots", slot, error);
	bool is_good = ew_refs_is_slot(slot);
	struct ew_refs_bind *b;

	if (!objects)
		return false;
	for (int i = 0; objects[i]; i++)
		is_good = is_good && ew_refs_is_identifier(objects[i]);
	if (!is_good) {
		ew_keyfile_complain(f, "slots", slot, error, "“%s” is not “struct.field = object”, or more objects apart by “;”",
				    slot);
		return false;
	}
	b = g_new0(struct ew_refs_bind, 1);
	b->slot = g_strdup(slot);
	b->objects = g_ptr_array_new_with_free_func(g_free);
	for (int i = 0; objects[i]; i++)
		g_ptr_array_add(b->objects, g_strdup(objects[i]));
	g_ptr_array_add(binds, b);
	return true;
}

/* Optional. */
static bool read_holder(const struct ew_keyfile *f, struct ew_refs_binding *b, GError **error)
{
	g_auto(GStrv) keys = ew_keyfile_keys(f, "binding");

	if (!g_strv_contains((const char *const *)keys, "holder"))
		return true;
	b->holder = ew_keyfile_value(f, "binding", "holder", error);
	if (!b->holder || ew_refs_is_slot(b->holder))
		return b->holder != NULL;
	ew_keyfile_complain(f, "binding", "holder", error, "“%s” is not “struct.field”", b->holder);
	return false;
}

static bool is_bound(const struct ew_refs_binding *b, const char *slot)
{
	for (guint i = 0; i < b->binds->len; i++)
		if (!strcmp(((const struct ew_refs_bind *)b->binds->pdata[i])->slot, slot))
			return true;
	return false;
}

/* Optional. */
static bool read_absent(const struct ew_keyfile *f, struct ew_refs_binding *b, GError **error)
{
	g_auto(GStrv) keys = ew_keyfile_keys(f, "absent");
	g_auto(GStrv) slots = NULL;

	if (!keys[0])
		return true;
	slots = ew_keyfile_list(f, "absent", "slots", error);
	for (int i = 0; slots && slots[i]; i++) {
		if (!ew_refs_is_slot(slots[i])) {
			ew_keyfile_complain(f, "absent", "slots", error, "“%s” is not “struct.field”", slots[i]);
			return false;
		}
		if (is_bound(b, slots[i])) {
			ew_keyfile_complain(f, "absent", "slots", error, "%s stands in [slots] as well", slots[i]);
			return false;
		}
		g_ptr_array_add(b->absent, g_strdup(slots[i]));
	}
	return slots != NULL;
}

struct ew_refs_binding *ew_refs_read_binding(const char *path, GError **error)
{
	static const char *const groups[] = {"binding", "slots", "absent", NULL};
	static const char *const absent[] = {"slots", NULL};
	static const char *const keys[] = {"title", "holder", NULL};
	ew_auto(keyfile) f = ew_keyfile_open(path, error);

	if (!f || !ew_keyfile_only(f, groups, error) ||
	    !ew_keyfile_only_keys(f, "binding", keys, error) || !ew_keyfile_only_keys(f, "absent", absent, error))
		return NULL;

	ew_auto(refs_binding) b = g_new0(struct ew_refs_binding, 1);
	b->name = ew_refs_stem(path);
	b->binds = g_ptr_array_new_with_free_func(bind_free);
	b->absent = g_ptr_array_new_with_free_func(g_free);
	b->title = ew_keyfile_value(f, "binding", "title", error);
	if (!b->title || !read_holder(f, b, error))
		return NULL;

	g_auto(GStrv) slots = ew_keyfile_keys(f, "slots");
	for (int i = 0; slots[i]; i++)
		if (!read_bind(f, slots[i], b->binds, error))
			return NULL;
	if (!b->binds->len) {
		ew_keyfile_complain(f, "slots", NULL, error,
				    "[slots] needs at least one “struct.field = object”");
		return NULL;
	}
	return read_absent(f, b, error) ? g_steal_pointer(&b) : NULL;
}

/* ---- notes ----------------------------------------------------------------------------------- */

void ew_refs_note_free(struct ew_refs_note *n)
{
	if (!n)
		return;
	g_free(n->file);
	g_free(n->title);
	g_strfreev(n->symbols);
	g_strfreev(n->concepts);
	g_strfreev(n->sources);
	g_free(n->text);
	g_free(n);
}
EW_DEFINE_AUTO(refs_note, ew_refs_note_free)

/* The values of a key: one a line of the head, several on one line apart by "separator". */
static GStrv split_values(GHashTable *head, const char *key, const char *separator)
{
	g_autoptr(GStrvBuilder) list = g_strv_builder_new();
	const char *value = g_hash_table_lookup(head, key);
	g_auto(GStrv) words = g_strsplit_set(value ? value : "", separator, -1);

	for (int i = 0; words[i]; i++)
		if (*g_strstrip(words[i]))
			g_strv_builder_add(list, words[i]);
	return g_strv_builder_end(list);
}

static bool check_note_head(GHashTable *head, const char *path, GError **error)
{
	static const char *const keys[] = {"title", "symbols", "concepts", "source", NULL};
	GHashTableIter iter;
	void *key;

	g_hash_table_iter_init(&iter, head);
	while (g_hash_table_iter_next(&iter, &key, NULL)) {
		if (g_strv_contains(keys, key))
			continue;
		g_autofree char *known = g_strjoinv(", ", (char **)keys);
		g_set_error(error, EW_ERROR, EW_ERROR_INPUT,
			    "%s:1: unknown key “%s” in the head; known: %s", path,
			    (const char *)key, known);
		return false;
	}
	return true;
}

struct ew_refs_note *ew_refs_read_note(const char *path, GError **error)
{
	g_autofree char *text = ew_refs_read_text(path, error);
	const char *body;
	int body_line;

	if (!text)
		return NULL;
	g_autoptr(GHashTable) head = ew_refs_front_matter(text, path, &body, &body_line, error);
	if (!head || !check_note_head(head, path, error))
		return NULL;

	ew_auto(refs_note) n = g_new0(struct ew_refs_note, 1);
	n->file = g_strdup(path);
	n->title = g_strdup(g_hash_table_lookup(head, "title"));
	n->symbols = split_values(head, "symbols", ",\n");
	n->concepts = split_values(head, "concepts", ",\n");
	n->sources = split_values(head, "source", "\n");
	n->text = g_strdup(body);
	if (!n->title || !*n->title || !*n->sources || (!*n->symbols && !*n->concepts)) {
		g_set_error(
			error, EW_ERROR, EW_ERROR_INPUT,
			"%s:1: the head needs “title:”, at least one “source:”, and “symbols:” or "
			"“concepts:”",
			path);
		return NULL;
	}
	return g_steal_pointer(&n);
}

/* ---- releases and scopes --------------------------------------------------------------------- */

void ew_refs_release_free(struct ew_refs_release *r)
{
	if (!r)
		return;
	g_free(r->name);
	g_free(r->package);
	g_free(r->config_package);
	g_free(r);
}

static void release_free(void *data)
{
	ew_refs_release_free(data);
}

GPtrArray *ew_refs_read_releases(const char *path, GError **error)
{
	static const char *const keys[] = {"package", "config-package", NULL};
	g_autoptr(GPtrArray) releases = g_ptr_array_new_with_free_func(release_free);

	if (!g_file_test(path, G_FILE_TEST_EXISTS))
		return g_steal_pointer(&releases);
	ew_auto(keyfile) f = ew_keyfile_open(path, error);
	if (!f)
		return NULL;
	g_auto(GStrv) groups = ew_keyfile_groups(f);
	for (int i = 0; groups[i]; i++) {
		struct ew_refs_release *r = g_new0(struct ew_refs_release, 1);

		g_ptr_array_add(releases, r);
		r->name = g_strdup(groups[i]);
		if (!ew_keyfile_only_keys(f, groups[i], keys, error))
			return NULL;
		r->package = ew_keyfile_value(f, groups[i], "package", error);
		if (!r->package)
			return NULL;
		r->config_package = ew_keyfile_value(f, groups[i], "config-package", error);
		if (!r->config_package)
			return NULL;
	}
	return g_steal_pointer(&releases);
}

/* A pattern of a scope is relative to the tree and stays in it. */
static bool check_pattern(const char *pattern, const char *path, int line, GError **error)
{
	g_auto(GStrv) parts = g_strsplit(pattern, "/", -1);

	if (pattern[0] != '/' && !g_strv_contains((const char *const *)parts, "..") &&
	    !strpbrk(pattern, " \t"))
		return true;
	g_set_error(error, EW_ERROR, EW_ERROR_INPUT,
		    "%s:%d: “%s” is not a directory “net/ipv4/”, a file “net/socket.c” or a glob "
		    "“kernel/*.c” of the tree",
		    path, line, pattern);
	return false;
}

GStrv ew_refs_read_scope(const char *path, GError **error)
{
	g_autofree char *text = ew_refs_read_text(path, error);
	g_autoptr(GStrvBuilder) patterns = g_strv_builder_new();
	bool any = false;

	if (!text)
		return NULL;
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	for (int i = 0; lines[i]; i++) {
		char *comment = strchr(lines[i], '#');

		if (comment)
			*comment = '\0';
		if (!*g_strstrip(lines[i]))
			continue;
		if (!check_pattern(lines[i], path, i + 1, error))
			return NULL;
		g_strv_builder_add(patterns, lines[i]);
		any = true;
	}
	if (!any) {
		g_set_error(
			error, EW_ERROR, EW_ERROR_INPUT,
			"%s:1: the scope names nothing; write one directory, file or glob a line",
			path);
		return NULL;
	}
	return g_strv_builder_end(patterns);
}
