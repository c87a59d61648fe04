/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * sockets: the TCP sockets of this machine, or of another network namespace: who holds them, whose turn
 * it is, what stands out, and how one is closed from outside.
 *
 * Sockets come from NETLINK_SOCK_DIAG, timewait sockets and connection requests included; owners from
 * one walk of /proc, which finds every descriptor of every process that may be looked into. Nothing is
 * claimed that was not seen: a socket without a holder is one for which none was found, and how many
 * processes could not be looked into is counted beside it.
 *
 * The module knows no index, no terminal and no JSON; shell/view has the words.
 */
#ifndef EW_SOCKETS_H
#define EW_SOCKETS_H

#include "live/live.h"
#include <sys/types.h>

/* ---- what is seen ---------------------------------------------------------------------------- */

/* The kernel's three objects that have a place in its table of connections. */
enum ew_socket_object {
	EW_SOCKET_FULL,
	EW_SOCKET_TIMEWAIT, /* small, of FIN_WAIT2 or TIME_WAIT; belongs to nobody, ends by its timer */
	EW_SOCKET_REQUEST,  /* smaller: a SYN was answered, the third segment has not come */
};

struct ew_socket_address {
	int family;	   /* AF_INET, AF_INET6 */
	uint8_t bytes[16]; /* 4 of them for AF_INET; network order */
	uint16_t port;	   /* host order; 0: none */
};

struct ew_socket {
	struct ew_socket_address local, peer;
	uint32_t interface; /* it is bound to, or 0 */
	uint32_t cookie[2]; /* the kernel's own name for it */
	enum ew_socket_object object;
	enum ew_live_state state;
	enum ew_live_timer timer;
	uint32_t expires_ms, retransmits;
	/* bytes; of a listener connections that wait for accept(), and how many may */
	uint32_t receive_queue, send_queue;
	uint32_t inode; /* 0: no file: an orphan, or not yet accepted */
	uint32_t uid;
	unsigned shutdown; /* 1: receiving, 2: sending; by shutdown(2), or by the peer's FIN */
	char ulp[16];	   /* "mptcp", "tls"; empty where there is none, or where we may not know */
	/* tcp_info, in milliseconds; meaningful with has_info */
	bool has_info;
	uint32_t since_sent, since_received; /* data; where none came: since it was established */
	uint32_t since_ack; /* the last segment of the peer whose acknowledgement counted */
	int first_holder, holder_count; /* in ew_sockets.holders */
};

/* A descriptor that refers to a socket. */
struct ew_socket_holder {
	uint32_t inode;
	pid_t pid;
	pid_t thread; /* 0; or the one thread whose own table has it */
	int fd;	      /* -1: registered with the io_uring ring of descriptor `ring` */
	int ring;
	const char *name; /* the process's, as it calls itself; belongs to the ew_sockets */
};

/* What the walk of /proc could see. */
struct ew_sockets_walk {
	int processes;	     /* that were looked into */
	int refused;	     /* that may not be looked into: CAP_SYS_PTRACE is missing */
	bool is_hidden;	     /* /proc shows only our own processes: hidepid */
	bool is_contained;   /* we are in a pid namespace: processes outside of it are not seen */
	char problem[128];   /* why there was no walk at all, or empty */
};

struct ew_sockets {
	GArray *sockets; /* of struct ew_socket, listeners first, then by local port */
	GArray *holders; /* of struct ew_socket_holder, those of one socket together */
	struct ew_sockets_walk walk;
	bool has_info; /* of the full sockets */
	GStringChunk *names;
};
void ew_sockets_free(struct ew_sockets *s);
EW_DEFINE_AUTO(sockets, ew_sockets_free)

static inline struct ew_socket *ew_sockets_at(const struct ew_sockets *s, guint i)
{
	return &g_array_index(s->sockets, struct ew_socket, i);
}

