/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Direct calls of the code against the direct edges of the index, both ways.
 * usage: truth_ir_compare CLASSES DIRECTORY; ir.sh says what the directory holds
 *
 * A difference is a line, with tabs between its columns:
 *	missing  the code has a call that the index does not have
 *	dead     the code has it, the index has it as not compiled
 *	extra    the index has it as compiled, and the code of its caller does not have it
 * followed by caller, its file, callee, its file (of a static function, else -), a remark and the place.
 * A class of CLASSES is a name, a kind, an extended regular expression for the rest of the line, and a
 * reason; what no class holds is unexplained.
 *
 * Exit status: 0 all is explained, 1 not, 2 nothing was compared.
 */
#include <stdio.h>
#include <string.h>

#include "ir_model.h"

struct class {
	char *name, *kind, *reason;
	GRegex *expression;
	guint met;
};

struct difference {
	const char *kind;
	char *line;
	struct class *class; /* NULL: unexplained */
};

struct report {
	struct model *model;
	GPtrArray *classes, *differences;
	guint edges_of_code, found;	/* recall */
	guint edges_of_index, in_code;	/* precision */
	guint functions, unknown;	/* of the code; unknown to the index */
	guint no_code, no_code_edges;	/* functions of the index without code, their edges */
	guint unjudged;			/* edges that only code has that is not judged */
	guint replaced;			/* weak ones, where another unit has the strong one */
	guint same_sites, fewer_sites, more_sites;
	guint same_pointers, fewer_pointers, more_pointers;
	FILE *sites;
};

/* ---- classes --------------------------------------------------------------------------------- */

static void class_free(gpointer data)
{
	struct class *c = data;

	g_free(c->name);
	g_free(c->kind);
	g_free(c->reason);
	g_regex_unref(c->expression);
	g_free(c);
}

static void add_class(GPtrArray *classes, const char *path, int number, const char *line)
{
	g_auto(GStrv) columns = g_strsplit(line, "\t", -1);
	g_autoptr(GError) error = NULL;
	struct class *c;

	if (g_strv_length(columns) != 4)
		model_fail("%s:%d: not four columns (name, kind, expression, reason)", path, number);
	c = g_new0(struct class, 1);
	c->name = g_strdup(columns[0]);
	c->kind = g_strdup(columns[1]);
	c->reason = g_strdup(columns[3]);
	c->expression = g_regex_new(columns[2], G_REGEX_OPTIMIZE, 0, &error);
	if (!c->expression)
		model_fail("%s:%d: %s", path, number, error->message);
	g_ptr_array_add(classes, c);
}

static GPtrArray *read_classes(const char *path)
{
	GPtrArray *classes = g_ptr_array_new_with_free_func(class_free);
	g_autofree char *text = NULL;
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) lines = NULL;
	int i;

	if (!g_file_get_contents(path, &text, NULL, &error))
		model_fail("%s", error->message);
	lines = g_strsplit(text, "\n", -1);
	for (i = 0; lines[i]; i++)
		if (*lines[i] && *lines[i] != '#')
			add_class(classes, path, i + 1, lines[i]);
	return classes;
}

static struct class *class_of(const struct report *r, const char *kind, const char *line)
{
	guint i;

	for (i = 0; i < r->classes->len; i++) {
		struct class *c = r->classes->pdata[i];

		if (!strcmp(c->kind, kind) && g_regex_match(c->expression, line, 0, NULL))
			return c;
	}
	return NULL;
}

/* ---- differences ----------------------------------------------------------------------------- */

static void difference_free(gpointer data)
{
	g_free(((struct difference *)data)->line);
	g_free(data);
}

static void differ(struct report *r, const char *kind, const struct function *f, const struct edge *e,
		   const char *remark)
{
	struct difference *d = g_new0(struct difference, 1);

	d->kind = kind;
	d->line = g_strdup_printf("%s\t%s\t%s\t%s\t%s\t%s", f->name, f->file, e->callee, e->callee_file,
				  remark, e->site);
	d->class = class_of(r, kind, d->line);
	if (d->class)
		d->class->met++;
	g_ptr_array_add(r->differences, d);
}

/* Does the other side have a call of another function of this name? */
static bool has_namesake(const struct function *f, const struct edge *e)
{
	GHashTableIter i;
	struct edge *other;

	if (!f)
		return false;
	g_hash_table_iter_init(&i, f->edges);
	while (g_hash_table_iter_next(&i, NULL, (gpointer *)&other))
		if (!strcmp(other->callee, e->callee) && strcmp(other->callee_file, e->callee_file) != 0)
			return true;
	return false;
}

static const char *remark_on_missing(const struct report *r, const struct function *code,
				     const struct function *index, const struct edge *e)
{
	if (!index)
		return g_hash_table_contains(r->model->index.by_name, code->name) && !code->is_static
			       ? "another definition"
			       : "unknown function";
	if (has_namesake(index, e))
		return "namesake";
	return e->units < code->units ? "not in every unit" : "-";
}

