/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Writing an index: facts come in by key, ids go out.
 *
 * Everything goes into one transaction of a file that nobody reads yet, so neither a journal nor a
 * sync is needed until the end.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "store/writer.h"

static const char *const insert_sql[INSERTS] = {
	[INSERT_META] = "INSERT OR REPLACE INTO meta VALUES(?, ?)",
	[INSERT_STRING] = "INSERT INTO string VALUES(?, ?)",
	[INSERT_FILE] = "INSERT INTO file(id, path) VALUES(?, ?)",
	[INSERT_SOURCE] = "INSERT OR IGNORE INTO source VALUES(?, ?, ?)",
	[INSERT_UNIT] = "INSERT OR REPLACE INTO unit VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?10, ?9)",
	[INSERT_PREFIX] = "INSERT OR REPLACE INTO prefix(id, command, files, headers) "
			  "VALUES(?1, ?2, ?4, ?3)",
	[INSERT_SHADOWED] = "INSERT OR IGNORE INTO shadowed VALUES(?, ?, ?)",
	[INSERT_FUNCTION] = "INSERT OR REPLACE INTO function VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[INSERT_RECORD] = "INSERT OR REPLACE INTO record VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[INSERT_FIELD] = "INSERT OR REPLACE INTO field VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[INSERT_SHARED] = "INSERT OR REPLACE INTO shared VALUES(?, ?, ?, ?, ?)",
	[INSERT_VARIABLE] = "INSERT OR REPLACE INTO variable VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[INSERT_LOCAL] = "INSERT INTO local VALUES(?, ?, ?)",
	[INSERT_PART] = "INSERT INTO part VALUES(?, ?, ?)",
	[INSERT_MACRO] = "INSERT INTO macro(name, file, line, end_line) VALUES(?, ?, ?, ?)",
	[INSERT_CONDITION] = "INSERT INTO condition VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[INSERT_COMPARISON] = "INSERT INTO comparison VALUES(?, ?, ?, ?, ?, ?, ?)",
	[INSERT_CALL] = "INSERT INTO call VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[INSERT_FLOW] = "INSERT INTO flow VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[INSERT_ACCESS] = "INSERT OR IGNORE INTO access VALUES(?, ?, ?, ?, ?)",
	[INSERT_STATE] = "INSERT OR REPLACE INTO state VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[INSERT_EDGE] = "INSERT INTO edge SELECT coalesce(max(id), ?1 << 20) + 1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 "
			"FROM edge WHERE id BETWEEN ?1 << 20 AND ?1 << 20 | 1048575",
	[INSERT_CHAIN] = "INSERT OR IGNORE INTO chain VALUES(?, ?, ?)",
	[INSERT_PROOF] = "INSERT INTO proof VALUES(?, ?, ?, ?)",
	[INSERT_REACH] = "INSERT OR IGNORE INTO reach VALUES(?, ?, ?)",
	[INSERT_SITE] = "INSERT INTO site VALUES(?, ?, ?, ?, ?, ?, ?)",
	[INSERT_GRAPH] = "INSERT INTO graph VALUES(?, ?)",
	[INSERT_KEPT] = "INSERT INTO kept VALUES(?, ?)",
	[INSERT_CALLERS] = "INSERT INTO callers VALUES(?, ?, ?, ?)",
	[UPDATE_SPDX] = "UPDATE file SET spdx = ?2 WHERE id = ?1",
	[UPDATE_FILE] = "UPDATE file SET hash = ?2, size = ?3, mtime = ?4, ctime = ?5, inode = ?6 "
			"WHERE id = ?1",
	[UPDATE_RANK] = "UPDATE unit SET rank = ?2 WHERE id = ?1 AND rank <> ?2",
	[DROP_CALLS] = "DELETE FROM call WHERE id > ? AND id <= ?",
	[DROP_FLOWS] = "DELETE FROM flow WHERE id > ? AND id <= ?",
	[DROP_CONDITIONS] = "DELETE FROM condition WHERE id > ? AND id <= ?",
	[DROP_COMPARISONS] = "DELETE FROM comparison WHERE function = ?",
	[DROP_LOCALS] = "DELETE FROM local WHERE id > ? AND id <= ?",
	[DROP_ACCESSES] = "DELETE FROM access WHERE function = ?",
	[DROP_STATES] = "DELETE FROM state WHERE function = ?",
	[DROP_CALLS_OF] = "DELETE FROM call WHERE caller = ?",
	[NOTE_REPLACED] = "INSERT OR REPLACE INTO replaced VALUES(?, ?, ?)",
	[DROP_CONDITIONS_OF] = "WITH RECURSIVE gone(id) AS (SELECT condition FROM call WHERE caller = ?1 "
			    "AND condition IS NOT NULL UNION SELECT condition FROM state WHERE "
			    "function = ?1 AND condition IS NOT NULL UNION SELECT parent FROM condition JOIN gone "
			    "USING(id) WHERE parent IS NOT NULL) DELETE FROM condition WHERE id IN gone",
	[DROP_SOURCE] = "DELETE FROM source WHERE file = ?",
	[NOTE_MACROS] = "INSERT OR IGNORE INTO gone_file VALUES(?)",
	[DROP_FILE] = "DELETE FROM file WHERE id = ?",
	[DROP_UNIT] = "DELETE FROM unit WHERE id = ?",
	[DROP_PREFIX] = "DELETE FROM prefix WHERE id = ?",
	[DROP_STRING] = "DELETE FROM string WHERE id = ?",
	[DROP_FUNCTION] = "DELETE FROM function WHERE id = ?",
	[DROP_RECORD] = "DELETE FROM record WHERE id = ?",
	[DROP_FIELD] = "DELETE FROM field WHERE id = ?",
	[DROP_VARIABLE] = "DELETE FROM variable WHERE id = ?",
	[DROP_PART] = "DELETE FROM part WHERE id = ?",
};

