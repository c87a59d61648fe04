/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * live: real processes on real sockets, killed for real, and watched.
 *
 * An experiment is data (lessons/experiments/NAME.exp). Running one forks a runner; only the runner
 * enters a user namespace and a network namespace of its own (the stage), so that the user's
 * process never does and no privilege is needed. The runner forks the actors, tells each over a
 * socketpair what to do, kills the one that is to be killed through its pidfd, and watches all the
 * while: sockets by NETLINK_SOCK_DIAG (exact look-ups of the connections it knows), packets by
 * libpcap on the stage's loopback, processes by their pidfds. What the observers see is merged on
 * CLOCK_MONOTONIC into one timeline of events, whose zero is the kill.
 *
 * The module knows no index, no terminal and no JSON: events are plain data that shell/view draws.
 * Nothing outlives a run, however it ends: the runner kills and reaps the actors, destroys the
 * sockets that were left (SOCK_DESTROY), and the namespaces go with it.
 */
#ifndef EW_LIVE_H
#define EW_LIVE_H

#include "fact/fact.h"

/* ---- words ----------------------------------------------------------------------------------- */

/* States of a TCP socket, numbered as in the kernel's include/net/tcp_states.h. 0 is for a socket
 * that no longer exists. FIN_WAIT2 and TIME_WAIT may be either of the kernel's two objects: a full
 * socket or the small timewait socket; the latter has the timer EW_LIVE_TIMER_TIMEWAIT. */
enum ew_live_state {
	EW_LIVE_GONE,
	EW_LIVE_ESTABLISHED,
	EW_LIVE_SYN_SENT,
	EW_LIVE_SYN_RECV,
	EW_LIVE_FIN_WAIT1,
	EW_LIVE_FIN_WAIT2,
	EW_LIVE_TIME_WAIT,
	EW_LIVE_CLOSE, /* exists, but is not connected */
	EW_LIVE_CLOSE_WAIT,
	EW_LIVE_LAST_ACK,
	EW_LIVE_LISTEN,
	EW_LIVE_CLOSING,
	EW_LIVE_STATES,
};

/* "FIN_WAIT2", "gone"; never NULL. */
const char *ew_live_state_name(enum ew_live_state state);
/* Reads a name, however a person writes it ("FIN_WAIT2", "fin-wait-2", "FinWait2", "none"). */
bool ew_live_state_parse(const char *text, enum ew_live_state *state);

/* idiag_timer of struct inet_diag_msg. */
enum ew_live_timer {
	EW_LIVE_TIMER_NONE,
	EW_LIVE_TIMER_RTO,	 /* retransmission, or a tail loss probe */
	EW_LIVE_TIMER_KEEPALIVE, /* keepalive, or FIN_WAIT2 of a full socket's orphan */
	EW_LIVE_TIMER_TIMEWAIT,	 /* the timewait socket's end */
	EW_LIVE_TIMER_PERSIST,	 /* zero window probes */
};
/* "rto", "persist" …; "none" for EW_LIVE_TIMER_NONE. */
const char *ew_live_timer_name(enum ew_live_timer timer);

/* TCP flags as they stand in the header (RFC 9293, 3.1). */
enum {
	EW_LIVE_FIN = 0x01,
	EW_LIVE_SYN = 0x02,
	EW_LIVE_RST = 0x04,
	EW_LIVE_PSH = 0x08,
	EW_LIVE_ACK = 0x10,
};

/* What a packet is there for, in one word: "RST", "SYN", "FIN", "DATA", else "ACK", the first that
 * applies. Expectations are written in these words. */
const char *ew_live_packet_word(unsigned flags, unsigned length);
/* Its flags as text, "FIN,ACK"; the caller frees. */
char *ew_live_flags_text(unsigned flags);

