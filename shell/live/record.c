/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Events as named fields, and timelines as files of them. One table says which fields an event has;
 * records, their reading and JSON follow from it.
 */
#include "live/internal.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define MAGIC	   "exitwalk-live 1"
#define FULL	   " full" /* behind the name, where it ran at full length */
#define NO_SIDE	   (-2) /* until a field names one */
#define RECORD_MAX (64 * 1024 * 1024)

enum field_type {
	INT64,
	UINT32,
	UINT16,
	INT,
	UNSIGNED,
	BOOL,
	STATE,
	TIMER,
	FATE,
	SIDE,
	ACTOR,
	TEXT,
};

#define KIND(k)	  (1u << EW_LIVE_EVENT_##k)
#define SOCKETS	  (KIND(STATE) | KIND(SOCKET) | KIND(STILL) | KIND(LEFT) | KIND(NOW))
#define CHANGES	  (KIND(STATE) | KIND(SOCKET))
#define ALL	  (~0u)
#define SIDED                                                                                      \
	(SOCKETS | KIND(COUNTER) | KIND(FREED) | KIND(ALIVE) | KIND(STEP) | KIND(PACKET) | KIND(ICMP) |         \
	 KIND(PROCESS))
#define CONNECTED (SOCKETS | KIND(PACKET) | KIND(FREED) | KIND(ICMP))
#define ACTED	  (KIND(STEP) | KIND(PROCESS) | KIND(ALIVE))
#define TOLD                                                                                       \
	(KIND(STAGE) | KIND(TURN) | KIND(STEP) | KIND(BOUND) | KIND(PROCESS) | KIND(COUNTER) |     \
	 KIND(ALIVE) | KIND(ICMP))

static const struct field {
	const char *name;
	enum field_type type;
	size_t offset;
	unsigned kinds;
} fields[] = {
#define F(name, type, kinds)                                                                       \
	{                                                                                          \
#name, type, offsetof(struct ew_live_event, name), kinds                           \
	}
	F(time, INT64, ALL),
	F(side, SIDE, SIDED),
	F(actor, ACTOR, ACTED),
	F(connection, INT, CONNECTED),
	F(since, INT64, CHANGES),
	F(before, STATE, KIND(STATE)),
	F(state, STATE, SOCKETS),
	F(inferred, BOOL, KIND(STATE)),
	F(receive_queue, UINT32, SOCKETS),
	F(send_queue, UINT32, SOCKETS),
	F(inode, UINT32, SOCKETS),
	F(timer, TIMER, SOCKETS),
	F(expires_ms, UINT32, SOCKETS),
	F(retransmits, UINT32, SOCKETS),
	F(flags, UNSIGNED, KIND(PACKET)),
	F(seq, UINT32, KIND(PACKET)),
	F(ack, UINT32, KIND(PACKET)),
	F(length, UINT32, KIND(PACKET)),
	F(window, UINT32, KIND(PACKET)),
	F(retransmission, BOOL, KIND(PACKET)),
	F(fate, FATE, KIND(PACKET)),
	F(was_held, BOOL, KIND(PACKET)),
	F(port, UINT16, KIND(PACKET)),
	F(peer_port, UINT16, KIND(PACKET)),
	F(line, INT, KIND(STEP) | KIND(BOUND) | KIND(END) | KIND(TURN) | KIND(OBSERVERS)),
	F(status, INT,
	  KIND(STAGE) | KIND(STEP) | KIND(PROCESS) | KIND(END) | KIND(TURN) | KIND(OBSERVERS) | KIND(ICMP)),
	F(value, INT64,
	  KIND(STAGE) | KIND(TURN) | KIND(STEP) | KIND(STILL) | KIND(BOUND) | KIND(END) |
		  KIND(COUNTER) | KIND(OBSERVERS) | KIND(ICMP)),
	F(clock, INT64, KIND(STAGE) | KIND(OBSERVERS)),
	F(steps, INT64, KIND(OBSERVERS)),
	F(text, TEXT, TOLD),
#undef F
};

/* ---- out ------------------------------------------------------------------------------------- */

static struct ew_live_field get_field(const struct ew_live_experiment *x,
				      const struct ew_live_event *e, const struct field *f)
{
	const char *at = (const char *)e + f->offset;
	struct ew_live_field v = {.name = f->name, .is_bool = f->type == BOOL};
	int side;

	switch (f->type) {
	case INT64:
		v.number = *(const int64_t *)at;
		break;
	case UINT32:
	case UNSIGNED:
		v.number = *(const uint32_t *)at;
		break;
	case UINT16:
		v.number = *(const uint16_t *)at;
		break;
	case INT:
		v.number = *(const int *)at;
		break;
	case BOOL:
		v.number = *(const bool *)at;
		break;
	case STATE:
		v.text = ew_live_state_name(*(const enum ew_live_state *)at);
		break;
	case TIMER:
		v.text = ew_live_timer_name(*(const enum ew_live_timer *)at);
		break;
	case FATE:
		v.text = ew_live_fate_name(*(const enum ew_live_fate *)at);
		break;
	case SIDE:
	case ACTOR:
		side = *(const int *)at;
		v.text = side >= 0 && side < x->actor_count ? x->actors[side].name : "none";
		break;
	case TEXT:
		v.text = at;
		break;
	}
	return v;
}

