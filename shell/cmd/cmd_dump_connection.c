/* SPDX-License-Identifier: GPL-3.0-or-later */
/* dump connection: the packets of one connection of this machine, with its states between them. */
#include "cmd/dump.h"
#include "view/view.h"
#include <math.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#define TURN_MS	       20
#define INTERFACES_MOST 16
#define MOST_SECONDS   (366.0 * 86400)

struct follow {
	const struct ew_cmd_call *call;
	const struct ew_dump_options *o;
	struct ew_view_follow view;
	struct ew_sockets_follow *f;
	int interfaces[INTERFACES_MOST];
	guint interface_count;
	int64_t packets, limit; /* limit: -1 for none */
	int64_t end;	       /* monotonic microseconds, or 0 */
	GError *error;	       /* the first that writing met */
};

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* ---- what is asked --------------------------------------------------------------------------- */

/* "500ms", "10s", "2m", "1h"; seconds where there is no unit. Microseconds. */
static bool read_time(const char *text, int64_t *us, GError **error)
{
	static const struct {
		const char *name;
		double seconds;
	} units[] = {{"", 1}, {"s", 1}, {"ms", 0.001}, {"m", 60}, {"min", 60}, {"h", 3600}};
	char *rest;
	double number = g_ascii_strtod(text, &rest);

	for (size_t i = 0; g_ascii_isdigit(*text) && i < G_N_ELEMENTS(units); i++) {
		if (strcmp(rest, units[i].name) || !isfinite(number) || number <= 0 ||
		    number * units[i].seconds > MOST_SECONDS)
			continue;
		*us = (int64_t)(number * units[i].seconds * 1e6);
		return true;
	}
	g_set_error(error, EW_ERROR, EW_ERROR_USAGE,
		    "--for takes a time such as 500ms, 10s, 2m or 1h, not \"%.60s\"", text);
	return false;
}

static bool read_limits(struct follow *f, GError **error)
{
	unsigned count = 0;
	int64_t us = 0;

	f->limit = -1;
	if (f->o->count && !ew_narrow_number("count", f->o->count, 1, UINT32_MAX, &count, error))
		return false;
	if (f->o->duration && !read_time(f->o->duration, &us, error))
		return false;
	if (count)
		f->limit = count;
	if (us)
		f->end = g_get_monotonic_time() + us;
	return true;
}

/* ---- which ----------------------------------------------------------------------------------- */

/* A listener has connections, and is none. */
static bool check_one(struct follow *f, const struct ew_sockets *s, GError **error)
{
	const struct ew_socket *k = ew_sockets_at(s, 0);
	bool is_one = s->sockets->len == 1 ||
		      (s->sockets->len == 2 && ew_socket_is_other_end(k, ew_sockets_at(s, 1)));

	if (!is_one) {
		struct ew_view_sockets v = {.sockets = s, .stale = 60, .width = f->call->context->term.width};
		ew_auto(doc) doc = f->call->context->globals.json ? NULL : ew_view_sockets(&v);

		if (doc && ew_cmd_answer(f->call, doc, 0, error) != 0)
			return false;
		g_set_error(error, EW_ERROR, EW_ERROR_USAGE,
			    "dump connection: %u sockets match, of more than one connection; name one by "
			    "LOCAL PEER or --inode",
			    s->sockets->len);
	} else if (!k->peer.port) {
		g_set_error(error, EW_ERROR, EW_ERROR_USAGE,
			    "dump connection: that is %s socket, which has no packets of its own; name a "
			    "connection",
			    k->state == EW_LIVE_LISTEN ? "a listening" : "an unconnected");
		is_one = false;
	}
	return is_one;
}

/* The other end, if its socket is here too. */
static void add_other_end(struct ew_sockets_source *source, struct ew_sockets *s)
{
	const struct ew_socket *k = ew_sockets_at(s, 0);
	const struct ew_sockets_filter turned = {.local = k->peer, .peer = k->local, .has_peer = true};

	if (s->sockets->len > 1)
		return;
	ew_auto(sockets) others = ew_sockets_look(source, &turned, false, NULL);
	for (guint i = 0; others && i < others->sockets->len && s->sockets->len < 2; i++) {
		struct ew_socket other = *ew_sockets_at(others, i);

		/* its addresses may be written in the other family */
		if (ew_socket_is_other_end(ew_sockets_at(s, 0), &other))
			g_array_append_val(s->sockets, other);
	}
	if (s->sockets->len > 1)
		ew_sockets_find_owners(s);
}

static struct ew_sockets *choose(struct follow *f, struct ew_sockets_source *source,
				 struct ew_narrow_which *which, GError **error)
{
	ew_auto(sockets) s = ew_sockets_look(source, &which->filter, true, error);

	if (!s)
		return NULL;
	ew_narrow_which_spare(which, s);
	if (!s->sockets->len) {
		ew_narrow_which_fail(which, source, error);
		return NULL;
	}
	if (!check_one(f, s, error))
		return NULL;
	add_other_end(source, s);
	return g_steal_pointer(&s);
}

/* ---- following ------------------------------------------------------------------------------- */

/* Below what is there already: no pager. */
static void show(struct follow *f, struct ew_doc *taken)
{
	struct ew_cmd_context *context = f->call->context;
	struct ew_text_style style = ew_term_style(&context->term);
	ew_auto(doc) doc = taken;
	g_autofree char *text =
		context->globals.json ? ew_doc_to_json(doc, false) : ew_doc_to_text(doc, &style);

	if (!f->error)
		ew_term_print(&context->term, context->out, text, false, &f->error);
}

