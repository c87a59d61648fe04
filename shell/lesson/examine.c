/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Everything in a lesson that an index can confirm or refute: what `lesson check` shows. */
#include "lesson/internal.h"
#include "lesson/words.h"
#include "kbuild/kbuild.h"
#include "live/live.h"

#include <string.h>

struct examine {
	struct ew_query *q;
	const struct ew_lesson *lesson;
	const struct ew_lock *lock;
	const char *const *first;
	const char *step;
	GPtrArray *findings;
	GHashTable *outside; /* files that were told */
};

static void finding_free(void *data)
{
	struct ew_finding *f = data;

	g_free(f->text);
	g_free(f->why);
	g_free(f);
}

static struct ew_finding *add_finding(struct examine *x, const char *what, int line, char *text)
{
	struct ew_finding *f = g_new0(struct ew_finding, 1);

	f->step = x->step;
	f->what = what;
	f->line = line;
	f->text = text;
	g_ptr_array_add(x->findings, f);
	return f;
}

static void grade(struct ew_finding *f, bool ok, const char *yes, const char *no, char *why)
{
	f->grade = ok ? EW_FINDING_PASS : EW_FINDING_FAIL;
	f->verdict = ok ? yes : no;
	f->why = why;
}

/* ---- each kind ------------------------------------------------------------------------------- */

/* Lost and ambiguous anchors fail where a person has accepted the release; elsewhere they warn. */
static enum ew_finding_grade grade_of(const struct examine *x, enum ew_verdict verdict)
{
	bool is_supported = x->lock && !ew_lock_is_absent(x->lock);

	if (verdict == EW_VERDICT_EXACT || verdict == EW_VERDICT_MOVED)
		return EW_FINDING_PASS;
	if (verdict == EW_VERDICT_AMBIGUOUS || (verdict == EW_VERDICT_LOST && is_supported))
		return EW_FINDING_FAIL;
	return EW_FINDING_WARN;
}

/* A unit that is not among those that are indexed before the first step is shown. Headers come with the units
 * that read them. */
static void examine_place(struct examine *x, const struct ew_place *place, int line)
{
	struct ew_finding *f;

	if (!x->first || !place->file || !g_str_has_suffix(place->file, ".c"))
		return;
	for (const char *const *pattern = x->first; *pattern; pattern++)
		if (ew_kbuild_matches(*pattern, place->file))
			return;
	if (!g_hash_table_add(x->outside, g_strdup(place->file)))
		return;
	f = add_finding(x, "unit", line, g_strdup(place->file));
	f->grade = EW_FINDING_WARN;
	f->verdict = "not first";
	f->why = g_strdup("the scope `lesson` does not hold it, so it is missing until all is indexed");
	f->place = *place;
}

static bool examine_anchor(struct examine *x, const struct ew_lesson_block *b, GError **error)
{
	const struct ew_anchor_block *a = b->anchor;
	ew_auto(judged) j = ew_anchor_judge(x->q, a, x->lock, error);
	struct ew_finding *f;

	if (!j)
		return false;
	f = add_finding(x, "anchor", b->line,
			g_strdup_printf("in %s at %s", a->in, a->at ? a->at : "def"));
	f->grade = grade_of(x, j->verdict);
	f->verdict = j->is_new ? "new" : ew_verdict_name(j->verdict);
	f->why = g_strdup(j->why);
	if (j->places->len)
		f->place = ((struct ew_anchor_place *)j->places->pdata[0])->place;
	for (guint i = 0; i < j->places->len; i++)
		examine_place(x, &((struct ew_anchor_place *)j->places->pdata[i])->place, b->line);
	return true;
}

static bool examine_fact(struct examine *x, const char *what, const struct ew_check_fact *fact,
			 GError **error)
{
	g_autoptr(GError) own = NULL;
	char *why = NULL;
	bool holds = ew_lesson_check(x->q, fact->text, &why, &own);

	if (own) {
		g_propagate_error(error, g_steal_pointer(&own));
		return false;
	}
	grade(add_finding(x, what, fact->line, g_strdup(fact->text)), holds, "holds",
	      "does not hold", why);
	return true;
}

static bool examine_facts(struct examine *x, const char *what, const GPtrArray *facts,
			  GError **error)
{
	for (guint i = 0; i < facts->len; i++)
		if (!examine_fact(x, what, facts->pdata[i], error))
			return false;
	return true;
}

static void examine_quiz(struct examine *x, const struct ew_lesson_block *b)
{
	g_autoptr(GError) own = NULL;
	g_autoptr(GPtrArray) answers = NULL;

	if (!b->quiz->is_question)
		return;
	answers = ew_lesson_solve(x->q, x->lesson, b->quiz->answer, &own);
	grade(add_finding(x, "quiz", b->line, g_strdup(b->quiz->answer)), answers != NULL, "solved",
	      "unsolved", g_strdup(own ? own->message : NULL));
}

