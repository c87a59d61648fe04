/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A live run as it happens: the states of both ends in two columns, the packets between them as
 * arrows. Lines are only ever added. What is narrower than two columns gets one, with names.
 */
#include "view/view_live.h"

#define WIDE_MOST 100

struct ew_view_live *ew_view_live_new(const struct ew_live_experiment *x, int width)
{
	struct ew_view_live *v = g_new0(struct ew_view_live, 1);

	v->x = x;
	v->width = MIN(width ? width : 80, WIDE_MOST);
	v->still.side = -1;
	v->is_numbered = ew_live_connection_count(x) > 1;
	v->last = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, g_free);
	return v;
}

void ew_view_live_free(struct ew_view_live *v)
{
	if (v)
		g_hash_table_unref(v->last);
	g_free(v);
}

/* ---- packets --------------------------------------------------------------------------------- */

static enum ew_role packet_role(const struct ew_live_event *e)
{
	return e->flags & EW_LIVE_RST	? EW_ROLE_BAD
	       : e->flags & EW_LIVE_FIN ? EW_ROLE_WARNING
					: EW_ROLE_PLAIN;
}

static void say_packet(const struct ew_view_live *v, struct ew_group *g,
		       const struct ew_live_event *e)
{
	const char *to = v->x->actors[1 - e->side].name;
	int room = view_live_right(v) - 2 - (VIEW_LIVE_LEFT + VIEW_LIVE_SIDE - 4);
	g_autofree char *tag = view_live_tag(v, e);
	int column = 0;

	if (!view_live_is_wide(v)) {
		g_autofree char *label = ew_view_live_arrow(e, tag, 0);
		g_autofree char *text = g_strdup_printf("→ %s %s", to, label);
		view_live_side(v, g, e, e->side, packet_role(e), text);
		return;
	}
	g_autofree char *text = ew_view_live_arrow(e, tag, room);
	g_autofree char *time = view_live_time(e);
	struct ew_block *b = ew_doc_line(g);
	view_live_put(b, &column, 0, EW_ROLE_FAINT, time);
	view_live_put(b, &column, VIEW_LIVE_LEFT + VIEW_LIVE_SIDE - 4, packet_role(e), text);
}

/* ---- what else was seen ---------------------------------------------------------------------- */

/* What grew before the kill is no consequence of it. */
static void say_counter(const struct ew_view_live *v, struct ew_group *g,
			const struct ew_live_event *e)
{
	g_autofree char *text = g_strdup_printf("%s +%" G_GINT64_FORMAT, e->text, e->value);

	if (e->time < 0)
		return;
	if (e->side >= 0)
		view_live_side(v, g, e, e->side, EW_ROLE_FAINT, text);
	else
		view_live_whole(v, g, e, EW_ROLE_FAINT, text);
}

/* The host that answers, and what it answers to. */
static void say_icmp(const struct ew_view_live *v, struct ew_group *g, const struct ew_live_event *e)
{
	g_autofree char *tag = view_live_tag(v, e);
	g_autofree char *text = g_strdup_printf("%s%s ICMP %d/%d to %s", tag, e->side == 0 ? "▶" : "◀", e->status,
						(int)e->value, v->x->actors[1 - e->side].name);

	view_live_side(v, g, e, e->side, EW_ROLE_WARNING, text);
	view_live_side(v, g, NULL, e->side, EW_ROLE_FAINT, e->text);
}

static void say_alive(const struct ew_view_live *v, struct ew_group *g,
		      const struct ew_live_event *e)
{
	view_live_side(v, g, e, e->side, EW_ROLE_PLAIN, e->text);
}

static void say_event(struct ew_view_live *v, struct ew_group *g, const struct ew_live_event *e)
{
	switch (e->kind) {
	case EW_LIVE_EVENT_STAGE:
		view_live_stage(v, g, e);
		break;
	case EW_LIVE_EVENT_STEP:
		view_live_step(v, g, e);
		break;
	case EW_LIVE_EVENT_STATE:
		view_live_state(v, g, e);
		break;
	case EW_LIVE_EVENT_SOCKET:
		view_live_change(v, g, e);
		break;
	case EW_LIVE_EVENT_PACKET:
		say_packet(v, g, e);
		break;
	case EW_LIVE_EVENT_PROCESS:
		view_live_process(v, g, e);
		break;
	case EW_LIVE_EVENT_STILL:
		view_live_still(v, g, e);
		break;
	case EW_LIVE_EVENT_COUNTER:
		say_counter(v, g, e);
		break;
	case EW_LIVE_EVENT_ICMP:
		say_icmp(v, g, e);
		break;
	case EW_LIVE_EVENT_ALIVE:
		say_alive(v, g, e);
		break;
	case EW_LIVE_EVENT_BOUND:
		view_live_bound(v, g, e);
		break;
	case EW_LIVE_EVENT_LEFT:
		view_live_left(v, g, e);
		break;
	case EW_LIVE_EVENT_NOW:
		view_live_now(v, g, e);
		break;
	default:
		break;
	}
}

struct ew_doc *ew_view_live_event(struct ew_view_live *v, const struct ew_live_event *e)
{
	struct ew_doc *doc = ew_doc_new(EW_VIEW_LIVE_SCHEMA);
	struct ew_group *g = ew_doc_root(doc);

	ew_view_live_members(v->x, e, ew_doc_line(g));
	if (!e->connection || ew_live_is_watched(v->x, e->connection))
		say_event(v, g, e);
	view_live_remember(v, e);
	return doc;
}
