/* SPDX-License-Identifier: GPL-3.0-or-later */
/* live: a file that is wrong in several places is told of each; how each of several connections is closed is judged by
 * itself; a recording at full length is not judged by quick times. */
#include "live/internal.h"

#include <glib/gstdio.h>
#include <string.h>

#define EXPERIMENTS EW_TEST_DIR "/../lessons/experiments"
#define HEAD	    "title t\nquestion q\ntopology loopback\nactors client server\nwatch sockets packets processes\n"
#define STEPS	    "step server listen\nstep client connect server\nstep client kill\n"

/* What is told of it, with the path "x". */
static char *told(const char *text)
{
	g_autoptr(GError) error = NULL;
	ew_auto(live_experiment) x = ew_live_parse(text, "x", &error);

	g_assert_null(x);
	g_assert_error(error, EW_ERROR, EW_ERROR_INPUT);
	return g_strdup(error->message);
}

/* Each place once, in order, and nothing else: `lines` is "7 9", 0 for none. */
static void check_lines(const char *text, const char *lines)
{
	g_autofree char *message = told(text);
	g_auto(GStrv) parts = g_strsplit(message, "\n", -1);
	g_autoptr(GString) s = g_string_new(NULL);

	for (int i = 0; parts[i]; i++) {
		g_assert_true(g_str_has_prefix(parts[i], "x:"));
		if (g_ascii_isdigit(parts[i][2]))
			g_string_append_printf(s, "%s%d", s->len ? " " : "", atoi(parts[i] + 2));
	}
	if (strcmp(s->str, lines))
		g_error("expected lines %s, got %s:\n%s", lines, s->str, message);
}

static void test_all_told(void)
{
	g_autofree char *message = told(HEAD "bound never\nsysctl kernel.panic 1\n" STEPS "expect client OPEN\n");

	g_assert_true(g_str_has_prefix(message, "x:6: a duration is missing"));
	g_assert_nonnull(strstr(message, "\nx:7: a sysctl of the network namespace"));
	g_assert_nonnull(strstr(message, "\nx:11: \"OPEN\" is no state"));
	g_assert_true(g_str_has_suffix(message, "\nx: 3 errors"));
	/* one is told as it always was */
	g_autofree char *one = told(HEAD STEPS "expect client OPEN\n");
	g_assert_null(strchr(one, '\n'));
}

/* What only follows from an error is none. */
static void test_not_what_follows(void)
{
	/* nobody is known after a bad line of actors: neither steps nor sides are told of */
	check_lines("title t\nquestion q\ntopology loopback\nactors a B/c\nwatch sockets\n" STEPS
		    "expect client gone\n",
		    "4");
	check_lines(HEAD "helper other server\nstep other listen\nbound 5\n" STEPS, "6 8");
	/* a step that may have made an actor */
	check_lines(HEAD "step client frok child\nstep child close\nstep client kill\n", "6");
	/* who does not listen, because the line is wrong */
	check_lines(HEAD "step server listn\nstep client connect server\nstep server accept\nstep client kill\n", "6");
	/* without any line of actors once, and at the end */
	check_lines("title t\nquestion q\ntopology loopback\nwatch sockets\n" STEPS, "5 7");
	/* a title that is there and empty is not missing, too */
	check_lines("title\nquestion q\ntopology loopback\nactors client server\nwatch sockets packets\n" STEPS, "1");
	/* nor one whose word is near to it; where it is there, too, it still may */
	check_lines("titel t\nquestion q\ntopology loopback\nactors client server\nwatch sockets packets\n" STEPS, "1");
	check_lines("title t\nqestion q\ntoplogy loopback\nactors client server\nwatch sockets packets\n" STEPS, "2 3");
	check_lines("titel t\n" HEAD STEPS, "1");
	/* but one that is near to another word, or to none, stands for no title */
	check_lines("beans t\nquestion q\ntopology loopback\nactors client server\nwatch sockets packets\n" STEPS, "1 8");
	check_lines("tacks t\nquestion q\ntopology loopback\nactors client server\nwatch sockets packets\n" STEPS, "1 8");
	g_autofree char *near = told("titel t\n" HEAD STEPS);
	g_assert_nonnull(strstr(near, "did you mean \"title\"?"));
	/* but what the other lines are wrong in is told beside a bad word that steps do not hang on */
	check_lines(HEAD "bound 5\nstep server accept\nstep client kill\nstep client send 1\n", "6 7 9");
}

