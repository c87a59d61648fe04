/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Experiments as values: where they come from, what they are called. Their language is
 * language.c's. */
#include "live/internal.h"

#include <string.h>

#define TEXT_MAX	 (256 * 1024)
#define DEFAULT_BOUND_MS 3000

struct ew_live_experiment *live_experiment_new(const char *path)
{
	struct ew_live_experiment *x = g_new0(struct ew_live_experiment, 1);

	x->path = g_strdup(path);
	x->name = g_path_get_basename(path);
	if (g_str_has_suffix(x->name, ".exp"))
		x->name[strlen(x->name) - 4] = '\0';
	x->sysctls = g_array_new(FALSE, TRUE, sizeof(struct ew_live_sysctl));
	x->steps = g_array_new(FALSE, TRUE, sizeof(struct ew_live_step));
	x->packets = g_array_new(FALSE, TRUE, sizeof(struct ew_live_expected_packet));
	x->decides = g_new0(char *, 1);
	x->bound_ms = DEFAULT_BOUND_MS;
	return x;
}

void ew_live_experiment_free(struct ew_live_experiment *x)
{
	if (!x)
		return;
	for (guint i = 0; i < x->sysctls->len; i++) {
		g_free(g_array_index(x->sysctls, struct ew_live_sysctl, i).name);
		g_free(g_array_index(x->sysctls, struct ew_live_sysctl, i).value);
	}
	g_array_unref(x->sysctls);
	g_array_unref(x->steps);
	g_array_unref(x->packets);
	for (int i = 0; i < x->actor_count; i++)
		g_free(x->actors[i]);
	g_strfreev(x->decides);
	g_free(x->name);
	g_free(x->path);
	g_free(x->title);
	g_free(x->question);
	g_free(x->topology);
	g_free(x->teaches);
	g_free(x);
}

struct ew_live_experiment *ew_live_parse(const char *text, const char *path, GError **error)
{
	ew_auto(live_experiment) x = live_experiment_new(path);

	return live_parse_into(x, text, error) ? g_steal_pointer(&x) : NULL;
}

struct ew_live_experiment *ew_live_load(const char *path, GError **error)
{
	g_autofree char *text = NULL;
	g_autoptr(GError) problem = NULL;
	gsize length;

	if (!g_file_get_contents(path, &text, &length, &problem)) {
		bool missing = g_error_matches(problem, G_FILE_ERROR, G_FILE_ERROR_NOENT);

		g_set_error(error, EW_ERROR, missing ? EW_ERROR_NO_ANSWER : EW_ERROR_INPUT,
			    "cannot read the experiment %s: %s", path, problem->message);
		return NULL;
	}
	if (length > TEXT_MAX || strlen(text) != length) {
		g_set_error(error, EW_ERROR, EW_ERROR_INPUT, "%s:1: this is no experiment: %s",
			    path,
			    length > TEXT_MAX ? "the file is too large" : "it contains zero bytes");
		return NULL;
	}
	return ew_live_parse(text, path, error);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

GPtrArray *ew_live_list(const char *directory, GPtrArray *problems, GError **error)
{
	g_autoptr(GError) problem = NULL;
	g_autoptr(GDir) dir = g_dir_open(directory, 0, &problem);
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	const char *name;

	if (!dir) {
		g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
			    "cannot list the experiments: %s", problem->message);
		return NULL;
	}
	while ((name = g_dir_read_name(dir)))
		if (g_str_has_suffix(name, ".exp") && *name != '.')
			g_ptr_array_add(names, g_build_filename(directory, name, NULL));
	g_ptr_array_sort(names, compare_names);

	GPtrArray *list = g_ptr_array_new_with_free_func((GDestroyNotify)ew_live_experiment_free);
	for (guint i = 0; i < names->len; i++) {
		g_autoptr(GError) broken = NULL;
		struct ew_live_experiment *x = ew_live_load(names->pdata[i], &broken);

		if (x)
			g_ptr_array_add(list, x);
		else if (problems)
			g_ptr_array_add(problems, g_strdup(broken->message));
	}
	return list;
}

char *ew_live_step_text(const struct ew_live_experiment *x, const struct ew_live_step *step)
{
	const char *verb = live_verb_names[step->verb];

	if (step->verb == EW_LIVE_STILL)
		return g_strdup_printf("still %" G_GINT64_FORMAT "ms", step->count);
	if (step->verb == EW_LIVE_CONNECTS)
		return g_strdup_printf("%s %s %s", x->actors[step->actor], verb,
				       x->actors[step->target]);
	if (step->verb == EW_LIVE_SENDS)
		return g_strdup_printf("%s %s %" G_GINT64_FORMAT, x->actors[step->actor], verb,
				       step->count);
	return g_strdup_printf("%s %s", x->actors[step->actor], verb);
}

int ew_live_side(const struct ew_live_experiment *x, const char *actor)
{
	for (int i = 0; i < x->actor_count; i++)
		if (!strcmp(x->actors[i], actor))
			return i;
	return -1;
}
