/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The observer of freed sockets within a run. What it tells is late by a moment, and wakes the one that
 * looks at sockets: a state that nothing else tells the end of is then looked at again.
 */
#include "live/internal.h"
#include "live/observe.h"

#include <sys/epoll.h>
#include <unistd.h>

struct freed {
	struct live_destroy *hosts[EW_LIVE_SIDES];
	int epoll;
	struct live_runner *runner;
};

static void close_freed(void *self)
{
	struct freed *f = self;

	for (int i = 0; i < EW_LIVE_SIDES; i++)
		live_destroy_close(f->hosts[i]);
	if (f->epoll >= 0)
		close(f->epoll);
	g_free(f);
}

/* It tells nothing that the others would miss: where the kernel does not offer it, it is left out. */
static void *open_freed(struct live_runner *r)
{
	struct freed *f = g_new0(struct freed, 1);
	int hosts = live_stage_is_split(&r->stage) ? EW_LIVE_SIDES : 1;
	bool is_good;

	f->epoll = epoll_create1(EPOLL_CLOEXEC);
	is_good = f->epoll >= 0;
	for (int side = 0; side < hosts && is_good; side++) {
		struct epoll_event e = {.events = EPOLLIN};

		f->hosts[side] = live_stage_go(&r->stage, side) ? live_destroy_open(NULL) : NULL;
		is_good = f->hosts[side] && epoll_ctl(f->epoll, EPOLL_CTL_ADD,
						      live_destroy_fd(f->hosts[side]), &e) == 0;
	}
	live_stage_home(&r->stage);
	if (is_good)
		return f;
	close_freed(f);
	return NULL;
}

static int freed_fd(void *self)
{
	return ((struct freed *)self)->epoll;
}

static void tell(const struct live_destroyed *d, void *data)
{
	struct freed *f = data;
	struct ew_live_event e = {.kind = EW_LIVE_EVENT_FREED, .time = live_now(), .actor = -1};
	const struct live_connection *c = live_timeline_find(&f->runner->timeline, d->port,
							     d->peer_port, &e.side);

	if (!c || !c->is_watched)
		return;
	e.connection = c->number;
	f->runner->active = e.time;
	live_timeline_add(&f->runner->timeline, &e);
}

static void report_freed(void *self, struct live_runner *r)
{
	struct freed *f = self;

	f->runner = r;
	for (int side = 0; side < EW_LIVE_SIDES; side++)
		if (f->hosts[side])
			live_destroy_read(f->hosts[side], tell, f);
}

static void leave_freed(void *self, struct live_runner *r, int side)
{
	struct freed *f = self;

	live_destroy_close(f->hosts[side]);
	f->hosts[side] = NULL;
}

const struct live_observer live_observer_freed = {
	.name = "freed",
	.watch = EW_LIVE_WATCH_SOCKETS,
	.open = open_freed,
	.fd = freed_fd,
	.report = report_freed,
	.leave = leave_freed,
	.close = close_freed,
};
