/* SPDX-License-Identifier: GPL-3.0-or-later */
/* live without a stage: the language, the timeline, the verdict and the records. */
#include "live/internal.h"

#include <glib/gstdio.h>
#include <string.h>

#define EXPERIMENTS EW_TEST_DIR "/../lessons/experiments"

/* A whole experiment, which the bad ones differ from in one line. */
#define HEAD                                                                                       \
	"title a title\n"                                                                          \
	"question why\n"                                                                           \
	"topology loopback\n"                                                                      \
	"watch sockets packets\n"                                                                  \
	"actors client server\n"
#define STEPS                                                                                      \
	"step server listen\n"                                                                     \
	"step client connect server\n"                                                             \
	"step client kill\n"

static struct ew_live_experiment *parse(const char *text)
{
	g_autoptr(GError) error = NULL;
	struct ew_live_experiment *x = ew_live_parse(text, "dir/some.exp", &error);

	g_assert_no_error(error);
	g_assert_nonnull(x);
	return x;
}

static struct ew_live_expected *expected_at(const struct ew_live_experiment *x, guint i)
{
	return &g_array_index(x->expected, struct ew_live_expected, i);
}

/* ---- words ----------------------------------------------------------------------------------- */

static void test_states(void)
{
	enum ew_live_state s;

	for (int i = 0; i < EW_LIVE_STATES; i++) {
		g_assert_true(ew_live_state_parse(ew_live_state_name(i), &s));
		g_assert_cmpint(s, ==, i);
	}
	g_assert_true(ew_live_state_parse("fin-wait-2", &s));
	g_assert_cmpint(s, ==, EW_LIVE_FIN_WAIT2);
	g_assert_true(ew_live_state_parse("closed", &s));
	g_assert_cmpint(s, ==, EW_LIVE_GONE);
	g_assert_false(ew_live_state_parse("FIN_WAIT3", &s));
	g_assert_false(ew_live_state_parse("", &s));
	/* the numbers are the kernel's */
	g_assert_cmpint(EW_LIVE_CLOSING, ==, 11);
	g_assert_cmpint(EW_LIVE_LAST_ACK, ==, 9);
}

static void test_packet_words(void)
{
	g_autofree char *text = ew_live_flags_text(EW_LIVE_ACK | EW_LIVE_FIN);

	g_assert_cmpstr(text, ==, "FIN,ACK");
	g_assert_cmpstr(ew_live_packet_word(EW_LIVE_ACK, 0), ==, "ACK");
	g_assert_cmpstr(ew_live_packet_word(EW_LIVE_ACK | EW_LIVE_PSH, 5), ==, "DATA");
	g_assert_cmpstr(ew_live_packet_word(EW_LIVE_ACK | EW_LIVE_FIN, 5), ==, "FIN");
	g_assert_cmpstr(ew_live_packet_word(EW_LIVE_ACK | EW_LIVE_RST, 0), ==, "RST");
}

/* ---- the language ---------------------------------------------------------------------------- */

static void test_parse_good(void)
{
	ew_auto(live_experiment) x = parse("# a comment\n"
					   "title A title\n"
					   "   that goes on  # and a comment\n"
					   "\n"
					   "question\twhy\n"
					   "topology loopback\n"
					   "sysctl net.ipv4.tcp_fin_timeout 2\n"
					   "watch sockets packets processes\n"
					   "bound 2s\n"
					   "actors client server\n"
					   "step server listen\n"
					   "step client connect server\n"
					   "step client send 12\n"
					   "step client kill\n"
					   "still 250ms\n"
					   "expect client ESTABLISHED FIN_WAIT1 gone\n"
					   "packets client FIN, server ACK\n"
					   "closed yes\n"
					   "decides tcp_close tcp_fin\n");

	g_assert_cmpstr(x->name, ==, "some");
	g_assert_cmpstr(x->title, ==, "A title that goes on");
	g_assert_cmpstr(x->question, ==, "why");
	g_assert_cmpint(x->bound_ms, ==, 2000);
	g_assert_cmpuint(x->watch, ==, EW_LIVE_WATCH_SOCKETS | EW_LIVE_WATCH_PACKETS | EW_LIVE_WATCH_PROCESSES);
	g_assert_cmpuint(x->sysctls->len, ==, 1);
	g_assert_cmpstr(g_array_index(x->sysctls, struct ew_live_sysctl, 0).value, ==, "2");
	g_assert_cmpuint(x->steps->len, ==, 5);
	const struct ew_live_step *s = &g_array_index(x->steps, struct ew_live_step, 1);
	g_assert_cmpint(0, ==, strcmp(s->verb->name, "connect"));
	g_assert_cmpint(s->actor, ==, 0);
	g_assert_cmpint(s->target, ==, 1);
	g_assert_cmpint(s->line, ==, 12);
	g_assert_cmpstr(s->text, ==, "client connect server");
	s = &g_array_index(x->steps, struct ew_live_step, 4);
	g_assert_cmpint(0, ==, strcmp(s->verb->name, "still"));
	g_assert_cmpint(s->arguments[0].number, ==, 250);
	g_assert_cmpuint(x->expected->len, ==, 1);
	g_assert_cmpint(expected_at(x, 0)->side, ==, 0);
	g_assert_cmpint(expected_at(x, 0)->count, ==, 3);
	g_assert_cmpint(expected_at(x, 0)->states[2], ==, EW_LIVE_GONE);
	g_assert_cmpuint(x->packets->len, ==, 2);
	g_assert_cmpint(ew_live_expected_outcome(x, 1), ==, EW_LIVE_OUTCOME_YES);
	g_assert_cmpstr(x->decides[1], ==, "tcp_fin");
	g_assert_null(x->decides[2]);
}

