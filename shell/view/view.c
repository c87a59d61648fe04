/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parts that many answers share. */
#include "view/view.h"
#include "lesson/lesson.h"
#include "tree/tree.h"
#include <string.h>

/* ---- the command for the rest ------------------------------------------------------------------ */

bool ew_view_config_is_known(const struct ew_query_about *about)
{
	static const char *const known[] = {"debian", "defconfig", "running", "commands", NULL};

	return g_strv_contains(known, about->config);
}

/* Whether `index` would put it where it is. */
static bool is_in_its_place(const struct ew_query_about *about)
{
	g_autofree char *end = g_strdup_printf("-%s-%s" EW_TREE_INDEX_SUFFIX, about->config,
					       about->part_of);
	g_autofree char *path = g_canonicalize_filename(about->path, NULL);
	g_autofree char *dir = g_path_get_dirname(path);
	g_autofree char *place = ew_tree_index_dir(NULL);

	return g_str_has_suffix(path, end) && !g_strcmp0(dir, place);
}

static void add_word(GString *command, const char *option, const char *word)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/.,:=@%+_-";
	bool is_plain = *word && word[strspn(word, plain)] == '\0';
	g_autofree char *quoted = is_plain ? g_strdup(word) : g_shell_quote(word);

	g_string_append_printf(command, "%s %s", option, quoted);
}

char *ew_view_rest_command(const struct ew_query_about *about, const char *config)
{
	g_autofree char *tree = ew_tree_spec(about->tree);
	GString *command = g_string_new("exitwalk index");

	add_word(command, "", tree);
	if (!ew_view_config_is_known(about))
		add_word(command, " --config", config ? config : "FILE");
	else if (strcmp(about->config, "debian") && strcmp(about->config, "commands"))
		add_word(command, " --config", about->config);
	if (strcmp(about->part_of, "core"))
		add_word(command, " --scope", about->part_of);
	if (!is_in_its_place(about))
		add_word(command, " --index", about->path);
	return g_string_free(command, FALSE);
}

void ew_view_provenance(struct ew_group *g, struct ew_query *q)
{
	const struct ew_query_about *about = ew_query_about(q);
	struct ew_block *p = ew_doc_paragraph(ew_doc_group(g, "index", 0));

	ew_doc_text(p, EW_ROLE_FAINT, NULL, "Linux ");
	ew_doc_text(p, EW_ROLE_FAINT, "release", about->release);
	ew_doc_text(p, EW_ROLE_FAINT, NULL, " ");
	ew_doc_text(p, EW_ROLE_FAINT, "arch", about->arch);
	ew_doc_text(p, EW_ROLE_FAINT, NULL, ", ");
	ew_doc_text(p, EW_ROLE_FAINT, "config", about->config);
	ew_doc_text(p, EW_ROLE_FAINT, NULL, " config · over ");
	ew_doc_int(p, EW_ROLE_FAINT, "units", about->units);
	ew_doc_text(p, EW_ROLE_FAINT, NULL, " of ");
	ew_doc_int(p, EW_ROLE_FAINT, "units_in_config", about->units_in_config);
	ew_doc_text(p, EW_ROLE_FAINT, NULL, " translation units");
	if (about->part_of) {
		g_autofree char *command = ew_view_rest_command(about, NULL);

		ew_doc_text(p, EW_ROLE_WARNING, NULL, ", the first of ");
		ew_doc_text(p, EW_ROLE_WARNING, "part_of", about->part_of);
		ew_doc_textf(p, EW_ROLE_WARNING, NULL, " (%s reads the rest)", command);
	}
	if (about->units_failed) {
		ew_doc_text(p, EW_ROLE_WARNING, NULL, ", ");
		ew_doc_int(p, EW_ROLE_WARNING, NULL, about->units_failed);
		ew_doc_text(p, EW_ROLE_WARNING, NULL, " could not be indexed (exitwalk coverage)");
	}
	ew_doc_int(p, EW_ROLE_HIDDEN, "units_failed", about->units_failed);
	ew_doc_text(p, EW_ROLE_HIDDEN, "scope", about->scope);
	ew_doc_text(p, EW_ROLE_HIDDEN, "id", about->id);
}

const char *ew_view_when(const struct ew_refs *refs, const char *when)
{
	const GPtrArray *mechanisms = NULL;

	if (refs && g_strcmp0(when, "now"))
		mechanisms = ew_refs_mechanisms(refs);

	for (guint i = 0; mechanisms && i < mechanisms->len; i++) {
		const struct ew_refs_mechanism *m = g_ptr_array_index(mechanisms, i);

		if (!g_strcmp0(m->name, when))
			return m->title;
	}
	return NULL;
}

