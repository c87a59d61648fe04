/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One learner in one lesson: where they are, what they answered, what is logged of it. */
#include "lesson/internal.h"
#include "live/live.h"

#include <stdlib.h>
#include <string.h>

struct ew_session {
	const struct ew_lesson *lesson;
	struct ew_query *q;
	struct ew_progress_log *progress;
	struct ew_lock *lock;
	guint at;
	GHashTable *seen; /* slugs logged in this session */
	int hints;	  /* given in this step */
};

static struct ew_lesson_step *step_at(const struct ew_lesson *lesson, guint i)
{
	return lesson->steps->pdata[i];
}

static guint first_unseen(const struct ew_lesson *lesson, const struct ew_progress_log *progress)
{
	for (guint i = 0; progress && i < lesson->steps->len; i++)
		if (!ew_progress_standing(progress, lesson->slug, step_at(lesson, i)->slug, NULL)
			     .is_seen)
			return i;
	return 0;
}

struct ew_session *ew_session_new(const struct ew_lesson *lesson, struct ew_query *q,
				  struct ew_progress_log *progress, GError **error)
{
	struct ew_lock *lock = NULL;
	struct ew_session *s;

	if (q) {
		lock = ew_lock_open(lesson->lock_dir, ew_query_about(q)->release, error);
		if (!lock)
			return NULL;
	}
	s = g_new0(struct ew_session, 1);
	s->lesson = lesson;
	s->q = q;
	s->progress = progress;
	s->at = first_unseen(lesson, progress);
	s->seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	s->lock = lock;
	return s;
}

void ew_session_renew(struct ew_session *s, struct ew_query *q)
{
	s->q = q;
}

void ew_session_free(struct ew_session *s)
{
	if (!s)
		return;
	ew_lock_close(s->lock);
	g_hash_table_unref(s->seen);
	g_free(s);
}

const struct ew_lock *ew_session_lock(const struct ew_session *s)
{
	return s->lock;
}

const struct ew_lesson_step *ew_session_step(const struct ew_session *s)
{
	return step_at(s->lesson, s->at);
}

int ew_session_position(const struct ew_session *s)
{
	return (int)s->at;
}

static void log_event(struct ew_session *s, enum ew_event event, const char *step, const char *item)
{
	if (s->progress)
		ew_progress_add(s->progress, event, s->lesson->slug, step, item, s->lesson->hash,
				s->q ? ew_query_about(s->q)->id : NULL);
}

/* ---- moving ---------------------------------------------------------------------------------- */

static void move_to(struct ew_session *s, guint at)
{
	s->at = at;
	s->hints = 0;
}

bool ew_session_next(struct ew_session *s)
{
	if (s->at + 1 >= s->lesson->steps->len)
		return false;
	move_to(s, s->at + 1);
	return true;
}

bool ew_session_prev(struct ew_session *s)
{
	if (!s->at)
		return false;
	move_to(s, s->at - 1);
	return true;
}

bool ew_session_go(struct ew_session *s, const char *step, GError **error)
{
	char *end;
	unsigned long number = strtoul(step, &end, 10);
	guint count = s->lesson->steps->len;
	GString *slugs;

	if (*step && !*end && number >= 1 && number <= count) {
		move_to(s, (guint)number - 1);
		return true;
	}
	for (guint i = 0; i < count; i++)
		if (strcmp(step_at(s->lesson, i)->slug, step) == 0) {
			move_to(s, i);
			return true;
		}
	slugs = g_string_new(NULL);
	for (guint i = 0; i < count; i++)
		g_string_append_printf(slugs, "%s%s", i ? ", " : "", step_at(s->lesson, i)->slug);
	g_set_error(error, EW_ERROR, EW_ERROR_USAGE,
		    "%s has no step `%.60s`; give a number from 1 to %u or one of: %s",
		    s->lesson->slug, step, count, slugs->str);
	g_string_free(slugs, TRUE);
	return false;
}

void ew_session_seen(struct ew_session *s)
{
	const char *slug = ew_session_step(s)->slug;

	if (g_hash_table_add(s->seen, g_strdup(slug)))
		log_event(s, EW_EVENT_SEEN, slug, NULL);
}

void ew_session_reset(struct ew_session *s, const char *step)
{
	log_event(s, EW_EVENT_RESET, step, NULL);
	g_hash_table_remove_all(s->seen);
}

