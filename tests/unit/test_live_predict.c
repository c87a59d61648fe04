/* SPDX-License-Identifier: GPL-3.0-or-later */
/* live: predictions. The right answers are written by hand, from what each file expects and from its steps: what a side is
 * at the first stand-still, what it is at the end, what leaves first, and how it is closed. */
#include "live/live.h"

#include <string.h>

#define EXPERIMENTS EW_TEST_DIR "/../lessons/experiments"

/* "-" is not asked. */
static const struct row {
	const char *experiment;
	int connection; /* 0: it is asked of none by itself */
	/* of the first and the second column: at the first stand-still, at the end */
	const char *first[2], *end[2];
	const char *packet, *closed;
} rows[] = {
	/* the server is killed after the stand-still, too */
	{"kill-both", 0, {"FIN_WAIT2", "CLOSE_WAIT"}, {"TIME_WAIT", "gone"}, "FIN", "yes"},
	{"kill-established", 0, {"FIN_WAIT2", "CLOSE_WAIT"}, {"TIME_WAIT", "gone"}, "FIN", "yes"},
	{"kill-server", 1, {"CLOSE_WAIT", "FIN_WAIT2"}, {"gone", "TIME_WAIT"}, "FIN", "yes"},
	/* the SYN-ACK is let go after the stand-still, and draws a RST */
	{"syn-sent", 0, {"gone", "SYN_RECV"}, {"gone", "gone"}, "RST", "rude"},
	/* the second SYN comes after it: the challenge ACK draws the RST that tells the server */
	{"reconnect", 1, {"gone", "ESTABLISHED"}, {"gone", "gone"}, "RST", "-"},
	/* the server reads after it */
	{"linger-ten", 0, {"FIN_WAIT1", "ESTABLISHED"}, {"FIN_WAIT2", "CLOSE_WAIT"}, "FIN", "late"},
	{"zero-window-late", 0, {"FIN_WAIT1", "ESTABLISHED"}, {"FIN_WAIT2", "CLOSE_WAIT"}, "FIN", "late"},
	{"zero-window-retries2", 0, {"FIN_WAIT1", "ESTABLISHED"}, {"FIN_WAIT1", "ESTABLISHED"}, "nothing", "no"},
	{"ping-kills", 0, {"FIN_WAIT1", "ESTABLISHED"}, {"gone", "gone"}, "RST", "rude"},
	/* accepted, and not */
	{"accept-queue-mixed", 1, {"CLOSE_WAIT", "FIN_WAIT2"}, {"CLOSE_WAIT", "FIN_WAIT2"}, "FIN", "yes"},
	{"accept-queue-mixed", 2, {"gone", "gone"}, {"gone", "gone"}, "RST", "rude"},
	{"close-wait-leak", 0, {"TIME_WAIT", "gone"}, {"TIME_WAIT", "gone"}, "FIN", "yes"},
	{"close-wait-leak", 5, {"gone", "gone"}, {"gone", "gone"}, "RST", "rude"},
	{"restart-both", 1, {"CLOSE_WAIT", "FIN_WAIT2"}, {"CLOSE_WAIT", "FIN_WAIT2"}, "FIN", "yes"},
	{"unread-data", 0, {"gone", "gone"}, {"gone", "gone"}, "RST", "rude"},
	{"linger-zero", 0, {"gone", "gone"}, {"gone", "gone"}, "RST", "rude"},
	{"accept-queue", 0, {"gone", "gone"}, {"gone", "gone"}, "RST", "rude"},
	{"close-wait-kill", 0, {"gone", "TIME_WAIT"}, {"gone", "TIME_WAIT"}, "FIN", "yes"},
	/* the server writes after it */
	{"peer-writes", 0, {"FIN_WAIT2", "CLOSE_WAIT"}, {"gone", "gone"}, "FIN", "yes"},
	{"half-closed-answer", 0, {"FIN_WAIT2", "CLOSE_WAIT"}, {"gone", "gone"}, "RST", "yes"},
	/* its FIN left before the kill */
	{"half-closed", 0, {"FIN_WAIT2", "CLOSE_WAIT"}, {"TIME_WAIT", "gone"}, "nothing", "yes"},
	{"freeze-frame", 0, {"ESTABLISHED", "ESTABLISHED"}, {"FIN_WAIT2", "CLOSE_WAIT"}, "FIN", "paused"},
	{"rst-lost", 0, {"gone", "ESTABLISHED"}, {"gone", "ESTABLISHED"}, "RST", "no"},
	{"held-by-child", 0, {"ESTABLISHED", "ESTABLISHED"}, {"ESTABLISHED", "ESTABLISHED"}, "nothing", "no"},
	{"defer-accept", 0, {"ESTABLISHED", "gone"}, {"ESTABLISHED", "gone"}, "nothing", "no"},
	{"vanish", 0, {"ESTABLISHED", "ESTABLISHED"}, {"ESTABLISHED", "ESTABLISHED"}, "nothing", "no"},
};

static struct ew_live_experiment *load(const char *name)
{
	g_autofree char *path = g_strdup_printf(EXPERIMENTS "/%s.exp", name);
	g_autoptr(GError) error = NULL;
	struct ew_live_experiment *x = ew_live_load(path, &error);

