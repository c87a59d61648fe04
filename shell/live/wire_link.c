/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The namespaces of the wire and the two veth pairs that lead into them, laid by rtnetlink.
 * Addresses are those that are kept for documentation (RFC 5737, RFC 3849).
 */
#include "live/internal.h"
#include "live/filter.h"
#include "live/wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/if_addr.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define HOST_END "eth0"

static const uint8_t macs[2][6] = {{2, 0, 0, 0, 0, 0xa}, {2, 0, 0, 0, 0, 0xb}};

socklen_t live_wire_address(int side, int family, struct sockaddr_storage *address)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;

	memset(address, 0, sizeof(*address));
	address->ss_family = (sa_family_t)family;
	if (family == AF_INET) {
		inet_pton(AF_INET, side ? "192.0.2.2" : "192.0.2.1", &v4->sin_addr);
		return sizeof(*v4);
	}
	inet_pton(AF_INET6, side ? "2001:db8::2" : "2001:db8::1", &v6->sin6_addr);
	return sizeof(*v6);
}

/* The bare address: rtnetlink's attributes have no port. */
static size_t raw_address(int side, int family, const void **bytes, struct sockaddr_storage *s)
{
	live_wire_address(side, family, s);
	*bytes = family == AF_INET ? (const void *)&((struct sockaddr_in *)s)->sin_addr
				   : (const void *)&((struct sockaddr_in6 *)s)->sin6_addr;
	return family == AF_INET ? 4 : 16;
}

const char *live_link_end(int side)
{
	return side ? LIVE_WIRE_RIGHT : LIVE_WIRE_LEFT;
}

static bool fail(GError **error, const char *what, int number)
{
	g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
		    "the wire between two hosts cannot be laid here: %s: %s%s%s", what,
		    g_strerror(number),
		    number == EOPNOTSUPP
			    ? "; the kernel needs CONFIG_VETH (try \"modprobe veth\" as root)"
		    : number == ENOSPC ? "; user.max_net_namespaces allows no more namespaces"
				       : "",
		    number == ENOSYS || number == EPERM ? ew_live_filter_doubt() : "");
	return false;
}

/* ---- rtnetlink ------------------------------------------------------------------------------- */

/* Has the kernel do what the message says, in the namespace that the process is in now. Returns 0
 * or an errno. */
static int ask(struct nlmsghdr *h)
{
	struct mnl_socket *s = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	char buffer[8192] __attribute__((aligned(8)));
	int result = EBADMSG;

	h->nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	h->nlmsg_seq = 1;
	if (!s)
		return errno;
	if (mnl_socket_bind(s, 0, MNL_SOCKET_AUTOPID) < 0 ||
	    mnl_socket_sendto(s, h, h->nlmsg_len) < 0) {
		result = errno;
	} else {
		ssize_t n = mnl_socket_recvfrom(s, buffer, sizeof(buffer));
		const struct nlmsghdr *answer = (const struct nlmsghdr *)buffer;

		if (n < 0)
			result = errno;
		else if (mnl_nlmsg_ok(answer, (int)n) && answer->nlmsg_type == NLMSG_ERROR)
			result = -((const struct nlmsgerr *)mnl_nlmsg_get_payload(answer))->error;
	}
	mnl_socket_close(s);
	return result;
}

static struct nlmsghdr *begin(char *buffer, uint16_t type, uint16_t flags)
{
	struct nlmsghdr *h = mnl_nlmsg_put_header(buffer);

	h->nlmsg_type = type;
	h->nlmsg_flags = flags;
	return h;
}

