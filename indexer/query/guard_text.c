/* SPDX-License-Identifier: GPL-3.0-or-later */
/* #if, #elif, #else, #endif: which stand around a line, and what is in the other arms. */
#include <string.h>

#include "query/guard_text.h"
#include "query/query_token.h"

/* ---- directives ------------------------------------------------------------------------------ */

/* Without comments, continuations and needless white space: "#ifdef CONFIG_NUMA". */
static char *directive_text(const struct ew_tokens *t, const struct ew_token *token)
{
	const char *at = t->text + token->offset, *end = at + token->length;
	GString *s = g_string_new(NULL);

	for (; at < end; at++) {
		const char *close = end - at > 1 && at[0] == '/' && at[1] == '*'
					    ? memmem(at + 2, end - at - 2, "*/", 2)
					    : NULL;

		if (close)
			at = close + 1;
		else if (end - at > 1 && at[0] == '/' && at[1] == '/')
			break;
		else if (!g_ascii_isspace(*at) && *at != '\\')
			g_string_append_c(s, *at);
		else if (s->len > 1 && s->str[s->len - 1] != ' ')
			g_string_append_c(s, ' ');
	}
	while (s->len && s->str[s->len - 1] == ' ')
		g_string_truncate(s, s->len - 1);
	return g_string_free(s, FALSE);
}

static bool is_word(const char *text, const char *word)
{
	size_t length = strlen(word);

	return *text == '#' && !strncmp(text + 1, word, length) && !g_ascii_isalnum(text[length + 1]);
}

static bool opens(const char *text)
{
	return is_word(text, "if") || is_word(text, "ifdef") || is_word(text, "ifndef");
}

static bool goes_on(const char *text)
{
	return is_word(text, "elif") || is_word(text, "else") || is_word(text, "elifdef") ||
	       is_word(text, "elifndef");
}

/* ---- groups ---------------------------------------------------------------------------------- */

void guard_arm_free(gpointer data)
{
	struct guard_arm *arm = data;

	g_free(arm->text);
	g_ptr_array_unref(arm->calls);
	g_ptr_array_unref(arm->defines);
	g_free(arm);
}

static void free_group(gpointer data)
{
	struct guard_group *group = data;

	g_ptr_array_unref(group->arms);
	g_free(group);
}

static void add_arm(struct guard_group *group, const char *text, int line, int next)
{
	struct guard_arm *arm = g_new0(struct guard_arm, 1);

	arm->text = g_strdup(text);
	arm->line = line;
	arm->first_line = next;
	arm->last_line = G_MAXINT;
	arm->calls = g_ptr_array_new_with_free_func(g_free);
	arm->defines = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(group->arms, arm);
}

static void end_arm(struct guard_group *group, int line, int wanted)
{
	struct guard_arm *arm = g_ptr_array_index(group->arms, group->arms->len - 1);

	arm->last_line = line;
	if (arm->first_line <= wanted && wanted <= line)
		group->mine = arm;
}

static struct guard_group *open_group(void)
{
	struct guard_group *group = g_new0(struct guard_group, 1);

	group->arms = g_ptr_array_new_with_free_func(guard_arm_free);
	return group;
}

static bool names_config(const struct guard_group *group)
{
	for (guint i = 0; i < group->arms->len; i++)
		if (strstr(((struct guard_arm *)g_ptr_array_index(group->arms, i))->text, "CONFIG_"))
			return true;
	return false;
}

/* Inner groups end first, so the outer one is put before them. */
static void close_group(GPtrArray *open, int line, int wanted, GPtrArray *found)
{
	struct guard_group *group = g_ptr_array_steal_index(open, open->len - 1);

	end_arm(group, line, wanted);
	if (group->mine && names_config(group))
		g_ptr_array_insert(found, 0, group);
	else
		free_group(group);
}

