/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The .sql files as strings. The assembler reads them, so that they stay files that one can read. */
#include "store/internal.h"

#define EMBED(symbol, path)                                                                            \
	__asm__(".section .rodata\n.globl " #symbol "\n" #symbol ":\n.incbin \"" path                 \
		"\"\n.byte 0\n.previous\n")

EMBED(ew_schema_sql, EW_SQL_DIR "/schema.sql");
EMBED(ew_indexes_sql, EW_SQL_DIR "/indexes.sql");
