/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The fenced directives of a lesson. A body is lines of "key value"; an indented line goes on with
 * the value before it, a blank line within a value begins a new paragraph of it. hint and note are
 * CommonMark, check is one fact a line.
 */
#include "lesson/internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- key lines ------------------------------------------------------------------------------- */

struct pair {
	char *key, *value;
	int line;
};

static void pair_free(void *data)
{
	struct pair *p = data;

	g_free(p->key);
	g_free(p->value);
	g_free(p);
}

static void append_value(struct pair *p, const char *more, bool is_paragraph)
{
	char *joined = g_strconcat(p->value,
				   is_paragraph ? "\n\n"
				   : *p->value	? " "
						: "",
				   more, NULL);

	g_free(p->value);
	p->value = joined;
}

/* `whole_lines` makes the line itself the value, under the key "". */
static GPtrArray *read_pairs(const char *body, int line, bool whole_lines)
{
	GPtrArray *pairs = g_ptr_array_new_with_free_func(pair_free);
	g_auto(GStrv) lines = g_strsplit(body, "\n", -1);
	bool was_blank = false;

	for (char **l = lines; *l; l++) {
		struct pair *last = pairs->len ? pairs->pdata[pairs->len - 1] : NULL, *p;
		bool is_indented = g_ascii_isspace(**l);
		size_t n;

		line++;
		g_strstrip(*l);
		if (!**l) {
			was_blank = true;
			continue;
		}
		if (is_indented && last) {
			append_value(last, *l, was_blank);
		} else {
			p = g_new0(struct pair, 1);
			n = whole_lines ? 0 : strcspn(*l, " \t");
			p->key = g_strndup(*l, n);
			p->value = g_strstrip(g_strdup(*l + n));
			p->line = line;
			g_ptr_array_add(pairs, p);
		}
		was_blank = false;
	}
	return pairs;
}

struct body {
	const char *directive;
	GPtrArray *pairs;
	int line;
	struct ew_problems *problems;
};

/* Every key is known and has a value, and those that may come once come once. */
static void check_keys(const struct body *b, const char *const *known, const char *many)
{
	g_autofree char *list = g_strjoinv(", ", (char **)known);

	for (guint i = 0; i < b->pairs->len; i++) {
		const struct pair *p = b->pairs->pdata[i];

		if (!g_strv_contains(known, p->key))
			ew_problem(b->problems, p->line, "`%s` is not a key of %s; use %s", p->key,
				   b->directive, list);
		else if (!*p->value)
			ew_problem(b->problems, p->line, "`%s` has no value", p->key);
		for (guint j = 0; j < i; j++) {
			const struct pair *q = b->pairs->pdata[j];

			if (strcmp(p->key, q->key) == 0 && g_strcmp0(p->key, many) != 0) {
				ew_problem(b->problems, p->line, "`%s` comes a second time",
					   p->key);
				break;
			}
		}
	}
}

static const struct pair *find_pair(const struct body *b, const char *key)
{
	for (guint i = 0; i < b->pairs->len; i++)
		if (strcmp(((struct pair *)b->pairs->pdata[i])->key, key) == 0)
			return b->pairs->pdata[i];
	return NULL;
}

static const char *value(const struct body *b, const char *key)
{
	const struct pair *p = find_pair(b, key);

	return p ? p->value : NULL;
}

static int line_of(const struct body *b, const char *key)
{
	const struct pair *p = find_pair(b, key);

	return p ? p->line : b->line;
}

static char *require(const struct body *b, const char *key)
{
	const char *v = value(b, key);

	if (!v)
		ew_problem(b->problems, b->line, "the %s has no `%s`; add one", b->directive, key);
	return g_strdup(v ? v : "");
}

/* ---- walks ----------------------------------------------------------------------------------- */

bool ew_walk_parse(struct ew_walk_mark *walk, const char *text)
{
	g_auto(GStrv) words = g_strsplit_set(text, " \t", -1);
	GString *via = g_string_new(NULL);
	const char *place = "from";
	bool ok = true;

	for (char **w = words; *w && ok; w++) {
		if (!**w)
			continue;
		if (strcmp(*w, "to") == 0 || strcmp(*w, "via") == 0 || strcmp(*w, "as") == 0)
			place = *w;
		else if (strcmp(place, "from") == 0 && !walk->from)
			walk->from = g_strdup(*w);
		else if (strcmp(place, "to") == 0 && !walk->to)
			walk->to = g_strdup(*w);
		else if (strcmp(place, "as") == 0 && !walk->as)
			walk->as = g_strdup(*w);
		else if (strcmp(place, "via") == 0)
			g_string_append_printf(via, "%s%s", via->len ? " " : "", *w);
		else
			ok = false;
	}
	if (via->len)
		walk->via = g_strdup(via->str);
	g_string_free(via, TRUE);
	if (ok && walk->from && walk->to)
		return true;
	ew_walk_clear(walk);
	return false;
}

