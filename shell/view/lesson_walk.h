/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The walk of a lesson, one line a function. */
#ifndef EW_VIEW_LESSON_WALK_H
#define EW_VIEW_LESSON_WALK_H

#include "view/view.h"

/* Member "walk". `at` names where we stand, alternatives with |; NULL draws the whole, else only
 * what is around it. */
void ew_view_lesson_walk(struct ew_group *g, const GPtrArray *legs, const char *at);

#endif
