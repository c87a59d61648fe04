/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sockets: answers of sock_diag as the kernel lays them out, a /proc of the test's own, and what follows. */
#include "sockets/internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <glib/gstdio.h>
#include <libmnl/libmnl.h>
#include <linux/tcp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- messages -------------------------------------------------------------------------------- */

struct message {
	char bytes[1024] __attribute__((aligned(8)));
	struct nlmsghdr *h;
	struct inet_diag_msg *m;
};

static void begin(struct message *x, int family, int state)
{
	memset(x, 0, sizeof(*x));
	x->h = mnl_nlmsg_put_header(x->bytes);
	x->m = mnl_nlmsg_put_extra_header(x->h, sizeof(*x->m));
	x->m->idiag_family = (uint8_t)family;
	x->m->idiag_state = (uint8_t)state;
	x->m->id.idiag_sport = htons(80);
	x->m->id.idiag_dport = htons(40000);
	x->m->id.idiag_src[0] = inet_addr("10.0.0.1");
	x->m->id.idiag_dst[0] = inet_addr("10.0.0.2");
}

static void test_message_full(void)
{
	struct tcp_info info = {.tcpi_last_data_sent = 1, .tcpi_last_data_recv = 90000,
				.tcpi_last_ack_recv = 70000};
	struct message x;
	struct ew_socket k;
	uint32_t least, most;

	begin(&x, AF_INET, 8);
	x.m->idiag_timer = 4;
	x.m->idiag_expires = 1234;
	x.m->idiag_rqueue = 1;
	x.m->idiag_wqueue = 5000;
	x.m->idiag_inode = 4711;
	x.m->idiag_uid = 1000;
	mnl_attr_put(x.h, INET_DIAG_SHUTDOWN, 1, "\1");
	mnl_attr_put(x.h, INET_DIAG_INFO, sizeof(info), &info);
	struct nlattr *nest = mnl_attr_nest_start(x.h, INET_DIAG_ULP_INFO);
	mnl_attr_put_strz(x.h, INET_ULP_INFO_NAME, "tls");
	mnl_attr_nest_end(x.h, nest);
	g_assert_true(sockets_read_message(x.h, &k));
	g_assert_cmpint(k.state, ==, EW_LIVE_CLOSE_WAIT);
	g_assert_cmpint(k.object, ==, EW_SOCKET_FULL);
	g_assert_cmpint(k.timer, ==, EW_LIVE_TIMER_PERSIST);
	g_assert_cmpuint(k.expires_ms, ==, 1234);
	g_assert_cmpuint(k.receive_queue, ==, 1);
	g_assert_cmpuint(k.send_queue, ==, 5000);
	g_assert_cmpuint(k.inode, ==, 4711);
	g_assert_cmpuint(k.shutdown, ==, 1);
	g_assert_cmpuint(k.local.port, ==, 80);
	g_assert_cmpuint(k.peer.port, ==, 40000);
	g_assert_cmpstr(k.ulp, ==, "tls");
	g_assert_true(ew_socket_close_wait(&k, &least, &most));
	g_assert_cmpuint(least, ==, 70000);
	g_assert_cmpuint(most, ==, 90000);
}

static void test_message_small(void)
{
	struct message x;
	struct ew_socket k;

	begin(&x, AF_INET, 5); /* FIN_WAIT2 of a timewait socket */
	x.m->idiag_timer = 3;
	x.m->idiag_expires = 59000;
	g_assert_true(sockets_read_message(x.h, &k));
	g_assert_cmpint(k.object, ==, EW_SOCKET_TIMEWAIT);
	g_assert_false(ew_socket_is_orphan(&k));

	begin(&x, AF_INET6, 3);
	x.m->idiag_timer = 1;
	g_assert_true(sockets_read_message(x.h, &k));
	g_assert_cmpint(k.object, ==, EW_SOCKET_REQUEST);
	g_assert_cmpstr(ew_socket_timer_name(&k), ==, "syn-ack");
	g_assert_false(ew_socket_is_unaccepted(&k));

	begin(&x, AF_INET, 200); /* a state of a kernel to come is none of ours */
	g_assert_true(sockets_read_message(x.h, &k));
	g_assert_cmpint(k.state, ==, EW_LIVE_SYN_RECV);
}

