/* SPDX-License-Identifier: GPL-3.0-or-later */
/* help, and what the build and the shells ask of the table: the manual page and completions. */
#include "cmd/internal.h"

struct options {
	const char *man;
	bool complete;
};

static const struct ew_option options[] = {
	{"man", 0, EW_OPTION_STRING, offsetof(struct options, man), "PROSE",
	 "write the manual page around this file of prose", .is_hidden = true},
	{"complete", 0, EW_OPTION_FLAG, offsetof(struct options, complete), NULL,
	 "write what may stand in the place of the last of the words given", .is_hidden = true},
	{NULL},
};

static int write_man(const struct ew_cmd_call *call, const char *file, GError **error)
{
	g_autofree char *prose = NULL;

	if (!g_file_get_contents(file, &prose, NULL, NULL)) {
		g_set_error(error, EW_ERROR, EW_ERROR_INPUT, "cannot read the prose %s", file);
		return -1;
	}
	g_autofree char *man = ew_help_man(prose);
	return ew_term_print(&call->context->term, call->context->out, man, false, error) ? 0 : -1;
}

static int write_completions(const struct ew_cmd_call *call, GError **error)
{
	g_autoptr(GPtrArray) before = g_ptr_array_new();
	g_autoptr(GString) out = g_string_new(NULL);

	for (int i = 0; i < call->argc - 1; i++)
		g_ptr_array_add(before, call->argv[i]);
	g_ptr_array_add(before, NULL);
	g_autoptr(GPtrArray) found = ew_cmd_complete(call->context,
						     (const char *const *)before->pdata,
						     call->argc ? call->argv[call->argc - 1] : "");
	for (guint i = 0; found && i < found->len; i++)
		g_string_append_printf(out, "%s\n", (char *)g_ptr_array_index(found, i));
	return ew_term_print(&call->context->term, call->context->out, out->str, false, error) ? 0 : -1;
}

static int run(const struct ew_cmd_call *call, GError **error)
{
	const struct options *o = call->options;
	ew_auto(doc) doc = NULL;

	if (o->man)
		return write_man(call, o->man, error);
	if (o->complete)
		return write_completions(call, error);
	if (!call->argc) {
		doc = ew_help_overview();
		return ew_cmd_answer(call, doc, 0, error);
	}
	char *const line[] = {call->argv[0], NULL};
	struct ew_cmd_line parsed;
	bool is_known = ew_cmd_parse(&call->context->globals, 1, line, &parsed, error);
	if (is_known)
		doc = ew_help_command(parsed.cmd);
	ew_cmd_line_clear(&parsed);
	return is_known ? ew_cmd_answer(call, doc, 0, error) : -1;
}

const struct ew_cmd ew_cmd_help = {
	.name = "help",
	.group = "Help",
	.synopsis = "[COMMAND]",
	.summary = "say what the commands are, or what one does",
	.max_arguments = -1,
	.options = options,
	.options_size = sizeof(struct options),
	.complete = EW_COMPLETE_COMMAND,
	.run = run,
};
