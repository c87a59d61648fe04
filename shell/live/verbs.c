/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The one table of verbs, and the grammar of their arguments. What can be said, the messages about
 * what cannot, the manual page and the list of `exitwalk live --verbs` come from it.
 */
#include "live/internal.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* A new file of verbs is a line here and one in internal.h. */
static const struct live_verb *const tables[] = {
	live_verbs_socket, live_verbs_data, live_verbs_option, live_verbs_process, live_verbs_share,
	live_verbs_stall,  live_verbs_wire, live_verbs_wait,   live_verbs_lack,
	live_verbs_cgroup, live_verbs_fuse, live_verbs_uring,  live_verbs_path,
	live_verbs_tls,    live_verbs_firewall, live_verbs_leave,
	live_verbs_repeat,
};

static const struct live_verb *verb_at(size_t number)
{
	for (size_t i = 0; i < G_N_ELEMENTS(tables); i++)
		for (const struct live_verb *v = tables[i]; v->words.name; v++)
			if (number-- == 0)
				return v;
	return NULL;
}

const struct ew_live_verb *ew_live_verb(size_t number, bool *is_stage)
{
	const struct live_verb *v = verb_at(number);

	if (v && is_stage)
		*is_stage = v->flags & LIVE_VERB_STAGE;
	return v ? &v->words : NULL;
}

const struct live_verb *live_verb_find(const char *name, bool is_stage)
{
	const struct live_verb *v;

	for (size_t i = 0; (v = verb_at(i)); i++)
		if (!strcmp(v->words.name, name) && !(v->flags & LIVE_VERB_STAGE) == !is_stage)
			return v;
	return NULL;
}

char *live_verb_names(bool is_stage)
{
	GString *s = g_string_new(NULL);
	const struct live_verb *v;

	for (size_t i = 0; (v = verb_at(i)); i++)
		if (!(v->flags & LIVE_VERB_STAGE) == !is_stage)
			g_string_append_printf(s, "%s%s", s->len ? ", " : "", v->words.name);
	return g_string_free(s, FALSE);
}

/* ---- the grammar of arguments ---------------------------------------------------------------- */

/* A value by the word in capitals that stands for it in the grammar. */
struct kind {
	const char *name;
	bool (*parse)(struct live_parser *p, const char *word, struct ew_live_argument *a);
};

static bool parse_bytes(struct live_parser *p, const char *word, struct ew_live_argument *a)
{
	return live_parse_number(p, word, 1, INT64_C(4) << 30, &a->number);
}

/* May be negative, as TCP_LINGER2 -1 is. */
static bool parse_integer(struct live_parser *p, const char *word, struct ew_live_argument *a)
{
	bool is_negative = *word == '-';

	if (!live_parse_number(p, word + is_negative, 0, INT32_MAX, &a->number))
		return false;
	a->number = is_negative ? -a->number : a->number;
	return true;
}

static bool parse_n(struct live_parser *p, const char *word, struct ew_live_argument *a)
{
	return live_parse_number(p, word, 0, INT32_MAX, &a->number);
}

static bool parse_duration(struct live_parser *p, const char *word, struct ew_live_argument *a)
{
	return live_parse_duration(p, word, &a->number);
}

static bool parse_actor(struct live_parser *p, const char *word, struct ew_live_argument *a)
{
	int actor;

	if (!live_parse_actor(p, word, &actor))
		return false;
	a->number = actor;
	return true;
}

static bool parse_new(struct live_parser *p, const char *word, struct ew_live_argument *a)
{
	return live_parse_actor_name(p, word);
}

static bool parse_signal(struct live_parser *p, const char *word, struct ew_live_argument *a)
{
	static const struct {
		const char *name;
		int number;
	} signals[] = {{"KILL", SIGKILL}, {"TERM", SIGTERM}, {"INT", SIGINT},	{"QUIT", SIGQUIT},
		       {"SEGV", SIGSEGV}, {"HUP", SIGHUP},   {"ABRT", SIGABRT}, {"PIPE", SIGPIPE}};

	for (size_t i = 0; i < G_N_ELEMENTS(signals); i++) {
		if (strcmp(word, signals[i].name) &&
		    (strncmp(word, "SIG", 3) || strcmp(word + 3, signals[i].name)))
			continue;
		a->number = signals[i].number;
		return true;
	}
	return live_parse_failed(p,
				 "\"%s\" is no signal; there are: KILL TERM INT QUIT SEGV HUP "
				 "ABRT PIPE",
				 word);
}

static bool parse_word(struct live_parser *p, const char *word, struct ew_live_argument *a)
{
	return strlen(word) < sizeof(a->text) ||
	       live_parse_failed(p, "\"%s\" is longer than %zu letters", word, sizeof(a->text) - 1);
}

