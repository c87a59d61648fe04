/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The preprocessor's conditions around a line, from the text of the file alone. */
#ifndef EW_QUERY_GUARD_TEXT_H
#define EW_QUERY_GUARD_TEXT_H

#include "fact/fact.h"

/* Lines that stand between two directives of one #if. */
struct guard_arm {
	char *text;		    /* "#ifdef CONFIG_NUMA", white space folded */
	int line;		    /* of the directive */
	int first_line, last_line;  /* between the directives; last < first if there is nothing */
	GPtrArray *calls;	    /* of char *: names that are called there, each once */
	GPtrArray *defines;	    /* of char *: functions that are defined there, each with what it calls as text */
};

struct guard_group {
	struct guard_arm *mine; /* the arm that holds the line; one of arms */
	GPtrArray *arms;	/* of struct guard_arm, all that the #if has */
};

/* The #if groups around the line of which a directive names CONFIG_, outermost first (of struct
 * guard_group). An #if without its #endif ends with the file. */
GPtrArray *guards_around(const char *text, size_t length, int line);

/* The arm of the `if` whose condition stands at that place: its else, or else what follows the condition, which
 * `worded` is the text of. NULL if there is none. */
struct guard_arm *guard_arm_of_if(const char *text, size_t length, const struct ew_place *condition, bool is_else,
				  const char *worded);
void guard_arm_free(gpointer arm);

/* The names that are called between two code tokens, each once. */
struct ew_tokens;
void guard_calls_between(const struct ew_tokens *t, int first, int last, GPtrArray *calls);

#endif
