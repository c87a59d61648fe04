/* SPDX-License-Identifier: GPL-3.0-or-later */
/* sockets: who has which connection of this machine, and whose turn it is. */
#include "cmd/narrow.h"
#include "view/view.h"
#include <signal.h>

#define BATCH	   256 /* sockets that are written together */
#define STALE	   60
#define PAUSE_US   200000
#define SLICE_US   50000
#define MOST_STALE 4000000 /* tcp_info counts milliseconds in 32 bits */

struct options {
	struct ew_narrow narrow;
	const char *stale;
	bool watch;
};

/* ---- watching -------------------------------------------------------------------------------- */

struct watch {
	const struct ew_cmd_call *call;
	struct ew_view_sockets view;
	int64_t when;
	GError *error; /* the first that writing met */
};

/* Below what is there already: no pager. */
static void add_doc(struct watch *w, struct ew_doc *taken)
{
	struct ew_cmd_context *context = w->call->context;
	struct ew_text_style style = ew_term_style(&context->term);
	ew_auto(doc) doc = taken;
	g_autofree char *text = w->view.is_json ? ew_doc_to_json(doc, false) : ew_doc_to_text(doc, &style);

	if (!w->error)
		ew_term_print(&context->term, context->out, text, false, &w->error);
}

static void add_change(const struct ew_socket_change *c, const struct ew_sockets *s, void *data)
{
	struct watch *w = data;

	w->view.sockets = s;
	add_doc(w, ew_view_socket_change(&w->view, c, w->when));
}

static void show_first(struct watch *w)
{
	const struct ew_sockets *s = w->view.sockets;

	w->when = g_get_real_time();
	if (!w->view.is_json)
		add_doc(w, ew_view_sockets(&w->view));
	for (guint i = 0; w->view.is_json && i < s->sockets->len; i++)
		add_doc(w, ew_view_socket_there(&w->view, ew_sockets_at(s, i), w->when));
}

/* One more look. Owners are looked for only where somebody may have come. */
static struct ew_sockets *look_on(struct ew_sockets_source *source, const struct ew_sockets_filter *f,
				  const struct ew_sockets *before, GError **error)
{
	struct ew_sockets *s = ew_sockets_look(source, f, false, error);

	if (s && !f->pid && ew_sockets_carry_over(s, before))
		ew_sockets_find_owners(s);
	return s;
}

/* In slices, so that Ctrl-C is heard. */
static void rest(int64_t us)
{
	for (int64_t left = us; left > 0 && !ew_term_interrupted(); left -= SLICE_US)
		g_usleep((gulong)MIN(left, SLICE_US));
}

/* Until Ctrl-C, or until nobody reads. Takes the first look. A look may cost a twentieth of the time. */
static int watch(const struct ew_cmd_call *call, struct ew_sockets_source *source,
		 const struct ew_sockets_filter *f, struct ew_sockets *first, unsigned stale, GError **error)
{
	struct watch w = {.call = call,
			  .view = {.sockets = first,
				   .stale = stale,
				   .width = call->context->term.width,
				   .is_json = call->context->globals.json}};
	ew_auto(sockets) before = first;
	int64_t pause = PAUSE_US;

	show_first(&w);
	ew_term_catch_interrupt();
	while (!w.error && before && !ew_term_interrupted() && !ew_term_gone(call->context->out)) {
		rest(pause);
		int64_t start = g_get_monotonic_time();
		ew_auto(sockets) s = look_on(source, f, before, &w.error);

		w.when = g_get_real_time();
		if (s)
			ew_sockets_compare(before, s, stale, add_change, &w);
		ew_sockets_free(before);
		before = g_steal_pointer(&s);
		pause = MAX(PAUSE_US, 20 * (g_get_monotonic_time() - start));
	}
	bool is_interrupted = ew_term_interrupted();
	ew_term_release_interrupt();
	if (w.error) {
		g_propagate_error(error, w.error);
		return -1;
	}
	return is_interrupted ? ew_cmd_stopped(call, SIGINT) : 0;
}

/* ---- one look -------------------------------------------------------------------------------- */

/* Written while it is made: of twenty thousand the whole document would take longer than all the rest. */
static int answer(const struct ew_cmd_call *call, const struct ew_view_sockets *v, GError **error)
{
	guint count = v->sockets->sockets->len;
	struct ew_view_sockets_parts p;

	ew_view_sockets_begin(&p, v);
	ew_auto(doc) doc = p.doc;
	struct ew_cmd_output *out = ew_cmd_output_new(call, doc, (int)MIN(2 * count, (guint)G_MAXINT), error);
	if (!out)
		return -1;
	for (guint i = 0; i < count; i++) {
		ew_view_sockets_add(&p, i);
		if ((i + 1) % BATCH == 0 && !ew_cmd_output_flush(out))
			break;
	}
	ew_view_sockets_end(&p);
	if (!ew_cmd_output_end(out, error))
		return -1;
	/* without /proc the owners are lacking, all of them */
	return !count ? 1 : *v->sockets->walk.problem ? 4 : 0;
}

/* ---- the command ----------------------------------------------------------------------------- */

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
	if (o->watch)
		return watch(call, source, &f, g_steal_pointer(&s), stale, error);
	return answer(call, &v, error);
}

static const struct ew_option options[] = {
	EW_NARROW_OPTIONS(struct options),
	{"stale", 0, EW_OPTION_STRING, offsetof(struct options, stale), "SECONDS",
	 "in CLOSE_WAIT for so long, close() was forgotten (60 if not given)"},
	{"watch", 'w', EW_OPTION_FLAG, offsetof(struct options, watch), NULL,
	 "go on, and add a line for each change, until Ctrl-C"},
	{0},
};

const struct ew_cmd ew_cmd_sockets = {
	.name = "sockets",
	.group = "This machine",
	.synopsis = "[--state S] [--port P] [--pid P] [--netns PID|NAME|PATH] [--watch]",
	.summary = "the TCP sockets of this machine, who has them, and whose turn it is",
	.help = "Like ss(8), with what that does not say: all processes that hold a socket, with their "
		"descriptors; whose turn it is; timers by name, with what is left of them; and what stands "
		"out, such as a connection that the peer has closed and the owner has not.\n\n"
		"No process: the kernel has the socket for itself, as after the end of its owner, in "
		"TIME_WAIT, or before accept(). No holder seen: it belongs to a file that none of the "
		"descriptors that could be looked at refers to; how many processes could not be looked into "
		"is said below. Without /proc no owner is known, and the exit code is 4.\n\n"
		"For how long a socket has been in CLOSE_WAIT the kernel does not tell. The last segment of "
		"the peer whose acknowledgement counted was the FIN or came after it, so that the time since "
		"then is a lower bound; the time since the last data is an upper one.\n\n"
		"--watch looks five times a second, or less often where there is so much that looking would "
		"take more than a twentieth of the time. What comes and goes between two looks is not seen. "
		"Owners are those of the time when the socket was first seen. With --json each line is an "
		"object; those of the beginning have the event \"there\".",
	.options = options,
	.options_size = sizeof(struct options),
	.run = run,
};
