/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Why a run went as it did: the deciding places that the experiment names, and the counters that moved,
 * each with the function that counts and its condition. Where an index is there, the lines of its
 * kernel stand below, found by anchors.
 */
#include "view/view_live.h"
#include <string.h>

/* Lines of a branch that are shown; of a longer one the statement and what is around it. */
#define BRANCH_MOST 16
#define AROUND	    "around 4"

struct explain {
	const struct ew_live_experiment *x;
	const struct ew_live_result *r;
	struct ew_query *q;	/* or NULL */
	GHashTable *shown;	/* places, so that each stands once */
	GError *error;
};

/* ---- lines ----------------------------------------------------------------------------------- */

/* The places of an anchor; an empty array where there is none. Of a counter's several places its own. */
static GPtrArray *find_places(struct explain *e, const char *function, const char *at,
			      const struct ew_live_counter *row, const char *show)
{
	g_autofree char *in = g_strconcat("function ", function, NULL);
	struct ew_anchor_spec spec = {.in = in, .at = at, .nth = row ? row->nth : 0,
				     .of = row ? row->of : 0, .show = show};
	g_autoptr(GError) own = NULL;
	GPtrArray *places = ew_query_anchor(e->q, &spec, &own);

	/* an `at` that is no anchor's word is a fragment of the source */
	if (!places && g_error_matches(own, EW_ERROR, EW_ERROR_INPUT) && at) {
		g_autofree char *like = g_strconcat("like ", at, NULL);

		g_clear_error(&own);
		spec.at = like;
		places = ew_query_anchor(e->q, &spec, &own);
	}
	if (!places && !g_error_matches(own, EW_ERROR, EW_ERROR_INPUT) && !e->error)
		g_propagate_error(&e->error, g_steal_pointer(&own));
	return places ? places : g_ptr_array_new();
}

static bool show_place(struct explain *e, struct ew_group *g, const struct ew_anchor_place *p)
{
	int points[] = {p->place.line, 0};
	struct ew_view_source source = {.file = p->place.file,
					.first_line = p->first_line,
					.last_line = p->last_line,
					.points = points,
					.function = p->symbol};
	char *key = g_strdup_printf("%s:%d", p->place.file, p->place.line);

	if (!g_hash_table_add(e->shown, key))
		return true;
	return ew_view_source(g, "source", e->q, &source, e->error ? NULL : &e->error) != NULL;
}

/* Why there is no line: an index of a part of a kernel has not all of its functions. */
static void say_absent(struct explain *e, struct ew_group *g, const char *function)
{
	g_autoptr(GPtrArray) places = find_places(e, function, "def", NULL, "line");
	struct ew_block *b = ew_doc_item(g, 2);

	if (places->len)
		ew_doc_textf(b, EW_ROLE_FAINT, NULL,
			     "(%s() is in this kernel, but holds no such place)", function);
	else
		ew_doc_textf(b, EW_ROLE_FAINT, NULL,
			     "(%s() is not among the %d units of this index)", function,
			     ew_query_about(e->q)->units);
}

/* A branch that is too long, or none: a line alone has no condition. */
static bool is_ill_cut(const struct ew_anchor_place *p)
{
	return p->last_line - p->first_line >= BRANCH_MOST || p->first_line == p->last_line;
}

/* The lines of a place: the branch around it, or, of a long one, its neighbours. */
static void add_lines(struct explain *e, struct ew_group *g, const char *function, const char *at,
		      const struct ew_live_counter *row)
{
	if (!e->q || e->error)
		return;
	g_autoptr(GPtrArray) places =
		find_places(e, function, at ? at : "def", row, at ? "branch" : AROUND);
	const struct ew_anchor_place *first = places->len ? places->pdata[0] : NULL;

	if (first && at && is_ill_cut(first)) {
		g_ptr_array_unref(places);
		places = find_places(e, function, at, row, AROUND);
	}
	if (!places->len)
		say_absent(e, g, function);
	for (guint i = 0; i < places->len && !e->error; i++)
		show_place(e, g, places->pdata[i]);
}

