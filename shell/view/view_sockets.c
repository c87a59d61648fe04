/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sockets of a machine, a line or two each, and what is to be said of all. */
#include "view/view_sockets.h"
#include <stdio.h>
#include <string.h>

#define STATE_COLUMNS 11
#define BELOW 4

/* ---- for programs ---------------------------------------------------------------------------- */

static void add_address(struct ew_block *b, const char *key, const char *port_key,
			const struct ew_socket_address *a)
{
	char text[64];

	ew_socket_address_text(a, text, sizeof(text));
	ew_doc_text(b, EW_ROLE_HIDDEN, key, text);
	ew_doc_int(b, EW_ROLE_HIDDEN, port_key, a->port);
}

static void add_holders(struct ew_group *g, const struct ew_sockets *s, const struct ew_socket *k)
{
	struct ew_list *list = ew_doc_list(g, "holders", EW_LIST_PLAIN);

	for (int i = 0; i < k->holder_count; i++) {
		const struct ew_socket_holder *h = ew_sockets_holder(s, k, i);
		struct ew_block *b = ew_doc_line(ew_list_entry(list));

		ew_doc_int(b, EW_ROLE_HIDDEN, "pid", h->pid);
		ew_doc_text(b, EW_ROLE_HIDDEN, "name", h->name);
		if (h->thread)
			ew_doc_int(b, EW_ROLE_HIDDEN, "thread", h->thread);
		if (h->fd >= 0)
			ew_doc_int(b, EW_ROLE_HIDDEN, "fd", h->fd);
		else
			ew_doc_int(b, EW_ROLE_HIDDEN, "io_uring_fd", h->ring);
	}
}

static void add_times(struct ew_block *b, const struct ew_socket *k)
{
	uint32_t least, most;

	if (!k->has_info)
		return;
	ew_doc_int(b, EW_ROLE_HIDDEN, "since_sent_ms", k->since_sent);
	ew_doc_int(b, EW_ROLE_HIDDEN, "since_received_ms", k->since_received);
	ew_doc_int(b, EW_ROLE_HIDDEN, "since_ack_ms", k->since_ack);
	if (!ew_socket_close_wait(k, &least, &most))
		return;
	ew_doc_int(b, EW_ROLE_HIDDEN, "close_wait_at_least_ms", least);
	ew_doc_int(b, EW_ROLE_HIDDEN, "close_wait_at_most_ms", most);
}

static void add_hints(struct ew_block *b, unsigned hints)
{
	const char *names[EW_HINTS + 1] = {NULL};
	int n = 0;

	for (int bit = 0; bit < EW_HINTS; bit++)
		if (hints & (1U << bit))
			names[n++] = ew_socket_hint_name(bit);
	ew_doc_strings(b, EW_ROLE_HIDDEN, "hints", names, ", ");
}

void view_socket_members(struct ew_group *g, struct ew_block *b, const struct ew_sockets *s,
			 const struct ew_socket *k, unsigned hints)
{
	static const char *const objects[] = {"socket", "timewait", "request"};
	g_autoptr(GString) turn = g_string_new(NULL);

	ew_doc_text(b, EW_ROLE_HIDDEN, "state", ew_live_state_name(k->state));
	ew_doc_text(b, EW_ROLE_HIDDEN, "object", objects[k->object]);
	add_address(b, "local", "local_port", &k->local);
	add_address(b, "peer", "peer_port", &k->peer);
	if (k->interface)
		ew_doc_int(b, EW_ROLE_HIDDEN, "interface", k->interface);
	ew_doc_int(b, EW_ROLE_HIDDEN, "receive_queue", k->receive_queue);
	ew_doc_int(b, EW_ROLE_HIDDEN, "send_queue", k->send_queue);
	ew_doc_text(b, EW_ROLE_HIDDEN, "timer", ew_socket_timer_name(k));
	ew_doc_int(b, EW_ROLE_HIDDEN, "expires_ms", k->expires_ms);
	ew_doc_int(b, EW_ROLE_HIDDEN, "retransmits", k->retransmits);
	ew_doc_int(b, EW_ROLE_HIDDEN, "inode", k->inode);
	ew_doc_int(b, EW_ROLE_HIDDEN, "uid", k->uid);
	ew_doc_bool(b, EW_ROLE_HIDDEN, "orphan", ew_socket_is_orphan(k), NULL, NULL);
	add_times(b, k);
	bool is_there = k->state != EW_LIVE_GONE; /* else it is nobody's turn any more */
	view_add_turn(turn, k);
	ew_doc_text(b, EW_ROLE_HIDDEN, "turn", is_there ? ew_socket_turn_name(ew_socket_turn(k, NULL)) : NULL);
	ew_doc_text(b, EW_ROLE_HIDDEN, "turn_text", is_there ? turn->str : NULL);
	add_hints(b, hints);
	add_holders(g, s, k);
}

