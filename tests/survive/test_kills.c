/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An indexer that is killed or interrupted, at whatever moment: the older index answers as before, the
 * next run does not notice, and nobody is left behind. Two indexers, and a reader whose index is
 * replaced.
 */
#include "query/query.h"
#include "survive.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *old_tree, *new_tree;      /* the two fixtures */
static char *old_index, *out_dir, *out; /* an index of the one; where that of the other is to be */
static char *old_edges, *new_edges, *new_calls, *new_facts;
static gint64 run_us; /* how long a run takes */
static int kills = 20;

/* The older index in its place, and nothing else. */
static void put_old(void)
{
	g_autofree char *command = g_strdup_printf("rm -rf '%s' && mkdir '%s' && cp '%s' '%s'", out_dir,
						   out_dir, old_index, out);

	g_assert_cmpint(system(command), ==, 0);
}

/* Is the index in place the old one (the new one, where the run had come to its end)? */
static void check_answers(bool may_be_new)
{
	g_autofree char *edges = dump(out, "edges");

	g_assert_nonnull(edges);
	if (!may_be_new || strcmp(edges, new_edges))
		g_assert_cmpstr(edges, ==, old_edges);
}

/* The next run starts at once, whoever is still dying, and leaves the index and its lock alone. */
static void check_next_run(void)
{
	struct outcome o = index_tree(new_tree, out, "--jobs", "2");
	g_autofree char *names = NULL;

	expect(&o, 0, "0 not indexed", NULL);
	outcome_clear(&o);
	expect_facts(out, new_facts);
	names = names_in(out_dir);
	g_assert_cmpstr(names, ==, "x.sqlite x.sqlite.lock");
}

/* Kill and see. The moment is a share of what a run takes. */
static bool kill_at(double share)
{
	pid_t pid;
	int status;

	put_old();
	pid = start_index(new_tree, out, "--jobs", "2");
	g_usleep((gulong)(run_us * share));
	kill(pid, SIGKILL); /* if it has ended it was not waited for yet: nobody else has the number */
	status = wait_for(pid);
	g_assert_true(status == -SIGKILL || status == 0);
	check_answers(status == 0 || share > 0.5);
	check_next_run();
	g_assert_true(all_gone(2000));
	return status == -SIGKILL;
}

static void test_kill(void)
{
	int hits = 0, i;

	for (i = 0; i < kills; i++)
		hits += kill_at(1.0 * i / kills);
	g_test_message("%d of %d kills met a run", hits, kills);
	g_assert_cmpint(hits, >, kills / 3);
}

/* Whenever a worker is killed, the run ends with what it would have found. */
static void test_kill_worker(void)
{
	int hits = 0, i;

	for (i = 0; i < kills; i++) {
		pid_t pid, worker;

		put_old();
		pid = start_index(new_tree, out, "--jobs", "2");
		g_usleep((gulong)(run_us * i / kills));
		worker = child_of(pid);
		hits += worker > 0 && kill(worker, SIGKILL) == 0;
		g_assert_cmpint(wait_for(pid), ==, 0);
		g_assert_true(all_gone(2000));
		expect_facts(out, new_facts);
	}
	g_test_message("%d of %d kills met a worker", hits, kills);
	g_assert_cmpint(hits, >, kills / 3);
}

/* A worker that hangs is not outlived by more than a moment. */
static void test_kill_while_parsing(void)
{
	g_autofree char *tree = make_tree("hangs", "bad.c", "#include \"pipe.h\"\n", "good.c", "", NULL);
	g_autofree char *pipe = g_build_filename(tree, "pipe.h", NULL);
	pid_t pid;
	int i;

	g_assert_cmpint(mkfifo(pipe, 0644), ==, 0);
	for (i = 0; i < 5; i++) {
		put_old();
		pid = start_index(tree, out, "--jobs", "2");
		g_assert_cmpint(child_of(pid), >, 0);
		g_usleep(100 * 1000);
		g_assert_cmpint(kill(pid, SIGKILL), ==, 0);
		g_assert_cmpint(wait_for(pid), ==, -SIGKILL);
		check_next_run();
		g_assert_true(all_gone(2000));
	}
}

