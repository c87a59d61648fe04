/* SPDX-License-Identifier: GPL-3.0-or-later */
/* query: execution contexts, and what may sleep, of a few lines each. Refs are the fixtures'. */
#include "small_index.h"

#include <glib/gstdio.h>

static char *work;

#define JOBS                                                                                           \
	"struct job_head { void (*func)(struct job_head *); };\n"                                      \
	"void add_job(void *w, struct job_head *j); void call_late(struct job_head *j);\n"             \
	"struct job_head *next_job(void);\n"                                                           \
	"void run_jobs(void) { struct job_head *j = next_job(); j->func(j); }\n"                       \
	"void run_late(void) { struct job_head *j = next_job(); j->func(j); }\n"

struct asked {
	struct ew_refs *refs;
	struct ew_query *query;
};

static struct asked ask(const char *source)
{
	g_autofree char *dir = g_build_filename(EW_TEST_DIR, "fixtures/refs", NULL);
	g_autofree char *index = index_of_source(work, source);
	struct asked a = {ew_refs_open(dir, NULL), NULL};
	g_autoptr(GError) error = NULL;

	a.query = ew_query_open(index, a.refs, &error);
	g_assert_no_error(error);
	return a;
}

static void done(struct asked *a)
{
	ew_query_close(a->query);
	ew_refs_close(a->refs);
}

static const struct ew_symbol *function(struct asked *a, const char *name)
{
	g_autoptr(GError) error = NULL;
	const struct ew_symbol *f = ew_query_one(a->query, name, EW_SYMBOL_FUNCTION, &error);

	g_assert_no_error(error);
	return f;
}

/* "task: do_leave > f > g; " with "late" before a hop that is deferred. */
static char *contexts_of(struct asked *a, const char *name)
{
	g_autoptr(GPtrArray) found = ew_query_contexts(a->query, function(a, name), NULL, NULL);
	GString *text = g_string_new(NULL);
	guint i, k;

	for (i = 0; i < found->len; i++) {
		const struct ew_context *c = g_ptr_array_index(found, i);

		g_string_append_printf(text, "%s%s: %s", c->name, c->kind == EW_CONTEXT_PROVED ? "" : c->kind == EW_CONTEXT_BY_OBJECT ? "!" : "?", c->root->name);
		for (k = 0; k < c->way->len; k++) {
			const struct ew_edge *e = g_ptr_array_index(c->way, k);

			g_string_append_printf(text, " %s%s", strcmp(e->when, "now") ? "~" : "> ",
					       e->callee->name);
		}
		g_string_append(text, "; ");
	}
	return g_string_free(text, FALSE);
}

static void expect(struct asked *a, const char *name, const char *contexts)
{
	g_autofree char *told = contexts_of(a, name);

	if (strcmp(told, contexts))
		g_error("%s\n  runs in  %s\n  expected %s", name, told, contexts);
}

/* "a > b > nap (nap)", or "", and behind it "?" for each call that has a condition */
static void expect_sleep(struct asked *a, const char *name, const char *chain)
{
	const struct ew_sleep *s = ew_query_may_sleep(a->query, function(a, name));
	g_autoptr(GString) text = g_string_new(NULL);
	guint i;

	for (i = 0; s && i < s->way->len; i++)
		g_string_append_printf(text, "> %s ",
				       ((struct ew_edge *)g_ptr_array_index(s->way, i))->callee->name);
	if (s)
		g_string_append_printf(text, "(%s)", s->root);
	for (i = 0; s && (int)i < s->conditional; i++)
		g_string_append_c(text, '?');
	g_assert_cmpstr(text->str, ==, chain);
	g_assert_true(ew_query_may_sleep(a->query, function(a, name)) == s);
}

static void test_contexts(void)
{
	struct asked a = ask(JOBS
		"void deep(void) {} void shared(void) { deep(); } void lonely(void) { shared(); }\n"
		"void job(struct job_head *j) { shared(); } void late(struct job_head *j) { deep(); }\n"
		"void do_leave(void) { shared(); run_jobs(); }\n"
		"struct job_head one = { job }, two = { late };\n"
		"void give(void) { add_job(0, &one); call_late(&two); }\n");

	expect(&a, "do_leave", "task: do_leave; ");
	expect(&a, "run_jobs", "task: do_leave > run_jobs; ");
	expect(&a, "job", "task_work: run_jobs ~job; ");
	expect(&a, "late", "rcu: run_late ~late; ");
	expect(&a, "shared", "task: do_leave > shared; task_work: run_jobs ~job > shared; ");
	expect(&a, "deep", "task: do_leave > shared > deep; "
			   "task_work: run_jobs ~job > shared > deep; rcu: run_late ~late > deep; ");
	expect(&a, "lonely", "");
	expect(&a, "give", "");
	done(&a);
}

