/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A lesson's steps as documents: prose, the code at its anchors, the walk, questions. */
#include "view/lesson_walk.h"
#include "view/view.h"
#include <string.h>

/* ---- anchors --------------------------------------------------------------------------------- */

static bool add_place(struct ew_group *g, const struct ew_view_lesson *v,
		      const struct ew_anchor_place *p, GError **error)
{
	int points[] = {p->place.line, 0};
	struct ew_view_source source = {
		.file = p->place.file,
		.first_line = p->first_line,
		.last_line = p->last_line,
		.points = points,
		.function = p->symbol->kind == EW_SYMBOL_FUNCTION ? p->symbol : NULL,
	};

	return ew_view_source(g, "source", v->q, &source, error) != NULL;
}

/* What the reader is told of the verdict; nothing where all is as accepted. */
static void say_verdict(struct ew_group *g, const struct ew_judged *j)
{
	struct ew_block *b = ew_doc_item(g, 0);

	ew_doc_text(b, EW_ROLE_HIDDEN, "verdict", ew_verdict_name(j->verdict));
	if (!j->why || j->is_new)
		return;
	b = ew_doc_note(g, EW_ROLE_WARNING);
	ew_doc_sayf(b, "%s: %s.", ew_verdict_name(j->verdict), j->why);
}

static bool add_anchor(struct ew_group *g, const struct ew_view_lesson *v,
		       const struct ew_anchor_block *anchor, GError **error)
{
	ew_auto(judged) j = NULL;
	struct ew_block *b;

	if (!v->q) {
		b = ew_doc_note(g, EW_ROLE_FAINT);
		ew_doc_sayf(b, "(%s at %s: no index, no source)", anchor->in,
			    anchor->at ? anchor->at : "def");
		return true;
	}
	j = ew_anchor_judge(v->q, anchor, v->lock, error);
	if (!j)
		return false;
	if (j->verdict == EW_VERDICT_LOST) {
		b = ew_doc_paragraph(g);
		ew_doc_text(b, EW_ROLE_FAINT, NULL, "(");
		ew_doc_text(b, EW_ROLE_CODE, "in", anchor->in);
		ew_doc_text(b, EW_ROLE_FAINT, NULL, ")");
	}
	say_verdict(g, j);
	for (guint i = 0; i < j->places->len; i++)
		if (!add_place(g, v, j->places->pdata[i], error))
			return false;
	return true;
}

/* ---- walks ----------------------------------------------------------------------------------- */

/* A walk that the index does not prove is not drawn. */
static bool add_path(struct ew_group *g, const struct ew_view_lesson *v,
		     const struct ew_walk_mark *walk, GError **error)
{
	g_autoptr(GError) own = NULL;
	g_autoptr(GPtrArray) legs = v->q ? ew_lesson_walk(v->q, walk, &own) : NULL;

	if (legs) {
		ew_view_lesson_walk(g, legs, walk->at);
		return true;
	}
	if (own && !g_error_matches(own, EW_ERROR, EW_ERROR_NO_ANSWER) &&
	    !g_error_matches(own, EW_ERROR, EW_ERROR_USAGE)) {
		g_propagate_error(error, g_steal_pointer(&own));
		return false;
	}
	if (own)
		ew_doc_sayf(ew_doc_note(g, EW_ROLE_WARNING),
			    "The walk from %s to %s is not proved: %s", walk->from, walk->to,
			    own->message);
	return true;
}

/* ---- questions ------------------------------------------------------------------------------- */

static void add_markdown(struct ew_group *g, const char *key, const char *text)
{
	if (!text)
		return;
	ew_doc_text(ew_doc_item(g, 0), EW_ROLE_HIDDEN, key, text);
	ew_view_markdown(g, text);
}

