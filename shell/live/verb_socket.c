/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verbs of sockets: how a connection is made, used and closed. */
#include "live/internal.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

/* ---- making ---------------------------------------------------------------------------------- */

static int make_socket(const struct live_command *c)
{
	bool is_udp = c->protocol == EW_LIVE_UDP;

	return socket(c->protocol == EW_LIVE_UNIX ? AF_UNIX : c->own.family, (is_udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC,
		      c->protocol == EW_LIVE_MPTCP ? IPPROTO_MPTCP : 0);
}

/* Of a Unix socket the actor that listens is the address: a name in the stage's own abstract
 * namespace (unix(7)). */
static socklen_t put_address(const struct live_command *c, const struct live_address *a,
			     const char *actor, struct sockaddr_storage *s)
{
	struct sockaddr_un *un = (struct sockaddr_un *)s;

	if (c->protocol != EW_LIVE_UNIX)
		return live_address_put(a, s);
	*un = (struct sockaddr_un){.sun_family = AF_UNIX};
	int n = g_snprintf(un->sun_path + 1, sizeof(un->sun_path) - 1, "exitwalk-%s", actor);
	return (socklen_t)offsetof(struct sockaddr_un, sun_path) + 1 + (socklen_t)n;
}

static bool is_bound(int fd)
{
	struct live_end end;

	live_fill_end(fd, &end);
	return end.local.port != 0;
}

/* The socket that was made last and is not used yet, or a new one. */
static int fresh_socket(struct live_self *self, const struct live_command *c)
{
	int fd = live_self_fd(self, c);
	int listens = 0;
	socklen_t length = sizeof(listens);
	struct live_end end;

	if (fd >= 0 && getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &length) == 0 &&
	    !listens) {
		live_fill_end(fd, &end);
		if (!end.peer.family)
			return fd;
	}
	return make_socket(c);
}

static int64_t act_socket(struct live_self *self, const struct live_command *c,
			  struct live_reply *r)
{
	int fd = make_socket(c);

	return fd < 0 ? -1 : live_self_add(self, c, fd, r, LIVE_MADE_NOTHING) * 0;
}

static int bind_to(int fd, const struct live_command *c, const struct live_address *a)
{
	char name[EW_LIVE_NAME_MAX] = "";
	struct sockaddr_storage s;

	prctl(PR_GET_NAME, name);
	socklen_t length = put_address(c, a, name, &s);
	return bind(fd, (struct sockaddr *)&s, length);
}

static int64_t act_bind(struct live_self *self, const struct live_command *c, struct live_reply *r)
{
	const struct ew_live_argument *like = &c->arguments[0], *reuse = &c->arguments[1];
	struct live_address a = c->own;
	int fd = fresh_socket(self, c);
	int on = 1;

	if (fd < 0)
		return -1;
	if (like->is_given)
		a.port = c->target.port;
	live_self_add(self, c, fd, r, LIVE_MADE_LISTENER);
	if (reuse->is_given &&
	    setsockopt(fd, SOL_SOCKET,
		       !strcmp(reuse->text, "reuseport") ? SO_REUSEPORT : SO_REUSEADDR, &on,
		       sizeof(on)) < 0)
		return -1;
	return bind_to(fd, c, &a);
}

static int64_t act_listen(struct live_self *self, const struct live_command *c,
			  struct live_reply *r)
{
	int fd = fresh_socket(self, c);

	if (fd < 0)
		return -1;
	live_self_add(self, c, fd, r, LIVE_MADE_LISTENER);
	if (!is_bound(fd) && bind_to(fd, c, &c->own) < 0)
		return -1;
	return listen(fd, c->arguments[0].is_given ? (int)c->arguments[0].number : 1024);
}

static int64_t act_connect(struct live_self *self, const struct live_command *c,
			   struct live_reply *r)
{
	struct sockaddr_storage s;
	socklen_t length = put_address(c, &c->target, c->name, &s);
	int fd = fresh_socket(self, c);

	if (fd < 0)
		return -1;
	live_self_add(self, c, fd, r, LIVE_MADE_CONNECTION);
	if (c->is_detached) {
		/* its port must be known before the call blocks */
		if (!is_bound(fd) && bind_to(fd, c, &c->own) < 0)
			return -1;
		live_self_early(self, fd, LIVE_MADE_CONNECTION);
		r->made = LIVE_MADE_NOTHING;
	}
	return connect(fd, (struct sockaddr *)&s, length);
}

