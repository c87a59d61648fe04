/* SPDX-License-Identifier: GPL-3.0-or-later */
/* live: what an ICMP error says, in tcpdump's words and in ours. The frames are written by hand from RFC 792 and 4443. */
#include "live/frame.h"

#include <string.h>

/* From 127.0.0.1 to itself: port unreachable, about a datagram of ten bytes from port 40000 to port 53. */
static const uint8_t four[] = {
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x08, 0x00, /* Ethernet */
	0x45, 0xc0, 0, 66, 0, 1, 0, 0, 64, 1, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1,
	3, 3, 0, 0, 0, 0, 0, 0, /* ICMP */
	0x45, 0, 0, 38, 0, 2, 0x40, 0, 64, 17, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1,
	0x9c, 0x40, 0, 53, 0, 18, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
};

/* The same between ::1 and ::1. */
static const uint8_t six[] = {
	0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x86, 0xdd,
	0x60, 0, 0, 0, 0, 66, 58, 64, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 1, 1, 4, 0, 0, 0, 0, 0, 0,
	0x60, 0, 0, 0, 0, 18, 17, 64, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 1, 0x9c, 0x40, 0, 53, 0, 18, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
};

static void check(const uint8_t *bytes, size_t size, int type, int code, const char *line, const char *text)
{
	struct live_frame f;
	struct live_lines *l = live_lines_new();
	g_autofree char *theirs = live_lines_next(l, bytes, size);

	live_lines_free(l);
	g_assert_cmpstr(theirs, ==, line);
	g_assert_true(live_frame_read(bytes, size, &f) && f.is_error);
	g_assert_cmpint(f.type, ==, type);
	g_assert_cmpint(f.code, ==, code);
	g_assert_cmpint(f.quoted_port, ==, 40000);
	g_assert_cmpint(f.quoted_peer_port, ==, 53);
	g_autofree char *ours = live_frame_icmp_text(&f);
	g_assert_cmpstr(ours, ==, text);
}

static void test_errors(void)
{
	check(four, sizeof(four), 3, 3, "IP 127.0.0.1 > 127.0.0.1: ICMP 127.0.0.1 udp port 53 unreachable, length 46",
	      "port unreachable: udp 127.0.0.1.40000 > 127.0.0.1.53");
	check(six, sizeof(six), 1, 4,
	      "IP6 ::1 > ::1: ICMP6, destination unreachable, unreachable port, ::1 udp port 53, length 66",
	      "port unreachable: udp ::1.40000 > ::1.53");
}

/* However short it is, nothing behind its end is read, and what is not there is not told. */
static void test_cut(void)
{
	const uint8_t *const frames[] = {four, six};
	const size_t sizes[] = {sizeof(four), sizeof(six)}, whole[] = {14 + 20 + 8 + 20 + 4, 14 + 40 + 8 + 40 + 4};

	for (int i = 0; i < 2; i++)
		for (size_t n = 0; n <= sizes[i]; n++) {
			g_autofree uint8_t *bytes = g_memdup2(frames[i], n ? n : 1);
			struct live_frame f;
			bool is_read = live_frame_read(bytes, n, &f);

			g_assert_cmpint(is_read && f.is_error && f.quoted_port, ==, n >= whole[i]);
		}
}

/* An answer to a ping quotes nothing. */
static void test_echo(void)
{
	g_autofree uint8_t *bytes = g_memdup2(four, sizeof(four));
	struct live_frame f;

	bytes[34] = bytes[35] = 0;
	g_assert_true(live_frame_read(bytes, sizeof(four), &f) && !f.is_error);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/live-icmp/errors", test_errors);
	g_test_add_func("/live-icmp/cut", test_cut);
	g_test_add_func("/live-icmp/echo", test_echo);
	return g_test_run();
}
