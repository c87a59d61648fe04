/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files that walk over a function's body share. */
#ifndef EW_PARSE_BODY_H
#define EW_PARSE_BODY_H

#include "parse/internal.h"

struct open_condition {
	CXCursor text, text_end; /* from the first's beginning to the end of the last */
	CXCursor statement;	 /* whose arm this is */
	enum ew_condition_kind kind;
	bool is_dead;
	unsigned until; /* the label behind which it need not hold, see jump.c */
	bool is_over;	/* the walk has come to that label */
	int index;	/* -1 until something under it is said */
};

struct body {
	struct unit *unit;
	CXCursor function;
	const char *key;
	CXType result;
	GArray *conditions; /* stack of struct open_condition */
	int calls, conditions_said, states_said;
	GArray *state_events; /* see parse/state.h */
	struct jumps *jumps; /* once they were asked for */
	GArray *cleanups; /* cleanup.c; NULL until there is one */
	GArray *untyped; /* of struct ew_fact_flow, see untyped.c; NULL until there is one */
	GHashTable *called_untyped; /* keys of the locals that something is called through */
};

/* How the value of the expression under the walk is used. */
struct use {
	enum ew_access_mode mode;
	bool in_condition;
};

/* static_call.c: static_call_update() and what it is made of; the call's children are [first, first + n). */
void say_static_call_update(struct body *b, CXCursor call, unsigned first, unsigned n);

/* body.c */
void body_walk(struct body *b, CXCursor cursor, struct use use);

/* condition.c */
int constant_value(CXCursor expr); /* -1 where the compiler cannot evaluate it, else 0 or 1 */
bool is_dead_here(const struct body *b);
/* Where the condition's text is not all of `text`, the caller sets the text_end of the result, which is valid
 * until the next is opened. */
struct open_condition *open_condition(struct body *b, CXCursor statement, CXCursor text,
				      enum ew_condition_kind kind, bool is_dead);
/* Close those that were opened since `depth` were open. */
void close_conditions(struct body *b, guint depth);
/* Control may come in here from elsewhere. */
void pass_label(struct body *b, CXCursor label);
/* Say the open conditions that were not said yet; the index of the innermost, -1 for none. */
int say_conditions(struct body *b);
/* Of a flow: 1 + what say_conditions() gives where the code is dead, else 0. */
int dead_here(struct body *b);
struct flow_context flows_here(struct body *b, int call);

/* compare.c: does the condition say that the slot holds the value (true), or that it does not? Both are EW_NODE_NONE
 * where it says neither. */
bool comparison_of(struct unit *u, const struct open_condition *open, struct ew_ref *slot, struct ew_ref *value);

/* branch.c: statements of which only a part may run; their children are [first, first + n). */
void walk_if(struct body *b, CXCursor statement, unsigned first, unsigned n);
void walk_conditional(struct body *b, CXCursor expr, unsigned first, unsigned n);
void walk_loop(struct body *b, CXCursor statement, unsigned first, unsigned n);
void walk_switch(struct body *b, CXCursor statement, unsigned first, unsigned n);
void walk_compound(struct body *b, CXCursor compound, unsigned first, unsigned n);
/* x ?: y, and the operators of which the compiler chooses an operand by type or constant; false if `expr` is
 * none of these. */
bool walk_choice(struct body *b, CXCursor expr, unsigned first, unsigned n, struct use use);

bool is_elvis(struct unit *u, CXCursor expr, unsigned first, unsigned n);
/* The operand of __builtin_choose_expr() or _Generic() that the compiler takes; -1 if it is something else, or not
 * known. */
int chosen_operand(struct unit *u, CXCursor expr, unsigned first, unsigned n);
/* generic.c: that of _Generic() alone */
int generic_operand(struct unit *u, CXCursor expr, unsigned first, unsigned n);
bool may_be_chosen(CXCursor operand, CXCursor expr);

/* no_call.c */
enum call_sense {
	CALL_IS_MADE,
	CALL_IS_NOT_MADE,      /* its arguments are evaluated for all that */
	CALL_IS_NOT_EVALUATED, /* nor are they: __builtin_constant_p(f(x)) */
};
enum call_sense sense_of_call(CXCursor call);

/* jump.c */
#define JUMPS_NEVER   G_MAXUINT
#define JUMPS_AT_ONCE (G_MAXUINT - 1)
struct jumps *jumps_new(struct unit *u, CXCursor function);
void jumps_free(struct jumps *j);
/* The first label to which control comes from outside of `statement`, or of what stands in `within` behind
 * `after`, or from the statement `from` on; JUMPS_NEVER if there is none, JUMPS_AT_ONCE if it stands in a loop,
 * so that control comes to what precedes it, too. */
unsigned jumps_into(const struct jumps *j, CXCursor statement);
unsigned jumps_between(const struct jumps *j, CXCursor after, CXCursor within);
unsigned jumps_from(const struct jumps *j, CXCursor from, CXCursor within);
unsigned jumps_label(const struct jumps *j, CXCursor label);
/* May control leave from within the statement, so that it does not come to what stands behind it? Calls that do not
 * return are not counted. */
bool jumps_out(const struct jumps *j, CXCursor statement);
/* Does control never come to what stands behind the statement? */
bool statement_leaves(struct unit *u, CXCursor statement);

/* cleanup.c: calls by __attribute__((cleanup(f))). Those of the variables that were noted since `depth` were open
 * are said where their block ends. */
void note_cleanup(struct body *b, CXCursor variable);
guint open_cleanups(const struct body *b);
void say_cleanups(struct body *b, guint depth);

/* untyped.c: what is put into a local without a type is said once something is called through it. */
bool may_be_untyped(const struct body *b, const struct ew_ref *to, CXType type, const struct value *v);
void keep_untyped(struct body *b, const struct ew_fact_flow *flow);
void say_untyped(struct body *b, const struct ew_ref *slot); /* a call goes through it */
void free_untyped(struct body *b);

#endif
