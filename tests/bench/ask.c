/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The questions, as commands and as calls of the query API.
 *
 * Each is to be answered in a millisecond in memory and, as a process, in 50 cold, on the index of a whole kernel;
 * callers of few, def and completion in 10. No question is excepted: what misses its bar is told.
 */
#include "ask.h"

#include "measure.h"

/* ms */
#define MOST_COLD 10.0
#define MOST_COLD_LONG 50.0
#define MOST_IN_SHELL 1.0
#define MOST_IN_MEMORY 1.0

static const struct ew_symbol *function(struct ew_query *q, const char *name)
{
	g_autoptr(GError) error = NULL;
	const struct ew_symbol *f = ew_query_one(q, name, EW_SYMBOL_FUNCTION, &error);

	if (!f)
		measure_fail("%s", error->message);
	return f;
}

static void check(const void *answer, const GError *error)
{
	if (!answer)
		measure_fail("%s", error ? error->message : "no answer");
}

static void ask_callers(struct ew_query *q)
{
	struct ew_edge_options options = {0};
	g_autoptr(GError) error = NULL;
	bool more;
	g_autoptr(GPtrArray) edges =
		ew_query_callers(q, function(q, "sock_close"), &options, &more, &error);

	check(edges, error);
}

static void ask_path(struct ew_query *q)
{
	g_autoptr(GError) error = NULL;
	ew_auto(path) path = ew_query_path(q, function(q, "do_exit"), function(q, "tcp_close"), "tcp4",
					   &error);

	check(path, error);
}

static void ask_def(struct ew_query *q)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) found = ew_query_find(q, "tcp_close", EW_SYMBOL_ANY, &error);

	check(found, error);
}

static void ask_completion(struct ew_query *q)
{
	g_autoptr(GPtrArray) names = ew_query_complete(q, "tcp_", EW_SYMBOL_FUNCTION, 500);

	check(names && names->len ? names : NULL, NULL);
}

static void ask_show(struct ew_query *q)
{
	const struct ew_symbol *f = function(q, "tcp_close");
	g_autoptr(GError) error = NULL;
	g_autoptr(GBytes) text = ew_query_text(q, f->place.file, &error);
	g_autoptr(GPtrArray) calls = ew_query_calls_in(q, f);

	check(text, error);
	check(calls, NULL);
}

static void ask_why(struct ew_query *q)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) edges =
		ew_query_edges_between(q, function(q, "__fput"), function(q, "sock_close"), &error);

	check(edges, error);
	for (guint i = 0; i < edges->len; i++) {
		g_autoptr(GPtrArray) proof = ew_query_proof(q, g_ptr_array_index(edges, i), &error);

		check(proof, error);
	}
}

static void ask_why_not(struct ew_query *q)
{
	g_autoptr(GError) error = NULL;
	ew_auto(why_not) answer = ew_query_why_not(q, function(q, "task_work_run"),
						   function(q, "delayed_put_task_struct"), NULL, NULL, &error);

	check(answer, error);
}

static void ask_registers(struct ew_query *q)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) stores = ew_query_registers(q, function(q, "sock_close"), &error);

	check(stores, error);
}

static void ask_slots(struct ew_query *q)
{
	g_autoptr(GError) error = NULL;
	ew_auto(slot) slot = ew_query_slot(q, "file_operations.release", &error);

	check(slot, error);
}

static void ask_callees(struct ew_query *q)
{
	struct ew_edge_options options = {0};
	g_autoptr(GError) error = NULL;
	bool more;
	g_autoptr(GPtrArray) edges = ew_query_callees(q, function(q, "__fput"), &options, &more, &error);

	check(edges, error);
}

static void ask_first_callers(struct ew_query *q, const char *name)
{
	struct ew_edge_options options = {.limit = 20};
	struct ew_caller_count count;
	g_autoptr(GError) error = NULL;
	bool more;
	const struct ew_symbol *f = function(q, name);
	g_autoptr(GPtrArray) edges = ew_query_callers(q, f, &options, &more, &error);

	check(edges, error);
	if (!ew_query_count_callers(q, f, NULL, &count, &error))
		check(NULL, error);
}

static void ask_kfree(struct ew_query *q)
{
	ask_first_callers(q, "kfree");
}

static void ask_memcpy(struct ew_query *q)
{
	ask_first_callers(q, "memcpy");
}