static const struct {
	const char *text;
	int line;
	const char *says;
} bad[] = {
	{"", 1, "without a \"title\""},
	{"title x\n", 1, "without a \"question\""},
	{"  indented\n", 1, "none before it"},
	{"titel x\n", 1, "\"titel\" is no word of an experiment"},
	{"title\n", 1, "the text is missing"},
	{"title a\ntitle b\n", 2, "only once"},
	{"topology cable\n", 1, "no topology \"cable\""},
	{"topology loopback loopback\n", 1, "one word too many"},
	{"watch everything\n", 1, "cannot be watched"},
	{"bound 5\n", 1, "is no duration"},
	{"bound 0ms\n", 1, "out of range"},
	{"bound 99999999999999999999s\n", 1, "out of range"},
	{"bound -1s\n", 1, "duration is missing"},
	{"sysctl kernel.panic 1\n", 1, "of the network namespace"},
	{"sysctl net.../../kernel.panic 1\n", 1, "of the network namespace"},
	{"sysctl net.ipv4.tcp_fin_timeout\n", 1, "the value of"},
	{"step client listen\n", 1, "no actors yet"},
	{"actors client\n", 1, "two actors are needed"},
	{"actors a b c\n", 1, "two columns"},
	{"actors a a\n", 1, "two actors are called"},
	{"actors a B/c\n", 1, "no name for an actor"},
	{HEAD "step nobody listen\n", 6, "no actor \"nobody\""},
	{HEAD "step client dance\n", 6, "cannot \"dance\""},
	{HEAD "step client still\n", 6, "cannot \"still\""},
	{HEAD "step client\n", 6, "cannot \"\""},
	{HEAD "step client send\n", 6, "BYTES is missing"},
	{HEAD "step client send 12x\n", 6, "is no number"},
	{HEAD "step client connect\n", 6, "ACTOR is missing"},
	{HEAD "step client connect server\n", 6, "server must listen before"},
	{HEAD "step server accept\n", 6, "before it listens"},
	{HEAD "still\n", 6, "DURATION is missing"},
	{HEAD "step server listen\n", 6, "nobody is killed"},
	{HEAD STEPS "\n# a comment\nstep client close\n", 11, "ended on line 8"},
	{HEAD STEPS "expect client OPEN\n", 9, "\"OPEN\" is no state"},
	{HEAD STEPS "expect client gone\nexpect client gone\n", 10, "on line 9 already"},
	{HEAD STEPS "packets client FIN server ACK\n", 9, "one word too many"},
	{HEAD STEPS "packets client FOO\n", 9, "\"FOO\" is no packet"},
	{HEAD STEPS "packets client FIN,\n", 9, "name of an actor is missing"},
	{HEAD STEPS "closed maybe\n", 9, "yes, rude"},
	{HEAD STEPS "decides tcp_close()\n", 9, "no name of a function"},
	{HEAD "title \xff\n", 6, "not UTF-8"},
};

static void test_parse_bad(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;
		ew_auto(live_experiment) x = ew_live_parse(bad[i].text, "dir/some.exp", &error);
		g_autofree char *place = g_strdup_printf("dir/some.exp:%d: ", bad[i].line);

		g_test_message("%s", bad[i].says);
		g_assert_null(x);
		g_assert_error(error, EW_ERROR, EW_ERROR_INPUT);
		if (!g_str_has_prefix(error->message, place) ||
		    !strstr(error->message, bad[i].says))
			g_error("expected %s…%s…, got %s", place, bad[i].says, error->message);
	}
}

static void test_load(void)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *path = NULL;
	int fd = g_file_open_tmp("XXXXXX.exp", &path, &error);

	g_assert_no_error(error);
	g_assert_null(ew_live_load("/nonexistent/x.exp", &error));
	g_assert_error(error, EW_ERROR, EW_ERROR_NO_ANSWER);
	g_clear_error(&error);
	g_assert_null(ew_live_load("/", &error));
	g_assert_error(error, EW_ERROR, EW_ERROR_INPUT);
	g_clear_error(&error);
	g_assert_cmpint(write(fd, "title\0x\n", 8), ==, 8);
	g_close(fd, NULL);
	g_assert_null(ew_live_load(path, &error));
	g_assert_error(error, EW_ERROR, EW_ERROR_INPUT);
	g_assert_nonnull(strstr(error->message, "zero bytes"));
	g_unlink(path);
}