/* How it ended for the side that was not killed. */
enum ew_live_outcome {
	EW_LIVE_OUTCOME_UNKNOWN,
	EW_LIVE_OUTCOME_YES,  /* each dead side's FIN arrived: an orderly close from that side */
	EW_LIVE_OUTCOME_RUDE, /* the peer was told, but by a RST */
	EW_LIVE_OUTCOME_LATE, /* told, but when the process was dead already, or after a stand-still
			       */
	EW_LIVE_OUTCOME_NO,   /* the peer was told nothing: it was still ESTABLISHED at the end */
	EW_LIVE_OUTCOME_PAUSED, /* held within its exit, and told when it went on */
	EW_LIVE_OUTCOMES,
};
const char *ew_live_outcome_name(enum ew_live_outcome outcome);

/* ---- experiments ----------------------------------------------------------------------------- */

#define EW_LIVE_SIDES		2 /* two hosts, two columns: side 0 stands left, side 1 right */
#define EW_LIVE_ACTORS_MAX	8
#define EW_LIVE_SEQUENCE_MAX	16
#define EW_LIVE_CONNECTIONS_MAX 2048
#define EW_LIVE_ARGUMENTS_MAX	4
#define EW_LIVE_NAME_MAX	16

enum ew_live_protocol {
	EW_LIVE_TCP,
	EW_LIVE_UDP,
	EW_LIVE_UNIX,
	EW_LIVE_MPTCP,
	EW_LIVE_PROTOCOLS,
};
const char *ew_live_protocol_name(enum ew_live_protocol protocol);

/* Which of a file's variants is meant: its lines that begin with `full` instead of those that begin
 * with `quick`, and addresses of IPv6 instead of IPv4. NULL stands for neither. */
struct ew_live_variant {
	bool is_full;
	bool is_ipv6;
	bool is_by_hand; /* see ew_live_run_by_hand() */
};

/* A process. The first two are the columns; helpers live on the host of one of them. */
struct ew_live_actor {
	char *name;
	int side;
	bool is_born; /* of another actor, by a step such as `fork` */
	int line;
};

/* What a verb is, as far as a reader of the manual needs it. `arguments` is its grammar, too: a
 * word in capitals stands for a value (ACTOR, NEW, N, BYTES, DURATION, SIGNAL, NAME, WORD), others
 * for themselves, [brackets] are optional. See shell/live/README.md. */
struct ew_live_verb {
	const char *name;
	const char *arguments;
	const char *help;
	const char *needs; /* names of probes, or NULL */
};
/* The verbs in the order of the manual: number 0, 1 … until NULL. `is_stage` tells the ones that
 * are lines of their own, not steps of an actor (may be NULL). */
const struct ew_live_verb *ew_live_verb(size_t number, bool *is_stage);

/* What `needs` and `topology` may name, likewise. `help` may be NULL. */
const char *ew_live_need(size_t number, const char **help);
const char *ew_live_topology(size_t number, const char **help);

/* A value that a step gives to its verb. */
struct ew_live_argument {
	bool is_given;
	int64_t number; /* N, bytes, milliseconds, signal, actor */
	char text[48];	/* as it was written */
};

struct ew_live_step {
	const struct ew_live_verb *verb;
	char *text; /* the line's own words without its modifiers: "client connect server" */
	int actor;  /* -1 for what the stage does */
	int target; /* the actor that an argument names, else -1 */
	struct ew_live_argument arguments[EW_LIVE_ARGUMENTS_MAX]; /* in the order of the grammar */
	char on[EW_LIVE_NAME_MAX]; /* descriptor, or number of a connection; "": the last one */
	char as[EW_LIVE_NAME_MAX]; /* name for the descriptor that it makes; "": none */
	int repeat;
	int64_t within_ms; /* it must be done by then */
	bool is_detached;  /* `without waiting`: the next step begins before this one is done */
	bool is_zero;	   /* time counts from here */
	int64_t blocks_ms; /* it is expected not to come back for so long; 0: it is not */
	int fails;	   /* errno that is expected, 0 for none */
	bool has_value;
	int64_t value; /* that is expected to be returned */
	int line;
};