/* ---- statements ------------------------------------------------------------------------------ */

void writer_say_damaged(struct ew_store_writer *w, const char *what)
{
	if (!w->error)
		g_set_error(&w->error, EW_ERROR, EW_ERROR_INPUT,
			    "%s: the index is damaged (%s); make it anew with `exitwalk index --fresh`",
			    w->old ? w->old : w->path, what);
}

void writer_keep_error(struct ew_store_writer *w)
{
	int code = sqlite3_errcode(w->db) & 0xff;

	if (w->old && (code == SQLITE_CORRUPT || code == SQLITE_NOTADB))
		writer_say_damaged(w, sqlite3_errmsg(w->db));
	if (w->error)
		return;
	g_set_error(&w->error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
		    "%s: cannot be written: %s; %sname another place with --index FILE", w->path,
		    sqlite3_errmsg(w->db),
		    code == SQLITE_FULL ? "free some space, or " : "");
}

static void bind(sqlite3_stmt *s, const char *types, va_list values)
{
	int i;

	for (i = 0; types[i]; i++) {
		if (types[i] == 's') {
			sqlite3_bind_text(s, i + 1, va_arg(values, const char *), -1, SQLITE_STATIC);
		} else {
			int64_t v = va_arg(values, int64_t);

			if (types[i] == 'n' && v == 0)
				sqlite3_bind_null(s, i + 1);
			else
				sqlite3_bind_int64(s, i + 1, v);
		}
	}
}

static void step(struct ew_store_writer *w, sqlite3_stmt *s)
{
	if (sqlite3_step(s) != SQLITE_DONE)
		writer_keep_error(w);
	sqlite3_reset(s);
}

void writer_run(struct ew_store_writer *w, enum insert which, const char *types, ...)
{
	va_list values;

	if (w->error)
		return;
	va_start(values, types);
	bind(w->inserts[which], types, values);
	va_end(values);
	step(w, w->inserts[which]);
}