static void add_question(struct ew_group *g, const struct ew_quiz *quiz)
{
	struct ew_block *b = ew_doc_paragraph(g);
	struct ew_list *list;

	ew_doc_text(b, EW_ROLE_STRONG, NULL, "Question");
	ew_doc_text(b, EW_ROLE_HIDDEN, "quiz", quiz->id);
	add_markdown(g, "ask", quiz->ask);
	list = ew_doc_list(g, "choices", EW_LIST_PLAIN);
	for (guint i = 0; i < quiz->choices->len; i++) {
		b = ew_doc_item(ew_list_entry(list), 2);
		ew_doc_textf(b, EW_ROLE_STRONG, "letter", "%c", 'a' + (int)i);
		ew_doc_say(b, "  ");
		ew_doc_text(b, EW_ROLE_PLAIN, "text", quiz->choices->pdata[i]);
	}
}

static const char *answer_form(const struct ew_quiz *quiz)
{
	static const char *const forms[] = {
		[EW_QUIZ_CHOICE] = "quiz LETTER",
		[EW_QUIZ_NUMBER] = "quiz NUMBER",
		[EW_QUIZ_SYMBOL] = "quiz NAME",
	};

	return forms[quiz->kind];
}

static void say_how_to_answer(struct ew_group *g, const struct ew_quiz *quiz)
{
	struct ew_block *b = ew_doc_item(g, 2);

	ew_doc_text(b, EW_ROLE_FAINT, NULL, "Answer with ");
	ew_doc_text(b, EW_ROLE_COMMAND, NULL, answer_form(quiz));
	ew_doc_text(b, EW_ROLE_FAINT, NULL, "; ");
	ew_doc_text(b, EW_ROLE_COMMAND, NULL, "hint");
	ew_doc_text(b, EW_ROLE_FAINT, NULL, " helps.");
}

/* One word a prediction, in their order; what the words can be is said once. */
static void say_how_to_predict(struct ew_block *b, const struct ew_lesson_live *live)
{
	static const struct {
		const char *word, *choices;
	} kinds[] = {{"STATE", "ESTABLISHED, FIN_WAIT2, CLOSE_WAIT, gone …"},
		     {"PACKET", "FIN, RST or nothing"},
		     {"CLOSED", "yes, rude, late or no"}};
	bool is_told[G_N_ELEMENTS(kinds)] = {false};
	g_autoptr(GString) form = g_string_new("quiz");

	for (guint i = 0; i < live->predictions->len; i++) {
		const struct ew_prediction *p = live->predictions->pdata[i];
		int kind = !strcmp(p->side, "packets") ? 1 : !strcmp(p->side, "closed") ? 2 : 0;

		is_told[kind] = true;
		g_string_append_printf(form, " %s", kinds[kind].word);
	}
	ew_doc_text(b, EW_ROLE_COMMAND, NULL, "quiz");
	ew_doc_say(b, " asks, and then the experiment runs; or answer at once, with ");
	ew_doc_text(b, EW_ROLE_COMMAND, NULL, form->str);
	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (is_told[i])
			ew_doc_sayf(b, "; %s is %s", kinds[i].word, kinds[i].choices);
	ew_doc_say(b, ".");
}

static void add_live(struct ew_group *g, const struct ew_view_lesson *v,
		     const struct ew_lesson_live *live)
{
	struct ew_block *b = ew_doc_paragraph(g);
	struct ew_list *list;

	ew_doc_text(b, EW_ROLE_STRONG, NULL, "Predict");
	ew_doc_text(b, EW_ROLE_HIDDEN, "experiment", live->experiment);
	list = ew_doc_list(g, "predictions", EW_LIST_NUMBERS);
	for (guint i = 0; i < live->predictions->len; i++) {
		const struct ew_prediction *p = live->predictions->pdata[i];

		b = ew_doc_item(ew_list_entry(list), 0);
		ew_doc_text(b, EW_ROLE_HIDDEN, "side", p->side);
		ew_doc_text(b, EW_ROLE_PLAIN, "ask", p->ask);
	}
	b = ew_doc_paragraph(g);
	if (v->is_guided) {
		say_how_to_predict(b, live);
	} else {
		ew_doc_say(b, "See it with ");
		ew_doc_textf(b, EW_ROLE_COMMAND, NULL, "exitwalk live %s", live->experiment);
		ew_doc_say(b, ".");
	}
}

