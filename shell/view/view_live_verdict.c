/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What stands around a live run: the question before it, the verdict and its meaning after it. */
#include "view/view_live.h"
#include <string.h>

/* ---- before and after ------------------------------------------------------------------------ */

struct ew_doc *ew_view_live_head(const struct ew_view_live *v)
{
	const struct ew_live_experiment *x = v->x;
	const char *actors[EW_LIVE_SIDES + 1] = {0};
	struct ew_doc *doc = ew_doc_new(EW_VIEW_LIVE_SCHEMA);
	struct ew_group *g = ew_doc_root(doc);
	struct ew_block *b = ew_doc_heading(g, 1);

	for (int i = 0; i < EW_LIVE_SIDES; i++)
		actors[i] = x->actors[i].name;
	ew_doc_text(b, EW_ROLE_HIDDEN, "event", "header");
	ew_doc_text(b, EW_ROLE_HIDDEN, "experiment", x->name);
	ew_doc_text(b, EW_ROLE_PLAIN, "title", x->title);
	b = ew_doc_paragraph(g);
	ew_doc_text(b, EW_ROLE_PLAIN, "question", x->question);
	ew_doc_text(b, EW_ROLE_HIDDEN, "topology", x->topology);
	ew_doc_strings(b, EW_ROLE_HIDDEN, "actors", actors, " ");
	ew_doc_int(b, EW_ROLE_HIDDEN, "bound_ms", x->bound_ms);
	return doc;
}

static const char *outcome_words(enum ew_live_outcome outcome)
{
	switch (outcome) {
	case EW_LIVE_OUTCOME_YES:
		return "yes: the FIN arrived, an orderly close";
	case EW_LIVE_OUTCOME_RUDE:
		return "rudely: the other side was told by a RST";
	case EW_LIVE_OUTCOME_LATE:
		return "late: the FIN arrived, but when the process was dead, or after a stand-still";
	case EW_LIVE_OUTCOME_PAUSED:
		return "paused: held within its exit, and closed when it went on";
	case EW_LIVE_OUTCOME_NO:
		return "no: the other side was told nothing and is still ESTABLISHED";
	default:
		return "not known";
	}
}

/* Several connections that came to different things have no one outcome. */
static bool is_mixed(const struct ew_live_result *r)
{
	for (guint i = 1; i < r->connections->len; i++)
		if (g_array_index(r->connections, struct ew_live_observed_connection, i).outcome !=
		    g_array_index(r->connections, struct ew_live_observed_connection, 0).outcome)
			return true;
	return false;
}

/* The connections that ended so: "1-4,6"; NULL where none did. */
static char *closed_so(const struct ew_live_result *r, enum ew_live_outcome outcome)
{
	GString *s = g_string_new(NULL);
	int first = 0, last = 0;

	for (guint i = 0; i <= r->connections->len; i++) {
		const struct ew_live_observed_connection *c =
			i < r->connections->len
				? &g_array_index(r->connections, struct ew_live_observed_connection, i)
				: NULL;

		if (c && c->outcome == outcome) {
			first = first ? first : c->number;
			last = c->number;
			continue;
		}
		if (first)
			g_string_append_printf(s, "%s%d", s->len ? "," : "", first);
		if (last > first)
			g_string_append_printf(s, "-%d", last);
		first = last = 0;
	}
	return g_string_free(s, !s->len);
}

/* Each that is known, with the connections that ended so. */
static void add_each_closed(struct ew_group *g, struct ew_block *b, const struct ew_live_result *r)
{
	struct ew_list *list = ew_doc_list(g, "closed_each", EW_LIST_PLAIN);

	ew_doc_say(b, "not the same for each connection");
	for (int outcome = EW_LIVE_OUTCOME_UNKNOWN; outcome < EW_LIVE_OUTCOMES; outcome++) {
		g_autofree char *numbers = closed_so(r, outcome);

		if (!numbers)
			continue;
		struct ew_block *item = ew_doc_item(ew_list_entry(list), 2);
		ew_doc_say(item, "#");
		ew_doc_text(item, EW_ROLE_PLAIN, "connections", numbers);
		ew_doc_text(item, EW_ROLE_HIDDEN, "closed", ew_live_outcome_name(outcome));
		ew_doc_sayf(item, "  %s", outcome_words(outcome));
	}
}

