/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Conditions with their texts, as `index` stores them: else a few words cost the text of a whole file.
 *
 * EW_KEPT_CONDITIONS, by id / ROOM: for each id in turn 0, or 1 + its kind and whether it is dead; how far before it the
 * parent is (0: none); how many entries before it one stands at the same place (0: it tells its own). Then its own place,
 * file and line as the difference from the last one that was told, and how long the text is (0: none), and the text.
 */
#include <stdlib.h>
#include <string.h>

#include "query/internal.h"

enum { ROOM = 64 };

/* ---- storing ------------------------------------------------------------------------------------- */

struct kept {
	struct condition_row row;
	int64_t id;
	int end_line, end_column;
};

static GArray *read_all(struct ew_query *q)
{
	GArray *all = g_array_new(false, false, sizeof(struct kept));
	ew_auto(rows) r = ew_store_select(q->store, EW_FACTS_CONDITION, "");

	while (ew_rows_next(r)) {
		struct kept k = {
			.row = {.parent = ew_rows_int(r, 1),
				.file = ew_rows_int(r, 4),
				.kind = ew_rows_int(r, 2),
				.line = ew_rows_int(r, 5),
				.column = ew_rows_int(r, 6),
				.is_dead = ew_rows_int(r, 3)},
			.id = ew_rows_int(r, 0),
			.end_line = ew_rows_int(r, 7),
			.end_column = ew_rows_int(r, 8),
		};

		g_array_append_val(all, k);
	}
	return all;
}

static int compare_places(const void *a, const void *b)
{
	const struct kept *x = *(struct kept *const *)a, *y = *(struct kept *const *)b;

	if (x->row.file != y->row.file)
		return x->row.file < y->row.file ? -1 : 1;
	if (x->row.line != y->row.line)
		return x->row.line < y->row.line ? -1 : 1;
	return x->id < y->id ? -1 : 1;
}

/* Of one file, by line: its lines are counted once. */
static void fill_file(struct ew_query *q, struct kept **first, struct kept **end, GStringChunk *texts)
{
	g_autoptr(GBytes) bytes = query_text(q, (*first)->row.file);
	const char *text, *at, *stop;
	gsize length;
	int line = 1;

	if (!bytes)
		return;
	at = text = g_bytes_get_data(bytes, &length);
	stop = text + length;
	for (; first < end; first++) {
		struct kept *k = *first;
		g_autofree char *said = NULL;

		at = query_line_start(at, stop, k->row.line - line + 1);
		line = MAX(k->row.line, line);
		said = condition_text(at, stop, &k->row, k->end_line, k->end_column);
		k->row.text = said ? g_string_chunk_insert(texts, said) : NULL;
	}
}

static void fill_texts(struct ew_query *q, GArray *all, GStringChunk *texts)
{
	g_autofree struct kept **sorted = g_new(struct kept *, all->len + 1);
	guint i, end;

	for (i = 0; i < all->len; i++)
		sorted[i] = &g_array_index(all, struct kept, i);
	qsort(sorted, all->len, sizeof *sorted, compare_places);
	for (i = 0; i < all->len; i = end) {
		for (end = i + 1; end < all->len && sorted[end]->row.file == sorted[i]->row.file;)
			end++;
		if (sorted[i]->row.file)
			fill_file(q, sorted + i, sorted + end, texts);
	}
}

static bool is_same_place(const struct kept *a, const struct kept *b)
{
	return a->row.file == b->row.file && a->row.line == b->row.line && a->row.column == b->row.column &&
	       !g_strcmp0(a->row.text, b->row.text);
}

/* How far before k, in the row that begins with `first`, one at the same place stands; 0 if none does. */
static int64_t same_before(const struct kept *first, const struct kept *k)
{
	const struct kept *before;

	for (before = k; before-- > first;)
		if (is_same_place(before, k))
			return k->id - before->id;
	return 0;
}

