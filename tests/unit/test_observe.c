/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The observers of live without a stage: made-up files of /proc, frames written by hand, and the states
 * that packets prove. */
#include "live/frame.h"
#include "live/internal.h"
#include "live/observe.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* ---- counters -------------------------------------------------------------------------------- */

static void put(const char *directory, const char *name, const char *text)
{
	g_autofree char *path = g_build_filename(directory, name, NULL);

	/* written in place: an observer keeps the file open */
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	g_assert_cmpint(fd, >=, 0);
	g_assert_cmpint(write(fd, text, strlen(text)), ==, (ssize_t)strlen(text));
	g_close(fd, NULL);
}

static void clear(const char *directory, const char *const *names)
{
	for (; *names; names++) {
		g_autofree char *path = g_build_filename(directory, *names, NULL);
		g_unlink(path);
	}
	g_rmdir(directory);
}

static void note_counter(const char *name, int64_t difference, void *data)
{
	g_string_append_printf(data, "%s %+d;", name, (int)difference);
}

static void test_counters(void)
{
	g_autofree char *dir = g_dir_make_tmp("exitwalk-XXXXXX", NULL);
	static const char *const files[] = {"netstat", "snmp", NULL};
	static const char *const more[] = {"DelayedACKs", NULL};
	g_autoptr(GString) seen = g_string_new(NULL);
	g_autoptr(GError) error = NULL;

	put(dir, "netstat",
	    "TcpExt: TW DelayedACKs TCPHPHits TCPAbortOnClose\nTcpExt: 1 2 3 4\n"
	    "IpExt: InOctets TW\nIpExt: 10 20\n");
	put(dir, "snmp", "Ip: OutRsts\nIp: 7\nTcp: MaxConn OutRsts InErrs\nTcp: -1 5 6\n");
	struct live_counters *c = live_counters_open(dir, more, &error);
	g_assert_no_error(error);
	g_assert_true(live_counters_read(c, note_counter, seen));
	g_assert_cmpstr(seen->str, ==, "");
	/* what proves nothing, and other groups' counters of the same name, are passed over */
	put(dir, "netstat",
	    "TcpExt: TW DelayedACKs TCPHPHits TCPAbortOnClose\nTcpExt: 11 4 300 5\n"
	    "IpExt: InOctets TW\nIpExt: 1000 21\n");
	put(dir, "snmp", "Ip: OutRsts\nIp: 8\nTcp: MaxConn OutRsts InErrs\nTcp: -1 7 9\n");
	g_assert_true(live_counters_read(c, note_counter, seen));
	g_assert_cmpstr(seen->str, ==, "TW +10;DelayedACKs +2;TCPAbortOnClose +1;OutRsts +2;");
	g_string_truncate(seen, 0);
	g_assert_true(live_counters_read(c, note_counter, seen));
	g_assert_cmpstr(seen->str, ==, "");
	/* a file that is cut is said to be unreadable */
	put(dir, "netstat", "TcpExt: TW DelayedACKs TCPHPHits TCPAbortOnClose\nTcpExt: 11 4\n");
	g_assert_false(live_counters_read(c, note_counter, seen));
	live_counters_close(c);
	clear(dir, files);
}

static void test_counters_missing(void)
{
	g_autofree char *dir = g_dir_make_tmp("exitwalk-XXXXXX", NULL);
	static const char *const files[] = {"netstat", "snmp", NULL};
	g_autoptr(GError) error = NULL;

	g_assert_null(live_counters_open("/nonexistent", NULL, &error));
	g_assert_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE);
	g_assert_nonnull(strstr(error->message, "/nonexistent/netstat"));
	g_clear_error(&error);
	put(dir, "netstat", "garbage\n\n\nTcpExt:\nTcpExt:");
	put(dir, "snmp", "Tcp: None\nTcp: x\n");
	g_assert_null(live_counters_open(dir, NULL, &error));
	g_assert_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE);
	clear(dir, files);
}

