/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The wire between two hosts, alone: real sockets of this process on both ends, frames held,
 * stepped, dropped, doubled and lost. live_wire TEST. Each runs in a child that enters namespaces
 * of its own; exits 77, with the reason, where those are forbidden.
 */
#include "../check.h"
#include "live/internal.h"
#include "live/wire.h"

#include <errno.h>
#include <grp.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define A    0
#define B    1

/* ---- a wire with a connection on it ---------------------------------------------------------- */

struct seen {
	GString *words; /* "A SYN, B SYN, A ACK": each frame as it left */
	int fates[EW_LIVE_FATES];
	int others; /* neither TCP nor IPv6's reports of groups */
	int64_t last;
};

struct bench {
	struct live_wire *wire;
	struct seen seen;
	int family;
	int a, b; /* the connection */
};

static void on_frame(const struct live_transit *f, void *data)
{
	struct seen *s = data;

	CHECK(f->time >= f->left, "a frame met its fate before it left");
	CHECK(f->time >= s->last, "time goes back");
	s->last = f->time;
	if (!f->is_tcp) {
		s->others += !f->frame.is_ipv6;
		return;
	}
	s->fates[f->fate]++;
	if (f->was_held)
		return;
	g_string_append_printf(s->words, "%s%c %s", s->words->len ? ", " : "", 'A' + f->side,
			       ew_live_packet_word(f->frame.flags, f->frame.length));
}

/* Passes frames on until nothing has come for a while, or for as long as that at least. */
static void run_for(struct bench *w, int quiet_ms)
{
	for (;;) {
		struct pollfd p = {.fd = live_wire_fd(w->wire), .events = POLLIN};

		if (poll(&p, 1, quiet_ms) <= 0)
			return;
		live_wire_pump(w->wire);
	}
}

static void run_exactly(struct bench *w, int ms)
{
	int64_t until = live_now() + ms * NS_PER_MS;

	while (live_now() < until) {
		struct pollfd p = {.fd = live_wire_fd(w->wire), .events = POLLIN};

		poll(&p, 1, 10);
		live_wire_pump(w->wire);
	}
}

static void expect_words(struct bench *w, const char *words)
{
	CHECK(!strcmp(w->seen.words->str, words), "on the wire: %s; expected: %s",
	      w->seen.words->str, words);
	g_string_truncate(w->seen.words, 0);
}

