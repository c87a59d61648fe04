/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the query module share. */
#ifndef EW_QUERY_INTERNAL_H
#define EW_QUERY_INTERNAL_H

#include "query/graph.h"
#include "query/query.h"
#include "query/search.h"
#include "query/wide.h"
#include "store/store.h"

struct binding;

/* How many targets the call has; call 0: not counted. */
struct targets_count {
	int64_t call;
	int targets;
};

struct ew_query {
	struct ew_store *store;
	const struct ew_refs *refs;
	struct ew_query_about about;
	GStringChunk *strings;
	GHashTable *symbols; /* kind << 56 | id -> struct ew_symbol, owned */
	GHashTable *names;   /* the same keys -> names in strings, of what is only named */
	GHashTable *files;   /* id -> path, in strings */
	GHashTable *texts;   /* file id -> GBytes: those that were last unpacked */
	size_t texts_size;   /* bytes in them */
	GHashTable *conditions; /* id -> text, in strings, or NULL */
	GHashTable *bindings; /* name -> struct binding */
	GHashTable *chains; /* call id -> struct chain_row; NULL until asked for */
	struct call_graph graph;
	struct way_search search, back; /* kept for their memory */
	struct ways_room *ways;	/* the same */
	struct wide_graph *wide; /* NULL until it is asked for */
	struct contexts *contexts; /* without a binding; NULL until asked for */
	struct sleepers *sleepers; /* the same */
	GHashTable *way_edges; /* see way_edge.c; NULL until asked for, as the next one */
	GHashTable *way_queued, *queued; /* the second: see path.c */
	GHashTable *edges; /* see edge.c; NULL until asked for */
	struct targets_count targets_count; /* see query_count_targets() */
	int64_t *asked; /* see query_asks_first(); NULL until asked for */
	GHashTable *local_slots; /* see handed.c; NULL until asked for */
	GHashTable *givers; /* the same */
	GHashTable *by_flow; /* the same */
	GPtrArray *sites; /* all without a target, see sites.h; NULL until asked for */
	GHashTable *gates; /* function id -> struct gate_walk; NULL until asked for */
	GHashTable *gate_helpers; /* set of function ids, see gate_helper.c; the same */
	bool works_out; /* what is stored is not asked */
};

/* A row of table call. */
struct call_row {
	int64_t id, caller, ordinal, callee, slot, base, signature, file, macro, condition;
	int mode, line, column;
	bool is_pointer, is_dead;
};

enum { EW_CALL_COLUMNS = 14 }; /* of a row of table call, as statements give it */

/* A row of table edge. */
struct edge_row {
	int64_t id, call, callee, run, container, proof;
	int grade;
	bool differs; /* in type from what is called */
	bool is_dead; /* the function comes there only through code that is not compiled */
};

/* A row of table chain. */
struct chain_row {
	int64_t via, head;
};

/* A row of table flow. */
struct flow_row {
	int64_t id, dst, dst_base, src, src_base, function, file, call, macro;
	int64_t condition; /* that it stands under where it is not compiled, else 0 */
	int dst_mode, src_mode, how, line, column;
	bool is_address;
};

/* Of table condition, with its text: white space folded, NULL if there is none. */
struct condition_row {
	int64_t parent, file; /* 0 for none */
	int kind;	      /* with EW_STORE_IN_MACRO */
	int line, column;
	bool is_dead;
	const char *text;
};

/* query.c */
struct ew_query *query_new(struct ew_store *store, const struct ew_refs *refs);
void query_free(struct ew_query *q); /* not the store */
const char *query_intern(struct ew_query *q, const char *s);
const char *query_intern_part(struct ew_query *q, const char *s, size_t length);
const char *query_string(struct ew_query *q, int64_t id); /* of table string; NULL for 0 */
const char *query_file(struct ew_query *q, int64_t id);	  /* NULL for 0 */
GBytes *query_text(struct ew_query *q, int64_t file);	  /* NULL if it is not there */
/* What is asked for ahead, besides the trees of the store: what an edge of the wide graph, a call's targets, a slot's
 * stores are told with. */
