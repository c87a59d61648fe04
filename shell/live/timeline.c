/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Merges what three observers report into one line of time. Packets arrive with the kernel's stamp
 * but are read late, sockets are sampled, so events are held for a while, sorted, and let out. What
 * must lie between two samples of a socket is added here, marked as inferred.
 */
#include "live/internal.h"

void live_timeline_init(struct live_timeline *t, const struct ew_live_experiment *x,
			ew_live_event_fn emit, void *data)
{
	*t = (struct live_timeline){.experiment = x, .emit = emit, .data = data};
	t->held = g_array_new(FALSE, TRUE, sizeof(struct ew_live_event));
	for (int i = 0; i < EW_LIVE_ACTORS_MAX; i++)
		t->sent[i] = g_array_new(FALSE, FALSE, sizeof(uint64_t));
}

void live_timeline_clear(struct live_timeline *t)
{
	g_clear_pointer(&t->held, g_array_unref);
	for (int i = 0; i < EW_LIVE_ACTORS_MAX; i++)
		g_clear_pointer(&t->sent[i], g_array_unref);
}

void live_timeline_add(struct live_timeline *t, const struct ew_live_event *e)
{
	g_array_append_vals(t->held, e, 1);
}

bool live_timeline_side(const struct live_timeline *t, uint16_t port, uint16_t peer_port, int *side)
{
	for (int i = 0; i < EW_LIVE_ACTORS_MAX; i++) {
		const struct live_end *end = &t->ends[i];

		if (end->is_known && end->port == port && end->peer_port == peer_port) {
			*side = i;
			return true;
		}
	}
	return false;
}

/* ---- what lies between two samples ----------------------------------------------------------- */

/* A socket that was sampled in `before` and then in `after` went through `via`: RFC 9293 figure 5
 * has no other way, given that a FIN was sent by the side itself or by its peer. */
static const struct {
	enum ew_live_state before, after, via;
	bool own_fin;
} shortcuts[] = {
	{EW_LIVE_ESTABLISHED, EW_LIVE_FIN_WAIT2, EW_LIVE_FIN_WAIT1, true},
	{EW_LIVE_ESTABLISHED, EW_LIVE_TIME_WAIT, EW_LIVE_FIN_WAIT1, true},
	{EW_LIVE_ESTABLISHED, EW_LIVE_LAST_ACK, EW_LIVE_CLOSE_WAIT, false},
	{EW_LIVE_CLOSE_WAIT, EW_LIVE_GONE, EW_LIVE_LAST_ACK, true},
};

/* Index in held of the last FIN that `side` sent before event `i`, or -1. */
static int find_fin(const struct live_timeline *t, int i, int side)
{
	int sender;

	while (--i >= 0) {
		const struct ew_live_event *e = &g_array_index(t->held, struct ew_live_event, i);

		if (e->kind == EW_LIVE_EVENT_PACKET && (e->flags & EW_LIVE_FIN) &&
		    live_timeline_side(t, e->port, e->peer_port, &sender) && sender == side)
			return i;
	}
	return -1;
}

/* If event `i` is a change of state that skips one, puts the skipped one in: just before the FIN
 * that proves it, if that FIN was the side's own, just after it otherwise. Returns whether it did.
 * */
static bool infer_one(struct live_timeline *t, int i)
{
	struct ew_live_event *e = &g_array_index(t->held, struct ew_live_event, i);

	if (e->kind != EW_LIVE_EVENT_STATE || e->inferred)
		return false;
	for (size_t k = 0; k < G_N_ELEMENTS(shortcuts); k++) {
		if (e->before != shortcuts[k].before || e->state != shortcuts[k].after)
			continue;
		int fin_side = shortcuts[k].own_fin ? e->side : 1 - e->side;
		int at = find_fin(t, i, fin_side);
		if (at < 0 && !t->fin[fin_side])
			return false;
		struct ew_live_event via = {.kind = EW_LIVE_EVENT_STATE,
					    .time = e->time,
					    .since = e->since,
					    .side = e->side,
					    .before = e->before,
					    .state = shortcuts[k].via,
					    .inferred = true};
		if (at >= 0)
			via.time = g_array_index(t->held, struct ew_live_event, at).time;
		e->before = shortcuts[k].via;
		g_array_insert_val(t->held, at < 0 ? i : shortcuts[k].own_fin ? at : at + 1, via);
		return true;
	}
	return false;
}

/* ---- packets --------------------------------------------------------------------------------- */

/* Names the sender, makes the numbers relative, finds retransmissions. Returns false for a packet
 * of no watched connection. */
static bool finish_packet(struct live_timeline *t, struct ew_live_event *e)
{
	if (!live_timeline_side(t, e->port, e->peer_port, &e->side))
		return false;
	int peer = 1 - e->side;
	if (e->flags & EW_LIVE_SYN) {
		t->has_isn[e->side] = true;
		t->isn[e->side] = e->seq;
	}
	if (t->has_isn[e->side])
		e->seq -= t->isn[e->side];
	if ((e->flags & EW_LIVE_ACK) && t->has_isn[peer])
		e->ack -= t->isn[peer];
	if (e->length || (e->flags & (EW_LIVE_SYN | EW_LIVE_FIN))) {
		unsigned marks = e->flags & (EW_LIVE_SYN | EW_LIVE_FIN);
		uint64_t id =
			(uint64_t)e->seq << 32 | (uint64_t)(e->length & 0xffffff) << 8 | marks;

		for (guint i = 0; i < t->sent[e->side]->len && !e->retransmission; i++)
			e->retransmission = g_array_index(t->sent[e->side], uint64_t, i) == id;
		g_array_append_val(t->sent[e->side], id);
	}
	if ((e->flags & EW_LIVE_FIN) && !t->fin[e->side])
		t->fin[e->side] = e->time;
	return true;
}

/* ---- letting out ----------------------------------------------------------------------------- */

static int compare_times(const void *a, const void *b)
{
	const struct ew_live_event *x = a, *y = b;

	return x->time < y->time ? -1 : x->time > y->time;
}

void live_timeline_flush(struct live_timeline *t, int64_t until)
{
	guint n = 0;

	if (!t->zero)
		return;
	g_array_sort(t->held, compare_times);
	/* also for what is not let out yet: what it proves may be older */
	for (guint i = 0; i < t->held->len; i++)
		i += infer_one(t, (int)i);
	while (n < t->held->len && g_array_index(t->held, struct ew_live_event, n).time <= until)
		n++;
	for (guint i = 0; i < n; i++) {
		struct ew_live_event e = g_array_index(t->held, struct ew_live_event, i);

		if (e.kind == EW_LIVE_EVENT_PACKET && !finish_packet(t, &e))
			continue;
		/* what came later than anything is held, under a heavy load, is told late */
		e.time = t->told = MAX(e.time, t->told);
		e.time -= t->zero;
		if (e.kind == EW_LIVE_EVENT_STATE || e.kind == EW_LIVE_EVENT_SOCKET)
			e.since -= t->zero;
		t->emit(&e, t->data);
	}
	if (n)
		g_array_remove_range(t->held, 0, n);
}
