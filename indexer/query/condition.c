/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The conditions that a call stands under, in the words of the source. */
#include <string.h>

#include "query/internal.h"

enum { LONGEST_CONDITION = 160, DEEPEST = 4096 };

/* ---- text ------------------------------------------------------------------------------------ */

const char *query_line_start(const char *text, const char *end, int line)
{
	while (--line > 0 && text < end) {
		const char *newline = memchr(text, '\n', end - text);

		text = newline ? newline + 1 : end;
	}
	return text;
}

/* White space folded; NULL if nothing is left. */
static char *folded(const char *at, const char *stop)
{
	GString *out = g_string_new(NULL);

	for (; at < stop; at++) {
		if (!g_ascii_isspace(*at))
			g_string_append_c(out, *at);
		else if (out->len && out->str[out->len - 1] != ' ')
			g_string_append_c(out, ' ');
	}
	return g_string_free(out, out->len == 0);
}

char *condition_text(const char *line, const char *end, const struct condition_row *c, int end_line, int end_column)
{
	const char *stop = query_line_start(line, end, end_line - c->line + 1) + end_column - 1;

	return folded(line + c->column - 1, MIN(stop, end));
}

/* ---- one condition --------------------------------------------------------------------------- */

static const char *text_in_source(struct ew_query *q, const struct condition_row *c, int end_line, int end_column)
{
	g_autoptr(GBytes) bytes = c->file ? query_text(q, c->file) : NULL;
	g_autofree char *said = NULL;
	const char *text;
	gsize length;

	if (!bytes)
		return NULL;
	text = g_bytes_get_data(bytes, &length);
	said = condition_text(query_line_start(text, text + length, c->line), text + length, c, end_line, end_column);
	return query_intern(q, said);
}

bool query_condition_row(struct ew_query *q, int64_t id, struct condition_row *c)
{
	ew_auto(rows) r = NULL;
	bool is_there;

	if (condition_read_kept(q, id, c, &is_there))
		return is_there;
	r = ew_store_select(q->store, EW_CONDITION, "i", id);
	if (!ew_rows_next(r))
		return false;
	*c = (struct condition_row){
		.parent = ew_rows_int(r, 0),
		.kind = (int)ew_rows_int(r, 1),
		.is_dead = ew_rows_int(r, 2),
		.file = ew_rows_int(r, 3),
		.line = (int)ew_rows_int(r, 4),
		.column = (int)ew_rows_int(r, 5),
	};
	c->text = text_in_source(q, c, (int)ew_rows_int(r, 6), (int)ew_rows_int(r, 7));
	return true;
}

/* False if it is not there. */
static bool read_row(struct ew_query *q, int64_t id, struct ew_condition *c, int64_t *parent)
{
	struct condition_row row;

	if (!query_condition_row(q, id, &row))
		return false;
	*c = (struct ew_condition){
		.kind = row.kind & ~EW_STORE_IN_MACRO,
		.is_in_macro = row.kind & EW_STORE_IN_MACRO,
		.is_dead = row.is_dead,
		.place = {query_file(q, row.file), row.line, row.column},
		.text = row.text,
	};
	c->is_negated = ew_condition_is_negated(c->kind);
	*parent = row.parent;
	return true;
}

bool ew_condition_is_negated(enum ew_condition_kind kind)
{
	return kind == EW_CONDITION_ELSE || kind == EW_CONDITION_OR || kind == EW_CONDITION_FALSE ||
	       kind == EW_CONDITION_AFTER || kind == EW_CONDITION_UNDER_ELSE || kind == EW_CONDITION_LEFT_ELSE;
}

bool ew_condition_encloses(enum ew_condition_kind kind)
{
	return kind < EW_CONDITION_AFTER || kind == EW_CONDITION_WITHIN;
}

const char *ew_condition_kind_name(enum ew_condition_kind kind)
{
	static const char *const names[] = {
		[EW_CONDITION_THEN] = "then", [EW_CONDITION_ELSE] = "else",
		[EW_CONDITION_LOOP] = "loop", [EW_CONDITION_CASE] = "switch",
		[EW_CONDITION_AND] = "and",   [EW_CONDITION_OR] = "or",
		[EW_CONDITION_TRUE] = "then", [EW_CONDITION_FALSE] = "else",
		[EW_CONDITION_LABEL] = "case", [EW_CONDITION_LABEL_FALL] = "case",
		[EW_CONDITION_AFTER] = "after", [EW_CONDITION_AFTER_ELSE] = "after",
		[EW_CONDITION_UNREACHABLE] = "unreachable",
		[EW_CONDITION_UNDER] = "under",		[EW_CONDITION_UNDER_ELSE] = "under",
		[EW_CONDITION_LEFT] = "left",		[EW_CONDITION_LEFT_ELSE] = "left",
		[EW_CONDITION_PASSED] = "passed",	[EW_CONDITION_WITHIN] = "within",
	};

	return (size_t)kind < G_N_ELEMENTS(names) && names[kind] ? names[kind] : "?";
}

