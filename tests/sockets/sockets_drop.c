/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Connections closed from outside: sockets_drop TEST EXITWALK. As sockets_look.c. What the help text says that
 * each side will see is looked at here, by both sides.
 */
#include "stage.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pty.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *program;

#define expect(...) stage_expect(program, __VA_ARGS__)

static struct ew_dropped destroy(struct ew_sockets_source *source, const struct ew_socket *k)
{
	struct ew_dropped d;

	CHECK(k);
	ew_sockets_destroy(source, k, &d);
	if (d.outcome == EW_DROP_UNSUPPORTED && k->object != EW_SOCKET_TIMEWAIT) {
		printf("skipped: %s\n", d.why);
		exit(SKIP);
	}
	return d;
}

/* What recv() says: bytes, or minus errno. */
static int receive(int fd)
{
	char bytes[16];
	ssize_t n = recv(fd, bytes, sizeof(bytes), 0);

	return n < 0 ? -errno : (int)n;
}

/* ---- destroyed ------------------------------------------------------------------------------- */

static void check_established(int family)
{
	ew_auto(sockets_source) source = stage_open();
	uint16_t port = 0;
	int listener = stage_listen(family, 8, &port);
	struct pair p = stage_pair(family, listener, port);

	CHECK(send(p.server, "123", 3, 0) == 3 && send(p.client, "45", 2, 0) == 2);
	ew_auto(sockets) s = stage_look(source);
	struct ew_socket *k = stage_find(s, p.client_port, port);
	struct ew_dropped d = destroy(source, k);
	CHECK(d.outcome == EW_DROP_DONE && d.now.state == EW_LIVE_GONE, "%d %s", d.outcome, d.why);
	/* both can still read what they had; then here ECONNABORTED, there ECONNRESET */
	CHECK(receive(p.client) == 3 && receive(p.client) == -ECONNABORTED);
	CHECK(receive(p.server) == 2 && receive(p.server) == -ECONNRESET);
	/* a second time: it is gone, and says so */
	d = destroy(source, k);
	CHECK(d.outcome == EW_DROP_GONE && d.error == ENOENT, "%d %s", d.outcome, d.why);
	ew_auto(sockets) later = stage_look(source);
	CHECK(!stage_find(later, p.client_port, port) && !stage_find(later, port, p.client_port));
}

static void test_established(void)
{
	check_established(AF_INET);
	check_established(AF_INET6);
}

/* CLOSE_WAIT, FIN_WAIT2 that a process holds, an orphan in FIN_WAIT1, LAST_ACK. */
static void test_closing(void)
{
	ew_auto(sockets_source) source = stage_open();
	uint16_t port = 0;
	int listener = stage_listen(AF_INET, 8, &port);
	struct pair half = stage_pair(AF_INET, listener, port), orphan = stage_pair(AF_INET, listener, port),
		    last = stage_pair(AF_INET, listener, port);
	struct ew_socket *k;

	CHECK(shutdown(half.client, SHUT_WR) == 0);
	stage_fill(orphan.client);
	stage_close(&orphan.client);
	stage_fill(last.server);
	CHECK(shutdown(last.client, SHUT_WR) == 0);
	stage_close(&last.server);
	ew_auto(sockets) s = stage_await(source, half.client_port, port, EW_LIVE_FIN_WAIT2, &k);
	struct ew_dropped d = destroy(source, k);
	CHECK(d.outcome == EW_DROP_DONE && d.now.state == EW_LIVE_GONE);
	/* our FIN had reached the peer: EPIPE, the end of file being known */
	CHECK(send(half.server, "x", 1, MSG_NOSIGNAL) < 0 && errno == EPIPE, "%s", strerror(errno));
	k = stage_find(s, orphan.client_port, port);
	CHECK(k && k->state == EW_LIVE_FIN_WAIT1 && ew_socket_is_orphan(k));
	d = destroy(source, k);
	/* older kernels throw an orphan's data away and let it stand */
	CHECK(d.outcome == EW_DROP_DONE, "%s", d.why);
	if (d.now.state == EW_LIVE_GONE) {
		int n;

		while ((n = receive(orphan.server)) > 0)
			;
		CHECK(n == -ECONNRESET, "%d", n);
	}
	ew_auto(sockets) again = stage_await(source, port, last.client_port, EW_LIVE_LAST_ACK, &k);
	d = destroy(source, k);
	CHECK(d.outcome == EW_DROP_DONE && d.now.state == EW_LIVE_GONE, "%s", d.why);
	/* no RST from LAST_ACK: the peer stays, and does not know */
	ew_auto(sockets) then = stage_look(source);
	k = stage_find(then, last.client_port, port);
	CHECK(k && k->state == EW_LIVE_FIN_WAIT2, "%s", k ? ew_live_state_name(k->state) : "gone");
}

