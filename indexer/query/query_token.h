/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * query_token: a small C tokenizer over stored source text, and the statements of a function's
 * body.
 *
 * It serves the anchors: libclang is not at hand where lessons are read, and what an anchor needs
 * is less than a parser, but more than lines: where a statement begins and ends, and a fingerprint
 * that does not move with white space and comments. It never fails: any bytes give some tokens.
 */
#ifndef EW_QUERY_TOKEN_H
#define EW_QUERY_TOKEN_H

#include "fact/fact.h"

enum ew_token_kind {
	EW_TOKEN_NAME, /* identifiers and keywords */
	EW_TOKEN_NUMBER,
	EW_TOKEN_STRING, /* "…" and '…' */
	EW_TOKEN_PUNCT,	 /* the longest operator that fits */
	EW_TOKEN_COMMENT,
	EW_TOKEN_DIRECTIVE, /* a whole preprocessor line, with its continuations */
};

struct ew_token {
	enum ew_token_kind kind;
	size_t offset, length; /* in the text */
	int line, column;      /* from 1 */
};

struct ew_tokens {
	const char *text;
	GArray *all;  /* of struct ew_token, in order */
	GArray *code; /* the same without comments and preprocessor lines */
};

/* Tokens of text[from, to); the byte at `from` stands at the beginning of line `line`. With
 * `open_directives`, preprocessor lines are taken apart like any other code. The text is borrowed.
 */
struct ew_tokens *ew_tokens_new(const char *text, size_t from, size_t to, int line,
				bool open_directives);
void ew_tokens_free(struct ew_tokens *t);
EW_DEFINE_AUTO(tokens, ew_tokens_free)

/* The i-th code token; whether it reads `s`. Out of range is NULL and false. */
const struct ew_token *ew_tokens_at(const struct ew_tokens *t, int i);
bool ew_tokens_is(const struct ew_tokens *t, int i, const char *s);

/* The bracket that closes the one at i, or the last token where none does. */
int ew_tokens_close(const struct ew_tokens *t, int i);

/* The first code token that ends after line:column. -1 where there is none. */
int ew_tokens_find(const struct ew_tokens *t, int line, int column);

/* Last line that the token touches. */
int ew_token_last_line(const struct ew_tokens *t, const struct ew_token *token);

/* Fingerprint of everything but comments between code tokens first and last. */
uint64_t ew_tokens_print(const struct ew_tokens *t, int first, int last);

/* The fingerprint of a comment's words. */
uint64_t ew_tokens_comment_print(const struct ew_tokens *t, const struct ew_token *comment);

/* A comment's words, one space between, without its stars. Caller frees. */
char *ew_tokens_comment_words(const struct ew_tokens *t, const struct ew_token *comment);

struct ew_code_statement {
	int first, last; /* code tokens, inclusive */
	int head_last; /* of if, for, while, switch, a loop macro: the end of its head; else last */
	int parent;    /* the statement around it, -1 at the top */
	bool is_control; /* it has a head and a body */
};

/* Does a statement with a head and a body begin at code token i: if, for, while, switch, a loop macro? */
bool ew_statement_has_head(const struct ew_tokens *t, int i, int end);

/* The statements of the first {…} among the tokens, in source order (parents first). */
GArray *ew_statements(const struct ew_tokens *t);

/* The innermost statement that holds the code token, or -1. */
int ew_statements_find(const GArray *statements, int token);

#endif