static inline const struct ew_socket_holder *ew_sockets_holder(const struct ew_sockets *s,
							       const struct ew_socket *k, int i)
{
	return &g_array_index(s->holders, struct ew_socket_holder, (guint)(k->first_holder + i));
}

/* ---- looking --------------------------------------------------------------------------------- */

/* A way into one network namespace. */
struct ew_sockets_source;

/* `netns` is a process id, a name of ip-netns(8) or a path; NULL is our own. Fails with
 * EW_ERROR_NO_ANSWER where there is no such namespace, with EW_ERROR_NOT_POSSIBLE where we may not enter
 * it (the message names the capability) or the kernel has no sock_diag. */
struct ew_sockets_source *ew_sockets_open(const char *netns, GError **error);
void ew_sockets_close(struct ew_sockets_source *source);
EW_DEFINE_AUTO(sockets_source, ew_sockets_close)

/* Which sockets are wanted. What is zero does not narrow. */
struct ew_sockets_filter {
	unsigned states; /* 1 << EW_LIVE_…, as the kernel counts them */
	uint16_t port;	 /* on either side */
	pid_t pid;	 /* that holds it; takes the owners */
	uint32_t inode;
	struct ew_socket_address local, peer; /* family AF_UNSPEC: any; port 0: any */
	bool has_peer; /* `peer` is given even if it is nobody: then only a listener matches */
};

/* Dumps the sockets that pass, and, with `owners`, walks /proc once. Sockets that have no holder and no
 * process that could hide one are looked at again: what ended meanwhile is left out. */
struct ew_sockets *ew_sockets_look(struct ew_sockets_source *source, const struct ew_sockets_filter *f,
				   bool owners, GError **error);

/* Finds the holders anew for sockets that are there already. */
void ew_sockets_find_owners(struct ew_sockets *s);

/* ---- addresses ------------------------------------------------------------------------------- */

/* "127.0.0.1:80", "[::1]:80", ":80" or "*:80" (any address), "*" (nobody). Fails with EW_ERROR_USAGE. */
bool ew_socket_address_parse(const char *text, struct ew_socket_address *address, GError **error);
/* The same back; "*" for nobody. At most 64 bytes. */
void ew_socket_address_text(const struct ew_socket_address *address, char *text, size_t size);
/* An IPv4 address and the same mapped into IPv6 are one. */
bool ew_socket_address_equal(const struct ew_socket_address *a, const struct ew_socket_address *b);

/* ---- whose turn is it? ----------------------------------------------------------------------- */

enum ew_socket_turn {
	EW_TURN_NOBODY,
	EW_TURN_OWNER, /* the program that holds it */
	EW_TURN_LISTENER, /* the program that has the listener: accept() */
	EW_TURN_PEER, /* the peer's program */
	EW_TURN_PEER_KERNEL, /* an acknowledgement, which needs no program */
	EW_TURN_KERNEL, /* ours: a timer, or data that it holds back */
	EW_TURNS,
};
/* "owner", "peer" …; never NULL. */
const char *ew_socket_turn_name(enum ew_socket_turn turn);

/* Why it is so. */
enum ew_socket_why {
	EW_WHY_LISTENS,	 /* nothing waits in its accept queue */
	EW_WHY_ACCEPT,	 /* connections wait in it */
	EW_WHY_NOT_ACCEPTED,	 /* this is such a connection */
	EW_WHY_SYN_SENT,	 /* the peer has not answered */
	EW_WHY_SYN_RECV,	 /* the peer has not confirmed */
	EW_WHY_UNREAD,	 /* bytes wait to be read */
	EW_WHY_WINDOW,	 /* the peer's window is shut: its program does not read */
	EW_WHY_UNACKNOWLEDGED, /* bytes were sent, and the peer has not acknowledged them */
	EW_WHY_HELD_BACK,	 /* bytes wait, and no timer runs */
	EW_WHY_IDLE,		 /* established, nothing waits */
	EW_WHY_FIN,		 /* our FIN is not acknowledged */
	EW_WHY_PEERS_FIN,	 /* our FIN is acknowledged, the peer's has not come */
	EW_WHY_PEERS_FIN_TIMED, /* the same, and the kernel ends it after a while */
	EW_WHY_TIME_WAIT,
	EW_WHY_CLOSE_WAIT, /* the peer has closed, the owner has not */
	EW_WHY_UNCONNECTED,
	EW_WHYS,
};

