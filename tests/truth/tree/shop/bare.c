/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Includes nothing that would bring print_line. */
#include <bench/types.h>
#ifdef BENCH_PRINT_H
void print_line(const char *text);
static void maybe(struct tool *t)
{
	print_line("seen");
}
#else
static void maybe(struct tool *t)
{
	sharpen(t);
}
#endif

void bare(struct tool *t)
{
	maybe(t);
}

/* Structs with names in one union, whose functions lie in the same bytes. */
struct handle {
	void (*lift)(int way);
};

struct blade {
	void (*cut)(int depth);
};

union end {
	struct handle handle;
	struct blade blade;
};

void cut_with(union end *end, int depth)
{
	end->blade.cut(depth);
}
