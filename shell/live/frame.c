/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a frame says. Bytes are copied before they are looked at: nothing is aligned in a frame. */
#include "live/frame.h"

#include <arpa/inet.h>
#include <stddef.h>
#include <string.h>

#define ETHERNET_HEADER 14
#define IPV6_HEADER	40

static uint16_t read16(const uint8_t *at)
{
	return (uint16_t)(at[0] << 8 | at[1]);
}

static uint32_t read32(const uint8_t *at)
{
	return (uint32_t)read16(at) << 16 | read16(at + 2);
}

/* ---- headers --------------------------------------------------------------------------------- */

/* What IP carries: `start` of it in the frame, and how long it is according to IP. */
struct payload {
	size_t start, length;
};

static bool read_ipv4(const uint8_t *bytes, size_t captured, struct live_frame *f,
		      struct payload *payload)
{
	const uint8_t *ip = bytes + ETHERNET_HEADER;

	if (captured < ETHERNET_HEADER + 20 || ip[0] >> 4 != 4)
		return false;
	size_t header = (ip[0] & 15u) * 4u, total = read16(ip + 2);
	if (header < 20 || total < header || captured < ETHERNET_HEADER + header)
		return false;
	memcpy(&f->from, ip + 12, 4);
	memcpy(&f->to, ip + 16, 4);
	f->protocol = ip[9];
	*payload = (struct payload){ETHERNET_HEADER + header, total - header};
	/* a fragment other than the first has no header of its own */
	return !(read16(ip + 6) & 0x1fff);
}

static bool read_ipv6(const uint8_t *bytes, size_t captured, struct live_frame *f,
		      struct payload *payload)
{
	const uint8_t *ip = bytes + ETHERNET_HEADER;

	if (captured < ETHERNET_HEADER + IPV6_HEADER || ip[0] >> 4 != 6)
		return false;
	f->is_ipv6 = true;
	memcpy(&f->from, ip + 8, 16);
	memcpy(&f->to, ip + 24, 16);
	f->protocol = ip[6];
	*payload = (struct payload){ETHERNET_HEADER + IPV6_HEADER, read16(ip + 4)};
	return true;
}

static bool read_tcp(const uint8_t *tcp, size_t captured, size_t length, struct live_frame *f)
{
	if (captured < 20)
		return false;
	size_t header = (size_t)(tcp[12] >> 4) * 4;
	if (header < 20 || header > length)
		return false;
	f->seq = read32(tcp + 4);
	f->ack = read32(tcp + 8);
	f->flags = tcp[13];
	f->window = read16(tcp + 14);
	f->urgent = read16(tcp + 18);
	f->length = (uint32_t)(length - header);
	f->options = tcp + 20;
	f->option_length = (int)(MIN(header, captured) - 20);
	return true;
}

/* An error quotes what it is about: its IP header, and eight bytes at least of what that carried. */
static void read_quoted(const uint8_t *bytes, size_t captured, size_t start, struct live_frame *f)
{
	struct live_frame q = {0};
	struct payload payload;
	/* as if a frame's header stood before it */
	const uint8_t *frame = bytes + start - ETHERNET_HEADER;
	size_t size = captured - start + ETHERNET_HEADER;

	if (!(f->is_ipv6 ? read_ipv6(frame, size, &q, &payload) : read_ipv4(frame, size, &q, &payload)))
		return;
	f->is_error = true;
	f->quoted_from = q.from;
	f->quoted_to = q.to;
	f->quoted_protocol = q.protocol;
	if ((q.protocol != IPPROTO_TCP && q.protocol != IPPROTO_UDP) || size < payload.start + 4)
		return;
	f->quoted_port = read16(frame + payload.start);
	f->quoted_peer_port = read16(frame + payload.start + 2);
}

static bool read_icmp(const uint8_t *bytes, size_t captured, const struct payload *payload, struct live_frame *f)
{
	static const uint8_t errors[] = {3, 4, 5, 11, 12}; /* RFC 792; of ICMPv6 all below 128, RFC 4443 */
	const uint8_t *icmp = bytes + payload->start;

	if (captured < payload->start + 8 || payload->length < 8)
		return false;
	f->type = icmp[0];
	f->code = icmp[1];
	f->length = (uint32_t)payload->length;
	if (f->is_ipv6 ? f->type < 128 : memchr(errors, f->type, sizeof(errors)) != NULL)
		read_quoted(bytes, captured, payload->start + 8, f);
	return true;
}