/* A listener among three on one port, one connection of whose queues is not accepted. */
static void test_listener(void)
{
	ew_auto(sockets_source) source = stage_open();
	uint16_t port = 0, single = 0, own;
	int three[3], alone = stage_listen(AF_INET, 8, &single);

	for (int i = 0; i < 3; i++)
		three[i] = stage_listen(AF_INET, 8, &port);
	int waiting = stage_connect(AF_INET, single, &own);
	ew_auto(sockets) s = stage_look(source);
	struct ew_dropped d = destroy(source, stage_find(s, single, 0));
	CHECK(d.outcome == EW_DROP_DONE && d.now.state == EW_LIVE_GONE, "%s", d.why);
	CHECK(accept(alone, NULL, NULL) < 0 && errno == EINVAL, "%s", strerror(errno));
	CHECK(receive(waiting) == -ECONNRESET);
	for (int i = 0; i < 3; i++) {
		ew_auto(sockets) left = stage_look(source);
		guint found = 0;

		for (guint n = 0; n < left->sockets->len; n++) {
			const struct ew_socket *k = ew_sockets_at(left, n);

			found += k->local.port == port;
			if (k->inode != stage_inode(three[i]))
				continue;
			d = destroy(source, k);
			CHECK(d.outcome == EW_DROP_DONE && d.now.state == EW_LIVE_GONE, "%s", d.why);
		}
		CHECK(found == 3U - (guint)i, "%u", found);
	}
}

/* In the accept queue, half open, and asking: sockets that no program here has, or has not yet. */
static void test_early(void)
{
	ew_auto(sockets_source) source = stage_open();
	uint16_t port = 0, deferred_port = 0, own, silent;
	int seconds = 30, listener = stage_listen(AF_INET, 0, &port);
	int deferred = stage_listen(AF_INET, 8, &deferred_port);
	struct ew_socket *k;

	int waiting = stage_connect(AF_INET, port, &own);
	CHECK(setsockopt(deferred, IPPROTO_TCP, TCP_DEFER_ACCEPT, &seconds, sizeof(seconds)) == 0);
	int asking = stage_connect(AF_INET, deferred_port, &silent);
	ew_auto(sockets) s = stage_await(source, deferred_port, silent, EW_LIVE_SYN_RECV, &k);
	struct ew_dropped d = destroy(source, k);
	CHECK(d.outcome == EW_DROP_DONE && d.now.state == EW_LIVE_GONE, "%s", d.why);
	/* nothing was sent; what it says now draws a RST */
	CHECK(send(asking, "x", 1, MSG_NOSIGNAL) == 1 && receive(asking) == -ECONNRESET);
	k = stage_find(s, port, own);
	CHECK(k && ew_socket_is_unaccepted(k));
	d = destroy(source, k);
	CHECK(d.outcome == EW_DROP_DONE && d.now.state == EW_LIVE_GONE, "%s", d.why);
	CHECK(receive(waiting) == -ECONNRESET);
	int accepted = accept(listener, NULL, NULL);
	CHECK(accepted >= 0, "accept() did not return it: %s", strerror(errno));
	CHECK(receive(accepted) == -ECONNABORTED);
}

