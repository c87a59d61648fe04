// SPDX-License-Identifier: GPL-3.0-or-later
#include "forge.h"

__SIZE_TYPE__ strlen(const char *);

extern void no_such_size(void) __attribute__((__error__("no anvil is that large")));

#define assert_size(condition)								\
	do {										\
		extern void size_is_wrong(void) __attribute__((__error__("wrong size")));	\
		if (!(condition))							\
			size_is_wrong();						\
	} while (0)

/* Nothing in the brackets of these is evaluated: strike() and lend() are called once each, by the arms. */
int weigh(struct tool *t, int number)
{
	int weight = __builtin_constant_p(strike(t)) ? temper(t) : strike(t);

	if (__builtin_object_size(lend(number), 0) < sizeof(*t))
		return weight;
	return lend(number)->heat;
}

/* strlen() of what is no literal is a call. */
__SIZE_TYPE__ name_length(const char *name)
{
	return name ? strlen(name) : strlen("anvil") + __builtin_strlen("tongs");
}

/* The assertions are no calls of any program; what they ask is evaluated; a type is not. */
int measure(struct tool *t)
{
	assert_size(strike(t) < 7);
	if (t->heat > 1000)
		no_such_size();
	return temper(t) + (int)__builtin_offsetof(__typeof__(*lend(1)), wear);
}

/* Both arms are in the code; control comes to one. */
int choose(struct tool *t, int number)
{
	if (sizeof(*t) > 4 ? strike(t) : temper(t))
		return 1;
	if (number && sizeof(*t) < 4)
		cool(t);
	return 0;
}

/* Each label returns: store_tool() is in no code. That of the second switch, which has no default, is. */
int sort(struct tool *t, int number)
{
	switch (number) {
	case 1:
		return strike(t);
	case 2:
	default:
		return 2;
	}
	store_tool(t);
}

int sort_some(struct tool *t, int number)
{
	switch (number) {
	case 1:
		return strike(t);
	}
	store_tool(t);
	switch (number) {
	case 2:
		break;
	default:
		return 2;
	}
	cool(t);
	return 3;
}