static void pack_row(GByteArray *out, const struct kept *first, const struct kept *end)
{
	int64_t id = first->id / ROOM * ROOM, file = 0, line = 0, same;
	const struct kept *k;

	for (k = first; k < end; k++, id++) {
		for (; id < k->id; id++)
			pack_number(out, 0);
		pack_number(out, 1 + ((uint64_t)k->row.kind << 1 | k->row.is_dead));
		pack_signed(out, k->row.parent ? k->id - k->row.parent : 0);
		same = same_before(first, k);
		pack_number(out, same);
		if (same)
			continue;
		pack_signed(out, k->row.file - file);
		pack_signed(out, k->row.line - line);
		pack_number(out, k->row.column);
		pack_number(out, k->row.text ? strlen(k->row.text) : 0);
		if (k->row.text)
			g_byte_array_append(out, (const uint8_t *)k->row.text, strlen(k->row.text));
		file = k->row.file;
		line = k->row.line;
	}
}

void conditions_keep(struct ew_query *q, struct ew_store_writer *w)
{
	g_autoptr(GArray) all = read_all(q);
	g_autoptr(GByteArray) out = g_byte_array_new();
	GStringChunk *texts = g_string_chunk_new(1 << 16);
	const struct kept *k = (const struct kept *)(const void *)all->data;
	guint i, end;

	fill_texts(q, all, texts);
	for (i = 0; i < all->len; i = end) {
		for (end = i + 1; end < all->len && k[end].id / ROOM == k[i].id / ROOM;)
			end++;
		g_byte_array_set_size(out, 0);
		pack_row(out, k + i, k + end);
		ew_store_keep(w, EW_KEPT_CONDITIONS, k[i].id / ROOM, out->data, out->len);
	}
	g_string_chunk_free(texts);
}

/* ---- reading ------------------------------------------------------------------------------------- */

struct told {
	int64_t file;
	int line, column;
	const char *text; /* not ended */
	uint64_t length;
};

/* An entry at `index`; false at one that is not there. `before` are those up to it. */
static bool read_entry(struct unpacker *u, struct told *before, int index, struct told *last, struct condition_row *c)
{
	uint64_t head = unpack_number(u), same;

	before[index] = (struct told){0};
	if (!head)
		return false;
	c->kind = (int)((head - 1) >> 1);
	c->is_dead = (head - 1) & 1;
	c->parent = unpack_signed(u);
	same = unpack_number(u);
	u->is_whole &= same <= (uint64_t)index;
	if (same && u->is_whole) {
		before[index] = before[index - same];
		return true;
	}
	last->file += unpack_signed(u);
	last->line += (int)unpack_signed(u);
	last->column = (int)unpack_number(u);
	last->length = unpack_number(u);
	u->is_whole &= last->length <= (uint64_t)(u->end - u->at);
	if (!u->is_whole)
		return false;
	last->text = (const char *)u->at;
	u->at += last->length;
	before[index] = *last;
	return true;
}

int64_t condition_kept_row(int64_t id)
{
	return ew_store_kept(EW_KEPT_CONDITIONS, id / ROOM);
}

bool condition_read_kept(struct ew_query *q, int64_t id, struct condition_row *c, bool *is_there)
{
	ew_auto(rows) r = NULL;
	struct told before[ROOM], last = {0};
	struct unpacker u;
	int i;

	if (!query_kept(q, EW_KEPT_CONDITIONS, id / ROOM, &r, &u))
		return false;
	*is_there = false;
	for (i = 0; i <= id % ROOM && u.is_whole && u.at < u.end; i++)
		*is_there = read_entry(&u, before, i, &last, c) && i == id % ROOM;
	if (!u.is_whole) {
		ew_store_say_damaged(q->store, "a condition that it stores is not whole");
		*is_there = false;
	}
	if (!*is_there)
		return true;
	c->parent = c->parent ? id - c->parent : 0;
	c->file = before[id % ROOM].file;
	c->line = before[id % ROOM].line;
	c->column = before[id % ROOM].column;
	c->text = before[id % ROOM].length ? query_intern_part(q, before[id % ROOM].text, before[id % ROOM].length) : NULL;
	return true;
}
