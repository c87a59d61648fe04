/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Anchors: from "in function fput at call task_work_add" to lines of this very kernel.
 *
 * It stands on the public questions alone (find, text, calls_in, accesses_in) and on the tokens of
 * the stored text. It judges nothing: it returns every place that matches, with fingerprints.
 */
#include "query/query.h"
#include "query/query_spec.h"
#include "query/query_token.h"

#include <string.h>

/* ---- where to look: the extent of what `in` named -------------------------------------------- */

struct extent {
	struct ew_query *q;
	const struct ew_symbol *symbol;
	GBytes *bytes;
	struct ew_tokens *tokens;
	GArray *statements; /* NULL but for functions */
	int last_line;
};

struct match {
	int first, last;		/* code tokens */
	const struct ew_token *comment; /* the match is a comment: first is the token after it */
};

static void extent_clear(struct extent *e)
{
	g_clear_pointer(&e->statements, g_array_unref);
	g_clear_pointer(&e->tokens, ew_tokens_free);
	g_clear_pointer(&e->bytes, g_bytes_unref);
}

/* Offset of the beginning of a line; the text's size where there are fewer. */
static size_t line_offset(const char *text, size_t size, int line)
{
	const char *p = text, *end = text + size;

	for (; line > 1 && p < end; line--) {
		p = memchr(p, '\n', (size_t)(end - p));
		p = p ? p + 1 : end;
	}
	return (size_t)(p - text);
}

/* A line that can be the beginning of a definition whose name stands on the next one. */
static bool is_head_line(const char *line, const char *end)
{
	while (end > line && g_ascii_isspace(end[-1]))
		end--;
	return line < end && (g_ascii_isalpha(*line) || *line == '_') && !strchr(";}:/", end[-1]);
}

/* The return type may stand on lines of its own above the name. */
static int first_line_of(const char *text, size_t size, int line)
{
	size_t at, above;

	for (int tries = 0; line > 1 && tries < 3; tries++, line--) {
		at = line_offset(text, size, line);
		above = line_offset(text, size, line - 1);
		if (!is_head_line(text + above, text + at))
			break;
	}
	return line;
}

static int count_lines(const char *text, size_t size)
{
	int lines = 0;

	for (size_t i = 0; i < size; i++)
		lines += text[i] == '\n';
	return lines + (size && text[size - 1] != '\n');
}

/* False where the text is not in the index. */
static bool extent_init(struct extent *e, struct ew_query *q, const struct ew_symbol *symbol)
{
	const char *text;
	size_t size, to;
	int first = symbol->place.line, last = symbol->end_line;

	*e = (struct extent){.q = q, .symbol = symbol};
	if (!symbol->place.file)
		return false;
	e->bytes = ew_query_text(q, symbol->place.file, NULL);
	text = e->bytes ? g_bytes_get_data(e->bytes, &size) : NULL;
	if (!text)
		return false;
	if (symbol->kind == EW_SYMBOL_FILE) {
		first = 1;
		last = count_lines(text, size);
	} else if (symbol->kind == EW_SYMBOL_FUNCTION) {
		first = first_line_of(text, size, first);
	}
	e->last_line = last = MAX(last, first);
	to = line_offset(text, size, last + 1);
	e->tokens = ew_tokens_new(text, line_offset(text, size, first), to, first,
				  symbol->kind == EW_SYMBOL_MACRO);
	if (symbol->kind == EW_SYMBOL_FUNCTION)
		e->statements = ew_statements(e->tokens);
	return e->tokens->code->len > 0;
}

/* ---- matching -------------------------------------------------------------------------------- */

static void add_match(GArray *matches, int first, int last)
{
	struct match m = {.first = first, .last = last};

	if (first >= 0)
		g_array_append_val(matches, m);
}

static void match_def(const struct extent *e, GArray *matches)
{
	const char *name = e->symbol->name;
	int i, count = (int)e->tokens->code->len;

	for (i = 0; i < count && !ew_tokens_is(e->tokens, i, name); i++)
		;
	add_match(matches, i < count ? i : 0, i < count ? i : 0);
}

