/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables about lessons: which there are, how far one has come, what an index confirms of them. */
#include "view/view.h"
#include <string.h>

/* ---- the list -------------------------------------------------------------------------------- */

/* Score of a lesson that can be loaded. */
static struct ew_score score_of(const struct ew_course_entry *e,
				const struct ew_progress_log *progress)
{
	ew_auto(lesson) lesson = e->problem ? NULL : ew_lesson_load(e->file, NULL);

	return lesson ? ew_progress_score(progress, lesson) : (struct ew_score){0};
}

static void add_score(struct ew_block *row, const struct ew_score *s)
{
	ew_doc_int(row, EW_ROLE_PLAIN, "seen", s->seen);
	ew_doc_sayf(row, " of %d", s->steps);
	ew_doc_int(row, EW_ROLE_PLAIN, "passed", s->passed);
	ew_doc_sayf(row, " of %d", s->quizzes);
	ew_doc_int(row, EW_ROLE_HIDDEN, "steps", s->steps);
	ew_doc_int(row, EW_ROLE_HIDDEN, "quizzes", s->quizzes);
}

struct ew_doc *ew_view_lesson_list(const struct ew_course *course,
				   const struct ew_progress_log *progress)
{
	struct ew_doc *doc = ew_doc_new("exitwalk.lessons/1");
	struct ew_group *g = ew_doc_root(doc);
	struct ew_table *t = ew_doc_table(g, "lessons");
	struct ew_block *b;

	ew_table_column(t, "lesson", "lesson", EW_ALIGN_LEFT);
	ew_table_column(t, "time", "time", EW_ALIGN_RIGHT);
	ew_table_column(t, "seen", "steps seen", EW_ALIGN_RIGHT);
	ew_table_column(t, "passed", "answered", EW_ALIGN_RIGHT);
	ew_table_column(t, "title", "title", EW_ALIGN_LEFT);
	for (guint i = 0; i < course->entries->len; i++) {
		const struct ew_course_entry *e = course->entries->pdata[i];
		struct ew_score s = score_of(e, progress);

		b = ew_table_row(t);
		ew_doc_text(b, EW_ROLE_STRONG, "lesson", e->slug);
		ew_doc_text(b, EW_ROLE_PLAIN, "time", e->time);
		add_score(b, &s);
		ew_doc_text(b, e->problem ? EW_ROLE_BAD : EW_ROLE_PLAIN, "title",
			    e->problem ? "cannot be read, see below" : e->title);
		ew_doc_text(b, EW_ROLE_HIDDEN, "about", e->about);
		ew_doc_text(b, EW_ROLE_HIDDEN, "file", e->file);
		ew_doc_text(b, EW_ROLE_HIDDEN, "problem", e->problem);
		if (e->problem)
			ew_doc_say(ew_doc_note(g, EW_ROLE_BAD), e->problem);
	}
	b = ew_doc_paragraph(g);
	if (course->entries->len) {
		ew_doc_say(b, "Begin, or go on where you left off, with ");
		ew_doc_text(b, EW_ROLE_COMMAND, NULL, "lesson NAME");
		ew_doc_say(b, ".");
	} else {
		ew_doc_say(b, "No lesson was found; name a directory with --lessons DIR.");
	}
	return doc;
}

/* ---- progress -------------------------------------------------------------------------------- */

static const char *last_time(const struct ew_progress_log *progress, const char *lesson,
			     const char *step)
{
	const GPtrArray *entries = ew_progress_entries(progress);
	const char *time = NULL;

	for (guint i = 0; i < entries->len; i++) {
		const struct ew_progress_entry *e = entries->pdata[i];

		if (strcmp(e->lesson, lesson) == 0 && (!step || g_strcmp0(e->step, step) == 0))
			time = e->time;
	}
	return time;
}

/* Whether all of the step was answered right; in part, how much. */
static void add_answered(struct ew_block *row, const struct ew_score *s)
{
	bool is_part = s->passed && s->passed < s->quizzes;

	ew_doc_bool(row, EW_ROLE_GOOD, "answered", s->passed && !is_part, "yes", "");
	if (is_part)
		ew_doc_sayf(row, "%d of %d", s->passed, s->quizzes);
	ew_doc_int(row, EW_ROLE_HIDDEN, "passed", s->passed);
	ew_doc_int(row, EW_ROLE_HIDDEN, "quizzes", s->quizzes);
}

