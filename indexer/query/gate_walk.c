/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The statements of a function in the worlds in which they are come to: see gate_walk.h. */
#include "query/gate_walk.h"

#include <string.h>

enum { DEEPEST = 100, ROUNDS = 4 };

/* Where goto leads. */
struct gate_label {
	char *name;
	int at; /* the token, once it was passed */
	struct worlds in;
};

static int walk_statement(struct gate_walk *w, int i, struct worlds *now);

static bool is_at(const struct gate_walk *w, int i, const char *s)
{
	return i < w->end && ew_tokens_is(w->tokens, i, s);
}

static char *name_at(const struct gate_walk *w, int i)
{
	const struct ew_token *t = ew_tokens_at(w->tokens, i);

	return t ? g_strndup(w->tokens->text + t->offset, t->length) : g_strdup("");
}

static int close_of(const struct gate_walk *w, int i)
{
	return MIN(ew_tokens_close(w->tokens, i), w->end - 1);
}

static bool is_name(const struct gate_walk *w, int i)
{
	const struct ew_token *t = ew_tokens_at(w->tokens, i);

	return t && t->kind == EW_TOKEN_NAME;
}

/* ---- marks ------------------------------------------------------------------------------------- */

static struct gate_mark mark_of(const struct gate_walk *w, const struct worlds *in)
{
	struct gate_mark m = {0};
	const struct gate_test *best = NULL;
	int i, none = 0;

	for (i = 0; i < in->count; i++) {
		const struct gate_test *test = &g_array_index(w->tests, struct gate_test, in->w[i].test);

		if (in->w[i].verdict == VERDICT_SHARED)
			return (struct gate_mark){0};
		none += in->w[i].verdict == VERDICT_NONE;
		/* a drop says more than a look; what is not known to count references decides what can be said */
		if (in->w[i].verdict == VERDICT_LAST && (!best || test->kind > best->kind)) {
			best = test;
			m.test = in->w[i].test;
			m.kind = test->kind;
		}
	}
	m.is_partly = none > 0;
	return m.test ? m : (struct gate_mark){0};
}

void gate_mark(struct gate_walk *w, int from, int to, const struct worlds *in)
{
	struct gate_mark m = mark_of(w, in);

	for (; from < to; from++)
		g_array_index(w->marks, struct gate_mark, from) = m;
}

struct gate_mark gate_walk_at(const struct gate_walk *w, int line, int column)
{
	int i = w->is_whole ? ew_tokens_find(w->tokens, line, column) : -1;

	return i < 0 || i >= (int)w->marks->len ? (struct gate_mark){0} : g_array_index(w->marks, struct gate_mark, i);
}

/* ---- statements ------------------------------------------------------------------------------------ */

/* Behind a jump nobody goes on; but it may stand in an arm of an #if that was not compiled. */
static void leave(const struct gate_walk *w, int i, struct worlds *now)
{
	if (!gate_is_in_arm(w, i))
		*now = (struct worlds){0};
}

/* To the semicolon, or the bracket that closes the block. */
static int simple_end(const struct gate_walk *w, int i)
{
	for (; i < w->end && !is_at(w, i, ";") && !is_at(w, i, "}"); i++)
		if (is_at(w, i, "(") || is_at(w, i, "[") || is_at(w, i, "{"))
			i = close_of(w, i);
	return i;
}

static int walk_block(struct gate_walk *w, int i, struct worlds *now)
{
	int close = close_of(w, i);

	for (i++; i < close;)
		i = walk_statement(w, i, now);
	return close + 1;
}

static int walk_if(struct gate_walk *w, int i, struct worlds *now)
{
	int close = close_of(w, i + 1);
	struct worlds yes, no;

	gate_value(w, i + 2, close, now, now);
	worlds_split(now, &yes, &no);
	worlds_valued(&yes, VALUE_ANY, &yes);
	worlds_valued(&no, VALUE_ANY, &no);
	i = walk_statement(w, close + 1, &yes);
	if (is_at(w, i, "else"))
		i = walk_statement(w, i + 1, &no);
	*now = yes;
	worlds_join(now, &no);
	return i;
}