/* What stands for most events is not written. */
static bool is_implied(const struct ew_live_event *e, const struct field *f)
{
	if (!strcmp(f->name, "connection"))
		return e->connection <= 1;
	if (!strcmp(f->name, "actor"))
		return e->actor == e->side;
	if (!strcmp(f->name, "fate"))
		return e->fate == EW_LIVE_FATE_PASSED && !e->was_held;
	if (!strcmp(f->name, "was_held"))
		return !e->was_held;
	if (!strcmp(f->name, "clock"))
		return !e->clock; /* in recordings from before it was known */
	if (!strcmp(f->name, "steps"))
		return !e->steps; /* likewise */
	return e->kind == EW_LIVE_EVENT_PROCESS && !strcmp(f->name, "text") && !*e->text;
}

void ew_live_event_fields(const struct ew_live_experiment *x, const struct ew_live_event *e,
			  ew_live_field_fn fn, void *data)
{
	for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
		if (!(fields[i].kinds & 1u << e->kind) || is_implied(e, &fields[i]))
			continue;
		struct ew_live_field v = get_field(x, e, &fields[i]);
		fn(&v, data);
	}
}

static void write_field(const struct ew_live_field *f, void *data)
{
	GString *s = data;

	if (!f->text) {
		g_string_append_printf(s, " %s=%" G_GINT64_FORMAT, f->name, f->number);
		return;
	}
	g_autofree char *quoted = g_uri_escape_string(f->text, NULL, FALSE);
	g_string_append_printf(s, " %s=%s", f->name, quoted);
}

bool ew_live_can_record(const char *path, GError **error)
{
	return live_may_replace(path, MAGIC, strlen(MAGIC), "a recording", error);
}

bool ew_live_record(const struct ew_live_experiment *x, const struct ew_live_result *r,
		    const char *path, GError **error)
{
	g_autoptr(GString) s = g_string_new(NULL);

	g_string_printf(s, MAGIC " %s%s\n", x->name, x->variant.is_full && x->has_full ? FULL : "");
	for (guint i = 0; i < r->events->len; i++) {
		const struct ew_live_event *e = &g_array_index(r->events, struct ew_live_event, i);

		g_string_append(s, ew_live_event_name(e->kind));
		ew_live_event_fields(x, e, write_field, s);
		g_string_append_c(s, '\n');
	}
	return live_save(path, MAGIC, "a recording", s, error);
}

/* ---- in -------------------------------------------------------------------------------------- */

static bool read_number(const char *text, int64_t least, int64_t most, int64_t *number)
{
	return g_ascii_string_to_signed(text, 10, least, most, number, NULL);
}

static bool read_timer(const char *text, enum ew_live_timer *timer)
{
	for (int i = 0; i <= EW_LIVE_TIMER_PERSIST; i++) {
		if (!strcmp(text, ew_live_timer_name(i))) {
			*timer = i;
			return true;
		}
	}
	return false;
}

static bool read_fate(const char *text, enum ew_live_fate *fate)
{
	for (int i = 0; i < EW_LIVE_FATES; i++) {
		if (!strcmp(text, ew_live_fate_name(i))) {
			*fate = i;
			return true;
		}
	}
	return false;
}

static bool set_field(const struct ew_live_experiment *x, struct ew_live_event *e,
		      const struct field *f, const char *text)
{
	char *at = (char *)e + f->offset;
	int64_t n = 0;
	bool ok;

	switch (f->type) {
	case INT64:
		return read_number(text, INT64_MIN, INT64_MAX, (int64_t *)at);
	case UINT32:
	case UNSIGNED:
		ok = read_number(text, 0, UINT32_MAX, &n);
		*(uint32_t *)at = (uint32_t)n;
		return ok;
	case UINT16:
		ok = read_number(text, 0, UINT16_MAX, &n);
		*(uint16_t *)at = (uint16_t)n;
		return ok;
	case INT:
		ok = read_number(text, INT_MIN, INT_MAX, &n);
		*(int *)at = (int)n;
		return ok;
	case BOOL:
		ok = read_number(text, 0, 1, &n);
		*(bool *)at = n;
		return ok;
	case STATE:
		return ew_live_state_parse(text, (enum ew_live_state *)at);
	case TIMER:
		return read_timer(text, (enum ew_live_timer *)at);
	case FATE:
		return read_fate(text, (enum ew_live_fate *)at);
	case SIDE:
		*(int *)at = ew_live_side(x, text);
		return *(int *)at >= 0 || !strcmp(text, "none");
	case ACTOR:
		*(int *)at = ew_live_actor(x, text);
		return *(int *)at >= 0 || !strcmp(text, "none");
	case TEXT:
		return g_strlcpy(at, text, sizeof(e->text)) < sizeof(e->text);
	}
	return false;
}

