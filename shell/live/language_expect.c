/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The lines of what is expected. SIDE is a column's name, "client", or with a connection's number,
 * "client#2"; without one it is meant of each connection.
 *
 *	expect    SIDE STATE ... [| STATE ...]	from the state at the kill to the last one; or
 *another way packets   SIDE WORD [xN|?|+], ... [| …]	RST SYN FIN DATA ACK, after the kill,
 *retransmissions apart; { a, b } in any order
 *	order     MARK, MARK ...		seen in this order, others may lie between
 *	never     MARK, ...			not seen
 *	takes     DURATION..DURATION MARK	after the kill
 *	counter   [SIDE] NAME +N | +N..M
 *	closed    yes | rude | late | no | paused [on N]	of each connection, or of the N-th
 *	because   in FUNCTION [at "TEXT"]: WORDS	FUNCTION may be F4|F6, one for each family of
 *						addresses, and TEXT then T4|T6
 *
 * A MARK is "SIDE WORD" of a packet, "SIDE STATE" of a socket, or "ACTOR dead".
 */
#include "live/internal.h"

#include <stdlib.h>
#include <string.h>

static const char packet_words[] = " RST SYN FIN DATA ACK ";

/* Something is said of what must be watched for it. */
static void want(struct live_parser *p, unsigned watch)
{
	for (int i = 0; i < LIVE_WATCHES; i++)
		if (watch & 1u << i && !p->wants[i])
			p->wants[i] = p->line;
}

void live_check_watched(struct live_parser *p)
{
	static const char *const names[LIVE_WATCHES] = {"sockets", "packets", "processes"};

	for (int i = 0; i < LIVE_WATCHES; i++) {
		if (!p->wants[i] || p->x->watch & 1u << i)
			continue;
		p->line = p->wants[i];
		live_parse_failed(p, "this is seen only where %s are watched; write \"watch sockets packets "
					    "processes\"", names[i]);
	}
}

static bool is_packet_word(const char *word)
{
	g_autofree char *key = g_strdup_printf(" %s ", word);

	return strstr(packet_words, key) != NULL;
}

/* ---- states ---------------------------------------------------------------------------------- */

static bool add_state(struct live_parser *p, struct ew_live_expected *e, const char *word)
{
	if (e->count == EW_LIVE_SEQUENCE_MAX)
		return live_parse_failed(p, "at most %d states can be expected",
					 EW_LIVE_SEQUENCE_MAX);
	if (!ew_live_state_parse(word, &e->states[e->count]))
		return live_parse_failed(
			p,
			"\"%s\" is no state of a TCP socket; they are called as in "
			"RFC 9293, ESTABLISHED or FIN_WAIT2, and \"gone\"",
			word);
	e->count++;
	return true;
}

static bool is_expected_already(struct live_parser *p, const struct ew_live_expected *e)
{
	for (guint i = 0; i < p->x->expected->len; i++) {
		const struct ew_live_expected *other =
			&g_array_index(p->x->expected, struct ew_live_expected, i);

		if (other->side != e->side || other->connection != e->connection)
			continue;
		live_parse_failed(p,
				  "what is expected of %s stands on line %d already; write "
				  "another way after a |",
				  p->x->actors[e->side].name, other->line);
		return true;
	}
	return false;
}

bool live_parse_expect(struct live_parser *p, char *rest)
{
	struct ew_live_expected e = {.line = p->line};
	const char *word = live_parse_word(&rest);

	want(p, EW_LIVE_WATCH_SOCKETS);
	if (!live_parse_side(p, word, &e.side, &e.connection) || is_expected_already(p, &e))
		return false;
	while ((word = live_parse_word(&rest))) {
		if (strcmp(word, "|")) {
			if (!add_state(p, &e, word))
				return false;
			continue;
		}
		if (!e.count)
			break;
		g_array_append_val(p->x->expected, e);
		e.count = 0;
	}
	if (!e.count)
		return live_parse_failed(p, "the expected states are missing");
	g_array_append_val(p->x->expected, e);
	return true;
}