bool live_frame_read(const uint8_t *bytes, size_t captured, struct live_frame *f)
{
	struct payload payload;

	*f = (struct live_frame){0};
	if (captured < ETHERNET_HEADER)
		return false;
	uint16_t type = read16(bytes + 12);
	if (type == 0x0800 ? !read_ipv4(bytes, captured, f, &payload)
			   : type != 0x86dd || !read_ipv6(bytes, captured, f, &payload))
		return false;
	if (f->protocol == (f->is_ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP))
		return read_icmp(bytes, captured, &payload, f);
	if (f->protocol != IPPROTO_TCP && f->protocol != IPPROTO_UDP)
		return true;
	if (captured < payload.start + 8 || payload.length < 8)
		return false;
	f->port = read16(bytes + payload.start);
	f->peer_port = read16(bytes + payload.start + 2);
	if (f->protocol == IPPROTO_TCP)
		return read_tcp(bytes + payload.start, captured - payload.start, payload.length, f);
	f->length = (uint32_t)(payload.length - 8);
	return true;
}

/* ---- in the words of tcpdump ----------------------------------------------------------------- */

/* A conversation has one entry for both directions: the lower end's number first. */
struct conversation {
	struct in6_addr low, high;
	uint16_t low_port, high_port;
	uint32_t low_seq, high_seq;
};

struct live_lines {
	GArray *conversations; /* of struct conversation */
	uint32_t seq, ack;     /* of the last line */
};

struct live_lines *live_lines_new(void)
{
	struct live_lines *l = g_new0(struct live_lines, 1);

	l->conversations = g_array_new(FALSE, TRUE, sizeof(struct conversation));
	return l;
}

void live_lines_free(struct live_lines *l)
{
	if (!l)
		return;
	g_array_unref(l->conversations);
	g_free(l);
}

static bool is_reversed(const struct live_frame *f)
{
	int order = memcmp(&f->from, &f->to, sizeof(f->from));

	return order > 0 || (order == 0 && f->port > f->peer_port);
}

static struct conversation *find_conversation(struct live_lines *l, const struct live_frame *f,
					      bool *is_new)
{
	bool reversed = is_reversed(f);
	struct conversation key = {.low = reversed ? f->to : f->from,
				   .high = reversed ? f->from : f->to,
				   .low_port = reversed ? f->peer_port : f->port,
				   .high_port = reversed ? f->port : f->peer_port};

	*is_new = false;
	for (guint i = 0; i < l->conversations->len; i++) {
		struct conversation *c = &g_array_index(l->conversations, struct conversation, i);

		if (!memcmp(c, &key, offsetof(struct conversation, low_seq)))
			return c;
	}
	*is_new = true;
	g_array_append_val(l->conversations, key);
	return &g_array_index(l->conversations, struct conversation, l->conversations->len - 1);
}

/* The numbers become relative, but for the packet that sets what they are relative to, and for
 * packets without an ACK, of which tcpdump thinks the same. */
static void make_relative(struct live_lines *l, const struct live_frame *f, uint32_t *seq,
			  uint32_t *ack)
{
	bool is_new;

	*seq = f->seq;
	*ack = f->ack;
	if (!(f->flags & 0x10))
		return;
	struct conversation *c = find_conversation(l, f, &is_new);
	uint32_t *own = is_reversed(f) ? &c->high_seq : &c->low_seq;
	uint32_t *others = is_reversed(f) ? &c->low_seq : &c->high_seq;
	if (is_new || (f->flags & 0x02)) {
		*own = f->seq;
		*others = f->ack - 1;
		return;
	}
	*seq -= *own;
	*ack -= *others;
}

static void add_flags(GString *s, unsigned flags)
{
	static const char letters[] = "FSRP.UEW";

	g_string_append(s, "Flags [");
	for (int i = 0; i < 8; i++)
		if (flags & 1u << i)
			g_string_append_c(s, letters[i]);
	g_string_append(s, flags & 0xff ? "]" : "none]");
}

/* Blocks are in the numbers of the other end, relative as its others are. */
static void add_sack(GString *s, const uint8_t *body, int length, uint32_t others)
{
	g_string_append_printf(s, "sack %d ", length / 8);
	for (int at = 0; at + 8 <= length; at += 8)
		g_string_append_printf(s, "{%u:%u}", read32(body + at) - others,
				       read32(body + at + 4) - others);
}

static void add_option(GString *s, int kind, const uint8_t *body, int length, uint32_t others)
{
	if (kind == 2 && length == 2)
		g_string_append_printf(s, "mss %u", read16(body));
	else if (kind == 3 && length == 1)
		g_string_append_printf(s, "wscale %u", body[0]);
	else if (kind == 4 && length == 0)
		g_string_append(s, "sackOK");
	else if (kind == 5 && length > 0)
		add_sack(s, body, length, others);
	else if (kind == 8 && length == 8)
		g_string_append_printf(s, "TS val %u ecr %u", read32(body), read32(body + 4));
	else
		g_string_append_printf(s, "kind %d", kind);
}

