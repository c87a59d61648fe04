/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From argv to a command, its arguments and its options, by the rows of the table alone. */
#include "cmd/internal.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static const char *const color_choices[] = {"auto", "always", "never", NULL};

const struct ew_option ew_cmd_global_options[] = {
	{"index", 0, EW_OPTION_STRING, offsetof(struct ew_globals, index), "FILE",
	 "use this index file", .complete = EW_COMPLETE_FILE},
	{"release", 0, EW_OPTION_STRING, offsetof(struct ew_globals, release), "R",
	 "use the index of this kernel release, such as 6.1", .complete = EW_COMPLETE_RELEASE},
	{"color", 0, EW_OPTION_CHOICE, offsetof(struct ew_globals, color), "WHEN",
	 "auto, always or never; auto obeys NO_COLOR and TERM", color_choices},
	{"json", 0, EW_OPTION_FLAG, offsetof(struct ew_globals, json), NULL,
	 "answer as JSON, with a schema name"},
	{"help", 'h', EW_OPTION_FLAG, offsetof(struct ew_globals, help), NULL,
	 "say what the command does and takes"},
	{"version", 0, EW_OPTION_FLAG, offsetof(struct ew_globals, version), NULL,
	 "say the versions of exitwalk, libclang and SQLite"},
	{NULL},
};

struct parser {
	struct ew_cmd_line *line;
	int argc, at;
	char *const *argv;
};

/* ---- finding --------------------------------------------------------------------------------- */

const struct ew_option *ew_cmd_find_option(const struct ew_option *options, const char *name,
					   size_t length)
{
	for (const struct ew_option *o = options; o && o->name; o++)
		if (strlen(o->name) == length && !memcmp(o->name, name, length))
			return o;
	return NULL;
}

static const struct ew_option *find_letter(const struct ew_option *options, char letter)
{
	for (const struct ew_option *o = options; o && o->name; o++)
		if (o->letter == letter)
			return o;
	return NULL;
}

static void add_names(GPtrArray *names, const struct ew_option *options)
{
	for (const struct ew_option *o = options; o && o->name; o++)
		g_ptr_array_add(names, (void *)o->name);
}

static bool fail_option(const struct parser *p, const char *word, GError **error)
{
	const struct ew_cmd *cmd = p->line->cmd;
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	g_autofree char *shown = g_utf8_make_valid(word, (gssize)strnlen(word, 60));
	const char *dashes = word[1] == '-' ? "--" : "-";

	add_names(names, cmd ? cmd->options : NULL);
	add_names(names, ew_cmd_global_options);
	g_ptr_array_add(names, NULL);
	g_autofree char *bare = g_strndup(word + strlen(dashes), strcspn(word + strlen(dashes), "="));
	const char *near = word[1] == '-' ? ew_nearest(bare, (const char *const *)names->pdata)
					  : NULL;
	g_set_error(error, EW_ERROR, EW_ERROR_USAGE,
		    "there is no option \"%s\"%s%s%s (\"exitwalk %s%s--help\" lists what there is)",
		    shown, near ? "; did you mean \"--" : "", near ? near : "", near ? "\"?" : "",
		    cmd ? cmd->name : "", cmd ? " " : "");
	return false;
}

