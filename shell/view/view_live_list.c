/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Experiments as a list, runs of many of them, and the verbs. */
#include "view/view.h"
#include <string.h>

/* ---- the list -------------------------------------------------------------------------------- */

/* "wire", since that is another stage; of a sysctl the last part of its name. */
static char *needs_text(const struct ew_live_experiment *x, char **needs)
{
	GString *s = g_string_new(strcmp(x->topology, "loopback") ? x->topology : NULL);

	for (int i = 0; needs[i]; i++) {
		const char *dot = g_str_has_prefix(needs[i], "sysctl ") ? strrchr(needs[i], '.') : NULL;

		g_string_append_printf(s, "%s%s", s->len ? ", " : "", dot ? dot + 1 : needs[i]);
	}
	return g_string_free(s, FALSE);
}

/* That of the recorded run; of one without, what it may take. */
static char *duration_text(const struct ew_live_experiment *x, int64_t ms)
{
	if (ms < 0)
		return g_strdup_printf("< %.0f s", (double)x->bound_ms / 1000 + 1);
	return g_strdup_printf(ms < 9950 ? "%.1f s" : "%.0f s", (double)ms / 1000);
}

static void add_experiment(struct ew_table *t, const struct ew_live_experiment *x, bool is_first)
{
	struct ew_block *row = ew_table_row(t);
	int64_t ms = ew_live_recorded_ms(x);
	g_auto(GStrv) needs = ew_live_needs(x);
	g_autofree char *what = needs_text(x, needs), *duration = duration_text(x, ms);
	g_autofree char *missing = ew_live_missing(x);
	g_autofree char *replay = ew_live_replay_command(x);

	ew_doc_text(row, is_first ? EW_ROLE_STRONG : EW_ROLE_HIDDEN, "group", x->group);
	ew_doc_text(row, EW_ROLE_COMMAND, "name", x->name);
	ew_doc_text(row, EW_ROLE_PLAIN, "duration", duration);
	ew_doc_text(row, missing ? EW_ROLE_WARNING : EW_ROLE_PLAIN, "needs", what);
	ew_doc_text(row, EW_ROLE_PLAIN, "question", x->question);
	if (ms >= 0)
		ew_doc_int(row, EW_ROLE_HIDDEN, "duration_ms", ms);
	ew_doc_int(row, EW_ROLE_HIDDEN, "bound_ms", x->bound_ms);
	ew_doc_text(row, EW_ROLE_HIDDEN, "title", x->title);
	ew_doc_text(row, EW_ROLE_HIDDEN, "topology", x->topology);
	ew_doc_strings(row, EW_ROLE_HIDDEN, "probes", (const char *const *)needs, ", ");
	ew_doc_bool(row, EW_ROLE_HIDDEN, "has_full", x->has_full, NULL, NULL);
	ew_doc_bool(row, EW_ROLE_HIDDEN, "has_ipv6", x->has_ipv6, NULL, NULL);
	ew_doc_text(row, EW_ROLE_HIDDEN, "missing", missing);
	ew_doc_text(row, EW_ROLE_HIDDEN, "replay", replay);
}

static const char *group_of(const GPtrArray *experiments, guint i)
{
	return ((struct ew_live_experiment *)experiments->pdata[i])->group;
}

/* What cannot run here, each with the reason. */
static void add_missing(struct ew_group *g, const GPtrArray *experiments)
{
	bool is_first = true;

	for (guint i = 0; i < experiments->len; i++) {
		const struct ew_live_experiment *x = experiments->pdata[i];
		g_autofree char *missing = ew_live_missing(x);

		if (!missing)
			continue;
		g_autofree char *replay = ew_live_replay_command(x);
		if (is_first)
			ew_doc_say(ew_doc_paragraph(g), "Not here:");
		is_first = false;
		struct ew_block *b = ew_doc_item(g, 2);
		ew_doc_text(b, EW_ROLE_COMMAND, NULL, x->name);
		ew_doc_sayf(b, ": %s; %s", missing, replay ? "a run was recorded: " : "no run was recorded");
		ew_doc_text(b, EW_ROLE_COMMAND, NULL, replay);
	}
}