enum ew_socket_turn ew_socket_turn(const struct ew_socket *k, enum ew_socket_why *reason);

/* A full socket that the kernel goes on with for a process that let go of it. */
bool ew_socket_is_orphan(const struct ew_socket *k);
/* A connection that no accept() has taken. */
bool ew_socket_is_unaccepted(const struct ew_socket *k);
/* The timer's name: ew_live_timer_name(), but "syn-ack" for a request's and "fin-wait-2" for that of a
 * full orphan in FIN_WAIT2. */
const char *ew_socket_timer_name(const struct ew_socket *k);

/* For how long it has been in CLOSE_WAIT, in milliseconds. The peer's FIN came with or before the last
 * segment whose acknowledgement counted, so that `least` is sure (but for a reordering network, by that
 * network's delay); and it came after the last data, so that `most` is, too. False where nothing is
 * known. */
bool ew_socket_close_wait(const struct ew_socket *k, uint32_t *least, uint32_t *most);

/* ---- what stands out ------------------------------------------------------------------------- */

enum {
	EW_HINT_FORGOT_CLOSE = 1 << 0,	/* CLOSE_WAIT for `stale` seconds or more */
	EW_HINT_NOT_READ = 1 << 1,	/* the peer's window is shut */
	EW_HINT_ORPHAN_NOT_READ = 1 << 2, /* the same, and nobody here has the socket any more */
	EW_HINT_NO_ANSWER = 1 << 3,	/* retransmitted three times or more */
	EW_HINT_NO_HOLDER = 1 << 4,	/* none found although every process was looked into */
	EW_HINT_HOLDER_UNSEEN = 1 << 5, /* none found, but not every process could be looked into */
	EW_HINT_SEVERAL = 1 << 6,	/* processes hold it: the end of one closes nothing */
	EW_HINT_BACKLOG = 1 << 7,	/* the accept queue is full */
	EW_HINT_HALF_CLOSED = 1 << 8,	/* FIN_WAIT2 that a process holds: no timer will end it */
	EW_HINT_MPTCP = 1 << 9,		/* a subflow: a process has the MPTCP socket in its place */
	EW_HINTS = 10,
};
unsigned ew_socket_hints(const struct ew_sockets *s, const struct ew_socket *k, unsigned stale);
/* "forgot-close" …, by the number of its bit. */
const char *ew_socket_hint_name(int bit);

/* ---- what changes ---------------------------------------------------------------------------- */

enum ew_socket_event {
	EW_SOCKET_NEW,
	EW_SOCKET_STATE,
	EW_SOCKET_ACCEPTED, /* the same state, and now a file */
	EW_SOCKET_HINT,	    /* the same state, and something stands out that did not */
	EW_SOCKET_GONE,
	EW_SOCKET_EVENTS,
};
/* "new", "state" …; never NULL. */
const char *ew_socket_event_name(enum ew_socket_event event);

struct ew_socket_change {
	enum ew_socket_event event;
	const struct ew_socket *before, *now; /* NULL: it was not, or is not, there */
	unsigned hints; /* that were not there before */
};
/* `s` is the look that has the socket and its holders: of one that is gone, the earlier. */
typedef void (*ew_socket_change_fn)(const struct ew_socket_change *change, const struct ew_sockets *s,
				    void *data);

/* Takes the holders of the sockets that were there before. True where others have a file, too, so that
 * ew_sockets_find_owners() has something to find. */
