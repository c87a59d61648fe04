/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Actors: forked children that do one thing at a time with one socket, as they are told. Nobody
 * parses what they say: command and reply are structs over a SOCK_SEQPACKET pair.
 */
#include "live/internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- in the child ---------------------------------------------------------------------------- */

struct sockets {
	int listener, connection;
};

static int port_of(int fd, int (*ask)(int, struct sockaddr *, socklen_t *))
{
	struct sockaddr_in a = {0};
	socklen_t length = sizeof(a);

	return ask(fd, (struct sockaddr *)&a, &length) == 0 ? ntohs(a.sin_port) : 0;
}

static int ask_own(int fd, struct sockaddr *a, socklen_t *length)
{
	return getsockname(fd, a, length);
}

static int ask_peer(int fd, struct sockaddr *a, socklen_t *length)
{
	return getpeername(fd, a, length);
}

static struct sockaddr_in loopback_address(uint16_t port)
{
	return (struct sockaddr_in){.sin_family = AF_INET,
				    .sin_port = htons(port),
				    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static int do_listen(struct sockets *s)
{
	struct sockaddr_in a = loopback_address(0);

	s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s->listener < 0 || bind(s->listener, (struct sockaddr *)&a, sizeof(a)) < 0)
		return -1;
	return listen(s->listener, 16);
}

static int do_connect(struct sockets *s, uint16_t port)
{
	struct sockaddr_in a = loopback_address(port);

	s->connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s->connection < 0)
		return -1;
	return connect(s->connection, (struct sockaddr *)&a, sizeof(a));
}

static int64_t do_send(int fd, int64_t count)
{
	static const char zeros[65536];
	int64_t done = 0;

	while (done < count) {
		ssize_t n = send(fd, zeros, (size_t)MIN(count - done, (int64_t)sizeof(zeros)),
				 MSG_NOSIGNAL);

		if (n < 0)
			return done ? done : -1;
		done += n;
	}
	return done;
}

static int64_t perform(struct sockets *s, const struct live_command *c)
{
	static char buffer[65536];

	switch (c->verb) {
	case EW_LIVE_LISTENS:
		return do_listen(s);
	case EW_LIVE_CONNECTS:
		return do_connect(s, c->port);
	case EW_LIVE_ACCEPTS:
		s->connection = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);
		return s->connection < 0 ? -1 : 0;
	case EW_LIVE_SENDS:
		return do_send(s->connection, c->count);
	case EW_LIVE_RECVS:
		return recv(s->connection, buffer, sizeof(buffer), 0);
	case EW_LIVE_CLOSES:
		return close(s->connection);
	default:
		errno = ENOSYS;
		return -1;
	}
}

static void answer(struct sockets *s, const struct live_command *c, struct live_reply *r)
{
	*r = (struct live_reply){.value = perform(s, c)};
	if (r->value < 0)
		r->error = errno;
	else if (c->verb == EW_LIVE_LISTENS)
		r->port = (uint16_t)port_of(s->listener, ask_own);
	else if (c->verb == EW_LIVE_CONNECTS || c->verb == EW_LIVE_ACCEPTS) {
		r->port = (uint16_t)port_of(s->connection, ask_own);
		r->peer_port = (uint16_t)port_of(s->connection, ask_peer);
	}
	if (c->verb == EW_LIVE_CLOSES)
		s->connection = -1;
}

G_NORETURN static void actor_main(int control, const char *name)
{
	struct sockets s = {-1, -1};
	struct live_command c;
	struct live_reply r;

	prctl(PR_SET_NAME, name);
	while (recv(control, &c, sizeof(c), 0) == (ssize_t)sizeof(c)) {
		answer(&s, &c, &r);
		if (send(control, &r, sizeof(r), MSG_NOSIGNAL) != (ssize_t)sizeof(r))
			break;
	}
	_exit(0);
}

/* The actor must hold nothing of the runner's: not its captures, not the way to the user's process.
 * */
static int keep_only(int fd)
{
	if (fd != 3 && dup2(fd, 3) < 0)
		return -1;
	close_range(4, ~0U, 0);
	return 3;
}

/* ---- in the runner --------------------------------------------------------------------------- */

static bool start_failed(GError **error, const char *what)
{
	g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE, "cannot start an actor: %s: %s", what,
		    g_strerror(errno));
	return false;
}

bool live_actor_start(struct live_actor *a, const char *name, GError **error)
{
	pid_t runner = getpid();
	int pair[2];

	*a = (struct live_actor){.pidfd = -1, .control = -1};
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return start_failed(error, "socketpair");
	a->pid = fork();
	if (a->pid == 0) {
		/* dies with the runner, even with one that is killed itself */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		int control = keep_only(pair[1]);
		if (getppid() != runner || control < 0)
			_exit(1);
		actor_main(control, name);
	}
	close(pair[1]);
	a->control = pair[0];
	if (a->pid < 0)
		return start_failed(error, "fork");
	a->is_running = true;
	a->pidfd = pidfd_open(a->pid, 0);
	return a->pidfd >= 0 || start_failed(error, "pidfd_open");
}

bool live_actor_kill(struct live_actor *a)
{
	return pidfd_send_signal(a->pidfd, SIGKILL, NULL, 0) == 0;
}

bool live_actor_reap(struct live_actor *a)
{
	if (!a->is_running || waitpid(a->pid, &a->status, WNOHANG) != a->pid)
		return false;
	a->is_running = false;
	return true;
}

void live_actor_clear(struct live_actor *a)
{
	if (a->is_running) {
		/* not yet reaped, so that the number is still its own */
		if (a->pidfd < 0 || !live_actor_kill(a))
			kill(a->pid, SIGKILL);
		waitpid(a->pid, &a->status, 0);
		a->is_running = false;
	}
	if (a->pid > 0 && a->pidfd >= 0)
		close(a->pidfd);
	if (a->pid > 0 && a->control >= 0)
		close(a->control);
	*a = (struct live_actor){.pidfd = -1, .control = -1};
}
