/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Completion, for readline and for the bash script alike. Whatever fails completes nothing, quietly. */
#include "cmd/internal.h"
#include "tree/tree.h"
#include <string.h>

#define MOST 500

static void add_match(GPtrArray *found, const char *candidate, const char *word)
{
	if (g_str_has_prefix(candidate, word))
		g_ptr_array_add(found, g_strdup(candidate));
}

static void add_matches(GPtrArray *found, const char *const *candidates, const char *word)
{
	for (; candidates && *candidates; candidates++)
		add_match(found, *candidates, word);
}

static void add_option_names(GPtrArray *found, const struct ew_option *o, const char *word)
{
	for (; o && o->name; o++) {
		if (o->is_hidden)
			continue;
		g_autofree char *name = g_strconcat("--", o->name, NULL);

		add_match(found, name, word);
	}
}

static void add_commands(const struct ew_cmd_context *context, GPtrArray *found, const char *word)
{
	for (const struct ew_cmd *const *cmd = ew_cmd_table(); *cmd; cmd++)
		if (!(*cmd)->is_hidden && (context->is_shell || !((*cmd)->needs & EW_NEEDS_SHELL)))
			add_match(found, (*cmd)->name, word);
}

/* ---- from the index and the knowledge -------------------------------------------------------- */

static void add_symbols(struct ew_cmd_context *context, GPtrArray *found, unsigned kinds,
			const char *word)
{
	if (!ew_cmd_need_index(context, NULL))
		return;
	g_autoptr(GPtrArray) names = ew_query_complete(context->query, word, kinds, MOST);
	for (guint i = 0; names && i < names->len; i++)
		add_match(found, g_ptr_array_index(names, i), word);
}

/* Members are completed struct by struct: first the struct's name and a dot. */
static void add_fields(struct ew_cmd_context *context, GPtrArray *found, const char *word)
{
	guint first = found->len;

	if (strchr(word, '.')) {
		add_symbols(context, found, EW_SYMBOL_FIELD, word);
		return;
	}
	add_symbols(context, found, EW_SYMBOL_RECORD, word);
	for (guint i = first; i < found->len; i++) {
		char *name = g_ptr_array_index(found, i);

		found->pdata[i] = g_strconcat(name, ".", NULL);
		g_free(name);
	}
}

/* As they were begun: in capitals or not, with the prefix or without. */
static void add_states(struct ew_cmd_context *context, GPtrArray *found, const char *word)
{
	if (!ew_cmd_need_refs(context, NULL))
		return;
	const GPtrArray *machines = ew_refs_states(context->refs);
	for (guint i = 0; i < machines->len; i++) {
		const struct ew_refs_states *m = g_ptr_array_index(machines, i);

		for (int k = 0; m->states[k]; k++) {
			const char *bare = m->states[k] + strlen(m->prefix);
			bool is_lower = g_ascii_islower(*word);
			size_t n = MIN(strlen(word), strlen(m->prefix));
			bool is_whole = n > 1 && g_ascii_strncasecmp(word, m->prefix, n) == 0;
			g_autofree char *lower = g_ascii_strdown(is_whole ? m->states[k] : bare, -1);
			const char *name = is_lower ? lower : is_whole ? m->states[k] : bare;

			if (g_str_has_prefix(name, word))
				g_ptr_array_add(found, g_strdup(name));
		}
	}
}

/* Of an index those that it supports; without one all of them. */
static void add_bindings(struct ew_cmd_context *context, GPtrArray *found, const char *word)
{
	if (!ew_cmd_need_refs(context, NULL))
		return;
	bool has_index = ew_cmd_need_index(context, NULL);
	const GPtrArray *bindings = ew_refs_bindings(context->refs);
	for (guint i = 0; i < bindings->len; i++) {
		const struct ew_refs_binding *b = g_ptr_array_index(bindings, i);

		if (g_str_has_prefix(b->name, word) && (!has_index || ew_query_supports(context->query, b)))
			add_match(found, b->name, word);
	}
}

static void add_releases(struct ew_cmd_context *context, GPtrArray *found, const char *word)
{
	if (!ew_cmd_need_refs(context, NULL))
		return;
	const GPtrArray *releases = ew_refs_releases(context->refs);
	for (guint i = 0; i < releases->len; i++)
		add_match(found, ((struct ew_refs_release *)g_ptr_array_index(releases, i))->name, word);
}

