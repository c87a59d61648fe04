/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Frames rebuilt from a timeline: its fields stand in them, and nothing that it does not have. */
#include "live/frame.h"
#include "live/live.h"
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static const char experiment[] = "title A test\nquestion Which?\ntopology %s\nfamily both\nwatch sockets packets\nbound 2s\nactors client server\n"
				 "step server listen\nstep client connect server\nstep server accept\n"
				 "step client kill\nexpect client ESTABLISHED gone\n";

#define HEAD "exitwalk-live 1 story\n"
#define STAGE "stage time=-9000000 status=1 value=1 clock=1700000000000000000 text=x\n"
#define STORY                                                                                                     \
	"packet time=-2000000 side=client flags=2 seq=0 ack=0 length=0 window=65495 retransmission=0 port=40000 " \
	"peer_port=80\n"                                                                                          \
	"packet time=-1000000 side=server flags=18 seq=0 ack=1 length=0 window=65483 retransmission=0 port=80 "   \
	"peer_port=40000\n"                                                                                       \
	"packet time=1000000 side=client flags=24 seq=1 ack=1 length=3001 window=64 retransmission=0 fate=held "  \
	"port=40000 peer_port=80\n"                                                                               \
	"packet time=2000000 side=client flags=24 seq=1 ack=1 length=3001 window=64 retransmission=0 "            \
	"fate=passed was_held=1 port=40000 peer_port=80\n"                                                        \
	"packet time=3000000 side=server flags=20 seq=1 ack=3002 length=0 window=0 retransmission=0 port=80 "     \
	"peer_port=40000\n"
#define END "end time=4000000 line=0 status=0 value=0\n"

struct frames {
	GString *lines;
	int count, wrong_sums;
	guint32 captured, length; /* of the third */
};

static guint32 sum16(const uint8_t *at, size_t size)
{
	guint32 sum = 0;

	for (size_t i = 0; i < size; i++)
		sum += i % 2 ? at[i] : (guint32)at[i] << 8;
	return sum;
}

/* A right checksum makes all ones of the sum that it is in (RFC 1071). */
static bool is_right(guint32 sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum == 0xffff;
}

static void check_frame(int64_t time, const uint8_t *bytes, uint32_t captured, uint32_t length, void *data)
{
	struct frames *f = data;
	const uint8_t *ip = bytes + 14;
	bool is_ipv6 = ip[0] >> 4 == 6;
	size_t header = is_ipv6 ? 40 : 20, address = is_ipv6 ? 16 : 4;
	guint32 carried = length - 14 - (guint32)header;
	/* the pseudo header of RFC 9293, 3.1 */
	guint32 tcp = sum16(ip + header - 2 * address, 2 * address) + 6 + carried + sum16(ip + header, 20);

	(void)time;
	f->wrong_sums += !is_right(tcp) || (!is_ipv6 && !is_right(sum16(ip, 20)));
	if (++f->count == 3) {
		f->captured = captured;
		f->length = length;
	}
}

static bool add_line(int64_t time, const char *line, void *data)
{
	struct frames *f = data;

	g_string_append_printf(f->lines, "%d %s\n", (int)(time / 1000000), line);
	return true;
}

static struct frames rebuild(const char *topology, bool is_ipv6, const char *story)
{
	const struct ew_live_variant variant = {.is_ipv6 = is_ipv6};
	g_autofree char *text = g_strdup_printf(experiment, topology);
	g_autoptr(GError) error = NULL;
	ew_auto(live_experiment) x = ew_live_parse_variant(text, "story.exp", &variant, &error);
	g_autofree char *path = NULL;
	struct frames f = {.lines = g_string_new(NULL)};

	g_assert_no_error(error);
	close(g_file_open_tmp("exitwalk-XXXXXX", &path, &error));
	g_assert_true(g_file_set_contents(path, story, -1, &error));
	ew_auto(live_result) r = ew_live_replay(x, path, NULL, NULL, &error);
	g_assert_no_error(error);
	g_unlink(path);
	int frames = ew_live_frames_rebuild(x, r, &error);
	g_assert_no_error(error);
	g_assert_true(live_pcap_each(frames, check_frame, &f, &error));
	g_assert_true(ew_live_frames_lines(frames, r, 0, add_line, &f, &error));
	close(frames);
	return f;
}

static void test_loopback(void)
{
	struct frames f = rebuild("loopback", false, HEAD STAGE STORY END);

	g_assert_cmpstr(f.lines->str, ==,
			"-2 IP 127.0.0.1.40000 > 127.0.0.1.80: Flags [S], seq 0, win 65495, length 0\n"
			"-1 IP 127.0.0.1.80 > 127.0.0.1.40000: Flags [S.], seq 0, ack 1, win 65483, length 0\n"
			"1 IP 127.0.0.1.40000 > 127.0.0.1.80: Flags [P.], seq 1:3002, ack 1, win 64, length 3001\n"
			"3 IP 127.0.0.1.80 > 127.0.0.1.40000: Flags [R.], seq 1, ack 3002, win 0, length 0\n");
	/* the data is not there, and is not made up */
	g_assert_cmpuint(f.captured, ==, 14 + 20 + 20);
	g_assert_cmpuint(f.length, ==, 14 + 20 + 20 + 3001);
	g_assert_cmpint(f.wrong_sums, ==, 0);
	g_string_free(f.lines, TRUE);
}

static void test_wire6(void)
{
	struct frames f = rebuild("wire", true, HEAD STAGE STORY END);

	g_assert_nonnull(strstr(f.lines->str, "-2 IP6 2001:db8::1.40000 > 2001:db8::2.80: Flags [S], seq 0,"));
	g_assert_nonnull(strstr(f.lines->str, "-1 IP6 2001:db8::2.80 > 2001:db8::1.40000: Flags [S.], seq 0, ack 1,"));
	g_assert_cmpuint(f.captured, ==, 14 + 40 + 20);
	g_assert_cmpint(f.count, ==, 4);
	g_assert_cmpint(f.wrong_sums, ==, 0);
	g_string_free(f.lines, TRUE);
}

/* A recording from before the time of day was kept. */
static void test_without_clock(void)
{
	struct frames f = rebuild("loopback", false, HEAD "stage time=-9000000 status=1 value=1 text=x\n" STORY END);

	g_assert_true(g_str_has_prefix(f.lines->str, "-2 IP 127.0.0.1.40000 >"));
	g_string_free(f.lines, TRUE);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/rebuild/loopback", test_loopback);
	g_test_add_func("/rebuild/wire6", test_wire6);
	g_test_add_func("/rebuild/without-clock", test_without_clock);
	return g_test_run();
}
