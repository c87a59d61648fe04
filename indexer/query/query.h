/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * query: typed questions to an index, and typed answers.
 *
 * An index is one file (see store/schema.sql). Opening it reads nothing but its header; each question
 * costs a few indexed look-ups. The module knows no terminal and prints nothing.
 *
 * Ownership: every string in an answer, and every struct ew_symbol, belongs to the query and lives
 * until ew_query_close(). Arrays (GPtrArray) are the caller's; they free their rows.
 * Errors: EW_ERROR_NO_ANSWER where the honest answer is no (the message carries a suggestion where one
 * is near), EW_ERROR_INPUT for a damaged index, EW_ERROR_NOT_POSSIBLE for a missing one or one of
 * another version, with the command that makes it.
 */
#ifndef EW_QUERY_H
#define EW_QUERY_H

#include "fact/fact.h"
#include "refs/refs.h"

struct ew_query;

struct ew_query *ew_query_open(const char *path, const struct ew_refs *refs, GError **error);
void ew_query_close(struct ew_query *q);
EW_DEFINE_AUTO(query, ew_query_close)

struct ew_store_writer;
/* After resolution, before the writer is closed: works out what the index itself answers, and stores it, so that
 * questions about the whole graph need not go over it. What is not stored, or was with another kernel-refs, is found
 * when it is asked for. */
bool ew_query_keep(struct ew_store_writer *w, const struct ew_refs *refs, GError **error);
/* From now on answer without what was stored, for tests: the answers are the same. */
void ew_query_work_out(struct ew_query *q);

/* ---- the index itself ------------------------------------------------------------------------ */

struct ew_query_about {
	const char *path;
	const char *id;	     /* identifies the index's content; in progress logs */
	const char *release; /* "6.1.192" */
	const char *arch;    /* "x86_64" */
	const char *config;  /* "debian" or what was given */
	const char *scope;   /* "core" */
	const char *part_of; /* "core" where the index holds the first units of it only (`scope`), else NULL */
	const char *tree;    /* where the tree was */
	const char *made;    /* ISO 8601, UTC */
	const char *parser;  /* "clang version 19.1.7 …" */
	int units, units_failed, units_with_errors, units_in_config;
};

const struct ew_query_about *ew_query_about(struct ew_query *q);

/* Value of a key of the index's meta table, or NULL. */
const char *ew_query_meta(struct ew_query *q, const char *key);

/* ---- symbols --------------------------------------------------------------------------------- */

enum ew_symbol_kind {
	EW_SYMBOL_FUNCTION = 1 << 0,
	EW_SYMBOL_RECORD = 1 << 1,
	EW_SYMBOL_FIELD = 1 << 2,
	EW_SYMBOL_VARIABLE = 1 << 3,
	EW_SYMBOL_MACRO = 1 << 4,
	EW_SYMBOL_FILE = 1 << 5,
	EW_SYMBOL_ANY = (1 << 6) - 1,
};

struct ew_symbol {
	int64_t id; /* within its kind */
	enum ew_symbol_kind kind;
	const char *name;      /* "fput"; a field's is "file.f_op" */
	struct ew_place place; /* of the definition; file is NULL where only a declaration was seen */
	int end_line;
	bool is_static, is_inline;
	const char *type; /* a function's signature, a field's or variable's type, or NULL */
};

/*
 * Find by name. "name", "struct.field", or "path-suffix:name" ("file_table.c:____fput") to choose
 * among statics of one name. Returns at least one row, or NULL with EW_ERROR_NO_ANSWER and a
 * suggestion in the message.
 */
GPtrArray *ew_query_find(struct ew_query *q, const char *name, unsigned kinds, GError **error);

/* Exactly one symbol, defined; several are an EW_ERROR_USAGE whose message lists them with the form to
 * type for each. Of copies of a source that a unit includes, and that is one itself, the source's own is meant. Of external functions of one name the kernel's own is meant, if there is one. */
const struct ew_symbol *ew_query_one(struct ew_query *q, const char *name, unsigned kinds,
				     GError **error);

/* Of what is static in a source that a unit includes: that unit's file, by which it can be called, too; else NULL. */
const char *ew_query_including_unit(struct ew_query *q, const struct ew_symbol *s);
/* What the function's unit is linked into: "vmlinux", a module's name, for a part that is linked by itself its
 * directory with a slash. NULL where the compile commands do not say. */
const char *ew_query_program(struct ew_query *q, const struct ew_symbol *f);
/* The external functions of f's name that several units define, f among them (of const struct ew_symbol *);
 * empty where it is alone. A call means that of its own unit, of its program, of the kernel; else the first. */
GPtrArray *ew_query_twins(struct ew_query *q, const struct ew_symbol *f);
/* The files of units that define it as well, but give way, as a weak definition does (of const char *). */
GPtrArray *ew_query_giving_way(struct ew_query *q, const struct ew_symbol *s);

/* Up to `max` names that begin with `prefix`, sorted; for completion. "struct." completes members. */
GPtrArray *ew_query_complete(struct ew_query *q, const char *prefix, unsigned kinds, int max);

