/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The language of experiments. A file is lines of a word and what belongs to it; a line that begins
 * with white space goes on with the one before; # begins a comment.
 *
 *	title     TEXT
 *	question  TEXT
 *	topology  loopback
 *	sysctl    net.NAME VALUE		of the stage's own namespace
 *	watch     sockets packets processes	one or more
 *	bound     2500ms | 3s			after the kill
 *	actors    NAME NAME			left and right column
 *	step      NAME listen | connect NAME | accept | send N | recv | close | kill
 *	still     500ms				wait until nothing has happened for so long
 *	expect    NAME STATE ...		from the state at the kill to the last one
 *	packets   NAME WORD, NAME WORD ...	RST SYN FIN DATA ACK, after the kill, retransmissions apart
 *	closed    yes | rude | no		what the side that lives on was told
 *	decides   FUNCTION ...			of the kernel
 *	teaches   TEXT
 */
#include "live/internal.h"

#include <string.h>

#define DURATION_MAX_MS (10 * 60 * 1000)

struct parser {
	struct ew_live_experiment *x;
	const char *path;
	int line;
	GHashTable *seen; /* words that may stand once */
	GError **error;
};

G_GNUC_PRINTF(2, 3)
static bool fail(struct parser *p, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_autofree char *text = g_strdup_vprintf(format, args);
	va_end(args);
	g_set_error(p->error, EW_ERROR, EW_ERROR_INPUT, "%s:%d: %s", p->path, p->line, text);
	return false;
}

/* ---- words ----------------------------------------------------------------------------------- */

/* Takes the next word off *rest; NULL at the end. */
static char *next_word(char **rest)
{
	char *word = *rest + strspn(*rest, " \t");

	if (!*word)
		return NULL;
	size_t n = strcspn(word, " \t");
	*rest = word[n] ? word + n + 1 : word + n;
	word[n] = '\0';
	return word;
}

static bool no_more(struct parser *p, char *rest)
{
	char *word = next_word(&rest);

	return !word || fail(p, "\"%s\" is one word too many here", word);
}

static bool take_side(struct parser *p, char **rest, int *side)
{
	char *word = next_word(rest);

	if (!word)
		return fail(p, "the name of an actor is missing");
	*side = ew_live_side(p->x, word);
	if (*side >= 0)
		return true;
	if (p->x->actor_count == 0)
		return fail(p, "no actors yet; write \"actors client server\" before this line");
	return fail(p, "there is no actor \"%s\"; the actors are: %s %s", word, p->x->actors[0],
		    p->x->actor_count > 1 ? p->x->actors[1] : "");
}

static bool take_duration(struct parser *p, char **rest, int64_t *ms)
{
	char *word = next_word(rest), *end;

	if (!word || !g_ascii_isdigit(*word))
		return fail(p, "a duration is missing; write it like 500ms or 3s");
	guint64 n = g_ascii_strtoull(word, &end, 10);
	guint64 unit = !strcmp(end, "ms") ? 1 : !strcmp(end, "s") ? 1000 : 0;
	if (!unit)
		return fail(p, "\"%s\" is no duration; write it like 500ms or 3s", word);
	if (n == 0 || n > DURATION_MAX_MS / unit)
		return fail(p, "\"%s\" is out of range; durations go from 1ms to 600s", word);
	*ms = (int64_t)(n * unit);
	return true;
}

/* ---- one function a word --------------------------------------------------------------------- */

static bool take_text(struct parser *p, char *rest, char **text)
{
	if (!*g_strstrip(rest))
		return fail(p, "the text is missing");
	*text = g_strdup(rest);
	return true;
}

static bool parse_title(struct parser *p, char *rest)
{
	return take_text(p, rest, &p->x->title);
}

static bool parse_question(struct parser *p, char *rest)
{
	return take_text(p, rest, &p->x->question);
}

static bool parse_teaches(struct parser *p, char *rest)
{
	return take_text(p, rest, &p->x->teaches);
}

