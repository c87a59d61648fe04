/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the files of live share among themselves: verbs, timeline, stage, actors, observers and the
 * runner. All times here are CLOCK_MONOTONIC nanoseconds; only the timeline knows the kill.
 */
#ifndef EW_LIVE_INTERNAL_H
#define EW_LIVE_INTERNAL_H

#include "live/frame.h"
#include "live/language.h"
#include "live/live.h"
#include "live/observe.h"
#include <netinet/in.h>
#include <sys/types.h>

#define NS_PER_MS INT64_C(1000000)

static inline int64_t live_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

/* CLOCK_REALTIME - CLOCK_MONOTONIC, between two readings of the latter. The stamps of packets are
 * of the former, which may be set while we run: take it anew for each batch. */
int64_t live_clock_offset(void);

struct live_runner;

/* ---- addresses ------------------------------------------------------------------------------- */

/* An address of IPv4 or IPv6 with its port. */
struct live_address {
	int family;	   /* AF_INET or AF_INET6; 0: none */
	uint8_t bytes[16]; /* network order; 4 of them for IPv4 */
	uint16_t port;	   /* host order */
};

/* A socket's own address and its peer's. */
struct live_end {
	struct live_address local, peer;
};

/* Fills storage for a system call; returns its length. */
socklen_t live_address_put(const struct live_address *a, struct sockaddr_storage *s);
/* Takes what a system call gave; an IPv4 address mapped into IPv6 becomes one of IPv4. */
void live_address_get(struct live_address *a, const struct sockaddr_storage *s);
bool live_address_equal(const struct live_address *a, const struct live_address *b);
/* 127.0.0.1 or ::1, port 0. */
struct live_address live_address_loopback(int family);

/* ---- verbs: one row and one function each ---------------------------------------------------- */

enum {
	LIVE_VERB_STAGE = 1,   /* a line of its own, done by the runner: "still 500ms" */
	LIVE_VERB_ENDS = 2,    /* the actor is dead afterwards */
	LIVE_VERB_ON_DEAD = 4, /* may be done to one that was killed */
	LIVE_VERB_BEARS =
		8, /* makes the actor that it names; its control end comes with the command */
	LIVE_VERB_INBOX = 16,	 /* the way into the target's inbox comes with the command */
	LIVE_VERB_WAITS = 32,	 /* may rightly block: no hint that a step is missing */
	LIVE_VERB_LISTENER = 64, /* makes the actor one that can be connected to */
	LIVE_VERB_EXECS = 128,	 /* the actor becomes another program, and is told nothing more */
	LIVE_VERB_LEAVES = 256,	 /* done once the child is there, whenever the maker answers */
	LIVE_VERB_ROOM = 512,	 /* a directory of the experiment's own comes with the command */
	LIVE_VERB_TAKES = 1024,	 /* takes what comes from the other side: told when it has come back */
	LIVE_VERB_WIRE = 2048,	 /* only where there is a wire */
	LIVE_VERB_EVERYWHERE = 4096, /* a system call that each kernel has: where it is not supported, it is not of sockets of this
				      * kind, anywhere */
};

struct live_self;
struct live_command;
struct live_reply;

/* In the actor: does it and returns what the system call does, -1 with errno. The descriptor that
 * it made, if any, it hands to live_self_add(). */
typedef int64_t (*live_act_fn)(struct live_self *self, const struct live_command *c,
			       struct live_reply *r);
/* In the runner: does it and reports the step with live_runner_report(). Returns false when the
 * steps must end: r->error is set, or r->bound_reached. */
typedef bool (*live_run_fn)(struct live_runner *r, const struct ew_live_step *s);

struct live_verb {
	struct ew_live_verb words; /* first: a step's verb points to it */
	live_act_fn act;	   /* one of both */
	live_run_fn run;
	unsigned flags;
};