/* Where the statement at i ends: the token after it. */
static int statement_end(const struct gate_walk *w, int i)
{
	guint k;

	if (is_at(w, i, "{"))
		return close_of(w, i) + 1;
	for (k = 0; k < w->statements->len; k++) {
		const struct ew_code_statement *s = &g_array_index(w->statements, struct ew_code_statement, k);

		if (s->first == i)
			return s->last + 1;
	}
	return simple_end(w, i) + 1;
}

/* The next semicolon outside of brackets, or `to`. */
static int semicolon(const struct gate_walk *w, int i, int to)
{
	for (; i < to && !is_at(w, i, ";"); i++)
		if (is_at(w, i, "(") || is_at(w, i, "[") || is_at(w, i, "{"))
			i = close_of(w, i);
	return MIN(i, to);
}

/* The condition [from, to) was true. */
static void hold(struct gate_walk *w, int from, int to, struct worlds *now)
{
	struct worlds no;

	gate_value(w, from, to, now, now);
	worlds_split(now, now, &no);
	worlds_valued(now, VALUE_ANY, now);
}

/* From the head of a loop to its body. */
static void walk_loop_head(struct gate_walk *w, int i, int close, int end, struct worlds *now, struct worlds *body)
{
	bool is_while = is_at(w, i, "while"), is_for = is_at(w, i, "for");
	int first = is_for ? semicolon(w, i + 2, close) : close, second = is_for ? semicolon(w, first + 1, close) : close;

	gate_mark(w, i, close + 1, now);
	if (first < close && first > i + 2) {
		gate_value(w, i + 2, first, now, now);
		worlds_valued(now, VALUE_ANY, now);
		gate_mark(w, first, close + 1, now);
	}
	gate_forget(w, i, end, now);
	if (!is_while && !is_for)
		gate_forget_named(w, i + 2, close, now);
	*body = *now;
	if (is_while)
		hold(w, i + 2, close, body);
	else if (second > first + 1)
		hold(w, first + 1, second, body);
}

/* A head that may come again, and its body. What was so before it is so after it. */
static int walk_loop(struct gate_walk *w, int i, struct worlds *now)
{
	int close = is_at(w, i + 1, "(") ? close_of(w, i + 1) : i, end = statement_end(w, close + 1);
	struct worlds *broken = w->broken, *continued = w->continued, body;

	walk_loop_head(w, i, close, end, now, &body);
	w->broken = w->continued = NULL;
	walk_statement(w, close + 1, &body);
	w->broken = broken;
	w->continued = continued;
	return end;
}

/* What a condition [from, to) said before, it does not say of itself. */
static void unask_own(const struct gate_walk *w, int from, int to, struct worlds *set)
{
	struct worlds all = {0};
	int i, token;

	for (i = 0; i < set->count; i++) {
		struct world one = set->w[i];
		const struct gate_test *test = &g_array_index(w->tests, struct gate_test, one.test);

		token = one.test ? ew_tokens_find(w->tokens, test->line, test->column) : -1;
		if (token >= from && token < to) {
			one.verdict = VERDICT_NONE;
			one.test = 0;
		}
		worlds_add(&all, &one);
	}
	*set = all;
}

/* The first turn asks nothing; each other comes from the condition. */
static int walk_do(struct gate_walk *w, int i, struct worlds *now)
{
	int end = statement_end(w, i + 1), close = is_at(w, end + 1, "(") ? close_of(w, end + 1) : end;
	bool is_once = is_at(w, end + 2, "0") && end + 3 == close;
	struct worlds *broken = w->broken, *continued = w->continued, left = {0}, again = {0}, body, other;

	if (!is_once)
		gate_forget(w, i, close, now);
	body = other = *now;
	if (!is_once && close > end + 2) {
		hold(w, end + 2, close, &other);
		worlds_join(&body, &other);
	}
	w->broken = is_once ? &left : NULL;
	w->continued = &again;
	walk_statement(w, i + 1, &body);
	w->broken = broken;
	w->continued = continued;
	worlds_join(&body, &again);
	unask_own(w, end, close, &body);
	gate_mark(w, end, close + 1, &body);
	if (is_once) {
		*now = body;
		worlds_join(now, &left);
	} else if (close > end + 2) {
		gate_value(w, end + 2, close, &body, &body);
	}
	return simple_end(w, end) + 1;
}

