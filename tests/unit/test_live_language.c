/* SPDX-License-Identifier: GPL-3.0-or-later */
/* live: the words of the language beyond a single connection, and what the judge makes of them. */
#include "live/internal.h"

#include <errno.h>
#include <string.h>

#define TITLE "title t\nquestion q\ntopology loopback\nactors client server\n"
#define HEAD  TITLE "watch sockets packets processes\n"
#define BLIND TITLE "watch "
#define STEPS "step server listen\nstep client connect server\nstep client kill\n"

static struct ew_live_experiment *parse(const char *text)
{
	g_autoptr(GError) error = NULL;
	struct ew_live_experiment *x = ew_live_parse(text, "dir/some.exp", &error);

	g_assert_no_error(error);
	g_assert_nonnull(x);
	return x;
}

static const struct ew_live_step *step(const struct ew_live_experiment *x, guint i)
{
	return &g_array_index(x->steps, struct ew_live_step, i);
}

/* ---- parsing --------------------------------------------------------------------------------- */

static void test_steps(void)
{
	ew_auto(live_experiment) x =
		parse(HEAD "helper other on server\nwithin 4s\n"
			   "step server bind reuseport\nstep server listen backlog 2 as door\n"
			   "step client connect server as one x3\n"
			   "step client send 64KiB urgent on one within 500ms fails EPIPE\n"
			   "step other bind like server\n"
			   "step client recv urgent on 2 blocks 100ms\n"
			   "step client recv 10 gives 0 without waiting\n"
			   "step client kill unreaped QUIT\n");

	g_assert_cmpint(x->actor_count, ==, 3);
	g_assert_cmpint(x->actors[2].side, ==, 1);
	g_assert_cmpint(ew_live_side(x, "other"), ==, -1);
	g_assert_cmpint(ew_live_actor(x, "other"), ==, 2);
	/* [like ACTOR] is not given, [reuseaddr|reuseport] is */
	g_assert_false(step(x, 0)->arguments[0].is_given);
	g_assert_cmpstr(step(x, 0)->arguments[1].text, ==, "reuseport");
	g_assert_cmpint(step(x, 1)->arguments[0].number, ==, 2);
	g_assert_cmpstr(step(x, 1)->as, ==, "door");
	g_assert_cmpint(step(x, 2)->repeat, ==, 3);
	g_assert_cmpint(step(x, 2)->within_ms, ==, 4000);
	g_assert_cmpstr(step(x, 2)->text, ==, "client connect server x3");
	g_assert_cmpint(step(x, 3)->arguments[0].number, ==, 65536);
	g_assert_true(step(x, 3)->arguments[1].is_given);
	g_assert_cmpint(step(x, 3)->within_ms, ==, 500);
	g_assert_cmpint(step(x, 3)->fails, ==, EPIPE);
	g_assert_cmpint(step(x, 4)->target, ==, 1);
	/* a word of a later group is no value of an earlier one */
	g_assert_false(step(x, 5)->arguments[0].is_given);
	g_assert_true(step(x, 5)->arguments[1].is_given);
	g_assert_cmpint(step(x, 5)->blocks_ms, ==, 100);
	g_assert_true(step(x, 6)->is_detached);
	g_assert_true(step(x, 6)->has_value);
	g_assert_cmpint(step(x, 7)->arguments[1].number, ==, 3);
	g_assert_true(step(x, 7)->is_zero);
	g_assert_cmpint(ew_live_connection_count(x), ==, 3);
}

static void test_born(void)
{
	ew_auto(live_experiment) x = parse(HEAD "step server listen\nstep client connect server\n"
						"step client fork child\nzero\nstep child close\n"
						"step client kill\n");

	g_assert_true(x->actors[2].is_born);
	g_assert_cmpint(x->actors[2].side, ==, 0);
	g_assert_cmpint(step(x, 2)->target, ==, 2);
	g_assert_true(step(x, 3)->is_zero);
	g_assert_false(step(x, 4)->is_zero);
}