enum { QUERY_ASKED_WAY = EW_AHEAD_TREES, QUERY_ASKED_TARGETS, QUERY_ASKED_STORES, QUERY_ASKED_KINDS };
/* Says that it is asked for from now on. May forget: then it is asked for again, which costs time and nothing else. */
bool query_asks_first(struct ew_query *q, int kind, int64_t id);
/* Rows by these ids (of int64_t) will be asked for; so many places will be told, each with its file. */
void query_ahead(struct ew_query *q, enum ew_ahead tree, const GArray *ids);
void query_files_ahead(struct ew_query *q, guint places);
void query_calls_ahead(struct ew_query *q, const GArray *callers); /* the calls of these functions; asked for last */
void query_flows_into_ahead(struct ew_query *q, int64_t node); /* all flows into the node */
/* NULL and *error set if reading met damage. */
bool query_is_sound(struct ew_query *q, GError **error);

/* keep.c */
struct unpacker;
/* What `index` stored for an answer; false if it is not there. The bytes live as long as the rows. */
bool query_kept(struct ew_query *q, enum ew_kept what, int64_t id, struct ew_rows **r, struct unpacker *u);
/* All of it was read. */
void query_check_kept(struct ew_query *q, const struct unpacker *u);
/* site_kept.c, for the writer: work them out and store them. */
void sites_keep(struct ew_query *q, struct ew_store_writer *w);

/* symbol.c */
/* Its type may not be read yet. */
const struct ew_symbol *query_symbol(struct ew_query *q, enum ew_symbol_kind kind, int64_t id);
/* The same with its type. */
const struct ew_symbol *query_typed_symbol(struct ew_query *q, enum ew_symbol_kind kind, int64_t id);
/* The same of which all is known; its type is the id of a string, which query_type_id() gives if it was not read. */
const struct ew_symbol *query_told_symbol(struct ew_query *q, const struct ew_symbol *told, int64_t type);
int64_t query_type_id(const struct ew_symbol *s);
bool query_is_alone(const struct ew_symbol *s); /* of a function: no other unit defines an external one of its name */
/* "file.f_op", "socket_file_ops", "parameter 2 of alloc_file", … */
const char *query_node_name(struct ew_query *q, int64_t node);
/* May the two objects (nodes) be one? Of the one less may be known than of the other: foo.dw and x.dw. */
bool query_is_same_object(struct ew_query *q, int64_t a, int64_t b);
/* Nodes of fields called "struct.field" (of int64_t). */
GArray *query_field_nodes(struct ew_query *q, const char *name);
GArray *query_variable_nodes(struct ew_query *q, const char *name);

/* twin.c: of external functions of one name, the first `count` of `found`, the one of the kernel itself; NULL if
 * there is none, or something else among them. */
const struct ew_symbol *query_kernels_own(struct ew_query *q, const GPtrArray *found, guint count);

/* copy.c: if the first `count` of `found` are copies of one thing, the one of the source itself as a unit, or NULL. */
const struct ew_symbol *query_original(struct ew_query *q, const GPtrArray *found, guint count);
/* The file that tells it from others of its name: its own, or the unit's that includes that. */
const char *query_telling_file(struct ew_query *q, const GPtrArray *found, const struct ew_symbol *s);

/* rows.c */
void query_read_call(struct ew_rows *r, struct call_row *c);
void query_read_edge(struct ew_rows *r, struct edge_row *e);
void query_read_flow(struct ew_rows *r, struct flow_row *f);
bool query_call_row(struct ew_query *q, int64_t id, struct call_row *c);
bool query_flow_row(struct ew_query *q, int64_t id, struct flow_row *f);

/* chain.c: what the direct call leads to if it hands over the head of a chain, else NULL. */
const struct chain_row *query_chain(struct ew_query *q, int64_t call);
/* The dispatcher that the function calls for a head that it was given itself: what is called then, its callers say. NULL
 * of any other function. */
const struct ew_symbol *query_chain_inside(struct ew_query *q, int64_t function);