static void add_full(struct ew_group *g, const GPtrArray *experiments)
{
	struct ew_block *b = NULL;

	for (guint i = 0; i < experiments->len; i++) {
		const struct ew_live_experiment *x = experiments->pdata[i];

		if (!x->has_full)
			continue;
		if (b)
			ew_doc_say(b, ", ");
		else
			b = ew_doc_paragraph(g);
		ew_doc_text(b, EW_ROLE_COMMAND, NULL, x->name);
	}
	if (b)
		ew_doc_say(b, " are accelerated; --full runs them at full length, as the kernel does by "
			      "itself, which may take minutes.");
}

struct ew_doc *ew_view_live_list(const GPtrArray *experiments, const GPtrArray *problems)
{
	struct ew_doc *doc = ew_doc_new("exitwalk.experiments/1");
	struct ew_group *g = ew_doc_root(doc);
	struct ew_table *t = ew_doc_table(g, "experiments");

	ew_table_column(t, "group", "group", EW_ALIGN_LEFT);
	ew_table_column(t, "name", "experiment", EW_ALIGN_LEFT);
	ew_table_column(t, "duration", "takes about", EW_ALIGN_RIGHT);
	ew_table_column(t, "needs", "needs", EW_ALIGN_LEFT);
	ew_table_column(t, "question", "question", EW_ALIGN_LEFT);
	ew_table_fold(t);
	for (guint i = 0; i < experiments->len; i++)
		add_experiment(t, experiments->pdata[i],
			       !i || strcmp(group_of(experiments, i), group_of(experiments, i - 1)));
	add_full(g, experiments);
	add_missing(g, experiments);
	for (guint i = 0; i < problems->len; i++) {
		g_auto(GStrv) lines = g_strsplit(problems->pdata[i], "\n", -1);

		for (int k = 0; lines[k]; k++)
			ew_doc_say(ew_doc_note(g, EW_ROLE_WARNING), lines[k]);
	}
	return doc;
}

/* ---- many runs ------------------------------------------------------------------------------- */

#define SCHEMA "exitwalk.live/1"

struct ew_doc *ew_view_live_problem(const char *message)
{
	struct ew_doc *doc = ew_doc_new(SCHEMA);
	struct ew_block *b = ew_doc_note(ew_doc_root(doc), EW_ROLE_WARNING);

	ew_doc_text(b, EW_ROLE_HIDDEN, "event", "problem");
	ew_doc_text(b, EW_ROLE_HIDDEN, "problem", message);
	g_auto(GStrv) lines = g_strsplit(message, "\n", -1);
	ew_doc_say(b, lines[0]);
	for (int i = 1; lines[0] && lines[i]; i++)
		ew_doc_say(ew_doc_note(ew_doc_root(doc), EW_ROLE_WARNING), lines[i]);
	return doc;
}

struct ew_doc *ew_view_live_row(const struct ew_live_row *row)
{
	struct ew_doc *doc = ew_doc_new(SCHEMA);
	struct ew_group *g = ew_doc_root(doc);
	struct ew_block *b = ew_doc_item(g, 2);
	g_auto(GStrv) lines = g_strsplit(row->why ? row->why : "", "\n", -1);
	bool is_good = !row->skipped && row->matched == row->runs;

	ew_doc_text(b, EW_ROLE_HIDDEN, "event", "experiment");
	if (row->skipped)
		ew_doc_text(b, EW_ROLE_WARNING, NULL, "? ");
	else
		ew_doc_text(b, is_good ? EW_ROLE_GOOD : EW_ROLE_BAD, NULL, is_good ? "✓ " : "✗ ");
	ew_doc_text(b, EW_ROLE_COMMAND, "name", row->x->name);
	ew_doc_text(b, EW_ROLE_HIDDEN, "group", row->x->group);
	ew_doc_int(b, EW_ROLE_HIDDEN, "runs", row->runs);
	ew_doc_int(b, EW_ROLE_HIDDEN, "matched_runs", row->matched);
	ew_doc_real(b, EW_ROLE_HIDDEN, "seconds", row->seconds, 3);
	if (row->skipped) {
		ew_doc_say(b, " skipped: ");
		ew_doc_text(b, EW_ROLE_PLAIN, "skipped", row->skipped);
		ew_doc_say(b, row->replay	    ? "; a run was recorded: "
			      : row->is_other_family ? ""
						     : "; no run was recorded");
		ew_doc_text(b, EW_ROLE_COMMAND, "replay", row->replay);
	} else {
		ew_doc_sayf(b, " %d of %d, %.1f s", row->matched, row->runs, row->seconds);
	}
	for (int i = 0; lines[i]; i++)
		ew_doc_say(ew_doc_item(g, 4), lines[i]);
	ew_doc_strings(b, EW_ROLE_HIDDEN, "differences", (const char *const *)lines, "\n");
	g_auto(GStrv) unjudged = g_strsplit(row->unjudged ? row->unjudged : "", "\n", -1);
	for (int i = 0; unjudged[i]; i++)
		ew_doc_sayf(ew_doc_item(g, 4), "not judged: %s", unjudged[i]);
	ew_doc_strings(b, EW_ROLE_HIDDEN, "not_judged", (const char *const *)unjudged, "\n");
	return doc;
}

