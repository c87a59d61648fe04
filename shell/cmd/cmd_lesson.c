/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lesson: list, read, step through; check what an index confirms; accept where the anchors stand.
 */
#include "cmd/guide.h"
#include "cmd/internal.h"
#include "tree/tree.h"
#include "view/view.h"

#include <string.h>

struct lesson_options {
	GPtrArray *dirs;
	const char *tree, *config;
	bool all;
};

static const struct ew_option lesson_options[] = {
	{"lessons", 0, EW_OPTION_STRINGS, offsetof(struct lesson_options, dirs), "DIR",
	 "look for lessons in DIR as well, before those that came with the program",
	 .complete = EW_COMPLETE_FILE},
	{"tree", 0, EW_OPTION_STRING, offsetof(struct lesson_options, tree), "TREE",
	 "walk through this kernel: a directory, a tarball or a release, as for index",
	 .complete = EW_COMPLETE_FILE},
	{"config", 0, EW_OPTION_STRING, offsetof(struct lesson_options, config), "C",
	 "its configuration, as for index", .complete = EW_COMPLETE_FILE},
	{"all", 'a', EW_OPTION_FLAG, offsetof(struct lesson_options, all), NULL,
	 "the whole lesson at once; with check: every lesson, on every index"},
	{NULL},
};

/* ---- reading --------------------------------------------------------------------------------- */

static struct ew_course *open_course(const struct ew_cmd_call *call)
{
	const struct lesson_options *o = call->options;

	return ew_guide_course(o->dirs);
}

static int list_lessons(const struct ew_cmd_call *call, GError **error)
{
	ew_auto(course) course = open_course(call);
	ew_auto(progress_log) progress = ew_progress_open(NULL);
	ew_auto(doc) doc = ew_view_lesson_list(course, progress);

	ew_guide_warn(call, progress);
	return ew_cmd_answer(call, doc, course->entries->len ? 0 : 1, error);
}

static void say_step(const char *what, void *data)
{
	fprintf(stderr, "%s\n", what);
}

/* The kernel that the lesson is to be walked in. */
struct wanted {
	struct ew_tree *tree; /* --tree, or NULL */
	char *spec;	      /* for exitwalk-index; NULL where no tree is here */
	char *config;	      /* as the index names that of --config; NULL for any */
	bool is_named;
};

static void wanted_clear(struct wanted *w)
{
	ew_tree_free(w->tree);
	g_free(w->spec);
	g_free(w->config);
}

/* A file gives its name to its indexes, as a word such as defconfig does. */
static char *config_name(const char *config)
{
	char *base = g_path_get_basename(config);
	g_autofree char *path = ew_tree_index_path(base, NULL);

	if (!path) /* there are no indexes then but one that is given */
		return base;
	g_free(base);
	base = g_path_get_basename(path);
	base[strlen(base) - strlen(EW_TREE_INDEX_SUFFIX)] = '\0';
	return base;
}

/* --tree and --config choose among the indexes by the names that index gives them. */
static bool read_wanted(const struct ew_cmd_call *call, struct wanted *w, GError **error)
{
	const struct lesson_options *o = call->options;
	struct ew_globals *g = &call->context->globals;

	w->is_named = g->index || g->release || o->tree || o->config;
	if (o->tree)
		w->tree = ew_tree_open(o->tree, say_step, NULL, error);
	if (o->tree && !w->tree)
		return false;
	w->spec = o->tree ? g_strdup(o->tree) : ew_tree_installed(g->release);
	if (o->config && !(w->tree && w->tree->commands))
		w->config = config_name(o->config);
	const char *name = w->tree ? w->tree->name : g->release;
	if (!name && w->config)
		name = w->spec;
	g_autofree char *chosen =
		name && w->config ? g_strconcat(name, "-", w->config, NULL) : NULL;
	g->release = g_intern_string(chosen ? chosen : name);
	return true;
}

