/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who is killed in the guest: a table of processes, each with what it holds when it dies. */
#ifndef OBSERVED_VICTIMS_H
#define OBSERVED_VICTIMS_H

#include <stdbool.h>
#include <sys/socket.h>

enum { TCP4 = 1, TCP6 = 2, MPTCP4 = 4, UNIX = 8, ONCE = TCP4, TCP = TCP4 | TCP6 | MPTCP4, IP = TCP4 | TCP6 };

/* The kind of socket that a victim is run with. */
struct variant {
	const char *name;
	unsigned int bit;
	int family, protocol;
};

struct stage {
	const struct variant *variant;
	int ready[2];
	int listener, peer; /* of the process that kills; -1: none */
	struct sockaddr_storage address;
	socklen_t length;
};

struct victim {
	const char *name;
	unsigned int variants;
	bool (*prepare)(struct stage *stage);	/* before the fork */
	void (*live)(struct stage *stage);	/* the victim; returns if it cannot live here */
	void (*meet)(struct stage *stage);	/* the killer's side, while the victim comes up */
	void (*mourn)(struct stage *stage);	/* the killer's side, after the victim's end */
	bool blocks;				/* in the kernel, after it said that it is ready */
	unsigned int settle_ms;
};

extern const struct variant variants[];
extern const struct victim victims[];

void pause_ms(unsigned int ms);
void stage_clear(struct stage *stage);

/* others.c: what is no TCP connection */
void live_unix_rights(struct stage *stage);
void live_pipe(struct stage *stage);
void live_anonymous(struct stage *stage);
void live_files(struct stage *stage);
void live_ipc(struct stage *stage);
void live_datagrams(struct stage *stage);
void live_namespace(struct stage *stage);
void live_threads(struct stage *stage);
void live_uring(struct stage *stage);

/* Says that the victim is ready. */
void ready(struct stage *stage);
_Noreturn void wait_for_death(void);

#endif
