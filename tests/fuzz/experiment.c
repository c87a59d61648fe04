/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fuzzes the parser of experiments: whatever is in a file, it is an experiment or an error with a
 * place, and what is an experiment can be judged. With clang this is a libFuzzer program; else
 * (main() below) it makes variants of the given files by itself, the same ones for the same number.
 */
#include "live/live.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The judge, on a run in which nothing was seen. */
static void judge(const struct ew_live_experiment *x)
{
	struct ew_live_event end = {.kind = EW_LIVE_EVENT_END, .side = -1, .actor = -1, .value = 1};
	GArray *events = g_array_new(FALSE, TRUE, sizeof(end));

	g_array_append_val(events, end);
	ew_auto(live_result) r = ew_live_judge(x, events);
	if (r->matched == (r->difference != NULL))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct ew_live_variant variants[] = {{false, false}, {true, true}};
	g_autofree char *text = g_strndup((const char *)data, size);

	for (size_t i = 0; i < G_N_ELEMENTS(variants); i++) {
		g_autoptr(GError) error = NULL;
		ew_auto(live_experiment) x =
			ew_live_parse_variant(text, "fuzz.exp", &variants[i], &error);

		if (!x && (!error || !g_str_has_prefix(error->message, "fuzz.exp:")))
			abort();
		if (x)
			judge(x);
	}
	return 0;
}

#ifndef EW_LIBFUZZER
#define ROUNDS_LEAST 1000

/* Words that stand in experiments; the verbs' own come from their table. */
static const char *const words[] = {
	"step",	   "actors",
	"client",  "server",
	"expect",  "packets",
	"order",   "never",
	"takes",   "on",
	"as",	   "x8",
	"within",  "fails",
	"gives",   "blocks",
	"{",	   "}",
	"|",	   ",",
	"#",	   "client#2",
	"full",	   "quick",
	"helper",  "zero",
	"counter", "+1..3",
	"because", "in",
	"at \"",   ":",
	"\n",	   " ",
	"\t",	   "4294967296",
	"-1",	   "1GiB",
	"0ms",	   "ESTABLISHED",
	"kill",	   "still",
	"needs",   "sysctl",
	"watch",   "99999999999999999999",
};

static const char *pick_word(GRand *rand)
{
	guint n = (guint)g_rand_int_range(rand, 0, 120);
	const struct ew_live_verb *v;

	if (n < G_N_ELEMENTS(words))
		return words[n];
	v = ew_live_verb(n - G_N_ELEMENTS(words), NULL);
	return v ? v->name : "\xff";
}

static void mutate(GString *s, GRand *rand)
{
	guint at = (guint)g_rand_int_range(rand, 0, (gint32)s->len + 1);
	guint length = (guint)g_rand_int_range(rand, 1, 40);

	length = MIN(length, s->len - at);
	switch (g_rand_int_range(rand, 0, 5)) {
	case 0:
		g_string_erase(s, at, length);
		break;
	case 1: {
		g_autofree char *copy = g_strndup(s->str + at, length);

		g_string_insert(s, g_rand_int_range(rand, 0, (gint32)s->len + 1), copy);
		break;
	}
	case 2:
		if (at < s->len)
			s->str[at] = (char)g_rand_int_range(rand, 1, 256);
		break;
	default:
		g_string_insert(s, at, pick_word(rand));
		break;
	}
}

/* fuzz_experiment ROUNDS FILE ... */
int main(int argc, char **argv)
{
	g_autoptr(GRand) rand = g_rand_new_with_seed(5);
	int rounds = argc > 1 ? MAX(atoi(argv[1]), ROUNDS_LEAST) : ROUNDS_LEAST;
	int parsed = 0;

	for (int i = 0; argc > 2 && i < rounds; i++) {
		g_autofree char *text = NULL;

		if (!g_file_get_contents(argv[2 + i % (argc - 2)], &text, NULL, NULL))
			return 1;
		g_autoptr(GString) s = g_string_new(text);
		for (int n = g_rand_int_range(rand, 0, 6); n > 0; n--)
			mutate(s, rand);
		LLVMFuzzerTestOneInput((const uint8_t *)s->str, s->len);
		ew_auto(live_experiment) x = ew_live_parse(s->str, "x.exp", NULL);
		parsed += x != NULL;
	}
	printf("%d variants, %d of them experiments\n", rounds, parsed);
	/* variants that are all refused early would fuzz nothing */
	return parsed > rounds / 50 ? 0 : 1;
}
#endif
