/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Merges what the observers report into one line of time. Packets arrive with the kernel's stamp
 * but are read late, sockets are sampled, so events are held for a while, sorted, and let out. What
 * must lie between two samples of a socket is added here, marked as inferred.
 */
#include "live/internal.h"

#define STALE_NS (100 * NS_PER_MS)

static void free_connection(void *data)
{
	struct live_connection *c = data;

	for (int i = 0; i < EW_LIVE_SIDES; i++)
		g_array_unref(c->sent[i]);
	live_history_clear(&c->history);
	g_free(c);
}

void live_timeline_init(struct live_timeline *t, const struct ew_live_experiment *x,
			ew_live_event_fn emit, void *data)
{
	*t = (struct live_timeline){.experiment = x, .emit = emit, .data = data};
	t->held = g_array_new(FALSE, TRUE, sizeof(struct ew_live_event));
	t->connections = g_ptr_array_new_with_free_func(free_connection);
	t->watched = g_ptr_array_new();
	t->by_ports = g_hash_table_new(g_direct_hash, g_direct_equal);
}

void live_timeline_clear(struct live_timeline *t)
{
	g_clear_pointer(&t->held, g_array_unref);
	g_clear_pointer(&t->watched, g_ptr_array_unref);
	g_clear_pointer(&t->connections, g_ptr_array_unref);
	g_clear_pointer(&t->by_ports, g_hash_table_unref);
}

void live_timeline_add(struct live_timeline *t, const struct ew_live_event *e)
{
	g_array_append_vals(t->held, e, 1);
}

/* ---- connections ----------------------------------------------------------------------------- */

static void *port_key(uint16_t port, uint16_t peer_port)
{
	return GUINT_TO_POINTER((guint)port << 16 | peer_port);
}

/* Whether a packet with these ports is of the connection. */
static bool is_of(const struct live_connection *c, uint16_t port, uint16_t peer_port)
{
	uint16_t a = c->ends[0].local.port, b = c->ends[0].peer.port;

	return (port == a && peer_port == b) || (port == b && peer_port == a);
}

/* Keeps a packet for inference, while its numbers are still those of the wire. */
static void remember(struct live_connection *c, const struct ew_live_event *e)
{
	int sender = e->port == c->ends[0].local.port && e->peer_port == c->ends[0].peer.port ? 0 : 1;

	live_history_add(&c->history,
			 &(struct live_seen){.time = e->time,
					     .sender = sender,
					     .is_late = e->was_held,
					     .is_lost = e->fate != EW_LIVE_FATE_PASSED &&
							e->fate != EW_LIVE_FATE_DOUBLED,
					     .flags = e->flags,
					     .seq = e->seq,
					     .ack = e->ack,
					     .length = e->length});
}

struct live_connection *live_timeline_connect(struct live_timeline *t, int side,
					      const struct live_end *end)
{
	struct live_connection *c = g_new0(struct live_connection, 1);

	c->number = (int)t->connections->len + 1;
	c->is_watched = ew_live_is_watched(t->experiment, c->number);
	c->ends[side] = *end;
	c->ends[1 - side] = (struct live_end){.local = end->peer, .peer = end->local};
	for (int i = 0; i < EW_LIVE_SIDES; i++)
		c->sent[i] = g_array_new(FALSE, FALSE, sizeof(uint64_t));
	live_history_init(&c->history);
	g_ptr_array_add(t->connections, c);
	if (c->is_watched)
		g_ptr_array_add(t->watched, c);
	g_hash_table_insert(t->by_ports, port_key(end->local.port, end->peer.port), c);
	/* packets that were there before the connection was known */
	for (guint i = 0; i < t->remembered; i++) {
		const struct ew_live_event *e = &g_array_index(t->held, struct ew_live_event, i);

		if (e->kind != EW_LIVE_EVENT_PACKET || !is_of(c, e->port, e->peer_port))
			continue;
		/* those of an older connection with the same ports come before the SYN */
		if ((e->flags & (EW_LIVE_SYN | EW_LIVE_ACK)) == EW_LIVE_SYN &&
		    e->port == end->local.port)
			g_array_set_size(c->history.packets, 0);
		remember(c, e);
	}
	return c;
}

