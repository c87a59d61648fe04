/* SPDX-License-Identifier: GPL-3.0-or-later */

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

static struct nlmsghdr *make_request(char *buffer, unsigned sequence, uint16_t type, const struct live_end *end)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(buffer);
	struct inet_diag_req_v2 *r = mnl_nlmsg_put_extra_header(h, sizeof(*r));

	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST | (type == SOCK_DESTROY ? NLM_F_ACK : 0);
	h->nlmsg_seq = sequence;
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

/* ---- looking --------------------------------------------------------------------------------- */

#define REQUEST_SIZE NLMSG_SPACE(sizeof(struct inet_diag_req_v2))
#define ANSWER_SIZE  512 /* attributes that nobody asked for may be cut */

struct answer {
	bool is_due;
	int number; /* errno, 0 */
	struct inet_diag_msg message;
};

/* Asks all that are due in one message: the kernel has answered each when the call is back. */
static int send_due(struct live_diag *d, const struct live_query *queries, const struct answer *answers, guint count)
{
	char buffer[LIVE_QUERIES_MAX * REQUEST_SIZE] __attribute__((aligned(8)));
	size_t size = 0;

	for (guint i = 0; i < count; i++) {
		unsigned sequence = ++d->sequence;

		if (!answers[i].is_due)
			continue;
		struct nlmsghdr *h = make_request(buffer + size, sequence, SOCK_DIAG_BY_FAMILY, queries[i].end);
		size += NLMSG_ALIGN(h->nlmsg_len);
	}
	return mnl_socket_sendto(d->socket, buffer, size) < 0 ? errno : 0;
}

static void take_answer(const char *buffer, size_t size, struct answer *a)
{
	const struct nlmsghdr *h = (const void *)buffer;
	const struct nlmsgerr *e = NLMSG_DATA(h);

	if (h->nlmsg_type == NLMSG_ERROR)
		a->number = size < NLMSG_LENGTH(sizeof(e->error)) ? EBADMSG : -e->error;
	else if (size < NLMSG_LENGTH(sizeof(a->message)))
		a->number = EBADMSG;
	else
		memcpy(&a->message, NLMSG_DATA(h), sizeof(a->message));
	a->is_due = false;
}

/* Takes what has come, at least one; returns how many of them were due, or -1 with errno. */
static int receive(struct live_diag *d, struct answer *answers, guint count, unsigned first)
{
	char buffers[LIVE_QUERIES_MAX][ANSWER_SIZE] __attribute__((aligned(8)));
	struct iovec parts[LIVE_QUERIES_MAX];
	struct mmsghdr messages[LIVE_QUERIES_MAX] = {0};
	int taken = 0;

	for (guint i = 0; i < count; i++) {
		parts[i] = (struct iovec){buffers[i], ANSWER_SIZE};
		messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
	}
	int n = recvmmsg(mnl_socket_get_fd(d->socket), messages, count, MSG_WAITFORONE, NULL);
	if (n < 0)
		return -1;
	for (int i = 0; i < n; i++) {
		unsigned which = ((const struct nlmsghdr *)(const void *)buffers[i])->nlmsg_seq - first;

		/* one that came too late for its own question is nobody's */
		if (messages[i].msg_len < NLMSG_HDRLEN || which >= count || !answers[which].is_due)
			continue;
		take_answer(buffers[i], messages[i].msg_len, &answers[which]);
		taken++;
	}
	return taken;
}

static guint count_due(const struct answer *answers, guint count)
{
	guint due = 0;

	for (guint i = 0; i < count; i++)
		due += answers[i].is_due;
	return due;
}

/* Has all that are due answered. Returns 0 or an errno. */
static int ask_due(struct live_diag *d, const struct live_query *queries, struct answer *answers, guint count)
{
	unsigned first = d->sequence + 1;
	guint due = count_due(answers, count);
	int number = due ? send_due(d, queries, answers, count) : 0;

	while (!number && due) {
		int taken = receive(d, answers, count, first);

		if (taken < 0)
			number = errno;
		else
			due -= (guint)taken;
	}
	return number;
}

