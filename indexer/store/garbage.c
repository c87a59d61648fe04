/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What nobody refers to any more, and files that nobody reads. */
#include <inttypes.h>
#include <string.h>

#include "store/writer.h"

struct references {
	GHashTable *functions, *variables, *fields, *strings, *parts; /* ids, as pointers */
};

static void refer(struct references *r, int64_t node)
{
	gpointer id = (gpointer)(intptr_t)ew_node_id(node);

	switch (ew_node_kind_of(node)) {
	case EW_NODE_FUNCTION:
	case EW_NODE_PARAM:
	case EW_NODE_RETURN:
		g_hash_table_add(r->functions, id);
		break;
	case EW_NODE_VARIABLE:
		g_hash_table_add(r->variables, id);
		break;
	case EW_NODE_FIELD:
		g_hash_table_add(r->fields, id);
		break;
	case EW_NODE_PART:
		g_hash_table_add(r->parts, id);
		break;
	case EW_NODE_CONSTANT:
		g_hash_table_add(r->strings, id);
		break;
	default:
		break;
	}
}

/* The first columns of the rows are nodes, the last `strings` ids of strings; or NULL. */
static void collect_references(struct ew_store_writer *w, struct references *r, int strings,
			       const char *sql)
{
	sqlite3_stmt *s = writer_select(w, sql);
	int i, n = s ? sqlite3_column_count(s) : 0;

	while (writer_next(w, s)) {
		for (i = 0; i < n - strings; i++)
			refer(r, sqlite3_column_int64(s, i));
		for (; i < n; i++)
			g_hash_table_add(r->strings, (gpointer)(intptr_t)sqlite3_column_int64(s, i));
	}
	sqlite3_finalize(s);
}

static void drop_unreferenced(struct ew_store_writer *w, struct entities *all, GHashTable *referred,
			      enum insert drop)
{
	GHashTableIter i;
	gpointer value;

	g_hash_table_iter_init(&i, all->by_key);
	while (g_hash_table_iter_next(&i, NULL, &value)) {
		const struct entity *e = value;

		if ((e->is_defined && drop != DROP_STRING) ||
		    g_hash_table_contains(referred, (gpointer)(intptr_t)e->id))
			continue;
		if (e->has_row)
			writer_run(w, drop, "i", e->id);
		g_hash_table_iter_remove(&i);
	}
}

static void drop_fields_and_records(struct ew_store_writer *w, struct references *r)
{
	g_autoptr(GHashTable) records = g_hash_table_new(NULL, NULL);
	sqlite3_stmt *s;
	GHashTableIter i;
	gpointer value;

	drop_unreferenced(w, &w->fields, r->fields, DROP_FIELD);
	s = writer_select(w, "SELECT DISTINCT record FROM field");
	while (writer_next(w, s))
		g_hash_table_add(records, (gpointer)(intptr_t)sqlite3_column_int64(s, 0));
	sqlite3_finalize(s);
	g_hash_table_iter_init(&i, w->fields.by_key);
	while (g_hash_table_iter_next(&i, NULL, &value)) {
		const struct entity *e = value;
		/* A key is given up when the row is written: the row itself was asked above. */
		const char *dot = e->has_row ? NULL : strrchr(e->key, '.');
		g_autofree char *record = dot ? g_strndup(e->key, dot - e->key) : NULL;

		if (record)
			g_hash_table_add(records, (gpointer)(intptr_t)writer_entity(&w->records, record)->id);
	}
	drop_unreferenced(w, &w->records, records, DROP_RECORD);
}

/* A part comes after what it is a part of. */
static void drop_parts(struct ew_store_writer *w, struct references *r)
{
	sqlite3_stmt *s = writer_select(w, "SELECT id, outer, member FROM part ORDER BY id DESC");

	while (writer_next(w, s)) {
		int64_t id = sqlite3_column_int64(s, 0), outer = sqlite3_column_int64(s, 1);
		int64_t member = sqlite3_column_int64(s, 2);
		g_autofree char *key = NULL;

		if (g_hash_table_contains(r->parts, (gpointer)(intptr_t)id)) {
			refer(r, outer);
			refer(r, ew_node_make(EW_NODE_FIELD, member));
			continue;
		}
		key = g_strdup_printf("%" PRId64 ".%" PRId64, outer, member);
		g_hash_table_remove(w->parts, key);
		writer_run(w, DROP_PART, "i", id);
	}
	sqlite3_finalize(s);
}

