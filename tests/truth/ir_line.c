/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>
#include <string.h>

#include "ir_line.h"

static bool is_name_char(char c)
{
	return g_ascii_isalnum(c) || c == '_' || c == '.' || c == '$' || c == '-';
}

static const char *skip_quoted(const char *p)
{
	for (p++; *p && *p != '"'; p++)
		;
	return *p ? p + 1 : p;
}

/* Behind the bracket that closes the one at p. */
static const char *skip_brackets(const char *p)
{
	int depth = 0;

	do {
		if (*p == '"') {
			p = skip_quoted(p);
			continue;
		}
		depth += strchr("([{<", *p) ? 1 : strchr(")]}>", *p) ? -1 : 0;
		p++;
	} while (depth > 0 && *p);
	return p;
}

/* A name at p behind its sigil, with its quotes and the \01 (no mangling) taken off. */
static char *read_name(const char *p, const char **end)
{
	const char *from = p;

	if (*p == '"') {
		*end = skip_quoted(p);
		from++;
		if (g_str_has_prefix(from, "\\01"))
			from += 3;
		return g_strndup(from, *end - from - 1);
	}
	while (is_name_char(*p))
		p++;
	*end = p;
	return g_strndup(from, p - from);
}

static bool is_word(const char *line, const char *p, const char *word)
{
	size_t n = strlen(word);

	return strncmp(p, word, n) == 0 && (p == line || !is_name_char(p[-1])) && !is_name_char(p[n]);
}

/* Behind the word call, callbr or invoke, which only "%5 = " and words for its kind may precede. */
static const char *find_call(const char *line)
{
	const char *p = line;

	while (*p == ' ' || *p == '\t')
		p++;
	if (*p == '%' && (p = strstr(p, " = ")))
		p += 3;
	while (p) {
		if (is_word(line, p, "call"))
			return p + 4;
		if (is_word(line, p, "callbr") || is_word(line, p, "invoke"))
			return p + 6;
		if (!is_word(line, p, "tail") && !is_word(line, p, "musttail") &&
		    !is_word(line, p, "notail"))
			return NULL;
		p = strchr(p, ' ');
		p = p ? p + 1 : NULL;
	}
	return NULL;
}

static char *asm_text(const char *p)
{
	const char *from = strchr(p, '"'), *end;

	if (!from)
		return g_strdup("");
	end = skip_quoted(from);
	return g_strndup(from + 1, end - from - 2);
}

static enum ir_callee named_callee(char *name, char **out)
{
	char *dot;

	if (!g_str_has_prefix(name, "llvm.")) {
		*out = name;
		return IR_DIRECT;
	}
	*out = g_strdup(name + strlen("llvm."));
	g_free(name);
	dot = strchr(*out, '.');
	if (dot)
		*dot = '\0';
	return IR_INTRINSIC;
}

/* A type may be %struct.x, and an attribute may have brackets: the callee is the first name that a
 * bracket follows at once. */
enum ir_callee ir_line_call(const char *line, char **name)
{
	const char *p = find_call(line);

	*name = NULL;
	while (p && *p) {
		const char *end;

		if (*p == '@' || *p == '%') {
			char sigil = *p;
			g_autofree char *found = read_name(p + 1, &end);

			if (*end == '(' && sigil == '@')
				return named_callee(g_steal_pointer(&found), name);
			if (*end == '(')
				return IR_POINTER;
			p = end;
		} else if (is_word(line, p, "asm")) {
			*name = asm_text(p);
			return IR_ASM;
		} else if (is_word(line, p, "inttoptr") || is_word(line, p, "null") ||
			   is_word(line, p, "undef") || is_word(line, p, "poison")) {
			return IR_POINTER;
		} else if (*p == '"') {
			p = skip_quoted(p);
		} else if (strchr("([{<", *p)) {
			p = skip_brackets(p);
		} else {
			p++;
		}
	}
	return p ? IR_POINTER : IR_NO_CALL;
}

