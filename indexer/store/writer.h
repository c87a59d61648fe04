/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A writer, as the files that write see it; within the store module only. */
#ifndef EW_STORE_WRITER_H
#define EW_STORE_WRITER_H

#include "store/internal.h"

enum insert {
	INSERT_META,
	INSERT_STRING,
	INSERT_FILE,
	INSERT_SOURCE,
	INSERT_UNIT,
	INSERT_PREFIX,
	INSERT_SHADOWED,
	INSERT_FUNCTION,
	INSERT_RECORD,
	INSERT_FIELD,
	INSERT_SHARED,
	INSERT_VARIABLE,
	INSERT_LOCAL,
	INSERT_PART,
	INSERT_MACRO,
	INSERT_CONDITION,
	INSERT_COMPARISON,
	INSERT_CALL,
	INSERT_FLOW,
	INSERT_ACCESS,
	INSERT_STATE,
	INSERT_EDGE,
	INSERT_CHAIN,
	INSERT_PROOF,
	INSERT_REACH,
	INSERT_SITE,
	INSERT_GRAPH,
	INSERT_KEPT,
	INSERT_CALLERS,
	UPDATE_SPDX,
	UPDATE_FILE,
	UPDATE_RANK,
	DROP_CALLS,
	DROP_FLOWS,
	DROP_ACCESSES,
	DROP_STATES,
	DROP_CONDITIONS,
	DROP_COMPARISONS,
	DROP_LOCALS,
	DROP_CALLS_OF,
	NOTE_REPLACED,
	DROP_CONDITIONS_OF,
	DROP_SOURCE,
	NOTE_MACROS,
	DROP_FILE,
	DROP_UNIT,
	DROP_PREFIX,
	DROP_STRING,
	DROP_FUNCTION,
	DROP_RECORD,
	DROP_FIELD,
	DROP_VARIABLE,
	DROP_PART,
	INSERTS
};

/* More than any tree has of a kind; what is kept by id takes no more memory than that. */
enum { MAX_ID = 1 << 26 };

/* What is known of an entity. */
struct entity {
	int64_t hash; /* of its key */
	int64_t id, file;
	char *key;   /* until it has a row; a file's is kept */
	int32_t owner; /* who defined it: a unit's id, or minus a prefix's */
	int32_t lost_owner; /* who did before it was taken out, 0: it was not */
	bool is_defined, is_weak, was_weak;
	bool has_row;
	bool is_lost; /* its owner is being told anew, and has not said it again */
};

/* A kind of entity: its ids by the hash of the key. */
struct entities {
	GHashTable *by_key; /* &entity->hash -> struct entity * */
	int64_t last_id;
};

struct ew_store_writer {
	sqlite3 *db;
	char *path;
	char *old; /* the index that it was copied from, or NULL */
	sqlite3_stmt *inserts[INSERTS];
	struct entities functions, records, fields, variables, strings, files, units;
	bool is_update;
	GArray *ranks;		   /* by unit id: its place in the order of units */
	int32_t owner;		   /* who is telling */
	int64_t record;		   /* whose fields are being told, 0: of one that is known */
	GHashTable *prefixes;	   /* command -> id: those that were there */
	GArray *unit_files;	   /* ids of the files of the unit being told, in any order */
	GPtrArray *new_files;	   /* of const char *, keys of files: not taken yet */
	GHashTable *texts;	   /* path -> itself: files whose text is here */
	GHashTable *file_flows;    /* hashes of flows at file level that were told */
	GHashTable *locals;	   /* key -> id, of the function being told */
	GHashTable *parts;	   /* "outer.member" -> id */
	GArray *conditions;	   /* ids by index, of the function being told */
	GArray *calls;		   /* ids by ordinal, of the function being told */
	GHashTable *weak;	   /* function id -> struct extent: bodies that may be replaced */
	struct extent *extent;	   /* of the weak function being told, or NULL */
	bool has_replaced;
	bool has_noted_macros;
	int64_t function, last_call, last_flow, last_condition, last_local, last_prefix, last_part;
	int64_t command; /* of the unit being told */
	bool is_behind;	 /* the same: a prefix */
	char *headers;	 /* of the prefix being told */
	char *unit, *diagnostic; /* the unit being told, and its first error */
	char *program;		 /* what it is linked into, or NULL */
	struct ew_sink sink;
	struct ew_store *reader;
	sqlite3_stmt *find_flow;
	GError *error;
};

/* Where the rows of a function stand: those after the first number of each pair, to the second. */
struct extent {
	int64_t calls[2], flows[2], conditions[2], locals[2];
};

/* write.c */

/* Bind and run. Types: i int64_t, n int64_t that means NULL if 0, s string (NULL allowed). */
void writer_run(struct ew_store_writer *w, enum insert which, const char *types, ...);
/* Run a statement that binds a blob last; its other values are integers. */
void writer_run_blob(struct ew_store_writer *w, enum insert which, const void *bytes, size_t length,
		     const char *types, ...);
void writer_keep_error(struct ew_store_writer *w);
/* What the older index holds does not fit together. */
void writer_say_damaged(struct ew_store_writer *w, const char *what);

/* sink.c */
struct entity *writer_entity(struct entities *e, const char *key);
void writer_free_entity(gpointer data);
/* Above those of units: prefixes first, then units in their order. */
int writer_rank(const struct ew_store_writer *w, int32_t owner);
int64_t writer_string(struct ew_store_writer *w, const char *text); /* 0 for NULL */
int64_t writer_file(struct ew_store_writer *w, const char *path);   /* 0 for NULL */
/* The id of the part that is `member` (a field id) of the object `outer` (a node). */
int64_t writer_part(struct ew_store_writer *w, int64_t outer, int64_t member);
void writer_init_sink(struct ew_store_writer *w);
void writer_end_function(struct ew_store_writer *w);

/* files.c: ids sorted, each once, as the schema's `files` */
GByteArray *ids_packed(GArray *ids);

/* update.c */
/* Forget all that a function did until now: the writer works on an index that has its SQL indexes. */
void writer_drop_function(struct ew_store_writer *w, int64_t function);
/* What has no SQL index is only noted, and goes in one statement: flows and locals of functions that were
 * replaced before now; macros of files, before others are told. */
void writer_note_macros(struct ew_store_writer *w, int64_t file);
void writer_drop_replaced(struct ew_store_writer *w);
void writer_drop_macros(struct ew_store_writer *w);
/* Is a flow outside of functions there already? */
bool writer_has_flow(struct ew_store_writer *w, int64_t to, int64_t from, int64_t file,
		     const struct ew_place *place);
/* A statement of the moment, to be finalized; NULL after an error, which has no rows. */
sqlite3_stmt *writer_select(struct ew_store_writer *w, const char *sql);
bool writer_next(struct ew_store_writer *w, sqlite3_stmt *s);

/* garbage.c: entities that nobody refers to any more, and files that nobody reads, go. */
void writer_drop_garbage(struct ew_store_writer *w);

/* twin.c: all that is said of a name goes to its first function; to the one that each unit means. */
void writer_join_twins(struct ew_store_writer *w);
void writer_part_twins(struct ew_store_writer *w);
void writer_mark_twins(struct ew_store_writer *w);

/* callers.c: the table of that name, after the edges. */
void writer_add_callers(struct ew_store_writer *w);

/* write.c */
void writer_execute(struct ew_store_writer *w, const char *sql);
bool writer_prepare(struct ew_store_writer *w);
struct ew_store_writer *writer_new(const char *path);

#endif