	g_assert_no_error(error);
	return x;
}

static struct ew_live_result *replay(const struct ew_live_experiment *x)
{
	g_autofree char *path = g_strdup_printf(EXPERIMENTS "/%s.timeline", x->name);
	g_autoptr(GError) error = NULL;
	struct ew_live_result *r = ew_live_replay(x, path, NULL, NULL, &error);

	g_assert_no_error(error);
	return r;
}

static const struct ew_live_prediction *find(const GArray *asked, enum ew_live_ask ask, int side, int connection)
{
	for (guint i = 0; i < asked->len; i++) {
		const struct ew_live_prediction *p = &g_array_index(asked, struct ew_live_prediction, i);
		bool is_state = ask == EW_LIVE_ASK_STATE || ask == EW_LIVE_ASK_END;

		if (p->ask == ask && (!is_state || p->side == side) && p->connection == connection)
			return p;
	}
	return NULL;
}

/* An answer that is another one. */
static const char *wrong_one(enum ew_live_ask ask, const char *right)
{
	if (ask == EW_LIVE_ASK_PACKETS)
		return !strcmp(right, "FIN") ? "RST" : "FIN";
	if (ask == EW_LIVE_ASK_CLOSED)
		return !strcmp(right, "yes") ? "rude" : "yes";
	return !strcmp(right, "gone") ? "ESTABLISHED" : "gone";
}

static void check(const struct row *row, const struct ew_live_experiment *x, const struct ew_live_result *r,
		  enum ew_live_ask ask, int side, const char *right)
{
	g_autoptr(GArray) asked = ew_live_predictions(x);
	const struct ew_live_prediction *found = find(asked, ask, side, row->connection);
	const char *observed = NULL;

	if (!strcmp(right, "-"))
		return;
	/* what is the same at the end and at the stand-still may be asked once */
	if (!found && (ask == EW_LIVE_ASK_END || ask == EW_LIVE_ASK_STATE)) {
		g_assert_cmpstr(row->first[side], ==, row->end[side]);
		return;
	}
	if (!found)
		g_error("%s: question %d of side %d, connection %d is not asked", x->name, ask, side, row->connection);
	struct ew_live_prediction p = *found;
	g_assert_true(ew_live_prediction_parse(&p, right));
	if (ew_live_prediction_grade(x, r, &p, &observed) != EW_LIVE_GRADE_RIGHT)
		g_error("%s: question %d of side %d, connection %d: %s is right, and graded by %s", x->name, ask, side,
			row->connection, right, observed ? observed : "nothing");
	g_assert_true(ew_live_prediction_parse(&p, wrong_one(ask, right)));
	g_assert_cmpint(ew_live_prediction_grade(x, r, &p, &observed), ==, EW_LIVE_GRADE_WRONG);
	g_assert_cmpstr(observed, ==, right);
}

static void test_by_hand(void)
{
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		ew_auto(live_experiment) x = load(rows[i].experiment);
		ew_auto(live_result) r = replay(x);

		g_test_message("%s #%d", x->name, rows[i].connection);
		for (int side = 0; side < EW_LIVE_SIDES; side++) {
			check(&rows[i], x, r, EW_LIVE_ASK_STATE, side, rows[i].first[side]);
			check(&rows[i], x, r, EW_LIVE_ASK_END, side, rows[i].end[side]);
		}
		check(&rows[i], x, r, EW_LIVE_ASK_PACKETS, 0, rows[i].packet);
		check(&rows[i], x, r, EW_LIVE_ASK_CLOSED, 0, rows[i].closed);
	}
}

/* ---- the whole catalogue ---------------------------------------------------------------------- */

/* The last state that a file expects of a side is the right answer at the end; NULL where it gives several ways. */
static const char *last_expected(const struct ew_live_experiment *x, int side, int connection)
{
	const char *found = NULL;

	for (guint i = 0; i < x->expected->len; i++) {
		const struct ew_live_expected *e = &g_array_index(x->expected, struct ew_live_expected, i);

		if (e->side != side || e->connection != connection)
			continue;
		const char *name = ew_live_state_name(e->states[e->count - 1]);
		if (found && strcmp(found, name))
			return NULL;
		found = name;
	}
	return found;
}

static const char *expected_answer(const struct ew_live_experiment *x, const struct ew_live_prediction *p)
{
	enum ew_live_outcome closed = ew_live_expected_outcome(x, p->connection);

	if (p->ask == EW_LIVE_ASK_END)
		return last_expected(x, p->side, p->connection);
	return p->ask == EW_LIVE_ASK_CLOSED && closed ? ew_live_outcome_name(closed) : NULL;
}