static void add_step_rows(struct ew_table *t, const struct ew_lesson *lesson,
			  const struct ew_progress_log *progress)
{
	ew_table_column(t, "step", "step", EW_ALIGN_LEFT);
	ew_table_column(t, "seen", "seen", EW_ALIGN_LEFT);
	ew_table_column(t, "answered", "answered", EW_ALIGN_LEFT);
	ew_table_column(t, "hints", "hints", EW_ALIGN_RIGHT);
	ew_table_column(t, "last", "last", EW_ALIGN_LEFT);
	for (guint i = 0; i < lesson->steps->len; i++) {
		const struct ew_lesson_step *step = lesson->steps->pdata[i];
		struct ew_standing s =
			ew_progress_standing(progress, lesson->slug, step->slug, NULL);
		struct ew_score score = ew_progress_step_score(progress, lesson, step);
		struct ew_block *b = ew_table_row(t);

		ew_doc_text(b, EW_ROLE_PLAIN, "step", step->slug);
		ew_doc_bool(b, EW_ROLE_PLAIN, "seen", s.is_seen, "yes", "");
		add_answered(b, &score);
		ew_doc_int(b, EW_ROLE_PLAIN, "hints", s.hints);
		ew_doc_text(b, EW_ROLE_FAINT, "last",
			    last_time(progress, lesson->slug, step->slug));
	}
}

static void add_lesson_rows(struct ew_table *t, const struct ew_course *course,
			    const struct ew_progress_log *progress)
{
	ew_table_column(t, "lesson", "lesson", EW_ALIGN_LEFT);
	ew_table_column(t, "seen", "steps seen", EW_ALIGN_RIGHT);
	ew_table_column(t, "passed", "answered", EW_ALIGN_RIGHT);
	ew_table_column(t, "last", "last", EW_ALIGN_LEFT);
	for (guint i = 0; i < course->entries->len; i++) {
		const struct ew_course_entry *e = course->entries->pdata[i];
		struct ew_score s = score_of(e, progress);
		struct ew_block *b = ew_table_row(t);

		ew_doc_text(b, EW_ROLE_STRONG, "lesson", e->slug);
		add_score(b, &s);
		ew_doc_text(b, EW_ROLE_FAINT, "last", last_time(progress, e->slug, NULL));
	}
}

struct ew_doc *ew_view_progress(const struct ew_course *course, const struct ew_lesson *lesson,
				const struct ew_progress_log *progress)
{
	struct ew_doc *doc = ew_doc_new("exitwalk.progress/1");
	struct ew_group *g = ew_doc_root(doc);

	if (lesson) {
		ew_doc_text(ew_doc_heading(g, 1), EW_ROLE_STRONG, "lesson", lesson->slug);
		add_step_rows(ew_doc_table(g, "steps"), lesson, progress);
	} else {
		add_lesson_rows(ew_doc_table(g, "lessons"), course, progress);
	}
	return doc;
}

/* ---- lesson check ---------------------------------------------------------------------------- */

static void add_finding(struct ew_table *t, const struct ew_view_findings *v,
			const struct ew_finding *f)
{
	static const enum ew_role roles[] = {
		[EW_FINDING_PASS] = EW_ROLE_GOOD,
		[EW_FINDING_WARN] = EW_ROLE_WARNING,
		[EW_FINDING_FAIL] = EW_ROLE_BAD,
	};
	static const char *const grades[] = {"pass", "warn", "fail"};
	struct ew_block *b = ew_table_row(t);

	ew_doc_text(b, EW_ROLE_HIDDEN, "file", v->lesson->file);
	ew_doc_text(b, roles[f->grade], "grade", grades[f->grade]);
	ew_doc_text(b, EW_ROLE_PLAIN, "step", f->step);
	ew_doc_textf(b, EW_ROLE_FAINT, NULL, ":%d", f->line);
	ew_doc_int(b, EW_ROLE_HIDDEN, "line", f->line);
	ew_doc_text(b, EW_ROLE_PLAIN, "what", f->what);
	ew_doc_text(b, roles[f->grade], "verdict", f->verdict);
	ew_doc_place(b, "place", &f->place);
	ew_doc_text(b, EW_ROLE_PLAIN, "text", f->text);
	if (f->why)
		ew_doc_say(b, "  ");
	ew_doc_text(b, EW_ROLE_FAINT, NULL, f->why);
	ew_doc_text(b, EW_ROLE_HIDDEN, "why", f->why);
}

