/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Writing an index: facts come in by key, ids go out.
 *
 * Everything goes into one transaction of a file that nobody reads yet, so neither a journal nor a
 * sync is needed until the end. An entity gets its id when it is first named, and its row when it is
 * defined, or at the end if it never is.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#include "store/internal.h"

enum { MAX_PARAMETER = 63, ZSTD_LEVEL = 6 };

enum insert {
	INSERT_META,
	INSERT_STRING,
	INSERT_FILE,
	INSERT_SOURCE,
	INSERT_UNIT,
	INSERT_FUNCTION,
	INSERT_RECORD,
	INSERT_FIELD,
	INSERT_VARIABLE,
	INSERT_LOCAL,
	INSERT_MACRO,
	INSERT_CONDITION,
	INSERT_CALL,
	INSERT_FLOW,
	INSERT_ACCESS,
	INSERT_EDGE,
	INSERT_PROOF,
	INSERT_REACH,
	INSERT_GRAPH,
	UPDATE_SPDX,
	DROP_CALLS,
	DROP_FLOWS,
	INSERTS
};

static const char *const insert_sql[INSERTS] = {
	[INSERT_META] = "INSERT OR REPLACE INTO meta VALUES(?, ?)",
	[INSERT_STRING] = "INSERT INTO string VALUES(?, ?)",
	[INSERT_FILE] = "INSERT INTO file(id, path) VALUES(?, ?)",
	[INSERT_SOURCE] = "INSERT OR IGNORE INTO source VALUES(?, ?, ?)",
	[INSERT_UNIT] = "INSERT INTO unit VALUES(?, ?, ?, ?, ?)",
	[INSERT_FUNCTION] = "INSERT OR REPLACE INTO function VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
	[INSERT_RECORD] = "INSERT INTO record VALUES(?, ?, ?, ?, ?, ?, ?)",
	[INSERT_FIELD] = "INSERT INTO field VALUES(?, ?, ?, ?, ?, ?)",
	[INSERT_VARIABLE] = "INSERT INTO variable VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
	[INSERT_LOCAL] = "INSERT INTO local VALUES(?, ?, ?)",
	[INSERT_MACRO] = "INSERT INTO macro(name, file, line, end_line) VALUES(?, ?, ?, ?)",
	[INSERT_CONDITION] = "INSERT INTO condition VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[INSERT_CALL] = "INSERT INTO call VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[INSERT_FLOW] = "INSERT INTO flow VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
	[INSERT_ACCESS] = "INSERT OR IGNORE INTO access VALUES(?, ?, ?, ?, ?)",
	[INSERT_EDGE] = "INSERT INTO edge VALUES(NULL, ?, ?, ?, ?, ?, ?)",
	[INSERT_PROOF] = "INSERT INTO proof VALUES(?, ?, ?, ?)",
	[INSERT_REACH] = "INSERT OR IGNORE INTO reach VALUES(?, ?, ?)",
	[INSERT_GRAPH] = "INSERT INTO graph VALUES(1, ?)",
	[UPDATE_SPDX] = "UPDATE file SET spdx = ?2 WHERE id = ?1",
	[DROP_CALLS] = "DELETE FROM call WHERE caller = ? AND id <= ?",
	[DROP_FLOWS] = "DELETE FROM flow WHERE function = ? AND id <= ?",
};

/* What is known of an entity beside its key. */
struct entity {
	int64_t id;
	bool is_defined, is_weak;
};

/* A kind of entity: its ids by key. */
struct entities {
	GHashTable *by_key; /* char * -> struct entity * */
	int64_t last_id;
};

struct ew_store_writer {
	sqlite3 *db;
	char *path;
	sqlite3_stmt *inserts[INSERTS];
	struct entities functions, records, fields, variables, strings, files;
	GHashTable *texts;	   /* path -> itself: files whose text is here */
	GHashTable *file_flows;    /* hashes of flows at file level that were told */
	GHashTable *locals;	   /* key -> id, of the function being told */
	GArray *conditions;	   /* ids by index, of the function being told */
	GArray *calls;		   /* ids by ordinal, of the function being told */
	GPtrArray *replaced;	   /* weak bodies to drop at the end */
	int64_t function, last_call, last_flow, last_condition, last_local, last_unit;
	char *unit, *diagnostic; /* the unit being told, and its first error */
	struct ew_sink sink;
	struct ew_store *reader;
	GError *error;
};