/* The tables, one a file, each ended by a row without a name; verbs.c lists them. */
extern const struct live_verb live_verbs_socket[];
extern const struct live_verb live_verbs_process[];
extern const struct live_verb live_verbs_data[];
extern const struct live_verb live_verbs_option[];
extern const struct live_verb live_verbs_share[];
extern const struct live_verb live_verbs_stall[];
extern const struct live_verb live_verbs_wire[];
/* Whether it is one of those that hold frames or let them go: by hand that is the user's part. */
bool live_verb_moves_frames(const struct live_verb *v);
extern const struct live_verb live_verbs_wait[];
extern const struct live_verb live_verbs_lack[];
extern const struct live_verb live_verbs_cgroup[];
extern const struct live_verb live_verbs_fuse[];
extern const struct live_verb live_verbs_uring[];
extern const struct live_verb live_verbs_path[];
extern const struct live_verb live_verbs_tls[];
extern const struct live_verb live_verbs_firewall[];
extern const struct live_verb live_verbs_leave[];
extern const struct live_verb live_verbs_repeat[];

static inline const struct live_verb *live_verb_of(const struct ew_live_step *s)
{
	return (const struct live_verb *)s->verb;
}

/* NULL if there is none of this name among those of the stage, or of actors. */
const struct live_verb *live_verb_find(const char *name, bool is_stage);
/* Their names, for messages; the caller frees. */
char *live_verb_names(bool is_stage);
/* Reads a verb's arguments by its grammar into the step. */
/* What `setsockopt` takes. */
bool live_option_find(const char *name);
char *live_option_names(void);
bool live_verb_parse(struct live_parser *p, const struct live_verb *v, char **words,
		     struct ew_live_step *s);

/* ---- timeline: merges what the observers report, and infers what must lie between ------------ */

/* A connection, once both its ends are known, and what was seen of it. */
struct live_connection {
	int number;
	bool is_watched;
	struct live_end ends[EW_LIVE_SIDES];
	/* sockets, as they were last seen */
	bool was_seen[EW_LIVE_SIDES];
	struct ew_live_event socket[EW_LIVE_SIDES];
	struct ew_live_event missed[EW_LIVE_SIDES]; /* that it is gone, which is not certain yet; time 0: it is there */
	int64_t looked, looked_before; /* at them: when last, and the time before */
	int64_t active;		       /* when a packet of it, or a change of state, was last seen */
	/* of the packets that came out */
	bool has_isn[EW_LIVE_SIDES];
	uint32_t isn[EW_LIVE_SIDES];
	GArray *sent[EW_LIVE_SIDES]; /* uint64_t: seq << 32 | length << 8 | flags, what was sent */
	struct live_history history; /* what proves states that were not sampled */
};

/* Events go in as they are seen, in any order within the window, and come out in order of time.
 * Until zero is set nothing comes out, because no time is known. */
struct live_timeline {
	const struct ew_live_experiment *experiment;
	ew_live_event_fn emit;
	void *data;
	int64_t zero;		/* 0: not yet */
	int64_t told;		/* time of the last event that came out */
	GArray *held;		/* of struct ew_live_event, `time` absolute */
	guint remembered; /* the first of them are in the histories of their connections */
	GPtrArray *connections; /* of struct live_connection, number 1 first */
	GPtrArray *watched;	/* those of them that are */
	GHashTable *by_ports;	/* the same by their ports, the newest of the same ones */
};

void live_timeline_init(struct live_timeline *t, const struct ew_live_experiment *x,
			ew_live_event_fn emit, void *data);
void live_timeline_clear(struct live_timeline *t);
void live_timeline_add(struct live_timeline *t, const struct ew_live_event *e);
/* How long a connection may be on the wire before the step that makes it is over. */
#define LIVE_UNTOLD_NS (2000 * NS_PER_MS)
/* Lets out everything up to `until` (INT64_MAX: all), but not what may be of a connection that nobody has told of. */
void live_timeline_flush(struct live_timeline *t, int64_t until);
/* A new connection; `end` is the one of `side`. */
struct live_connection *live_timeline_connect(struct live_timeline *t, int side,
					      const struct live_end *end);
/* The connection of a packet with these ports, and the side that sent it; NULL if it is of none. */
struct live_connection *live_timeline_find(const struct live_timeline *t, uint16_t port,
					   uint16_t peer_port, int *side);
struct live_connection *live_timeline_connection(const struct live_timeline *t, int number);

/* ---- stage and topologies -------------------------------------------------------------------- */

struct live_topology;

