/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the resolve module share. */
#ifndef EW_RESOLVE_INTERNAL_H
#define EW_RESOLVE_INTERNAL_H

#include "resolve/resolve.h"

/*
 * Nodes are numbered densely; UNKNOWN stands for a value that cannot be named. Values are nodes too: a
 * function, or any other node as the address of the object that it is.
 */
enum { UNKNOWN = 0 };

struct flow {
	int64_t id, call, function, file;
	int dst, dst_base, src, src_base;
	uint8_t dst_mode, src_mode, is_address, how;
	bool is_dead; /* it stands in code that this configuration does not compile */
	bool is_load; /* out of the member of an object that may become known */
	bool is_update; /* of a static call whose key is a value, see key.c */
	bool is_beside; /* it stands for one into the object beside, see share.c */
	int upon; /* the member that the fact names, where this is the flow into one that lies upon it; else UNKNOWN */
	int next_out, next_in, next_of_call; /* lists, -1 ends */
};

/* A map from two node numbers to a number. */
struct pair_map {
	uint64_t *keys;
	int *values;
	size_t used, size;
};

/* Of a part: the object that it is in, what it is where less is known of that (x.dw is a foo.dw), and the member. */
struct around {
	int outer, wider, member; /* UNKNOWN of other nodes */
};

/* A pointer call. */
struct site {
	int64_t call, caller, signature; /* of what is called through: a string's id, 0 if not known */
	int slot, base;
	enum ew_base_mode mode;
};

struct graph {
	struct ew_store *store;
	GArray *nodes;		 /* of int64_t: schema.sql's node by number */
	GHashTable *numbers;	 /* and back */
	GArray *flows;		 /* of struct flow */
	GArray *elements;	 /* of struct flow: objects that an array is made of, into it; not among the flows */
	int *first_out, *first_in; /* lists of flows, by node */
	GHashTable *calls;	 /* call id -> first flow of its arguments + 1 */
	GPtrArray *values;	 /* by node: GArray of int, or NULL if empty */
	struct pair_map reached; /* (node, value) -> flow that brought it, -1 for a seed */
	struct pair_map costs;	 /* (node, value) -> what that way costs, see graph.c */
	GHashTable *defined;	 /* function ids that have a body in the index */
	GHashTable *taken;	 /* function ids whose address flows somewhere */
	GHashTable *open;	 /* those that may be called from where the index does not see */
	GArray *sites;		 /* of struct site, by call */
	GArray *around;		 /* of struct around, by node: what is known of an object that is a part */
	GHashTable *types;	 /* function id -> its type, a string's id */
	struct pair_map same_types; /* string ids -> whether they are one type */
	GHashTable *overlays;	 /* number of a member -> GArray of those that share its bytes, see overlay.c */
	GPtrArray *overlay_groups; /* of the same arrays, owned */
	GHashTable *shares;	 /* number of a member -> GArray of those of structs beside its own, see share.c */
	GHashTable *besides;	 /* and these, as a set */
	struct pair_map parts;	 /* (object, member) -> the part */
	int64_t calls_seen;	 /* direct ones too */
	bool has_dead;		 /* some flow is not compiled */
	struct keys *keys;	 /* of static calls that are updated by value, see key.c */
	struct work *work;	 /* values that are still to be passed on */
	struct pair_map joined;	 /* (index of a site, target): its arguments flow; the value: only in dead ways */
	GHashTable *handed_self; /* parameter -> GArray of int: objects that called their own function */
	int64_t changes;	 /* grows with every new value and flow */
	bool is_whole;		 /* nothing outside of the index calls what is in it */
	bool is_settled;	 /* a slot that nothing came to may hold anything, see join.c */
};

/* pairs.c */
void pair_map_init(struct pair_map *m);
void pair_map_clear(struct pair_map *m);
bool pair_map_add(struct pair_map *m, int a, int b, int value); /* false if it was there */
int *pair_map_at(struct pair_map *m, int a, int b); /* NULL if it is not there */
int pair_map_get(const struct pair_map *m, int a, int b, int missing);

