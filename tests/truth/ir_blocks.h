/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which basic blocks of a function control comes to: clang's code generator leaves code behind a call that does
 * not return in blocks to which nothing leads. */
#ifndef EW_TRUTH_IR_BLOCKS_H
#define EW_TRUTH_IR_BLOCKS_H

#include <glib.h>
#include <stdbool.h>

struct ir_blocks;

struct ir_blocks *ir_blocks_new(void);
void ir_blocks_free(struct ir_blocks *b);

/* A function begins; its first block has the number 0. */
void ir_blocks_begin(struct ir_blocks *b);
/* A line of the body: a label, or what may name labels to go to. The result is the number of its block. */
guint ir_blocks_line(struct ir_blocks *b, const char *line);
/* The function is over: one element a block, whether control comes to it. It is valid until the next begins. */
const bool *ir_blocks_reached(struct ir_blocks *b);

#endif
