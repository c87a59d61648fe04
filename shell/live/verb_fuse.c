/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A real uninterruptible sleep: a FUSE file system whose daemon has taken a request and does not
 * answer. Once the daemon has it the kernel waits for the answer whatever signal comes
 * (request_wait_answer); when the daemon's descriptor goes, the request is aborted. The wire format
 * is that of <linux/fuse.h>; no library is needed for three messages.
 */
#include "live/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOUNT_POINT "/tmp" /* within a mount namespace of the actor's own */
#define REQUEST_MAX (FUSE_MIN_READ_BUFFER + 4096)

/* ---- the daemon's side ----------------------------------------------------------------------- */

static bool reply(int fd, uint64_t unique, const void *body, size_t size)
{
	char message[sizeof(struct fuse_out_header) + sizeof(struct fuse_init_out)] = {0};
	struct fuse_out_header head = {.len = (uint32_t)(sizeof(head) + size), .unique = unique};

	memcpy(message, &head, sizeof(head));
	memcpy(message + sizeof(head), body, size);
	return write(fd, message, head.len) == (ssize_t)head.len;
}

/* The first request of a new mount. */
static bool shake_hands(int fd)
{
	_Alignas(8) char buffer[REQUEST_MAX];
	struct fuse_in_header in;
	struct fuse_init_out out = {.major = FUSE_KERNEL_VERSION,
				    .minor = FUSE_KERNEL_MINOR_VERSION,
				    .max_write = 4096};

	if (read(fd, buffer, sizeof(buffer)) < (ssize_t)sizeof(in))
		return false;
	memcpy(&in, buffer, sizeof(in));
	if (in.opcode != FUSE_INIT) {
		errno = EPROTO;
		return false;
	}
	return reply(fd, in.unique, &out, sizeof(out));
}

static int64_t act_take_request(struct live_self *self, const struct live_command *c,
				struct live_reply *r)
{
	_Alignas(8) char buffer[REQUEST_MAX];

	return read(live_self_fd(self, c), buffer, sizeof(buffer));
}

/* ---- the sleeper's side ---------------------------------------------------------------------- */

/* Mounts it where nobody else sees it. Returns the daemon's descriptor. */
static int mount_own(void)
{
	char options[96];
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -1;
	g_snprintf(options, sizeof(options), "fd=%d,rootmode=40000,user_id=%u,group_id=%u", fd,
		   (unsigned)getuid(), (unsigned)getgid());
	if (unshare(CLONE_NEWNS) == 0 &&
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	    mount("exitwalk", MOUNT_POINT, "fuse", MS_NOSUID | MS_NODEV, options) == 0 &&
	    shake_hands(fd))
		return fd;
	int saved = errno;
	close(fd);
	errno = saved;
	return -1;
}

/* The daemon inherits the descriptor; ours must go, or nobody could ever abort. */
static int64_t act_mount_fuse(struct live_self *self, const struct live_command *c,
			      struct live_reply *r)
{
	int fd = mount_own();

	if (fd < 0)
		return -1;
	live_self_add(self, c, fd, r, LIVE_MADE_NOTHING);
	int64_t result = live_self_bear(self, c, 0);
	int saved = errno;
	live_self_drop(self, fd);
	close(fd);
	errno = saved;
	return result;
}

static void *look(void *data)
{
	struct stat st;

	return GINT_TO_POINTER(stat(MOUNT_POINT "/nothing", &st));
}

static int64_t act_look(struct live_self *self, const struct live_command *c, struct live_reply *r)
{
	if (!c->arguments[0].is_given)
		return GPOINTER_TO_INT(look(NULL));
	GThread *t = g_thread_try_new("looks", look, NULL, NULL);
	if (!t) {
		errno = EAGAIN;
		return -1;
	}
	g_thread_unref(t);
	return 0;
}

const struct live_verb live_verbs_fuse[] = {
	{{"mount-fuse", "NEW",
	  "mounts a FUSE file system that nobody else sees; another actor is its daemon", "fuse"},
	 .act = act_mount_fuse,
	 .flags = LIVE_VERB_BEARS},
	{{"look-fuse", "[thread]",
	  "looks a file up there, itself or in a thread of its own, and waits for the daemon"},
	 .act = act_look,
	 .flags = LIVE_VERB_WAITS},
	{{"take-request", NULL, "the daemon takes the next request, and does not answer"},
	 .act = act_take_request,
	 .flags = LIVE_VERB_WAITS},
	{{NULL}},
};