/* ---- calls ----------------------------------------------------------------------------------- */

/* One resolved edge of the call graph. */
struct ew_edge {
	const struct ew_symbol *caller, *callee;
	int64_t call;	   /* id of the call site; pass to ew_query_proof() */
	struct ew_place site;
	bool is_pointer;   /* kind: direct or pointer */
	const char *when;  /* "now", "task_work", "rcu", "workqueue", "timer", … */
	const char *grade; /* "direct", "layers:3", "flow", "signature", "asserted"; "unresolved" without callee */
	const char *slot;  /* "file_operations.release", NULL for a direct call */
	const char *chain; /* "netdev_chain": the call hands over this head, and leads to a dispatcher's call through the slot;
			    * NULL of any other, and where it has no name */
	const char *container; /* "socket_file_ops", the object that holds the pointer, or NULL */
	int64_t object;	       /* the same for ew_query_proof(): 0, or the container's node */
	struct ew_place store; /* where the function is stored into the slot; file NULL if direct */
	int stores; /* among callers: at how many places of the container; `store` is the first */
	const char *macro; /* the macro that the call is written in, or NULL */
	const char *condition; /* text of the innermost condition, "!(…)" where negated, or NULL */
	bool is_compiled;  /* false: it, or all that brings the callee there, is under a condition that this configuration
			    * makes false */
	const char *stored_under; /* in the second case such a condition, as above; else NULL */
	int depth;	   /* 1 for the question's own edges, more with --depth */
	int candidates;	   /* how many targets the call site has in all (before the binding) */
	const char *called_type; /* the type of the call, where that of the callee is another one; else NULL */
};

struct ew_edge_options {
	int depth;	     /* 0 means 1 */
	int limit;	     /* 0 means no limit */
	const char *binding; /* "tcp4", or NULL */
};

/* A function that several objects hold (tcp_close: tcp_prot, tcpv6_prot) is an edge of its own for each
 * among the callers and in ew_query_edges_between(), and one edge elsewhere. A direct call that a macro repeats at one place is one edge.
 *
 * Who calls F, sorted by caller; whom F calls, in source order. Pointer calls of F that have no target
 * come back from ew_query_callees() with callee NULL and slot set. `*more` says that limit cut it. */
GPtrArray *ew_query_callers(struct ew_query *q, const struct ew_symbol *f,
			    const struct ew_edge_options *options, bool *more, GError **error);
GPtrArray *ew_query_callees(struct ew_query *q, const struct ew_symbol *f,
			    const struct ew_edge_options *options, bool *more, GError **error);

/* Of the callees of F, the edges to one of them. */
GPtrArray *ew_query_calls_of(struct ew_query *q, const struct ew_symbol *f, const struct ew_symbol *callee,
			     const char *binding, GError **error);

/* Does the index show that each slot of the binding holds what that says? Else no question can be asked with it. */
bool ew_query_supports(struct ew_query *q, const struct ew_refs_binding *binding);

/* A direct call of a function that has twins, where nothing says which of them is meant. */
bool ew_query_is_ambiguous(struct ew_query *q, const struct ew_edge *e);

/* The same callers one after the other: `take` gets each edge, which is gone after it, and may end it by false. */
typedef bool (*ew_take_edge)(const struct ew_edge *e, void *data);
bool ew_query_each_caller(struct ew_query *q, const struct ew_symbol *f, const struct ew_edge_options *options,
			  ew_take_edge take, void *data, bool *more, GError **error);

/* How many places call F, whatever a limit shows of them. */
struct ew_caller_count {
	int direct, pointer;
};
bool ew_query_count_callers(struct ew_query *q, const struct ew_symbol *f, const char *binding,
			    struct ew_caller_count *count, GError **error);

/* ---- conditions ------------------------------------------------------------------------------ */

/* A condition that a call stands under, as the source has it. */
struct ew_condition {
	enum ew_condition_kind kind;
	bool is_negated;  /* the call is reached where it does not hold */
	bool is_dead;	  /* this configuration decides that the call is never reached */
	bool is_in_macro; /* a macro hides it: the text is the macro's name */
	const char *text; /* "!in_interrupt()", white space folded, of any length; NULL if there is none */
	struct ew_place place;
};

/* All conditions of the call site ew_edge.call, outermost first: the order in which they are met. */
GPtrArray *ew_query_conditions(struct ew_query *q, int64_t call);

enum ew_gate_kind {
	EW_GATE_SOLE,	   /* nobody else holds a reference; none need have been dropped */
	EW_GATE_REFERENCE, /* the last one was dropped */
	EW_GATE_COUNTER,   /* a counter came to zero; what it counts is not known to be references */
};

