/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Last-reference gates: calls under a condition that says that the last reference was dropped. */
#include <string.h>

#include "query/gate_text.h"
#include "query/internal.h"

/* Does the test's first argument end in the member? */
static bool is_of(const char *argument, size_t length, const char *member)
{
	size_t n = strlen(member);

	return length >= n && !memcmp(argument + length - n, member, n) &&
	       (length == n || !(g_ascii_isalnum(argument[length - n - 1]) || argument[length - n - 1] == '_'));
}

/* Does atomic_dec_and_test(…) count references there? */
static bool counts_references(const char *text, const char *test, GHashTable *references)
{
	const char *at = strstr(text, test);
	GHashTableIter i;
	gpointer member;
	size_t length;

	at = at ? strchr(at, '(') : NULL;
	if (!at)
		return false;
	length = strcspn(++at, ",)");
	while (length && at[length - 1] == ' ')
		length--;
	g_hash_table_iter_init(&i, references);
	while (g_hash_table_iter_next(&i, &member, NULL))
		if (is_of(at, length, member))
			return true;
	return false;
}

static bool is_gate(struct ew_query *q, const struct ew_condition *c, struct ew_gate *gate)
{
	const struct ew_refs_gates *gates = ew_refs_gates(q->refs);
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
	test = gate_in_text(c->text, !c->is_negated, gates->tests);
	if (test) {
		*gate = (struct ew_gate){.test = test, .place = c->place};
		return true;
	}
	test = gate_in_text(c->text, !c->is_negated, gates->counts);
	if (test)
		*gate = (struct ew_gate){.test = test,
					 .place = c->place,
					 .is_counter = !counts_references(c->text, test, gates->references)};
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
