/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a person predicts before a run: asked on standard error, read from standard input. */
#include "cmd/internal.h"
#include "view/view.h"
#include <stdio.h>
#include <stdlib.h>

#define TRIES 3

/* No wider than the terminal; in a pipe what is answered stands behind. */
static void say(const struct ew_cmd_call *call, const char *sentence, bool is_answered_here)
{
	const struct ew_term *term = &call->context->term;
	ew_auto(doc) doc = ew_doc_new("exitwalk.question/1");
	struct ew_text_style style = {.width = term->in_tty ? term->width : 0,
				      .ascii = term->ascii};

	ew_doc_text(ew_doc_item(ew_doc_root(doc), 0), EW_ROLE_PLAIN, NULL, sentence);
	g_autofree char *text = ew_doc_to_text(doc, &style);
	g_strchomp(text);
	fprintf(stderr, is_answered_here && !term->in_tty ? "%s " : "%s\n", text);
}

/* A terminal shows what was typed, and the end of its line; but not after Ctrl-C or Ctrl-D. */
static char *read_answer(const struct ew_cmd_call *call, enum ew_cmd_answered *end)
{
	const struct ew_term *term = &call->context->term;
	char *line = NULL;
	size_t size = 0;

	if (term->in_tty)
		fputs("  > ", stderr);
	fflush(stderr);
	if (getline(&line, &size, stdin) >= 0)
		return line;
	free(line);
	*end = ew_term_interrupted() ? EW_CMD_STOPPED : EW_CMD_ENDED;
	if (term->in_tty) {
		fputc('\n', stderr);
		clearerr(stdin); /* or each question from now on would find the end */
	}
	return NULL;
}

enum ew_cmd_answered ew_cmd_ask_prediction(const struct ew_cmd_call *call, const char *question,
					   struct ew_live_prediction *p)
{
	enum ew_cmd_answered answered = EW_CMD_SKIPPED;
	bool is_empty = false;

	for (int tries = 0; tries < TRIES && answered == EW_CMD_SKIPPED && !is_empty; tries++) {
		say(call, question, true);
		char *line = read_answer(call, &answered);

		is_empty = !line || !*g_strstrip(line);
		if (!is_empty && ew_live_prediction_parse(p, line))
			answered = EW_CMD_ANSWERED;
		else if (!is_empty)
			say(call, ew_live_prediction_choices(p->ask), false);
		free(line);
	}
	if (!call->context->term.in_tty)
		fputc('\n', stderr);
	return answered;
}

GArray *ew_cmd_predict(const struct ew_cmd_call *call, const struct ew_live_experiment *x)
{
	g_autoptr(GArray) questions = ew_live_predictions(x);
	GArray *given = g_array_new(FALSE, TRUE, sizeof(struct ew_live_prediction));
	enum ew_cmd_answered answered = EW_CMD_SKIPPED;

	if (!questions->len)
		say(call, "Nothing is asked here: states, FIN and RST are those of TCP.", false);
	for (guint i = 0; i < questions->len && answered != EW_CMD_STOPPED; i++) {
		struct ew_live_prediction *p =
			&g_array_index(questions, struct ew_live_prediction, i);

		g_autofree char *question = ew_live_prediction_question(x, p);
		answered = ew_cmd_ask_prediction(call, question, p);
		if (answered == EW_CMD_ANSWERED)
			g_array_append_val(given, *p);
		else if (answered == EW_CMD_ENDED && call->context->term.in_tty)
			break;
	}
	if (answered == EW_CMD_STOPPED)
		g_clear_pointer(&given, g_array_unref);
	return given;
}