static void ask_states(struct ew_query *q)
{
	struct ew_states_question question = {.from = "TCP_ESTABLISHED"};
	g_autoptr(GError) error = NULL;
	int unknown;
	g_autoptr(GPtrArray) states = ew_query_states(q, &question, &unknown, &error);

	check(states, error);
}

static void ask_context(struct ew_query *q)
{
	const struct ew_symbol *f = function(q, "tcp_close");
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) contexts = ew_query_contexts(q, f, NULL, &error);

	check(contexts, error);
	ew_query_may_sleep(q, f);
}

static void ask_unresolved(struct ew_query *q)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) sites = ew_query_unresolved(q, NULL, &error);

	check(sites, error);
}

static void ask_pointers(struct ew_query *q)
{
	g_autoptr(GError) error = NULL;
	ew_auto(pointer_coverage) coverage = ew_query_pointer_coverage(q, &error);

	check(coverage, error);
}

static void ask_ways(struct ew_query *q, const struct ew_path_options *options)
{
	g_autoptr(GError) error = NULL;
	ew_auto(paths) ways =
		ew_query_paths(q, function(q, "do_exit"), function(q, "tcp_close"), options, &error);

	check(ways, error);
}

static void ask_all(struct ew_query *q)
{
	/* As the command asks for its text. */
	struct ew_path_options options = {.binding = "tcp4", .routes = EW_PATHS_MOST};

	ask_ways(q, &options);
}

static void ask_avoid(struct ew_query *q)
{
	g_autoptr(GPtrArray) avoid = g_ptr_array_new();
	struct ew_path_options options = {.avoid = avoid, .most = 1};

	g_ptr_array_add(avoid, (gpointer)function(q, "task_work_run"));
	ask_ways(q, &options);
}

const struct question questions[] = {
	{{"callers", "sock_close"}, ask_callers, MOST_COLD, MOST_IN_SHELL, MOST_IN_MEMORY},
	{{"callers", "kfree", "--limit", "20"}, ask_kfree, MOST_COLD_LONG, 0, MOST_IN_MEMORY},
	{{"callers", "memcpy", "--limit", "20"}, ask_memcpy, MOST_COLD_LONG, 0, MOST_IN_MEMORY},
	{{"callees", "__fput"}, ask_callees, MOST_COLD_LONG, 0, MOST_IN_MEMORY},
	{{"path", "do_exit", "tcp_close", "--as", "tcp4"}, ask_path, MOST_COLD_LONG, 0, MOST_IN_MEMORY},
	{{"path", "do_exit", "tcp_close", "--as", "tcp4", "--all"}, ask_all, MOST_COLD_LONG, 0, MOST_IN_MEMORY},
	{{"path", "do_exit", "tcp_close", "--avoid", "task_work_run"}, ask_avoid, MOST_COLD_LONG, 0, MOST_IN_MEMORY},
	{{"def", "tcp_close"}, ask_def, MOST_COLD, MOST_IN_SHELL, MOST_IN_MEMORY},
	{{"show", "tcp_close"}, ask_show, MOST_COLD_LONG, 0, MOST_IN_MEMORY},
	{{"help", "--complete", "--", "callers", "tcp_"}, ask_completion, MOST_COLD, MOST_IN_SHELL,
	 MOST_IN_MEMORY},
	{{"why", "__fput", "sock_close"}, ask_why, MOST_COLD_LONG, 0, MOST_IN_MEMORY},
	{{"why-not", "task_work_run", "delayed_put_task_struct"}, ask_why_not, MOST_COLD_LONG, 0, MOST_IN_MEMORY},
	{{"registers", "sock_close"}, ask_registers, MOST_COLD_LONG, 0, MOST_IN_MEMORY},
	{{"slots", "file_operations.release"}, ask_slots, MOST_COLD_LONG, 0, MOST_IN_MEMORY},
	{{"states", "--from", "ESTABLISHED"}, ask_states, MOST_COLD_LONG, 0, MOST_IN_MEMORY},
	{{"context", "tcp_close"}, ask_context, MOST_COLD_LONG, 0, MOST_IN_MEMORY},
	{{"unresolved"}, ask_unresolved, MOST_COLD_LONG, 0, MOST_IN_MEMORY},
	{{"coverage", "--pointers"}, ask_pointers, MOST_COLD_LONG, 0, MOST_IN_MEMORY},
};
const size_t n_questions = G_N_ELEMENTS(questions);