static bool is_same(const struct ew_live_observed *a, const struct ew_live_observed *b)
{
	return a->count == b->count && a->has_still == b->has_still && a->still == b->still &&
	       !memcmp(a->states, b->states, sizeof(a->states[0]) * (size_t)a->count);
}

static const struct ew_live_observed *observed(const struct ew_live_result *r, guint i, int side)
{
	return &g_array_index(r->connections, struct ew_live_observed_connection, i).sides[side];
}

/* The connections whose side went the same way as that of `first`: "1-8". NULL if an earlier one
 * did. */
static char *same_ones(const struct ew_live_result *r, guint first, int side)
{
	g_autoptr(GString) s = g_string_new(NULL);

	for (guint i = 0; i < r->connections->len; i++) {
		guint end = i;

		if (!is_same(observed(r, i, side), observed(r, first, side)))
			continue;
		if (i < first)
			return NULL;
		while (end + 1 < r->connections->len &&
		       is_same(observed(r, end + 1, side), observed(r, first, side)))
			end++;
		g_string_append_printf(s, "%s%d", s->len ? "," : "", (int)i + 1);
		if (end > i)
			g_string_append_printf(s, "-%d", (int)end + 1);
		i = end;
	}
	return g_string_free(g_steal_pointer(&s), FALSE);
}

static void add_side(struct ew_list *list, const char *name, const char *numbers,
		     const struct ew_live_observed *o)
{
	const char *names[EW_LIVE_SEQUENCE_MAX + 1] = {0};
	struct ew_block *b = ew_doc_item(ew_list_entry(list), 0);

	for (int k = 0; k < o->count; k++)
		names[k] = ew_live_state_name(o->states[k]);
	ew_doc_text(b, EW_ROLE_EMPHASIS, "side", name);
	if (numbers) {
		ew_doc_say(b, " #");
		ew_doc_text(b, EW_ROLE_PLAIN, "connections", numbers);
	}
	ew_doc_say(b, "  ");
	ew_doc_strings(b, EW_ROLE_PLAIN, "states", names, " → ");
	ew_doc_text(b, EW_ROLE_HIDDEN, "still", o->has_still ? ew_live_state_name(o->still) : NULL);
}

static void add_sides(struct ew_group *g, const struct ew_live_experiment *x,
		      const struct ew_live_result *r)
{
	struct ew_list *list = ew_doc_list(g, "sides", EW_LIST_PLAIN);

	for (int side = 0; side < EW_LIVE_SIDES; side++) {
		if (r->connections->len == 1)
			add_side(list, x->actors[side].name, NULL, &r->sides[side]);
		for (guint i = 0; r->connections->len > 1 && i < r->connections->len; i++) {
			g_autofree char *numbers = same_ones(r, i, side);

			if (numbers)
				add_side(list, x->actors[side].name, numbers, observed(r, i, side));
		}
	}
}

/* What was expected and could be compared with nothing is neither right nor wrong. */
static void add_unjudged(struct ew_group *g, struct ew_block *b, const struct ew_live_result *r)
{
	g_auto(GStrv) lines = g_strsplit(r->unjudged ? r->unjudged : "", "\n", -1);

	for (int i = 0; lines[i]; i++)
		ew_doc_sayf(ew_doc_item(g, 2), "not judged: %s", lines[i]);
	ew_doc_strings(b, EW_ROLE_HIDDEN, "not_judged", (const char *const *)lines, "\n");
}

static void add_verdict(struct ew_group *g, const struct ew_live_experiment *x,
			const struct ew_live_result *r)
{
	struct ew_block *b = ew_doc_paragraph(g);

	ew_doc_text(b, EW_ROLE_HIDDEN, "event", "completed");
	ew_doc_bool(b, EW_ROLE_HIDDEN, "completed", r->completed, NULL, NULL);
	ew_doc_bool(b, EW_ROLE_HIDDEN, "matched", r->matched, NULL, NULL);
	ew_doc_bool(b, EW_ROLE_HIDDEN, "bound_reached", r->bound_reached, NULL, NULL);
	ew_doc_int(b, EW_ROLE_HIDDEN, "signal", r->signal);
	ew_doc_int(b, EW_ROLE_HIDDEN, "left_behind", r->left_behind);
	if (x->variant.is_by_hand) {
		ew_doc_text(b, EW_ROLE_EMPHASIS, NULL, "By hand: nothing is compared.");
		return;
	}
	if (r->matched && !ew_live_expects(x))
		ew_doc_text(b, EW_ROLE_EMPHASIS, NULL,
			    "The experiment does not say what it expects: nothing was compared.");
	else if (r->matched)
		ew_doc_text(b, EW_ROLE_GOOD, NULL,
			    "✓ Matched: this is what the experiment expects.");
	else
		ew_doc_text(b, EW_ROLE_BAD, NULL,
			    r->completed ? "✗ Differs from what the experiment expects:"
					 : "✗ Stopped:");
	g_auto(GStrv) lines = g_strsplit(r->difference ? r->difference : "", "\n", -1);
	for (int i = 0; lines[i]; i++)
		ew_doc_say(ew_doc_item(g, 2), lines[i]);
	ew_doc_strings(b, EW_ROLE_HIDDEN, "differences", (const char *const *)lines, "\n");
	add_unjudged(g, b, r);
}

