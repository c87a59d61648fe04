/* SPDX-License-Identifier: GPL-3.0-or-later */
/* registers: where a function's address goes. */
#include "cmd/internal.h"
#include "view/view.h"

struct registers_options {
	int limit;
};

static const struct ew_option registers_options[] = {
	{"limit", 'n', EW_OPTION_INT, offsetof(struct registers_options, limit), "N",
	 "show N places, and say so"},
	{NULL},
};

static int run_registers(const struct ew_cmd_call *call, GError **error)
{
	const struct registers_options *o = call->options;
	struct ew_view_question v = {
		.q = call->context->query,
		.refs = call->context->refs,
		.limit = o->limit,
		.f = ew_cmd_function(call, 0, error),
	};

	if (!v.f)
		return -1;
	g_autoptr(GPtrArray) registrations = ew_query_registers(v.q, v.f, error);
	if (!registrations)
		return -1;
	ew_auto(doc) doc = ew_view_registers(&v, registrations);
	return ew_cmd_answer(call, doc, registrations->len ? 0 : 1, error);
}

const struct ew_cmd ew_cmd_registers = {
	.name = "registers",
	.group = "Ask",
	.synopsis = "FUNCTION",
	.summary = "where a function's address goes: the stores, and the calls that find it",
	.help = "Each place that stores the address, then the flows from there to every slot that calls go "
		"through: parameters, members, local copies. Of those calls the ones are listed that have "
		"the function as a target; the others find other objects in the slot, or run another "
		"mechanism's work. Flows to the keys of several static calls that differ in nothing else are "
		"one, with all keys.\n\n"
		"Exit code 1 where its address is never taken.",
	.needs = EW_NEEDS_INDEX,
	.min_arguments = 1,
	.max_arguments = 1,
	.options = registers_options,
	.options_size = sizeof(struct registers_options),
	.complete = EW_COMPLETE_FUNCTION,
	.run = run_registers,
};
