/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A live run as it happens: the states of both ends in two columns, the packets between them as
 * arrows. Lines are only ever added. What is narrower than two columns gets one, with names.
 */
#include "view/view_live.h"
#include <errno.h>
#include <string.h>
#include <sys/wait.h>

#define TIME_WIDTH 9
#define LEFT_AT	   (TIME_WIDTH + 2)
#define SIDE_WIDTH 20
#define WIDE_LEAST 72
#define WIDE_MOST  100

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

/* A socket of a connection. */
static void *key_of(const struct ew_live_event *e)
{
	return GINT_TO_POINTER(2 * e->connection + e->side);
}

/* "#2 " where there are several connections, else "". */
static char *tag_of(const struct ew_view_live *v, const struct ew_live_event *e)
{
	return v->is_numbered && e->connection ? g_strdup_printf("#%d ", e->connection)
					       : g_strdup("");
}

/* ---- lines ----------------------------------------------------------------------------------- */

static bool is_wide(const struct ew_view_live *v)
{
	return v->width >= WIDE_LEAST;
}

static int right_at(const struct ew_view_live *v)
{
	return v->width - SIDE_WIDTH;
}

static void pad_to(struct ew_block *b, int *column, int wanted)
{
	if (*column < wanted)
		ew_doc_sayf(b, "%*s", wanted - *column, "");
	*column = MAX(*column, wanted);
}

static void put(struct ew_block *b, int *column, int at, enum ew_role role, const char *text)
{
	if (!text || !*text)
		return;
	pad_to(b, column, at);
	ew_doc_text(b, role, NULL, text);
	*column += ew_doc_columns(text);
}

static char *time_text(const struct ew_live_event *e)
{
	return g_strdup_printf("%*.3f", TIME_WIDTH, ew_live_event_ms(e));
}

/* What one side does or is. On a wide screen it stands in the side's column (a long one on the
 * right begins further left), else behind the side's name. `e` gives the time, NULL for a line that
 * goes on. */
static void say_side(const struct ew_view_live *v, struct ew_group *g,
		     const struct ew_live_event *e, int side, enum ew_role role, const char *text)
{
	g_autofree char *time = e ? time_text(e) : NULL;
	int column = 0;

	if (!is_wide(v)) {
		struct ew_block *b = ew_doc_item(g, e ? 0 : 2);

		if (e)
			ew_doc_sayf(b, "%s %s: ", g_strchug(time), v->x->actors[side].name);
		ew_doc_text(b, role, NULL, text);
		return;
	}
	struct ew_block *b = ew_doc_line(g);
	put(b, &column, 0, EW_ROLE_FAINT, time);
	int at = side == 0 ? LEFT_AT : MIN(right_at(v), v->width - ew_doc_columns(text));
	put(b, &column, MAX(at, LEFT_AT), role, text);
}

/* Something about the run as a whole. */
static void say_all(const struct ew_view_live *v, struct ew_group *g, const struct ew_live_event *e,
		    enum ew_role role, const char *text)
{
	g_autofree char *time = time_text(e);
	struct ew_block *b = is_wide(v) ? ew_doc_line(g) : ew_doc_item(g, 0);

	ew_doc_text(b, EW_ROLE_FAINT, NULL, is_wide(v) ? time : g_strchug(time));
	ew_doc_say(b, is_wide(v) ? "  " : " ");
	ew_doc_text(b, role, NULL, text);
}

/* ---- sockets --------------------------------------------------------------------------------- */

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

static void say_state(const struct ew_view_live *v, struct ew_group *g,
		      const struct ew_live_event *e)
{
	g_autofree char *tag = tag_of(v, e);
	g_autofree char *name = g_strdup_printf("%s%s%s", tag, ew_live_state_name(e->state),
						e->inferred ? " (inferred)" : "");
	g_autofree char *more = socket_text(e, false);

	say_side(v, g, e, e->side, e->inferred ? EW_ROLE_EMPHASIS : EW_ROLE_STRONG, name);
	if (e->time >= 0 && e->state != EW_LIVE_GONE && !e->inferred && *more)
		say_side(v, g, NULL, e->side, EW_ROLE_FAINT, more);
}

