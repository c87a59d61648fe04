/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The pool by itself: what waits is bounded, and which deaths of a worker cost its unit. */
#include "run/group.h"
#include "run/pool.h"
#include "survive.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { UNITS = 24 };

/* Seen by the workers, too. */
static struct shared {
	int told;	   /* functions that workers were about to tell */
	int bad;	   /* how often any did */
	int signal, times; /* what bad() dies of, and how often */
} *shared;

static struct {
	int answers, told_at_first;
	char *reason; /* of the unit with bad(), NULL if it was parsed */
	bool is_behind_prefix;
} seen;

/* Asked in the worker, for each function: no facts are kept back. */
static bool note(const struct ew_fact_function *f, const void *data)
{
	__atomic_add_fetch(&shared->told, 1, __ATOMIC_SEQ_CST);
	if (!strcmp(f->name, "bad") && shared->bad++ < shared->times) {
		signal(shared->signal, SIG_DFL);
		raise(shared->signal);
	}
	return false;
}

static void take(const struct unit_answer *a, void *data)
{
	if (!a->unit)
		return;
	if (!seen.answers++)
		seen.told_at_first = shared->told;
	if (!g_str_has_suffix(a->unit->file, "bad.c"))
		return;
	seen.reason = g_strdup(a->reason);
	seen.is_behind_prefix = a->prefix >= 0;
}

static struct ew_unit *unit_of(const char *tree, const char *name)
{
	struct ew_unit *u = g_new0(struct ew_unit, 1);
	g_autofree char *include = g_strconcat("-I", tree, NULL);
	const char *const argv[] = {include, NULL};

	u->file = g_strdup(name);
	u->path = g_build_filename(tree, name, NULL);
	u->directory = g_strdup(tree);
	u->argv = g_strdupv((char **)argv);
	return u;
}

static int jobs = 2;

static void run_pool(const char *tree, GPtrArray *units, bool with_prefix, size_t most_waiting)
{
	g_autofree char *base = in_top("pool");
	struct pool_options options = {
		.tree = tree, .units = units, .jobs = jobs, .unit_seconds = 2, .most_waiting = most_waiting,
		.groups = with_prefix ? groups_plan(units, base) : NULL, .knows = note, .answer = take,
	};
	g_autoptr(GError) error = NULL;
	int64_t peak = 0;

	shared->told = shared->bad = 0;
	g_clear_pointer(&seen.reason, g_free);
	memset(&seen, 0, sizeof seen);
	pool_run(&options, &peak, &error);
	g_assert_no_error(error);
	groups_free(options.groups);
	g_assert_cmpint(seen.answers, ==, units->len);
}

/* Units of one function each behind one header; the first is `first`. */
static GPtrArray *make_units(const char *tree, const char *first, const char *text)
{
	GPtrArray *units = g_ptr_array_new_with_free_func((GDestroyNotify)ew_unit_free);
	int i;

	g_mkdir_with_parents(tree, 0755);
	for (i = 0; i < UNITS; i++) {
		g_autofree char *name = i ? g_strdup_printf("u%02d.c", i) : g_strdup(first);
		g_autofree char *path = g_build_filename(tree, name, NULL);
		g_autofree char *other = g_strdup_printf("#include <h.h>\nint f%d(void) { return H; }\n", i);

		g_assert_true(g_file_set_contents(path, i ? other : text, -1, NULL));
		g_ptr_array_add(units, unit_of(tree, name));
	}
	return units;
}

/* While the first unit hangs the other worker parses one, and then no more: that one waits already. */
static void test_waiting(void)
{
	g_autofree char *tree = in_top("waiting"), *pipe = g_build_filename(tree, "pipe.h", NULL);
	g_autoptr(GPtrArray) units = make_units(tree, "hangs.c", "#include \"pipe.h\"\n");

	put_text("waiting/h.h", "#define H 1\n");
	g_assert_cmpint(mkfifo(pipe, 0644), ==, 0);
	shared->times = 0;
	run_pool(tree, units, false, 1);
	g_assert_cmpint(seen.told_at_first, ==, 1);
	g_assert_cmpint(shared->told, ==, UNITS - 1);
	run_pool(tree, units, false, 0);
	g_assert_cmpint(seen.told_at_first, ==, UNITS - 1);
}

/* Units without a process are told even if nobody is busy any more. */
static void test_problem_last(void)
{
	g_autofree char *tree = in_top("problem");
	g_autoptr(GPtrArray) units = make_units(tree, "good.c", "int good;\n");
	struct ew_unit *last = g_ptr_array_index(units, UNITS - 1);

	put_text("problem/h.h", "#define H 1\n");
	last->problem = g_strdup("no such file");
	jobs = 1;
	run_pool(tree, units, false, 1);
	jobs = 2;
}

static void die(int number, int times, bool with_prefix)
{
	g_autofree char *tree = in_top("dying");
	g_autoptr(GPtrArray) units =
		make_units(tree, "bad.c", "#include <h.h>\nint bad(void) { return H; }\n");

	put_text("dying/h.h", "#ifndef H\n#define H 1\nstruct h { int h; };\n#endif\n");
	shared->signal = number;
	shared->times = times;
	run_pool(tree, units, with_prefix, 0);
}

static void test_killed(void)
{
	die(SIGKILL, 1, true);
	g_assert_null(seen.reason);
	g_assert_true(seen.is_behind_prefix);
	die(SIGKILL, 2, true);
	g_assert_nonnull(strstr(seen.reason, "died of signal 9"));
	g_assert_cmpint(shared->bad, ==, 2);
}

static void test_crash_behind_prefix(void)
{
	die(SIGSEGV, 1, true);
	g_assert_null(seen.reason);
	g_assert_false(seen.is_behind_prefix);
	die(SIGSEGV, 9, true); /* once behind it, once without */
	g_assert_nonnull(strstr(seen.reason, "died of signal 11"));
	g_assert_cmpint(shared->bad, ==, 2);
	die(SIGSEGV, 9, false);
	g_assert_nonnull(strstr(seen.reason, "died of signal 11"));
	g_assert_cmpint(shared->bad, ==, 1);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	survive_begin();
	shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	g_assert_true(shared != MAP_FAILED);
	g_test_add_func("/pool/waiting", test_waiting);
	g_test_add_func("/pool/problem-last", test_problem_last);
	g_test_add_func("/pool/killed", test_killed);
	g_test_add_func("/pool/crash-behind-prefix", test_crash_behind_prefix);
	return survive_end(g_test_run());
}