/* Some kernels end a timewait socket, some refuse: then its timer is told of, and it is there still. */
static void test_timewait(void)
{
	ew_auto(sockets_source) source = stage_open();
	uint16_t port = 0;
	int listener = stage_listen(AF_INET, 8, &port);
	struct pair p = stage_pair(AF_INET, listener, port);
	struct ew_socket *k;

	stage_close(&p.client);
	stage_close(&p.server);
	ew_auto(sockets) s = stage_await(source, p.client_port, port, EW_LIVE_TIME_WAIT, &k);
	struct ew_dropped d = destroy(source, k);
	printf("outcome %d: %s\n", d.outcome, d.why);
	if (d.outcome == EW_DROP_DONE)
		CHECK(d.now.state == EW_LIVE_GONE);
	else
		CHECK(d.outcome == EW_DROP_UNSUPPORTED && strstr(d.why, "timewait") &&
		      d.now.state == EW_LIVE_TIME_WAIT);
}

/* Without the capability in the namespace's own user namespace: nothing happens, and it is named. */
static void test_forbidden(void)
{
	uint16_t port = 0;
	int status, listener = stage_listen(AF_INET, 8, &port);
	struct pair p = stage_pair(AF_INET, listener, port);
	pid_t child = stage_fork();

	if (child == 0) {
		stage_drop_capabilities();
		ew_auto(sockets_source) source = stage_open();
		ew_auto(sockets) s = stage_look(source);
		struct ew_dropped d;

		ew_sockets_destroy(source, stage_find(s, p.client_port, port), &d);
		CHECK(d.outcome == EW_DROP_FORBIDDEN && d.error == EPERM, "%d %s", d.outcome, d.why);
		CHECK(strstr(d.why, "CAP_NET_ADMIN"), "%s", d.why);
		CHECK(d.now.state == EW_LIVE_ESTABLISHED);
		_exit(0);
	}
	CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
	CHECK(send(p.client, "x", 1, 0) == 1 && receive(p.server) == 1);
}

/* ---- a FIN ----------------------------------------------------------------------------------- */

static void test_fin(void)
{
	ew_auto(sockets_source) source = stage_open();
	uint16_t port = 0;
	int listener = stage_listen(AF_INET, 8, &port);
	struct pair p = stage_pair(AF_INET, listener, port);
	struct ew_dropped d;

	ew_auto(sockets) s = stage_look(source);
	struct ew_socket *k = stage_find(s, p.client_port, port);
	CHECK(ew_socket_can_finish(k) && !ew_socket_can_finish(stage_find(s, port, 0)));
	ew_sockets_finish(source, s, k, &d);
	CHECK(d.outcome == EW_DROP_DONE && d.now.state == EW_LIVE_FIN_WAIT2, "%d %s", d.outcome, d.why);
	CHECK(receive(p.server) == 0); /* end of file */
	CHECK(send(p.server, "late", 4, 0) == 4 && receive(p.client) == 4); /* and the other way it goes on */
	CHECK(send(p.client, "x", 1, MSG_NOSIGNAL) < 0 && errno == EPIPE);
	/* the peer's side is in CLOSE_WAIT now: its FIN ends the connection */
	ew_auto(sockets) later = stage_look(source);
	k = stage_find(later, port, p.client_port);
	CHECK(k->state == EW_LIVE_CLOSE_WAIT && ew_socket_can_finish(k));
	ew_sockets_finish(source, later, k, &d);
	CHECK(d.outcome == EW_DROP_DONE && d.now.state == EW_LIVE_GONE, "%d %s", d.outcome, d.why);
	CHECK(receive(p.client) == 0);
	/* and again: the holder's descriptor has no connection any more */
	ew_sockets_finish(source, later, k, &d);
	CHECK(d.outcome == EW_DROP_GONE, "%d %s", d.outcome, d.why);
	stage_close(&p.server);
	ew_sockets_finish(source, later, k, &d);
	CHECK(d.outcome == EW_DROP_GONE && strstr(d.why, "let go of it"), "%d %s", d.outcome, d.why);
}