static void test_counter_table(void)
{
	const struct ew_live_counter *row = NULL;
	g_autoptr(GHashTable) ended = g_hash_table_new(g_str_hash, g_str_equal);
	const char *last = "";
	int rows = 0;

	/* the places of one counter stand side by side */
	while ((row = ew_live_counter_next(NULL, row))) {
		if (strcmp(row->name, last))
			g_assert_true(g_hash_table_add(ended, (void *)row->name));
		last = row->name;
		g_assert_true(strstr(row->constant, "_MIB_") != NULL);
		rows++;
	}
	g_assert_cmpint(rows, >, 30);
	row = ew_live_counter_next("TCPAbortOnClose", NULL);
	g_assert_cmpstr(row->function, ==, "__tcp_close");
	g_assert_null(ew_live_counter_next("TCPAbortOnClose", row));
	g_assert_null(ew_live_counter_next("InOctets", NULL));
	/* each family has its own code for packets that meet no socket */
	for (row = NULL; (row = ew_live_counter_next("OutRsts", row));) {
		g_assert_true(ew_live_counter_serves(row, false) == !strstr(row->function, "_v6_"));
		g_assert_true(ew_live_counter_serves(row, true) == !strstr(row->function, "_v4_"));
	}
}

/* ---- processes ------------------------------------------------------------------------------- */

static void test_process(void)
{
	g_autofree char *proc = g_dir_make_tmp("exitwalk-XXXXXX", NULL);
	g_autofree char *dir = g_build_filename(proc, "42", NULL);
	g_autofree char *fds = g_build_filename(dir, "fd", NULL);
	static const char *const links[] = {"0", "1", "17", NULL};
	static const char *const files[] = {"stat", "wchan", NULL};
	struct live_process p, other;

	live_process_look(proc, 42, true, &p);
	g_assert_cmpint(p.state, ==, 0);
	g_assert_cmpint(g_mkdir_with_parents(fds, 0700), ==, 0);
	/* a name may look like the rest of the line */
	put(dir, "stat", "42 (a) Z (b) R 3) D 1 42 42 0 -1 4 5 6 7 8 9 10 11 12 20 0 3 0 99\n");
	put(dir, "wchan", "do_exit_wait");
	for (int i = 0; links[i]; i++)
		put(fds, links[i], "");
	live_process_look(proc, 42, true, &p);
	g_assert_cmpint(p.state, ==, 'D');
	g_assert_cmpint(p.tasks, ==, 3);
	g_assert_cmpint(p.descriptors, ==, 3);
	g_assert_cmpstr(p.wchan, ==, "do_exit_wait");
	live_process_look(proc, 42, false, &other);
	g_assert_cmpstr(other.wchan, ==, "");
	g_assert_false(live_process_is_same(&p, &other));
	put(dir, "wchan", "0");
	live_process_look(proc, 42, true, &p);
	g_assert_true(live_process_is_same(&p, &other));
	put(dir, "stat", "42 (cut) Z 1 2");
	live_process_look(proc, 42, true, &p);
	g_assert_cmpint(p.state, ==, 0);
	clear(fds, links);
	clear(dir, files);
	g_rmdir(proc);
}

/* ---- frames ---------------------------------------------------------------------------------- */

#define ETHERNET "\0\0\0\0\0\0\0\0\0\0\0\0\x08\x00"
/* 127.0.0.1 to 127.0.0.1, TCP; the length is patched in */
#define IPV4 "\x45\0\0\0\0\0\x40\0\x40\x06\0\0\x7f\0\0\1\x7f\0\0\1"

static GByteArray *tcp_frame(const char *tcp, gsize header, guint data)
{
	GByteArray *a = g_byte_array_new();
	guint total = 20 + (guint)header + data;

	g_byte_array_append(a, (const guint8 *)ETHERNET, 14);
	g_byte_array_append(a, (const guint8 *)IPV4, 20);
	g_byte_array_append(a, (const guint8 *)tcp, (guint)header);
	a->data[16] = (guint8)(total >> 8);
	a->data[17] = (guint8)total;
	return a;
}

/* ports 4660 and 22136 */
#define SYN                                                                                        \
	"\x12\x34\x56\x78\0\0\x03\xe8\0\0\0\0\xa0\x02\xff\xff\0\0\0\0"                             \
	"\x02\x04\xff\xd7\x04\x02\x08\x0a\0\0\0\x07\0\0\0\0\x01\x03\x03\x07"