static void test_message_bad(void)
{
	struct message x;
	struct ew_socket k;
	const uint32_t three[3] = {0};

	begin(&x, AF_UNIX, 1);
	g_assert_false(sockets_read_message(x.h, &k));
	memset(&x, 0, sizeof(x));
	x.h = mnl_nlmsg_put_header(x.bytes);
	mnl_nlmsg_put_extra_header(x.h, 8);
	g_assert_false(sockets_read_message(x.h, &k));
	/* attributes that are shorter than they should be say nothing */
	begin(&x, AF_INET, 1);
	mnl_attr_put(x.h, INET_DIAG_INFO, sizeof(three), three);
	mnl_attr_put(x.h, INET_DIAG_SHUTDOWN, 0, "");
	g_assert_true(sockets_read_message(x.h, &k));
	g_assert_false(k.has_info);
	g_assert_cmpuint(k.shutdown, ==, 0);
}

/* ---- addresses ------------------------------------------------------------------------------- */

static void check_address(const char *text, const char *back)
{
	g_autoptr(GError) error = NULL;
	struct ew_socket_address a;
	char again[64];

	g_assert_true(ew_socket_address_parse(text, &a, &error));
	g_assert_no_error(error);
	ew_socket_address_text(&a, again, sizeof(again));
	g_assert_cmpstr(again, ==, back);
}

static void test_addresses(void)
{
	static const char *const bad[] = {"",	     "80",	   "10.0.0.1",	  "10.0.0.1:",
					  "1.2.3:80",	"::1:80",  "[::1]",	  "[::1]80:1",
					  "a.b:80",	"1.2.3.4:65536", "1.2.3.4:-1", "[]:80",
					  "[1.2.3.4]:80", "1.2.3.4:8 0", "[:80", "]:80"};
	struct ew_socket_address a, b;

	check_address("127.0.0.1:80", "127.0.0.1:80");
	check_address("[::1]:65535", "[::1]:65535");
	check_address("[fe80::1%eth0]:80", "[fe80::1]:80");
	check_address(":80", "0.0.0.0:80");
	check_address("*:80", "0.0.0.0:80");
	check_address("*", "*");
	check_address("*:*", "*");
	check_address("0.0.0.0:*", "*");
	check_address("[::]:0", "*");
	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;

		if (ew_socket_address_parse(bad[i], &a, &error))
			g_error("\"%s\" was taken", bad[i]);
		g_assert_error(error, EW_ERROR, EW_ERROR_USAGE);
	}
	g_assert_true(ew_socket_address_parse("127.0.0.1:80", &a, NULL));
	g_assert_true(ew_socket_address_parse("[::ffff:127.0.0.1]:80", &b, NULL));
	g_assert_true(ew_socket_address_equal(&a, &b));
	g_assert_true(ew_socket_address_parse("[::ffff:127.0.0.2]:80", &b, NULL));
	g_assert_false(ew_socket_address_equal(&a, &b));
}

static void test_filter(void)
{
	struct ew_socket k = {.state = EW_LIVE_ESTABLISHED, .inode = 7};
	struct ew_socket listener = {.state = EW_LIVE_LISTEN, .inode = 8};
	struct ew_sockets_filter f = {0};

	g_assert_true(ew_socket_address_parse("[::1]:80", &k.local, NULL));
	g_assert_true(ew_socket_address_parse("[::1]:4000", &k.peer, NULL));
	listener.local = k.local;
	listener.peer.family = AF_INET6;
	g_assert_true(sockets_passes(&f, &k));
	f.port = 4000;
	g_assert_true(sockets_passes(&f, &k) && !sockets_passes(&f, &listener));
	f = (struct ew_sockets_filter){.states = 1 << EW_LIVE_LISTEN};
	g_assert_true(!sockets_passes(&f, &k) && sockets_passes(&f, &listener));
	f = (struct ew_sockets_filter){.inode = 7};
	g_assert_true(sockets_passes(&f, &k) && !sockets_passes(&f, &listener));
	/* any address of a port */
	f = (struct ew_sockets_filter){.has_peer = true};
	g_assert_true(ew_socket_address_parse(":80", &f.local, NULL));
	g_assert_true(ew_socket_address_parse(":4000", &f.peer, NULL));
	g_assert_true(sockets_passes(&f, &k) && !sockets_passes(&f, &listener));
	g_assert_true(ew_socket_address_parse(":4001", &f.peer, NULL));
	g_assert_false(sockets_passes(&f, &k));
	/* nobody is the peer of a listener alone */
	g_assert_true(ew_socket_address_parse("*", &f.peer, NULL));
	g_assert_true(!sockets_passes(&f, &k) && sockets_passes(&f, &listener));
	/* an address without its port */
	g_assert_true(ew_socket_address_parse("[::1]:*", &f.peer, NULL));
	g_assert_true(sockets_passes(&f, &k));
	g_assert_true(ew_socket_address_parse("[::2]:*", &f.peer, NULL));
	g_assert_false(sockets_passes(&f, &k));
}