/* As a terminal does it: to the indexer and all its workers. */
static bool interrupt_at(double share, int number)
{
	g_autofree char *names = NULL, *log = NULL;
	pid_t pid;
	int status;

	put_old();
	pid = start_index(new_tree, out, "--jobs", "2");
	g_usleep((gulong)(run_us * share) + 1000); /* it is in its group by now */
	if (kill(-pid, number))
		kill(pid, number);
	status = wait_for(pid);
	g_assert_true(all_gone(0));
	if (status != -number && status != 0)
		g_error("status %d after signal %d", status, number);
	check_answers(status == 0);
	names = names_in(out_dir);
	log = log_text();
	if (status && strcmp(names, "x.sqlite"))
		g_assert_cmpstr(names, ==, "x.sqlite x.sqlite.lock");
	if (status && strstr(log, "parsing: "))
		g_assert_nonnull(strstr(log, "interrupted; the index is as it was"));
	return status != 0;
}

static void test_interrupt(void)
{
	int hits = 0, i;

	for (i = 0; i < kills; i++)
		hits += interrupt_at(1.0 * i / kills, i % 4 == 3 ? SIGTERM : SIGINT);
	g_test_message("%d of %d signals met a run", hits, kills);
	g_assert_cmpint(hits, >, kills / 3);
	check_next_run();
}

/* A worker that hangs does not keep Ctrl-C waiting. */
static void test_interrupt_hanging(void)
{
	g_autofree char *tree = in_top("hangs"), *log = NULL;
	gint64 start;
	pid_t pid;

	put_old();
	pid = start_index(tree, out, "--jobs", "2");
	g_assert_cmpint(child_of(pid), >, 0);
	g_usleep(200 * 1000);
	start = g_get_monotonic_time();
	g_assert_cmpint(kill(-pid, SIGINT), ==, 0);
	g_assert_cmpint(wait_for(pid), ==, -SIGINT);
	g_assert_cmpint(g_get_monotonic_time() - start, <, 2 * G_USEC_PER_SEC);
	g_assert_true(all_gone(0));
	log = log_text();
	g_assert_nonnull(strstr(log, "interrupted; the index is as it was"));
	check_answers(false);
}

static void test_two_indexers(void)
{
	g_autofree char *tree = in_top("hangs");
	struct outcome second;
	pid_t first;

	put_old();
	first = start_index(tree, out, "--jobs", "1");
	g_assert_cmpint(child_of(first), >, 0);
	second = index_tree(new_tree, out, "--jobs", "1");
	expect(&second, 3, NULL, "another exitwalk is writing this index; wait for it, or name another");
	g_assert_nonnull(strstr(second.err, out));
	outcome_clear(&second);
	g_assert_cmpint(kill(first, 0), ==, 0); /* the first is none the worse */
	g_assert_cmpint(kill(first, SIGKILL), ==, 0);
	wait_for(first);
	check_answers(false);
	check_next_run();
	g_assert_true(all_gone(2000));
}

static char *callers_text(struct ew_query *q)
{
	g_autoptr(GError) error = NULL;
	const struct ew_symbol *s = ew_query_one(q, "end_handle", EW_SYMBOL_FUNCTION, &error);
	g_autoptr(GPtrArray) edges = s ? ew_query_callers(q, s, NULL, NULL, &error) : NULL;
	GString *text = g_string_new(NULL);
	guint i;

	g_assert_no_error(error);
	for (i = 0; i < edges->len; i++) {
		const struct ew_edge *e = g_ptr_array_index(edges, i);

		g_string_append_printf(text, "%s %s:%d ", e->caller->name, e->site.file, e->site.line);
	}
	return g_string_free(text, FALSE);
}

/* A reader that has its index open goes on with it; one that opens it now gets the new one. */
static void test_reader(void)
{
	g_autofree char *refs_dir = in_top("kernel-refs"), *before = NULL, *after = NULL, *fresh = NULL;
	ew_auto(refs) refs = ew_refs_open(refs_dir, NULL);
	ew_auto(query) reader = NULL;
	ew_auto(query) late = NULL;

	put_old();
	reader = ew_query_open(out, refs, NULL);
	before = callers_text(reader);
	check_next_run();
	after = callers_text(reader);
	g_assert_cmpstr(after, ==, before);
	late = ew_query_open(out, refs, NULL);
	fresh = callers_text(late);
	g_assert_cmpstr(fresh, !=, before);
}

/* The same with any number of workers, and again. */
static void test_twice(void)
{
	static const char *const jobs[] = {"1", "2", "1", "3", "2"};
	g_autofree char *index = in_top("twice.sqlite");
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(jobs); i++) {
		g_autofree char *edges = NULL, *calls = NULL;
		struct outcome o;

		unlink(index);
		o = index_tree(new_tree, index, "--jobs", jobs[i]);

		expect(&o, 0, NULL, NULL);
		outcome_clear(&o);
		edges = dump(index, "edges");
		calls = dump(index, "calls");
		g_assert_cmpstr(edges, ==, new_edges);
		g_assert_cmpstr(calls, ==, new_calls);
	}
}

