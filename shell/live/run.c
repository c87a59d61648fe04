/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The user's end of a run: forks the runner, hands its events on, and stops it on Ctrl-C. This
 * process never enters a namespace.
 */
#include "live/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define STOP_LIMIT_MS  5000  /* for the runner to clear the stage, once told to stop */
#define EXTRA_LIMIT_MS 30000 /* beyond the bound, before the runner counts as hung */

struct run {
	const struct ew_live_experiment *x;
	const struct ew_live_options *options;
	ew_live_event_fn fn;
	ew_live_ask_fn ask; /* by hand */
	void *data;
	GArray *events;
	pid_t pid;
	int pidfd, socket, signals;
	sigset_t old_mask;
	int signal; /* that stopped it */
	int64_t deadline;
	bool has_ended; /* END came */
	GError *error;
};

/* ---- the child, before it is the runner ------------------------------------------------------ */

/* Nothing of the user's process may reach the runner: no terminal signal, no handler, no descriptor
 * but the socket and standard error. */
G_NORETURN static void child_main(struct run *run, int socket)
{
	static const int defaults[] = {SIGINT,	SIGTERM, SIGHUP,  SIGQUIT, SIGCHLD,
				       SIGTSTP, SIGPIPE, SIGALRM, SIGWINCH};
	sigset_t none;

	for (size_t i = 0; i < G_N_ELEMENTS(defaults); i++)
		signal(defaults[i], SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	setsid();
	int null = open("/dev/null", O_RDWR);
	if (null >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
	}
	/* away from where it would be written over */
	int frames = run->options->frames ? fcntl(run->options->frames, F_DUPFD, 5) : -1;
	if ((socket != 3 && dup2(socket, 3) < 0) || (frames >= 0 && dup2(frames, 4) < 0))
		_exit(1);
	close_range(frames >= 0 ? 5 : 4, ~0U, 0);
	struct ew_live_options options = *run->options;
	options.frames = frames >= 0 ? 4 : 0;
	live_runner_main(run->x, &options, 3);
}

/* ---- starting and ending --------------------------------------------------------------------- */

/* Blocks the signals that end a program and reads them from a descriptor instead. One that is
 * ignored (nohup, a background job) stays so. */
static bool take_signals(struct run *run)
{
	static const int wanted[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction old;
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < G_N_ELEMENTS(wanted); i++)
		if (sigaction(wanted[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			sigaddset(&set, wanted[i]);
	if (pthread_sigmask(SIG_BLOCK, &set, &run->old_mask) != 0)
		return false;
	run->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (run->signals < 0)
		pthread_sigmask(SIG_SETMASK, &run->old_mask, NULL);
	return run->signals >= 0;
}

static bool start(struct run *run)
{
	int pair[2] = {-1, -1};

	run->pidfd = run->socket = run->signals = -1;
	if (!take_signals(run))
		goto failed;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		goto failed;
	run->pid = fork();
	if (run->pid == 0)
		child_main(run, pair[1]);
	run->socket = pair[0];
	int saved = errno;
	close(pair[1]);
	errno = saved;
	if (run->pid < 0)
		goto failed;
	run->pidfd = pidfd_open(run->pid, 0);
	return true;
failed:
	g_set_error(&run->error, EW_ERROR, EW_ERROR_NOT_POSSIBLE, "cannot start the experiment: %s",
		    g_strerror(errno));
	return false;
}

/* Waits for the runner, and kills it if it does not end. The actors die with it in any case. */
static void finish(struct run *run)
{
	if (run->socket >= 0)
		close(run->socket);
	if (run->pid > 0) {
		struct pollfd p = {.fd = run->pidfd, .events = POLLIN};

		while (run->pidfd >= 0 && poll(&p, 1, STOP_LIMIT_MS) < 0 && errno == EINTR)
			;
		if (run->pidfd >= 0 && !(p.revents & POLLIN))
			pidfd_send_signal(run->pidfd, SIGKILL, NULL, 0);
		while (waitpid(run->pid, NULL, 0) < 0 && errno == EINTR)
			;
	}
	if (run->pidfd >= 0)
		close(run->pidfd);
	if (run->signals >= 0) {
		close(run->signals);
		pthread_sigmask(SIG_SETMASK, &run->old_mask, NULL);
	}
}

/* ---- while it runs --------------------------------------------------------------------------- */

static void take_event(struct run *run, const struct ew_live_event *e)
{
	struct ew_live_event copy = *e;

	if (e->kind == EW_LIVE_EVENT_END) {
		copy.status = run->signal;
		run->has_ended = true;
	}
	g_array_append_val(run->events, copy);
	if (run->fn)
		run->fn(&copy, run->data);
}

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
	interrupted = number;
}

/* Asks with the signals let in, so that they interrupt it. */
static bool ask(struct run *run, const struct ew_live_event *turn, struct ew_live_order *o)
{
	static const int wanted[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction old[G_N_ELEMENTS(wanted)], new = {.sa_handler = on_signal};

	for (size_t i = 0; i < G_N_ELEMENTS(wanted); i++) {
		sigaction(wanted[i], NULL, &old[i]);
		if (old[i].sa_handler != SIG_IGN)
			sigaction(wanted[i], &new, NULL);
	}
	interrupted = 0;
	sigset_t blocked;
	pthread_sigmask(SIG_SETMASK, &run->old_mask, &blocked);
	bool is_answered = !interrupted && run->ask(turn, o, run->data) && !interrupted;
	pthread_sigmask(SIG_SETMASK, &blocked, NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(wanted); i++)
		sigaction(wanted[i], &old[i], NULL);
	if (interrupted)
		run->signal = interrupted;
	return is_answered;
}

/* The runner waits for an order; there is no bound while somebody thinks. */
static void take_turn(struct run *run, const struct ew_live_event *turn)
{
	struct ew_live_order o = {.kind = EW_LIVE_ORDER_QUIT};

	if (!ask(run, turn, &o))
		o.kind = EW_LIVE_ORDER_QUIT;
	if (send(run->socket, &o, sizeof(o), MSG_NOSIGNAL) < 0)
		run->deadline = 0;
	run->deadline = live_now() + (run->x->bound_ms + EXTRA_LIMIT_MS) * NS_PER_MS;
}

/* Returns false when no more will come. */
static bool take_message(struct run *run)
{
	struct live_message m;
	ssize_t n = recv(run->socket, &m, sizeof(m), 0);

	if (n < 0)
		return errno == EINTR;
	if ((size_t)n < offsetof(struct live_message, events))
		return false;
	if (m.is_error) {
		m.text[sizeof(m.text) - 1] = '\0';
		g_set_error_literal(&run->error, EW_ERROR, m.code, m.text);
		return false;
	}
	for (int i = 0; i < m.count; i++) {
		take_event(run, &m.events[i]);
		if (m.events[i].kind == EW_LIVE_EVENT_TURN && run->ask)
			take_turn(run, &m.events[i]);
	}
	return !run->has_ended;
}

static void take_signal(struct run *run)
{
	struct signalfd_siginfo info;

	if (read(run->signals, &info, sizeof(info)) != (ssize_t)sizeof(info))
		return;
	if (!run->signal)
		run->signal = (int)info.ssi_signo;
	/* the runner sees the end of file, and clears the stage */
	shutdown(run->socket, SHUT_WR);
	run->deadline = live_now() + STOP_LIMIT_MS * NS_PER_MS;
}

static void follow(struct run *run)
{
	struct pollfd fds[2] = {{.fd = run->socket, .events = POLLIN},
				{.fd = run->signals, .events = POLLIN}};

	for (;;) {
		int64_t left = (run->deadline - live_now()) / NS_PER_MS;

		if (left <= 0)
			return;
		int n = poll(fds, 2, (int)MIN(left, 1000));
		if (n < 0 && errno != EINTR)
			return;
		if (n > 0 && fds[1].revents)
			take_signal(run);
		if (n > 0 && fds[0].revents && !take_message(run))
			return;
	}
}

/* A runner that died gave no END: the timeline gets one all the same. */
static void add_end(struct run *run)
{
	struct ew_live_event e = {.kind = EW_LIVE_EVENT_END, .side = -1};

	if (run->events->len)
		e.time =
			g_array_index(run->events, struct ew_live_event, run->events->len - 1).time;
	take_event(run, &e);
}

static struct ew_live_result *run_observed(const struct ew_live_experiment *x,
					   const struct ew_live_options *options,
					   ew_live_event_fn fn, ew_live_ask_fn ask_fn, void *data,
					   GError **error)
{
	struct run run = {.x = x, .options = options, .fn = fn, .ask = ask_fn, .data = data};

	g_autofree char *missing = ew_live_missing(x);

	if (missing) {
		g_autofree char *replay = ew_live_replay_command(x);

		g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE, "the experiment %s cannot run here: %s; %s%s%s", x->name,
			    missing, replay ? "a run of it was recorded: \"" : "no run of it was recorded",
			    replay ? replay : "", replay ? "\"" : "");
		return NULL;
	}
	run.events = g_array_new(FALSE, TRUE, sizeof(struct ew_live_event));
	run.deadline = live_now() + (x->bound_ms + EXTRA_LIMIT_MS) * NS_PER_MS;
	if (start(&run))
		follow(&run);
	finish(&run);
	if (!run.error && !run.signal && !run.has_ended)
		g_set_error(&run.error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
			    "the experiment %s ended by itself: its runner was killed, or hung; "
			    "try again",
			    x->name);
	if (run.error && !run.signal) {
		g_propagate_error(error, run.error);
		g_array_unref(run.events);
		return NULL;
	}
	g_clear_error(&run.error);
	if (!run.has_ended)
		add_end(&run);
	return ew_live_judge(x, run.events);
}

struct ew_live_result *ew_live_run_with(const struct ew_live_experiment *x,
					const struct ew_live_options *options, ew_live_event_fn fn,
					void *data, GError **error)
{
	return run_observed(x, options, fn, NULL, data, error);
}

struct ew_live_result *ew_live_run(const struct ew_live_experiment *x, ew_live_event_fn fn,
				   void *data, GError **error)
{
	return ew_live_run_with(x, &(struct ew_live_options){0}, fn, data, error);
}

bool ew_live_by_hand(struct ew_live_experiment *x, GError **error)
{
	if (x->protocol != EW_LIVE_TCP) {
		g_set_error(error, EW_ERROR, EW_ERROR_USAGE,
			    "%s: only TCP can be stepped by hand", x->path);
		return false;
	}
	g_free(x->topology);
	x->topology = g_strdup("wire");
	return x->variant.is_by_hand = true;
}

struct ew_live_result *ew_live_run_by_hand(struct ew_live_experiment *x, ew_live_event_fn fn,
					   ew_live_ask_fn ask_fn, void *data, GError **error)
{
	if (!ew_live_by_hand(x, error))
		return NULL;
	return run_observed(x, &(struct ew_live_options){0}, fn, ask_fn, data, error);
}

bool ew_live_check(GError **error)
{
	/* nobody does anything in it, but all that an experiment needs is set up */
	ew_auto(live_experiment) x = live_experiment_new("check");

	x->topology = g_strdup("loopback");
	x->watch = EW_LIVE_WATCH_SOCKETS | EW_LIVE_WATCH_PACKETS | EW_LIVE_WATCH_PROCESSES;
	x->bound_ms = 1;
	ew_auto(live_result) r = ew_live_run(x, NULL, NULL, error);
	return r && r->completed;
}
