/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The states that a function gives away, as the files that find them share it; within the parse module only. */
#ifndef EW_PARSE_STATE_H
#define EW_PARSE_STATE_H

#include "parse/body.h"

enum { MOST_STATES = 64 };

/* What the parser was told, as sets; and what it has learnt: the enumerators by their value. */
struct state_words {
	GHashTable *states, *members, *setters, *getters; /* setters: "function" -> parameter + 1 */
	char *name[MOST_STATES];
};

/* What may be given: see struct ew_fact_state. */
struct state_value {
	enum ew_state_how how;
	const char *name;
	struct ew_ref source;
	const char *from, *note;
	int entry;
};

/* A store to an object's state, or to the variable that names the object: what was known is known no more. */
struct state_event {
	gconstpointer object;
	unsigned offset;
};

/* state.c */
/* What gives a state away, where the parser has words for states: `first` and `n` are the children of the call,
 * as children_of() has them. */
void say_call_states(struct body *b, CXCursor call, const char *callee, unsigned first, unsigned n);
/* `value` is a null cursor where the target is changed otherwise than to a value: x |= 1, x++. */
void say_assigned_state(struct body *b, CXCursor target, CXCursor value);
/* The enumerator that the expression is, or a null cursor. If it is a state, its kin are learnt. */
CXCursor enumerator_of(struct body *b, CXCursor expr);
const char *state_name(const struct body *b, long long value); /* NULL: none */
void learn_states(struct body *b, CXCursor expr); /* from whatever enumerator stands in it */
bool evaluate(CXCursor expr, long long *value);
CXCursor peel(struct unit *u, CXCursor expr); /* without parentheses, casts, statements around it */
unsigned offset_of(struct body *b, CXCursor cursor);

/* state_value.c */
/* Append (struct state_value) what the expression may evaluate to; `object`: whose state it becomes. */
void collect_states(struct body *b, CXCursor expr, gconstpointer object, GArray *out);
/* The variable that names the object of an argument or of what a member is taken from; NULL: no simple one. */
gconstpointer object_of(struct body *b, CXCursor expr);
/* Does it read a state? Of which object; *since goes back to where it was read. */
gconstpointer state_read_by(struct body *b, CXCursor expr, unsigned *since);

/* state_from.c */
/* What the conditions around a place leave of the object's old state; NULL: all. */
const char *state_from(struct body *b, gconstpointer object, unsigned offset);

#endif
