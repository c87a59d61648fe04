/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The words of an anchor, taken apart and checked; see lessons/README.md for the language. */
#include "query/query_spec.h"

#include <stdlib.h>
#include <string.h>

static const struct at_verb {
	const char *word;
	enum ew_at_kind kind;
	bool needs_argument;
	bool is_free_text; /* | and spaces belong to the argument */
} at_verbs[] = {
	{"def", EW_AT_DEF, false, false},    {"call", EW_AT_CALL, true, false},
	{"read", EW_AT_READ, true, false},   {"write", EW_AT_WRITE, true, false},
	{"addr", EW_AT_ADDR, true, false},   {"init", EW_AT_INIT, true, false},
	{"cond", EW_AT_COND, true, false},   {"return", EW_AT_RETURN, false, false},
	{"label", EW_AT_LABEL, true, false}, {"comment", EW_AT_COMMENT, true, true},
	{"like", EW_AT_LIKE, true, true},
};

static const struct in_word {
	const char *word;
	unsigned kinds;
} in_words[] = {
	{"function", EW_SYMBOL_FUNCTION}, {"struct", EW_SYMBOL_RECORD},
	{"table", EW_SYMBOL_VARIABLE},	  {"macro", EW_SYMBOL_MACRO},
	{"file", EW_SYMBOL_FILE},
};

void ew_spec_clear(struct ew_spec *s)
{
	g_clear_pointer(&s->names, g_strfreev);
	g_clear_pointer(&s->arguments, g_strfreev);
}

/* The first word of `text`, and the rest without blanks around it. */
static char *split_word(const char *text, char **rest)
{
	size_t n;

	text += strspn(text, " \t");
	n = strcspn(text, " \t");
	*rest = g_strstrip(g_strdup(text + n));
	return g_strndup(text, n);
}

static GStrv alternatives(const char *text)
{
	GStrv parts = g_strsplit(text, "|", -1);

	for (char **p = parts; *p; p++)
		g_strstrip(*p);
	return parts;
}

static bool any_is_empty(const GStrv parts)
{
	for (char **p = parts; *p; p++)
		if (!**p)
			return true;
	return !parts[0];
}

static bool parse_in(struct ew_spec *s, const char *in, GError **error)
{
	g_autofree char *rest = NULL, *word = split_word(in ? in : "", &rest);

	for (size_t i = 0; i < G_N_ELEMENTS(in_words); i++)
		if (g_strcmp0(word, in_words[i].word) == 0)
			s->kinds = in_words[i].kinds;
	if (!s->kinds) {
		g_set_error(error, EW_ERROR, EW_ERROR_INPUT,
			    "an anchor is `in function|struct|table|macro|file NAME`, not `in %s`",
			    in ? in : "");
		return false;
	}
	s->names = alternatives(rest);
	if (any_is_empty(s->names)) {
		g_set_error(error, EW_ERROR, EW_ERROR_INPUT, "`in %s` lacks a name", in);
		return false;
	}
	return true;
}

static bool parse_at(struct ew_spec *s, const char *at, GError **error)
{
	g_autofree char *rest = NULL, *word = split_word(at ? at : "def", &rest);
	const struct at_verb *verb = NULL;

	for (size_t i = 0; i < G_N_ELEMENTS(at_verbs); i++)
		if (strcmp(word, at_verbs[i].word) == 0)
			verb = &at_verbs[i];
	if (!verb) {
		g_set_error(
			error, EW_ERROR, EW_ERROR_INPUT,
			"`at %s` is not known; use def, call F, read|write|addr|cond S.m, init .m, "
			"return, label L, comment TEXT or like FRAGMENT",
			at);
		return false;
	}
	s->at = verb->kind;
	if (verb->is_free_text && rest[0] == '"' && strlen(rest) > 1 &&
	    g_str_has_suffix(rest, "\"")) {
		rest[strlen(rest) - 1] = '\0';
		memmove(rest, rest + 1, strlen(rest));
	}
	if (verb->needs_argument && !*rest) {
		g_set_error(error, EW_ERROR, EW_ERROR_INPUT, "`at %s` lacks what to look for",
			    word);
		return false;
	}
	s->arguments = verb->is_free_text ? g_strdupv((char *[]){rest, NULL}) : alternatives(rest);
	if (!s->arguments[0] || (verb->needs_argument && any_is_empty(s->arguments))) {
		g_strfreev(s->arguments);
		s->arguments = g_strdupv((char *[]){(char *)"", NULL});
		if (verb->needs_argument) {
			g_set_error(error, EW_ERROR, EW_ERROR_INPUT,
				    "`at %s` has an empty alternative", at);
			return false;
		}
	}
	return true;
}

static bool parse_show(struct ew_spec *s, const char *show, GError **error)
{
	static const char *const words[] = {"line", "statement", "branch", "function", "around"};
	g_autofree char *rest = NULL, *word = split_word(show ? show : "statement", &rest);
	char *end = rest;
	long n;

	for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
		if (strcmp(word, words[i]) != 0)
			continue;
		s->show = (enum ew_show_kind)i;
		n = i == EW_SHOW_AROUND ? strtol(rest, &end, 10) : 0;
		s->around = (int)CLAMP(n, 0, 1000);
		if (!*end && (i != EW_SHOW_AROUND || (*rest && n > 0 && n <= 1000)))
			return true;
	}
	g_set_error(error, EW_ERROR, EW_ERROR_INPUT,
		    "`show %s` is not known; use line, statement, branch, function or around N",
		    show);
	return false;
}

bool ew_spec_parse(struct ew_spec *s, const struct ew_anchor_spec *from, GError **error)
{
	if (from->nth < 0 || from->of < 0 || (from->of && from->nth > from->of) ||
	    (from->of && !from->nth)) {
		g_set_error(error, EW_ERROR, EW_ERROR_INPUT, "`nth` counts from 1: `nth 2 of 3`");
		return false;
	}
	return parse_in(s, from->in, error) && parse_at(s, from->at, error) &&
	       parse_show(s, from->show, error);
}

bool ew_query_anchor_is_valid(const struct ew_anchor_spec *spec, GError **error)
{
	struct ew_spec s = {0};
	bool is_valid = ew_spec_parse(&s, spec, error);

	ew_spec_clear(&s);
	return is_valid;
}
