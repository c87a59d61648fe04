// SPDX-License-Identifier: GPL-3.0-or-later
/* A chain of objects behind a head. */
struct listener {
	int (*hear)(struct listener *l, int tone);
	struct listener *next;
};
struct horn {
	struct listener *first;
};

static int blow_all(struct listener **first, int tone)
{
	return *first ? (*first)->hear(*first, tone) : 0;
}

int blow(struct horn *horn, int tone)
{
	return blow_all(&horn->first, tone);
}

int listen_to(struct horn *horn, struct listener *l)
{
	l->next = horn->first;
	horn->first = l;
	return 0;
}

static int open_shop(struct listener *l, int tone)
{
	return tone;
}

static struct listener keeper = {.hear = open_shop};
static struct horn street;

int keep_shop(void)
{
	listen_to(&street, &keeper);
	return blow(&street, 1);
}
