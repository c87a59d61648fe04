/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Behind a precompiled prefix libclang does not tell which of its headers a unit includes, so the texts
 * are asked: every #include line, under a condition or not, names those files of the prefix whose paths end
 * in it. What no line leads to (force-included on the command line, named by a macro) counts as everyone's.
 *
 * The same tells what a unit would see of the prefix that it does not see without: a macro that none of the
 * headers defines that it has included so far.
 */
#include <string.h>
#include <unistd.h>

#include "parse/parse.h"
#include "run/closure.h"
#include "run/words.h"

struct prefix {
	GPtrArray *files;	/* of char *, owned */
	GHashTable *by_name;	/* last part of the path -> GArray of int, indexes of files */
	GHashTable *resolved;	/* as spelled in an #include -> GArray of int */
	GHashTable *definers;	/* macro -> struct definers */
	GPtrArray *edges;	/* by file: GArray of int, or NULL: not looked at yet */
	GArray *everyones;
	uint8_t *seen;		/* by file */
};

/* Where a macro is defined. */
struct definers {
	GArray *files;	  /* of int */
	bool takes_call;  /* only with parameters: alone its name means nothing */
};

struct closure {
	struct roots roots;
	GHashTable *prefixes; /* index -> struct prefix */
	GHashTable *texts;    /* path -> struct words: what its text includes and defines */
	GHashTable *headers;  /* path -> struct words with names: headers outside of a prefix */
	char *unit;	      /* the source that was looked at last; its words are among them */
};

static void free_definers(gpointer data)
{
	struct definers *d = data;

	g_array_unref(d->files);
	g_free(d);
}

static void free_prefix(gpointer data)
{
	struct prefix *p = data;

	g_ptr_array_unref(p->files);
	g_ptr_array_unref(p->edges);
	g_hash_table_unref(p->by_name);
	g_hash_table_unref(p->resolved);
	g_hash_table_unref(p->definers);
	g_array_unref(p->everyones);
	g_free(p->seen);
	g_free(p);
}

struct closure *closure_new(const struct roots *roots)
{
	struct closure *c = g_new0(struct closure, 1);

	c->roots = *roots;
	c->prefixes = g_hash_table_new_full(NULL, NULL, NULL, free_prefix);
	c->headers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)words_free);
	c->texts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)words_free);
	return c;
}

void closure_free(struct closure *c)
{
	if (!c)
		return;
	g_hash_table_unref(c->prefixes);
	g_hash_table_unref(c->texts);
	g_hash_table_unref(c->headers);
	g_free(c->unit);
	g_free(c);
}

/* ---- texts ----------------------------------------------------------------------------------- */

static struct words *read_text(struct closure *c, const char *path, bool with_names)
{
	struct ew_store_file_state state;
	size_t length = 0;
	g_autofree char *text = state_read(&c->roots, path, 0, &length, &state);

	return words_read(text ? text : "", text ? length : 0, with_names);
}