static void add_claim(struct ew_group *g, const struct ew_claim *claim)
{
	struct ew_group *inner = ew_doc_group(g, "claim", 2);
	struct ew_block *b = ew_doc_paragraph(inner);

	ew_doc_text(b, EW_ROLE_FAINT, NULL, claim->found ? "One reads (" : "One hears");
	ew_doc_text(b, EW_ROLE_FAINT, "found", claim->found);
	ew_doc_text(b, EW_ROLE_FAINT, NULL, claim->found ? "): " : ": ");
	ew_doc_text(b, EW_ROLE_EMPHASIS, "says", claim->says);
	b = ew_doc_item(inner, 0);
	ew_doc_say(b, "That is ");
	ew_doc_text(b, strcmp(claim->verdict, "true") == 0 ? EW_ROLE_GOOD : EW_ROLE_WARNING,
		    "verdict", claim->verdict);
	ew_doc_say(b, ".");
	add_markdown(inner, "because", claim->because);
}

/* ---- steps ----------------------------------------------------------------------------------- */

/* For programs: the words of prose, a line a paragraph. */
static void add_plain(struct ew_group *g, const GPtrArray *prose)
{
	GString *text = g_string_new(NULL);

	for (guint i = 0; i < prose->len; i++) {
		const struct ew_prose *p = prose->pdata[i];

		if (i)
			g_string_append_c(text, '\n');
		for (guint j = 0; j < p->spans->len; j++)
			g_string_append(text, ((struct ew_prose_span *)p->spans->pdata[j])->text);
	}
	ew_doc_text(ew_doc_item(g, 0), EW_ROLE_HIDDEN, "prose", text->str);
	g_string_free(text, TRUE);
}

static bool add_block(struct ew_group *g, const struct ew_view_lesson *v,
		      const struct ew_lesson_block *block, GError **error)
{
	switch (block->kind) {
	case EW_LESSON_PROSE:
		add_plain(g, block->prose);
		ew_view_prose(g, block->prose);
		return true;
	case EW_LESSON_ANCHOR:
		return add_anchor(g, v, block->anchor, error);
	case EW_LESSON_PATH:
		return add_path(g, v, block->path, error);
	case EW_LESSON_QUIZ:
		add_question(g, block->quiz);
		if (v->is_guided)
			say_how_to_answer(g, block->quiz);
		return true;
	case EW_LESSON_LIVE:
		add_live(g, v, block->live);
		return true;
	case EW_LESSON_CLAIM:
		add_claim(g, block->claim);
		return true;
	case EW_LESSON_HINT:  /* when asked for */
	case EW_LESSON_CHECK: /* `lesson check` shows them */
	case EW_LESSON_NOTE:  /* the teacher's */
		return true;
	}
	return true;
}

static bool add_step(struct ew_group *g, const struct ew_view_lesson *v, int position,
		     GError **error)
{
	const struct ew_lesson_step *step = v->lesson->steps->pdata[position];
	struct ew_block *b = ew_doc_heading(g, 1);
	struct ew_list *list;

	ew_doc_textf(b, EW_ROLE_FAINT, NULL, "%d/%u  ", position + 1, v->lesson->steps->len);
	ew_doc_text(b, EW_ROLE_STRONG, "title", step->title);
	ew_doc_text(b, EW_ROLE_HIDDEN, "step", step->slug);
	list = ew_doc_list(g, "blocks", EW_LIST_PLAIN);
	for (guint i = 0; i < step->blocks->len; i++)
		if (!add_block(ew_list_entry(list), v, step->blocks->pdata[i], error))
			return false;
	return true;
}