static void test_list(void)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *dir = g_dir_make_tmp("exitwalk-XXXXXX", &error);
	g_autofree char *good = g_build_filename(dir, "b-good.exp", NULL);
	g_autofree char *broken = g_build_filename(dir, "a-broken.exp", NULL);
	g_autofree char *other = g_build_filename(dir, "README.md", NULL);
	g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);

	g_assert_true(g_file_set_contents(good, HEAD STEPS, -1, &error));
	g_assert_true(g_file_set_contents(broken, "nonsense\n", -1, &error));
	g_assert_true(g_file_set_contents(other, "nonsense\n", -1, &error));
	g_autoptr(GPtrArray) list = ew_live_list(dir, problems, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(list->len, ==, 1);
	g_assert_cmpstr(((struct ew_live_experiment *)list->pdata[0])->name, ==, "b-good");
	g_assert_cmpuint(problems->len, ==, 1);
	g_assert_nonnull(strstr(problems->pdata[0], "a-broken.exp:1:"));
	g_unlink(good);
	g_unlink(broken);
	g_unlink(other);
	g_rmdir(dir);
	g_assert_null(ew_live_list(dir, problems, &error));
	g_assert_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE);
}

static void put(const char *dir, const char *name, const char *text)
{
	g_autofree char *path = g_build_filename(dir, name, NULL);

	g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static char *names_of(const GPtrArray *list)
{
	GString *names = g_string_new(NULL);

	for (guint i = 0; i < list->len; i++)
		g_string_append_printf(names, "%s ",
				       ((struct ew_live_experiment *)list->pdata[i])->name);
	return g_string_free(names, FALSE);
}

static void test_order(void)
{
	static const char *const files[] = {"groups", "a.exp", "b.exp", "c.exp", "d.exp", "e.exp",
					    "f.exp", "b.timeline", "c.timeline"};
	g_autofree char *dir = g_dir_make_tmp("exitwalk-XXXXXX", NULL);

	put(dir, "a.exp", HEAD STEPS); /* of no group */
	put(dir, "b.exp", HEAD "group second\nneeds root file /dev/null\nneeds root\n" STEPS);
	put(dir, "c.exp", HEAD "group first\n" STEPS);
	put(dir, "d.exp", HEAD "group first\n" STEPS);
	put(dir, "e.exp", HEAD "group beside\n" STEPS);
	put(dir, "f.exp", HEAD "group second\n" STEPS);
	g_autoptr(GPtrArray) by_name = ew_live_list(dir, NULL, NULL);
	g_autofree char *before = names_of(by_name);
	g_assert_cmpstr(before, ==, "a e c d b f ");
	put(dir, "groups", "# d b\n\nfirst  d\nsecond\tf  absent\nnothing b\n");
	put(dir, "b.timeline", "exitwalk-live 1 b\nstage time=-500000000 a\nend time=1000000000 b\n");
	put(dir, "c.timeline", "nothing\n");
	g_autoptr(GPtrArray) list = ew_live_list(dir, NULL, NULL);
	g_autofree char *after = names_of(list);
	g_assert_cmpstr(after, ==, "d c f b a e ");
	g_auto(GStrv) needs = ew_live_needs(list->pdata[3]), none = ew_live_needs(list->pdata[0]);
	g_autofree char *joined = g_strjoinv(", ", needs);
	g_assert_cmpstr(joined, ==, "root, file /dev/null");
	g_assert_null(none[0]);
	g_assert_cmpint(ew_live_recorded_ms(list->pdata[3]), ==, 1500);
	g_assert_cmpint(ew_live_recorded_ms(list->pdata[1]), ==, -1);
	g_assert_cmpint(ew_live_recorded_ms(list->pdata[0]), ==, -1);
	for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
		g_autofree char *path = g_build_filename(dir, files[i], NULL);

		g_unlink(path);
	}
	g_assert_cmpint(g_rmdir(dir), ==, 0);
}

/* What the file of the order names is there. */
static void test_shipped_order(void)
{
	g_autoptr(GPtrArray) list = ew_live_list(EXPERIMENTS, NULL, NULL);
	g_autofree char *text = NULL;

	g_assert_true(g_file_get_contents(EXPERIMENTS "/groups", &text, NULL, NULL));
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	for (int i = 0; lines[i]; i++) {
		g_auto(GStrv) words = g_strsplit_set(lines[i], " \t", -1);

		for (int k = 0; *lines[i] != '#' && words[k]; k++) {
			bool is_there = !*words[k];

			for (guint n = 0; n < list->len && !is_there; n++) {
				const struct ew_live_experiment *x = list->pdata[n];

				is_there = !strcmp(x->group, words[0]) &&
					   (!k || !strcmp(x->name, words[k]));
			}
			if (!is_there)
				g_error("groups:%d: %s", i + 1, words[k]);
		}
	}
}

/* Whoever cannot run an experiment replays it, and is shown that it went as expected. */
static void test_shipped_recordings(void)
{
	g_autoptr(GPtrArray) list = ew_live_list(EXPERIMENTS, NULL, NULL);

	for (guint i = 0; i < list->len; i++) {
		const struct ew_live_experiment *x = list->pdata[i];
		g_autofree char *path = g_strdup_printf(EXPERIMENTS "/%s.timeline", x->name);
		g_autoptr(GError) error = NULL;
		ew_auto(live_result) r = ew_live_replay(x, path, NULL, NULL, &error);

		g_assert_no_error(error);
		if (!r->matched || r->unjudged)
			g_error("%s: %s", path, r->matched ? r->unjudged : r->difference);
	}
}

