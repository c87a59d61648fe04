/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "run/words.h"

struct reader {
	const char *at, *end;
	bool with_names, in_condition;
	int nesting;
	struct words *words;
	GHashTable *met; /* names that were added, behind a ' ' or, as WORD_CALL, a '(' */
};

static bool is_word(char c)
{
	return g_ascii_isalnum(c) || c == '_';
}

static void add(struct reader *r, enum word_kind kind, const char *text, size_t length)
{
	struct word w = {kind, r->nesting, NULL};
	g_autofree char *copy = g_strndup(text, length);

	w.text = g_string_chunk_insert_const(r->words->texts, copy);
	g_array_append_val(r->words->list, w);
}

static void skip_blanks(struct reader *r)
{
	while (r->at < r->end && (*r->at == ' ' || *r->at == '\t'))
		r->at++;
}

/* Past a comment or literal that begins here; false if none does. */
static bool skip_text(struct reader *r)
{
	const char *at = r->at, *close;
	char quote = *at;

	if (quote == '/' && r->end - at > 1 && at[1] == '*') {
		close = memmem(at + 2, r->end - at - 2, "*/", 2);
		r->at = close ? close + 2 : r->end;
		return true;
	}
	if (quote == '/' && r->end - at > 1 && at[1] == '/') {
		close = memchr(at, '\n', r->end - at);
		r->at = close ? close : r->end;
		return true;
	}
	if (quote != '"' && quote != '\'')
		return false;
	for (at++; at < r->end && *at != quote && *at != '\n'; at++)
		at += *at == '\\';
	r->at = at < r->end && *at == quote ? at + 1 : MIN(at, r->end);
	return true;
}

static size_t take_name(struct reader *r, const char **name)
{
	*name = r->at;
	while (r->at < r->end && is_word(*r->at))
		r->at++;
	return r->at - *name;
}

static void read_include(struct reader *r)
{
	const char *close;
	char end;

	skip_blanks(r);
	if (r->at >= r->end || (*r->at != '<' && *r->at != '"'))
		return;
	end = *r->at++ == '<' ? '>' : '"';
	close = memchr(r->at, end, r->end - r->at);
	if (!close || memchr(r->at, '\n', close - r->at))
		return;
	if (close > r->at)
		add(r, end == '>' ? WORD_ANGLED : WORD_INCLUDE, r->at, close - r->at);
	r->at = close + 1;
}

static void read_define(struct reader *r, bool undef)
{
	enum word_kind kind = undef ? WORD_UNDEF : WORD_DEFINE;
	const char *name;
	size_t length;

	skip_blanks(r);
	length = take_name(r, &name);
	if (!undef && r->at < r->end && *r->at == '(')
		kind = WORD_FUNCTION;
	if (length)
		add(r, kind, name, length);
}

/* #if, #elif and kin ask for the names behind them. */
static void read_condition(struct reader *r, const char *name, size_t length)
{
	bool is_if = length >= 2 && !strncmp(name, "if", 2);

	r->in_condition = is_if || (length >= 2 && !strncmp(name, "el", 2));
	r->nesting += is_if;
	r->nesting -= length == strlen("endif") && !strncmp(name, "endif", length);
}

/* Behind a "#" that begins a line. What stands behind #if and kin is read as all else. */
static void read_directive(struct reader *r)
{
	const char *name;
	size_t length;

	skip_blanks(r);
	length = take_name(r, &name);
	if (length == strlen("define") && !strncmp(name, "define", length))
		read_define(r, false);
	else if (length == strlen("undef") && !strncmp(name, "undef", length))
		read_define(r, true);
	else if (!strncmp(name, "include", MIN(length, strlen("include"))) && length >= strlen("include"))
		read_include(r);
	else
		read_condition(r, name, length);
}

static void read_name(struct reader *r)
{
	const char *name, *next;
	size_t length = take_name(r, &name);
	bool is_call;
	char key[256];

	if (!r->with_names || g_ascii_isdigit(*name))
		return;
	for (next = r->at; next < r->end && g_ascii_isspace(*next); next++)
		;
	is_call = r->in_condition || (next < r->end && *next == '(');
	if (length >= sizeof key - 1)
		return;
	key[0] = is_call ? '(' : ' ';
	memcpy(key + 1, name, length);
	key[length + 1] = '\0';
	if (g_hash_table_contains(r->met, key)) /* most have been: nothing is allocated for them */
		return;
	g_hash_table_add(r->met, g_strdup(key));
	add(r, is_call ? WORD_CALL : WORD_NAME, name, length);
}

struct words *words_read(const char *text, size_t length, bool with_names)
{
	struct words *w = g_new0(struct words, 1);
	g_autoptr(GHashTable) met = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	struct reader r = {text, text + length, with_names, false, 0, w, met};
	bool at_start = true;

	w->list = g_array_new(false, false, sizeof(struct word));
	w->texts = g_string_chunk_new(4096);
	while (r.at < r.end) {
		if (*r.at == '\n' || *r.at == ' ' || *r.at == '\t') {
			if (*r.at == '\n' && (r.at == text || r.at[-1] != '\\')) {
				at_start = true;
				r.in_condition = false;
			}
			r.at++;
			continue;
		}
		if (at_start && *r.at == '#') {
			r.at++;
			read_directive(&r);
		} else if (is_word(*r.at)) {
			read_name(&r);
		} else if (*r.at == '/' && skip_text(&r)) {
			continue; /* a comment does not begin a line */
		} else if (!skip_text(&r)) {
			r.at++;
		}
		at_start = false;
	}
	return w;
}

void words_free(struct words *w)
{
	if (!w)
		return;
	g_array_unref(w->list);
	g_string_chunk_free(w->texts);
	g_free(w);
}
