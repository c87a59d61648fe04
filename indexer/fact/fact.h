/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * fact: what the parser says of one translation unit, and the sink that it says it to.
 *
 * The parser pushes records into a struct ew_sink as it walks; it never meets the database. A record
 * names other entities by key (a string that is the same in every translation unit), never by a
 * number, so that units can be parsed apart and in any order. Whoever receives the facts interns the
 * keys.
 *
 * The module also holds the project's one error domain, and the nearest name that an error suggests, because every other
 * module may include it.
 */
#ifndef EW_FACT_H
#define EW_FACT_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* ---- errors ---------------------------------------------------------------------------------- */

#define EW_ERROR (ew_error_quark())
GQuark ew_error_quark(void);

/* What went wrong, as far as a caller may want to act on it. The message says what, where, and what
 * to do next. shell/cmd turns the code into an exit status. */
enum ew_error {
	EW_ERROR_NO_ANSWER,    /* an honest no: no such symbol, no such path          (exit 1) */
	EW_ERROR_USAGE,	       /* a wrong option, argument or command                 (exit 2) */
	EW_ERROR_INPUT,	       /* a file that is not what it should be                (exit 2) */
	EW_ERROR_NOT_POSSIBLE, /* not possible here: no index, no privilege, full disk (exit 3) */
	EW_ERROR_PARTLY,       /* done in part, the rest is listed                    (exit 4) */
};

/* The nearest of `names` (ends with NULL) to what was typed, or NULL where none is near. */
const char *ew_nearest(const char *typed, const char *const *names);

/* ---- scope guards ---------------------------------------------------------------------------- */

/* EW_DEFINE_AUTO(query, ew_query_close) lets a caller write `ew_auto(query) q = ew_query_open(…);`
 * and have it closed at the end of the scope. The free function must accept NULL. */
#define EW_DEFINE_AUTO(name, free_function)                                                        \
	static inline void ew_auto_##name(struct ew_##name **p)                                    \
	{                                                                                          \
		free_function(*p);                                                                 \
	}
#define ew_auto(name) __attribute__((cleanup(ew_auto_##name))) struct ew_##name *

/* ---- places and entities --------------------------------------------------------------------- */

/* A place in a file of the kernel tree. Lines and columns count from 1, columns in bytes. A place
 * inside a macro is where the macro is expanded, and the macro is named beside it. */
struct ew_place {
	const char *file; /* relative to the tree's root, or to the build directory for generated files */
	int line;
	int column;
};

/*
 * Keys. An entity with external linkage is its name. A static one is "path:name". Records and fields
 * are named by where the record is defined, so that two private structs of one name stay apart:
 *
 *	function   fput                     fs/file_table.c:____fput
 *	           fs/compat_binfmt_elf.c|fs/binfmt_elf.c:load_elf_binary   (in a source that a unit includes)
 *	variable   tcp_prot                 net/socket.c:socket_file_ops
 *	record     file_operations@include/linux/fs.h:2130
 *	field      <record key>.release     (fields of anonymous members belong to the outer record)
 *	parameter  <function key>#2         counted from 0
 *	return     <function key>#r
 *	local      <function key>%name@offset
 *	argument   <function key>!12#2      of its call with ordinal 12; the result is !12#r
 *	part       v<variable key>><field key>, also with f (field), l (local) or p (part) before the outer key
 *	constant   HRTIMER_MODE_ABS
 */

enum ew_linkage { EW_LINKAGE_EXTERNAL, EW_LINKAGE_STATIC };

struct ew_fact_function {
	const char *key, *name;
	struct ew_place place;
	int end_line;
	enum ew_linkage linkage;
	bool is_inline;
	bool is_weak;
	const char *signature; /* canonical type, "void (struct callback_head *)" */
};

struct ew_fact_record {
	const char *key, *name;
	const char *keyword; /* "struct" or "union" */
	struct ew_place place;
	int end_line;
};

struct ew_fact_field {
	const char *key, *record, *name;
	const char *type;
	int line;
	bool is_function_pointer;
	const char *signature; /* canonical type of the function that it points to, or NULL */
	/* Members of the record with the same number lie in the same bytes, in a union: what is stored into one of them
	 * is in the others. Told where one of them is a function pointer; 0: it shares no bytes. */
	int overlay;
};

struct ew_fact_variable {
	const char *key, *name;
	struct ew_place place;
	int end_line;
	enum ew_linkage linkage;
	const char *type;
};

/* Are the two canonical types of functions one, for whoever calls? An attribute (noreturn) makes no other type, and one
 * without a prototype is any with its result. */
bool ew_fact_is_same_type(const char *a, const char *b);
/* Is it a pointer without a type, void * as it is spelled? NULL is not. */
bool ew_fact_is_untyped(const char *type);

/* ---- slots and values ------------------------------------------------------------------------ */

