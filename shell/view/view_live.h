/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What view_live.c and view_live_verdict.c share. */
#ifndef EW_VIEW_LIVE_H
#define EW_VIEW_LIVE_H

#include "view/view.h"

#define EW_VIEW_LIVE_SCHEMA "exitwalk.live/1"

struct ew_view_live {
	const struct ew_live_experiment *x;
	int width;
	bool is_numbered;	    /* there are several connections */
	int told_still;		    /* the connection whose stand-still was told last */
	GHashTable *last;	    /* sockets as they were last told, by live_key() */
	struct ew_live_event still; /* of side 0, until side 1's comes */
};

/* A packet's arrow from side to side with its label, `room` columns wide if that is enough; with room 0 the
 * label alone. `tag` stands before it. The caller frees. */
char *ew_view_live_arrow(const struct ew_live_event *e, const char *tag, int room);

/* An event's fields as members of the line. */
void ew_view_live_members(const struct ew_live_experiment *x, const struct ew_live_event *e, struct ew_block *b);

#endif
