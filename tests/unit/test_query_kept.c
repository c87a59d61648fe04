/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * query: what `index` worked out and stored is what comes out when it is worked out at the question. The oracle is the
 * same query without what was stored; that it is not simply the same twice, the first test shows.
 */
#include "small_index.h"

#include <inttypes.h>

#include "query/binding.h"

static struct ew_refs *refs;
static struct ew_query *stored, *anew;

static void open_both(const char *path)
{
	g_autoptr(GError) error = NULL;

	stored = ew_query_open(path, refs, &error);
	g_assert_no_error(error);
	anew = ew_query_open(path, refs, &error);
	g_assert_no_error(error);
	ew_query_work_out(anew);
}

static void close_both(void)
{
	ew_query_close(stored);
	ew_query_close(anew);
}

static int64_t function_count(struct ew_query *q)
{
	g_assert_true(query_load_graph(q));
	return q->graph.functions;
}

/* ---- contexts -------------------------------------------------------------------------------------- */

static void add_edge(GString *text, const struct ew_edge *e)
{
	g_string_append_printf(text, " %s>%s@%s:%d:%d(%s,%s,%d)", e->caller->name, e->callee->name, e->site.file,
			       e->site.line, e->site.column, e->when, e->grade, e->candidates);
}

static char *contexts_of(struct ew_query *q, int64_t function)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) all =
		ew_query_contexts(q, query_symbol(q, EW_SYMBOL_FUNCTION, function), NULL, &error);
	GString *text = g_string_new(NULL);
	guint i, k;

	g_assert_no_error(error);
	for (i = 0; i < all->len; i++) {
		const struct ew_context *c = all->pdata[i];

		g_string_append_printf(text, "%s kind %d from %s, %s, entry %d, sleeps %d, widest %d, grant %d:", c->name,
				       c->kind, c->root->name, c->why, c->is_entry, c->may_sleep, c->widest, c->grant);
		for (k = 0; k < c->way->len; k++)
			add_edge(text, c->way->pdata[k]);
		if (c->granted)
			add_edge(text, c->granted);
		g_string_append_c(text, '\n');
	}
	return g_string_free(text, false);
}

static void test_contexts(void)
{
	int64_t n = function_count(stored), i;
	int with = 0;

	for (i = 0; i < n; i++) {
		g_autofree char *a = contexts_of(stored, i), *b = contexts_of(anew, i);
		const struct ew_symbol *f = query_symbol(stored, EW_SYMBOL_FUNCTION, i);
		uint32_t sure, sure_anew;

		g_assert_cmpstr(a, ==, b);
		g_assert_cmpuint(ew_query_context_bits(stored, f, &sure, NULL), ==,
				 ew_query_context_bits(anew, f, &sure_anew, NULL));
		g_assert_cmpuint(sure, ==, sure_anew);
		with += *a != '\0';
	}
	g_assert_cmpint(with, >, 0);
}

/* ---- calls through a pointer -------------------------------------------------------------------------- */

static void add_site(GString *text, const struct ew_site *s)
{
	g_string_append_printf(text, "%s(%" PRId64 " %s:%d-%d %d%d) %" PRId64 " %s:%d:%d %s %s %s %d%d %d %d %d %d %d\n",
			       s->caller->name, s->caller->id, s->caller->place.file, s->caller->place.line,
			       s->caller->end_line, s->caller->is_static, s->caller->is_inline, s->call, s->place.file,
			       s->place.line, s->place.column, s->slot, s->macro, s->origin, s->is_compiled, s->is_open,
			       s->reason, s->by_signature, s->by_slot, s->by_object, s->targets);
}

static char *unresolved_of(struct ew_query *q, const char *const *patterns)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) sites = ew_query_unresolved(q, patterns, &error);
	GString *text = g_string_new(NULL);
	guint i;

	g_assert_no_error(error);
	for (i = 0; i < sites->len; i++)
		add_site(text, sites->pdata[i]);
	return g_string_free(text, false);
}

static void test_unresolved(void)
{
	static const char *const core[] = {"core", NULL}, *const none[] = {"nowhere", NULL};
	const char *const *const scopes[] = {NULL, core, none};
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(scopes); i++) {
		g_autofree char *a = unresolved_of(stored, scopes[i]), *b = unresolved_of(anew, scopes[i]);

		g_assert_cmpstr(a, ==, b);
		g_assert_true(scopes[i] == core || (scopes[i] == none) == !*a);
	}
}