/* Two trees may have one name, and one configuration's name may begin with another's. */
static bool check_index(const struct ew_cmd_call *call, const struct wanted *w, GError **error)
{
	const struct lesson_options *o = call->options;
	const struct ew_query_about *about = ew_query_about(call->context->query);
	const struct ew_tree *tree = w->tree;
	g_autofree char *spec = ew_tree_spec(tree ? tree->source : about->tree);
	bool is_of_tree = !tree || tree->origin == EW_TREE_PACKAGE ||
			  !strcmp(about->tree, tree->source);

	if (is_of_tree && (!w->config || !strcmp(about->config, w->config)))
		return true;
	if (is_of_tree)
		g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
			    "%s is an index of the %s configuration, not of %s; make one with "
			    "`exitwalk index %s --config %s --index FILE`, and name it with "
			    "--index FILE",
			    about->path, about->config, w->config, spec, o->config);
	else
		g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
			    "%s is an index of %s; make one of %s with `exitwalk index %s --index "
			    "FILE`, and name it with --index FILE",
			    about->path, about->tree, tree->source, spec);
	return false;
}

/* The prose of a lesson can be read without an index; that something is missing is said once, and
 * is the exit code of an answer in parts. An index that was asked for by name must be there. */
static int go_without(const struct ew_cmd_call *call, const struct wanted *w, const GError *why,
		      GError **error)
{
	if (w->is_named || !g_error_matches(why, EW_ERROR, EW_ERROR_NOT_POSSIBLE)) {
		g_propagate_error(error, g_error_copy(why));
		return -1;
	}
	ew_cmd_complain(call->context, "lesson: without source", why);
	call->context->query = NULL;
	return 4;
}

/* Returns 0, with the index open; 4 where the lesson is read without one; -1 with an error, or with
 * *end, where exitwalk-index has said what is wrong: its exit code, or 128 and a signal. */
static int open_index(const struct ew_cmd_call *call, const struct wanted *w, int *end, GError **error)
{
	const struct lesson_options *o = call->options;
	struct ew_cmd_context *context = call->context;
	g_autofree char *program = ew_cmd_indexer();
	bool can_make = o->tree || (program && w->spec && !context->globals.index);
	g_autoptr(GError) missing = NULL;
	int code;

	if (ew_cmd_need_index(context, &missing))
		return check_index(call, w, error) ? 0 : -1;
	if (!can_make || !g_error_matches(missing, EW_ERROR, EW_ERROR_NOT_POSSIBLE))
		return go_without(call, w, missing, error);
	code = ew_cmd_index_first(call, w->spec, o->config, error);
	if (code == 0 || code == 4)
		return ew_cmd_need_index(context, error) ? 0 : -1;
	if (code != -1 && code < 128 && !w->is_named)
		return go_without(call, w, missing, error);
	*end = code;
	return -1;
}

/* The index that is there, else one of what the lesson needs, made now. As open_index(). */
static int find_index(const struct ew_cmd_call *call, int *end, GError **error)
{
	struct wanted wanted = {NULL};
	int code = read_wanted(call, &wanted, error) ? open_index(call, &wanted, end, error) : -1;

	wanted_clear(&wanted);
	return code;
}

static int print_whole(const struct ew_cmd_call *call, const struct ew_lesson *lesson, int code,
		       GError **error)
{
	struct ew_query *q = call->context->query;
	ew_auto(lock) lock =
		q ? ew_lock_open(lesson->lock_dir, ew_query_about(q)->release, error) : NULL;
	struct ew_view_lesson view = {
		.q = q, .refs = call->context->refs, .lesson = lesson, .lock = lock};
	ew_auto(doc) doc = NULL;

	if (q && !lock)
		return -1;
	doc = ew_view_lesson_whole(&view, error);
	return doc ? ew_cmd_answer(call, doc, code, error) : -1;
}

/* On a terminal and within the shell one steps; elsewhere the lesson is printed. */
static bool is_stepped(const struct ew_cmd_call *call)
{
	const struct lesson_options *o = call->options;
	const struct ew_cmd_context *c = call->context;

	if (o->all || c->is_redirected || c->globals.json)
		return false;
	return c->is_shell || (c->term.in_tty && c->term.out_tty);
}