/* ---- what decides ---------------------------------------------------------------------------- */

static void say_function(struct ew_block *b, const char *name)
{
	g_autofree char *link = g_strconcat("symbol:", name, NULL);

	ew_doc_text(b, EW_ROLE_FUNCTION, "function", name);
	ew_doc_link(b, link);
}

static void add_because(struct explain *e, struct ew_group *g)
{
	struct ew_list *list = ew_doc_list(g, "because", EW_LIST_PLAIN);

	for (guint i = 0; i < e->x->because->len; i++) {
		const struct ew_live_because *because =
			&g_array_index(e->x->because, struct ew_live_because, i);
		struct ew_group *entry = ew_list_entry(list);
		struct ew_block *b = ew_doc_item(entry, 0);

		say_function(b, because->function);
		ew_doc_text(b, EW_ROLE_HIDDEN, "at", because->at);
		ew_doc_say(b, ": ");
		ew_doc_text(b, EW_ROLE_PLAIN, "says", because->words);
		add_lines(e, entry, because->function, because->at, NULL);
	}
}

static bool is_named(const struct explain *e, const char *function)
{
	for (guint i = 0; i < e->x->because->len; i++)
		if (!strcmp(g_array_index(e->x->because, struct ew_live_because, i).function,
			    function))
			return true;
	return g_strv_contains((const char *const *)e->x->decides, function);
}

/* ---- what proves ----------------------------------------------------------------------------- */

struct proof {
	const char *name;
	int64_t grown;
};

/* The counters that grew after the kill, in the order in which they did. */
static GArray *collect(const struct explain *e)
{
	GArray *proofs = g_array_new(FALSE, TRUE, sizeof(struct proof));

	for (guint i = 0; i < e->r->events->len; i++) {
		const struct ew_live_event *event =
			&g_array_index(e->r->events, struct ew_live_event, i);
		struct proof *found = NULL;

		if (event->kind != EW_LIVE_EVENT_COUNTER || event->time < 0)
			continue;
		for (guint k = 0; k < proofs->len && !found; k++) {
			struct proof *p = &g_array_index(proofs, struct proof, k);

			found = strcmp(p->name, event->text) ? NULL : p;
		}
		if (!found) {
			g_array_append_val(proofs, ((struct proof){event->text, 0}));
			found = &g_array_index(proofs, struct proof, proofs->len - 1);
		}
		found->grown += event->value;
	}
	return proofs;
}

/* Of a function's several places: does the experiment say which condition held? */
static bool is_meant(const struct explain *e, const struct ew_live_counter *row)
{
	for (guint i = 0; row->where && i < e->x->because->len; i++) {
		const struct ew_live_because *b =
			&g_array_index(e->x->because, struct ew_live_because, i);

		if (b->at && !strcmp(b->function, row->function) && strstr(b->at, row->where))
			return true;
	}
	return false;
}

/* The places that can have counted: where the experiment names the function of one, that one. */
static GPtrArray *rows_of(const struct explain *e, const char *name)
{
	GPtrArray *ranks[] = {g_ptr_array_new(), g_ptr_array_new(), g_ptr_array_new()};
	int best = 0;

	for (const struct ew_live_counter *row = NULL; (row = ew_live_counter_next(name, row));) {
		int rank = is_meant(e, row) ? 2 : is_named(e, row->function) ? 1 : 0;

		if (!ew_live_counter_serves(row, e->x->variant.is_ipv6))
			continue;
		g_ptr_array_add(ranks[rank], (void *)row);
		best = MAX(best, rank);
	}
	for (int i = 0; i < (int)G_N_ELEMENTS(ranks); i++)
		if (i != best)
			g_ptr_array_unref(ranks[i]);
	return ranks[best];
}

