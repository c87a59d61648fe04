/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One connection's packets, from a packet socket. */
#include "live/internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <pcap.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define BYTES_MOST  (256 * 1024)     /* a packet of IP with a jumbogram's length is cut */
#define BUFFER_SIZE (16 << 20)	     /* of the socket, where that is allowed */
#define LINK_HEADER 14		     /* room for what live_lines_next() wants before the packet */
#define SEEN_COUNT  64
#define SEEN_NS	    (50 * INT64_C(1000000))
#define STALE_NS    (100 * INT64_C(1000000))
#define SECOND	    INT64_C(1000000000)

/* A packet that was told of, for the same one on another interface. */
struct seen {
	uint64_t hash;
	int64_t time;
	int interface;
};

struct ew_live_capture {
	int fd;
	struct ew_live_ends ends;
	struct live_lines *lines;
	struct live_history history;
	struct live_pcap *pcap;
	struct seen seen[SEEN_COUNT];
	unsigned next_seen, lost;
	uint8_t *bytes;
};

/* ---- the filter ------------------------------------------------------------------------------ */

static char *describe(const struct ew_live_ends *e)
{
	char a[INET6_ADDRSTRLEN], b[INET6_ADDRSTRLEN];
	const char *ip = e->family == AF_INET6 ? "ip6" : "ip";

	inet_ntop(e->family, e->address[0], a, sizeof(a));
	inet_ntop(e->family, e->address[1], b, sizeof(b));
	return g_strdup_printf("%s and tcp and ((src host %s and src port %u and dst host %s and dst port %u) "
			       "or (src host %s and src port %u and dst host %s and dst port %u))",
			       ip, a, e->port[0], b, e->port[1], b, e->port[1], a, e->port[0]);
}

/* libpcap's instructions are the kernel's. */
static bool attach(int fd, const struct ew_live_ends *e, GError **error)
{
	g_autofree char *text = describe(e);
	pcap_t *pcap = pcap_open_dead_with_tstamp_precision(DLT_RAW, BYTES_MOST, PCAP_TSTAMP_PRECISION_NANO);
	struct bpf_program program = {0};
	const char *problem = NULL;

	G_STATIC_ASSERT(sizeof(struct bpf_insn) == sizeof(struct sock_filter));
	if (!pcap || pcap_compile(pcap, &program, text, 1, PCAP_NETMASK_UNKNOWN) < 0) {
		problem = pcap ? pcap_geterr(pcap) : "no memory";
	} else {
		struct sock_fprog filter = {.len = (unsigned short)program.bf_len,
					    .filter = (struct sock_filter *)program.bf_insns};

		if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) != 0)
			problem = g_strerror(errno);
		pcap_freecode(&program);
	}
	if (problem)
		g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
			    "cannot watch packets: the filter \"%s\": %s", text, problem);
	if (pcap)
		pcap_close(pcap);
	return !problem;
}

/* ---- beginning and end ----------------------------------------------------------------------- */

/* Nothing is received before the filter is there: a socket of protocol 0 gets no packet. */
static bool start(int fd, GError **error)
{
	struct sockaddr_ll all = {.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL)};
	int one = 1, size = BUFFER_SIZE;

	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)) != 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof(one)) == 0 &&
	    fcntl(fd, F_SETFL, O_NONBLOCK) == 0 && bind(fd, (struct sockaddr *)&all, sizeof(all)) == 0)
		return true;
	g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE, "cannot watch packets: %s", g_strerror(errno));
	return false;
}

struct ew_live_capture *ew_live_capture_new(int fd, const struct ew_live_ends *ends, GError **error)
{
	struct ew_live_capture *c = g_new0(struct ew_live_capture, 1);

	c->fd = fd;
	c->ends = *ends;
	c->lines = live_lines_new();
	live_history_init(&c->history);
	c->bytes = g_malloc0(LINK_HEADER + BYTES_MOST);
	if (attach(fd, ends, error) && start(fd, error))
		return c;
	ew_live_capture_free(c, NULL);
	return NULL;
}

bool ew_live_capture_keep(struct ew_live_capture *c, const char *path, GError **error)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	if (fd < 0) {
		g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE, "cannot write the packets to %s: %s", path,
			    g_strerror(errno));
		return false;
	}
	c->pcap = live_pcap_new_ip(fd, error);
	/* its header is there, even if no packet comes */
	return c->pcap && live_pcap_flush(c->pcap, error);
}

bool ew_live_capture_free(struct ew_live_capture *c, GError **error)
{
	if (!c)
		return true;
	bool is_good = live_pcap_end(c->pcap, error);

	close(c->fd);
	live_lines_free(c->lines);
	live_history_clear(&c->history);
	g_free(c->bytes);
	g_free(c);
	return is_good;
}

int ew_live_capture_fd(const struct ew_live_capture *c)
{
	return c->fd;
}

unsigned ew_live_capture_lost(struct ew_live_capture *c)
{
	struct tpacket_stats stats = {0};
	socklen_t size = sizeof(stats);

	/* reading sets the kernel's count to 0 */
	if (getsockopt(c->fd, SOL_PACKET, PACKET_STATISTICS, &stats, &size) == 0)
		c->lost += stats.tp_drops;
	return c->lost;
}

bool ew_live_capture_interface(const struct ew_live_capture *c, int interface, char *name, size_t size)
{
	struct ifreq r = {.ifr_ifindex = interface};

	/* of the socket's namespace, which need not be ours */
	if (ioctl(c->fd, SIOCGIFNAME, &r) != 0)
		return false;
	g_strlcpy(name, r.ifr_name, size);
	return true;
}