static void test_shipped(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) problems = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) list = ew_live_list(EXPERIMENTS, problems, &error);

	g_assert_no_error(error);
	for (guint i = 0; i < problems->len; i++)
		g_error("%s", (char *)problems->pdata[i]);
	g_assert_cmpuint(list->len, >, 0);
	for (guint i = 0; i < list->len; i++) {
		const struct ew_live_experiment *x = list->pdata[i];

		/* a lesson asks, predicts and explains with these */
		g_assert_nonnull(x->teaches);
		g_assert_nonnull(x->decides[0]);
		/* where the peer finds out by itself, or nobody dies, there is no goodbye to judge;
		 * without connections there are no states, and what the steps give is compared */
		g_assert_true(x->closes->len || x->expected->len ||
			      x->protocol != EW_LIVE_TCP);
	}
}

/* ---- the timeline ---------------------------------------------------------------------------- */

static void keep(const struct ew_live_event *e, void *data)
{
	g_array_append_vals(data, e, 1);
}

struct fixture {
	struct ew_live_experiment *x;
	struct live_timeline t;
	GArray *out;
};

static void set_up(struct fixture *f)
{
	f->x = parse(HEAD STEPS);
	f->out = g_array_new(FALSE, TRUE, sizeof(struct ew_live_event));
	live_timeline_init(&f->t, f->x, keep, f->out);
	struct live_end end = {{AF_INET, {127, 0, 0, 1}, 1000}, {AF_INET, {127, 0, 0, 1}, 80}};
	live_timeline_connect(&f->t, 0, &end);
}

static void tear_down(struct fixture *f)
{
	live_timeline_clear(&f->t);
	g_array_unref(f->out);
	ew_live_experiment_free(f->x);
}

static void add_packet(struct fixture *f, int64_t time, uint16_t port, uint16_t peer,
		       unsigned flags, uint32_t seq, uint32_t ack)
{
	struct ew_live_event e = {.kind = EW_LIVE_EVENT_PACKET,
				  .time = time,
				  .side = -1,
				  .port = port,
				  .peer_port = peer,
				  .flags = flags,
				  .seq = seq,
				  .ack = ack};

	live_timeline_add(&f->t, &e);
}

static void add_state(struct fixture *f, int64_t time, int side, enum ew_live_state before,
		      enum ew_live_state state)
{
	struct ew_live_event e = {.kind = EW_LIVE_EVENT_STATE,
				  .time = time,
				  .since = time - 5,
				  .side = side,
				  .connection = 1,
				  .before = before,
				  .state = state};

	live_timeline_add(&f->t, &e);
}

static const struct ew_live_event *out(struct fixture *f, guint i)
{
	g_assert_cmpuint(i, <, f->out->len);
	return &g_array_index(f->out, struct ew_live_event, i);
}

static void test_timeline_order(void)
{
	struct fixture f;

	set_up(&f);
	/* read late, happened early; and one of another connection */
	add_state(&f, 1030, 0, EW_LIVE_FIN_WAIT1, EW_LIVE_FIN_WAIT2);
	add_packet(&f, 1020, 80, 1000, EW_LIVE_ACK, 700, 301);
	add_packet(&f, 1021, 81, 1000, EW_LIVE_ACK, 0, 0);
	add_packet(&f, 900, 1000, 80, EW_LIVE_SYN, 300, 0);
	live_timeline_flush(&f.t, INT64_MAX);
	g_assert_cmpuint(f.out->len, ==, 0); /* no kill, no time */
	f.t.zero = 1000;
	live_timeline_flush(&f.t, 1025);
	g_assert_cmpuint(f.out->len, ==, 2);
	g_assert_cmpint(out(&f, 0)->time, ==, -100);
	g_assert_cmpint(out(&f, 0)->side, ==, 0);
	g_assert_cmpint(out(&f, 1)->time, ==, 20);
	g_assert_cmpint(out(&f, 1)->side, ==, 1);
	g_assert_cmpuint(out(&f, 1)->ack, ==, 1); /* relative to the SYN */
	live_timeline_flush(&f.t, INT64_MAX);
	g_assert_cmpuint(f.out->len, ==, 3);
	g_assert_cmpint(out(&f, 2)->time, ==, 30);
	g_assert_cmpint(out(&f, 2)->since, ==, 25);
	/* far too late: time does not go back for it */
	add_packet(&f, 1001, 80, 1000, EW_LIVE_ACK, 700, 301);
	live_timeline_flush(&f.t, INT64_MAX);
	g_assert_cmpint(out(&f, 3)->time, ==, 30);
	tear_down(&f);
}

/* Of a connection that nobody looks at the packets before the kill are not told, but for the numbers that they begin. */
static void test_timeline_unwatched(void)
{
	struct fixture f;
	const int second = 2;

	set_up(&f);
	g_array_append_val(f.x->watched, second);
	f.t.zero = 1000;
	add_packet(&f, 900, 1000, 80, EW_LIVE_SYN, 300, 0);
	add_packet(&f, 910, 80, 1000, EW_LIVE_SYN | EW_LIVE_ACK, 700, 301);
	add_packet(&f, 1010, 1000, 80, EW_LIVE_FIN | EW_LIVE_ACK, 301, 701);
	live_timeline_flush(&f.t, INT64_MAX);
	g_assert_cmpuint(f.out->len, ==, 1);
	g_assert_cmpint(out(&f, 0)->time, ==, 10);
	g_assert_cmpuint(out(&f, 0)->seq, ==, 1);
	g_assert_cmpuint(out(&f, 0)->ack, ==, 1);
	tear_down(&f);
}

