/* SPDX-License-Identifier: GPL-3.0-or-later */
/* path: ways through the call graph. */
#include "cmd/internal.h"
#include "view/view.h"

struct path_options {
	const char *binding;
	bool is_long;
};

static const struct ew_option path_options[] = {
	{"as", 0, EW_OPTION_STRING, offsetof(struct path_options, binding), "BINDING",
	 "narrow pointer calls, such as tcp4", .complete = EW_COMPLETE_BINDING},
	{"long", 'l', EW_OPTION_FLAG, offsetof(struct path_options, is_long), NULL,
	 "every condition of every hop, with its place"},
	{NULL},
};

static int run_path(const struct ew_cmd_call *call, GError **error)
{
	const struct path_options *o = call->options;
	struct ew_cmd_context *context = call->context;
	const struct ew_symbol *from, *to;

	if (!ew_cmd_check_binding(context->refs, o->binding, error) || !ew_cmd_get_ends(call, &from, &to, error))
		return -1;
	ew_auto(path) path = ew_query_path(context->query, from, to, o->binding, error);
	if (!path)
		return -1;
	ew_auto(doc) doc = ew_view_path(context->query, context->refs, from, to, path, o->is_long);
	return ew_cmd_answer(call, doc, 0, error);
}

const struct ew_cmd ew_cmd_path = {
	.name = "path",
	.group = "Ask",
	.synopsis = "FROM TO [--as BINDING] [--long]",
	.summary = "the shortest proved way from one function to another",
	.help = "Each hop says what kind of call it is, when it happens, how it was proved and where. Work "
		"that is queued now and run later is drawn apart, with where it was queued.\n\n"
		"A binding says what kind of object goes along the way: --as tcp4 is a TCP socket over IPv4.",
	.needs = EW_NEEDS_INDEX,
	.min_arguments = 2,
	.max_arguments = 2,
	.options = path_options,
	.options_size = sizeof(struct path_options),
	.complete = EW_COMPLETE_FUNCTION,
	.run = run_path,
};
