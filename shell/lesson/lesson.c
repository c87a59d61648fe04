/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A lesson file: front matter, steps, and the blocks within each. */
#include "lesson/internal.h"

#include <cmark.h>
#include <string.h>

/* ---- problems -------------------------------------------------------------------------------- */

void ew_problem(struct ew_problems *p, int line, const char *format, ...)
{
	va_list arguments;

	if (p->count++)
		g_string_append_c(p->text, '\n');
	g_string_append_printf(p->text, "%s:%d: ", p->file, line);
	va_start(arguments, format);
	g_string_append_vprintf(p->text, format, arguments);
	va_end(arguments);
}

/* ---- steps ----------------------------------------------------------------------------------- */

static void step_free(void *data)
{
	struct ew_lesson_step *step = data;

	g_free(step->slug);
	g_free(step->title);
	g_ptr_array_unref(step->blocks);
	g_free(step);
}

static void block_free(void *data)
{
	ew_block_free(data);
}

static bool is_slug(const char *text)
{
	size_t n = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return n && !text[n];
}

/* Splits "Title {#slug}" in place; NULL where there is no slug. */
static const char *take_slug(char *title)
{
	char *open = strrchr(title, '{');
	size_t length = strlen(title);

	if (!open || open[1] != '#' || !length || title[length - 1] != '}')
		return NULL;
	title[length - 1] = '\0';
	*open = '\0';
	g_strchomp(title);
	return open + 2;
}

static char *plain_text(cmark_node *node)
{
	GString *text = g_string_new(NULL);
	cmark_iter *iter = cmark_iter_new(node);
	cmark_event_type event;

	while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
		cmark_node *n = cmark_iter_get_node(iter);

		if (event == CMARK_EVENT_ENTER && (cmark_node_get_type(n) == CMARK_NODE_TEXT ||
						   cmark_node_get_type(n) == CMARK_NODE_CODE))
			g_string_append(text, cmark_node_get_literal(n));
	}
	cmark_iter_free(iter);
	return g_string_free(text, FALSE);
}

struct build {
	struct ew_lesson *lesson;
	struct ew_problems problems;
	int line_offset;
};

static int line_of(const struct build *b, cmark_node *n)
{
	return cmark_node_get_start_line(n) + b->line_offset;
}

static void add_step(struct build *b, cmark_node *heading)
{
	struct ew_lesson_step *step = g_new0(struct ew_lesson_step, 1);
	const struct ew_lesson_step *same;
	const char *slug;

	step->blocks = g_ptr_array_new_with_free_func(block_free);
	step->line = line_of(b, heading);
	step->title = plain_text(heading);
	slug = take_slug(step->title);
	if (!slug || !is_slug(slug))
		ew_problem(
			&b->problems, step->line,
			"the step \"%s\" has no name; end the heading with {#name}, of lower case "
			"letters, digits and dashes",
			step->title);
	step->slug = g_strdup(slug && is_slug(slug) ? slug : "");
	same = *step->slug ? ew_lesson_step(b->lesson, step->slug) : NULL;
	if (same)
		ew_problem(&b->problems, step->line,
			   "the step name `%s` was taken in line %d; choose another", step->slug,
			   same->line);
	g_ptr_array_add(b->lesson->steps, step);
}

static struct ew_lesson_step *current_step(struct build *b)
{
	GPtrArray *steps = b->lesson->steps;

	return steps->len ? steps->pdata[steps->len - 1] : NULL;
}

/* The block that prose is added to: the last one if it is prose, else a new one. */
static GPtrArray *prose_of(struct ew_lesson_step *step, int line)
{
	struct ew_lesson_block *last =
		step->blocks->len ? step->blocks->pdata[step->blocks->len - 1] : NULL;

	if (!last || last->kind != EW_LESSON_PROSE) {
		last = g_new0(struct ew_lesson_block, 1);
		last->kind = EW_LESSON_PROSE;
		last->line = line;
		last->prose = ew_prose_new();
		g_ptr_array_add(step->blocks, last);
	}
	return last->prose;
}

/* Fenced text that is no directive but something to type or to read. */
static bool is_plain_language(const char *word)
{
	static const char *const words[] = {"", "text", "sh", "console", "c"};

	for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	return false;
}

/* The ordinal of an anchor in its step names it in lock files. */
static void name_anchor(struct build *b, struct ew_lesson_step *step, struct ew_lesson_block *block)
{
	int ordinal = 1;

	for (guint i = 0; i < step->blocks->len; i++)
		ordinal += ((struct ew_lesson_block *)step->blocks->pdata[i])->kind ==
			   EW_LESSON_ANCHOR;
	block->anchor->key = g_strdup_printf("%s/%s#%d", b->lesson->slug, step->slug, ordinal);
}