static void say_socket(const struct ew_view_live *v, struct ew_group *g,
		       const struct ew_live_event *e)
{
	const struct ew_live_event *was = g_hash_table_lookup(v->last, key_of(e));
	g_autofree char *text = was ? change_text(was, e) : NULL;

	g_autofree char *tag = tag_of(v, e);
	g_autofree char *whole = g_strconcat(tag, text, NULL);

	if (text && e->time >= 0 && *text)
		say_side(v, g, e, e->side, EW_ROLE_FAINT, whole);
}

/* Both sides as they stand, beside each other. */
static void say_pair(const struct ew_view_live *v, struct ew_group *g, enum ew_role role,
		     const char *left, const char *right)
{
	int column = 0;

	if (!is_wide(v) || LEFT_AT + ew_doc_columns(left) + 2 + ew_doc_columns(right) > v->width) {
		if (*left)
			say_side(v, g, NULL, 0, role, left);
		if (*right)
			say_side(v, g, NULL, 1, role, right);
		return;
	}
	struct ew_block *b = ew_doc_line(g);
	put(b, &column, LEFT_AT, role, left);
	put(b, &column, MIN(right_at(v), v->width - ew_doc_columns(right)), role, right);
}

static void say_still(struct ew_view_live *v, struct ew_group *g, const struct ew_live_event *e)
{
	struct ew_live_event nothing = {.side = 0};
	const struct ew_live_event *pair[] = {
		v->still.connection == e->connection ? &v->still : &nothing, e};
	g_autofree char *tag = tag_of(v, e);
	char *names[2], *mores[2];

	if (e->side == 0) {
		v->still = *e;
		return;
	}
	for (int i = 0; i < 2; i++) {
		bool is_there = pair[i]->state != EW_LIVE_GONE;

		names[i] = g_strdup_printf("%s%s%s%s", is_wide(v) ? "" : v->x->actors[i].name,
					   is_wide(v) ? "" : ": ", tag,
					   ew_live_state_name(pair[i]->state));
		mores[i] = is_there ? socket_text(pair[i], true) : g_strdup("");
	}
	g_autofree char *text =
		g_strdup_printf("── stand-still: nothing has happened for %d ms ──", (int)e->value);
	/* once for all connections */
	if (e->connection <= v->told_still || !v->told_still)
		say_all(v, g, e, EW_ROLE_EMPHASIS, text);
	v->told_still = e->connection;
	if (is_wide(v)) {
		say_pair(v, g, EW_ROLE_STRONG, names[0], names[1]);
		say_pair(v, g, EW_ROLE_FAINT, mores[0], mores[1]);
	} else {
		for (int i = 0; i < 2; i++) {
			say_side(v, g, NULL, i, EW_ROLE_STRONG, names[i]);
			say_side(v, g, NULL, i, EW_ROLE_FAINT, mores[i]);
		}
	}
	for (int i = 0; i < 2; i++) {
		g_free(names[i]);
		g_free(mores[i]);
	}
}

static void say_left(const struct ew_view_live *v, struct ew_group *g,
		     const struct ew_live_event *e)
{
	g_autofree char *tag = tag_of(v, e);
	g_autofree char *name =
		g_strdup_printf("%s%s is still there", tag, ew_live_state_name(e->state));
	g_autofree char *more = socket_text(e, true);

	say_side(v, g, e, e->side, EW_ROLE_STRONG, name);
	say_side(v, g, NULL, e->side, EW_ROLE_FAINT, more);
}

