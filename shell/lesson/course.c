/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All lessons that there are. */
#include "lesson/internal.h"
#include "tree/tree.h"

#include <string.h>

static void entry_free(void *data)
{
	struct ew_course_entry *e = data;

	g_free(e->slug);
	g_free(e->title);
	g_free(e->file);
	g_free(e->time);
	g_free(e->about);
	g_free(e->problem);
	g_free(e);
}

/* A lesson declares itself in its head; a README beside it does not. */
static bool declares_lesson(const char *file)
{
	g_autofree char *text = NULL;

	if (!g_file_get_contents(file, &text, NULL, NULL))
		return true; /* so that the list says what is wrong with it */
	return g_str_has_prefix(text, "---") &&
	       (g_str_has_prefix(text, "---\nlesson:") || strstr(text, "\nlesson:"));
}

static bool is_listed(const GPtrArray *entries, const char *slug)
{
	for (guint i = 0; i < entries->len; i++)
		if (strcmp(((struct ew_course_entry *)entries->pdata[i])->slug, slug) == 0)
			return true;
	return false;
}

static void add_file(GPtrArray *entries, const char *dir, const char *name)
{
	g_autofree char *file = g_build_filename(dir, name, NULL);
	g_autoptr(GError) error = NULL;
	struct ew_course_entry *e;

	if (!g_str_has_suffix(name, ".md") || !declares_lesson(file))
		return;
	ew_auto(lesson) lesson = ew_lesson_load(file, &error);
	e = g_new0(struct ew_course_entry, 1);
	e->slug = lesson ? g_strdup(lesson->slug) : g_strndup(name, strlen(name) - 3);
	e->title = g_strdup(lesson ? lesson->title : "");
	e->time = g_strdup(lesson ? lesson->time : NULL);
	e->about = g_strdup(lesson ? lesson->about : NULL);
	e->steps = lesson ? (int)lesson->steps->len : 0;
	e->problem = g_strdup(error ? error->message : NULL);
	e->file = g_steal_pointer(&file);
	if (is_listed(entries, e->slug))
		entry_free(e); /* one of an earlier directory stands before it */
	else
		g_ptr_array_add(entries, e);
}

static void add_dir(GPtrArray *entries, const char *path)
{
	g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir)))
		add_file(entries, path, name);
}

static int compare_entries(const void *a, const void *b)
{
	const struct ew_course_entry *const *x = a, *const *y = b;

	return strcmp((*x)->slug, (*y)->slug);
}

struct ew_course *ew_course_open(const char *const *dirs)
{
	struct ew_course *course = g_new0(struct ew_course, 1);
	g_autofree char *shipped = ew_tree_data_dir("lessons");

	course->entries = g_ptr_array_new_with_free_func(entry_free);
	for (; dirs && *dirs; dirs++)
		add_dir(course->entries, *dirs);
	if (shipped)
		add_dir(course->entries, shipped);
	g_ptr_array_sort(course->entries, compare_entries);
	return course;
}

void ew_course_close(struct ew_course *course)
{
	if (!course)
		return;
	g_ptr_array_unref(course->entries);
	g_free(course);
}

static char *list_slugs(const struct ew_course *course)
{
	GString *list = g_string_new(NULL);

	for (guint i = 0; i < course->entries->len; i++) {
		const struct ew_course_entry *e = course->entries->pdata[i];

		g_string_append_printf(list, "%s%s", i ? ", " : "", e->slug);
	}
	return g_string_free(list, FALSE);
}

struct ew_lesson *ew_course_load(const struct ew_course *course, const char *name, GError **error)
{
	g_autofree char *slugs = NULL;

	for (guint i = 0; i < course->entries->len; i++) {
		const struct ew_course_entry *e = course->entries->pdata[i];

		if (strcmp(e->slug, name) == 0)
			return ew_lesson_load(e->file, error);
	}
	if (g_str_has_suffix(name, ".md") || strchr(name, '/'))
		return ew_lesson_load(name, error);
	slugs = list_slugs(course);
	g_set_error(error, EW_ERROR, EW_ERROR_USAGE,
		    *slugs ? "no lesson is called `%.60s`; there are: %s"
			   : "no lesson is called `%.60s`, and none was found at all%s",
		    name, slugs);
	return NULL;
}

char *ew_lesson_experiment(const struct ew_lesson *lesson, const char *name)
{
	g_autofree char *dir = g_path_get_dirname(lesson->file), *shipped = NULL;
	g_autofree char *file_name = g_strconcat(name, ".exp", NULL);
	char *file = g_build_filename(dir, "experiments", file_name, NULL);

	if (g_file_test(file, G_FILE_TEST_EXISTS))
		return file;
	g_free(file);
	shipped = ew_tree_data_dir("lessons");
	return g_build_filename(shipped ? shipped : ".", "experiments", file_name, NULL);
}