/* Each label is come to as the switch is; see walk_label(). */
static int walk_switch(struct gate_walk *w, int i, struct worlds *now)
{
	int close = close_of(w, i + 1), end;
	struct worlds *broken = w->broken, left, before;
	struct gate_label *label = g_new0(struct gate_label, 1);

	gate_value(w, i + 2, close, now, now);
	worlds_valued(now, VALUE_ANY, &before);
	left = before;
	label->name = g_strdup("switch");
	label->in = before;
	g_ptr_array_add(w->labels, label);
	*now = (struct worlds){0};
	w->broken = &left;
	end = walk_statement(w, close + 1, now);
	w->broken = broken;
	g_ptr_array_remove(w->labels, label);
	worlds_join(now, &left);
	return end;
}

static struct gate_label *label_named(struct gate_walk *w, const char *name)
{
	struct gate_label *label;
	guint i;

	for (i = w->labels->len; i-- > 0;) {
		label = g_ptr_array_index(w->labels, i);
		if (!strcmp(label->name, name))
			return label;
	}
	label = g_new0(struct gate_label, 1);
	label->name = g_strdup(name);
	g_ptr_array_insert(w->labels, 0, label);
	return label;
}

static int walk_goto(struct gate_walk *w, int i, struct worlds *now)
{
	g_autofree char *name = name_at(w, i + 1);
	struct gate_label *label = label_named(w, name);
	struct worlds before = label->in, brought = *now;

	/* Back to a label is another turn, as of a loop. */
	if (label->at && label->at < i)
		worlds_unasked(now, &brought);
	worlds_join(&label->in, &brought);
	w->is_changed = w->is_changed || memcmp(&before, &label->in, sizeof before) != 0;
	leave(w, i, now);
	return simple_end(w, i) + 1;
}

static int walk_return(struct gate_walk *w, int i, struct worlds *now)
{
	int end = simple_end(w, i), k;

	gate_value(w, i + 1, end, now, now);
	gate_mark(w, i, i + 1, now);
	for (k = 0; k < now->count; k++) {
		struct world one = now->w[k];

		memset(one.locals, 0, sizeof one.locals);
		worlds_add(&w->returned, &one);
	}
	leave(w, i, now);
	return end + 1;
}

/* `case X:`, `default:`, `name:`; the token behind it, or i if there is none. */
static int walk_label(struct gate_walk *w, int i, struct worlds *now)
{
	bool is_case = is_at(w, i, "case"), is_any = is_case || (is_at(w, i, "default") && is_at(w, i + 1, ":"));
	g_autofree char *name = NULL;
	struct gate_label *label;
	struct world unknown = {.verdict = VERDICT_SHARED, .value = VALUE_ANY};
	int colon = i + 1;

	while (is_case && colon < w->end && !is_at(w, colon, ":"))
		colon++;
	if (!is_any && !(is_name(w, i) && is_at(w, colon, ":")))
		return i;
	name = is_any ? g_strdup("switch") : name_at(w, i);
	memset(unknown.locals, VALUE_ANY, sizeof unknown.locals);
	label = label_named(w, name);
	label->at = i;
	if (!is_any && gate_is_hidden_label(w, i))
		worlds_add(&label->in, &unknown);
	worlds_join(now, &label->in);
	return colon + 1;
}

static int walk_simple(struct gate_walk *w, int i, struct worlds *now)
{
	int end = simple_end(w, i);
	bool is_break = is_at(w, i, "break"), is_continue = is_at(w, i, "continue");
	struct worlds *to = is_break ? w->broken : w->continued;

	if (is_break || is_continue) {
		if (to)
			worlds_join(to, now);
		leave(w, i, now);
	} else if (end > i) {
		gate_value(w, i, end, now, now);
		worlds_valued(now, VALUE_ANY, now);
	}
	return MAX(is_at(w, end, ";") ? end + 1 : end, i + 1);
}

static int walk_head(struct gate_walk *w, int i, struct worlds *now)
{
	if (is_at(w, i, "if") && is_at(w, i + 1, "("))
		return walk_if(w, i, now);
	if (is_at(w, i, "switch") && is_at(w, i + 1, "("))
		return walk_switch(w, i, now);
	return walk_loop(w, i, now);
}