/* Within 10 ms of anything a state that lasts a millisecond is looked at; later there is a look every 10 ms at least, and
 * never more than four in a millisecond. */
static void test_pace(void)
{
	for (int64_t quiet = 0; quiet < 1000 * NS_PER_MS; quiet += NS_PER_MS / 10) {
		int64_t tick = live_pace_tick(quiet);

		g_assert_cmpint(tick, >=, NS_PER_MS / 4);
		g_assert_cmpint(tick, <=, quiet < 10 * NS_PER_MS ? NS_PER_MS : 10 * NS_PER_MS);
	}
}

static void test_timeline_inference(void)
{
	struct fixture f;

	set_up(&f);
	f.t.zero = 1000;
	add_state(&f, 1040, 0, EW_LIVE_ESTABLISHED, EW_LIVE_FIN_WAIT2);
	add_packet(&f, 1010, 1000, 80, EW_LIVE_FIN | EW_LIVE_ACK, 1, 1);
	add_packet(&f, 1020, 80, 1000, EW_LIVE_ACK, 1, 2);
	live_timeline_flush(&f.t, INT64_MAX);
	g_assert_cmpuint(f.out->len, ==, 4);
	/* the state changes before its FIN can leave */
	g_assert_cmpint(out(&f, 0)->kind, ==, EW_LIVE_EVENT_STATE);
	g_assert_cmpint(out(&f, 0)->state, ==, EW_LIVE_FIN_WAIT1);
	g_assert_cmpint(out(&f, 0)->time, ==, 9);
	g_assert_true(out(&f, 0)->inferred);
	g_assert_cmpint(out(&f, 1)->kind, ==, EW_LIVE_EVENT_PACKET);
	g_assert_cmpint(out(&f, 3)->before, ==, EW_LIVE_FIN_WAIT1);
	g_assert_cmpint(out(&f, 3)->state, ==, EW_LIVE_FIN_WAIT2);
	g_assert_false(out(&f, 3)->inferred);
	tear_down(&f);
}

/* A FIN that is due to be let out waits for nobody: the state that it proves stands before it,
 * although the sample that shows it is not due yet. */
static void test_timeline_inference_early(void)
{
	struct fixture f;

	set_up(&f);
	f.t.zero = 1000;
	add_packet(&f, 1010, 80, 1000, EW_LIVE_FIN | EW_LIVE_ACK, 1, 1);
	add_state(&f, 1040, 1, EW_LIVE_CLOSE_WAIT, EW_LIVE_GONE);
	live_timeline_flush(&f.t, 1020);
	g_assert_cmpuint(f.out->len, ==, 2);
	g_assert_cmpint(out(&f, 0)->state, ==, EW_LIVE_LAST_ACK);
	g_assert_cmpint(out(&f, 1)->kind, ==, EW_LIVE_EVENT_PACKET);
	live_timeline_flush(&f.t, INT64_MAX);
	g_assert_cmpuint(f.out->len, ==, 3);
	g_assert_cmpint(out(&f, 2)->before, ==, EW_LIVE_LAST_ACK);
	tear_down(&f);
}

/* An ACK that came in before a sample, and was dealt with after it: the state that it leads to comes after the sampled one. */
static void test_timeline_inference_late(void)
{
	struct fixture f;

	set_up(&f);
	f.t.zero = 1000;
	add_packet(&f, 1010, 1000, 80, EW_LIVE_FIN | EW_LIVE_ACK, 1, 1);
	add_packet(&f, 1011, 80, 1000, EW_LIVE_ACK, 1, 2);
	add_state(&f, 1015, 0, EW_LIVE_ESTABLISHED, EW_LIVE_FIN_WAIT1);
	add_state(&f, 1040, 0, EW_LIVE_FIN_WAIT1, EW_LIVE_GONE);
	live_timeline_flush(&f.t, INT64_MAX);
	g_assert_cmpuint(f.out->len, ==, 5);
	g_assert_cmpint(out(&f, 2)->state, ==, EW_LIVE_FIN_WAIT1);
	g_assert_false(out(&f, 2)->inferred);
	g_assert_cmpint(out(&f, 3)->state, ==, EW_LIVE_FIN_WAIT2);
	g_assert_true(out(&f, 3)->inferred);
	g_assert_cmpint(out(&f, 3)->time, ==, 15);
	g_assert_cmpint(out(&f, 4)->state, ==, EW_LIVE_GONE);
	tear_down(&f);
}

/* The next connection of the same ports is known when its step is over; its SYN may have been there for long. */
static void test_timeline_next_of_same_ports(void)
{
	struct fixture f;
	struct live_end end = {{AF_INET, {127, 0, 0, 1}, 1000}, {AF_INET, {127, 0, 0, 1}, 80}};

	set_up(&f);
	f.t.zero = 1000;
	add_packet(&f, 900, 1000, 80, EW_LIVE_SYN, 300, 0);
	add_packet(&f, 1010, 1000, 80, EW_LIVE_SYN, 300, 0); /* the same once more */
	add_packet(&f, 1020, 1000, 80, EW_LIVE_SYN, 500, 0);
	add_packet(&f, 1030, 80, 1000, EW_LIVE_ACK, 700, 301);
	live_timeline_flush(&f.t, 2000);
	g_assert_cmpuint(f.out->len, ==, 2);
	live_timeline_connect(&f.t, 0, &end);
	live_timeline_flush(&f.t, 3000);
	g_assert_cmpuint(f.out->len, ==, 4);
	g_assert_cmpint(out(&f, 1)->connection, ==, 1);
	g_assert_cmpint(out(&f, 2)->connection, ==, 2);
	g_assert_cmpint(out(&f, 3)->connection, ==, 2);
	/* nobody ever tells of this one */
	add_packet(&f, 3010, 1000, 80, EW_LIVE_SYN, 900, 0);
	live_timeline_flush(&f.t, 3010 + LIVE_UNTOLD_NS);
	g_assert_cmpuint(f.out->len, ==, 4);
	live_timeline_flush(&f.t, 3011 + LIVE_UNTOLD_NS);
	g_assert_cmpuint(f.out->len, ==, 5);
	tear_down(&f);
}

