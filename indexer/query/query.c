/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opening an index, what it is, and the text that it keeps. */
#include <string.h>

#include "query/internal.h"

static void read_about(struct ew_query *q, const char *path)
{
	struct ew_query_about *a = &q->about;
	const struct {
		const char *key;
		const char **to;
	} texts[] = {{"id", &a->id},	     {"release", &a->release}, {"arch", &a->arch},
		     {"config", &a->config}, {"scope", &a->scope},     {"tree", &a->tree},
		     {"made", &a->made},     {"parser", &a->parser}};
	const struct {
		const char *key;
		int *to;
	} numbers[] = {{"units", &a->units},
		       {"units_failed", &a->units_failed},
		       {"units_with_errors", &a->units_with_errors},
		       {"units_in_config", &a->units_in_config}};
	size_t i;

	a->path = query_intern(q, path);
	for (i = 0; i < G_N_ELEMENTS(texts); i++) {
		const char *value = ew_query_meta(q, texts[i].key);

		*texts[i].to = value ? value : "";
	}
	for (i = 0; i < G_N_ELEMENTS(numbers); i++) {
		const char *value = ew_query_meta(q, numbers[i].key);

		*numbers[i].to = value ? atoi(value) : 0;
	}
	a->part_of = ew_query_meta(q, "part_of");
	if (a->part_of && !*a->part_of)
		a->part_of = NULL;
}

struct ew_query *query_new(struct ew_store *store, const struct ew_refs *refs)
{
	struct ew_query *q = g_new0(struct ew_query, 1);

	q->store = store;
	q->refs = refs;
	q->strings = g_string_chunk_new(4096);
	q->symbols = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, g_free);
	q->names = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	q->files = g_hash_table_new(NULL, NULL);
	q->texts = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_bytes_unref);
	q->conditions = g_hash_table_new(NULL, NULL);
	q->bindings = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
					    (GDestroyNotify)binding_free);
	return q;
}

struct ew_query *ew_query_open(const char *path, const struct ew_refs *refs, GError **error)
{
	struct ew_store *store = ew_store_open(path, error);
	struct ew_query *q;

	if (!store)
		return NULL;
	q = query_new(store, refs);
	read_about(q, path);
	if (query_is_sound(q, error))
		return q;
	ew_query_close(q);
	return NULL;
}

void query_free(struct ew_query *q)
{
	g_hash_table_unref(q->conditions);
	g_hash_table_unref(q->bindings);
	g_clear_pointer(&q->chains, g_hash_table_unref);
	g_hash_table_unref(q->symbols);
	g_hash_table_unref(q->names);
	g_hash_table_unref(q->files);
	g_hash_table_unref(q->texts);
	g_string_chunk_free(q->strings);
	contexts_free(q->contexts);
	sleepers_free(q->sleepers);
	g_clear_pointer(&q->way_edges, g_hash_table_unref);
	g_clear_pointer(&q->way_queued, g_hash_table_unref);
	g_clear_pointer(&q->queued, g_hash_table_unref);
	g_clear_pointer(&q->edges, g_hash_table_unref);
	g_free(q->asked);
	g_clear_pointer(&q->local_slots, g_hash_table_unref);
	g_clear_pointer(&q->givers, g_hash_table_unref);
	g_clear_pointer(&q->by_flow, g_hash_table_unref);
	g_clear_pointer(&q->sites, g_ptr_array_unref);
	g_clear_pointer(&q->gates, g_hash_table_unref);
	g_clear_pointer(&q->gate_helpers, g_hash_table_unref);
	graph_clear(&q->graph);
	search_clear(&q->search);
	search_clear(&q->back);
	ways_room_free(q->ways);
	query_wide_free(q->wide);
	g_free(q);
}

void ew_query_close(struct ew_query *q)
{
	struct ew_store *store = q ? q->store : NULL;

	if (!q)
		return;
	query_free(q);
	ew_store_close(store);
}

bool query_is_sound(struct ew_query *q, GError **error)
{
	const GError *damage = ew_store_error(q->store);

	if (damage)
		g_propagate_error(error, g_error_copy(damage));
	return !damage;
}

const struct ew_query_about *ew_query_about(struct ew_query *q)
{
	return &q->about;
}

const char *ew_query_meta(struct ew_query *q, const char *key)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_META, "s", key);

	return ew_rows_next(r) ? query_intern(q, ew_rows_text(r, 0)) : NULL;
}

const char *query_intern(struct ew_query *q, const char *s)
{
	return s ? g_string_chunk_insert_const(q->strings, s) : NULL;
}

const char *query_intern_part(struct ew_query *q, const char *s, size_t length)
{
	g_autofree char *part = g_strndup(s, length);

	return query_intern(q, part);
}

/* The one text of a row that another row refers to; without it the index is damaged. */
static const char *text_of_row(struct ew_query *q, enum ew_statement statement, int64_t id)
{
	ew_auto(rows) r = ew_store_select(q->store, statement, "i", id);
	const char *text = ew_rows_next(r) ? query_intern(q, ew_rows_text(r, 0)) : NULL;

	if (text)
		return text;
	ew_store_say_damaged(q->store, "a row that is referred to is not there");
	return "?";
}

