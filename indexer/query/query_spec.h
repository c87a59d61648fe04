/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An anchor's words as the resolver wants them. */
#ifndef EW_QUERY_SPEC_H
#define EW_QUERY_SPEC_H

#include "query/query.h"

enum ew_at_kind {
	EW_AT_DEF,
	EW_AT_CALL,
	EW_AT_READ,
	EW_AT_WRITE,
	EW_AT_ADDR,
	EW_AT_INIT,
	EW_AT_COND,
	EW_AT_RETURN,
	EW_AT_LABEL,
	EW_AT_COMMENT,
	EW_AT_LIKE,
};

enum ew_show_kind {
	EW_SHOW_LINE,
	EW_SHOW_STATEMENT,
	EW_SHOW_BRANCH,
	EW_SHOW_FUNCTION,
	EW_SHOW_AROUND,
};

struct ew_spec {
	unsigned kinds; /* of symbols that `in` may name */
	GStrv names;	/* alternatives of `in` */
	enum ew_at_kind at;
	GStrv arguments; /* alternatives of `at`; one empty string where it takes none */
	enum ew_show_kind show;
	int around;
};

/* Into a zeroed struct, which is to be cleared in any case. EW_ERROR_INPUT says what is ill formed.
 */
bool ew_spec_parse(struct ew_spec *s, const struct ew_anchor_spec *from, GError **error);
void ew_spec_clear(struct ew_spec *s);

#endif
