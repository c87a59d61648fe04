/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stored C text as tokens, and what anchors need of them: brackets, places, fingerprints. */
#include "query/query_token.h"

#include <string.h>

/* ---- cutting --------------------------------------------------------------------------------- */

struct cursor {
	const char *text;
	size_t at, end;
	size_t line_start;
	int line;
};

static char peek(const struct cursor *c, size_t ahead)
{
	return c->at + ahead < c->end ? c->text[c->at + ahead] : '\0';
}

static void advance(struct cursor *c, size_t n)
{
	for (; n && c->at < c->end; n--)
		if (c->text[c->at++] == '\n') {
			c->line++;
			c->line_start = c->at;
		}
}

static bool is_name_char(char ch)
{
	return g_ascii_isalnum(ch) || ch == '_' || ch == '$' || (ch & 0x80);
}

/* Length of a backslash and line break at `ahead`, or 0. */
static size_t continuation(const struct cursor *c, size_t ahead)
{
	if (peek(c, ahead) != '\\')
		return 0;
	if (peek(c, ahead + 1) == '\n')
		return 2;
	return peek(c, ahead + 1) == '\r' && peek(c, ahead + 2) == '\n' ? 3 : 0;
}

static size_t comment_length(const struct cursor *c)
{
	const char *start = c->text + c->at, *close;
	size_t left = c->end - c->at, n;

	if (peek(c, 1) == '*') {
		close = left > 4 ? memmem(start + 2, left - 2, "*/", 2) : NULL;
		return close ? (size_t)(close - start) + 2 : left;
	}
	for (n = 2; n < left && start[n] != '\n';)
		n += MAX(continuation(c, n), 1);
	return MIN(n, left);
}

static size_t string_length(const struct cursor *c)
{
	char quote = peek(c, 0);
	size_t n = 1, left = c->end - c->at;

	while (n < left && peek(c, n) != quote && peek(c, n) != '\n')
		n += peek(c, n) == '\\' ? MAX(continuation(c, n), 2) : 1;
	return MIN(n + (peek(c, n) == quote), left);
}

/* To the end of the line, over continuations and over comments that hide a line break. */
static size_t directive_length(const struct cursor *c)
{
	struct cursor inner = *c;

	while (inner.at < inner.end && peek(&inner, 0) != '\n') {
		if (peek(&inner, 0) == '/' && (peek(&inner, 1) == '*' || peek(&inner, 1) == '/'))
			advance(&inner, comment_length(&inner));
		else if (peek(&inner, 0) == '"' || peek(&inner, 0) == '\'')
			advance(&inner, string_length(&inner));
		else
			advance(&inner, MAX(continuation(&inner, 0), 1));
	}
	return inner.at - c->at;
}

static size_t number_length(const struct cursor *c)
{
	size_t n = 1;

	while (is_name_char(peek(c, n)) || peek(c, n) == '.' ||
	       (strchr("+-", peek(c, n)) && peek(c, n) && strchr("eEpP", peek(c, n - 1))))
		n++;
	return n;
}

static size_t punct_length(const struct cursor *c)
{
	static const char *const longer[] = {"<<=", ">>=", "...", "->", "++", "--", "<<", ">>",
					     "<=",  ">=",  "==",  "!=", "&&", "||", "+=", "-=",
					     "*=",  "/=",  "%=",  "&=", "|=", "^=", "##"};
	size_t i, length, left = c->end - c->at;

	for (i = 0; i < G_N_ELEMENTS(longer); i++) {
		length = strlen(longer[i]);
		if (length <= left && memcmp(c->text + c->at, longer[i], length) == 0)
			return length;
	}
	return 1;
}

static bool begins_line(const struct cursor *c)
{
	for (size_t i = c->line_start; i < c->at; i++)
		if (!g_ascii_isspace(c->text[i]))
			return false;
	return true;
}

static struct ew_token next_token(const struct cursor *c, bool open_directives)
{
	struct ew_token t = {.offset = c->at, .line = c->line};
	char ch = peek(c, 0);

	t.column = (int)(c->at - c->line_start) + 1;
	if (ch == '/' && (peek(c, 1) == '*' || peek(c, 1) == '/')) {
		t.kind = EW_TOKEN_COMMENT;
		t.length = comment_length(c);
	} else if (ch == '#' && !open_directives && begins_line(c)) {
		t.kind = EW_TOKEN_DIRECTIVE;
		t.length = directive_length(c);
	} else if (ch == '"' || ch == '\'') {
		t.kind = EW_TOKEN_STRING;
		t.length = string_length(c);
	} else if (g_ascii_isdigit(ch) || (ch == '.' && g_ascii_isdigit(peek(c, 1)))) {
		t.kind = EW_TOKEN_NUMBER;
		t.length = number_length(c);
	} else if (is_name_char(ch)) {
		t.kind = EW_TOKEN_NAME;
		for (t.length = 1; is_name_char(peek(c, t.length));)
			t.length++;
	} else {
		t.kind = EW_TOKEN_PUNCT;
		t.length = punct_length(c);
	}
	return t;
}

