// SPDX-License-Identifier: GPL-3.0-or-later
#include "forge.h"

struct hammer {
	struct tool tool;
};

struct tongs {
	struct tool tool;
};

extern int wrong_size(void);

static int swing(const struct hammer *h)
{
	return h->tool.heat;
}

static int squeeze(const struct tongs *t)
{
	return t->tool.heat;
}

/* By size, as per-cpu operations do; the sizes that no object has are left out. */
#define by_size(x, tool)				\
	do {						\
		switch (sizeof(x)) {			\
		case 1:					\
			cool(tool);			\
			break;				\
		case 4:					\
			strike(tool);			\
			break;				\
		default:				\
			wrong_size();			\
			break;				\
		}					\
	} while (0)

/* By type: libclang does not tell which of them is taken, the type does. */
#define use(x)	_Generic(*(x), struct hammer: swing, struct tongs: squeeze)(x)

/* Two alternatives of one type: the type that is written before them tells. */
int take(struct tool *t, int times);
int take_any(struct tool *t, int times);
int take_times(int times);

#define take(x, times)				\
	_Generic((x),				\
		struct tool *: take,		\
		void *: take_any,		\
		default: take_times)(x, times)

int choose_tool(struct tool *t)
{
	return take(t, 1) + take((void *)0, 2);
}

int hit(struct hammer *h)
{
	return use(h);
}

int grip(const struct tongs *t)
{
	return use(t);
}

/* The statement behind a label, in an arm and at the end. */
int forge(struct tool *t, int strokes)
{
again:
	by_size(strokes, t);
	if (strokes > 3) {
		if (t->heat < strokes) {
			by_size(strokes, t);
			goto out;
		}
	}
	if (strokes--)
		goto again;
	return 0;
out:
	by_size(strokes, t);
	return 1;
}
