/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the files view_live*.c share. */
#ifndef EW_VIEW_LIVE_H
#define EW_VIEW_LIVE_H

#include "view/view.h"

#define EW_VIEW_LIVE_SCHEMA "exitwalk.live/1"

struct ew_view_live {
	const struct ew_live_experiment *x;
	int width;
	bool is_numbered;	    /* there are several connections */
	int told_still;		    /* the connection whose stand-still was told last */
	GHashTable *last;	    /* sockets as they were last told, by connection and side */
	struct ew_live_event still; /* of side 0, until side 1's comes */
};

/* A packet's arrow from side to side with its label, `room` columns wide if that is enough; with room 0 the
 * label alone. `tag` stands before it. The caller frees. */
char *ew_view_live_arrow(const struct ew_live_event *e, const char *tag, int room);

/* An event's fields as members of the line. */
void ew_view_live_members(const struct ew_live_experiment *x, const struct ew_live_event *e, struct ew_block *b);

/* ---- view_live_column.c: where what stands ---------------------------------------------------- */

#define VIEW_LIVE_TIME 9 /* columns of a time */
#define VIEW_LIVE_LEFT (VIEW_LIVE_TIME + 2)
#define VIEW_LIVE_SIDE 20 /* columns of a side */

/* Whether there are two columns, and where the right one begins. */
bool view_live_is_wide(const struct ew_view_live *v);
int view_live_right(const struct ew_view_live *v);
/* Puts the text at that column, or as soon after it as there is room, and moves *column behind it. */
void view_live_put(struct ew_block *b, int *column, int at, enum ew_role role, const char *text);
/* The caller frees. */
char *view_live_time(const struct ew_live_event *e);
/* "#2 " where there are several connections, else "". The caller frees. */
char *view_live_tag(const struct ew_view_live *v, const struct ew_live_event *e);
/* What one side does or is. On a wide screen it stands in the side's column (a long one on the
 * right begins further left), else behind the side's name. `e` gives the time, NULL for a line that
 * goes on. */
void view_live_side(const struct ew_view_live *v, struct ew_group *g, const struct ew_live_event *e, int side,
		    enum ew_role role, const char *text);
/* Something about the run as a whole. */
void view_live_whole(const struct ew_view_live *v, struct ew_group *g, const struct ew_live_event *e, enum ew_role role,
		     const char *text);
/* Both sides as they stand, beside each other. */
void view_live_pair(const struct ew_view_live *v, struct ew_group *g, enum ew_role role, const char *left,
		    const char *right);

/* ---- one kind of event each ------------------------------------------------------------------- */

/* view_live_socket.c */
void view_live_state(const struct ew_view_live *v, struct ew_group *g, const struct ew_live_event *e);
void view_live_change(const struct ew_view_live *v, struct ew_group *g, const struct ew_live_event *e);
void view_live_still(struct ew_view_live *v, struct ew_group *g, const struct ew_live_event *e);
void view_live_left(const struct ew_view_live *v, struct ew_group *g, const struct ew_live_event *e);
void view_live_now(const struct ew_view_live *v, struct ew_group *g, const struct ew_live_event *e);
/* Keeps a socket as it was told, for view_live_change(). */
void view_live_remember(struct ew_view_live *v, const struct ew_live_event *e);
/* view_live_step.c */
void view_live_stage(const struct ew_view_live *v, struct ew_group *g, const struct ew_live_event *e);
void view_live_step(const struct ew_view_live *v, struct ew_group *g, const struct ew_live_event *e);
void view_live_process(const struct ew_view_live *v, struct ew_group *g, const struct ew_live_event *e);
void view_live_bound(const struct ew_view_live *v, struct ew_group *g, const struct ew_live_event *e);

#endif
