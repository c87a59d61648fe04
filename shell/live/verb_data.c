/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verbs of data: queues filled, looked into and emptied, and the ways of sending that need no
 * buffer. */
#include "live/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#define FULL_MS 200 /* nothing more went in for so long: the queues are full */

static char buffer[65536];

static int64_t act_fill(struct live_self *self, const struct live_command *c, struct live_reply *r)
{
	struct pollfd p = {.fd = live_self_fd(self, c), .events = POLLOUT};
	int64_t done = 0;

	for (;;) {
		ssize_t n = send(p.fd, buffer, sizeof(buffer), MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n >= 0) {
			done += n;
			continue;
		}
		if (errno != EAGAIN)
			return done ? done : -1;
		if (poll(&p, 1, FULL_MS) <= 0)
			return done;
	}
}

static int64_t act_peek(struct live_self *self, const struct live_command *c, struct live_reply *r)
{
	int64_t most = c->arguments[0].is_given ? c->arguments[0].number : (int64_t)sizeof(buffer);

	return recv(live_self_fd(self, c), buffer, (size_t)MIN(most, (int64_t)sizeof(buffer)),
		    MSG_PEEK);
}

static int64_t act_drain(struct live_self *self, const struct live_command *c, struct live_reply *r)
{
	int fd = live_self_fd(self, c);
	int64_t done = 0;

	for (;;) {
		ssize_t n = recv(fd, buffer, sizeof(buffer), 0);

		if (n < 0)
			return -1;
		if (n == 0)
			return done;
		done += n;
	}
}

/* A file of so many zeros. */
static int make_file(int64_t size)
{
	int fd = memfd_create("data", MFD_CLOEXEC);

	if (fd >= 0 && ftruncate(fd, size) == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

static int64_t act_sendfile(struct live_self *self, const struct live_command *c,
			    struct live_reply *r)
{
	int64_t count = c->arguments[0].number, done = 0;
	int file = make_file(count), to = live_self_fd(self, c);
	ssize_t n = 0;

	while (file >= 0 && done < count &&
	       (n = sendfile(to, file, NULL, (size_t)(count - done))) > 0)
		done += n;
	int saved = errno;
	if (file >= 0)
		close(file);
	errno = saved;
	return done ? done : -1;
}

static int64_t act_splice(struct live_self *self, const struct live_command *c,
			  struct live_reply *r)
{
	int64_t count = c->arguments[0].number, done = 0;
	int file = make_file(count), to = live_self_fd(self, c), ends[2];

	if (file < 0 || pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	while (done < count) {
		ssize_t in = splice(file, NULL, ends[1], NULL, (size_t)(count - done), 0), out = 0;

		for (ssize_t left = in; left > 0; left -= out) {
			out = splice(ends[0], NULL, to, NULL, (size_t)left, 0);
			if (out <= 0)
				break;
			done += out;
		}
		if (in <= 0 || out <= 0)
			break;
	}
	int saved = errno;
	close(file);
	close(ends[0]);
	close(ends[1]);
	errno = saved;
	return done ? done : -1;
}

/* A timer of the application's own. */
static int64_t act_await(struct live_self *self, const struct live_command *c,
			 struct live_reply *r)
{
	struct pollfd p = {.fd = live_self_fd(self, c), .events = POLLIN};
	int n = p.fd < 0 ? -1 : poll(&p, 1, (int)c->arguments[0].number);

	if (n == 0)
		errno = ETIMEDOUT;
	return n > 0 ? 0 : -1;
}

static int64_t act_shutdown(struct live_self *self, const struct live_command *c,
			    struct live_reply *r)
{
	const char *how = c->arguments[0].text;

	return shutdown(live_self_fd(self, c), !strcmp(how, "rd")   ? SHUT_RD
					       : !strcmp(how, "wr") ? SHUT_WR
								    : SHUT_RDWR);
}

const struct live_verb live_verbs_data[] = {
	{{"fill", NULL, "sends without waiting until the queues of both sides are full"},
	 .act = act_fill,
	 .flags = LIVE_VERB_WAITS | LIVE_VERB_EVERYWHERE},
	{{"peek", "[BYTES]", "calls recv() with MSG_PEEK: what is read stays unread"},
	 .act = act_peek,
	 .flags = LIVE_VERB_WAITS | LIVE_VERB_TAKES | LIVE_VERB_EVERYWHERE},
	{{"drain", NULL, "reads until the end of file; returns how many bytes there were"},
	 .act = act_drain,
	 .flags = LIVE_VERB_WAITS | LIVE_VERB_TAKES | LIVE_VERB_EVERYWHERE},
	{{"sendfile", "BYTES", "sends so many bytes of a file by sendfile()"},
	 .act = act_sendfile,
	 .flags = LIVE_VERB_WAITS},
	{{"splice", "BYTES", "sends so many bytes of a file through a pipe by splice()"},
	 .act = act_splice,
	 .flags = LIVE_VERB_WAITS},
	{{"await", "DURATION", "waits so long for data or the end of file, and gives up with ETIMEDOUT"},
	 .act = act_await,
	 .flags = LIVE_VERB_WAITS | LIVE_VERB_TAKES},
	{{"shutdown", "rd|wr|both", "ends one direction of the connection, or both"},
	 .act = act_shutdown,
	 .flags = LIVE_VERB_EVERYWHERE},
	{{NULL}},
};
