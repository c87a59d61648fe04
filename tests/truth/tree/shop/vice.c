// SPDX-License-Identifier: GPL-3.0-or-later
/* States: a constant, one behind a condition in a macro, a parameter, a table. */
enum { VICE_OPEN = 1, VICE_GRIPS, VICE_SHUT };
#define VICE_OIL 32
#define LET_GO(jaws) ((jaws)->j_state = VICE_OPEN)

struct jaws {
	int j_state;
};

void set_vice(struct jaws *jaws, int state)
{
	jaws->j_state = state;
}

static const unsigned char after_turn[] = {[VICE_OPEN] = VICE_GRIPS | VICE_OIL, VICE_SHUT};

int turn_vice(struct jaws *jaws)
{
	if (jaws->j_state == VICE_SHUT)
		LET_GO(jaws);
	if (0)
		jaws->j_state = VICE_SHUT;
	set_vice(jaws, after_turn[jaws->j_state] & 15);
	return 0;
}
