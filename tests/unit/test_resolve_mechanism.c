/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * resolve: both ends of deferred work, and what no careful reader would say of it. The mechanisms are those of
 * fixtures/refs; what is expected was read from the sources below.
 */
#include "small_index.h"

#include "store/store.h"

static char *work;
static struct ew_refs *refs;

#define ALARM                                                                                      \
	"struct alarm { void (*function)(struct alarm *); };\n"                                    \
	"static struct alarm *pending;\n"                                                          \
	"void set_alarm(struct alarm *a, long when) { pending = a; }\n"                            \
	"void ring_alarm(struct alarm *a) { a->function(a); }\n"                                   \
	"struct clock { struct alarm tick, tock; };\n"                                             \
	"static void init_alarm(struct alarm *a, void (*f)(struct alarm *)) { a->function = f; }\n" \
	"static void on_tick(struct alarm *a) { }\n"                                               \
	"void setup(struct clock *c) { init_alarm(&c->tick, on_tick); }\n"

#define JOB                                                                                        \
	"struct job_head { struct job_head *next; void (*func)(struct job_head *); };\n"           \
	"static struct job_head *jobs, *late;\n"                                                   \
	"int add_job(int who, struct job_head *j) { j->next = jobs; jobs = j; return 0; }\n"       \
	"void run_jobs(void) { jobs->func(jobs); }\n"                                              \
	"void run_late(void) { late->func(late); }\n"

#define CALL_LATE                                                                                  \
	"void call_late(struct job_head *h, void (*func)(struct job_head *))\n"                    \
	"{ h->func = func; h->next = late; late = h; }\n"

static struct ew_query *ask(const char *source)
{
	g_autofree char *path = index_of_source(work, source);
	g_autoptr(GError) error = NULL;
	struct ew_query *q = ew_query_open(path, refs, &error);

	g_assert_no_error(error);
	return q;
}

/* "caller>callee when grade, …" of the edges through pointers. */
static char *pointer_edges(struct ew_query *q)
{
	g_autoptr(GPtrArray) lines = dump_lines(q, ew_query_dump_edges);
	GString *text = g_string_new(NULL);

	for (guint i = 1; i < lines->len; i++) {
		g_auto(GStrv) c = g_strsplit(lines->pdata[i], "\t", -1);

		if (!strcmp(c[4], "pointer"))
			g_string_append_printf(text, "%s%s>%s %s %s", text->len ? ", " : "", c[0], c[2],
					       c[5], c[6]);
	}
	return g_string_free(text, FALSE);
}

static void check_edges(const char *source, const char *expected)
{
	ew_auto(query) q = ask(source);
	g_autofree char *edges = pointer_edges(q);

	g_assert_cmpstr(edges, ==, expected);
}

/* The proof of the one edge between the two: a line "role: text" a step. */
static char *proof(struct ew_query *q, const char *caller, const char *callee)
{
	g_autoptr(GError) error = NULL;
	const struct ew_symbol *a = ew_query_one(q, caller, EW_SYMBOL_FUNCTION, &error);
	const struct ew_symbol *b = ew_query_one(q, callee, EW_SYMBOL_FUNCTION, &error);
	g_autoptr(GPtrArray) edges = ew_query_edges_between(q, a, b, &error), steps = NULL;
	GString *text = g_string_new(NULL);

	g_assert_no_error(error);
	g_assert_cmpint(edges->len, ==, 1);
	steps = ew_query_proof(q, edges->pdata[0], &error);
	for (guint i = 0; i < steps->len; i++) {
		const struct ew_step *s = steps->pdata[i];

		g_string_append_printf(text, "%s: %s\n", s->role, s->text);
	}
	return g_string_free(text, FALSE);
}

static void check_proof(const char *source, const char *caller, const char *callee, const char *expected)
{
	ew_auto(query) q = ask(source);
	g_autofree char *text = proof(q, caller, callee);

	g_assert_cmpstr(text, ==, expected);
}

static void test_both_ends(void)
{
	static const char source[] =
		ALARM "static void restart(struct alarm *a) { set_alarm(a, 1); }\n"
		      "void start(struct clock *c) { restart(&c->tick); }\n"
		      "void start_other(struct clock *c) { set_alarm(&c->tock, 2); }\n"
		      "void start_now(struct clock *c) { set_alarm(&c->tick, 0); }\n";

	check_edges(source, "ring_alarm>on_tick alarm layers:3");
	/* Two places start it; a third one starts another alarm. */
	check_proof(source, "ring_alarm", "on_tick",
		    "store: parameter 2 of init_alarm = on_tick\n"
		    "flow: alarm.function = parameter 2 of init_alarm\n"
		    "register: parameter 1 of set_alarm = &clock.tick\n"
		    "register: parameter 1 of restart = &clock.tick\n"
		    "hand on: parameter 1 of set_alarm = parameter 1 of restart\n"
		    "dispatch: ring_alarm calls through alarm.function\n");
}