static int read_lesson(const struct ew_cmd_call *call, GError **error)
{
	ew_auto(course) course = open_course(call);
	ew_auto(lesson) lesson = ew_course_load(course, call->argv[0], error);
	const struct ew_cmd_context *c = call->context;
	int end = -1;
	int code = lesson ? find_index(call, &end, error) : -1;

	if (code < 0)
		return end > 128 ? ew_cmd_stopped(call, end - 128) : end;
	if (!is_stepped(call))
		return print_whole(call, lesson, code, error);
	if (c->term.in_tty && c->term.out_tty)
		ew_cmd_rest_start(call, ((const struct lesson_options *)call->options)->config);
	call->context->enter_shell = !call->context->is_shell;
	return ew_guide_begin(call, g_steal_pointer(&lesson), ew_progress_open(NULL), error);
}

/* ---- check and accept ------------------------------------------------------------------------ */

static void free_lesson(void *lesson)
{
	ew_lesson_free(lesson);
}

static void close_query(void *q)
{
	ew_query_close(q);
}

/* Those named, else all; a lesson that cannot be read is an error. */
static GPtrArray *named_lessons(const struct ew_cmd_call *call, GError **error)
{
	g_autoptr(GPtrArray) lessons = g_ptr_array_new_with_free_func(free_lesson);
	ew_auto(course) course = open_course(call);

	for (int i = 1; i < call->argc; i++) {
		struct ew_lesson *lesson = ew_course_load(course, call->argv[i], error);

		if (!lesson)
			return NULL;
		g_ptr_array_add(lessons, lesson);
	}
	for (guint i = 0; call->argc == 1 && i < course->entries->len; i++) {
		const struct ew_course_entry *e = course->entries->pdata[i];
		struct ew_lesson *lesson = ew_lesson_load(e->file, error);

		if (!lesson)
			return NULL;
		g_ptr_array_add(lessons, lesson);
	}
	return g_steal_pointer(&lessons);
}

/* The index of the call, or with --all every one that this machine has. */
static GPtrArray *wanted_indexes(const struct ew_cmd_call *call, GError **error)
{
	const struct lesson_options *o = call->options;
	const struct ew_globals *globals = &call->context->globals;
	g_autoptr(GPtrArray) queries = g_ptr_array_new_with_free_func(close_query);
	g_autoptr(GPtrArray) indexes = NULL;

	if (!ew_cmd_need_refs(call->context, error))
		return NULL;
	if (!o->all || globals->index || globals->release) {
		g_ptr_array_set_free_func(queries, NULL);
		if (!ew_cmd_need_index(call->context, error))
			return NULL;
		g_ptr_array_add(queries, call->context->query);
		return g_steal_pointer(&queries);
	}
	indexes = ew_tree_list_indexes(error);
	for (guint i = 0; indexes && i < indexes->len; i++) {
		const struct ew_tree_index *index = indexes->pdata[i];
		struct ew_query *q = ew_query_open(index->path, call->context->refs, error);

		if (!q)
			return NULL;
		g_ptr_array_add(queries, q);
	}
	if (indexes && !queries->len)
		g_set_error(
			error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
			"there is no index to check against; make one with \"exitwalk index 6.1\"");
	return queries->len ? g_steal_pointer(&queries) : NULL;
}

static bool check_one(const struct ew_refs *refs, struct ew_query *q,
		      const struct ew_lesson *lesson, GArray *all, bool *has_failed, GError **error)
{
	const struct ew_query_about *about = ew_query_about(q);
	ew_auto(lock) lock = ew_lock_open(lesson->lock_dir, about->release, error);
	GPtrArray *findings = NULL;
	if (lock)
		findings = ew_lesson_examine(q, lesson, lock, ew_refs_scope(refs, "lesson"), error);
	if (!findings)
		return false;
	struct ew_view_findings view = {lesson, about, findings};
	for (guint i = 0; i < findings->len; i++)
		*has_failed |= ((struct ew_finding *)findings->pdata[i])->grade == EW_FINDING_FAIL;
	g_array_append_val(all, view);
	return true;
}

static void clear_findings(void *data)
{
	struct ew_view_findings *v = data;

	g_ptr_array_unref((GPtrArray *)v->findings);
}

