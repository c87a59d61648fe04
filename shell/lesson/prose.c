/* SPDX-License-Identifier: GPL-3.0-or-later */
/* CommonMark as a flat list of paragraphs, so that nobody else needs to know a parser's tree. */
#include "lesson/internal.h"

#include <cmark.h>
#include <string.h>

static void span_free(void *data)
{
	struct ew_prose_span *s = data;

	g_free(s->text);
	g_free(s->target);
	g_free(s);
}

static void prose_free(void *data)
{
	struct ew_prose *p = data;

	g_ptr_array_unref(p->spans);
	g_free(p);
}

GPtrArray *ew_prose_new(void)
{
	return g_ptr_array_new_with_free_func(prose_free);
}

static bool turns_reading_direction(gunichar c)
{
	return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x200e ||
	       c == 0x200f || c == 0x061c;
}

char *ew_lesson_clean(const char *text)
{
	g_autofree char *valid = g_utf8_make_valid(text, -1);
	GString *clean = g_string_new(NULL);

	for (const char *p = valid; *p; p = g_utf8_next_char(p)) {
		gunichar c = g_utf8_get_char(p);

		if (c == '\n' || c == '\t' || !(g_unichar_iscntrl(c) || turns_reading_direction(c)))
			g_string_append_unichar(clean, c);
	}
	return g_string_free(clean, FALSE);
}

/* ---- spans ----------------------------------------------------------------------------------- */

struct style {
	enum ew_prose_span_kind kind;
	const char *target;
};

/* Text next to text of the same style is one span. */
static void add_span(GPtrArray *spans, const struct style *style, const char *text)
{
	struct ew_prose_span *last = spans->len ? spans->pdata[spans->len - 1] : NULL;
	struct ew_prose_span *span;
	char *joined;

	if (!text || !*text)
		return;
	if (last && last->kind == style->kind && style->kind != EW_SPAN_CODE &&
	    g_strcmp0(last->target, style->target) == 0) {
		joined = g_strconcat(last->text, text, NULL);
		g_free(last->text);
		last->text = joined;
		return;
	}
	span = g_new0(struct ew_prose_span, 1);
	span->kind = style->kind;
	span->text = g_strdup(text);
	span->target = g_strdup(style->target);
	g_ptr_array_add(spans, span);
}

static void add_inlines(GPtrArray *spans, cmark_node *parent, struct style style)
{
	for (cmark_node *n = cmark_node_first_child(parent); n; n = cmark_node_next(n)) {
		struct style inner = style, code = {EW_SPAN_CODE, style.target};

		switch (cmark_node_get_type(n)) {
		case CMARK_NODE_SOFTBREAK:
			add_span(spans, &style, " ");
			break;
		case CMARK_NODE_LINEBREAK:
			add_span(spans, &style, "\n");
			break;
		case CMARK_NODE_CODE:
			add_span(spans, &code, cmark_node_get_literal(n));
			break;
		case CMARK_NODE_TEXT:
		case CMARK_NODE_HTML_INLINE:
			add_span(spans, &style, cmark_node_get_literal(n));
			break;
		case CMARK_NODE_EMPH:
			inner.kind = style.target ? style.kind : EW_SPAN_EMPHASIS;
			add_inlines(spans, n, inner);
			break;
		case CMARK_NODE_STRONG:
			inner.kind = style.target ? style.kind : EW_SPAN_STRONG;
			add_inlines(spans, n, inner);
			break;
		case CMARK_NODE_LINK:
			inner = (struct style){EW_SPAN_LINK, cmark_node_get_url(n)};
			add_inlines(spans, n, inner);
			break;
		default:
			add_inlines(spans, n, style);
		}
	}
}

/* ---- blocks ---------------------------------------------------------------------------------- */

struct context {
	GPtrArray *prose;
	int depth;     /* of lists */
	int number;    /* of the item, 0 in a bullet list */
	bool is_first; /* in its item */
	bool is_quote;
};

static struct ew_prose *add_prose(const struct context *c, enum ew_prose_kind kind)
{
	struct ew_prose *p = g_new0(struct ew_prose, 1);

	p->kind = kind;
	p->spans = g_ptr_array_new_with_free_func(span_free);
	g_ptr_array_add(c->prose, p);
	return p;
}

static void add_block(struct context *c, cmark_node *n);

static void add_paragraph(struct context *c, cmark_node *n)
{
	enum ew_prose_kind kind = c->depth	? EW_PROSE_ITEM
				  : c->is_quote ? EW_PROSE_QUOTE
						: EW_PROSE_PARAGRAPH;
	struct ew_prose *p = add_prose(c, kind);

	if (c->depth && c->is_first) {
		p->level = c->depth;
		p->number = c->number;
	}
	c->is_first = false;
	add_inlines(p->spans, n, (struct style){EW_SPAN_TEXT, NULL});
}

static void add_code(struct context *c, cmark_node *n)
{
	g_autofree char *text = g_strchomp(g_strdup(cmark_node_get_literal(n)));
	struct style style = {EW_SPAN_CODE, NULL};

	add_span(add_prose(c, EW_PROSE_CODE)->spans, &style, text);
}

static void add_list(struct context *c, cmark_node *list)
{
	bool is_ordered = cmark_node_get_list_type(list) == CMARK_ORDERED_LIST;
	int number = is_ordered ? MAX(cmark_node_get_list_start(list), 1) : 0;

	for (cmark_node *item = cmark_node_first_child(list); item; item = cmark_node_next(item)) {
		struct context inner = {c->prose, c->depth + 1, number, true, c->is_quote};

		for (cmark_node *n = cmark_node_first_child(item); n; n = cmark_node_next(n))
			add_block(&inner, n);
		number += is_ordered;
	}
}

static void add_block(struct context *c, cmark_node *n)
{
	struct ew_prose *p;

	switch (cmark_node_get_type(n)) {
	case CMARK_NODE_HEADING:
		p = add_prose(c, EW_PROSE_HEADING);
		p->level = cmark_node_get_heading_level(n);
		add_inlines(p->spans, n, (struct style){EW_SPAN_TEXT, NULL});
		break;
	case CMARK_NODE_LIST:
		add_list(c, n);
		break;
	case CMARK_NODE_BLOCK_QUOTE: {
		struct context inner = {c->prose, c->depth, c->number, c->is_first, true};

		for (n = cmark_node_first_child(n); n; n = cmark_node_next(n))
			add_block(&inner, n);
		break;
	}
	case CMARK_NODE_CODE_BLOCK:
	case CMARK_NODE_HTML_BLOCK:
		add_code(c, n);
		break;
	case CMARK_NODE_PARAGRAPH:
		add_paragraph(c, n);
		break;
	default:
		break; /* a thematic break says nothing */
	}
}

void ew_prose_add(GPtrArray *prose, cmark_node *node)
{
	struct context c = {.prose = prose};

	add_block(&c, node);
}

GPtrArray *ew_prose_parse(const char *markdown)
{
	g_autofree char *clean = ew_lesson_clean(markdown);
	GPtrArray *prose = ew_prose_new();
	cmark_node *document = cmark_parse_document(clean, strlen(clean), CMARK_OPT_DEFAULT);

	for (cmark_node *n = cmark_node_first_child(document); n; n = cmark_node_next(n))
		ew_prose_add(prose, n);
	cmark_node_free(document);
	return prose;
}