static bool parse_option(struct live_parser *p, const char *word, struct ew_live_argument *a)
{
	if (live_option_find(word))
		return true;
	g_autofree char *names = live_option_names();
	return live_parse_failed(p, "\"%s\" is no option that can be set here; there are: %s", word,
				 names);
}

static bool parse_state(struct live_parser *p, const char *word, struct ew_live_argument *a)
{
	enum ew_live_state state;

	if (!ew_live_state_parse(word, &state))
		return live_parse_failed(
			p,
			"\"%s\" is no state of a TCP socket; they are called as in "
			"RFC 9293, ESTABLISHED or FIN_WAIT2, and \"gone\"",
			word);
	a->number = state;
	return true;
}

static const struct kind kinds[] = {
	{"BYTES", parse_bytes},	  {"N", parse_n},	  {"DURATION", parse_duration},
	{"ACTOR", parse_actor},	  {"NEW", parse_new},	  {"SIGNAL", parse_signal},
	{"NAME", parse_word},	  {"VALUE", parse_word},  {"WORD", parse_word},
	{"OPTION", parse_option}, {"STATE", parse_state},
	{"INTEGER", parse_integer},
};

static const struct kind *find_kind(const char *name)
{
	for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}

static bool missing(struct live_parser *p, const struct live_verb *v, const char *what)
{
	return live_parse_failed(p, "%s is missing; it is written \"%s %s\"", what, v->words.name,
				 v->words.arguments);
}

/* Takes the value for one part of the grammar: a kind, or words to choose from ("rd|wr"). */
static bool take_value(struct live_parser *p, const struct live_verb *v, const char *part,
		       const char *word, struct ew_live_argument *a)
{
	const struct kind *kind = find_kind(part);

	if (!word)
		return missing(p, v, part);
	g_strlcpy(a->text, word, sizeof(a->text));
	a->is_given = true;
	if (kind)
		return kind->parse(p, word, a);
	g_auto(GStrv) choices = g_strsplit(part, "|", -1);
	if (g_strv_contains((const char *const *)choices, word))
		return true;
	return live_parse_failed(p, "\"%s\" cannot stand here; \"%s\" is written \"%s %s\"", word,
				 v->words.name, v->words.name, v->words.arguments);
}

/* Whether a word begins another optional group, so that it is no value of this one. */
static bool begins_group(const char *grammar, const char *word)
{
	g_autofree char *alone = g_strdup_printf("[%s]", word);
	g_autofree char *first = g_strdup_printf("[%s ", word);

	return strstr(grammar, alone) || strstr(grammar, first);
}

/* An optional group: "[KIND]", "[word]" or "[word KIND]". Takes it if the next word begins it. */
static bool take_group(struct live_parser *p, const struct live_verb *v, const char *group,
		       char ***words, struct ew_live_argument *a)
{
	g_auto(GStrv) parts = g_strsplit(group, " ", 2);
	const char *word = **words;

	if (!word)
		return true;
	if (!parts[1] && (find_kind(parts[0]) || strchr(parts[0], '|'))) {
		if (begins_group(v->words.arguments, word))
			return true;
		++*words;
		return take_value(p, v, parts[0], word, a);
	}
	if (strcmp(word, parts[0]))
		return true;
	++*words;
	a->is_given = true;
	g_strlcpy(a->text, word, sizeof(a->text));
	if (!parts[1])
		return true;
	word = **words;
	*words += word != NULL;
	return take_value(p, v, parts[1], word, a);
}

bool live_verb_parse(struct live_parser *p, const struct live_verb *v, char **words,
		     struct ew_live_step *s)
{
	const char *at = v->words.arguments ? v->words.arguments : "";

	for (int slot = 0; *at; slot++) {
		struct ew_live_argument *a = &s->arguments[slot];
		size_t length = *at == '[' ? strcspn(at, "]") + 1 : strcspn(at, " ");
		g_autofree char *part =
			*at == '[' ? g_strndup(at + 1, length - 2) : g_strndup(at, length);
		bool is_group = *at == '[';

		g_assert(slot < EW_LIVE_ARGUMENTS_MAX);
		at += length;
		at += *at == ' ';
		if (is_group ? !take_group(p, v, part, &words, a)
			     : !take_value(p, v, part, *words, a))
			return false;
		if (!is_group)
			words++;
		if (a->is_given && strstr(part, "ACTOR"))
			s->target = (int)a->number;
	}
	return !*words ||
	       live_parse_failed(
		       p, "\"%s\" is one word too many here; \"%s\" is written \"%s%s%s\"", *words,
		       v->words.name, v->words.name, v->words.arguments ? " " : "",
		       v->words.arguments ? v->words.arguments : "");
}