void ew_walk_clear(struct ew_walk_mark *walk)
{
	g_clear_pointer(&walk->from, g_free);
	g_clear_pointer(&walk->to, g_free);
	g_clear_pointer(&walk->via, g_free);
	g_clear_pointer(&walk->as, g_free);
	g_clear_pointer(&walk->at, g_free);
}

static void parse_path(struct ew_lesson_block *block, const struct body *b)
{
	static const char *const keys[] = {"walk", "at", NULL};
	const char *walk = value(b, "walk");

	check_keys(b, keys, NULL);
	block->path = g_new0(struct ew_walk_mark, 1);
	if (walk && !ew_walk_parse(block->path, walk))
		ew_problem(b->problems, line_of(b, "walk"),
			   "`walk %s` is not `FROM to TO [via F …] [as BINDING]`", walk);
	block->path->at = g_strdup(value(b, "at"));
}

/* ---- anchor ---------------------------------------------------------------------------------- */

/* "2" or "2 of 3". */
static bool parse_nth(struct ew_anchor_spec *spec, const char *text)
{
	char *end;

	spec->nth = (int)strtol(text, &end, 10);
	if (end == text || spec->nth < 1)
		return false;
	end += strspn(end, " \t");
	if (g_str_has_prefix(end, "of ")) {
		text = end + 3;
		spec->of = (int)strtol(text, &end, 10);
		if (end == text || spec->of < spec->nth)
			return false;
	}
	return !*end;
}

static void parse_anchor(struct ew_lesson_block *block, const struct body *b)
{
	static const char *const keys[] = {"in", "at", "nth", "show", "drift", NULL};
	struct ew_anchor_block *a = block->anchor = g_new0(struct ew_anchor_block, 1);
	g_autoptr(GError) error = NULL;
	int line;

	check_keys(b, keys, NULL);
	a->in = require(b, "in");
	a->at = g_strdup(value(b, "at"));
	a->show = g_strdup(value(b, "show"));
	a->drift = g_strdup(value(b, "drift"));
	a->spec = (struct ew_anchor_spec){.in = a->in, .at = a->at, .show = a->show};
	if (value(b, "nth") && !parse_nth(&a->spec, value(b, "nth"))) {
		ew_problem(b->problems, line_of(b, "nth"), "`nth %s` is not `2` or `2 of 3`",
			   value(b, "nth"));
		return;
	}
	if (!*a->in || ew_query_anchor_is_valid(&a->spec, &error))
		return;
	line = strstr(error->message, "`at")	 ? line_of(b, "at")
	       : strstr(error->message, "`show") ? line_of(b, "show")
						 : line_of(b, "in");
	ew_problem(b->problems, line, "%s", error->message);
}

static void anchor_free(struct ew_anchor_block *a)
{
	g_free(a->key);
	g_free(a->in);
	g_free(a->at);
	g_free(a->show);
	g_free(a->drift);
	g_free(a);
}

/* ---- quiz ------------------------------------------------------------------------------------ */

static GPtrArray *all_values(const struct body *b, const char *key)
{
	GPtrArray *values = g_ptr_array_new_with_free_func(g_free);

	for (guint i = 0; i < b->pairs->len; i++) {
		const struct pair *p = b->pairs->pdata[i];

		if (strcmp(p->key, key) == 0)
			g_ptr_array_add(values, g_strdup(p->value));
	}
	return values;
}

static bool is_number(const char *text)
{
	char *end;

	(void)strtoll(text, &end, 0);
	return end != text && !*end;
}

static void check_choice(const struct ew_quiz *quiz, const struct body *b)
{
	char last = (char)('a' + (int)quiz->choices->len - 1);
	const char *answer = quiz->answer;

	if (quiz->choices->len < 2 || quiz->choices->len > 26)
		ew_problem(b->problems, b->line, "a quiz with choices needs 2 to 26 of them");
	else if (*answer && (answer[1] || answer[0] < 'a' || answer[0] > last))
		ew_problem(b->problems, line_of(b, "answer"),
			   "`answer %s` is none of the choices; use a letter from a to %c", answer,
			   last);
}

