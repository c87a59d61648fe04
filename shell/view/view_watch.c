/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A line for each change of a socket. */
#include "view/view_sockets.h"
#include <stdio.h>

static void add_clock(struct ew_block *b, int64_t when)
{
	g_autoptr(GDateTime) t = g_date_time_new_from_unix_local(when / 1000000);
	g_autofree char *text = t ? g_date_time_format(t, "%H:%M:%S") : NULL;

	ew_doc_textf(b, EW_ROLE_FAINT, NULL, "%s.%03d  ", text ? text : "?", (int)(when % 1000000 / 1000));
}

static struct ew_doc *begin(struct ew_group **root)
{
	struct ew_doc *doc = ew_doc_new("exitwalk.sockets-watch/1");

	*root = ew_doc_root(doc);
	return doc;
}

static struct ew_doc *for_programs(const struct ew_view_sockets *v, const char *event, const char *before,
				   const struct ew_socket *k, bool is_gone, int64_t when)
{
	struct ew_group *root;
	struct ew_doc *doc = begin(&root);
	struct ew_block *b = ew_doc_line(root);
	struct ew_socket now = *k;

	if (is_gone)
		now.state = EW_LIVE_GONE;
	ew_doc_text(b, EW_ROLE_HIDDEN, "event", event);
	ew_doc_real(b, EW_ROLE_HIDDEN, "time", (double)when / 1000000.0, 3);
	ew_doc_text(b, EW_ROLE_HIDDEN, "before", before);
	view_socket_members(root, b, v->sockets, &now, ew_socket_hints(v->sockets, k, v->stale));
	return doc;
}

struct ew_doc *ew_view_socket_there(const struct ew_view_sockets *v, const struct ew_socket *k, int64_t when)
{
	return for_programs(v, "there", NULL, k, false, when);
}

static void say_change(struct ew_block *b, const struct ew_socket_change *c)
{
	const char *was = c->before ? ew_live_state_name(c->before->state) : "";
	const char *is = c->now ? ew_live_state_name(c->now->state) : "gone";

	switch (c->event) {
	case EW_SOCKET_NEW:
		ew_doc_textf(b, EW_ROLE_STRONG, NULL, "new: %s", is);
		break;
	case EW_SOCKET_ACCEPTED:
		ew_doc_textf(b, EW_ROLE_STRONG, NULL, "%s, accepted", is);
		break;
	case EW_SOCKET_HINT:
		ew_doc_textf(b, EW_ROLE_STRONG, NULL, "%s", is);
		break;
	default:
		ew_doc_textf(b, EW_ROLE_STRONG, NULL, "%s → %s", was, is);
	}
}

static void add_hints(struct ew_group *root, const struct ew_view_sockets *v, const struct ew_socket_change *c)
{
	for (int bit = 0; bit < EW_HINTS; bit++) {
		g_autoptr(GString) text = g_string_new("! ");

		if (!(c->hints & (1U << bit)))
			continue;
		view_add_hint(text, v->sockets, c->now, bit);
		ew_doc_text(ew_doc_item(root, 14), EW_ROLE_WARNING, NULL, text->str);
	}
}

struct ew_doc *ew_view_socket_change(const struct ew_view_sockets *v, const struct ew_socket_change *c,
				     int64_t when)
{
	const struct ew_socket *k = c->now ? c->now : c->before;
	g_autoptr(GString) rest = g_string_new(NULL);
	char local[64], peer[64];
	struct ew_group *root;

	if (v->is_json)
		return for_programs(v, ew_socket_event_name(c->event),
				    c->before ? ew_live_state_name(c->before->state) : NULL, k, !c->now, when);
	struct ew_doc *doc = begin(&root);
	struct ew_block *b = ew_doc_item(root, 0);

	ew_socket_address_text(&k->local, local, sizeof(local));
	ew_socket_address_text(&k->peer, peer, sizeof(peer));
	add_clock(b, when);
	ew_doc_sayf(b, "%s → %s  ", local, peer);
	say_change(b, c);
	g_string_append(rest, "  ");
	view_add_holders(rest, v->sockets, k);
	if (c->now) {
		g_string_append(rest, "; ");
		view_add_turn(rest, k);
	}
	ew_doc_text(b, EW_ROLE_FAINT, NULL, rest->str);
	add_hints(root, v, c);
	return doc;
}