/* A RST that came while the look went on that shows its effect: the effect is told after it. */
static void test_timeline_cause(void)
{
	struct fixture f;

	set_up(&f);
	f.t.zero = 1000;
	add_state(&f, 1010, 0, EW_LIVE_ESTABLISHED, EW_LIVE_GONE);
	add_packet(&f, 1060, 80, 1000, EW_LIVE_RST, 1, 1);
	/* one that came later than any look lasts is not its cause */
	add_state(&f, 2000, 1, EW_LIVE_ESTABLISHED, EW_LIVE_GONE);
	add_packet(&f, 2000 + LIVE_LOOK_NS + 1, 1000, 80, EW_LIVE_RST, 1, 1);
	live_timeline_flush(&f.t, INT64_MAX);
	g_assert_cmpuint(f.out->len, ==, 4);
	g_assert_cmpint(out(&f, 0)->kind, ==, EW_LIVE_EVENT_PACKET);
	g_assert_cmpint(out(&f, 1)->state, ==, EW_LIVE_GONE);
	g_assert_cmpint(out(&f, 1)->time, ==, 61);
	g_assert_cmpint(out(&f, 2)->kind, ==, EW_LIVE_EVENT_STATE);
	g_assert_cmpint(out(&f, 2)->time, ==, 1000);
	tear_down(&f);
}

/* Nothing is inferred where no packet proves it. */
static void test_timeline_no_inference(void)
{
	struct fixture f;

	set_up(&f);
	f.t.zero = 1000;
	add_packet(&f, 1010, 80, 1000, EW_LIVE_FIN | EW_LIVE_ACK, 1,
		   1); /* the peer's, not its own */
	add_state(&f, 1040, 0, EW_LIVE_ESTABLISHED, EW_LIVE_FIN_WAIT2);
	add_packet(&f, 1050, 1000, 80, EW_LIVE_RST, 1, 1);
	add_state(&f, 1060, 1, EW_LIVE_ESTABLISHED, EW_LIVE_GONE);
	live_timeline_flush(&f.t, INT64_MAX);
	/* but of the other side: it sent a FIN before the RST ended it */
	g_assert_cmpuint(f.out->len, ==, 5);
	for (guint i = 0; i < 5; i++)
		g_assert_cmpint(out(&f, i)->inferred, ==, i == 0);
	g_assert_cmpint(out(&f, 0)->side, ==, 1);
	g_assert_cmpint(out(&f, 0)->state, ==, EW_LIVE_FIN_WAIT1);
	tear_down(&f);
}

static void test_timeline_retransmission(void)
{
	struct fixture f;

	set_up(&f);
	f.t.zero = 1000;
	add_packet(&f, 1010, 1000, 80, EW_LIVE_FIN | EW_LIVE_ACK, 1, 1);
	add_packet(&f, 1210, 1000, 80, EW_LIVE_FIN | EW_LIVE_ACK, 1, 1);
	add_packet(&f, 1220, 80, 1000, EW_LIVE_ACK, 1, 2);
	add_packet(&f, 1221, 80, 1000, EW_LIVE_ACK, 1, 2);
	live_timeline_flush(&f.t, INT64_MAX);
	g_assert_false(out(&f, 0)->retransmission);
	g_assert_true(out(&f, 1)->retransmission);
	g_assert_false(out(&f, 3)->retransmission); /* a pure ACK takes no sequence number */
	tear_down(&f);
}

/* ---- the verdict ----------------------------------------------------------------------------- */

static struct ew_live_experiment *load_shipped(void)
{
	g_autoptr(GError) error = NULL;
	struct ew_live_experiment *x = ew_live_load(EXPERIMENTS "/kill-established.exp", &error);

	g_assert_no_error(error);
	return x;
}

static struct ew_live_result *replay(const struct ew_live_experiment *x, const char *path)
{
	g_autoptr(GError) error = NULL;
	struct ew_live_result *r = ew_live_replay(x, path, NULL, NULL, &error);

	g_assert_no_error(error);
	g_assert_nonnull(r);
	return r;
}

static void test_verdict(void)
{
	ew_auto(live_experiment) x = load_shipped();
	ew_auto(live_result) r = replay(x, EXPERIMENTS "/kill-established.timeline");

	g_assert_true(r->completed);
	g_assert_true(r->bound_reached);
	g_assert_true(r->matched);
	g_assert_null(r->difference);
	g_assert_cmpint(r->outcome, ==, EW_LIVE_OUTCOME_YES);
	g_assert_cmpint(r->left_behind, ==, 0);
	g_assert_cmpint(r->sides[0].count, ==, 4);
	g_assert_cmpint(r->sides[1].count, ==, 4);
	g_assert_cmpint(r->sides[1].states[3], ==, EW_LIVE_GONE);
}

