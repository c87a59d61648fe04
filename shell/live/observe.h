/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The observers beside sock_diag and libpcap: the namespace's counters, the multicast of freed
 * sockets, processes in /proc, and frames kept in a file. Each reports plain values; the runner makes
 * events of them. None needs a privilege within the stage's own namespace.
 */
#ifndef EW_LIVE_OBSERVE_H
#define EW_LIVE_OBSERVE_H

#include "live/counter.h"
#include "live/live.h"
#include <sys/types.h>

/* ---- counters -------------------------------------------------------------------------------- */

struct live_counters;

/* Watches the table's counters, and those of `more` (ends with NULL, may be NULL), in the network
 * namespace that the calling process is in now. NULL for `directory` is /proc/self/net. The error
 * says what is missing; experiments can do without. */
struct live_counters *live_counters_open(const char *directory, const char *const *more,
					 GError **error);
void live_counters_close(struct live_counters *c);

typedef void (*live_counter_fn)(const char *name, int64_t difference, void *data);
/* Reads them anew and reports each that is not as it was at the last reading; the first reading
 * reports nothing. Returns false where they could not be read. */
bool live_counters_read(struct live_counters *c, live_counter_fn fn, void *data);
/* Whether this kernel has the counter, so that it is watched. */
bool live_counters_has(const struct live_counters *c, const char *name);

/* ---- freed sockets --------------------------------------------------------------------------- */

struct live_destroy;

struct live_destroyed {
	bool is_ipv6;
	uint16_t port, peer_port; /* host order */
};

/* Joins the multicast groups of the namespace. The kernel tells of a full TCP socket when it frees
 * it, a moment after its last reference has gone, and never of a timewait socket. */
struct live_destroy *live_destroy_open(GError **error);
void live_destroy_close(struct live_destroy *d);
int live_destroy_fd(const struct live_destroy *d);

typedef void (*live_destroyed_fn)(const struct live_destroyed *d, void *data);
/* Reports all that came since. Returns false if some were lost (ENOBUFS). */
bool live_destroy_read(struct live_destroy *d, live_destroyed_fn fn, void *data);

/* ---- processes ------------------------------------------------------------------------------- */

struct live_process {
	char state; /* as in /proc/PID/stat: R S D T t Z X …; 0: it is not there */
	int tasks;  /* threads */
	int descriptors; /* open ones; -1 where they cannot be read */
	char wchan[40];	 /* the kernel function that it sleeps in, "" where it does not or is not told */
};

/* Looks at a process. NULL for `proc` is /proc. `wchan` is only read where wanted: it costs the most. */
void live_process_look(const char *proc, pid_t pid, bool with_wchan, struct live_process *p);
bool live_process_is_same(const struct live_process *a, const struct live_process *b);


/* ---- inference ------------------------------------------------------------------------------- */

/*
 * The telling packets of one connection (SYN, FIN, RST, and what acknowledges a SYN or FIN), and the
 * states that an end must have gone through between two samples: RFC 9293 figure 5, walked with
 * those packets. Without packets that lead from the one sample to the other nothing is inferred.
 */
struct live_history {
	GArray *packets; /* of struct live_seen, by time */
	bool has_end[2][2];
	uint32_t end[2][2]; /* a side's sequence number after its SYN [0], its FIN [1] */
};

struct live_seen {
	int64_t time;
	int sender; /* 0 or 1 */
	unsigned flags;
	uint32_t seq, ack, length;
	/* on a wire: */
	bool is_late; /* it had left its host before, and was held since: now it arrives */
	bool is_lost; /* it leaves its host, and does not arrive now */
};

struct live_passed {
	enum ew_live_state state;
	int64_t time; /* just before the packet that it sent, just after the one that it received */
};

#define LIVE_PASSED_MAX 6

void live_history_init(struct live_history *h);
void live_history_clear(struct live_history *h);
/* Keeps a packet if it is a telling one. Numbers as they stand in the packet, or all relative. */
void live_history_add(struct live_history *h, const struct live_seen *packet);
/* A look at a socket lasts no longer than this; its time is when it began. */
#define LIVE_LOOK_NS (NS_PER_MS / 4)

/* When the packet came in after `from`, and not after `until`, that led to `after`; 0 if there is none. */
int64_t live_history_cause(const struct live_history *h, int side, enum ew_live_state before,
			   enum ew_live_state after, int64_t from, int64_t until);

/* The states strictly between: `side` was `before`, and at `until` was seen to be `after`. Returns
 * how many. */
int live_history_infer(const struct live_history *h, int side, enum ew_live_state before,
		       enum ew_live_state after, int64_t until,
		       struct live_passed passed[LIVE_PASSED_MAX]);

#endif
