/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Moving about in the shell: open, up, back and where among functions; next, prev, hint, quiz within
 * the open lesson, whose guide does the work; find.
 */
#include "cmd/internal.h"
#include "view/view.h"

/* ---- the open function ----------------------------------------------------------------------- */

static int show_current(const struct ew_cmd_call *call, const struct ew_symbol *f, GError **error)
{
	struct ew_cmd_context *context = call->context;

	ew_auto(doc) doc = ew_view_show(context->query, context->refs, f, error);
	return doc ? ew_cmd_answer(call, doc, 0, error) : -1;
}

static int run_open(const struct ew_cmd_call *call, GError **error)
{
	struct ew_cmd_context *context = call->context;
	const struct ew_symbol *f = ew_cmd_function(call, 0, error);

	if (!f)
		return -1;
	if (context->current && context->current != call->argv[0])
		g_ptr_array_add(context->trail, g_strdup(context->current));
	char *name = g_strdup(call->argv[0]);
	g_free(context->current);
	context->current = name;
	return show_current(call, f, error);
}

static bool check_current(const struct ew_cmd_context *context, GError **error)
{
	if (context->current)
		return true;
	g_set_error(error, EW_ERROR, EW_ERROR_USAGE,
		    "no function is open; \"open do_exit\" opens one, \"lesson\" lists the lessons");
	return false;
}

static int run_back(const struct ew_cmd_call *call, GError **error)
{
	struct ew_cmd_context *context = call->context;

	if (!context->trail->len) {
		g_set_error(error, EW_ERROR, EW_ERROR_NO_ANSWER, "there is nothing to go back to");
		return -1;
	}
	const char *name = g_ptr_array_index(context->trail, context->trail->len - 1);
	const struct ew_symbol *f = ew_query_one(context->query, name, EW_SYMBOL_FUNCTION, error);
	if (!f)
		return -1;
	g_free(context->current);
	context->current = g_ptr_array_steal_index(context->trail, context->trail->len - 1);
	return show_current(call, f, error);
}

/* The caller where all edges have the same one, else NULL. */
static const struct ew_symbol *only_caller(const GPtrArray *edges)
{
	const struct ew_symbol *caller = NULL;

	for (guint i = 0; i < edges->len; i++) {
		const struct ew_edge *e = g_ptr_array_index(edges, i);

		if (caller && e->caller != caller)
			return NULL;
		caller = e->caller;
	}
	return caller;
}

/* The name by which the symbol alone is found. */
static char *full_name(const struct ew_symbol *s)
{
	if (s->is_static && s->place.file)
		return g_strdup_printf("%s:%s", s->place.file, s->name);
	return g_strdup(s->name);
}

static int run_up(const struct ew_cmd_call *call, GError **error)
{
	struct ew_cmd_context *context = call->context;
	struct ew_view_question v = {.q = context->query, .refs = context->refs};
	struct ew_edge_options options = {0};

	if (!check_current(context, error))
		return -1;
	v.f = ew_query_one(context->query, context->current, EW_SYMBOL_FUNCTION, error);
	if (!v.f)
		return -1;
	g_autoptr(GPtrArray) edges = ew_query_callers(v.q, v.f, &options, &v.more, error);
	if (!edges)
		return -1;
	const struct ew_symbol *caller = only_caller(edges);
	if (caller) {
		g_ptr_array_add(context->trail, context->current);
		context->current = full_name(caller);
		return show_current(call, caller, error);
	}
	struct ew_caller_count count;
	if (!ew_query_count_callers(v.q, v.f, NULL, &count, error))
		return -1;
	v.callers = &count;
	struct ew_list *list;
	ew_auto(doc) doc = ew_view_callers(&v, &list);
	for (guint i = 0; i < edges->len; i++)
		ew_view_caller(list, &v, g_ptr_array_index(edges, i));
	ew_view_callers_end(doc, &v);
	return ew_cmd_answer(call, doc, edges->len ? 0 : 1, error);
}

static int run_find(const struct ew_cmd_call *call, GError **error)
{
	struct ew_cmd_context *context = call->context;

	if (!ew_cmd_check_name(call->argv[0], error))
		return -1;
	g_autoptr(GPtrArray) names =
		ew_query_complete(context->query, call->argv[0], EW_SYMBOL_ANY, 100);
	if (!names || !names->len) {
		g_set_error(error, EW_ERROR, EW_ERROR_NO_ANSWER, "no name begins with \"%s\"",
			    call->argv[0]);
		return -1;
	}
	g_ptr_array_add(names, NULL);
	ew_auto(doc) doc = ew_doc_new("exitwalk.find/1");
	struct ew_group *g = ew_doc_root(doc);
	ew_doc_strings(ew_doc_paragraph(g), EW_ROLE_FUNCTION, "names",
		       (const char *const *)names->pdata, "\n");
	ew_view_provenance(g, context->query);
	return ew_cmd_answer(call, doc, 0, error);
}

/* ---- the open lesson ------------------------------------------------------------------------- */

static struct ew_guide *need_guide(const struct ew_cmd_call *call, GError **error)
{
	if (call->context->guide)
		return call->context->guide;
	g_set_error(error, EW_ERROR, EW_ERROR_USAGE,
		    "no lesson is open; \"lesson\" lists them, \"lesson tcp-close\" opens the first");
	return NULL;
}

static int run_next(const struct ew_cmd_call *call, GError **error)
{
	struct ew_guide *guide = need_guide(call, error);

	return guide ? guide->move(guide->data, call, 1, error) : -1;
}