/* binding.c: which functions a call may reach if the slots hold what the binding says. */
/* Looked up once for each query; it belongs to the query. */
struct binding *query_binding(struct ew_query *q, const char *name, GError **error);
void binding_free(struct binding *b);
/* What the binding makes of a pointer call: NULL if it says nothing, else the callees that it leaves
 * (callee id -> container node), owned by b. */
GHashTable *binding_callees(struct binding *b, const struct call_row *c);
GHashTable *binding_calls(struct binding *b); /* all that it says something of: call id -> the above */
/* fixed.c: is the call never made, for it stands under a condition that asks for another pointer? b may be NULL. */
bool binding_rules_out(struct binding *b, const struct call_row *c);
/* The direct calls of that kind in `caller`, of `callee` or (0) of all (of struct ew_ruled_out). b may be NULL. */
GPtrArray *binding_ruled_out(struct binding *b, int64_t caller, int64_t callee);
/* Is the direct call made because a pointer is known to be its callee: the slot, and the object that holds it? */
bool binding_chooses(struct binding *b, const struct call_row *c, int64_t *slot, int64_t *object);
/* The same of an edge of the stored graph, of any kind: does the binding leave it? */
bool binding_leaves(struct binding *b, uint32_t edge);
/* Of one whose ends are known, and the call that it goes through, or 0: a direct one. */
bool binding_leaves_call(struct binding *b, uint32_t caller, uint32_t callee, uint32_t call);
int64_t binding_holder(struct binding *b); /* field that holds the reference, 0 if none is named */
GPtrArray *binding_proof(struct binding *b); /* of struct ew_step */
/* binding_kept.c, for the writer: look all of them up and store them. */
void bindings_keep(struct ew_query *q, struct ew_store_writer *w);

/* guard.c */
struct ew_guard *query_guard_new(void);
void query_guard_symbols(struct ew_query *q, const char *text, GPtrArray *symbols);
struct guard_arm;
struct ew_guard_arm *query_guard_arm(struct ew_query *q, const struct guard_arm *from);
/* guard_condition.c: those of the call's conditions that name CONFIG_. */
void query_condition_guards(struct ew_query *q, int64_t call, GPtrArray *guards);

/* callers.c: the calls in a row of table callers, one after the other. */
struct stored_callers {
	GBytes *bytes; /* owned */
	gsize at;
	int64_t last;
};
void stored_callers_init(struct stored_callers *s, struct ew_rows *r, int column);
int64_t stored_callers_next(struct stored_callers *s); /* 0 at the end */

/* callers.c: the edges to a function one after the other, in the order of ew_query_callers(). */
struct ew_callers;
struct ew_callers *callers_begin(struct ew_query *q, int64_t callee, struct binding *b);
struct ew_edge *callers_next(struct ew_callers *s); /* the caller's; NULL at the end */
void callers_end(struct ew_callers *s);
EW_DEFINE_AUTO(callers, callers_end)
/* The edge once more for each further object that holds its function and that the call can find. */
void query_other_objects(struct ew_query *q, const struct call_row *c, const struct edge_row *e,
			 struct ew_edge *first, GPtrArray *edges);

/* stored_under.c: of an edge that is not compiled because of what is stored, the condition of the first such flow. */
const char *query_stored_under(struct ew_query *q, const struct call_row *c, const struct edge_row *e);

/* way_edge.c */
/* The edge of a way: of the call through a pointer `call`, or of the first direct call where that is 0; the
 * caller's, or NULL. */
struct ew_edge *way_edge(struct ew_query *q, struct binding *b, uint32_t caller, uint32_t callee, int64_t call);
/* Of a way: who calls whom. */
struct way_hop {
	uint32_t caller, callee;
	int64_t call; /* 0: the first direct one */
};
/*
 * The conditions and proofs of these hops (of struct way_hop) will be told: after their calls were asked for. Hops that
 * were told already are skipped.
 */
