// SPDX-License-Identifier: GPL-3.0-or-later
#include "forge.h"

static void rest(int *lamp)
{
	*lamp = 0;
}

/* One variable of the block and one of the loop's head; the early return leaves both. */
int borrow(int number)
{
	struct tool *t released_by(put_back) = lend(number);
	int strokes = 0;

	if (!t)
		return -1;
	for (int lamp released_by(rest) = 1; strokes < 3; strokes++) {
		struct tool *second released_by(put_back) = lend(number + lamp);

		if (strike(t) < strike(second))
			return strokes;
	}
	return strokes;
}

/* Without an initialiser, and in a statement expression. */
int glimpse(int number)
{
	return ({
		struct tool *t released_by(put_back);

		t = lend(number);
		t->heat;
	});
}
