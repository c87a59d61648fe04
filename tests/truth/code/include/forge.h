/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Forms of calls that are not spelled f(x), or not compiled though they are: the code is the judge. */
#ifndef FORGE_H
#define FORGE_H

#define gnu_inline_body extern inline __attribute__((__gnu_inline__, __always_inline__))
#define released_by(f)	__attribute__((cleanup(f)))

struct tool {
	int heat, wear;
};

int strike(struct tool *t);
void cool(struct tool *t);
void store_tool(struct tool *t);
struct tool *lend(int number);

/* A body to be inlined where its arguments are known; the function itself stands in forge/rack.c. */
extern struct tool *real_copy(const struct tool *t, int times) __asm__("copy_tool");
int may_copy(const struct tool *t);

gnu_inline_body struct tool *copy_tool(const struct tool *t, int times)
{
	if (!may_copy(t))
		return 0;
	return real_copy(t, times);
}

/* The same, overloadable, as the kernel's fortified string functions are: it has a symbol of its own. */
extern int real_sharpen(struct tool *t) __asm__("sharpen");
void blunt(struct tool *t);

gnu_inline_body __attribute__((overloadable)) int sharpen(
	struct tool *const __attribute__((pass_object_size(0))) t)
{
	if (may_copy(t))
		blunt(t);
	return real_sharpen(t);
}

/* An inline function that only one unit has code of, and one that none has. */
static inline int temper(struct tool *t)
{
	return strike(t) + 1;
}

static inline int anneal(struct tool *t)
{
	cool(t);
	return 0;
}

static inline void put_back(struct tool **t)
{
	if (*t)
		store_tool(*t);
}

#endif
