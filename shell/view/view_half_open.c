/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of detection times. */
#include "view/view.h"
#include <string.h>

static void add_found(struct ew_block *row, const struct ew_view_half_open_found *f,
		      const char *key, const char *error_key)
{
	if (f->error) {
		ew_doc_real(row, EW_ROLE_GOOD, key, f->ms, 0);
	} else {
		ew_doc_text(row, EW_ROLE_PLAIN, key, NULL);
		ew_doc_text(row, EW_ROLE_BAD, NULL, "not told");
	}
	ew_doc_text(row, EW_ROLE_HIDDEN, error_key, f->error ? ew_live_errno_name(f->error) : NULL);
	ew_doc_int(row, EW_ROLE_HIDDEN, "waited_ms", f->bound_ms);
}

struct ew_doc *ew_view_half_open(const struct ew_view_half_open *v)
{
	struct ew_doc *doc = ew_doc_new("exitwalk.half-open/1");
	struct ew_group *g = ew_doc_root(doc);
	struct ew_table *t = ew_doc_table(g, "ways");

	ew_table_column(t, "way", "way", EW_ALIGN_LEFT);
	ew_table_column(t, "vanished_ms", "host gone", EW_ALIGN_RIGHT);
	ew_table_column(t, "stopped_ms", "program hangs", EW_ALIGN_RIGHT);
	ew_table_column(t, "does", "what it does", EW_ALIGN_LEFT);
	for (int i = 0; v->ways[i].name; i++) {
		struct ew_block *row = ew_table_row(t);

		ew_doc_text(row, EW_ROLE_EMPHASIS, "way", v->ways[i].name);
		add_found(row, &v->found[i][0], "vanished_ms", "vanished_error");
		add_found(row, &v->found[i][1], "stopped_ms", "stopped_error");
		ew_doc_text(row, EW_ROLE_PLAIN, "does", v->ways[i].does);
	}
	struct ew_block *b = ew_doc_paragraph(g);
	ew_doc_bool(b, EW_ROLE_HIDDEN, "recorded", v->is_recorded, NULL, NULL);
	ew_doc_bool(b, EW_ROLE_HIDDEN, "matched", v->matched[0] && v->matched[1], NULL, NULL);
	ew_doc_text(b, EW_ROLE_HIDDEN, "family", v->is_ipv6 ? "ipv6" : "ipv4");
	if (v->is_ipv6)
		ew_doc_say(b, "Over IPv6. ");
	if (v->is_recorded)
		ew_doc_say(b, "Recorded runs: nothing was measured now. ");
	ew_doc_sayf(
		b,
		"Milliseconds from the moment when the host vanished, or its program was stopped, "
		"until the other program got ETIMEDOUT. Not told: not within %g s.",
		(double)v->found[0][0].bound_ms / 1000);
	for (int peer = 0; peer < EW_VIEW_HALF_OPEN_PEERS; peer++)
		if (!v->matched[peer])
			ew_doc_textf(ew_doc_note(g, EW_ROLE_WARNING), EW_ROLE_PLAIN, NULL,
				     "%s went otherwise than expected: %s", v->experiments[peer],
				     v->differences[peer]);
	return doc;
}