/* Where the actors live. */
struct live_stage {
	const struct live_topology *topology;
	int home;				      /* network namespace of the runner */
	int room;				      /* a directory of its own, -1 until one is asked for */
	int hosts[EW_LIVE_SIDES];		      /* that of each side; -1: the runner's own */
	bool is_left[EW_LIVE_SIDES]; /* nothing of ours is in it any more; its `hosts` is -1 */
	struct live_address addresses[EW_LIVE_SIDES]; /* of each side, port 0 */
	void *own;				      /* the topology's */
};

/* One way to lay a stage: a row in topology.c, the functions in a file of its own. */
struct live_topology {
	const char *name;
	const char *help;
	const char *needs; /* names of probes, or NULL */
	/* The runner has just become the only inhabitant of new namespaces, with loopback up; `set`
	 * makes hosts, links and addresses. `clear` takes them down and may be given a stage that
	 * was set in part. */
	bool (*set)(struct live_stage *stage, const struct ew_live_experiment *x, GError **error);
	void (*clear)(struct live_stage *stage);
	/* Observers that only this stage has; ends with NULL, or is NULL. */
	const struct live_observer *const *observers;
};
extern const struct live_topology live_topology_loopback, live_topology_wire;
struct live_wire;
/* The wire of a stage that has one, else NULL. */
struct live_wire *live_stage_wire(const struct live_stage *stage);

/* The table, ended by NULL. */
extern const struct live_topology *const live_topologies[];
const struct live_topology *live_topology_find(const char *name);

/* Turns the calling process, which must be the runner, into the only inhabitant of a new network
 * namespace, and lays the topology in it. */
bool live_stage_enter(struct live_stage *stage, const struct ew_live_experiment *x,
		      struct ew_live_event *event, GError **error);
void live_stage_clear(struct live_stage *stage);
/* A directory that is nobody else's and goes with the runner; made when it is first asked for. -1 with
 * errno. */
int live_stage_room(struct live_stage *stage);
/* Enters a side's network namespace, and comes home. For what is opened there and stays there. */
bool live_stage_go(const struct live_stage *stage, int side);
bool live_stage_home(const struct live_stage *stage);
bool live_stage_is_split(const struct live_stage *stage);
/* Writes a file of the kernel's. errno tells why not. */
bool live_write_file(const char *path, const char *text);
/* A sysctl by its dotted name, of the network namespace that we are in. */
bool live_write_sysctl(const char *name, const char *value);

/* ---- probes ---------------------------------------------------------------------------------- */

/* Whether `word` of `needs` names a probe, and whether it takes a parameter. */
bool live_probe_find(const char *word, bool *takes_parameter);
/* Why what it looks for is missing here, or NULL if it is there; the caller frees. */
char *live_probe(const char *word, const char *parameter);
/* Their names; the caller frees. */
char *live_probe_names(void);

/* ---- actors ---------------------------------------------------------------------------------- */

/* An actor as the runner knows it. */
struct live_actor {
	pid_t pid;
	int pidfd;
	int control; /* SOCK_SEQPACKET */
	int inbox;   /* our end of the way into its inbox, for sendfd */
	int side;
	bool is_running; /* not yet seen to be dead */
	bool is_reaped;
	bool is_killed;			    /* by a step */
	bool is_traced;			    /* will stop within its exit */
	bool is_unreaped;		    /* a zombie that is kept */
	int status;			    /* wait status, once it is reaped */
	struct live_address listens_on;	    /* port 0: it does not */
	const struct ew_live_step *pending; /* that it was told without waiting */
	int64_t pending_since;
	bool is_early; /* it has told the addresses */
	bool is_mute;  /* the answer to what is pending was told already */
};

/* What the runner tells an actor. Child and parent are one program: pointers to what is constant
 * stay good. */
struct live_command {
	const struct live_verb *verb;
	struct ew_live_argument arguments[EW_LIVE_ARGUMENTS_MAX];
	char on[EW_LIVE_NAME_MAX], as[EW_LIVE_NAME_MAX];
	bool is_detached;
	enum ew_live_protocol protocol;
	struct live_address own;    /* the side's address, port 0 */
	struct live_address target; /* what the target actor is bound to */
	struct live_end
		end; /* of the connection that `on` numbers; local.family 0 if it does not */
	pid_t pid;   /* of the target */
	char name[EW_LIVE_NAME_MAX]; /* of the target */
};