void writer_run_blob(struct ew_store_writer *w, enum insert which, const void *bytes, size_t length,
		     const char *types, ...)
{
	va_list values;

	if (w->error)
		return;
	va_start(values, types);
	bind(w->inserts[which], types, values);
	va_end(values);
	sqlite3_bind_blob(w->inserts[which], strlen(types) + 1, bytes, length, SQLITE_STATIC);
	step(w, w->inserts[which]);
}

/* ---- units ----------------------------------------------------------------------------------- */

static void begin(struct ew_store_writer *w)
{
	g_clear_pointer(&w->unit, g_free);
	g_clear_pointer(&w->headers, g_free);
	g_clear_pointer(&w->diagnostic, g_free);
	g_clear_pointer(&w->program, g_free);
	g_array_set_size(w->unit_files, 0);
	w->command = w->record = 0;
	w->is_behind = false;
}

static int32_t unit_id(struct ew_store_writer *w, const char *file)
{
	int64_t id = writer_entity(&w->units, file)->id;

	while (w->ranks->len <= id) {
		int rank = w->ranks->len;

		g_array_append_val(w->ranks, rank);
	}
	return id;
}

void ew_store_begin_unit(struct ew_store_writer *w, const char *file)
{
	begin(w);
	w->unit = g_strdup(file);
	w->owner = unit_id(w, file);
}

void ew_store_begin_prefix(struct ew_store_writer *w, int64_t command, const char *headers)
{
	gpointer id = g_hash_table_lookup(w->prefixes, &command);

	begin(w);
	w->headers = g_strdup(headers);
	w->command = command;
	w->owner = id ? -GPOINTER_TO_INT(id) : -(int32_t)++w->last_prefix;
}

void ew_store_set_command(struct ew_store_writer *w, int64_t command)
{
	w->command = command;
}

void ew_store_set_program(struct ew_store_writer *w, const char *program)
{
	w->program = g_strdup(program);
}

void ew_store_set_behind_prefix(struct ew_store_writer *w, bool is_behind)
{
	w->is_behind = is_behind;
}

void ew_store_order_units(struct ew_store_writer *w, const char *const *files)
{
	int rank;

	for (rank = 1; *files; files++, rank++) {
		int32_t id = unit_id(w, *files);

		g_array_index(w->ranks, int, id) = rank;
		writer_run(w, UPDATE_RANK, "ii", (int64_t)id, (int64_t)rank);
	}
}

const struct ew_sink *ew_store_sink(struct ew_store_writer *w)
{
	return &w->sink;
}

void ew_store_end_unit(struct ew_store_writer *w, enum ew_store_status status, int errors,
		       const char *reason)
{
	g_autoptr(GByteArray) files = ids_packed(w->unit_files);

	writer_end_function(w);
	writer_run_blob(w, INSERT_UNIT, files->data, files->len, "isiisinis", (int64_t)w->owner, w->unit,
			(int64_t)status, (int64_t)errors, reason ? reason : w->diagnostic,
			(int64_t)g_array_index(w->ranks, int, w->owner), w->command,
			(int64_t)w->is_behind, w->program);
}

void ew_store_end_prefix(struct ew_store_writer *w)
{
	g_autoptr(GByteArray) files = ids_packed(w->unit_files);

	writer_end_function(w);
	writer_run_blob(w, INSERT_PREFIX, files->data, files->len, "iis", (int64_t)-w->owner,
			w->command, w->headers);
}

void ew_store_set_meta(struct ew_store_writer *w, const char *key, const char *value)
{
	writer_run(w, INSERT_META, "ss", key, value);
}

/* ---- the end --------------------------------------------------------------------------------- */

static const char *name_in_key(const char *key)
{
	const char *colon = strrchr(key, ':');

	return colon ? colon + 1 : key;
}

static const int64_t none = 0;