static void add_indexes(GPtrArray *found, const char *word)
{
	g_autoptr(GPtrArray) indexes = ew_tree_list_indexes(NULL);

	for (guint i = 0; indexes && i < indexes->len; i++)
		add_match(found, ((struct ew_tree_index *)g_ptr_array_index(indexes, i))->name, word);
}

/* Names of the files `room`/`sub`/…`suffix`, without the suffix. */
static void add_files(GPtrArray *found, const char *room, const char *sub, const char *suffix,
		      const char *word)
{
	g_autofree char *base = ew_tree_data_dir(room);
	g_autofree char *path = base ? g_build_filename(base, sub, NULL) : NULL;
	g_autoptr(GDir) dir = path ? g_dir_open(path, 0, NULL) : NULL;

	for (const char *name; dir && (name = g_dir_read_name(dir));) {
		if (!g_str_has_suffix(name, suffix) || g_ascii_isupper(*name))
			continue;
		g_autofree char *bare = g_strndup(name, strlen(name) - strlen(suffix));
		add_match(found, bare, word);
	}
}

static void add_steps(struct ew_cmd_context *context, GPtrArray *found, const char *word)
{
	if (!context->guide || !context->guide->steps)
		return;
	g_auto(GStrv) steps = context->guide->steps(context->guide->data);
	add_matches(found, (const char *const *)steps, word);
}

static bool is_in_index(struct ew_cmd_context *context, const char *name, unsigned kinds)
{
	g_autoptr(GPtrArray) found = ew_query_find(context->query, name, kinds, NULL);

	return found != NULL;
}

/* Functions, and the mechanisms of which the index holds a dispatcher. */
static void add_mechanisms(struct ew_cmd_context *context, GPtrArray *found, const char *word)
{
	add_symbols(context, found, EW_SYMBOL_FUNCTION, word);
	if (!ew_cmd_need_index(context, NULL))
		return;
	const GPtrArray *all = ew_refs_mechanisms(context->refs);
	for (guint i = 0; i < all->len; i++) {
		const struct ew_refs_mechanism *m = g_ptr_array_index(all, i);
		bool is_there = false;

		for (guint k = 0; strcmp(m->name, "now") && k < m->dispatchers->len && !is_there; k++)
			is_there = is_in_index(context, g_ptr_array_index(m->dispatchers, k), EW_SYMBOL_FUNCTION);
		if (is_there && !g_ptr_array_find_with_equal_func(found, m->name, g_str_equal, NULL))
			add_match(found, m->name, word);
	}
}

static void add_scopes(struct ew_cmd_context *context, GPtrArray *found, const char *word)
{
	add_files(found, "kernel-refs", "scopes", ".scope", word);
	add_symbols(context, found, EW_SYMBOL_FILE, word);
}

static void add_kind(struct ew_cmd_context *context, GPtrArray *found, enum ew_complete kind,
		     const char *const *words, const char *word)
{
	switch (kind) {
	case EW_COMPLETE_FUNCTION:
		add_symbols(context, found, EW_SYMBOL_FUNCTION, word);
		break;
	case EW_COMPLETE_MECHANISM:
		add_mechanisms(context, found, word);
		break;
	case EW_COMPLETE_SCOPE:
		add_scopes(context, found, word);
		break;
	case EW_COMPLETE_SYMBOL:
		add_symbols(context, found, EW_SYMBOL_ANY, word);
		break;
	case EW_COMPLETE_FIELD:
		add_fields(context, found, word);
		break;
	case EW_COMPLETE_COMMAND:
		add_commands(context, found, word);
		break;
	case EW_COMPLETE_BINDING:
		add_bindings(context, found, word);
		break;
	case EW_COMPLETE_STATE:
		add_states(context, found, word);
		break;
	case EW_COMPLETE_RELEASE:
		add_releases(context, found, word);
		break;
	case EW_COMPLETE_INDEX:
		add_indexes(found, word);
		break;
	case EW_COMPLETE_LESSON:
		add_files(found, "lessons", ".", ".md", word);
		break;
	case EW_COMPLETE_EXPERIMENT:
		add_files(found, "lessons", "experiments", ".exp", word);
		break;
	case EW_COMPLETE_STEP:
		add_steps(context, found, word);
		break;
	case EW_COMPLETE_WORD:
		add_matches(found, words, word);
		break;
	case EW_COMPLETE_NONE:
	case EW_COMPLETE_FILE: /* readline and bash know files better */
		break;
	}
}

