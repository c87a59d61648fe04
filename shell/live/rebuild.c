/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Frames of a run that was recorded. A timeline has the fields of each packet, and not its bytes: what
 * it has is put where it belongs, and what it has not is left out or cut off, never made up.
 */
#include "live/keep.h"

#include "live/internal.h"
#include "live/wire.h"
#include <errno.h>
#include <net/ethernet.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/tcp.h>
#include <string.h>
#include <unistd.h>

#define FRAME_MOST (14 + sizeof(struct ip6_hdr) + sizeof(struct tcphdr))
#define HOPS	   64
#define STAND_IN   (INT64_C(86400) * 1000000000)

const char ew_live_rebuilt[] =
	"rebuilt from the recorded timeline: times, ports, flags, numbers (from each SYN on), windows and "
	"lengths are as recorded, addresses those of the stage; options, bytes of data, hardware addresses and "
	"packets of other protocols were not recorded and are left out, and the checksums are those of data "
	"that is all zeros; a kill whose time of day was not recorded stands at midnight of 1970-01-02 UTC";

/* ---- one frame ------------------------------------------------------------------------------- */

/* Of the Internet: ones' complement; `sum` goes on from what was summed before. */
static uint32_t add_sum(uint32_t sum, const void *data, size_t size)
{
	const uint8_t *at = data;

	for (size_t i = 0; i + 1 < size; i += 2)
		sum += (uint32_t)at[i] << 8 | at[i + 1];
	return sum;
}

static uint16_t end_sum(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

static void fill_tcp(struct tcphdr *h, const struct ew_live_event *e)
{
	uint8_t *bytes = (uint8_t *)h;

	memset(h, 0, sizeof(*h));
	h->source = htons(e->port);
	h->dest = htons(e->peer_port);
	h->seq = htonl(e->seq);
	h->ack_seq = htonl(e->ack);
	h->doff = sizeof(*h) / 4;
	bytes[13] = (uint8_t)e->flags;
	h->window = htons((uint16_t)MIN(e->window, 0xffffU));
}

/* Data of zeros adds nothing to the sum. */
static void sum_tcp(struct tcphdr *h, const struct live_address *from, const struct live_address *to,
		    uint32_t length)
{
	size_t size = from->family == AF_INET6 ? 16 : 4;
	uint32_t sum = add_sum(add_sum(0, from->bytes, size), to->bytes, size);

	sum += IPPROTO_TCP + ((length + sizeof(*h)) & 0xffff) + ((length + sizeof(*h)) >> 16);
	h->check = end_sum(add_sum(sum, h, sizeof(*h)));
}

static size_t fill_ip(uint8_t *at, const struct live_address *from, const struct live_address *to, size_t carried)
{
	if (from->family == AF_INET6) {
		struct ip6_hdr h = {.ip6_flow = htonl(6U << 28),
				    .ip6_plen = htons((uint16_t)carried),
				    .ip6_nxt = IPPROTO_TCP,
				    .ip6_hlim = HOPS};

		memcpy(&h.ip6_src, from->bytes, 16);
		memcpy(&h.ip6_dst, to->bytes, 16);
		memcpy(at, &h, sizeof(h));
		return sizeof(h);
	}
	struct iphdr h = {.version = 4,
			  .ihl = sizeof(h) / 4,
			  .tot_len = htons((uint16_t)(carried + sizeof(h))),
			  .frag_off = htons(IP_DF),
			  .ttl = HOPS,
			  .protocol = IPPROTO_TCP};

	memcpy(&h.saddr, from->bytes, 4);
	memcpy(&h.daddr, to->bytes, 4);
	h.check = end_sum(add_sum(0, &h, sizeof(h)));
	memcpy(at, &h, sizeof(h));
	return sizeof(h);
}

static void add_frame(struct live_pcap *pcap, int64_t time, const struct ew_live_event *e,
		      const struct live_address sides[EW_LIVE_SIDES])
{
	const struct live_address *from = &sides[e->side], *to = &sides[1 - e->side];
	uint8_t frame[FRAME_MOST] = {0};
	bool is_ipv6 = from->family == AF_INET6;
	/* IPv6 does not count its own header */
	uint32_t length = MIN(e->length, 65535U - (is_ipv6 ? 0U : 20U) - (uint32_t)sizeof(struct tcphdr));
	uint16_t type = htons(is_ipv6 ? ETHERTYPE_IPV6 : ETHERTYPE_IP);
	struct tcphdr tcp;

	memcpy(frame + 12, &type, sizeof(type));
	size_t size = ETH_HLEN + fill_ip(frame + ETH_HLEN, from, to, sizeof(tcp) + length);
	fill_tcp(&tcp, e);
	sum_tcp(&tcp, from, to, length);
	memcpy(frame + size, &tcp, sizeof(tcp));
	size += sizeof(tcp);
	live_pcap_add(pcap, time, frame, (uint32_t)size, (uint32_t)size + length);
}

/* ---- all of a run ---------------------------------------------------------------------------- */

static void find_addresses(const struct ew_live_experiment *x, struct live_address sides[EW_LIVE_SIDES])
{
	int family = x->variant.is_ipv6 ? AF_INET6 : AF_INET;

	for (int i = 0; i < EW_LIVE_SIDES; i++) {
		struct sockaddr_storage address;

		sides[i] = live_address_loopback(family);
		if (!strcmp(x->topology, "loopback"))
			continue;
		live_wire_address(i, family, &address);
		live_address_get(&sides[i], &address);
	}
}

/* CLOCK_REALTIME of the kill. Where a recording is from before that was kept, its stage gets a stand-in. */
static int64_t find_zero(struct ew_live_result *r)
{
	for (guint i = 0; i < r->events->len; i++) {
		struct ew_live_event *e = &g_array_index(r->events, struct ew_live_event, i);

		if (e->kind != EW_LIVE_EVENT_STAGE)
			continue;
		if (!e->clock)
			e->clock = STAND_IN;
		return e->clock;
	}
	return STAND_IN;
}

int ew_live_frames_rebuild(const struct ew_live_experiment *x, struct ew_live_result *r, GError **error)
{
	struct live_address sides[EW_LIVE_SIDES];
	int64_t zero = find_zero(r);
	int frames = ew_live_frames_new(error), copy = frames < 0 ? -1 : dup(frames);
	struct live_pcap *pcap = copy < 0 ? NULL : live_pcap_new(copy, error);

	find_addresses(x, sides);
	for (guint i = 0; pcap && i < r->events->len; i++) {
		const struct ew_live_event *e = &g_array_index(r->events, struct ew_live_event, i);

		/* as they leave their host: what was held is told twice */
		if (e->kind == EW_LIVE_EVENT_PACKET && !e->was_held && e->side >= 0 && e->side < EW_LIVE_SIDES)
			add_frame(pcap, zero + e->time, e, sides);
	}
	if (pcap && live_pcap_end(pcap, error))
		return frames;
	if (frames >= 0)
		close(frames);
	return -1;
}