static void test_verdict_differs(void)
{
	ew_auto(live_experiment) x = load_shipped();

	/* too short, another word, another outcome: each must be told */
	expected_at(x, 0)->count = 3;
	g_strlcpy(g_array_index(x->packets, struct ew_live_expected_packet, 0).word, "RST", 4);
	g_array_index(x->closes, struct ew_live_expected_close, 0).outcome = EW_LIVE_OUTCOME_RUDE;
	ew_auto(live_result) r = replay(x, EXPERIMENTS "/kill-established.timeline");
	g_assert_false(r->matched);
	g_assert_cmpstr(
		r->difference, ==,
		"client: expected ESTABLISHED FIN_WAIT1 FIN_WAIT2, observed ESTABLISHED FIN_WAIT1 "
		"FIN_WAIT2 TIME_WAIT\n"
		"packets: expected client RST, server ACK, server FIN, client ACK, observed client "
		"FIN, server ACK, server FIN, client ACK\n"
		"closed: expected rude, observed yes");
}

/* A counter that the timeline does not tell of is neither as expected nor otherwise. */
static void test_verdict_counters(void)
{
	ew_auto(live_experiment) x = ew_live_load(EXPERIMENTS "/linger-zero.exp", NULL);
	struct ew_live_expected_counter other = {.side = -1, .least = 0, .most = 0};

	g_assert_nonnull(x);
	g_assert_cmpuint(x->counters->len, >=, 1);
	g_strlcpy(other.name, "NoSuchCounter", sizeof(other.name));
	g_array_append_val(x->counters, other);
	ew_auto(live_result) a = replay(x, EXPERIMENTS "/linger-zero.timeline");
	g_assert_true(a->matched);
	g_assert_cmpstr(a->unjudged, ==, "counter NoSuchCounter: not observed here");
	/* one that was watched and did not grow is another thing */
	struct ew_live_expected_counter *c =
		&g_array_index(x->counters, struct ew_live_expected_counter, x->counters->len - 1);
	g_strlcpy(c->name, "TCPAbortOnClose", sizeof(c->name));
	c->least = c->most = 1;
	ew_auto(live_result) b = replay(x, EXPERIMENTS "/linger-zero.timeline");
	g_assert_false(b->matched);
	g_assert_null(b->unjudged);
	g_assert_cmpstr(b->difference, ==,
			"counter TCPAbortOnClose: expected +1, observed +0");
}

static void test_verdict_outcomes(void)
{
	static const struct {
		enum ew_live_state peer;
		unsigned flags;
		enum ew_live_outcome outcome;
	} rows[] = {
		{EW_LIVE_CLOSE_WAIT, EW_LIVE_FIN | EW_LIVE_ACK, EW_LIVE_OUTCOME_YES},
		{EW_LIVE_GONE, EW_LIVE_RST, EW_LIVE_OUTCOME_RUDE},
		{EW_LIVE_ESTABLISHED, EW_LIVE_ACK, EW_LIVE_OUTCOME_NO},
		{EW_LIVE_GONE, EW_LIVE_ACK, EW_LIVE_OUTCOME_UNKNOWN},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct ew_live_event events[] = {
			{.kind = EW_LIVE_EVENT_STATE,
			 .time = -9,
			 .side = 1,
			 .connection = 1,
			 .state = EW_LIVE_ESTABLISHED},
			{.kind = EW_LIVE_EVENT_PACKET,
			 .time = 5,
			 .side = 0,
			 .connection = 1,
			 .flags = rows[i].flags},
			{.kind = EW_LIVE_EVENT_STATE, .time = 9, .side = 1, .connection = 1, .state = rows[i].peer},
			{.kind = EW_LIVE_EVENT_END, .time = 10, .side = -1, .value = 1},
		};
		ew_auto(live_experiment) x = parse(HEAD STEPS);
		GArray *a = g_array_new(FALSE, TRUE, sizeof(events[0]));

		g_array_append_vals(a, events, G_N_ELEMENTS(events));
		ew_auto(live_result) r = ew_live_judge(x, a);
		g_assert_cmpint(r->outcome, ==, rows[i].outcome);
	}
}

static void test_verdict_stopped(void)
{
	struct ew_live_event end = {.kind = EW_LIVE_EVENT_END, .side = -1, .value = 0, .status = 2};
	ew_auto(live_experiment) x = parse(HEAD STEPS);
	GArray *a = g_array_new(FALSE, TRUE, sizeof(end));

	g_array_append_val(a, end);
	ew_auto(live_result) r = ew_live_judge(x, a);
	g_assert_false(r->completed);
	g_assert_cmpint(r->signal, ==, 2);
	g_assert_false(r->matched); /* although nothing was expected */
	g_assert_cmpstr(r->difference, ==, "the run was stopped before its end");
}