/* A test of how many references there are, which decides whether a call is reached. */
struct ew_gate {
	const char *test;      /* "atomic_long_dec_and_test", "skb_unref", "--"; "read" of a member as it stands */
	const char *counter;   /* what is asked, as it stands: "&file->f_count"; in `helper`, if there is one; or NULL */
	const char *member;    /* the same as a member: "file.f_count"; NULL where it is none, or not known */
	struct ew_place place; /* of the test, or of the call of a function such as kref_put */
	enum ew_gate_kind kind;
	bool is_beyond; /* The call itself is not gated: it is one of a function such as kref_put, which goes on at the
			 * last reference only. */
	bool is_partly; /* control comes there past the test, too: it says so only where it is asked */
	/* A function whose answer is tested, and that asks itself: its own test. Else NULL. */
	const struct ew_symbol *helper;
	const char *helper_test;
	struct ew_place helper_place;
};

/* Whether the call of `callee` (or NULL) at the site `call` is one; the innermost. */
bool ew_query_gate(struct ew_query *q, int64_t call, const struct ew_symbol *callee, struct ew_gate *gate);

/* Calls behind one gate. */
struct ew_gate_group {
	struct ew_gate gate;
	GPtrArray *calls; /* of struct ew_edge, in source order; callee NULL for a call through a pointer */
};

/* Of a function's compiled calls those that are gated, by gate (of struct ew_gate_group), in source order. */
GPtrArray *ew_query_gates_in(struct ew_query *q, const struct ew_symbol *f);

/* Can its text be followed? Else nothing is said of its gates: its braces do not nest, or it has no text here. */
bool ew_query_is_followed(struct ew_query *q, const struct ew_symbol *f);

/* Where a reference that a member counts is taken, or counting begins: see kernel-refs/gates, `takes`. */
struct ew_take {
	const struct ew_symbol *function;
	const char *by; /* "refcount_inc" */
	struct ew_place place;
};

/* By a member's name, "file.f_count": those that stand beside their member, by function. */
GPtrArray *ew_query_takes(struct ew_query *q, const char *member);

bool ew_condition_is_negated(enum ew_condition_kind kind);
/* Does it hold around the code, or is it decided by a statement before (EW_CONDITION_AFTER and what follows it)? */
bool ew_condition_encloses(enum ew_condition_kind kind);
const char *ew_condition_kind_name(enum ew_condition_kind kind); /* "then", "else", "loop", … */
char *ew_condition_worded(const struct ew_condition *c); /* "!(x)", "loop: x", …; the caller frees */

/* A symbol of the configuration: "y", "m", "n" or its value; NULL where the index does not hold the header
 * that the configuration stands in. That the code is in the index proves that its arm was kept. */
struct ew_config {
	const char *name, *value;
};

/* What the preprocessor takes instead: the lines between two directives, as text. */
struct ew_guard_arm {
	const char *text; /* "#else" */
	int first_line, last_line;
	GPtrArray *calls;   /* of const char *: names that are called there */
	GPtrArray *defines; /* of const char *: "f, which is empty", "f, which calls g" */
};

struct ew_guard {
	const char *text;	/* the directive of the arm that was kept: "#ifdef CONFIG_NUMA", "#else"; or
				 * of an `if` the call's own: "if (…)", "else of if (…)", "after if (…)" */
	struct ew_place place;	/* of that directive or condition */
	GPtrArray *symbols;	/* of struct ew_config: those that the directives of the #if name */
	GPtrArray *others;	/* of struct ew_guard_arm; empty: without the symbols there is nothing */
};

/* The #if around a line that is compiled, as far as their directives name CONFIG_; outermost first. They are
 * read from the text of the file. */
GPtrArray *ew_query_guards(struct ew_query *q, const struct ew_place *place);
/* Those around a call, and then the `if` of its conditions that name CONFIG_. */
GPtrArray *ew_query_call_guards(struct ew_query *q, const struct ew_edge *e);

/* ---- paths ----------------------------------------------------------------------------------- */

/* Where a deferred hop was queued: the way from the path's start to the registrar's call. */
struct ew_queued {
	GPtrArray *way;		 /* of struct ew_edge, from the start to the function that queues */
	struct ew_place site;	 /* the registrar's call */
	int64_t call;		 /* the same for ew_query_conditions(), or 0 */
	const struct ew_symbol *function; /* that holds the call */
	const char *registrar;	 /* "task_work_add" */
	const char *object;	 /* "file.f_rcuhead"; or "NET_RX_SOFTIRQ" where it is a constant that says what is set off */
	bool is_constant;
	/* `function` hands on what it is given itself, and the way begins with it: then one that gives it the object at `site`;
	 * else NULL. */
	const struct ew_symbol *given_by;
};

struct ew_hop {
	struct ew_edge *edge;
	struct ew_queued *queued; /* NULL unless the hop is deferred */
	/* The hop goes from the function that queues the work, queued->function, to the work itself;
	 * edge->caller, which runs it, is not on the way. */
	bool is_queueing;
};

/* The function that the hop starts from. */
const struct ew_symbol *ew_hop_from(const struct ew_hop *hop);

struct ew_path {
	GPtrArray *hops;     /* of struct ew_hop, in order */
	const char *binding; /* that narrowed it, or NULL */
	GPtrArray *would_narrow; /* of const char *: bindings that would leave one target where this path
				    has several; empty if none */
	GPtrArray *binding_proof; /* of struct ew_step: why the tree supports the binding */
};

