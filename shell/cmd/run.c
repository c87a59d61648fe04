/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One call from argv to exit code; and the one place that turns an error into text and a code. */
#include "cmd/internal.h"
#include <string.h>
#include <unistd.h>

static int exit_code(const GError *error)
{
	if (error->domain != EW_ERROR)
		return 3;
	switch ((enum ew_error)error->code) {
	case EW_ERROR_NO_ANSWER:
		return 1;
	case EW_ERROR_USAGE:
	case EW_ERROR_INPUT:
		return 2;
	case EW_ERROR_NOT_POSSIBLE:
		return 3;
	case EW_ERROR_PARTLY:
		return 4;
	}
	return 3;
}

static int complain(const struct ew_cmd_context *context, const char *where, const GError *error)
{
	g_autofree char *clean = ew_doc_clean(error->message, -1);
	g_autoptr(GString) message = g_string_new(clean);

	if (context->is_shell) { /* what is advised can be typed as it stands */
		g_string_replace(message, "\"exitwalk ", "\"", 0);
		g_string_replace(message, "`exitwalk ", "`", 0);
	}
	fflush(stdout);
	fprintf(stderr, "%s: %s\n", where, message->str);
	return exit_code(error);
}

/* What is wrong with a file may be several things, a line each. */
int ew_cmd_complain(const struct ew_cmd_context *context, const char *where, const GError *error)
{
	if (!g_error_matches(error, EW_ERROR, EW_ERROR_INPUT))
		return complain(context, where, error);
	g_auto(GStrv) lines = g_strsplit(error->message, "\n", -1);
	for (int i = 0; lines[i]; i++) {
		g_autoptr(GError) line = g_error_new_literal(error->domain, error->code, lines[i]);

		complain(context, where, line);
	}
	return exit_code(error);
}

/* An honest no is an answer: who asked for JSON gets it as JSON. */
static int refuse(struct ew_cmd_context *context, const char *where, const GError *error)
{
	if (!context->globals.json || !g_error_matches(error, EW_ERROR, EW_ERROR_NO_ANSWER))
		return ew_cmd_complain(context, where, error);

	ew_auto(doc) doc = ew_doc_new("exitwalk.no/1");
	ew_doc_text(ew_doc_paragraph(ew_doc_root(doc)), EW_ROLE_PLAIN, "message", error->message);
	g_autofree char *text = ew_doc_to_json(doc, true);
	ew_term_print(&context->term, context->out, text, false, NULL);
	return 1;
}

static void refresh_term(struct ew_cmd_context *context)
{
	const char *color = context->globals.color;
	enum ew_color when = !color || !strcmp(color, "auto") ? EW_COLOR_AUTO
			     : !strcmp(color, "always")	      ? EW_COLOR_ALWAYS
							      : EW_COLOR_NEVER;

	ew_term_init(&context->term, when);
	if (!context->is_redirected)
		return;
	context->term.out_tty = context->term.links = false;
	context->term.colour = when == EW_COLOR_ALWAYS;
}

static bool check_needs(struct ew_cmd_context *context, const struct ew_cmd *cmd, GError **error)
{
	if ((cmd->needs & EW_NEEDS_SHELL) && !context->is_shell) {
		g_set_error(error, EW_ERROR, EW_ERROR_USAGE,
			    "%s is for the shell; start it with \"exitwalk\", then type \"%s\"", cmd->name,
			    cmd->name);
		return false;
	}
	if ((cmd->needs & EW_NEEDS_TTY) && !(context->term.in_tty && context->term.out_tty)) {
		g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
			    "%s needs a terminal; standard input or output is none", cmd->name);
		return false;
	}
	if ((cmd->needs & EW_NEEDS_REFS) && !ew_cmd_need_refs(context, error))
		return false;
	return !(cmd->needs & EW_NEEDS_INDEX) || ew_cmd_need_index(context, error);
}

/* In the shell, a command about a function is about the open one unless it names another. */
static void add_current(const struct ew_cmd_context *context, struct ew_cmd_line *line)
{
	if (context->is_shell && context->current && line->arguments->len == 0 &&
	    line->cmd->min_arguments == 1 && line->cmd->complete == EW_COMPLETE_FUNCTION)
		g_ptr_array_add(line->arguments, context->current);
}

static int call_command(struct ew_cmd_context *context, struct ew_cmd_line *line, GError **error)
{
	struct ew_cmd_call call = {.context = context, .cmd = line->cmd, .options = line->options};
	ew_auto(doc) doc = NULL;

	if (line->globals.version)
		doc = ew_help_version();
	else if (line->globals.help)
		doc = line->cmd ? ew_help_command(line->cmd) : ew_help_overview();
	if (doc)
		return ew_cmd_answer(&call, doc, 0, error);
	if (!line->cmd) {
		context->enter_shell = true;
		return 0;
	}

	add_current(context, line);
	if (!ew_cmd_check_arguments(line, error) || !check_needs(context, line->cmd, error))
		return -1;
	call.argc = (int)line->arguments->len;
	g_ptr_array_add(line->arguments, NULL);
	call.argv = (char *const *)line->arguments->pdata;
	int code = line->cmd->run(&call, error);
	if (code >= 0 && context->refs && !ew_refs_is_sound(context->refs, error))
		return -1;
	return code;
}

int ew_cmd_run(struct ew_cmd_context *context, int argc, char *const *argv, const char *where)
{
	g_autoptr(GError) error = NULL;
	struct ew_cmd_line line;
	int code = -1;

	ew_cmd_rest_look(context);
	context->globals = context->defaults;
	bool is_parsed = ew_cmd_parse(&context->defaults, argc, argv, &line, &error);
	context->globals = line.globals;
	refresh_term(context);
	if (is_parsed)
		code = call_command(context, &line, &error);
	if (context->enter_shell && !context->is_shell)
		context->defaults = context->globals; /* from here on they hold for every command */
	if (error)
		code = refuse(context, where, error);
	ew_cmd_line_clear(&line);
	return code;
}
