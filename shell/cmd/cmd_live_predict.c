/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a person predicts before a run: asked on standard error, read from standard input. */
#include "cmd/internal.h"
#include "view/view.h"
#include <stdio.h>
#include <stdlib.h>

bool ew_cmd_ask_prediction(const struct ew_cmd_call *call, const char *question,
			   struct ew_live_prediction *p)
{
	g_autofree char *clean = ew_doc_clean(question, -1);
	char *line = NULL;
	size_t size = 0;
	bool is_answered = false;

	for (int tries = 0; tries < 3 && !is_answered; tries++) {
		fprintf(stderr, "%s ", clean);
		fflush(stderr);
		if (getline(&line, &size, stdin) < 0 || !*g_strstrip(line))
			break;
		is_answered = ew_live_prediction_parse(p, line);
		if (!is_answered)
			fprintf(stderr, "%s\n", ew_live_prediction_choices(p->ask));
	}
	if (!call->context->term.in_tty)
		fputc('\n', stderr);
	free(line);
	return is_answered;
}

/* A column without a socket that is looked at has no state to ask for. */
static GArray *all_questions(const struct ew_live_experiment *x)
{
	GArray *list = g_array_new(FALSE, TRUE, sizeof(struct ew_live_prediction));

	for (int side = 0; side < EW_LIVE_SIDES; side++)
		g_array_append_val(list, ((struct ew_live_prediction){.ask = EW_LIVE_ASK_STATE,
								      .side = side}));
	g_array_append_val(list, ((struct ew_live_prediction){.ask = EW_LIVE_ASK_PACKETS}));
	g_array_append_val(list, ((struct ew_live_prediction){.ask = EW_LIVE_ASK_CLOSED}));
	return list;
}

GArray *ew_cmd_predict(const struct ew_cmd_call *call, const struct ew_live_experiment *x)
{
	g_autoptr(GArray) questions = all_questions(x);
	GArray *given = g_array_new(FALSE, TRUE, sizeof(struct ew_live_prediction));

	for (guint i = 0; i < questions->len; i++) {
		struct ew_live_prediction *p =
			&g_array_index(questions, struct ew_live_prediction, i);

		if (!ew_live_prediction_applies(x, p))
			continue;
		g_autofree char *question = ew_live_prediction_question(x, p);
		if (ew_cmd_ask_prediction(call, question, p))
			g_array_append_val(given, *p);
	}
	return given;
}