/* Whatever is asked of any experiment, its recorded run tells; and what the file expects is the answer. */
static void test_catalogue(void)
{
	g_autoptr(GPtrArray) list = ew_live_list(EXPERIMENTS, NULL, NULL);
	int compared = 0;

	for (guint i = 0; i < list->len; i++) {
		const struct ew_live_experiment *x = list->pdata[i];
		g_autoptr(GArray) asked = ew_live_predictions(x);
		ew_auto(live_result) r = replay(x);

		for (guint k = 0; k < asked->len; k++) {
			struct ew_live_prediction *p = &g_array_index(asked, struct ew_live_prediction, k);
			const char *right = expected_answer(x, p), *observed = NULL;
			g_autofree char *question = ew_live_prediction_question(x, p);

			g_assert_nonnull(question);
			ew_live_prediction_grade(x, r, p, &observed);
			if (!observed)
				g_error("%s: nothing answers \"%s\"", x->name, question);
			if (right && strcmp(right, observed))
				g_error("%s: \"%s\" is graded by %s, not %s", x->name, question, observed, right);
			compared += right != NULL;
		}
	}
	g_assert_cmpint(compared, >, 100);
}

/* ---- what is asked ---------------------------------------------------------------------------- */

static guint count_asked(const char *name, enum ew_live_ask ask)
{
	ew_auto(live_experiment) x = load(name);
	g_autoptr(GArray) asked = ew_live_predictions(x);
	guint count = 0;

	for (guint i = 0; i < asked->len; i++)
		count += g_array_index(asked, struct ew_live_prediction, i).ask == ask;
	return count;
}

static void test_asked(void)
{
	/* no states, no FIN, nothing to close */
	for (int ask = EW_LIVE_ASK_STATE; ask <= EW_LIVE_ASK_CLOSED; ask++) {
		g_assert_cmpuint(count_asked("udp", ask), ==, 0);
		g_assert_cmpuint(count_asked("unix-stream", ask), ==, 0);
	}
	/* the subflow's states, and no more: the goodbye of MPTCP is no flag of TCP's */
	g_assert_cmpuint(count_asked("mptcp", EW_LIVE_ASK_PACKETS), ==, 0);
	g_assert_cmpuint(count_asked("mptcp", EW_LIVE_ASK_CLOSED), ==, 0);
	/* once where the run ends with its first stand-still */
	g_assert_cmpuint(count_asked("accept-queue-mixed", EW_LIVE_ASK_STATE), ==, 4);
	g_assert_cmpuint(count_asked("accept-queue-mixed", EW_LIVE_ASK_CLOSED), ==, 2);
	g_assert_cmpuint(count_asked("kill-both", EW_LIVE_ASK_STATE), ==, 2);
	g_assert_cmpuint(count_asked("kill-both", EW_LIVE_ASK_END), ==, 2);
	/* what else happens is said */
	ew_auto(live_experiment) x = load("kill-both");
	struct ew_live_prediction p = {.ask = EW_LIVE_ASK_END};
	g_autofree char *question = ew_live_prediction_question(x, &p);
	g_assert_cmpstr(question, ==,
			"And in which state is the client's socket at the end of the run, after this, too: server kill?");
}

/* The words of lessons: an actor alone is its first stand-still, with "end" its last state. */
static void test_words(void)
{
	static const struct {
		const char *what;
		enum ew_live_ask ask;
		int side;
		const char *right;
	} words[] = {{"client", EW_LIVE_ASK_STATE, 0, "FIN_WAIT2"},
		     {"client end", EW_LIVE_ASK_END, 0, "TIME_WAIT"},
		     {"server", EW_LIVE_ASK_STATE, 1, "CLOSE_WAIT"},
		     {"server end", EW_LIVE_ASK_END, 1, "gone"},
		     {"packets", EW_LIVE_ASK_PACKETS, -1, "FIN"},
		     {"closed", EW_LIVE_ASK_CLOSED, -1, "yes"}};
	ew_auto(live_experiment) x = load("kill-both");
	ew_auto(live_result) r = replay(x);
	struct ew_live_prediction p;
	const char *observed;

	for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
		g_assert_true(ew_live_prediction_of(x, words[i].what, &p));
		g_assert_cmpint(p.ask, ==, words[i].ask);
		g_assert_cmpint(p.side, ==, words[i].side);
		g_assert_true(ew_live_prediction_applies(x, &p));
		g_assert_true(ew_live_prediction_parse(&p, words[i].right));
		g_assert_cmpint(ew_live_prediction_grade(x, r, &p, &observed), ==, EW_LIVE_GRADE_RIGHT);
	}
	g_assert_false(ew_live_prediction_of(x, "end", &p));
	g_assert_false(ew_live_prediction_of(x, "nobody end", &p));
	g_assert_false(ew_live_prediction_of(x, "packets end", &p));
	/* where nothing stands still, only the end can be asked */
	ew_auto(live_experiment) moving = load("fin-lost");
	g_assert_true(ew_live_prediction_of(moving, "client", &p) && !ew_live_prediction_applies(moving, &p));
	g_assert_true(ew_live_prediction_of(moving, "client end", &p) && ew_live_prediction_applies(moving, &p));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/live-predict/by-hand", test_by_hand);
	g_test_add_func("/live-predict/catalogue", test_catalogue);
	g_test_add_func("/live-predict/asked", test_asked);
	g_test_add_func("/live-predict/words", test_words);
	return g_test_run();
}
