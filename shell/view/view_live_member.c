/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An event for programs: its fields as members, by the names that say what they mean. */
#include "view/view_live.h"

#include <string.h>

struct member {
	struct ew_block *block;
	const struct ew_live_event *event;
};

/* Fields that mean another thing in each kind of event; JSON calls them by what they mean. */
static const struct {
	enum ew_live_event_kind kind;
	const char *field, *name;
} meanings[] = {
	{EW_LIVE_EVENT_STAGE, "text", "release"},
	{EW_LIVE_EVENT_STAGE, "value", "net_namespace"},
	{EW_LIVE_EVENT_STAGE, "status", "has_user_namespace"},
	{EW_LIVE_EVENT_STEP, "text", "step"},
	{EW_LIVE_EVENT_STEP, "value", "result"},
	{EW_LIVE_EVENT_STEP, "status", "errno"},
	{EW_LIVE_EVENT_PROCESS, "status", "wait_status"},
	{EW_LIVE_EVENT_STILL, "value", "quiet_ms"},
	{EW_LIVE_EVENT_TURN, "text", "held"},
	{EW_LIVE_EVENT_TURN, "value", "held_count"},
	{EW_LIVE_EVENT_TURN, "status", "was_vain"},
	{EW_LIVE_EVENT_BOUND, "text", "not_done"},
	{EW_LIVE_EVENT_BOUND, "value", "bound_ms"},
	{EW_LIVE_EVENT_STAGE, "clock", "killed_at_ns"},
	{EW_LIVE_EVENT_COUNTER, "text", "counter"},
	{EW_LIVE_EVENT_COUNTER, "value", "grown"},
	{EW_LIVE_EVENT_ALIVE, "text", "process"},
	{EW_LIVE_EVENT_ICMP, "status", "type"},
	{EW_LIVE_EVENT_ICMP, "value", "code"},
	{EW_LIVE_EVENT_ICMP, "text", "quoted"},
	{EW_LIVE_EVENT_OBSERVERS, "line", "looks"},
	{EW_LIVE_EVENT_OBSERVERS, "status", "period_p99_us"},
	{EW_LIVE_EVENT_OBSERVERS, "value", "processor_us"},
	{EW_LIVE_EVENT_OBSERVERS, "clock", "watched_us"},
	{EW_LIVE_EVENT_OBSERVERS, "steps", "steps_us"},
	{EW_LIVE_EVENT_END, "value", "completed"},
	{EW_LIVE_EVENT_END, "status", "signal"},
	{EW_LIVE_EVENT_END, "line", "left_behind"},
};

static const char *member_name(enum ew_live_event_kind kind, const char *field)
{
	for (size_t i = 0; i < G_N_ELEMENTS(meanings); i++)
		if (meanings[i].kind == kind && !strcmp(meanings[i].field, field))
			return meanings[i].name;
	return field;
}

static void add_member(const struct ew_live_field *f, void *data)
{
	const struct member *m = data;
	const char *name = member_name(m->event->kind, f->name);
	int64_t microseconds = (f->number + (f->number < 0 ? -500 : 500)) / 1000;

	if (!strcmp(f->name, "time") || !strcmp(f->name, "since"))
		ew_doc_real(m->block, EW_ROLE_HIDDEN, *f->name == 't' ? "ms" : "since_ms",
			    (double)microseconds / 1e3, 3);
	else if (!strcmp(f->name, "flags")) {
		g_autofree char *flags = ew_live_flags_text((unsigned)f->number);
		ew_doc_text(m->block, EW_ROLE_HIDDEN, "flags", flags);
	} else if (f->text)
		ew_doc_text(m->block, EW_ROLE_HIDDEN, name, f->text);
	else if (f->is_bool)
		ew_doc_bool(m->block, EW_ROLE_HIDDEN, name, f->number, NULL, NULL);
	else
		ew_doc_int(m->block, EW_ROLE_HIDDEN, name, f->number);
}

void ew_view_live_members(const struct ew_live_experiment *x, const struct ew_live_event *e, struct ew_block *b)
{
	struct member m = {b, e};

	ew_doc_text(b, EW_ROLE_HIDDEN, "event", ew_live_event_name(e->kind));
	ew_live_event_fields(x, e, add_member, &m);
}
