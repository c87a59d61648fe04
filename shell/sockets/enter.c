/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Into another network namespace, and out with no more than one socket of it. A child goes there, so
 * that the caller never does; it may enter the owning user namespace first, which makes the namespaces of a
 * plain user his to look at.
 */
#include "sockets/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int open_socket(enum sockets_kind kind)
{
	/* of protocol 0, which receives nothing until it is bound */
	return kind == SOCKETS_DIAG ? socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG)
				    : socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

static char *path_of(const char *netns)
{
	if (strchr(netns, '/'))
		return g_strdup(netns);
	if (*netns && strspn(netns, "0123456789") == strlen(netns))
		return g_strdup_printf("/proc/%s/ns/net", netns);
	return g_strdup_printf("/run/netns/%s", netns);
}

/* Whatever /proc says. */
static bool is_running(const char *netns)
{
	int pidfd = pidfd_open((pid_t)strtol(netns, NULL, 10), 0);

	if (pidfd >= 0)
		close(pidfd);
	return pidfd >= 0;
}

/* Where a process is there and its file in /proc is not. */
static bool fail_process(const char *netns, const char *path, GError **error)
{
	bool has_proc = access("/proc/self/ns/net", F_OK) == 0;
	g_autofree char *directory = g_strdup_printf("/proc/%s", netns);
	const char *why = !has_proc ? "no /proc is mounted here, which is the way to it; \"mount -t proc proc /proc\" as root, "
				      "or give --netns a path to a namespace that is mounted elsewhere"
			  : !is_running(netns)		   ? NULL
			  : access(directory, F_OK) == 0 ? "the process has ended, and waits to be reaped: it is in no namespace any more"
							 : "the process is there, but /proc hides those of other users (hidepid); run "
							   "this as root";

	if (why)
		g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
			    "cannot open the network namespace of process %s: %s is not there: %s", netns, path, why);
	return why;
}

static bool fail_open(const char *netns, const char *path, int number, GError **error)
{
	bool is_there = number != ENOENT && number != ENOTDIR && number != ESRCH;
	const char *kind = strchr(netns, '/')			  ? "file"
			   : g_str_has_prefix(path, "/proc/") ? "process"
								  : "name";

	if (is_there)
		g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
			    "cannot open the network namespace %s: %s: %s%s", netns, path,
			    g_strerror(number),
			    number == EACCES || number == EPERM
				    ? "; it takes CAP_SYS_PTRACE over that process: run this as root, or as "
				      "its user"
				    : "");
	else if (strcmp(kind, "process") || !fail_process(netns, path, error))
		g_set_error(error, EW_ERROR, EW_ERROR_NO_ANSWER,
			    "there is no network namespace \"%.80s\": %s is not there; --netns takes the "
			    "number of a process, a name that \"ip netns\" lists, or a path such as "
			    "/proc/PID/ns/net",
			    netns, !strcmp(kind, "process") ? "such a process" : path);
	return false;
}

/* ---- the child ------------------------------------------------------------------------------- */

static void send_descriptor(int channel, int fd, int number)
{
	char control[CMSG_SPACE(sizeof(int))] = {0};
	struct iovec data = {&number, sizeof(number)};
	struct msghdr m = {.msg_iov = &data, .msg_iovlen = 1};

	if (fd >= 0) {
		m.msg_control = control;
		m.msg_controllen = sizeof(control);
		struct cmsghdr *c = CMSG_FIRSTHDR(&m);

		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	if (sendmsg(channel, &m, MSG_NOSIGNAL) < 0)
		_exit(1);
}

G_NORETURN static void visit(int channel, int namespace, enum sockets_kind kind)
{
	int owner = ioctl(namespace, NS_GET_USERNS);
	int number = 0, fd = -1;

	if (setns(namespace, CLONE_NEWNET) != 0) {
		number = errno;
		if (number == EPERM && owner >= 0 && setns(owner, CLONE_NEWUSER) == 0)
			number = setns(namespace, CLONE_NEWNET) == 0 ? 0 : errno;
	}
	if (!number) {
		fd = open_socket(kind);
		number = fd < 0 ? -errno : 0;
	}
	send_descriptor(channel, fd, number);
	_exit(0);
}

/* ---- the caller ------------------------------------------------------------------------------ */

/* The descriptor that the child sent, or -1 with errno, which is negative where the socket was refused. */
static int receive_descriptor(int channel)
{
	char control[CMSG_SPACE(sizeof(int))] = {0};
	int number = ECHILD, fd = -1;
	struct iovec data = {&number, sizeof(number)};
	struct msghdr m = {.msg_iov = &data,
			   .msg_iovlen = 1,
			   .msg_control = control,
			   .msg_controllen = sizeof(control)};
	ssize_t n;

	do
		n = recvmsg(channel, &m, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	const struct cmsghdr *c = n == (ssize_t)sizeof(number) ? CMSG_FIRSTHDR(&m) : NULL;
	if (c && c->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	errno = n == 0 ? ECHILD : number;
	return fd;
}

static int send_child(int namespace, enum sockets_kind kind)
{
	int channel[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel) != 0)
		return -1;
	pid_t child = fork();
	if (child == 0)
		visit(channel[1], namespace, kind);
	close(channel[1]);
	int fd = child < 0 ? -1 : receive_descriptor(channel[0]);
	int saved = errno;
	close(channel[0]);
	while (child > 0 && waitpid(child, NULL, 0) < 0 && errno == EINTR)
		;
	errno = saved;
	return fd;
}

static int fail_socket(enum sockets_kind kind, int number, GError **error)
{
	if (kind == SOCKETS_DIAG)
		g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
			    "cannot look at sockets: NETLINK_SOCK_DIAG: %s; the kernel needs CONFIG_INET_DIAG%s",
			    g_strerror(number), ew_live_filter_doubt());
	else
		g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE, "cannot watch packets: %s%s%s",
			    g_strerror(number),
			    number == EPERM || number == EACCES
				    ? "; CAP_NET_RAW is missing in the user namespace that owns the network "
				      "namespace: run this as root"
				    : "; the kernel needs CONFIG_PACKET",
			    ew_live_filter_doubt());
	return -1;
}

static int fail_enter(const char *netns, enum sockets_kind kind, int number, GError **error)
{
	if (number < 0)
		return fail_socket(kind, -number, error);
	g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
		    "cannot enter the network namespace %s: %s%s%s", netns, g_strerror(number),
		    number == EPERM ? "; it takes CAP_SYS_ADMIN in the user namespace that owns it: run this "
				      "as root, or as the user who made it"
				    : "",
		    ew_live_filter_doubt());
	return -1;
}

int sockets_enter(const char *netns, enum sockets_kind kind, GError **error)
{
	if (!netns) {
		int fd = open_socket(kind);

		return fd < 0 ? fail_socket(kind, errno, error) : fd;
	}
	g_autofree char *path = path_of(netns);
	int namespace = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (namespace < 0) {
		fail_open(netns, path, errno, error);
		return -1;
	}
	if (ioctl(namespace, NS_GET_NSTYPE) != CLONE_NEWNET) {
		g_set_error(error, EW_ERROR, EW_ERROR_USAGE,
			    "%s is no network namespace; --netns takes the number of a process, a name that "
			    "\"ip netns\" lists, or a path such as /proc/PID/ns/net",
			    path);
		close(namespace);
		return -1;
	}
	int fd = send_child(namespace, kind);
	int saved = errno;
	close(namespace);
	return fd < 0 ? fail_enter(netns, kind, saved, error) : fd;
}
