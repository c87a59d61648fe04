/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The interactive shell. Readline runs in its callback form, so that we wait in ppoll() ourselves:
 * signals come through there and nowhere else, and Ctrl-C can drop the line without a longjmp.
 */
#include "repl/repl.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <readline/history.h>
#include <readline/readline.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HISTORY_KEPT 1000

/* Readline's callbacks carry no data; there is one shell a process. */
static struct {
	struct ew_cmd_context *context;
	char *line; /* that was read, or NULL */
	bool is_read, is_ended;
} shell;

static volatile sig_atomic_t got_interrupt, got_resize;

static void note_signal(int number)
{
	if (number == SIGINT)
		got_interrupt = 1;
	else
		got_resize = 1;
}

/* ---- completion ------------------------------------------------------------------------------ */

static struct {
	GPtrArray *words;
	guint at;
} matches;

static char *next_match(const char *word, int state)
{
	if (state == 0)
		matches.at = 0;
	if (matches.at >= matches.words->len)
		return NULL;
	return strdup(g_ptr_array_index(matches.words, matches.at++));
}

/* The words before the one at `start`, as they stand on the line. */
static GStrv words_before(int start)
{
	g_autofree char *text = g_strndup(rl_line_buffer, start);
	GStrv words = NULL;

	if (!g_shell_parse_argv(text, NULL, &words, NULL))
		words = g_new0(char *, 1);
	return words;
}

static char **complete(const char *word, int start, int end)
{
	g_autofree char *before = g_strndup(rl_line_buffer, start);

	if (strpbrk(before, "|>"))
		return NULL; /* files: readline's own */
	g_auto(GStrv) words = words_before(start);
	g_autoptr(GPtrArray) found =
		ew_cmd_complete(shell.context, (const char *const *)words, word);
	if (!found)
		return NULL;
	rl_attempted_completion_over = 1;
	if (!found->len)
		return NULL;
	const char *first = g_ptr_array_index(found, 0);
	rl_completion_suppress_append = found->len == 1 && g_str_has_suffix(first, ".");
	matches.words = found;
	char **list = rl_completion_matches(word, next_match);
	matches.words = NULL;
	return list;
}

/* ---- history --------------------------------------------------------------------------------- */

static char *history_file(void)
{
	g_autofree char *dir = g_build_filename(g_get_user_state_dir(), "exitwalk", NULL);

	g_mkdir_with_parents(dir, 0700);
	return g_build_filename(dir, "history", NULL);
}

/* Each line is written when it is typed, so that a crash or a second shell loses none. */
static void remember(const char *line)
{
	HIST_ENTRY *last = history_length ? history_get(history_base + history_length - 1) : NULL;

	if (!*line || (last && !strcmp(last->line, line)))
		return;
	add_history(line);
	g_autofree char *file = history_file();
	int fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0)
		return;
	close(fd);
	append_history(1, file);
}

static void start_history(void)
{
	g_autofree char *file = history_file();

	using_history();
	stifle_history(HISTORY_KEPT);
	if (read_history(file) == 0 && history_length >= HISTORY_KEPT)
		history_truncate_file(file, HISTORY_KEPT);
}

/* ---- reading --------------------------------------------------------------------------------- */

static char *build_prompt(const struct ew_cmd_context *context)
{
	const struct ew_guide *guide = context->guide;
	g_autofree char *place = guide && guide->prompt ? guide->prompt(guide->data)
							: g_strdup("exitwalk");
	g_autofree char *text = context->current && !guide
					? g_strdup_printf("%s %s", place, context->current)
					: g_strdup(place);

	if (!context->term.colour)
		return g_strdup_printf("%s> ", text);
	return g_strdup_printf("\001\033[1m\002%s>\001\033[0m\002 ", text);
}

static void take_line(char *line)
{
	rl_callback_handler_remove();
	shell.line = line;
	shell.is_read = true;
	shell.is_ended = !line;
}

static void drop_line(const char *prompt)
{
	rl_callback_sigcleanup();
	rl_free_line_state();
	fputs("^C\n", rl_outstream);
	rl_callback_handler_remove();
	rl_callback_handler_install(prompt, take_line);
}

