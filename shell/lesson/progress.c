/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The learner's log: one JSON object a line, only ever appended to. A line that was torn by a crash
 * or a full disk is skipped, and the next one begins on a line of its own.
 */
#include "lesson/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <json-glib/json-glib.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct ew_progress_log {
	char *file;
	GPtrArray *entries; /* of struct ew_progress_entry */
	bool needs_newline; /* the file ends within a line */
	bool is_broken;	    /* cannot be written; said already */
	char *warning, *told;
};

static const char *const event_names[] = {"seen", "passed", "failed", "hint", "reset"};

static void entry_free(void *data)
{
	struct ew_progress_entry *e = data;

	g_free(e->time);
	g_free(e->lesson);
	g_free(e->step);
	g_free(e->item);
	g_free(e->lesson_hash);
	g_free(e->index_id);
	g_free(e);
}

/* ---- reading --------------------------------------------------------------------------------- */

static char *member(JsonObject *o, const char *name)
{
	JsonNode *n = json_object_get_member(o, name);

	return n && JSON_NODE_HOLDS_VALUE(n) ? g_strdup(json_node_get_string(n)) : NULL;
}

/* A line that is no event of ours is left alone: newer versions may write more. */
static void read_line(struct ew_progress_log *p, const char *line)
{
	g_autoptr(JsonParser) parser = json_parser_new();
	g_autofree char *event = NULL;
	struct ew_progress_entry *e;
	JsonObject *o;
	int kind = -1;

	if (!json_parser_load_from_data(parser, line, -1, NULL) || !json_parser_get_root(parser) ||
	    !JSON_NODE_HOLDS_OBJECT(json_parser_get_root(parser)))
		return;
	o = json_node_get_object(json_parser_get_root(parser));
	event = member(o, "event");
	for (size_t i = 0; i < G_N_ELEMENTS(event_names); i++)
		if (g_strcmp0(event, event_names[i]) == 0)
			kind = (int)i;
	e = g_new0(struct ew_progress_entry, 1);
	e->time = member(o, "time");
	e->lesson = member(o, "lesson");
	e->step = member(o, "step");
	e->item = member(o, "item");
	e->lesson_hash = member(o, "hash");
	e->index_id = member(o, "index");
	e->event = (enum ew_event)kind;
	if (kind < 0 || !e->lesson || (!e->step && kind != EW_EVENT_RESET))
		entry_free(e);
	else
		g_ptr_array_add(p->entries, e);
}

static void read_log(struct ew_progress_log *p)
{
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;
	g_autoptr(GError) error = NULL;
	size_t length;

	if (g_file_test(p->file, G_FILE_TEST_EXISTS) &&
	    !g_file_test(p->file, G_FILE_TEST_IS_REGULAR))
		return; /* a device has no past; whether it takes what is written is seen later */
	if (!g_file_get_contents(p->file, &text, &length, &error)) {
		if (!g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT)) {
			p->is_broken = true;
			p->warning = g_strdup_printf("progress is not kept: %s", error->message);
		}
		return;
	}
	p->needs_newline = length && text[length - 1] != '\n';
	lines = g_strsplit(text, "\n", -1);
	for (char **line = lines; *line; line++)
		if (**line)
			read_line(p, *line);
}

struct ew_progress_log *ew_progress_open(const char *file)
{
	struct ew_progress_log *p = g_new0(struct ew_progress_log, 1);

	p->file =
		file ? g_strdup(file)
		     : g_build_filename(g_get_user_state_dir(), "exitwalk", "progress.jsonl", NULL);
	p->entries = g_ptr_array_new_with_free_func(entry_free);
	read_log(p);
	return p;
}

void ew_progress_close(struct ew_progress_log *p)
{
	if (!p)
		return;
	g_ptr_array_unref(p->entries);
	g_free(p->file);
	g_free(p->warning);
	g_free(p->told);
	g_free(p);
}

const char *ew_progress_warning(struct ew_progress_log *p)
{
	if (!p->warning)
		return NULL;
	g_free(p->told);
	p->told = g_steal_pointer(&p->warning);
	return p->told;
}

const GPtrArray *ew_progress_entries(const struct ew_progress_log *p)
{
	return p->entries;
}

/* ---- writing --------------------------------------------------------------------------------- */

static char *now_text(void)
{
	const char *fixed = g_getenv("EXITWALK_NOW"); /* for tests */
	g_autoptr(GDateTime) now =
		fixed ? g_date_time_new_from_unix_utc(atoll(fixed)) : g_date_time_new_now_utc();

	return g_date_time_format(now, "%Y-%m-%dT%H:%M:%SZ");
}

static void put(JsonBuilder *b, const char *name, const char *value)
{
	if (!value)
		return;
	json_builder_set_member_name(b, name);
	json_builder_add_string_value(b, value);
}

