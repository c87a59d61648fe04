/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ir_model.h"

enum { COLUMNS = 16 };

void model_fail(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	exit(2);
}

/* ---- the model ------------------------------------------------------------------------------- */

static void function_free(gpointer data)
{
	struct function *f = data;

	g_hash_table_unref(f->edges);
	g_hash_table_unref(f->intrinsics);
	g_hash_table_unref(f->unjudged);
	g_hash_table_unref(f->static_calls);
	g_free(f);
}

static void side_init(struct side *s)
{
	s->functions = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, function_free);
	s->by_name = g_hash_table_new(g_str_hash, g_str_equal);
	s->strong = g_hash_table_new(g_str_hash, g_str_equal);
}

struct model *model_new(void)
{
	struct model *m = g_new0(struct model, 1);

	m->strings = g_string_chunk_new(1 << 20);
	side_init(&m->code);
	side_init(&m->index);
	return m;
}

void model_free(struct model *m)
{
	g_hash_table_unref(m->code.functions);
	g_hash_table_unref(m->code.by_name);
	g_hash_table_unref(m->code.strong);
	g_hash_table_unref(m->index.functions);
	g_hash_table_unref(m->index.by_name);
	g_hash_table_unref(m->index.strong);
	g_string_chunk_free(m->strings);
	g_free(m->root);
	g_free(m->build);
	g_free(m);
}

struct function *model_function(const struct side *s, const char *name, const char *file)
{
	g_autofree char *key = g_strdup_printf("%s\t%s", name, file);

	return g_hash_table_lookup(s->functions, key);
}

struct edge *model_edge(const struct function *f, const char *callee, const char *callee_file)
{
	g_autofree char *key = g_strdup_printf("%s\t%s", callee, callee_file);

	return g_hash_table_lookup(f->edges, key);
}

static const char *keep(struct model *m, const char *text)
{
	return g_string_chunk_insert_const(m->strings, text);
}

static struct function *have_function(struct model *m, struct side *s, const char *name, const char *file)
{
	struct function *f = model_function(s, name, file);

	if (f)
		return f;
	f = g_new0(struct function, 1);
	f->name = keep(m, name);
	f->file = keep(m, file);
	f->edges = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	f->intrinsics = g_hash_table_new(g_str_hash, g_str_equal);
	f->unjudged = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	f->static_calls = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_hash_table_insert(s->functions, g_strdup_printf("%s\t%s", name, file), f);
	return f;
}

static struct edge *have_edge(struct model *m, struct function *f, const char *callee, const char *file)
{
	struct edge *e = model_edge(f, callee, file);

	if (e)
		return e;
	e = g_new0(struct edge, 1);
	e->callee = keep(m, callee);
	e->callee_file = keep(m, file);
	g_hash_table_insert(f->edges, g_strdup_printf("%s\t%s", callee, file), e);
	return e;
}

/* ---- lines ----------------------------------------------------------------------------------- */

struct lines {
	char *path;
	FILE *file;
	char *line;
	size_t room;
	guint number;
	char *column[COLUMNS];
	int columns;
};

static void lines_open(struct lines *l, const char *directory, const char *name)
{
	*l = (struct lines){.path = g_build_filename(directory, name, NULL)};
	l->file = fopen(l->path, "r");
	if (!l->file)
		model_fail("%s: %s", l->path, g_strerror(errno));
}

static bool lines_next(struct lines *l)
{
	char *p, *tab;

	if (getline(&l->line, &l->room, l->file) <= 0)
		return false;
	l->number++;
	l->line[strcspn(l->line, "\n")] = '\0';
	l->columns = 0;
	for (p = l->line; p && l->columns < COLUMNS; p = tab ? tab + 1 : NULL) {
		tab = strchr(p, '\t');
		if (tab)
			*tab = '\0';
		l->column[l->columns++] = p;
	}
	return true;
}

static void lines_want(const struct lines *l, int columns)
{
	if (l->columns < columns)
		model_fail("%s:%u: %d columns where %d are expected", l->path, l->number, l->columns,
			   columns);
}

static void lines_close(struct lines *l)
{
	if (ferror(l->file))
		model_fail("%s: %s", l->path, g_strerror(errno));
	fclose(l->file);
	free(l->line);
	g_free(l->path);
}