/* What one call of several functions hands to each of them is in each one's hands. */
static void test_one_of_several(void)
{
#define OTHER(name)                                                                                \
	"void " name "(struct job_head *h, void (*func)(struct job_head *))\n"                     \
	"{ h->func = func; h->next = others; others = h; }\n"
	check_edges(JOB "static struct job_head *others;\n" OTHER("a_other") CALL_LATE OTHER("z_other")
			"struct waiter { int done; struct job_head head, end; };\n"
			"static void finish(struct job_head *h) { }\n"
			"void finish_later(struct waiter *w) { call_late(&w->end, finish); }\n"
			"static void wake(struct job_head *h) { }\n"
			"static void (*const kinds[])(struct job_head *, void (*)(struct job_head *)) = {\n"
			"\ta_other, call_late, z_other };\n"
			"void wait_for(struct waiter *w, int kind) { kinds[kind](&w->head, wake); }\n",
		    "run_late>wake late layers:3, run_late>finish late layers:3, "
		    "wait_for>a_other now flow, wait_for>call_late now flow, "
		    "wait_for>z_other now flow");
#undef OTHER
}

/* Wrappers that call each other, and themselves. */
static void test_cyclic_registrars(void)
{
	check_proof(ALARM "static void once_more(struct alarm *a, int n);\n"
			  "static void again(struct alarm *a, int n)\n"
			  "{ if (n) once_more(a, n); else set_alarm(a, 1); }\n"
			  "static void once_more(struct alarm *a, int n)\n"
			  "{ if (n > 5) once_more(a, n - 2); again(a, n - 1); }\n"
			  "void start(struct clock *c) { once_more(&c->tick, 9); }\n",
		    "ring_alarm", "on_tick",
		    "store: parameter 2 of init_alarm = on_tick\n"
		    "flow: alarm.function = parameter 2 of init_alarm\n"
		    "register: parameter 1 of once_more = &clock.tick\n"
		    "hand on: parameter 1 of again = parameter 1 of once_more\n"
		    "hand on: parameter 1 of set_alarm = parameter 1 of again\n"
		    "dispatch: ring_alarm calls through alarm.function\n");
}

/* Set up, and never started here: it may be by code that the index does not hold, so the edge stays. */
static void test_not_started(void)
{
	check_edges(ALARM, "ring_alarm>on_tick alarm layers:2");
	check_proof(ALARM, "ring_alarm", "on_tick",
		    "store: parameter 2 of init_alarm = on_tick\n"
		    "flow: alarm.function = parameter 2 of init_alarm\n"
		    "dispatch: ring_alarm calls through alarm.function\n");
}

static void test_shared_slot(void)
{
	static const char body[] =
		"struct thing { struct job_head head, old; };\n"
		"static void by_job(struct job_head *j) { }\nstatic void by_late(struct job_head *j) { }\n"
		"static void nobody(struct job_head *j) { }\n"
		"void one(struct thing *t) { t->head.func = by_job; add_job(1, &t->head); }\n"
		"void two(struct thing *t) { call_late(&t->head, by_late); }\n"
		"void three(struct thing *t) { t->old.func = nobody; }\n";
	g_autofree char *source = g_strconcat(JOB CALL_LATE, body, NULL);

	/* One object, both ways, at different times. What is handed to neither is run by neither. */
	check_edges(source, "run_jobs>by_job job layers:3, run_late>by_late late layers:3");
}

/* What is freed late is told by a number, not by a function: there is nothing to call. */
static void test_number_for_a_function(void)
{
	check_edges(JOB CALL_LATE
		    "struct thing { int n; struct job_head head; };\n"
		    "void free_late(struct thing *t)\n"
		    "{ call_late(&t->head, (void (*)(struct job_head *))__builtin_offsetof(struct thing, head)); }\n",
		    "");
}

/* The registrar of one of two mechanisms is not there: its dispatcher has nothing, and says why. */
static void test_no_registrar(void)
{
	static const char source[] =
		JOB "struct thing { struct job_head head; };\nstatic void by_job(struct job_head *j) { }\n"
		    "void one(struct thing *t) { t->head.func = by_job; add_job(1, &t->head); }\n";
	g_autofree char *path = index_of_source(work, source);
	ew_auto(store) s = ew_store_open(path, NULL);
	ew_auto(rows) r = ew_store_select(s, EW_ALL_SITES, "");

	g_assert_true(ew_rows_next(r));
	g_assert_cmpint(ew_rows_int(r, 1), ==, EW_SITE_RESOLVED);
	g_assert_true(ew_rows_next(r));
	g_assert_cmpint(ew_rows_int(r, 1), ==, EW_SITE_NOT_REGISTERED);
	g_assert_false(ew_rows_next(r));
	check_edges(source, "run_jobs>by_job job layers:3");
	/* Where the slot is its own, what is stored there stays. */
	check_edges("struct ghost { void (*func)(struct ghost *); };\nstatic void boo(struct ghost *g) { }\n"
		    "void scare(struct ghost *g) { g->func = boo; }\n"
		    "void run_ghosts(struct ghost *g) { g->func(g); }\n",
		    "run_ghosts>boo ghost layers:2");
}

