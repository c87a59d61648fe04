/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Direct calls as two sides tell them: the code, by the compiler, and the index.
 *
 * What is no call of C in the kernel is told apart: calls to which control never comes, and those of functions with
 * the attribute error, which the compiler refuses if they stay (BUILD_BUG_ON).
 *
 * A static function is (name, file of its definition); any other is its name. A definition is always
 * (name, file): a global may have several, in units of which only one is linked. So an inline function
 * of a header is one function, whatever number of units has code of it.
 */
#ifndef EW_TRUTH_IR_MODEL_H
#define EW_TRUTH_IR_MODEL_H

#include <glib.h>
#include <stdbool.h>

/* The calls of one function to another. */
struct edge {
	const char *callee, *callee_file; /* the file is "-" unless the callee is static */
	const char *site;		  /* the first, file:line; in the index the first that counts */
	const char *unit;		  /* code: which unit it was met in first */
	guint units;			  /* code: how many units have it */
	guint least, most;		  /* code: sites a unit that has the edge */
	guint live, dead;		  /* index: sites that the configuration compiles, or not */
	guint in_unit, last_unit;	  /* while a unit is read */
};

/* A definition. */
struct function {
	const char *name, *file;
	bool is_static;
	bool is_weak; /* code */
	bool adds_up; /* code: each unit's is another one */
	bool is_known; /* index: the definition itself was said, not only calls */
	guint units;/* code: how many units have code of it */
	guint pointers;	   /* sites of calls through pointers; code: the most that a unit has */
	guint in_unit;
	GHashTable *edges;      /* "callee\tfile" -> struct edge */
	GHashTable *intrinsics; /* code: names of the compiler's own that it uses */
	GHashTable *unjudged;	/* code: "callee\tfile" of calls that are not judged */
	GHashTable *static_calls; /* index: names of the trampolines whose keys it calls through */
};

struct side {
	GHashTable *functions; /* "name\tfile" -> struct function */
	GHashTable *by_name;   /* name -> the last function of that name that is not static */
	GHashTable *strong;    /* code: names that a unit defines, neither static nor weak */
	guint units, failed;
	guint asm_calls, unreached_calls, refused_calls;
};

struct model {
	GStringChunk *strings;
	struct side code, index;
	char *root, *build; /* what paths are relative to */
};

struct model *model_new(void);
void model_free(struct model *m);

struct function *model_function(const struct side *s, const char *name, const char *file);
struct edge *model_edge(const struct function *f, const char *callee, const char *callee_file);

/* Read what ir.sh put into the directory: meta, functions, edges and calls of the index, and units/SUM.calls.
 * They end the program with status 2 where a file is not what it should be. */
void model_read_index(struct model *m, const char *directory);
void model_read_code(struct model *m, const char *directory);

G_GNUC_NORETURN void model_fail(const char *format, ...) G_GNUC_PRINTF(1, 2);

#endif
