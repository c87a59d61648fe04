/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * store: the index file. All of SQLite is in here, and all SQL: the schema in schema.sql, every other
 * statement in the one table of statements.c, named by enum ew_statement.
 *
 * A writer makes a new file, takes facts through a sink, and finishes it; it is nobody's index until
 * the caller renames it into place. A reader opens a finished file read-only and selects.
 */
#ifndef EW_STORE_H
#define EW_STORE_H

#include "fact/fact.h"
#include "store/varint.h"

/* Raise it with every change of schema.sql or of what its columns mean. */
#define EW_SCHEMA_VERSION 26

/* ---- nodes: see schema.sql -------------------------------------------------------------------- */

static inline int64_t ew_node_make(enum ew_node_kind kind, int64_t id)
{
	return id << 4 | kind;
}

static inline int64_t ew_node_param(int64_t function, int position)
{
	return (function << 6 | position) << 4 | EW_NODE_PARAM;
}

/* Of a call through a pointer; EW_NODE_RESULT is the position of its result. */
enum { EW_NODE_RESULT = 63 };
static inline int64_t ew_node_argument(int64_t call, int position)
{
	return (call << 6 | position) << 4 | EW_NODE_ARGUMENT;
}

static inline enum ew_node_kind ew_node_kind_of(int64_t node)
{
	return node & 15;
}

/* The id within its kind; of a parameter its function's, of an argument its call's. */
static inline int64_t ew_node_id(int64_t node)
{
	enum ew_node_kind kind = ew_node_kind_of(node);

	return kind == EW_NODE_PARAM || kind == EW_NODE_ARGUMENT ? node >> 10 : node >> 4;
}

static inline int ew_node_position(int64_t node)
{
	return node >> 4 & 63;
}

/* Column flags. */
enum { EW_STORE_STATIC = 1, EW_STORE_INLINE = 2, EW_STORE_WEAK = 4, EW_STORE_TWIN = 8, EW_STORE_HAS_TWIN = 16, EW_STORE_FUNCTION_POINTER = 1 };
enum { EW_STORE_IN_MACRO = 32 }; /* added to a condition's kind */
enum ew_store_status { EW_STORE_INDEXED, EW_STORE_ERRORS, EW_STORE_NOT_INDEXED };
enum ew_store_role {
	EW_ROLE_STORE,	  /* the function's address is put somewhere */
	EW_ROLE_FLOW,	  /* from one slot into the next */
	EW_ROLE_OBJECT,	  /* the object that holds it reaches the place that is called through */
	EW_ROLE_REGISTER, /* the object, or the function, is handed to a registrar or a wrapper around one */
	EW_ROLE_HAND_ON,  /* the wrapper hands it on */
	EW_ROLE_FETCH,	  /* out of the object, to where the dispatcher calls through */
	EW_ROLE_CHAIN,	  /* the head of a chain is handed over: where the object is put on it, then where it is called */
	EW_ROLE_MARK,	  /* the constant that tells when it runs, or by which it is set off */
};

/* Why a call through a pointer has no target. What its search against the flows met last stands in
 * `origin`; of several ends the one that stands later here. */
enum ew_site_reason {
	EW_SITE_RESOLVED,
	EW_SITE_NO_STORE,	     /* nothing in the index stores into `origin` */
	EW_SITE_ONLY_CONSTANTS,	     /* only NULL or a number is ever put into `origin` */
	EW_SITE_NEVER_GIVEN,	     /* nobody in the index gives parameter `origin` a value */
	EW_SITE_OBJECT_EMPTY,	     /* others are filled, but nothing is stored into this object, `origin` */
	EW_SITE_RETURN_WITHOUT_BODY, /* it is what a function without a body here returns */
	EW_SITE_FROM_OUTSIDE,	     /* parameter `origin` of a function whose address is handed away */
	EW_SITE_ONLY_UNNAMED,	     /* `origin` is only given values without a name: arithmetic, loads */
	EW_SITE_NO_NAME,	     /* what is called through has no name itself */
	EW_SITE_NOT_REGISTERED,	     /* nothing is registered with the mechanism that dispatches here */
	EW_SITE_UNTYPED,	     /* the local `origin` is given its value through a place that is not followed: a void * */
	EW_SITE_PROBES,	     /* the same, of the probes of a tracepoint */
	EW_SITE_KEY_BY_VALUE, /* a static call, updated by way of a pointer to its key, with what is not followed */
	EW_SITE_NOT_COMPILED, /* there are targets, all by way of code that this configuration does not compile */
	EW_SITE_OTHER_MEMBER, /* only by another member in the bytes of `origin`, as what is not called there */
	EW_SITE_REASONS
};

