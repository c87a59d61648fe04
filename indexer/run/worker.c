/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Parsing processes. Each is sent the number of a unit and answers with a header and the packed facts;
 * the next number is sent before the answer is stored, so that no process waits for the store.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "parse/parse.h"
#include "run/worker.h"

/* Far above what a unit of the kernel needs (0.2 GiB), far below what would hurt the machine. */
static const rlim_t worker_memory = (rlim_t)3 << 30;

struct header {
	int32_t unit;
	int32_t errors;
	uint32_t facts, reason; /* lengths of what follows */
};

struct worker {
	pid_t pid;
	int fd;
	int unit;	     /* on it now, -1 if idle */
	int64_t deadline;    /* monotonic microseconds */
	bool is_overdue;
	GByteArray *received;
};

struct pool {
	const struct pool_options *options;
	struct worker *workers;
	int next; /* first unit that nobody was given */
	int open; /* units without an answer */
	int64_t *peak;
};

/* ---- in the worker --------------------------------------------------------------------------- */

static bool write_all(int fd, const void *bytes, size_t length)
{
	const char *at = bytes;

	while (length) {
		ssize_t n = write(fd, at, length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		at += n;
		length -= n;
	}
	return true;
}

static bool parse_one(struct ew_parser *parser, const struct ew_unit *unit, int index, int fd)
{
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	struct ew_sink *sink = ew_fact_pack_new(bytes);
	g_autoptr(GError) error = NULL;
	struct ew_parse_unit command = {unit->path, unit->directory,
					(const char *const *)unit->argv};
	struct ew_parse_result result = {0};
	struct header h = {.unit = index};
	bool answer;

	if (!ew_parse_unit(parser, &command, sink, &result, &error)) {
		g_byte_array_set_size(bytes, 0);
		h.reason = strlen(error->message);
	}
	h.errors = result.errors;
	h.facts = bytes->len;
	answer = write_all(fd, &h, sizeof h) && write_all(fd, bytes->data, bytes->len) &&
		 (!error || write_all(fd, error->message, h.reason));
	ew_fact_pack_free(sink);
	return answer;
}

G_GNUC_NORETURN static void work(const struct pool_options *o, int fd, pid_t parent)
{
	struct rlimit memory = {worker_memory, worker_memory};
	struct rlimit no_core = {0, 0};
	struct ew_parse_options options = {o->tree, o->build};
	struct ew_parser *parser;
	int32_t index;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
	signal(SIGINT, SIG_IGN); /* the parent decides */
	setrlimit(RLIMIT_AS, &memory);
	setrlimit(RLIMIT_CORE, &no_core);
	parser = ew_parser_new(&options);
	while (read(fd, &index, sizeof index) == sizeof index)
		if (!parse_one(parser, g_ptr_array_index(o->units, index), index, fd))
			break;
	_exit(0);
}

/* ---- in the parent --------------------------------------------------------------------------- */

static bool start_worker(struct pool *p, struct worker *w, GError **error)
{
	pid_t parent = getpid();
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0)
		goto failed;
	w->pid = fork();
	if (w->pid < 0) {
		close(fds[0]);
		close(fds[1]);
		goto failed;
	}
	if (w->pid == 0) {
		int i;

		close(fds[0]);
		for (i = 0; i < p->options->jobs; i++)
			if (p->workers[i].fd >= 0)
				close(p->workers[i].fd);
		work(p->options, fds[1], parent);
	}
	close(fds[1]);
	w->fd = fds[0];
	w->unit = -1;
	w->is_overdue = false;
	g_byte_array_set_size(w->received, 0);
	return true;
failed:
	w->pid = 0;
	g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE, "cannot start a worker process: %s",
		    g_strerror(errno));
	return false;
}

static void answer_unit(struct pool *p, int unit, struct unit_answer *a)
{
	a->unit = g_ptr_array_index(p->options->units, unit);
	p->open--;
	p->options->answer(a, p->options->data);
}

/* Units that cannot be read at all need no process. */
static int next_unit(struct pool *p)
{
	while (p->next < (int)p->options->units->len) {
		struct ew_unit *unit = g_ptr_array_index(p->options->units, p->next);
		struct unit_answer a = {.reason = unit->problem};

		if (!unit->problem)
			return p->next++;
		answer_unit(p, p->next++, &a);
	}
	return -1;
}

static void give_unit(struct pool *p, struct worker *w)
{
	int32_t index = next_unit(p);

	w->unit = index;
	if (index < 0)
		return;
	w->deadline = g_get_monotonic_time() + p->options->unit_seconds * G_USEC_PER_SEC;
	if (!write_all(w->fd, &index, sizeof index))
		w->deadline = 0; /* it is dead: its end of file tells */
}

