/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows that will be asked for soon. SQLite asks the disk for one page after the other and waits for each; here the
 * pages on which the rows stand are told to the kernel at once. They are found in the root of the tree, as the file format
 * lays it down; what does not fit it is left alone, for nothing depends on it.
 */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store/internal.h"

enum { INTERIOR_INDEX = 2, INTERIOR_TABLE = 5, CELLS = 12 };

static const char *const trees[] = {
	[EW_AHEAD_GRAPH] = "graph",	    [EW_AHEAD_CALL] = "call",	[EW_AHEAD_CALLS_OF] = "call_caller",
	[EW_AHEAD_FUNCTION] = "function", [EW_AHEAD_EDGE] = "edge", [EW_AHEAD_CONDITION] = "condition",
	[EW_AHEAD_KEPT] = "kept",	  [EW_AHEAD_FLOW] = "flow",	[EW_AHEAD_VARIABLE] = "variable",
	[EW_AHEAD_FILE] = "file",	  [EW_AHEAD_PROOF] = "proof",
	[EW_AHEAD_FUNCTION_NAME] = "function_name",
};
G_STATIC_ASSERT(G_N_ELEMENTS(trees) == EW_AHEAD_TREES);

static uint32_t number(const uint8_t *at, int bytes)
{
	uint32_t value = 0;

	while (bytes--)
		value = value << 8 | *at++;
	return value;
}

/* As the format has them: seven bits a byte, the high ones first, all eight of the ninth. */
static int64_t varint(const uint8_t **at, const uint8_t *end)
{
	uint64_t value = 0;
	int i;

	for (i = 0; *at < end && i < 9; i++) {
		uint8_t byte = *(*at)++;

		if (i == 8)
			return (int64_t)(value << 8 | byte);
		value = value << 7 | (byte & 127);
		if (!(byte & 128))
			break;
	}
	return (int64_t)value;
}

/* The first column of the record of an index, if it is a number; else a number beyond all. */
static int64_t first_column(const uint8_t *at, const uint8_t *end)
{
	static const int bytes[] = {0, 1, 2, 3, 4, 6, 8};
	const uint8_t *header;
	int64_t length, type, value;
	int i;

	varint(&at, end); /* of the record */
	header = at;
	length = varint(&at, end);
	type = varint(&at, end);
	if (type == 8 || type == 9)
		return type - 8;
	if (type < 1 || type > 6 || length < 0 || length > end - header || end - header - length < bytes[type])
		return INT64_MAX;
	value = (int8_t)header[length];
	for (i = 1; i < bytes[type]; i++)
		value = (int64_t)((uint64_t)value << 8 | header[length + i]);
	return value;
}

/* The same, if it is a text; else NULL. */
static const char *first_text(const uint8_t *at, const uint8_t *end, size_t *length)
{
	const uint8_t *header;
	int64_t header_length, type;

	varint(&at, end); /* of the record */
	header = at;
	header_length = varint(&at, end);
	type = varint(&at, end);
	if (type < 13 || !(type & 1) || header_length < 0 || header_length > end - header ||
	    (type - 13) / 2 > end - header - header_length)
		return NULL;
	*length = (type - 13) / 2;
	return (const char *)header + header_length;
}

struct root {
	uint8_t *page;
	size_t size;
	bool is_index;
	uint32_t cells;
};

static int64_t key_of(const struct root *r, uint32_t cell, uint32_t *child)
{
	uint32_t offset = number(r->page + CELLS + 2 * (size_t)cell, 2);
	const uint8_t *at = r->page + offset, *end = r->page + r->size;

	*child = 0;
	if (offset + 4 >= r->size)
		return INT64_MAX;
	*child = number(at, 4);
	at += 4;
	return r->is_index ? first_column(at, end) : varint(&at, end);
}