/* The shortest proved path, with the costs of ew_query_paths(); NULL with EW_ERROR_NO_ANSWER where there is none. */
struct ew_path *ew_query_path(struct ew_query *q, const struct ew_symbol *from,
			      const struct ew_symbol *to, const char *binding, GError **error);
/* The gates on it, in its order, with those on the ways on which its work was queued (of struct ew_gate_group). */
GPtrArray *ew_query_gates_on(struct ew_query *q, const struct ew_path *path);
void ew_path_free(struct ew_path *p);
EW_DEFINE_AUTO(path, ew_path_free)

struct ew_path_options {
	const char *binding;	/* or NULL */
	const GPtrArray *avoid; /* of const struct ew_symbol *: functions that a way may not pass, or NULL */
	int most;		/* so many ways, 0 for EW_PATHS_MOST */
	unsigned routes;	/* so many of struct ew_paths.routes, 0 for all */
};
enum { EW_PATHS_MOST = 10 };

/*
 * Ways on which each function stands once, or, where it calls what it is handed, perhaps twice; cheapest first: a
 * call costs 8, one through a pointer 9. To queue work is a hop as well, from the function that queues to the work: 9
 * where the same task runs it, else 17. A function that is avoided neither stands on the way nor runs work that is
 * queued there, nor is it needed to queue what is run there.
 * NULL with EW_ERROR_NO_ANSWER where there is no way; EW_ERROR_USAGE where an end is avoided.
 */
struct ew_paths {
	GPtrArray *paths; /* of struct ew_path */
	/* For each function that can be the first hop: the cheapest way over it. Without struct ew_queued
	 * but where the hop queues. Only if several ways were asked for, else empty. */
	GPtrArray *routes;
	int other_routes;      /* at most, that are not told, for so many were not asked for */
	int other_routes_hops; /* of the cheapest of these; 0: some may be as short as those that are told */
	int most;
	bool more;	 /* there is at least one way more than `most` */
	bool is_given_up; /* the search took too long: ways of that length may be missing */
};
struct ew_paths *ew_query_paths(struct ew_query *q, const struct ew_symbol *from,
				const struct ew_symbol *to, const struct ew_path_options *options,
				GError **error);
void ew_paths_free(struct ew_paths *p);
EW_DEFINE_AUTO(paths, ew_paths_free)

/* One step of a proof, in the order in which one would read it. */
struct ew_step {
	const char *role; /* "store", "flow", "union", "object", "register", "hand on", "fetch", "chain", "dispatch", "call", "bind" */
	const char *text; /* "socket_file_ops.release = sock_close" */
	const char *how;  /* "initialiser", "assignment", "argument", "return", or NULL */
	struct ew_place place;
	const char *function; /* it stands in, or NULL at file level */
	const char *macro;    /* that it is written in, or NULL */
	const char *condition; /* in words: what this configuration makes false, so that the step is not compiled; else NULL */
};

/* The evidence of one edge: registration, flow, dispatch, layers. At least one step. */
GPtrArray *ew_query_proof(struct ew_query *q, const struct ew_edge *e, GError **error);

/* The object that carries the function: a member (all objects embedded there) or a variable, with its type.
 * NULL where it is neither. */
const struct ew_symbol *ew_query_object(struct ew_query *q, const struct ew_edge *e);

/* Every edge from A to B: a direct call has several where it stands several times, one through a pointer one for
 * each object that holds B there. */
GPtrArray *ew_query_edges_between(struct ew_query *q, const struct ew_symbol *a,
				  const struct ew_symbol *b, GError **error);

/* ---- two indexes ----------------------------------------------------------------------------- */

enum ew_diff_status { EW_DIFF_SAME, EW_DIFF_CHANGED, EW_DIFF_RENAMED, EW_DIFF_REMOVED, EW_DIFF_ADDED };

/* A hop of the way in the first index, the second, or both. */
struct ew_diff_hop {
	enum ew_diff_status status;
	const struct ew_symbol *from[2]; /* NULL where it is not on that way */
	const struct ew_edge *edge[2];
	/* The hop is one of the way to where the work of the deferred hop was queued that comes next. */
	bool is_queueing;
	GPtrArray *remarks; /* of char *: what changed, or on what ground a function counts as renamed */
};

/* The ways from one function to another in two indexes, side by side. Functions of one name are one; of what
 * is left, two at the same place between the same neighbours count as renamed if their signature is the same
 * or they call at least half of their functions together. */
struct ew_diff {
	struct ew_query *query[2];
	struct ew_path *path[2];
	GPtrArray *hops; /* of struct ew_diff_hop, in the order of the way */
	int count[5];	 /* by status */
};

/* EW_ERROR_NO_ANSWER where one index lacks a function or the way: the message says which. */
struct ew_diff *ew_query_diff(struct ew_query *a, struct ew_query *b, const char *from, const char *to,
			      const char *binding, GError **error);
void ew_diff_free(struct ew_diff *d);
EW_DEFINE_AUTO(diff, ew_diff_free)