static void test_of_both_variants(void)
{
	check_lines(HEAD "quick bound never\nfull bound 5\ngroup A\n" STEPS, "6 7 8");
	/* once, although both variants have the line */
	check_lines(HEAD "full bound 5m\ngroup A\n" STEPS, "7");
}

static void test_bounded(void)
{
	g_autoptr(GString) text = g_string_new(HEAD);

	for (int i = 0; i < 23; i++)
		g_string_append(text, "needs magic\n");
	g_string_append(text, STEPS);
	g_autofree char *message = told(text->str);
	g_assert_nonnull(strstr(message, "\nx:25: "));
	g_assert_null(strstr(message, "\nx:26: "));
	g_assert_true(g_str_has_suffix(message, "\nx: 23 errors, of which these are the first 20"));
}

/* ---- the wire, where there is none ----------------------------------------------------------- */

static void test_no_wire(void)
{
	static const char *const lines[] = {"hold",	 "release FIN",	   "pass",	       "drop FIN always",
					    "duplicate FIN", "link down", "vanish client",      "unaddress client",
					    "repeat client", "leave client", "firewall client owner"};

	for (size_t i = 0; i < G_N_ELEMENTS(lines); i++) {
		g_autofree char *text = g_strconcat(HEAD, lines[i], "\n" STEPS, NULL);
		g_autofree char *message = told(text);

		g_assert_true(g_str_has_prefix(message, "x:6: "));
		g_assert_nonnull(strstr(message, "write \"topology wire\""));
		/* and where there is one it is right */
		g_autofree char *wire = g_strdup(text);
		char *word = strstr(wire, "loopback");
		memcpy(word, "wire    ", 8);
		ew_auto(live_experiment) x = ew_live_parse(wire, "x", NULL);
		g_assert_nonnull(x);
	}
}

/* ---- how each is closed ---------------------------------------------------------------------- */

static void test_closed_words(void)
{
	ew_auto(live_experiment) x =
		ew_live_parse(HEAD STEPS "closed yes\nclosed rude on 2\nclosed no on 3\n", "x", NULL);

	g_assert_nonnull(x);
	g_assert_cmpint(ew_live_expected_outcome(x, 1), ==, EW_LIVE_OUTCOME_YES);
	g_assert_cmpint(ew_live_expected_outcome(x, 2), ==, EW_LIVE_OUTCOME_RUDE);
	g_assert_cmpint(ew_live_expected_outcome(x, 3), ==, EW_LIVE_OUTCOME_NO);
	g_assert_cmpint(ew_live_expected_outcome(x, 4), ==, EW_LIVE_OUTCOME_YES);
	check_lines(HEAD STEPS "closed yes\nclosed rude\n", "10");
	check_lines(HEAD STEPS "closed yes on 1\nclosed rude on 1\n", "10");
	check_lines(HEAD STEPS "closed yes on\n", "9");
	check_lines(HEAD STEPS "closed yes on 0\n", "9");
	check_lines(HEAD STEPS "closed yes, rude\n", "9");
	g_autofree char *message = told(HEAD STEPS "closed yes rude\n");
	g_assert_nonnull(strstr(message, "\"closed yes on 2\""));
}

static struct ew_live_result *replay(struct ew_live_experiment *x)
{
	g_autofree char *path = g_strdup_printf(EXPERIMENTS "/%s.timeline", x->name);
	g_autoptr(GError) error = NULL;
	struct ew_live_result *r = ew_live_replay(x, path, NULL, NULL, &error);

	g_assert_no_error(error);
	return r;
}

