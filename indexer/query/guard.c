/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The CONFIG_ guards of a place, what the configuration says of their symbols, and the other arms. */
#include <string.h>

#include "query/guard_text.h"
#include "query/internal.h"

static void free_arm(gpointer data)
{
	struct ew_guard_arm *arm = data;

	g_ptr_array_unref(arm->calls);
	g_ptr_array_unref(arm->defines);
	g_free(arm);
}

static void free_guard(gpointer data)
{
	struct ew_guard *g = data;

	g_ptr_array_unref(g->symbols);
	g_ptr_array_unref(g->others);
	g_free(g);
}

/* ---- symbols --------------------------------------------------------------------------------- */

/* The rest of the line "#define NAME …", NULL if there is none. */
static char *defined_as(const char *text, const char *name)
{
	g_autofree char *line = g_strdup_printf("#define %s ", name);
	const char *at = strstr(text, line);

	if (!at)
		return NULL;
	at += strlen(line);
	return g_strndup(at, strcspn(at, "\r\n"));
}

/* "y", "m", another value, "n"; NULL where the index does not hold the configuration. */
static const char *value_of(struct ew_query *q, const char *name)
{
	g_autoptr(GBytes) bytes = ew_query_text(q, "include/generated/autoconf.h", NULL);
	g_autofree char *text = NULL, *module = g_strconcat(name, "_MODULE", NULL), *value = NULL;
	gsize length;
	const char *data = bytes ? g_bytes_get_data(bytes, &length) : NULL;

	if (!data)
		return NULL;
	text = g_strndup(data, length);
	value = defined_as(text, name);
	if (value)
		return strcmp(value, "1") ? query_intern(q, value) : "y";
	value = defined_as(text, module);
	return value ? "m" : "n";
}

void query_guard_symbols(struct ew_query *q, const char *text, GPtrArray *symbols)
{
	const char *at = text;

	while ((at = strstr(at, "CONFIG_"))) {
		size_t length = strspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");
		g_autofree char *name = g_strndup(at, length);
		struct ew_config *c = g_new0(struct ew_config, 1);

		if (g_str_has_suffix(name, "_MODULE"))
			name[length - strlen("_MODULE")] = '\0';
		c->name = query_intern(q, name);
		c->value = value_of(q, name);
		g_ptr_array_add(symbols, c);
		at += length;
	}
}

/* ---- the answer ------------------------------------------------------------------------------ */

static GPtrArray *interned(struct ew_query *q, const GPtrArray *names)
{
	GPtrArray *copy = g_ptr_array_new();
	guint i;

	for (i = 0; i < names->len; i++)
		g_ptr_array_add(copy, (gpointer)query_intern(q, g_ptr_array_index(names, i)));
	return copy;
}

struct ew_guard *query_guard_new(void)
{
	struct ew_guard *g = g_new0(struct ew_guard, 1);

	g->symbols = g_ptr_array_new_with_free_func(g_free);
	g->others = g_ptr_array_new_with_free_func(free_arm);
	return g;
}

struct ew_guard_arm *query_guard_arm(struct ew_query *q, const struct guard_arm *from)
{
	struct ew_guard_arm *arm = g_new0(struct ew_guard_arm, 1);

	arm->text = query_intern(q, from->text);
	arm->first_line = from->first_line;
	arm->last_line = from->last_line;
	arm->calls = interned(q, from->calls);
	arm->defines = interned(q, from->defines);
	return arm;
}

static struct ew_guard *guard_of(struct ew_query *q, const char *file, const struct guard_group *group)
{
	struct ew_guard *g = query_guard_new();
	guint i;

	g->text = query_intern(q, group->mine->text);
	g->place = (struct ew_place){query_intern(q, file), group->mine->line, 1};
	for (i = 0; i < group->arms->len; i++) {
		const struct guard_arm *from = g_ptr_array_index(group->arms, i);
		struct ew_guard_arm *arm;

		query_guard_symbols(q, from->text, g->symbols);
		if (from == group->mine)
			continue;
		arm = query_guard_arm(q, from);
		g_ptr_array_add(g->others, arm);
	}
	return g;
}

GPtrArray *ew_query_guards(struct ew_query *q, const struct ew_place *place)
{
	GPtrArray *all = g_ptr_array_new_with_free_func(free_guard);
	g_autoptr(GBytes) bytes = place->file ? ew_query_text(q, place->file, NULL) : NULL;
	g_autoptr(GPtrArray) groups = NULL;
	gsize length = 0;
	const char *text = bytes ? g_bytes_get_data(bytes, &length) : NULL;
	guint i;

	if (!text || !memmem(text, length, "CONFIG_", 7))
		return all;
	groups = guards_around(text, length, place->line);
	for (i = 0; i < groups->len; i++)
		g_ptr_array_add(all, guard_of(q, place->file, g_ptr_array_index(groups, i)));
	return all;
}

GPtrArray *ew_query_call_guards(struct ew_query *q, const struct ew_edge *e)
{
	GPtrArray *all = ew_query_guards(q, &e->site);

	query_condition_guards(q, e->call, all);
	return all;
}
