/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef BENCH_PRINT_H
#define BENCH_PRINT_H
#ifndef pr_fmt
#define pr_fmt(text) text
#endif
#define pr_info(text) print_line(pr_fmt(text))
void print_line(const char *text);
const char *with_name(const char *text);

static inline void greet(void)
{
	pr_info("hello");
}
#endif
