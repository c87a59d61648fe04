/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * parse: one translation unit through libclang, as facts into a sink.
 *
 * A parser keeps what it has said about headers, so that an inline function or a record of a header is
 * said once a parser, not once a unit. It changes the process's working directory (a compile command's
 * relative paths are relative to one). libclang may crash or hang on a unit: run a parser in a process
 * that may be lost.
 */
#ifndef EW_PARSE_H
#define EW_PARSE_H

#include "fact/fact.h"

struct ew_parser;

struct ew_parse_options {
	const char *tree;  /* absolute path of the tree's root; places below it are said relative to it */
	const char *build; /* absolute path of the build directory, or NULL; the same */
};

/* One unit's compile command. */
struct ew_parse_unit {
	const char *file;	 /* absolute path of the source */
	const char *directory;	 /* working directory of the command */
	const char *const *argv; /* compiler arguments without compiler, source, -c and -o; NULL-ended */
};

struct ew_parse_result {
	int errors;  /* diagnostics of severity error or worse; each went to the sink as well */
};

struct ew_parser *ew_parser_new(const struct ew_parse_options *options);
void ew_parser_free(struct ew_parser *p);
EW_DEFINE_AUTO(parser, ew_parser_free)

/* Parse a unit and say its facts. A unit with errors still says what libclang could make of it. Fails
 * with EW_ERROR_INPUT where there is no result at all (missing file, libclang gave up). */
bool ew_parse_unit(struct ew_parser *p, const struct ew_parse_unit *unit, const struct ew_sink *sink,
		   struct ew_parse_result *result, GError **error);

/* "clang version 19.1.7 …"; the caller frees it. */
char *ew_parse_version(void);

#endif