/* A weak definition whose strong one came later. */
struct replaced {
	int64_t function, last_call, last_flow;
};

/* ---- statements ------------------------------------------------------------------------------ */

static void keep_error(struct ew_store_writer *w)
{
	int code = sqlite3_errcode(w->db);

	if (w->error)
		return;
	g_set_error(&w->error, EW_ERROR, EW_ERROR_NOT_POSSIBLE, "%s: cannot be written: %s%s", w->path,
		    sqlite3_errmsg(w->db),
		    (code & 0xff) == SQLITE_FULL
			    ? "; free some space, or name another place with --index FILE"
			    : "");
}

/* Bind and run. Types: i int64_t, n int64_t that means NULL if 0, s string (NULL allowed). */
static void run(struct ew_store_writer *w, enum insert which, const char *types, ...)
{
	sqlite3_stmt *s = w->inserts[which];
	va_list values;
	int i;

	if (w->error)
		return;
	va_start(values, types);
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
	va_end(values);
	if (sqlite3_step(s) != SQLITE_DONE)
		keep_error(w);
	sqlite3_reset(s);
}

/* ---- ids ------------------------------------------------------------------------------------- */

static struct entity *entity_of(struct entities *e, const char *key)
{
	struct entity *known = g_hash_table_lookup(e->by_key, key);

	if (known)
		return known;
	known = g_new0(struct entity, 1);
	known->id = ++e->last_id;
	g_hash_table_insert(e->by_key, g_strdup(key), known);
	return known;
}

static int64_t string_id(struct ew_store_writer *w, const char *text)
{
	struct entity *e;

	if (!text)
		return 0;
	e = entity_of(&w->strings, text);
	if (!e->is_defined) {
		e->is_defined = true;
		run(w, INSERT_STRING, "is", e->id, text);
	}
	return e->id;
}

static int64_t file_id(struct ew_store_writer *w, const char *path)
{
	struct entity *e;

	if (!path)
		return 0;
	e = entity_of(&w->files, path);
	if (!e->is_defined) {
		e->is_defined = true;
		run(w, INSERT_FILE, "is", e->id, path);
	}
	return e->id;
}

static int64_t local_id(struct ew_store_writer *w, const char *key)
{
	int64_t id = (intptr_t)g_hash_table_lookup(w->locals, key);
	const char *name, *end;

	if (id)
		return id;
	id = ++w->last_local;
	g_hash_table_insert(w->locals, g_strdup(key), (gpointer)(intptr_t)id);
	name = strrchr(key, '%');
	end = strrchr(key, '@');
	if (name && end > name) {
		g_autofree char *text = g_strndup(name + 1, end - name - 1);

		run(w, INSERT_LOCAL, "iii", id, w->function, string_id(w, text));
	}
	return id;
}

/* "F#2" and "F#r" */
static int64_t function_part(struct ew_store_writer *w, enum ew_node_kind kind, const char *key)
{
	const char *hash = strrchr(key, '#');
	g_autofree char *function = hash ? g_strndup(key, hash - key) : NULL;
	int64_t id;

	if (!hash)
		return 0;
	id = entity_of(&w->functions, function)->id;
	if (kind == EW_NODE_RETURN)
		return ew_node_make(kind, id);
	return ew_node_param(id, MIN(atoi(hash + 1), MAX_PARAMETER));
}

static int64_t node_of(struct ew_store_writer *w, enum ew_node_kind kind, const char *key)
{
	switch (kind) {
	case EW_NODE_FUNCTION:
		return ew_node_make(kind, entity_of(&w->functions, key)->id);
	case EW_NODE_VARIABLE:
		return ew_node_make(kind, entity_of(&w->variables, key)->id);
	case EW_NODE_FIELD:
		return ew_node_make(kind, entity_of(&w->fields, key)->id);
	case EW_NODE_PARAM:
	case EW_NODE_RETURN:
		return function_part(w, kind, key);
	case EW_NODE_LOCAL:
		return ew_node_make(kind, local_id(w, key));
	default:
		return 0;
	}
}

