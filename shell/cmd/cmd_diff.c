/* SPDX-License-Identifier: GPL-3.0-or-later */
/* diff: the same way in two indexes. */
#include "cmd/internal.h"
#include "tree/tree.h"
#include "view/view.h"
#include <string.h>

struct diff_options {
	const char *path, *binding;
};

static const struct ew_option diff_options[] = {
	{"path", 0, EW_OPTION_STRING, offsetof(struct diff_options, path), "FROM TO",
	 "the way to compare (do_exit tcp_close --as tcp4 if not given)", .complete = EW_COMPLETE_FUNCTION},
	{"as", 0, EW_OPTION_STRING, offsetof(struct diff_options, binding), "BINDING",
	 "narrow pointer calls, such as tcp4", .complete = EW_COMPLETE_BINDING},
	{NULL},
};

/* A release or the name of an index; or a file. */
static struct ew_query *open_named(const struct ew_cmd_call *call, const char *name, GError **error)
{
	bool is_file = strchr(name, '/') || g_str_has_suffix(name, ".sqlite");
	g_autofree char *path = ew_tree_choose_index(is_file ? name : NULL, is_file ? NULL : name, error);

	return path ? ew_query_open(path, call->context->refs, error) : NULL;
}

/* `--path FROM TO`: the option takes the first word, the second stands behind the releases. */
static bool get_ends(const struct ew_cmd_call *call, const char **from, const char **to, GError **error)
{
	const struct diff_options *o = call->options;

	if (o->path && call->argc == 3) {
		*from = o->path;
		*to = call->argv[2];
		return ew_cmd_check_name(*from, error) && ew_cmd_check_name(*to, error);
	}
	if (o->path || call->argc == 3) {
		g_set_error(error, EW_ERROR, EW_ERROR_USAGE,
			    "a way has two ends: diff RELEASE RELEASE --path FROM TO");
		return false;
	}
	*from = "do_exit";
	*to = "tcp_close";
	return true;
}

static int run_diff(const struct ew_cmd_call *call, GError **error)
{
	const struct diff_options *o = call->options;
	const char *from, *to, *binding = o->path || o->binding ? o->binding : "tcp4";
	const struct ew_refs *refs = call->context->refs;

	if (!get_ends(call, &from, &to, error) || !ew_cmd_check_binding(refs, binding, error))
		return -1;
	ew_auto(query) a = open_named(call, call->argv[0], error);
	ew_auto(query) b = a ? open_named(call, call->argv[1], error) : NULL;
	if (!b)
		return -1;
	ew_auto(diff) d = ew_query_diff(a, b, from, to, binding, error);
	if (!d)
		return -1;
	ew_auto(doc) doc = ew_view_diff(d, call->argv[0], call->argv[1]);
	return ew_cmd_answer(call, doc, 0, error);
}

const struct ew_cmd ew_cmd_diff = {
	.name = "diff",
	.group = "Ask",
	.synopsis = "RELEASE RELEASE [--path FROM TO] [--as BINDING]",
	.summary = "the same way in two kernels: hops added, removed, renamed",
	.help = "RELEASE is a release such as 6.1, the name of an index that \"exitwalk trees\" lists, or its "
		"file. Each hop stands with its place in both. Where work was queued is compared too.\n\n"
		"Functions of one name are the same. Of the others, two that stand between the same functions "
		"count as renamed if they have the same signature or call at least half of their functions "
		"together; the answer says which. Two that differ are an answer as well as two that do not: "
		"the exit code is 0.",
	.needs = EW_NEEDS_REFS,
	.min_arguments = 2,
	.max_arguments = 3,
	.options = diff_options,
	.options_size = sizeof(struct diff_options),
	.complete = EW_COMPLETE_INDEX,
	.complete_last = EW_COMPLETE_FUNCTION,
	.run = run_diff,
};