/* An entry point begins its own context, whoever calls it; a pattern names several. */
static void test_entries(void)
{
	struct asked a = ask(JOBS
		"void below(void) {} void leave_by_door(void) { below(); }\n"
		"void job(struct job_head *j) { leave_by_door(); } struct job_head one = { job };\n"
		"void give(void) { add_job(0, &one); }\n"
		"static int leave_by_window(int n) { return n ? leave_by_window(n - 1) : 0; }\n"
		"int never(int n) { if (0) below(); return leave_by_window(n); }\n");

	expect(&a, "leave_by_door", "task: leave_by_door; ");
	expect(&a, "below", "task: leave_by_door > below; ");
	expect(&a, "leave_by_window", "task: leave_by_window; ");
	expect(&a, "never", "");
	done(&a);
}

/* Work that runs in one of several contexts proves none of them. */
static void test_either(void)
{
	struct asked a = ask(
		"struct bell { void (*ring)(struct bell *); }; void set_bell(struct bell *b);\n"
		"struct bell *next_bell(void); void ring_bell(void) { struct bell *b = next_bell(); b->ring(b); }\n"
		"void below(void) {} void chime(struct bell *b) { below(); } struct bell one = { chime };\n"
		"void give(void) { set_bell(&one); } void do_leave(void) { below(); }\n");
	uint32_t sure;

	expect(&a, "chime", "softirq?: ring_bell ~chime; kthread?: ring_bell ~chime; ");
	expect(&a, "below", "task: do_leave > below; softirq?: ring_bell ~chime > below; "
			    "kthread?: ring_bell ~chime > below; ");
	g_assert_cmpint(ew_query_context_bits(a.query, function(&a, "below"), &sure, NULL), >, 1);
	g_assert_cmpint(sure, ==, 1);
	done(&a);
}

/* Two callers fill one parameter, each with a function of its own. */
static void test_doubt(void)
{
	struct asked a = ask(
		"void one(void) {} void two(void) {}\n"
		"static void hook(void (*f)(void)) { f(); }\n"
		"void other(void) { hook(two); }\n"
		"void do_leave(void) { hook(one); }\n");

	expect(&a, "hook", "task: do_leave > hook; ");
	expect(&a, "one", "task: do_leave > hook > one; ");
	expect(&a, "two", "");
	done(&a);
}

/* A macro that calls what it knows by name is no better than a call through the pointer: of two, either may be there. */
static void test_alternatives(void)
{
#define PICK                                                                                           \
	"#define PICK(f, f2, f1, n) ({ __typeof__(f) p = (f); \\\n"                                    \
	"\tp == f2 ? f2(n) : ({ __typeof__(f) q = p; q == f1 ? f1(n) : q(n); }); })\n"                 \
	"struct ops { int (*in)(int); };\n"                                                            \
	"int last(int n) { return n; }\n"                                                              \
	"int first_in(int n) { return last(n); } int second_in(int n) { return n; }\n"                 \
	"int pass(struct ops *o, int n)\n{\n\treturn PICK(o->in, first_in, second_in, n);\n}\n"
	struct asked a = ask(PICK "static struct ops one = {first_in}, two = {second_in};\n"
				  "void do_leave(int n) { pass(n ? &one : &two, n); }\n");

	expect(&a, "pass", "task: do_leave > pass; ");
	expect(&a, "last", "task?: do_leave > pass > first_in > last; ");
	done(&a);
	/* Only one is ever there; and what is called elsewhere, too, is called. */
	a = ask(PICK "static struct ops one = {first_in};\nvoid do_leave(int n) { pass(&one, n); }\n");
	expect(&a, "last", "task: do_leave > pass > first_in > last; ");
	done(&a);
	a = ask(PICK "static struct ops one = {first_in}, two = {second_in};\n"
		     "void do_leave(int n) { struct ops *o = n ? &one : &two; PICK(o->in, first_in, second_in, n); first_in(n); }\n");
	expect(&a, "last", "task: do_leave > first_in > last; ");
	done(&a);
#undef PICK
}

/* The same through a function that hands its parameter on, and through a local; what comes out of a member is not known. */
static void test_carried(void)
{
	struct asked a = ask(
		"void one(void) {} void two(void) {} void three(void) {} void four(void) {}\n"
		"static void hook(void (*f)(void)) { void (*copy)(void) = f; copy(); }\n"
		"static void outer(void (*f)(void)) { hook(f); }\n"
		"struct box { void (*f)(void); }; void fill(struct box *b) { b->f = three; }\n"
		"void refill(struct box *b) { b->f = four; }\n"
		"void other(void) { outer(two); }\n"
		"void do_leave(struct box *b) { outer(one); hook(b->f); }\n");

	expect(&a, "one", "task: do_leave > outer > hook > one; ");
	expect(&a, "two", "");
	expect(&a, "three", "task?: do_leave > hook > three; ");
	expect(&a, "four", "task?: do_leave > hook > four; ");
	done(&a);
}