/* Does one of the alternatives of `at` stand on the walk? */
static bool stands_on(const GPtrArray *legs, const char *at)
{
	g_auto(GStrv) names = g_strsplit(at, "|", -1);

	for (char **name = names; *name; name++) {
		g_strstrip(*name);
		for (guint i = 0; i < legs->len; i++)
			if (ew_path_passes(legs->pdata[i], *name))
				return true;
	}
	return false;
}

/* The functions on the way, and what proves that it leads to them. */
static void examine_legs(struct examine *x, const GPtrArray *legs, int line)
{
	for (guint i = 0; legs && i < legs->len; i++) {
		const struct ew_path *path = legs->pdata[i];

		for (guint j = 0; j < path->hops->len; j++) {
			const struct ew_edge *e = ((struct ew_hop *)path->hops->pdata[j])->edge;

			examine_place(x, &e->callee->place, line);
			examine_place(x, &e->site, line);
			examine_place(x, &e->store, line);
		}
		for (guint j = 0; path->binding_proof && j < path->binding_proof->len; j++)
			examine_place(x, &((struct ew_step *)path->binding_proof->pdata[j])->place, line);
	}
}

static void examine_path(struct examine *x, const struct ew_lesson_block *b)
{
	const struct ew_walk_mark *w = b->path;
	g_autoptr(GError) own = NULL;
	g_autoptr(GPtrArray) legs = ew_lesson_walk(x->q, w, &own);
	bool ok = legs && (!w->at || stands_on(legs, w->at));
	char *why = NULL;

	if (!legs)
		why = g_strdup(own->message);
	else if (!ok)
		why = g_strdup_printf("the walk does not pass through %s", w->at);
	grade(add_finding(x, "path", b->line,
			  g_strdup_printf("%s to %s%s%s", w->from, w->to, w->at ? " at " : "",
					  w->at ? w->at : "")),
	      ok, "proved", "not proved", why);
	examine_legs(x, legs, b->line);
}

static void examine_experiment(struct examine *x, const char *name, const GPtrArray *predictions,
			       int line)
{
	g_autofree char *file = ew_lesson_experiment(x->lesson, name);
	g_autoptr(GError) own = NULL;
	ew_auto(live_experiment) e = ew_live_load(file, &own);
	char *why = own ? g_strdup(own->message) : NULL;

	for (guint i = 0; e && !why && predictions && i < predictions->len; i++) {
		const struct ew_prediction *p = predictions->pdata[i];

		struct ew_live_prediction asked;

		if (!ew_live_prediction_of(e, p->side, &asked))
			why = g_strdup_printf("the experiment has no side `%s`", p->side);
		else if (!ew_live_prediction_applies(e, &asked))
			why = g_strdup_printf("of this experiment `%s` cannot be asked%s", p->side,
					      asked.ask == EW_LIVE_ASK_STATE ? ": nothing stands still in it; `end` can be" : "");
	}
	grade(add_finding(x, "live", line, g_strdup(name)), !why, "ready", "broken", why);
}

static bool examine_block(struct examine *x, const struct ew_lesson_block *b, GError **error)
{
	switch (b->kind) {
	case EW_LESSON_ANCHOR:
		return examine_anchor(x, b, error);
	case EW_LESSON_CHECK:
		return examine_facts(x, "check", b->facts, error);
	case EW_LESSON_CLAIM:
		if (b->claim->live)
			examine_experiment(x, b->claim->live, NULL, b->line);
		return examine_facts(x, "claim", b->claim->facts, error);
	case EW_LESSON_QUIZ:
		examine_quiz(x, b);
		return true;
	case EW_LESSON_PATH:
		examine_path(x, b);
		return true;
	case EW_LESSON_LIVE:
		examine_experiment(x, b->live->experiment, b->live->predictions, b->line);
		return true;
	default:
		return true;
	}
}

GPtrArray *ew_lesson_examine(struct ew_query *q, const struct ew_lesson *lesson,
			     const struct ew_lock *lock, const char *const *first, GError **error)
{
	g_autoptr(GPtrArray) findings = g_ptr_array_new_with_free_func(finding_free);
	g_autoptr(GHashTable) outside = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	struct examine x = {q, lesson, lock, first, NULL, findings, outside};

	for (guint i = 0; i < lesson->steps->len; i++) {
		const struct ew_lesson_step *step = lesson->steps->pdata[i];

		x.step = step->slug;
		for (guint j = 0; j < step->blocks->len; j++)
			if (!examine_block(&x, step->blocks->pdata[j], error))
				return NULL;
	}
	return g_steal_pointer(&findings);
}
