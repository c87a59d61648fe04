/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of dump share. */
#ifndef EW_CMD_DUMP_H
#define EW_CMD_DUMP_H

#include "cmd/narrow.h"

struct ew_dump_options {
	struct ew_narrow narrow;
	int connection;
	bool recorded;
	const char *pcap, *inode, *count, *duration;
};

/* dump connection: the rest of argv says which. */
int ew_cmd_dump_connection(const struct ew_cmd_call *call, GError **error);

#endif
