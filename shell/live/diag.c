/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The observer of sockets: NETLINK_SOCK_DIAG, one exact look-up per known connection end. A dump
 * would cost a hundred times as much and would be less of a moment.
 */
#include "live/filter.h"
#include "live/internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/sock_diag.h>
#include <string.h>

#ifndef SOCK_DESTROY
#define SOCK_DESTROY 21
#endif

struct live_diag {
	struct mnl_socket *socket;
	unsigned sequence, port;
};

struct live_diag *live_diag_open(GError **error)
{
	struct live_diag *d = g_new0(struct live_diag, 1);

	d->socket = mnl_socket_open2(NETLINK_SOCK_DIAG, SOCK_CLOEXEC);
	if (d->socket && mnl_socket_bind(d->socket, 0, MNL_SOCKET_AUTOPID) == 0) {
		struct timeval limit = {.tv_sec = 2};

		setsockopt(mnl_socket_get_fd(d->socket), SOL_SOCKET, SO_RCVTIMEO, &limit,
			   sizeof(limit));
		d->port = mnl_socket_get_portid(d->socket);
		return d;
	}
	g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
		    "cannot watch sockets: NETLINK_SOCK_DIAG: %s; the kernel needs "
		    "CONFIG_INET_DIAG and "
		    "CONFIG_INET_TCP_DIAG (try \"modprobe tcp_diag\" as root)%s",
		    g_strerror(errno), ew_live_filter_doubt());
	live_diag_close(d);
	return NULL;
}

void live_diag_close(struct live_diag *d)
{
	if (!d)
		return;
	if (d->socket)
		mnl_socket_close(d->socket);
	g_free(d);
}

static struct nlmsghdr *make_request(struct live_diag *d, char *buffer, uint16_t type,
				     const struct live_end *end)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(buffer);
	struct inet_diag_req_v2 *r = mnl_nlmsg_put_extra_header(h, sizeof(*r));

	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST | (type == SOCK_DESTROY ? NLM_F_ACK : 0);
	h->nlmsg_seq = ++d->sequence;
	r->sdiag_family = (uint8_t)end->local.family;
	r->sdiag_protocol = IPPROTO_TCP;
	r->idiag_states = ~0U;
	r->id.idiag_sport = htons(end->local.port);
	r->id.idiag_dport = htons(end->peer.port);
	memcpy(r->id.idiag_src, end->local.bytes, 16);
	memcpy(r->id.idiag_dst, end->peer.bytes, 16);
	r->id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
	r->id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	return h;
}

/* Sends and waits for the one answer. Returns 0 with *message set (NULL for a bare
 * acknowledgement), or an errno. */
static int ask(struct live_diag *d, char *buffer, size_t size, uint16_t type,
	       const struct live_end *end, const struct inet_diag_msg **message)
{
	struct nlmsghdr *h = make_request(d, buffer, type, end);

	*message = NULL;
	if (mnl_socket_sendto(d->socket, h, h->nlmsg_len) < 0)
		return errno;
	for (;;) {
		ssize_t n = mnl_socket_recvfrom(d->socket, buffer, size);
		int length = (int)n;

		if (n < 0)
			return errno;
		h = (struct nlmsghdr *)buffer;
		if (!mnl_nlmsg_ok(h, length))
			return EBADMSG;
		if (h->nlmsg_seq == d->sequence)
			break;
	}
	if (h->nlmsg_type == NLMSG_ERROR) {
		const struct nlmsgerr *e = mnl_nlmsg_get_payload(h);

		return mnl_nlmsg_get_payload_len(h) < sizeof(e->error) ? EBADMSG : -e->error;
	}
	if (mnl_nlmsg_get_payload_len(h) < sizeof(**message))
		return EBADMSG;
	*message = mnl_nlmsg_get_payload(h);
	return 0;
}

bool live_diag_look(struct live_diag *d, const struct live_end *end, struct ew_live_event *e,
		    GError **error)
{
	char buffer[8192] __attribute__((aligned(8)));
	const struct inet_diag_msg *m;
	int number = ask(d, buffer, sizeof(buffer), SOCK_DIAG_BY_FAMILY, end, &m);

	/* while a socket makes way for its timewait socket, a look-up may miss both */
	if (number == ENOENT || (m && m->idiag_state == EW_LIVE_LISTEN))
		number = ask(d, buffer, sizeof(buffer), SOCK_DIAG_BY_FAMILY, end, &m);
	if (number && number != ENOENT) {
		g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
			    "cannot watch sockets: sock_diag: %s%s", g_strerror(number),
			    number == EOPNOTSUPP ? "; the kernel needs CONFIG_INET_TCP_DIAG" : "");
		return false;
	}
	e->state = EW_LIVE_GONE;
	/* where the connection is gone, the look-up may find the listener instead */
	if (!m || m->idiag_state == EW_LIVE_LISTEN || m->idiag_state == EW_LIVE_CLOSE)
		return true;
	/* 12 is the kernel's own word for a connection request */
	e->state = m->idiag_state < EW_LIVE_STATES ? m->idiag_state : EW_LIVE_SYN_RECV;
	e->receive_queue = m->idiag_rqueue;
	e->send_queue = m->idiag_wqueue;
	e->inode = m->idiag_inode;
	e->timer = m->idiag_timer;
	e->expires_ms = m->idiag_timer ? m->idiag_expires : 0;
	e->retransmits = m->idiag_retrans;
	return true;
}

bool live_diag_destroy(struct live_diag *d, const struct live_end *end)
{
	char buffer[8192] __attribute__((aligned(8)));
	const struct inet_diag_msg *m;
	struct ew_live_event e = {0};

	if (!live_diag_look(d, end, &e, NULL))
		return false;
	if (e.state == EW_LIVE_GONE)
		return true;
	/* EOPNOTSUPP comes from kernels without CONFIG_INET_DIAG_DESTROY, and from many for a
	 * timewait socket; so what is left tells. A timewait socket never keeps its namespace, it
	 * goes with it. */
	ask(d, buffer, sizeof(buffer), SOCK_DESTROY, end, &m);
	return live_diag_look(d, end, &e, NULL) &&
	       (e.state == EW_LIVE_GONE || e.timer == EW_LIVE_TIMER_TIMEWAIT);
}
