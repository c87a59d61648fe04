/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How often the runner looks, and what it costs: measured in every run, so that it can be told. */
#include "live/internal.h"

/* What the runner, a process of one thread, has used, without its children. */
static int64_t processor_time(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

void live_pace_begin(struct live_pace *p)
{
	*p = (struct live_pace){.start = live_now(), .cpu_start = processor_time()};
	p->looked = p->start;
	p->cpu_told = p->cpu_start;
}

void live_pace_share(struct live_pace *p, bool is_of_steps)
{
	int64_t now = processor_time();

	if (is_of_steps)
		p->steps += now - p->cpu_told;
	p->cpu_told = now;
}

void live_pace_look(struct live_pace *p, int64_t now, bool is_busy)
{
	int64_t step = (now - p->looked) / LIVE_PACE_STEP_NS;

	if (is_busy) {
		p->between[CLAMP(step, 0, LIVE_PACE_STEPS - 1)]++;
		p->busy++;
	}
	p->looks++;
	p->looked = now;
}

/* While something happens no state that lasts a millisecond falls between two looks; later what begins one is a packet,
 * a death or a step, which are looked at when they come. */
int64_t live_pace_tick(int64_t quiet)
{
	return quiet < LIVE_BUSY_NS ? CLAMP(quiet / 8, NS_PER_MS / 4, NS_PER_MS) : MIN(quiet / 4, 10 * NS_PER_MS);
}

/* The time that 99 of 100 looks came within, rounded up to the step's end. */
static int64_t percentile_us(const struct live_pace *p)
{
	int seen = 0;

	for (int i = 0; i < LIVE_PACE_STEPS; i++) {
		seen += (int)p->between[i];
		if (seen * INT64_C(100) >= p->busy * INT64_C(99))
			return (i + 1) * (LIVE_PACE_STEP_NS / 1000);
	}
	return 0;
}

void live_pace_event(const struct live_pace *p, struct ew_live_event *e)
{
	e->kind = EW_LIVE_EVENT_OBSERVERS;
	e->time = live_now();
	e->line = p->looks;
	e->status = (int)percentile_us(p);
	e->value = (processor_time() - p->cpu_start) / 1000;
	e->clock = (e->time - p->start) / 1000;
	e->steps = p->steps / 1000;
}