enum live_made { LIVE_MADE_NOTHING, LIVE_MADE_LISTENER, LIVE_MADE_CONNECTION, LIVE_MADE_ACCEPTED };

struct live_reply {
	int error; /* errno, 0 */
	int64_t value;
	int64_t ended; /* when it was done */
	bool is_early; /* the addresses of what will block; another reply follows */
	enum live_made made;
	struct live_end end; /* of what was made */
};

/* Starts one on its side's host. */
bool live_actor_start(struct live_actor *a, const char *name, const struct live_stage *stage,
		      int side, GError **error);
/* Makes the ways to one that another actor will bear; returns the child's ends, which the caller
 * hands on and closes. */
bool live_actor_expect(struct live_actor *a, int side, int ends[2], GError **error);
/* Takes the new one's first words; false if it is not there. */
bool live_actor_greet(struct live_actor *a);
/* Sends a command, with `count` descriptors. */
bool live_actor_tell(struct live_actor *a, const struct live_command *c, const int *fds, int count);
bool live_actor_signal(struct live_actor *a, int number);
/* Whether any may have ended or stopped, in one call. */
bool live_actors_changed(void);
/* Looks whether it has ended, and reaps it. Returns true once: when it is seen to be dead. Sets
 * *stopped where a traced one has come to its exit. */
bool live_actor_look(struct live_actor *a, bool *stopped);
/* Kills it, without waiting. */
void live_actor_end(struct live_actor *a);
/* Kills, waits and closes; for an actor that was never started nothing. */
void live_actor_clear(struct live_actor *a);

/* ---- control groups (verb_cgroup.c) ------------------------------------------------------------ */

/* Why there is none of this controller ("v1", "v2": the freezers; "memory") that can be written, or
 * NULL; the caller frees. */
char *live_cgroup_missing(const char *controller);
/* Thaws what verbs froze: a frozen actor cannot be reaped. */
void live_cgroups_thaw(void);
/* Removes the groups that verbs made, once the actors are gone. Returns how many are left. */
int live_cgroups_remove(void);

/* ---- in the actor ---------------------------------------------------------------------------- */

#define LIVE_DESCRIPTORS_MAX 4096

struct live_descriptor {
	char name[EW_LIVE_NAME_MAX];
	int fd;
	enum live_made made;
};

struct live_self {
	int control, inbox;
	GArray *descriptors; /* of struct live_descriptor, the last one made last */
	int attached[4];     /* descriptors that came with the command, -1 for none */
};

G_NORETURN void live_actor_main(int control, int inbox, const char *name);
/* The same for one that another actor bore: tells the runner who it is. */
G_NORETURN void live_actor_born(struct live_self *self, const char *name);
/* The descriptor that the command is about: by name, by connection, or the last one made. -1 with
 * errno EBADF if there is none. */
int live_self_fd(const struct live_self *self, const struct live_command *c);
/* Keeps a new descriptor under the command's name; `made` tells the runner what it is. Returns it.
 */
int live_self_add(struct live_self *self, const struct live_command *c, int fd,
		  struct live_reply *r, enum live_made made);
/* Makes a child with these flags of clone(2), for a verb that bears. Returns 0, or -1 with errno.
 */
int64_t live_self_bear(struct live_self *self, const struct live_command *c, unsigned long flags);
/* Forgets it (it is closed, or was never there). */
void live_self_drop(struct live_self *self, int fd);
/* Tells the runner the addresses of a socket before something blocks on it. */
void live_self_early(struct live_self *self, int fd, enum live_made made);
void live_fill_end(int fd, struct live_end *end);

/* ---- observers ------------------------------------------------------------------------------- */

struct live_diag; /* NETLINK_SOCK_DIAG */
struct live_diag *live_diag_open(GError **error);
void live_diag_close(struct live_diag *d);
/* One socket that is asked for, and where the answer goes. */
struct live_query {
	const struct live_end *end;
	struct ew_live_event *event;
};
#define LIVE_QUERIES_MAX 16
/* Fills the socket members of the event of each for the socket with these addresses; state EW_LIVE_GONE if there is
 * none. They are asked in one go, within microseconds of each other; at most LIVE_QUERIES_MAX. */
bool live_diag_look_all(struct live_diag *d, const struct live_query *queries, guint count, GError **error);
bool live_diag_look(struct live_diag *d, const struct live_end *end, struct ew_live_event *e,
		    GError **error);