/* Where the connection is gone, the look-up may find the listener instead. */
static bool is_none(const struct answer *a)
{
	return a->number == ENOENT || a->message.idiag_state == EW_LIVE_LISTEN;
}

static void fill(const struct answer *a, struct ew_live_event *e)
{
	const struct inet_diag_msg nothing = {.idiag_state = EW_LIVE_GONE}, *m = &a->message;

	if (is_none(a) || m->idiag_state == EW_LIVE_CLOSE)
		m = &nothing;
	/* 12 is the kernel's own word for a connection request */
	e->state = m->idiag_state < EW_LIVE_STATES ? m->idiag_state : EW_LIVE_SYN_RECV;
	e->receive_queue = m->idiag_rqueue;
	e->send_queue = m->idiag_wqueue;
	e->inode = m->idiag_inode;
	e->timer = m->idiag_timer;
	e->expires_ms = m->idiag_timer ? m->idiag_expires : 0;
	e->retransmits = m->idiag_retrans;
}

bool live_diag_look_all(struct live_diag *d, const struct live_query *queries, guint count, GError **error)
{
	struct answer answers[LIVE_QUERIES_MAX] = {0};
	int number;

	g_assert(count <= LIVE_QUERIES_MAX);
	for (guint i = 0; i < count; i++)
		answers[i].is_due = true;
	number = ask_due(d, queries, answers, count);
	/* while a socket makes way for its timewait socket, a look-up may miss both */
	for (guint i = 0; i < count && !number; i++)
		if (is_none(&answers[i]))
			answers[i] = (struct answer){.is_due = true};
	if (!number)
		number = ask_due(d, queries, answers, count);
	for (guint i = 0; i < count && !number; i++)
		if (answers[i].number != ENOENT)
			number = answers[i].number;
	if (number) {
		g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
			    "cannot watch sockets: sock_diag: %s%s", g_strerror(number),
			    number == EOPNOTSUPP ? "; the kernel needs CONFIG_INET_TCP_DIAG" : "");
		return false;
	}
	for (guint i = 0; i < count; i++)
		fill(&answers[i], queries[i].event);
	return true;
}

bool live_diag_look(struct live_diag *d, const struct live_end *end, struct ew_live_event *e, GError **error)
{
	return live_diag_look_all(d, &(struct live_query){end, e}, 1, error);
}

/* ---- destroying ------------------------------------------------------------------------------ */

/* Waits for the acknowledgement, which says nothing: what is left tells. */
static void ask_to_destroy(struct live_diag *d, const struct live_end *end)
{
	char buffer[1024] __attribute__((aligned(8)));
	struct nlmsghdr *h = make_request(buffer, ++d->sequence, SOCK_DESTROY, end);

	if (mnl_socket_sendto(d->socket, h, h->nlmsg_len) < 0)
		return;
	while (mnl_socket_recvfrom(d->socket, buffer, sizeof(buffer)) > 0 &&
	       ((const struct nlmsghdr *)(const void *)buffer)->nlmsg_seq != d->sequence)
		;
}

bool live_diag_destroy(struct live_diag *d, const struct live_end *end)
{
	struct ew_live_event e = {0};

	if (!live_diag_look(d, end, &e, NULL))
		return false;
	if (e.state == EW_LIVE_GONE)
		return true;
	/* EOPNOTSUPP comes from kernels without CONFIG_INET_DIAG_DESTROY, and from many for a
	 * timewait socket; so what is left tells. A timewait socket never keeps its namespace, it
	 * goes with it. */
	ask_to_destroy(d, end);
	return live_diag_look(d, end, &e, NULL) &&
	       (e.state == EW_LIVE_GONE || e.timer == EW_LIVE_TIMER_TIMEWAIT);
}
