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
	DROP_ACCESSES,
	INSERTS
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
	GPtrArray *new_files;	   /* of const char *, keys of files: not taken yet */
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

/* write.c */

/* Bind and run. Types: i int64_t, n int64_t that means NULL if 0, s string (NULL allowed). */
void writer_run(struct ew_store_writer *w, enum insert which, const char *types, ...);
/* Run a statement that binds a blob last; its other values are integers. */
void writer_run_blob(struct ew_store_writer *w, enum insert which, const void *bytes, size_t length,
		     const char *types, ...);
void writer_keep_error(struct ew_store_writer *w);

/* sink.c */
struct entity *writer_entity(struct entities *e, const char *key);
int64_t writer_string(struct ew_store_writer *w, const char *text); /* 0 for NULL */
int64_t writer_file(struct ew_store_writer *w, const char *path);   /* 0 for NULL */
void writer_init_sink(struct ew_store_writer *w);
void writer_end_function(struct ew_store_writer *w);

#endif