/* ---- packets --------------------------------------------------------------------------------- */

static bool parse_count(struct live_parser *p, const char *word, struct ew_live_expected_packet *e)
{
	int64_t n;

	e->least = e->most = 1;
	if (!word)
		return true;
	if (!strcmp(word, "?")) {
		e->least = 0;
	} else if (!strcmp(word, "+")) {
		e->most = G_MAXINT;
	} else if (*word == 'x') {
		if (!live_parse_number(p, word + 1, 1, 100000, &n))
			return false;
		e->least = e->most = (int)n;
	} else {
		return live_parse_failed(p,
					 "\"%s\" is one word too many here; packets are parted by "
					 "commas, and counted by x3, ? or +",
					 word);
	}
	return true;
}

static bool parse_packet(struct live_parser *p, char *part, struct ew_live_expected_packet e)
{
	const char *word = live_parse_word(&part);

	if (!live_parse_side(p, word, &e.side, &e.connection))
		return false;
	word = live_parse_word(&part);
	if (!word || !is_packet_word(word))
		return live_parse_failed(
			p,
			"\"%s\" is no packet; write \"packets client FIN, server "
			"ACK\" with one of RST SYN FIN DATA ACK, or \"packets none\"",
			word ? word : "");
	g_strlcpy(e.word, word, sizeof(e.word));
	word = live_parse_word(&part);
	if (!parse_count(p, word, &e) || !live_parse_end(p, part))
		return false;
	g_array_append_val(p->x->packets, e);
	return true;
}

bool live_parse_packets(struct live_parser *p, char *rest)
{
	struct ew_live_expected_packet e = {0};
	int groups = 0;

	want(p, EW_LIVE_WATCH_PACKETS);
	p->x->expects_packets = true;
	if (!strcmp(g_strstrip(rest), "none"))
		return true;
	while (rest) {
		size_t length = strcspn(rest, ",|{}");
		char mark = rest[length];
		char *part = rest;

		rest = mark ? rest + length + 1 : NULL;
		part[length] = '\0';
		g_strstrip(part);
		bool closes_empty = mark == '{' || (!*part && e.group == -1);
		if (closes_empty && *part)
			return live_parse_failed(p, "a comma is missing before the {");
		if (!closes_empty && !parse_packet(p, part, e))
			return false;
		if (mark == '{' && e.group > 0)
			return live_parse_failed(p, "one { stands within another");
		if (mark == '}' && e.group <= 0)
			return live_parse_failed(p, "there is no { before the }");
		if (mark == '|')
			e.alternative++;
		e.group = mark == '{' ? ++groups : mark == '}' ? -1 : e.group == -1 ? 0 : e.group;
	}
	return e.group <= 0 || live_parse_failed(p, "the { is not closed");
}

/* ---- marks ----------------------------------------------------------------------------------- */

static bool parse_mark(struct live_parser *p, char *part, GArray *marks)
{
	struct ew_live_mark m = {0};
	const char *name = live_parse_word(&part), *word = live_parse_word(&part);
	enum ew_live_state state;

	if (word && !strcmp(word, "dead")) {
		if (!live_parse_actor(p, name, &m.actor))
			return false;
	} else if (!live_parse_side(p, name, &m.actor, &m.connection)) {
		return false;
	} else if (!word || (!is_packet_word(word) && !ew_live_state_parse(word, &state))) {
		return live_parse_failed(p,
					 "\"%s\" cannot be looked for; write a packet (client "
					 "FIN), a state (client FIN_WAIT2) or a death (client "
					 "dead)",
					 word ? word : "");
	} else if (!is_packet_word(word)) {
		word = ew_live_state_name(state);
	}
	want(p, !strcmp(word, "dead")	? EW_LIVE_WATCH_PROCESSES
		: is_packet_word(word) ? EW_LIVE_WATCH_PACKETS
				       : EW_LIVE_WATCH_SOCKETS);
	g_strlcpy(m.word, word, sizeof(m.word));
	g_array_append_val(marks, m);
	return live_parse_end(p, part);
}