/* ---- where a function's address goes ----------------------------------------------------------- */

/* A slot to which the address comes and through which calls go. */
struct ew_way {
	const char *slot;      /* "timer_list.function", "parameter 2 of call_timer_fn" */
	GPtrArray *steps;      /* of struct ew_step: the flows from the store's own slot; empty if it is that */
	GPtrArray *keys;       /* of const char *: where slot is the key of a static call, all keys that the same flows lead to, but for
				  the name; slot is the first. Else empty */
	int sites;	       /* calls that go through the slot, or the keys */
	GPtrArray *calls;      /* of struct ew_edge: those of them that have the function as a target */
	GPtrArray *mechanisms; /* of const char *: by which it is deferred; "timer". If `calls` is empty, those
				  that the way's slots may serve. */
	bool is_proved;	       /* calls is not empty */
};

/* A place that stores it. */
struct ew_registration {
	const char *slot;     /* "file_operations.release", "parameter 2 of init_task_work" */
	const char *object;   /* "socket_file_ops", or NULL */
	const char *how;      /* "initialiser", "assignment", "argument", "return" */
	const char *function; /* in which the store stands, or NULL at file level */
	const char *macro;    /* the store is written in, or NULL */
	struct ew_place place;
	GPtrArray *ways; /* of struct ew_way, the nearest first; empty: nothing calls through it */
};

/* Every store of F's address, by place; empty where it is never taken. */
GPtrArray *ew_query_registers(struct ew_query *q, const struct ew_symbol *f, GError **error);

/* ---- slots ----------------------------------------------------------------------------------- */

struct ew_slot_store {
	const struct ew_symbol *function; /* the value */
	const char *container;		  /* "socket_file_ops", or NULL for an assignment */
	int64_t object;			  /* the container's node, or 0 */
	const char *how;
	struct ew_place place;
};

/* An object that holds something there: how many stores it has, and how many of the calls can find it. */
struct ew_slot_object {
	const char *name;
	int64_t object;
	int stores, dispatches;
};

struct ew_slot {
	const struct ew_symbol *field;
	GPtrArray *stores;     /* of struct ew_slot_store */
	/* Of struct ew_edge with callee NULL: the calls through it, and behind these `direct` ones those through locals,
	 * parameters and other members that its value is copied to. */
	GPtrArray *dispatches;
	guint direct;
	GPtrArray *objects;    /* of struct ew_slot_object, by name */
};

struct ew_slot *ew_query_slot(struct ew_query *q, const char *name, GError **error);
void ew_slot_free(struct ew_slot *s);
EW_DEFINE_AUTO(slot, ew_slot_free)

/* ---- calls through a pointer as a whole ---------------------------------------------------------- */

/* One call site, whatever its targets. */
struct ew_site {
	const struct ew_symbol *caller;
	int64_t call;
	struct ew_place place;
	const char *slot;  /* NULL if it has no name */
	const char *macro; /* or NULL */
	bool is_compiled;
	int reason;	    /* why it has no target, 0 if it has; see ew_site_reason_name() */
	const char *origin; /* the slot at which the search for a function ended, NULL if it is `slot` */
	/* How many functions one layer alone leaves: those of the signature whose address is taken anywhere (0: the
	 * type is not known), those that reach the slot, those that its known objects hold. */
	int by_signature, by_slot, by_object;
	bool is_open; /* an object that the index does not show may stand here, so the slot's whole set counts */
	bool is_partly; /* what is put there is not all followed, so that a function may stand there that is not shown */
	int targets;  /* in pointer coverage */
};

/* The update of a static call that puts something there which is not followed; NULL if there is none. The caller's. */
struct ew_step *ew_query_open_update(struct ew_query *q, int64_t call);
/* Of a call through an object's member: the parameter by which the object comes in, where nobody in the index gives it a
 * value, or code outside may call its function (`is_outside`: the address is handed on), so that any function in the member
 * may be meant: "parameter 1 of call_it". Else NULL. */
const char *ew_query_open_parameter(struct ew_query *q, int64_t call, bool *is_outside);
/* Is the edge there only because its object is known outside of the index (external, or handed out), so that code there may
 * put it behind the pointer? */
bool ew_query_is_from_outside(struct ew_query *q, const struct ew_edge *e);
/* Of a call through a void *, itself or by way of a local: that member, into which what is put is followed only where it is
 * a function by its name. Else NULL. */
const char *ew_query_open_untyped(struct ew_query *q, int64_t call);

const char *ew_site_reason_name(int reason); /* "no_store" */
const char *ew_site_reason_text(int reason); /* "nothing in this index stores a function there" */

int ew_query_site_reason(struct ew_query *q, int64_t call); /* of a call through a pointer */

/* Those without a target, in files that match a pattern (NULL-ended, see kbuild.h; NULL: all), by reason, slot
 * and place. The rows (const) belong to the query. */
GPtrArray *ew_query_unresolved(struct ew_query *q, const char *const *patterns, GError **error);
/* Does the index hold a file that matches one? */
bool ew_query_has_file(struct ew_query *q, const char *const *patterns);

