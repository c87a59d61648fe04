/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is shipped, as a whole: live_whole TEST EXPERIMENTS. Exits 77, with the reason, where this
 * machine forbids the stage.
 */
#include "../check.h"
#include "live/live.h"

#include <stdio.h>
#include <string.h>

#define SHORT_MS 1500

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

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		void (*test)(const char *directory);
	} tests[] = {
		{"ipv6", test_ipv6},
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
