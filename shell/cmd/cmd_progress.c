/* SPDX-License-Identifier: GPL-3.0-or-later */
/* progress: how far the learner has come, and starting over. */
#include "cmd/guide.h"
#include "cmd/internal.h"
#include "view/view.h"

#include <string.h>

struct progress_options {
	GPtrArray *dirs;
	bool yes;
};

static const struct ew_option progress_options[] = {
	{"lessons", 0, EW_OPTION_STRINGS, offsetof(struct progress_options, dirs), "DIR",
	 "look for lessons in DIR as well", .complete = EW_COMPLETE_FILE},
	{"yes", 'y', EW_OPTION_FLAG, offsetof(struct progress_options, yes), NULL,
	 "reset without asking"},
	{NULL},
};

static int show_progress(const struct ew_cmd_call *call, struct ew_progress_log *progress,
			 const struct ew_course *course, const struct ew_lesson *lesson,
			 GError **error)
{
	ew_auto(doc) doc = ew_view_progress(course, lesson, progress);

	ew_guide_warn(call, progress);
	return ew_cmd_answer(call, doc, 0, error);
}

/* Starting over is an event in the log as well; nothing is erased. */
static int reset(const struct ew_cmd_call *call, struct ew_progress_log *progress,
		 const struct ew_course *course, GError **error)
{
	const struct progress_options *o = call->options;
	const char *step = call->argc > 2 ? call->argv[2] : NULL;
	ew_auto(lesson) lesson = ew_course_load(course, call->argv[1], error);

	if (!lesson)
		return -1;
	ew_auto(session) s = ew_session_new(lesson, NULL, progress, error);
	if (step && !ew_session_go(s, step, error))
		return -1;
	step = step ? ew_session_step(s)->slug : NULL;
	if (!o->yes) {
		g_set_error(error, EW_ERROR, EW_ERROR_USAGE,
			    "this forgets what you did in %s%s%s; say it again with --yes",
			    lesson->slug, step ? ", step " : "", step ? step : "");
		return -1;
	}
	ew_session_reset(s, step);
	return show_progress(call, progress, course, lesson, error);
}

static int run_progress(const struct ew_cmd_call *call, GError **error)
{
	const struct progress_options *o = call->options;
	ew_auto(course) course = ew_guide_course(o->dirs);
	ew_auto(progress_log) progress = ew_progress_open(NULL);
	ew_auto(lesson) lesson = NULL;

	if (call->argc > 1 && strcmp(call->argv[0], "reset") == 0)
		return reset(call, progress, course, error);
	if (call->argc > 1) {
		g_set_error(error, EW_ERROR, EW_ERROR_USAGE,
			    "progress takes one lesson, or: reset LESSON [STEP]");
		return -1;
	}
	if (call->argc) {
		lesson = ew_course_load(course, call->argv[0], error);
		if (!lesson)
			return -1;
	}
	return show_progress(call, progress, course, lesson, error);
}

const struct ew_cmd ew_cmd_progress = {
	.name = "progress",
	.group = "Learn",
	.synopsis = "[LESSON | reset LESSON [STEP]]",
	.summary = "how far you have come",
	.help = "Steps that you saw, questions that you answered. Seen is never done: a question "
		"counts once "
		"it was answered right. The log is progress.jsonl in the state directory; it is "
		"only ever "
		"appended to, and a reset is one more line in it.",
	.max_arguments = 3,
	.options = progress_options,
	.options_size = sizeof(struct progress_options),
	.complete = EW_COMPLETE_LESSON,
	.run = run_progress,
};
