/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A parsing process: it does job after job, and may be lost with any of them. */
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "parse/parse.h"
#include "run/worker.h"

/* Far above what a unit of the kernel needs (0.2 GiB), far below what would hurt the machine. */
static const rlim_t worker_memory = (rlim_t)3 << 30;

bool worker_write(int fd, const void *bytes, size_t length)
{
	const char *at = bytes;

	while (length) {
		ssize_t n = send(fd, at, length, MSG_NOSIGNAL);

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
	const struct ew_parse_prefix *prefixes[MOST_CANDIDATES + 1] = {NULL};
	struct ew_parse_unit command = {unit->path, unit->directory,
					(const char *const *)unit->argv, prefixes};
	struct ew_parse_result result = {0};
	bool answer;
	int i;

	for (i = 0; i < MOST_CANDIDATES && job.prefixes[i] >= 0; i++)
		prefixes[i] = &groups_prefix(o->groups, job.prefixes[i])->plan;
	answer = ew_parse_unit(parser, &command, sink, &result, error);
	h->errors = result.errors;
	h->prefix = result.prefix >= 0 ? job.prefixes[result.prefix] : -1;
	return answer;
}

static bool make_prefix(const struct pool_options *o, struct ew_parser *parser, struct job job,
			const struct ew_sink *sink, GError **error)
{
	const struct prefix *x = groups_prefix(o->groups, job.prefixes[0]);

	return ew_parser_make_prefix(parser, &x->plan, x->like->directory,
				     (const char *const *)x->like->argv, sink, error);
}

/* The pack's function(), and who is asked before. */
static struct {
	const struct pool_options *options;
	bool (*function)(void *data, const struct ew_fact_function *f);
} filter;

static bool say_unknown(void *data, const struct ew_fact_function *f)
{
	if (filter.options->knows(f, filter.options->data))
		return false;
	return filter.function(data, f);
}

static void filter_functions(const struct pool_options *o, struct ew_sink *sink)
{
	if (!o->knows)
		return;
	filter.options = o;
	filter.function = sink->function;
	sink->function = say_unknown;
}

static bool do_job(const struct pool_options *o, struct ew_parser *parser, struct job job, int fd)
{
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	struct ew_sink *sink = ew_fact_pack_new(bytes);
	g_autoptr(GError) error = NULL;
	struct header h = {.job = job, .prefix = -1};
	bool answer;

	filter_functions(o, sink);
	answer = job.unit >= 0 ? parse_unit(o, parser, job, sink, &h, &error)
			       : make_prefix(o, parser, job, sink, &error);
	if (!answer) {
		g_byte_array_set_size(bytes, 0);
		h.reason = strlen(error->message);
	}
	h.facts = bytes->len;
	answer = worker_write(fd, &h, sizeof h) && worker_write(fd, bytes->data, bytes->len) &&
		 (!error || worker_write(fd, error->message, h.reason));
	ew_fact_pack_free(sink);
	return answer;
}

/* What libclang frees after a unit it wants again for the next: from the kernel, page by page, that costs
 * a good part of the parsing. A thread of its own for each unit would have an arena of its own. */
static void keep_memory(void)
{
	setenv("LIBCLANG_NOTHREADS", "1", true);
	mallopt(M_MMAP_THRESHOLD, 32 << 20);
	mallopt(M_TRIM_THRESHOLD, 1 << 30);
	mallopt(M_TOP_PAD, 16 << 20);
}

void worker_run(const struct pool_options *o, int fd, pid_t parent)
{
	struct rlimit memory = {worker_memory, worker_memory};
	struct rlimit no_core = {0, 0};
	struct ew_parse_options options = {o->tree, o->build, o->states, o->heads, o->constants};
	struct ew_parser *parser;
	struct job job;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(0);
	signal(SIGINT, SIG_IGN); /* the parent decides */
	if (!EW_SANITIZED) /* whose shadow memory takes terabytes of address space */
		setrlimit(RLIMIT_AS, &memory);
	setrlimit(RLIMIT_CORE, &no_core);
	keep_memory();
	parser = ew_parser_new(&options);
	while (read(fd, &job, sizeof job) == sizeof job)
		if (!do_job(o, parser, job, fd))
			break;
	_exit(0);
}
