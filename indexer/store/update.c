/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Writing on an older index: what some units said is taken out, they say it again, and what nobody refers
 * to any more goes. Entities keep their ids, so that what other units said of them stays true.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/writer.h"

/* ---- the beginning --------------------------------------------------------------------------- */

/* Not every file system can send a file: EINVAL says so, then it is read and written. */
static bool copy_bytes(int in, int out)
{
	enum { PIECE = 1 << 18 };
	g_autofree char *bytes = NULL;
	ssize_t n, done, at;

	do {
		n = sendfile(out, in, NULL, 1 << 30);
	} while (n > 0 || (n < 0 && errno == EINTR));
	if (n == 0 || (errno != EINVAL && errno != ENOSYS))
		return n == 0;
	bytes = g_malloc(PIECE);
	while ((n = read(in, bytes, PIECE)) != 0) {
		for (at = 0; at < n; at += MAX(done, 0)) {
			done = write(out, bytes + at, n - at);
			if (done < 0 && errno != EINTR)
				return false;
		}
		if (n < 0 && errno != EINTR)
			return false;
	}
	return true;
}

static bool copy_file(const char *from, const char *to, GError **error)
{
	int in = open(from, O_RDONLY | O_CLOEXEC), out;
	bool is_copied;

	if (in < 0) {
		g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
			    "%s: cannot be read: %s; mend that, or make it anew with "
			    "`exitwalk index --fresh`",
			    from, g_strerror(errno));
		return false;
	}
	out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	is_copied = out >= 0 && copy_bytes(in, out);
	if (!is_copied)
		g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
			    "%s: cannot be written: %s; %sname another place with --index FILE", to,
			    g_strerror(errno), errno == ENOSPC ? "free some space, or " : "");
	if (out >= 0)
		close(out);
	close(in);
	if (!is_copied)
		unlink(to);
	return is_copied;
}

sqlite3_stmt *writer_select(struct ew_store_writer *w, const char *sql)
{
	sqlite3_stmt *s = NULL;

	if (!w->error && sqlite3_prepare_v2(w->db, sql, -1, &s, NULL) != SQLITE_OK)
		writer_keep_error(w);
	return s;
}

bool writer_next(struct ew_store_writer *w, sqlite3_stmt *s)
{
	int code = s ? sqlite3_step(s) : SQLITE_DONE;

	if (code != SQLITE_ROW && code != SQLITE_DONE)
		writer_keep_error(w);
	return code == SQLITE_ROW;
}

/* Arrays are as long as the greatest id: no memory is taken on the word of a damaged row. */
static bool is_id(struct ew_store_writer *w, int64_t id)
{
	if (id > 0 && id <= MAX_ID)
		return true;
	writer_say_damaged(w, "a number that none has");
	return false;
}

static struct entity *add_entity(struct entities *all, int64_t id, int64_t hash)
{
	struct entity *e = g_new0(struct entity, 1);

	e->id = id;
	e->hash = hash;
	e->has_row = true;
	all->last_id = MAX(all->last_id, id);
	g_hash_table_replace(all->by_key, &e->hash, e);
	return e;
}

/* SQL gives id, key, file, unit, whether it is weak, whether it is defined. */
static void load_entities(struct ew_store_writer *w, struct entities *all, const char *sql)
{
	sqlite3_stmt *s = writer_select(w, sql);

	while (writer_next(w, s)) {
		int64_t id = sqlite3_column_int64(s, 0);
		struct entity *e;

		if (!is_id(w, id))
			break;
		e = add_entity(all, id, sqlite3_column_int64(s, 1));
		e->file = sqlite3_column_int64(s, 2);
		e->owner = sqlite3_column_int(s, 3);
		e->is_weak = sqlite3_column_int(s, 4);
		e->is_defined = sqlite3_column_int(s, 5);
	}
	sqlite3_finalize(s);
}

/* SQL gives id, text: what is named by its text alone. */
static void load_texts(struct ew_store_writer *w, struct entities *all, const char *sql, bool is_kept)
{
	sqlite3_stmt *s = writer_select(w, sql);

	while (writer_next(w, s)) {
		const char *text = (const char *)sqlite3_column_text(s, 1);
		int64_t id = sqlite3_column_int64(s, 0);
		struct entity *e;

		if (!is_id(w, id))
			break;
		if (!text)
			continue;
		e = add_entity(all, id, ew_store_hash(text, strlen(text)));
		e->is_defined = true;
		if (is_kept)
			e->key = g_strdup(text);
	}
	sqlite3_finalize(s);
}