static void insert_undefined_field(struct ew_store_writer *w, const struct entity *e)
{
	const char *dot = strrchr(e->key, '.');
	g_autofree char *record = dot ? g_strndup(e->key, dot - e->key) : NULL;

	if (dot)
		writer_run(w, INSERT_FIELD, "iisnnnnnn", e->id, writer_entity(&w->records, record)->id,
			   dot + 1, none, none, none, none, none, e->hash);
}

static void insert_undefined_record(struct ew_store_writer *w, const struct entity *e)
{
	g_autofree char *name = g_strdup(e->key);

	*strchrnul(name, '@') = '\0';
	writer_run(w, INSERT_RECORD, "issnnnnnn", e->id, name, NULL, none, none, none, none, none,
		   e->hash);
}

/* Functions and variables have the same number of columns. */
static void insert_undefined_symbols(struct ew_store_writer *w, struct entities *all,
				     enum insert which)
{
	GHashTableIter i;
	gpointer value;

	g_hash_table_iter_init(&i, all->by_key);
	while (g_hash_table_iter_next(&i, NULL, &value)) {
		const struct entity *e = value;

		if (!e->has_row)
			writer_run(w, which, "isnnnnnnnn", e->id, name_in_key(e->key), none, none,
				   none, none, none, none, none, e->hash);
	}
}

/* Rows for what was only referred to. Records last: fields refer to them. */
static void insert_undefined(struct ew_store_writer *w)
{
	GHashTableIter i;
	gpointer value;

	insert_undefined_symbols(w, &w->functions, INSERT_FUNCTION);
	insert_undefined_symbols(w, &w->variables, INSERT_VARIABLE);
	g_hash_table_iter_init(&i, w->fields.by_key);
	while (g_hash_table_iter_next(&i, NULL, &value))
		if (!((struct entity *)value)->has_row)
			insert_undefined_field(w, value);
	g_hash_table_iter_init(&i, w->records.by_key);
	while (g_hash_table_iter_next(&i, NULL, &value))
		if (!((struct entity *)value)->has_row)
			insert_undefined_record(w, value);
}

