/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Parsing processes. Each is sent a job, which is a unit or the making of a prefix, and answers with a
 * header and the packed facts; the next job is sent before the answer is stored, so that no process
 * waits for the store.
 *
 * Prefixes are made first, then units are given out in order, and answers are passed on in that order:
 * the same tree then makes the same index, to the last id, with any number of workers.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run/worker.h"

/* Answers that wait for one that hangs: beyond this no unit is handed out until it is there. */
static const size_t most_waiting = (size_t)256 << 20;

struct worker {
	pid_t pid;
	int fd;
	struct job job;
	bool is_busy;
	int64_t deadline;    /* monotonic microseconds */
	bool is_overdue;
	GByteArray *received;
};

/* An answer that is kept. */
struct held {
	GByteArray *bytes; /* the whole message, or NULL */
	char *reason;
	bool is_here;
	bool was_killed; /* a worker died of it, of a signal from outside */
};

struct pool {
	const struct pool_options *options;
	struct worker *workers;
	int prefixes;	/* being made or to be made */
	int next;	/* first unit that nobody was given */
	int passed;	/* units whose answer was passed on */
	size_t waiting;	/* bytes of units' answers that came before their turn */
	struct held *held; /* by unit: answers that came before their turn */
	struct held *held_prefixes; /* by group */
	int64_t *peak;
};

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
		worker_run(p->options, fds[1], parent);
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

static int count_prefixes(const struct groups *groups)
{
	return groups ? (int)groups->prefixes->len : 0;
}

static void pass_on(struct pool *p, struct held *h, const struct ew_unit *unit, int prefix)
{
	struct unit_answer a = {.unit = unit, .prefix = prefix, .reason = h->reason};

	if (h->bytes) {
		struct header header;

		memcpy(&header, h->bytes->data, sizeof header);
		a.errors = header.errors;
		if (unit)
			a.prefix = header.prefix;
		a.bytes = h->bytes->data + sizeof header;
		a.length = header.facts;
	}
	if (unit || !a.reason)
		p->options->answer(&a, p->options->data);
	if (unit && h->bytes)
		p->waiting -= h->bytes->len;
	g_clear_pointer(&h->bytes, g_byte_array_unref);
	g_clear_pointer(&h->reason, g_free);
	h->is_here = false;
}

/* All prefixes first, then units as far as they are here. */
static void pass_in_order(struct pool *p)
{
	int i;

	if (p->prefixes)
		return;
	for (i = 0; !p->passed && i < count_prefixes(p->options->groups); i++)
		if (p->held_prefixes[i].is_here)
			pass_on(p, &p->held_prefixes[i], NULL, i);
	while (p->passed < (int)p->options->units->len && p->held[p->passed].is_here) {
		pass_on(p, &p->held[p->passed], g_ptr_array_index(p->options->units, p->passed), -1);
		p->passed++;
	}
}

static struct held *held_of(struct pool *p, struct job job)
{
	return job.unit >= 0 ? &p->held[job.unit] : &p->held_prefixes[job.prefixes[0]];
}

/* A prefix that came to nothing only costs time: its units are parsed as they stand. */
static void take_prefix(struct pool *p, int index, const GByteArray *bytes)
{
	struct unit_answer a = {.prefix = index};

	groups_prefix(p->options->groups, index)->state = bytes ? PREFIX_MADE : PREFIX_FAILED;
	p->prefixes--;
	if (!bytes || !p->options->made)
		return;
	a.bytes = bytes->data + sizeof(struct header);
	a.length = bytes->len - sizeof(struct header);
	p->options->made(&a, p->options->data);
}

static void hold(struct pool *p, struct job job, GByteArray *bytes, const char *reason)
{
	struct held *h = held_of(p, job);

	h->is_here = true;
	h->bytes = bytes ? g_byte_array_ref(bytes) : NULL;
	h->reason = g_strdup(reason);
	if (job.unit >= 0 && bytes)
		p->waiting += bytes->len;
	if (job.unit < 0) {
		take_prefix(p, job.prefixes[0], reason ? NULL : bytes);
	}
}

/* The largest first: what is begun last keeps the others waiting. */
static bool next_prefix(struct pool *p, struct job *job)
{
	struct prefix *largest = NULL;
	guint most = 0;
	int i;

	for (i = 0; i < count_prefixes(p->options->groups); i++) {
		struct prefix *x = groups_prefix(p->options->groups, i);
		guint n = g_strv_length((char **)x->plan.headers);

		if (x->state != PREFIX_TO_MAKE || (largest && n <= most))
			continue;
		largest = x;
		most = n;
		*job = (struct job){-1, {i, -1, -1}};
	}
	if (largest)
		largest->state = PREFIX_IN_MAKING;
	return largest;
}