/* Which child of the root the row stands under, or the first that the index has of it; the last one is number `cells`. */
static uint32_t child_of(const struct root *r, int64_t id)
{
	uint32_t low = 0, high = r->cells, child;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (key_of(r, middle, &child) < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* As SQLite orders texts: by bytes, then by length. What is no text goes behind all. */
static bool is_cell_before(const struct root *r, uint32_t cell, const char *name, size_t length)
{
	uint32_t offset = number(r->page + CELLS + 2 * (size_t)cell, 2);
	const char *text = NULL;
	size_t n = 0;
	int order;

	if (offset + 4 < r->size)
		text = first_text(r->page + offset + 4, r->page + r->size, &n);
	if (!text)
		return false;
	order = memcmp(text, name, MIN(n, length));
	return order < 0 || (!order && n < length);
}

static uint32_t child_of_name(const struct root *r, const char *name)
{
	uint32_t low = 0, high = r->cells;
	size_t length = strlen(name);

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (is_cell_before(r, middle, name, length))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static uint32_t page_of(const struct root *r, uint32_t number_of_child)
{
	uint32_t child;

	if (number_of_child >= r->cells)
		return number(r->page + 8, 4);
	key_of(r, number_of_child, &child);
	return child;
}

/* A root that is a leaf has nothing below it. */
static bool read_root(struct ew_store *s, enum ew_ahead tree, struct root *r)
{
	g_autofree char *sql = g_strdup_printf("SELECT rootpage FROM sqlite_schema WHERE name = '%s'", trees[tree]);
	sqlite3_stmt *statement = NULL;
	int64_t page = 0;

	if (sqlite3_prepare_v2(s->db, sql, -1, &statement, NULL) == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW)
		page = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	*r = (struct root){.size = s->page_size};
	if (page < 2 || r->size < 512)
		return false;
	r->page = g_malloc(r->size);
	if (pread(s->fd, r->page, r->size, (page - 1) * (int64_t)r->size) != (ssize_t)r->size)
		return false;
	r->is_index = r->page[0] == INTERIOR_INDEX;
	r->cells = number(r->page + 3, 2);
	return (r->is_index || r->page[0] == INTERIOR_TABLE) && CELLS + 2 * (size_t)r->cells <= r->size;
}

static int compare_pages(gconstpointer a, gconstpointer b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Those that stand together are asked for together. */
static void ask_for(const struct ew_store *s, GArray *pages)
{
	const uint32_t *page = (const uint32_t *)(const void *)pages->data;
	guint i, end;

	g_array_sort(pages, compare_pages);
	page = (const uint32_t *)(const void *)pages->data;
	for (i = 0; i < pages->len; i = end) {
		for (end = i + 1; end < pages->len && page[end] <= page[end - 1] + 1;)
			end++;
		posix_fadvise(s->fd, (page[i] - 1) * (int64_t)s->page_size,
			      (page[end - 1] - page[i] + 1) * (int64_t)s->page_size, POSIX_FADV_WILLNEED);
	}
}

/* NULL if nothing can be said of the tree. */
static const struct root *root_of(struct ew_store *s, enum ew_ahead tree)
{
	struct root r;

	if (s->fd < 0)
		return NULL;
	if (!s->roots[tree].is_known) {
		s->roots[tree].is_known = true;
		if (read_root(s, tree, &r))
			s->roots[tree].root = g_memdup2(&r, sizeof r);
		else
			g_free(r.page);
	}
	return s->roots[tree].root;
}

static void add_page(struct ew_store *s, GArray *pages, uint32_t page)
{
	if (!page || page > s->pages || s->asked[page >> 3] & 1 << (page & 7))
		return;
	s->asked[page >> 3] |= 1 << (page & 7);
	g_array_append_val(pages, page);
}

void ew_store_ahead(struct ew_store *s, enum ew_ahead tree, const int64_t *ids, size_t n)
{
	const struct root *r = n ? root_of(s, tree) : NULL;
	g_autoptr(GArray) pages = NULL;
	size_t i;

	if (!r)
		return;
	pages = g_array_new(false, false, sizeof(uint32_t));
	for (i = 0; i < n; i++)
		add_page(s, pages, page_of(r, child_of(r, ids[i])));
	ask_for(s, pages);
}

void ew_store_ahead_names(struct ew_store *s, enum ew_ahead tree, const char *const *names, size_t n)
{
	const struct root *r = n ? root_of(s, tree) : NULL;
	g_autoptr(GArray) pages = NULL;
	size_t i;

	if (!r || !r->is_index)
		return;
	pages = g_array_new(false, false, sizeof(uint32_t));
	for (i = 0; i < n; i++)
		add_page(s, pages, page_of(r, child_of_name(r, names[i])));
	ask_for(s, pages);
}

void ew_store_ahead_between(struct ew_store *s, enum ew_ahead tree, int64_t first, int64_t last)
{
	const struct root *r = root_of(s, tree);
	g_autoptr(GArray) pages = NULL;
	uint32_t i, end;

	if (!r)
		return;
	pages = g_array_new(false, false, sizeof(uint32_t));
	end = child_of(r, last);
	for (i = child_of(r, first); i <= end; i++)
		add_page(s, pages, page_of(r, i));
	ask_for(s, pages);
}

void store_clear_ahead(struct ew_store *s)
{
	int i;

	for (i = 0; i < EW_AHEAD_TREES; i++)
		if (s->roots[i].root)
			g_free(s->roots[i].root->page);
	for (i = 0; i < EW_AHEAD_TREES; i++)
		g_free(s->roots[i].root);
	g_free(s->asked);
	if (s->fd >= 0)
		close(s->fd);
}