/* graph.c */
struct graph *graph_load(struct ew_store *store, GError **error);
void graph_free(struct graph *g);
int graph_number(struct graph *g, int64_t node); /* UNKNOWN where no flow has it */
int64_t graph_node(const struct graph *g, int number);
enum ew_node_kind graph_kind(const struct graph *g, int number);
struct flow *graph_flow(const struct graph *g, int index);
const GArray *graph_values(const struct graph *g, int number); /* of int, may be NULL */
bool graph_is_among(const GArray *numbers, int number); /* of int */
bool graph_holds_unknown(const struct graph *g, int number);
struct around graph_around(const struct graph *g, int number);
int graph_outermost(const struct graph *g, int number); /* the object that the part is in, or itself */
/* Is it the wider object, or does that contain it, under any of its names? */
bool graph_is_within(const struct graph *g, int object, int wider);
int graph_first_of_call(const struct graph *g, int64_t call); /* then next_of_call */
/* The flow `as` goes to `dst` as well: it has the same place, and counts as the same evidence. `is_dead`: only where
 * something is that this configuration does not compile. */
int graph_add_flow(struct graph *g, int dst, int as, bool is_dead);
int graph_copy_flow(struct graph *g, int dst, int as); /* before graph_start() */

/* overlay.c */
void graph_load_types(struct graph *g);
void graph_load_overlays(struct graph *g); /* before the flows are linked */
bool graph_has_type(struct graph *g, int function, int64_t signature, bool if_unknown);
bool graph_is_shared(const struct graph *g, int field);
bool graph_shares_bytes(const struct graph *g, int a, int b); /* one member, or two of a union */
/* Is the function meant to be called through this member, as what it is called? `stored` is the member that it was stored
 * by, UNKNOWN if that is this one. */
bool graph_is_meant(struct graph *g, int function, int field, int stored, int64_t signature);
bool graph_is_particular(const struct graph *g, int object); /* a variable, or in one: not all that are embedded somewhere */
struct object_store;
/* The other member that it was stored by than the one that it is taken out of, or UNKNOWN. `s` is NULL where its way stands
 * in the reaches. */
int graph_stored_by(struct graph *g, int slot, int function, const struct object_store *s);

/* share.c: members in structs that lie beside each other in a union */
void graph_load_shares(struct graph *g); /* after the overlays */
bool graph_is_beside(const struct graph *g, int field); /* of another */
bool graph_are_beside(const struct graph *g, int field, int other);
/* What is stored into `field` of the object is in `other` of which objects (of int)? UNKNOWN among them: of any. */
GArray *graph_objects_beside(const struct graph *g, int field, int other, int object);

/* solve.c */
void graph_start(struct graph *g);
void graph_add_value(struct graph *g, int node, int value, int flow, bool is_dead); /* flow -1: nobody says whence */
/* Does the value come to the node only by ways that lead through code which this configuration does not compile? The way
 * that is kept is such a one only then. */
bool graph_is_dead(const struct graph *g, int node, int value);
bool graph_has_dead(const struct graph *g, const GArray *flows); /* of int; is one of them dead? */
void graph_add_values_of(struct graph *g, int flow); /* what its source holds goes to its destination */
void graph_add_open(struct graph *g); /* the slots that may hold anything */
void graph_solve(struct graph *g);
/* Is the function of this parameter given values from where the index does not see? */
bool graph_is_param_open(const struct graph *g, int64_t node);

/*
 * What is stored into the objects. An object is a node: a global, a field (all objects embedded there),
 * a local. `flows` are indexes of flows, in reading order.
 */
struct object_store {
	int object, field, function;
	GArray *flows;
	int64_t proof; /* 0 until written */
	bool is_copy;  /* of what another object's member holds */
	bool is_dead;  /* each way of the function into the object leads through code that is not compiled */
};

struct objects {
	struct graph *graph;
	GPtrArray *stores;	 /* of struct object_store */
	GHashTable *by_object;	 /* object << 32 | field -> GPtrArray of the stores */
	GHashTable *wild;	 /* field -> GPtrArray of struct object_store with object UNKNOWN */
	GHashTable *escaped;	 /* the same, of objects that code outside the index can get hold of */
	GHashTable *beside;	 /* field << 32 | function, of stores that are in there by the struct beside; no values */
	GHashTable *of_parts;	 /* as by_object: what a part may hold, once it was asked */
	GHashTable *seen;
	GPtrArray *let_dead; /* copies, owned: of `escaped` those that only code which is not compiled lets escape */
	const struct objects *before; /* while copies are found: those of the round before */
};