static void load_units(struct ew_store_writer *w)
{
	sqlite3_stmt *s = writer_select(w, "SELECT id, rank FROM unit");

	while (writer_next(w, s)) {
		int64_t id = sqlite3_column_int64(s, 0);

		if (!is_id(w, id))
			break;
		if (id >= w->ranks->len)
			g_array_set_size(w->ranks, id + 1);
		g_array_index(w->ranks, int, id) = sqlite3_column_int(s, 1);
	}
	sqlite3_finalize(s);
	s = writer_select(w, "SELECT id, command FROM prefix");
	while (writer_next(w, s)) {
		int64_t id = sqlite3_column_int64(s, 0), command = sqlite3_column_int64(s, 1);

		if (!is_id(w, id))
			break;
		w->last_prefix = MAX(w->last_prefix, id);
		g_hash_table_insert(w->prefixes, g_memdup2(&command, sizeof command),
				    GINT_TO_POINTER((int)id));
	}
	sqlite3_finalize(s);
}

/* A call's id has to leave room in an edge's. */
static int64_t last_of(struct ew_store_writer *w, const char *sql)
{
	sqlite3_stmt *s = writer_select(w, sql);
	int64_t answer = writer_next(w, s) ? sqlite3_column_int64(s, 0) : 0;

	sqlite3_finalize(s);
	if (answer < 0 || answer >> 40)
		writer_say_damaged(w, "a number that none has");
	return answer;
}

static void load_parts(struct ew_store_writer *w)
{
	sqlite3_stmt *s = writer_select(w, "SELECT id, outer, member FROM part");

	while (writer_next(w, s)) {
		int64_t id = sqlite3_column_int64(s, 0);

		if (!is_id(w, id))
			break;
		g_hash_table_insert(w->parts,
				    g_strdup_printf("%" PRId64 ".%" PRId64, (int64_t)sqlite3_column_int64(s, 1),
						    (int64_t)sqlite3_column_int64(s, 2)),
				    (gpointer)(intptr_t)id);
		w->last_part = MAX(w->last_part, id);
	}
	sqlite3_finalize(s);
}

static void load(struct ew_store_writer *w)
{
	load_entities(w, &w->functions, "SELECT id, key, file, unit, flags & 4, file IS NOT NULL "
					"FROM function");
	load_entities(w, &w->records, "SELECT id, key, file, unit, 0, file IS NOT NULL FROM record");
	load_entities(w, &w->variables, "SELECT id, key, file, unit, 0, file IS NOT NULL FROM variable");
	load_entities(w, &w->fields, "SELECT field.id, field.key, 0, record.unit, 0, field.line "
				     "IS NOT NULL FROM field JOIN record ON record.id = field.record");
	load_texts(w, &w->strings, "SELECT id, text FROM string", false);
	load_texts(w, &w->files, "SELECT id, path FROM file", true);
	load_texts(w, &w->units, "SELECT id, file FROM unit", false);
	load_units(w);
	load_parts(w);
	w->last_call = last_of(w, "SELECT max(id) FROM call");
	w->last_flow = last_of(w, "SELECT max(id) FROM flow");
	w->last_condition = last_of(w, "SELECT max(id) FROM condition");
	w->last_local = last_of(w, "SELECT max(id) FROM local");
}

struct ew_store_writer *ew_store_update(const char *old, const char *path, GError **error)
{
	struct ew_store_writer *w;

