/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Anchors judged against what a person accepted.
 *
 * A lock file holds one line an anchor, of tab-separated fields: key, file, symbol, line, and the
 * two fingerprints in hexadecimal. It is sorted by key, so that accepting one anchor changes one
 * line.
 */
#include "lesson/internal.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

struct accepted {
	char *key, *file, *symbol;
	int line;
	uint64_t statement_print, function_print;
};

struct ew_lock {
	char *file;
	bool is_absent;
	GTree *rows; /* key -> struct accepted */
};

static void accepted_free(void *data)
{
	struct accepted *a = data;

	g_free(a->key);
	g_free(a->file);
	g_free(a->symbol);
	g_free(a);
}

static int compare_keys(const void *a, const void *b, void *data)
{
	return strcmp(a, b);
}

/* ---- the file -------------------------------------------------------------------------------- */

/* "6.1.192" -> "6.1" */
static char *series_of(const char *release)
{
	const char *dot = strchr(release, '.');
	size_t n =
		dot ? (size_t)(dot - release) + 1 + strspn(dot + 1, "0123456789") : strlen(release);

	return g_strndup(release, n);
}

static bool parse_line(struct ew_lock *lock, const char *line, int number, GError **error)
{
	g_auto(GStrv) f = g_strsplit(line, "\t", -1);
	struct accepted *a;

	if (!*line || *line == '#')
		return true;
	if (g_strv_length(f) != 6 || atoi(f[3]) < 1) {
		g_set_error(
			error, EW_ERROR, EW_ERROR_INPUT,
			"%s:%d: not a line of an anchor lock; write the file anew with `exitwalk "
			"lesson accept`",
			lock->file, number);
		return false;
	}
	a = g_new0(struct accepted, 1);
	a->key = g_strdup(f[0]);
	a->file = g_strdup(f[1]);
	a->symbol = g_strdup(f[2]);
	a->line = atoi(f[3]);
	a->statement_print = strtoull(f[4], NULL, 16);
	a->function_print = strtoull(f[5], NULL, 16);
	g_tree_replace(lock->rows, a->key, a);
	return true;
}

struct ew_lock *ew_lock_open(const char *dir, const char *release, GError **error)
{
	ew_auto(lock) lock = g_new0(struct ew_lock, 1);
	g_autofree char *series = series_of(release), *name = g_strconcat(series, ".lock", NULL);
	g_autofree char *text = NULL;
	g_auto(GStrv) lines = NULL;
	g_autoptr(GError) own = NULL;

	lock->file = g_build_filename(dir, name, NULL);
	lock->rows = g_tree_new_full(compare_keys, NULL, NULL, accepted_free);
	if (!g_file_get_contents(lock->file, &text, NULL, &own)) {
		lock->is_absent = g_error_matches(own, G_FILE_ERROR, G_FILE_ERROR_NOENT) ||
				  g_error_matches(own, G_FILE_ERROR, G_FILE_ERROR_NOTDIR);
		if (lock->is_absent)
			return g_steal_pointer(&lock);
		g_set_error(error, EW_ERROR, EW_ERROR_INPUT, "cannot read the anchor lock: %s",
			    own->message);
		return NULL;
	}
	lines = g_strsplit(text, "\n", -1);
	for (int i = 0; lines[i]; i++)
		if (!parse_line(lock, lines[i], i + 1, error))
			return NULL;
	return g_steal_pointer(&lock);
}

void ew_lock_close(struct ew_lock *lock)
{
	if (!lock)
		return;
	g_tree_unref(lock->rows);
	g_free(lock->file);
	g_free(lock);
}

bool ew_lock_is_absent(const struct ew_lock *lock)
{
	return lock->is_absent;
}

const char *ew_lock_file(const struct ew_lock *lock)
{
	return lock->file;
}

/* ---- judging --------------------------------------------------------------------------------- */

const char *ew_verdict_name(enum ew_verdict verdict)
{
	static const char *const names[] = {"exact", "moved", "changed", "ambiguous", "lost"};

	return names[verdict];
}

