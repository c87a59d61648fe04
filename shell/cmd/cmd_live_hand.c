/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stepping by hand: the prompt between two frames, on a terminal and in a pipe. */
#include "cmd/internal.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *line_text(const struct ew_live_experiment *x, int line)
{
	for (guint i = 0; i < x->steps->len; i++) {
		const struct ew_live_step *s = &g_array_index(x->steps, struct ew_live_step, i);

		if (s->line == line)
			return s->text;
	}
	return NULL;
}

/* What is held, and what comes next. Standard error has it, so that the answer stays clean. */
static void show_turn(const struct ew_live_experiment *x, const struct ew_live_event *turn)
{
	const char *next = line_text(x, turn->line);

	if (turn->status)
		fprintf(stderr,
			"There is nothing that could be done: no such packet is held, and no "
			"line is left.\n");
	if (turn->value)
		fprintf(stderr, "held: %s\n", turn->text);
	else
		fprintf(stderr, "Nothing is held.\n");
	if (next)
		fprintf(stderr, "next: %s\n", next);
	else if (!turn->value)
		fprintf(stderr, "No line of the experiment is left: look with state, let time pass "
				"with wait, or quit.\n");
}

/* What holds from now on: the wire itself shows only what becomes of frames. */
static void confirm(const struct ew_live_order *o)
{
	const char *done = o->kind == EW_LIVE_ORDER_DROP ? "dropped" : "delivered twice";

	switch (o->kind) {
	case EW_LIVE_ORDER_HOLD:
		fprintf(stderr, "From now on frames stand still until you let them go on.\n");
		break;
	case EW_LIVE_ORDER_PASS:
		fprintf(stderr, "From now on frames pass; hold stops them again.\n");
		break;
	case EW_LIVE_ORDER_DROP:
	case EW_LIVE_ORDER_DUPLICATE:
		if (!o->times)
			fprintf(stderr, "Each one that comes is %s.\n", done);
		else if (o->times > 1)
			fprintf(stderr, "The next %d are %s.\n", o->times, done);
		else
			fprintf(stderr, "The next one that comes is %s%s.\n", done,
				o->kind == EW_LIVE_ORDER_DROP ? ", if none is held" : "");
		break;
	case EW_LIVE_ORDER_LINK_DOWN:
		fprintf(stderr, "The cable is pulled: whatever is sent is lost.\n");
		break;
	case EW_LIVE_ORDER_LINK_UP:
		fprintf(stderr, "The cable is in its place.\n");
		break;
	default:
		break;
	}
}

bool ew_cmd_ask_order(const struct ew_cmd_call *call, const struct ew_live_experiment *x,
		      const struct ew_live_event *turn, struct ew_live_order *o)
{
	char *line = NULL;
	size_t size = 0;
	bool is_answered = false;

	show_turn(x, turn);
	while (!is_answered) {
		g_autoptr(GError) error = NULL;

		fprintf(stderr, "step, next, drop FIN, state, help … > ");
		fflush(stderr);
		if (getline(&line, &size, stdin) < 0)
			break;
		if (!call->context->term.in_tty)
			fputs(line, stderr);
		is_answered = ew_live_order_parse(x, line, o, &error);
		if (is_answered)
			confirm(o);
		else
			fprintf(stderr, "%s\n", error->message);
		if (is_answered && o->kind == EW_LIVE_ORDER_HELP) {
			g_autofree char *help = ew_live_order_help();

			fputs(help, stderr);
			is_answered = false;
		}
	}
	if (!is_answered) {
		fputc('\n', stderr);
		clearerr(stdin); /* of a signal, or of Ctrl-D */
	}
	free(line);
	return is_answered;
}