/* The place that the index names; the same place twice (a pointer call's targets) counts once. */
static void match_place(const struct extent *e, const struct ew_place *place, GArray *matches)
{
	int token = ew_tokens_find(e->tokens, place->line, place->column);

	for (guint i = 0; i < matches->len; i++)
		if (g_array_index(matches, struct match, i).first == token)
			return;
	add_match(matches, token, token);
}

/* NAME ( — a macro is a call to the reader, though not to the index. */
static void match_call_tokens(const struct extent *e, const char *name, GArray *matches)
{
	for (int i = 0; (guint)i < e->tokens->code->len; i++)
		if (ew_tokens_is(e->tokens, i, name) && ew_tokens_is(e->tokens, i + 1, "("))
			add_match(matches, i, ew_tokens_close(e->tokens, i + 1));
}

static void match_call(const struct extent *e, const char *name, GArray *matches)
{
	g_autoptr(GPtrArray) calls = NULL;

	if (e->symbol->kind == EW_SYMBOL_FUNCTION)
		calls = ew_query_calls_in(e->q, e->symbol);
	for (guint i = 0; calls && i < calls->len; i++) {
		const struct ew_edge *edge = calls->pdata[i];
		const char *callee = edge->slot;

		if (edge->callee)
			callee = edge->callee->name;
		if (g_strcmp0(callee, name) == 0 || g_strcmp0(edge->slot, name) == 0)
			match_place(e, &edge->site, matches);
	}
	if (!matches->len)
		match_call_tokens(e, name, matches);
}

static void match_access(const struct extent *e, const char *field, enum ew_at_kind at,
			 GArray *matches)
{
	g_autoptr(GPtrArray) accesses = NULL;

	if (e->symbol->kind == EW_SYMBOL_FUNCTION)
		accesses = ew_query_accesses_in(e->q, e->symbol);
	for (guint i = 0; accesses && i < accesses->len; i++) {
		const struct ew_access *a = accesses->pdata[i];

		if (strcmp(a->field, field) == 0 &&
		    ((at == EW_AT_READ && a->mode == EW_ACCESS_READ) ||
		     (at == EW_AT_WRITE && a->mode == EW_ACCESS_WRITE) ||
		     (at == EW_AT_ADDR && a->mode == EW_ACCESS_ADDRESS) ||
		     (at == EW_AT_COND && a->in_condition)))
			match_place(e, &a->place, matches);
	}
}

/* A name in the head of an if or a loop. */
static void match_cond_name(const struct extent *e, const char *name, GArray *matches)
{
	for (int i = 0; e->statements && (guint)i < e->tokens->code->len; i++) {
		const struct ew_code_statement *s;
		int id;

		if (!ew_tokens_is(e->tokens, i, name))
			continue;
		id = ew_statements_find(e->statements, i);
		s = id < 0 ? NULL : &g_array_index(e->statements, struct ew_code_statement, id);
		if (s && s->is_control && i <= s->head_last)
			add_match(matches, i, i);
	}
}

/* ".member =" or "[INDEX] =" of an initialiser. */
static void match_init(const struct extent *e, const char *what, GArray *matches)
{
	ew_auto(tokens) wanted = ew_tokens_new(what, 0, strlen(what), 1, true);
	int count = (int)wanted->code->len;

	for (int i = 0; (guint)(i + count) < e->tokens->code->len; i++) {
		int same = 0;

		for (; same < count; same++) {
			const struct ew_token *t = ew_tokens_at(wanted, same);
			g_autofree char *word = g_strndup(what + t->offset, t->length);

			if (!ew_tokens_is(e->tokens, i + same, word))
				break;
		}
		if (same == count && ew_tokens_is(e->tokens, i + count, "="))
			add_match(matches, i, i + count);
	}
}

