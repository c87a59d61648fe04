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
 * and steps (language_step.c) and what is expected (language_expect.c).
 */
#include "live/internal.h"

#include <string.h>

#define DURATION_MAX_MS (20 * 60 * 1000)

bool live_parse_failed(struct live_parser *p, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_autofree char *text = g_strdup_vprintf(format, args);
	va_end(args);
	if (p->error && !*p->error)
		g_set_error(p->error, EW_ERROR, EW_ERROR_INPUT, "%s:%d: %s", p->path, p->line,
			    text);
	return false;
}

/* ---- words ----------------------------------------------------------------------------------- */

char *live_parse_word(char **rest)
{
	char *word = *rest + strspn(*rest, " \t");

	if (!*word)
		return NULL;
	size_t n = strcspn(word, " \t");
	*rest = word[n] ? word + n + 1 : word + n;
	word[n] = '\0';
	return word;
}

bool live_parse_end(struct live_parser *p, char *rest)
{
	char *word = live_parse_word(&rest);

	return !word || live_parse_failed(p, "\"%s\" is one word too many here", word);
}

bool live_parse_actor(struct live_parser *p, const char *word, int *actor)
{
	g_autoptr(GString) names = g_string_new(NULL);

	if (!word)
		return live_parse_failed(p, "the name of an actor is missing");
	*actor = ew_live_actor(p->x, word);
	if (*actor >= 0)
		return true;
	if (p->x->actor_count == 0)
		return live_parse_failed(
			p, "no actors yet; write \"actors client server\" before this line");
	for (int i = 0; i < p->x->actor_count; i++)
		g_string_append_printf(names, " %s", p->x->actors[i].name);
	return live_parse_failed(p, "there is no actor \"%s\"; the actors are:%s", word,
				 names->str);
}

bool live_parse_side(struct live_parser *p, const char *word, int *side, int *connection)
{
	const char *mark = word ? strchr(word, '#') : NULL;
	g_autofree char *name = mark ? g_strndup(word, (gsize)(mark - word)) : g_strdup(word);
	int64_t number;

	*connection = 0;
	if (mark) {
		if (!live_parse_number(p, mark + 1, 1, EW_LIVE_CONNECTIONS_MAX, &number))
			return false;
		*connection = (int)number;
	}
	if (!live_parse_actor(p, name, side))
		return false;
	return *side < EW_LIVE_SIDES ||
	       live_parse_failed(p, "%s is a helper; what is seen has two sides, %s and %s", name,
				 p->x->actors[0].name, p->x->actors[1].name);
}

bool live_parse_duration(struct live_parser *p, const char *word, int64_t *ms)
{
	char *end;

	if (!word || !g_ascii_isdigit(*word))
		return live_parse_failed(p, "a duration is missing; write it like 500ms or 3s");
	guint64 n = g_ascii_strtoull(word, &end, 10);
	guint64 unit = !strcmp(end, "ms")  ? 1
		       : !strcmp(end, "s") ? 1000
		       : !strcmp(end, "m") ? 60000
					   : 0;
	if (!unit)
		return live_parse_failed(p, "\"%s\" is no duration; write it like 500ms or 3s",
					 word);
	if (n == 0 || n > DURATION_MAX_MS / unit)
		return live_parse_failed(p, "\"%s\" is out of range; durations go from 1ms to 20m",
					 word);
	*ms = (int64_t)(n * unit);
	return true;
}

bool live_parse_number(struct live_parser *p, const char *word, int64_t least, int64_t most,
		       int64_t *number)
{
	char *end = NULL;
	guint64 n = word ? g_ascii_strtoull(word, &end, 10) : 0;
	int shift = 0;

	if (!word || !g_ascii_isdigit(*word))
		return live_parse_failed(p, "a number is missing where \"%s\" stands",
					 word ? word : "the end");
	if (!strcmp(end, "KiB"))
		shift = 10;
	else if (!strcmp(end, "MiB"))
		shift = 20;
	else if (!strcmp(end, "GiB"))
		shift = 30;
	else if (*end)
		return live_parse_failed(p, "\"%s\" is no number; units are KiB, MiB and GiB",
					 word);
	if (n > (guint64)most >> shift || (int64_t)(n << shift) < least)
		return live_parse_failed(p,
					 "\"%s\" is out of range, which is from %" G_GINT64_FORMAT
					 " to %" G_GINT64_FORMAT,
					 word, least, most);
	*number = (int64_t)(n << shift);
	return true;
}

