/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions to the index whose answers a quiz asks for, and the walk that they may be about. */
#include "lesson/internal.h"
#include "lesson/words.h"

#include <string.h>

/* ---- the walk -------------------------------------------------------------------------------- */

static void path_free(void *data)
{
	ew_path_free(data);
}

GPtrArray *ew_lesson_walk(struct ew_query *q, const struct ew_walk_mark *walk, GError **error)
{
	g_autofree char *line =
		g_strjoin(" ", walk->from, walk->via ? walk->via : "", walk->to, NULL);
	g_auto(GStrv) stops = ew_words_split(line);
	g_autoptr(GPtrArray) legs = g_ptr_array_new_with_free_func(path_free);

	for (int i = 0; stops[i + 1]; i++) {
		const struct ew_symbol *a = ew_words_function(q, stops[i], error);
		const struct ew_symbol *b = a ? ew_words_function(q, stops[i + 1], error) : NULL;
		struct ew_path *leg = b ? ew_query_path(q, a, b, walk->as, error) : NULL;

		if (!leg)
			return NULL;
		g_ptr_array_add(legs, leg);
	}
	return g_steal_pointer(&legs);
}

/* ---- answers --------------------------------------------------------------------------------- */

static void add_answer(GPtrArray *answers, const char *name)
{
	for (guint i = 0; i < answers->len; i++)
		if (strcmp(answers->pdata[i], name) == 0)
			return;
	g_ptr_array_add(answers, g_strdup(name));
}

static bool calls_directly(struct ew_query *q, const struct ew_symbol *a, const struct ew_symbol *b)
{
	g_autoptr(GPtrArray) edges = ew_query_edges_between(q, a, b, NULL);

	return edges && edges->len;
}

static bool solve_callers(struct ew_query *q, GStrv w, GPtrArray *answers, GError **error)
{
	struct ew_edge_options options = {0};
	const struct ew_symbol *f = ew_words_function(q, w[1], error), *within = NULL;
	g_autoptr(GPtrArray) edges = NULL;
	bool more;

	if (!f || (w[2] && !(within = ew_words_function(q, w[3], error))))
		return false;
	edges = ew_query_callers(q, f, &options, &more, error);
	for (guint i = 0; edges && i < edges->len; i++) {
		const struct ew_edge *e = edges->pdata[i];

		if (!within || strcmp(e->caller->name, within->name) == 0 ||
		    calls_directly(q, within, e->caller))
			add_answer(answers, e->caller->name);
	}
	return edges != NULL;
}

static bool solve_callees(struct ew_query *q, GStrv w, GPtrArray *answers, GError **error)
{
	struct ew_edge_options options = {0};
	const struct ew_symbol *f = ew_words_function(q, w[1], error), *calling = NULL;
	g_autoptr(GPtrArray) edges = NULL;
	bool more;

	if (!f || (w[2] && !(calling = ew_words_function(q, w[3], error))))
		return false;
	edges = ew_query_callees(q, f, &options, &more, error);
	for (guint i = 0; edges && i < edges->len; i++) {
		const struct ew_edge *e = edges->pdata[i];

		if (e->callee && (!calling || calls_directly(q, e->callee, calling)))
			add_answer(answers, e->callee->name);
	}
	return edges != NULL;
}

static bool solve_held(struct ew_query *q, GStrv w, GPtrArray *answers, GError **error)
{
	ew_auto(slot) slot = ew_query_slot(q, w[2], error);

	for (guint i = 0; slot && i < slot->stores->len; i++) {
		const struct ew_slot_store *s = slot->stores->pdata[i];

		if (g_strcmp0(s->container, w[1]) == 0)
			add_answer(answers, s->function->name);
	}
	return slot != NULL;
}

static GPtrArray *lesson_walk(struct ew_query *q, const struct ew_lesson *lesson, GError **error)
{
	if (lesson->walk.from)
		return ew_lesson_walk(q, &lesson->walk, error);
	g_set_error(error, EW_ERROR, EW_ERROR_INPUT,
		    "%s: the lesson names no walk; add `walk:` to its front matter", lesson->file);
	return NULL;
}

static bool solve_neighbour(struct ew_query *q, const struct ew_lesson *lesson, const char *name,
			    int step, GPtrArray *answers, GError **error)
{
	g_autoptr(GPtrArray) legs = lesson_walk(q, lesson, error);

	for (guint i = 0; legs && i < legs->len; i++) {
		g_autoptr(GPtrArray) names = ew_words_of_path(legs->pdata[i]);

		for (int j = 0; j < (int)names->len; j++)
			if (strcmp(names->pdata[j], name) == 0 && j + step >= 0 &&
			    j + step < (int)names->len)
				add_answer(answers, names->pdata[j + step]);
	}
	return legs != NULL;
}