struct ew_tokens *ew_tokens_new(const char *text, size_t from, size_t to, int line,
				bool open_directives)
{
	struct ew_tokens *t = g_new0(struct ew_tokens, 1);
	struct cursor c = {.text = text, .at = from, .end = to, .line_start = from, .line = line};
	struct ew_token token;
	size_t skip;

	t->text = text;
	t->all = g_array_new(FALSE, FALSE, sizeof(struct ew_token));
	t->code = g_array_new(FALSE, FALSE, sizeof(struct ew_token));
	while (c.at < c.end) {
		skip = g_ascii_isspace(peek(&c, 0)) || !peek(&c, 0) ? 1 : continuation(&c, 0);
		if (skip) {
			advance(&c, skip);
			continue;
		}
		token = next_token(&c, open_directives);
		g_array_append_val(t->all, token);
		if (token.kind != EW_TOKEN_COMMENT && token.kind != EW_TOKEN_DIRECTIVE)
			g_array_append_val(t->code, token);
		advance(&c, token.length);
	}
	return t;
}

void ew_tokens_free(struct ew_tokens *t)
{
	if (!t)
		return;
	g_array_unref(t->all);
	g_array_unref(t->code);
	g_free(t);
}

/* ---- looking --------------------------------------------------------------------------------- */

const struct ew_token *ew_tokens_at(const struct ew_tokens *t, int i)
{
	return i >= 0 && (guint)i < t->code->len ? &g_array_index(t->code, struct ew_token, i)
						 : NULL;
}

bool ew_tokens_is(const struct ew_tokens *t, int i, const char *s)
{
	const struct ew_token *token = ew_tokens_at(t, i);

	return token && strlen(s) == token->length &&
	       memcmp(t->text + token->offset, s, token->length) == 0;
}

/* +1 for an opening bracket, -1 for a closing one. */
static int bracket(const struct ew_tokens *t, int i)
{
	const struct ew_token *token = ew_tokens_at(t, i);

	if (token->kind != EW_TOKEN_PUNCT || token->length != 1)
		return 0;
	if (strchr("([{", t->text[token->offset]))
		return 1;
	return strchr(")]}", t->text[token->offset]) ? -1 : 0;
}

int ew_tokens_close(const struct ew_tokens *t, int i)
{
	int depth = 0, count = (int)t->code->len;

	for (; i < count; i++) {
		depth += bracket(t, i);
		if (depth <= 0)
			return i;
	}
	return count - 1;
}

int ew_tokens_find(const struct ew_tokens *t, int line, int column)
{
	const struct ew_token *token;

	for (guint i = 0; i < t->code->len; i++) {
		token = &g_array_index(t->code, struct ew_token, i);
		if (token->line > line ||
		    (token->line == line && token->column + (int)token->length > column))
			return (int)i;
	}
	return -1;
}

int ew_token_last_line(const struct ew_tokens *t, const struct ew_token *token)
{
	int line = token->line;

	for (size_t i = 0; i < token->length; i++)
		line += t->text[token->offset + i] == '\n';
	return line;
}

/* ---- fingerprints: FNV-1a over the tokens' bytes, with a mark after each --------------------- */

#define FNV_BASIS 0xcbf29ce484222325u
#define FNV_PRIME 0x100000001b3u

static uint64_t mix(uint64_t hash, const char *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)bytes[i]) * FNV_PRIME;
	return (hash ^ 0x1f) * FNV_PRIME;
}

static uint64_t mix_token(uint64_t hash, const struct ew_tokens *t, const struct ew_token *token)
{
	size_t from = token->offset + 1, to = token->offset + token->length;

	if (token->kind != EW_TOKEN_DIRECTIVE)
		return mix(hash, t->text + token->offset, token->length);

	ew_auto(tokens) inner = ew_tokens_new(t->text, from, to, token->line, true);

	hash = mix(hash, "#", 1);
	for (guint i = 0; i < inner->code->len; i++) {
		token = &g_array_index(inner->code, struct ew_token, i);
		hash = mix(hash, t->text + token->offset, token->length);
	}
	return hash;
}

uint64_t ew_tokens_print(const struct ew_tokens *t, int first, int last)
{
	const struct ew_token *a = ew_tokens_at(t, first), *b = ew_tokens_at(t, last), *token;
	uint64_t hash = FNV_BASIS;

	for (guint i = 0; a && b && i < t->all->len; i++) {
		token = &g_array_index(t->all, struct ew_token, i);
		if (token->offset > b->offset)
			break;
		if (token->offset >= a->offset && token->kind != EW_TOKEN_COMMENT)
			hash = mix_token(hash, t, token);
	}
	return hash;
}

char *ew_tokens_comment_words(const struct ew_tokens *t, const struct ew_token *comment)
{
	GString *words = g_string_new(NULL);
	const char *p = t->text + comment->offset, *end = p + comment->length;
	bool is_new_line = true, is_space = false;

	p += 2;
	if (t->text[comment->offset + 1] == '*' && end - p >= 2)
		end -= 2;
	for (; p < end; p++) {
		if (*p == '\n')
			is_new_line = true;
		if (g_ascii_isspace(*p) || (is_new_line && *p == '*')) {
			is_space = true;
			continue;
		}
		if (is_space && words->len)
			g_string_append_c(words, ' ');
		is_new_line = is_space = false;
		g_string_append_c(words, *p);
	}
	return g_string_free(words, FALSE);
}

uint64_t ew_tokens_comment_print(const struct ew_tokens *t, const struct ew_token *comment)
{
	g_autofree char *words = ew_tokens_comment_words(t, comment);

	return mix(FNV_BASIS, words, strlen(words));
}
