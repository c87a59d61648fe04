/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The experiments of a directory: their order, what each needs, how long it takes. */
#include "live/internal.h"

#include <stdio.h>
#include <string.h>

/* ---- the order ------------------------------------------------------------------------------- */

/* The file `groups` of the directory: a group a line, and the experiments that come first in it. */
#define ORDER_FILE "groups"

/* What stands earlier in the file is less; keys are "GROUP" and "GROUP/NAME". Empty where there is no such file. */
static GHashTable *read_order(const char *directory)
{
	GHashTable *order = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autofree char *path = g_build_filename(directory, ORDER_FILE, NULL);
	g_autofree char *text = NULL;
	int place = 0;

	if (!g_file_get_contents(path, &text, NULL, NULL))
		return order;
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	for (int i = 0; lines[i]; i++) {
		g_auto(GStrv) words = g_strsplit_set(lines[i], " \t", -1);

		for (int k = 0; *lines[i] != '#' && words[k]; k++) {
			if (!*words[k])
				continue; /* of several blanks */
			char *key = k ? g_strconcat(words[0], "/", words[k], NULL)
				      : g_strdup(words[0]);

			g_hash_table_insert(order, key, GINT_TO_POINTER(++place));
		}
	}
	return order;
}

static int place_of(GHashTable *order, const char *group, const char *name)
{
	g_autofree char *key = name ? g_strconcat(group, "/", name, NULL) : g_strdup(group);
	int place = GPOINTER_TO_INT(g_hash_table_lookup(order, key));

	return place ? place : G_MAXINT;
}

static int compare_places(const void *a, const void *b, void *data)
{
	const struct ew_live_experiment *x = *(struct ew_live_experiment *const *)a;
	const struct ew_live_experiment *y = *(struct ew_live_experiment *const *)b;
	int group_x = place_of(data, x->group, NULL), group_y = place_of(data, y->group, NULL);

	if (group_x != group_y)
		return group_x < group_y ? -1 : 1;
	int by_group = strcmp(x->group, y->group);
	if (by_group)
		return by_group;
	int place_x = place_of(data, x->group, x->name), place_y = place_of(data, y->group, y->name);
	if (place_x != place_y)
		return place_x < place_y ? -1 : 1;
	return strcmp(x->name, y->name);
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

GPtrArray *ew_live_list(const char *directory, GPtrArray *problems, GError **error)
{
	g_autoptr(GError) problem = NULL;
	g_autoptr(GDir) dir = g_dir_open(directory, 0, &problem);
	g_autoptr(GHashTable) order = NULL;
	const char *name;

	if (!dir) {
		g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
			    "cannot list the experiments: %s", problem->message);
		return NULL;
	}
	GPtrArray *list = g_ptr_array_new_with_free_func((GDestroyNotify)ew_live_experiment_free);
	while ((name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(directory, name, NULL);
		g_autoptr(GError) broken = NULL;

		if (!g_str_has_suffix(name, ".exp") || *name == '.')
			continue;
		struct ew_live_experiment *x = ew_live_load(path, &broken);
		if (x)
			g_ptr_array_add(list, x);
		else if (problems)
			g_ptr_array_add(problems, g_strdup(broken->message));
	}
	order = read_order(directory);
	g_ptr_array_sort_with_data(list, compare_places, order);
	if (problems)
		g_ptr_array_sort(problems, compare_texts);
	return list;
}

/* ---- needs ----------------------------------------------------------------------------------- */

static void add_once(GPtrArray *needs, const char *word, const char *parameter)
{
	char *need = parameter ? g_strconcat(word, " ", parameter, NULL) : g_strdup(word);

	if (g_ptr_array_find_with_equal_func(needs, need, g_str_equal, NULL))
		g_free(need);
	else
		g_ptr_array_add(needs, need);
}

/* A list of words: "root sysctl net.ipv4.tcp_migrate_req". */
static void add_needs(GPtrArray *needs, const char *list)
{
	g_auto(GStrv) words = g_strsplit(list ? list : "", " ", -1);

	for (int i = 0; words[i] && *words[i]; i++) {
		bool takes_parameter;

		live_probe_find(words[i], &takes_parameter);
		add_once(needs, words[i], takes_parameter ? words[i + 1] : NULL);
		i += takes_parameter && words[i + 1];
	}
}

char **ew_live_needs(const struct ew_live_experiment *x)
{
	GPtrArray *needs = g_ptr_array_new();

	add_needs(needs, live_topology_find(x->topology)->needs);
	for (int i = 0; x->needs[i]; i++)
		add_needs(needs, x->needs[i]);
	for (guint i = 0; i < x->steps->len; i++)
		add_needs(needs, g_array_index(x->steps, struct ew_live_step, i).verb->needs);
	if (x->protocol == EW_LIVE_MPTCP)
		add_once(needs, "mptcp", NULL);
	g_ptr_array_add(needs, NULL);
	return (char **)g_ptr_array_free(needs, FALSE);
}

/* ---- how long it takes ----------------------------------------------------------------------- */

/* The times of the first and the last event of a recording are near its ends. */
#define LOOKED_AT 1024

/* In nanoseconds: what stands behind the last " time=" of the text, or the first; 0 where there is none. */
static int64_t time_in(const char *text, bool is_last)
{
	static const char word[] = " time=";
	const char *found = is_last ? g_strrstr(text, word) : strstr(text, word);

	return found ? g_ascii_strtoll(found + strlen(word), NULL, 10) : 0;
}

static char *recording_path(const struct ew_live_experiment *x)
{
	g_autofree char *directory = g_path_get_dirname(x->path);
	g_autofree char *name = g_strconcat(x->name, ".timeline", NULL);

	return g_build_filename(directory, name, NULL);
}

char *ew_live_replay_command(const struct ew_live_experiment *x)
{
	g_autofree char *path = recording_path(x), *directory = g_path_get_dirname(x->path);
	/* those of the catalogue are known by their names */
	bool is_shipped = g_str_has_suffix(directory, "lessons/experiments");

	return g_file_test(path, G_FILE_TEST_EXISTS)
		       ? g_strdup_printf("exitwalk live %s --recorded", is_shipped ? x->name : x->path)
		       : NULL;
}

int64_t ew_live_recorded_ms(const struct ew_live_experiment *x)
{
	g_autofree char *path = recording_path(x);
	char text[LOOKED_AT + 1] = "";
	FILE *file = fopen(path, "re");
	int64_t begin, end;

	if (!file)
		return -1;
	text[fread(text, 1, LOOKED_AT, file)] = '\0';
	begin = time_in(text, false);
	if (fseek(file, -LOOKED_AT, SEEK_END) == 0)
		text[fread(text, 1, LOOKED_AT, file)] = '\0';
	fclose(file);
	end = time_in(text, true);
	return end > begin ? (end - begin) / 1000000 : -1;
}
