/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where a function is called that many call: its places in the order of the answer, so that a reader of the
 * first twenty need not sort thousands. What many is, and what is folded, stands in store.h.
 */
#include "store/writer.h"

#include <string.h>

struct place {
	uint32_t callee, caller, name; /* name: the rank of the caller's */
	uint32_t file, line, column;   /* file: the rank of its path, 0 if it has none */
	uint32_t call;
	bool is_pointer, is_dead;
};

/* Rank from 1 by id, in the order of the statement's second column; the same text has the same rank. */
static uint32_t *ranks(struct ew_store_writer *w, const char *sql, int64_t last)
{
	sqlite3_stmt *s = writer_select(w, sql);
	uint32_t *rank = g_new0(uint32_t, last + 1), n = 0;
	g_autofree char *before = NULL;

	while (writer_next(w, s)) {
		int64_t id = sqlite3_column_int64(s, 0);
		const char *text = (const char *)sqlite3_column_text(s, 1);

		if (id < 0 || id > last)
			continue;
		if (!before || strcmp(before, text)) {
			g_free(before);
			before = g_strdup(text);
			n++;
		}
		rank[id] = n;
	}
	sqlite3_finalize(s);
	return rank;
}

/* By callee, how many calls; those that few call are set to 0. */
static uint32_t *count_calls(struct ew_store_writer *w, int64_t last)
{
	static const char *const sql[] = {
		"SELECT callee, count(*) FROM call WHERE callee IS NOT NULL GROUP BY callee",
		"SELECT callee, count(*) FROM edge GROUP BY callee",
	};
	uint32_t *counts = g_new0(uint32_t, last + 1);
	int64_t i;

	for (i = 0; i < (int)G_N_ELEMENTS(sql); i++) {
		sqlite3_stmt *s = writer_select(w, sql[i]);

		while (writer_next(w, s)) {
			int64_t callee = sqlite3_column_int64(s, 0);

			if (callee >= 0 && callee <= last)
				counts[callee] += sqlite3_column_int64(s, 1);
		}
		sqlite3_finalize(s);
	}
	for (i = 0; i <= last; i++)
		if (counts[i] < EW_MANY_CALLS)
			counts[i] = 0;
	return counts;
}

static GArray *read_places(struct ew_store_writer *w, const uint32_t *counts)
{
	static const char sql[] =
		"SELECT callee, caller, file, line, col, id, 0, dead FROM call WHERE callee IS NOT NULL "
		"UNION ALL SELECT DISTINCT edge.callee, caller, file, line, col, call.id, 1, call.dead FROM edge "
		"JOIN call ON call.id = edge.call";
	GArray *places = g_array_new(FALSE, FALSE, sizeof(struct place));
	sqlite3_stmt *s = writer_select(w, sql);

	while (writer_next(w, s)) {
		struct place p = {
			.callee = sqlite3_column_int(s, 0),
			.caller = sqlite3_column_int(s, 1),
			.file = sqlite3_column_int(s, 2),
			.line = sqlite3_column_int(s, 3),
			.column = sqlite3_column_int(s, 4),
			.call = sqlite3_column_int(s, 5),
			.is_pointer = sqlite3_column_int(s, 6),
			.is_dead = sqlite3_column_int(s, 7),
		};

		if (p.callee <= w->functions.last_id && p.caller <= w->functions.last_id &&
		    p.file <= w->files.last_id && counts[p.callee])
			g_array_append_val(places, p);
	}
	sqlite3_finalize(s);
	return places;
}

static int compare(uint32_t a, uint32_t b)
{
	return a < b ? -1 : a > b;
}

static int compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	int order = compare(x->callee, y->callee);

	if (!order)
		order = compare(x->name, y->name);
	if (!order)
		order = compare(x->file, y->file);
	if (!order)
		order = compare(x->line, y->line);
	if (!order)
		order = compare(x->column, y->column);
	return order ? order : compare(x->call, y->call);
}

static bool is_repeated(const struct place *a, const struct place *b)
{
	return !a->is_pointer && !b->is_pointer && a->caller == b->caller && a->file == b->file &&
	       a->line == b->line && a->column == b->column;
}

/* Of the calls that a macro repeats at one place, the first that is compiled. Returns how many are left. */
static guint fold(struct place *p, guint count)
{
	guint i, n = 0;

	for (i = 0; i < count; i++) {
		if (!n || !is_repeated(&p[n - 1], &p[i]))
			p[n++] = p[i];
		else if (p[n - 1].is_dead && !p[i].is_dead)
			p[n - 1] = p[i];
	}
	return n;
}

static void put(GByteArray *out, int64_t step)
{
	uint64_t value = (uint64_t)step << 1 ^ (uint64_t)(step >> 63);
	uint8_t byte;

	for (; value > 127; value >>= 7) {
		byte = value | 128;
		g_byte_array_append(out, &byte, 1);
	}
	byte = value;
	g_byte_array_append(out, &byte, 1);
}

static void write_callers(struct ew_store_writer *w, struct place *p, guint count)
{
	g_autoptr(GByteArray) calls = g_byte_array_new();
	int64_t before = 0, pointers = 0;
	guint i;

	count = fold(p, count);
	for (i = 0; i < count; i++) {
		put(calls, p[i].call - before);
		before = p[i].call;
		pointers += p[i].is_pointer;
	}
	writer_run_blob(w, INSERT_CALLERS, calls->data, calls->len, "iii", (int64_t)p->callee,
			(int64_t)count - pointers, pointers);
}

void writer_add_callers(struct ew_store_writer *w)
{
	int64_t last = w->functions.last_id;
	g_autofree uint32_t *names = ranks(w, "SELECT id, name FROM function ORDER BY name", last);
	g_autofree uint32_t *files =
		ranks(w, "SELECT id, path FROM file ORDER BY path", w->files.last_id);
	g_autofree uint32_t *counts = count_calls(w, last);
	g_autoptr(GArray) places = read_places(w, counts);
	struct place *p = (struct place *)places->data;
	guint i, end;

	for (i = 0; i < places->len; i++) {
		p[i].name = names[p[i].caller];
		p[i].file = files[p[i].file];
	}
	if (places->len)
		qsort(p, places->len, sizeof *p, compare_places);
	for (i = 0; i < places->len; i = end) {
		for (end = i + 1; end < places->len && p[end].callee == p[i].callee;)
			end++;
		write_callers(w, p + i, end - i);
	}
}
