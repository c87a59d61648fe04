/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Real sockets, looked at: sockets_look TEST. Each test stands in a network namespace of its own; those whose
 * name begins with "plain-" are a plain user's.
 */
#include "stage.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static unsigned hints_of(const struct ew_sockets *s, const struct ew_socket *k)
{
	/* who else there is on the machine is no matter of these tests */
	return ew_socket_hints(s, k, 60) & ~(unsigned)EW_HINT_HOLDER_UNSEEN;
}

static void check_turn(const struct ew_sockets *s, const struct ew_socket *k, enum ew_live_state state,
		       enum ew_socket_turn turn, enum ew_socket_why why, unsigned hints)
{
	enum ew_socket_why is;

	CHECK(k);
	CHECK(k->state == state, "%s", ew_live_state_name(k->state));
	CHECK(ew_socket_turn(k, &is) == turn, "%s: %s", ew_live_state_name(state),
	      ew_socket_turn_name(ew_socket_turn(k, NULL)));
	CHECK(is == why, "%s: %d", ew_live_state_name(state), is);
	CHECK(hints_of(s, k) == hints, "%s: %x", ew_live_state_name(state), hints_of(s, k));
}

static void check_holder(const struct ew_sockets *s, const struct ew_socket *k, pid_t pid, int fd)
{
	CHECK(k && k->holder_count == 1, "%d holders", k ? k->holder_count : -1);
	CHECK(ew_sockets_holder(s, k, 0)->pid == pid && ew_sockets_holder(s, k, 0)->fd == fd);
}

/* ---- states ---------------------------------------------------------------------------------- */

static void check_states(int family)
{
	ew_auto(sockets_source) source = stage_open();
	struct ew_socket *k;
	uint16_t port = 0;
	int listener = stage_listen(family, 8, &port);
	struct pair idle = stage_pair(family, listener, port), unread = stage_pair(family, listener, port),
		    shut = stage_pair(family, listener, port), closed = stage_pair(family, listener, port),
		    half = stage_pair(family, listener, port), orphan = stage_pair(family, listener, port);
	uint16_t waiting;
	int unaccepted = stage_connect(family, port, &waiting);

	CHECK(send(unread.client, "12345", 5, 0) == 5);
	size_t filled = stage_fill(shut.client);
	stage_close(&closed.client);
	CHECK(shutdown(half.client, SHUT_WR) == 0);
	stage_fill(orphan.client);
	stage_close(&orphan.client);
	ew_auto(sockets) s = stage_await(source, closed.client_port, port, EW_LIVE_FIN_WAIT2, &k);
	const pid_t own = getpid();

	CHECK(k->object == EW_SOCKET_TIMEWAIT && k->timer == EW_LIVE_TIMER_TIMEWAIT);
	CHECK(k->expires_ms > 0 && k->expires_ms <= 60000, "%u", k->expires_ms);
	check_turn(s, k, EW_LIVE_FIN_WAIT2, EW_TURN_PEER, EW_WHY_PEERS_FIN_TIMED, 0);
	k = stage_find(s, port, 0);
	check_turn(s, k, EW_LIVE_LISTEN, EW_TURN_OWNER, EW_WHY_ACCEPT, 0);
	CHECK(k->receive_queue == 1 && k->send_queue == 8);
	check_holder(s, k, own, listener);
	k = stage_find(s, idle.client_port, port);
	check_turn(s, k, EW_LIVE_ESTABLISHED, EW_TURN_NOBODY, EW_WHY_IDLE, 0);
	check_holder(s, k, own, idle.client);
	CHECK(k->has_info && k->local.family == family);
	k = stage_find(s, port, unread.client_port);
	check_turn(s, k, EW_LIVE_ESTABLISHED, EW_TURN_OWNER, EW_WHY_UNREAD, 0);
	CHECK(k->receive_queue == 5);
	k = stage_find(s, shut.client_port, port);
	check_turn(s, k, EW_LIVE_ESTABLISHED, EW_TURN_PEER, EW_WHY_WINDOW, EW_HINT_NOT_READ);
	CHECK(k->send_queue > 0 && k->send_queue < filled && k->expires_ms > 0);
	k = stage_find(s, port, closed.client_port);
	check_turn(s, k, EW_LIVE_CLOSE_WAIT, EW_TURN_OWNER, EW_WHY_CLOSE_WAIT, 0);
	CHECK(ew_socket_hints(s, k, 0) & EW_HINT_FORGOT_CLOSE);
	k = stage_find(s, half.client_port, port);
	check_turn(s, k, EW_LIVE_FIN_WAIT2, EW_TURN_PEER, EW_WHY_PEERS_FIN, EW_HINT_HALF_CLOSED);
	CHECK(k->object == EW_SOCKET_FULL && k->timer == EW_LIVE_TIMER_NONE);
	k = stage_find(s, orphan.client_port, port);
	check_turn(s, k, EW_LIVE_FIN_WAIT1, EW_TURN_PEER, EW_WHY_WINDOW, EW_HINT_ORPHAN_NOT_READ);
	CHECK(ew_socket_is_orphan(k) && k->holder_count == 0);
	k = stage_find(s, port, waiting);
	check_turn(s, k, EW_LIVE_ESTABLISHED, EW_TURN_LISTENER, EW_WHY_NOT_ACCEPTED, 0);
	CHECK(ew_socket_is_unaccepted(k) && !ew_socket_is_orphan(k));
	close(unaccepted);
	/* both closed, the client first: its TIME_WAIT */
	stage_close(&idle.client);
	stage_close(&idle.server);
	ew_auto(sockets) later = stage_await(source, idle.client_port, port, EW_LIVE_TIME_WAIT, &k);
	check_turn(later, k, EW_LIVE_TIME_WAIT, EW_TURN_KERNEL, EW_WHY_TIME_WAIT, 0);
}