static void test_variants(void)
{
	static const char text[] = HEAD "family both\nquick bound 2s\nfull bound 90s\n"
					"quick sysctl net.ipv4.tcp_fin_timeout 2\n" STEPS;
	const struct ew_live_variant full = {.is_full = true, .is_ipv6 = true};
	g_autoptr(GError) error = NULL;
	ew_auto(live_experiment) quick = parse(text);
	ew_auto(live_experiment) other = ew_live_parse_variant(text, "some.exp", &full, &error);

	g_assert_no_error(error);
	g_assert_true(quick->has_full);
	g_assert_cmpint(quick->bound_ms, ==, 2000);
	g_assert_cmpuint(quick->sysctls->len, ==, 1);
	g_assert_cmpint(other->bound_ms, ==, 90000);
	g_assert_cmpuint(other->sysctls->len, ==, 0);
	/* an error in the lines of the variant that is not asked for is told all the same */
	g_assert_null(ew_live_parse(HEAD "full bound never\n" STEPS, "some.exp", &error));
	g_assert_error(error, EW_ERROR, EW_ERROR_INPUT);
	g_assert_nonnull(strstr(error->message, "some.exp:6:"));
	g_clear_error(&error);
	g_assert_null(ew_live_parse_variant(HEAD STEPS, "some.exp", &full, &error));
	g_assert_nonnull(strstr(error->message, "not for IPv6"));
	g_clear_error(&error);
	g_assert_null(ew_live_parse_variant(HEAD "protocol unix\nfamily both\n" STEPS, "some.exp", &full, &error));
	g_assert_nonnull(strstr(error->message, "protocol unix have no addresses of IP"));
}

static void test_expectations(void)
{
	ew_auto(live_experiment) x = parse(
		HEAD STEPS "expect client#2 ESTABLISHED gone | ESTABLISHED\n"
			   "packets { client FIN, server FIN }, server ACK ? | client RST x3\n"
			   "order client dead, client#2 FIN\nnever server RST\n"
			   "takes 3s..5s server gone\ncounter TCPAbortOnClose +1..3\n"
			   "because in tcp_close at \"data_was_unread\": data was unread\n"
			   "refutes A kill is silent.\n");
	const struct ew_live_expected_packet *p =
		(const struct ew_live_expected_packet *)x->packets->data;

	g_assert_cmpuint(x->expected->len, ==, 2);
	g_assert_cmpint(g_array_index(x->expected, struct ew_live_expected, 1).connection, ==, 2);
	g_assert_cmpuint(x->packets->len, ==, 4);
	g_assert_cmpint(p[0].group, ==, p[1].group);
	g_assert_cmpint(p[1].group, !=, p[2].group);
	g_assert_cmpint(p[2].least, ==, 0);
	g_assert_cmpint(p[3].alternative, ==, 1);
	g_assert_cmpint(p[3].most, ==, 3);
	g_assert_cmpuint(x->clauses->len, ==, 3);
	g_assert_cmpint(g_array_index(x->clauses, struct ew_live_clause, 2).most_ms, ==, 5000);
	g_assert_cmpint(g_array_index(x->counters, struct ew_live_expected_counter, 0).most, ==, 3);
	const struct ew_live_because *b = &g_array_index(x->because, struct ew_live_because, 0);
	g_assert_cmpstr(b->function, ==, "tcp_close");
	g_assert_cmpstr(b->at, ==, "data_was_unread");
	g_assert_cmpstr(b->words, ==, "data was unread");
	g_assert_cmpstr(x->refutes, ==, "A kill is silent.");
}

/* A negative value is one of setsockopt alone. */
static void test_negative(void)
{
	ew_auto(live_experiment) x = parse(HEAD "step client setsockopt TCP_LINGER2 -1\n" STEPS);

	g_assert_cmpint(g_array_index(x->steps, struct ew_live_step, 0).arguments[1].number, ==, -1);
	g_assert_null(ew_live_parse(HEAD "step client linger -1\n" STEPS, "some.exp", NULL));
}

