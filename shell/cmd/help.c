/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The overview, a command's help and the versions, as documents made from the table. */
#include "cmd/internal.h"
#include "store/store.h"
#include <string.h>

/* ---- parts ----------------------------------------------------------------------------------- */

static void add_paragraphs(struct ew_group *g, const char *text)
{
	g_auto(GStrv) paragraphs = text ? g_strsplit(text, "\n\n", -1) : NULL;

	for (char **p = paragraphs; p && *p; p++)
		ew_doc_say(ew_doc_paragraph(g), *p);
}

static void add_option(struct ew_table *t, const struct ew_option *o)
{
	struct ew_block *row = ew_table_row(t);

	ew_doc_textf(row, EW_ROLE_COMMAND, "option", "--%s", o->name);
	if (o->letter)
		ew_doc_textf(row, EW_ROLE_COMMAND, NULL, ", -%c", o->letter);
	if (o->argument)
		ew_doc_textf(row, EW_ROLE_EMPHASIS, NULL, " %s", o->argument);
	ew_doc_text(row, EW_ROLE_HIDDEN, "argument", o->argument);
	ew_doc_text(row, EW_ROLE_PLAIN, "help", o->help);
}

static void add_options(struct ew_group *g, const char *key, const char *title,
			const struct ew_option *options)
{
	if (!options || !options->name || options->is_hidden)
		return;
	ew_doc_say(ew_doc_heading(g, 2), title);
	struct ew_table *t = ew_doc_table(ew_doc_group(g, NULL, 2), key);
	ew_table_column(t, "option", NULL, EW_ALIGN_LEFT);
	ew_table_column(t, "help", NULL, EW_ALIGN_LEFT);
	for (; options->name; options++)
		if (!options->is_hidden)
			add_option(t, options);
}

static void add_usage(struct ew_block *b, const struct ew_cmd *cmd)
{
	ew_doc_say(b, cmd->needs & EW_NEEDS_SHELL ? "" : "exitwalk ");
	ew_doc_text(b, EW_ROLE_COMMAND, "name", cmd->name);
	if (*cmd->synopsis)
		ew_doc_say(b, " ");
	ew_doc_text(b, EW_ROLE_EMPHASIS, "synopsis", cmd->synopsis);
}

/* ---- the documents --------------------------------------------------------------------------- */

static void add_group(struct ew_group *root, struct ew_list *list, const char *group)
{
	struct ew_group *entry = ew_list_entry(list);
	struct ew_block *heading = ew_doc_heading(entry, 2);
	ew_doc_text(heading, EW_ROLE_STRONG, "group", group);

	struct ew_table *t = ew_doc_table(ew_doc_group(entry, NULL, 2), "commands");
	ew_table_column(t, "name", NULL, EW_ALIGN_LEFT);
	ew_table_column(t, "summary", NULL, EW_ALIGN_LEFT);
	for (const struct ew_cmd *const *cmd = ew_cmd_table(); *cmd; cmd++) {
		if ((*cmd)->is_hidden || strcmp((*cmd)->group, group))
			continue;
		struct ew_block *row = ew_table_row(t);
		ew_doc_text(row, EW_ROLE_COMMAND, "name", (*cmd)->name);
		ew_doc_text(row, EW_ROLE_HIDDEN, "synopsis", (*cmd)->synopsis);
		ew_doc_text(row, EW_ROLE_PLAIN, "summary", (*cmd)->summary);
	}
}

struct ew_doc *ew_help_overview(void)
{
	struct ew_doc *doc = ew_doc_new("exitwalk.help/1");
	struct ew_group *g = ew_doc_root(doc);
	struct ew_block *title = ew_doc_paragraph(g);
	const char *last = NULL;

	ew_doc_text(title, EW_ROLE_STRONG, NULL, "exitwalk");
	ew_doc_say(title, ": what Linux does with open TCP connections when a process is killed, proved "
			  "from its source.");
	ew_doc_say(ew_doc_paragraph(g), "exitwalk [options] command …");
	struct ew_list *list = ew_doc_list(g, "groups", EW_LIST_PLAIN);
	for (const struct ew_cmd *const *cmd = ew_cmd_table(); *cmd; cmd++) {
		if ((*cmd)->is_hidden || (last && !strcmp((*cmd)->group, last)))
			continue;
		last = (*cmd)->group;
		add_group(g, list, last);
	}
	add_options(g, "options", "Options, before or after any command", ew_cmd_global_options);