static void test_grade(void)
{
	ew_auto(live_experiment) x = load_shipped();
	ew_auto(live_result) r = replay(x, EXPERIMENTS "/kill-established.timeline");
	struct ew_live_prediction p;
	const char *seen;

	g_assert_false(ew_live_prediction_of(x, "nobody", &p));
	g_assert_true(ew_live_prediction_of(x, "client", &p) && ew_live_prediction_parse(&p, "fin-wait-2"));
	g_assert_cmpint(ew_live_prediction_grade(x, r, &p, &seen), ==, EW_LIVE_GRADE_RIGHT);
	g_assert_true(ew_live_prediction_of(x, "server", &p) && ew_live_prediction_parse(&p, "ESTABLISHED"));
	g_assert_cmpint(ew_live_prediction_grade(x, r, &p, &seen), ==, EW_LIVE_GRADE_WRONG);
	g_assert_cmpstr(seen, ==, "CLOSE_WAIT");
	g_array_index(r->connections, struct ew_live_observed_connection, 0).sides[1].has_still = false;
	g_assert_cmpint(ew_live_prediction_grade(x, r, &p, &seen), ==, EW_LIVE_GRADE_UNKNOWN);
}

/* ---- records --------------------------------------------------------------------------------- */

static void test_record_round_trip(void)
{
	ew_auto(live_experiment) x = load_shipped();
	ew_auto(live_result) r = replay(x, EXPERIMENTS "/kill-established.timeline");
	g_autofree char *path = NULL, *was = NULL, *is = NULL;
	g_autoptr(GError) error = NULL;

	g_close(g_file_open_tmp("XXXXXX.timeline", &path, &error), NULL);
	g_assert_no_error(error);
	g_assert_true(ew_live_record(x, r, path, &error));
	g_assert_true(
		g_file_get_contents(EXPERIMENTS "/kill-established.timeline", &was, NULL, NULL));
	g_assert_true(g_file_get_contents(path, &is, NULL, NULL));
	g_assert_cmpstr(was, ==, is);
	g_unlink(path);
	g_assert_false(ew_live_record(x, r, "/nonexistent/x", &error));
	g_assert_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE);
}

static void test_replay_bad(void)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{"", ":1: this is no recording"},
		{"exitwalk-live 1 another\n", ":1: this is no recording"},
		{"exitwalk-live 1 kill-established\n", ":1: the recording was cut"},
		{"exitwalk-live 1 kill-established\nend time=1 value=1\n\nrest", NULL},
		{"exitwalk-live 1 kill-established\nfoo time=1\n", ":2: this event cannot be read"},
		{"exitwalk-live 1 kill-established\nend time=1\nstate time=x\n", ":3: this event"},
		{"exitwalk-live 1 kill-established\nprocess time=1 status=9\n", ":2: this event"},
		{"exitwalk-live 1 kill-established\npacket time=1 side=client port=65536\n",
		 ":2: this"},
		{"exitwalk-live 1 kill-established\nstate time=1 side=client flags=1\n",
		 ":2: this"},
	};
	ew_auto(live_experiment) x = load_shipped();
	g_autofree char *path = NULL;

	g_close(g_file_open_tmp("XXXXXX.timeline", &path, NULL), NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autoptr(GError) error = NULL;

		g_assert_true(g_file_set_contents(path, rows[i].text, -1, NULL));
		ew_auto(live_result) r = ew_live_replay(x, path, NULL, NULL, &error);
		if (!rows[i].says) {
			g_assert_no_error(error);
			continue;
		}
		g_assert_null(r);
		g_assert_error(error, EW_ERROR, EW_ERROR_INPUT);
		if (!strstr(error->message, rows[i].says))
			g_error("expected %s, got %s", rows[i].says, error->message);
	}
	g_unlink(path);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/live/states", test_states);
	g_test_add_func("/live/packet-words", test_packet_words);
	g_test_add_func("/live/parse/good", test_parse_good);
	g_test_add_func("/live/parse/bad", test_parse_bad);
	g_test_add_func("/live/load", test_load);
	g_test_add_func("/live/list", test_list);
	g_test_add_func("/live/list/order", test_order);
	g_test_add_func("/live/list/shipped-order", test_shipped_order);
	g_test_add_func("/live/shipped", test_shipped);
	g_test_add_func("/live/shipped-recordings", test_shipped_recordings);
	g_test_add_func("/live/timeline/order", test_timeline_order);
	g_test_add_func("/live/timeline/unwatched", test_timeline_unwatched);
	g_test_add_func("/live/timeline/pace", test_pace);
	g_test_add_func("/live/timeline/inference", test_timeline_inference);
	g_test_add_func("/live/timeline/inference-early", test_timeline_inference_early);
	g_test_add_func("/live/timeline/next-of-same-ports", test_timeline_next_of_same_ports);
	g_test_add_func("/live/timeline/cause", test_timeline_cause);
	g_test_add_func("/live/timeline/inference-late", test_timeline_inference_late);
	g_test_add_func("/live/timeline/no-inference", test_timeline_no_inference);
	g_test_add_func("/live/timeline/retransmission", test_timeline_retransmission);
	g_test_add_func("/live/verdict/matched", test_verdict);
	g_test_add_func("/live/verdict/differs", test_verdict_differs);
	g_test_add_func("/live/verdict/counters", test_verdict_counters);
	g_test_add_func("/live/verdict/outcomes", test_verdict_outcomes);
	g_test_add_func("/live/verdict/stopped", test_verdict_stopped);
	g_test_add_func("/live/grade", test_grade);
	g_test_add_func("/live/record/round-trip", test_record_round_trip);
	g_test_add_func("/live/record/bad", test_replay_bad);
	return g_test_run();
}