	if (!copy_file(old, path, error))
		return NULL;
	w = writer_new(path);
	w->old = g_strdup(old);
	w->is_update = true;
	if (sqlite3_open_v2(path, &w->db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK)
		writer_keep_error(w);
	writer_execute(w, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; "
			  "PRAGMA locking_mode = EXCLUSIVE; PRAGMA temp_store = MEMORY; "
			  "PRAGMA cache_size = -65536");
	writer_execute(w, "BEGIN");
	writer_execute(w, "CREATE TEMP TABLE gone(unit INTEGER PRIMARY KEY);"
			  "CREATE TEMP TABLE gone_function(id INTEGER PRIMARY KEY);"
			  "DELETE FROM edge; DELETE FROM proof; DELETE FROM reach; DELETE FROM chain; "
			  "DELETE FROM site; DELETE FROM graph; DELETE FROM callers; DELETE FROM kept");
	writer_join_twins(w);
	load(w);
	if (!w->error && writer_prepare(w))
		return w;
	g_propagate_error(error, g_steal_pointer(&w->error));
	ew_store_abandon(w);
	return NULL;
}

/* ---- taking out ------------------------------------------------------------------------------ */

/* Rows that only tell the entity's name stay, until nobody is found to refer to it. */
static const char drop_sql[] =
	"DELETE FROM gone_function;"
	"INSERT INTO gone_function SELECT id FROM function WHERE unit IN gone;"
	"DELETE FROM access WHERE function IN gone_function;"
	"WITH RECURSIVE lost(id) AS ("
	"SELECT condition FROM call WHERE caller IN gone_function AND condition IS NOT NULL UNION "
	"SELECT condition FROM state WHERE function IN gone_function AND condition IS NOT NULL UNION "
	"SELECT parent FROM condition JOIN lost USING(id) WHERE parent IS NOT NULL) "
	"DELETE FROM condition WHERE id IN lost;"
	"DELETE FROM comparison WHERE function IN gone_function;"
	"DELETE FROM call WHERE caller IN gone_function;"
	"DELETE FROM state WHERE function IN gone_function;"
	"DELETE FROM flow WHERE function IN gone_function OR unit IN gone;"
	"DELETE FROM local WHERE function IN gone_function;"
	"UPDATE function SET file = NULL, line = NULL, col = NULL, end_line = NULL, flags = NULL, "
	"signature = NULL, unit = NULL WHERE id IN gone_function;"
	"UPDATE field SET type = NULL, line = NULL, flags = NULL, signature = NULL, overlay = NULL "
	"WHERE record IN (SELECT id FROM record WHERE unit IN gone);"
	"DELETE FROM shared WHERE record IN (SELECT id FROM record WHERE unit IN gone);"
	"UPDATE record SET keyword = NULL, file = NULL, line = NULL, col = NULL, end_line = NULL, "
	"unit = NULL WHERE unit IN gone;"
	"UPDATE variable SET file = NULL, line = NULL, col = NULL, end_line = NULL, flags = NULL, "
	"type = NULL, unit = NULL WHERE unit IN gone;"
	"DELETE FROM shadowed WHERE unit IN gone;"
	"DELETE FROM gone";

static void lose(struct entities *all, GHashTable *owners)
{
	GHashTableIter i;
	gpointer value;

	g_hash_table_iter_init(&i, all->by_key);
	while (g_hash_table_iter_next(&i, NULL, &value)) {
		struct entity *e = value;

		if (!e->is_defined || !g_hash_table_contains(owners, GINT_TO_POINTER(e->owner)))
			continue;
		e->was_weak = e->is_weak;
		e->lost_owner = e->owner;
		e->is_defined = e->is_weak = false;
		e->is_lost = true;
		e->owner = 0;
	}
}

void ew_store_take_out(struct ew_store_writer *w, const int64_t *owners, int n)
{
	g_autoptr(GHashTable) set = g_hash_table_new(NULL, NULL);
	sqlite3_stmt *s = writer_select(w, "INSERT OR IGNORE INTO gone VALUES(?)");
	int i;

	for (i = 0; s && i < n; i++) {
		g_hash_table_add(set, GINT_TO_POINTER((int)owners[i]));
		sqlite3_bind_int64(s, 1, owners[i]);
		writer_next(w, s);
		sqlite3_reset(s);
	}
	sqlite3_finalize(s);
	writer_execute(w, drop_sql);
	lose(&w->functions, set);
	lose(&w->records, set);
	lose(&w->fields, set);
	lose(&w->variables, set);
}

void ew_store_remove_owner(struct ew_store_writer *w, int64_t owner)
{
	writer_run(w, owner > 0 ? DROP_UNIT : DROP_PREFIX, "i", owner > 0 ? owner : -owner);
}

void ew_store_forget_text(struct ew_store_writer *w, const char *path)
{
	struct entity *e = writer_entity(&w->files, path);

	if (!e->is_defined)
		return;
	writer_run(w, DROP_SOURCE, "i", e->id);
	writer_note_macros(w, e->id);
	writer_run(w, UPDATE_SPDX, "is", e->id, NULL);
	g_ptr_array_add(w->new_files, e->key);
}

void writer_drop_function(struct ew_store_writer *w, int64_t function)
{
	writer_run(w, DROP_CONDITIONS_OF, "i", function);
	writer_run(w, DROP_COMPARISONS, "i", function);
	writer_run(w, DROP_CALLS_OF, "i", function);
	writer_run(w, NOTE_REPLACED, "iii", function, w->last_flow, w->last_local);
	writer_run(w, DROP_ACCESSES, "i", function);
	writer_run(w, DROP_STATES, "i", function);
}

void writer_drop_replaced(struct ew_store_writer *w)
{
	if (!w->has_replaced)
		return;
	writer_execute(w, "DELETE FROM flow WHERE id <= (SELECT last_flow FROM replaced "
			  "WHERE replaced.function = flow.function);"
			  "DELETE FROM local WHERE id <= (SELECT last_local FROM replaced "
			  "WHERE replaced.function = local.function);"
			  "DELETE FROM replaced");
}

void writer_note_macros(struct ew_store_writer *w, int64_t file)
{
	w->has_noted_macros = true;
	writer_run(w, NOTE_MACROS, "i", file);
}

void writer_drop_macros(struct ew_store_writer *w)
{
	if (w->has_noted_macros)
		writer_execute(w, "DELETE FROM macro WHERE file IN gone_file; DELETE FROM gone_file");
	w->has_noted_macros = false;
}

bool ew_store_knows(const struct ew_store_writer *w, const char *key, const char *file)
{
	int64_t hash = ew_store_hash(key, strlen(key));
	int64_t file_hash = ew_store_hash(file, strlen(file));
	const struct entity *e = g_hash_table_lookup(w->functions.by_key, &hash);
	const struct entity *f = g_hash_table_lookup(w->files.by_key, &file_hash);

	return e && f && e->is_defined && e->file == f->id;
}

bool writer_has_flow(struct ew_store_writer *w, int64_t to, int64_t from, int64_t file,
		     const struct ew_place *place)
{
	bool answer;

	if (!w->find_flow)
		w->find_flow = writer_select(w, "SELECT 1 FROM flow WHERE dst = ? AND src = ? AND function "
					  "IS NULL AND file = ? AND line = ? AND col = ?");
	if (!w->find_flow)
		return false;
	sqlite3_bind_int64(w->find_flow, 1, to);
	sqlite3_bind_int64(w->find_flow, 2, from);
	sqlite3_bind_int64(w->find_flow, 3, file);
	sqlite3_bind_int64(w->find_flow, 4, place->line);
	sqlite3_bind_int64(w->find_flow, 5, place->column);
	answer = writer_next(w, w->find_flow);
	sqlite3_reset(w->find_flow);
	return answer;
}

/* ---- what was lost --------------------------------------------------------------------------- */

static void collect_lost(struct entities *all, GHashTable *files)
{
	GHashTableIter i;
	gpointer value;

	g_hash_table_iter_init(&i, all->by_key);
	while (g_hash_table_iter_next(&i, NULL, &value)) {
		const struct entity *e = value;

		if (e->is_lost && !e->is_defined && e->file)
			g_hash_table_add(files, g_memdup2(&e->file, sizeof e->file));
	}
}

GHashTable *ew_store_files_of_lost(struct ew_store_writer *w)
{
	GHashTable *files = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);