struct ew_live_sysctl {
	char *name, *value; /* "net.ipv4.tcp_fin_timeout", of the stage's namespaces only */
	int line;
};

/* What the observers watch. */
enum { EW_LIVE_WATCH_SOCKETS = 1, EW_LIVE_WATCH_PACKETS = 2, EW_LIVE_WATCH_PROCESSES = 4 };

/* The states of a side's socket, from the one at the kill to the last. Several of one side and
 * connection are alternatives. */
struct ew_live_expected {
	int side;
	int connection; /* 0: each */
	enum ew_live_state states[EW_LIVE_SEQUENCE_MAX];
	int count;
	int line;
};

/* The packets after the kill, retransmissions apart. */
struct ew_live_expected_packet {
	int side;	/* that sent it */
	int connection; /* 0: of each connection by itself */
	char word[8];
	int least, most; /* how many in a row */
	int group;	 /* those of one group come in any order; 0: in theirs */
	int alternative; /* 0, 1 …: sequences of which one must fit */
};

/* One thing that is looked for on the timeline. */
struct ew_live_mark {
	int actor;	/* for a packet or a state its side's first */
	int connection; /* 0: any */
	char word[16];	/* of a packet, a state, or "dead" */
};

enum ew_live_clause_kind {
	EW_LIVE_ORDER, /* each mark is seen, in this order; others may lie between */
	EW_LIVE_NEVER, /* none of the marks is seen */
	EW_LIVE_TAKES, /* the one mark is seen between least_ms and most_ms after the kill */
};

struct ew_live_clause {
	enum ew_live_clause_kind kind;
	GArray *marks; /* of struct ew_live_mark */
	int64_t least_ms, most_ms;
	int line;
};

/* How much a counter of /proc/net/netstat or snmp grows: proof of the branch that the kernel took.
 */
struct ew_live_expected_counter {
	int side; /* -1: where both live in one namespace */
	char name[32];
	int64_t least, most;
	int line;
};

/* How a connection is closed. */
struct ew_live_expected_close {
	int connection; /* 0: each that no other line names */
	enum ew_live_outcome outcome;
	int line;
};

/* A deciding place of the kernel, as a lesson's anchor names it. */
struct ew_live_because {
	char *function;
	char *at;    /* text of its line, or NULL */
	char *words; /* the condition in words */
	int line;
};

struct ew_live_experiment {
	char *name; /* file name without directory and ".exp" */
	char *path;
	char *group; /* "" where the file names none */
	char *title;
	char *question;
	char *topology;	 /* "loopback" */
	char *teaches;	 /* the point, told after the run; or NULL */
	char *refutes;	 /* what is commonly said; or NULL */
	char **decides;	 /* functions of the kernel that decide it; ends with NULL, may be empty */
	char **needs;	 /* of this machine: names of probes, with a parameter after a space */
	GArray *because; /* of struct ew_live_because */
	struct ew_live_actor actors[EW_LIVE_ACTORS_MAX];
	int actor_count;
	GArray *sysctls; /* of struct ew_live_sysctl */
	GArray *steps;	 /* of struct ew_live_step */
	unsigned watch;
	GArray *watched; /* of int: numbers of the connections that are looked at; empty: all */
	bool has_ipv4, has_ipv6;	/* the families that it is for */
	struct ew_live_variant variant; /* that was read */
	bool is_bare; /* nothing but packets is watched: see ew_live_without_observers() */
	bool has_full;			/* a variant of full length exists */
	enum ew_live_protocol protocol;
	int64_t bound_ms; /* the watching ends this long after the kill */
	GArray *expected; /* of struct ew_live_expected */
	GArray *packets;  /* of struct ew_live_expected_packet; expected, in order */
	bool expects_packets;
	GArray *clauses;	     /* of struct ew_live_clause */
	GArray *counters;	     /* of struct ew_live_expected_counter */
	GArray *closes;		     /* of struct ew_live_expected_close */
};