/* ---- the index ------------------------------------------------------------------------------- */

static void read_meta(struct model *m, const char *directory)
{
	struct lines l;

	lines_open(&l, directory, "meta");
	while (lines_next(&l)) {
		lines_want(&l, 3);
		if (!strcmp(l.column[1], "root"))
			m->root = g_strdup(l.column[2]);
		else if (!strcmp(l.column[1], "build") && l.column[2][0] == '/')
			m->build = g_strdup(l.column[2]);
	}
	lines_close(&l);
	if (!m->root)
		model_fail("%s/meta: the index does not say where its tree is", directory);
}

/* `dump facts`: function KEY NAME FILE LINE COLUMN END_LINE FLAGS SIGNATURE … */
static void read_functions(struct model *m, const char *directory)
{
	struct lines l;

	lines_open(&l, directory, "functions");
	while (lines_next(&l)) {
		struct function *f;

		lines_want(&l, 8);
		if (!strcmp(l.column[3], "-"))
			continue;
		f = have_function(m, &m->index, l.column[2], l.column[3]);
		f->is_known = true;
		f->is_static = atoi(l.column[7]) & 1;
		if (!f->is_static)
			g_hash_table_insert(m->index.by_name, (gpointer)f->name, f);
	}
	lines_close(&l);
}

/* `dump edges`: caller caller_file callee callee_file kind when grade compiled site */
static void read_edges(struct model *m, const char *directory)
{
	struct lines l;

	lines_open(&l, directory, "edges");
	while (lines_next(&l)) {
		const struct function *callee;
		struct edge *e;
		bool is_live;

		lines_want(&l, 9);
		if (strcmp(l.column[4], "direct") != 0)
			continue;
		callee = model_function(&m->index, l.column[2], l.column[3]);
		e = have_edge(m, have_function(m, &m->index, l.column[0], l.column[1]), l.column[2],
			      callee && callee->is_static ? l.column[3] : "-");
		is_live = !strcmp(l.column[7], "yes");
		if (!e->site || (is_live && !e->live))
			e->site = keep(m, l.column[8]);
		*(is_live ? &e->live : &e->dead) += 1;
	}
	lines_close(&l);
}

/* `dump calls`: caller caller_file kind slot targets compiled macro site */
static void read_pointers(struct model *m, const char *directory)
{
	struct lines l;

	lines_open(&l, directory, "calls");
	while (lines_next(&l)) {
		struct function *f;

		lines_want(&l, 8);
		if (strcmp(l.column[2], "pointer") != 0 || strcmp(l.column[5], "yes") != 0)
			continue;
		f = have_function(m, &m->index, l.column[0], l.column[1]);
		f->pointers++;
		if (g_str_has_prefix(l.column[3], "__SCK__"))
			g_hash_table_add(f->static_calls,
					 g_strconcat("__SCT__", l.column[3] + strlen("__SCK__"), NULL));
	}
	lines_close(&l);
}

void model_read_index(struct model *m, const char *directory)
{
	read_meta(m, directory);
	read_functions(m, directory);
	read_edges(m, directory);
	read_pointers(m, directory);
}

/* ---- the code -------------------------------------------------------------------------------- */

/* As the index has it: relative to the build directory or the tree. */
static const char *relative(const struct model *m, const char *path)
{
	const char *const roots[] = {m->build, m->root};
	guint i;

	for (i = 0; i < G_N_ELEMENTS(roots); i++) {
		size_t n = roots[i] ? strlen(roots[i]) : 0;

		if (n && strncmp(path, roots[i], n) == 0 && path[n] == '/')
			return path + n + 1;
	}
	return path;
}

/* A unit has one body of each function, so all sites of an edge in the unit stand together. What is static in a source
 * that several units include is there several times, on either side under one name. */
static void read_direct(struct model *m, struct function *f, const struct lines *l, const char *unit)
{
	struct edge *e = have_edge(m, f, l->column[1], relative(m, l->column[2]));

	if (!e->site) {
		g_autofree char *site = g_strdup_printf("%s:%s", relative(m, l->column[3]), l->column[4]);

		e->site = keep(m, site);
		e->unit = unit;
	}
	if (e->last_unit != m->code.units) {
		e->last_unit = m->code.units;
		e->units++;
		if (!f->adds_up && e->in_unit && (!e->least || e->in_unit < e->least))
			e->least = e->in_unit;
		e->in_unit = f->adds_up ? e->in_unit : 0;
	}
	e->in_unit++;
	e->most = MAX(e->most, e->in_unit);
}