/* A hash of contents or of a key, never 0. Not for secrets. */
int64_t ew_store_hash(const void *bytes, size_t length);

/* ---- writing --------------------------------------------------------------------------------- */

struct ew_store_writer;

/* Make the file anew at `path`. EW_ERROR_NOT_POSSIBLE where the place is read-only or full. */
struct ew_store_writer *ew_store_create(const char *path, GError **error);

/*
 * Make `path` a copy of the index `old`, to be brought up to date: take out what some owners said, and tell
 * the sink what is true of them now. An owner is a unit's id, or minus a prefix's. Edges and the graph are
 * gone from the copy: resolve makes them again. What nobody refers to any more, and the files that no unit
 * reads, go in ew_store_finish_facts(). EW_ERROR_INPUT, from here or later: `old` is damaged, only a new
 * one will do.
 */
struct ew_store_writer *ew_store_update(const char *old, const char *path, GError **error);
/* All units there are now, in their order (NULL-ended). */
void ew_store_order_units(struct ew_store_writer *w, const char *const *files);
void ew_store_take_out(struct ew_store_writer *w, const int64_t *owners, int n);
/* It will not tell anything again. */
void ew_store_remove_owner(struct ew_store_writer *w, int64_t owner);
/* The file changed: its text is asked for again by ew_store_take_new_files(). */
void ew_store_forget_text(struct ew_store_writer *w, const char *path);
/* Is there a body of this function, from this file, that was not taken out? */
bool ew_store_knows(const struct ew_store_writer *w, const char *key, const char *file);
/* The ids of the files (int64_t) that hold what was taken out and not told again. Another unit that reads
 * one of them may have it to tell. */
GHashTable *ew_store_files_of_lost(struct ew_store_writer *w);
/* Paths of files that no unit reads, whatever a prefix does; owned by the writer. */
GPtrArray *ew_store_files_of_no_unit(struct ew_store_writer *w);
/* The ids of the units (int64_t) that define what was taken out too, where it was not told again as it was. */
GHashTable *ew_store_units_unshadowed(struct ew_store_writer *w);

/* Give it up: the file is removed. NULL is allowed. */
void ew_store_abandon(struct ew_store_writer *w);

/* The facts of one unit go into the sink between begin and end. What the sink is told about a function
 * that another unit told of before is dropped. But of external functions that several units define
 * each stays, apart from a weak one that gives way: ew_store_finish_facts() finds out who means which (twin.c). */
void ew_store_begin_unit(struct ew_store_writer *w, const char *file);
const struct ew_sink *ew_store_sink(struct ew_store_writer *w);
void ew_store_end_unit(struct ew_store_writer *w, enum ew_store_status status, int errors,
		       const char *reason);

/* Of the unit being told: the hash of its compile command. */
void ew_store_set_command(struct ew_store_writer *w, int64_t command);
/* Of the unit being told: what it is linked into. EW_STORE_KERNEL, a module by its name ("tcp_bbr"), for a
 * part that is linked by itself its directory with a slash; NULL: not known. */
#define EW_STORE_KERNEL "vmlinux"
void ew_store_set_program(struct ew_store_writer *w, const char *program);
/* Of the unit being told: its headers came out of a precompiled prefix. */
void ew_store_set_behind_prefix(struct ew_store_writer *w, bool is_behind);
/* The same for the headers of a prefix, before all units. `headers` is one a line. */
void ew_store_begin_prefix(struct ew_store_writer *w, int64_t command, const char *headers);
void ew_store_end_prefix(struct ew_store_writer *w);

void ew_store_set_meta(struct ew_store_writer *w, const char *key, const char *value);

/* The files that the sink was told of since this was asked last (of const char *, owned by the writer;
 * the array is the caller's). */