static void set_quiz_kind(struct ew_quiz *quiz, const struct body *b)
{
	g_autoptr(GError) error = NULL;

	if (quiz->choices->len) {
		quiz->kind = EW_QUIZ_CHOICE;
		check_choice(quiz, b);
		return;
	}
	quiz->is_question = ew_lesson_looks_like_question(quiz->answer);
	quiz->kind = is_number(quiz->answer) || g_str_has_prefix(quiz->answer, "count ")
			     ? EW_QUIZ_NUMBER
			     : EW_QUIZ_SYMBOL;
	if (quiz->is_question && !ew_lesson_question_is_valid(quiz->answer, &error))
		ew_problem(b->problems, line_of(b, "answer"), "%s", error->message);
	else if (!quiz->is_question && strchr(quiz->answer, ' ') && !strchr(quiz->answer, '|'))
		ew_problem(
			b->problems, line_of(b, "answer"),
			"`answer %s` is neither a letter, a number, a symbol nor a question to the "
			"index",
			quiz->answer);
}

static void parse_quiz(struct ew_lesson_block *block, const struct body *b)
{
	static const char *const keys[] = {"id", "ask", "choice", "answer", "because", NULL};
	struct ew_quiz *quiz = block->quiz = g_new0(struct ew_quiz, 1);

	check_keys(b, keys, "choice");
	quiz->id = g_strdup(value(b, "id") ? value(b, "id") : "quiz");
	quiz->ask = require(b, "ask");
	quiz->answer = require(b, "answer");
	quiz->because = g_strdup(value(b, "because"));
	quiz->choices = all_values(b, "choice");
	if (*quiz->answer)
		set_quiz_kind(quiz, b);
}

static void quiz_free(struct ew_quiz *quiz)
{
	g_free(quiz->id);
	g_free(quiz->ask);
	g_free(quiz->answer);
	g_free(quiz->because);
	g_ptr_array_unref(quiz->choices);
	g_free(quiz);
}

static void check_experiment(const struct body *b, const char *key)
{
	const char *name = value(b, key);

	if (name && strchr(name, '/'))
		ew_problem(b->problems, line_of(b, key),
			   "`%s %s`: give the experiment's name alone; its file stands in "
			   "experiments/",
			   key, name);
}

/* ---- facts, claims --------------------------------------------------------------------------- */

static void fact_free(void *data)
{
	struct ew_check_fact *f = data;

	g_free(f->text);
	g_free(f);
}

static char *collapse_blanks(const char *text)
{
	g_auto(GStrv) words = g_regex_split_simple("\\s+", text, 0, 0);

	return g_strjoinv(" ", words);
}

/* The values of a key as facts, each of which must be well formed. */
static GPtrArray *read_facts(const struct body *b, const char *key)
{
	GPtrArray *facts = g_ptr_array_new_with_free_func(fact_free);

	for (guint i = 0; i < b->pairs->len; i++) {
		const struct pair *p = b->pairs->pdata[i];
		g_autoptr(GError) error = NULL;
		struct ew_check_fact *f;

		if (strcmp(p->key, key) != 0)
			continue;
		f = g_new0(struct ew_check_fact, 1);
		f->text = collapse_blanks(p->value);
		f->line = p->line;
		g_ptr_array_add(facts, f);
		if (!ew_lesson_check_is_valid(f->text, &error))
			ew_problem(b->problems, p->line, "%s", error->message);
	}
	return facts;
}

static void parse_check(struct ew_lesson_block *block, const struct body *b)
{
	block->facts = read_facts(b, "");
	if (!block->facts->len)
		ew_problem(b->problems, b->line, "the check holds no fact; add one a line");
}

static void parse_claim(struct ew_lesson_block *block, const struct body *b)
{
	static const char *const keys[] = {"says", "verdict", "found", "because",
					   "live", "fact",    NULL};
	static const char *const verdicts[] = {"true", "false", "half true", NULL};
	struct ew_claim *claim = block->claim = g_new0(struct ew_claim, 1);

	check_keys(b, keys, "fact");
	claim->says = require(b, "says");
	claim->verdict = require(b, "verdict");
	claim->because = require(b, "because");
	claim->found = g_strdup(value(b, "found"));
	claim->live = g_strdup(value(b, "live"));
	check_experiment(b, "live");
	claim->facts = read_facts(b, "fact");
	if (*claim->verdict && !g_strv_contains(verdicts, claim->verdict))
		ew_problem(b->problems, line_of(b, "verdict"),
			   "`verdict %s` is not true, false or half true", claim->verdict);
	if (!claim->facts->len && !claim->live)
		ew_problem(b->problems, b->line,
			   "nothing proves or refutes the claim; give it a `fact` or a `live`");
}

static void claim_free(struct ew_claim *claim)
{
	g_free(claim->says);
	g_free(claim->verdict);
	g_free(claim->found);
	g_free(claim->because);
	g_free(claim->live);
	g_ptr_array_unref(claim->facts);
	g_free(claim);
}

/* ---- live ------------------------------------------------------------------------------------ */

static void prediction_free(void *data)
{
	struct ew_prediction *p = data;

	g_free(p->side);
	g_free(p->ask);
	g_free(p);
}