/* ---- what may stand here --------------------------------------------------------------------- */

/* The option whose value comes after `word`, or NULL. */
static const struct ew_option *awaiting(const struct ew_cmd *cmd, const char *word)
{
	if (!word || !g_str_has_prefix(word, "--") || strchr(word, '='))
		return NULL;
	const struct ew_option *o = ew_cmd_find_option(cmd ? cmd->options : NULL, word + 2,
						       strlen(word + 2));
	if (!o)
		o = ew_cmd_find_option(ew_cmd_global_options, word + 2, strlen(word + 2));
	return o && o->type != EW_OPTION_FLAG ? o : NULL;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Does the command take another argument after the `count` that stand there? */
static bool wants_more(const struct ew_cmd *cmd, guint count)
{
	return cmd->max_arguments < 0 || count < (guint)cmd->max_arguments;
}

static enum ew_complete kind_of_argument(const struct ew_cmd *cmd, guint count)
{
	bool is_last = count + 1 == (guint)cmd->max_arguments;

	return is_last && cmd->complete_last ? cmd->complete_last : cmd->complete;
}

/* What stands there already is not offered again. */
static void drop_given(GPtrArray *found, const char *const *before)
{
	for (guint i = found->len; i-- > 0;)
		if (g_strv_contains(before, g_ptr_array_index(found, i)))
			g_ptr_array_remove_index(found, i);
}

/* An --index before the word decides which index completes it. */
static void use_globals(struct ew_cmd_context *context, const char *const *before)
{
	struct ew_cmd_line line;

	ew_cmd_parse(&context->defaults, (int)g_strv_length((GStrv)before), (char *const *)before, &line,
		     NULL);
	context->globals = line.globals;
	ew_cmd_line_clear(&line);
}

/* Where the first argument is an index, functions are completed out of it. */
static void use_named(struct ew_cmd_context *context, const struct ew_cmd *cmd, const char *first)
{
	bool is_file = first && (strchr(first, '/') || g_str_has_suffix(first, ".sqlite"));

	if (!cmd || cmd->complete != EW_COMPLETE_INDEX || !first)
		return;
	context->globals.index = is_file ? first : NULL;
	context->globals.release = is_file ? NULL : first;
}


GPtrArray *ew_cmd_complete(struct ew_cmd_context *context, const char *const *before, const char *word)
{
	GPtrArray *found = g_ptr_array_new_with_free_func(g_free);
	const struct ew_cmd *cmd = NULL;
	const char *last = NULL, *first = NULL;
	guint count = 0;

	use_globals(context, before);
	for (const char *const *given = before; *given; given++) {
		const struct ew_option *o = awaiting(cmd, last);

		if (cmd && !o && **given != '-' && !count++)
			first = *given;
		if (!cmd && !o && **given != '-')
			cmd = ew_cmd_named(*given);
		last = *given;
	}
	use_named(context, cmd, first);
	const struct ew_option *o = awaiting(cmd, last);
	enum ew_complete kind = o ? o->complete : cmd ? cmd->complete : EW_COMPLETE_COMMAND;
	if (kind == EW_COMPLETE_FILE && (o || *word != '-')) {
		g_ptr_array_unref(found);
		return NULL;
	}
	if (o)
		add_kind(context, found, o->choices ? EW_COMPLETE_WORD : o->complete,
			 o->choices ? o->choices : cmd ? cmd->words : NULL, word);
	else if (*word == '-' && cmd)
		add_option_names(found, cmd->options, word);
	else if (cmd && wants_more(cmd, count))
		add_kind(context, found, kind_of_argument(cmd, count), cmd->words, word);
	else if (!cmd)
		add_commands(context, found, word);
	if (!o && cmd)
		drop_given(found, before + 1);
	if (!o && *word == '-')
		add_option_names(found, ew_cmd_global_options, word);
	g_ptr_array_sort(found, compare_names);
	return found;
}
