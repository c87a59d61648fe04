/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The options by which sockets and drop choose sockets. */
#include "cmd/narrow.h"
#include <errno.h>
#include <signal.h>
#include <string.h>

#define MOST_PID 4194304 /* PID_MAX_LIMIT */

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
		const char *near = ew_cmd_nearest(*w, ew_narrow_states);
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