/* ---- whose turn ------------------------------------------------------------------------------ */

static const struct {
	struct ew_socket k;
	enum ew_socket_turn turn;
	enum ew_socket_why why;
	unsigned hints; /* beside those of its holder */
} turns[] = {
	{{.state = EW_LIVE_LISTEN, .inode = 1, .send_queue = 128}, EW_TURN_NOBODY, EW_WHY_LISTENS, 0},
	{{.state = EW_LIVE_LISTEN, .inode = 1, .receive_queue = 128, .send_queue = 128},
	 EW_TURN_OWNER, EW_WHY_ACCEPT, 0},
	{{.state = EW_LIVE_LISTEN, .inode = 1, .receive_queue = 129, .send_queue = 128},
	 EW_TURN_OWNER, EW_WHY_ACCEPT, EW_HINT_BACKLOG},
	{{.state = EW_LIVE_SYN_SENT, .inode = 1, .timer = EW_LIVE_TIMER_RTO, .retransmits = 3},
	 EW_TURN_PEER_KERNEL, EW_WHY_SYN_SENT, EW_HINT_NO_ANSWER},
	{{.state = EW_LIVE_SYN_RECV, .object = EW_SOCKET_REQUEST, .timer = EW_LIVE_TIMER_RTO},
	 EW_TURN_PEER_KERNEL, EW_WHY_SYN_RECV, 0},
	{{.state = EW_LIVE_ESTABLISHED, .inode = 1}, EW_TURN_NOBODY, EW_WHY_IDLE, 0},
	{{.state = EW_LIVE_ESTABLISHED}, EW_TURN_LISTENER, EW_WHY_NOT_ACCEPTED, 0},
	{{.state = EW_LIVE_ESTABLISHED, .inode = 1, .receive_queue = 5}, EW_TURN_OWNER, EW_WHY_UNREAD, 0},
	{{.state = EW_LIVE_ESTABLISHED, .inode = 1, .send_queue = 5, .timer = EW_LIVE_TIMER_RTO},
	 EW_TURN_PEER_KERNEL, EW_WHY_UNACKNOWLEDGED, 0},
	{{.state = EW_LIVE_ESTABLISHED, .inode = 1, .send_queue = 5, .timer = EW_LIVE_TIMER_PERSIST},
	 EW_TURN_PEER, EW_WHY_WINDOW, EW_HINT_NOT_READ},
	{{.state = EW_LIVE_ESTABLISHED, .inode = 1, .send_queue = 5}, EW_TURN_KERNEL, EW_WHY_HELD_BACK, 0},
	{{.state = EW_LIVE_CLOSE_WAIT, .inode = 1, .receive_queue = 1}, EW_TURN_OWNER, EW_WHY_CLOSE_WAIT, 0},
	{{.state = EW_LIVE_CLOSE_WAIT, .inode = 1, .has_info = true, .since_ack = 59999,
	  .since_received = 70000}, EW_TURN_OWNER, EW_WHY_CLOSE_WAIT, 0},
	{{.state = EW_LIVE_CLOSE_WAIT, .inode = 1, .has_info = true, .since_ack = 60000,
	  .since_received = 70000}, EW_TURN_OWNER, EW_WHY_CLOSE_WAIT, EW_HINT_FORGOT_CLOSE},
	{{.state = EW_LIVE_CLOSE_WAIT, .has_info = true, .since_ack = 60000, .since_received = 70000},
	 EW_TURN_LISTENER, EW_WHY_NOT_ACCEPTED, 0},
	{{.state = EW_LIVE_FIN_WAIT1, .send_queue = 1, .timer = EW_LIVE_TIMER_RTO}, EW_TURN_PEER_KERNEL,
	 EW_WHY_FIN, 0},
	{{.state = EW_LIVE_FIN_WAIT1, .send_queue = 9, .timer = EW_LIVE_TIMER_PERSIST}, EW_TURN_PEER,
	 EW_WHY_WINDOW, EW_HINT_ORPHAN_NOT_READ},
	{{.state = EW_LIVE_FIN_WAIT1, .inode = 1, .send_queue = 9, .timer = EW_LIVE_TIMER_PERSIST},
	 EW_TURN_PEER, EW_WHY_WINDOW, EW_HINT_NOT_READ},
	{{.state = EW_LIVE_FIN_WAIT2, .inode = 1}, EW_TURN_PEER, EW_WHY_PEERS_FIN, EW_HINT_HALF_CLOSED},
	{{.state = EW_LIVE_FIN_WAIT2, .object = EW_SOCKET_TIMEWAIT, .timer = EW_LIVE_TIMER_TIMEWAIT},
	 EW_TURN_PEER, EW_WHY_PEERS_FIN_TIMED, 0},
	{{.state = EW_LIVE_TIME_WAIT, .object = EW_SOCKET_TIMEWAIT, .timer = EW_LIVE_TIMER_TIMEWAIT},
	 EW_TURN_KERNEL, EW_WHY_TIME_WAIT, 0},
	{{.state = EW_LIVE_LAST_ACK, .send_queue = 1, .timer = EW_LIVE_TIMER_RTO, .retransmits = 4},
	 EW_TURN_PEER_KERNEL, EW_WHY_FIN, EW_HINT_NO_ANSWER},
	{{.state = EW_LIVE_CLOSING, .send_queue = 1, .timer = EW_LIVE_TIMER_RTO}, EW_TURN_PEER_KERNEL,
	 EW_WHY_FIN, 0},
	{{.state = EW_LIVE_CLOSE, .inode = 1}, EW_TURN_OWNER, EW_WHY_UNCONNECTED, 0},
};

