/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sockets: who has which connection of this machine, and whose turn it is. */
#include "cmd/narrow.h"
#include "view/view.h"

#define STALE	   60
#define MOST_STALE 4000000 /* tcp_info counts milliseconds in 32 bits */

struct options {
	struct ew_narrow narrow;
	const char *stale;
};

static int run(const struct ew_cmd_call *call, GError **error)
{
	const struct options *o = call->options;
	struct ew_sockets_filter f = {0};
	unsigned stale = STALE;

	if (!ew_narrow_read(&o->narrow, &f, error) ||
	    (o->stale && !ew_narrow_number("stale", o->stale, 0, MOST_STALE, &stale, error)))
		return -1;
	ew_auto(sockets_source) source = ew_sockets_open(o->narrow.netns, error);
	ew_auto(sockets) s = source ? ew_sockets_look(source, &f, true, error) : NULL;
	if (!s)
		return -1;
	struct ew_view_sockets v = {.sockets = s,
				    .stale = stale,
				    .width = call->context->term.width,
				    .is_json = call->context->globals.json};
	ew_auto(doc) doc = ew_view_sockets(&v);
	return ew_cmd_answer(call, doc, s->sockets->len ? 0 : 1, error);
}

static const struct ew_option options[] = {
	EW_NARROW_OPTIONS(struct options),
	{"stale", 0, EW_OPTION_STRING, offsetof(struct options, stale), "SECONDS",
	 "in CLOSE_WAIT for so long, close() was forgotten (60 if not given)"},
	{0},
};

const struct ew_cmd ew_cmd_sockets = {
	.name = "sockets",
	.group = "This machine",
	.synopsis = "[--state S] [--port P] [--pid P] [--netns PID|NAME|PATH]",
	.summary = "the TCP sockets of this machine, who has them, and whose turn it is",
	.help = "Like ss(8), with what that does not say: all processes that hold a socket, with their "
		"descriptors; whose turn it is; timers by name, with what is left of them; and what stands "
		"out, such as a connection that the peer has closed and the owner has not.\n\n"
		"No process: the kernel has the socket for itself, as after the end of its owner, in "
		"TIME_WAIT, or before accept(). No holder seen: it belongs to a file that none of the "
		"descriptors that could be looked at refers to; how many processes could not be looked into "
		"is said below.\n\n"
		"For how long a socket has been in CLOSE_WAIT the kernel does not tell. The last segment of "
		"the peer whose acknowledgement counted was the FIN or came after it, so that the time since "
		"then is a lower bound; the time since the last data is an upper one.",
	.options = options,
	.options_size = sizeof(struct options),
	.words = ew_narrow_states,
	.run = run,
};