/* Reads an experiment. Fails with EW_ERROR_INPUT and "file:line: what is wrong; what to do", a line for each that is
 * wrong (the first twenty), and where there are several "file: N errors" as the last, or
 * EW_ERROR_NO_ANSWER where there is no such file. Both its quick and its full variant must be
 * right, whichever is asked for. The language is described in exitwalk-live(1). */
struct ew_live_experiment *ew_live_load(const char *path, GError **error);
struct ew_live_experiment *
ew_live_load_variant(const char *path, const struct ew_live_variant *variant, GError **error);
/* The same from memory; `path` names it in errors and gives it its name. */
struct ew_live_experiment *ew_live_parse(const char *text, const char *path, GError **error);
struct ew_live_experiment *ew_live_parse_variant(const char *text, const char *path,
						 const struct ew_live_variant *variant,
						 GError **error);
void ew_live_experiment_free(struct ew_live_experiment *x);
EW_DEFINE_AUTO(live_experiment, ew_live_experiment_free)

/* All experiments (*.exp) of a directory, in the order of its file `groups`, else by group and name: array of struct ew_live_experiment, which frees
 * them. A file that does not parse does not hide the others: its message is added to `problems`
 * (array of char *, the caller's; may be NULL). Fails only where the directory cannot be read. */
GPtrArray *ew_live_list(const char *directory, GPtrArray *problems, GError **error);
/* How long the run took that was recorded beside it (NAME.timeline), with the laying of the stage; -1 if there is
 * no such file. */
int64_t ew_live_recorded_ms(const struct ew_live_experiment *x);

/* "ECONNRESET"; what strerror() says of one that has no such name here. */
const char *ew_live_errno_name(int number);
/* The side of an actor's name, -1 if there is none. */
int ew_live_side(const struct ew_live_experiment *x, const char *actor);
/* The actor of a name, -1 if there is none. */
int ew_live_actor(const struct ew_live_experiment *x, const char *name);
/* From now on nothing but packets is watched, and of what is expected only packets and what the steps
 * give are compared: to see that watching changes nothing on the wire. */
void ew_live_without_observers(struct ew_live_experiment *x);
/* Can the result of a run be kept there? Before it is begun: what is there and no recording is not replaced. */
bool ew_live_can_record(const char *path, GError **error);
/* Why it is not for IPv6, in a line; NULL if it is. */
const char *ew_live_lacks_ipv6(const struct ew_live_experiment *x);
/* How a connection is expected to be closed; UNKNOWN where the file does not say. */
enum ew_live_outcome ew_live_expected_outcome(const struct ew_live_experiment *x, int connection);
/* Is there anything in it that a run is compared with? */
bool ew_live_expects(const struct ew_live_experiment *x);
/* How many connections its steps make. */
int ew_live_connection_count(const struct ew_live_experiment *x);
/* Whether a connection's sockets are looked at. */
bool ew_live_is_watched(const struct ew_live_experiment *x, int connection);

/* The command that shows the run that was recorded beside it (NAME.timeline), "exitwalk live NAME --recorded"; NULL if there
 * is no such file. The caller frees. */
char *ew_live_replay_command(const struct ew_live_experiment *x);
/* Why this machine cannot run the experiment, of what `needs` and its verbs and topology name; NULL
 * if it can. The caller frees. Does not set a stage: see ew_live_check(). */
char *ew_live_missing(const struct ew_live_experiment *x);
/* What it needs that not every machine has, as `needs` says it, with that of its verbs and topology: "root",
 * "sysctl net.ipv4.tcp_rto_max_ms". Ends with NULL; the caller frees it. */
char **ew_live_needs(const struct ew_live_experiment *x);

/* ---- events ---------------------------------------------------------------------------------- */

