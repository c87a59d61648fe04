/* SPDX-License-Identifier: GPL-3.0-or-later */
/* states and context: who gives an object which state, and in which contexts a function can run. */
#include "cmd/internal.h"
#include "view/view.h"

#include <string.h>

/* ---- states ----------------------------------------------------------------------------------- */

struct states_options {
	const char *from, *to, *binding;
	bool is_long;
};

static const struct ew_option states_options[] = {
	{"from", 0, EW_OPTION_STRING, offsetof(struct states_options, from), "STATE",
	 "only where the source says that this is the old state", .complete = EW_COMPLETE_STATE},
	{"to", 0, EW_OPTION_STRING, offsetof(struct states_options, to), "STATE",
	 "only what gives this state", .complete = EW_COMPLETE_STATE},
	{"long", 'l', EW_OPTION_FLAG, offsetof(struct states_options, is_long), NULL,
	 "of each function, the way to it from where each of its contexts begins"},
	{"as", 0, EW_OPTION_STRING, offsetof(struct states_options, binding), "BINDING",
	 "narrow pointer calls on these ways, such as tcp4", .complete = EW_COMPLETE_BINDING},
	{NULL},
};

/* All states with and without their prefix: what may have been meant. NULL-ended, of char *. */
static GPtrArray *state_names(const struct ew_refs *refs, bool with_prefix)
{
	const GPtrArray *machines = ew_refs_states(refs);
	GPtrArray *names = g_ptr_array_new();

	for (guint i = 0; i < machines->len; i++) {
		const struct ew_refs_states *m = g_ptr_array_index(machines, i);

		for (int k = 0; m->states[k]; k++)
			g_ptr_array_add(names, m->states[k] + (with_prefix ? 0 : strlen(m->prefix)));
	}
	g_ptr_array_add(names, NULL);
	return names;
}

static bool find_state(const struct ew_refs *refs, const char *typed, const char **state, GError **error)
{
	*state = typed ? ew_query_state_named(refs, typed) : NULL;
	if (*state || !typed)
		return true;
	g_autoptr(GPtrArray) names = state_names(refs, false);
	g_autofree char *upper = g_ascii_strup(typed, -1);
	const char *bare = g_str_has_prefix(upper, "TCP_") ? upper + 4 : upper;
	const char *near = ew_nearest(g_strdelimit((char *)bare, "- ", '_'),
					  (const char *const *)names->pdata);
	g_autofree char *all = g_strjoinv(", ", (GStrv)names->pdata);

	g_set_error(error, EW_ERROR, EW_ERROR_USAGE, "there is no state \"%.60s\"%s%s%s; there are: %s",
		    typed, near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "", all);
	return false;
}

static int run_states(const struct ew_cmd_call *call, GError **error)
{
	const struct states_options *o = call->options;
	struct ew_cmd_context *context = call->context;
	struct ew_states_question question = {0};
	int unknown;

	question.binding = o->binding;
	if (!ew_cmd_check_binding(context->refs, o->binding, error) ||
	    !find_state(context->refs, o->from, &question.from, error) ||
	    !find_state(context->refs, o->to, &question.to, error))
		return -1;
	if (call->argc && !(question.function = ew_cmd_function(call, 0, error)))
		return -1;
	g_autoptr(GPtrArray) states = ew_query_states(context->query, &question, &unknown, error);
	if (!states)
		return -1;
	ew_auto(doc) doc = ew_view_states(context->query, states, &question, unknown, o->is_long, error);
	return doc ? ew_cmd_answer(call, doc, states->len ? 0 : 1, error) : -1;
}

const struct ew_cmd ew_cmd_states = {
	.name = "states",
	.group = "Ask",
	.synopsis = "[FUNCTION]",
	.summary = "the transitions of a state machine, such as TCP's, in the source",
	.help = "Every place where a state is given to an object: by a setter, by an assignment, by a table "
		"that the old state indexes. The old state is told where conditions around the place say it "
		"(\"not\" before what they exclude); else there is a dash, and never a guess. What is called "
		"in between may have changed it.\n\n"
		"\"runs in\" names the contexts in which the function can run, behind \"if:\" those that take one object on the "
		"way for granted; --long shows the way to it from a "
		"system call, a dispatcher of deferred work or another entry, \"exitwalk context FUNCTION\" its "
		"places. A + after a place says that other protocols share the member, or the "
		"constant, there.\n\n"
		"States are written with or without their prefix: TCP_CLOSE_WAIT, close-wait.",
	.needs = EW_NEEDS_INDEX | EW_NEEDS_REFS,
	.max_arguments = 1,
	.options = states_options,
	.options_size = sizeof(struct states_options),
	.complete = EW_COMPLETE_FUNCTION,
	.run = run_states,
};

/* ---- context ---------------------------------------------------------------------------------- */

struct context_options {
	const char *binding;
};

static const struct ew_option context_options[] = {
	{"as", 0, EW_OPTION_STRING, offsetof(struct context_options, binding), "BINDING",
	 "narrow pointer calls, such as tcp4", .complete = EW_COMPLETE_BINDING},
	{NULL},
};

static int run_context(const struct ew_cmd_call *call, GError **error)
{
	const struct context_options *o = call->options;
	struct ew_cmd_context *context = call->context;
	const struct ew_symbol *f;

	if (!ew_cmd_check_binding(context->refs, o->binding, error) ||
	    !(f = ew_cmd_function(call, 0, error)))
		return -1;
	g_autoptr(GPtrArray) contexts = ew_query_contexts(context->query, f, o->binding, error);
	if (!contexts)
		return -1;
	g_autoptr(GPtrArray) given = o->binding ? NULL : ew_query_contexts_given(context->query, f, contexts);
	const struct ew_view_question v = {
		.q = context->query, .refs = context->refs, .f = f, .binding = o->binding};
	ew_auto(doc) doc = ew_view_contexts(&v, contexts, given);
	return ew_cmd_answer(call, doc, contexts->len ? 0 : 1, error);
}

const struct ew_cmd ew_cmd_context = {
	.name = "context",
	.group = "Ask",
	.synopsis = "FUNCTION",
	.summary = "in which contexts it can run (task, softirq, RCU …), and whether it may sleep",
	.help = "For each context the most provable way to the function, from where the context begins: an entry "
		"point, such as a system call, or the dispatcher of deferred work. What runs softirqs at the end "
		"of an interrupt begins their context, and does not hand its own on.\n\n"
		"It runs in a context if every hop of a way is proved: a direct call, a call with one target, what "
		"the binding leaves, work that was queued, or a call through a parameter of what the caller on "
		"the way hands over. One object may be granted (\"if:\"): the call has several targets, a named "
		"object holds this one, and the object is found through a member; not with --as, which says what "
		"object it is. A context that comes by another hop alone is not proved and cannot be ruled out, and "
		"the hop is named: its way may join what never happens together. Where all are so, and a binding proves one that says "
		"where a packet goes (tcp4-segment: a TCP segment over IPv4 that comes in), it is told with it, \"given\".\n\n"
		"That it may sleep is proved by a chain of direct calls to what may, such as mutex_lock, none of which "
		"stands under a condition (but behind \"if (unlikely(c)) return;\"). Of another chain, that with the "
		"fewest conditional calls is shown: sleeping \"cannot be ruled out\". No chain is no proof that it may not.",
	.needs = EW_NEEDS_INDEX | EW_NEEDS_REFS,
	.min_arguments = 1,
	.max_arguments = 1,
	.options = context_options,
	.options_size = sizeof(struct context_options),
	.complete = EW_COMPLETE_FUNCTION,
	.run = run_context,
};
