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

/* Which states are to be told of: see struct ew_fact_state. Lists end with NULL; any may be NULL. */
struct ew_parse_states {
	const char *const *states;  /* enumerators */
	const char *const *members; /* that keep one: "sock_common.skc_state" */
	const char *const *setters; /* "tcp_set_state#1": the parameter; parameter 0 is the object */
	const char *const *getters; /* functions that give the state of their argument */
};

struct ew_parse_options {
	const char *tree;  /* absolute path of the tree's root; places below it are said relative to it */
	const char *build; /* absolute path of the build directory, or NULL; the same */
	const struct ew_parse_states *states; /* or NULL; not kept */
	/* Structs that a chain of objects begins with: their objects are told apart, though they hold no function. NULL-ended, or
	 * NULL; not kept. */
	const char *const *heads;
	/* Constants of which it is told where they go: enumerators ("HRTIMER_MODE_*", one *), and parameters into which every
	 * value is ("raise_softirq#0"). NULL-ended, or NULL; not kept. */
	const char *const *constants;
};

/*
 * A prefix: headers that many units include, precompiled once. `path` names four files: path.h (the
 * includes), path.pch, path.words (every identifier of the headers, a line each) and path.statics (their static
 * functions of one parameter: name and key). A unit fits if what it defines before its last include occurs in no header of the prefix, and if it parses without
 * an error; else it is parsed behind another, or as it stands. The facts are meant to be the same in any
 * case; what the prefix's headers hold is said when it is made.
 */
enum { EW_PARSE_ATTEMPTS = 8 }; /* how often a prefix is parsed at most, with fewer headers each time */

struct ew_parse_prefix {
	const char *path;
	const char *const *headers; /* as #include takes them: "<linux/slab.h>"; NULL-ended */
	bool is_plain; /* without headers that read CREATE_TRACE_POINTS, for units that define it */
};

/* One unit's compile command. */
struct ew_parse_unit {
	const char *file;	 /* absolute path of the source */
	const char *directory;	 /* working directory of the command */
	const char *const *argv; /* compiler arguments without compiler, source, -c and -o; NULL-ended */
	/* To parse it behind, the best first, NULL-ended; of the same argv as far as that goes. May be NULL. */
	const struct ew_parse_prefix *const *prefixes;
};

struct ew_parse_result {
	int errors;	     /* diagnostics of severity error or worse; each went to the sink as well */
	int prefix; /* which of the unit's it stands behind, or -1 */
};

struct ew_parser *ew_parser_new(const struct ew_parse_options *options);
void ew_parser_free(struct ew_parser *p);
EW_DEFINE_AUTO(parser, ew_parser_free)

/* Parse a unit and say its facts. A unit with errors still says what libclang could make of it. Fails
 * with EW_ERROR_INPUT where there is no result at all (missing file, libclang gave up). */
bool ew_parse_unit(struct ew_parser *p, const struct ew_parse_unit *unit, const struct ew_sink *sink,
		   struct ew_parse_result *result, GError **error);

/* Is the macro definition of this argument ("-DKBUILD_BASENAME=…") about the unit alone, so that units
 * that differ in it can share a prefix? */
bool ew_parse_is_unit_macro(const char *argument);

/* Has the header an include guard? One without would be read twice: in the prefix, and where the unit
 * includes it. True where it cannot be read. */
bool ew_parse_is_guarded(const char *path);

/* Where -I in these arguments, relative to `directory` (NULL: the working directory), has a header; an
 * absolute name stays what it is. The caller's, or NULL where there is none. */
char *ew_parse_find_header(const char *name, const char *directory, const char *const *argv);

/*
 * Make a prefix for units with these arguments, and say the facts of its headers. A header that does not
 * compile this way is left out, and so is one without an include guard. False where nothing useful came of it.
 */
bool ew_parser_make_prefix(struct ew_parser *p, const struct ew_parse_prefix *prefix,
			   const char *directory, const char *const *argv,
			   const struct ew_sink *sink, GError **error);

/* "clang version 19.1.7 …"; the caller frees it. */
char *ew_parse_version(void);

#endif