/*
 * What was seen, and which members of the event say more of it (those of a socket are the ones
 *below "sockets"):
 *
 *	STAGE    the stage is set: text = kernel release, value = inode of its network namespace,
 *	         status = 1 with a user namespace, 0 where root needed none, clock = CLOCK_REALTIME of
 *	         the kill in nanoseconds
 *	STEP     a step was done: line, text = its words, value = what it returned, status = errno
 *	STATE    a socket changed its state: before, state and the rest of a socket
 *	SOCKET   the same state, but queues, owner or timer changed
 *	PACKET   a packet was delivered
 *	ICMP     a host told of an error: side = which, status = type, value = code, text = what it is and the packet that
 *	         it quotes
 *	PROCESS  an actor ended: status = wait status; with a text it is still there, and the text
 *	         says what it came to: "stopped in do_exit"
 *	COUNTER  text = name of a counter, value = how much it grew, 0 at the end for one that the experiment
 *	         asks for and that never did; side -1 for both
 *	NOW      one per socket, as it is: asked for by hand, or at a stand-still when the other side is
 *	         no longer observed
 *	TURN     by hand: nothing moves any more, and an order is awaited; value = how many packets
 *	         are held, text = which, line = of the step that comes next (0 for none), status = 1
 *	         where the last order found nothing to do
 *	FREED    the kernel freed a full socket; a timewait socket may stand for it, or nothing
 *	ALIVE    a killed process is still there: text = how /proc tells of it; or its host is no
 *	         longer observed, as the text says
 *	OBSERVERS  what watching took: line = looks, status = microseconds between two of them while
 *	         things happened (99 of 100), value = processor time, clock = time, in microseconds; steps =
 *	         how much of value the steps took: telling actors what to do, waiting for their answers
 *	STILL    nothing happened for value milliseconds: one event per side, its socket as it is
 *	BOUND    the bound was reached: value = its milliseconds, text and line = the step not done
 *	LEFT     one per socket that was still there then
 *	END      always last: value = 1 if the run was completed, status = signal that stopped it or
 *0, line = sockets that clearing the stage could not remove
 */
enum ew_live_event_kind {
	EW_LIVE_EVENT_STAGE,
	EW_LIVE_EVENT_STEP,
	EW_LIVE_EVENT_STATE,
	EW_LIVE_EVENT_SOCKET,
	EW_LIVE_EVENT_PACKET,
	EW_LIVE_EVENT_PROCESS,
	EW_LIVE_EVENT_COUNTER,
	EW_LIVE_EVENT_FREED,
	EW_LIVE_EVENT_ALIVE,
	EW_LIVE_EVENT_OBSERVERS,
	EW_LIVE_EVENT_STILL,
	EW_LIVE_EVENT_BOUND,
	EW_LIVE_EVENT_LEFT,
	EW_LIVE_EVENT_NOW,
	EW_LIVE_EVENT_TURN,
	EW_LIVE_EVENT_ICMP,
	EW_LIVE_EVENT_END,
	EW_LIVE_EVENTS,
};
const char *ew_live_event_name(enum ew_live_event_kind kind);

/* What became of a packet on its way. Each is told once, by the time when it left; one that was held is
 * told again when it went on, or was dropped after all. */
enum ew_live_fate {
	EW_LIVE_FATE_PASSED,
	EW_LIVE_FATE_HELD,
	EW_LIVE_FATE_DROPPED, /* by a rule */
	EW_LIVE_FATE_DOUBLED, /* delivered, and once more */
	EW_LIVE_FATE_LOST,    /* the link was down */
	EW_LIVE_FATES,
};
const char *ew_live_fate_name(enum ew_live_fate fate);