/* Reap it, and say what its unit died of. */
static char *end_worker(struct pool *p, struct worker *w)
{
	struct rusage usage;
	int status = 0;

	while (wait4(w->pid, &status, 0, &usage) < 0 && errno == EINTR)
		;
	*p->peak += (int64_t)usage.ru_maxrss * 1024;
	close(w->fd);
	w->fd = -1;
	w->pid = 0;
	if (w->is_overdue)
		return g_strdup_printf("libclang did not finish in %d s", p->options->unit_seconds);
	if (WIFSIGNALED(status))
		return g_strdup_printf("libclang died of signal %d (%s)", WTERMSIG(status),
				       strsignal(WTERMSIG(status)));
	return g_strdup_printf("its worker ended with status %d", WEXITSTATUS(status));
}

static bool replace_worker(struct pool *p, struct worker *w, GError **error)
{
	int unit = w->unit;
	g_autofree char *reason = end_worker(p, w);
	struct unit_answer a = {.reason = reason};

	if (unit >= 0)
		answer_unit(p, unit, &a);
	if (p->open == 0)
		return true;
	if (!start_worker(p, w, error))
		return false;
	give_unit(p, w);
	return true;
}

/* A whole answer may have come, or part of one. */
static void take_answer(struct pool *p, struct worker *w)
{
	struct header h;
	g_autoptr(GByteArray) bytes = NULL;
	g_autofree char *reason = NULL;
	struct unit_answer a = {0};

	if (w->received->len < sizeof h)
		return;
	memcpy(&h, w->received->data, sizeof h);
	if (w->received->len < sizeof h + h.facts + h.reason)
		return;
	bytes = w->received;
	w->received = g_byte_array_new();
	give_unit(p, w);
	a.bytes = bytes->data + sizeof h;
	a.length = h.facts;
	a.errors = h.errors;
	if (h.reason)
		a.reason = reason = g_strndup((char *)a.bytes + h.facts, h.reason);
	answer_unit(p, h.unit, &a);
}

static bool read_worker(struct pool *p, struct worker *w, GError **error)
{
	guint old = w->received->len;
	ssize_t n;

	g_byte_array_set_size(w->received, old + (1 << 20));
	n = read(w->fd, w->received->data + old, 1 << 20);
	g_byte_array_set_size(w->received, old + MAX(n, 0));
	if (n < 0 && errno == EINTR)
		return true;
	if (n <= 0)
		return replace_worker(p, w, error);
	take_answer(p, w);
	return true;
}

/* Kill what is overdue; the time to the next deadline in ms. */
static int check_deadlines(struct pool *p)
{
	int64_t now = g_get_monotonic_time(), wait = 1000 * 1000;
	int i;

	for (i = 0; i < p->options->jobs; i++) {
		struct worker *w = &p->workers[i];

		if (w->fd < 0 || w->unit < 0)
			continue;
		if (w->deadline <= now && !w->is_overdue) {
			w->is_overdue = true;
			kill(w->pid, SIGKILL);
		}
		wait = CLAMP(w->deadline - now, 0, wait);
	}
	return wait / 1000 + 1;
}

static bool step(struct pool *p, GError **error)
{
	int jobs = p->options->jobs, i;
	g_autofree struct pollfd *polls = g_new0(struct pollfd, jobs);

	for (i = 0; i < jobs; i++)
		polls[i] = (struct pollfd){.fd = p->workers[i].fd, .events = POLLIN};
	if (poll(polls, jobs, check_deadlines(p)) < 0)
		return true;
	for (i = 0; i < jobs; i++)
		if (polls[i].revents && !read_worker(p, &p->workers[i], error))
			return false;
	return true;
}

static bool is_stopped(struct pool *p)
{
	return p->options->stop && *p->options->stop;
}

bool pool_run(const struct pool_options *options, int64_t *peak, GError **error)
{
	struct pool p = {.options = options, .open = options->units->len, .peak = peak};
	bool answer = true;
	int i;

	p.workers = g_new0(struct worker, options->jobs);
	for (i = 0; i < options->jobs; i++) {
		p.workers[i].fd = -1;
		p.workers[i].received = g_byte_array_new();
	}
	for (i = 0; answer && i < options->jobs; i++) {
		answer = start_worker(&p, &p.workers[i], error);
		if (answer)
			give_unit(&p, &p.workers[i]);
	}
	while (answer && p.open > 0 && !is_stopped(&p))
		answer = step(&p, error);
	for (i = 0; i < options->jobs; i++) {
		if (p.workers[i].pid > 0) {
			kill(p.workers[i].pid, SIGKILL);
			g_free(end_worker(&p, &p.workers[i]));
		}
		g_byte_array_unref(p.workers[i].received);
	}
	g_free(p.workers);
	if (answer && is_stopped(&p)) {
		g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
			    "interrupted; the index is as it was");
		return false;
	}
	return answer;
}
