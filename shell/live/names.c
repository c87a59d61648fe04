/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The words of live: states, timers, flags, outcomes. The states are numbered as in the kernel's
 * include/net/tcp_states.h, so that a number from sock_diag is one of ours.
 */
#include "live/internal.h"

static const char *const state_names[EW_LIVE_STATES] = {
	[EW_LIVE_GONE] = "gone",
	[EW_LIVE_ESTABLISHED] = "ESTABLISHED",
	[EW_LIVE_SYN_SENT] = "SYN_SENT",
	[EW_LIVE_SYN_RECV] = "SYN_RECV",
	[EW_LIVE_FIN_WAIT1] = "FIN_WAIT1",
	[EW_LIVE_FIN_WAIT2] = "FIN_WAIT2",
	[EW_LIVE_TIME_WAIT] = "TIME_WAIT",
	[EW_LIVE_CLOSE] = "CLOSE",
	[EW_LIVE_CLOSE_WAIT] = "CLOSE_WAIT",
	[EW_LIVE_LAST_ACK] = "LAST_ACK",
	[EW_LIVE_LISTEN] = "LISTEN",
	[EW_LIVE_CLOSING] = "CLOSING",
};

static const char *const timer_names[] = {"none", "rto", "keepalive", "timewait", "persist"};

static const char *const outcome_names[] = {"unknown", "yes", "rude", "late", "no", "paused"};

static const char *const protocol_names[] = {"tcp", "udp", "unix", "mptcp"};

static const char *const fate_names[] = {"passed", "held", "dropped", "doubled", "lost"};

static const char *const event_names[EW_LIVE_EVENTS] = {
	[EW_LIVE_EVENT_STAGE] = "stage",     [EW_LIVE_EVENT_STEP] = "step",
	[EW_LIVE_EVENT_STATE] = "state",     [EW_LIVE_EVENT_SOCKET] = "socket",
	[EW_LIVE_EVENT_PACKET] = "packet",   [EW_LIVE_EVENT_PROCESS] = "process",
	[EW_LIVE_EVENT_STILL] = "still",     [EW_LIVE_EVENT_BOUND] = "bound",
	[EW_LIVE_EVENT_COUNTER] = "counter", [EW_LIVE_EVENT_FREED] = "freed",
	[EW_LIVE_EVENT_ALIVE] = "alive",     [EW_LIVE_EVENT_OBSERVERS] = "observers",
	[EW_LIVE_EVENT_NOW] = "now",	     [EW_LIVE_EVENT_TURN] = "turn",
	[EW_LIVE_EVENT_LEFT] = "left",	     [EW_LIVE_EVENT_ICMP] = "icmp",
	[EW_LIVE_EVENT_END] = "end",
};

const char *ew_live_state_name(enum ew_live_state state)
{
	return (unsigned)state < EW_LIVE_STATES ? state_names[state] : "unknown";
}

/* Letters and digits in lower case, nothing else: "FIN_WAIT2", "fin-wait-2" and "FinWait2" are one.
 * */
static void squeeze(const char *text, char *out, size_t size)
{
	size_t n = 0;

	for (; *text && n + 1 < size; text++)
		if (g_ascii_isalnum(*text))
			out[n++] = g_ascii_tolower(*text);
	out[n] = '\0';
}

bool ew_live_state_parse(const char *text, enum ew_live_state *state)
{
	static const struct {
		const char *name;
		enum ew_live_state state;
	} others[] = {
		{"none", EW_LIVE_GONE},
		{"estab", EW_LIVE_ESTABLISHED},
		{"timewait", EW_LIVE_TIME_WAIT},
		{"closed", EW_LIVE_GONE},
		{"synreceived", EW_LIVE_SYN_RECV},
	};
	char wanted[32], name[32];

	if (strlen(text) > 24)
		return false;
	squeeze(text, wanted, sizeof(wanted));
	for (int i = 0; i < EW_LIVE_STATES; i++) {
		squeeze(state_names[i], name, sizeof(name));
		if (!strcmp(wanted, name)) {
			*state = i;
			return true;
		}
	}
	for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
		if (!strcmp(wanted, others[i].name)) {
			*state = others[i].state;
			return true;
		}
	}
	return false;
}

const char *ew_live_timer_name(enum ew_live_timer timer)
{
	return (unsigned)timer < G_N_ELEMENTS(timer_names) ? timer_names[timer] : "unknown";
}

const char *ew_live_outcome_name(enum ew_live_outcome outcome)
{
	return (unsigned)outcome < G_N_ELEMENTS(outcome_names) ? outcome_names[outcome] : "unknown";
}

const char *ew_live_protocol_name(enum ew_live_protocol protocol)
{
	return (unsigned)protocol < EW_LIVE_PROTOCOLS ? protocol_names[protocol] : "unknown";
}

const char *ew_live_fate_name(enum ew_live_fate fate)
{
	return (unsigned)fate < G_N_ELEMENTS(fate_names) ? fate_names[fate] : "unknown";
}

const char *ew_live_event_name(enum ew_live_event_kind kind)
{
	return (unsigned)kind < EW_LIVE_EVENTS ? event_names[kind] : "unknown";
}

const char *ew_live_packet_word(unsigned flags, unsigned length)
{
	if (flags & EW_LIVE_RST)
		return "RST";
	if (flags & EW_LIVE_SYN)
		return "SYN";
	if (flags & EW_LIVE_FIN)
		return "FIN";
	return length ? "DATA" : "ACK";
}

char *ew_live_flags_text(unsigned flags)
{
	static const struct {
		unsigned bit;
		const char *name;
	} bits[] = {{EW_LIVE_SYN, "SYN"},
		    {EW_LIVE_FIN, "FIN"},
		    {EW_LIVE_RST, "RST"},
		    {EW_LIVE_PSH, "PSH"},
		    {EW_LIVE_ACK, "ACK"}};
	GString *s = g_string_new(NULL);

	for (size_t i = 0; i < G_N_ELEMENTS(bits); i++)
		if (flags & bits[i].bit)
			g_string_append_printf(s, "%s%s", s->len ? "," : "", bits[i].name);
	return g_string_free(s, FALSE);
}

double ew_live_event_ms(const struct ew_live_event *e)
{
	return (double)e->time / (double)NS_PER_MS;
}