static struct ew_sockets *sockets_of(const struct ew_socket *k, int count)
{
	struct ew_sockets *s = g_new0(struct ew_sockets, 1);

	s->sockets = g_array_new(FALSE, FALSE, sizeof(struct ew_socket));
	s->holders = g_array_new(FALSE, FALSE, sizeof(struct ew_socket_holder));
	s->names = g_string_chunk_new(64);
	g_array_append_vals(s->sockets, k, (guint)count);
	return s;
}

static void test_turns(void)
{
	const unsigned of_holders = EW_HINT_NO_HOLDER | EW_HINT_HOLDER_UNSEEN;

	for (size_t i = 0; i < G_N_ELEMENTS(turns); i++) {
		ew_auto(sockets) s = sockets_of(&turns[i].k, 1);
		enum ew_socket_why why;
		enum ew_socket_turn turn = ew_socket_turn(&turns[i].k, &why);
		unsigned hints = ew_socket_hints(s, &turns[i].k, 60) & ~of_holders;

		if (turn != turns[i].turn || why != turns[i].why || hints != turns[i].hints)
			g_error("row %zu (%s): turn %s, why %d, hints %x", i,
				ew_live_state_name(turns[i].k.state), ew_socket_turn_name(turn), why, hints);
	}
	g_assert_cmpstr(ew_socket_turn_name(99), ==, "unknown");
	g_assert_cmpstr(ew_socket_hint_name(99), ==, "unknown");
}