static void add_row(struct explain *e, struct ew_list *places, const struct ew_live_counter *row,
		    bool is_only)
{
	struct ew_group *g = ew_list_entry(places);
	struct ew_block *b = ew_doc_item(g, 2);
	g_autofree char *at = g_strconcat("like ", row->constant, NULL);

	if (!is_only)
		ew_doc_say(b, "or: ");
	say_function(b, row->function);
	ew_doc_say(b, ": ");
	ew_doc_text(b, EW_ROLE_PLAIN, "says", row->says);
	ew_doc_text(b, EW_ROLE_HIDDEN, "constant", row->constant);
	if (is_named(e, row->function))
		add_lines(e, g, row->function, at, row);
}

static void add_proofs(struct explain *e, struct ew_group *g)
{
	g_autoptr(GArray) proofs = collect(e);
	struct ew_list *list = ew_doc_list(g, "counters", EW_LIST_PLAIN);

	for (guint i = 0; i < proofs->len; i++) {
		const struct proof *p = &g_array_index(proofs, struct proof, i);
		g_autoptr(GPtrArray) rows = rows_of(e, p->name);
		struct ew_group *entry = ew_list_entry(list);
		struct ew_block *b = ew_doc_item(entry, 0);

		ew_doc_text(b, EW_ROLE_STRONG, "counter", p->name);
		ew_doc_say(b, " +");
		ew_doc_int(b, EW_ROLE_PLAIN, "grown", p->grown);
		struct ew_list *places = ew_doc_list(entry, "places", EW_LIST_PLAIN);
		for (guint k = 0; k < rows->len; k++)
			add_row(e, places, rows->pdata[k], k == 0);
	}
	if (!proofs->len)
		ew_doc_text(ew_doc_paragraph(g), EW_ROLE_FAINT, NULL,
			    "No counter that would tell of a branch has moved.");
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* Lines of one kernel explain a run on another only as far as they are the same. */
static void say_kernel(const struct explain *e, struct ew_group *g)
{
	const struct ew_live_event *stage = &g_array_index(e->r->events, struct ew_live_event, 0);

	if (!e->q) {
		struct ew_block *b = ew_doc_paragraph(g);

		ew_doc_text(b, EW_ROLE_FAINT, NULL,
			    "The lines of the kernel come from an index of it: ");
		ew_doc_text(b, EW_ROLE_COMMAND, NULL, "exitwalk index 6.12 --scope lesson");
		ew_doc_text(b, EW_ROLE_FAINT, NULL, " makes one.");
		return;
	}
	if (stage->kind == EW_LIVE_EVENT_STAGE)
		ew_doc_textf(ew_doc_paragraph(g), EW_ROLE_FAINT, NULL,
			     "The run was on Linux %s; the lines are of the kernel below.",
			     stage->text);
	ew_view_provenance(g, e->q);
}

struct ew_doc *ew_view_live_explain(const struct ew_live_experiment *x,
				    const struct ew_live_result *r, struct ew_query *q,
				    GError **error)
{
	g_autoptr(GHashTable) shown = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	struct explain e = {.x = x, .r = r, .q = q, .shown = shown};
	struct ew_doc *doc = ew_doc_new(EW_VIEW_LIVE_SCHEMA);
	struct ew_group *g = ew_doc_root(doc);
	struct ew_block *b = ew_doc_heading(g, 2);

	ew_doc_text(b, EW_ROLE_HIDDEN, "event", "explanation");
	ew_doc_say(b, "What decided it");
	if (!x->because->len)
		ew_doc_text(ew_doc_paragraph(g), EW_ROLE_FAINT, NULL,
			    "The experiment names no place; its counters do.");
	add_because(&e, g);
	ew_doc_say(ew_doc_heading(g, 2), "What proves it");
	add_proofs(&e, g);
	say_kernel(&e, g);
	if (!e.error)
		return doc;
	g_propagate_error(error, e.error);
	ew_doc_free(doc);
	return NULL;
}
