/* SPDX-License-Identifier: GPL-3.0-or-later */
/* io_uring by its raw system calls: a registered file is held by the ring, not by a descriptor. */
#include "live/internal.h"

#include <linux/io_uring.h>
#include <sys/syscall.h>
#include <unistd.h>

static int64_t act_register(struct live_self *self, const struct live_command *c,
			    struct live_reply *r)
{
	struct io_uring_params p = {0};
	int fd = live_self_fd(self, c);

	if (fd < 0)
		return -1;
	/* the ring stays open until the actor ends */
	int ring = (int)syscall(SYS_io_uring_setup, 4, &p);
	if (ring < 0)
		return -1;
	return syscall(SYS_io_uring_register, ring, IORING_REGISTER_FILES, &fd, 1);
}

const struct live_verb live_verbs_uring[] = {
	{{"uring-register", NULL, "registers the descriptor as a fixed file of an io_uring", "io_uring"},
	 .act = act_register},
	{{NULL}},
};