static struct ew_doc *lesson_doc(const struct ew_view_lesson *v)
{
	struct ew_doc *doc = ew_doc_new("exitwalk.lesson/1");
	struct ew_block *b = ew_doc_item(ew_doc_root(doc), 0);

	ew_doc_text(b, EW_ROLE_HIDDEN, "lesson", v->lesson->slug);
	return doc;
}

struct ew_doc *ew_view_lesson_step(const struct ew_view_lesson *v, int position, GError **error)
{
	ew_auto(doc) doc = lesson_doc(v);
	struct ew_group *g = ew_doc_root(doc);
	bool is_last = position + 1 == (int)v->lesson->steps->len;
	struct ew_block *b;

	if (!add_step(g, v, position, error))
		return NULL;
	if (v->is_guided) {
		b = ew_doc_paragraph(g);
		ew_doc_text(b, EW_ROLE_COMMAND, NULL, is_last ? "progress" : "next");
		ew_doc_text(b, EW_ROLE_FAINT, NULL,
			    is_last ? " shows what you did; this was the last step."
				    : " goes on; prev, where, hint, quiz, go STEP, show, why …");
	}
	return g_steal_pointer(&doc);
}

static void add_sources(struct ew_group *g, const struct ew_lesson *lesson)
{
	struct ew_list *list;

	if (!lesson->sources->len)
		return;
	ew_doc_say(ew_doc_heading(g, 2), "Sources");
	list = ew_doc_list(g, "sources", EW_LIST_BULLETS);
	for (guint i = 0; i < lesson->sources->len; i++)
		ew_doc_text(ew_doc_item(ew_list_entry(list), 0), EW_ROLE_PLAIN, "source",
			    lesson->sources->pdata[i]);
}

struct ew_doc *ew_view_lesson_whole(const struct ew_view_lesson *v, GError **error)
{
	ew_auto(doc) doc = lesson_doc(v);
	struct ew_group *g = ew_doc_root(doc);
	struct ew_list *list;

	ew_doc_text(ew_doc_heading(g, 1), EW_ROLE_STRONG, "title", v->lesson->title);
	list = ew_doc_list(g, "steps", EW_LIST_PLAIN);
	for (guint i = 0; i < v->lesson->steps->len; i++)
		if (!add_step(ew_list_entry(list), v, (int)i, error))
			return NULL;
	add_sources(g, v->lesson);
	if (v->q)
		ew_view_provenance(g, v->q);
	return g_steal_pointer(&doc);
}

/* ---- where we are ---------------------------------------------------------------------------- */

/* The function that the step is about: that of its path block. */
static const struct ew_walk_mark *mark_of(const struct ew_lesson_step *step)
{
	for (guint i = 0; i < step->blocks->len; i++) {
		const struct ew_lesson_block *b = step->blocks->pdata[i];

		if (b->kind == EW_LESSON_PATH && b->path->at)
			return b->path;
	}
	return NULL;
}

/* Of this step, or of the last before it that says so. */
static const struct ew_walk_mark *last_mark(const struct ew_lesson *lesson, int position)
{
	const struct ew_walk_mark *mark = NULL;

	for (; position >= 0 && !mark; position--)
		mark = mark_of(lesson->steps->pdata[position]);
	return mark;
}

