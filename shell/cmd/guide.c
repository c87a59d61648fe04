/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An open lesson as the shell sees it: next, prev, go, where, hint, quiz. */
#include "cmd/guide.h"
#include "cmd/internal.h"
#include "view/view.h"

#include <signal.h>
#include <string.h>

struct lesson_guide {
	struct ew_lesson *lesson;
	struct ew_progress_log *progress;
	struct ew_session *session;
	struct ew_query *q; /* of the index that was chosen when the lesson began, or NULL */
	const struct ew_refs *refs;
};

struct ew_course *ew_guide_course(const GPtrArray *dirs)
{
	g_autoptr(GPtrArray) list = g_ptr_array_new();

	for (guint i = 0; dirs && i < dirs->len; i++)
		g_ptr_array_add(list, dirs->pdata[i]);
	g_ptr_array_add(list, NULL);
	return ew_course_open((const char *const *)list->pdata);
}

void ew_guide_warn(const struct ew_cmd_call *call, struct ew_progress_log *progress)
{
	const char *warning = ew_progress_warning(progress);
	g_autofree char *clean = warning ? ew_doc_clean(warning, -1) : NULL;

	if (clean)
		fprintf(stderr, "%s: %s\n", call->cmd->name, clean);
}

static struct ew_view_lesson view_of(const struct lesson_guide *g)
{
	return (struct ew_view_lesson){
		.q = g->q,
		.refs = g->refs,
		.lesson = g->lesson,
		.lock = ew_session_lock(g->session),
		.progress = g->progress,
		.is_guided = true,
	};
}

/* ---- moving ---------------------------------------------------------------------------------- */

static int show_step(struct lesson_guide *g, const struct ew_cmd_call *call, GError **error)
{
	struct ew_view_lesson view = view_of(g);
	ew_auto(doc) doc = ew_view_lesson_step(&view, ew_session_position(g->session), error);
	int code = doc ? ew_cmd_answer(call, doc, 0, error) : -1;

	if (code == 0)
		ew_session_seen(g->session);
	ew_guide_warn(call, g->progress);
	return code;
}

static int move(void *data, const struct ew_cmd_call *call, int by, GError **error)
{
	struct lesson_guide *g = data;

	if (by > 0 ? ew_session_next(g->session) : ew_session_prev(g->session))
		return show_step(g, call, error);
	g_set_error(error, EW_ERROR, EW_ERROR_NO_ANSWER,
		    by > 0 ? "this is the last step; \"progress %s\" shows what you did"
			   : "this is the first step%.0s",
		    g->lesson->slug);
	return -1;
}

static int go(void *data, const struct ew_cmd_call *call, const char *step, GError **error)
{
	struct lesson_guide *g = data;

	return ew_session_go(g->session, step, error) ? show_step(g, call, error) : -1;
}

static int where(void *data, const struct ew_cmd_call *call, GError **error)
{
	struct lesson_guide *g = data;
	struct ew_view_lesson view = view_of(g);
	ew_auto(doc) doc = ew_view_lesson_where(&view, ew_session_position(g->session), error);

	return doc ? ew_cmd_answer(call, doc, 0, error) : -1;
}

static char *prompt(void *data)
{
	struct lesson_guide *g = data;

	return g_strdup_printf("%s %d/%u", g->lesson->slug, ew_session_position(g->session) + 1,
			       g->lesson->steps->len);
}

static GStrv steps(void *data)
{
	struct lesson_guide *g = data;
	GPtrArray *slugs = g_ptr_array_new();

	for (guint i = 0; i < g->lesson->steps->len; i++)
		g_ptr_array_add(
			slugs,
			g_strdup(((struct ew_lesson_step *)g->lesson->steps->pdata[i])->slug));
	g_ptr_array_add(slugs, NULL);
	return (GStrv)g_ptr_array_free(slugs, FALSE);
}

/* ---- questions ------------------------------------------------------------------------------- */

