/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Here what is printed is a call. */
#define pr_fmt(text) with_name(text)
#include <bench/print.h>
#include <bench/types.h>

void calls_named(void)
{
	pr_info("called");
}
