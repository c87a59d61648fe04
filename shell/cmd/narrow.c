/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How sockets, drop and dump choose sockets. */
#include "cmd/narrow.h"
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>

#define MOST_PID   4194304 /* PID_MAX_LIMIT */
#define MOST_INODE 4294967295U

const char *const ew_narrow_states[] = {
	"ESTABLISHED", "SYN_SENT", "SYN_RECV", "FIN_WAIT1", "FIN_WAIT2", "TIME_WAIT",
	"CLOSE_WAIT",  "LAST_ACK", "LISTEN",   "CLOSING",   NULL,
};

bool ew_narrow_number(const char *option, const char *text, unsigned least, unsigned most,
		      unsigned *number, GError **error)
{
	char *end;
	guint64 value = g_ascii_strtoull(text, &end, 10);

	*number = (unsigned)value;
	if (g_ascii_isdigit(*text) && !*end && value >= least && value <= most)
		return true;
	g_set_error(error, EW_ERROR, EW_ERROR_USAGE, "--%s takes a number from %u to %u, not \"%.60s\"",
		    option, least, most, text);
	return false;
}

static bool read_states(const char *text, unsigned *states, GError **error)
{
	g_auto(GStrv) words = g_strsplit(text, ",", -1);
	g_autofree char *all = g_strjoinv(", ", (GStrv)ew_narrow_states);

	for (char **w = words; *w; w++) {
		enum ew_live_state state;

		if (ew_live_state_parse(g_strstrip(*w), &state) && state != EW_LIVE_GONE) {
			*states |= 1U << state;
			continue;
		}
		const char *near = ew_nearest(*w, ew_narrow_states);
		g_set_error(error, EW_ERROR, EW_ERROR_USAGE,
			    "\"%.60s\" is no state of a TCP socket%s%s%s; --state takes %s, or several with "
			    "commas between",
			    *w, near ? " (did you mean \"" : "", near ? near : "", near ? "\"?)" : "", all);
		return false;
	}
	return true;
}

static bool read_pid(const char *text, pid_t *pid, GError **error)
{
	unsigned number;

	if (!ew_narrow_number("pid", text, 1, MOST_PID, &number, error))
		return false;
	*pid = (pid_t)number;
	if (kill(*pid, 0) == 0 || errno != ESRCH)
		return true;
	g_set_error(error, EW_ERROR, EW_ERROR_NO_ANSWER, "there is no process %u here", number);
	return false;
}

bool ew_narrow_read(const struct ew_narrow *narrow, struct ew_sockets_filter *f, GError **error)
{
	unsigned port = 0;

	if ((narrow->state && !read_states(narrow->state, &f->states, error)) ||
	    (narrow->port && !ew_narrow_number("port", narrow->port, 1, 65535, &port, error)) ||
	    (narrow->pid && !read_pid(narrow->pid, &f->pid, error)))
		return false;
	f->port = (uint16_t)port;
	return true;
}

/* ---- one connection -------------------------------------------------------------------------- */

static bool refuse(const struct ew_narrow_which *w, GError **error, const char *why)
{
	g_set_error(error, EW_ERROR, EW_ERROR_USAGE, "%s: %s", w->command, why);
	return false;
}

bool ew_narrow_which_read(struct ew_narrow_which *w, const struct ew_narrow *narrow, GError **error)
{
	struct ew_sockets_filter *f = &w->filter;

	if (!w->argc && !w->inode && !narrow->state && !narrow->port && !narrow->pid)
		return refuse(w, error,
			      "say which: LOCAL PEER as \"exitwalk sockets\" shows them, --inode N, or a "
			      "filter such as --port P --state CLOSE_WAIT");
	if (w->argc == 1)
		return refuse(w, error,
			      "both ends are wanted, LOCAL and PEER, such as 127.0.0.1:80 "
			      "127.0.0.1:40000; the PEER of a listener is \"*\"");
	if (!ew_narrow_read(narrow, f, error))
		return false;
	if (w->inode && !ew_narrow_number("inode", w->inode, 1, MOST_INODE, &f->inode, error))
		return false;
	f->has_peer = w->argc == 2;
	if (!f->has_peer)
		return true;
	if (!ew_socket_address_parse(w->argv[0], &f->local, error) ||
	    !ew_socket_address_parse(w->argv[1], &f->peer, error))
		return false;
	return f->local.family != AF_UNSPEC ||
	       refuse(w, error, "LOCAL is \"*\", which is nobody; of any address write :PORT");
}

void ew_narrow_which_spare(struct ew_narrow_which *w, struct ew_sockets *s)
{
	guint kept = 0;

	if (w->filter.has_peer || w->filter.inode || w->filter.states)
		return;
	for (guint i = 0; i < s->sockets->len; i++) {
		const struct ew_socket *k = ew_sockets_at(s, i);

		if (k->state == EW_LIVE_LISTEN)
			w->listeners++;
		else if (k->object == EW_SOCKET_TIMEWAIT)
			w->timewaits++;
		else
			*ew_sockets_at(s, kept++) = *k;
	}
	g_array_set_size(s->sockets, kept);
}

/* Both ends were given, but the other way round? */
static bool is_turned(const struct ew_narrow_which *w, struct ew_sockets_source *source)
{
	struct ew_sockets_filter turned = w->filter;

	turned.local = w->filter.peer;
	turned.peer = w->filter.local;
	ew_auto(sockets) s = w->filter.has_peer ? ew_sockets_look(source, &turned, false, NULL) : NULL;
	return s && s->sockets->len;
}

bool ew_narrow_which_fail(const struct ew_narrow_which *w, struct ew_sockets_source *source, GError **error)
{
	g_autofree char *turned = NULL;

	if (is_turned(w, source))
		turned = g_strdup_printf("; the other way round there is one: \"exitwalk %s %s %s\"", w->command,
					 w->argv[1], w->argv[0]);
	g_set_error(error, EW_ERROR, EW_ERROR_NO_ANSWER, "there is no such connection here%s%s",
		    w->listeners || w->timewaits
			    ? "; listeners and what is in TIME_WAIT are meant with --state alone"
			    : "",
		    turned ? turned : "; \"exitwalk sockets\" lists what there is");
	return false;
}