/* "return", of those the ones that hold the word where one is given. */
static void match_return(const struct extent *e, const char *word, GArray *matches)
{
	for (int i = 0; (guint)i < e->tokens->code->len; i++) {
		int end = i + 1;
		bool holds = !*word;

		if (!ew_tokens_is(e->tokens, i, "return"))
			continue;
		for (; ew_tokens_at(e->tokens, end) && !ew_tokens_is(e->tokens, end, ";"); end++)
			holds |= ew_tokens_is(e->tokens, end, word);
		if (holds)
			add_match(matches, i, end);
	}
}

static void match_label(const struct extent *e, const char *label, GArray *matches)
{
	for (int i = 1; (guint)i < e->tokens->code->len; i++)
		if (ew_tokens_is(e->tokens, i, label) && ew_tokens_is(e->tokens, i + 1, ":") &&
		    !ew_tokens_is(e->tokens, i - 1, "?") && !ew_tokens_is(e->tokens, i - 1, "goto"))
			add_match(matches, i, i + 1);
}

static void match_comment(const struct extent *e, const char *text, GArray *matches)
{
	for (guint i = 0; i < e->tokens->all->len; i++) {
		const struct ew_token *t = &g_array_index(e->tokens->all, struct ew_token, i);
		g_autofree char *words = NULL;
		struct match m = {.comment = t};

		if (t->kind != EW_TOKEN_COMMENT)
			continue;
		words = ew_tokens_comment_words(e->tokens, t);
		if (!strstr(words, text))
			continue;
		m.first = m.last = MAX(ew_tokens_find(e->tokens, t->line, t->column), 0);
		g_array_append_val(matches, m);
	}
}

/*
 * A fragment from pattern token p against code from token i: "_" is any one token, "..." the
 * shortest run that lets the rest match, within one statement and over whole brackets. The token
 * after the match, or -1.
 */
static int match_fragment(const struct extent *e, const struct ew_tokens *pattern, int p, int i)
{
	const struct ew_token *t;

	for (; (t = ew_tokens_at(pattern, p)); p++, i++) {
		g_autofree char *word = g_strndup(pattern->text + t->offset, t->length);

		if (strcmp(word, "...") == 0) {
			for (; ew_tokens_at(e->tokens, i); i++) {
				int end = match_fragment(e, pattern, p + 1, i);

				if (end >= 0)
					return end;
				if (ew_tokens_is(e->tokens, i, "(") ||
				    ew_tokens_is(e->tokens, i, "["))
					i = ew_tokens_close(e->tokens, i);
				else if (ew_tokens_is(e->tokens, i, ";") ||
					 ew_tokens_is(e->tokens, i, "{") ||
					 ew_tokens_is(e->tokens, i, ")"))
					return -1;
			}
			return -1;
		}
		if (!ew_tokens_at(e->tokens, i) ||
		    (strcmp(word, "_") != 0 && !ew_tokens_is(e->tokens, i, word)))
			return -1;
	}
	return i;
}

static void match_like(const struct extent *e, const char *fragment, GArray *matches)
{
	ew_auto(tokens) pattern = ew_tokens_new(fragment, 0, strlen(fragment), 1, true);

	for (int i = 0; pattern->code->len && (guint)i < e->tokens->code->len; i++) {
		int end = match_fragment(e, pattern, 0, i);

		if (end > i)
			add_match(matches, i, end - 1);
	}
}

static GArray *find_matches(const struct extent *e, enum ew_at_kind at, const char *what)
{
	GArray *matches = g_array_new(FALSE, FALSE, sizeof(struct match));

	if (at == EW_AT_DEF)
		match_def(e, matches);
	else if (at == EW_AT_CALL)
		match_call(e, what, matches);
	else if (at == EW_AT_COND && !strchr(what, '.'))
		match_cond_name(e, what, matches);
	else if (at == EW_AT_READ || at == EW_AT_WRITE || at == EW_AT_ADDR || at == EW_AT_COND)
		match_access(e, what, at, matches);
	else if (at == EW_AT_INIT)
		match_init(e, what, matches);
	else if (at == EW_AT_RETURN)
		match_return(e, what, matches);
	else if (at == EW_AT_LABEL)
		match_label(e, what, matches);
	else if (at == EW_AT_COMMENT)
		match_comment(e, what, matches);
	else
		match_like(e, what, matches);
	return matches;
}

