/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sets of worlds: see gate_world.h. */
#include "query/gate_world.h"

#include <limits.h>
#include <string.h>

/* Into one that differs in what is known only. */
static void blur(struct worlds *set, const struct world *w)
{
	int i, k, best = -1;

	for (i = 0; i < set->count; i++)
		if (set->w[i].verdict == w->verdict && set->w[i].test == w->test &&
		    (best < 0 || set->w[i].value == w->value))
			best = i;
	if (best < 0) {
		best = 0;
		set->w[0].verdict = VERDICT_SHARED;
		set->w[0].test = 0;
	}
	set->w[best].value |= w->value;
	for (k = 0; k < WORLD_LOCALS; k++)
		set->w[best].locals[k] |= w->locals[k];
}

void worlds_add(struct worlds *set, const struct world *w)
{
	int i;

	if (!w->value)
		return;
	for (i = 0; i < set->count; i++)
		if (!memcmp(&set->w[i], w, sizeof *w))
			return;
	if (set->count < WORLDS)
		set->w[set->count++] = *w;
	else
		blur(set, w);
}

void worlds_join(struct worlds *set, const struct worlds *other)
{
	int i;

	for (i = 0; i < other->count; i++)
		worlds_add(set, &other->w[i]);
}

void worlds_valued(const struct worlds *from, uint8_t value, struct worlds *out)
{
	struct worlds valued = {0};
	int i;

	for (i = 0; i < from->count; i++) {
		struct world w = from->w[i];

		w.value = value;
		worlds_add(&valued, &w);
	}
	*out = valued;
}

void worlds_unasked(const struct worlds *from, struct worlds *out)
{
	struct worlds all = {0};
	int i;

	for (i = 0; i < from->count; i++) {
		struct world w = from->w[i];

		w.verdict = VERDICT_NONE;
		w.test = 0;
		worlds_add(&all, &w);
	}
	*out = all;
}

static void add_valued(struct worlds *set, const struct world *w, uint8_t value, uint8_t as)
{
	struct world one = *w;

	if (!value)
		return;
	one.value = as;
	worlds_add(set, &one);
}

void worlds_split(const struct worlds *from, struct worlds *yes, struct worlds *no)
{
	struct worlds t = {0}, f = {0};
	int i;

	for (i = 0; i < from->count; i++) {
		add_valued(&t, &from->w[i], from->w[i].value & VALUE_NONZERO, VALUE_ONE);
		add_valued(&f, &from->w[i], from->w[i].value & VALUE_ZERO, VALUE_ZERO);
	}
	*yes = t;
	*no = f;
}

/* Can a number from `low` to `high` be so, and can it be otherwise? */
static void compare_range(long low, long high, const char *operator, long number, bool *can, bool *can_not)
{
	bool is_less = operator[0] == '<', is_more = operator[0] == '>', or_equal = operator[1] == '=';

	if (is_less) {
		number += or_equal;
		*can = low < number;
		*can_not = high >= number;
	} else if (is_more) {
		number -= or_equal;
		*can = high > number;
		*can_not = low <= number;
	} else {
		bool equal = low <= number && number <= high, differs = low != number || high != number;

		*can = operator[0] == '=' ? equal : differs;
		*can_not = operator[0] == '=' ? differs : equal;
	}
}

void worlds_compare(const struct worlds *from, const char *operator, long number, struct worlds *yes,
		    struct worlds *no)
{
	static const struct {
		uint8_t value;
		long low, high;
	} ranges[] = {{VALUE_NEGATIVE, LONG_MIN / 2, -1},
		      {VALUE_ZERO, 0, 0},
		      {VALUE_ONE, 1, 1},
		      {VALUE_MORE, 2, LONG_MAX / 2}};
	struct worlds t = {0}, f = {0};
	bool can, can_not;
	int i, k;

	for (i = 0; i < from->count; i++)
		for (k = 0; k < 4; k++) {
			compare_range(ranges[k].low, ranges[k].high, operator, number, &can, &can_not);
			add_valued(&t, &from->w[i], can ? from->w[i].value & ranges[k].value : 0, VALUE_ONE);
			add_valued(&f, &from->w[i], can_not ? from->w[i].value & ranges[k].value : 0, VALUE_ZERO);
		}
	*yes = t;
	*no = f;
}

void worlds_forget(struct worlds *set, int local)
{
	struct worlds all = {0};
	int i;

	for (i = 0; i < set->count; i++) {
		struct world w = set->w[i];

		w.locals[local] = VALUE_ANY;
		worlds_add(&all, &w);
	}
	*set = all;
}
