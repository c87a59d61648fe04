/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the function tracer of the guest's kernel writes, counted by (function, return address).
 * Of the guest alone: it is linked statically, and uses the C library only.
 */
#ifndef OBSERVED_PAIRS_H
#define OBSERVED_PAIRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Mounts tracefs, takes the function tracer, with room for @megabytes of events a processor; off. */
bool pairs_begin(unsigned int megabytes);

/* From here on, and no longer: what was not counted yet is counted by pairs_off(). */
void pairs_on(void);
void pairs_off(void);

/* "pair FUNCTION RETURN COUNT", addresses in hexadecimal, then "lost EVENTS". */
void pairs_write(FILE *out);

bool write_file(const char *path, const char *text);

#endif
