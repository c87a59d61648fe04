/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of observers, and those that need no file of their own. */
#include "live/internal.h"

/* Sockets are sampled before packets are read: see struct live_observer. A new observer is a line
 * here and one in internal.h. */
const struct live_observer *const live_observers[] = {
	&live_observer_sockets,
	&live_observer_packets,
	&live_observer_processes,
	&live_observer_freed,
	&live_observer_alive,
	&live_observer_counters,
	NULL,
};

/* ---- processes: who has ended ---------------------------------------------------------------- */

static void *open_processes(struct live_runner *r)
{
	return r;
}

/* Always done, since the runner must reap; told where it is asked for. */
static void report_processes(void *self, struct live_runner *r)
{
	if (!live_actors_changed())
		return;
	for (int i = 0; i < r->x->actor_count; i++) {
		struct live_actor *a = &r->actors[i];
		bool stopped;
		bool ended = live_actor_look(a, &stopped);

		if (!ended && !stopped)
			continue;
		r->active = r->eager = live_now();
		r->is_stirred = true;
		struct ew_live_event e = {.kind = EW_LIVE_EVENT_PROCESS,
					  .time = r->active,
					  .side = a->side,
					  .actor = i,
					  .status = ended ? a->status : 0};
		if (stopped)
			g_strlcpy(e.text, "stopped in do_exit", sizeof(e.text));
		if (r->x->watch & EW_LIVE_WATCH_PROCESSES)
			live_timeline_add(&r->timeline, &e);
	}
}

static void close_processes(void *self)
{
}

const struct live_observer live_observer_processes = {
	.name = "processes",
	.open = open_processes,
	.report = report_processes,
	.close = close_processes,
};