static char *coverage_of(struct ew_query *q)
{
	g_autoptr(GError) error = NULL;
	ew_auto(pointer_coverage) c = ew_query_pointer_coverage(q, &error);
	GString *text = g_string_new(NULL);
	guint i;

	g_assert_no_error(error);
	g_string_printf(text, "%d %d %d %d %" PRId64 " %a %a %a %a %d %d\n", c->sites, c->dead, c->resolved, c->single,
			c->targets, c->mean, c->median, c->mean_by_signature, c->mean_by_slot, c->without_signature,
			c->differing);
	for (i = 0; i < EW_GRADES; i++)
		g_string_append_printf(text, "%d ", c->grades[i]);
	for (i = 0; i < EW_REASONS; i++)
		g_string_append_printf(text, "%d ", c->reasons[i]);
	for (i = 0; i < c->widest->len; i++)
		add_site(text, c->widest->pdata[i]);
	return g_string_free(text, false);
}

static void test_coverage(void)
{
	g_autofree char *a = coverage_of(stored), *b = coverage_of(anew);

	g_assert_cmpstr(a, ==, b);
}

/* ---- queued work ------------------------------------------------------------------------------------------ */

static int expect_same_queueings(void)
{
	const struct wide_graph *a = query_wide_graph(stored), *b = query_wide_graph(anew);
	guint i;

	g_assert_cmpuint(a->queueings->len, ==, b->queueings->len);
	for (i = 0; i < a->queueings->len; i++) {
		const struct queueing *x = &g_array_index(a->queueings, struct queueing, i);
		const struct queueing *y = &g_array_index(b->queueings, struct queueing, i);

		g_assert_cmpuint(x->from, ==, y->from);
		g_assert_cmpuint(x->to, ==, y->to);
		g_assert_cmpuint(x->dispatcher, ==, y->dispatcher);
		g_assert_cmpuint(x->cost, ==, y->cost);
		g_assert_cmpint(x->call, ==, y->call);
		g_assert_cmpint(x->flow, ==, y->flow);
	}
	return a->queueings->len;
}

static void test_queueings(void)
{
	g_assert_cmpint(expect_same_queueings(), >, 0);
}

/* ---- bindings ------------------------------------------------------------------------------------------- */

static void add_number(GString *text, gpointer number)
{
	g_string_append_printf(text, " %zu", GPOINTER_TO_SIZE(number));
}

static gint compare_numbers(gconstpointer a, gconstpointer b)
{
	return a < b ? -1 : a > b;
}

static void add_table(GString *text, const struct binding *b, GHashTable *table)
{
	g_autoptr(GList) keys = g_list_sort(g_hash_table_get_keys(table), compare_numbers);

	g_string_append(text, table == b->nothing ? " nothing" : "");
	for (GList *l = keys; l; l = l->next) {
		add_number(text, l->data);
		add_number(text, g_hash_table_lookup(table, l->data));
	}
	g_string_append_c(text, '\n');
}

static void add_tables(GString *text, const struct binding *b, GHashTable *tables)
{
	g_autoptr(GList) keys = g_list_sort(g_hash_table_get_keys(tables), compare_numbers);

	for (GList *l = keys; l; l = l->next) {
		add_number(text, l->data);
		g_string_append_c(text, ':');
		add_table(text, b, g_hash_table_lookup(tables, l->data));
	}
}

static gint compare_pairs(gconstpointer a, gconstpointer b)
{
	return *(const int64_t *)a < *(const int64_t *)b ? -1 : 1;
}

static int add_out(GString *text, const struct binding *b)
{
	g_autoptr(GList) keys = g_list_sort(g_hash_table_get_keys(b->out), compare_numbers);
	g_autoptr(GList) direct = g_list_sort(g_hash_table_get_keys(b->out_direct), compare_pairs);

	for (GList *l = keys; l; l = l->next) {
		const struct ruled_out *o = g_hash_table_lookup(b->out, l->data);

		add_number(text, l->data);
		g_string_append_printf(text, " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %d%d\n", o->condition, o->slot,
				       o->base, o->value, o->mode, o->is_equal);
	}
	for (GList *l = direct; l; l = l->next) {
		int64_t key = *(const int64_t *)l->data;
		g_string_append_printf(text, "%" PRId64 "\n", key);
		g_assert_false(binding_leaves_call((struct binding *)b, key >> 32, (uint32_t)key, 0));
	}
	return g_list_length(keys);
}

