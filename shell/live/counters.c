/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The observer of counters. The files are opened once, in the namespace that they are to tell of, and
 * read again from their start: an open file of /proc/net stays with its namespace.
 *
 * A file is pairs of lines, "Group: NAME NAME …" and "Group: NUMBER NUMBER …". Where a counter stands
 * is looked up once; the names do not change while a kernel runs.
 */
#include "live/observe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_MAX 32768

static const char *const file_names[] = {"netstat", "snmp"};
#define FILES G_N_ELEMENTS(file_names)

struct watched {
	const char *name;
	guint file, line, column; /* of its number */
	int64_t value;
};

struct live_counters {
	int fds[FILES];
	char *buffer;
	GPtrArray *names; /* of those that are not the table's */
	GArray *watched;  /* of struct watched, by file, line and column */
	bool was_read;
};

/* ---- finding --------------------------------------------------------------------------------- */

static bool read_text(struct live_counters *c, guint file)
{
	size_t length = 0;
	ssize_t n;

	while ((n = pread(c->fds[file], c->buffer + length, TEXT_MAX - 1 - length,
			  (off_t)length)) > 0)
		length += (size_t)n;
	c->buffer[length] = '\0';
	return n == 0 && length;
}

static const char *wanted_name(const struct live_counters *c, const char *name)
{
	const struct ew_live_counter *row = ew_live_counter_next(name, NULL);

	for (guint i = 0; !row && i < c->names->len; i++)
		if (!strcmp(name, c->names->pdata[i]))
			return c->names->pdata[i];
	return row ? row->name : NULL;
}

/* One line of names; its numbers stand on the next. Tcp and the extended groups have no name in
 * common that is watched, but Ip and Udp do. */
static void find_in_line(struct live_counters *c, guint file, guint line, char *text)
{
	char *rest = text, *group = strtok_r(text, " ", &rest), *name;
	guint column = 1;

	if (!group || (strcmp(group, "Tcp:") && strcmp(group, "TcpExt:") && strcmp(group, "MPTcpExt:")))
		return;
	for (; (name = strtok_r(NULL, " ", &rest)); column++) {
		struct watched w = {wanted_name(c, name), file, line + 1, column, 0};

		if (w.name)
			g_array_append_val(c->watched, w);
	}
}

static void find_in_text(struct live_counters *c, guint file)
{
	char *rest = NULL, *line = strtok_r(c->buffer, "\n", &rest);

	for (guint number = 0; line; number++, line = strtok_r(NULL, "\n", &rest))
		if (number % 2 == 0)
			find_in_line(c, file, number, line);
}

struct live_counters *live_counters_open(const char *directory, const char *const *more,
					 GError **error)
{
	struct live_counters *c = g_new0(struct live_counters, 1);

	c->buffer = g_malloc(TEXT_MAX);
	c->names = g_ptr_array_new_with_free_func(g_free);
	c->watched = g_array_new(FALSE, TRUE, sizeof(struct watched));
	for (; more && *more; more++)
		g_ptr_array_add(c->names, g_strdup(*more));
	for (guint i = 0; i < FILES; i++) {
		g_autofree char *path = g_build_filename(directory ? directory : "/proc/self/net",
							 file_names[i], NULL);

		c->fds[i] = open(path, O_RDONLY | O_CLOEXEC);
		if (c->fds[i] >= 0 && read_text(c, i))
			find_in_text(c, i);
		else if (!error || !*error)
			g_set_error(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
				    "cannot watch the kernel's counters: %s: %s; is /proc mounted?",
				    path, c->fds[i] < 0 ? g_strerror(errno) : "it is empty");
	}
	if (c->watched->len) {
		g_clear_error(error);
		return c;
	}
	if (error && !*error)
		g_set_error_literal(error, EW_ERROR, EW_ERROR_NOT_POSSIBLE,
				    "cannot watch the kernel's counters: none of them is known here");
	live_counters_close(c);
	return NULL;
}

void live_counters_close(struct live_counters *c)
{
	if (!c)
		return;
	for (guint i = 0; i < FILES; i++)
		if (c->fds[i] >= 0)
			close(c->fds[i]);
	g_array_unref(c->watched);
	g_ptr_array_unref(c->names);
	g_free(c->buffer);
	g_free(c);
}

/* ---- reading --------------------------------------------------------------------------------- */

struct place {
	const char *at;
	guint line, column;
};

/* Goes on to a place that is not before this one; returns false at the end of the text. */
static bool go_to(struct place *p, guint line, guint column)
{
	while (p->line < line) {
		const char *end = strchr(p->at, '\n');

		if (!end)
			return false;
		*p = (struct place){end + 1, p->line + 1, 0};
	}
	while (p->column < column) {
		const char *end = p->at + strcspn(p->at, " \n");

		if (*end != ' ')
			return false;
		*p = (struct place){end + 1, p->line, p->column + 1};
	}
	return true;
}

static void take(struct live_counters *c, struct watched *w, int64_t value, live_counter_fn fn,
		 void *data)
{
	if (c->was_read && fn && value != w->value)
		fn(w->name, value - w->value, data);
	w->value = value;
}

bool live_counters_read(struct live_counters *c, live_counter_fn fn, void *data)
{
	struct place place = {0};
	guint file = FILES;

	for (guint i = 0; i < c->watched->len; i++) {
		struct watched *w = &g_array_index(c->watched, struct watched, i);

		if (w->file != file) {
			file = w->file;
			if (!read_text(c, file))
				return false;
			place = (struct place){.at = c->buffer};
		}
		if (!go_to(&place, w->line, w->column))
			return false;
		take(c, w, g_ascii_strtoll(place.at, NULL, 10), fn, data);
	}
	c->was_read = true;
	return true;
}

bool live_counters_has(const struct live_counters *c, const char *name)
{
	for (guint i = 0; i < c->watched->len; i++)
		if (!strcmp(g_array_index(c->watched, struct watched, i).name, name))
			return true;
	return false;
}
