/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Frames: what an Ethernet frame of TCP says, in numbers and in the words of tcpdump, and the pcap
 * files that they are kept in.
 */
#ifndef EW_LIVE_FRAME_H
#define EW_LIVE_FRAME_H

#include "fact/fact.h"
#include <netinet/in.h>

struct live_frame {
	bool is_ipv6;
	struct in6_addr from, to; /* of IPv4 the first four bytes */
	uint16_t port, peer_port; /* host order; of TCP and UDP */
	uint8_t protocol;	  /* IPPROTO_… */
	/* TCP */
	unsigned flags; /* EW_LIVE_FIN … and the rest of the byte */
	uint32_t seq, ack, length, window;
	uint16_t urgent;
	const uint8_t *options;
	int option_length;
	/* ICMP and ICMPv6 */
	uint8_t type, code;
	bool is_error; /* it quotes the packet that it is about: */
	struct in6_addr quoted_from, quoted_to;
	uint16_t quoted_port, quoted_peer_port; /* of TCP and UDP, else 0 */
	uint8_t quoted_protocol;
};

/* Reads an Ethernet frame of which the first `captured` bytes are there. Returns false where it is
 * not IP, or is cut within the headers. */
bool live_frame_read(const uint8_t *bytes, size_t captured, struct live_frame *f);
/* What an ICMP error says and quotes: "port unreachable: udp 127.0.0.1.1 > 127.0.0.1.2". The caller frees. */
char *live_frame_icmp_text(const struct live_frame *f);

/* Lines as `tcpdump -n` prints them, without the time. Sequence numbers are relative to those of the
 * first packet of a connection that carries an ACK, as there, which is why lines are made in order. */
struct live_lines;
struct live_lines *live_lines_new(void);
void live_lines_free(struct live_lines *l);
/* The caller frees. Never NULL: what is no IP is named by its type. */
char *live_lines_next(struct live_lines *l, const uint8_t *bytes, size_t captured);
/* The numbers that stand in the last line of TCP. */
void live_lines_numbers(const struct live_lines *l, uint32_t *seq, uint32_t *ack);

/* ---- pcap files ------------------------------------------------------------------------------ */

/* Writes frames with libpcap, stamped to the nanosecond. */
struct live_pcap;
/* Takes over the descriptor, whatever comes of it. */
struct live_pcap *live_pcap_new(int fd, GError **error);
/* The same for packets of IP without any frame. */
struct live_pcap *live_pcap_new_ip(int fd, GError **error);
/* `time` is CLOCK_REALTIME in nanoseconds. */
void live_pcap_add(struct live_pcap *p, int64_t time, const uint8_t *bytes, uint32_t captured,
		   uint32_t length);
/* Writes out what was added, so that the file can be read while it grows. */
bool live_pcap_flush(struct live_pcap *p, GError **error);
/* Ends the file. Returns false if anything could not be written. NULL is allowed. */
bool live_pcap_end(struct live_pcap *p, GError **error);

typedef void (*live_frame_fn)(int64_t time, const uint8_t *bytes, uint32_t captured,
			      uint32_t length, void *data);
/* Reads a file of frames from its start; the descriptor stays the caller's. */
bool live_pcap_each(int fd, live_frame_fn fn, void *data, GError **error);

#endif