static void test_states(void)
{
	check_states(AF_INET);
}

static void test_states6(void)
{
	check_states(AF_INET6);
}

/* A full accept queue: the kernel takes one more than the backlog, and no SYN after that. A listener with
 * TCP_DEFER_ACCEPT: a connection request that stays one. LAST_ACK whose data nobody reads. */
static void test_handshakes(void)
{
	ew_auto(sockets_source) source = stage_open();
	uint16_t port = 0, deferred_port = 0, last_port = 0, own, silent;
	int seconds = 30, listener = stage_listen(AF_INET, 0, &port);
	int deferred = stage_listen(AF_INET, 8, &deferred_port), last = stage_listen(AF_INET, 8, &last_port);
	struct sockaddr_in a;
	socklen_t length = sizeof(a);
	struct ew_socket *k;

	stage_connect(AF_INET, port, &own);
	int third = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	CHECK(getsockname(listener, (struct sockaddr *)&a, &length) == 0);
	CHECK(connect(third, (struct sockaddr *)&a, length) < 0 && errno == EINPROGRESS);
	CHECK(getsockname(third, (struct sockaddr *)&a, &length) == 0);
	CHECK(setsockopt(deferred, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof(seconds)) == 0);
	stage_connect(AF_INET, deferred_port, &silent);
	struct pair p = stage_pair(AF_INET, last, last_port);
	stage_fill(p.server);
	CHECK(shutdown(p.client, SHUT_WR) == 0);
	stage_close(&p.server);
	ew_auto(sockets) s = stage_await(source, last_port, p.client_port, EW_LIVE_LAST_ACK, &k);

	check_turn(s, k, EW_LIVE_LAST_ACK, EW_TURN_PEER, EW_WHY_WINDOW, EW_HINT_ORPHAN_NOT_READ);
	k = stage_find(s, port, 0);
	check_turn(s, k, EW_LIVE_LISTEN, EW_TURN_OWNER, EW_WHY_ACCEPT, EW_HINT_BACKLOG);
	k = stage_find(s, ntohs(a.sin_port), port);
	CHECK(k && k->state == EW_LIVE_SYN_SENT && k->timer == EW_LIVE_TIMER_RTO);
	CHECK(ew_socket_turn(k, NULL) == EW_TURN_PEER_KERNEL);
	k = stage_find(s, deferred_port, silent);
	check_turn(s, k, EW_LIVE_SYN_RECV, EW_TURN_PEER_KERNEL, EW_WHY_SYN_RECV, 0);
	CHECK(k->object == EW_SOCKET_REQUEST);
	CHECK(strcmp(ew_socket_timer_name(k), "syn-ack") == 0);
}

