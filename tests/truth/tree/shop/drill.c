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
