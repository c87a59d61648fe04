/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Victims with connections: one of a variant's sockets to the killer, who listens and accepts. */
#include "victims.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

const struct variant variants[] = {
	{ "tcp4", TCP4, AF_INET, 0 },
	{ "tcp6", TCP6, AF_INET6, 0 },
	{ "mptcp4", MPTCP4, AF_INET, IPPROTO_MPTCP },
	{ "unix", UNIX, AF_UNIX, 0 },
	{ .name = NULL },
};

void ready(struct stage *stage)
{
	if (write(stage->ready[1], "r", 1) != 1)
		_exit(1);
}

void wait_for_death(void)
{
	for (;;)
		pause();
}

void stage_clear(struct stage *stage)
{
	if (stage->peer >= 0)
		close(stage->peer);
	if (stage->listener >= 0)
		close(stage->listener);
}

static int new_socket(const struct stage *stage, int flags)
{
	return socket(stage->variant->family, SOCK_STREAM | flags, stage->variant->protocol);
}

static void fill_address(struct stage *stage)
{
	struct sockaddr_in *in = (struct sockaddr_in *)&stage->address;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&stage->address;

	stage->address.ss_family = (sa_family_t)stage->variant->family;
	stage->length = sizeof(*in);
	in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (stage->variant->family == AF_INET6) {
		stage->length = sizeof(*in6);
		in6->sin6_addr = in6addr_loopback;
	} else if (stage->variant->family == AF_UNIX) {
		stage->length = sizeof(sa_family_t); /* the kernel chooses an abstract name */
	}
}

static bool listen_here(struct stage *stage, int backlog)
{
	struct timeval patience = { .tv_sec = 20 };

	fill_address(stage);
	stage->listener = new_socket(stage, 0);
	setsockopt(stage->listener, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (stage->listener < 0 ||
	    bind(stage->listener, (struct sockaddr *)&stage->address, stage->length) != 0 ||
	    listen(stage->listener, backlog) != 0)
		return false;
	stage->length = sizeof(stage->address);
	return getsockname(stage->listener, (struct sockaddr *)&stage->address, &stage->length) == 0;
}

static bool prepare_listener(struct stage *stage)
{
	return listen_here(stage, 8);
}

/* No room for a second connection: its SYN is not answered. */
static bool prepare_full(struct stage *stage)
{
	int fd;

	if (!listen_here(stage, 0))
		return false;
	fd = new_socket(stage, 0);
	return connect(fd, (struct sockaddr *)&stage->address, stage->length) == 0;
}

static int connect_there(struct stage *stage)
{
	int fd = new_socket(stage, 0);

	close(stage->listener);
	if (fd < 0 || connect(fd, (struct sockaddr *)&stage->address, stage->length) != 0)
		return -1;
	return fd;
}

static void live_connected(struct stage *stage)
{
	if (connect_there(stage) < 0)
		return;
	pause_ms(50); /* the killer's side sends or closes meanwhile */
	ready(stage);
	wait_for_death();
}

static void live_linger(struct stage *stage, int seconds)
{
	struct linger linger = { 1, seconds };
	int fd = connect_there(stage);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)) != 0)
		return;
	ready(stage);
	wait_for_death();
}

static void live_linger_0(struct stage *stage)
{
	live_linger(stage, 0);
}

static void live_linger_5(struct stage *stage)
{
	live_linger(stage, 5);
}

static void live_keepalive(struct stage *stage)
{
	int fd = connect_there(stage), on = 1;

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)) != 0)
		return;
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &on, sizeof(on));
	ready(stage);
	wait_for_death();
}

/* Sends until nothing more fits; @wait: and then waits for room. */
static void fill(struct stage *stage, bool wait)
{
	static char data[65536];
	int fd = connect_there(stage);

	if (fd < 0)
		return;
	while (send(fd, data, sizeof(data), MSG_DONTWAIT) > 0)
		;
	ready(stage);
	while (wait && send(fd, data, sizeof(data), 0) > 0)
		;
	wait_for_death();
}

static void live_full(struct stage *stage)
{
	fill(stage, false);
}

static void live_in_send(struct stage *stage)
{
	fill(stage, true);
}

static void live_in_recv(struct stage *stage)
{
	char byte;
	int fd = connect_there(stage);

	if (fd < 0)
		return;
	ready(stage);
	if (recv(fd, &byte, 1, 0) < 0)
		return;
}

static void live_in_epoll(struct stage *stage)
{
	int fd = connect_there(stage), ep = epoll_create1(0);
	struct epoll_event event = { .events = EPOLLIN };

	if (fd < 0 || epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event) != 0)
		return;
	ready(stage);
	epoll_wait(ep, &event, 1, -1);
}

static void live_in_poll(struct stage *stage)
{
	struct pollfd p = { .fd = connect_there(stage), .events = POLLIN };

	if (p.fd < 0)
		return;
	ready(stage);
	poll(&p, 1, -1);
}