static GPtrArray *find_groups(const struct ew_tokens *t, int wanted)
{
	GPtrArray *found = g_ptr_array_new_with_free_func(free_group);
	g_autoptr(GPtrArray) open = g_ptr_array_new_with_free_func(free_group);

	for (guint i = 0; i < t->all->len; i++) {
		const struct ew_token *token = &g_array_index(t->all, struct ew_token, i);
		g_autofree char *text = NULL;
		int next;

		if (token->kind != EW_TOKEN_DIRECTIVE)
			continue;
		text = directive_text(t, token);
		next = ew_token_last_line(t, token) + 1;
		if (opens(text)) {
			g_ptr_array_add(open, open_group());
			add_arm(g_ptr_array_index(open, open->len - 1), text, token->line, next);
		} else if (open->len && goes_on(text)) {
			end_arm(g_ptr_array_index(open, open->len - 1), token->line - 1, wanted);
			add_arm(g_ptr_array_index(open, open->len - 1), text, token->line, next);
		} else if (open->len && is_word(text, "endif")) {
			close_group(open, token->line - 1, wanted, found);
		}
	}
	while (open->len)
		close_group(open, G_MAXINT - 1, wanted, found);
	return found;
}

/* ---- what an arm does ------------------------------------------------------------------------ */

static bool is_no_function(const char *name)
{
	static const char *const words[] = {"if",     "for",	"while",      "switch",	      "return",
					    "sizeof", "typeof", "__typeof__", "__attribute__", "defined",
					    "asm",    "do",	"else",	      NULL};

	return g_strv_contains(words, name);
}

static void add_once(GPtrArray *names, const char *name)
{
	if (!g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
		g_ptr_array_add(names, g_strdup(name));
}

/* The name of a call (or of a function's head) at i, or NULL. */
static char *name_before_bracket(const struct ew_tokens *t, int i)
{
	const struct ew_token *token = ew_tokens_at(t, i);
	g_autofree char *name = NULL;

	if (!token || token->kind != EW_TOKEN_NAME || !ew_tokens_is(t, i + 1, "("))
		return NULL;
	name = g_strndup(t->text + token->offset, token->length);
	return is_no_function(name) ? NULL : g_steal_pointer(&name);
}

void guard_calls_between(const struct ew_tokens *t, int first, int last, GPtrArray *calls)
{
	for (int i = first; i <= last; i++) {
		g_autofree char *called = name_before_bracket(t, i);

		if (called)
			add_once(calls, called);
	}
}

static char *body_text(const struct ew_tokens *t, const char *name, int open)
{
	g_autoptr(GPtrArray) calls = g_ptr_array_new_with_free_func(g_free);
	int close = ew_tokens_close(t, open);
	g_autofree char *all = NULL;

	guard_calls_between(t, open + 1, close - 1, calls);
	if (close == open + 1)
		return g_strdup_printf("%s, which is empty", name);
	g_ptr_array_add(calls, NULL);
	all = g_strjoinv(", ", (char **)calls->pdata);
	return *all ? g_strdup_printf("%s, which calls %s", name, all)
		    : g_strdup_printf("%s, which calls nothing", name);
}

static void read_arm(const struct ew_tokens *t, struct guard_arm *arm)
{
	for (int i = 0; i < (int)t->code->len; i++) {
		const struct ew_token *token = ew_tokens_at(t, i);
		g_autofree char *name = NULL;
		int close;

		if (token->line < arm->first_line || token->line > arm->last_line)
			continue;
		name = name_before_bracket(t, i);
		if (!name)
			continue;
		close = ew_tokens_close(t, i + 1);
		if (ew_tokens_is(t, close + 1, "{")) {
			g_ptr_array_add(arm->defines, body_text(t, name, close + 1));
			i = ew_tokens_close(t, close + 1);
		} else {
			add_once(arm->calls, name);
		}
	}
}

GPtrArray *guards_around(const char *text, size_t length, int line)
{
	ew_auto(tokens) t = ew_tokens_new(text, 0, length, 1, false);
	GPtrArray *groups = find_groups(t, line);

	for (guint i = 0; i < groups->len; i++) {
		struct guard_group *group = g_ptr_array_index(groups, i);

		for (guint k = 0; k < group->arms->len; k++)
			if (g_ptr_array_index(group->arms, k) != group->mine)
				read_arm(t, g_ptr_array_index(group->arms, k));
	}
	return groups;
}
