/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a socket's numbers mean: whose turn it is, and what stands out. */
#include "sockets/internal.h"

#include <string.h>

#define RETRIES_THAT_STAND_OUT 3

static const char *const turn_names[EW_TURNS] = {
	[EW_TURN_NOBODY] = "nobody", [EW_TURN_OWNER] = "owner",
	[EW_TURN_LISTENER] = "listener", [EW_TURN_PEER] = "peer",
	[EW_TURN_PEER_KERNEL] = "peer's kernel", [EW_TURN_KERNEL] = "kernel",
};

static const char *const hint_names[EW_HINTS] = {
	"forgot-close",	 "not-read",	     "orphan-not-read",	     "no-answer",    "no-holder",
	"holder-unseen", "several-holders", "accept-queue-full", "half-closed", "mptcp-subflow",
};

const char *ew_socket_turn_name(enum ew_socket_turn turn)
{
	return (unsigned)turn < EW_TURNS ? turn_names[turn] : "unknown";
}

const char *ew_socket_hint_name(int bit)
{
	return bit >= 0 && bit < EW_HINTS ? hint_names[bit] : "unknown";
}

/* Between close() and the end: states that only who let go of a socket can leave behind. */
static bool is_closing(const struct ew_socket *k)
{
	return k->state == EW_LIVE_FIN_WAIT1 || k->state == EW_LIVE_FIN_WAIT2 ||
	       k->state == EW_LIVE_CLOSING || k->state == EW_LIVE_LAST_ACK;
}

bool ew_socket_is_orphan(const struct ew_socket *k)
{
	return k->object == EW_SOCKET_FULL && !k->inode && is_closing(k);
}

bool ew_socket_is_unaccepted(const struct ew_socket *k)
{
	return k->object == EW_SOCKET_FULL && !k->inode &&
	       (k->state == EW_LIVE_ESTABLISHED || k->state == EW_LIVE_CLOSE_WAIT ||
		k->state == EW_LIVE_SYN_RECV);
}

const char *ew_socket_timer_name(const struct ew_socket *k)
{
	if (k->object == EW_SOCKET_REQUEST && k->timer == EW_LIVE_TIMER_RTO)
		return "syn-ack";
	if (ew_socket_is_orphan(k) && k->state == EW_LIVE_FIN_WAIT2 && k->timer == EW_LIVE_TIMER_KEEPALIVE)
		return "fin-wait-2";
	return ew_live_timer_name(k->timer);
}

bool ew_socket_close_wait(const struct ew_socket *k, uint32_t *least, uint32_t *most)
{
	*least = *most = 0;
	if (k->state != EW_LIVE_CLOSE_WAIT || !k->has_info)
		return false;
	*least = MIN(k->since_ack, k->since_received);
	*most = k->since_received;
	return true;
}

/* ---- whose turn ------------------------------------------------------------------------------ */

struct verdict {
	enum ew_socket_turn turn;
	enum ew_socket_why reason;
};

/* Bytes of ours that the peer has not got, a FIN being one of them. */
static struct verdict judge_queue(const struct ew_socket *k, enum ew_socket_why otherwise)
{
	if (k->timer == EW_LIVE_TIMER_PERSIST)
		return (struct verdict){EW_TURN_PEER, EW_WHY_WINDOW};
	if (otherwise == EW_WHY_FIN || k->timer == EW_LIVE_TIMER_RTO)
		return (struct verdict){EW_TURN_PEER_KERNEL, otherwise};
	return (struct verdict){EW_TURN_KERNEL, EW_WHY_HELD_BACK};
}

static struct verdict judge_open(const struct ew_socket *k)
{
	if (ew_socket_is_unaccepted(k))
		return (struct verdict){EW_TURN_LISTENER, EW_WHY_NOT_ACCEPTED};
	if (k->state == EW_LIVE_CLOSE_WAIT)
		return (struct verdict){EW_TURN_OWNER, EW_WHY_CLOSE_WAIT};
	if (k->receive_queue)
		return (struct verdict){EW_TURN_OWNER, EW_WHY_UNREAD};
	if (k->send_queue)
		return judge_queue(k, EW_WHY_UNACKNOWLEDGED);
	return (struct verdict){EW_TURN_NOBODY, EW_WHY_IDLE};
}