static void test_holder_hints(void)
{
	struct ew_socket k = {.state = EW_LIVE_ESTABLISHED, .inode = 5};
	struct ew_socket_holder a = {.inode = 5, .pid = 10, .fd = 3}, b = {.inode = 5, .pid = 10, .fd = 4},
				c = {.inode = 5, .pid = 11, .fd = 3};
	ew_auto(sockets) s = sockets_of(&k, 1);

	g_assert_cmpuint(ew_socket_hints(s, ew_sockets_at(s, 0), 60), ==, EW_HINT_NO_HOLDER);
	/* what was not looked into may hold it */
	s->walk.refused = 1;
	g_assert_cmpuint(ew_socket_hints(s, ew_sockets_at(s, 0), 60), ==, EW_HINT_HOLDER_UNSEEN);
	s->walk = (struct ew_sockets_walk){.is_hidden = true};
	g_assert_cmpuint(ew_socket_hints(s, ew_sockets_at(s, 0), 60), ==, EW_HINT_HOLDER_UNSEEN);
	s->walk = (struct ew_sockets_walk){.is_contained = true};
	g_assert_cmpuint(ew_socket_hints(s, ew_sockets_at(s, 0), 60), ==, EW_HINT_HOLDER_UNSEEN);
	s->walk = (struct ew_sockets_walk){.problem = "/proc: no"};
	g_assert_cmpuint(ew_socket_hints(s, ew_sockets_at(s, 0), 60), ==, EW_HINT_HOLDER_UNSEEN);
	s->walk = (struct ew_sockets_walk){0};
	g_strlcpy(ew_sockets_at(s, 0)->ulp, "mptcp", sizeof(k.ulp));
	g_assert_cmpuint(ew_socket_hints(s, ew_sockets_at(s, 0), 60), ==, EW_HINT_MPTCP);
	/* twice in one process is not several */
	g_array_append_val(s->holders, b);
	g_array_append_val(s->holders, a);
	sockets_assign(s);
	g_assert_cmpint(ew_sockets_at(s, 0)->holder_count, ==, 2);
	g_assert_cmpint(ew_sockets_holder(s, ew_sockets_at(s, 0), 0)->fd, ==, 3);
	g_assert_cmpuint(ew_socket_hints(s, ew_sockets_at(s, 0), 60), ==, 0);
	g_array_append_val(s->holders, c);
	sockets_assign(s);
	g_assert_cmpuint(ew_socket_hints(s, ew_sockets_at(s, 0), 60), ==, EW_HINT_SEVERAL);
}

/* ---- the walk -------------------------------------------------------------------------------- */

/* A directory that looks like /proc as far as the walk looks. */
static char *proc_root;

static void add_file(const char *path, const char *text)
{
	g_autofree char *file = g_build_filename(proc_root, path, NULL);
	g_autofree char *directory = g_path_get_dirname(file);

	g_assert_cmpint(g_mkdir_with_parents(directory, 0700), ==, 0);
	g_assert_true(g_file_set_contents(file, text, -1, NULL));
}

static void add_link(const char *path, const char *target)
{
	g_autofree char *link = g_build_filename(proc_root, path, NULL);
	g_autofree char *directory = g_path_get_dirname(link);

	g_assert_cmpint(g_mkdir_with_parents(directory, 0700), ==, 0);
	g_assert_cmpint(symlink(target, link), ==, 0);
}

static void remove_tree(const char *path)
{
	g_autoptr(GDir) d = g_dir_open(path, 0, NULL);

	for (const char *name; d && (name = g_dir_read_name(d));) {
		g_autofree char *inner = g_build_filename(path, name, NULL);

		if (g_file_test(inner, G_FILE_TEST_IS_DIR) && !g_file_test(inner, G_FILE_TEST_IS_SYMLINK))
			remove_tree(inner);
		else
			g_unlink(inner);
	}
	g_rmdir(path);
}

static struct ew_sockets *walk(const uint32_t *wanted, int count)
{
	g_autoptr(GHashTable) inodes = g_hash_table_new(NULL, NULL);
	struct ew_sockets *s = sockets_of(NULL, 0);

	for (int i = 0; i < count; i++) {
		struct ew_socket k = {.state = EW_LIVE_ESTABLISHED, .inode = wanted[i]};

		g_array_append_val(s->sockets, k);
		g_hash_table_add(inodes, GUINT_TO_POINTER(wanted[i]));
	}
	sockets_walk(proc_root, inodes, s);
	sockets_assign(s);
	return s;
}

static char *holders_text(const struct ew_sockets *s, guint i)
{
	GString *text = g_string_new(NULL);

	for (int h = 0; h < ew_sockets_at(s, i)->holder_count; h++) {
		const struct ew_socket_holder *x = ew_sockets_holder(s, ew_sockets_at(s, i), h);

		g_string_append_printf(text, "%s%s/%d/%d/%d/%d", h ? " " : "", x->name, x->pid, x->thread,
				       x->fd, x->ring);
	}
	return g_string_free(text, FALSE);
}