static bool parse_clause(struct live_parser *p, char *rest, struct ew_live_clause c)
{
	g_auto(GStrv) parts = g_strsplit(rest, ",", -1);

	c.line = p->line;
	c.marks = g_array_new(FALSE, TRUE, sizeof(struct ew_live_mark));
	g_array_append_val(p->x->clauses, c);
	for (int i = 0; parts[i]; i++)
		if (!parse_mark(p, parts[i], c.marks))
			return false;
	if (c.kind == EW_LIVE_ORDER && c.marks->len < 2)
		return live_parse_failed(p, "an order is of two or more, parted by commas");
	return c.kind != EW_LIVE_TAKES || c.marks->len == 1 ||
	       live_parse_failed(p, "\"takes\" looks for one thing alone");
}

bool live_parse_order(struct live_parser *p, char *rest)
{
	return parse_clause(p, rest, (struct ew_live_clause){.kind = EW_LIVE_ORDER});
}

bool live_parse_never(struct live_parser *p, char *rest)
{
	return parse_clause(p, rest, (struct ew_live_clause){.kind = EW_LIVE_NEVER});
}

bool live_parse_takes(struct live_parser *p, char *rest)
{
	struct ew_live_clause c = {.kind = EW_LIVE_TAKES};
	char *range = live_parse_word(&rest);
	char *second = range ? strstr(range, "..") : NULL;

	if (!second)
		return live_parse_failed(p,
					 "a range of durations is missing; write it like \"takes "
					 "3s..5s server gone\"");
	*second = '\0';
	return live_parse_duration(p, range, &c.least_ms) &&
	       live_parse_duration(p, second + 2, &c.most_ms) &&
	       (c.least_ms <= c.most_ms ||
		live_parse_failed(p, "the range ends before it begins")) &&
	       parse_clause(p, rest, c);
}

/* ---- the rest -------------------------------------------------------------------------------- */

bool live_parse_counter(struct live_parser *p, char *rest)
{
	struct ew_live_expected_counter c = {.side = -1, .line = p->line};
	const char *word = live_parse_word(&rest);
	char *second;

	if (word && ew_live_side(p->x, word) >= 0) {
		c.side = ew_live_side(p->x, word);
		word = live_parse_word(&rest);
	}
	if (!word || g_strlcpy(c.name, word, sizeof(c.name)) >= sizeof(c.name) || *word == '+')
		return live_parse_failed(p, "the name of a counter is missing, as in "
					    "/proc/net/netstat: \"counter TCPAbortOnClose +1\"");
	char *range = live_parse_word(&rest);
	if (!range || *range != '+')
		return live_parse_failed(p, "how much %s grows is missing: +1, or +1..3", c.name);
	second = strstr(range, "..");
	if (second)
		*second = '\0';
	if (!live_parse_number(p, range + 1, 0, G_MAXINT, &c.least))
		return false;
	c.most = c.least;
	if (second && !live_parse_number(p, second + 2, c.least, G_MAXINT, &c.most))
		return false;
	g_array_append_val(p->x->counters, c);
	return live_parse_end(p, rest);
}

/* "F", or "F4|F6" */
bool live_parse_families(struct live_parser *p, const char *name)
{
	const char *bar = strchr(name, '|');

	if (!bar || (bar > name && bar[1] && !strchr(bar + 1, '|')))
		return true;
	return live_parse_failed(p, "\"%s\": two functions at most, the one of IPv4 and the one of IPv6: "
				    "tcp_v4_rcv|tcp_v6_rcv", name);
}

/* Leaves the one of the family that is run. */
static void choose_family(char *name, bool is_ipv6)
{
	char *bar = strchr(name, '|');

	if (bar && is_ipv6)
		memmove(name, bar + 1, strlen(bar));
	else if (bar)
		*bar = '\0';
}