void view_walk_members(struct ew_group *g, const struct ew_sockets_walk *w)
{
	struct ew_block *b = ew_doc_line(ew_doc_group(g, "walk", 0));

	ew_doc_int(b, EW_ROLE_HIDDEN, "processes", w->processes);
	ew_doc_int(b, EW_ROLE_HIDDEN, "refused", w->refused);
	ew_doc_bool(b, EW_ROLE_HIDDEN, "hidepid", w->is_hidden, NULL, NULL);
	ew_doc_bool(b, EW_ROLE_HIDDEN, "pid_namespace", w->is_contained, NULL, NULL);
	ew_doc_text(b, EW_ROLE_HIDDEN, "problem", *w->problem ? w->problem : NULL);
}

/* ---- for people ------------------------------------------------------------------------------ */

static int digits(uint32_t n)
{
	int count = 1;

	while (n /= 10)
		count++;
	return count;
}

struct ew_view_socket_columns view_socket_measure(const struct ew_sockets *s, int width)
{
	struct ew_view_socket_columns c = {.local = (int)strlen("Local"),
					   .peer = (int)strlen("Peer"),
					   .queue = (int)strlen("Recv-Q"),
					   .timer = (int)strlen("Timer")};
	char text[64];

	for (guint i = 0; i < s->sockets->len; i++) {
		const struct ew_socket *k = ew_sockets_at(s, i);

		ew_socket_address_text(&k->local, text, sizeof(text));
		c.local = MAX(c.local, (int)strlen(text));
		ew_socket_address_text(&k->peer, text, sizeof(text));
		c.peer = MAX(c.peer, (int)strlen(text));
		c.queue = MAX(c.queue, digits(MAX(k->receive_queue, k->send_queue)));
		view_timer(k, text, sizeof(text));
		c.timer = MAX(c.timer, (int)strlen(text));
	}
	int all = STATE_COLUMNS + c.local + c.peer + 2 * c.queue + c.timer + 5 * 2;
	c.is_wide = !width || all <= width;
	return c;
}

void view_socket_titles(struct ew_group *g, const struct ew_view_socket_columns *c)
{
	if (!c->is_wide)
		return;
	ew_doc_textf(ew_doc_line(g), EW_ROLE_FAINT, NULL, "%-*s  %-*s  %-*s  %*s  %*s  %s",
		     STATE_COLUMNS, "State", c->local, "Local", c->peer, "Peer", c->queue, "Recv-Q", c->queue,
		     "Send-Q", "Timer");
}

static enum ew_role state_role(unsigned hints)
{
	return hints & ~(unsigned)EW_HINT_HOLDER_UNSEEN ? EW_ROLE_WARNING : EW_ROLE_STRONG;
}

static void add_state(struct ew_block *b, unsigned hints, const struct ew_socket *k, bool is_padded)
{
	char text[STATE_COLUMNS + 1];
	const char *name = ew_live_state_name(k->state);
	size_t length = strlen(name);

	if (is_padded && length < STATE_COLUMNS) {
		memset(text, ' ', STATE_COLUMNS);
		memcpy(text, name, length);
		text[STATE_COLUMNS] = '\0';
		name = text;
	}
	ew_doc_text(b, state_role(hints), NULL, name);
}