static int socket_on(struct bench *w, int side)
{
	CHECK(live_wire_enter(w->wire, side));
	int fd = socket(w->family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	CHECK(live_wire_enter(w->wire, -1));
	CHECK(fd >= 0, "%s", strerror(errno));
	return fd;
}

/* A listens, B connects. */
static void connect_both(struct bench *w)
{
	struct sockaddr_storage address;
	socklen_t size = live_wire_address(A, w->family, &address);
	int listener = socket_on(w, A), flag = 1;

	CHECK(bind(listener, (struct sockaddr *)&address, size) == 0, "%s", strerror(errno));
	CHECK(listen(listener, 1) == 0);
	CHECK(getsockname(listener, (struct sockaddr *)&address, &size) == 0);
	w->b = socket_on(w, B);
	CHECK(connect(w->b, (struct sockaddr *)&address, size) < 0 && errno == EINPROGRESS, "%s",
	      strerror(errno));
	run_for(w, 100);
	w->a = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	CHECK(w->a >= 0, "no connection came up: %s", strerror(errno));
	close(listener);
	setsockopt(w->a, IPPROTO_TCP, TCP_QUICKACK, &flag, sizeof(flag));
	expect_words(w, "B SYN, A SYN, B ACK");
}

static void lay(struct bench *w, int family)
{
	g_autoptr(GError) error = NULL;

	*w = (struct bench){.family = family, .a = -1, .b = -1};
	w->seen.words = g_string_new(NULL);
	w->wire = live_wire_new(&error);
	CHECK(w->wire, "%s", error->message);
	live_wire_watch(w->wire, on_frame, &w->seen);
	run_for(w, 20);
}

static void set_up(struct bench *w, int family)
{
	lay(w, family);
	connect_both(w);
}

static void clear(struct bench *w)
{
	CHECK(live_wire_overruns(w->wire) == 0);
	close(w->a);
	close(w->b);
	live_wire_free(w->wire);
	g_string_free(w->seen.words, TRUE);
}

static enum ew_live_state state_of(int fd)
{
	struct tcp_info info = {0};
	socklen_t size = sizeof(info);

	CHECK(getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0, "%s", strerror(errno));
	return info.tcpi_state;
}

static void expect_states(const struct bench *w, enum ew_live_state a, enum ew_live_state b)
{
	CHECK(state_of(w->a) == a && state_of(w->b) == b,
	      "A is %s, expected %s; B is %s, expected %s", ew_live_state_name(state_of(w->a)),
	      ew_live_state_name(a), ew_live_state_name(state_of(w->b)), ew_live_state_name(b));
}

static int count_held(const struct bench *w)
{
	int n = 0;

	while (live_wire_held(w->wire, (unsigned)n))
		n++;
	return n;
}

static void step(struct bench *w, int side)
{
	CHECK(live_wire_step(w->wire, side, LIVE_MATCH_ANY), "nothing is held");
	run_for(w, 20);
}

/* ---- the tests ------------------------------------------------------------------------------- */

static void pass(int family)
{
	static char bytes[100000];
	struct bench w;
	size_t got = 0, sent = 0;

	set_up(&w, family);
	CHECK(w.seen.others == 0, "%d frames that are no TCP", w.seen.others);
	/* more than one segment: all arrive whole, and with good checksums */
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)(i * 7 % 251);
	for (int tries = 0; got < sizeof(bytes) && tries < 1000; tries++) {
		char part[8192];
		if (sent < sizeof(bytes)) {
			ssize_t n = send(w.b, bytes + sent, sizeof(bytes) - sent, MSG_NOSIGNAL);
			sent += n > 0 ? (size_t)n : 0;
		}
		run_for(&w, 1);
		ssize_t n = recv(w.a, part, sizeof(part), 0);
		for (ssize_t i = 0; i < n; i++)
			CHECK(part[i] == (char)((got + (size_t)i) * 7 % 251));
		got += n > 0 ? (size_t)n : 0;
	}
	CHECK(got == sizeof(bytes), "%zu bytes arrived", got);
	g_string_truncate(w.seen.words, 0);
	shutdown(w.a, SHUT_WR);
	run_for(&w, 100);
	expect_words(&w, "A FIN, B ACK");
	expect_states(&w, EW_LIVE_FIN_WAIT2, EW_LIVE_CLOSE_WAIT);
	CHECK(w.seen.fates[EW_LIVE_FATE_HELD] == 0 && w.seen.fates[EW_LIVE_FATE_DROPPED] == 0);
	clear(&w);
}

static void test_pass(void)
{
	pass(AF_INET);
	pass(AF_INET6);
}

/* RFC 9293, figure 12: each state stands still until the next frame goes on. */
static void test_step(void)
{
	struct bench w;

	set_up(&w, AF_INET);
	live_wire_hold(w.wire);
	CHECK(!live_wire_step(w.wire, -1, LIVE_MATCH_ANY));
	shutdown(w.a, SHUT_WR);
	run_for(&w, 20);
	CHECK(count_held(&w) == 1 && live_wire_held(w.wire, 0)->side == A);
	expect_states(&w, EW_LIVE_FIN_WAIT1, EW_LIVE_ESTABLISHED);
	step(&w, -1);
	expect_states(&w, EW_LIVE_FIN_WAIT1, EW_LIVE_CLOSE_WAIT);
	run_for(&w, 60); /* for a delayed ACK */
	step(&w, B);
	expect_states(&w, EW_LIVE_FIN_WAIT2, EW_LIVE_CLOSE_WAIT);
	shutdown(w.b, SHUT_WR);
	run_for(&w, 20);
	expect_states(&w, EW_LIVE_FIN_WAIT2, EW_LIVE_LAST_ACK);
	CHECK(!live_wire_step(w.wire, A, LIVE_MATCH_ANY));
	CHECK(!live_wire_step(w.wire, B, LIVE_MATCH_RST));
	step(&w, B);
	/* the socket has become a timewait socket; what the descriptor has left is closed */
	expect_states(&w, EW_LIVE_CLOSE, EW_LIVE_LAST_ACK);
	step(&w, A);
	expect_states(&w, EW_LIVE_CLOSE, EW_LIVE_CLOSE);
	CHECK(count_held(&w) == 0);
	expect_words(&w, "A FIN, B ACK, B FIN, A ACK");
	CHECK(w.seen.fates[EW_LIVE_FATE_HELD] == 4);
	clear(&w);
}

