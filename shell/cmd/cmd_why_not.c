/* SPDX-License-Identifier: GPL-3.0-or-later */
/* why-not: what excludes a call. */
#include "cmd/internal.h"
#include "view/view.h"

struct why_not_options {
	const char *binding;
};

static const struct ew_option why_not_options[] = {
	{"as", 0, EW_OPTION_STRING, offsetof(struct why_not_options, binding), "BINDING",
	 "narrow pointer calls, such as tcp4", .complete = EW_COMPLETE_BINDING},
	{NULL},
};

/* The second name is a function, or a mechanism for all that it runs. */
static bool get_asked(const struct ew_cmd_call *call, const struct ew_symbol **b, const char **mechanism,
		      GError **error)
{
	struct ew_query *q = call->context->query;
	g_autoptr(GError) problem = NULL;

	*b = ew_cmd_function(call, 1, &problem);
	*mechanism = NULL;
	if (*b)
		return true;
	if (g_error_matches(problem, EW_ERROR, EW_ERROR_NO_ANSWER) && ew_query_is_mechanism(q, call->argv[1])) {
		*mechanism = call->argv[1];
		return true;
	}
	g_propagate_error(error, g_steal_pointer(&problem));
	return false;
}

static int run_why_not(const struct ew_cmd_call *call, GError **error)
{
	const struct why_not_options *o = call->options;
	struct ew_cmd_context *context = call->context;
	const struct ew_symbol *a, *b;
	const char *mechanism;

	if (!ew_cmd_check_binding(context->refs, o->binding, error))
		return -1;
	a = ew_cmd_function(call, 0, error);
	if (!a || !get_asked(call, &b, &mechanism, error))
		return -1;
	ew_auto(why_not) w = ew_query_why_not(context->query, a, b, mechanism, o->binding, error);
	if (!w)
		return -1;
	ew_auto(doc) doc = ew_view_why_not(context->query, w);
	return ew_cmd_answer(call, doc, w->is_called ? 1 : w->is_partly ? 4 : 0, error);
}

const struct ew_cmd ew_cmd_why_not = {
	.name = "why-not",
	.group = "Ask",
	.synopsis = "CALLER CALLEE [--as BINDING]",
	.summary = "what excludes that one function calls another",
	.help = "At each of the caller's calls through a pointer, the functions that can stand in its slot and are "
		"not called, by what excludes them: another mechanism that they are registered with, objects that "
		"cannot be there, another notifier chain than the one that it calls, the binding. In the place of CALLEE a mechanism such as rcu or task_work means "
		"every function that it runs.\n\n"
		"Exit code 4 where what is put into one of its calls is not all followed, so that nobody can say; 1 where it "
		"does call it; \"exitwalk why\" then has the evidence.",
	.needs = EW_NEEDS_INDEX | EW_NEEDS_REFS,
	.min_arguments = 2,
	.max_arguments = 2,
	.options = why_not_options,
	.options_size = sizeof(struct why_not_options),
	.complete = EW_COMPLETE_FUNCTION,
	.complete_last = EW_COMPLETE_MECHANISM,
	.run = run_why_not,
};