/* A holder that does not let itself be touched, asked by somebody without privilege. */
static void test_fin_forbidden(void)
{
	uint16_t port = 0;
	int status, ready[2], listener = stage_listen(AF_INET, 8, &port);
	struct pair p = stage_pair(AF_INET, listener, port);
	char byte;

	CHECK(pipe(ready) == 0);
	pid_t holder = stage_fork();
	if (holder == 0) {
		CHECK(prctl(PR_SET_DUMPABLE, 0) == 0 && write(ready[1], "x", 1) == 1);
		for (;;)
			pause();
	}
	CHECK(read(ready[0], &byte, 1) == 1);
	const struct ew_socket_holder h = {.inode = stage_inode(p.client), .pid = holder, .fd = p.client,
					   .ring = -1, .name = "holder"};
	pid_t child = stage_fork();
	if (child == 0) {
		stage_drop_capabilities();
		ew_auto(sockets_source) source = stage_open();
		ew_auto(sockets) s = stage_look(source);
		struct ew_socket *k = stage_find(s, p.client_port, port);
		struct ew_dropped d;

		/* as if its descriptors had been seen before it hid them */
		g_array_set_size(s->holders, 0);
		g_array_append_val(s->holders, h);
		k->first_holder = 0;
		k->holder_count = 1;
		ew_sockets_finish(source, s, k, &d);
		CHECK(d.outcome == EW_DROP_FORBIDDEN && strstr(d.why, "CAP_SYS_PTRACE"), "%d %s", d.outcome, d.why);
		CHECK(d.now.state == EW_LIVE_ESTABLISHED);
		_exit(0);
	}
	CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
	CHECK(kill(holder, SIGKILL) == 0 && waitpid(holder, NULL, 0) == holder);
}

/* ---- the command ----------------------------------------------------------------------------- */

static void test_command(void)
{
	uint16_t port = 0;
	int listener = stage_listen(AF_INET, 8, &port);
	struct pair a = stage_pair(AF_INET, listener, port), b = stage_pair(AF_INET, listener, port),
		    c = stage_pair(AF_INET, listener, port);
	uint16_t other_port = 0;
	int other = stage_listen(AF_INET, 8, &other_port);
	struct pair over = stage_pair(AF_INET, other, other_port);

	stage_close(&over.client);
	stage_close(&over.server);
	expect(0, "LISTEN", NULL, "sockets --state listen");
	expect(0, "\"pid\"", NULL, "sockets --port %u --json", a.client_port);
	expect(1, "no such TCP socket", NULL, "sockets --state syn-sent");
	expect(1, "\"sockets\" : []", NULL, "sockets --state syn-sent --json");
	expect(0, "\"sockets\" : 8", NULL, "sockets --pid %d --json", (int)getpid());
	/* which one must be said, and meant */
	expect(2, NULL, "say which", "drop");
	expect(2, NULL, "both ends", "drop 127.0.0.1:%u", port);
	expect(2, NULL, "is no address", "drop 127.0.0.1:%u here:1", port);
	expect(2, NULL, "there is no terminal", "drop 127.0.0.1:%u 127.0.0.1:%u", a.client_port, port);
	expect(2, "RST", "6 sockets match", "drop --port %u --yes", port);
	expect(1, NULL, "no such connection", "drop --port 1 --yes --all");
	expect(1, NULL, "no such connection", "drop --inode 4294967295 --yes");
	expect(1, NULL, "the other way round", "drop 127.0.0.1:%u 127.0.0.1:%u", other_port, over.client_port);
	expect(2, NULL, "LOCAL is \"*\"", "drop '*' '*'");
	CHECK(send(a.client, "x", 1, 0) == 1 && receive(a.server) == 1);
	/* one by both ends; --fin by inode; the rest by port, but not the listener */
	expect(0, "this side will see: …the peer will see: a RST…destroyed. Now: gone", NULL, "drop 127.0.0.1:%u 127.0.0.1:%u --yes", a.client_port, port);
	CHECK(receive(a.server) == -ECONNRESET);
	expect(0, "\"now\" : \"FIN_WAIT2\"", "the peer will see: our FIN", "drop --inode %u --fin --yes --json", stage_inode(b.client));
	CHECK(receive(b.server) == 0);
	expect(1, NULL, "no FIN is to be sent", "drop --inode %u --fin --yes", stage_inode(b.client));
	expect(1, NULL, "no FIN is to be sent", "drop --inode %u --fin --yes", stage_inode(listener));
	/* of both ends of a connection the second is gone with the first: that is told, too */
	expect(0, "gone already", NULL, "drop --port %u --yes --all", c.client_port);
	expect(0, "destroyed", NULL, "drop --port %u --yes --all", port);
	expect(1, NULL, "--state alone", "drop --port %u --yes --all", port);
	expect(0, "LISTEN", NULL, "sockets --port %u", port);
	expect(0, "destroyed", NULL, "drop --port %u --state LISTEN --yes", port);
	CHECK(accept(listener, NULL, NULL) < 0 && errno == EINVAL);
}

