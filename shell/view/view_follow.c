/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One connection, followed: who has it, its packets as tcpdump prints them, its states between them. */
#include "view/view_sockets.h"
#include <stdio.h>

#define NS_PER_US 1000
#define STALE	  60 /* as in sockets */

static struct ew_doc *begin(const char *event, int64_t time, struct ew_group **root, struct ew_block **b)
{
	struct ew_doc *doc = ew_doc_new("exitwalk.dump-connection/1");

	*root = ew_doc_root(doc);
	*b = ew_doc_line(*root);
	ew_doc_text(*b, EW_ROLE_HIDDEN, "event", event);
	ew_doc_real(*b, EW_ROLE_HIDDEN, "time", (double)(time / NS_PER_US) / 1e6, 6);
	return doc;
}

static void add_clock(struct ew_block *b, int64_t time)
{
	g_autoptr(GDateTime) t = g_date_time_new_from_unix_local(time / 1000000000);
	g_autofree char *text = t ? g_date_time_format(t, "%H:%M:%S") : NULL;

	ew_doc_textf(b, EW_ROLE_FAINT, NULL, "%s.%06d ", text ? text : "?", (int)(time / NS_PER_US % 1000000));
}

/* Of side 0 the local address of end 0, of side 1 its peer. */
static void side_text(const struct ew_view_follow *v, int side, char *text, size_t size)
{
	ew_socket_address_text(side ? &v->ends[0].peer : &v->ends[0].local, text, size);
}

/* ---- before ---------------------------------------------------------------------------------- */

static void add_end(struct ew_group *root, struct ew_list *list, const struct ew_view_follow *v, int i)
{
	const struct ew_socket *k = &v->ends[i];
	struct ew_group *g = ew_list_entry(list);
	g_autoptr(GString) text = g_string_new(NULL);
	char local[64];

	view_socket_members(g, ew_doc_line(g), v->sockets, k, ew_socket_hints(v->sockets, k, STALE));
	ew_socket_address_text(&k->local, local, sizeof(local));
	g_string_printf(text, "%s  %s  ", local, ew_live_state_name(k->state));
	view_add_holders(text, v->sockets, k);
	ew_doc_text(ew_doc_item(root, 2), EW_ROLE_PLAIN, NULL, text->str);
}

struct ew_doc *ew_view_follow_head(const struct ew_view_follow *v, int64_t time)
{
	struct ew_group *root;
	struct ew_block *b;
	struct ew_doc *doc = begin("connection", time, &root, &b);
	struct ew_list *list = ew_doc_list(root, "ends", EW_LIST_PLAIN);
	char a[64], c[64];

	side_text(v, 0, a, sizeof(a));
	side_text(v, 1, c, sizeof(c));
	b = ew_doc_item(root, 0);
	ew_doc_textf(b, EW_ROLE_STRONG, NULL, "%s ↔ %s", a, c);
	if (v->count < 2)
		ew_doc_say(b, "; of the second end there is no socket here");
	for (int i = 0; i < v->count; i++)
		add_end(root, list, v, i);
	view_walk_notes(root, &v->sockets->walk);
	return doc;
}

/* ---- what happens ---------------------------------------------------------------------------- */

static void add_flags(struct ew_block *b, unsigned flags)
{
	static const char letters[] = "FSRP.UEW"; /* as tcpdump writes them */
	char text[sizeof(letters)] = "";
	int n = 0;

	for (int i = 0; i < 8; i++)
		if (flags & 1U << i)
			text[n++] = letters[i];
	text[n] = '\0';
	ew_doc_text(b, EW_ROLE_HIDDEN, "flags", text);
}