static int hint(void *data, const struct ew_cmd_call *call, GError **error)
{
	struct lesson_guide *g = data;
	const GPtrArray *prose = ew_session_hint(g->session);
	ew_auto(doc) doc = ew_view_lesson_hint(prose);

	ew_guide_warn(call, g->progress);
	return ew_cmd_answer(call, doc, prose ? 0 : 1, error);
}

static bool check_argument_count(const struct ew_cmd_call *call, guint most, GError **error)
{
	if ((guint)call->argc <= most)
		return true;
	g_set_error(error, EW_ERROR, EW_ERROR_USAGE,
		    most > 1 ? "%d answers for %u predictions; give a word each, or \"quiz\" alone, which asks"
			     : "%d answers for %u question; give one word, or \"quiz\" alone, which shows it",
		    call->argc, most);
	return false;
}

static int answer_quiz(struct lesson_guide *g, const struct ew_cmd_call *call,
		       const struct ew_quiz *quiz, GError **error)
{
	ew_auto(grade) grade = NULL;
	ew_auto(doc) doc = NULL;

	if (!call->argc || !quiz) {
		doc = ew_view_lesson_quiz(quiz);
		return ew_cmd_answer(call, doc, quiz ? 0 : 1, error);
	}
	if (!check_argument_count(call, 1, error))
		return -1;
	grade = ew_session_answer(g->session, quiz, call->argv[0], error);
	if (!grade)
		return -1;
	ew_guide_warn(call, g->progress);
	doc = ew_view_lesson_grade(quiz, grade);
	return ew_cmd_answer(call, doc, grade->is_right ? 0 : 1, error);
}

/* ---- live steps ------------------------------------------------------------------------------ */

/* The predictions, of struct ew_live_prediction: given as arguments, else asked for. NULL with no error
 * where the learner gives none; *is_stopped where that was Ctrl-C. */
static GArray *take_predictions(const struct ew_cmd_call *call, const struct ew_lesson_live *live,
				const struct ew_live_experiment *x, bool *is_stopped, GError **error)
{
	g_autoptr(GArray) answers = g_array_new(FALSE, TRUE, sizeof(struct ew_live_prediction));

	if (!check_argument_count(call, live->predictions->len, error))
		return NULL;
	for (guint i = 0; i < live->predictions->len; i++) {
		const struct ew_prediction *p = live->predictions->pdata[i];
		struct ew_live_prediction answer;

		if (!ew_live_prediction_of(x, p->side, &answer)) {
			g_set_error(error, EW_ERROR, EW_ERROR_INPUT,
				    "the experiment %s has no side `%s`", x->name, p->side);
			return NULL;
		}
		if ((int)i >= call->argc) {
			enum ew_cmd_answered answered = ew_cmd_ask_prediction(call, p->ask, &answer);

			*is_stopped = answered == EW_CMD_STOPPED;
			if (answered != EW_CMD_ANSWERED)
				return NULL;
		} else if (!ew_live_prediction_parse(&answer, call->argv[i])) {
			g_set_error(error, EW_ERROR, EW_ERROR_USAGE, "\"%.40s\": %s", call->argv[i],
				    ew_live_prediction_choices(answer.ask));
			return NULL;
		}
		g_array_append_val(answers, answer);
	}
	return g_steal_pointer(&answers);
}

static int show_outcome(struct lesson_guide *g, const struct ew_cmd_call *call,
			const struct ew_lesson_live *live, const GArray *answers,
			const struct ew_live_experiment *x, const struct ew_live_result *result,
			GError **error)
{
	ew_auto(doc) doc = ew_doc_new("exitwalk.predictions/1");
	struct ew_group *root = ew_doc_root(doc);
	struct ew_list *list = ew_doc_list(root, "predictions", EW_LIST_PLAIN);
	bool all_right = true;

	for (guint i = 0; i < live->predictions->len; i++) {
		const struct ew_prediction *p = live->predictions->pdata[i];
		const struct ew_live_prediction *answer =
			&g_array_index(answers, struct ew_live_prediction, i);
		g_autoptr(GError) own = NULL;
		ew_auto(grade) grade =
			ew_session_predicted(g->session, p, ew_live_prediction_answer(answer), x,
					     result, &own);

		/* what the run did not come to is said by the view */
		if (!grade && !g_error_matches(own, EW_ERROR, EW_ERROR_NO_ANSWER)) {
			g_propagate_error(error, g_steal_pointer(&own));
			return -1;
		}
		all_right &= grade && grade->is_right;
		ew_view_live_grade(ew_list_entry(list), x, result, answer);
	}
	if (live->because)
		ew_view_markdown(root, live->because);
	ew_guide_warn(call, g->progress);
	return ew_cmd_answer(call, doc, all_right ? 0 : 1, error);
}