/* Destroys it. Returns false where something is left that would keep the namespace. */
bool live_diag_destroy(struct live_diag *d, const struct live_end *end);

/* Something that watches: a row in observer.c, the functions in a file of its own. */
struct live_observer {
	const char *name;
	unsigned watch; /* EW_LIVE_WATCH_… that asks for it; 0: always there */
	/* Returns what it keeps, or NULL with r->error set; or NULL without, if it has nothing to
	 * watch here. */
	void *(*open)(struct live_runner *r);
	/* A descriptor that can be read when there is something to see, or -1; may be NULL. */
	int (*fd)(void *self);
	/* Before a look: what has come in by itself says which connections it is for. NULL for most. */
	void (*prepare)(void *self, struct live_runner *r);
	/* Each look at the world has two halves, so that a packet that changed a socket is read
	 * before the change is told. Either may be NULL; each adds events to r->timeline and sets
	 * r->active if something happened. */
	void (*sample)(void *self, struct live_runner *r);
	void (*report)(void *self, struct live_runner *r);
	/* Before the steps begin, all actors that the runner starts are there; may be NULL. */
	void (*begin)(void *self, struct live_runner *r);
	/* The run is over, the actors and their sockets are still there; may be NULL. */
	void (*finish)(void *self, struct live_runner *r);
	/* Closes what it has open on a side's host, which is not watched any more; NULL where it has nothing
	 * there. */
	void (*leave)(void *self, struct live_runner *r, int side);
	void (*close)(void *self);
};
extern const struct live_observer live_observer_sockets, live_observer_packets,
	live_observer_processes, live_observer_counters, live_observer_freed, live_observer_alive;

/* The table, ended by NULL. */
extern const struct live_observer *const live_observers[];
/* The event of a packet out of its frame, all but its time and its connection. False if it is none
 * of TCP. */
bool live_packet_event(const struct live_frame *f, struct ew_live_event *e);
/* The same of an ICMP error that quotes a packet of a connection that is known, all but its time. */
bool live_icmp_event(const struct live_timeline *t, const struct live_frame *f, struct ew_live_event *e);
/* While a socket makes way for its timewait socket a look may find neither, for as long as a processor stands still. So a
 * sample that a socket is gone waits here until a later one says so, too; then `e` becomes the first one. Returns whether
 * `e` is to be told. */
bool live_socket_is_certain(struct live_connection *c, struct ew_live_event *e);
/* What the observer of sockets keeps open on a side, for who must clear up; NULL if nothing. */
struct live_diag *live_sockets_diag(struct live_runner *r, int side);
/* Whether an observer of this kind runs. */
void *live_runner_observer(struct live_runner *r, const struct live_observer *observer);

/* ---- runner ---------------------------------------------------------------------------------- */

#define LIVE_OBSERVERS_MAX 16

/* How often was looked, and what it took. */
#define LIVE_BUSY_NS	  (10 * NS_PER_MS) /* after which something counts as over */
#define LIVE_PACE_STEP_NS 10000
#define LIVE_PACE_STEPS	  1000
struct live_pace {
	int64_t start, cpu_start;
	int64_t cpu_told, steps; /* when the processor's time was last shared out; what the steps got */
	int64_t looked;	 /* when last */
	int looks, busy; /* all, and those while things happened */
	unsigned between[LIVE_PACE_STEPS]; /* of the latter: how long after the one before */
};
void live_pace_begin(struct live_pace *p);
/* Of whom the processor's time since the last call was: of the steps, or of watching. */
void live_pace_share(struct live_pace *p, bool is_of_steps);
void live_pace_look(struct live_pace *p, int64_t now, bool is_busy);
/* How long after the last look the next one is due, where nothing was seen for so long. */
int64_t live_pace_tick(int64_t quiet);
void live_pace_event(const struct live_pace *p, struct ew_live_event *e);

#define LIVE_MESSAGE_EVENTS 32
/* What the runner writes to the user's process. */
struct live_message {
	bool is_error;
	int code;  /* enum ew_error */
	int count; /* of events */
	union {
		struct ew_live_event events[LIVE_MESSAGE_EVENTS];
		char text[512]; /* of the error */
	};
};