/* What a slot or a value is. The key's form follows from it. */
enum ew_node_kind {
	EW_NODE_NONE,
	EW_NODE_FUNCTION, /* the address of a function                        (a value) */
	EW_NODE_VARIABLE, /* a global: its address as a value, its content as a slot     */
	EW_NODE_FIELD,	  /* record.field, over all objects of the record       (a slot) */
	EW_NODE_PARAM,	  /* parameter i of F                                   (a slot) */
	EW_NODE_RETURN,	  /* what F returns                                     (a slot) */
	EW_NODE_LOCAL,	  /* a local variable of F                              (a slot) */
	EW_NODE_ARGUMENT, /* argument i of a call through a pointer, or its result (a slot) */
	EW_NODE_PART,	  /* the member of an object that is an object itself      (an object) */
	EW_NODE_CONSTANT, /* an enumerator that mechanisms are told by, or a number     (a value) */
	EW_NODE_LAST = EW_NODE_CONSTANT,
};

/* How the object that holds a field is reached from the node that names it. */
enum ew_base_mode {
	EW_BASE_NONE,	 /* unknown: a cast, an array of pointers, arithmetic */
	EW_BASE_POINTER, /* through the pointer that the base node holds: base->field */
	EW_BASE_OBJECT,	 /* the base node is the object itself: base.field, (&base)->field */
};

/*
 * A reference to a slot or a value. For a field, `base` is the next layer outward: the node that
 * holds, or is, the object. `file->f_op->release` is the field file_operations.release, reached
 * through the pointer in field file.f_op. In x.dw.work.func the base is a part: member `work` of the part
 * x.dw; where the outermost object is not known, as in p->dw.work.func, of the field dw. `is_address` tells &x from x where x is an object.
 */
struct ew_ref {
	enum ew_node_kind kind;
	const char *key;
	enum ew_node_kind base_kind;
	const char *base;
	enum ew_base_mode base_mode;
	bool is_address;
};

/*
 * Two members that lie in the same bytes of a union, where one or both belong to a struct within it that has a name:
 * `union { struct a x; struct b y; }`, a.f and b.g. `object` is what has the member: the field x, or a part of it; of the other
 * kind EW_NODE_NONE for a member of the union itself. Told once for each two of which one is a function pointer.
 */
struct ew_fact_share {
	const char *record; /* that the union is, or stands in */
	struct ew_ref object;
	const char *field;
	struct ew_ref other_object;
	const char *other;
};

enum ew_flow_how {
	EW_FLOW_INITIALISER,
	EW_FLOW_ASSIGNMENT,
	EW_FLOW_ARGUMENT,
	EW_FLOW_RETURN,
	EW_FLOW_COPY, /* of a whole object: a member of one into the same member of another */
};

/* A value or the content of a slot flows into a slot. `from` is EW_NODE_NONE where the value cannot be
 * named: the slot then holds more than is known. `call` is the ordinal of the call in its
 * function where how is EW_FLOW_ARGUMENT, else -1. */
struct ew_fact_flow {
	struct ew_ref to, from;
	enum ew_flow_how how;
	const char *function; /* key of the function it stands in, NULL at file level */
	struct ew_place place;
	int call;
	const char *macro;
	/* 1 + the index of the innermost condition that it stands under, where this configuration makes one of them false; 0
	 * where it is compiled, as it is at file level. */
	int dead;
};

/* The condition that code stands under; conditions nest through `parent` (index of the enclosing
 * condition in the same function, -1 at the top). */
enum ew_condition_kind {
	EW_CONDITION_THEN,  /* if: the condition holds */
	EW_CONDITION_ELSE,  /* if: it does not */
	EW_CONDITION_LOOP,  /* body of for, while, do */
	EW_CONDITION_CASE,  /* body of switch, and what stands before its first label */
	EW_CONDITION_AND,   /* right of && : the left side holds */
	EW_CONDITION_OR,    /* right of || : it does not */
	EW_CONDITION_TRUE,  /* second operand of ?: */
	EW_CONDITION_FALSE, /* third operand of ?: */
	EW_CONDITION_LABEL, /* behind `case X: case Y:` or `default:`, inside of a CASE */
	EW_CONDITION_LABEL_FALL, /* the same, where control may also come from the statement above */
	/* These do not enclose the code: they stand before it, and a statement that does not let control through
	 * was not taken. */
	EW_CONDITION_AFTER,	  /* behind `if (c) return;`: c does not hold */
	EW_CONDITION_AFTER_ELSE,  /* behind `if (c) …; else return;`: c holds */
	EW_CONDITION_UNREACHABLE, /* behind `return;`: the code never runs */
	/* Behind `if (c) { if (d) return; }`: UNDER of c and LEFT of d, together: control did not leave under both. What stands
	 * in the row after an UNDER belongs to it. */
	EW_CONDITION_UNDER,	  /* c holds */
	EW_CONDITION_UNDER_ELSE,  /* c does not hold */
	EW_CONDITION_LEFT,	  /* and d holds: it left */
	EW_CONDITION_LEFT_ELSE,	  /* and d does not hold: it left */
	EW_CONDITION_PASSED,	  /* behind a statement that may have left within: a loop, a switch, a branch with several ends */
	/* Around the code: the statement of a macro, as scoped_guard() is, of which nothing else is said. */
	EW_CONDITION_WITHIN,
	EW_CONDITION_LAST = EW_CONDITION_WITHIN,
};