GPtrArray *ew_store_take_new_files(struct ew_store_writer *w);
/* What a file was when it was read. hash 0: not certain, it counts as changed. Times in ns. */
struct ew_store_file_state {
	int64_t hash, size, mtime, ctime, inode;
};
void ew_store_set_file_state(struct ew_store_writer *w, const char *path,
			     const struct ew_store_file_state *state);
/* Keep a file's text, its SPDX line and its macro definitions. */
void ew_store_add_text(struct ew_store_writer *w, const char *path, const char *text, size_t length);

/* What resolve adds. `run` is a mechanism's name or NULL; nodes as in schema.sql, 0 for none. */
void ew_store_add_edge(struct ew_store_writer *w, int64_t call, int64_t callee, const char *run,
		       int grade, int64_t container, int64_t proof, bool differs, bool is_dead);
void ew_store_add_proof(struct ew_store_writer *w, int64_t id, int seq, enum ew_store_role role,
			int64_t flow);
void ew_store_add_reach(struct ew_store_writer *w, int64_t slot, int64_t value, int64_t flow);
/* A pointer call: see table site. */
struct ew_store_site {
	int64_t call, origin;
	enum ew_site_reason reason;
	int by_signature, by_slot, by_object;
	bool is_open;
};
void ew_store_add_site(struct ew_store_writer *w, const struct ew_store_site *site);
/* The call hands over the head of a chain, a node, and leads to `via`, the call of a dispatcher: see table chain. */
void ew_store_add_chain(struct ew_store_writer *w, int64_t call, int64_t via, int64_t head);

/* After the edges: the call graph packed, so that a path needs no joins, and the callers of what many call. */
void ew_store_add_graph(struct ew_store_writer *w);

/* What query works out once of the finished graph, so that nobody has to again: it alone knows what the bytes mean. */
enum ew_kept {
	EW_KEPT_ROOTS,	 /* where contexts begin */
	EW_KEPT_CONTEXT, /* by function: how contexts come there */
	EW_KEPT_SITES,	 /* calls through a pointer without a target */
	EW_KEPT_POINTERS, /* pointer coverage */
	EW_KEPT_QUEUEINGS, /* who queues which work */
	EW_KEPT_GATES, /* functions whose answer says whether it was the last reference */
	EW_KEPT_BINDING, /* by the hash of what kernel-refs says of it: what follows from a binding */
	EW_KEPT_CONDITIONS, /* conditions with their texts, some in a row */
};
void ew_store_keep(struct ew_store_writer *w, enum ew_kept what, int64_t id, const void *bytes, size_t length);

/* Its row in table kept. */
static inline int64_t ew_store_kept(enum ew_kept what, int64_t id)
{
	return (int64_t)what << 32 | id;
}

/* Entities that were only referred to get their rows, indexes are made. Facts may no longer be told;
 * edges, proofs and reaches may, until ew_store_close_writer(). */
bool ew_store_finish_facts(struct ew_store_writer *w, GError **error);
/* Write everything to disk and close. The writer is freed in any case; on error the file is removed. */
bool ew_store_close_writer(struct ew_store_writer *w, GError **error);

/* The first error met while writing (disk full), or NULL; later writes are then ignored. */
const GError *ew_store_writer_error(const struct ew_store_writer *w);

/*
 * The stored graph, packed by parts of EW_GRAPH_PART functions; numbers are varints (varint.h). Row EW_GRAPH_HEAD: how
 * many functions, how many edges; then of each part how many edges leave its functions, and of each part how many
 * lead to them. Rows from EW_GRAPH_FORWARD on, a part each: for each function how many edges leave it and, if any does,
 * how many bytes they take; then these, for each function in turn, each edge as zigzag(callee - caller) << 1 | is through
 * a pointer, followed by the call's id if it is. Calls that this
 * configuration never runs are left out; of the direct calls of one function to another one is kept. The
 * edges of a function stand in the order of its calls, those of one call by name and file of the callee.
 * Rows from ew_store_graph_backward() on are the reverse: the same of the edges that lead to each function, by caller.
 */
enum {
	EW_GRAPH_POINTER = 1u << 31, /* as readers keep it beside the callee */
	EW_GRAPH_FUNCTION = EW_GRAPH_POINTER - 1,
	EW_GRAPH_PART = 256,
	EW_GRAPH_HEAD = 0, /* rows */
	EW_GRAPH_FORWARD = 1,
};