static int walk_statement(struct gate_walk *w, int i, struct worlds *now)
{
	int next;

	if (i >= w->end)
		return w->end;
	if (w->depth > DEEPEST) {
		w->is_whole = false;
		return simple_end(w, i) + 1;
	}
	w->depth++;
	next = walk_label(w, i, now);
	if (next != i)
		;
	else if (is_at(w, i, "{"))
		next = walk_block(w, i, now);
	else if (is_at(w, i, "do"))
		next = walk_do(w, i, now);
	else if (is_at(w, i, "return"))
		next = walk_return(w, i, now);
	else if (is_at(w, i, "goto"))
		next = walk_goto(w, i, now);
	else if (ew_statement_has_head(w->tokens, i, w->end))
		next = walk_head(w, i, now);
	else
		next = walk_simple(w, i, now);
	w->depth--;
	return MAX(next, i + 1);
}

/* ---- functions ------------------------------------------------------------------------------------ */

static void label_free(gpointer data)
{
	struct gate_label *label = data;

	g_free(label->name);
	g_free(label);
}

/* Until what goto brings to labels above it is known. */
static void walk_all(struct gate_walk *w, int open)
{
	const struct world nothing = {.value = VALUE_ANY};
	int round;

	for (round = 0; round < ROUNDS && (!round || w->is_changed); round++) {
		struct worlds now = {0};

		worlds_add(&now, &nothing);
		memset(now.w[0].locals, VALUE_ANY, sizeof now.w[0].locals);
		w->returned.count = 0;
		w->is_changed = false;
		walk_block(w, open, &now);
		worlds_join(&w->returned, &now);
	}
	w->is_whole = w->is_whole && !w->is_changed;
}

static struct gate_walk *walk_new(struct ew_query *q, const struct ew_symbol *f)
{
	struct gate_walk *w = g_new0(struct gate_walk, 1);
	const struct gate_test none = {0};
	const char *text, *begin, *end;
	gsize length;
	int open = 0;

	w->q = q;
	w->function = f;
	w->bytes = f->place.file ? ew_query_text(q, f->place.file, NULL) : NULL;
	w->tests = g_array_new(FALSE, TRUE, sizeof(struct gate_test));
	w->marks = g_array_new(FALSE, TRUE, sizeof(struct gate_mark));
	w->labels = g_ptr_array_new_with_free_func(label_free);
	g_array_append_val(w->tests, none);
	if (!w->bytes)
		return w;
	text = g_bytes_get_data(w->bytes, &length);
	begin = query_line_start(text, text + length, f->place.line);
	end = query_line_start(begin, text + length, f->end_line - f->place.line + 2);
	w->tokens = ew_tokens_new(text, begin - text, end - text, f->place.line, false);
	g_array_set_size(w->marks, w->tokens->code->len);
	w->end = (int)w->tokens->code->len;
	while (open < w->end && !is_at(w, open, "{"))
		open++;
	w->is_whole = gate_nests(w, open);
	if (w->is_whole) {
		w->statements = ew_statements(w->tokens);
		walk_all(w, open);
	}
	return w;
}

void gate_walk_free(struct gate_walk *w)
{
	if (!w)
		return;
	ew_tokens_free(w->tokens);
	g_clear_pointer(&w->bytes, g_bytes_unref);
	g_clear_pointer(&w->calls, g_hash_table_unref);
	g_clear_pointer(&w->statements, g_array_unref);
	g_array_unref(w->tests);
	g_array_unref(w->marks);
	g_ptr_array_unref(w->labels);
	g_free(w);
}

struct gate_walk *gate_walk_of(struct ew_query *q, const struct ew_symbol *f)
{
	gpointer key = GSIZE_TO_POINTER((gsize)f->id), known;

	if (!q->gates)
		q->gates = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)gate_walk_free);
	if (g_hash_table_lookup_extended(q->gates, key, NULL, &known))
		return known;
	/* While it is walked it is no helper of its own. */
	g_hash_table_insert(q->gates, key, NULL);
	known = walk_new(q, f);
	g_hash_table_replace(q->gates, key, known);
	return known;
}

bool gate_walk_is_helper(const struct gate_walk *w)
{
	struct worlds yes, no;
	struct gate_mark if_true, if_false;

	if (!w->is_whole)
		return false;
	worlds_split(&w->returned, &yes, &no);
	if_true = mark_of(w, &yes);
	if_false = mark_of(w, &no);
	return yes.count && no.count && (if_true.test != 0) != (if_false.test != 0);
}
