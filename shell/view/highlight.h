/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A small C highlighter. Private to shell/view. */
#ifndef EW_VIEW_HIGHLIGHT_H
#define EW_VIEW_HIGHLIGHT_H

#include "doc/doc.h"

/* What the end of one line leaves for the next. */
struct ew_highlight {
	bool in_comment;
};

typedef void (*ew_highlight_emit)(int start, int end, enum ew_role role, void *data);

/* Tells the coloured parts of one line (no newline) as byte ranges; `emit` may be NULL to skip it. */
void ew_highlight_line(struct ew_highlight *h, const char *line, int length, ew_highlight_emit emit,
		       void *data);

#endif
