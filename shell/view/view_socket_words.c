/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One socket in words: who has it, whose turn it is, what stands out. */
#include "view/view_sockets.h"
#include <stdio.h>
#include <string.h>

static const char *const turns[EW_TURNS] = {
	[EW_TURN_NOBODY] = "nobody's", [EW_TURN_OWNER] = "the owner's",
	[EW_TURN_LISTENER] = "the listener's", [EW_TURN_PEER] = "the peer's",
	[EW_TURN_PEER_KERNEL] = "the peer's kernel's", [EW_TURN_KERNEL] = "the kernel's",
};

void view_duration(uint32_t ms, char *text, size_t size)
{
	unsigned s = ms / 1000;

	if (s < 1)
		snprintf(text, size, "%u ms", ms);
	else if (s < 60)
		snprintf(text, size, "%u.%u s", s, ms % 1000 / 100);
	else if (s < 3600)
		snprintf(text, size, "%u min %u s", s / 60, s % 60);
	else if (s < 86400)
		snprintf(text, size, "%u h %u min", s / 3600, s % 3600 / 60);
	else
		snprintf(text, size, "%u d %u h", s / 86400, s % 86400 / 3600);
}

void view_timer(const struct ew_socket *k, char *text, size_t size)
{
	char left[32];

	*text = '\0';
	if (k->timer == EW_LIVE_TIMER_NONE)
		return;
	view_duration(k->expires_ms, left, sizeof(left));
	snprintf(text, size, "%s %s", ew_socket_timer_name(k), left);
}

/* ---- holders --------------------------------------------------------------------------------- */

static bool is_same_process(const struct ew_socket_holder *a, const struct ew_socket_holder *b)
{
	return a->pid == b->pid && a->thread == b->thread && (a->fd < 0) == (b->fd < 0) && a->fd >= 0;
}

static void add_holder(GString *out, const struct ew_socket_holder *h)
{
	g_string_append_printf(out, "%s (%d", h->name, (int)h->pid);
	if (h->thread)
		g_string_append_printf(out, ", thread %d", (int)h->thread);
	if (h->fd >= 0)
		g_string_append_printf(out, ") fd %d", h->fd);
	else
		g_string_append_printf(out, ") io_uring of fd %d", h->ring);
}

void view_add_holders(GString *out, const struct ew_sockets *s, const struct ew_socket *k)
{
	for (int i = 0; i < k->holder_count; i++) {
		const struct ew_socket_holder *h = ew_sockets_holder(s, k, i);

		if (i && is_same_process(h, h - 1)) {
			g_string_append_printf(out, ", %d", h->fd);
			continue;
		}
		if (i)
			g_string_append(out, "; ");
		add_holder(out, h);
	}
	if (k->holder_count)
		return;
	if (!k->inode)
		g_string_append(out, ew_socket_is_unaccepted(k) ? "no process yet" : "no process");
	else
		g_string_append_printf(out, "no holder seen (uid %u)", k->uid);
}

/* ---- whose turn ------------------------------------------------------------------------------ */

static void add_count(GString *out, uint32_t n, const char *one, const char *many)
{
	g_string_append_printf(out, "%u %s", n, n == 1 ? one : many);
}

/* FIN, and the data before it, of which the queue counts the FIN as one byte. */
static void add_fin(GString *out, const struct ew_socket *k)
{
	g_string_append(out, "our FIN is not acknowledged");
	if (k->send_queue > 1) {
		g_string_append(out, ", nor are ");
		add_count(out, k->send_queue - 1, "byte before it", "bytes before it");
	}
}

static void add_close_wait(GString *out, const struct ew_socket *k)
{
	g_string_append(out, "the peer has closed, close() is missing");
	if (k->receive_queue > 1) {
		g_string_append(out, "; ");
		add_count(out, k->receive_queue - 1, "byte before its FIN was not read",
			  "bytes before its FIN were not read");
	}
}

static void add_timed(GString *out, const struct ew_socket *k, const char *before, const char *after)
{
	char left[32];

	view_duration(k->expires_ms, left, sizeof(left));
	g_string_append_printf(out, "%s%s%s", before, left, after);
}

