/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the parse module share. */
#ifndef EW_PARSE_INTERNAL_H
#define EW_PARSE_INTERNAL_H

#include <clang-c/Index.h>

#include "parse/parse.h"

struct ew_parser {
	CXIndex index;
	char *tree, *build;
	GHashTable *said; /* entities of headers that were said: hash64 -> itself */
	GHashTable *words; /* prefix path -> GHashTable of the identifiers in its headers */
	GHashTable *texts; /* absolute path -> GBytes: the headers that were looked into */
	struct state_words *states; /* NULL: nobody asks for states */
	GHashTable *heads; /* names of records, see struct ew_parse_options */
	struct constant_words *constants; /* NULL: none are followed */
	GHashTable *statics; /* prefix path -> name -> key, see cleanup.c */
};

/* A file of the unit. */
struct unit_file {
	const char *path; /* relative to tree or build directory, or absolute if outside of both */
	const char *absolute;
	const char *text; /* once a place in the file was asked for; NULL if it cannot be read */
	size_t length;
	bool is_main, is_read;
};

/* Everything that lives as long as one unit is parsed. */
struct unit {
	struct ew_parser *parser;
	CXTranslationUnit tu;
	CXFile main_file;
	const char *prefix; /* the path of the one that it stands behind, or NULL */
	bool is_prefix; /* the main file is a prefix's source, which is of no kernel */
	const struct ew_sink *sink;
	const char *function; /* key of the one whose body is walked, NULL at file level */
	GStringChunk *strings;
	GHashTable *files;    /* CXFile -> struct unit_file */
	GHashTable *keys;     /* Decl pointer -> key (interned) */
	GHashTable *statics; /* cleanup.c: name -> key; NULL until asked for */
	GHashTable *names;    /* record's Decl pointer -> its name */
	GHashTable *calls;    /* Stmt pointer of a call through a pointer -> its key, as far as walked */
	GHashTable *relevant; /* record's Decl pointer -> whether its flows are followed, + 1 */
	GArray *cursors;      /* stack of children under visit, see children_of() */
	struct ew_parse_result *result;
};

/* A place with what is needed to name a macro. */
struct unit_place {
	struct ew_place place;
	const struct unit_file *file;
	unsigned offset;
	bool is_macro_body; /* the token stands in a macro's definition */
};

/* prefix.c: may the unit stand behind the prefix? */
bool prefix_fits(struct ew_parser *p, const struct ew_parse_unit *unit,
		 const struct ew_parse_prefix *prefix);
void prefix_add_arguments(GPtrArray *argv, const struct ew_parse_prefix *prefix);

/* parse.c */
void unit_open(struct unit *u, const char *main_file);
void unit_close(struct unit *u);
void say_entities(struct unit *u);
int count_errors(CXTranslationUnit tu);
struct unit_place unit_place_of(struct unit *u, CXSourceLocation location);
const char *unit_main_path(struct unit *u); /* as in unit_file.path */
/* Where NAME or NAME(…) ends that begins at p; *line and *column, those of p, move along. */
unsigned macro_call_end(const struct unit_place *p, int *line, int *column);
const char *macro_name_at(struct unit *u, const struct unit_place *p);
/* The text from the first token of `c` on, where it is written (in a macro's definition, too); NULL if it stands
 * in no file. */
const char *unit_spelling(struct unit *u, CXCursor c, size_t *length);
const char *unit_text_before(struct unit *u, CXCursor c, size_t *length); /* that of the file up to there */

/* Push the children of `cursor` on u->cursors; they are [*first, *first + the result). Read them with
 * child_at() (the stack may move), and drop them with drop_children(). */
unsigned children_of(struct unit *u, CXCursor cursor, unsigned *first);
CXCursor child_at(struct unit *u, unsigned index);
void drop_children(struct unit *u, unsigned first);

/* key.c: keys and names as fact.h defines them, interned for the life of the unit. */
const char *function_key(struct unit *u, CXCursor decl);
const char *variable_key(struct unit *u, CXCursor decl);
const char *record_key(struct unit *u, CXCursor decl);
const char *record_name(struct unit *u, CXCursor decl);
const char *field_key(struct unit *u, CXCursor decl);
const char *intern(struct unit *u, const char *s);
const char *intern_cx(struct unit *u, CXString s);
void set_decl_key(struct unit *u, CXCursor decl, const char *key);
bool is_nameless(CXCursor decl);
char *lasting_name(const char *name); /* the caller frees it */
/* "strlen" of "strlen" and "__builtin_strlen", which the compiler makes a call of where it does no better; NULL of what
 * is not in the C library. */
const char *library_function(const char *name);

/* types.c */
bool is_relevant_type(struct unit *u, CXType type);
/* One that a chain of objects begins with, or a pointer to it. */
bool is_head_type(struct unit *u, CXType type);
bool is_function_pointer_type(CXType type);
CXCursor record_of_type(CXType type);