void way_hops_ahead(struct ew_query *q, const GArray *hops);
/* The hops of these ways (of uint32_t, edges of the wide graph) will be asked for. */
void ways_ahead(struct ew_query *q, const GArray *const *ways, guint n);
/* What path_queued_at() says of a flow; the caller's, NULL if the flow is not there. */
struct ew_queued *way_queued(struct ew_query *q, int64_t flow);
/* The edge at a position of the stored graph. */
struct ew_edge *path_edge(struct ew_query *q, struct binding *b, uint32_t position);

/* path.c */
/* Does the binding leave this edge of the stored graph, whose caller was looked at? b may be NULL. */
bool path_is_left(struct binding *b, uint32_t edge);
/* The cheapest way, as edges of the wide graph; NULL if there is none. b may be NULL. */
GArray *path_find(struct ew_query *q, struct binding *b, int64_t from, int64_t to);
/* detour.c: the same, where no function calls by a parameter what its caller on the way does not hand over, and where what
 * `from` queues is what any caller gives it. */
GArray *path_find_possible(struct ew_query *q, struct binding *b, int64_t from, int64_t to);
/* handed.c: of edges of the wide graph: is every function that is called by a parameter handed over on this way? */
bool path_can_be_gone(struct ew_query *q, const GArray *way);
/* detour.c: the names of the work that the function queues where somebody gives it that (of const char *). */
GPtrArray *path_given(struct ew_query *q, int64_t function);
/* The flows that hand the deferred edge's object to a registrar, or a wrapper around one (of struct flow_row). */
GArray *path_registrations(struct ew_query *q, const struct ew_edge *e);
/* What such a flow says, without the way to it. */
struct ew_queued *path_queued_at(struct ew_query *q, const struct flow_row *f);
/* The same of the nearest to `from`, with the way, past the functions of `avoid` (by id, or NULL); NULL if it is
 * registered nowhere else. */
struct ew_queued *path_queued(struct ew_query *q, struct binding *b, int64_t from,
			      const struct ew_edge *e, const bool *avoid);
struct ew_queued *path_queued_copy(const struct ew_queued *queued); /* NULL is allowed, as below */
void path_queued_free(struct ew_queued *queued);
/* Takes the hops (of struct ew_hop) over. */
struct ew_path *path_new(struct ew_query *q, struct binding *b, GPtrArray *hops);
/* narrowing.c: fills p->would_narrow. */
void path_find_narrowing(struct ew_query *q, struct ew_path *p);
GPtrArray *path_new_hops(void);
/* The first hop of a way from a function: it may queue what another function gives to that. */
void path_say_giver(struct ew_query *q, struct ew_hop *hop, int64_t from);

/* no_way.c */
void path_say_none(struct ew_query *q, const struct ew_symbol *from, const struct ew_symbol *to,
		   const struct ew_path_options *o, bool gave_up, GError **error);

/* paths.c */
/* An edge of the wide graph as a hop; NULL, and said, if the index is damaged. Of a stored edge to deferred work it is
 * not said who queues that. */
struct ew_hop *path_hop(struct ew_query *q, struct binding *b, uint32_t edge);

/* ways.c */
struct ways_room;
void ways_room_free(struct ways_room *room);

/* context.h */
struct contexts;
void contexts_free(struct contexts *c);

/* sleep.c */
struct sleepers;
void sleepers_free(struct sleepers *s);

/* sites.c: the call and, from `column` on, the columns of EW_SITE. */
void query_fill_site(struct ew_query *q, const struct call_row *c, struct ew_rows *r, int column,
		     struct ew_site *s);

/* edge.c */
/* "direct" where e is NULL. */
const char *query_grade_name(struct ew_query *q, const struct edge_row *e);
struct ew_edge *query_edge(struct ew_query *q, const struct call_row *c, const struct edge_row *e,
			   int64_t callee);
/* The edge as it is for another object that holds the function than the one that was kept for it. */
void query_rebind(struct ew_query *q, struct ew_edge *edge, const struct call_row *c,
		  int64_t container);
