/* SPDX-License-Identifier: GPL-3.0-or-later */
/* path: ways through the call graph. */
#include "cmd/internal.h"
#include "view/view.h"

struct path_options {
	const char *binding;
	bool is_all, is_long;
	int most;
	GPtrArray *avoid;
};

static const struct ew_option path_options[] = {
	{"as", 0, EW_OPTION_STRING, offsetof(struct path_options, binding), "BINDING",
	 "narrow pointer calls, such as tcp4", .complete = EW_COMPLETE_BINDING},
	{"avoid", 0, EW_OPTION_STRINGS, offsetof(struct path_options, avoid), "FUNCTION",
	 "a way without it; may be given again", .complete = EW_COMPLETE_FUNCTION},
	{"all", 'a', EW_OPTION_FLAG, offsetof(struct path_options, is_all), NULL,
	 "the shortest ways, and the shortest over each function that FROM calls"},
	{"max", 'm', EW_OPTION_INT, offsetof(struct path_options, most), "N",
	 "with --all: so many ways (10 if not given)"},
	{"long", 'l', EW_OPTION_FLAG, offsetof(struct path_options, is_long), NULL,
	 "conditions with their places, CONFIG_ guards, whether the callee may sleep"},
	{NULL},
};

/* The functions that are named; each name is one function, as for the ends. */
static GPtrArray *find_avoided(const struct ew_cmd_call *call, const struct path_options *o, GError **error)
{
	g_autoptr(GPtrArray) avoid = g_ptr_array_new();

	for (guint i = 0; o->avoid && i < o->avoid->len; i++) {
		const char *name = g_ptr_array_index(o->avoid, i);
		const struct ew_symbol *f;

		if (!ew_cmd_check_name(name, error))
			return NULL;
		f = ew_query_one(call->context->query, name, EW_SYMBOL_FUNCTION, error);
		if (!f)
			return NULL;
		g_ptr_array_add(avoid, (gpointer)f);
	}
	return g_steal_pointer(&avoid);
}

static int show_shortest(const struct ew_cmd_call *call, struct ew_view_ways *v, GError **error)
{
	ew_auto(path) path = ew_query_path(v->q, v->from, v->to, v->binding, error);

	if (!path)
		return -1;
	v->path = path;
	ew_auto(doc) doc = ew_view_path(v);
	return ew_cmd_answer(call, doc, 0, error);
}

static int show_some(const struct ew_cmd_call *call, struct ew_view_ways *v, GError **error)
{
	const struct path_options *o = call->options;
	g_autoptr(GPtrArray) avoid = find_avoided(call, o, error);
	struct ew_path_options options = {
		.binding = o->binding, .avoid = avoid, .most = o->is_all ? o->most : 1};

	/* What the text shows; a program gets all. */
	if (!o->is_long && !call->context->globals.json)
		options.routes = o->most > 0 ? o->most : EW_PATHS_MOST;

	if (!avoid)
		return -1;
	ew_auto(paths) paths = ew_query_paths(v->q, v->from, v->to, &options, error);
	if (!paths)
		return -1;
	v->paths = paths;
	if (!o->is_all)
		v->path = g_ptr_array_index(paths->paths, 0);
	ew_auto(doc) doc = o->is_all ? ew_view_paths(v) : ew_view_path(v);
	return ew_cmd_answer(call, doc, paths->is_given_up && o->is_all ? 4 : 0, error);
}

static int run_path(const struct ew_cmd_call *call, GError **error)
{
	const struct path_options *o = call->options;
	struct ew_cmd_context *context = call->context;
	struct ew_view_ways v = {.q = context->query,
				 .refs = context->refs,
				 .binding = o->binding,
				 .is_long = o->is_long};
	g_autoptr(GPtrArray) names = NULL;

	if (o->most && !o->is_all) {
		g_set_error(error, EW_ERROR, EW_ERROR_USAGE,
			    "--max says how many ways --all shows; give --all as well");
		return -1;
	}
	if (!ew_cmd_check_binding(context->refs, o->binding, error) ||
	    !ew_cmd_get_ends(call, &v.from, &v.to, error))
		return -1;
	if (!o->is_all && !o->avoid)
		return show_shortest(call, &v, error);
	if (o->avoid) {
		names = g_ptr_array_copy(o->avoid, NULL, NULL);
		g_ptr_array_add(names, NULL);
		v.avoid = (const char *const *)names->pdata;
	}
	return show_some(call, &v, error);
}

const struct ew_cmd ew_cmd_path = {
	.name = "path",
	.group = "Ask",
	.synopsis = "FROM TO [--as BINDING] [--avoid FUNCTION]... [--all]",
	.summary = "the shortest proved way from one function to another, or the shortest ways",
	.help = "Each hop says what kind of call it is, when it happens, under which conditions, how it was "
		"proved and where. Work that is queued now and run later is drawn apart, with where it was "
		"queued; to queue it is a hop as well, from the function that queues to the work, and counts "
		"like two where another task, or an interrupt, runs the work.\n\n"
		"A binding says what kind of object goes along the way: --as tcp4 is a TCP socket over IPv4. Calls through "
		"the members that it names are those of such an object; what it has not (a pipe has no socket.ops) nobody "
		"calls on the way. Where no way is left, the answer says what of another object's way is excluded.\n\n"
		"--avoid F leaves out what goes through F, work that F runs, and work that only F queues. "
		"--all lists the shortest ways, each function once on a way (but see the next paragraph), a call through a "
		"pointer counting a little more than a direct one; the answer says whether there are more. Then comes "
		"the shortest way over each function that FROM calls.\n\n"
		"Where a function calls what it is handed (NF_HOOK(), kref_put()), a way goes on with what the caller on "
		"the way hands over; such a function may stand on a way twice. A function that is given an object "
		"and queues it (sk_reset_timer(), mod_timer()) queues nothing by itself: its callers do. Asked from it, the "
		"way begins with what any of them gives it, and says who.\n\n"
		"A way goes through panic() only where no other is nearly as short, and says so: in the order of --all it counts "
		"eight hops more.",
	.needs = EW_NEEDS_INDEX,
	.min_arguments = 2,
	.max_arguments = 2,
	.options = path_options,
	.options_size = sizeof(struct path_options),
	.complete = EW_COMPLETE_FUNCTION,
	.run = run_path,
};
