/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Indexes that a test makes: of one source of its own, or of a fixture. */
#ifndef EW_TEST_SMALL_INDEX_H
#define EW_TEST_SMALL_INDEX_H

#include "query/query.h"
#include "run/run.h"

#include <string.h>

/* The index of `tree`, in the directory `work`; the caller frees its path. */
static inline char *index_of_tree(const char *work, const char *tree)
{
	g_autofree char *refs = g_build_filename(EW_TEST_DIR, "fixtures/refs", NULL);
	g_autofree char *name = g_path_get_basename(tree), *file = g_strconcat(name, ".sqlite", NULL);
	const char *const scope[] = {"all", NULL};
	char *out = g_build_filename(work, file, NULL);
	struct ew_run_options options = {
		.tree = tree, .scope = scope, .refs = refs, .out = out, .jobs = 1};
	struct ew_run_summary summary = {0};
	g_autoptr(GError) error = NULL;

	ew_run(&options, &summary, &error);
	g_assert_no_error(error);
	g_assert_cmpint(summary.failed + summary.with_errors, ==, 0);
	ew_run_summary_clear(&summary);
	return out;
}

/* The index of a tree of one unit, t.c. */
static inline char *index_of_source(const char *work, const char *source)
{
	static const char *const files[][2] = {
		{"Makefile", "VERSION = 1\nPATCHLEVEL = 0\nSUBLEVEL = 0\nEXTRAVERSION =\n"},
		{"Kconfig", "mainmenu \"Test\"\n"},
		{"compile_commands.json",
		 "[{\"directory\": \".\", \"file\": \"t.c\", \"command\": \"clang -c -o t.o t.c\"}]\n"},
	};
	g_autofree char *tree = g_build_filename(work, "small", NULL);
	g_autofree char *path = g_build_filename(tree, "t.c", NULL);
	size_t i;

	g_assert_cmpint(g_mkdir_with_parents(tree, 0700), ==, 0);
	for (i = 0; i < G_N_ELEMENTS(files); i++) {
		g_autofree char *file = g_build_filename(tree, files[i][0], NULL);

		g_assert_true(g_file_set_contents(file, files[i][1], -1, NULL));
	}
	g_assert_true(g_file_set_contents(path, source, -1, NULL));
	return index_of_tree(work, tree);
}

static inline bool keep_line(const char *line, void *lines)
{
	g_ptr_array_add(lines, g_strdup(line));
	return true;
}

/* What ew_query_dump_edges() or …_calls() says, a line each. */
static inline GPtrArray *dump_lines(struct ew_query *q,
				    bool (*dump)(struct ew_query *, ew_query_emit, void *, GError **))
{
	GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GError) error = NULL;

	dump(q, keep_line, lines, &error);
	g_assert_no_error(error);
	return lines;
}

#endif