/* The bounds of the time in CLOSE_WAIT are true: data, then half a second, the FIN, and half a second. */
static void test_age(void)
{
	ew_auto(sockets_source) source = stage_open();
	uint16_t port = 0;
	int listener = stage_listen(AF_INET, 8, &port);
	struct pair p = stage_pair(AF_INET, listener, port);
	struct ew_socket *k;
	uint32_t least, most;

	CHECK(send(p.client, "1", 1, 0) == 1);
	usleep(500000);
	gint64 before = g_get_monotonic_time();
	CHECK(shutdown(p.client, SHUT_WR) == 0);
	gint64 after = g_get_monotonic_time();
	usleep(500000);
	ew_auto(sockets) s = stage_await(source, port, p.client_port, EW_LIVE_CLOSE_WAIT, &k);
	gint64 now = g_get_monotonic_time();
	CHECK(ew_socket_close_wait(k, &least, &most));
	/* the kernel counts in ticks, of ten milliseconds at the most */
	CHECK(least <= (now - before) / 1000 + 10, "%u", least);
	CHECK(least + 50 >= 500, "%u", least);
	CHECK(most + 10 >= 1000 && most >= least, "%u", most);
	CHECK(after >= before);
	CHECK(ew_socket_hints(s, k, 0) & EW_HINT_FORGOT_CLOSE);
	CHECK(!(ew_socket_hints(s, k, 60) & EW_HINT_FORGOT_CLOSE));
}

/* ---- holders --------------------------------------------------------------------------------- */

/* Forks a process that has all our descriptors and waits for its end. */
static pid_t fork_holder(void)
{
	pid_t child = stage_fork();

	if (child == 0) {
		for (;;)
			pause();
	}
	return child;
}

static void end(pid_t child)
{
	CHECK(kill(child, SIGKILL) == 0 && waitpid(child, NULL, 0) == child);
}

static void send_descriptor(int channel, int fd)
{
	char byte = 0, control[CMSG_SPACE(sizeof(int))] = {0};
	struct iovec data = {&byte, 1};
	struct msghdr m = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = control,
			   .msg_controllen = sizeof(control)};
	struct cmsghdr *c = CMSG_FIRSTHDR(&m);

	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	CHECK(sendmsg(channel, &m, 0) == 1);
}

static void test_holders(void)
{
	ew_auto(sockets_source) source = stage_open();
	uint16_t port = 0;
	int channel[2], listener = stage_listen(AF_INET, 8, &port);
	struct pair p = stage_pair(AF_INET, listener, port);
	struct ew_socket *k;

	int again = dup(p.client);
	ew_auto(sockets) twice = stage_look(source);
	k = stage_find(twice, p.client_port, port);
	CHECK(k->holder_count == 2 && hints_of(twice, k) == 0);
	CHECK(ew_sockets_holder(twice, k, 0)->fd == p.client && ew_sockets_holder(twice, k, 1)->fd == again);
	pid_t child = fork_holder();
	ew_auto(sockets) several = stage_look(source);
	k = stage_find(several, p.client_port, port);
	CHECK(k->holder_count == 4 && hints_of(several, k) == EW_HINT_SEVERAL, "%d", k->holder_count);
	end(child);
	/* in flight: the only reference is in the queue of a unix socket */
	CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel) == 0);
	send_descriptor(channel[0], p.client);
	stage_close(&again);
	stage_close(&p.client);
	ew_auto(sockets) flying = stage_look(source);
	k = stage_find(flying, p.client_port, port);
	CHECK(k && k->state == EW_LIVE_ESTABLISHED && k->inode && k->holder_count == 0);
	unsigned hints = ew_socket_hints(flying, k, 60);
	/* that there is none is said only by who could look everywhere */
	CHECK(hints == (flying->walk.refused || flying->walk.is_hidden || flying->walk.is_contained
				? EW_HINT_HOLDER_UNSEEN
				: EW_HINT_NO_HOLDER), "%x", hints);
}

static int thread_ready[2];

/* A thread that leaves the table of its process, opens what only it has, and waits. */
static void *live_alone(void *data)
{
	int *fd = data;

	CHECK(unshare(CLONE_FILES) == 0);
	CHECK(close(*fd) == 0);
	*fd = socket(AF_INET, SOCK_STREAM, 0);
	CHECK(write(thread_ready[1], "x", 1) == 1);
	for (;;)
		pause();
	return NULL;
}

/* Threads of one table count once; a thread with a table of its own is looked into; and so are the threads of
 * a process whose first thread has ended. */