static void check_quiz_name(struct build *b, struct ew_lesson_step *step,
			    const struct ew_lesson_block *block)
{
	for (guint i = 0; i < step->blocks->len; i++) {
		const struct ew_lesson_block *other = step->blocks->pdata[i];

		if (other->kind == EW_LESSON_QUIZ && strcmp(other->quiz->id, block->quiz->id) == 0)
			ew_problem(&b->problems, block->line,
				   "the quiz id `%s` was taken in line %d; give this one another",
				   block->quiz->id, other->line);
	}
}

static void add_directive(struct build *b, struct ew_lesson_step *step, const char *word,
			  cmark_node *n)
{
	struct ew_lesson_block *block;

	if (!ew_directive_is_known(word)) {
		ew_problem(
			&b->problems, line_of(b, n),
			"`%s` is no directive; use anchor, path, quiz, hint, check, live, claim or "
			"note, or text, sh, console or c for text that is only read",
			word);
		return;
	}
	block = ew_directive_parse(word, cmark_node_get_literal(n), line_of(b, n), &b->problems);
	if (!block)
		return;
	if (block->kind == EW_LESSON_ANCHOR)
		name_anchor(b, step, block);
	if (block->kind == EW_LESSON_QUIZ)
		check_quiz_name(b, step, block);
	g_ptr_array_add(step->blocks, block);
}

/* A directive that is indented into a list or a quotation would silently be text. */
static void refuse_nested(struct build *b, cmark_node *top)
{
	cmark_iter *iter = cmark_iter_new(top);
	cmark_event_type event;

	while ((event = cmark_iter_next(iter)) != CMARK_EVENT_DONE) {
		cmark_node *n = cmark_iter_get_node(iter);

		if (event == CMARK_EVENT_ENTER && n != top &&
		    cmark_node_get_type(n) == CMARK_NODE_CODE_BLOCK &&
		    !is_plain_language(cmark_node_get_fence_info(n)))
			ew_problem(&b->problems, line_of(b, n),
				   "the directive `%s` stands inside a list or a quotation; move "
				   "it to "
				   "the margin",
				   cmark_node_get_fence_info(n));
	}
	cmark_iter_free(iter);
}

static void add_node(struct build *b, cmark_node *n)
{
	cmark_node_type type = cmark_node_get_type(n);
	struct ew_lesson_step *step;
	g_autofree char *word = NULL;

	if (type == CMARK_NODE_HEADING && cmark_node_get_heading_level(n) == 2) {
		add_step(b, n);
		return;
	}
	step = current_step(b);
	if (type == CMARK_NODE_CODE_BLOCK)
		word = g_strstrip(g_strdup(cmark_node_get_fence_info(n)));
	if (!step) {
		if (type != CMARK_NODE_HEADING)
			ew_problem(&b->problems, line_of(b, n),
				   "text before the first step; begin one with `## Title {#name}`");
		return;
	}
	if (word && !is_plain_language(word)) {
		add_directive(b, step, word, n);
		return;
	}
	refuse_nested(b, n);
	ew_prose_add(prose_of(step, line_of(b, n)), n);
}

/* ---- front matter ---------------------------------------------------------------------------- */

static void take_sources(struct ew_lesson *lesson, const char *value)
{
	g_auto(GStrv) lines = g_strsplit(value ? value : "", "\n", -1);

	for (char **line = lines; *line; line++)
		if (*g_strstrip(*line))
			g_ptr_array_add(lesson->sources, g_strdup(*line));
}

static void refuse_unknown_keys(GHashTable *front, struct ew_problems *problems)
{
	static const char *const known[] = {"lesson", "title",	"time", "about",
					    "walk",   "source", NULL};
	GHashTableIter iter;
	void *key;

	g_hash_table_iter_init(&iter, front);
	while (g_hash_table_iter_next(&iter, &key, NULL))
		if (!g_strv_contains(known, key))
			ew_problem(problems, 1,
				   "the front matter's `%s` is not known; use lesson, title, time, "
				   "about, walk or source",
				   (const char *)key);
}

static void take_front(struct build *b, GHashTable *front)
{
	struct ew_lesson *lesson = b->lesson;
	const char *slug = g_hash_table_lookup(front, "lesson");
	const char *title = g_hash_table_lookup(front, "title");
	const char *walk = g_hash_table_lookup(front, "walk");

	refuse_unknown_keys(front, &b->problems);
	if (!slug || !is_slug(slug))
		ew_problem(
			&b->problems, 1,
			"the front matter needs `lesson: name`, of lower case letters, digits and "
			"dashes");
	if (!title || !*title)
		ew_problem(&b->problems, 1, "the front matter needs `title: …`");
	lesson->slug = g_strdup(slug ? slug : "");
	lesson->title = g_strdup(title ? title : "");
	lesson->time = g_strdup(g_hash_table_lookup(front, "time"));
	lesson->about = g_strdup(g_hash_table_lookup(front, "about"));
	take_sources(lesson, g_hash_table_lookup(front, "source"));
	if (walk && !ew_walk_parse(&lesson->walk, walk))
		ew_problem(&b->problems, 1, "`walk: %s` is not `FROM to TO [via F …] [as BINDING]`",
			   walk);
}