static void add_options(GString *s, const struct live_frame *f, uint32_t others)
{
	const char *separator = ", options [";

	for (int at = 0; at < f->option_length;) {
		int kind = f->options[at], length = 1;

		if (kind > 1)
			length = at + 1 < f->option_length ? f->options[at + 1] : 0;
		if (length < (kind > 1 ? 2 : 1) || at + length > f->option_length)
			break;
		g_string_append(s, separator);
		separator = ",";
		if (kind > 1)
			add_option(s, kind, f->options + at + 2, length - 2, others);
		else
			g_string_append(s, kind ? "nop" : "eol");
		at += length;
		if (!kind)
			break;
	}
	if (*separator == ',' && !separator[1])
		g_string_append_c(s, ']');
}

static void add_address(GString *s, const struct live_frame *f, const struct in6_addr *a,
			uint16_t port)
{
	char text[INET6_ADDRSTRLEN];

	inet_ntop(f->is_ipv6 ? AF_INET6 : AF_INET, a, text, sizeof(text));
	g_string_append(s, text);
	if (f->protocol == IPPROTO_TCP || f->protocol == IPPROTO_UDP)
		g_string_append_printf(s, ".%u", port);
}

static void add_tcp(struct live_lines *l, GString *s, const struct live_frame *f)
{
	uint32_t seq, ack;

	make_relative(l, f, &seq, &ack);
	l->seq = seq;
	l->ack = ack;
	g_string_append(s, ": ");
	add_flags(s, f->flags);
	if (f->length)
		g_string_append_printf(s, ", seq %u:%u", seq, seq + f->length);
	else if (f->flags & 0x07)
		g_string_append_printf(s, ", seq %u", seq);
	if (f->flags & 0x10)
		g_string_append_printf(s, ", ack %u", ack);
	g_string_append_printf(s, ", win %u", f->window);
	if ((f->flags & 0x20) && f->urgent)
		g_string_append_printf(s, ", urg %u", f->urgent);
	add_options(s, f, f->ack - ack);
	g_string_append_printf(s, ", length %u", f->length);
}

static bool is_port_unreachable(const struct live_frame *f)
{
	return f->is_error && (f->is_ipv6 ? f->type == 1 && f->code == 4 : f->type == 3 && f->code == 3);
}

static const char *protocol_word(unsigned protocol)
{
	return protocol == IPPROTO_TCP ? "tcp" : protocol == IPPROTO_UDP ? "udp" : "ip";
}

static void add_icmp(GString *s, const struct live_frame *f)
{
	char to[INET6_ADDRSTRLEN];

	inet_ntop(f->is_ipv6 ? AF_INET6 : AF_INET, &f->quoted_to, to, sizeof(to));
	if (!is_port_unreachable(f))
		g_string_append_printf(s, ": %s type %u code %u", f->is_ipv6 ? "ICMP6" : "ICMP", f->type, f->code);
	else if (f->is_ipv6)
		g_string_append_printf(s, ": ICMP6, destination unreachable, unreachable port, %s %s port %u", to,
				       protocol_word(f->quoted_protocol), f->quoted_peer_port);
	else
		g_string_append_printf(s, ": ICMP %s %s port %u unreachable", to, protocol_word(f->quoted_protocol),
				       f->quoted_peer_port);
	g_string_append_printf(s, ", length %u", f->length);
}

char *live_frame_icmp_text(const struct live_frame *f)
{
	GString *s = g_string_new(is_port_unreachable(f) ? "port unreachable: " : "error: ");
	struct live_frame q = {.is_ipv6 = f->is_ipv6, .protocol = f->quoted_protocol};

	g_string_append_printf(s, "%s ", protocol_word(f->quoted_protocol));
	add_address(s, &q, &f->quoted_from, f->quoted_port);
	g_string_append(s, " > ");
	add_address(s, &q, &f->quoted_to, f->quoted_peer_port);
	return g_string_free(s, FALSE);
}

char *live_lines_next(struct live_lines *l, const uint8_t *bytes, size_t captured)
{
	struct live_frame f;

	if (!live_frame_read(bytes, captured, &f))
		return captured < ETHERNET_HEADER
			       ? g_strdup("a frame without a header")
			       : g_strdup_printf("ethertype 0x%04x", read16(bytes + 12));
	GString *s = g_string_new(f.is_ipv6 ? "IP6 " : "IP ");
	add_address(s, &f, &f.from, f.port);
	g_string_append(s, " > ");
	add_address(s, &f, &f.to, f.peer_port);
	if (f.protocol == IPPROTO_TCP)
		add_tcp(l, s, &f);
	else if (f.protocol == IPPROTO_UDP)
		g_string_append_printf(s, ": UDP, length %u", f.length);
	else if (f.protocol == (f.is_ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP))
		add_icmp(s, &f);
	else
		g_string_append_printf(s, ": protocol %u", f.protocol);
	return g_string_free(s, FALSE);
}

void live_lines_numbers(const struct live_lines *l, uint32_t *seq, uint32_t *ack)
{
	*seq = l->seq;
	*ack = l->ack;
}
