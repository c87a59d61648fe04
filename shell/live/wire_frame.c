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

bool live_transit_matches(const struct live_transit *t, int side, enum live_match match)
{
	if (side >= 0 && side != t->side)
		return false;
	switch (match) {
	case LIVE_MATCH_FIN:
		return t->frame.flags & EW_LIVE_FIN;
	case LIVE_MATCH_RST:
		return t->frame.flags & EW_LIVE_RST;
	case LIVE_MATCH_SYN:
		return t->frame.flags & EW_LIVE_SYN;
	case LIVE_MATCH_SYN_ACK:
		return (t->frame.flags & EW_LIVE_SYN) && (t->frame.flags & EW_LIVE_ACK);
	case LIVE_MATCH_DATA:
		return t->frame.length > 0;
	case LIVE_MATCH_ACK:
		return !strcmp(ew_live_packet_word(t->frame.flags, t->frame.length), "ACK");
	default:
		return true;
	}
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

static size_t put_ip(const struct live_transit *t, uint8_t *bytes)
{
	uint8_t *at = bytes + ETH_HLEN;

	if (!t->frame.is_ipv6) {
		struct iphdr was, ip = {.version = 4, .ihl = 5, .ttl = 64, .protocol = IPPROTO_TCP};

		memcpy(&was, t->bytes + ETH_HLEN, sizeof(was));
		ip.tot_len = htons(sizeof(ip) + sizeof(struct tcphdr));
		ip.saddr = was.daddr;
		ip.daddr = was.saddr;
		memcpy(at, &ip, sizeof(ip));
		ip.check = fold(sum_up(at, sizeof(ip), 0));
		memcpy(at, &ip, sizeof(ip));
		return sizeof(ip);
	}
	struct ip6_hdr was, ip = {.ip6_nxt = IPPROTO_TCP, .ip6_hlim = 64};

	memcpy(&was, t->bytes + ETH_HLEN, sizeof(was));
	ip.ip6_vfc = 6 << 4;
	ip.ip6_plen = htons(sizeof(struct tcphdr));
	ip.ip6_src = was.ip6_dst;
	ip.ip6_dst = was.ip6_src;
	memcpy(at, &ip, sizeof(ip));
	return sizeof(ip);
}

size_t live_transit_reset(const struct live_transit *t, uint8_t *bytes, size_t size)
{
	size_t addresses_size = !t->frame.is_ipv6 ? 8 : 32;
	struct tcphdr tcp = {.doff = sizeof(tcp) / 4, .rst = 1, .ack = 1};

	if (!t->is_tcp || !(t->frame.flags & EW_LIVE_ACK) ||
	    size < ETH_HLEN + sizeof(struct ip6_hdr) + sizeof(tcp))
		return 0;
	memcpy(bytes, t->bytes + 6, 6);
	memcpy(bytes + 6, t->bytes, 6);
	memcpy(bytes + 12, t->bytes + 12, 2);
	size_t ip = put_ip(t, bytes);
	uint8_t *at = bytes + ETH_HLEN + ip;
	tcp.source = htons(t->frame.peer_port);
	tcp.dest = htons(t->frame.port);
	tcp.seq = htonl(t->frame.ack);
	tcp.ack_seq = htonl(t->frame.seq + t->frame.length + !!(t->frame.flags & EW_LIVE_SYN) +
			    !!(t->frame.flags & EW_LIVE_FIN));
	memcpy(at, &tcp, sizeof(tcp));
	tcp.check = tcp_checksum(at - addresses_size, addresses_size, at, sizeof(tcp));
	memcpy(at, &tcp, sizeof(tcp));
	return ETH_HLEN + ip + sizeof(tcp);
}
