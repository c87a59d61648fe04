/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a frame says: Ethernet, IPv4 or IPv6, TCP. Lengths are those of the headers, not of the
 * frame, which Ethernet fills up. */
#include "live/wire.h"

#include <net/ethernet.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <string.h>

static const char *const match_names[LIVE_MATCHES] = {
	[LIVE_MATCH_ANY] = "any", [LIVE_MATCH_FIN] = "FIN",	    [LIVE_MATCH_RST] = "RST",
	[LIVE_MATCH_SYN] = "SYN", [LIVE_MATCH_SYN_ACK] = "SYN-ACK", [LIVE_MATCH_DATA] = "DATA",
	[LIVE_MATCH_ACK] = "ACK",
};

const char *live_match_name(enum live_match match)
{
	return (unsigned)match < LIVE_MATCHES ? match_names[match] : "unknown";
}

bool live_match_parse(const char *text, enum live_match *match)
{
	for (int i = 0; i < LIVE_MATCHES; i++) {
		if (!g_ascii_strcasecmp(text, match_names[i])) {
			*match = i;
			return true;
		}
	}
	return false;
}

/* ---- reading --------------------------------------------------------------------------------- */

/* Where TCP begins and the datagram ends; false for what is no TCP. */
static bool find_tcp(const struct live_frame *f, size_t *start, size_t *end)
{
	size_t at = ETH_HLEN;

	if (f->family == AF_INET) {
		struct iphdr ip;

		if (f->size < at + sizeof(ip))
			return false;
		memcpy(&ip, f->bytes + at, sizeof(ip));
		*start = at + ip.ihl * 4u;
		*end = at + ntohs(ip.tot_len);
		/* a fragment has no header of TCP to look at */
		return ip.protocol == IPPROTO_TCP && ip.ihl >= 5 &&
		       !(ntohs(ip.frag_off) & (IP_OFFMASK | IP_MF));
	}
	struct ip6_hdr ip;

	if (f->size < at + sizeof(ip))
		return false;
	memcpy(&ip, f->bytes + at, sizeof(ip));
	*start = at + sizeof(ip);
	*end = *start + ntohs(ip.ip6_plen);
	return ip.ip6_nxt == IPPROTO_TCP;
}

void live_frame_read(struct live_frame *f)
{
	struct tcphdr tcp;
	size_t start, end;

	f->is_tcp = false;
	f->family = 0;
	if (f->size < ETH_HLEN)
		return;
	unsigned type = f->bytes[12] << 8 | f->bytes[13];
	f->family = type == ETHERTYPE_IP ? AF_INET : type == ETHERTYPE_IPV6 ? AF_INET6 : 0;
	if (!f->family || !find_tcp(f, &start, &end) || end > f->size || end < start + sizeof(tcp))
		return;
	memcpy(&tcp, f->bytes + start, sizeof(tcp));
	if (tcp.doff < 5 || end < start + tcp.doff * 4u)
		return;
	f->is_tcp = true;
	f->flags = f->bytes[start + 13] & 0x3f;
	f->seq = ntohl(tcp.seq);
	f->ack = ntohl(tcp.ack_seq);
	f->length = (uint32_t)(end - start - tcp.doff * 4u);
	f->window = ntohs(tcp.window);
	f->port = ntohs(tcp.source);
	f->peer_port = ntohs(tcp.dest);
}

/* ---- making ---------------------------------------------------------------------------------- */

static uint32_t sum_up(const uint8_t *bytes, size_t size, uint32_t sum)
{
	for (size_t i = 0; i < size; i++)
		sum += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

/* RFC 9293, 3.1: over the addresses, the protocol and the length, too. */
static uint16_t tcp_checksum(const uint8_t *addresses, size_t addresses_size, const uint8_t *tcp,
			     size_t size)
{
	uint32_t sum = sum_up(addresses, addresses_size, IPPROTO_TCP + (uint32_t)size);

	return fold(sum_up(tcp, size, sum));
}

static size_t put_ip(const struct live_frame *f, uint8_t *bytes)
{
	uint8_t *at = bytes + ETH_HLEN;

	if (f->family == AF_INET) {
		struct iphdr was, ip = {.version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_TCP};

		memcpy(&was, f->bytes + ETH_HLEN, sizeof(was));
		ip.tot_len = htons(sizeof(ip) + sizeof(struct tcphdr));
		ip.saddr = was.daddr;
		ip.daddr = was.saddr;
		memcpy(at, &ip, sizeof(ip));
		ip.check = fold(sum_up(at, sizeof(ip), 0));
		memcpy(at, &ip, sizeof(ip));
		return sizeof(ip);
	}
	struct ip6_hdr was, ip = {.ip6_nxt = IPPROTO_TCP, .ip6_hlim = 64};

	memcpy(&was, f->bytes + ETH_HLEN, sizeof(was));
	ip.ip6_vfc = 6 << 4;
	ip.ip6_plen = htons(sizeof(struct tcphdr));
	ip.ip6_src = was.ip6_dst;
	ip.ip6_dst = was.ip6_src;
	memcpy(at, &ip, sizeof(ip));
	return sizeof(ip);
}

size_t live_frame_reset(const struct live_frame *f, uint8_t *bytes, size_t size)
{
	size_t addresses_size = f->family == AF_INET ? 8 : 32;
	struct tcphdr tcp = {.doff = sizeof(tcp) / 4, .rst = 1, .ack = 1};

	if (!f->is_tcp || !(f->flags & EW_LIVE_ACK) ||
	    size < ETH_HLEN + sizeof(struct ip6_hdr) + sizeof(tcp))
		return 0;
	memcpy(bytes, f->bytes + 6, 6);
	memcpy(bytes + 6, f->bytes, 6);
	memcpy(bytes + 12, f->bytes + 12, 2);
	size_t ip = put_ip(f, bytes);
	uint8_t *at = bytes + ETH_HLEN + ip;
	tcp.source = htons(f->peer_port);
	tcp.dest = htons(f->port);
	tcp.seq = htonl(f->ack);
	tcp.ack_seq =
		htonl(f->seq + f->length + !!(f->flags & EW_LIVE_SYN) + !!(f->flags & EW_LIVE_FIN));
	memcpy(at, &tcp, sizeof(tcp));
	tcp.check = tcp_checksum(at - addresses_size, addresses_size, at, sizeof(tcp));
	memcpy(at, &tcp, sizeof(tcp));
	return ETH_HLEN + ip + sizeof(tcp);
}