/* The recorded run ends with a FIN on the first connection and a RST on the second. */
static void check_mixed(const enum ew_live_outcome expected[3], const char *difference)
{
	ew_auto(live_experiment) x = ew_live_load(EXPERIMENTS "/accept-queue-mixed.exp", NULL);

	g_assert_nonnull(x);
	g_array_set_size(x->closes, 0);
	for (int i = 0; i < 3; i++) {
		struct ew_live_expected_close c = {i, expected[i], 1};

		if (expected[i] != EW_LIVE_OUTCOME_UNKNOWN)
			g_array_append_val(x->closes, c);
	}
	ew_auto(live_result) r = replay(x);
	g_assert_cmpstr(r->difference, ==, difference);
	g_assert_cmpint(r->matched, ==, !difference);
}

static void test_closed_each(void)
{
	check_mixed((enum ew_live_outcome[]){0, EW_LIVE_OUTCOME_YES, EW_LIVE_OUTCOME_RUDE}, NULL);
	check_mixed((enum ew_live_outcome[]){EW_LIVE_OUTCOME_RUDE, EW_LIVE_OUTCOME_YES, 0}, NULL);
	check_mixed((enum ew_live_outcome[]){0, EW_LIVE_OUTCOME_RUDE, EW_LIVE_OUTCOME_NO},
		    "closed on 1: expected rude, observed yes\nclosed on 2: expected no, observed rude");
	check_mixed((enum ew_live_outcome[]){EW_LIVE_OUTCOME_YES, 0, 0}, "closed on 2: expected yes, observed rude");
}

static void test_closed_nowhere(void)
{
	ew_auto(live_experiment) x = ew_live_load(EXPERIMENTS "/kill-established.exp", NULL);
	struct ew_live_expected_close c = {2, EW_LIVE_OUTCOME_YES, 1};

	g_assert_nonnull(x);
	g_array_append_val(x->closes, c);
	ew_auto(live_result) r = replay(x);
	g_assert_cmpstr(r->difference, ==, "closed on 2: there was no such connection");
}

/* ---- full length ------------------------------------------------------------------------------ */

/* A recording says in its first line at which length it ran, and is judged by no other. */
static void test_full_recording(void)
{
	static const struct ew_live_variant full = {.is_full = true};
	g_autoptr(GError) error = NULL;
	g_autofree char *path = NULL;
	int fd = g_file_open_tmp("XXXXXX.timeline", &path, NULL);
	ew_auto(live_experiment) quick = ew_live_load(EXPERIMENTS "/fin-lost.exp", NULL);
	ew_auto(live_experiment) slow = ew_live_load_variant(EXPERIMENTS "/fin-lost.exp", &full, NULL);

	g_assert_true(fd >= 0 && quick && slow && quick->has_full);
	g_close(fd, NULL);
	ew_auto(live_result) r = replay(quick);
	g_assert_true(r->matched);
	g_assert_null(ew_live_replay(slow, EXPERIMENTS "/fin-lost.timeline", NULL, NULL, &error));
	g_assert_error(error, EW_ERROR, EW_ERROR_USAGE);
	g_assert_nonnull(strstr(error->message, "of the accelerated form"));
	g_clear_error(&error);
	g_assert_true(ew_live_record(slow, r, path, NULL));
	g_assert_null(ew_live_replay(quick, path, NULL, NULL, &error));
	g_assert_nonnull(strstr(error->message, "at full length"));
	ew_auto(live_result) again = ew_live_replay(slow, path, NULL, NULL, NULL);
	g_assert_nonnull(again);
	g_unlink(path);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/live-problems/all-told", test_all_told);
	g_test_add_func("/live-problems/not-what-follows", test_not_what_follows);
	g_test_add_func("/live-problems/of-both-variants", test_of_both_variants);
	g_test_add_func("/live-problems/bounded", test_bounded);
	g_test_add_func("/live-problems/no-wire", test_no_wire);
	g_test_add_func("/live-problems/closed-words", test_closed_words);
	g_test_add_func("/live-problems/closed-each", test_closed_each);
	g_test_add_func("/live-problems/closed-nowhere", test_closed_nowhere);
	g_test_add_func("/live-problems/full-recording", test_full_recording);
	return g_test_run();
}