	struct ew_block *end = ew_doc_paragraph(g);
	ew_doc_text(end, EW_ROLE_COMMAND, NULL, "exitwalk");
	ew_doc_say(end, " alone opens the shell; ");
	ew_doc_text(end, EW_ROLE_COMMAND, NULL, "exitwalk lesson tcp-close");
	ew_doc_say(end, " begins the first lesson; ");
	ew_doc_text(end, EW_ROLE_COMMAND, NULL, "exitwalk COMMAND --help");
	ew_doc_say(end, " tells more of a command. Exit codes: 0 yes, 1 no, 2 wrong usage or input, 3 not "
			"possible here, 4 partly done.");
	return doc;
}

struct ew_doc *ew_help_command(const struct ew_cmd *cmd)
{
	struct ew_doc *doc = ew_doc_new("exitwalk.help-command/1");
	struct ew_group *g = ew_doc_root(doc);
	struct ew_block *summary;

	add_usage(ew_doc_heading(g, 1), cmd);
	summary = ew_doc_paragraph(g);
	char first[2] = {g_ascii_toupper(cmd->summary[0]), 0};
	ew_doc_sayf(summary, "%s%s.", first, cmd->summary + 1);
	ew_doc_text(summary, EW_ROLE_HIDDEN, "summary", cmd->summary);
	ew_doc_text(summary, EW_ROLE_HIDDEN, "help", cmd->help);
	add_paragraphs(g, cmd->help);
	if (cmd->needs & EW_NEEDS_LIVE)
		add_paragraphs(g, "It needs user namespaces; \"exitwalk doctor\" says whether they are here.");
	add_options(g, "options", "Options", cmd->options);
	add_options(g, NULL, "Options of every command", ew_cmd_global_options);
	return doc;
}

/* ---- versions -------------------------------------------------------------------------------- */

char *ew_cmd_indexer(void)
{
	static const char *const places[] = {"exitwalk-index", "../libexec/exitwalk/exitwalk-index",
					     "../lib/exitwalk/exitwalk-index", NULL};
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
	g_autofree char *dir = g_path_get_dirname(self ? self : ".");

	for (const char *const *place = places; *place; place++) {
		g_autofree char *path = g_build_filename(dir, *place, NULL);

		if (g_file_test(path, G_FILE_TEST_IS_EXECUTABLE))
			return g_steal_pointer(&path);
	}
	return g_find_program_in_path("exitwalk-index");
}

/* What exitwalk-index says of the libclang that it is linked with, or NULL. */
static char *ask_libclang(void)
{
	g_autofree char *path = ew_cmd_indexer();
	g_autofree char *out = NULL;
	char *argv[] = {path, "--version", NULL};

	if (!path || !g_spawn_sync(NULL, argv, NULL, G_SPAWN_STDERR_TO_DEV_NULL, NULL, NULL, &out, NULL,
				   NULL, NULL))
		return NULL;
	g_auto(GStrv) lines = g_strsplit(out, "\n", -1);
	for (char **line = lines; *line; line++)
		if (strstr(*line, "clang"))
			return g_strdup(*line);
	return NULL;
}

struct ew_doc *ew_help_version(void)
{
	struct ew_doc *doc = ew_doc_new("exitwalk.version/1");
	struct ew_group *g = ew_doc_root(doc);
	g_autofree char *libclang = ask_libclang();

	ew_doc_text(ew_doc_field(g, "exitwalk"), EW_ROLE_PLAIN, "exitwalk", EW_VERSION);
	struct ew_block *clang = ew_doc_field(g, "libclang");
	ew_doc_text(clang, EW_ROLE_PLAIN, "libclang", libclang);
	if (!libclang)
		ew_doc_text(clang, EW_ROLE_FAINT, NULL,
			    "exitwalk-index is not here; only making an index needs it");
	ew_doc_text(ew_doc_field(g, "SQLite"), EW_ROLE_PLAIN, "sqlite", ew_store_sqlite_version());
	return doc;
}