/* ---- the sink -------------------------------------------------------------------------------- */

static void insert_function(struct ew_store_writer *w, int64_t id, const struct ew_fact_function *f)
{
	int64_t flags = (f->linkage == EW_LINKAGE_STATIC ? EW_STORE_STATIC : 0) |
			(f->is_inline ? EW_STORE_INLINE : 0) | (f->is_weak ? EW_STORE_WEAK : 0);

	run(w, INSERT_FUNCTION, "isniiiii", id, f->name, file_id(w, f->place.file),
	    (int64_t)f->place.line, (int64_t)f->place.column, (int64_t)f->end_line, flags,
	    string_id(w, f->signature));
}

static bool on_function(void *data, const struct ew_fact_function *f)
{
	struct ew_store_writer *w = data;
	struct entity *e = entity_of(&w->functions, f->key);

	if (e->is_defined && (!e->is_weak || f->is_weak))
		return false;
	if (e->is_defined) {
		struct replaced *r = g_new(struct replaced, 1);

		*r = (struct replaced){e->id, w->last_call, w->last_flow};
		g_ptr_array_add(w->replaced, r);
	}
	e->is_defined = true;
	e->is_weak = f->is_weak;
	w->function = e->id;
	insert_function(w, e->id, f);
	return true;
}

static void on_end_function(void *data)
{
	struct ew_store_writer *w = data;

	w->function = 0;
	g_hash_table_remove_all(w->locals);
	g_array_set_size(w->conditions, 0);
	g_array_set_size(w->calls, 0);
}

static void on_record(void *data, const struct ew_fact_record *r)
{
	struct ew_store_writer *w = data;
	struct entity *e = entity_of(&w->records, r->key);

	if (e->is_defined)
		return;
	e->is_defined = true;
	run(w, INSERT_RECORD, "issniii", e->id, r->name, r->keyword, file_id(w, r->place.file),
	    (int64_t)r->place.line, (int64_t)r->place.column, (int64_t)r->end_line);
}

static void on_field(void *data, const struct ew_fact_field *f)
{
	struct ew_store_writer *w = data;
	struct entity *e = entity_of(&w->fields, f->key);

	if (e->is_defined)
		return;
	e->is_defined = true;
	run(w, INSERT_FIELD, "iisnii", e->id, entity_of(&w->records, f->record)->id, f->name,
	    string_id(w, f->type), (int64_t)f->line,
	    (int64_t)(f->is_function_pointer ? EW_STORE_FUNCTION_POINTER : 0));
}

static void on_variable(void *data, const struct ew_fact_variable *v)
{
	struct ew_store_writer *w = data;
	struct entity *e = entity_of(&w->variables, v->key);

	if (e->is_defined)
		return;
	e->is_defined = true;
	run(w, INSERT_VARIABLE, "isniiiin", e->id, v->name, file_id(w, v->place.file),
	    (int64_t)v->place.line, (int64_t)v->place.column, (int64_t)v->end_line,
	    (int64_t)(v->linkage == EW_LINKAGE_STATIC ? EW_STORE_STATIC : 0),
	    string_id(w, v->type));
}

/* Ids are handed out in the order of index, so the array's position is the index. */
static int64_t id_at(GArray *ids, int index)
{
	return index >= 0 && index < (int)ids->len ? g_array_index(ids, int64_t, index) : 0;
}

static void on_condition(void *data, const struct ew_fact_condition *c)
{
	struct ew_store_writer *w = data;
	int64_t id = ++w->last_condition;

	run(w, INSERT_CONDITION, "iniiniiii", id, id_at(w->conditions, c->parent), (int64_t)c->kind,
	    (int64_t)c->is_dead, file_id(w, c->place.file), (int64_t)c->place.line,
	    (int64_t)c->place.column, (int64_t)c->end_line, (int64_t)c->end_column);
	g_array_append_val(w->conditions, id);
}

