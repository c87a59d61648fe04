/* SPDX-License-Identifier: GPL-3.0-or-later */
/* drop: closes a connection from outside, after it has said what that means and was told to. */
#include "cmd/narrow.h"
#include "view/view.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct options {
	struct ew_narrow narrow;
	const char *inode;
	bool fin, yes, all;
};

/* One call, from the question to the answer. */
struct drop {
	const struct ew_cmd_call *call;
	const struct options *o;
	struct ew_narrow_which which;
	struct ew_view_drop view;
};

static bool refuse(GError **error, const char *why)
{
	g_set_error(error, EW_ERROR, EW_ERROR_USAGE, "drop: %s", why);
	return false;
}

/* ---- what is meant --------------------------------------------------------------------------- */

/* A FIN can be sent only where none was, and by a process. */
static bool check_fin(const struct ew_sockets *s, GError **error)
{
	for (guint i = 0; i < s->sockets->len; i++) {
		const struct ew_socket *k = ew_sockets_at(s, i);
		char local[64];

		ew_socket_address_text(&k->local, local, sizeof(local));
		if (!ew_socket_can_finish(k)) {
			g_set_error(error, EW_ERROR, EW_ERROR_NO_ANSWER,
				    "%s is in %s, from which no FIN is to be sent; without --fin it is "
				    "destroyed",
				    local, ew_live_state_name(k->state));
			return false;
		}
		if (!k->holder_count) {
			g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
				    "--fin sends the FIN by a holder's descriptor, and of %s no holder was "
				    "seen%s%s%s; without --fin it is destroyed",
				    local,
				    s->walk.refused ? " (CAP_SYS_PTRACE is missing to look into other "
						      "processes: run this as root)"
						    : "",
				    *s->walk.problem ? " for lack of /proc: " : "", s->walk.problem);
			return false;
		}
	}
	return true;
}

/* ---- asking ---------------------------------------------------------------------------------- */

/* Who wants JSON gets one object, at the end; what is asked stands on standard error. */
static bool show_before(const struct drop *d, GError **error)
{
	struct ew_cmd_context *context = d->call->context;
	ew_auto(doc) doc = ew_view_drop_before(&d->view);

	if (!context->globals.json)
		return ew_cmd_answer(d->call, doc, 0, error) == 0;
	struct ew_text_style style = ew_term_style(&context->term);
	style.colour = context->term.err_colour;
	g_autofree char *text = ew_doc_to_text(doc, &style);
	fputs(text, stderr);
	return true;
}

static bool is_confirmed(const struct drop *d, guint count)
{
	char *line = NULL;
	size_t size = 0;

	fflush(d->call->context->out);
	if (count == 1)
		fprintf(stderr, "%s [y/N] ", d->o->fin ? "Send this FIN?" : "Destroy this socket?");
	else
		fprintf(stderr, "%s these %u sockets? [y/N] ", d->o->fin ? "Send a FIN on" : "Destroy", count);
	fflush(stderr);
	bool is_yes = getline(&line, &size, stdin) > 0 &&
		      (!g_ascii_strcasecmp(g_strstrip(line), "y") || !g_ascii_strcasecmp(line, "yes"));
	free(line);
	return is_yes;
}

/* Says what will be, told or not to ask, and asks. */
static bool agree(struct drop *d, GError **error)
{
	const struct options *o = d->o;
	guint count = d->view.sockets->sockets->len;
	bool is_many = count > 1 && !o->all;

	if (!show_before(d, error))
		return false;
	if (is_many) {
		g_set_error(error, EW_ERROR, EW_ERROR_USAGE,
			    "drop: %u sockets match, and nothing was dropped; name one by LOCAL PEER or "
			    "--inode, or mean all of them with --all",
			    count);
		return false;
	}
	if (o->yes)
		return true;
	if (!d->call->context->term.in_tty)
		return refuse(error, "nothing was dropped: there is no terminal to ask on; say --yes");
	if (is_confirmed(d, count))
		return true;
	g_set_error(error, EW_ERROR, EW_ERROR_NO_ANSWER, "nothing was dropped");
	return false;
}

/* ---- doing ----------------------------------------------------------------------------------- */

static int exit_code(const struct ew_dropped *dropped, guint count)
{
	guint done = 0, gone = 0;

	for (guint i = 0; i < count; i++) {
		done += dropped[i].outcome == EW_DROP_DONE;
		gone += dropped[i].outcome == EW_DROP_GONE;
	}
	/* of a connection whose two ends were meant, the second goes with the first */
	if (done && done + gone == count)
		return 0;
	return done ? 4 : gone == count ? 1 : 3;
}