struct ew_fact_condition {
	const char *function;
	int index, parent;
	enum ew_condition_kind kind;
	struct ew_place place; /* of the condition's text */
	int end_line, end_column;
	bool is_dead; /* this configuration evaluates it so that the code never runs */
	bool is_in_macro; /* the whole statement is a macro's: the place is that of the macro's name */
	/* The code runs only where the slot holds the value, or (is_equal false) does not: a function, or the address of a
	 * global. EW_NODE_NONE: it says no such thing. */
	struct ew_ref slot, value;
	bool is_equal;
};

struct ew_fact_call {
	const char *caller;
	int ordinal;	    /* in source order within the caller, from 0 */
	const char *callee; /* key of the function called directly, or NULL */
	struct ew_ref slot; /* what is called through, where callee is NULL */
	const char *signature; /* canonical type of what is called through, else NULL */
	struct ew_place place;
	const char *macro; /* the macro it is written in, or NULL */
	int condition;	   /* index of the innermost condition in the caller, -1 for none */
	bool is_dead;	   /* under a condition that this configuration makes false */
};

/* How a member is used. */
enum ew_access_mode { EW_ACCESS_READ, EW_ACCESS_WRITE, EW_ACCESS_ADDRESS };

struct ew_fact_access {
	const char *function;
	const char *field;
	enum ew_access_mode mode;
	bool in_condition;
	struct ew_place place;
};

/* How a state is given to a variable that keeps one. */
enum ew_state_how {
	EW_STATE_CALL,	     /* an argument of a setter, or of any function that takes the constant */
	EW_STATE_ASSIGNMENT, /* of the member itself, through any macro */
	EW_STATE_TABLE,	     /* a row of a table of states that the old state indexes, each a fact */
};

/*
 * A state that is given to a member or parameter that keeps one; which those are, the parser is told.
 * A value that is no constant is told as well, with the parameter of the same function that it is.
 * `from`: what the conditions around it leave of the old state, "TCP_SYN_RECV|TCP_ESTABLISHED", or with
 * "!" before it what they exclude, or NULL where they say nothing. It is what stands in the source: what is
 * called in between may change the state again.
 */
struct ew_fact_state {
	const char *function;
	int ordinal;	       /* of the states told in the function, from 0 */
	struct ew_ref target;  /* a member, or a parameter of the function called */
	enum ew_state_how how;
	const char *value;     /* the enumerator, else the macro or number; NULL: no constant */
	struct ew_ref source;  /* where value is NULL: a parameter, or nothing */
	const char *from;
	const char *note;      /* what the table adds to the state: "TCP_ACTION_FIN" */
	int entry;	       /* the line of the table's row, in the same file; else 0 */
	struct ew_place place;
	const char *macro;     /* that it is written in, or NULL */
	int condition;	       /* as of a call */
	bool is_dead;
};

/*
 * The sink. Records of one function stand between its function() and its end_function(); a sink that
 * knows the function already (an inline of a header, met in another unit) returns false from
 * function() and the parser skips its body. Any other callback may be NULL.
 */
struct ew_sink {
	void *data;
	bool (*function)(void *data, const struct ew_fact_function *f);
	void (*end_function)(void *data);
	void (*record)(void *data, const struct ew_fact_record *r);
	void (*field)(void *data, const struct ew_fact_field *f);
	void (*share)(void *data, const struct ew_fact_share *s); /* behind the fields of its record */
	void (*variable)(void *data, const struct ew_fact_variable *v);
	void (*condition)(void *data, const struct ew_fact_condition *c);
	void (*call)(void *data, const struct ew_fact_call *c);
	void (*flow)(void *data, const struct ew_fact_flow *f);
	void (*access)(void *data, const struct ew_fact_access *a);
	void (*state)(void *data, const struct ew_fact_state *s);
	void (*file)(void *data, const char *path); /* a file of the tree that the unit read */
	void (*diagnostic)(void *data, const struct ew_place *p, const char *text);
};

/* A sink that packs every record into `bytes` (the caller's), and its reverse. Together they carry one
 * unit's facts from a worker process to the writer. ew_fact_unpack() fails on bytes that were cut or
 * altered; the strings that it hands out point into `bytes`. */
struct ew_sink *ew_fact_pack_new(GByteArray *bytes);
void ew_fact_pack_free(struct ew_sink *sink);
bool ew_fact_unpack(const uint8_t *bytes, size_t length, const struct ew_sink *sink, GError **error);

#endif