/* member.c */
void say_members(struct unit *u, CXCursor decl, const char *record);

/* share.c */
void say_shares(struct unit *u, CXCursor decl, const char *record);

/* value.c: what an expression may evaluate to. */
struct value {
	struct ew_ref ref;
	int level; /* > 0: the address of ref; 0: ref itself; < 0: what ref points to */
	bool is_object; /* a member that is an object itself */
};

/* Append to `out` (GArray of struct value) the slots and functions that `expr` may evaluate to. */
void collect_values(struct unit *u, CXCursor expr, GArray *out);
/* The slot that `expr` names as an lvalue; false if it names none. It is no object where it is what a
 * pointer points to: *p. */
bool slot_of_lvalue(struct unit *u, CXCursor expr, struct ew_ref *slot, bool *is_object);
/* The object that the member is, where it is one itself and the object around it has a name; else the member. */
struct ew_ref part_of(struct unit *u, const struct ew_ref *member);
CXCursor unwrap(struct unit *u, CXCursor expr);
bool is_constant(struct unit *u, CXCursor expr); /* NULL, a number or a string is no function and no object */

struct body;

/* init.c: flows of an initialiser into the variable or slot that it initialises. */
struct flow_context {
	const char *function; /* key, or NULL at file level */
	int call;
	struct body *body; /* whose conditions the flow stands under, or NULL */
};
void say_initialiser(struct unit *u, const struct flow_context *c, const struct ew_ref *target,
		     CXType type, CXCursor init);
void say_flows(struct unit *u, const struct flow_context *c, const struct ew_ref *to, CXType type,
	       CXCursor expr, enum ew_flow_how how);

/* attribute.c */
/* `extern inline` of gnu_inline: a body to be inlined, beside which the function itself is defined elsewhere. */
bool is_inline_body(struct unit *u, CXCursor decl);
bool gives_way(struct unit *u, CXCursor function); /* to a definition elsewhere: it is weak, or for inlining only */
const char *alias_key(struct unit *u, CXCursor decl); /* of the function that it is another name of, or NULL */
void say_alias_body(struct unit *u, CXCursor decl, const char *key, const char *target);

/* The unit's function of that name as the assembler knows it: its static one, else an external one. */
const char *function_key_named(struct unit *u, const char *name);

/* section.c: what assembly at file level, and a variable, puts into a section of initcalls. */
void say_assembly(struct unit *u, CXCursor decl);
void say_section(struct unit *u, CXCursor variable, CXCursor init);

/* cleanup.c: what a prefix leaves for the units behind it. */
bool cleanup_write_statics(struct unit *u, const char *prefix, GError **error);

/* constant.c: where the value, or the slot, is one that is followed. */
struct constant_words *constant_words_new(const char *const *told); /* NULL of none */
void constant_words_free(struct constant_words *w);
void say_constants(struct unit *u, const struct flow_context *c, const struct ew_ref *to, CXType type, CXCursor expr,
		   enum ew_flow_how how);
/* The target is changed otherwise than to a value: x |= 1, &x. */
void say_constant_lost(struct unit *u, const struct flow_context *c, CXCursor target);

void say_flow(struct unit *u, const struct flow_context *c, const struct ew_ref *to,
	      const struct ew_ref *from, CXCursor at, enum ew_flow_how how);
/* The object that `to` is (EW_BASE_OBJECT) or points to becomes that of `value`, a list or another object. */
void say_object(struct unit *u, const struct flow_context *c, const struct ew_ref *to,
		enum ew_base_mode mode, CXType type, CXCursor value);

/* copy.c */
void say_copy(struct unit *u, const struct flow_context *c, const struct ew_ref *to,
	      enum ew_base_mode mode, CXType type, CXCursor value);
void say_memory_copy(struct unit *u, const struct flow_context *c, CXCursor to, CXCursor from);
void say_duplicate(struct unit *u, const struct flow_context *c, const struct ew_ref *to, CXType type,
		   CXCursor value);
struct ew_ref literal_object(struct unit *u, CXCursor literal);
void say_literal(struct unit *u, const struct flow_context *c, CXCursor expr);

/* body.c */
void say_body(struct unit *u, CXCursor function, const char *key);

/* static_call.c */
/* What a call of `function` by the expression `callee` goes through, if that is a trampoline; else false. */
bool static_call_slot(struct unit *u, CXCursor callee, const char *function, struct ew_ref *slot);
bool is_static_call_key(CXCursor record); /* its types do not show that its objects hold a function */
bool is_static_call_slot(const struct ew_ref *slot);
/* Do its objects point to such a key, or to an object that does? */
bool leads_to_static_call(CXType record);

/* state.c: see parse/state.h */
struct state_words *state_words_new(const struct ew_parse_states *told); /* NULL of NULL */
void state_words_free(struct state_words *w);
bool is_state_member(const struct unit *u, const char *field_key);

#endif
