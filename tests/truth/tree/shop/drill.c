// SPDX-License-Identifier: GPL-3.0-or-later
/* A call whose proof has several steps: a helper stores through its parameter. */
struct drill {
	void (*turn)(int speed);
};

static void turn_slowly(int speed)
{
	(void)speed;
}

static inline void init_drill(struct drill *d, void (*turn)(int))
{
	d->turn = turn;
}

void use_drill(void)
{
	struct drill drill;

	init_drill(&drill, turn_slowly);
	drill.turn(1);
}

/* A condition that compares what a member of a pointer holds. */
int is_slow(struct drill *d)
{
	if (d->turn != turn_slowly)
		return 0;
	use_drill();
	return 1;
}
