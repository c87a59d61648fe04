/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The command table, in the order of the overview. To add a command: its row stands in cmd_NAME.c, its
 * name here, in the group that its `group` says.
 */
#include "cmd/internal.h"
#include <string.h>

#define COMMANDS(X) \
	/* Ask */ \
	X(callers) \
	X(callees) \
	X(path) \
	X(diff) \
	X(why) \
	X(why_not) \
	X(registers) \
	X(slots) \
	X(states) \
	X(context) \
	X(refs) \
	X(unresolved) \
	X(dump) \
	/* Read */ \
	X(show) \
	X(def) \
	X(find) \
	/* Learn */ \
	X(lesson) \
	X(progress) \
	X(live) \
	X(half_open) \
	/* This machine */ \
	X(sockets) \
	X(drop) \
	/* Indexes */ \
	X(index) \
	X(trees) \
	X(use) \
	X(coverage) \
	X(doctor) \
	/* In the shell */ \
	X(open) \
	X(up) \
	X(back) \
	X(where) \
	X(next) \
	X(prev) \
	X(go) \
	X(hint) \
	X(quiz) \
	X(quit) \
	/* Help */ \
	X(help)

#define DECLARE(name) extern const struct ew_cmd ew_cmd_##name;
#define ROW(name)     &ew_cmd_##name,

COMMANDS(DECLARE)

static const struct ew_cmd *const table[] = {COMMANDS(ROW) NULL};

const struct ew_cmd *const *ew_cmd_table(void)
{
	return table;
}

const struct ew_cmd *ew_cmd_named(const char *name)
{
	for (const struct ew_cmd *const *cmd = table; *cmd; cmd++)
		if (!strcmp((*cmd)->name, name))
			return *cmd;
	return NULL;
}
