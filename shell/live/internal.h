/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the files of live share among themselves: timeline, stage, actors and observers. All times
 * here are CLOCK_MONOTONIC nanoseconds; only the timeline knows the kill.
 */
#ifndef EW_LIVE_INTERNAL_H
#define EW_LIVE_INTERNAL_H

#include "live/live.h"
#include <netinet/in.h>
#include <sys/types.h>

#define NS_PER_MS INT64_C(1000000)

static inline int64_t live_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

/* CLOCK_REALTIME - CLOCK_MONOTONIC, between two readings of the latter. The stamps of packets are of
 * the former, which may be set while we run: take it anew for each batch. */
int64_t live_clock_offset(void);

extern const char *const live_verb_names[EW_LIVE_VERBS];

/* ---- language -------------------------------------------------------------------------------- */

struct ew_live_experiment *live_experiment_new(const char *path);
/* Reads the text into an empty experiment; x->path names it in errors. */
bool live_parse_into(struct ew_live_experiment *x, const char *text, GError **error);

/* ---- timeline: merges what the observers report, and infers what must lie between ------------ */

/* The kernel's words for the local and the remote port of each side's socket. */
struct live_end {
	bool is_known;
	uint16_t port, peer_port; /* host order */
};

/* Events go in as they are seen, in any order within the window, and come out in order of time.
 * Until zero is set nothing comes out, because no time is known. */
struct live_timeline {
	const struct ew_live_experiment *experiment;
	ew_live_event_fn emit;
	void *data;
	int64_t zero; /* 0: not yet */
	int64_t told; /* time of the last event that came out */
	GArray *held; /* of struct ew_live_event, `time` absolute */
	struct live_end ends[EW_LIVE_ACTORS_MAX];
	/* of what came out */
	bool has_isn[EW_LIVE_ACTORS_MAX];
	uint32_t isn[EW_LIVE_ACTORS_MAX];
	GArray *sent
		[EW_LIVE_ACTORS_MAX]; /* uint64_t: seq << 32 | length << 8 | flags, what was sent */
	int64_t fin[EW_LIVE_ACTORS_MAX]; /* when its FIN was seen; 0: not yet */
};

void live_timeline_init(struct live_timeline *t, const struct ew_live_experiment *x,
			ew_live_event_fn emit, void *data);
void live_timeline_clear(struct live_timeline *t);
void live_timeline_add(struct live_timeline *t, const struct ew_live_event *e);
/* Lets out everything up to `until` (INT64_MAX: all). */
void live_timeline_flush(struct live_timeline *t, int64_t until);
/* Whether the ports are those of a watched connection; `side` is the sender. */
bool live_timeline_side(const struct live_timeline *t, uint16_t port, uint16_t peer_port,
			int *side);

/* ---- stage ----------------------------------------------------------------------------------- */

/* Turns the calling process, which must be the runner, into the only inhabitant of a new network
 * namespace with loopback up. */
bool live_stage_enter(const struct ew_live_experiment *x, struct ew_live_event *event,
		      GError **error);

/* ---- actors ---------------------------------------------------------------------------------- */

struct live_actor {
	pid_t pid;
	int pidfd;
	int control;	 /* SOCK_SEQPACKET */
	bool is_running; /* not yet reaped */
	int status;	 /* wait status, once it is */
};

struct live_command {
	enum ew_live_verb verb;
	int64_t count;
	uint16_t port; /* to connect to */
};

struct live_reply {
	int error; /* errno, 0 */
	int64_t value;
	uint16_t port, peer_port; /* of the socket, host order; after listen, connect, accept */
};

bool live_actor_start(struct live_actor *a, const char *name, GError **error);
/* The kill of the experiment: SIGKILL through the pidfd. */
bool live_actor_kill(struct live_actor *a);
/* Reaps it if it has ended. */
bool live_actor_reap(struct live_actor *a);
/* Kills, waits and closes; for an actor that was never started nothing. */
void live_actor_clear(struct live_actor *a);

/* ---- observers ------------------------------------------------------------------------------- */

struct live_diag; /* NETLINK_SOCK_DIAG */
struct live_diag *live_diag_open(GError **error);
void live_diag_close(struct live_diag *d);
/* Fills the socket members of `e` for the socket with these ports; state EW_LIVE_GONE if there is
 * none. */
bool live_diag_look(struct live_diag *d, const struct live_end *end, struct ew_live_event *e,
		    GError **error);
/* Destroys it. Returns false where something is left that would keep the namespace. */
bool live_diag_destroy(struct live_diag *d, const struct live_end *end);

struct live_capture; /* libpcap on the stage's loopback */
struct live_capture *live_capture_open(GError **error);
void live_capture_close(struct live_capture *c);
int live_capture_fd(const struct live_capture *c);
/* Adds all packets that are there to the timeline; returns how many belong to a watched connection.
 * */
int live_capture_read(struct live_capture *c, struct live_timeline *t);

/* ---- runner ---------------------------------------------------------------------------------- */

/* What the runner writes to the user's process. */
struct live_message {
	bool is_error;
	int code; /* enum ew_error */
	struct ew_live_event event;
	char text[512]; /* of the error */
};

/* Runs the experiment in the forked child; `parent` is its end of the socketpair. Does not return.
 * */
G_NORETURN void live_runner_main(const struct ew_live_experiment *x, int parent);

#endif