enum { EW_REASONS = 16, EW_GRADES = 5, EW_WIDEST_SITES = 10 };

/* What this configuration does not compile is in `sites` and `dead` and nowhere else. */
struct ew_pointer_coverage {
	int sites, dead, resolved;
	int single;		  /* with exactly one target */
	int64_t targets;	  /* of all of them */
	double mean, median;	  /* targets of those that have one */
	/* The same without static calls, which the compiler makes direct calls of. */
	struct {
		int resolved, single;
		int64_t targets;
		double mean, median;
	} plain;
	/* of the same, candidates by one layer alone; by signature without the sites whose type is not known */
	double mean_by_signature, mean_by_slot;
	int without_signature;
	int differing; /* of `targets`: those of another type than the call */
	int grades[EW_GRADES];	  /* sites by the least grade of a target: 0 flow, 2 member, 3 object, 4 part */
	int reasons[EW_REASONS];  /* those without a target by reason */
	GPtrArray *widest;	  /* of struct ew_site: those with most targets, at most EW_WIDEST_SITES */
};

struct ew_pointer_coverage *ew_query_pointer_coverage(struct ew_query *q, GError **error);
void ew_pointer_coverage_free(struct ew_pointer_coverage *c);
EW_DEFINE_AUTO(pointer_coverage, ew_pointer_coverage_free)

/* ---- what a binding rules out ------------------------------------------------------------------ */

/* A direct call that is never made as the binding says: it stands under a condition that compares a pointer with
 * something else than what it then holds. */
struct ew_ruled_out {
	struct ew_edge *edge;
	const char *pointer; /* "__f2 of __tcp_transmit_skb", "file.f_op" */
	const char *wanted;  /* what the condition asks for, */
	bool is_equal;	     /* or (false) anything but it */
	GPtrArray *held;     /* of const char *: what the pointer holds */
	GPtrArray *steps;    /* of struct ew_step: why; the store into the object first */
};

/* ---- why not ------------------------------------------------------------------------------------- */

/* Why a function that reaches a call's slot is no target of the call. */
enum ew_ground {
	EW_GROUND_MECHANISM, /* it is registered with another mechanism */
	EW_GROUND_OBJECT,    /* it is stored into objects that cannot be there */
	EW_GROUND_SIGNATURE, /* the same, and its type is not the call's */
	EW_GROUND_UNION,     /* it is meant for another member of a union: by that one it is stored, or its type says so */
	EW_GROUND_BINDING,   /* it is a target; the binding leaves others */
	EW_GROUND_CHAIN,     /* it is on other chains than the one whose head this call hands over */
};

/* Candidates with one ground. */
struct ew_exclusion {
	enum ew_ground ground;
	const char *mechanism; /* of EW_GROUND_MECHANISM; of EW_GROUND_CHAIN the head of the other chain */
	int count, asked;      /* functions; of them those that were asked about */
	GPtrArray *functions;  /* of struct ew_symbol */
	GPtrArray *objects;    /* of const char *: where they are stored, if into a named object */
	struct ew_place place; /* where the one function that is asked about is stored; else file is NULL */
};

struct ew_why_not_site {
	struct ew_site site;
	const char *type;  /* of the call, or NULL */
	const char *when;  /* the mechanism that runs here, or NULL */
	/* A direct call that hands over the head of a chain: `site` is the dispatcher's call, at this one's place. */
	bool is_chain;
	const char *chain; /* the head, or NULL where it has no name */
	int candidates;	   /* functions that reach the slot */
	int asked;	   /* those asked about that reach it and are excluded */
	bool is_other_type; /* the function that was asked about has another type */
	GPtrArray *targets; /* of struct ew_symbol: what it calls */
	GPtrArray *classes; /* of struct ew_exclusion, those with what was asked about first */
};

struct ew_why_not {
	const struct ew_symbol *caller, *callee; /* callee NULL: what `mechanism` runs */
	const char *mechanism, *binding;	 /* or NULL */
	bool is_called;	  /* it does call it, in compiled code */
	bool is_partly;	  /* at one of its calls what is put there is not all followed */
	int asked;	  /* functions that are asked about */
	int direct;	  /* direct calls of the caller */
	GPtrArray *dead;  /* of struct ew_edge: direct calls that are not compiled */
	GPtrArray *ruled_out; /* of struct ew_ruled_out: direct calls that the binding excludes */
	GPtrArray *sites; /* of struct ew_why_not_site: its calls through a pointer, in order */
	GPtrArray *slots; /* of const char *: where the callee's address is stored at all */
};

/* Either `b` or `mechanism` ("rcu": every function that it runs) is asked about. */
struct ew_why_not *ew_query_why_not(struct ew_query *q, const struct ew_symbol *a, const struct ew_symbol *b,
				    const char *mechanism, const char *binding, GError **error);
void ew_why_not_free(struct ew_why_not *w);
EW_DEFINE_AUTO(why_not, ew_why_not_free)
bool ew_query_is_mechanism(struct ew_query *q, const char *name);

/* ---- source text ----------------------------------------------------------------------------- */