static const GArray *text_of(struct closure *c, const char *path)
{
	struct words *words = g_hash_table_lookup(c->texts, path);

	if (!words) {
		words = read_text(c, path, false);
		g_hash_table_insert(c->texts, g_strdup(path), words);
	}
	return words->list;
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
	const GArray *candidates;
	GArray *found;
	guint i;

	while (g_str_has_prefix(name, "../") || g_str_has_prefix(name, "./"))
		name = strchr(name, '/') + 1;
	found = g_hash_table_lookup(p->resolved, name);
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

/* The file of the prefix with exactly this path, or -1. */
static int file_at(const struct prefix *p, const char *path)
{
	const GArray *candidates = g_hash_table_lookup(p->by_name, last_part(path));
	guint i;

	for (i = 0; candidates && i < candidates->len; i++) {
		int file = g_array_index(candidates, int, i);

		if (!strcmp(g_ptr_array_index(p->files, file), path))
			return file;
	}
	return -1;
}

static void push_file(struct prefix *p, GArray *stack, int file)
{
	if (p->seen[file])
		return;
	p->seen[file] = 1;
	g_array_append_val(stack, file);
}

static void push(struct prefix *p, GArray *stack, const GArray *files)
{
	guint i;

	for (i = 0; i < files->len; i++)
		push_file(p, stack, g_array_index(files, int, i));
}

static bool is_include(const struct word *w)
{
	return w->kind == WORD_INCLUDE || w->kind == WORD_ANGLED;
}

static void push_included(struct prefix *p, GArray *stack, const GArray *text)
{
	guint i;

	for (i = 0; i < text->len; i++) {
		const struct word *w = &g_array_index(text, struct word, i);

		if (is_include(w))
			push(p, stack, resolve(p, w->text));
	}
}

/* The path of a file beside another; both are relative to a root, or absolute. */
static char *path_beside(const char *path, const char *name)
{
	g_autofree char *directory = g_path_get_dirname(path);
	g_autofree char *rooted = g_canonicalize_filename(directory, "/");
	g_autofree char *beside = g_canonicalize_filename(name, rooted);

	return g_strdup(g_path_is_absolute(path) ? beside : beside + 1);
}

/* Of several files that a name in quotes may mean, the one beside the file that includes it. */
static void add_edges(struct prefix *p, GArray *edges, const char *path, const struct word *w)
{
	const GArray *found = resolve(p, w->text);
	g_autofree char *beside = NULL;
	int exact = -1;

	if (found->len > 1 && w->kind == WORD_INCLUDE) {
		beside = path_beside(path, w->text);
		exact = file_at(p, beside);
	}
	if (exact >= 0)
		g_array_append_val(edges, exact);
	else
		g_array_append_vals(edges, found->data, found->len);
}

static const GArray *edges_of(struct closure *c, struct prefix *p, int file)
{
	GArray *edges = g_ptr_array_index(p->edges, file);
	const GArray *text;
	guint i;

	if (edges)
		return edges;
	edges = g_array_new(false, false, sizeof(int));
	text = text_of(c, g_ptr_array_index(p->files, file));
	for (i = 0; i < text->len; i++) {
		const struct word *w = &g_array_index(text, struct word, i);

		if (is_include(w))
			add_edges(p, edges, g_ptr_array_index(p->files, file), w);
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
	p->definers = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, free_definers);
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

/* Names live as long as the closure's texts. */
static void add_definers(struct closure *c, struct prefix *p, int file)
{
	const GArray *text = text_of(c, g_ptr_array_index(p->files, file));
	guint i;

	for (i = 0; i < text->len; i++) {
		const struct word *w = &g_array_index(text, struct word, i);
		struct definers *d = g_hash_table_lookup(p->definers, w->text);

		if (w->kind != WORD_DEFINE && w->kind != WORD_FUNCTION)
			continue;
		if (!d) {
			d = g_new0(struct definers, 1);
			d->files = g_array_new(false, false, sizeof(int));
			d->takes_call = true;
			g_hash_table_insert(p->definers, (gpointer)w->text, d);
		}
		g_array_append_val(d->files, file);
		d->takes_call &= w->kind == WORD_FUNCTION;
	}
}

/* What -include names is read before the first line of any unit. */
static void push_forced(struct closure *c, struct prefix *p, GArray *stack, const char *const *argv)
{
	int i;

	for (i = 0; argv[i] && argv[i + 1]; i++) {
		g_autofree char *header = NULL, *name = NULL;

		if (strcmp(argv[i], "-include") != 0)
			continue;
		header = g_strdup_printf("<%s>", argv[++i]);
		name = closure_name_of_header(c, header);
		push(p, stack, resolve(p, name));
	}
}

void closure_add_prefix(struct closure *c, int index, const GPtrArray *files,
			const char *const *headers, const char *const *argv)
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
	memset(p->seen, 0, p->files->len);
	push_forced(c, p, stack, argv);
	g_array_append_vals(p->everyones, stack->data, stack->len);
	for (i = 0; i < p->files->len; i++)
		add_definers(c, p, i);
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
		push_included(p, stack, text_of(c, g_ptr_array_index(files, i)));
	reach(c, p, stack);
	for (i = 0; i < p->files->len; i++)
		if (p->seen[i])
			file(data, g_ptr_array_index(p->files, i));
}

/* ---- what is seen too early ------------------------------------------------------------------ */

/* One look through a unit and the headers that only it has. */
struct look {
	struct closure *closure;
	const struct ew_unit *unit;
	struct prefix *prefix;
	GArray *stack;
	GHashTable *read; /* set of paths */
	GHashTable *own;  /* set of macros that it defines itself */
};

static bool is_seen(const struct prefix *p, const struct definers *d)
{
	guint i;

	for (i = 0; i < d->files->len; i++)
		if (p->seen[g_array_index(d->files, int, i)])
			return true;
	return false;
}

static bool looks_right(struct look *l, const char *path);

/* Where a header is: beside the source if it is in quotes, or where -I says. The caller's, or NULL. */
static char *find_header(struct look *l, const char *path, const struct word *w)
{
	g_autofree char *beside = w->kind == WORD_INCLUDE ? path_beside(path, w->text) : NULL;

	if (beside && access(beside, R_OK) == 0)
		return g_steal_pointer(&beside);
	return ew_parse_find_header(w->text, l->unit->directory, (const char *const *)l->unit->argv);
}

/* As the prefix names its files. */
static const char *relative(const struct closure *c, const char *path)
{
	const char *roots[] = {c->roots.build, c->roots.tree};
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(roots); i++) {
		size_t n = roots[i] ? strlen(roots[i]) : 0;

		if (n && !strncmp(path, roots[i], n) && path[n] == '/')
			return path + n + 1;
	}
	return path;
}

