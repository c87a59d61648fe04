/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BENCH_TYPES_H
#define BENCH_TYPES_H
#define GLUE_(a, b) a##b
#define GLUE(a, b) GLUE_(a, b)
#define UNIQUE(name) GLUE(name, __COUNTER__)

struct tool {
	void (*use)(struct tool *t);
	void (*drop)(struct tool *t);
	int weight;
};

/* Each use of it takes a name that nobody else has. */
#define use_tool(t)                                                                                \
	({                                                                                         \
		struct tool *UNIQUE(__UNIQUE_ID_tool_) = (t);                                                  \
		(t)->use(t);                                                                       \
	})

void sharpen(struct tool *t);
#endif