/* One object is granted, where it is found through a member; a second one is not. */
static void test_objects(void)
{
	struct asked a = ask(
		"struct node; struct ops { void (*run)(struct node *); };\n"
		"struct node { const struct ops *ops; };\n"
		"static void last(struct node *n) { }\n"
		"static void one(struct node *n) { n->ops->run(n); } static void two(struct node *n) { }\n"
		"static const struct ops ones = { one }, twos = { two }, lasts = { last };\n"
		"void make(struct node *n, int c) { n->ops = c ? &ones : &twos; }\n"
		"struct peer { const struct ops *far; };\n"
		"void join(struct peer *p, int c) { p->far = c ? &lasts : &twos; }\n"
		"void do_leave(struct node *n, struct peer *p) { n->ops->run(n); }\n");

	expect(&a, "one", "task!: do_leave > one; ");
	expect(&a, "two", "task!: do_leave > two; ");
	expect(&a, "last", "");
	done(&a);
}

/* Two objects on one way. */
static void test_second_object(void)
{
	struct asked a = ask(
		"struct node; struct peer; struct ops { void (*run)(struct peer *); };\n"
		"struct node { const struct ops *ops; }; struct peer { const struct ops *far; };\n"
		"static void end(struct peer *p) { } static void stop(struct peer *p) { }\n"
		"static void one(struct peer *p) { p->far->run(p); } static void two(struct peer *p) { }\n"
		"static const struct ops ones = { one }, twos = { two }, ends = { end }, stops = { stop };\n"
		"void make(struct node *n, int c) { n->ops = c ? &ones : &twos; }\n"
		"void join(struct peer *p, int c) { p->far = c ? &ends : &stops; }\n"
		"void do_leave(struct node *n) { n->ops->run(0); }\n");

	expect(&a, "one", "task!: do_leave > one; ");
	expect(&a, "end", "task?: do_leave > one > end; ");
	done(&a);
}

static void test_sleep(void)
{
	struct asked a = ask(
		"void nap(void); void doze(void); void wake(void);\n"
		"#define MIGHT_DOZE() doze()\n#define PEEK() doze()\n"
		"void direct(int c) { wake(); if (c) nap(); }\n"
		"void below(int c) { direct(c); } void far(int c) { below(c); }\n"
		"void both(int c) { far(c); direct(c); }\n"
		"void marked(void) { MIGHT_DOZE(); } void peeks(void) { PEEK(); } void bare(void) { doze(); }\n"
		"void maybe_nap(void) { nap(); } void asks(void) { maybe_nap(); }\n"
		"void dead(void) { if (0) nap(); }\n"
		"void (*pointer)(void) = nap; void through(void) { pointer(); }\n"
		"void round(int n) { if (n) round(n - 1); }\n"
		"#define unlikely(c) (c)\n"
		"void late(int c) { if (c) direct(c); below(c); }\n"
		"void longer(int c) { if (c) nap(); marked(); }\n"
		"void left(int c) { if (c) return; nap(); }\n"
		"void rarely(int c) { if (unlikely(c)) return; nap(); }\n"
		"void rarely_set(int c) { if (unlikely(c) || unlikely(!c)) return; nap(); }\n"
		"void is_rare(int c) { if (unlikely(c)) nap(); }\n"
		"void twice(int c) { if (c) left(c); }\n");

	expect_sleep(&a, "nap", "(nap)");
	expect_sleep(&a, "direct", "> nap (nap)?");
	expect_sleep(&a, "far", "> below > direct > nap (nap)?");
	expect_sleep(&a, "both", "> direct > nap (nap)?");
	expect_sleep(&a, "marked", "> doze (MIGHT_DOZE)");
	expect_sleep(&a, "peeks", "");
	expect_sleep(&a, "bare", "");
	expect_sleep(&a, "asks", "");
	expect_sleep(&a, "dead", "");
	expect_sleep(&a, "through", "");
	expect_sleep(&a, "round", "");
	expect_sleep(&a, "wake", "");
	expect_sleep(&a, "longer", "> marked > doze (MIGHT_DOZE)");
	expect_sleep(&a, "left", "> nap (nap)?");
	expect_sleep(&a, "rarely", "> nap (nap)");
	expect_sleep(&a, "rarely_set", "> nap (nap)?");
	expect_sleep(&a, "is_rare", "> nap (nap)?");
	expect_sleep(&a, "twice", "> left > nap (nap)??");
	expect_sleep(&a, "late", "> below > direct > nap (nap)?");
	done(&a);
}

int main(int argc, char **argv)
{
	g_autofree char *command = NULL;
	int status;

	g_test_init(&argc, &argv, NULL);
	work = g_dir_make_tmp("exitwalk-context-XXXXXX", NULL);
	g_test_add_func("/context/contexts", test_contexts);
	g_test_add_func("/context/entries", test_entries);
	g_test_add_func("/context/either", test_either);
	g_test_add_func("/context/doubt", test_doubt);
	g_test_add_func("/context/alternatives", test_alternatives);
	g_test_add_func("/context/carried", test_carried);
	g_test_add_func("/context/objects", test_objects);
	g_test_add_func("/context/second", test_second_object);
	g_test_add_func("/context/sleep", test_sleep);
	status = g_test_run();
	command = g_strdup_printf("rm -rf '%s'", work);
	return system(command) == 0 ? status : 1;
}