/* The listener that was made last, whatever came after it. */
static int find_listener(struct live_self *self, const struct live_command *c)
{
	if (*c->on)
		return live_self_fd(self, c);
	for (guint i = self->descriptors->len; i-- > 0;) {
		const struct live_descriptor *d = &g_array_index(self->descriptors, struct live_descriptor, i);
		int listens = 0;
		socklen_t length = sizeof(listens);

		/* of a thousand that were accepted none needs to be asked */
		if (d->made == LIVE_MADE_ACCEPTED || d->made == LIVE_MADE_CONNECTION)
			continue;
		if (getsockopt(d->fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &length) == 0 && listens)
			return d->fd;
	}
	errno = EBADF;
	return -1;
}

static int64_t act_accept(struct live_self *self, const struct live_command *c,
			  struct live_reply *r)
{
	int listener = find_listener(self, c);

	if (listener < 0)
		return -1;
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0)
		return -1;
	live_self_add(self, c, fd, r, LIVE_MADE_ACCEPTED);
	return 0;
}

/* ---- using ----------------------------------------------------------------------------------- */

static int64_t act_send(struct live_self *self, const struct live_command *c, struct live_reply *r)
{
	static const char zeros[65536];
	int64_t count = c->arguments[0].number, done = 0;
	int flags = MSG_NOSIGNAL | (c->arguments[1].is_given ? MSG_OOB : 0);
	int fd = live_self_fd(self, c);

	while (done < count) {
		ssize_t n =
			send(fd, zeros, (size_t)MIN(count - done, (int64_t)sizeof(zeros)), flags);

		if (n < 0)
			return done ? done : -1;
		done += n;
	}
	return done;
}

static int64_t act_recv(struct live_self *self, const struct live_command *c, struct live_reply *r)
{
	static char buffer[65536];
	int64_t most = c->arguments[0].is_given ? c->arguments[0].number : (int64_t)sizeof(buffer);

	return recv(live_self_fd(self, c), buffer, (size_t)MIN(most, (int64_t)sizeof(buffer)),
		    c->arguments[1].is_given ? MSG_OOB : 0);
}

static int64_t act_close(struct live_self *self, const struct live_command *c, struct live_reply *r)
{
	int result = 0;

	if (c->arguments[0].is_given) { /* all */
		while (self->descriptors->len && result == 0) {
			guint last = self->descriptors->len - 1;

			result = close(
				g_array_index(self->descriptors, struct live_descriptor, last).fd);
			g_array_set_size(self->descriptors, last);
		}
		return result;
	}
	int fd = live_self_fd(self, c);
	live_self_drop(self, fd);
	return close(fd);
}

/* ---- the table ------------------------------------------------------------------------------- */

const struct live_verb live_verbs_socket[] = {
	{{"socket", NULL, "makes a socket that other steps bind, set options of and connect"},
	 .act = act_socket},
	{{"bind", "[like ACTOR] [reuseaddr|reuseport]",
	  "binds it to a free port, or to the port that another actor has or had"},
	 .act = act_bind,
	 .flags = LIVE_VERB_LISTENER},
	{{"listen", "[backlog N]", "listens; makes and binds a socket first where there is none"},
	 .act = act_listen,
	 .flags = LIVE_VERB_LISTENER | LIVE_VERB_EVERYWHERE},
	{{"connect", "ACTOR",
	  "connects to the actor's listener; each is the next connection, from 1"},
	 .act = act_connect,
	 .flags = LIVE_VERB_EVERYWHERE},
	{{"accept", NULL, "takes the first connection off the accept queue"},
	 .act = act_accept,
	 .flags = LIVE_VERB_WAITS | LIVE_VERB_TAKES | LIVE_VERB_EVERYWHERE},
	{{"send", "BYTES [urgent]", "sends so many bytes; urgent: the last one is urgent data"},
	 .act = act_send,
	 .flags = LIVE_VERB_WAITS | LIVE_VERB_EVERYWHERE},
	{{"recv", "[BYTES] [urgent]",
	  "calls recv() once, for at most so many bytes; 0 is the end of file"},
	 .act = act_recv,
	 .flags = LIVE_VERB_WAITS | LIVE_VERB_TAKES | LIVE_VERB_EVERYWHERE},
	{{"close", "[all]",
	  "closes the descriptor, or all that the actor made, the last one first"},
	 .act = act_close},
	{{NULL}},
};