struct live_runner {
	const struct ew_live_experiment *x;
	int parent;
	struct live_message outbox; /* what was not sent yet */
	struct live_pcap *pcap; /* that keeps all frames, or NULL */
	struct live_stage stage;
	bool is_set; /* the stage */
	struct live_timeline timeline;
	const struct live_observer *observers[LIVE_OBSERVERS_MAX]; /* that were opened */
	void *watchers[LIVE_OBSERVERS_MAX];			   /* what they keep */
	int observer_count;
	struct live_actor actors[EW_LIVE_ACTORS_MAX];
	int64_t active;	  /* when anything was last seen to happen */
	int64_t eager;	  /* when something was that states change by */
	bool is_stormy;   /* packets come faster than looks */
	bool is_thorough; /* this look is at everything, however lately it was looked at */
	bool is_stirred;  /* the next one is at all sockets: a step or a death may have changed any */
	struct live_pace pace;
	int64_t deadline; /* the bound, once the kill was done */
	bool is_mute;	  /* a step that is repeated is told once */
	bool detaches;	  /* by hand: what blocks must not keep the user from moving the frame that it waits for */
	bool was_hung_up; /* the user's process wants no more */
	bool bound_reached;
	bool has_order; /* by hand: one has come */
	struct ew_live_order order;
	bool has_enough; /* the last step was `enough` */
	const struct ew_live_step *not_done; /* the step that met the bound, or its own */
	GError *error;
};


/* Runs the experiment in the forked child; `parent` is its end of the socketpair. Does not return.
 * */
G_NORETURN void live_runner_main(const struct ew_live_experiment *x,
				 const struct ew_live_options *options, int parent);
/* Keeps a frame, if frames are kept: for who sees one. `time` is CLOCK_MONOTONIC. */
void live_runner_keep(struct live_runner *r, int64_t time, const uint8_t *bytes, uint32_t captured,
		      uint32_t length);
/* Tells the user's process of everything up to then, INT64_MAX for all. */
void live_runner_tell(struct live_runner *r, int64_t until);
/* One look at everything: before something is done, and where it is asked for. */
void live_runner_observe(struct live_runner *r);
/* A look at what is due. */
void live_runner_glance(struct live_runner *r);
/* Waits for something to happen, a tick at the longest, and looks. Returns whether `control` (or
 * -1) can be read. */
bool live_runner_watch(struct live_runner *r, int control, int64_t until);
bool live_runner_must_stop(const struct live_runner *r);
/* Waits until `quiet_ms` have passed without anything seen; false when the steps must end. */
bool live_runner_still(struct live_runner *r, int64_t quiet_ms);
/* Reports a step that was done at `time` (absolute). What it gave is compared by the judge. */
void live_runner_report(struct live_runner *r, const struct ew_live_step *s, int64_t time,
			int error, int64_t value);
/* Each sets the error: the step failed, and the experiment with it; and returns false. _failed: the file asks for what
 * makes no sense (exit code 2); _vain: what it waits for was not seen (1); _impossible: this machine does not have or
 * allow it (3); _refused: by the error of a system call one of the first and the last. */
bool live_runner_step_failed(struct live_runner *r, const struct ew_live_step *s, const char *why);
bool live_runner_step_vain(struct live_runner *r, const struct ew_live_step *s, const char *why);
bool live_runner_step_impossible(struct live_runner *r, const struct ew_live_step *s, const char *why);
bool live_runner_step_refused(struct live_runner *r, const struct ew_live_step *s, int number);
/* The moment from which time counts, if the step is the one. Called just before it is done. */
void live_runner_zero(struct live_runner *r, const struct ew_live_step *s, int64_t now);
/* Reports the watched sockets as they stand, each as one event. */
void live_runner_report_all(struct live_runner *r, enum ew_live_event_kind kind, int64_t value);
/* Asks for orders, until the rest may run by itself or the steps must end. Returns the step to go on
 * with. */
guint live_hand_run(struct live_runner *r);
/* Takes what the user's process says: an order, or that it wants no more. */
void live_hand_listen(struct live_runner *r);
/* Does one step. Returns false when the steps must end. */
bool live_runner_step(struct live_runner *r, const struct ew_live_step *s);
/* Takes the answers of steps that nobody waited for. */
void live_runner_take_pending(struct live_runner *r);

#endif
