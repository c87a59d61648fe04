/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Facts that an index must hold, as checks and claims state them. */
#include "lesson/internal.h"
#include "lesson/words.h"

#include <string.h>

/* ---- words ----------------------------------------------------------------------------------- */

GStrv ew_words_split(const char *text)
{
	GPtrArray *words = g_ptr_array_new();
	const char *p = text, *end;

	for (;;) {
		p += strspn(p, " \t\n");
		if (!*p)
			break;
		if (*p == '"' && (end = strchr(p + 1, '"'))) {
			g_ptr_array_add(words, g_strndup(p + 1, (size_t)(end - p - 1)));
			p = end + 1;
			continue;
		}
		end = p + strcspn(p, " \t\n");
		g_ptr_array_add(words, g_strndup(p, (size_t)(end - p)));
		p = end;
	}
	g_ptr_array_add(words, NULL);
	return (GStrv)g_ptr_array_free(words, FALSE);
}

const struct ew_symbol *ew_words_function(struct ew_query *q, const char *name, GError **error)
{
	return ew_query_one(q, name, EW_SYMBOL_FUNCTION, error);
}

/* An index that does not know the answer is an honest no; anything else is passed on. */
static bool is_no(GError *own, char **why, GError **error)
{
	if (!own)
		return true;
	if (!g_error_matches(own, EW_ERROR, EW_ERROR_NO_ANSWER) &&
	    !g_error_matches(own, EW_ERROR, EW_ERROR_USAGE)) {
		g_propagate_error(error, own);
		return false;
	}
	if (why && !*why)
		*why = g_strdup(own->message);
	g_error_free(own);
	return true;
}

/* Both functions, or an honest no. */
static bool two_functions(struct ew_query *q, GStrv w, const struct ew_symbol **a,
			  const struct ew_symbol **b, char **why, GError **error)
{
	GError *own = NULL;

	*a = ew_words_function(q, w[1], &own);
	*b = *a ? ew_words_function(q, w[2], &own) : NULL;
	if (*b)
		return true;
	is_no(own, why, error);
	return false;
}

/* ---- the facts ------------------------------------------------------------------------------- */

static GPtrArray *edges_between(struct ew_query *q, GStrv w, char **why, GError **error)
{
	const struct ew_symbol *a, *b;
	GError *own = NULL;
	GPtrArray *edges;

	if (!two_functions(q, w, &a, &b, why, error))
		return NULL;
	edges = ew_query_edges_between(q, a, b, &own);
	if (!edges)
		is_no(own, why, error);
	return edges;
}

static bool check_calls(struct ew_query *q, GStrv w, char **why, GError **error)
{
	g_autoptr(GPtrArray) edges = edges_between(q, w, why, error);
	const char *slot = w[3] ? w[4] : NULL;

	for (guint i = 0; edges && i < edges->len; i++) {
		const struct ew_edge *e = edges->pdata[i];

		if (!slot || g_strcmp0(e->slot, slot) == 0)
			return true;
	}
	if (edges && edges->len && !*why)
		*why = g_strdup_printf("%s calls %s, but not through %s", w[1], w[2], slot);
	return false;
}

static bool check_defers(struct ew_query *q, GStrv w, char **why, GError **error)
{
	g_autoptr(GPtrArray) edges = edges_between(q, w, why, error);

	for (guint i = 0; edges && i < edges->len; i++) {
		const struct ew_edge *e = edges->pdata[i];

		if (w[3] ? g_strcmp0(e->when, w[3]) == 0 : g_strcmp0(e->when, "now") != 0)
			return true;
		if (!*why)
			*why = g_strdup_printf("%s runs %s %s", w[1], w[2], e->when);
	}
	return false;
}

static bool is_before(const struct ew_place *a, const struct ew_place *b)
{
	return a->line < b->line || (a->line == b->line && a->column < b->column);
}

static const struct ew_place *first_call(const GPtrArray *calls, const char *callee)
{
	const struct ew_place *first = NULL;

	for (guint i = 0; calls && i < calls->len; i++) {
		const struct ew_edge *e = calls->pdata[i];
		bool is_it = (e->callee && strcmp(e->callee->name, callee) == 0) ||
			     g_strcmp0(e->slot, callee) == 0;

		if (is_it && (!first || is_before(&e->site, first)))
			first = &e->site;
	}
	return first;
}

