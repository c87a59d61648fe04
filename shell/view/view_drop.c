/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is about to be dropped, what each side will see of it, and what was there afterwards. */
#include "view/view_sockets.h"
#include <string.h>

/* ---- beforehand ------------------------------------------------------------------------------ */

static void add_process(GString *out, const struct ew_sockets *s, const struct ew_socket *k)
{
	if (k->holder_count)
		view_add_holders(out, s, k);
	else
		g_string_append(out, "whoever has it (no holder was seen)");
}

/* This side, of SOCK_DESTROY. */
static void add_here(GString *out, const struct ew_sockets *s, const struct ew_socket *k)
{
	if (k->object == EW_SOCKET_TIMEWAIT || ew_socket_is_orphan(k)) {
		g_string_append(out, "no process has it, and none is told");
	} else if (k->object == EW_SOCKET_REQUEST) {
		g_string_append(out, "the listener never learns of it");
	} else if (ew_socket_is_unaccepted(k)) {
		g_string_append(out, "accept() will still return it, and its use will fail with ECONNABORTED");
	} else if (k->state == EW_LIVE_LISTEN) {
		add_process(out, s, k);
		g_string_append(out, ": accept() fails with EINVAL; the descriptor stays, and listens no more");
	} else if (k->state == EW_LIVE_SYN_SENT) {
		add_process(out, s, k);
		g_string_append(out, ": connect() fails with ECONNABORTED");
	} else {
		add_process(out, s, k);
		g_string_append(out, ": unread bytes can still be read, then recv() fails with ECONNABORTED, "
				     "send() at once; the descriptor stays until it is closed");
	}
}

/* The peer, of SOCK_DESTROY: tcp_abort() sends a RST from the states of tcp_need_reset(). */
static const char *peer_text(const struct ew_socket *k)
{
	if (k->object == EW_SOCKET_TIMEWAIT)
		return "nothing; what it sends later draws a RST";
	if (k->object == EW_SOCKET_REQUEST)
		return "nothing now; its next segment draws a RST, a new SYN begins anew";
	switch (k->state) {
	case EW_LIVE_LISTEN:
		return "a RST to each connection that was not accepted; whoever connects later is refused";
	case EW_LIVE_SYN_SENT:
		return "nothing; an answer of its draws a RST";
	case EW_LIVE_LAST_ACK:
	case EW_LIVE_CLOSING:
		return "nothing now: no RST leaves from this state; what it sends later draws one";
	case EW_LIVE_FIN_WAIT1:
	case EW_LIVE_FIN_WAIT2:
		return "a RST: EPIPE if our FIN has reached it, else ECONNRESET; what it had received it can "
		       "still read";
	default:
		return "a RST: what it had received it can still read, then ECONNRESET";
	}
}

static void add_finish(GString *here, GString *peer, const struct ew_sockets *s, const struct ew_socket *k)
{
	add_process(here, s, k);
	g_string_append(here, ": send() fails with EPIPE and SIGPIPE, recv() goes on; the descriptor stays "
			      "until it is closed");
	g_string_append(peer, k->send_queue ? "the queued bytes, then " : "");
	g_string_append(peer, k->state == EW_LIVE_CLOSE_WAIT
				      ? "our FIN; it has closed before, so that the connection ends"
				      : "our FIN: end of file; it may still send, and its own close() ends the "
					"connection");
}

static void add_consequences(struct ew_group *g, const struct ew_view_drop *v, const struct ew_socket *k)
{
	g_autoptr(GString) here = g_string_new(NULL), peer = g_string_new(NULL);

	if (v->is_fin)
		add_finish(here, peer, v->sockets, k);
	else
		add_here(here, v->sockets, k);
	struct ew_block *b = ew_doc_item(g, 4);
	ew_doc_text(b, EW_ROLE_FAINT, NULL, "this side will see: ");
	ew_doc_text(b, EW_ROLE_PLAIN, "this_side", here->str);
	b = ew_doc_item(g, 4);
	ew_doc_text(b, EW_ROLE_FAINT, NULL, "the peer will see: ");
	ew_doc_text(b, EW_ROLE_PLAIN, "peer_side", v->is_fin ? peer->str : peer_text(k));
}

/* What a filter matched and was left out. */
static void add_spared(struct ew_group *g, const struct ew_view_drop *v)
{
	if (!v->listeners && !v->timewaits)
		return;
	struct ew_block *b = ew_doc_note(g, EW_ROLE_FAINT);

	ew_doc_say(b, "Left alone: ");
	if (v->listeners) {
		ew_doc_int(b, EW_ROLE_FAINT, NULL, v->listeners);
		ew_doc_say(b, v->listeners == 1 ? " listener" : " listeners");
	}
	ew_doc_say(b, v->listeners && v->timewaits ? " and " : "");
	if (v->timewaits) {
		ew_doc_int(b, EW_ROLE_FAINT, NULL, v->timewaits);
		ew_doc_say(b, " in TIME_WAIT or its timer");
	}
	ew_doc_say(b, "; --state LISTEN or --state TIME_WAIT means them.");
}

