/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The compile commands that exitwalk-index --commands prints, and the compiler's own syntax check of them. */
#ifndef EW_BENCH_COMMANDS_H
#define EW_BENCH_COMMANDS_H

#include "measure.h"

/* Of GStrv: the directory, the arguments, last the source. Ends the program where `text` has none. */
GPtrArray *commands_read(const char *text);

/* Read once what they may read (the sources, and every header below a directory of -I), so that nobody
 * who is measured later pays for the disk. */
void commands_warm(GPtrArray *commands);

/* `clang -fsyntax-only` over all of them, `jobs` at once. CPU is of all together, memory the highest of
 * one of them. `failures` counts the units that clang does not accept. */
struct cost commands_check(GPtrArray *commands, const char *clang, int jobs, int *failures);

#endif