static void add_verdicts(struct ew_group *g, const struct ew_view_findings *v, bool all)
{
	int counts[3] = {0};
	struct ew_block *b = ew_doc_heading(g, 2);
	struct ew_table *t = NULL;

	ew_doc_text(b, EW_ROLE_STRONG, "lesson", v->lesson->slug);
	ew_doc_say(b, " on Linux ");
	ew_doc_text(b, EW_ROLE_PLAIN, "release", v->about->release);
	for (guint i = 0; i < v->findings->len; i++) {
		const struct ew_finding *f = v->findings->pdata[i];

		counts[f->grade]++;
		if (f->grade == EW_FINDING_PASS && !all)
			continue;
		if (!t) {
			t = ew_doc_table(g, "findings");
			ew_table_column(t, "grade", "", EW_ALIGN_LEFT);
			ew_table_column(t, "step", "step:line", EW_ALIGN_LEFT);
			ew_table_column(t, "what", "what", EW_ALIGN_LEFT);
			ew_table_column(t, "verdict", "verdict", EW_ALIGN_LEFT);
			ew_table_column(t, "place", "place", EW_ALIGN_LEFT);
			ew_table_column(t, "text", "", EW_ALIGN_LEFT);
		}
		add_finding(t, v, f);
	}
	b = ew_doc_paragraph(g);
	ew_doc_int(b, EW_ROLE_GOOD, "pass", counts[EW_FINDING_PASS]);
	ew_doc_say(b, " pass, ");
	ew_doc_int(b, EW_ROLE_WARNING, "warn", counts[EW_FINDING_WARN]);
	ew_doc_say(b, " warn, ");
	ew_doc_int(b, EW_ROLE_BAD, "fail", counts[EW_FINDING_FAIL]);
	ew_doc_say(b, " fail");
}

struct ew_doc *ew_view_lesson_check(const GArray *findings, bool all)
{
	struct ew_doc *doc = ew_doc_new("exitwalk.lesson-check/1");
	struct ew_list *list = ew_doc_list(ew_doc_root(doc), "lessons", EW_LIST_PLAIN);

	for (guint i = 0; i < findings->len; i++)
		add_verdicts(ew_list_entry(list),
			     &g_array_index(findings, struct ew_view_findings, i), all);
	return doc;
}

struct ew_doc *ew_view_lesson_accepted(const GPtrArray *changes, const GPtrArray *files, int left)
{
	struct ew_doc *doc = ew_doc_new("exitwalk.lesson-accept/1");
	struct ew_group *g = ew_doc_root(doc);
	struct ew_list *list = ew_doc_list(g, "changes", EW_LIST_PLAIN);
	struct ew_block *b;

	for (guint i = 0; i < changes->len; i++)
		ew_doc_text(ew_doc_item(ew_list_entry(list), 0), EW_ROLE_PLAIN, "change",
			    changes->pdata[i]);
	for (guint i = 0; i < files->len; i++) {
		b = ew_doc_item(g, 0);
		ew_doc_say(b, "written: ");
		ew_doc_say(b, files->pdata[i]);
	}
	b = ew_doc_paragraph(g);
	ew_doc_int(b, EW_ROLE_HIDDEN, "left", left);
	if (left)
		ew_doc_textf(b, EW_ROLE_WARNING, NULL,
			     "%d anchor%s not accepted: only a single place can be.", left,
			     left == 1 ? " was" : "s were");
	else if (!changes->len)
		ew_doc_say(b, "Nothing has changed.");
	return doc;
}