/* By file id: 1 if it is in one of the lists that `sql` selects. */
static GByteArray *files_in(struct ew_store_writer *w, const char *sql)
{
	GByteArray *read = g_byte_array_new();
	sqlite3_stmt *s = writer_select(w, sql);
	guint i;

	g_byte_array_set_size(read, w->files.last_id + 1);
	memset(read->data, 0, read->len);
	while (writer_next(w, s)) {
		g_autoptr(GArray) ids = ew_store_unpack_ids(sqlite3_column_blob(s, 0),
							    sqlite3_column_bytes(s, 0));

		for (i = 0; i < ids->len; i++) {
			int64_t id = g_array_index(ids, int64_t, i);

			if (id >= 0 && id < read->len)
				read->data[id] = 1;
		}
	}
	sqlite3_finalize(s);
	return read;
}

GPtrArray *ew_store_files_of_no_unit(struct ew_store_writer *w)
{
	g_autoptr(GByteArray) read = files_in(w, "SELECT files FROM unit");
	GPtrArray *files = g_ptr_array_new();
	GHashTableIter i;
	gpointer value;

	g_hash_table_iter_init(&i, w->files.by_key);
	while (g_hash_table_iter_next(&i, NULL, &value))
		if (!read->data[((struct entity *)value)->id])
			g_ptr_array_add(files, ((struct entity *)value)->key);
	return files;
}

static void drop_unread_files(struct ew_store_writer *w)
{
	g_autoptr(GByteArray) read =
		files_in(w, "SELECT files FROM unit UNION ALL SELECT files FROM prefix");
	GHashTableIter i;
	gpointer value;

	g_hash_table_iter_init(&i, w->files.by_key);
	while (g_hash_table_iter_next(&i, NULL, &value)) {
		const struct entity *e = value;

		if (read->data[e->id])
			continue;
		writer_run(w, DROP_SOURCE, "i", e->id);
		writer_note_macros(w, e->id);
		writer_run(w, DROP_FILE, "i", e->id);
		g_hash_table_iter_remove(&i);
	}
	writer_drop_macros(w);
}

void writer_drop_garbage(struct ew_store_writer *w)
{
	struct references r = {g_hash_table_new(NULL, NULL), g_hash_table_new(NULL, NULL),
			       g_hash_table_new(NULL, NULL), g_hash_table_new(NULL, NULL),
			       g_hash_table_new(NULL, NULL)};

	collect_references(w, &r, 2, "SELECT callee << 4 | 1, slot, base, signature, macro FROM call");
	collect_references(w, &r, 1, "SELECT dst, dst_base, src, src_base, macro FROM flow");
	collect_references(w, &r, 0, "SELECT field << 4 | 3, object FROM shared");
	collect_references(w, &r, 0, "SELECT slot, base, value FROM comparison");
	collect_references(w, &r, 4, "SELECT target, source, value, origin, note, macro FROM state");
	collect_references(w, &r, 0, "SELECT DISTINCT field << 4 | 3 FROM access");
	collect_references(w, &r, 1, "SELECT signature FROM function UNION ALL SELECT type FROM field "
				     "UNION ALL SELECT signature FROM field "
				     "UNION ALL SELECT type FROM variable UNION ALL SELECT name FROM local");
	drop_parts(w, &r);
	drop_unreferenced(w, &w->functions, r.functions, DROP_FUNCTION);
	drop_unreferenced(w, &w->variables, r.variables, DROP_VARIABLE);
	drop_fields_and_records(w, &r);
	drop_unreferenced(w, &w->strings, r.strings, DROP_STRING);
	if (w->is_update)
		drop_unread_files(w);
	g_hash_table_unref(r.strings);
	g_hash_table_unref(r.functions);
	g_hash_table_unref(r.variables);
	g_hash_table_unref(r.fields);
	g_hash_table_unref(r.parts);
}