/* A function per family of addresses: the one of the family that is run. */
static void test_function_of_family(void)
{
	static const struct ew_live_variant six = {.is_ipv6 = true};
	static const char text[] = HEAD STEPS "family both\n"
					      "because in tcp_v4_rcv|tcp_v6_rcv: nobody is there\n"
					      "because in __udp4_lib_rcv|__udp6_lib_rcv at \"call icmp_send|call icmpv6_send\": x\n"
					      "because in tcp_v4_rcv|tcp_v6_rcv at \"like a || b\": x\n"
					      "decides tcp_v4_rcv|tcp_v6_rcv tcp_close\n";

	for (int is_ipv6 = 0; is_ipv6 < 2; is_ipv6++) {
		const char *name = is_ipv6 ? "tcp_v6_rcv" : "tcp_v4_rcv";
		ew_auto(live_experiment) x =
			ew_live_parse_variant(text, "some.exp", is_ipv6 ? &six : NULL, NULL);

		g_assert_nonnull(x);
		g_assert_cmpstr(g_array_index(x->because, struct ew_live_because, 0).function, ==,
				name);
		const struct ew_live_because *b = (const struct ew_live_because *)x->because->data;
		g_assert_cmpstr(b[1].at, ==, is_ipv6 ? "call icmpv6_send" : "call icmp_send");
		g_assert_cmpstr(b[2].at, ==, "like a || b");
		g_assert_cmpstr(x->decides[0], ==, name);
		g_assert_cmpstr(x->decides[1], ==, "tcp_close");
	}
}

static const struct {
	const char *text;
	int line;
	const char *says;
} bad[] = {
	{"needs magic\n", 1, "not known as a need"},
	{"needs sysctl\n", 1, "\"sysctl\" of what?"},
	{"family ipv5\n", 1, "ipv4, ipv6 or both"},
	{"protocol sctp\n", 1, "a protocol is"},
	{"group A B\n", 1, "no name of a group"},
	{HEAD "helper other server\n", 6, "\"helper NAME on ACTOR\""},
	{HEAD "helper client on server\n", 6, "two actors are called"},
	{HEAD "step server bind near client\n", 6, "\"near\" cannot stand here"},
	{HEAD "step server listen backlog\n", 6, "N is missing"},
	{HEAD "step client shutdown up\n", 6, "\"up\" cannot stand here"},
	{HEAD "step client setsockopt SO_MAGIC 1\n", 6, "no option that can be set here"},
	{HEAD "step client kill SIGFOO\n", 6, "is no signal"},
	{HEAD "step client send 1 x0\n", 6, "out of range"},
	{HEAD "step client send 1 fails EWHAT\n", 6, "no error that is known here"},
	{HEAD "step client send 1 without hope\n", 6, "\"without waiting\""},
	{HEAD "step client socket as 3\n", 6, "a name begins with a letter"},
	{HEAD "step child send 1\n", 6, "no actor \"child\""},
	{HEAD "step server listen\nstep client fork server\n", 7, "two actors are called"},
	{HEAD "step client listen\nhelper other on client\nstep other connect client\n", 8,
	 "on one side"},
	{HEAD "step client exec\nstep client close\n", 7, "became another program on line 6"},
	{HEAD "send 10\n", 6, "is done by an actor"},
	{HEAD STEPS "expect client#0 gone\n", 9, "out of range"},
	{HEAD STEPS "expect client | gone\n", 9, "states are missing"},
	{HEAD STEPS "packets { client FIN\n", 9, "not closed"},
	{HEAD STEPS "packets client FIN }\n", 9, "no { before"},
	{HEAD STEPS "packets client FIN { server ACK }\n", 9, "a comma is missing"},
	{HEAD STEPS "packets client FIN x0\n", 9, "out of range"},
	{HEAD STEPS "order client FIN\n", 9, "two or more"},
	{HEAD STEPS "never client sneeze\n", 9, "cannot be looked for"},
	{HEAD STEPS "takes 5s client gone\n", 9, "a range of durations"},
	{HEAD STEPS "takes 5s..3s client gone\n", 9, "ends before it begins"},
	{HEAD STEPS "counter +1\n", 9, "the name of a counter"},
	{HEAD STEPS "counter TCPAbortOnClose 1\n", 9, "how much"},
	{HEAD "step client setsockopt TCP_LINGER2 -x\n" STEPS, 6, "a number is missing"},
	{HEAD STEPS "because tcp_close: x\n", 9, "because in FUNCTION"},
	{HEAD STEPS "because in a|: x\n", 9, "two functions at most"},
	{HEAD STEPS "decides a|b|c\n", 9, "two functions at most"},
	{HEAD STEPS "because in tcp_close at \"x: y\n", 9, "stands in \"quotes\""},
	{HEAD "enough\n" STEPS, 6, "nothing to be seen before the kill"},
	{HEAD STEPS "enough\nstep server close\n", 9, "ends the steps"},
	{BLIND "processes\n" STEPS "expect client gone\n", 9, "only where sockets are watched"},
	{BLIND "processes\n" STEPS "closed yes\n", 9, "only where sockets are watched"},
	{BLIND "sockets processes\n" STEPS "packets none\n", 9, "only where packets are watched"},
	{BLIND "sockets processes\n" STEPS "never client FIN\n", 9, "only where packets are watched"},
	{BLIND "packets processes\n" STEPS "never client FIN_WAIT1\n", 9, "only where sockets are watched"},
	{BLIND "packets sockets\n" STEPS "order client FIN, client dead\n", 9, "only where processes are watched"},
	{"quick\n", 1, "the line is missing"},
};

