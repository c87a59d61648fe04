/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * In the actor: one thing at a time, as it is told. Nobody parses what it says: command and reply
 * are structs over a SOCK_SEQPACKET pair.
 */
#include "live/internal.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- descriptors ----------------------------------------------------------------------------- */

static void ask_address(int fd, struct live_address *a,
			int (*ask)(int, struct sockaddr *, socklen_t *))
{
	struct sockaddr_storage s = {0};
	socklen_t length = sizeof(s);

	*a = (struct live_address){0};
	if (ask(fd, (struct sockaddr *)&s, &length) == 0)
		live_address_get(a, &s);
}

static int ask_own(int fd, struct sockaddr *a, socklen_t *length)
{
	return getsockname(fd, a, length);
}

static int ask_peer(int fd, struct sockaddr *a, socklen_t *length)
{
	return getpeername(fd, a, length);
}

void live_fill_end(int fd, struct live_end *end)
{
	ask_address(fd, &end->local, ask_own);
	ask_address(fd, &end->peer, ask_peer);
}

static struct live_descriptor *at(const struct live_self *self, guint i)
{
	return &g_array_index(self->descriptors, struct live_descriptor, i);
}

int live_self_fd(const struct live_self *self, const struct live_command *c)
{
	for (guint i = self->descriptors->len; i-- > 0;) {
		struct live_end end;

		if (!*c->on || (*at(self, i)->name && !strcmp(at(self, i)->name, c->on)))
			return at(self, i)->fd;
		if (!c->end.local.family)
			continue;
		live_fill_end(at(self, i)->fd, &end);
		if (live_address_equal(&end.local, &c->end.local) &&
		    live_address_equal(&end.peer, &c->end.peer))
			return at(self, i)->fd;
	}
	errno = EBADF;
	return -1;
}

void live_self_drop(struct live_self *self, int fd)
{
	for (guint i = self->descriptors->len; i-- > 0;)
		if (at(self, i)->fd == fd)
			g_array_remove_index(self->descriptors, i);
}

int live_self_add(struct live_self *self, const struct live_command *c, int fd,
		  struct live_reply *r, enum live_made made)
{
	struct live_descriptor d = {.fd = fd};

	/* one that is used once more keeps its name, unless it gets another */
	for (guint i = 0; i < self->descriptors->len; i++)
		if (at(self, i)->fd == fd)
			d = *at(self, i);
	if (*c->as)
		g_strlcpy(d.name, c->as, sizeof(d.name));
	live_self_drop(self, fd);
	d.made = r->made = made;
	g_array_append_val(self->descriptors, d);
	return fd;
}

/* ---- talking --------------------------------------------------------------------------------- */

void live_self_early(struct live_self *self, int fd, enum live_made made)
{
	struct live_reply r = {.is_early = true, .made = made};

	live_fill_end(fd, &r.end);
	send(self->control, &r, sizeof(r), MSG_NOSIGNAL);
}

/* Takes a command and what comes with it. */
static bool receive(struct live_self *self, struct live_command *c)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int) * G_N_ELEMENTS(self->attached))];
	} control;
	struct iovec part = {c, sizeof(*c)};
	struct msghdr m = {.msg_iov = &part,
			   .msg_iovlen = 1,
			   .msg_control = &control,
			   .msg_controllen = sizeof(control)};

	for (size_t i = 0; i < G_N_ELEMENTS(self->attached); i++)
		self->attached[i] = -1;
	if (recvmsg(self->control, &m, MSG_CMSG_CLOEXEC) != (ssize_t)sizeof(*c))
		return false;
	struct cmsghdr *h = CMSG_FIRSTHDR(&m);
	if (h && h->cmsg_type == SCM_RIGHTS)
		memcpy(self->attached, CMSG_DATA(h), h->cmsg_len - CMSG_LEN(0));
	return true;
}

static void answer(struct live_self *self, const struct live_command *c, struct live_reply *r)
{
	*r = (struct live_reply){0};
	errno = 0;
	r->value = c->verb->act(self, c, r);
	if (r->value < 0)
		r->error = errno;
	r->ended = live_now();
	/* what was made last stands last */
	if (r->made != LIVE_MADE_NOTHING && r->value >= 0)
		live_fill_end(at(self, self->descriptors->len - 1)->fd, &r->end);
	for (size_t i = 0; i < G_N_ELEMENTS(self->attached); i++)
		if (self->attached[i] >= 0)
			close(self->attached[i]);
}

G_NORETURN static void obey(struct live_self *self, const char *name)
{
	struct live_command c;
	struct live_reply r;

	prctl(PR_SET_NAME, name);
	while (receive(self, &c)) {
		answer(self, &c, &r);
		if (send(self->control, &r, sizeof(r), MSG_NOSIGNAL) != (ssize_t)sizeof(r))
			break;
	}
	_exit(0);
}

void live_actor_main(int control, int inbox, const char *name)
{
	struct live_self self = {.control = control, .inbox = inbox};

	self.descriptors = g_array_new(FALSE, TRUE, sizeof(struct live_descriptor));
	obey(&self, name);
}

/* Our number as the runner knows it, which is not that of a PID namespace of our own. */
static pid_t own_pid(void)
{
	char text[16] = "";

	return readlink("/proc/self", text, sizeof(text) - 1) > 0 ? (pid_t)strtol(text, NULL, 10)
								  : getpid();
}

void live_actor_born(struct live_self *self, const char *name)
{
	struct live_reply hello = {.value = own_pid()};

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	send(self->control, &hello, sizeof(hello), MSG_NOSIGNAL);
	obey(self, name);
}