static void compare_sites(struct report *r, const struct function *f, const struct edge *code,
			  const struct edge *index)
{
	const char *word = "fewer";

	if (index->live >= code->least && index->live <= code->most) {
		r->same_sites++;
		return;
	}
	if (index->live > code->most) {
		word = "more";
		r->more_sites++;
	} else {
		r->fewer_sites++;
	}
	fprintf(r->sites, "%s\t%s\t%s\t%s\t%s\t%u\t%u-%u\t%u\t%s\n", word, f->name, f->file, code->callee,
		code->callee_file, index->live, code->least, code->most, index->dead, index->site);
}

static void compare_edge_of_code(struct report *r, const struct function *code,
				 const struct function *index, const struct edge *e)
{
	const struct edge *said = index ? model_edge(index, e->callee, e->callee_file) : NULL;

	r->edges_of_code++;
	if (index && !said && g_hash_table_contains(index->static_calls, e->callee)) {
		r->found++; /* a module calls the trampoline, others what the key holds */
	} else if (said && said->live) {
		r->found++;
		compare_sites(r, code, e, said);
	} else if (said) {
		differ(r, "dead", code, e, e->units < code->units ? "not in every unit" : "-");
	} else {
		differ(r, "missing", code, e, remark_on_missing(r, code, index, e));
	}
}

static bool is_unjudged(const struct function *code, const struct edge *e)
{
	g_autofree char *key = g_strdup_printf("%s\t%s", e->callee, e->callee_file);

	return g_hash_table_contains(code->unjudged, key);
}

/* memcpy() as llvm.memcpy, __builtin_abs() as llvm.abs. */
static bool is_intrinsic(const struct function *code, const struct edge *e)
{
	const char *name = e->callee;

	if (g_str_has_prefix(name, "__builtin_"))
		name += strlen("__builtin_");
	return g_hash_table_contains(code->intrinsics, name);
}

static void compare_edge_of_index(struct report *r, const struct function *code,
				  const struct function *index, const struct edge *e)
{
	bool is_found = model_edge(code, e->callee, e->callee_file) || is_intrinsic(code, e);

	if (!is_found && is_unjudged(code, e)) {
		r->unjudged++;
		return;
	}
	r->edges_of_index++;
	if (is_found)
		r->in_code++;
	else
		differ(r, "extra", index, e, has_namesake(code, e) ? "namesake" : "-");
}

static void compare_pointers(struct report *r, const struct function *code, const struct function *index)
{
	if (code->pointers == index->pointers)
		r->same_pointers += code->pointers > 0;
	else
		*(index->pointers < code->pointers ? &r->fewer_pointers : &r->more_pointers) += 1;
	if (code->pointers != index->pointers)
		fprintf(r->sites, "pointers\t%s\t%s\t-\t-\t%u\t%u\t-\t-\n", code->name, code->file,
			index->pointers, code->pointers);
}

static int by_place(gconstpointer a, gconstpointer b)
{
	const struct function *x = *(struct function *const *)a, *y = *(struct function *const *)b;
	int answer = strcmp(x->file, y->file);

	return answer ? answer : strcmp(x->name, y->name);
}

static GPtrArray *values_in_order(GHashTable *table, GCompareFunc order)
{
	GPtrArray *all = g_ptr_array_sized_new(g_hash_table_size(table));
	GHashTableIter i;
	gpointer value;

	g_hash_table_iter_init(&i, table);
	while (g_hash_table_iter_next(&i, NULL, &value))
		g_ptr_array_add(all, value);
	g_ptr_array_sort(all, order);
	return all;
}

static int by_callee(gconstpointer a, gconstpointer b)
{
	const struct edge *x = *(struct edge *const *)a, *y = *(struct edge *const *)b;
	int answer = strcmp(x->callee, y->callee);

	return answer ? answer : strcmp(x->callee_file, y->callee_file);
}

static void compare_code(struct report *r)
{
	g_autoptr(GPtrArray) functions = values_in_order(r->model->code.functions, by_place);
	guint i, j;

	for (i = 0; i < functions->len; i++) {
		const struct function *f = functions->pdata[i];
		const struct function *said = model_function(&r->model->index, f->name, f->file);
		g_autoptr(GPtrArray) edges = values_in_order(f->edges, by_callee);

		if (f->is_weak && g_hash_table_contains(r->model->code.strong, f->name)) {
			r->replaced++;
			continue;
		}
		if (said && !said->is_known)
			said = NULL;
		r->functions++;
		r->unknown += !said;
		for (j = 0; j < edges->len; j++)
			compare_edge_of_code(r, f, said, edges->pdata[j]);
		if (said)
			compare_pointers(r, f, said);
	}
}

static void compare_index(struct report *r)
{
	g_autoptr(GPtrArray) functions = values_in_order(r->model->index.functions, by_place);
	guint i, j;

	for (i = 0; i < functions->len; i++) {
		const struct function *f = functions->pdata[i];
		const struct function *code = model_function(&r->model->code, f->name, f->file);
		g_autoptr(GPtrArray) edges = values_in_order(f->edges, by_callee);
		guint live = 0;

		for (j = 0; j < edges->len; j++) {
			const struct edge *e = edges->pdata[j];

			live += e->live > 0;
			if (code && e->live)
				compare_edge_of_index(r, code, f, e);
		}
		if (!code) {
			r->no_code++;
			r->no_code_edges += live;
		}
	}
}