/* Drops the socket on a terminal, where `answer` is typed; the exit code. */
static int answer_with(const char *answer, uint32_t inode)
{
	g_autofree char *number = g_strdup_printf("%u", inode);
	char screen[65536] = "";
	size_t length = 0;
	int terminal, status;
	pid_t child = forkpty(&terminal, NULL, NULL, NULL);

	CHECK(child >= 0);
	if (child == 0) {
		setenv("PAGER", "", 1);
		execl(program, program, "drop", "--inode", number, NULL);
		_exit(127);
	}
	for (bool is_asked = false; length < sizeof(screen) - 1;) {
		ssize_t n = read(terminal, screen + length, sizeof(screen) - 1 - length);

		if (n <= 0)
			break;
		length += (size_t)n;
		screen[length] = '\0';
		if (!is_asked && strstr(screen, "[y/N]")) {
			CHECK(write(terminal, answer, strlen(answer)) == (ssize_t)strlen(answer));
			is_asked = true;
		}
	}
	close(terminal);
	CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status), "%s", screen);
	CHECK(strstr(screen, "the peer will see") && strstr(screen, "[y/N]"), "%s", screen);
	return WEXITSTATUS(status);
}

static void test_ask(void)
{
	uint16_t port = 0;
	int listener = stage_listen(AF_INET, 8, &port);
	struct pair p = stage_pair(AF_INET, listener, port);
	uint32_t inode = stage_inode(p.client);

	CHECK(answer_with("n\n", inode) == 1);
	CHECK(answer_with("\n", inode) == 1);
	CHECK(answer_with("\004", inode) == 1); /* Ctrl-D */
	CHECK(answer_with("yea\n", inode) == 1);
	CHECK(send(p.client, "x", 1, 0) == 1 && receive(p.server) == 1);
	CHECK(answer_with("y\n", inode) == 0);
	CHECK(receive(p.server) == -ECONNRESET && receive(p.client) == -ECONNABORTED);
}

/* Starts the program; its standard output is `*out`. */
static pid_t start(FILE **out, const char *option)
{
	int channel[2];

	CHECK(pipe2(channel, O_CLOEXEC) == 0);
	pid_t child = stage_fork();
	if (child == 0) {
		dup2(channel[1], 1);
		execl(program, program, "sockets", option, "--json", NULL);
		_exit(127);
	}
	close(channel[1]);
	*out = fdopen(channel[0], "r");
	CHECK(*out);
	return child;
}

/* Reads on until a line says it. Returns that line, until the next call. */
static const char *await_line(FILE *out, const char *says)
{
	static char line[4096];

	while (fgets(line, sizeof(line), out))
		if (strstr(line, says))
			return line;
	CHECK(false, "it never says %s", says);
	return "";
}

