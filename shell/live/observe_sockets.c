/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The observer of sockets: looks at both ends of each watched connection, tick by tick, and tells
 * what has changed. */
#include "live/internal.h"

struct sockets {
	struct live_diag *diag[EW_LIVE_SIDES]; /* the second may be the first */
	GArray *samples;		       /* of struct ew_live_event, since the last report */
};

static void close_sockets(void *self)
{
	struct sockets *s = self;

	if (s->diag[1] != s->diag[0])
		live_diag_close(s->diag[1]);
	live_diag_close(s->diag[0]);
	g_array_unref(s->samples);
	g_free(s);
}

static void *open_sockets(struct live_runner *r)
{
	struct sockets *s = g_new0(struct sockets, 1);
	bool is_split = live_stage_is_split(&r->stage);

	s->samples = g_array_new(FALSE, TRUE, sizeof(struct ew_live_event));
	for (int side = 0; side < EW_LIVE_SIDES && !r->error; side++) {
		if (side && !is_split)
			s->diag[side] = s->diag[0];
		else if (live_stage_go(&r->stage, side))
			s->diag[side] = live_diag_open(&r->error);
	}
	live_stage_home(&r->stage);
	if (!r->error)
		return s;
	close_sockets(s);
	return NULL;
}

struct live_diag *live_sockets_diag(struct live_runner *r, int side)
{
	struct sockets *s = live_runner_observer(r, &live_observer_sockets);

	return s ? s->diag[side] : NULL;
}

#define SHARP_TRIES 3

/* A look that was interrupted for long does not say when the sockets were so: before or after the packets of that time. */
static void look(struct sockets *s, struct live_runner *r, int side, const struct live_query *queries, guint count)
{
	for (int i = 0; i < SHARP_TRIES && !r->error; i++) {
		int64_t began = live_now();

		for (guint k = 0; k < count; k++)
			queries[k].event->time = began;
		if (!live_diag_look_all(s->diag[side], queries, count, &r->error) || live_now() - began < LIVE_LOOK_NS)
			break;
	}
}

/* Its sockets change by its packets, by what a step does, or by a death; where packets are not read before the look, any may
 * have come. */
static bool is_due(struct live_runner *r, const struct live_connection *c)
{
	int64_t now = r->pace.looked, since = now - c->looked;

	if (r->is_thorough || r->is_stirred || c->missed[0].time || c->missed[1].time || !live_runner_observer(r, &live_observer_packets))
		return true;
	if (!c->was_seen[0] && !c->was_seen[1])
		return true;
	/* a look that comes a little early is not put off to the next one */
	return since >= live_pace_tick(now - c->active) * 3 / 4;
}

/* What is to be asked of the connection, as events that are to be filled. */
static void add_samples(struct sockets *s, struct live_runner *r, struct live_connection *c)
{
	c->looked_before = c->looked;
	c->looked = r->pace.looked;
	for (int side = 0; side < EW_LIVE_SIDES; side++) {
		struct ew_live_event e = {.side = side, .actor = -1, .connection = c->number};

		if (s->diag[side] && !(c->was_seen[side] && c->socket[side].state == EW_LIVE_GONE))
			g_array_append_val(s->samples, e);
	}
}

/* Asks by what this side has open: where both sides are of one host, for both. */
static void fill_samples(struct sockets *s, struct live_runner *r, int by)
{
	struct live_query queries[LIVE_QUERIES_MAX];
	guint count = 0;

	for (guint i = 0; i < s->samples->len && !r->error; i++) {
		struct ew_live_event *e = &g_array_index(s->samples, struct ew_live_event, i);
		const struct live_connection *c = live_timeline_connection(&r->timeline, e->connection);

		if (s->diag[e->side] == s->diag[by])
			queries[count++] = (struct live_query){&c->ends[e->side], e};
		if (count == LIVE_QUERIES_MAX) {
			look(s, r, by, queries, count);
			count = 0;
		}
	}
	if (count)
		look(s, r, by, queries, count);
}

static void sample_sockets(void *self, struct live_runner *r)
{
	struct sockets *s = self;
	const GPtrArray *watched = r->timeline.watched;

	g_array_set_size(s->samples, 0);
	if (!(r->x->watch & EW_LIVE_WATCH_SOCKETS))
		return;
	for (guint i = 0; i < watched->len; i++)
		if (is_due(r, watched->pdata[i]))
			add_samples(s, r, watched->pdata[i]);
	fill_samples(s, r, 0);
	if (s->diag[1] != s->diag[0])
		fill_samples(s, r, 1);
	if (r->error)
		g_array_set_size(s->samples, 0);
	r->is_stirred = false;
}

static bool has_changed(const struct ew_live_event *a, const struct ew_live_event *b)
{
	return a->receive_queue != b->receive_queue || a->send_queue != b->send_queue ||
	       a->inode != b->inode || a->timer != b->timer || a->retransmits != b->retransmits;
}

#define MISSED_NS NS_PER_MS

bool live_socket_is_certain(struct live_connection *c, struct ew_live_event *e)
{
	struct ew_live_event *missed = &c->missed[e->side];
	bool is_gone = e->state == EW_LIVE_GONE;

	if (!missed->time && !is_gone)
		return true;
	if (!missed->time)
		*missed = *e;
	if (is_gone && e->time - missed->time < MISSED_NS)
		return false;
	/* another kind of socket is another connection, of the same ports */
	if (is_gone || e->timer != EW_LIVE_TIMER_TIMEWAIT)
		*e = *missed;
	missed->time = 0;
	return true;
}

static void note_change(struct live_runner *r, struct live_connection *c, int64_t time)
{
	r->active = MAX(r->active, time);
	r->eager = MAX(r->eager, time);
	c->active = MAX(c->active, time);
}

/* Compares a sample with the one before and tells what is new. */
static void report_socket(struct live_runner *r, struct ew_live_event e)
{
	struct live_connection *c = live_timeline_connection(&r->timeline, e.connection);
	struct ew_live_event *was = &c->socket[e.side];
	bool *was_seen = &c->was_seen[e.side];

	e.since = c->looked_before;
	if (*was_seen && !live_socket_is_certain(c, &e)) {
		note_change(r, c, c->missed[e.side].time);
		return;
	}
	bool is_new_state = !*was_seen || e.state != was->state;
	if (*was_seen && !is_new_state && !has_changed(&e, was)) {
		was->expires_ms = e.expires_ms;
		return;
	}
	/* a socket that is not there yet has no state to report */
	if (!*was_seen && e.state == EW_LIVE_GONE)
		return;
	e.kind = is_new_state ? EW_LIVE_EVENT_STATE : EW_LIVE_EVENT_SOCKET;
	e.before = *was_seen ? was->state : EW_LIVE_GONE;
	*was = e;
	*was_seen = true;
	if (is_new_state)
		note_change(r, c, e.time);
	live_timeline_add(&r->timeline, &e);
}

static void report_sockets(void *self, struct live_runner *r)
{
	struct sockets *s = self;

	for (guint i = 0; i < s->samples->len; i++)
		report_socket(r, g_array_index(s->samples, struct ew_live_event, i));
}

static void leave_sockets(void *self, struct live_runner *r, int side)
{
	struct sockets *s = self;

	live_diag_close(s->diag[side]);
	s->diag[side] = NULL;
}

const struct live_observer live_observer_sockets = {
	.name = "sockets",
	.open = open_sockets,
	.sample = sample_sockets,
	.report = report_sockets,
	.leave = leave_sockets,
	.close = close_sockets,
};
