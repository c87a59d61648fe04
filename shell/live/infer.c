/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What must lie between two samples of a socket. A state that was over before it could be looked at
 * left packets behind, and these lead through RFC 9293's figure 5 on one way only.
 */
#include "live/observe.h"

/* A sample may be a moment older than the stamp of the packet that its state sent. */
#define SLACK_NS INT64_C(2000000)

enum { END_SYN, END_FIN };

void live_history_init(struct live_history *h)
{
	*h = (struct live_history){.packets = g_array_new(FALSE, FALSE, sizeof(struct live_seen))};
}

void live_history_clear(struct live_history *h)
{
	g_clear_pointer(&h->packets, g_array_unref);
}

/* ---- keeping --------------------------------------------------------------------------------- */

static bool acknowledges(const struct live_history *h, const struct live_seen *p, int what)
{
	int peer = 1 - p->sender;

	return (p->flags & EW_LIVE_ACK) && h->has_end[peer][what] &&
	       (int32_t)(p->ack - h->end[peer][what]) >= 0;
}

static void keep_end(struct live_history *h, const struct live_seen *p, int what, uint32_t end)
{
	h->has_end[p->sender][what] = true;
	h->end[p->sender][what] = end;
}

/* An ACK tells something once, the first time that it covers a SYN or FIN; later ones cost room. */
static bool is_telling(const struct live_history *h, const struct live_seen *p)
{
	if (p->flags & (EW_LIVE_SYN | EW_LIVE_FIN | EW_LIVE_RST))
		return true;
	for (int what = END_SYN; what <= END_FIN; what++) {
		bool is_first = acknowledges(h, p, what);

		for (guint i = 0; is_first && i < h->packets->len; i++) {
			const struct live_seen *old =
				&g_array_index(h->packets, struct live_seen, i);

			is_first = old->sender != p->sender || !acknowledges(h, old, what);
		}
		if (is_first)
			return true;
	}
	return false;
}

void live_history_add(struct live_history *h, const struct live_seen *p)
{
	guint at = h->packets->len;

	if (p->flags & EW_LIVE_SYN)
		keep_end(h, p, END_SYN, p->seq + 1);
	if (p->flags & EW_LIVE_FIN)
		keep_end(h, p, END_FIN,
			 p->seq + p->length + 1 + ((p->flags & EW_LIVE_SYN) ? 1 : 0));
	if (!is_telling(h, p))
		return;
	while (at > 0 && g_array_index(h->packets, struct live_seen, at - 1).time > p->time)
		at--;
	g_array_insert_val(h->packets, at, *p);
}

/* ---- walking --------------------------------------------------------------------------------- */

static enum ew_live_state after_sending(enum ew_live_state state, const struct live_seen *p)
{
	if (p->flags & EW_LIVE_RST)
		return EW_LIVE_GONE;
	if (p->flags & EW_LIVE_SYN) {
		bool is_answer = p->flags & EW_LIVE_ACK;

		if (state == EW_LIVE_GONE || state == EW_LIVE_CLOSE)
			return is_answer ? EW_LIVE_SYN_RECV : EW_LIVE_SYN_SENT;
		return state == EW_LIVE_SYN_SENT && is_answer ? EW_LIVE_SYN_RECV : state;
	}
	if (!(p->flags & EW_LIVE_FIN))
		return state;
	switch (state) {
	case EW_LIVE_SYN_RECV:
	case EW_LIVE_ESTABLISHED:
		return EW_LIVE_FIN_WAIT1;
	case EW_LIVE_CLOSE_WAIT:
		return EW_LIVE_LAST_ACK;
	default:
		return state;
	}
}

static enum ew_live_state after_ack_of_fin(enum ew_live_state state)
{
	switch (state) {
	case EW_LIVE_FIN_WAIT1:
		return EW_LIVE_FIN_WAIT2;
	case EW_LIVE_CLOSING:
		return EW_LIVE_TIME_WAIT;
	case EW_LIVE_LAST_ACK:
		return EW_LIVE_GONE;
	default:
		return state;
	}
}

static enum ew_live_state after_fin(enum ew_live_state state)
{
	switch (state) {
	case EW_LIVE_SYN_RECV:
	case EW_LIVE_ESTABLISHED:
		return EW_LIVE_CLOSE_WAIT;
	case EW_LIVE_FIN_WAIT1:
		return EW_LIVE_CLOSING;
	case EW_LIVE_FIN_WAIT2:
		return EW_LIVE_TIME_WAIT;
	default:
		return state;
	}
}

/* A FIN that also acknowledges ours is one step: FIN_WAIT1 to TIME_WAIT (RFC 9293, 3.10.7.4). */
static enum ew_live_state after_receiving(const struct live_history *h, enum ew_live_state state,
					  const struct live_seen *p)
{
	if (p->flags & EW_LIVE_RST)
		return EW_LIVE_GONE;
	if (state == EW_LIVE_SYN_SENT && (p->flags & EW_LIVE_SYN))
		return acknowledges(h, p, END_SYN) ? EW_LIVE_ESTABLISHED : EW_LIVE_SYN_RECV;
	if (state == EW_LIVE_SYN_RECV && acknowledges(h, p, END_SYN))
		state = EW_LIVE_ESTABLISHED;
	if (acknowledges(h, p, END_FIN))
		state = after_ack_of_fin(state);
	return p->flags & EW_LIVE_FIN ? after_fin(state) : state;
}

static enum ew_live_state after_packet(const struct live_history *h, int side, enum ew_live_state state,
				       const struct live_seen *p)
{
	bool is_own = p->sender == side;

	if (is_own ? p->is_late : p->is_lost)
		return state;
	return is_own ? after_sending(state, p) : after_receiving(h, state, p);
}

int64_t live_history_cause(const struct live_history *h, int side, enum ew_live_state before,
			   enum ew_live_state after, int64_t from, int64_t until)
{
	enum ew_live_state state = before;

	for (guint i = 0; i < h->packets->len; i++) {
		const struct live_seen *p = &g_array_index(h->packets, struct live_seen, i);

		if (p->time > until)
			break;
		state = after_packet(h, side, state, p);
		if (state == after)
			return p->sender != side && p->time > from ? p->time : 0;
	}
	return 0;
}

int live_history_infer(const struct live_history *h, int side, enum ew_live_state before,
		       enum ew_live_state after, int64_t until,
		       struct live_passed passed[LIVE_PASSED_MAX])
{
	enum ew_live_state state = before;
	int count = 0;

	for (guint i = 0; i < h->packets->len; i++) {
		const struct live_seen *p = &g_array_index(h->packets, struct live_seen, i);

		if (p->time > until + (after == EW_LIVE_GONE ? 0 : SLACK_NS))
			break;
		enum ew_live_state next = after_packet(h, side, state, p);
		if (next == state)
			continue;
		if (next == after)
			return count;
		if (count == LIVE_PASSED_MAX || next == EW_LIVE_GONE)
			return 0;
		state = next;
		passed[count++] = (struct live_passed){state, MIN(p->time + (p->sender == side ? -1 : 1), until)};
	}
	/* it may end in any state, without a packet (a timer, the administrator) */
	return after == EW_LIVE_GONE ? count : 0;
}
