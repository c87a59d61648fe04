/* SPDX-License-Identifier: GPL-3.0-or-later */
/* resolve: which functions a pointer call may reach, in sources of a few lines. Expected by reading. */
#include "small_index.h"

static char *work;

static int compare_lines(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "caller>callee" of each pointer edge, with "@time" where it is deferred; sorted, blanks between. */
static char *pointer_edges(const char *source)
{
	g_autofree char *path = index_of_source(work, source);
	g_autoptr(GPtrArray) edges = g_ptr_array_new_with_free_func(g_free), lines = NULL;
	ew_auto(query) q = ew_query_open(path, NULL, NULL);
	guint i;

	lines = dump_lines(q, ew_query_dump_edges);
	for (i = 1; i < lines->len; i++) {
		g_auto(GStrv) column = g_strsplit(lines->pdata[i], "\t", -1);
		bool is_now = !strcmp(column[5], "now");

		if (!strcmp(column[4], "pointer"))
			g_ptr_array_add(edges, g_strdup_printf("%s>%s%s%s", column[0], column[2],
							       is_now ? "" : "@", is_now ? "" : column[5]));
	}
	g_ptr_array_sort(edges, compare_lines);
	g_ptr_array_add(edges, NULL);
	return g_strjoinv(" ", (char **)edges->pdata);
}

static void check(const char *source, const char *expected)
{
	g_autofree char *edges = pointer_edges(source);

	g_assert_cmpstr(edges, ==, expected);
}

#define HEAD                                                                                       \
	"typedef void fn(void);\n"                                                                 \
	"struct ops { fn *open; fn *close; };\n"                                                   \
	"struct file { const struct ops *f_op; };\n"                                               \
	"void a(void) { } void b(void) { } void c(void) { }\n"

static void test_field(void)
{
	check(HEAD "const struct ops one = { .open = a, .close = b };\n"
		   "void call(struct ops *o) { o->open(); }\n",
	      "call>a");
	check(HEAD "void set(struct ops *o) { o->open = a; o->close = b; }\n"
		   "void call(struct ops *o) { o->open(); }\n"
		   "void call_close(struct ops *o) { (*o->close)(); }\n",
	      "call>a call_close>b");
	check(HEAD "void call(struct ops *o) { o->open(); }\n", "");
}

/* An object in another is told apart by the one around it, as far as that has a name. */
static void test_part(void)
{
#define BOXES                                                                                      \
	HEAD "struct box { struct ops ops; };\n"                                                   \
	     "struct crate { int n; struct box box; };\n"
	/* A reader that names the object, and one that knows the member only. */
	check(BOXES "static struct box one = { .ops = { .open = a } };\n"
		    "static struct box two = { .ops.open = b };\n"
		    "void call_one(void) { one.ops.open(); }\n"
		    "void call_two(void) { struct ops *o = &two.ops; o->open(); }\n"
		    "void call_any(struct box *x) { x->ops.open(); }\n",
	      "call_any>a call_any>b call_one>a call_two>b");
	/* Two structs that embed the same one. */
	check(BOXES "struct chest { struct box box; };\n"
		    "void set(struct crate *x) { x->box.ops.open = a; }\n"
		    "void put(struct chest *x) { x->box.ops.open = b; }\n"
		    "void call_crate(struct crate *x) { x->box.ops.open(); }\n"
		    "void call_chest(struct chest *x) { x->box.ops.open(); }\n"
		    "void call_box(struct box *x) { x->ops.open(); }\n",
	      "call_box>a call_box>b call_chest>b call_crate>a");
	/* A store that knows the member only is found by all. */
	check(BOXES "static struct crate one = { .box.ops.open = a }, two = { 1, { { b } } };\n"
		    "void set(struct box *x) { x->ops.open = c; }\n"
		    "void call_one(void) { one.box.ops.open(); }\n"
		    "void call_two(void) { two.box.ops.open(); }\n",
	      "call_one>a call_one>c call_two>b call_two>c");
	/* One that nothing is seen to be stored into is any of its kind. */
	check(BOXES "static struct box one = { .ops.open = a }, two;\n"
		    "void call_two(void) { two.ops.open(); }\n",
	      "call_two>a");
	/* What is copied whole takes its parts along. */
	check(BOXES "static struct box one = { .ops.open = a }, two = { .ops.open = b }, three;\n"
		    "void copy(void) { three = one; }\n"
		    "void call_two(void) { two.ops.open(); }\n"
		    "void call_three(void) { three.ops.open(); }\n",
	      "call_three>a call_two>b");
	/* A helper stores into the part that it is handed. */
	check(BOXES "static void set(struct ops *o, fn *f) { o->open = f; }\n"
		    "static struct box one, two;\n"
		    "void init(void) { set(&one.ops, a); set(&two.ops, b); }\n"
		    "void call_one(void) { one.ops.open(); }\n"
		    "void call_two(void) { two.ops.open(); }\n",
	      "call_one>a call_two>b");
#undef BOXES
}

/* Of two tables only one ever reaches the file. */
static void test_object(void)
{
	check(HEAD "static const struct ops one = { .open = a }, other = { .open = b };\n"
		   "void start(struct file *f) { f->f_op = &one; }\n"
		   "void call(struct file *f) { f->f_op->open(); }\n"
		   "void call_other(void) { other.open(); }\n",
	      "call>a call_other>b");
	/* Where something unknown reaches the file, all may. */
	check(HEAD "static const struct ops one = { .open = a }, other = { .open = b };\n"
		   "void start(struct file *f, long n) { f->f_op = &one; f->f_op = (void *)(n + 1); }\n"
		   "void call(struct file *f) { f->f_op->open(); }\n"
		   "const struct ops *which(void) { return &other; }\n",
	      "call>a call>b");
}

static void test_parameters(void)
{
	check(HEAD "static void inner(fn *f) { f(); }\n"
		   "static void outer(int n, fn *f) { inner(f); }\n"
		   "void start(void) { outer(1, a); outer(2, b); }\n",
	      "inner>a inner>b");
	check(HEAD "static void set(struct ops *o, fn *f) { o->open = f; }\n"
		   "static void set2(struct ops *o, fn *f) { set(o, f); }\n"
		   "struct ops one, two;\n"
		   "void start(void) { set2(&one, a); set2(&two, b); }\n"
		   "void call(struct ops *o) { o->open(); }\n",
	      "call>a call>b");
}

static void test_returns_and_copies(void)
{
	check(HEAD "static fn *pick(int n) { return n ? a : b; }\n"
		   "void call(int n) { fn *f = pick(n), *g; g = f; g(); }\n",
	      "call>a call>b");
	check(HEAD "static fn *table[] = { a, [2] = c };\nvoid call(int i) { table[i](); }\n",
	      "call>a call>c");
	check(HEAD "void call(int n) { fn *f; f = n ? a : b; f(); }\n", "call>a call>b");
	check(HEAD "struct box { int n; struct ops in; };\nstruct box box = { 1, { a, b } };\n"
		   "void call(struct box *x) { x->in.close(); }\n",
	      "call>b");
}

/* A comparison, or a call, is no store. */
static void test_no_store(void)
{
	check(HEAD "int is_a(struct ops *o) { return o->open == a; }\n"
		   "void call(struct ops *o) { a(); o->open(); }\n",
	      "");
}

/* A chain in a circle comes to an end. */
static void test_circle(void)
{
	check(HEAD "static fn *x, *y, *z;\nvoid turn(void) { x = y; y = z; z = x; }\n"
		   "void start(void) { y = a; }\nvoid call(void) { x(); }\n",
	      "call>a");
	check(HEAD "static void again(fn *f, int n) { if (n) again(f, n - 1); f(); }\n"
		   "void start(void) { again(a, 3); }\n",
	      "again>a");
}

/* Two mechanisms share a slot: the registrar tells whose function it is. See fixtures/refs/mechanisms. */
#define JOBS                                                                                       \
	"struct job_head { struct job_head *next; void (*func)(struct job_head *); };\n"           \
	"struct bench { struct job_head *jobs; };\n"                                               \
	"void add_job(struct bench *b, struct job_head *j) { j->next = b->jobs; b->jobs = j; }\n"  \
	"void init_job(struct job_head *j, void (*f)(struct job_head *)) { j->func = f; }\n"       \
	"void run_jobs(struct bench *b) { b->jobs->func(b->jobs); }\n"                             \
	"struct handle { int n; struct job_head h_job; struct job_head h_other; };\n"              \
	"void done(struct job_head *j) { } void other(struct job_head *j) { }\n"

static void test_mechanism(void)
{
	check(JOBS "void put(struct bench *b, struct handle *h) {\n"
		   "\tinit_job(&h->h_job, done);\n\tadd_job(b, &h->h_job);\n"
		   "\tinit_job(&h->h_other, other);\n}\n",
	      "run_jobs>done@job");
	check(JOBS "void put(struct bench *b, struct handle *h) { init_job(&h->h_other, other); }\n", "");
}

/* Arguments and returns of calls through pointers, round after round. */
static void test_through_pointers(void)
{
	check(HEAD "typedef void walk(fn *f);\nstruct walker { walk *each; };\n"
		   "static void one(fn *f) { f(); }\nstatic void two(fn *f) { f(); }\n"
		   "static struct walker x = { one }, y = { two };\n"
		   "void start(void) { x.each(a); y.each(b); }\n",
	      "one>a start>one start>two two>b");
	check(HEAD "typedef fn *find(int n);\nstatic fn *pick(int n) { return n ? a : b; }\n"
		   "static find *finder = pick;\nvoid call(int n) { fn *f = finder(n); f(); }\n",
	      "call>a call>b call>pick");
	/* What is returned is called on the spot, and hands over what comes next. */
	check(HEAD "typedef void take(fn *f);\ntypedef take *find(void);\n"
		   "static void run(fn *f) { f(); }\nstatic take *pick(void) { return run; }\n"
		   "static find *finder = pick;\nvoid call(void) { finder()(a); }\n",
	      "call>pick call>run run>a");
	/* An object that calls its own function hands over itself, not its like. */
	check("struct job { void (*func)(struct job *); void (*then)(void); };\n"
	      "void a(void) { } void b(void) { }\n"
	      "static void first(struct job *j) { j->then(); }\nstatic void second(struct job *j) { j->then(); }\n"
	      "static struct job x = { first, a }, y = { second, b };\n"
	      "static void run(struct job *j) { j->func(j); }\nvoid start(void) { run(&x); run(&y); }\n",
	      "first>a run>first run>second second>b");
}

/* What comes out of a member into a local is as narrow as the object. */
static void test_member_to_local(void)
{
	check(HEAD "static struct ops one = { .open = a }, two = { .open = b };\n"
		   "struct ops *other(void) { return &two; }\n"
		   "void call(void) { fn *f = one.open; f(); }\n",
	      "call>a");
	check(HEAD "static struct ops one = { .open = a }, two = { .open = b };\n"
		   "struct ops *other(void) { return &two; }\nstatic void run(fn *f) { f(); }\n"
		   "void call(void) { struct ops *o = &one; run(o->open); }\n",
	      "run>a");
	/* One object's member is copied into another's. */
	check(HEAD "static struct ops one = { .open = a }, two = { .open = b }, three, four;\n"
		   "struct ops *other(void) { return &two; }\n"
		   "void copy(void) { three.open = one.open; four.open = three.open; three.open = four.open; }\n"
		   "void call(void) { three.open(); }\nvoid call_four(void) { four.open(); }\n",
	      "call>a call_four>a");
}

/* A copy of an object has what the object has: as an argument, by assignment, through a pointer. */
static void test_copied_objects(void)
{
	check(HEAD "static const struct ops one = { .open = a }, two = { .open = b };\n"
		   "const struct ops *other(void) { return &two; }\n"
		   "static void run(const struct ops o) { o.open(); }\nvoid start(void) { run(one); }\n",
	      "run>a");
	check(HEAD "static const struct ops one = { .open = a }, two = { .open = b };\n"
		   "const struct ops *other(void) { return &two; }\n"
		   "void call(void) { const struct ops *p = &one; struct ops o = *p; o.open(); }\n",
	      "call>a");
	/* Of what a pointer to a pointer points to nothing is known. */
	check(HEAD "static struct ops one = { .open = a }, *list;\n"
		   "void add(struct ops **at) { *at = &one; }\nvoid start(void) { add(&list); }\n"
		   "void call(struct ops **at) { struct ops *o = *at; o->open(); }\n",
	      "call>a");
}

/* Of a parameter nobody says what it holds: the member's whole set stands. */
static void test_open_parameter(void)
{
	check(HEAD "static struct ops one = { .open = a }, two = { .open = b };\n"
		   "static void run(struct ops *o) { o->open(); }\n"
		   "void start(void) { run(&one); }\nstruct ops *other(void) { return &two; }\n"
		   "void *handed_away = run;\n",
	      "run>a run>b");
}

/* Calls that never run still have their targets; the dump says that they are not compiled. */
static void test_dead(void)
{
	g_autofree char *path = index_of_source(
		work, HEAD "struct ops one = { a };\nvoid call(struct ops *o) { if (0) o->open(); b(); }\n");
	ew_auto(query) q = ew_query_open(path, NULL, NULL);
	g_autoptr(GPtrArray) lines = dump_lines(q, ew_query_dump_edges);

	g_assert_cmpint(lines->len, ==, 3);
	g_assert_cmpstr(lines->pdata[1], ==, "call\tt.c\ta\tt.c\tpointer\tnow\tlayers:2\tno\tt.c:6");
	g_assert_cmpstr(lines->pdata[2], ==, "call\tt.c\tb\tt.c\tdirect\tnow\tdirect\tyes\tt.c:6");
}

int main(int argc, char **argv)
{
	g_autofree char *command = NULL;
	int status;

	g_test_init(&argc, &argv, NULL);
	work = g_dir_make_tmp("exitwalk-resolve-XXXXXX", NULL);
	g_test_add_func("/resolve/field", test_field);
	g_test_add_func("/resolve/object", test_object);
	g_test_add_func("/resolve/part", test_part);
	g_test_add_func("/resolve/parameters", test_parameters);
	g_test_add_func("/resolve/returns-and-copies", test_returns_and_copies);
	g_test_add_func("/resolve/no-store", test_no_store);
	g_test_add_func("/resolve/circle", test_circle);
	g_test_add_func("/resolve/mechanism", test_mechanism);
	g_test_add_func("/resolve/through-pointers", test_through_pointers);
	g_test_add_func("/resolve/member-to-local", test_member_to_local);
	g_test_add_func("/resolve/copied-objects", test_copied_objects);
	g_test_add_func("/resolve/open-parameter", test_open_parameter);
	g_test_add_func("/resolve/dead", test_dead);
	status = g_test_run();
	command = g_strdup_printf("rm -rf '%s'", work);
	return system(command) == 0 ? status : 1;
}