/* ---- what is shown --------------------------------------------------------------------------- */

struct range {
	int first, last; /* code tokens */
};

/* Outside functions: what stands between separators at the place's own depth. */
static struct range between_separators(const struct extent *e, int token)
{
	const struct ew_tokens *t = e->tokens;
	bool is_table = e->symbol->kind == EW_SYMBOL_VARIABLE;
	int first = token, last = token, depth = 0;

	if (e->symbol->kind == EW_SYMBOL_MACRO)
		return (struct range){0, (int)t->code->len - 1};
	for (; first > 0; first--) {
		int before = first - 1;

		if (ew_tokens_is(t, before, ")") || ew_tokens_is(t, before, "]") ||
		    (ew_tokens_is(t, before, "}") && is_table))
			depth++;
		else if (depth && (ew_tokens_is(t, before, "(") || ew_tokens_is(t, before, "[") ||
				   ew_tokens_is(t, before, "{")))
			depth--;
		else if (!depth && (ew_tokens_is(t, before, ";") || ew_tokens_is(t, before, "{") ||
				    ew_tokens_is(t, before, "}") ||
				    (is_table && ew_tokens_is(t, before, ","))))
			break;
	}
	for (last = first; ew_tokens_at(t, last + 1); last++) {
		if (ew_tokens_is(t, last, "(") || ew_tokens_is(t, last, "[") ||
		    ew_tokens_is(t, last, "{"))
			last = ew_tokens_close(t, last);
		if (ew_tokens_is(t, last, ";") || (is_table && ew_tokens_is(t, last, ",")) ||
		    ew_tokens_is(t, last + 1, "}"))
			break;
	}
	return (struct range){first, MIN(last, (int)t->code->len - 1)};
}

/* The head of a definition: from its first token to before its brace. */
static struct range head_of(const struct extent *e)
{
	int last = 0, count = (int)e->tokens->code->len;

	while (last + 1 < count && !ew_tokens_is(e->tokens, last + 1, "{") &&
	       !ew_tokens_is(e->tokens, last, ";"))
		last++;
	return (struct range){0, last};
}

static const struct ew_code_statement *statement_of(const struct extent *e, int token)
{
	int id = e->statements ? ew_statements_find(e->statements, token) : -1;

	return id < 0 ? NULL : &g_array_index(e->statements, struct ew_code_statement, id);
}

static struct range statement_range(const struct extent *e, const struct match *m)
{
	const struct ew_code_statement *s = statement_of(e, m->first);

	if (s)
		return (struct range){s->first, MAX(s->head_last, m->last)};
	if (e->statements)
		return head_of(e);
	return between_separators(e, m->first);
}

/* The innermost if, loop or switch around the place; one whose head holds it is that one. */
static struct range branch_range(const struct extent *e, const struct match *m)
{
	const struct ew_code_statement *s = statement_of(e, m->first);

	while (s && !s->is_control && s->parent >= 0)
		s = &g_array_index(e->statements, struct ew_code_statement, s->parent);
	return s && s->is_control ? (struct range){s->first, s->last} : statement_range(e, m);
}

static void show_lines(const struct extent *e, const struct ew_spec *spec, const struct match *m,
		       struct ew_anchor_place *place)
{
	struct range r = spec->show == EW_SHOW_BRANCH ? branch_range(e, m) : statement_range(e, m);
	const struct ew_token *first = ew_tokens_at(e->tokens, r.first);
	int top = ew_tokens_at(e->tokens, 0)->line, bottom = e->last_line;