static char *binding_of(struct ew_query *q, const char *name, int *out)
{
	g_autoptr(GError) error = NULL;
	struct binding *b = query_binding(q, name, &error);
	g_autoptr(GPtrArray) steps = NULL;
	GString *text = g_string_new(NULL);
	guint i;

	g_assert_no_error(error);
	g_string_append_printf(text, "%" PRId64 "\n", binding_holder(b));
	add_tables(text, b, b->bound);
	add_tables(text, b, b->calls);
	*out += add_out(text, b);
	steps = binding_proof(b);
	for (i = 0; i < steps->len; i++) {
		const struct ew_step *s = steps->pdata[i];

		g_string_append_printf(text, "%s %s %s %s:%d:%d %s %s %s\n", s->role, s->text, s->how, s->place.file,
				       s->place.line, s->place.column, s->function, s->macro, s->condition);
	}
	return g_string_free(text, false);
}

static void test_bindings(void)
{
	const GPtrArray *all = ew_refs_bindings(refs);
	int out = 0;
	guint i;

	for (i = 0; i < all->len; i++) {
		const struct ew_refs_binding *b = all->pdata[i];
		g_autofree char *a = NULL, *again = NULL;

		if (!ew_query_supports(anew, b)) {
			g_assert_false(binding_is_kept(stored, b));
			continue;
		}
		g_assert_true(binding_is_kept(stored, b));
		g_assert_false(binding_is_kept(anew, b));
		a = binding_of(stored, b->name, &out);
		again = binding_of(anew, b->name, &out);
		g_assert_cmpstr(a, ==, again);
	}
	g_assert_cmpint(out, >, 0);
}

/* What kernel-refs says otherwise than when the index was made is looked up anew. */
static void test_other_binding(void)
{
	struct ew_refs_binding *b = (struct ew_refs_binding *)ew_refs_binding(refs, "gram");
	char *holder = b->holder;

	g_assert_true(binding_is_kept(stored, b));
	b->holder = "another.member";
	g_assert_false(binding_is_kept(stored, b));
	b->holder = holder;
}

/* ---- conditions ------------------------------------------------------------------------------------------ */

static void test_conditions(void)
{
	struct condition_row a, b;
	int with_text = 0, last = 0, i;
	bool is_there;

	for (i = 1; i <= last + 200; i++) { /* ids of what an update took out are missing */
		memset(&a, 0, sizeof a);
		memset(&b, 0, sizeof b);
		g_assert_false(condition_read_kept(anew, i, &b, &is_there));
		is_there = query_condition_row(anew, i, &b);
		g_assert_true(query_condition_row(stored, i, &a) == is_there);
		if (!is_there)
			continue;
		last = i;
		g_assert_true(condition_read_kept(stored, i, &a, &is_there) && is_there);
		g_assert_cmpint(a.parent, ==, b.parent);
		g_assert_cmpint(a.file, ==, b.file);
		g_assert_cmpint(a.kind, ==, b.kind);
		g_assert_cmpint(a.is_dead, ==, b.is_dead);
		g_assert_cmpint(a.line, ==, b.line);
		g_assert_cmpint(a.column, ==, b.column);
		g_assert_cmpstr(a.text, ==, b.text);
		with_text += a.text != NULL;
	}
	g_assert_cmpint(with_text, >, 0);
}

/* ---- where it holds -------------------------------------------------------------------------------------- */

static bool has_kept(struct ew_query *q, enum ew_kept what)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_KEPT, "i", ew_store_kept(what, 0));

	return !q->works_out && ew_rows_next(r);
}

static void test_is_stored(void)
{
	static const enum ew_kept all[] = {EW_KEPT_ROOTS, EW_KEPT_SITES, EW_KEPT_POINTERS, EW_KEPT_QUEUEINGS};
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(all); i++) {
		g_assert_true(has_kept(stored, all[i]));
		g_assert_false(has_kept(anew, all[i]));
	}
}