/* RFC 9293, figure 13: both FINs are on their way at once. */
static void test_closing(void)
{
	struct bench w;

	set_up(&w, AF_INET6);
	live_wire_hold(w.wire);
	shutdown(w.a, SHUT_WR);
	shutdown(w.b, SHUT_WR);
	run_for(&w, 20);
	expect_states(&w, EW_LIVE_FIN_WAIT1, EW_LIVE_FIN_WAIT1);
	CHECK(count_held(&w) == 2);
	step(&w, A);
	expect_states(&w, EW_LIVE_FIN_WAIT1, EW_LIVE_CLOSING);
	CHECK(live_wire_step(w.wire, B, LIVE_MATCH_FIN));
	run_for(&w, 60);
	expect_states(&w, EW_LIVE_CLOSING, EW_LIVE_CLOSING);
	expect_words(&w, "A FIN, B FIN, B ACK, A ACK");
	live_wire_pass(w.wire);
	CHECK(!live_wire_is_holding(w.wire) && count_held(&w) == 0);
	run_for(&w, 20);
	expect_states(&w, EW_LIVE_CLOSE, EW_LIVE_CLOSE);
	clear(&w);
}

static void test_drop(void)
{
	struct bench w;

	/* twice, then it comes through: retransmissions after 200 and 400 ms */
	set_up(&w, AF_INET);
	live_wire_drop(w.wire, A, LIVE_MATCH_FIN, 2);
	shutdown(w.a, SHUT_WR);
	run_exactly(&w, 1000);
	expect_words(&w, "A FIN, A FIN, A FIN, B ACK");
	CHECK(w.seen.fates[EW_LIVE_FATE_DROPPED] == 2);
	expect_states(&w, EW_LIVE_FIN_WAIT2, EW_LIVE_CLOSE_WAIT);
	/* the rule was of the other side, and of FIN: data and the FIN of B go through */
	live_wire_drop(w.wire, A, LIVE_MATCH_FIN, 0);
	CHECK(send(w.b, "x", 1, 0) == 1);
	run_for(&w, 100);
	shutdown(w.b, SHUT_WR);
	run_for(&w, 100);
	expect_states(&w, EW_LIVE_CLOSE, EW_LIVE_CLOSE);
	CHECK(w.seen.fates[EW_LIVE_FATE_DROPPED] == 2);
	clear(&w);

	/* for good, until it is forgotten */
	set_up(&w, AF_INET);
	live_wire_drop(w.wire, -1, LIVE_MATCH_FIN, 0);
	shutdown(w.a, SHUT_WR);
	run_exactly(&w, 900);
	CHECK(w.seen.fates[EW_LIVE_FATE_DROPPED] >= 3, "%d", w.seen.fates[EW_LIVE_FATE_DROPPED]);
	expect_states(&w, EW_LIVE_FIN_WAIT1, EW_LIVE_ESTABLISHED);
	live_wire_forget(w.wire);
	run_exactly(&w, 2000);
	expect_states(&w, EW_LIVE_FIN_WAIT2, EW_LIVE_CLOSE_WAIT);
	clear(&w);
}

/* What is held already is dropped first, and counts. */
static void test_drop_held(void)
{
	g_autoptr(GError) error = NULL;
	struct bench w;

	/* without tail loss probes, which would send the FIN again within milliseconds */
	lay(&w, AF_INET);
	CHECK(live_wire_slow(w.wire, 200, &error), "%s", error->message);
	connect_both(&w);
	live_wire_hold(w.wire);
	CHECK(send(w.a, "x", 1, 0) == 1);
	run_for(&w, 20);
	shutdown(w.a, SHUT_WR);
	run_for(&w, 20);
	CHECK(count_held(&w) == 2, "%d: %s", count_held(&w), w.seen.words->str);
	live_wire_drop(w.wire, A, LIVE_MATCH_FIN, 1);
	CHECK(count_held(&w) == 1 && w.seen.fates[EW_LIVE_FATE_DROPPED] == 1);
	live_wire_pass(w.wire);
	run_exactly(&w, 1000);
	CHECK(w.seen.fates[EW_LIVE_FATE_DROPPED] == 1);
	expect_states(&w, EW_LIVE_FIN_WAIT2, EW_LIVE_CLOSE_WAIT);
	clear(&w);
}

static void test_double(void)
{
	struct bench w;
	char bytes[4];

	set_up(&w, AF_INET);
	live_wire_double(w.wire, B, LIVE_MATCH_DATA, 1);
	CHECK(send(w.b, "x", 1, 0) == 1);
	run_for(&w, 100);
	CHECK(w.seen.fates[EW_LIVE_FATE_DOUBLED] == 1);
	CHECK(recv(w.a, bytes, sizeof(bytes), 0) == 1, "the byte was taken twice");
	/* RFC 9293, 3.10.7.4: a segment that is not acceptable is answered with an ACK */
	expect_words(&w, "B DATA, A ACK, A ACK");
	clear(&w);
}

