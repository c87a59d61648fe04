/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A run that is stepped by hand, as the runner sees it: everything up to the moment from which time
 * would count is done by itself, then the wire is held, and whenever nothing moves any more the
 * user is asked what to do. There is no bound while somebody thinks.
 */
#include "live/internal.h"
#include "live/wire.h"

#include <string.h>
#include <sys/socket.h>

#define SETTLED_MS 90 /* a delayed ACK takes 40 */
#define WAIT_MS	   1000

static const struct ew_live_step *step_at(const struct live_runner *r, guint i)
{
	return i < r->x->steps->len ? &g_array_index(r->x->steps, struct ew_live_step, i) : NULL;
}

/* What moves frames or waits for them is the user's to do: such lines are passed over. */
static guint skip_frames(const struct live_runner *r, guint i)
{
	while (step_at(r, i) && (live_verb_moves_frames(live_verb_of(step_at(r, i))) ||
				 !strcmp(step_at(r, i)->verb->name, "still")))
		i++;
	return i;
}

/* ---- asking ---------------------------------------------------------------------------------- */

/* "client FIN, server ACK", as much of it as there is room for. */
static int describe_held(const struct live_runner *r, const struct live_wire *w, char *text,
			 size_t size)
{
	g_autoptr(GString) s = g_string_new(NULL);
	const struct live_transit *t;
	int count = 0;

	for (; (t = live_wire_held(w, (unsigned)count)); count++)
		g_string_append_printf(s, "%s%s %s", count ? ", " : "", r->x->actors[t->side].name,
				       ew_live_packet_word(t->frame.flags, t->frame.length));
	if (s->len >= size) {
		g_string_truncate(s, size - 4);
		g_string_append(s, "...");
	}
	g_strlcpy(text, s->str, size);
	return count;
}

static bool ask(struct live_runner *r, struct live_wire *w, guint next, bool was_vain)
{
	const struct ew_live_step *s = step_at(r, next);
	struct ew_live_event e = {.kind = EW_LIVE_EVENT_TURN,
				  .side = -1,
				  .actor = -1,
				  .line = s ? s->line : 0,
				  .status = was_vain};

	live_runner_observe(r);
	e.value = describe_held(r, w, e.text, sizeof(e.text));
	e.time = live_now();
	live_timeline_add(&r->timeline, &e);
	live_runner_tell(r, INT64_MAX);
	r->has_order = false;
	while (!live_runner_must_stop(r) && !r->has_order)
		live_runner_watch(r, -1, INT64_MAX);
	return !live_runner_must_stop(r);
}

/* ---- obeying --------------------------------------------------------------------------------- */

static bool do_line(struct live_runner *r, guint *next)
{
	const struct ew_live_step *s = step_at(r, *next);
	bool goes_on = true;

	if (!s)
		return true;
	*next = skip_frames(r, *next + 1);
	r->detaches = true;
	goes_on = live_runner_step(r, s);
	r->detaches = false;
	return goes_on;
}

/* Does what is to be done to the wire. Sets *was_vain where there is nothing that it could be done
 * to. */
static void obey(struct live_runner *r, struct live_wire *w, const struct ew_live_order *o,
		 bool *was_vain)
{
	switch (o->kind) {
	case EW_LIVE_ORDER_HOLD:
		live_wire_hold(w);
		break;
	case EW_LIVE_ORDER_PASS:
		live_wire_pass(w);
		break;
	case EW_LIVE_ORDER_STEP:
		*was_vain = !live_wire_step(w, o->side, o->match);
		break;
	case EW_LIVE_ORDER_DROP:
		live_wire_drop(w, o->side, o->match, o->times);
		break;
	case EW_LIVE_ORDER_DUPLICATE:
		live_wire_double(w, o->side, o->match, o->times);
		break;
	case EW_LIVE_ORDER_LINK_DOWN:
	case EW_LIVE_ORDER_LINK_UP:
		live_wire_link(w, o->kind == EW_LIVE_ORDER_LINK_UP);
		break;
	case EW_LIVE_ORDER_STATE:
		live_runner_report_all(r, EW_LIVE_EVENT_NOW, 0);
		break;
	default:
		break;
	}
}

static bool wants_line(const struct live_wire *w, const struct ew_live_order *o)
{
	return o->kind == EW_LIVE_ORDER_NEXT || (o->kind == EW_LIVE_ORDER_STEP && o->side < 0 &&
						 !o->has_match && !live_wire_held(w, 0));
}

guint live_hand_run(struct live_runner *r)
{
	struct live_wire *w = live_stage_wire(&r->stage);
	bool was_vain = false;
	guint next = 0;

	for (next = skip_frames(r, 0); step_at(r, next) && !step_at(r, next)->is_zero;
	     next = skip_frames(r, next + 1))
		if (!live_runner_step(r, step_at(r, next)))
			return next;
	live_wire_hold(w);
	live_runner_observe(r);
	r->timeline.zero = r->active = live_now();
	r->deadline = INT64_MAX;
	for (;;) {
		if (!live_runner_still(r, SETTLED_MS) || !ask(r, w, next, was_vain))
			return next;
		was_vain = false;
		r->active = live_now();
		if (r->order.kind == EW_LIVE_ORDER_CONTINUE)
			break;
		if (r->order.kind == EW_LIVE_ORDER_QUIT)
			r->was_hung_up = true;
		else if (r->order.kind == EW_LIVE_ORDER_WAIT && !live_runner_still(r, WAIT_MS))
			return next;
		else if (wants_line(w, &r->order)) {
			was_vain = !step_at(r, next);
			if (!do_line(r, &next))
				return next;
		} else {
			obey(r, w, &r->order, &was_vain);
		}
	}
	live_wire_pass(w);
	r->deadline = live_now() + r->x->bound_ms * NS_PER_MS;
	return next;
}

void live_hand_listen(struct live_runner *r)
{
	ssize_t n = recv(r->parent, &r->order, sizeof(r->order), MSG_DONTWAIT);

	if (r->x->variant.is_by_hand && n == (ssize_t)sizeof(r->order))
		r->has_order = true;
	else
		r->was_hung_up = true;
}
