/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The options by which sockets and drop choose sockets. */
#ifndef EW_CMD_NARROW_H
#define EW_CMD_NARROW_H

#include "cmd/internal.h"
#include "sockets/sockets.h"

struct ew_narrow {
	const char *state, *port, *pid, *netns;
};

/* The rows of an options table whose struct has a member `narrow`. */
#define EW_NARROW_OPTIONS(type) \
	{"state", 's', EW_OPTION_STRING, offsetof(type, narrow.state), "STATE", \
	 "only sockets in this state, or in one of several with commas between", NULL, \
	 EW_COMPLETE_WORD}, \
	{"port", 'p', EW_OPTION_STRING, offsetof(type, narrow.port), "PORT", \
	 "only sockets with this port on either side"}, \
	{"pid", 0, EW_OPTION_STRING, offsetof(type, narrow.pid), "PID", \
	 "only sockets that this process holds"}, \
	{"netns", 0, EW_OPTION_STRING, offsetof(type, narrow.netns), "PID|NAME|PATH", \
	 "those of another network namespace"}

/* The states: the row's `words`, which complete --state. */
extern const char *const ew_narrow_states[];

/* A number of an option from 1 (or 0) to `most`. */
bool ew_narrow_number(const char *option, const char *text, unsigned least, unsigned most,
		      unsigned *number, GError **error);

/* Adds what was given to the filter. Fails with EW_ERROR_USAGE, or with EW_ERROR_NO_ANSWER where there is
 * no such process. */
bool ew_narrow_read(const struct ew_narrow *narrow, struct ew_sockets_filter *f, GError **error);

#endif
