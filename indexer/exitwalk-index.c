/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * exitwalk-index: the program behind `exitwalk index`. It alone links libclang. Its arguments are what
 * exitwalk makes of the user's; a person may type them as well.
 *
 * With the hidden option --commands it makes no index, and prints what it would parse, a unit a line: the
 * directory, the arguments for the compiler, and last the source, as words quoted for a shell. Units that
 * cannot be read are told on standard error.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "parse/parse.h"
#include "run/run.h"
#include "term/term.h"

struct arguments {
	char *tree, *config, *out, *refs, *first;
	GStrv scope;
	int jobs, unit_seconds;
	gboolean version, no_prefix, fresh, commands;
};

static volatile int stopped;

static void on_signal(int number)
{
	stopped = number;
}

/* The second signal is not waited for. */
static void catch_signals(void)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESETHAND};
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(numbers); i++)
		sigaction(numbers[i], &action, NULL);
}

static bool read_arguments(int argc, char **argv, struct arguments *a, GError **error)
{
	const GOptionEntry entries[] = {
		{"tree", 0, 0, G_OPTION_ARG_FILENAME, &a->tree, "Directory, tarball or release", "TREE"},
		{"config", 0, 0, G_OPTION_ARG_FILENAME, &a->config, "Kernel configuration", "CONFIG"},
		{"scope", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &a->scope, "Scope or path", "SCOPE"},
		{"first", 0, 0, G_OPTION_ARG_STRING, &a->first,
		 "Read this scope only, in the place of the other; a second run reads the rest", "SCOPE"},
		{"jobs", 0, 0, G_OPTION_ARG_INT, &a->jobs, "Worker processes", "N"},
		{"out", 0, 0, G_OPTION_ARG_FILENAME, &a->out, "Index file to make", "FILE"},
		{"refs", 0, 0, G_OPTION_ARG_FILENAME, &a->refs, "Another kernel-refs", "DIR"},
		{"unit-seconds", 0, 0, G_OPTION_ARG_INT, &a->unit_seconds, "Time a unit may take", "N"},
		{"no-prefix", 0, 0, G_OPTION_ARG_NONE, &a->no_prefix, "Precompile no headers", NULL},
		{"fresh", 0, 0, G_OPTION_ARG_NONE, &a->fresh, "Make it anew", NULL},
		{"commands", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &a->commands, NULL, NULL},
		{"version", 0, 0, G_OPTION_ARG_NONE, &a->version, "Print libclang's version", NULL},
		{NULL},
	};
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);

	g_option_context_add_main_entries(context, entries, NULL);
	g_option_context_set_summary(context, "Makes an index of a kernel tree; see exitwalk(1).");
	return g_option_context_parse(context, &argc, &argv, error);
}

/* ---- what it says ---------------------------------------------------------------------------- */

static struct ew_progress *bar;

static void say(const char *what, void *data)
{
	fprintf(stderr, "%s\n", what);
}

static void show_progress(const struct ew_run_progress *p, void *data)
{
	if (!bar)
		bar = ew_term_progress_begin("parsing", p->total);
	ew_term_progress_update(bar, p->done, p->failures, NULL);
}

static void print_summary(const struct ew_run_summary *s)
{
	int64_t unresolved = s->pointer_calls - s->pointer_resolved;

	printf("%s\n", s->out);
	if (s->is_up_to_date)
		printf("  up to date\n");
	else if (s->why)
		printf("  %s\n", s->why);
	printf("  %d units (%d behind a precompiled prefix), %d of them with errors, %d not indexed\n",
	       s->units, s->behind_prefix, s->with_errors, s->failed);
	printf("  %" PRId64 " functions, %" PRId64 " calls\n", s->functions, s->calls);
	printf("  %" PRId64 " pointer calls: %" PRId64 " with targets, %" PRId64 " without; %" PRId64
	       " edges\n",
	       s->pointer_calls, s->pointer_resolved, unresolved, s->edges);
	printf("  %.1f s (parsing %.1f, resolving %.1f), at most %.0f MiB, index %.1f MiB\n",
	       s->seconds, s->parse_seconds, s->resolve_seconds, s->peak_memory / 1048576.0,
	       s->size / 1048576.0);
}

static int status_of(const GError *error)
{
	switch (error->domain == EW_ERROR ? error->code : -1) {
	case EW_ERROR_NO_ANSWER:
		return 1;
	case EW_ERROR_NOT_POSSIBLE:
		return 3;
	case EW_ERROR_PARTLY:
		return 4;
	default:
		return 2;
	}
}

static int complain(const GError *error)
{
	fprintf(stderr, "exitwalk: %s\n", error->message);
	if (stopped)
		raise(stopped);
	return status_of(error);
}

static void print_word(const char *word, char after)
{
	g_autofree char *quoted = g_shell_quote(word);

	printf("%s%c", quoted, after);
}

static void print_unit(const struct ew_unit *unit, void *data)
{
	int i;

	if (unit->problem) {
		fprintf(stderr, "%s: %s\n", unit->file, unit->problem);
		return;
	}
	print_word(unit->directory, ' ');
	for (i = 0; unit->argv[i]; i++)
		print_word(unit->argv[i], ' ');
	print_word(unit->path, '\n');
}

static int make_index(const struct arguments *a)
{
	g_autofree char *refs = a->refs ? g_strdup(a->refs) : ew_tree_data_dir("kernel-refs");
	struct ew_run_options options = {
		.tree = a->tree,
		.config = a->config,
		.scope = (const char *const *)a->scope,
		.first = a->first,
		.refs = refs,
		.out = a->out,
		.jobs = a->jobs,
		.unit_seconds = a->unit_seconds,
		.no_prefix = a->no_prefix,
		.fresh = a->fresh,
		.stop = &stopped,
		.say = say,
		.progress = show_progress,
	};
	struct ew_run_summary summary;
	g_autoptr(GError) error = NULL;
	bool answer;

	if (a->commands)
		return ew_run_units(&options, print_unit, &error) ? 0 : complain(error);
	answer = ew_run(&options, &summary, &error);
	ew_term_progress_end(bar);
	if (!answer)
		return complain(error);
	print_summary(&summary);
	answer = summary.failed == 0;
	ew_run_summary_clear(&summary);
	return answer ? 0 : 4;
}

int main(int argc, char **argv)
{
	struct arguments a = {0};
	g_autoptr(GError) error = NULL;
	int status = 0;

	ew_term_start();
	if (!read_arguments(argc, argv, &a, &error)) {
		fprintf(stderr, "exitwalk-index: %s\n", error->message);
		return 2;
	}
	if (a.version) {
		g_autofree char *version = ew_parse_version();

		printf("%s\n", version);
	} else {
		catch_signals();
		status = make_index(&a);
	}
	g_free(a.tree);
	g_free(a.config);
	g_free(a.out);
	g_free(a.refs);
	g_free(a.first);
	g_strfreev(a.scope);
	return status;
}