static bool look_into(struct look *l, const char *path, const struct word *w)
{
	g_autofree char *header = find_header(l, path, w);
	int file = header ? file_at(l->prefix, relative(l->closure, header)) : -1;

	if (header && file < 0)
		return looks_right(l, header);
	if (header)
		push_file(l->prefix, l->stack, file);
	else
		push(l->prefix, l->stack, resolve(l->prefix, w->text));
	reach(l->closure, l->prefix, l->stack);
	return true;
}

/* The unit's own text is kept for the next prefix only, its headers' for all units. */
static const struct words *words_of(struct closure *c, const char *path)
{
	struct words *words = g_hash_table_lookup(c->headers, path);

	if (words)
		return words;
	words = read_text(c, path, true);
	g_hash_table_insert(c->headers, g_strdup(path), words);
	return words;
}

static bool looks_right(struct look *l, const char *path)
{
	const struct words *words;
	bool answer = true;
	guint i;

	if (!g_hash_table_add(l->read, g_strdup(path)))
		return true;
	words = words_of(l->closure, path);
	for (i = 0; answer && i < words->list->len; i++) {
		const struct word *w = &g_array_index(words->list, struct word, i);
		const struct definers *d;

		if (is_include(w)) {
			answer = look_into(l, path, w);
			continue;
		}
		if (w->kind != WORD_NAME && w->kind != WORD_CALL) {
			g_hash_table_add(l->own, g_strdup(w->text));
			continue;
		}
		d = g_hash_table_lookup(l->prefix->definers, w->text);
		answer = !d || (d->takes_call && w->kind == WORD_NAME) || is_seen(l->prefix, d) ||
			 g_hash_table_contains(l->own, w->text);
	}
	return answer;
}

bool closure_fits(struct closure *c, int index, const struct ew_unit *unit)
{
	struct prefix *p = g_hash_table_lookup(c->prefixes, GINT_TO_POINTER(index));
	g_autoptr(GArray) stack = g_array_new(false, false, sizeof(int));
	g_autoptr(GHashTable) read = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GHashTable) own = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	struct look l = {c, unit, p, stack, read, own};

	if (!p)
		return false;
	memset(p->seen, 0, p->files->len);
	push(p, stack, p->everyones);
	reach(c, p, stack);
	if (g_strcmp0(c->unit, unit->path)) {
		if (c->unit)
			g_hash_table_remove(c->headers, c->unit);
		g_free(c->unit);
		c->unit = g_strdup(unit->path);
	}
	return looks_right(&l, unit->path);
}