#define SYNACK	  "\x56\x78\x12\x34\0\0\x07\xd0\0\0\x03\xe9\x50\x12\x01\x00\0\0\0\0"
#define DATA	  "\x12\x34\x56\x78\0\0\x03\xe9\0\0\x07\xd1\x50\x18\x02\x00\0\0\0\0"
#define FIN	  "\x56\x78\x12\x34\0\0\x07\xd1\0\0\x03\xf3\x50\x11\x02\x00\0\0\0\0"
#define RST_ALONE "\x12\x34\x56\x78\0\0\x03\xf3\0\0\0\0\x50\x04\0\0\0\0\0\0"

/* What tcpdump 4.99 prints for these bytes was worked out by its manual, "TCP Packets". */
static void test_lines(void)
{
	static const struct {
		const char *tcp;
		gsize header;
		guint data;
		const char *line;
	} rows[] = {
		{SYN, 40, 0,
		 "IP 127.0.0.1.4660 > 127.0.0.1.22136: Flags [S], seq 1000, win 65535, options [mss "
		 "65495,sackOK,TS val 7 ecr 0,nop,wscale 7], length 0"},
		{SYNACK, 20, 0,
		 "IP 127.0.0.1.22136 > 127.0.0.1.4660: Flags [S.], seq 2000, ack 1001, win 256, "
		 "length 0"},
		{DATA, 20, 10,
		 "IP 127.0.0.1.4660 > 127.0.0.1.22136: Flags [P.], seq 1:11, ack 1, win 512, length "
		 "10"},
		{FIN, 20, 0,
		 "IP 127.0.0.1.22136 > 127.0.0.1.4660: Flags [F.], seq 1, ack 11, win 512, length "
		 "0"},
		{RST_ALONE, 20, 0,
		 "IP 127.0.0.1.4660 > 127.0.0.1.22136: Flags [R], seq 1011, win 0, length 0"},
	};
	struct live_lines *l = live_lines_new();

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GByteArray) a = tcp_frame(rows[i].tcp, rows[i].header, rows[i].data);
		g_autofree char *line = live_lines_next(l, a->data, a->len);

		g_assert_cmpstr(line, ==, rows[i].line);
	}
	live_lines_free(l);
}

/* No length of a frame, and no value of its length fields, leads beyond its end. */
static void test_cut_frames(void)
{
	g_autoptr(GByteArray) whole = tcp_frame(SYN, 40, 0);
	struct live_lines *l = live_lines_new();
	struct live_frame f;

	for (guint length = 0; length <= whole->len; length++) {
		for (int at = -1; at < 256; at += 5) {
			guint8 *copy = g_memdup2(whole->data, length ? length : 1);

			if (at >= 0 && length > 46)
				copy[46] = (guint8)at; /* the header's length */
			if (at >= 0 && length > 55)
				copy[55] = (guint8)at; /* an option's */
			live_frame_read(copy, length, &f);
			g_free(live_lines_next(l, copy, length));
			g_free(copy);
		}
	}
	g_assert_false(live_frame_read(whole->data, 14 + 20 + 19, &f));
	g_assert_true(live_frame_read(whole->data, 14 + 20 + 20, &f));
	g_assert_cmpuint(f.port, ==, 4660);
	g_assert_cmpuint(f.peer_port, ==, 22136);
	live_lines_free(l);
}

struct frames {
	int count;
	int64_t time;
	guint32 captured, length;
};

static void note_frame(int64_t time, const uint8_t *bytes, uint32_t captured, uint32_t length,
		       void *data)
{
	struct frames *f = data;

	*f = (struct frames){f->count + 1, time, captured, length};
}

