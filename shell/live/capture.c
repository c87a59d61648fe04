/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The observer of packets: libpcap on the stage's loopback, incoming only, because loopback shows
 * each packet once as it leaves and once as it arrives.
 */
#include "live/internal.h"

#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <pcap.h>
#include <string.h>

#define ETHERNET_HEADER 14

struct live_capture {
	pcap_t *pcap;
	bool is_nano;
	int64_t offset; /* realtime - monotonic, of the batch that is read */
	struct live_timeline *timeline;
	int count;
};

static bool set_up(struct live_capture *c)
{
	struct bpf_program program;
	char buffer[PCAP_ERRBUF_SIZE];

	c->is_nano = pcap_set_tstamp_precision(c->pcap, PCAP_TSTAMP_PRECISION_NANO) == 0;
	if (pcap_set_snaplen(c->pcap, 128) || pcap_set_immediate_mode(c->pcap, 1) ||
	    pcap_set_buffer_size(c->pcap, 1 << 20) || pcap_activate(c->pcap) < 0)
		return false;
	if (pcap_datalink(c->pcap) != DLT_EN10MB || pcap_setdirection(c->pcap, PCAP_D_IN) < 0 ||
	    pcap_compile(c->pcap, &program, "ip and tcp", 1, PCAP_NETMASK_UNKNOWN) < 0)
		return false;
	int result = pcap_setfilter(c->pcap, &program);
	pcap_freecode(&program);
	return result == 0 && pcap_setnonblock(c->pcap, 1, buffer) == 0;
}

struct live_capture *live_capture_open(GError **error)
{
	struct live_capture *c = g_new0(struct live_capture, 1);
	char buffer[PCAP_ERRBUF_SIZE] = "";

	c->pcap = pcap_create("lo", buffer);
	if (c->pcap && set_up(c))
		return c;
	g_set_error(
		error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
		"cannot watch packets on the stage's loopback: %s; the kernel needs CONFIG_PACKET",
		c->pcap ? pcap_geterr(c->pcap) : buffer);
	live_capture_close(c);
	return NULL;
}

void live_capture_close(struct live_capture *c)
{
	if (!c)
		return;
	if (c->pcap)
		pcap_close(c->pcap);
	g_free(c);
}

int live_capture_fd(const struct live_capture *c)
{
	return pcap_get_selectable_fd(c->pcap);
}

int64_t live_clock_offset(void)
{
	int64_t best = INT64_MAX, offset = 0;

	for (int i = 0; i < 3; i++) {
		struct timespec real;
		int64_t before = live_now();

		clock_gettime(CLOCK_REALTIME, &real);
		int64_t after = live_now();
		if (after - before < best) {
			best = after - before;
			offset = real.tv_sec * INT64_C(1000000000) + real.tv_nsec -
				 (before + (after - before) / 2);
		}
	}
	return offset;
}

static void on_packet(u_char *data, const struct pcap_pkthdr *h, const u_char *bytes)
{
	struct live_capture *c = (struct live_capture *)data;
	struct iphdr ip;
	struct tcphdr tcp;
	int sender;

	if (h->caplen < ETHERNET_HEADER + sizeof(ip))
		return;
	memcpy(&ip, bytes + ETHERNET_HEADER, sizeof(ip));
	size_t start = ETHERNET_HEADER + ip.ihl * 4u;
	if (ip.protocol != IPPROTO_TCP || h->caplen < start + sizeof(tcp))
		return;
	memcpy(&tcp, bytes + start, sizeof(tcp));
	struct ew_live_event e = {
		.kind = EW_LIVE_EVENT_PACKET,
		.time = h->ts.tv_sec * INT64_C(1000000000) +
			(int64_t)h->ts.tv_usec * (c->is_nano ? 1 : 1000) - c->offset,
		.side = -1,
		.flags = bytes[start + 13] & 0x3f,
		.seq = ntohl(tcp.seq),
		.ack = ntohl(tcp.ack_seq),
		.window = ntohs(tcp.window),
		.port = ntohs(tcp.source),
		.peer_port = ntohs(tcp.dest),
	};
	size_t headers = ip.ihl * 4u + tcp.doff * 4u;
	if (ntohs(ip.tot_len) > headers)
		e.length = (uint32_t)(ntohs(ip.tot_len) - headers);
	live_timeline_add(c->timeline, &e);
	c->count += live_timeline_side(c->timeline, e.port, e.peer_port, &sender);
}

int live_capture_read(struct live_capture *c, struct live_timeline *t)
{
	c->offset = live_clock_offset();
	c->timeline = t;
	c->count = 0;
	while (pcap_dispatch(c->pcap, -1, on_packet, (u_char *)c) > 0)
		;
	return c->count;
}
