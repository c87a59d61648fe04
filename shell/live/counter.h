/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The kernel's counters that tell which of its branches ran: /proc/net/netstat and /proc/net/snmp of
 * one network namespace, where nobody else counts. Which function counts, and under which condition,
 * stands in a table that was read off the source.
 */
#ifndef EW_LIVE_COUNTER_H
#define EW_LIVE_COUNTER_H

#include "fact/fact.h"

/* A place of the kernel that counts. A counter with several places has as many rows, side by side. */
struct ew_live_counter {
	const char *name;     /* as the file calls it: "TCPAbortOnClose" */
	const char *function; /* that counts */
	const char *constant; /* by which the source calls it: an anchor is "in FUNCTION at like CONSTANT" */
	const char *says;     /* the condition under which it does, in words */
	int family;	      /* 4 or 6 where it serves one family of addresses alone, 0: both */
	int nth, of;	      /* the function counts in `of` places; this is the nth, from 1; 0: in one */
	const char *where;    /* of several such places: the name that its condition alone holds */
};

/* Can a run over that family (is_ipv6) have counted there? */
bool ew_live_counter_serves(const struct ew_live_counter *row, bool is_ipv6);

/* The table's next row of that name behind `after` (NULL: from the start), or NULL. NULL for `name`
 * takes every row. */
const struct ew_live_counter *ew_live_counter_next(const char *name,
						   const struct ew_live_counter *after);

#endif
