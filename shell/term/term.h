/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * term: what the terminal can do, and manners on it.
 *
 * Facts (colour, width, character set) are found once and handed to the text writer; printing goes
 * through a pager on a tall answer; progress is shown on standard error. Nothing here knows what an
 * answer is.
 */
#ifndef EW_TERM_H
#define EW_TERM_H

#include "doc/doc.h"
#include <signal.h>
#include <stdio.h>

/* To be called first in main(): opens /dev/null in the place of closed standard descriptors (so that no
 * database gets number 1), sets the locale, ignores SIGPIPE (writes fail with EPIPE instead). */
void ew_term_start(void);

enum ew_color { EW_COLOR_AUTO, EW_COLOR_ALWAYS, EW_COLOR_NEVER };

struct ew_term {
	bool in_tty, out_tty, err_tty;
	bool colour;	 /* on standard output: --color > NO_COLOR > tty and TERM not dumb */
	bool err_colour; /* on standard error */
	bool ascii;	 /* the locale's character set is not UTF-8 */
	bool links;	 /* OSC 8 hyperlinks make sense */
	bool dumb;	 /* TERM is dumb or not set: no cursor movement */
	int width;	 /* COLUMNS > the terminal's > 80; never below 20 */
	int height;
};

void ew_term_init(struct ew_term *t, enum ew_color color);
/* The part of it that the text writer wants. */
struct ew_text_style ew_term_style(const struct ew_term *t);

/* Writes all of `text` to `out`. EPIPE is success: the reader had enough. Where `out` is stdout on a
 * tty, `page` is true and the text is taller than the screen, $PAGER (less -FRX) shows it. */
bool ew_term_print(const struct ew_term *t, FILE *out, const char *text, bool page, GError **error);

/* Where an answer of many lines goes: the pager's input under the same conditions, else `out`. To be closed by
 * ew_term_pipe_close() if it is not `out`. NULL with *error set. */
FILE *ew_term_page(const struct ew_term *t, FILE *out, int lines, GPid *pid, GError **error);

/* Whether the reader of `out` has gone (a write failed with EPIPE). */
bool ew_term_gone(FILE *out);

/* A write to `out` failed with errno `reason`. False where its reader has gone (which is no failure),
 * else true with *error set. */
bool ew_term_failed(FILE *out, int reason, GError **error);

/* Runs `shell_command` with a pipe to its standard input, for "| command". ew_term_pipe_close() waits
 * for it. */
FILE *ew_term_pipe(const char *shell_command, GPid *pid, GError **error);
void ew_term_pipe_close(FILE *pipe, GPid pid);

/* ---- progress, on standard error ------------------------------------------------------------- */

/* A bar that appears after one second on a tty; else a line per tenth. */
struct ew_progress;
struct ew_progress *ew_term_progress_begin(const char *label, int total);
/* `done` of total, of which `failures` failed; `note` (or NULL) is what is being worked on. */
void ew_term_progress_update(struct ew_progress *p, int done, int failures, const char *note);
/* Wipes the bar. NULL is allowed. */
void ew_term_progress_end(struct ew_progress *p);

/* ---- Ctrl-C ---------------------------------------------------------------------------------- */

/* Between these two, SIGINT sets a flag instead of ending the process; long loops ask for it. */
void ew_term_catch_interrupt(void);
bool ew_term_interrupted(void);
void ew_term_release_interrupt(void);

/* While another program has the terminal, Ctrl-C is for it alone. */
struct ew_interrupt {
	struct sigaction interrupt, quit;
};
void ew_term_yield_interrupt(struct ew_interrupt *before);
void ew_term_take_interrupt(const struct ew_interrupt *before);
/* To be called in the child before exec: the signals that the parent ignores are back. */
void ew_term_child(void);

/* Seconds since the epoch; $EXITWALK_NOW (a number) in its place for tests. */
int64_t ew_term_now(void);

#endif