/* ---- once ------------------------------------------------------------------------------------ */

/* All but what a hop changes: IPv4's time to live and checksum, IPv6's hop limit. */
static uint64_t hash_packet(const uint8_t *ip, size_t length)
{
	uint64_t hash = UINT64_C(14695981039346656037);
	bool is_ipv6 = length && ip[0] >> 4 == 6;

	for (size_t i = 0; i < MIN(length, (size_t)256); i++) {
		if (is_ipv6 ? i == 7 : i == 8 || i == 10 || i == 11)
			continue;
		hash = (hash ^ ip[i]) * UINT64_C(1099511628211);
	}
	return hash ^ length;
}

/* Whether it was told of by another interface a moment ago. One that comes again by the same is sent
 * again. */
static bool was_seen(struct ew_live_capture *c, const uint8_t *ip, size_t length, int interface, int64_t time)
{
	struct seen now = {.hash = hash_packet(ip, length), .time = time, .interface = interface};

	for (size_t i = 0; i < SEEN_COUNT; i++)
		if (c->seen[i].hash == now.hash && c->seen[i].interface != interface &&
		    time - c->seen[i].time < SEEN_NS)
			return true;
	c->seen[c->next_seen++ % SEEN_COUNT] = now;
	return false;
}

/* ---- reading --------------------------------------------------------------------------------- */

static int64_t stamp_of(struct msghdr *m)
{
	struct timespec t;

	for (struct cmsghdr *h = CMSG_FIRSTHDR(m); h; h = CMSG_NXTHDR(m, h)) {
		if (h->cmsg_level != SOL_SOCKET || h->cmsg_type != SCM_TIMESTAMPNS)
			continue;
		memcpy(&t, CMSG_DATA(h), sizeof(t));
		return t.tv_sec * SECOND + t.tv_nsec;
	}
	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * SECOND + t.tv_nsec;
}

static int sender_of(const struct ew_live_capture *c, const struct live_frame *f)
{
	size_t size = c->ends.family == AF_INET6 ? 16 : 4;

	return f->port == c->ends.port[0] && !memcmp(&f->from, c->ends.address[0], size) ? 0 : 1;
}

/* Keeps it, and tells of it. */
static bool take(struct ew_live_capture *c, const struct sockaddr_ll *from, int64_t time, size_t length,
		 ew_live_captured_fn fn, void *data)
{
	size_t captured = MIN(length, (size_t)BYTES_MOST);
	struct live_frame f;

	memcpy(c->bytes + LINK_HEADER - 2, &from->sll_protocol, 2);
	if ((from->sll_pkttype == PACKET_OUTGOING && from->sll_hatype == ARPHRD_LOOPBACK) ||
	    was_seen(c, c->bytes + LINK_HEADER, length, from->sll_ifindex, time) ||
	    !live_frame_read(c->bytes, LINK_HEADER + captured, &f) || f.protocol != IPPROTO_TCP)
		return true;
	if (c->pcap)
		live_pcap_add(c->pcap, time, c->bytes + LINK_HEADER, (uint32_t)captured, (uint32_t)length);
	g_autofree char *line = live_lines_next(c->lines, c->bytes, LINK_HEADER + captured);
	struct ew_live_captured p = {.time = time,
				     .side = sender_of(c, &f),
				     .flags = f.flags,
				     .length = f.length,
				     .window = f.window,
				     .interface = from->sll_ifindex,
				     .line = line};
	struct live_seen seen = {.time = time, .sender = p.side, .flags = f.flags, .seq = f.seq, .ack = f.ack,
				 .length = f.length};
	live_lines_numbers(c->lines, &p.seq, &p.ack);
	live_history_add(&c->history, &seen);
	return fn(&p, data);
}

bool ew_live_capture_read(struct ew_live_capture *c, ew_live_captured_fn fn, void *data, GError **error)
{
	for (bool is_wanted = true; is_wanted;) {
		char control[256];
		struct sockaddr_ll from = {0};
		struct iovec room = {c->bytes + LINK_HEADER, BYTES_MOST};
		struct msghdr m = {.msg_name = &from,
				   .msg_namelen = sizeof(from),
				   .msg_iov = &room,
				   .msg_iovlen = 1,
				   .msg_control = control,
				   .msg_controllen = sizeof(control)};
		ssize_t n = recvmsg(c->fd, &m, MSG_TRUNC | MSG_DONTWAIT);

		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			break;
		/* an interface that goes down says so once; the others are watched on */
		if (n < 0 && (errno == EINTR || errno == ENETDOWN))
			continue;
		if (n < 0) {
			g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE, "cannot read packets: %s",
				    g_strerror(errno));
			return false;
		}
		is_wanted = take(c, &from, stamp_of(&m), (size_t)n, fn, data);
	}
	return !c->pcap || live_pcap_flush(c->pcap, error);
}

/* ---- states ---------------------------------------------------------------------------------- */

int ew_live_capture_passed(const struct ew_live_capture *c, int side, enum ew_live_state before,
			   enum ew_live_state after, int64_t since, int64_t until,
			   struct ew_live_passed passed[EW_LIVE_CAPTURE_PASSED])
{
	struct live_passed found[LIVE_PASSED_MAX];
	int count = live_history_infer(&c->history, side, before, after, until, found);

	G_STATIC_ASSERT(EW_LIVE_CAPTURE_PASSED == LIVE_PASSED_MAX);
	/* a packet that came long before the last look did not end what that still showed */
	if (count && found[0].time + STALE_NS < since)
		return 0;
	for (int i = 0; i < count; i++)
		passed[i] = (struct ew_live_passed){found[i].time, found[i].state};
	return count;
}