struct live_connection *live_timeline_find(const struct live_timeline *t, uint16_t port,
					   uint16_t peer_port, int *side)
{
	struct live_connection *c = g_hash_table_lookup(t->by_ports, port_key(port, peer_port));

	if (!c)
		c = g_hash_table_lookup(t->by_ports, port_key(peer_port, port));
	if (c)
		*side = c->ends[0].local.port == port && c->ends[0].peer.port == peer_port ? 0 : 1;
	return c;
}

struct live_connection *live_timeline_connection(const struct live_timeline *t, int number)
{
	return number > 0 && (guint)number <= t->connections->len
		       ? t->connections->pdata[number - 1]
		       : NULL;
}

/* ---- what lies between two samples ----------------------------------------------------------- */

/* When the socket of event `i` was last seen to change. A packet is stamped when it comes in, and may be older than a
 * sample that it has no part in yet: what it leads to comes after that. */
static int64_t changed_before(const struct live_timeline *t, guint i)
{
	const struct ew_live_event *e = &g_array_index(t->held, struct ew_live_event, i);

	while (i--) {
		const struct ew_live_event *was = &g_array_index(t->held, struct ew_live_event, i);

		if (was->kind == EW_LIVE_EVENT_STATE && was->side == e->side &&
		    was->connection == e->connection)
			return was->time;
	}
	return INT64_MIN;
}

/* If event `i` is a change of state that skips others, puts these in, each at the packet that proves
 * it. Returns how many. */
static guint infer_one(struct live_timeline *t, guint i)
{
	struct ew_live_event *e = &g_array_index(t->held, struct ew_live_event, i);
	const struct live_connection *c = live_timeline_connection(t, e->connection);
	struct live_passed passed[LIVE_PASSED_MAX];

	if (e->kind != EW_LIVE_EVENT_STATE || e->inferred || !c)
		return 0;
	/* it came while the look went on */
	int64_t cause = live_history_cause(&c->history, e->side, e->before, e->state, e->time, e->time + LIVE_LOOK_NS);
	if (cause)
		e->time = cause + 1;
	int count = live_history_infer(&c->history, e->side, e->before, e->state, e->time, passed);
	/* a packet that came long before the last sample did not end what that still showed */
	if (count && passed[0].time + STALE_NS < e->since)
		return 0;
	int64_t earliest = changed_before(t, i);
	for (int k = 0; k < count; k++) {
		struct ew_live_event via = {.kind = EW_LIVE_EVENT_STATE,
					    .time = MAX(passed[k].time, earliest),
					    .since = e->since,
					    .side = e->side,
					    .actor = -1,
					    .connection = e->connection,
					    .before = e->before,
					    .state = passed[k].state,
					    .inferred = true};

		e->before = passed[k].state;
		g_array_insert_val(t->held, i + (guint)k, via);
		e = &g_array_index(t->held, struct ew_live_event, i + (guint)k + 1);
	}
	return (guint)count;
}

/* ---- packets --------------------------------------------------------------------------------- */

/* Names the sender, makes the numbers relative, finds retransmissions. Returns false for a packet
 * of no watched connection. */
static bool finish_packet(struct live_timeline *t, struct ew_live_event *e)
{
	struct live_connection *c = live_timeline_find(t, e->port, e->peer_port, &e->side);

	if (!c)
		return false;
	int side = e->side, peer = 1 - side;
	e->connection = c->number;
	if (e->flags & EW_LIVE_SYN) {
		c->has_isn[side] = true;
		c->isn[side] = e->seq;
	}
	if (c->has_isn[side])
		e->seq -= c->isn[side];
	if ((e->flags & EW_LIVE_ACK) && c->has_isn[peer])
		e->ack -= c->isn[peer];
	if (!e->was_held && (e->length || (e->flags & (EW_LIVE_SYN | EW_LIVE_FIN)))) {
		unsigned marks = e->flags & (EW_LIVE_SYN | EW_LIVE_FIN);
		uint64_t id =
			(uint64_t)e->seq << 32 | (uint64_t)(e->length & 0xffffff) << 8 | marks;

		for (guint i = 0; i < c->sent[side]->len && !e->retransmission; i++)
			e->retransmission = g_array_index(c->sent[side], uint64_t, i) == id;
		g_array_append_val(c->sent[side], id);
	}
	return true;
}

