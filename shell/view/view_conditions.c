/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The conditions of a call: one folded line for people, each with its place for programs. */
#include "view/view.h"
#include <string.h>

enum { SHOWN = 3, LONGEST = 100 };

static const char *word_before(const struct ew_condition *c)
{
	if (c->is_in_macro)
		return "inside the macro ";
	switch (c->kind) {
	case EW_CONDITION_LOOP:
		return "in the loop ";
	case EW_CONDITION_CASE:
		return "in the switch ";
	case EW_CONDITION_LABEL:
		return "at ";
	case EW_CONDITION_LABEL_FALL:
		return "at, or from the case above ";
	case EW_CONDITION_AFTER:
		return "unless it left before: if (";
	case EW_CONDITION_AFTER_ELSE:
		return "unless it left before: if !(";
	case EW_CONDITION_UNREACHABLE:
		return "never, behind ";
	case EW_CONDITION_UNDER:
	case EW_CONDITION_UNDER_ELSE:
		return c->is_negated ? "unless it left before: if !(" : "unless it left before: if (";
	case EW_CONDITION_LEFT:
	case EW_CONDITION_LEFT_ELSE:
		return c->is_negated ? "and !(" : "and (";
	case EW_CONDITION_PASSED:
		return "unless it left within ";
	case EW_CONDITION_WITHIN:
		return "within ";
	default:
		return c->is_negated ? "if !(" : "if ";
	}
}

/* At the end of a character, and never within one. */
static char *shortened(const char *text)
{
	const char *end;

	if (g_utf8_strlen(text, -1) <= LONGEST)
		return g_strdup(text);
	end = g_utf8_offset_to_pointer(text, LONGEST);
	return g_strdup_printf("%.*s…", (int)(end - text), text);
}

/* Of `if (c) { if (d) return; }`: what belongs to the one before. */
static bool goes_on(const GPtrArray *conditions, guint i)
{
	const struct ew_condition *before = i ? g_ptr_array_index(conditions, i - 1) : NULL;

	return before && (before->kind == EW_CONDITION_UNDER || before->kind == EW_CONDITION_UNDER_ELSE);
}

static void say_condition(struct ew_block *b, const GPtrArray *conditions, guint i, bool is_long)
{
	const struct ew_condition *c = g_ptr_array_index(conditions, i);

	g_autofree char *clean = ew_doc_clean(c->text ? c->text : "?", -1);
	g_autofree char *text = is_long ? g_strdup(clean) : shortened(clean);
	const char *before = word_before(c);

	if (goes_on(conditions, i))
		before = c->is_negated ? "and !(" : "and (";
	ew_doc_text(b, EW_ROLE_FAINT, NULL, before);
	ew_doc_text(b, EW_ROLE_CODE, NULL, text);
	if (g_str_has_suffix(before, "("))
		ew_doc_text(b, EW_ROLE_FAINT, NULL, ")");
}

void ew_view_conditions_for_programs(struct ew_group *g, const GPtrArray *conditions)
{
	struct ew_list *list = ew_doc_list(g, "conditions", EW_LIST_PLAIN);

	for (guint i = 0; i < conditions->len; i++) {
		const struct ew_condition *c = g_ptr_array_index(conditions, i);
		struct ew_block *b = ew_doc_line(ew_list_entry(list));
		g_autofree char *place = c->place.file ? g_strdup_printf("%s:%d", c->place.file,
									 c->place.line)
						       : NULL;

		ew_doc_text(b, EW_ROLE_HIDDEN, "kind", ew_condition_kind_name(c->kind));
		ew_doc_text(b, EW_ROLE_HIDDEN, "text", c->text);
		ew_doc_bool(b, EW_ROLE_HIDDEN, "negated", c->is_negated, NULL, NULL);
		ew_doc_bool(b, EW_ROLE_HIDDEN, "macro", c->is_in_macro, NULL, NULL);
		ew_doc_bool(b, EW_ROLE_HIDDEN, "never", c->is_dead, NULL, NULL);
		ew_doc_text(b, EW_ROLE_HIDDEN, "place", place);
	}
}

/* The innermost ones, which decide; how many more there are stands before them. */
static void add_line(struct ew_group *g, int indent, const GPtrArray *conditions)
{
	guint from = conditions->len > SHOWN + 1 ? conditions->len - SHOWN : 0;
	struct ew_block *b = ew_doc_item(g, indent);

	while (from && goes_on(conditions, from))
		from--;
	if (from)
		ew_doc_textf(b, EW_ROLE_FAINT, NULL, "within %u conditions more, ", from);
	for (guint i = from; i < conditions->len; i++) {
		if (i > from)
			ew_doc_text(b, EW_ROLE_FAINT, NULL, goes_on(conditions, i) ? " " : ", ");
		say_condition(b, conditions, i, false);
	}
}

static void add_lines(struct ew_group *g, int indent, const GPtrArray *conditions)
{
	for (guint i = 0; i < conditions->len; i++) {
		const struct ew_condition *c = g_ptr_array_index(conditions, i);
		struct ew_block *b = ew_doc_item(g, indent);

		say_condition(b, conditions, i, true);
		if (c->place.file)
			ew_doc_textf(b, EW_ROLE_FAINT, NULL, "  %s:%d", c->place.file, c->place.line);
		if (c->is_dead)
			ew_doc_text(b, EW_ROLE_WARNING, NULL, "  never so in this configuration");
	}
}

void ew_view_conditions(struct ew_group *g, int indent, const GPtrArray *conditions, bool is_long)
{
	ew_view_conditions_for_programs(g, conditions);
	if (!conditions->len)
		return;
	if (is_long)
		add_lines(g, indent, conditions);
	else
		add_line(g, indent, conditions);
}
