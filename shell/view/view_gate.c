/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A last-reference gate in words. */
#include "view/view.h"
#include <string.h>

static const char *kind_word(enum ew_gate_kind kind)
{
	static const char *const words[] = {
		[EW_GATE_SOLE] = "sole", [EW_GATE_REFERENCE] = "reference", [EW_GATE_COUNTER] = "counter"};

	return words[kind];
}

static const char *sentence(const struct ew_gate *gate)
{
	static const char *const words[] = {
		[EW_GATE_SOLE] = "only where nobody else holds a reference",
		[EW_GATE_REFERENCE] = "only the last reference",
		[EW_GATE_COUNTER] = "a counter comes to zero",
	};

	return words[gate->kind];
}

/* As it stands there: "atomic_long_dec_and_test", "--fs->users", "sb->s_count". */
static void add_test(struct ew_block *b, const char *test, const char *counter, const struct ew_place *place)
{
	if (!strcmp(test, "--"))
		ew_doc_textf(b, EW_ROLE_CODE, NULL, "--%s", counter);
	else if (!strcmp(test, "read"))
		ew_doc_text(b, EW_ROLE_CODE, NULL, counter);
	else
		ew_doc_text(b, EW_ROLE_FUNCTION, NULL, test);
	ew_doc_say(b, " at ");
	ew_doc_place(b, NULL, place);
}

static void add_keys(struct ew_block *b, const struct ew_gate *gate)
{
	ew_doc_text(b, EW_ROLE_HIDDEN, "test", gate->test);
	ew_doc_text(b, EW_ROLE_HIDDEN, "counter", gate->counter);
	ew_doc_text(b, EW_ROLE_HIDDEN, "member", gate->member);
	ew_doc_text(b, EW_ROLE_HIDDEN, "kind", kind_word(gate->kind));
	ew_doc_bool(b, EW_ROLE_HIDDEN, "reference", gate->kind != EW_GATE_COUNTER, NULL, NULL);
	ew_doc_bool(b, EW_ROLE_HIDDEN, "beyond", gate->is_beyond, NULL, NULL);
	ew_doc_bool(b, EW_ROLE_HIDDEN, "partly", gate->is_partly, NULL, NULL);
	ew_doc_textf(b, EW_ROLE_HIDDEN, "place", "%s:%d", gate->place.file, gate->place.line);
	ew_doc_text(b, EW_ROLE_HIDDEN, "helper_test", gate->helper_test);
	if (gate->helper_test)
		ew_doc_textf(b, EW_ROLE_HIDDEN, "helper_place", "%s:%d", gate->helper_place.file,
			     gate->helper_place.line);
	else
		ew_doc_text(b, EW_ROLE_HIDDEN, "helper_place", NULL);
}

void ew_view_gate_words(struct ew_block *b, const struct ew_gate *gate, bool has_keys)
{
	if (has_keys)
		add_keys(b, gate);
	if (gate->is_beyond) {
		ew_doc_text(b, EW_ROLE_FUNCTION, NULL, gate->test);
		ew_doc_say(b, " goes on only at the last reference");
		if (gate->member)
			ew_doc_say(b, " of ");
		ew_doc_text(b, EW_ROLE_FIELD, NULL, gate->member);
		return;
	}
	ew_doc_sayf(b, "%s%s (", sentence(gate), gate->is_partly ? ", where that is asked" : "");
	if (gate->member) {
		ew_doc_text(b, EW_ROLE_FIELD, NULL, gate->member);
		ew_doc_say(b, ": ");
	}
	add_test(b, gate->test, gate->counter, &gate->place);
	if (gate->helper_test) {
		ew_doc_say(b, ", by ");
		add_test(b, gate->helper_test, gate->counter, &gate->helper_place);
	}
	ew_doc_say(b, ")");
}

void ew_view_gate(struct ew_group *g, int indent, struct ew_query *q, int64_t call,
		  const struct ew_symbol *callee)
{
	struct ew_gate gate;

	if (!ew_query_gate(q, call, callee, &gate)) {
		ew_doc_text(ew_doc_line(g), EW_ROLE_HIDDEN, "gate", NULL);
		return;
	}
	struct ew_block *b = ew_doc_item(ew_doc_group(g, "gate", 0), indent);
	ew_doc_text(b, EW_ROLE_STRONG, NULL, "gate: ");
	ew_view_gate_words(b, &gate, true);
}