/* Reads one line; NULL at the end of input. */
static char *read_line(const char *prompt, const sigset_t *outside)
{
	struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};

	shell.is_read = false;
	rl_callback_handler_install(prompt, take_line);
	while (!shell.is_read) {
		int ready = ppoll(&in, 1, NULL, outside);
		bool is_broken = ready < 0 && errno != EINTR;

		if (got_interrupt)
			drop_line(prompt);
		if (got_resize)
			rl_resize_terminal();
		got_interrupt = got_resize = 0;
		if (ready > 0)
			rl_callback_read_char();
		else if (is_broken)
			shell.is_read = shell.is_ended = true;
	}
	return g_steal_pointer(&shell.line);
}

/* ---- the loop -------------------------------------------------------------------------------- */

static void greet(struct ew_cmd_context *context)
{
	g_autoptr(GError) error = NULL;
	ew_auto(doc) doc = ew_doc_new("exitwalk.shell/1");
	struct ew_group *g = ew_doc_root(doc);
	struct ew_block *b = ew_doc_paragraph(g);
	struct ew_text_style style = ew_term_style(&context->term);

	ew_doc_textf(b, EW_ROLE_STRONG, NULL, "exitwalk %s", EW_VERSION);
	if (ew_cmd_need_index(context, &error)) {
		const struct ew_query_about *about = ew_query_about(context->query);

		ew_doc_sayf(b, ", Linux %s %s, %d of %d translation units. ", about->release, about->arch,
			    about->units, about->units_in_config);
	} else {
		ew_doc_say(b, ". ");
		ew_doc_text(ew_doc_note(g, EW_ROLE_WARNING), EW_ROLE_PLAIN, NULL, error->message);
	}
	ew_doc_text(b, EW_ROLE_COMMAND, NULL, "lesson");
	ew_doc_say(b, " lists the lessons, ");
	ew_doc_text(b, EW_ROLE_COMMAND, NULL, "help");
	ew_doc_say(b, " the commands; Tab completes, Ctrl-D leaves.");
	g_autofree char *text = ew_doc_to_text(doc, &style);
	ew_term_print(&context->term, stdout, text, false, NULL);
}

static void start_readline(void)
{
	rl_readline_name = "exitwalk";
	rl_attempted_completion_function = complete;
	rl_completer_word_break_characters = " \t\n\"'|>";
	rl_catch_signals = 0;
	rl_catch_sigwinch = 0;
	start_history();
}

/* SIGINT and SIGWINCH are blocked but in ppoll(); `before` is the mask to run commands under. */
static void start_signals(sigset_t *before, struct sigaction *interrupt, struct sigaction *resize)
{
	struct sigaction action = {.sa_handler = note_signal};
	sigset_t ours;

	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, interrupt);
	sigaction(SIGWINCH, &action, resize);
	sigemptyset(&ours);
	sigaddset(&ours, SIGINT);
	sigaddset(&ours, SIGWINCH);
	sigprocmask(SIG_BLOCK, &ours, before);
}

/* A command runs with Ctrl-C as a flag that long answers look at. */
static void run_line(struct ew_cmd_context *context, const char *line, const sigset_t *outside)
{
	sigset_t inside;

	ew_term_catch_interrupt();
	sigprocmask(SIG_SETMASK, outside, &inside);
	ew_repl_execute(context, line, "exitwalk");
	sigprocmask(SIG_SETMASK, &inside, NULL);
	ew_term_release_interrupt();
}

int ew_repl_run(struct ew_cmd_context *context)
{
	struct sigaction interrupt, resize;
	sigset_t outside;

	shell.context = context;
	context->is_shell = true;
	context->globals = context->defaults;
	start_readline();
	if (!context->guide)
		greet(context);
	start_signals(&outside, &interrupt, &resize);
	while (!context->wants_quit) {
		g_autofree char *prompt = build_prompt(context);
		char *line = read_line(prompt, &outside);

		if (!line)
			break;
		g_strstrip(line);
		remember(line);
		run_line(context, line, &outside);
		free(line);
	}
	if (shell.is_ended)
		fputc('\n', stdout);
	sigaction(SIGINT, &interrupt, NULL);
	sigaction(SIGWINCH, &resize, NULL);
	sigprocmask(SIG_SETMASK, &outside, NULL);
	return 0;
}