/* The whole text of a file of the index. Bytes as they stand in the tree: not always UTF-8, and to be
 * stripped of control characters before they are shown. NULL if the file is not in the index. */
GBytes *ew_query_text(struct ew_query *q, const char *file, GError **error);

/* Its SPDX-License-Identifier line, or NULL. */
const char *ew_query_spdx(struct ew_query *q, const char *file);

/* The calls of a function as marks for its source: struct ew_edge, callee NULL for pointer calls. */
GPtrArray *ew_query_calls_in(struct ew_query *q, const struct ew_symbol *f);

struct ew_access {
	const char *field; /* "sock.sk_lingertime" */
	enum ew_access_mode mode;
	bool in_condition;
	struct ew_place place;
};

/* The member accesses of a function, in source order. */
GPtrArray *ew_query_accesses_in(struct ew_query *q, const struct ew_symbol *f);

/* ---- anchors: see lessons/README.md for the language --------------------------------------- */

struct ew_anchor_spec {
	const char *in;	  /* "function fput | __fput_deferred" */
	const char *at;	  /* "call task_work_add" */
	int nth, of;	  /* 0 where not given */
	const char *show; /* "line", "statement", "branch", "function", "around N" */
};

enum ew_verdict { EW_VERDICT_EXACT, EW_VERDICT_MOVED, EW_VERDICT_CHANGED, EW_VERDICT_AMBIGUOUS,
		  EW_VERDICT_LOST };

struct ew_anchor_place {
	const struct ew_symbol *symbol; /* what `in` named */
	struct ew_place place;		/* what `at` matched */
	int first_line, last_line;	/* what `show` asks for */
	uint64_t statement_print, function_print; /* fingerprints of the normalised tokens */
	int nth, of; /* it is the nth of so many that match, from 1 */
};

/* All places that match; the caller judges (none: lost, several without nth: ambiguous) and compares
 * fingerprints with what was accepted. Where nth is given and there are as many places as it
 * counts on, that one alone is returned; where there are not, all are. An ill-formed spec is
 * EW_ERROR_INPUT. */
GPtrArray *ew_query_anchor(struct ew_query *q, const struct ew_anchor_spec *spec, GError **error);

/* Is the spec well formed? Asks no index. */
bool ew_query_anchor_is_valid(const struct ew_anchor_spec *spec, GError **error);

/* ---- states of a state machine ---------------------------------------------------------------- */

/* A place in the source that gives an object a state: see kernel-refs/states. */
struct ew_state {
	const struct ew_symbol *function;
	const struct ew_refs_states *machine;
	const char *to;	  /* "TCP_CLOSE"; a state of another machine, a macro or number; NULL: no constant */
	/* What the source says of the old state: "TCP_SYN_RECV|TCP_ESTABLISHED", with "!" before it what it
	 * excludes; NULL: nothing. What is called in between may have changed it. */
	const char *from;
	const char *note; /* what a table adds: "TCP_ACTION_FIN", or NULL */
	enum ew_state_how how;
	const char *by;	     /* the setter, or the member: "tcp_set_state", "sock_common.skc_state" */
	bool is_forwarded;   /* `by` is a function that hands its parameter on to a setter */
	int parameter;	     /* where `to` is NULL: the function's parameter that it is, from 0; or -1 */
	struct ew_place place;
	int entry;	     /* the line of a table's row, or 0 */
	const char *macro;   /* or NULL */
	const char *condition; /* text of the innermost condition around it, or NULL */
	bool is_compiled;
	bool is_shared; /* not in the machine's home, or no state of it: the member serves others, too */
	uint32_t contexts, sure, proved; /* as ew_query_context_bits() gives them */
};

struct ew_states_question {
	const char *from, *to; /* as ew_query_state_named() gives it, or NULL */
	const struct ew_symbol *function; /* or NULL */
	const char *binding;		  /* narrows the contexts; or NULL */
};

/* The enumerator that is meant by "TCP_CLOSE", "CLOSE", "close-wait"; NULL if none is. Needs no index. */
const char *ew_query_state_named(const struct ew_refs *refs, const char *name);

/* All that match, by state (in the order of kernel-refs) and place. `*unknown`: how many more would match, had
 * the source said their old state; 0 without `from`. */
GPtrArray *ew_query_states(struct ew_query *q, const struct ew_states_question *question, int *unknown,
			   GError **error);

/* ---- execution contexts ------------------------------------------------------------------------ */

/* "task", "task_work", "softirq", "hardirq", "nmi", "rcu", "worker", "kthread", "idle"; ends with NULL. */
extern const char *const ew_context_names[];

/*
 * What a way to a function takes for granted. A hop is proved if it is a direct call, has one target, is what the
 * binding leaves, runs work that was queued, or calls through a parameter what the caller on the way handed over.
 * A hop is by object if its call has several targets, this one is held by a named object, and the object is found
 * through a member: then that the object is there is all that is granted.
 */
