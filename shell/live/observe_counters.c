/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The observer of counters within a run: reads those of each host before the steps, when something
 * happened, and at the end, and tells the differences.
 */
#include "live/internal.h"
#include "live/observe.h"

/* Reading costs as much as ten looks at a socket; in a storm of packets it is done this often for each host. */
#define PERIOD_NS NS_PER_MS

struct counting {
	struct live_counters *hosts[EW_LIVE_SIDES]; /* the second NULL where both share one */
	GHashTable *told[EW_LIVE_SIDES]; /* names, of a host */
	bool is_split;
	int64_t read; /* when they were last read */
	/* while they are read */
	struct live_runner *runner;
	int side;
	int64_t now;
};

static void close_counters(void *self)
{
	struct counting *c = self;

	for (int i = 0; i < EW_LIVE_SIDES; i++) {
		live_counters_close(c->hosts[i]);
		g_hash_table_unref(c->told[i]);
	}
	g_free(c);
}

/* Those that the experiment asks for, ends with NULL. */
static GPtrArray *asked(const struct ew_live_experiment *x)
{
	GPtrArray *names = g_ptr_array_new();

	for (guint i = 0; i < x->counters->len; i++)
		g_ptr_array_add(names, g_array_index(x->counters, struct ew_live_expected_counter, i)
					       .name);
	g_ptr_array_add(names, NULL);
	return names;
}

/* Without /proc there are no counters, and what the experiment expects of them is not judged. */
static void *open_counters(struct live_runner *r)
{
	struct counting *c = g_new0(struct counting, 1);
	g_autoptr(GPtrArray) names = asked(r->x);
	g_autoptr(GError) problem = NULL;

	for (int i = 0; i < EW_LIVE_SIDES; i++)
		c->told[i] = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	if (!(r->x->watch & EW_LIVE_WATCH_SOCKETS) && !r->x->counters->len) {
		close_counters(c);
		return NULL;
	}
	c->is_split = live_stage_is_split(&r->stage);
	for (int side = 0; side < (c->is_split ? EW_LIVE_SIDES : 1) && !problem; side++)
		if (live_stage_go(&r->stage, side))
			c->hosts[side] = live_counters_open(
				NULL, (const char *const *)names->pdata, &problem);
	live_stage_home(&r->stage);
	if (!problem)
		return c;
	close_counters(c);
	return NULL;
}

static void tell(const char *name, int64_t difference, void *data)
{
	struct counting *c = data;
	struct ew_live_event e = {.kind = EW_LIVE_EVENT_COUNTER,
				  .time = c->now,
				  .since = c->read,
				  .side = c->is_split ? c->side : -1,
				  .actor = -1,
				  .value = difference};

	g_strlcpy(e.text, name, sizeof(e.text));
	g_hash_table_add(c->told[c->side], g_strdup(name));
	live_timeline_add(&c->runner->timeline, &e);
}

static void read_counters(struct counting *c, struct live_runner *r)
{
	c->runner = r;
	c->now = live_now();
	for (c->side = 0; c->side < EW_LIVE_SIDES; c->side++)
		if (c->hosts[c->side])
			live_counters_read(c->hosts[c->side], tell, c);
	c->read = c->now;
}

/* Of those that the experiment asks for: that it was watched, and never grew. Who judges must know it from one
 * that nobody could watch. */
static void tell_unmoved(struct counting *c, struct live_runner *r, int side)
{
	c->side = side;
	for (guint i = 0; c->hosts[side] && i < r->x->counters->len; i++) {
		const struct ew_live_expected_counter *e =
			&g_array_index(r->x->counters, struct ew_live_expected_counter, i);
		bool is_asked = e->side < 0 || !c->is_split || e->side == side;

		if (is_asked && live_counters_has(c->hosts[side], e->name) &&
		    !g_hash_table_contains(c->told[side], e->name))
			tell(e->name, 0, c);
	}
}

static void begin_counters(void *self, struct live_runner *r)
{
	read_counters(self, r);
}

static void report_counters(void *self, struct live_runner *r)
{
	struct counting *c = self;

	int64_t period = (r->timeline.zero ? PERIOD_NS : 20 * PERIOD_NS) * (c->is_split ? EW_LIVE_SIDES : 1);

	/* at the latest before the kill: what was counted by then must not count as its consequence */
	if (r->active > c->read && (r->is_thorough || live_now() - c->read >= period))
		read_counters(c, r);
}

static void finish_counters(void *self, struct live_runner *r)
{
	read_counters(self, r);
	for (int side = 0; side < EW_LIVE_SIDES; side++)
		tell_unmoved(self, r, side);
}

static void leave_counters(void *self, struct live_runner *r, int side)
{
	struct counting *c = self;

	read_counters(c, r);
	tell_unmoved(c, r, side);
	live_counters_close(c->hosts[side]);
	c->hosts[side] = NULL;
}

const struct live_observer live_observer_counters = {
	.name = "counters",
	.open = open_counters,
	.report = report_counters,
	.begin = begin_counters,
	.finish = finish_counters,
	.leave = leave_counters,
	.close = close_counters,
};
