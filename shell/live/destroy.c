/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The observer of freed sockets: the multicast groups of NETLINK_SOCK_DIAG that tell of each full TCP
 * socket when the kernel frees it.
 */
#include "live/observe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <string.h>
#include <sys/socket.h>

struct live_destroy {
	struct mnl_socket *socket;
};

/* Groups are joined one by one: a kernel without IPv6 has no more than the first. */
static bool join(struct live_destroy *d, int group)
{
	return mnl_socket_setsockopt(d->socket, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) == 0;
}

struct live_destroy *live_destroy_open(GError **error)
{
	struct live_destroy *d = g_new0(struct live_destroy, 1);
	int number = 0;

	d->socket = mnl_socket_open2(NETLINK_SOCK_DIAG, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (d->socket && mnl_socket_bind(d->socket, 0, MNL_SOCKET_AUTOPID) == 0 &&
	    join(d, SKNLGRP_INET_TCP_DESTROY)) {
		join(d, SKNLGRP_INET6_TCP_DESTROY);
		return d;
	}
	number = errno;
	g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
		    "cannot be told of freed sockets: NETLINK_SOCK_DIAG, group "
		    "SKNLGRP_INET_TCP_DESTROY: %s; the kernel needs CONFIG_INET_TCP_DIAG",
		    g_strerror(number));
	live_destroy_close(d);
	return NULL;
}

void live_destroy_close(struct live_destroy *d)
{
	if (!d)
		return;
	if (d->socket)
		mnl_socket_close(d->socket);
	g_free(d);
}

int live_destroy_fd(const struct live_destroy *d)
{
	return mnl_socket_get_fd(d->socket);
}

static void report(const struct nlmsghdr *h, live_destroyed_fn fn, void *data)
{
	const struct inet_diag_msg *m = mnl_nlmsg_get_payload(h);

	if (h->nlmsg_type != SOCK_DIAG_BY_FAMILY || mnl_nlmsg_get_payload_len(h) < sizeof(*m))
		return;
	struct live_destroyed destroyed = {.is_ipv6 = m->idiag_family == AF_INET6,
					   .port = ntohs(m->id.idiag_sport),
					   .peer_port = ntohs(m->id.idiag_dport)};
	fn(&destroyed, data);
}

bool live_destroy_read(struct live_destroy *d, live_destroyed_fn fn, void *data)
{
	char buffer[8192] __attribute__((aligned(8)));
	bool is_whole = true;

	for (;;) {
		ssize_t n = mnl_socket_recvfrom(d->socket, buffer, sizeof(buffer));
		int length = (int)n;

		if (n < 0 && errno == ENOBUFS) {
			is_whole = false;
			continue;
		}
		if (n <= 0)
			return is_whole;
		for (struct nlmsghdr *h = (struct nlmsghdr *)buffer; mnl_nlmsg_ok(h, length);
		     h = mnl_nlmsg_next(h, &length))
			report(h, fn, data);
	}
}