/* One word "name=value" of a line. */
static bool read_word(const struct ew_live_experiment *x, struct ew_live_event *e, char *word)
{
	char *value = strchr(word, '=');

	if (!value)
		return false;
	*value++ = '\0';
	g_autofree char *text = g_uri_unescape_string(value, NULL);
	for (size_t i = 0; text && i < G_N_ELEMENTS(fields); i++)
		if (!strcmp(word, fields[i].name) && (fields[i].kinds & 1u << e->kind))
			return set_field(x, e, &fields[i], text);
	return false;
}

static bool read_event(const struct ew_live_experiment *x, char *line, struct ew_live_event *e,
		       const char **wrong)
{
	g_auto(GStrv) words = g_strsplit(line, " ", -1);
	int kind;

	*e = (struct ew_live_event){.side = NO_SIDE, .actor = NO_SIDE, .connection = 1};
	*wrong = "what kind of event it is";
	for (kind = 0; kind < EW_LIVE_EVENTS; kind++)
		if (words[0] && !strcmp(words[0], ew_live_event_name(kind)))
			break;
	if (kind == EW_LIVE_EVENTS)
		return false;
	e->kind = kind;
	*wrong = "one of its fields";
	for (int i = 1; words[i]; i++)
		if (!read_word(x, e, words[i]))
			return false;
	*wrong = "the side it belongs to";
	if (e->side == NO_SIDE) {
		e->side = -1;
		if (SIDED & 1u << kind)
			return false;
	}
	if (e->actor == NO_SIDE)
		e->actor = ACTED & 1u << kind ? e->side : -1;
	if (!(CONNECTED & 1u << kind))
		e->connection = 0;
	return true;
}

static GArray *read_events(const struct ew_live_experiment *x, char **lines, const char *path,
			   GError **error)
{
	g_autoptr(GArray) events = g_array_new(FALSE, TRUE, sizeof(struct ew_live_event));
	const char *wrong = NULL;
	int i;

	for (i = 1; lines[i] && *lines[i]; i++) {
		struct ew_live_event e;

		if (!read_event(x, lines[i], &e, &wrong))
			break;
		g_array_append_val(events, e);
	}
	if (lines[i] && *lines[i])
		g_set_error(
			error, EW_ERROR, EW_ERROR_INPUT,
			"%s:%d: this event cannot be read: %s is not clear; record the run again",
			path, i + 1, wrong);
	else if (!events->len ||
		 g_array_index(events, struct ew_live_event, events->len - 1).kind !=
			 EW_LIVE_EVENT_END)
		g_set_error(error, EW_ERROR, EW_ERROR_INPUT,
			    "%s:%d: the recording was cut: its last event is not \"end\"; record "
			    "the run again",
			    path, i);
	else
		return g_steal_pointer(&events);
	return NULL;
}

struct ew_live_result *ew_live_replay(const struct ew_live_experiment *x, const char *path,
				      ew_live_event_fn fn, void *data, GError **error)
{
	g_autofree char *text = NULL;
	g_autoptr(GError) problem = NULL;
	gsize length;

	if (!g_file_get_contents(path, &text, &length, &problem) || length > RECORD_MAX) {
		g_set_error(error, EW_ERROR, EW_ERROR_INPUT, "cannot read the recording %s: %s",
			    path, problem ? problem->message : "it is too large");
		return NULL;
	}
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	g_autofree char *first = g_strdup_printf(MAGIC " %s", x->name);
	g_autofree char *full = g_strconcat(first, FULL, NULL);
	bool is_full = lines[0] && !strcmp(lines[0], full), is_plain = lines[0] && !strcmp(lines[0], first);
	if ((is_full || is_plain) && is_full != (x->variant.is_full && x->has_full)) {
		g_set_error(error, EW_ERROR, EW_ERROR_USAGE, "%s is a run %s, whose times are others; replay it %s --full", path,
			    is_full ? "at full length" : "of the accelerated form", is_full ? "with" : "without");
		return NULL;
	}
	if (!is_full && !is_plain) {
		g_set_error(error, EW_ERROR, EW_ERROR_INPUT,
			    "%s:1: this is no recording of %s; its first line would be \"%s\"",
			    path, x->name, first);
		return NULL;
	}
	GArray *events = read_events(x, lines, path, error);
	if (!events)
		return NULL;
	for (guint i = 0; fn && i < events->len; i++)
		fn(&g_array_index(events, struct ew_live_event, i), data);
	return ew_live_judge(x, events);
}