static bool may_stand_behind(struct pool *p, int unit, int prefix)
{
	const struct pool_options *o = p->options;

	return groups_prefix(o->groups, prefix)->state == PREFIX_MADE &&
	       (!o->fits || o->fits(g_ptr_array_index(o->units, unit), prefix, o->data));
}

static struct job job_for(struct pool *p, int unit)
{
	const struct groups *groups = p->options->groups;
	struct job job = {unit, {-1, -1, -1}};
	int i, n = 0;

	for (i = 0; groups && i < MOST_CANDIDATES && groups->of_unit[unit][i] >= 0; i++)
		if (may_stand_behind(p, unit, groups->of_unit[unit][i]))
			job.prefixes[n++] = groups->of_unit[unit][i];
	return job;
}

/* What waits, waits for a unit that was handed out before: some worker has it, and will be done. */
static bool is_enough_waiting(const struct pool *p)
{
	return p->waiting > (p->options->most_waiting ? p->options->most_waiting : most_waiting);
}

/* Units that cannot be read at all need no process. */
static bool next_unit(struct pool *p, struct job *job)
{
	while (!p->prefixes && p->next < (int)p->options->units->len && !is_enough_waiting(p)) {
		const struct ew_unit *unit = g_ptr_array_index(p->options->units, p->next);

		*job = job_for(p, p->next++);
		if (!unit->problem)
			return true;
		hold(p, *job, NULL, unit->problem);
	}
	return false;
}

/* A prefix is parsed several times until its headers go together. */
static int64_t time_for(const struct pool *p, struct job job)
{
	return p->options->unit_seconds * G_USEC_PER_SEC * (job.unit < 0 ? EW_PARSE_ATTEMPTS : 1);
}

static void send_job(struct pool *p, struct worker *w)
{
	w->is_busy = true;
	w->deadline = g_get_monotonic_time() + time_for(p, w->job);
	worker_write(w->fd, &w->job, sizeof w->job); /* if it is dead its end of file tells */
}

static void give_job(struct pool *p, struct worker *w)
{
	if (next_prefix(p, &w->job) || next_unit(p, &w->job))
		send_job(p, w);
}

/* The last prefix sets the units free. */
static void wake_idle(struct pool *p)
{
	int i;

	for (i = 0; i < p->options->jobs; i++)
		if (p->workers[i].fd >= 0 && !p->workers[i].is_busy)
			give_job(p, &p->workers[i]);
}

/* The next jobs are sent before answers are passed on; those who were to wait for that are asked again. */
static void go_on(struct pool *p)
{
	wake_idle(p);
	pass_in_order(p);
	wake_idle(p);
	pass_in_order(p); /* units that need no process were held meanwhile */
}

/* Reap it, and say what its unit died of. */
static char *end_worker(struct pool *p, struct worker *w, int *wait_status)
{
	struct rusage usage;
	int status = 0;

	while (wait4(w->pid, &status, 0, &usage) < 0 && errno == EINTR)
		;
	*p->peak += (int64_t)usage.ru_maxrss * 1024;
	close(w->fd);
	w->fd = -1;
	w->pid = 0;
	*wait_status = status;
	if (w->is_overdue)
		return g_strdup_printf("libclang did not finish in %d s", p->options->unit_seconds);
	if (WIFSIGNALED(status))
		return g_strdup_printf("libclang died of signal %d (%s)", WTERMSIG(status),
				       strsignal(WTERMSIG(status)));
	return g_strdup_printf("its worker ended with status %d", WEXITSTATUS(status));
}

static bool is_done(const struct pool *p)
{
	return !p->prefixes && p->passed == (int)p->options->units->len;
}

/*
 * A worker that somebody killed did not die of its unit: once more, as it was. One that died behind a prefix may
 * have died of that: once more without. Whatever happens again is the unit's own.
 */
static bool is_worth_another(struct pool *p, const struct worker *w, int status, struct job *job)
{
	struct held *h = held_of(p, *job);

	if (w->is_overdue)
		return false;
	if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGTERM)) {
		bool is_first = !h->was_killed;

		h->was_killed = true;
		return is_first;
	}
	if (job->unit < 0 || job->prefixes[0] < 0)
		return false;
	job->prefixes[0] = -1;
	return true;
}