static struct verdict judge(const struct ew_socket *k)
{
	switch (k->state) {
	case EW_LIVE_LISTEN:
		return k->receive_queue ? (struct verdict){EW_TURN_OWNER, EW_WHY_ACCEPT}
					: (struct verdict){EW_TURN_NOBODY, EW_WHY_LISTENS};
	case EW_LIVE_SYN_SENT:
		return (struct verdict){EW_TURN_PEER_KERNEL, EW_WHY_SYN_SENT};
	case EW_LIVE_SYN_RECV:
		if (ew_socket_is_unaccepted(k))
			break;
		return (struct verdict){EW_TURN_PEER_KERNEL, EW_WHY_SYN_RECV};
	case EW_LIVE_FIN_WAIT1:
	case EW_LIVE_CLOSING:
	case EW_LIVE_LAST_ACK:
		return judge_queue(k, EW_WHY_FIN);
	case EW_LIVE_FIN_WAIT2:
		if (k->inode && k->receive_queue)
			return (struct verdict){EW_TURN_OWNER, EW_WHY_UNREAD};
		return (struct verdict){EW_TURN_PEER, k->inode ? EW_WHY_PEERS_FIN
							       : EW_WHY_PEERS_FIN_TIMED};
	case EW_LIVE_TIME_WAIT:
		return (struct verdict){EW_TURN_KERNEL, EW_WHY_TIME_WAIT};
	case EW_LIVE_ESTABLISHED:
	case EW_LIVE_CLOSE_WAIT:
		break;
	default:
		return (struct verdict){EW_TURN_OWNER, EW_WHY_UNCONNECTED};
	}
	return judge_open(k);
}

enum ew_socket_turn ew_socket_turn(const struct ew_socket *k, enum ew_socket_why *reason)
{
	struct verdict v = judge(k);

	if (reason)
		*reason = v.reason;
	return v.turn;
}

/* ---- what stands out ------------------------------------------------------------------------- */

/* Of the queues and the timer. */
static unsigned flow_hints(const struct ew_socket *k)
{
	unsigned hints = 0;

	if (k->timer == EW_LIVE_TIMER_PERSIST && k->send_queue)
		hints |= ew_socket_is_orphan(k) ? EW_HINT_ORPHAN_NOT_READ : EW_HINT_NOT_READ;
	if (k->timer == EW_LIVE_TIMER_RTO && k->retransmits >= RETRIES_THAT_STAND_OUT)
		hints |= EW_HINT_NO_ANSWER;
	/* the kernel takes one more than was asked for */
	if (k->state == EW_LIVE_LISTEN && k->receive_queue > k->send_queue)
		hints |= EW_HINT_BACKLOG;
	if (k->state == EW_LIVE_FIN_WAIT2 && k->inode)
		hints |= EW_HINT_HALF_CLOSED;
	return hints;
}

static unsigned holder_hints(const struct ew_sockets *s, const struct ew_socket *k)
{
	const struct ew_sockets_walk *w = &s->walk;

	if (!k->inode)
		return 0;
	if (!k->holder_count && !strcmp(k->ulp, "mptcp"))
		return EW_HINT_MPTCP;
	if (!k->holder_count)
		return *w->problem || w->refused || w->is_hidden || w->is_contained ? EW_HINT_HOLDER_UNSEEN
										    : EW_HINT_NO_HOLDER;
	for (int i = 1; i < k->holder_count; i++)
		if (ew_sockets_holder(s, k, i)->pid != ew_sockets_holder(s, k, 0)->pid)
			return EW_HINT_SEVERAL;
	return 0;
}

unsigned ew_socket_hints(const struct ew_sockets *s, const struct ew_socket *k, unsigned stale)
{
	unsigned hints = flow_hints(k) | holder_hints(s, k);
	uint32_t least, most;

	if (ew_socket_close_wait(k, &least, &most) && !ew_socket_is_unaccepted(k) &&
	    least / 1000 >= stale)
		hints |= EW_HINT_FORGOT_CLOSE;
	return hints;
}
