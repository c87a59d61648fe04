/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The walk of a lesson: one line a function, top to bottom. The way on which work was queued is
 * drawn beside the function that it begins in; what runs later says so, and who queued it.
 */
#include "view/lesson_walk.h"
#include <string.h>

#define NEAR 3 /* lines shown before and after where we stand */

struct row {
	const struct ew_symbol *f;
	const struct ew_edge *edge;	  /* that leads here, NULL for the first */
	const struct ew_queued *queued;	  /* of a deferred hop */
	const struct ew_queued *queueing; /* this function queues that */
	const char *queued_name;	  /* what it queues */
	bool is_aside;			  /* on the way on which work was queued */
};

static void append(GArray *rows, struct row row)
{
	g_array_append_val(rows, row);
}

static int find_row(const GArray *rows, const struct ew_symbol *f)
{
	for (int i = (int)rows->len - 1; i >= 0; i--)
		if (strcmp(g_array_index(rows, struct row, i).f->name, f->name) == 0)
			return i;
	return -1;
}

/* The way stands right below the function that it begins in. */
static void insert_way(GArray *rows, const struct ew_hop *hop)
{
	const GPtrArray *way = hop->queued->way;
	const struct ew_edge *first = way && way->len ? way->pdata[0] : NULL;
	int at = first ? find_row(rows, first->caller) : -1;

	for (guint i = 0; at >= 0 && i < way->len; i++) {
		const struct ew_edge *e = way->pdata[i];
		struct row row = {.f = e->callee, .edge = e, .is_aside = true};

		if (i + 1 == way->len) {
			row.queueing = hop->queued;
			row.queued_name = hop->edge->callee->name;
		}
		if (row.f)
			g_array_insert_val(rows, (guint)++at, row);
	}
}

static GArray *make_rows(const GPtrArray *legs)
{
	GArray *rows = g_array_new(FALSE, FALSE, sizeof(struct row));

	for (guint i = 0; i < legs->len; i++) {
		const struct ew_path *leg = legs->pdata[i];

		for (guint j = 0; j < leg->hops->len; j++) {
			const struct ew_hop *hop = leg->hops->pdata[j];

			if (!rows->len)
				append(rows, (struct row){.f = hop->edge->caller});
			if (hop->queued)
				insert_way(rows, hop);
			append(rows, (struct row){.f = hop->edge->callee,
						  .edge = hop->edge,
						  .queued = hop->queued});
		}
	}
	return rows;
}

static int find_place(const GArray *rows, const char *at)
{
	g_auto(GStrv) names = g_strsplit(at, "|", -1);

	for (char **name = names; *name; name++) {
		g_strstrip(*name);
		for (guint i = 0; i < rows->len; i++)
			if (strcmp(g_array_index(rows, struct row, i).f->name, *name) == 0)
				return (int)i;
	}
	return -1;
}

/* ---- drawing --------------------------------------------------------------------------------- */

static void say_edge(struct ew_block *b, const struct row *row)
{
	const struct ew_edge *e = row->edge;
	const GPtrArray *way = row->queued ? row->queued->way : NULL;
	const struct ew_edge *last = way && way->len ? way->pdata[way->len - 1] : NULL;

	if (row->queueing) {
		ew_doc_text(b, EW_ROLE_DEFERRED, NULL, "  queues ");
		ew_doc_text(b, EW_ROLE_FUNCTION, "queues", row->queued_name);
		ew_doc_textf(b, EW_ROLE_DEFERRED, NULL, " with %s", row->queueing->registrar);
	}
	if (!e)
		return;
	if (g_strcmp0(e->when, "now") != 0) {
		ew_doc_text(b, EW_ROLE_DEFERRED, NULL, "  later: ");
		ew_doc_text(b, EW_ROLE_DEFERRED, "when", e->when);
		if (last && last->callee)
			ew_doc_textf(b, EW_ROLE_DEFERRED, NULL, ", queued by %s",
				     last->callee->name);
	} else if (e->is_pointer && e->slot) {
		ew_doc_text(b, EW_ROLE_FAINT, NULL, "  through ");
		ew_doc_text(b, EW_ROLE_FIELD, "slot", e->slot);
		if (e->container)
			ew_doc_text(b, EW_ROLE_FAINT, NULL, " of ");
		ew_doc_text(b, EW_ROLE_VARIABLE, "container", e->container);
	}
}

static void add_row(struct ew_group *g, const struct row *row, bool is_here)
{
	struct ew_block *b = ew_doc_line(g);

	ew_doc_text(b, is_here ? EW_ROLE_BAD : EW_ROLE_PLAIN, NULL, is_here ? "▶ " : "  ");
	if (row->is_aside)
		ew_doc_text(b, EW_ROLE_FAINT, NULL, "│   ");
	if (row->queued)
		ew_doc_text(b, EW_ROLE_DEFERRED, NULL, "┆ ");
	ew_doc_text(b, EW_ROLE_FUNCTION, "function", row->f->name);
	say_edge(b, row);
	ew_doc_text(b, EW_ROLE_HIDDEN, "file", row->f->place.file);
	ew_doc_bool(b, EW_ROLE_HIDDEN, "aside", row->is_aside, NULL, NULL);
	ew_doc_bool(b, EW_ROLE_HIDDEN, "here", is_here, NULL, NULL);
}

static void add_gap(struct ew_group *g)
{
	ew_doc_text(ew_doc_line(g), EW_ROLE_FAINT, NULL, "  …");
}

void ew_view_lesson_walk(struct ew_group *g, const GPtrArray *legs, const char *at)
{
	g_autoptr(GArray) rows = make_rows(legs);
	int here = at ? find_place(rows, at) : -1;
	int first = here < 0 ? 0 : MAX(here - NEAR, 0);
	int last = here < 0 ? (int)rows->len - 1 : MIN(here + NEAR, (int)rows->len - 1);
	struct ew_list *list;

	ew_doc_text(ew_doc_paragraph(g), EW_ROLE_STRONG, NULL,
		    here < 0 ? "The walk" : "Where we are");
	if (first > 0)
		add_gap(g);
	list = ew_doc_list(g, "walk", EW_LIST_PLAIN);
	for (int i = first; i <= last; i++)
		add_row(ew_list_entry(list), &g_array_index(rows, struct row, i), i == here);
	if (last < (int)rows->len - 1)
		add_gap(g);
}