static bool parse_topology(struct parser *p, char *rest)
{
	char *word = next_word(&rest);

	if (!word || strcmp(word, "loopback"))
		return fail(p, "no topology \"%s\"; there is: loopback", word ? word : "");
	p->x->topology = g_strdup(word);
	return no_more(p, rest);
}

static bool parse_sysctl(struct parser *p, char *rest)
{
	struct ew_live_sysctl s = {.line = p->line};
	char *name = next_word(&rest);

	if (!name || !g_str_has_prefix(name, "net.") || strstr(name, "..") || strchr(name, '/'))
		return fail(p, "a sysctl of the network namespace is missing, such as "
			       "\"sysctl net.ipv4.tcp_fin_timeout 2\"");
	if (!*g_strstrip(rest))
		return fail(p, "the value of %s is missing", name);
	s.name = g_strdup(name);
	s.value = g_strdup(rest);
	g_array_append_val(p->x->sysctls, s);
	return true;
}

static bool parse_watch(struct parser *p, char *rest)
{
	static const char *const words[] = {"sockets", "packets", "processes"};
	char *word;

	while ((word = next_word(&rest))) {
		size_t i;

		for (i = 0; i < G_N_ELEMENTS(words) && strcmp(word, words[i]); i++)
			;
		if (i == G_N_ELEMENTS(words))
			return fail(
				p, "\"%s\" cannot be watched; there are: sockets packets processes",
				word);
		p->x->watch |= 1u << i;
	}
	return p->x->watch || fail(p, "what to watch is missing: sockets packets processes");
}

static bool parse_bound(struct parser *p, char *rest)
{
	return take_duration(p, &rest, &p->x->bound_ms) && no_more(p, rest);
}

static bool parse_actors(struct parser *p, char *rest)
{
	struct ew_live_experiment *x = p->x;
	char *word;

	while ((word = next_word(&rest))) {
		size_t n = strspn(word, "abcdefghijklmnopqrstuvwxyz0123456789-");

		if (word[n] || n > 12 || !g_ascii_isalpha(*word))
			return fail(p,
				    "\"%s\" is no name for an actor; take up to 12 small letters",
				    word);
		if (ew_live_side(x, word) >= 0)
			return fail(p, "two actors are called \"%s\"", word);
		if (x->actor_count == EW_LIVE_ACTORS_MAX)
			return fail(p, "at most %d actors can be watched", EW_LIVE_ACTORS_MAX);
		x->actors[x->actor_count++] = g_strdup(word);
	}
	return x->actor_count == EW_LIVE_ACTORS_MAX ||
	       fail(p, "two actors are needed, such as \"actors client server\"");
}

static bool take_count(struct parser *p, char **rest, int64_t *count)
{
	char *word = next_word(rest), *end = NULL;
	guint64 n = word ? g_ascii_strtoull(word, &end, 10) : 0;

	if (!word || !g_ascii_isdigit(*word) || *end || n == 0 || n > 1 << 24)
		return fail(
			p, "a number of bytes from 1 to 16777216 is missing, such as \"send 100\"");
	*count = (int64_t)n;
	return true;
}

static bool parse_step(struct parser *p, char *rest)
{
	struct ew_live_step s = {.target = -1, .line = p->line};
	int verb;

	if (!take_side(p, &rest, &s.actor))
		return false;
	char *word = next_word(&rest);
	for (verb = 0; verb < EW_LIVE_STILL; verb++)
		if (word && !strcmp(word, live_verb_names[verb]))
			break;
	if (verb == EW_LIVE_STILL)
		return fail(p,
			    "an actor cannot \"%s\"; it can: listen, connect NAME, accept, send N, "
			    "recv, "
			    "close, kill",
			    word ? word : "");
	s.verb = verb;
	if (verb == EW_LIVE_CONNECTS && !take_side(p, &rest, &s.target))
		return false;
	if (verb == EW_LIVE_SENDS && !take_count(p, &rest, &s.count))
		return false;
	g_array_append_val(p->x->steps, s);
	return no_more(p, rest);
}