static int check_lessons(const struct ew_cmd_call *call, GError **error)
{
	const struct lesson_options *o = call->options;
	g_autoptr(GPtrArray) lessons = named_lessons(call, error);
	g_autoptr(GPtrArray) queries = lessons ? wanted_indexes(call, error) : NULL;
	g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(struct ew_view_findings));
	bool has_failed = false;

	g_array_set_clear_func(all, clear_findings);
	if (!queries)
		return -1;
	for (guint i = 0; i < queries->len; i++)
		for (guint j = 0; j < lessons->len; j++)
			if (!check_one(call->context->refs, queries->pdata[i], lessons->pdata[j], all,
				       &has_failed, error))
				return -1;
	ew_auto(doc) doc = ew_view_lesson_check(all, o->all);
	return ew_cmd_answer(call, doc, has_failed ? 1 : 0, error);
}

static int accept_lessons(const struct ew_cmd_call *call, GError **error)
{
	g_autoptr(GPtrArray) lessons = named_lessons(call, error);
	g_autoptr(GPtrArray) queries = lessons ? wanted_indexes(call, error) : NULL;
	g_autoptr(GPtrArray) changes = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);
	int left = 0, left_here;

	for (guint i = 0; queries && i < queries->len * lessons->len; i++) {
		struct ew_query *q = queries->pdata[i / lessons->len];
		const struct ew_lesson *lesson = lessons->pdata[i % lessons->len];
		ew_auto(lock) lock =
			ew_lock_open(lesson->lock_dir, ew_query_about(q)->release, error);

		if (!lock || !ew_lock_accept(lock, q, lesson, &left_here, changes, error))
			return -1;
		left += left_here;
		if (!g_ptr_array_find_with_equal_func(files, ew_lock_file(lock), g_str_equal, NULL))
			g_ptr_array_add(files, g_strdup(ew_lock_file(lock)));
	}
	if (!queries)
		return -1;
	ew_auto(doc) doc = ew_view_lesson_accepted(changes, files, left);
	return ew_cmd_answer(call, doc, left ? 4 : 0, error);
}

/* ---- the row --------------------------------------------------------------------------------- */

static int run_lesson(const struct ew_cmd_call *call, GError **error)
{
	if (!call->argc)
		return list_lessons(call, error);
	if (strcmp(call->argv[0], "check") == 0)
		return check_lessons(call, error);
	if (strcmp(call->argv[0], "accept") == 0)
		return accept_lessons(call, error);
	if (call->argc == 1)
		return read_lesson(call, error);
	g_set_error(
		error, EW_ERROR, EW_ERROR_USAGE,
		"one lesson at a time: lesson %.60s; or lesson check NAME…, lesson accept NAME…",
		call->argv[0]);
	return -1;
}

const struct ew_cmd ew_cmd_lesson = {
	.name = "lesson",
	.group = "Learn",
	.synopsis = "[NAME | check [NAME…] | accept [NAME…]]",
	.summary = "list the lessons, or walk through one",
	.help = "Without a name it lists the lessons and how far you are. With one it opens the "
		"lesson where "
		"you left off: next, prev, hint and quiz lead through it. Through a pipe, or with "
		"--all, the "
		"whole lesson is printed.\n\n"
		"Where there is a kernel tree but no index yet, it first reads the few files that the "
		"lesson needs, which takes seconds, and shows the first step. On a terminal the rest is "
		"then read in the background, and used once it is there; through a pipe, the "
		"last line of each answer names the command that reads it.\n\n"
		"\"lesson check\" says what the index confirms of the lessons: where each anchor "
		"stands "
		"(exact, moved, changed, ambiguous, lost), whether each fact holds, each question "
		"has an "
		"answer and each walk is proved. It exits with 1 if something fails. \"lesson "
		"accept\" records "
		"where the anchors stand now as right, in anchors/RELEASE.lock beside the lesson.",
	.max_arguments = -1,
	.options = lesson_options,
	.options_size = sizeof(struct lesson_options),
	.complete = EW_COMPLETE_LESSON,
	.run = run_lesson,
};
