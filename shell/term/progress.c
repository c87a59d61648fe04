/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Progress that waits before it shows. */
#include "term/term.h"
#include <string.h>

#define APPEARS_AFTER G_USEC_PER_SEC
#define REDRAW_AFTER (G_USEC_PER_SEC / 10)
#define BAR 20

struct ew_progress {
	struct ew_term term;
	char *label;
	int total;
	int tenth;	     /* the last that a line was printed for */
	gint64 started, drawn; /* monotonic microseconds; drawn 0: no bar on the screen */
};

struct ew_progress *ew_term_progress_begin(const char *label, int total)
{
	struct ew_progress *p = g_new0(struct ew_progress, 1);

	ew_term_init(&p->term, EW_COLOR_AUTO);
	p->label = g_strdup(label);
	p->total = total;
	p->started = g_get_monotonic_time();
	return p;
}

static void append_failures(GString *line, int failures)
{
	if (failures)
		g_string_append_printf(line, ", %d failed", failures);
}

/* A line per tenth, for logs. */
static void print_tenth(struct ew_progress *p, int done, int failures)
{
	int tenth = p->total > 0 ? (int)((int64_t)done * 10 / p->total) : 0;
	g_autoptr(GString) line = g_string_new(NULL);

	if (tenth <= p->tenth)
		return;
	p->tenth = tenth;
	g_string_printf(line, "%s: %d of %d", p->label, done, p->total);
	append_failures(line, failures);
	fprintf(stderr, "%s\n", line->str);
}

static void append_bar(const struct ew_progress *p, GString *line, int done)
{
	int filled = p->total > 0 ? (int)((int64_t)done * BAR / p->total) : 0;

	g_string_append_c(line, '[');
	for (int i = 0; i < BAR; i++)
		g_string_append(line, i < filled ? (p->term.ascii ? "#" : "█") : " ");
	g_string_append_c(line, ']');
}

static void draw_bar(struct ew_progress *p, int done, int failures, const char *note, gint64 now)
{
	g_autoptr(GString) line = g_string_new(NULL);
	double seconds = (now - p->started) / (double)G_USEC_PER_SEC;

	g_string_printf(line, "%s ", p->label);
	append_bar(p, line, done);
	g_string_append_printf(line, " %d/%d, %.0f/s", done, p->total, done / seconds);
	append_failures(line, failures);
	if (note) {
		g_autofree char *clean = ew_doc_clean(note, -1);

		g_string_append_printf(line, "  %s", clean);
	}
	while (ew_doc_columns(line->str) >= p->term.width) {
		const char *last = g_utf8_find_prev_char(line->str, line->str + line->len);

		g_string_truncate(line, last - line->str);
	}
	fprintf(stderr, "\r%s\033[K", line->str);
	fflush(stderr);
	p->drawn = now;
}

void ew_term_progress_update(struct ew_progress *p, int done, int failures, const char *note)
{
	gint64 now = g_get_monotonic_time();

	if (!p->term.err_tty || p->term.dumb)
		print_tenth(p, done, failures);
	else if (now - p->started >= APPEARS_AFTER && now - p->drawn >= REDRAW_AFTER)
		draw_bar(p, done, failures, note, now);
}

void ew_term_progress_end(struct ew_progress *p)
{
	if (!p)
		return;
	if (p->drawn) {
		fputs("\r\033[K", stderr);
		fflush(stderr);
	}
	g_free(p->label);
	g_free(p);
}
