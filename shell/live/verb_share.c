/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verbs by which more than one descriptor, process or mapping holds a socket. */
#include "live/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define FDS_LOOKED_AT 256 /* of another process, for the one that is meant */

static int64_t act_dup(struct live_self *self, const struct live_command *c, struct live_reply *r)
{
	int fd = fcntl(live_self_fd(self, c), F_DUPFD_CLOEXEC, 5);

	if (fd < 0)
		return -1;
	live_self_add(self, c, fd, r, LIVE_MADE_NOTHING);
	return 0;
}

static int64_t act_share_files(struct live_self *self, const struct live_command *c,
			       struct live_reply *r)
{
	return live_self_bear(self, c, CLONE_FILES);
}

/* The maker stands still until the child ends or executes another program. Memory is not shared. */
static int64_t act_vfork(struct live_self *self, const struct live_command *c, struct live_reply *r)
{
	return live_self_bear(self, c, CLONE_VFORK);
}

/* ---- through a queue of a Unix socket -------------------------------------------------------- */

static int64_t act_sendfd(struct live_self *self, const struct live_command *c,
			  struct live_reply *r)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {.header = {.cmsg_level = SOL_SOCKET,
				.cmsg_type = SCM_RIGHTS,
				.cmsg_len = CMSG_LEN(sizeof(int))}};
	struct iovec part = {(char[]){0}, 1};
	struct msghdr m = {.msg_iov = &part,
			   .msg_iovlen = 1,
			   .msg_control = &control,
			   .msg_controllen = sizeof(control)};
	int fd = live_self_fd(self, c);

	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	return sendmsg(self->attached[0], &m, MSG_NOSIGNAL) == 1 ? 0 : -1;
}

static int64_t act_takefd(struct live_self *self, const struct live_command *c,
			  struct live_reply *r)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	char byte;
	struct iovec part = {&byte, 1};
	struct msghdr m = {.msg_iov = &part,
			   .msg_iovlen = 1,
			   .msg_control = &control,
			   .msg_controllen = sizeof(control)};
	int fd;

	if (recvmsg(self->inbox, &m, MSG_CMSG_CLOEXEC) != 1)
		return -1;
	struct cmsghdr *h = CMSG_FIRSTHDR(&m);
	if (!h || h->cmsg_type != SCM_RIGHTS || h->cmsg_len != CMSG_LEN(sizeof(int))) {
		errno = EBADMSG;
		return -1;
	}
	memcpy(&fd, CMSG_DATA(h), sizeof(fd));
	live_self_add(self, c, fd, r, LIVE_MADE_NOTHING);
	return 0;
}

/* ---- out of another process ------------------------------------------------------------------ */

/* The connection's own one where `on` gives its number, else the last TCP connection that it has.
 */
static bool is_meant(int fd, const struct live_command *c)
{
	struct live_end end;

	live_fill_end(fd, &end);
	if (!c->end.local.family)
		return end.peer.family != 0;
	return live_address_equal(&end.local, &c->end.local) &&
	       live_address_equal(&end.peer, &c->end.peer);
}

static int64_t act_getfd(struct live_self *self, const struct live_command *c, struct live_reply *r)
{
	int process = pidfd_open(c->pid, 0), found = -1, error = EBADF;

	if (process < 0)
		return -1;
	for (int number = FDS_LOOKED_AT; number-- > 0 && found < 0;) {
		int fd = pidfd_getfd(process, number, 0);

		if (fd >= 0 && is_meant(fd, c))
			found = fd;
		else if (fd >= 0)
			close(fd);
		else if (errno != EBADF)
			error = errno;
	}
	close(process);
	errno = error;
	if (found < 0)
		return -1;
	live_self_add(self, c, found, r, LIVE_MADE_NOTHING);
	return 0;
}

/* ---- others ---------------------------------------------------------------------------------- */

static int64_t act_mmap(struct live_self *self, const struct live_command *c, struct live_reply *r)
{
	long page = sysconf(_SC_PAGESIZE);

	return mmap(NULL, (size_t)page, PROT_READ, MAP_SHARED, live_self_fd(self, c), 0) ==
			       MAP_FAILED
		       ? -1
		       : 0;
}

static int64_t act_exec(struct live_self *self, const struct live_command *c, struct live_reply *r)
{
	for (guint i = 0; c->arguments[0].is_given && i < self->descriptors->len; i++)
		fcntl(g_array_index(self->descriptors, struct live_descriptor, i).fd, F_SETFD, 0);
	return execlp("sleep", "sleep", "3600", (char *)NULL);
}

const struct live_verb live_verbs_share[] = {
	{{"dup", NULL, "makes another descriptor of the same open file"}, .act = act_dup},
	{{"share-files", "NEW",
	  "makes another actor by CLONE_FILES: both have the same table of descriptors"},
	 .act = act_share_files,
	 .flags = LIVE_VERB_BEARS},
	{{"vfork", "NEW", "makes another actor and stands still until that one ends or calls exec"},
	 .act = act_vfork,
	 .flags = LIVE_VERB_BEARS | LIVE_VERB_LEAVES},
	{{"sendfd", "ACTOR", "puts the descriptor into the queue of the actor's Unix socket"},
	 .act = act_sendfd,
	 .flags = LIVE_VERB_INBOX},
	{{"takefd", NULL, "takes the next descriptor out of its queue"},
	 .act = act_takefd,
	 .flags = LIVE_VERB_WAITS | LIVE_VERB_TAKES},
	{{"getfd", "ACTOR", "takes the descriptor out of the other process by pidfd_getfd()"},
	 .act = act_getfd},
	{{"mmap", NULL, "maps a page of the socket; the mapping holds it, too"}, .act = act_mmap},
	{{"exec", "[keeping]", "becomes the program sleep; keeping: its descriptors stay open"},
	 .act = act_exec,
	 .flags = LIVE_VERB_EXECS},
	{{NULL}},
};
