/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A live run: what is done in it, its stage and its bound. */
#include "view/view_live.h"
#include <errno.h>
#include <string.h>
#include <sys/wait.h>

/* "client kill", "client kill unreaped", "client kill QUIT" */
static void say_kill(GString *s, char **words)
{
	const char *last = words[g_strv_length(words) - 1];

	g_string_append_printf(s, "✗ kill -%s",
			       g_ascii_isupper(*last) && strcmp(last, "KILL") ? last : "9");
}

static const struct ew_live_step *step_on(const struct ew_view_live *v, int line)
{
	for (guint i = 0; line && i < v->x->steps->len; i++) {
		const struct ew_live_step *s = &g_array_index(v->x->steps, struct ew_live_step, i);

		if (s->line == line)
			return s;
	}
	return NULL;
}

/* Of a step that is expected to block, EINPROGRESS says that it did. */
static void add_failure(const struct ew_view_live *v, GString *s, const struct ew_live_event *e)
{
	const struct ew_live_step *step = step_on(v, e->line);

	if (e->status == EINPROGRESS && step && step->blocks_ms)
		g_string_append(s, " does not come back");
	else if (e->status)
		g_string_append_printf(s, ": %s", g_strerror(e->status));
}

void view_live_step(const struct ew_view_live *v, struct ew_group *g, const struct ew_live_event *e)
{
	if (e->side < 0) {
		g_autofree char *whole =
			e->status ? g_strdup_printf("%s: %s", e->text, g_strerror(e->status))
				  : g_strdup(e->text);

		view_live_whole(v, g, e, EW_ROLE_COMMAND, whole);
		return;
	}
	g_auto(GStrv) words = g_strsplit(e->text, " ", -1);
	const char *verb = g_strv_length(words) > 1 ? words[1] : e->text;
	g_autoptr(GString) s = g_string_new(NULL);

	if (!strcmp(verb, "kill")) {
		say_kill(s, words);
	} else {
		g_string_printf(s, "%s()", verb);
		if (!e->status && (!strcmp(verb, "recv") || !strcmp(verb, "send")))
			g_string_append_printf(s, " = %d%s", (int)e->value,
					       e->value ? "" : " (EOF)");
	}
	add_failure(v, s, e);
	if (e->actor >= EW_LIVE_SIDES) {
		g_string_prepend(s, ": ");
		g_string_prepend(s, v->x->actors[e->actor].name);
	}
	view_live_side(v, g, e, e->side, EW_ROLE_COMMAND, s->str);
}

void view_live_process(const struct ew_view_live *v, struct ew_group *g, const struct ew_live_event *e)
{
	g_autofree char *text =
		WIFSIGNALED(e->status)
			? g_strdup_printf("process gone, signal %d", WTERMSIG(e->status))
			: g_strdup_printf("process gone, exit %d", WEXITSTATUS(e->status));

	view_live_side(v, g, e, e->side, EW_ROLE_PLAIN, *e->text ? e->text : text);
}

/* What happens at zero. */
static char *zero_text(const struct ew_view_live *v)
{
	if (v->x->variant.is_by_hand)
		return g_strdup("the wire was held");
	for (guint i = 0; i < v->x->steps->len; i++) {
		const struct ew_live_step *s = &g_array_index(v->x->steps, struct ew_live_step, i);

		if (s->is_zero && strcmp(s->verb->name, "kill"))
			return g_strdup_printf("\"%s\" (line %d)", s->text, s->line);
	}
	return g_strdup("the kill");
}

void view_live_stage(const struct ew_view_live *v, struct ew_group *g, const struct ew_live_event *e)
{
	struct ew_block *b = ew_doc_paragraph(g);
	int column = 0;
	g_autofree char *zero = zero_text(v);

	ew_doc_textf(b, EW_ROLE_FAINT, NULL,
		     "Linux %s, in a %snetwork namespace of its own. Times are milliseconds after "
		     "%s.",
		     e->text, e->status ? "user and " : "",
		     zero);
	if (!view_live_is_wide(v))
		return;
	b = ew_doc_line(g);
	view_live_put(b, &column, VIEW_LIVE_TIME - 2, EW_ROLE_FAINT, "ms");
	view_live_put(b, &column, VIEW_LIVE_LEFT, EW_ROLE_EMPHASIS, v->x->actors[0].name);
	view_live_put(b, &column, view_live_right(v), EW_ROLE_EMPHASIS, v->x->actors[1].name);
}

void view_live_bound(const struct ew_view_live *v, struct ew_group *g, const struct ew_live_event *e)
{
	g_autoptr(GString) s = g_string_new(NULL);

	g_string_printf(s, "── bound of %d ms reached ──", (int)e->value);
	if (*e->text)
		g_string_append_printf(s, " not done: %s (line %d)", e->text, e->line);
	view_live_whole(v, g, e, EW_ROLE_EMPHASIS, s->str);
}