/* Two spaces and a cell. There may be many: printf() would take most of the time. */
static void add_cell(GString *out, const char *text, int columns, bool is_right)
{
	int length = (int)strlen(text), left = MAX(0, columns - length);

	for (int i = 0; i < 2 + (is_right ? left : 0); i++)
		g_string_append_c(out, ' ');
	g_string_append_len(out, text, length);
	for (int i = 0; i < (is_right ? 0 : left); i++)
		g_string_append_c(out, ' ');
}

static void add_cells(struct ew_block *b, const struct ew_view_socket_columns *c, const struct ew_socket *k,
		      const char *local, const char *peer, const char *timer)
{
	g_autoptr(GString) out = g_string_sized_new(128);

	add_cell(out, local, c->local, false);
	add_cell(out, peer, c->peer, false);
	for (int i = 0; i < 2; i++) {
		char number[16];

		snprintf(number, sizeof(number), "%u", i ? k->send_queue : k->receive_queue);
		add_cell(out, number, c->queue, true);
	}
	add_cell(out, timer, 0, false);
	ew_doc_text(b, EW_ROLE_PLAIN, NULL, out->str);
}

/* Narrow: what does not fit beside the addresses, in words. */
static void add_rest(GString *out, const struct ew_socket *k, const char *timer)
{
	if (k->receive_queue)
		g_string_append_printf(out, "Recv-Q %u, ", k->receive_queue);
	if (k->send_queue)
		g_string_append_printf(out, "Send-Q %u, ", k->send_queue);
	if (*timer)
		g_string_append_printf(out, "timer %s, ", timer);
}

void view_socket_lines(struct ew_group *g, const struct ew_view_socket_columns *c,
		       const struct ew_sockets *s, const struct ew_socket *k, unsigned hints)
{
	char local[64], peer[64], timer[48];
	g_autoptr(GString) text = g_string_sized_new(160);
	struct ew_block *b = c->is_wide ? ew_doc_line(g) : ew_doc_item(g, 0);

	ew_socket_address_text(&k->local, local, sizeof(local));
	ew_socket_address_text(&k->peer, peer, sizeof(peer));
	view_timer(k, timer, sizeof(timer));
	add_state(b, hints, k, c->is_wide);
	if (c->is_wide)
		add_cells(b, c, k, local, peer, timer);
	else
		ew_doc_sayf(b, " %s → %s", local, peer);
	if (!c->is_wide)
		add_rest(text, k, timer);
	view_add_holders(text, s, k);
	g_string_append(text, "; ");
	view_add_turn(text, k);
	ew_doc_text(ew_doc_item(g, BELOW), EW_ROLE_FAINT, NULL, text->str);
	for (int bit = 0; bit < EW_HINTS; bit++) {
		if (!(hints & (1U << bit)))
			continue;
		g_string_assign(text, "! ");
		view_add_hint(text, s, k, bit);
		if (text->len > 2)
			ew_doc_text(ew_doc_item(g, BELOW), EW_ROLE_WARNING, NULL, text->str);
	}
}

void view_walk_notes(struct ew_group *g, const struct ew_sockets_walk *w)
{
	struct ew_block *b;

	if (*w->problem) {
		b = ew_doc_note(g, EW_ROLE_WARNING);
		ew_doc_sayf(b, "Owners could not be looked for: %s.", w->problem);
		return;
	}
	if (w->refused) {
		b = ew_doc_note(g, EW_ROLE_WARNING);
		ew_doc_int(b, EW_ROLE_PLAIN, NULL, w->refused);
		ew_doc_say(b, w->refused == 1
				      ? " process may not be looked into: CAP_SYS_PTRACE is missing. Run this "
					"as root to see its sockets."
				      : " processes may not be looked into: CAP_SYS_PTRACE is missing. Run this "
					"as root to see their sockets.");
	}
	if (w->is_hidden)
		ew_doc_say(ew_doc_note(g, EW_ROLE_WARNING),
			   "Processes of other users are hidden here (/proc is mounted with hidepid); nor can "
			   "they be counted.");
	if (w->is_contained)
		ew_doc_say(ew_doc_note(g, EW_ROLE_WARNING),
			   "This is a pid namespace: processes outside of it are not seen.");
}