/* ---- the report ------------------------------------------------------------------------------ */

static double percent(guint part, guint whole)
{
	return whole ? 100.0 * part / whole : 100.0;
}

static void print_figures(const struct report *r)
{
	const struct side *code = &r->model->code;

	printf("== code\n%7u units compiled, %u not\n", code->units - code->failed, code->failed);
	printf("%7u functions, %u of them not in the index\n", r->functions, r->unknown);
	printf("%7u functions of the index have no code (inlines and statics that nobody uses): their "
	       "%u edges are not judged\n",
	       r->no_code, r->no_code_edges);
	printf("%7u weak functions have a strong one in another unit, and are not linked\n", r->replaced);
	printf("%7u calls in the text of asm are no calls of C\n", code->asm_calls);
	printf("%7u calls behind what does not return are left in the code, and are not judged\n",
	       code->unreached_calls);
	printf("%7u calls of functions with the attribute error must not stay, and are not judged\n",
	       code->refused_calls);
	printf("== direct edges\n");
	printf("%7u in the code, %u of them in the index as compiled: recall %.3f %%\n",
	       r->edges_of_code, r->found, percent(r->found, r->edges_of_code));
	printf("%7u in the index, compiled and with code, %u of them in the code: precision %.3f %%\n",
	       r->edges_of_index, r->in_code, percent(r->in_code, r->edges_of_index));
	printf("%7u in the index have none but such calls as are not judged\n", r->unjudged);
	printf("== number of sites (not judged)\n");
	printf("%7u edges with as many sites on both sides, %u with fewer in the index, %u with more\n",
	       r->same_sites, r->fewer_sites, r->more_sites);
	printf("%7u functions with as many calls through pointers, %u with fewer in the index, %u with "
	       "more\n",
	       r->same_pointers, r->fewer_pointers, r->more_pointers);
}

static void print_classes(const struct report *r, const char *kind)
{
	guint i, j, shown, unexplained = 0;

	for (i = 0; i < r->classes->len; i++) {
		const struct class *c = r->classes->pdata[i];

		if (!strcmp(c->kind, kind) && c->met)
			printf("%7u %s, %s: %s\n", c->met, kind, c->name, c->reason);
	}
	for (i = 0; i < r->differences->len; i++) {
		const struct difference *d = r->differences->pdata[i];

		unexplained += !d->class && !strcmp(d->kind, kind);
	}
	if (unexplained)
		printf("%7u %s, unexplained:\n", unexplained, kind);
	for (j = 0, shown = 0; j < r->differences->len && shown < 20; j++) {
		const struct difference *d = r->differences->pdata[j];

		if (!d->class && !strcmp(d->kind, kind)) {
			printf("        %s\n", d->line);
			shown++;
		}
	}
	if (unexplained > shown)
		printf("        and %u more, in the file `different`\n", unexplained - shown);
}

/* Whether anything is unexplained. */
static bool write_differences(const struct report *r, const char *directory)
{
	g_autofree char *path = g_build_filename(directory, "different", NULL);
	FILE *out = fopen(path, "w");
	bool answer = false;
	guint i;

	if (!out)
		model_fail("%s: cannot be written", path);
	for (i = 0; i < r->differences->len; i++) {
		const struct difference *d = r->differences->pdata[i];

		fprintf(out, "%s\t%s\t%s\n", d->class ? d->class->name : "unexplained", d->kind, d->line);
		answer |= !d->class;
	}
	if (fclose(out) != 0)
		model_fail("%s: cannot be written", path);
	return answer;
}

int main(int argc, char **argv)
{
	g_autofree char *sites = NULL;
	struct report r = {0};
	bool unexplained;

	if (argc != 3)
		model_fail("usage: truth_ir_compare CLASSES DIRECTORY");
	r.model = model_new();
	r.classes = read_classes(argv[1]);
	r.differences = g_ptr_array_new_with_free_func(difference_free);
	sites = g_build_filename(argv[2], "sites", NULL);
	r.sites = fopen(sites, "w");
	if (!r.sites)
		model_fail("%s: cannot be written", sites);
	model_read_index(r.model, argv[2]);
	model_read_code(r.model, argv[2]);
	if (!r.model->code.units)
		model_fail("%s/units: no unit was compiled", argv[2]);
	compare_code(&r);
	compare_index(&r);
	fclose(r.sites);
	print_figures(&r);
	printf("== remainder\n");
	print_classes(&r, "missing");
	print_classes(&r, "dead");
	print_classes(&r, "extra");
	unexplained = write_differences(&r, argv[2]);
	puts(unexplained ? "NOT all is explained" : "all is explained");
	unexplained |= r.model->code.failed > 0;
	g_ptr_array_unref(r.classes);
	g_ptr_array_unref(r.differences);
	model_free(r.model);
	return unexplained;
}