/* A path block without a walk of its own needs the lesson's. */
static void check_paths(struct build *b)
{
	for (guint i = 0; i < b->lesson->steps->len; i++) {
		const struct ew_lesson_step *step = b->lesson->steps->pdata[i];

		for (guint j = 0; j < step->blocks->len; j++) {
			struct ew_lesson_block *block = step->blocks->pdata[j];
			struct ew_walk_mark *walk = &b->lesson->walk;

			if (block->kind != EW_LESSON_PATH || block->path->from)
				continue;
			if (!walk->from) {
				ew_problem(
					&b->problems, block->line,
					"which walk? Give the path `walk FROM to TO`, or the front "
					"matter `walk:`");
				continue;
			}
			block->path->from = g_strdup(walk->from);
			block->path->to = g_strdup(walk->to);
			block->path->via = g_strdup(walk->via);
			block->path->as = g_strdup(walk->as);
		}
	}
}

/* ---- the whole ------------------------------------------------------------------------------- */

static void build_steps(struct build *b, const char *body)
{
	cmark_node *document = cmark_parse_document(body, strlen(body), CMARK_OPT_DEFAULT);

	for (cmark_node *n = cmark_node_first_child(document); n; n = cmark_node_next(n))
		add_node(b, n);
	cmark_node_free(document);
	if (!b->lesson->steps->len)
		ew_problem(&b->problems, b->line_offset + 1,
			   "the lesson has no step; begin one with `## Title {#name}`");
	check_paths(b);
}

struct ew_lesson *ew_lesson_parse(const char *file, const char *text, GError **error)
{
	ew_auto(lesson) lesson = g_new0(struct ew_lesson, 1);
	struct build b = {.lesson = lesson, .problems = {.file = file}};
	g_autofree char *clean = ew_lesson_clean(text), *dir = g_path_get_dirname(file);
	g_autofree char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
	g_autoptr(GHashTable) front = NULL;
	const char *body;
	int body_line;

	lesson->file = g_strdup(file);
	lesson->hash = g_strndup(hash, 16);
	lesson->lock_dir = g_build_filename(dir, "anchors", NULL);
	lesson->sources = g_ptr_array_new_with_free_func(g_free);
	lesson->steps = g_ptr_array_new_with_free_func(step_free);
	front = ew_refs_front_matter(clean, file, &body, &body_line, error);
	if (!front)
		return NULL;
	b.problems.text = g_string_new(NULL);
	b.line_offset = body_line - 1;
	take_front(&b, front);
	build_steps(&b, body);
	if (b.problems.count)
		g_set_error_literal(error, EW_ERROR, EW_ERROR_INPUT, b.problems.text->str);
	g_string_free(b.problems.text, TRUE);
	return b.problems.count ? NULL : g_steal_pointer(&lesson);
}

struct ew_lesson *ew_lesson_load(const char *file, GError **error)
{
	g_autofree char *text = NULL;
	g_autoptr(GError) own = NULL;
	size_t length;

	if (!g_file_get_contents(file, &text, &length, &own)) {
		g_set_error(error, EW_ERROR, EW_ERROR_INPUT, "cannot read the lesson: %s",
			    own->message);
		return NULL;
	}
	if (strlen(text) != length) {
		g_set_error(error, EW_ERROR, EW_ERROR_INPUT,
			    "%s: this is no text file; a lesson is CommonMark", file);
		return NULL;
	}
	return ew_lesson_parse(file, text, error);
}

void ew_lesson_free(struct ew_lesson *lesson)
{
	if (!lesson)
		return;
	g_free(lesson->file);
	g_free(lesson->slug);
	g_free(lesson->title);
	g_free(lesson->time);
	g_free(lesson->about);
	g_free(lesson->hash);
	g_free(lesson->lock_dir);
	ew_walk_clear(&lesson->walk);
	g_clear_pointer(&lesson->sources, g_ptr_array_unref);
	g_clear_pointer(&lesson->steps, g_ptr_array_unref);
	g_free(lesson);
}

const struct ew_lesson_step *ew_lesson_step(const struct ew_lesson *lesson, const char *slug)
{
	for (guint i = 0; i < lesson->steps->len; i++) {
		const struct ew_lesson_step *step = lesson->steps->pdata[i];

		if (strcmp(step->slug, slug) == 0)
			return step;
	}
	return NULL;
}
