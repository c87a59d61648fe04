/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Nothing that an index holds may differ unseen: whatever value of whatever column is changed, `dump
 * facts` says something else. A column that is new in schema.sql fails here until the dump tells it, or
 * it stands in the list of those that say how an index was made and not what is in the tree.
 */
#include "../unit/small_index.h"

#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>

enum { ROWS_TRIED = 12 };

static const struct {
	const char *column, *why;
} not_told[] = {
	{"file.mtime", "the file system's"},
	{"file.ctime", "the file system's"},
	{"file.inode", "the file system's"},
	{"unit.behind", "how it was parsed"},
	{"unit.files", "ids; behind a prefix they are the prefix's, too"},
	{"prefix.command", "how it was parsed"},
	{"prefix.headers", "how it was parsed"},
	{"prefix.files", "how it was parsed"},
	{"function.unit", "who said it: the prefix, or the first unit"},
	{"record.unit", "the same"},
	{"variable.unit", "the same"},
	{"flow.unit", "the same"},
	{"kept.data", "what query works out of all the rest; unit/query_kept compares it with what is found anew"},
};

static char *work, *whole, *copy;
static char *expected;
static struct ew_refs *refs;

static int compare_lines(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The sorted facts, or NULL if the index is found to be damaged: that is seen, too. */
static char *facts_of(const char *index)
{
	g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
	ew_auto(query) q = ew_query_open(index, refs, NULL);

	if (!q || !ew_query_dump_facts(q, keep_line, lines, NULL))
		return NULL;
	g_ptr_array_sort(lines, compare_lines);
	g_ptr_array_add(lines, NULL);
	return g_strjoinv("\n", (char **)lines->pdata);
}

/* One row of a copy gets another value; false if there is no such row or it would meet another. */
static bool change(const char *table, const char *keys, const char *column, const char *value, int row)
{
	g_autofree char *sql = g_strdup_printf(
		"UPDATE %s SET %s = %s WHERE (%s) IN (SELECT %s FROM %s LIMIT 1 OFFSET %d)", table, column,
		value, keys, keys, table, row);
	g_autofree char *bytes = NULL;
	gsize length;
	sqlite3 *db;
	bool answer;

	g_assert_true(g_file_get_contents(whole, &bytes, &length, NULL));
	g_assert_true(g_file_set_contents(copy, bytes, length, NULL));
	g_assert_cmpint(sqlite3_open(copy, &db), ==, SQLITE_OK);
	answer = sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK && sqlite3_changes(db) == 1;
	sqlite3_close(db);
	return answer;
}

static bool is_seen(const char *table, const char *keys, const char *column, const char *type, int rows)
{
	static const char *const changes[] = {"+ 1", "+ 10", "- 1"};
	size_t i;
	int k;

	for (k = 0; k < ROWS_TRIED; k++)
		for (i = 0; i < G_N_ELEMENTS(changes); i++) {
			g_autofree char *value = NULL, *now = NULL;

			value = strcmp(type, "INTEGER") ? g_strdup_printf("coalesce(%s, '') || 'x'", column)
							: g_strdup_printf("coalesce(%s, 0) %s", column, changes[i]);
			if (!change(table, keys, column, value, k * rows / ROWS_TRIED))
				continue;
			now = facts_of(copy);
			if (!now || strcmp(now, expected))
				return true;
		}
	return false;
}

static bool is_exempt(const char *table, const char *column)
{
	g_autofree char *name = g_strdup_printf("%s.%s", table, column);
	size_t i;

	for (i = 0; i < G_N_ELEMENTS(not_told); i++)
		if (!strcmp(not_told[i].column, name))
			return true;
	return false;
}

static char *text_of(sqlite3 *db, const char *format, const char *table)
{
	g_autofree char *sql = g_strdup_printf(format, table);
	sqlite3_stmt *s;
	char *text;

	g_assert_cmpint(sqlite3_prepare_v2(db, sql, -1, &s, NULL), ==, SQLITE_OK);
	g_assert_cmpint(sqlite3_step(s), ==, SQLITE_ROW);
	text = g_strdup((const char *)sqlite3_column_text(s, 0));
	sqlite3_finalize(s);
	return text;
}

/* Ids are not told: the column that is a table's whole key, if it is a number, is one. */
static void check_table(sqlite3 *db, const char *table, GString *unseen)
{
	g_autofree char *keys = text_of(
		db, "SELECT group_concat(name) FROM (SELECT name FROM pragma_table_info('%s') WHERE pk)", table);
	g_autofree char *count = text_of(db, "SELECT count(*) FROM %s", table);
	g_autofree char *sql = g_strdup_printf("SELECT name, type, pk FROM pragma_table_info('%s')", table);
	sqlite3_stmt *s;

	if (atoi(count) == 0)
		g_string_append_printf(unseen, " %s (no rows)", table);
	g_assert_cmpint(sqlite3_prepare_v2(db, sql, -1, &s, NULL), ==, SQLITE_OK);
	while (sqlite3_step(s) == SQLITE_ROW) {
		const char *column = (const char *)sqlite3_column_text(s, 0);
		const char *type = (const char *)sqlite3_column_text(s, 1);

		if (sqlite3_column_int(s, 2) && !strchr(keys, ',') && !strcmp(type, "INTEGER"))
			continue;
		if (!is_exempt(table, column) && !is_seen(table, keys, column, type, atoi(count)))
			g_string_append_printf(unseen, " %s.%s", table, column);
	}
	sqlite3_finalize(s);
}

static void test_columns(void)
{
	g_autoptr(GString) unseen = g_string_new(NULL);
	sqlite3_stmt *s;
	sqlite3 *db;
	int tables = 0;

	g_assert_cmpint(sqlite3_open_v2(whole, &db, SQLITE_OPEN_READONLY, NULL), ==, SQLITE_OK);
	g_assert_cmpint(sqlite3_prepare_v2(db, "SELECT name FROM sqlite_master WHERE type = 'table'", -1, &s,
					   NULL),
			==, SQLITE_OK);
	for (; sqlite3_step(s) == SQLITE_ROW; tables++)
		check_table(db, (const char *)sqlite3_column_text(s, 0), unseen);
	sqlite3_finalize(s);
	sqlite3_close(db);
	g_assert_cmpint(tables, >, 10);
	g_assert_cmpstr(unseen->str, ==, "");
}

int main(int argc, char **argv)
{
	g_autofree char *refs_dir = g_build_filename(EW_TEST_DIR, "fixtures/refs", NULL);
	g_autofree char *tree = g_build_filename(EW_TEST_DIR, "truth/tree", NULL), *command = NULL;
	int status;

	g_test_init(&argc, &argv, NULL);
	work = g_dir_make_tmp("exitwalk-columns-XXXXXX", NULL);
	refs = ew_refs_open(refs_dir, NULL);
	whole = index_of_tree(work, tree);
	copy = g_build_filename(work, "copy.sqlite", NULL);
	expected = facts_of(whole);
	g_assert_nonnull(expected);
	g_test_add_func("/truth/columns", test_columns);
	status = g_test_run();
	command = g_strdup_printf("rm -rf '%s'", work);
	return system(command) ? 1 : status;
}
