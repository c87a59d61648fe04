/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How sockets, drop and dump choose sockets. */
#ifndef EW_CMD_NARROW_H
#define EW_CMD_NARROW_H

#include "cmd/internal.h"
#include "sockets/sockets.h"

struct ew_narrow {
	const char *state, *port, *pid, *netns;
};

/* The states; they complete --state. */
extern const char *const ew_narrow_states[];

/* The rows of an options table whose struct has a member `narrow`. */
#define EW_NARROW_OPTIONS(type) \
	{"state", 's', EW_OPTION_STRING, offsetof(type, narrow.state), "STATE", \
	 "only sockets in this state, or in one of several with commas between", ew_narrow_states}, \
	{"port", 'p', EW_OPTION_STRING, offsetof(type, narrow.port), "PORT", \
	 "only sockets with this port on either side"}, \
	{"pid", 0, EW_OPTION_STRING, offsetof(type, narrow.pid), "PID", \
	 "only sockets that this process holds"}, \
	{"netns", 0, EW_OPTION_STRING, offsetof(type, narrow.netns), "PID|NAME|PATH", \
	 "those of another network namespace"}

/* A number of an option from 1 (or 0) to `most`. */
bool ew_narrow_number(const char *option, const char *text, unsigned least, unsigned most,
		      unsigned *number, GError **error);

/* One connection, as drop and dump want it: LOCAL PEER, or an inode, or a filter. */
struct ew_narrow_which {
	const char *command;
	int argc;
	char *const *argv; /* LOCAL and PEER, or nothing */
	const char *inode;
	int listeners, timewaits; /* that matched and were not meant */
	struct ew_sockets_filter filter;
};
#define EW_NARROW_INODE(type) \
	{"inode", 'i', EW_OPTION_STRING, offsetof(type, inode), "N", \
	 "the socket with this inode, as in socket:[N]"}
bool ew_narrow_which_read(struct ew_narrow_which *w, const struct ew_narrow *narrow, GError **error);
/* A filter means connections: who means a listener, or what waits for its timer, says so. */
void ew_narrow_which_spare(struct ew_narrow_which *w, struct ew_sockets *s);
/* That there is none; false. */
bool ew_narrow_which_fail(const struct ew_narrow_which *w, struct ew_sockets_source *source, GError **error);

/* Adds what was given to the filter. Fails with EW_ERROR_USAGE, or with EW_ERROR_NO_ANSWER where there is
 * no such process. */
bool ew_narrow_read(const struct ew_narrow *narrow, struct ew_sockets_filter *f, GError **error);

#endif
