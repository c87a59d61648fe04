/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a line of LLVM's textual IR says of calls. It reads what clang writes, line by line, and is no
 * parser of IR: of types, attributes and operands it knows only how they are bracketed.
 */
#ifndef EW_TRUTH_IR_LINE_H
#define EW_TRUTH_IR_LINE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

enum ir_callee {
	IR_NO_CALL,
	IR_DIRECT,    /* call @name(…) */
	IR_POINTER,   /* call %5(…), or an address that is no name */
	IR_INTRINSIC, /* call @llvm.…(…) */
	IR_ASM,	      /* call asm "…" */
};

enum ir_linkage {
	IR_GLOBAL,
	IR_STATIC,
	IR_WEAK,
	IR_INLINE, /* available_externally, or name.inline: the body of a global that stands elsewhere */
};

/* Which kind of call stands on the line of a function's body. *name is the callee's (IR_DIRECT), what
 * the intrinsic is called between "llvm." and the next dot, or the text of the asm; the caller frees it. */
enum ir_callee ir_line_call(const char *line, char **name);

/* The name and linkage on a line that begins with "define"; the caller frees the name. */
char *ir_line_define(const char *line, enum ir_linkage *linkage);

/* The same of a line that begins with @; NULL if that is no alias. */
char *ir_line_alias(const char *line, enum ir_linkage *linkage);
/* The name on a line that begins with "declare"; the caller frees it. *attributes is its group's number, or -1. */
char *ir_line_declare(const char *line, int64_t *attributes);
/* A line that begins with "attributes #": the group's number, if the compiler refuses a call that stays of a
 * function that has them; else -1. */
int64_t ir_line_refusal(const char *line);

/* The number in "!dbg !N" of a call or a definition, -1 where there is none. */
int64_t ir_line_debug(const char *line);

/* A line "!N = !DIKind(name: …, …)": its number, -1 if it is none. *kind is what stands between "!DI"
 * and the bracket, *members what is in it, both pointing into the line. */
int64_t ir_line_metadata(const char *line, const char **kind, const char **members);
/* A member's number ("line: 12", "scope: !7"), -1 without one; its text ("name: \"f\""), NULL without. */
int64_t ir_member_number(const char *members, const char *name);
char *ir_member_text(const char *members, const char *name);

#endif