bool ew_sockets_carry_over(struct ew_sockets *s, const struct ew_sockets *before);
/* Calls `fn` for what is gone, then for what is new or different, in the order of the sockets. */
void ew_sockets_compare(const struct ew_sockets *before, const struct ew_sockets *s, unsigned stale,
			ew_socket_change_fn fn, void *data);

/* ---- following one connection ---------------------------------------------------------------- */

/* Whether they are the two ends of one connection. */
bool ew_socket_is_other_end(const struct ew_socket *a, const struct ew_socket *b);

/* A packet, or a change of the state of one end. */
struct ew_sockets_followed {
	int64_t time; /* CLOCK_REALTIME, nanoseconds */
	bool is_packet;
	struct ew_live_captured packet; /* its side 0 is end 0, side 1 that end's peer */
	char *line;			/* the packet's */
	int end;
	enum ew_live_state before, state;
	bool is_inferred; /* not seen: the states around it and the packets prove it */
};
typedef void (*ew_sockets_followed_fn)(const struct ew_sockets_followed *event, void *data);

/* `ends`: one end, or both where both are in the namespace. Fails with EW_ERROR_NOT_POSSIBLE where packets may
 * not be watched; the message names the capability. The source must outlive it. */
struct ew_sockets_follow;
struct ew_sockets_follow *ew_sockets_follow_new(struct ew_sockets_source *source, const struct ew_socket *ends,
						int count, GError **error);
/* Ends it, and the file of packets; false if that could not be written. NULL is allowed. */
bool ew_sockets_follow_free(struct ew_sockets_follow *f, GError **error);
/* For ew_live_capture_keep() and what it counts. */
struct ew_live_capture *ew_sockets_follow_capture(struct ew_sockets_follow *f);
/* No more packets than that are read. */
void ew_sockets_follow_limit(struct ew_sockets_follow *f, int64_t packets);

/* Waits so long for a packet, and calls `fn` for what has happened since the last turn, in order of time. */
bool ew_sockets_follow_turn(struct ew_sockets_follow *f, int timeout_ms, ew_sockets_followed_fn fn, void *data,
			    GError **error);
/* No end is there any more. */
bool ew_sockets_follow_is_over(const struct ew_sockets_follow *f);
enum ew_live_state ew_sockets_follow_state(const struct ew_sockets_follow *f, int end);
/* As many packets were read as are wanted. */
bool ew_sockets_follow_is_full(const struct ew_sockets_follow *f);

/* ---- closing from outside -------------------------------------------------------------------- */

enum ew_drop {
	EW_DROP_DONE,
	EW_DROP_GONE,	     /* it was gone already */
	EW_DROP_FORBIDDEN,   /* `why` names the capability */
	EW_DROP_UNSUPPORTED, /* this kernel does not do that with such a socket */
	EW_DROP_FAILED,
};

struct ew_dropped {
	enum ew_drop outcome;
	int error; /* errno, or 0 */
	char why[320]; /* empty where it is done */
	/* what is there afterwards; state EW_LIVE_GONE: nothing */
	struct ew_socket now;
};

/* SOCK_DESTROY: this very socket, by its addresses and cookie. */
void ew_sockets_destroy(struct ew_sockets_source *source, const struct ew_socket *k, struct ew_dropped *d);

/* shutdown(SHUT_WR) on a holder's own descriptor, which pidfd_getfd(2) copies: the FIN leaves after what
 * is queued, and the holder may still read. To be asked only where ew_socket_can_finish(). */
void ew_sockets_finish(struct ew_sockets_source *source, const struct ew_sockets *s,
		       const struct ew_socket *k, struct ew_dropped *d);
/* Whether a FIN of ours is still to be sent from this state. */
bool ew_socket_can_finish(const struct ew_socket *k);

/* Looks at this very socket once more. False where it could not be asked; a socket that is gone has state
 * EW_LIVE_GONE. */
bool ew_sockets_again(struct ew_sockets_source *source, const struct ew_socket *k, struct ew_socket *now,
		      GError **error);

#endif
