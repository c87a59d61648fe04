/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keywords, comments, strings and directives of C: enough to read by, no parser. */
#include "view/highlight.h"
#include <string.h>

static const char *const keywords[] = {
	"auto",	    "bool",	"break",    "case",   "char",	  "const",    "continue", "default",
	"do",	    "double",	"else",	    "enum",   "extern",	  "float",    "for",	  "goto",
	"if",	    "inline",	"int",	    "long",   "register", "return",   "short",	  "signed",
	"sizeof",   "static",	"struct",   "switch", "typedef",  "typeof",   "union",	  "unsigned",
	"void",	    "volatile", "while",    "__always_inline",	  "noinline", "u8",	  "u16",
	"u32",	    "u64",	"s8",	    "s16",    "s32",	  "s64",      "size_t",	  "NULL",
	NULL,
};

struct scan {
	const char *line;
	int length, at;
	ew_highlight_emit emit;
	void *data;
};

static void tell(const struct scan *s, int start, int end, enum ew_role role)
{
	if (s->emit && end > start)
		s->emit(start, end, role, s->data);
}

static bool is_word(char c)
{
	return g_ascii_isalnum(c) || c == '_';
}

/* From within a comment to its end or the end of the line. */
static void scan_comment(struct scan *s, struct ew_highlight *h, int start)
{
	while (s->at < s->length) {
		if (s->at + 1 < s->length && s->line[s->at] == '*' && s->line[s->at + 1] == '/') {
			s->at += 2;
			h->in_comment = false;
			break;
		}
		s->at++;
	}
	tell(s, start, s->at, EW_ROLE_COMMENT);
}

static void scan_string(struct scan *s)
{
	int start = s->at;
	char quote = s->line[s->at++];

	while (s->at < s->length && s->line[s->at] != quote)
		s->at += s->line[s->at] == '\\' ? 2 : 1;
	s->at = MIN(s->at + 1, s->length);
	tell(s, start, s->at, EW_ROLE_STRING);
}

static void scan_word(struct scan *s)
{
	int start = s->at;

	while (s->at < s->length && is_word(s->line[s->at]))
		s->at++;
	for (const char *const *k = keywords; *k; k++) {
		if ((int)strlen(*k) == s->at - start && !memcmp(*k, s->line + start, s->at - start)) {
			tell(s, start, s->at, EW_ROLE_KEYWORD);
			return;
		}
	}
}

/* "#include <x>": the directive's own word; the rest of the line is scanned as C. */
static void scan_directive(struct scan *s)
{
	int start = s->at++;

	while (s->at < s->length && (s->line[s->at] == ' ' || s->line[s->at] == '\t'))
		s->at++;
	while (s->at < s->length && is_word(s->line[s->at]))
		s->at++;
	tell(s, start, s->at, EW_ROLE_PREPROCESSOR);
}

static bool is_blank_before(const struct scan *s)
{
	for (int i = 0; i < s->at; i++)
		if (s->line[i] != ' ' && s->line[i] != '\t')
			return false;
	return true;
}

static void scan_token(struct scan *s, struct ew_highlight *h)
{
	char c = s->line[s->at], next = s->at + 1 < s->length ? s->line[s->at + 1] : 0;
	int start = s->at;

	if (c == '/' && next == '*') {
		h->in_comment = true;
		s->at += 2;
		scan_comment(s, h, start);
	} else if (c == '/' && next == '/') {
		s->at = s->length;
		tell(s, start, s->at, EW_ROLE_COMMENT);
	} else if (c == '"' || c == '\'') {
		scan_string(s);
	} else if (c == '#' && is_blank_before(s)) {
		scan_directive(s);
	} else if (is_word(c)) {
		scan_word(s);
	} else {
		s->at++;
	}
}

void ew_highlight_line(struct ew_highlight *h, const char *line, int length, ew_highlight_emit emit,
		       void *data)
{
	struct scan s = {.line = line, .length = length, .emit = emit, .data = data};

	if (h->in_comment)
		scan_comment(&s, h, 0);
	while (s.at < s.length)
		scan_token(&s, h);
}
