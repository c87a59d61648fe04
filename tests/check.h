/* SPDX-License-Identifier: GPL-3.0-or-later */
/* For tests that are programs of their own and no units: a check that ends them, and the code of a
 * skip. */
#ifndef EW_TEST_CHECK_H
#define EW_TEST_CHECK_H

#include <stdio.h>
#include <stdlib.h>

#define SKIP 77 /* SKIP_RETURN_CODE of CTest */

/* The test stays a test under NDEBUG, and says what was wrong. */
#define CHECK(condition, ...)                                                                      \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			fprintf(stderr, "%s:%d: not true: %s:", __FILE__, __LINE__, #condition);   \
			fprintf(stderr, " " __VA_ARGS__);                                          \
			fputc('\n', stderr);                                                       \
			exit(1);                                                                   \
		}                                                                                  \
	} while (0)

#endif