static inline int64_t ew_store_graph_backward(int64_t functions)
{
	return EW_GRAPH_FORWARD + (functions + EW_GRAPH_PART - 1) / EW_GRAPH_PART;
}

/*
 * The stored callers of a function that many call: the ids of its calls as varints, each the zigzag of the difference
 * from the one before, by the caller's name, the path of the site, line and column. Of the direct calls that one
 * caller makes at one place (a macro that repeats its argument) one is there, the first that is compiled.
 */
enum { EW_MANY_CALLS = 32 };

/* ---- reading --------------------------------------------------------------------------------- */

struct ew_store;

/* Open read-only. EW_ERROR_NOT_POSSIBLE: no such file, or an index of another version;
 * EW_ERROR_INPUT: not an index, or a damaged one. */
struct ew_store *ew_store_open(const char *path, GError **error);
void ew_store_close(struct ew_store *s);
EW_DEFINE_AUTO(store, ew_store_close)

/* The file that a writer is writing, for resolve; owned by the writer. */
struct ew_store *ew_store_of_writer(struct ew_store_writer *w);

enum ew_statement {
	EW_META,		 /* (key) value */
	EW_SIZE,		 /* () bytes */
	EW_STRING,		 /* (id) text */
	EW_UNITS,		 /* () file, status, errors, reason */
	EW_FILE,		 /* (id) path */
	EW_ALL_FILES,		 /* () id, path, hash, size, mtime, ctime, inode */
	EW_ALL_UNITS,		 /* () id, file, status, reason, command, files, rank */
	EW_ALL_PREFIXES,	 /* () id, command, headers, files */
	EW_ALL_SHADOWED,	 /* () unit, owner: the owners in whose shadow the unit is */
	EW_FILE_BY_PATH,	 /* (path) id, spdx */
	EW_FILES_LIKE,		 /* (low, high, limit) path: low <= path < high */
	EW_GRAPH,		 /* (row) of the stored graph */
	EW_KEPT,		 /* (ew_store_kept()) data */
	EW_SOURCE,		 /* (file id) size, zstd */
	EW_FUNCTION,		 /* (id) name, file, line, col, end_line, flags, signature */
	EW_PROGRAM_OF,		 /* (function) unit, program: of the owner, if that is a unit */
	EW_UNIT_OF_FUNCTION,	 /* (function) file: the unit's that owns it, if one does */
	EW_UNIT_OF_VARIABLE,	 /* (variable) the same */
	EW_TWINS,		 /* (name) id: the external functions, the first one first */
	EW_GIVING_WAY,		 /* (node) file: units whose definition another one's goes before */
	EW_FUNCTIONS_NAMED,	 /* (name) id */
	EW_FUNCTIONS_LIKE,	 /* (low, high, limit) name */
	EW_RECORD,		 /* (id) name, keyword, file, line, col, end_line */
	EW_RECORDS_NAMED,	 /* (name) id */
	EW_RECORDS_LIKE,	 /* (low, high, limit) name */
	EW_FIELD,		 /* (id) record, name, type, line, flags */
	EW_FIELDS_OF,		 /* (record) id, name */
	EW_VARIABLE,		 /* (id) name, file, line, col, end_line, flags, type */
	EW_VARIABLES_NAMED,	 /* (name) id */
	EW_VARIABLES_LIKE,	 /* (low, high, limit) name */
	EW_MACROS_NAMED,	 /* (name) id, file, line, end_line */
	EW_MACROS_LIKE,		 /* (low, high, limit) name */
	EW_LOCAL,		 /* (id) function, name */
	EW_PART,		 /* (id) outer, member */
	EW_ALL_PARTS,		 /* id, outer, member */
	EW_OVERLAYS,		 /* id, record, overlay, signature of members that share bytes; a group stands together */
	EW_OVERLAY,		 /* (id) record, overlay, if the member shares bytes */
	EW_SHARED,		 /* () field, other, object, other_object of members in named structs within a union */
	EW_SHARED_WITH,	 /* (field, other) object, other_object */
	EW_CONDITION,		 /* (id) parent, kind, dead, file, line, col, end_line, end_col */
	EW_CALL,		 /* (id) the columns of table call from id on */
	EW_CALLS_OF,		 /* (caller) the same, by ordinal */
	EW_CALLS_BEGIN,		 /* (caller) id: of the first call, without a look at its row */
	EW_FIRST_CALL,		 /* (caller, callee) the columns of table call, the first direct call that is compiled */
	EW_CALLS_TO,		 /* (callee) the same */
	EW_CALLERS,		 /* (callee) direct, pointer, calls: the stored callers, if many */
	EW_ALL_CALLERS,		 /* () callee and the same, for dump facts */
	EW_CALLS_THROUGH,	 /* (slot) the same */
	EW_EDGES_OF_CALL,	 /* (call) id, call, callee, run, grade, container, proof */
	EW_EDGES_TO,		 /* (callee) the same */
	EW_EDGE_COUNT,		 /* (call) count */
	EW_CHAINS,		 /* () call, via, head */
	EW_PROOF,		 /* (id) role, flow, by seq */
	EW_REACH,		 /* (slot, value) flow */
	EW_REACHES_OF,		 /* (slot) value, flow */
	EW_FLOW,		 /* (id) the columns of table flow from id on */
	EW_FLOWS_INTO,		 /* (dst) the same */
	EW_ENDS_INTO,		 /* (dst) id, src, dst_base: of the same flows, without a look at their rows */
	EW_FLOWS_FROM,		 /* (src) the columns of table flow from id on */
	EW_FLOWS_OF_INTO,	 /* (dst, src) the same: how one value comes into dst; ordered as ALL_FLOWS */
	EW_STORED_INTO,		 /* (dst, dst_base) src: what is stored into one object's member */
	EW_POINTERS_ON,		 /* (base, base_mode) id, slot: the pointer calls on it */
	EW_COPIES_OF,		 /* (src) dst: where it flows as it is, not its address */
	EW_FLOWS_OF_CALL,	 /* (call) the same */
	EW_SITE,		 /* (call) reason, origin, by_signature, by_slot, by_object, is_open */
	EW_UNRESOLVED,		 /* () the columns of call, then those of EW_SITE: without a target */
	EW_POINTER_SITES,	 /* () call, reason, dead, by_signature, by_slot, slot, by call */
	EW_ALL_SITES,		 /* () call, the same */
	EW_WRITE_OF,		 /* (field) function: the first that writes it */
	EW_ACCESSORS,		 /* (field) function, each once */
	EW_ACCESSES_OF,		 /* (function) line, col, field, mode */
	EW_COMPARISON,		 /* (condition) the same, of one condition */
	EW_ALL_COMPARISONS,	 /* () the columns of comparison */
	EW_ALL_STATES,		 /* () the columns of state, by file and line */
	EW_COUNTS,		 /* () functions, records, calls, direct, stores, flows, edges, accesses */
	EW_POINTER_COUNTS,	 /* () pointer calls, of them with a target */
	EW_FUNCTION_NAMES,	 /* () name; for suggestions */
	EW_RECORD_NAMES,	 /* () the same */
	EW_ALL_FUNCTIONS,	 /* () id, name, flags, signature: whole tables, for resolve and dumps */
	EW_DEFINED_FUNCTIONS,	 /* () id: those with a body */
	EW_ALL_CALLS,		 /* () the columns of call */
	EW_CALL_COUNT,		 /* () how many */
	EW_ALTERNATIVES,	 /* call through a pointer, caller, callee that the same macro calls by its name instead */
	EW_MIXED_CALLS,		 /* () id of a call through a parameter that some caller gives an object that nothing is stored into there */
	EW_POINTER_CALLS,	 /* () id, caller, slot, base, base_mode, signature; ordered as EW_ALL_FLOWS */
	EW_ALL_FLOWS,		 /* () the columns of flow, in the order of an index made anew */
	EW_ALL_FIELDS,		 /* () id, record name, name */
	EW_ALL_EDGES,		 /* () the columns of edge, by call */
	EW_QUEUEINGS,		 /* (role) of deferred edges: dispatcher, call, callee, a flow of their
				  * proofs in that role, the function in which it stands */
	EW_FACTS_META,		 /* () key, value: whole tables, for dump facts */
	EW_FACTS_STRING,	 /* () id, text */
	EW_FACTS_FILE,		 /* () id, path, spdx, length of its text, of that packed, hash, size */
	EW_FACTS_UNIT,		 /* () id, file, status, errors, reason, rank, command, program */
	EW_FACTS_SHADOWED,	 /* () node, unit, twin: prefixes are not shown */
	EW_FACTS_FUNCTION,	 /* () id, the columns of EW_FUNCTION, key; so also the next ones */
	EW_FACTS_RECORD,
	EW_FACTS_FIELD,
	EW_FACTS_SHARED,
	EW_FACTS_VARIABLE,
	EW_FACTS_LOCAL,
	EW_FACTS_CONDITION,
	EW_FACTS_MACRO,		 /* () name, file, line, end_line */
	EW_FACTS_ACCESS,	 /* () function, line, col, field, mode */
	EW_FACTS_STATE,		 /* () the columns of state */
	EW_FACTS_REACH,		 /* () slot, value, flow */
	EW_STATEMENTS
};

