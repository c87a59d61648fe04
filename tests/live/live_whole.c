/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is shipped, as a whole: live_whole TEST EXPERIMENTS. Exits 77, with the reason, where this
 * machine forbids the stage.
 */
#include "../check.h"
#include "live/live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHORT_MS	1500
#define COST_MOST	5.0
#define COST_RUNS	3
#define COST_LONGEST_MS 12000

static GPtrArray *list_of(const char *directory)
{
	g_autoptr(GError) error = NULL;
	GPtrArray *list = ew_live_list(directory, NULL, &error);

	CHECK(list && list->len, "%s", error ? error->message : "nothing is there");
	return list;
}

/* The experiment in that variant, NULL if this machine cannot run it, which is told. */
static struct ew_live_experiment *load(const char *path, const struct ew_live_variant *variant)
{
	g_autoptr(GError) error = NULL;
	ew_auto(live_experiment) x = ew_live_load_variant(path, variant, &error);

	CHECK(x, "%s", error->message);
	g_autofree char *missing = ew_live_missing(x);
	if (missing)
		printf("%s: skipped: %s\n", x->name, missing);
	return missing ? NULL : g_steal_pointer(&x);
}

/* Over IPv6 there are the same states and packets; who is not for it says why. */
static void test_ipv6(const char *directory)
{
	const struct ew_live_variant six = {.is_ipv6 = true};
	g_autoptr(GPtrArray) list = list_of(directory);
	int runs = 0;

	for (guint i = 0; i < list->len; i++) {
		const struct ew_live_experiment *plain = list->pdata[i];
		g_autoptr(GError) error = NULL;

		if (ew_live_lacks_ipv6(plain)) {
			CHECK(plain->protocol == EW_LIVE_UNIX, "%s is not for IPv6", plain->name);
			continue;
		}
		if (ew_live_recorded_ms(plain) > SHORT_MS)
			continue;
		ew_auto(live_experiment) x = load(plain->path, &six);
		if (!x)
			continue;
		ew_auto(live_result) r = ew_live_run(x, NULL, NULL, &error);
		CHECK(r, "%s: %s", x->name, error->message);
		CHECK(r->matched && !r->left_behind, "%s: %s", x->name, r->difference);
		runs++;
	}
	CHECK(runs > 0);
	printf("%d experiments over IPv6\n", runs);
}

/* `until` waits for a state, which nobody sees then. */
static bool waits_for_state(const struct ew_live_experiment *x)
{
	for (guint i = 0; i < x->steps->len; i++)
		if (!strcmp(g_array_index(x->steps, struct ew_live_step, i).verb->name, "until"))
			return true;
	return false;
}

/* ---- watching -------------------------------------------------------------------------------- */

/* What the runner took of a core in one run. */
struct cost {
	double watching, steps; /* below 0 where it was not told */
};

static struct cost cost_of(const struct ew_live_result *r)
{
	for (guint i = 0; i < r->events->len; i++) {
		const struct ew_live_event *e = &g_array_index(r->events, struct ew_live_event, i);

		if (e->kind == EW_LIVE_EVENT_OBSERVERS && e->clock > 0)
			return (struct cost){.watching = 100.0 * (double)(e->value - e->steps) / (double)e->clock,
					     .steps = 100.0 * (double)e->steps / (double)e->clock};
	}
	return (struct cost){-1, -1};
}

static int compare_costs(const void *a, const void *b)
{
	double x = ((const struct cost *)a)->watching, y = ((const struct cost *)b)->watching;

	return (x > y) - (x < y);
}

/* The median of some runs: on a machine that does other things single ones are dearer. */
static struct cost median_cost(const struct ew_live_experiment *x)
{
	struct cost costs[COST_RUNS];

	for (int i = 0; i < COST_RUNS; i++) {
		g_autoptr(GError) error = NULL;
		ew_auto(live_result) r = ew_live_run(x, NULL, NULL, &error);

		CHECK(r, "%s: %s", x->name, error->message);
		costs[i] = cost_of(r);
	}
	qsort(costs, COST_RUNS, sizeof(*costs), compare_costs);
	return costs[COST_RUNS / 2];
}

/* Of each experiment, and of one that carries a packet every millisecond: less than a twentieth of a core. */
static void test_cost(const char *directory)
{
	g_autoptr(GPtrArray) list = list_of(directory);
	g_autofree char *busy = g_strdup(
		"title t\nquestion q\ntopology loopback\nwatch sockets packets processes\nbound 4s\n"
		"actors client server\nstep server listen\nstep client connect server\n"
		"step server accept\nstep client send 1 x500\nstep client kill\nstill 1500ms\n");
	int dear = 0;

	g_ptr_array_add(list, ew_live_parse(busy, "busy.exp", NULL));
	for (guint i = 0; i < list->len; i++) {
		const struct ew_live_experiment *x = list->pdata[i];
		g_autofree char *missing = ew_live_missing(x);

		if (missing || ew_live_recorded_ms(x) > COST_LONGEST_MS)
			continue;
		struct cost cost = median_cost(x);
		printf("%5.2f %% of a core, and %5.2f %% for the steps: %s\n", cost.watching, cost.steps, x->name);
		fflush(stdout);
		dear += cost.watching < 0 || cost.watching >= COST_MOST;
	}
	CHECK(!dear, "watching takes more than it may in %d experiments", dear);
}

/* With nobody watching but who counts the packets the steps give the same, and the same is on the wire. */
static void test_unobserved(const char *directory)
{
	g_autoptr(GPtrArray) list = list_of(directory);
	int runs = 0;

	for (guint i = 0; i < list->len; i++) {
		struct ew_live_experiment *x = list->pdata[i];
		g_autofree char *missing = ew_live_missing(x);
		g_autoptr(GError) error = NULL;

		if (missing || !(x->watch & EW_LIVE_WATCH_PACKETS) || ew_live_recorded_ms(x) > SHORT_MS ||
		    waits_for_state(x))
			continue;
		ew_live_without_observers(x);
		ew_auto(live_result) r = ew_live_run(x, NULL, NULL, &error);
		CHECK(r, "%s: %s", x->name, error->message);
		CHECK(r->matched && !r->left_behind, "%s: %s", x->name, r->difference);
		runs++;
	}
	CHECK(runs > 0);
	printf("%d experiments without observers\n", runs);
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*test)(const char *directory);
	} tests[] = {
		{"ipv6", test_ipv6},
		{"cost", test_cost},
		{"unobserved", test_unobserved},
	};
	g_autoptr(GError) error = NULL;

	CHECK(argc == 3, "usage: live_whole TEST EXPERIMENTS");
	if (!ew_live_check(&error)) {
		printf("skipped: %s\n", error->message);
		return SKIP;
	}
	for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
		if (strcmp(argv[1], tests[i].name) == 0) {
			tests[i].test(argv[2]);
			return 0;
		}
	}
	CHECK(false, "no test %s", argv[1]);
	return 1;
}