/* Is it a callback's own slot: "kref_put#1" or "sock.sk_data_ready"? */
static bool is_called_by(const struct ew_refs_mechanism *m, const struct ew_edge *e,
			 const GPtrArray *steps)
{
	const char *hash = strchr(m->slot, '#');

	if (!hash && !g_strcmp0(m->slot, e->slot))
		return true;
	for (guint i = 0; !hash && i < steps->len; i++) {
		const struct ew_step *step = g_ptr_array_index(steps, i);
		size_t length = strlen(m->slot);

		if (!strncmp(step->text, m->slot, length) && g_str_has_prefix(step->text + length, " = "))
			return true;
	}
	if (!hash)
		return false;
	return e->is_pointer && strlen(e->caller->name) == (size_t)(hash - m->slot) &&
	       g_str_has_prefix(m->slot, e->caller->name);
}

const char *ew_view_moment(const struct ew_refs *refs, const struct ew_edge *e, const GPtrArray *steps)
{
	const GPtrArray *mechanisms = refs ? ew_refs_mechanisms(refs) : NULL;
	const char *title = ew_view_when(refs, e->when);

	for (guint i = 0; mechanisms && !title && i < mechanisms->len; i++) {
		const struct ew_refs_mechanism *m = g_ptr_array_index(mechanisms, i);

		if (!g_strcmp0(m->name, "now") && is_called_by(m, e, steps))
			title = m->title;
	}
	return title;
}

const char *ew_view_under(const char *condition)
{
	if (g_str_has_prefix(condition, "inside the macro ") || g_str_has_prefix(condition, "within ") ||
	    g_str_has_prefix(condition, "after: ") || g_str_has_prefix(condition, "never: "))
		return "";
	return g_str_has_prefix(condition, "loop: ") || g_str_has_prefix(condition, "switch: ") ? "in a "
												: "if ";
}

/* ---- CommonMark ------------------------------------------------------------------------------ */

static void add_prose_spans(struct ew_block *b, const struct ew_prose *prose)
{
	static const enum ew_role roles[] = {
		[EW_SPAN_TEXT] = EW_ROLE_PLAIN,	   [EW_SPAN_CODE] = EW_ROLE_CODE,
		[EW_SPAN_EMPHASIS] = EW_ROLE_EMPHASIS, [EW_SPAN_STRONG] = EW_ROLE_STRONG,
		[EW_SPAN_LINK] = EW_ROLE_PLAIN,
	};

	for (guint i = 0; i < prose->spans->len; i++) {
		const struct ew_prose_span *span = g_ptr_array_index(prose->spans, i);

		ew_doc_text(b, roles[span->kind], NULL, span->text);
		if (span->target)
			ew_doc_link(b, span->target);
	}
}

static void add_code(struct ew_group *g, const struct ew_prose *prose)
{
	const struct ew_prose_span *span = g_ptr_array_index(prose->spans, 0);
	g_auto(GStrv) lines = g_strsplit(g_strchomp(span->text), "\n", -1);
	struct ew_group *inner = ew_doc_group(g, NULL, 4);

	for (char **line = lines; *line; line++)
		ew_doc_text(ew_doc_line(inner), EW_ROLE_CODE, NULL, *line);
}

static void add_prose(struct ew_group *g, const struct ew_prose *prose)
{
	struct ew_block *b;

	switch (prose->kind) {
	case EW_PROSE_CODE:
		add_code(g, prose);
		return;
	case EW_PROSE_HEADING:
		b = ew_doc_heading(g, prose->level + 1);
		break;
	case EW_PROSE_ITEM:
		b = ew_doc_item(g, 2 * MAX(prose->level, 1));
		if (prose->number > 0)
			ew_doc_sayf(b, "%d. ", prose->number);
		else if (prose->level > 0)
			ew_doc_say(b, "• ");
		break;
	case EW_PROSE_QUOTE:
		b = ew_doc_paragraph(ew_doc_rail(g, NULL, 0, "│ ", EW_ROLE_FAINT));
		break;
	default:
		b = ew_doc_paragraph(g);
	}
	add_prose_spans(b, prose);
}

void ew_view_prose(struct ew_group *g, const GPtrArray *prose)
{
	for (guint i = 0; i < prose->len; i++)
		add_prose(g, g_ptr_array_index(prose, i));
}

void ew_view_markdown(struct ew_group *g, const char *text)
{
	g_autoptr(GPtrArray) all = ew_prose_parse(text);

	ew_view_prose(g, all);
}

void ew_view_note(struct ew_group *g, const struct ew_refs_note *note)
{
	if (!note)
		return;
	struct ew_group *inner = ew_doc_group(g, "note", 0);
	struct ew_block *title = ew_doc_heading(inner, 2);

	ew_doc_text(title, EW_ROLE_STRONG, "title", note->title);
	ew_doc_text(title, EW_ROLE_HIDDEN, "text", note->text);
	ew_view_markdown(inner, note->text);
	if (!note->sources || !*note->sources)
		return;
	struct ew_block *sources = ew_doc_paragraph(inner);
	ew_doc_text(sources, EW_ROLE_FAINT, NULL, "Rests on: ");
	ew_doc_strings(sources, EW_ROLE_FAINT, "sources", (const char *const *)note->sources, "; ");
}
