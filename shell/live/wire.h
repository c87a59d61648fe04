/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The stage "wire": two hosts, each a network namespace, and between them a cable that one can
 *hold.
 *
 *	namespace A: eth0 ──veth── left [the runner's namespace] right ──veth── eth0 :namespace B
 *
 * Two AF_PACKET sockets pass the frames from one end to the other. No netem, no nft, no tun, so it
 * works as a plain user. What is held, dropped or doubled is TCP; all else passes at once, unless
 *the link is down. The wire is the observer of packets, too: it knows when a frame left its host
 *and what became of it.
 *
 * The hosts know each other by permanent neighbour entries, so that no ARP and no neighbour
 *discovery stands among the frames. Checksums are made in software and segments are not offloaded:
 *each frame is as on a real cable.
 */
#ifndef EW_LIVE_WIRE_H
#define EW_LIVE_WIRE_H

#include "live/frame.h"
#include "live/live.h"
#include <netinet/in.h>

/* A frame on its way. */
struct live_transit {
	int side; /* that sent it */
	enum ew_live_fate fate;
	bool was_held; /* it left earlier, and was told as held then */
	int64_t left;  /* CLOCK_MONOTONIC, when it left its host */
	int64_t time;  /* when it met its fate */
	bool is_tcp;
	struct live_frame frame; /* what it says */
	const uint8_t *bytes;	 /* from the Ethernet header on; while the call lasts */
	size_t size;
};

typedef void (*live_transit_fn)(const struct live_transit *t, void *data);

/* Makes, out of a segment that was seen, the RST that its sender would believe: the other end's,
 * with the number that it acknowledged. Returns the size, 0 where that cannot be made. */
size_t live_transit_reset(const struct live_transit *t, uint8_t *bytes, size_t size);

/* ---- which frames ---------------------------------------------------------------------------- */

enum live_match {
	LIVE_MATCH_ANY,
	LIVE_MATCH_FIN, /* with the flag */
	LIVE_MATCH_RST,
	LIVE_MATCH_SYN,	    /* with or without ACK */
	LIVE_MATCH_SYN_ACK, /* with both */
	LIVE_MATCH_DATA,    /* with a payload */
	LIVE_MATCH_ACK,	    /* that and nothing else */
	LIVE_MATCHES,
};
/* "any", "FIN", "SYN-ACK" … */
const char *live_match_name(enum live_match match);
bool live_match_parse(const char *text, enum live_match *match);
/* Whether a segment is of the kind, and of the side (-1: of either). */
bool live_transit_matches(const struct live_transit *t, int side, enum live_match match);

/* ---- the wire -------------------------------------------------------------------------------- */

struct live_wire;

/* Lays it, from a process that may make network namespaces and stands in one of its own. Fails with
 * EW_ERROR_NOT_POSSIBLE. */
struct live_wire *live_wire_new(GError **error);
/* Takes it down: both namespaces go with it, as far as nothing else holds them. */
void live_wire_free(struct live_wire *w);

/* `fn` is told each frame's fate, from live_wire_pump() and from what lets frames go on. */
void live_wire_watch(struct live_wire *w, live_transit_fn fn, void *data);
/* A host's network namespace, which stays the wire's; -1: the one that the wire was laid from. */
int live_wire_namespace(const struct live_wire *w, int side);
/* Puts the calling process into a host's namespace; -1: back. Sockets that are opened meanwhile
 * stay there. */
bool live_wire_enter(struct live_wire *w, int side);
/* The address of a host, with port 0. Returns its size. */
socklen_t live_wire_address(int side, int family, struct sockaddr_storage *address);
/* Can be read when frames wait. */
int live_wire_fd(const struct live_wire *w);
/* Passes on all that waits. Returns how many TCP segments there were. */
int live_wire_pump(struct live_wire *w);
/* Frames that the kernel had no room for since the last call. */
unsigned live_wire_overruns(struct live_wire *w);

/* From now on TCP segments stand still, until they are let go. */
void live_wire_hold(struct live_wire *w);
/* Everything goes on, what was held first, and nothing is held any more. */
void live_wire_pass(struct live_wire *w);
/* Lets one go on: the one that left first, of one side (-1: of either) and of the kind. Returns
 * false if there is none. */
bool live_wire_step(struct live_wire *w, int side, enum live_match match);
/* Drops segments: those that are held, and then those that come, `times` in all (0: for good). */
void live_wire_drop(struct live_wire *w, int side, enum live_match match, int times);
/* Delivers them twice. */
void live_wire_double(struct live_wire *w, int side, enum live_match match, int times);
/* Delivers once more what a host said last on each connection, if that was a bare ACK. Returns how many
 * there were. */
int live_wire_repeat(struct live_wire *w, int side);
/* Ends all rules; what is held stays held. */
void live_wire_forget(struct live_wire *w);
/* Pulls the cable, or puts it back. The hosts see no carrier go: their frames just reach nobody. */
void live_wire_link(struct live_wire *w, bool is_up);
bool live_wire_is_holding(const struct live_wire *w);
/* The i-th frame that is held, NULL behind the last; valid until the next call that moves frames.
 */
const struct live_transit *live_wire_held(const struct live_wire *w, unsigned i);

/* Takes a host's addresses away from it. */
bool live_wire_remove_address(struct live_wire *w, int side, GError **error);
/* Least time before a retransmission, on the routes of both hosts: so long that a reader can think.
 * It counts for connections that are made afterwards. */
bool live_wire_slow(struct live_wire *w, unsigned rto_min_ms, GError **error);
/* Lets go of a host's namespace, which then lives as long as its processes and sockets. */
void live_wire_abandon(struct live_wire *w, int side);
/* Whether it still exists, by the cable that ends in it. */
bool live_wire_exists(const struct live_wire *w, int side);
/* Ends an abandoned host's connection from the wire, with a RST that it must believe: so that it
 * does not keep the namespace. */
void live_wire_reset(struct live_wire *w, int side);

/* ---- inside: the namespaces and the cable between them (wire_link.c) ------------------------- */

#define LIVE_WIRE_LEFT	"left" /* the cable's ends in the runner's namespace, by side */
#define LIVE_WIRE_RIGHT "right"

struct live_link {
	int own;      /* descriptors of namespaces; -1: none */
	int hosts[2]; /* by side */
};

bool live_link_lay(struct live_link *l, GError **error);
void live_link_clear(struct live_link *l);
bool live_link_enter(const struct live_link *l, int side);
const char *live_link_end(int side);
bool live_link_remove_address(const struct live_link *l, int side, GError **error);
bool live_link_slow(const struct live_link *l, unsigned rto_min_ms, GError **error);

#endif
