/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files of the lesson module share with each other and with nobody else. */
#ifndef EW_LESSON_INTERNAL_H
#define EW_LESSON_INTERNAL_H

#include "lesson/lesson.h"

/* Problems of one lesson file, gathered so that an author sees all of them at once. */
struct ew_problems {
	const char *file;
	GString *text; /* one line each */
	int count;
};

void ew_problem(struct ew_problems *p, int line, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* A copy that is UTF-8 and holds no control characters but line breaks and tabs, nor any that turn
 * the reading direction. Lines stay where they are. */
char *ew_lesson_clean(const char *text);

/* lesson_prose.c: the block nodes from `first` to before `end` (siblings) as prose. The nodes are
 * cmark's; the type is opaque here, so that cmark.h stays in two files. */
struct cmark_node;
void ew_prose_add(GPtrArray *prose, struct cmark_node *node);
GPtrArray *ew_prose_new(void);

/* lesson_directive.c: the block of a fenced directive; NULL where its problems were reported.
 * `line` is that of the fence. `is_known` tells whether the word is a directive at all. */
bool ew_directive_is_known(const char *word);
struct ew_lesson_block *ew_directive_parse(const char *word, const char *body, int line,
					   struct ew_problems *problems);
void ew_block_free(struct ew_lesson_block *block);

/* "A to B [via C …] [as BINDING]" into the mark; false where it is not of that form. */
bool ew_walk_parse(struct ew_walk_mark *walk, const char *text);
void ew_walk_clear(struct ew_walk_mark *walk);

/* lesson_question.c: is the text a question that ew_lesson_solve() understands? */
bool ew_lesson_question_is_valid(const char *question, GError **error);
/* Does its first word look like one? */
bool ew_lesson_looks_like_question(const char *text);

/* The name of a prediction in progress logs: "predict-client", "predict-client-end". Caller frees. */
char *ew_prediction_item(const struct ew_prediction *prediction);

struct ew_grade *ew_grade_new(bool is_right, char *expected, const char *because);

#endif