/* A veth pair: one end here, the other in the host's namespace. */
static int add_pair(const struct live_link *l, int side)
{
	char buffer[1024] __attribute__((aligned(8)));
	struct nlmsghdr *h = begin(buffer, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);

	mnl_nlmsg_put_extra_header(h, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(h, IFLA_IFNAME, live_link_end(side));
	struct nlattr *info = mnl_attr_nest_start(h, IFLA_LINKINFO);
	mnl_attr_put_strz(h, IFLA_INFO_KIND, "veth");
	struct nlattr *data = mnl_attr_nest_start(h, IFLA_INFO_DATA);
	struct nlattr *peer = mnl_attr_nest_start(h, VETH_INFO_PEER);
	mnl_nlmsg_put_extra_header(h, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(h, IFLA_IFNAME, HOST_END);
	mnl_attr_put(h, IFLA_ADDRESS, sizeof(macs[side]), macs[side]);
	mnl_attr_put_u32(h, IFLA_NET_NS_FD, (uint32_t)l->hosts[side]);
	mnl_attr_nest_end(h, peer);
	mnl_attr_nest_end(h, data);
	mnl_attr_nest_end(h, info);
	return ask(h);
}

/* With one end goes the other. A namespace's end takes its own time. */
static void remove_pair(int side)
{
	char buffer[128] __attribute__((aligned(8)));
	struct nlmsghdr *h = begin(buffer, RTM_DELLINK, 0);
	struct ifinfomsg *i = mnl_nlmsg_put_extra_header(h, sizeof(*i));

	i->ifi_index = (int)if_nametoindex(live_link_end(side));
	if (i->ifi_index)
		ask(h);
}

static int change_address(int side, int family, uint16_t type)
{
	char buffer[512] __attribute__((aligned(8)));
	struct nlmsghdr *h = begin(buffer, type, type == RTM_NEWADDR ? NLM_F_CREATE : 0);
	struct ifaddrmsg *a = mnl_nlmsg_put_extra_header(h, sizeof(*a));
	struct sockaddr_storage s;
	const void *bytes;
	size_t size = raw_address(side, family, &bytes, &s);

	a->ifa_family = (uint8_t)family;
	a->ifa_prefixlen = family == AF_INET ? 24 : 64;
	a->ifa_index = if_nametoindex(HOST_END);
	/* it need not be looked whether anybody else has it */
	a->ifa_flags = family == AF_INET6 ? IFA_F_NODAD : 0;
	mnl_attr_put(h, IFA_LOCAL, size, bytes);
	mnl_attr_put(h, IFA_ADDRESS, size, bytes);
	return ask(h);
}

/* The other host's hardware address, for good. */
static int add_neighbour(int side, int family)
{
	char buffer[512] __attribute__((aligned(8)));
	struct nlmsghdr *h = begin(buffer, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE);
	struct ndmsg *n = mnl_nlmsg_put_extra_header(h, sizeof(*n));
	struct sockaddr_storage s;
	const void *bytes;
	size_t size = raw_address(1 - side, family, &bytes, &s);

	n->ndm_family = (uint8_t)family;
	n->ndm_ifindex = (int)if_nametoindex(HOST_END);
	n->ndm_state = NUD_PERMANENT;
	mnl_attr_put(h, NDA_DST, size, bytes);
	mnl_attr_put(h, NDA_LLADDR, sizeof(macs[0]), macs[1 - side]);
	return ask(h);
}

/* A route to the other host alone, with a least time before a retransmission. It is locked, or the
 * kernel would not look at it. */
static int add_slow_route(int side, int family, unsigned rto_min_ms)
{
	char buffer[512] __attribute__((aligned(8)));
	struct nlmsghdr *h = begin(buffer, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE);
	struct rtmsg *r = mnl_nlmsg_put_extra_header(h, sizeof(*r));
	struct sockaddr_storage s;
	const void *bytes;
	size_t size = raw_address(1 - side, family, &bytes, &s);

	r->rtm_family = (uint8_t)family;
	r->rtm_dst_len = (uint8_t)(8 * size);
	r->rtm_table = RT_TABLE_MAIN;
	r->rtm_protocol = RTPROT_STATIC;
	r->rtm_scope = family == AF_INET ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
	r->rtm_type = RTN_UNICAST;
	mnl_attr_put(h, RTA_DST, size, bytes);
	mnl_attr_put_u32(h, RTA_OIF, if_nametoindex(HOST_END));
	struct nlattr *metrics = mnl_attr_nest_start(h, RTA_METRICS);
	mnl_attr_put_u32(h, RTAX_LOCK, 1u << RTAX_RTO_MIN);
	mnl_attr_put_u32(h, RTAX_RTO_MIN, rto_min_ms);
	mnl_attr_nest_end(h, metrics);
	return ask(h);
}

/* ---- interfaces ------------------------------------------------------------------------------ */

static int bring_up(const char *name)
{
	struct ifreq r = {.ifr_flags = IFF_UP | IFF_RUNNING};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	g_strlcpy(r.ifr_name, name, sizeof(r.ifr_name));
	int result = fd < 0 || ioctl(fd, SIOCSIFFLAGS, &r) < 0 ? errno : 0;
	if (fd >= 0)
		close(fd);
	return result;
}

/* Checksums are made by the sender and segments by TCP, because nobody behind an AF_PACKET socket
 * would do it. What an old kernel cannot switch off it does not do. */
static void stop_offloads(const char *name)
{
	static const uint32_t commands[] = {ETHTOOL_STXCSUM, ETHTOOL_STSO, ETHTOOL_SGSO,
					    ETHTOOL_SGRO};
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	for (size_t i = 0; fd >= 0 && i < G_N_ELEMENTS(commands); i++) {
		struct ethtool_value value = {.cmd = commands[i], .data = 0};
		struct ifreq r = {.ifr_data = (char *)&value};

		g_strlcpy(r.ifr_name, name, sizeof(r.ifr_name));
		ioctl(fd, SIOCETHTOOL, &r);
	}
	if (fd >= 0)
		close(fd);
}

static void set(const char *path, char value)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, &value, 1) != 1)
		g_debug("%s: %s", path, g_strerror(errno));
	close(fd);
}

