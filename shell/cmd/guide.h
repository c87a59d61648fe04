/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An open lesson as the shell's guide. */
#ifndef EW_CMD_GUIDE_H
#define EW_CMD_GUIDE_H

#include "cmd/cmd.h"
#include "lesson/lesson.h"

/* Opens the lesson as the context's guide, and shows the step where the learner left off. Takes
 * `lesson` and `progress` over. */
int ew_guide_begin(const struct ew_cmd_call *call, struct ew_lesson *lesson,
		   struct ew_progress_log *progress, GError **error);

/* All lessons, those of `dirs` (of const char *, or NULL) first. */
struct ew_course *ew_guide_course(const GPtrArray *dirs);

/* A warning of the progress log, told on standard error. */
void ew_guide_warn(const struct ew_cmd_call *call, struct ew_progress_log *progress);

#endif