char *ew_condition_worded(const struct ew_condition *c)
{
	const char *text = c->text ? c->text : "?";

	if (c->is_in_macro)
		return g_strdup_printf("inside the macro %s", text);
	if (c->kind == EW_CONDITION_WITHIN)
		return g_strdup_printf("within %s", text);
	if (c->kind == EW_CONDITION_PASSED)
		return g_strdup_printf("after: not left within %s", text);
	if (c->kind >= EW_CONDITION_UNDER && c->kind <= EW_CONDITION_LEFT_ELSE)
		return g_strdup_printf(c->is_negated ? "after: not left under !(%s)" : "after: not left under %s",
				       text);
	if (c->kind == EW_CONDITION_AFTER)
		return g_strdup_printf("after: !(%s)", text);
	if (c->kind == EW_CONDITION_AFTER_ELSE)
		return g_strdup_printf("after: %s", text);
	if (c->kind == EW_CONDITION_UNREACHABLE)
		return g_strdup_printf("never: behind %s", text);
	if (c->kind == EW_CONDITION_LABEL_FALL)
		return g_strdup_printf("%s, or from the case above", text);
	if (c->is_negated)
		return g_strdup_printf("!(%s)", text);
	if (c->kind == EW_CONDITION_LOOP)
		return g_strdup_printf("loop: %s", text);
	if (c->kind == EW_CONDITION_CASE)
		return g_strdup_printf("switch: %s", text);
	return g_strdup(text);
}

/* ---- asking ---------------------------------------------------------------------------------- */

/* A label alone does not say what its switch is about. */
static char *worded_innermost(struct ew_query *q, const struct ew_condition *c, int64_t parent)
{
	g_autofree char *text = ew_condition_worded(c), *about = NULL;
	struct ew_condition outer;

	if ((c->kind != EW_CONDITION_LABEL && c->kind != EW_CONDITION_LABEL_FALL) || c->is_in_macro ||
	    !read_row(q, parent, &outer, &parent) || outer.kind != EW_CONDITION_CASE)
		return g_steal_pointer(&text);
	about = ew_condition_worded(&outer);
	return g_strdup_printf("%s: %s", about, text);
}

/* The innermost that encloses the call. */
static const char *read_condition(struct ew_query *q, int64_t id)
{
	struct ew_condition c;
	g_autofree char *text = NULL;
	g_autoptr(GString) cut = NULL;
	int depth = 0;

	do {
		if (!id || depth++ == DEEPEST || !read_row(q, id, &c, &id))
			return NULL;
	} while (!ew_condition_encloses(c.kind));
	if (!c.text)
		return NULL;
	cut = g_string_new(c.text);
	if (cut->len > LONGEST_CONDITION) {
		g_string_truncate(cut, LONGEST_CONDITION);
		g_string_append(cut, "…");
	}
	c.text = cut->str;
	text = worded_innermost(q, &c, id);
	return query_intern(q, text);
}

const char *query_false_condition(struct ew_query *q, int64_t id)
{
	struct ew_condition c, found = {.is_dead = false};
	g_autofree char *text = NULL;
	int depth = 0;

	while (id && depth++ < DEEPEST && read_row(q, id, &c, &id) && c.is_dead)
		found = c;
	if (!found.is_dead)
		return NULL;
	text = ew_condition_worded(&found);
	return query_intern(q, text);
}

const char *query_condition(struct ew_query *q, int64_t id)
{
	gpointer key = GSIZE_TO_POINTER((gsize)id), text;

	if (!id)
		return NULL;
	if (!g_hash_table_lookup_extended(q->conditions, key, NULL, &text)) {
		text = (gpointer)read_condition(q, id);
		g_hash_table_insert(q->conditions, key, text);
	}
	return text;
}

GPtrArray *ew_query_conditions(struct ew_query *q, int64_t call)
{
	GPtrArray *all = g_ptr_array_new_with_free_func(g_free);
	struct call_row row;
	struct ew_condition c;
	int64_t id;

	if (!query_call_row(q, call, &row))
		return all;
	/* A damaged index may have a circle. */
	for (id = row.condition; id && all->len < DEEPEST && read_row(q, id, &c, &id);)
		g_ptr_array_insert(all, 0, g_memdup2(&c, sizeof c));
	return all;
}

/* "unlikely(…)" as a whole. */
static bool is_unlikely(const char *text)
{
	static const char word[] = "unlikely(";
	int depth = 1;

	if (!text || !g_str_has_prefix(text, word))
		return false;
	for (text += strlen(word); *text && depth; text++)
		depth += *text == '(' ? 1 : *text == ')' ? -1 : 0;
	return !depth && !*text;
}

bool query_is_on_likely_way(struct ew_query *q, int64_t id)
{
	int depth = 0;

	while (id && depth++ < DEEPEST) {
		struct condition_row c;

		if (!query_condition_row(q, id, &c) || c.kind != EW_CONDITION_AFTER || !is_unlikely(c.text))
			return false;
		id = c.parent;
	}
	return !id;
}