static bool replace_worker(struct pool *p, struct worker *w, GError **error)
{
	struct job job = w->job;
	int status;
	bool was_busy = w->is_busy;
	g_autofree char *reason = end_worker(p, w, &status);
	bool again = was_busy && is_worth_another(p, w, status, &job);

	if (was_busy && !again)
		hold(p, job, NULL, reason);
	if (!start_worker(p, w, error))
		return false;
	if (again) {
		w->job = job;
		send_job(p, w);
	}
	go_on(p);
	return true;
}

/* A whole answer may have come, or part of one. */
static void take_answer(struct pool *p, struct worker *w)
{
	struct header h;
	g_autoptr(GByteArray) bytes = NULL;
	g_autofree char *reason = NULL;

	if (w->received->len < sizeof h)
		return;
	memcpy(&h, w->received->data, sizeof h);
	if (w->received->len < sizeof h + h.facts + h.reason)
		return;
	bytes = w->received;
	w->received = g_byte_array_new();
	if (h.reason)
		reason = g_strndup((char *)bytes->data + sizeof h + h.facts, h.reason);
	hold(p, h.job, bytes, reason);
	w->is_busy = false;
	go_on(p);
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

/* The time to the next deadline in ms, a second at most. */
static int time_to_wait(const struct pool *p)
{
	int64_t now = g_get_monotonic_time(), wait = 1000 * 1000;
	int i;

	for (i = 0; i < p->options->jobs; i++)
		if (p->workers[i].fd >= 0 && p->workers[i].is_busy)
			wait = CLAMP(p->workers[i].deadline - now, 0, wait);
	return wait / 1000 + 1;
}

/* After all answers that are there were read: who is done is not late. */
static void kill_overdue(struct pool *p)
{
	int64_t now = g_get_monotonic_time();
	int i;

	for (i = 0; i < p->options->jobs; i++) {
		struct worker *w = &p->workers[i];

		if (w->fd < 0 || !w->is_busy || w->is_overdue || w->deadline > now)
			continue;
		w->is_overdue = true;
		kill(w->pid, SIGKILL);
	}
}

static bool step(struct pool *p, GError **error)
{
	int jobs = p->options->jobs, i;
	g_autofree struct pollfd *polls = g_new0(struct pollfd, jobs);

	for (i = 0; i < jobs; i++)
		polls[i] = (struct pollfd){.fd = p->workers[i].fd, .events = POLLIN};
	if (poll(polls, jobs, time_to_wait(p)) < 0)
		return true;
	for (i = 0; i < jobs; i++)
		if (polls[i].revents && !read_worker(p, &p->workers[i], error))
			return false;
	if (poll(polls, jobs, 0) == 0)
		kill_overdue(p);
	return true;
}

static bool is_stopped(struct pool *p)
{
	return p->options->stop && *p->options->stop;
}

static int count_to_make(const struct groups *groups)
{
	int n = 0, i;

	for (i = 0; i < count_prefixes(groups); i++)
		n += groups_prefix(groups, i)->state == PREFIX_TO_MAKE;
	return n;
}

static void open_pool(struct pool *p)
{
	int i;

	p->workers = g_new0(struct worker, p->options->jobs);
	p->held = g_new0(struct held, p->options->units->len + 1);
	p->held_prefixes = g_new0(struct held, count_prefixes(p->options->groups) + 1);
	p->prefixes = count_to_make(p->options->groups);
	for (i = 0; i < p->options->jobs; i++) {
		p->workers[i].fd = -1;
		p->workers[i].received = g_byte_array_new();
	}
}

static void clear_held(struct held *h, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		g_clear_pointer(&h[i].bytes, g_byte_array_unref);
		g_free(h[i].reason);
	}
	g_free(h);
}

static void close_pool(struct pool *p)
{
	int i;

	for (i = 0; i < p->options->jobs; i++) {
		if (p->workers[i].pid > 0) {
			int status;

			kill(p->workers[i].pid, SIGKILL);
			g_free(end_worker(p, &p->workers[i], &status));
		}
		g_byte_array_unref(p->workers[i].received);
	}
	g_free(p->workers);
	clear_held(p->held, p->options->units->len);
	clear_held(p->held_prefixes, count_prefixes(p->options->groups));
}

bool pool_run(const struct pool_options *options, int64_t *peak, GError **error)
{
	struct pool p = {.options = options, .peak = peak};
	bool answer = true;
	int i;

	open_pool(&p);
	for (i = 0; answer && i < options->jobs; i++)
		answer = start_worker(&p, &p.workers[i], error);
	if (answer)
		go_on(&p);
	while (answer && !is_done(&p) && !is_stopped(&p))
		answer = step(&p, error);
	close_pool(&p);
	if (answer && is_stopped(&p)) {
		g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
			    "interrupted; the index is as it was");
		return false;
	}
	return answer;
}
