/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NETLINK_SOCK_DIAG: dumps, look-ups of one socket, and its end. */
#include "sockets/internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>

#ifndef SOCK_DESTROY
#define SOCK_DESTROY 21
#endif

#define BUFFER_SIZE 32768 /* the kernel fills no more in one message of a dump */
#define NEW_SYN_RECV 12	  /* the kernel's own number for a connection request */
#define LISTENER_TRIES 4096

/* ---- reading --------------------------------------------------------------------------------- */

static void read_address(struct ew_socket_address *a, int family, const __be32 *words, __be16 port)
{
	*a = (struct ew_socket_address){.family = family, .port = ntohs(port)};
	memcpy(a->bytes, words, family == AF_INET6 ? 16 : 4);
}

static void read_info(struct ew_socket *k, const struct nlattr *attr)
{
	const size_t needed = offsetof(struct tcp_info, tcpi_last_ack_recv) + sizeof(uint32_t);
	struct tcp_info info;

	if (mnl_attr_get_payload_len(attr) < needed)
		return;
	memcpy(&info, mnl_attr_get_payload(attr), needed); /* it may stand where no struct may */
	k->has_info = true;
	k->since_sent = info.tcpi_last_data_sent;
	k->since_received = info.tcpi_last_data_recv;
	k->since_ack = info.tcpi_last_ack_recv;
}

static void read_ulp(struct ew_socket *k, const struct nlattr *nest)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, nest)
		if (mnl_attr_get_type(attr) == INET_ULP_INFO_NAME)
			g_strlcpy(k->ulp, mnl_attr_get_payload(attr),
				  MIN(sizeof(k->ulp), mnl_attr_get_payload_len(attr) + 1U));
}

static void read_attributes(struct ew_socket *k, const struct nlmsghdr *h)
{
	const struct nlattr *attr;

	k->object = k->timer == EW_LIVE_TIMER_TIMEWAIT ? EW_SOCKET_TIMEWAIT : EW_SOCKET_REQUEST;
	mnl_attr_for_each(attr, h, sizeof(struct inet_diag_msg)) {
		switch (mnl_attr_get_type(attr)) {
		case INET_DIAG_SHUTDOWN: /* of full sockets, and always */
			k->object = EW_SOCKET_FULL;
			if (mnl_attr_get_payload_len(attr) >= 1)
				k->shutdown = *(const uint8_t *)mnl_attr_get_payload(attr);
			break;
		case INET_DIAG_INFO:
			read_info(k, attr);
			break;
		case INET_DIAG_ULP_INFO:
			read_ulp(k, attr);
			break;
		}
	}
}

bool sockets_read_message(const struct nlmsghdr *h, struct ew_socket *k)
{
	const struct inet_diag_msg *m = mnl_nlmsg_get_payload(h);

	if (mnl_nlmsg_get_payload_len(h) < sizeof(*m) ||
	    (m->idiag_family != AF_INET && m->idiag_family != AF_INET6))
		return false;
	memset(k, 0, sizeof(*k));
	read_address(&k->local, m->idiag_family, m->id.idiag_src, m->id.idiag_sport);
	read_address(&k->peer, m->idiag_family, m->id.idiag_dst, m->id.idiag_dport);
	k->interface = m->id.idiag_if;
	memcpy(k->cookie, m->id.idiag_cookie, sizeof(k->cookie));
	k->state = m->idiag_state < EW_LIVE_STATES ? m->idiag_state : EW_LIVE_SYN_RECV;
	k->timer = m->idiag_timer;
	k->expires_ms = m->idiag_timer ? m->idiag_expires : 0;
	k->retransmits = m->idiag_retrans;
	k->receive_queue = m->idiag_rqueue;
	k->send_queue = m->idiag_wqueue;
	k->inode = m->idiag_inode;
	k->uid = m->idiag_uid;
	read_attributes(k, h);
	return true;
}

/* ---- asking ---------------------------------------------------------------------------------- */

struct ew_sockets_source *ew_sockets_open(const char *netns, GError **error)
{
	struct ew_sockets_source *source = g_new0(struct ew_sockets_source, 1);
	struct timeval limit = {.tv_sec = 5};
	int fd = sockets_enter(netns, SOCKETS_DIAG, error);

	if (fd < 0) {
		g_free(source);
		return NULL;
	}
	source->netns = g_strdup(netns);
	source->socket = mnl_socket_fdopen(fd);
	if (source->socket && mnl_socket_bind(source->socket, 0, MNL_SOCKET_AUTOPID) == 0) {
		setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
		source->port = mnl_socket_get_portid(source->socket);
		return source;
	}
	g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE, "cannot look at sockets: netlink: %s",
		    g_strerror(errno));
	ew_sockets_close(source);
	return NULL;
}

void ew_sockets_close(struct ew_sockets_source *source)
{
	if (!source)
		return;
	if (source->socket)
		mnl_socket_close(source->socket);
	g_free(source->netns);
	g_free(source);
}

static struct inet_diag_req_v2 *begin(struct ew_sockets_source *source, char *buffer, uint16_t type,
				      uint16_t flags)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(buffer);
	struct inet_diag_req_v2 *r = mnl_nlmsg_put_extra_header(h, sizeof(*r));

	h->nlmsg_type = type;
	h->nlmsg_flags = NLM_F_REQUEST | flags;
	h->nlmsg_seq = ++source->sequence;
	r->sdiag_protocol = IPPROTO_TCP;
	r->idiag_ext = 1 << (INET_DIAG_INFO - 1);
	r->id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
	r->id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
	return r;
}

static int error_of(const struct nlmsghdr *h)
{
	const struct nlmsgerr *e = mnl_nlmsg_get_payload(h);

	return mnl_nlmsg_get_payload_len(h) < sizeof(e->error) ? EBADMSG : -e->error;
}