/* Of a connection that nobody looks at nothing counts before the kill. */
static bool is_worth(const struct live_timeline *t, const struct ew_live_event *e)
{
	return e->time >= t->zero || ew_live_is_watched(t->experiment, e->connection);
}

/* ---- letting out ----------------------------------------------------------------------------- */

static int compare_times(const void *a, const void *b)
{
	const struct ew_live_event *x = a, *y = b;

	return x->time < y->time ? -1 : x->time > y->time;
}

static bool is_sorted(const GArray *events)
{
	guint i = 1;

	while (i < events->len && g_array_index(events, struct ew_live_event, i - 1).time <=
					  g_array_index(events, struct ew_live_event, i).time)
		i++;
	return i >= events->len;
}

/* A SYN with another number than that connection began with: the next one of the same ports, and nobody has told of it
 * yet. It waits, and with it all that came later. */
static bool is_ahead_of_its_connection(const struct live_timeline *t, const struct ew_live_event *e, int64_t until)
{
	int side;
	const struct live_connection *c;

	if (e->kind != EW_LIVE_EVENT_PACKET || (e->flags & (EW_LIVE_SYN | EW_LIVE_ACK)) != EW_LIVE_SYN ||
	    until == INT64_MAX || e->time + LIVE_UNTOLD_NS < until)
		return false;
	c = live_timeline_find(t, e->port, e->peer_port, &side);
	return c && c->has_isn[side] && e->seq != c->isn[side];
}

void live_timeline_flush(struct live_timeline *t, int64_t until)
{
	guint n = 0;
	int sender;

	if (!t->zero)
		return;
	bool is_new = t->remembered < t->held->len;
	for (; t->remembered < t->held->len; t->remembered++) {
		const struct ew_live_event *e =
			&g_array_index(t->held, struct ew_live_event, t->remembered);

		struct live_connection *c =
			e->kind == EW_LIVE_EVENT_PACKET
				? live_timeline_find(t, e->port, e->peer_port, &sender)
				: NULL;
		if (c)
			remember(c, e);
	}
	/* also for what is not let out yet: what it proves may be older */
	for (guint i = 0; is_new && i < t->held->len; i++)
		i += infer_one(t, i);
	if (is_new && !is_sorted(t->held))
		g_array_sort(t->held, compare_times);
	t->remembered = t->held->len;
	while (n < t->held->len && g_array_index(t->held, struct ew_live_event, n).time <= until)
		n++;
	for (guint i = 0; i < n; i++) {
		struct ew_live_event e = g_array_index(t->held, struct ew_live_event, i);

		if (is_ahead_of_its_connection(t, &e, until)) {
			n = i;
			break;
		}
		if (e.kind == EW_LIVE_EVENT_PACKET && !(finish_packet(t, &e) && is_worth(t, &e)))
			continue;
		/* what came later than anything is held, under a heavy load, is told late */
		e.time = t->told = MAX(e.time, t->told);
		e.time -= t->zero;
		if (e.kind == EW_LIVE_EVENT_STATE || e.kind == EW_LIVE_EVENT_SOCKET)
			e.since -= t->zero;
		if (e.kind == EW_LIVE_EVENT_STAGE)
			e.clock = t->zero + live_clock_offset();
		t->emit(&e, t->data);
	}
	if (n)
		g_array_remove_range(t->held, 0, n);
	t->remembered = t->held->len;
}