/* As it is, where that was asked for. */
static void say_now(const struct ew_view_live *v, struct ew_group *g, const struct ew_live_event *e)
{
	g_autofree char *name = g_strdup_printf("is %s", ew_live_state_name(e->state));
	g_autofree char *more = socket_text(e, true);

	say_side(v, g, e, e->side, EW_ROLE_STRONG, name);
	if (e->state != EW_LIVE_GONE)
		say_side(v, g, NULL, e->side, EW_ROLE_FAINT, more);
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
	int room = right_at(v) - 2 - (LEFT_AT + SIDE_WIDTH - 4);
	g_autofree char *tag = tag_of(v, e);
	int column = 0;

	if (!is_wide(v)) {
		g_autofree char *label = ew_view_live_arrow(e, tag, 0);
		g_autofree char *text = g_strdup_printf("→ %s %s", to, label);
		say_side(v, g, e, e->side, packet_role(e), text);
		return;
	}
	g_autofree char *text = ew_view_live_arrow(e, tag, room);
	g_autofree char *time = time_text(e);
	struct ew_block *b = ew_doc_line(g);
	put(b, &column, 0, EW_ROLE_FAINT, time);
	put(b, &column, LEFT_AT + SIDE_WIDTH - 4, packet_role(e), text);
}

/* ---- steps, processes, the whole ------------------------------------------------------------- */

/* "client kill", "client kill unreaped", "client kill QUIT" */
static void say_kill(GString *s, char **words)
{
	const char *last = words[g_strv_length(words) - 1];

	g_string_append_printf(s, "✗ kill -%s",
			       g_ascii_isupper(*last) && strcmp(last, "KILL") ? last : "9");
}

static const struct ew_live_step *step_on(const struct ew_view_live *v, int line)
{
	for (guint i = 0; line && i < v->x->steps->len; i++) {
		const struct ew_live_step *s = &g_array_index(v->x->steps, struct ew_live_step, i);

		if (s->line == line)
			return s;
	}
	return NULL;
}

/* Of a step that is expected to block, EINPROGRESS says that it did. */
static void add_failure(const struct ew_view_live *v, GString *s, const struct ew_live_event *e)
{
	const struct ew_live_step *step = step_on(v, e->line);

	if (e->status == EINPROGRESS && step && step->blocks_ms)
		g_string_append(s, " does not come back");
	else if (e->status)
		g_string_append_printf(s, ": %s", g_strerror(e->status));
}

static void say_step(const struct ew_view_live *v, struct ew_group *g,
		     const struct ew_live_event *e)
{
	if (e->side < 0) {
		g_autofree char *whole =
			e->status ? g_strdup_printf("%s: %s", e->text, g_strerror(e->status))
				  : g_strdup(e->text);

		say_all(v, g, e, EW_ROLE_COMMAND, whole);
		return;
	}
	g_auto(GStrv) words = g_strsplit(e->text, " ", -1);
	const char *verb = g_strv_length(words) > 1 ? words[1] : e->text;
	g_autoptr(GString) s = g_string_new(NULL);

	if (!strcmp(verb, "kill")) {
		say_kill(s, words);
	} else {
		g_string_printf(s, "%s()", verb);
		if (!e->status && (!strcmp(verb, "recv") || !strcmp(verb, "send")))
			g_string_append_printf(s, " = %d%s", (int)e->value,
					       e->value ? "" : " (EOF)");
	}
	add_failure(v, s, e);
	if (e->actor >= EW_LIVE_SIDES) {
		g_string_prepend(s, ": ");
		g_string_prepend(s, v->x->actors[e->actor].name);
	}
	say_side(v, g, e, e->side, EW_ROLE_COMMAND, s->str);
}

static void say_process(const struct ew_view_live *v, struct ew_group *g,
			const struct ew_live_event *e)
{
	g_autofree char *text =
		WIFSIGNALED(e->status)
			? g_strdup_printf("process gone, signal %d", WTERMSIG(e->status))
			: g_strdup_printf("process gone, exit %d", WEXITSTATUS(e->status));

	say_side(v, g, e, e->side, EW_ROLE_PLAIN, *e->text ? e->text : text);
}

