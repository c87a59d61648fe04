/* SPDX-License-Identifier: GPL-3.0-or-later */
/* callers, callees, why: questions about the call graph. */
#include "cmd/internal.h"
#include "view/view.h"

struct edge_options {
	int depth, limit;
	const char *binding;
};

static const struct ew_option edge_options[] = {
	{"depth", 'd', EW_OPTION_INT, offsetof(struct edge_options, depth), "N",
	 "go N calls far (1 if not given)"},
	{"limit", 'n', EW_OPTION_INT, offsetof(struct edge_options, limit), "N",
	 "stop after N calls, and say so"},
	{"as", 0, EW_OPTION_STRING, offsetof(struct edge_options, binding), "BINDING",
	 "narrow pointer calls, such as tcp4", .complete = EW_COMPLETE_BINDING},
	{NULL},
};

/* A binding that does not exist is a wrong option, with what there is. */
bool ew_cmd_check_binding(const struct ew_refs *refs, const char *name, GError **error)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new();

	if (!name || ew_refs_binding(refs, name))
		return true;
	const GPtrArray *bindings = ew_refs_bindings(refs);
	for (guint i = 0; i < bindings->len; i++)
		g_ptr_array_add(names, ((struct ew_refs_binding *)g_ptr_array_index(bindings, i))->name);
	g_ptr_array_add(names, NULL);
	g_autofree char *all = g_strjoinv(", ", (GStrv)names->pdata);
	g_set_error(error, EW_ERROR, EW_ERROR_USAGE, "there is no binding \"%.60s\"; there are: %s", name,
		    all);
	return false;
}

static bool begin_question(const struct ew_cmd_call *call, struct ew_view_question *v,
			   struct ew_edge_options *options, GError **error)
{
	const struct edge_options *o = call->options;

	*options = (struct ew_edge_options){.depth = o->depth, .limit = o->limit, .binding = o->binding};
	*v = (struct ew_view_question){
		.q = call->context->query,
		.refs = call->context->refs,
		.binding = o->binding,
		.limit = o->limit,
	};
	if (!ew_cmd_check_binding(v->refs, o->binding, error))
		return false;
	v->f = ew_cmd_function(call, 0, error);
	return v->f != NULL;
}

/* So many callers are written at a time. */
enum { BATCH = 64 };

struct callers {
	const struct ew_view_question *v;
	struct ew_cmd_output *output;
	struct ew_list *list;
	int count;
};

static bool take_caller(const struct ew_edge *e, void *data)
{
	struct callers *c = data;

	ew_view_caller(c->list, c->v, e);
	return ++c->count % BATCH || ew_cmd_output_flush(c->output);
}

static int run_callers(const struct ew_cmd_call *call, GError **error)
{
	struct ew_caller_count count;
	struct ew_edge_options options;
	struct ew_view_question v;
	struct callers c = {.v = &v};

	if (!begin_question(call, &v, &options, error) ||
	    !ew_query_count_callers(v.q, v.f, options.binding, &count, error))
		return -1;
	v.callers = &count;
	ew_auto(doc) doc = ew_view_callers(&v, &c.list);
	c.output = ew_cmd_output_new(call, doc, count.direct + count.pointer, error);
	if (!c.output)
		return -1;
	bool is_sound = ew_query_each_caller(v.q, v.f, &options, take_caller, &c, &v.more, error);
	if (is_sound)
		ew_view_callers_end(doc, &v);
	bool is_written = ew_cmd_output_end(c.output, is_sound ? error : NULL);
	return is_sound && is_written ? (c.count ? 0 : 1) : -1;
}

static int run_callees(const struct ew_cmd_call *call, GError **error)
{
	struct ew_edge_options options;
	struct ew_view_question v;

	if (!begin_question(call, &v, &options, error))
		return -1;
	g_autoptr(GPtrArray) edges = ew_query_callees(v.q, v.f, &options, &v.more, error);
	if (!edges)
		return -1;
	ew_auto(doc) doc = ew_view_callees(&v, edges);
	return ew_cmd_answer(call, doc, edges->len ? 0 : 1, error);
}

bool ew_cmd_get_ends(const struct ew_cmd_call *call, const struct ew_symbol **a,
		     const struct ew_symbol **b, GError **error)
{
	*a = ew_cmd_function(call, 0, error);
	*b = *a ? ew_cmd_function(call, 1, error) : NULL;
	return *b != NULL;
}

static int run_why(const struct ew_cmd_call *call, GError **error)
{
	struct ew_cmd_context *context = call->context;
	const struct ew_symbol *a, *b;

	if (!ew_cmd_get_ends(call, &a, &b, error))
		return -1;
	g_autoptr(GPtrArray) edges = ew_query_edges_between(context->query, a, b, error);
	if (!edges)
		return -1;
	if (!edges->len) {
		g_set_error(error, EW_ERROR, EW_ERROR_NO_ANSWER,
			    "this index proves no call from %s to %s; \"exitwalk path %s %s\" looks for a longer way",
			    a->name, b->name, a->name, b->name);
		return -1;
	}
	ew_auto(doc) doc = ew_view_why(context->query, context->refs, edges, error);
	return doc ? ew_cmd_answer(call, doc, 0, error) : -1;
}

const struct ew_cmd ew_cmd_callers = {
	.name = "callers",
	.group = "Ask",
	.synopsis = "FUNCTION",
	.summary = "who calls it, directly or through a pointer, and why",
	.help = "For a call through a pointer the answer names the member that is called through, the "
		"object that holds the function there, and both places: the call and the store.\n\n"
		"A static function whose name exists several times is written FILE:NAME, such as "
		"file_table.c:____fput.",
	.needs = EW_NEEDS_INDEX,
	.min_arguments = 1,
	.max_arguments = 1,
	.options = edge_options,
	.options_size = sizeof(struct edge_options),
	.complete = EW_COMPLETE_FUNCTION,
	.run = run_callers,
};

const struct ew_cmd ew_cmd_callees = {
	.name = "callees",
	.group = "Ask",
	.synopsis = "FUNCTION",
	.summary = "whom it calls, in the order of its source, under which conditions",
	.help = "Calls through a pointer are listed with every function that can stand there; one without "
		"any is listed as not proved. A call that a macro repeats is listed once; \"dump calls\" has "
		"each.",
	.needs = EW_NEEDS_INDEX,
	.min_arguments = 1,
	.max_arguments = 1,
	.options = edge_options,
	.options_size = sizeof(struct edge_options),
	.complete = EW_COMPLETE_FUNCTION,
	.run = run_callees,
};

const struct ew_cmd ew_cmd_why = {
	.name = "why",
	.group = "Ask",
	.synopsis = "CALLER CALLEE",
	.summary = "the evidence that one function calls another, step by step",
	.needs = EW_NEEDS_INDEX,
	.min_arguments = 2,
	.max_arguments = 2,
	.complete = EW_COMPLETE_FUNCTION,
	.run = run_why,
};