static void on_call(void *data, const struct ew_fact_call *c)
{
	struct ew_store_writer *w = data;
	int64_t id = ++w->last_call, callee = 0, slot = 0, base = 0;

	if (c->callee)
		callee = entity_of(&w->functions, c->callee)->id;
	else
		slot = node_of(w, c->slot.kind, c->slot.key);
	if (slot)
		base = node_of(w, c->slot.base_kind, c->slot.base);
	run(w, INSERT_CALL, "iiinnnnnniinni", id, w->function, (int64_t)c->ordinal, callee, slot, base,
	    (int64_t)c->slot.base_mode, string_id(w, c->signature), file_id(w, c->place.file),
	    (int64_t)c->place.line, (int64_t)c->place.column, string_id(w, c->macro),
	    id_at(w->conditions, c->condition), (int64_t)c->is_dead);
	g_array_append_val(w->calls, id);
}

/* A header's table may be told by every worker: once is enough. */
static bool was_told(struct ew_store_writer *w, int64_t to, int64_t from,
		     const struct ew_place *place)
{
	g_autofree char *key = g_strdup_printf("%" PRId64 ".%" PRId64 ".%s:%d:%d", to, from,
					       place->file, place->line, place->column);

	return !g_hash_table_add(w->file_flows, g_steal_pointer(&key));
}

static void on_flow(void *data, const struct ew_fact_flow *f)
{
	struct ew_store_writer *w = data;
	int64_t to = node_of(w, f->to.kind, f->to.key);
	int64_t from = node_of(w, f->from.kind, f->from.key);

	if (!to || (!f->function && was_told(w, to, from, &f->place)))
		return;
	run(w, INSERT_FLOW, "iiniiniiinniinn", ++w->last_flow, to, node_of(w, f->to.base_kind, f->to.base),
	    (int64_t)f->to.base_mode, from, node_of(w, f->from.base_kind, f->from.base),
	    (int64_t)f->from.base_mode, (int64_t)f->from.is_address, (int64_t)f->how,
	    f->function ? w->function : 0, file_id(w, f->place.file), (int64_t)f->place.line,
	    (int64_t)f->place.column, id_at(w->calls, f->call), string_id(w, f->macro));
}

static void on_access(void *data, const struct ew_fact_access *a)
{
	struct ew_store_writer *w = data;

	run(w, INSERT_ACCESS, "iiiii", w->function, (int64_t)a->place.line, (int64_t)a->place.column,
	    entity_of(&w->fields, a->field)->id, (int64_t)(a->mode | (a->in_condition ? 4 : 0)));
}

static void on_file(void *data, const char *path)
{
	file_id(data, path);
}

static void on_diagnostic(void *data, const struct ew_place *place, const char *text)
{
	struct ew_store_writer *w = data;

	if (w->diagnostic)
		return;
	w->diagnostic = place->file ? g_strdup_printf("%s:%d: %s", place->file, place->line, text)
				    : g_strdup(text);
}

/* ---- units ----------------------------------------------------------------------------------- */

void ew_store_begin_unit(struct ew_store_writer *w, const char *file)
{
	g_free(w->unit);
	w->unit = g_strdup(file);
	g_clear_pointer(&w->diagnostic, g_free);
}

const struct ew_sink *ew_store_sink(struct ew_store_writer *w)
{
	return &w->sink;
}

void ew_store_end_unit(struct ew_store_writer *w, enum ew_store_status status, int errors,
		       const char *reason)
{
	on_end_function(w);
	run(w, INSERT_UNIT, "isiis", ++w->last_unit, w->unit, (int64_t)status, (int64_t)errors,
	    reason ? reason : w->diagnostic);
}

void ew_store_set_meta(struct ew_store_writer *w, const char *key, const char *value)
{
	run(w, INSERT_META, "ss", key, value);
}

/* ---- source text ----------------------------------------------------------------------------- */

GPtrArray *ew_store_files_without_text(struct ew_store_writer *w)
{
	GPtrArray *files = g_ptr_array_new();
	GHashTableIter i;
	gpointer path;

	g_hash_table_iter_init(&i, w->files.by_key);
	while (g_hash_table_iter_next(&i, &path, NULL))
		if (!g_hash_table_contains(w->texts, path))
			g_ptr_array_add(files, path);
	return files;
}