/* Each step is seen before the next is taken; then Ctrl-C ends it. */
static void test_watch(void)
{
	uint16_t port = 0, own = 0;
	int status, listener = stage_listen(AF_INET, 8, &port);
	FILE *out;
	pid_t watcher = start(&out, "--watch");

	await_line(out, "{\"schema\":\"exitwalk.sockets-watch/1\",\"event\":\"there\"");
	int client = stage_connect(AF_INET, port, &own);
	await_line(out, "\"turn\":\"listener\"");
	int server = accept(listener, NULL, NULL);
	await_line(out, "\"event\":\"accepted\"");
	close(client);
	await_line(out, "\"before\":\"ESTABLISHED\",\"state\":\"CLOSE_WAIT\"");
	close(server);
	const char *gone = await_line(out, "\"before\":\"CLOSE_WAIT\",\"state\":\"gone\"");
	CHECK(strstr(gone, "\"turn\":null,\"turn_text\":null"), "it is nobody's turn: %s", gone);
	CHECK(kill(watcher, SIGINT) == 0 && waitpid(watcher, &status, 0) == watcher);
	CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT, "status %x", (unsigned)status);
	fclose(out);
	/* whose reader has gone ends quietly, with the next change */
	watcher = start(&out, "--watch");
	await_line(out, "\"there\"");
	fclose(out);
	for (int i = 0; i < 100 && waitpid(watcher, &status, WNOHANG) == 0; i++) {
		close(stage_connect(AF_INET, port, &own));
		usleep(200000);
	}
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0, "status %x", (unsigned)status);
}

/* Without /proc: who holds what is not known, and that is said; sockets are told all the same. */
static void test_no_proc(void)
{
	uint16_t port = 0;
	int listener = stage_listen(AF_INET, 8, &port);
	struct pair p = stage_pair(AF_INET, listener, port);

	if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
	    mount("none", "/proc", "tmpfs", 0, NULL) != 0) {
		printf("skipped: a mount over /proc: %s\n", strerror(errno));
		exit(SKIP);
	}
	/* in part: all but the owners; and where there is no socket, it is no */
	expect(4, "Owners could not be looked for: /proc", NULL, "sockets --port %u", port);
	expect(4, "\"problem\" : \"/proc", NULL, "sockets --port %u --json", port);
	expect(1, NULL, NULL, "sockets --port 1");
	expect(3, NULL, "cannot be read: /proc", "sockets --pid %d", (int)getpid());
	expect(3, NULL, "no /proc is mounted here", "sockets --netns %d", (int)getpid());
	expect(3, NULL, "no /proc is mounted here", "sockets --netns 1");
	expect(3, NULL, "no holder was seen for lack of /proc", "drop --inode %u --fin --yes", stage_inode(p.client));
	expect(0, "destroyed", NULL, "drop --inode %u --yes", stage_inode(p.client));
	CHECK(receive(p.server) == -ECONNRESET);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*test)(void);
	} tests[] = {
		{"established", test_established}, {"closing", test_closing}, {"listener", test_listener},
		{"early", test_early}, {"timewait", test_timewait}, {"forbidden", test_forbidden},
		{"fin", test_fin}, {"fin-forbidden", test_fin_forbidden}, {"command", test_command},
		{"ask", test_ask}, {"watch", test_watch}, {"no-proc", test_no_proc},
	};

	CHECK(argc == 3, "usage: sockets_drop TEST EXITWALK");
	const char *name = argv[1];
	program = argv[2];
	alarm(60);
	if (g_str_has_prefix(name, "plain-")) {
		stage_become_plain();
		name += strlen("plain-");
	}
	stage_enter(false);
	for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
		if (strcmp(name, tests[i].name) == 0) {
			tests[i].test();
			return 0;
		}
	}
	CHECK(false, "no test %s", name);
	return 1;
}
