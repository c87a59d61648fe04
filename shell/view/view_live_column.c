/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lines of a live run: what one side does stands in its column, what is of both between them. */
#include "view/view_live.h"

#define WIDE_LEAST 72

char *view_live_tag(const struct ew_view_live *v, const struct ew_live_event *e)
{
	return v->is_numbered && e->connection ? g_strdup_printf("#%d ", e->connection)
					       : g_strdup("");
}

bool view_live_is_wide(const struct ew_view_live *v)
{
	return v->width >= WIDE_LEAST;
}

int view_live_right(const struct ew_view_live *v)
{
	return v->width - VIEW_LIVE_SIDE;
}

static void pad_to(struct ew_block *b, int *column, int wanted)
{
	if (*column < wanted)
		ew_doc_sayf(b, "%*s", wanted - *column, "");
	*column = MAX(*column, wanted);
}

void view_live_put(struct ew_block *b, int *column, int at, enum ew_role role, const char *text)
{
	if (!text || !*text)
		return;
	pad_to(b, column, at);
	ew_doc_text(b, role, NULL, text);
	*column += ew_doc_columns(text);
}

char *view_live_time(const struct ew_live_event *e)
{
	return g_strdup_printf("%*.3f", VIEW_LIVE_TIME, ew_live_event_ms(e));
}

void view_live_side(const struct ew_view_live *v, struct ew_group *g,
		    const struct ew_live_event *e, int side, enum ew_role role, const char *text)
{
	g_autofree char *time = e ? view_live_time(e) : NULL;
	int column = 0;

	if (!view_live_is_wide(v)) {
		struct ew_block *b = ew_doc_item(g, e ? 0 : 2);

		if (e)
			ew_doc_sayf(b, "%s %s: ", g_strchug(time), v->x->actors[side].name);
		ew_doc_text(b, role, NULL, text);
		return;
	}
	struct ew_block *b = ew_doc_line(g);
	view_live_put(b, &column, 0, EW_ROLE_FAINT, time);
	int at = side == 0 ? VIEW_LIVE_LEFT : MIN(view_live_right(v), v->width - ew_doc_columns(text));
	view_live_put(b, &column, MAX(at, VIEW_LIVE_LEFT), role, text);
}

void view_live_whole(const struct ew_view_live *v, struct ew_group *g, const struct ew_live_event *e,
		    enum ew_role role, const char *text)
{
	g_autofree char *time = view_live_time(e);
	struct ew_block *b = view_live_is_wide(v) ? ew_doc_line(g) : ew_doc_item(g, 0);

	ew_doc_text(b, EW_ROLE_FAINT, NULL, view_live_is_wide(v) ? time : g_strchug(time));
	ew_doc_say(b, view_live_is_wide(v) ? "  " : " ");
	ew_doc_text(b, role, NULL, text);
}

void view_live_pair(const struct ew_view_live *v, struct ew_group *g, enum ew_role role,
		    const char *left, const char *right)
{
	int column = 0;

	if (!view_live_is_wide(v) || VIEW_LIVE_LEFT + ew_doc_columns(left) + 2 + ew_doc_columns(right) > v->width) {
		if (*left)
			view_live_side(v, g, NULL, 0, role, left);
		if (*right)
			view_live_side(v, g, NULL, 1, role, right);
		return;
	}
	struct ew_block *b = ew_doc_line(g);
	view_live_put(b, &column, VIEW_LIVE_LEFT, role, left);
	view_live_put(b, &column, MIN(view_live_right(v), v->width - ew_doc_columns(right)), role, right);
}
