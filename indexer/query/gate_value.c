/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What an expression says of references: see gate_walk.h. */
#include "query/gate_walk.h"

#include <string.h>

static bool is_at(const struct gate_walk *w, int i, const char *s)
{
	return ew_tokens_is(w->tokens, i, s);
}

static bool is_kind(const struct gate_walk *w, int i, enum ew_token_kind kind)
{
	const struct ew_token *t = ew_tokens_at(w->tokens, i);

	return t && t->kind == kind;
}

static bool is_any(const struct gate_walk *w, int i, const char *const *words)
{
	for (; *words; words++)
		if (is_at(w, i, *words))
			return true;
	return false;
}

static int past(const struct gate_walk *w, int i)
{
	return is_at(w, i, "(") || is_at(w, i, "[") || is_at(w, i, "{") ? ew_tokens_close(w->tokens, i) : i;
}

/* Does something end at i that an operator can stand behind? */
static bool is_operand(const struct gate_walk *w, int i)
{
	return is_kind(w, i, EW_TOKEN_NAME) || is_kind(w, i, EW_TOKEN_NUMBER) || is_at(w, i, ")") ||
	       is_at(w, i, "]") || is_at(w, i, "++") || is_at(w, i, "--");
}

/* The first of the operators between two operands, outside of brackets; or -1. */
static int find(const struct gate_walk *w, int from, int to, const char *const *operators)
{
	int i;

	for (i = from; i < to; i++) {
		if (i > from && is_any(w, i, operators) && is_operand(w, i - 1))
			return i;
		i = past(w, i);
	}
	return -1;
}

/* ---- leaves ---------------------------------------------------------------------------------- */

static void leaf(struct gate_walk *w, int from, int to, const struct worlds *in, struct worlds *out)
{
	worlds_valued(in, VALUE_ANY, out);
	gate_forget(w, from, to, out);
}

/* A constant, as far as classes tell it; 0 if it is none. */
static uint8_t constant(const struct gate_walk *w, int from, int to, long *number)
{
	static const char *const zero[] = {"false", "NULL", NULL}, *const one[] = {"true", NULL};
	const struct ew_token *t = ew_tokens_at(w->tokens, from);

	*number = 0;
	if (to - from == 2 && is_at(w, from, "-")) {
		uint8_t value = constant(w, from + 1, to, number);

		t = ew_tokens_at(w->tokens, from + 1);
		if (value == VALUE_ZERO || (!value && !g_ascii_isupper(w->tokens->text[t->offset])))
			return value;
		*number = value ? -*number : -2;
		return VALUE_NEGATIVE;
	}
	if (to - from != 1)
		return 0;
	if (is_any(w, from, zero))
		return VALUE_ZERO;
	*number = 1;
	if (is_any(w, from, one))
		return VALUE_ONE;
	if (t->kind != EW_TOKEN_NUMBER)
		return 0;
	*number = (long)g_ascii_strtoull(w->tokens->text + t->offset, NULL, 0);
	return *number > 1 ? VALUE_MORE : *number ? VALUE_ONE : VALUE_ZERO;
}

static void of_local(const struct worlds *in, int local, struct worlds *out)
{
	struct worlds all = {0};
	int i;

	for (i = 0; i < in->count; i++) {
		struct world one = in->w[i];

		one.value = one.locals[local];
		worlds_add(&all, &one);
	}
	*out = all;
}

static void of_name(struct gate_walk *w, int token, const struct worlds *in, struct worlds *out)
{
	int local = gate_local(w, token);

	if (local >= 0)
		of_local(in, local, out);
	else
		worlds_valued(in, VALUE_ANY, out);
}

/* ---- operators -------------------------------------------------------------------------------- */

static void assign(struct gate_walk *w, int from, int at, int to, const struct worlds *in, struct worlds *out)
{
	int name = at - 1, i, local = -1;
	bool is_plain = is_kind(w, name, EW_TOKEN_NAME) && !is_at(w, from, "*");

	gate_value(w, at + 1, to, in, out);
	/* "x", "int x", "struct foo *x"; not "p->x", "*p", nor what is set once for all calls */
	for (i = from; i < name; i++)
		is_plain = is_plain && (is_kind(w, i, EW_TOKEN_NAME) || is_at(w, i, "*")) && !is_at(w, i, "static");
	if (is_plain)
		local = gate_local(w, name);
	for (i = 0; local >= 0 && i < out->count; i++)
		out->w[i].locals[local] = out->w[i].value;
}

/* a ? b : c, and a ?: c */
static void choose(struct gate_walk *w, int from, int at, int to, const struct worlds *in, struct worlds *out)
{
	struct worlds yes, no, other;
	int colon = at + 1, open = 0;

	for (; colon < to && (open || !is_at(w, colon, ":")); colon++) {
		open += is_at(w, colon, "?") - is_at(w, colon, ":");
		colon = past(w, colon);
	}
	gate_value(w, from, at, in, &other);
	worlds_split(&other, &yes, &no);
	if (colon > at + 1)
		gate_value(w, at + 1, colon, &yes, out);
	else
		worlds_valued(&yes, VALUE_NONZERO, out);
	gate_value(w, colon + 1, to, &no, &other);
	worlds_join(out, &other);
}

static void both(struct gate_walk *w, int from, int at, int to, const struct worlds *in, struct worlds *out)
{
	bool is_or = is_at(w, at, "||");
	struct worlds yes, no, right, more;

	gate_value(w, from, at, in, out);
	worlds_split(out, &yes, &no);
	gate_value(w, at + 1, to, is_or ? &no : &yes, &right);
	*out = is_or ? yes : no;
	worlds_split(&right, &yes, &more);
	worlds_join(out, &yes);
	worlds_join(out, &more);
}

