/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Last-reference gates: calls under a condition that says that the last reference was dropped. */
#include "query/gate_text.h"
#include "query/internal.h"

static bool is_gate(struct ew_query *q, const struct ew_condition *c, struct ew_gate *gate)
{
	const char *test;

	if (!c->text || c->is_in_macro)
		return false;
	switch (c->kind) {
	case EW_CONDITION_LOOP:
	case EW_CONDITION_CASE:
	case EW_CONDITION_LABEL:
	case EW_CONDITION_LABEL_FALL:
	case EW_CONDITION_UNREACHABLE:
	case EW_CONDITION_UNDER:
	case EW_CONDITION_UNDER_ELSE:
	case EW_CONDITION_LEFT:
	case EW_CONDITION_LEFT_ELSE:
	case EW_CONDITION_PASSED:
	case EW_CONDITION_WITHIN:
		return false;
	default:
		break;
	}
	test = gate_in_text(c->text, !c->is_negated, ew_refs_gates(q->refs)->tests);
	if (test)
		*gate = (struct ew_gate){.test = test, .place = c->place};
	return test != NULL;
}

bool ew_query_gate(struct ew_query *q, int64_t call, const struct ew_symbol *callee, struct ew_gate *gate)
{
	g_autoptr(GPtrArray) conditions = ew_query_conditions(q, call);
	struct call_row c;
	guint i;

	for (i = conditions->len; i-- > 0;)
		if (is_gate(q, g_ptr_array_index(conditions, i), gate))
			return true;
	if (!callee || !g_hash_table_contains(ew_refs_gates(q->refs)->puts, callee->name) ||
	    !query_call_row(q, call, &c))
		return false;
	*gate = (struct ew_gate){.test = callee->name,
				 .place = {query_file(q, c.file), c.line, c.column},
				 .is_beyond = true};
	return true;
}