/* ---- one function a word --------------------------------------------------------------------- */

static bool take_text(struct live_parser *p, char *rest, char **text)
{
	if (!*g_strstrip(rest))
		return live_parse_failed(p, "the text is missing");
	*text = g_strdup(rest);
	return true;
}

static bool parse_title(struct live_parser *p, char *rest)
{
	return take_text(p, rest, &p->x->title);
}

static bool parse_question(struct live_parser *p, char *rest)
{
	return take_text(p, rest, &p->x->question);
}

static bool parse_teaches(struct live_parser *p, char *rest)
{
	return take_text(p, rest, &p->x->teaches);
}

static bool parse_refutes(struct live_parser *p, char *rest)
{
	return take_text(p, rest, &p->x->refutes);
}

static bool parse_group(struct live_parser *p, char *rest)
{
	const char *word = live_parse_word(&rest);

	if (!word || strlen(word) > 24 ||
	    word[strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789-")])
		return live_parse_failed(p, "\"%s\" is no name of a group; take small letters",
					 word ? word : "");
	g_free(p->x->group);
	p->x->group = g_strdup(word);
	return live_parse_end(p, rest);
}

static bool parse_needs(struct live_parser *p, char *rest)
{
	g_autoptr(GPtrArray) all = g_ptr_array_new();
	char *word;

	for (int i = 0; p->x->needs[i]; i++)
		g_ptr_array_add(all, p->x->needs[i]);
	while ((word = live_parse_word(&rest))) {
		bool takes_parameter;

		if (!live_probe_find(word, &takes_parameter)) {
			g_autofree char *names = live_probe_names();

			return live_parse_failed(p, "\"%s\" is not known as a need; there are: %s",
						 word, names);
		}
		const char *parameter = takes_parameter ? live_parse_word(&rest) : NULL;
		if (takes_parameter && !parameter)
			return live_parse_failed(p, "\"%s\" of what?", word);
		g_ptr_array_add(all, parameter ? g_strdup_printf("%s %s", word, parameter)
					       : g_strdup(word));
		/* kept at once, so that an error in the next word frees it */
		g_free(p->x->needs);
		p->x->needs = g_new0(char *, all->len + 1);
		memcpy(p->x->needs, all->pdata, sizeof(char *) * all->len);
	}
	return p->x->needs[0] || live_parse_failed(p, "what it needs is missing");
}

static bool parse_topology(struct live_parser *p, char *rest)
{
	const char *word = live_parse_word(&rest);
	g_autoptr(GString) names = g_string_new(NULL);

	for (int i = 0; live_topologies[i]; i++)
		g_string_append_printf(names, " %s", live_topologies[i]->name);
	if (!word || !live_topology_find(word))
		return live_parse_failed(p, "no topology \"%s\"; there is:%s", word ? word : "",
					 names->str);
	p->x->topology = g_strdup(word);
	return live_parse_end(p, rest);
}

static bool parse_family(struct live_parser *p, char *rest)
{
	const char *word = live_parse_word(&rest);
	bool is_both = word && !strcmp(word, "both");

	p->x->has_ipv4 = is_both || (word && !strcmp(word, "ipv4"));
	p->x->has_ipv6 = is_both || (word && !strcmp(word, "ipv6"));
	if (!p->x->has_ipv4 && !p->x->has_ipv6)
		return live_parse_failed(p, "a family is ipv4, ipv6 or both");
	return live_parse_end(p, rest);
}

static bool parse_protocol(struct live_parser *p, char *rest)
{
	const char *word = live_parse_word(&rest);

	for (int i = 0; word && i < EW_LIVE_PROTOCOLS; i++) {
		if (!strcmp(word, ew_live_protocol_name(i))) {
			p->x->protocol = i;
			return live_parse_end(p, rest);
		}
	}
	return live_parse_failed(p, "a protocol is tcp, udp, unix or mptcp");
}

static bool parse_sysctl(struct live_parser *p, char *rest)
{
	struct ew_live_sysctl s = {.line = p->line};
	char *name = live_parse_word(&rest);

	if (!name || !g_str_has_prefix(name, "net.") || strstr(name, "..") || strchr(name, '/'))
		return live_parse_failed(p, "a sysctl of the network namespace is missing, such as "
					    "\"sysctl net.ipv4.tcp_fin_timeout 2\"");
	if (!*g_strstrip(rest))
		return live_parse_failed(p, "the value of %s is missing", name);
	s.name = g_strdup(name);
	s.value = g_strdup(rest);
	g_array_append_val(p->x->sysctls, s);
	return true;
}

static bool parse_watch(struct live_parser *p, char *rest)
{
	static const char *const words[] = {"sockets", "packets", "processes"};
	char *word;

	while ((word = live_parse_word(&rest))) {
		size_t i;

		if (g_ascii_isdigit(*word)) {
			int64_t number;

			if (!live_parse_number(p, word, 1, EW_LIVE_CONNECTIONS_MAX, &number))
				return false;
			g_array_append_vals(p->x->watched, &(int){(int)number}, 1);
			continue;
		}
		for (i = 0; i < G_N_ELEMENTS(words) && strcmp(word, words[i]); i++)
			;
		if (i == G_N_ELEMENTS(words))
			return live_parse_failed(
				p, "\"%s\" cannot be watched; there are: sockets packets processes",
				word);
		p->x->watch |= 1u << i;
	}
	return p->x->watch ||
	       live_parse_failed(p, "what to watch is missing: sockets packets processes");
}

static bool parse_bound(struct live_parser *p, char *rest)
{
	const char *word = live_parse_word(&rest);

	return live_parse_duration(p, word, &p->x->bound_ms) && live_parse_end(p, rest);
}

static bool parse_within(struct live_parser *p, char *rest)
{
	const char *word = live_parse_word(&rest);

	return live_parse_duration(p, word, &p->within_ms) && live_parse_end(p, rest);
}

static bool parse_zero(struct live_parser *p, char *rest)
{
	p->is_zero = true;
	return live_parse_end(p, rest);
}

/* ---- actors ---------------------------------------------------------------------------------- */

bool live_parse_actor_name(struct live_parser *p, const char *word)
{
	size_t n = strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return (!word[n] && n <= 12 && g_ascii_isalpha(*word)) ||
	       live_parse_failed(p, "\"%s\" is no name for an actor; take up to 12 small letters",
				 word);
}

int live_parse_new_actor(struct live_parser *p, const char *name, int side)
{
	struct ew_live_experiment *x = p->x;

	if (!live_parse_actor_name(p, name))
		return -1;
	if (ew_live_actor(x, name) >= 0)
		return live_parse_failed(p, "two actors are called \"%s\"", name), -1;
	if (x->actor_count == EW_LIVE_ACTORS_MAX)
		return live_parse_failed(p, "at most %d actors can be watched", EW_LIVE_ACTORS_MAX),
		       -1;
	x->actors[x->actor_count] =
		(struct ew_live_actor){.name = g_strdup(name), .side = side, .line = p->line};
	return x->actor_count++;
}

static bool parse_actors(struct live_parser *p, char *rest)
{
	char *word;

	while ((word = live_parse_word(&rest))) {
		if (p->x->actor_count == EW_LIVE_SIDES)
			return live_parse_failed(p,
						 "there are two columns, left and right; another "
						 "actor is a helper: \"helper %s on %s\"",
						 word, p->x->actors[1].name);
		if (live_parse_new_actor(p, word, p->x->actor_count) < 0)
			return false;
	}
	return p->x->actor_count == EW_LIVE_SIDES ||
	       live_parse_failed(p, "two actors are needed, such as \"actors client server\"");
}

static bool parse_helper(struct live_parser *p, char *rest)
{
	const char *name = live_parse_word(&rest), *on = live_parse_word(&rest);
	int of;

	if (!name || !on || strcmp(on, "on"))
		return live_parse_failed(p, "it is written \"helper NAME on ACTOR\"");
	return live_parse_actor(p, live_parse_word(&rest), &of) &&
	       live_parse_new_actor(p, name, p->x->actors[of].side) >= 0 && live_parse_end(p, rest);
}

static bool parse_decides(struct live_parser *p, char *rest)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	char *word;

	while ((word = live_parse_word(&rest))) {
		if (word[strspn(word, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "_|")])
			return live_parse_failed(p, "\"%s\" is no name of a function", word);
		if (!live_parse_families(p, word))
			return false;
		g_ptr_array_add(names, g_strdup(word));
	}
	if (!names->len)
		return live_parse_failed(p, "the functions that decide it are missing");
	g_strfreev(p->x->decides);
	g_ptr_array_add(names, NULL);
	p->x->decides = (char **)g_ptr_array_free(g_steal_pointer(&names), FALSE);
	return true;
}

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
	{"title", false, parse_title},
	{"question", false, parse_question},
	{"group", false, parse_group},
	{"needs", true, parse_needs},
	{"topology", false, parse_topology},
	{"family", false, parse_family},
	{"protocol", false, parse_protocol},
	{"sysctl", true, parse_sysctl},
	{"watch", false, parse_watch},
	{"bound", false, parse_bound},
	{"within", true, parse_within},
	{"actors", false, parse_actors},
	{"helper", true, parse_helper},
	{"zero", false, parse_zero},
	{"step", true, live_parse_step},
	{"quick", true, parse_quick},
	{"full", true, parse_full},
	{"expect", true, live_parse_expect},
	{"packets", false, live_parse_packets},
	{"order", true, live_parse_order},
	{"never", true, live_parse_never},
	{"takes", true, live_parse_takes},
	{"counter", true, live_parse_counter},
	{"closed", false, live_parse_closed},
	{"because", true, live_parse_because},
	{"decides", false, parse_decides},
	{"teaches", false, parse_teaches},
	{"refutes", false, parse_refutes},
};

