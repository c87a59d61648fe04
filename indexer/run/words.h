/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words of a source, as far as the preprocessor cares; within the run module only. */
#ifndef EW_RUN_WORDS_H
#define EW_RUN_WORDS_H

#include <glib.h>
#include <stdbool.h>

enum word_kind {
	WORD_INCLUDE,  /* what #include "…" names */
	WORD_ANGLED,   /* what #include <…> names */
	WORD_DEFINE,   /* a macro that #define makes */
	WORD_FUNCTION, /* one with parameters */
	WORD_UNDEF,    /* one that #undef takes back */
	WORD_NAME,     /* an identifier anywhere else */
	WORD_CALL,     /* one before a parenthesis, or one that #if and kin ask for */
};

struct word {
	enum word_kind kind;
	int nesting; /* how many #if stand around it */
	const char *text;
};

struct words {
	GArray *list; /* of struct word, in the order of the text */
	GStringChunk *texts;
};

/* Conditions are not evaluated; comments and literals are skipped. Identifiers only `with_names`, and each
 * only where it stands first, as a call or else. */
struct words *words_read(const char *text, size_t length, bool with_names);
void words_free(struct words *w);

#endif