static bool fail_command(const char *word, GError **error)
{
	const struct ew_cmd *const *table = ew_cmd_table();
	g_autoptr(GPtrArray) names = g_ptr_array_new();
	g_autofree char *shown = g_utf8_make_valid(word, (gssize)strnlen(word, 60));

	for (; *table; table++)
		if (!(*table)->is_hidden)
			g_ptr_array_add(names, (void *)(*table)->name);
	g_ptr_array_add(names, NULL);
	const char *near = ew_nearest(word, (const char *const *)names->pdata);
	g_set_error(error, EW_ERROR, EW_ERROR_USAGE,
		    "\"%s\" is not a command%s%s%s (\"exitwalk help\" lists them)", shown,
		    near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
	return false;
}

/* ---- binding --------------------------------------------------------------------------------- */

static bool bind_int(int *target, const struct ew_option *o, const char *value, GError **error)
{
	char *end;
	long number = strtol(value, &end, 10);

	if (*value >= '0' && *value <= '9' && !*end && number > 0 && number <= INT_MAX) {
		*target = (int)number;
		return true;
	}
	g_set_error(error, EW_ERROR, EW_ERROR_USAGE,
		    "--%s takes a whole number from 1 on, not \"%.60s\"", o->name, value);
	return false;
}

static bool bind_choice(const char **target, const struct ew_option *o, const char *value,
			GError **error)
{
	if (g_strv_contains(o->choices, value)) {
		*target = value;
		return true;
	}
	g_autofree char *all = g_strjoinv(", ", (GStrv)o->choices);
	g_set_error(error, EW_ERROR, EW_ERROR_USAGE, "--%s takes one of %s, not \"%.60s\"", o->name,
		    all, value);
	return false;
}

static bool bind_value(void *base, const struct ew_option *o, const char *value, GError **error)
{
	void *target = (char *)base + o->offset;

	switch (o->type) {
	case EW_OPTION_FLAG:
		*(bool *)target = true;
		return true;
	case EW_OPTION_INT:
		return bind_int(target, o, value, error);
	case EW_OPTION_CHOICE:
		return bind_choice(target, o, value, error);
	case EW_OPTION_STRING:
		*(const char **)target = value;
		return true;
	case EW_OPTION_STRINGS:
		if (!*(GPtrArray **)target)
			*(GPtrArray **)target = g_ptr_array_new();
		g_ptr_array_add(*(GPtrArray **)target, (void *)value);
		return true;
	}
	return true;
}

/* Looks `find` up among the command's options, then the global ones; `*base` is the struct to bind. */
static const struct ew_option *look_up(struct parser *p, const char *name, size_t length, char letter,
				       void **base)
{
	const struct ew_option *own = p->line->cmd ? p->line->cmd->options : NULL;
	const struct ew_option *o = letter ? find_letter(own, letter)
					   : ew_cmd_find_option(own, name, length);

	*base = o ? (void *)p->line->options : (void *)&p->line->globals;
	if (o)
		return o;
	return letter ? find_letter(ew_cmd_global_options, letter)
		      : ew_cmd_find_option(ew_cmd_global_options, name, length);
}

static bool parse_option(struct parser *p, GError **error)
{
	const char *word = p->argv[p->at];
	bool is_long = word[1] == '-';
	const char *name = word + 1 + is_long;
	size_t length = is_long ? strcspn(name, "=") : 1;
	const char *value = is_long ? (name[length] ? name + length + 1 : NULL)
				    : (name[1] ? name + 1 : NULL);
	void *base;
	const struct ew_option *o = look_up(p, name, length, is_long ? 0 : *name, &base);

	if (!o)
		return fail_option(p, word, error);
	if (o->type == EW_OPTION_FLAG && value) {
		g_set_error(error, EW_ERROR, EW_ERROR_USAGE, "--%s takes no value", o->name);
		return false;
	}
	if (o->type != EW_OPTION_FLAG && !value) {
		if (p->at + 1 >= p->argc) {
			g_set_error(error, EW_ERROR, EW_ERROR_USAGE, "--%s wants a value: --%s %s",
				    o->name, o->name, o->argument);
			return false;
		}
		value = p->argv[++p->at];
	}
	return bind_value(base, o, value, error);
}

/* ---- the whole line -------------------------------------------------------------------------- */

bool ew_cmd_check_arguments(const struct ew_cmd_line *line, GError **error)
{
	const struct ew_cmd *cmd = line->cmd;
	int count = (int)line->arguments->len;

	if (count >= cmd->min_arguments && (cmd->max_arguments < 0 || count <= cmd->max_arguments))
		return true;
	g_set_error(error, EW_ERROR, EW_ERROR_USAGE,
		    "%s %s; it is used as: %s %s",
		    cmd->name, count < cmd->min_arguments ? "wants more arguments" : "takes fewer arguments",
		    cmd->name, cmd->synopsis);
	return false;
}

bool ew_cmd_parse(const struct ew_globals *defaults, int argc, char *const *argv,
		  struct ew_cmd_line *line, GError **error)
{
	struct parser p = {.line = line, .argc = argc, .argv = argv};
	bool options_ended = false;

	*line = (struct ew_cmd_line){.globals = *defaults, .arguments = g_ptr_array_new()};
	for (; p.at < argc; p.at++) {
		const char *word = argv[p.at];

		if (!options_ended && !strcmp(word, "--")) {
			options_ended = true;
		} else if (!options_ended && word[0] == '-' && word[1]) {
			if (!parse_option(&p, error))
				return false;
		} else if (!line->cmd) {
			line->cmd = ew_cmd_named(word);
			if (!line->cmd)
				return fail_command(word, error);
		} else {
			g_ptr_array_add(line->arguments, (void *)word);
		}
	}
	return true;
}

void ew_cmd_line_clear(struct ew_cmd_line *line)
{
	const struct ew_option *o = line->cmd ? line->cmd->options : NULL;

	for (; o && o->name; o++)
		if (o->type == EW_OPTION_STRINGS && *(GPtrArray **)(line->options + o->offset))
			g_ptr_array_unref(*(GPtrArray **)(line->options + o->offset));
	g_ptr_array_unref(line->arguments);
}
