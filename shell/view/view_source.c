/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Source with line numbers, highlighted, its calls marked. */
#include "view/highlight.h"
#include "view/view.h"
#include <string.h>

struct source {
	struct ew_listing *listing;
	const char *bytes;
	size_t length;
	int number; /* of the line being highlighted */
};

static void mark_syntax(int start, int end, enum ew_role role, void *data)
{
	struct source *s = data;

	ew_listing_mark(s->listing, s->number, start, end, role, NULL, NULL);
}

/* The next line of the text from `*at`; false at its end. */
static bool next_line(const struct source *s, size_t *at, const char **line, int *length)
{
	if (*at >= s->length)
		return false;
	*line = s->bytes + *at;
	const char *end = memchr(*line, '\n', s->length - *at);
	*length = (int)(end ? end - *line : (ptrdiff_t)(s->length - *at));
	*at += (size_t)*length + 1;
	return true;
}

static void add_lines(struct source *s, int first, int last)
{
	struct ew_highlight h = {0};
	const char *line;
	int length;

	for (size_t at = 0; next_line(s, &at, &line, &length);) {
		bool is_wanted = ++s->number >= first && (!last || s->number <= last);

		if (last && s->number > last)
			break;
		if (is_wanted)
			ew_listing_line(s->listing, line, length);
		ew_highlight_line(&h, line, length, is_wanted ? mark_syntax : NULL, s);
	}
}

/* ---- calls ----------------------------------------------------------------------------------- */

/* The word that stands for the call in the text: the macro, the function, or the slot's member. */
static const char *call_word(const struct ew_edge *e)
{
	if (e->macro)
		return e->macro;
	if (!e->is_pointer)
		return e->callee ? e->callee->name : "";
	const char *dot = e->slot ? strrchr(e->slot, '.') : NULL;
	return dot ? dot + 1 : e->slot ? e->slot : "";
}

static bool is_word_char(char c)
{
	return g_ascii_isalnum(c) || c == '_';
}

/* Where `word` stands as a whole word in the line, from byte `from` on; -1 if it does not. */
static int find_word(const char *line, int length, const char *word, int from)
{
	int size = (int)strlen(word);

	for (int i = MAX(from, 0); size && i + size <= length; i++)
		if (!memcmp(line + i, word, size) && (i == 0 || !is_word_char(line[i - 1])) &&
		    (i + size == length || !is_word_char(line[i + size])))
			return i;
	return -1;
}

/* What a macro hides may be left out while the rest of the line is compiled: it is named. */
static char *call_note(const struct ew_edge *e)
{
	GString *note = g_string_new(NULL);

	if (e->is_pointer && e->slot)
		g_string_append_printf(note, "through %s", e->slot);
	else if (e->is_pointer)
		g_string_append(note, "through a pointer");
	if (e->is_pointer)
		g_string_append_printf(note, e->candidates == 1 ? ", %d target" : ", %d targets",
				       e->candidates);
	if (!e->is_compiled && e->macro && e->callee)
		g_string_append_printf(note, "%s: not compiled", e->callee->name);
	else if (!e->is_compiled)
		g_string_append_printf(note, "%snot compiled", note->len ? ", " : "");
	return g_string_free(note, !note->len);
}

/* A pointer call may go on over lines: the word is looked for on the site's line and the three below. */
static void mark_call(struct source *s, const struct ew_edge *e)
{
	const char *word = call_word(e), *line;
	g_autofree char *note = call_note(e);
	int number = 0, length;

	for (size_t at = 0; next_line(s, &at, &line, &length);) {
		if (++number < e->site.line)
			continue;
		if (number > e->site.line + 3)
			return;
		int start = find_word(line, length, word, number == e->site.line ? e->site.column - 1 : 0);
		if (start < 0)
			continue;
		g_autofree char *link = e->callee ? g_strdup_printf("symbol:%s", e->callee->name) : NULL;
		ew_listing_mark(s->listing, number, start, start + (int)strlen(word),
				e->is_pointer ? EW_ROLE_POINTER_CALL : EW_ROLE_CALL, note, link);
		return;
	}
}

