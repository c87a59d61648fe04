/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Facts about the terminal, and printing with manners. */
#include "term/term.h"
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

/* A closed descriptor is filled with one that fails as the closed one would have: reading ends at once,
 * writing is an error. */
static void fill_descriptor(int fd)
{
	if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF)
		return;
	int null = open("/dev/null", fd == STDIN_FILENO ? O_RDONLY : O_RDONLY | O_CLOEXEC);
	if (null >= 0 && null != fd) {
		dup2(null, fd);
		close(null);
	}
}

void ew_term_start(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		fill_descriptor(fd);
	setlocale(LC_CTYPE, "");
	signal(SIGPIPE, SIG_IGN);
}

/* ---- facts ----------------------------------------------------------------------------------- */

static int number_of(const char *variable)
{
	const char *text = g_getenv(variable);
	char *end;

	if (!text || !*text)
		return 0;
	long value = strtol(text, &end, 10);
	return *end || value <= 0 || value > 10000 ? 0 : (int)value;
}

static void find_size(struct ew_term *t)
{
	struct winsize size = {0};

	if (t->out_tty)
		ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
	t->width = number_of("COLUMNS");
	if (!t->width)
		t->width = size.ws_col ? size.ws_col : 80;
	t->width = MAX(t->width, 20);
	t->height = number_of("LINES");
	if (!t->height)
		t->height = size.ws_row ? size.ws_row : 24;
}

/* Terminals that are known to show OSC 8 links, or to ignore them quietly. */
static bool shows_links(void)
{
	const char *program = g_getenv("TERM_PROGRAM");
	const char *vte = g_getenv("VTE_VERSION");

	if (g_getenv("KITTY_WINDOW_ID") || g_getenv("WT_SESSION"))
		return true;
	if (vte && atoi(vte) >= 5000)
		return true;
	return program && (!strcmp(program, "iTerm.app") || !strcmp(program, "WezTerm"));
}

static bool wants_colour(enum ew_color color, bool is_tty, bool is_dumb)
{
	const char *no_color = g_getenv("NO_COLOR");

	if (color != EW_COLOR_AUTO)
		return color == EW_COLOR_ALWAYS;
	return is_tty && !is_dumb && !(no_color && *no_color);
}

void ew_term_init(struct ew_term *t, enum ew_color color)
{
	const char *name = g_getenv("TERM");

	*t = (struct ew_term){
		.in_tty = isatty(STDIN_FILENO),
		.out_tty = isatty(STDOUT_FILENO),
		.err_tty = isatty(STDERR_FILENO),
		.ascii = strcmp(nl_langinfo(CODESET), "UTF-8") != 0,
		.dumb = !name || !*name || !strcmp(name, "dumb"),
	};
	t->colour = wants_colour(color, t->out_tty, t->dumb);
	t->err_colour = wants_colour(color, t->err_tty, t->dumb);
	t->links = t->out_tty && t->colour && shows_links();
	find_size(t);
}

struct ew_text_style ew_term_style(const struct ew_term *t)
{
	return (struct ew_text_style){
		.width = t->width,
		.colour = t->colour,
		.ascii = t->ascii,
		.links = t->links,
	};
}

int64_t ew_term_now(void)
{
	const char *now = g_getenv("EXITWALK_NOW");

	return now && *now ? g_ascii_strtoll(now, NULL, 10) : g_get_real_time() / G_USEC_PER_SEC;
}

/* ---- printing -------------------------------------------------------------------------------- */

/* Streams whose reader has gone; few, so a list of pointers does. */
static GSList **gone_streams(void)
{
	static GSList *streams;

	return &streams;
}

bool ew_term_gone(FILE *out)
{
	return g_slist_find(*gone_streams(), out) != NULL;
}

bool ew_term_failed(FILE *out, int reason, GError **error)
{
	clearerr(out);
	if (reason == EPIPE) {
		GSList **streams = gone_streams();

		if (!ew_term_gone(out))
			*streams = g_slist_prepend(*streams, out);
		return false;
	}
	g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE, "cannot write the answer: %s",
		    g_strerror(reason));
	return true;
}