static void add_spdx(struct ew_store_writer *w, int64_t file, const char *text, size_t length)
{
	static const char tag[] = "SPDX-License-Identifier:";
	const char *at = memmem(text, MIN(length, 1024), tag, sizeof tag - 1);
	const char *end = at ? memchr(at, '\n', text + length - at) : NULL;
	g_autofree char *line = NULL;

	if (!end)
		return;
	line = g_strndup(at, end - at);
	if (g_str_has_suffix(g_strchomp(line), "*/"))
		line[strlen(line) - 2] = '\0';
	run(w, UPDATE_SPDX, "is", file, g_strchomp(line));
}

/* "# define NAME", and on to the first line that does not end in a backslash. */
static void add_macro(struct ew_store_writer *w, int64_t file, const char *line, const char *end,
		      int first, int last)
{
	const char *at = line, *name;
	g_autofree char *text = NULL;

	while (at < end && g_ascii_isspace(*at))
		at++;
	if (at >= end || *at++ != '#')
		return;
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	if (end - at < 7 || strncmp(at, "define", 6) != 0 || !g_ascii_isspace(at[6]))
		return;
	for (at += 6; at < end && (*at == ' ' || *at == '\t'); at++)
		;
	for (name = at; at < end && (g_ascii_isalnum(*at) || *at == '_'); at++)
		;
	text = g_strndup(name, at - name);
	if (*text)
		run(w, INSERT_MACRO, "siii", text, file, (int64_t)first, (int64_t)last);
}

static void add_macros(struct ew_store_writer *w, int64_t file, const char *text, size_t length)
{
	const char *at = text, *end = text + length;
	int line = 1;

	while (at < end) {
		const char *start = at;
		int first = line;

		for (;;) {
			const char *newline = memchr(at, '\n', end - at);

			at = newline ? newline + 1 : end;
			line++;
			if (!newline || newline == start || newline[-1] != '\\')
				break;
		}
		add_macro(w, file, start, at, first, line - 1);
	}
}

void ew_store_add_text(struct ew_store_writer *w, const char *path, const char *text, size_t length)
{
	int64_t file = file_id(w, path);
	size_t bound = ZSTD_compressBound(length), packed_length;
	g_autofree char *packed = g_malloc(bound);
	sqlite3_stmt *s = w->inserts[INSERT_SOURCE];

	if (w->error || !g_hash_table_add(w->texts, g_strdup(path)))
		return;
	packed_length = ZSTD_compress(packed, bound, text, length, ZSTD_LEVEL);
	if (ZSTD_isError(packed_length))
		return;
	sqlite3_bind_int64(s, 1, file);
	sqlite3_bind_int64(s, 2, length);
	sqlite3_bind_blob(s, 3, packed, packed_length, SQLITE_STATIC);
	if (sqlite3_step(s) != SQLITE_DONE)
		keep_error(w);
	sqlite3_reset(s);
	add_spdx(w, file, text, length);
	add_macros(w, file, text, length);
}

/* ---- what resolve adds ----------------------------------------------------------------------- */

void ew_store_add_edge(struct ew_store_writer *w, int64_t call, int64_t callee, const char *when,
		       int grade, int64_t container, int64_t proof)
{
	run(w, INSERT_EDGE, "iininn", call, callee, string_id(w, when), (int64_t)grade, container,
	    proof);
}

void ew_store_add_proof(struct ew_store_writer *w, int64_t id, int seq, enum ew_store_role role,
			int64_t flow)
{
	run(w, INSERT_PROOF, "iiii", id, (int64_t)seq, (int64_t)role, flow);
}

void ew_store_add_reach(struct ew_store_writer *w, int64_t slot, int64_t value, int64_t flow)
{
	run(w, INSERT_REACH, "iii", slot, value, flow);
}

/* Edges by caller; EW_GRAPH_… flags as in store.h. */
static const char graph_sql[] =
	"SELECT caller, callee, id, dead, 0, 0 FROM call WHERE callee IS NOT NULL UNION ALL "
	"SELECT caller, edge.callee, call.id, dead, 1, run IS NOT NULL FROM edge "
	"JOIN call ON call.id = edge.call ORDER BY 1, 3, 2";