/* ---- quizzes and hints ----------------------------------------------------------------------- */

static bool is_passed(const struct ew_session *s, const struct ew_quiz *quiz)
{
	return s->progress && ew_progress_standing(s->progress, s->lesson->slug,
						   ew_session_step(s)->slug, quiz->id)
				      .is_passed;
}

const struct ew_quiz *ew_session_quiz(const struct ew_session *s, const char *id)
{
	const GPtrArray *blocks = ew_session_step(s)->blocks;
	const struct ew_quiz *first = NULL;

	for (guint i = 0; i < blocks->len; i++) {
		const struct ew_lesson_block *b = blocks->pdata[i];

		if (b->kind != EW_LESSON_QUIZ || (id && strcmp(b->quiz->id, id) != 0))
			continue;
		if (id || !is_passed(s, b->quiz))
			return b->quiz;
		first = first ? first : b->quiz;
	}
	return first;
}

/* A hint belongs to the quiz before it; the current quiz's hints come first, and those of no quiz
 * always. */
const GPtrArray *ew_session_hint(struct ew_session *s)
{
	const GPtrArray *blocks = ew_session_step(s)->blocks;
	const struct ew_quiz *quiz = ew_session_quiz(s, NULL), *of = NULL;
	int found = 0;

	for (guint i = 0; i < blocks->len; i++) {
		const struct ew_lesson_block *b = blocks->pdata[i];

		if (b->kind == EW_LESSON_QUIZ)
			of = b->quiz;
		if (b->kind != EW_LESSON_HINT || (of && of != quiz))
			continue;
		if (found++ < s->hints)
			continue;
		s->hints++;
		log_event(s, EW_EVENT_HINT, ew_session_step(s)->slug, of ? of->id : NULL);
		return b->prose;
	}
	return NULL;
}

/* ---- grading --------------------------------------------------------------------------------- */

struct ew_grade *ew_grade_new(bool is_right, char *expected, const char *because)
{
	struct ew_grade *g = g_new0(struct ew_grade, 1);

	g->is_right = is_right;
	g->expected = expected;
	g->because = g_strdup(because);
	return g;
}

void ew_grade_free(struct ew_grade *g)
{
	if (!g)
		return;
	g_free(g->expected);
	g_free(g->because);
	g_free(g);
}

static struct ew_grade *grade_choice(const struct ew_quiz *quiz, const char *answer, GError **error)
{
	char last = (char)('a' + (int)quiz->choices->len - 1);
	char letter = g_ascii_tolower(answer[0]);

	if (!answer[0] || answer[1] || letter < 'a' || letter > last) {
		g_set_error(error, EW_ERROR, EW_ERROR_USAGE, "answer with a letter from a to %c",
			    last);
		return NULL;
	}
	return ew_grade_new(letter == quiz->answer[0], g_strdup(quiz->answer), quiz->because);
}

/* Every right answer as the quiz or the index has it. */
static GPtrArray *right_answers(const struct ew_session *s, const struct ew_quiz *quiz,
				GError **error)
{
	GPtrArray *answers;
	g_auto(GStrv) parts = NULL;

	if (quiz->is_question && !s->q) {
		g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
			    "the answer is looked up in an index, and there is none; make one with "
			    "`exitwalk index`");
		return NULL;
	}
	if (quiz->is_question)
		return ew_lesson_solve(s->q, s->lesson, quiz->answer, error);
	answers = g_ptr_array_new_with_free_func(g_free);
	parts = g_strsplit(quiz->answer, "|", -1);
	for (char **p = parts; *p; p++)
		g_ptr_array_add(answers, g_strdup(g_strstrip(*p)));
	return answers;
}

static char *join(const GPtrArray *answers)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < answers->len; i++)
		g_string_append_printf(text, "%s%s", i ? " or " : "", (char *)answers->pdata[i]);
	return g_string_free(text, FALSE);
}

/* "`fput()` " -> "fput" */
static char *bare_symbol(const char *answer)
{
	g_autofree char *text = g_strdup(answer);
	size_t length;

	g_strdelimit(text, "`*&;", ' ');
	g_strstrip(text);
	length = strlen(text);
	if (length > 2 && strcmp(text + length - 2, "()") == 0)
		text[length - 2] = '\0';
	return g_strdup(g_strstrip(text));
}

