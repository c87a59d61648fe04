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

#endif