/* One thing seen. Plain data: it may be copied, kept and written anywhere. */
struct ew_live_event {
	enum ew_live_event_kind kind;
	int64_t time;	/* nanoseconds since the kill; negative before it */
	int64_t since;	/* STATE, SOCKET: it was not yet so then; it happened in between */
	int side;	/* -1 for none */
	int actor;	/* STEP, PROCESS: number of the actor, -1 for none */
	int connection; /* sockets and packets: from 1 in the order of connect, 0 for none */
	/* sockets */
	enum ew_live_state before, state;
	bool inferred; /* not sampled: the states around it and a packet prove it */
	uint32_t receive_queue,
		send_queue; /* bytes; of CLOSE_WAIT one more for the FIN not yet read */
	uint32_t inode;	    /* 0: an orphan, no process has it */
	enum ew_live_timer timer;
	uint32_t expires_ms; /* that the timer still has */
	uint32_t retransmits;
	/* packets; numbers relative to the sender's and the receiver's SYN, as tcpdump prints them
	 */
	unsigned flags;
	uint32_t seq, ack, length, window;
	bool retransmission;
	enum ew_live_fate fate; /* on a stage with a wire: what became of it */
	bool was_held;		/* it was told before, as held, and goes on now */
	uint16_t port, peer_port;
	/* the rest */
	int line;
	int status;
	int64_t value;
	int64_t clock;
	int64_t steps;
	char text[64];
};

double ew_live_event_ms(const struct ew_live_event *e);

/* The fields that matter for the event's kind, in order: for records and JSON alike. `text` is NULL
 * for a number. Side and actor are given by the actor's name (a side's is its first). Flags and
 * booleans are numbers in records (0 or 1); states and timers are their names. The connection is
 * left out where it is the first, the actor where it is its side's first. */
struct ew_live_field {
	const char *name;
	const char *text;
	int64_t number;
	bool is_bool;
};
typedef void (*ew_live_field_fn)(const struct ew_live_field *field, void *data);
void ew_live_event_fields(const struct ew_live_experiment *x, const struct ew_live_event *e,
			  ew_live_field_fn fn, void *data);

/* ---- running --------------------------------------------------------------------------------- */

typedef void (*ew_live_event_fn)(const struct ew_live_event *event, void *data);

/* The states that a side went through: the one at the kill, then each change. */
struct ew_live_observed {
	enum ew_live_state states[EW_LIVE_SEQUENCE_MAX];
	bool inferred[EW_LIVE_SEQUENCE_MAX];
	int count;
	bool has_still;
	enum ew_live_state still; /* at the first stand-still after the kill */
};

/* What became of one connection. */
struct ew_live_observed_connection {
	int number;
	struct ew_live_observed sides[EW_LIVE_SIDES];
	enum ew_live_outcome outcome;
};

struct ew_live_result {
	GArray *events; /* of struct ew_live_event, in order of time, END last */
	bool completed; /* false: stopped by a signal, see below */
	int signal;	/* that stopped it; the caller cleans up and raises it again */
	bool bound_reached;
	int left_behind;     /* sockets that keep their namespace until they end */
	GArray *connections; /* of struct ew_live_observed_connection, by number */
	struct ew_live_observed sides[EW_LIVE_SIDES]; /* of the first connection */
	enum ew_live_outcome outcome;		      /* of all, UNKNOWN where they differ */
	bool matched; /* all that the experiment expects was seen, and nothing else in its place */
	char *difference; /* NULL if matched; else a line each, no newline at the end */
	char *unjudged;	  /* what was expected and could not be observed here, a line each; or NULL */
};

/*
 * Runs an experiment and calls `fn` (may be NULL) for each event in order of time, a few
 * milliseconds after it happened; the events before the kill come together with it. Returns the
 * result, also of a run that was stopped by SIGINT, SIGTERM or SIGHUP: these are blocked while it
 * runs, and result->signal tells which came. Fails with EW_ERROR_NOT_POSSIBLE where this machine
 * forbids the stage (the message says what forbids it and what to do) or where the experiment did
 * not get as far as the kill.
 */
struct ew_live_result *ew_live_run(const struct ew_live_experiment *x, ew_live_event_fn fn,
				   void *data, GError **error);
/* ---- by hand --------------------------------------------------------------------------------- */