static struct ew_grade *grade_number(const struct ew_session *s, const struct ew_quiz *quiz,
				     const char *answer, GError **error)
{
	g_autoptr(GPtrArray) right = NULL;
	char *end;
	long long number = strtoll(answer, &end, 0);
	bool is_right = false;

	if (end == answer || *end) {
		g_set_error(error, EW_ERROR, EW_ERROR_USAGE, "answer with a number");
		return NULL;
	}
	right = right_answers(s, quiz, error);
	if (!right)
		return NULL;
	for (guint i = 0; i < right->len; i++)
		is_right |= strtoll(right->pdata[i], NULL, 0) == number;
	return ew_grade_new(is_right, join(right), quiz->because);
}

static struct ew_grade *grade_symbol(const struct ew_session *s, const struct ew_quiz *quiz,
				     const char *answer, GError **error)
{
	g_autoptr(GPtrArray) right = NULL;
	g_autofree char *symbol = bare_symbol(answer);
	bool is_right = false;

	if (!*symbol || strpbrk(symbol, " \t")) {
		g_set_error(error, EW_ERROR, EW_ERROR_USAGE, "answer with one name, such as fput");
		return NULL;
	}
	right = right_answers(s, quiz, error);
	if (!right)
		return NULL;
	for (guint i = 0; i < right->len; i++)
		is_right |= strcmp(right->pdata[i], symbol) == 0;
	return ew_grade_new(is_right, join(right), quiz->because);
}

struct ew_grade *ew_session_answer(struct ew_session *s, const struct ew_quiz *quiz,
				   const char *answer, GError **error)
{
	g_autofree char *text = g_strstrip(g_strdup(answer));
	struct ew_grade *grade;

	if (quiz->kind == EW_QUIZ_CHOICE)
		grade = grade_choice(quiz, text, error);
	else if (quiz->kind == EW_QUIZ_NUMBER)
		grade = grade_number(s, quiz, text, error);
	else
		grade = grade_symbol(s, quiz, text, error);
	if (grade)
		log_event(s, grade->is_right ? EW_EVENT_PASSED : EW_EVENT_FAILED,
			  ew_session_step(s)->slug, quiz->id);
	return grade;
}

/* ---- live ------------------------------------------------------------------------------------ */

const struct ew_lesson_live *ew_session_live(const struct ew_session *s)
{
	const GPtrArray *blocks = ew_session_step(s)->blocks;

	for (guint i = 0; i < blocks->len; i++) {
		const struct ew_lesson_block *b = blocks->pdata[i];

		if (b->kind == EW_LESSON_LIVE)
			return b->live;
	}
	return NULL;
}

char *ew_prediction_item(const struct ew_prediction *prediction)
{
	return g_strdelimit(g_strconcat("predict-", prediction->side, NULL), " ", '-');
}

struct ew_grade *ew_session_predicted(struct ew_session *s, const struct ew_prediction *prediction,
				      const char *answer, const struct ew_live_experiment *x,
				      const struct ew_live_result *result, GError **error)
{
	g_autofree char *item = ew_prediction_item(prediction);
	struct ew_live_prediction p;
	enum ew_live_grade outcome;
	const char *observed;

	if (!ew_live_prediction_of(x, prediction->side, &p)) {
		g_set_error(error, EW_ERROR, EW_ERROR_USAGE, "the experiment has no side `%s`",
			    prediction->side);
		return NULL;
	}
	if (!ew_live_prediction_parse(&p, answer)) {
		g_set_error(error, EW_ERROR, EW_ERROR_USAGE, "`%.40s`: %s", answer,
			    ew_live_prediction_choices(p.ask));
		return NULL;
	}
	outcome = ew_live_prediction_grade(x, result, &p, &observed);
	if (outcome == EW_LIVE_GRADE_UNKNOWN) {
		g_set_error(
			error, EW_ERROR, EW_ERROR_NO_ANSWER,
			"the run did not come to what was asked, so the prediction is not graded");
		return NULL;
	}
	log_event(s, outcome == EW_LIVE_GRADE_RIGHT ? EW_EVENT_PASSED : EW_EVENT_FAILED,
		  ew_session_step(s)->slug, item);
	return ew_grade_new(outcome == EW_LIVE_GRADE_RIGHT, g_strdup(observed),
			    NULL);
}