void live_choose_family(struct ew_live_experiment *x)
{
	for (guint i = 0; i < x->because->len; i++) {
		struct ew_live_because *b = &g_array_index(x->because, struct ew_live_because, i);

		if (b->at && strchr(b->function, '|') && strchr(b->at, '|') == strrchr(b->at, '|'))
			choose_family(b->at, x->variant.is_ipv6);
		choose_family(b->function, x->variant.is_ipv6);
	}
	for (char **name = x->decides; *name; name++)
		choose_family(*name, x->variant.is_ipv6);
}

bool live_parse_because(struct live_parser *p, char *rest)
{
	struct ew_live_because b = {.line = p->line};
	const char *word = live_parse_word(&rest);
	char *colon = strchr(rest, ':');

	rest += strspn(rest, " \t");
	size_t n = strspn(rest, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "_|");
	if (!word || strcmp(word, "in") || !n || !colon)
		return live_parse_failed(p,
					 "it is written: because in FUNCTION at \"TEXT\": WORDS");
	g_autofree char *function = g_strndup(rest, n);
	if (!live_parse_families(p, function))
		return false;
	char *at = rest + n + strspn(rest + n, " \t");
	if (!strncmp(at, "at \"", 4)) {
		char *end = strchr(at + 4, '"');

		colon = end ? strchr(end, ':') : NULL;
		if (!colon)
			return live_parse_failed(p,
						 "the text of the line stands in \"quotes\", and "
						 "a colon follows");
		b.at = g_strndup(at + 4, (gsize)(end - at - 4));
	}
	b.function = g_steal_pointer(&function);
	b.words = g_strstrip(g_strdup(colon + 1));
	g_array_append_val(p->x->because, b);
	return *b.words ||
	       live_parse_failed(p, "the condition in words is missing after the colon");
}

static bool parse_outcome(struct live_parser *p, const char *word, enum ew_live_outcome *outcome)
{
	for (int i = EW_LIVE_OUTCOME_YES; word && i < EW_LIVE_OUTCOMES; i++) {
		if (!strcmp(word, ew_live_outcome_name(i))) {
			*outcome = i;
			return true;
		}
	}
	return live_parse_failed(p, "\"closed\" is yes, rude (by a RST), late, no or paused; of one connection among "
				    "several \"closed rude on 2\"");
}

static bool add_close(struct live_parser *p, const struct ew_live_expected_close *c)
{
	for (guint i = 0; i < p->x->closes->len; i++) {
		const struct ew_live_expected_close *other =
			&g_array_index(p->x->closes, struct ew_live_expected_close, i);

		if (other->connection == c->connection && c->connection)
			return live_parse_failed(p, "how connection %d is closed stands on line %d already",
						 c->connection, other->line);
		if (other->connection == c->connection)
			return live_parse_failed(p, "\"closed\" stands on line %d already; of one connection among "
						    "several it is written \"closed %s on 2\"",
						 other->line, ew_live_outcome_name(c->outcome));
	}
	g_array_append_vals(p->x->closes, c, 1);
	return true;
}

bool live_parse_closed(struct live_parser *p, char *rest)
{
	struct ew_live_expected_close c = {.line = p->line};
	const char *word = live_parse_word(&rest);
	int64_t number = 0;

	want(p, EW_LIVE_WATCH_SOCKETS | EW_LIVE_WATCH_PACKETS);
	if (!parse_outcome(p, word, &c.outcome))
		return false;
	word = live_parse_word(&rest);
	if (word && strcmp(word, "on"))
		return live_parse_failed(p, "\"%s\" is one word too many here; one connection among several is "
					    "named by its number: \"closed %s on 2\"",
					 word, ew_live_outcome_name(c.outcome));
	if (word && !live_parse_number(p, live_parse_word(&rest), 1, EW_LIVE_CONNECTIONS_MAX, &number))
		return false;
	c.connection = (int)number;
	return live_parse_end(p, rest) && add_close(p, &c);
}