static struct ew_doc *view_packet(const struct ew_view_follow *v, const struct ew_sockets_followed *e,
				  const char *interface)
{
	const struct ew_live_captured *p = &e->packet;
	struct ew_group *root;
	struct ew_block *b;
	struct ew_doc *doc = begin("packet", e->time, &root, &b);
	char from[64], to[64];

	side_text(v, p->side, from, sizeof(from));
	side_text(v, 1 - p->side, to, sizeof(to));
	add_clock(b, e->time);
	ew_doc_text(b, EW_ROLE_HIDDEN, "from", from);
	ew_doc_text(b, EW_ROLE_HIDDEN, "to", to);
	ew_doc_text(b, EW_ROLE_HIDDEN, "interface", interface);
	add_flags(b, p->flags);
	ew_doc_int(b, EW_ROLE_HIDDEN, "seq", p->seq);
	ew_doc_int(b, EW_ROLE_HIDDEN, "ack", p->ack);
	ew_doc_int(b, EW_ROLE_HIDDEN, "length", p->length);
	ew_doc_int(b, EW_ROLE_HIDDEN, "window", p->window);
	ew_doc_text(b, EW_ROLE_PLAIN, "line", p->line);
	return doc;
}

struct ew_doc *ew_view_follow_event(const struct ew_view_follow *v, const struct ew_sockets_followed *e,
				    const char *interface)
{
	struct ew_group *root;
	struct ew_block *b;
	char name[64];

	if (e->is_packet)
		return view_packet(v, e, interface);
	struct ew_doc *doc = begin("state", e->time, &root, &b);
	ew_socket_address_text(&v->ends[e->end].local, name, sizeof(name));
	add_clock(b, e->time);
	ew_doc_text(b, EW_ROLE_STRONG, "socket", name);
	ew_doc_say(b, "  ");
	ew_doc_text(b, EW_ROLE_STRONG, "before", ew_live_state_name(e->before));
	ew_doc_say(b, " → ");
	ew_doc_text(b, EW_ROLE_STRONG, "state", ew_live_state_name(e->state));
	ew_doc_bool(b, EW_ROLE_FAINT, "inferred", e->is_inferred, " (inferred from the packets)", NULL);
	return doc;
}

/* ---- after ----------------------------------------------------------------------------------- */

struct ew_doc *ew_view_follow_end(const struct ew_view_follow *v, const struct ew_view_follow_end *end)
{
	static const char *const why[] = {
		[EW_FOLLOW_GONE] = "the connection is gone",
		[EW_FOLLOW_COUNT] = "there may be more (--count)",
		[EW_FOLLOW_TIME] = "the time is over (--for)",
		[EW_FOLLOW_STOPPED] = "stopped",
	};
	static const char *const names[] = {"gone", "count", "time", "stopped"};
	struct ew_group *root;
	struct ew_block *b;
	struct ew_doc *doc = begin("end", end->time, &root, &b);

	b = ew_doc_item(root, 0);
	ew_doc_int(b, EW_ROLE_PLAIN, "packets", end->packets);
	ew_doc_say(b, end->packets == 1 ? " packet" : " packets");
	if (end->interfaces[0])
		ew_doc_say(b, " by ");
	ew_doc_strings(b, EW_ROLE_PLAIN, "interfaces", end->interfaces, ", ");
	ew_doc_text(b, EW_ROLE_HIDDEN, "reason", names[end->reason]);
	ew_doc_sayf(b, "; %s.", why[end->reason]);
	ew_doc_int(b, EW_ROLE_HIDDEN, "lost", end->lost);
	for (int i = 0; end->reason != EW_FOLLOW_GONE && i < v->count; i++) {
		char name[64];

		ew_socket_address_text(&v->ends[i].local, name, sizeof(name));
		ew_doc_sayf(b, " %s is %s%s.", name, end->states[i] == EW_LIVE_GONE ? "" : "in ",
			    ew_live_state_name(end->states[i]));
	}
	ew_doc_text(ew_doc_item(root, 0), EW_ROLE_HIDDEN, "pcap", end->pcap);
	if (end->lost) {
		b = ew_doc_note(root, EW_ROLE_WARNING);
		ew_doc_sayf(b, "%u packets came faster than they were read, and are lost: the kernel threw them away.",
			    end->lost);
	}
	return doc;
}
