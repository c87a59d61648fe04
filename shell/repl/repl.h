/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * repl: the shell. On a terminal, readline with completion and history; else a batch that reads the same
 * commands from standard input. A line is a command of the table, its words quoted as in sh, and may end
 * with "| command" or "> file" (">> file" appends). A # at the start of a word begins a comment.
 *
 * inputrc's "$if exitwalk" applies. History is in $XDG_STATE_HOME/exitwalk/history.
 */
#ifndef EW_REPL_H
#define EW_REPL_H

#include "cmd/cmd.h"

/* Reads from the terminal until quit or Ctrl-D. Returns the program's exit code. */
int ew_repl_run(struct ew_cmd_context *context);

/* Reads commands from `in`. An error says the line's number and the batch goes on. Returns the highest
 * exit code of its lines. */
int ew_repl_batch(struct ew_cmd_context *context, FILE *in);

/* ---- one line -------------------------------------------------------------------------------- */

struct ew_repl_line {
	GStrv words;   /* NULL for an empty line */
	char *pipe;    /* command after |, or NULL */
	char *file;    /* file after >, or NULL */
	bool appends;  /* >> */
};

bool ew_repl_parse(const char *text, struct ew_repl_line *line, GError **error);
void ew_repl_line_clear(struct ew_repl_line *line);

/* Parses and runs one line; `where` begins its error messages. Returns the exit code. */
int ew_repl_execute(struct ew_cmd_context *context, const char *text, const char *where);

#endif