static void add_number(GPtrArray *answers, guint number)
{
	g_ptr_array_add(answers, g_strdup_printf("%u", number));
}

static bool count_hops(struct ew_query *q, const struct ew_lesson *lesson, GPtrArray *answers,
		       GError **error)
{
	g_autoptr(GPtrArray) legs = lesson_walk(q, lesson, error);
	guint hops = 0;

	for (guint i = 0; legs && i < legs->len; i++)
		hops += ((struct ew_path *)legs->pdata[i])->hops->len;
	if (legs)
		add_number(answers, hops);
	return legs != NULL;
}

static bool solve_count(struct ew_query *q, const struct ew_lesson *lesson, GStrv w,
			GPtrArray *answers, GError **error)
{
	g_autoptr(GPtrArray) callers = NULL;

	if (strcmp(w[1], "hops") == 0)
		return count_hops(q, lesson, answers, error);
	if (strcmp(w[1], "callers") == 0) {
		callers = g_ptr_array_new_with_free_func(g_free);
		if (!solve_callers(q, (char *[]){w[1], w[2], NULL, NULL}, callers, error))
			return false;
		add_number(answers, callers->len);
		return true;
	}
	ew_auto(slot) slot = ew_query_slot(q, w[2], error);
	callers = g_ptr_array_new_with_free_func(g_free);
	for (guint i = 0; slot && i < slot->stores->len; i++)
		add_answer(callers,
			   ((struct ew_slot_store *)slot->stores->pdata[i])->function->name);
	if (slot)
		add_number(answers, callers->len);
	return slot != NULL;
}

/* ---- the forms ------------------------------------------------------------------------------- */

static const char *const verbs[] = {"callers", "callees", "held", "after", "before", "count", NULL};

bool ew_lesson_looks_like_question(const char *text)
{
	g_auto(GStrv) w = ew_words_split(text);

	return w[0] && w[1] && g_strv_contains(verbs, w[0]);
}

static bool is_relation(GStrv w, const char *word)
{
	guint n = g_strv_length(w);

	return n == 2 || (n == 4 && strcmp(w[2], word) == 0);
}

bool ew_lesson_question_is_valid(const char *question, GError **error)
{
	g_auto(GStrv) w = ew_words_split(question);
	guint n = g_strv_length(w);
	bool ok = false;

	if (n >= 2 && strcmp(w[0], "callers") == 0)
		ok = is_relation(w, "within");
	else if (n >= 2 && strcmp(w[0], "callees") == 0)
		ok = is_relation(w, "calling");
	else if (n >= 2 && strcmp(w[0], "held") == 0)
		ok = n == 3;
	else if (n >= 2 && (strcmp(w[0], "after") == 0 || strcmp(w[0], "before") == 0))
		ok = n == 2;
	else if (n >= 2 && strcmp(w[0], "count") == 0)
		ok = (n == 2 && strcmp(w[1], "hops") == 0) ||
		     (n == 3 && (strcmp(w[1], "callers") == 0 || strcmp(w[1], "stores") == 0));
	if (!ok)
		g_set_error(
			error, EW_ERROR, EW_ERROR_INPUT,
			"`%s` is no question; ask callers F [within A], callees F [calling G], "
			"held OBJECT S.m, after F, before F, count callers F, count stores S.m or "
			"count hops",
			question);
	return ok;
}

GPtrArray *ew_lesson_solve(struct ew_query *q, const struct ew_lesson *lesson, const char *question,
			   GError **error)
{
	g_auto(GStrv) w = ew_words_split(question);
	g_autoptr(GPtrArray) answers = g_ptr_array_new_with_free_func(g_free);
	bool ok;

	if (!ew_lesson_question_is_valid(question, error))
		return NULL;
	if (strcmp(w[0], "callers") == 0)
		ok = solve_callers(q, w, answers, error);
	else if (strcmp(w[0], "callees") == 0)
		ok = solve_callees(q, w, answers, error);
	else if (strcmp(w[0], "held") == 0)
		ok = solve_held(q, w, answers, error);
	else if (strcmp(w[0], "count") == 0)
		ok = solve_count(q, lesson, w, answers, error);
	else
		ok = solve_neighbour(q, lesson, w[1], strcmp(w[0], "after") == 0 ? 1 : -1, answers,
				     error);
	if (ok && !answers->len) {
		g_set_error(error, EW_ERROR, EW_ERROR_NO_ANSWER, "this index has no answer to `%s`",
			    question);
		ok = false;
	}
	return ok ? g_steal_pointer(&answers) : NULL;
}