static void add_outline(struct ew_group *g, const struct ew_view_lesson *v, int position)
{
	struct ew_list *list = ew_doc_list(g, "steps", EW_LIST_PLAIN);

	for (guint i = 0; i < v->lesson->steps->len; i++) {
		const struct ew_lesson_step *step = v->lesson->steps->pdata[i];
		struct ew_score s = {0};
		struct ew_block *b = ew_doc_item(ew_list_entry(list), 0);

		if (v->progress)
			s = ew_progress_step_score(v->progress, v->lesson, step);
		ew_doc_text(b, EW_ROLE_BAD, NULL, (int)i == position ? "▶ " : "  ");
		ew_doc_textf(b, EW_ROLE_FAINT, NULL, "%2u  ", i + 1);
		ew_doc_text(b, (int)i == position ? EW_ROLE_STRONG : EW_ROLE_PLAIN, "title",
			    step->title);
		ew_doc_say(b, "  ");
		ew_doc_text(b, EW_ROLE_FAINT, "step", step->slug);
		ew_doc_bool(b, EW_ROLE_FAINT, "seen", s.seen, "  seen", NULL);
		if (s.passed && s.passed < s.quizzes)
			ew_doc_textf(b, EW_ROLE_GOOD, NULL, "  %d of %d", s.passed, s.quizzes);
		ew_doc_bool(b, EW_ROLE_GOOD, "passed", s.passed && s.passed == s.quizzes,
			    "  answered", NULL);
		ew_doc_bool(b, EW_ROLE_HIDDEN, "here", (int)i == position, NULL, NULL);
	}
}

struct ew_doc *ew_view_lesson_where(const struct ew_view_lesson *v, int position, GError **error)
{
	ew_auto(doc) doc = lesson_doc(v);
	struct ew_group *g = ew_doc_root(doc);
	const struct ew_walk_mark *mark = last_mark(v->lesson, position);
	struct ew_walk_mark whole = v->lesson->walk;

	ew_doc_text(ew_doc_heading(g, 1), EW_ROLE_STRONG, "title", v->lesson->title);
	add_outline(g, v, position);
	if (mark && !add_path(g, v, mark, error))
		return NULL;
	if (!mark && whole.from && !add_path(g, v, &whole, error))
		return NULL;
	return g_steal_pointer(&doc);
}

/* ---- answers --------------------------------------------------------------------------------- */

struct ew_doc *ew_view_lesson_quiz(const struct ew_quiz *quiz)
{
	struct ew_doc *doc = ew_doc_new("exitwalk.quiz/1");
	struct ew_group *g = ew_doc_root(doc);

	if (quiz) {
		add_question(g, quiz);
		say_how_to_answer(g, quiz);
	} else {
		ew_doc_say(ew_doc_paragraph(g), "This step asks nothing.");
	}
	return doc;
}

static void add_outcome(struct ew_block *b, const struct ew_grade *grade)
{
	ew_doc_bool(b, grade->is_right ? EW_ROLE_GOOD : EW_ROLE_BAD, "right", grade->is_right,
		    "Right", "Not so");
	ew_doc_say(b, ": ");
	ew_doc_text(b, EW_ROLE_STRONG, "expected", grade->expected);
}

struct ew_doc *ew_view_lesson_grade(const struct ew_quiz *quiz, const struct ew_grade *grade)
{
	struct ew_doc *doc = ew_doc_new("exitwalk.grade/1");
	struct ew_group *g = ew_doc_root(doc);
	struct ew_block *b = ew_doc_paragraph(g);

	ew_doc_text(b, EW_ROLE_HIDDEN, "quiz", quiz->id);
	if (grade->is_right) {
		add_outcome(b, grade);
		add_markdown(g, "because", grade->because);
	} else {
		/* A wrong answer does not give the right one away. */
		ew_doc_bool(b, EW_ROLE_BAD, "right", false, NULL, "Not so.");
		ew_doc_say(b, " Look again; ");
		ew_doc_text(b, EW_ROLE_COMMAND, NULL, "hint");
		ew_doc_say(b, " helps.");
	}
	return doc;
}

struct ew_doc *ew_view_lesson_hint(const GPtrArray *prose)
{
	struct ew_doc *doc = ew_doc_new("exitwalk.hint/1");
	struct ew_group *g = ew_doc_root(doc);

	if (prose)
		ew_view_prose(g, prose);
	else
		ew_doc_say(ew_doc_paragraph(g), "There is no further hint.");
	ew_doc_bool(ew_doc_item(g, 0), EW_ROLE_HIDDEN, "hint", prose != NULL, NULL, NULL);
	return doc;
}