	collect_lost(&w->functions, files);
	collect_lost(&w->records, files);
	collect_lost(&w->variables, files);
	return files;
}

static bool is_as_it_was(struct entities *all, GHashTable *by_id, int64_t id)
{
	const struct entity *e;
	GHashTableIter i;
	gpointer value;

	if (!g_hash_table_size(by_id)) {
		g_hash_table_iter_init(&i, all->by_key);
		while (g_hash_table_iter_next(&i, NULL, &value))
			g_hash_table_insert(by_id, &((struct entity *)value)->id, value);
	}
	e = g_hash_table_lookup(by_id, &id);
	return !e || !e->lost_owner ||
	       (e->is_defined && e->owner == e->lost_owner && e->is_weak == e->was_weak);
}

GHashTable *ew_store_units_unshadowed(struct ew_store_writer *w)
{
	GHashTable *units = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	g_autoptr(GHashTable) functions = g_hash_table_new(g_int64_hash, g_int64_equal);
	g_autoptr(GHashTable) variables = g_hash_table_new(g_int64_hash, g_int64_equal);
	sqlite3_stmt *s = writer_select(w, "SELECT node, unit FROM shadowed");

	while (writer_next(w, s)) {
		int64_t node = sqlite3_column_int64(s, 0), unit = sqlite3_column_int64(s, 1);
		bool is_function = ew_node_kind_of(node) == EW_NODE_FUNCTION;

		if (!is_as_it_was(is_function ? &w->functions : &w->variables,
				  is_function ? functions : variables, ew_node_id(node)))
			g_hash_table_add(units, g_memdup2(&unit, sizeof unit));
	}
	sqlite3_finalize(s);
	return units;
}