static void test_pcap(void)
{
	g_autoptr(GByteArray) a = tcp_frame(DATA, 20, 10);
	g_autoptr(GError) error = NULL;
	struct frames seen = {0};
	guint8 magic[24];
	int fd = memfd_create("frames", MFD_CLOEXEC);
	struct live_pcap *p = live_pcap_new(dup(fd), &error);

	g_assert_no_error(error);
	live_pcap_add(p, INT64_C(1700000000123456789), a->data, a->len, a->len + 10);
	live_pcap_add(p, INT64_C(1700000001000000001), a->data, a->len, a->len + 10);
	g_assert_true(live_pcap_end(p, &error));
	/* https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap: nanoseconds, version 2.4, Ethernet */
	g_assert_cmpint(pread(fd, magic, 24, 0), ==, 24);
	g_assert_true(*(guint32 *)magic == 0xa1b23c4d);
	g_assert_cmpint(magic[4], ==, 2);
	g_assert_cmpint(magic[6], ==, 4);
	g_assert_cmpint(magic[20], ==, 1);
	g_assert_true(live_pcap_each(fd, note_frame, &seen, &error));
	g_assert_cmpint(seen.count, ==, 2);
	g_assert_cmpint(seen.time, ==, INT64_C(1700000001000000001));
	g_assert_cmpuint(seen.captured, ==, a->len);
	g_assert_cmpuint(seen.length, ==, a->len + 10);
	/* cut within the last frame */
	g_assert_cmpint(ftruncate(fd, lseek(fd, 0, SEEK_END) - 3), ==, 0);
	g_assert_false(live_pcap_each(fd, note_frame, &seen, &error));
	g_assert_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE);
	g_close(fd, NULL);
	g_clear_error(&error);
	p = live_pcap_new(open("/dev/full", O_WRONLY | O_CLOEXEC), &error);
	g_assert_no_error(error);
	live_pcap_add(p, 0, a->data, a->len, a->len);
	g_assert_false(live_pcap_end(p, &error));
	g_assert_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE);
}

/* ---- inference ------------------------------------------------------------------------------- */

#define F EW_LIVE_FIN
#define S EW_LIVE_SYN
#define R EW_LIVE_RST
#define A EW_LIVE_ACK

/* A connection: side 0 has sequence numbers from 100, side 1 from 500. */
struct story {
	const char *name;
	struct live_seen packets[8];
	int side;
	enum ew_live_state before, after;
	int64_t until;
	const char *between; /* STATE@MS … */
};

#define MS(n) ((n) * INT64_C(1000000))