enum ew_live_order_kind {
	EW_LIVE_ORDER_STEP, /* the first packet that is held goes on; without any the next line is done */
	EW_LIVE_ORDER_NEXT, /* the experiment's next line is done */
	EW_LIVE_ORDER_HOLD,
	EW_LIVE_ORDER_PASS,
	EW_LIVE_ORDER_DROP,
	EW_LIVE_ORDER_DUPLICATE,
	EW_LIVE_ORDER_LINK_DOWN,
	EW_LIVE_ORDER_LINK_UP,
	EW_LIVE_ORDER_STATE,
	EW_LIVE_ORDER_WAIT,
	EW_LIVE_ORDER_CONTINUE, /* the rest runs by itself */
	EW_LIVE_ORDER_HELP,	/* for who asks, not for the runner */
	EW_LIVE_ORDER_QUIT,
};

/* What is to be done next. */
struct ew_live_order {
	enum ew_live_order_kind kind;
	int side;	/* of the packets that are meant, -1: of either */
	int match;	/* their kind */
	bool has_match;
	int times;	/* how many are dropped or doubled, 0: all that come */
};

/* Reads an order as a person writes it, "drop FIN server"; an empty line is a step. Fails with
 * EW_ERROR_USAGE. */
bool ew_live_order_parse(const struct ew_live_experiment *x, const char *line,
			 struct ew_live_order *o, GError **error);
/* What can be ordered, a line each; the caller frees. */
char *ew_live_order_help(void);

/* Asked after the event TURN; returns false to end the run, as at the end of the input. A signal that
 * ends a program interrupts what it reads. */
typedef bool (*ew_live_ask_fn)(const struct ew_live_event *turn, struct ew_live_order *o,
			       void *data);

/* Makes it one that is stepped: on a wire, whatever its topology. Fails with EW_ERROR_USAGE. */
bool ew_live_by_hand(struct ew_live_experiment *x, GError **error);
/* Like ew_live_run(), on a wire that is held, whatever the experiment's topology. Each order is asked
 * for. What the experiment expects is not to be compared with the result. */
struct ew_live_result *ew_live_run_by_hand(struct ew_live_experiment *x, ew_live_event_fn fn,
					   ew_live_ask_fn ask, void *data, GError **error);

/* What else a run gives. */
struct ew_live_options {
	int frames; /* a file that gets every frame, of ew_live_frames_new(); 0: none */
};
/* The same with options. */
struct ew_live_result *ew_live_run_with(const struct ew_live_experiment *x,
					const struct ew_live_options *options, ew_live_event_fn fn,
					void *data, GError **error);
/* Whether experiments can run on this machine: sets a stage with all observers and clears it again,
 * in some milliseconds. The error is the one that ew_live_run() would give. */
bool ew_live_check(GError **error);
void ew_live_result_free(struct ew_live_result *r);
EW_DEFINE_AUTO(live_result, ew_live_result_free)

/* ---- judging --------------------------------------------------------------------------------- */

/* Makes a result out of events, however they were come by (takes over the array's reference).
 * ew_live_run() and ew_live_replay() end with it. */
struct ew_live_result *ew_live_judge(const struct ew_live_experiment *x, GArray *events);

enum ew_live_grade {
	EW_LIVE_GRADE_UNKNOWN, /* the run did not come to a stand-still */
	EW_LIVE_GRADE_RIGHT,
	EW_LIVE_GRADE_WRONG,
};

/* ---- records --------------------------------------------------------------------------------- */

/* Writes the timeline to a file, one event a line, `key=value` words (text quoted as in a URL); the
 * first line is "exitwalk-live 1 NAME", and " full" behind it where the experiment has two lengths and ran at the
 * full one. */
bool ew_live_record(const struct ew_live_experiment *x, const struct ew_live_result *r,
		    const char *path, GError **error);
/* Reads it back, calls `fn` for each event, and judges it anew. The experiment must be the one that
 * was recorded. Errors name file:line. */
struct ew_live_result *ew_live_replay(const struct ew_live_experiment *x, const char *path,
				      ew_live_event_fn fn, void *data, GError **error);

/* The rest of what is public. */
#include "live/capture.h"
#include "live/counter.h"
#include "live/filter.h"
#include "live/keep.h"
#include "live/predict.h"

#endif