static void test_bad(void)
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

/* ---- the tables ------------------------------------------------------------------------------ */

/* Each verb can be found, has a help and a grammar of known words, and no two share a name. */
static void test_verbs(void)
{
	const struct ew_live_verb *v;
	bool is_stage;

	for (size_t i = 0; (v = ew_live_verb(i, &is_stage)); i++) {
		g_assert_true((const struct ew_live_verb *)live_verb_find(v->name, is_stage) == v);
		g_assert_cmpuint(strlen(v->help), >, 10);
		g_auto(GStrv) needs = g_strsplit(v->needs ? v->needs : "", " ", -1);
		for (int k = 0; needs[k] && *needs[k]; k++) {
			bool takes_parameter;

			g_assert_true(live_probe_find(needs[k], &takes_parameter));
			k += takes_parameter;
		}
	}
}

/* ---- judging --------------------------------------------------------------------------------- */

/* Packets of the kill's aftermath, "cF" for a FIN of the client, "sA" for an ACK of the server … */
static GArray *make_events(const char *packets, int connection)
{
	GArray *a = g_array_new(FALSE, TRUE, sizeof(struct ew_live_event));
	int64_t time = 1;

	for (int side = 0; side < EW_LIVE_SIDES; side++) {
		struct ew_live_event e = {.kind = EW_LIVE_EVENT_STATE,
					  .time = -5,
					  .side = side,
					  .actor = -1,
					  .connection = connection,
					  .state = EW_LIVE_ESTABLISHED};
		g_array_append_val(a, e);
	}
	for (const char *p = packets; *p; p += 2) {
		struct ew_live_event e = {.kind = EW_LIVE_EVENT_PACKET,
					  .time = time++,
					  .side = *p == 's',
					  .actor = -1,
					  .connection = connection};
		e.flags = EW_LIVE_ACK | (p[1] == 'F' ? EW_LIVE_FIN : p[1] == 'R' ? EW_LIVE_RST : 0);
		e.length = p[1] == 'D' ? 10 : 0;
		g_array_append_val(a, e);
	}
	struct ew_live_event end = {.kind = EW_LIVE_EVENT_END, .time = 99, .side = -1, .value = 1};
	g_array_append_val(a, end);
	return a;
}