/* Predict, then see. */
static int predict_and_run(struct lesson_guide *g, const struct ew_cmd_call *call,
			   const struct ew_lesson_live *live, GError **error)
{
	g_autofree char *file = ew_lesson_experiment(g->lesson, live->experiment);
	ew_auto(live_experiment) x = ew_live_load(file, error);
	g_autoptr(GArray) answers = NULL;
	g_autoptr(GError) own = NULL;
	bool is_stopped = false;

	if (!x)
		return -1;
	answers = take_predictions(call, live, x, &is_stopped, &own);
	if (is_stopped)
		return 128 + SIGINT;
	if (!answers) {
		if (own)
			g_propagate_error(error, g_steal_pointer(&own));
		else
			g_set_error(
				error, EW_ERROR, EW_ERROR_NO_ANSWER,
				"the predictions are not complete, so nothing was run; \"quiz\" "
				"asks again, \"live %s\" runs it all the same",
				live->experiment);
		return -1;
	}
	ew_auto(live_result) result = ew_cmd_run_live(call, x, &own);
	if (!result && g_error_matches(own, EW_ERROR, EW_ERROR_NOT_POSSIBLE))
		g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
			    "%s; \"live %s --recorded\" shows a run that was kept", own->message,
			    live->experiment);
	else if (!result)
		g_propagate_error(error, g_steal_pointer(&own));
	if (!result)
		return -1;
	if (result->signal)
		return ew_cmd_stopped(call, result->signal);
	return show_outcome(g, call, live, answers, x, result, error);
}

static int quiz(void *data, const struct ew_cmd_call *call, GError **error)
{
	struct lesson_guide *g = data;
	const struct ew_quiz *open = ew_session_quiz(g->session, NULL);
	const struct ew_lesson_live *live = ew_session_live(g->session);

	return live && !open ? predict_and_run(g, call, live, error)
			     : answer_quiz(g, call, open, error);
}

/* ---- beginning and end ----------------------------------------------------------------------- */

static void renew(void *data, struct ew_query *q)
{
	struct lesson_guide *g = data;

	g->q = q;
	ew_session_renew(g->session, q);
}

static void close_guide(void *data)
{
	struct lesson_guide *g = data;

	ew_session_free(g->session);
	ew_progress_close(g->progress);
	ew_lesson_free(g->lesson);
	g_free(g);
}

int ew_guide_begin(const struct ew_cmd_call *call, struct ew_lesson *lesson,
		   struct ew_progress_log *progress, GError **error)
{
	struct lesson_guide *g = g_new0(struct lesson_guide, 1);
	struct ew_guide *guide;

	*g = (struct lesson_guide){
		.lesson = lesson,
		.progress = progress,
		.q = call->context->query,
		.refs = call->context->refs,
	};
	g->session = ew_session_new(lesson, g->q, progress, error);
	if (!g->session) {
		close_guide(g);
		return -1;
	}
	guide = g_new0(struct ew_guide, 1);
	*guide = (struct ew_guide){
		.data = g,
		.prompt = prompt,
		.steps = steps,
		.move = move,
		.go = go,
		.where = where,
		.hint = hint,
		.quiz = quiz,
		.renew = renew,
		.close = close_guide,
	};
	ew_cmd_set_guide(call->context, guide);
	ew_guide_warn(call, progress);
	return show_step(g, call, error);
}
