/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Victims without a connection to the killer: other files, other sockets, other ways to be about. */
#include "victims.h"

#include <fcntl.h>
#include <linux/io_uring.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

/* A socket that is under way in itself: only the collector finds it. */
void live_unix_rights(struct stage *stage)
{
	int pair[2];
	char byte = 'x', room[CMSG_SPACE(sizeof(pair))] = { 0 };
	struct iovec data = { &byte, 1 };
	struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = room,
				  .msg_controllen = sizeof(room) };
	struct cmsghdr *rights = CMSG_FIRSTHDR(&message);

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
		return;
	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(sizeof(pair));
	memcpy(CMSG_DATA(rights), pair, sizeof(pair));
	if (sendmsg(pair[0], &message, 0) != 1)
		return;
	ready(stage);
	wait_for_death();
}

void live_pipe(struct stage *stage)
{
	int pair[2];

	if (pipe(pair) != 0 || write(pair[1], "unread", 6) != 6)
		return;
	ready(stage);
	wait_for_death();
}

/* Files without a name, an epoll that watches some, and itself watched by another. */
void live_anonymous(struct stage *stage)
{
	struct itimerspec soon = { .it_value.tv_sec = 100 };
	struct epoll_event event = { .events = EPOLLIN };
	sigset_t set;
	int fds[] = { eventfd(1, 0), timerfd_create(CLOCK_MONOTONIC, 0), 0, epoll_create1(0) };
	int outer = epoll_create1(0);

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	fds[2] = signalfd(-1, &set, 0);
	timerfd_settime(fds[1], 0, &soon, NULL);
	for (int i = 0; i < 3; i++)
		epoll_ctl(fds[3], EPOLL_CTL_ADD, fds[i], &event);
	epoll_ctl(outer, EPOLL_CTL_ADD, fds[3], &event);
	ready(stage);
	wait_for_death();
}

/* A file with locks that is deleted, one that is watched, one that is mapped. */
void live_files(struct stage *stage)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 10 };
	int fd = open("/tmp/file", O_RDWR | O_CREAT, 0600), watch = inotify_init1(0);

	if (fd < 0 || write(fd, "data", 4) != 4)
		return;
	fcntl(fd, F_SETLK, &lock);
	flock(fd, LOCK_EX);
	inotify_add_watch(watch, "/tmp", IN_ALL_EVENTS);
	mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	unlink("/tmp/file");
	memfd_create("memory", 0);
	ready(stage);
	wait_for_death();
}

void live_ipc(struct stage *stage)
{
	int id = semget(IPC_PRIVATE, 1, 0600), memory = shmget(IPC_PRIVATE, 4096, 0600);
	struct sembuf up = { 0, 1, SEM_UNDO };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	struct itimerspec soon = { .it_value.tv_sec = 100 };
	timer_t timer;

	semop(id, &up, 1);
	shmat(memory, NULL, 0);
	shmctl(memory, IPC_RMID, NULL);
	timer_create(CLOCK_MONOTONIC, &event, &timer);
	timer_settime(timer, 0, &soon, NULL);
	ready(stage);
	wait_for_death();
}

static void send_to_self(int family)
{
	struct sockaddr_in6 address = { .sin6_family = (sa_family_t)family };
	socklen_t length = sizeof(address);
	int fd = socket(family, SOCK_DGRAM, 0);

	bind(fd, (struct sockaddr *)&address, family == AF_INET ? sizeof(struct sockaddr_in) : length);
	getsockname(fd, (struct sockaddr *)&address, &length);
	sendto(fd, "unread", 6, 0, (struct sockaddr *)&address, length);
}

void live_datagrams(struct stage *stage)
{
	int pair[2];

	send_to_self(AF_INET);
	send_to_self(AF_INET6);
	socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
	socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
	socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) != 0 || send(pair[0], "unread", 6, 0) != 6)
		return;
	ready(stage);
	wait_for_death();
}

/* The last process of its namespaces. */
void live_namespace(struct stage *stage)
{
	if (unshare(CLONE_NEWNET | CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC) != 0)
		return;
	socket(AF_INET, SOCK_STREAM, 0);
	socket(AF_INET6, SOCK_STREAM, 0);
	ready(stage);
	wait_for_death();
}

static void *wait_in_pipe(void *fd)
{
	char byte;

	return read((int)(intptr_t)fd, &byte, 1) < 0 ? fd : NULL;
}

void live_threads(struct stage *stage)
{
	int pair[2];
	pthread_t thread;

	if (pipe(pair) != 0)
		return;
	for (int i = 0; i < 4; i++) {
		if (pthread_create(&thread, NULL, wait_in_pipe, (void *)(intptr_t)pair[0]) != 0)
			return;
	}
	ready(stage);
	wait_for_death();
}

/* A ring that waits for a pipe, with the pipe as registered file, and a read that a worker does. */
void live_uring(struct stage *stage)
{
	struct io_uring_params p = { 0 };
	int ring = (int)syscall(SYS_io_uring_setup, 4, &p), pair[2];
	static char data[8];
	struct io_uring_sqe *sqes;
	char *sq;

	if (ring < 0 || pipe(pair) != 0)
		return;
	sq = mmap(NULL, p.sq_off.array + 4 * sizeof(uint32_t), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
		  ring, IORING_OFF_SQ_RING);
	sqes = mmap(NULL, 4 * sizeof(*sqes), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, ring,
		    IORING_OFF_SQES);
	if (sq == MAP_FAILED || sqes == MAP_FAILED)
		return;
	for (uint32_t i = 0; i < 2; i++) {
		sqes[i].opcode = i ? IORING_OP_READ : IORING_OP_POLL_ADD;
		sqes[i].flags = i ? IOSQE_ASYNC : 0;
		sqes[i].fd = pair[0];
		sqes[i].addr = !i ? 0 : (uint64_t)(uintptr_t)data;
		sqes[i].len = i ? sizeof(data) : 0;
		sqes[i].poll32_events = i ? 0 : 1;
		((uint32_t *)(sq + p.sq_off.array))[i] = i;
	}
	*(uint32_t *)(sq + p.sq_off.tail) = 2;
	syscall(SYS_io_uring_register, ring, IORING_REGISTER_FILES, pair, 2);
	if (syscall(SYS_io_uring_enter, ring, 2, 0, 0, NULL, 0) != 2)
		return;
	ready(stage);
	wait_for_death();
}