static void test_packets(void)
{
	static const struct {
		const char *expected, *seen;
		bool matches;
	} rows[] = {
		{"none", "", true},
		{"none", "cF", false},
		{"client FIN, server ACK", "cFsA", true},
		{"client FIN, server ACK", "sAcF", false},
		{"client FIN, server ACK", "cF", false},
		{"client FIN, server ACK ?", "cF", true},
		{"client DATA +, client FIN", "cDcDcF", true},
		{"client DATA +, client FIN", "cF", false},
		{"client DATA x2, client FIN", "cDcDcDcF", false},
		{"{ client FIN, server FIN }, client ACK", "sFcFcA", true},
		{"{ client FIN, server FIN }, client ACK", "sFcAcF", false},
		{"client RST | client FIN, server ACK", "cFsA", true},
		{"client RST | client FIN, server ACK", "cR", true},
		{"client RST | client FIN, server ACK", "cRsA", false},
		{"{ client DATA +, server ACK ? }, client FIN", "sAcDcDcF", true},
		{"client#1 FIN, server#1 ACK", "cFsA", true},
		{"client#2 FIN, server#2 ACK", "cFsA", false},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *text =
			g_strdup_printf(HEAD STEPS "packets %s\n", rows[i].expected);
		ew_auto(live_experiment) x = parse(text);
		ew_auto(live_result) r = ew_live_judge(x, make_events(rows[i].seen, 1));

		g_test_message("%s: %s", rows[i].expected, rows[i].seen);
		g_assert_cmpint(r->matched, ==, rows[i].matches);
	}
}

static void test_clauses(void)
{
	static const struct {
		const char *clause, *seen, *difference;
	} rows[] = {
		{"order client FIN, server ACK", "cFcAsA", NULL},
		{"order server ACK, client FIN", "cFsA",
		 "order (line 9): expected client FIN after server ACK, observed none"},
		{"never server RST", "cF", NULL},
		{"never client FIN", "cF",
		 "never (line 9): expected no client FIN, observed one at 0.000 ms"},
		{"takes 1ms..2ms client FIN", "cF",
		 "takes (line 9): expected client FIN after 1 to 2 ms, observed 0 ms"},
		{"takes 1ms..2ms client RST", "cF",
		 "takes (line 9): expected client RST after 1 to 2 ms, observed none"},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *text = g_strdup_printf(HEAD STEPS "%s\n", rows[i].clause);
		ew_auto(live_experiment) x = parse(text);
		ew_auto(live_result) r = ew_live_judge(x, make_events(rows[i].seen, 1));

		g_assert_cmpstr(r->difference, ==, rows[i].difference);
	}
}

/* A FIN that left when the process was dead, or after a stand-still, or after it was frozen. */
static void test_late(void)
{
	static const struct {
		struct ew_live_event before;
		enum ew_live_outcome outcome;
	} rows[] = {
		{{.kind = EW_LIVE_EVENT_PROCESS, .actor = 0, .status = 9}, EW_LIVE_OUTCOME_LATE},
		{{.kind = EW_LIVE_EVENT_STILL, .connection = 1, .state = EW_LIVE_ESTABLISHED},
		 EW_LIVE_OUTCOME_LATE},
		{{.kind = EW_LIVE_EVENT_PROCESS, .actor = 0, .text = "stopped in do_exit"},
		 EW_LIVE_OUTCOME_PAUSED},
		{{.kind = EW_LIVE_EVENT_PROCESS, .actor = 1, .side = 1}, EW_LIVE_OUTCOME_YES},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct ew_live_event e = rows[i].before, told = {.kind = EW_LIVE_EVENT_STATE,
								 .time = 2,
								 .side = 1,
								 .actor = -1,
								 .connection = 1,
								 .state = EW_LIVE_CLOSE_WAIT};
		ew_auto(live_experiment) x = parse(HEAD STEPS);
		GArray *events = make_events("cF", 1);

		e.time = 1;
		g_array_insert_val(events, 2, e);
		g_array_insert_val(events, 4, told);
		ew_auto(live_result) r = ew_live_judge(x, events);
		g_assert_cmpstr(ew_live_outcome_name(r->outcome), ==,
				ew_live_outcome_name(rows[i].outcome));
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/live-language/steps", test_steps);
	g_test_add_func("/live-language/born", test_born);
	g_test_add_func("/live-language/variants", test_variants);
	g_test_add_func("/live-language/expectations", test_expectations);
	g_test_add_func("/live-language/bad", test_bad);
	g_test_add_func("/live-language/verbs", test_verbs);
	g_test_add_func("/live-language/packets", test_packets);
	g_test_add_func("/live-language/negative", test_negative);
	g_test_add_func("/live-language/function-of-family", test_function_of_family);
	g_test_add_func("/live-language/clauses", test_clauses);
	g_test_add_func("/live-language/late", test_late);
	return g_test_run();
}