static void test_threads(void)
{
	ew_auto(sockets_source) source = stage_open();
	uint16_t port = 0;
	int listener = stage_listen(AF_INET, 8, &port), copy;
	struct pair p = stage_pair(AF_INET, listener, port);
	struct ew_socket *k;
	pthread_t thread;
	char byte;

	CHECK(pipe(thread_ready) == 0);
	copy = p.client;
	CHECK(pthread_create(&thread, NULL, live_alone, &copy) == 0);
	CHECK(read(thread_ready[0], &byte, 1) == 1);
	ew_auto(sockets) s = stage_look(source);
	k = stage_find(s, port, p.client_port);
	CHECK(k->holder_count == 2, "%d", k->holder_count);
	CHECK(ew_sockets_holder(s, k, 0)->pid == getpid() && ew_sockets_holder(s, k, 1)->pid == getpid());
	CHECK(!ew_sockets_holder(s, k, 0)->thread != !ew_sockets_holder(s, k, 1)->thread);
	CHECK(hints_of(s, k) == 0);
	k = stage_find(s, p.client_port, port);
	check_holder(s, k, getpid(), p.client); /* the thread has closed its own */

	/* a leader that has ended: its descriptors are in the tables of the threads alone */
	pid_t child = stage_fork();

	if (child == 0) {
		CHECK(close(p.client) == 0);
		copy = dup(0);
		CHECK(pthread_create(&thread, NULL, live_alone, &copy) == 0);
		syscall(SYS_exit, 0); /* the thread alone */
	}
	CHECK(read(thread_ready[0], &byte, 1) == 1);
	usleep(50000);
	ew_auto(sockets) zombie = stage_look(source);
	k = stage_find(zombie, port, p.client_port);
	bool is_found = false;
	for (int i = 0; i < k->holder_count; i++)
		is_found |= ew_sockets_holder(zombie, k, i)->pid == child &&
			    ew_sockets_holder(zombie, k, i)->thread > 0;
	CHECK(is_found, "the threads of a zombie leader were not looked into");
	end(child);
}

/* Registered with io_uring and closed: the ring's fdinfo names it, where the kernel does. */
static void test_io_uring(void)
{
	struct io_uring_params parameters = {0};
	ew_auto(sockets_source) source = stage_open();
	uint16_t port = 0;
	int listener = stage_listen(AF_INET, 8, &port);
	struct pair p = stage_pair(AF_INET, listener, port);
	int ring = (int)syscall(SYS_io_uring_setup, 4, &parameters);

	if (ring < 0) {
		printf("skipped: io_uring: %s\n", strerror(errno));
		exit(SKIP);
	}
	CHECK(syscall(SYS_io_uring_register, ring, IORING_REGISTER_FILES, &p.client, 1) == 0);
	stage_close(&p.client);
	ew_auto(sockets) s = stage_look(source);
	const struct ew_socket *k = stage_find(s, p.client_port, port);
	CHECK(k && k->inode);
	printf("holders: %d\n", k->holder_count);
	if (k->holder_count) {
		CHECK(ew_sockets_holder(s, k, 0)->fd == -1 && ew_sockets_holder(s, k, 0)->ring == ring);
		CHECK(ew_sockets_holder(s, k, 0)->pid == getpid());
	} else {
		CHECK(ew_socket_hints(s, k, 60) & (EW_HINT_NO_HOLDER | EW_HINT_HOLDER_UNSEEN));
	}
}

/* ---- what moves ------------------------------------------------------------------------------ */

/* Connects, forks, exits, as fast as it can. */
static pid_t fork_churn(uint16_t port, int listener)
{
	pid_t child = stage_fork();

	if (child)
		return child;
	for (;;) {
		uint16_t own;
		int fd = stage_connect(AF_INET, port, &own), other = accept(listener, NULL, NULL);
		pid_t inner = fork();

		if (inner == 0)
			_exit(0);
		close(fd);
		close(other);
		while (inner > 0 && waitpid(inner, NULL, 0) < 0 && errno == EINTR)
			;
	}
}

static void test_churn(void)
{
	ew_auto(sockets_source) source = stage_open();
	uint16_t port = 0, quiet = 0;
	int listener = stage_listen(AF_INET, 64, &port), other = stage_listen(AF_INET, 8, &quiet);
	struct pair p = stage_pair(AF_INET, other, quiet);
	pid_t churns[] = {fork_churn(port, listener), fork_churn(port, listener)};

	for (int i = 0; i < 100; i++) {
		ew_auto(sockets) s = stage_look(source);
		const struct ew_socket *k = stage_find(s, p.client_port, quiet);

		CHECK(k && k->holder_count >= 1, "look %d", i);
		for (guint n = 0; n < s->sockets->len; n++)
			CHECK(ew_sockets_at(s, n)->state != EW_LIVE_GONE);
	}
	end(churns[0]);
	end(churns[1]);
}