#define LAST                                                                                       \
	"struct last { int count; };\n"                                                            \
	"static inline int last_put(struct last *l, void (*end)(struct last *l))\n"                \
	"{ if (!--l->count) { end(l); return 1; } return 0; }\n"                                   \
	"struct thing { struct last last; };\nstatic void end_thing(struct last *l) { }\n"         \
	"void get_thing(struct thing *t) { t->last.count++; }\n"

static void test_last_reference(void)
{
	static const char source[] = LAST "void put_thing(struct thing *t) { last_put(&t->last, end_thing); }\n";
	ew_auto(query) q = ask(LAST "void *keep = end_thing;\nint (*put)(struct last *, void (*)(struct last *));\n");
	g_autofree char *edges = pointer_edges(q);

	/* Counted, its end is there, and nobody ever puts it: nothing calls the end. */
	g_assert_cmpstr(edges, ==, "");
	check_edges(source, "last_put>end_thing now flow");
	check_proof(source, "last_put", "end_thing",
		    "store: parameter 2 of last_put = end_thing\n"
		    "call: last_put calls through parameter 2 of last_put\n");
}

#define CHORE                                                                                      \
	"struct chore { void (*func)(struct chore *); };\n"                                        \
	"struct slow_chore { struct chore chore; int delay; };\n"                                  \
	"static struct chore *list;\n"                                                             \
	"int queue_chore(struct chore *c) { list = c; return 1; }\n"                               \
	"int queue_slow_chore(struct slow_chore *c) { return queue_chore(&c->chore); }\n"          \
	"int helper(void *unused) { list->func(list); return 0; }\n"                               \
	"static void sweep(struct chore *c) { }\nstatic void dust(struct chore *c) { }\n"          \
	"static void mop(struct chore *c) { }\n"

/* A chore within a slow one: which slow one, the initialiser or the line says. */
static void test_object_within_an_object(void)
{
	static const char source[] = CHORE
		"#define INIT_SLOW(c, f) do { (c)->chore.func = (f); } while (0)\n"
		"static struct slow_chore weekly = {\n\t.chore = { .func = sweep },\n};\n"
		"struct room { struct slow_chore dusting, mopping; };\n"
		"void make(struct room *r)\n{\n\tINIT_SLOW(&r->dusting, dust);\n\tINIT_SLOW(&r->mopping, mop);\n}\n"
		"void begin(struct room *r)\n{\n\tqueue_slow_chore(&weekly);\n\tqueue_slow_chore(&r->dusting);\n}\n";
	static const char *const expected[][2] = {
		{"sweep", "register: parameter 1 of queue_slow_chore = &weekly\n"},
		{"dust", "register: parameter 1 of queue_slow_chore = &room.dusting\n"},
	};
	ew_auto(query) q = ask(source);

	for (size_t i = 0; i < G_N_ELEMENTS(expected); i++) {
		g_autofree char *text = proof(q, "helper", expected[i][0]);
		char *first = strstr(text, "register: ");

		g_assert_nonnull(first);
		g_assert_true(g_str_has_prefix(first, expected[i][1]));
		g_assert_null(strstr(first + 1, "register: "));
	}
	g_autofree char *never = proof(q, "helper", "mop");
	g_assert_null(strstr(never, "register: "));
}

int main(int argc, char **argv)
{
	g_autofree char *command = NULL, *room = g_build_filename(EW_TEST_DIR, "fixtures/refs", NULL);
	int status;

	g_test_init(&argc, &argv, NULL);
	work = g_dir_make_tmp("exitwalk-resolve-mechanism-XXXXXX", NULL);
	refs = ew_refs_open(room, NULL);
	g_test_add_func("/resolve-mechanism/one-of-several", test_one_of_several);
	g_test_add_func("/resolve-mechanism/both-ends", test_both_ends);
	g_test_add_func("/resolve-mechanism/cyclic-registrars", test_cyclic_registrars);
	g_test_add_func("/resolve-mechanism/not-started", test_not_started);
	g_test_add_func("/resolve-mechanism/shared-slot", test_shared_slot);
	g_test_add_func("/resolve-mechanism/number", test_number_for_a_function);
	g_test_add_func("/resolve-mechanism/no-registrar", test_no_registrar);
	g_test_add_func("/resolve-mechanism/last-reference", test_last_reference);
	g_test_add_func("/resolve-mechanism/within", test_object_within_an_object);
	status = g_test_run();
	ew_refs_close(refs);
	command = g_strdup_printf("rm -rf '%s'", work);
	return system(command) == 0 ? status : 1;
}
