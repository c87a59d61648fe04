/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * gate_world: what may be so at a place of a function, as far as references are concerned.
 *
 * A world is one way in which control can come to the place: what tests said of references on that way, and what the
 * locals hold that keep such answers. A set of worlds is all ways; sets grow by union where ways join. A set has room for
 * WORLDS: beyond, worlds of one verdict become one of which less is known, so that no gate is seen that is none.
 */
#ifndef EW_QUERY_GATE_WORLD_H
#define EW_QUERY_GATE_WORLD_H

#include <stdbool.h>
#include <stdint.h>

/* What a number may be: as much as a comparison with 0, 1 or 2 can ask. */
enum {
	VALUE_NEGATIVE = 1,
	VALUE_ZERO = 2,
	VALUE_ONE = 4,
	VALUE_MORE = 8,
	VALUE_NONZERO = VALUE_NEGATIVE | VALUE_ONE | VALUE_MORE,
	VALUE_ANY = VALUE_NONZERO | VALUE_ZERO,
};

enum gate_verdict {
	VERDICT_NONE,	/* nothing was asked */
	VERDICT_LAST,	/* a test said that it was the last reference */
	VERDICT_SHARED, /* a test said that others remain, and none after it that they do not */
};

enum { WORLDS = 32, WORLD_LOCALS = 12 };

struct world {
	uint8_t verdict;
	uint8_t value; /* of the expression that was looked at last */
	uint16_t test; /* that said VERDICT_LAST; by the walk's number */
	uint8_t locals[WORLD_LOCALS];
};

struct worlds {
	int count;
	struct world w[WORLDS];
};

void worlds_add(struct worlds *set, const struct world *w);
void worlds_join(struct worlds *set, const struct worlds *other);
/* All of `from`, with a value of which `value` is known. */
void worlds_valued(const struct worlds *from, uint8_t value, struct worlds *out);
/* Parts them by whether their value is true. */
void worlds_split(const struct worlds *from, struct worlds *yes, struct worlds *no);
/* The same by how their value compares with a number; `operator` is one of == != < > <= >=. */
void worlds_compare(const struct worlds *from, const char *operator, long number, struct worlds *yes,
		    struct worlds *no);
/* All of `from`, as if nothing had been asked. */
void worlds_unasked(const struct worlds *from, struct worlds *out);
/* Nothing is known of the local in any of them. */
void worlds_forget(struct worlds *set, int local);

#endif