static const struct story stories[] = {
	{"a dead client, sampled late",
	 {{MS(1), 0, F | A, 101, 501, 0}, {MS(2), 1, A, 501, 102, 0}},
	 0, EW_LIVE_ESTABLISHED, EW_LIVE_FIN_WAIT2, MS(5), "FIN_WAIT1@1"},
	{"and its peer closes, too",
	 {{MS(1), 0, F | A, 101, 501, 0}, {MS(2), 1, A, 501, 102, 0}, {MS(3), 1, F | A, 501, 102, 0}},
	 0, EW_LIVE_ESTABLISHED, EW_LIVE_TIME_WAIT, MS(5), "FIN_WAIT1@1 FIN_WAIT2@2"},
	{"the FIN acknowledges in the same packet: no FIN_WAIT2",
	 {{MS(1), 0, F | A, 101, 501, 0}, {MS(3), 1, F | A, 501, 102, 0}},
	 0, EW_LIVE_ESTABLISHED, EW_LIVE_TIME_WAIT, MS(5), "FIN_WAIT1@1"},
	{"both at once",
	 {{MS(1), 0, F | A, 101, 501, 0}, {MS(2), 1, F | A, 501, 101, 0}, {MS(3), 1, A, 502, 102, 0}},
	 0, EW_LIVE_ESTABLISHED, EW_LIVE_TIME_WAIT, MS(5), "FIN_WAIT1@1 CLOSING@2"},
	{"both at once, FIN_WAIT1 was seen",
	 {{MS(1), 0, F | A, 101, 501, 0}, {MS(2), 1, F | A, 501, 101, 0}, {MS(3), 1, A, 502, 102, 0}},
	 0, EW_LIVE_FIN_WAIT1, EW_LIVE_TIME_WAIT, MS(5), "CLOSING@2"},
	{"the passive side",
	 {{MS(1), 0, F | A, 101, 501, 0}, {MS(4), 1, F | A, 501, 102, 0}, {MS(5), 0, A, 102, 502, 0}},
	 1, EW_LIVE_ESTABLISHED, EW_LIVE_GONE, MS(6), "CLOSE_WAIT@1 LAST_ACK@4"},
	{"data with the FIN: only an ACK of all of it counts",
	 {{MS(1), 0, F | A, 101, 501, 10}, {MS(2), 1, A, 501, 111, 0}},
	 0, EW_LIVE_ESTABLISHED, EW_LIVE_FIN_WAIT2, MS(5), ""},
	{"opening, actively",
	 {{MS(1), 0, S, 100, 0, 0}, {MS(2), 1, S | A, 500, 101, 0}, {MS(3), 0, A, 101, 501, 0}},
	 0, EW_LIVE_GONE, EW_LIVE_ESTABLISHED, MS(5), "SYN_SENT@1"},
	{"opening, passively",
	 {{MS(1), 0, S, 100, 0, 0}, {MS(2), 1, S | A, 500, 101, 0}, {MS(3), 0, A, 101, 501, 0}},
	 1, EW_LIVE_GONE, EW_LIVE_ESTABLISHED, MS(5), "SYN_RECV@2"},
	{"opening, both",
	 {{MS(1), 0, S, 100, 0, 0}, {MS(2), 1, S, 500, 0, 0}, {MS(3), 0, S | A, 100, 501, 0},
	  {MS(4), 1, S | A, 500, 101, 0}},
	 0, EW_LIVE_GONE, EW_LIVE_ESTABLISHED, MS(5), "SYN_SENT@1 SYN_RECV@2"},
	{"a RST ends it: nothing lies between",
	 {{MS(1), 0, R | A, 101, 501, 0}},
	 1, EW_LIVE_ESTABLISHED, EW_LIVE_GONE, MS(5), ""},
	{"late data meets a RST: CLOSE_WAIT was there",
	 {{MS(1), 0, F | A, 101, 501, 0}, {MS(2), 1, A, 501, 102, 10}, {MS(3), 0, R, 102, 0, 0}},
	 1, EW_LIVE_ESTABLISHED, EW_LIVE_GONE, MS(5), "CLOSE_WAIT@1"},
	{"nothing that was seen leads there",
	 {{MS(1), 0, F | A, 101, 501, 0}},
	 0, EW_LIVE_ESTABLISHED, EW_LIVE_TIME_WAIT, MS(5), ""},
	{"what leads there came later than the sample",
	 {{MS(1), 0, F | A, 101, 501, 0}, {MS(20), 1, A, 501, 102, 0}},
	 0, EW_LIVE_ESTABLISHED, EW_LIVE_FIN_WAIT2, MS(5), ""},
	{"a FIN that is held: its sender waits",
	 {{MS(1), 0, F | A, 101, 501, 0, .is_lost = true}, {MS(3), 0, F | A, 101, 501, 0, .is_late = true},
	  {MS(4), 1, A, 501, 102, 0}, {MS(5), 1, F | A, 501, 102, 0}},
	 1, EW_LIVE_ESTABLISHED, EW_LIVE_LAST_ACK, MS(6), "CLOSE_WAIT@3"},
	{"a FIN that never arrives says nothing to the other end",
	 {{MS(1), 0, F | A, 101, 501, 0, .is_lost = true}, {MS(5), 1, F | A, 501, 101, 0}},
	 1, EW_LIVE_ESTABLISHED, EW_LIVE_LAST_ACK, MS(6), ""},
	{"no change, no way",
	 {{MS(1), 1, F | A, 501, 101, 0}},
	 0, EW_LIVE_CLOSE_WAIT, EW_LIVE_LAST_ACK, MS(5), ""},
};

static void test_infer(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(stories); i++) {
		const struct story *story = &stories[i];
		struct live_passed passed[LIVE_PASSED_MAX];
		g_autoptr(GString) s = g_string_new(NULL);
		struct live_history h;

		live_history_init(&h);
		for (int k = 0; k < 8 && story->packets[k].time; k++)
			live_history_add(&h, &story->packets[k]);
		int n = live_history_infer(&h, story->side, story->before, story->after,
					   story->until, passed);
		for (int k = 0; k < n; k++)
			g_string_append_printf(s, "%s%s@%d", k ? " " : "",
					       ew_live_state_name(passed[k].state),
					       (int)((passed[k].time + 500) / 1000000));
		g_test_message("%s", story->name);
		g_assert_cmpstr(s->str, ==, story->between);
		live_history_clear(&h);
	}
}