static void add_reason(GString *out, const struct ew_socket *k, enum ew_socket_why reason)
{
	static const char *const fixed[EW_WHYS] = {
		[EW_WHY_LISTENS] = "it waits for connections",
		[EW_WHY_NOT_ACCEPTED] = "no accept() has taken it",
		[EW_WHY_SYN_SENT] = "our SYN is not answered",
		[EW_WHY_SYN_RECV] = "our SYN-ACK is not acknowledged",
		[EW_WHY_IDLE] = "nothing is queued here, both may speak",
		[EW_WHY_PEERS_FIN] = "it has our FIN, and its own has not come",
		[EW_WHY_UNCONNECTED] = "it is not connected",
	};

	switch (reason) {
	case EW_WHY_ACCEPT:
		add_count(out, k->receive_queue, "connection waits", "connections wait");
		g_string_append(out, " for accept()");
		break;
	case EW_WHY_UNREAD:
		add_count(out, k->receive_queue, "byte waits", "bytes wait");
		g_string_append(out, " for recv()");
		break;
	case EW_WHY_WINDOW:
		g_string_append(out, "its window is shut, ");
		add_count(out, k->send_queue, "byte waits here", "bytes wait here");
		break;
	case EW_WHY_UNACKNOWLEDGED:
		add_count(out, k->send_queue, "byte is not acknowledged", "bytes are not acknowledged");
		break;
	case EW_WHY_HELD_BACK:
		add_count(out, k->send_queue, "byte waits to be sent", "bytes wait to be sent");
		break;
	case EW_WHY_FIN:
		add_fin(out, k);
		break;
	case EW_WHY_PEERS_FIN_TIMED:
		add_timed(out, k, "it has our FIN, and its own has not come; the kernel waits ", " more");
		break;
	case EW_WHY_TIME_WAIT:
		add_timed(out, k, "it ends by itself in ", "");
		break;
	case EW_WHY_CLOSE_WAIT:
		add_close_wait(out, k);
		break;
	default:
		g_string_append(out, fixed[reason]);
	}
}

void view_add_turn(GString *out, const struct ew_socket *k)
{
	enum ew_socket_why reason;
	enum ew_socket_turn turn = ew_socket_turn(k, &reason);

	g_string_append(out, turns[turn]);
	g_string_append(out, " turn: ");
	add_reason(out, k, reason);
}

/* ---- hints ----------------------------------------------------------------------------------- */

static void add_forgot_close(GString *out, const struct ew_sockets *s, const struct ew_socket *k)
{
	uint32_t least, most;
	char from[32], to[32];

	ew_socket_close_wait(k, &least, &most);
	view_duration(least, from, sizeof(from));
	view_duration(most, to, sizeof(to));
	g_string_append_printf(out, "the owner forgot close(): the peer closed %s ago", from);
	if (most / 1000 > least / 1000)
		g_string_append_printf(out, " or earlier, %s at the most", to);
	if (k->holder_count) {
		g_string_append(out, "; ");
		view_add_holders(out, s, k);
		g_string_append(out, " is still open");
	}
	g_string_append_printf(out, ". \"exitwalk drop --inode %u\" ends the connection, not the leak",
			       k->inode);
}

void view_add_hint(GString *out, const struct ew_sockets *s, const struct ew_socket *k, int bit)
{
	switch (1 << bit) {
	case EW_HINT_FORGOT_CLOSE:
		add_forgot_close(out, s, k);
		break;
	case EW_HINT_NOT_READ:
		g_string_append(out, "the peer's program does not read");
		break;
	case EW_HINT_ORPHAN_NOT_READ:
		g_string_append(out, "the peer does not read, and nobody here has the socket any more: the "
				     "kernel probes the window until the peer reads, or gives up "
				     "(net.ipv4.tcp_orphan_retries)");
		break;
	case EW_HINT_NO_ANSWER:
		g_string_append_printf(out, "sent again %u times without an answer: the peer's host is gone, or "
					    "packets are lost on the way",
				       k->retransmits);
		break;
	case EW_HINT_NO_HOLDER:
		g_string_append(out, "no process has it as a descriptor: it may be in flight over a unix socket, "
				     "mapped into memory, registered with io_uring, or the kernel's own");
		break;
	case EW_HINT_SEVERAL:
		g_string_append(out, "several processes hold it: the end of one of them closes nothing");
		break;
	case EW_HINT_BACKLOG:
		g_string_append(out, "the accept queue is full: no further connection is taken until the owner "
				     "calls accept()");
		break;
	case EW_HINT_HALF_CLOSED:
		g_string_append(out, "half closed by shutdown(): while a process holds it, no timer ends it");
		break;
	case EW_HINT_MPTCP:
		g_string_append(out, "a subflow of MPTCP: a process holds the MPTCP socket in its place");
		break;
	}
}