static char *entry_line(const struct ew_progress_entry *e)
{
	g_autoptr(JsonBuilder) b = json_builder_new();
	g_autoptr(JsonNode) root = NULL;

	json_builder_begin_object(b);
	put(b, "time", e->time);
	put(b, "lesson", e->lesson);
	put(b, "step", e->step);
	put(b, "item", e->item);
	put(b, "event", event_names[e->event]);
	put(b, "hash", e->lesson_hash);
	put(b, "index", e->index_id);
	json_builder_end_object(b);
	root = json_builder_get_root(b);
	return json_to_string(root, FALSE);
}

static void give_up(struct ew_progress_log *p, int cause)
{
	p->is_broken = true;
	g_free(p->warning);
	p->warning = g_strdup_printf("progress is not kept from here on: cannot write %s: %s",
				     p->file, g_strerror(cause));
}

/* One write, so that two shells that log at once do not mix their lines. */
static void append_line(struct ew_progress_log *p, const char *line)
{
	g_autofree char *bytes = g_strdup_printf("%s%s\n", p->needs_newline ? "\n" : "", line);
	g_autofree char *dir = g_path_get_dirname(p->file);
	size_t length = strlen(bytes);
	ssize_t written;
	int fd, cause;

	g_mkdir_with_parents(dir, 0700);
	fd = open(p->file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0) {
		give_up(p, errno);
		return;
	}
	written = write(fd, bytes, length);
	cause = written < 0 ? errno : ENOSPC;
	if (close(fd) != 0 && written == (ssize_t)length) {
		cause = errno;
		written = -1;
	}
	p->needs_newline = false;
	if (written != (ssize_t)length)
		give_up(p, cause);
}

void ew_progress_add(struct ew_progress_log *p, enum ew_event event, const char *lesson,
		     const char *step, const char *item, const char *lesson_hash,
		     const char *index_id)
{
	struct ew_progress_entry *e = g_new0(struct ew_progress_entry, 1);
	g_autofree char *line = NULL;

	e->time = now_text();
	e->lesson = g_strdup(lesson);
	e->step = g_strdup(step);
	e->item = g_strdup(item);
	e->event = event;
	e->lesson_hash = g_strdup(lesson_hash);
	e->index_id = g_strdup(index_id);
	g_ptr_array_add(p->entries, e);
	if (p->is_broken)
		return;
	line = entry_line(e);
	append_line(p, line);
}

/* ---- standing -------------------------------------------------------------------------------- */

struct ew_standing ew_progress_standing(const struct ew_progress_log *p, const char *lesson,
					const char *step, const char *item)
{
	struct ew_standing s = {0};

	for (guint i = 0; i < p->entries->len; i++) {
		const struct ew_progress_entry *e = p->entries->pdata[i];

		if (strcmp(e->lesson, lesson) != 0 || (e->step && strcmp(e->step, step) != 0))
			continue;
		if (e->event == EW_EVENT_RESET) {
			s = (struct ew_standing){0};
			continue;
		}
		if (item && g_strcmp0(e->item, item) != 0)
			continue;
		s.is_seen |= e->event == EW_EVENT_SEEN;
		s.is_passed |= e->event == EW_EVENT_PASSED;
		s.is_failed |= e->event == EW_EVENT_FAILED;
		s.hints += e->event == EW_EVENT_HINT;
	}
	return s;
}

static void score_item(const struct ew_progress_log *p, const struct ew_lesson *lesson,
		       const struct ew_lesson_step *step, const char *item, struct ew_score *score)
{
	score->quizzes++;
	score->passed += ew_progress_standing(p, lesson->slug, step->slug, item).is_passed;
}

struct ew_score ew_progress_step_score(const struct ew_progress_log *p,
				       const struct ew_lesson *lesson,
				       const struct ew_lesson_step *step)
{
	struct ew_score score = {.steps = 1};

	score.seen = ew_progress_standing(p, lesson->slug, step->slug, NULL).is_seen;
	for (guint i = 0; i < step->blocks->len; i++) {
		const struct ew_lesson_block *b = step->blocks->pdata[i];

		if (b->kind == EW_LESSON_QUIZ)
			score_item(p, lesson, step, b->quiz->id, &score);
		for (guint j = 0; b->kind == EW_LESSON_LIVE && j < b->live->predictions->len; j++) {
			const struct ew_prediction *prediction = b->live->predictions->pdata[j];
			g_autofree char *item = ew_prediction_item(prediction);

			score_item(p, lesson, step, item, &score);
		}
	}
	return score;
}

struct ew_score ew_progress_score(const struct ew_progress_log *p, const struct ew_lesson *lesson)
{
	struct ew_score whole = {0};

	for (guint i = 0; i < lesson->steps->len; i++) {
		struct ew_score score =
			ew_progress_step_score(p, lesson, lesson->steps->pdata[i]);

		whole.steps += score.steps;
		whole.seen += score.seen;
		whole.quizzes += score.quizzes;
		whole.passed += score.passed;
	}
	return whole;
}
