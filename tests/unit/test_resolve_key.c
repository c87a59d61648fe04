/* SPDX-License-Identifier: GPL-3.0-or-later */
/* resolve: static calls that are updated through a pointer to their key. Expected by reading. */
#include <string.h>

#include "small_index.h"

#include "store/store.h"

static char *work;

/* Two jigs at a bench, bore and sand; of each there are two calls. Both are of one type. */
#define HEAD                                                                                                  \
	"struct static_call_key { void *func; };\n"                                                           \
	"#define CALL(n) extern void __SCT__##n(int); struct static_call_key __SCK__##n = { .func = 0 };\n"   \
	"#define call(n) ({ static void *a = &__SCK__##n; (void)a; (&__SCT__##n); })\n"                       \
	"void put(struct static_call_key *key, void *trampoline, void *func) { key->func = func; }\n"         \
	"CALL(bore) CALL(sand) CALL(spare)\n"                                                                 \
	"void drill(int n) { } void file(int n) { } void weigh(long n) { }\n"                                 \
	"void at_bore(void) { call(bore)(1); }\nvoid at_sand(void) { call(sand)(2); }\n"                      \
	"void at_spare(void) { call(spare)(3); }\n"

#define JIGS                                                                                                  \
	"struct jig { struct static_call_key *key; void *trampoline; };\n"                                    \
	"struct table { struct jig bore[1], sand[1]; } jigs = {\n"                                            \
	"	.bore = { (struct jig){ .key = &__SCK__bore } }, .sand = { (struct jig){ .key = &__SCK__sand } } };\n" \
	"union means { void (*bore)(int); void (*sand)(int); void *any; };\n"                                 \
	"struct mean { struct jig *jigs; union means with; };\n"

static int compare_lines(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "at_bore drill layers:3, …", sorted: the targets of the calls through a pointer, and "CALLER reason" of those without. */
static char *targets_of(const char *source)
{
	g_autofree char *path = index_of_source(work, source);
	ew_auto(query) q = ew_query_open(path, NULL, NULL);
	g_autoptr(GPtrArray) lines = dump_lines(q, ew_query_dump_edges);
	g_autoptr(GPtrArray) sites = ew_query_unresolved(q, NULL, NULL);
	g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(g_free);
	char *text;
	guint i;

	for (i = 1; i < lines->len; i++) {
		g_auto(GStrv) cell = g_strsplit(g_ptr_array_index(lines, i), "\t", -1);

		if (!strcmp(cell[4], "pointer"))
			g_ptr_array_add(found, g_strdup_printf("%s %s %s", cell[0], cell[2], cell[6]));
	}
	for (i = 0; i < sites->len; i++) {
		const struct ew_site *s = g_ptr_array_index(sites, i);

		g_ptr_array_add(found, g_strdup_printf("%s %s", s->caller->name, ew_site_reason_name(s->reason)));
	}
	g_ptr_array_sort(found, compare_lines);
	g_ptr_array_add(found, NULL);
	text = g_strjoinv(", ", (char **)found->pdata);
	return text;
}

static void check(const char *source, const char *expected)
{
	g_autofree char *text = targets_of(source);

	g_assert_cmpstr(text, ==, expected);
}

/* Key and function are found by way of one pointer; the element of the array tells which belong together. */
static void test_object(void)
{
	check(HEAD JIGS "static struct mean means[] = { { .jigs = jigs.bore, .with = { .bore = drill } },\n"
			"	{ .jigs = jigs.sand, .with = { .sand = file } } };\n"
			"static void fit(struct mean *m) {\n\tstruct jig *j = m->jigs;\n\tint i;\n"
			"	for (i = 0; i < 1; i++, j++)\n\t\tput(j->key, j->trampoline, m->with.any);\n}\n"
			"void fit_all(int n) { int i; for (i = 0; i < n; i++) fit(&means[i]); }\n",
	      "at_bore drill layers:3, at_sand file layers:3, at_spare no_store");
	/* Two objects instead of elements. */
	check(HEAD JIGS "static struct mean one = { .jigs = jigs.bore, .with = { .bore = drill } },\n"
			"	two = { .jigs = jigs.sand, .with = { .sand = file } };\n"
			"static void fit(struct mean *m) { struct jig *j = m->jigs; put(j->key, 0, m->with.any); }\n"
			"void fit_all(void) { fit(&one); fit(&two); }\n",
	      "at_bore drill layers:3, at_sand file layers:3, at_spare no_store");
}

/* Which element it is nobody says: then the type decides. */
static void test_type(void)
{
	check(HEAD JIGS "static struct mean means[2];\n"
			"static void fit(struct mean *m) { struct jig *j = m->jigs; put(j->key, 0, m->with.any); }\n"
			"void fit_all(void) {\n\tmeans[0].jigs = jigs.bore; means[0].with.bore = drill;\n"
			"	means[1].jigs = jigs.sand; means[1].with.any = weigh; fit(&means[0]);\n}\n",
	      "at_bore drill signature, at_sand drill signature, at_spare no_store");
}

/* Both are parameters: those of one call belong together, through a wrapper, too. */
static void test_parameters(void)
{
	check(HEAD "static void set(struct static_call_key *key, void *f) { put(key, 0, f); }\n"
		   "static void twice(struct static_call_key *k, void *g) { set(k, g); }\n"
		   "void fit(void) { set(&__SCK__bore, drill); twice(&__SCK__sand, file); }\n",
	      "at_bore drill flow, at_sand file flow, at_spare no_store");
}

/* What is put there has no name, and which key it is neither: no call with a key of which the address goes anywhere
 * can be said to have nothing stored there. */
static void test_not_followed(void)
{
	check(HEAD JIGS "void fit(struct jig *j, void **f) { put(j->key, 0, *f); }\n",
	      "at_bore key_by_value, at_sand key_by_value, at_spare no_store");
	check(HEAD JIGS "static struct static_call_key *keys = &__SCK__spare;\n"
			"void fit(void **p) { put(p[1], 0, drill); }\n",
	      "at_bore drill signature, at_sand drill signature, at_spare drill signature");
}

int main(int argc, char **argv)
{
	g_autofree char *command = NULL;
	int status;

	g_test_init(&argc, &argv, NULL);
	work = g_dir_make_tmp("exitwalk-resolve-key-XXXXXX", NULL);
	g_test_add_func("/resolve/key/object", test_object);
	g_test_add_func("/resolve/key/type", test_type);
	g_test_add_func("/resolve/key/parameters", test_parameters);
	g_test_add_func("/resolve/key/not-followed", test_not_followed);
	status = g_test_run();
	command = g_strdup_printf("rm -rf '%s'", work);
	return system(command) == 0 ? status : 1;
}