/* The name that a line defines or declares; NULL without one. */
static char *line_name(const char *line)
{
	const char *at = line, *end;

	while (*at && *at != '@')
		at = *at == '"' ? skip_quoted(at) : strchr("([{<", *at) ? skip_brackets(at) : at + 1;
	return *at ? read_name(at + 1, &end) : NULL;
}

char *ir_line_define(const char *line, enum ir_linkage *linkage)
{
	char *name = line_name(line);

	if (!name)
		return NULL;
	*linkage = IR_GLOBAL;
	if (strstr(line, " internal ") || strstr(line, " private "))
		*linkage = IR_STATIC;
	else if (g_str_has_prefix(line, "define weak"))
		*linkage = IR_WEAK;
	else if (g_str_has_prefix(line, "define available_externally"))
		*linkage = IR_INLINE;
	if (*linkage == IR_STATIC && g_str_has_suffix(name, ".inline")) {
		name[strlen(name) - strlen(".inline")] = '\0';
		*linkage = IR_INLINE;
	}
	return name;
}

char *ir_line_alias(const char *line, enum ir_linkage *linkage)
{
	const char *end;
	char *name = read_name(line + 1, &end);

	if (!g_str_has_prefix(end, " = ") || !(end = strstr(end, " alias "))) {
		g_free(name);
		return NULL;
	}
	*linkage = strstr(line, " weak ") && strstr(line, " weak ") < end ? IR_WEAK : IR_GLOBAL;
	return name;
}

char *ir_line_declare(const char *line, int64_t *attributes)
{
	const char *p = strrchr(line, '#');

	*attributes = p && g_ascii_isdigit(p[1]) ? strtoll(p + 1, NULL, 10) : -1;
	return line_name(line);
}

int64_t ir_line_refusal(const char *line)
{
	return strstr(line, "\"dontcall-error\"=") ? strtoll(line + strlen("attributes #"), NULL, 10) : -1;
}

int64_t ir_line_debug(const char *line)
{
	const char *p = strstr(line, "!dbg !");

	/* Text of an asm stands before it: the last one counts. */
	for (const char *next = p; next; next = strstr(next + 1, "!dbg !"))
		p = next;
	return p ? strtoll(p + strlen("!dbg !"), NULL, 10) : -1;
}

int64_t ir_line_metadata(const char *line, const char **kind, const char **members)
{
	char *end;
	int64_t number;

	if (line[0] != '!' || !g_ascii_isdigit(line[1]))
		return -1;
	number = strtoll(line + 1, &end, 10);
	if (!g_str_has_prefix(end, " = "))
		return -1;
	end += 3;
	if (g_str_has_prefix(end, "distinct "))
		end += strlen("distinct ");
	if (!g_str_has_prefix(end, "!DI"))
		return -1;
	*kind = end + 3;
	*members = strchr(end, '(');
	return *members ? number : -1;
}

/* Behind "name: ", the member of that name and not one whose name ends so. */
static const char *find_member(const char *members, const char *name)
{
	size_t n = strlen(name);
	const char *p = members;

	while (*p && *p != ')') {
		p++; /* the bracket or the blank before a member */
		if (strncmp(p, name, n) == 0 && g_str_has_prefix(p + n, ": "))
			return p + n + 2;
		while (*p && *p != ',' && *p != ')')
			p = *p == '"' ? skip_quoted(p) : p + 1;
		if (*p == ',')
			p++;
	}
	return NULL;
}

int64_t ir_member_number(const char *members, const char *name)
{
	const char *p = find_member(members, name);

	if (p && *p == '!')
		p++;
	return p && g_ascii_isdigit(*p) ? strtoll(p, NULL, 10) : -1;
}

char *ir_member_text(const char *members, const char *name)
{
	const char *p = find_member(members, name);

	return p && *p == '"' ? g_strndup(p + 1, skip_quoted(p) - p - 2) : NULL;
}