struct ew_doc *ew_view_live_total(const struct ew_live_total *t)
{
	struct ew_doc *doc = ew_doc_new(SCHEMA);
	struct ew_block *b = ew_doc_paragraph(ew_doc_root(doc));

	ew_doc_text(b, EW_ROLE_HIDDEN, "event", "completed");
	ew_doc_int(b, EW_ROLE_GOOD, "matched", t->matched);
	ew_doc_say(b, " went as expected each time, ");
	ew_doc_int(b, t->differ ? EW_ROLE_BAD : EW_ROLE_PLAIN, "differ", t->differ);
	ew_doc_say(b, " differed, ");
	ew_doc_int(b, EW_ROLE_PLAIN, "skipped", t->skipped);
	ew_doc_say(b, " skipped");
	if (t->slowest) {
		ew_doc_sayf(b, "; the slowest, %.1f s a run, was ", t->slowest_seconds);
		ew_doc_text(b, EW_ROLE_COMMAND, "slowest", t->slowest);
	}
	ew_doc_say(b, ".");
	ew_doc_int(b, EW_ROLE_HIDDEN, "left_behind", t->left_behind);
	return doc;
}

struct ew_doc *ew_view_live_new_file(const char *path)
{
	struct ew_doc *doc = ew_doc_new("exitwalk.live-new/1");
	struct ew_block *b = ew_doc_paragraph(ew_doc_root(doc));

	ew_doc_text(b, EW_ROLE_STRONG, "file", path);
	ew_doc_say(b, " is an experiment that runs. Change it, and try it: ");
	g_autofree char *command =
		g_strdup_printf("exitwalk live %s%s", strchr(path, '/') ? "" : "./", path);
	ew_doc_text(b, EW_ROLE_COMMAND, "command", command);
	return doc;
}

/* ---- verbs ----------------------------------------------------------------------------------- */

/* Those of actors, or those that are lines of their own. */
static void add_verbs(struct ew_group *g, const char *key, const char *title, bool of_stage)
{
	struct ew_table *t = ew_doc_table(g, key);
	const struct ew_live_verb *v;
	bool is_stage;

	ew_table_column(t, "usage", title, EW_ALIGN_LEFT);
	ew_table_column(t, "help", "what it does", EW_ALIGN_LEFT);
	for (size_t i = 0; (v = ew_live_verb(i, &is_stage)); i++) {
		if (is_stage != of_stage)
			continue;
		struct ew_block *row = ew_table_row(t);
		g_autofree char *usage = g_strdup_printf("%s%s%s", v->name, v->arguments ? " " : "",
							 v->arguments ? v->arguments : "");

		ew_doc_text(row, EW_ROLE_COMMAND, "usage", usage);
		ew_doc_text(row, EW_ROLE_PLAIN, "help", v->help);
		ew_doc_text(row, EW_ROLE_HIDDEN, "verb", v->name);
		ew_doc_text(row, EW_ROLE_HIDDEN, "needs", v->needs);
	}
}

struct ew_doc *ew_view_live_verbs(void)
{
	struct ew_doc *doc = ew_doc_new("exitwalk.verbs/1");
	struct ew_group *g = ew_doc_root(doc);

	add_verbs(g, "verbs", "step ACTOR …", false);
	add_verbs(g, "stage", "by the stage", true);
	return doc;
}