static bool parse_still(struct parser *p, char *rest)
{
	struct ew_live_step s = {.verb = EW_LIVE_STILL, .actor = -1, .target = -1, .line = p->line};

	if (!take_duration(p, &rest, &s.count))
		return false;
	g_array_append_val(p->x->steps, s);
	return no_more(p, rest);
}

static bool parse_expect(struct parser *p, char *rest)
{
	int side;
	char *word;

	if (!take_side(p, &rest, &side))
		return false;
	struct ew_live_expected *e = &p->x->expected[side];
	if (e->count)
		return fail(p, "what is expected of %s stands on line %d already",
			    p->x->actors[side], e->line);
	e->line = p->line;
	while ((word = next_word(&rest))) {
		if (e->count == EW_LIVE_SEQUENCE_MAX)
			return fail(p, "at most %d states can be expected", EW_LIVE_SEQUENCE_MAX);
		if (!ew_live_state_parse(word, &e->states[e->count]))
			return fail(p,
				    "\"%s\" is no state of a TCP socket; they are called as in RFC "
				    "9293, "
				    "ESTABLISHED or FIN_WAIT2, and \"gone\"",
				    word);
		e->count++;
	}
	return e->count || fail(p, "the expected states are missing");
}

static bool parse_packets(struct parser *p, char *rest)
{
	static const char words[] = " RST SYN FIN DATA ACK ";

	p->x->expects_packets = true;
	if (!strcmp(g_strstrip(rest), "none"))
		return true;
	g_auto(GStrv) parts = g_strsplit(rest, ",", -1);
	for (int i = 0; parts[i]; i++) {
		struct ew_live_expected_packet e = {0};
		char *part = parts[i];

		if (!take_side(p, &part, &e.side))
			return false;
		char *word = next_word(&part);
		g_autofree char *key = g_strdup_printf(" %s ", word ? word : "");
		if (!word || !strstr(words, key))
			return fail(p,
				    "\"%s\" is no packet; write \"packets client FIN, server ACK\" "
				    "with one of "
				    "RST SYN FIN DATA ACK, or \"packets none\"",
				    word ? word : "");
		if (!no_more(p, part))
			return false;
		g_strlcpy(e.word, word, sizeof(e.word));
		g_array_append_val(p->x->packets, e);
	}
	return true;
}

static bool parse_closed(struct parser *p, char *rest)
{
	char *word = next_word(&rest);

	for (int i = EW_LIVE_OUTCOME_YES; word && i <= EW_LIVE_OUTCOME_NO; i++) {
		if (!strcmp(word, ew_live_outcome_name(i))) {
			p->x->closed = i;
			return no_more(p, rest);
		}
	}
	return fail(p, "\"closed\" is yes, rude (by a RST) or no");
}

static bool parse_decides(struct parser *p, char *rest)
{
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	char *word;

	while ((word = next_word(&rest))) {
		if (word[strspn(word, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "_")])
			return fail(p, "\"%s\" is no name of a function", word);
		g_ptr_array_add(names, g_strdup(word));
	}
	if (!names->len)
		return fail(p, "the functions that decide it are missing");
	g_strfreev(p->x->decides);
	g_ptr_array_add(names, NULL);
	p->x->decides = (char **)g_ptr_array_free(g_steal_pointer(&names), FALSE);
	return true;
}

static const struct {
	const char *name;
	bool is_repeatable;
	bool (*parse)(struct parser *p, char *rest);
} words[] = {
	{"title", false, parse_title},	     {"question", false, parse_question},
	{"topology", false, parse_topology}, {"sysctl", true, parse_sysctl},
	{"watch", false, parse_watch},	     {"bound", false, parse_bound},
	{"actors", false, parse_actors},     {"step", true, parse_step},
	{"still", true, parse_still},	     {"expect", true, parse_expect},
	{"packets", false, parse_packets},   {"closed", false, parse_closed},
	{"decides", false, parse_decides},   {"teaches", false, parse_teaches},
};