static void read_graph(struct ew_store_writer *w, GArray *first, GArray *to, GArray *calls)
{
	sqlite3_stmt *s = NULL;

	if (sqlite3_prepare_v2(w->db, graph_sql, -1, &s, NULL) != SQLITE_OK)
		keep_error(w);
	while (s && sqlite3_step(s) == SQLITE_ROW) {
		uint32_t caller = sqlite3_column_int64(s, 0), at = to->len;
		uint32_t callee = sqlite3_column_int64(s, 1), call = sqlite3_column_int64(s, 2);

		callee |= (sqlite3_column_int(s, 3) ? EW_GRAPH_DEAD : 0) |
			  (sqlite3_column_int(s, 4) ? EW_GRAPH_POINTER : 0) |
			  (sqlite3_column_int(s, 5) ? EW_GRAPH_DEFERRED : 0);
		while (first->len <= caller)
			g_array_append_val(first, at);
		g_array_append_val(to, callee);
		g_array_append_val(calls, call);
	}
	sqlite3_finalize(s);
	while (first->len <= w->functions.last_id + 1)
		g_array_append_val(first, to->len);
}

void ew_store_add_graph(struct ew_store_writer *w)
{
	g_autoptr(GArray) first = g_array_new(false, false, sizeof(uint32_t));
	g_autoptr(GArray) to = g_array_new(false, false, sizeof(uint32_t));
	g_autoptr(GArray) calls = g_array_new(false, false, sizeof(uint32_t));
	g_autoptr(GByteArray) data = g_byte_array_new();
	uint32_t header[2];
	sqlite3_stmt *s = w->inserts[INSERT_GRAPH];

	if (w->error)
		return;
	read_graph(w, first, to, calls);
	header[0] = first->len - 1;
	header[1] = to->len;
	g_byte_array_append(data, (uint8_t *)header, sizeof header);
	g_byte_array_append(data, (uint8_t *)first->data, first->len * sizeof(uint32_t));
	g_byte_array_append(data, (uint8_t *)to->data, to->len * sizeof(uint32_t));
	g_byte_array_append(data, (uint8_t *)calls->data, calls->len * sizeof(uint32_t));
	sqlite3_bind_blob(s, 1, data->data, data->len, SQLITE_STATIC);
	if (sqlite3_step(s) != SQLITE_DONE)
		keep_error(w);
	sqlite3_reset(s);
}

/* ---- the end --------------------------------------------------------------------------------- */

static const char *name_in_key(const char *key)
{
	const char *colon = strrchr(key, ':');

	return colon ? colon + 1 : key;
}

/* Rows for what was only referred to. */
static void insert_undefined(struct ew_store_writer *w)
{
	GHashTableIter i;
	gpointer key, value;

	g_hash_table_iter_init(&i, w->functions.by_key);
	while (g_hash_table_iter_next(&i, &key, &value))
		if (!((struct entity *)value)->is_defined)
			run(w, INSERT_FUNCTION, "isnnnnnn", ((struct entity *)value)->id,
			    name_in_key(key), (int64_t)0, (int64_t)0, (int64_t)0, (int64_t)0,
			    (int64_t)0, (int64_t)0);
	g_hash_table_iter_init(&i, w->variables.by_key);
	while (g_hash_table_iter_next(&i, &key, &value))
		if (!((struct entity *)value)->is_defined)
			run(w, INSERT_VARIABLE, "isnnnnnn", ((struct entity *)value)->id,
			    name_in_key(key), (int64_t)0, (int64_t)0, (int64_t)0, (int64_t)0,
			    (int64_t)0, (int64_t)0);
	g_hash_table_iter_init(&i, w->fields.by_key);
	while (g_hash_table_iter_next(&i, &key, &value)) {
		const char *dot = strrchr(key, '.');
		g_autofree char *record = dot ? g_strndup(key, dot - (char *)key) : NULL;

		if (((struct entity *)value)->is_defined || !dot)
			continue;
		run(w, INSERT_FIELD, "iisnnn", ((struct entity *)value)->id,
		    entity_of(&w->records, record)->id, dot + 1, (int64_t)0, (int64_t)0, (int64_t)0);
	}
	g_hash_table_iter_init(&i, w->records.by_key);
	while (g_hash_table_iter_next(&i, &key, &value)) {
		g_autofree char *name = g_strdup(key);

		if (((struct entity *)value)->is_defined)
			continue;
		*strchrnul(name, '@') = '\0';
		run(w, INSERT_RECORD, "issnnnn", ((struct entity *)value)->id, name, NULL,
		    (int64_t)0, (int64_t)0, (int64_t)0, (int64_t)0);
	}
}

