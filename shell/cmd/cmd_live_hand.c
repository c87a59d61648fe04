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

		fprintf(stderr, "step, next, drop FIN, state … > ");
		fflush(stderr);
		if (getline(&line, &size, stdin) < 0)
			break;
		if (!call->context->term.in_tty)
			fputs(line, stderr);
		is_answered = ew_live_order_parse(x, line, o, &error);
		if (!is_answered)
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