static void add_meaning(struct ew_group *g, const struct ew_live_experiment *x,
			const struct ew_live_result *r)
{
	bool has_inferred = false;
	/* without a connection of TCP only a program is told that nothing is known of it */
	struct ew_block *b = r->connections->len ? ew_doc_field(g, "closed") : ew_doc_paragraph(g);

	ew_doc_text(b, EW_ROLE_HIDDEN, "closed", ew_live_outcome_name(r->outcome));
	if (is_mixed(r))
		add_each_closed(g, b, r);
	else if (r->connections->len)
		ew_doc_say(b, outcome_words(r->outcome));
	for (guint i = 0; i < r->events->len; i++)
		has_inferred |= g_array_index(r->events, struct ew_live_event, i).inferred;
	if (has_inferred)
		ew_doc_text(ew_doc_paragraph(g), EW_ROLE_FAINT, NULL,
			    "(inferred): it was over before it could be looked at; a packet that was "
			    "seen proves it.");
	if (x->teaches)
		ew_doc_text(ew_doc_paragraph(g), EW_ROLE_PLAIN, "teaches", x->teaches);
	if (!x->decides[0])
		return;
	b = ew_doc_paragraph(g);
	ew_doc_say(b, "Decided by ");
	for (int i = 0; x->decides[i]; i++) {
		g_autofree char *link = g_strconcat("symbol:", x->decides[i], NULL);

		ew_doc_say(b, i ? ", " : "");
		ew_doc_text(b, EW_ROLE_FUNCTION, NULL, x->decides[i]);
		ew_doc_link(b, link);
	}
	ew_doc_say(b, "; read one with ");
	g_autofree char *command = g_strconcat("show ", x->decides[0], NULL);
	ew_doc_text(b, EW_ROLE_COMMAND, NULL, command);
	ew_doc_say(b, ".");
	ew_doc_strings(b, EW_ROLE_HIDDEN, "decides", (const char *const *)x->decides, " ");
}

struct ew_doc *ew_view_live_verdict(const struct ew_view_live *v, const struct ew_live_result *r)
{
	struct ew_doc *doc = ew_doc_new(EW_VIEW_LIVE_SCHEMA);
	struct ew_group *g = ew_doc_root(doc);

	add_verdict(g, v->x, r);
	if (r->completed || v->x->variant.is_by_hand)
		add_sides(g, v->x, r);
	if (r->completed)
		add_meaning(g, v->x, r);
	if (r->left_behind)
		ew_doc_textf(ew_doc_note(g, EW_ROLE_WARNING), EW_ROLE_PLAIN, NULL,
			     "%d sockets could not be removed; their namespace goes when they end "
			     "by themselves.",
			     r->left_behind);
	return doc;
}

/* ---- recorded and repeated runs ---------------------------------------------------------------
 */

struct ew_doc *ew_view_live_recorded(void)
{
	struct ew_doc *doc = ew_doc_new(EW_VIEW_LIVE_SCHEMA);
	struct ew_block *b = ew_doc_paragraph(ew_doc_root(doc));

	ew_doc_text(b, EW_ROLE_HIDDEN, "event", "recorded");
	ew_doc_text(b, EW_ROLE_WARNING, NULL, "A recorded run: nothing is killed now.");
	return doc;
}

struct ew_doc *ew_view_live_run(const struct ew_live_result *r, int number, int count)
{
	struct ew_doc *doc = ew_doc_new(EW_VIEW_LIVE_SCHEMA);
	struct ew_group *g = ew_doc_root(doc);
	struct ew_block *b = ew_doc_line(g);
	g_auto(GStrv) lines = g_strsplit(r->difference ? r->difference : "", "\n", -1);

