/* SPDX-License-Identifier: GPL-3.0-or-later */
/* refs: the last-reference gates on a way, or of a function. */
#include "cmd/internal.h"
#include "view/view.h"

struct refs_options {
	const char *binding;
	bool is_long;
};

static const struct ew_option refs_options[] = {
	{"as", 0, EW_OPTION_STRING, offsetof(struct refs_options, binding), "BINDING",
	 "narrow pointer calls on the way, such as tcp4", .complete = EW_COMPLETE_BINDING},
	{"long", 'l', EW_OPTION_FLAG, offsetof(struct refs_options, is_long), NULL,
	 "all calls behind each gate, and all places that take a reference"},
	{NULL},
};

static int answer(const struct ew_cmd_call *call, const struct ew_view_ways *v, const GPtrArray *gates, GError **error)
{
	bool is_followed = v->path || ew_query_is_followed(v->q, v->from);
	ew_auto(doc) doc = ew_view_refs(v, gates);

	return ew_cmd_answer(call, doc, !is_followed ? 4 : gates->len ? 0 : 1, error);
}

static int run_refs(const struct ew_cmd_call *call, GError **error)
{
	const struct refs_options *o = call->options;
	struct ew_cmd_context *context = call->context;
	struct ew_view_ways v = {.q = context->query, .refs = context->refs, .binding = o->binding, .is_long = o->is_long};

	if (o->binding && call->argc < 2) {
		g_set_error(error, EW_ERROR, EW_ERROR_USAGE, "--as narrows a way; give both its ends, FROM and TO");
		return -1;
	}
	v.from = ew_cmd_check_binding(context->refs, o->binding, error) ? ew_cmd_function(call, 0, error) : NULL;
	if (!v.from || (call->argc > 1 && !(v.to = ew_cmd_function(call, 1, error))))
		return -1;
	ew_auto(path) path = v.to ? ew_query_path(v.q, v.from, v.to, v.binding, error) : NULL;
	if (v.to && !path)
		return -1;
	v.path = path;
	g_autoptr(GPtrArray) gates = path ? ew_query_gates_on(v.q, path) : ew_query_gates_in(v.q, v.from);
	return answer(call, &v, gates, error);
}

const struct ew_cmd ew_cmd_refs = {
	.name = "refs",
	.group = "Ask",
	.synopsis = "FUNCTION [TO [--as BINDING]]",
	.summary = "the gates that open at the last reference: of a function, or on the way to another",
	.help = "A gate is a test of how many references there are, and what is reached only where it says that the "
		"last one went: fput(), sock_put(), kref_put(). With two functions, the gates on the way that \"exitwalk "
		"path\" shows, with those on the ways on which its work was queued. Of each: what counts, the test and "
		"its place, what is called only then, and where references are taken, so far as it is done beside the member.\n\n"
		"It follows from the code: through branches, early returns, goto, locals, and functions whose answer is "
		"such a test (skb_unref). What the primitives mean, and which members count references, is of kernel-refs/gates. "
		"\"Where that is asked\" says that control comes there past the test, too. \"Nobody else holds a reference\" is a "
		"look, and drops none. Of a counter that is not known to count references it is said that it comes to zero, no more.",
	.needs = EW_NEEDS_INDEX | EW_NEEDS_REFS,
	.min_arguments = 1,
	.max_arguments = 2,
	.options = refs_options,
	.options_size = sizeof(struct refs_options),
	.complete = EW_COMPLETE_FUNCTION,
	.run = run_refs,
};