/* ---- the answer ------------------------------------------------------------------------------ */

static void add_summary(struct ew_group *g, const struct ew_sockets *s)
{
	struct ew_block *b = ew_doc_paragraph(ew_doc_group(g, "count", 0));
	int counts[EW_LIVE_STATES] = {0}, orphans = 0;
	bool is_first = true;

	for (guint i = 0; i < s->sockets->len; i++) {
		counts[ew_sockets_at(s, i)->state]++;
		orphans += ew_socket_is_orphan(ew_sockets_at(s, i));
	}
	ew_doc_int(b, EW_ROLE_PLAIN, "sockets", s->sockets->len);
	ew_doc_say(b, s->sockets->len == 1 ? " socket: " : " sockets: ");
	for (int i = 1; i < EW_LIVE_STATES; i++) {
		if (!counts[i])
			continue;
		ew_doc_say(b, is_first ? "" : ", ");
		ew_doc_int(b, EW_ROLE_PLAIN, ew_live_state_name(i), counts[i]);
		ew_doc_sayf(b, " %s", ew_live_state_name(i));
		is_first = false;
	}
	ew_doc_say(b, orphans ? "; orphans: " : "");
	ew_doc_int(b, orphans ? EW_ROLE_PLAIN : EW_ROLE_HIDDEN, "orphans", orphans);
	ew_doc_say(b, ".");
}

void ew_view_sockets_begin(struct ew_view_sockets_parts *p, const struct ew_view_sockets *v)
{
	const struct ew_sockets *s = v->sockets;

	p->view = v;
	p->doc = ew_doc_new("exitwalk.sockets/1");
	struct ew_group *root = ew_doc_root(p->doc);
	if (!s->sockets->len)
		ew_doc_text(ew_doc_paragraph(root), EW_ROLE_PLAIN, NULL,
			    "There is no such TCP socket here.");
	if (!v->is_json && s->sockets->len) {
		p->columns = view_socket_measure(s, v->width);
		view_socket_titles(root, &p->columns);
	}
	p->list = ew_doc_list(root, v->is_json ? "sockets" : NULL, EW_LIST_PLAIN);
}

void ew_view_sockets_add(struct ew_view_sockets_parts *p, guint i)
{
	const struct ew_sockets *s = p->view->sockets;
	const struct ew_socket *k = ew_sockets_at(s, i);
	struct ew_group *g = ew_list_entry(p->list);
	unsigned hints = ew_socket_hints(s, k, p->view->stale);

	if (p->view->is_json)
		view_socket_members(g, ew_doc_line(g), s, k, hints);
	else
		view_socket_lines(g, &p->columns, s, k, hints);
}

void ew_view_sockets_end(struct ew_view_sockets_parts *p)
{
	struct ew_group *root = ew_doc_root(p->doc);
	const struct ew_sockets *s = p->view->sockets;

	if (p->view->is_json)
		view_walk_members(root, &s->walk);
	if (s->sockets->len || p->view->is_json)
		add_summary(root, s);
	view_walk_notes(root, &s->walk);
}

struct ew_doc *ew_view_sockets(const struct ew_view_sockets *v)
{
	struct ew_view_sockets_parts p;

	ew_view_sockets_begin(&p, v);
	for (guint i = 0; i < v->sockets->sockets->len; i++)
		ew_view_sockets_add(&p, i);
	ew_view_sockets_end(&p);
	return p.doc;
}
