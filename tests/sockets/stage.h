/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Real sockets in namespaces of the test's own, and a look at them. */
#ifndef EW_TEST_SOCKETS_STAGE_H
#define EW_TEST_SOCKETS_STAGE_H

#include "../check.h"
#include "sockets/sockets.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Into a network namespace with loopback up; into a user namespace that owns it where `user` is set or no
 * privilege is there without. Exits with SKIP where that is forbidden. */
void stage_enter(bool user);
/* Becomes uid 65534. */
void stage_become_plain(void);
void stage_drop_capabilities(void);
/* Whether other users' processes may be looked into. */
bool stage_sees_all(void);

/* fork(), but the child ends with its parent. */
pid_t stage_fork(void);

struct pair {
	int client, server; /* server -1: not accepted */
	uint16_t client_port, server_port;
};

int stage_listen(int family, int backlog, uint16_t *port);
int stage_connect(int family, uint16_t port, uint16_t *own); /* blocking */
struct pair stage_pair(int family, int listener, uint16_t port);
/* Sends until the peer's window is shut; returns how many bytes that were. */
size_t stage_fill(int fd);
uint32_t stage_inode(int fd);
void stage_close(int *fd);

/* Looks at everything, with owners; never fails. */
struct ew_sockets *stage_look(struct ew_sockets_source *source);
struct ew_sockets_source *stage_open(void);
/* The socket with this local and remote port, or NULL. */
struct ew_socket *stage_find(const struct ew_sockets *s, uint16_t local, uint16_t peer);
/* Looks until the socket is in that state, up to five seconds. The ew_sockets is the caller's. */
struct ew_sockets *stage_await(struct ew_sockets_source *source, uint16_t local, uint16_t peer,
			       enum ew_live_state state, struct ew_socket **found);

/* Runs the program with these arguments; standard output and standard error, the caller's; the exit code. */
int stage_run(const char *program, const char *arguments, char **out, char **err);
/* Runs it and checks the exit code, and what the outputs say (or NULL). */
void stage_expect(const char *program, int code, const char *out_says, const char *err_says, const char *format, ...)
	G_GNUC_PRINTF(5, 6);

#endif