/* Adds what one packet of the answer holds. Returns 0 for "go on", -1 for the end, or an errno. */
static int read_packet(struct ew_sockets_source *source, const char *buffer, int length, GArray *sockets)
{
	const struct nlmsghdr *h = (const struct nlmsghdr *)buffer;
	struct ew_socket k;

	for (; mnl_nlmsg_ok(h, length); h = mnl_nlmsg_next(h, &length)) {
		if (h->nlmsg_seq != source->sequence)
			continue;
		if (h->nlmsg_type == NLMSG_ERROR)
			return error_of(h) ? error_of(h) : -1;
		if (h->nlmsg_type == NLMSG_DONE)
			return -1;
		if (!sockets_read_message(h, &k))
			return EBADMSG;
		g_array_append_val(sockets, k);
	}
	return 0;
}

static int dump_family(struct ew_sockets_source *source, int family, unsigned states, GArray *sockets)
{
	char buffer[BUFFER_SIZE] __attribute__((aligned(8)));
	struct inet_diag_req_v2 *r = begin(source, buffer, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP);
	const struct nlmsghdr *h = (const struct nlmsghdr *)buffer;
	int result;

	r->sdiag_family = (uint8_t)family;
	r->idiag_states = states;
	if (mnl_socket_sendto(source->socket, h, h->nlmsg_len) < 0)
		return errno;
	do {
		ssize_t n = mnl_socket_recvfrom(source->socket, buffer, sizeof(buffer));

		if (n < 0 && errno == EINTR) {
			result = 0;
			continue;
		}
		result = n < 0 ? errno : read_packet(source, buffer, (int)n, sockets);
	} while (result == 0);
	return result < 0 ? 0 : result;
}

bool sockets_dump(struct ew_sockets_source *source, unsigned states, GArray *sockets, GError **error)
{
	static const int families[] = {AF_INET, AF_INET6};
	/* not the sockets that are bound and nothing else, which cost more than all others */
	unsigned all = (1U << (NEW_SYN_RECV + 1)) - 2;
	unsigned wanted = states ? states : all;

	if (wanted & (1U << EW_LIVE_SYN_RECV))
		wanted |= 1U << NEW_SYN_RECV;
	for (size_t i = 0; i < G_N_ELEMENTS(families); i++) {
		int number = dump_family(source, families[i], wanted, sockets);

		/* a kernel without IPv6 has none of its sockets */
		if (!number || (families[i] == AF_INET6 && number == ENOENT))
			continue;
		g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
			    "cannot look at sockets: sock_diag: %s%s%s", g_strerror(number),
			    number == ENOENT || number == EINVAL
				    ? "; the kernel needs CONFIG_INET_DIAG and CONFIG_INET_TCP_DIAG (try "
				      "\"modprobe tcp_diag\" as root)"
				    : "",
			    number == ENOENT || number == EINVAL ? "" : ew_live_filter_doubt());
		return false;
	}
	return true;
}

/* Sends a question about one socket and waits for the answer, which is a message or an acknowledgement. */
static int ask(struct ew_sockets_source *source, const struct ew_socket *k, uint16_t type, uint16_t port,
	       struct ew_socket *now)
{
	char buffer[BUFFER_SIZE] __attribute__((aligned(8)));
	bool ends = type == SOCK_DESTROY;
	struct inet_diag_req_v2 *r = begin(source, buffer, type, ends ? NLM_F_ACK : 0);
	const struct nlmsghdr *h = (const struct nlmsghdr *)buffer;
	ssize_t n;

	r->sdiag_family = (uint8_t)k->local.family;
	r->idiag_states = ~0U;
	r->id.idiag_sport = htons(k->local.port);
	r->id.idiag_dport = htons(port);
	memcpy(r->id.idiag_src, k->local.bytes, sizeof(k->local.bytes));
	memcpy(r->id.idiag_dst, k->peer.bytes, sizeof(k->peer.bytes));
	r->id.idiag_if = k->interface;
	memcpy(r->id.idiag_cookie, k->cookie, sizeof(k->cookie));
	if (mnl_socket_sendto(source->socket, h, h->nlmsg_len) < 0)
		return errno;
	do {
		n = mnl_socket_recvfrom(source->socket, buffer, sizeof(buffer));
		if (n < 0 && errno != EINTR)
			return errno;
	} while (n < 0 || !mnl_nlmsg_ok(h, (int)n) || h->nlmsg_seq != source->sequence);
	if (h->nlmsg_type == NLMSG_ERROR)
		return error_of(h);
	return now && sockets_read_message(h, now) ? 0 : EBADMSG;
}

/* Of several listeners on one port (SO_REUSEPORT) the kernel finds one by a hash of the peer that asks: so
 * many peers are tried until the cookie is that of ours. */
static int ask_any(struct ew_sockets_source *source, const struct ew_socket *k, uint16_t type,
		   struct ew_socket *now)
{
	/* while a socket makes way for its timewait socket, a look-up may miss both */
	int tries = k->state == EW_LIVE_LISTEN ? LISTENER_TRIES : 2;
	int number = ENOENT;

	for (int i = 0; i < tries && number == ENOENT; i++)
		number = ask(source, k, type, (uint16_t)(k->state == EW_LIVE_LISTEN ? i : k->peer.port), now);
	return number;
}

int sockets_look_up(struct ew_sockets_source *source, const struct ew_socket *k, struct ew_socket *now)
{
	return ask_any(source, k, SOCK_DIAG_BY_FAMILY, now);
}

int sockets_request_end(struct ew_sockets_source *source, const struct ew_socket *k)
{
	return ask_any(source, k, SOCK_DESTROY, NULL);
}