static bool parse_line(struct parser *p, char *line)
{
	char *rest = line, *word = next_word(&rest);

	for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
		if (strcmp(word, words[i].name))
			continue;
		if (!words[i].is_repeatable && !g_hash_table_add(p->seen, (void *)words[i].name))
			return fail(p, "\"%s\" may stand only once", word);
		return words[i].parse(p, rest);
	}
	return fail(p,
		    "\"%.40s\" is no word of an experiment; they are: title question topology "
		    "sysctl watch "
		    "bound actors step still expect packets closed decides teaches",
		    word);
}

/* ---- the whole ------------------------------------------------------------------------------- */

/* Steps must make sense in their order, as far as that is known without running them. */
static bool check_steps(struct parser *p)
{
	struct ew_live_experiment *x = p->x;
	bool listens[EW_LIVE_ACTORS_MAX] = {0};
	int killed[EW_LIVE_ACTORS_MAX] = {0};
	bool has_kill = false;

	for (guint i = 0; i < x->steps->len; i++) {
		const struct ew_live_step *s = &g_array_index(x->steps, struct ew_live_step, i);

		p->line = s->line;
		if (s->verb == EW_LIVE_STILL)
			continue;
		if (killed[s->actor])
			return fail(p, "%s was killed on line %d and cannot do anything any more",
				    x->actors[s->actor], killed[s->actor]);
		if (s->verb == EW_LIVE_LISTENS)
			listens[s->actor] = true;
		if (s->verb == EW_LIVE_ACCEPTS && !listens[s->actor])
			return fail(p, "%s cannot accept before it listens", x->actors[s->actor]);
		if (s->verb == EW_LIVE_CONNECTS && !listens[s->target])
			return fail(p, "%s must listen before %s can connect to it",
				    x->actors[s->target], x->actors[s->actor]);
		if (s->verb == EW_LIVE_KILLED)
			killed[s->actor] = s->line;
		has_kill |= s->verb == EW_LIVE_KILLED;
	}
	return has_kill || fail(p, "nobody is killed; add a step such as \"step client kill\", "
				   "time counts from it");
}

static bool check_all(struct parser *p)
{
	struct ew_live_experiment *x = p->x;

	if (!x->title)
		return fail(p, "the experiment ends without a \"title\"");
	if (!x->question)
		return fail(p, "the experiment ends without a \"question\"");
	if (!x->topology)
		return fail(
			p,
			"the experiment ends without a \"topology\"; write \"topology loopback\"");
	if (!x->actor_count)
		return fail(p, "the experiment ends without \"actors\"");
	if (!x->watch)
		return fail(p,
			    "the experiment ends without \"watch\"; write \"watch sockets packets "
			    "processes\"");
	return check_steps(p);
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
	/* a comment begins a line or stands after white space, so that a text may say "#3" only there */
	for (char *c = line; (c = strchr(c, '#')); c++) {
		if (c == line || c[-1] == ' ' || c[-1] == '\t') {
			*c = '\0';
			break;
		}
	}
	return g_strchomp(line);
}

/* Joins each line with the ones that go on with it, and parses it. */
static bool parse_text(struct parser *p, char *text)
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
				return fail(p, "this line is indented, but there is none before it "
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
	struct parser p = {.x = x, .path = x->path, .line = 1, .seen = seen, .error = error};
	const char *bad;

	if (!g_utf8_validate(text, -1, &bad)) {
		for (const char *c = text; c < bad; c++)
			p.line += *c == '\n';
		return fail(&p, "this is not UTF-8 text; an experiment is");
	}
	g_autofree char *copy = g_strdup(text);
	return parse_text(&p, copy);
}
