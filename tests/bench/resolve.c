/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What resolution alone costs: over a copy of an index, whose facts are taken as they are.
 *
 * usage: bench_resolve OLD-INDEX NEW-INDEX KERNEL-REFS [whole]
 *
 * `whole`: the index holds every unit of its configuration; the bar of time is then another.
 * Exit status: 0 the bars hold, 1 one does not, 2 wrong usage, 3 it cannot be done.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "query/query.h"
#include "resolve/resolve.h"

/* Seconds, MiB. */
#define MOST_SECONDS_WHOLE 20.0
#define MOST_SECONDS_CORE 2.0
#define MOST_MEMORY 2048.0

static long peak_kilobytes(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return usage.ru_maxrss;
}

int main(int argc, char **argv)
{
	ew_auto(refs) refs = NULL;
	struct ew_store_writer *w = NULL;
	struct ew_resolve_counts c;
	g_autoptr(GError) error = NULL;
	int64_t start;
	double seconds, memory, bar;
	bool holds;

	if (argc < 4) {
		fprintf(stderr, "usage: bench_resolve OLD-INDEX NEW-INDEX KERNEL-REFS [whole]\n");
		return 2;
	}
	refs = ew_refs_open(argv[3], &error);
	if (refs)
		w = ew_store_update(argv[1], argv[2], &error);
	if (!w || !ew_store_finish_facts(w, &error)) {
		fprintf(stderr, "bench_resolve: %s\n", error ? error->message : "no index");
		return 3;
	}
	start = g_get_monotonic_time();
	if (!ew_resolve(w, refs, argc > 4, &c, &error) || !ew_query_keep(w, refs, &error)) {
		fprintf(stderr, "bench_resolve: %s\n", error->message);
		return 3;
	}
	seconds = (double)(g_get_monotonic_time() - start) / 1e6;
	memory = (double)peak_kilobytes() / 1024;
	bar = argc > 4 ? MOST_SECONDS_WHOLE : MOST_SECONDS_CORE;
	holds = seconds < bar && memory < MOST_MEMORY;
	printf("%.2f s, %.1f MiB; %ld pointer calls, %ld with a target, %ld edges\n", seconds, memory,
	       (long)c.pointer_calls, (long)c.pointer_resolved, (long)c.edges);
	printf("%s: resolution takes less than %.0f s and %.0f MiB\n", holds ? "holds" : "MISSED", bar,
	       MOST_MEMORY);
	if (!ew_store_close_writer(w, &error)) {
		fprintf(stderr, "bench_resolve: %s\n", error->message);
		return 3;
	}
	return holds ? 0 : 1;
}
