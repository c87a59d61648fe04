// SPDX-License-Identifier: GPL-3.0-or-later
/* A function that so many call that the index keeps its callers in order. */
static void ring(void) { }

#define SIX ring(), ring(), ring(), ring(), ring(), ring()

void open_shop(void)
{
	SIX, ring(), SIX;
	ring();
}

void close_shop(void)
{
	SIX; SIX;
	ring();
	SIX, SIX;
}