/* One place, and if the anchor counts, as many matched as it counts on. */
static bool is_settled(const GPtrArray *places, const struct ew_anchor_spec *spec)
{
	const struct ew_anchor_place *p = places->len == 1 ? places->pdata[0] : NULL;

	if (!p)
		return false;
	if (!spec->nth)
		return p->of == 1;
	return p->nth == spec->nth && (!spec->of || p->of == spec->of);
}

static void judge_settled(struct ew_judged *j, const struct accepted *a)
{
	const struct ew_anchor_place *p = j->places->pdata[0];
	bool same_statement = a && a->statement_print == p->statement_print;
	bool same_function = a && a->function_print == p->function_print;

	j->is_new = !a;
	if (same_statement && same_function) {
		j->verdict = strcmp(a->file, p->place.file) == 0 && a->line == p->place.line
				     ? EW_VERDICT_EXACT
				     : EW_VERDICT_MOVED;
		return;
	}
	j->verdict = EW_VERDICT_CHANGED;
	if (!a)
		j->why = g_strdup("nobody has accepted this place for this release yet");
	else if (same_statement)
		j->why = g_strdup_printf(
			"the statement is as it was, but %s around it has changed since "
			"this step was written",
			p->symbol->name);
	else
		j->why = g_strdup(
			"this statement has changed since the step was written; read it with "
			"care");
}

static void judge_unsettled(struct ew_judged *j, const struct ew_anchor_block *anchor)
{
	if (!j->places->len) {
		j->verdict = EW_VERDICT_LOST;
		j->why = g_strdup_printf("not in this kernel%s%s", anchor->drift ? ": " : "",
					 anchor->drift ? anchor->drift : "");
		return;
	}
	j->verdict = EW_VERDICT_AMBIGUOUS;
	if (anchor->spec.nth)
		j->why = g_strdup_printf("%u %s where the step counts on %d", j->places->len,
					 j->places->len == 1 ? "place matches" : "places match",
					 anchor->spec.of ? anchor->spec.of : anchor->spec.nth);
	else
		j->why = g_strdup_printf("%u places match", j->places->len);
}

struct ew_judged *ew_anchor_judge(struct ew_query *q, const struct ew_anchor_block *anchor,
				  const struct ew_lock *lock, GError **error)
{
	GPtrArray *places = ew_query_anchor(q, &anchor->spec, error);
	struct ew_judged *j;

	if (!places)
		return NULL;
	j = g_new0(struct ew_judged, 1);
	j->places = places;
	if (is_settled(places, &anchor->spec))
		judge_settled(j, lock ? g_tree_lookup(lock->rows, anchor->key) : NULL);
	else
		judge_unsettled(j, anchor);
	return j;
}

void ew_judged_free(struct ew_judged *j)
{
	if (!j)
		return;
	g_ptr_array_unref(j->places);
	g_free(j->why);
	g_free(j);
}

/* ---- accepting ------------------------------------------------------------------------------- */

static gboolean write_row(void *key, void *data, void *text)
{
	const struct accepted *a = data;

	g_string_append_printf(
		text, "%s\t%s\t%s\t%d\t%016" G_GINT64_MODIFIER "x\t%016" G_GINT64_MODIFIER "x\n",
		a->key, a->file, a->symbol, a->line, a->statement_print, a->function_print);
	return FALSE;
}

static bool lock_write(struct ew_lock *lock, GError **error)
{
	g_autofree char *dir = g_path_get_dirname(lock->file);
	GString *text =
		g_string_new("# Where the lessons' anchors stand in this release, as a person "
			     "accepted it:\n# `exitwalk lesson accept` writes this file. Anchor, "
			     "file, symbol, line, fingerprints of\n# the statement and of its "
			     "function.\n");
	g_autofree char *bytes = NULL;
	g_autoptr(GError) own = NULL;

	g_tree_foreach(lock->rows, write_row, text);
	bytes = g_string_free(text, FALSE);
	g_mkdir_with_parents(dir, 0777);
	if (g_file_set_contents_full(lock->file, bytes, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0666,
				     &own))
		return true;
	g_set_error(
		error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
		"cannot write %s: %s; accept where the lessons can be written, with --lessons DIR",
		lock->file, own->message);
	return false;
}