/* object.c; `before` is what the last round found, NULL in the first. */
struct objects *objects_find(struct graph *g, const struct objects *before);
/* Objects that code outside the index can get hold of may be behind any pointer. */
void objects_let_escape(struct objects *o);
/* escape.c: the objects (their numbers) that code outside the index can get hold of; NULL with those of which only code
 * that is not compiled lets it. */
GHashTable *objects_escaping(struct graph *g);
void objects_free(struct objects *o);
const GPtrArray *objects_stores(const struct objects *o, int object, int field);
/* Is the function in there, in some object, by the member of the struct beside? */
bool objects_has_beside(const struct objects *o, int field, int function);
const GPtrArray *objects_wild(const struct objects *o, int field);
/* What is stored into objects that may be behind any pointer; NULL where no pointer is followed. */
const GPtrArray *objects_escaped(const struct objects *o, int field, enum ew_base_mode mode);
/* The objects that `base` is or points to (of int); UNKNOWN among them where there may be others. */
GArray *objects_at(struct graph *g, int base, enum ew_base_mode mode);

/* The flows by which `value` came to `node`, the first one first (of int). */
GArray *graph_way(struct graph *g, int node, int value);
/* key.c: what is put into a static call by way of a pointer to its key. */
struct key_store {
	struct object_store store; /* the flows that bring the function, those that bring the key, and the update */
	int grade;
};
struct keys *keys_find(struct graph *g); /* the updates; before graph_start() */
void keys_free(struct keys *k);
/* What comes to which key by what is known so far; once more in each round. */
void keys_follow(struct keys *k, const struct objects *o);
const struct key_store *keys_store(const struct keys *k, int key, int function); /* NULL: it came there in another way */
/* Does such an update put something there that is not followed? */
bool keys_has_open(struct graph *g, int slot);

/* A local that only ever holds a copy of one slot stands for that slot. */
int copied_slot(struct graph *g, int node);

/* handed.c: what is handed to parameter `position` of `function`, through wrappers too. */
struct handed {
	int object;  /* or a function, where the parameter takes one */
	GArray *way; /* of flow: the argument at the outermost call, then the ones that pass it on */
	bool is_dead; /* that is not compiled */
};
GPtrArray *objects_handed_to(struct graph *g, int64_t function, int position); /* of struct handed, not owned */
void handed_free(gpointer handed);

/* The layers that held; see resolve/edge.c. */
enum { GRADE_FLOW = 0, GRADE_SIGNATURE = 1, GRADE_FIELD = 2, GRADE_OBJECT = 3, GRADE_PART = 4 };

/* A function that a call through a pointer may call. */
struct target {
	int function;
	struct object_store *store; /* NULL: the way stands in the reaches of the slot */
	int container;
	int grade;
	const GPtrArray *registered; /* of struct handed: what it was handed to its mechanism by, or NULL */
	int load; /* the flow out of the object's member into what is called, -1 if none */
	bool is_dead; /* every way that leads here is not compiled */
};

/* A mechanism of kernel-refs as it stands in this index. */
struct mechanism {
	const struct ew_refs_mechanism *refs;
	int slot; /* number of the member or parameter, UNKNOWN if no flow has it */
	bool is_shared; /* other mechanisms use the same slot */
	bool stores;	/* its registrars take the function too, and store it (call_rcu) */
	GHashTable *by_object;	/* object -> GPtrArray of struct handed, of what is handed as this object or a part of its kind */
	GPtrArray *handed;	/* of struct handed: they all */
	GHashTable *of_record;	/* record -> struct whole, see whole.c */
	GHashTable *by_function; /* function -> its target */
	struct marks *marks; /* or NULL */
	GPtrArray *targets; /* of struct target; where the slot is shared, there are no others */
};

struct mechanisms;

/* whole.c: which of the objects handed to the mechanism the store went into: its own, or one that contains it.
 * UNKNOWN if that cannot be told. */
int handed_object_of(struct graph *g, struct mechanism *m, const struct object_store *s);
void whole_free(gpointer whole);

/* mark.c: constants that tell when a function of the mechanism runs, or who sets it off. */
struct marks;
struct mark {
	GArray *constants; /* of int: what its objects, or it, are given */
	GArray *flows;	   /* of int: how */
	bool is_open;	   /* it may be others */
	const struct ew_refs_mechanism *part; /* that all constants mean, or NULL */
	GPtrArray *raised; /* of struct handed, not owned: constants that are given to who sets it off */
};
struct marks *marks_new(struct graph *g, struct objects *o, const struct mechanism *m,
			const struct ew_refs *refs); /* NULL if the mechanism has none */