static bool unknown_word(struct live_parser *p, const char *word)
{
	g_autoptr(GString) all = g_string_new(NULL);

	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		g_string_append_printf(all, " %s", words[i].name);
	if (live_verb_find(word, false))
		return live_parse_failed(p, "\"%s\" is done by an actor: \"step NAME %s\"", word,
					 word);
	return live_parse_failed(p,
				 "\"%.40s\" is no word of an experiment; they are:%s; and the "
				 "verbs of the stage, which "
				 "\"exitwalk live --verbs\" lists",
				 word, all->str);
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

static bool check_all(struct live_parser *p)
{
	struct ew_live_experiment *x = p->x;

	if (!x->title)
		return live_parse_failed(p, "the experiment ends without a \"title\"");
	if (!x->question)
		return live_parse_failed(p, "the experiment ends without a \"question\"");
	if (!x->topology)
		return live_parse_failed(
			p,
			"the experiment ends without a \"topology\"; write \"topology loopback\"");
	if (!x->actor_count)
		return live_parse_failed(p, "the experiment ends without \"actors\"");
	if (!x->watch)
		return live_parse_failed(
			p, "the experiment ends without \"watch\"; write \"watch sockets packets "
			   "processes\"");
	if (x->variant.is_ipv6 && ew_live_lacks_ipv6(x))
		return live_parse_failed(p, "this experiment is not for IPv6: %s",
					 ew_live_lacks_ipv6(x));
	if (!x->has_ipv4)
		x->variant.is_ipv6 = true;
	live_choose_family(x);
	return live_check_watched(p) && live_check_steps(p);
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

/* Joins each line with the ones that go on with it, and parses it. */
static bool parse_text(struct live_parser *p, char *text)
{
	g_autoptr(GString) whole = g_string_new(NULL);
	int number = 0;
	bool ok = true;

	for (bool more = true; ok && more;) {
		char *line = read_line(&text);

		more = line != NULL;
		number += more;
		if (more && !*line)
			continue;
		if (more && (*line == ' ' || *line == '\t')) {
			p->line = whole->len ? p->line : number;
			if (!whole->len)
				return live_parse_failed(
					p, "this line is indented, but there is none before it "
					   "to go on with");
			g_string_append_printf(whole, " %s", line + strspn(line, " \t"));
			continue;
		}
		if (whole->len)
			ok = parse_line(p, whole->str);
		if (!ok)
			break;
		g_string_assign(whole, more ? line : "");
		if (more)
			p->line = number;
	}
	return ok && check_all(p);
}

bool live_parse_into(struct ew_live_experiment *x, const char *text, GError **error)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
	struct live_parser p = {.x = x, .path = x->path, .line = 1, .seen = seen, .error = error};
	const char *bad;

	if (!g_utf8_validate(text, -1, &bad)) {
		for (const char *c = text; c < bad; c++)
			p.line += *c == '\n';
		return live_parse_failed(&p, "this is not UTF-8 text; an experiment is");
	}
	g_autofree char *copy = g_strdup(text);
	return parse_text(&p, copy);
}
