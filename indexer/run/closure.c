/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Behind a precompiled prefix libclang does not tell which of its headers a unit includes, so the texts
 * are asked: every #include line, under a condition or not, names those files of the prefix whose paths end
 * in it. What no line leads to (force-included on the command line, named by a macro) counts as everyone's.
 */
#include <string.h>

#include "run/closure.h"

struct prefix {
	GPtrArray *files;	/* of char *, owned */
	GHashTable *by_name;	/* last part of the path -> GArray of int, indexes of files */
	GHashTable *resolved;	/* as spelled in an #include -> GArray of int */
	GPtrArray *edges;	/* by file: GArray of int, or NULL: not looked at yet */
	GArray *everyones;
	uint8_t *seen;		/* by file */
};

struct closure {
	struct roots roots;
	GHashTable *prefixes; /* index -> struct prefix */
	GHashTable *includes; /* path -> GPtrArray of char *: what its text includes */
};

static void free_prefix(gpointer data)
{
	struct prefix *p = data;

	g_ptr_array_unref(p->files);
	g_ptr_array_unref(p->edges);
	g_hash_table_unref(p->by_name);
	g_hash_table_unref(p->resolved);
	g_array_unref(p->everyones);
	g_free(p->seen);
	g_free(p);
}

struct closure *closure_new(const struct roots *roots)
{
	struct closure *c = g_new0(struct closure, 1);

	c->roots = *roots;
	c->prefixes = g_hash_table_new_full(NULL, NULL, NULL, free_prefix);
	c->includes = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
					    (GDestroyNotify)g_ptr_array_unref);
	return c;
}

void closure_free(struct closure *c)
{
	if (!c)
		return;
	g_hash_table_unref(c->prefixes);
	g_hash_table_unref(c->includes);
	g_free(c);
}

/* ---- texts ----------------------------------------------------------------------------------- */

static const char *skip_blanks(const char *at)
{
	while (*at == ' ' || *at == '\t')
		at++;
	return at;
}

/* "# include <NAME>" or "NAME": the name, else NULL. */
static char *name_included(const char *line)
{
	const char *end;

	line = skip_blanks(line);
	if (*line++ != '#')
		return NULL;
	line = skip_blanks(line);
	if (strncmp(line, "include", strlen("include")) != 0)
		return NULL;
	line += strlen("include");
	if (g_str_has_prefix(line, "_next"))
		line += strlen("_next");
	line = skip_blanks(line);
	if (*line != '<' && *line != '"')
		return NULL;
	end = line + 1 + strcspn(line + 1, ">\"\n");
	for (line++; g_str_has_prefix(line, "../") || g_str_has_prefix(line, "./");)
		line = strchr(line, '/') + 1;
	return end > line ? g_strndup(line, end - line) : NULL;
}

static const GPtrArray *includes_of(struct closure *c, const char *path)
{
	GPtrArray *names = g_hash_table_lookup(c->includes, path);
	struct ew_store_file_state state;
	g_autofree char *text = NULL;
	const char *line;
	size_t length;

	if (names)
		return names;
	names = g_ptr_array_new_with_free_func(g_free);
	text = state_read(&c->roots, path, 0, &length, &state);
	for (line = text; line; line = strchr(line, '\n')) {
		char *name;

		line += *line == '\n';
		name = name_included(line);
		if (name)
			g_ptr_array_add(names, name);
	}
	g_hash_table_insert(c->includes, g_strdup(path), names);
	return names;
}

/* ---- from names to files --------------------------------------------------------------------- */

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

bool closure_ends_in(const char *path, const char *name)
{
	size_t n = strlen(path), k = strlen(name);

	return n >= k && !strcmp(path + n - k, name) && (n == k || path[n - k - 1] == '/');
}

static const GArray *resolve(struct prefix *p, const char *name)
{
	GArray *found = g_hash_table_lookup(p->resolved, name);
	const GArray *candidates;
	guint i;

	if (found)
		return found;
	found = g_array_new(false, false, sizeof(int));
	candidates = g_hash_table_lookup(p->by_name, last_part(name));
	for (i = 0; candidates && i < candidates->len; i++) {
		int file = g_array_index(candidates, int, i);

		if (closure_ends_in(g_ptr_array_index(p->files, file), name))
			g_array_append_val(found, file);
	}
	g_hash_table_insert(p->resolved, g_strdup(name), found);
	return found;
}

static void push(struct prefix *p, GArray *stack, const GArray *files)
{
	guint i;

	for (i = 0; i < files->len; i++) {
		int file = g_array_index(files, int, i);

		if (p->seen[file])
			continue;
		p->seen[file] = 1;
		g_array_append_val(stack, file);
	}
}

