/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One connection closed from outside: by the kernel's own hand, or by the holder's descriptor. */
#include "sockets/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif
#define PIDFD_OF_THREAD O_EXCL
#define SETTLE_TRIES	20
#define SETTLE_US	10000

static void settle(struct ew_dropped *d, enum ew_drop outcome, int error, const char *why)
{
	d->outcome = outcome;
	d->error = error;
	g_strlcpy(d->why, why, sizeof(d->why));
}

/* What is there now; what cannot be asked stands as it was. A FIN is given a moment to be acknowledged. */
static void look_afterwards(struct ew_sockets_source *source, const struct ew_socket *k,
			    struct ew_dropped *d)
{
	for (int i = 0; i < SETTLE_TRIES; i++) {
		if (!ew_sockets_again(source, k, &d->now, NULL))
			d->now = *k;
		if (d->now.state != EW_LIVE_FIN_WAIT1 && d->now.state != EW_LIVE_LAST_ACK)
			break;
		g_usleep(SETTLE_US);
	}
}

/* ---- SOCK_DESTROY ---------------------------------------------------------------------------- */

static void explain_destroy(const struct ew_socket *k, int number, struct ew_dropped *d)
{
	char text[sizeof(d->why)];

	switch (number) {
	case 0:
		settle(d, EW_DROP_DONE, 0, "");
		break;
	case ENOENT:
		settle(d, EW_DROP_GONE, number, "it ended meanwhile, as one end does when the other is dropped");
		break;
	case EPERM:
	case EACCES:
		settle(d, EW_DROP_FORBIDDEN, number,
		       "CAP_NET_ADMIN is missing in the user namespace that owns the network namespace: run "
		       "this as root; of a socket of your own, --fin needs no privilege");
		break;
	case EOPNOTSUPP:
		settle(d, EW_DROP_UNSUPPORTED, number,
		       k->object == EW_SOCKET_TIMEWAIT
			       ? "this kernel destroys no timewait socket; its timer does"
			       : "the kernel was built without CONFIG_INET_DIAG_DESTROY; of a socket that a "
				 "process holds, --fin sends a FIN in its name");
		break;
	default:
		snprintf(text, sizeof(text), "SOCK_DESTROY: %s", g_strerror(number));
		settle(d, EW_DROP_FAILED, number, text);
	}
}

void ew_sockets_destroy(struct ew_sockets_source *source, const struct ew_socket *k, struct ew_dropped *d)
{
	*d = (struct ew_dropped){0};
	explain_destroy(k, sockets_request_end(source, k), d);
	look_afterwards(source, k, d);
}

/* ---- a FIN ----------------------------------------------------------------------------------- */

bool ew_socket_can_finish(const struct ew_socket *k)
{
	return k->state == EW_LIVE_ESTABLISHED || k->state == EW_LIVE_CLOSE_WAIT;
}

/* A value of /proc/sys, -1 where there is none. */
static long read_sysctl(const char *path)
{
	g_autofree char *text = NULL;

	return g_file_get_contents(path, &text, NULL, NULL) ? strtol(text, NULL, 10) : -1;
}

static void explain_copy(const struct ew_socket_holder *h, int number, struct ew_dropped *d)
{
	char text[sizeof(d->why)];
	long scope = read_sysctl("/proc/sys/kernel/yama/ptrace_scope");

	switch (number) {
	case ENOSYS:
		snprintf(text, sizeof(text), "this kernel has no pidfd_getfd(2)%s", ew_live_filter_doubt());
		settle(d, EW_DROP_UNSUPPORTED, number, text);
		return;
	case ESRCH:
	case EBADF:
	case ESTALE:
		snprintf(text, sizeof(text), "process %d has let go of it meanwhile", (int)h->pid);
		settle(d, EW_DROP_GONE, number, text);
		return;
	case EPERM:
	case EACCES:
		snprintf(text, sizeof(text),
			 "process %d may not be touched: it takes CAP_SYS_PTRACE in its user namespace, or to "
			 "be its user%s; run this as root",
			 (int)h->pid,
			 scope > 0 ? " and kernel.yama.ptrace_scope to be 0 (it is set)" : "");
		settle(d, EW_DROP_FORBIDDEN, number, text);
		return;
	}
	snprintf(text, sizeof(text), "process %d, descriptor %d: %s", (int)h->pid, h->fd, g_strerror(number));
	settle(d, EW_DROP_FAILED, number, text);
}

/* A copy of the descriptor, if it still is this socket; -1 with errno. */
static int copy_descriptor(const struct ew_socket_holder *h)
{
	struct stat st;
	int pidfd = (int)syscall(SYS_pidfd_open, h->thread ? h->thread : h->pid,
				 h->thread ? PIDFD_OF_THREAD : 0);

	if (pidfd < 0)
		return -1;
	int fd = (int)syscall(SYS_pidfd_getfd, pidfd, h->fd, 0);
	int saved = errno;
	close(pidfd);
	if (fd >= 0 && (fstat(fd, &st) != 0 || !S_ISSOCK(st.st_mode) || (uint32_t)st.st_ino != h->inode)) {
		close(fd);
		fd = -1;
		saved = ESTALE;
	}
	errno = saved;
	return fd;
}

void ew_sockets_finish(struct ew_sockets_source *source, const struct ew_sockets *s,
		       const struct ew_socket *k, struct ew_dropped *d)
{
	*d = (struct ew_dropped){0};
	settle(d, EW_DROP_UNSUPPORTED, 0, "no process was found that has it as a descriptor");
	for (int i = 0; i < k->holder_count; i++) {
		const struct ew_socket_holder *h = ew_sockets_holder(s, k, i);
		int fd = h->fd < 0 ? -1 : copy_descriptor(h);

		if (h->fd < 0)
			continue;
		if (fd < 0) {
			explain_copy(h, errno, d);
			continue;
		}
		int number = shutdown(fd, SHUT_WR) == 0 ? 0 : errno;
		close(fd);
		if (!number)
			settle(d, EW_DROP_DONE, 0, "");
		else if (number == ENOTCONN)
			settle(d, EW_DROP_GONE, number, "the connection has ended meanwhile");
		else
			explain_copy(h, number, d);
		break;
	}
	look_afterwards(source, k, d);
}