/* What an undisturbed run gives, and how long it takes. */
static void prepare(void)
{
	struct outcome o;
	gint64 start;

	if (g_getenv("EW_KILLS"))
		kills = MAX(atoi(g_getenv("EW_KILLS")), 4);
	old_tree = g_build_filename(EW_TEST_DIR, "fixtures/rel-b", NULL);
	new_tree = g_build_filename(EW_TEST_DIR, "fixtures/rel-a", NULL);
	old_index = in_top("old.sqlite");
	out_dir = in_top("indexes");
	out = g_build_filename(out_dir, "x.sqlite", NULL);
	o = index_tree(old_tree, old_index, NULL, NULL);
	expect(&o, 0, NULL, NULL);
	outcome_clear(&o);
	old_edges = dump(old_index, "edges");
	put_old();
	o = index_tree(new_tree, out, "--jobs", "2"); /* the first one reads from the disk */
	outcome_clear(&o);
	put_old();
	start = g_get_monotonic_time();
	o = index_tree(new_tree, out, "--jobs", "2");
	run_us = g_get_monotonic_time() - start;
	expect(&o, 0, "behind a precompiled prefix", NULL);
	g_assert_null(strstr(o.out, "(0 behind")); /* prefixes are what a killed run leaves behind */
	outcome_clear(&o);
	new_edges = dump(out, "edges");
	new_calls = dump(out, "calls");
	new_facts = sorted_facts(out);
	g_assert_nonnull(new_edges);
	g_assert_cmpstr(new_edges, !=, old_edges);
}

/* The same of a run that brings an index up to date: from here on both trees are one that grew. */
static void prepare_update(void)
{
	g_autofree char *grown = in_top("grown"), *command = NULL, *fresh = NULL;
	struct outcome o;
	gint64 start;

	command = g_strdup_printf("cp -R '%s' '%s' && chmod -R u+w '%s' && "
				  "find '%s' -type f -exec touch -d '1 hour ago' {} +",
				  new_tree, grown, grown, grown);
	g_assert_cmpint(system(command), ==, 0);
	o = index_tree(grown, old_index, "--fresh", NULL);
	expect(&o, 0, NULL, NULL);
	outcome_clear(&o);
	g_free(command);
	command = g_strdup_printf("echo 'int grown(void) { return flush_handle(0); }' >>'%s/core/job.c' && "
				  "sed -i '6s/^/\\n/' '%s/include/bench/tube.h' && "
				  "touch -d '1 minute ago' '%s/core/job.c' '%s/include/bench/tube.h'",
				  grown, grown, grown, grown);
	g_assert_cmpint(system(command), ==, 0);
	g_free(old_edges);
	g_free(new_edges);
	g_free(new_calls);
	old_tree = new_tree = g_strdup(grown);
	old_edges = dump(old_index, "edges");
	put_old();
	start = g_get_monotonic_time();
	o = index_tree(new_tree, out, "--jobs", "2");
	run_us = g_get_monotonic_time() - start;
	expect(&o, 0, "units redone: 2 files changed", NULL);
	outcome_clear(&o);
	fresh = in_top("fresh.sqlite");
	o = index_tree(new_tree, fresh, NULL, NULL);
	outcome_clear(&o);
	g_free(new_facts);
	new_facts = sorted_facts(fresh);
	expect_facts(out, new_facts);
	new_edges = dump(out, "edges");
	new_calls = dump(out, "calls");
	g_assert_cmpstr(new_edges, !=, old_edges);
}

static void test_kill_update(void)
{
	prepare_update();
	test_kill();
	test_interrupt();
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	survive_begin();
	prepare();
	g_test_add_func("/kills/twice", test_twice);
	g_test_add_func("/kills/kill", test_kill);
	g_test_add_func("/kills/kill-worker", test_kill_worker);
	g_test_add_func("/kills/kill-while-parsing", test_kill_while_parsing);
	g_test_add_func("/kills/interrupt", test_interrupt);
	g_test_add_func("/kills/interrupt-hanging", test_interrupt_hanging);
	g_test_add_func("/kills/two-indexers", test_two_indexers);
	g_test_add_func("/kills/reader", test_reader);
	g_test_add_func("/kills/update", test_kill_update);
	return survive_end(g_test_run());
}