	ew_doc_text(b, EW_ROLE_HIDDEN, "event", "run");
	ew_doc_say(b, "run ");
	ew_doc_int(b, EW_ROLE_PLAIN, "run", number);
	ew_doc_sayf(b, " of %d: ", count);
	ew_doc_bool(b, r->matched ? EW_ROLE_GOOD : EW_ROLE_BAD, "matched", r->matched, "matched",
		    "differs");
	for (int i = 0; lines[i]; i++)
		ew_doc_say(ew_doc_item(g, 2), lines[i]);
	ew_doc_strings(b, EW_ROLE_HIDDEN, "differences", (const char *const *)lines, "\n");
	add_unjudged(g, b, r);
	return doc;
}

struct ew_doc *ew_view_live_repeated(int matched, int count, int left_behind)
{
	struct ew_doc *doc = ew_doc_new(EW_VIEW_LIVE_SCHEMA);
	struct ew_block *b = ew_doc_paragraph(ew_doc_root(doc));

	ew_doc_text(b, EW_ROLE_HIDDEN, "event", "completed");
	ew_doc_say(b, "The sequence was the expected one in ");
	ew_doc_int(b, matched == count ? EW_ROLE_GOOD : EW_ROLE_BAD, "matched_runs", matched);
	ew_doc_say(b, " of ");
	ew_doc_int(b, EW_ROLE_PLAIN, "runs", count);
	ew_doc_say(b, " runs.");
	ew_doc_int(b, EW_ROLE_HIDDEN, "left_behind", left_behind);
	return doc;
}

/* ---- predictions -------------------------------------------------------------------------------
 */

static char *asked_words(const struct ew_live_experiment *x, const struct ew_live_prediction *p)
{
	g_autofree char *of = p->connection ? g_strdup_printf(" #%d", p->connection) : g_strdup("");

	switch (p->ask) {
	case EW_LIVE_ASK_STATE:
		return g_strconcat(x->actors[p->side].name, of, NULL);
	case EW_LIVE_ASK_END:
		return g_strconcat(x->actors[p->side].name, of, " at the end", NULL);
	case EW_LIVE_ASK_PACKETS:
		return g_strconcat("first packet", of, NULL);
	case EW_LIVE_ASK_CLOSED:
		return g_strconcat("closed", of, NULL);
	}
	return g_strdup("");
}

void ew_view_live_grade(struct ew_group *g, const struct ew_live_experiment *x,
			const struct ew_live_result *r, const struct ew_live_prediction *p)
{
	static const char *const asks[] = {"state", "end", "packets", "closed"};
	const char *observed = NULL;
	enum ew_live_grade grade = ew_live_prediction_grade(x, r, p, &observed);
	struct ew_block *b = ew_doc_item(g, 0);

	if (grade == EW_LIVE_GRADE_UNKNOWN)
		ew_doc_text(b, EW_ROLE_WARNING, NULL, "? ");
	else if (grade == EW_LIVE_GRADE_RIGHT)
		ew_doc_text(b, EW_ROLE_GOOD, NULL, "✓ right: ");
	else
		ew_doc_text(b, EW_ROLE_BAD, NULL, "✗ not so: ");
	ew_doc_text(b, EW_ROLE_HIDDEN, "asked", asks[p->ask]);
	ew_doc_text(b, EW_ROLE_HIDDEN, "side",
		    p->ask == EW_LIVE_ASK_STATE || p->ask == EW_LIVE_ASK_END ? x->actors[p->side].name : NULL);
	if (p->connection)
		ew_doc_int(b, EW_ROLE_HIDDEN, "connection", p->connection);
	g_autofree char *asked = asked_words(x, p);
	ew_doc_say(b, asked);
	ew_doc_say(b, " predicted ");
	ew_doc_text(b, EW_ROLE_EMPHASIS, "predicted", ew_live_prediction_answer(p));
	ew_doc_say(b, ", observed ");
	ew_doc_text(b, EW_ROLE_STRONG, "observed", observed);
	if (!observed)
		ew_doc_say(b,
			   p->ask == EW_LIVE_ASK_STATE ? "no stand-still" : "nothing that tells");
	ew_doc_bool(b, EW_ROLE_HIDDEN, "right", grade == EW_LIVE_GRADE_RIGHT, NULL, NULL);
}