static void interface_name(const struct follow *f, int interface, char *name, size_t size)
{
	if (!ew_live_capture_interface(ew_sockets_follow_capture(f->f), interface, name, size))
		g_snprintf(name, (gulong)size, "%d", interface);
}

static void remember_interface(struct follow *f, int interface)
{
	guint i = 0;

	while (i < f->interface_count && f->interfaces[i] != interface)
		i++;
	if (i == f->interface_count && i < INTERFACES_MOST)
		f->interfaces[f->interface_count++] = interface;
}

static void show_event(const struct ew_sockets_followed *e, void *data)
{
	struct follow *f = data;
	char name[32] = "";

	if (e->is_packet) {
		f->packets++;
		remember_interface(f, e->packet.interface);
		interface_name(f, e->packet.interface, name, sizeof(name));
	}
	show(f, ew_view_follow_event(&f->view, e, name));
}

/* Returns why it ended, or -1 with an error. */
static int follow(struct follow *f, GError **error)
{
	FILE *out = f->call->context->out;

	while (!f->error && !ew_term_interrupted() && !ew_term_gone(out)) {
		int64_t left = f->end ? (f->end - g_get_monotonic_time()) / 1000 : TURN_MS;
		bool is_over = ew_sockets_follow_is_over(f->f);

		if (left < 0)
			return EW_FOLLOW_TIME;
		/* what the last segments of both ends draw is waited for */
		if (!ew_sockets_follow_turn(f->f, (int)MIN(left, TURN_MS), show_event, f, error))
			return -1;
		if (ew_sockets_follow_is_full(f->f))
			return EW_FOLLOW_COUNT;
		if (is_over)
			return EW_FOLLOW_GONE;
	}
	if (!f->error)
		return EW_FOLLOW_STOPPED;
	g_propagate_error(error, g_steal_pointer(&f->error));
	return -1;
}

static void show_end(struct follow *f, int reason)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	struct ew_view_follow_end end = {.reason = reason,
					 .time = now(),
					 .packets = f->packets,
					 .lost = ew_live_capture_lost(ew_sockets_follow_capture(f->f)),
					 .pcap = f->o->pcap};

	for (guint i = 0; i < f->interface_count; i++) {
		char name[32];

		interface_name(f, f->interfaces[i], name, sizeof(name));
		g_ptr_array_add(names, g_strdup(name));
	}
	g_ptr_array_add(names, NULL);
	end.interfaces = (const char *const *)names->pdata;
	for (int i = 0; i < 2; i++)
		end.states[i] = ew_sockets_follow_state(f->f, i);
	show(f, ew_view_follow_end(&f->view, &end));
}

/* What ended while packets began to be watched was not seen to end. */
static bool check_there(struct ew_sockets_source *source, const struct ew_socket *k, GError **error)
{
	struct ew_socket still;

	if (!ew_sockets_again(source, k, &still, error))
		return false;
	if (still.state != EW_LIVE_GONE)
		return true;
	g_set_error(error, EW_ERROR, EW_ERROR_NO_ANSWER,
		    "the connection was there, and ended before its packets could be watched");
	return false;
}

static int run(struct follow *f, struct ew_sockets_source *source, struct ew_sockets *s, GError **error)
{
	const struct ew_socket *ends = ew_sockets_at(s, 0);
	int count = (int)MIN(s->sockets->len, 2U);

	f->view = (struct ew_view_follow){.sockets = s, .ends = ends, .count = count};
	f->f = ew_sockets_follow_new(source, ends, count, error);
	if (!f->f || !check_there(source, ends, error))
		return -1;
	if (f->o->pcap && !ew_live_capture_keep(ew_sockets_follow_capture(f->f), f->o->pcap, error))
		return -1;
	ew_sockets_follow_limit(f->f, f->limit);
	show(f, ew_view_follow_head(&f->view, now()));
	if (f->call->context->term.err_tty && f->call->context->term.out_tty && !f->end && f->limit < 0)
		fprintf(stderr, "(Ctrl-C ends it.)\n");
	ew_term_catch_interrupt();
	int reason = follow(f, error);
	bool is_interrupted = ew_term_interrupted();
	ew_term_release_interrupt();
	if (reason < 0)
		return -1;
	show_end(f, reason);
	if (f->error) {
		g_propagate_error(error, g_steal_pointer(&f->error));
		return -1;
	}
	return is_interrupted ? 128 : 0;
}

int ew_cmd_dump_connection(const struct ew_cmd_call *call, GError **error)
{
	struct follow f = {.call = call, .o = call->options};
	struct ew_narrow_which which = {.command = "dump connection",
					.argc = call->argc - 1,
					.argv = call->argv + 1,
					.inode = f.o->inode};

	if (!ew_narrow_which_read(&which, &f.o->narrow, error) || !read_limits(&f, error))
		return -1;
	ew_auto(sockets_source) source = ew_sockets_open(f.o->narrow.netns, error);
	ew_auto(sockets) s = source ? choose(&f, source, &which, error) : NULL;
	int code = s ? run(&f, source, s, error) : -1;
	if (!ew_sockets_follow_free(f.f, code < 0 ? NULL : error))
		code = -1;
	g_clear_error(&f.error);
	return code == 128 ? ew_cmd_stopped(call, SIGINT) : code;
}