/* What happens at zero. */
static char *zero_text(const struct ew_view_live *v)
{
	if (v->x->variant.is_by_hand)
		return g_strdup("the wire was held");
	for (guint i = 0; i < v->x->steps->len; i++) {
		const struct ew_live_step *s = &g_array_index(v->x->steps, struct ew_live_step, i);

		if (s->is_zero && strcmp(s->verb->name, "kill"))
			return g_strdup_printf("\"%s\" (line %d)", s->text, s->line);
	}
	return g_strdup("the kill");
}

static void say_stage(const struct ew_view_live *v, struct ew_group *g,
		      const struct ew_live_event *e)
{
	struct ew_block *b = ew_doc_paragraph(g);
	int column = 0;
	g_autofree char *zero = zero_text(v);

	ew_doc_textf(b, EW_ROLE_FAINT, NULL,
		     "Linux %s, in a %snetwork namespace of its own. Times are milliseconds after "
		     "%s.",
		     e->text, e->status ? "user and " : "",
		     zero);
	if (!is_wide(v))
		return;
	b = ew_doc_line(g);
	put(b, &column, TIME_WIDTH - 2, EW_ROLE_FAINT, "ms");
	put(b, &column, LEFT_AT, EW_ROLE_EMPHASIS, v->x->actors[0].name);
	put(b, &column, right_at(v), EW_ROLE_EMPHASIS, v->x->actors[1].name);
}

static void say_bound(const struct ew_view_live *v, struct ew_group *g,
		      const struct ew_live_event *e)
{
	g_autoptr(GString) s = g_string_new(NULL);

	g_string_printf(s, "── bound of %d ms reached ──", (int)e->value);
	if (*e->text)
		g_string_append_printf(s, " not done: %s (line %d)", e->text, e->line);
	say_all(v, g, e, EW_ROLE_EMPHASIS, s->str);
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
		say_side(v, g, e, e->side, EW_ROLE_FAINT, text);
	else
		say_all(v, g, e, EW_ROLE_FAINT, text);
}

/* The host that answers, and what it answers to. */
static void say_icmp(const struct ew_view_live *v, struct ew_group *g, const struct ew_live_event *e)
{
	g_autofree char *tag = tag_of(v, e);
	g_autofree char *text = g_strdup_printf("%s%s ICMP %d/%d to %s", tag, e->side == 0 ? "▶" : "◀", e->status,
						(int)e->value, v->x->actors[1 - e->side].name);

	say_side(v, g, e, e->side, EW_ROLE_WARNING, text);
	say_side(v, g, NULL, e->side, EW_ROLE_FAINT, e->text);
}

static void say_alive(const struct ew_view_live *v, struct ew_group *g,
		      const struct ew_live_event *e)
{
	say_side(v, g, e, e->side, EW_ROLE_PLAIN, e->text);
}

static void say_event(struct ew_view_live *v, struct ew_group *g, const struct ew_live_event *e)
{
	switch (e->kind) {
	case EW_LIVE_EVENT_STAGE:
		say_stage(v, g, e);
		break;
	case EW_LIVE_EVENT_STEP:
		say_step(v, g, e);
		break;
	case EW_LIVE_EVENT_STATE:
		say_state(v, g, e);
		break;
	case EW_LIVE_EVENT_SOCKET:
		say_socket(v, g, e);
		break;
	case EW_LIVE_EVENT_PACKET:
		say_packet(v, g, e);
		break;
	case EW_LIVE_EVENT_PROCESS:
		say_process(v, g, e);
		break;
	case EW_LIVE_EVENT_STILL:
		say_still(v, g, e);
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
		say_bound(v, g, e);
		break;
	case EW_LIVE_EVENT_LEFT:
		say_left(v, g, e);
		break;
	case EW_LIVE_EVENT_NOW:
		say_now(v, g, e);
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
	if ((e->kind == EW_LIVE_EVENT_STATE || e->kind == EW_LIVE_EVENT_SOCKET) && !e->inferred)
		g_hash_table_insert(v->last, key_of(e), g_memdup2(e, sizeof(*e)));
	return doc;
}