static void say_change(GPtrArray *changes, const struct ew_anchor_block *anchor,
		       const struct ew_judged *j)
{
	const struct ew_anchor_place *p = j->places->pdata[0];

	if (changes && j->verdict != EW_VERDICT_EXACT)
		g_ptr_array_add(changes,
				g_strdup_printf("%s: %s, now %s:%d in %s", anchor->key,
						j->is_new ? "new" : ew_verdict_name(j->verdict),
						p->place.file, p->place.line, p->symbol->name));
}

static void accept_place(struct ew_lock *lock, const struct ew_anchor_block *anchor,
			 const struct ew_anchor_place *p)
{
	struct accepted *a = g_new0(struct accepted, 1);

	a->key = g_strdup(anchor->key);
	a->file = g_strdup(p->place.file);
	a->symbol = g_strdup(p->symbol->name);
	a->line = p->place.line;
	a->statement_print = p->statement_print;
	a->function_print = p->function_print;
	g_tree_replace(lock->rows, a->key, a);
}

static bool accept_block(struct ew_lock *lock, struct ew_query *q,
			 const struct ew_anchor_block *anchor, int *left, GPtrArray *changes,
			 GError **error)
{
	ew_auto(judged) j = ew_anchor_judge(q, anchor, lock, error);

	if (!j)
		return false;
	if (j->verdict == EW_VERDICT_LOST || j->verdict == EW_VERDICT_AMBIGUOUS) {
		g_tree_remove(lock->rows, anchor->key);
		++*left;
		if (changes)
			g_ptr_array_add(changes,
					g_strdup_printf("%s: %s, not accepted: %s", anchor->key,
							ew_verdict_name(j->verdict), j->why));
		return true;
	}
	say_change(changes, anchor, j);
	accept_place(lock, anchor, j->places->pdata[0]);
	return true;
}

struct stale {
	const char *prefix;
	GPtrArray *keys;
	GHashTable *kept;
};

static gboolean collect_stale(void *key, void *data, void *user)
{
	struct stale *s = user;

	if (g_str_has_prefix(key, s->prefix) && !g_hash_table_contains(s->kept, key))
		g_ptr_array_add(s->keys, g_strdup(key));
	return FALSE;
}

/* Rows of anchors that the lesson no longer has. */
static void drop_stale(struct ew_lock *lock, const struct ew_lesson *lesson, GHashTable *kept)
{
	g_autofree char *prefix = g_strconcat(lesson->slug, "/", NULL);
	g_autoptr(GPtrArray) keys = g_ptr_array_new_with_free_func(g_free);
	struct stale s = {prefix, keys, kept};

	g_tree_foreach(lock->rows, collect_stale, &s);
	for (guint i = 0; i < keys->len; i++)
		g_tree_remove(lock->rows, keys->pdata[i]);
}

bool ew_lock_accept(struct ew_lock *lock, struct ew_query *q, const struct ew_lesson *lesson,
		    int *left, GPtrArray *changes, GError **error)
{
	g_autoptr(GHashTable) kept = g_hash_table_new(g_str_hash, g_str_equal);

	*left = 0;
	for (guint i = 0; i < lesson->steps->len; i++) {
		const struct ew_lesson_step *step = lesson->steps->pdata[i];

		for (guint j = 0; j < step->blocks->len; j++) {
			const struct ew_lesson_block *block = step->blocks->pdata[j];

			if (block->kind != EW_LESSON_ANCHOR)
				continue;
			g_hash_table_add(kept, block->anchor->key);
			if (!accept_block(lock, q, block->anchor, left, changes, error))
				return false;
		}
	}
	drop_stale(lock, lesson, kept);
	lock->is_absent = false;
	return lock_write(lock, error);
}