static int drop_all(struct drop *d, struct ew_sockets_source *source, GError **error)
{
	const struct ew_sockets *s = d->view.sockets;
	guint count = s->sockets->len;
	g_autofree struct ew_dropped *dropped = g_new0(struct ew_dropped, count);

	for (guint i = 0; i < count; i++) {
		if (d->o->fin)
			ew_sockets_finish(source, s, ew_sockets_at(s, i), &dropped[i]);
		else
			ew_sockets_destroy(source, ew_sockets_at(s, i), &dropped[i]);
	}
	d->view.dropped = dropped;
	ew_auto(doc) doc = ew_view_drop_after(&d->view);
	return ew_cmd_answer(d->call, doc, exit_code(dropped, count), error);
}

static int run(const struct ew_cmd_call *call, GError **error)
{
	struct drop d = {.call = call, .o = call->options};

	d.which = (struct ew_narrow_which){
		.command = "drop", .argc = call->argc, .argv = call->argv, .inode = d.o->inode};
	if (!ew_narrow_which_read(&d.which, &d.o->narrow, error))
		return -1;
	ew_auto(sockets_source) source = ew_sockets_open(d.o->narrow.netns, error);
	ew_auto(sockets) s = source ? ew_sockets_look(source, &d.which.filter, true, error) : NULL;
	if (!s)
		return -1;
	ew_narrow_which_spare(&d.which, s);
	d.view.listeners = d.which.listeners;
	d.view.timewaits = d.which.timewaits;
	d.view.sockets = s;
	d.view.is_fin = d.o->fin;
	d.view.width = call->context->term.width;
	d.view.is_json = call->context->globals.json;
	if (!s->sockets->len) {
		ew_narrow_which_fail(&d.which, source, error);
		return -1;
	}
	if ((d.o->fin && !check_fin(s, error)) || !agree(&d, error))
		return -1;
	return drop_all(&d, source, error);
}

static const struct ew_option options[] = {
	EW_NARROW_INODE(struct options),
	EW_NARROW_OPTIONS(struct options),
	{"fin", 'f', EW_OPTION_FLAG, offsetof(struct options, fin), NULL,
	 "send a FIN in its holder's name, in the place of destroying it"},
	{"yes", 'y', EW_OPTION_FLAG, offsetof(struct options, yes), NULL, "do not ask"},
	{"all", 'a', EW_OPTION_FLAG, offsetof(struct options, all), NULL,
	 "all that match, if it is more than one"},
	{0},
};

const struct ew_cmd ew_cmd_drop = {
	.name = "drop",
	.group = "This machine",
	.synopsis = "[LOCAL PEER] [--inode N] [--port P] [--state S] [--pid P] [--fin] [--yes] [--all]",
	.summary = "close a TCP connection from outside",
	.help = "Which one is said by its two ends, as \"exitwalk sockets\" shows them, by its inode, or by a "
		"filter; all that is given must hold. A filter means connections: listeners and what waits in "
		"TIME_WAIT it takes only with --state LISTEN or --state TIME_WAIT.\n\n"
		"It shows the connection, who holds it, and what each side will see, with --yes too; asks, unless --yes; and "
		"looks afterwards what is there. More than one match is refused without --all.\n\n"
		"Without --fin the kernel destroys the socket (SOCK_DESTROY, as ss -K): the peer gets a RST, "
		"the owner ECONNABORTED. It takes CAP_NET_ADMIN in the user namespace that owns the network "
		"namespace, and a kernel with CONFIG_INET_DIAG_DESTROY.\n\n"
		"With --fin the holder's descriptor is copied (pidfd_getfd) and shutdown(SHUT_WR) called on "
		"it: what is queued is sent, then the FIN. It is SHUT_WR and not SHUT_RDWR, because data that "
		"the peer has under way would draw a RST after the latter. The owner goes on reading, up to "
		"the peer's own end. It takes a process of your own, or CAP_SYS_PTRACE over it.\n\n"
		"The exit code is 0 if all was done, 1 if there is no such connection or the answer was no, 3 if "
		"it is not allowed or this kernel cannot, 4 if some were dropped.",
	.max_arguments = 2,
	.options = options,
	.options_size = sizeof(struct options),
	.run = run,
};