static void test_walk(char *fixture, const void *data)
{
	const uint32_t wanted[] = {100, 101, 102, 103, 4294967295U};
	static const char *const expected[] = {"web/10/0/3/-1 web/10/0/7/-1 worker/11/0/3/-1", "",
					       "ring/12/0/-1/5", "led/13/14/9/-1", "web/10/0/8/-1"};

	add_link("self", "10");
	add_file("1/comm", "init\n");
	add_file("1/fd/.keep", "");
	add_file("10/comm", "web\n");
	add_link("10/fd/3", "socket:[100]");
	add_link("10/fd/4", "/dev/null");
	add_link("10/fd/5", "socket:[1]");
	add_link("10/fd/6", "socket:[100x]");
	add_link("10/fd/7", "socket:[100]");
	add_link("10/fd/8", "socket:[4294967295]");
	add_link("10/fd/9", "socket:[42949672960]");
	add_link("10/fd/11", "socket:[]");
	add_file("11/comm", "worker\n");
	add_link("11/fd/3", "socket:[100]");
	add_file("12/comm", "ring\n");
	add_link("12/fd/5", "anon_inode:[io_uring]");
	add_file("12/fdinfo/5", "pos:\t0\nUserFiles:\t2\n    0: socket:[102]\n    1: /tmp/socket\nUserBufs:\t0\n");
	/* the first thread has ended: its directory is empty, and two others share a table */
	add_file("13/comm", "led\n");
	add_file("13/fd/.keep", "");
	add_file("13/task/13/.keep", "");
	add_link("13/task/14/fd/9", "socket:[103]");
	add_link("13/task/15/fd/9", "socket:[103]");
	add_file("14x", "");
	add_file("self-test/fd/.keep", "");
	ew_auto(sockets) s = walk(wanted, G_N_ELEMENTS(wanted));

	g_assert_cmpint(s->walk.processes, ==, 5);
	g_assert_cmpint(s->walk.refused, ==, 0);
	g_assert_false(s->walk.is_hidden);
	for (guint i = 0; i < s->sockets->len; i++) {
		g_autofree char *text = holders_text(s, i);

		if (i == 3) /* whichever of the two was read first */
			g_assert_true(!strcmp(text, "led/13/14/9/-1") || !strcmp(text, "led/13/15/9/-1"));
		else
			g_assert_cmpstr(text, ==, expected[i]);
	}
}

static void test_walk_without_proc(char *fixture, const void *data)
{
	const uint32_t wanted[] = {100};

	ew_auto(sockets) empty = walk(wanted, 1);
	g_assert_cmpstr(empty->walk.problem, !=, "");
	g_autofree char *kept = g_steal_pointer(&proc_root);
	proc_root = g_strdup("/nonexistent/proc");
	ew_auto(sockets) none = walk(wanted, 1);
	g_assert_true(strstr(none->walk.problem, "/nonexistent/proc") != NULL);
	g_free(proc_root);
	proc_root = g_steal_pointer(&kept);
	/* a process 1 that is not there is one that hidepid hides */
	add_link("self", "10");
	add_file("10/fd/.keep", "");
	ew_auto(sockets) hidden = walk(wanted, 1);
	g_assert_cmpstr(hidden->walk.problem, ==, "");
	g_assert_true(hidden->walk.is_hidden);
}

static void set_up(char *fixture, const void *data)
{
	proc_root = g_dir_make_tmp("exitwalk-proc-XXXXXX", NULL);
	g_assert_nonnull(proc_root);
}

static void tear_down(char *fixture, const void *data)
{
	remove_tree(proc_root);
	g_clear_pointer(&proc_root, g_free);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/sockets/message/full", test_message_full);
	g_test_add_func("/sockets/message/small", test_message_small);
	g_test_add_func("/sockets/message/bad", test_message_bad);
	g_test_add_func("/sockets/addresses", test_addresses);
	g_test_add_func("/sockets/filter", test_filter);
	g_test_add_func("/sockets/turns", test_turns);
	g_test_add_func("/sockets/holders", test_holder_hints);
	g_test_add("/sockets/walk", char, NULL, set_up, test_walk, tear_down);
	g_test_add("/sockets/walk/none", char, NULL, set_up, test_walk_without_proc,
		   tear_down);
	return g_test_run();
}