enum ew_context_kind {
	EW_CONTEXT_PROVED,    /* every hop is proved */
	EW_CONTEXT_BY_OBJECT, /* and one is by object; never with a binding, which says what object it is */
	EW_CONTEXT_DOUBTFUL,  /* every way has another hop: it may join what never happens together */
	EW_CONTEXT_KINDS,
};

/* Why the hop that makes the kind is not proved. */
enum ew_context_grant {
	EW_GRANT_NOTHING,
	EW_GRANT_ONE_OBJECT,	/* it is by object */
	EW_GRANT_SECOND_OBJECT, /* the same, and another hop before it is */
	EW_GRANT_NOT_BOUND,	/* the same, and the binding says nothing of it */
	EW_GRANT_TARGETS,	/* several targets, and which of them it is does not depend on an object alone */
	EW_GRANT_CALLERS,	/* through a parameter, and who hands it over is not known */
};

/* One context that a function can run in, with the most provable way from where it begins. */
struct ew_context {
	const char *name;
	enum ew_context_kind kind;
	const struct ew_symbol *root; /* the entry point, or the dispatcher, at which the way begins */
	const char *why;  /* "a system call", or when the mechanism runs: "after an RCU grace period" */
	bool is_entry;	  /* else the way's first edge is the deferred one, out of the dispatcher */
	bool may_sleep;	  /* what runs there may */
	GPtrArray *way;	  /* of struct ew_edge, from the root to the function; empty if it is the root */
	int widest;	  /* most targets of a call on the way */
	enum ew_context_grant grant;
	const char *given; /* the binding that proves it, of ew_query_contexts_given(); else NULL */
	const struct ew_edge *granted; /* of `way`, the first hop that makes the kind; NULL if it is proved */
};

/*
 * The contexts, those that are not doubtful first, each part in the order of ew_context_names. They are handed on
 * along calls that run now, from the entry
 * points and dispatchers that kernel-refs names; what begins a context of its own (softirqs, run when bottom
 * halves are enabled again) does not inherit the caller's. A binding narrows calls through pointers. An
 * empty answer is no error: nothing that is known of leads there.
 */
GPtrArray *ew_query_contexts(struct ew_query *q, const struct ew_symbol *f, const char *binding,
			     GError **error);
/* Where all are doubtful in an answer without a binding, `plain`: what is proved under one that names functions
 * (tcp4-segment: where a packet goes) from which direct calls come here; of struct ew_context. */
GPtrArray *ew_query_contexts_given(struct ew_query *q, const struct ew_symbol *f, const GPtrArray *plain);
/* The same as bits, without ways: by index into ew_context_names. `*sure`: those that are not doubtful; `*proved`, or
 * NULL: of these, those that take nothing for granted. */
uint32_t ew_query_context_bits(struct ew_query *q, const struct ew_symbol *f, uint32_t *sure, uint32_t *proved);

/* How a function may come to sleep: by calls that are direct and compiled. */
struct ew_sleep {
	GPtrArray *way; /* of struct ew_edge; the last callee, or the macro of the last call, sleeps */
	const char *root; /* "mutex_lock", "might_sleep" */
	int conditional; /* calls of the way that stand under a condition, other than that `if (unlikely(c)) return;`
			 * was not taken before; 0: it is proved that it may */
};

/* Of all chains one with the fewest conditional calls, and of these a short one. NULL where there is none; that is no
 * proof that it may not. Owned by the query. */
const struct ew_sleep *ew_query_may_sleep(struct ew_query *q, const struct ew_symbol *f);

/* ---- coverage and dumps ---------------------------------------------------------------------- */

struct ew_unit_report {
	const char *file;
	const char *status; /* "indexed", "errors", "not indexed" */
	const char *reason; /* first diagnostic or why not indexed; NULL if indexed clean */
	int errors;
};

struct ew_coverage {
	int units, failed, with_errors, in_config;
	int behind_prefix; /* units whose headers were precompiled for many */
	int64_t functions, records, calls, direct, pointer, pointer_resolved, pointer_unresolved;
	int64_t stores, flows, edges, accesses;
	int64_t bytes; /* size of the index file */
	GPtrArray *troubled; /* of struct ew_unit_report: all that are not "indexed" */
};

struct ew_coverage *ew_query_coverage(struct ew_query *q, GError **error);
void ew_coverage_free(struct ew_coverage *c);
EW_DEFINE_AUTO(coverage, ew_coverage_free)

/* Each row as its TSV line without newline, header first; stops where emit returns false. */
typedef bool (*ew_query_emit)(const char *line, void *data);
bool ew_query_dump_edges(struct ew_query *q, ew_query_emit emit, void *data, GError **error);
bool ew_query_dump_calls(struct ew_query *q, ew_query_emit emit, void *data, GError **error);
/* Every row of the index, in names and places instead of ids, so that the sorted lines of two indexes of
 * one tree are the same if their facts are; but for meta's id and made. The lines of a kind begin with its
 * name and follow a line that begins with '#' and names their columns. Takes seconds for a whole kernel, and
 * memory for the names of all entities. */
bool ew_query_dump_facts(struct ew_query *q, ew_query_emit emit, void *data, GError **error);

#endif
