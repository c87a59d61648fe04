/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * gate_walk: one function walked through, statement by statement, for what is said of references at each place.
 *
 * It reads the stored text, for an index has no statements: control flow by if, switch, loops, goto, return and early
 * ways out; values by &&, ||, !, ?: and comparisons with a number, through locals that are assigned, and through what a
 * function returns ("helper"). A loop is walked once, with what it assigns unknown: what holds in it holds in each turn. The
 * body of a do is come to from before it and from its condition. Macros are not expanded. Both arms of an #if are
 * walked, one after the other; what asks in one counts only if the index has the call, and behind a jump in one the walk
 * goes on. Where the text does not nest, as where an #if parts a bracket from its fellow, nothing is said of the function.
 */
#ifndef EW_QUERY_GATE_WALK_H
#define EW_QUERY_GATE_WALK_H

#include "query/gate_world.h"
#include "query/internal.h"
#include "query/query_token.h"

/* A place that asks how many references there are. */
struct gate_test {
	const char *name;    /* "refcount_dec_and_test", a helper, "--", or "read" of a member as it stands */
	const char *counter; /* "&sk->sk_wmem_alloc" as it stands there, or NULL */
	int line, column;
	enum ew_gate_kind kind;
	int64_t helper; /* the function that asks for this one, or 0 */
};

/* What is so at a place: nothing where test is 0. */
struct gate_mark {
	uint16_t test;
	uint8_t kind;
	bool is_partly; /* ways that ask nothing lead there, too */
};

struct gate_walk {
	struct ew_query *q;
	const struct ew_symbol *function;
	GBytes *bytes;
	struct ew_tokens *tokens;
	int end;	      /* the token after the body */
	GHashTable *calls;    /* place -> id of a function that is called directly; NULL until asked for */
	GArray *tests;	      /* of struct gate_test; the first is none */
	GArray *marks;	      /* of struct gate_mark, by token */
	GPtrArray *labels;    /* of struct gate_label */
	GArray *statements;   /* see query_token.h */
	int locals[WORLD_LOCALS], local_count; /* the token that names each first */
	struct worlds returned; /* with what is returned */
	struct worlds *broken;	/* of the switch around, what leaves it; NULL in a loop */
	struct worlds *continued; /* of the do around, what goes to its condition; NULL in another loop */
	int depth;
	bool is_changed, is_whole;
};

/* Of the function, kept with the query; NULL if it has no text here. */
struct gate_walk *gate_walk_of(struct ew_query *q, const struct ew_symbol *f);
void gate_walk_free(struct gate_walk *w);
/* At a place of the function's file. */
struct gate_mark gate_walk_at(const struct gate_walk *w, int line, int column);
/* Does what it returns say whether it was the last reference? */
bool gate_walk_is_helper(const struct gate_walk *w);

/* gate_value.c: the expression [from, to) in the worlds `in`; those after it, with its value. */
void gate_value(struct gate_walk *w, int from, int to, const struct worlds *in, struct worlds *out);
/* gate_test.c: the same of a call or a member that asks, [from, to); false if it is none. */
bool gate_ask(struct gate_walk *w, int from, int to, const struct worlds *in, struct worlds *out);
/* The same of `--x` and `x--`, where x is a member. */
void gate_ask_step(struct gate_walk *w, int from, int to, bool is_before, const struct worlds *in,
		   struct worlds *out);
/* What a call whose brackets are [open, to) counts: of the arguments the one that is an address, else the first, as it
 * stands; the caller frees. NULL if there is none. */
char *gate_counter(const struct gate_walk *w, int open, int to);
/* Tokens [from, to) are come to in these worlds. */
void gate_mark(struct gate_walk *w, int from, int to, const struct worlds *in);
/* gate_local.c */
/* Locals that are assigned in [from, to) are not known after it. */
void gate_forget(struct gate_walk *w, int from, int to, struct worlds *set);
/* Nor those that are named there: a macro may assign what it is handed. */
void gate_forget_named(struct gate_walk *w, int from, int to, struct worlds *set);
/* The number of a local that can be followed, or -1. */
int gate_local(struct gate_walk *w, int token);

/* gate_text.c: does the bracket at `open` close where the function ends, and each between where its fellow stands? */
bool gate_nests(const struct gate_walk *w, int open);
/* Does it stand in an arm of an #if, of which is not known that it was compiled? */
bool gate_is_in_arm(const struct gate_walk *w, int token);
/* May what is no goto lead to the label at that token: a macro that is handed it, `&&name`, asm? */
bool gate_is_hidden_label(const struct gate_walk *w, int label);

/* gate_helper.c: is the function one of those of gate_walk_is_helper()? */
bool gate_is_helper(struct ew_query *q, int64_t function);
void gates_keep(struct ew_query *q, struct ew_store_writer *w);

#endif