/* ---- another namespace ----------------------------------------------------------------------- */

/* A child in a namespace of its own with a listener; its pid and port come through a pipe. */
static pid_t fork_elsewhere(uint16_t *port)
{
	int channel[2];

	CHECK(pipe(channel) == 0);
	pid_t child = stage_fork();

	if (child == 0) {
		uint16_t own = 0;

		stage_enter(false);
		stage_listen(AF_INET, 8, &own);
		CHECK(write(channel[1], &own, sizeof(own)) == sizeof(own));
		for (;;)
			pause();
	}
	close(channel[1]);
	CHECK(read(channel[0], port, sizeof(*port)) == sizeof(*port), "the child did not come up");
	close(channel[0]);
	return child;
}

static void test_netns(void)
{
	uint16_t port, own = 0;
	pid_t child = fork_elsewhere(&port);
	g_autofree char *number = g_strdup_printf("%d", (int)child);
	g_autofree char *path = g_strdup_printf("/proc/%d/ns/net", (int)child);
	const char *names[] = {number, path};
	const struct ew_sockets_filter all = {0};
	char before[64] = "", after[64] = "";

	CHECK(readlink("/proc/self/ns/net", before, sizeof(before) - 1) > 0);
	stage_listen(AF_INET, 8, &own); /* which must not be seen */
	for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
		g_autoptr(GError) error = NULL;
		ew_auto(sockets_source) source = ew_sockets_open(names[i], &error);

		CHECK(source, "%s", error->message);
		ew_auto(sockets) s = ew_sockets_look(source, &all, true, &error);
		CHECK(s && s->sockets->len == 1, "%u", s ? s->sockets->len : 0);
		CHECK(ew_sockets_at(s, 0)->local.port == port);
		CHECK(ew_sockets_at(s, 0)->holder_count == 1 && ew_sockets_holder(s, ew_sockets_at(s, 0), 0)->pid == child);
	}
	CHECK(readlink("/proc/self/ns/net", after, sizeof(after) - 1) > 0 && !strcmp(before, after));
	CHECK(waitpid(-1, NULL, WNOHANG) == 0, "a child was left");
	end(child);
}

/* Root's process, asked for by a plain user. */
static void test_netns_refused(void)
{
	g_autoptr(GError) error = NULL;
	uint16_t port;

	if (geteuid() != 0) {
		printf("skipped: this test needs root, to have something that is refused\n");
		exit(SKIP);
	}
	pid_t child = fork_elsewhere(&port);
	g_autofree char *number = g_strdup_printf("%d", (int)child);
	pid_t plain = stage_fork();

	if (plain == 0) {
		stage_become_plain();
		CHECK(!ew_sockets_open(number, &error));
		CHECK(g_error_matches(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE), "%s", error->message);
		CHECK(strstr(error->message, "CAP_SYS_PTRACE"), "%s", error->message);
		/* of others' sockets it is said that they were not looked into */
		ew_auto(sockets_source) source = stage_open();
		ew_auto(sockets) s = stage_look(source);
		CHECK(s->walk.refused > 0 || s->walk.is_hidden);
		_exit(0);
	}
	int status;
	CHECK(waitpid(plain, &status, 0) == plain && WIFEXITED(status) && WEXITSTATUS(status) == 0);
	end(child);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*test)(void);
	} tests[] = {
		{"states", test_states},	   {"states6", test_states6}, {"handshakes", test_handshakes},
		{"age", test_age},		   {"holders", test_holders}, {"threads", test_threads},
		{"io-uring", test_io_uring},	   {"churn", test_churn},     {"netns", test_netns},
		{"netns-refused", test_netns_refused},
	};
	const char *name = argc == 2 ? argv[1] : "";

	alarm(60);
	if (g_str_has_prefix(name, "plain-")) {
		stage_become_plain();
		name += strlen("plain-");
	}
	/* from outside of every namespace of the test's */
	if (!g_str_has_prefix(name, "outside-"))
		stage_enter(false);
	else
		name += strlen("outside-");
	for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
		if (strcmp(name, tests[i].name) == 0) {
			tests[i].test();
			return 0;
		}
	}
	CHECK(false, "no test %s", name);
	return 1;
}
