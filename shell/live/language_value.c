/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the lines of an experiment are made of: words, actors, sides, durations, numbers; and what is said where one of
 * them is wrong. */
#include "live/internal.h"

#include <string.h>

#define DURATION_MAX_MS (20 * 60 * 1000)

/* ---- what is wrong --------------------------------------------------------------------------- */

struct problem {
	int line;
	char *text;
};

static void problem_free(void *data)
{
	struct problem *problem = data;

	g_free(problem->text);
	g_free(problem);
}

GPtrArray *live_problems_new(void)
{
	return g_ptr_array_new_with_free_func(problem_free);
}

/* The two variants of a file share most lines, and what is wrong with them. */
static bool is_told(const GPtrArray *problems, int line, const char *text)
{
	for (guint i = 0; i < problems->len; i++) {
		const struct problem *other = problems->pdata[i];

		if (other->line == line && !strcmp(other->text, text))
			return true;
	}
	return false;
}

bool live_parse_failed(struct live_parser *p, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_autofree char *text = g_strdup_vprintf(format, args);
	va_end(args);
	if (is_told(p->problems, p->line, text))
		return false;
	struct problem *problem = g_new(struct problem, 1);
	*problem = (struct problem){p->line, g_steal_pointer(&text)};
	g_ptr_array_add(p->problems, problem);
	return false;
}

/* Not by what was found first: lines of the whole file are looked at last. */
static int compare_lines(const void *a, const void *b)
{
	const struct problem *x = *(struct problem *const *)a, *y = *(struct problem *const *)b;

	return x->line - y->line;
}

void live_problems_tell(GPtrArray *problems, const char *path, GError **error)
{
	g_autoptr(GString) s = g_string_new(NULL);

	g_ptr_array_sort(problems, compare_lines); /* GLib's is stable */
	for (guint i = 0; i < problems->len && i < LIVE_PROBLEMS_TOLD; i++) {
		const struct problem *problem = problems->pdata[i];

		g_string_append_printf(s, "%s%s:%d: %s", i ? "\n" : "", path, problem->line, problem->text);
	}
	if (problems->len > LIVE_PROBLEMS_TOLD)
		g_string_append_printf(s, "\n%s: %u errors, of which these are the first %d", path, problems->len,
				       LIVE_PROBLEMS_TOLD);
	else if (problems->len > 1)
		g_string_append_printf(s, "\n%s: %u errors", path, problems->len);
	g_set_error_literal(error, EW_ERROR, EW_ERROR_INPUT, s->str);
}

/* ---- words ----------------------------------------------------------------------------------- */

char *live_parse_word(char **rest)
{
	char *word = *rest + strspn(*rest, " \t");

	if (!*word)
		return NULL;
	size_t n = strcspn(word, " \t");
	*rest = word[n] ? word + n + 1 : word + n;
	word[n] = '\0';
	return word;
}

bool live_parse_end(struct live_parser *p, char *rest)
{
	char *word = live_parse_word(&rest);

	return !word || live_parse_failed(p, "\"%s\" is one word too many here", word);
}

bool live_parse_actor(struct live_parser *p, const char *word, int *actor)
{
	g_autoptr(GString) names = g_string_new(NULL);

	if (!word)
		return live_parse_failed(p, "the name of an actor is missing");
	*actor = ew_live_actor(p->x, word);
	if (*actor >= 0)
		return true;
	if (p->lacks_actors)
		return false; /* which was told */
	if (p->x->actor_count == 0) {
		p->lacks_actors = true;
		return live_parse_failed(p, "no actors yet; write \"actors client server\" before this line");
	}
	for (int i = 0; i < p->x->actor_count; i++)
		g_string_append_printf(names, " %s", p->x->actors[i].name);
	return live_parse_failed(p, "there is no actor \"%s\"; the actors are:%s", word,
				 names->str);
}

bool live_parse_side(struct live_parser *p, const char *word, int *side, int *connection)
{
	const char *mark = word ? strchr(word, '#') : NULL;
	g_autofree char *name = mark ? g_strndup(word, (gsize)(mark - word)) : g_strdup(word);
	int64_t number;

	*connection = 0;
	if (mark) {
		if (!live_parse_number(p, mark + 1, 1, EW_LIVE_CONNECTIONS_MAX, &number))
			return false;
		*connection = (int)number;
	}
	if (!live_parse_actor(p, name, side))
		return false;
	return *side < EW_LIVE_SIDES ||
	       live_parse_failed(p, "%s is a helper; what is seen has two sides, %s and %s", name,
				 p->x->actors[0].name, p->x->actors[1].name);
}

bool live_parse_duration(struct live_parser *p, const char *word, int64_t *ms)
{
	char *end;

	if (!word || !g_ascii_isdigit(*word))
		return live_parse_failed(p, "a duration is missing; write it like 500ms or 3s");
	guint64 n = g_ascii_strtoull(word, &end, 10);
	guint64 unit = !strcmp(end, "ms")  ? 1
		       : !strcmp(end, "s") ? 1000
		       : !strcmp(end, "m") ? 60000
					   : 0;
	if (!unit)
		return live_parse_failed(p, "\"%s\" is no duration; write it like 500ms or 3s",
					 word);
	if (n == 0 || n > DURATION_MAX_MS / unit)
		return live_parse_failed(p, "\"%s\" is out of range; durations go from 1ms to 20m",
					 word);
	*ms = (int64_t)(n * unit);
	return true;
}

bool live_parse_number(struct live_parser *p, const char *word, int64_t least, int64_t most,
		       int64_t *number)
{
	char *end = NULL;
	guint64 n = word ? g_ascii_strtoull(word, &end, 10) : 0;
	int shift = 0;

	if (!word || !g_ascii_isdigit(*word))
		return live_parse_failed(p, "a number is missing where \"%s\" stands",
					 word ? word : "the end");
	if (!strcmp(end, "KiB"))
		shift = 10;
	else if (!strcmp(end, "MiB"))
		shift = 20;
	else if (!strcmp(end, "GiB"))
		shift = 30;
	else if (*end)
		return live_parse_failed(p, "\"%s\" is no number; units are KiB, MiB and GiB",
					 word);
	if (n > (guint64)most >> shift || (int64_t)(n << shift) < least)
		return live_parse_failed(p,
					 "\"%s\" is out of range, which is from %" G_GINT64_FORMAT
					 " to %" G_GINT64_FORMAT,
					 word, least, most);
	*number = (int64_t)(n << shift);
	return true;
}