struct ew_rows;

/* Select with parameters of the given types ("i" int64_t, "s" const char *), in order. Never NULL; an
 * error ends the rows and stands in ew_store_error(). Ends with ew_rows_end(). */
struct ew_rows *ew_store_select(struct ew_store *s, enum ew_statement statement, const char *types,
				...);
bool ew_rows_next(struct ew_rows *r);
int64_t ew_rows_int(struct ew_rows *r, int column); /* 0 for NULL */
bool ew_rows_is_null(struct ew_rows *r, int column);
const char *ew_rows_text(struct ew_rows *r, int column); /* NULL for NULL; until the next row */
const void *ew_rows_blob(struct ew_rows *r, int column, size_t *length); /* until the next row */
GArray *ew_store_unpack_ids(const void *bytes, size_t length); /* a `files` blob: of int64_t */
GBytes *ew_rows_unpacked(struct ew_rows *r, int size_column, int zstd_column); /* NULL if damaged */
void ew_rows_end(struct ew_rows *r);
EW_DEFINE_AUTO(rows, ew_rows_end)

/* Rows that will be asked for soon, so that the disk reads them meanwhile; each page is asked for once. Costs nothing but
 * time where the file is in memory, and nothing is wrong where a row is not there. By id of the table's row, or: */
enum ew_ahead {
	EW_AHEAD_GRAPH,
	EW_AHEAD_CALL,
	EW_AHEAD_CALLS_OF, /* by caller */
	EW_AHEAD_FUNCTION,
	EW_AHEAD_EDGE,
	EW_AHEAD_CONDITION,
	EW_AHEAD_KEPT,
	EW_AHEAD_FLOW,
	EW_AHEAD_VARIABLE,
	EW_AHEAD_FILE,
	EW_AHEAD_PROOF,
	EW_AHEAD_FUNCTION_NAME, /* by ew_store_ahead_names() alone */
	EW_AHEAD_TREES
};
void ew_store_ahead(struct ew_store *s, enum ew_ahead tree, const int64_t *ids, size_t n);
/* The same of the names in an index of names. */
void ew_store_ahead_names(struct ew_store *s, enum ew_ahead tree, const char *const *names, size_t n);
/* The same of all rows from one id to another. */
void ew_store_ahead_between(struct ew_store *s, enum ew_ahead tree, int64_t first, int64_t last);

/* What is read does not fit together: counts as damage, which the next line tells of. */
void ew_store_say_damaged(struct ew_store *s, const char *what);
/* The first damage met while reading (EW_ERROR_INPUT), or what the machine lacked for it: memory, space for
 * temporary files (EW_ERROR_NOT_POSSIBLE); or NULL. */
const GError *ew_store_error(const struct ew_store *s);
int64_t ew_store_size(struct ew_store *s); /* bytes, of what is not written to the file yet, too */
const char *ew_store_sqlite_version(void);

/* SQL text and name of a statement, and the plan that SQLite makes for it (for the test that no
 * statement scans a table unless it is meant to). */
const char *ew_store_statement_name(enum ew_statement statement);
bool ew_store_is_scan_meant(enum ew_statement statement);
char *ew_store_explain(struct ew_store *s, enum ew_statement statement);

#endif