const char *query_string(struct ew_query *q, int64_t id)
{
	return id ? text_of_row(q, EW_STRING, id) : NULL;
}

const char *query_file(struct ew_query *q, int64_t id)
{
	gpointer key = GSIZE_TO_POINTER((gsize)id);
	const char *path;

	if (!id)
		return NULL;
	path = g_hash_table_lookup(q->files, key);
	if (path)
		return path;
	path = text_of_row(q, EW_FILE, id);
	g_hash_table_insert(q->files, key, (gpointer)path);
	return path;
}

/* ---- ahead ----------------------------------------------------------------------------------- */

enum { MANY_FILES = 16, ASKED_BITS = 13 };

bool query_asks_first(struct ew_query *q, int kind, int64_t id)
{
	uint64_t key = (uint64_t)id * QUERY_ASKED_KINDS + (uint64_t)kind + 1;
	int64_t *asked;

	if (!q->asked)
		q->asked = g_new0(int64_t, 1 << ASKED_BITS);
	asked = &q->asked[key * UINT64_C(0x9e3779b97f4a7c15) >> (64 - ASKED_BITS)];
	if (*asked == (int64_t)key)
		return false;
	*asked = (int64_t)key;
	return true;
}

void query_ahead(struct ew_query *q, enum ew_ahead tree, const GArray *ids)
{
	g_autoptr(GArray) first = g_array_new(false, false, sizeof(int64_t));
	guint i;

	for (i = 0; i < ids->len; i++)
		if (query_asks_first(q, tree, g_array_index(ids, int64_t, i)))
			g_array_append_val(first, g_array_index(ids, int64_t, i));
	ew_store_ahead(q->store, tree, (const int64_t *)(const void *)first->data, first->len);
}

void query_calls_ahead(struct ew_query *q, const GArray *callers)
{
	g_autoptr(GArray) calls = g_array_new(false, false, sizeof(int64_t));
	guint i;

	query_ahead(q, EW_AHEAD_CALLS_OF, callers);
	for (i = 0; i < callers->len; i++) {
		ew_auto(rows) r = ew_store_select(q->store, EW_CALLS_BEGIN, "i", g_array_index(callers, int64_t, i));
		int64_t call = ew_rows_next(r) ? ew_rows_int(r, 0) : 0;

		g_array_append_val(calls, call);
	}
	query_ahead(q, EW_AHEAD_CALL, calls);
}

void query_flows_into_ahead(struct ew_query *q, int64_t node)
{
	g_autoptr(GArray) flows = g_array_new(false, false, sizeof(int64_t));
	ew_auto(rows) r = ew_store_select(q->store, EW_ENDS_INTO, "i", node);

	while (ew_rows_next(r)) {
		int64_t flow = ew_rows_int(r, 0);

		g_array_append_val(flows, flow);
	}
	query_ahead(q, EW_AHEAD_FLOW, flows);
}

void query_files_ahead(struct ew_query *q, guint places)
{
	if (places >= MANY_FILES && query_asks_first(q, EW_AHEAD_FILE, 0))
		ew_store_ahead_between(q->store, EW_AHEAD_FILE, 0, INT64_MAX);
}

/* ---- text ------------------------------------------------------------------------------------ */

enum { MOST_TEXT = 16 << 20 }; /* bytes that are kept unpacked */

GBytes *query_text(struct ew_query *q, int64_t file)
{
	gpointer key = GSIZE_TO_POINTER((gsize)file);
	GBytes *text = g_hash_table_lookup(q->texts, key);
	ew_auto(rows) source = NULL;

	if (text)
		return g_bytes_ref(text);
	source = ew_store_select(q->store, EW_SOURCE, "i", file);
	if (ew_rows_next(source))
		text = ew_rows_unpacked(source, 0, 1);
	if (!text)
		return NULL;
	/* Texts are asked for by file, a file after the other: which one goes hardly matters. */
	if (q->texts_size + g_bytes_get_size(text) > MOST_TEXT) {
		g_hash_table_remove_all(q->texts);
		q->texts_size = 0;
	}
	q->texts_size += g_bytes_get_size(text);
	g_hash_table_insert(q->texts, key, g_bytes_ref(text));
	return text;
}

GBytes *ew_query_text(struct ew_query *q, const char *file, GError **error)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_FILE_BY_PATH, "s", file);
	GBytes *text = ew_rows_next(r) ? query_text(q, ew_rows_int(r, 0)) : NULL;

	if (!text && query_is_sound(q, error))
		g_set_error(error, EW_ERROR, EW_ERROR_NO_ANSWER, "%s: not in this index", file);
	return text;
}

const char *ew_query_spdx(struct ew_query *q, const char *file)
{
	ew_auto(rows) r = ew_store_select(q->store, EW_FILE_BY_PATH, "s", file);

	return ew_rows_next(r) ? query_intern(q, ew_rows_text(r, 1)) : NULL;
}
