/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of sockets share among themselves. */
#ifndef EW_SOCKETS_INTERNAL_H
#define EW_SOCKETS_INTERNAL_H

#include "sockets/sockets.h"
#include <linux/inet_diag.h>

struct mnl_socket;
struct nlmsghdr;

struct ew_sockets_source {
	struct mnl_socket *socket;
	unsigned sequence, port;
	char *netns; /* as it was given, or NULL */
};

enum sockets_kind {
	SOCKETS_DIAG,
	SOCKETS_PACKETS,
};
struct ew_sockets *sockets_new(void); /* none */
/* A socket in that namespace; -1 with an error. */
int sockets_enter(const char *netns, enum sockets_kind kind, GError **error);

/* One message of an answer. Returns false where it is too short to be one. */
bool sockets_read_message(const struct nlmsghdr *h, struct ew_socket *k);

/* Asks for this very socket. Returns 0 with *now filled, or an errno (ENOENT: gone). */
int sockets_look_up(struct ew_sockets_source *source, const struct ew_socket *k, struct ew_socket *now);
/* Asks for its end. Returns 0 or an errno. */
int sockets_request_end(struct ew_sockets_source *source, const struct ew_socket *k);

/* Adds the sockets of both families that are in one of the states. */
bool sockets_dump(struct ew_sockets_source *source, unsigned states, GArray *sockets, GError **error);

bool sockets_passes(const struct ew_sockets_filter *f, const struct ew_socket *k);

/* Walks a /proc and collects who holds one of the inodes (a set of GUINT_TO_POINTER). */
void sockets_walk(const char *proc, GHashTable *inodes, struct ew_sockets *s);
/* Sorts the holders and gives each socket its own. */
void sockets_assign(struct ew_sockets *s);

#endif
