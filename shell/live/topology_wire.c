/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The topology "wire": each side a host of its own, and its observer, which is the wire itself. */
#include "live/internal.h"
#include "live/wire.h"

/* Three and a half times as long may be no more than tcp_fin_timeout, or it would lengthen
 * FIN_WAIT2: tcp_fin_time(). */
#define SLOW_MS 15000

/* Where frames stand still, they shall not be sent again meanwhile. */
static bool is_held(const struct ew_live_experiment *x)
{
	for (guint i = 0; i < x->steps->len; i++)
		if (live_verb_moves_frames(
			    live_verb_of(&g_array_index(x->steps, struct ew_live_step, i))))
			return true;
	return x->variant.is_by_hand;
}

static bool set_wire(struct live_stage *stage, const struct ew_live_experiment *x, GError **error)
{
	struct live_wire *w = live_wire_new(error);

	stage->own = w;
	for (int side = 0; w && side < EW_LIVE_SIDES; side++) {
		struct sockaddr_storage address;

		live_wire_address(side, x->variant.is_ipv6 ? AF_INET6 : AF_INET, &address);
		live_address_get(&stage->addresses[side], &address);
		stage->hosts[side] = live_wire_namespace(w, side);
	}
	return w && (!is_held(x) || live_wire_slow(w, SLOW_MS, error));
}

static void clear_wire(struct live_stage *stage)
{
	live_wire_free(stage->own);
	stage->own = NULL;
}

struct live_wire *live_stage_wire(const struct live_stage *stage)
{
	return stage->topology == &live_topology_wire ? stage->own : NULL;
}

/* ---- what it sees ---------------------------------------------------------------------------- */

static void on_frame(const struct live_transit *t, void *data)
{
	struct live_runner *r = data;
	struct ew_live_event e = {.time = t->was_held ? t->time : t->left, .fate = t->fate};
	int sender;

	/* as a tap at the sender's end of the cable would see it */
	if (!t->was_held)
		live_runner_keep(r, t->left, t->bytes, (uint32_t)t->size, (uint32_t)t->size);
	if (!t->is_tcp && r->x->watch & EW_LIVE_WATCH_PACKETS && live_icmp_event(&r->timeline, &t->frame, &e))
		live_timeline_add(&r->timeline, &e);
	if (!t->is_tcp || !live_packet_event(&t->frame, &e))
		return;
	e.was_held = t->was_held;
	if (r->x->watch & EW_LIVE_WATCH_PACKETS)
		live_timeline_add(&r->timeline, &e);
	if (!live_timeline_find(&r->timeline, e.port, e.peer_port, &sender))
		return;
	r->active = live_now();
	if (e.flags & (EW_LIVE_SYN | EW_LIVE_FIN | EW_LIVE_RST))
		r->eager = r->active;
}

static void *open_wire(struct live_runner *r)
{
	struct live_wire *w = live_stage_wire(&r->stage);

	live_wire_watch(w, on_frame, r);
	return w;
}

static int wire_fd(void *self)
{
	return live_wire_fd(self);
}

static void pump(void *self, struct live_runner *r)
{
	live_wire_pump(self);
}

/* Nobody is told what is passed on while the stage is cleared. */
static void close_wire(void *self)
{
	live_wire_watch(self, NULL, NULL);
}

static const struct live_observer observer = {
	.name = "wire",
	.open = open_wire,
	.fd = wire_fd,
	.report = pump,
	.close = close_wire,
};

static const struct live_observer *const observers[] = {&observer, NULL};

const struct live_topology live_topology_wire = {
	.name = "wire",
	.help = "each side on a host of its own, with a cable between them that can be held",
	.set = set_wire,
	.clear = clear_wire,
	.observers = observers,
};
