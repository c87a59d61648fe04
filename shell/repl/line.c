/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One line of the shell: its words, and where its answer goes. */
#include "repl/repl.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- parsing --------------------------------------------------------------------------------- */

struct cut {
	size_t end;	      /* of the command's own words */
	const char *redirect; /* at | or >, or NULL */
};

static bool begins_word(const char *text, size_t at)
{
	return at == 0 || g_ascii_isspace(text[at - 1]);
}

/* Finds the first | or > or # that is not quoted. A > within a word (sk->sk_prot) is part of it. */
static struct cut find_cut(const char *text)
{
	char quote = 0;
	size_t i;

	for (i = 0; text[i]; i++) {
		char c = text[i];

		if (c == '\\' && quote != '\'' && text[i + 1])
			i++;
		else if (quote)
			quote = c == quote ? 0 : quote;
		else if (c == '"' || c == '\'')
			quote = c;
		else if (c == '|' || (c == '>' && begins_word(text, i)))
			return (struct cut){i, text + i};
		else if (c == '#' && begins_word(text, i))
			break;
	}
	return (struct cut){i, NULL};
}

static bool split(const char *text, GStrv *words, GError **error)
{
	g_autoptr(GError) broken = NULL;

	if (g_shell_parse_argv(text, NULL, words, &broken))
		return true;
	*words = NULL;
	if (g_error_matches(broken, G_SHELL_ERROR, G_SHELL_ERROR_EMPTY_STRING))
		return true;
	g_set_error(error, EW_ERROR, EW_ERROR_USAGE, "a quote is opened and not closed");
	return false;
}

static char *expand_home(const char *file)
{
	if (file[0] == '~' && file[1] == '/')
		return g_build_filename(g_get_home_dir(), file + 2, NULL);
	return g_strdup(file);
}

static bool parse_file(const char *text, struct ew_repl_line *line, GError **error)
{
	g_auto(GStrv) words = NULL;

	line->appends = text[1] == '>';
	if (!split(text + 1 + line->appends, &words, error))
		return false;
	if (!words || words[1]) {
		g_set_error(error, EW_ERROR, EW_ERROR_USAGE, "after > comes the name of one file");
		return false;
	}
	line->file = expand_home(words[0]);
	return true;
}

static bool parse_redirect(const char *text, struct ew_repl_line *line, GError **error)
{
	if (*text == '>')
		return parse_file(text, line, error);
	line->pipe = g_strstrip(g_strdup(text + 1));
	if (*line->pipe)
		return true;
	g_set_error(error, EW_ERROR, EW_ERROR_USAGE, "after | comes a command of this machine");
	return false;
}

bool ew_repl_parse(const char *text, struct ew_repl_line *line, GError **error)
{
	struct cut cut = find_cut(text);
	g_autofree char *own = g_strndup(text, cut.end);

	*line = (struct ew_repl_line){0};
	if (!split(own, &line->words, error))
		return false;
	if (!cut.redirect)
		return true;
	if (!line->words) {
		g_set_error(error, EW_ERROR, EW_ERROR_USAGE, "a command comes before %c", *cut.redirect);
		return false;
	}
	return parse_redirect(cut.redirect, line, error);
}

void ew_repl_line_clear(struct ew_repl_line *line)
{
	g_strfreev(line->words);
	g_free(line->pipe);
	g_free(line->file);
}

/* ---- running --------------------------------------------------------------------------------- */

static FILE *open_target(const struct ew_repl_line *line, GPid *pid, GError **error)
{
	if (line->pipe)
		return ew_term_pipe(line->pipe, pid, error);
	FILE *file = fopen(line->file, line->appends ? "ae" : "we");
	if (!file)
		g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE, "cannot write %s: %s", line->file,
			    g_strerror(errno));
	return file;
}

static bool close_target(const struct ew_repl_line *line, FILE *out, GPid pid, GError **error)
{
	if (line->pipe) {
		ew_term_pipe_close(out, pid);
		return true;
	}
	if (fclose(out) == 0)
		return true;
	g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE, "cannot write %s: %s", line->file,
		    g_strerror(errno));
	return false;
}

static int run_redirected(struct ew_cmd_context *context, const struct ew_repl_line *line,
			  const char *where, GError **error)
{
	FILE *before = context->out;
	GPid pid = 0;
	FILE *out = open_target(line, &pid, error);

	if (!out)
		return -1;
	context->out = out;
	context->is_redirected = true;
	int code = ew_cmd_run(context, (int)g_strv_length(line->words), line->words, where);
	context->is_redirected = false;
	context->out = before;
	return close_target(line, out, pid, error) ? code : -1;
}

int ew_repl_execute(struct ew_cmd_context *context, const char *text, const char *where)
{
	g_autoptr(GError) error = NULL;
	struct ew_repl_line line;
	int code = 0;

	if (!ew_repl_parse(text, &line, &error))
		code = -1;
	else if (line.pipe || line.file)
		code = run_redirected(context, &line, where, &error);
	else if (line.words)
		code = ew_cmd_run(context, (int)g_strv_length(line.words), line.words, where);
	if (error)
		code = ew_cmd_complain(context, where, error);
	ew_repl_line_clear(&line);
	return code;
}

int ew_repl_batch(struct ew_cmd_context *context, FILE *in)
{
	char *text = NULL;
	size_t size = 0;
	int worst = 0;

	context->is_shell = true;
	for (int number = 1; !context->wants_quit && getline(&text, &size, in) >= 0; number++) {
		g_autofree char *where = g_strdup_printf("line %d", number);
		int code = ew_repl_execute(context, g_strchomp(text), where);

		worst = MAX(worst, code);
		if (ew_term_gone(stdout))
			break;
	}
	free(text);
	return worst;
}
