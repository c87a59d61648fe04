/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the views of sockets share: words for one socket. */
#ifndef EW_VIEW_SOCKETS_H
#define EW_VIEW_SOCKETS_H

#include "sockets/sockets.h"
#include "view/view.h"

/* "850 ms", "59.3 s", "2 min 3 s", "1 h 5 min", "3 d 2 h". */
void view_duration(uint32_t ms, char *text, size_t size);

/* "python3 (812) fd 7", or why nobody is named. */
void view_add_holders(GString *out, const struct ew_sockets *s, const struct ew_socket *k);
/* "the owner's turn: the peer has closed, close() is missing" */
void view_add_turn(GString *out, const struct ew_socket *k);
/* "rto 204 ms", or "". */
void view_timer(const struct ew_socket *k, char *text, size_t size);
/* One sentence or more; empty for a hint that needs no words beside the socket. */
void view_add_hint(GString *out, const struct ew_sockets *s, const struct ew_socket *k, int bit);

/* Everything that a program wants to know of it, as members of `b`'s object; holders as a list of `g`. */
void view_socket_members(struct ew_group *g, struct ew_block *b, const struct ew_sockets *s,
			 const struct ew_socket *k, unsigned hints);

/* How wide what is shown is. */
struct ew_view_socket_columns view_socket_measure(const struct ew_sockets *s, int width);
/* The titles, and the lines of one socket below them. */
void view_socket_titles(struct ew_group *g, const struct ew_view_socket_columns *c);
void view_socket_lines(struct ew_group *g, const struct ew_view_socket_columns *c,
		       const struct ew_sockets *s, const struct ew_socket *k, unsigned hints);

/* What the walk of /proc could not see, as notes. */
void view_walk_notes(struct ew_group *g, const struct ew_sockets_walk *w);
/* The same as members of the object "walk". */
void view_walk_members(struct ew_group *g, const struct ew_sockets_walk *w);

#endif
