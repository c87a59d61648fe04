/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Parsing processes. Each is sent a job, which is a unit or the making of a prefix, and answers with a
 * header and the packed facts; the next job is sent before the answer is stored, so that no process
 * waits for the store. Prefixes are made first; the units of a group wait for theirs, others do not.
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
#include "run/group.h"
#include "run/worker.h"

/* Far above what a unit of the kernel needs (0.2 GiB), far below what would hurt the machine. */
static const rlim_t worker_memory = (rlim_t)3 << 30;

/* The parent and the worker see the same plan: a number is enough to name a job. */
struct job {
	int32_t unit;  /* -1: make the group's prefix */
	int32_t group; /* -1: without a prefix */
};

struct header {
	struct job job;
	int32_t errors;
	int32_t is_behind_prefix;
	uint32_t facts, reason; /* lengths of what follows */
};

struct worker {
	pid_t pid;
	int fd;
	struct job job;
	bool is_busy;
	int64_t deadline;    /* monotonic microseconds */
	bool is_overdue;
	GByteArray *received;
};

struct pool {
	const struct pool_options *options;
	struct worker *workers;
	bool *given;	/* by unit */
	int first_open; /* all units before it are given */
	int open;	/* units without an answer */
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

static bool parse_unit(const struct pool_options *o, struct ew_parser *parser, struct job job,
		       const struct ew_sink *sink, struct header *h, GError **error)
{
	const struct ew_unit *unit = g_ptr_array_index(o->units, job.unit);
	const struct group *g = job.group >= 0 ? g_ptr_array_index(o->groups->groups, job.group) : NULL;
	struct ew_parse_unit command = {unit->path, unit->directory,
					(const char *const *)unit->argv, g ? g->prefix : NULL};
	struct ew_parse_result result = {0};
	bool answer = ew_parse_unit(parser, &command, sink, &result, error);

	h->errors = result.errors;
	h->is_behind_prefix = result.is_behind_prefix;
	return answer;
}

static bool make_prefix(const struct pool_options *o, struct ew_parser *parser, struct job job,
			const struct ew_sink *sink, GError **error)
{
	const struct group *g = g_ptr_array_index(o->groups->groups, job.group);

	return ew_parser_make_prefix(parser, g->prefix, (const char *const *)g->headers->pdata,
				     g->like->directory, (const char *const *)g->like->argv, sink,
				     error);
}

static bool do_job(const struct pool_options *o, struct ew_parser *parser, struct job job, int fd)
{
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	struct ew_sink *sink = ew_fact_pack_new(bytes);
	g_autoptr(GError) error = NULL;
	struct header h = {.job = job};
	bool answer = job.unit >= 0 ? parse_unit(o, parser, job, sink, &h, &error)
				    : make_prefix(o, parser, job, sink, &error);

	if (!answer) {
		g_byte_array_set_size(bytes, 0);
		h.reason = strlen(error->message);
	}
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
	struct job job;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
	signal(SIGINT, SIG_IGN); /* the parent decides */
	if (!EW_SANITIZED) /* whose shadow memory takes terabytes of address space */
		setrlimit(RLIMIT_AS, &memory);
	setrlimit(RLIMIT_CORE, &no_core);
	parser = ew_parser_new(&options);
	while (read(fd, &job, sizeof job) == sizeof job)
		if (!do_job(o, parser, job, fd))
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
	w->is_busy = false;
	w->is_overdue = false;
	g_byte_array_set_size(w->received, 0);
	return true;
failed:
	w->pid = 0;
	g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE, "cannot start a worker process: %s",
		    g_strerror(errno));
	return false;
}

static struct group *group_at(struct pool *p, int index)
{
	return index >= 0 ? g_ptr_array_index(p->options->groups->groups, index) : NULL;
}

/* A prefix that came to nothing only costs time: its units are parsed as they stand. */
static void answer_job(struct pool *p, struct job job, struct unit_answer *a)
{
	struct group *g = group_at(p, job.group);

	if (job.unit < 0) {
		g->state = a->reason ? PREFIX_FAILED : PREFIX_MADE;
		if (!a->reason)
			p->options->answer(a, p->options->data);
		return;
	}
	a->unit = g_ptr_array_index(p->options->units, job.unit);
	p->open--;
	p->options->answer(a, p->options->data);
}

static bool next_prefix(struct pool *p, struct job *job)
{
	const struct groups *groups = p->options->groups;
	guint i;

	for (i = 0; groups && i < groups->groups->len; i++) {
		struct group *g = g_ptr_array_index(groups->groups, i);

		if (g->state != PREFIX_TO_MAKE)
			continue;
		g->state = PREFIX_IN_MAKING;
		*job = (struct job){-1, i};
		return true;
	}
	return false;
}

/* Units that cannot be read at all need no process. */
static bool next_unit(struct pool *p, struct job *job)
{
	int n = p->options->units->len, i;

	for (i = p->first_open; i < n; i++) {
		const struct ew_unit *unit = g_ptr_array_index(p->options->units, i);
		int index = p->options->groups ? p->options->groups->of_unit[i] : -1;
		struct group *g = group_at(p, index);
		struct unit_answer a = {.reason = unit->problem};

		if (p->given[i] || (g && g->state < PREFIX_MADE))
			continue;
		p->given[i] = true;
		*job = (struct job){i, g && g->state == PREFIX_MADE ? index : -1};
		while (p->first_open < n && p->given[p->first_open])
			p->first_open++;
		if (!unit->problem)
			return true;
		answer_job(p, *job, &a);
	}
	return false;
}

static void give_job(struct pool *p, struct worker *w)
{
	w->is_busy = next_prefix(p, &w->job) || next_unit(p, &w->job);
	if (!w->is_busy)
		return;
	w->deadline = g_get_monotonic_time() + p->options->unit_seconds * G_USEC_PER_SEC;
	if (!write_all(w->fd, &w->job, sizeof w->job))
		w->deadline = 0; /* it is dead: its end of file tells */
}

/* A prefix that was made may have set units free. */
static void wake_idle(struct pool *p)
{
	int i;

	for (i = 0; i < p->options->jobs; i++)
		if (p->workers[i].fd >= 0 && !p->workers[i].is_busy)
			give_job(p, &p->workers[i]);
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
	struct job job = w->job;
	bool was_busy = w->is_busy;
	g_autofree char *reason = end_worker(p, w);
	struct unit_answer a = {.reason = reason};

	if (was_busy)
		answer_job(p, job, &a);
	if (p->open == 0)
		return true;
	if (!start_worker(p, w, error))
		return false;
	wake_idle(p);
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
	w->is_busy = false;
	if (h.job.unit >= 0)
		give_job(p, w);
	a.bytes = bytes->data + sizeof h;
	a.length = h.facts;
	a.errors = h.errors;
	a.is_behind_prefix = h.is_behind_prefix;
	if (h.reason)
		a.reason = reason = g_strndup((char *)a.bytes + h.facts, h.reason);
	answer_job(p, h.job, &a);
	wake_idle(p);
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

		if (w->fd < 0 || !w->is_busy)
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
	p.given = g_new0(bool, options->units->len + 1);
	for (i = 0; i < options->jobs; i++) {
		p.workers[i].fd = -1;
		p.workers[i].received = g_byte_array_new();
	}
	for (i = 0; answer && i < options->jobs; i++) {
		answer = start_worker(&p, &p.workers[i], error);
		if (answer)
			give_job(&p, &p.workers[i]);
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
	g_free(p.given);
	if (answer && is_stopped(&p)) {
		g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
			    "interrupted; the index is as it was");
		return false;
	}
	return answer;
}