/* The one to `callee`; NULL if there is none, or the binding leaves others. */
struct ew_edge *query_edge_to(struct ew_query *q, const struct call_row *c, struct binding *b, int64_t callee);
/* The edges of one call, narrowed if b is not NULL; an edge without callee if there is none. */
void query_edges_of_call(struct ew_query *q, const struct call_row *c, struct binding *b,
			 GPtrArray *edges);
/* Of those, the edges to one callee; 0 is all. */
void query_edges_of_call_to(struct ew_query *q, const struct call_row *c, struct binding *b, int64_t only,
			    GPtrArray *edges);
/* Of a pointer call. */
int query_count_targets(struct ew_query *q, int64_t call);
int query_count_functions(struct ew_query *q, int64_t slot); /* that reach it */
/* untyped.c: the void * that the slot is, or that the local is given, else 0 */
int64_t query_untyped_slot(struct ew_query *q, int64_t slot);

/* overlay.c: "x.b lies in the bytes of x.a" where the function was stored into the one node and is read out of the other;
 * NULL where they are no such members. */
struct ew_step *query_share_step(struct ew_query *q, int64_t stored, int64_t read);
/* Does the value come to the slot through a member that shares its bytes? */
bool query_passes_union(struct ew_query *q, int64_t slot, int64_t value);
/* Through one of a struct that lies beside another in a union? */
bool query_passes_structs(struct ew_query *q, int64_t slot, int64_t value);
/* Where the line, counted from 1, begins in the text, or the end of the text. */
const char *query_line_start(const char *text, const char *end, int line);
const char *query_condition(struct ew_query *q, int64_t id);
bool query_condition_row(struct ew_query *q, int64_t id, struct condition_row *c); /* false if it is not there */
/* The text of one that begins in the line that begins there; the caller's. */
char *condition_text(const char *line, const char *end, const struct condition_row *c, int end_line, int end_column);
/* condition_kept.c: false if `index` stored none, so that the table must be asked. */
bool condition_read_kept(struct ew_query *q, int64_t id, struct condition_row *c, bool *is_there);
int64_t condition_kept_row(int64_t id);
void conditions_keep(struct ew_query *q, struct ew_store_writer *w);
/* Of that condition and those around it, the outermost that this configuration makes false, in words; NULL if there is none. */
const char *query_false_condition(struct ew_query *q, int64_t id);
/* Does nothing stand before the call but `if (unlikely(c)) return;`, or nothing at all? */
bool query_is_on_likely_way(struct ew_query *q, int64_t condition);
const char *query_how(enum ew_flow_how how);
struct ew_step *query_step(struct ew_query *q, const char *role, const struct flow_row *f);

/* Of struct ew_way: those that differ in the key of a static call alone become one. */
void query_merge_ways(GPtrArray *ways);
/* Is it known that `value` comes to `slot`? Only what some call asks for is kept. */
bool query_reaches(struct ew_query *q, int64_t slot, int64_t value);
/* The flows by which `value` came to `slot`, in reading order, as steps. */
void query_reach_steps(struct ew_query *q, int64_t slot, int64_t value, const char *first_role,
		       const char *role, GPtrArray *steps);

/* outline.c: an answer of several levels, so ordered that it reads as an outline; a function is opened once. */
struct outline {
	struct ew_query *query;
	struct binding *binding;
	int depth, limit, count;
	bool more;	  /* the limit cut it */
	bool is_stopped;  /* `take` said so */
	ew_take_edge take; /* gets each edge, so that none is kept; or NULL */
	void *data;
	struct ew_edge *taken; /* the one that it got last */
	GHashTable *seen; /* ids of functions that were asked about */
	GPtrArray *edges; /* the answer */
};
bool outline_begin(struct outline *o, struct ew_query *q, const struct ew_symbol *f,
		   const struct ew_edge_options *options, GError **error);
/* Takes the edge; false, with `more` set, if there is no more room. */
bool outline_add(struct outline *o, struct ew_edge *e, int depth);
/* Is f, found at `depth`, to be asked about as well? */
bool outline_opens(struct outline *o, const struct ew_symbol *f, int depth);
GPtrArray *outline_end(struct outline *o, bool *more, GError **error); /* the caller's; NULL on damage */

#endif