static void compare(struct gate_walk *w, int from, int at, int to, const struct worlds *in, struct worlds *out)
{
	struct worlds yes, no;
	char operator[4] = "";
	long number;

	memcpy(operator, w->tokens->text + ew_tokens_at(w->tokens, at)->offset,
	       MIN(ew_tokens_at(w->tokens, at)->length, 2));
	if (!constant(w, at + 1, to, &number)) {
		gate_mark(w, at + 1, to, in);
		leaf(w, from, to, in, out);
		return;
	}
	gate_value(w, from, at, in, out);
	worlds_compare(out, operator, number, &yes, &no);
	*out = yes;
	worlds_join(out, &no);
}

static void negate(struct gate_walk *w, int from, int to, const struct worlds *in, struct worlds *out)
{
	struct worlds yes, no;

	gate_value(w, from + 1, to, in, out);
	worlds_split(out, &yes, &no);
	worlds_valued(&yes, VALUE_ZERO, out);
	worlds_valued(&no, VALUE_ONE, &yes);
	worlds_join(out, &yes);
}

/* ---- what binds closest ------------------------------------------------------------------------ */

/* The end of the first argument of a call whose bracket is at `open`. */
static int argument_end(const struct gate_walk *w, int open, int close)
{
	int i;

	for (i = open + 1; i < close && !is_at(w, i, ","); i++)
		i = past(w, i);
	return i;
}

static bool is_whole_bracket(const struct gate_walk *w, int from, int to)
{
	return is_at(w, from, "(") && ew_tokens_close(w->tokens, from) == to - 1 && is_at(w, to - 1, ")");
}

/* Macros whose value is that of their first argument. */
static bool passes_on(const struct gate_walk *w, int i)
{
	static const char *const names[] = {"likely", "unlikely", "READ_ONCE", "data_race", "WARN_ON", "WARN_ON_ONCE",
					    "WARN", "WARN_ONCE", "VFS_WARN_ON_ONCE", "READ_ONCE_NOCHECK", NULL};

	return is_any(w, i, names);
}

static void primary(struct gate_walk *w, int from, int to, const struct worlds *in, struct worlds *out)
{
	long number;
	uint8_t value = constant(w, from, to, &number);

	if (value)
		worlds_valued(in, value, out);
	else if (is_whole_bracket(w, from, to) && !is_at(w, from + 1, "{"))
		gate_value(w, from + 1, to - 1, in, out);
	else if (passes_on(w, from) && is_whole_bracket(w, from + 1, to))
		gate_value(w, from + 2, argument_end(w, from + 1, to - 1), in, out);
	else if (to - from == 1 && is_kind(w, from, EW_TOKEN_NAME))
		of_name(w, from, in, out);
	else if (!gate_ask(w, from, to, in, out))
		leaf(w, from, to, in, out);
}

static bool is_member(const struct gate_walk *w, int from, int to)
{
	static const char *const dots[] = {"->", ".", NULL};

	return find(w, from, to, dots) >= 0;
}

static void unary(struct gate_walk *w, int from, int to, const struct worlds *in, struct worlds *out)
{
	if (is_at(w, from, "!"))
		negate(w, from, to, in, out);
	else if (is_at(w, from, "--") && is_member(w, from + 1, to))
		gate_ask_step(w, from, to, false, in, out);
	else if (is_at(w, to - 1, "--") && is_member(w, from, to - 1))
		gate_ask_step(w, from, to, true, in, out);
	else
		primary(w, from, to, in, out);
}

static void deeper(struct gate_walk *w, int from, int to, const struct worlds *in, struct worlds *out)
{
	static const char *const assignment[] = {"=", NULL}, *const question[] = {"?", NULL}, *const or[] = {"||", NULL},
		*const and[] = {"&&", NULL}, *const bits[] = {"|", "^", "&", NULL}, *const equal[] = {"==", "!=", NULL},
		*const order[] = {"<", ">", "<=", ">=", NULL},
		*const others[] = {"<<", ">>", "+", "-", "*", "/", "%", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=",
				   "<<=", ">>=", NULL};
	int at;

	if ((at = find(w, from, to, assignment)) >= 0)
		assign(w, from, at, to, in, out);
	else if ((at = find(w, from, to, question)) >= 0)
		choose(w, from, at, to, in, out);
	else if ((at = find(w, from, to, or)) >= 0 || (at = find(w, from, to, and)) >= 0)
		both(w, from, at, to, in, out);
	else if (find(w, from, to, bits) >= 0)
		leaf(w, from, to, in, out);
	else if ((at = find(w, from, to, equal)) >= 0 || (at = find(w, from, to, order)) >= 0)
		compare(w, from, at, to, in, out);
	else if (find(w, from, to, others) >= 0)
		leaf(w, from, to, in, out);
	else
		unary(w, from, to, in, out);
}

void gate_value(struct gate_walk *w, int from, int to, const struct worlds *in, struct worlds *out)
{
	static const char *const comma[] = {",", NULL};
	struct worlds before = *in;
	int at;

	gate_mark(w, from, to, in);
	if (from >= to || w->depth > 100) {
		leaf(w, from, to, &before, out);
		return;
	}
	w->depth++;
	at = find(w, from, to, comma);
	if (at >= 0) {
		struct worlds middle;

		gate_value(w, from, at, &before, &middle);
		gate_value(w, at + 1, to, &middle, out);
	} else {
		deeper(w, from, to, &before, out);
	}
	w->depth--;
}