static bool check_order(struct ew_query *q, GStrv w, char **why, GError **error)
{
	GError *own = NULL;
	const struct ew_symbol *f = ew_words_function(q, w[1], &own);
	g_autoptr(GPtrArray) calls = f ? ew_query_calls_in(q, f) : NULL;
	const struct ew_place *before = NULL;

	if (!f) {
		is_no(own, why, error);
		return false;
	}
	for (int i = 2; w[i]; i++) {
		const struct ew_place *here = first_call(calls, w[i]);

		if (!here)
			*why = g_strdup_printf("%s does not call %s", w[1], w[i]);
		else if (before && !is_before(before, here))
			*why = g_strdup_printf("%s calls %s before %s", w[1], w[i], w[i - 1]);
		if (*why)
			return false;
		before = here;
	}
	return true;
}

static bool check_stores(struct ew_query *q, GStrv w, char **why, GError **error)
{
	GError *own = NULL;
	ew_auto(slot) slot = ew_query_slot(q, w[2], &own);

	if (!slot) {
		is_no(own, why, error);
		return false;
	}
	for (guint i = 0; i < slot->stores->len; i++) {
		const struct ew_slot_store *s = slot->stores->pdata[i];

		if (g_strcmp0(s->container, w[1]) != 0)
			continue;
		if (strcmp(s->function->name, w[3]) == 0)
			return true;
		g_free(*why);
		*why = g_strdup_printf("%s holds %s", w[1], s->function->name);
	}
	if (!*why)
		*why = g_strdup_printf("nothing is stored in %s of %s", w[2], w[1]);
	return false;
}

GPtrArray *ew_words_of_path(const struct ew_path *path)
{
	GPtrArray *names = g_ptr_array_new();

	for (guint i = 0; i < path->hops->len; i++) {
		const struct ew_hop *hop = path->hops->pdata[i];

		if (!i)
			g_ptr_array_add(names, (char *)hop->edge->caller->name);
		for (guint j = 0; hop->queued && hop->queued->way && j < hop->queued->way->len;
		     j++) {
			const struct ew_edge *e = hop->queued->way->pdata[j];

			if (e->callee)
				g_ptr_array_add(names, (char *)e->callee->name);
		}
		g_ptr_array_add(names, (char *)hop->edge->callee->name);
	}
	return names;
}

bool ew_path_passes(const struct ew_path *path, const char *function)
{
	g_autoptr(GPtrArray) names = ew_words_of_path(path);

	for (guint i = 0; i < names->len; i++)
		if (strcmp(names->pdata[i], function) == 0)
			return true;
	return false;
}

/* "path A B [as BINDING] [via F …]" */
static bool check_path(struct ew_query *q, GStrv w, char **why, GError **error)
{
	const struct ew_symbol *a, *b;
	const char *binding = NULL;
	GError *own = NULL;
	int i = 3;
	guint at = 0;

	if (!two_functions(q, w, &a, &b, why, error))
		return false;
	if (w[i] && strcmp(w[i], "as") == 0) {
		binding = w[i + 1];
		i += 2;
	}
	ew_auto(path) path = ew_query_path(q, a, b, binding, &own);
	if (!path) {
		is_no(own, why, error);
		return false;
	}
	g_autoptr(GPtrArray) names = ew_words_of_path(path);
	for (i += w[i] != NULL; w[i]; i++, at++) {
		while (at < names->len && strcmp(names->pdata[at], w[i]) != 0)
			at++;
		if (at >= names->len) {
			*why = g_strdup_printf("the path does not pass through %s there", w[i]);
			return false;
		}
	}
	return true;
}

static bool check_under(struct ew_query *q, GStrv w, char **why, GError **error)
{
	GError *own = NULL;
	const struct ew_symbol *f = ew_words_function(q, w[1], &own);
	g_autoptr(GPtrArray) calls = f ? ew_query_calls_in(q, f) : NULL;

	if (!f) {
		is_no(own, why, error);
		return false;
	}
	for (guint i = 0; calls && i < calls->len; i++) {
		const struct ew_edge *e = calls->pdata[i];
		bool is_it = (e->callee && strcmp(e->callee->name, w[2]) == 0) ||
			     g_strcmp0(e->slot, w[2]) == 0;

		if (is_it && e->condition && strstr(e->condition, w[3]))
			return true;
		if (is_it && !*why)
			*why = g_strdup_printf("%s calls %s under: %s", w[1], w[2],
					       e->condition ? e->condition : "no condition");
	}
	if (!*why)
		*why = g_strdup_printf("%s does not call %s", w[1], w[2]);
	return false;
}

