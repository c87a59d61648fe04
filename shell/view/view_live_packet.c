/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A packet of a live run: its label, as tcpdump writes it, and the arrow that it stands in. */
#include "view/view_live.h"

/* How much of a packet's numbers is said, as tcpdump does. */
enum numbers { NO_NUMBERS, SEQ_ALONE, ALL_NUMBERS };

static char *packet_label(const char *tag, const struct ew_live_event *e, enum numbers numbers)
{
	g_autofree char *flags = ew_live_flags_text(e->flags);
	GString *s = g_string_new(tag);

	g_string_append(s, flags);

	if (e->length && !numbers)
		g_string_append_printf(s, " %u bytes", e->length);
	if (e->retransmission)
		g_string_append(s, " again");
	if (e->was_held && e->fate == EW_LIVE_FATE_PASSED)
		g_string_append(s, " goes on");
	else if (e->fate != EW_LIVE_FATE_PASSED)
		g_string_append_printf(s, " %s", ew_live_fate_name(e->fate));
	if (numbers)
		g_string_append_printf(s, " seq %u", e->seq);
	if (numbers && e->length)
		g_string_append_printf(s, ":%u", e->seq + e->length);
	if (numbers == ALL_NUMBERS && (e->flags & EW_LIVE_ACK))
		g_string_append_printf(s, " ack %u", e->ack);
	return g_string_free(s, FALSE);
}

static void add_times(GString *s, int count, const char *what)
{
	while (count-- > 0)
		g_string_append(s, what);
}

/* The arrow from side to side; it does not get there where the packet did not. */
static char *arrow(const struct ew_live_event *e, const char *label, int dashes)
{
	bool arrives = e->fate == EW_LIVE_FATE_PASSED || e->fate == EW_LIVE_FATE_DOUBLED;
	const char *head = !arrives	  ? (e->fate == EW_LIVE_FATE_HELD ? "‖" : "✗")
			   : e->side == 0 ? "▶"
					  : "◀";
	int tail = arrives ? dashes / 2 : 2, rest = dashes - tail;
	GString *s = g_string_new(NULL);

	/* the sender's end is the one that is full */
	if (e->side == 1) {
		add_times(s, arrives ? 0 : rest - 2, " ");
		g_string_append(s, head);
		add_times(s, arrives ? tail : 2, "─");
		g_string_append_printf(s, " %s ", label);
		add_times(s, arrives ? rest : tail, "─");
	} else {
		add_times(s, tail, "─");
		g_string_append_printf(s, " %s ", label);
		add_times(s, arrives ? rest : 2, "─");
		g_string_append(s, head);
	}
	return g_string_free(s, FALSE);
}

char *ew_view_live_arrow(const struct ew_live_event *e, const char *tag, int room)
{
	enum numbers numbers = ALL_NUMBERS;
	char *label = packet_label(tag, e, numbers);

	if (!room)
		return label;
	while (ew_doc_columns(label) + 7 > room && numbers > NO_NUMBERS) {
		g_free(label);
		label = packet_label(tag, e, --numbers);
	}
	char *text = arrow(e, label, MAX(room - 3 - ew_doc_columns(label), 2));

	g_free(label);
	return text;
}
