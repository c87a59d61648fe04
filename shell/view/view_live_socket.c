/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A live run: what sockets are, and become. */
#include "view/view_live.h"

/* A socket of a connection. */
static void *key_of(const struct ew_live_event *e)
{
	return GINT_TO_POINTER(2 * e->connection + e->side);
}

static void add_part(GString *s, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void add_part(GString *s, const char *format, ...)
{
	va_list args;

	if (s->len)
		g_string_append(s, ", ");
	va_start(args, format);
	g_string_append_vprintf(s, format, args);
	va_end(args);
}

static void add_timer(GString *s, const struct ew_live_event *e)
{
	if (e->timer == EW_LIVE_TIMER_NONE)
		add_part(s, "no timer");
	else if (e->expires_ms < 1000)
		add_part(s, "timer %s %u ms", ew_live_timer_name(e->timer), e->expires_ms);
	else
		add_part(s, "timer %s %.1f s", ew_live_timer_name(e->timer),
			 e->expires_ms / 1000.0);
}

/* The kernel has one number for both: segments sent again, or probes without an answer (idiag_retrans). */
static void add_attempts(GString *s, const struct ew_live_event *e)
{
	bool are_probes = e->timer == EW_LIVE_TIMER_PERSIST || e->timer == EW_LIVE_TIMER_KEEPALIVE;

	if (e->retransmits && are_probes)
		add_part(s, "%u unanswered", e->retransmits);
	else if (e->retransmits)
		add_part(s, "%u retransmitted", e->retransmits);
}

/* What a socket has, in the words of ss: who holds it, its queues, its timer. */
static char *socket_text(const struct ew_live_event *e, bool with_timer)
{
	GString *s = g_string_new(NULL);

	if (!e->inode)
		add_part(s, "no process");
	if (e->receive_queue)
		add_part(s, "Recv-Q %u", e->receive_queue);
	if (e->send_queue)
		add_part(s, "Send-Q %u", e->send_queue);
	add_attempts(s, e);
	if (with_timer || e->timer != EW_LIVE_TIMER_NONE)
		add_timer(s, e);
	return g_string_free(s, FALSE);
}

/* What is different from the last time. */
static char *change_text(const struct ew_live_event *was, const struct ew_live_event *e)
{
	GString *s = g_string_new(NULL);

	if (!was->inode != !e->inode)
		add_part(s, e->inode ? "a process has it" : "no process");
	if (was->receive_queue != e->receive_queue)
		add_part(s, "Recv-Q %u → %u", was->receive_queue, e->receive_queue);
	if (was->send_queue != e->send_queue)
		add_part(s, "Send-Q %u → %u", was->send_queue, e->send_queue);
	if (was->retransmits != e->retransmits)
		add_attempts(s, e);
	if (was->timer != e->timer)
		add_timer(s, e);
	return g_string_free(s, FALSE);
}

void view_live_state(const struct ew_view_live *v, struct ew_group *g, const struct ew_live_event *e)
{
	g_autofree char *tag = view_live_tag(v, e);
	g_autofree char *name = g_strdup_printf("%s%s%s", tag, ew_live_state_name(e->state),
						e->inferred ? " (inferred)" : "");
	g_autofree char *more = socket_text(e, false);

	view_live_side(v, g, e, e->side, e->inferred ? EW_ROLE_EMPHASIS : EW_ROLE_STRONG, name);
	if (e->time >= 0 && e->state != EW_LIVE_GONE && !e->inferred && *more)
		view_live_side(v, g, NULL, e->side, EW_ROLE_FAINT, more);
}

void view_live_change(const struct ew_view_live *v, struct ew_group *g, const struct ew_live_event *e)
{
	const struct ew_live_event *was = g_hash_table_lookup(v->last, key_of(e));
	g_autofree char *text = was ? change_text(was, e) : NULL;

	g_autofree char *tag = view_live_tag(v, e);
	g_autofree char *whole = g_strconcat(tag, text, NULL);

	if (text && e->time >= 0 && *text)
		view_live_side(v, g, e, e->side, EW_ROLE_FAINT, whole);
}

void view_live_still(struct ew_view_live *v, struct ew_group *g, const struct ew_live_event *e)
{
	struct ew_live_event nothing = {.side = 0};
	const struct ew_live_event *pair[] = {
		v->still.connection == e->connection ? &v->still : &nothing, e};
	g_autofree char *tag = view_live_tag(v, e);
	char *names[2], *mores[2];

	if (e->side == 0) {
		v->still = *e;
		return;
	}
	for (int i = 0; i < 2; i++) {
		bool is_there = pair[i]->state != EW_LIVE_GONE;

		names[i] = g_strdup_printf("%s%s%s%s", view_live_is_wide(v) ? "" : v->x->actors[i].name,
					   view_live_is_wide(v) ? "" : ": ", tag,
					   ew_live_state_name(pair[i]->state));
		mores[i] = is_there ? socket_text(pair[i], true) : g_strdup("");
	}
	g_autofree char *text =
		g_strdup_printf("── stand-still: nothing has happened for %d ms ──", (int)e->value);
	/* once for all connections */
	if (e->connection <= v->told_still || !v->told_still)
		view_live_whole(v, g, e, EW_ROLE_EMPHASIS, text);
	v->told_still = e->connection;
	if (view_live_is_wide(v)) {
		view_live_pair(v, g, EW_ROLE_STRONG, names[0], names[1]);
		view_live_pair(v, g, EW_ROLE_FAINT, mores[0], mores[1]);
	} else {
		for (int i = 0; i < 2; i++) {
			view_live_side(v, g, NULL, i, EW_ROLE_STRONG, names[i]);
			view_live_side(v, g, NULL, i, EW_ROLE_FAINT, mores[i]);
		}
	}
	for (int i = 0; i < 2; i++) {
		g_free(names[i]);
		g_free(mores[i]);
	}
}

void view_live_left(const struct ew_view_live *v, struct ew_group *g, const struct ew_live_event *e)
{
	g_autofree char *tag = view_live_tag(v, e);
	g_autofree char *name =
		g_strdup_printf("%s%s is still there", tag, ew_live_state_name(e->state));
	g_autofree char *more = socket_text(e, true);

	view_live_side(v, g, e, e->side, EW_ROLE_STRONG, name);
	view_live_side(v, g, NULL, e->side, EW_ROLE_FAINT, more);
}

/* As it is, where that was asked for. */
void view_live_now(const struct ew_view_live *v, struct ew_group *g, const struct ew_live_event *e)
{
	g_autofree char *name = g_strdup_printf("is %s", ew_live_state_name(e->state));
	g_autofree char *more = socket_text(e, true);

	view_live_side(v, g, e, e->side, EW_ROLE_STRONG, name);
	if (e->state != EW_LIVE_GONE)
		view_live_side(v, g, NULL, e->side, EW_ROLE_FAINT, more);
}

void view_live_remember(struct ew_view_live *v, const struct ew_live_event *e)
{
	if ((e->kind == EW_LIVE_EVENT_STATE || e->kind == EW_LIVE_EVENT_SOCKET) && !e->inferred)
		g_hash_table_insert(v->last, key_of(e), g_memdup2(e, sizeof(*e)));
}