/* ---- the table ------------------------------------------------------------------------------- */

static const struct fact_form {
	const char *verb, *form;
	int min, max;	   /* words after the verb; max -1: any number */
	const char *third; /* what the third must be where there are more, or NULL */
	bool (*check)(struct ew_query *q, GStrv words, char **why, GError **error);
} forms[] = {
	{"calls", "calls A B [through S.m]", 2, 4, "through", check_calls},
	{"order", "order F A B …", 3, -1, NULL, check_order},
	{"stores", "stores OBJECT S.m F", 3, 3, NULL, check_stores},
	{"defers", "defers A B [MECHANISM]", 2, 3, NULL, check_defers},
	{"path", "path A B [as BINDING] [via F …]", 2, -1, NULL, check_path},
	{"under", "under F A \"TEXT\"", 3, 3, NULL, check_under},
};

static bool has_form(const struct fact_form *f, GStrv w)
{
	int count = (int)g_strv_length(w) - 1;

	if (count < f->min || (f->max >= 0 && count > f->max))
		return false;
	if (f->third && count > 2 && (count != 4 || strcmp(w[3], f->third) != 0))
		return false;
	if (strcmp(f->verb, "path") == 0 && count > 2) {
		bool is_as = strcmp(w[3], "as") == 0, is_via = strcmp(w[3], "via") == 0;

		return (is_via && count > 3) ||
		       (is_as && (count == 4 || (count > 5 && strcmp(w[5], "via") == 0)));
	}
	return true;
}

static const struct fact_form *find_form(GStrv words, const char *fact, GError **error)
{
	for (size_t i = 0; i < G_N_ELEMENTS(forms); i++) {
		if (g_strcmp0(words[0], forms[i].verb) != 0)
			continue;
		if (has_form(&forms[i], words))
			return &forms[i];
		g_set_error(error, EW_ERROR, EW_ERROR_INPUT, "`%s` is not of the form `%s`", fact,
			    forms[i].form);
		return NULL;
	}
	g_set_error(error, EW_ERROR, EW_ERROR_INPUT,
		    "`%s` is no fact; it begins with calls, order, stores, defers, path or under",
		    fact);
	return NULL;
}

/* Split at bars that stand alone, outside quotes. */
static GPtrArray *split_alternatives(const char *fact)
{
	GPtrArray *parts = g_ptr_array_new_with_free_func(g_free);
	const char *start = fact, *p;
	bool quoted = false;

	for (p = fact; *p; p++) {
		quoted ^= *p == '"';
		if (*p == '|' && !quoted) {
			g_ptr_array_add(parts, g_strstrip(g_strndup(start, (size_t)(p - start))));
			start = p + 1;
		}
	}
	g_ptr_array_add(parts, g_strstrip(g_strdup(start)));
	return parts;
}

bool ew_lesson_check_is_valid(const char *fact, GError **error)
{
	g_autoptr(GPtrArray) parts = split_alternatives(fact);

	for (guint i = 0; i < parts->len; i++) {
		g_auto(GStrv) words = ew_words_split(parts->pdata[i]);

		if (!find_form(words, parts->pdata[i], error))
			return false;
	}
	return true;
}

bool ew_lesson_check(struct ew_query *q, const char *fact, char **why, GError **error)
{
	g_autoptr(GPtrArray) parts = split_alternatives(fact);
	g_autoptr(GError) own = NULL;
	char *reason = NULL;
	bool holds = false;

	for (guint i = 0; i < parts->len && !holds && !own; i++) {
		g_auto(GStrv) words = ew_words_split(parts->pdata[i]);
		const struct fact_form *form = find_form(words, parts->pdata[i], &own);

		g_clear_pointer(&reason, g_free);
		holds = form && form->check(q, words, &reason, &own);
	}
	if (own)
		g_propagate_error(error, g_steal_pointer(&own));
	if (holds || !why)
		g_clear_pointer(&reason, g_free);
	if (why)
		*why = reason;
	return holds;
}