static void drop_replaced(struct ew_store_writer *w)
{
	guint i;

	for (i = 0; i < w->replaced->len; i++) {
		struct replaced *r = g_ptr_array_index(w->replaced, i);

		run(w, DROP_CALLS, "ii", r->function, r->last_call);
		run(w, DROP_FLOWS, "ii", r->function, r->last_flow);
	}
}

static void execute(struct ew_store_writer *w, const char *sql)
{
	if (!w->error && sqlite3_exec(w->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		keep_error(w);
}

bool ew_store_finish_facts(struct ew_store_writer *w, GError **error)
{
	drop_replaced(w);
	insert_undefined(w);
	execute(w, ew_indexes_sql);
	if (w->error)
		g_propagate_error(error, g_error_copy(w->error));
	return !w->error;
}

static void free_writer(struct ew_store_writer *w)
{
	struct entities *all[] = {&w->functions, &w->records, &w->fields,
				  &w->variables, &w->strings, &w->files};
	size_t i;

	ew_store_close(w->reader);
	for (i = 0; i < INSERTS; i++)
		sqlite3_finalize(w->inserts[i]);
	sqlite3_close(w->db);
	for (i = 0; i < G_N_ELEMENTS(all); i++)
		g_hash_table_unref(all[i]->by_key);
	g_hash_table_unref(w->texts);
	g_hash_table_unref(w->file_flows);
	g_hash_table_unref(w->locals);
	g_array_unref(w->conditions);
	g_array_unref(w->calls);
	g_ptr_array_unref(w->replaced);
	g_clear_error(&w->error);
	g_free(w->unit);
	g_free(w->diagnostic);
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

	execute(w, "COMMIT");
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
	}
	return w->reader;
}

/* ---- the beginning --------------------------------------------------------------------------- */

static void init_entities(struct entities *e)
{
	e->by_key = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
}

static struct ew_store_writer *new_writer(const char *path)
{
	struct ew_store_writer *w = g_new0(struct ew_store_writer, 1);

	w->path = g_strdup(path);
	init_entities(&w->functions);
	init_entities(&w->records);
	init_entities(&w->fields);
	init_entities(&w->variables);
	init_entities(&w->strings);
	init_entities(&w->files);
	w->texts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	w->file_flows = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	w->locals = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	w->conditions = g_array_new(false, false, sizeof(int64_t));
	w->calls = g_array_new(false, false, sizeof(int64_t));
	w->replaced = g_ptr_array_new_with_free_func(g_free);
	w->sink = (struct ew_sink){
		.data = w,
		.function = on_function,
		.end_function = on_end_function,
		.record = on_record,
		.field = on_field,
		.variable = on_variable,
		.condition = on_condition,
		.call = on_call,
		.flow = on_flow,
		.access = on_access,
		.file = on_file,
		.diagnostic = on_diagnostic,
	};
	return w;
}

struct ew_store_writer *ew_store_create(const char *path, GError **error)
{
	struct ew_store_writer *w = new_writer(path);
	g_autofree char *version = g_strdup_printf("PRAGMA user_version = %d", EW_SCHEMA_VERSION);
	int i;

	unlink(path);
	if (sqlite3_open_v2(path, &w->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) !=
	    SQLITE_OK)
		keep_error(w);
	execute(w, "PRAGMA page_size = 8192; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; "
		   "PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -65536");
	execute(w, version);
	execute(w, "BEGIN");
	execute(w, ew_schema_sql);
	for (i = 0; i < INSERTS && !w->error; i++)
		if (sqlite3_prepare_v3(w->db, insert_sql[i], -1, SQLITE_PREPARE_PERSISTENT,
				       &w->inserts[i], NULL) != SQLITE_OK)
			keep_error(w);
	if (!w->error)
		return w;
	g_propagate_error(error, g_steal_pointer(&w->error));
	ew_store_abandon(w);
	return NULL;
}