/* Contexts were stored by what kernel-refs said of roots; with another one they are found anew. */
static void test_other_refs(gconstpointer path)
{
	g_autofree char *work = g_dir_make_tmp("ew-refs-XXXXXX", NULL);
	g_autofree char *from = g_build_filename(EW_TEST_DIR, "fixtures/refs/.", NULL);
	g_autofree char *file = g_build_filename(work, "entries/one.entry", NULL);
	g_autofree char *copy = g_strdup_printf("cp -r '%s' '%s'", from, work);
	g_autofree char *clean = g_strdup_printf("rm -rf '%s'", work);
	g_autoptr(GError) error = NULL;
	struct ew_refs *other;
	struct ew_query *q;
	uint32_t sure;

	g_assert_cmpint(system(copy), ==, 0);
	g_assert_true(g_file_set_contents(file,
					  "[entry]\ntitle = a test\nfunctions = put_handle\ncontext = nmi\nsleeps = no\n",
					  -1, NULL));
	other = ew_refs_open(work, &error);
	g_assert_no_error(error);
	q = ew_query_open(path, other, &error);
	g_assert_no_error(error);
	ew_query_context_bits(q, ew_query_one(q, "put_handle", EW_SYMBOL_FUNCTION, &error), &sure, NULL);
	g_assert_no_error(error);
	g_assert_cmpuint(sure, ==, 1 << 4);
	ew_query_close(q);
	ew_refs_close(other);
	g_assert_cmpint(system(clean), ==, 0);
}

/* ---- brought up to date ------------------------------------------------------------------------------------ */

#define SOURCE(body) \
	"static inline int is_idle(int n) { if (n > 2) return n; while (n) if (--n == 1) is_idle(n); return 0; }\n" \
	"struct job { void (*run)(struct job *), (*idle)(struct job *); };\n" \
	"void first(struct job *j) { }\n" \
	"void second(struct job *j) { }\n" \
	"struct job a = { .run = first };\n" \
	"void do_leave(struct job *j) {" body "}\n"

/* What was stored of the older index is gone: else an index that was updated would tell of it. */
static void test_update(gconstpointer work)
{
	g_autofree char *older = index_of_source(work, SOURCE("first(&a);")), *path = NULL;
	const struct ew_symbol *second;
	uint32_t sure;

	close_both();
	open_both(older);
	second = ew_query_one(stored, "second", EW_SYMBOL_FUNCTION, NULL);
	g_assert_cmpuint(ew_query_context_bits(stored, second, &sure, NULL), ==, 0);
	close_both();
	path = index_of_source(work, SOURCE("second(&a); j->run(j); j->idle(j);"));
	open_both(path);
	test_is_stored();
	test_contexts();
	test_unresolved();
	test_coverage();
	expect_same_queueings();
	test_conditions();
	second = ew_query_one(stored, "second", EW_SYMBOL_FUNCTION, NULL);
	g_assert_cmpuint(ew_query_context_bits(stored, second, &sure, NULL), ==, 1);
	close_both();
}

int main(int argc, char **argv)
{
	g_autofree char *work = g_dir_make_tmp("ew-kept-XXXXXX", NULL);
	g_autofree char *tree = g_build_filename(EW_TEST_DIR, "fixtures/rel-a", NULL);
	g_autofree char *data = g_build_filename(EW_TEST_DIR, "fixtures/refs", NULL);
	g_autofree char *path = index_of_tree(work, tree);
	g_autofree char *command = g_strdup_printf("rm -rf '%s'", work);
	int status;

	refs = ew_refs_open(data, NULL);
	open_both(path);
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/query/kept/is-stored", test_is_stored);
	g_test_add_func("/query/kept/contexts", test_contexts);
	g_test_add_func("/query/kept/unresolved", test_unresolved);
	g_test_add_func("/query/kept/coverage", test_coverage);
	g_test_add_func("/query/kept/queueings", test_queueings);
	g_test_add_func("/query/kept/bindings", test_bindings);
	g_test_add_func("/query/kept/other-binding", test_other_binding);
	g_test_add_func("/query/kept/conditions", test_conditions);
	g_test_add_data_func("/query/kept/other-refs", path, test_other_refs);
	g_test_add_data_func("/query/kept/update", work, test_update);
	status = g_test_run();
	ew_refs_close(refs);
	return system(command) == 0 ? status : 1;
}
