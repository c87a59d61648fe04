/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files that walk over a function's body share. */
#ifndef EW_PARSE_BODY_H
#define EW_PARSE_BODY_H

#include "parse/internal.h"

struct open_condition {
	CXCursor text;
	CXCursor statement; /* whose arm this is */
	enum ew_condition_kind kind;
	bool is_dead; /* this arm, or one around it */
	int index;    /* -1 until something under it is said */
};

struct body {
	struct unit *unit;
	CXCursor function;
	const char *key;
	CXType result;
	GArray *conditions; /* stack of struct open_condition */
	int calls, conditions_said, states_said;
	GArray *state_events; /* see parse/state.h */
};

/* How the value of the expression under the walk is used. */
struct use {
	enum ew_access_mode mode;
	bool in_condition;
};

/* body.c */
void body_walk(struct body *b, CXCursor cursor, struct use use);

/* condition.c */
int constant_value(CXCursor expr); /* -1 where the compiler cannot evaluate it, else 0 or 1 */
bool is_dead_here(const struct body *b);
void open_condition(struct body *b, CXCursor statement, CXCursor text, enum ew_condition_kind kind,
		    bool is_dead);
void close_condition(struct body *b);
/* Say the open conditions that were not said yet; the index of the innermost, -1 for none. */
int say_conditions(struct body *b);

/* branch.c: statements of which only a part may run; their children are [first, first + n). */
void walk_if(struct body *b, CXCursor statement, unsigned first, unsigned n);
void walk_conditional(struct body *b, CXCursor statement, unsigned first, unsigned n);
void walk_loop(struct body *b, CXCursor statement, unsigned first, unsigned n);
void walk_switch(struct body *b, CXCursor statement, unsigned first, unsigned n);

#endif