/* Of a long transfer only the packets that tell of states are kept. */
static void test_history_is_short(void)
{
	struct live_history h;

	live_history_init(&h);
	live_history_add(&h, &(struct live_seen){1, 0, S, 100, 0, 0});
	live_history_add(&h, &(struct live_seen){2, 1, S | A, 500, 101, 0});
	for (int i = 0; i < 10000; i++) {
		live_history_add(&h, &(struct live_seen){3 + i, 0, A, 101 + (guint)i, 501, 1});
		live_history_add(&h, &(struct live_seen){3 + i, 1, A, 501, 102 + (guint)i, 0});
	}
	live_history_add(&h, &(struct live_seen){20000, 0, F | A, 10101, 501, 0});
	live_history_add(&h, &(struct live_seen){20001, 1, A, 501, 10102, 0});
	live_history_add(&h, &(struct live_seen){20002, 1, A, 501, 10102, 0});
	g_assert_cmpuint(h.packets->len, <=, 6);
	live_history_clear(&h);
}

/* ---- a socket that is missed ----------------------------------------------------------------- */

static struct ew_live_event sample(int64_t us, enum ew_live_state state, enum ew_live_timer timer)
{
	return (struct ew_live_event){.side = 1, .time = NS_PER_MS * us / 1000, .since = us, .state = state, .timer = timer};
}

/* Between a socket and its timewait socket there may seem to be none; one that stays away has gone when it was missed
 * first; and one that only has its ports is not it. */
static void test_missed(void)
{
	struct live_connection c = {0};
	struct ew_live_event e = sample(1000, EW_LIVE_FIN_WAIT1, EW_LIVE_TIMER_RTO);

	g_assert_true(live_socket_is_certain(&c, &e));
	e = sample(1300, EW_LIVE_GONE, EW_LIVE_TIMER_NONE);
	g_assert_false(live_socket_is_certain(&c, &e));
	g_assert_cmpint(c.missed[1].time, !=, 0);
	g_assert_cmpint(c.missed[0].time, ==, 0);
	e = sample(1600, EW_LIVE_FIN_WAIT2, EW_LIVE_TIMER_TIMEWAIT);
	g_assert_true(live_socket_is_certain(&c, &e));
	g_assert_cmpint(e.state, ==, EW_LIVE_FIN_WAIT2);
	g_assert_cmpint(e.since, ==, 1600);

	e = sample(2000, EW_LIVE_GONE, EW_LIVE_TIMER_NONE);
	g_assert_false(live_socket_is_certain(&c, &e));
	e = sample(2999, EW_LIVE_GONE, EW_LIVE_TIMER_NONE);
	g_assert_false(live_socket_is_certain(&c, &e));
	e = sample(3000, EW_LIVE_GONE, EW_LIVE_TIMER_NONE);
	g_assert_true(live_socket_is_certain(&c, &e));
	g_assert_cmpint(e.state, ==, EW_LIVE_GONE);
	g_assert_cmpint(e.since, ==, 2000);

	e = sample(4000, EW_LIVE_GONE, EW_LIVE_TIMER_NONE);
	g_assert_false(live_socket_is_certain(&c, &e));
	e = sample(4100, EW_LIVE_SYN_SENT, EW_LIVE_TIMER_RTO);
	g_assert_true(live_socket_is_certain(&c, &e));
	g_assert_cmpint(e.state, ==, EW_LIVE_GONE);
	g_assert_cmpint(e.since, ==, 4000);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/observe/counters", test_counters);
	g_test_add_func("/observe/counters-missing", test_counters_missing);
	g_test_add_func("/observe/counter-table", test_counter_table);
	g_test_add_func("/observe/process", test_process);
	g_test_add_func("/observe/lines", test_lines);
	g_test_add_func("/observe/cut-frames", test_cut_frames);
	g_test_add_func("/observe/pcap", test_pcap);
	g_test_add_func("/observe/infer", test_infer);
	g_test_add_func("/observe/history-is-short", test_history_is_short);
	g_test_add_func("/observe/missed", test_missed);
	return g_test_run();
}