static void read_pointer(struct function *f)
{
	f->in_unit++;
	f->pointers = MAX(f->pointers, f->in_unit);
}

static void read_unjudged(struct model *m, struct function *f, const struct lines *l, guint *count)
{
	g_hash_table_add(f->unjudged, g_strdup_printf("%s\t%s", l->column[1], relative(m, l->column[2])));
	*count += 1;
}

static void read_alias(struct model *m, const struct lines *l)
{
	if (!strcmp(l->column[4], "global"))
		g_hash_table_add(m->code.strong, (gpointer)keep(m, l->column[1]));
}

static struct function *read_definition(struct model *m, const struct lines *l)
{
	struct function *f =
		have_function(m, &m->code, l->column[1], relative(m, l->column[2]));

	f->is_static = !strcmp(l->column[4], "static");
	f->is_weak = !strcmp(l->column[4], "weak");
	if (!f->is_static && !f->is_weak && strcmp(l->column[4], "inline") != 0)
		g_hash_table_add(m->code.strong, (gpointer)f->name);
	f->adds_up = f->is_static && g_str_has_suffix(f->file, ".c");
	f->units++;
	f->in_unit = f->adds_up ? f->in_unit : 0;
	return f;
}

static void read_unit(struct model *m, const char *directory, const char *name)
{
	struct function *f = NULL;
	const char *unit = NULL;
	bool is_whole = false;
	struct lines l;

	lines_open(&l, directory, name);
	m->code.units++;
	while (lines_next(&l)) {
		const char *kind = l.column[0];

		is_whole = !strcmp(kind, "end");
		if (is_whole)
			break;
		lines_want(&l, !strcmp(kind, "unit") ? 2 : 5);
		if (!strcmp(kind, "unit"))
			unit = keep(m, relative(m, l.column[1]));
		else if (!strcmp(kind, "function"))
			f = read_definition(m, &l);
		else if (!strcmp(kind, "alias"))
			read_alias(m, &l);
		else if (!f)
			model_fail("%s:%u: a call outside of any function", l.path, l.number);
		else if (!strcmp(kind, "direct"))
			read_direct(m, f, &l, unit);
		else if (!strcmp(kind, "unreached"))
			read_unjudged(m, f, &l, &m->code.unreached_calls);
		else if (!strcmp(kind, "refused"))
			read_unjudged(m, f, &l, &m->code.refused_calls);
		else if (!strcmp(kind, "pointer"))
			read_pointer(f);
		else if (!strcmp(kind, "intrinsic"))
			g_hash_table_add(f->intrinsics, (gpointer)keep(m, l.column[1]));
		else if (!strcmp(kind, "asm"))
			m->code.asm_calls++;
	}
	if (!is_whole) {
		m->code.failed++;
		printf("not compiled: %s\n", unit ? unit : l.path);
	}
	lines_close(&l);
}

static int by_name(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void finish(gpointer key, gpointer value, gpointer data)
{
	GHashTableIter i;
	struct edge *e;

	g_hash_table_iter_init(&i, ((struct function *)value)->edges);
	while (g_hash_table_iter_next(&i, NULL, (gpointer *)&e))
		e->least = e->least ? MIN(e->least, e->in_unit) : e->in_unit;
}

void model_read_code(struct model *m, const char *directory)
{
	g_autofree char *path = g_build_filename(directory, "units", NULL);
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	GDir *dir = g_dir_open(path, 0, NULL);
	const char *name;
	guint i;

	if (!dir)
		model_fail("%s: cannot be read", path);
	while ((name = g_dir_read_name(dir)))
		if (g_str_has_suffix(name, ".calls"))
			g_ptr_array_add(names, g_strdup(name));
	g_dir_close(dir);
	g_ptr_array_sort(names, by_name);
	for (i = 0; i < names->len; i++)
		read_unit(m, path, names->pdata[i]);
	g_hash_table_foreach(m->code.functions, finish, NULL);
}
