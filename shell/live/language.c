/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The language of experiments. A file is lines of a word and what belongs to it; a line that begins
 * with white space goes on with the one before; # after white space begins a comment.
 *
 *	title     TEXT
 *	question  TEXT
 *	group     NAME				in the list
 *	needs     PROBE ...			of this machine; see probes.c
 *	topology  NAME				see topology.c
 *	family    ipv4 | ipv6 | both
 *	protocol  tcp | udp | unix | mptcp
 *	sysctl    net.NAME VALUE		of the stage's own namespaces
 *	watch     sockets packets processes	one or more; numbers of connections: these alone
 *	bound     2500ms | 3s			after the kill
 *	within    DURATION			each step that follows must be done by then
 *	actors    NAME NAME			left and right column
 *	helper    NAME on NAME			another process on the host of one of these
 *	zero					time counts from the next step, instead of the first
 *						kill
 *	quick | full  LINE			counts only in that variant
 *	teaches   TEXT
 *	refutes   TEXT				what is commonly said
 *	decides   FUNCTION ...			of the kernel
 *
 * and steps (language_step.c) and what is expected (language_expect.c). The words above are read in
 * language_word.c; a line that is wrong does not hide the next: all that is wrong is told.
 */
#include "live/internal.h"

#include <string.h>

static bool parse_line(struct live_parser *p, char *line);

static bool parse_quick(struct live_parser *p, char *rest)
{
	return p->x->variant.is_full || parse_line(p, rest);
}

static bool parse_full(struct live_parser *p, char *rest)
{
	p->x->has_full = true;
	return !p->x->variant.is_full || parse_line(p, rest);
}

static const struct {
	const char *name;
	bool is_repeatable;
	bool (*parse)(struct live_parser *p, char *rest);
} words[] = {
	{"title", false, live_parse_title},
	{"question", false, live_parse_question},
	{"group", false, live_parse_group},
	{"needs", true, live_parse_needs},
	{"topology", false, live_parse_topology},
	{"family", false, live_parse_family},
	{"protocol", false, live_parse_protocol},
	{"sysctl", true, live_parse_sysctl},
	{"watch", false, live_parse_watch},
	{"bound", false, live_parse_bound},
	{"within", true, live_parse_within},
	{"actors", false, live_parse_actors},
	{"helper", true, live_parse_helper},
	{"zero", false, live_parse_zero},
	{"step", true, live_parse_step},
	{"quick", true, parse_quick},
	{"full", true, parse_full},
	{"expect", true, live_parse_expect},
	{"packets", false, live_parse_packets},
	{"order", true, live_parse_order},
	{"never", true, live_parse_never},
	{"takes", true, live_parse_takes},
	{"counter", true, live_parse_counter},
	{"closed", true, live_parse_closed},
	{"because", true, live_parse_because},
	{"decides", false, live_parse_decides},
	{"teaches", false, live_parse_teaches},
	{"refutes", false, live_parse_refutes},
};

static bool unknown_word(struct live_parser *p, const char *word)
{
	const char *names[G_N_ELEMENTS(words) + 1] = {NULL};

	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		names[i] = words[i].name;
	if (live_verb_find(word, false))
		return live_parse_failed(p, "\"%s\" is done by an actor: \"step NAME %s\"", word,
					 word);
	const char *near = ew_nearest(word, names);
	g_autofree char *all = g_strjoinv(" ", (char **)names);
	if (near)
		g_hash_table_add(p->meant, (void *)near);
	return live_parse_failed(p,
				 "\"%.40s\" is no word of an experiment%s%s%s; they are: %s; and the "
				 "verbs of the stage, which "
				 "\"exitwalk live --verbs\" lists",
				 word, near ? " (did you mean \"" : "", near ? near : "", near ? "\"?)" : "", all);
}

static bool parse_line(struct live_parser *p, char *line)
{
	char *rest = line, *word = live_parse_word(&rest);

	if (!word)
		return live_parse_failed(p, "the line is missing");
	for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
		if (strcmp(word, words[i].name))
			continue;
		if (!words[i].is_repeatable && !g_hash_table_add(p->seen, (void *)words[i].name))
			return live_parse_failed(p, "\"%s\" may stand only once", word);
		return words[i].parse(p, rest);
	}
	if (live_verb_find(word, true))
		return live_parse_stage_step(p, word, rest);
	return unknown_word(p, word);
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* A line that is there and wrong was told, and one whose word is wrong. */
static bool lacks(const struct live_parser *p, const char *word)
{
	return !g_hash_table_contains(p->seen, word) && !g_hash_table_contains(p->meant, word);
}