static void live_in_accept(struct stage *stage)
{
	if (!listen_here(stage, 8))
		return;
	ready(stage);
	accept(stage->listener, NULL, NULL);
}

/* Its own clients, which it never accepts; two have sent something. */
static void live_listener(struct stage *stage)
{
	if (!listen_here(stage, 8))
		return;
	for (int i = 0; i < 3; i++) {
		int fd = new_socket(stage, 0);

		if (connect(fd, (struct sockaddr *)&stage->address, stage->length) != 0)
			return;
		if (i && send(fd, "x", 1, 0) != 1)
			return;
	}
	ready(stage);
	wait_for_death();
}

static void live_syn_sent(struct stage *stage)
{
	int fd = new_socket(stage, SOCK_NONBLOCK);

	connect(fd, (struct sockaddr *)&stage->address, stage->length);
	ready(stage);
	wait_for_death();
}

static void live_in_connect(struct stage *stage)
{
	int fd = new_socket(stage, 0);

	ready(stage);
	connect(fd, (struct sockaddr *)&stage->address, stage->length);
}

static void meet(struct stage *stage)
{
	stage->peer = accept(stage->listener, NULL, NULL);
}

static void meet_and_send(struct stage *stage)
{
	meet(stage);
	send(stage->peer, "unread", 6, 0);
}

static void meet_and_close(struct stage *stage)
{
	meet(stage);
	close(stage->peer);
	stage->peer = -1;
}

static void meet_and_shut(struct stage *stage)
{
	meet(stage);
	shutdown(stage->peer, SHUT_WR);
}

/* Until its end, or the reset. */
static void mourn_and_read(struct stage *stage)
{
	static char data[65536];

	pause_ms(300);
	while (recv(stage->peer, data, sizeof(data), MSG_DONTWAIT) > 0)
		;
	close(stage->peer);
	stage->peer = -1;
}

static void mourn_and_send(struct stage *stage)
{
	pause_ms(100);
	send(stage->peer, "late", 4, 0);
	pause_ms(100);
	send(stage->peer, "late", 4, 0);
}

static void mourn_and_close(struct stage *stage)
{
	pause_ms(600); /* a window of zero is probed meanwhile */
	close(stage->peer);
	stage->peer = -1;
}

const struct victim victims[] = {
	{ "established", TCP | UNIX, prepare_listener, live_connected, meet, mourn_and_read },
	{ "unread", TCP | UNIX, prepare_listener, live_connected, meet_and_send, mourn_and_read },
	{ "close-wait", TCP | UNIX, prepare_listener, live_connected, meet_and_close },
	{ "half-closed", TCP, prepare_listener, live_connected, meet_and_shut, mourn_and_close },
	{ "written-to", TCP, prepare_listener, live_connected, meet, mourn_and_send },
	{ "fin-wait-2", TCP, prepare_listener, live_connected, meet, .settle_ms = 3500 },
	{ "linger-0", TCP, prepare_listener, live_linger_0, meet, mourn_and_read },
	{ "linger-5", TCP, prepare_listener, live_linger_5, meet, mourn_and_read },
	{ "keepalive", TCP, prepare_listener, live_keepalive, meet, mourn_and_read, .settle_ms = 1200 },
	{ "queue-read", TCP | UNIX, prepare_listener, live_full, meet, mourn_and_read },
	{ "queue-reset", TCP | UNIX, prepare_listener, live_full, meet, mourn_and_close },
	{ "in-send", TCP | UNIX, prepare_listener, live_in_send, meet, mourn_and_read, true },
	{ "in-recv", TCP | UNIX, prepare_listener, live_in_recv, meet, mourn_and_read, true },
	{ "in-poll", TCP | UNIX, prepare_listener, live_in_poll, meet, mourn_and_read, true },
	{ "in-epoll", TCP | UNIX, prepare_listener, live_in_epoll, meet, mourn_and_read, true },
	{ "in-accept", TCP | UNIX, NULL, live_in_accept, .blocks = true },
	{ "in-connect", IP | UNIX, prepare_full, live_in_connect, .blocks = true },
	{ "syn-sent", IP, prepare_full, live_syn_sent },
	{ "listener", TCP | UNIX, NULL, live_listener, .settle_ms = 800 },
	{ "unix-rights", ONCE, NULL, live_unix_rights },
	{ "pipe", ONCE, NULL, live_pipe },
	{ "anonymous", ONCE, NULL, live_anonymous },
	{ "files", ONCE, NULL, live_files },
	{ "ipc", ONCE, NULL, live_ipc },
	{ "datagrams", ONCE, NULL, live_datagrams },
	{ "namespace", ONCE, NULL, live_namespace, .settle_ms = 2500 },
	{ "threads", ONCE, NULL, live_threads, .blocks = true },
	{ "uring", ONCE, NULL, live_uring, .blocks = true, .settle_ms = 800 },
	{ .name = NULL },
};