struct ew_doc *ew_view_drop_before(const struct ew_view_drop *v)
{
	const struct ew_sockets *s = v->sockets;
	struct ew_doc *doc = ew_doc_new("exitwalk.drop/1");
	struct ew_group *root = ew_doc_root(doc);
	struct ew_view_socket_columns c = view_socket_measure(s, v->width);

	view_socket_titles(root, &c);
	for (guint i = 0; i < s->sockets->len; i++) {
		view_socket_lines(root, &c, s, ew_sockets_at(s, i), 0);
		add_consequences(root, v, ew_sockets_at(s, i));
	}
	view_walk_notes(root, &s->walk);
	add_spared(root, v);
	return doc;
}

/* ---- afterwards ------------------------------------------------------------------------------ */

static const char *const outcomes[] = {"done", "gone", "forbidden", "unsupported", "failed"};

static void add_now(GString *out, const struct ew_view_drop *v, const struct ew_socket *k,
		    const struct ew_dropped *d)
{
	if (d->now.state == EW_LIVE_GONE) {
		g_string_append(out, "gone from the kernel's table");
		if (k->holder_count && d->outcome == EW_DROP_DONE) {
			g_string_append(out, "; ");
			view_add_holders(out, v->sockets, k);
			g_string_append(out, " is left, without a connection");
		}
		return;
	}
	g_string_append_printf(out, "%s; ", ew_live_state_name(d->now.state));
	view_add_turn(out, &d->now);
}

static void add_outcome(struct ew_group *g, const struct ew_view_drop *v, guint i)
{
	const struct ew_socket *k = ew_sockets_at(v->sockets, i);
	const struct ew_dropped *d = &v->dropped[i];
	char local[64], peer[64];
	g_autoptr(GString) now = g_string_new(NULL);
	struct ew_block *b = ew_doc_item(g, 0);
	bool is_done = d->outcome == EW_DROP_DONE;

	ew_socket_address_text(&k->local, local, sizeof(local));
	ew_socket_address_text(&k->peer, peer, sizeof(peer));
	add_now(now, v, k, d);
	ew_doc_text(b, is_done ? EW_ROLE_GOOD : EW_ROLE_BAD, NULL,
		    is_done		       ? "✓ "
		    : d->outcome == EW_DROP_GONE ? "! "
						 : "✗ ");
	ew_doc_sayf(b, "%s → %s, %s: ", local, peer, ew_live_state_name(k->state));
	ew_doc_text(b, EW_ROLE_STRONG, NULL,
		    is_done			 ? v->is_fin ? "a FIN was sent" : "destroyed"
		    : d->outcome == EW_DROP_GONE ? "gone already"
						 : "not dropped");
	ew_doc_text(b, EW_ROLE_HIDDEN, "outcome", outcomes[d->outcome]);
	ew_doc_say(b, is_done ? "" : ": ");
	ew_doc_text(b, EW_ROLE_PLAIN, "why", is_done ? NULL : d->why);
	ew_doc_say(b, ". Now: ");
	ew_doc_text(b, EW_ROLE_PLAIN, "now_text", now->str);
	ew_doc_say(b, ".");
	ew_doc_text(b, EW_ROLE_HIDDEN, "now", ew_live_state_name(d->now.state));
}

struct ew_doc *ew_view_drop_after(const struct ew_view_drop *v)
{
	const struct ew_sockets *s = v->sockets;
	struct ew_doc *doc = ew_doc_new("exitwalk.drop/1");
	struct ew_group *root = ew_doc_root(doc);
	struct ew_list *list = ew_doc_list(root, "sockets", EW_LIST_PLAIN);

	for (guint i = 0; i < s->sockets->len; i++) {
		struct ew_group *g = ew_list_entry(list);

		if (v->is_json) {
			view_socket_members(g, ew_doc_line(g), s, ew_sockets_at(s, i), 0);
			add_consequences(g, v, ew_sockets_at(s, i));
		}
		add_outcome(g, v, i);
	}
	ew_doc_text(ew_doc_line(root), EW_ROLE_HIDDEN, "way", v->is_fin ? "fin" : "destroy");
	if (v->is_json) {
		view_walk_members(root, &s->walk);
		add_spared(root, v);
	}
	return doc;
}