static void parse_predict(struct ew_lesson_live *live, const struct body *b,
			  const struct pair *pair)
{
	struct ew_prediction *p;
	const char *colon = strchr(pair->value, ':'), *space = strchr(pair->value, ' ');

	if (!colon || colon == pair->value || !colon[1 + strspn(colon + 1, " ")] || space == pair->value ||
	    (space && space < colon && !g_str_has_prefix(space, " end:"))) {
		ew_problem(b->problems, pair->line,
			   "`predict %s` is neither `predict SIDE: QUESTION` nor `predict SIDE end: QUESTION`",
			   pair->value);
		return;
	}
	p = g_new0(struct ew_prediction, 1);
	p->side = g_strndup(pair->value, (size_t)(colon - pair->value));
	p->ask = g_strstrip(g_strdup(colon + 1));
	g_ptr_array_add(live->predictions, p);
}

static void parse_live(struct ew_lesson_block *block, const struct body *b)
{
	static const char *const keys[] = {"experiment", "predict", "because", NULL};
	struct ew_lesson_live *live = block->live = g_new0(struct ew_lesson_live, 1);

	check_keys(b, keys, "predict");
	live->experiment = require(b, "experiment");
	check_experiment(b, "experiment");
	live->because = g_strdup(value(b, "because"));
	live->predictions = g_ptr_array_new_with_free_func(prediction_free);
	for (guint i = 0; i < b->pairs->len; i++) {
		const struct pair *pair = b->pairs->pdata[i];

		if (strcmp(pair->key, "predict") == 0)
			parse_predict(live, b, pair);
	}
	if (!find_pair(b, "predict"))
		ew_problem(b->problems, b->line,
			   "a live step asks first; add `predict SIDE: QUESTION`");
}

static void live_free(struct ew_lesson_live *live)
{
	g_free(live->experiment);
	g_free(live->because);
	g_ptr_array_unref(live->predictions);
	g_free(live);
}

/* ---- the table ------------------------------------------------------------------------------- */

static const struct directive {
	const char *word;
	enum ew_lesson_block_kind kind;
	void (*parse)(struct ew_lesson_block *block, const struct body *b); /* NULL: prose */
	bool whole_lines;
} directives[] = {
	{"anchor", EW_LESSON_ANCHOR, parse_anchor, false},
	{"path", EW_LESSON_PATH, parse_path, false},
	{"quiz", EW_LESSON_QUIZ, parse_quiz, false},
	{"hint", EW_LESSON_HINT, NULL, false},
	{"check", EW_LESSON_CHECK, parse_check, true},
	{"live", EW_LESSON_LIVE, parse_live, false},
	{"claim", EW_LESSON_CLAIM, parse_claim, false},
	{"note", EW_LESSON_NOTE, NULL, false},
};

static const struct directive *find_directive(const char *word)
{
	for (size_t i = 0; i < G_N_ELEMENTS(directives); i++)
		if (strcmp(directives[i].word, word) == 0)
			return &directives[i];
	return NULL;
}

bool ew_directive_is_known(const char *word)
{
	return find_directive(word) != NULL;
}

struct ew_lesson_block *ew_directive_parse(const char *word, const char *text, int line,
					   struct ew_problems *problems)
{
	const struct directive *d = find_directive(word);
	struct ew_lesson_block *block = g_new0(struct ew_lesson_block, 1);
	g_autoptr(GPtrArray) pairs = read_pairs(text, line, d->whole_lines);
	struct body b = {word, pairs, line, problems};
	int before = problems->count;

	block->kind = d->kind;
	block->line = line;
	if (d->parse)
		d->parse(block, &b);
	else
		block->prose = ew_prose_parse(text);
	if (!d->parse && !block->prose->len)
		ew_problem(problems, line, "the %s is empty", word);
	if (problems->count == before)
		return block;
	ew_block_free(block);
	return NULL;
}

void ew_block_free(struct ew_lesson_block *block)
{
	if (!block)
		return;
	g_clear_pointer(&block->prose, g_ptr_array_unref);
	if (block->anchor) {
		switch (block->kind) {
		case EW_LESSON_ANCHOR:
			anchor_free(block->anchor);
			break;
		case EW_LESSON_PATH:
			ew_walk_clear(block->path);
			g_free(block->path);
			break;
		case EW_LESSON_QUIZ:
			quiz_free(block->quiz);
			break;
		case EW_LESSON_CHECK:
			g_ptr_array_unref(block->facts);
			break;
		case EW_LESSON_LIVE:
			live_free(block->live);
			break;
		case EW_LESSON_CLAIM:
			claim_free(block->claim);
			break;
		default:
			break;
		}
	}
	g_free(block);
}