/* Frames that only fill the wire: router solicitations, reports of groups. Where /proc is missing
 * they come, and pass. */
static void be_silent(void)
{
	set("/proc/sys/net/ipv6/conf/default/router_solicitations", '0');
	set("/proc/sys/net/ipv6/conf/default/accept_ra", '0');
	set("/proc/sys/net/ipv6/conf/default/addr_gen_mode", '1');
	set("/proc/sys/net/ipv4/igmp_link_local_mcast_reports", '0');
}

/* ---- namespaces ------------------------------------------------------------------------------ */

/* A descriptor of the namespace that the process is in, also where /proc is not mounted. */
static int current_namespace(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int namespace = fd < 0 ? -1 : ioctl(fd, SIOCGSKNS);

	if (fd >= 0)
		close(fd);
	return namespace >= 0 ? namespace : open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
}

bool live_link_enter(const struct live_link *l, int side)
{
	int fd = side < 0 ? l->own : l->hosts[side];

	if (fd < 0) {
		errno = ESTALE;
		return false;
	}
	return setns(fd, CLONE_NEWNET) == 0;
}

/* What stands in the host's own namespace. */
static int furnish(int side)
{
	static const int families[] = {AF_INET, AF_INET6};
	int result = bring_up("lo");

	stop_offloads(HOST_END);
	for (size_t i = 0; !result && i < G_N_ELEMENTS(families); i++) {
		result = change_address(side, families[i], RTM_NEWADDR);
		/* a machine without IPv6 has experiments all the same */
		if (result && families[i] == AF_INET6)
			result = 0;
	}
	result = result ? result : bring_up(HOST_END);
	for (size_t i = 0; !result && i < G_N_ELEMENTS(families); i++) {
		result = add_neighbour(side, families[i]);
		if (result && families[i] == AF_INET6)
			result = 0;
	}
	return result;
}

static bool add_host(struct live_link *l, int side, GError **error)
{
	if (unshare(CLONE_NEWNET) != 0)
		return fail(error, "unshare(CLONE_NEWNET)", errno);
	be_silent();
	l->hosts[side] = current_namespace();
	int saved = errno;
	if (setns(l->own, CLONE_NEWNET) != 0)
		return fail(error, "setns", errno);
	if (l->hosts[side] < 0)
		return fail(error, "a descriptor of the namespace", saved);
	int result = add_pair(l, side);
	if (result)
		return fail(error, "a pair of veths", result);
	stop_offloads(live_link_end(side));
	result = bring_up(live_link_end(side));
	if (!result && !live_link_enter(l, side))
		result = errno;
	result = result ? result : furnish(side);
	if (setns(l->own, CLONE_NEWNET) != 0)
		result = errno;
	return !result || fail(error, "addresses and links", result);
}

bool live_link_lay(struct live_link *l, GError **error)
{
	*l = (struct live_link){.own = current_namespace(), .hosts = {-1, -1}};
	if (l->own < 0)
		return fail(error, "a descriptor of the namespace", errno);
	be_silent();
	return add_host(l, 0, error) && add_host(l, 1, error);
}

void live_link_clear(struct live_link *l)
{
	int *fds[] = {&l->own, &l->hosts[0], &l->hosts[1]};

	for (int side = 0; side < 2 && l->own >= 0; side++)
		remove_pair(side);
	for (size_t i = 0; i < G_N_ELEMENTS(fds); i++) {
		if (*fds[i] >= 0)
			close(*fds[i]);
		*fds[i] = -1;
	}
}

/* ---- changes --------------------------------------------------------------------------------- */

bool live_link_remove_address(const struct live_link *l, int side, GError **error)
{
	if (!live_link_enter(l, side))
		return fail(error, "setns", errno);
	int result = change_address(side, AF_INET, RTM_DELADDR);
	int result6 = change_address(side, AF_INET6, RTM_DELADDR);
	if (!live_link_enter(l, -1))
		return fail(error, "setns", errno);
	return !result || !result6 || fail(error, "removing a host's addresses", result);
}

bool live_link_slow(const struct live_link *l, unsigned rto_min_ms, GError **error)
{
	for (int side = 0; side < 2; side++) {
		if (!live_link_enter(l, side))
			return fail(error, "setns", errno);
		/* a tail loss probe waits for no rto_min */
		set("/proc/sys/net/ipv4/tcp_early_retrans", '0');
		int result = add_slow_route(side, AF_INET, rto_min_ms);
		add_slow_route(side, AF_INET6, rto_min_ms);
		if (!live_link_enter(l, -1))
			return fail(error, "setns", errno);
		if (result)
			return fail(error, "a route with a longer rto_min", result);
	}
	return true;
}