void writer_execute(struct ew_store_writer *w, const char *sql)
{
	if (!w->error && sqlite3_exec(w->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		writer_keep_error(w);
}

bool ew_store_finish_facts(struct ew_store_writer *w, GError **error)
{
	if (w->is_update)
		writer_drop_replaced(w);
	if (w->is_update || w->has_replaced)
		writer_drop_garbage(w);
	insert_undefined(w);
	if (!w->is_update)
		writer_execute(w, ew_indexes_sql);
	writer_part_twins(w);
	writer_mark_twins(w);
	if (w->error)
		g_propagate_error(error, g_error_copy(w->error));
	return !w->error;
}

static void free_writer(struct ew_store_writer *w)
{
	struct entities *all[] = {&w->functions, &w->records, &w->fields,
				  &w->variables, &w->strings, &w->files, &w->units};
	size_t i;

	ew_store_close(w->reader);
	for (i = 0; i < INSERTS; i++)
		sqlite3_finalize(w->inserts[i]);
	sqlite3_finalize(w->find_flow);
	sqlite3_close(w->db);
	for (i = 0; i < G_N_ELEMENTS(all); i++)
		g_hash_table_unref(all[i]->by_key);
	g_ptr_array_unref(w->new_files);
	g_array_unref(w->ranks);
	g_array_unref(w->unit_files);
	g_hash_table_unref(w->prefixes);
	g_hash_table_unref(w->texts);
	g_hash_table_unref(w->file_flows);
	g_hash_table_unref(w->locals);
	g_hash_table_unref(w->parts);
	g_array_unref(w->conditions);
	g_array_unref(w->calls);
	g_hash_table_unref(w->weak);
	g_clear_error(&w->error);
	g_free(w->unit);
	g_free(w->headers);
	g_free(w->diagnostic);
	g_free(w->program);
	g_free(w->old);
	g_free(w->path);
	g_free(w);
}

/* The caller renames it over an older index: what it renames must be on the disk. */
static void sync_file(struct ew_store_writer *w)
{
	int fd = w->error ? -1 : open(w->path, O_RDONLY | O_CLOEXEC);

	if (!w->error && (fd < 0 || fsync(fd) < 0))
		g_set_error(&w->error, EW_ERROR, EW_ERROR_NOT_POSSIBLE, "%s: cannot be synced: %s",
			    w->path, g_strerror(errno));
	if (fd >= 0)
		close(fd);
}

bool ew_store_close_writer(struct ew_store_writer *w, GError **error)
{
	bool answer;

	writer_execute(w, "COMMIT");
	sync_file(w);
	answer = !w->error;
	if (!answer) {
		g_propagate_error(error, g_steal_pointer(&w->error));
		unlink(w->path);
	}
	free_writer(w);
	return answer;
}

void ew_store_abandon(struct ew_store_writer *w)
{
	if (!w)
		return;
	unlink(w->path);
	free_writer(w);
}

const GError *ew_store_writer_error(const struct ew_store_writer *w)
{
	return w->error;
}

struct ew_store *ew_store_of_writer(struct ew_store_writer *w)
{
	if (!w->reader) {
		w->reader = g_new0(struct ew_store, 1);
		w->reader->db = w->db;
		w->reader->path = g_strdup(w->path);
		w->reader->is_borrowed = true;
		w->reader->fd = -1;
	}
	return w->reader;
}

/* ---- the beginning --------------------------------------------------------------------------- */

static void init_entities(struct entities *e)
{
	e->by_key = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, writer_free_entity);
}

struct ew_store_writer *writer_new(const char *path)
{
	struct ew_store_writer *w = g_new0(struct ew_store_writer, 1);

	w->path = g_strdup(path);
	init_entities(&w->functions);
	init_entities(&w->records);
	init_entities(&w->fields);
	init_entities(&w->variables);
	init_entities(&w->strings);
	init_entities(&w->files);
	init_entities(&w->units);
	w->ranks = g_array_new(false, true, sizeof(int));
	w->unit_files = g_array_new(false, false, sizeof(int64_t));
	w->prefixes = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	w->new_files = g_ptr_array_new();
	w->texts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	w->file_flows = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	w->locals = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	w->parts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	w->conditions = g_array_new(false, false, sizeof(int64_t));
	w->calls = g_array_new(false, false, sizeof(int64_t));
	w->weak = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	writer_init_sink(w);
	return w;
}

bool writer_prepare(struct ew_store_writer *w)
{
	int i;

	writer_execute(w, "CREATE TEMP TABLE replaced(function INTEGER PRIMARY KEY, last_flow, last_local);"
			  "CREATE TEMP TABLE gone_file(id INTEGER PRIMARY KEY)");
	for (i = 0; i < INSERTS && !w->error; i++)
		if (sqlite3_prepare_v3(w->db, insert_sql[i], -1, SQLITE_PREPARE_PERSISTENT,
				       &w->inserts[i], NULL) != SQLITE_OK)
			writer_keep_error(w);
	return !w->error;
}

struct ew_store_writer *ew_store_create(const char *path, GError **error)
{
	struct ew_store_writer *w = writer_new(path);
	g_autofree char *version = g_strdup_printf("PRAGMA user_version = %d", EW_SCHEMA_VERSION);

	unlink(path);
	if (sqlite3_open_v2(path, &w->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) !=
	    SQLITE_OK)
		writer_keep_error(w);
	writer_execute(w, "PRAGMA page_size = 16384; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; "
		   "PRAGMA locking_mode = EXCLUSIVE; PRAGMA temp_store = MEMORY; "
		   "PRAGMA cache_size = -65536");
	writer_execute(w, version);
	writer_execute(w, "BEGIN");
	writer_execute(w, ew_schema_sql);
	if (!w->error && writer_prepare(w))
		return w;
	g_propagate_error(error, g_steal_pointer(&w->error));
	ew_store_abandon(w);
	return NULL;
}
