/* SPDX-License-Identifier: GPL-3.0-or-later */
/* def, show, slots, coverage: what is where, and what the index has seen. */
#include "cmd/internal.h"
#include "view/view.h"

static int run_def(const struct ew_cmd_call *call, GError **error)
{
	if (!ew_cmd_check_name(call->argv[0], error))
		return -1;
	g_autoptr(GPtrArray) symbols =
		ew_query_find(call->context->query, call->argv[0], EW_SYMBOL_ANY, error);
	if (!symbols)
		return -1;
	ew_auto(doc) doc = ew_view_symbols(call->context->query, symbols);
	return ew_cmd_answer(call, doc, 0, error);
}

static int run_show(const struct ew_cmd_call *call, GError **error)
{
	struct ew_cmd_context *context = call->context;
	const struct ew_symbol *symbol = ew_cmd_symbol(call, 0, EW_SYMBOL_ANY, error);

	if (!symbol)
		return -1;
	ew_auto(doc) doc = ew_view_show(context->query, context->refs, symbol, error);
	return doc ? ew_cmd_answer(call, doc, 0, error) : -1;
}

struct slots_options {
	int limit;
};

static const struct ew_option slots_options[] = {
	{"limit", 'n', EW_OPTION_INT, offsetof(struct slots_options, limit), "N",
	 "show N stores and N calls, and say so"},
	{NULL},
};

static int run_slots(const struct ew_cmd_call *call, GError **error)
{
	const struct slots_options *o = call->options;

	if (!ew_cmd_check_name(call->argv[0], error))
		return -1;
	ew_auto(slot) slot = ew_query_slot(call->context->query, call->argv[0], error);
	if (!slot)
		return -1;
	ew_auto(doc) doc = ew_view_slot(call->context->query, slot, o->limit);
	return ew_cmd_answer(call, doc, slot->stores->len ? 0 : 1, error);
}

struct coverage_options {
	bool pointers;
};

static const struct ew_option coverage_options[] = {
	{"pointers", 0, EW_OPTION_FLAG, offsetof(struct coverage_options, pointers), NULL,
	 "how well the targets of calls through a pointer are known"},
	{NULL},
};

static struct ew_doc *coverage_of(struct ew_query *q, bool pointers, GError **error)
{
	if (pointers) {
		ew_auto(pointer_coverage) c = ew_query_pointer_coverage(q, error);

		return c ? ew_view_pointer_coverage(q, c) : NULL;
	}
	ew_auto(coverage) coverage = ew_query_coverage(q, error);
	return coverage ? ew_view_coverage(q, coverage) : NULL;
}

static int run_coverage(const struct ew_cmd_call *call, GError **error)
{
	const struct coverage_options *o = call->options;
	struct ew_query *q = call->context->query;
	ew_auto(doc) doc = coverage_of(q, o->pointers, error);

	return doc ? ew_cmd_answer(call, doc, ew_query_about(q)->part_of ? 4 : 0, error) : -1;
}

const struct ew_cmd ew_cmd_slots = {
	.name = "slots",
	.group = "Ask",
	.synopsis = "STRUCT.FIELD",
	.summary = "which functions a member holds, and which calls go through it",
	.needs = EW_NEEDS_INDEX,
	.min_arguments = 1,
	.max_arguments = 1,
	.options = slots_options,
	.options_size = sizeof(struct slots_options),
	.complete = EW_COMPLETE_FIELD,
	.run = run_slots,
};

const struct ew_cmd ew_cmd_def = {
	.name = "def",
	.group = "Read",
	.synopsis = "NAME",
	.summary = "where a function, struct, member, variable or macro is defined",
	.needs = EW_NEEDS_INDEX,
	.min_arguments = 1,
	.max_arguments = 1,
	.complete = EW_COMPLETE_SYMBOL,
	.run = run_def,
};

const struct ew_cmd ew_cmd_show = {
	.name = "show",
	.group = "Read",
	.synopsis = "NAME",
	.summary = "its source, with the calls marked and what is known about it",
	.help = "The margin marks a line that calls with >, one that calls through a pointer with *. NAME "
		"may be a file of the index as well.",
	.needs = EW_NEEDS_INDEX,
	.min_arguments = 1,
	.max_arguments = 1,
	.complete = EW_COMPLETE_SYMBOL,
	.run = run_show,
};

const struct ew_cmd ew_cmd_coverage = {
	.name = "coverage",
	.group = "Indexes",
	.synopsis = "[--pointers]",
	.summary = "what the index has seen, and what it has not",
	.help = "With --pointers: of the calls through a pointer, how many have a target, how many targets and by "
		"what they were told apart; why others have none (\"exitwalk unresolved\" lists them); and which "
		"have most.\n\n"
		"Exit code 4 where the index holds the first units only, those that a lesson needed.",
	.needs = EW_NEEDS_INDEX,
	.options = coverage_options,
	.options_size = sizeof(struct coverage_options),
	.run = run_coverage,
};
