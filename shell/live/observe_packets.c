/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The observer of packets: libpcap on the stage's loopback, incoming only, because loopback shows
 * each packet once as it leaves and once as it arrives. Stages with links have one of their own.
 */
#include "live/internal.h"

#include <pcap.h>

#define SNAPLEN_KEPT 262144

struct capture {
	pcap_t *pcap;
	bool is_nano;
	int64_t offset; /* realtime - monotonic, of the batch that is read */
	struct live_runner *runner;
};

static bool set_up(struct capture *c, bool is_kept)
{
	struct bpf_program program;
	char buffer[PCAP_ERRBUF_SIZE];
	/* what is kept, is kept whole and whatever it is */
	const char *filter = is_kept ? "" : "((ip or ip6) and tcp) or icmp or icmp6";

	c->is_nano = pcap_set_tstamp_precision(c->pcap, PCAP_TSTAMP_PRECISION_NANO) == 0;
	if (pcap_set_snaplen(c->pcap, is_kept ? SNAPLEN_KEPT : 128) || pcap_set_immediate_mode(c->pcap, 1) ||
	    pcap_set_buffer_size(c->pcap, is_kept ? 32 << 20 : 4 << 20) || pcap_activate(c->pcap) < 0)
		return false;
	if (pcap_datalink(c->pcap) != DLT_EN10MB || pcap_setdirection(c->pcap, PCAP_D_IN) < 0 ||
	    pcap_compile(c->pcap, &program, filter, 1, PCAP_NETMASK_UNKNOWN) < 0)
		return false;
	int result = pcap_setfilter(c->pcap, &program);
	pcap_freecode(&program);
	return result == 0 && pcap_setnonblock(c->pcap, 1, buffer) == 0;
}

static void close_capture(void *self)
{
	struct capture *c = self;

	if (c->pcap)
		pcap_close(c->pcap);
	g_free(c);
}

static void *open_capture(struct live_runner *r)
{
	char buffer[PCAP_ERRBUF_SIZE] = "";

	if (live_stage_is_split(&r->stage))
		return NULL;
	struct capture *c = g_new0(struct capture, 1);
	c->pcap = pcap_create("lo", buffer);
	if (c->pcap && set_up(c, r->pcap))
		return c;
	g_set_error(
		&r->error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
		"cannot watch packets on the stage's loopback: %s; the kernel needs CONFIG_PACKET",
		c->pcap ? pcap_geterr(c->pcap) : buffer);
	close_capture(c);
	return NULL;
}

static int capture_fd(void *self)
{
	return pcap_get_selectable_fd(((struct capture *)self)->pcap);
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

bool live_packet_event(const struct live_frame *f, struct ew_live_event *e)
{
	if (f->protocol != IPPROTO_TCP)
		return false;
	e->kind = EW_LIVE_EVENT_PACKET;
	e->side = e->actor = -1;
	e->flags = f->flags & 0x3f;
	e->seq = f->seq;
	e->ack = f->ack;
	e->length = f->length;
	e->window = f->window;
	e->port = f->port;
	e->peer_port = f->peer_port;
	return true;
}

bool live_icmp_event(const struct live_timeline *t, const struct live_frame *f, struct ew_live_event *e)
{
	int asked;
	const struct live_connection *c =
		f->is_error ? live_timeline_find(t, f->quoted_port, f->quoted_peer_port, &asked) : NULL;

	if (!c)
		return false;
	g_autofree char *text = live_frame_icmp_text(f);
	e->kind = EW_LIVE_EVENT_ICMP;
	e->side = 1 - asked; /* who sent what is quoted is told */
	e->actor = -1;
	e->connection = c->number;
	e->status = f->type;
	e->value = f->code;
	g_strlcpy(e->text, text, sizeof(e->text));
	return true;
}

static void on_packet(u_char *data, const struct pcap_pkthdr *h, const u_char *bytes)
{
	struct capture *c = (struct capture *)data;
	int64_t time = h->ts.tv_sec * INT64_C(1000000000) +
		       (int64_t)h->ts.tv_usec * (c->is_nano ? 1 : 1000);
	struct ew_live_event e = {.time = time - c->offset};
	struct live_frame f;
	struct live_connection *of;
	int sender;

	if (c->runner->pcap)
		live_pcap_add(c->runner->pcap, time, bytes, h->caplen, h->len);

	if (!(c->runner->x->watch & EW_LIVE_WATCH_PACKETS) || !live_frame_read(bytes, h->caplen, &f))
		return;
	if (!live_packet_event(&f, &e)) {
		if (live_icmp_event(&c->runner->timeline, &f, &e))
			live_timeline_add(&c->runner->timeline, &e);
		return;
	}
	live_timeline_add(&c->runner->timeline, &e);
	of = live_timeline_find(&c->runner->timeline, e.port, e.peer_port, &sender);
	if (!of)
		return;
	c->runner->active = of->active = live_now();
	if (of->is_watched && e.flags & (EW_LIVE_SYN | EW_LIVE_FIN | EW_LIVE_RST))
		c->runner->eager = c->runner->active;
}

static void read_capture(void *self, struct live_runner *r)
{
	struct capture *c = self;

	c->offset = live_clock_offset();
	c->runner = r;
	while (pcap_dispatch(c->pcap, -1, on_packet, (u_char *)c) > 0)
		;
}

const struct live_observer live_observer_packets = {
	.name = "packets",
	.watch = EW_LIVE_WATCH_PACKETS,
	.open = open_capture,
	.fd = capture_fd,
	.prepare = read_capture,
	.report = read_capture,
	.close = close_capture,
};