/* A macro may hold several calls, and use its argument several times: one word of the text is marked once,
 * as compiled where any of its calls is. */
static bool is_marked_by_another(const GPtrArray *calls, guint i)
{
	const struct ew_edge *e = calls->pdata[i];

	for (guint j = 0; j < calls->len; j++) {
		const struct ew_edge *other = calls->pdata[j];

		if (j != i && other->site.line == e->site.line && other->site.column == e->site.column &&
		    !strcmp(call_word(other), call_word(e)) &&
		    (other->is_compiled > e->is_compiled ||
		     (other->is_compiled == e->is_compiled && j < i)))
			return true;
	}
	return false;
}

static char *bare_spdx(const char *spdx)
{
	const char *colon = spdx ? strstr(spdx, "SPDX-License-Identifier:") : NULL;
	const char *start = colon ? colon + strlen("SPDX-License-Identifier:") : spdx;

	if (!spdx)
		return NULL;
	const char *end = strstr(start, "*/");
	char *bare = end ? g_strndup(start, end - start) : g_strdup(start);
	return g_strstrip(bare);
}

struct ew_listing *ew_view_source(struct ew_group *g, const char *key, struct ew_query *q,
				  const struct ew_view_source *source, GError **error)
{
	g_autoptr(GBytes) bytes = ew_query_text(q, source->file, error);
	struct source s = {0};

	if (!bytes)
		return NULL;
	g_autofree char *release = g_strdup_printf("Linux %s", ew_query_about(q)->release);
	g_autofree char *license = bare_spdx(ew_query_spdx(q, source->file));
	s.bytes = g_bytes_get_data(bytes, &s.length);
	s.listing = ew_doc_listing(g, key, source->file, release, license, MAX(source->first_line, 1));
	add_lines(&s, MAX(source->first_line, 1), source->last_line);
	g_autoptr(GPtrArray) calls = source->function ? ew_query_calls_in(q, source->function) : NULL;
	for (guint i = 0; calls && i < calls->len; i++)
		if (!is_marked_by_another(calls, i))
			mark_call(&s, g_ptr_array_index(calls, i));
	for (const int *line = source->points; line && *line; line++)
		ew_listing_point(s.listing, *line);
	return s.listing;
}

/* ---- show ------------------------------------------------------------------------------------ */

static void add_title(struct ew_group *g, const struct ew_symbol *symbol)
{
	struct ew_block *title = ew_doc_heading(g, 1);

	ew_doc_text(title, EW_ROLE_FUNCTION, "symbol", symbol->name);
	ew_doc_text(title, EW_ROLE_HIDDEN, "type", symbol->type);
}

static void add_legend(struct ew_group *g)
{
	struct ew_block *legend = ew_doc_paragraph(g);

	ew_doc_text(legend, EW_ROLE_FAINT, NULL, "> calls   * calls through a pointer");
}

struct ew_doc *ew_view_show(struct ew_query *q, const struct ew_refs *refs,
			    const struct ew_symbol *symbol, GError **error)
{
	ew_auto(doc) doc = ew_doc_new("exitwalk.show/1");
	struct ew_group *g = ew_doc_root(doc);
	int around = symbol->kind == EW_SYMBOL_FIELD ? 3 : 0;
	struct ew_view_source source = {
		.file = symbol->place.file,
		.first_line = symbol->place.line - around,
		.last_line = MAX(symbol->end_line, symbol->place.line) + around,
		.points = around ? (int[]){symbol->place.line, 0} : NULL,
		.function = symbol->kind == EW_SYMBOL_FUNCTION ? symbol : NULL,
	};

	if (symbol->kind == EW_SYMBOL_FILE)
		source.last_line = 0;
	add_title(g, symbol);
	if (!ew_view_source(g, "source", q, &source, error))
		return NULL;
	if (source.function)
		add_legend(g);
	ew_view_note(g, ew_refs_note_for(refs, symbol->name));
	ew_view_provenance(g, q);
	return g_steal_pointer(&doc);
}