static void check_words(struct live_parser *p)
{
	static const struct {
		const char *word, *says;
	} wanted[] = {
		{"title", "a \"title\""},
		{"question", "a \"question\""},
		{"topology", "a \"topology\"; write \"topology loopback\""},
		{"actors", "\"actors\""},
		{"watch", "\"watch\"; write \"watch sockets packets processes\""},
	};

	for (size_t i = 0; i < G_N_ELEMENTS(wanted); i++)
		if (lacks(p, wanted[i].word))
			live_parse_failed(p, "the experiment ends without %s", wanted[i].says);
}

static void check_all(struct live_parser *p)
{
	struct ew_live_experiment *x = p->x;

	check_words(p);
	if (x->variant.is_ipv6 && ew_live_lacks_ipv6(x))
		live_parse_failed(p, "this experiment is not for IPv6: %s", ew_live_lacks_ipv6(x));
	if (!x->has_ipv4)
		x->variant.is_ipv6 = true;
	live_choose_family(x);
	if (x->watch)
		live_check_watched(p);
	/* what is said of the steps holds only where each of them could be read */
	if (!p->lacks_steps && x->actor_count && x->topology)
		live_check_steps(p);
}

/* The line without its comment and the white space at its end; NULL at the end of the text. */
static char *read_line(char **text)
{
	char *line = *text;

	if (!line)
		return NULL;
	char *end = strchr(line, '\n');
	*text = end ? end + 1 : NULL;
	if (end)
		*end = '\0';
	/* a comment begins a line or stands after white space, so that a text may say "#3" only
	 * there */
	for (char *c = line; (c = strchr(c, '#')); c++) {
		if (c == line || c[-1] == ' ' || c[-1] == '\t') {
			*c = '\0';
			break;
		}
	}
	return g_strchomp(line);
}

/* Whether what is said of steps and actors hangs on a line of that word. */
static bool is_of_steps(const char *word)
{
	static const char *const others[] = {"title",  "question", "group",  "needs",	"family",  "protocol",
					     "sysctl", "watch",	   "bound",  "expect",	"packets", "order",
					     "never",  "takes",	   "counter", "closed", "because", "decides",
					     "teaches", "refutes", NULL};

	return !g_strv_contains(others, word);
}

/* Goes on after a line that is wrong; what would only follow from it is not told. */
static void take_line(struct live_parser *p, char *line)
{
	g_autofree char *word = g_strndup(line, strcspn(line, " \t"));
	bool is_good = parse_line(p, line);

	p->lacks_steps |= !is_good && is_of_steps(word);
	/* a step says by itself whether it would have made an actor */
	p->lacks_actors |= !is_good && is_of_steps(word) && strcmp(word, "step");
}

/* Joins each line with the ones that go on with it, and parses it. */
static void parse_text(struct live_parser *p, char *text)
{
	g_autoptr(GString) whole = g_string_new(NULL);
	int number = 0;

	for (bool more = true; more;) {
		char *line = read_line(&text);

		more = line != NULL;
		number += more;
		if (more && !*line)
			continue;
		if (more && (*line == ' ' || *line == '\t') && whole->len) {
			g_string_append_printf(whole, " %s", line + strspn(line, " \t"));
			continue;
		}
		if (whole->len)
			take_line(p, whole->str);
		p->line = more ? number : p->line;
		g_string_assign(whole, more ? line : "");
		if (more && (*line == ' ' || *line == '\t')) {
			live_parse_failed(p, "this line is indented, but there is none before it to go on with");
			g_string_truncate(whole, 0);
		}
	}
	check_all(p);
}

bool live_parse_into(struct ew_live_experiment *x, const char *text, GPtrArray *problems)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
	g_autoptr(GHashTable) meant = g_hash_table_new(g_str_hash, g_str_equal);
	struct live_parser p = {.x = x, .line = 1, .seen = seen, .meant = meant, .problems = problems};
	const char *bad;

	if (!g_utf8_validate(text, -1, &bad)) {
		for (const char *c = text; c < bad; c++)
			p.line += *c == '\n';
		return live_parse_failed(&p, "this is not UTF-8 text; an experiment is");
	}
	g_autofree char *copy = g_strdup(text);
	parse_text(&p, copy);
	return !problems->len;
}
