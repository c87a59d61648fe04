/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Verbs of Unix sockets that have a path, and the room where the paths are: a file system in memory
 * that is mounted nowhere. The runner alone holds it, the actors get it with the command, and it goes
 * with the runner, whatever ends that: no file is ever left.
 */
#include "live/internal.h"

#include <errno.h>
#include <linux/mount.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

/* ---- the room -------------------------------------------------------------------------------- */

/* Older than the kernel that has the calls are the headers of some distributions. */
#ifdef SYS_fsmount
static int make_room(void)
{
	int room = -1;
	int fs = unshare(CLONE_NEWNS) < 0
			 ? -1 /* the right to mount is one over the mount namespace */
			 : (int)syscall(SYS_fsopen, "tmpfs", FSOPEN_CLOEXEC);

	if (fs < 0)
		return -1;
	if (syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) == 0)
		room = (int)syscall(SYS_fsmount, fs, FSMOUNT_CLOEXEC,
				    MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	int saved = errno;
	close(fs);
	errno = saved;
	return room;
}
#else
static int make_room(void)
{
	errno = ENOSYS;
	return -1;
}
#endif

int live_stage_room(struct live_stage *stage)
{
	if (stage->room < 0)
		stage->room = make_room();
	return stage->room;
}

/* ---- in the actor ---------------------------------------------------------------------------- */

/* The room has no path but the one of its descriptor. */
static bool put_path(const struct live_self *self, const struct live_command *c,
		     struct sockaddr_un *un)
{
	const char *name = c->arguments[0].text;

	*un = (struct sockaddr_un){.sun_family = AF_UNIX};
	if (strchr(name, '/') || *name == '.') {
		errno = EINVAL;
		return false;
	}
	snprintf(un->sun_path, sizeof(un->sun_path), "/proc/self/fd/%d/%s", self->attached[0], name);
	return true;
}

static bool use_listen(int fd, const struct sockaddr_un *un)
{
	return bind(fd, (const struct sockaddr *)un, sizeof(*un)) == 0 && listen(fd, 1024) == 0;
}

static bool use_connect(int fd, const struct sockaddr_un *un)
{
	return connect(fd, (const struct sockaddr *)un, sizeof(*un)) == 0;
}

/* A new socket, kept if it can be used so. */
static int64_t make_socket(struct live_self *self, const struct live_command *c, struct live_reply *r,
			   bool (*use)(int fd, const struct sockaddr_un *un), enum live_made made)
{
	struct sockaddr_un un;
	int fd = put_path(self, c, &un) ? socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) : -1;

	if (fd < 0)
		return -1;
	if (use(fd, &un))
		return live_self_add(self, c, fd, r, made) * 0;
	int saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

static int64_t act_listen_path(struct live_self *self, const struct live_command *c,
			       struct live_reply *r)
{
	return make_socket(self, c, r, use_listen, LIVE_MADE_LISTENER);
}

static int64_t act_connect_path(struct live_self *self, const struct live_command *c,
				struct live_reply *r)
{
	return make_socket(self, c, r, use_connect, LIVE_MADE_NOTHING);
}

static int64_t act_unlink_path(struct live_self *self, const struct live_command *c,
			       struct live_reply *r)
{
	struct sockaddr_un un;

	return put_path(self, c, &un) ? unlink(un.sun_path) : -1;
}

/* ---- the table ------------------------------------------------------------------------------- */

const struct live_verb live_verbs_path[] = {
	{{"listen-path", "NAME",
	  "listens on a Unix socket with this name, in a directory of the experiment's own"},
	 .act = act_listen_path,
	 .flags = LIVE_VERB_ROOM | LIVE_VERB_LISTENER},
	{{"connect-path", "NAME", "connects to the Unix socket of this name"},
	 .act = act_connect_path,
	 .flags = LIVE_VERB_ROOM},
	{{"unlink-path", "NAME", "removes the name of a Unix socket"},
	 .act = act_unlink_path,
	 .flags = LIVE_VERB_ROOM},
	{{NULL}},
};