static void push_names(struct prefix *p, GArray *stack, const GPtrArray *names)
{
	guint i;

	for (i = 0; i < names->len; i++)
		push(p, stack, resolve(p, g_ptr_array_index(names, i)));
}

static const GArray *edges_of(struct closure *c, struct prefix *p, int file)
{
	const GPtrArray *names;
	GArray *edges = g_ptr_array_index(p->edges, file);
	guint i;

	if (edges)
		return edges;
	edges = g_array_new(false, false, sizeof(int));
	names = includes_of(c, g_ptr_array_index(p->files, file));
	for (i = 0; i < names->len; i++) {
		const GArray *found = resolve(p, g_ptr_array_index(names, i));

		g_array_append_vals(edges, found->data, found->len);
	}
	g_ptr_array_index(p->edges, file) = edges;
	return edges;
}

/* Mark all that can be reached from the stack. */
static void reach(struct closure *c, struct prefix *p, GArray *stack)
{
	while (stack->len) {
		int file = g_array_index(stack, int, stack->len - 1);

		g_array_set_size(stack, stack->len - 1);
		push(p, stack, edges_of(c, p, file));
	}
}

/* ---- prefixes and units ---------------------------------------------------------------------- */

static void unref_array(gpointer data)
{
	if (data)
		g_array_unref(data);
}

static void add_file(struct prefix *p, const char *path)
{
	GArray *alike = g_hash_table_lookup(p->by_name, last_part(path));
	char *kept = g_strdup(path);
	int index = p->files->len;

	g_ptr_array_add(p->files, kept);
	g_ptr_array_add(p->edges, NULL);
	if (!alike) {
		alike = g_array_new(false, false, sizeof(int));
		g_hash_table_insert(p->by_name, (gpointer)last_part(kept), alike);
	}
	g_array_append_val(alike, index);
}

static struct prefix *prefix_new(void)
{
	struct prefix *p = g_new0(struct prefix, 1);

	p->files = g_ptr_array_new_with_free_func(g_free);
	p->edges = g_ptr_array_new_with_free_func(unref_array);
	p->by_name = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, unref_array);
	p->resolved = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, unref_array);
	p->everyones = g_array_new(false, false, sizeof(int));
	return p;
}

static void add_files(struct prefix *p, const GPtrArray *files)
{
	g_autoptr(GHashTable) known = g_hash_table_new(g_str_hash, g_str_equal);
	guint i;

	for (i = 0; i < files->len; i++)
		if (g_hash_table_add(known, g_ptr_array_index(files, i)))
			add_file(p, g_ptr_array_index(files, i));
	p->seen = g_new0(uint8_t, p->files->len + 1);
}

char *closure_name_of_header(struct closure *c, const char *header)
{
	g_autofree char *name = g_strndup(header + 1, strlen(header) - 2);
	size_t n = strlen(c->roots.tree);

	if (!strncmp(name, c->roots.tree, n) && name[n] == '/')
		return g_strdup(name + n + 1);
	return g_steal_pointer(&name);
}

void closure_add_prefix(struct closure *c, int index, const GPtrArray *files,
			const char *const *headers)
{
	struct prefix *p = prefix_new();
	g_autoptr(GArray) stack = g_array_new(false, false, sizeof(int));
	guint i;

	add_files(p, files);
	for (i = 0; headers[i]; i++) {
		g_autofree char *name = closure_name_of_header(c, headers[i]);

		push(p, stack, resolve(p, name));
	}
	reach(c, p, stack);
	for (i = 0; i < p->files->len; i++)
		if (!p->seen[i])
			g_array_append_val(p->everyones, i);
	g_hash_table_insert(c->prefixes, GINT_TO_POINTER(index), p);
}

void closure_say(struct closure *c, int index, const GPtrArray *files,
		 void (*file)(void *data, const char *path), void *data)
{
	struct prefix *p = g_hash_table_lookup(c->prefixes, GINT_TO_POINTER(index));
	g_autoptr(GArray) stack = g_array_new(false, false, sizeof(int));
	guint i;

	if (!p)
		return;
	memset(p->seen, 0, p->files->len);
	push(p, stack, p->everyones);
	for (i = 0; i < files->len; i++)
		push_names(p, stack, includes_of(c, g_ptr_array_index(files, i)));
	reach(c, p, stack);
	for (i = 0; i < p->files->len; i++)
		if (p->seen[i])
			file(data, g_ptr_array_index(p->files, i));
}