void marks_free(struct marks *ms);
const struct mark *marks_of(struct marks *ms, int function);

/* mechanism.c */
struct mechanisms *mechanisms_load(struct graph *g, struct objects *o, const struct ew_refs *refs);
void mechanisms_free(struct mechanisms *ms);
/* Whose dispatcher calls here, or NULL. `fetched`, if not NULL, gets the flows from the mechanism's slot to the
 * one that is called through. */
const struct mechanism *mechanism_of(const struct mechanisms *ms, int64_t caller, int slot, GArray *fetched);
bool mechanism_is_deferred(const struct mechanism *m);
/* names.c: the ids (int64_t) of all functions of that name; statics may share one. */
GArray *functions_named(struct ew_store *store, const char *name);
/* "task_work_add#1": the functions' ids (int64_t). */
GArray *functions_taking(struct graph *g, const char *parameter, int *position);

/* chain.c, chain_on.c: where the mechanism's slot serves many chains, which objects are on the one that a call is for. */
struct chains;
/* NULL where they cannot be told apart: some way into the dispatcher, a function, takes no head. */
struct chains *chains_new(struct graph *g, struct objects *o, const struct mechanism *m, int64_t dispatcher);
void chains_free(struct chains *c);
struct chain_target {
	int64_t call; /* that hands over the head */
	int function, grade;
	struct object_store *store; /* NULL: no object is known */
	const GArray *put; /* of int: the flows that hand the object to a registrar, the outermost first; NULL if it is on any chain */
	int head_flow;	   /* the head that it is put on, -1 if that is not known */
	const GArray *called; /* of int: the flows of the head that is called */
	bool is_dead; /* every way that leads here is not compiled */
};
typedef void (*visit_chain)(void *data, const struct chain_target *t);
/* Each call is visited first, with the node of its head, UNKNOWN where it may be one of several; then its targets. */
typedef void (*visit_chain_call)(void *data, int64_t call, int head);
void chains_visit(struct chains *c, visit_chain_call visit_call, visit_chain visit, void *data);

/* link.c: what the linker hands to a mechanism's slot flows there; before graph_start(). */
void links_add(struct graph *g, const struct ew_refs *refs);
/* "task_work_add#1", "callback_head.func": the number of the slot, UNKNOWN if no flow has it. */
int slot_named(struct graph *g, const char *slot);

/* site.c: of each pointer call, why it has no target and what each layer left. */
struct sites;
struct sites *sites_new(struct graph *g);
void sites_free(struct sites *s);
/* What resolving it came to. */
struct site_outcome {
	int targets, by_object;
	int dead; /* those that are not compiled, which `targets` leaves out */
	int object;	/* one that it goes through, or UNKNOWN */
	bool is_open;	/* there may be others */
	int open_at;	/* as of struct layers */
	bool is_deferred; /* a call of what is registered with a mechanism */
};
void sites_write(struct sites *s, struct ew_store_writer *w, const struct site *site,
		 const struct site_outcome *o);

/*
 * target.c: what a slot may call, layer by layer. `object` is UNKNOWN where the function is there for any of
 * the slot's objects; then `store` is NULL if its way stands in the reaches of the slot.
 */
struct candidate {
	int function, object, grade;
	struct object_store *store;
	int base; /* where the object was found, and how */
	enum ew_base_mode mode;
	int load; /* the flow that took it out of the object's member into what is called, -1 if none */
	bool is_dead; /* this way is not compiled */
};
struct layers {
	int object;   /* one that it goes through, or UNKNOWN */
	bool is_open; /* there may be others */
	int open_at;  /* the parameter, which nobody in the index gives a value, that makes it so; or UNKNOWN */
};
typedef void (*visit_candidate)(void *data, const struct candidate *c);
struct layers targets_visit(struct graph *g, const struct objects *o, const struct site *s,
			    visit_candidate visit, void *data);

/* join.c: arguments and returns flow through pointer calls too. The objects at the fixed point. */
struct objects *join_calls(struct graph *g, bool is_whole);

/* edge.c */
bool edges_write(struct graph *g, struct objects *o, struct ew_store_writer *w,
		 const struct ew_refs *refs, struct ew_resolve_counts *counts, GError **error);

#endif