	place->first_line = first->line;
	place->last_line = ew_token_last_line(e->tokens, ew_tokens_at(e->tokens, r.last));
	if (spec->show == EW_SHOW_LINE)
		place->first_line = place->last_line = place->place.line;
	if (spec->show == EW_SHOW_FUNCTION) {
		place->first_line = top;
		place->last_line = bottom;
	}
	if (spec->show == EW_SHOW_AROUND) {
		place->first_line = MAX(place->place.line - spec->around, top);
		place->last_line = MIN(place->place.line + spec->around, bottom);
	}
	if (m->comment && spec->show != EW_SHOW_LINE) {
		place->first_line = MIN(place->first_line, m->comment->line);
		place->last_line = MAX(place->last_line, ew_token_last_line(e->tokens, m->comment));
	}
}

static struct ew_anchor_place *place_new(const struct extent *e, const struct ew_spec *spec,
					 const struct match *m)
{
	struct ew_anchor_place *p = g_new0(struct ew_anchor_place, 1);
	const struct ew_token *t = m->comment ? m->comment : ew_tokens_at(e->tokens, m->first);
	struct range r = statement_range(e, m);

	p->symbol = e->symbol;
	p->place = (struct ew_place){e->symbol->place.file, t->line, t->column};
	p->statement_print = m->comment ? ew_tokens_comment_print(e->tokens, m->comment)
					: ew_tokens_print(e->tokens, r.first, r.last);
	/* A file always differs somewhere; only the statement counts there. */
	p->function_print = e->symbol->kind == EW_SYMBOL_FILE
				    ? p->statement_print
				    : ew_tokens_print(e->tokens, 0, (int)e->tokens->code->len - 1);
	show_lines(e, spec, m, p);
	return p;
}

/* ---- the answer ------------------------------------------------------------------------------ */

static void places_in(struct ew_query *q, const struct ew_spec *spec,
		      const struct ew_symbol *symbol, const char *argument, GPtrArray *places)
{
	struct extent e;

	if (extent_init(&e, q, symbol)) {
		g_autoptr(GArray) matches = find_matches(&e, spec->at, argument);

		for (guint i = 0; i < matches->len; i++)
			g_ptr_array_add(
				places,
				place_new(&e, spec, &g_array_index(matches, struct match, i)));
	}
	extent_clear(&e);
}

/* Every place of one alternative of `in`, by the first alternative of `at` that matches there.
 * False where the index itself failed. */
static bool try_name(struct ew_query *q, const struct ew_spec *spec, const char *name,
		     GPtrArray *places, GError **error)
{
	g_autoptr(GError) own = NULL;
	g_autoptr(GPtrArray) symbols = ew_query_find(q, name, spec->kinds, &own);

	if (!symbols && g_error_matches(own, EW_ERROR, EW_ERROR_NO_ANSWER))
		return true;
	if (!symbols) {
		g_propagate_error(error, g_steal_pointer(&own));
		return false;
	}
	for (char **argument = spec->arguments; *argument && !places->len; argument++)
		for (guint i = 0; i < symbols->len; i++)
			places_in(q, spec, symbols->pdata[i], *argument, places);
	return true;
}

static void number_places(GPtrArray *places, const struct ew_anchor_spec *spec)
{
	int count = (int)places->len;

	for (int i = 0; i < count; i++) {
		struct ew_anchor_place *p = places->pdata[i];

		p->nth = i + 1;
		p->of = count;
	}
	if (!spec->nth || spec->nth > count || (spec->of && spec->of != count))
		return;
	if (spec->nth < count)
		g_ptr_array_remove_range(places, (guint)spec->nth, (guint)(count - spec->nth));
	if (spec->nth > 1)
		g_ptr_array_remove_range(places, 0, (guint)(spec->nth - 1));
}

GPtrArray *ew_query_anchor(struct ew_query *q, const struct ew_anchor_spec *from, GError **error)
{
	GPtrArray *places = g_ptr_array_new_with_free_func(g_free);
	struct ew_spec spec = {0};
	bool ok = ew_spec_parse(&spec, from, error);

	for (char **name = spec.names; ok && *name && !places->len; name++)
		ok = try_name(q, &spec, *name, places, error);
	ew_spec_clear(&spec);
	if (!ok) {
		g_ptr_array_unref(places);
		return NULL;
	}
	number_places(places, from);
	return places;
}