static int run_prev(const struct ew_cmd_call *call, GError **error)
{
	struct ew_guide *guide = need_guide(call, error);

	return guide ? guide->move(guide->data, call, -1, error) : -1;
}

static int run_hint(const struct ew_cmd_call *call, GError **error)
{
	struct ew_guide *guide = need_guide(call, error);

	return guide ? guide->hint(guide->data, call, error) : -1;
}

static int run_quiz(const struct ew_cmd_call *call, GError **error)
{
	struct ew_guide *guide = need_guide(call, error);

	return guide ? guide->quiz(guide->data, call, error) : -1;
}

static int run_go(const struct ew_cmd_call *call, GError **error)
{
	struct ew_guide *guide = need_guide(call, error);

	return guide ? guide->go(guide->data, call, call->argv[0], error) : -1;
}

/* Where am I: in the lesson, and at which function, and how I came there. */
static int run_where(const struct ew_cmd_call *call, GError **error)
{
	struct ew_cmd_context *context = call->context;

	if (context->guide && context->guide->where) {
		int code = context->guide->where(context->guide->data, call, error);

		if (code != 0 || !context->current)
			return code;
	}
	if (!check_current(context, error))
		return -1;
	ew_auto(doc) doc = ew_doc_new("exitwalk.where/1");
	struct ew_block *b = ew_doc_paragraph(ew_doc_root(doc));
	for (guint i = 0; i < context->trail->len; i++)
		ew_doc_sayf(b, "%s → ", (char *)g_ptr_array_index(context->trail, i));
	ew_doc_text(b, EW_ROLE_FUNCTION, "function", context->current);
	return ew_cmd_answer(call, doc, 0, error);
}

/* ---- rows ------------------------------------------------------------------------------------ */

const struct ew_cmd ew_cmd_find = {
	.name = "find",
	.group = "Read",
	.synopsis = "PREFIX",
	.summary = "names in the index that begin so; STRUCT. lists members",
	.needs = EW_NEEDS_INDEX,
	.min_arguments = 1,
	.max_arguments = 1,
	.complete = EW_COMPLETE_SYMBOL,
	.run = run_find,
};

#define IN_SHELL "In the shell"

const struct ew_cmd ew_cmd_open = {
	.name = "open",
	.group = IN_SHELL,
	.synopsis = "FUNCTION",
	.summary = "show a function and stand there: callers, callees and up then mean it",
	.needs = EW_NEEDS_INDEX | EW_NEEDS_SHELL,
	.min_arguments = 1,
	.max_arguments = 1,
	.complete = EW_COMPLETE_FUNCTION,
	.run = run_open,
};

const struct ew_cmd ew_cmd_up = {
	.name = "up",
	.group = IN_SHELL,
	.synopsis = "",
	.summary = "to the caller of the open function, or the list if there are several",
	.needs = EW_NEEDS_INDEX | EW_NEEDS_SHELL,
	.run = run_up,
};

const struct ew_cmd ew_cmd_back = {
	.name = "back",
	.group = IN_SHELL,
	.synopsis = "",
	.summary = "to the function that was open before",
	.needs = EW_NEEDS_INDEX | EW_NEEDS_SHELL,
	.run = run_back,
};

const struct ew_cmd ew_cmd_where = {
	.name = "where",
	.group = IN_SHELL,
	.synopsis = "",
	.summary = "where you are: lesson, step, function",
	.needs = EW_NEEDS_SHELL,
	.run = run_where,
};

const struct ew_cmd ew_cmd_next = {
	.name = "next",
	.group = IN_SHELL,
	.synopsis = "",
	.summary = "the next step of the open lesson",
	.needs = EW_NEEDS_SHELL,
	.run = run_next,
};

const struct ew_cmd ew_cmd_prev = {
	.name = "prev",
	.group = IN_SHELL,
	.synopsis = "",
	.summary = "the step before",
	.needs = EW_NEEDS_SHELL,
	.run = run_prev,
};

const struct ew_cmd ew_cmd_go = {
	.name = "go",
	.group = IN_SHELL,
	.synopsis = "STEP",
	.summary = "to a step of the open lesson, by name or number",
	.needs = EW_NEEDS_SHELL,
	.min_arguments = 1,
	.max_arguments = 1,
	.complete = EW_COMPLETE_STEP,
	.run = run_go,
};

const struct ew_cmd ew_cmd_quiz = {
	.name = "quiz",
	.group = IN_SHELL,
	.synopsis = "[ANSWER]",
	.summary = "the question of this step; with an answer, whether it is right",
	.needs = EW_NEEDS_SHELL,
	.max_arguments = -1,
	.complete = EW_COMPLETE_FUNCTION,
	.run = run_quiz,
};

const struct ew_cmd ew_cmd_hint = {
	.name = "hint",
	.group = IN_SHELL,
	.synopsis = "",
	.summary = "the next hint of this step",
	.needs = EW_NEEDS_SHELL,
	.run = run_hint,
};

/* The shell itself ends; see shell/repl. */
static int run_quit(const struct ew_cmd_call *call, GError **error)
{
	call->context->wants_quit = true;
	return 0;
}

const struct ew_cmd ew_cmd_quit = {
	.name = "quit",
	.group = IN_SHELL,
	.synopsis = "",
	.summary = "leave; Ctrl-D does too",
	.needs = EW_NEEDS_SHELL,
	.run = run_quit,
};
