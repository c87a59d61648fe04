/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The observer of what /proc says of the killed: one that is dead at once says nothing, one that hangs
 * says what it is in and what it still holds.
 */
#include "live/internal.h"
#include "live/observe.h"

#include <stdio.h>

/* An ordinary death takes less than this; who takes longer is looked at. */
#define PATIENCE_NS (20 * NS_PER_MS)
#define PERIOD_NS   (50 * NS_PER_MS)

struct alive {
	struct live_process last[EW_LIVE_ACTORS_MAX];
	int64_t seen_alive[EW_LIVE_ACTORS_MAX]; /* killed and still there, since when */
	int64_t looked;
};

static void *open_alive(struct live_runner *r)
{
	return g_new0(struct alive, 1);
}

static char *process_text(const struct live_process *p)
{
	GString *s = g_string_new(NULL);

	g_string_printf(s, "still there: %c", p->state);
	if (p->descriptors >= 0)
		g_string_append_printf(s, ", %d fds", p->descriptors);
	if (p->tasks > 1)
		g_string_append_printf(s, ", %d tasks", p->tasks);
	if (*p->wchan)
		g_string_append_printf(s, ", in %s", p->wchan);
	return g_string_free(s, FALSE);
}

static void look(struct alive *d, struct live_runner *r, int i)
{
	struct live_actor *a = &r->actors[i];
	struct live_process p;

	live_process_look(NULL, a->pid, true, &p);
	if (!p.state || live_process_is_same(&p, &d->last[i]))
		return;
	d->last[i] = p;
	g_autofree char *text = process_text(&p);
	struct ew_live_event e = {.kind = EW_LIVE_EVENT_ALIVE,
				  .time = live_now(),
				  .side = a->side,
				  .actor = i};
	g_strlcpy(e.text, text, sizeof(e.text));
	live_timeline_add(&r->timeline, &e);
}

static void report_alive(void *self, struct live_runner *r)
{
	struct alive *d = self;
	int64_t now = live_now();

	if (!r->timeline.zero || now - d->looked < PERIOD_NS)
		return;
	d->looked = now;
	for (int i = 0; i < r->x->actor_count; i++) {
		const struct live_actor *a = &r->actors[i];

		if (!a->is_killed || a->is_reaped || a->pid <= 0)
			continue;
		if (!d->seen_alive[i])
			d->seen_alive[i] = now;
		else if (now - d->seen_alive[i] >= PATIENCE_NS)
			look(d, r, i);
	}
}

static void close_alive(void *self)
{
	g_free(self);
}

const struct live_observer live_observer_alive = {
	.name = "alive",
	.watch = EW_LIVE_WATCH_PROCESSES,
	.open = open_alive,
	.report = report_alive,
	.close = close_alive,
};