static bool write_text(FILE *out, const char *text, GError **error)
{
	errno = 0;
	if (fputs(text, out) >= 0 && fflush(out) == 0)
		return true;
	return !ew_term_failed(out, errno, error);
}

static bool is_taller(const struct ew_term *t, const char *text)
{
	int lines = 0;

	for (const char *p = text; (p = strchr(p, '\n')); p++)
		lines++;
	return lines >= t->height;
}

void ew_term_yield_interrupt(struct ew_interrupt *before)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN};

	sigaction(SIGINT, &ignore, &before->interrupt);
	sigaction(SIGQUIT, &ignore, &before->quit);
}

void ew_term_take_interrupt(const struct ew_interrupt *before)
{
	sigaction(SIGINT, &before->interrupt, NULL);
	sigaction(SIGQUIT, &before->quit, NULL);
}

void ew_term_child(void)
{
	signal(SIGPIPE, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
}

FILE *ew_term_pipe(const char *shell_command, GPid *pid, GError **error)
{
	int ends[2];

	fflush(NULL);
	if (pipe2(ends, O_CLOEXEC) < 0 || (*pid = fork()) < 0) {
		g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE, "cannot start \"%s\": %s",
			    shell_command, g_strerror(errno));
		return NULL;
	}
	if (*pid == 0) {
		ew_term_child();
		dup2(ends[0], STDIN_FILENO);
		execl("/bin/sh", "sh", "-c", shell_command, (char *)NULL);
		_exit(127);
	}
	close(ends[0]);
	return fdopen(ends[1], "w");
}

void ew_term_pipe_close(FILE *pipe, GPid pid)
{
	GSList **streams = gone_streams();
	struct ew_interrupt before;

	ew_term_yield_interrupt(&before);
	*streams = g_slist_remove(*streams, pipe);
	fclose(pipe);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	ew_term_take_interrupt(&before);
}

/* $PAGER, or less if it is there; an empty PAGER or "cat" means none. */
static char *pager_command(void)
{
	const char *pager = g_getenv("PAGER");

	if (pager)
		return *pager && strcmp(pager, "cat") ? g_strdup(pager) : NULL;
	g_autofree char *less = g_find_program_in_path("less");
	return less ? g_strdup("less") : NULL;
}

/* less tells a newcomer nothing but ":"; who has set LESS knows it. */
#define LESS_OPTIONS "FRXPs?eq goes back:Space goes on, q goes back. $"

FILE *ew_term_page(const struct ew_term *t, FILE *out, int lines, GPid *pid, GError **error)
{
	if (out != stdout || !t->out_tty || t->dumb || lines < t->height)
		return out;
	g_autofree char *command = pager_command();
	if (!command)
		return out;
	g_setenv("LESS", LESS_OPTIONS, FALSE);
	return ew_term_pipe(command, pid, error);
}

bool ew_term_print(const struct ew_term *t, FILE *out, const char *text, bool page, GError **error)
{
	GPid pid;
	FILE *to = page && is_taller(t, text) ? ew_term_page(t, out, G_MAXINT, &pid, error) : out;

	if (!to)
		return false;
	bool is_good = write_text(to, text, error);
	if (to != out)
		ew_term_pipe_close(to, pid);
	return is_good;
}

/* ---- Ctrl-C ---------------------------------------------------------------------------------- */

static volatile sig_atomic_t was_interrupted;
static struct sigaction caught;

static void note_interrupt(int signal_number)
{
	was_interrupted = 1;
}

void ew_term_catch_interrupt(void)
{
	struct sigaction action = {.sa_handler = note_interrupt};

	was_interrupted = 0;
	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, &caught);
}

bool ew_term_interrupted(void)
{
	return was_interrupted;
}

void ew_term_release_interrupt(void)
{
	sigaction(SIGINT, &caught, NULL);
}