static void test_link(void)
{
	struct bench w;

	set_up(&w, AF_INET);
	live_wire_link(w.wire, false);
	CHECK(send(w.b, "x", 1, 0) == 1);
	run_exactly(&w, 500);
	CHECK(w.seen.fates[EW_LIVE_FATE_LOST] >= 2);
	expect_states(&w, EW_LIVE_ESTABLISHED, EW_LIVE_ESTABLISHED);
	live_wire_link(w.wire, true);
	run_exactly(&w, 1200);
	char byte;
	CHECK(recv(w.a, &byte, 1, 0) == 1 && byte == 'x');
	clear(&w);
}

/* Nothing is sent again while a reader thinks. */
static void test_slow(void)
{
	g_autoptr(GError) error = NULL;
	struct bench w;

	lay(&w, AF_INET);
	CHECK(live_wire_slow(w.wire, 60000, &error), "%s", error->message);
	connect_both(&w);
	live_wire_hold(w.wire);
	shutdown(w.a, SHUT_WR);
	run_exactly(&w, 1500);
	expect_words(&w, "A FIN");
	clear(&w);
}

/* A host without its address cannot say anything any more. */
static void test_address(void)
{
	g_autoptr(GError) error = NULL;
	struct bench w;

	set_up(&w, AF_INET);
	CHECK(live_wire_remove_address(w.wire, A, &error), "%s", error->message);
	CHECK(!live_wire_remove_address(w.wire, A, NULL));
	shutdown(w.a, SHUT_WR);
	run_exactly(&w, 700);
	expect_words(&w, "");
	expect_states(&w, EW_LIVE_FIN_WAIT1, EW_LIVE_ESTABLISHED);
	clear(&w);
}

/* An orphan keeps its namespace; a RST from the wire ends it. */
static void test_abandon(void)
{
	struct bench w;

	set_up(&w, AF_INET6);
	live_wire_drop(w.wire, A, LIVE_MATCH_FIN, 0);
	close(w.a);
	w.a = -1;
	live_wire_abandon(w.wire, A);
	CHECK(!live_wire_enter(w.wire, A) && errno == ESTALE);
	run_exactly(&w, 500);
	CHECK(live_wire_exists(w.wire, A));
	live_wire_reset(w.wire, A);
	for (int i = 0; i < 300 && live_wire_exists(w.wire, A); i++)
		usleep(10000);
	CHECK(!live_wire_exists(w.wire, A), "the orphan still keeps its namespace");
	CHECK(live_wire_exists(w.wire, B));
	CHECK(send(w.b, "x", 1, 0) == 1);
	run_exactly(&w, 50);
	clear(&w);
}

static void test_words(void)
{
	enum live_match match;

	for (int i = 0; i < LIVE_MATCHES; i++)
		CHECK(live_match_parse(live_match_name(i), &match) && (int)match == i);
	CHECK(!live_match_parse("FINN", &match) && !live_match_parse("", &match));
}

/* ---- running them ---------------------------------------------------------------------------- */

static void become_plain_user(void)
{
	if (geteuid() != 0)
		return;
	CHECK(setgroups(0, NULL) == 0 && setresgid(65534, 65534, 65534) == 0 &&
	      setresuid(65534, 65534, 65534) == 0);
	CHECK(prctl(PR_SET_DUMPABLE, 1) == 0);
}

static void enter(void)
{
	ew_auto(live_experiment) x = live_experiment_new("wire");
	g_autoptr(GError) error = NULL;
	struct ew_live_event event;
	struct live_stage stage;

	if (live_stage_enter(&stage, x, &event, &error))
		return;
	printf("skipped: %s\n", error->message);
	exit(SKIP);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*test)(void);
	} tests[] = {
		{"words", test_words},	   {"pass", test_pass},	      {"step", test_step},
		{"closing", test_closing}, {"drop", test_drop},	      {"drop-held", test_drop_held},
		{"double", test_double},   {"link", test_link},	      {"slow", test_slow},
		{"address", test_address}, {"abandon", test_abandon},
	};
	bool is_plain = argc == 3 && !strcmp(argv[2], "plain-user");

	CHECK(argc == 2 || is_plain, "usage: live_wire TEST [plain-user]");
	if (is_plain)
		become_plain_user();
	enter();
	for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
		if (!strcmp(argv[1], tests[i].name)) {
			tests[i].test();
			return 0;
		}
	}
	CHECK(false, "no test %s", argv[1]);
	return 1;
}
