/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The manual page: prose written by hand (data/exitwalk.1.in) around what the table knows. */
#include "cmd/internal.h"
#include <string.h>

/* Text as roff: no line may begin with a control character, no backslash or dash be taken for more. */
static void append_text(GString *out, const char *text)
{
	bool is_start = true;

	for (const char *p = text; *p; p++) {
		if (is_start && (*p == '.' || *p == '\''))
			g_string_append(out, "\\&");
		is_start = *p == '\n';
		if (*p == '\\')
			g_string_append(out, "\\e");
		else if (*p == '-')
			g_string_append(out, "\\-");
		else
			g_string_append_c(out, *p);
	}
}

static void append_option(GString *out, const struct ew_option *o)
{
	g_string_append(out, ".TP\n.B ");
	if (o->letter)
		g_string_append_printf(out, "\\-%c, ", o->letter);
	append_text(out, "--");
	append_text(out, o->name);
	if (o->argument)
		g_string_append_printf(out, " \\fI%s\\fR", o->argument);
	g_string_append_c(out, '\n');
	append_text(out, o->help);
	g_string_append(out, ".\n");
}

static void append_options(GString *out, const struct ew_option *options)
{
	if (!options || !options->name || options->is_hidden)
		return;
	g_string_append(out, ".RS\n");
	for (; options->name; options++)
		if (!options->is_hidden)
			append_option(out, options);
	g_string_append(out, ".RE\n");
}

static void append_command(GString *out, const struct ew_cmd *cmd)
{
	g_auto(GStrv) paragraphs = g_strsplit(cmd->help ? cmd->help : "", "\n\n", -1);

	g_string_append(out, ".TP\n\\fB");
	append_text(out, cmd->name);
	g_string_append(out, "\\fR ");
	append_text(out, cmd->synopsis);
	g_string_append_c(out, '\n');
	g_string_append_c(out, g_ascii_toupper(cmd->summary[0]));
	append_text(out, cmd->summary + 1);
	g_string_append(out, ".\n");
	for (char **p = paragraphs; *p && **p; p++) {
		g_string_append(out, ".IP\n");
		append_text(out, *p);
		g_string_append_c(out, '\n');
	}
	append_options(out, cmd->options);
}

static void append_commands(GString *out)
{
	const char *last = "";

	for (const struct ew_cmd *const *cmd = ew_cmd_table(); *cmd; cmd++) {
		if ((*cmd)->is_hidden)
			continue;
		if (strcmp((*cmd)->group, last))
			g_string_append_printf(out, ".SS %s\n", (*cmd)->group);
		last = (*cmd)->group;
		append_command(out, *cmd);
	}
}

static void append_row(GString *out, const char *name, const char *arguments, const char *help)
{
	g_string_append(out, ".TP\n\\fB");
	append_text(out, name);
	g_string_append(out, "\\fR");
	if (arguments) {
		g_string_append_c(out, ' ');
		append_text(out, arguments);
	}
	g_string_append_c(out, '\n');
	append_text(out, help);
	g_string_append(out, "\n");
}

/* The verbs of actors, or of the stage. */
static void append_verbs(GString *out, bool of_stage)
{
	const struct ew_live_verb *v;
	bool is_stage;

	for (size_t i = 0; (v = ew_live_verb(i, &is_stage)); i++)
		if (is_stage == of_stage)
			append_row(out, v->name, v->arguments, v->help);
}

static void append_names(GString *out, const char *(*name_of)(size_t number, const char **help))
{
	const char *name, *help = NULL;

	for (size_t i = 0; (name = name_of(i, &help)); i++)
		append_row(out, name, NULL, help);
}

static bool append_table(GString *out, const char *line)
{
	if (!strcmp(line, "@VERBS@"))
		append_verbs(out, false);
	else if (!strcmp(line, "@STAGE@"))
		append_verbs(out, true);
	else if (!strcmp(line, "@NEEDS@"))
		append_names(out, ew_live_need);
	else if (!strcmp(line, "@TOPOLOGIES@"))
		append_names(out, ew_live_topology);
	else
		return false;
	return true;
}

char *ew_help_man(const char *prose)
{
	GString *out = g_string_new(NULL);
	g_auto(GStrv) lines = g_strsplit(prose, "\n", -1);

	for (char **line = lines; *line; line++) {
		if (!strcmp(*line, "@COMMANDS@")) {
			append_commands(out);
		} else if (!strcmp(*line, "@OPTIONS@")) {
			for (const struct ew_option *o = ew_cmd_global_options; o->name; o++)
				append_option(out, o);
		} else if (append_table(out, *line)) {
			continue;
		} else if (**line || line[1]) {
			g_string_append_printf(out, "%s\n", *line);
		}
	}
	g_string_replace(out, "@VERSION@", EW_VERSION, 0);
	return g_string_free(out, FALSE);
}
